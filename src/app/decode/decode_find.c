#include "app/decode/decode_find.h"

#include "base/assert.h"

#include <string.h>

/* A place to start that is tried, and whether the length in front is right. */
struct attempt {
    const struct dialect *dialect;
    enum decode_start start;
    struct bytes input;
};

static void set_fault(struct decode_reading *out, const char *what, size_t at)
{
    struct text t = text_over(out->words, sizeof out->words);

    text_add(&t, what);
    out->dump.fault = out->words;
    out->dump.fault_at = at;
}

/* Takes off the length. A length that does not count the rest is noted; reading goes on. */
static void take_length(const struct attempt *a, struct decode_reading *out, struct bytes *left)
{
    struct text t = text_over(out->words, sizeof out->words);
    size_t says;

    if (left->len < FRAME_LENGTH_LEN) {
        set_fault(out, "the length is cut off", left->len);
        return;
    }
    says = bytes_get_u16(left->at);
    *left = bytes_over(left->at + FRAME_LENGTH_LEN, left->len - FRAME_LENGTH_LEN);
    out->dump.frame.framing = FRAMING_LENGTH;
    if (says == left->len)
        return;
    text_add(&t, "length at byte 0: it says ");
    text_add_u64(&t, says);
    text_add(&t, " bytes, and ");
    text_add_u64(&t, left->len);
    text_add(&t, " follow");
    out->dump.fault = out->words;
    out->dump.fault_at = says < left->len ? FRAME_LENGTH_LEN + says : a->input.len;
}

/* Framing that the bytes themselves show, from the TPDU on. */
static unsigned seen_framing(enum decode_start start, unsigned has, struct bytes left)
{
    unsigned framing = FRAMING_NONE;
    size_t at = 0;

    if (start <= START_TPDU && (has & FRAMING_TPDU) && left.len > FRAME_TPDU_LEN &&
        left.at[0] == 0x60) {
        framing |= FRAMING_TPDU;
        at = FRAME_TPDU_LEN;
    }
    if (start <= START_HEADER && (has & FRAMING_HEADER) && left.len > at &&
        ((left.at[at] >= 0x60 && left.at[at] <= 0x63) || left.at[at] == 0xFD))
        framing |= FRAMING_HEADER;
    return framing;
}

/* Takes off TPDU and header; false when they are broken. */
static bool take_head(const struct attempt *a, struct decode_reading *out, struct bytes *left)
{
    unsigned has = a->dialect->source->framing;
    unsigned framing = seen_framing(a->start, has, *left);
    size_t base = a->input.len - left->len;
    struct frame frame;
    struct frame_fault fault;

    if (a->start == START_TPDU)
        framing |= FRAMING_TPDU;
    if (a->start == START_HEADER)
        framing |= FRAMING_HEADER;
    if (frame_open(*left, framing, &frame, &fault) != OK) {
        struct text t = text_over(out->words, sizeof out->words);
        text_add(&t, "frame at byte ");
        text_add_u64(&t, base + fault.offset);
        text_add(&t, ": ");
        text_add(&t, fault.what);
        out->dump.fault = out->words;
        out->dump.fault_at = base + fault.offset;
        return false;
    }
    frame.framing |= out->dump.frame.framing;
    out->dump.frame = frame;
    *left = frame.message;
    return true;
}

/* A fault of the message, told with its offset in the input. */
static void set_iso_fault(struct decode_reading *out, struct iso_fault fault)
{
    struct text t = text_over(out->words, sizeof out->words);

    fault.offset += (uint32_t)out->dump.message_at;
    iso_fault_add_text(&t, &fault);
    out->dump.fault = out->words;
    out->dump.fault_field = fault.field;
    out->dump.fault_at = fault.offset;
}

static void read_as(const struct attempt *a, struct decode_reading *out)
{
    struct bytes left = a->input;
    struct iso_fault fault;

    memset(out, 0, sizeof *out);
    out->dump.input = a->input;
    out->dump.view = &out->view;
    out->view.dialect = a->dialect;
    if (a->start == START_LENGTH)
        take_length(a, out, &left);
    if (!take_head(a, out, &left))
        return;
    out->dump.message_at = a->input.len - left.len;
    if (iso_parse(a->dialect, left, &out->view, &fault) != OK) {
        set_iso_fault(out, fault);
        return;
    }
    if (out->dump.fault == NULL) {
        struct text t = text_over(out->words, sizeof out->words);
        message_dump_check_content(&out->dump, &t);
    }
}

/* Where the fault is, in order to compare readings; whole ones are furthest. */
static size_t progress(const struct decode_reading *reading)
{
    return reading->dump.fault == NULL ? SIZE_MAX : reading->dump.fault_at;
}

/* Whether a start is worth a try when nobody says where the dump begins. */
static bool is_likely(enum decode_start start, const struct dialect *dialect, struct bytes input)
{
    unsigned has = dialect->source->framing;
    uint8_t first = input.len > 0 ? input.at[0] : 0;
    bool counted = input.len >= 2 && bytes_get_u16(input.at) == input.len - FRAME_LENGTH_LEN;
    bool tpdu_next = input.len > 2 && input.at[2] == 0x60 && (has & FRAMING_TPDU);

    switch (start) {
    case START_LENGTH:
        return counted || tpdu_next;
    case START_TPDU:
        return (has & FRAMING_TPDU) && first == 0x60;
    case START_HEADER:
        return (has & FRAMING_HEADER) && first >= 0x60 && first <= 0x63;
    case START_MESSAGE:
        return true;
    case START_AUTO:
        break;
    }
    return false;
}

static void move_reading(struct decode_reading *to, const struct decode_reading *from)
{
    *to = *from;
    to->dump.view = &to->view;
    if (from->dump.fault != NULL)
        to->dump.fault = to->words;
}

/* Tries one dialect; true once a reading is whole. */
static bool try_dialect(const struct dialect *dialect, enum decode_start start, struct bytes input,
                        struct decode_reading *best)
{
    struct decode_reading reading;

    for (enum decode_start s = START_LENGTH; s <= START_MESSAGE; s++) {
        if (start != START_AUTO ? s != start : !is_likely(s, dialect, input))
            continue;
        read_as(&(struct attempt){dialect, s, input}, &reading);
        /* A profile only replaces the dialect itself when it reads all. */
        if (best->dump.view != NULL && progress(&reading) != SIZE_MAX &&
            (dialect->profile != NULL || progress(&reading) <= progress(best)))
            continue;
        move_reading(best, &reading);
        if (progress(best) == SIZE_MAX)
            return true;
    }
    return false;
}

void decode_find(const struct decode_dialects *dialects, enum decode_start start,
                 struct bytes input, struct decode_reading *out)
{
    assert(dialects->count > 0);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < dialects->count; i++) {
        if (try_dialect(&dialects->at[i], start, input, out))
            return;
    }
    assert(out->dump.view != NULL);
}

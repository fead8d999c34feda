#include "view/message_view.h"

#include "base/assert.h"
#include "card/emv.h"
#include "view/field_content.h"
#include "view/message_words.h"

#include <string.h>

#define COLUMN_NAME 18
#define COLUMN_VALUE 74
#define POINTER_BYTES 16

/* --- text in columns: Chinese takes two places --- */

static size_t shown_width(const char *at, size_t len)
{
    size_t width = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)at[i];
        if (c < 0x80 || (c >= 0xC0 && c < 0xE0))
            width += 1;
        else if (c >= 0xE0)
            width += 2;
    }
    return width;
}

/* Spaces until the line that began at `start` is `column` places wide; at least one. */
static void pad_line(struct text *t, size_t start, size_t column)
{
    size_t width = shown_width(t->at + start, t->len - start);

    do
        text_add_char(t, ' ');
    while (++width < column);
}

static void add_names(struct text *t, const char *zh, const char *en)
{
    text_add(t, zh);
    if (zh[0] != 0 && en[0] != 0)
        text_add_char(t, ' ');
    text_add(t, en);
}

/* --- table --- */

static void add_meanings(struct text *t, const struct content *content)
{
    size_t position = 0;
    const struct emv_bit *bit;

    while ((bit = emv_next_meaning(content->tag, content->value.bytes, &position)) != NULL) {
        size_t start = t->len;
        pad_line(t, start, COLUMN_NAME + 2);
        text_add(t, "byte ");
        text_add_u64(t, bit->byte + 1u);
        if ((bit->mask & (bit->mask - 1)) == 0) {
            text_add(t, " bit ");
            text_add_u64(t, (unsigned)__builtin_ctz(bit->mask) + 1u);
        }
        pad_line(t, start, COLUMN_NAME + 16);
        add_names(t, bit->zh, bit->en);
        text_add_char(t, '\n');
    }
}

static void add_content_line(struct text *t, const struct content *content, bool reveal)
{
    size_t start = t->len;

    pad_line(t, start, 7 + 2 * (size_t)content->depth);
    text_add(t, content->name);
    pad_line(t, start, COLUMN_NAME);
    add_names(t, content->zh, content->en);
    pad_line(t, start, COLUMN_VALUE);
    if (!content->opened)
        shown_value_add(t, &content->value, reveal);
    if (content->cut)
        text_add(t, " (cut short)");
    text_add_char(t, '\n');
    if (reveal || content->value.show == SHOW_ALL)
        add_meanings(t, content);
}

static void add_field(struct text *t, const struct message_dump *dump, unsigned field)
{
    char room[FRAME_BODY_LEN_MAX * 2];
    const struct dialect_row *row = dialect_row(dump->view->dialect, field);
    struct shown_value value = shown_field(dump->view, field, room, sizeof room);
    struct content_iterator it = content_over(dump->view, field, value.bytes);
    struct content content;
    size_t start = t->len;

    text_add(t, field < 10 ? "   " : field < 100 ? "  " : " ");
    text_add_u64(t, field);
    text_add(t, "  ");
    text_add(t, row->format);
    pad_line(t, start, COLUMN_NAME);
    add_names(t, row->zh, row->en);
    pad_line(t, start, COLUMN_VALUE);
    shown_value_add(t, &value, dump->reveal);
    text_add_char(t, '\n');
    while (content_next(&it, &content) == OK)
        add_content_line(t, &content, dump->reveal);
}

/* A line of the head: what, its bytes, words. */
static size_t begin_line(struct text *t, const char *name, struct bytes bytes)
{
    size_t start = t->len;

    text_add(t, "  ");
    text_add(t, name);
    pad_line(t, start, COLUMN_NAME);
    text_add_hex(t, bytes.at, bytes.len);
    pad_line(t, start, COLUMN_NAME + 14);
    return start;
}

static void add_frame(struct text *t, const struct message_dump *dump)
{
    const struct frame *frame = &dump->frame;

    if (frame->framing & FRAMING_LENGTH) {
        begin_line(t, "length", bytes_over(dump->input.at, FRAME_LENGTH_LEN));
        text_add_u64(t, bytes_get_u16(dump->input.at));
        text_add_char(t, '\n');
    }
    if (frame->tpdu.len > 0) {
        begin_line(t, "TPDU", frame->tpdu);
        message_words_add_tpdu(t, frame->tpdu);
        text_add_char(t, '\n');
    }
    if (frame->lri.len > 0) {
        begin_line(t, "LRI", bytes_over(frame->lri.at, 3));
        text_add_u64(t, frame->lri.len - 3);
        text_add(t, " bytes of the network\n");
    }
    if (frame->header.len > 0) {
        begin_line(t, "header", frame->header);
        message_words_add_header(t, frame->header);
        text_add_char(t, '\n');
    }
}

static void add_mti(struct text *t, const struct iso_view *view)
{
    enum txn_kind kind = message_words_kind(view);
    uint8_t mti[2];

    bytes_put_u16(mti, view->mti);
    text_add_hex(t, mti, 2);
    text_add(t, "  ");
    message_words_add_mti(t, view->mti);
    if (kind != KIND_NONE)
        text_add(t, ": ");
    message_words_add_kind(t, kind);
    text_add(t, "  [");
    text_add(t, view->dialect->source->name);
    if (view->dialect->profile != NULL) {
        text_add_char(t, '/');
        text_add(t, view->dialect->profile->name);
    }
    text_add(t, "]\n");
}

void message_view_add_table(struct text *t, const struct message_dump *dump)
{
    const struct iso_view *view = dump->view;

    add_mti(t, view);
    add_frame(t, dump);
    for (unsigned field = iso_next(view, 0); field != 0; field = iso_next(view, field))
        add_field(t, dump, field);
    if (dump->fault != NULL)
        message_view_add_fault(t, dump);
}

/* --- faults --- */

void message_view_add_fault(struct text *t, const struct message_dump *dump)
{
    size_t first = dump->fault_at / POINTER_BYTES * POINTER_BYTES;
    size_t start;

    text_add(t, "fault: ");
    text_add(t, dump->fault);
    text_add(t, "\n  ");
    start = t->len;
    text_add_u64_wide(t, first, 4);
    text_add(t, "  ");
    for (size_t i = first; i < first + POINTER_BYTES && i < dump->input.len; i++) {
        if (dump->reveal || i == dump->fault_at)
            text_add_hex(t, dump->input.at + i, 1);
        else
            text_add(t, "..");
        text_add_char(t, ' ');
    }
    text_add(t, "\n  ");
    start = t->len;
    while (t->len - start < 6 + 3 * (dump->fault_at - first) && !t->cut)
        text_add_char(t, ' ');
    text_add(t, "^^ byte ");
    text_add_u64(t, dump->fault_at);
    text_add(t, dump->fault_at >= dump->input.len ? " (past the end)\n" : "\n");
}

/* Where in the input a byte of a field's normal form is; only bytes and text map one to one. */
static size_t input_offset(const struct message_dump *dump, unsigned field, size_t at)
{
    bool hex = dump->view->dialect->fields[field].wire == WIRE_HEX;
    size_t span = dump->view->spans[field].offset;

    return dump->message_at + span + at * (hex ? 2 : 1);
}

void message_dump_check_content(struct message_dump *dump, struct text *words)
{
    char room[FRAME_BODY_LEN_MAX * 2];

    for (unsigned field = iso_next(dump->view, 0); field != 0 && dump->fault == NULL;
         field = iso_next(dump->view, field)) {
        struct shown_value value = shown_field(dump->view, field, room, sizeof room);
        struct content_iterator it = content_over(dump->view, field, value.bytes);
        struct content content;
        if (!it.must_be)
            continue;
        while (content_next(&it, &content) == OK)
            continue;
        if (it.elements.fault == NULL)
            continue;
        dump->fault_field = field;
        dump->fault_at = input_offset(dump, field, it.elements.fault_offset);
        text_add(words, "field ");
        text_add_u64(words, field);
        text_add(words, " at byte ");
        text_add_u64(words, dump->fault_at);
        text_add(words, ": ");
        text_add(words, it.elements.fault);
        text_add(words, " (EMV 4.3 Book 3, Annex B)");
        dump->fault = text_z(words);
    }
}

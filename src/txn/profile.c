#include "txn/profile.h"

#include "base/assert.h"
#include "txn/field.h"
#include "wire/frame.h"

#include <string.h>

#define TYPE_ANSWER 0x0010 /* a request's message type and this is its answer's */
#define TYPE_REPEAT 0x0001
#define CLASS_STRIPE 0x60 /* header: magnetic financial application */
#define CLASS_CHIP 0x61
#define STATE_TEST 1 /* header, position 5 */

static const struct field_mapping *mapping_of(const struct txn_profile *profile)
{
    return profile->mapping == MAPPING_CUP_POS ? &cup_pos_mapping : &iso87_mapping;
}

static unsigned framing_of(const struct txn_profile *profile)
{
    return profile->dialect->source->framing & ~(unsigned)FRAMING_LENGTH;
}

/* ---- reading ---- */

/* What was expected and found, by kind of fault; beside iso_fault_add_text, which says it with
 * numbers, these go into evidence. */
static void fault_of_iso(const struct iso_fault *iso, uint32_t offset, struct txn_fault *out)
{
    static const struct {
        const char *expected;
        const char *found;
    } words[ISO_FAULT_COUNT] = {
        [ISO_FAULT_NONE] = {"", ""},
        [ISO_FAULT_MTI] = {"4 digits", "other characters"},
        [ISO_FAULT_BITMAP] = {"hex digits", "other characters"},
        [ISO_FAULT_SECONDARY] = {"one bitmap", "a second bitmap"},
        [ISO_FAULT_NO_FIELD] = {"no such field", "the field"},
        [ISO_FAULT_TRUNCATED] = {"more bytes", "the message's end"},
        [ISO_FAULT_LENGTH_FORM] = {"a length in digits", "other characters"},
        [ISO_FAULT_LENGTH_OVER] = {"a shorter length", "a length over limit"},
        [ISO_FAULT_DIGIT] = {"digits", "other characters"},
        [ISO_FAULT_PAD] = {"filler 0 or F", "another nibble"},
        [ISO_FAULT_SIGN] = {"a sign C or D", "another character"},
        [ISO_FAULT_TEXT] = {"printable characters", "other bytes"},
        [ISO_FAULT_HEX] = {"hex digits", "other characters"},
        [ISO_FAULT_TRAILING] = {"the message's end", "more bytes"},
        [ISO_FAULT_VALUE_LONG] = {"a shorter value", "a longer value"},
        [ISO_FAULT_VALUE_SHORT] = {"a longer value", "a shorter value"},
        [ISO_FAULT_ROOM] = {"a shorter message", "no room"},
    };

    *out = (struct txn_fault){iso->field, offset + iso->offset, words[iso->kind].expected,
                              words[iso->kind].found};
}

static unsigned digit_pair(uint8_t byte)
{
    return (byte >> 4) * 10U + (byte & 15U);
}

static void read_head(const struct frame *frame, struct txn_message *out)
{
    const uint8_t *header = frame->header.at;

    if (frame->tpdu.len == TPDU_LEN)
        memcpy(out->tpdu, frame->tpdu.at, TPDU_LEN);
    if (frame->header.len != FRAME_HEADER_LEN)
        return;
    out->is_training = header[2] >> 4 == STATE_TEST;
    out->demand = header[2] & 15;
    out->software =
        digit_pair(header[3]) * 10000U + digit_pair(header[4]) * 100U + digit_pair(header[5]);
}

/* Kind, function and class, from the message type and what goes with it. */
static void recognise(const struct field_mapping *mapping, const struct field_reader *r)
{
    struct txn_message *out = r->out;
    uint16_t mti = r->view->mti;
    uint16_t base = mti & (uint16_t) ~(TYPE_ANSWER | TYPE_REPEAT);
    bool is_answer = (mti & TYPE_ANSWER) != 0;
    bool is_reversal = (mti & 0xFF00) == 0x0400;

    out->is_repeat = (mti & TYPE_REPEAT) != 0;
    out->function = is_answer ? FUNCTION_RESPONSE : FUNCTION_REQUEST;
    out->identity.class = IDENTITY_PAYMENT;
    if (is_reversal) {
        out->function = is_answer ? FUNCTION_REVERSAL_RESPONSE : FUNCTION_REVERSAL;
        out->identity.class = IDENTITY_REVERSAL;
    }
    out->kind =
        is_reversal && base != mapping->reversal_mti ? KIND_NONE : mapping->kind_of(r, base);
    out->mti = mti;
}

/* What only a message of an unknown kind keeps. */
static void forget_raw(struct txn_message *out)
{
    out->mti = 0;
    out->type_code = 0;
    memset(out->processing, 0, sizeof out->processing);
}

/* Only DE 39 tells an approval from a refusal, and so what else must be there. */
static struct field_sort sort_of(const struct field_reader *r)
{
    size_t len;

    if (iso_get(r->view, 39, r->out->code, RESPONSE_CODE_LEN, &len) != OK)
        memset(r->out->code, 0, RESPONSE_CODE_LEN);
    return field_sort_of(r->out);
}

/* What of a message that did not parse can still be told: for an answer that says so. */
static void rescue(const struct field_mapping *mapping, const struct field_reader *r)
{
    struct txn_fault ignored = {0};
    bool is_answer = (r->view->mti & TYPE_ANSWER) != 0;
    struct field_sort sort = {COLUMN_OTHER, is_answer, false};

    if (r->view->mti == 0)
        return;
    recognise(mapping, r);
    r->out->kind = KIND_NONE;
    if (field_take_all(mapping, r, sort, 0, &ignored) != OK)
        return; /* the first fault is the one to tell */
}

/* The field without which the kind cannot be known; 0 when it is there. */
static unsigned lacks(const struct field_mapping *mapping, const struct field_reader *r)
{
    unsigned class = r->view->mti >> 8;
    bool is_network = class == 5 || class == 8;
    unsigned needed = is_network ? mapping->network_field : 3;

    if (class != 1 && class != 2 && class != 4 && !is_network)
        return 0;
    return iso_has(r->view, needed) ? 0 : needed;
}

static enum err read_message(const struct field_mapping *mapping, const struct field_reader *r,
                             uint32_t offset, struct txn_fault *fault)
{
    uint32_t end = offset + (uint32_t)r->view->message.len;
    unsigned number;
    const char *expected = "the field";

    recognise(mapping, r);
    if (r->out->kind != KIND_NONE)
        forget_raw(r->out);
    enum err err = field_take_all(mapping, r, sort_of(r), offset, fault);
    number = lacks(mapping, r);
    if (number == 0) {
        TRY(err);
        expected = mapping->finish == NULL ? NULL : mapping->finish(r, &number);
    }
    if (expected == NULL)
        return OK;
    *fault = (struct txn_fault){(uint16_t)number, end, expected, "nothing"};
    return ERR_BAD_VALUE;
}

enum err txn_decode(const struct txn_profile *profile, struct bytes body, struct instant wall,
                    struct txn_message *out, struct txn_decoded *decoded)
{
    const struct field_mapping *mapping = mapping_of(profile);
    struct txn_fault *fault = &decoded->fault;
    struct iso_view view;
    struct frame frame;
    struct frame_fault frame_fault;
    struct iso_fault iso_fault;
    struct field_reader r = {profile, &view, wall, out};

    memset(out, 0, sizeof *out);
    memcpy(out->identity.acquirer, profile->acquirer, ACQUIRER_ID_LEN);
    out->identity.class = IDENTITY_PAYMENT;
    out->sequence = -1;
    *decoded = (struct txn_decoded){0};
    enum err err = frame_open(body, framing_of(profile), &frame, &frame_fault);
    if (err != OK) {
        *fault = (struct txn_fault){0, frame_fault.offset, "TPDU and header", "other bytes"};
        return err;
    }
    read_head(&frame, out);
    uint32_t offset = (uint32_t)(body.len - frame.message.len);
    err = iso_parse(profile->dialect, frame.message, &view, &iso_fault);
    if (err != OK) {
        rescue(mapping, &r);
        fault_of_iso(&iso_fault, offset, fault);
        return err;
    }
    err = read_message(mapping, &r, offset, fault);
    if (out->has_mac)
        decoded->mab = iso_mac_range(&view);
    return err;
}

enum txn_kind txn_kind_of(enum txn_mapping mapping, const struct iso_view *view)
{
    struct txn_profile profile = {.mapping = mapping, .dialect = view->dialect};
    struct txn_message message = {.kind = KIND_NONE};
    struct field_reader r = {&profile, view, {0}, &message};

    recognise(mapping_of(&profile), &r);
    return message.kind;
}

/* ---- writing ---- */

static bool is_answer(const struct txn_message *message)
{
    return message->function == FUNCTION_RESPONSE ||
           message->function == FUNCTION_REVERSAL_RESPONSE;
}

static uint16_t type_of(const struct txn_profile *profile, const struct txn_message *message)
{
    const struct kind_row *kind = kind_row(message->kind);
    uint16_t mti = profile->mapping == MAPPING_CUP_POS ? kind->cup_mti : kind->iso_mti;

    if (kind->processing == NULL)
        mti = field_network_mti(mapping_of(profile), message, mti);
    if (message->function == FUNCTION_REVERSAL || message->function == FUNCTION_REVERSAL_RESPONSE)
        mti = mapping_of(profile)->reversal_mti;
    if (message->kind == KIND_NONE)
        mti = is_answer(message) ? message->mti & (uint16_t)~TYPE_REPEAT : 0;
    if (mti == 0)
        return 0;
    if (is_answer(message))
        return mti | TYPE_ANSWER;
    return message->is_repeat ? mti | TYPE_REPEAT : mti;
}

static bool is_zero(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] != 0)
            return false;
    }
    return true;
}

static uint8_t bcd(uint32_t two_digits)
{
    return (uint8_t)((two_digits / 10 % 10) << 4 | two_digits % 10);
}

/* TPDU and header, as far as the dialect has them. */
static enum err write_head(const struct txn_profile *profile, const struct txn_message *message,
                           uint8_t *out, size_t cap, size_t *len)
{
    unsigned framing = framing_of(profile);
    uint8_t tpdu[TPDU_LEN];
    uint32_t software = message->software;
    uint8_t header[FRAME_HEADER_LEN] = {
        message->icc_len > 0 ? CLASS_CHIP : CLASS_STRIPE,
        bcd(profile->header_version),
        (uint8_t)((message->is_training ? STATE_TEST : 0) << 4 |
                  (is_answer(message) ? message->demand & 15 : 0)),
        bcd(software / 10000),
        bcd(software / 100),
        bcd(software),
    };
    struct frame frame = {.framing = framing};

    memcpy(tpdu, is_zero(message->tpdu, TPDU_LEN) ? profile->tpdu : message->tpdu, TPDU_LEN);
    if (is_answer(message))
        frame_reply_tpdu(tpdu, tpdu);
    if (framing & FRAMING_TPDU)
        frame.tpdu = bytes_over(tpdu, sizeof tpdu);
    if (framing & FRAMING_HEADER)
        frame.header = bytes_over(header, sizeof header);
    return frame_put_head(&frame, 0, out, cap, len);
}

static void note_room(const struct txn_message *message, const struct iso_built *built, size_t head,
                      struct txn_encoded *encoded)
{
    encoded->len = head + built->len;
    encoded->message_offset = head;
    if (!message->has_mac || built->mac_field == 0)
        return;
    encoded->has_mac = true;
    encoded->mab_offset = head;
    encoded->mab_len = built->mac_covered;
    encoded->mac_offset = head + built->mac_offset;
    encoded->mac_len = built->mac_len;
}

enum err txn_encode(const struct txn_profile *profile, const struct txn_message *message,
                    uint8_t *out, size_t cap, struct txn_encoded *encoded)
{
    const struct field_mapping *mapping = mapping_of(profile);
    struct iso_message wire;
    struct field_writer w;
    struct iso_built built;
    struct iso_fault iso_fault;
    uint16_t mti = type_of(profile, message);
    size_t head = 0;
    struct txn_fault *fault = &encoded->fault;

    *encoded = (struct txn_encoded){0};
    if (mti == 0) {
        *fault = (struct txn_fault){0, 0, "a message type", "none for this kind"};
        return ERR_BAD_VALUE;
    }
    if (write_head(profile, message, out, cap, &head) != OK) {
        *fault = (struct txn_fault){0, 0, "room for the head", "less"};
        return ERR_FULL;
    }
    iso_message_init(&wire, profile->dialect, mti);
    w.profile = profile;
    w.in = message;
    w.wire = &wire;
    w.room_len = 0;
    TRY(field_put_all(mapping, &w, field_sort_of(message), fault));
    enum err err = iso_build(&wire, out + head, cap - head, &built, &iso_fault);
    if (err != OK) {
        fault_of_iso(&iso_fault, (uint32_t)head, fault);
        return err == ERR_FULL ? ERR_FULL : ERR_BAD_VALUE;
    }
    note_room(message, &built, head, encoded);
    return OK;
}

void txn_seal(const struct txn_profile *profile, uint8_t *body, const struct txn_encoded *encoded,
              const uint8_t mac[static TXN_MAC_LEN])
{
    uint8_t *at = body + encoded->mac_offset;

    (void)profile;
    assert(encoded->has_mac);
    assert(encoded->mac_offset + encoded->mac_len <= encoded->len);
    if (encoded->mac_len == 2 * TXN_MAC_LEN) {
        bytes_to_hex(mac, TXN_MAC_LEN, (char *)at);
        return;
    }
    assert(encoded->mac_len == TXN_MAC_LEN);
    memcpy(at, mac, TXN_MAC_LEN);
}

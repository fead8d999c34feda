#include "txn/iso87.h"

#include "base/assert.h"
#include "wire/tlv.h"

#include <string.h>

#define PRIVATE_LEN_MAX 999
#define ORIGINAL_LEN 42
#define SENT_LEN 10 /* MMDDhhmmss */
#define TYPE_LEN 2
#define VOICE_LEN_MIN 2  /* 61.4; with 61.5 up to 13 */
#define MARK_CHECK_AT 46 /* in element 07 */
#define MARK_POINT_MAX_MS INT64_C(999999999999999)
#define HALF_A_YEAR_US (INT64_C(183) * 86400 * 1000000)

static bool is_reversal(const struct txn_message *message)
{
    return message->function == FUNCTION_REVERSAL ||
           message->function == FUNCTION_REVERSAL_RESPONSE;
}

/* 60.1 of the terminal, out of element 03; 0 when it is not there. */
static unsigned type_code_of(const struct iso_view *view)
{
    char room[PRIVATE_LEN_MAX];
    struct bytes value;
    size_t len;
    uint64_t code;

    if (iso_get(view, 48, room, sizeof room, &len) != OK ||
        field_find_element(bytes_over(room, len), ISO87_TYPE_TAG, &value) != OK ||
        value.len != TYPE_LEN || bytes_to_number((const char *)value.at, value.len, &code) != OK)
        return 0;
    return (unsigned)code;
}

/* The message type in hex digits out of 90.1; 0 when there is none. */
static uint16_t original_mti(const struct iso_view *view)
{
    char digits[ORIGINAL_LEN];
    size_t len;
    unsigned mti = 0;

    if (iso_get(view, 90, digits, sizeof digits, &len) != OK || len < 4)
        return 0;
    for (size_t i = 0; i < 4; i++)
        mti = mti << 4 | (unsigned)(digits[i] - '0');
    return (uint16_t)mti;
}

static enum txn_kind kind_of(const struct field_reader *r, uint16_t base)
{
    struct field_clue clue = {base, base == ISO87_REVERSAL_MTI, 0};
    uint64_t code = 0;

    if ((base == 0x0800 || base == ISO87_QUERY_MTI) && iso_get_number(r->view, 70, &code) == OK &&
        code <= UINT16_MAX)
        return field_kind_of_network(&iso87_mapping, base, (uint16_t)code);
    if (clue.is_reversal)
        clue.mti = original_mti(r->view);
    if (base != 0x0200)
        clue.type_code = type_code_of(r->view);
    return field_kind_of_payment(r, clue);
}

/* ---- 7: when it was sent ---- */

/* The instant nearest to wall that has this month, day and time. */
static bool resolve(const char digits[static SENT_LEN], struct instant wall, struct instant *out)
{
    static const uint8_t least[5] = {1, 1, 0, 0, 0};
    static const uint8_t most[5] = {12, 31, 23, 59, 59};
    struct civil civil = instant_civil(wall, 0);
    uint64_t parts[5];

    for (size_t i = 0; i < 5; i++) {
        if (bytes_to_number(digits + 2 * i, 2, &parts[i]) != OK || parts[i] < least[i] ||
            parts[i] > most[i])
            return false;
    }
    civil.month = (uint8_t)parts[0];
    civil.day = (uint8_t)parts[1];
    civil.hour = (uint8_t)parts[2];
    civil.minute = (uint8_t)parts[3];
    civil.second = (uint8_t)parts[4];
    *out = instant_from_civil(&civil, 0);
    if (out->us - wall.us > HALF_A_YEAR_US)
        civil.year--;
    else if (wall.us - out->us > HALF_A_YEAR_US)
        civil.year++;
    *out = instant_from_civil(&civil, 0);
    return true;
}

static void write_sent(struct instant sent, char out[static SENT_LEN])
{
    struct civil civil = instant_civil(sent, 0);

    bytes_from_number(civil.month, out, 2);
    bytes_from_number(civil.day, out + 2, 2);
    bytes_from_number(civil.hour, out + 4, 2);
    bytes_from_number(civil.minute, out + 6, 2);
    bytes_from_number(civil.second, out + 8, 2);
}

static const char *take_sent(const struct field_reader *r, const struct field_row *row)
{
    char digits[SENT_LEN];
    size_t len;

    if (iso_get(r->view, row->number, digits, sizeof digits, &len) != OK || len != SENT_LEN ||
        !resolve(digits, r->wall, &r->out->sent))
        return "MMDDhhmmss";
    return NULL;
}

static enum err put_sent(struct field_writer *w, const struct field_row *row)
{
    if (w->in->sent.us == 0)
        return ERR_NOT_FOUND;
    char *value = field_room(w, SENT_LEN, '0');
    write_sent(w->in->sent, value);
    iso_set(w->wire, row->number, bytes_over(value, SENT_LEN));
    return OK;
}

/* ---- 48: elements ---- */

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != ' ')
            return false;
    }
    return true;
}

/* An identity by its place in element 01 or 02, the terminal blank where there is none. NULL, or
 * what was expected. */
static const char *read_identity(struct bytes value, struct identity *out)
{
    const char *at = (const char *)value.at;
    uint64_t batch;
    uint64_t trace;

    if (value.len != ISO87_IDENTITY_LEN || !field_is_printable(at, value.len) ||
        bytes_to_number(at + 9, 6, &batch) != OK || bytes_to_number(at + 15, 6, &trace) != OK)
        return "an identity of 21";
    out->class = (uint8_t)at[0];
    memcpy(out->terminal, at + 1, TERMINAL_ID_LEN);
    out->batch = (uint32_t)batch;
    out->trace = (uint32_t)trace;
    return NULL;
}

/* Element 01, which must agree with the message type and with fields 11 and 41. */
static const char *take_identity(const struct field_reader *r, struct bytes value)
{
    struct identity *identity = &r->out->identity;
    struct identity said;
    const char *expected = read_identity(value, &said);

    if (expected != NULL)
        return expected;
    if (said.class != identity->class)
        return "the type's class P/R";
    if (iso_has(r->view, 41) && memcmp(said.terminal, identity->terminal, TERMINAL_ID_LEN) != 0)
        return "the terminal of 41";
    if (iso_has(r->view, 11) && said.trace != identity->trace)
        return "the trace of 11";
    if (!is_blank(said.terminal, TERMINAL_ID_LEN))
        memcpy(identity->terminal, said.terminal, TERMINAL_ID_LEN);
    identity->batch = said.batch;
    identity->trace = said.trace;
    return NULL;
}

/* Element 02; the terminal only where it is another one. */
static const char *take_followed(const struct field_reader *r, struct bytes value)
{
    struct original *original = &r->out->original;
    struct identity said;
    const char *expected = read_identity(value, &said);

    if (expected != NULL)
        return expected;
    if (said.class != IDENTITY_PAYMENT)
        return "a payment's class P";
    if (said.trace == 0)
        return NULL; /* it names nothing */
    if (!is_blank(said.terminal, TERMINAL_ID_LEN) &&
        memcmp(said.terminal, r->out->identity.terminal, TERMINAL_ID_LEN) != 0)
        memcpy(original->terminal, said.terminal, TERMINAL_ID_LEN);
    original->batch = said.batch;
    original->trace = said.trace;
    return NULL;
}

static const char *take_keys(const struct field_reader *r, struct bytes value)
{
    size_t len;

    if (bytes_from_hex((const char *)value.at, value.len, r->out->keys, KEYS_LEN_MAX, &len) != OK)
        return "keys in hex";
    r->out->keys_len = (uint8_t)len;
    return NULL;
}

static const char *take_voice(const struct field_reader *r, struct bytes value)
{
    const char *digits = (const char *)value.at;
    size_t id_len = sizeof r->out->auth_institution;
    uint64_t mode;

    if (value.len < VOICE_LEN_MIN || value.len > VOICE_LEN_MIN + id_len ||
        !bytes_are_digits(digits, value.len) || bytes_to_number(digits, VOICE_LEN_MIN, &mode) != OK)
        return "2 to 13 digits in 05";
    r->out->auth_mode = (uint8_t)mode;
    memcpy(r->out->auth_institution, digits + VOICE_LEN_MIN, value.len - VOICE_LEN_MIN);
    return NULL;
}

static const char *take_flag(struct bytes value, bool *out)
{
    if (value.len != 1 || (value.at[0] != '0' && value.at[0] != '1'))
        return "0 or 1";
    *out = value.at[0] == '1';
    return NULL;
}

/* FNV-1a (Fowler, Noll, Vo) over the mark and DE 7: network messages carry no authentication code,
 * and a digit that turned on the line, in either, would stop all business between two hosts. */
static uint32_t mark_check(const char *at, struct instant sent)
{
    uint32_t check = 2166136261U;
    char when[SENT_LEN];

    write_sent(sent, when);
    for (size_t i = 0; i < MARK_CHECK_AT + SENT_LEN; i++)
        check =
            (check ^ (uint8_t)(i < MARK_CHECK_AT ? at[i] : when[i - MARK_CHECK_AT])) * 16777619U;
    return check;
}

static const char *take_mark(const struct field_reader *r, struct bytes value)
{
    const char *at = (const char *)value.at;
    struct store_mark *mark = &r->out->mark;
    uint64_t node;
    uint64_t epoch;
    uint64_t point_ms;
    uint64_t check;

    if (value.len != ISO87_MARK_LEN || bytes_to_number(at, 2, &node) != OK ||
        bytes_to_number(at + 2, 10, &epoch) != OK || epoch == 0 || epoch > UINT32_MAX ||
        bytes_to_number(at + 12, 18, &mark->sequence) != OK ||
        bytes_to_number(at + 30, 15, &point_ms) != OK || point_ms > MARK_POINT_MAX_MS ||
        (at[45] != '0' && at[45] != '1') || bytes_to_number(at + MARK_CHECK_AT, 10, &check) != OK ||
        check != mark_check(at, r->out->sent))
        return "a mark of 56 digits";
    mark->node = (uint16_t)node;
    mark->epoch = (uint32_t)epoch;
    mark->point.us = (int64_t)point_ms * 1000;
    mark->is_apart = at[45] == '1';
    return NULL;
}

static const char *take_element(const struct field_reader *r, const struct tlv *element)
{
    switch (element->tag) {
    case ISO87_IDENTITY_TAG:
        return take_identity(r, element->value);
    case ISO87_ORIGINAL_TAG:
        return take_followed(r, element->value);
    case ISO87_PARTIAL_TAG:
        return take_flag(element->value, &r->out->partial_ok);
    case ISO87_VOICE_TAG:
        return take_voice(r, element->value);
    case ISO87_TRAINING_TAG:
        return take_flag(element->value, &r->out->is_training);
    case ISO87_MARK_TAG:
        return take_mark(r, element->value);
    case ISO87_KEYS_TAG:
        return take_keys(r, element->value);
    default:
        return NULL; /* the type code was read with the kind; others have elements of their own */
    }
}

static const char *take_private(const struct field_reader *r, const struct field_row *row)
{
    char room[PRIVATE_LEN_MAX];
    size_t len;
    struct tlv element;
    enum err err;

    if (iso_get(r->view, row->number, room, sizeof room, &len) != OK)
        return "at most 999 characters";
    struct tlv_iterator it = tlv_over(bytes_over(room, len));
    while ((err = tlv_text_next(&it, &element)) == OK) {
        const char *expected = take_element(r, &element);
        if (expected != NULL)
            return expected;
    }
    return err == ERR_NOT_FOUND ? NULL : "elements TTLLLvalue";
}

static enum err put_identity(struct field_writer *w, uint32_t tag, const struct identity *identity)
{
    if (identity->batch > 999999 || identity->trace > 999999)
        return ERR_BAD_VALUE;
    char *at = field_put_element(w, tag, ISO87_IDENTITY_LEN);
    at[0] = (char)identity->class;
    memset(at + 1, ' ', TERMINAL_ID_LEN);
    if (identity->terminal[0] != 0)
        memcpy(at + 1, identity->terminal, TERMINAL_ID_LEN);
    bytes_from_number(identity->batch, at + 9, 6);
    bytes_from_number(identity->trace, at + 15, 6);
    return OK;
}

static enum err put_followed(struct field_writer *w)
{
    const struct original *original = &w->in->original;
    struct identity identity = {.class = IDENTITY_PAYMENT};

    if (original->trace == 0)
        return OK;
    memcpy(identity.terminal,
           original->terminal[0] != 0 ? original->terminal : w->in->identity.terminal,
           TERMINAL_ID_LEN);
    identity.batch = original->batch;
    identity.trace = original->trace;
    return put_identity(w, ISO87_ORIGINAL_TAG, &identity);
}

static enum err put_voice(struct field_writer *w)
{
    const struct txn_message *in = w->in;
    size_t id_len = strnlen(in->auth_institution, sizeof in->auth_institution);

    if (in->auth_mode > 99)
        return ERR_BAD_VALUE;
    if (in->auth_mode == 0 && id_len == 0)
        return OK;
    char *at = field_put_element(w, ISO87_VOICE_TAG, VOICE_LEN_MIN + id_len);
    bytes_from_number(in->auth_mode, at, VOICE_LEN_MIN);
    memcpy(at + VOICE_LEN_MIN, in->auth_institution, id_len);
    return OK;
}

static void put_flag(struct field_writer *w, uint32_t tag, bool flag)
{
    if (flag)
        field_put_element(w, tag, 1)[0] = '1';
}

static enum err put_mark(struct field_writer *w)
{
    const struct store_mark *mark = &w->in->mark;
    int64_t point_ms = (mark->point.us + 999) / 1000; /* never before what it was */

    if (mark->epoch == 0)
        return OK;
    if (mark->node > 99 || mark->sequence > INT64_C(999999999999999999) || point_ms < 0 ||
        point_ms > MARK_POINT_MAX_MS)
        return ERR_BAD_VALUE;
    char *at = field_put_element(w, ISO87_MARK_TAG, ISO87_MARK_LEN);
    bytes_from_number(mark->node, at, 2);
    bytes_from_number(mark->epoch, at + 2, 10);
    bytes_from_number(mark->sequence, at + 12, 18);
    bytes_from_number((uint64_t)point_ms, at + 30, 15);
    at[45] = mark->is_apart ? '1' : '0';
    bytes_from_number(mark_check(at, w->in->sent), at + MARK_CHECK_AT, 10);
    return OK;
}

static enum err put_private(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    const struct kind_row *kind = kind_row(in->kind);
    const char *begin = w->room + w->room_len;
    struct identity identity =
        identity_as(&in->identity, is_reversal(in) ? IDENTITY_REVERSAL : IDENTITY_PAYMENT);

    TRY(put_identity(w, ISO87_IDENTITY_TAG, &identity));
    TRY(put_followed(w));
    if (kind->shape == SHAPE_FOLLOW_UP || kind->is_advice)
        bytes_from_number(kind->type_code, field_put_element(w, ISO87_TYPE_TAG, TYPE_LEN),
                          TYPE_LEN);
    put_flag(w, ISO87_PARTIAL_TAG, in->partial_ok);
    TRY(put_voice(w));
    put_flag(w, ISO87_TRAINING_TAG, in->is_training);
    TRY(put_mark(w));
    if (in->keys_len > 0)
        bytes_to_hex(in->keys, in->keys_len,
                     field_put_element(w, ISO87_KEYS_TAG, 2 * (size_t)in->keys_len));
    iso_set(w->wire, row->number, bytes_over(begin, (size_t)(w->room + w->room_len - begin)));
    return OK;
}

/* ---- 61: elements that no dump shows ---- */

static const char *take_verification(const struct field_reader *r, struct bytes value)
{
    if (value.len != sizeof r->out->cvv2 || !bytes_are_digits((const char *)value.at, value.len))
        return "C2 with 3 digits";
    memcpy(r->out->cvv2, value.at, sizeof r->out->cvv2);
    return NULL;
}

static const char *take_code(const struct field_reader *r, struct bytes value)
{
    if (value.len == 0 || value.len > QR_CODE_LEN ||
        !bytes_are_digits((const char *)value.at, value.len))
        return "QR with 1 to 20 digits";
    memcpy(r->out->qr_code, value.at, value.len);
    return NULL;
}

/* Hosts use this field for things of their own: what is no element is not looked at. */
static const char *take_secrets(const struct field_reader *r, const struct field_row *row)
{
    char room[PRIVATE_LEN_MAX];
    size_t len;
    struct tlv element;
    const char *expected = NULL;

    if (iso_get(r->view, row->number, room, sizeof room, &len) != OK)
        return "at most 999 characters";
    struct tlv_iterator it = tlv_over(bytes_over(room, len));
    while (expected == NULL && tlv_text_next(&it, &element) == OK) {
        if (element.tag == ISO87_CVV2_TAG && r->out->function == FUNCTION_REQUEST)
            expected = take_verification(r, element.value);
        if (element.tag == ISO87_QR_TAG)
            expected = take_code(r, element.value);
    }
    return expected;
}

static void put_text(struct field_writer *w, uint32_t tag, const char *text, size_t len)
{
    if (len > 0)
        memcpy(field_put_element(w, tag, len), text, len);
}

static enum err put_secrets(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    const char *begin = w->room + w->room_len;

    if (in->function == FUNCTION_REQUEST)
        put_text(w, ISO87_CVV2_TAG, in->cvv2, strnlen(in->cvv2, sizeof in->cvv2));
    put_text(w, ISO87_QR_TAG, in->qr_code, strnlen(in->qr_code, QR_CODE_LEN));
    size_t len = (size_t)(w->room + w->room_len - begin);
    if (len == 0)
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(begin, len));
    return OK;
}

/* ---- 70, 90 ---- */

static enum err put_network_code(struct field_writer *w, const struct field_row *row)
{
    uint16_t code = field_network_code(&iso87_mapping, w->in);

    if (code == 0)
        return ERR_NOT_FOUND;
    if (code > 999)
        return ERR_BAD_VALUE;
    iso_set_number(w->wire, row->number, code, 3);
    return OK;
}

static const char *take_reversed(const struct field_reader *r, const struct field_row *row)
{
    char digits[ORIGINAL_LEN];
    size_t len;
    struct bytes sent;

    if (iso_get(r->view, row->number, digits, sizeof digits, &len) != OK)
        return "42 digits";
    struct subfield_iterator it =
        subfield_over(r->view->dialect, row->number, r->view->mti, bytes_over(digits, len));
    if (field_part_number(it, "90.2") != r->out->identity.trace)
        return "the trace of 11";
    if (subfield_find(it, "90.3", &sent) != OK || sent.len != SENT_LEN)
        return "42 digits";
    if (field_part_number(it, "90.3") != 0 &&
        !resolve((const char *)sent.at, r->wall, &r->out->original_sent))
        return "MMDDhhmmss in 90.3";
    return NULL;
}

static enum err put_reversed(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    size_t id_len = strnlen(in->identity.acquirer, ACQUIRER_ID_LEN);
    char *value = field_room(w, ORIGINAL_LEN, '0');
    struct subfield_iterator it =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, ORIGINAL_LEN));
    uint16_t mti = kind_row(in->kind)->iso_mti;
    char type[4];
    char sent[SENT_LEN] = {'0', '0', '0', '0', '0', '0', '0', '0', '0', '0'};

    if (in->original_sent.us != 0)
        write_sent(in->original_sent, sent);
    bytes_to_hex((const uint8_t[]){(uint8_t)(mti >> 8), (uint8_t)mti}, 2, type);
    TRY(subfield_set(it, "90.1", bytes_over(type, sizeof type), value));
    TRY(field_put_part(it, "90.2", in->identity.trace, value));
    TRY(subfield_set(it, "90.3", bytes_over(sent, sizeof sent), value));
    TRY(subfield_set(it, "90.4", bytes_over(in->identity.acquirer, id_len), value));
    iso_set(w->wire, row->number, bytes_over(value, ORIGINAL_LEN));
    return OK;
}

/* Of a follow-up: a switch that does not send element 02 names the original here. */
static const char *take_original(const struct field_reader *r, const struct field_row *row)
{
    char digits[ORIGINAL_LEN];
    size_t len;
    struct original *original = &r->out->original;

    if (original->trace != 0)
        return NULL;
    if (iso_get(r->view, row->number, digits, sizeof digits, &len) != OK)
        return "42 digits";
    struct subfield_iterator it =
        subfield_over(r->view->dialect, row->number, r->view->mti, bytes_over(digits, len));
    original->trace = (uint32_t)field_part_number(it, "90.2");
    if (original->trace == 0)
        return NULL;
    original->date = (uint16_t)(field_part_number(it, "90.3") / 1000000);
    original->batch = original->date;
    return NULL;
}

/* ---- the whole ---- */

static bool has_identity(const struct field_reader *r)
{
    char room[PRIVATE_LEN_MAX];
    struct bytes value;
    size_t len;

    return iso_get(r->view, 48, room, sizeof room, &len) == OK &&
           field_find_element(bytes_over(room, len), ISO87_IDENTITY_TAG, &value) == OK;
}

/* An identity for messages of switches that do not send element 01. */
static const char *finish(const struct field_reader *r, unsigned *number)
{
    struct txn_message *out = r->out;
    bool is_reversal = out->function == FUNCTION_REVERSAL;
    struct instant sent =
        is_reversal && out->original_sent.us != 0 ? out->original_sent : out->sent;

    *number = 48;
    if (out->kind == KIND_QUERY && out->function == FUNCTION_REQUEST && !has_identity(r))
        return "element 01";
    if (out->kind == KIND_NONE || kind_row(out->kind)->processing == NULL || has_identity(r))
        return NULL;
    if (sent.us == 0)
        return "element 01, or field 7";
    struct civil civil = instant_civil(sent, 0);
    out->identity.batch = civil.month * 100U + civil.day;
    return NULL;
}

#define MEMBER(member) offsetof(struct txn_message, member)

/* clang-format off */
static const struct field_row rows[] = {
    /*     oth in  off ech sal bal fol adv set qry lod sig rev */
    {2,   "-- -- -- -- KC Mm KC KC -- -- -- -- KC", field_take_pan,      field_put_pan},
    {3,   "-C -- -- -- MM MM MM MM -- -- -- -- Mm", NULL,                field_put_processing},
    {4,   "-- -- -- -- MM -- MM MM -- -- -- -- Mm", field_take_amount,   field_put_amount},
    {7,   "CC MC MC MC MC MC MC MC -- MC -- -- MC", take_sent,           put_sent},
    {11,  "CC MM MM MM MM MM MM MM -- MM -- -- MM", field_take_trace,    field_put_trace},
    {12,  "-C -- -- -- CC CC CC CC -- -- -- -- CC", field_take_time,     field_put_time},
    {13,  "-C -- -- -- CC CC CC CC -- -- -- -- CC", field_take_u16,      field_put_u16,    MEMBER(local_date),        4},
    {14,  "-- -- -- -- CC CC CC CC -- -- -- -- CC", field_take_u16,      field_put_expiry, MEMBER(expiry),            4},
    {15,  "-- -- -- -- -C -C -C -C -- -- -- -- -C", field_take_u16,      field_put_u16,    MEMBER(settlement_date),   4},
    {22,  "-- -- -- -- M- M- M- M- -- -- -- -- C-", field_take_entry,    field_put_entry},
    {23,  "-- -- -- -- CC CC CC CC -- -- -- -- CC", field_take_sequence, field_put_sequence},
    {25,  "-- -- -- -- MC MC MC MC -- -- -- -- MC", NULL,                field_put_condition},
    {26,  "-- -- -- -- C- C- C- -- -- -- -- -- --", NULL,                field_put_pin_capture},
    {32,  "CC MC MC MC MC MC MC MC -- MC -- -- MC", field_take_id,       field_put_id,     MEMBER(identity.acquirer), ACQUIRER_ID_LEN},
    {35,  "-- -- -- -- C- C- C- C- -- -- -- -- --", field_take_track2,   field_put_track2},
    {37,  "CC -- -- -- CC CC CC CC -- -C -- -- CC", field_take_text,     field_put_text,   MEMBER(rrn),               RRN_LEN},
    {38,  "-- -- -- -- -C -- CC CC -- -- -- -- C-", field_take_text,     field_put_text,   MEMBER(auth_id),           AUTH_ID_LEN},
    {39,  "-M -M -M -M -M -M -M -M -- -M -- -- CM", field_take_text,     field_put_text,   MEMBER(code),              RESPONSE_CODE_LEN},
    {41,  "CC -- -- -- MM MM MM MM -- MM -- -- MM", field_take_text,     field_put_text,   MEMBER(identity.terminal), TERMINAL_ID_LEN},
    {42,  "CC -- -- -- MC MC MC MC -- -- -- -- MC", field_take_text,     field_put_text,   MEMBER(merchant),          MERCHANT_ID_LEN},
    {48,  "CC CC CC CC CC CC CC CC -- MM -- -- CC", take_private,        put_private},
    {49,  "-- -- -- -- MC MC MC MC -- -- -- -- MC", field_take_currency, field_put_currency},
    {52,  "-- -- -- -- C- C- C- -- -- -- -- -- --", field_take_pin,      field_put_pin},
    {54,  "-- -- -- -- -C -C -C -- -- -- -- -- --", field_take_balance,  field_put_balance},
    {55,  "-- -- -- -- CC CC CC CC -- -- -- -- CC", field_take_icc,      field_put_icc},
    {61,  "-- -- -- -- CC C- CC CC -- -- -- -- C-", take_secrets,        put_secrets},
    {70,  "CC MM MM MM -- -- -- -- -- MM -- -- --", field_take_u16,      put_network_code, MEMBER(network_code),      3},
    {90,  "-- -- -- -- -- -- -- -- -- -- -- -- M-", take_reversed,       put_reversed},
    {90,  "-- -- -- -- -- -- C- C- -- -- -- -- --", take_original,       NULL},
    {100, "CC CC CC CC CC CC CC CC -- CC -- -- CC", field_take_id,       field_put_id,     MEMBER(issuer),            ISSUER_ID_LEN},
    {128, "CC -- -- -- MC MC MC MC -- MC -- -- MC", field_take_mac,      field_put_mac},
};

static const struct field_network networks[] = {
    {0x0800, 1,   1,   KIND_SIGN_IN},
    {0x0800, 2,   2,   KIND_SIGN_OFF},
    {0x0800, 301, 301, KIND_ECHO},
    {ISO87_QUERY_MTI, NETWORK_PEEK, 919, KIND_QUERY},
};
/* clang-format on */

const struct field_mapping iso87_mapping = {
    .rows = rows,
    .row_count = ARRAY_COUNT(rows),
    .networks = networks,
    .network_count = ARRAY_COUNT(networks),
    .network_field = 70,
    .reversal_mti = ISO87_REVERSAL_MTI,
    .kind_of = kind_of,
    .finish = finish,
};

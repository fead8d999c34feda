#include "txn/iso87.h"

#include "base/assert.h"
#include "wire/tlv.h"

#include <string.h>

#define ELEMENT_HEAD_LEN 5
#define PRIVATE_LEN_MAX 999
#define ORIGINAL_LEN 42
#define SENT_LEN 10 /* MMDDhhmmss */
#define HALF_A_YEAR_US (INT64_C(183) * 86400 * 1000000)

static enum txn_kind kind_of(const struct field_reader *r, uint16_t base)
{
    uint64_t code = 0;

    if (base == 0x0800 && iso_get_number(r->view, 70, &code) == OK && code <= UINT16_MAX)
        return field_kind_of_network(&iso87_mapping, base, (uint16_t)code);
    return field_kind_of_payment(r, base, 0);
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

/* ---- 48, 61: elements ---- */

/* The first element of that tag. ERR_NOT_FOUND, or what is wrong with the elements. */
static enum err find_element(struct bytes elements, uint32_t tag, struct bytes *out)
{
    struct tlv_iterator it = tlv_over(elements);
    struct tlv element;

    for (;;) {
        TRY(tlv_text_next(&it, &element));
        if (element.tag != tag)
            continue;
        *out = element.value;
        return OK;
    }
}

/* Begins an element in the writer's room; returns where its value belongs. */
static char *put_element(struct field_writer *w, uint32_t tag, size_t len)
{
    char *at = field_room(w, ELEMENT_HEAD_LEN + len, '0');

    at[0] = (char)(tag >> 8);
    at[1] = (char)tag;
    bytes_from_number(len, at + 2, 3);
    return at + ELEMENT_HEAD_LEN;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != ' ')
            return false;
    }
    return true;
}

static bool is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7E)
            return false;
    }
    return true;
}

/* Element 01, which must agree with the message type and with fields 11 and 41. */
static const char *read_identity(const struct field_reader *r, struct bytes value)
{
    const char *at = (const char *)value.at;
    struct identity *identity = &r->out->identity;
    uint64_t batch;
    uint64_t trace;

    if (value.len != ISO87_IDENTITY_LEN || !is_printable(at, value.len) ||
        bytes_to_number(at + 9, 6, &batch) != OK || bytes_to_number(at + 15, 6, &trace) != OK)
        return "an identity of 21";
    if ((uint8_t)at[0] != identity->class)
        return "the type's class P/R";
    if (iso_has(r->view, 41) && memcmp(at + 1, identity->terminal, TERMINAL_ID_LEN) != 0)
        return "the terminal of 41";
    if (iso_has(r->view, 11) && trace != identity->trace)
        return "the trace of 11";
    if (!is_blank(at + 1, TERMINAL_ID_LEN))
        memcpy(identity->terminal, at + 1, TERMINAL_ID_LEN);
    identity->batch = (uint32_t)batch;
    identity->trace = (uint32_t)trace;
    return NULL;
}

static const char *take_private(const struct field_reader *r, const struct field_row *row)
{
    char room[PRIVATE_LEN_MAX];
    struct bytes value;
    size_t len;
    size_t keys_len = 0;

    if (iso_get(r->view, row->number, room, sizeof room, &len) != OK)
        return "at most 999 characters";
    enum err err = find_element(bytes_over(room, len), ISO87_KEYS_TAG, &value);
    if (err == OK && bytes_from_hex((const char *)value.at, value.len, r->out->keys, KEYS_LEN_MAX,
                                    &keys_len) != OK)
        return "keys in hex";
    r->out->keys_len = (uint8_t)keys_len;
    err = find_element(bytes_over(room, len), ISO87_IDENTITY_TAG, &value);
    if (err == OK)
        return read_identity(r, value);
    return err == ERR_NOT_FOUND ? NULL : "elements TTLLLvalue";
}

static bool is_reversal(const struct txn_message *message)
{
    return message->function == FUNCTION_REVERSAL ||
           message->function == FUNCTION_REVERSAL_RESPONSE;
}

static enum err put_private(struct field_writer *w, const struct field_row *row)
{
    const struct identity *identity = &w->in->identity;
    char *begin = put_element(w, ISO87_IDENTITY_TAG, ISO87_IDENTITY_LEN);
    size_t len = ELEMENT_HEAD_LEN + ISO87_IDENTITY_LEN;

    if (identity->batch > 999999 || identity->trace > 999999)
        return ERR_BAD_VALUE;
    begin[0] = (char)(is_reversal(w->in) ? IDENTITY_REVERSAL : IDENTITY_PAYMENT);
    memset(begin + 1, ' ', TERMINAL_ID_LEN);
    if (identity->terminal[0] != 0)
        memcpy(begin + 1, identity->terminal, TERMINAL_ID_LEN);
    bytes_from_number(identity->batch, begin + 9, 6);
    bytes_from_number(identity->trace, begin + 15, 6);
    if (w->in->keys_len > 0) {
        size_t hex_len = 2 * (size_t)w->in->keys_len;
        bytes_to_hex(w->in->keys, w->in->keys_len, put_element(w, ISO87_KEYS_TAG, hex_len));
        len += ELEMENT_HEAD_LEN + hex_len;
    }
    iso_set(w->wire, row->number, bytes_over(begin - ELEMENT_HEAD_LEN, len));
    return OK;
}

static const char *take_verification(const struct field_reader *r, const struct field_row *row)
{
    char room[PRIVATE_LEN_MAX];
    struct bytes value;
    size_t len;

    if (iso_get(r->view, row->number, room, sizeof room, &len) != OK)
        return "at most 999 characters";
    if (find_element(bytes_over(room, len), ISO87_CVV2_TAG, &value) != OK)
        return NULL; /* hosts use this field for things of their own */
    if (value.len != sizeof r->out->cvv2 || !bytes_are_digits((const char *)value.at, value.len))
        return "C2 with 3 digits";
    memcpy(r->out->cvv2, value.at, sizeof r->out->cvv2);
    return NULL;
}

static enum err put_verification(struct field_writer *w, const struct field_row *row)
{
    size_t len = sizeof w->in->cvv2;

    if (w->in->cvv2[0] == 0)
        return ERR_NOT_FOUND;
    char *value = put_element(w, ISO87_CVV2_TAG, len);
    memcpy(value, w->in->cvv2, len);
    iso_set(w->wire, row->number, bytes_over(value - ELEMENT_HEAD_LEN, ELEMENT_HEAD_LEN + len));
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

static const char *take_original(const struct field_reader *r, const struct field_row *row)
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

static enum err put_original(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    size_t id_len = strnlen(in->identity.acquirer, ACQUIRER_ID_LEN);
    char *value = field_room(w, ORIGINAL_LEN, '0');
    struct subfield_iterator it =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, ORIGINAL_LEN));
    char sent[SENT_LEN] = {'0', '0', '0', '0', '0', '0', '0', '0', '0', '0'};

    if (in->original_sent.us != 0)
        write_sent(in->original_sent, sent);
    TRY(subfield_set(it, "90.1", bytes_of_z("0200"), value));
    TRY(field_put_part(it, "90.2", in->identity.trace, value));
    TRY(subfield_set(it, "90.3", bytes_over(sent, sizeof sent), value));
    TRY(subfield_set(it, "90.4", bytes_over(in->identity.acquirer, id_len), value));
    iso_set(w->wire, row->number, bytes_over(value, ORIGINAL_LEN));
    return OK;
}

/* ---- the whole ---- */

static bool has_identity(const struct field_reader *r)
{
    char room[PRIVATE_LEN_MAX];
    struct bytes value;
    size_t len;

    return iso_get(r->view, 48, room, sizeof room, &len) == OK &&
           find_element(bytes_over(room, len), ISO87_IDENTITY_TAG, &value) == OK;
}

/* An identity for messages of switches that do not send element 01. */
static const char *finish(const struct field_reader *r, unsigned *number)
{
    struct txn_message *out = r->out;
    bool is_reversal = out->function == FUNCTION_REVERSAL;
    struct instant sent =
        is_reversal && out->original_sent.us != 0 ? out->original_sent : out->sent;

    *number = 48;
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
    /*     in  off ech sal bal rev oth */
    {2,   "-- -- -- Mm Mm MC --", field_take_pan,      field_put_pan},
    {3,   "-- -- -- MM MM Mm -C", NULL,                field_put_processing},
    {4,   "-- -- -- MM -- Mm --", field_take_amount,   field_put_amount},
    {7,   "MC MC MC MC MC MC CC", take_sent,           put_sent},
    {11,  "MM MM MM MM MM MM CC", field_take_trace,    field_put_trace},
    {12,  "-- -- -- CC CC CC -C", field_take_time,     field_put_time},
    {13,  "-- -- -- CC CC CC -C", field_take_u16,      field_put_u16,    MEMBER(local_date),        4},
    {14,  "-- -- -- CC CC CC --", field_take_u16,      field_put_expiry, MEMBER(expiry),            4},
    {15,  "-- -- -- -C -C -C --", field_take_u16,      field_put_u16,    MEMBER(settlement_date),   4},
    {22,  "-- -- -- M- M- C- --", field_take_entry,    field_put_entry},
    {23,  "-- -- -- CC CC CC --", field_take_sequence, field_put_sequence},
    {25,  "-- -- -- MC MC MC --", NULL,                field_put_condition},
    {26,  "-- -- -- C- C- -- --", NULL,                field_put_pin_capture},
    {32,  "MC MC MC MC MC MC CC", field_take_id,       field_put_id,     MEMBER(identity.acquirer), ACQUIRER_ID_LEN},
    {35,  "-- -- -- C- C- -- --", field_take_track2,   field_put_track2},
    {37,  "-- -- -- CC CC CC CC", field_take_text,     field_put_text,   MEMBER(rrn),               RRN_LEN},
    {38,  "-- -- -- -C -- C- --", field_take_text,     field_put_text,   MEMBER(auth_id),           AUTH_ID_LEN},
    {39,  "-M -M -M -M -M CM -M", field_take_text,     field_put_text,   MEMBER(code),              RESPONSE_CODE_LEN},
    {41,  "-- -- -- MM MM MM CC", field_take_text,     field_put_text,   MEMBER(identity.terminal), TERMINAL_ID_LEN},
    {42,  "-- -- -- MC MC MC CC", field_take_text,     field_put_text,   MEMBER(merchant),          MERCHANT_ID_LEN},
    {48,  "CC CC CC CC CC CC CC", take_private,        put_private},
    {49,  "-- -- -- MC MC MC --", field_take_currency, field_put_currency},
    {52,  "-- -- -- C- C- -- --", field_take_pin,      field_put_pin},
    {54,  "-- -- -- -C -C -- --", field_take_balance,  field_put_balance},
    {55,  "-- -- -- CC CC CC --", field_take_icc,      field_put_icc},
    {61,  "-- -- -- C- C- -- --", take_verification,   put_verification},
    {70,  "MM MM MM -- -- -- CC", field_take_u16,      put_network_code, MEMBER(network_code),      3},
    {90,  "-- -- -- -- -- M- --", take_original,       put_original},
    {100, "CC CC CC CC CC CC CC", field_take_id,       field_put_id,     MEMBER(issuer),            ISSUER_ID_LEN},
    {128, "-- -- -- MC MC MC CC", field_take_mac,      field_put_mac},
};

static const struct field_network networks[] = {
    {0x0800, 1,   KIND_SIGN_IN},
    {0x0800, 2,   KIND_SIGN_OFF},
    {0x0800, 301, KIND_ECHO},
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

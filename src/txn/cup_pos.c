#include "txn/cup_pos.h"

#include "base/assert.h"
#include "wire/gbk.h"

#include <string.h>

#define CONTROL_LEN_MIN 8      /* 60.1 and 60.2 */
#define CONTROL_LEN_NETWORK 11 /* with 60.3 */
#define CONTROL_LEN_PAYMENT 13 /* with 60.4 and 60.5 */
#define CONTROL_LEN_MAX 99     /* of a profile's own field 60 */
#define CONDITION_FALLBACK 2   /* 60.5 */
#define TEXTS_LEN 60           /* 63.2 */
#define SCHEME "CUP"           /* 63.1 */
#define OPERATOR "01 "         /* 63.1 at sign-in */

/* ---- 60: what sort of message this is ---- */

static struct subfield_iterator control_of(const struct field_reader *r,
                                           char room[static CONTROL_LEN_MAX])
{
    size_t len = 0;

    if (iso_get(r->view, 60, room, CONTROL_LEN_MAX, &len) != OK)
        len = 0;
    return subfield_over(r->view->dialect, 60, r->view->mti, bytes_over(room, len));
}

/* Field 22 or 53 says that the card was read in a way that this mapping does not carry. */
static bool is_read_otherwise(const struct iso_view *view)
{
    static const char *const known[] = {"00", "01", "02", "05", "07", "80"};
    char digits[16];
    size_t len;
    bool is_known = false;

    if (iso_get(view, 53, digits, sizeof digits, &len) == OK && len > 2 && digits[2] == '1')
        return true;
    if (iso_get(view, 22, digits, sizeof digits, &len) != OK || len < 2)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        is_known = is_known || memcmp(digits, known[i], 2) == 0;
    return !is_known;
}

static enum txn_kind kind_of(const struct field_reader *r, uint16_t base)
{
    char room[CONTROL_LEN_MAX];
    struct subfield_iterator control = control_of(r, room);
    unsigned type_code = (unsigned)field_part_number(control, "60.1");
    uint16_t code = (uint16_t)field_part_number(control, "60.3");

    r->out->type_code = (uint8_t)type_code;
    if (base == 0x0800 || base == 0x0820)
        return field_kind_of_network(&cup_pos_mapping, base, code);
    enum txn_kind kind = field_kind_of_payment(r, base, type_code);
    return is_read_otherwise(r->view) ? KIND_NONE : kind;
}

static const char *take_control(const struct field_reader *r, const struct field_row *row)
{
    char room[CONTROL_LEN_MAX];
    struct subfield_iterator control = control_of(r, room);

    (void)row;
    if (control.left.len < CONTROL_LEN_MIN)
        return "at least 8 digits";
    r->out->identity.batch = (uint32_t)field_part_number(control, "60.2");
    r->out->network_code = (uint16_t)field_part_number(control, "60.3");
    r->out->capability = (uint8_t)field_part_number(control, "60.4");
    if (field_part_number(control, "60.5") == CONDITION_FALLBACK)
        r->out->is_fallback = true;
    return NULL;
}

static enum err put_control(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    const struct kind_row *kind = kind_row(in->kind);
    size_t len = kind->processing == NULL ? CONTROL_LEN_NETWORK : CONTROL_LEN_PAYMENT;
    char *value = field_room(w, len, '0');
    struct subfield_iterator control =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, len));
    uint16_t code = field_network_code(&cup_pos_mapping, in);

    TRY(field_put_part(control, "60.1", in->kind == KIND_NONE ? in->type_code : kind->type_code,
                       value));
    TRY(field_put_part(control, "60.2", in->identity.batch, value));
    TRY(field_put_part(control, "60.3", code, value));
    if (len == CONTROL_LEN_PAYMENT) {
        TRY(field_put_part(control, "60.4", in->capability, value));
        TRY(field_put_part(control, "60.5", in->is_fallback ? CONDITION_FALLBACK : 0, value));
    }
    iso_set(w->wire, row->number, bytes_over(value, len));
    return OK;
}

/* ---- 44: issuer and acquirer, each 11 characters ---- */

static void trim_id(struct bytes part, char out[static ISSUER_ID_LEN])
{
    size_t len = part.len < ISSUER_ID_LEN ? part.len : ISSUER_ID_LEN;

    while (len > 0 && part.at[len - 1] == ' ')
        len--;
    memset(out, 0, ISSUER_ID_LEN);
    if (len > 0)
        memcpy(out, part.at, len);
}

static const char *take_institutions(const struct field_reader *r, const struct field_row *row)
{
    char value[25];
    size_t len;
    struct bytes issuer;

    if (iso_get(r->view, row->number, value, sizeof value, &len) != OK)
        return "at most 25 characters";
    struct subfield_iterator it =
        subfield_over(r->view->dialect, row->number, r->view->mti, bytes_over(value, len));
    if (subfield_find(it, "44.1", &issuer) == OK)
        trim_id(issuer, r->out->issuer);
    return NULL;
}

static enum err put_institutions(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    size_t len = ISSUER_ID_LEN + ACQUIRER_ID_LEN;

    if (in->issuer[0] == 0)
        return ERR_NOT_FOUND;
    char *value = field_room(w, len, ' ');
    struct subfield_iterator it =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, len));
    TRY(subfield_set(it, "44.1", bytes_over(in->issuer, strnlen(in->issuer, ISSUER_ID_LEN)),
                     value));
    TRY(subfield_set(
        it, "44.2",
        bytes_over(in->identity.acquirer, strnlen(in->identity.acquirer, ACQUIRER_ID_LEN)), value));
    iso_set(w->wire, row->number, bytes_over(value, len));
    return OK;
}

/* ---- 62, 63: keys, operator, texts ---- */

static const char *take_keys(const struct field_reader *r, const struct field_row *row)
{
    size_t len;

    if (iso_get(r->view, row->number, (char *)r->out->keys, KEYS_LEN_MAX, &len) != OK)
        return "at most 128 bytes";
    r->out->keys_len = (uint8_t)len;
    return NULL;
}

static enum err put_keys(struct field_writer *w, const struct field_row *row)
{
    if (w->in->keys_len == 0)
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(w->in->keys, w->in->keys_len));
    return OK;
}

static enum err put_operator(struct field_writer *w, const struct field_row *row)
{
    iso_set_z(w->wire, row->number, OPERATOR);
    return OK;
}

static const char *take_texts(const struct field_reader *r, const struct field_row *row)
{
    char value[163];
    size_t len;
    size_t scheme_len = sizeof SCHEME - 1;

    if (iso_get(r->view, row->number, value, sizeof value, &len) != OK)
        return "at most 163 bytes";
    len = strnlen(value, len);
    while (len > 0 && value[len - 1] == ' ')
        len--;
    if (len <= scheme_len)
        return NULL;
    len = len - scheme_len < TEXTS_LEN ? len - scheme_len : TEXTS_LEN;
    struct text text = text_over(r->out->text, sizeof r->out->text);
    gbk_add_utf8(&text, bytes_over(value + scheme_len, len));
    return NULL;
}

/* Writes as many whole characters as there is room for; returns their bytes, 0 for a text that GBK
 * cannot write: a remark keeps no answer from leaving. */
static size_t write_texts(const char *text, char out[static TEXTS_LEN])
{
    struct bytes left = bytes_of_z(text);
    size_t len = 0;

    while (gbk_from_utf8(left, (uint8_t *)out, TEXTS_LEN, &len) == ERR_FULL) {
        do
            left.len--;
        while ((left.at[left.len] & 0xC0) == 0x80);
    }
    return len;
}

static enum err put_texts(struct field_writer *w, const struct field_row *row)
{
    size_t scheme_len = sizeof SCHEME - 1;
    char *value = field_room(w, scheme_len + TEXTS_LEN, ' ');
    size_t len = write_texts(w->in->text, value + scheme_len);

    if (len == 0)
        return ERR_NOT_FOUND;
    memcpy(value, SCHEME, scheme_len);
    memset(value + scheme_len + len, ' ', TEXTS_LEN - len);
    iso_set(w->wire, row->number, bytes_over(value, scheme_len + TEXTS_LEN));
    return OK;
}

/* A reference number that there is not is written as zeros, as hosts do in the answers to network
 * messages and to reversals of what they never saw. */
static const char no_reference[] = "000000000000";

_Static_assert(sizeof no_reference == RRN_LEN + 1, "a reference of zeros");

static const char *take_reference(const struct field_reader *r, const struct field_row *row)
{
    return iso_is(r->view, row->number, no_reference) ? NULL : field_take_text(r, row);
}

static enum err put_reference(struct field_writer *w, const struct field_row *row)
{
    if (w->in->rrn[0] == 0)
        iso_set_z(w->wire, row->number, no_reference);
    else
        return field_put_text(w, row);
    return OK;
}

#define MEMBER(member) offsetof(struct txn_message, member)

/* clang-format off */
static const struct field_row rows[] = {
    /*    in  off ech sal bal rev oth */
    {2,  "-- -- -- Cm Cm CC --", field_take_pan,      field_put_pan},
    {3,  "-- -- -- Mm Mm Mm -C", NULL,                field_put_processing},
    {4,  "-- -- -- MM -- Mm --", field_take_amount,   field_put_amount},
    {11, "MM MM -C MM MM MM CC", field_take_trace,    field_put_trace},
    {12, "-m -C -C -m -m -m -C", field_take_time,     field_put_time},
    {13, "-m -C -C -m -m -m -C", field_take_u16,      field_put_u16,    MEMBER(local_date),        4},
    {14, "-- -- -- CC CC C- --", field_take_u16,      field_put_expiry, MEMBER(expiry),            4},
    {15, "-- -- -- -m -C -C --", field_take_u16,      field_put_u16,    MEMBER(settlement_date),   4},
    {22, "-- -- -- M- M- M- --", field_take_entry,    field_put_entry},
    {23, "-- -- -- CC CC CC --", field_take_sequence, field_put_sequence},
    {25, "-- -- -- Mm Mm Mm --", NULL,                field_put_condition},
    {26, "-- -- -- C- C- -- --", NULL,                field_put_pin_capture},
    {32, "-m -C -C -m -m -m -C", NULL,                field_put_id,     MEMBER(identity.acquirer), ACQUIRER_ID_LEN},
    {35, "-- -- -- C- C- -- --", field_take_track2,   field_put_track2},
    {37, "-m -C -C -m -m -m -C", take_reference,      put_reference,    MEMBER(rrn),               RRN_LEN},
    {38, "-- -- -- -C -- C- --", field_take_text,     field_put_text,   MEMBER(auth_id),           AUTH_ID_LEN},
    {39, "-M -M -M -M -M MM -M", field_take_text,     field_put_text,   MEMBER(code),              RESPONSE_CODE_LEN},
    {41, "MM MM MM MM MM MM CC", field_take_text,     field_put_text,   MEMBER(identity.terminal), TERMINAL_ID_LEN},
    {42, "MM MM MM MM MM MM CC", field_take_text,     field_put_text,   MEMBER(merchant),          MERCHANT_ID_LEN},
    {44, "-- -- -- -C -C -C --", take_institutions,   put_institutions},
    {49, "-- -- -- Mm Mm Mm --", field_take_currency, field_put_currency},
    {52, "-- -- -- C- C- -- --", field_take_pin,      field_put_pin},
    {53, "-- -- -- C- C- -- --", NULL,                field_put_security},
    {54, "-- -- -- -C -C -- --", field_take_balance,  field_put_balance},
    {55, "-- -- -- CC CC CC --", field_take_icc,      field_put_icc},
    {60, "MM MM MM MM MM MM CC", take_control,        put_control},
    {62, "-M -- -- -- -- -- --", take_keys,           put_keys},
    {63, "C- -- -- -- -- -- --", NULL,                put_operator},
    {63, "-- -- -- -C -C -- --", take_texts,          put_texts},
    {64, "-- -- -- MC MC MC CC", field_take_mac,      field_put_mac},
};

static const struct field_network networks[] = {
    {0x0800, 3,   KIND_SIGN_IN}, /* double-length keys */
    {0x0800, 1,   KIND_SIGN_IN}, /* single-length */
    {0x0800, 4,   KIND_SIGN_IN}, /* double-length and a track key */
    {0x0820, 2,   KIND_SIGN_OFF},
    {0x0820, 301, KIND_ECHO},
};
/* clang-format on */

const struct field_mapping cup_pos_mapping = {
    .rows = rows,
    .row_count = ARRAY_COUNT(rows),
    .networks = networks,
    .network_count = ARRAY_COUNT(networks),
    .network_field = 60,
    .reversal_mti = CUP_POS_REVERSAL_MTI,
    .kind_of = kind_of,
};

#include "txn/cup_pos.h"

#include "base/assert.h"
#include "card/pan.h"
#include "wire/gbk.h"

#include <string.h>

#define CONTROL_LEN_MIN 8      /* 60.1 and 60.2 */
#define CONTROL_LEN_NETWORK 11 /* with 60.3 */
#define CONTROL_LEN_PAYMENT 13 /* with 60.4 and 60.5 */
#define CONTROL_LEN_PARTIAL 14 /* with 60.6 */
#define CONTROL_LEN_MAX 99     /* of a profile's own field 60 */
#define CONDITION_FALLBACK 2   /* 60.5 */
#define TEXTS_LEN 60           /* 63.2 */
#define SCHEME "CUP"           /* 63.1 */
#define OPERATOR_LEN 3         /* 63.1 at sign-in and settlement: "01 " */
#define OPERATOR_FIRST 1       /* of a terminal without operators */
#define ORIGINAL_LEN_VOID 12   /* 61.1 and 61.2 */
#define ORIGINAL_LEN_DATED 16  /* with 61.3 */
#define ORIGINAL_LEN_VOICE 29  /* with 61.4 and 61.5 */
#define ORIGINAL_LEN_MAX 99    /* of a profile's own field 61 */
#define INSTITUTION_LEN 11     /* 61.5 */
#define INSTITUTION_SHORT 8
#define TOTALS_LEN 62
#define ELEMENTS_LEN_MAX 999
#define QR_PAYMENT_TAG 0x4133 /* "A3" */
#define QR_VOUCHER_TAG 0x4134 /* "A4" */
#define OTHER_TERMINAL "OT"
#define ORDER_TAG "OR"

/* ---- 60: what sort of message this is ---- */

static struct subfield_iterator control_of(const struct field_reader *r,
                                           char room[static CONTROL_LEN_MAX])
{
    size_t len = 0;

    if (iso_get(r->view, 60, room, CONTROL_LEN_MAX, &len) != OK)
        len = 0;
    return subfield_over(r->view->dialect, 60, r->view->mti, bytes_over(room, len));
}

static bool has_payment_code(const struct iso_view *view)
{
    char room[ELEMENTS_LEN_MAX];
    struct bytes code;
    size_t len;

    return iso_get(view, 59, room, sizeof room, &len) == OK &&
           field_find_element(bytes_over(room, len), QR_PAYMENT_TAG, &code) == OK;
}

/* Field 22, 53 or 59 says that the card was read in a way that this mapping does not carry. */
static bool is_read_otherwise(const struct iso_view *view, enum txn_kind kind)
{
    static const char *const known[] = {"00", "01", "02", "03", "05", "07", "80"};
    bool is_request = (view->mti & 0xFF00) < 0x0400 && (view->mti & 0x0010) == 0;
    char digits[16];
    size_t len;
    bool is_known = false;

    if (iso_get(view, 53, digits, sizeof digits, &len) == OK && len > 2 && digits[2] == '1')
        return true;
    if (iso_get(view, 22, digits, sizeof digits, &len) != OK || len < 2)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        is_known = is_known || memcmp(digits, known[i], 2) == 0;
    if (is_request && kind_row(kind)->shape == SHAPE_ORIGINAL && memcmp(digits, "03", 2) == 0)
        is_known = has_payment_code(view);
    return !is_known;
}

static bool is_network(uint16_t base)
{
    return base == 0x0800 || base == 0x0820 || base == 0x0500;
}

static enum txn_kind kind_of(const struct field_reader *r, uint16_t base)
{
    char room[CONTROL_LEN_MAX];
    struct subfield_iterator control = control_of(r, room);
    struct field_clue clue = {base, base == CUP_POS_REVERSAL_MTI,
                              (unsigned)field_part_number(control, "60.1")};

    r->out->type_code = (uint8_t)clue.type_code;
    if (is_network(base))
        return field_kind_of_network(&cup_pos_mapping, base,
                                     (uint16_t)field_part_number(control, "60.3"));
    if (clue.is_reversal)
        clue.mti = 0;
    enum txn_kind kind = field_kind_of_payment(r, clue);
    return is_read_otherwise(r->view, kind) ? KIND_NONE : kind;
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
    r->out->partial_ok = field_part_number(control, "60.6") == 1;
    return NULL;
}

static size_t control_len(const struct txn_message *in)
{
    if (kind_row(in->kind)->processing == NULL)
        return CONTROL_LEN_NETWORK;
    return in->partial_ok ? CONTROL_LEN_PARTIAL : CONTROL_LEN_PAYMENT;
}

static enum err put_control(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    const struct kind_row *kind = kind_row(in->kind);
    size_t len = control_len(in);
    char *value = field_room(w, len, '0');
    struct subfield_iterator control =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, len));
    uint16_t code = field_network_code(&cup_pos_mapping, in);

    TRY(field_put_part(control, "60.1", in->kind == KIND_NONE ? in->type_code : kind->type_code,
                       value));
    TRY(field_put_part(control, "60.2", in->identity.batch, value));
    TRY(field_put_part(control, "60.3", code, value));
    if (len >= CONTROL_LEN_PAYMENT) {
        TRY(field_put_part(control, "60.4", in->capability, value));
        TRY(field_put_part(control, "60.5", in->is_fallback ? CONDITION_FALLBACK : 0, value));
    }
    if (len == CONTROL_LEN_PARTIAL)
        TRY(field_put_part(control, "60.6", 1, value));
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

static const char *take_operator(const struct field_reader *r, const struct field_row *row)
{
    char value[163];
    size_t len;
    uint64_t number;

    if (iso_get(r->view, row->number, value, sizeof value, &len) != OK)
        return "at most 163 bytes";
    if (len >= 2 && bytes_to_number(value, 2, &number) == OK)
        r->out->operator_number = (uint8_t)number;
    return NULL; /* some terminals write a card scheme */
}

static enum err put_operator(struct field_writer *w, const struct field_row *row)
{
    uint8_t number = w->in->operator_number == 0 ? OPERATOR_FIRST : w->in->operator_number;

    if (number > 99)
        return ERR_BAD_VALUE;
    char *value = field_room(w, OPERATOR_LEN, ' ');
    bytes_from_number(number, value, 2);
    iso_set(w->wire, row->number, bytes_over(value, OPERATOR_LEN));
    return OK;
}

static enum err put_scheme(struct field_writer *w, const struct field_row *row)
{
    if (w->in->kind != KIND_REFUND)
        return ERR_NOT_FOUND;
    iso_set_z(w->wire, row->number, SCHEME);
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

/* 37 of a request is the original's, in voids and refunds (UnionPay POS, 3.4). */
static enum err put_original_reference(struct field_writer *w, const struct field_row *row)
{
    enum txn_kind kind = w->in->kind;

    if (w->in->rrn[0] == 0 && kind != KIND_VOID && kind != KIND_REFUND &&
        kind != KIND_COMPLETION_VOID)
        return ERR_NOT_FOUND;
    return put_reference(w, row);
}

/* Without the code that the issuer gave by voice there is no offline sale. */
static enum err put_auth_id(struct field_writer *w, const struct field_row *row)
{
    bool is_needed = w->in->kind == KIND_OFFLINE_SALE && w->in->function == FUNCTION_REQUEST;
    enum err err = field_put_text(w, row);

    return err == ERR_NOT_FOUND && is_needed ? ERR_BAD_VALUE : err;
}

static const char *finish(const struct field_reader *r, unsigned *number)
{
    const struct txn_message *out = r->out;

    *number = 38;
    if (out->kind == KIND_OFFLINE_SALE && out->function == FUNCTION_REQUEST && out->auth_id[0] == 0)
        return "the field";
    return NULL;
}

/* ---- 48: totals of a settlement ---- */

static const char *const total_names[2][5] = {
    {"48.1", "48.2", "48.3", "48.4", "48.5"},
    {"48.6", "48.7", "48.8", "48.9", "48.10"},
};

static void read_totals(struct subfield_iterator it, const char *const names[static 5],
                        struct totals *out)
{
    out->debit_minor = (int64_t)field_part_number(it, names[0]);
    out->debit_count = (uint16_t)field_part_number(it, names[1]);
    out->credit_minor = (int64_t)field_part_number(it, names[2]);
    out->credit_count = (uint16_t)field_part_number(it, names[3]);
    out->result = (uint8_t)field_part_number(it, names[4]);
}

static const char *take_totals(const struct field_reader *r, const struct field_row *row)
{
    char digits[322];
    size_t len;

    if (iso_get(r->view, row->number, digits, sizeof digits, &len) != OK || len != TOTALS_LEN ||
        !bytes_are_digits(digits, len))
        return "62 digits";
    struct subfield_iterator it =
        subfield_over(r->view->dialect, row->number, r->view->mti, bytes_over(digits, len));
    read_totals(it, total_names[0], &r->out->domestic);
    read_totals(it, total_names[1], &r->out->foreign);
    return NULL;
}

static enum err write_totals(struct subfield_iterator it, const char *const names[static 5],
                             const struct totals *in, char *value)
{
    if (in->debit_minor < 0 || in->credit_minor < 0)
        return ERR_BAD_VALUE;
    TRY(field_put_part(it, names[0], (uint64_t)in->debit_minor, value));
    TRY(field_put_part(it, names[1], in->debit_count, value));
    TRY(field_put_part(it, names[2], (uint64_t)in->credit_minor, value));
    TRY(field_put_part(it, names[3], in->credit_count, value));
    return field_put_part(it, names[4], in->result, value);
}

static bool is_nothing(const struct totals *totals)
{
    return totals->result == 0 && totals->debit_count == 0 && totals->credit_count == 0 &&
           totals->debit_minor == 0 && totals->credit_minor == 0;
}

static enum err put_totals(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;

    if (in->function == FUNCTION_RESPONSE && is_nothing(&in->domestic) && is_nothing(&in->foreign))
        return ERR_NOT_FOUND; /* nothing was compared */
    char *value = field_room(w, TOTALS_LEN, '0');
    struct subfield_iterator it =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, TOTALS_LEN));
    TRY(write_totals(it, total_names[0], &in->domestic, value));
    TRY(write_totals(it, total_names[1], &in->foreign, value));
    iso_set(w->wire, row->number, bytes_over(value, TOTALS_LEN));
    return OK;
}

/* ---- 59: codes of QR payments ---- */

static uint32_t code_tag(const struct txn_message *message)
{
    bool asks_for_original =
        message->function != FUNCTION_RESPONSE && kind_row(message->kind)->shape == SHAPE_ORIGINAL;

    return asks_for_original ? QR_PAYMENT_TAG : QR_VOUCHER_TAG;
}

/* Acquirers have elements of their own here, and forms of their own. */
static const char *take_code(const struct field_reader *r, const struct field_row *row)
{
    char room[ELEMENTS_LEN_MAX];
    struct bytes code;
    size_t len;

    if (iso_get(r->view, row->number, room, sizeof room, &len) != OK ||
        field_find_element(bytes_over(room, len), code_tag(r->out), &code) != OK)
        return NULL;
    if (code.len == 0 || code.len > QR_CODE_LEN ||
        !bytes_are_digits((const char *)code.at, code.len))
        return "a code of 1-20 digits";
    memcpy(r->out->qr_code, code.at, code.len);
    return NULL;
}

static enum err put_code(struct field_writer *w, const struct field_row *row)
{
    size_t len = strnlen(w->in->qr_code, QR_CODE_LEN);

    if (len == 0)
        return ERR_NOT_FOUND;
    char *value = field_put_element(w, code_tag(w->in), len);
    memcpy(value, w->in->qr_code, len);
    iso_set(w->wire, row->number, bytes_over(value - ELEMENT_HEAD_LEN, ELEMENT_HEAD_LEN + len));
    return OK;
}

/* ---- 61: the original ---- */

static size_t original_len(const struct txn_message *in)
{
    enum txn_kind kind = in->kind;

    if (kind == KIND_VOID || (kind == KIND_QUERY && in->original.date == 0))
        return ORIGINAL_LEN_VOID;
    return kind == KIND_OFFLINE_SALE || kind == KIND_TIP_ADJUST ? ORIGINAL_LEN_VOICE
                                                                : ORIGINAL_LEN_DATED;
}

/* Eleven digits; institutions have eight or eleven, the shorter with zeros before them. */
static void read_institution(struct bytes part, char out[static INSTITUTION_LEN])
{
    size_t skipped = memcmp(part.at, "000", 3) == 0 ? INSTITUTION_LEN - INSTITUTION_SHORT : 0;

    memset(out, 0, INSTITUTION_LEN);
    if (memcmp(part.at, "00000000000", INSTITUTION_LEN) != 0)
        memcpy(out, part.at + skipped, INSTITUTION_LEN - skipped);
}

static const char *take_original(const struct field_reader *r, const struct field_row *row)
{
    char digits[ORIGINAL_LEN_MAX];
    size_t len;
    struct bytes institution;
    struct original *original = &r->out->original;

    if (iso_get(r->view, row->number, digits, sizeof digits, &len) != OK ||
        len < ORIGINAL_LEN_VOID || !bytes_are_digits(digits, ORIGINAL_LEN_VOID))
        return "12 to 29 digits";
    struct subfield_iterator it =
        subfield_over(r->view->dialect, row->number, r->view->mti, bytes_over(digits, len));
    original->trace = (uint32_t)field_part_number(it, "61.2");
    if (original->trace != 0) {
        original->batch = (uint32_t)field_part_number(it, "61.1");
        original->date = (uint16_t)field_part_number(it, "61.3");
    }
    r->out->auth_mode = (uint8_t)field_part_number(it, "61.4");
    if (subfield_find(it, "61.5", &institution) == OK && institution.len == INSTITUTION_LEN)
        read_institution(institution, r->out->auth_institution);
    return NULL;
}

static enum err put_original(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    size_t len = original_len(in);
    size_t id_len = strnlen(in->auth_institution, INSTITUTION_LEN);

    if (in->function != FUNCTION_REQUEST && in->original.trace == 0)
        return ERR_NOT_FOUND;
    char *value = field_room(w, len, '0');
    struct subfield_iterator it =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, len));
    TRY(field_put_part(it, "61.1", in->original.batch, value));
    TRY(field_put_part(it, "61.2", in->original.trace, value));
    if (len >= ORIGINAL_LEN_DATED)
        TRY(field_put_part(it, "61.3", in->original.date, value));
    if (len == ORIGINAL_LEN_VOICE) {
        TRY(field_put_part(it, "61.4", in->auth_mode, value));
        TRY(subfield_set(it, "61.5", bytes_over(in->auth_institution, id_len), value));
    }
    iso_set(w->wire, row->number, bytes_over(value, len));
    return OK;
}

/* Of a reversal: the follow-up that is reversed (UnionPay POS, 2.4), which 60.2 and 11 say, too. */
static enum err put_reversed(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;

    if (kind_row(in->kind)->shape != SHAPE_FOLLOW_UP)
        return ERR_NOT_FOUND;
    char *value = field_room(w, ORIGINAL_LEN_DATED, '0');
    struct subfield_iterator it = subfield_over(w->wire->dialect, row->number, w->wire->mti,
                                                bytes_over(value, ORIGINAL_LEN_DATED));
    TRY(field_put_part(it, "61.1", in->identity.batch, value));
    TRY(field_put_part(it, "61.2", in->identity.trace, value));
    TRY(field_put_part(it, "61.3", in->local_date, value));
    iso_set(w->wire, row->number, bytes_over(value, ORIGINAL_LEN_DATED));
    return OK;
}

/* ---- 62: blocks, the original's terminal ---- */

static const char *take_block(const struct field_reader *r, const struct field_row *row)
{
    struct bytes raw = iso_raw(r->view, row->number);

    if (raw.len > BLOCK_LEN_MAX || raw.len != iso_len(r->view, row->number))
        return "at most 999 bytes";
    r->out->block = raw;
    return NULL;
}

static enum err put_block(struct field_writer *w, const struct field_row *row)
{
    if (w->in->block.len == 0)
        return ERR_NOT_FOUND;
    if (w->in->block.len > BLOCK_LEN_MAX)
        return ERR_BAD_VALUE;
    iso_set(w->wire, row->number, w->in->block);
    return OK;
}

#define OTHER_TERMINAL_LEN (sizeof OTHER_TERMINAL - 1 + TERMINAL_ID_LEN)

/* Others use the field for things of their own. */
static const char *take_other_terminal(const struct field_reader *r, const struct field_row *row)
{
    char value[BLOCK_LEN_MAX];
    size_t len;
    size_t tag_len = sizeof OTHER_TERMINAL - 1;

    if (r->out->original.trace == 0 ||
        iso_get(r->view, row->number, value, sizeof value, &len) != OK ||
        len != OTHER_TERMINAL_LEN || memcmp(value, OTHER_TERMINAL, tag_len) != 0 ||
        memcmp(value + tag_len, r->out->identity.terminal, TERMINAL_ID_LEN) == 0)
        return NULL;
    if (!field_is_printable(value, len))
        return "OT and a terminal";
    memcpy(r->out->original.terminal, value + tag_len, TERMINAL_ID_LEN);
    return NULL;
}

static enum err put_other_terminal(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;

    if (in->original.trace == 0 || in->original.terminal[0] == 0 ||
        memcmp(in->original.terminal, in->identity.terminal, TERMINAL_ID_LEN) == 0)
        return ERR_NOT_FOUND;
    char *value = field_room(w, OTHER_TERMINAL_LEN, ' ');
    memcpy(value, OTHER_TERMINAL, sizeof OTHER_TERMINAL - 1);
    memcpy(value + sizeof OTHER_TERMINAL - 1, in->original.terminal, TERMINAL_ID_LEN);
    iso_set(w->wire, row->number, bytes_over(value, OTHER_TERMINAL_LEN));
    return OK;
}

/* ---- 62 of what stands for itself: the cash register's order ---- */

/* It is kept and shown in clear, so it may be no card number. */
static bool is_order(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return len > 0 && len <= ORDER_LEN && !pan_is_in_text(bytes_over(text, len));
}

static const char *take_order(const struct field_reader *r, const struct field_row *row)
{
    char value[BLOCK_LEN_MAX];
    size_t len;
    size_t tag_len = sizeof ORDER_TAG - 1;

    if (iso_get(r->view, row->number, value, sizeof value, &len) != OK || len < tag_len ||
        memcmp(value, ORDER_TAG, tag_len) != 0)
        return NULL;
    if (!is_order(value + tag_len, len - tag_len))
        return "OR and an order";
    memcpy(r->out->order, value + tag_len, len - tag_len);
    return NULL;
}

static enum err put_order(struct field_writer *w, const struct field_row *row)
{
    size_t tag_len = sizeof ORDER_TAG - 1;
    size_t len = strnlen(w->in->order, ORDER_LEN);

    if (len == 0)
        return ERR_NOT_FOUND;
    if (!is_order(w->in->order, len))
        return ERR_BAD_VALUE;
    char *value = field_room(w, tag_len + len, ' ');
    memcpy(value, ORDER_TAG, tag_len);
    memcpy(value + tag_len, w->in->order, len);
    iso_set(w->wire, row->number, bytes_over(value, tag_len + len));
    return OK;
}

#define MEMBER(member) offsetof(struct txn_message, member)

/* clang-format off */
static const struct field_row rows[] = {
    /*    oth in  off ech sal bal fol adv set qry lod sig rev */
    {2,  "-- -- -- -- CC Cm CC CC -- -- -- C- CC", field_take_pan,      field_put_pan},
    {3,  "-C -- -- -- Mm Mm Mm Mm -- -- -- -- Mm", NULL,                field_put_processing},
    {4,  "-- -- -- -- MM -- MM MM -- -C -- m- Mm", field_take_amount,   field_put_amount},
    {11, "CC MM MM -C MM MM MM MM MM MM -C MM MM", field_take_trace,    field_put_trace},
    {12, "-C -m -C -C -m -m -m -m -C -C -C -C -m", field_take_time,     field_put_time},
    {13, "-C -m -C -C -m -m -m -m -C -C -C -C -m", field_take_u16,      field_put_u16,    MEMBER(local_date),        4},
    {14, "-- -- -- -- CC CC CC CC -- -- -- -- C-", field_take_u16,      field_put_expiry, MEMBER(expiry),            4},
    {15, "-- -- -- -- -m -C -m -m -- -- -- C- -C", field_take_u16,      field_put_u16,    MEMBER(settlement_date),   4},
    {22, "-- -- -- -- M- M- M- M- -- -- -- -- M-", field_take_entry,    field_put_entry},
    {23, "-- -- -- -- CC CC CC CC -- -- -- -- CC", field_take_sequence, field_put_sequence},
    {25, "-- -- -- -- Mm Mm Mm Mm -- -- -- -- Mm", NULL,                field_put_condition},
    {26, "-- -- -- -- C- C- C- -- -- -- -- -- --", NULL,                field_put_pin_capture},
    {32, "-C -m -C -C -m -m -m -m -C -C -C -C -m", NULL,                field_put_id,     MEMBER(identity.acquirer), ACQUIRER_ID_LEN},
    {35, "-- -- -- -- C- C- C- C- -- -- -- -- --", field_take_track2,   field_put_track2},
    {37, "-C -m -C -C -m -m -m -m -C -C -C -C -m", take_reference,      put_reference,    MEMBER(rrn),               RRN_LEN},
    {37, "-- -- -- -- -- -- C- C- -- -- -- C- --", take_reference,      put_original_reference, MEMBER(rrn),         RRN_LEN},
    {38, "-- -- -- -- -C -- CC CC -- -C -- -- C-", field_take_text,     put_auth_id,      MEMBER(auth_id),           AUTH_ID_LEN},
    {39, "-M -M -M -M -M -M -M -M -M -M -M -M MM", field_take_text,     field_put_text,   MEMBER(code),              RESPONSE_CODE_LEN},
    {41, "CC MM MM MM MM MM MM MM MM MM MM MM MM", field_take_text,     field_put_text,   MEMBER(identity.terminal), TERMINAL_ID_LEN},
    {42, "CC MM MM MM MM MM MM MM MM MM MM MM MM", field_take_text,     field_put_text,   MEMBER(merchant),          MERCHANT_ID_LEN},
    {44, "-- -- -- -- -C -C -C -C -- -- -- -- -C", take_institutions,   put_institutions},
    {48, "-- -- -- -- -- -- -- -- MM -- -- -- --", take_totals,         put_totals},
    {49, "-- -- -- -- Mm Mm Mm Mm mm -C -- -- Mm", field_take_currency, field_put_currency},
    {52, "-- -- -- -- C- C- C- -- -- -- -- -- --", field_take_pin,      field_put_pin},
    {53, "-- -- -- -- C- C- C- -- -- -- -- -- --", NULL,                field_put_security},
    {54, "-- -- -- -- -C -C -C -- -- -- -- -- --", field_take_balance,  field_put_balance},
    {55, "-- -- -- -- CC CC CC CC -- -- -- C- CC", field_take_icc,      field_put_icc},
    {59, "-- -- -- -- CC -- CC CC -- -- -- -- C-", take_code,           put_code},
    {60, "CC MM MM MM MM MM MM MM MM MM MM MM MM", take_control,        put_control},
    {61, "-- -- -- -- -- -- MC MC -- MC -- -- --", take_original,       put_original},
    {61, "-- -- -- -- -- -- -- -- -- -- -- -- C-", NULL,                put_reversed},
    {62, "-- -M -- -- -- -- -- -- -- -- -- -- --", take_keys,           put_keys},
    {62, "-- -- -- -- -- -- -- -- -- -- CC M- --", take_block,          put_block},
    {62, "-- -- -- -- -- -- C- C- -- -- -- -- --", take_other_terminal, put_other_terminal},
    {62, "-- -- -- -- C- -- -- -- -- -- -- -- --", take_order,          put_order},
    {63, "-- C- -- -- -- -- -- -- C- -- -- -- --", take_operator,       put_operator},
    {63, "-- -- -- -- -- -- -- C- -- -- -- -- --", NULL,                put_scheme},
    {63, "-- -- -- -- -C -C -C -C -C -C -- -- --", take_texts,          put_texts},
    {64, "CC -- -- -- MC MC MC MC -- MC -- MC MC", field_take_mac,      field_put_mac},
};

static const struct field_network networks[] = {
    {0x0800, NETWORK_SIGN_IN,     4,   KIND_SIGN_IN}, /* double-length keys; 4 with a track key */
    {0x0800, 1,                   1,   KIND_SIGN_IN}, /* single-length */
    {0x0820, NETWORK_SIGN_OFF,    2,   KIND_SIGN_OFF},
    {0x0820, NETWORK_ECHO,        301, KIND_ECHO},
    {0x0500, NETWORK_SETTLE,      202, KIND_SETTLE},
    {0x0820, NETWORK_QUERY,       929, KIND_QUERY},
    {0x0800, NETWORK_PARAMETERS,  361, KIND_PARAMETERS},
    {0x0800, NETWORK_CA_KEYS,     371, KIND_CA_KEYS},
    {0x0820, NETWORK_CA_KEYS_LIST, 372, KIND_CA_KEYS},
    {0x0800, NETWORK_AIDS,        381, KIND_AIDS},
    {0x0820, NETWORK_AIDS_LIST,   382, KIND_AIDS},
    {0x0820, NETWORK_STATUS,      362, KIND_STATUS},
    {0x0820, NETWORK_SIGNATURE,   809, KIND_SIGNATURE},
    {0x0800, NETWORK_UPDATE,      365, KIND_UPDATE},
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
    .finish = finish,
};

#include "card/emv_qr.h"

#include "base/assert.h"
#include "card/emv_qr_table.h"

#define HEAD_LEN 4      /* identifier and length */
#define LEN_MAX 99      /* of a value, in characters */
#define UNIONPAY_LEN 31 /* acquirer 8, forwarding institution 8, merchant 15 (UnionPay QR) */

const struct emv_qr_row *emv_qr_rows(size_t *count)
{
    *count = ARRAY_COUNT(emv_qr_table);
    return emv_qr_table;
}

/* All accounts with an identifier, and all private templates, are alike. */
static uint8_t kind_of_parent(uint8_t parent)
{
    bool is_account = parent >= EMV_QR_ACCOUNT_FIRST && parent <= EMV_QR_ACCOUNT_LAST;

    return is_account || (parent >= 80 && parent <= 99) ? EMV_QR_ACCOUNT_FIRST : parent;
}

const struct emv_qr_row *emv_qr_find(uint8_t parent, uint8_t id)
{
    uint8_t kind = kind_of_parent(parent);

    for (size_t i = 0; i < ARRAY_COUNT(emv_qr_table); i++) {
        const struct emv_qr_row *row = &emv_qr_table[i];
        if (row->parent == kind && id >= row->first && id <= row->last)
            return row;
    }
    return NULL;
}

/* ---- walking ---- */

struct emv_qr_iterator emv_qr_over(struct bytes payload)
{
    return (struct emv_qr_iterator){
        .payload = payload, .at = 0, .end = payload.len, .parent = EMV_QR_NO_PARENT};
}

struct emv_qr_iterator emv_qr_inside(const struct emv_qr_iterator *outer,
                                     const struct emv_qr_item *item)
{
    size_t at = item->offset + HEAD_LEN;

    assert(at + item->value.len <= outer->end);
    return (struct emv_qr_iterator){
        .payload = outer->payload, .at = at, .end = at + item->value.len, .parent = item->id};
}

static enum err fault_at(struct emv_qr_fault *fault, const struct emv_qr_iterator *it, uint8_t id,
                         const char *what)
{
    *fault = (struct emv_qr_fault){.what = what, .offset = it->at, .parent = it->parent, .id = id};
    return ERR_BAD_FORMAT;
}

/* The bytes of so many characters; false when there are fewer. */
static bool take_characters(const struct emv_qr_iterator *it, size_t from, size_t count,
                            size_t *len)
{
    size_t at = from;

    while (count-- > 0) {
        if (at >= it->end)
            return false;
        at++;
        while (at < it->end && (it->payload.at[at] & 0xC0) == 0x80)
            at++;
    }
    *len = at - from;
    return true;
}

enum err emv_qr_next(struct emv_qr_iterator *it, struct emv_qr_item *out,
                     struct emv_qr_fault *fault)
{
    const char *at = (const char *)it->payload.at + it->at;
    uint64_t id;
    uint64_t count;
    size_t len;

    if (it->at == it->end)
        return ERR_NOT_FOUND;
    if (it->end - it->at < HEAD_LEN) {
        (void)fault_at(fault, it, EMV_QR_NO_PARENT, "it ends inside an identifier or a length");
        return ERR_TRUNCATED;
    }
    if (bytes_to_number(at, 2, &id) != OK)
        return fault_at(fault, it, EMV_QR_NO_PARENT, "an identifier is two digits");
    if (bytes_to_number(at + 2, 2, &count) != OK)
        return fault_at(fault, it, (uint8_t)id, "a length is two digits");
    if (!take_characters(it, it->at + HEAD_LEN, (size_t)count, &len)) {
        (void)fault_at(fault, it, (uint8_t)id, "the value is shorter than its length says");
        return ERR_TRUNCATED;
    }
    out->id = (uint8_t)id;
    out->offset = it->at;
    out->value = bytes_over(it->payload.at + it->at + HEAD_LEN, len);
    it->at += HEAD_LEN + len;
    return OK;
}

/* ---- checking ---- */

uint16_t emv_qr_crc(struct bytes bytes)
{
    uint16_t crc = 0xFFFF;

    for (size_t i = 0; i < bytes.len; i++) {
        crc = (uint16_t)(crc ^ bytes.at[i] << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

static size_t count_characters(struct bytes value)
{
    size_t count = 0;

    for (size_t i = 0; i < value.len; i++)
        count += (value.at[i] & 0xC0) != 0x80;
    return count;
}

static bool is_decimal(struct bytes value)
{
    size_t points = 0;
    bool is_nothing = true;

    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.at[i];
        if (c != '.' && (c < '0' || c > '9'))
            return false;
        points += c == '.';
        is_nothing = is_nothing && (c == '.' || c == '0');
    }
    return points <= 1 && !is_nothing && value.at[0] != '.';
}

static bool is_made_of(struct bytes value, const char *of)
{
    for (size_t i = 0; i < value.len; i++) {
        if (memchr(of, value.at[i], strlen(of)) == NULL)
            return false;
    }
    return true;
}

static bool is_printed(struct bytes value, bool is_text)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.at[i];
        if (c < ' ' || c == 0x7F || (c > 0x7F && !is_text))
            return false;
    }
    return true;
}

/* NULL when the value has the form. */
static const char *form_fault(enum emv_qr_form form, struct bytes value)
{
    switch (form) {
    case EMV_QR_DIGITS:
        return is_made_of(value, "0123456789") ? NULL : "these should all be digits";
    case EMV_QR_DECIMAL:
        return is_decimal(value) ? NULL : "expected a number over zero such as 12.50";
    case EMV_QR_PRINTED:
        return is_printed(value, false) ? NULL : "only printable ASCII may stand here";
    case EMV_QR_ANY_TEXT:
        return is_printed(value, true) ? NULL : "a control character may not stand here";
    case EMV_QR_HEX:
        return is_made_of(value, "0123456789ABCDEF") ? NULL : "expected hex digits, A to F large";
    case EMV_QR_TEMPLATE:
        break;
    }
    return NULL;
}

/* What the values of single identifiers may be. */
static const char *meaning_fault(const struct emv_qr_iterator *it, const struct emv_qr_item *item)
{
    const char *value = (const char *)item->value.at;

    if (it->parent != EMV_QR_NO_PARENT)
        return NULL;
    if (item->id == EMV_QR_FORMAT && memcmp(value, "01", 2) != 0)
        return "the only payload format is 01";
    if (item->id == EMV_QR_METHOD && memcmp(value, "11", 2) != 0 && memcmp(value, "12", 2) != 0)
        return "expected 11 (for many payments) or 12 (for one)";
    if (item->id == EMV_QR_TIP && (value[0] != '0' || value[1] < '1' || value[1] > '3'))
        return "expected 01 (asks for a tip), 02 (fixed fee) or 03 (percentage)";
    if (item->id >= EMV_QR_UNIONPAY_FIRST && item->id <= EMV_QR_UNIONPAY_LAST &&
        item->value.len != UNIONPAY_LEN)
        return "UnionPay's account is 31 characters: acquirer 8, forwarder 8, merchant 15";
    return NULL;
}

static enum err check_item(const struct emv_qr_iterator *it, const struct emv_qr_item *item,
                           struct emv_qr_fault *fault)
{
    const struct emv_qr_row *row = emv_qr_find(it->parent, item->id);
    struct emv_qr_iterator at_item = *it;
    size_t count = count_characters(item->value);
    const char *what = NULL;

    at_item.at = item->offset;
    if (row == NULL)
        what = "there is no such identifier here";
    else if (count < row->len_min)
        what = "the value is too short";
    else if (count > row->len_max)
        what = "the value is too long";
    if (what == NULL)
        what = form_fault(row->form, item->value);
    if (what == NULL)
        what = meaning_fault(it, item);
    return what == NULL ? OK : fault_at(fault, &at_item, item->id, what);
}

/* Bits of the identifiers that a level has. */
struct seen {
    uint64_t at[2];
};

static bool take_once(struct seen *seen, uint8_t id)
{
    uint64_t bit = (uint64_t)1 << id % 64;
    bool is_new = (seen->at[id / 64] & bit) == 0;

    seen->at[id / 64] |= bit;
    return is_new;
}

static bool has(const struct seen *seen, uint8_t first, uint8_t last)
{
    for (unsigned id = first; id <= last; id++) {
        if ((seen->at[id / 64] >> id % 64 & 1) != 0)
            return true;
    }
    return false;
}

/* What is required of a level and is not there. */
static enum err check_required(const struct emv_qr_iterator *it, const struct seen *seen,
                               struct emv_qr_fault *fault)
{
    uint8_t kind = kind_of_parent(it->parent);

    for (size_t i = 0; i < ARRAY_COUNT(emv_qr_table); i++) {
        const struct emv_qr_row *row = &emv_qr_table[i];
        if (row->parent == kind && row->is_required && !has(seen, row->first, row->last))
            return fault_at(fault, it, row->first, "it is missing");
    }
    if (it->parent == EMV_QR_NO_PARENT && !has(seen, 2, EMV_QR_ACCOUNT_LAST))
        return fault_at(fault, it, EMV_QR_ACCOUNT_FIRST, "there is no merchant account");
    if (it->parent == EMV_QR_NO_PARENT && !has(seen, EMV_QR_TIP, EMV_QR_TIP) &&
        has(seen, EMV_QR_FEE_FIXED, EMV_QR_FEE_PERCENT))
        return fault_at(fault, it, EMV_QR_TIP, "a fee stands without its kind (55)");
    return OK;
}

static enum err check_inside(struct emv_qr_iterator it, struct emv_qr_fault *fault)
{
    struct seen seen = {{0}};
    struct emv_qr_item item;
    enum err err;

    while ((err = emv_qr_next(&it, &item, fault)) == OK) {
        TRY(check_item(&it, &item, fault));
        if (!take_once(&seen, item.id)) {
            it.at = item.offset;
            return fault_at(fault, &it, item.id, "it stands here twice");
        }
    }
    return err == ERR_NOT_FOUND ? check_required(&it, &seen, fault) : err;
}

static bool is_walked(const struct emv_qr_iterator *it, const struct emv_qr_item *item)
{
    const struct emv_qr_row *row = emv_qr_find(it->parent, item->id);

    return row != NULL && row->form == EMV_QR_TEMPLATE;
}

/* The checksum is the last data object, and right. Its form has been checked. */
static enum err check_crc(struct bytes payload, const struct emv_qr_item *last,
                          struct emv_qr_fault *fault)
{
    struct emv_qr_iterator it = emv_qr_over(payload);
    uint8_t said[2];
    size_t said_len;

    it.at = last->offset;
    if (last->id != EMV_QR_CRC)
        return fault_at(fault, &it, EMV_QR_CRC, "the checksum is not at the end");
    if (bytes_from_hex((const char *)last->value.at, 4, said, sizeof said, &said_len) != OK ||
        bytes_get_u16(said) != emv_qr_crc(bytes_over(payload.at, payload.len - 4)))
        return fault_at(fault, &it, EMV_QR_CRC, "the checksum is wrong");
    return OK;
}

enum err emv_qr_check(struct bytes payload, struct emv_qr_fault *fault)
{
    struct emv_qr_iterator it = emv_qr_over(payload);
    struct emv_qr_item item = {0};

    *fault = (struct emv_qr_fault){.parent = EMV_QR_NO_PARENT, .id = EMV_QR_NO_PARENT};
    if (count_characters(payload) > EMV_QR_LEN_MAX)
        return fault_at(fault, &it, EMV_QR_NO_PARENT, "it is longer than 512 characters");
    if (payload.len < 2 || memcmp(payload.at, "00", 2) != 0)
        return fault_at(fault, &it, EMV_QR_FORMAT, "it does not begin with the payload format");
    TRY(check_inside(it, fault));
    while (emv_qr_next(&it, &item, fault) == OK) {
        if (is_walked(&it, &item))
            TRY(check_inside(emv_qr_inside(&it, &item), fault));
    }
    return check_crc(payload, &item, fault);
}

/* ---- building ---- */

/* The front part of at most so many characters. */
static struct bytes cut_to(struct bytes value, size_t count)
{
    size_t len = 0;

    while (len < value.len) {
        if ((value.at[len] & 0xC0) != 0x80 && count-- == 0)
            break;
        len++;
    }
    return bytes_over(value.at, len);
}

static void put(struct text *out, uint8_t id, struct bytes value)
{
    text_add_u64_wide(out, id, 2);
    text_add_u64_wide(out, count_characters(value), 2);
    text_add_bytes(out, value);
}

static void put_z(struct text *out, uint8_t id, const char *value, size_t cut)
{
    if (value != NULL && value[0] != 0)
        put(out, id, cut_to(bytes_of_z(value), cut));
}

static void put_account(const struct emv_qr_wish *wish, struct text *out)
{
    char room[4 * LEN_MAX];
    struct text inside = text_over(room, sizeof room);

    put_z(&inside, 0, EMV_QR_UNIONPAY, LEN_MAX);
    put_z(&inside, 1, wish->acquirer, LEN_MAX);
    put_z(&inside, 2, wish->merchant, LEN_MAX);
    put(out, EMV_QR_ACCOUNT_FIRST, bytes_over(inside.at, inside.len));
}

static void put_additional(const struct emv_qr_wish *wish, struct text *out)
{
    char room[4 * LEN_MAX];
    struct text inside = text_over(room, sizeof room);

    put_z(&inside, 5, wish->reference, LEN_MAX);
    put_z(&inside, 7, wish->terminal, LEN_MAX);
    if (inside.len > 0)
        put(out, EMV_QR_ADDITIONAL, bytes_over(inside.at, inside.len));
}

static void put_language(const struct emv_qr_wish *wish, struct text *out)
{
    char room[4 * LEN_MAX];
    struct text inside = text_over(room, sizeof room);

    if (wish->local_name == NULL || wish->local_name[0] == 0)
        return;
    put_z(&inside, 0, wish->local_letters, 2);
    put_z(&inside, 1, wish->local_name, 25);
    put(out, EMV_QR_LANGUAGE, bytes_over(inside.at, inside.len));
}

static void put_number(struct text *out, uint8_t id, uint64_t number, size_t width)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    text_add_u64_wide(&t, number, width);
    put_z(out, id, text_z(&t), LEN_MAX);
}

static void put_amount(struct money amount, struct text *out)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    put_number(out, EMV_QR_CURRENCY, amount.currency, 3);
    money_add_text(&t, amount);
    if (amount.minor != 0)
        put_z(out, EMV_QR_AMOUNT, text_z(&t), LEN_MAX);
}

enum err emv_qr_build(const struct emv_qr_wish *wish, struct text *out)
{
    char room[4 * EMV_QR_ROOM];
    struct text t = text_over(room, sizeof room);
    struct emv_qr_fault fault;
    uint8_t crc[2];

    if (wish->acquirer == NULL || wish->merchant == NULL)
        return ERR_BAD_VALUE;
    put_z(&t, EMV_QR_FORMAT, "01", 2);
    put_z(&t, EMV_QR_METHOD, wish->amount.minor != 0 ? "12" : "11", 2);
    put_account(wish, &t);
    put_number(&t, EMV_QR_CATEGORY, wish->category, 4);
    put_amount(wish->amount, &t);
    put_z(&t, EMV_QR_COUNTRY, wish->country, LEN_MAX);
    put_z(&t, EMV_QR_NAME, wish->name, 25);
    put_z(&t, EMV_QR_CITY, wish->city, 15);
    put_additional(wish, &t);
    put_language(wish, &t);
    text_add(&t, "6304");
    bytes_put_u16(crc, emv_qr_crc(bytes_over(t.at, t.len)));
    text_add_hex(&t, crc, sizeof crc);
    if (t.cut || emv_qr_check(bytes_over(t.at, t.len), &fault) != OK)
        return ERR_BAD_VALUE;
    text_add_bytes(out, bytes_over(t.at, t.len));
    return out->cut ? ERR_FULL : OK;
}

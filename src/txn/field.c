#include "txn/field.h"

#include "base/assert.h"
#include "wire/tlv.h"

#include <string.h>

#define STANDS_FOR_APPROVAL "00"
#define STANDS_FOR_APPROVAL_IN_PART "10"
#define TIME_IS_THERE 1000000 /* added to hhmmss, so that midnight differs from nothing */
#define BALANCE_LEN 20
#define AMOUNT_AVAILABLE 2 /* 54.2: the ledger balance is 01 */

/* clang-format off */
static const enum field_column columns[] = {
    [KIND_NONE]              = COLUMN_OTHER,
    [KIND_SIGN_IN]           = COLUMN_SIGN_IN,
    [KIND_SIGN_OFF]          = COLUMN_SIGN_OFF,
    [KIND_ECHO]              = COLUMN_ECHO,
    [KIND_SALE]              = COLUMN_SALE,
    [KIND_BALANCE]           = COLUMN_BALANCE,
    [KIND_VOID]              = COLUMN_FOLLOW_UP,
    [KIND_REFUND]            = COLUMN_ADVICE,
    [KIND_PREAUTH]           = COLUMN_SALE,
    [KIND_PREAUTH_VOID]      = COLUMN_FOLLOW_UP,
    [KIND_INCREMENT]         = COLUMN_FOLLOW_UP,
    [KIND_COMPLETION]        = COLUMN_FOLLOW_UP,
    [KIND_COMPLETION_ADVICE] = COLUMN_ADVICE,
    [KIND_COMPLETION_VOID]   = COLUMN_FOLLOW_UP,
    [KIND_OFFLINE_SALE]      = COLUMN_ADVICE,
    [KIND_TIP_ADJUST]        = COLUMN_ADVICE,
    [KIND_SETTLE]            = COLUMN_SETTLE,
    [KIND_QUERY]             = COLUMN_QUERY,
    [KIND_PARAMETERS]        = COLUMN_LOAD,
    [KIND_CA_KEYS]           = COLUMN_LOAD,
    [KIND_AIDS]              = COLUMN_LOAD,
    [KIND_STATUS]            = COLUMN_LOAD,
    [KIND_SIGNATURE]         = COLUMN_SIGNATURE,
    [KIND_UPDATE]            = COLUMN_LOAD,
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(columns) == KIND_COUNT, "a column for each kind");

char field_presence(const struct field_row *row, struct field_sort sort)
{
    assert(sort.column < COLUMN_COUNT);
    char letter = row->presence[3 * sort.column + sort.is_answer];

    if (!sort.is_refusal || letter == '-' || row->number == 39 || row->number == 41)
        return letter;
    return 'C';
}

struct field_sort field_sort_of(const struct txn_message *message)
{
    bool is_reversal =
        message->function == FUNCTION_REVERSAL || message->function == FUNCTION_REVERSAL_RESPONSE;
    struct field_sort sort = {columns[message->kind], false, false};

    if (message->kind != KIND_NONE && is_reversal)
        sort.column = COLUMN_REVERSAL;
    sort.is_answer =
        message->function == FUNCTION_RESPONSE || message->function == FUNCTION_REVERSAL_RESPONSE;
    if (sort.is_answer)
        sort.is_refusal =
            memcmp(message->code, STANDS_FOR_APPROVAL, RESPONSE_CODE_LEN) != 0 &&
            memcmp(message->code, STANDS_FOR_APPROVAL_IN_PART, RESPONSE_CODE_LEN) != 0;
    return sort;
}

static bool is_or_lacks(const struct iso_view *view, unsigned field, const char *value)
{
    return !iso_has(view, field) || iso_is(view, field, value);
}

static bool fits_clue(const struct kind_row *row, struct field_clue clue, bool is_host)
{
    if (clue.is_reversal && !row->is_reversible)
        return false;
    if (clue.mti != 0 && clue.mti != (is_host ? row->iso_mti : row->cup_mti))
        return false;
    return clue.type_code == 0 || clue.type_code == row->type_code;
}

enum txn_kind field_kind_of_payment(const struct field_reader *r, struct field_clue clue)
{
    bool is_host = r->profile->mapping == MAPPING_ISO87;
    size_t len;

    if (iso_get(r->view, 3, r->out->processing, sizeof r->out->processing, &len) != OK)
        return KIND_NONE;
    for (int i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *row = kind_row((enum txn_kind)i);
        if (row->processing != NULL && fits_clue(row, clue, is_host) &&
            memcmp(r->out->processing, row->processing, sizeof r->out->processing) == 0 &&
            is_or_lacks(r->view, 25, row->condition))
            return (enum txn_kind)i;
    }
    return KIND_NONE;
}

enum txn_kind field_kind_of_network(const struct field_mapping *mapping, uint16_t base,
                                    uint16_t code)
{
    for (size_t i = 0; i < mapping->network_count; i++) {
        const struct field_network *row = &mapping->networks[i];
        if (row->mti == base && row->code <= code && code <= row->last)
            return row->kind;
    }
    return KIND_NONE;
}

uint16_t field_network_code(const struct field_mapping *mapping, const struct txn_message *message)
{
    for (size_t i = 0; i < mapping->network_count && message->network_code == 0; i++) {
        if (mapping->networks[i].kind == message->kind)
            return mapping->networks[i].code;
    }
    return message->network_code;
}

uint16_t field_network_mti(const struct field_mapping *mapping, const struct txn_message *message,
                           uint16_t otherwise)
{
    uint16_t code = field_network_code(mapping, message);

    for (size_t i = 0; i < mapping->network_count; i++) {
        const struct field_network *row = &mapping->networks[i];
        if (row->kind == message->kind && row->code <= code && code <= row->last)
            return row->mti;
    }
    return otherwise;
}

static void note(struct txn_fault *fault, unsigned field, size_t offset, const char *expected,
                 const char *found)
{
    if (fault->expected == NULL)
        *fault = (struct txn_fault){(uint16_t)field, (uint32_t)offset, expected, found};
}

/* K: the message itself must bring the card. */
static bool names_card(enum txn_kind kind, bool is_by_code)
{
    return kind_row(kind)->shape != SHAPE_FOLLOW_UP && !is_by_code;
}

static bool is_read_by_code(const struct iso_view *view)
{
    struct bytes entry = iso_raw(view, 22);
    char digits[3];
    size_t len;

    return entry.len > 0 && iso_get(view, 22, digits, sizeof digits, &len) == OK && len >= 2 &&
           memcmp(digits, "03", 2) == 0;
}

static bool must_be_there(const struct field_reader *r, char presence)
{
    if (presence == 'K')
        return names_card(r->out->kind, is_read_by_code(r->view));
    return presence == 'M';
}

static bool may_lack(const struct txn_message *in, char presence)
{
    if (presence == 'K')
        return !names_card(in->kind, in->entry == ENTRY_QR);
    return presence == 'C';
}

enum err field_take_all(const struct field_mapping *mapping, const struct field_reader *r,
                        struct field_sort sort, uint32_t offset, struct txn_fault *fault)
{
    for (size_t i = 0; i < mapping->row_count; i++) {
        const struct field_row *row = &mapping->rows[i];
        char presence = field_presence(row, sort);
        if (presence == '-')
            continue;
        if (!iso_has(r->view, row->number)) {
            if (must_be_there(r, presence))
                note(fault, row->number, offset + r->view->message.len, "the field", "nothing");
            continue;
        }
        const char *expected = row->take == NULL ? NULL : row->take(r, row);
        if (expected != NULL)
            note(fault, row->number, offset + r->view->spans[row->number].offset, expected,
                 "another value");
    }
    return fault->expected == NULL ? OK : ERR_BAD_VALUE;
}

enum err field_put_all(const struct field_mapping *mapping, struct field_writer *w,
                       struct field_sort sort, struct txn_fault *fault)
{
    for (size_t i = 0; i < mapping->row_count; i++) {
        const struct field_row *row = &mapping->rows[i];
        char presence = field_presence(row, sort);
        if (presence == '-' || row->put == NULL)
            continue;
        enum err err = row->put(w, row);
        if (err == OK || (err == ERR_NOT_FOUND && may_lack(w->in, presence)))
            continue;
        note(fault, row->number, 0, "a value that fits",
             err == ERR_NOT_FOUND ? "nothing" : "another value");
        return ERR_BAD_VALUE;
    }
    return OK;
}

/* ---- composed values ---- */

char *field_room(struct field_writer *w, size_t len, char fill)
{
    char *at = w->room + w->room_len;

    assert(len <= FIELD_ROOM - w->room_len);
    memset(at, fill, len);
    w->room_len += len;
    return at;
}

static bool fits(uint64_t value, size_t digits)
{
    while (digits > 0 && value > 0) {
        value /= 10;
        digits--;
    }
    return value == 0;
}

enum err field_put_part(struct subfield_iterator it, const char *name, uint64_t value,
                        char *composed)
{
    struct bytes part;

    if (subfield_find(it, name, &part) != OK || !fits(value, part.len))
        return ERR_BAD_VALUE;
    bytes_from_number(value, composed + (part.at - (const uint8_t *)composed), part.len);
    return OK;
}

uint64_t field_part_number(struct subfield_iterator it, const char *name)
{
    struct bytes part;
    uint64_t value;

    if (subfield_find(it, name, &part) != OK ||
        bytes_to_number((const char *)part.at, part.len, &value) != OK)
        return 0;
    return value;
}

bool field_is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7E)
            return false;
    }
    return true;
}

enum err field_find_element(struct bytes elements, uint32_t tag, struct bytes *out)
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

char *field_put_element(struct field_writer *w, uint32_t tag, size_t len)
{
    char *at = field_room(w, ELEMENT_HEAD_LEN + len, '0');

    at[0] = (char)(tag >> 8);
    at[1] = (char)tag;
    bytes_from_number(len, at + 2, 3);
    return at + ELEMENT_HEAD_LEN;
}

/* ---- members by their place ---- */

static char *member_of(const struct field_reader *r, const struct field_row *row)
{
    return (char *)r->out + row->offset;
}

static const char *member_in(const struct field_writer *w, const struct field_row *row)
{
    return (const char *)w->in + row->offset;
}

/* A fixed text. */
const char *field_take_text(const struct field_reader *r, const struct field_row *row)
{
    size_t len;

    return iso_get(r->view, row->number, member_of(r, row), row->len, &len) == OK
               ? NULL
               : "a shorter text";
}

enum err field_put_text(struct field_writer *w, const struct field_row *row)
{
    const char *text = member_in(w, row);

    if (text[0] == 0)
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(text, row->len));
    return OK;
}

const char *field_take_u16(const struct field_reader *r, const struct field_row *row)
{
    uint64_t value;

    if (iso_get_number(r->view, row->number, &value) != OK || value > UINT16_MAX)
        return "fewer digits";
    uint16_t member = (uint16_t)value;
    memcpy(member_of(r, row), &member, sizeof member);
    return NULL;
}

/* Sets a number of so many digits, which must fit. */
static enum err put_number(struct field_writer *w, const struct field_row *row, uint64_t value,
                           size_t digits)
{
    if (!fits(value, digits))
        return ERR_BAD_VALUE;
    iso_set_number(w->wire, row->number, value, digits);
    return OK;
}

enum err field_put_u16(struct field_writer *w, const struct field_row *row)
{
    uint16_t value;

    memcpy(&value, member_in(w, row), sizeof value);
    return value == 0 ? ERR_NOT_FOUND : put_number(w, row, value, row->len);
}

/* An institution's digits, zero bytes behind them. */
const char *field_take_id(const struct field_reader *r, const struct field_row *row)
{
    char *id = member_of(r, row);
    size_t len;

    memset(id, 0, row->len);
    if (iso_get(r->view, row->number, id, row->len, &len) != OK || len == 0)
        return "1 to 11 digits";
    return NULL;
}

enum err field_put_id(struct field_writer *w, const struct field_row *row)
{
    const char *id = member_in(w, row);
    size_t len = strnlen(id, row->len);

    if (len == 0)
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(id, len));
    return OK;
}

/* ---- card ---- */

/* UnionPay POS, 2, field 2: what the track says already is not said again. */
static bool track_says_it(const struct field_writer *w)
{
    return w->profile->mapping == MAPPING_CUP_POS && w->in->function == FUNCTION_REQUEST &&
           w->in->entry == ENTRY_STRIPE && w->in->track2_len > 0;
}

const char *field_take_pan(const struct field_reader *r, const struct field_row *row)
{
    char digits[PAN_DIGITS_MAX];
    size_t len;
    struct pan_fault fault;

    if (iso_get(r->view, row->number, digits, sizeof digits, &len) != OK ||
        pan_from_digits(bytes_over(digits, len), &r->out->pan, &fault) != OK)
        return "12 to 19 digits";
    return NULL;
}

enum err field_put_pan(struct field_writer *w, const struct field_row *row)
{
    const struct pan *pan = &w->in->pan;

    if (pan->len == 0 || track_says_it(w))
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(pan->digits, pan->len));
    return OK;
}

enum err field_put_expiry(struct field_writer *w, const struct field_row *row)
{
    return track_says_it(w) ? ERR_NOT_FOUND : field_put_u16(w, row);
}

/* Number and expiry from a track, where no field of their own gives them. */
static void read_track(struct txn_message *out)
{
    const char *end = memchr(out->track2, '=', out->track2_len);
    struct pan_fault fault;
    uint64_t expiry;

    if (end == NULL)
        return;
    size_t pan_len = (size_t)(end - out->track2);
    if (out->pan.len == 0 &&
        pan_from_digits(bytes_over(out->track2, pan_len), &out->pan, &fault) != OK)
        return;
    if (out->expiry == 0 && out->track2_len >= pan_len + 5 &&
        bytes_to_number(end + 1, 4, &expiry) == OK)
        out->expiry = (uint16_t)expiry;
}

const char *field_take_track2(const struct field_reader *r, const struct field_row *row)
{
    size_t len;

    if (iso_get(r->view, row->number, r->out->track2, TRACK2_LEN_MAX, &len) != OK)
        return "at most 37 characters";
    r->out->track2_len = (uint8_t)len;
    read_track(r->out);
    return NULL;
}

enum err field_put_track2(struct field_writer *w, const struct field_row *row)
{
    if (w->in->track2_len == 0)
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(w->in->track2, w->in->track2_len));
    return OK;
}

/* Positions 1 and 2 how the card was read, position 3 whether a PIN was entered (2: not). Hosts
 * write 80 for a stripe that was read because the chip failed. */
const char *field_take_entry(const struct field_reader *r, const struct field_row *row)
{
    char digits[3];
    size_t len;

    if (iso_get(r->view, row->number, digits, sizeof digits, &len) != OK || len != sizeof digits)
        return "3 digits";
    r->out->entry = digits[0] == '0' ? (enum entry_mode)(digits[1] - '0') : ENTRY_NONE;
    if (memcmp(digits, "80", 2) == 0) {
        r->out->entry = ENTRY_STRIPE;
        r->out->is_fallback = true;
    }
    r->out->pin_entered = digits[2] == '1';
    return NULL;
}

enum err field_put_entry(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    bool marks_fallback = w->profile->mapping == MAPPING_ISO87 && in->is_fallback;
    unsigned mode = marks_fallback && in->entry == ENTRY_STRIPE ? 80 : in->entry;

    if (in->entry == ENTRY_NONE && kind_row(in->kind)->shape != SHAPE_FOLLOW_UP)
        return ERR_NOT_FOUND; /* what follows an original needs no card to be read */
    return put_number(w, row, mode * 10 + (in->pin_entered ? 1 : 2), 3);
}

const char *field_take_sequence(const struct field_reader *r, const struct field_row *row)
{
    uint64_t value;

    if (iso_get_number(r->view, row->number, &value) != OK || value > 999)
        return "3 digits";
    r->out->sequence = (int16_t)value;
    return NULL;
}

enum err field_put_sequence(struct field_writer *w, const struct field_row *row)
{
    if (w->in->sequence < 0)
        return ERR_NOT_FOUND;
    return put_number(w, row, (uint64_t)w->in->sequence, 3);
}

const char *field_take_icc(const struct field_reader *r, const struct field_row *row)
{
    size_t len;

    if (iso_get(r->view, row->number, (char *)r->out->icc, ICC_LEN_MAX, &len) != OK)
        return "at most 255 bytes";
    r->out->icc_len = (uint8_t)len;
    return NULL;
}

enum err field_put_icc(struct field_writer *w, const struct field_row *row)
{
    if (w->in->icc_len == 0)
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(w->in->icc, w->in->icc_len));
    return OK;
}

/* ---- PIN ---- */

/* At most 12 digits (UnionPay POS, 2, field 26). */
enum err field_put_pin_capture(struct field_writer *w, const struct field_row *row)
{
    if (w->in->pin_block_len == 0)
        return ERR_NOT_FOUND;
    iso_set_z(w->wire, row->number, "12");
    return OK;
}

const char *field_take_pin(const struct field_reader *r, const struct field_row *row)
{
    size_t len;

    if (iso_get(r->view, row->number, (char *)r->out->pin_block, PIN_BLOCK_LEN_MAX, &len) != OK ||
        (len != 8 && len != PIN_BLOCK_LEN_MAX))
        return "8 or 16 bytes";
    r->out->pin_block_len = (uint8_t)len;
    return NULL;
}

enum err field_put_pin(struct field_writer *w, const struct field_row *row)
{
    if (w->in->pin_block_len == 0)
        return ERR_NOT_FOUND;
    iso_set(w->wire, row->number, bytes_over(w->in->pin_block, w->in->pin_block_len));
    return OK;
}

/* PIN with PAN; triple DES, or a cipher of 16-byte blocks; tracks in clear (UnionPay POS, 5.6). */
enum err field_put_security(struct field_writer *w, const struct field_row *row)
{
    if (w->in->pin_block_len == 0)
        return ERR_NOT_FOUND;
    iso_set_z(w->wire, row->number,
              w->in->pin_block_len == 8 ? "2600000000000000" : "2400000000000000");
    return OK;
}

/* ---- money ---- */

static bool currency_of(const struct field_reader *r, uint16_t *out)
{
    char digits[3];
    size_t len;
    uint64_t value;

    *out = r->profile->currency;
    if (!iso_has(r->view, 49))
        return true;
    if (iso_get(r->view, 49, digits, sizeof digits, &len) != OK || len != sizeof digits ||
        bytes_to_number(digits, len, &value) != OK)
        return false;
    *out = (uint16_t)value;
    return true;
}

const char *field_take_currency(const struct field_reader *r, const struct field_row *row)
{
    uint16_t currency;

    (void)row;
    return currency_of(r, &currency) && currency != 0 ? NULL : "a currency's 3 digits";
}

enum err field_put_currency(struct field_writer *w, const struct field_row *row)
{
    uint16_t currency = w->in->amount.currency;

    if (currency == 0)
        currency = w->in->balance.currency;
    if (currency == 0 && (kind_row(w->in->kind)->processing != NULL || w->in->kind == KIND_SETTLE))
        currency = w->profile->currency;
    return currency == 0 ? ERR_NOT_FOUND : put_number(w, row, currency, 3);
}

const char *field_take_amount(const struct field_reader *r, const struct field_row *row)
{
    uint16_t currency;

    if (!currency_of(r, &currency))
        currency = r->profile->currency;
    return iso_get_money(r->view, row->number, currency, &r->out->amount) == OK ? NULL
                                                                                : "12 digits";
}

enum err field_put_amount(struct field_writer *w, const struct field_row *row)
{
    const struct money *amount = &w->in->amount;

    if (amount->currency == 0)
        return ERR_NOT_FOUND;
    return amount->minor < 0 ? ERR_BAD_VALUE : put_number(w, row, (uint64_t)amount->minor, 12);
}

/* One balance: account type, amount type, currency, C or D, amount. */
static bool read_balance(struct subfield_iterator it, struct money *out)
{
    struct bytes sign;
    struct bytes digits;
    uint64_t minor;

    if (subfield_find(it, "54.4", &sign) != OK || subfield_find(it, "54.5", &digits) != OK ||
        bytes_to_number((const char *)digits.at, digits.len, &minor) != OK ||
        minor > MONEY_MINOR_MAX)
        return false;
    *out = money_of(sign.at[0] == 'D' ? -(int64_t)minor : (int64_t)minor,
                    (uint16_t)field_part_number(it, "54.3"));
    return out->currency != 0;
}

/* The available balance, or else the first that there is. */
const char *field_take_balance(const struct field_reader *r, const struct field_row *row)
{
    char value[120];
    size_t len;
    struct subfield part;
    struct money found;

    if (iso_get(r->view, row->number, value, sizeof value, &len) != OK)
        return "at most 120 characters";
    struct subfield_iterator it =
        subfield_over(r->view->dialect, row->number, r->view->mti, bytes_over(value, len));
    while (it.left.len > 0) {
        bool is_available = field_part_number(it, "54.2") == AMOUNT_AVAILABLE;
        if (!read_balance(it, &found))
            return "balances of 20 each";
        if (is_available || r->out->balance.currency == 0)
            r->out->balance = found;
        if (is_available)
            break;
        do
            (void)subfield_next(&it, &part);
        while (it.left.len > 0 && it.index < it.layout->part_count);
    }
    return NULL;
}

enum err field_put_balance(struct field_writer *w, const struct field_row *row)
{
    const struct money *balance = &w->in->balance;
    uint64_t minor = (uint64_t)(balance->minor < 0 ? -balance->minor : balance->minor);

    if (balance->currency == 0)
        return ERR_NOT_FOUND;
    char *value = field_room(w, BALANCE_LEN, '0');
    struct subfield_iterator it =
        subfield_over(w->wire->dialect, row->number, w->wire->mti, bytes_over(value, BALANCE_LEN));
    TRY(field_put_part(it, "54.2", AMOUNT_AVAILABLE, value));
    TRY(field_put_part(it, "54.3", balance->currency, value));
    TRY(subfield_set(it, "54.4", bytes_of_z(balance->minor < 0 ? "D" : "C"), value));
    TRY(field_put_part(it, "54.5", minor, value));
    iso_set(w->wire, row->number, bytes_over(value, BALANCE_LEN));
    return OK;
}

/* ---- the rest ---- */

const char *field_take_trace(const struct field_reader *r, const struct field_row *row)
{
    uint64_t value;

    if (iso_get_number(r->view, row->number, &value) != OK || value == 0 || value > 999999)
        return "000001 to 999999";
    r->out->identity.trace = (uint32_t)value;
    return NULL;
}

enum err field_put_trace(struct field_writer *w, const struct field_row *row)
{
    uint32_t trace = w->in->identity.trace;

    return trace == 0 ? ERR_NOT_FOUND : put_number(w, row, trace, 6);
}

const char *field_take_time(const struct field_reader *r, const struct field_row *row)
{
    uint64_t value;

    if (iso_get_number(r->view, row->number, &value) != OK || value >= TIME_IS_THERE)
        return "hhmmss";
    r->out->local_time = (uint32_t)value + TIME_IS_THERE;
    return NULL;
}

enum err field_put_time(struct field_writer *w, const struct field_row *row)
{
    uint32_t time_of_day = w->in->local_time;

    if (time_of_day == 0)
        return ERR_NOT_FOUND;
    return time_of_day < TIME_IS_THERE ? ERR_BAD_VALUE
                                       : put_number(w, row, time_of_day - TIME_IS_THERE, 6);
}

enum err field_put_processing(struct field_writer *w, const struct field_row *row)
{
    const struct txn_message *in = w->in;
    const char *processing = kind_row(in->kind)->processing;

    if (in->kind == KIND_NONE && in->processing[0] != 0)
        iso_set(w->wire, row->number, bytes_over(in->processing, sizeof in->processing));
    else if (processing != NULL)
        iso_set_z(w->wire, row->number, processing);
    else
        return ERR_NOT_FOUND;
    return OK;
}

enum err field_put_condition(struct field_writer *w, const struct field_row *row)
{
    const char *condition = kind_row(w->in->kind)->condition;

    if (condition == NULL)
        return ERR_NOT_FOUND;
    iso_set_z(w->wire, row->number, condition);
    return OK;
}

const char *field_take_mac(const struct field_reader *r, const struct field_row *row)
{
    size_t len;

    if (iso_get(r->view, row->number, (char *)r->out->mac, TXN_MAC_LEN, &len) != OK ||
        len != TXN_MAC_LEN)
        return "8 bytes";
    r->out->has_mac = true;
    return NULL;
}

enum err field_put_mac(struct field_writer *w, const struct field_row *row)
{
    if (!w->in->has_mac)
        return ERR_NOT_FOUND;
    iso_set_blank(w->wire, row->number);
    return OK;
}

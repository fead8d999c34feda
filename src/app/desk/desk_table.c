#include "app/desk/desk_table.h"

#include "app/story/payment_json.h"
#include "base/assert.h"
#include "card/pan.h"

#include <string.h>

#define COUNT_MAX 1000000
#define ACQUIRER_SIDE DESK_AT(PARTY_ACQUIRER)
#define TERMINAL_SIDE DESK_AT(PARTY_TERMINAL)
#define ISSUER_SIDE DESK_AT(PARTY_ISSUER)

#define PLACE(s, field) offsetof(struct s, field), sizeof(((struct s *)0)->field)

/* clang-format off */
static const struct desk_column merchant_columns[] = {
    {"merchant",   DESK_ID,    PLACE(merchant_row, merchant),         0, 0},
    {"name",       DESK_PROSE, PLACE(merchant_row, name),             0, ACQUIRER_SIDE},
    {"category",   DESK_U16,   PLACE(merchant_row, category),         9999, ACQUIRER_SIDE},
    {"state",      DESK_STATE, PLACE(merchant_row, state),            0, ACQUIRER_SIDE},
    {"amount_max", DESK_MONEY, PLACE(merchant_row, amount_max_minor), MONEY_MINOR_MAX, ACQUIRER_SIDE},
    {"completion_percent", DESK_U16, PLACE(merchant_row, completion_percent), 999, ACQUIRER_SIDE},
    {"tip_percent",   DESK_U16,  PLACE(merchant_row, tip_percent),    100, ACQUIRER_SIDE},
    {"takes_no_tips", DESK_BOOL, PLACE(merchant_row, takes_no_tips),  0, ACQUIRER_SIDE},
    {"checks_funds",  DESK_BOOL, PLACE(merchant_row, checks_funds),   0, ACQUIRER_SIDE},
    {"reason",     DESK_PROSE, PLACE(merchant_row, reason),           0, ACQUIRER_SIDE},
    {"licence",    DESK_TEXT,  PLACE(merchant_row, licence),          0, ACQUIRER_SIDE},
    {"licence_until", DESK_U32, PLACE(merchant_row, licence_until),   99991231, ACQUIRER_SIDE},
    {"latitude",   DESK_DEGREES, PLACE(merchant_row, latitude_e5),    90, ACQUIRER_SIDE},
    {"longitude",  DESK_DEGREES, PLACE(merchant_row, longitude_e5),   180, ACQUIRER_SIDE},
    {"since",      DESK_TIME,  PLACE(merchant_row, state_since),      0, 0},
};

static const struct desk_column terminal_columns[] = {
    {"terminal",     DESK_ID,      PLACE(terminal_row, terminal),        0, 0},
    {"merchant",     DESK_ID,      PLACE(terminal_row, merchant),        0, ACQUIRER_SIDE | TERMINAL_SIDE},
    {"state",        DESK_STATE,   PLACE(terminal_row, state),           0, ACQUIRER_SIDE},
    {"tap_limit",    DESK_MONEY32, PLACE(terminal_row, tap_limit_minor), UINT32_MAX, ACQUIRER_SIDE | TERMINAL_SIDE},
    {"needs_cashier", DESK_BOOL,   PLACE(terminal_row, needs_cashier),   0, TERMINAL_SIDE},
    {"partial_ok",   DESK_BOOL,    PLACE(terminal_row, partial_ok),      0, TERMINAL_SIDE},
    {"no_keying",    DESK_BOOL,    PLACE(terminal_row, no_keying),       0, ACQUIRER_SIDE | TERMINAL_SIDE},
    {"no_fallback",  DESK_BOOL,    PLACE(terminal_row, no_fallback),     0, TERMINAL_SIDE},
    {"has_ranges",   DESK_BOOL,    PLACE(terminal_row, has_ranges),      0, TERMINAL_SIDE},
    {"listed_only",  DESK_BOOL,    PLACE(terminal_row, listed_only),     0, TERMINAL_SIDE},
    {"offline_max",  DESK_U16,     PLACE(terminal_row, offline_max),     DRAWER_WAITING_MAX, ACQUIRER_SIDE | TERMINAL_SIDE},
    {"batch_max",    DESK_U32,     PLACE(terminal_row, batch_max),       BATCH_PAYMENTS_MAX, TERMINAL_SIDE},
    {"batch_age",    DESK_U32,     PLACE(terminal_row, batch_age_max_s), UINT32_MAX, TERMINAL_SIDE},
    {"refund_max",   DESK_MONEY32, PLACE(terminal_row, refund_max_minor), UINT32_MAX, TERMINAL_SIDE},
    {"software",     DESK_U32,     PLACE(terminal_row, software),        999999, TERMINAL_SIDE},
    {"group",        DESK_ID,      PLACE(terminal_row, group),           0, ACQUIRER_SIDE},
    {"software_min", DESK_U32,     PLACE(terminal_row, software_min),    999999, ACQUIRER_SIDE},
    {"is_signed_in", DESK_BOOL,    PLACE(terminal_row, is_signed_in),    0, 0},
    {"signed_in",    DESK_TIME,    PLACE(terminal_row, signed_in),       0, 0},
    {"tip_percent",  DESK_BYTE,    PLACE(terminal_row, tip_percent),     0, 0},
    {"no_tips",      DESK_BOOL,    PLACE(terminal_row, no_tips),         0, 0},
    {"batch",        DESK_U32,     PLACE(terminal_row, batch),           0, 0},
    {"trace_next",   DESK_U32,     PLACE(terminal_row, trace_next),      0, 0},
    {"owed",         DESK_TRACE,   PLACE(terminal_row, owed),            0, 0},
    {"since",        DESK_TIME,    PLACE(terminal_row, state_since),     0, 0},
};

static const struct desk_column card_columns[] = {
    {"card",        DESK_TEXT,    PLACE(card_row, name),              0, 0},
    {"number",      DESK_MASK,    PLACE(card_row, pan.masked),        0, 0},
    {"hash",        DESK_HASH,    PLACE(card_row, pan.hash),          0, 0},
    {"state",       DESK_STATE,   PLACE(card_row, state),             0, ISSUER_SIDE},
    {"expiry",      DESK_U16,     PLACE(card_row, expiry),            0, 0},
    {"account",     DESK_U64,     PLACE(card_row, account),           0, 0},
    {"limit",       DESK_MONEY,   PLACE(card_row, limit_minor),       MONEY_MINOR_MAX, ISSUER_SIDE},
    {"daily_limit", DESK_MONEY,   PLACE(card_row, daily_limit_minor), MONEY_MINOR_MAX, ISSUER_SIDE},
    {"daily_used",  DESK_MONEY,   PLACE(card_row, daily_used_minor),  0, 0},
    {"daily_count", DESK_U32,     PLACE(card_row, daily_count_max),   COUNT_MAX, ISSUER_SIDE},
    {"daily_done",  DESK_U32,     PLACE(card_row, daily_count),       0, 0},
    {"tap_limit",   DESK_MONEY32, PLACE(card_row, tap_limit_minor),   UINT32_MAX, ISSUER_SIDE},
    {"needs_pin",   DESK_BOOL,    PLACE(card_row, needs_pin),         0, ISSUER_SIDE},
    {"region",      DESK_U16,     PLACE(card_row, region),            999, ISSUER_SIDE},
    {"refusals",    DESK_U32,     PLACE(card_row, refusals),          0, ISSUER_SIDE},
    {"last_used",   DESK_TIME,    PLACE(card_row, last_used),         0, 0},
    {"pin_locked",  DESK_TIME,    PLACE(card_row, pin_locked),        0, 0},
    {"pin_tries",   DESK_BYTE,    PLACE(card_row, pin_tries),         0, ISSUER_SIDE},
    {"since",       DESK_TIME,    PLACE(card_row, state_since),       0, 0},
};

static const struct desk_column account_columns[] = {
    {"account",      DESK_U64,   PLACE(account_row, number),             0, 0},
    {"name",         DESK_PROSE, PLACE(account_row, name),               0, ISSUER_SIDE},
    {"balance",      DESK_MONEY, PLACE(account_row, balance_minor),      0, 0},
    {"held",         DESK_MONEY, PLACE(account_row, held_minor),         0, 0},
    {"credit_limit", DESK_MONEY, PLACE(account_row, credit_limit_minor), MONEY_MINOR_MAX, ISSUER_SIDE},
    {"allows_partial", DESK_BOOL, PLACE(account_row, allows_partial),    0, ISSUER_SIDE},
    {"overdue_since", DESK_U32,  PLACE(account_row, overdue_since),      99991231, ISSUER_SIDE},
};

static const struct desk_column issuer_columns[] = {
    {"issuer",       DESK_TEXT,  PLACE(config_row, id),                      0, 0},
    {"hold_days",    DESK_U16,   PLACE(config_row, hold_days),               365, ISSUER_SIDE},
    {"completion_percent", DESK_U16, PLACE(config_row, completion_percent),  200, ISSUER_SIDE},
    {"tip_percent",  DESK_U16,   PLACE(config_row, tip_percent),             100, ISSUER_SIDE},
    {"keep_days",    DESK_U16,   PLACE(config_row, keep_days),               UINT16_MAX, ISSUER_SIDE},
    {"open_from",    DESK_CLOCK, PLACE(config_row, policy.open_from),        0, ISSUER_SIDE},
    {"open_until",   DESK_CLOCK, PLACE(config_row, policy.open_until),       0, ISSUER_SIDE},
    {"cutoff_from",  DESK_CLOCK, PLACE(config_row, policy.cutoff_from),      0, ISSUER_SIDE},
    {"cutoff_until", DESK_CLOCK, PLACE(config_row, policy.cutoff_until),     0, ISSUER_SIDE},
    {"dormant_days", DESK_U16,   PLACE(config_row, policy.dormant_days),     UINT16_MAX, ISSUER_SIDE},
    {"pin_opens_daily", DESK_BOOL, PLACE(config_row, policy.pin_opens_daily), 0, ISSUER_SIDE},
    {"refusals_max", DESK_BYTE,  PLACE(config_row, policy.refusals_max),     UINT8_MAX, ISSUER_SIDE},
    {"suspicious",   DESK_MONEY, PLACE(config_row, policy.suspicious_minor), MONEY_MINOR_MAX, ISSUER_SIDE},
    {"referral",     DESK_MONEY, PLACE(config_row, policy.referral_minor),   MONEY_MINOR_MAX, ISSUER_SIDE},
};

static const struct desk_column peer_columns[] = {
    {"peer",         DESK_TEXT,  PLACE(peer_row, peer),               0, 0},
    {"is_behind",    DESK_BOOL,  PLACE(peer_row, is_behind),          0, ACQUIRER_SIDE | ISSUER_SIDE},
    {"says_we_are_behind", DESK_BOOL, PLACE(peer_row, says_we_are_behind), 0, 0},
    {"node",         DESK_U16,   PLACE(peer_row, node),               0, 0},
    {"epoch",        DESK_U32,   PLACE(peer_row, epoch),              0, 0},
    {"record",       DESK_U64,   PLACE(peer_row, sequence),           0, 0},
    {"heard",        DESK_TIME,  PLACE(peer_row, heard),              0, 0},
    {"refused_epoch", DESK_U32,  PLACE(peer_row, refused_epoch),      0, 0},
    {"refused_record", DESK_U64, PLACE(peer_row, refused_sequence),   0, 0},
    {"refused_point", DESK_TIME, PLACE(peer_row, refused_point),      0, 0},
};

static const struct desk_table desk_tables[] = {
    {"merchant", TABLE_MERCHANT, sizeof(struct merchant_row), offsetof(struct merchant_row, state_since),
     ACQUIRER_SIDE, ACQUIRER_SIDE, merchant_columns, ARRAY_COUNT(merchant_columns)},
    {"terminal", TABLE_TERMINAL, sizeof(struct terminal_row), offsetof(struct terminal_row, state_since),
     ACQUIRER_SIDE | TERMINAL_SIDE, ACQUIRER_SIDE, terminal_columns, ARRAY_COUNT(terminal_columns)},
    {"card", TABLE_CARD, sizeof(struct card_row), offsetof(struct card_row, state_since),
     ISSUER_SIDE, ISSUER_SIDE, card_columns, ARRAY_COUNT(card_columns)},
    {"account", TABLE_ACCOUNT, sizeof(struct account_row), 0,
     ISSUER_SIDE, ISSUER_SIDE, account_columns, ARRAY_COUNT(account_columns)},
    {"issuer", TABLE_CONFIG, sizeof(struct config_row), 0,
     ISSUER_SIDE, ISSUER_SIDE, issuer_columns, ARRAY_COUNT(issuer_columns)},
    {"peer", TABLE_PEER, sizeof(struct peer_row), 0, ACQUIRER_SIDE | ISSUER_SIDE,
     ACQUIRER_SIDE | ISSUER_SIDE, peer_columns, ARRAY_COUNT(peer_columns)},
};
/* clang-format on */

const struct desk_table *desk_table_find(const char *what)
{
    for (size_t i = 0; i < ARRAY_COUNT(desk_tables); i++) {
        if (strcmp(desk_tables[i].what, what) == 0)
            return &desk_tables[i];
    }
    return NULL;
}

/* ---- reading new values ---- */

static enum err wrong(struct text *fault, const char *column, const char *expected)
{
    text_add(fault, column);
    text_add(fault, ": expected ");
    text_add(fault, expected);
    return ERR_BAD_VALUE;
}

/* "state, name or amount_max": what may be set. */
static void add_settable(const struct desk_table *table, struct text *fault)
{
    const char *glue = "";

    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].may_set_at == 0)
            continue;
        text_add(fault, glue);
        text_add(fault, table->columns[i].name);
        glue = ", ";
    }
}

static const struct desk_column *column_find(const struct desk_table *table, const char *name,
                                             struct text *fault)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0 && table->columns[i].may_set_at != 0)
            return &table->columns[i];
    }
    text_add(fault, name);
    text_add(fault, ": cannot be set; expected one of ");
    add_settable(table, fault);
    return NULL;
}

static enum err read_state(const char *value, struct desk_change *out, struct text *fault)
{
    out->number = record_state_by_name(value);
    if (out->number != RECORD_STATE_COUNT)
        return OK;
    text_add(fault, out->column->name);
    text_add(fault, ": expected one of ");
    for (size_t i = 0; i < RECORD_STATE_COUNT; i++) {
        text_add(fault, i == 0 ? "" : ", ");
        text_add(fault, record_state_name((enum record_state)i));
    }
    return ERR_BAD_VALUE;
}

static enum err read_amount(const char *value, uint16_t currency, struct desk_change *out,
                            struct text *fault)
{
    struct money money;

    if (money_from_text(value, currency, &money) != OK || (uint64_t)money.minor > out->column->most)
        return wrong(fault, out->column->name, "an amount such as 250.00 (0: no limit)");
    out->number = (uint64_t)money.minor;
    return OK;
}

static enum err read_number(const char *value, struct desk_change *out, struct text *fault)
{
    size_t len = strlen(value);
    char room[48];
    struct text range = text_over(room, sizeof room);

    if (len > 0 && bytes_to_number(value, len, &out->number) == OK &&
        out->number <= out->column->most)
        return OK;
    text_add(&range, out->column->most == 0 ? "0, which clears it" : "a whole number up to ");
    if (out->column->most > 0)
        text_add_u64(&range, out->column->most);
    return wrong(fault, out->column->name, text_z(&range));
}

static enum err read_clock(const char *value, struct desk_change *out, struct text *fault)
{
    uint64_t hour = 0;
    uint64_t minute = 0;

    if (strlen(value) != 5 || value[2] != ':' || bytes_to_number(value, 2, &hour) != OK ||
        bytes_to_number(value + 3, 2, &minute) != OK || hour > 23 || minute > 59)
        return wrong(fault, out->column->name, "a time of day such as 08:30");
    out->number = hour * 60 + minute;
    return OK;
}

/* "-31.2304": up to five digits behind the point. */
static enum err read_degrees(const char *value, struct desk_change *out, struct text *fault)
{
    bool is_negative = value[0] == '-';
    const char *digits = value + is_negative;
    const char *point = strchr(digits, '.');
    size_t whole = point == NULL ? strlen(digits) : (size_t)(point - digits);
    size_t behind = point == NULL ? 0 : strlen(point + 1);
    char room[16] = "";
    struct text t = text_over(room, sizeof room);
    uint64_t number = 0;

    text_add_bytes(&t, bytes_over(digits, whole));
    text_add(&t, point == NULL ? "" : point + 1);
    for (size_t i = behind; i < 5; i++)
        text_add(&t, "0");
    if (whole == 0 || behind > 5 || t.cut || bytes_to_number(room, t.len, &number) != OK ||
        number > out->column->most * 100000)
        return wrong(fault, out->column->name, "degrees such as 31.2304 or -8.5");
    out->number = (uint32_t)(is_negative ? -(int32_t)number : (int32_t)number);
    return OK;
}

static enum err read_text(const char *value, struct desk_change *out, struct text *fault)
{
    char room[48];
    struct text limit = text_over(room, sizeof room);
    size_t len = strlen(value);
    size_t most = out->column->kind == DESK_ID ? out->column->len : out->column->len - 1U;
    bool is_printable = true;

    for (size_t i = 0; i < len; i++)
        is_printable = is_printable && (unsigned char)value[i] >= ' ' && value[i] != 0x7F;
    if (out->column->kind == DESK_PROSE && pan_is_in_text(bytes_over(value, len)))
        return wrong(fault, out->column->name, "no card number, as this is kept in clear");
    if (len > 0 && len <= most && is_printable) {
        memcpy(out->text, value, len);
        return OK;
    }
    text_add(&limit, "1 to ");
    text_add_u64(&limit, most);
    text_add(&limit, " printable bytes");
    return wrong(fault, out->column->name, text_z(&limit));
}

static enum err read_bool(const char *value, struct desk_change *out, struct text *fault)
{
    out->number = strcmp(value, "true") == 0;
    if (out->number == 1 || strcmp(value, "false") == 0)
        return OK;
    return wrong(fault, out->column->name, "true or false");
}

enum err desk_change_read(const struct desk_table *table, const struct desk_wish *wish,
                          struct desk_change *out, struct text *fault)
{
    memset(out, 0, sizeof *out);
    out->column = column_find(table, wish->name, fault);
    if (out->column == NULL)
        return ERR_NOT_FOUND;
    switch (out->column->kind) {
    case DESK_STATE:
        return read_state(wish->value, out, fault);
    case DESK_MONEY:
    case DESK_MONEY32:
        return read_amount(wish->value, wish->currency, out, fault);
    case DESK_BYTE:
    case DESK_U16:
    case DESK_U32:
    case DESK_U64:
        return read_number(wish->value, out, fault);
    case DESK_CLOCK:
        return read_clock(wish->value, out, fault);
    case DESK_DEGREES:
        return read_degrees(wish->value, out, fault);
    case DESK_BOOL:
        return read_bool(wish->value, out, fault);
    case DESK_TEXT:
    case DESK_PROSE:
    case DESK_ID:
        return read_text(wish->value, out, fault);
    case DESK_TIME:
    case DESK_MASK:
    case DESK_HASH:
    case DESK_TRACE:
        break;
    }
    bug_found(__FILE__, __LINE__, "a column of this kind cannot be set");
}

/* ---- rows ---- */

static uint64_t number_get(const struct desk_column *column, const uint8_t *at)
{
    uint64_t number = 0; /* rows are little-endian, as they lie in memory */

    assert(column->len <= sizeof number);
    memcpy(&number, at, column->len);
    return number;
}

void desk_change_apply(const struct desk_change *change, void *row)
{
    const struct desk_column *column = change->column;
    uint8_t *at = (uint8_t *)row + column->offset;

    if (column->kind != DESK_TEXT && column->kind != DESK_PROSE && column->kind != DESK_ID) {
        assert(column->len <= sizeof change->number);
        memcpy(at, &change->number, column->len);
        return;
    }
    size_t len = strlen(change->text);
    assert(len <= column->len);
    memset(at, column->kind == DESK_ID ? ' ' : 0, column->len);
    memcpy(at, change->text, len);
}

static json_t *text_json(const uint8_t *at, size_t len)
{
    const uint8_t *end = memchr(at, 0, len);

    return json_fixed((const char *)at, end == NULL ? len : (size_t)(end - at));
}

static json_t *hash_json(const uint8_t *at)
{
    char room[9] = "";

    bytes_to_hex(at, 4, room);
    return json_string(room);
}

static json_t *time_json(const uint8_t *at, int32_t utc_offset_s)
{
    struct instant instant;

    memcpy(&instant, at, sizeof instant);
    return json_instant(instant, utc_offset_s);
}

static json_t *trace_json(const uint8_t *at)
{
    struct identity identity;

    memcpy(&identity, at, sizeof identity);
    return json_integer(identity.trace);
}

static json_t *degrees_json(const uint8_t *at)
{
    char room[16];
    struct text t = text_over(room, sizeof room);
    int32_t number;

    memcpy(&number, at, sizeof number);
    uint32_t size = number < 0 ? 0U - (uint32_t)number : (uint32_t)number;
    text_add(&t, number < 0 ? "-" : "");
    text_add_u64(&t, size / 100000);
    text_add(&t, ".");
    text_add_u64_wide(&t, size % 100000, 5);
    return json_string(text_z(&t));
}

static json_t *clock_json(uint64_t minutes)
{
    char room[16];
    struct text t = text_over(room, sizeof room);

    text_add_u64_wide(&t, minutes / 60, 2);
    text_add_char(&t, ':');
    text_add_u64_wide(&t, minutes % 60, 2);
    return json_string(text_z(&t));
}

static json_t *column_json(const struct desk_column *column, const uint8_t *at, uint16_t currency,
                           int32_t utc_offset_s)
{
    switch (column->kind) {
    case DESK_TEXT:
    case DESK_PROSE:
    case DESK_ID:
    case DESK_MASK:
        return text_json(at, column->len);
    case DESK_STATE:
        return json_string(*at < RECORD_STATE_COUNT ? record_state_name((enum record_state) * at)
                                                    : "unknown");
    case DESK_MONEY:
    case DESK_MONEY32:
        return json_money(money_of((int64_t)number_get(column, at), currency));
    case DESK_BOOL:
        return json_boolean(*at != 0);
    case DESK_BYTE:
    case DESK_U16:
    case DESK_U32:
    case DESK_U64:
        return json_integer((json_int_t)number_get(column, at));
    case DESK_CLOCK:
        return clock_json(number_get(column, at));
    case DESK_DEGREES:
        return degrees_json(at);
    case DESK_TIME:
        return time_json(at, utc_offset_s);
    case DESK_HASH:
        return hash_json(at);
    case DESK_TRACE:
        break;
    }
    return trace_json(at);
}

json_t *desk_row_json(const struct desk_table *table, const void *row, uint16_t currency,
                      int32_t utc_offset_s)
{
    json_t *json = json_object();

    for (size_t i = 0; i < table->column_count; i++) {
        const struct desk_column *column = &table->columns[i];

        json_object_set_new(
            json, column->name,
            column_json(column, (const uint8_t *)row + column->offset, currency, utc_offset_s));
    }
    return json;
}

#include "issuer/issuer_setup.h"

#include "base/assert.h"
#include "issuer/account.h"
#include "txn/outcome.h"

#define CHINA_OFFSET_S 28800
#define REQUEST_AGE_MAX_MS 15000 /* less than any switch waits: deadlines nest */
#define RETRY_FIRST_MS 2000
#define RETRY_MAX_MS 60000
#define PIN_TRIES_MAX 3
#define TAP_LIMIT_MINOR 100000
#define MINUTES_A_DAY 1440

struct key_wish issuer_setup_wish(enum key_usage usage, const struct key_owner *owner)
{
    static const struct {
        enum key_algorithm algorithm;
        enum key_mode mode;
    } wishes[KEY_USAGE_COUNT] = {
        [KEY_PAN_STORE] = {KEY_AES_256, KEY_MODE_NONE},
        [KEY_PAN_INDEX] = {KEY_HMAC_256, KEY_MODE_NONE},
        [KEY_CVK] = {KEY_TDES_2, KEY_MODE_NONE},
        [KEY_PVK] = {KEY_TDES_2, KEY_PVKI_1},
        [KEY_IMK_AC] = {KEY_TDES_2, KEY_ICC_OPTION_A},
        [KEY_ZMK] = {KEY_TDES_2, KEY_MODE_NONE},
    };

    assert(usage < KEY_USAGE_COUNT);
    assert(wishes[usage].algorithm != KEY_ALGORITHM_NONE);
    return (struct key_wish){
        .usage = usage,
        .algorithm = wishes[usage].algorithm,
        .mode = wishes[usage].mode,
        .travel = KEY_STAYS,
        .version = 1,
        .owner = *owner,
    };
}

enum err issuer_setup_config(const char *id, struct config_row *out)
{
    struct config_row row = {.layout = PARTY_ROW_LAYOUT, .party = PARTY_ISSUER};

    TRY(identity_id_from_text(id, 0, row.id, sizeof row.id));
    row.utc_offset_s = CHINA_OFFSET_S;
    row.currency = CURRENCY_CNY;
    row.tables_version = 1;
    row.request_age_max_ms = REQUEST_AGE_MAX_MS;
    row.retry_first_ms = RETRY_FIRST_MS;
    row.retry_max_ms = RETRY_MAX_MS;
    *out = row;
    return OK;
}

enum err issuer_setup_acquirer(const char *id, const struct keyblock *zone_master,
                               struct acquirer_row *out)
{
    struct acquirer_row row = {.layout = PARTY_ROW_LAYOUT};

    TRY(identity_id_from_text(id, 0, row.acquirer, sizeof row.acquirer));
    row.zone_master = *zone_master;
    *out = row;
    return OK;
}

void issuer_setup_account(uint64_t number, uint16_t currency, struct account_row *out)
{
    memset(out, 0, sizeof *out);
    out->layout = PARTY_ROW_LAYOUT;
    out->number = number;
    out->currency = currency;
}

void issuer_setup_card(const struct pan_token *pan, uint64_t account, uint16_t expiry,
                       struct card_row *out)
{
    memset(out, 0, sizeof *out);
    out->layout = PARTY_ROW_LAYOUT;
    out->state = RECORD_ACTIVE;
    out->pin_tries_max = PIN_TRIES_MAX;
    out->has_chip = true;
    out->needs_pin = true;
    out->expiry = expiry;
    out->sequence = 1;
    memcpy(out->service_code, "201", sizeof out->service_code);
    out->pvki = 1;
    out->pan = *pan;
    out->account = account;
    out->tap_limit_minor = TAP_LIMIT_MINOR;
    out->kinds = (1U << KIND_COUNT) - 1;
}

struct row_key issuer_setup_acquirer_key(const struct acquirer_row *acquirer)
{
    return row_key_of(TABLE_ACQUIRER, acquirer->acquirer, sizeof acquirer->acquirer);
}

struct row_key issuer_setup_account_key(const struct account_row *account)
{
    return row_key_number(TABLE_ACCOUNT, account->number);
}

struct row_key issuer_setup_card_key(const struct card_row *card)
{
    return row_key_of(TABLE_CARD, card->pan.hash.at, sizeof card->pan.hash.at);
}

static bool policy_is_good(const struct issuer_policy *policy)
{
    static const char none[sizeof policy->code_prefix];
    size_t prefix_len = sizeof policy->code_prefix;

    return policy->open_from <= MINUTES_A_DAY && policy->open_until <= MINUTES_A_DAY &&
           policy->cutoff_from <= MINUTES_A_DAY && policy->cutoff_until <= MINUTES_A_DAY &&
           policy->suspicious_minor >= 0 && policy->referral_minor >= 0 &&
           (memcmp(policy->code_prefix, none, prefix_len) == 0 ||
            bytes_are_digits(policy->code_prefix, prefix_len));
}

static bool config_is_good(const struct row_key *key, const void *value)
{
    const struct config_row *row = value;

    return key->len == 0 && row->party == PARTY_ISSUER && row->id[0] != 0 && row->currency != 0 &&
           row->request_age_max_ms > 0 && policy_is_good(&row->policy);
}

static bool acquirer_is_good(const struct row_key *key, const void *value)
{
    struct row_key own = issuer_setup_acquirer_key(value);

    return row_key_equal(&own, key);
}

static bool card_is_good(const struct row_key *key, const void *value)
{
    const struct card_row *row = value;
    struct row_key own = issuer_setup_card_key(row);
    uint16_t month = row->expiry % 100;

    return row_key_equal(&own, key) && row->state < RECORD_STATE_COUNT && row->expiry <= 9999 &&
           month >= 1 && month <= 12 && row->pin_tries_max > 0 && row->sequence <= 99 &&
           bytes_are_digits(row->service_code, sizeof row->service_code) && row->limit_minor >= 0 &&
           row->daily_limit_minor >= 0 && account_card_is_sane(row);
}

static bool is_date(uint32_t date)
{
    uint32_t month = date / 100 % 100;
    uint32_t day = date % 100;

    return date >= 19700101 && date <= 99991231 && month >= 1 && month <= 12 && day >= 1 &&
           day <= 31;
}

static bool account_is_good(const struct row_key *key, const void *value)
{
    const struct account_row *row = value;
    struct row_key own = issuer_setup_account_key(row);

    return row_key_equal(&own, key) && row->currency != 0 && account_is_sane(row) &&
           row->credit_limit_minor >= 0 && (row->overdue_since == 0 || is_date(row->overdue_since));
}

/* What a switch said of its books: an operator only clears that it is behind. */
static bool peer_is_good(const struct row_key *key, const void *value)
{
    struct peer_row row;

    memcpy(&row, value, sizeof row);
    struct row_key own = peer_row_key(row.peer, row.node);
    return row.peer[0] != 0 && row_key_equal(&own, key);
}

enum err issuer_setup_check(const struct row_key *key, const void *value, size_t len)
{
    static const struct {
        enum row_table table;
        size_t len;
        bool (*is_good)(const struct row_key *key, const void *value);
    } tables[] = {
        {TABLE_CONFIG, sizeof(struct config_row), config_is_good},
        {TABLE_ACQUIRER, sizeof(struct acquirer_row), acquirer_is_good},
        {TABLE_CARD, sizeof(struct card_row), card_is_good},
        {TABLE_ACCOUNT, sizeof(struct account_row), account_is_good},
        {TABLE_PEER, sizeof(struct peer_row), peer_is_good},
    };
    uint16_t layout = 0;
    size_t i = 0;

    while (i < ARRAY_COUNT(tables) && tables[i].table != key->table)
        i++;
    if (i == ARRAY_COUNT(tables))
        return ERR_UNSUPPORTED;
    if (len != tables[i].len)
        return ERR_BAD_LENGTH;
    memcpy(&layout, value, sizeof layout); /* every row starts with it */
    if (layout != PARTY_ROW_LAYOUT)
        return ERR_VERSION;
    return tables[i].is_good(key, value) ? OK : ERR_BAD_VALUE;
}

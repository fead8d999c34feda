#include "issuer/issuer_setup.h"

#include "base/assert.h"
#include "txn/outcome.h"

#define CHINA_OFFSET_S 28800
#define REQUEST_AGE_MAX_MS 15000 /* less than any switch waits: deadlines nest */
#define RETRY_FIRST_MS 2000
#define RETRY_MAX_MS 60000
#define PIN_TRIES_MAX 3
#define TAP_LIMIT_MINOR 100000

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
    out->kinds = 1U << KIND_SALE | 1U << KIND_BALANCE;
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

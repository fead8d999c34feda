/*
 * The real issuer in a small world: rows in an array, an hsm that keeps the contract with sums in
 * place of ciphers, and batches as the engine runs them (load and check in rounds, steps in order,
 * an event whose facts rest on a changed row put off to the next batch).
 *
 * After every step the rig proves what must always hold (rig_check); RIG_CHECK says how a broken
 * promise stops the program. One translation unit uses the rig, with rigs of static storage.
 */
#ifndef TEST_LIB_ISSUER_RIG_H
#define TEST_LIB_ISSUER_RIG_H

#include "issuer/issuer.h"
#include "issuer/issuer_setup.h"

#include <string.h>

#ifndef RIG_CHECK
#error "define RIG_CHECK(condition) before including the rig"
#endif

#define RIG_ROWS_MAX 512
#define RIG_BATCH_MAX 128
#define RIG_ENTRIES_MAX 4096
#define RIG_ISSUER "62000001"
#define RIG_ACQUIRER "48000000"
#define RIG_LINK 7
#define RIG_ACCOUNT 1001
#define RIG_PIN "1234"
#define RIG_EXPIRY 2812
#define RIG_ICC_LEN 110

struct rig_entry {
    struct posting posting;
    uint64_t sequence;
    bool is_funding; /* of a record that pays in */
};

/* What came of one event. */
struct rig_result {
    enum journal_what what;
    enum outcome outcome;
    bool has_answer;
    bool is_alarm;
    bool has_display;
    enum outcome displayed;
    struct node_send answer;
    size_t timer_count;
    struct node_deadline timer;
};

struct rig {
    size_t row_count;
    struct node_row rows[RIG_ROWS_MAX];
    size_t entry_count;
    struct rig_entry entries[RIG_ENTRIES_MAX];
    uint64_t sequence;
    struct instant wall;
    uint32_t keys_made;
    size_t pins_evaluated;
    size_t put_off;       /* events put off to a next batch */
    enum hsm_kind silent; /* commands that the hsm does not answer; HSM_KIND_COUNT: none */
    struct pan pan;       /* of the card of rig_build */
    bool is_spoiled;      /* rows were damaged: what is proved across rows holds no more */
    struct rig_result results[RIG_BATCH_MAX];
};

/* ---- the hsm ---- */

UNUSED static uint64_t rig_sum(uint64_t sum, const void *at, size_t len)
{
    const uint8_t *bytes = at;

    for (size_t i = 0; i < len; i++)
        sum = (sum ^ bytes[i]) * 0x100000001B3U;
    return sum;
}

UNUSED static uint64_t rig_key_sum(const struct hsm_key *key)
{
    return rig_sum(0xCBF29CE484222325U, key->block.at, sizeof key->block.at);
}

UNUSED static void rig_mac(const struct hsm_key *key, struct bytes data, uint8_t out[static 8])
{
    bytes_put_u64(out, rig_sum(rig_key_sum(key), data.at, data.len));
}

UNUSED static struct pan_hash rig_pan_hash(const struct pan *pan)
{
    struct pan_hash hash;
    uint64_t sum = rig_sum(1, pan->digits, pan->len);

    bytes_put_u64(hash.at, sum);
    bytes_put_u64(hash.at + 8, sum * 31 + 7);
    return hash;
}

UNUSED static struct cvv rig_cvv(enum cvv_kind kind, const struct pan *pan, struct expiry expiry,
                                 struct service_code service)
{
    struct cvv cvv;
    uint64_t sum = rig_sum((uint64_t)kind + 3, pan->digits, pan->len);

    sum = rig_sum(sum, &expiry, sizeof expiry);
    if (kind == CVV_STRIPE)
        sum = rig_sum(sum, service.digits, sizeof service.digits);
    bytes_from_number(sum % 1000, cvv.digits, CVV_LEN);
    return cvv;
}

UNUSED static void rig_cryptogram(const struct chip_values *values, const struct pan *pan,
                                  uint8_t psn, uint8_t out[static 8])
{
    uint64_t sum = rig_sum(psn, pan->digits, pan->len);

    sum = rig_sum(sum, values, offsetof(struct chip_values, iad_len));
    bytes_put_u64(out, rig_sum(sum, values->iad, values->iad_len));
}

/* A PIN block here: each digit under a byte of the key, then zeros. */
UNUSED static struct pin_block rig_pin_block(const struct keyblock *zone_pin, const char *pin)
{
    struct hsm_key key = {.block = *zone_pin};
    struct pin_block block = {.len = 8};
    uint64_t sum = rig_key_sum(&key);

    for (size_t i = 0; pin[i] != 0 && i < 8; i++)
        block.at[i] = (uint8_t)((uint8_t)pin[i] ^ (uint8_t)(sum >> (i % 4 * 8)));
    return block;
}

UNUSED static enum hsm_result rig_pin_verify(struct rig *rig, const struct hsm_command *command)
{
    char pin[PVV_LEN + 1] = {0};

    rig->pins_evaluated++;
    if (command->of.pin_verify.block.len != 8)
        return HSM_FORMAT;
    memcpy(pin, command->of.pin_verify.pvv.digits, PVV_LEN);
    struct pin_block right = rig_pin_block(&command->of.pin_verify.pin_key.block, pin);
    return memcmp(right.at, command->of.pin_verify.block.at, 8) == 0 ? HSM_OK : HSM_WRONG;
}

UNUSED static void rig_keys_make(struct rig *rig, struct hsm_answer *answer)
{
    answer->of.work_keys.count = 2;
    for (size_t i = 0; i < 2; i++) {
        memset(&answer->of.work_keys.keys[i], 0, sizeof answer->of.work_keys.keys[i]);
        bytes_put_u32(answer->of.work_keys.keys[i].at, ++rig->keys_made);
    }
    answer->of.work_keys.len = 40;
    memset(answer->of.work_keys.download, (int)rig->keys_made, 40);
}

UNUSED static void rig_answer(struct rig *rig, const struct hsm_command *command,
                              struct hsm_answer *answer)
{
    uint8_t sum[8];
    struct cvv cvv;

    memset(answer, 0, sizeof *answer);
    if (command->kind == rig->silent) {
        answer->result = HSM_DOWN;
        return;
    }
    switch ((int)command->kind) {
    case HSM_MAC_VERIFY:
        rig_mac(&command->of.mac.key, command->of.mac.data, sum);
        answer->result = memcmp(sum, command->of.mac.mac, 8) == 0 ? HSM_OK : HSM_WRONG;
        return;
    case HSM_PAN_PROTECT:
        answer->of.protected_pan.hash = rig_pan_hash(&command->of.pan_protect.pan);
        memset(answer->of.protected_pan.sealed.at, 0x5A, PAN_SEALED_LEN);
        return;
    case HSM_CVV_VERIFY:
        cvv = rig_cvv(command->of.cvv.kind, &command->of.cvv.pan, command->of.cvv.expiry,
                      command->of.cvv.service_code);
        answer->result =
            memcmp(cvv.digits, command->of.cvv.cvv.digits, CVV_LEN) == 0 ? HSM_OK : HSM_WRONG;
        return;
    case HSM_ARQC_VERIFY:
        rig_cryptogram(&command->of.arqc_verify.values, &command->of.arqc_verify.pan,
                       command->of.arqc_verify.psn, sum);
        answer->result = memcmp(sum, command->of.arqc_verify.ac, 8) == 0 ? HSM_OK : HSM_WRONG;
        return;
    case HSM_PIN_VERIFY:
        answer->result = rig_pin_verify(rig, command);
        return;
    case HSM_WORK_KEYS_MAKE:
        rig_keys_make(rig, answer);
        return;
    default:
        RIG_CHECK(command->kind == HSM_WORK_KEYS_MAKE); /* the issuer asks nothing else */
    }
}

/* ---- rows ---- */

UNUSED static struct node_row *rig_row(struct rig *rig, const struct row_key *key)
{
    for (size_t i = 0; i < rig->row_count; i++) {
        if (row_key_equal(&rig->rows[i].key, key))
            return &rig->rows[i];
    }
    RIG_CHECK(rig->row_count < RIG_ROWS_MAX);
    struct node_row *row = &rig->rows[rig->row_count++];
    memset(row, 0, sizeof *row);
    row->key = *key;
    return row;
}

/* The stored value, to look at or to spoil. */
UNUSED static void *rig_value(struct rig *rig, const struct row_key *key)
{
    struct node_row *row = rig_row(rig, key);

    return row->found ? row->value : NULL;
}

UNUSED static struct card_row *rig_card(struct rig *rig)
{
    struct pan_hash hash = rig_pan_hash(&rig->pan);
    struct row_key key = row_key_of(TABLE_CARD, hash.at, sizeof hash.at);

    return rig_value(rig, &key);
}

UNUSED static struct account_row *rig_account(struct rig *rig)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, RIG_ACCOUNT);

    return rig_value(rig, &key);
}

UNUSED static struct acquirer_row *rig_acquirer(struct rig *rig)
{
    char id[ACQUIRER_ID_LEN] = RIG_ACQUIRER;
    struct row_key key = row_key_of(TABLE_ACQUIRER, id, sizeof id);

    return rig_value(rig, &key);
}

UNUSED static struct config_row *rig_config(struct rig *rig)
{
    struct row_key key = row_key_of(TABLE_CONFIG, NULL, 0);

    return rig_value(rig, &key);
}

UNUSED static struct payment_row *rig_payment(struct rig *rig, uint32_t trace)
{
    struct identity identity = {
        .acquirer = RIG_ACQUIRER, .class = IDENTITY_PAYMENT, .batch = 1, .trace = trace};

    memcpy(identity.terminal, "T0000001", TERMINAL_ID_LEN);
    struct row_key key = payment_row_key(&identity);
    return rig_value(rig, &key);
}

/* ---- what must always hold ---- */

UNUSED static void rig_check_secrets(const struct rig *rig, const struct node_row *row)
{
    for (size_t i = 0; i + rig->pan.len <= row->len; i++)
        RIG_CHECK(memcmp(row->value + i, rig->pan.digits, rig->pan.len) != 0);
}

/* The account's entries: all of them, or those of payments only. */
UNUSED static int64_t rig_entries(const struct rig *rig, uint64_t account, bool of_payments)
{
    int64_t sum = 0;

    for (size_t i = 0; i < rig->entry_count; i++) {
        const struct posting *entry = &rig->entries[i].posting;
        if (entry->kind == ACCOUNT_CARDHOLDER && entry->account == account &&
            !(of_payments && rig->entries[i].is_funding))
            sum += entry->minor;
    }
    return sum;
}

/* A hold that stands has a pending row with its date; nothing else has one. */
UNUSED static void rig_check_pending(struct rig *rig, const struct payment_row *payment)
{
    struct row_key key = payment_row_key(&payment->identity);
    struct pending_row pending;

    key.table = TABLE_PENDING;
    const void *value = rig_value(rig, &key);
    RIG_CHECK((value != NULL) == payment_row_is_holding(payment));
    if (value == NULL)
        return;
    memcpy(&pending, value, sizeof pending);
    RIG_CHECK(pending.kind == PENDING_HOLD);
    RIG_CHECK(pending.due.us == payment->lapses.us);
    RIG_CHECK(identity_equal(&pending.identity, &payment->identity));
}

/* What the payments say of an account is what its entries and its held amount say. */
UNUSED static void rig_check_payments(struct rig *rig, const struct account_row *account)
{
    int64_t net = 0;
    int64_t held = 0;

    for (size_t i = 0; i < rig->row_count; i++) {
        struct payment_row payment;

        if (!rig->rows[i].found || rig->rows[i].key.table != TABLE_PAYMENT)
            continue;
        memcpy(&payment, rig->rows[i].value, sizeof payment);
        rig_check_pending(rig, &payment);
        if (payment.account != account->number)
            continue;
        net += payment_row_net(&payment);
        if (payment_row_is_holding(&payment))
            held += payment.posted_minor;
    }
    RIG_CHECK(net == rig_entries(rig, account->number, true));
    RIG_CHECK(held == account->held_minor);
}

UNUSED static void rig_check(struct rig *rig)
{
    for (size_t i = 0; i < rig->row_count; i++) {
        const struct node_row *row = &rig->rows[i];
        struct account_row account;

        if (!row->found || row->key.table != TABLE_ACCOUNT || row->len != sizeof account)
            continue;
        memcpy(&account, row->value, sizeof account);
        RIG_CHECK(account.balance_minor == -rig_entries(rig, account.number, false));
        if (!rig->is_spoiled)
            rig_check_payments(rig, &account);
    }
}

/* ---- batches ---- */

UNUSED static struct node_work rig_works[RIG_BATCH_MAX];

UNUSED static bool rig_load(struct rig *rig, struct node_work *work)
{
    bool is_new = false;

    while (work->row_count < work->need_count) {
        work->rows[work->row_count] = rig_row(rig, &work->needs[work->row_count]);
        work->row_count++;
        is_new = true;
    }
    return is_new;
}

UNUSED static bool rig_ask(struct rig *rig, struct node_work *work)
{
    bool is_new = false;

    for (size_t i = 0; i < work->fact_count; i++) {
        struct node_fact *fact = &work->facts[i];
        if (fact->is_answered)
            continue;
        rig_answer(rig, &fact->command, &fact->answer);
        fact->is_answered = true;
        is_new = true;
    }
    return is_new;
}

UNUSED static void rig_prepare(struct rig *rig, struct node_work *work)
{
    bool is_new = true;
    size_t rounds = 0;

    node_need(work, row_key_of(TABLE_CONFIG, NULL, 0)); /* as the engine does for each event */
    rig_load(rig, work);
    while (is_new) {
        issuer_party.needs(work);
        is_new = rig_load(rig, work);
        issuer_party.checks(work);
        is_new = rig_ask(rig, work) || is_new;
        if (is_new)
            rounds++;
    }
    RIG_CHECK(rounds <= ROUNDS_MAX);
}

UNUSED static bool rig_is_stale(const struct node_work *work)
{
    for (size_t i = 0; i < work->fact_count; i++) {
        const struct node_fact *fact = &work->facts[i];
        if (fact->row != 0xFF && work->rows[fact->row]->version != fact->row_version)
            return true;
    }
    return false;
}

UNUSED static void rig_take(struct rig *rig, const struct node_work *work,
                            struct rig_result *result)
{
    const struct node_effects *effects = &work->effects;

    RIG_CHECK(postings_balance(&work->postings));
    RIG_CHECK(work->what != WHAT_NONE || work->postings.count == 0);
    for (size_t i = 0; i < work->postings.count; i++) {
        RIG_CHECK(rig->entry_count < RIG_ENTRIES_MAX);
        rig->entries[rig->entry_count++] =
            (struct rig_entry){work->postings.rows[i], rig->sequence, work->what == WHAT_FUNDED};
    }
    RIG_CHECK(effects->send_count <= 1);
    memset(result, 0, sizeof *result);
    result->timer_count = effects->deadline_count;
    RIG_CHECK(result->timer_count <= 1);
    if (result->timer_count == 1)
        result->timer = effects->deadlines[0];
    result->what = work->what;
    result->outcome = work->outcome;
    result->is_alarm = effects->is_alarm;
    result->has_answer = effects->send_count == 1;
    result->has_display = effects->has_display;
    result->displayed = effects->display.outcome;
    if (result->has_answer) {
        result->answer = effects->sends[0];
        RIG_CHECK(identity_equal(&result->answer.message.identity, &work->event->message.identity));
        RIG_CHECK(result->answer.message.pin_block_len == 0);
        RIG_CHECK(result->answer.message.track2_len == 0);
    }
    if (work->what != WHAT_NONE)
        rig->sequence++;
}

UNUSED static void rig_step(struct rig *rig, struct node_work *work, struct node_event *event,
                            struct rig_result *result)
{
    uint32_t versions[NEEDS_MAX];

    event->sequence = rig->sequence + 1;
    for (size_t i = 0; i < work->row_count; i++)
        versions[i] = work->rows[i]->version;
    issuer_party.step(work);
    for (size_t i = 0; i < work->row_count; i++) {
        RIG_CHECK(work->what != WHAT_NONE || work->rows[i]->version == versions[i]);
        rig_check_secrets(rig, work->rows[i]);
    }
    rig_take(rig, work, result);
    rig_check(rig);
}

/* Runs the events as one batch, and those put off in batches after it, in order. Results are in
 * rig->results under the events' indexes. */
UNUSED static void rig_run(struct rig *rig, struct node_event *events, size_t count)
{
    size_t waiting[RIG_BATCH_MAX];
    size_t waiting_count = count;

    RIG_CHECK(count <= RIG_BATCH_MAX);
    for (size_t i = 0; i < count; i++)
        waiting[i] = i;
    while (waiting_count > 0) {
        size_t left = 0;

        for (size_t i = 0; i < waiting_count; i++) {
            memset(&rig_works[i], 0, sizeof rig_works[i]);
            rig_works[i].event = &events[waiting[i]];
            rig_prepare(rig, &rig_works[i]);
        }
        for (size_t i = 0; i < waiting_count; i++) {
            if (rig_is_stale(&rig_works[i])) {
                waiting[left++] = waiting[i];
                rig->put_off++;
                continue;
            }
            rig_step(rig, &rig_works[i], &events[waiting[i]], &rig->results[waiting[i]]);
        }
        RIG_CHECK(left < waiting_count);
        waiting_count = left;
    }
}

/* ---- the world and its messages ---- */

UNUSED static void rig_put(struct rig *rig, const struct row_key *key, const void *value,
                           size_t len)
{
    struct node_command command = {
        .kind = COMMAND_PUT_ROW, .key = *key, .value_len = (uint16_t)len};
    struct node_event event = {
        .kind = EVENT_COMMAND, .wall = rig->wall, .ticket = 1, .command = &command};

    memcpy(command.value, value, len);
    rig_run(rig, &event, 1);
}

UNUSED static enum outcome rig_fund(struct rig *rig, int64_t minor)
{
    struct node_command command = {
        .kind = COMMAND_FUND, .account = RIG_ACCOUNT, .amount = money_of(minor, CURRENCY_CNY)};
    struct node_event event = {
        .kind = EVENT_COMMAND, .wall = rig->wall, .ticket = 1, .command = &command};

    rig_run(rig, &event, 1);
    return rig->results[0].displayed;
}

UNUSED static struct node_event rig_event(const struct rig *rig, enum txn_kind kind,
                                          enum txn_function function, uint32_t trace)
{
    struct node_event event = {.kind = EVENT_MESSAGE, .wall = rig->wall, .link = RIG_LINK};
    struct txn_message *message = &event.message;

    message->kind = kind;
    message->function = function;
    memcpy(message->identity.acquirer, RIG_ACQUIRER, sizeof RIG_ACQUIRER - 1);
    memcpy(message->identity.terminal, "T0000001", TERMINAL_ID_LEN);
    message->identity.class = function == FUNCTION_REVERSAL ? IDENTITY_REVERSAL : IDENTITY_PAYMENT;
    message->identity.batch = 1;
    message->identity.trace = trace;
    memcpy(message->merchant, "898310058120001", MERCHANT_ID_LEN);
    message->sequence = -1;
    message->sent = rig->wall;
    return event;
}

/* The bytes that the MAC covers: here the message itself, without its MAC. */
UNUSED static void rig_sign(struct rig *rig, struct node_event *event, uint8_t mab[static 64])
{
    struct hsm_key key = {.block = rig_acquirer(rig)->zone_mac};
    struct txn_message bare = event->message;

    memset(bare.mac, 0, sizeof bare.mac);
    bare.has_mac = false;
    bytes_put_u64(mab, rig_sum(9, &bare, sizeof bare));
    event->mab = bytes_over(mab, 8);
    event->message.has_mac = true;
    rig_mac(&key, event->mab, event->message.mac);
}

/* Signs on: the acquirer gets zone keys. */
UNUSED static void rig_sign_on(struct rig *rig)
{
    struct node_event event = rig_event(rig, KIND_SIGN_IN, FUNCTION_REQUEST, 1);

    event.message.network_code = 1;
    rig_run(rig, &event, 1);
}

/* An issuer, an acquirer signed on, one account of 1000.00 and one card for it, on 2026-11-22 at
 * noon, local time. */
UNUSED static void rig_build(struct rig *rig)
{
    struct civil noon = {.year = 2026, .month = 11, .day = 22, .hour = 12};
    struct keyblock zone_master = {{1, 2, 3}};
    struct config_row config;
    struct acquirer_row acquirer;
    struct account_row account;
    struct card_row card;
    struct pan_fault fault;
    struct pan_token token = {0};

    memset(rig, 0, sizeof *rig);
    rig->silent = HSM_KIND_COUNT;
    rig->wall = instant_from_civil(&noon, 28800);
    RIG_CHECK(pan_from_digits(bytes_of_z("6200001234567895"), &rig->pan, &fault) == OK);
    RIG_CHECK(issuer_setup_config(RIG_ISSUER, &config) == OK);
    struct row_key config_key = row_key_of(TABLE_CONFIG, NULL, 0);
    rig_put(rig, &config_key, &config, sizeof config);
    RIG_CHECK(issuer_setup_acquirer(RIG_ACQUIRER, &zone_master, &acquirer) == OK);
    struct row_key acquirer_key = issuer_setup_acquirer_key(&acquirer);
    rig_put(rig, &acquirer_key, &acquirer, sizeof acquirer);
    issuer_setup_account(RIG_ACCOUNT, CURRENCY_CNY, &account);
    struct row_key account_key = issuer_setup_account_key(&account);
    rig_put(rig, &account_key, &account, sizeof account);
    token.hash = rig_pan_hash(&rig->pan);
    token.masked = pan_mask(&rig->pan);
    issuer_setup_card(&token, RIG_ACCOUNT, RIG_EXPIRY, &card);
    memcpy(card.pvv, RIG_PIN, PVV_LEN);
    struct row_key card_key = issuer_setup_card_key(&card);
    rig_put(rig, &card_key, &card, sizeof card);
    RIG_CHECK(rig_fund(rig, 100000) == OUTCOME_APPROVED);
    rig_sign_on(rig);
}

UNUSED static void rig_add_track(struct rig *rig, struct txn_message *message, enum cvv_kind kind,
                                 const char *service)
{
    struct track2 track = {.pan = rig->pan,
                           .expiry = {RIG_EXPIRY / 100, RIG_EXPIRY % 100},
                           .discretionary_len = TRACK2_CVV_AT + CVV_LEN};

    memcpy(track.service_code.digits, service, SERVICE_CODE_LEN);
    memset(track.discretionary, '0', track.discretionary_len);
    struct cvv cvv = rig_cvv(kind, &rig->pan, track.expiry, track.service_code);
    memcpy(track.discretionary + TRACK2_CVV_AT, cvv.digits, CVV_LEN);
    message->track2_len = (uint8_t)track2_to_text(&track, '=', message->track2);
}

UNUSED static size_t rig_tag(uint8_t *at, uint32_t tag, const void *value, size_t len)
{
    size_t count = 0;

    if (tag > 0xFF)
        at[count++] = (uint8_t)(tag >> 8);
    at[count++] = (uint8_t)tag;
    at[count++] = (uint8_t)len;
    memcpy(at + count, value, len);
    return count + len;
}

UNUSED static void rig_amount_bcd(int64_t minor, uint8_t out[static 6])
{
    char digits[12];

    bytes_from_number((uint64_t)minor, digits, sizeof digits);
    for (size_t i = 0; i < 6; i++)
        out[i] = (uint8_t)((digits[2 * i] - '0') << 4 | (digits[2 * i + 1] - '0'));
}

/* What the chip answers for the message's amount, with this counter: CVN 17. */
UNUSED static void rig_add_chip(struct rig *rig, struct txn_message *message, uint16_t atc)
{
    static const uint8_t iad[] = {0x07, 0x01, 0x11, 0x03, 0xA0, 0x00, 0x00};
    struct chip_values values = {.country = {0x01, 0x56},
                                 .tvr = {0, 0, 0, 0x80, 0},
                                 .currency = {0x01, 0x56},
                                 .date = {0x26, 0x11, 0x22},
                                 .unpredictable = {1, 2, 3, 4},
                                 .aip = {0x7C, 0x00},
                                 .iad_len = sizeof iad};
    uint8_t ac[8];
    uint8_t cid = 0x80;
    uint8_t *at = message->icc;
    size_t len = 0;

    rig_amount_bcd(message->amount.minor, values.amount);
    bytes_put_u16(values.atc, atc);
    values.type = message->kind == KIND_BALANCE ? 0x31 : 0x00;
    memcpy(values.iad, iad, sizeof iad);
    rig_cryptogram(&values, &rig->pan, 1, ac);
    len += rig_tag(at + len, 0x9F26, ac, 8);
    len += rig_tag(at + len, 0x9F27, &cid, 1);
    len += rig_tag(at + len, 0x9F10, iad, sizeof iad);
    len += rig_tag(at + len, 0x9F37, values.unpredictable, 4);
    len += rig_tag(at + len, 0x9F36, values.atc, 2);
    len += rig_tag(at + len, 0x95, values.tvr, 5);
    len += rig_tag(at + len, 0x9A, values.date, 3);
    len += rig_tag(at + len, 0x9C, &values.type, 1);
    len += rig_tag(at + len, 0x9F02, values.amount, 6);
    len += rig_tag(at + len, 0x5F2A, values.currency, 2);
    len += rig_tag(at + len, 0x82, values.aip, 2);
    len += rig_tag(at + len, 0x9F1A, values.country, 2);
    len += rig_tag(at + len, 0x9F03, values.other, 6);
    RIG_CHECK(len <= RIG_ICC_LEN);
    message->icc_len = (uint8_t)len;
    message->sequence = 1;
    rig_add_track(rig, message, CVV_CHIP, "201");
}

UNUSED static void rig_add_pin(struct rig *rig, struct txn_message *message, const char *pin)
{
    struct pin_block block = rig_pin_block(&rig_acquirer(rig)->zone_pin, pin);

    message->pin_block_len = block.len;
    memcpy(message->pin_block, block.at, block.len);
    message->pin_entered = true;
}

/* A sale (or, with amount 0, a balance inquiry) that the issuer approves, not signed yet. The
 * counter of the chip is the trace number. */
UNUSED static struct node_event rig_request(struct rig *rig, enum entry_mode entry, uint32_t trace,
                                            int64_t minor)
{
    struct node_event event =
        rig_event(rig, minor == 0 ? KIND_BALANCE : KIND_SALE, FUNCTION_REQUEST, trace);
    struct txn_message *message = &event.message;

    message->entry = entry;
    message->pan = rig->pan;
    if (minor > 0)
        message->amount = money_of(minor, CURRENCY_CNY);
    if (entry == ENTRY_CHIP || entry == ENTRY_CONTACTLESS)
        rig_add_chip(rig, message, (uint16_t)trace);
    else if (entry == ENTRY_STRIPE)
        rig_add_track(rig, message, CVV_STRIPE, "201");
    else
        message->expiry = RIG_EXPIRY;
    rig_add_pin(rig, message, RIG_PIN);
    return event;
}

UNUSED static struct node_event rig_reversal(struct rig *rig, uint32_t trace, int64_t minor)
{
    struct node_event event = rig_event(rig, KIND_SALE, FUNCTION_REVERSAL, trace);

    event.message.pan = rig->pan;
    event.message.amount = money_of(minor, CURRENCY_CNY);
    memcpy(event.message.code, "98", RESPONSE_CODE_LEN);
    return event;
}

/* The issuer's books were restored: what came in the last hours is missing. */
UNUSED static void rig_lose(struct rig *rig, int64_t hours)
{
    struct row_key key = row_key_of(TABLE_PEER, NULL, 0);
    struct peer_row own = {.layout = PARTY_ROW_LAYOUT,
                           .heard = instant_add_ms(rig->wall, -hours * 3600000),
                           .sent = rig->wall};

    struct node_row *row = rig_row(rig, &key);

    memcpy(row->value, &own, sizeof own);
    row->len = sizeof own;
    row->found = true;
}

/* A follow-up of the payment under original_trace; it brings no card data. */
UNUSED static struct node_event rig_follow(struct rig *rig, enum txn_kind kind, uint32_t trace,
                                           uint32_t original_trace, int64_t minor)
{
    struct node_event event = rig_event(rig, kind, FUNCTION_REQUEST, trace);

    event.message.original.batch = 1;
    event.message.original.trace = original_trace;
    event.message.amount = money_of(minor, CURRENCY_CNY);
    return event;
}

/* The reversal of the request, whatever it asked. */
UNUSED static struct node_event rig_reversal_of(const struct rig *rig,
                                                const struct node_event *request)
{
    struct node_event event = *request;

    event.wall = rig->wall;
    event.message.function = FUNCTION_REVERSAL;
    event.message.identity.class = IDENTITY_REVERSAL;
    event.message.icc_len = event.message.track2_len = event.message.pin_block_len = 0;
    memcpy(event.message.code, "98", RESPONSE_CODE_LEN);
    return event;
}

/* Runs the timer, or at a start the recovery, of a hold. */
UNUSED static const struct rig_result *rig_wake(struct rig *rig, enum event_kind kind,
                                                uint32_t trace)
{
    struct node_event event = {.kind = kind, .wall = rig->wall};
    struct identity identity =
        rig_event(rig, KIND_PREAUTH, FUNCTION_REQUEST, trace).message.identity;

    event.key = payment_row_key(&identity);
    event.key.table = TABLE_PENDING;
    rig_run(rig, &event, 1);
    return &rig->results[0];
}

/* Signs and runs one event; the result is the rig's first. */
UNUSED static const struct rig_result *rig_send(struct rig *rig, struct node_event *event)
{
    uint8_t mab[64];

    rig_sign(rig, event, mab);
    rig_run(rig, event, 1);
    return &rig->results[0];
}

#endif

/*
 * A little engine for the tests of one terminal: rows in an array, an HSM that answers as it is
 * told, and, after every event, the rules that no event may break (play_check_rules).
 *
 * A test fills struct play's knobs, gives events with play_command, play_answer, play_timer ...,
 * and looks at what was shown, sent and stored. A MAC is two bytes here: 'M' and the first byte
 * of the key block it was made with.
 */
#ifndef TERMINAL_PLAY_H
#define TERMINAL_PLAY_H

#include "base/assert.h"
#include "terminal/terminal.h"

#include <string.h>

#define PLAY_ROWS_MAX 256
#define PLAY_TERMINAL "T1      "
#define PLAY_TRACK "6200000012341231=2812101123456"
#define PLAY_TRACK_CHIP "6200000012341231=2812201123456"
#define PLAY_NOW_US 1795340000000000 /* 2026-11-22, 09:33 UTC */
#define PLAY_TICKET 7

#define PLAY_CHECK(condition) ((condition) ? (void)0 : bug_found(__FILE__, __LINE__, #condition))

/* What the HSM and the card reader say. */
struct play_hsm {
    enum hsm_result master;
    enum hsm_result work_keys;
    enum hsm_result read;
    enum hsm_result pan;
    enum hsm_result pin;
    enum hsm_result first_ac;
    enum hsm_result second_ac;
    enum hsm_result password;
    enum hsm_result mac; /* HSM_OK: by the rule of the two bytes */
    bool readable;
    bool has_chip;
    bool has_antenna;
    bool issuer_wrong;
    uint8_t aid_len;
    enum card_ac_kind first_kind;
    enum card_ac_kind second_kind;
    const char *track;
};

struct play {
    struct node_row rows[PLAY_ROWS_MAX]; /* the store */
    size_t row_count;
    struct node_row loaded[NEEDS_MAX]; /* of the event */
    struct node_work work;             /* after the event: facts, record, effects */
    struct node_event event;
    struct node_command command;
    struct play_hsm hsm;
    int64_t us;
    uint64_t sequence;
    size_t records;
    bool asked[HSM_KIND_COUNT];
    bool is_damaged; /* a stored row was changed behind the party's back */
};

/* ---- the store ---- */

UNUSED static struct node_row *play_row(struct play *play, const struct row_key *key)
{
    for (size_t i = 0; i < play->row_count; i++) {
        if (row_key_equal(&play->rows[i].key, key))
            return &play->rows[i];
    }
    PLAY_CHECK(play->row_count < PLAY_ROWS_MAX);
    struct node_row *row = &play->rows[play->row_count++];
    memset(row, 0, sizeof *row);
    row->key = *key;
    return row;
}

UNUSED static void play_put(struct play *play, struct row_key key, const void *value, size_t len)
{
    struct node_row *row = play_row(play, &key);

    memcpy(row->value, value, len);
    row->len = (uint16_t)len;
    row->found = true;
}

UNUSED static struct terminal_row *play_terminal(struct play *play)
{
    struct row_key key = row_key_of(TABLE_TERMINAL, PLAY_TERMINAL, TERMINAL_ID_LEN);

    return (struct terminal_row *)(void *)play_row(play, &key)->value;
}

UNUSED static struct config_row *play_config(struct play *play)
{
    struct row_key key = row_key_of(TABLE_CONFIG, NULL, 0);

    return (struct config_row *)(void *)play_row(play, &key)->value;
}

UNUSED static struct terminal_keys_row *play_keys(struct play *play)
{
    struct row_key key = row_key_of(TABLE_TERMINAL_KEYS, PLAY_TERMINAL, TERMINAL_ID_LEN);
    struct node_row *row = play_row(play, &key);

    return row->found ? (struct terminal_keys_row *)(void *)row->value : NULL;
}

UNUSED static struct identity play_identity(uint32_t batch, uint32_t trace)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = batch, .trace = trace};

    memcpy(identity.acquirer, "01020000", 8);
    memcpy(identity.terminal, PLAY_TERMINAL, TERMINAL_ID_LEN);
    return identity;
}

UNUSED static struct drawer_row *play_drawer(struct play *play)
{
    struct row_key key = row_key_of(TABLE_DRAWER, PLAY_TERMINAL, TERMINAL_ID_LEN);
    struct node_row *row = play_row(play, &key);

    return row->found ? (struct drawer_row *)(void *)row->value : NULL;
}

/* The payment under an identity, or NULL. */
UNUSED static struct payment_row *play_payment(struct play *play, const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);
    struct node_row *row = play_row(play, &key);

    return row->found ? (struct payment_row *)(void *)row->value : NULL;
}

UNUSED static struct row_key play_pending_key(const struct identity *identity)
{
    uint8_t bytes[IDENTITY_KEY_LEN];
    struct identity payment = identity_as(identity, IDENTITY_PAYMENT);

    identity_to_key(&payment, bytes);
    return row_key_of(TABLE_PENDING, bytes, sizeof bytes);
}

UNUSED static struct pending_row *play_pending(struct play *play, const struct identity *identity)
{
    struct row_key key = play_pending_key(identity);
    struct node_row *row = play_row(play, &key);

    return row->found ? (struct pending_row *)(void *)row->value : NULL;
}

/* ---- the HSM and the card ---- */

UNUSED static void play_read_card(const struct play *play, bool chip, struct hsm_answer *out)
{
    struct track2 track;
    struct track2_fault fault;

    PLAY_CHECK(track2_from_text(bytes_of_z(play->hsm.track), &track, &fault) == OK);
    out->result = play->hsm.read;
    if (!chip) {
        out->of.card_stripe.readable = play->hsm.readable;
        out->of.card_stripe.track2 = track;
        return;
    }
    out->of.card_chip.present = play->hsm.has_chip;
    out->of.card_chip.contactless = play->hsm.has_antenna;
    out->of.card_chip.aid_len = play->hsm.aid_len;
    memset(out->of.card_chip.aid, 0xA3, play->hsm.aid_len);
    out->of.card_chip.psn = 1;
    out->of.card_chip.track2 = track;
}

UNUSED static void play_cryptogram(const struct play *play, bool first, struct hsm_answer *out)
{
    out->result = first ? play->hsm.first_ac : play->hsm.second_ac;
    out->of.card_ac.kind = first ? play->hsm.first_kind : play->hsm.second_kind;
    out->of.card_ac.issuer_wrong = !first && play->hsm.issuer_wrong;
    memset(out->of.card_ac.ac, 0xAC, sizeof out->of.card_ac.ac);
    out->of.card_ac.aip[0] = 0x7C;
    out->of.card_ac.atc[1] = 9;
    out->of.card_ac.iad_len = 8;
    memset(out->of.card_ac.iad, 0x07, 8);
}

UNUSED static void play_work_keys(const struct play *play, const struct hsm_command *command,
                                  struct hsm_answer *out)
{
    out->result = play->hsm.work_keys;
    out->key_index = 1;
    memset(&out->expected, 0x11, sizeof out->expected);
    memset(&out->found, 0x22, sizeof out->found);
    if (out->result != HSM_OK)
        return;
    out->of.work_keys.count = 2;
    memset(&out->of.work_keys.keys[0], 0xB0, sizeof(struct keyblock));
    memset(&out->of.work_keys.keys[1], (int)command->of.work_keys_take.version,
           sizeof(struct keyblock));
}

UNUSED static void play_mac(const struct play *play, const struct hsm_command *command,
                            struct hsm_answer *out)
{
    const uint8_t *mac = command->of.mac.mac;

    out->result = play->hsm.mac;
    if (out->result == HSM_OK && (mac[0] != 'M' || mac[1] != command->of.mac.key.block.at[0]))
        out->result = HSM_WRONG;
}

/* A digest for tests: each byte counts, and so does its place. */
UNUSED static void play_digest(const struct hsm_command *command, struct hsm_answer *out)
{
    for (size_t part = 0; part < 2; part++) {
        struct bytes bytes = command->of.digest.parts[part];
        for (size_t i = 0; i < bytes.len; i++)
            out->of.digest[i % DIGEST_LEN] =
                (uint8_t)(out->of.digest[i % DIGEST_LEN] * 31U + bytes.at[i] + part);
    }
}

UNUSED static void play_ask_hsm(struct play *play, const struct hsm_command *command,
                                struct hsm_answer *out)
{
    memset(out, 0, sizeof *out);
    play->asked[command->kind] = true;
    if (command->kind == HSM_KEY_CHECK) {
        out->result = play->hsm.master;
    } else if (command->kind == HSM_WORK_KEYS_TAKE) {
        play_work_keys(play, command, out);
    } else if (command->kind == HSM_CARD_STRIPE || command->kind == HSM_CARD_CHIP) {
        play_read_card(play, command->kind == HSM_CARD_CHIP, out);
    } else if (command->kind == HSM_PAN_PROTECT) {
        out->result = play->hsm.pan;
        memset(&out->of.protected_pan.hash, 0x4A, sizeof out->of.protected_pan.hash);
        memcpy(&out->of.protected_pan.hash, command->of.pan_protect.pan.digits + 8, 8);
        memset(&out->of.protected_pan.sealed, 0x5E, sizeof out->of.protected_pan.sealed);
    } else if (command->kind == HSM_PIN_ENCRYPT) {
        out->result = play->hsm.pin;
        out->of.block.len = 8;
        memset(out->of.block.at, 0x9B, 8);
    } else if (command->kind == HSM_PASSWORD_MAKE) {
        out->result = play->hsm.password;
        memcpy(out->of.password, command->of.password.password.at, PASSWORD_HASH_LEN);
    } else if (command->kind == HSM_PASSWORD_CHECK) {
        out->result = play->hsm.password;
        if (out->result == HSM_OK &&
            memcmp(command->of.password.hash, command->of.password.password.at,
                   PASSWORD_HASH_LEN) != 0)
            out->result = HSM_WRONG;
    } else if (command->kind == HSM_CARD_FIRST_AC || command->kind == HSM_CARD_SECOND_AC) {
        play_cryptogram(play, command->kind == HSM_CARD_FIRST_AC, out);
    } else if (command->kind == HSM_SIGNATURE_VERIFY) {
        out->result = command->of.signature.signature[0] == 'S' ? HSM_OK : HSM_WRONG;
    } else if (command->kind == HSM_DIGEST) {
        play_digest(command, out);
    } else {
        PLAY_CHECK(command->kind == HSM_MAC_VERIFY);
        play_mac(play, command, out);
    }
}

/* ---- the six stages ---- */

UNUSED static void play_load(struct play *play)
{
    struct node_work *work = &play->work;

    while (work->row_count < work->need_count) {
        struct node_row *row = &play->loaded[work->row_count];
        *row = *play_row(play, &work->needs[work->row_count]);
        row->is_changed = false;
        row->version = 0;
        work->rows[work->row_count++] = row;
    }
}

UNUSED static void play_answer_facts(struct play *play)
{
    for (size_t i = 0; i < play->work.fact_count; i++) {
        struct node_fact *fact = &play->work.facts[i];
        if (fact->is_answered)
            continue;
        play_ask_hsm(play, &fact->command, &fact->answer);
        fact->is_answered = true;
    }
}

/* Whether the drawer lists a payment as waiting. */
UNUSED static bool play_is_waiting(struct play *play, const struct identity *identity)
{
    const struct drawer_row *drawer = play_drawer(play);

    for (size_t i = 0; drawer != NULL && i < drawer->waiting_count; i++) {
        if (drawer->waiting[i].batch == identity->batch &&
            drawer->waiting[i].trace == identity->trace)
            return true;
    }
    return false;
}

/* What a follow-up does to an original of here is durable before it leaves. */
UNUSED static void play_check_original(struct play *play, const struct payment_row *payment)
{
    struct payment_row *original = play_payment(play, &payment->original);
    bool is_void = payment->kind == KIND_VOID || payment->kind == KIND_PREAUTH_VOID ||
                   payment->kind == KIND_COMPLETION_VOID;
    bool is_completion =
        payment->kind == KIND_COMPLETION || payment->kind == KIND_COMPLETION_ADVICE;

    if (original == NULL || play->is_damaged)
        return;
    if (is_void || is_completion) {
        PLAY_CHECK(original->follow == (is_void ? FOLLOW_VOIDING : FOLLOW_COMPLETING));
        PLAY_CHECK(original->follow_trace == payment->identity.trace);
    }
    if (payment->kind == KIND_REFUND)
        PLAY_CHECK(original->returned_minor >= payment->amount.minor &&
                   original->returned_minor <= payment_row_standing(original));
}

/* A request: of what can be reversed the reversal is owed; a refund is listed; an advice waits for
 * as long as it takes; a follow-up carries nothing of the card but its number. */
UNUSED static void play_check_request(struct play *play, const struct node_send *send,
                                      const struct payment_row *payment)
{
    const struct txn_message *message = &send->message;
    const struct kind_row *kind = kind_row(message->kind);
    struct pending_row *pending = play_pending(play, &message->identity);

    PLAY_CHECK(payment != NULL && payment->kind == message->kind && pending != NULL);
    PLAY_CHECK(payment->stage == STAGE_SENT);
    PLAY_CHECK(payment->money == (kind->moves_money ? MONEY_UNKNOWN : MONEY_NOT_MOVED));
    if (kind->is_advice && message->kind != KIND_REFUND)
        PLAY_CHECK(pending->kind == PENDING_ADVICE);
    else
        PLAY_CHECK(pending->kind == PENDING_ANSWER && payment->history_len == 1);
    if (kind->is_reversible)
        PLAY_CHECK(identity_equal(&play_terminal(play)->owed, &message->identity));
    if (kind->is_advice)
        PLAY_CHECK(play->is_damaged || play_is_waiting(play, &message->identity));
    if (kind->shape != SHAPE_FOLLOW_UP)
        return;
    PLAY_CHECK(message->track2_len == 0 && message->pin_block_len == 0 && message->icc_len == 0);
    PLAY_CHECK(message->pan.len == 0);
    play_check_original(play, payment);
}

/* What became of a refund whose answer is lost, or of what can be reversed no more. */
UNUSED static bool play_may_ask(const struct payment_row *payment,
                                const struct pending_row *pending)
{
    if (pending == NULL)
        return false;
    if (pending->kind == PENDING_REVERSAL)
        return payment->stage == STAGE_REVERSING && memcmp(pending->last_code, "22", 2) == 0;
    return pending->kind == PENDING_QUERY && payment->stage == STAGE_SENT;
}

/* What a message may carry, and what must be durable before it leaves. */
UNUSED static void play_check_send(struct play *play, const struct node_send *send)
{
    const struct txn_message *message = &send->message;
    struct pending_row *pending = play_pending(play, &message->identity);
    struct payment_row *payment = play_payment(play, &message->identity);

    PLAY_CHECK(message->function == FUNCTION_REQUEST || message->function == FUNCTION_REVERSAL);
    PLAY_CHECK(send->seal.make_mac == kind_row(message->kind)->has_mac);
    if (message->function == FUNCTION_REVERSAL) {
        PLAY_CHECK(message->track2_len == 0 && message->pin_block_len == 0);
        PLAY_CHECK(message->pan.len == 0);
        PLAY_CHECK(send->seal.open_pan || message->qr_code[0] != 0);
        PLAY_CHECK(pending != NULL && pending->kind == PENDING_REVERSAL);
        PLAY_CHECK(payment != NULL && payment->stage == STAGE_REVERSING);
    } else if (message->kind == KIND_QUERY) {
        if (message->network_code == NETWORK_PEEK)
            return;
        PLAY_CHECK(payment != NULL && play_may_ask(payment, pending));
        PLAY_CHECK(message->original.trace == message->identity.trace);
    } else if (kind_row(message->kind)->shape != SHAPE_NETWORK) {
        play_check_request(play, send, payment);
    }
}

/* Nothing but advices and reversals leaves while a reversal is owed. */
UNUSED static void play_check_blocked(const struct terminal_row *before,
                                      const struct node_send *send)
{
    const struct kind_row *kind = kind_row(send->message.kind);

    if (before->owed.trace != 0 && send->message.function == FUNCTION_REQUEST)
        PLAY_CHECK(kind->shape == SHAPE_NETWORK || kind->is_advice);
}

/* Struck out only by an answer whose MAC is right, of a terminal whose row was here before, or by
 * two persons. */
UNUSED static void play_check_owed(struct play *play, const struct terminal_row *before)
{
    const struct terminal_row *after = play_terminal(play);
    bool has_good_mac = false;

    for (size_t i = 0; i < play->work.fact_count; i++)
        has_good_mac |= play->work.facts[i].command.kind == HSM_MAC_VERIFY &&
                        play->work.facts[i].answer.result == HSM_OK;
    if (before->owed.trace == 0 || after->owed.trace != 0)
        return;
    if (play->event.kind == EVENT_COMMAND)
        PLAY_CHECK(play->command.kind == COMMAND_TESTIFY && play->work.what == WHAT_PERSON_SETTLED);
    else
        PLAY_CHECK(play->event.kind == EVENT_MESSAGE && has_good_mac);
}

UNUSED static void play_check_rules(struct play *play, const struct terminal_row *before)
{
    const struct node_work *work = &play->work;
    bool is_changed = false;

    for (size_t i = 0; i < work->row_count; i++)
        is_changed |= work->rows[i]->is_changed;
    PLAY_CHECK(!is_changed || work->what != WHAT_NONE);
    PLAY_CHECK(postings_balance(&work->postings));
    PLAY_CHECK(work->effects.deadline_count == 0 || work->what != WHAT_NONE);
    for (size_t i = 0; i < work->effects.send_count; i++) {
        play_check_send(play, &work->effects.sends[i]);
        play_check_blocked(before, &work->effects.sends[i]);
    }
    if (work->effects.has_display)
        PLAY_CHECK(outcome_is_known(work->effects.display.outcome));
    play_check_owed(play, before);
}

/* Runs play->event through the party and makes its changes durable. */
UNUSED static void play_run(struct play *play)
{
    struct node_work *work = &play->work;
    struct terminal_row before = *play_terminal(play);

    memset(work, 0, sizeof *work);
    memset(play->asked, 0, sizeof play->asked);
    work->event = &play->event;
    play->event.sequence = play->sequence + 1;
    for (size_t round = 0; round < ROUNDS_MAX; round++) {
        uint8_t known = (uint8_t)(work->need_count + work->fact_count);
        terminal_party.needs(work);
        play_load(play);
        terminal_party.checks(work);
        play_answer_facts(play);
        if (known == work->need_count + work->fact_count)
            break;
        PLAY_CHECK(round + 1 < ROUNDS_MAX);
    }
    terminal_party.step(work);
    for (size_t i = 0; i < work->row_count; i++) {
        if (work->rows[i]->is_changed)
            *play_row(play, &work->rows[i]->key) = *work->rows[i];
    }
    if (work->what != WHAT_NONE) {
        play->sequence++;
        play->records++;
    }
    play_check_rules(play, &before);
}

/* ---- events ---- */

UNUSED static void play_start_event(struct play *play, enum event_kind kind)
{
    memset(&play->event, 0, sizeof play->event);
    play->us += 1000000;
    play->event.kind = kind;
    play->event.wall.us = play->us;
    play->event.now.ns = play->us * 1000;
    play->event.line_is_up = true;
    memset(play->event.entropy, 0x5A, sizeof play->event.entropy);
}

/* A command with the knobs as they are; fill play->command first for what differs. */
UNUSED static void play_command(struct play *play, enum command_kind kind)
{
    bool line_is_up = play->event.line_is_up;
    uint8_t way = play->event.way;

    play_start_event(play, EVENT_COMMAND);
    play->event.line_is_up = line_is_up;
    play->event.way = way;
    play->event.ticket = PLAY_TICKET;
    play->command.kind = kind;
    play->event.command = &play->command;
    play_run(play);
}

/* The last message sent. */
UNUSED static const struct node_send *play_sent(const struct play *play)
{
    const struct node_effects *effects = &play->work.effects;

    return effects->send_count == 0 ? NULL : &effects->sends[effects->send_count - 1];
}

/* The host's answer to a message, with a MAC of the terminal's present key; not yet given. */
UNUSED static struct txn_message play_reply_to(struct play *play, const struct txn_message *request,
                                               const char *code)
{
    struct txn_message answer;
    struct terminal_keys_row *keys = play_keys(play);

    txn_message_answer(request, &answer);
    memcpy(answer.code, code, RESPONSE_CODE_LEN);
    memcpy(answer.rrn, "100000000042", RRN_LEN);
    answer.has_mac = keys != NULL;
    answer.mac[0] = 'M';
    answer.mac[1] = keys == NULL ? 0 : keys->mac.at[0];
    return answer;
}

UNUSED static void play_answer(struct play *play, const struct txn_message *answer)
{
    static const uint8_t covered[] = "covered";

    play_start_event(play, EVENT_MESSAGE);
    play->event.message = *answer;
    play->event.mab = bytes_over(covered, answer->has_mac ? sizeof covered : 0);
    play_run(play);
}

UNUSED static void play_due(struct play *play, enum event_kind kind,
                            const struct identity *identity)
{
    play_start_event(play, kind);
    play->event.key = play_pending_key(identity);
    play_run(play);
}

UNUSED static enum outcome play_shown(const struct play *play)
{
    return play->work.effects.has_display ? play->work.effects.display.outcome : OUTCOME_COUNT;
}

/* ---- a terminal to play with ---- */

UNUSED static void play_good_hsm(struct play_hsm *hsm)
{
    memset(hsm, 0, sizeof *hsm);
    hsm->readable = true;
    hsm->has_chip = true;
    hsm->has_antenna = true;
    hsm->aid_len = 8;
    hsm->first_kind = CARD_ARQC;
    hsm->second_kind = CARD_TC;
    hsm->track = PLAY_TRACK;
}

UNUSED static void play_present(struct play *play, enum entry_mode entry, const char *pin)
{
    struct presented_card *card = &play->command.card;

    memset(card, 0, sizeof *card);
    card->entry = entry;
    card->card = 3;
    card->pin.len = (uint8_t)strlen(pin);
    memcpy(card->pin.at, pin, strlen(pin));
}

UNUSED static struct config_row play_new_config(void)
{
    struct config_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.party = PARTY_TERMINAL;
    row.utc_offset_s = 8 * 3600;
    memcpy(row.id, "01020000", 8);
    row.currency = CURRENCY_CNY;
    row.answer_wait_ms = 45000;
    row.retry_first_ms = 2000;
    row.retry_max_ms = 60000;
    return row;
}

UNUSED static struct terminal_row play_new_terminal(void)
{
    struct terminal_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    memcpy(row.terminal, PLAY_TERMINAL, TERMINAL_ID_LEN);
    memcpy(row.merchant, "102581083986056", MERCHANT_ID_LEN);
    row.batch = 1;
    row.trace_next = 1;
    row.tap_limit_minor = 30000;
    row.master.at[0] = 1;
    return row;
}

/* A password as people give it; its hash is itself here. */
UNUSED static struct till_operator play_person(uint8_t number, const char *password)
{
    struct till_operator person = {.is_given = true, .number = number};

    person.password.len = (uint8_t)strlen(password);
    memcpy(person.password.at, password, strlen(password));
    return person;
}

UNUSED static void play_put_operator(struct play *play, uint8_t number, const char *password)
{
    uint8_t key[OPERATOR_KEY_LEN] = PLAY_TERMINAL;
    struct operator_row row;

    key[TERMINAL_ID_LEN] = number;
    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.number = number;
    memcpy(row.hash, password, strlen(password));
    play_put(play, row_key_of(TABLE_OPERATOR, key, sizeof key), &row, sizeof row);
}

/* Set up, not signed in, the supervisor at hand; a stripe sale of 10.00 lies ready in
 * play->command. */
UNUSED static void play_init(struct play *play)
{
    struct config_row config = play_new_config();
    struct terminal_row terminal = play_new_terminal();

    memset(play, 0, sizeof *play);
    play->us = PLAY_NOW_US;
    play_good_hsm(&play->hsm);
    play_put(play, row_key_of(TABLE_CONFIG, NULL, 0), &config, sizeof config);
    play_put(play, row_key_of(TABLE_TERMINAL, PLAY_TERMINAL, TERMINAL_ID_LEN), &terminal,
             sizeof terminal);
    memcpy(play->command.terminal, PLAY_TERMINAL, TERMINAL_ID_LEN);
    play->command.amount = money_of(1000, CURRENCY_CNY);
    play_present(play, ENTRY_STRIPE, "");
    play_put_operator(play, 0, "123456");
    play_put_operator(play, 1, "0000");
    play_put_operator(play, 99, "12345678");
    play->command.supervisor = play_person(0, "123456");
    play->event.line_is_up = true;
}

UNUSED static void play_sign_in(struct play *play)
{
    play_command(play, COMMAND_SIGN_IN);
    PLAY_CHECK(play_sent(play) != NULL);
    struct txn_message answer = play_reply_to(play, &play_sent(play)->message, "00");
    answer.has_mac = false;
    answer.identity.batch = 17;
    answer.keys_len = 40;
    play_answer(play, &answer);
    PLAY_CHECK(play_shown(play) == OUTCOME_APPROVED);
}

UNUSED static void play_pay(struct play *play, enum txn_kind kind)
{
    play->command.transaction = kind;
    play_command(play, COMMAND_PAY);
}

/* Signed in, and a sale of 10.00 sent; its request. */
UNUSED static struct txn_message play_sale(struct play *play)
{
    play_pay(play, KIND_SALE);
    PLAY_CHECK(play_sent(play) != NULL);
    return play_sent(play)->message;
}

/* Approved, with the original's reference and authorisation code. */
UNUSED static void play_approve(struct play *play, const struct txn_message *request)
{
    struct txn_message answer = play_reply_to(play, request, "00");

    memcpy(answer.auth_id, "A12345", AUTH_ID_LEN);
    play_answer(play, &answer);
}

/* Asks for a follow-up of a payment of here, without card and amount. */
UNUSED static void play_follow(struct play *play, enum txn_kind kind,
                               const struct identity *original)
{
    play->command.original = (struct original){.batch = original->batch, .trace = original->trace};
    play->command.amount = (struct money){0};
    memset(&play->command.card, 0, sizeof play->command.card);
    play_pay(play, kind);
}

/* The chip of the card in the till is tried for the sale in play->command, and fails; its stripe
 * lies ready. */
UNUSED static void play_fail_chip(struct play *play, const char *pin)
{
    play->hsm.has_chip = false;
    play_present(play, ENTRY_CHIP, pin);
    play_pay(play, KIND_SALE);
    PLAY_CHECK(play_shown(play) == OUTCOME_CARD_UNREADABLE);
    play->hsm.has_chip = true;
    play_present(play, ENTRY_STRIPE, pin);
    play->command.card.is_fallback = true;
}

#endif

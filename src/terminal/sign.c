#include "terminal/sign.h"

#include "base/assert.h"
#include "terminal/drawer.h"
#include "terminal/intake.h"
#include "terminal/outbox.h"
#include "terminal/owed.h"
#include "terminal/settlement.h"

/* How far the host's clock and ours may be apart: far more than a line takes, and less than what
 * makes a request too old. */
#define CLOCKS_APART_MAX_US (600 * INT64_C(1000000))

#include <string.h>

static uint16_t network_code(enum txn_kind kind)
{
    if (kind == KIND_SIGN_IN)
        return NETWORK_SIGN_IN;
    return kind == KIND_SIGN_OFF ? NETWORK_SIGN_OFF : NETWORK_ECHO;
}

static enum txn_kind command_kind(const struct node_command *command)
{
    if (command->kind == COMMAND_SIGN_IN)
        return KIND_SIGN_IN;
    return command->kind == COMMAND_SIGN_OFF ? KIND_SIGN_OFF : KIND_ECHO;
}

/* The name of an exchange that starts now; an echo takes no trace number (UnionPay POS, 6.1). A
 * terminal that remembers nothing draws the number of its sign-in: with the first one again after
 * a lost store it would pass for a sign-in that the line has doubled, which gets no answer. */
static struct identity exchange_of(const struct node_work *work, const struct till *till,
                                   enum txn_kind kind)
{
    uint32_t drawn = 1 + bytes_get_u32(work->event->entropy) % TRACE_MAX;

    if (kind == KIND_SIGN_IN && till->terminal.signed_in.us == 0)
        return till_exchange(till, drawn);
    return till_exchange(till, kind == KIND_ECHO ? 0 : till->terminal.trace_next);
}

void sign_need(struct node_work *work, const struct till *till)
{
    struct identity identity = exchange_of(work, till, KIND_SIGN_IN);

    deal_need(work, &identity);
}

/* Of several sign-ins on their way the newest counts, and none once its batch is closed. */
static void expect(struct node_work *work, struct till *till, uint32_t trace)
{
    till->drawer.sign_in[0] = (uint8_t)(trace >> 16);
    bytes_put_u16(till->drawer.sign_in + 1, (uint16_t)trace);
    till_put_drawer(work, till);
}

static bool is_expected(const struct till *till, uint32_t trace)
{
    const uint8_t *kept = till->drawer.sign_in;

    return trace == (((uint32_t)kept[0] << 16) | bytes_get_u16(kept + 1));
}

void sign_forget(struct till *till)
{
    memset(till->drawer.sign_in, 0, sizeof till->drawer.sign_in);
}

bool sign_request(struct node_work *work, struct till *till, enum txn_kind kind, uint64_t ticket)
{
    struct identity identity = exchange_of(work, till, kind);
    struct deal deal;

    deal_open(work, &identity, &deal);
    if (!deal.is_loaded || deal.is_waited)
        return false;
    struct node_send *send = node_send_new(work, NODE_LINE);
    send->message.kind = kind;
    send->message.function = FUNCTION_REQUEST;
    send->message.identity = identity;
    send->message.identity.batch = till->terminal.batch;
    memcpy(send->message.merchant, till->terminal.merchant, sizeof send->message.merchant);
    send->message.network_code = network_code(kind);
    send->message.software = till->terminal.software;
    send->message.is_training = till->terminal.is_training != 0;
    send->message.operator_number = till->drawer.is_cashier_in ? till->drawer.cashier : 0;
    deal.pending.exchange = (uint8_t)kind;
    deal.pending.ticket = ticket;
    deal_wait(work, &deal, PENDING_EXCHANGE, till_wait_ms(till));
    if (kind != KIND_ECHO)
        till_use_trace(till);
    if (kind == KIND_SIGN_IN)
        expect(work, till, identity.trace);
    node_record(work, WHAT_NETWORK_SENT, NULL);
    work->about = identity;
    return true;
}

/* ---- what is shown: an exchange in the form of a payment, never stored ---- */

static struct payment_row story_of(const struct node_work *work, enum txn_kind kind,
                                   enum outcome outcome)
{
    struct payment_row story;

    memset(&story, 0, sizeof story);
    story.layout = PAYMENT_ROW_LAYOUT;
    story.kind = (uint8_t)kind;
    story.stage = STAGE_ANSWERED;
    story.money = MONEY_NOT_MOVED;
    story.outcome = (uint16_t)outcome;
    story.decided_by = PARTY_TERMINAL;
    story.sequence = -1;
    story.created = work->event->wall;
    story.changed = work->event->wall;
    return story;
}

static void show_refusal(struct node_work *work, enum outcome outcome, enum evidence_name name,
                         const char *text)
{
    struct payment_row story = story_of(work, command_kind(work->event->command), outcome);

    evidence_add(story.evidence, name, text);
    node_show(work, outcome, &story);
}

/* ---- commands ---- */

void sign_command_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (!till_open(work, command->terminal, &till))
        return;
    struct identity identity = exchange_of(work, &till, command_kind(command));
    deal_need(work, &identity);
    owed_need(work, &till);
}

void sign_command_checks(struct node_work *work)
{
    struct hsm_command command = {.kind = HSM_KEY_CHECK};
    struct till till;

    if (!till_open(work, work->event->command->terminal, &till))
        return;
    command.of.key_check.key = till_key(&till, &till.terminal.master);
    node_ask(work, CHECK_MASTER, &command, &till.terminal_key);
}

/* In order of precedence; OUTCOME_NONE when the message may go. */
static enum outcome command_refusal(const struct node_work *work, const struct till *till)
{
    const struct hsm_answer *master = node_answer(work, CHECK_MASTER);
    enum command_kind kind = work->event->command->kind;

    if (master != NULL && master->result != HSM_OK && master->result != HSM_DOWN)
        return OUTCOME_TERMINAL_KEY_MISSING;
    if (kind == COMMAND_SIGN_OFF && till->terminal.is_signed_in == 0)
        return OUTCOME_TERMINAL_NOT_SIGNED_IN;
    if (kind == COMMAND_SIGN_OFF && till->terminal.owed.trace != 0)
        return OUTCOME_TERMINAL_REVERSAL_PENDING;
    if (master == NULL || master->result == HSM_DOWN)
        return OUTCOME_TERMINAL_DEVICE_FAULT;
    return work->event->line_is_up ? OUTCOME_NONE : OUTCOME_LINE_UNREACHABLE;
}

static const char *refusal_fact(enum outcome outcome)
{
    if (outcome == OUTCOME_TERMINAL_KEY_MISSING)
        return "master key";
    return outcome == OUTCOME_TERMINAL_DEVICE_FAULT ? "key module" : "nothing was sent";
}

/* A sign-off must not leave a reversal behind (UnionPay POS, 6.3): it is tried at once. */
static void try_owed_first(struct node_work *work, struct till *till)
{
    struct identity owed = till->terminal.owed;

    owed_try_beside(work, till);
    if (work->effects.deadline_count == 0)
        return;
    node_record(work, WHAT_REVERSAL_SENT, NULL);
    work->about = owed;
    work->money = MONEY_UNKNOWN;
}

void sign_command(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    if (!till_open(work, command->terminal, &till)) {
        show_refusal(work, OUTCOME_TERMINAL_KEY_MISSING, EVIDENCE_STATE, "terminal not set up");
        return;
    }
    enum outcome refusal = command_refusal(work, &till);
    if (refusal != OUTCOME_NONE) {
        if (refusal == OUTCOME_TERMINAL_REVERSAL_PENDING)
            try_owed_first(work, &till);
        show_refusal(work, refusal, EVIDENCE_STATE, refusal_fact(refusal));
        return;
    }
    if (!sign_request(work, &till, command_kind(command), work->event->ticket)) {
        show_refusal(work, OUTCOME_TERMINAL_DEVICE_FAULT, EVIDENCE_STATE, "one is under way");
        return;
    }
    till_put(work, &till);
}

/* ---- answers ---- */

/* The exchange that a message would answer. */
static struct identity answered_exchange(const struct till *till, const struct txn_message *answer)
{
    return till_exchange(till, answer->kind == KIND_ECHO ? 0 : answer->identity.trace);
}

static bool is_awaited(const struct till *till, const struct deal *deal,
                       const struct txn_message *answer)
{
    if (answer->kind == KIND_SIGN_IN && !is_expected(till, answer->identity.trace))
        return false;
    return deal->is_loaded && deal->is_waited && deal->pending.kind == PENDING_EXCHANGE &&
           deal->pending.exchange == answer->kind;
}

void sign_answer_needs(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;

    till_need(work, answer->identity.terminal);
    if (!till_open(work, answer->identity.terminal, &till))
        return;
    struct identity identity = answered_exchange(&till, answer);
    deal_need(work, &identity);
    owed_need(work, &till);
    drawer_need(work, &till, till.terminal.batch);
    if (answer->kind == KIND_SIGN_IN && answer->identity.batch < till.terminal.batch)
        drawer_need(work, &till, answer->identity.batch);
    if (answer->kind == KIND_SIGN_IN)
        intake_need(work, &till, answer->demand);
}

static bool is_approved(const struct txn_message *answer)
{
    return answer->code[0] == '0' && answer->code[1] == '0';
}

void sign_answer_checks(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct hsm_command command = {.kind = HSM_WORK_KEYS_TAKE};
    struct till till;
    struct deal deal;

    if (answer->kind != KIND_SIGN_IN || !is_approved(answer) ||
        !till_open(work, answer->identity.terminal, &till))
        return;
    struct identity identity = answered_exchange(&till, answer);
    deal_open(work, &identity, &deal);
    if (!is_awaited(&till, &deal, answer) ||
        answer->keys_len > sizeof command.of.work_keys_take.download)
        return;
    command.of.work_keys_take.master = till_key(&till, &till.terminal.master);
    command.of.work_keys_take.pin_mode = KEY_PIN_ISO_0;
    command.of.work_keys_take.mac_mode = KEY_MAC_CUP_ECB;
    command.of.work_keys_take.version = till.keys == NULL ? 1 : till.keys->version + 1;
    command.of.work_keys_take.len = answer->keys_len;
    memcpy(command.of.work_keys_take.download, answer->keys, answer->keys_len);
    node_ask(work, CHECK_WORK_KEYS, &command, &till.keys_key);
}

static void add_check_value(struct evidence *list, enum evidence_name name,
                            const struct key_check *check)
{
    char room[2 * CHECK_VALUE_LEN + 1];
    struct text text = text_over(room, sizeof room);

    text_add_hex(&text, check->at, sizeof check->at);
    evidence_add(list, name, text_z(&text));
}

/* Which key of the download is wrong, and how (UnionPay POS, 5.3). */
static enum outcome download_fault(const struct hsm_answer *answer, struct payment_row *story)
{
    static const char *const keys[] = {"PIK", "MAK", "TDK"};

    if (answer == NULL) {
        evidence_add(story->evidence, EVIDENCE_COMPONENT, "key download");
        evidence_add(story->evidence, EVIDENCE_FOUND, "too long");
        return OUTCOME_TERMINAL_KEY_MISSING;
    }
    if (answer->result == HSM_DOWN) {
        evidence_add(story->evidence, EVIDENCE_COMPONENT, "key module");
        return OUTCOME_TERMINAL_DEVICE_FAULT;
    }
    if (answer->result != HSM_WRONG) {
        evidence_add(story->evidence, EVIDENCE_COMPONENT,
                     answer->result == HSM_FORMAT ? "key download" : "master key");
        evidence_add(story->evidence, EVIDENCE_FOUND, hsm_result_text(answer->result));
        return OUTCOME_TERMINAL_KEY_MISSING;
    }
    evidence_add(story->evidence, EVIDENCE_COMPONENT,
                 answer->key_index < ARRAY_COUNT(keys) ? keys[answer->key_index] : "work key");
    add_check_value(story->evidence, EVIDENCE_EXPECTED, &answer->expected);
    add_check_value(story->evidence, EVIDENCE_FOUND, &answer->found);
    return OUTCOME_TERMINAL_KEY_MISSING;
}

static void keep_check(const struct keyblock *block, uint8_t out[static CHECK_VALUE_LEN])
{
    struct key_header header;

    if (keyblock_header(block, &header) == OK)
        memcpy(out, header.check.at, CHECK_VALUE_LEN);
}

/* The key before stays only to verify answers that were on their way when the keys changed. */
static void put_keys(struct node_work *work, const struct till *till,
                     const struct hsm_answer *answer)
{
    struct terminal_keys_row keys;

    memset(&keys, 0, sizeof keys);
    keys.layout = PARTY_ROW_LAYOUT;
    keys.version = till->keys == NULL ? 1 : till->keys->version + 1;
    keys.changed = work->event->wall;
    keys.pin = answer->of.work_keys.keys[0];
    keys.mac = answer->of.work_keys.keys[1];
    if (till->keys != NULL)
        keys.mac_before = till->keys->mac;
    keep_check(&keys.pin, keys.pin_check);
    keep_check(&keys.mac, keys.mac_check);
    node_put(work, &till->keys_key, &keys, sizeof keys);
}

/* Where the host's clock stands by its answer, in the year that brings it nearest to ours. False
 * when it says nothing that is a time. */
static bool host_time(const struct node_work *work, int32_t utc_offset_s, struct instant *out)
{
    const struct txn_message *answer = &work->event->message;
    uint32_t hhmmss = answer->local_time % 1000000;
    struct civil civil = instant_civil(work->event->wall, utc_offset_s);
    int32_t year = civil.year;
    int64_t nearest_us = INT64_MAX;

    civil.month = (uint8_t)(answer->local_date / 100 % 100);
    civil.day = (uint8_t)(answer->local_date % 100);
    civil.hour = (uint8_t)(hhmmss / 10000);
    civil.minute = (uint8_t)(hhmmss / 100 % 100);
    civil.second = (uint8_t)(hhmmss % 100);
    if (answer->local_time == 0 || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
        civil.day > 31 || civil.hour > 23 || civil.minute > 59 || civil.second > 59)
        return false;
    for (civil.year = year - 1; civil.year <= year + 1; civil.year++) {
        struct instant host = instant_from_civil(&civil, utc_offset_s);
        int64_t apart_us = host.us - work->event->wall.us;
        apart_us = apart_us < 0 ? -apart_us : apart_us;
        if (apart_us < nearest_us) {
            nearest_us = apart_us;
            *out = host;
        }
    }
    return true;
}

static void add_instant(struct payment_row *story, enum evidence_name name, struct instant at,
                        int32_t utc_offset_s)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    instant_add_text(&t, at, utc_offset_s);
    evidence_add(story->evidence, name, text_z(&t));
}

/* Times on slips and in messages would be wrong, cards look expired or not, and the issuer would
 * find requests too old. */
static bool is_clock_wrong(const struct node_work *work, const struct till *till,
                           struct payment_row *story)
{
    int32_t offset_s = till->config->utc_offset_s;
    struct instant ours = work->event->wall;
    struct instant host = {0};

    int64_t max_us = till->terminal.clock_skew_max_s == 0
                         ? CLOCKS_APART_MAX_US
                         : till->terminal.clock_skew_max_s * INT64_C(1000000);

    if (!host_time(work, offset_s, &host) ||
        (host.us - ours.us < max_us && ours.us - host.us < max_us))
        return false;
    add_instant(story, EVIDENCE_EXPECTED, host, offset_s);
    add_instant(story, EVIDENCE_FOUND, ours, offset_s);
    return true;
}

/* A host that names a batch which we have settled has lost what came after it: payments in it would
 * stand among settled ones. In our own it hears, under our MAC, how far we are. */
static bool is_closed_here(const struct node_work *work, const struct till *till, uint32_t batch)
{
    return batch < till->terminal.batch && drawer_batch(work, till, batch).state == BATCH_CLOSED;
}

/* Signed in: new keys, the host's batch, and at once what is owed, under the new MAC key. A clock
 * that is wrong stands against what is new only: doubt about money must not wait until somebody has
 * put it right. */
static enum outcome sign_in(struct node_work *work, struct till *till, struct payment_row *story)
{
    const struct txn_message *message = &work->event->message;
    const struct hsm_answer *answer = node_answer(work, CHECK_WORK_KEYS);

    if (answer == NULL || answer->result != HSM_OK || answer->of.work_keys.count < 2)
        return download_fault(answer, story);
    put_keys(work, till, answer);
    if (!is_closed_here(work, till, message->identity.batch)) {
        settlement_learn(work, till, message->identity.batch);
        till->terminal.batch = message->identity.batch;
    }
    till->terminal.is_signed_in = 1;
    till->terminal.is_clock_wrong = is_clock_wrong(work, till, story);
    till->terminal.signed_in = work->event->wall;
    till->keys = node_value(work, &till->keys_key, sizeof *till->keys);
    assert(till_is_signed_in(till));
    owed_try_beside(work, till);
    outbox_wake(work, till);
    intake_begin(work, till, message->demand);
    return till->terminal.is_clock_wrong != 0 ? OUTCOME_TERMINAL_CLOCK_WRONG : OUTCOME_APPROVED;
}

static enum journal_what what_of(enum txn_kind kind, enum outcome outcome)
{
    if (outcome == OUTCOME_TERMINAL_CLOCK_WRONG)
        return WHAT_SIGNED_IN; /* for what it owes */
    if (outcome != OUTCOME_APPROVED)
        return WHAT_DECLINED;
    if (kind == KIND_SIGN_IN)
        return WHAT_SIGNED_IN;
    return kind == KIND_SIGN_OFF ? WHAT_SIGNED_OFF : WHAT_APPROVED;
}

static enum outcome take_answer(struct node_work *work, struct till *till,
                                struct payment_row *story)
{
    const struct txn_message *answer = &work->event->message;
    char code[RESPONSE_CODE_LEN + 1] = {answer->code[0], answer->code[1], 0};

    memcpy(story->code, answer->code, sizeof story->code);
    if (!is_approved(answer)) {
        story->decided_by = PARTY_ACQUIRER;
        evidence_add(story->evidence, EVIDENCE_CODE, code);
        return till_outcome_of_code(answer->code, false);
    }
    if (answer->kind == KIND_SIGN_IN)
        return sign_in(work, till, story);
    if (answer->kind == KIND_SIGN_OFF)
        till->terminal.is_signed_in = 0;
    return OUTCOME_APPROVED;
}

void sign_answer(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct deal deal;

    if (!till_open(work, answer->identity.terminal, &till)) {
        deal_set_aside(work);
        return;
    }
    struct identity identity = answered_exchange(&till, answer);
    deal_open(work, &identity, &deal);
    if (!is_awaited(&till, &deal, answer)) {
        deal_note_late(work, &deal);
        return;
    }
    struct payment_row story = story_of(work, answer->kind, OUTCOME_NONE);
    enum outcome outcome = take_answer(work, &till, &story);
    story.outcome = (uint16_t)outcome;
    story.identity = identity;
    story.identity.batch = till.terminal.batch;
    node_record(work, what_of(answer->kind, outcome), &story);
    node_show_to(work, deal.pending.ticket, outcome, &story);
    deal_settle(work, &deal);
    till_put(work, &till);
}

void sign_silence(struct node_work *work, const struct till *till, struct deal *deal)
{
    struct payment_row story = story_of(work, KIND_SIGN_IN, OUTCOME_LINE_NO_ANSWER);

    if (deal->pending.exchange < KIND_COUNT)
        story.kind = deal->pending.exchange;
    story.identity = deal->pending.identity;
    story.identity.batch = till->terminal.batch;
    evidence_add_number(story.evidence, EVIDENCE_WAITED_S, till_wait_ms(till) / 1000);
    deal_settle(work, deal);
    node_record(work, WHAT_NO_ANSWER, &story);
    if (work->event->kind == EVENT_TIMER)
        node_show_to(work, deal->pending.ticket, OUTCOME_LINE_NO_ANSWER, &story);
}

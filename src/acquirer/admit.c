#include "acquirer/admit.h"

#include "acquirer/backlog.h"
#include "acquirer/handout.h"
#include "acquirer/ledger.h"
#include "acquirer/limit.h"
#include "acquirer/network.h"
#include "acquirer/original.h"
#include "acquirer/shop_order.h"
#include "acquirer/shown.h"
#include "base/assert.h"
#include "node/standing.h"

#include <string.h>

#define BIN_SHOWN 6 /* what may be shown of a card number (PCI DSS 3.4.1) */

#define EVIDENCE_TEXT_LEN sizeof(((struct evidence *)NULL)->text)

static void add_text(struct verdict *verdict, enum evidence_name name, const char *at, size_t len)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == 0))
        len--;
    text_add_bytes(&t, bytes_over(at, len));
    evidence_add(verdict->evidence, name, text_z(&t));
}

static void add_hex(struct verdict *verdict, enum evidence_name name, const uint8_t *at, size_t len)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    text_add_hex(&t, at, len);
    evidence_add(verdict->evidence, name, text_z(&t));
}

static void add_money(struct verdict *verdict, enum evidence_name name, struct money money)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    money_add_text(&t, money);
    evidence_add(verdict->evidence, name, text_z(&t));
}

static void add_time(const struct desk *desk, struct verdict *verdict, struct instant instant)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    if (instant.us == 0)
        return;
    instant_add_text(&t, instant, desk->config->utc_offset_s);
    evidence_add(verdict->evidence, EVIDENCE_SINCE, text_z(&t));
}

static void add_state(struct verdict *verdict, uint8_t state)
{
    bool is_known = state < RECORD_STATE_COUNT;

    evidence_add(verdict->evidence, EVIDENCE_STATE,
                 is_known ? record_state_name((enum record_state)state) : "damaged");
}

static bool wrong_field(struct verdict *verdict, const char *field, const char *expected,
                        const char *found)
{
    evidence_add(verdict->evidence, EVIDENCE_FIELD, field);
    evidence_add(verdict->evidence, EVIDENCE_EXPECTED, expected);
    evidence_add(verdict->evidence, EVIDENCE_FOUND, found);
    return true;
}

static bool wrong_number(struct verdict *verdict, const char *field, const char *expected,
                         int64_t found)
{
    evidence_add(verdict->evidence, EVIDENCE_FIELD, field);
    evidence_add(verdict->evidence, EVIDENCE_EXPECTED, expected);
    evidence_add_number(verdict->evidence, EVIDENCE_FOUND, found);
    return true;
}

static bool is_bad_amount(const struct desk *desk, struct verdict *verdict)
{
    struct money amount = desk->message->amount;
    bool is_needed = kind_row(desk->message->kind)->moves_money;

    if (amount.currency == 0)
        return is_needed && wrong_field(verdict, "4", "an amount", "absent");
    if (amount.minor > MONEY_MINOR_MAX || amount.minor < (is_needed ? 1 : 0))
        return wrong_number(verdict, "4", "1 to 999999999999", amount.minor);
    if (amount.currency != desk->config->currency)
        return wrong_number(verdict, "49", money_letters(desk->config->currency), amount.currency);
    return false;
}

/* A payment that follows another may go without its card, and one by a code has none. */
static bool needs_card(const struct txn_message *message)
{
    enum kind_shape shape = kind_row(message->kind)->shape;

    return message->function == FUNCTION_REQUEST && message->qr_code[0] == 0 &&
           (shape == SHAPE_ORIGINAL || shape == SHAPE_INQUIRY);
}

static bool is_bad_card(const struct desk *desk, struct verdict *verdict)
{
    struct pan pan;
    enum err err = desk_pan(desk->message, &pan);

    pan_wipe(&pan);
    if (err == ERR_NOT_FOUND)
        return needs_card(desk->message) && wrong_field(verdict, "2", "a card number", "absent");
    if (err == ERR_BAD_VALUE)
        return wrong_field(verdict, "35", "the number of field 2", "another");
    return err != OK && wrong_field(verdict, desk->message->pan.len > 0 ? "2" : "35",
                                    "a card number", "other characters");
}

static bool is_bad_trace(const struct desk *desk, struct verdict *verdict)
{
    const struct identity *identity = &desk->message->identity;

    if (identity->trace < 1 || identity->trace > ADMIT_TRACE_MAX)
        return wrong_number(verdict, "11", "1 to 999999", identity->trace);
    return false;
}

bool admit_identity_is_sound(const struct desk *desk)
{
    const struct identity *identity = &desk->message->identity;

    return identity->trace >= 1 && identity->trace <= ADMIT_TRACE_MAX &&
           identity->batch <= ADMIT_BATCH_MAX;
}

static bool is_malformed(const struct desk *desk, struct verdict *verdict)
{
    const struct txn_message *message = desk->message;

    if (is_bad_trace(desk, verdict))
        return true;
    if (message->identity.batch > ADMIT_BATCH_MAX)
        return wrong_number(verdict, "60.2", "0 to 999999", message->identity.batch);
    if (is_bad_amount(desk, verdict) || is_bad_card(desk, verdict))
        return true;
    if (message->pin_block_len != 0 && message->pin_block_len != PINBLOCK_0_LEN &&
        message->pin_block_len != PINBLOCK_4_LEN)
        return wrong_number(verdict, "52", "8 or 16 bytes", message->pin_block_len);
    return false;
}

/* A reversal is taken although the terminal has moved to another merchant since. */
static bool is_terminal_unknown(const struct desk *desk, struct verdict *verdict)
{
    const struct terminal_row *terminal = desk->terminal;
    const struct txn_message *message = desk->message;

    if (terminal == NULL) {
        add_text(verdict, EVIDENCE_FOUND, desk->identity.terminal, TERMINAL_ID_LEN);
        return true;
    }
    if (message->function == FUNCTION_REVERSAL ||
        memcmp(terminal->merchant, message->merchant, MERCHANT_ID_LEN) == 0)
        return false;
    add_text(verdict, EVIDENCE_EXPECTED, terminal->merchant, MERCHANT_ID_LEN);
    add_text(verdict, EVIDENCE_FOUND, message->merchant, MERCHANT_ID_LEN);
    return true;
}

/* The previous key only serves what was in flight: a payment that it would start is refused, and
 * the terminal signs in again; a recorded payment or a reversal is taken. */
static bool is_mac_wrong(const struct desk *desk, struct verdict *verdict)
{
    enum proof proof = desk_proof(desk);
    bool is_new = desk->message->function == FUNCTION_REQUEST && desk->payment == NULL;

    if (proof == PROOF_GOOD || proof == PROOF_DOWN || (proof == PROOF_PREVIOUS && !is_new))
        return false;
    if (desk->keys == NULL || !desk_has_key(&desk->keys->mac)) {
        evidence_add(verdict->evidence, EVIDENCE_STATE, "not signed in");
        return true;
    }
    add_hex(verdict, EVIDENCE_CHECK_VALUE, desk->keys->mac_check, sizeof desk->keys->mac_check);
    if (proof == PROOF_PREVIOUS)
        evidence_add(verdict->evidence, EVIDENCE_FOUND, "the key before");
    else
        evidence_add(verdict->evidence, EVIDENCE_FOUND,
                     desk->message->has_mac ? "other" : "absent");
    add_time(desk, verdict, desk->keys->changed);
    return true;
}

static bool is_replayed(const struct desk *desk, struct verdict *verdict)
{
    if (desk->payment == NULL || admit_content_fits(desk))
        return false;
    add_time(desk, verdict, desk->payment->created);
    evidence_add_number(verdict->evidence, EVIDENCE_TRACE, desk->identity.trace);
    add_money(verdict, EVIDENCE_EXPECTED, desk->payment->amount);
    add_money(verdict, EVIDENCE_FOUND, desk->message->amount);
    return true;
}

/* To a void or a refund the code says that its original is voided, and to a payment by code that
 * the code is used; neither is so of what was taken back. */
static bool has_misread_code(const struct payment_row *payment)
{
    const char *code = outcome_row(OUTCOME_PAYMENT_REVERSED)->code;

    return outcome_by_answer(code, PARTY_ACQUIRER, (enum txn_kind)payment->kind,
                             payment->entry == ENTRY_QR) != OUTCOME_PAYMENT_REVERSED;
}

/* A payment that the switch gave up by itself was answered so, and that answer stands until the
 * money is back, or for ever where no other would be understood. */
static bool is_taken_back(const struct desk *desk, struct verdict *verdict)
{
    const struct payment_row *payment = desk->payment;

    if (payment == NULL || payment->stage == STAGE_SENT || payment->stage == STAGE_ANSWERED)
        return false;
    bool has_own_answer =
        payment->outcome != OUTCOME_NONE && !outcome_is_approved((enum outcome)payment->outcome);
    if (has_own_answer && (payment->stage == STAGE_REVERSING ||
                           (payment->stage == STAGE_REVERSED && has_misread_code(payment))))
        return false;
    evidence_add(verdict->evidence, EVIDENCE_REVERSAL,
                 payment_stage_name((enum payment_stage)payment->stage));
    add_time(desk, verdict, payment->changed);
    return true;
}

static bool is_terminal_disabled(const struct desk *desk, struct verdict *verdict)
{
    if (desk->terminal->state == RECORD_ACTIVE)
        return false;
    add_state(verdict, desk->terminal->state);
    add_time(desk, verdict, desk->terminal->state_since);
    return true;
}

/* A terminal that names no batch must get one that was never used. When there is none left, a new
 * record must be made for it: to begin again would give old payments' identities to new ones, and
 * sign-ins, which carry no MAC, would be enough to bring it about. */
static bool is_sign_in_barred(const struct desk *desk, struct verdict *verdict)
{
    if (is_terminal_disabled(desk, verdict))
        return true;
    if (desk->message->identity.batch != 0 || desk->terminal->batch < ADMIT_BATCH_MAX)
        return false;
    evidence_add(verdict->evidence, EVIDENCE_STATE, "batches are used up");
    evidence_add_number(verdict->evidence, EVIDENCE_LIMIT, ADMIT_BATCH_MAX);
    return true;
}

/* By what the message's header says, or what the terminal said last: silence is no version. */
static bool is_software_outdated(const struct desk *desk, struct verdict *verdict)
{
    uint32_t least = desk->terminal->software_min;
    uint32_t software = desk->message->software;

    if (software == 0)
        software = desk->terminal->software;
    if (software == 0 || software >= least)
        return false;
    evidence_add_number(verdict->evidence, EVIDENCE_FOUND, software);
    evidence_add_number(verdict->evidence, EVIDENCE_EXPECTED, least);
    return true;
}

/* Practice and real money must not meet: the terminal says in each header which it is at. */
static bool is_training_mixed(const struct desk *desk, struct verdict *verdict)
{
    bool is_training = desk->config->is_training;

    if (desk->message->is_training == is_training)
        return false;
    evidence_add(verdict->evidence, EVIDENCE_EXPECTED, is_training ? "training" : "real");
    evidence_add(verdict->evidence, EVIDENCE_FOUND, is_training ? "real" : "training");
    return true;
}

/* Our books were restored and know an older batch than the terminal, whose word is authentic. */
static bool is_terminal_ahead(const struct desk *desk, struct verdict *verdict)
{
    struct instant from = standing_lacks_from(desk->work);

    if (from.us == 0 || desk->identity.batch <= desk->terminal->batch)
        return false;
    evidence_add_number(verdict->evidence, EVIDENCE_EXPECTED, desk->terminal->batch);
    evidence_add_number(verdict->evidence, EVIDENCE_FOUND, desk->identity.batch);
    add_time(desk, verdict, from);
    return true;
}

/* An advice that the terminal stored in an earlier batch still comes in, until that batch is
 * closed; everything else belongs to the batch that runs. */
static bool is_batch_unknown(const struct desk *desk, struct verdict *verdict)
{
    const struct kind_row *kind = kind_row(desk->message->kind);
    uint32_t batch = desk->identity.batch;
    bool is_closed = desk->batch != NULL && desk->batch->state == BATCH_CLOSED;
    bool is_stored = kind->is_advice && desk->message->kind != KIND_REFUND;

    if (!is_closed &&
        (batch == desk->terminal->batch || (is_stored && batch < desk->terminal->batch)))
        return false;
    evidence_add_number(verdict->evidence, EVIDENCE_EXPECTED, desk->terminal->batch);
    evidence_add_number(verdict->evidence, EVIDENCE_FOUND, batch);
    if (is_closed)
        add_time(desk, verdict, desk->batch->closed);
    return true;
}

/* What is not known of a batch whose tombstones are full may be one that was to be buried. */
static bool is_flooded(const struct desk *desk, struct verdict *verdict)
{
    if (ledger_may_bury(desk))
        return false;
    evidence_add_number(verdict->evidence, EVIDENCE_LIMIT, LEDGER_BURIED_MAX);
    return true;
}

/* A batch is closed while it runs, or later if that was left out; a closed one gets its answer
 * again. */
static bool is_batch_not_to_close(const struct desk *desk, struct verdict *verdict)
{
    uint32_t batch = desk->identity.batch;

    if (batch == desk->terminal->batch || (desk->batch != NULL && batch < desk->terminal->batch))
        return false;
    evidence_add_number(verdict->evidence, EVIDENCE_EXPECTED, desk->terminal->batch);
    evidence_add_number(verdict->evidence, EVIDENCE_FOUND, batch);
    return true;
}

static bool is_merchant_unknown(const struct desk *desk, struct verdict *verdict)
{
    if (desk->merchant != NULL)
        return false;
    add_text(verdict, EVIDENCE_FOUND, desk->message->merchant, MERCHANT_ID_LEN);
    return true;
}

static bool is_merchant_frozen(const struct desk *desk, struct verdict *verdict)
{
    if (desk->merchant->state == RECORD_ACTIVE)
        return false;
    add_state(verdict, desk->merchant->state);
    add_time(desk, verdict, desk->merchant->state_since);
    if (desk->merchant->reason[0] != 0)
        add_text(verdict, EVIDENCE_REASON, desk->merchant->reason, sizeof desk->merchant->reason);
    return true;
}

static bool is_unsupported(const struct desk *desk, struct verdict *verdict)
{
    const struct txn_message *message = desk->message;
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);
    uint8_t mti[2];

    if (message->kind == KIND_SIGN_OFF || message->kind == KIND_ECHO ||
        message->kind == KIND_UPDATE || handout_is_for(message->kind))
        return false;
    if (message->kind != KIND_NONE) {
        evidence_add(verdict->evidence, EVIDENCE_FOUND, kind_row(message->kind)->name);
        return true;
    }
    bytes_put_u16(mti, message->mti);
    text_add_hex(&t, mti, sizeof mti);
    if (message->processing[0] != 0) {
        text_add(&t, " ");
        text_add_bytes(&t, bytes_over(message->processing, sizeof message->processing));
    }
    evidence_add(verdict->evidence, EVIDENCE_FOUND, text_z(&t));
    return true;
}

static bool is_not_permitted(const struct desk *desk, struct verdict *verdict)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    if ((desk->terminal->kinds & 1U << desk->message->kind) != 0)
        return false;
    evidence_add(verdict->evidence, EVIDENCE_FOUND, kind_row(desk->message->kind)->name);
    for (unsigned kind = KIND_SALE; kind < KIND_COUNT; kind++) {
        if ((desk->terminal->kinds & 1U << kind) == 0)
            continue;
        text_add(&t, t.len > 0 ? " " : "");
        text_add(&t, kind_row((enum txn_kind)kind)->name);
    }
    evidence_add(verdict->evidence, EVIDENCE_EXPECTED, text_z(&t));
    return true;
}

/* 99 makes the terminal sign in again, which is what mends a PIN key that does not fit. */
static bool is_pin_wrong(const struct desk *desk, struct verdict *verdict)
{
    const struct hsm_answer *answer = node_answer(desk->work, ASK_PIN);

    if (answer == NULL || answer->result == HSM_OK)
        return false;
    bool is_terminals = answer->result == HSM_WRONG || answer->result == HSM_FORMAT ||
                        (answer->result == HSM_KEY && answer->key_index == 0);
    if (!is_terminals)
        return false;
    add_hex(verdict, EVIDENCE_CHECK_VALUE, desk->keys->pin_check, sizeof desk->keys->pin_check);
    add_time(desk, verdict, desk->keys->changed);
    return true;
}

static void add_bin(const struct desk *desk, struct verdict *verdict)
{
    struct pan pan;

    if (desk_pan(desk->message, &pan) != OK)
        return;
    add_text(verdict, EVIDENCE_BIN, pan.digits, BIN_SHOWN);
    pan_wipe(&pan);
}

/* A follow-up goes where its original went, whatever has become of the card's range. */
static bool is_bin_unknown(const struct desk *desk, struct verdict *verdict)
{
    if (desk->route != NULL || original_is_wanted(desk))
        return false;
    add_bin(desk, verdict);
    evidence_add_number(verdict->evidence, EVIDENCE_TABLE_VERSION, desk->config->tables_version);
    add_time(desk, verdict, desk->config->tables_since);
    return true;
}

static bool is_bin_barred(const struct desk *desk, struct verdict *verdict)
{
    if (original_is_wanted(desk) || !desk->route->is_barred)
        return false;
    add_bin(desk, verdict);
    add_time(desk, verdict, desk->route->since);
    return true;
}

static bool is_amount_too_large(const struct desk *desk, struct verdict *verdict)
{
    const struct kind_row *kind = kind_row(desk->message->kind);
    int64_t max = desk->merchant->amount_max_minor;

    if (max <= 0 || desk->message->amount.minor <= max || kind->is_advice ||
        kind->shape != SHAPE_ORIGINAL)
        return false;
    add_money(verdict, EVIDENCE_ASKED, desk->message->amount);
    add_money(verdict, EVIDENCE_LIMIT, money_of(max, desk->message->amount.currency));
    evidence_add(verdict->evidence, EVIDENCE_CHECK, "merchant, per payment");
    return true;
}

/* Advices wait like everything that is decided: they go when a person has looked. */
static bool is_issuer_apart(const struct desk *desk, struct verdict *verdict)
{
    bool is_stored = kind_row(desk->message->kind)->is_advice && desk->message->kind != KIND_REFUND;

    if (desk->link == NULL || desk->link->standing == STANDING_GOOD || is_stored ||
        (original_is_wanted(desk) && desk->original == NULL))
        return false;
    evidence_add(verdict->evidence, EVIDENCE_STATE,
                 desk->link->standing == STANDING_HE_IS_BEHIND ? "the issuer is behind"
                                                               : "the switch is behind");
    add_time(desk, verdict, desk->link->since);
    return true;
}

/* What was decided at the till is taken and delivered when the issuer is back; a refund is not:
 * the customer waits for it. An original that is not there names no issuer: its own rule tells. */
static bool is_issuer_away(const struct desk *desk, struct verdict *verdict)
{
    bool is_stored = kind_row(desk->message->kind)->is_advice && desk->message->kind != KIND_REFUND;

    if (original_is_wanted(desk) && desk->original == NULL)
        return false;
    if (backlog_can_send(desk) || (is_stored && desk->issuer != NULL))
        return false;
    evidence_add(verdict->evidence, EVIDENCE_STATE,
                 desk->issuer == NULL                          ? "not set up"
                 : desk->link == NULL || desk->link->link == 0 ? "no link"
                                                               : "not signed on");
    if (desk->link != NULL)
        add_time(desk, verdict, desk->link->since);
    return true;
}

static bool is_pin_stuck(const struct desk *desk, struct verdict *verdict)
{
    const struct hsm_answer *answer = node_answer(desk->work, ASK_PIN);

    if (desk->message->pin_block_len == 0 || (answer != NULL && answer->result == HSM_OK))
        return false;
    if (original_is_wanted(desk) && desk->original == NULL)
        return false;
    evidence_add(verdict->evidence, EVIDENCE_COMPONENT, "pin translation");
    evidence_add(verdict->evidence, EVIDENCE_CHECK,
                 hsm_result_text(answer == NULL ? HSM_KEY : answer->result));
    return true;
}

static bool is_download_unsupported(const struct desk *desk, struct verdict *verdict)
{
    if (desk->message->kind != KIND_SIGN_IN || network_download_is_known(desk->message))
        return false;
    evidence_add(verdict->evidence, EVIDENCE_FIELD, "60.3");
    evidence_add_number(verdict->evidence, EVIDENCE_FOUND, desk->message->network_code);
    return true;
}

/* In the order of the outcome table; a test walks them. */
/* clang-format off */
static const struct admit_row caller_rules[] = {
    { OUTCOME_MESSAGE_MALFORMED,       is_malformed },
    { OUTCOME_TERMINAL_UNKNOWN,        is_terminal_unknown },
    { OUTCOME_MESSAGE_MAC_WRONG,       is_mac_wrong },
};

static const struct admit_row identity_rules[] = {
    { OUTCOME_MESSAGE_REPLAYED,        is_replayed },
    { OUTCOME_PAYMENT_REVERSED,        is_taken_back },
};

static const struct admit_row payment_rules[] = {
    { OUTCOME_TERMINAL_DISABLED,       is_terminal_disabled },
    { OUTCOME_TERMINAL_SOFTWARE_OUTDATED, is_software_outdated },
    { OUTCOME_MERCHANT_UNKNOWN,        is_merchant_unknown },
    { OUTCOME_MERCHANT_FROZEN,         is_merchant_frozen },
    { OUTCOME_TRAINING_MIXED,          is_training_mixed },
    { OUTCOME_TERMINAL_AHEAD,          is_terminal_ahead },
    { OUTCOME_TERMINAL_BATCH_UNKNOWN,  is_batch_unknown },
    { OUTCOME_TERMINAL_REVERSAL_FLOOD, is_flooded },
    { OUTCOME_ORDER_TAKEN,             shop_order_is_taken },
    { OUTCOME_TERMINAL_NOT_PERMITTED,  is_not_permitted },
    { OUTCOME_PIN_FORMAT_WRONG,        is_pin_wrong },
    { OUTCOME_CARD_BIN_UNKNOWN,        is_bin_unknown },
    { OUTCOME_CARD_RESTRICTED_BIN,     is_bin_barred },
    { OUTCOME_AMOUNT_ABOVE_MAXIMUM,    is_amount_too_large },
    { OUTCOME_ISSUER_BOOKS_APART,      is_issuer_apart },
    { OUTCOME_ISSUER_UNREACHABLE,      is_issuer_away },
    { OUTCOME_SWITCH_FAULT,            is_pin_stuck },
};

/* Not whether the merchant is frozen: what his terminals owe goes under the keys of a sign-in. */
static const struct admit_row sign_in_rules[] = {
    { OUTCOME_MESSAGE_MALFORMED,       is_bad_trace },
    { OUTCOME_TERMINAL_UNKNOWN,        is_terminal_unknown },
    { OUTCOME_TERMINAL_DISABLED,       is_sign_in_barred },
    { OUTCOME_MERCHANT_UNKNOWN,        is_merchant_unknown },
    { OUTCOME_TRANSACTION_UNSUPPORTED, is_download_unsupported },
    { OUTCOME_TRAINING_MIXED,          is_training_mixed },
};

static const struct admit_row closing_rules[] = {
    { OUTCOME_MESSAGE_MALFORMED,       is_bad_trace },
    { OUTCOME_TERMINAL_UNKNOWN,        is_terminal_unknown },
    { OUTCOME_TRAINING_MIXED,          is_training_mixed },
    { OUTCOME_TERMINAL_AHEAD,          is_terminal_ahead },
    { OUTCOME_TERMINAL_BATCH_UNKNOWN,  is_batch_not_to_close },
};

static const struct admit_row network_rules[] = {
    { OUTCOME_TERMINAL_UNKNOWN,        is_terminal_unknown },
    { OUTCOME_TRANSACTION_UNSUPPORTED, is_unsupported },
};
/* clang-format on */

struct verdict admit_judge(const struct desk *desk, const struct admit_row *rules, size_t count)
{
    struct verdict verdict = {.outcome = OUTCOME_NONE};

    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || outcome_rank(rules[i - 1].outcome) < outcome_rank(rules[i].outcome));
        if (rules[i].refuses(desk, &verdict)) {
            verdict.outcome = rules[i].outcome;
            break;
        }
    }
    return verdict;
}

static struct verdict fault(const char *component)
{
    struct verdict verdict = {.outcome = OUTCOME_SWITCH_FAULT};

    evidence_add(verdict.evidence, EVIDENCE_COMPONENT, component);
    return verdict;
}

struct verdict admit_caller(const struct desk *desk)
{
    struct verdict verdict = admit_judge(desk, caller_rules, ARRAY_COUNT(caller_rules));

    if (verdict.outcome != OUTCOME_NONE)
        return verdict;
    if (!admit_is_authentic(desk) || !desk_pan_is_known(desk))
        return fault("hsm");
    return desk->payment_is_damaged ? fault("payment row") : verdict;
}

struct verdict admit_identity(const struct desk *desk)
{
    return admit_judge(desk, identity_rules, ARRAY_COUNT(identity_rules));
}

struct verdict admit_payment(const struct desk *desk)
{
    assert(desk->terminal != NULL);
    struct verdict verdict = admit_judge(desk, payment_rules, ARRAY_COUNT(payment_rules));
    if (verdict.outcome == OUTCOME_NONE)
        verdict = original_judge(desk);
    return limit_judge(desk, &verdict);
}

struct verdict admit_network(const struct desk *desk)
{
    if (desk->message->kind == KIND_SIGN_IN)
        return admit_judge(desk, sign_in_rules, ARRAY_COUNT(sign_in_rules));
    return admit_judge(desk, network_rules, ARRAY_COUNT(network_rules));
}

struct verdict admit_closing(const struct desk *desk)
{
    struct row_key key = desk_batch_key(&desk->identity);
    const struct node_row *stored = node_row(desk->work, &key);
    struct verdict verdict = admit_judge(desk, closing_rules, ARRAY_COUNT(closing_rules));
    bool is_damaged = stored != NULL && stored->found &&
                      (desk->batch == NULL || !ledger_batch_is_sound(desk->batch));

    return verdict.outcome == OUTCOME_NONE && is_damaged ? fault("batch row") : verdict;
}

bool admit_is_authentic(const struct desk *desk)
{
    enum proof proof = desk_proof(desk);

    return proof == PROOF_GOOD || proof == PROOF_PREVIOUS;
}

static bool amount_fits(const struct txn_message *message, const struct payment_row *payment)
{
    bool is_part = message->function == FUNCTION_RESPONSE &&
                   memcmp(message->code, outcome_row(OUTCOME_APPROVED_PARTIAL)->code, 2) == 0;

    if (!kind_row((enum txn_kind)payment->kind)->moves_money)
        return message->amount.minor == payment->amount.minor;
    if (!is_part)
        return money_equal(message->amount, payment->amount);
    return message->amount.currency == payment->amount.currency && message->amount.minor > 0 &&
           message->amount.minor <= payment->amount.minor;
}

unsigned admit_misfit(const struct desk *desk)
{
    const struct payment_row *payment = desk->payment;
    const struct pan_hash *hash = desk_pan_hash(desk);
    const struct pan_hash none = {{0}};
    unsigned differs = 0;

    assert(payment != NULL);
    if (payment->kind == KIND_NONE)
        return 0; /* buried unseen, by a query that knew no more than its identity */
    if (desk->message->kind != KIND_NONE && desk->message->kind != payment->kind)
        differs |= ASIDE_KIND;
    if (!amount_fits(desk->message, payment))
        differs |= ASIDE_AMOUNT;
    if (hash != NULL && memcmp(&payment->pan.hash, &none, sizeof none) != 0 &&
        memcmp(hash, &payment->pan.hash, sizeof *hash) != 0)
        differs |= ASIDE_CARD;
    return differs | shown_misfit(desk);
}

bool admit_content_fits(const struct desk *desk)
{
    return admit_misfit(desk) == 0;
}

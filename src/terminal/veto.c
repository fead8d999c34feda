#include "terminal/veto.h"

#include "base/assert.h"
#include "terminal/basket.h"
#include "terminal/cashiers.h"
#include "terminal/drawer.h"
#include "terminal/intake.h"
#include "terminal/outbox.h"

#include <string.h>

#define BATCH_MAX_DEFAULT 500               /* UnionPay POS, 6.5: capacity of the log */
#define BATCH_AGE_MAX_S_DEFAULT (36 * 3600) /* a day, and a night to close it in */
#define COMPLETION_PERCENT_DEFAULT 115      /* UnionPay POS, 6.5 */
#define TIP_PERCENT_DEFAULT 10
#define REFUND_MAX_DEFAULT 1000000 /* 10 000.00 (UnionPay POS, 6.2) */

/* ---- what the terminal is in ---- */

static bool nobody_is_logged_in(struct attempt *attempt)
{
    if (attempt->till.terminal.needs_cashier == 0 || attempt->till.drawer.is_cashier_in != 0)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE, "nobody is logged in");
    return true;
}

static bool supervisor_is_unknown(struct attempt *attempt)
{
    const struct till_operator *person = &attempt->command->supervisor;

    if (!cashiers_wants_supervisor(attempt->kind))
        return false;
    if (!person->is_given || person->number == OPERATOR_SUPERVISOR)
        return cashiers_refuse(attempt->work, &attempt->till, person, attempt->payment->evidence);
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE, "not the supervisor");
    return true;
}

/* Evidence names the key that a question failed on. */
static bool is_key_fault(struct attempt *attempt, enum till_check slot, const char *key)
{
    const struct hsm_answer *answer = node_answer(attempt->work, (uint8_t)slot);

    if (answer == NULL || (answer->result != HSM_KEY && answer->result != HSM_NOT_ALLOWED))
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, key);
    evidence_add(attempt->payment->evidence, EVIDENCE_FOUND, hsm_result_text(answer->result));
    return true;
}

static bool key_is_missing(struct attempt *attempt)
{
    return is_key_fault(attempt, CHECK_PAN, "card number keys") ||
           is_key_fault(attempt, CHECK_PIN, "PIK");
}

/* The sign-in has shown both times; the next one looks again. */
static bool clock_is_wrong(struct attempt *attempt)
{
    const struct till *till = &attempt->till;
    char room[24];
    struct text since = text_over(room, sizeof room);

    if (!till_is_signed_in(till) || till->terminal.is_clock_wrong == 0)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE, "wrong at the sign-in");
    instant_add_text(&since, till->terminal.signed_in, till->config->utc_offset_s);
    evidence_add(attempt->payment->evidence, EVIDENCE_SINCE, text_z(&since));
    return true;
}

static bool is_not_signed_in(struct attempt *attempt)
{
    if (till_is_signed_in(&attempt->till))
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE,
                 attempt->till.terminal.signed_in.us == 0 ? "never signed in" : "signed out");
    return true;
}

/* How long it has been, and when it is tried next: doubt has no other end. */
static void add_doubt(struct attempt *attempt)
{
    const struct till *till = &attempt->till;
    struct evidence *list = attempt->payment->evidence;
    char room[24];
    struct text next = text_over(room, sizeof room);
    struct deal owed;

    deal_open(attempt->work, &till->terminal.owed, &owed);
    if (!owed.is_known || !owed.is_waited)
        return;
    int64_t waited_s = (attempt->work->event->wall.us - owed.payment.created.us) / 1000000;
    evidence_add_number(list, EVIDENCE_WAITED_S, waited_s > 0 ? waited_s : 0);
    instant_add_text(&next, owed.pending.due, till->config->utc_offset_s);
    evidence_add(list, EVIDENCE_NEXT, text_z(&next));
}

static bool reversal_is_pending(struct attempt *attempt)
{
    uint32_t trace = attempt->till.terminal.owed.trace;

    if (trace == 0)
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_TRACE, trace);
    add_doubt(attempt);
    return true;
}

/* Too many payments, or too old. */
static bool batch_is_full(struct attempt *attempt, const struct batch_row *batch)
{
    const struct terminal_row *terminal = &attempt->till.terminal;
    struct evidence *list = attempt->payment->evidence;
    uint32_t max = terminal->batch_max == 0 ? BATCH_MAX_DEFAULT : terminal->batch_max;
    int64_t age_max_s = terminal->batch_age_max_s == 0 ? BATCH_AGE_MAX_S_DEFAULT
                                                       : (int64_t)terminal->batch_age_max_s;
    uint32_t count = batch->domestic.debit_count + batch->domestic.credit_count;

    if (count >= max) {
        evidence_add_number(list, EVIDENCE_USED, count);
        evidence_add_number(list, EVIDENCE_LIMIT, max);
        return true;
    }
    if (batch->opened.us <= 0)
        return false;
    int64_t age_s = (attempt->work->event->wall.us - batch->opened.us) / 1000000;
    if (age_s <= age_max_s)
        return false;
    evidence_add_number(list, EVIDENCE_WAITED_S, age_s);
    evidence_add_number(list, EVIDENCE_LIMIT, age_max_s);
    return true;
}

static bool must_settle(struct attempt *attempt)
{
    struct batch_row batch =
        drawer_batch(attempt->work, &attempt->till, attempt->till.terminal.batch);

    if (!attempt->deal.is_known && batch.state == BATCH_OPEN)
        return batch_is_full(attempt, &batch);
    if (attempt->till.drawer.settling != 0 && !attempt->deal.is_known)
        return false; /* one is under way: a later rule says so */
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE,
                 attempt->deal.is_known ? "batch is used up" : "batch is being closed");
    return true;
}

static bool is_settling(struct attempt *attempt)
{
    if (attempt->till.drawer.settling == 0)
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_TRACE, attempt->till.drawer.settling);
    return true;
}

static bool is_above(struct attempt *attempt, int64_t minor, int64_t max)
{
    if (minor > 0 && minor <= max)
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_ASKED, minor);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_LIMIT, max);
    return true;
}

/* A follow-up without an amount is of what the original leaves; that there is nothing left is not
 * the amount's fault. */
static bool amount_is_invalid(struct attempt *attempt)
{
    const struct money *amount = &attempt->command->amount;
    uint32_t refund_max = attempt->till.terminal.refund_max_minor;
    int64_t max = attempt->kind != KIND_REFUND ? MONEY_MINOR_MAX
                  : refund_max == 0            ? REFUND_MAX_DEFAULT
                                               : refund_max;

    if (!kind_row(attempt->kind)->moves_money)
        return false;
    if (!attempt_names_amount(attempt) && attempt_has_default(attempt))
        return attempt->payment->amount.minor > 0 &&
               is_above(attempt, attempt->payment->amount.minor, max);
    if (is_above(attempt, amount->minor, max))
        return true;
    if (amount->currency == attempt->till.config->currency)
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_FOUND, amount->currency);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_EXPECTED,
                        attempt->till.config->currency);
    return true;
}

/* ---- the card ---- */

static bool card_is_refused_as(struct attempt *attempt, enum outcome outcome)
{
    if (attempt->entry.refusal != outcome)
        return false;
    memcpy(attempt->payment->evidence, attempt->entry.evidence, sizeof attempt->entry.evidence);
    return true;
}

/* A question that the HSM could not answer, or that nobody could ask. */
static bool is_silent(struct attempt *attempt, enum till_check slot, const char *device)
{
    const struct hsm_answer *answer = node_answer(attempt->work, (uint8_t)slot);

    if (answer != NULL && answer->result == HSM_OK)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, device);
    return true;
}

/* The till says so, of what this payment needs. */
static const char *faulty_device(const struct attempt *attempt)
{
    uint8_t faulty = attempt->command->faulty_devices;

    if ((faulty & DEVICE_READER) != 0 && entry_has_cryptogram(&attempt->command->card))
        return "card reader";
    return (faulty & DEVICE_PIN_PAD) != 0 && attempt_has_pin(attempt) ? "PIN pad" : NULL;
}

static bool device_is_out(struct attempt *attempt)
{
    const char *device = faulty_device(attempt);

    if (device != NULL)
        evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, device);
    return device != NULL;
}

static bool device_is_at_fault(struct attempt *attempt)
{
    if (!attempt_reads_card(attempt))
        return false;
    if (card_is_refused_as(attempt, OUTCOME_TERMINAL_DEVICE_FAULT))
        return true;
    if (attempt->entry.refusal != OUTCOME_NONE || attempt->command->card.entry == ENTRY_QR)
        return false;
    if (!attempt->entry.is_read) {
        evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, "card reader");
        return true;
    }
    return is_silent(attempt, CHECK_PAN, "key module");
}

static bool outbox_is_full(struct attempt *attempt)
{
    if (!kind_row(attempt->kind)->is_advice || outbox_has_room(&attempt->till, attempt->kind))
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_USED, outbox_advices(&attempt->till));
    evidence_add_number(attempt->payment->evidence, EVIDENCE_LIMIT,
                        outbox_advices_max(&attempt->till));
    return true;
}

static bool card_is_unreadable(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_UNREADABLE);
}

static bool number_is_invalid(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_NUMBER_INVALID);
}

/* The stripe of a chip card may be used only when its chip has failed, at this till, for the same
 * thing, just before (UnionPay POS, 6.6). */
static bool chip_is_required(struct attempt *attempt)
{
    if (card_is_refused_as(attempt, OUTCOME_CARD_CHIP_REQUIRED))
        return true;
    if (!attempt->entry.is_fallback || basket_chip_failed(attempt))
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, "the chip was not tried");
    evidence_add(attempt->payment->evidence, EVIDENCE_ENTRY_MODE, "fallback");
    return true;
}

static bool fallback_is_banned(struct attempt *attempt)
{
    if (!attempt->entry.is_fallback || attempt->till.terminal.no_fallback == 0)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_ENTRY_MODE, "fallback");
    return true;
}

static bool keying_is_banned(struct attempt *attempt)
{
    if (attempt->command->card.entry != ENTRY_KEYED || attempt->till.terminal.no_keying == 0)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_ENTRY_MODE, "keyed");
    return true;
}

/* Above the limit a tap is no proof of who holds the card (UnionPay POS, 6.7). */
static bool tap_lacks_pin(struct attempt *attempt)
{
    if (attempt->command->card.entry != ENTRY_CONTACTLESS || attempt->kind != KIND_SALE ||
        attempt->command->card.pin.len > 0 ||
        attempt->payment->amount.minor <= attempt_tap_limit(attempt))
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_ASKED, attempt->payment->amount.minor);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_LIMIT, attempt_tap_limit(attempt));
    return true;
}

static bool card_is_expired(struct attempt *attempt)
{
    return card_is_refused_as(attempt, OUTCOME_CARD_EXPIRED_LOCAL);
}

/* The chip has an application, but not one of those that the acquirer handed out. */
static bool aid_is_unlisted(struct attempt *attempt)
{
    const struct hsm_answer *read = node_answer(attempt->work, CHECK_READ);
    enum entry_mode entry = attempt->command->card.entry;
    char room[2 * CARD_AID_LEN_MAX + 1];
    struct text t = text_over(room, sizeof room);

    if ((entry != ENTRY_CHIP && entry != ENTRY_CONTACTLESS) || read == NULL ||
        read->result != HSM_OK || !read->of.card_chip.present)
        return false;
    struct bytes aid = bytes_over(read->of.card_chip.aid, read->of.card_chip.aid_len);
    if (intake_takes_aid(attempt->work, &attempt->till, aid))
        return false;
    text_add_hex(&t, aid.at, aid.len);
    evidence_add(attempt->payment->evidence, EVIDENCE_FOUND, text_z(&t));
    return true;
}

static bool type_is_unsupported(struct attempt *attempt)
{
    char bin[6 + 1] = {0};

    if (card_is_refused_as(attempt, OUTCOME_CARD_TYPE_UNSUPPORTED) || aid_is_unlisted(attempt))
        return true;
    if (attempt->entry.pan.len == 0 || attempt->till.terminal.has_ranges == 0)
        return false;
    if (attempt->range != NULL ? !attempt->range->is_refused
                               : attempt->till.terminal.listed_only == 0)
        return false;
    memcpy(bin, attempt->entry.pan.digits, sizeof bin - 1);
    evidence_add(attempt->payment->evidence, EVIDENCE_BIN, bin);
    return true;
}

/* An advice is accepted without the line; a refund is not (UnionPay POS, 6.2). */
static bool line_is_down(struct attempt *attempt)
{
    bool is_stored = kind_row(attempt->kind)->is_advice && attempt->kind != KIND_REFUND;

    if (attempt->work->event->line_is_up || is_stored)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE, "nothing was sent");
    return true;
}

static bool pin_has_wrong_form(struct attempt *attempt)
{
    const char *fault = attempt_has_pin(attempt) ? entry_pin_fault(&attempt->command->card) : NULL;

    if (fault == NULL)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, fault);
    evidence_add(attempt->payment->evidence, EVIDENCE_EXPECTED, "4 to 12 digits");
    return true;
}

/* ---- the original ---- */

static bool follows(const struct attempt *attempt)
{
    return kind_row(attempt->kind)->shape == SHAPE_FOLLOW_UP;
}

static bool is_known(const struct attempt *attempt)
{
    return follows(attempt) && attempt->original.is_known;
}

static void add_original(struct attempt *attempt)
{
    evidence_add_number(attempt->payment->evidence, EVIDENCE_ORIGINAL,
                        attempt->command->original.trace);
}

static bool rrn_differs(const struct attempt *attempt)
{
    const struct node_command *command = attempt->command;

    return command->rrn[0] != 0 &&
           memcmp(command->rrn, attempt->original.payment.rrn, sizeof command->rrn) != 0;
}

/* A refund may be of another terminal's payment, or of one long ago: the switch knows. */
static bool original_is_missing(struct attempt *attempt)
{
    const struct payment_row *original = &attempt->original.payment;
    bool names_itself = identity_equal(&attempt->payment->original, &attempt->payment->identity);
    const char *check = NULL;

    if (!follows(attempt))
        return false;
    if (attempt->command->original.trace == 0)
        check = "not named";
    else if (!attempt->original.is_known)
        check = attempt->kind == KIND_REFUND && !names_itself ? NULL : "no such payment";
    else if (!kind_may_follow(attempt->kind, (enum txn_kind)original->kind))
        check = kind_row((enum txn_kind)original->kind)->name;
    else if (rrn_differs(attempt))
        check = "another reference";
    if (check == NULL)
        return false;
    add_original(attempt);
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, check);
    return true;
}

static const char *why_over(const struct attempt *attempt)
{
    const struct payment_row *original = &attempt->original.payment;

    if (original->follow != FOLLOW_NONE)
        return follow_state_name((enum follow_state)original->follow);
    if (!followed_is_approved(&attempt->original))
        return original->stage == STAGE_ANSWERED
                   ? "declined"
                   : payment_stage_name((enum payment_stage)original->stage);
    if (attempt->kind == KIND_VOID && original->returned_minor > 0)
        return "refunded in part";
    if (attempt->kind == KIND_REFUND && attempt_left_minor(attempt) <= 0)
        return "refunded";
    return attempt->kind == KIND_TIP_ADJUST && original->tip_minor > 0 ? "has its tip" : NULL;
}

static void add_since(struct attempt *attempt)
{
    char room[24];
    struct text since = text_over(room, sizeof room);

    instant_add_text(&since, attempt->original.payment.changed, attempt->till.config->utc_offset_s);
    evidence_add(attempt->payment->evidence, EVIDENCE_SINCE, text_z(&since));
}

/* Nothing more can follow: voided, completed, refunded, or never approved. */
static bool original_is_over(struct attempt *attempt)
{
    const struct payment_row *original = &attempt->original.payment;
    const char *why = is_known(attempt) ? why_over(attempt) : NULL;

    if (why == NULL)
        return false;
    add_original(attempt);
    evidence_add(attempt->payment->evidence, EVIDENCE_STATE, why);
    if (original->follow_trace != 0)
        evidence_add_number(attempt->payment->evidence, EVIDENCE_BY, original->follow_trace);
    add_since(attempt);
    return true;
}

static bool is_void(enum txn_kind kind)
{
    return kind == KIND_VOID || kind == KIND_PREAUTH_VOID || kind == KIND_COMPLETION_VOID;
}

/* A void would take the place of the tip's mark, and what it gives back is not certain yet. */
static bool tip_is_under_way(struct attempt *attempt)
{
    const struct payment_row *original = &attempt->original.payment;

    if (!is_known(attempt) || !is_void(attempt->kind) || !payment_row_has_tip_under_way(original))
        return false;
    add_original(attempt);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_BY, original->follow_trace);
    add_since(attempt);
    return true;
}

/* Another card than the original's, or another amount than the whole of it. */
static bool original_differs(struct attempt *attempt)
{
    const struct payment_row *original = &attempt->original.payment;

    if (!is_known(attempt))
        return false;
    if (attempt_reads_card(attempt) &&
        memcmp(&attempt->payment->pan.hash, &original->pan.hash, sizeof original->pan.hash) != 0) {
        add_original(attempt);
        evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, "the original's card");
        return true;
    }
    if (!is_void(attempt->kind) || attempt->payment->amount.minor == payment_row_standing(original))
        return false;
    add_original(attempt);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_EXPECTED,
                        payment_row_standing(original));
    evidence_add_number(attempt->payment->evidence, EVIDENCE_ASKED, attempt->payment->amount.minor);
    return true;
}

/* A void is of the same terminal and batch: what is settled can only be refunded. A hold is of no
 * batch. */
static bool batch_is_closed(struct attempt *attempt)
{
    struct identity own = till_next(&attempt->till);

    if (!is_known(attempt) || !is_void(attempt->kind) || attempt->kind == KIND_PREAUTH_VOID)
        return false;
    own.trace = attempt->original.payment.identity.trace;
    if (identity_equal(&own, &attempt->original.payment.identity))
        return false;
    add_original(attempt);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_FOUND,
                        attempt->original.payment.identity.batch);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_EXPECTED, own.batch);
    return true;
}

static bool refund_is_too_large(struct attempt *attempt)
{
    if (!is_known(attempt) || attempt->kind != KIND_REFUND ||
        attempt->payment->amount.minor <= attempt_left_minor(attempt))
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_LEFT, attempt_left_minor(attempt));
    evidence_add_number(attempt->payment->evidence, EVIDENCE_ASKED, attempt->payment->amount.minor);
    return true;
}

/* More than so many hundredths of what stands. */
static bool is_over_percent(struct attempt *attempt, int64_t minor, unsigned percent)
{
    int64_t max = minor / 100 * percent + minor % 100 * percent / 100;

    if (attempt->payment->amount.minor <= max)
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_LIMIT, max);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_ASKED, attempt->payment->amount.minor);
    return true;
}

static bool completion_is_too_large(struct attempt *attempt)
{
    unsigned percent = attempt->till.config->completion_percent;

    if (!is_known(attempt) ||
        (attempt->kind != KIND_COMPLETION && attempt->kind != KIND_COMPLETION_ADVICE))
        return false;
    return is_over_percent(attempt, attempt_left_minor(attempt),
                           percent == 0 ? COMPLETION_PERCENT_DEFAULT : percent);
}

static unsigned tip_percent(const struct till *till)
{
    if (till->terminal.no_tips != 0)
        return 0;
    if (till->terminal.tip_percent != 0)
        return till->terminal.tip_percent;
    return till->config->tip_percent == 0 ? TIP_PERCENT_DEFAULT : till->config->tip_percent;
}

/* The amount of a tip adjustment is the sale's and the tip's together. */
static bool tip_is_too_large(struct attempt *attempt)
{
    int64_t sale = attempt->original.payment.posted_minor;

    if (!is_known(attempt) || attempt->kind != KIND_TIP_ADJUST)
        return false;
    if (is_over_percent(attempt, sale, 100 + tip_percent(&attempt->till)))
        return true;
    if (attempt->payment->amount.minor >= sale)
        return false;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_EXPECTED, sale);
    evidence_add_number(attempt->payment->evidence, EVIDENCE_ASKED, attempt->payment->amount.minor);
    return true;
}

/* What is asked for last, once nothing else stands against it: the PIN block and the chip's word.
 */
static bool pin_block_is_missing(struct attempt *attempt)
{
    const struct hsm_answer *answer = node_answer(attempt->work, CHECK_PIN);

    if (!attempt_has_pin(attempt) || (answer != NULL && answer->result == HSM_OK))
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_COMPONENT, "PIN pad");
    return true;
}

static bool cryptogram_is_missing(struct attempt *attempt)
{
    const struct hsm_answer *answer = node_answer(attempt->work, CHECK_FIRST_AC);

    if (!attempt_has_cryptogram(attempt))
        return false;
    if (answer != NULL && answer->result == HSM_OK)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, "first cryptogram");
    return true;
}

static bool chip_declines(struct attempt *attempt)
{
    const struct hsm_answer *answer = node_answer(attempt->work, CHECK_FIRST_AC);

    if (!attempt_has_cryptogram(attempt) || answer == NULL || answer->result != HSM_OK ||
        answer->of.card_ac.kind == CARD_ARQC)
        return false;
    evidence_add(attempt->payment->evidence, EVIDENCE_CHECK, "first cryptogram");
    return true;
}

struct rule {
    enum outcome outcome;
    bool is_early; /* needs no answer but the reading: known before PIN and cryptogram are asked */
    bool (*applies)(struct attempt *attempt);
};

/* clang-format off */
static const struct rule rules[] = {
    { OUTCOME_TERMINAL_OPERATOR_UNKNOWN, true,  nobody_is_logged_in },
    { OUTCOME_TERMINAL_OPERATOR_UNKNOWN, false, supervisor_is_unknown },
    { OUTCOME_TERMINAL_KEY_MISSING,      false, key_is_missing },
    { OUTCOME_TERMINAL_CLOCK_WRONG,      true,  clock_is_wrong },
    { OUTCOME_TERMINAL_NOT_SIGNED_IN,    true,  is_not_signed_in },
    { OUTCOME_TERMINAL_MUST_SETTLE,      true,  must_settle },
    { OUTCOME_TERMINAL_REVERSAL_PENDING, true,  reversal_is_pending },
    { OUTCOME_TERMINAL_AMOUNT_INVALID,   true,  amount_is_invalid },
    { OUTCOME_TERMINAL_DEVICE_FAULT,     true,  device_is_out },
    { OUTCOME_TERMINAL_DEVICE_FAULT,     false, device_is_at_fault },
    { OUTCOME_TERMINAL_OFFLINE_FULL,     true,  outbox_is_full },
    { OUTCOME_CARD_UNREADABLE,           true,  card_is_unreadable },
    { OUTCOME_CARD_NUMBER_INVALID,       true,  number_is_invalid },
    { OUTCOME_CARD_CHIP_REQUIRED,        true,  chip_is_required },
    { OUTCOME_CARD_EXPIRED_LOCAL,        true,  card_is_expired },
    { OUTCOME_CARD_TYPE_UNSUPPORTED,     true,  type_is_unsupported },
    { OUTCOME_CARD_DECLINED_OFFLINE,     false, chip_declines },
    { OUTCOME_LINE_UNREACHABLE,          true,  line_is_down },
    { OUTCOME_SETTLEMENT_IN_PROGRESS,    true,  is_settling },
    { OUTCOME_TERMINAL_NOT_PERMITTED,    true,  keying_is_banned },
    { OUTCOME_PIN_FORMAT_WRONG,          true,  pin_has_wrong_form },
    { OUTCOME_ORIGINAL_NOT_FOUND,        true,  original_is_missing },
    { OUTCOME_ORIGINAL_ALREADY_VOIDED,   true,  original_is_over },
    { OUTCOME_ORIGINAL_TIP_UNDER_WAY,    true,  tip_is_under_way },
    { OUTCOME_ORIGINAL_MISMATCH,         false, original_differs },
    { OUTCOME_ORIGINAL_BATCH_CLOSED,     true,  batch_is_closed },
    { OUTCOME_REFUND_TOO_LARGE,          true,  refund_is_too_large },
    { OUTCOME_COMPLETION_TOO_LARGE,      true,  completion_is_too_large },
    { OUTCOME_TIP_TOO_LARGE,             true,  tip_is_too_large },
    { OUTCOME_CHIP_FALLBACK_REFUSED,     true,  fallback_is_banned },
    { OUTCOME_PIN_MISSING,               true,  tap_lacks_pin },
    /* Asked for only when none of the above stands against the payment, so these come last. */
    { OUTCOME_TERMINAL_DEVICE_FAULT,     false, pin_block_is_missing },
    { OUTCOME_CARD_UNREADABLE,           false, cryptogram_is_missing },
};
/* clang-format on */

static enum outcome first_of(struct attempt *attempt, bool early_only)
{
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        if ((!early_only || rules[i].is_early) && rules[i].applies(attempt))
            return rules[i].outcome;
    }
    return OUTCOME_NONE;
}

enum outcome veto_early(struct attempt *attempt)
{
    return first_of(attempt, true);
}

enum outcome veto(struct attempt *attempt)
{
    return first_of(attempt, false);
}

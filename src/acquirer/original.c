#include "acquirer/original.h"

#include "acquirer/ledger.h"
#include "base/assert.h"
#include "node/standing.h"

#include <string.h>

#define EVIDENCE_TEXT_LEN sizeof(((struct evidence *)NULL)->text)

static enum txn_kind kind_of(const struct desk *desk)
{
    return desk->message->kind;
}

/* Takes back all of its original, while that is still in the same batch of the same terminal. */
static bool is_of_batch(enum txn_kind kind)
{
    return kind == KIND_VOID || kind == KIND_COMPLETION_VOID;
}

static bool is_whole(enum txn_kind kind)
{
    return is_of_batch(kind) || kind == KIND_PREAUTH_VOID;
}

static bool is_completion(enum txn_kind kind)
{
    return kind == KIND_COMPLETION || kind == KIND_COMPLETION_ADVICE;
}

bool original_is_wanted(const struct desk *desk)
{
    return kind_row(kind_of(desk))->shape == SHAPE_FOLLOW_UP;
}

void original_need(const struct desk *desk)
{
    if (original_is_wanted(desk))
        standing_need_own(desk->work);
    desk_need_original(desk);
    if (desk->original_identity.trace != 0 && is_of_batch(kind_of(desk)))
        node_need(desk->work, desk_batch_key(&desk->original_identity));
}

/* ---- evidence ---- */

static void add_original(const struct desk *desk, struct verdict *verdict)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    identity_add_text(&t, &desk->original_identity);
    evidence_add(verdict->evidence, EVIDENCE_ORIGINAL,
                 desk->original_identity.trace != 0 ? text_z(&t) : "none");
}

static void add_minor(const struct desk *desk, struct verdict *verdict, enum evidence_name name,
                      int64_t minor)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    money_add_text(&t, money_of(minor, desk->message->amount.currency));
    evidence_add(verdict->evidence, name, text_z(&t));
}

static void add_since(const struct desk *desk, struct verdict *verdict, struct instant since)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    if (since.us == 0)
        return;
    instant_add_text(&t, since, desk->config->utc_offset_s);
    evidence_add(verdict->evidence, EVIDENCE_SINCE, text_z(&t));
}

static void add_follower(const struct payment_row *original, struct verdict *verdict)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    if (original->follow_trace == 0)
        return;
    text_add_u64_wide(&t, original->follow_batch, 6);
    text_add(&t, "/");
    text_add_u64_wide(&t, original->follow_trace, 6);
    evidence_add(verdict->evidence, EVIDENCE_BY, text_z(&t));
}

/* ---- the rules ---- */

static bool is_archived(const struct desk *desk, struct verdict *verdict)
{
    if (!desk_original_is_archived(desk))
        return false;
    add_original(desk, verdict);
    evidence_add_number(verdict->evidence, EVIDENCE_ARCHIVED, desk->original_mark->date);
    return true;
}

/* Not there, but our books were restored, and it may have come in the time that they lack. */
static bool is_lost(const struct desk *desk, struct verdict *verdict)
{
    if (!desk_original_is_lost(desk))
        return false;
    add_original(desk, verdict);
    add_since(desk, verdict, standing_lacks_from(desk->work));
    return true;
}

/* The reference number of another payment, or one that may not be followed so, is as good as none:
 * whoever reads a wrong number off a slip must not hit a stranger's payment. */
static bool is_not_found(const struct desk *desk, struct verdict *verdict)
{
    const struct payment_row *original = desk->original;
    const struct txn_message *message = desk->message;
    const char *why = NULL;

    if (original == NULL)
        why = desk->original_identity.trace == 0 ? "not named" : "no such payment";
    else if (memcmp(original->merchant, message->merchant, MERCHANT_ID_LEN) != 0)
        why = "of another merchant";
    else if (!kind_may_follow(message->kind, (enum txn_kind)original->kind))
        why = kind_row((enum txn_kind)original->kind)->name;
    else if (bytes_are_digits(message->rrn, RRN_LEN) &&
             memcmp(message->rrn, "000000000000", RRN_LEN) != 0 &&
             memcmp(message->rrn, original->rrn, RRN_LEN) != 0)
        why = "another reference";
    if (why == NULL)
        return false;
    add_original(desk, verdict);
    evidence_add(verdict->evidence, EVIDENCE_FOUND, why);
    return true;
}

static bool is_approved(const struct payment_row *original)
{
    return original->stage == STAGE_ANSWERED &&
           (original->money == MONEY_MOVED || original->money == MONEY_HELD);
}

static int64_t left_minor(const struct payment_row *original)
{
    return payment_row_refundable(original);
}

/* What may be taken back whole, or get a tip, must still stand whole. */
static bool is_used_up(enum txn_kind kind, const struct payment_row *original)
{
    if (kind == KIND_REFUND)
        return left_minor(original) <= 0;
    return original->returned_minor > 0 && (is_whole(kind) || kind == KIND_TIP_ADJUST);
}

static bool is_already_voided(const struct desk *desk, struct verdict *verdict)
{
    const struct payment_row *original = desk->original;
    const char *state = NULL;

    if (!is_approved(original))
        state = original->stage == STAGE_ANSWERED
                    ? "declined"
                    : payment_stage_name((enum payment_stage)original->stage);
    else if (original->follow != FOLLOW_NONE)
        state = follow_state_name((enum follow_state)original->follow);
    else if (is_used_up(kind_of(desk), original))
        state = "refunded";
    if (state == NULL)
        return false;
    add_original(desk, verdict);
    evidence_add(verdict->evidence, EVIDENCE_STATE, state);
    add_follower(original, verdict);
    add_since(desk, verdict, original->changed);
    return true;
}

/* A void would take the place of the tip's mark; once refused, it would leave a tip that may never
 * be paid as one that refunds may give back. */
static bool is_tip_under_way(const struct desk *desk, struct verdict *verdict)
{
    if (!is_whole(kind_of(desk)) || !payment_row_has_tip_under_way(desk->original))
        return false;
    add_original(desk, verdict);
    add_follower(desk->original, verdict);
    add_since(desk, verdict, desk->original->changed);
    return true;
}

static bool is_other_card(const struct desk *desk)
{
    const struct pan_hash *hash = desk_pan_hash(desk);

    return hash != NULL && memcmp(hash, &desk->original->pan.hash, sizeof *hash) != 0;
}

static bool is_mismatch(const struct desk *desk, struct verdict *verdict)
{
    int64_t standing = payment_row_standing(desk->original);

    if (is_other_card(desk)) {
        add_original(desk, verdict);
        evidence_add(verdict->evidence, EVIDENCE_FIELD, "2");
        evidence_add(verdict->evidence, EVIDENCE_EXPECTED, "the original's card");
        evidence_add(verdict->evidence, EVIDENCE_FOUND, "another");
        return true;
    }
    if (!is_whole(kind_of(desk)) || desk->message->amount.minor == standing)
        return false;
    add_original(desk, verdict);
    add_minor(desk, verdict, EVIDENCE_EXPECTED, standing);
    add_minor(desk, verdict, EVIDENCE_FOUND, desk->message->amount.minor);
    return true;
}

static bool is_batch_closed(const struct desk *desk, struct verdict *verdict)
{
    const struct identity *original = &desk->original_identity;
    struct row_key key = desk_batch_key(original);
    const struct batch_row *batch;

    if (!is_of_batch(kind_of(desk)))
        return false;
    batch = node_value(desk->work, &key, sizeof *batch);
    bool is_closed = batch != NULL && batch->state == BATCH_CLOSED;
    bool is_own = memcmp(original->terminal, desk->identity.terminal, TERMINAL_ID_LEN) == 0 &&
                  original->batch == desk->identity.batch;
    if (is_own && !is_closed)
        return false;
    add_original(desk, verdict);
    evidence_add_number(verdict->evidence, EVIDENCE_EXPECTED, desk->terminal->batch);
    evidence_add_number(verdict->evidence, EVIDENCE_FOUND, original->batch);
    if (is_closed)
        add_since(desk, verdict, batch->closed);
    return true;
}

static bool is_refund_too_large(const struct desk *desk, struct verdict *verdict)
{
    int64_t left = left_minor(desk->original);

    if (kind_of(desk) != KIND_REFUND || desk->message->amount.minor <= left)
        return false;
    add_original(desk, verdict);
    add_minor(desk, verdict, EVIDENCE_ASKED, desk->message->amount.minor);
    add_minor(desk, verdict, EVIDENCE_LEFT, left);
    return true;
}

static bool is_completion_too_large(const struct desk *desk, struct verdict *verdict)
{
    unsigned percent = desk->merchant->completion_percent;
    int64_t held = desk->original->posted_minor;

    if (percent == 0)
        percent = COMPLETION_PERCENT;
    if (!is_completion(kind_of(desk)) || desk->message->amount.minor <= held * percent / 100)
        return false;
    add_original(desk, verdict);
    add_minor(desk, verdict, EVIDENCE_ASKED, desk->message->amount.minor);
    add_minor(desk, verdict, EVIDENCE_LIMIT, held * percent / 100);
    return true;
}

/* The amount is the sale's and the tip's together; there is one tip to a sale. */
static bool is_tip_too_large(const struct desk *desk, struct verdict *verdict)
{
    int64_t sale = desk->original->posted_minor;
    unsigned percent = desk->merchant->tip_percent;

    if (kind_of(desk) != KIND_TIP_ADJUST)
        return false;
    if (desk->merchant->takes_no_tips || desk->original->tip_minor > 0)
        percent = 0;
    else if (percent == 0)
        percent = TIP_PERCENT;
    int64_t most = payment_row_standing(desk->original) + sale * percent / 100;
    int64_t asked = desk->message->amount.minor;
    if (asked >= sale && asked <= most && desk->original->tip_minor == 0)
        return false;
    add_original(desk, verdict);
    add_minor(desk, verdict, EVIDENCE_ASKED, asked);
    add_minor(desk, verdict, EVIDENCE_LIMIT, most);
    return true;
}

static bool is_funds_short(const struct desk *desk, struct verdict *verdict)
{
    int64_t funds = ledger_funds_minor(desk);

    if (kind_of(desk) != KIND_REFUND || !desk->merchant->checks_funds ||
        desk->message->amount.minor <= funds)
        return false;
    add_minor(desk, verdict, EVIDENCE_ASKED, desk->message->amount.minor);
    add_minor(desk, verdict, EVIDENCE_LEFT, funds > 0 ? funds : 0);
    evidence_add(verdict->evidence, EVIDENCE_CHECK, "sold, not refunded");
    return true;
}

/* clang-format off */
static const struct admit_row original_rules[] = {
    { OUTCOME_ORIGINAL_ARCHIVED,       is_archived },
    { OUTCOME_ORIGINAL_LOST,           is_lost },
    { OUTCOME_ORIGINAL_NOT_FOUND,      is_not_found },
    { OUTCOME_ORIGINAL_ALREADY_VOIDED, is_already_voided },
    { OUTCOME_ORIGINAL_TIP_UNDER_WAY,  is_tip_under_way },
    { OUTCOME_ORIGINAL_MISMATCH,       is_mismatch },
    { OUTCOME_ORIGINAL_BATCH_CLOSED,   is_batch_closed },
    { OUTCOME_REFUND_TOO_LARGE,        is_refund_too_large },
    { OUTCOME_COMPLETION_TOO_LARGE,    is_completion_too_large },
    { OUTCOME_TIP_TOO_LARGE,           is_tip_too_large },
    { OUTCOME_MERCHANT_FUNDS_SHORT,    is_funds_short },
};
/* clang-format on */

struct verdict original_judge(const struct desk *desk)
{
    struct verdict verdict = {.outcome = OUTCOME_NONE};

    if (!original_is_wanted(desk))
        return verdict;
    assert(desk->merchant != NULL);
    if (desk->original_is_damaged) {
        verdict.outcome = OUTCOME_SWITCH_FAULT;
        evidence_add(verdict.evidence, EVIDENCE_COMPONENT, "original's row");
        return verdict;
    }
    return admit_judge(desk, original_rules, ARRAY_COUNT(original_rules));
}

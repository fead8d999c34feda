#include "issuer/issuer_original.h"

#include "base/assert.h"
#include "node/standing.h"

#define TEXT_ROOM 24

static void add_original(struct evidence *out, const struct identity *identity)
{
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    identity_add_text(&t, identity);
    evidence_add(out, EVIDENCE_ORIGINAL, text_z(&t));
}

static enum verdict not_found(const struct issue *issue, struct evidence *out, const char *found)
{
    struct identity identity = issue_original_identity(issue);

    if (identity.trace != 0)
        add_original(out, &identity);
    evidence_add(out, EVIDENCE_FOUND, identity.trace == 0 ? "not named" : found);
    return REFUSE;
}

enum verdict issuer_original_judge_kept(const struct issue *issue, struct evidence *out,
                                        int argument)
{
    struct identity identity = issue_original_identity(issue);

    (void)argument;
    if (!issue_original_is_archived(issue))
        return PASS;
    add_original(out, &identity);
    evidence_add_number(out, EVIDENCE_ARCHIVED, issue->original_mark->date);
    return REFUSE;
}

enum verdict issuer_original_judge_lost(const struct issue *issue, struct evidence *out,
                                        int argument)
{
    struct identity identity = issue_original_identity(issue);

    (void)argument;
    if (issue_original_state(issue) != ISSUE_ROW_ABSENT || identity.trace == 0 ||
        !standing_lacks_day(issue->work, issue->message->original.date,
                            issue->config->utc_offset_s))
        return PASS;
    add_original(out, &identity);
    verdict_add_time(out, issue, EVIDENCE_SINCE, standing_lacks_from(issue->work));
    return REFUSE;
}

enum verdict issuer_original_judge_found(const struct issue *issue, struct evidence *out,
                                         int argument)
{
    const struct payment_row *original = issue->original;

    (void)argument;
    switch (issue_original_state(issue)) {
    case ISSUE_ROW_UNREAD:
    case ISSUE_ROW_DAMAGED:
        return verdict_broken(out, "original's row");
    case ISSUE_ROW_ABSENT:
        return not_found(issue, out, "no such payment");
    case ISSUE_ROW_GOOD:
        break;
    }
    if (!kind_may_follow(issue->message->kind, (enum txn_kind)original->kind))
        return not_found(issue, out, kind_row((enum txn_kind)original->kind)->name);
    if (issue_original_is_refused(original))
        return not_found(issue, out, "declined");
    if (memcmp(original->merchant, issue->message->merchant, sizeof original->merchant) != 0)
        return not_found(issue, out, "of another merchant");
    return PASS;
}

bool issuer_original_is_built_upon(const struct payment_row *row)
{
    bool is_grown = row->kind == KIND_PREAUTH && row->posted_minor > row->amount.minor;

    return (row->follow != FOLLOW_NONE && row->follow != FOLLOW_LAPSED) ||
           row->returned_minor > 0 || row->tip_minor > 0 || is_grown;
}

static enum verdict ended(const struct issue *issue, struct evidence *out, const char *how)
{
    const struct payment_row *original = issue->original;

    evidence_add(out, EVIDENCE_BY, how);
    verdict_add_time(out, issue, EVIDENCE_SINCE, original->changed);
    add_original(out, &original->identity);
    return REFUSE;
}

static bool is_refundable(enum txn_kind kind)
{
    return kind_may_follow(KIND_REFUND, kind);
}

enum verdict issuer_original_judge_standing(const struct issue *issue, struct evidence *out,
                                            int argument)
{
    const struct payment_row *original = issue->original;
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    (void)argument;
    if (original->stage == STAGE_REVERSED)
        return ended(issue, out, "reversed");
    if (original->follow != FOLLOW_NONE && original->follow != FOLLOW_LAPSED) {
        text_add(&t, follow_state_name((enum follow_state)original->follow));
        text_add(&t, " by ");
        text_add_u64(&t, original->follow_trace);
        return ended(issue, out, text_z(&t));
    }
    if (!is_refundable((enum txn_kind)original->kind) || original->returned_minor == 0)
        return PASS;
    if (issue->message->kind != KIND_REFUND ||
        original->returned_minor >= payment_row_standing(original))
        return ended(issue, out, "refunded");
    return PASS;
}

/* Voids are of the whole: what stands of the original, its tip included. */
static bool is_whole(const struct issue *issue)
{
    int64_t asked = issue->message->amount.minor;

    switch ((int)issue->message->kind) {
    case KIND_VOID:
    case KIND_COMPLETION_VOID:
    case KIND_PREAUTH_VOID:
        return asked == payment_row_standing(issue->original);
    default:
        return true;
    }
}

enum verdict issuer_original_judge_same(const struct issue *issue, struct evidence *out,
                                        int argument)
{
    const struct payment_row *original = issue->original;
    struct money amount = issue->message->amount;
    struct pan_token token = issue_pan_token(issue);

    (void)argument;
    if (issue->pan.len > 0 && issue_pan(issue) != ISSUE_RIGHT)
        return verdict_broken(out, "hsm: card number");
    if (issue->pan.len > 0 && memcmp(original->pan.hash.at, token.hash.at, PAN_HASH_LEN) != 0) {
        evidence_add(out, EVIDENCE_CHECK, "card number");
        add_original(out, &original->identity);
        return REFUSE;
    }
    if (amount.currency == original->amount.currency && is_whole(issue))
        return PASS;
    verdict_add_money(out, EVIDENCE_EXPECTED, payment_row_standing(original),
                      original->amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

enum verdict issuer_original_judge_refund(const struct issue *issue, struct evidence *out,
                                          int argument)
{
    const struct payment_row *original = issue->original;
    int64_t left = payment_row_standing(original) - original->returned_minor;
    struct money amount = issue->message->amount;

    (void)argument;
    if (amount.minor <= left)
        return PASS;
    verdict_add_money(out, EVIDENCE_LEFT, left, amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

/* A share of an amount, in percent, rounded down. Stored figures are at most 10^15. */
static int64_t share(int64_t minor, uint16_t percent)
{
    return minor / 100 * percent + minor % 100 * percent / 100;
}

static uint16_t percent_or(uint16_t configured, uint16_t usual)
{
    return configured == 0 ? usual : configured;
}

enum verdict issuer_original_judge_completion(const struct issue *issue, struct evidence *out,
                                              int argument)
{
    uint16_t percent = percent_or(issue->config->completion_percent, COMPLETION_PERCENT);
    int64_t most = share(issue->original->posted_minor, percent);
    struct money amount = issue->message->amount;

    (void)argument;
    if (amount.minor <= most)
        return PASS;
    verdict_add_money(out, EVIDENCE_LIMIT, most, amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

enum verdict issuer_original_judge_tip(const struct issue *issue, struct evidence *out,
                                       int argument)
{
    const struct payment_row *original = issue->original;
    uint16_t percent = percent_or(issue->config->tip_percent, TIP_PERCENT);
    int64_t most = original->posted_minor + share(original->posted_minor, percent);
    struct money amount = issue->message->amount;

    (void)argument;
    if (original->tip_minor == 0 && amount.minor >= original->posted_minor && amount.minor <= most)
        return PASS;
    if (original->tip_minor > 0)
        evidence_add(out, EVIDENCE_CHECK, "one tip for a sale");
    verdict_add_money(out, EVIDENCE_LIMIT, most, amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

enum verdict issuer_original_judge_hold(const struct issue *issue, struct evidence *out,
                                        int argument)
{
    (void)argument;
    if (issue->hold->follow != FOLLOW_LAPSED && issue->event->wall.us < issue->hold->lapses.us)
        return PASS;
    verdict_add_time(out, issue, EVIDENCE_SINCE, issue->hold->lapses);
    add_original(out, &issue->hold->identity);
    return REFUSE;
}

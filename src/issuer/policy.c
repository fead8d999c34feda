#include "issuer/policy.h"

#include "base/assert.h"

#define TEXT_ROOM 24
#define DAY_US INT64_C(86400000000)
#define MINUTE_MS INT64_C(60000)
#define MINUTES_A_DAY 1440

static const struct issuer_policy *policy_of(const struct issue *issue)
{
    return &issue->config->policy;
}

static struct civil now_of(const struct issue *issue)
{
    return instant_civil(issue->event->wall, issue->config->utc_offset_s);
}

static uint32_t minute_of(const struct issue *issue)
{
    struct civil now = now_of(issue);

    return now.hour * 60U + now.minute;
}

/* A window may go over midnight. */
static bool is_within(uint32_t minute, uint16_t from, uint16_t until)
{
    if (from <= until)
        return minute >= from && minute < until;
    return minute >= from || minute < until;
}

static void add_clock(struct text *t, uint32_t minute)
{
    text_add_u64_wide(t, minute / 60, 2);
    text_add_char(t, ':');
    text_add_u64_wide(t, minute % 60, 2);
}

static void add_window(struct evidence *out, enum evidence_name name, uint16_t from, uint16_t until)
{
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    add_clock(&t, from);
    text_add(&t, "-");
    add_clock(&t, until);
    evidence_add(out, name, text_z(&t));
}

/* The next time that the clock of the day shows this minute. */
static void add_opening(const struct issue *issue, struct evidence *out, uint16_t minute)
{
    uint32_t wait = (minute + MINUTES_A_DAY - minute_of(issue)) % MINUTES_A_DAY;
    struct instant at = instant_add_ms(issue->event->wall, wait * MINUTE_MS);

    at.us -= (int64_t)now_of(issue).second * 1000000;
    verdict_add_time(out, issue, EVIDENCE_RESETS, at);
}

enum verdict policy_judge_training(const struct issue *issue, struct evidence *out, int argument)
{
    bool is_training = issue->config->is_training;

    (void)argument;
    if (issue->message->is_training == is_training)
        return PASS;
    evidence_add(out, EVIDENCE_EXPECTED, is_training ? "training" : "real");
    evidence_add(out, EVIDENCE_FOUND, is_training ? "real" : "training");
    return REFUSE;
}

enum verdict policy_judge_cutoff(const struct issue *issue, struct evidence *out, int argument)
{
    const struct issuer_policy *policy = policy_of(issue);

    (void)argument;
    if (policy->cutoff_from == policy->cutoff_until ||
        !is_within(minute_of(issue), policy->cutoff_from, policy->cutoff_until))
        return PASS;
    add_window(out, EVIDENCE_LIMIT, policy->cutoff_from, policy->cutoff_until);
    add_opening(issue, out, policy->cutoff_until);
    return REFUSE;
}

enum verdict policy_judge_hours(const struct issue *issue, struct evidence *out, int argument)
{
    const struct issuer_policy *policy = policy_of(issue);

    (void)argument;
    if (policy->open_from == policy->open_until ||
        is_within(minute_of(issue), policy->open_from, policy->open_until))
        return PASS;
    add_window(out, EVIDENCE_LIMIT, policy->open_from, policy->open_until);
    add_opening(issue, out, policy->open_from);
    return REFUSE;
}

static int64_t days_between(struct instant from, struct instant until)
{
    return (until.us - from.us) / DAY_US;
}

enum verdict policy_judge_overdue(const struct issue *issue, struct evidence *out, int argument)
{
    uint32_t since = issue->account == NULL ? 0 : issue->account->overdue_since;
    struct civil day = {.year = (int32_t)(since / 10000),
                        .month = (uint8_t)(since / 100 % 100),
                        .day = (uint8_t)(since % 100)};

    (void)argument;
    if (since == 0)
        return PASS;
    if (day.month < 1 || day.month > 12 || day.day < 1 || day.day > 31 || day.year < 1970 ||
        day.year > 9999)
        return verdict_broken(out, "account row");
    struct instant start = instant_from_civil(&day, issue->config->utc_offset_s);
    evidence_add_number(out, EVIDENCE_DAYS, days_between(start, issue->event->wall));
    return REFUSE;
}

/* A card that an operator has just looked at counts from then. */
static struct instant last_sign_of_life(const struct card_row *card)
{
    return card->last_used.us > card->state_since.us ? card->last_used : card->state_since;
}

enum verdict policy_judge_dormant(const struct issue *issue, struct evidence *out, int argument)
{
    const struct card_row *card = issue->card;
    struct instant last = last_sign_of_life(card);
    uint16_t days = policy_of(issue)->dormant_days;

    (void)argument;
    if (card->state == RECORD_DORMANT) {
        evidence_add(out, EVIDENCE_STATE, record_state_name(RECORD_DORMANT));
        verdict_add_time(out, issue, EVIDENCE_SINCE, card->state_since);
        return REFUSE;
    }
    if (days == 0 || last.us == 0 || days_between(last, issue->event->wall) <= days)
        return PASS;
    verdict_add_time(out, issue, EVIDENCE_SINCE, last);
    evidence_add_number(out, EVIDENCE_DAYS, days);
    return REFUSE;
}

enum verdict policy_judge_region(const struct issue *issue, struct evidence *out, int argument)
{
    uint16_t allowed = issue->card->region;
    uint16_t here = issue->acquirer->region;

    (void)argument;
    if (allowed == 0 || here == 0 || allowed == here)
        return PASS;
    evidence_add_number(out, EVIDENCE_FOUND, here);
    evidence_add_number(out, EVIDENCE_EXPECTED, allowed);
    return REFUSE;
}

enum verdict policy_judge_suspicious(const struct issue *issue, struct evidence *out, int argument)
{
    const struct issuer_policy *policy = policy_of(issue);
    struct money amount = issue_amount(issue);

    (void)argument;
    if (policy->refusals_max == 0 || issue->card->refusals < policy->refusals_max ||
        amount.minor < policy->suspicious_minor)
        return PASS;
    evidence_add(out, EVIDENCE_RULE, "large-after-refusals");
    evidence_add_number(out, EVIDENCE_USED, issue->card->refusals);
    verdict_add_money(out, EVIDENCE_LIMIT, policy->suspicious_minor, amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

enum verdict policy_judge_referral(const struct issue *issue, struct evidence *out, int argument)
{
    int64_t limit = policy_of(issue)->referral_minor;
    struct money amount = issue_amount(issue);

    (void)argument;
    if (limit == 0 || amount.minor < limit)
        return PASS;
    verdict_add_money(out, EVIDENCE_LIMIT, limit, amount.currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

void policy_note(const struct issue *issue, enum outcome outcome, struct card_row *card)
{
    if (outcome_is_approved(outcome)) {
        card->refusals = 0;
        card->last_used = issue->event->wall;
    } else if (outcome_row(outcome)->class != CLASS_FAULT && card->refusals < UINT32_MAX) {
        card->refusals++;
    }
}

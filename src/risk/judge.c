#include "risk/judge.h"

#include "base/assert.h"
#include "risk/place.h"

#include <string.h>

#define TEXT_LEN sizeof(((struct evidence *)NULL)->text)
#define BRIEF_LEN 12
#define SECOND_US 1000000
#define MINUTE_MS 60000
#define YEAR_2100_US INT64_C(4102444800000000)
#define NEAR_KM_USUAL 1 /* two shops closer than that are one place */

/* One rule over one payment. When it fires it says why in `evidence`, and in `brief` for the list
 * of a score. */
struct judging {
    const struct rule_set *set;
    const struct risk_payment *payment;
    const struct risk_known *known;
    const struct rule *rule;
    struct evidence evidence[EVIDENCE_MAX];
    char brief[BRIEF_LEN];
};

/* ---- evidence ---- */

static void note(struct judging *judging, enum evidence_name name, const struct text *t)
{
    evidence_add(judging->evidence, name, text_z(t));
}

static void note_z(struct judging *judging, enum evidence_name name, const char *z)
{
    evidence_add(judging->evidence, name, z);
}

static void note_fixed(struct judging *judging, enum evidence_name name, const char *at, size_t len)
{
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == 0))
        len--;
    text_add_bytes(&t, bytes_over(at, len));
    note(judging, name, &t);
}

static void note_money(struct judging *judging, enum evidence_name name, int64_t minor)
{
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    money_add_text(&t, money_of(minor, judging->payment->amount.currency));
    note(judging, name, &t);
}

static void note_time(struct judging *judging, enum evidence_name name, struct instant at)
{
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    instant_add_text(&t, at, judging->payment->utc_offset_s);
    note(judging, name, &t);
}

/* "2026-11-22": digits as they were given, a date or not. */
static void note_date(struct judging *judging, enum evidence_name name, uint32_t date)
{
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    text_add_u64_wide(&t, date / 10000, 4);
    text_add(&t, "-");
    text_add_u64_wide(&t, date / 100 % 100, 2);
    text_add(&t, "-");
    text_add_u64_wide(&t, date % 100, 2);
    note(judging, name, &t);
}

/* "12 of 10 km/h" */
static void note_of(struct judging *judging, enum evidence_name name, uint64_t found,
                    const char *unit)
{
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    text_add_u64(&t, found);
    text_add(&t, " of ");
    text_add_u64(&t, judging->rule->count);
    text_add(&t, unit);
    note(judging, name, &t);
}

/* "merchant, a day" */
static void note_whose(struct judging *judging)
{
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);
    const struct rule *rule = judging->rule;

    text_add(&t, check_subject_name((enum tally_subject)rule->per));
    text_add(&t, rule->each == PERIOD_MONTH ? "/month" : "/day");
    note(judging, EVIDENCE_CHECK, &t);
}

static void note_resets(struct judging *judging)
{
    const struct risk_payment *payment = judging->payment;

    note_time(judging, EVIDENCE_RESETS,
              activity_resets(payment->date, (enum rule_period)judging->rule->each,
                              payment->utc_offset_s));
}

/* "12/10" for the list of a score: the first of the two was found. */
static void say(struct judging *judging, int64_t found, int64_t limit)
{
    struct text t = text_over(judging->brief, sizeof judging->brief);

    text_add_i64(&t, found);
    text_add(&t, "/");
    text_add_i64(&t, limit);
}

static const struct tally_row *tally_of(const struct judging *judging)
{
    unsigned subject = rules_subject(judging->rule);

    assert(subject < TALLY_SUBJECT_COUNT);
    if (subject != TALLY_CARD)
        return judging->known->tally[subject];
    return judging->known->card == NULL ? NULL : &judging->known->card->tally;
}

/* ---- the checks: whether the rule fires ---- */

static bool is_too_small(struct judging *judging)
{
    int64_t minor = judging->payment->amount.minor;
    int64_t least = judging->rule->amount_minor;

    if (minor >= least)
        return false;
    note_money(judging, EVIDENCE_ASKED, minor);
    note_money(judging, EVIDENCE_LIMIT, least);
    say(judging, minor, least);
    return true;
}

static bool is_too_large(struct judging *judging)
{
    int64_t minor = judging->payment->amount.minor;
    int64_t most = judging->rule->amount_minor;

    if (minor <= most)
        return false;
    note_money(judging, EVIDENCE_ASKED, minor);
    note_money(judging, EVIDENCE_LIMIT, most);
    note_z(judging, EVIDENCE_CHECK, "per payment");
    say(judging, minor, most);
    return true;
}

static bool is_sum_over(struct judging *judging)
{
    const struct rule *rule = judging->rule;
    const struct tally_row *tally = tally_of(judging);
    int64_t used =
        tally == NULL ? 0
                      : activity_minor(tally, judging->payment->date, (enum rule_period)rule->each);

    if (used <= rule->amount_minor && judging->payment->amount.minor <= rule->amount_minor - used)
        return false;
    note_whose(judging);
    note_money(judging, EVIDENCE_USED, used);
    note_money(judging, EVIDENCE_LIMIT, rule->amount_minor);
    note_resets(judging);
    say(judging, used, rule->amount_minor);
    return true;
}

static bool is_count_over(struct judging *judging)
{
    const struct rule *rule = judging->rule;
    const struct tally_row *tally = tally_of(judging);
    uint32_t used =
        tally == NULL ? 0
                      : activity_count(tally, judging->payment->date, (enum rule_period)rule->each);

    if (used < rule->count)
        return false;
    note_whose(judging);
    evidence_add_number(judging->evidence, EVIDENCE_USED, used);
    evidence_add_number(judging->evidence, EVIDENCE_LIMIT, rule->count);
    note_resets(judging);
    say(judging, used, rule->count);
    return true;
}

/* Whether a place in the row is a visit, at a time that can be: rows may be damaged. */
static bool is_visit(const struct card_visit *visit)
{
    return visit->merchant[0] != 0 && visit->at.us >= 0 && visit->at.us <= YEAR_2100_US;
}

/* The newest visit elsewhere. */
static const struct card_visit *visit_elsewhere(const struct judging *judging)
{
    const struct card_activity_row *card = judging->known->card;
    const struct card_visit *newest = NULL;

    for (size_t i = 0; card != NULL && i < CARD_VISITS; i++) {
        const struct card_visit *visit = &card->visits[i];
        bool is_here =
            memcmp(visit->merchant, judging->payment->owner.merchant, sizeof visit->merchant) == 0;
        if (is_visit(visit) && !is_here && (newest == NULL || visit->at.us > newest->at.us))
            newest = visit;
    }
    return newest;
}

static bool is_too_soon(struct judging *judging)
{
    const struct card_visit *visit = visit_elsewhere(judging);
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    if (visit == NULL)
        return false;
    struct instant opens = instant_add_ms(visit->at, (int64_t)judging->rule->span * MINUTE_MS);
    if (judging->payment->at.us >= opens.us)
        return false;
    note_fixed(judging, EVIDENCE_PLACE, visit->merchant, sizeof visit->merchant);
    note_time(judging, EVIDENCE_SINCE, visit->at);
    text_add_u64(&t, judging->rule->span);
    text_add(&t, " min");
    note(judging, EVIDENCE_LIMIT, &t);
    note_time(judging, EVIDENCE_RESETS, opens);
    say(judging, (judging->payment->at.us - visit->at.us) / 60 / SECOND_US, judging->rule->span);
    return true;
}

static bool is_pin_guessed(struct judging *judging)
{
    const struct card_activity_row *card = judging->known->card;
    uint32_t pins = card == NULL ? 0 : activity_pins(card, judging->payment->date);

    if (pins < judging->rule->count)
        return false;
    note_of(judging, EVIDENCE_USED, pins, "");
    note_time(judging, EVIDENCE_RESETS,
              activity_resets(judging->payment->date, PERIOD_DAY, judging->payment->utc_offset_s));
    say(judging, pins, judging->rule->count);
    return true;
}

/* The rule's scope is all that there is to it. */
static bool is_barred(struct judging *judging)
{
    const struct rule *rule = judging->rule;
    char room[TEXT_LEN];
    struct text t = text_over(room, sizeof room);

    text_add_u64_wide(&t, rule->bin_from, rule->bin_len);
    if (rule->bin_to != rule->bin_from) {
        text_add(&t, "-");
        text_add_u64_wide(&t, rule->bin_to, rule->bin_len);
    }
    note(judging, EVIDENCE_BIN, &t);
    note_time(judging, EVIDENCE_SINCE,
              rule->from != 0 ? (struct instant){(int64_t)rule->from * 60 * SECOND_US}
                              : judging->set->head->loaded);
    return true;
}

static bool is_listed(struct judging *judging)
{
    const struct listed_card_row *listed = judging->known->listed;

    if (listed == NULL || !listed->is_listed)
        return false;
    note_fixed(judging, EVIDENCE_LIST, listed->list, sizeof listed->list);
    note_time(judging, EVIDENCE_SINCE, listed->since);
    return true;
}

static bool is_travelling(struct judging *judging, const struct card_visit *visit)
{
    const struct rule *rule = judging->rule;
    const struct merchant_row *merchant = judging->payment->merchant;
    struct place here = {merchant->latitude_e5, merchant->longitude_e5};
    struct place there = {visit->latitude_e5, visit->longitude_e5};
    uint32_t near_km = rule->span != 0 ? rule->span : NEAR_KM_USUAL;

    if (!place_is_known(here) || !place_is_known(there) || !place_is_sound(here) ||
        !place_is_sound(there))
        return false;
    uint64_t metres = place_distance_m(here, there);
    int64_t elapsed = (judging->payment->at.us - visit->at.us) / SECOND_US;
    uint64_t seconds = elapsed < 1 ? 1 : (uint64_t)elapsed;
    uint64_t speed = metres * 3600 / 1000 / seconds;
    if (metres <= near_km * 1000ULL || speed <= rule->count)
        return false;
    note_fixed(judging, EVIDENCE_PLACE, visit->merchant, sizeof visit->merchant);
    note_time(judging, EVIDENCE_SINCE, visit->at);
    note_of(judging, EVIDENCE_SPEED, speed, " km/h");
    say(judging, (int64_t)speed, rule->count);
    return true;
}

static bool is_travel_impossible(struct judging *judging)
{
    const struct card_activity_row *card = judging->known->card;

    for (size_t i = 0; card != NULL && i < CARD_VISITS; i++) {
        if (is_visit(&card->visits[i]) && is_travelling(judging, &card->visits[i]))
            return true;
    }
    return false;
}

static bool is_unlicensed(struct judging *judging)
{
    const struct merchant_row *merchant = judging->payment->merchant;
    bool is_missing = merchant->licence[0] == 0;
    bool is_lapsed =
        merchant->licence_until != 0 && merchant->licence_until < judging->payment->date;

    if (!is_missing && !is_lapsed)
        return false;
    evidence_add_number(judging->evidence, EVIDENCE_CATEGORY, merchant->category);
    if (is_missing)
        note_z(judging, EVIDENCE_LICENCE, "none");
    else
        note_fixed(judging, EVIDENCE_LICENCE, merchant->licence, sizeof merchant->licence);
    if (is_lapsed)
        note_date(judging, EVIDENCE_SINCE, merchant->licence_until);
    return true;
}

static bool is_software_old(struct judging *judging)
{
    uint32_t software = judging->payment->software;

    if (software == 0 || software >= judging->rule->count)
        return false; /* silence is no version */
    evidence_add_number(judging->evidence, EVIDENCE_FOUND, software);
    evidence_add_number(judging->evidence, EVIDENCE_EXPECTED, judging->rule->count);
    return true;
}

/* The end of a daily window that is on at the payment's time. */
static struct instant window_end(const struct judging *judging)
{
    const struct rule *rule = judging->rule;
    const struct risk_payment *payment = judging->payment;
    struct civil civil = instant_civil(payment->at, payment->utc_offset_s);
    bool is_tomorrow = civil.hour * 60U + civil.minute >= rule->until;

    if (rule->each != PERIOD_DAY)
        return (struct instant){(int64_t)rule->until * 60 * SECOND_US};
    civil.hour = (uint8_t)(rule->until / 60);
    civil.minute = (uint8_t)(rule->until % 60);
    civil.second = 0;
    struct instant end = instant_from_civil(&civil, payment->utc_offset_s);
    return is_tomorrow ? instant_add_ms(end, 24 * 60 * (int64_t)MINUTE_MS) : end;
}

static bool is_maintained(struct judging *judging)
{
    const struct rule *rule = judging->rule;
    const struct risk_payment *payment = judging->payment;

    if (memcmp(rule->party, payment->issuer, sizeof payment->issuer) != 0)
        return false;
    note_z(judging, EVIDENCE_STATE, "maintenance");
    if (rule->each != PERIOD_DAY)
        note_time(judging, EVIDENCE_SINCE, (struct instant){(int64_t)rule->from * 60 * SECOND_US});
    note_time(judging, EVIDENCE_RESETS, window_end(judging));
    return true;
}

static bool is_refused_often(struct judging *judging)
{
    const struct tally_row *tally = tally_of(judging);
    const struct rule *rule = judging->rule;
    uint32_t found = tally == NULL ? 0 : activity_refused(tally, judging->payment->at, rule->span);

    if (found < rule->count)
        return false;
    say(judging, found, rule->count);
    return true;
}

/* A share of nothing is nothing: without a payment each refund counts as one of one. */
static bool is_refunding(struct judging *judging)
{
    const struct tally_row *tally = tally_of(judging);
    const struct rule *rule = judging->rule;
    enum rule_period each = (enum rule_period)rule->each;
    uint32_t date = judging->payment->date;

    if (tally == NULL)
        return false;
    uint64_t refunds = activity_refunds(tally, date, each);
    uint64_t payments = activity_count(tally, date, each);
    uint64_t of = payments > refunds ? payments : refunds;
    if (refunds == 0 || refunds < rule->span || refunds * 100 <= of * rule->count)
        return false;
    say(judging, (int64_t)(refunds * 100 / of), rule->count);
    return true;
}

static bool is_just_under(struct judging *judging)
{
    int64_t limit = judging->rule->amount_minor;
    int64_t minor = judging->payment->amount.minor;

    if (judging->rule->count > 100 || minor > limit ||
        minor < limit - limit * judging->rule->count / 100)
        return false;
    say(judging, minor, limit);
    return true;
}

static bool fires(struct judging *judging)
{
    static bool (*const checks[])(struct judging * judging) = {
        [RULE_NONE] = NULL,
        [RULE_AMOUNT_LEAST] = is_too_small,
        [RULE_AMOUNT_MOST] = is_too_large,
        [RULE_SUM_MOST] = is_sum_over,
        [RULE_COUNT_MOST] = is_count_over,
        [RULE_APART] = is_too_soon,
        [RULE_PIN_WRONG] = is_pin_guessed,
        [RULE_BARRED] = is_barred,
        [RULE_LISTED] = is_listed,
        [RULE_TRAVEL] = is_travel_impossible,
        [RULE_LICENCE] = is_unlicensed,
        [RULE_SOFTWARE] = is_software_old,
        [RULE_MAINTENANCE] = is_maintained,
        [RULE_REFUSALS] = is_refused_often,
        [RULE_REFUNDS] = is_refunding,
        [RULE_JUST_UNDER] = is_just_under,
    };

    _Static_assert(ARRAY_COUNT(checks) == RULE_CHECK_COUNT, "a function for each check");
    assert(judging->rule->check > RULE_NONE);
    assert(judging->rule->check < RULE_CHECK_COUNT);
    return checks[judging->rule->check](judging);
}

/* ---- all rules together ---- */

/* What scored, so far. */
struct score {
    uint32_t sum;
    size_t count;
    const struct rule *first;
    struct evidence evidence[EVIDENCE_MAX]; /* the rules; the first place is the score's own */
};

static void add_name(struct text *t, const struct rule *rule)
{
    const char *end = memchr(rule->name, 0, sizeof rule->name);

    text_add_bytes(
        t, bytes_over(rule->name, end == NULL ? sizeof rule->name : (size_t)(end - rule->name)));
}

static void add_version(struct text *t, const struct rule_set *set)
{
    text_add(t, " v");
    text_add_u64(t, set->head->version);
}

static void add_score(struct score *score, const struct judging *judging, uint32_t points)
{
    struct evidence *place = &score->evidence[score->count + 1];

    score->sum += points;
    if (score->first == NULL)
        score->first = judging->rule;
    if (score->count + 1 == EVIDENCE_MAX)
        return;
    struct text t = text_over(place->text, sizeof place->text);
    place->name = EVIDENCE_RULE;
    add_name(&t, judging->rule);
    if (judging->brief[0] != 0)
        text_add(&t, " ");
    text_add(&t, judging->brief);
    score->count++;
}

static struct risk_finding suspicion(const struct score *score, const struct rule_set *set)
{
    struct risk_finding finding = {.outcome = OUTCOME_RISK_SUSPICIOUS, .rule = score->first};
    struct text t = text_over(finding.evidence[0].text, sizeof finding.evidence[0].text);

    memcpy(finding.evidence + 1, score->evidence + 1,
           (EVIDENCE_MAX - 1) * sizeof finding.evidence[0]);
    finding.evidence[0].name = EVIDENCE_SCORE;
    text_add_u64(&t, score->sum);
    text_add(&t, " of ");
    text_add_u64(&t, set->head->threshold);
    add_version(&t, set);
    return finding;
}

/* "name v3" before what the check said. */
static struct risk_finding refusal(const struct judging *judging, enum outcome outcome)
{
    struct risk_finding finding = {.outcome = outcome, .rule = judging->rule};
    struct text t = text_over(finding.evidence[0].text, sizeof finding.evidence[0].text);

    finding.evidence[0].name = EVIDENCE_RULE;
    add_name(&t, judging->rule);
    add_version(&t, judging->set);
    memcpy(finding.evidence + 1, judging->evidence,
           (EVIDENCE_MAX - 1) * sizeof finding.evidence[0]);
    return finding;
}

static bool is_before(enum outcome a, enum outcome b)
{
    return b == OUTCOME_NONE || outcome_rank(a) < outcome_rank(b);
}

static void consider(struct judging *judging, struct score *score, struct risk_finding *finding)
{
    const struct rule *rule = judging->rule;
    enum outcome cause = check_cause((enum rule_check)rule->check, (enum tally_subject)rule->per);
    bool is_scored = rule->score > 0 || cause == OUTCOME_RISK_SUSPICIOUS;

    if (!is_scored && !is_before(cause, finding->outcome))
        return;
    memset(judging->evidence, 0, sizeof judging->evidence);
    judging->brief[0] = 0;
    if (!fires(judging))
        return;
    if (is_scored)
        add_score(score, judging, rule->score > 0 ? rule->score : judging->set->head->threshold);
    else
        *finding = refusal(judging, cause);
}

struct risk_finding judge_payment(const struct rule_set *set, const struct risk_payment *payment,
                                  const struct risk_known *known)
{
    struct judging judging = {.set = set, .payment = payment, .known = known};
    struct risk_finding finding = {.outcome = OUTCOME_NONE};
    struct score score = {0};

    assert(payment->merchant != NULL);
    for (size_t i = 0; i < rules_count(set); i++) {
        judging.rule = rules_at(set, i);
        if (rules_applies(judging.rule, payment))
            consider(&judging, &score, &finding);
    }
    bool is_suspicious = score.first != NULL && score.sum >= set->head->threshold &&
                         is_before(OUTCOME_RISK_SUSPICIOUS, finding.outcome);
    return is_suspicious ? suspicion(&score, set) : finding;
}

#include "explain/rank.h"

#include "base/assert.h"

#include <string.h>

#define UNCHANGED 8     /* eighths */
#define RANK_TELLING 20 /* eighths: one such rule at least, or there is no evidence */

#define PRIOR_ROW(outcome, per_mille, zh, en) {outcome, per_mille, {{zh, en}}},
static const struct {
    enum outcome outcome;
    unsigned per_mille;
    struct catalogue_text step;
} prior_table[] = {
#include "explain/rank_table.h"
};
#undef PRIOR_ROW

#define RANK_ROW(fact, from, to, outcome, eighths, zh, en)                                         \
    {RANK_##fact, from, to, outcome, eighths, {{zh, en}}},
static const struct rule {
    enum rank_fact fact;
    uint32_t from;
    uint32_t to;
    enum outcome outcome;
    unsigned eighths;
    struct catalogue_text words;
} rule_table[] = {
#include "explain/rank_table.h"
};
#undef RANK_ROW

static const char *const fact_names[] = {
    [RANK_WRONG_PINS] = "wrong-pins",
    [RANK_ISSUER_REFUSED] = "issuer-refused-percent",
    [RANK_OTHERS_REFUSED] = "others-refused-percent",
    [RANK_SHOP_REFUSED] = "shop-refused-percent",
    [RANK_CARD_APPROVED] = "card-approved",
    [RANK_SMALLER_APPROVED] = "smaller-approved",
    [RANK_SAME_APPROVED] = "same-approved",
    [RANK_REPEATS] = "repeats",
    [RANK_NEVER_APPROVED] = "never-approved",
    [RANK_AMOUNT] = "amount-percent",
    [RANK_PAYMENTS_TODAY] = "payments-today",
    [RANK_FALLBACK] = "fallback",
    [RANK_KEYED] = "keyed",
    [RANK_MERCHANT_DAYS] = "merchant-days",
    [RANK_TABLE_DAYS] = "table-days",
    [RANK_HOUR] = "hour",
};
_Static_assert(ARRAY_COUNT(fact_names) == RANK_FACT_COUNT, "a name for each fact");

#define CAUSES ARRAY_COUNT(prior_table)

/* One cause before and after it was weighed. */
struct candidate {
    enum outcome outcome;
    uint64_t weight;
    struct rank_hit hit;
};

static bool fires(const struct rule *rule, const struct rank_evidence *evidence)
{
    uint32_t value = evidence->values[rule->fact];

    return evidence->is_known[rule->fact] && value >= rule->from && value <= rule->to;
}

/* The cause's frequency, changed by each rule that fires. Returns whether one of them tells. */
static bool weigh(struct candidate *candidate, const struct rank_evidence *evidence)
{
    struct rank_hit *hit = &candidate->hit;
    bool is_telling = false;

    *hit = (struct rank_hit){.outcome = candidate->outcome};
    for (size_t i = 0; i < ARRAY_COUNT(rule_table); i++) {
        const struct rule *rule = &rule_table[i];
        if (rule->outcome != candidate->outcome || !fires(rule, evidence))
            continue;
        candidate->weight = candidate->weight * rule->eighths / UNCHANGED;
        is_telling |= rule->eighths >= RANK_TELLING;
        if (hit->reason_count < RANK_REASONS_MAX)
            hit->reasons[hit->reason_count++] =
                (struct rank_reason){rule->eighths < UNCHANGED, &rule->words};
    }
    return is_telling;
}

static void insert(struct rank_answer *out, const struct rank_hit *hit)
{
    size_t at = out->count < RANK_HITS_MAX ? out->count++ : RANK_HITS_MAX;

    while (at > 0 && out->hits[at - 1].share < hit->share) {
        if (at < RANK_HITS_MAX)
            out->hits[at] = out->hits[at - 1];
        at--;
    }
    if (at < RANK_HITS_MAX)
        out->hits[at] = *hit;
}

static const struct catalogue_text *step_of(enum outcome outcome)
{
    size_t i = 0;

    while (prior_table[i].outcome != outcome)
        i++;
    return &prior_table[i].step;
}

static void rank(struct candidate *candidates, size_t count, const struct rank_evidence *evidence,
                 struct rank_answer *out)
{
    bool is_telling = false;
    uint64_t sum = 0;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        is_telling |= weigh(&candidates[i], evidence);
        sum += candidates[i].weight;
    }
    if (!is_telling || sum == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        candidates[i].hit.share = (unsigned)(candidates[i].weight * 1000 / sum);
        if (candidates[i].hit.share > 0)
            insert(out, &candidates[i].hit);
    }
    out->sureness = out->hits[0].share >= 700   ? RANK_SURE
                    : out->hits[0].share >= 450 ? RANK_LIKELY
                                                : RANK_GUESS;
}

void rank_bare_refusal(const struct rank_evidence *evidence, struct rank_answer *out)
{
    struct candidate candidates[CAUSES];

    for (size_t i = 0; i < CAUSES; i++)
        candidates[i] = (struct candidate){.outcome = prior_table[i].outcome,
                                           .weight = prior_table[i].per_mille * 1000000ULL};
    rank(candidates, CAUSES, evidence, out);
    if (out->count > 0)
        out->step = step_of(out->hits[0].outcome);
}

void rank_code(const struct codes_meaning *meaning, const struct rank_evidence *evidence,
               struct rank_answer *out)
{
    static const unsigned by_place[CODES_CAUSES_MAX] = {16, 11, 8, 6, 5, 4, 3, 2};
    struct candidate candidates[CODES_CAUSES_MAX];

    assert(meaning->cause_count <= CODES_CAUSES_MAX);
    if (meaning->cause_count > 0 && meaning->causes[0] == OUTCOME_DECLINED_UNSPECIFIED) {
        rank_bare_refusal(evidence, out);
        return;
    }
    for (size_t i = 0; i < meaning->cause_count; i++)
        candidates[i] =
            (struct candidate){.outcome = meaning->causes[i], .weight = by_place[i] * 1000000ULL};
    rank(candidates, meaning->cause_count, evidence, out);
}

const char *rank_fact_name(enum rank_fact fact)
{
    assert(fact < RANK_FACT_COUNT);
    return fact_names[fact];
}

enum rank_fact rank_fact_by_name(struct bytes name)
{
    size_t i = 0;

    while (i < RANK_FACT_COUNT && !bytes_equal(bytes_of_z(fact_names[i]), name))
        i++;
    return (enum rank_fact)i;
}

const struct catalogue_text *rank_sureness_words(enum rank_sureness sureness)
{
    static const struct catalogue_text words[] = {
        [RANK_GUESS] = {{"把握不大", "not sure"}},
        [RANK_LIKELY] = {{"较有可能", "likely"}},
        [RANK_SURE] = {{"很有把握", "quite sure"}},
    };

    assert(sureness < ARRAY_COUNT(words));
    return &words[sureness];
}

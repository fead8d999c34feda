#include "explain/rank.h"

#include "base/assert.h"

#include <string.h>

#define UNCHANGED 8 /* eighths */

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
    [RANK_CARD_APPROVED] = "card-approved",
    [RANK_AMOUNT] = "amount-percent",
    [RANK_PAYMENTS_TODAY] = "payments-today",
    [RANK_FALLBACK] = "fallback",
    [RANK_KEYED] = "keyed",
    [RANK_MERCHANT_DAYS] = "merchant-days",
    [RANK_HOUR] = "hour",
};
_Static_assert(ARRAY_COUNT(fact_names) == RANK_FACT_COUNT, "a name for each fact");

#define CAUSES ARRAY_COUNT(prior_table)

static bool fires(const struct rule *rule, const struct rank_evidence *evidence)
{
    uint32_t value = evidence->values[rule->fact];

    return evidence->is_known[rule->fact] && value >= rule->from && value <= rule->to;
}

/* The cause's frequency, changed by each rule that fires. */
static uint64_t weigh(enum outcome outcome, unsigned per_mille,
                      const struct rank_evidence *evidence, struct rank_hit *hit)
{
    uint64_t weight = per_mille * 1000000ULL;

    *hit = (struct rank_hit){.outcome = outcome};
    for (size_t i = 0; i < ARRAY_COUNT(rule_table); i++) {
        const struct rule *rule = &rule_table[i];
        if (rule->outcome != outcome || !fires(rule, evidence))
            continue;
        weight = weight * rule->eighths / UNCHANGED;
        if (hit->reason_count < RANK_REASONS_MAX)
            hit->reasons[hit->reason_count++] =
                (struct rank_reason){rule->eighths < UNCHANGED, &rule->words};
    }
    return weight;
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

static bool has_any(const struct rank_evidence *evidence)
{
    bool any = false;

    for (size_t i = 0; i < RANK_FACT_COUNT; i++)
        any |= evidence->is_known[i];
    return any;
}

static const struct catalogue_text *step_of(enum outcome outcome)
{
    size_t i = 0;

    while (prior_table[i].outcome != outcome)
        i++;
    return &prior_table[i].step;
}

void rank_bare_refusal(const struct rank_evidence *evidence, struct rank_answer *out)
{
    struct rank_hit hits[CAUSES];
    uint64_t weights[CAUSES];
    uint64_t sum = 0;

    memset(out, 0, sizeof *out);
    if (!has_any(evidence))
        return;
    for (size_t i = 0; i < CAUSES; i++) {
        weights[i] = weigh(prior_table[i].outcome, prior_table[i].per_mille, evidence, &hits[i]);
        sum += weights[i];
    }
    assert(sum > 0); /* no rule rules out a cause that is always possible */
    for (size_t i = 0; i < CAUSES; i++) {
        hits[i].share = (unsigned)(weights[i] * 1000 / sum);
        if (hits[i].share > 0)
            insert(out, &hits[i]);
    }
    out->sureness = out->hits[0].share >= 700   ? RANK_SURE
                    : out->hits[0].share >= 450 ? RANK_LIKELY
                                                : RANK_GUESS;
    out->step = step_of(out->hits[0].outcome);
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

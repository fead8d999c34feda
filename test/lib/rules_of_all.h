/* Rules of every check, for every tally, with small numbers: for fuzzers. */
#ifndef TEST_LIB_RULES_OF_ALL_H
#define TEST_LIB_RULES_OF_ALL_H

#include "risk/rules.h"

#include <string.h>

static struct rule *rule_of(struct rule *rules, size_t *count, enum rule_check check)
{
    struct rule *rule = &rules[(*count)++];

    memset(rule, 0, sizeof *rule);
    memcpy(rule->name, check_row(check)->name,
           strnlen(check_row(check)->name, sizeof rule->name - 1));
    rule->check = (uint8_t)check;
    rule->amount_minor = 150;
    rule->count = 3;
    rule->span = 5;
    rule->score = check % 3 == 0 ? 1 : 0;
    return rule;
}

/* Returns how many, at most RULES_MAX. The ranges that are barred are nobody's. */
static size_t rules_of_all(struct rule rules[static RULES_MAX])
{
    size_t count = 0;

    for (unsigned check = RULE_NONE + 1; check < RULE_CHECK_COUNT; check++) {
        bool has_per = check_row((enum rule_check)check)->subject == SUBJECT_PER;
        for (unsigned per = 0; per < (has_per ? (unsigned)TALLY_SUBJECT_COUNT : 1U); per++) {
            struct rule *rule = rule_of(rules, &count, (enum rule_check)check);
            rule->per = (uint8_t)per;
            rule->each = per % 2 == 0 ? PERIOD_DAY : PERIOD_MONTH;
            if (check == RULE_BARRED)
                rule->bin_from = rule->bin_to = 699999, rule->bin_len = 6;
            if (check == RULE_LICENCE)
                rule->category_from = rule->category_to = 9999;
        }
    }
    return count;
}

#endif

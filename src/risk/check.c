#include "risk/check.h"

#include "base/assert.h"

#include <string.h>

#define CHECK_ROW(id, name, subject, must, may, any, zh, en)                                       \
    [id] = {name, subject, must, may, any, zh, en},
static const struct check_row check_table[] = {
    [RULE_NONE] = {"none", SUBJECT_NONE, 0, 0, false, "", ""},
#include "risk/check_table.h"
};
#undef CHECK_ROW

_Static_assert(ARRAY_COUNT(check_table) == RULE_CHECK_COUNT, "a row for each check");

const struct check_row *check_row(enum rule_check check)
{
    assert(check < RULE_CHECK_COUNT);
    return &check_table[check];
}

enum rule_check check_by_name(const char *name)
{
    enum rule_check check = RULE_NONE + 1;

    while (check < RULE_CHECK_COUNT && strcmp(check_table[check].name, name) != 0)
        check++;
    return check;
}

unsigned check_columns(enum rule_check check)
{
    unsigned columns = check_row(check)->must | check_row(check)->may | COLUMNS_OF_ALL;

    return check == RULE_MAINTENANCE ? columns & ~(unsigned)COLUMN_MERCHANT : columns;
}

const char *check_subject_name(enum tally_subject subject)
{
    static const char *const names[] = {
        [TALLY_CARD] = "card",         [TALLY_CARD_AT_SHOP] = "card-at-merchant",
        [TALLY_TERMINAL] = "terminal", [TALLY_MERCHANT] = "merchant",
        [TALLY_CATEGORY] = "category", [TALLY_BIN] = "bin",
    };

    _Static_assert(ARRAY_COUNT(names) == TALLY_SUBJECT_COUNT, "a name for each subject");
    assert(subject < TALLY_SUBJECT_COUNT);
    return names[subject];
}

const char *check_period_name(enum rule_period period)
{
    static const char *const names[] = {
        [PERIOD_NONE] = "", [PERIOD_DAY] = "day", [PERIOD_MONTH] = "month"};

    _Static_assert(ARRAY_COUNT(names) == PERIOD_COUNT, "a name for each period");
    assert(period < PERIOD_COUNT);
    return names[period];
}

static enum outcome count_cause(enum tally_subject per)
{
    if (per == TALLY_CARD_AT_SHOP)
        return OUTCOME_CARD_MERCHANT_COUNT;
    return per == TALLY_CARD ? OUTCOME_CARD_COUNT_LIMIT : OUTCOME_MERCHANT_DAILY_LIMIT;
}

static enum outcome sum_cause(enum tally_subject per)
{
    bool is_cards = per == TALLY_CARD || per == TALLY_CARD_AT_SHOP;

    return is_cards ? OUTCOME_CARD_AMOUNT_LIMIT : OUTCOME_MERCHANT_DAILY_LIMIT;
}

enum outcome check_cause(enum rule_check check, enum tally_subject per)
{
    static const enum outcome causes[] = {
        [RULE_NONE] = OUTCOME_NONE,
        [RULE_AMOUNT_LEAST] = OUTCOME_AMOUNT_BELOW_MINIMUM,
        [RULE_AMOUNT_MOST] = OUTCOME_AMOUNT_ABOVE_MAXIMUM,
        [RULE_SUM_MOST] = OUTCOME_NONE,
        [RULE_COUNT_MOST] = OUTCOME_NONE,
        [RULE_APART] = OUTCOME_CARD_TOO_SOON,
        [RULE_PIN_WRONG] = OUTCOME_CARD_PIN_COOLDOWN,
        [RULE_BARRED] = OUTCOME_CARD_RESTRICTED_BIN,
        [RULE_LISTED] = OUTCOME_CARD_BLACKLISTED,
        [RULE_TRAVEL] = OUTCOME_RISK_IMPOSSIBLE_TRAVEL,
        [RULE_LICENCE] = OUTCOME_MERCHANT_UNQUALIFIED,
        [RULE_SOFTWARE] = OUTCOME_TERMINAL_SOFTWARE_OUTDATED,
        [RULE_MAINTENANCE] = OUTCOME_ISSUER_MAINTENANCE,
        [RULE_REFUSALS] = OUTCOME_RISK_SUSPICIOUS,
        [RULE_REFUNDS] = OUTCOME_RISK_SUSPICIOUS,
        [RULE_JUST_UNDER] = OUTCOME_RISK_SUSPICIOUS,
    };

    _Static_assert(ARRAY_COUNT(causes) == RULE_CHECK_COUNT, "a cause for each check");
    assert(check < RULE_CHECK_COUNT);
    if (check == RULE_SUM_MOST)
        return sum_cause(per);
    return check == RULE_COUNT_MOST ? count_cause(per) : causes[check];
}

/*
 * Writes docs/refusals.md from the tables of txn/ and explain/: every cause, and the test that
 * makes a party give it for real. Run it after changing one of them: build/test/refusals-page >
 * docs/refusals.md; test/tools/refusals_test.py compares. With --values it prints those lines of
 * its input that are no words of explain/value_table.h.
 */
#include "explain/explanation.h"
#include "explain/values.h"

#include <stdio.h>
#include <string.h>

#define PRODUCED_ROW(outcome, by) [outcome] = by,
static const char *const produced_by[OUTCOME_COUNT] = {
#include "tools/produced_table.h"
};
#undef PRODUCED_ROW

static const char head[] =
    "# Why a payment is refused\n"
    "\n"
    "Made from the tables in `src/txn/outcome_table.h`, `src/explain/text_table.h` and\n"
    "`tools/produced_table.h` by `tools/refusals_page.c`: change those, not this page.\n"
    "\n"
    "Names and numbers are stable. *Code* is field 39 as it travels; *class* what UnionPay "
    "terminals\n"
    "are told to do (A approved, B may be repeated, C declined, D somebody must act, E fault). "
    "*Money*\n"
    "is what the cause by itself says. *Again* is advice for when the money is settled; while it "
    "is\n"
    "not, the advice is always to wait. *Produced by* is the test in which a party gives the cause "
    "by\n"
    "its own rules, or what will bring it. What each of four readers is told: `acquit why NAME` "
    "and\n"
    "`acquit why --catalogue-json`.\n"
    "\n"
    "| no. | cause | 原因 | what happened | decides | must act | code | class | money | again "
    "| produced by |\n"
    "|--:|---|---|---|---|---|---|---|---|---|---|\n";

static void print_row(enum outcome outcome)
{
    const struct outcome_row *row = outcome_row(outcome);
    const struct catalogue_text *what = &catalogue_entry(outcome, READER_OPERATOR)->what;
    enum money_state settled = row->money == MONEY_MOVED ? MONEY_MOVED : MONEY_NOT_MOVED;
    enum explain_advice advice = explain_advice(outcome, settled, DEAL_PAYMENT);

    printf("| %d | `%s` | %s | %s | %s | %s | %s | %c | %s | %s | %s |\n", (int)row->number,
           row->name, what->in[LANG_ZH], what->in[LANG_EN], party_name(row->decides),
           party_name(row->acts), row->code, (char)row->class, money_state_name(row->money),
           explain_advice_name(advice),
           produced_by[outcome] != NULL ? produced_by[outcome] : "unknown");
}

static void print_unknown_values(void)
{
    char line[256];

    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        if (!value_is_known(line))
            puts(line);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--values") == 0) {
        print_unknown_values();
        return 0;
    }
    fputs(head, stdout);
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o))
        print_row(o);
    return 0;
}

#include "sim/oracle/oracle.h"

#include <string.h>

static void find(struct universe *universe, const struct payment_fact *fact, const char *what)
{
    struct text *finding = universe_find(universe, "agree: ");
    text_add(finding, what);
    text_add(finding, ": ");
    identity_add_text(finding, &fact->identity);
    for (int party = 0; party < SIM_PARTIES; party++) {
        const struct payment_row *row = &fact->rows[party];
        text_add(finding, ", ");
        text_add(finding, sim_party_name((enum sim_party)party));
        text_add_char(finding, ' ');
        if (!fact->at[party]) {
            text_add(finding, "none");
            continue;
        }
        text_add(finding, payment_stage_name((enum payment_stage)row->stage));
        text_add_char(finding, '/');
        text_add(finding, money_state_name((enum money_state)row->money));
        text_add_char(finding, '/');
        text_add(finding, outcome_row((enum outcome)row->outcome)->name);
        text_add_char(finding, '/');
        text_add_i64(finding, fact->net_minor[party]);
    }
}

static void check_counts(struct universe *universe, const struct payment_fact *fact)
{
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        if (fact->posted[party] > 1)
            find(universe, fact, "posted more than once");
        if (fact->returned[party] > fact->posted[party])
            find(universe, fact, "returned more often than posted");
    }
    if (fact->asked > 1)
        find(universe, fact, "an identity was used twice");
    if (!fact->at[AT_TERMINAL] && (fact->at[AT_ACQUIRER] || fact->at[AT_ISSUER]))
        find(universe, fact, "known to others, but the terminal never asked for it");
}

/* What was approved carries the same numbers everywhere. */
static void check_numbers(struct universe *universe, const struct payment_fact *fact)
{
    const struct payment_row *rows = fact->rows;
    bool is_own = kind_row((enum txn_kind)rows[AT_TERMINAL].kind)->shape == SHAPE_ORIGINAL;
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        if (rows[AT_TERMINAL].pan.masked.at[0] != 0 && /* a code names none */
            memcmp(rows[party].pan.masked.at, rows[AT_TERMINAL].pan.masked.at,
                   sizeof rows[party].pan.masked.at) != 0)
            find(universe, fact, "approved with another card");
        if (is_own && memcmp(rows[party].auth_id, rows[AT_TERMINAL].auth_id, AUTH_ID_LEN) != 0)
            find(universe, fact, "approved with another authorisation number");
    }
    if (memcmp(rows[AT_ACQUIRER].rrn, rows[AT_TERMINAL].rrn, RRN_LEN) != 0)
        find(universe, fact, "approved with another reference number");
}

static void check_stands(struct universe *universe, const struct payment_fact *fact)
{
    const struct payment_row *rows = fact->rows;
    int64_t minor = rows[AT_TERMINAL].posted_minor;
    int sign = kind_row((enum txn_kind)rows[AT_TERMINAL].kind)->sign;
    if (!facts_stands(fact, AT_ACQUIRER) || !facts_stands(fact, AT_ISSUER))
        find(universe, fact, "approved at the terminal and not everywhere");
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++)
        if (fact->net_minor[party] != sign * minor || rows[party].posted_minor != minor ||
            rows[party].kind != rows[AT_TERMINAL].kind ||
            rows[party].money != rows[AT_TERMINAL].money)
            find(universe, fact, "approved as something else");
    check_numbers(universe, fact);
}

static void check_does_not_stand(struct universe *universe, const struct payment_fact *fact)
{
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        if (facts_stands(fact, (enum sim_party)party))
            find(universe, fact, "approved, but not at the terminal");
        if (fact->net_minor[party] != 0)
            find(universe, fact, "money stays moved, but the terminal has no such payment");
    }
}

/* A party that says the money did not move is right for ever, not only in the end. */
static void check_not_moved(struct universe *universe, const struct payment_fact *fact)
{
    for (int party = 0; party < SIM_PARTIES; party++)
        if (fact->at[party] && fact->rows[party].money == MONEY_NOT_MOVED &&
            fact->posted[AT_ISSUER] > 0)
            find(universe, fact, "called not moved, but it was posted");
}

static void check_inquiry(struct universe *universe, const struct payment_fact *fact)
{
    if (fact->posted[AT_ISSUER] > 0 || fact->posted[AT_ACQUIRER] > 0)
        find(universe, fact, "an inquiry moved money");
}

void oracle_agree(struct universe *universe, const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct payment_fact *fact = &facts->payments[i];
        check_counts(universe, fact);
        if (!fact->at[AT_TERMINAL])
            continue;
        if (!kind_row((enum txn_kind)fact->rows[AT_TERMINAL].kind)->moves_money) {
            check_inquiry(universe, fact);
            continue;
        }
        if (facts_stands(fact, AT_TERMINAL))
            check_stands(universe, fact);
        else
            check_does_not_stand(universe, fact);
        check_not_moved(universe, fact);
    }
}

#include "sim/oracle.h"

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

static bool is_sold(const struct payment_fact *fact, enum sim_party party)
{
    const struct payment_row *row = &fact->rows[party];
    return fact->at[party] && row->stage == STAGE_ANSWERED && row->money == MONEY_MOVED &&
           row->outcome == OUTCOME_APPROVED;
}

static void check_counts(struct universe *universe, const struct payment_fact *fact)
{
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        bool is_credit = kind_row((enum txn_kind)fact->rows[party].kind)->sign < 0;
        uint32_t posted = is_credit ? fact->returned[party] : fact->posted[party];
        uint32_t returned = is_credit ? fact->posted[party] : fact->returned[party];
        if (posted > 1)
            find(universe, fact, "posted more than once");
        if (returned > posted)
            find(universe, fact, "returned more often than posted");
    }
    if (fact->asked > 1)
        find(universe, fact, "an identity was used twice");
    if (!fact->at[AT_TERMINAL] && (fact->at[AT_ACQUIRER] || fact->at[AT_ISSUER]))
        find(universe, fact, "known to others, but the terminal never asked for it");
}

static void check_sold(struct universe *universe, const struct payment_fact *fact)
{
    const struct payment_row *rows = fact->rows;
    int64_t minor = rows[AT_TERMINAL].amount.minor;
    if (!is_sold(fact, AT_ACQUIRER) || !is_sold(fact, AT_ISSUER))
        find(universe, fact, "approved at the terminal and not everywhere");
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        if (fact->net_minor[party] != minor || rows[party].amount.minor != minor)
            find(universe, fact, "approved with another amount");
        if (memcmp(rows[party].pan.masked.at, rows[AT_TERMINAL].pan.masked.at,
                   sizeof rows[party].pan.masked.at) != 0)
            find(universe, fact, "approved with another card");
        if (memcmp(rows[party].auth_id, rows[AT_TERMINAL].auth_id, AUTH_ID_LEN) != 0)
            find(universe, fact, "approved with another authorisation number");
    }
    if (memcmp(rows[AT_ACQUIRER].rrn, rows[AT_TERMINAL].rrn, RRN_LEN) != 0)
        find(universe, fact, "approved with another reference number");
}

static void check_not_sold(struct universe *universe, const struct payment_fact *fact)
{
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        if (is_sold(fact, (enum sim_party)party))
            find(universe, fact, "approved, but not at the terminal");
        if (fact->net_minor[party] != 0)
            find(universe, fact, "money stays moved, but the terminal has no sale");
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

static bool stands(const struct payment_fact *fact, enum sim_party party)
{
    const struct payment_row *row = &fact->rows[party];
    return fact->at[party] && row->stage == STAGE_ANSWERED &&
           (row->money == MONEY_MOVED || row->money == MONEY_HELD);
}

/* What is no sale: it stands everywhere or nowhere, with the same amount, and moved what its row
 * says. */
static void check_other(struct universe *universe, const struct payment_fact *fact)
{
    const struct payment_row *till = &fact->rows[AT_TERMINAL];
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        const struct payment_row *row = &fact->rows[party];
        bool is_here = stands(fact, (enum sim_party)party);
        if (is_here != stands(fact, AT_TERMINAL))
            find(universe, fact, "it does not stand everywhere");
        else if (is_here && (row->money != till->money || row->posted_minor != till->posted_minor))
            find(universe, fact, "it stands with another amount");
        if (fact->net_minor[party] != (fact->at[party] ? payment_row_net(row) : 0))
            find(universe, fact, "its entries are not what the row says");
    }
}

/* All parties say the same of what followed a payment that stands. */
static void check_followed(struct universe *universe, const struct payment_fact *fact)
{
    const struct payment_row *till = &fact->rows[AT_TERMINAL];
    for (int party = AT_ACQUIRER; party <= AT_ISSUER; party++) {
        const struct payment_row *row = &fact->rows[party];
        if (!stands(fact, AT_TERMINAL) || !stands(fact, (enum sim_party)party))
            continue;
        if (row->follow != till->follow)
            find(universe, fact, "followed in different ways");
        if (row->returned_minor != till->returned_minor || row->tip_minor != till->tip_minor)
            find(universe, fact, "followed by different amounts");
    }
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
        check_followed(universe, fact);
        enum txn_kind kind = (enum txn_kind)fact->rows[AT_TERMINAL].kind;
        if (kind == KIND_BALANCE)
            check_inquiry(universe, fact);
        else if (kind != KIND_SALE)
            check_other(universe, fact);
        if (kind != KIND_SALE)
            continue;
        if (is_sold(fact, AT_TERMINAL))
            check_sold(universe, fact);
        else
            check_not_sold(universe, fact);
        check_not_moved(universe, fact);
    }
}

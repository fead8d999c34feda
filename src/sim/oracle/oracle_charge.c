/* Orders of cash registers: the same one is never charged twice. */
#include "sim/oracle/oracle.h"

/* Whether the holder pays, or promises to, in the end: not voided, lapsed or taken back. */
static bool is_charged(const struct facts *facts, const struct identity *identity)
{
    const struct payment_fact *fact = facts_find(facts, identity);
    return fact && facts_stands(fact, AT_ISSUER) &&
           payment_row_money(&fact->rows[AT_ISSUER]) != MONEY_RETURNED;
}

static bool was_seen_before(const struct counter *counter, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (identity_equal(&counter->charges[i].identity, &counter->charges[at].identity))
            return true;
    return false;
}

void oracle_charge(struct universe *universe, const struct facts *facts)
{
    const struct counter *counter = &universe->counter;
    for (size_t i = 0; i < counter->charge_count; i++) {
        const struct identity *first = &counter->charges[i].identity;
        if (!is_charged(facts, first))
            continue;
        for (size_t j = i + 1; j < counter->charge_count; j++) {
            const struct identity *second = &counter->charges[j].identity;
            if (counter->charges[j].order != counter->charges[i].order ||
                was_seen_before(counter, j) || !is_charged(facts, second))
                continue;
            struct text *finding = universe_find(universe, "charge: an order was paid twice: ");
            identity_add_text(finding, first);
            text_add(finding, " and ");
            identity_add_text(finding, second);
        }
    }
}

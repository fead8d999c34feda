#include "sim/oracle/oracle.h"

void oracle_judge(struct universe *universe)
{
    struct facts facts;
    facts_open(&facts, universe);
    oracle_money(universe, &facts);
    oracle_agree(universe, &facts);
    oracle_follow(universe, &facts);
    oracle_order(universe);
    oracle_charge(universe, &facts);
    oracle_peek(universe, &facts);
    oracle_shown(universe, &facts);
    oracle_words(universe, &facts);
    oracle_tally(universe, &facts);
    oracle_journal(universe);
    oracle_secret(universe);
    facts_close(&facts);
}

/* What every party could tell of every payment: to all four readers in both languages, whole, with
 * evidence, and without leading anybody to pay again while the money is not settled. */
#include "sim/oracle/oracle.h"

#include "view/reason.h"

static void find(struct universe *universe, const struct payment_fact *fact, enum sim_party party,
                 const char *what)
{
    struct text *finding = universe_find(universe, "words: ");
    text_add(finding, what);
    text_add(finding, ": ");
    text_add(finding, sim_party_name(party));
    text_add_char(finding, ' ');
    identity_add_text(finding, &fact->identity);
    text_add_char(finding, ' ');
    text_add(finding, outcome_row((enum outcome)fact->rows[party].outcome)->name);
}

static bool may_pay_again(const struct explanation *explanation)
{
    return explanation->advice != ADVICE_WAIT;
}

/* All readers get an explanation that is whole; a hold is what was asked for. */
static void check_readers(struct universe *universe, const struct payment_fact *fact,
                          enum sim_party party)
{
    const struct payment_row *row = &fact->rows[party];
    enum money_state money = payment_row_money(row);
    bool is_open = !money_state_is_final(money) && money != MONEY_HELD;
    struct explain_facts facts;
    struct explanation explanation;
    reason_facts(row, universe->world.utc_offset_s, &facts);
    for (int reader = 0; reader < READER_COUNT; reader++) {
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            explain(&facts, (enum explain_reader)reader, (enum explain_lang)lang, &explanation);
            if (explanation.fault)
                find(universe, fact, party, explanation.fault);
            if (!explanation.what || explanation.what[0] == '\0')
                find(universe, fact, party, "a reader is told nothing");
            if (is_open && may_pay_again(&explanation))
                find(universe, fact, party, "told to pay again while the money is not settled");
        }
    }
}

/* One reader's text of each payment, in turn, holds no secret and is not cut. */
static void check_text(struct universe *universe, const struct payment_fact *fact,
                       enum sim_party party)
{
    static char room[EXPLAIN_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    uint32_t turn = fact->identity.trace + fact->identity.batch;
    struct reason_for whom = {.reader = (enum explain_reader)(turn % READER_COUNT),
                              .lang = (enum explain_lang)(turn / READER_COUNT % LANG_COUNT),
                              .utc_offset_s = universe->world.utc_offset_s};
    reason_add_text(&fact->rows[party], &whom, &text);
    if (text.cut || text.len == 0)
        find(universe, fact, party, "an explanation that is empty or too long");
    if (secrets_find(&universe->secrets, bytes_over(room, text.len)))
        find(universe, fact, party, "an explanation tells a secret");
}

static enum party party_of(enum sim_party party)
{
    static const enum party parties[SIM_PARTIES] = {PARTY_TERMINAL, PARTY_ACQUIRER, PARTY_ISSUER};
    return parties[party];
}

/* Who refuses says by what: at least one value of evidence. */
static void check_evidence(struct universe *universe, const struct payment_fact *fact,
                           enum sim_party party)
{
    const struct payment_row *row = &fact->rows[party];
    enum outcome outcome = (enum outcome)row->outcome;
    if (row->stage != STAGE_ANSWERED || outcome == OUTCOME_NONE || outcome_is_approved(outcome) ||
        row->decided_by != party_of(party))
        return;
    if (row->evidence[0].name == EVIDENCE_NONE || row->evidence[0].text[0] == '\0')
        find(universe, fact, party, "a refusal without evidence");
}

void oracle_words(struct universe *universe, const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct payment_fact *fact = &facts->payments[i];
        for (int party = 0; party < SIM_PARTIES; party++) {
            if (!fact->at[party])
                continue;
            check_readers(universe, fact, (enum sim_party)party);
            check_text(universe, fact, (enum sim_party)party);
            check_evidence(universe, fact, (enum sim_party)party);
        }
    }
}

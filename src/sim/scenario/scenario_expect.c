#include "sim/scenario/scenario_stage.h"

#include "sim/oracle/oracle.h"
#include "view/reason.h"

#include <string.h>

#define STEP_MS 10
#define SHOWN_WITHIN_MS 60000
#define REST_WITHIN_MS (5 * 60 * 1000)

static bool complain(struct scenario *scenario, const char *what)
{
    text_add(scenario->complaint, what);
    return false;
}

static bool differs(struct scenario *scenario, const char *is, const char *expected)
{
    text_add(scenario->complaint, "it is ");
    text_add(scenario->complaint, is);
    text_add(scenario->complaint, ", expected ");
    text_add(scenario->complaint, expected);
    return false;
}

static bool minor_differs(struct scenario *scenario, int64_t is, int64_t expected)
{
    uint16_t currency = scenario->universe->world.currency;
    text_add(scenario->complaint, "it is ");
    text_add(scenario->complaint, is < 0 ? "-" : "");
    money_add_text(scenario->complaint, money_of(is < 0 ? -is : is, currency));
    text_add(scenario->complaint, ", expected ");
    money_add_text(scenario->complaint, money_of(expected, currency));
    return false;
}

/* ---- time ---- */

bool scenario_pass(struct scenario *scenario, const struct said *said)
{
    return scenario_wait(scenario, said->time_ms);
}

static bool is_at_rest(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->station_count; i++) {
        struct station *station = &universe->stations[i];
        if (!station->is_up || station->is_moving || !oracle_owes_nothing(station))
            return false;
    }
    return true;
}

bool scenario_rest(struct scenario *scenario)
{
    struct universe *universe = scenario->universe;
    struct moment end = moment_add_ms(universe->now, REST_WITHIN_MS);
    while (!is_at_rest(universe)) {
        if (universe->now.ns >= end.ns)
            return complain(scenario, "after five minutes something still waits, or is owed");
        if (!scenario_wait(scenario, STEP_MS))
            return false;
    }
    return true;
}

bool scenario_quiet(struct scenario *scenario, const struct said *said)
{
    (void)said;
    return scenario_rest(scenario);
}

/* ---- what a till shows ---- */

static bool wait_for_display(struct scenario *scenario, size_t ticket, int64_t within_ms)
{
    struct universe *universe = scenario->universe;
    struct moment end = moment_add_ms(universe->now, within_ms);
    if (ticket == 0)
        return complain(scenario, "nothing was asked of it");
    while (!universe->counter.tickets[ticket - 1].is_shown) {
        if (universe->counter.tickets[ticket - 1].is_lost)
            return complain(scenario, "it was switched off before it could show anything");
        if (universe->now.ns >= end.ns)
            return complain(scenario, "it shows nothing");
        if (!scenario_wait(scenario, STEP_MS))
            return false;
    }
    return true;
}

static bool reads_as(struct scenario *scenario, const struct said *said,
                     const struct ticket *ticket)
{
    char room[EXPLAIN_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    struct explain_facts facts;
    struct explanation explanation;
    reason_facts(&ticket->payment, scenario->universe->world.utc_offset_s, &facts);
    explain(&facts, READER_CASHIER, LANG_EN, &explanation);
    explanation_add_text(&explanation, &text);
    if (said_has(said, SLOT_ADVICE) && (int)explanation.advice != said->advice)
        return differs(scenario, explain_advice_name(explanation.advice),
                       explain_advice_name((enum explain_advice)said->advice));
    if (said_has(said, SLOT_TEXT) && !strstr(text_z(&text), said->text))
        return differs(scenario, text_z(&text), said->text);
    return true;
}

bool scenario_shows(struct scenario *scenario, const struct said *said)
{
    size_t number = scenario->last_ticket[said->till];
    int64_t within = said_has(said, SLOT_TIME) ? said->time_ms : SHOWN_WITHIN_MS;
    if (!wait_for_display(scenario, number, within))
        return false;
    const struct ticket *ticket = &scenario->universe->counter.tickets[number - 1];
    if (ticket->outcome != said->cause)
        return differs(scenario, outcome_row(ticket->outcome)->name,
                       outcome_row(said->cause)->name);
    bool asks_payment =
        said_has(said, SLOT_MONEY) || said_has(said, SLOT_ADVICE) || said_has(said, SLOT_TEXT);
    if (asks_payment && !ticket->has_payment)
        return complain(scenario, "it shows no payment");
    enum money_state money = payment_row_money(&ticket->payment);
    if (said_has(said, SLOT_MONEY) && money != said->money)
        return differs(scenario, money_state_name(money), money_state_name(said->money));
    if (said_has(said, SLOT_AMOUNT) && !money_equal(ticket->payment.balance, said->amount))
        return minor_differs(scenario, ticket->payment.balance.minor, said->amount.minor);
    return !asks_payment || reads_as(scenario, said, ticket);
}

bool scenario_says_nothing(struct scenario *scenario, const struct said *said)
{
    size_t number = scenario->last_ticket[said->till];
    if (number == 0 || !scenario->universe->counter.tickets[number - 1].is_shown)
        return true;
    enum outcome outcome = scenario->universe->counter.tickets[number - 1].outcome;
    return differs(scenario, outcome_row(outcome)->name, "nothing");
}

/* ---- what a party has ---- */

static bool load_payment(struct scenario *scenario, struct station *station,
                         const struct identity *identity, struct payment_row *out)
{
    struct store_row row = {.key = payment_row_key(identity)};
    struct store_row *rows[] = {&row};
    (void)scenario;
    if (station->disk.load(station->disk.self, rows, 1) != STORE_OK || !row.found ||
        row.len != sizeof *out)
        return false;
    memcpy(out, row.value, sizeof *out);
    return true;
}

bool scenario_has(struct scenario *scenario, const struct said *said)
{
    struct identity identity;
    struct payment_row row;
    if (!scenario_identity(scenario, &said->payment, &identity) ||
        !load_payment(scenario, scenario_station(scenario, said), &identity, &row))
        return complain(scenario, "it does not know this payment");
    enum payment_stage stage = (enum payment_stage)row.stage;
    enum money_state money = payment_row_money(&row);
    if (stage != said->stage)
        return differs(scenario, payment_stage_name(stage), payment_stage_name(said->stage));
    if (said_has(said, SLOT_MONEY) && money != said->money)
        return differs(scenario, money_state_name(money), money_state_name(said->money));
    if (said_has(said, SLOT_CAUSE) && row.outcome != (uint16_t)said->cause)
        return differs(scenario, outcome_row((enum outcome)row.outcome)->name,
                       outcome_row(said->cause)->name);
    return true;
}

bool scenario_goes_by(struct scenario *scenario, const struct said *said)
{
    const struct universe *universe = scenario->universe;
    enum line_way way = universe->wires[said->till].is_up ? WAY_PRIMARY : WAY_NONE;
    if (universe->has_backups)
        way = line_way(&universe->lines[said->till]);
    if (way == said->way)
        return true;
    text_add(scenario->complaint, "its line is ");
    text_add(scenario->complaint, line_way_name(way));
    return false;
}

bool scenario_knows_not(struct scenario *scenario, const struct said *said)
{
    struct identity identity;
    struct payment_row row;
    if (!scenario_identity(scenario, &said->payment, &identity) ||
        !load_payment(scenario, scenario_station(scenario, said), &identity, &row))
        return true;
    return complain(scenario, "it knows this payment");
}

bool scenario_alarmed(struct scenario *scenario, const struct said *said)
{
    const char *who = scenario_station(scenario, said)->name;
    for (size_t i = 0; i < scenario->alarm_count; i++)
        if (strstr(scenario->alarms[i], who) &&
            strstr(scenario->alarms[i], outcome_row(said->cause)->name))
            return true;
    return complain(scenario, "there was no such alarm");
}

/* ---- agreement ---- */

static void add_party(struct text *t, const struct payment_fact *fact, enum sim_party party)
{
    const struct payment_row *row = &fact->rows[party];
    text_add(t, "; ");
    text_add(t, sim_party_name(party));
    if (!fact->at[party]) {
        text_add(t, " does not know it");
        return;
    }
    text_add(t, ": ");
    text_add(t, payment_stage_name((enum payment_stage)row->stage));
    text_add(t, ", money ");
    text_add(t, money_state_name(payment_row_money(row)));
    text_add(t, ", ");
    text_add(t, outcome_row((enum outcome)row->outcome)->name);
}

static bool is_posted_alike(const struct payment_fact *fact)
{
    const struct payment_row *row = &fact->rows[AT_TERMINAL];
    int64_t minor = kind_row((enum txn_kind)row->kind)->sign * row->posted_minor;
    return fact->net_minor[AT_ACQUIRER] == minor && fact->net_minor[AT_ISSUER] == minor &&
           fact->posted[AT_ISSUER] <= 1 && fact->posted[AT_ACQUIRER] <= 1;
}

static bool is_gone(const struct payment_fact *fact)
{
    for (int party = 0; party < SIM_PARTIES; party++)
        if (facts_stands(fact, (enum sim_party)party) || fact->net_minor[party] != 0)
            return false;
    return fact->posted[AT_ISSUER] <= 1 && fact->returned[AT_ISSUER] == fact->posted[AT_ISSUER];
}

static bool stands(const struct payment_fact *fact)
{
    return facts_stands(fact, AT_TERMINAL) && facts_stands(fact, AT_ACQUIRER) &&
           facts_stands(fact, AT_ISSUER) && is_posted_alike(fact);
}

static bool is_voided(const struct payment_fact *fact)
{
    for (int party = 0; party < SIM_PARTIES; party++)
        if (fact->rows[party].follow != FOLLOW_VOIDED)
            return false;
    return stands(fact);
}

/* Stages that say that it was undone, or that it never was. */
static bool was_taken_back(const struct payment_row *row)
{
    bool is_with_the_switch = row->stage == STAGE_ANSWERED && row->money == MONEY_RETURNING;
    return row->stage == STAGE_REVERSED || row->stage == STAGE_TOMBSTONE || is_with_the_switch;
}

static bool came_to(const struct payment_fact *fact, enum said_verdict verdict)
{
    bool is_refused = fact->at[AT_TERMINAL] && fact->rows[AT_TERMINAL].stage == STAGE_ANSWERED &&
                      fact->posted[AT_ISSUER] == 0 && is_gone(fact);
    switch (verdict) {
    case SAID_STANDS:
        return stands(fact) && fact->rows[AT_TERMINAL].follow == FOLLOW_NONE;
    case SAID_TAKEN_BACK:
        return is_gone(fact) && fact->at[AT_TERMINAL] && was_taken_back(&fact->rows[AT_TERMINAL]);
    case SAID_REFUSED:
        return is_refused;
    case SAID_VOIDED:
        return is_voided(fact);
    case SAID_NEVER_HAPPENED:
        return !fact->at[AT_ACQUIRER] && !fact->at[AT_ISSUER] && is_gone(fact);
    }
    return false;
}

static bool money_is(const struct payment_fact *fact, enum money_state money)
{
    return fact->at[AT_TERMINAL] && payment_row_money(&fact->rows[AT_TERMINAL]) == money;
}

static bool judge_payment(struct scenario *scenario, const struct said *said,
                          const struct payment_fact *fact)
{
    bool is_right = came_to(fact, said->verdict) &&
                    (!said_has(said, SLOT_MONEY) || money_is(fact, said->money));
    if (is_right)
        return true;
    identity_add_text(scenario->complaint, &fact->identity);
    for (int party = 0; party < SIM_PARTIES; party++)
        add_party(scenario->complaint, fact, (enum sim_party)party);
    text_add(scenario->complaint, "; posted and returned at the issuer ");
    text_add_u64(scenario->complaint, fact->posted[AT_ISSUER]);
    text_add(scenario->complaint, " and ");
    text_add_u64(scenario->complaint, fact->returned[AT_ISSUER]);
    return false;
}

bool scenario_agree(struct scenario *scenario, const struct said *said)
{
    struct identity identity;
    struct facts facts;
    if (!scenario_ticket(scenario, &said->payment) || !scenario_rest(scenario))
        return false;
    if (!scenario_identity(scenario, &said->payment, &identity))
        return said->verdict == SAID_NEVER_HAPPENED ||
               complain(scenario, "its terminal knows no such payment");
    facts_open(&facts, scenario->universe);
    const struct payment_fact *fact = facts_find(&facts, &identity);
    bool is_right = fact ? judge_payment(scenario, said, fact)
                         : complain(scenario, "nobody knows this payment");
    facts_close(&facts);
    return is_right;
}

/* ---- the holder's account ---- */

/* The entries of one account but what was paid in at first. */
struct entries {
    uint64_t account;
    size_t count;
    int64_t sum;
    int64_t minor[64];
};

static void see_record(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct entries *entries = self;
    (void)bytes;
    for (uint8_t i = 0; i < record->postings.count; i++) {
        const struct posting *posting = &record->postings.rows[i];
        bool is_its = posting->kind == ACCOUNT_CARDHOLDER && posting->account == entries->account;
        if (!is_its || record->what == WHAT_FUNDED || posting->minor == 0)
            continue;
        if (entries->count < ARRAY_COUNT(entries->minor))
            entries->minor[entries->count++] = -posting->minor;
        entries->sum += posting->minor;
    }
}

static struct entries entries_of(struct scenario *scenario, uint32_t card)
{
    const struct lab_card *of = &scenario->universe->world.cards[card];
    struct entries entries = {.account = of->account};
    struct fact_visitor visitor = {&entries, see_record};
    facts_visit_journal(scenario->universe, universe_issuer(scenario->universe, of->issuer), 0,
                        &visitor);
    return entries;
}

bool scenario_paid(struct scenario *scenario, const struct said *said)
{
    struct entries entries = entries_of(scenario, said->card);
    return entries.sum == said->amount.minor ||
           minor_differs(scenario, entries.sum, said->amount.minor);
}

static void add_entries(struct text *t, const int64_t *minor, size_t count, uint16_t currency)
{
    for (size_t i = 0; i < count; i++) {
        text_add(t, minor[i] < 0 ? " -" : " +");
        money_add_text(t, money_of(minor[i] < 0 ? -minor[i] : minor[i], currency));
    }
    text_add(t, count == 0 ? " nothing" : "");
}

bool scenario_phone(struct scenario *scenario, const struct said *said)
{
    struct entries entries = entries_of(scenario, said->card);
    if (entries.count == said->amount_count &&
        memcmp(entries.minor, said->amounts, entries.count * sizeof *said->amounts) == 0)
        return true;
    text_add(scenario->complaint, "it shows");
    add_entries(scenario->complaint, entries.minor, entries.count,
                scenario->universe->world.currency);
    return false;
}

bool scenario_held(struct scenario *scenario, const struct said *said)
{
    struct universe *universe = scenario->universe;
    const struct lab_card *card = &universe->world.cards[said->card];
    struct station *issuer = universe_issuer(universe, card->issuer);
    struct store_row row = {.key = row_key_number(TABLE_ACCOUNT, card->account)};
    struct store_row *rows[] = {&row};
    struct account_row account = {0};
    if (issuer->disk.load(issuer->disk.self, rows, 1) == STORE_OK && row.len == sizeof account)
        memcpy(&account, row.value, sizeof account);
    return account.held_minor == said->amount.minor ||
           minor_differs(scenario, account.held_minor, said->amount.minor);
}

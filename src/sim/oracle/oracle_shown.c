#include "sim/oracle/oracle.h"

#include "view/reason.h"

#include <string.h>

#define EXPIRY_NOW 2611 /* YYMM of the simulated days but the last one */

static void find(struct universe *universe, const struct ticket *ticket, const char *what)
{
    struct text *finding = universe_find(universe, "shown: ");
    text_add(finding, what);
    text_add(finding, ": ");
    text_add(finding, universe->world.terminals[ticket->till].id);
    text_add_char(finding, ' ');
    text_add(finding, universe->world.cards[ticket->card].label);
    text_add_char(finding, ' ');
    money_add_text(finding, ticket->amount);
    if (!ticket->is_shown)
        return;
    text_add_char(finding, ' ');
    text_add(finding, outcome_row(ticket->outcome)->name);
    if (ticket->has_payment) {
        text_add_char(finding, ' ');
        identity_add_text(finding, &ticket->payment.identity);
    }
}

/* A payment that a card pays or promises; what follows one asks neither card nor holder. */
static bool asks_card(const struct ticket *ticket)
{
    return ticket->kind == COMMAND_PAY && kind_row(ticket->transaction)->shape != SHAPE_FOLLOW_UP;
}

static bool is_payment(const struct ticket *ticket)
{
    return ticket->kind == COMMAND_PAY;
}

/* ---- who may pay ---- */

static bool card_is_good(const struct universe *universe, const struct lab_card *card)
{
    return card->issuer != LAB_NO_ISSUER && !universe->world.issuers[card->issuer].is_absent &&
           card->state == RECORD_ACTIVE && card->expiry >= EXPIRY_NOW;
}

static bool holder_is_known(const struct universe *universe, const struct ticket *ticket)
{
    const struct lab_card *card = &universe->world.cards[ticket->card];
    const struct lab_terminal *terminal = &universe->world.terminals[ticket->till];
    bool may_tap = ticket->entry == ENTRY_CONTACTLESS &&
                   ticket->amount.minor <= terminal->tap_limit_minor &&
                   ticket->amount.minor <= card->tap_limit_minor;
    if (ticket->entry == ENTRY_QR)
        return ticket->number_right; /* his phone knows him */
    return ticket->pin_given ? ticket->pin_right : may_tap || !card->needs_pin;
}

static bool was_read_rightly(const struct universe *universe, const struct ticket *ticket)
{
    const struct lab_card *card = &universe->world.cards[ticket->card];
    switch (ticket->entry) {
    case ENTRY_CHIP:
        return card->media & LAB_CHIP;
    case ENTRY_CONTACTLESS:
        return card->media & LAB_CONTACTLESS;
    case ENTRY_STRIPE:
        return !(card->media & LAB_CHIP);
    case ENTRY_KEYED:
    case ENTRY_QR:
        return ticket->number_right;
    case ENTRY_NONE:
        break;
    }
    return false;
}

static void check_may_pay(struct universe *universe, const struct ticket *ticket)
{
    const struct lab_card *card = &universe->world.cards[ticket->card];
    if (!card_is_good(universe, card))
        find(universe, ticket, "approved for a card that may not pay");
    if (!holder_is_known(universe, ticket))
        find(universe, ticket, "approved without the right PIN");
    if (!was_read_rightly(universe, ticket))
        find(universe, ticket, "approved for a card read the wrong way");
    if (ticket->transaction != KIND_BALANCE && ticket->amount.minor <= 0)
        find(universe, ticket, "approved for no amount");
    if (card->limit_minor > 0 && ticket->amount.minor > card->limit_minor)
        find(universe, ticket, "approved over the card's limit");
}

/* All cards and stripes here are real: nothing on them may be called false. */
static void check_cause(struct universe *universe, const struct ticket *ticket,
                        enum outcome outcome)
{
    switch ((int)outcome) {
    case OUTCOME_PIN_WRONG:
        if (ticket->pin_right)
            find(universe, ticket, "the right PIN was called wrong");
        break;
    case OUTCOME_CVV_WRONG:
    case OUTCOME_CHIP_CRYPTOGRAM_WRONG:
    case OUTCOME_CARD_EXPIRY_MISMATCH:
    case OUTCOME_CARD_UNKNOWN:
        if (ticket->entry != ENTRY_KEYED)
            find(universe, ticket, "a real card was called false");
        break;
    default:
        break;
    }
}

/* One code stands for several causes: where only that travelled, the cause is that of the party
 * furthest on that answered with the code, and those before it guessed. */
static enum outcome cause_behind(const struct payment_fact *fact, enum outcome shown)
{
    for (int party = AT_ISSUER; fact && party > AT_TERMINAL; party--) {
        enum outcome outcome = (enum outcome)fact->rows[party].outcome;
        if (fact->at[party] &&
            memcmp(outcome_row(shown)->code, outcome_row(outcome)->code, RESPONSE_CODE_LEN) == 0)
            return outcome;
    }
    return shown;
}

/* What nobody vouched for: it came without a right MAC, and is taken back. */
static bool is_unproved(const struct ticket *ticket)
{
    return ticket->has_payment && ticket->payment.stage == STAGE_REVERSING;
}

/* Neither at the till nor at the issuer, who may have decided when the till was no longer told. */
static void check_honesty(struct universe *universe, const struct facts *facts,
                          const struct ticket *ticket)
{
    const struct payment_fact *fact =
        ticket->has_payment ? facts_find(facts, &ticket->payment.identity) : NULL;
    if (!is_unproved(ticket))
        check_cause(universe, ticket, cause_behind(fact, ticket->outcome));
    if (fact && fact->at[AT_ISSUER])
        check_cause(universe, ticket, (enum outcome)fact->rows[AT_ISSUER].outcome);
}

/* ---- was it true ---- */

/* An advice is accepted at the till before anybody else has seen it. */
static bool was_stored(const struct ticket *ticket)
{
    return ticket->has_payment && ticket->payment.stage == STAGE_STORED;
}

static bool stands(const struct payment_fact *fact)
{
    return fact && facts_stands(fact, AT_TERMINAL) && facts_stands(fact, AT_ISSUER);
}

/* Whose order is in doubt is told to wait; who gave up waiting was told nothing; an advice that is
 * not answered yet is delivered later. */
static bool may_still_stand(const struct ticket *ticket)
{
    return ticket->is_repeat || ticket->outcome == OUTCOME_TERMINAL_CANCELLED ||
           (kind_row(ticket->transaction)->is_advice && ticket->payment.money == MONEY_UNKNOWN);
}

static bool is_followed(const struct facts *facts, const struct identity *identity)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct payment_fact *fact = &facts->payments[i];
        if (fact->at[AT_ACQUIRER] && identity_equal(&fact->rows[AT_ACQUIRER].original, identity))
            return true;
    }
    return false;
}

/* It was said that the money returns, and while that was owed somebody did something else about the
 * payment, at another till: it stands then, and everybody says so. */
static bool came_too_late(const struct facts *facts, const struct ticket *ticket,
                          const struct payment_fact *fact)
{
    return ticket->payment.stage == STAGE_REVERSING && stands(fact) &&
           is_followed(facts, &fact->identity);
}

/* A terminal refused it and never sent it; the one that took its place gave the number again. */
static bool is_of_another(const struct universe *universe, const struct ticket *ticket,
                          const struct payment_fact *fact)
{
    return universe->replaced.count > 0 && ticket->payment.decided_by == PARTY_TERMINAL &&
           ticket->payment.money == MONEY_NOT_MOVED && fact->at[AT_TERMINAL] &&
           fact->rows[AT_TERMINAL].created.us != ticket->payment.created.us;
}

static void check_truth(struct universe *universe, const struct facts *facts,
                        const struct ticket *ticket)
{
    const struct payment_fact *fact =
        ticket->has_payment ? facts_find(facts, &ticket->payment.identity) : NULL;
    if (ticket->has_payment && !fact)
        find(universe, ticket, "a payment was shown that nobody has");
    if (outcome_is_approved(ticket->outcome)) {
        if (asks_card(ticket) && !was_stored(ticket) && !ticket->is_repeat)
            check_may_pay(universe, ticket);
        if (ticket->transaction != KIND_BALANCE && !was_stored(ticket) && !stands(fact))
            find(universe, ticket, "approved was shown, but it does not stand");
    } else if (fact && !may_still_stand(ticket) && !came_too_late(facts, ticket, fact) &&
               !is_of_another(universe, ticket, fact) &&
               (fact->net_minor[AT_ISSUER] != 0 || facts_stands(fact, AT_ISSUER))) {
        find(universe, ticket, "a refusal was shown, but the card has paid");
    }
}

/* ---- does it explain itself ---- */

static bool evidence_is_whole(const struct evidence list[static EVIDENCE_MAX])
{
    bool ended = false;
    for (int i = 0; i < EVIDENCE_MAX; i++) {
        bool is_used = list[i].name != EVIDENCE_NONE;
        if (list[i].name >= EVIDENCE_COUNT || (ended && is_used))
            return false;
        if (!memchr(list[i].text, '\0', sizeof list[i].text))
            return false;
        ended = ended || !is_used;
    }
    return true;
}

/* While the money is not settled, nobody is told to pay again. A hold is what was asked for. */
static void check_advice(struct universe *universe, const struct ticket *ticket)
{
    const struct payment_row *payment = &ticket->payment;
    struct explain_facts facts;
    struct explanation explanation;
    reason_facts(payment, 0, &facts);
    explain(&facts, READER_CASHIER, LANG_EN, &explanation);
    if (explanation.fault != NULL)
        find(universe, ticket, explanation.fault);
    if (!money_state_is_final((enum money_state)payment->money) && payment->money != MONEY_HELD &&
        explanation.advice != ADVICE_WAIT)
        find(universe, ticket, "told to try again while the money is not settled");
}

static void check_words(struct universe *universe, const struct ticket *ticket)
{
    const struct outcome_row *row = outcome_row(ticket->outcome);
    if (ticket->outcome == OUTCOME_NONE || row->number == 0 || row->name[0] == '\0')
        find(universe, ticket, "a display without a cause");
    if (!ticket->has_payment)
        return;
    if (is_payment(ticket))
        check_advice(universe, ticket);
    if (!evidence_is_whole(ticket->payment.evidence))
        find(universe, ticket, "evidence is damaged");
    if (ticket->payment.money == MONEY_NOT_MOVED && row->money == MONEY_UNKNOWN &&
        ticket->transaction == KIND_SALE && ticket->outcome != OUTCOME_CARD_DECLINED_OFFLINE)
        find(universe, ticket, "the cause leaves the money open, the payment does not");
}

/* An engine whose store was full, or that gave an event up, may leave a till without a word. */
static bool gave_up(struct universe *universe, const struct ticket *ticket)
{
    return universe->stations[ticket->station].given_up > 0;
}

void oracle_shown(struct universe *universe, const struct facts *facts)
{
    const struct counter *counter = &universe->counter;
    for (size_t i = 0; i < counter->count; i++) {
        const struct ticket *ticket = &counter->tickets[i];
        if (ticket->is_shown)
            check_words(universe, ticket);
        if (ticket->is_shown && is_payment(ticket)) {
            if (!ticket->is_repeat)
                check_honesty(universe, facts, ticket);
            check_truth(universe, facts, ticket);
        } else if (!ticket->is_shown && !ticket->is_lost && !gave_up(universe, ticket)) {
            find(universe, ticket, "a command was never answered");
        }
    }
}

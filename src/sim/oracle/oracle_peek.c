/* A peek tells what the switch has, and nothing else; what is told to be over stays over. */
#include "sim/oracle/oracle.h"
#include "sim/switch_nodes.h"

#include "books/payment_state.h"

#include <string.h>

#define FRESH_US INT64_C(20000000) /* longer than a batch takes: its peeks are as old as it */

/* The switch's row, as the oracle understands it. */
static bool is_true(enum payment_state told, const struct payment_row *row)
{
    bool is_approved = outcome_is_approved((enum outcome)row->outcome);
    bool is_open = row->money == MONEY_RETURNING || row->money == MONEY_UNKNOWN;
    switch (told) {
    case PAYMENT_IN_PROGRESS:
        return row->stage == STAGE_SENT ||
               (row->stage == STAGE_ANSWERED && row->money == MONEY_UNKNOWN);
    case PAYMENT_ACCEPTED:
        return row->stage == STAGE_SENT && kind_row((enum txn_kind)row->kind)->is_advice;
    case PAYMENT_APPROVED:
        return row->stage == STAGE_ANSWERED && is_approved && !is_open;
    case PAYMENT_REFUSED:
        return row->stage == STAGE_ANSWERED && !is_approved && !is_open;
    case PAYMENT_BEING_TAKEN_BACK:
        return row->stage == STAGE_REVERSING ||
               (row->stage == STAGE_ANSWERED && row->money == MONEY_RETURNING);
    case PAYMENT_TAKEN_BACK:
        return row->stage == STAGE_REVERSED || row->stage == STAGE_TOMBSTONE;
    case PAYMENT_NEVER_SEEN: /* it is */
    case PAYMENT_DAMAGED:
    case PAYMENT_ARCHIVED:
    case PAYMENT_LOST:
    case PAYMENT_STATE_COUNT:
        break;
    }
    return false;
}

static bool is_answer(const struct txn_message *message)
{
    return message->kind == KIND_QUERY && message->function == FUNCTION_RESPONSE &&
           message->network_code >= NETWORK_STATE &&
           message->network_code < NETWORK_STATE + PAYMENT_STATE_COUNT;
}

void oracle_peek_sent(struct universe *universe, struct station *station,
                      const struct txn_message *message)
{
    struct identity about = identity_as(&message->identity, IDENTITY_PAYMENT);
    struct payment_row row;
    if (station->role != AT_ACQUIRER || !is_answer(message))
        return;
    about.batch = message->original.batch;
    about.trace = message->original.trace;
    enum payment_state told = (enum payment_state)(message->network_code - NETWORK_STATE);
    struct store_row stored = {.key = payment_row_key(&about)};
    struct store_row *rows[] = {&stored};
    const struct store *books = switch_node_books(station);
    if (books->load(books->self, rows, 1) != STORE_OK)
        return;
    bool is_right = !stored.found && told == PAYMENT_NEVER_SEEN;
    if (stored.found && stored.len == sizeof row) {
        memcpy(&row, stored.value, sizeof row);
        int64_t now_us =
            universe->wall_start.us + universe->now.ns / 1000 + station->skew_us - row.changed.us;
        is_right = is_true(told, &row) || station->jumped.ns != 0 ||
                   (now_us < FRESH_US && now_us > -FRESH_US);
    }
    if (is_right)
        return;
    struct text *finding = universe_find(universe, "peek: not as the switch has it: ");
    identity_add_text(finding, &about);
    text_add(finding, " told ");
    text_add(finding, payment_state_name(told));
}

void oracle_peek(struct universe *universe, const struct facts *facts)
{
    const struct counter *counter = &universe->counter;
    for (size_t i = 0; i < counter->count; i++) {
        const struct ticket *ticket = &counter->tickets[i];
        if (!ticket->asks_host || !ticket->is_shown || !outcome_is_approved(ticket->outcome))
            continue;
        const struct payment_fact *fact = facts_find(facts, &ticket->payment.identity);
        bool stands = fact && facts_stands(fact, AT_ACQUIRER);
        bool is_over =
            ticket->told_state == PAYMENT_TAKEN_BACK || ticket->told_state == PAYMENT_REFUSED;
        if (!is_over || !stands)
            continue;
        struct text *finding = universe_find(universe, "peek: told to be over, but it stands: ");
        identity_add_text(finding, &ticket->payment.identity);
    }
}

#include "sim/scenario/scenario_stage.h"

#include "base/assert.h"

#include <string.h>

#define SUPERVISOR_PASSWORD "123456" /* as from the factory */

static void command_for(struct scenario *scenario, uint32_t till, enum command_kind kind,
                        struct node_command *out)
{
    const char *id = scenario->universe->world.terminals[till].id;
    *out = (struct node_command){.kind = kind};
    memset(out->terminal, ' ', sizeof out->terminal);
    memcpy(out->terminal, id, strlen(id));
}

static void fill_secret(const char *digits, struct secret *out)
{
    enum err err = secret_from(bytes_of_z(digits), out);
    assert(err == OK);
}

/* The terminal's own row: where its batch and trace numbers stand. */
static struct terminal_row terminal_row_of(struct scenario *scenario, uint32_t till)
{
    struct universe *universe = scenario->universe;
    struct station *shop = universe_shop(universe, till);
    struct node_command command;
    struct store_row row;
    struct store_row *rows[] = {&row};
    struct terminal_row value = {0};
    command_for(scenario, till, COMMAND_NONE, &command);
    row.key = row_key_of(TABLE_TERMINAL, command.terminal, sizeof command.terminal);
    if (shop->disk.load(shop->disk.self, rows, 1) == STORE_OK && row.found &&
        row.len == sizeof value)
        memcpy(&value, row.value, sizeof value);
    return value;
}

static void ask(struct scenario *scenario, uint32_t till, const struct ticket *ticket,
                const struct node_command *command)
{
    struct shopper *shopper = &scenario->universe->tills[till];
    scenario->last_ticket[till] = shopper_ask(shopper, ticket, command);
}

void scenario_tell(struct scenario *scenario, uint32_t till, enum command_kind kind)
{
    struct node_command command;
    struct ticket ticket = {.kind = kind};
    command_for(scenario, till, kind, &command);
    ask(scenario, till, &ticket, &command);
}

bool scenario_sign_in(struct scenario *scenario, const struct said *said)
{
    scenario_tell(scenario, said->till, COMMAND_SIGN_IN);
    return true;
}

bool scenario_sign_off(struct scenario *scenario, const struct said *said)
{
    scenario_tell(scenario, said->till, COMMAND_SIGN_OFF);
    return true;
}

bool scenario_echo(struct scenario *scenario, const struct said *said)
{
    scenario_tell(scenario, said->till, COMMAND_ECHO);
    return true;
}

bool scenario_settle(struct scenario *scenario, const struct said *said)
{
    scenario_tell(scenario, said->till, COMMAND_SETTLE);
    return true;
}

bool scenario_give_up(struct scenario *scenario, const struct said *said)
{
    struct node_command command;
    struct ticket ticket = {.kind = COMMAND_CANCEL};
    size_t last = scenario->last_ticket[said->till];
    command_for(scenario, said->till, COMMAND_CANCEL, &command);
    ask(scenario, said->till, &ticket, &command);
    /* the command itself is answered by what the payment's till is shown */
    scenario->universe->counter.tickets[scenario->last_ticket[said->till] - 1].is_lost = true;
    scenario->last_ticket[said->till] = last;
    scenario->universe->tills[said->till].ticket = last;
    return true;
}

/* ---- payments ---- */

static void pay(struct scenario *scenario, uint32_t till, struct ticket *ticket,
                struct node_command *command)
{
    struct terminal_row row = terminal_row_of(scenario, till);
    assert(scenario->asked_count < SCENARIO_ASKED_MAX);
    ticket->kind = COMMAND_PAY;
    ticket->transaction = command->transaction;
    ticket->amount = command->amount;
    ticket->entry = command->card.entry;
    ask(scenario, till, ticket, command);
    scenario->universe->tally.payments++;
    scenario->asked[scenario->asked_count++] =
        (struct asked_payment){till, scenario->last_ticket[till], row.batch, row.trace_next};
    secret_wipe(&command->card.pin);
    secret_wipe(&command->supervisor.password);
}

static void show_card(struct scenario *scenario, const struct said *said, struct ticket *ticket,
                      struct node_command *command)
{
    const struct lab_card *card = &scenario->universe->world.cards[said->card];
    ticket->card = said->card;
    ticket->pin_given = said_has(said, SLOT_PIN);
    ticket->pin_right = strcmp(said->pin, card->pin) == 0;
    ticket->number_right = true;
    command->card.entry = said->entry;
    command->card.card = said->card;
    if (said->entry == ENTRY_KEYED) {
        memcpy(command->card.keyed, card->pan, sizeof card->pan);
        command->card.expiry = card->expiry;
    }
    if (ticket->pin_given)
        fill_secret(said->pin, &command->card.pin);
}

static bool pay_by_card(struct scenario *scenario, const struct said *said, enum txn_kind kind)
{
    struct node_command command;
    struct ticket ticket = {0};
    command_for(scenario, said->till, COMMAND_PAY, &command);
    command.transaction = kind;
    command.amount =
        kind == KIND_BALANCE ? money_of(0, scenario->universe->world.currency) : said->amount;
    command.faulty_devices = (uint8_t)said->device;
    show_card(scenario, said, &ticket, &command);
    pay(scenario, said->till, &ticket, &command);
    return true;
}

bool scenario_sell(struct scenario *scenario, const struct said *said)
{
    return pay_by_card(scenario, said, KIND_SALE);
}

bool scenario_hold(struct scenario *scenario, const struct said *said)
{
    return pay_by_card(scenario, said, KIND_PREAUTH);
}

bool scenario_balance(struct scenario *scenario, const struct said *said)
{
    return pay_by_card(scenario, said, KIND_BALANCE);
}

/* ---- by voice ---- */

/* What an issuer has of a card: the key of its card row, and the newest code that it gave. */
struct code_search {
    uint64_t account;
    bool found;
    struct row_key card;
    struct given_code_row code;
};

static bool see_card(void *context, const struct row_key *key, struct bytes value)
{
    struct code_search *search = context;
    struct card_row row;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    search->found = row.account == search->account;
    search->card = *key;
    return !search->found;
}

static bool see_code(void *context, const struct row_key *key, struct bytes value)
{
    struct code_search *search = context;
    struct given_code_row row;
    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    if (row.account != search->account || row.is_used)
        return true;
    if (search->found && row.given.us < search->code.given.us)
        return true;
    search->found = true;
    search->code = row;
    return true;
}

static struct code_search search(struct scenario *scenario, uint32_t card, enum row_table table,
                                 store_row_visit *visit)
{
    const struct lab_card *of = &scenario->universe->world.cards[card];
    struct station *issuer = universe_issuer(scenario->universe, of->issuer);
    struct code_search found = {.account = of->account};
    struct row_key from = row_key_of(table, NULL, 0);
    if (issuer->disk.scan(issuer->disk.self, &from, visit, &found) != STORE_OK)
        found.found = false;
    return found;
}

bool scenario_give_code(struct scenario *scenario, const struct said *said)
{
    struct universe *universe = scenario->universe;
    struct station *issuer = universe_issuer(universe, universe->world.cards[said->card].issuer);
    struct code_search card = search(scenario, said->card, TABLE_CARD, see_card);
    struct node_event *event = station_event(issuer);
    struct node_command command = {.kind = COMMAND_GIVE_CODE,
                                   .transaction = KIND_OFFLINE_SALE,
                                   .amount = said->amount,
                                   .key = card.card};
    if (!event || !card.found) {
        text_add(scenario->complaint, "the issuer does not answer the telephone");
        return false;
    }
    event->kind = EVENT_COMMAND;
    engine_event_command(issuer->at.engine, event, &command);
    station_wake(issuer);
    return scenario_wait(scenario, 1000);
}

bool scenario_sell_offline(struct scenario *scenario, const struct said *said)
{
    struct node_command command;
    struct ticket ticket = {0};
    struct said keyed = *said;
    struct code_search code = search(scenario, said->card, TABLE_GIVEN_CODE, see_code);
    if (!code.found) {
        text_add(scenario->complaint, "no code was given by voice for this card");
        return false;
    }
    keyed.entry = ENTRY_KEYED;
    command_for(scenario, said->till, COMMAND_PAY, &command);
    command.transaction = KIND_OFFLINE_SALE;
    command.amount = said->amount;
    command.auth_mode = 0;
    memcpy(command.auth_id, code.code.digits, sizeof command.auth_id);
    show_card(scenario, &keyed, &ticket, &command);
    ticket.pin_given = true; /* who has the code needs no PIN */
    ticket.pin_right = true;
    pay(scenario, said->till, &ticket, &command);
    return true;
}

/* ---- payments that are named ---- */

static struct asked_payment *find_asked(struct scenario *scenario,
                                        const struct named_payment *named, size_t *next)
{
    struct asked_payment *found = NULL;
    uint32_t nth = 0;
    *next = scenario->asked_count;
    for (size_t i = 0; i < scenario->asked_count; i++) {
        if (scenario->asked[i].till != named->till)
            continue;
        if (++nth == named->nth)
            found = &scenario->asked[i];
        if (nth == named->nth + 1) {
            *next = i;
            break;
        }
    }
    return found;
}

const struct ticket *scenario_ticket(struct scenario *scenario, const struct named_payment *named)
{
    size_t next;
    const struct asked_payment *asked = find_asked(scenario, named, &next);
    if (asked)
        return &scenario->universe->counter.tickets[asked->ticket - 1];
    text_add(scenario->complaint, "no such payment was asked for");
    return NULL;
}

/* The first payment of a terminal whose numbers are in a range. */
struct number_search {
    const char *terminal;
    uint64_t from;
    uint64_t before;
    uint64_t best;
    struct identity identity;
};

static uint64_t place_of(uint32_t batch, uint32_t trace)
{
    return (uint64_t)batch * 1000000 + trace;
}

static bool see_payment(void *context, const struct row_key *key, struct bytes value)
{
    struct number_search *search = context;
    struct identity identity;
    (void)value;
    if (key->len != IDENTITY_KEY_LEN)
        return true;
    identity_from_key(key->at, &identity);
    uint64_t place = place_of(identity.batch, identity.trace);
    if (memcmp(identity.terminal, search->terminal, sizeof identity.terminal) != 0 ||
        place < search->from || place >= search->before || place >= search->best)
        return true;
    search->best = place;
    search->identity = identity;
    return true;
}

bool scenario_identity(struct scenario *scenario, const struct named_payment *named,
                       struct identity *out)
{
    size_t next;
    const struct asked_payment *asked = find_asked(scenario, named, &next);
    if (!asked)
        return false;
    const struct ticket *ticket = &scenario->universe->counter.tickets[asked->ticket - 1];
    if (ticket->is_shown && ticket->has_payment) {
        *out = ticket->payment.identity;
        return true;
    }
    struct node_command command;
    struct station *shop = universe_shop(scenario->universe, named->till);
    struct row_key from = row_key_of(TABLE_PAYMENT, NULL, 0);
    struct number_search search = {.terminal = command.terminal,
                                   .from = place_of(asked->batch, asked->trace),
                                   .before = UINT64_MAX,
                                   .best = UINT64_MAX};
    command_for(scenario, named->till, COMMAND_NONE, &command);
    if (next < scenario->asked_count)
        search.before = place_of(scenario->asked[next].batch, scenario->asked[next].trace);
    if (shop->disk.scan(shop->disk.self, &from, see_payment, &search) != STORE_OK ||
        search.best == UINT64_MAX)
        return false;
    *out = search.identity;
    return true;
}

/* ---- what follows a payment ---- */

static bool name_original(struct scenario *scenario, const struct said *said,
                          struct node_command *command)
{
    struct identity identity;
    if (!scenario_ticket(scenario, &said->payment))
        return false;
    if (!scenario_identity(scenario, &said->payment, &identity)) {
        text_add(scenario->complaint, "its terminal knows no such payment");
        return false;
    }
    command->original.batch = identity.batch;
    command->original.trace = identity.trace;
    if (said->payment.till != said->till)
        memcpy(command->original.terminal, identity.terminal, sizeof identity.terminal);
    return true;
}

static bool needs_supervisor(enum txn_kind kind)
{
    return kind == KIND_VOID || kind == KIND_REFUND || kind == KIND_PREAUTH_VOID ||
           kind == KIND_COMPLETION_VOID;
}

bool scenario_follow(struct scenario *scenario, const struct said *said)
{
    struct node_command command;
    struct ticket ticket = {.pin_right = true, .number_right = true};
    const struct ticket *original = scenario_ticket(scenario, &said->payment);
    command_for(scenario, said->till, COMMAND_PAY, &command);
    if (!original || !name_original(scenario, said, &command))
        return false;
    ticket.card = original->card;
    ticket.follows = (size_t)(original - scenario->universe->counter.tickets) + 1;
    command.transaction = said->follow;
    if (said_has(said, SLOT_AMOUNT))
        command.amount = said->amount;
    if (said_has(said, SLOT_CARD)) {
        command.card.entry = said->entry;
        command.card.card = said->card;
    }
    command.supervisor.is_given = needs_supervisor(said->follow);
    if (command.supervisor.is_given)
        fill_secret(SUPERVISOR_PASSWORD, &command.supervisor.password);
    pay(scenario, said->till, &ticket, &command);
    return true;
}

bool scenario_query(struct scenario *scenario, const struct said *said)
{
    struct node_command command;
    struct ticket ticket = {.kind = COMMAND_QUERY};
    command_for(scenario, said->till, COMMAND_QUERY, &command);
    if (!name_original(scenario, said, &command))
        return false;
    ask(scenario, said->till, &ticket, &command);
    return true;
}

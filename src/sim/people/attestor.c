#include "sim/people/attestor.h"

#include "sim/universe.h"

#include "base/assert.h"
#include "node/doubt.h"
#include "node/persons.h"

#include <string.h>

#define PASSWORD "a password of theirs"
#define LOOK_EVERY_MS 5000

static const char *const persons[] = {"anna", "bo"};

static void put_name(char out[static PERSON_NAME_LEN], const char *name)
{
    memset(out, 0, PERSON_NAME_LEN);
    memcpy(out, name, strlen(name));
}

static void fill_password(struct secret *out)
{
    enum err err = secret_from(bytes_of_z(PASSWORD), out);
    assert(err == OK);
}

/* Gives a command as the console does. */
static bool give(struct station *station, struct node_command *command)
{
    struct node_event *event = station->is_up ? station_event(station) : NULL;
    if (event) {
        event->kind = EVENT_COMMAND;
        engine_event_command(station->at.engine, event, command);
        station_wake(station);
    }
    secret_wipe(&command->cashier.password);
    secret_wipe(&command->supervisor.password);
    return event != NULL;
}

/* Who is there already stays as he is. */
static bool set_person(struct station *station, const char *name)
{
    struct node_command command = {.kind = COMMAND_PERSON, .value_len = sizeof(struct persons_put)};
    struct persons_put put = {.voucher = {0}};
    put_name(put.person, name);
    memcpy(command.value, &put, sizeof put);
    fill_password(&command.cashier.password);
    return give(station, &command);
}

static bool say(struct station *station, const struct identity *identity,
                const struct attestor_word *word, bool is_first)
{
    struct testimony_act_value value = {.act = is_first ? TESTIMONY_PROPOSE : TESTIMONY_CONFIRM,
                                        .word = (uint8_t)word->word,
                                        .evidence = "told by telephone"};
    struct node_command command = {.kind = COMMAND_TESTIFY, .value_len = sizeof value};
    put_name(value.person, persons[is_first ? 0 : 1]);
    memcpy(value.rrn, word->rrn, sizeof value.rrn);
    command.key = payment_row_key(identity);
    command.key.table = TABLE_PENDING;
    memcpy(command.value, &value, sizeof value);
    fill_password(&command.supervisor.password);
    return give(station, &command);
}

bool attestor_say(struct station *station, const struct identity *identity,
                  const struct attestor_word *word)
{
    return set_person(station, persons[0]) && set_person(station, persons[1]) &&
           say(station, identity, word, true) && say(station, identity, word, false);
}

/* ---- the truth ---- */

static bool load(struct station *station, struct row_key key, void *out, size_t len)
{
    struct store_row row = {.key = key};
    struct store_row *rows[] = {&row};
    if (!station->is_up || station->disk.load(station->disk.self, rows, 1) != STORE_OK ||
        !row.found || row.len != len)
        return false;
    memcpy(out, row.value, len);
    return true;
}

/* Who knows: the payment's bank for the switch, the switch for a shop. NULL: nobody. */
static struct station *next_of(struct universe *universe, const struct station *station,
                               const struct payment_row *payment)
{
    if (station->role == AT_TERMINAL)
        return &universe->stations[UNIVERSE_SHOPS];
    for (uint32_t i = 0; i < VAULT_ISSUERS; i++) {
        char id[ISSUER_ID_LEN] = {0};
        memcpy(id, universe->world.issuers[i].id, strlen(universe->world.issuers[i].id));
        if (memcmp(id, payment->issuer, sizeof id) == 0)
            return universe_issuer(universe, i);
    }
    return NULL;
}

/* PAYMENT_STATE_COUNT: it may still change. */
static enum payment_state truth_of(const struct pending_row *pending,
                                   const struct payment_row *there)
{
    enum payment_state state = payment_state_of(there);
    if (pending->kind == PENDING_REVERSAL)
        return state == PAYMENT_TAKEN_BACK || state == PAYMENT_REFUSED ? PAYMENT_TAKEN_BACK
                                                                       : PAYMENT_STATE_COUNT;
    return state == PAYMENT_APPROVED || state == PAYMENT_REFUSED ? state : PAYMENT_STATE_COUNT;
}

/* ---- looking ---- */

struct looking {
    struct station *station;
    bool is_found;
    struct pending_row pending;
    struct attestor_word word;
};

static bool see(void *context, const struct row_key *key, struct bytes value)
{
    struct looking *looking = context;
    struct pending_row pending;
    struct payment_row here;
    struct payment_row there;
    if (key->table != TABLE_PENDING || value.len != sizeof pending)
        return key->table == TABLE_PENDING;
    memcpy(&pending, value.at, sizeof pending);
    struct row_key payment = payment_row_key(&pending.identity);
    if (!doubt_is_handed(&pending) || !load(looking->station, payment, &here, sizeof here))
        return true;
    struct station *next = next_of(looking->station->universe, looking->station, &here);
    if (!next || !load(next, payment, &there, sizeof there))
        return true;
    looking->word.word = truth_of(&pending, &there);
    memcpy(looking->word.rrn, there.rrn, sizeof there.rrn);
    looking->is_found = looking->word.word != PAYMENT_STATE_COUNT;
    looking->pending = pending;
    return !looking->is_found;
}

static void look_at(struct station *station)
{
    struct universe *universe = station->universe;
    struct looking looking = {.station = station};
    struct row_key from = row_key_of(TABLE_PENDING, NULL, 0);
    if (!station->is_up ||
        station->disk.scan(station->disk.self, &from, see, &looking) != STORE_OK ||
        !looking.is_found || !attestor_say(station, &looking.pending.identity, &looking.word))
        return;
    struct text *line = chronicle_line(&universe->chronicle, universe->now, "persons");
    text_add(line, "settle ");
    identity_add_text(line, &looking.pending.identity);
    text_add(line, " at ");
    text_add(line, station->name);
    text_add(line, " as ");
    text_add(line, payment_state_name(looking.word.word));
    chronicle_end(&universe->chronicle);
}

void attestor_look(struct universe *universe)
{
    if (universe->world.timings.hand_over_s != ATTESTOR_HAND_OVER_S ||
        universe->now.ns < universe->attested.ns)
        return;
    universe->attested = moment_add_ms(universe->now, LOOK_EVERY_MS);
    for (uint32_t i = 0; i <= UNIVERSE_SHOPS; i++)
        look_at(&universe->stations[i]);
    if (universe->has_nodes)
        look_at(&universe->stations[UNIVERSE_SECOND]);
}

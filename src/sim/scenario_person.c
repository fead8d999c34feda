#include "sim/scenario_stage.h"

#include "base/assert.h"
#include "books/testimony.h"
#include "node/persons.h"

#include <string.h>

#define PASSWORD "a password of theirs"
#define STEP_MS 200 /* a command is done within */

static const char *const persons[] = {"anna", "bo"};

static bool complain(struct scenario *scenario, const char *words)
{
    text_add(scenario->complaint, words);
    return false;
}

static void put_name(char out[static PERSON_NAME_LEN], const char *name)
{
    memset(out, 0, PERSON_NAME_LEN);
    memcpy(out, name, strlen(name));
}

/* Gives a command as the console does, and waits until it is done. */
static bool give(struct scenario *scenario, struct station *station, struct node_command *command)
{
    struct node_event *event = station->is_up ? station_event(station) : NULL;
    if (!event)
        return complain(scenario, "nobody answers at its console");
    event->kind = EVENT_COMMAND;
    engine_event_command(station->at.engine, event, command);
    station_wake(station);
    secret_wipe(&command->cashier.password);
    secret_wipe(&command->supervisor.password);
    return scenario_wait(scenario, STEP_MS);
}

static void fill_password(struct secret *out)
{
    enum err err = secret_from(bytes_of_z(PASSWORD), out);
    assert(err == OK);
}

/* Who is there already stays as he is. */
static bool set_persons(struct scenario *scenario, struct station *station)
{
    bool is_done = true;
    for (size_t i = 0; is_done && i < ARRAY_COUNT(persons); i++) {
        struct node_command command = {.kind = COMMAND_PERSON,
                                       .value_len = sizeof(struct persons_put)};
        struct persons_put put = {.voucher = {0}};
        put_name(put.person, persons[i]);
        memcpy(command.value, &put, sizeof put);
        fill_password(&command.cashier.password);
        is_done = give(scenario, station, &command);
    }
    return is_done;
}

static bool testify(struct scenario *scenario, struct station *station,
                    const struct identity *identity, enum payment_state word)
{
    bool is_done = true;
    for (size_t i = 0; is_done && i < ARRAY_COUNT(persons); i++) {
        struct testimony_act_value value = {.act = i == 0 ? TESTIMONY_PROPOSE : TESTIMONY_CONFIRM,
                                            .word = (uint8_t)word,
                                            .evidence = "told by telephone"};
        struct node_command command = {.kind = COMMAND_TESTIFY, .value_len = sizeof value};
        put_name(value.person, persons[i]);
        command.key = payment_row_key(identity);
        command.key.table = TABLE_PENDING;
        memcpy(command.value, &value, sizeof value);
        fill_password(&command.supervisor.password);
        is_done = give(scenario, station, &command);
    }
    return is_done;
}

static bool is_settled_as(struct station *station, const struct identity *identity,
                          enum payment_state word)
{
    struct store_row row = {.key = testimony_row_key(identity)};
    struct store_row *rows[] = {&row};
    struct testimony_row said;
    if (station->disk.load(station->disk.self, rows, 1) != STORE_OK || !row.found ||
        row.len != sizeof said)
        return false;
    memcpy(&said, row.value, sizeof said);
    return said.is_settled && said.word == word;
}

static bool try_to_settle(struct scenario *scenario, const struct said *said, bool *is_settled)
{
    struct station *station = scenario_station(scenario, said);
    struct identity identity;
    if (!scenario_identity(scenario, &said->payment, &identity))
        return complain(scenario, "there is no such payment");
    if (!set_persons(scenario, station) || !testify(scenario, station, &identity, said->state))
        return false;
    *is_settled = is_settled_as(station, &identity, said->state);
    return true;
}

bool scenario_testify(struct scenario *scenario, const struct said *said)
{
    bool is_settled = false;
    if (!try_to_settle(scenario, said, &is_settled))
        return false;
    return is_settled || complain(scenario, "their word was not taken");
}

bool scenario_testify_in_vain(struct scenario *scenario, const struct said *said)
{
    bool is_settled = false;
    if (!try_to_settle(scenario, said, &is_settled))
        return false;
    return !is_settled || complain(scenario, "their word was taken");
}

#include "sim/scenario/scenario_stage.h"

#include "books/testimony.h"
#include "sim/people/attestor.h"

#include <string.h>

#define DONE_MS 500

static bool complain(struct scenario *scenario, const char *words)
{
    text_add(scenario->complaint, words);
    return false;
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
    const struct attestor_word word = {.word = said->state};
    struct identity identity;
    if (!scenario_identity(scenario, &said->payment, &identity))
        return complain(scenario, "there is no such payment");
    if (!attestor_say(station, &identity, &word))
        return complain(scenario, "nobody answers at its console");
    if (!scenario_wait(scenario, DONE_MS))
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

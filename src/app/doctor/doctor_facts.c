#include "app/doctor/doctor_facts.h"

#include "app/world/client.h"

#include <string.h>

const json_t *doctor_party(const json_t *parties, const char *name)
{
    size_t i;
    const json_t *party;

    json_array_foreach(parties, i, party)
    {
        if (strcmp(client_text(party, "name"), name) == 0)
            return party;
    }
    return NULL;
}

static const json_t *row_by(const json_t *rows, const char *key, const char *id)
{
    size_t i;
    const json_t *row;

    json_array_foreach(rows, i, row)
    {
        if (strcmp(client_text(row, key), id) == 0)
            return row;
    }
    return NULL;
}

static int64_t number_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static bool is_set(const json_t *json, const char *key)
{
    return json_is_true(json_object_get(json, key));
}

static const json_t *issuer_party(const json_t *parties, const char *issuer)
{
    char name[32];
    struct text t = text_over(name, sizeof name);

    text_add(&t, "issuer-");
    text_add(&t, issuer);
    return doctor_party(parties, text_z(&t));
}

/* ---- keys ---- */

static enum key_usage usage_of(const json_t *key)
{
    for (int i = KEY_NONE + 1; i < KEY_USAGE_COUNT; i++) {
        if (strcmp(key_usage_letters((enum key_usage)i), client_text(key, "usage")) == 0)
            return (enum key_usage)i;
    }
    return KEY_NONE;
}

/* The key before this one only verifies what was in flight: nobody needs the same. */
static bool is_current(const json_t *key)
{
    const char *place = client_text(key, "place");
    const char *last = strrchr(place, '_');

    return last == NULL || strcmp(last, "_before") != 0;
}

/* A party's key of the same usage and owner, or NULL. */
static const json_t *same_key(const json_t *party, const json_t *key)
{
    size_t i;
    const json_t *other;

    json_array_foreach(json_object_get(party, "keys"), i, other)
    {
        if (is_current(other) &&
            strcmp(client_text(other, "usage"), client_text(key, "usage")) == 0 &&
            strcmp(client_text(other, "owner"), client_text(key, "owner")) == 0)
            return other;
    }
    return NULL;
}

static void compare_key(const json_t *here, const json_t *there, struct diagnosis *out)
{
    const json_t *any = here != NULL ? here : there;
    struct key_fact fact = {.usage = usage_of(any),
                            .owner = client_text(any, "owner"),
                            .here = client_text(here, "check"),
                            .there = client_text(there, "check"),
                            .is_here_good = is_set(here, "opens"),
                            .is_there_good = is_set(there, "opens")};

    diagnose_key(&fact, out);
}

/* Those of here that both have to have, and those of there that here lacks. */
static void compare_keys(const json_t *here, const json_t *there,
                         bool (*is_shared)(const json_t *key, const json_t *here,
                                           const json_t *there),
                         struct diagnosis *out)
{
    size_t i;
    const json_t *key;

    json_array_foreach(json_object_get(here, "keys"), i, key)
    {
        if (is_current(key) && is_shared(key, here, there))
            compare_key(key, same_key(there, key), out);
    }
    json_array_foreach(json_object_get(there, "keys"), i, key)
    {
        if (is_current(key) && is_shared(key, here, there) && same_key(here, key) == NULL)
            compare_key(NULL, key, out);
    }
}

/* Of terminals that are here: others may stand elsewhere. */
static bool is_terminal_key(const json_t *key, const json_t *terminal, const json_t *acquirer)
{
    enum key_usage usage = usage_of(key);

    (void)acquirer;
    return (usage == KEY_TMK || usage == KEY_PIK || usage == KEY_MAK || usage == KEY_TDK) &&
           row_by(json_object_get(terminal, "terminals"), "id", client_text(key, "owner")) != NULL;
}

static bool is_zone_key(const json_t *key, const json_t *acquirer, const json_t *issuer)
{
    enum key_usage usage = usage_of(key);
    const char *name = client_text(issuer, "name");

    (void)acquirer;
    return (usage == KEY_ZMK || usage == KEY_ZPK || usage == KEY_ZAK) &&
           strcmp(name + strlen("issuer-"), client_text(key, "owner")) == 0;
}

void doctor_judge_keys(const struct doctor_facts *facts, struct diagnosis *out)
{
    const struct lab_world *world = &facts->config->world;
    const json_t *acquirer = doctor_party(facts->parties, "acquirer");
    const json_t *terminal = doctor_party(facts->parties, "terminal");

    if (acquirer == NULL)
        return;
    if (terminal != NULL)
        compare_keys(terminal, acquirer, is_terminal_key, out);
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        const json_t *issuer = issuer_party(facts->parties, world->issuers[i].id);

        if (issuer != NULL)
            compare_keys(acquirer, issuer, is_zone_key, out);
    }
}

/* ---- clocks ---- */

static void judge_clocks(const struct doctor_facts *facts, struct diagnosis *out)
{
    const json_t *acquirer = doctor_party(facts->parties, "acquirer");
    size_t i;
    const json_t *party;

    json_array_foreach(facts->parties, i, party)
    {
        struct clock_fact fact = {
            .whose = client_text(party, "name"),
            .is_terminal = strcmp(client_text(party, "party"), party_name(PARTY_TERMINAL)) == 0};

        if (acquirer == NULL || party == acquirer)
            continue;
        fact.ahead_ms = (number_of(party, "clock_us") - number_of(acquirer, "clock_us")) / 1000;
        diagnose_clock(&fact, facts->limits, out);
    }
}

/* ---- records ---- */

static struct terminal_record terminal_record(const json_t *row)
{
    return (struct terminal_record){.is_there = row != NULL,
                                    .merchant = client_text(row, "merchant"),
                                    .state = record_state_by_name(client_text(row, "state")),
                                    .is_training = is_set(row, "training"),
                                    .software = (uint32_t)number_of(row, "software"),
                                    .software_min = (uint32_t)number_of(row, "software_min")};
}

static void judge_terminals(const json_t *acquirer, const json_t *terminal, struct diagnosis *out)
{
    const json_t *theirs = json_object_get(acquirer, "terminals");
    const json_t *ours = json_object_get(terminal, "terminals");
    struct terminal_fact fact;
    size_t i;
    const json_t *row;

    json_array_foreach(theirs, i, row)
    {
        fact = (struct terminal_fact){
            .terminal = client_text(row, "id"),
            .at_acquirer = terminal_record(row),
            .at_terminal = terminal_record(row_by(ours, "id", client_text(row, "id")))};
        diagnose_terminal(&fact, out);
    }
    json_array_foreach(ours, i, row)
    {
        fact = (struct terminal_fact){.terminal = client_text(row, "id"),
                                      .at_terminal = terminal_record(row)};
        if (row_by(theirs, "id", fact.terminal) == NULL)
            diagnose_terminal(&fact, out);
    }
}

static const struct lab_merchant *applied_merchant(const struct lab_world *world, const char *id)
{
    for (uint32_t i = 0; i < world->merchant_count; i++) {
        if (strcmp(world->merchants[i].id, id) == 0)
            return &world->merchants[i];
    }
    return NULL;
}

static void judge_merchant(const struct doctor_facts *facts, const char *id, const json_t *row,
                           struct diagnosis *out)
{
    const struct lab_merchant *applied = applied_merchant(&facts->config->world, id);
    struct merchant_fact fact = {.merchant = id,
                                 .at_acquirer = {.is_there = row != NULL,
                                                 .name = client_text(row, "name"),
                                                 .category = (uint16_t)number_of(row, "category")},
                                 .state = record_state_by_name(client_text(row, "state")),
                                 .reason = client_text(row, "reason"),
                                 .licence_until = (uint32_t)number_of(row, "licence_until"),
                                 .today =
                                     instant_date(facts->now, facts->config->world.utc_offset_s)};

    if (applied != NULL)
        fact.applied = (struct merchant_record){true, applied->name, applied->category};
    diagnose_merchant(&fact, out);
}

static void judge_merchants(const struct doctor_facts *facts, const json_t *acquirer,
                            struct diagnosis *out)
{
    const struct lab_world *world = &facts->config->world;
    const json_t *rows = json_object_get(acquirer, "merchants");
    size_t i;
    const json_t *row;

    json_array_foreach(rows, i, row) judge_merchant(facts, client_text(row, "id"), row, out);
    for (i = 0; i < world->merchant_count; i++) {
        if (row_by(rows, "id", world->merchants[i].id) == NULL)
            judge_merchant(facts, world->merchants[i].id, NULL, out);
    }
}

/* ---- card ranges ---- */

static bool is_away(const struct lab_world *world, const char *issuer)
{
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        if (strcmp(world->issuers[i].id, issuer) == 0)
            return world->issuers[i].is_absent;
    }
    return false;
}

static void judge_routes(const struct doctor_facts *facts, const json_t *acquirer,
                         struct diagnosis *out)
{
    const struct lab_world *world = &facts->config->world;
    const json_t *routes = json_object_get(acquirer, "routes");
    size_t i;
    const json_t *route;

    json_array_foreach(routes, i, route)
    {
        const char *id = client_text(route, "issuer");
        const json_t *issuer = row_by(json_object_get(acquirer, "issuers"), "id", id);
        struct route_fact fact = {.bin = client_text(route, "bin"),
                                  .issuer = id,
                                  .is_listed = true,
                                  .is_issuer_known = issuer != NULL,
                                  .is_issuer_up = is_set(issuer, "up"),
                                  .is_issuer_apart = is_set(issuer, "apart"),
                                  .is_away = is_away(world, id)};
        diagnose_route(&fact, out);
    }
    for (i = 0; i < world->issuer_count; i++) {
        struct route_fact fact = {.bin = world->issuers[i].bin, .issuer = world->issuers[i].id};
        if (row_by(routes, "bin", fact.bin) == NULL)
            diagnose_route(&fact, out);
    }
}

/* ---- each party ---- */

static enum party kind_of(const json_t *party)
{
    int kind = PARTY_NOBODY;

    while (kind < PARTY_COUNT &&
           strcmp(party_name((enum party)kind), client_text(party, "party")) != 0)
        kind++;
    return kind == PARTY_COUNT ? PARTY_NOBODY : (enum party)kind;
}

static void judge_store(const struct doctor_facts *facts, const json_t *party,
                        struct diagnosis *out)
{
    const json_t *store = json_object_get(party, "store");
    struct store_fact fact = {.name = client_text(party, "name"),
                              .party = kind_of(party),
                              .free_bytes = (uint64_t)number_of(store, "free"),
                              .is_writable = is_set(store, "writable"),
                              .why = client_text(store, "why"),
                              .tail_fault = client_text(store, "tail")};

    diagnose_store(&fact, facts->limits, out);
}

static void judge_standby(const json_t *party, struct diagnosis *out)
{
    const json_t *standby = json_object_get(party, "standby");
    const char *stand = client_text(standby, "stand");
    struct standby_fact fact = {
        .name = client_text(party, "name"),
        .is_away = strcmp(stand, "away") == 0 || strcmp(stand, "fenced") == 0,
        .is_required = strcmp(client_text(standby, "policy"), "required") == 0,
        .why = client_text(standby, "why"),
        .away_s = (uint32_t)(number_of(standby, "for_ms") / 1000),
        .behind = (uint64_t)number_of(standby, "behind")};

    if (json_is_object(standby))
        diagnose_standby(&fact, out);
}

/* An issuer's row of a hold that waits to lapse is no debt, and it owes nobody. */
static void judge_owed(const struct doctor_facts *facts, const json_t *party, struct diagnosis *out)
{
    const json_t *owed = json_object_get(party, "owed");
    int64_t age_us = facts->now.us - number_of(owed, "since_us");
    struct owed_fact fact = {.name = client_text(party, "name"),
                             .is_terminal = kind_of(party) == PARTY_TERMINAL,
                             .trace = (uint32_t)number_of(owed, "trace"),
                             .count = (uint32_t)number_of(owed, "count"),
                             .tries = (uint32_t)number_of(owed, "tries"),
                             .age_s = age_us < 0 ? 0 : (uint32_t)(age_us / 1000000)};

    if (kind_of(party) != PARTY_ISSUER)
        diagnose_owed(&fact, facts->limits, out);
}

static void judge_self_test(const struct doctor_facts *facts, const json_t *test,
                            struct diagnosis *out)
{
    static const struct {
        const char *key;
        const char *device;
    } devices[] = {{"reader", "card reader"}, {"pin_pad", "PIN pad"}, {"printer", "printer"}};
    const char *line = client_text(test, "line");
    struct line_fact subscription = {
        .terminal = client_text(test, "terminal"),
        .has_service = strcmp(line, "ok") == 0,
        .state = line,
        .until = (uint32_t)number_of(test, "line_until"),
        .today = instant_date(facts->now, facts->config->world.utc_offset_s)};

    for (size_t i = 0; i < ARRAY_COUNT(devices); i++) {
        struct device_fact fact = {.terminal = client_text(test, "terminal"),
                                   .device = devices[i].device,
                                   .is_good = is_set(test, devices[i].key)};
        fact.is_out_of_paper = strcmp(fact.device, "printer") == 0 && !is_set(test, "paper");
        diagnose_device(&fact, out);
    }
    diagnose_line(&subscription, out);
}

void doctor_judge(const struct doctor_facts *facts, struct diagnosis *out)
{
    const json_t *acquirer = doctor_party(facts->parties, "acquirer");
    const json_t *terminal = doctor_party(facts->parties, "terminal");
    size_t i;
    const json_t *item;

    judge_clocks(facts, out);
    if (acquirer != NULL) {
        judge_terminals(acquirer, terminal, out);
        judge_merchants(facts, acquirer, out);
        judge_routes(facts, acquirer, out);
    }
    json_array_foreach(facts->parties, i, item)
    {
        judge_store(facts, item, out);
        judge_standby(item, out);
        judge_owed(facts, item, out);
    }
    json_array_foreach(json_object_get(terminal, "devices"), i, item)
    {
        if (json_object_get(item, "error") == NULL)
            judge_self_test(facts, item, out);
    }
}

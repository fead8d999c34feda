/*
 * acquit doctor: looks at everything that a payment needs, says what is wrong and how to mend it.
 * Asks the processes of a data folder over their control sockets, goes the ways between the parties
 * itself, and leaves the judging to office/diagnosis.
 */
#include "app/doctor/doctor_facts.h"
#include "app/doctor/doctor_print.h"
#include "app/doctor/hop_probe.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/party_server.h"
#include "host/clock.h"
#include "host/control.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NETWORK_ECHO 301
#define ECHO_WAIT_MS 3000
#define KEYS_AGAIN_US 1000000 /* a sign-in that is under way is done by then */

static const char doctor_help[] =
    "usage: acquit doctor [--data DIR | --config FILE] [--json] [--lang zh|en] [--for READER]\n"
    "                     [--wait SECONDS]\n\n"
    "Looks at names, routes, connections, TLS, echo, line, clocks, keys, versions, records, BINs,\n"
    "stores, devices and what is owed, as far as the processes of the data folder know; says what\n"
    "is wrong, whose it is, and how to mend it, with the causes that payments are refused with.\n"
    "Below stand the links that are kept: which way each goes (primary, backup or down), since "
    "when.\n\n"
    "  --data DIR     folder of everything (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --config FILE  another configuration than DIR/acquit.yaml, such as a terminal's own\n"
    "  --json         as JSON\n"
    "  --lang LANG    zh or en (default: en)\n"
    "  --for READER   operator (default), merchant or cashier\n"
    "  --wait SECONDS for each answer, 1 to 120: else 30 for a process, 3 for a test message, "
    "which\n"
    "                 counts as lost when none comes\n\n"
    "Exit code 0: all is well; 1: something is wrong, and named; 2: could not look.\n\n"
    "examples: acquit doctor --data /tmp/shop\n"
    "          acquit doctor --data /tmp/shop --lang zh --for merchant\n"
    "          acquit doctor --config /etc/acquit/till.yaml --json || alarm\n";

struct doctor {
    const char *data;
    const char *config_path;
    struct doctor_reader reader;
    struct config config;
    json_t *parties;
    json_t *ways; /* of each process, where its links go */
    struct dialect dialects[2];
    struct txn_profile profiles[PROFILE_COUNT];
    struct diagnosis diagnosis;
    int process_wait_ms;
    int echo_wait_ms;
    bool is_blind; /* something that should have been looked at could not be */
};

static void complain(struct doctor *doctor, const char *words)
{
    fprintf(stderr, "acquit: %s\n", words);
    doctor->is_blind = true;
}

/* ---- asking the processes ---- */

/* NULL without a complaint when nobody listens: the socket was left by a crash. */
static json_t *ask(struct doctor *doctor, const char *path, const json_t *request)
{
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    json_t *answer = NULL;
    enum err err = control_ask(path, request, doctor->process_wait_ms, &answer, &error);

    if (err == OK && json_is_true(json_object_get(answer, "ok")))
        return answer;
    if (err == OK)
        text_add(&error, client_text(answer, "error"));
    if (err != ERR_NOT_FOUND)
        complain(doctor, room);
    json_decref(answer);
    return NULL;
}

static void take_keys(struct doctor *doctor, const char *path, json_t *party)
{
    json_t *request = json_pack("{s:s, s:s, s:O}", "verb", "keys", "action", "list", "party",
                                json_object_get(party, "name"));
    json_t *answer = ask(doctor, path, request);

    json_object_set(party, "keys", json_object_get(answer, "keys"));
    json_decref(answer);
    json_decref(request);
}

static void take_ways(struct doctor *doctor, const char *path)
{
    json_t *request = json_pack("{s:s}", "verb", "status");
    json_t *answer = ask(doctor, path, request);
    json_t *ways = json_object_get(answer, "ways");

    if (json_object_size(ways) > 0)
        json_array_append_new(doctor->ways, json_pack("{s:O, s:O}", "ways", ways, "ways_since",
                                                      json_object_get(answer, "ways_since")));
    json_decref(answer);
    json_decref(request);
}

static void take_process(struct doctor *doctor, const char *path)
{
    json_t *request = json_pack("{s:s}", "verb", "checkup");
    int64_t before_us = clock_wall().us;
    json_t *answer = ask(doctor, path, request);
    int64_t middle_us = before_us + (clock_wall().us - before_us) / 2;
    int64_t ahead_us = json_integer_value(json_object_get(answer, "wall_us")) - middle_us;
    size_t i;
    json_t *party;

    json_array_foreach(json_object_get(answer, "parties"), i, party)
    {
        json_object_set_new(party, "clock_us", json_integer(ahead_us));
        json_object_set_new(party, "socket", json_string(path));
        take_keys(doctor, path, party);
        json_array_append(doctor->parties, party);
    }
    if (answer != NULL)
        take_ways(doctor, path);
    json_decref(answer);
    json_decref(request);
}

static void take_processes(struct doctor *doctor)
{
    struct client_sockets sockets;

    client_sockets_find(doctor->config.data, &sockets);
    for (size_t i = 0; i < sockets.count; i++)
        take_process(doctor, sockets.paths[i]);
}

/* ---- going the ways ---- */

/* The address of the file, with the port that a running party got for port 0. False: it has none
 * because it does not run. */
static bool find_address(const struct doctor *doctor, const char *listen, const char *name,
                         char out[static CONFIG_ADDRESS_LEN])
{
    const char *colon = strrchr(listen, ':');
    const json_t *party = doctor_party(doctor->parties, name);
    struct text t = text_over(out, CONFIG_ADDRESS_LEN);

    if (colon == NULL || strcmp(colon, ":0") != 0) {
        text_add(&t, listen);
        return true;
    }
    text_add_bytes(&t, bytes_over(listen, (size_t)(colon - listen) + 1));
    text_add_i64(&t, json_integer_value(json_object_get(party, "port")));
    return party != NULL;
}

static void go(struct doctor *doctor, struct hop_probe *probe, const char *listen)
{
    char address[CONFIG_ADDRESS_LEN];

    if (find_address(doctor, listen, probe->to, address)) {
        probe->address = address;
        probe->echo_wait_ms = doctor->echo_wait_ms;
        hop_probe_run(probe);
    } else {
        probe->fact = (struct hop_fact){.to = probe->to,
                                        .address = listen,
                                        .is_host = probe->is_host,
                                        .failure = HOP_NO_CONNECTION,
                                        .why = "does not run"};
    }
    diagnose_hop(&probe->fact, &diagnosis_limits_usual, &doctor->diagnosis);
}

static void pad(char *out, size_t out_len, const char *text)
{
    size_t len = strlen(text);

    memset(out, ' ', out_len);
    memcpy(out, text, len < out_len ? len : out_len);
}

/* As any terminal of the file would. */
static void go_to_acquirer(struct doctor *doctor)
{
    const struct lab_world *world = &doctor->config.world;
    const struct lab_terminal *terminal = &world->terminals[0];
    struct hop_probe probe = {.to = "acquirer",
                              .tls = &doctor->config.terminal_tls,
                              .profile = &doctor->profiles[PROFILE_TERMINALS],
                              .echo = {.kind = KIND_ECHO,
                                       .function = FUNCTION_REQUEST,
                                       .network_code = NETWORK_ECHO,
                                       .sequence = -1,
                                       .identity = {.class = IDENTITY_PAYMENT, .batch = 1}}};

    pad(probe.echo.identity.terminal, TERMINAL_ID_LEN, terminal->id);
    pad(probe.echo.merchant, MERCHANT_ID_LEN, world->merchants[terminal->merchant].id);
    go(doctor, &probe, doctor->config.acquirer_listen);
}

static void go_to_issuer(struct doctor *doctor, uint32_t i)
{
    const struct lab_world *world = &doctor->config.world;
    char name[32];
    struct text t = text_over(name, sizeof name);
    struct hop_probe probe = {.to = name,
                              .is_host = true,
                              .tls = &doctor->config.issuer_tls,
                              .profile = &doctor->profiles[PROFILE_HOSTS],
                              .echo = {.kind = KIND_ECHO,
                                       .function = FUNCTION_REQUEST,
                                       .network_code = NETWORK_ECHO,
                                       .sequence = -1,
                                       .identity = {.class = IDENTITY_PAYMENT}}};

    text_add(&t, "issuer-");
    text_add(&t, world->issuers[i].id);
    memcpy(probe.echo.identity.acquirer, world->acquirer.id,
           strnlen(world->acquirer.id, ACQUIRER_ID_LEN));
    memcpy(probe.echo.issuer, world->issuers[i].id, strnlen(world->issuers[i].id, ISSUER_ID_LEN));
    pad(probe.echo.identity.terminal, TERMINAL_ID_LEN, "");
    go(doctor, &probe, doctor->config.issuer_listen[i]);
}

/* A till has no business with issuers: their ways are the switch's. */
static void go_all(struct doctor *doctor)
{
    const struct lab_world *world = &doctor->config.world;

    if (world->terminal_count > 0)
        go_to_acquirer(doctor);
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        if (!world->issuers[i].is_absent && doctor_party(doctor->parties, "acquirer") != NULL)
            go_to_issuer(doctor, i);
    }
}

/* ---- judging ---- */

static struct doctor_facts facts_of(const struct doctor *doctor)
{
    const json_t *acquirer = doctor_party(doctor->parties, "acquirer");
    int64_t ahead_us = json_integer_value(json_object_get(acquirer, "clock_us"));

    return (struct doctor_facts){.config = &doctor->config,
                                 .parties = doctor->parties,
                                 .limits = &diagnosis_limits_usual,
                                 .now = {clock_wall().us + ahead_us}};
}

/* Keys that change while they are read differ for a moment, so what differs is looked at again. */
static void judge_keys(struct doctor *doctor)
{
    struct doctor_facts facts = facts_of(doctor);
    struct diagnosis first = doctor->diagnosis;
    size_t i;
    json_t *party;

    doctor_judge_keys(&facts, &doctor->diagnosis);
    if (doctor->diagnosis.wrong[LOOK_KEYS] == 0)
        return;
    usleep(KEYS_AGAIN_US);
    json_array_foreach(doctor->parties, i, party)
        take_keys(doctor, client_text(party, "socket"), party);
    doctor->diagnosis = first;
    doctor_judge_keys(&facts, &doctor->diagnosis);
}

static void complain_of_self_test(struct doctor *doctor)
{
    const json_t *terminal = doctor_party(doctor->parties, "terminal");
    const json_t *first = json_array_get(json_object_get(terminal, "devices"), 0);

    if (json_object_get(first, "error") != NULL)
        complain(doctor, client_text(first, "error"));
}

static int examine(struct doctor *doctor)
{
    doctor->parties = json_array();
    doctor->ways = json_array();
    take_processes(doctor);
    if (json_array_size(doctor->parties) == 0) {
        fprintf(stderr, CLIENT_NOTHING_RUNS, doctor->config.data, doctor->config.data);
        return EXIT_USAGE;
    }
    struct doctor_facts facts = facts_of(doctor);
    go_all(doctor);
    doctor_judge(&facts, &doctor->diagnosis);
    judge_keys(doctor);
    complain_of_self_test(doctor);
    doctor_print(&doctor->diagnosis, doctor->ways, &doctor->reader);
    if (doctor->diagnosis.finding_count > 0)
        return EXIT_BAD;
    return doctor->is_blind ? EXIT_USAGE : EXIT_DONE;
}

static int run(struct doctor *doctor)
{
    char path[CONFIG_PATH_LEN];
    char room[512] = "";
    struct text t = text_over(path, sizeof path);
    struct text error = text_over(room, sizeof room);

    text_add(&t, doctor->config_path != NULL ? doctor->config_path : doctor->data);
    if (doctor->config_path == NULL)
        text_add(&t, "/acquit.yaml");
    if (t.cut || config_read(path, &doctor->config, &error) != OK ||
        party_profiles(&doctor->config, doctor->dialects, doctor->profiles) != OK) {
        fprintf(stderr, "acquit: %s\n", room);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    int result = examine(doctor);
    json_decref(doctor->parties);
    json_decref(doctor->ways);
    config_free(&doctor->config);
    return result;
}

static bool take_wait(const char *value, struct doctor *doctor)
{
    uint64_t seconds = 0;
    bool is_good =
        bytes_to_number(value, strlen(value), &seconds) == OK && seconds >= 1 && seconds <= 120;

    if (is_good)
        doctor->process_wait_ms = doctor->echo_wait_ms = (int)seconds * 1000;
    return is_good;
}

static bool take_option(int option, const char *value, struct doctor *doctor)
{
    if (option == 'w')
        return take_wait(value, doctor);
    if (option == 'd')
        doctor->data = value;
    else if (option == 'c')
        doctor->config_path = value;
    else if (option == 'j')
        doctor->reader.as_json = true;
    else if (option == 'l')
        doctor->reader.lang = explain_lang_by_name(value);
    else if (option == 'f')
        doctor->reader.reader = explain_reader_by_name(value);
    else
        return false;
    return doctor->reader.lang != LANG_COUNT && doctor->reader.reader != READER_COUNT &&
           doctor->reader.reader != READER_CARDHOLDER;
}

int doctor_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"config", required_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},       {"lang", required_argument, NULL, 'l'},
        {"for", required_argument, NULL, 'f'},  {"wait", required_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},       {0}};
    static struct doctor doctor = {.data = CLIENT_DATA_DEFAULT,
                                   .process_wait_ms = CLIENT_LOOK_WAIT_MS,
                                   .echo_wait_ms = ECHO_WAIT_MS,
                                   .reader = {.reader = READER_OPERATOR, .lang = LANG_EN}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return fputs(doctor_help, stdout), EXIT_DONE;
        if (!take_option(option, optarg, &doctor))
            return fputs(doctor_help, stderr), EXIT_USAGE;
    }
    if (optind != argc)
        return fputs(doctor_help, stderr), EXIT_USAGE;
    return run(&doctor);
}

/*
 * acquit audit: proves the books of every party of a data folder, through the process that runs on
 * it or by opening the store of one that nobody runs; then that the parties owe each other what
 * each says.
 */
#include "app/keeping/audit_report.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "host/control.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char audit_help[] =
    "usage: acquit audit [--data DIR] [--json]\n\n"
    "Proves the books of every party: the journal's chain is whole and without gaps, each "
    "record's\n"
    "postings sum to zero, each balance is the sum of its entries, each row is what the journal\n"
    "made it; and the issuers owe the switch what it says they owe.\n"
    "A running party stands still while its books are read.\n\n"
    "Exit code 0: all is right; 1: something is wrong, and named; 2: the arguments are wrong.\n\n"
    "example: acquit audit --data /tmp/shop\n";

struct audit_arguments {
    const char *data;
    bool as_json;
};

/* What is known of the folder's parties. */
struct audit_round {
    struct config config;
    json_t *parties;
    bool is_whole; /* every party of the configuration was audited */
};

/* ---- asking the running ones ---- */

/* A socket that nobody listens on was left by a crash: its stores are idle. */
static bool ask_one(const char *path, const json_t *request, json_t *parties)
{
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    json_t *answer = NULL;
    enum err err = control_ask(path, request, CLIENT_WAIT_MS, &answer, &error);

    if (err == ERR_NOT_FOUND)
        return true;
    if (err == OK && !json_is_true(json_object_get(answer, "ok")))
        text_add(&error, client_text(answer, "error"));
    if (room[0] != 0)
        fprintf(stderr, "acquit: %s\n", room);
    json_array_extend(parties, json_object_get(answer, "parties"));
    json_decref(answer);
    return room[0] == 0;
}

static bool ask_running(const char *data, bool quick, json_t *parties)
{
    json_t *request = json_pack("{s:s, s:b}", "verb", "audit", "quick", quick);
    struct client_sockets sockets;
    bool is_good = true;

    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++)
        is_good = ask_one(sockets.paths[i], request, parties) && is_good;
    json_decref(request);
    return is_good;
}

static json_t *find_party(const json_t *parties, const char *name)
{
    size_t i;
    json_t *party;

    json_array_foreach(parties, i, party)
    {
        if (strcmp(client_text(party, "name"), name) == 0)
            return party;
    }
    return NULL;
}

/* ---- opening the idle ones ---- */

static enum err audit_idle(struct audit_round *round, const struct lab_target *target,
                           struct text *error)
{
    struct audit_report *report = calloc(1, sizeof *report);
    struct hsm_soft *soft = NULL;
    struct store store = {0};
    enum err err = report == NULL ? ERR_FULL : audit_hashing_open(&soft);

    if (err != OK)
        goto done;
    party_store_name(&round->config, target, report->name);
    report->party = target->party;
    err = party_store_open_idle(&round->config, report->name, &store, error);
    if (err != OK)
        goto done;
    struct hsm hsm = hsm_soft_contract(soft);
    audit_report_make(&store, &hsm, false, report);
    store.close(store.self);
    json_array_append_new(round->parties, audit_report_json(report));
done:
    hsm_soft_close(soft);
    free(report);
    return err;
}

static void audit_target(struct audit_round *round, const struct lab_target *target)
{
    char name[PARTY_NAME_LEN];
    char room[512] = "";
    struct text error = text_over(room, sizeof room);

    party_store_name(&round->config, target, name);
    if (find_party(round->parties, name) != NULL)
        return;
    enum err err = audit_idle(round, target, &error);
    if (err == OK)
        return;
    fprintf(stderr, "acquit: %s\n", room[0] != 0 ? room : err_text(err));
    /* Terminals may live elsewhere: hosts that run alone have no terminal's store beside them. */
    if (err != ERR_NOT_FOUND || target->party != PARTY_TERMINAL)
        round->is_whole = false;
}

static void audit_all(struct audit_round *round)
{
    const struct lab_world *world = &round->config.world;
    struct lab_target target = {.party = PARTY_ISSUER};

    for (uint32_t i = 0; i < world->issuer_count; i++) {
        target.issuer = i;
        if (!world->issuers[i].is_absent)
            audit_target(round, &target);
    }
    target = (struct lab_target){.party = PARTY_ACQUIRER};
    audit_target(round, &target);
    target = (struct lab_target){.party = PARTY_TERMINAL};
    audit_target(round, &target);
}

/* ---- between the parties ---- */

/* Nothing moved since the audit, and nothing is in flight: only then must two books agree. */
static bool is_quiet(const struct audit_round *round, const char *data)
{
    json_t *now = json_array();
    bool is_quiet = ask_running(data, true, now);
    size_t i;
    const json_t *party;

    json_array_foreach(round->parties, i, party)
    {
        const json_t *later = find_party(now, client_text(party, "name"));
        const json_t *head = json_object_get(party, "head");

        if (json_integer_value(json_object_get(party, "pending")) > 0)
            is_quiet = false;
        if (later != NULL && !json_equal(head, json_object_get(later, "head")))
            is_quiet = false;
    }
    json_decref(now);
    return is_quiet;
}

static json_int_t settled(const json_t *party, const char *account)
{
    size_t i;
    const json_t *sum;

    json_array_foreach(json_object_get(party, "settlement"), i, sum)
    {
        if (strcmp(client_text(sum, "account"), account) == 0)
            return json_integer_value(json_object_get(sum, "minor"));
    }
    return 0;
}

static json_t *compare(const json_t *acquirer, const json_t *issuer, bool quiet)
{
    json_int_t receivable = settled(acquirer, client_text(issuer, "account"));
    json_int_t owed = -settled(issuer, client_text(acquirer, "account"));
    const char *verdict = !quiet ? "moving" : receivable == owed ? "agree" : "differ";

    return json_pack("{s:s, s:I, s:I, s:s}", "issuer", client_text(issuer, "name"), "receivable",
                     receivable, "owed", owed, "verdict", verdict);
}

static json_t *compare_all(const struct audit_round *round, const char *data)
{
    json_t *list = json_array();
    const json_t *acquirer = find_party(round->parties, "acquirer");
    bool quiet = is_quiet(round, data);
    size_t i;
    const json_t *party;

    json_array_foreach(round->parties, i, party)
    {
        if (acquirer != NULL && strcmp(client_text(party, "party"), "issuer") == 0)
            json_array_append_new(list, compare(acquirer, party, quiet));
    }
    return list;
}

/* ---- telling ---- */

static void print_fault(const json_t *party)
{
    const json_t *record = json_object_get(party, "record");

    printf("    %s: %s", client_text(party, "name"), client_text(party, "words"));
    if (*client_text(party, "row") != 0)
        printf("; %s", client_text(party, "row"));
    if (record != NULL)
        printf("; record %lld", (long long)json_integer_value(record));
    if (*client_text(party, "expected") != 0)
        printf("; expected %s, found %s", client_text(party, "expected"),
               client_text(party, "found"));
    putchar('\n');
}

static void print_parties(const json_t *parties)
{
    size_t i;
    const json_t *party;

    printf("%-18s%10s%10s%10s%10s%10s  %s\n", "party", "records", "postings", "rows", "accounts",
           "pending", "verdict");
    json_array_foreach(parties, i, party)
    {
        static const char *const counts[] = {"records", "postings", "rows", "accounts", "pending"};

        printf("%-18s", client_text(party, "name"));
        for (size_t c = 0; c < ARRAY_COUNT(counts); c++)
            printf("%10lld", (long long)json_integer_value(json_object_get(party, counts[c])));
        printf("  %s\n", json_is_true(json_object_get(party, "good")) ? "good" : "WRONG");
        if (!json_is_true(json_object_get(party, "good")))
            print_fault(party);
    }
}

static void print_money(const json_t *pair, const char *key, uint16_t currency)
{
    char room[32];
    struct text t = text_over(room, sizeof room);

    money_add_text(&t, money_of(json_integer_value(json_object_get(pair, key)), currency));
    fputs(text_z(&t), stdout);
}

static void print_between(const json_t *between, uint16_t currency)
{
    size_t i;
    const json_t *pair;

    json_array_foreach(between, i, pair)
    {
        const char *verdict = client_text(pair, "verdict");

        printf("%s owes the switch ", client_text(pair, "issuer"));
        print_money(pair, "owed", currency);
        printf(", and the switch expects ");
        print_money(pair, "receivable", currency);
        printf(": %s\n",
               strcmp(verdict, "moving") == 0 ? "not compared, payments are moving" : verdict);
    }
}

static bool is_all_good(const struct audit_round *round, const json_t *between)
{
    size_t i;
    const json_t *item;

    json_array_foreach(round->parties, i, item)
    {
        if (!json_is_true(json_object_get(item, "good")))
            return false;
    }
    json_array_foreach(between, i, item)
    {
        if (strcmp(client_text(item, "verdict"), "differ") == 0)
            return false;
    }
    return round->is_whole;
}

static int tell(const struct audit_round *round, const json_t *between, bool as_json)
{
    bool is_good = is_all_good(round, between);

    if (as_json) {
        json_t *json = json_pack("{s:b, s:O, s:O}", "ok", is_good, "parties", round->parties,
                                 "between", between);
        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(json);
    } else {
        print_parties(round->parties);
        print_between(between, round->config.world.currency);
        puts(is_good ? "the books are right" : "SOMETHING IS WRONG");
    }
    return is_good ? EXIT_DONE : EXIT_BAD;
}

static int audit_folder(const struct audit_arguments *arguments)
{
    struct audit_round round = {.is_whole = true};
    char path[CONFIG_PATH_LEN];
    char room[512] = "";
    struct text t = text_over(path, sizeof path);
    struct text error = text_over(room, sizeof room);

    text_add(&t, arguments->data);
    text_add(&t, "/acquit.yaml");
    if (t.cut || config_read(path, &round.config, &error) != OK) {
        fprintf(stderr, "acquit: %s\n", room);
        return EXIT_BAD;
    }
    round.parties = json_array();
    round.is_whole = ask_running(round.config.data, false, round.parties);
    audit_all(&round);
    json_t *between = compare_all(&round, round.config.data);
    int result = tell(&round, between, arguments->as_json);
    json_decref(between);
    json_decref(round.parties);
    config_free(&round.config);
    return result;
}

int audit_main(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct audit_arguments arguments = {.data = CLIENT_DATA_DEFAULT};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            arguments.data = optarg;
        else if (option == 'j')
            arguments.as_json = true;
        else
            return fputs(audit_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (optind != argc)
        return fputs(audit_help, stderr), EXIT_USAGE;
    return audit_folder(&arguments);
}

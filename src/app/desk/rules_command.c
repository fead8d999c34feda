/* acquit rules: limits and risk at the switch from the command line. */
#include "app/desk/rules_json.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/clock_file.h"
#include "app/world/party_store.h"
#include "drivers/files/rules_yaml.h"
#include "host/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHINA_OFFSET_S (8 * 3600) /* times in a file that is checked without a system */
#define NOT_HERE "the switch does not run in this process"

static const char rules_help[] =
    "usage: acquit rules check FILE\n"
    "       acquit rules load FILE\n"
    "       acquit rules show\n"
    "       acquit rules explain NAME|RRN\n"
    "       acquit rules dry-run [--day today|yesterday|YYYYMMDD] FILE\n"
    "       acquit rules block CARD [LIST]\n"
    "       acquit rules unblock CARD\n\n"
    "Limits and risk at the switch are rules in a YAML file; docs/rules.md lists every key.\n"
    "check needs no running system. load puts all rules of the file in force at once, without a\n"
    "restart; after a mistake (told with line and column) the old ones stay. explain says what a\n"
    "rule does, or which rule refused a payment. dry-run judges a day's payments once more by the\n"
    "rules of FILE and says whose answer would change, and why; nothing is changed. block puts a\n"
    "card on the black list, which rules of check `listed` refuse.\n\n"
    "  --data DIR   folder of everything (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --day DAY    dry-run: business date (default: today)\n"
    "  --json       answers as JSON\n\n"
    "examples: acquit rules check rules.yaml\n"
    "          acquit rules dry-run --day yesterday newrules.yaml\n"
    "          acquit rules explain 100000000815\n";

struct rules_arguments {
    const char *data;
    const char *day;
    bool as_json;
    const char *words[3];
    size_t word_count;
};

static bool parse(int argc, char **argv, struct rules_arguments *out)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            out->as_json = true;
        else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
            out->data = argv[++i];
        else if (strcmp(argv[i], "--day") == 0 && i + 1 < argc)
            out->day = argv[++i];
        else if (argv[i][0] == '-' || out->word_count == ARRAY_COUNT(out->words))
            return false;
        else
            out->words[out->word_count++] = argv[i];
    }
    return out->word_count > 0;
}

/* ---- asking the switch ---- */

/* The switch's answer; NULL with a complaint. Of several processes only one has it. */
static json_t *ask_switch(const char *data, const json_t *request)
{
    struct client_sockets sockets;
    char room[512] = "";
    char why[512] = "";

    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        struct text error = text_over(room, sizeof room);
        struct text kept = text_over(why, sizeof why);
        json_t *answer = client_try(sockets.paths[i], request, &error);

        if (answer != NULL)
            return answer;
        if (strstr(room, NOT_HERE) == NULL)
            text_add(&kept, room);
    }
    if (sockets.count == 0)
        fprintf(stderr, CLIENT_NOTHING_RUNS, data, data);
    else
        fprintf(stderr, "acquit: %s\n", why[0] != 0 ? why : NOT_HERE);
    return NULL;
}

static bool something_runs(const char *data)
{
    struct client_sockets sockets;

    client_sockets_find(data, &sockets);
    return sockets.count > 0;
}

static void print_json(const json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
}

/* ---- files ---- */

/* A file's text, terminated; freed by the caller. NULL with a complaint. */
static char *file_read(const char *path)
{
    struct yaml_fault fault;
    char room[512];
    struct text t = text_over(room, sizeof room);
    char *text = NULL;
    size_t len = 0;

    if (yaml_file_read(path, &text, &len, &fault) != OK) {
        yaml_fault_add_text(&t, path, &fault);
        fprintf(stderr, "acquit: %s\n", text_z(&t));
        return NULL;
    }
    text[len < YAML_TREE_LEN_MAX ? len : YAML_TREE_LEN_MAX] = 0;
    if (strlen(text) == len)
        return text;
    fprintf(stderr, "acquit: %s: the file holds a zero byte\n", path);
    free(text);
    return NULL;
}

/* Parses a text; complains. */
static bool rules_read(const char *path, const char *text, struct rules_file *out)
{
    struct yaml_fault fault;
    char room[512];
    struct text t = text_over(room, sizeof room);

    if (rules_yaml_parse(bytes_of_z(text), CHINA_OFFSET_S, out, &fault) == OK)
        return true;
    yaml_fault_add_text(&t, path, &fault);
    fprintf(stderr, "acquit: %s\n", text_z(&t));
    return false;
}

/* ---- printing ---- */

static void print_rule(const json_t *rule)
{
    int score = (int)json_integer_value(json_object_get(rule, "score"));
    const char *scope = client_text(rule, "scope");

    printf("%s: %s\n  %s%s%s\n", client_text(rule, "name"), client_text(rule, "what_en"),
           client_text(rule, "what_zh"), client_text(rule, "limits")[0] != 0 ? "\n  " : "",
           client_text(rule, "limits"));
    printf("  for: %s\n", scope[0] != 0 ? scope : "all");
    if (score > 0)
        printf("  adds %d to the score; from the threshold on: %s\n", score,
               client_text(rule, "cause"));
    else
        printf("  gives: %s\n", client_text(rule, "cause"));
}

static void print_rules(const json_t *answer)
{
    json_t *rules = json_object_get(answer, "rules");
    json_t *rule;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        print_rule(rule);
    }
}

/* "rule twice-a-day v3, used 2, limit 2" */
static void print_evidence(const json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        printf("%s%s %s", i == 0 ? "" : ", ", client_text(item, "en"), client_text(item, "value"));
    }
    putchar('\n');
}

static void print_change(const json_t *change)
{
    const char *when = client_text(change, "time");

    printf("%-12s  %-8s  %-8s  %-10s  %19s  %10s  %s -> %s\n", client_text(change, "rrn"),
           strlen(when) > 11 ? when + 11 : when, client_text(change, "terminal"),
           client_text(change, "merchant"), client_text(change, "card"),
           client_text(change, "amount"), client_text(change, "was"), client_text(change, "would"));
    printf("              because: ");
    if (strcmp(client_text(change, "change"), "now-passes") == 0) {
        printf("no rule refuses it any more; it was: ");
        print_evidence(json_object_get(change, "was_because"));
    } else {
        print_evidence(json_object_get(change, "because"));
    }
}

static void print_replay(const json_t *answer)
{
    json_int_t payments = json_integer_value(json_object_get(answer, "payments"));
    json_t *changes = json_object_get(answer, "changes");
    json_int_t total = 0;
    json_t *change;
    size_t i;

    json_array_foreach(changes, i, change)
    {
        print_change(change);
    }
    for (unsigned c = 0; c < REPLAY_CHANGE_COUNT; c++)
        total +=
            json_integer_value(json_object_get(answer, replay_change_name((enum replay_change)c)));
    printf("%s%lld payments of %lld judged: %lld would be refused now, %lld would not be any more, "
           "%lld for another cause\n",
           total > 0 ? "\n" : "", (long long)payments,
           (long long)json_integer_value(json_object_get(answer, "day")),
           (long long)json_integer_value(json_object_get(answer, "now-refused")),
           (long long)json_integer_value(json_object_get(answer, "now-passes")),
           (long long)json_integer_value(json_object_get(answer, "other-cause")));
    if (total > (json_int_t)json_array_size(changes))
        printf("only the first %zu are listed\n", json_array_size(changes));
    if (json_is_true(json_object_get(answer, "six_digits")))
        printf("card ranges of more than six digits were compared in six: more is not kept\n");
}

/* ---- the verbs ---- */

static int check(const struct rules_arguments *arguments)
{
    const char *path = arguments->words[1];
    struct rules_file *file = calloc(1, sizeof *file);
    char *text = file_read(path);
    bool is_good = file != NULL && text != NULL && rules_read(path, text, file);

    if (is_good && arguments->as_json)
        printf("{\"ok\":true,\"rules\":%u,\"rows\":%u}\n", file->named, file->count);
    else if (is_good)
        printf("%s: %u rules are good (%u with each value of a list; at most %d)\n", path,
               file->named, file->count, RULES_MAX);
    free(text);
    free(file);
    return is_good ? EXIT_DONE : EXIT_BAD;
}

static int finish(const struct rules_arguments *arguments, json_t *answer,
                  void (*print)(const json_t *answer))
{
    if (answer == NULL)
        return EXIT_BAD;
    if (arguments->as_json)
        print_json(answer);
    else
        print(answer);
    json_decref(answer);
    return EXIT_DONE;
}

static int ask(const struct rules_arguments *arguments, json_t *request,
               void (*print)(const json_t *answer))
{
    json_t *answer = ask_switch(arguments->data, request);

    json_decref(request);
    return finish(arguments, answer, print);
}

static void print_load(const json_t *answer)
{
    printf("version %lld is in force: %lld rules\n",
           (long long)json_integer_value(json_object_get(answer, "version")),
           (long long)json_integer_value(json_object_get(answer, "rules")));
}

static int load(const struct rules_arguments *arguments)
{
    char *text = file_read(arguments->words[1]);

    if (text == NULL)
        return EXIT_BAD;
    json_t *request = json_pack("{s:s, s:s, s:s, s:s}", "verb", "rules", "do", "load", "name",
                                arguments->words[1], "text", text);
    free(text);
    if (request == NULL) {
        fprintf(stderr, "acquit: %s: the file is not UTF-8\n", arguments->words[1]);
        return EXIT_BAD;
    }
    return ask(arguments, request, print_load);
}

static void print_show(const json_t *answer)
{
    json_int_t version = json_integer_value(json_object_get(answer, "version"));

    print_rules(answer);
    if (version == 0)
        printf("no rules were ever loaded\n");
    else
        printf("version %lld since %s, %lld rules, threshold %lld\n", (long long)version,
               client_text(answer, "loaded"),
               (long long)json_integer_value(json_object_get(answer, "count")),
               (long long)json_integer_value(json_object_get(answer, "threshold")));
}

static int show(const struct rules_arguments *arguments)
{
    return ask(arguments, json_pack("{s:s, s:s}", "verb", "rules", "do", "show"), print_show);
}

static void print_explain(const json_t *answer)
{
    json_int_t version = json_integer_value(json_object_get(answer, "rules_version"));
    json_t *evidence = json_object_get(answer, "evidence");

    if (json_object_get(answer, "rrn") != NULL) {
        printf("%s  %s  %s  %s\n", client_text(answer, "rrn"), client_text(answer, "time"),
               client_text(answer, "amount"), client_text(answer, "outcome"));
        if (version == 0)
            printf("judged by no rules\n");
        else
            printf("judged by rules of version %lld\n", (long long)version);
        if (json_array_size(evidence) > 0) {
            printf("evidence: ");
            print_evidence(evidence);
        }
    }
    print_rules(answer);
}

static int explain(const struct rules_arguments *arguments)
{
    return ask(arguments,
               json_pack("{s:s, s:s, s:s}", "verb", "rules", "do", "explain", "which",
                         arguments->words[1]),
               print_explain);
}

static void print_listed(const json_t *answer)
{
    (void)answer;
    puts("done");
}

static int block(const struct rules_arguments *arguments)
{
    bool is_block = strcmp(arguments->words[0], "block") == 0;

    return ask(arguments,
               json_pack("{s:s, s:s, s:s, s:s}", "verb", "rules", "do",
                         is_block ? "list-card" : "unlist-card", "card", arguments->words[1],
                         "list", arguments->word_count > 2 ? arguments->words[2] : ""),
               print_listed);
}

/* ---- the dry run ---- */

static bool visit_record(void *context, uint64_t sequence, struct bytes record)
{
    (void)sequence;
    replay_record(context, record);
    return true;
}

/* What the rules of a file are packed into. */
struct packed {
    struct rules_file file;
    struct rules_row head;
    struct rule_part_row parts[RULE_PARTS_MAX];
};

static void set_rules(struct replay *replay, struct packed *packed)
{
    struct rules_row now = {0};

    packed->head.threshold = packed->file.threshold;
    packed->head.currency = packed->file.currency;
    packed->head.loaded = clock_wall();
    rules_pack(packed->file.rules, packed->file.count, &now, &packed->head, packed->parts);
    replay->set.head = &packed->head;
    for (size_t i = 0; i < packed->head.part_count; i++)
        replay->set.parts[i] = &packed->parts[i];
}

/* Opens the switch's store that nobody owns. */
static enum err open_idle(const char *data, struct config *config, struct store *out,
                          struct text *error)
{
    struct lab_target target = {.party = PARTY_ACQUIRER};
    char path[CONFIG_PATH_LEN];
    char name[PARTY_NAME_LEN];
    struct text t = text_over(path, sizeof path);
    int64_t ahead_us = 0;

    text_add(&t, data);
    text_add(&t, "/acquit.yaml");
    TRY(config_read(path, config, error));
    enum err err = clock_file_read(data, &ahead_us, error);
    if (err == OK && ahead_us > 0)
        err = clock_set_offset(ahead_us);
    party_store_name(config, &target, name);
    if (err == OK)
        err = party_store_open_idle(config, name, out, error);
    if (err != OK)
        config_free(config);
    return err;
}

static json_t *replay_store(struct replay *replay, struct store *store)
{
    struct store_survey survey = {.context = replay, .record = visit_record};
    if (store_survey(store, &survey) != STORE_OK) {
        fputs("acquit: the journal cannot be read\n", stderr);
        return NULL;
    }
    if (replay->is_short) {
        fputs("acquit: no memory for that many payments\n", stderr);
        return NULL;
    }
    return rules_replay_json(replay);
}

static json_t *replay_idle(const struct rules_arguments *arguments, struct packed *packed)
{
    struct replay replay = {0};
    struct config config;
    struct store store;
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    json_t *answer = NULL;

    if (open_idle(arguments->data, &config, &store, &error) != OK) {
        fprintf(stderr, "acquit: %s\n", room[0] != 0 ? room : "the switch's store cannot be read");
        return NULL;
    }
    replay.utc_offset_s = config.world.utc_offset_s;
    replay.day = rules_day(arguments->day, clock_wall(), replay.utc_offset_s);
    set_rules(&replay, packed);
    if (replay.day == 0)
        fputs("acquit: --day: expected today, yesterday or a date such as 20261122\n", stderr);
    else
        answer = replay_store(&replay, &store);
    replay_free(&replay);
    store.close(store.self);
    config_free(&config);
    return answer;
}

static int dry_run(const struct rules_arguments *arguments)
{
    const char *path = arguments->words[1];
    struct packed *packed = calloc(1, sizeof *packed);
    char *text = file_read(path);
    json_t *answer = NULL;

    if (packed != NULL && text != NULL && rules_read(path, text, &packed->file)) {
        json_t *request = json_pack("{s:s, s:s, s:s, s:s, s:s}", "verb", "rules", "do", "dry-run",
                                    "day", arguments->day, "name", path, "text", text);
        answer = something_runs(arguments->data) ? ask_switch(arguments->data, request)
                                                 : replay_idle(arguments, packed);
        json_decref(request);
    }
    free(text);
    free(packed);
    return finish(arguments, answer, print_replay);
}

static const struct {
    const char *name;
    size_t least; /* words, the verb included */
    size_t most;
    int (*run)(const struct rules_arguments *arguments);
} rules_verbs[] = {
    {"check", 2, 2, check},     {"load", 2, 2, load},   {"show", 1, 1, show},
    {"explain", 2, 2, explain}, {"block", 2, 3, block}, {"unblock", 2, 2, block},
    {"dry-run", 2, 2, dry_run},
};

int rules_main(int argc, char **argv)
{
    struct rules_arguments arguments = {.data = CLIENT_DATA_DEFAULT, .day = "today"};

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(rules_help, stdout), EXIT_DONE;
    if (!parse(argc, argv, &arguments))
        return fputs(rules_help, stderr), EXIT_USAGE;
    for (size_t i = 0; i < ARRAY_COUNT(rules_verbs); i++) {
        if (strcmp(rules_verbs[i].name, arguments.words[0]) == 0 &&
            arguments.word_count >= rules_verbs[i].least &&
            arguments.word_count <= rules_verbs[i].most)
            return rules_verbs[i].run(&arguments);
    }
    return fputs(rules_help, stderr), EXIT_USAGE;
}

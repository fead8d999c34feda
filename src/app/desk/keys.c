/* acquit keys: what keys a party has, new ones, and those that custodians bring in components. */
#include "app/hidden_line.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "drivers/hsm/hsm_soft.h"
#include "host/clock.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define COMPONENT_TEXT_LEN 128

static const char keys_help[] =
    "usage: acquit keys list|check [--party NAME] [--all]\n"
    "       acquit keys make USAGE --party NAME --owner OWNER [--put]\n"
    "       acquit keys import USAGE --party NAME --owner OWNER [--component FILE]...\n"
    "                   [--check HEX] [--put]\n\n"
    "list    every key of the running parties: usage, owner, version, check value\n"
    "check   whether each opens under its party's master key; exit code 1 if one does not\n"
    "make    a new random key, as a key block under the party's master key\n"
    "import  puts two or three components together; each is one line of hex, from a file or typed\n"
    "        unseen; only its check value is shown\n\n"
    "  --party NAME     acquirer, terminal, issuer-20000001 ... (acquit status shows them)\n"
    "  --owner OWNER    whose key it is: a terminal or a party\n"
    "  --algorithm A    DES, TDES-2 (default), TDES-3, SM4, AES-128, AES-256, HMAC-SHA256\n"
    "  --mode M         where a usage has several: ISO 0, ISO 4, X9.19, CUP ECB, PVKI 1 ...\n"
    "  --key-version N  1 unless given\n"
    "  --check HEX      the check value that must come out\n"
    "  --put            let it take the place of the party's key of this usage and owner\n"
    "  --all            also keys of terminals made for load tests\n"
    "  --data DIR, --json\n\n"
    "Test keys only: components reach the process in clear.\n\n"
    "example: acquit keys import TMK --party acquirer --owner T1 --component a --component b\n";

enum { OPT_DATA = 'd', OPT_JSON = 'j', OPT_ALL = 'a', OPT_PUT = 'p', OPT_TEXT = 't' };
enum { OPT_COMPONENT = 'c', OPT_VERSION = 'v', OPT_HELP = 'h' };

struct keys_arguments {
    const char *data;
    const char *party;
    bool as_json;
    bool all;
    const char *components[HSM_COMPONENTS_MAX];
    size_t component_count;
    json_t *request;
};

static const struct option options[] = {
    {"data", required_argument, NULL, OPT_DATA},
    {"json", no_argument, NULL, OPT_JSON},
    {"all", no_argument, NULL, OPT_ALL},
    {"put", no_argument, NULL, OPT_PUT},
    {"party", required_argument, NULL, OPT_TEXT},
    {"owner", required_argument, NULL, OPT_TEXT},
    {"algorithm", required_argument, NULL, OPT_TEXT},
    {"mode", required_argument, NULL, OPT_TEXT},
    {"check", required_argument, NULL, OPT_TEXT},
    {"key-version", required_argument, NULL, OPT_VERSION},
    {"component", required_argument, NULL, OPT_COMPONENT},
    {"help", no_argument, NULL, OPT_HELP},
    {0},
};

/* ---- listing ---- */

static void print_key(const json_t *key)
{
    const char *usage = client_text(key, "usage");

    printf("%-18s%-26s%-11s%-12s%-13s%-12s%3lld  %-8s%s\n", client_text(key, "party"),
           client_text(key, "place"), *usage == 0 ? "?" : usage, client_text(key, "owner"),
           client_text(key, "algorithm"), client_text(key, "mode"),
           (long long)json_integer_value(json_object_get(key, "version")),
           client_text(key, "check"), json_is_true(json_object_get(key, "opens")) ? "" : "DAMAGED");
}

/* All pages of one party's keys. */
static bool gather_party(const char *path, const char *party, bool all, json_t *keys)
{
    json_t *request = json_pack("{s:s, s:s, s:s, s:b}", "verb", "keys", "action", "list", "party",
                                party, "all", all);
    json_int_t first = 0;
    bool more = true;

    while (more) {
        json_object_set_new(request, "first", json_integer(first));
        json_t *answer = client_ask(path, request);
        json_t *page = json_object_get(answer, "keys");

        more = json_is_true(json_object_get(answer, "more"));
        first += (json_int_t)json_array_size(page);
        json_array_extend(keys, page);
        json_decref(answer);
        if (answer == NULL)
            break;
    }
    json_decref(request);
    return !more;
}

static bool gather_process(const struct keys_arguments *arguments, const char *path, json_t *keys)
{
    json_t *request = json_pack("{s:s}", "verb", "status");
    json_t *status = client_ask(path, request);
    bool is_good = status != NULL;
    size_t i;
    const json_t *party;

    json_array_foreach(json_object_get(status, "parties"), i, party)
    {
        const char *name = client_text(party, "name");

        if (arguments->party == NULL || strcmp(arguments->party, name) == 0)
            is_good = gather_party(path, name, arguments->all, keys) && is_good;
    }
    json_decref(request);
    json_decref(status);
    return is_good;
}

static bool gather(const struct keys_arguments *arguments, json_t *keys)
{
    struct client_sockets sockets;
    bool is_good = true;

    client_sockets_find(arguments->data, &sockets);
    if (sockets.count == 0)
        fprintf(stderr, CLIENT_NOTHING_RUNS, arguments->data, arguments->data);
    for (size_t i = 0; i < sockets.count; i++)
        is_good = gather_process(arguments, sockets.paths[i], keys) && is_good;
    return is_good && sockets.count > 0;
}

static size_t count_damaged(const json_t *keys)
{
    size_t damaged = 0;
    size_t i;
    const json_t *key;

    json_array_foreach(keys, i, key) damaged += json_is_true(json_object_get(key, "opens")) ? 0 : 1;
    return damaged;
}

static int list(const struct keys_arguments *arguments)
{
    json_t *keys = json_array();
    bool is_good = gather(arguments, keys);
    size_t i;
    const json_t *key;

    if (arguments->as_json)
        json_dumpf(keys, stdout, JSON_COMPACT), putchar('\n');
    else if (is_good)
        printf("%-18s%-26s%-11s%-12s%-13s%-12s%3s  %s\n", "party", "place", "usage", "owner",
               "algorithm", "mode", "no.", "check");
    json_array_foreach(keys, i, key)
    {
        if (!arguments->as_json)
            print_key(key);
    }
    json_decref(keys);
    return is_good ? EXIT_DONE : EXIT_BAD;
}

static int check(const struct keys_arguments *arguments)
{
    json_t *keys = json_array();
    bool is_good = gather(arguments, keys);
    size_t damaged = count_damaged(keys);
    size_t i;
    const json_t *key;

    json_array_foreach(keys, i, key)
    {
        if (!json_is_true(json_object_get(key, "opens")))
            print_key(key);
    }
    printf("%zu keys, %zu damaged or of another master key\n", json_array_size(keys), damaged);
    json_decref(keys);
    return is_good && damaged == 0 ? EXIT_DONE : EXIT_BAD;
}

/* ---- components ---- */

/* Without the spaces that may stand between groups of digits. */
static bool take_component(const char *path, size_t number, char out[static COMPONENT_TEXT_LEN])
{
    char words[64];
    struct text t = text_over(words, sizeof words);
    size_t len = 0;

    text_add(&t, "component ");
    text_add_u64(&t, number);
    text_add(&t, " (hex, unseen)");
    if (!hidden_line_take(path, words, out, COMPONENT_TEXT_LEN))
        return false;
    for (const char *at = out; *at != 0; at++) {
        if (*at != ' ')
            out[len++] = *at;
    }
    out[len] = 0;
    return true;
}

/* The check value of one component alone, for its custodian: its key is made in an HSM of the
 * moment, with a second component of zeros. */
static bool component_check(const char *hex, const char *algorithm, struct key_check *out)
{
    struct hsm_soft_config config = {.master_generation = 1, .realm = KEY_TEST};
    struct hsm_command command = {.kind = HSM_KEY_COMBINE};
    struct secret *component = &command.of.key_combine.components[0];
    struct key_wish *wish = &command.of.key_combine.wish;
    struct hsm_soft *soft = NULL;
    struct key_header header;
    size_t len = 0;
    bool is_made = false;

    *wish = (struct key_wish){.usage = KEY_TMK, .algorithm = KEY_TDES_2};
    for (int i = KEY_ALGORITHM_NONE + 1; i < KEY_ALGORITHM_COUNT; i++) {
        if (strcmp(key_algorithm_text((enum key_algorithm)i), algorithm) == 0)
            wish->algorithm = (enum key_algorithm)i;
    }
    config.master.len = SECRET_LEN_MAX;
    clock_entropy(config.master.at, SECRET_LEN_MAX);
    if (key_owner_from("component", &wish->owner) == OK &&
        bytes_from_hex(hex, strlen(hex), component->at, sizeof component->at, &len) == OK &&
        hsm_soft_open(&config, &soft) == OK) {
        struct hsm hsm = hsm_soft_contract(soft);
        component->len = (uint8_t)len;
        command.of.key_combine.components[1].len = (uint8_t)len;
        command.of.key_combine.count = 2;
        struct hsm_answer answer = hsm_ask(&hsm, &command);
        is_made = answer.result == HSM_OK && keyblock_header(&answer.of.key, &header) == OK;
    }
    if (is_made)
        *out = header.check;
    hsm_command_wipe(&command);
    secret_wipe(&config.master);
    hsm_soft_close(soft);
    return is_made;
}

static void say_component(size_t number, const char *hex, const char *algorithm)
{
    struct key_check check;
    char room[8] = "";
    struct text t = text_over(room, sizeof room);

    if (!component_check(hex, *algorithm == 0 ? "TDES-2" : algorithm, &check))
        return;
    text_add_hex(&t, check.at, 3);
    fprintf(stderr, "component %zu: check value %s\n", number, room);
}

static bool take_components(const struct keys_arguments *arguments)
{
    json_t *list = json_array();
    size_t count = arguments->component_count == 0 ? 2 : arguments->component_count;
    bool is_good = true;

    json_object_set_new(arguments->request, "components", list);
    for (size_t i = 0; i < count && is_good; i++) {
        char hex[COMPONENT_TEXT_LEN];

        is_good = take_component(arguments->components[i], i + 1, hex);
        if (is_good) {
            say_component(i + 1, hex, client_text(arguments->request, "algorithm"));
            json_array_append_new(list, json_string(hex));
        }
        bytes_wipe(hex, sizeof hex);
    }
    return is_good;
}

/* ---- making ---- */

static int make(const struct keys_arguments *arguments, const char *action, const char *usage)
{
    json_object_set_new(arguments->request, "action", json_string(action));
    json_object_set_new(arguments->request, "usage", json_string(usage));
    if (arguments->party == NULL) {
        fputs("acquit: --party is missing: whose HSM makes the key\n", stderr);
        return EXIT_USAGE;
    }
    if (strcmp(action, "import") == 0 && !take_components(arguments))
        return EXIT_USAGE;
    json_t *answer = client_ask_any(arguments->data, arguments->request);
    if (answer == NULL)
        return EXIT_BAD;
    bool is_good = json_is_true(json_object_get(answer, "approved"));
    const char *place = client_text(answer, "place");
    if (arguments->as_json)
        json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
    else
        printf("%s of %s, %s, version %lld: check value %s\n%s%s\n%s\n", usage,
               client_text(answer, "owner"), client_text(answer, "algorithm"),
               (long long)json_integer_value(json_object_get(answer, "version")),
               client_text(answer, "check"), *place == 0 ? "in no row yet" : "put into ", place,
               client_text(answer, "block"));
    json_decref(answer);
    return is_good ? EXIT_DONE : EXIT_BAD;
}

static bool take_option(struct keys_arguments *arguments, int option, int index)
{
    if (option == OPT_DATA)
        arguments->data = optarg;
    else if (option == OPT_JSON)
        arguments->as_json = true;
    else if (option == OPT_ALL)
        arguments->all = true;
    else if (option == OPT_PUT)
        json_object_set_new(arguments->request, "put", json_true());
    else if (option == OPT_TEXT)
        json_object_set_new(arguments->request, options[index].name, json_string(optarg));
    else if (option == OPT_COMPONENT && arguments->component_count < HSM_COMPONENTS_MAX)
        arguments->components[arguments->component_count++] = optarg;
    else if (option != OPT_VERSION)
        return false;
    uint64_t version = 1;
    if (option == OPT_VERSION && bytes_to_number(optarg, strlen(optarg), &version) != OK)
        return false;
    if (option == OPT_VERSION)
        json_object_set_new(arguments->request, "version", json_integer((json_int_t)version));
    return true;
}

static int run(struct keys_arguments *arguments, int word_count, char **words)
{
    const char *action = word_count > 0 ? words[0] : "";
    bool is_making = strcmp(action, "make") == 0 || strcmp(action, "import") == 0;

    arguments->party = json_string_value(json_object_get(arguments->request, "party"));
    if (is_making && word_count == 2)
        return make(arguments, action, words[1]);
    if (strcmp(action, "list") == 0 && word_count == 1)
        return list(arguments);
    if (strcmp(action, "check") == 0 && word_count == 1)
        return check(arguments);
    return fputs(keys_help, stderr), EXIT_USAGE;
}

int keys_main(int argc, char **argv)
{
    struct keys_arguments arguments = {.data = CLIENT_DATA_DEFAULT,
                                       .request = json_pack("{s:s}", "verb", "keys")};
    int option;
    int index = 0;
    int result = EXIT_DONE;
    bool is_good = true;

    while (is_good && (option = getopt_long(argc, argv, "", options, &index)) != -1)
        is_good = take_option(&arguments, option, index);
    if (is_good) {
        result = run(&arguments, argc - optind, argv + optind);
    } else {
        fputs(keys_help, option == OPT_HELP ? stdout : stderr);
        result = option == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
    }
    json_decref(arguments.request);
    return result;
}

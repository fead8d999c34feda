/* acquit merchant|terminal|card|account|issuer list|show|set|fund|code|voice: the operator's desk
 * on the command line. argv[0] is the kind of record. */
#include "app/desk/record_add.h"
#include "app/story/records_print.h"
#include "app/subcommand.h"
#include "app/world/client.h"

#include <stdio.h>
#include <string.h>

#define PAGE 400

static const char record_help[] =
    "usage: acquit merchant|terminal|card|account|issuer list [--all]\n"
    "       acquit merchant|terminal|card|account|issuer show ID\n"
    "       acquit merchant|terminal|card|account|issuer set ID COLUMN=VALUE ...\n"
    "       acquit merchant|terminal|card add ID COLUMN=VALUE ...\n"
    "       acquit peer list                 other hosts: how far their journals are\n"
    "       acquit peer set ID[/NODE] is_behind=false    take one whose books are older than it\n"
    "                                        had said\n"
    "       acquit account fund NUMBER AMOUNT\n"
    "       acquit card code ID AMOUNT       a payment code (QR) for one sale up to the amount\n"
    "       acquit card voice ID AMOUNT      an authorisation code for one offline sale\n\n"
    "Looks at and changes the records of the running world. What may be set:\n"
    "  merchant   name category state reason amount_max licence licence_until latitude longitude\n"
    "  terminal   merchant state tap_limit software_min, in a lab also software; at the till\n"
    "             needs_cashier partial_ok no_keying no_fallback has_ranges listed_only\n"
    "             offline_max batch_max batch_age (seconds) refund_max\n"
    "  card       state limit daily_limit daily_count tap_limit needs_pin pin_tries (0 unlocks)\n"
    "             region (156: at shops of that region only) refusals (0 forgets them)\n"
    "  account    name credit_limit allows_partial overdue_since (20261101; 0: reviewed)\n"
    "  issuer     hold_days completion_percent tip_percent keep_days open_from open_until\n"
    "             cutoff_from cutoff_until (08:30) dormant_days pin_opens_daily refusals_max\n"
    "             suspicious referral\n"
    "States: active not-activated frozen cancelled lost stolen capture dormant.\n"
    "What add needs, besides what set takes: merchant name; terminal merchant; card issuer, and "
    "if\n"
    "it shall differ bin expiry service_code media=stripe,chip,contactless pin balance account.\n"
    "What is added is there when the world is started again.\n"
    "A card is named by its label (C1), or by the # and hash that its list shows.\n\n"
    "  --data DIR   folder of everything (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --all        also those that were made for load tests\n"
    "  --json       answers as JSON\n\n"
    "examples: acquit card add C50 issuer=20000001 balance=100.00 pin=4321\n"
    "          acquit merchant set M3 state=frozen\n"
    "          acquit card set C2 pin_tries=0\n"
    "          acquit account fund 1 250.00\n";

struct record_arguments {
    const char *what;
    const char *data;
    bool as_json;
    bool all;
    const char *words[24]; /* verb, id, COLUMN=VALUE ... */
    size_t word_count;
};

/* Options may stand anywhere. */
static bool parse(int argc, char **argv, struct record_arguments *out)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            out->as_json = true;
        else if (strcmp(argv[i], "--all") == 0)
            out->all = true;
        else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
            out->data = argv[++i];
        else if (argv[i][0] == '-' || out->word_count == ARRAY_COUNT(out->words))
            return false;
        else
            out->words[out->word_count++] = argv[i];
    }
    return out->word_count > 0;
}

/* ---- asking ---- */

/* Asks every process of the folder; rows of all answers together. NULL when none said ok. */
static json_t *ask_all(const char *data, const json_t *request, bool *more)
{
    struct client_sockets sockets;
    json_t *rows = NULL;
    char room[512] = "";

    *more = false;
    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        struct text error = text_over(room, sizeof room);
        json_t *answer = client_try(sockets.paths[i], request, &error);

        if (answer == NULL)
            continue;
        if (rows == NULL)
            rows = json_array();
        json_array_extend(rows, json_object_get(answer, "rows"));
        *more = *more || json_is_true(json_object_get(answer, "more"));
        json_decref(answer);
    }
    if (rows == NULL && sockets.count > 0)
        fprintf(stderr, "acquit: %s\n", room);
    else if (rows == NULL)
        fprintf(stderr, CLIENT_NOTHING_RUNS, data, data);
    return rows;
}

static json_t *request_new(const struct record_arguments *arguments)
{
    return json_pack("{s:s, s:s}", "verb", arguments->words[0], "what", arguments->what);
}

static int list(const struct record_arguments *arguments)
{
    json_t *request = request_new(arguments);
    json_t *rows = json_array();
    bool more = true;
    int result = EXIT_DONE;

    json_object_set_new(request, "all", json_boolean(arguments->all));
    json_object_set_new(request, "limit", json_integer(PAGE));
    for (json_int_t first = 0; more && (first == 0 || arguments->all); first += PAGE) {
        json_object_set_new(request, "first", json_integer(first));
        json_t *page = ask_all(arguments->data, request, &more);
        result = page == NULL ? EXIT_BAD : EXIT_DONE;
        json_array_extend(rows, page);
        json_decref(page);
        more = more && result == EXIT_DONE;
    }
    if (result == EXIT_DONE && arguments->as_json)
        json_dumpf(rows, stdout, JSON_COMPACT), putchar('\n');
    else if (result == EXIT_DONE)
        records_print_table(rows, arguments->what);
    if (more && !arguments->as_json)
        printf("... and more: --all shows them\n");
    json_decref(rows);
    json_decref(request);
    return result;
}

static int show(const struct record_arguments *arguments)
{
    json_t *request = request_new(arguments);
    bool more;

    json_object_set_new(request, "id", json_string(arguments->words[1]));
    json_t *rows = ask_all(arguments->data, request, &more);
    json_decref(request);
    if (rows == NULL)
        return EXIT_BAD;
    if (arguments->as_json)
        json_dumpf(rows, stdout, JSON_COMPACT), putchar('\n');
    else
        records_print_rows(rows);
    json_decref(rows);
    return EXIT_DONE;
}

static int change(const struct record_arguments *arguments, const json_t *request)
{
    struct client_sockets sockets;
    char room[512] = "";
    int result = EXIT_BAD;

    client_sockets_find(arguments->data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        struct text error = text_over(room, sizeof room);
        json_t *answer = client_try(sockets.paths[i], request, &error);

        if (answer == NULL)
            continue;
        bool is_good = json_is_true(json_object_get(answer, "approved"));
        result = is_good ? EXIT_DONE : EXIT_BAD;
        if (arguments->as_json)
            json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
        else
            records_print_change(answer, arguments->what, arguments->words[1]);
        json_decref(answer);
        room[0] = 0;
        if (!is_good)
            break;
    }
    if (sockets.count == 0)
        fprintf(stderr, CLIENT_NOTHING_RUNS, arguments->data, arguments->data);
    else if (result != EXIT_DONE && room[0] != 0)
        fprintf(stderr, "acquit: %s\n", room);
    return result;
}

static int set(const struct record_arguments *arguments)
{
    json_t *request = request_new(arguments);
    int result = EXIT_DONE;

    json_object_set_new(request, "id", json_string(arguments->words[1]));
    for (size_t i = 2; i < arguments->word_count; i++) {
        const char *equals = strchr(arguments->words[i], '=');
        char name[32] = "";

        if (equals == NULL || (size_t)(equals - arguments->words[i]) >= sizeof name) {
            fprintf(stderr, "acquit: %s: expected COLUMN=VALUE\n", arguments->words[i]);
            json_decref(request);
            return EXIT_USAGE;
        }
        memcpy(name, arguments->words[i], (size_t)(equals - arguments->words[i]));
        json_object_set_new(request, name, json_string(equals + 1));
    }
    result = change(arguments, request);
    json_decref(request);
    return result;
}

/* fund, code, voice */
static int with_amount(const struct record_arguments *arguments)
{
    json_t *request = request_new(arguments);

    json_object_set_new(request, "id", json_string(arguments->words[1]));
    json_object_set_new(request, "amount", json_string(arguments->words[2]));
    int result = change(arguments, request);
    json_decref(request);
    return result;
}

static int add(const struct record_arguments *arguments)
{
    struct record_addition addition = {.data = arguments->data,
                                       .what = arguments->what,
                                       .id = arguments->words[1],
                                       .words = arguments->words + 2,
                                       .word_count = arguments->word_count - 2};

    return record_add(&addition);
}

static const struct {
    const char *name;
    size_t least; /* words, the verb included */
    size_t most;
    int (*run)(const struct record_arguments *arguments);
} record_verbs[] = {
    {"list", 1, 1, list},        {"show", 2, 2, show},        {"set", 3, 24, set},
    {"fund", 3, 3, with_amount}, {"code", 3, 3, with_amount}, {"voice", 3, 3, with_amount},
    {"add", 2, 24, add},
};

int records_main(int argc, char **argv)
{
    struct record_arguments arguments = {.what = argv[0], .data = CLIENT_DATA_DEFAULT};

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(record_help, stdout), EXIT_DONE;
    if (!parse(argc, argv, &arguments))
        return fputs(record_help, stderr), EXIT_USAGE;
    for (size_t i = 0; i < ARRAY_COUNT(record_verbs); i++) {
        if (strcmp(record_verbs[i].name, arguments.words[0]) == 0 &&
            arguments.word_count >= record_verbs[i].least &&
            arguments.word_count <= record_verbs[i].most)
            return record_verbs[i].run(&arguments);
    }
    return fputs(record_help, stderr), EXIT_USAGE;
}

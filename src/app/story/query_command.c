/* acquit query: what became of a payment, from every party that can be reached, in the same words.
 */
#include "app/story/query_verb.h"
#include "app/story/story_client.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "base/bytes.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RRN_CHARS 12

static const char query_help[] =
    "usage: acquit query T1/000001/000042 [--at terminal|switch|issuer]\n"
    "       acquit query RRN|last [--terminal T1]\n"
    "       acquit query --trace N [--terminal T1] [--date YYYYMMDD]\n"
    "       acquit query --order A-17 [--terminal T1]\n"
    "all:   [--data DIR] [--json] [--ask]\n\n"
    "What became of a payment, in the same words from every party: state, where the money is, who\n"
    "decided, what happens next by itself, and whether the same basket may be charged again.\n"
    "T1/000001/000042 is terminal, batch and trace number. Without --at all parties are asked, "
    "and\n"
    "the one nearest to the shop that has seen the payment counts.\n"
    "--ask: besides, the terminal asks its switch over the line, and that the issuer, if it is in\n"
    "doubt there; that changes nothing.\n"
    "states: never-seen, in-progress, accepted, approved, refused, being-taken-back, taken-back,\n"
    "        damaged, archived, lost (these books went back in time, and may lack it)\n"
    "Exit code 0: nothing more happens by itself; 1: it is not settled, or nobody answers; 2: the\n"
    "arguments are wrong.\n\n"
    "examples: acquit query last\n"
    "          acquit query T1/000001/000042 --at switch --json\n";

enum {
    OPTION_DATA = 1,
    OPTION_AT,
    OPTION_JSON,
    OPTION_TEXT,
    OPTION_NUMBER,
    OPTION_ORDER,
    OPTION_ASK,
    OPTION_HELP
};

static const struct option options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"at", required_argument, NULL, OPTION_AT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"ask", no_argument, NULL, OPTION_ASK},
    {"terminal", required_argument, NULL, OPTION_TEXT},
    {"trace", required_argument, NULL, OPTION_NUMBER},
    {"order", required_argument, NULL, OPTION_ORDER},
    {"date", required_argument, NULL, OPTION_NUMBER},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

struct query_arguments {
    const char *data;
    const char *at; /* NULL: everywhere */
    bool as_json;
    bool is_asking;  /* over the line, too */
    json_t *find;    /* how the payment is found ... */
    json_t *request; /* ... and what is then asked */
};

/* ---- arguments ---- */

static bool take_number(json_t *find, const char *key, const char *text)
{
    uint64_t number = 0;

    if (*text == 0 || strlen(text) > 8 || bytes_to_number(text, strlen(text), &number) != OK)
        return false;
    return json_object_set_new(find, key, json_integer((json_int_t)number)) == 0;
}

static bool is_reference(const char *word)
{
    return strlen(word) == RRN_CHARS && strchr(word, '/') == NULL;
}

static bool take_word(struct query_arguments *out, const char *word)
{
    if (strchr(word, '/') != NULL)
        return json_object_set_new(out->request, "payment", json_string(word)) == 0;
    if (is_reference(word))
        json_object_set_new(out->find, "rrn", json_string(word));
    else if (strcmp(word, "last") != 0)
        return false;
    return json_object_set_new(out->find, "which",
                               json_string(is_reference(word) ? "rrn" : "last")) == 0;
}

static bool take_option(struct query_arguments *out, int option, const char *name)
{
    switch (option) {
    case OPTION_DATA:
        out->data = optarg;
        return true;
    case OPTION_AT:
        out->at = optarg;
        return json_object_set_new(out->request, "at", json_string(optarg)) == 0;
    case OPTION_JSON:
        out->as_json = true;
        return true;
    case OPTION_TEXT:
        return json_object_set_new(out->find, name, json_string(optarg)) == 0;
    case OPTION_NUMBER:
        json_object_set_new(out->find, "which", json_string("payment"));
        return take_number(out->find, name, optarg);
    case OPTION_ASK:
        out->is_asking = true;
        return true;
    case OPTION_ORDER:
        json_object_set_new(out->find, "which", json_string("order"));
        return json_object_set_new(out->find, name, json_string(optarg)) == 0;
    default:
        return false;
    }
}

static int usage(int code)
{
    fputs(query_help, code == EXIT_DONE ? stdout : stderr);
    return code == EXIT_DONE ? -1 : code;
}

/* EXIT_DONE, -1 after --help, or EXIT_USAGE. */
static int parse(int argc, char **argv, struct query_arguments *out)
{
    int option;
    int index = 0;

    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (option == OPTION_HELP)
            return usage(EXIT_DONE);
        if (!take_option(out, option, options[index].name))
            return usage(EXIT_USAGE);
    }
    if (argc - optind > 1 || (argc - optind == 1 && !take_word(out, argv[optind])))
        return usage(EXIT_USAGE);
    bool is_found = json_object_get(out->find, "which") != NULL;
    bool is_named = json_object_get(out->request, "payment") != NULL;
    if (is_found && strcmp(client_text(out->find, "which"), "last") != 0 &&
        json_object_get(out->find, "terminal") == NULL)
        json_object_set_new(out->find, "terminal", json_string("T1"));
    return is_found == is_named ? usage(EXIT_USAGE) : EXIT_DONE;
}

/* ---- asking ---- */

/* A reference, an order, a trace number or "last" becomes an identity where somebody knows it.
 * Returns the answer when that is all there is to say: an order that its terminal never had. */
static json_t *find(const struct query_arguments *arguments)
{
    json_t *answer = client_ask_any(arguments->data, arguments->find);
    json_t *all = NULL;

    json_object_set(arguments->request, "identity", json_object_get(answer, "identity"));
    if (json_is_true(json_object_get(answer, "never_seen")))
        all = json_pack("{s:b, s:s, s:s, s:s, s:b, s:b, s:{s:s, s:s}}", "ok", 1, "state",
                        "never-seen", "state_text", "never seen", "money", "not_moved", "final", 1,
                        "safe_to_retry", 1, "retry_text", "en", "yes", "zh", "可以重新收款");
    json_decref(answer);
    return all;
}

/* NULL, with a complaint, when nobody answers. Parties that do not are complained of, too: what the
 * others say is not all there is to know. */
static json_t *ask(const struct query_arguments *arguments)
{
    struct client_sockets sockets;
    json_t *parties = json_array();

    client_sockets_find(arguments->data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        char room[512] = "";
        struct text error = text_over(room, sizeof room);
        json_t *answer = client_try(sockets.paths[i], arguments->request, &error);

        if (answer == NULL && arguments->at == NULL)
            fprintf(stderr, "acquit: %s\n", text_z(&error));
        story_add(parties, answer);
        json_decref(answer);
    }
    if (json_array_size(parties) > 0)
        return query_sum_up(parties);
    if (sockets.count == 0)
        fprintf(stderr, CLIENT_NOTHING_RUNS, arguments->data, arguments->data);
    else
        fputs("acquit: no party that was asked answers\n", stderr);
    json_decref(parties);
    return NULL;
}

static void set_digits(json_t *request, const char *key, const json_t *number)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    text_add_u64(&t, (uint64_t)json_integer_value(number));
    json_object_set_new(request, key, json_string(text_z(&t)));
}

/* What the payment's terminal is told by its switch, over the line. */
static void ask_over_line(const struct query_arguments *arguments, json_t *answer)
{
    const json_t *identity = json_object_get(answer, "identity");
    json_t *request =
        json_pack("{s:s, s:s}", "verb", "ask", "terminal", client_text(identity, "terminal"));

    set_digits(request, "trace", json_object_get(identity, "trace"));
    set_digits(request, "batch", json_object_get(identity, "batch"));
    json_t *told = client_ask_any(arguments->data, request);
    if (told != NULL && json_object_get(told, "told") == NULL)
        fprintf(stderr, "acquit: the switch could not be asked: %s\n",
                client_text(told, "outcome"));
    json_object_set(answer, "told", json_object_get(told, "told"));
    json_decref(told);
    json_decref(request);
}

/* ---- telling ---- */

static void print_next(const json_t *answer)
{
    const char *next = client_text(answer, "next");

    if (json_is_true(json_object_get(answer, "final")))
        return;
    printf("next by itself: %s%s%s", next, *client_text(answer, "next_at") == 0 ? "" : " at ",
           client_text(answer, "next_at"));
    printf("; in doubt since %s, tried %d times\n", client_text(answer, "created"),
           (int)json_integer_value(json_object_get(answer, "tries")));
}

/* An issuer whose card it was not never saw it, and says nothing by that. */
static bool is_others_issuer(const json_t *parties, const json_t *party)
{
    const json_t *other;
    size_t i;

    if (strcmp(client_text(party, "party"), "issuer") != 0 ||
        strcmp(client_text(party, "state"), "never-seen") != 0)
        return false;
    json_array_foreach(parties, i, other)
    {
        if (strcmp(client_text(other, "party"), "issuer") == 0 &&
            strcmp(client_text(other, "state"), "never-seen") != 0)
            return true;
    }
    return false;
}

static void print_party(const json_t *party)
{
    const json_t *said = json_object_get(json_object_get(party, "testimony"), "text");

    printf("  %-18s %-17s %s\n", client_text(party, "name"), client_text(party, "state"),
           client_text(party, "money"));
    if (said != NULL)
        printf("    %s\n    %s\n", client_text(said, "en"), client_text(said, "zh"));
}

static void print_payment(const json_t *answer)
{
    printf("%s  %s %s %s  RRN %s  authorisation %s\n", client_text(answer, "payment"),
           client_text(answer, "kind"), client_text(answer, "currency"),
           client_text(answer, "amount"), client_text(answer, "rrn"),
           client_text(answer, "auth_id"));
    printf("%s; money: %s; cause: %s, decided by %s\n", client_text(answer, "state_text"),
           client_text(answer, "money"), client_text(answer, "cause"),
           client_text(answer, "decided_by"));
}

static void print_told(const json_t *told)
{
    const char *word = client_text(told, "issuer_state");

    printf("  %-18s %s%s%s\n", "over the line", client_text(told, "state"),
           *word == 0 ? "" : "; its issuer says: ", word);
}

static void print_status(const json_t *answer)
{
    const json_t *parties = json_object_get(answer, "parties");
    const json_t *party;
    size_t i;

    if (*client_text(answer, "kind") != 0)
        print_payment(answer);
    else
        printf("%s%s%s\n", client_text(answer, "payment"),
               *client_text(answer, "payment") == 0 ? "" : "  ", client_text(answer, "state_text"));
    print_next(answer);
    printf("charge again? %s  %s\n", client_text(json_object_get(answer, "retry_text"), "en"),
           client_text(json_object_get(answer, "retry_text"), "zh"));
    json_array_foreach(parties, i, party)
    {
        if (!is_others_issuer(parties, party))
            print_party(party);
    }
    if (json_object_get(answer, "told") != NULL)
        print_told(json_object_get(answer, "told"));
}

static bool is_named(const struct query_arguments *arguments)
{
    return json_object_get(arguments->request, "payment") != NULL ||
           json_object_get(arguments->request, "identity") != NULL;
}

int query_main(int argc, char **argv)
{
    struct query_arguments arguments = {.data = CLIENT_DATA_DEFAULT,
                                        .find = json_pack("{s:s}", "verb", "find"),
                                        .request = json_pack("{s:s}", "verb", "query")};
    int result = parse(argc, argv, &arguments);
    json_t *answer = NULL;

    if (result == EXIT_DONE && json_object_get(arguments.request, "payment") == NULL)
        answer = find(&arguments);
    if (result == EXIT_DONE && answer == NULL && is_named(&arguments))
        answer = ask(&arguments);
    if (answer != NULL && arguments.is_asking)
        ask_over_line(&arguments, answer);
    if (result == EXIT_DONE)
        result = json_is_true(json_object_get(answer, "final")) ? EXIT_DONE : EXIT_BAD;
    if (answer != NULL && arguments.as_json)
        json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
    else if (answer != NULL)
        print_status(answer);
    json_decref(answer);
    json_decref(arguments.find);
    json_decref(arguments.request);
    return result < 0 ? EXIT_DONE : result;
}

/* acquit receipt, acquit reprint: a payment on paper once more. */
#include "app/subcommand.h"
#include "app/world/client.h"
#include "base/attribute.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char receipt_help[] =
    "usage: acquit receipt last [--terminal T1] [OPTIONS]\n"
    "       acquit receipt RRN [OPTIONS]\n"
    "       acquit receipt --trace N --terminal T1 [OPTIONS]\n"
    "       acquit receipt settlement [--batch N] [--terminal T1] [OPTIONS]\n"
    "       acquit reprint [...]          the same, counted by the terminal as a copy\n\n"
    "Prints the receipt of a payment from the terminal's own record. A payment in doubt and one\n"
    "that was refused get a slip that says so. A copy beyond the first is marked DUPLICATED.\n\n"
    "  --copy merchant|cardholder   whose (default: merchant)\n"
    "  --format text|escpos|html    for a screen, a receipt printer, a browser (default: text)\n"
    "  --width N                    columns of the paper: 32 for 58 mm, 48 for 80 mm\n"
    "  --duplicate                  mark it as a copy in any case\n"
    "  --faulty paper               reprint: the paper is out; nothing is printed or counted\n"
    "  --output FILE                write it there\n"
    "  --json                       with its sort and the count of copies\n"
    "  --training                   of the world for practice\n"
    "  --data DIR                   folder of everything (default: acquit-data)\n\n"
    "Exit code 0: it was printed; 1: there is no such payment, or no paper; 2: wrong arguments.\n\n"
    "examples: acquit receipt last\n"
    "          acquit receipt last --copy cardholder --format html --output receipt.html\n"
    "          acquit reprint last --format escpos > /dev/usb/lp0\n";

struct receipt_arguments {
    const char *data;
    char folder[512]; /* of data: the world that is meant */
    const char *output;
    const char *faulty;
    bool as_json;
    bool is_training;
    json_t *find;  /* which payment */
    json_t *order; /* how to print it */
};

enum {
    OPTION_DATA = 1,
    OPTION_FIND,
    OPTION_TRACE,
    OPTION_BATCH,
    OPTION_ORDER,
    OPTION_WIDTH,
    OPTION_DUPLICATE,
    OPTION_FAULTY,
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_TRAINING,
    OPTION_HELP
};

static const struct option options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"terminal", required_argument, NULL, OPTION_FIND},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"batch", required_argument, NULL, OPTION_BATCH},
    {"copy", required_argument, NULL, OPTION_ORDER},
    {"format", required_argument, NULL, OPTION_ORDER},
    {"width", required_argument, NULL, OPTION_WIDTH},
    {"duplicate", no_argument, NULL, OPTION_DUPLICATE},
    {"faulty", required_argument, NULL, OPTION_FAULTY},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"training", no_argument, NULL, OPTION_TRAINING},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

/* ---- arguments ---- */

static bool set_number(json_t *to, const char *key)
{
    uint64_t number = 0;

    if (*optarg == 0 || strlen(optarg) > 6 ||
        bytes_to_number(optarg, strlen(optarg), &number) != OK) {
        fprintf(stderr, "acquit: --%s takes a number, not \"%s\"\n\n", key, optarg);
        return false;
    }
    return json_object_set_new(to, key, json_integer((json_int_t)number)) == 0;
}

static bool take_option(struct receipt_arguments *out, int option, const char *name)
{
    switch (option) {
    case OPTION_DATA:
        out->data = optarg;
        return true;
    case OPTION_FIND:
        return json_object_set_new(out->find, name, json_string(optarg)) == 0;
    case OPTION_TRACE:
        json_object_set_new(out->find, "which", json_string("payment"));
        return set_number(out->find, name);
    case OPTION_BATCH:
        return set_number(out->order, name);
    case OPTION_ORDER:
        return json_object_set_new(out->order, name, json_string(optarg)) == 0;
    case OPTION_WIDTH:
        return set_number(out->order, name);
    case OPTION_DUPLICATE:
        return json_object_set_new(out->order, name, json_true()) == 0;
    case OPTION_FAULTY:
        out->faulty = optarg;
        return true;
    case OPTION_OUTPUT:
        out->output = optarg;
        return true;
    case OPTION_JSON:
        out->as_json = true;
        return true;
    case OPTION_TRAINING:
        out->is_training = true;
        return true;
    default:
        return false;
    }
}

static int usage(bool is_asked_for)
{
    fputs(receipt_help, is_asked_for ? stdout : stderr);
    return is_asked_for ? -1 : EXIT_USAGE;
}

/* EXIT_DONE, -1 after --help, or EXIT_USAGE. */
static int parse(int argc, char **argv, struct receipt_arguments *out)
{
    int option;
    int index = 0;

    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (option == OPTION_HELP)
            return usage(true);
        if (option == '?' || !take_option(out, option, options[index].name))
            return usage(false);
    }
    bool has_trace = json_object_get(out->find, "trace") != NULL;
    if (argc - optind > 1 || (has_trace && argc != optind) ||
        (has_trace && json_object_get(out->find, "terminal") == NULL))
        return usage(false);
    if (has_trace)
        return EXIT_DONE;
    if (argc > optind && strcmp(argv[optind], "settlement") == 0) {
        json_object_set_new(out->order, "verb", json_string("slip"));
        return EXIT_DONE;
    }
    bool is_last = argc == optind || strcmp(argv[optind], "last") == 0;
    json_object_set_new(out->find, "which", json_string(is_last ? "last" : "rrn"));
    if (!is_last)
        json_object_set_new(out->find, "rrn", json_string(argv[optind]));
    return EXIT_DONE;
}

/* ---- asking ---- */

/* Counts the copy at its terminal: it is printed by those who asked. False when it will not be. */
static bool count_copy(const struct receipt_arguments *arguments, const json_t *identity)
{
    char trace[8];
    char batch[8];
    struct text t = text_over(trace, sizeof trace);
    struct text b = text_over(batch, sizeof batch);

    text_add_u64(&t, (uint64_t)json_integer_value(json_object_get(identity, "trace")));
    text_add_u64(&b, (uint64_t)json_integer_value(json_object_get(identity, "batch")));
    json_t *request = json_pack("{s:s, s:s, s:s, s:s}", "verb", "printed", "terminal",
                                client_text(identity, "terminal"), "trace", trace, "batch", batch);
    if (arguments->faulty != NULL)
        json_object_set_new(request, "faulty", json_pack("[s]", arguments->faulty));
    json_t *answer = client_ask_any(arguments->folder, request);
    bool is_good = json_is_true(json_object_get(answer, "approved"));

    if (answer != NULL && !is_good)
        fprintf(stderr, "acquit: not printed: %s\n", client_text(answer, "outcome"));
    json_decref(answer);
    json_decref(request);
    return is_good;
}

/* A batch's slip is no payment's: nothing has to be found or counted. */
static json_t *ask_of_batch(const struct receipt_arguments *arguments)
{
    json_t *terminal = json_object_get(arguments->find, "terminal");

    if (terminal != NULL)
        json_object_set(arguments->order, "terminal", terminal);
    return client_ask_any(arguments->folder, arguments->order);
}

static json_t *ask(const struct receipt_arguments *arguments, bool is_reprint)
{
    if (strcmp(client_text(arguments->order, "verb"), "slip") == 0)
        return ask_of_batch(arguments);
    json_t *found = client_ask_any(arguments->folder, arguments->find);
    json_t *identity = json_object_get(found, "identity");
    json_t *paper = NULL;

    if (found != NULL && (!is_reprint || count_copy(arguments, identity))) {
        json_object_set(arguments->order, "identity", identity);
        paper = client_ask_any(arguments->folder, arguments->order);
    }
    json_decref(found);
    return paper;
}

/* ---- writing ---- */

static bool write_hex(const char *hex, FILE *out)
{
    size_t len = strlen(hex) / 2;
    size_t used = 0;
    uint8_t *at = malloc(len + 1);
    bool is_good = at != NULL && bytes_from_hex(hex, 2 * len, at, len, &used) == OK &&
                   fwrite(at, 1, used, out) == used;

    free(at);
    return is_good;
}

static bool write_paper(const struct receipt_arguments *arguments, const json_t *paper, FILE *out)
{
    const char *hex = json_string_value(json_object_get(paper, "hex"));

    if (arguments->as_json)
        return json_dumpf(paper, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF;
    return hex != NULL ? write_hex(hex, out) : fputs(client_text(paper, "paper"), out) != EOF;
}

static int deliver(const struct receipt_arguments *arguments, const json_t *paper)
{
    FILE *out = arguments->output == NULL ? stdout : fopen(arguments->output, "wb");
    bool is_good = out != NULL && write_paper(arguments, paper, out) && fflush(out) == 0;

    if (out != NULL && out != stdout && fclose(out) != 0)
        is_good = false;
    if (!is_good)
        perror(arguments->output == NULL ? "acquit" : arguments->output);
    return is_good ? EXIT_DONE : EXIT_BAD;
}

int receipt_main(int argc, char **argv)
{
    struct receipt_arguments arguments = {.data = CLIENT_DATA_DEFAULT,
                                          .find = json_pack("{s:s}", "verb", "find"),
                                          .order = json_pack("{s:s}", "verb", "receipt")};
    int result = parse(argc, argv, &arguments);

    if (result == EXIT_DONE) {
        client_folder(arguments.data, arguments.is_training, arguments.folder,
                      sizeof arguments.folder);
        json_t *paper = ask(&arguments, strcmp(argv[0], "reprint") == 0);
        result = paper == NULL ? EXIT_BAD : deliver(&arguments, paper);
        json_decref(paper);
    }
    json_decref(arguments.find);
    json_decref(arguments.order);
    return result < 0 ? EXIT_DONE : result;
}

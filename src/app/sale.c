/* acquit sale, balance, signin, signoff, echo: a cashier's keys on the command line. */
#include "app/client.h"
#include "app/subcommand.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char sale_help[] =
    "usage: acquit sale AMOUNT [--data DIR] [--terminal T1] [--card C1]\n"
    "                   [--entry chip|stripe|tap|keyed] [--pin 1234] [--fallback]\n"
    "                   [--number N --expiry YYMM] [--json]\n"
    "       acquit balance ...            the same without an amount\n"
    "       acquit signin|signoff|echo [--terminal T1]\n\n"
    "Does what a cashier does at a terminal of the running world, and prints the receipt.\n"
    "Exit code 0: approved; 1: not; 2: the arguments are wrong.\n\n"
    "example: acquit sale 10.00 --terminal T1 --card C1 --pin 1234\n";

enum { OPTION_HELP = 'h', OPTION_JSON = 'j', OPTION_DATA = 'd', OPTION_FALLBACK = 'f' };

static const struct option options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"terminal", required_argument, NULL, 1},
    {"card", required_argument, NULL, 1},
    {"entry", required_argument, NULL, 1},
    {"pin", required_argument, NULL, 1},
    {"number", required_argument, NULL, 1},
    {"expiry", required_argument, NULL, 1},
    {"fallback", no_argument, NULL, OPTION_FALLBACK},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

struct sale_arguments {
    const char *data;
    bool as_json;
    json_t *request;
};

/* EXIT_DONE, or the code to exit with after help was printed. */
static int parse(int argc, char **argv, struct sale_arguments *out)
{
    int option;
    int index = 0;

    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (option == OPTION_DATA)
            out->data = optarg;
        else if (option == OPTION_JSON)
            out->as_json = true;
        else if (option == OPTION_FALLBACK)
            json_object_set_new(out->request, "fallback", json_true());
        else if (option == 1)
            json_object_set_new(out->request, options[index].name, json_string(optarg));
        else
            return fputs(sale_help, option == OPTION_HELP ? stdout : stderr), EXIT_USAGE;
    }
    bool is_sale = strcmp(argv[0], "sale") == 0;
    if (optind + (is_sale ? 1 : 0) != argc)
        return fputs(sale_help, stderr), EXIT_USAGE;
    if (is_sale)
        json_object_set_new(out->request, "amount", json_string(argv[optind]));
    return EXIT_DONE;
}

static void print_answer(const char *verb, const json_t *answer)
{
    const char *receipt = client_text(answer, "receipt");

    if (*receipt != 0) {
        fputs(receipt, stdout);
        printf("money: %s; RRN %s; %.1f ms\n", client_text(answer, "money"),
               client_text(json_object_get(answer, "payment"), "rrn"),
               (double)json_integer_value(json_object_get(answer, "took_us")) / 1000);
    } else {
        printf("%s: %s\n", verb, client_text(answer, "outcome"));
    }
    if (!json_is_true(json_object_get(answer, "approved"))) {
        const json_t *cashier = json_object_get(answer, "cashier");
        if (*receipt == 0 && cashier != NULL)
            printf("%s\n%s\n", client_text(cashier, "zh"), client_text(cashier, "en"));
    }
}

int cashier_main(int argc, char **argv)
{
    struct sale_arguments arguments = {.data = CLIENT_DATA_DEFAULT,
                                       .request = json_pack("{s:s}", "verb", argv[0])};
    int result = parse(argc, argv, &arguments);

    if (result != EXIT_DONE) {
        json_decref(arguments.request);
        return result;
    }
    json_t *answer = client_ask_any(arguments.data, arguments.request);
    json_decref(arguments.request);
    if (answer == NULL)
        return EXIT_USAGE;
    if (arguments.as_json)
        json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
    else
        print_answer(argv[0], answer);
    result = json_is_true(json_object_get(answer, "approved")) ? EXIT_DONE : EXIT_BAD;
    json_decref(answer);
    return result;
}

/* acquit sale, void, refund, preauth ... settle, login: a cashier's keys on the command line. */
#include "app/subcommand.h"
#include "app/till/signature_file.h"
#include "app/world/client.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char sale_help[] =
    "usage: acquit sale AMOUNT [--terminal T1] [CARD]\n"
    "       acquit balance [CARD]\n"
    "       acquit preauth AMOUNT [CARD]\n"
    "       acquit void|preauth-void|completion-void --trace N [--supervisor PASSWORD]\n"
    "       acquit refund AMOUNT --trace N [--batch B] [--of T2] [--date MMDD] [--rrn RRN]\n"
    "       acquit increment|completion|completion-advice|tip-adjust AMOUNT --trace N\n"
    "       acquit offline-sale AMOUNT --auth CODE [CARD]\n"
    "       acquit settle [--force --supervisor PASSWORD]\n"
    "       acquit login NUMBER --password PASSWORD; acquit logoff\n"
    "       acquit operator NUMBER --password NEW | --remove\n"
    "                       --administrator PASSWORD | --supervisor PASSWORD\n"
    "       acquit signin|signoff|echo\n"
    "       acquit parameters|ca-keys|aids|status-upload   fetched from, brought to the acquirer\n"
    "       acquit signature FILE.pbm --trace N            the cardholder's, of a payment\n"
    "CARD:  --card C1 [--entry chip|stripe|tap|keyed] [--pin 1234] [--fallback]\n"
    "       --number N --expiry YYMM      keyed\n"
    "       --code DIGITS                 the customer's QR code\n"
    "       --order A-17                  the register's own reference: never charged twice\n"
    "all:   [--data DIR] [--terminal T1] [--training] [--json]\n"
    "       [--faulty paper|reader|pin-pad|printer]\n\n"
    "Does what a cashier does at a terminal of the running world, and prints the receipt.\n"
    "N is the voucher number on the original's receipt.\n"
    "--training: in a world for practice, DIR/training, which is started when it does not run.\n"
    "Exit code 0: approved; 1: not; 2: the arguments are wrong.\n\n"
    "examples: acquit sale 10.00 --terminal T1 --card C1 --pin 1234\n"
    "          acquit void --terminal T1 --trace 2 --supervisor 123456\n";

enum {
    OPTION_HELP = 'h',
    OPTION_JSON = 'j',
    OPTION_DATA = 'd',
    OPTION_FLAG = 'f',
    OPTION_TEXT = 't',
    OPTION_FAULTY = 'y',
    OPTION_TRAINING = 'p'
};

static const struct option options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"terminal", required_argument, NULL, OPTION_TEXT},
    {"card", required_argument, NULL, OPTION_TEXT},
    {"entry", required_argument, NULL, OPTION_TEXT},
    {"pin", required_argument, NULL, OPTION_TEXT},
    {"number", required_argument, NULL, OPTION_TEXT},
    {"expiry", required_argument, NULL, OPTION_TEXT},
    {"code", required_argument, NULL, OPTION_TEXT},
    {"trace", required_argument, NULL, OPTION_TEXT},
    {"batch", required_argument, NULL, OPTION_TEXT},
    {"of", required_argument, NULL, OPTION_TEXT},
    {"date", required_argument, NULL, OPTION_TEXT},
    {"rrn", required_argument, NULL, OPTION_TEXT},
    {"auth", required_argument, NULL, OPTION_TEXT},
    {"order", required_argument, NULL, OPTION_TEXT},
    {"supervisor", required_argument, NULL, OPTION_TEXT},
    {"password", required_argument, NULL, OPTION_TEXT},
    {"administrator", required_argument, NULL, OPTION_TEXT},
    {"remove", no_argument, NULL, OPTION_FLAG},
    {"fallback", no_argument, NULL, OPTION_FLAG},
    {"force", no_argument, NULL, OPTION_FLAG},
    {"faulty", required_argument, NULL, OPTION_FAULTY},
    {"training", no_argument, NULL, OPTION_TRAINING},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

struct sale_arguments {
    const char *data;
    bool as_json;
    bool is_training;
    json_t *request;
};

static void add_faulty(json_t *request, const char *device)
{
    json_t *list = json_object_get(request, "faulty");

    if (list == NULL) {
        list = json_array();
        json_object_set_new(request, "faulty", list);
    }
    json_array_append_new(list, json_string(device));
}

/* Whether the word after the verb is an operator's number; with others it is an amount. */
static bool names_operator(const char *verb)
{
    return strcmp(verb, "login") == 0 || strcmp(verb, "operator") == 0;
}

/* The one word of a command: an amount, a cashier's number, a signature's file. */
static int add_word(const char *verb, const char *word, json_t *request)
{
    char hex[SIGNATURE_HEX_LEN];

    if (strcmp(verb, "signature") != 0) {
        const char *key = names_operator(verb) ? "cashier" : "amount";
        json_object_set_new(request, key, json_string(word));
        return EXIT_DONE;
    }
    const char *fault = signature_file_read(word, hex);
    if (fault != NULL)
        return fprintf(stderr, "acquit: %s: %s\n", word, fault), EXIT_USAGE;
    json_object_set_new(request, "image", json_string(hex));
    return EXIT_DONE;
}

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
        else if (option == OPTION_TRAINING)
            out->is_training = true;
        else if (option == OPTION_FLAG)
            json_object_set_new(out->request, options[index].name, json_true());
        else if (option == OPTION_TEXT)
            json_object_set_new(out->request, options[index].name, json_string(optarg));
        else if (option == OPTION_FAULTY)
            add_faulty(out->request, optarg);
        else
            return fputs(sale_help, option == OPTION_HELP ? stdout : stderr), EXIT_USAGE;
    }
    if (argc - optind > 1)
        return fputs(sale_help, stderr), EXIT_USAGE;
    return argc - optind == 1 ? add_word(argv[0], argv[optind], out->request) : EXIT_DONE;
}

/* What came of an exchange, in one line each. */
static void print_exchange(const char *verb, const json_t *answer)
{
    const json_t *payment = json_object_get(answer, "payment");
    size_t i;
    json_t *evidence;

    printf("%s: %s\n", verb, client_text(answer, "outcome"));
    json_array_foreach(json_object_get(payment, "evidence"), i, evidence)
        printf("  %s: %s\n", client_text(evidence, "en"), client_text(evidence, "value"));
}

/* Nothing was done: this is the order's payment as it stands. */
static void print_repeated(const json_t *answer)
{
    const json_t *advice = json_object_get(json_object_get(answer, "status"), "retry_text");
    bool is_paid = json_is_true(json_object_get(answer, "approved"));

    printf("%s\n%s\n", is_paid ? "此单已付款" : "此单处理中",
           is_paid ? "This order is paid already" : "This order is under way");
    if (!is_paid)
        printf("%s\n%s\n", client_text(advice, "zh"), client_text(advice, "en"));
}

static void print_answer(const char *verb, const json_t *answer)
{
    const char *receipt = client_text(answer, "receipt");
    const json_t *paper = json_object_get(answer, "paper");

    if (json_is_true(json_object_get(answer, "repeated")))
        print_repeated(answer);
    if (*receipt != 0 || paper != NULL) {
        fputs(receipt, stdout);
        if (paper != NULL)
            printf("%s\n%s\n", client_text(paper, "zh"), client_text(paper, "en"));
        printf("money: %s; RRN %s; %.1f ms\n", client_text(answer, "money"),
               client_text(json_object_get(answer, "payment"), "rrn"),
               (double)json_integer_value(json_object_get(answer, "took_us")) / 1000);
    } else {
        print_exchange(verb, answer);
    }
    if (!json_is_true(json_object_get(answer, "approved"))) {
        const json_t *cashier = json_object_get(answer, "cashier");
        if (*receipt == 0 && cashier != NULL)
            printf("%s\n%s\n", client_text(cashier, "zh"), client_text(cashier, "en"));
    }
}

/* The world for practice costs nothing until somebody practises. */
static int start_training(const char *data, const char *folder)
{
    static const char note[] = "acquit: starting the world for practice in %s\n";
    const char *const argv[] = {"acquit", "up", "--training", "--data", data, "--detach", NULL};
    struct client_sockets sockets;

    client_sockets_find(folder, &sockets);
    if (sockets.count > 0)
        return EXIT_DONE;
    fprintf(stderr, note, folder);
    return client_run(argv, STDERR_FILENO);
}

static json_t *ask(const struct sale_arguments *arguments)
{
    char folder[512];

    client_folder(arguments->data, arguments->is_training, folder, sizeof folder);
    if (arguments->is_training && start_training(arguments->data, folder) != EXIT_DONE)
        return NULL;
    return client_ask_any(folder, arguments->request);
}

/* A settlement's paper, whatever came of it. */
static void print_batch_slip(const struct sale_arguments *settle)
{
    struct sale_arguments arguments = *settle;
    json_t *terminal = json_object_get(settle->request, "terminal");

    arguments.request = json_pack("{s:s}", "verb", "slip");
    if (terminal != NULL)
        json_object_set(arguments.request, "terminal", terminal);
    json_t *slip = ask(&arguments);
    fputs(client_text(slip, "paper"), stdout);
    json_decref(slip);
    json_decref(arguments.request);
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
    json_t *answer = ask(&arguments);
    if (answer != NULL && arguments.as_json)
        json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
    else if (answer != NULL)
        print_answer(argv[0], answer);
    if (answer != NULL && !arguments.as_json && strcmp(argv[0], "settle") == 0)
        print_batch_slip(&arguments);
    result = answer == NULL                                      ? EXIT_USAGE
             : json_is_true(json_object_get(answer, "approved")) ? EXIT_DONE
                                                                 : EXIT_BAD;
    json_decref(arguments.request);
    json_decref(answer);
    return result;
}

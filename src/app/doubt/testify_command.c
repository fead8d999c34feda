#include "app/doubt/testify_command.h"

#include "app/hidden_line.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "base/bytes.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD_TEXT_LEN 64 /* more than a party takes: it says so */

static const char testify_help[] =
    "usage: acquit doubt settle PAYMENT --as WORD --evidence TEXT --by PERSON\n"
    "       acquit doubt confirm PAYMENT --as WORD --by ANOTHER\n"
    "       acquit doubt withdraw PAYMENT --by PERSON\n"
    "       acquit doubt person NAME [--voucher WHO] [--remove]\n"
    "all:   [--at switch|terminal] [--password-file FILE] [--data DIR] [--json] [--lang zh|en]\n\n"
    "Ends a doubt that was handed to a person and does not end by itself. One person says how the\n"
    "payment stands at the other party and on what evidence; a second, different person says the\n"
    "same. Only then it has an effect: that of the other party's own answer. Both are recorded "
    "and\n"
    "cannot be undone. Should the other party say something else later, there is an alarm, and\n"
    "nothing changes; the two look into it and say the same word again, on new evidence.\n\n"
    "  PAYMENT      terminal, batch, trace, as acquit doubt lists it: T1/000001/000042\n"
    "  --as WORD    taken-back   the other party has taken it back        (of a reversal)\n"
    "               never-seen   it never had it and never will           (of a reversal, query)\n"
    "               approved     it has it, and it is approved            (of an advice, query;\n"
    "                            of a terminal's reversal: too late, it stands)\n"
    "               refused      it does not take it                      (of an advice, query)\n"
    "  --evidence   whom you asked, when, what was said: up to 240 bytes of UTF-8, no card number\n"
    "  --rrn        with approved at a terminal: the switch's reference number, for slips and\n"
    "               refunds\n"
    "  --by         who says it; sets: acquit doubt person NAME, once for each party\n"
    "  --at         who owes: switch (default) or terminal\n"
    "  --password-file FILE      first line: the password of --by or --voucher (else it is asked)\n"
    "  --new-password-file FILE  first line: the password of NAME (else it is asked), 8 at least\n"
    "  --voucher    a person who is there vouches: needed to change or remove one (himself, "
    "too)\n\n"
    "Exit code 0: done, or so it stood before; 1: refused, or nobody answers; 2: wrong "
    "arguments.\n\n"
    "examples: acquit doubt person anna\n"
    "          acquit doubt settle T1/000001/000042 --as taken-back --by anna \\\n"
    "              --evidence 'Ms Li, night desk of the bank, 21:40, note 4711: reversed'\n"
    "          acquit doubt confirm T1/000001/000042 --as taken-back --by bo\n";

enum {
    OPTION_TEXT = 1,
    OPTION_DATA,
    OPTION_LANG,
    OPTION_JSON,
    OPTION_REMOVE,
    OPTION_PASSWORD,
    OPTION_NEW_PASSWORD,
    OPTION_HELP
};

static const struct option options[] = {
    {"as", required_argument, NULL, OPTION_TEXT},
    {"evidence", required_argument, NULL, OPTION_TEXT},
    {"by", required_argument, NULL, OPTION_TEXT},
    {"rrn", required_argument, NULL, OPTION_TEXT},
    {"at", required_argument, NULL, OPTION_TEXT},
    {"voucher", required_argument, NULL, OPTION_TEXT},
    {"password-file", required_argument, NULL, OPTION_PASSWORD},
    {"new-password-file", required_argument, NULL, OPTION_NEW_PASSWORD},
    {"remove", no_argument, NULL, OPTION_REMOVE},
    {"data", required_argument, NULL, OPTION_DATA},
    {"json", no_argument, NULL, OPTION_JSON},
    {"lang", required_argument, NULL, OPTION_LANG},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static const struct {
    const char *word;
    const char *act; /* NULL: it is about a person */
} words[] = {
    {"settle", "propose"}, {"confirm", "confirm"}, {"withdraw", "withdraw"}, {"person", NULL}};

struct testify_arguments {
    const char *data;
    const char *lang;
    const char *password_file;
    const char *new_password_file;
    const char *act; /* NULL: person */
    bool goes;
    bool as_json;
    json_t *request;
};

bool testify_command_is(const char *word)
{
    for (size_t i = 0; word != NULL && i < ARRAY_COUNT(words); i++) {
        if (strcmp(words[i].word, word) == 0)
            return true;
    }
    return false;
}

static bool take(struct testify_arguments *out, int option, const char *name)
{
    switch (option) {
    case OPTION_TEXT: {
        json_t *text = json_string(optarg);
        if (text == NULL)
            fprintf(stderr, "acquit: --%s is not UTF-8\n", name);
        return text != NULL && json_object_set_new(out->request, name, text) == 0;
    }
    case OPTION_DATA:
        out->data = optarg;
        break;
    case OPTION_LANG:
        out->lang = optarg;
        break;
    case OPTION_PASSWORD:
        out->password_file = optarg;
        break;
    case OPTION_NEW_PASSWORD:
        out->new_password_file = optarg;
        break;
    case OPTION_JSON:
        out->as_json = true;
        break;
    case OPTION_REMOVE:
        out->goes = true;
        break;
    default:
        return false;
    }
    return true;
}

/* -1: go on; else the exit code. */
static int parse(int argc, char **argv, struct testify_arguments *out)
{
    int index = 0;
    int option;

    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (strcmp(words[i].word, argv[0]) == 0)
            out->act = words[i].act;
    }
    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (option == OPTION_HELP)
            return fputs(testify_help, stdout), EXIT_DONE;
        if (!take(out, option, options[index].name))
            return fputs(testify_help, stderr), EXIT_USAGE;
    }
    if (optind + 1 != argc || (strcmp(out->lang, "en") != 0 && strcmp(out->lang, "zh") != 0))
        return fputs(testify_help, stderr), EXIT_USAGE;
    json_object_set_new(out->request, out->act == NULL ? "person" : "payment",
                        json_string(argv[optind]));
    json_object_set_new(out->request, "verb", json_string(out->act == NULL ? "person" : "testify"));
    if (out->act != NULL)
        json_object_set_new(out->request, "act", json_string(out->act));
    return -1;
}

static bool add_password(json_t *request, const char *key, const char *path, const char *whose)
{
    char password[PASSWORD_TEXT_LEN];
    bool is_read = hidden_line_take(path, whose, password, sizeof password);

    if (is_read)
        is_read = json_object_set_new(request, key, json_string(password)) == 0;
    bytes_wipe(password, sizeof password);
    return is_read;
}

static bool ask_passwords(const struct testify_arguments *arguments)
{
    json_t *request = arguments->request;
    bool is_vouched = json_object_get(request, "voucher") != NULL;

    if (arguments->act != NULL)
        return add_password(request, "password", arguments->password_file, "your password");
    if (!arguments->goes &&
        !add_password(request, "new_password", arguments->new_password_file, "the new password"))
        return false;
    return !is_vouched || add_password(request, "password", arguments->password_file,
                                       "the password of who vouches");
}

static void print(const struct testify_arguments *arguments, const json_t *answer)
{
    const json_t *said = json_object_get(answer, "testimony");

    printf("%s: %s\n", client_text(answer, "party"),
           client_text(json_object_get(answer, "text"), arguments->lang));
    if (said != NULL)
        printf("  %s\n", client_text(json_object_get(said, "text"), arguments->lang));
}

int testify_command(int argc, char **argv)
{
    struct testify_arguments arguments = {
        .data = CLIENT_DATA_DEFAULT, .lang = "en", .request = json_object()};
    int result = parse(argc, argv, &arguments);

    if (result < 0 && !ask_passwords(&arguments))
        result = EXIT_USAGE;
    if (result < 0) {
        json_t *answer = client_ask_any(arguments.data, arguments.request);

        result = answer == NULL || json_is_true(json_object_get(answer, "refused")) ? EXIT_BAD
                                                                                    : EXIT_DONE;
        if (answer != NULL && arguments.as_json)
            json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
        else if (answer != NULL)
            print(&arguments, answer);
        json_decref(answer);
    }
    json_decref(arguments.request);
    return result;
}

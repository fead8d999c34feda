/* acquit doubt: the work list of what is in doubt or owed, over all processes of a data folder. */
#include "app/doubt/doubt_client.h"
#include "app/doubt/testify_command.h"
#include "app/subcommand.h"
#include "app/world/client.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char doubt_help[] =
    "usage: acquit doubt [--data DIR] [--check] [--json] [--lang zh|en]\n"
    "       acquit doubt settle|confirm|withdraw PAYMENT ...; acquit doubt person NAME ...\n"
    "                 (two persons end one that does not end by itself: acquit doubt settle "
    "--help)\n\n"
    "Every payment that some party is not sure of or still owes something on, the ones that a\n"
    "person must look into first: whose it is, since when, how often it was tried, what was\n"
    "answered last, and what happens next by itself and when. After some time without an end a\n"
    "payment is handed to a person, with a cause; the trying goes on all the same.\n"
    "Behind them the messages that were set aside because they fit nothing, each with the fields\n"
    "in which it differs. They have changed nothing. Last, what persons have said and nobody has\n"
    "confirmed, and what they settled and the other party contradicts.\n\n"
    "  --data DIR   folder of everything (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --check      say nothing; exit code 1 when a person must look into something\n"
    "  --json       as JSON\n"
    "  --lang LANG  zh or en (default: en), for causes and what to do\n\n"
    "Exit code 0: listed, be it nothing; 1: nothing answers, or --check; 2: wrong arguments.\n\n"
    "examples: acquit doubt --data /tmp/shop\n"
    "          acquit doubt --data /tmp/shop --check || alarm\n";

struct doubt_arguments {
    const char *data;
    const char *lang;
    bool is_check;
    bool as_json;
};

/* False when the arguments are wrong, or help was asked for. */
static bool parse(int argc, char **argv, struct doubt_arguments *out, int *option)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"lang", required_argument, NULL, 'l'},
        {"check", no_argument, NULL, 'c'},      {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},       {0}};

    while ((*option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (*option == 'd')
            out->data = optarg;
        else if (*option == 'l')
            out->lang = optarg;
        else if (*option == 'c')
            out->is_check = true;
        else if (*option == 'j')
            out->as_json = true;
        else
            return false;
    }
    return optind == argc && (strcmp(out->lang, "en") == 0 || strcmp(out->lang, "zh") == 0);
}

static int64_t number_of(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static void print_to_do(const json_t *item)
{
    size_t i;
    json_t *step;

    if (*client_text(item, "cause") == 0)
        return;
    printf("    %s (%d), %s acts: %s\n", client_text(item, "cause"),
           (int)number_of(item, "cause_number"), client_text(item, "who_acts"),
           client_text(item, "what"));
    json_array_foreach(json_object_get(item, "steps"), i, step)
        printf("      - %s\n", json_string_value(step));
}

static void print_item(const json_t *item)
{
    const char *code = client_text(item, "last_code");
    const char *at = client_text(item, "next_at");
    char age[32];

    doubt_client_age(number_of(item, "age_seconds"), age, sizeof age);
    printf("%s batch %d trace %06d", client_text(item, "terminal"), (int)number_of(item, "batch"),
           (int)number_of(item, "trace"));
    if (json_is_true(json_object_get(item, "is_damaged")))
        printf("  (its row cannot be read)\n");
    else
        printf("  %s %s %s, card %s, money %s\n", client_text(item, "kind"),
               client_text(item, "amount"), client_text(item, "currency"),
               client_text(item, "card"), client_text(item, "money"));
    printf("    %s waits for %s: %s since %s (%s), %d tries, last answer %s\n",
           client_text(item, "owner"), client_text(item, "destination"), client_text(item, "owes"),
           client_text(item, "since"), age, (int)number_of(item, "tries"),
           *code == 0 ? "none" : code);
    printf("    next by itself: %s%s%s\n", client_text(item, "next_step"),
           *at == 0 ? " as soon as it is there" : ", due ", at);
    print_to_do(item);
}

static void print_differences(const json_t *aside)
{
    size_t i;
    json_t *name;

    json_array_foreach(json_object_get(aside, "differs"), i, name)
        printf("%s%s", i == 0 ? "" : ", ", json_string_value(name));
}

static void print_aside(const json_t *party, const json_t *aside)
{
    printf("set aside by %s: %s %s from %s, batch %d trace %06d, %s", client_text(party, "name"),
           client_text(aside, "kind"), client_text(aside, "what"), client_text(aside, "from"),
           (int)number_of(aside, "batch"), (int)number_of(aside, "trace"),
           client_text(aside, "amount"));
    printf("\n    differs in: ");
    print_differences(aside);
    printf("; of the payment: %s; since %s, last %s, record %lld\n", client_text(aside, "expected"),
           client_text(aside, "first"), client_text(aside, "last"),
           (long long)number_of(aside, "record"));
}

static void print_testimony(const json_t *party, const json_t *said, const char *lang)
{
    printf("%s, %s batch %d trace %06d: %s\n", client_text(party, "name"),
           client_text(said, "terminal"), (int)number_of(said, "batch"),
           (int)number_of(said, "trace"), client_text(json_object_get(said, "text"), lang));
    print_to_do(said);
}

static void print_all(const json_t *parties, const char *lang)
{
    struct doubt_total total = doubt_client_total(parties);
    size_t i;
    size_t j;
    json_t *party;
    json_t *item;
    char age[32];

    json_array_foreach(parties, i, party)
    {
        json_array_foreach(json_object_get(party, "items"), j, item) print_item(item);
        if (number_of(party, "more") > 0)
            printf("%s: and %lld more, younger than these\n", client_text(party, "name"),
                   (long long)number_of(party, "more"));
        json_array_foreach(json_object_get(party, "aside"), j, item) print_aside(party, item);
        if (number_of(party, "aside_more") > 0)
            printf("%s: and %lld more were set aside before; the journal has them\n",
                   client_text(party, "name"), (long long)number_of(party, "aside_more"));
        json_array_foreach(json_object_get(party, "testimonies"), j, item)
            print_testimony(party, item, lang);
        if (number_of(party, "testimonies_more") > 0)
            printf("%s: and %lld more that persons said\n", client_text(party, "name"),
                   (long long)number_of(party, "testimonies_more"));
    }
    doubt_client_age(total.oldest_age_s, age, sizeof age);
    if (total.contradicted > 0)
        printf("%lld that persons settled, and the other party contradicts: look into them\n",
               (long long)total.contradicted);
    if (total.count == 0)
        printf("nothing is in doubt and nothing is owed\n");
    else
        printf("%lld open, the oldest for %s; a person must look into %lld\n",
               (long long)total.count, age, (long long)total.with_person);
}

int doubt_main(int argc, char **argv)
{
    struct doubt_arguments arguments = {.data = CLIENT_DATA_DEFAULT, .lang = "en"};
    int option = -1;
    int result = EXIT_DONE;

    if (argc > 1 && testify_command_is(argv[1]))
        return testify_command(argc - 1, argv + 1);
    if (!parse(argc, argv, &arguments, &option))
        return fputs(doubt_help, option == 'h' ? stdout : stderr),
               option == 'h' ? EXIT_DONE : EXIT_USAGE;
    json_t *parties = doubt_client_gather(arguments.data, arguments.lang);
    if (json_array_size(parties) == 0) {
        fprintf(stderr, CLIENT_NOTHING_RUNS, arguments.data, arguments.data);
        result = EXIT_BAD;
    } else if (arguments.as_json) {
        json_dumpf(parties, stdout, JSON_COMPACT);
        putchar('\n');
    } else if (!arguments.is_check) {
        print_all(parties, arguments.lang);
    }
    if (arguments.is_check && doubt_client_needs_person(parties))
        result = EXIT_BAD;
    json_decref(parties);
    return result;
}

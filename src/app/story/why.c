/*
 * acquit why: the story of one payment from all parties that can be reached, what came of it, who
 * must act, and where the money is.
 */
#include "app/keeping/archive_story.h"
#include "app/story/catalogue_json.h"
#include "app/story/overlay_file.h"
#include "app/story/story_client.h"
#include "app/story/why_rank.h"
#include "app/story/why_words.h"
#include "app/subcommand.h"
#include "base/bytes.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 256
#define RRN_CHARS 12

static const char why_help[] =
    "usage: acquit why last [--terminal T1] [--data DIR]\n"
    "       acquit why RRN|CODE|WORDS... [--data DIR]\n"
    "       acquit why --terminal T1 --trace N [--date YYYYMMDD] [--data DIR]\n"
    "       acquit why --catalogue-json\n"
    "  twelve letters and digits are an RRN, two are a response code, all else is words: a\n"
    "  terminal's message, a complaint. Codes and words need no running system.\n"
    "  --rrn X, --code X, --text X                  take X for that\n"
    "  --dialect cup-pos|iso87|visa|mastercard|nexo|tvr|tsi|line\n"
    "                                               whose code it is (default: cup-pos); a TVR\n"
    "                                               or TSI as byte.bit or whole, in hex\n"
    "  --evidence FACT=N,...                        what is known around a bare 05: ranks its\n"
    "                                               causes; a wrong FACT lists them\n"
    "  --catalogue FILE                             your own words and codes over the\n"
    "                                               catalogue's; of payments, those of the\n"
    "                                               key catalogue in acquit.yaml are told\n"
    "  --archive DIR                                also look into the days that acquit archive\n"
    "                                               has written into DIR\n"
    "  --for cashier|cardholder|merchant|operator   whom it is told (default: operator)\n"
    "  --lang zh|en                                 in which language (default: the\n"
    "                                               question's, en)\n"
    "  --json                                       one object, for scripts\n\n"
    "examples: acquit why last --lang zh --for merchant\n"
    "          acquit why 05\n"
    "          acquit why money taken but no slip\n";

struct why_arguments {
    const char *data;
    const char *reader;
    const char *lang;
    bool as_json;
    const char *archive;      /* NULL: the running parties alone */
    const char *overlay_path; /* NULL: the catalogue as it is */
    bool catalogue;
    bool is_code;
    bool has_dialect;  /* then the argument is a code */
    const char *words; /* or a code; NULL: of a payment */
    enum codes_dialect dialect;
    struct rank_evidence evidence;
    char room[1024]; /* of words that came as several arguments */
    json_t *find;
};

/* ---- arguments ---- */

enum {
    OPTION_DATA = 1,
    OPTION_FOR,
    OPTION_LANG,
    OPTION_JSON,
    OPTION_TERMINAL,
    OPTION_TRACE,
    OPTION_DATE,
    OPTION_RRN,
    OPTION_CODE,
    OPTION_TEXT,
    OPTION_DIALECT,
    OPTION_EVIDENCE,
    OPTION_CATALOGUE,
    OPTION_CATALOGUE_JSON,
    OPTION_ARCHIVE,
    OPTION_HELP
};

static const struct option options[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"for", required_argument, NULL, OPTION_FOR},
    {"lang", required_argument, NULL, OPTION_LANG},
    {"json", no_argument, NULL, OPTION_JSON},
    {"terminal", required_argument, NULL, OPTION_TERMINAL},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"date", required_argument, NULL, OPTION_DATE},
    {"rrn", required_argument, NULL, OPTION_RRN},
    {"code", required_argument, NULL, OPTION_CODE},
    {"text", required_argument, NULL, OPTION_TEXT},
    {"dialect", required_argument, NULL, OPTION_DIALECT},
    {"evidence", required_argument, NULL, OPTION_EVIDENCE},
    {"catalogue", required_argument, NULL, OPTION_CATALOGUE},
    {"catalogue-json", no_argument, NULL, OPTION_CATALOGUE_JSON},
    {"archive", required_argument, NULL, OPTION_ARCHIVE},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static bool take_number(json_t *find, const char *key, const char *text)
{
    uint64_t number = 0;

    if (*text == 0 || strlen(text) > 8 || bytes_to_number(text, strlen(text), &number) != OK)
        return false;
    json_object_set_new(find, key, json_integer((json_int_t)number));
    return true;
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

/* So many letters and digits. */
static bool is_of_len(const char *argument, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    return strlen(argument) == len && strspn(argument, letters) == len;
}

/* Says what the option takes, and is false. */
static bool complain(const char *option, const char *takes)
{
    fprintf(stderr, "acquit: %s takes %s, not \"%s\"\n\n", option, takes, optarg);
    return false;
}

static bool complain_of_dialect(void)
{
    fprintf(stderr, "acquit: \"%s\" is no dialect; these are:", optarg);
    for (unsigned d = 0; d < CODES_DIALECT_COUNT; d++)
        fprintf(stderr, " %s", codes_dialect_name((enum codes_dialect)d));
    fputs("\n\n", stderr);
    return false;
}

/* What needs no payment. */
static bool take_words_option(struct why_arguments *out, int option)
{
    switch (option) {
    case OPTION_CODE:
    case OPTION_TEXT:
        if (*optarg == 0)
            return complain(option == OPTION_CODE ? "--code" : "--text", "something to look up");
        out->words = optarg;
        out->is_code = option == OPTION_CODE;
        return true;
    case OPTION_DIALECT:
        out->dialect = codes_dialect_by_name(optarg);
        out->has_dialect = true;
        return out->dialect < CODES_DIALECT_COUNT || complain_of_dialect();
    case OPTION_EVIDENCE:
        return why_rank_take_evidence(optarg, &out->evidence);
    case OPTION_CATALOGUE:
        out->overlay_path = optarg;
        return true;
    case OPTION_CATALOGUE_JSON:
        out->catalogue = true;
        return true;
    default:
        return false;
    }
}

static bool take_option(struct why_arguments *out, int option)
{
    static const char *const readers[] = {"cashier", "cardholder", "merchant", "operator", NULL};
    static const char *const langs[] = {"zh", "en", NULL};

    switch (option) {
    case OPTION_DATA:
        out->data = optarg;
        return true;
    case OPTION_FOR:
        out->reader = optarg;
        return is_one_of(optarg, readers) ||
               complain("--for", "cashier, cardholder, merchant or operator");
    case OPTION_LANG:
        out->lang = optarg;
        return is_one_of(optarg, langs) || complain("--lang", "zh or en");
    case OPTION_ARCHIVE:
        out->archive = optarg;
        return true;
    case OPTION_JSON:
        out->as_json = true;
        return true;
    case OPTION_TERMINAL:
        return json_object_set_new(out->find, "terminal", json_string(optarg)) == 0;
    case OPTION_TRACE:
        json_object_set_new(out->find, "which", json_string("payment"));
        return take_number(out->find, "trace", optarg) || complain("--trace", "a number");
    case OPTION_DATE:
        return take_number(out->find, "date", optarg) || complain("--date", "YYYYMMDD");
    case OPTION_RRN:
        json_object_set_new(out->find, "which", json_string("rrn"));
        return json_object_set_new(out->find, "rrn", json_string(optarg)) == 0 &&
               (is_of_len(optarg, RRN_CHARS) || complain("--rrn", "twelve letters and digits"));
    default:
        return take_words_option(out, option);
    }
}

static int usage(int code)
{
    fputs(why_help, code == EXIT_DONE ? stdout : stderr);
    return code == EXIT_DONE ? -1 : code;
}

/* "unauthorized" has twelve letters and is a word, so a reference has a digit. */
static bool is_reference(const char *argument)
{
    return is_of_len(argument, RRN_CHARS) && strpbrk(argument, "0123456789") != NULL;
}

/* "last", a reference, a code, or words, which may come as several arguments. */
static void take_argument(int count, char **words, struct why_arguments *out)
{
    struct text t = text_over(out->room, sizeof out->room);

    if (count == 0)
        return;
    if (count == 1 && strcmp(words[0], "last") == 0) {
        json_object_set_new(out->find, "which", json_string("last"));
        return;
    }
    if (count == 1 && !out->has_dialect && is_reference(words[0])) {
        json_object_set_new(out->find, "which", json_string("rrn"));
        json_object_set_new(out->find, "rrn", json_string(words[0]));
        return;
    }
    for (int i = 0; i < count; i++) {
        text_add(&t, i > 0 ? " " : "");
        text_add(&t, words[i]);
    }
    out->words = out->room;
    out->is_code = count == 1 && (out->has_dialect || is_of_len(words[0], 2));
}

/* EXIT_DONE, -1 after --help, or EXIT_USAGE. */
static int parse(int argc, char **argv, struct why_arguments *out)
{
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_HELP)
            return usage(EXIT_DONE);
        if (!take_option(out, option))
            return usage(EXIT_USAGE);
    }
    if (optind < argc && (out->words != NULL || json_object_get(out->find, "which") != NULL)) {
        fprintf(stderr, "acquit: \"%s\" beside an option that says what to explain\n\n",
                argv[optind]);
        return usage(EXIT_USAGE);
    }
    take_argument(argc - optind, argv + optind, out);
    if (out->words != NULL && json_object_get(out->find, "which") != NULL) {
        fputs("acquit: either a payment, or a code, or words\n\n", stderr);
        return usage(EXIT_USAGE);
    }
    return json_object_get(out->find, "which") == NULL && out->words == NULL && !out->catalogue
               ? usage(EXIT_USAGE)
               : EXIT_DONE;
}

/* ---- telling ---- */

struct told {
    const char *party;
    const json_t *record;
};

static int by_time(const void *a, const void *b)
{
    json_int_t at_a =
        json_integer_value(json_object_get(((const struct told *)a)->record, "at_us"));
    json_int_t at_b =
        json_integer_value(json_object_get(((const struct told *)b)->record, "at_us"));

    return at_a < at_b ? -1 : at_a > at_b;
}

static size_t collect(const json_t *parties, struct told *told)
{
    size_t count = 0;
    size_t i;
    size_t j;
    json_t *party;
    json_t *record;

    json_array_foreach(parties, i, party)
    {
        json_array_foreach(json_object_get(party, "records"), j, record)
        {
            if (count < RECORDS_MAX) /* the name is that of the node that wrote it */
                told[count++] = (struct told){client_text(record, "name"), record};
        }
    }
    qsort(told, count, sizeof *told, by_time);
    return count;
}

static void print_time_line(const json_t *parties, const char *lang)
{
    static struct told told[RECORDS_MAX];
    size_t count = collect(parties, told);

    printf("\n%s\n", strcmp(lang, "zh") == 0 ? "时间线" : "Time line");
    for (size_t i = 0; i < count; i++) {
        json_int_t us = json_integer_value(json_object_get(told[i].record, "at_us"));
        printf("  %s.%06ld  %-16s %s", client_text(told[i].record, "at"), (long)(us % 1000000),
               told[i].party, client_text(told[i].record, lang));
        const char *outcome = client_text(told[i].record, "outcome");
        printf(*outcome == 0 ? "\n" : " (%s)\n", outcome);
    }
}

static void print_money(const json_t *parties, const char *lang)
{
    size_t i;
    json_t *party;

    printf("\n%s\n", strcmp(lang, "zh") == 0 ? "款项状态" : "Where the money is");
    json_array_foreach(parties, i, party)
    {
        const json_t *payment = json_object_get(party, "payment");
        printf("  %-16s %-10s %s\n", client_text(party, "name"), client_text(payment, "stage"),
               client_text(payment, "money"));
    }
}

/* Whose word ended it, and on what evidence. */
static void print_testimonies(const json_t *parties, const char *lang)
{
    size_t i;
    json_t *party;

    json_array_foreach(parties, i, party)
    {
        const json_t *said = json_object_get(party, "testimony");
        if (said != NULL)
            printf("%s: %s\n", client_text(party, "name"),
                   client_text(json_object_get(said, "text"), lang));
    }
}

static void print_story(const struct why_arguments *arguments, const json_t *parties,
                        const struct why_rank *rank)
{
    const json_t *best = story_best(parties);
    const json_t *payment = json_object_get(best, "payment");

    printf("%s %s %s  %s  %s  RRN %s\n", client_text(payment, "kind"),
           client_text(payment, "currency"), client_text(payment, "amount"),
           client_text(payment, "card"), client_text(payment, "created"),
           client_text(payment, "rrn"));
    printf("%s\n", client_text(best, "explanation"));
    print_money(parties, arguments->lang);
    print_testimonies(parties, arguments->lang);
    why_rank_print(rank, explain_lang_by_name(arguments->lang));
    if (strcmp(arguments->reader, "operator") == 0 || strcmp(arguments->reader, "merchant") == 0)
        print_time_line(parties, arguments->lang);
}

static void print_json(const struct why_arguments *arguments, json_t *identity, json_t *parties,
                       const struct why_rank *rank)
{
    json_t *all = json_pack(
        "{s:O, s:O, s:o, s:O}", "identity", identity, "best", story_best(parties), "ranked",
        why_rank_json(rank, explain_lang_by_name(arguments->lang)), "parties", parties);

    json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(3));
    putchar('\n');
    json_decref(all);
}

/* What the code does not say is for the operator. */
static void rank_causes(const struct why_arguments *arguments, json_t *identity,
                        const json_t *parties, struct why_rank *out)
{
    memset(out, 0, sizeof *out);
    if (strcmp(arguments->reader, "operator") == 0)
        why_rank_gather(&(struct why_rank_question){.data = arguments->data,
                                                    .best = story_best(parties),
                                                    .identity = identity,
                                                    .given = &arguments->evidence},
                        out);
}

static struct archive_question archive_question(const struct why_arguments *arguments)
{
    return (struct archive_question){.dir = arguments->archive,
                                     .reader = arguments->reader,
                                     .lang = arguments->lang,
                                     .find = arguments->find};
}

static int tell(const struct why_arguments *arguments, json_t *identity)
{
    json_t *parties = story_gather(&(struct story_question){.data = arguments->data,
                                                            .reader = arguments->reader,
                                                            .lang = arguments->lang,
                                                            .identity = identity});
    if (arguments->archive != NULL) {
        struct archive_question question = archive_question(arguments);
        json_t *archived = archive_story_gather(&question, identity);
        json_array_extend(parties, archived);
        json_decref(archived);
    }
    int result = json_array_size(parties) > 0 ? EXIT_DONE : EXIT_BAD;
    struct why_rank rank;

    if (result != EXIT_DONE) {
        fprintf(stderr, "acquit: no party knows this payment\n");
        json_decref(parties);
        return result;
    }
    rank_causes(arguments, identity, parties, &rank);
    if (arguments->as_json)
        print_json(arguments, identity, parties, &rank);
    else
        print_story(arguments, parties, &rank);
    why_rank_release(&rank);
    json_decref(parties);
    return result;
}

/* Who asks in Chinese is answered in Chinese. */
static const char *lang_of(const char *words)
{
    for (; words != NULL && *words != 0; words++) {
        if (((uint8_t)*words & 0x80) != 0)
            return "zh";
    }
    return "en";
}

/* EXIT_USAGE, after a complaint, for a file that is wrong. */
static int open_overlay(const struct why_arguments *arguments, struct overlay_file **out)
{
    char room[512];
    struct text error = text_over(room, sizeof room);

    if (arguments->overlay_path == NULL ||
        overlay_file_open(arguments->overlay_path, out, &error) == OK)
        return EXIT_DONE;
    fprintf(stderr, "acquit: %s\n", text_z(&error));
    return EXIT_USAGE;
}

static int tell_words(const struct why_arguments *arguments)
{
    struct overlay_file *overlay = NULL;
    int result = open_overlay(arguments, &overlay);

    if (result != EXIT_DONE)
        return result;
    result = arguments->catalogue ? catalogue_json_print()
                                  : why_words_tell(&(struct why_words){
                                        .query = arguments->words,
                                        .is_code = arguments->is_code,
                                        .dialect = arguments->dialect,
                                        .evidence = arguments->evidence,
                                        .overlay = overlay_file_overlay(overlay),
                                        .reader = explain_reader_by_name(arguments->reader),
                                        .lang = explain_lang_by_name(arguments->lang),
                                        .as_json = arguments->as_json});
    overlay_file_close(overlay);
    return result;
}

/* Which payment is meant: by the archive, then by whoever runs. NULL after a complaint. */
static json_t *find(const struct why_arguments *arguments)
{
    struct archive_question question = archive_question(arguments);
    json_t *identity = arguments->archive == NULL ? NULL : archive_story_find(&question);

    if (identity != NULL)
        return identity;
    json_t *answer = client_ask_any(arguments->data, arguments->find);
    identity = json_incref(json_object_get(answer, "identity"));
    json_decref(answer);
    return identity;
}

int why_main(int argc, char **argv)
{
    struct why_arguments arguments = {.data = CLIENT_DATA_DEFAULT,
                                      .reader = "operator",
                                      .find = json_pack("{s:s}", "verb", "find")};
    int result = parse(argc, argv, &arguments);

    if (result != EXIT_DONE) {
        json_decref(arguments.find);
        return result < 0 ? EXIT_DONE : result;
    }
    if (arguments.lang == NULL)
        arguments.lang = lang_of(arguments.words);
    if (arguments.words != NULL || arguments.catalogue) {
        json_decref(arguments.find);
        return tell_words(&arguments);
    }
    json_t *identity = find(&arguments);
    result = identity == NULL ? EXIT_BAD : tell(&arguments, identity);
    json_decref(identity);
    json_decref(arguments.find);
    return result;
}

/*
 * acquit update: parameters and programs for terminals, published at the acquirer, fetched by the
 * terminals over the line.
 */
#include "app/subcommand.h"
#include "app/world/client.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char update_help[] =
    "usage: acquit update publish software|parameters FILE --version N [--group G] [--data DIR]\n"
    "       acquit update status [--data DIR] [--json]\n"
    "       acquit update fetch [--terminal T1] [--data DIR]\n\n"
    "publish signs FILE and offers it to the terminals of a group (default: all, those of no "
    "other\n"
    "group; acquit terminal set T1 group=pilot makes one of another). A terminal hears of it at\n"
    "its next sign-in, fetches it in pieces, checks it, and uses it from between two payments on.\n"
    "A version never goes back; roll out in stages by publishing the same version for the next\n"
    "group. A program begins with the line 'acquit-terminal NNNNNN', its version; parameters are\n"
    "lines such as 'tap_limit_minor: 100000' (docs/updates.md lists them).\n"
    "fetch makes a terminal look now. status says what is offered, and what each terminal uses.\n\n"
    "example: acquit update publish software terminal-3.img --version 3 --group pilot\n";

struct update_arguments {
    const char *data;
    const char *version;
    const char *group;
    const char *terminal;
    bool as_json;
};

static void print_status(const json_t *answer)
{
    size_t i;
    json_t *row;

    printf("offered\n");
    json_array_foreach(json_object_get(answer, "offers"), i, row)
        printf("  %-10s %6d  to group %-8s since %s\n", client_text(row, "kind"),
               (int)json_integer_value(json_object_get(row, "version")), client_text(row, "group"),
               client_text(row, "since"));
    printf("in use, as the terminals say\n");
    json_array_foreach(json_object_get(answer, "terminals"), i, row)
    {
        int coming = (int)json_integer_value(json_object_get(row, "coming"));

        printf("  %-8s %-10s %6d", client_text(row, "terminal"), client_text(row, "kind"),
               (int)json_integer_value(json_object_get(row, "in_use")));
        if (coming > 0)
            printf("  %d is coming, piece %d", coming,
                   (int)json_integer_value(json_object_get(row, "piece")));
        putchar('\n');
    }
}

static int ask(const struct update_arguments *arguments, json_t *request,
               void (*print)(const json_t *answer))
{
    json_t *answer = client_ask_any(arguments->data, request);

    json_decref(request);
    if (answer == NULL)
        return EXIT_BAD;
    if (arguments->as_json)
        json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
    else
        print(answer);
    const json_t *approved = json_object_get(answer, "approved");
    int result = approved == NULL || json_is_true(approved) ? EXIT_DONE : EXIT_BAD;
    json_decref(answer);
    return result;
}

static void print_published(const json_t *answer)
{
    printf("published: version %d, %d bytes in %d pieces\n",
           (int)json_integer_value(json_object_get(answer, "version")),
           (int)json_integer_value(json_object_get(answer, "size")),
           (int)json_integer_value(json_object_get(answer, "pieces")));
}

static void print_fetched(const json_t *answer)
{
    const json_t *payment = json_object_get(answer, "payment");
    size_t i;
    json_t *evidence;

    printf("update: %s\n", client_text(answer, "outcome"));
    json_array_foreach(json_object_get(payment, "evidence"), i, evidence)
        printf("  %s: %s\n", client_text(evidence, "en"), client_text(evidence, "value"));
}

static int publish(const struct update_arguments *arguments, char **words)
{
    char path[PATH_MAX];
    char *end = NULL;
    long version = arguments->version == NULL ? 0 : strtol(arguments->version, &end, 10);

    if (version <= 0 || version > 999999 || *end != 0) {
        fprintf(stderr, "acquit: --version: expected 1 to 999999\n");
        return EXIT_USAGE;
    }
    if (realpath(words[2], path) == NULL) {
        perror(words[2]);
        return EXIT_USAGE;
    }
    return ask(arguments,
               json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "verb", "update", "do", "publish",
                         "kind", words[1], "file", path, "version", (int)version, "group",
                         arguments->group),
               print_published);
}

static int fetch(const struct update_arguments *arguments)
{
    json_t *request = json_pack("{s:s}", "verb", "fetch");

    if (arguments->terminal != NULL)
        json_object_set_new(request, "terminal", json_string(arguments->terminal));
    return ask(arguments, request, print_fetched);
}

static int run(const struct update_arguments *arguments, int count, char **words)
{
    if (count == 3 && strcmp(words[0], "publish") == 0)
        return publish(arguments, words);
    if (count == 1 && strcmp(words[0], "status") == 0)
        return ask(arguments, json_pack("{s:s, s:s}", "verb", "update", "do", "status"),
                   print_status);
    if (count == 1 && strcmp(words[0], "fetch") == 0)
        return fetch(arguments);
    fputs(update_help, stderr);
    return EXIT_USAGE;
}

int update_main(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"version", required_argument, NULL, 'v'},
                                            {"group", required_argument, NULL, 'g'},
                                            {"terminal", required_argument, NULL, 't'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct update_arguments arguments = {.data = CLIENT_DATA_DEFAULT, .group = "all"};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            arguments.data = optarg;
        else if (option == 'v')
            arguments.version = optarg;
        else if (option == 'g')
            arguments.group = optarg;
        else if (option == 't')
            arguments.terminal = optarg;
        else if (option == 'j')
            arguments.as_json = true;
        else
            return fputs(update_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    return run(&arguments, argc - optind, argv + optind);
}

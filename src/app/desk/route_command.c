/* acquit route: which issuer's the cards are, changed while payments run. */
#include "app/subcommand.h"
#include "app/world/client.h"
#include "drivers/files/routes_yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char route_help[] =
    "usage: acquit route list\n"
    "       acquit route add BIN issuer=ID [inside=BIN6] [barred=true]\n"
    "       acquit route check|load FILE\n\n"
    "The BIN table of the running switch: which issuer has the cards that begin with six or eight\n"
    "digits. What is added is in force at once; the table's version in refusals of unknown cards\n"
    "counts each change. A range inside another issuer's is refused by name, unless it says\n"
    "inside which one it is meant to be. load puts all ranges of a YAML file, or none:\n"
    "  routes:\n"
    "    - {bin: 62000012, issuer: \"20000002\", inside: 620000}\n\n"
    "  --data DIR   folder of everything (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --json       answers as JSON\n\n"
    "example: acquit route add 62000099 issuer=20000001\n";

struct route_arguments {
    const char *data;
    bool as_json;
    const char *words[6];
    size_t word_count;
};

static bool parse(int argc, char **argv, struct route_arguments *out)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            out->as_json = true;
        else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
            out->data = argv[++i];
        else if (argv[i][0] == '-' || out->word_count == ARRAY_COUNT(out->words))
            return false;
        else
            out->words[out->word_count++] = argv[i];
    }
    return out->word_count > 0;
}

static int ask(const struct route_arguments *arguments, json_t *request,
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
    json_decref(answer);
    return EXIT_DONE;
}

static void print_list(const json_t *answer)
{
    json_t *row;
    size_t i;

    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        printf("%-8s  %-11s  %s\n", client_text(row, "bin"), client_text(row, "issuer"),
               json_is_true(json_object_get(row, "barred")) ? "barred" : "open");
    }
}

static void print_count(const json_t *answer)
{
    printf("%lld in force\n", (long long)json_integer_value(json_object_get(answer, "count")));
}

static int list(const struct route_arguments *arguments)
{
    return ask(arguments, json_pack("{s:s, s:s}", "verb", "route", "do", "list"), print_list);
}

static int put(const struct route_arguments *arguments, json_t *rows)
{
    return ask(arguments, json_pack("{s:s, s:s, s:o}", "verb", "route", "do", "put", "rows", rows),
               print_count);
}

/* "issuer=20000001" into the row's member; false for what is none of its columns. */
static bool add_column(json_t *row, const char *word)
{
    static const char *const names[] = {"issuer=", "inside=", "barred="};

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        size_t len = strlen(names[i]);
        if (strncmp(word, names[i], len) != 0)
            continue;
        char name[8] = "";
        memcpy(name, names[i], len - 1);
        json_object_set_new(row, name,
                            i == 2 ? json_boolean(strcmp(word + len, "true") == 0)
                                   : json_string(word + len));
        return true;
    }
    fprintf(stderr, "acquit: %s: expected issuer=ID, inside=BIN6 or barred=true\n", word);
    return false;
}

static int add(const struct route_arguments *arguments)
{
    json_t *row = json_pack("{s:s}", "bin", arguments->words[1]);

    for (size_t i = 2; i < arguments->word_count; i++) {
        if (add_column(row, arguments->words[i]))
            continue;
        json_decref(row);
        return EXIT_USAGE;
    }
    return put(arguments, json_pack("[o]", row));
}

/* ---- files ---- */

static bool file_read(const char *path, struct routes_file *out)
{
    struct yaml_fault fault;
    char room[512];
    struct text t = text_over(room, sizeof room);
    char *text = NULL;
    size_t len = 0;
    enum err err = yaml_file_read(path, &text, &len, &fault);

    if (err == OK)
        err = routes_yaml_parse(bytes_over(text, len), out, &fault);
    free(text);
    if (err == OK)
        return true;
    yaml_fault_add_text(&t, path, &fault);
    fprintf(stderr, "acquit: %s\n", text_z(&t));
    return false;
}

static json_t *rows_of(const struct routes_file *file)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < file->count; i++) {
        const struct route_entry *entry = &file->entries[i];
        const struct route_row *row = &entry->row;
        json_array_append_new(rows, json_pack("{s:s%, s:s%, s:s, s:b}", "bin", row->bin,
                                              (size_t)row->bin_len, "issuer", row->issuer,
                                              strnlen(row->issuer, sizeof row->issuer), "inside",
                                              entry->inside, "barred", (int)row->is_barred));
    }
    return rows;
}

static int file(const struct route_arguments *arguments)
{
    struct routes_file *file = calloc(1, sizeof *file);
    int result = EXIT_BAD;

    if (file != NULL && file_read(arguments->words[1], file)) {
        if (strcmp(arguments->words[0], "load") == 0)
            result = put(arguments, rows_of(file));
        else
            result = printf("%s: %zu ranges are good\n", arguments->words[1], file->count) < 0;
    }
    free(file);
    return result;
}

static const struct {
    const char *name;
    size_t least; /* words, the verb included */
    size_t most;
    int (*run)(const struct route_arguments *arguments);
} route_verbs[] = {
    {"list", 1, 1, list},
    {"add", 3, 5, add},
    {"check", 2, 2, file},
    {"load", 2, 2, file},
};

int route_main(int argc, char **argv)
{
    struct route_arguments arguments = {.data = CLIENT_DATA_DEFAULT};

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(route_help, stdout), EXIT_DONE;
    if (!parse(argc, argv, &arguments))
        return fputs(route_help, stderr), EXIT_USAGE;
    for (size_t i = 0; i < ARRAY_COUNT(route_verbs); i++) {
        if (strcmp(route_verbs[i].name, arguments.words[0]) == 0 &&
            arguments.word_count >= route_verbs[i].least &&
            arguments.word_count <= route_verbs[i].most)
            return route_verbs[i].run(&arguments);
    }
    return fputs(route_help, stderr), EXIT_USAGE;
}

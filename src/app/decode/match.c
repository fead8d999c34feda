/*
 * acquit match: why a reply does not match its request. Both are read as acquit decode reads them,
 * and compared by view/reply_match.
 */
#include "app/subcommand.h"
#include "app/decode/decode_find.h"
#include "app/decode/decode_input.h"
#include "app/decode/dialect_set.h"
#include "view/reply_match.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW_ROOM 1024
#define FIELD_COLUMN 9
#define NAME_COLUMN 24

struct options {
    struct dialect_choice choice;
    bool json;
    const char *inputs[2]; /* request, reply */
};

static void print_help(FILE *out)
{
    fputs(
        "usage: acquit match [OPTIONS] REQUEST REPLY\n\n"
        "Says whether a reply answers a request, and if not, why: what a peer compares, point by\n"
        "point. REQUEST and REPLY are hex or files, as for acquit decode; of a file the first\n"
        "message. Exit code 1 when the reply is not this request's.\n\n"
        "  --dialect D     cup-pos, iso87-ascii, iso87-binary, or a dialect file; default: try\n"
        "  --profile P     an acquirer's own rows of the dialect\n"
        "  --json          one JSON object\n\n"
        "  acquit match request.hex reply.hex\n"
        "  acquit match --json 0800002000000000000000001 081000380000028000...\n",
        out);
}

static int usage(const char *what)
{
    fprintf(stderr, "acquit match: %s; acquit match --help says more\n", what);
    return EXIT_USAGE;
}

static int take_options(int argc, char **argv, struct options *out)
{
    static const struct option long_options[] = {
        {"dialect", required_argument, NULL, 'd'},
        {"profile", required_argument, NULL, 'p'},
        {"json", no_argument, NULL, 'j'},
        {0},
    };
    int id;

    *out = (struct options){.choice.command = "match"};
    optind = 1;
    opterr = 0;
    while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (id == 'd')
            out->choice.dialect = optarg;
        else if (id == 'p')
            out->choice.profile = optarg;
        else if (id == 'j')
            out->json = true;
        else
            return usage("an option is not known or lacks its value");
    }
    if (optind + 2 != argc)
        return usage("a request and a reply are expected");
    if (out->choice.profile != NULL && out->choice.dialect == NULL)
        return usage("--profile needs --dialect");
    out->inputs[0] = argv[optind];
    out->inputs[1] = argv[optind + 1];
    return EXIT_DONE;
}

/* ---- reading ---- */

struct run {
    struct options options;
    struct dialect_set dialects;
    struct decode_input inputs[2]; /* the readings point into them */
    struct decode_reading readings[2];
};

static int read_one(struct run *run, int which)
{
    const struct decode_dialects tried = {run->dialects.at, run->dialects.count};
    const char *name = run->options.inputs[which];
    struct decode_item item;

    errno = 0;
    if (decode_input_open(name, &run->inputs[which]) != OK) {
        fprintf(stderr, "acquit match: '%s' is not hex, and reading it as a file failed: %s\n",
                name, errno != 0 ? strerror(errno) : "too large");
        return EXIT_USAGE;
    }
    enum err err = decode_input_next(&run->inputs[which], &item);
    if (err == ERR_NOT_FOUND)
        return usage("an input is empty");
    decode_find(&tried, START_AUTO, err == OK ? item.bytes : item.text, &run->readings[which]);
    return EXIT_DONE;
}

/* ---- telling ---- */

static const char *verdict_word(enum reply_verdict verdict)
{
    return verdict == REPLY_SAME ? "same" : verdict == REPLY_LACKS ? "lacks" : "DIFFERS";
}

static void print_check(const struct reply_check *check)
{
    char room[ROW_ROOM];
    struct text t = text_over(room, sizeof room);

    text_add(&t, verdict_word(check->verdict));
    text_pad_to(&t, FIELD_COLUMN);
    text_add(&t, check->name);
    text_pad_to(&t, NAME_COLUMN);
    text_add(&t, check->request);
    if (check->verdict != REPLY_SAME || strcmp(check->request, check->reply) != 0) {
        text_add(&t, "  ->  ");
        text_add(&t, check->reply[0] != 0 ? check->reply : "nothing");
    }
    if (check->en[0] != 0) {
        text_add(&t, "  (");
        text_add(&t, check->en);
        text_add_char(&t, ')');
    }
    puts(text_z(&t));
    if (check->hint != NULL)
        printf("         %s\n", check->hint);
}

static void add_member(struct text *t, const char *name, const char *value)
{
    text_add(t, ", \"");
    text_add(t, name);
    text_add(t, "\": \"");
    text_add_json(t, bytes_of_z(value));
    text_add_char(t, '"');
}

static void print_json(const struct reply_check *checks, size_t count)
{
    printf("{\"match\": %s, \"checks\": [",
           reply_mismatch(checks, count) == NULL ? "true" : "false");
    for (size_t i = 0; i < count; i++) {
        char room[2 * ROW_ROOM];
        struct text t = text_over(room, sizeof room);

        text_add(&t, i == 0 ? "{\"name\": \"" : ", {\"name\": \"");
        text_add(&t, checks[i].name);
        text_add_char(&t, '"');
        add_member(&t, "verdict", verdict_word(checks[i].verdict));
        add_member(&t, "request", checks[i].request);
        add_member(&t, "reply", checks[i].reply);
        if (checks[i].hint != NULL)
            add_member(&t, "hint", checks[i].hint);
        text_add_char(&t, '}');
        fputs(text_z(&t), stdout);
    }
    puts("]}");
}

static int compare(struct run *run)
{
    struct reply_check checks[REPLY_CHECKS_MAX];
    size_t count = reply_match(&run->readings[0].dump, &run->readings[1].dump, checks);
    const struct reply_check *mismatch = reply_mismatch(checks, count);

    if (run->options.json) {
        print_json(checks, count);
    } else {
        for (size_t i = 0; i < count; i++)
            print_check(&checks[i]);
        if (mismatch == NULL)
            puts("the reply answers this request");
        else
            printf("the reply does not answer this request: %s %s\n", mismatch->name,
                   mismatch->verdict == REPLY_LACKS ? "is lacking" : "differs");
    }
    return mismatch == NULL ? EXIT_DONE : EXIT_BAD;
}

static int run_match(struct run *run)
{
    int code = dialect_set_load(&run->options.choice, &run->dialects);

    for (int which = 0; code == EXIT_DONE && which < 2; which++)
        code = read_one(run, which);
    return code == EXIT_DONE ? compare(run) : code;
}

int match_main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        fputs("acquit match: out of memory\n", stderr);
        return EXIT_BAD;
    }
    int code = take_options(argc, argv, &run->options);
    if (code == EXIT_DONE)
        code = run_match(run);
    for (int which = 0; which < 2; which++)
        decode_input_close(&run->inputs[which]);
    dialect_set_free(&run->dialects);
    free(run);
    return code;
}

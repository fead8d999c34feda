/*
 * acquit decode: what a message says. Input is read by decode_input, understood by decode_find,
 * and shown by view/.
 */
#include "app/subcommand.h"
#include "app/decode/decode_find.h"
#include "app/decode/decode_input.h"
#include "app/decode/dialect_set.h"
#include "base/assert.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct dialect_choice choice;
    const char *input;
    enum decode_start start;
    bool json;
    bool reveal;
    bool annotate;
};

static void print_help(FILE *out)
{
    fputs(
        "usage: acquit decode [OPTIONS] HEX | FILE | -\n\n"
        "Shows what ISO 8583 messages say. A message is hex on the command line, a line of hex in\n"
        "a file or on standard input (-), or a binary file. Values that must not be seen are\n"
        "masked. Exit code 1 when a message is broken: the fault and its byte are shown.\n\n"
        "  --dialect D     cup-pos, iso87-ascii, iso87-binary, or a dialect file; default: try\n"
        "  --profile P     an acquirer's own rows of the dialect; default: none, then try\n"
        "  --frame F       where the dump begins: auto, len, tpdu, hdr, none (message type)\n"
        "  --json          one JSON object a line\n"
        "  --annotate      each byte range with its meaning\n"
        "  --reveal        show all values: card numbers, tracks, PIN blocks\n\n"
        "  acquit decode 08000020000000000000000001\n"
        "  acquit decode --dialect cup-pos --annotate dump.bin\n"
        "  acquit decode --json - < messages.hex\n",
        out);
}

static int usage(const char *what, const char *detail)
{
    fprintf(stderr, "acquit decode: %s%s%s; acquit decode --help says more\n", what,
            detail == NULL ? "" : ": ", detail == NULL ? "" : detail);
    return EXIT_USAGE;
}

static int take_start(const char *word, enum decode_start *out)
{
    static const char *const words[] = {[START_AUTO] = "auto",
                                        [START_LENGTH] = "len",
                                        [START_TPDU] = "tpdu",
                                        [START_HEADER] = "hdr",
                                        [START_MESSAGE] = "none"};

    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (enum decode_start)i;
            return EXIT_DONE;
        }
    }
    return usage("--frame is auto, len, tpdu, hdr or none, not", word);
}

enum option_id { OPT_DIALECT = 1, OPT_PROFILE, OPT_FRAME, OPT_JSON, OPT_REVEAL, OPT_ANNOTATE };

static const struct option long_options[] = {
    {"dialect", required_argument, NULL, OPT_DIALECT},
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"frame", required_argument, NULL, OPT_FRAME},
    {"json", no_argument, NULL, OPT_JSON},
    {"reveal", no_argument, NULL, OPT_REVEAL},
    {"annotate", no_argument, NULL, OPT_ANNOTATE},
    {0},
};

static int take_option(int id, struct options *out)
{
    switch (id) {
    case OPT_DIALECT:
        out->choice.dialect = optarg;
        return EXIT_DONE;
    case OPT_PROFILE:
        out->choice.profile = optarg;
        return EXIT_DONE;
    case OPT_FRAME:
        return take_start(optarg, &out->start);
    case OPT_JSON:
        out->json = true;
        return EXIT_DONE;
    case OPT_REVEAL:
        out->reveal = true;
        return EXIT_DONE;
    case OPT_ANNOTATE:
        out->annotate = true;
        return EXIT_DONE;
    default:
        return usage("an option is not known or lacks its value", NULL);
    }
}

static int take_options(int argc, char **argv, struct options *out)
{
    int id;

    *out = (struct options){.choice.command = "decode"};
    optind = 1;
    opterr = 0;
    while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        int code = take_option(id, out);
        if (code != EXIT_DONE)
            return code;
    }
    if (optind + 1 != argc)
        return usage(optind == argc ? "a message is missing" : "one message, file or - is expected",
                     NULL);
    if (out->json && out->annotate)
        return usage("--json and --annotate exclude each other", NULL);
    if (out->choice.profile != NULL && out->choice.dialect == NULL)
        return usage("--profile needs --dialect", NULL);
    out->input = argv[optind];
    return EXIT_DONE;
}

/* --- messages --- */

/* What one run needs, allocated once. */
struct run {
    struct options options;
    struct dialect_set dialects;
    struct dialect_set ascii; /* those of `dialects` whose message type is characters */
    struct decode_reading reading;
    struct decode_reading other;
    char room[MESSAGE_VIEW_ROOM];
};

static void find_ascii(struct run *run)
{
    for (size_t i = 0; i < run->dialects.count; i++) {
        if (run->dialects.at[i].source->mti_encoding == ENCODING_ASCII)
            run->ascii.at[run->ascii.count++] = run->dialects.at[i];
    }
}

/* A message in characters may stand in the input as it is, not as hex. NULL when it does not. */
static struct decode_reading *read_text(struct run *run, struct bytes text)
{
    const struct decode_dialects tried = {run->ascii.at, run->ascii.count};

    if (run->ascii.count == 0 || text.len < 4 || !bytes_are_digits((const char *)text.at, 4))
        return NULL;
    decode_find(&tried, run->options.start, text, &run->other);
    return &run->other;
}

static struct decode_reading *read_item(struct run *run, const struct decode_item *item)
{
    const struct decode_dialects tried = {run->dialects.at, run->dialects.count};
    struct decode_reading *other;

    decode_find(&tried, run->options.start, item->bytes, &run->reading);
    if (run->reading.dump.fault == NULL)
        return &run->reading;
    other = read_text(run, item->text);
    return other != NULL && other->dump.fault == NULL ? other : &run->reading;
}

static int show(struct run *run, struct decode_reading *reading)
{
    struct text t = text_over(run->room, sizeof run->room);

    reading->dump.reveal = run->options.reveal;
    if (run->options.json)
        message_view_add_json(&t, &reading->dump);
    else if (run->options.annotate)
        message_view_add_annotated(&t, &reading->dump);
    else
        message_view_add_table(&t, &reading->dump);
    fwrite(t.at, 1, t.len, stdout);
    return reading->dump.fault == NULL ? EXIT_DONE : EXIT_BAD;
}

/* A line that is neither hex nor a message in characters. */
static int show_bad_line(const struct run *run, const struct decode_input *input,
                         const struct decode_item *item)
{
    bool odd = item->bad_at == item->text.len;
    const char *what = odd ? "the count of hex digits is odd" : "this is not a hex digit";

    if (run->options.json)
        printf("{\"error\": \"%s\", \"error_line\": \"%zu\", \"error_column\": \"%zu\"}\n", what,
               input->line, item->bad_at + 1);
    else
        printf("fault: line %zu, column %zu: %s\n", input->line, item->bad_at + 1, what);
    return EXIT_BAD;
}

static int decode_all(struct run *run, struct decode_input *input)
{
    struct decode_item item;
    int code = EXIT_DONE;
    size_t count = 0;
    enum err err;

    while ((err = decode_input_next(input, &item)) != ERR_NOT_FOUND) {
        struct decode_reading *reading =
            err == OK ? read_item(run, &item) : read_text(run, item.text);
        int bad = reading == NULL ? show_bad_line(run, input, &item) : show(run, reading);
        code = bad != EXIT_DONE ? bad : code;
        count++;
    }
    if (count == 0)
        return usage("the input is empty", NULL);
    return code;
}

static int run_decode(struct run *run)
{
    struct decode_input input;
    int code = dialect_set_load(&run->options.choice, &run->dialects);

    if (code != EXIT_DONE)
        return code;
    find_ascii(run);
    errno = 0;
    if (decode_input_open(run->options.input, &input) != OK) {
        fprintf(stderr, "acquit decode: '%s' is not hex, and reading it as a file failed: %s\n",
                run->options.input, errno != 0 ? strerror(errno) : "too large");
        return EXIT_USAGE;
    }
    code = decode_all(run, &input);
    decode_input_close(&input);
    return code;
}

int decode_main(int argc, char **argv)
{
    struct run *run;
    int code;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    run = calloc(1, sizeof *run);
    if (run == NULL) {
        fputs("acquit decode: out of memory\n", stderr);
        return EXIT_BAD;
    }
    code = take_options(argc, argv, &run->options);
    if (code == EXIT_DONE)
        code = run_decode(run);
    dialect_set_free(&run->dialects);
    free(run);
    return code;
}

#include "app/desk/record_add.h"

#include "app/subcommand.h"
#include "app/world/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LEN_MAX (256 * 1024)
#define ENTRY_LEN_MAX 2048
#define ADDED_SERIAL 1000000 /* numbers of added cards: apart from those listed and generated */

/* What a new card is unless it is said otherwise. */
static const struct {
    const char *name;
    const char *value;
} card_defaults[] = {
    {"expiry", "3012"}, {"service_code", "220"}, {"media", "stripe,chip,contactless"},
    {"pin", "1234"},    {"balance", "0.00"},     {"tap_limit", "1000.00"},
};

struct adding {
    const struct record_addition *addition;
    char config[CONFIG_PATH_LEN];
    char path[CONFIG_PATH_LEN + 16];
    char next[CONFIG_PATH_LEN + 24];
    char *text; /* the whole file */
    struct text out;
};

/* A double-quoted YAML value. */
static void add_quoted(struct text *t, const char *value, size_t len)
{
    text_add_char(t, '"');
    text_add_json(t, bytes_over(value, len)); /* JSON's escapes are YAML's */
    text_add_char(t, '"');
}

/* Media are the one value that is a list. */
static void add_value(struct text *t, const char *name, const char *value)
{
    size_t name_len = strcspn(name, "=");

    text_add(t, ", ");
    add_quoted(t, name, name_len);
    text_add(t, ": ");
    if (name_len != 5 || memcmp(name, "media", 5) != 0) {
        add_quoted(t, value, strlen(value));
        return;
    }
    text_add_char(t, '[');
    for (const char *at = value; *at != 0;) {
        size_t len = strcspn(at, ",");

        if (at != value)
            text_add(t, ", ");
        add_quoted(t, at, len);
        at += at[len] == ',' ? len + 1 : len;
    }
    text_add_char(t, ']');
}

static bool is_said(const struct record_addition *addition, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < addition->word_count; i++) {
        if (strncmp(addition->words[i], name, len) == 0 && addition->words[i][len] == '=')
            return true;
    }
    return false;
}

static void add_card_defaults(struct text *t, const struct record_addition *addition,
                              size_t entries)
{
    for (size_t i = 0; i < ARRAY_COUNT(card_defaults); i++) {
        if (!is_said(addition, card_defaults[i].name))
            add_value(t, card_defaults[i].name, card_defaults[i].value);
    }
    if (!is_said(addition, "serial")) {
        text_add(t, ", serial: ");
        text_add_u64(t, ADDED_SERIAL + entries);
    }
    if (!is_said(addition, "account")) {
        text_add(t, ", account: ");
        text_add_u64(t, ADDED_SERIAL + entries);
    }
}

static bool add_entry(struct adding *adding, size_t entries)
{
    const struct record_addition *addition = adding->addition;
    bool is_card = strcmp(addition->what, "card") == 0;
    size_t before = adding->out.len;

    text_add(&adding->out, "- ");
    text_add(&adding->out, addition->what);
    text_add(&adding->out, is_card ? ": {label: " : ": {id: ");
    add_quoted(&adding->out, addition->id, strlen(addition->id));
    for (size_t i = 0; i < addition->word_count; i++) {
        const char *equals = strchr(addition->words[i], '=');

        if (equals == NULL || equals == addition->words[i]) {
            fprintf(stderr, "acquit: %s: expected COLUMN=VALUE\n", addition->words[i]);
            return false;
        }
        add_value(&adding->out, addition->words[i], equals + 1);
    }
    if (is_card)
        add_card_defaults(&adding->out, addition, entries);
    text_add(&adding->out, "}\n");
    if (!adding->out.cut && adding->out.len - before <= ENTRY_LEN_MAX)
        return true;
    fputs("acquit: this is too long\n", stderr);
    return false;
}

/* ---- the file ---- */

static bool complain(const char *path)
{
    fprintf(stderr, "acquit: %s: %s\n", path, strerror(errno));
    return false;
}

/* What is there already; counts its lines. */
static bool read_before(struct adding *adding, size_t *entries)
{
    FILE *file = fopen(adding->path, "rb");
    size_t len = 0;

    adding->out = text_over(adding->text, FILE_LEN_MAX);
    if (file == NULL && errno != ENOENT)
        return complain(adding->path);
    if (file != NULL) {
        len = fread(adding->text, 1, FILE_LEN_MAX - ENTRY_LEN_MAX, file);
        fclose(file);
    }
    adding->out.len = len;
    adding->text[len] = 0;
    for (size_t i = 0; i < len; i++)
        *entries += adding->text[i] == '\n' ? 1 : 0;
    if (len == 0)
        text_add(&adding->out, "# Added by command; read behind the lists of acquit.yaml.\n");
    return true;
}

/* The new file is also the lock: who finds one there waits for its maker, or clears it away. */
static bool write_next(const struct adding *adding)
{
    int fd = open(adding->next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written = false;

    if (fd < 0 && errno == EEXIST) {
        fprintf(stderr, "acquit: %s: another command is adding, or one was cut off: remove it\n",
                adding->next);
        return false;
    }
    if (fd < 0)
        return complain(adding->next);
    is_written =
        write(fd, adding->text, adding->out.len) == (ssize_t)adding->out.len && fsync(fd) == 0;
    if (!is_written) {
        complain(adding->next);
        unlink(adding->next);
    }
    close(fd);
    return is_written;
}

/* Takes the new file when the world is whole with it. */
static int try_next(const struct adding *adding)
{
    struct config config;
    char room[512] = "";
    struct text error = text_over(room, sizeof room);

    if (config_read_with(adding->config, adding->next, &config, &error) != OK) {
        fprintf(stderr, "acquit: %s\n", room);
        unlink(adding->next);
        return EXIT_BAD;
    }
    config_free(&config);
    if (rename(adding->next, adding->path) != 0) {
        complain(adding->path);
        unlink(adding->next);
        return EXIT_BAD;
    }
    printf("%s %s is in %s; it is there when the world is started again (acquit down, acquit up)\n",
           adding->addition->what, adding->addition->id, adding->path);
    return EXIT_DONE;
}

static bool set_path(char *out, size_t out_len, const char *data, const char *name)
{
    struct text t = text_over(out, out_len);

    text_add(&t, data);
    text_add_char(&t, '/');
    text_add(&t, name);
    return !t.cut;
}

/* The file stands in the data folder, which the configuration may have put elsewhere. */
static bool set_paths(struct adding *adding)
{
    struct config config;
    char room[512] = "";
    struct text error = text_over(room, sizeof room);

    if (!set_path(adding->config, sizeof adding->config, adding->addition->data, "acquit.yaml"))
        return false;
    if (config_read(adding->config, &config, &error) != OK) {
        fprintf(stderr, "acquit: %s\n", room);
        return false;
    }
    bool is_set = set_path(adding->path, sizeof adding->path, config.data, CONFIG_ADDED) &&
                  set_path(adding->next, sizeof adding->next, config.data, CONFIG_ADDED ".new");
    config_free(&config);
    return is_set;
}

int record_add(const struct record_addition *addition)
{
    struct adding adding = {.addition = addition};
    size_t entries = 0;
    int result = EXIT_BAD;

    if (strcmp(addition->what, "account") == 0) {
        fputs("acquit: an account is opened with its card: acquit card add LABEL issuer=ID; more\n"
              "cards of one account name it: account=NUMBER\n",
              stderr);
        return EXIT_USAGE;
    }
    if (!set_paths(&adding))
        return EXIT_BAD;
    adding.text = malloc(FILE_LEN_MAX);
    if (adding.text == NULL)
        return EXIT_BAD;
    if (read_before(&adding, &entries) && add_entry(&adding, entries) && write_next(&adding))
        result = try_next(&adding);
    bytes_wipe(adding.text, adding.out.len); /* PINs of cards */
    free(adding.text);
    return result;
}

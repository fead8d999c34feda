#include "app/desk/rules_first.h"

#include "drivers/files/rules_yaml.h"
#include "host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULES_FILE "/rules.yaml"

static const char first_text[] =
    "# rules.yaml: limits and risk at the switch, in force since its first start. Change it, "
    "then:\n"
    "#     acquit rules check rules.yaml        acquit rules dry-run rules.yaml\n"
    "#     acquit rules load rules.yaml         acquit rules show\n"
    "# docs/rules.md tells every key. Only the bookshop M3 has limits here.\n"
    "\n"
    "threshold: 100\n"
    "rules:\n"
    "  - {name: least, check: amount-least, amount: \"10.00\", merchant: M3}\n"
    "  - {name: twice-a-day, check: count-most, per: card-at-merchant, each: day, count: 2, "
    "merchant: M3}\n"
    "  - {name: half-hour, check: apart, minutes: 30, merchant: M3}\n"
    "  - {name: black-list, check: listed}\n";

static void path_of(const char *data, struct text *t)
{
    text_add(t, data);
    text_add(t, RULES_FILE);
}

enum err rules_first_write(const char *data, struct text *error)
{
    char path[CONFIG_PATH_LEN + sizeof RULES_FILE];
    struct text t = text_over(path, sizeof path);

    path_of(data, &t);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return ERR_EXISTS;
    bool is_written =
        fd >= 0 && write(fd, first_text, strlen(first_text)) == (ssize_t)strlen(first_text);
    if (fd >= 0)
        close(fd);
    if (is_written)
        return OK;
    text_add(error, path);
    text_add(error, ": ");
    text_add(error, strerror(errno));
    return ERR_IO;
}

/* Rules as they were read, and as they are stored. */
struct first {
    struct rules_file file;
    struct rules_row head;
    struct rule_part_row parts[RULE_PARTS_MAX];
    struct node_command command;
    struct store_row row;
};

static enum err read_file(const struct config *config, const char *path, struct first *first,
                          struct text *error)
{
    struct yaml_fault fault;
    char *text = NULL;
    size_t len = 0;
    enum err err = yaml_file_read(path, &text, &len, &fault);

    if (err == OK)
        err = rules_yaml_parse(bytes_over(text, len), config->world.utc_offset_s, &first->file,
                               &fault);
    free(text);
    if (err != OK)
        yaml_fault_add_text(error, path, &fault);
    else if (first->file.currency != config->world.currency) {
        text_add(error, path);
        text_add(error, ": the amounts are in another currency than the switch's");
        err = ERR_CONFIG;
    }
    return err;
}

static enum err put(struct first *first, const struct lab_sink *sink, struct row_key key,
                    struct bytes value)
{
    first->command.kind = COMMAND_PUT_ROW;
    first->command.key = key;
    first->command.value_len = (uint16_t)value.len;
    memcpy(first->command.value, value.at, value.len);
    return sink->put(sink->self, &first->command);
}

/* Parts first: only the head puts them in force. */
static enum err put_all(struct first *first, const struct lab_sink *sink)
{
    first->head.threshold = first->file.threshold;
    first->head.currency = first->file.currency;
    first->head.loaded = clock_wall();
    rules_pack(first->file.rules, first->file.count, NULL, &first->head, first->parts);
    for (uint8_t i = 0; i < first->head.part_count; i++)
        TRY(put(first, sink, rules_part_key(first->head.slot, i),
                bytes_over(&first->parts[i], sizeof first->parts[i])));
    return put(first, sink, rules_key(), bytes_over(&first->head, sizeof first->head));
}

enum err rules_first_put(const struct config *config, struct store *store,
                         const struct lab_sink *sink, struct text *error)
{
    char path[CONFIG_PATH_LEN + sizeof RULES_FILE];
    struct text t = text_over(path, sizeof path);
    struct first *first = calloc(1, sizeof *first);
    enum err err = OK;

    path_of(config->data, &t);
    if (first == NULL)
        return ERR_FULL;
    struct store_row *rows[] = {&first->row};
    first->row.key = rules_key();
    if (store->load(store->self, rows, 1) != STORE_OK)
        err = ERR_IO;
    else if (!first->row.found && access(path, F_OK) == 0)
        err = read_file(config, path, first, error);
    if (err == OK && !first->row.found && first->file.threshold > 0)
        err = put_all(first, sink);
    free(first);
    return err;
}

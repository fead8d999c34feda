#include "app/yaml_file.h"

#include "base/assert.h"
#include "drivers/yaml_shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct yaml_file {
    char path[256];
    yaml_document_t document;
    bool *is_asked; /* by node index: somebody asked for this key */
    int node_count;
    bool has_fault;
    size_t line;
    size_t column;
    char what[200];
};

static yaml_node_t *node_at(struct yaml_file *file, struct yaml_node node)
{
    return node.index == 0 ? NULL : yaml_document_get_node(&file->document, node.index);
}

void yaml_fault(struct yaml_file *file, struct yaml_node node, const char *what)
{
    const yaml_node_t *at = node_at(file, node);
    struct text out = text_over(file->what, sizeof file->what);

    if (file->has_fault)
        return;
    file->has_fault = true;
    file->line = at == NULL ? 1 : at->start_mark.line + 1;
    file->column = at == NULL ? 1 : at->start_mark.column + 1;
    text_add(&out, what);
}

/* ---- opening ---- */

static void add_place(struct text *error, const char *path, size_t line, size_t column)
{
    text_add(error, path);
    text_add(error, ":");
    text_add_u64(error, line);
    text_add(error, ":");
    text_add_u64(error, column);
    text_add(error, ": ");
}

static enum err check_shape(struct yaml_file *file, FILE *in, struct text *error)
{
    struct yaml_shape_fault fault;
    yaml_parser_t parser;

    if (yaml_parser_initialize(&parser) == 0)
        return ERR_FULL;
    yaml_parser_set_input_file(&parser, in);
    enum err err = yaml_shape_check(&parser, &fault);
    yaml_parser_delete(&parser);
    rewind(in);
    if (err == OK)
        return OK;
    add_place(error, file->path, fault.mark.line + 1, fault.mark.column + 1);
    text_add(error, fault.what);
    return err;
}

static enum err load(struct yaml_file *file, FILE *in, struct text *error)
{
    yaml_parser_t parser;
    enum err err = OK;

    if (yaml_parser_initialize(&parser) == 0)
        return ERR_FULL;
    yaml_parser_set_input_file(&parser, in);
    if (yaml_parser_load(&parser, &file->document) == 0) {
        add_place(error, file->path, parser.problem_mark.line + 1, parser.problem_mark.column + 1);
        text_add(error, parser.problem == NULL ? "not YAML" : parser.problem);
        err = ERR_CONFIG;
    }
    yaml_parser_delete(&parser);
    return err;
}

static enum err too_long(struct yaml_file *file, FILE *in, struct text *error)
{
    if (fseek(in, 0, SEEK_END) == 0 && ftell(in) <= YAML_FILE_LEN_MAX) {
        rewind(in);
        return OK;
    }
    text_add(error, file->path);
    text_add(error, ": the file is too long, or no file");
    return ERR_CONFIG;
}

static enum err open_file(struct yaml_file *file, struct text *error)
{
    FILE *in = fopen(file->path, "rb");

    if (in == NULL) {
        text_add(error, file->path);
        text_add(error, ": ");
        text_add(error, strerror(errno));
        return ERR_IO;
    }
    enum err err = too_long(file, in, error);
    if (err == OK)
        err = check_shape(file, in, error);
    if (err == OK)
        err = load(file, in, error);
    fclose(in);
    if (err != OK)
        return err;
    if (yaml_document_get_root_node(&file->document) == NULL)
        yaml_fault(file, (struct yaml_node){0}, "the file is empty");
    file->node_count = (int)(file->document.nodes.top - file->document.nodes.start);
    file->is_asked = calloc((size_t)file->node_count + 1, sizeof *file->is_asked);
    return file->is_asked == NULL ? ERR_FULL : OK;
}

enum err yaml_file_open(const char *path, struct yaml_file **out, struct text *error)
{
    struct yaml_file *file = calloc(1, sizeof *file);

    if (file == NULL)
        return ERR_FULL;
    struct text name = text_over(file->path, sizeof file->path);
    text_add(&name, path);
    enum err err = open_file(file, error);
    if (err != OK) {
        yaml_file_close(file);
        return err;
    }
    *out = file;
    return OK;
}

void yaml_file_close(struct yaml_file *file)
{
    if (file == NULL)
        return;
    yaml_document_delete(&file->document);
    free(file->is_asked);
    free(file);
}

struct yaml_node yaml_root(struct yaml_file *file)
{
    return (struct yaml_node){file->node_count == 0 ? 0 : 1};
}

/* ---- asking ---- */

static bool key_is(struct yaml_file *file, int index, const char *key)
{
    const yaml_node_t *node = yaml_document_get_node(&file->document, index);

    return node != NULL && node->type == YAML_SCALAR_NODE &&
           strcmp((const char *)node->data.scalar.value, key) == 0;
}

struct yaml_node yaml_may(struct yaml_file *file, struct yaml_node map, const char *key)
{
    yaml_node_t *node = node_at(file, map);

    if (node == NULL || file->has_fault)
        return (struct yaml_node){0};
    if (node->type != YAML_MAPPING_NODE) {
        yaml_fault(file, map, "expected a mapping (key: value)");
        return (struct yaml_node){0};
    }
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (!key_is(file, pair->key, key))
            continue;
        file->is_asked[pair->key] = true;
        return (struct yaml_node){pair->value};
    }
    return (struct yaml_node){0};
}

static void fault_about(struct yaml_file *file, struct yaml_node node, const char *before,
                        const char *name)
{
    char room[160];
    struct text t = text_over(room, sizeof room);

    text_add(&t, before);
    text_add(&t, name);
    yaml_fault(file, node, text_z(&t));
}

struct yaml_node yaml_need(struct yaml_file *file, struct yaml_node map, const char *key)
{
    struct yaml_node node = yaml_may(file, map, key);

    if (node.index == 0)
        fault_about(file, map, "missing here: ", key);
    return node;
}

size_t yaml_count(struct yaml_file *file, struct yaml_node sequence)
{
    yaml_node_t *node = node_at(file, sequence);

    if (node == NULL || file->has_fault)
        return 0;
    if (node->type != YAML_SEQUENCE_NODE) {
        yaml_fault(file, sequence, "expected a list (- item)");
        return 0;
    }
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

struct yaml_node yaml_item(struct yaml_file *file, struct yaml_node sequence, size_t index)
{
    yaml_node_t *node = node_at(file, sequence);

    assert(node != NULL);
    return (struct yaml_node){node->data.sequence.items.start[index]};
}

const char *yaml_text(struct yaml_file *file, struct yaml_node node)
{
    yaml_node_t *at = node_at(file, node);

    if (at == NULL || file->has_fault)
        return "";
    if (at->type != YAML_SCALAR_NODE) {
        yaml_fault(file, node, "expected a single value");
        return "";
    }
    return (const char *)at->data.scalar.value;
}

static void fault_range(struct yaml_file *file, struct yaml_node node, uint64_t least,
                        uint64_t most)
{
    char room[96];
    struct text t = text_over(room, sizeof room);

    text_add(&t, "expected a number from ");
    text_add_u64(&t, least);
    text_add(&t, " to ");
    text_add_u64(&t, most);
    yaml_fault(file, node, text_z(&t));
}

uint64_t yaml_number(struct yaml_file *file, struct yaml_node node, uint64_t least, uint64_t most,
                     uint64_t otherwise)
{
    const char *text = yaml_text(file, node);
    uint64_t value = 0;

    if (node.index == 0 || file->has_fault)
        return otherwise;
    if (*text == 0 || bytes_to_number(text, strlen(text), &value) != OK || value < least ||
        value > most) {
        fault_range(file, node, least, most);
        return otherwise;
    }
    return value;
}

bool yaml_bool(struct yaml_file *file, struct yaml_node node, bool otherwise)
{
    const char *text = yaml_text(file, node);

    if (node.index == 0 || file->has_fault)
        return otherwise;
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        yaml_fault(file, node, "expected true or false");
    return strcmp(text, "true") == 0;
}

int64_t yaml_minor(struct yaml_file *file, struct yaml_node node, uint16_t currency)
{
    struct money money = money_of(0, currency);

    if (node.index == 0 || file->has_fault)
        return 0;
    if (money_from_text(yaml_text(file, node), currency, &money) != OK)
        yaml_fault(file, node, "expected an amount such as 128.50");
    return money.minor;
}

static void find_unknown(struct yaml_file *file)
{
    for (int i = 1; i <= file->node_count && !file->has_fault; i++) {
        const yaml_node_t *node = yaml_document_get_node(&file->document, i);

        if (node->type != YAML_MAPPING_NODE)
            continue;
        for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++) {
            if (!file->is_asked[pair->key])
                fault_about(file, (struct yaml_node){pair->key}, "this key is not known here: ",
                            yaml_text(file, (struct yaml_node){pair->key}));
        }
    }
}

enum err yaml_file_check(struct yaml_file *file, struct text *error)
{
    find_unknown(file);
    if (!file->has_fault)
        return OK;
    add_place(error, file->path, file->line, file->column);
    text_add(error, file->what);
    return ERR_CONFIG;
}

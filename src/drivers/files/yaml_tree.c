#include "drivers/files/yaml_tree.h"

#include "base/assert.h"
#include "drivers/files/yaml_shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL_LEN_MAX 60

static void note(struct yaml_fault *fault, const char *what)
{
    struct text t = text_over(fault->what, sizeof fault->what);

    text_add(&t, what);
}

void yaml_fault_add_text(struct text *t, const char *file, const struct yaml_fault *fault)
{
    text_add(t, file);
    text_add(t, ":");
    if (fault->line != 0) {
        text_add_u64(t, fault->line);
        text_add(t, ":");
        text_add_u64(t, fault->column);
        text_add(t, ":");
    }
    text_add(t, " ");
    text_add(t, fault->what);
}

enum err yaml_fail_at(struct yaml_tree *tree, yaml_mark_t mark, const char *what,
                      const char *detail)
{
    struct text t = text_over(tree->fault->what, sizeof tree->fault->what);

    tree->fault->line = mark.line + 1;
    tree->fault->column = mark.column + 1;
    text_add(&t, what);
    if (detail == NULL)
        return ERR_CONFIG;
    text_add(&t, ": ");
    for (size_t i = 0; detail[i] != 0 && i < DETAIL_LEN_MAX; i++)
        text_add_char(&t, (unsigned char)detail[i] < 0x20 ? '?' : detail[i]);
    return ERR_CONFIG;
}

enum err yaml_fail(struct yaml_tree *tree, const yaml_node_t *node, const char *what)
{
    const char *text =
        node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;

    return yaml_fail_at(tree, node->start_mark, what, text);
}

/* --- reading --- */

static enum err read_into(FILE *file, char *text, size_t *len, struct yaml_fault *fault)
{
    *len = fread(text, 1, YAML_TREE_LEN_MAX + 1, file);
    if (ferror(file)) {
        note(fault, strerror(errno));
        return ERR_IO;
    }
    if (*len > YAML_TREE_LEN_MAX) {
        note(fault, "the file is larger than 256 KiB");
        return ERR_FULL;
    }
    return OK;
}

enum err yaml_file_read(const char *path, char **text, size_t *len, struct yaml_fault *fault)
{
    FILE *file = fopen(path, "rb");
    enum err err = ERR_FULL;

    *fault = (struct yaml_fault){0};
    if (file == NULL) {
        note(fault, strerror(errno));
        return ERR_IO;
    }
    *text = malloc(YAML_TREE_LEN_MAX + 1);
    if (*text == NULL)
        note(fault, "out of memory");
    else
        err = read_into(file, *text, len, fault);
    fclose(file);
    if (err != OK) {
        free(*text);
        *text = NULL;
    }
    return err;
}

static enum err fail_syntax(const yaml_parser_t *parser, struct yaml_tree *tree)
{
    bool unreadable = parser->error == YAML_READER_ERROR;

    if (parser->error == YAML_MEMORY_ERROR) {
        note(tree->fault, "out of memory");
        return ERR_FULL;
    }
    return yaml_fail_at(tree, unreadable ? parser->mark : parser->problem_mark, "this is not YAML",
                        parser->problem);
}

static bool parser_over(struct bytes text, struct yaml_tree *tree, yaml_parser_t *parser)
{
    if (!yaml_parser_initialize(parser)) {
        note(tree->fault, "out of memory");
        return false;
    }
    yaml_parser_set_input_string(parser, text.len > 0 ? text.at : (const uint8_t *)"", text.len);
    return true;
}

static enum err check_shape(struct yaml_tree *tree, struct bytes text)
{
    struct yaml_shape_fault fault;
    yaml_parser_t parser;

    if (!parser_over(text, tree, &parser))
        return ERR_FULL;
    enum err err = yaml_shape_check(&parser, &fault);
    yaml_parser_delete(&parser);
    return err == OK ? OK : yaml_fail_at(tree, fault.mark, fault.what, NULL);
}

enum err yaml_tree_open(struct yaml_tree *tree, struct bytes text, struct yaml_fault *fault)
{
    yaml_parser_t parser;
    enum err err = OK;

    *fault = (struct yaml_fault){0};
    *tree = (struct yaml_tree){.fault = fault};
    if (text.len > YAML_TREE_LEN_MAX) {
        note(fault, "the file is larger than 256 KiB");
        return ERR_FULL;
    }
    TRY(check_shape(tree, text));
    if (!parser_over(text, tree, &parser))
        return ERR_FULL;
    if (!yaml_parser_load(&parser, &tree->document))
        err = fail_syntax(&parser, tree);
    yaml_parser_delete(&parser);
    if (err != OK)
        return err;
    tree->root = yaml_document_get_root_node(&tree->document);
    if (tree->root != NULL)
        return OK;
    yaml_tree_close(tree);
    return yaml_fail_at(tree, (yaml_mark_t){0}, "the file is empty", NULL);
}

void yaml_tree_close(struct yaml_tree *tree)
{
    yaml_document_delete(&tree->document);
}

/* --- nodes --- */

/* libyaml does not change a document that is only looked at, but its functions are not const. */
static const yaml_node_t *node_at(const struct yaml_tree *tree, int index)
{
    const yaml_node_t *nodes = tree->document.nodes.start;

    assert(index >= 1);
    assert(nodes + index <= tree->document.nodes.top);
    return &nodes[index - 1];
}

enum err yaml_take_z(struct yaml_tree *tree, const yaml_node_t *node, const char **out)
{
    if (node->type != YAML_SCALAR_NODE)
        return yaml_fail(tree, node, "a plain value is expected here");
    if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        return yaml_fail_at(tree, node->start_mark, "a value holds a zero byte", NULL);
    *out = (const char *)node->data.scalar.value;
    return OK;
}

enum err yaml_take_number(struct yaml_tree *tree, const yaml_node_t *node, uint64_t max,
                          uint64_t *out)
{
    const char *z;

    TRY(yaml_take_z(tree, node, &z));
    if (z[0] == 0 || bytes_to_number(z, strlen(z), out) != OK)
        return yaml_fail(tree, node, "a number is expected here");
    if (*out > max)
        return yaml_fail(tree, node, "the number is out of range");
    return OK;
}

enum err yaml_take_bool(struct yaml_tree *tree, const yaml_node_t *node, bool *out)
{
    const char *z;

    TRY(yaml_take_z(tree, node, &z));
    *out = strcmp(z, "true") == 0;
    if (!*out && strcmp(z, "false") != 0)
        return yaml_fail(tree, node, "true or false is expected here");
    return OK;
}

enum err yaml_take_word(struct yaml_tree *tree, const yaml_node_t *node, struct yaml_words words,
                        unsigned *out)
{
    const char *z;

    TRY(yaml_take_z(tree, node, &z));
    for (size_t i = 0; i < words.count; i++) {
        if (words.at[i] != NULL && strcmp(words.at[i], z) == 0) {
            *out = (unsigned)i;
            return OK;
        }
    }
    return yaml_fail(tree, node, "the word is not known here");
}

static struct yaml_key *find_key(struct yaml_key *keys, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

enum err yaml_take_keys(struct yaml_tree *tree, const yaml_node_t *map, struct yaml_key *keys,
                        size_t count)
{
    struct yaml_entries entries;
    const yaml_node_t *key_node;
    const yaml_node_t *value;

    TRY(yaml_entries_over(tree, map, YAML_MAPPING_NODE, &entries));
    while (yaml_entries_next(&entries, &key_node, &value)) {
        const char *name;
        struct yaml_key *key;
        TRY(yaml_take_z(tree, key_node, &name));
        key = find_key(keys, count, name);
        if (key == NULL)
            return yaml_fail(tree, key_node, "the key is not known here");
        if (key->node != NULL)
            return yaml_fail(tree, key_node, "the key stands here twice");
        key->node = value;
    }
    for (size_t i = 0; i < count; i++) {
        if (keys[i].required && keys[i].node == NULL)
            return yaml_fail_at(tree, map->start_mark, "a key is missing", keys[i].name);
    }
    return OK;
}

enum err yaml_entries_over(struct yaml_tree *tree, const yaml_node_t *node, yaml_node_type_t type,
                           struct yaml_entries *out)
{
    *out = (struct yaml_entries){.tree = tree, .of = node};
    if (node->type == type)
        return OK;
    return yaml_fail(tree, node,
                     type == YAML_MAPPING_NODE ? "a mapping (key: value) is expected here"
                                               : "a list is expected here");
}

bool yaml_entries_next(struct yaml_entries *entries, const yaml_node_t **key,
                       const yaml_node_t **value)
{
    size_t i = entries->index++;

    *key = NULL;
    if (entries->of->type == YAML_MAPPING_NODE) {
        const yaml_node_pair_t *pair = entries->of->data.mapping.pairs.start + i;
        if (pair >= entries->of->data.mapping.pairs.top)
            return false;
        *key = node_at(entries->tree, pair->key);
        *value = node_at(entries->tree, pair->value);
        return true;
    }
    const yaml_node_item_t *item = entries->of->data.sequence.items.start + i;
    if (item >= entries->of->data.sequence.items.top)
        return false;
    *value = node_at(entries->tree, *item);
    return true;
}

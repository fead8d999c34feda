#include "app/world/yaml_file.h"

#include "base/assert.h"
#include "drivers/files/yaml_tree.h"

#include <stdlib.h>
#include <string.h>

struct yaml_file {
    char path[256];
    struct yaml_tree tree;
    struct yaml_fault fault; /* the first; what is empty while there is none */
    bool is_open;
    bool *is_asked; /* by node index: somebody asked for this key */
    int node_count;
};

static yaml_node_t *node_at(struct yaml_file *file, struct yaml_node node)
{
    return node.index == 0 ? NULL : yaml_document_get_node(&file->tree.document, node.index);
}

static bool has_fault(const struct yaml_file *file)
{
    return file->fault.what[0] != 0;
}

void yaml_fault(struct yaml_file *file, struct yaml_node node, const char *what)
{
    static const yaml_mark_t start;
    const yaml_node_t *at = node_at(file, node);

    if (!has_fault(file))
        (void)yaml_fail_at(&file->tree, at == NULL ? start : at->start_mark, what, NULL);
}

/* ---- opening ---- */

static enum err open_tree(struct yaml_file *file)
{
    char *text = NULL;
    size_t len = 0;

    TRY(yaml_file_read(file->path, &text, &len, &file->fault));
    enum err err = yaml_tree_open(&file->tree, bytes_over(text, len), &file->fault);
    free(text);
    return err;
}

enum err yaml_file_open(const char *path, struct yaml_file **out, struct text *error)
{
    struct yaml_file *file = calloc(1, sizeof *file);

    if (file == NULL)
        return ERR_FULL;
    struct text name = text_over(file->path, sizeof file->path);
    text_add(&name, path);
    enum err err = open_tree(file);
    if (err != OK) {
        yaml_fault_add_text(error, file->path, &file->fault);
        yaml_file_close(file);
        return err;
    }
    file->is_open = true;
    file->node_count = (int)(file->tree.document.nodes.top - file->tree.document.nodes.start);
    file->is_asked = calloc((size_t)file->node_count + 1, sizeof *file->is_asked);
    if (file->is_asked == NULL) {
        yaml_file_close(file);
        return ERR_FULL;
    }
    *out = file;
    return OK;
}

void yaml_file_close(struct yaml_file *file)
{
    if (file == NULL)
        return;
    if (file->is_open)
        yaml_tree_close(&file->tree);
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
    const yaml_node_t *node = yaml_document_get_node(&file->tree.document, index);

    return node != NULL && node->type == YAML_SCALAR_NODE &&
           strcmp((const char *)node->data.scalar.value, key) == 0;
}

struct yaml_node yaml_may(struct yaml_file *file, struct yaml_node map, const char *key)
{
    yaml_node_t *node = node_at(file, map);

    if (node == NULL || has_fault(file))
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

    if (node == NULL || has_fault(file))
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

    if (at == NULL || has_fault(file))
        return "";
    if (at->type != YAML_SCALAR_NODE) {
        yaml_fault(file, node, "expected a single value");
        return "";
    }
    if (strlen((const char *)at->data.scalar.value) != at->data.scalar.length)
        yaml_fault(file, node, "a value holds a zero byte");
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

    if (node.index == 0 || has_fault(file))
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

    if (node.index == 0 || has_fault(file))
        return otherwise;
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        yaml_fault(file, node, "expected true or false");
    return strcmp(text, "true") == 0;
}

int64_t yaml_minor(struct yaml_file *file, struct yaml_node node, uint16_t currency)
{
    struct money money = money_of(0, currency);

    if (node.index == 0 || has_fault(file))
        return 0;
    if (money_from_text(yaml_text(file, node), currency, &money) != OK)
        yaml_fault(file, node, "expected an amount such as 128.50");
    return money.minor;
}

static bool same_text(struct yaml_file *file, int a, int b)
{
    return strcmp(yaml_text(file, (struct yaml_node){a}), yaml_text(file, (struct yaml_node){b})) ==
           0;
}

/* A key that nobody asked for: unknown, or the second of its name. */
static void fault_key(struct yaml_file *file, const yaml_node_t *map, int key)
{
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    const char *what = "this key is not known here: ";

    for (; pair->key != key; pair++) {
        if (file->is_asked[pair->key] && same_text(file, pair->key, key))
            what = "this key stands here twice: ";
    }
    fault_about(file, (struct yaml_node){key}, what, yaml_text(file, (struct yaml_node){key}));
}

static void find_unknown(struct yaml_file *file)
{
    for (int i = 1; i <= file->node_count && !has_fault(file); i++) {
        const yaml_node_t *node = yaml_document_get_node(&file->tree.document, i);

        if (node->type != YAML_MAPPING_NODE)
            continue;
        for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top && !has_fault(file); pair++) {
            if (!file->is_asked[pair->key])
                fault_key(file, node, pair->key);
        }
    }
}

enum err yaml_file_check(struct yaml_file *file, struct text *error)
{
    find_unknown(file);
    if (!has_fault(file))
        return OK;
    yaml_fault_add_text(error, file->path, &file->fault);
    return ERR_CONFIG;
}

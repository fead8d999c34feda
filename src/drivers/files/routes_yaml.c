#include "drivers/files/routes_yaml.h"

#include <string.h>

#define BIN_SHORT 6
#define BIN_LONG 8

enum err routes_entry(const char *bin, const char *issuer, struct route_entry *out)
{
    size_t len = strlen(bin);
    struct route_entry entry;

    memset(&entry, 0, sizeof entry);
    if ((len != BIN_SHORT && len != BIN_LONG) || !bytes_are_digits(bin, len))
        return ERR_BAD_VALUE;
    if (!bytes_are_digits(issuer, strlen(issuer)) ||
        identity_id_from_text(issuer, 0, entry.row.issuer, ISSUER_ID_LEN) != OK)
        return ERR_BAD_VALUE;
    entry.row.layout = PARTY_ROW_LAYOUT;
    entry.row.bin_len = (uint8_t)len;
    memcpy(entry.row.bin, bin, len);
    *out = entry;
    return OK;
}

bool routes_clash(const struct route_entry *entry, const struct route_row *other)
{
    const struct route_row *row = &entry->row;

    if (memcmp(row->bin, other->bin, BIN_SHORT) != 0 ||
        memcmp(row->issuer, other->issuer, ISSUER_ID_LEN) == 0)
        return false;
    if (row->bin_len == other->bin_len)
        return row->bin_len == BIN_SHORT || memcmp(row->bin, other->bin, BIN_LONG) == 0;
    return row->bin_len == BIN_SHORT || memcmp(entry->inside, other->bin, BIN_SHORT) != 0;
}

void routes_add_clash(struct text *t, const struct route_entry *entry,
                      const struct route_row *other)
{
    const struct route_row *row = &entry->row;
    bool is_same = row->bin_len == other->bin_len;

    text_add_bytes(t, bytes_over(row->bin, row->bin_len));
    text_add(t, is_same ? " is " : row->bin_len > other->bin_len ? " lies inside " : " holds ");
    text_add_bytes(t, bytes_over(other->bin, other->bin_len));
    text_add(t, " of issuer ");
    text_add_bytes(t, bytes_over(other->issuer, strnlen(other->issuer, ISSUER_ID_LEN)));
}

/* ---- the file ---- */

struct reader {
    struct yaml_tree tree;
    struct routes_file *out;
};

/* Two entries clash whichever of them comes first: the one that is inside may say so. */
static enum err check_others(struct reader *r, const struct route_entry *entry,
                             const yaml_node_t *node)
{
    char room[120];

    for (size_t i = 0; i < r->out->count; i++) {
        const struct route_entry *other = &r->out->entries[i];
        bool is_same = memcmp(other->row.bin, entry->row.bin, BIN_LONG) == 0;
        bool is_meant = other->row.bin_len > entry->row.bin_len &&
                        memcmp(other->inside, entry->row.bin, BIN_SHORT) == 0;
        struct text t = text_over(room, sizeof room);
        if (!is_same && (is_meant || !routes_clash(entry, &other->row)))
            continue;
        routes_add_clash(&t, entry, &other->row);
        text_add(&t, " in line ");
        text_add_u64(&t, other->line);
        return yaml_fail_at(&r->tree, node->start_mark, text_z(&t), NULL);
    }
    return OK;
}

static enum err take_inside(struct reader *r, const yaml_node_t *node, struct route_entry *entry)
{
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (entry->row.bin_len != BIN_LONG || strlen(z) != BIN_SHORT ||
        memcmp(z, entry->row.bin, BIN_SHORT) != 0)
        return yaml_fail(&r->tree, node, "expected the first six digits of an eight-digit bin");
    memcpy(entry->inside, z, BIN_SHORT);
    return OK;
}

static enum err take_entry(struct reader *r, const yaml_node_t *map)
{
    enum { BIN, ISSUER, INSIDE, BARRED, COUNT };
    struct yaml_key keys[COUNT] = {
        [BIN] = {.name = "bin", .required = true},
        [ISSUER] = {.name = "issuer", .required = true},
        [INSIDE] = {.name = "inside"},
        [BARRED] = {.name = "barred"},
    };
    struct route_entry entry;
    bool is_barred = false;
    const char *issuer;
    const char *bin;

    TRY(yaml_take_keys(&r->tree, map, keys, COUNT));
    TRY(yaml_take_z(&r->tree, keys[BIN].node, &bin));
    TRY(yaml_take_z(&r->tree, keys[ISSUER].node, &issuer));
    if (routes_entry(bin, "0", &entry) != OK)
        return yaml_fail(&r->tree, keys[BIN].node, "expected six or eight digits; found");
    if (routes_entry(bin, issuer, &entry) != OK)
        return yaml_fail(&r->tree, keys[ISSUER].node,
                         "expected an issuer's id of 1 to 11 digits; "
                         "found");
    if (keys[INSIDE].node != NULL)
        TRY(take_inside(r, keys[INSIDE].node, &entry));
    if (keys[BARRED].node != NULL)
        TRY(yaml_take_bool(&r->tree, keys[BARRED].node, &is_barred));
    entry.row.is_barred = is_barred;
    entry.line = map->start_mark.line + 1;
    TRY(check_others(r, &entry, keys[BIN].node));
    if (r->out->count == ROUTES_MAX)
        return yaml_fail_at(&r->tree, map->start_mark, "more than 200 ranges in one file", NULL);
    r->out->entries[r->out->count++] = entry;
    return OK;
}

static enum err take_file(struct reader *r)
{
    struct yaml_key keys[] = {{"routes", true, NULL}};
    struct yaml_entries entries;
    const yaml_node_t *unused;
    const yaml_node_t *node;

    TRY(yaml_take_keys(&r->tree, r->tree.root, keys, ARRAY_COUNT(keys)));
    TRY(yaml_entries_over(&r->tree, keys[0].node, YAML_SEQUENCE_NODE, &entries));
    while (yaml_entries_next(&entries, &unused, &node))
        TRY(take_entry(r, node));
    return OK;
}

enum err routes_yaml_parse(struct bytes text, struct routes_file *out, struct yaml_fault *fault)
{
    struct reader r = {.out = out};

    memset(out, 0, sizeof *out);
    TRY(yaml_tree_open(&r.tree, text, fault));
    enum err err = take_file(&r);
    yaml_tree_close(&r.tree);
    return err;
}

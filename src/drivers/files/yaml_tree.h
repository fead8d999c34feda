/*
 * A YAML file as a tree whose every node knows its line and column, and the checks that all readers
 * of such files need: known keys only, each once, the required ones there; words from a list;
 * numbers in range. The first failure is kept as the fault and is final.
 *
 * Built on libyaml. Aliases are resolved and share their nodes, so a file cannot grow when read.
 * Texts are borrowed from the tree, which the caller frees with yaml_tree_close.
 */
#ifndef DRIVERS_YAML_TREE_H
#define DRIVERS_YAML_TREE_H

#include "base/text.h"

#include <yaml.h>

#define YAML_TREE_LEN_MAX (256 * 1024)

/* What is wrong with a file and where; lines and columns count from 1. */
struct yaml_fault {
    size_t line; /* 0: about the file as a whole */
    size_t column;
    char what[240];
};

struct yaml_tree {
    yaml_document_t document;
    struct yaml_fault *fault;
    const yaml_node_t *root;
};

/* "FILE:12:9: the key is not known here: formt" */
void yaml_fault_add_text(struct text *t, const char *file, const struct yaml_fault *fault);

/* Reads a whole file into memory that the caller frees. ERR_IO, ERR_FULL past YAML_TREE_LEN_MAX;
 * the fault says so. */
MUST_USE enum err yaml_file_read(const char *path, char **text, size_t *len,
                                 struct yaml_fault *fault);

/* Parses. ERR_CONFIG for what is not YAML or is empty; ERR_FULL when too long or out of memory.
 * Only after OK must the tree be closed. */
MUST_USE enum err yaml_tree_open(struct yaml_tree *tree, struct bytes text,
                                 struct yaml_fault *fault);
void yaml_tree_close(struct yaml_tree *tree);

/* Notes a fault at a place, with an optional detail (cut at 60 bytes). Always ERR_CONFIG. */
enum err yaml_fail_at(struct yaml_tree *tree, yaml_mark_t mark, const char *what,
                      const char *detail);

/* As yaml_fail_at, where the node is and with its text. */
enum err yaml_fail(struct yaml_tree *tree, const yaml_node_t *node, const char *what);

/* A scalar as a string; one that holds a zero byte is refused. */
MUST_USE enum err yaml_take_z(struct yaml_tree *tree, const yaml_node_t *node, const char **out);

MUST_USE enum err yaml_take_number(struct yaml_tree *tree, const yaml_node_t *node, uint64_t max,
                                   uint64_t *out);

MUST_USE enum err yaml_take_bool(struct yaml_tree *tree, const yaml_node_t *node, bool *out);

/* Words that a value may be, by the number that each stands for; NULL where there is none. */
struct yaml_words {
    const char *const *at;
    size_t count;
};

MUST_USE enum err yaml_take_word(struct yaml_tree *tree, const yaml_node_t *node,
                                 struct yaml_words words, unsigned *out);

/* A key that a mapping may have. yaml_take_keys sets node; NULL: the key is absent. */
struct yaml_key {
    const char *name;
    bool required;
    const yaml_node_t *node;
};

/* Goes over a mapping: every key must be one of `keys`, at most once. */
MUST_USE enum err yaml_take_keys(struct yaml_tree *tree, const yaml_node_t *map,
                                 struct yaml_key *keys, size_t count);

/* Entries of a mapping or a list, in the file's order; NULL after the last. A list's have no key.
 */
struct yaml_entries {
    const struct yaml_tree *tree;
    const yaml_node_t *of;
    size_t index;
};

/* Begins; a node of another type than `type` (YAML_MAPPING_NODE, YAML_SEQUENCE_NODE) is a fault. */
MUST_USE enum err yaml_entries_over(struct yaml_tree *tree, const yaml_node_t *node,
                                    yaml_node_type_t type, struct yaml_entries *out);

/* False at the end. key is NULL for a list. */
bool yaml_entries_next(struct yaml_entries *entries, const yaml_node_t **key,
                       const yaml_node_t **value);

#endif

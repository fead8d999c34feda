/*
 * A YAML file read whole (drivers/yaml_tree.h), and asked for what the program expects of it. The
 * first thing that is wrong is kept with its line and column: a missing key, a wrong kind of value,
 * a number out of range, a key that nobody asked for. After a fault all questions answer with their
 * defaults, so a reader asks in straight lines and looks at the fault once.
 */
#ifndef APP_YAML_FILE_H
#define APP_YAML_FILE_H

#include "base/money.h"

struct yaml_file;

/* A place in the file; 0 is "not there". */
struct yaml_node {
    int index;
};

/* Reads and parses. On failure *error is "FILE:LINE:COLUMN: what is wrong". */
MUST_USE enum err yaml_file_open(const char *path, struct yaml_file **out, struct text *error);
void yaml_file_close(struct yaml_file *file);

struct yaml_node yaml_root(struct yaml_file *file);

/* A value of a mapping. A missing one that is needed is a fault. */
struct yaml_node yaml_need(struct yaml_file *file, struct yaml_node map, const char *key);
struct yaml_node yaml_may(struct yaml_file *file, struct yaml_node map, const char *key);

/* Items of a sequence. */
size_t yaml_count(struct yaml_file *file, struct yaml_node sequence);
struct yaml_node yaml_item(struct yaml_file *file, struct yaml_node sequence, size_t index);

/* A scalar as text; "" when it is not there. Lives as long as the file. */
const char *yaml_text(struct yaml_file *file, struct yaml_node node);

/* A scalar as a number from least to most; otherwise when it is not there. */
uint64_t yaml_number(struct yaml_file *file, struct yaml_node node, uint64_t least, uint64_t most,
                     uint64_t otherwise);
bool yaml_bool(struct yaml_file *file, struct yaml_node node, bool otherwise);
/* "128.50" in minor units; 0 when it is not there. */
int64_t yaml_minor(struct yaml_file *file, struct yaml_node node, uint16_t currency);

/* Records a fault of the reader's own at a node; the first fault stays. */
void yaml_fault(struct yaml_file *file, struct yaml_node node, const char *what);

/* OK, or ERR_CONFIG with the first fault, unknown keys included, in *error. */
MUST_USE enum err yaml_file_check(struct yaml_file *file, struct text *error);

#endif

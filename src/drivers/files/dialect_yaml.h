/*
 * Dialect files: YAML to struct dialect_source (wire/dialect.h). dialects/README.md describes the
 * file for those who write one.
 *
 * Everything is checked here, so a source that was read compiles with each of its profiles. The
 * source and all its texts live in one struct dialect_yaml, which the caller frees.
 */
#ifndef DRIVERS_DIALECT_YAML_H
#define DRIVERS_DIALECT_YAML_H

#include "drivers/files/yaml_tree.h"
#include "wire/dialect.h"

struct dialect_yaml;

/* Reads a description from memory. ERR_CONFIG with the fault; ERR_FULL past YAML_TREE_LEN_MAX or
 * out of memory. *out must be freed. */
MUST_USE enum err dialect_yaml_parse(struct bytes yaml, struct dialect_yaml **out,
                                     struct yaml_fault *fault);

/* As dialect_yaml_parse, from a file. ERR_IO when it cannot be read. */
MUST_USE enum err dialect_yaml_read(const char *path, struct dialect_yaml **out,
                                    struct yaml_fault *fault);

const struct dialect_source *dialect_yaml_source(const struct dialect_yaml *yaml);

void dialect_yaml_free(struct dialect_yaml *yaml);

#endif

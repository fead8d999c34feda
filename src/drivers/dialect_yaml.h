/*
 * Dialect files: YAML to struct dialect_source (wire/dialect.h). dialects/README.md describes the
 * file for those who write one.
 *
 * Everything is checked here, so a source that was read compiles with each of its profiles. The
 * source and all its texts live in one struct dialect_yaml, which the caller frees.
 */
#ifndef DRIVERS_DIALECT_YAML_H
#define DRIVERS_DIALECT_YAML_H

#include "base/text.h"
#include "wire/dialect.h"

#define DIALECT_YAML_LEN_MAX (256 * 1024)

struct dialect_yaml;

/* What is wrong with a file and where; lines and columns count from 1. */
struct dialect_yaml_fault {
    size_t line; /* 0: about the file as a whole */
    size_t column;
    char what[160];
};

/* "FILE:12:9: the key is not known: formt" */
void dialect_yaml_fault_add_text(struct text *t, const char *file,
                                 const struct dialect_yaml_fault *fault);

/* Reads a description from memory. ERR_CONFIG with the fault; ERR_FULL past DIALECT_YAML_LEN_MAX or
 * out of memory. *out must be freed. */
MUST_USE enum err dialect_yaml_parse(struct bytes yaml, struct dialect_yaml **out,
                                     struct dialect_yaml_fault *fault);

/* As dialect_yaml_parse, from a file. ERR_IO when it cannot be read. */
MUST_USE enum err dialect_yaml_read(const char *path, struct dialect_yaml **out,
                                    struct dialect_yaml_fault *fault);

const struct dialect_source *dialect_yaml_source(const struct dialect_yaml *yaml);

void dialect_yaml_free(struct dialect_yaml *yaml);

#endif

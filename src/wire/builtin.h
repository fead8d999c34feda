/*
 * The dialects that the program brings along: dialects/NAME.yaml as const tables, made when it is
 * built (tools/dialect_table.c).
 */
#ifndef WIRE_BUILTIN_H
#define WIRE_BUILTIN_H

#include "wire/dialect.h"

/* All of them, in the order of their names. */
extern const struct dialect_source builtin_table[];
extern const size_t builtin_count;

/* "cup-pos", "iso87-ascii", "iso87-binary"; NULL for any other name. */
const struct dialect_source *builtin_find(const char *name);

/* Compiles a dialect by name, changed by a profile (NULL: none). ERR_NOT_FOUND when the program
 * has no dialect or profile of that name. */
MUST_USE enum err builtin_compile(const char *name, const char *profile, struct dialect *out);

#endif

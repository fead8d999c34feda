/*
 * The rules that a switch begins with: DATA/rules.yaml, which `acquit up` writes beside acquit.yaml
 * for a new world. They are put in force once, when the switch has never had any; after that the
 * file is only what `acquit rules load` is given.
 */
#ifndef APP_RULES_FIRST_H
#define APP_RULES_FIRST_H

#include "app/world/config.h"
#include "books/store.h"
#include "lab/provision.h"

/* Writes the file; ERR_EXISTS when there is one. */
MUST_USE enum err rules_first_write(const char *data, struct text *error);

/* Gives the file's rules to `sink` in order when `store` has none. OK without a file; ERR_CONFIG,
 * with line and column in *error, for one with a mistake: then nothing was given. */
MUST_USE enum err rules_first_put(const struct config *config, struct store *store,
                                  const struct lab_sink *sink, struct text *error);

#endif

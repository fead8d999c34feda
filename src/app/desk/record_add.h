/*
 * acquit merchant|terminal|card add: writes an entry into the data folder's file of what was
 * added. The whole configuration is read with it before it counts, so that what is wrong is found
 * now and not at the next start, when the entry takes effect.
 */
#ifndef APP_RECORD_ADD_H
#define APP_RECORD_ADD_H

#include <stddef.h>

struct record_addition {
    const char *data;
    const char *what;         /* merchant, terminal, card */
    const char *id;           /* or label */
    const char *const *words; /* COLUMN=VALUE */
    size_t word_count;
};

/* Returns an exit code; complaints go to standard error. */
int record_add(const struct record_addition *addition);

#endif

/*
 * The dialects that a dump is tried with: one that was named, with its profiles, or all that the
 * program has, the plain ones first.
 */
#ifndef APP_DIALECT_SET_H
#define APP_DIALECT_SET_H

#include "drivers/files/dialect_yaml.h"
#include "wire/dialect.h"

#define DIALECTS_MAX 40

struct dialect_choice {
    const char *command; /* of the program, for complaints: "decode" */
    const char *dialect; /* a name or a file; NULL: all */
    const char *profile; /* NULL: none, then each */
};

/* Large: keep it in static or allocated storage, zeroed before it is loaded. */
struct dialect_set {
    struct dialect at[DIALECTS_MAX];
    size_t count;
    struct dialect_yaml *file; /* owned: where one of them may come from */
};

/* EXIT_DONE, or EXIT_USAGE when it has complained. To be freed, whatever it returns. */
int dialect_set_load(const struct dialect_choice *choice, struct dialect_set *all);
void dialect_set_free(struct dialect_set *all);

#endif

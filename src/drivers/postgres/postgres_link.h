/*
 * A connection to PostgreSQL that never waits longer than its own deadline: libpq in non-blocking
 * mode. Server-side time-outs do not help against a server that is frozen, so none is relied on.
 *
 * Parameters and results are binary. Arrays are built by postgres_array_*.
 */
#ifndef DRIVERS_POSTGRES_LINK_H
#define DRIVERS_POSTGRES_LINK_H

#include "base/bytes.h"
#include "base/text.h"

#include <libpq-fe.h>

struct postgres_link {
    PGconn *connection;
    int wait_ms;     /* for each answer, and for connecting */
    bool warned;     /* the server said something beside the last answer (a sync wait that was
                        cancelled: committed here, not on the standby) */
    char words[160]; /* the server's words to the last failure; "" when there were none */
};

/* ERR_TIMEOUT, ERR_CLOSED or ERR_CONFIG with the server's words in *error. */
MUST_USE enum err postgres_link_open(struct postgres_link *link, const char *conninfo, int wait_ms,
                                     struct text *error);
void postgres_link_close(struct postgres_link *link);

/* Runs SQL without parameters (several statements are one transaction). ERR_TIMEOUT and ERR_CLOSED
 * leave the link closed and the outcome unknown; ERR_IO is an answer with an error: sqlstate says
 * which. */
MUST_USE enum err postgres_link_run(struct postgres_link *link, const char *sql,
                                    char sqlstate[static 6]);

#define POSTGRES_PARAMETERS_MAX 16

struct postgres_parameters {
    int count;
    const char *values[POSTGRES_PARAMETERS_MAX];
    int lengths[POSTGRES_PARAMETERS_MAX];
};

/* Adds a binary parameter; borrowed. */
void postgres_parameter_add(struct postgres_parameters *parameters, struct bytes value);

/* Runs one statement prepared under name; *result is to be cleared by PQclear. As
 * postgres_link_run otherwise. */
MUST_USE enum err postgres_link_query(struct postgres_link *link, const char *name,
                                      const struct postgres_parameters *parameters,
                                      PGresult **result, char sqlstate[static 6]);

/* As postgres_link_run; ERR_IO as well when the server refuses the statement. */
MUST_USE enum err postgres_link_prepare(struct postgres_link *link, const char *name,
                                        const char *sql);

/* A one-dimensional array in binary form, in memory that is kept and grows. */
struct postgres_array {
    uint8_t *at;
    size_t len;
    size_t cap;
    uint32_t count;
    uint32_t type; /* OID of the elements */
    bool is_short_of_memory;
};

#define POSTGRES_BYTEA 17
#define POSTGRES_INT8 20
#define POSTGRES_INT2 21

void postgres_array_start(struct postgres_array *array, uint32_t type);
void postgres_array_add(struct postgres_array *array, struct bytes element);
void postgres_array_add_int8(struct postgres_array *array, int64_t value);
void postgres_array_add_int2(struct postgres_array *array, int16_t value);
/* Completes it; the bytes are valid until the next start. Empty when there was no memory for it,
 * which is an array of nothing to nobody: ask postgres_array_is_whole first. */
struct bytes postgres_array_bytes(struct postgres_array *array);
bool postgres_array_is_whole(const struct postgres_array *array);
void postgres_array_free(struct postgres_array *array);

#endif

/*
 * A node's place in its party's PostgreSQL schema: the connection, the statements prepared on it,
 * and the node's row, which says what its journal ends with.
 *
 * Opening is refused while a living process is this node (postgres_hold.h). It raises the epoch, so
 * an older process can write no more. Opening and each mending of a lost connection raise the
 * fence, which every commit must name: what an earlier connection had sent but the server had not
 * begun comes too late, and what it had begun is waited for, because both must hold the node's row.
 * So after a mending the row says what is true.
 */
#ifndef DRIVERS_POSTGRES_SESSION_H
#define DRIVERS_POSTGRES_SESSION_H

#include "books/store.h"
#include "drivers/postgres/postgres_link.h"
#include "drivers/postgres/store_postgres.h"

struct postgres_session {
    struct postgres_link link;
    char conninfo[512];
    char schema[STORE_POSTGRES_SCHEMA_LEN_MAX + 1];
    uint32_t answer_wait_ms;
    uint32_t return_wait_ms;
    uint32_t lease_ms;
    bool holds;     /* the lock of the node's number (postgres_hold.h) */
    uint64_t fence; /* epoch << 32 | tries to mend; the server's row holds the last good one */
    struct store_head head; /* as the node's row stood at opening or mending */
};

/* Connects, makes or migrates the schema, prepares the statements "load", "versions", "commit",
 * "scan", "scan_on", "read", "tend", "sweep" and "leave", and takes the node's row. Errors as
 * store_postgres_open. */
MUST_USE enum err postgres_session_open(const struct store_postgres_options *options,
                                        struct postgres_session *out, struct text *error);

/* Connects again, trying for return_wait_ms, and reads the node's row into *now. ERR_NOT_ALLOWED
 * when another process has opened the node, ERR_TIMEOUT or ERR_CLOSED when the server stayed away.
 */
MUST_USE enum err postgres_session_mend(struct postgres_session *session, struct store_head *now);

/* Another connection to the same schema, beside the session's own. */
MUST_USE enum err postgres_session_beside(const struct postgres_session *session,
                                          struct postgres_link *out);

void postgres_session_close(struct postgres_session *session);

#endif

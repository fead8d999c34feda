/*
 * A store on PostgreSQL: several nodes of one party share a database.
 *
 * Each row carries a version. A commit names the versions that its node has loaded; when another
 * node was faster nothing is written and the answer is STORE_RETRY, so the engine runs its batch
 * again over fresh rows. One commit is one round trip: a function of the schema that writes rows
 * and journal records, or nothing. 40001, 40P01 and 55P03 are STORE_RETRY as well.
 *
 * A second process of a node is refused while the first lives. Each node has a row of its own with
 * its epoch, raised by every opening; a commit with an old epoch is STORE_FATAL, so that a node
 * that was taken for dead cannot write any more. Because only this node moves that row, a commit
 * whose answer was lost is settled by reading it: after the connection is back the driver knows
 * whether the batch is there, and answers OK or RETRY. Only when the server does not come back in
 * time is the answer STORE_IN_DOUBT.
 *
 * A node says that it lives by its commits, or by tend, in the server's time. One that has been
 * silent for longer than its lease and a margin is swept by another: in one commit its epoch is
 * raised and its rows of TABLE_PENDING change hands. Reads are fenced like commits: a node that was
 * taken for dead hears of it by STORE_FATAL, whatever it does next.
 *
 * No wait is left to the server: every call has our own deadline.
 */
#ifndef DRIVERS_STORE_POSTGRES_H
#define DRIVERS_STORE_POSTGRES_H

#include "base/text.h"
#include "books/store.h"

#define STORE_POSTGRES_SCHEMA_LEN_MAX 32

struct store_postgres_options {
    const char *conninfo;    /* libpq's: "host=/run/postgresql dbname=acquit" */
    const char *schema;      /* of the party: [a-z0-9_], made when it is not there */
    uint16_t node;           /* from 1; 0: none, to read what all nodes wrote */
    uint32_t answer_wait_ms; /* for one answer; 0: 5000 */
    uint32_t return_wait_ms; /* for a lost server to come back; 0: 30000 */
    uint32_t lease_ms; /* silent for longer, and half of that again, a node is dead; 0: 10000 */
};

/* Makes or migrates the schema, and takes the node's row, unless it only reads: then what is not
 * there is ERR_NOT_FOUND. ERR_BUSY while another process that lives is this node; ERR_VERSION when
 * a newer program made the schema one that this program does not know its way about; ERR_CLOSED,
 * ERR_TIMEOUT, ERR_CONFIG. *error says what and where. The password, if any, is never shown. */
MUST_USE enum err store_postgres_open(const struct store_postgres_options *options,
                                      struct store *out, struct text *error);

#endif

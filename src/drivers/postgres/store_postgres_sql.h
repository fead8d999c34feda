/* The tables and functions of the PostgreSQL store, as steps from one version to the next. */
#ifndef DRIVERS_STORE_POSTGRES_SQL_H
#define DRIVERS_STORE_POSTGRES_SQL_H

#define STORE_POSTGRES_VERSION 4

/* Step i makes version i + 1 out of version i; run inside one transaction with the step's note in
 * meta, perhaps while nodes with older programs are at work.
 *
 * A step that only adds leaves meta.oldest, the oldest version whose programs may still work on the
 * tables: columns have defaults, functions keep their parameters and what these mean. Any other
 * step (a row layout that older programs do not know is one) sets meta.oldest's default to its own
 * version and gives commit_batch another signature, so that no older program can write any more. */
extern const char *const store_postgres_steps[STORE_POSTGRES_VERSION];

#endif

/* The tables and functions of the PostgreSQL store, as steps from one version to the next. */
#ifndef DRIVERS_STORE_POSTGRES_SQL_H
#define DRIVERS_STORE_POSTGRES_SQL_H

#define STORE_POSTGRES_VERSION 1

/* Step i makes version i + 1 out of version i; run inside one transaction with the step's note in
 * meta. */
extern const char *const store_postgres_steps[STORE_POSTGRES_VERSION];

#endif

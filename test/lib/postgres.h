/* A PostgreSQL server of a test's own (app/postgres_server.h), and SQL on it. */
#ifndef TEST_LIB_POSTGRES_H
#define TEST_LIB_POSTGRES_H

#include "app/drill/postgres_server.h"

/* Runs SQL; the first value of the result as a number, 0 when there is none. Failures end the
 * program with the server's words. */
long long postgres_server_run(const struct postgres_server *server, const char *sql);

#endif

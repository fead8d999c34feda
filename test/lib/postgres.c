#include "test/lib/postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

long long postgres_server_run(const struct postgres_server *server, const char *sql)
{
    PGconn *connection = PQconnectdb(server->conninfo);
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    long long value = 0;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(connection));
        exit(EXIT_FAILURE);
    }
    if (PQntuples(result) > 0 && PQnfields(result) > 0)
        value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    PQfinish(connection);
    return value;
}

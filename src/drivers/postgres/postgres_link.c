#include "drivers/postgres/postgres_link.h"

#include "base/assert.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARRAY_HEAD_LEN 20

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool wait_for(const struct postgres_link *link, short events, int64_t deadline_ms)
{
    struct pollfd poll_fd = {.fd = PQsocket(link->connection), .events = events};
    int64_t left = deadline_ms - now_ms();
    int ready;

    if (left <= 0)
        return false;
    do
        ready = poll(&poll_fd, 1, (int)left);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static void on_notice(void *context, const PGresult *result)
{
    struct postgres_link *link = context;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity != NULL && strcmp(severity, "WARNING") == 0)
        link->warned = true;
}

/* ---- connecting ---- */

static enum err open_failed(struct postgres_link *link, enum err err, struct text *error)
{
    text_add(error, "PostgreSQL: ");
    text_add(error, err == ERR_TIMEOUT ? "no answer in time" : PQerrorMessage(link->connection));
    postgres_link_close(link);
    return err;
}

enum err postgres_link_open(struct postgres_link *link, const char *conninfo, int wait_ms,
                            struct text *error)
{
    int64_t deadline_ms = now_ms() + wait_ms;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    *link = (struct postgres_link){.connection = PQconnectStart(conninfo), .wait_ms = wait_ms};
    if (link->connection == NULL)
        return ERR_FULL;
    if (PQstatus(link->connection) == CONNECTION_BAD)
        return open_failed(link, ERR_CONFIG, error);
    while (status != PGRES_POLLING_OK) {
        if (status == PGRES_POLLING_FAILED)
            return open_failed(link, ERR_CLOSED, error);
        short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for(link, events, deadline_ms))
            return open_failed(link, ERR_TIMEOUT, error);
        status = PQconnectPoll(link->connection);
    }
    PQsetnonblocking(link->connection, 1);
    PQsetNoticeReceiver(link->connection, on_notice, link);
    return OK;
}

void postgres_link_close(struct postgres_link *link)
{
    if (link->connection != NULL)
        PQfinish(link->connection);
    link->connection = NULL;
}

/* ---- asking ---- */

static enum err lose(struct postgres_link *link, enum err err)
{
    postgres_link_close(link);
    return err;
}

static enum err send_all(struct postgres_link *link, int64_t deadline_ms)
{
    int left;

    while ((left = PQflush(link->connection)) == 1) {
        if (!wait_for(link, POLLIN | POLLOUT, deadline_ms))
            return lose(link, ERR_TIMEOUT);
        if (PQconsumeInput(link->connection) == 0)
            return lose(link, ERR_CLOSED);
    }
    return left == 0 ? OK : lose(link, ERR_CLOSED);
}

/* The last result of the command just sent; the earlier ones are dropped unless they failed. */
static enum err take_result(struct postgres_link *link, int64_t deadline_ms, PGresult **out)
{
    PGresult *last = NULL;

    for (;;) {
        while (PQisBusy(link->connection) == 1) {
            enum err err = wait_for(link, POLLIN, deadline_ms) ? OK : ERR_TIMEOUT;
            if (err == OK && PQconsumeInput(link->connection) == 0)
                err = ERR_CLOSED;
            if (err != OK) {
                PQclear(last);
                return lose(link, err);
            }
        }
        PGresult *result = PQgetResult(link->connection);
        if (result == NULL)
            break;
        if (last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(result);
            continue;
        }
        PQclear(last);
        last = result;
    }
    *out = last;
    return last == NULL ? lose(link, ERR_CLOSED) : OK;
}

static enum err judge(struct postgres_link *link, PGresult *result, char sqlstate[static 6])
{
    ExecStatusType status = PQresultStatus(result);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    memset(sqlstate, 0, 6);
    link->words[0] = 0;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return OK;
    const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    struct text kept = text_over(link->words, sizeof link->words);
    text_add(&kept, words == NULL ? "" : words);
    if (PQstatus(link->connection) == CONNECTION_BAD || state == NULL)
        return lose(link, ERR_CLOSED);
    memcpy(sqlstate, state, 5);
    return ERR_IO;
}

enum err postgres_link_run(struct postgres_link *link, const char *sql, char sqlstate[static 6])
{
    int64_t deadline_ms = now_ms() + link->wait_ms;
    PGresult *result = NULL;

    memset(sqlstate, 0, 6);
    if (link->connection == NULL)
        return ERR_CLOSED;
    link->warned = false;
    if (PQsendQuery(link->connection, sql) == 0)
        return lose(link, ERR_CLOSED);
    TRY(send_all(link, deadline_ms));
    TRY(take_result(link, deadline_ms, &result));
    enum err err = judge(link, result, sqlstate);
    PQclear(result);
    return err;
}

void postgres_parameter_add(struct postgres_parameters *parameters, struct bytes value)
{
    assert(parameters->count < POSTGRES_PARAMETERS_MAX);
    parameters->values[parameters->count] = (const char *)value.at;
    parameters->lengths[parameters->count] = (int)value.len;
    parameters->count++;
}

enum err postgres_link_query(struct postgres_link *link, const char *name,
                             const struct postgres_parameters *parameters, PGresult **result,
                             char sqlstate[static 6])
{
    int64_t deadline_ms = now_ms() + link->wait_ms;
    int formats[POSTGRES_PARAMETERS_MAX];

    memset(sqlstate, 0, 6);
    if (link->connection == NULL)
        return ERR_CLOSED;
    link->warned = false;
    for (int i = 0; i < parameters->count; i++)
        formats[i] = 1;
    if (PQsendQueryPrepared(link->connection, name, parameters->count, parameters->values,
                            parameters->lengths, formats, 1) == 0)
        return lose(link, ERR_CLOSED);
    TRY(send_all(link, deadline_ms));
    TRY(take_result(link, deadline_ms, result));
    enum err err = judge(link, *result, sqlstate);
    if (err != OK) {
        PQclear(*result);
        *result = NULL;
    }
    return err;
}

enum err postgres_link_prepare(struct postgres_link *link, const char *name, const char *sql)
{
    int64_t deadline_ms = now_ms() + link->wait_ms;
    char sqlstate[6];
    PGresult *result = NULL;

    if (link->connection == NULL)
        return ERR_CLOSED;
    if (PQsendPrepare(link->connection, name, sql, 0, NULL) == 0)
        return lose(link, ERR_CLOSED);
    TRY(send_all(link, deadline_ms));
    TRY(take_result(link, deadline_ms, &result));
    enum err err = judge(link, result, sqlstate);
    PQclear(result);
    return err;
}

/* ---- arrays ---- */

static void array_grow(struct postgres_array *array, size_t len)
{
    size_t cap = array->cap == 0 ? 4096 : array->cap;

    while (cap < array->len + len)
        cap *= 2;
    if (cap == array->cap)
        return;
    uint8_t *at = realloc(array->at, cap);
    if (at == NULL) {
        array->is_short_of_memory = true;
        return;
    }
    array->at = at;
    array->cap = cap;
}

static void array_put(struct postgres_array *array, const void *from, size_t len)
{
    array_grow(array, len);
    if (array->is_short_of_memory)
        return;
    if (len > 0)
        memcpy(array->at + array->len, from, len);
    array->len += len;
}

void postgres_array_start(struct postgres_array *array, uint32_t type)
{
    static const uint8_t head[ARRAY_HEAD_LEN];

    array->len = 0;
    array->count = 0;
    array->is_short_of_memory = false;
    array->type = type;
    array_put(array, head, sizeof head);
}

void postgres_array_add(struct postgres_array *array, struct bytes element)
{
    uint8_t len[4];

    bytes_put_u32(len, (uint32_t)element.len);
    array_put(array, len, sizeof len);
    array_put(array, element.at, element.len);
    array->count++;
}

void postgres_array_add_int8(struct postgres_array *array, int64_t value)
{
    uint8_t bytes[8];

    bytes_put_u64(bytes, (uint64_t)value);
    postgres_array_add(array, bytes_over(bytes, sizeof bytes));
}

void postgres_array_add_int2(struct postgres_array *array, int16_t value)
{
    uint8_t bytes[2];

    bytes_put_u16(bytes, (uint16_t)value);
    postgres_array_add(array, bytes_over(bytes, sizeof bytes));
}

bool postgres_array_is_whole(const struct postgres_array *array)
{
    return !array->is_short_of_memory;
}

/* dimensions, no NULLs, type, count, lower bound 1; an empty array has no dimension. */
struct bytes postgres_array_bytes(struct postgres_array *array)
{
    if (array->is_short_of_memory)
        return (struct bytes){0};
    bytes_put_u32(array->at, array->count == 0 ? 0 : 1);
    bytes_put_u32(array->at + 4, 0);
    bytes_put_u32(array->at + 8, array->type);
    bytes_put_u32(array->at + 12, array->count);
    bytes_put_u32(array->at + 16, 1);
    return bytes_over(array->at, array->count == 0 ? 12 : array->len);
}

void postgres_array_free(struct postgres_array *array)
{
    free(array->at);
    *array = (struct postgres_array){0};
}

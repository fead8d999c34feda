#include "drivers/postgres/postgres_hold.h"

#include "base/assert.h"
#include "base/attribute.h"

#include <ctype.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 20
#define PARTING_MS                                                                                 \
    1000 /* what a dead process had sent is done, and its connection ended, by then */
#define EVICTION_MS 2000
#define NAME_LEN 64 /* what the server keeps of a connection's name */

#define LOCK "hashtextextended('acquit node of ' || current_schema(), $1::int2)"
#define HOLDERS                                                                                    \
    "pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted "  \
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "           \
    "AND l.objsubid = 1 AND (l.classid::int8 << 32 | l.objid::int8) = " LOCK

#define SINCE_US "coalesce((extract(epoch FROM h.since) * 1000000)::int8, 0) "

/* A holder is silent since it was last heard of, or connected. It goes by the lease that it has
 * promised, and by ours when it has promised none since it connected. */
/* clang-format off */
static const struct {
    const char *name;
    const char *sql;
} statements[] = {
    {"hold",   "SELECT pg_try_advisory_lock(" LOCK ")::int::int8"},
    {"holder", "SELECT coalesce((extract(epoch FROM n.seen) * 1000000)::int8, 0), "
               "coalesce(greatest(n.seen, h.since) < clock_timestamp() - 1.5 * coalesce("
               "CASE WHEN n.seen < h.since THEN NULL ELSE n.lease END, "
               "$2::int8 * interval '1 millisecond'), false)::int::int8, "
               "coalesce(h.who, '?') || ', connected since ' || coalesce(to_char(h.since "
               "AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), '?') || "
               "coalesce(', last heard of at ' || "
               "to_char(n.seen AT TIME ZONE 'UTC', 'HH24:MI:SS'), '') || ' UTC', "
               "h.pid::int8, " SINCE_US "FROM (SELECT pid, a.application_name AS who, "
               "a.backend_start AS since FROM " HOLDERS ") h "
               "LEFT JOIN node n ON n.node = $1::int2"},
    {"evict",  "SELECT pg_terminate_backend(h.pid)::int::int8 FROM (SELECT pid, "
               "a.backend_start AS since FROM " HOLDERS ") h "
               "WHERE h.pid = $2::int8 AND " SINCE_US "= $3::int8"},
};
/* clang-format on */

/* Who holds the lock, at one look. */
struct holder {
    bool is_there;
    bool is_silent;    /* for a lease and half of it */
    uint64_t seen_us;  /* when the node was last heard of; 0: never */
    uint64_t pid;      /* of its connection, on the server */
    uint64_t since_us; /* when that began; 0: not ours to know */
    char words[160];
};

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- asking ---- */

/* With the node's number, and as many numbers after it as the statement has. */
static enum err ask(struct postgres_session *session, const char *statement,
                    const uint64_t numbers[], size_t count, PGresult **result)
{
    struct postgres_parameters parameters = {0};
    char sqlstate[6];
    uint8_t node[2];
    uint8_t room[2][8];

    assert(count <= ARRAY_COUNT(room));
    bytes_put_u16(node, session->head.node);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    for (size_t i = 0; i < count; i++) {
        bytes_put_u64(room[i], numbers[i]);
        postgres_parameter_add(&parameters, bytes_over(room[i], sizeof room[i]));
    }
    return postgres_link_query(&session->link, statement, &parameters, result, sqlstate);
}

static uint64_t number_at(PGresult *result, int column)
{
    return bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, column));
}

enum err postgres_hold_keep(struct postgres_session *session)
{
    PGresult *result = NULL;

    if (session->holds)
        return OK;
    TRY(ask(session, "hold", NULL, 0, &result));
    session->holds = number_at(result, 0) == 1;
    PQclear(result);
    return OK;
}

static enum err look(struct postgres_session *session, struct holder *out)
{
    uint64_t lease_ms = session->lease_ms;
    PGresult *result = NULL;

    TRY(ask(session, "holder", &lease_ms, 1, &result));
    *out = (struct holder){.is_there = PQntuples(result) > 0};
    if (out->is_there) {
        struct text words = text_over(out->words, sizeof out->words);

        out->seen_us = number_at(result, 0);
        out->is_silent = number_at(result, 1) == 1;
        out->pid = number_at(result, 3);
        out->since_us = number_at(result, 4);
        text_add_bytes(&words,
                       bytes_over(PQgetvalue(result, 0, 2), (size_t)PQgetlength(result, 0, 2)));
    }
    PQclear(result);
    return OK;
}

/* Ends the connection that was judged, and takes the lock as soon as the server has let go of it.
 * *goes_on: without it, because ending that connection is not ours, when the other came as another
 * role, or has not ended it. */
static enum err evict(struct postgres_session *session, const struct holder *judged, bool *goes_on)
{
    const uint64_t which[] = {judged->pid, judged->since_us};
    int64_t deadline_ms = now_ms() + EVICTION_MS;
    struct holder now = {0};
    PGresult *result = NULL;
    enum err err = ask(session, "evict", which, ARRAY_COUNT(which), &result);

    PQclear(result);
    *goes_on = err == ERR_IO;
    if (*goes_on)
        return OK;
    while (err == OK && !session->holds && now_ms() < deadline_ms) {
        usleep(PAUSE_MS * 1000);
        err = postgres_hold_keep(session);
    }
    if (err == OK && !session->holds)
        err = look(session, &now);
    *goes_on = now.is_there && now.pid == judged->pid && now.since_us == judged->since_us;
    return err;
}

/* The name by which others see whose connection this is. */
static enum err put_name(struct postgres_session *session)
{
    char host[NAME_LEN] = "";
    char name[NAME_LEN];
    char room[160];
    char sqlstate[6];
    struct text t = text_over(name, sizeof name);
    struct text sql = text_over(room, sizeof room);

    (void)gethostname(host, sizeof host - 1);
    text_add(&t, "acquit process ");
    text_add_i64(&t, getpid());
    text_add(&t, " on ");
    for (const char *at = host; *at != 0; at++)
        text_add_char(&t, isalnum((unsigned char)*at) || strchr("-._", *at) != NULL ? *at : '?');
    text_add(&sql, "SET application_name TO '");
    text_add(&sql, text_z(&t));
    text_add(&sql, "'");
    return postgres_link_run(&session->link, text_z(&sql), sqlstate);
}

enum err postgres_hold_prepare(struct postgres_session *session)
{
    session->holds = false;
    for (size_t i = 0; i < ARRAY_COUNT(statements); i++)
        TRY(postgres_link_prepare(&session->link, statements[i].name, statements[i].sql));
    return put_name(session);
}

/* ---- taking ---- */

static enum err refuse(const struct postgres_session *session, const struct holder *holder,
                       struct text *error)
{
    text_add(error, "PostgreSQL: node ");
    text_add_u64(error, session->head.node);
    text_add(error, " of schema ");
    text_add(error, session->schema);
    text_add(error, " is at work already: ");
    text_add(error, holder->words);
    text_add(error, "; stop that one first, or give this one a node number of its own");
    return ERR_BUSY;
}

static bool is_dead(const struct postgres_session *session, const struct holder *holder,
                    int64_t waited_ms)
{
    return holder->is_silent ||
           (holder->seen_us == 0 && waited_ms > (int64_t)session->lease_ms * 3 / 2);
}

/* A dead process's last commit may still be heard of; then its connection ends, and there is no
 * holder. Whoever is heard of and stays lives. */
enum err postgres_hold_take(struct postgres_session *session, struct text *error)
{
    int64_t begin_ms = now_ms();
    int64_t heard_ms = 0;
    struct holder first = {0};
    bool goes_on = false;

    for (;;) {
        struct holder holder;

        TRY(postgres_hold_keep(session));
        if (session->holds)
            return OK;
        TRY(look(session, &holder));
        if (!first.is_there)
            first = holder;
        if (heard_ms == 0 && holder.is_there && holder.seen_us != first.seen_us)
            heard_ms = now_ms();
        if (heard_ms != 0 && holder.is_there && now_ms() - heard_ms > PARTING_MS)
            return refuse(session, &holder, error);
        if (holder.is_there && is_dead(session, &holder, now_ms() - begin_ms))
            TRY(evict(session, &holder, &goes_on));
        if (goes_on)
            return OK;
        usleep(PAUSE_MS * 1000);
    }
}

#include "drivers/postgres/postgres_session.h"

#include "base/assert.h"
#include "base/attribute.h"
#include "drivers/postgres/postgres_hold.h"
#include "drivers/postgres/store_postgres_sql.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_WAIT_MS 5000
#define RETURN_WAIT_MS 30000
#define RETURN_PAUSE_MS 100
#define LEASE_MS 10000
#define LOCK_CLASS 8583 /* of the advisory lock that migrations take, beside other programs' */

/* clang-format off */
static const struct {
    const char *name;
    const char *sql;
} statements[] = {
    {"load",     "SELECT 0::int8, fence, NULL::bytea FROM node WHERE node = $3::int2 UNION ALL "
                 "SELECT u.i, r.version, r.value FROM unnest($1::int2[], $2::bytea[]) "
                 "WITH ORDINALITY u(t, b, i) JOIN row_value r ON r.tbl = u.t AND r.key = u.b"},
    {"versions", "SELECT r.tbl, r.key, r.version FROM unnest($1::int2[], $2::bytea[]) u(t, b) "
                 "JOIN row_value r ON r.tbl = u.t AND r.key = u.b"},
    {"commit",   "SELECT commit_batch($1::int2, $2::int8, $3::int8, $4::bytea, "
                 "$5::int2[], $6::bytea[], $7::bytea[], "
                 "$8::int2[], $9::bytea[], $10::int8[], $11::bytea[], "
                 "$12::int2[], $13::bytea[], $14::int8[], $15::int8[], $16::bytea[])"},
    {"scan",     "SELECT key, value FROM row_value WHERE tbl = $1::int2 AND key >= $2::bytea "
                 "AND ($3::int2 < 0 OR node = $3::int2) ORDER BY key LIMIT $4::int8"},
    {"scan_on",  "SELECT key, value FROM row_value WHERE tbl = $1::int2 AND key > $2::bytea "
                 "AND ($3::int2 < 0 OR node = $3::int2) ORDER BY key LIMIT $4::int8"},
    {"read",     "SELECT sequence, record FROM journal WHERE node = $1::int2 AND "
                 "sequence >= greatest($2::int8, "
                 "(SELECT anchor + 1 FROM node WHERE node = $1::int2)) "
                 "ORDER BY sequence LIMIT $3::int8"},
    {"cut",      "SELECT cut($1::int2, $2::int8, $3::int2, $4::int8, $5::bytea, $6::int8)"},
    {"tend",     "SELECT * FROM tend($1::int2, $2::int8, $3::int8, $4::int8)"},
    {"sweep",    "SELECT sweep($1::int2, $2::int8, $3::int2, $4::int2)"},
    {"leave",    "UPDATE node SET lease = interval '0' WHERE node = $1::int2 AND fence = $2::int8"},
    {"take",     "INSERT INTO node(node, epoch, fence, sequence, hash, seen, since, lease) "
                 "VALUES ($1::int2, 1, 1::int8 << 32, 0, decode(repeat('00', 32), 'hex'), "
                 "clock_timestamp(), clock_timestamp(), $2::int8 * interval '1 millisecond') "
                 "ON CONFLICT (node) DO UPDATE SET "
                 "epoch = node.epoch + 1, fence = (node.epoch + 1) << 32, seen = excluded.seen, "
                 "since = excluded.since, lease = excluded.lease, swept_by = NULL "
                 "RETURNING epoch, fence, sequence, hash, anchor, anchor_hash"},
    {"fence",    "UPDATE node SET fence = $3::int8 "
                 "WHERE node = $1::int2 AND epoch = $2::int8 AND fence < $3::int8 "
                 "RETURNING epoch, fence, sequence, hash, anchor, anchor_hash"},
};
/* clang-format on */

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void say(struct postgres_session *session, const char *what, enum err err,
                struct text *error)
{
    const char *words = session->link.words[0] != 0 ? session->link.words : err_text(err);

    text_add(error, "PostgreSQL: ");
    text_add(error, what);
    text_add(error, " ");
    text_add(error, session->schema);
    text_add(error, ": ");
    text_add(error, words);
}

/* ---- connecting ---- */

/* Commits must be on the disk; what is stricter in the server's own settings stays. */
static enum err set_path(const struct postgres_session *session, struct postgres_link *link)
{
    char room[256];
    char sqlstate[6];
    struct text sql = text_over(room, sizeof room);

    text_add(&sql, "SET search_path TO ");
    text_add(&sql, session->schema);
    text_add(&sql, "; SELECT set_config('synchronous_commit', 'on', false) "
                   "WHERE current_setting('synchronous_commit') IN ('off', 'local')");
    return postgres_link_run(link, text_z(&sql), sqlstate);
}

static enum err prepare_all(struct postgres_session *session)
{
    for (size_t i = 0; i < ARRAY_COUNT(statements); i++)
        TRY(postgres_link_prepare(&session->link, statements[i].name, statements[i].sql));
    return session->head.node != 0 ? postgres_hold_prepare(session) : OK;
}

static enum err connect_link(struct postgres_session *session, struct text *error)
{
    postgres_link_close(&session->link);
    return postgres_link_open(&session->link, session->conninfo, (int)session->answer_wait_ms,
                              error);
}

/* ---- the schema and its version ---- */

/* Begins a transaction that only one opener of this schema has at a time. */
static enum err begin_alone(struct postgres_session *session)
{
    char room[512];
    char sqlstate[6];
    struct text sql = text_over(room, sizeof room);

    text_add(&sql, "BEGIN; SELECT pg_advisory_xact_lock(");
    text_add_u64(&sql, LOCK_CLASS);
    text_add(&sql, ", hashtext('");
    text_add(&sql, session->schema);
    text_add(&sql, "')); DO $$ BEGIN IF to_regnamespace('");
    text_add(&sql, session->schema);
    text_add(&sql, "') IS NULL THEN CREATE SCHEMA ");
    text_add(&sql, session->schema);
    text_add(&sql, "; END IF; IF to_regclass('");
    text_add(&sql, session->schema);
    text_add(&sql, ".meta') IS NULL THEN CREATE TABLE ");
    text_add(&sql, session->schema);
    text_add(&sql, ".meta (version int NOT NULL); END IF; END $$");
    assert(!sql.cut);
    return postgres_link_run(&session->link, text_z(&sql), sqlstate);
}

static enum err read_number(struct postgres_session *session, const char *name, const char *sql,
                            uint64_t *out)
{
    struct postgres_parameters none = {0};
    char sqlstate[6];
    PGresult *result = NULL;

    TRY(postgres_link_prepare(&session->link, name, sql));
    TRY(postgres_link_query(&session->link, name, &none, &result, sqlstate));
    *out = bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 0));
    PQclear(result);
    return OK;
}

/* A newer schema is one to work on when all that newer programs did was to add. */
static enum err check_version(struct postgres_session *session, uint64_t *version,
                              struct text *error)
{
    uint64_t oldest = 1;

    TRY(read_number(session, "version", "SELECT coalesce(max(version), 0)::int8 FROM meta",
                    version));
    if (*version <= STORE_POSTGRES_VERSION)
        return OK;
    TRY(read_number(session, "oldest", "SELECT max(oldest)::int8 FROM meta", &oldest));
    if (oldest <= STORE_POSTGRES_VERSION)
        return OK;
    text_add(error, "PostgreSQL: schema ");
    text_add(error, session->schema);
    text_add(error, " was made by a newer acquit: it has version ");
    text_add_u64(error, *version);
    text_add(error, " and needs programs that know ");
    text_add_u64(error, oldest);
    text_add(error, ", this program knows ");
    text_add_u64(error, STORE_POSTGRES_VERSION);
    return ERR_VERSION;
}

static enum err migrate_from(struct postgres_session *session, uint64_t version)
{
    char room[96];
    char sqlstate[6];

    for (uint64_t step = version; step < STORE_POSTGRES_VERSION; step++) {
        struct text note = text_over(room, sizeof room);

        TRY(postgres_link_run(&session->link, store_postgres_steps[step], sqlstate));
        text_add(&note, "DELETE FROM meta; INSERT INTO meta(version) VALUES (");
        text_add_u64(&note, step + 1);
        text_add(&note, ")");
        TRY(postgres_link_run(&session->link, text_z(&note), sqlstate));
    }
    return postgres_link_run(&session->link, "COMMIT", sqlstate);
}

/* A failure leaves the transaction open: the caller closes the connection, which ends it. */
static enum err migrate(struct postgres_session *session, struct text *error)
{
    uint64_t version = 0;
    enum err err = begin_alone(session);

    if (err == OK)
        err = set_path(session, &session->link);
    if (err == OK)
        err = check_version(session, &version, error);
    if (err == OK)
        err = migrate_from(session, version);
    if (err != OK && error->len == 0)
        say(session, "cannot make the tables of schema", err, error);
    return err;
}

/* A reader makes nothing: it must find a schema of its own version, or of a newer one that only
 * added. */
static enum err find_schema(struct postgres_session *session, struct text *error)
{
    uint64_t version = 0;
    enum err err = set_path(session, &session->link);

    if (err == OK)
        err = check_version(session, &version, error);
    if (err == ERR_IO || (err == OK && version < STORE_POSTGRES_VERSION))
        err = ERR_NOT_FOUND;
    if (err != OK && error->len == 0)
        say(session, "there is no such store in schema", err, error);
    return err;
}

/* ---- the node's row ---- */

static enum err take_row(struct postgres_session *session, PGresult *result, struct store_head *out)
{
    if (PQntuples(result) != 1)
        return ERR_NOT_ALLOWED;
    if (PQgetlength(result, 0, 3) != (int)sizeof out->hash ||
        PQgetlength(result, 0, 5) != (int)sizeof out->anchor.hash)
        return ERR_CORRUPT;
    out->node = session->head.node;
    out->epoch = (uint32_t)bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 0));
    session->fence = bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 1));
    out->sequence = bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 2));
    memcpy(out->hash, PQgetvalue(result, 0, 3), sizeof out->hash);
    out->anchor.sequence = bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 4));
    memcpy(out->anchor.hash, PQgetvalue(result, 0, 5), sizeof out->anchor.hash);
    return OK;
}

/* Runs "take" or "fence". A warning is a standby that has not confirmed: since this was written
 * after all that came before it, once it is confirmed so is that, and until then neither is. */
static enum err ask_row(struct postgres_session *session, const char *statement,
                        const struct postgres_parameters *parameters, struct store_head *out)
{
    PGresult *result = NULL;
    char sqlstate[6];

    TRY(postgres_link_query(&session->link, statement, parameters, &result, sqlstate));
    enum err err = session->link.warned ? ERR_TIMEOUT : take_row(session, result, out);
    PQclear(result);
    return err;
}

static enum err take(struct postgres_session *session)
{
    struct postgres_parameters parameters = {0};
    uint8_t node[2];
    uint8_t lease[8];

    bytes_put_u16(node, session->head.node);
    bytes_put_u64(lease, session->lease_ms);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(lease, sizeof lease));
    return ask_row(session, "take", &parameters, &session->head);
}

/* Each try has a number of its own, higher than all before: one that was given up and reaches the
 * row late finds a higher fence there, and changes nothing. */
static enum err raise_fence(struct postgres_session *session, struct store_head *now)
{
    struct postgres_parameters parameters = {0};
    uint8_t node[2];
    uint8_t epoch[8];
    uint8_t fence[8];

    bytes_put_u16(node, session->head.node);
    bytes_put_u64(epoch, session->head.epoch);
    bytes_put_u64(fence, ++session->fence);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(epoch, sizeof epoch));
    postgres_parameter_add(&parameters, bytes_over(fence, sizeof fence));
    return ask_row(session, "fence", &parameters, now);
}

/* ---- opening and mending ---- */

static enum err take_options(struct postgres_session *session,
                             const struct store_postgres_options *options, struct text *error)
{
    struct text conninfo = text_over(session->conninfo, sizeof session->conninfo);
    struct text schema = text_over(session->schema, sizeof session->schema);

    text_add(&conninfo, options->conninfo);
    text_add(&schema, options->schema);
    if (conninfo.cut) {
        text_add(error, "PostgreSQL: the connection string is longer than 511 characters");
        return ERR_CONFIG;
    }
    if (schema.cut || schema.len == 0 ||
        strspn(text_z(&schema), "abcdefghijklmnopqrstuvwxyz0123456789_") != schema.len ||
        strspn(session->schema, "0123456789") > 0) {
        text_add(error, "PostgreSQL: the schema must be 1 to 32 characters of a-z, 0-9 and _, "
                        "not beginning with a digit");
        return ERR_CONFIG;
    }
    session->head.node = options->node;
    session->answer_wait_ms =
        options->answer_wait_ms != 0 ? options->answer_wait_ms : ANSWER_WAIT_MS;
    session->return_wait_ms =
        options->return_wait_ms != 0 ? options->return_wait_ms : RETURN_WAIT_MS;
    session->lease_ms = options->lease_ms != 0 ? options->lease_ms : LEASE_MS;
    return OK;
}

enum err postgres_session_open(const struct store_postgres_options *options,
                               struct postgres_session *out, struct text *error)
{
    *out = (struct postgres_session){0};
    TRY(take_options(out, options, error));
    TRY(connect_link(out, error));
    TRY(options->node != 0 ? migrate(out, error) : find_schema(out, error));
    enum err err = prepare_all(out);
    if (err == OK && options->node != 0)
        err = postgres_hold_take(out, error);
    if (err == OK && options->node != 0)
        err = take(out);
    if (err != OK && err != ERR_BUSY)
        say(out, "cannot take the node's row in schema", err, error);
    return err;
}

static enum err try_again(struct postgres_session *session, struct store_head *now)
{
    char room[256];
    struct text error = text_over(room, sizeof room);

    TRY(connect_link(session, &error));
    TRY(set_path(session, &session->link));
    TRY(prepare_all(session));
    *now = session->head;
    if (session->head.node == 0)
        return OK;
    TRY(raise_fence(session, now));
    return postgres_hold_keep(session);
}

enum err postgres_session_mend(struct postgres_session *session, struct store_head *now)
{
    int64_t deadline_ms = now_ms() + session->return_wait_ms;
    enum err err;

    while ((err = try_again(session, now)) != OK) {
        postgres_link_close(&session->link);
        if (err == ERR_NOT_ALLOWED || err == ERR_CORRUPT || now_ms() >= deadline_ms)
            return err;
        usleep(RETURN_PAUSE_MS * 1000);
    }
    return OK;
}

enum err postgres_session_beside(const struct postgres_session *session, struct postgres_link *out)
{
    char room[256];
    struct text error = text_over(room, sizeof room);

    TRY(postgres_link_open(out, session->conninfo, (int)session->answer_wait_ms, &error));
    return set_path(session, out);
}

void postgres_session_close(struct postgres_session *session)
{
    postgres_link_close(&session->link);
    bytes_wipe(session->conninfo, sizeof session->conninfo);
}

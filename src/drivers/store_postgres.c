#include "drivers/store_postgres.h"

#include "base/assert.h"
#include "drivers/postgres_link.h"
#include "drivers/store_postgres_sql.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA_VERSION 1
#define ANSWER_WAIT_MS 5000
#define RETURN_WAIT_MS 30000
#define RETURN_PAUSE_MS 100
#define SCAN_ROWS 512
/* Versions known of loaded rows; when full they are forgotten and the rows loaded anew. */
#define KNOWN_SLOTS 65536

struct known {
    struct row_key key;
    int64_t version; /* 0: it was not there */
    uint64_t round;  /* of the load; an entry of an older round is stale */
};

enum batch_array {
    INSERT_TABLE,
    INSERT_KEY,
    INSERT_VALUE,
    UPDATE_TABLE,
    UPDATE_KEY,
    UPDATE_VERSION,
    UPDATE_VALUE,
    DELETE_TABLE,
    DELETE_KEY,
    DELETE_VERSION,
    RECORD_SEQUENCE,
    RECORD_BYTES,
    BATCH_ARRAYS
};

struct postgres_store {
    struct postgres_link link;
    char conninfo[512];
    char schema[STORE_POSTGRES_SCHEMA_LEN_MAX + 1];
    uint32_t answer_wait_ms;
    uint32_t return_wait_ms;
    struct store_head head;
    bool is_fenced; /* another opening of this node has taken over */
    struct known *known;
    size_t known_count;
    uint64_t round;
    struct postgres_array arrays[BATCH_ARRAYS];
    struct postgres_array load_tables;
    struct postgres_array load_keys;
};

static const uint32_t array_types[BATCH_ARRAYS] = {
    [INSERT_TABLE] = POSTGRES_INT2,    [INSERT_KEY] = POSTGRES_BYTEA,
    [INSERT_VALUE] = POSTGRES_BYTEA,   [UPDATE_TABLE] = POSTGRES_INT2,
    [UPDATE_KEY] = POSTGRES_BYTEA,     [UPDATE_VERSION] = POSTGRES_INT8,
    [UPDATE_VALUE] = POSTGRES_BYTEA,   [DELETE_TABLE] = POSTGRES_INT2,
    [DELETE_KEY] = POSTGRES_BYTEA,     [DELETE_VERSION] = POSTGRES_INT8,
    [RECORD_SEQUENCE] = POSTGRES_INT8, [RECORD_BYTES] = POSTGRES_BYTEA,
};

static struct bytes row_key_bytes(const struct row_key *key)
{
    return bytes_over(key->at, key->len);
}

/* ---- versions of loaded rows ---- */

static struct known *known_slot(struct postgres_store *store, const struct row_key *key)
{
    size_t at = row_key_hash(key) & (KNOWN_SLOTS - 1);

    while (store->known[at].round == store->round && !row_key_equal(&store->known[at].key, key))
        at = (at + 1) & (KNOWN_SLOTS - 1);
    return &store->known[at];
}

static void known_forget(struct postgres_store *store)
{
    store->round++;
    store->known_count = 0;
}

static void known_set(struct postgres_store *store, const struct row_key *key, int64_t version)
{
    struct known *known = known_slot(store, key);

    if (known->round != store->round)
        store->known_count++;
    *known = (struct known){.key = *key, .version = version, .round = store->round};
    assert(store->known_count < KNOWN_SLOTS);
}

/* ---- connecting and opening ---- */

static enum err prepare_all(struct postgres_store *store, struct text *error)
{
    struct postgres_link *link = &store->link;

    TRY(postgres_link_prepare(link, "load",
                              "SELECT u.i, r.version, r.value FROM unnest($1::int2[], $2::bytea[])"
                              " WITH ORDINALITY u(t, b, i) JOIN row_value r ON r.tbl = u.t AND "
                              "r.key = u.b",
                              error));
    TRY(postgres_link_prepare(link, "commit",
                              "SELECT commit_batch($1::int2, $2::int8, $3::int8, $4::bytea, "
                              "$5::int2[], $6::bytea[], $7::bytea[], $8::int2[], $9::bytea[], "
                              "$10::int8[], $11::bytea[], $12::int2[], $13::bytea[], "
                              "$14::int8[], $15::int8[], $16::bytea[])",
                              error));
    TRY(postgres_link_prepare(
        link, "head", "SELECT epoch, sequence, hash FROM node WHERE node = $1::int2", error));
    TRY(postgres_link_prepare(link, "scan",
                              "SELECT key, value FROM row_value WHERE tbl = $1::int2 AND key >= "
                              "$2::bytea AND ($3::int2 = 0 OR node = $3::int2) ORDER BY key "
                              "LIMIT $4::int8",
                              error));
    return postgres_link_prepare(link, "read",
                                 "SELECT sequence, record FROM journal WHERE node = $1::int2 AND "
                                 "sequence >= $2::int8 ORDER BY sequence LIMIT $3::int8",
                                 error);
}

static enum err connect_link(struct postgres_store *store, struct text *error)
{
    char room[160];
    char sqlstate[6];
    struct text sql = text_over(room, sizeof room);

    TRY(postgres_link_open(&store->link, store->conninfo, (int)store->answer_wait_ms, error));
    text_add(&sql, "CREATE SCHEMA IF NOT EXISTS ");
    text_add(&sql, store->schema);
    text_add(&sql, "; SET search_path TO ");
    text_add(&sql, store->schema);
    text_add(&sql, "; SET synchronous_commit TO on");
    enum err err = postgres_link_run(&store->link, text_z(&sql), sqlstate);
    if (err == ERR_IO && memcmp(sqlstate, "23505", 5) == 0) /* two nodes made it at once */
        err = postgres_link_run(&store->link, text_z(&sql), sqlstate);
    if (err != OK)
        text_add(error, "PostgreSQL: cannot use the schema");
    return err;
}

/* Makes or migrates the tables; one opener at a time. */
static enum err migrate(struct postgres_store *store, struct text *error)
{
    char sqlstate[6];
    struct postgres_parameters none = {0};
    PGresult *result = NULL;

    enum err err = postgres_link_run(&store->link, store_postgres_sql, sqlstate);
    if (err != OK) {
        text_add(error, "PostgreSQL: cannot make the tables (SQLSTATE ");
        text_add(error, sqlstate);
        text_add(error, ")");
        return err;
    }
    TRY(postgres_link_prepare(&store->link, "version", "SELECT max(version)::int8 FROM meta",
                              error));
    TRY(postgres_link_query(&store->link, "version", &none, &result, sqlstate));
    bool is_new = PQgetisnull(result, 0, 0) != 0;
    uint64_t version = is_new ? 0 : bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 0));
    PQclear(result);
    if (version > SCHEMA_VERSION) {
        text_add(error, "PostgreSQL: the schema was made by a newer acquit (version ");
        text_add_u64(error, version);
        text_add(error, ", this one knows 1)");
        return ERR_VERSION;
    }
    return is_new ? postgres_link_run(&store->link, "INSERT INTO meta VALUES (1)", sqlstate) : OK;
}

static enum err read_head(struct postgres_store *store, struct store_head *out)
{
    uint8_t node[2];
    char sqlstate[6];
    PGresult *result = NULL;
    struct postgres_parameters parameters = {0};

    bytes_put_u16(node, store->head.node);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    TRY(postgres_link_query(&store->link, "head", &parameters, &result, sqlstate));
    enum err err = PQntuples(result) == 1 && PQgetlength(result, 0, 2) == 32 ? OK : ERR_CORRUPT;
    if (err == OK) {
        out->node = store->head.node;
        out->epoch = (uint32_t)bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 0));
        out->sequence = bytes_get_u64((const uint8_t *)PQgetvalue(result, 0, 1));
        memcpy(out->hash, PQgetvalue(result, 0, 2), sizeof out->hash);
    }
    PQclear(result);
    return err;
}

static enum err raise_epoch(struct postgres_store *store, struct text *error)
{
    char room[256];
    char sqlstate[6];
    struct text sql = text_over(room, sizeof room);

    text_add(&sql, "INSERT INTO node VALUES (");
    text_add_u64(&sql, store->head.node);
    text_add(&sql, ", 1, 0, decode(repeat('00', 32), 'hex')) "
                   "ON CONFLICT (node) DO UPDATE SET epoch = node.epoch + 1");
    enum err err = postgres_link_run(&store->link, text_z(&sql), sqlstate);
    if (err == OK)
        err = read_head(store, &store->head);
    if (err != OK)
        text_add(error, "PostgreSQL: cannot take the node's row");
    return err;
}

static enum err reconnect(struct postgres_store *store)
{
    char room[256];
    struct text error = text_over(room, sizeof room);
    enum err err = ERR_CLOSED;

    for (uint32_t waited = 0; waited < store->return_wait_ms; waited += RETURN_PAUSE_MS) {
        postgres_link_close(&store->link);
        err = connect_link(store, &error);
        if (err == OK)
            err = prepare_all(store, &error);
        if (err == OK)
            return OK;
        usleep(RETURN_PAUSE_MS * 1000);
    }
    return err;
}

/* ---- the contract ---- */

static void store_head(void *self, struct store_head *out)
{
    const struct postgres_store *store = self;

    *out = store->head;
}

static enum store_result result_of(enum err err, const char sqlstate[static 6])
{
    if (err == OK)
        return STORE_OK;
    if (err != ERR_IO)
        return STORE_IN_DOUBT;
    if (memcmp(sqlstate, "40001", 5) == 0 || memcmp(sqlstate, "40P01", 5) == 0 ||
        memcmp(sqlstate, "55P03", 5) == 0)
        return STORE_RETRY;
    if (memcmp(sqlstate, "53100", 5) == 0)
        return STORE_FULL;
    if (memcmp(sqlstate, "57P", 3) == 0 || memcmp(sqlstate, "08", 2) == 0)
        return STORE_IN_DOUBT;
    return STORE_FATAL;
}

static void take_loaded(struct postgres_store *store, struct store_row *row, PGresult *result,
                        int tuple)
{
    int len = PQgetlength(result, tuple, 2);

    if (len > ROW_VALUE_LEN_MAX)
        return;
    row->found = true;
    row->len = (uint16_t)len;
    memcpy(row->value, PQgetvalue(result, tuple, 2), (size_t)len);
    known_set(store, &row->key,
              (int64_t)bytes_get_u64((const uint8_t *)PQgetvalue(result, tuple, 1)));
}

static enum err load_once(struct postgres_store *store, struct store_row *rows[], size_t count,
                          char sqlstate[static 6])
{
    struct postgres_parameters parameters = {0};
    PGresult *result = NULL;

    postgres_array_start(&store->load_tables, POSTGRES_INT2);
    postgres_array_start(&store->load_keys, POSTGRES_BYTEA);
    for (size_t i = 0; i < count; i++) {
        postgres_array_add_int2(&store->load_tables, rows[i]->key.table);
        postgres_array_add(&store->load_keys, row_key_bytes(&rows[i]->key));
    }
    postgres_parameter_add(&parameters, postgres_array_bytes(&store->load_tables));
    postgres_parameter_add(&parameters, postgres_array_bytes(&store->load_keys));
    TRY(postgres_link_query(&store->link, "load", &parameters, &result, sqlstate));
    for (size_t i = 0; i < count; i++) {
        rows[i]->found = false;
        rows[i]->len = 0;
        known_set(store, &rows[i]->key, 0);
    }
    for (int i = 0; i < PQntuples(result); i++) {
        uint64_t number = bytes_get_u64((const uint8_t *)PQgetvalue(result, i, 0));
        if (number >= 1 && number <= count)
            take_loaded(store, rows[number - 1], result, i);
    }
    PQclear(result);
    return OK;
}

/* Reading again changes nothing, so a lost connection is simply mended. */
static enum store_result store_load(void *self, struct store_row *rows[], size_t count)
{
    struct postgres_store *store = self;
    char sqlstate[6] = "";

    if (count == 0)
        return STORE_OK;
    if (store->known_count + count > KNOWN_SLOTS / 2)
        known_forget(store);
    enum err err = load_once(store, rows, count, sqlstate);
    if (result_of(err, sqlstate) == STORE_IN_DOUBT && reconnect(store) == OK)
        err = load_once(store, rows, count, sqlstate);
    enum store_result result = result_of(err, sqlstate);
    return result == STORE_IN_DOUBT ? STORE_FATAL : result;
}

static void add_change(struct postgres_store *store, const struct store_change *change)
{
    struct known *known = known_slot(store, &change->key);
    int64_t version = known->round == store->round ? known->version : 0;
    bool is_new = version == 0;
    struct postgres_array *tables = &store->arrays[change->is_removal ? DELETE_TABLE
                                                   : is_new           ? INSERT_TABLE
                                                                      : UPDATE_TABLE];

    if (change->is_removal && is_new)
        return;
    postgres_array_add_int2(tables, change->key.table);
    postgres_array_add(tables + 1, row_key_bytes(&change->key));
    if (change->is_removal) {
        postgres_array_add_int8(&store->arrays[DELETE_VERSION], version);
    } else if (is_new) {
        postgres_array_add(&store->arrays[INSERT_VALUE], change->value);
    } else {
        postgres_array_add_int8(&store->arrays[UPDATE_VERSION], version);
        postgres_array_add(&store->arrays[UPDATE_VALUE], change->value);
    }
}

static void fill_arrays(struct postgres_store *store, const struct store_batch *batch)
{
    for (size_t i = 0; i < BATCH_ARRAYS; i++)
        postgres_array_start(&store->arrays[i], array_types[i]);
    for (size_t i = 0; i < batch->change_count; i++)
        add_change(store, &batch->changes[i]);
    for (size_t i = 0; i < batch->record_count; i++) {
        const struct store_record *record = &batch->records[i];

        postgres_array_add_int8(&store->arrays[RECORD_SEQUENCE], (int64_t)record->sequence);
        postgres_array_add(&store->arrays[RECORD_BYTES], record->bytes);
    }
}

static enum err commit_once(struct postgres_store *store, uint64_t sequence,
                            const uint8_t hash[static 32], char sqlstate[static 6])
{
    struct postgres_parameters parameters = {0};
    PGresult *result = NULL;
    uint8_t node[2];
    uint8_t epoch[8];
    uint8_t number[8];

    bytes_put_u16(node, store->head.node);
    bytes_put_u64(epoch, store->head.epoch);
    bytes_put_u64(number, sequence);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(epoch, sizeof epoch));
    postgres_parameter_add(&parameters, bytes_over(number, sizeof number));
    postgres_parameter_add(&parameters, bytes_over(hash, 32));
    for (size_t i = 0; i < BATCH_ARRAYS; i++)
        postgres_parameter_add(&parameters, postgres_array_bytes(&store->arrays[i]));
    enum err err = postgres_link_query(&store->link, "commit", &parameters, &result, sqlstate);
    PQclear(result);
    if (err == OK && store->link.warned)
        return ERR_TIMEOUT; /* committed here, perhaps not on the standby: settle by reading */
    return err;
}

/* The answer to a commit was lost. This node alone moves its row, so the row says what happened. */
static enum store_result settle(struct postgres_store *store, uint64_t sequence)
{
    struct store_head now;

    if (reconnect(store) != OK)
        return STORE_IN_DOUBT;
    known_forget(store);
    if (read_head(store, &now) != OK)
        return STORE_IN_DOUBT;
    if (now.epoch != store->head.epoch) {
        store->is_fenced = true;
        return STORE_FATAL;
    }
    return now.sequence == sequence ? STORE_OK : STORE_RETRY;
}

static enum store_result store_commit(void *self, const struct store_batch *batch)
{
    struct postgres_store *store = self;
    uint64_t sequence = store->head.sequence + batch->record_count;
    char sqlstate[6] = "";

    assert(batch->record_count > 0);
    if (store->is_fenced)
        return STORE_FATAL;
    fill_arrays(store, batch);
    enum store_result result =
        result_of(commit_once(store, sequence, batch->head_hash, sqlstate), sqlstate);
    if (result == STORE_IN_DOUBT)
        result = settle(store, sequence);
    known_forget(store);
    if (result == STORE_OK) {
        store->head.sequence = sequence;
        memcpy(store->head.hash, batch->head_hash, sizeof store->head.hash);
    }
    return result;
}

static enum err scan_some(struct postgres_store *store, const struct row_key *from,
                          PGresult **result)
{
    struct postgres_parameters parameters = {0};
    char sqlstate[6];
    uint8_t table[2];
    uint8_t owner[2];
    uint8_t limit[8];

    bytes_put_u16(table, from->table);
    /* What waits belongs to the node that made it wait; other rows are everybody's. */
    bytes_put_u16(owner, from->table == TABLE_PENDING ? store->head.node : 0);
    bytes_put_u64(limit, SCAN_ROWS);
    postgres_parameter_add(&parameters, bytes_over(table, sizeof table));
    postgres_parameter_add(&parameters, row_key_bytes(from));
    postgres_parameter_add(&parameters, bytes_over(owner, sizeof owner));
    postgres_parameter_add(&parameters, bytes_over(limit, sizeof limit));
    return postgres_link_query(&store->link, "scan", &parameters, result, sqlstate);
}

/* The least key after `key`: one zero byte longer, or, where that does not fit, the next number. */
static struct row_key key_after(const struct row_key *key)
{
    struct row_key after = *key;

    if (after.len < ROW_KEY_LEN_MAX) {
        after.len++;
        return after;
    }
    for (size_t i = ROW_KEY_LEN_MAX; i > 0 && ++after.at[i - 1] == 0; i--)
        ;
    return after;
}

static bool visit_rows(PGresult *result, struct row_key *last, store_row_visit *visit,
                       void *context)
{
    for (int i = 0; i < PQntuples(result); i++) {
        int key_len = PQgetlength(result, i, 0);

        if (key_len > ROW_KEY_LEN_MAX)
            continue;
        *last = row_key_of((enum row_table)last->table, PQgetvalue(result, i, 0), (size_t)key_len);
        if (!visit(context, last,
                   bytes_over(PQgetvalue(result, i, 1), (size_t)PQgetlength(result, i, 1))))
            return false;
    }
    return true;
}

static enum store_result store_scan(void *self, const struct row_key *from, store_row_visit *visit,
                                    void *context)
{
    struct postgres_store *store = self;
    struct row_key at = *from;
    bool goes_on = true;

    while (goes_on) {
        PGresult *result = NULL;

        if (scan_some(store, &at, &result) != OK)
            return STORE_FATAL;
        goes_on = visit_rows(result, &at, visit, context) && PQntuples(result) == SCAN_ROWS;
        PQclear(result);
        at = key_after(&at);
    }
    return STORE_OK;
}

static enum err read_some(struct postgres_store *store, uint64_t from, PGresult **result)
{
    struct postgres_parameters parameters = {0};
    char sqlstate[6];
    uint8_t node[2];
    uint8_t start[8];
    uint8_t limit[8];

    bytes_put_u16(node, store->head.node);
    bytes_put_u64(start, from);
    bytes_put_u64(limit, SCAN_ROWS);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(start, sizeof start));
    postgres_parameter_add(&parameters, bytes_over(limit, sizeof limit));
    return postgres_link_query(&store->link, "read", &parameters, result, sqlstate);
}

static enum store_result store_read(void *self, uint64_t from_sequence, store_record_visit *visit,
                                    void *context)
{
    struct postgres_store *store = self;
    bool goes_on = true;

    while (goes_on) {
        PGresult *result = NULL;

        if (read_some(store, from_sequence, &result) != OK)
            return STORE_FATAL;
        goes_on = PQntuples(result) == SCAN_ROWS;
        for (int i = 0; i < PQntuples(result); i++) {
            from_sequence = bytes_get_u64((const uint8_t *)PQgetvalue(result, i, 0));
            if (!visit(context, from_sequence,
                       bytes_over(PQgetvalue(result, i, 1), (size_t)PQgetlength(result, i, 1)))) {
                goes_on = false;
                break;
            }
        }
        PQclear(result);
        from_sequence++;
    }
    return STORE_OK;
}

static void store_close(void *self)
{
    struct postgres_store *store = self;

    postgres_link_close(&store->link);
    for (size_t i = 0; i < BATCH_ARRAYS; i++)
        postgres_array_free(&store->arrays[i]);
    postgres_array_free(&store->load_tables);
    postgres_array_free(&store->load_keys);
    bytes_wipe(store->conninfo, sizeof store->conninfo);
    free(store->known);
    free(store);
}

/* ---- opening ---- */

static enum err take_options(struct postgres_store *store,
                             const struct store_postgres_options *options, struct text *error)
{
    struct text conninfo = text_over(store->conninfo, sizeof store->conninfo);
    struct text schema = text_over(store->schema, sizeof store->schema);

    text_add(&conninfo, options->conninfo);
    text_add(&schema, options->schema);
    bool is_good = !conninfo.cut && !schema.cut && schema.len > 0 &&
                   strspn(store->schema, "abcdefghijklmnopqrstuvwxyz0123456789_") == schema.len;
    if (!is_good) {
        text_add(error, "PostgreSQL: the schema must be 1 to 32 characters of a-z, 0-9 and _");
        return ERR_CONFIG;
    }
    store->head.node = options->node;
    store->answer_wait_ms = options->answer_wait_ms != 0 ? options->answer_wait_ms : ANSWER_WAIT_MS;
    store->return_wait_ms = options->return_wait_ms != 0 ? options->return_wait_ms : RETURN_WAIT_MS;
    store->round = 1;
    store->known = calloc(KNOWN_SLOTS, sizeof *store->known);
    return store->known == NULL ? ERR_FULL : OK;
}

enum err store_postgres_open(const struct store_postgres_options *options, struct store *out,
                             struct text *error)
{
    struct postgres_store *store = calloc(1, sizeof *store);

    if (store == NULL)
        return ERR_FULL;
    enum err err = take_options(store, options, error);
    if (err == OK)
        err = connect_link(store, error);
    if (err == OK)
        err = migrate(store, error);
    if (err == OK)
        err = prepare_all(store, error);
    if (err == OK)
        err = raise_epoch(store, error);
    if (err != OK) {
        store_close(store);
        return err;
    }
    *out = (struct store){
        .self = store,
        .head = store_head,
        .load = store_load,
        .commit = store_commit,
        .scan = store_scan,
        .read = store_read,
        .close = store_close,
    };
    return OK;
}

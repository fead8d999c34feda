#include "drivers/postgres/store_postgres.h"

#include "base/assert.h"
#include "drivers/postgres/postgres_hold.h"
#include "drivers/postgres/postgres_session.h"
#include "drivers/postgres/postgres_survey.h"
#include "drivers/postgres/store_postgres_sql.h"

#include <stdlib.h>
#include <string.h>

#define SCAN_ROWS 512
#define READ_FIRST 8
/* Versions known of loaded rows: a batch loads at most 4096, so half of them hold many batches that
 * only read. When they do not, they are forgotten and the batch runs again. */
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
    struct postgres_session session;
    struct store_head head;
    uint8_t fence[8];  /* the session's, as a parameter: what is asked again after a mending names
                          the new one */
    bool is_lost;      /* STORE_IN_DOUBT or STORE_FATAL was said: nothing more is written */
    bool is_forgetful; /* versions were forgotten since the last commit */
    bool has_swept;    /* and nobody was told yet */
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

/* ---- the contract ---- */

static void store_head(void *self, struct store_head *out)
{
    const struct postgres_store *store = self;

    *out = store->head;
}

/* What an answer says of the batch. Classes: PostgreSQL 15, appendix A. */
static enum store_result result_of(enum err err, const char sqlstate[static 6])
{
    static const struct {
        const char *state; /* or how it begins */
        enum store_result result;
    } table[] = {
        {"40001", STORE_RETRY},    /* serialization failure; a row changed first */
        {"40P01", STORE_RETRY},    /* deadlock */
        {"55P03", STORE_RETRY},    /* a lock is not to be had */
        {"57014", STORE_RETRY},    /* cancelled: rolled back */
        {"53100", STORE_FULL},     /* disk full */
        {"53", STORE_RETRY},       /* short of memory, of connections */
        {"57P", STORE_IN_DOUBT},   /* the server goes down or comes up */
        {"08", STORE_IN_DOUBT},    /* connection */
        {"25006", STORE_IN_DOUBT}, /* read-only: not the primary any more */
        {"", STORE_FATAL},
    };
    size_t i = 0;

    if (err == OK)
        return STORE_OK;
    if (err != ERR_IO)
        return STORE_IN_DOUBT;
    while (strncmp(sqlstate, table[i].state, strlen(table[i].state)) != 0)
        i++;
    return table[i].result;
}

/* Connects again. STORE_IN_DOUBT when the server stays away; STORE_FATAL when the node has been
 * taken over. */
static enum store_result mend(struct postgres_store *store, struct store_head *now)
{
    enum err err = postgres_session_mend(&store->session, now);

    bytes_put_u64(store->fence, store->session.fence);
    if (err == OK)
        return STORE_OK;
    store->is_lost = true;
    return err == ERR_NOT_ALLOWED || err == ERR_CORRUPT ? STORE_FATAL : STORE_IN_DOUBT;
}

/* Asks what changes nothing; a lost connection is simply mended, once. */
static enum store_result ask(struct postgres_store *store, const char *statement,
                             const struct postgres_parameters *parameters, PGresult **result)
{
    struct store_head now;
    char sqlstate[6] = "";
    enum err err =
        postgres_link_query(&store->session.link, statement, parameters, result, sqlstate);

    if (result_of(err, sqlstate) == STORE_IN_DOUBT) {
        if (store->is_lost || mend(store, &now) != STORE_OK)
            return STORE_FATAL;
        err = postgres_link_query(&store->session.link, statement, parameters, result, sqlstate);
    }
    enum store_result got = result_of(err, sqlstate);
    return got == STORE_OK || got == STORE_RETRY ? got : STORE_FATAL;
}

static void take_loaded(struct postgres_store *store, struct store_row *row, PGresult *result,
                        int tuple)
{
    size_t len = (size_t)PQgetlength(result, tuple, 2);

    row->found = true;
    if (len <= ROW_VALUE_LEN_MAX) { /* else it is damaged, and no struct is of length 0 */
        row->len = (uint16_t)len;
        memcpy(row->value, PQgetvalue(result, tuple, 2), len);
    }
    known_set(store, &row->key,
              (int64_t)bytes_get_u64((const uint8_t *)PQgetvalue(result, tuple, 1)));
}

static void start_keys(struct postgres_store *store)
{
    postgres_array_start(&store->load_tables, POSTGRES_INT2);
    postgres_array_start(&store->load_keys, POSTGRES_BYTEA);
}

static void add_key(struct postgres_store *store, const struct row_key *key)
{
    postgres_array_add_int2(&store->load_tables, key->table);
    postgres_array_add(&store->load_keys, row_key_bytes(key));
}

/* Runs a statement over the keys that were added. */
static enum store_result ask_keys(struct postgres_store *store, const char *statement,
                                  PGresult **result)
{
    struct postgres_parameters parameters = {0};
    uint8_t node[2];

    if (!postgres_array_is_whole(&store->load_tables) ||
        !postgres_array_is_whole(&store->load_keys))
        return STORE_RETRY;
    postgres_parameter_add(&parameters, postgres_array_bytes(&store->load_tables));
    postgres_parameter_add(&parameters, postgres_array_bytes(&store->load_keys));
    bytes_put_u16(node, store->head.node);
    if (strcmp(statement, "load") == 0)
        postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    return ask(store, statement, &parameters, result);
}

/* The node's own row comes along with those that were asked for: a node that was taken for dead
 * must not act on what it reads, either. */
static bool is_shut_out(const struct postgres_store *store, PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++) {
        if (bytes_get_u64((const uint8_t *)PQgetvalue(result, i, 0)) == 0)
            return bytes_get_u64((const uint8_t *)PQgetvalue(result, i, 1)) != store->session.fence;
    }
    return store->head.node != 0;
}

static enum store_result store_load(void *self, struct store_row *rows[], size_t count)
{
    struct postgres_store *store = self;
    PGresult *result = NULL;

    if (count == 0)
        return STORE_OK;
    if (store->known_count + count > KNOWN_SLOTS / 2) {
        store->is_forgetful = store->known_count > 0;
        known_forget(store);
    }
    start_keys(store);
    for (size_t i = 0; i < count; i++)
        add_key(store, &rows[i]->key);
    enum store_result loaded = ask_keys(store, "load", &result);
    if (loaded != STORE_OK)
        return loaded;
    if (is_shut_out(store, result)) {
        PQclear(result);
        store->is_lost = true;
        return STORE_FATAL;
    }
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
    return STORE_OK;
}

/* ---- committing ---- */

/* Changes of rows that were not loaded overwrite whatever is there: their versions are asked for
 * now. The engine loads every row that it changes; set-up may not. */
static enum store_result learn_versions(struct postgres_store *store,
                                        const struct store_batch *batch)
{
    PGresult *result = NULL;
    size_t unknown = 0;

    start_keys(store);
    for (size_t i = 0; i < batch->change_count; i++) {
        const struct row_key *key = &batch->changes[i].key;

        if (known_slot(store, key)->round == store->round)
            continue;
        known_set(store, key, 0);
        add_key(store, key);
        unknown++;
    }
    if (unknown == 0)
        return STORE_OK;
    enum store_result asked = ask_keys(store, "versions", &result);
    if (asked != STORE_OK)
        return asked;
    for (int i = 0; i < PQntuples(result); i++) {
        uint16_t table = bytes_get_u16((const uint8_t *)PQgetvalue(result, i, 0));
        struct row_key key = row_key_of((enum row_table)table, PQgetvalue(result, i, 1),
                                        (size_t)PQgetlength(result, i, 1));
        known_set(store, &key, (int64_t)bytes_get_u64((const uint8_t *)PQgetvalue(result, i, 2)));
    }
    PQclear(result);
    return STORE_OK;
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

static bool arrays_are_whole(const struct postgres_store *store)
{
    for (size_t i = 0; i < BATCH_ARRAYS; i++) {
        if (!postgres_array_is_whole(&store->arrays[i]))
            return false;
    }
    return true;
}

static enum store_result commit_once(struct postgres_store *store, uint64_t sequence,
                                     const uint8_t hash[static 32])
{
    struct postgres_parameters parameters = {0};
    PGresult *result = NULL;
    char sqlstate[6];
    uint8_t node[2];
    uint8_t number[8];

    bytes_put_u16(node, store->head.node);
    bytes_put_u64(number, sequence);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(store->fence, sizeof store->fence));
    postgres_parameter_add(&parameters, bytes_over(number, sizeof number));
    postgres_parameter_add(&parameters, bytes_over(hash, 32));
    for (size_t i = 0; i < BATCH_ARRAYS; i++)
        postgres_parameter_add(&parameters, postgres_array_bytes(&store->arrays[i]));
    enum err err =
        postgres_link_query(&store->session.link, "commit", &parameters, &result, sqlstate);
    PQclear(result);
    if (err == OK && store->session.link.warned)
        return STORE_IN_DOUBT; /* committed here, perhaps not on the standby */
    return result_of(err, sqlstate);
}

/* The answer to a commit was lost. This node alone moves its row, and its fence has shut out
 * whatever was still under way, so the row says what happened. */
static enum store_result settle(struct postgres_store *store, uint64_t sequence,
                                const uint8_t hash[static 32])
{
    struct store_head now;
    enum store_result mended = mend(store, &now);

    if (mended != STORE_OK)
        return mended;
    if (now.sequence == sequence && memcmp(now.hash, hash, sizeof now.hash) == 0)
        return STORE_OK;
    return now.sequence == store->head.sequence ? STORE_RETRY : STORE_FATAL;
}

static bool is_in_order(const struct postgres_store *store, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++) {
        if (batch->records[i].sequence != store->head.sequence + 1 + i)
            return false;
    }
    return batch->record_count > 0;
}

static enum store_result write_batch(struct postgres_store *store, const struct store_batch *batch)
{
    uint64_t sequence = store->head.sequence + batch->record_count;

    if (store->is_forgetful)
        return STORE_RETRY;
    enum store_result result = learn_versions(store, batch);
    if (result != STORE_OK)
        return result;
    fill_arrays(store, batch);
    if (!arrays_are_whole(store))
        return STORE_RETRY;
    result = commit_once(store, sequence, batch->head_hash);
    if (result == STORE_IN_DOUBT)
        result = settle(store, sequence, batch->head_hash);
    if (result != STORE_OK)
        return result;
    store->head.sequence = sequence;
    memcpy(store->head.hash, batch->head_hash, sizeof store->head.hash);
    return STORE_OK;
}

static enum store_result store_commit(void *self, const struct store_batch *batch)
{
    struct postgres_store *store = self;
    enum store_result result = STORE_FATAL;

    if (!store->is_lost && store->head.node != 0 && is_in_order(store, batch))
        result = write_batch(store, batch);
    known_forget(store);
    store->is_forgetful = false;
    store->is_lost = store->is_lost || result == STORE_IN_DOUBT || result == STORE_FATAL;
    return result;
}

/* ---- reading in order ---- */

static enum store_result scan_some(struct postgres_store *store, const char *statement,
                                   const struct row_key *from, PGresult **result)
{
    struct postgres_parameters parameters = {0};
    uint8_t table[2];
    uint8_t owner[2];
    uint8_t limit[8];

    bytes_put_u16(table, from->table);
    /* What waits belongs to the node that made it wait; other rows are everybody's. */
    bytes_put_u16(owner, from->table == TABLE_PENDING ? store->head.node : UINT16_MAX);
    bytes_put_u64(limit, SCAN_ROWS);
    postgres_parameter_add(&parameters, bytes_over(table, sizeof table));
    postgres_parameter_add(&parameters, row_key_bytes(from));
    postgres_parameter_add(&parameters, bytes_over(owner, sizeof owner));
    postgres_parameter_add(&parameters, bytes_over(limit, sizeof limit));
    return ask(store, statement, &parameters, result);
}

/* *last is the last key visited. False: the visitor has seen enough, or a key is damaged. */
static bool visit_rows(PGresult *result, struct row_key *last, store_row_visit *visit,
                       void *context)
{
    for (int i = 0; i < PQntuples(result); i++) {
        size_t key_len = (size_t)PQgetlength(result, i, 0);

        *last = row_key_of((enum row_table)last->table, PQgetvalue(result, i, 0), key_len);
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
    const char *statement = "scan";
    bool goes_on = true;

    while (goes_on) {
        PGresult *result = NULL;
        enum store_result got = scan_some(store, statement, &at, &result);

        if (got != STORE_OK)
            return got;
        goes_on = visit_rows(result, &at, visit, context) && PQntuples(result) == SCAN_ROWS;
        PQclear(result);
        statement = "scan_on";
    }
    return STORE_OK;
}

static enum store_result read_some(struct postgres_store *store, uint16_t of, uint64_t from,
                                   uint64_t count, PGresult **result)
{
    struct postgres_parameters parameters = {0};
    uint8_t node[2];
    uint8_t start[8];
    uint8_t limit[8];

    bytes_put_u16(node, of);
    bytes_put_u64(start, from);
    bytes_put_u64(limit, count);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(start, sizeof start));
    postgres_parameter_add(&parameters, bytes_over(limit, sizeof limit));
    return ask(store, "read", &parameters, result);
}

/* *next is the number after the last one visited. False: the visitor has seen enough. */
static bool visit_records(PGresult *result, uint64_t *next, store_record_visit *visit,
                          void *context)
{
    for (int i = 0; i < PQntuples(result); i++) {
        uint64_t sequence = bytes_get_u64((const uint8_t *)PQgetvalue(result, i, 0));

        *next = sequence + 1;
        if (!visit(context, sequence,
                   bytes_over(PQgetvalue(result, i, 1), (size_t)PQgetlength(result, i, 1))))
            return false;
    }
    return true;
}

/* Few at first: often one record is all that is wanted. */
static enum store_result store_read_of(void *self, uint16_t node, uint64_t from_sequence,
                                       store_record_visit *visit, void *context)
{
    struct postgres_store *store = self;
    uint64_t count = READ_FIRST;
    bool goes_on = true;

    while (goes_on) {
        PGresult *result = NULL;
        enum store_result got = read_some(store, node, from_sequence, count, &result);

        if (got != STORE_OK)
            return got;
        goes_on = visit_records(result, &from_sequence, visit, context) &&
                  (uint64_t)PQntuples(result) == count;
        PQclear(result);
        count = SCAN_ROWS;
    }
    return STORE_OK;
}

static enum store_result store_read(void *self, uint64_t from_sequence, store_record_visit *visit,
                                    void *context)
{
    const struct postgres_store *store = self;

    return store_read_of(self, store->head.node, from_sequence, visit, context);
}

/* ---- cutting ---- */

static enum store_result store_cut(void *self, const struct store_cut *cut, bool *left)
{
    struct postgres_store *store = self;
    struct postgres_parameters parameters = {0};
    PGresult *result = NULL;
    uint8_t node[2];
    uint8_t of[2];
    uint8_t anchor[8];
    uint8_t count[8];

    *left = false;
    bytes_put_u16(node, store->head.node);
    bytes_put_u16(of, cut->node);
    bytes_put_u64(anchor, cut->to.sequence);
    bytes_put_u64(count, cut->count_max);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(store->fence, sizeof store->fence));
    postgres_parameter_add(&parameters, bytes_over(of, sizeof of));
    postgres_parameter_add(&parameters, bytes_over(anchor, sizeof anchor));
    postgres_parameter_add(&parameters, bytes_over(cut->to.hash, sizeof cut->to.hash));
    postgres_parameter_add(&parameters, bytes_over(count, sizeof count));
    enum store_result got = store->is_lost ? STORE_FATAL : ask(store, "cut", &parameters, &result);
    if (got == STORE_OK)
        *left = PQgetvalue(result, 0, 0)[0] != 0;
    PQclear(result);
    if (got == STORE_OK && cut->node == store->head.node) {
        store->head.anchor = cut->to;
        if (store->head.sequence == 0) {
            store->head.sequence = cut->to.sequence;
            memcpy(store->head.hash, cut->to.hash, sizeof store->head.hash);
        }
    }
    store->is_lost = store->is_lost || got == STORE_FATAL;
    return got;
}

/* ---- the other nodes ---- */

static enum store_result ask_tend(struct postgres_store *store, PGresult **result)
{
    struct postgres_parameters parameters = {0};
    uint8_t node[2];
    uint8_t lease[8];
    uint8_t version[8];

    bytes_put_u16(node, store->head.node);
    bytes_put_u64(lease, store->session.lease_ms);
    bytes_put_u64(version, STORE_POSTGRES_VERSION);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(store->fence, sizeof store->fence));
    postgres_parameter_add(&parameters, bytes_over(lease, sizeof lease));
    postgres_parameter_add(&parameters, bytes_over(version, sizeof version));
    return ask(store, "tend", &parameters, result);
}

static uint64_t number_at(PGresult *result, int tuple, int column)
{
    const uint8_t *at = (const uint8_t *)PQgetvalue(result, tuple, column);

    return PQgetlength(result, tuple, column) == 2 ? bytes_get_u16(at) : bytes_get_u64(at);
}

static void take_node(PGresult *result, int tuple, struct store_node *out)
{
    out->head.node = (uint16_t)number_at(result, tuple, 0);
    out->head.epoch = (uint32_t)number_at(result, tuple, 1);
    out->head.sequence = number_at(result, tuple, 2);
    if (PQgetlength(result, tuple, 3) == (int)sizeof out->head.hash)
        memcpy(out->head.hash, PQgetvalue(result, tuple, 3), sizeof out->head.hash);
    out->silent_ms = (int64_t)number_at(result, tuple, 4);
    out->swept_by = (uint16_t)number_at(result, tuple, 5);
}

/* Whether the sweep took place is not asked: its answer may be lost, and another may have been
 * faster. What the rows say counts. */
static enum store_result sweep(struct postgres_store *store, uint16_t dead)
{
    struct postgres_parameters parameters = {0};
    PGresult *result = NULL;
    uint8_t node[2];
    uint8_t other[2];
    uint8_t table[2];

    bytes_put_u16(node, store->head.node);
    bytes_put_u16(other, dead);
    bytes_put_u16(table, TABLE_PENDING);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(store->fence, sizeof store->fence));
    postgres_parameter_add(&parameters, bytes_over(other, sizeof other));
    postgres_parameter_add(&parameters, bytes_over(table, sizeof table));
    enum store_result swept = ask(store, "sweep", &parameters, &result);
    PQclear(result);
    store->has_swept = true;
    return swept == STORE_RETRY ? STORE_OK : swept; /* a deadlock: at the next turn */
}

static enum store_result store_tend(void *self, struct store_tidings *out)
{
    struct postgres_store *store = self;
    PGresult *result = NULL;
    enum store_result got = store->is_lost ? STORE_FATAL : ask_tend(store, &result);

    *out = (struct store_tidings){0};
    for (int i = 0; got == STORE_OK && i < PQntuples(result); i++) {
        if (out->node_count < STORE_NODES_MAX)
            take_node(result, i, &out->nodes[out->node_count++]);
        if (PQgetvalue(result, i, 6)[0] != 0)
            got = sweep(store, (uint16_t)number_at(result, i, 0));
    }
    PQclear(result);
    if (got == STORE_OK) {
        out->has_swept = store->has_swept;
        store->has_swept = false;
    }
    store->is_lost = store->is_lost || got == STORE_FATAL;
    if (got == STORE_OK && postgres_hold_keep(&store->session) != OK)
        return STORE_OK; /* the connection is lost: what comes next mends it */
    return got;
}

/* A lease of nothing has ended: at their next look the others sweep. A node that opens again first
 * finds what it left. */
static void store_leave(void *self)
{
    struct postgres_store *store = self;
    struct postgres_parameters parameters = {0};
    PGresult *result = NULL;
    char sqlstate[6];
    uint8_t node[2];

    if (store->is_lost)
        return;
    bytes_put_u16(node, store->head.node);
    postgres_parameter_add(&parameters, bytes_over(node, sizeof node));
    postgres_parameter_add(&parameters, bytes_over(store->fence, sizeof store->fence));
    if (postgres_link_query(&store->session.link, "leave", &parameters, &result, sqlstate) == OK)
        PQclear(result);
    store->is_lost = true; /* nothing is written any more */
}

static enum store_result stay_alive(void *context)
{
    struct postgres_store *store = context;
    PGresult *result = NULL;

    if (store->head.node == 0)
        return STORE_OK;
    enum store_result got = ask_tend(store, &result);
    PQclear(result);
    return got == STORE_RETRY ? STORE_OK : got;
}

static enum store_result store_survey_all(void *self, const struct store_survey *survey)
{
    struct postgres_store *store = self;
    enum store_result result = postgres_survey(&store->session, survey, stay_alive, store);

    store->is_lost = store->is_lost || result == STORE_FATAL;
    return result;
}

static void store_close(void *self)
{
    struct postgres_store *store = self;

    postgres_session_close(&store->session);
    for (size_t i = 0; i < BATCH_ARRAYS; i++)
        postgres_array_free(&store->arrays[i]);
    postgres_array_free(&store->load_tables);
    postgres_array_free(&store->load_keys);
    free(store->known);
    free(store);
}

enum err store_postgres_open(const struct store_postgres_options *options, struct store *out,
                             struct text *error)
{
    struct postgres_store *store = calloc(1, sizeof *store);

    if (store == NULL)
        return ERR_FULL;
    store->round = 1;
    store->known = calloc(KNOWN_SLOTS, sizeof *store->known);
    enum err err =
        store->known == NULL ? ERR_FULL : postgres_session_open(options, &store->session, error);
    if (err != OK) {
        store_close(store);
        return err;
    }
    store->head = store->session.head;
    bytes_put_u64(store->fence, store->session.fence);
    *out = (struct store){
        .self = store,
        .head = store_head,
        .load = store_load,
        .commit = store_commit,
        .scan = store_scan,
        .read = store_read,
        .read_of = store_read_of,
        .cut = options->node != 0 ? store_cut : NULL,
        .tend = options->node != 0 ? store_tend : NULL,
        .leave = options->node != 0 ? store_leave : NULL,
        .survey = store_survey_all,
        .close = store_close,
    };
    return OK;
}

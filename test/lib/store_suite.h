/*
 * What every store driver must do (books/store.h), as tests that run on each. A driver's *_test.c
 * defines suite_open (a new process opens what is there; an earlier store was closed or is gone)
 * and lists SUITE_TESTS. Included once, after cmocka.h.
 *
 * Batches are made of real journal records, so that after any accident the rows can be compared
 * with what the journal says they became.
 */
#ifndef TEST_LIB_STORE_SUITE_H
#define TEST_LIB_STORE_SUITE_H

#include "base/prng.h"
#include "books/journal.h"
#include "books/store.h"

#include <stdlib.h>
#include <string.h>

#define SUITE_NODE 4
#define SUITE_KEYS 120   /* account numbers in use */
#define SUITE_CHANGES 12 /* at most, of one record */
#define SUITE_RECORDS 24 /* at most, of one batch */

struct suite_row {
    bool exists;
    size_t len;
    uint8_t value[ROW_VALUE_LEN_MAX];
};

/* What the rows must be. */
struct suite_model {
    uint64_t sequence;
    struct suite_row rows[SUITE_KEYS];
};

struct suite_batch {
    struct store_batch batch;
    struct store_change changes[SUITE_KEYS];
    struct store_record records[SUITE_RECORDS];
    uint8_t bytes[SUITE_RECORDS][JOURNAL_RECORD_LEN_MAX];
    uint8_t hash[32];
    struct suite_model after;
};

static struct store suite_store;
static struct suite_model suite_model;
static struct suite_batch suite_batch;
static struct journal_record suite_record;

static void suite_open(void); /* defined by the driver's test */

static void suite_reopen(void)
{
    suite_store.close(suite_store.self);
    suite_open();
}

static struct row_key suite_key(uint64_t i)
{
    return row_key_number(TABLE_ACCOUNT, i);
}

/* ---- batches ---- */

static void suite_random_row(struct prng *prng, struct suite_row *row)
{
    row->exists = !prng_chance(prng, 250);
    row->len = row->exists ? 1 + (size_t)prng_below(prng, ROW_VALUE_LEN_MAX) : 0;
    prng_fill(prng, row->value, row->len);
}

static void suite_add_record(struct prng *prng, struct suite_model *after)
{
    struct suite_batch *out = &suite_batch;
    size_t count = (size_t)prng_below(prng, SUITE_CHANGES + 1);
    size_t len = 0;

    memset(&suite_record, 0, sizeof suite_record);
    suite_record.node = SUITE_NODE;
    suite_record.sequence = ++after->sequence;
    suite_record.what = WHAT_CONFIGURED;
    for (size_t i = 0; i < count; i++) {
        /* Spread so that no record names a key twice. */
        size_t at =
            i * (SUITE_KEYS / SUITE_CHANGES) + (size_t)prng_below(prng, SUITE_KEYS / SUITE_CHANGES);
        struct suite_row *row = &after->rows[at];
        suite_random_row(prng, row);
        suite_record.changes[suite_record.change_count++] =
            (struct journal_change){.key = suite_key(at),
                                    .is_removal = !row->exists,
                                    .value = bytes_over(row->value, row->len)};
    }
    uint8_t *bytes = out->bytes[out->batch.record_count];
    assert_int_equal(journal_encode(&suite_record, bytes, JOURNAL_RECORD_LEN_MAX, &len), OK);
    out->records[out->batch.record_count++] =
        (struct store_record){.sequence = suite_record.sequence, .bytes = bytes_over(bytes, len)};
}

static bool suite_row_equal(const struct suite_row *a, const struct suite_row *b)
{
    return a->exists == b->exists && a->len == b->len && memcmp(a->value, b->value, a->len) == 0;
}

/* Makes suite_batch: what follows suite_model, with the rows as they are at its end. */
static void suite_make(struct prng *prng, size_t record_count)
{
    struct suite_batch *out = &suite_batch;

    out->after = suite_model;
    out->batch = (struct store_batch){
        .changes = out->changes, .records = out->records, .head_hash = out->hash};
    for (size_t i = 0; i < record_count; i++)
        suite_add_record(prng, &out->after);
    for (size_t i = 0; i < SUITE_KEYS; i++) {
        const struct suite_row *row = &out->after.rows[i];
        if (suite_row_equal(row, &suite_model.rows[i]))
            continue;
        out->changes[out->batch.change_count++] =
            (struct store_change){.key = suite_key(i),
                                  .is_removal = !row->exists,
                                  .value = bytes_over(row->value, row->len)};
    }
    prng_fill(prng, out->hash, sizeof out->hash);
}

static enum store_result suite_commit(struct prng *prng)
{
    suite_make(prng, 1 + (size_t)prng_below(prng, SUITE_RECORDS));
    enum store_result result = suite_store.commit(suite_store.self, &suite_batch.batch);
    if (result == STORE_OK)
        suite_model = suite_batch.after;
    return result;
}

/* ---- looking ---- */

static struct store_row suite_load(struct row_key key)
{
    struct store_row row = {.key = key, .found = true, .len = 77};
    struct store_row *rows[] = {&row};

    assert_int_equal(suite_store.load(suite_store.self, rows, 1), STORE_OK);
    return row;
}

static void suite_check_row(size_t i)
{
    const struct suite_row *row = &suite_model.rows[i];
    struct store_row loaded = suite_load(suite_key(i));

    assert_int_equal(loaded.found, row->exists);
    assert_int_equal(loaded.len, row->len);
    assert_memory_equal(loaded.value, row->value, row->len);
}

struct suite_scan {
    size_t next;
    size_t count;
    size_t stop_after;
};

static bool suite_visit_row(void *context, const struct row_key *key, struct bytes value)
{
    struct suite_scan *scan = context;

    while (scan->next < SUITE_KEYS && !suite_model.rows[scan->next].exists)
        scan->next++;
    assert_true(scan->next < SUITE_KEYS);
    struct row_key expected = suite_key(scan->next);
    assert_true(row_key_equal(key, &expected));
    assert_int_equal(value.len, suite_model.rows[scan->next].len);
    assert_memory_equal(value.at, suite_model.rows[scan->next].value, value.len);
    scan->next++;
    return ++scan->count != scan->stop_after;
}

static void suite_check_scan(void)
{
    struct suite_scan scan = {0};
    struct row_key from = row_key_of(TABLE_ACCOUNT, NULL, 0);

    assert_int_equal(suite_store.scan(suite_store.self, &from, suite_visit_row, &scan), STORE_OK);
    while (scan.next < SUITE_KEYS && !suite_model.rows[scan.next].exists)
        scan.next++;
    assert_int_equal(scan.next, SUITE_KEYS);
}

/* Rebuilds the model from the journal alone. */
static bool suite_apply_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct suite_model *model = context;

    assert_int_equal(sequence, model->sequence + 1);
    assert_int_equal(journal_decode(bytes, &suite_record), OK);
    assert_int_equal(suite_record.sequence, sequence);
    model->sequence = sequence;
    for (size_t i = 0; i < suite_record.change_count; i++) {
        const struct journal_change *change = &suite_record.changes[i];
        struct suite_row *row = &model->rows[bytes_get_u64(change->key.at)];
        row->exists = !change->is_removal;
        row->len = change->value.len;
        memcpy(row->value, change->value.at, change->value.len);
    }
    return true;
}

/* The journal is whole, and every row is what the journal says that it became. */
static void suite_check_all(void)
{
    static struct suite_model rebuilt;
    struct store_head head;

    memset(&rebuilt, 0, sizeof rebuilt);
    assert_int_equal(suite_store.read(suite_store.self, 1, suite_apply_record, &rebuilt), STORE_OK);
    suite_store.head(suite_store.self, &head);
    assert_int_equal(head.sequence, rebuilt.sequence);
    suite_model = rebuilt;
    for (size_t i = 0; i < SUITE_KEYS; i++)
        suite_check_row(i);
    suite_check_scan();
}

/* ---- tests ---- */

static void test_suite_an_empty_store(void **state)
{
    (void)state;
    struct store_head head;
    static const uint8_t zeros[32];

    suite_store.head(suite_store.self, &head);
    assert_int_equal(head.node, SUITE_NODE);
    assert_int_equal(head.epoch, 1);
    assert_int_equal(head.sequence, 0);
    assert_memory_equal(head.hash, zeros, sizeof zeros);
    suite_check_all();
}

static void test_suite_what_is_committed_is_seen_and_stays(void **state)
{
    (void)state;
    struct prng prng;
    struct store_head head;

    prng_seed(&prng, 1);
    assert_int_equal(suite_commit(&prng), STORE_OK);
    uint64_t sequence = suite_model.sequence;
    for (uint32_t epoch = 1; epoch <= 3; epoch++) {
        suite_check_all();
        suite_store.head(suite_store.self, &head);
        assert_int_equal(head.epoch, epoch);
        assert_int_equal(head.sequence, sequence);
        assert_memory_equal(head.hash, suite_batch.hash, sizeof head.hash);
        suite_reopen();
    }
}

static void test_suite_many_batches_and_reopenings(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 2);
    for (int turn = 0; turn < 100; turn++) {
        assert_int_equal(suite_commit(&prng), STORE_OK);
        suite_check_row((size_t)prng_below(&prng, SUITE_KEYS));
        if (prng_chance(&prng, 100))
            suite_check_scan();
        if (prng_chance(&prng, 50))
            suite_reopen();
    }
    suite_check_all();
    suite_reopen();
    suite_check_all();
}

static void test_suite_scans_start_and_stop_where_asked(void **state)
{
    (void)state;
    struct prng prng;
    struct row_key from = suite_key(SUITE_KEYS / 2);

    prng_seed(&prng, 3);
    for (int turn = 0; turn < 20; turn++)
        assert_int_equal(suite_commit(&prng), STORE_OK);
    for (size_t stop = 0; stop < 10; stop++) {
        struct suite_scan scan = {.next = SUITE_KEYS / 2, .stop_after = stop};
        assert_int_equal(suite_store.scan(suite_store.self, &from, suite_visit_row, &scan),
                         STORE_OK);
        assert_true(stop == 0 ? scan.count >= 10 : scan.count == stop);
    }
}

static bool suite_any_row(void *context, const struct row_key *key, struct bytes value)
{
    size_t *count = context;

    (void)value;
    assert_int_equal(key->table, TABLE_CARD);
    *count += 1;
    return true;
}

static void test_suite_a_scan_keeps_to_its_table(void **state)
{
    (void)state;
    struct prng prng;
    const struct row_key keys[] = {
        row_key_of(TABLE_CARD, "\xFF\xFF", 2), row_key_of(TABLE_CARD, "", 0),
        row_key_of(TABLE_ACQUIRER, "\xFF\xFF\xFF", 3), row_key_of(TABLE_PENDING, "", 0)};
    struct row_key from = row_key_of(TABLE_CARD, NULL, 0);
    size_t count = 0;

    prng_seed(&prng, 4);
    suite_make(&prng, 1);
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
        suite_batch.changes[i] = (struct store_change){.key = keys[i], .value = bytes_of_z("row")};
    suite_batch.batch.change_count = ARRAY_COUNT(keys);
    assert_int_equal(suite_store.commit(suite_store.self, &suite_batch.batch), STORE_OK);
    assert_int_equal(suite_store.scan(suite_store.self, &from, suite_any_row, &count), STORE_OK);
    assert_int_equal(count, 2);
}

struct suite_read {
    uint64_t next;
    uint64_t stop_at;
};

static bool suite_visit_record(void *context, uint64_t sequence, struct bytes record)
{
    struct suite_read *read = context;

    assert_int_equal(sequence, read->next++);
    assert_true(record.len > 0);
    return sequence != read->stop_at;
}

static void test_suite_reads_start_and_stop_where_asked(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 5);
    while (suite_model.sequence < 30)
        assert_int_equal(suite_commit(&prng), STORE_OK);
    uint64_t end = suite_model.sequence;
    for (uint64_t from = 1; from <= end + 1; from++) {
        struct suite_read read = {.next = from};
        assert_int_equal(suite_store.read(suite_store.self, from, suite_visit_record, &read),
                         STORE_OK);
        assert_int_equal(read.next, end + 1);
    }
    struct suite_read read = {.next = 7, .stop_at = 9};
    assert_int_equal(suite_store.read(suite_store.self, 7, suite_visit_record, &read), STORE_OK);
    assert_int_equal(read.next, 10);
}

static void test_suite_removing_what_is_not_there_is_no_failure(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 6);
    suite_make(&prng, 1);
    suite_batch.changes[0] = (struct store_change){.key = suite_key(5000), .is_removal = true};
    suite_batch.batch.change_count = 1;
    assert_int_equal(suite_store.commit(suite_store.self, &suite_batch.batch), STORE_OK);
    assert_false(suite_load(suite_key(5000)).found);
    suite_reopen();
    assert_false(suite_load(suite_key(5000)).found);
}

static void test_suite_the_largest_batch(void **state)
{
    (void)state;
    enum { CHANGES = BATCH_EVENTS_MAX * NEEDS_MAX };
    static struct store_change changes[CHANGES];
    static struct store_record records[BATCH_EVENTS_MAX];
    static uint8_t value[ROW_VALUE_LEN_MAX];
    static uint8_t bytes[JOURNAL_RECORD_LEN_MAX];
    struct prng prng;
    struct store_batch batch = {changes, CHANGES, records, BATCH_EVENTS_MAX, suite_batch.hash};
    size_t len = 0;

    prng_seed(&prng, 7);
    prng_fill(&prng, value, sizeof value);
    memset(&suite_record, 0, sizeof suite_record);
    suite_record.change_count = NEEDS_MAX;
    for (size_t i = 0; i < NEEDS_MAX; i++)
        suite_record.changes[i] =
            (struct journal_change){.key = suite_key(i), .value = bytes_over(value, sizeof value)};
    for (size_t i = 0; i < CHANGES; i++)
        changes[i] = (struct store_change){.key = suite_key(i * 7919 % CHANGES),
                                           .value = bytes_over(value, sizeof value)};
    for (size_t turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < BATCH_EVENTS_MAX; i++)
            records[i].sequence = turn * BATCH_EVENTS_MAX + i + 1;
        suite_record.sequence = 0; /* one record for all: only its length matters here */
        assert_int_equal(journal_encode(&suite_record, bytes, sizeof bytes, &len), OK);
        for (size_t i = 0; i < BATCH_EVENTS_MAX; i++)
            records[i].bytes = bytes_over(bytes, len);
        assert_int_equal(suite_store.commit(suite_store.self, &batch), STORE_OK);
    }
    suite_reopen();
    for (size_t i = 0; i < CHANGES; i += 100)
        assert_memory_equal(suite_load(suite_key(i)).value, value, sizeof value);
}

static void test_suite_many_rows_in_one_load(void **state)
{
    (void)state;
    static struct store_row rows[SUITE_KEYS];
    static struct store_row *list[SUITE_KEYS];
    struct prng prng;

    prng_seed(&prng, 8);
    for (int turn = 0; turn < 10; turn++)
        assert_int_equal(suite_commit(&prng), STORE_OK);
    suite_reopen();
    for (size_t i = 0; i < SUITE_KEYS; i++) {
        rows[i].key = suite_key((i * 77) % SUITE_KEYS);
        list[i] = &rows[i];
    }
    assert_int_equal(suite_store.load(suite_store.self, list, SUITE_KEYS), STORE_OK);
    for (size_t i = 0; i < SUITE_KEYS; i++) {
        const struct suite_row *row = &suite_model.rows[(i * 77) % SUITE_KEYS];
        assert_int_equal(rows[i].found, row->exists);
        assert_int_equal(rows[i].len, row->len);
        assert_memory_equal(rows[i].value, row->value, row->len);
    }
}

static void test_suite_a_gap_in_the_numbers_is_fatal(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 9);
    assert_int_equal(suite_commit(&prng), STORE_OK);
    suite_make(&prng, 2);
    suite_batch.records[1].sequence++;
    assert_int_equal(suite_store.commit(suite_store.self, &suite_batch.batch), STORE_FATAL);
    suite_make(&prng, 1);
    assert_int_not_equal(suite_store.commit(suite_store.self, &suite_batch.batch), STORE_OK);
    suite_reopen();
    suite_check_all();
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

/* ---- cutting ---- */

static bool suite_count_record(void *context, uint64_t sequence, struct bytes record)
{
    struct suite_read *read = context;

    (void)record;
    if (read->next == 0)
        read->next = sequence;
    assert_int_equal(sequence, read->next++);
    read->stop_at++;
    return true;
}

/* The journal is what lies after the anchor, for every way of asking. */
static void suite_check_cut(const struct store_anchor *anchor)
{
    struct store_survey survey = {.record = suite_count_record};
    struct suite_read read = {0};
    struct store_head head;

    suite_store.head(suite_store.self, &head);
    assert_int_equal(head.sequence, suite_model.sequence);
    assert_int_equal(head.anchor.sequence, anchor->sequence);
    assert_memory_equal(head.anchor.hash, anchor->hash, sizeof anchor->hash);
    for (uint64_t from = 0; from <= anchor->sequence + 1; from += anchor->sequence + 1) {
        read = (struct suite_read){0};
        assert_int_equal(suite_store.read(suite_store.self, from, suite_count_record, &read),
                         STORE_OK);
        assert_int_equal(read.stop_at, head.sequence - anchor->sequence);
        assert_true(read.stop_at == 0 || read.next == head.sequence + 1);
    }
    read = (struct suite_read){0};
    survey.context = &read;
    assert_int_equal(store_survey(&suite_store, &survey), STORE_OK);
    assert_int_equal(read.stop_at, head.sequence - anchor->sequence);
    for (size_t i = 0; i < SUITE_KEYS; i++)
        suite_check_row(i);
}

static void test_suite_a_journal_begins_after_its_anchor(void **state)
{
    (void)state;
    struct store_cut cut = {.node = SUITE_NODE, .count_max = 7};
    struct prng prng;
    bool left = true;

    prng_seed(&prng, 10);
    while (suite_model.sequence < 60)
        assert_int_equal(suite_commit(&prng), STORE_OK);
    cut.to.sequence = suite_model.sequence;
    assert_int_equal(suite_store.cut(suite_store.self, &cut, &left), STORE_RETRY);
    cut.to.sequence = 50;
    prng_fill(&prng, cut.to.hash, sizeof cut.to.hash);
    /* The anchor moves at once; of what lies behind it some goes with each call. */
    for (int turn = 0; left || turn == 0; turn++) {
        assert_in_range(turn, 0, 8);
        assert_int_equal(suite_store.cut(suite_store.self, &cut, &left), STORE_OK);
        suite_check_cut(&cut.to);
        if (turn % 3 == 1)
            suite_reopen();
        assert_int_equal(suite_commit(&prng), STORE_OK);
    }
    struct store_cut back = {.node = SUITE_NODE, .to.sequence = 49, .count_max = 7};
    assert_int_equal(suite_store.cut(suite_store.self, &back, &left), STORE_RETRY);
    suite_reopen();
    suite_check_cut(&cut.to);
    assert_int_equal(suite_commit(&prng), STORE_OK);
}

static void test_suite_a_copy_begins_at_an_anchor(void **state)
{
    (void)state;
    struct store_cut cut = {.node = SUITE_NODE, .to.sequence = 1000, .count_max = 7};
    struct prng prng;
    struct store_head head;
    bool left = true;

    prng_seed(&prng, 11);
    prng_fill(&prng, cut.to.hash, sizeof cut.to.hash);
    assert_int_equal(suite_store.cut(suite_store.self, &cut, &left), STORE_OK);
    assert_false(left);
    suite_model.sequence = 1000;
    for (int turn = 0; turn < 3; turn++) {
        suite_store.head(suite_store.self, &head);
        if (turn == 0)
            assert_memory_equal(head.hash, cut.to.hash, sizeof head.hash);
        suite_check_cut(&cut.to);
        suite_reopen();
        suite_check_cut(&cut.to);
        assert_int_equal(suite_commit(&prng), STORE_OK);
    }
}

#define SUITE_TEST(name, set_up, tear_down) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SUITE_TESTS(set_up, tear_down)                                                             \
    SUITE_TEST(test_suite_an_empty_store, set_up, tear_down),                                      \
        SUITE_TEST(test_suite_what_is_committed_is_seen_and_stays, set_up, tear_down),             \
        SUITE_TEST(test_suite_many_batches_and_reopenings, set_up, tear_down),                     \
        SUITE_TEST(test_suite_scans_start_and_stop_where_asked, set_up, tear_down),                \
        SUITE_TEST(test_suite_a_scan_keeps_to_its_table, set_up, tear_down),                       \
        SUITE_TEST(test_suite_reads_start_and_stop_where_asked, set_up, tear_down),                \
        SUITE_TEST(test_suite_removing_what_is_not_there_is_no_failure, set_up, tear_down),        \
        SUITE_TEST(test_suite_the_largest_batch, set_up, tear_down),                               \
        SUITE_TEST(test_suite_many_rows_in_one_load, set_up, tear_down),                           \
        SUITE_TEST(test_suite_a_gap_in_the_numbers_is_fatal, set_up, tear_down),                   \
        SUITE_TEST(test_suite_a_journal_begins_after_its_anchor, set_up, tear_down),               \
        SUITE_TEST(test_suite_a_copy_begins_at_an_anchor, set_up, tear_down)

#endif

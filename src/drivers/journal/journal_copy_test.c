/* A journal on its way into a backup and back: chain, files, reading beside the owner, writing into
 * a new store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/journal/journal_apply.h"
#include "drivers/journal/journal_file.h"
#include "drivers/sqlite/sqlite_journal.h"
#include "drivers/sqlite/store_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NODE 3
#define EPOCH 7
#define RECORDS 5
#define ROWS 4

static char folder[128];
static char path[160];
static char words[512];
static struct journal_chain made;
static struct journal_record record;
static uint8_t record_bytes[JOURNAL_RECORD_LEN_MAX];

static struct text words_start(void)
{
    return text_over(words, sizeof words);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/journal-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/part", folder);
    memset(&made, 0, sizeof made);
    return 0;
}

static void remove_file(const char *name)
{
    char file[200];

    snprintf(file, sizeof file, "%s/%s", folder, name);
    unlink(file);
}

static int tear_down(void **state)
{
    static const char *const names[] = {"part", "copy",      "a.db",     "a.db-wal", "a.db-shm",
                                        "b.db", "a.db.lock", "b.db-wal", "b.db-shm", "b.db.lock"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        remove_file(names[i]);
    return rmdir(folder);
}

/* The next record: row (sequence % ROWS) becomes its number, or goes with every fifth. */
static struct bytes next_record(void)
{
    size_t len = 0;
    uint8_t value[8];

    memset(&record, 0, sizeof record);
    record.node = NODE;
    record.epoch = EPOCH;
    record.sequence = made.sequence + 1;
    memcpy(record.previous, made.hash, sizeof record.previous);
    record.what = WHAT_CONFIGURED;
    bytes_put_u64(value, record.sequence);
    record.change_count = 1;
    record.changes[0] = (struct journal_change){
        .key = row_key_number(TABLE_ACCOUNT, record.sequence % ROWS),
        .is_removal = record.sequence % 5 == 0,
        .value = bytes_over(value, record.sequence % 5 == 0 ? 0 : sizeof value)};
    assert_int_equal(journal_encode(&record, record_bytes, sizeof record_bytes, &len), OK);
    made.sequence++;
    assert_int_equal(journal_hash(bytes_over(record_bytes, len), made.hash), OK);
    return bytes_over(record_bytes, len);
}

static struct journal_file_sum write_part(size_t count)
{
    struct text why = words_start();
    struct journal_file_writer *writer = NULL;
    struct journal_file_sum sum;
    struct journal_record decoded;

    assert_int_equal(journal_file_make(path, &made, &writer, &why), OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(journal_file_add(writer, next_record(), &decoded), OK);
    assert_memory_equal(journal_file_chain(writer), &made, sizeof made);
    assert_int_equal(journal_file_end(writer, &sum), OK);
    return sum;
}

static bool count_record(void *context, struct bytes bytes, const struct journal_record *one)
{
    size_t *left = context;

    assert_true(bytes.len > 0);
    assert_int_equal(one->epoch, EPOCH);
    *left -= 1;
    return *left > 0;
}

static enum err read_part(const char *from, struct journal_file_sum sum,
                          struct journal_chain *chain, size_t *left)
{
    struct text why = words_start();
    struct journal_file_source source = {.path = from, .sum = sum};

    return journal_file_read(&source, chain, count_record, left, &why);
}

/* ---- files ---- */

static void test_a_part_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct journal_file_sum sum = write_part(RECORDS);
    struct journal_chain chain = {0};
    size_t left = RECORDS + 1;

    assert_int_equal(read_part(path, sum, &chain, &left), OK);
    assert_int_equal(left, 1);
    assert_memory_equal(&chain, &made, sizeof made);
}

static void test_reading_ends_where_the_reader_says(void **state)
{
    (void)state;
    struct journal_file_sum sum = write_part(RECORDS);
    struct journal_chain chain = {0};
    size_t left = 4;

    assert_int_equal(read_part(path, sum, &chain, &left), OK);
    assert_int_equal(chain.sequence, 3); /* the fourth was not taken */
}

static void test_a_part_continues_the_one_before_it_only(void **state)
{
    (void)state;
    (void)write_part(3);
    struct journal_chain before = made;
    struct journal_file_sum sum = write_part(4);
    struct journal_chain chain = {0};
    size_t left = RECORDS;

    assert_int_equal(read_part(path, sum, &chain, &left), ERR_CORRUPT);
    assert_non_null(strstr(words, "does not continue"));
    struct text why = words_start();
    assert_int_equal(journal_file_start(path, &chain, &why), OK);
    assert_memory_equal(&chain, &before, sizeof before);
    assert_int_equal(read_part(path, sum, &chain, &left), OK);
    assert_int_equal(chain.sequence, 7);
}

static void test_a_record_that_does_not_follow_is_not_written(void **state)
{
    (void)state;
    struct journal_record decoded;
    struct journal_file_writer *writer = NULL;
    struct text why = words_start();
    struct journal_chain start = made;

    (void)next_record();
    assert_int_equal(journal_file_make(path, &start, &writer, &why), OK);
    assert_int_equal(journal_file_add(writer, next_record(), &decoded), ERR_CORRUPT);
    assert_int_equal(journal_file_add(writer, bytes_over("x", 1), &decoded), ERR_CORRUPT);
    journal_file_abandon(writer);
}

static uint8_t *read_whole(size_t *len)
{
    FILE *file = fopen(path, "r");
    uint8_t *at = malloc(1 << 16);

    assert_non_null(file);
    assert_non_null(at);
    *len = fread(at, 1, 1 << 16, file);
    fclose(file);
    return at;
}

static void write_copy(const char *copy, const uint8_t *at, size_t len)
{
    FILE *file = fopen(copy, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(at, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void test_a_part_that_was_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    struct journal_file_sum sum = write_part(RECORDS);
    char copy[200];
    size_t len = 0;
    uint8_t *at = read_whole(&len);

    snprintf(copy, sizeof copy, "%s/copy", folder);
    for (size_t cut = 0; cut < len; cut++) {
        struct journal_chain chain = {0};
        size_t left = RECORDS + 1;
        write_copy(copy, at, cut);
        assert_int_not_equal(read_part(copy, sum, &chain, &left), OK);
        assert_non_null(strstr(words, copy));
        assert_int_equal(left, RECORDS + 1); /* nothing of it was used */
    }
    free(at);
}

static void test_every_damaged_byte_is_noticed_and_the_record_named(void **state)
{
    (void)state;
    struct journal_file_sum sum = write_part(RECORDS);
    char copy[200];
    size_t len = 0;
    size_t named = 0;
    uint8_t *at = read_whole(&len);

    snprintf(copy, sizeof copy, "%s/copy", folder);
    for (size_t i = 0; i < len; i++) {
        struct journal_chain chain = {0};
        size_t left = RECORDS + 1;
        at[i] ^= 0x10;
        write_copy(copy, at, len);
        assert_int_not_equal(read_part(copy, sum, &chain, &left), OK);
        assert_int_equal(left, RECORDS + 1);
        named += strstr(words, ": record ") != NULL;
        at[i] ^= 0x10;
    }
    assert_true(named > len / 2);
    free(at);
}

/* ---- stores ---- */

static struct store open_store(const char *name)
{
    struct text why = words_start();
    struct store store;
    char file[200];

    snprintf(file, sizeof file, "%s/%s", folder, name);
    assert_int_equal(store_sqlite_open(file, NODE, NULL, &store, &why), OK);
    return store;
}

static void apply_records(struct store *store, size_t count)
{
    struct journal_apply *apply = NULL;
    struct journal_chain chain = made;
    struct journal_record decoded;

    assert_int_equal(journal_apply_open(store, &apply), OK);
    for (size_t i = 0; i < count; i++) {
        struct bytes bytes = next_record();
        assert_int_equal(journal_chain_follow(&chain, bytes, &decoded), OK);
        assert_int_equal(journal_apply_add(apply, bytes, &decoded), OK);
    }
    assert_int_equal(journal_apply_commit(apply), OK);
    journal_apply_close(apply);
}

static void check_rows(struct store *store)
{
    for (uint64_t number = 0; number < ROWS; number++) {
        struct store_row row = {.key = row_key_number(TABLE_ACCOUNT, number)};
        struct store_row *rows[] = {&row};
        uint64_t last = made.sequence;
        while (last % ROWS != number)
            last--;
        assert_int_equal(store->load(store->self, rows, 1), STORE_OK);
        assert_int_equal(row.found, last % 5 != 0);
        assert_true(!row.found || bytes_get_u64(row.value) == last);
    }
}

/* More than fits into one commit, each row many times. */
static void test_a_journal_makes_a_store(void **state)
{
    (void)state;
    struct store store = open_store("a.db");
    struct store_head head;

    apply_records(&store, 5000);
    check_rows(&store);
    store.head(store.self, &head);
    assert_int_equal(head.sequence, 5000);
    assert_memory_equal(head.hash, made.hash, sizeof head.hash);
    store.close(store.self);
    store = open_store("a.db");
    check_rows(&store);
    store.head(store.self, &head);
    assert_true(head.epoch > EPOCH); /* older than none of its records */
    store.close(store.self);
}

struct reading {
    uint64_t next;
    struct journal_chain chain;
};

static bool follow_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct reading *reading = context;

    assert_int_equal(sequence, reading->next++);
    assert_int_equal(journal_chain_follow(&reading->chain, bytes, &record), OK);
    return true;
}

static void test_a_journal_is_read_beside_its_owner(void **state)
{
    (void)state;
    struct store store = open_store("a.db");
    struct sqlite_journal *journal = NULL;
    struct text why = words_start();
    struct reading reading = {.next = 1};
    struct store_head head;
    char file[200];

    apply_records(&store, 10);
    snprintf(file, sizeof file, "%s/a.db", folder);
    assert_int_equal(sqlite_journal_open(file, &journal, &why), OK);
    apply_records(&store, 20); /* while it is open */
    assert_int_equal(sqlite_journal_head(journal, &head, &why), OK);
    assert_int_equal(head.sequence, 30);
    assert_int_equal(head.node, NODE);
    assert_memory_equal(head.hash, made.hash, sizeof head.hash);
    struct sqlite_range range = {.first = 1, .last = 25, .count_max = 12};
    assert_int_equal(sqlite_journal_read(journal, &range, follow_record, &reading), OK);
    assert_int_equal(reading.chain.sequence, 12);
    range.first = 13;
    range.count_max = 100;
    assert_int_equal(sqlite_journal_read(journal, &range, follow_record, &reading), OK);
    assert_int_equal(reading.chain.sequence, 25);
    sqlite_journal_close(journal);
    store.close(store.self);
}

static void test_where_no_store_is_none_is_made(void **state)
{
    (void)state;
    struct sqlite_journal *journal = NULL;
    struct text why = words_start();

    assert_int_equal(sqlite_journal_open(path, &journal, &why), ERR_NOT_FOUND);
    assert_non_null(strstr(words, path));
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_part_is_read_as_it_was_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading_ends_where_the_reader_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_part_continues_the_one_before_it_only, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_record_that_does_not_follow_is_not_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_part_that_was_cut_off_anywhere_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_every_damaged_byte_is_noticed_and_the_record_named,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_journal_makes_a_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_journal_is_read_beside_its_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_where_no_store_is_none_is_made, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("journal_copy", tests, NULL, NULL);
}

/* The disk that forgets, and what a station has of either kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/drive.h"

#include <string.h>

#define LEN 100

static struct platter platter;
static struct prng chance;
static size_t file;

static int set_up(void **state)
{
    (void)state;
    prng_seed(&chance, 1);
    platter_open(&platter);
    return platter_file_open(&platter, "store.db", true, &file) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    platter_close(&platter);
    return 0;
}

static enum err fill(size_t offset, uint8_t with)
{
    uint8_t bytes[LEN];
    memset(bytes, with, sizeof bytes);
    return platter_file_write(&platter, file, offset, bytes_over(bytes, sizeof bytes));
}

/* The byte at an offset; -1 past the end. */
static int byte_at(size_t offset)
{
    uint8_t byte = 0;
    struct platter_piece piece = {.offset = offset, .at = &byte, .len = 1};
    assert_int_equal(platter_file_read(&platter, file, &piece), OK);
    return piece.got == 1 ? byte : -1;
}

static void plan(enum platter_call call, enum platter_accident accident)
{
    struct platter_plan planned = {
        .nth = 1, .mask = 1u << call, .accident = accident, .torn_per_mille = 300};
    platter_plan(&platter, &planned);
}

static void test_a_process_that_dies_loses_nothing_written(void **state)
{
    (void)state;
    assert_int_equal(fill(0, 1), OK);
    platter_kill(&platter);
    assert_int_equal(fill(0, 2), ERR_IO);
    platter_restart(&platter, false, &chance);
    assert_int_equal(byte_at(LEN - 1), 1);
    assert_int_equal(byte_at(LEN), -1);
}

static void test_a_power_cut_keeps_what_was_synced(void **state)
{
    (void)state;
    assert_int_equal(fill(0, 1), OK);
    assert_int_equal(fill(LEN, 1), OK);
    assert_int_equal(platter_file_truncate(&platter, file, LEN + 10), OK);
    assert_int_equal(platter_file_sync(&platter, file), OK);
    for (int i = 0; i < 20; i++) {
        platter_restart(&platter, true, &chance);
        assert_int_equal(platter_file_len(&platter, file), LEN + 10);
        assert_int_equal(byte_at(LEN + 9), 1);
    }
}

/* Of three writes that were not synced every one can stay alone, whole or torn.
 */
static void test_a_power_cut_chooses_among_the_rest(void **state)
{
    (void)state;
    bool seen[8] = {false};
    bool was_torn = false;
    assert_int_equal(fill(0, 1), OK);
    assert_int_equal(fill(LEN, 1), OK);
    assert_int_equal(fill(2 * LEN, 1), OK);
    assert_int_equal(platter_file_sync(&platter, file), OK);
    for (int i = 0; i < 300; i++) {
        for (size_t at = 0; at < 3; at++)
            assert_int_equal(fill(at * LEN, 2), OK);
        platter_restart(&platter, true, &chance);
        unsigned kept = 0;
        for (size_t at = 0; at < 3; at++) {
            int first = byte_at(at * LEN);
            int last = byte_at(at * LEN + LEN - 1);
            was_torn = was_torn || first != last;
            kept |= (unsigned)(last == 2) << at;
        }
        seen[kept] = true;
        for (size_t at = 0; at < 3; at++)
            assert_int_equal(fill(at * LEN, 1), OK);
        assert_int_equal(platter_file_sync(&platter, file), OK);
    }
    for (size_t i = 0; i < 8; i++)
        assert_true(seen[i]);
    assert_true(was_torn);
}

/* No later sync brings back what one has failed over: readers see it until the
 * power goes. */
static void test_a_sync_that_failed_is_not_made_good_by_the_next(void **state)
{
    (void)state;
    size_t lost = 0;
    assert_int_equal(fill(0, 1), OK);
    assert_int_equal(fill(LEN, 1), OK);
    assert_int_equal(platter_file_sync(&platter, file), OK);
    assert_int_equal(fill(0, 2), OK);
    assert_int_equal(fill(LEN, 2), OK);
    plan(PLATTER_SYNC, PLATTER_FAILS);
    assert_int_equal(platter_file_sync(&platter, file), ERR_IO);
    assert_int_equal(platter_file_sync(&platter, file), OK);
    assert_int_equal(byte_at(0), 2);
    assert_int_equal(byte_at(LEN), 2);
    platter_restart(&platter, true, &chance);
    lost = (size_t)(byte_at(0) == 1) + (size_t)(byte_at(LEN) == 1);
    assert_true(lost > 0);
}

static void test_accidents_happen_where_they_are_planned(void **state)
{
    (void)state;
    assert_int_equal(fill(0, 1), OK);
    plan(PLATTER_WRITE, PLATTER_IS_FULL);
    assert_int_equal(platter_file_sync(&platter, file), OK);
    assert_int_equal(fill(0, 2), ERR_DISK_FULL);
    assert_int_equal(fill(0, 3), OK);
    assert_int_equal(platter.accidents, 1);
    plan(PLATTER_WRITE, PLATTER_TEARS);
    assert_int_equal(fill(0, 4), ERR_IO);
    assert_true(platter.is_dead);
    assert_int_equal(platter.died_at, PLACE_PAGES_TORN);
    platter_restart(&platter, false, &chance);
    assert_int_equal(byte_at(29), 4);
    assert_int_equal(byte_at(30), 3);
    plan(PLATTER_WRITE, PLATTER_DIES);
    assert_int_equal(fill(0, 5), ERR_IO);
    platter_restart(&platter, false, &chance);
    assert_int_equal(byte_at(0), 4);
    plan(PLATTER_SYNC, PLATTER_DIES_AFTER);
    assert_int_equal(platter_file_sync(&platter, file), ERR_IO);
    assert_int_equal(platter.died_at, PLACE_PAGES_SYNCED);
    platter_restart(&platter, true, &chance);
    assert_int_equal(byte_at(0), 4);
}

static void test_a_file_is_there_for_sure_once_its_folder_is_synced(void **state)
{
    (void)state;
    size_t log;
    bool was_there[2] = {false};
    assert_int_equal(platter_file_sync(&platter, file), OK);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(platter_file_open(&platter, "store.db-wal", true, &log), OK);
        platter_restart(&platter, true, &chance);
        was_there[platter_file_exists(&platter, "store.db-wal")] = true;
        if (platter_file_exists(&platter, "store.db-wal"))
            assert_int_equal(platter_file_remove(&platter, "store.db-wal", true), OK);
    }
    assert_true(was_there[false] && was_there[true]);
    assert_int_equal(platter_file_open(&platter, "store.db-wal", false, &log), ERR_NOT_FOUND);
    assert_int_equal(platter_file_open(&platter, "store.db-wal", true, &log), OK);
    assert_int_equal(platter_file_sync(&platter, log), OK);
    for (int i = 0; i < 20; i++) {
        platter_restart(&platter, true, &chance);
        assert_true(platter_file_exists(&platter, "store.db-wal"));
    }
}

/* What a process left behind answers nothing, and the next one finds what was
 * committed. */
static void test_a_drive_outlives_its_processes(void **state)
{
    (void)state;
    for (int kind = DRIVE_MEMORY; kind <= DRIVE_SQLITE; kind++) {
        struct drive drive;
        struct store store;
        struct store_head head;
        char room[128];
        struct text why = text_over(room, sizeof room);
        static const uint8_t hash[32] = {7};
        struct store_record record = {.sequence = 1, .bytes = bytes_of_z("a record")};
        struct store_batch batch = {.records = &record, .record_count = 1, .head_hash = hash};

        assert_int_equal(drive_new(&drive, (enum drive_kind)kind, 3), OK);
        assert_int_equal(drive_attach(&drive, &store, &why), OK);
        store.head(store.self, &head);
        assert_int_equal(head.node, 3);
        if (kind == DRIVE_MEMORY) { /* SQLite reads its records when it opens */
            assert_int_equal(store.commit(store.self, &batch), STORE_OK);
            drive_crash(&drive, &chance);
            assert_int_equal(drive_attach(&drive, &store, &why), OK);
            store.head(store.self, &head);
            assert_int_equal(head.sequence, 1);
        } else {
            drive_plan(&drive,
                       &(struct platter_plan){1, 1u << PLATTER_SYNC, PLATTER_FAILS, 0, 0, 0});
            assert_int_equal(store.commit(store.self, &batch), STORE_IN_DOUBT);
            assert_true(drive_is_lost(&drive));
            drive_crash(&drive, &chance);
            assert_false(drive_is_lost(&drive));
            assert_int_equal(store.commit(store.self, &batch), STORE_FATAL);
            assert_int_equal(store.load(store.self, NULL, 0), STORE_FATAL);
        }
        drive_free(&drive);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_process_that_dies_loses_nothing_written),
        TEST(test_a_power_cut_keeps_what_was_synced),
        TEST(test_a_power_cut_chooses_among_the_rest),
        TEST(test_a_sync_that_failed_is_not_made_good_by_the_next),
        TEST(test_accidents_happen_where_they_are_planned),
        TEST(test_a_file_is_there_for_sure_once_its_folder_is_synced),
        TEST(test_a_drive_outlives_its_processes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

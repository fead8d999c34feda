/*
 * Everything that can go wrong with the disk under a SQLite store, one call after the other: a
 * script of 200 transactions runs over a platter, and the nth call of the VFS fails, or is where
 * the process dies, or is torn; for each n, until the script ends without the accident. Then the
 * store is opened again: what was said to be committed is there, what was said not to be is not,
 * and what was in doubt is there whole or not at all.
 *
 * All calls together take a minute, so by default every 24th is tried, in each spell another
 * 24th; SWEEP_STEP=1 in the environment (make sweep) tries all.
 *
 * The script is cut into spells: each opens what the one before left, and an accident ends the
 * spell, not the script. So a call is reached in milliseconds, and openings are swept, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/sqlite/store_sqlite.h"
#include "sim/disk/platter_vfs.h"
#include "test/lib/store_suite.h"

#include <stdio.h>

#define SPELLS 20
#define SPELL_COMMITS 10
#define RECORDS_MAX 3
#define REQUESTS_MAX 300 /* for memory, more than any commit makes */

/* Where the compiler's checks make everything slow, fewer calls stand for all. */
#if defined(__SANITIZE_ADDRESS__)
#define STEP_USUAL 200
#else
#define STEP_USUAL 24
#endif

static struct platter platter;
static struct platter_vfs vfs;
static char words[256];

/* So little of everything that rows are always on their way, and the log is often copied back. */
#define WAL_PAGES 16

static uint32_t wal_pages;

static enum err try_open(void)
{
    struct store_sqlite_options options = {
        .cache_bytes = 20000, .tail_max = 20, .wal_pages = wal_pages, .vfs = vfs.name};
    struct text why = text_over(words, sizeof words);
    return store_sqlite_open(PLATTER_PATH, SUITE_NODE, &options, &suite_store, &why);
}

static void suite_open(void)
{
    enum err err = try_open();
    if (err != OK)
        print_error("%s\n", words);
    assert_int_equal(err, OK);
}

static int set_up(void **state)
{
    (void)state;
    memset(&suite_model, 0, sizeof suite_model);
    wal_pages = WAL_PAGES;
    platter_vfs_seed_sqlite(1);
    platter_open(&platter);
    return platter_vfs_open(&vfs, &platter) == OK ? 0 : -1;
}

static int set_up_open(void **state)
{
    int failed = set_up(state);
    suite_open();
    return failed;
}

static int tear_down(void **state)
{
    (void)state;
    platter_vfs_close(&vfs);
    platter_close(&platter);
    return 0;
}

static int tear_down_open(void **state)
{
    suite_store.close(suite_store.self);
    return tear_down(state);
}

/* ---- a disk as it was ---- */

struct image {
    struct platter_file files[PLATTER_FILES];
};

static struct platter_bytes copy_of(const struct platter_bytes *from)
{
    struct platter_bytes copy = {
        .at = malloc(from->len + 1), .len = from->len, .room = from->len + 1};
    assert_non_null(copy.at);
    if (from->len > 0)
        memcpy(copy.at, from->at, from->len);
    return copy;
}

static void file_copy(const struct platter_file *from, struct platter_file *to)
{
    *to = *from;
    to->now = copy_of(&from->now);
    to->safe = copy_of(&from->safe);
    to->unsafe_bytes = copy_of(&from->unsafe_bytes);
    to->changes = malloc((from->change_count + 1) * sizeof *to->changes);
    assert_non_null(to->changes);
    if (from->change_count > 0)
        memcpy(to->changes, from->changes, from->change_count * sizeof *to->changes);
    to->change_room = from->change_count + 1;
}

static void file_free(struct platter_file *file)
{
    free(file->now.at);
    free(file->safe.at);
    free(file->unsafe_bytes.at);
    free(file->changes);
    *file = (struct platter_file){0};
}

static void image_take(struct image *image)
{
    for (size_t i = 0; i < PLATTER_FILES; i++)
        file_copy(&platter.files[i], &image->files[i]);
}

static void image_put_back(const struct image *image)
{
    for (size_t i = 0; i < PLATTER_FILES; i++) {
        file_free(&platter.files[i]);
        file_copy(&image->files[i], &platter.files[i]);
    }
}

static void image_free(struct image *image)
{
    for (size_t i = 0; i < PLATTER_FILES; i++)
        file_free(&image->files[i]);
}

/* ---- the script ---- */

static enum store_result commit_few(struct prng *prng)
{
    suite_make(prng, 1 + (size_t)prng_below(prng, RECORDS_MAX));
    enum store_result result = suite_store.commit(suite_store.self, &suite_batch.batch);
    if (result == STORE_OK && !platter.is_dead)
        suite_model = suite_batch.after;
    return result;
}

/* What a spell came to. */
struct ending {
    bool was_open;
    bool had_accident;
    enum store_result result; /* of the last commit */
    uint64_t told;            /* the last record of which OK was said */
    uint64_t other;           /* the last record when the last commit counts, too */
};

/* Runs a spell to its end or its accident, and kills the process. */
static struct ending run_spell(uint64_t seed, const struct platter_plan *plan)
{
    struct prng prng;
    struct ending ending = {.told = suite_model.sequence, .other = suite_model.sequence};
    uint64_t before = platter.accidents;

    prng_seed(&prng, seed);
    platter_plan(&platter, plan);
    ending.was_open = try_open() == OK;
    for (int i = 0; ending.was_open && i < SPELL_COMMITS; i++) {
        ending.result = commit_few(&prng);
        ending.told = suite_model.sequence;
        ending.other = suite_batch.after.sequence;
        if (ending.result != STORE_OK || platter.is_dead)
            break;
    }
    ending.had_accident = platter.accidents > before;
    platter_kill(&platter);
    if (ending.was_open)
        suite_store.close(suite_store.self);
    return ending;
}

/* ---- what must hold afterwards ---- */

static size_t seen[STORE_FATAL + 1]; /* results of last commits */

/* Whether the process died under way, or said that it does not know. */
static bool is_in_doubt(const struct ending *ending, enum platter_accident accident)
{
    return ending->was_open && (ending->result == STORE_IN_DOUBT || accident >= PLATTER_DIES);
}

static void check_ending(const struct ending *ending, enum platter_accident accident,
                         bool is_power_cut, struct prng *chance)
{
    uint64_t told = ending->told;

    platter_restart(&platter, is_power_cut, chance);
    suite_open();
    suite_check_all();
    if (suite_model.sequence != told &&
        !(is_in_doubt(ending, accident) && suite_model.sequence == ending->other))
        fail_msg("told %u, in doubt up to %u, found %u", (unsigned)told, (unsigned)ending->other,
                 (unsigned)suite_model.sequence);
    assert_int_equal(commit_few(chance), STORE_OK); /* and it goes on */
    suite_store.close(suite_store.self);
}

static size_t step_wanted(void)
{
    const char *said = getenv("SWEEP_STEP");
    long step = said ? strtol(said, NULL, 10) : STEP_USUAL;
    return step > 0 ? (size_t)step : STEP_USUAL;
}

static void sweep(enum platter_accident accident, unsigned mask, bool always)
{
    static struct image image;
    static struct suite_model model;
    struct prng chance;
    struct platter_plan plan = {.mask = mask, .accident = accident, .always = always};
    size_t step = step_wanted();
    size_t accidents = 0;

    prng_seed(&chance, 40);
    memset(seen, 0, sizeof seen);
    for (uint64_t spell = 0; spell < SPELLS; spell++) {
        struct ending ending = {.had_accident = true};
        image_take(&image);
        model = suite_model;
        for (uint64_t nth = 1 + spell % step; ending.had_accident; nth += step) {
            plan.nth = nth;
            plan.torn_per_mille = (uint32_t)prng_below(&chance, 1000);
            ending = run_spell(spell, &plan);
            seen[ending.result]++;
            accidents += ending.had_accident;
            check_ending(&ending, accident, prng_chance(&chance, 500), &chance);
            image_put_back(&image);
            suite_model = model;
        }
        plan.nth = 0; /* the next spell begins where this one ends well */
        run_spell(spell, &plan);
        platter_restart(&platter, false, &chance);
        image_free(&image);
    }
    print_message("%zu accidents\n", accidents);
    assert_true(accidents >= SPELLS);
    assert_true(suite_model.sequence >= SPELLS * SPELL_COMMITS);
}

static void test_an_error_at_every_call(void **state)
{
    (void)state;
    sweep(PLATTER_FAILS, PLATTER_ANY, false);
    assert_true(seen[STORE_IN_DOUBT] > 0);
}

static void test_a_disk_that_fails_for_good_at_every_change(void **state)
{
    (void)state;
    sweep(PLATTER_FAILS, PLATTER_CHANGES, true);
    assert_true(seen[STORE_IN_DOUBT] > 0);
}

static void test_a_full_disk_at_every_write(void **state)
{
    (void)state;
    sweep(PLATTER_IS_FULL, 1u << PLATTER_WRITE, true);
    assert_true(seen[STORE_FULL] > 0);
    assert_int_equal(seen[STORE_IN_DOUBT], 0);
}

static void test_death_before_every_call(void **state)
{
    (void)state;
    sweep(PLATTER_DIES, PLATTER_CHANGES, false);
}

static void test_death_after_every_call(void **state)
{
    (void)state;
    sweep(PLATTER_DIES_AFTER, PLATTER_CHANGES, false);
}

static void test_death_in_the_middle_of_every_write(void **state)
{
    (void)state;
    sweep(PLATTER_TEARS, 1u << PLATTER_WRITE, false);
}

/* A sync fails, the next opening fails at any of its calls, and the power goes: a failed opening
 * must not have copied back what never reached the disk. */
static void test_an_opening_that_fails_after_a_failed_sync_rests_on_nothing(void **state)
{
    (void)state;
    struct platter_plan failing = {.accident = PLATTER_FAILS};

    for (uint64_t round = 0; round < 300; round++) {
        struct prng prng;
        prng_seed(&prng, round);
        suite_open();
        for (int i = 0; i < 4; i++)
            assert_int_equal(commit_few(&prng), STORE_OK);
        failing.nth = 1;
        failing.mask = 1u << PLATTER_SYNC;
        enum store_result result = STORE_OK;
        while (result == STORE_OK) { /* the sync may be one of copying back */
            platter_plan(&platter, &failing);
            result = commit_few(&prng);
        }
        platter_kill(&platter);
        suite_store.close(suite_store.self);
        platter_restart(&platter, false, &prng);
        failing.nth = 1 + round % 60;
        failing.mask = PLATTER_ANY;
        platter_plan(&platter, &failing);
        bool was_open = try_open() == OK;
        platter_kill(&platter);
        if (was_open)
            suite_store.close(suite_store.self);
        platter_restart(&platter, true, &prng);
        suite_open();
        suite_check_all();
        suite_store.close(suite_store.self);
    }
}

/* A sync fails and the process ends, as it must. The next one finds in the kernel's memory what
 * never reached the disk, and goes on from it: what it commits must not be lost with that when the
 * power goes. */
static void test_commits_after_a_failed_sync_outlive_a_power_cut(void **state)
{
    (void)state;
    static const struct platter_plan failing_sync = {
        .nth = 1, .mask = 1u << PLATTER_SYNC, .accident = PLATTER_FAILS};

    for (uint64_t seed = 0; seed < 20; seed++) {
        struct prng prng;
        prng_seed(&prng, seed);
        suite_open();
        assert_int_equal(commit_few(&prng), STORE_OK);
        platter_plan(&platter, &failing_sync);
        assert_int_equal(commit_few(&prng), STORE_IN_DOUBT);
        platter_kill(&platter);
        suite_store.close(suite_store.self);
        platter_restart(&platter, false, &prng);
        suite_open();
        suite_check_all();
        for (int i = 0; i < 3; i++)
            assert_int_equal(commit_few(&prng), STORE_OK);
        uint64_t told = suite_model.sequence;
        platter_kill(&platter);
        suite_store.close(suite_store.self);
        platter_restart(&platter, true, &prng);
        suite_open();
        suite_check_all();
        assert_int_equal(suite_model.sequence, told);
        suite_store.close(suite_store.self);
    }
}

/* ---- cutting the journal ---- */

#define CUT_AT 40
#define CUT_STEP (step_wanted() / 8 + 1) /* there are some hundred calls in a cut */

static struct store_cut cut_wanted(void)
{
    struct store_cut cut = {.node = SUITE_NODE, .to.sequence = CUT_AT, .count_max = 12};

    memset(cut.to.hash, 0xAB, sizeof cut.to.hash);
    return cut;
}

/* True when it was said that the journal begins after the anchor, by a process that lived on. */
static bool cut_until_accident(void)
{
    struct store_cut cut = cut_wanted();
    bool is_told = false;
    bool left = true;

    while (left && !platter.is_dead) {
        enum store_result result = suite_store.cut(suite_store.self, &cut, &left);
        is_told = is_told || (result == STORE_OK && !platter.is_dead);
        if (result != STORE_OK)
            break;
    }
    return is_told;
}

/* The journal begins at its beginning or after the anchor, whole either way; the cut goes on. */
static void check_cut(bool is_told, struct prng *chance)
{
    struct store_cut cut = cut_wanted();
    struct store_anchor none = {0};
    struct store_head head;
    bool left = true;

    suite_store.head(suite_store.self, &head);
    if (is_told || head.anchor.sequence != 0)
        suite_check_cut(&cut.to);
    else
        suite_check_cut(&none);
    while (left)
        assert_int_equal(suite_store.cut(suite_store.self, &cut, &left), STORE_OK);
    suite_check_cut(&cut.to);
    assert_int_equal(commit_few(chance), STORE_OK);
    suite_check_cut(&cut.to);
}

static bool cut_with_accident(const struct platter_plan *plan, struct prng *chance)
{
    uint64_t before = platter.accidents;
    bool is_told = false;

    platter_plan(&platter, plan);
    bool was_open = try_open() == OK;
    if (was_open)
        is_told = cut_until_accident();
    bool had_accident = platter.accidents > before;
    platter_kill(&platter);
    if (was_open)
        suite_store.close(suite_store.self);
    platter_restart(&platter, prng_chance(chance, 500), chance);
    suite_open();
    check_cut(is_told, chance);
    suite_store.close(suite_store.self);
    return had_accident;
}

static void sweep_cut(enum platter_accident accident, unsigned mask)
{
    static struct image image;
    static struct suite_model model;
    struct platter_plan plan = {.mask = mask, .accident = accident, .torn_per_mille = 500};
    struct prng chance;
    size_t accidents = 0;

    prng_seed(&chance, 43);
    suite_open();
    while (suite_model.sequence < CUT_AT + 10)
        assert_int_equal(commit_few(&chance), STORE_OK);
    suite_store.close(suite_store.self);
    platter_restart(&platter, false, &chance);
    image_take(&image);
    model = suite_model;
    bool had_accident = true;
    for (plan.nth = 1; had_accident; plan.nth += CUT_STEP) {
        had_accident = cut_with_accident(&plan, &chance);
        accidents += had_accident;
        image_put_back(&image);
        suite_model = model;
    }
    print_message("%zu accidents\n", accidents);
    assert_true(accidents > 3);
    image_free(&image);
}

static void test_a_cut_with_an_error_at_every_call(void **state)
{
    (void)state;
    sweep_cut(PLATTER_FAILS, PLATTER_ANY);
}

static void test_a_cut_with_death_at_every_change(void **state)
{
    (void)state;
    sweep_cut(PLATTER_DIES, PLATTER_CHANGES);
}

static void test_a_cut_with_death_after_every_change(void **state)
{
    (void)state;
    sweep_cut(PLATTER_DIES_AFTER, PLATTER_CHANGES);
}

static void test_a_cut_with_death_in_every_write(void **state)
{
    (void)state;
    sweep_cut(PLATTER_TEARS, 1u << PLATTER_WRITE);
}

/* A commit of the cut fails while the log is due to be copied back: that the log could be copied
 * does not make the store one that may be written again. */
static void test_a_cut_in_doubt_is_the_last_that_is_written(void **state)
{
    (void)state;
    struct platter_plan plan = {.mask = 1u << PLATTER_SYNC, .accident = PLATTER_FAILS};
    struct prng chance;
    size_t in_doubt = 0;

    prng_seed(&chance, 44);
    wal_pages = 1;
    for (plan.nth = 1; plan.nth <= 12; plan.nth++) {
        struct store_cut cut = {.node = SUITE_NODE, .to.hash = {0xAB}, .count_max = 1};
        enum store_result result = STORE_OK;
        bool left = true;

        suite_open();
        for (int i = 0; i < 8; i++)
            assert_int_equal(commit_few(&chance), STORE_OK);
        cut.to.sequence = suite_model.sequence - 1;
        platter_plan(&platter, &plan);
        while (left && result == STORE_OK)
            result = suite_store.cut(suite_store.self, &cut, &left);
        in_doubt += result == STORE_IN_DOUBT;
        if (result == STORE_IN_DOUBT)
            assert_int_equal(commit_few(&chance), STORE_FATAL);
        platter_kill(&platter);
        suite_store.close(suite_store.self);
        platter_restart(&platter, false, &chance);
    }
    assert_true(in_doubt > 3);
}

/* ---- files that end too early ---- */

static struct platter_file *file_called(const char *suffix)
{
    char name[PLATTER_NAME_LEN];
    snprintf(name, sizeof name, "%s%s", PLATTER_PATH, suffix);
    for (size_t i = 0; i < PLATTER_FILES; i++)
        if (strcmp(platter.files[i].name, name) == 0)
            return &platter.files[i];
    fail_msg("%s is not there", name);
    return NULL;
}

static void shorten(const char *suffix, size_t len)
{
    struct platter_file *file = file_called(suffix);
    file->now.len = len < file->now.len ? len : file->now.len;
    file->safe.len = len < file->safe.len ? len : file->safe.len;
}

/* The machine stopped while the last commit was written: its log ends at any byte of it. */
static void test_a_log_cut_at_every_byte_of_the_last_commit(void **state)
{
    (void)state;
    static struct image image;
    struct prng prng;

    prng_seed(&prng, 41);
    wal_pages = 1000; /* it grows, and never begins anew */
    suite_open();
    for (int i = 0; i < 4; i++)
        assert_int_equal(commit_few(&prng), STORE_OK);
    size_t begin = file_called("-wal")->now.len;
    uint64_t before = suite_model.sequence;
    suite_make(&prng, 1);
    assert_int_equal(suite_store.commit(suite_store.self, &suite_batch.batch), STORE_OK);
    platter_kill(&platter);
    suite_store.close(suite_store.self);
    platter_restart(&platter, false, &prng);
    size_t end = file_called("-wal")->now.len;
    assert_true(end > begin);
    image_take(&image);
    size_t step = step_wanted() * 2 - 1;
    for (size_t len = begin; len <= end; len = len < end && len + step > end ? end : len + step) {
        shorten("-wal", len);
        suite_open();
        suite_check_all();
        assert_int_equal(suite_model.sequence, before + (len == end));
        platter_kill(&platter);
        suite_store.close(suite_store.self);
        platter_restart(&platter, false, &prng);
        image_put_back(&image);
    }
    image_free(&image);
}

/* Reads everything; false as soon as the store says that something is wrong. */
static bool suite_reads(uint64_t sequence)
{
    static struct suite_model rebuilt;
    struct store_head head;

    memset(&rebuilt, 0, sizeof rebuilt);
    if (suite_store.read(suite_store.self, 1, suite_apply_record, &rebuilt) != STORE_OK)
        return false;
    for (uint64_t i = 0; i < SUITE_KEYS; i++) {
        struct store_row row = {.key = suite_key(i)};
        struct store_row *rows[] = {&row};
        if (suite_store.load(suite_store.self, rows, 1) != STORE_OK)
            return false;
    }
    suite_store.head(suite_store.self, &head);
    assert_int_equal(head.sequence, sequence);
    assert_int_equal(rebuilt.sequence, sequence);
    return true;
}

/* A file that was cut off, in the middle of a record or elsewhere, is damage, and is said to be: it
 * never passes for a younger store. */
static void test_a_file_that_is_cut_off_is_found_out(void **state)
{
    (void)state;
    static struct image image;
    struct prng prng;

    prng_seed(&prng, 42);
    suite_open();
    for (int i = 0; i < 40; i++)
        assert_int_equal(commit_few(&prng), STORE_OK);
    suite_store.close(suite_store.self);
    uint64_t sequence = suite_model.sequence;
    platter_restart(&platter, false, &prng);
    image_take(&image);
    size_t whole = file_called("")->now.len;
    size_t found_out = 0;
    for (size_t len = 512; len < whole; len += 3511) {
        shorten("", len);
        if (try_open() == OK) {
            found_out += !suite_reads(sequence);
            platter_kill(&platter);
            suite_store.close(suite_store.self);
        } else {
            found_out++;
        }
        platter_restart(&platter, false, &prng);
        image_put_back(&image);
    }
    assert_true(found_out > 20);
    image_free(&image);
}

/* ---- no memory ---- */

static sqlite3_mem_methods usual_memory;
static uint64_t memory_fails_at; /* 1: the next; 0: never */

static bool memory_fails(void)
{
    return memory_fails_at > 0 && --memory_fails_at == 0;
}

static void *memory_get(int len)
{
    return memory_fails() ? NULL : usual_memory.xMalloc(len);
}

static void *memory_resize(void *at, int len)
{
    return memory_fails() ? NULL : usual_memory.xRealloc(at, len);
}

static int replace_memory(void **state)
{
    (void)state;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual_memory) != SQLITE_OK)
        return -1;
    sqlite3_mem_methods failing = usual_memory;
    failing.xMalloc = memory_get;
    failing.xRealloc = memory_resize;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK ? 0 : -1;
}

/* SQLite finds no memory at the nth request, for each n: nothing is lost, nothing is half there,
 * and a store that did not say that it is lost goes on. */
static void test_no_memory_at_every_request(void **state)
{
    (void)state;
    struct prng prng;
    size_t step = 3 * step_wanted();

    memset(seen, 0, sizeof seen);
    suite_open();
    for (uint64_t nth = 1; nth < REQUESTS_MAX; nth += step) {
        prng_seed(&prng, nth);
        memory_fails_at = nth;
        enum store_result result = commit_few(&prng);
        uint64_t other = suite_batch.after.sequence;
        memory_fails_at = 0;
        seen[result]++;
        if (result == STORE_RETRY || result == STORE_OK)
            suite_check_row((size_t)prng_below(&prng, SUITE_KEYS));
        uint64_t told = suite_model.sequence;
        suite_reopen();
        suite_check_all();
        if (suite_model.sequence != told && result == STORE_IN_DOUBT)
            assert_int_equal(suite_model.sequence, other);
        else
            assert_int_equal(suite_model.sequence, told);
    }
    suite_store.close(suite_store.self);
    assert_true(seen[STORE_RETRY] > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TESTS(set_up_open, tear_down_open),
        TEST(test_an_error_at_every_call),
        TEST(test_a_disk_that_fails_for_good_at_every_change),
        TEST(test_a_full_disk_at_every_write),
        TEST(test_death_before_every_call),
        TEST(test_death_after_every_call),
        TEST(test_death_in_the_middle_of_every_write),
        TEST(test_an_opening_that_fails_after_a_failed_sync_rests_on_nothing),
        TEST(test_commits_after_a_failed_sync_outlive_a_power_cut),
        TEST(test_a_cut_with_an_error_at_every_call),
        TEST(test_a_cut_with_death_at_every_change),
        TEST(test_a_cut_with_death_after_every_change),
        TEST(test_a_cut_with_death_in_every_write),
        TEST(test_a_cut_in_doubt_is_the_last_that_is_written),
        TEST(test_a_log_cut_at_every_byte_of_the_last_commit),
        TEST(test_a_file_that_is_cut_off_is_found_out),
        TEST(test_no_memory_at_every_request),
    };

    return cmocka_run_group_tests(tests, replace_memory, NULL);
}

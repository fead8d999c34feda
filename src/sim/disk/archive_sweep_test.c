/*
 * Random days archived under a store that fails: whatever call fails, however often the process
 * dies, each payment is in the books, or in the file whose proof is in the books; only what had
 * ended has left; marks and counts fit; and the audit finds the books right at every moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"
#include "drivers/journal/journal_chain.h"
#include "drivers/store_audit.h"
#include "drivers/store_memory.h"
#include "engine/engine.h"
#include "node/archive.h"

#include <string.h>

#define SEEDS 12
#define PAYMENTS 48
#define DATES 3
#define DATE_FIRST 20240101
#define NOW_US (INT64_C(20454) * 86400000000)

struct model {
    struct payment_row row;
    bool is_due;
    bool has_pending;
};

static struct prng prng;
static struct model models[PAYMENTS];
static struct store_memory *memory;
static struct store store;
static struct engine *engine;
static size_t shown;
static size_t deaths;

/* ---- the host: nothing but the archiving step ---- */

static void no_checks(struct node_work *work)
{
    (void)work;
}

static const struct node_party party = {
    .party = PARTY_ISSUER, .needs = archive_needs, .checks = no_checks, .step = archive_step};

static void only_hashes(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                        size_t count)
{
    (void)self;
    for (size_t i = 0; i < count; i++) {
        memset(&answers[i], 0, sizeof answers[i]);
        assert_int_equal(commands[i].kind, HSM_DIGEST);
        enum err err = journal_hash(commands[i].of.digest.parts[0], answers[i].of.digest);
        answers[i].result = err == OK ? HSM_OK : HSM_DOWN;
    }
}

static const struct hsm hsm = {.execute = only_hashes};

static void show(void *self, const struct node_display *display)
{
    (void)self;
    shown += display->outcome == OUTCOME_APPROVED; /* else there was no room in the store */
}

static void alarm_none(void *self, uint64_t sequence, enum journal_what what, enum outcome outcome)
{
    (void)self;
    (void)sequence;
    (void)what;
    (void)outcome;
}

static void start(void)
{
    struct engine_setup setup = {.party = &party,
                                 .store = &store,
                                 .hsm = &hsm,
                                 .net = {.show = show, .alarm = alarm_none},
                                 .waiting_max = BATCH_EVENTS_MAX};

    assert_int_equal(store_memory_attach(memory, &store), OK);
    assert_int_equal(engine_open(&setup, &engine), OK);
}

static void restart(void)
{
    engine_close(engine);
    store.close(store.self);
    start();
}

/* ---- random days ---- */

static void put(struct store_change *changes, size_t count)
{
    static uint8_t bytes[JOURNAL_RECORD_LEN_MAX];
    struct journal_record record = {.what = WHAT_CONFIGURED, .change_count = (uint8_t)count};
    struct store_head head;
    uint8_t hash[JOURNAL_HASH_LEN];
    size_t len;

    store.head(store.self, &head);
    record.node = head.node;
    record.epoch = head.epoch;
    record.sequence = head.sequence + 1;
    memcpy(record.previous, head.hash, sizeof record.previous);
    for (size_t i = 0; i < count; i++)
        record.changes[i] =
            (struct journal_change){.key = changes[i].key, .value = changes[i].value};
    assert_int_equal(journal_encode(&record, bytes, sizeof bytes, &len), OK);
    assert_int_equal(journal_hash(bytes_over(bytes, len), hash), OK);
    struct store_record stored = {record.sequence, bytes_over(bytes, len)};
    struct store_batch batch = {changes, count, &stored, 1, hash};
    assert_int_equal(store.commit(store.self, &batch), STORE_OK);
}

static struct payment_row random_payment(size_t index)
{
    static const uint8_t stages[] = {STAGE_ANSWERED, STAGE_ANSWERED,  STAGE_ANSWERED,
                                     STAGE_REVERSED, STAGE_TOMBSTONE, STAGE_REVERSING,
                                     STAGE_SENT};
    uint32_t date = DATE_FIRST + (uint32_t)prng_below(&prng, DATES);
    struct civil civil = {.year = 2024, .month = 1, .day = (uint8_t)(date % 100), .hour = 9};
    struct payment_row row;

    memset(&row, 0, sizeof row);
    row.layout = PAYMENT_ROW_LAYOUT;
    row.kind = prng_chance(&prng, 200) ? KIND_PREAUTH : KIND_SALE;
    row.stage = stages[prng_below(&prng, sizeof stages)];
    row.money = (uint8_t)prng_below(&prng, MONEY_STATE_COUNT);
    row.follow = prng_chance(&prng, 300) ? (uint8_t)prng_below(&prng, FOLLOW_COUNT) : FOLLOW_NONE;
    row.identity.class = IDENTITY_PAYMENT;
    memcpy(row.identity.terminal, prng_chance(&prng, 500) ? "T1      " : "T2      ",
           TERMINAL_ID_LEN);
    row.identity.batch = 1 + (uint32_t)(index / 12);
    row.identity.trace = 1 + (uint32_t)index;
    row.amount = money_of(100, CURRENCY_CNY);
    row.posted_minor = 100;
    row.lapses.us = 1;
    row.business_date = date;
    row.created = instant_from_civil(&civil, 0);
    row.changed.us = prng_chance(&prng, 100) ? NOW_US : row.created.us;
    return row;
}

static void populate(uint64_t seed)
{
    struct config_row config = {.layout = PARTY_ROW_LAYOUT, .party = PARTY_ISSUER};
    struct pending_row pending = {.kind = PENDING_HOLD};
    struct archive_limits limits;
    struct store_change change = {.key = row_key_of(TABLE_CONFIG, NULL, 0),
                                  .value = bytes_over(&config, sizeof config)};

    prng_seed(&prng, seed);
    put(&change, 1);
    limits = archive_limits_of(&config, (struct instant){NOW_US});
    for (size_t i = 0; i < PAYMENTS; i++) {
        struct model *model = &models[i];
        struct store_change changes[2];

        model->row = random_payment(i);
        model->has_pending = prng_chance(&prng, 150);
        struct archive_beside beside = {.has_pending = model->has_pending};
        model->is_due = archive_why_kept(&model->row, &beside, &limits) == ARCHIVE_DUE;
        changes[0] = (struct store_change){.key = payment_row_key(&model->row.identity),
                                           .value = bytes_over(&model->row, sizeof model->row)};
        changes[1] = (struct store_change){.key = changes[0].key,
                                           .value = bytes_over(&pending, sizeof pending)};
        changes[1].key.table = TABLE_PENDING;
        put(changes, model->has_pending ? 2 : 1);
    }
}

/* ---- what must hold at every moment ---- */

static bool load(const struct row_key *key, void *out, size_t len)
{
    struct store_row row = {.key = *key};
    struct store_row *rows[] = {&row};

    assert_int_equal(store.load(store.self, rows, 1), STORE_OK);
    if (!row.found)
        return false;
    assert_int_equal(row.len, len);
    memcpy(out, row.value, len);
    return true;
}

static void check_payment(const struct model *model, uint32_t gone[static DATES])
{
    struct row_key key = payment_row_key(&model->row.identity);
    struct row_key day_key = archive_day_key(model->row.business_date, 1);
    struct row_key mark_key = archive_mark_key(&model->row.identity);
    struct archive_mark_row mark;
    struct archive_day_row day;
    struct payment_row row;

    if (load(&key, &row, sizeof row)) {
        assert_memory_equal(&row, &model->row, sizeof row);
        return;
    }
    assert_true(model->is_due);
    assert_true(load(&day_key, &day, sizeof day)); /* the file's proof was there before */
    assert_true(load(&mark_key, &mark, sizeof mark));
    assert_true(archive_mark_covers(&mark, &model->row.identity));
    gone[model->row.business_date - DATE_FIRST]++;
}

static void check_all(void)
{
    static const uint8_t key[AUDIT_KEY_LEN] = {1};
    uint32_t gone[DATES] = {0};
    struct audit_result result;

    for (size_t i = 0; i < PAYMENTS; i++)
        check_payment(&models[i], gone);
    for (uint32_t i = 0; i < DATES; i++) {
        struct row_key day_key = archive_day_key(DATE_FIRST + i, 1);
        struct archive_day_row day;
        if (load(&day_key, &day, sizeof day))
            assert_int_equal(day.purged, gone[i]);
        else
            assert_int_equal(gone[i], 0);
    }
    assert_int_equal(store_audit(&store, &hsm, key, &result), OK);
    assert_int_equal(result.fault, AUDIT_GOOD);
}

/* ---- the program that archives, with accidents ---- */

static void plant(void)
{
    static const enum store_result results[] = {STORE_RETRY, STORE_FULL, STORE_IN_DOUBT};
    struct store_memory_fault fault = {.call = STORE_CALL_COMMIT,
                                       .nth = 1,
                                       .result = results[prng_below(&prng, 3)],
                                       .applies = prng_chance(&prng, 500)};

    fault.applies = fault.applies && fault.result == STORE_IN_DOUBT;
    if (prng_chance(&prng, 300))
        store_memory_fail(memory, &fault);
}

/* Whether it came through: else the process died, and was started again. */
static bool submit(const struct node_command *command)
{
    struct node_event *event = engine_event_new(engine);
    size_t before = shown;

    assert_non_null(event);
    event->kind = EVENT_COMMAND;
    event->wall.us = NOW_US;
    event->ticket = 1;
    engine_event_command(engine, event, command);
    plant();
    bool is_stopped = engine_run(engine) == ENGINE_STOPPED;
    deaths += is_stopped;
    if (is_stopped)
        restart();
    store_memory_fail(memory, &(struct store_memory_fault){.call = STORE_CALL_COMMIT});
    check_all();
    return !is_stopped && shown > before;
}

static bool prove(uint32_t date, enum archive_state state)
{
    struct archive_day_row day = {.layout = ARCHIVE_ROW_LAYOUT,
                                  .part = 1,
                                  .date = date,
                                  .state = (uint8_t)state,
                                  .count = PAYMENTS,
                                  .digest = {(uint8_t)date}};
    struct node_command command = {
        .kind = COMMAND_ARCHIVE, .key = archive_day_key(date, 1), .value_len = sizeof day};

    memcpy(command.value, &day, sizeof day);
    return submit(&command);
}

/* All payments of a day in one batch of a terminal, due or not. */
static bool purge(uint32_t date, const struct identity *of)
{
    struct node_command command = {.kind = COMMAND_PURGE, .key = archive_day_key(date, 1)};
    size_t at = 0;

    for (size_t i = 0; i < PAYMENTS && at < ARCHIVE_PURGE_MAX; i++) {
        const struct payment_row *row = &models[i].row;
        if (row->business_date != date || row->identity.batch != of->batch ||
            memcmp(row->identity.terminal, of->terminal, TERMINAL_ID_LEN) != 0 ||
            row->identity.trace < of->trace)
            continue;
        identity_to_key(&row->identity, command.value + at++ * IDENTITY_KEY_LEN);
    }
    command.value_len = (uint16_t)(at * IDENTITY_KEY_LEN);
    return submit(&command);
}

/* Begins anew after each death, as an operator would: what was done is done again, to no effect. */
static void archive_day(uint32_t date)
{
    bool is_done = false;

    for (int tries = 0; !is_done; tries++) {
        assert_true(tries < 1000);
        is_done = prove(date, ARCHIVE_LEAVING);
        for (size_t i = 0; i < PAYMENTS && is_done; i++) {
            if (models[i].row.business_date == date)
                is_done = purge(date, &models[i].row.identity);
        }
        is_done = is_done && prove(date, ARCHIVE_DONE);
    }
}

static void test_nothing_is_ever_in_neither_place(void **state)
{
    size_t left = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct store_memory_options options = {.node = 1};

        assert_int_equal(store_memory_new(&options, &memory), OK);
        start();
        populate(seed);
        restart(); /* the journal's end is read anew */
        for (uint32_t i = 0; i < DATES; i++)
            archive_day(DATE_FIRST + i);
        for (size_t i = 0; i < PAYMENTS; i++) {
            struct row_key key = payment_row_key(&models[i].row.identity);
            struct payment_row row;
            assert_int_equal(load(&key, &row, sizeof row), !models[i].is_due);
            left += models[i].is_due;
        }
        engine_close(engine);
        store.close(store.self);
        store_memory_free(memory);
    }
    assert_true(deaths > SEEDS);
    assert_in_range(left, SEEDS * PAYMENTS / 10, SEEDS * PAYMENTS * 9 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_ever_in_neither_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

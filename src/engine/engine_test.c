/* The engine with the small world of test/lib/engine_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/engine_world.h"

/* ---- batches ---- */

static void test_events_that_wait_together_share_rows_and_one_commit(void **state)
{
    (void)state;
    for (int i = 1; i <= 10; i++)
        fund(7, i);
    fund(8, 100);
    run();
    assert_int_equal(world.commits, 1);
    assert_int_equal(world.rows_loaded, 3); /* config and two accounts */
    assert_int_equal(world.changes, 2);
    assert_int_equal(engine_sequence(world.engine), 11);
    assert_int_equal(engine_counters(world.engine)->batches, 1);
    assert_int_equal(engine_counters(world.engine)->records, 11);
    assert_int_equal(engine_counters(world.engine)->events, 11);
    assert_int_equal(balance(7), 55);
    assert_int_equal(world.note_count, 11);
    for (int i = 1, sum = 0; i <= 10; i++)
        assert_sent((size_t)i - 1, 7, sum += i);
    assert_sent(10, 8, 100);
    assert_int_equal(world.executes, 1); /* all MACs together */
}

static void test_nothing_leaves_before_it_is_durable(void **state)
{
    (void)state;
    enum engine_stage stage;

    fund(7, 1);
    fund(7, 2);
    do {
        stage = engine_advance(world.engine);
        assert_int_equal(world.note_count, stage >= ENGINE_SEND ? 2 : 0);
        assert_int_equal(world.commits, stage >= ENGINE_RECORD ? 1 : 0);
    } while (stage != ENGINE_SEND);
    assert_int_equal(world.notes[0].durable, 2);
    assert_int_equal(engine_advance(world.engine), ENGINE_IDLE);
}

static void test_rounds_end_when_nobody_asks_for_more(void **state)
{
    (void)state;
    size_t loads = 0;

    fund(7, 1); /* asks once, and is asked once more */
    for (enum engine_stage stage = ENGINE_RECEIVE; stage != ENGINE_IDLE;
         loads += stage == ENGINE_LOAD)
        stage = engine_advance(world.engine);
    assert_int_equal(loads, 2);
}

static void test_a_batch_without_changes_commits_nothing(void **state)
{
    (void)state;
    give_kind(COMMAND_QUERY, 7, 0);
    run();
    assert_int_equal(world.commits, 0);
    assert_int_equal(engine_sequence(world.engine), 0);
    assert_sent(0, 7, 0);
}

static void test_more_events_than_a_batch_take_several(void **state)
{
    (void)state;
    for (int i = 0; i < BATCH_EVENTS_MAX + 1; i++)
        fund(7, 1);
    run();
    assert_int_equal(world.commits, 2);
    assert_int_equal(balance(7), BATCH_EVENTS_MAX + 1);
    assert_sent(BATCH_EVENTS_MAX, 7, BATCH_EVENTS_MAX + 1);
}

static void test_records_that_take_all_room_leave_events_for_the_next_batch(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < BATCH_EVENTS_MAX; i++)
        give_kind(COMMAND_SIGN_IN, i, 0);
    run();
    assert_int_equal(engine_sequence(world.engine), BATCH_EVENTS_MAX);
    assert_int_equal(engine_counters(world.engine)->events, BATCH_EVENTS_MAX);
    assert_int_equal(engine_counters(world.engine)->batches, 3);
    assert_int_equal(store_memory_row_count(world.memory), BATCH_EVENTS_MAX * CARDS_OF_SIGN_IN);
    for (uint64_t i = 0; i < BATCH_EVENTS_MAX; i++)
        assert_sent(i, i, 0);
}

static void test_waiting_has_an_end(void **state)
{
    (void)state;
    struct node_event *event;
    size_t count = 0;

    while ((event = engine_event_new(world.engine)) != NULL) {
        event->kind = EVENT_LINK_UP;
        count++;
    }
    assert_int_equal(count, 600);
    assert_int_equal(engine_waiting(world.engine), 600);
    run();
    assert_int_equal(engine_waiting(world.engine), 0);
    assert_int_equal(world.steps, 600);
}

static void test_kept_bytes_are_the_events_own_and_wiped(void **state)
{
    (void)state;
    static uint8_t mab[FRAME_BODY_LEN_MAX];
    static uint8_t block[BLOCK_LEN_MAX];
    struct waiting *waiting = &world.engine->waiting;

    for (uint8_t turn = 0; turn < 200; turn++) {
        for (uint8_t i = 0; i < 3; i++) {
            struct node_event *event = engine_event_new(world.engine);
            event->kind = EVENT_LINK_UP;
            memset(mab, turn + i, sizeof mab);
            engine_event_mab(world.engine, event, bytes_over(mab, 1000 + 1000u * i));
            memset(block, turn + i + 1, sizeof block);
            event->message.block = bytes_over(block, BLOCK_LEN_MAX - i);
            engine_event_block(world.engine, event);
        }
        for (uint8_t i = 0; i < 3; i++) {
            struct bytes kept = waiting_at(waiting, i)->event.mab;
            assert_int_equal(kept.len, 1000 + 1000u * i);
            assert_int_equal(kept.at[0], (uint8_t)(turn + i));
            assert_int_equal(kept.at[kept.len - 1], (uint8_t)(turn + i));
            struct bytes own = waiting_at(waiting, i)->event.message.block;
            assert_ptr_not_equal(own.at, block);
            assert_int_equal(own.len, BLOCK_LEN_MAX - i);
            assert_int_equal(own.at[0], (uint8_t)(turn + i + 1));
            assert_int_equal(own.at[own.len - 1], (uint8_t)(turn + i + 1));
        }
        run();
    }
    for (size_t i = 0; i < waiting->room_len; i++)
        assert_int_equal(waiting->room[i], 0);
    for (size_t i = 0; i < waiting->slot_count; i++)
        assert_null(waiting->slots[i].event.mab.at);
}

/* ---- facts and rows that change under them ---- */

static void test_a_fact_on_a_changed_row_waits_for_the_next_batch(void **state)
{
    (void)state;
    put_keys(5);
    run();
    give_kind(COMMAND_PAY, 1, 0);
    put_keys(6);
    give_kind(COMMAND_PAY, 2, 0);
    give_kind(COMMAND_QUERY, 3, 0);
    run();
    assert_int_equal(engine_counters(world.engine)->deferred, 1);
    assert_int_equal(engine_counters(world.engine)->batches, 3);
    assert_int_equal(engine_counters(world.engine)->events, 5);
    assert_sent(0, 1, 5);
    assert_sent(1, 3, 0);
    assert_sent(2, 2, 6);
}

static void test_a_question_that_a_change_raises_waits_for_the_next_batch(void **state)
{
    (void)state;
    put_keys(6);
    give_kind(COMMAND_PAY, 2, 0); /* there was no key to ask about */
    run();
    assert_int_equal(engine_counters(world.engine)->deferred, 1);
    assert_sent(0, 2, 6);
}

static void test_a_row_that_a_change_makes_needed_waits_for_the_next_batch(void **state)
{
    (void)state;
    fund(20, 500);
    put_named(10);
    run();
    put_named(20);
    give_kind(COMMAND_ECHO, 1, 0);
    run();
    assert_int_equal(engine_counters(world.engine)->deferred, 1);
    assert_sent(1, 1, 500);
}

static void test_deferred_events_keep_their_order(void **state)
{
    (void)state;
    put_keys(1);
    for (uint64_t i = 1; i <= 5; i++) {
        give_kind(COMMAND_PAY, i, 0);
        give_kind(COMMAND_QUERY, 100 + i, 0);
    }
    run();
    assert_int_equal(engine_counters(world.engine)->deferred, 5);
    for (uint64_t i = 0; i < 5; i++) {
        assert_int_equal(world.notes[i].number, 101 + i);
        assert_sent(5 + i, 1 + i, 1);
    }
}

static void test_a_row_made_and_removed_in_one_batch_is_gone(void **state)
{
    (void)state;
    put_named(1);
    give_kind(COMMAND_CANCEL, 0, 0);
    run();
    assert_int_equal(store_memory_row_count(world.memory), 0);
    assert_int_equal(engine_sequence(world.engine), 2);
}

static void test_damaged_rows_are_counted(void **state)
{
    (void)state;
    put_row(row_key_number(TABLE_ACCOUNT, 7), "short", 5);
    run();
    fund(7, 1);
    run();
    assert_int_equal(engine_counters(world.engine)->row_damage, 1);
    assert_int_equal(balance(7), 1);
}

/* ---- commits that fail ---- */

static void test_a_retried_batch_ends_as_if_it_had_run_once(void **state)
{
    (void)state;
    struct store_memory_fault fault = {
        .call = STORE_CALL_COMMIT, .nth = 1, .always = true, .result = STORE_RETRY};

    fund(7, 1);
    run();
    store_memory_fail(world.memory, &fault);
    fund(7, 2);
    fund(7, 3);
    for (size_t commits = world.commits; world.commits < commits + BATCH_RETRIES_MAX;)
        engine_advance(world.engine);
    fault.nth = 0;
    store_memory_fail(world.memory, &fault);
    assert_int_equal(world.note_count, 1);
    run();
    assert_int_equal(engine_counters(world.engine)->retries, BATCH_RETRIES_MAX);
    assert_int_equal(balance(7), 6);
    assert_int_equal(engine_sequence(world.engine), 3);
    assert_sent(1, 7, 3);
    assert_sent(2, 7, 6);
}

static void test_a_load_is_retried(void **state)
{
    (void)state;
    plan_fault(STORE_CALL_LOAD, STORE_RETRY, 1, false);
    fund(7, 1);
    run();
    assert_int_equal(engine_counters(world.engine)->retries, 1);
    assert_int_equal(balance(7), 1);
}

static void test_a_poisoned_event_is_isolated_and_dropped(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 10; i++)
        fund(i == 6 ? POISON : i, 1);
    run();
    assert_int_equal(engine_counters(world.engine)->poisoned, 1);
    /* Events 0-9, 5-9, 5-6, 6-7 and 6 fail six times each. */
    assert_int_equal(engine_counters(world.engine)->retries, 5 * (BATCH_RETRIES_MAX + 1));
    assert_int_equal(engine_counters(world.engine)->events, 10);
    assert_int_equal(engine_sequence(world.engine), 9);
    assert_int_equal(world.note_count, 10);
    for (uint64_t i = 0; i < 6; i++)
        assert_sent(i, i, 1);
    assert_int_equal(world.notes[6].kind, NOTE_ALARM);
    assert_int_equal(world.notes[6].minor, OUTCOME_SWITCH_FAULT);
    for (uint64_t i = 7; i < 10; i++)
        assert_sent(i, i, 1);
    assert_int_equal(balance(POISON), 0);
}

static void test_a_full_store_drops_the_batch_unrecorded(void **state)
{
    (void)state;
    plan_fault(STORE_CALL_COMMIT, STORE_FULL, 1, false);
    fund(7, 1);
    fund(8, 1);
    run();
    assert_int_equal(engine_counters(world.engine)->full, 2);
    assert_int_equal(world.note_count, 1);
    assert_int_equal(world.notes[0].kind, NOTE_ALARM);
    assert_int_equal(world.notes[0].minor, OUTCOME_SWITCH_OVERLOADED);
    assert_int_equal(balance(7), 0);
    fund(7, 2);
    run();
    assert_int_equal(balance(7), 2);
    assert_int_equal(engine_sequence(world.engine), 1);
}

static struct node_event *give_plain(enum event_kind kind);

/* What nobody repeats waits for the standby as it waits for room. */
static void test_without_its_standby_a_store_takes_nothing(void **state)
{
    (void)state;
    plan_fault(STORE_CALL_COMMIT, STORE_ALONE, 1, false);
    fund(7, 1);
    (void)give_plain(EVENT_LINK_UP);
    run();
    assert_int_equal(engine_counters(world.engine)->full, 2);
    assert_int_equal(world.notes[0].kind, NOTE_ALARM);
    assert_int_equal(world.notes[0].minor, OUTCOME_SWITCH_STANDBY_AWAY);
    assert_int_equal(balance(7), 0);
    assert_int_equal(engine_sequence(world.engine), 0);
    assert_int_equal(engine_waiting(world.engine), 1);
    fund(7, 2);
    run();
    assert_int_equal(balance(7), 2);
    assert_int_equal(engine_waiting(world.engine), 0);
}

/* Each deadline comes again every second while the disk is full: one alarm, and then seldom. */
static void test_a_full_store_is_said_with_growing_pauses(void **state)
{
    size_t alarms = 0;

    (void)state;
    for (int64_t second = 0; second < 100; second++) {
        plan_fault(STORE_CALL_LOAD, STORE_FULL, 1, false);
        struct node_event *event = engine_event_new(world.engine);
        assert_non_null(event);
        event->kind = EVENT_TIMER;
        event->now = (struct moment){second * 1000000000};
        event->key = row_key_of(TABLE_PENDING, "P", 1);
        world.note_count = 0;
        run();
        alarms += world.note_count > 0 && world.notes[0].kind == NOTE_ALARM;
    }
    assert_int_equal(engine_counters(world.engine)->full, 100);
    assert_int_equal(alarms, 4); /* after 0, 10, 30, 70 s */
}

static struct node_event *give_plain(enum event_kind kind)
{
    struct node_event *event = engine_event_new(world.engine);

    assert_non_null(event);
    event->kind = kind;
    event->now = (struct moment){5};
    event->key = row_key_of(TABLE_PENDING, "P", 1);
    return event;
}

static void test_a_full_store_forgets_no_deadline_no_link_and_no_till(void **state)
{
    (void)state;
    plan_fault(STORE_CALL_LOAD, STORE_FULL, 1, false);
    (void)give_plain(EVENT_TIMER);
    (void)give_plain(EVENT_LINK_UP);
    fund(7, 1);
    fund(8, 1);
    waiting_at(&world.engine->waiting, 3)->event.ticket = 8;
    run();
    assert_int_equal(world.note_count, 3);
    assert_int_equal(world.notes[0].kind, NOTE_ALARM);
    assert_int_equal(world.notes[1].kind, NOTE_ARM);
    assert_int_equal(world.notes[1].minor, 1000000005);
    assert_int_equal(world.notes[2].kind, NOTE_SHOW);
    assert_int_equal(world.notes[2].number, 8);
    assert_int_equal(engine_waiting(world.engine), 1);

    fund(7, 2); /* only now is the link's event tried again, and first */
    run();
    assert_int_equal(engine_waiting(world.engine), 0);
    assert_int_equal(world.notes[3].kind, NOTE_ARM);
    assert_int_equal(world.notes[3].minor, EVENT_LINK_UP);
    assert_sent(4, 7, 2);
}

/* An event that fails alone is dropped; the news of a link waits, and others pass it by. */
static void test_the_news_of_a_link_outlasts_what_fails(void **state)
{
    (void)state;
    struct store_memory_fault fault = {
        .call = STORE_CALL_LOAD, .nth = 1, .always = true, .result = STORE_RETRY};

    store_memory_fail(world.memory, &fault);
    (void)give_plain(EVENT_LINK_UP);
    fund(7, 1);
    run();
    assert_int_equal(engine_counters(world.engine)->poisoned, 2);
    assert_int_equal(engine_waiting(world.engine), 1);
    plan_fault(STORE_CALL_LOAD, STORE_OK, 0, false);
    world.note_count = 0;
    fund(7, 2);
    run();
    assert_int_equal(engine_waiting(world.engine), 0);
    assert_int_equal(balance(7), 2);
    assert_int_equal(world.notes[0].kind, NOTE_ARM);
    assert_int_equal(world.notes[0].minor, EVENT_LINK_UP);
    assert_sent(1, 7, 2);
}

static void assert_stops(enum store_result result, bool applies)
{
    plan_fault(STORE_CALL_COMMIT, result, 1, applies);
    fund(7, 1);
    assert_int_equal(engine_run(world.engine), ENGINE_STOPPED);
    assert_int_equal(engine_advance(world.engine), ENGINE_STOPPED);
    assert_int_equal(world.note_count, 0);
    crash();
    assert_int_equal(engine_sequence(world.engine), applies ? 1 : 0);
    assert_int_equal(balance(7), applies ? 1 : 0);
    fund(7, 2);
    run();
    assert_sent(0, 7, applies ? 3 : 2);
}

static void test_in_doubt_stops_and_recovery_tells_that_it_was_written(void **state)
{
    (void)state;
    assert_stops(STORE_IN_DOUBT, true);
}

static void test_in_doubt_stops_and_recovery_tells_that_it_was_not(void **state)
{
    (void)state;
    assert_stops(STORE_IN_DOUBT, false);
}

static void test_a_fatal_store_stops_the_engine(void **state)
{
    (void)state;
    assert_stops(STORE_FATAL, false);
}

static void test_two_engines_cannot_own_one_store(void **state)
{
    (void)state;
    struct store other;

    assert_int_equal(store_memory_attach(world.memory, &other), OK);
    fund(7, 1);
    assert_int_equal(engine_run(world.engine), ENGINE_STOPPED);
}

/* ---- crashes, recovery ---- */

static void test_a_crash_after_any_stage_loses_all_or_nothing(void **state)
{
    (void)state;
    for (enum engine_stage last = ENGINE_RECEIVE; last <= ENGINE_SEND; last++) {
        int64_t before = balance(7);
        size_t notes = world.note_count;
        fund(7, 1);
        fund(7, 1);
        while (engine_advance(world.engine) != last) {
        }
        crash();
        run();
        assert_int_equal(balance(7), before + (last >= ENGINE_RECORD ? 2 : 0));
        assert_int_equal(world.note_count, notes + (last == ENGINE_SEND ? 2 : 0));
    }
}

static void test_a_reopened_engine_is_as_a_new_one(void **state)
{
    (void)state;
    const struct engine_setup setup = world.engine->setup;

    fund(7, 1);
    fund(7, 2);
    assert_null(engine_batch_event(world.engine, 0));
    assert_int_equal(engine_advance(world.engine), ENGINE_RECEIVE);
    assert_non_null(engine_batch_event(world.engine, 0));
    assert_null(engine_batch_event(world.engine, BATCH_EVENTS_MAX));
    assert_int_equal(engine_advance(world.engine), ENGINE_LOAD);
    fund(7, 4);
    engine_reopen(world.engine, &setup);
    assert_int_equal(engine_waiting(world.engine), 0);
    assert_int_equal(engine_counters(world.engine)->batches, 0);
    for (size_t i = 0; i < 3; i++) {
        static const struct node_event nothing;
        assert_memory_equal(&world.engine->waiting.slots[i].event, &nothing, sizeof nothing);
    }
    fund(7, 8);
    run();
    assert_int_equal(balance(7), 8);
    assert_int_equal(engine_sequence(world.engine), 1);
    struct node_event model = {.now = {5}};
    engine_reopen(world.engine, &setup);
    assert_int_equal(engine_sequence(world.engine), 1);
    assert_int_equal(engine_recover(world.engine, &model), OK);
    run();
    engine_reopen(world.engine, &setup); /* and once more, with all that recovery had */
    assert_int_equal(engine_recover(world.engine, &model), OK);
    run();
    assert_int_equal(balance(7), 8);
}

static void test_recovery_comes_first_one_event_for_each_pending_row(void **state)
{
    (void)state;
    enum { PENDING = 300 };
    static struct node_event model;

    for (uint64_t i = 0; i < PENDING; i++)
        put_row(row_key_number(TABLE_PENDING, PENDING - i), "x", 1);
    run();
    crash();
    world.note_count = 0;
    model = (struct node_event){.wall = {5}};
    assert_int_equal(engine_recover(world.engine, &model), OK);
    fund(7, 1);
    assert_int_equal(engine_waiting(world.engine), PENDING + 2);
    run();
    assert_int_equal(world.note_count, PENDING + 2);
    assert_int_equal(world.notes[0].kind, NOTE_ARM);
    assert_int_equal(world.notes[0].minor, EVENT_START);
    for (size_t i = 1; i <= PENDING; i++)
        assert_int_equal(world.notes[i].minor, EVENT_RECOVER);
    assert_sent(PENDING + 1, 7, 1);
    assert_int_equal(engine_waiting(world.engine), 0);
}

/* All at once, so each must draw its own pauses, or all would come again at once. */
static void test_each_recovery_has_its_own_entropy(void **state)
{
    (void)state;
    struct node_event model = {.wall = {5}};

    for (uint64_t i = 1; i <= 20; i++)
        put_row(row_key_number(TABLE_PENDING, i), "x", 1);
    run();
    crash();
    assert_int_equal(engine_recover(world.engine, &model), OK);
    assert_int_equal(engine_advance(world.engine), ENGINE_RECEIVE);
    for (size_t i = 0; i <= 20; i++) {
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(engine_batch_event(world.engine, i)->entropy,
                                    engine_batch_event(world.engine, j)->entropy, 2);
    }
    run();
}

/* Told like what is found at start: what another node left, or an earlier run of this one. */
static void test_what_was_taken_over_is_told(void **state)
{
    (void)state;
    struct node_event model = {.wall = {5}};
    struct store_head head;
    size_t count = 0;

    world.inner.head(world.inner.self, &head);
    assert_int_equal(engine_recover(world.engine, &model), OK);
    run();
    put_pending(1, head.node);
    world.armed = row_key_number(TABLE_PENDING, 1);
    put_pending(2, head.node); /* another node swept it, and died before it wrote it */
    for (uint64_t i = 3; i < 300; i++)
        put_pending(i, (uint16_t)(head.node + 1));
    put_pending(300, head.node); /* its deadline has just passed */
    run();
    give_plain(EVENT_TIMER)->key = row_key_number(TABLE_PENDING, 300);
    world.note_count = 0;
    assert_int_equal(engine_take_over(world.engine, &model, &count), OK);
    assert_int_equal(count, 298);
    assert_int_equal(engine_take_over(world.engine, &model, &count), OK);
    assert_int_equal(engine_waiting(world.engine), 2 * 298 + 1); /* what was not told yet stays */
    run();
    assert_int_equal(world.note_count, 2 * 298 + 1);
    for (size_t i = 0; i < 2 * 298; i++)
        assert_int_equal(world.notes[i].minor, EVENT_RECOVER);
    assert_int_equal(world.notes[2 * 298].minor, EVENT_TIMER);
    plan_fault(STORE_CALL_SCAN, STORE_FATAL, 1, false);
    assert_int_equal(engine_take_over(world.engine, &model, &count), ERR_IO);
}

static void test_recovery_says_when_the_store_cannot_be_read(void **state)
{
    (void)state;
    static struct node_event model;

    plan_fault(STORE_CALL_SCAN, STORE_FATAL, 1, false);
    assert_int_equal(engine_recover(world.engine, &model), ERR_IO);
}

struct chain {
    uint64_t sequence;
    uint8_t hash[32];
    int64_t posted;
};

static bool follow(void *context, uint64_t sequence, struct bytes bytes)
{
    static struct journal_record record;
    struct chain *chain = context;

    assert_int_equal(journal_decode(bytes, &record), OK);
    assert_int_equal(sequence, ++chain->sequence);
    assert_int_equal(record.sequence, sequence);
    assert_int_equal(record.node, 3);
    assert_int_equal(record.business_date, 20261122);
    assert_memory_equal(record.previous, chain->hash, sizeof chain->hash);
    fake_digest(bytes, chain->hash);
    assert_int_equal(record.what, WHAT_FUNDED);
    assert_int_equal(record.change_count, 1);
    chain->posted -= record.postings.rows[1].minor;
    struct account_row account;
    assert_int_equal(record.changes[0].value.len, sizeof account);
    memcpy(&account, record.changes[0].value.at, sizeof account);
    assert_int_equal(account.balance_minor, chain->posted); /* as it was then, not at the end */
    return true;
}

static void test_the_chain_goes_on_over_batches_and_restarts(void **state)
{
    (void)state;
    struct chain chain = {0};
    struct store_head head;

    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 5; i++) {
            fund(7, 1 + i);
            if (i % 2 == 0)
                run();
        }
        crash();
    }
    assert_int_equal(world.inner.read(world.inner.self, 1, follow, &chain), STORE_OK);
    assert_int_equal(chain.sequence, 15);
    world.inner.head(world.inner.self, &head);
    assert_memory_equal(head.hash, chain.hash, sizeof chain.hash);
    assert_int_equal(head.epoch, 4);
}

/* ---- seals ---- */

static void give_card(uint64_t account, uint32_t card, uint64_t link)
{
    struct node_command command = {.kind = COMMAND_QUERY, .account = account, .card.card = card};
    struct node_event *event = engine_event_new(world.engine);

    event->kind = EVENT_COMMAND;
    event->link = link;
    event->ticket = account;
    engine_event_command(world.engine, event, &command);
}

static void test_seals_open_the_pan_add_the_arpc_and_cover_all_by_the_mac(void **state)
{
    (void)state;
    uint8_t mac[8];

    give_card(1, 1, 1);
    give_card(2, 2, 1);
    give_card(3, 0, 1);
    run();
    assert_int_equal(world.executes, 2);
    assert_int_equal(world.note_count, 6);
    assert_memory_equal(world.notes[0].body + 4, "6200000000000005", 16);
    assert_int_equal(world.notes[1].kind, NOTE_SHOW);
    const uint8_t tag[] = {0x91, 10, 0xAA};
    assert_memory_equal(world.notes[2].body + 24, tag, sizeof tag);
    for (size_t i = 0; i < 6; i += 2) {
        fake_mac(bytes_over(world.notes[i].body, BODY_LEN - 8), mac);
        assert_memory_equal(world.notes[i].body + BODY_LEN - 8, mac, 8);
    }
}

static void test_what_cannot_be_sealed_is_a_lost_message(void **state)
{
    (void)state;
    give_card(TRACE_BAD, 0, 1); /* cannot be encoded */
    give_card(2, 0, LINK_GONE); /* nobody's fault */
    give_card(3, 0, 1);
    run();
    assert_int_equal(engine_counters(world.engine)->seals_failed, 1);
    assert_int_equal(world.note_count, 4);
    assert_int_equal(world.notes[0].kind, NOTE_SHOW);
    assert_int_equal(world.notes[1].kind, NOTE_SHOW);
    assert_sent(2, 3, 0);
    world.hsm_is_down = true;
    give_card(4, 0, 1); /* no MAC */
    give_card(5, 1, 1); /* no PAN */
    run();
    assert_int_equal(engine_counters(world.engine)->seals_failed, 3);
    assert_int_equal(world.note_count, 6);
}

static void test_many_messages_are_sealed_in_groups(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 2 * SEAL_SENDS_MAX; i++)
        give_card(i, (uint32_t)(i % 3), 1);
    run();
    assert_int_equal(world.note_count, 4 * SEAL_SENDS_MAX);
    for (uint64_t i = 1; i <= 2 * SEAL_SENDS_MAX; i++)
        assert_sent(2 * i - 2, i, 0);
    assert_true(world.executes <= 6);
}

static void test_secrets_are_wiped_when_the_batch_is_done(void **state)
{
    (void)state;
    struct node_command command = {
        .kind = COMMAND_QUERY, .account = 1, .card.card = 1, .card.pin = {.len = 4, .at = "1234"}};
    static const uint8_t zeros[sizeof(struct node_send)];
    struct node_work *work = &world.engine->batch.events[0].work;

    give(&command);
    run();
    assert_int_equal(world.note_count, 1);
    assert_memory_equal(&work->effects.sends[0], zeros, sizeof(struct node_send));
    for (size_t i = 0; i < world.engine->waiting.room_len; i++)
        assert_int_equal(world.engine->waiting.room[i], 0);
    for (size_t i = 0; i < BODY_LEN; i++)
        assert_int_equal(world.engine->bodies[i], 0);
    assert_memory_equal(&world.engine->questions.answers[0], zeros, sizeof(struct hsm_answer));
    put_keys(5);
    run();
    give_kind(COMMAND_PAY, 1, 0);
    run();
    assert_int_equal(work->fact_count, 1);
    assert_memory_equal(&work->facts[0].command.of, zeros, sizeof work->facts[0].command.of);
    assert_memory_equal(&work->facts[0].answer.of, zeros, sizeof work->facts[0].answer.of);
    assert_memory_equal(world.engine->questions.commands, zeros, sizeof(struct hsm_command));
}

static void test_an_alarm_is_passed_on(void **state)
{
    (void)state;
    struct node_event *event = engine_event_new(world.engine);

    event->kind = EVENT_LINK_DOWN;
    run();
    assert_int_equal(world.note_count, 2);
    assert_int_equal(world.notes[1].kind, NOTE_ALARM);
    assert_int_equal(world.notes[1].number, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events_that_wait_together_share_rows_and_one_commit),
        TEST(test_nothing_leaves_before_it_is_durable),
        TEST(test_rounds_end_when_nobody_asks_for_more),
        TEST(test_a_batch_without_changes_commits_nothing),
        TEST(test_more_events_than_a_batch_take_several),
        TEST(test_records_that_take_all_room_leave_events_for_the_next_batch),
        TEST(test_waiting_has_an_end),
        TEST(test_kept_bytes_are_the_events_own_and_wiped),
        TEST(test_a_fact_on_a_changed_row_waits_for_the_next_batch),
        TEST(test_a_question_that_a_change_raises_waits_for_the_next_batch),
        TEST(test_a_row_that_a_change_makes_needed_waits_for_the_next_batch),
        TEST(test_deferred_events_keep_their_order),
        TEST(test_a_row_made_and_removed_in_one_batch_is_gone),
        TEST(test_damaged_rows_are_counted),
        TEST(test_a_retried_batch_ends_as_if_it_had_run_once),
        TEST(test_a_load_is_retried),
        TEST(test_a_poisoned_event_is_isolated_and_dropped),
        TEST(test_a_full_store_drops_the_batch_unrecorded),
        TEST(test_without_its_standby_a_store_takes_nothing),
        TEST(test_a_full_store_is_said_with_growing_pauses),
        TEST(test_a_full_store_forgets_no_deadline_no_link_and_no_till),
        TEST(test_the_news_of_a_link_outlasts_what_fails),
        TEST(test_in_doubt_stops_and_recovery_tells_that_it_was_written),
        TEST(test_in_doubt_stops_and_recovery_tells_that_it_was_not),
        TEST(test_a_fatal_store_stops_the_engine),
        TEST(test_two_engines_cannot_own_one_store),
        TEST(test_a_crash_after_any_stage_loses_all_or_nothing),
        TEST(test_a_reopened_engine_is_as_a_new_one),
        TEST(test_recovery_comes_first_one_event_for_each_pending_row),
        TEST(test_each_recovery_has_its_own_entropy),
        TEST(test_what_was_taken_over_is_told),
        TEST(test_recovery_says_when_the_store_cannot_be_read),
        TEST(test_the_chain_goes_on_over_batches_and_restarts),
        TEST(test_seals_open_the_pan_add_the_arpc_and_cover_all_by_the_mac),
        TEST(test_what_cannot_be_sealed_is_a_lost_message),
        TEST(test_many_messages_are_sealed_in_groups),
        TEST(test_secrets_are_wiped_when_the_batch_is_done),
        TEST(test_an_alarm_is_passed_on),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}

/*
 * Storms, in virtual time: a bank hangs, is gone for ten minutes and comes back to thousands of
 * reversals that are owed to it; and in between the switch starts again, and so takes all of them
 * up in the same moment. New payments are answered as quickly as ever, no till's reversals wait for
 * another's, another bank's payments notice nothing, and what is owed is confirmed within minutes.
 *
 * The switch and each bank do one thing after another, in the order in which it comes, and take a
 * while for each: whoever floods a bank makes all behind him wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#define WORLD_ROWS_MAX 16384
#define WORLD_RECORDS_MAX 65536
#define WORLD_ENTRIES_MAX 16384
#include "base/prng.h"
#include "test/lib/switch_world.h"

#include <stdlib.h>

#define TILLS 20
#define OWED 5000          /* at most */
#define OWED_EVERY_US 4000 /* 250 payments a second, for as long as a bank is waited for */
#define FRESH_MAX 1024
#define FRESH_EVERY_US 200000
#define SWITCH_US 100 /* for one event */
#define BANK_US 2000  /* for one message: 500 a second */
#define WIRE_US 1000

#define SECOND_US INT64_C(1000000)
#define GONE_US (20 * SECOND_US) /* since the first payment */
#define BACK_US (GONE_US + 600 * SECOND_US)
#define END_US (BACK_US + 180 * SECOND_US)
#define SECONDS_MAX (END_US / SECOND_US + 1)

/* What is promised, and tested. */
#define FRESH_WAIT_MAX_MS 1000
#define SECOND_SENDS_PART 20 /* of what is owed, in a second */
#define HUNG_SENDS_PART 6    /* of what came in a second and was not answered, in each second */
#define SETTLED_MAX_MS 75000
#define TILL_APART_MAX_MS 20000

#define OTHER_ISSUER ISSUER_AWAY
#define OTHER_ISSUER_LINK (ISSUER_LINK + 1)
#define OTHER_CARD "6200000200000002"

enum bank { BANK, OTHER_BANK, BANKS };

static const char *const bank_ids[BANKS] = {ISSUER, OTHER_ISSUER};

/* ---- what happens when ---- */

enum happening { A_TIMER, A_RESTART, A_REQUEST, AN_ANSWER, A_BANK_GOES, A_BANK_COMES };

struct coming {
    int64_t us; /* since the start */
    uint64_t order;
    enum happening what;
    uint32_t number; /* of the row, or the trace */
    enum bank bank;
    bool is_reversal;
};

static struct coming agenda[4 * OWED + FRESH_MAX];
static size_t agenda_count;
static uint64_t agenda_order;

static bool is_before(const struct coming *a, const struct coming *b)
{
    return a->us != b->us ? a->us < b->us : a->order < b->order;
}

static void agenda_add(struct coming coming)
{
    size_t at = agenda_count++;

    assert_true(agenda_count <= ARRAY_COUNT(agenda));
    coming.order = agenda_order++;
    for (; at > 0 && is_before(&coming, &agenda[(at - 1) / 2]); at = (at - 1) / 2)
        agenda[at] = agenda[(at - 1) / 2];
    agenda[at] = coming;
}

static struct coming agenda_take(void)
{
    struct coming first = agenda[0];
    struct coming last = agenda[--agenda_count];
    size_t at = 0;

    for (size_t child = 1; child < agenda_count; child = 2 * at + 1) {
        if (child + 1 < agenda_count && is_before(&agenda[child + 1], &agenda[child]))
            child++;
        if (!is_before(&agenda[child], &last))
            break;
        agenda[at] = agenda[child];
        at = child;
    }
    agenda[at] = last;
    return first;
}

/* ---- the storm ---- */

static struct {
    struct prng prng;
    int64_t now_us;
    int64_t switch_free_us;
    int64_t bank_free_us[BANKS];
    bool is_gone;
    int64_t due_us[WORLD_ROWS_MAX];         /* of the deadline of a row; 0: none */
    int64_t asked_us[OWED + FRESH_MAX + 2]; /* by trace */
    uint32_t owed;
    uint32_t sends[SECONDS_MAX]; /* reversals that left for the bank, by second */
    uint32_t confirmed;
    int64_t settled_us; /* the last of them */
    int64_t till_settled_us[TILLS];
    int64_t fresh_wait_us; /* the longest */
    uint32_t fresh_answered;
    uint32_t fresh_asked;
    uint32_t fresh_cut; /* under way when the switch ended: its next start takes them back */
} storm;

static void till_name(uint32_t trace, char out[static 4])
{
    uint32_t till = trace % TILLS;

    out[0] = 'S';
    out[1] = (char)('0' + till / 10);
    out[2] = (char)('0' + till % 10);
    out[3] = 0;
}

static struct identity identity_of_trace(uint32_t trace)
{
    struct identity identity = world_identity(trace);
    char name[4];

    till_name(trace, name);
    assert_int_equal(identity_id_from_text(name, ' ', identity.terminal, TERMINAL_ID_LEN), OK);
    return identity;
}

static const struct payment_row *payment_of(uint32_t trace)
{
    struct identity identity = identity_of_trace(trace);

    return world_value(payment_row_key(&identity));
}

static void open_tills(void)
{
    struct terminal_row terminal = *world_terminal();
    struct terminal_keys_row keys = *world_keys();
    char id[TERMINAL_ID_LEN];
    char name[4];

    for (uint32_t till = 0; till < TILLS; till++) {
        till_name(till, name);
        assert_int_equal(identity_id_from_text(name, ' ', id, sizeof id), OK);
        memcpy(terminal.terminal, id, sizeof id);
        terminal.master = fake_key(KEY_TMK, 3, name);
        keys.pin = fake_key(KEY_PIK, 4, name);
        keys.mac = fake_key(KEY_MAK, 5, name);
        world_put(row_key_of(TABLE_TERMINAL, id, sizeof id), &terminal, sizeof terminal);
        world_put(row_key_of(TABLE_TERMINAL_KEYS, id, sizeof id), &keys, sizeof keys);
    }
}

static void open_other_bank(void)
{
    struct keyblock master = fake_key(KEY_ZMK, 6, OTHER_ISSUER);
    struct issuer_link_row link = *world_issuer_link();
    struct issuer_row issuer;

    assert_int_equal(onboard_issuer(OTHER_ISSUER, "Second bank", &master, &issuer), OK);
    issuer.zone_pin = fake_key(KEY_ZPK, 7, OTHER_ISSUER);
    issuer.zone_mac = fake_key(KEY_ZAK, 8, OTHER_ISSUER);
    world_put(onboard_issuer_key(&issuer), &issuer, sizeof issuer);
    memcpy(link.issuer, OTHER_ISSUER, sizeof OTHER_ISSUER - 1);
    link.link = OTHER_ISSUER_LINK;
    world_put(world_link_key(OTHER_ISSUER, world.node), &link, sizeof link);
}

static void open_storm(uint32_t owed, bool line_goes)
{
    memset(&storm, 0, sizeof storm);
    storm.owed = owed;
    agenda_count = 0;
    world_open();
    world.writes = false;
    world.is_unproved = true; /* after each event it would take too long: once, at the end */
    open_tills();
    open_other_bank();
    prng_seed(&storm.prng, 17);
    for (uint32_t i = 0; i < owed; i++)
        agenda_add((struct coming){
            .us = GONE_US - (owed - i) * OWED_EVERY_US, .what = A_REQUEST, .number = i + 1});
    for (uint32_t i = 0; i < FRESH_MAX; i++) {
        int64_t us = BACK_US + (i + 1) * FRESH_EVERY_US;
        enum bank bank = i % 2 == 0 ? BANK : OTHER_BANK;
        if (i % 8 == 7) /* and while the bank is gone, at the other one */
            us = GONE_US + i * FRESH_EVERY_US;
        if (us < END_US - 30 * SECOND_US)
            agenda_add(
                (struct coming){.us = us, .what = A_REQUEST, .number = OWED + i + 1, .bank = bank});
    }
    if (!line_goes)
        return;
    agenda_add((struct coming){.us = GONE_US, .what = A_BANK_GOES});
    agenda_add((struct coming){.us = BACK_US, .what = A_BANK_COMES});
}

/* ---- the switch ---- */

/* A bank that is there answers what comes, one after another. */
static void reach_bank(const struct world_sent *sent, enum bank bank)
{
    bool is_reversal = sent->message.function == FUNCTION_REVERSAL;
    bool hangs = bank == BANK && storm.now_us < BACK_US;

    if (is_reversal)
        storm.sends[storm.now_us / SECOND_US]++;
    if (hangs)
        return;
    int64_t start = storm.now_us + WIRE_US;
    if (start < storm.bank_free_us[bank])
        start = storm.bank_free_us[bank];
    storm.bank_free_us[bank] = start + BANK_US;
    agenda_add((struct coming){.us = start + BANK_US + WIRE_US,
                               .what = AN_ANSWER,
                               .number = sent->message.identity.trace,
                               .bank = bank,
                               .is_reversal = is_reversal});
}

static void reach_till(const struct world_sent *sent)
{
    uint32_t trace = sent->message.identity.trace;
    int64_t wait_us = storm.now_us - storm.asked_us[trace];

    if (trace <= OWED)
        return;
    assert_memory_equal(sent->message.code, "00", 2);
    storm.fresh_answered++;
    if (wait_us > storm.fresh_wait_us)
        storm.fresh_wait_us = wait_us;
}

static void carry_out(void)
{
    for (size_t i = 0; i < world.sent_count; i++) {
        if (world.sent[i].link == ISSUER_LINK)
            reach_bank(&world.sent[i], BANK);
        else if (world.sent[i].link == OTHER_ISSUER_LINK)
            reach_bank(&world.sent[i], OTHER_BANK);
        else
            reach_till(&world.sent[i]);
    }
    for (size_t i = 0; i < world.deadline_count; i++) {
        size_t row = (size_t)(world_find(&world.deadlines[i].key) - world.rows);
        int64_t us = world.deadlines[i].due.ns / 1000 - WALL_START;
        storm.due_us[row] = us;
        agenda_add((struct coming){.us = us, .what = A_TIMER, .number = (uint32_t)row});
    }
}

static void run_event(void)
{
    prng_fill(&storm.prng, world.event.entropy, sizeof world.event.entropy);
    world_run();
    storm.now_us += SWITCH_US;
    carry_out();
}

static void say_request(const struct coming *coming)
{
    struct txn_message message = world_request(KIND_SALE, coming->number, 1000);
    struct node_event *event = world_event(EVENT_MESSAGE);
    char name[4];

    till_name(coming->number, name);
    struct keyblock mak = fake_key(KEY_MAK, 5, name);
    message.identity = identity_of_trace(coming->number);
    if (coming->bank == OTHER_BANK)
        message.pan = world_pan(OTHER_CARD);
    storm.asked_us[coming->number] = coming->us;
    storm.fresh_asked += coming->number > OWED;
    event->link = TILL_LINK;
    event->message = message;
    sign_with(&event->message, &mak, name);
    run_event();
}

/* The answer to what the row says was sent. */
static void say_answer(const struct coming *coming)
{
    const struct payment_row *row = payment_of(coming->number);
    struct node_event *event = world_event(EVENT_MESSAGE);
    struct txn_message *message = &event->message;
    struct keyblock zak = fake_key(KEY_ZAK, 8, bank_ids[coming->bank]);

    message->kind = (enum txn_kind)row->kind;
    message->function = coming->is_reversal ? FUNCTION_REVERSAL_RESPONSE : FUNCTION_RESPONSE;
    message->identity = row->identity;
    message->amount = row->amount;
    memcpy(message->rrn, row->rrn, RRN_LEN);
    memcpy(message->code, "00", 2);
    event->link = coming->bank == BANK ? ISSUER_LINK : OTHER_ISSUER_LINK;
    memcpy(event->peer, bank_ids[coming->bank], strlen(bank_ids[coming->bank]));
    sign_with(message, &zak, bank_ids[coming->bank]);
    bool was_owed = row->stage == STAGE_REVERSING;
    run_event();
    if (!was_owed || coming->number > OWED || payment_of(coming->number)->stage != STAGE_REVERSED)
        return;
    storm.confirmed++;
    storm.settled_us = storm.till_settled_us[coming->number % TILLS] = storm.now_us;
}

static void run_timer(uint32_t row, enum event_kind kind)
{
    storm.due_us[row] = 0;
    world_event(kind)->key = world.rows[row].key;
    run_event();
}

/* The process ends and starts: what it had armed is gone, what is pending is taken up at once. */
static void restart(void)
{
    memset(storm.due_us, 0, sizeof storm.due_us);
    for (uint32_t trace = OWED + 1; trace <= OWED + FRESH_MAX; trace++) {
        const struct payment_row *row = payment_of(trace);
        storm.fresh_cut += row != NULL && row->stage == STAGE_SENT;
    }
    for (uint32_t row = 0; row < world.row_count; row++) {
        if (world.rows[row].found && world.rows[row].key.table == TABLE_PENDING)
            run_timer(row, EVENT_RECOVER);
    }
}

static void happen(const struct coming *coming)
{
    switch (coming->what) {
    case A_TIMER:
        if (storm.due_us[coming->number] == coming->us)
            run_timer(coming->number, EVENT_TIMER);
        break;
    case A_RESTART:
        restart();
        break;
    case A_REQUEST:
        say_request(coming);
        break;
    case AN_ANSWER:
        say_answer(coming);
        break;
    case A_BANK_GOES:
    case A_BANK_COMES:
        world_issuer_link()->is_up = coming->what == A_BANK_COMES;
        world_issuer_link()->link = coming->what == A_BANK_COMES ? ISSUER_LINK : 0;
        break;
    }
}

static void play(void)
{
    while (agenda_count > 0 && agenda[0].us < END_US) {
        struct coming coming = agenda_take();
        if (coming.us > storm.now_us)
            storm.now_us = coming.us;
        world.wall.us = WALL_START + storm.now_us;
        happen(&coming);
    }
}

/* ---- what is promised ---- */

static uint32_t most_sends(int64_t from_us, int64_t until_us)
{
    uint32_t most = 0;

    for (int64_t us = from_us; us < until_us; us += SECOND_US) {
        uint32_t sends = storm.sends[us / SECOND_US];
        most = sends > most ? sends : most;
    }
    return most;
}

static void expect_weathered(void)
{
    uint32_t most = most_sends(BACK_US, END_US);
    int64_t first_us = INT64_MAX;

    for (size_t i = 0; i < TILLS; i++)
        first_us = storm.till_settled_us[i] < first_us ? storm.till_settled_us[i] : first_us;
    print_message("owed %u, confirmed within %d ms, at most %u in a second; of %u new payments the "
                  "slowest took %d ms; the first till is done %d ms before the last\n",
                  storm.owed, (int)((storm.settled_us - BACK_US) / 1000), most,
                  storm.fresh_answered, (int)(storm.fresh_wait_us / 1000),
                  (int)((storm.settled_us - first_us) / 1000));
    assert_int_equal(storm.confirmed, storm.owed);
    assert_true(storm.fresh_asked > 500);
    assert_int_equal(storm.fresh_answered + storm.fresh_cut, storm.fresh_asked);
    assert_true(most <= storm.owed / SECOND_SENDS_PART);
    assert_true(most_sends(0, BACK_US) <= HUNG_SENDS_PART * SECOND_US / OWED_EVERY_US);
    assert_true(storm.fresh_wait_us <= FRESH_WAIT_MAX_MS * 1000);
    assert_true(storm.settled_us - BACK_US <= SETTLED_MAX_MS * 1000);
    assert_true(storm.settled_us - first_us <= TILL_APART_MAX_MS * 1000);
    world.is_unproved = false;
    world_prove();
}

static void test_a_bank_comes_back_to_thousands_that_are_owed(void **state)
{
    (void)state;
    open_storm(OWED, true);
    play();
    expect_weathered();
}

static void test_a_switch_that_started_meanwhile_floods_nobody(void **state)
{
    (void)state;
    open_storm(OWED, true);
    agenda_add((struct coming){.us = GONE_US + 300 * SECOND_US, .what = A_RESTART});
    play();
    expect_weathered();
}

static void test_a_switch_that_starts_as_the_bank_comes_floods_nobody(void **state)
{
    (void)state;
    open_storm(OWED / 4, true);
    agenda_add((struct coming){.us = BACK_US - SECOND_US, .what = A_RESTART});
    play();
    expect_weathered();
}

/* It confirmed some before the switch ended. */
static void test_a_switch_that_starts_among_it_floods_nobody(void **state)
{
    (void)state;
    open_storm(OWED / 4, true);
    agenda_add((struct coming){.us = BACK_US + 5 * SECOND_US, .what = A_RESTART});
    play();
    expect_weathered();
}

/* Its line stays up: each reversal is sent, and sent again, and nobody answers. */
static void test_a_bank_that_only_hangs_is_not_flooded(void **state)
{
    (void)state;
    open_storm(OWED / 4, false);
    agenda_add((struct coming){.us = GONE_US + 300 * SECOND_US, .what = A_RESTART});
    play();
    expect_weathered();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bank_comes_back_to_thousands_that_are_owed),
        cmocka_unit_test(test_a_switch_that_started_meanwhile_floods_nobody),
        cmocka_unit_test(test_a_switch_that_starts_as_the_bank_comes_floods_nobody),
        cmocka_unit_test(test_a_switch_that_starts_among_it_floods_nobody),
        cmocka_unit_test(test_a_bank_that_only_hangs_is_not_flooded),
    };

    return cmocka_run_group_tests_name("acquirer/storm", tests, NULL, NULL);
}

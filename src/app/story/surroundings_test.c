#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/story/surroundings.h"
#include "books/journal.h"
#include "books/party_rows.h"
#include "books/payment_row.h"
#include "books/risk_rows.h"
#include "drivers/store_memory.h"

#include <string.h>

#define MINUTE_US INT64_C(60000000)
#define DAY_US (24 * 60 * MINUTE_US)
#define NOON_US (20000 * DAY_US + 12 * 60 * MINUTE_US)

static struct store store;
static struct journal_record record;
static uint8_t bytes[JOURNAL_RECORD_LEN_MAX];

/* One row, and a record of it. */
static void write_row(const struct row_key *key, const void *value, size_t len)
{
    struct store_change change = {.key = *key, .value = bytes_over(value, len)};
    uint8_t hash[JOURNAL_HASH_LEN] = {0};
    size_t record_len = 0;

    record.sequence++;
    record.change_count = 1;
    record.changes[0] = (struct journal_change){.key = *key, .value = change.value};
    assert_int_equal(journal_encode(&record, bytes, sizeof bytes, &record_len), OK);
    struct store_record written = {.sequence = record.sequence,
                                   .bytes = bytes_over(bytes, record_len)};
    struct store_batch batch = {&change, 1, &written, 1, hash};
    assert_int_equal(store.commit(store.self, &batch), STORE_OK);
}

/* An answered sale so many minutes after noon; code "00" is an approval. */
static struct payment_row answer(int minutes, uint8_t card, const char *code)
{
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT,
                              .kind = KIND_SALE,
                              .stage = STAGE_ANSWERED,
                              .decided_by = PARTY_ISSUER,
                              .entry = ENTRY_CHIP,
                              .created = {NOON_US + minutes * MINUTE_US}};
    enum outcome outcome = outcome_by_code(code, PARTY_ISSUER);

    row.outcome = (uint16_t)outcome;
    row.money = outcome_is_approved(outcome) ? MONEY_MOVED : MONEY_NOT_MOVED;
    row.amount = money_of(10000, CURRENCY_CNY);
    row.pan.hash.at[0] = card;
    row.business_date = 20241004;
    memcpy(row.code, code, sizeof row.code);
    memcpy(row.merchant, "SHOP1          ", sizeof row.merchant);
    memcpy(row.issuer, "20000001", 8);
    memcpy(row.identity.terminal, "T1      ", sizeof row.identity.terminal);
    row.identity.class = IDENTITY_PAYMENT;
    row.identity.trace = (uint32_t)record.sequence + 1;
    return row;
}

static struct identity keep(struct payment_row row)
{
    struct row_key key;

    record.wall = row.created;
    record.what = row.money == MONEY_MOVED ? WHAT_APPROVED : WHAT_DECLINED;
    row.history[0] = record.sequence + 1;
    row.history_len = 1;
    key = payment_row_key(&row.identity);
    write_row(&key, &row, sizeof row);
    return row.identity;
}

static struct surroundings around(const struct identity *identity)
{
    struct surroundings out;
    struct journals journals;

    journals_over(&store, NULL, 0, &journals);
    surroundings_read(&journals, identity, &out);
    return out;
}

static void expect(const struct surroundings *out, enum rank_fact fact, uint32_t value)
{
    assert_true(out->evidence.is_known[fact]);
    assert_int_equal(out->evidence.values[fact], value);
}

static int set_up(void **state)
{
    struct store_memory_options options = {.node = 1};

    (void)state;
    memset(&record, 0, sizeof record);
    record.node = 1;
    record.epoch = 1;
    return store_memory_open(&options, &store) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    store.close(store.self);
    return 0;
}

static void test_an_unknown_payment_has_no_surroundings(void **state)
{
    struct identity nobody = {.class = IDENTITY_PAYMENT, .trace = 1};

    (void)state;
    assert_false(around(&nobody).is_found);
}

static void test_wrong_pins_and_other_cards_are_seen(void **state)
{
    struct identity refused;
    struct surroundings out;
    struct rank_answer answer_to;

    (void)state;
    for (int i = 0; i < 3; i++)
        (void)keep(answer(-5 + i, 1, "55"));
    for (uint8_t i = 0; i < 4; i++)
        (void)keep(answer(-1, (uint8_t)(10 + i), i == 0 ? "51" : "00"));
    refused = keep(answer(0, 1, "05"));
    (void)keep(answer(61, 1, "55")); /* too late to say anything */
    out = around(&refused);
    assert_true(out.is_found);
    assert_int_equal(out.record_count, 8);
    assert_int_equal(out.since.us, NOON_US - 5 * MINUTE_US);
    expect(&out, RANK_WRONG_PINS, 3);
    expect(&out, RANK_ISSUER_REFUSED, 25);
    expect(&out, RANK_SHOP_REFUSED, 25);
    expect(&out, RANK_FALLBACK, 0);
    rank_bare_refusal(&out.evidence, &answer_to);
    assert_int_equal(answer_to.hits[0].outcome, OUTCOME_PIN_TRIES_EXCEEDED);
}

static void test_what_the_switch_itself_refused_says_nothing(void **state)
{
    struct payment_row row;
    struct identity refused;
    struct surroundings out;

    (void)state;
    for (uint8_t i = 0; i < 6; i++) {
        row = answer(-1, (uint8_t)(10 + i), "51");
        row.decided_by = i < 4 ? PARTY_ACQUIRER : PARTY_ISSUER;
        row.is_training = i == 4;
        row.kind = i == 5 ? KIND_BALANCE : KIND_SALE;
        (void)keep(row);
    }
    refused = keep(answer(0, 1, "05"));
    out = around(&refused);
    assert_false(out.evidence.is_known[RANK_ISSUER_REFUSED]);
}

static void test_rows_of_shop_tables_and_card_are_read(void **state)
{
    struct merchant_row merchant = {.layout = PARTY_ROW_LAYOUT,
                                    .state_since = {NOON_US - 2 * DAY_US}};
    struct config_row config = {.layout = PARTY_ROW_LAYOUT,
                                .utc_offset_s = 28800,
                                .tables_since = {NOON_US - 100 * DAY_US}};
    struct card_activity_row card = {
        .tally = {.date = 20241004, .day_count = 9}, .pin_date = 20241004, .pin_wrong = 2};
    struct payment_row row = answer(0, 1, "05");
    struct row_key keys[] = {
        row_key_of(TABLE_MERCHANT, row.merchant, sizeof row.merchant),
        row_key_of(TABLE_CONFIG, NULL, 0),
        row_key_of(TABLE_CARD_ACTIVITY, &row.pan.hash, sizeof row.pan.hash),
    };
    struct identity refused;
    struct surroundings out;

    (void)state;
    write_row(&keys[0], &merchant, sizeof merchant);
    write_row(&keys[1], &config, sizeof config);
    write_row(&keys[2], &card, sizeof card);
    row.identity.trace = 99;
    row.is_fallback = 1;
    refused = keep(row);
    out = around(&refused);
    expect(&out, RANK_MERCHANT_DAYS, 2);
    expect(&out, RANK_TABLE_DAYS, 100);
    expect(&out, RANK_HOUR, 20);
    expect(&out, RANK_WRONG_PINS, 2);
    expect(&out, RANK_PAYMENTS_TODAY, 9);
    expect(&out, RANK_FALLBACK, 1);
    card.pin_date = card.tally.date = 20241003; /* of yesterday */
    write_row(&keys[2], &card, sizeof card);
    out = around(&refused);
    assert_false(out.evidence.is_known[RANK_WRONG_PINS]);
}

static void test_no_more_records_are_read_than_promised(void **state)
{
    struct identity refused;
    struct surroundings out;

    (void)state;
    for (int i = 0; i < SURROUNDINGS_BEFORE + 50; i++)
        (void)keep(answer(-1, 2, "00"));
    refused = keep(answer(0, 1, "05"));
    out = around(&refused);
    assert_int_equal(out.record_count, SURROUNDINGS_BEFORE + 1);
    for (int i = 0; i < SURROUNDINGS_AFTER + 50; i++)
        (void)keep(answer(1, 2, "00"));
    out = around(&refused);
    assert_int_equal(out.record_count, SURROUNDINGS_BEFORE + SURROUNDINGS_AFTER);
}

static struct store other; /* node 2's */

static enum store_result read_other(void *self, uint16_t node, uint64_t from_sequence,
                                    store_record_visit *visit, void *context)
{
    (void)self;
    assert_int_equal(node, 2);
    return other.read(other.self, from_sequence, visit, context);
}

/* Writes to the other node's store, and its journal. */
static void keep_elsewhere(struct payment_row row, uint64_t records_before)
{
    struct store ours = store;
    struct journal_record last = record;

    store = other;
    record = (struct journal_record){.node = 2, .epoch = 1};
    record.sequence = records_before;
    (void)keep(row);
    store = ours;
    record = last;
}

/* The customer tried the same card at tills that go to the other node. */
static void test_the_records_of_all_nodes_are_read(void **state)
{
    struct store_memory_options options = {.node = 2};
    struct store_node nodes[2] = {{{0}, 0, 0}};
    struct journals journals;
    struct identity refused;
    struct surroundings out;

    (void)state;
    assert_int_equal(store_memory_open(&options, &other), OK);
    for (uint8_t i = 0; i < 5; i++)
        keep_elsewhere(answer(i - 3, 1, "55"), i); /* one of them after the refusal */
    (void)keep(answer(-2, 1, "55"));
    refused = keep(answer(0, 1, "05"));
    store.read_of = read_other;
    store.head(store.self, &nodes[0].head);
    other.head(other.self, &nodes[1].head);
    journals_over(&store, nodes, 2, &journals);
    surroundings_read(&journals, &refused, &out);
    assert_int_equal(out.record_count, 2 + 4); /* the other's first is older than all of ours */
    expect(&out, RANK_WRONG_PINS, 1 + 2);
    other.close(other.self);
}

static void test_damage_says_nothing(void **state)
{
    struct payment_row row = answer(-1, 1, "55");
    struct row_key key = payment_row_key(&row.identity);
    struct identity refused;
    struct surroundings out;

    (void)state;
    record.what = WHAT_DECLINED;
    record.wall.us = NOON_US - MINUTE_US;
    write_row(&key, &row, sizeof row - 8);
    row.kind = 200;
    (void)keep(row);
    refused = keep(answer(0, 1, "05"));
    out = around(&refused);
    assert_true(out.is_found);
    assert_false(out.evidence.is_known[RANK_WRONG_PINS]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_unknown_payment_has_no_surroundings, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_pins_and_other_cards_are_seen, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_switch_itself_refused_says_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_rows_of_shop_tables_and_card_are_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_more_records_are_read_than_promised, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_records_of_all_nodes_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_says_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

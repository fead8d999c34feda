#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"
#include "books/journal.h"
#include "books/party_rows.h"
#include "books/payment_row.h"

#include <string.h>

static struct journal_record record;
static struct journal_record back;
static uint8_t values[NEEDS_MAX][ROW_VALUE_LEN_MAX];
static uint8_t encoded[JOURNAL_RECORD_LEN_MAX];
static uint8_t again[JOURNAL_RECORD_LEN_MAX];

static struct identity identity_of(uint32_t trace)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = 1, .trace = trace};

    memcpy(identity.acquirer, "48020000", 8);
    memcpy(identity.terminal, "T1      ", TERMINAL_ID_LEN);
    return identity;
}

static void random_change(struct prng *prng, size_t i)
{
    struct journal_change *change = &record.changes[i];
    uint8_t key[ROW_KEY_LEN_MAX];
    size_t value_len = (size_t)prng_below(prng, ROW_VALUE_LEN_MAX + 1);

    prng_fill(prng, key, sizeof key);
    prng_fill(prng, values[i], value_len);
    change->key = row_key_of((enum row_table)(1 + prng_below(prng, TABLE_COUNT - 1)), key,
                             (size_t)prng_below(prng, ROW_KEY_LEN_MAX + 1));
    change->is_removal = prng_chance(prng, 200);
    change->value = bytes_over(values[i], change->is_removal ? 0 : value_len);
}

static void random_record(struct prng *prng)
{
    memset(&record, 0, sizeof record);
    record.node = (uint16_t)prng_next(prng);
    record.epoch = (uint32_t)prng_next(prng);
    record.sequence = prng_next(prng);
    prng_fill(prng, record.previous, sizeof record.previous);
    record.wall.us = (int64_t)prng_next(prng);
    record.business_date = (uint32_t)prng_next(prng);
    record.settlement_date = (uint32_t)prng_next(prng);
    record.tables_version = (uint32_t)prng_next(prng);
    record.what = (uint8_t)prng_below(prng, WHAT_COUNT);
    record.money = (uint8_t)prng_below(prng, MONEY_STATE_COUNT);
    record.outcome = (uint16_t)(prng_chance(prng, 500) ? OUTCOME_APPROVED : OUTCOME_CARD_LOST);
    record.identity = identity_of((uint32_t)prng_below(prng, 1000000));
    for (size_t pairs = prng_below(prng, POSTINGS_MAX / 2 + 1); pairs > 0; pairs--)
        postings_add_pair(&record.postings,
                          (struct account_ref){ACCOUNT_CARDHOLDER, prng_next(prng)},
                          (struct account_ref){ACCOUNT_ACQUIRER_SETTLEMENT, prng_next(prng)},
                          money_of(1 + (int64_t)prng_below(prng, MONEY_MINOR_MAX), CURRENCY_CNY));
    record.change_count = (uint8_t)prng_below(prng, NEEDS_MAX + 1);
    for (size_t i = 0; i < record.change_count; i++)
        random_change(prng, i);
}

static size_t encode(void)
{
    size_t len = 0;

    assert_int_equal(journal_encode(&record, encoded, sizeof encoded, &len), OK);
    return len;
}

static void test_any_record_comes_back(void **state)
{
    (void)state;
    struct prng prng;
    size_t again_len = 0;

    prng_seed(&prng, 7);
    for (int turn = 0; turn < 300; turn++) {
        random_record(&prng);
        size_t len = encode();
        assert_int_equal(journal_decode(bytes_over(encoded, len), &back), OK);
        assert_int_equal(back.sequence, record.sequence);
        assert_int_equal(back.wall.us, record.wall.us);
        assert_true(identity_equal(&back.identity, &record.identity));
        assert_int_equal(back.change_count, record.change_count);
        for (size_t i = 0; i < record.change_count; i++) {
            assert_true(row_key_equal(&back.changes[i].key, &record.changes[i].key));
            assert_int_equal(back.changes[i].is_removal, record.changes[i].is_removal);
            assert_true(bytes_equal(back.changes[i].value, record.changes[i].value));
        }
        assert_int_equal(journal_encode(&back, again, sizeof again, &again_len), OK);
        assert_int_equal(again_len, len);
        assert_memory_equal(again, encoded, len);
    }
}

static void test_the_largest_record_fits(void **state)
{
    (void)state;
    struct prng prng;

    prng_seed(&prng, 8);
    do
        random_record(&prng);
    while (record.postings.count < POSTINGS_MAX);
    record.change_count = NEEDS_MAX;
    for (size_t i = 0; i < NEEDS_MAX; i++) {
        record.changes[i] = (struct journal_change){
            .key = row_key_of(TABLE_PAYMENT, values[i], ROW_KEY_LEN_MAX),
            .value = bytes_over(values[i], ROW_VALUE_LEN_MAX),
        };
    }
    assert_in_range(encode(), NEEDS_MAX * ROW_VALUE_LEN_MAX, JOURNAL_RECORD_LEN_MAX);
}

static void test_a_cut_record_is_damaged_at_every_length(void **state)
{
    (void)state;
    struct prng prng;
    size_t len;
    size_t ignored;

    prng_seed(&prng, 9);
    do
        random_record(&prng);
    while (record.change_count != 2 || record.postings.count == 0);
    len = encode();
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(journal_decode(bytes_over(encoded, cut), &back), ERR_CORRUPT);
        assert_int_equal(journal_encode(&record, again, cut, &ignored), ERR_FULL);
    }
    encoded[len] = 0;
    assert_int_equal(journal_decode(bytes_over(encoded, len + 1), &back), ERR_CORRUPT);
}

static void test_changed_bytes_never_become_a_bad_record(void **state)
{
    (void)state;
    struct prng prng;
    size_t len;
    size_t again_len;

    prng_seed(&prng, 10);
    for (int turn = 0; turn < 20000; turn++) {
        if (turn % 100 == 0)
            random_record(&prng);
        len = encode();
        encoded[prng_below(&prng, len < 200 ? len : 200)] = (uint8_t)prng_next(&prng);
        if (journal_decode(bytes_over(encoded, len), &back) != OK)
            continue;
        assert_true(postings_balance(&back.postings));
        assert_true(outcome_is_known(back.outcome));
        assert_int_equal(journal_encode(&back, again, sizeof again, &again_len), OK);
        assert_int_equal(again_len, len);
    }
}

static void test_a_newer_record_says_so(void **state)
{
    (void)state;
    memset(&record, 0, sizeof record);
    size_t len = encode();
    encoded[0]++;
    assert_int_equal(journal_decode(bytes_over(encoded, len), &back), ERR_VERSION);
}

static void test_every_happening_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < WHAT_COUNT; i++) {
        enum journal_what what = (enum journal_what)i;
        assert_true(strlen(journal_what_name(what)) > 0);
        assert_true(strlen(journal_what_zh(what)) > 0);
        assert_true(strlen(journal_what_en(what)) > 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(journal_what_name((enum journal_what)j),
                                    journal_what_name(what));
    }
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_keys_are_ordered_by_table_then_bytes_then_length(void **state)
{
    (void)state;
    const struct row_key keys[] = {
        row_key_of(TABLE_CONFIG, NULL, 0),      row_key_of(TABLE_ROUTE, "622280", 6),
        row_key_of(TABLE_ROUTE, "622280\0", 7), row_key_of(TABLE_ROUTE, "62228001", 8),
        row_key_of(TABLE_ROUTE, "622281", 6),   row_key_number(TABLE_ACCOUNT, 1),
        row_key_number(TABLE_ACCOUNT, 256),
    };

    for (int i = 0; i < (int)ARRAY_COUNT(keys); i++) {
        for (int j = 0; j < (int)ARRAY_COUNT(keys); j++) {
            assert_int_equal(sign(row_key_compare(&keys[i], &keys[j])), sign(i - j));
            assert_int_equal(row_key_equal(&keys[i], &keys[j]), i == j);
        }
    }
}

static void test_hashes_spread_over_keys_that_follow_each_other(void **state)
{
    (void)state;
    enum { BUCKETS = 1024 };
    static uint8_t seen[BUCKETS];
    size_t used = 0;

    for (uint32_t trace = 1; trace <= BUCKETS; trace++) {
        struct identity identity = identity_of(trace);
        struct row_key key = payment_row_key(&identity);
        used += seen[row_key_hash(&key) % BUCKETS]++ == 0;
    }
    /* Evenly random keys would leave 1/e of the buckets empty. */
    assert_true(used > BUCKETS * 6 / 10);
}

static void test_the_last_bytes_of_a_key_count(void **state)
{
    (void)state;
    uint8_t bytes[ROW_KEY_LEN_MAX] = {0};
    struct row_key key = row_key_of(TABLE_CARD, bytes, sizeof bytes);
    uint64_t hash = row_key_hash(&key);

    for (size_t i = 0; i < sizeof bytes; i++) {
        struct row_key other = key;
        other.at[i] = 1;
        assert_true(row_key_hash(&other) != hash);
    }
}

static void test_a_reversal_finds_its_payments_row(void **state)
{
    (void)state;
    struct identity payment = identity_of(42);
    struct identity reversal = identity_as(&payment, IDENTITY_REVERSAL);
    struct row_key a = payment_row_key(&payment);
    struct row_key b = payment_row_key(&reversal);

    assert_true(row_key_equal(&a, &b));
    assert_int_equal(a.table, TABLE_PAYMENT);
}

static void test_stages_follow_only_as_the_table_says(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const may[STAGE_COUNT] = {
        /*                    none sent answered reversing reversed tombstone stored */
        [STAGE_NONE]      = "yyy--yy",
        [STAGE_SENT]      = "-yyyy--",
        [STAGE_ANSWERED]  = "--yyy--",
        [STAGE_REVERSING] = "--yyy--",
        [STAGE_REVERSED]  = "----y--",
        [STAGE_TOMBSTONE] = "-----y-",
        [STAGE_STORED]    = "-y----y",
    };
    /* clang-format on */

    for (int from = 0; from < STAGE_COUNT; from++) {
        for (int to = 0; to < STAGE_COUNT; to++)
            assert_int_equal(
                payment_stage_may_follow((enum payment_stage)from, (enum payment_stage)to),
                may[from][to] == 'y');
        for (int other = 0; other < from; other++)
            assert_string_not_equal(payment_stage_name((enum payment_stage)other),
                                    payment_stage_name((enum payment_stage)from));
    }
}

static void test_a_payment_moves_and_remembers(void **state)
{
    (void)state;
    static struct payment_row row;

    payment_row_move(&row, STAGE_SENT);
    payment_row_set_money(&row, MONEY_UNKNOWN);
    payment_row_move(&row, STAGE_ANSWERED);
    payment_row_set_money(&row, MONEY_MOVED);
    assert_int_equal(row.stage, STAGE_ANSWERED);
    assert_int_equal(row.money, MONEY_MOVED);
    for (uint64_t n = 1; n <= PAYMENT_HISTORY_MAX + 5; n++)
        payment_row_note(&row, n);
    assert_int_equal(row.history_len, PAYMENT_HISTORY_MAX);
    for (uint64_t n = 0; n < PAYMENT_HISTORY_MAX / 2; n++)
        assert_int_equal(row.history[n], n + 1);
    assert_int_equal(row.history[PAYMENT_HISTORY_MAX - 1], PAYMENT_HISTORY_MAX + 5);
    assert_int_equal(row.history[PAYMENT_HISTORY_MAX / 2], PAYMENT_HISTORY_MAX / 2 + 6);
}

static void test_postings_balance_for_each_currency(void **state)
{
    (void)state;
    struct postings postings = {0};

    assert_true(postings_balance(&postings));
    postings_add_pair(&postings, (struct account_ref){ACCOUNT_CARDHOLDER, 1},
                      (struct account_ref){ACCOUNT_ACQUIRER_SETTLEMENT, 2},
                      money_of(1000, CURRENCY_CNY));
    postings_add_pair(&postings, (struct account_ref){ACCOUNT_CARDHOLDER, 3},
                      (struct account_ref){ACCOUNT_ACQUIRER_SETTLEMENT, 2}, money_of(5, 840));
    assert_true(postings_balance(&postings));
    assert_int_equal(postings.rows[0].minor, 1000);
    assert_int_equal(postings.rows[1].minor, -1000);
    postings.rows[3].currency = CURRENCY_CNY;
    assert_false(postings_balance(&postings));
    postings.rows[3].currency = 840;
    postings.rows[0].minor = 0;
    postings.rows[1].minor = 0;
    assert_false(postings_balance(&postings));
}

static void test_accounts_have_names_and_stable_numbers(void **state)
{
    (void)state;
    for (int i = 0; i < ACCOUNT_KIND_COUNT; i++) {
        assert_true(strlen(account_kind_name((enum account_kind)i)) > 0);
        assert_int_equal(account_kind_has_row((enum account_kind)i), i == ACCOUNT_CARDHOLDER);
    }
    /* FNV-1a, published: offset basis for nothing, "a" and "foobar". */
    assert_true(account_of_text("", 0) == 0xCBF29CE484222325U);
    assert_true(account_of_text("a", 1) == 0xAF63DC4C8601EC8CU);
    assert_true(account_of_text("foobar", 6) == 0x85944171F73967E8U);
}

static void test_tables_and_states_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        for (int j = 0; j < i; j++)
            assert_string_not_equal(row_table_name((enum row_table)j),
                                    row_table_name((enum row_table)i));
    }
    for (int i = 0; i < RECORD_STATE_COUNT; i++)
        assert_int_equal(record_state_by_name(record_state_name((enum record_state)i)), i);
    assert_int_equal(record_state_by_name("asleep"), RECORD_STATE_COUNT);
}

static void test_a_row_with_unknown_numbers_is_not_readable(void **state)
{
    (void)state;
    for (int way = 0; way < 10; way++) {
        struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT, .outcome = OUTCOME_APPROVED};
        assert_true(payment_row_is_readable(&row));
        row.layout = way == 0 ? PAYMENT_ROW_LAYOUT + 1 : PAYMENT_ROW_LAYOUT;
        row.kind = way == 1 ? KIND_COUNT : 0;
        row.stage = way == 2 ? STAGE_COUNT : 0;
        row.money = way == 3 ? MONEY_STATE_COUNT : 0;
        row.decided_by = way == 4 ? PARTY_COUNT : 0;
        row.outcome = way == 5 ? OUTCOME_COUNT : OUTCOME_APPROVED;
        row.history_len = way == 6 ? PAYMENT_HISTORY_MAX + 1 : 0;
        row.icc_answer_len = way == 7 ? ICC_ANSWER_LEN_MAX + 1 : 0;
        row.evidence[EVIDENCE_MAX - 1].name = way == 8 ? EVIDENCE_COUNT : 0;
        row.evidence[0].text[sizeof row.evidence[0].text - 1] = way == 9 ? 'x' : 0;
        assert_false(payment_row_is_readable(&row));
    }
}

/* A sale with a tip that is voided: what the rows say adds up to nothing, and the sale's own money
 * never changes. */
static void test_rows_of_a_payment_add_up(void **state)
{
    struct payment_row sale = {.kind = KIND_SALE, .posted_minor = 1000, .tip_minor = 50};
    struct payment_row tip = {.kind = KIND_TIP_ADJUST, .posted_minor = 50};
    struct payment_row undone = {.kind = KIND_VOID, .posted_minor = 1050};

    (void)state;
    assert_int_equal(payment_row_net(&sale), 0); /* not moved yet */
    sale.money = tip.money = undone.money = MONEY_MOVED;
    assert_int_equal(payment_row_standing(&sale), 1050);
    assert_int_equal(payment_row_net(&sale) + payment_row_net(&tip), 1050);
    assert_int_equal(payment_row_net(&undone), -1050);
    sale.money = MONEY_RETURNED;
    assert_int_equal(payment_row_net(&sale), 0);
}

static void test_a_hold_stands_until_something_follows(void **state)
{
    struct payment_row row = {.kind = KIND_PREAUTH, .money = MONEY_HELD, .posted_minor = 1000};

    (void)state;
    assert_true(payment_row_is_holding(&row));
    assert_int_equal(payment_row_net(&row), 0);
    for (int follow = 0; follow < FOLLOW_COUNT; follow++) {
        row.follow = (uint8_t)follow;
        assert_int_equal(payment_row_is_holding(&row), follow == FOLLOW_NONE ||
                                                           follow == FOLLOW_VOIDING ||
                                                           follow == FOLLOW_COMPLETING);
    }
    row.follow = FOLLOW_NONE;
    row.kind = KIND_INCREMENT; /* the pre-authorisation holds its increments */
    assert_false(payment_row_is_holding(&row));
    row.kind = KIND_PREAUTH;
    row.money = MONEY_RETURNED;
    assert_false(payment_row_is_holding(&row));
    assert_int_equal(payment_row_approved_money(KIND_PREAUTH), MONEY_HELD);
    assert_int_equal(payment_row_approved_money(KIND_INCREMENT), MONEY_HELD);
    assert_int_equal(payment_row_approved_money(KIND_PREAUTH_VOID), MONEY_MOVED);
    assert_int_equal(payment_row_approved_money(KIND_REFUND), MONEY_MOVED);
    assert_int_equal(payment_row_approved_money(KIND_BALANCE), MONEY_NOT_MOVED);
}

/* A layout change without a new layout number would misread stored rows: change both together. */
static void test_rows_lie_in_memory_as_their_layouts_say(void **state)
{
    (void)state;
    assert_int_equal(PARTY_ROW_LAYOUT, 2);
    assert_int_equal(PAYMENT_ROW_LAYOUT, 2);
    assert_int_equal(offsetof(struct config_row, layout), 0);
    assert_int_equal(offsetof(struct terminal_row, layout), 0);
    assert_int_equal(offsetof(struct terminal_keys_row, layout), 0);
    assert_int_equal(offsetof(struct merchant_row, layout), 0);
    assert_int_equal(offsetof(struct route_row, layout), 0);
    assert_int_equal(offsetof(struct issuer_row, layout), 0);
    assert_int_equal(offsetof(struct pending_row, layout), 0);
    assert_int_equal(offsetof(struct acquirer_row, layout), 0);
    assert_int_equal(offsetof(struct card_row, layout), 0);
    assert_int_equal(offsetof(struct account_row, layout), 0);
    assert_int_equal(offsetof(struct payment_row, layout), 0);
    assert_true(sizeof(struct payment_row) % 8 == 0);
    assert_true(sizeof(struct card_row) % 8 == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_record_comes_back),
        cmocka_unit_test(test_the_largest_record_fits),
        cmocka_unit_test(test_a_cut_record_is_damaged_at_every_length),
        cmocka_unit_test(test_changed_bytes_never_become_a_bad_record),
        cmocka_unit_test(test_a_newer_record_says_so),
        cmocka_unit_test(test_every_happening_has_words),
        cmocka_unit_test(test_keys_are_ordered_by_table_then_bytes_then_length),
        cmocka_unit_test(test_hashes_spread_over_keys_that_follow_each_other),
        cmocka_unit_test(test_the_last_bytes_of_a_key_count),
        cmocka_unit_test(test_a_reversal_finds_its_payments_row),
        cmocka_unit_test(test_stages_follow_only_as_the_table_says),
        cmocka_unit_test(test_a_payment_moves_and_remembers),
        cmocka_unit_test(test_postings_balance_for_each_currency),
        cmocka_unit_test(test_accounts_have_names_and_stable_numbers),
        cmocka_unit_test(test_tables_and_states_have_names),
        cmocka_unit_test(test_a_row_with_unknown_numbers_is_not_readable),
        cmocka_unit_test(test_rows_of_a_payment_add_up),
        cmocka_unit_test(test_a_hold_stands_until_something_follows),
        cmocka_unit_test(test_rows_lie_in_memory_as_their_layouts_say),
    };

    return cmocka_run_group_tests_name("books", tests, NULL, NULL);
}

/* Bad input at the issuer: reversals that name nothing, another payment's amount or card, another
 * acquirer's payment, that come a month late, that come a thousand times. The answer stays the
 * same, the books are right, and neither rows nor records grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "books/aside_rows.h"
#include "test/lib/issuer_rig.h"

#define OPENING 100000
#define TIMES 1000

static struct rig rig;

static void sell(uint32_t trace, int64_t minor)
{
    struct node_event event = rig_request(&rig, ENTRY_CHIP, trace, minor);
    const struct rig_result *result = rig_send(&rig, &event);

    assert_memory_equal(result->answer.message.code, "00", RESPONSE_CODE_LEN);
}

static const struct aside_row *kept(uint32_t trace)
{
    static const char acquirer[ACQUIRER_ID_LEN] = RIG_ACQUIRER;
    struct row_key key = aside_row_key(acquirer, trace);

    return rig_value(&rig, &key);
}

static size_t rows_stored(void)
{
    size_t count = 0;

    for (size_t i = 0; i < rig.row_count; i++)
        count += rig.rows[i].found;
    return count;
}

/* Sends it a thousand times; each answer is the code, and nothing grows after the first. */
static void expect_always(const struct node_event *event, const char *code, int64_t balance)
{
    struct node_event copy = *event;
    const struct rig_result *result = rig_send(&rig, &copy);

    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
    uint64_t sequence = rig.sequence;
    size_t rows = rows_stored();
    size_t entries = rig.entry_count;
    for (size_t i = 0; i < TIMES; i++) {
        copy = *event;
        result = rig_send(&rig, &copy);
        assert_true(result->has_answer);
        assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
        assert_true(result->answer.seal.make_mac);
        assert_false(result->is_alarm);
    }
    assert_int_equal(rig.sequence, sequence);
    assert_int_equal(rows_stored(), rows);
    assert_int_equal(rig.entry_count, entries);
    assert_int_equal(rig_account(&rig)->balance_minor, balance);
}

static void test_a_reversal_of_nothing_is_one_tombstone(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    expect_always(&reversal, "00", OPENING);
    assert_int_equal(rig_payment(&rig, 2)->stage, STAGE_TOMBSTONE);
    struct node_event late = rig_request(&rig, ENTRY_CHIP, 2, 5000);
    assert_memory_equal(rig_send(&rig, &late)->answer.message.code, "22", 2);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
}

/* It posts nothing either way; whether it was ever seen here is what people ask. */
static void test_a_reversal_of_what_our_books_lost_says_so(void **state)
{
    (void)state;
    for (int is_older = 0; is_older <= 1; is_older++) {
        rig_build(&rig);
        rig_lose(&rig, 30);
        struct node_event reversal = rig_reversal(&rig, 2, 5000);
        reversal.message.original_sent = instant_add_ms(rig.wall, is_older ? -31 * 3600000 : -9000);
        expect_always(&reversal, "00", OPENING);
        assert_int_equal(rig_payment(&rig, 2)->stage, STAGE_TOMBSTONE);
        assert_string_equal(rig_payment(&rig, 2)->evidence[0].text,
                            is_older ? "before the payment" : "of what was lost");
        assert_int_equal(rig_payment(&rig, 2)->evidence[1].name,
                         is_older ? EVIDENCE_NONE : EVIDENCE_SINCE);
    }
}

static void test_a_reversal_of_another_amount_or_card_is_kept(void **state)
{
    /* clang-format off */
    static const struct {
        int64_t minor;
        bool is_other_card;
        unsigned differs;
    } cases[] = {
        { 4999,        false, ASIDE_AMOUNT },
        { 5000,        true,  ASIDE_CARD },
        { 5000000,     true,  ASIDE_AMOUNT | ASIDE_CARD },
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        rig_build(&rig);
        sell(2, 5000);
        struct payment_row before = *rig_payment(&rig, 2);
        struct node_event reversal = rig_reversal(&rig, 2, cases[i].minor);
        if (cases[i].is_other_card)
            reversal.message.pan.digits[reversal.message.pan.len - 2] ^= 1;
        expect_always(&reversal, "64", OPENING - 5000);
        assert_int_equal(kept(2)->count, 1);
        assert_int_equal(kept(2)->entries[0].differs, cases[i].differs);
        assert_int_equal(kept(2)->entries[0].amount_minor, cases[i].minor);
        assert_int_equal(kept(2)->entries[0].expected_minor, 5000);
        assert_memory_equal(rig_payment(&rig, 2), &before, sizeof before);
    }
}

static void test_another_acquirers_payment_is_out_of_reach(void **state)
{
    (void)state;
    rig_build(&rig);
    sell(2, 5000);
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    reversal.message.identity.acquirer[0] = '5'; /* whose keys it does not have */
    const struct rig_result *result = rig_send(&rig, &reversal);
    assert_memory_equal(result->answer.message.code, "A0", 2);
    assert_false(result->answer.seal.make_mac);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 5000);
    assert_int_equal(rig_payment(&rig, 2)->stage, STAGE_ANSWERED);
}

/* Never too late: the entries are of the day on which it comes, the payment keeps its own. */
static void test_a_reversal_that_comes_a_month_late(void **state)
{
    (void)state;
    rig_build(&rig);
    sell(2, 5000);
    uint32_t sold_on = rig_payment(&rig, 2)->business_date;
    rig.wall = instant_add_ms(rig.wall, INT64_C(31) * 86400000);
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    expect_always(&reversal, "00", OPENING);
    assert_int_equal(rig_payment(&rig, 2)->business_date, sold_on);
    assert_int_equal(rig_payment(&rig, 2)->money, MONEY_RETURNED);
}

static void test_advices_are_never_reversed(void **state)
{
    (void)state;
    rig_build(&rig);
    struct node_event reversal = rig_reversal(&rig, 2, 5000);
    reversal.message.kind = KIND_OFFLINE_SALE;
    expect_always(&reversal, "40", OPENING);
    assert_null(rig_payment(&rig, 2));
    assert_int_equal(kept(2)->entries[0].differs, ASIDE_STATE);
}

static void test_a_second_meaning_is_kept_once(void **state)
{
    (void)state;
    rig_build(&rig);
    sell(2, 5000);
    struct node_event other = rig_request(&rig, ENTRY_CHIP, 2, 5001);
    expect_always(&other, "94", OPENING - 5000);
    assert_int_equal(kept(2)->entries[0].differs, ASIDE_AMOUNT);
}

/* ---- duplicates, at every state ---- */

static void do_nothing(void)
{
}

static void do_sell(void)
{
    sell(2, 5000);
}

static void do_refuse(void)
{
    struct node_event event = rig_request(&rig, ENTRY_CHIP, 2, OPENING + 1);

    assert_memory_equal(rig_send(&rig, &event)->answer.message.code, "51", 2);
}

static void do_reverse(void)
{
    struct node_event event = rig_reversal(&rig, 2, 5000);

    sell(2, 5000);
    rig_send(&rig, &event);
}

static void do_bury(void)
{
    struct node_event event = rig_reversal(&rig, 2, 5000);

    rig_send(&rig, &event);
}

/* The same message one to five times: one effect, and answers that are equal to the byte but for
 * the MAC and the time, which are made as they leave. */
static void test_answers_to_duplicates_are_equal(void **state)
{
    static void (*const stands[])(void) = {do_nothing, do_sell, do_refuse, do_reverse, do_bury};

    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_COUNT(stands); i++) {
        rig_build(&rig);
        stands[i / 2]();
        int64_t minor = stands[i / 2] == do_refuse ? OPENING + 1 : 5000;
        struct node_event event =
            i % 2 == 0 ? rig_request(&rig, ENTRY_CHIP, 2, minor) : rig_reversal(&rig, 2, minor);
        struct txn_message first = rig_send(&rig, &event)->answer.message;
        int64_t balance = rig_account(&rig)->balance_minor;
        for (size_t j = 0; j < 4; j++) {
            struct txn_message again = rig_send(&rig, &event)->answer.message;
            assert_memory_equal(&again, &first, sizeof first);
            assert_int_equal(rig_account(&rig)->balance_minor, balance);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reversal_of_nothing_is_one_tombstone),
        cmocka_unit_test(test_a_reversal_of_what_our_books_lost_says_so),
        cmocka_unit_test(test_a_reversal_of_another_amount_or_card_is_kept),
        cmocka_unit_test(test_another_acquirers_payment_is_out_of_reach),
        cmocka_unit_test(test_a_reversal_that_comes_a_month_late),
        cmocka_unit_test(test_advices_are_never_reversed),
        cmocka_unit_test(test_a_second_meaning_is_kept_once),
        cmocka_unit_test(test_answers_to_duplicates_are_equal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

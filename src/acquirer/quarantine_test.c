/* Bad input at the switch: answers and reversals that fit nothing, or contradict the record. Each
 * is answered the same however often it comes, moves nothing, and is kept once with what differs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "books/aside_rows.h"
#include "test/lib/switch_world.h"

#define OTHER_REFERENCE "100000999999"
#define TIMES 1000

static struct txn_message request; /* as the issuer got it */

static const struct aside_row *kept(const char *source, uint32_t trace)
{
    char padded[ASIDE_SOURCE_LEN] = {0};

    memcpy(padded, source, strlen(source));
    return world_value(aside_row_key(padded, trace));
}

static const struct aside_row *kept_of_terminal(uint32_t trace)
{
    char source[TERMINAL_ID_LEN + 1] = {0};

    memcpy(source, world_identity(1).terminal, TERMINAL_ID_LEN);
    return kept(source, trace);
}

static void stand_sent(void)
{
    struct txn_message sale = world_sale(42, 12850);

    world_open();
    world_terminal_says(&sale);
    request = world_sent(ISSUER_LINK)->message;
}

static void stand_approved(void)
{
    stand_sent();
    struct txn_message answer = world_answer(&request, "00");
    world_issuer_says(&answer);
}

/* ---- issuers' answers ---- */

static void other_amount(struct txn_message *m)
{
    m->amount.minor++;
}

static void other_currency(struct txn_message *m)
{
    m->amount.currency = 840;
}

static void other_card(struct txn_message *m)
{
    m->pan = world_pan(CARD_OTHER);
}

static void other_kind(struct txn_message *m)
{
    m->kind = KIND_VOID;
}

static void other_reference(struct txn_message *m)
{
    memcpy(m->rrn, OTHER_REFERENCE, RRN_LEN);
}

static void other_trace(struct txn_message *m)
{
    m->identity.trace++;
}

static void other_batch(struct txn_message *m)
{
    m->identity.batch++;
}

static void other_terminal(struct txn_message *m)
{
    m->identity.terminal[1] = '2';
}

static void no_code(struct txn_message *m)
{
    memset(m->code, 0, sizeof m->code);
}

static void amount_and_card(struct txn_message *m)
{
    other_amount(m);
    other_card(m);
}

/* clang-format off */
static const struct {
    void (*change)(struct txn_message *m);
    unsigned differs;
} misfits[] = {
    { other_amount,    ASIDE_AMOUNT },
    { other_currency,  ASIDE_AMOUNT },
    { other_card,      ASIDE_CARD },
    { other_kind,      ASIDE_KIND },
    { other_reference, ASIDE_REFERENCE },
    { other_trace,     ASIDE_UNKNOWN },
    { other_batch,     ASIDE_UNKNOWN },
    { other_terminal,  ASIDE_UNKNOWN },
    { no_code,         ASIDE_CONTENT },
    { amount_and_card, ASIDE_AMOUNT | ASIDE_CARD },
};
/* clang-format on */

static void test_an_answer_that_fits_nothing_is_kept_with_what_differs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(misfits); i++) {
        stand_sent();
        struct payment_row before = *world_payment(42);
        struct txn_message answer = world_answer(&request, "00");
        misfits[i].change(&answer);
        world_issuer_says(&answer);
        const struct aside_row *row = kept(ISSUER, answer.identity.trace);
        assert_non_null(row);
        assert_int_equal(row->count, 1);
        assert_int_equal(row->entries[0].differs, misfits[i].differs);
        assert_true(identity_equal(&row->entries[0].identity, &answer.identity));
        assert_int_equal(row->entries[0].amount_minor, answer.amount.minor);
        assert_int_equal(row->entries[0].sequence, world_record()->sequence);
        assert_int_equal(world_record()->what, WHAT_QUARANTINED);
        assert_true(world_record()->is_alarm);
        assert_int_equal(world.sent_count, 0);
        assert_int_equal(world.entry_count, 0);
        assert_memory_equal(world_payment(42), &before, sizeof before);
    }
}

static void test_the_same_misfit_a_thousand_times_is_one(void **state)
{
    (void)state;
    stand_sent();
    struct txn_message answer = world_answer(&request, "00");
    answer.amount.minor++;
    world_issuer_says(&answer);
    size_t records = world.record_count;
    size_t rows = world.row_count;
    for (size_t i = 0; i < TIMES; i++) {
        world_wait_ms(10);
        world_issuer_says(&answer);
        assert_int_equal(world.sent_count, 0);
    }
    assert_int_equal(world.record_count, records);
    assert_int_equal(world.row_count, rows);
    assert_int_equal(kept(ISSUER, 42)->count, 1);
    answer.amount.minor--;
    world_issuer_says(&answer); /* the true one still counts */
    assert_int_equal(world_payment(42)->money, MONEY_MOVED);
}

static void test_many_different_misfits_take_bounded_room(void **state)
{
    (void)state;
    stand_sent();
    size_t kept_rows = 0;
    for (uint32_t i = 0; i < 120; i++) {
        struct txn_message answer = world_answer(&request, "00");
        answer.identity.trace = 1000 + i;
        world_wait_ms(1);
        world_issuer_says(&answer);
    }
    for (size_t i = 0; i < world.row_count; i++)
        kept_rows += world.rows[i].found && world.rows[i].key.table == TABLE_ASIDE;
    assert_int_equal(kept_rows, ASIDE_PLACES);
    assert_int_equal(kept(ISSUER, 1000)->count, ASIDE_ENTRIES_MAX);
    assert_int_equal(kept(ISSUER, 1000)->dropped, 1);
}

static void test_a_wrong_mac_says_no_more_than_that(void **state)
{
    struct keyblock other = fake_key(KEY_ZAK, 99, ISSUER);

    (void)state;
    stand_sent();
    struct txn_message answer = world_answer(&request, "00");
    answer.amount.minor++;
    world_issuer_says_with(&answer, &other);
    assert_int_equal(kept(ISSUER, 42)->entries[0].differs, ASIDE_SENDER);
    assert_int_equal(world_sent(ISSUER_LINK)->message.kind, KIND_SIGN_IN);
    assert_int_equal(world_payment(42)->stage, STAGE_SENT);
}

static void test_a_contradiction_is_kept(void **state)
{
    (void)state;
    stand_approved();
    struct txn_message answer = world_answer(&request, "51");
    world_issuer_says(&answer);
    assert_int_equal(kept(ISSUER, 42)->entries[0].differs, ASIDE_STATE);
    assert_int_equal(world_payment(42)->money, MONEY_MOVED);
    world_issuer_says(&answer);
    assert_null(world_record());
}

/* ---- terminals' reversals ---- */

static void expect_refused(const char *code, size_t entries)
{
    const struct world_sent *reply = world_sent(TILL_LINK);

    assert_memory_equal(reply->message.code, code, 2);
    assert_true(reply->seal.make_mac);
    assert_null(world_sent(ISSUER_LINK));
    assert_int_equal(world.entry_count, entries);
}

static void test_reversals_of_another_amount_card_or_kind(void **state)
{
    static const size_t kinds[] = {0, 2, 3, 9}; /* of misfits */

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        stand_approved();
        size_t entries = world.entry_count;
        struct payment_row before = *world_payment(42);
        struct txn_message reversal = world_reversal(42, 12850);
        misfits[kinds[i]].change(&reversal);
        world_terminal_says(&reversal);
        expect_refused("64", entries);
        assert_int_equal(world_record()->what, WHAT_DECLINED);
        assert_true(world_record()->is_alarm);
        assert_int_equal(kept_of_terminal(42)->entries[0].differs, misfits[kinds[i]].differs);
        size_t records = world.record_count;
        for (size_t j = 0; j < TIMES; j++) {
            world_terminal_says(&reversal);
            expect_refused("64", entries);
        }
        assert_int_equal(world.record_count, records);
        assert_memory_equal(world_payment(42), &before, sizeof before);
    }
}

/* Its own MAC proves a terminal to be itself and nobody else. */
static void test_a_reversal_of_another_terminals_payment(void **state)
{
    struct keyblock own = fake_key(KEY_MAK, 77, "T2");

    (void)state;
    stand_approved();
    size_t entries = world.entry_count;
    struct txn_message reversal = world_reversal(42, 12850);
    world_terminal_says_with(&reversal, &own);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "A0", 2);
    assert_false(world_sent(TILL_LINK)->seal.make_mac);
    assert_int_equal(world.entry_count, entries);
    assert_int_equal(world_payment(42)->money, MONEY_MOVED);
}

static void test_a_reversal_of_nothing_a_thousand_times_is_one_tombstone(void **state)
{
    (void)state;
    world_open();
    struct txn_message reversal = world_reversal(77, 12850);
    world_terminal_says(&reversal);
    expect_refused("00", 0);
    assert_int_equal(world_payment(77)->stage, STAGE_TOMBSTONE);
    size_t records = world.record_count;
    size_t rows = world.row_count;
    for (size_t i = 0; i < TIMES; i++) {
        reversal.is_repeat = i % 2;
        world_terminal_says(&reversal);
        expect_refused("00", 0);
    }
    assert_int_equal(world.record_count, records);
    assert_int_equal(world.row_count, rows);
}

/* From there on the batch takes nothing new, and a reversal of nothing makes no row. */
static void test_a_flood_of_tombstones_is_bounded(void **state)
{
    struct row_key key = world_terminal_key(TABLE_BATCH);

    (void)state;
    world_open();
    struct txn_message known = world_sale(42, 12850);
    world_terminal_says(&known);
    bytes_put_u32(key.at + key.len, 1);
    key.len += 4;
    ((struct batch_row *)world_value(key))->buried = 998;
    for (uint32_t trace = 100; trace < 110; trace++) {
        struct txn_message reversal = world_reversal(trace, 12850);
        world_terminal_says(&reversal);
        expect_refused("00", 0);
        assert_int_equal(world_payment(trace) != NULL, trace < 102);
        if (trace == 101)
            assert_true(world_record()->is_alarm);
    }
    assert_int_equal(((struct batch_row *)world_value(key))->buried, 1000);
    assert_int_equal(kept_of_terminal(105)->entries[0].differs, ASIDE_UNKNOWN);
    struct txn_message late = world_sale(105, 12850); /* reversed before it came, no tombstone */
    world_terminal_says(&late);
    expect_refused("58", 0);
    assert_int_equal(world_record()->outcome, OUTCOME_TERMINAL_REVERSAL_FLOOD);
    struct txn_message reversal = world_reversal(42, 12850); /* what is known goes its way */
    world_terminal_says(&reversal);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, "00", 2);
    assert_int_equal(world_payment(42)->stage, STAGE_REVERSING);
}

/* Its numbers are too many to be remembered, and it takes no payment. */
static void test_reversals_of_a_batch_never_given_bury_nothing(void **state)
{
    (void)state;
    world_open();
    for (size_t i = 0; i < 3; i++) {
        struct txn_message reversal = world_reversal(77, 12850);
        reversal.identity.batch = 8;
        world_terminal_says(&reversal);
        expect_refused("00", 0);
    }
    assert_int_equal(world.record_count, 1);
    struct txn_message late = world_sale(77, 12850);
    late.identity.batch = 8;
    world_terminal_says(&late);
    expect_refused("77", 0);
}

/* What cannot be reversed at all: an advice and a refund. */
static void test_reversals_of_advices_are_refused(void **state)
{
    static const enum txn_kind kinds[] = {KIND_REFUND, KIND_OFFLINE_SALE, KIND_COMPLETION_ADVICE};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        world_open();
        struct txn_message reversal = world_reversal(77, 12850);
        reversal.kind = kinds[i];
        for (size_t j = 0; j < 3; j++) {
            world_terminal_says(&reversal);
            expect_refused("40", 0);
        }
        assert_null(world_payment(77));
        assert_int_equal(world.record_count, 1);
        assert_int_equal(kept_of_terminal(77)->entries[0].differs, ASIDE_STATE);
    }
}

/* Its sale's answer lost, a till owes the reversal; meanwhile another till has refunded the sale,
 * or the batch is closed (a till restored from old data). The sale stands, and the till can ask. */
static void test_what_others_rest_on_or_is_settled_stands(void **state)
{
    (void)state;
    for (int is_closed = 0; is_closed < 2; is_closed++) {
        stand_approved();
        world.is_unproved = true; /* rows are put as other payments would have left them */
        if (is_closed) {
            struct row_key key = world_terminal_key(TABLE_BATCH);
            bytes_put_u32(key.at + key.len, 1);
            key.len += 4;
            struct batch_row batch = *(struct batch_row *)world_value(key);
            batch.state = BATCH_CLOSED;
            world_put(key, &batch, sizeof batch);
        } else {
            world_payment(42)->returned_minor = 2850;
        }
        size_t entries = world.entry_count;
        struct payment_row before = *world_payment(42);
        struct txn_message reversal = world_reversal(42, 12850);
        for (size_t i = 0; i < TIMES; i++) {
            world_terminal_says(&reversal);
            expect_refused("22", entries);
            if (i == 0)
                assert_int_equal(world_record()->outcome, OUTCOME_REVERSAL_TOO_LATE);
            else
                assert_null(world_record());
        }
        memcpy(before.reversal_reason, reversal.code, sizeof before.reversal_reason);
        assert_memory_equal(world_payment(42), &before, sizeof before);
        assert_int_equal(kept_of_terminal(42)->entries[0].differs, ASIDE_STATE);
    }
}

/* The refund that was under way is refused, and the line brings the reversal once more: the till
 * may have ended the sale as approved by then. */
static void test_what_was_told_to_stand_stands_for_ever(void **state)
{
    (void)state;
    stand_approved();
    world.is_unproved = true;
    world_payment(42)->returned_minor = 2850;
    size_t entries = world.entry_count;
    struct txn_message reversal = world_reversal(42, 12850);

    world_terminal_says(&reversal);
    expect_refused("22", entries);
    world_payment(42)->returned_minor = 0;
    world_terminal_says(&reversal);
    expect_refused("22", entries);
    assert_int_equal(world_payment(42)->stage, STAGE_ANSWERED);
    assert_int_equal(world_payment(42)->money, MONEY_MOVED);
}

/* ---- terminals' requests ---- */

static void test_a_second_meaning_is_kept_once(void **state)
{
    (void)state;
    stand_approved();
    struct txn_message sale = world_sale(42, 12851);
    size_t entries = world.entry_count;
    world_terminal_says(&sale);
    expect_refused("94", entries);
    assert_int_equal(kept_of_terminal(42)->entries[0].differs, ASIDE_AMOUNT);
    assert_int_equal(kept_of_terminal(42)->entries[0].expected_minor, 12850);
    size_t records = world.record_count;
    for (size_t i = 0; i < TIMES; i++) {
        world_terminal_says(&sale);
        expect_refused("94", entries);
    }
    assert_int_equal(world.record_count, records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_that_fits_nothing_is_kept_with_what_differs),
        cmocka_unit_test(test_the_same_misfit_a_thousand_times_is_one),
        cmocka_unit_test(test_many_different_misfits_take_bounded_room),
        cmocka_unit_test(test_a_wrong_mac_says_no_more_than_that),
        cmocka_unit_test(test_a_contradiction_is_kept),
        cmocka_unit_test(test_reversals_of_another_amount_card_or_kind),
        cmocka_unit_test(test_a_reversal_of_another_terminals_payment),
        cmocka_unit_test(test_a_reversal_of_nothing_a_thousand_times_is_one_tombstone),
        cmocka_unit_test(test_a_flood_of_tombstones_is_bounded),
        cmocka_unit_test(test_reversals_of_a_batch_never_given_bury_nothing),
        cmocka_unit_test(test_reversals_of_advices_are_refused),
        cmocka_unit_test(test_what_others_rest_on_or_is_settled_stands),
        cmocka_unit_test(test_what_was_told_to_stand_stands_for_ever),
        cmocka_unit_test(test_a_second_meaning_is_kept_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view/payment_status.h"

#include <string.h>

static const struct identity identity = {
    .acquirer = "10000001", .terminal = "T1      ", .class = 'P', .batch = 1, .trace = 42};

static struct payment_row row_at(enum payment_stage stage, enum outcome outcome,
                                 enum money_state money)
{
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT,
                              .kind = KIND_SALE,
                              .stage = (uint8_t)stage,
                              .money = (uint8_t)money,
                              .outcome = (uint16_t)outcome,
                              .decided_by = PARTY_ISSUER,
                              .identity = identity,
                              .amount = {12850, CURRENCY_CNY},
                              .created = {1},
                              .deadline = {2}};

    memcpy(row.rrn, "100000000042", RRN_LEN);
    memcpy(row.auth_id, "A12345", AUTH_ID_LEN);
    return row;
}

/* Every stage that a sale can be in, at whichever party. */
static const struct {
    enum payment_stage stage;
    enum outcome outcome;
    enum money_state money;
    enum payment_state state;
    bool is_safe;
    enum explain_next next;
} cases[] = {
    {STAGE_SENT, OUTCOME_NONE, MONEY_UNKNOWN, PAYMENT_IN_PROGRESS, false, NEXT_ANSWER},
    {STAGE_ANSWERED, OUTCOME_APPROVED, MONEY_MOVED, PAYMENT_APPROVED, false, NEXT_NONE},
    {STAGE_ANSWERED, OUTCOME_APPROVED_PARTIAL, MONEY_MOVED, PAYMENT_APPROVED, false, NEXT_NONE},
    {STAGE_ANSWERED, OUTCOME_APPROVED, MONEY_HELD, PAYMENT_APPROVED, false, NEXT_NONE},
    {STAGE_ANSWERED, OUTCOME_PIN_WRONG, MONEY_NOT_MOVED, PAYMENT_REFUSED, true, NEXT_NONE},
    {STAGE_ANSWERED, OUTCOME_ISSUER_NO_ANSWER, MONEY_RETURNING, PAYMENT_BEING_TAKEN_BACK, false,
     NEXT_NONE},
    {STAGE_ANSWERED, OUTCOME_ISSUER_NO_ANSWER, MONEY_UNKNOWN, PAYMENT_IN_PROGRESS, false,
     NEXT_NONE},
    {STAGE_REVERSING, OUTCOME_LINE_NO_ANSWER, MONEY_UNKNOWN, PAYMENT_BEING_TAKEN_BACK, false,
     NEXT_REVERSAL},
    {STAGE_REVERSING, OUTCOME_ISSUER_NO_ANSWER, MONEY_RETURNING, PAYMENT_BEING_TAKEN_BACK, false,
     NEXT_REVERSAL},
    {STAGE_REVERSED, OUTCOME_LINE_NO_ANSWER, MONEY_RETURNED, PAYMENT_TAKEN_BACK, true, NEXT_NONE},
    {STAGE_TOMBSTONE, OUTCOME_PAYMENT_REVERSED, MONEY_RETURNED, PAYMENT_TAKEN_BACK, true,
     NEXT_NONE},
    {STAGE_STORED, OUTCOME_APPROVED, MONEY_NOT_MOVED, PAYMENT_ACCEPTED, false, NEXT_DELIVERY},
    {STAGE_NONE, OUTCOME_NONE, MONEY_NOT_MOVED, PAYMENT_DAMAGED, false, NEXT_NONE},
};

static void test_each_stage_has_its_state(void **state)
{
    struct pending_row pending = {.layout = PARTY_ROW_LAYOUT, .attempts = 3};
    struct payment_status status;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct payment_row row = row_at(cases[i].stage, cases[i].outcome, cases[i].money);
        payment_status_of(&identity, &row, &pending, &status);
        assert_int_equal(status.state, cases[i].state);
        assert_int_equal(status.is_safe_to_retry, cases[i].is_safe);
        assert_int_equal(status.next, status.state == PAYMENT_DAMAGED ? NEXT_NONE : cases[i].next);
        assert_int_equal(status.is_final, payment_state_is_final(cases[i].state));
        assert_int_equal(status.tries, status.is_final ? 0 : 3);
        assert_int_equal(status.next_at.us, status.next == NEXT_NONE ? 0 : 2);
        if (status.money == MONEY_UNKNOWN || status.money == MONEY_RETURNING)
            assert_false(status.is_safe_to_retry);
    }
}

static void test_what_was_never_seen_may_be_charged(void **state)
{
    struct payment_status status;

    (void)state;
    payment_status_of(&identity, NULL, NULL, &status);
    assert_int_equal(status.state, PAYMENT_NEVER_SEEN);
    assert_int_equal(status.money, MONEY_NOT_MOVED);
    assert_true(status.is_safe_to_retry);
    assert_true(identity_equal(&status.identity, &identity));
    assert_string_equal(payment_status_advice(&status, LANG_EN), "yes");
}

/* Its request may be on the way: a host's word is not enough to charge the basket again. */
static void test_what_a_host_never_saw_may_still_come(void **state)
{
    struct payment_row row = row_at(STAGE_ANSWERED, OUTCOME_PIN_WRONG, MONEY_NOT_MOVED);
    struct payment_status status;

    (void)state;
    payment_status_of(&identity, NULL, NULL, &status);
    payment_status_at_host(&status);
    assert_false(status.is_safe_to_retry);
    assert_false(status.is_final);
    assert_string_equal(payment_status_advice(&status, LANG_EN),
                        "no: it may still come; ask its terminal");
    payment_status_of(&identity, &row, NULL, &status);
    payment_status_at_host(&status);
    assert_true(status.is_safe_to_retry);
    assert_true(status.is_final);
}

static void test_a_damaged_row_is_never_charged_again(void **state)
{
    struct payment_row row = row_at(STAGE_ANSWERED, OUTCOME_PIN_WRONG, MONEY_NOT_MOVED);
    struct payment_status status;

    (void)state;
    row.follow = FOLLOW_COUNT;
    payment_status_of(&identity, &row, NULL, &status);
    assert_int_equal(status.state, PAYMENT_DAMAGED);
    assert_int_equal(status.money, MONEY_UNKNOWN);
    assert_int_equal(status.kind, KIND_NONE);
    assert_false(status.is_safe_to_retry);
    assert_false(status.is_final);
}

static void test_what_followed_counts(void **state)
{
    struct payment_row row = row_at(STAGE_ANSWERED, OUTCOME_APPROVED, MONEY_MOVED);
    struct payment_status status;

    (void)state;
    row.follow = FOLLOW_VOIDING; /* not yet */
    payment_status_of(&identity, &row, NULL, &status);
    assert_false(status.is_safe_to_retry);
    row.follow = FOLLOW_VOIDED;
    payment_status_of(&identity, &row, NULL, &status);
    assert_int_equal(status.state, PAYMENT_APPROVED);
    assert_int_equal(status.money, MONEY_RETURNED);
    assert_true(status.is_safe_to_retry);
    row.follow = FOLLOW_NONE;
    row.returned_minor = 12850; /* refunds do not make a basket unpaid: what it was is the shop's to
                                   say */
    payment_status_of(&identity, &row, NULL, &status);
    assert_false(status.is_safe_to_retry);
}

static void test_kinds_that_differ(void **state)
{
    struct payment_row row = row_at(STAGE_SENT, OUTCOME_NONE, MONEY_NOT_MOVED);
    struct payment_status status;

    (void)state;
    row.kind = KIND_BALANCE; /* nothing is asked of the money */
    payment_status_of(&identity, &row, NULL, &status);
    assert_true(status.is_safe_to_retry);
    row = row_at(STAGE_SENT, OUTCOME_APPROVED, MONEY_UNKNOWN);
    row.kind = KIND_OFFLINE_SALE; /* decided here, under way */
    payment_status_of(&identity, &row, NULL, &status);
    assert_int_equal(status.state, PAYMENT_ACCEPTED);
    assert_false(status.is_safe_to_retry);
    row.kind = KIND_REFUND; /* the host decides it */
    row.outcome = OUTCOME_LINE_NO_ANSWER;
    payment_status_of(&identity, &row, NULL, &status);
    assert_int_equal(status.state, PAYMENT_IN_PROGRESS);
    assert_false(status.is_safe_to_retry);
}

static void test_every_state_has_its_words(void **state)
{
    (void)state;
    for (unsigned s = 0; s < PAYMENT_STATE_COUNT; s++) {
        struct payment_status status = {.state = (enum payment_state)s};
        assert_true(strlen(payment_state_name(status.state)) > 0);
        for (unsigned lang = 0; lang < LANG_COUNT; lang++) {
            assert_true(strlen(payment_status_text(status.state, (enum explain_lang)lang)) > 0);
            assert_true(strlen(payment_status_advice(&status, (enum explain_lang)lang)) > 0);
        }
        for (unsigned other = 0; other < s; other++)
            assert_string_not_equal(payment_state_name((enum payment_state)other),
                                    payment_state_name(status.state));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_stage_has_its_state),
        cmocka_unit_test(test_what_was_never_seen_may_be_charged),
        cmocka_unit_test(test_what_a_host_never_saw_may_still_come),
        cmocka_unit_test(test_a_damaged_row_is_never_charged_again),
        cmocka_unit_test(test_what_followed_counts),
        cmocka_unit_test(test_kinds_that_differ),
        cmocka_unit_test(test_every_state_has_its_words),
    };

    return cmocka_run_group_tests_name("payment_status", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view/reason.h"

#include <string.h>

static char room[EXPLAIN_TEXT_MAX];

static const char *text_of(const struct payment_row *row, enum explain_reader reader)
{
    struct reason_for whom = {.reader = reader, .lang = LANG_EN, .utc_offset_s = 28800};
    struct text t = text_over(room, sizeof room);

    reason_add_text(row, &whom, &t);
    assert_false(t.cut);
    return text_z(&t);
}

static struct payment_row sent_sale(void)
{
    struct civil due = {.year = 2026, .month = 11, .day = 22, .hour = 12, .minute = 5};
    struct payment_row row = {.kind = KIND_SALE, .stage = STAGE_SENT, .money = MONEY_UNKNOWN};

    row.amount = money_of(12850, CURRENCY_CNY);
    row.deadline = instant_from_civil(&due, 28800);
    return row;
}

static void test_a_payment_is_told_through_its_stages(void **state)
{
    struct payment_row row = sent_sale();
    const char *text;

    (void)state;
    text = text_of(&row, READER_CARDHOLDER);
    assert_non_null(strstr(text, "awaited until 2026-11-22 12:05:00"));
    row.stage = STAGE_REVERSING;
    row.outcome = OUTCOME_LINE_NO_ANSWER;
    evidence_add_number(row.evidence, EVIDENCE_WAITED_S, 45);
    text = text_of(&row, READER_OPERATOR);
    assert_non_null(strstr(text, "reversed automatically, next at 2026-11-22 12:05:00"));
    assert_non_null(strstr(text, "seconds waited: 45"));
    assert_string_equal(text_of(&row, READER_CASHIER),
                        "No answer came\nDo not charge again; wait\n");
    row.stage = STAGE_REVERSED;
    row.money = MONEY_RETURNED;
    assert_string_equal(text_of(&row, READER_CASHIER), "No answer came\nStart again if wanted\n");
    assert_null(strstr(text_of(&row, READER_MERCHANT), "12:05:00"));
}

static void test_each_stage_says_how_its_money_is_known(void **state)
{
    static const struct {
        enum payment_stage stage;
        enum money_state money;
        const char *code;
        enum outcome outcome;
        enum explain_proof proof;
    } rows[] = {
        {STAGE_NONE, MONEY_NOT_MOVED, "", OUTCOME_CARD_UNREADABLE, PROOF_NOT_SENT},
        {STAGE_SENT, MONEY_UNKNOWN, "", OUTCOME_NONE, PROOF_NO_ANSWER},
        {STAGE_ANSWERED, MONEY_MOVED, "00", OUTCOME_APPROVED, PROOF_ANSWER},
        {STAGE_ANSWERED, MONEY_NOT_MOVED, "51", OUTCOME_ACCOUNT_FUNDS_SHORT, PROOF_ANSWER},
        {STAGE_ANSWERED, MONEY_NOT_MOVED, "", OUTCOME_LINE_UNREACHABLE, PROOF_NOT_SENT},
        {STAGE_REVERSING, MONEY_RETURNING, "98", OUTCOME_ISSUER_NO_ANSWER, PROOF_REVERSAL_OWED},
        {STAGE_REVERSED, MONEY_RETURNED, "98", OUTCOME_ISSUER_NO_ANSWER, PROOF_REVERSAL_DONE},
        {STAGE_TOMBSTONE, MONEY_RETURNED, "22", OUTCOME_PAYMENT_REVERSED, PROOF_REVERSAL_DONE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct payment_row row = sent_sale();
        struct explain_facts facts;

        row.stage = (uint8_t)rows[i].stage;
        row.money = (uint8_t)rows[i].money;
        row.outcome = (uint16_t)rows[i].outcome;
        memcpy(row.code, rows[i].code, strlen(rows[i].code));
        reason_facts(&row, 0, &facts);
        assert_int_equal(facts.proof, rows[i].proof);
        assert_null(explanation_fault(&facts));
    }
}

static void test_each_kind_is_told_as_what_it_does(void **state)
{
    static const struct {
        enum txn_kind kind;
        enum explain_deal deal;
        enum explain_next next; /* while its answer is due */
    } rows[] = {
        {KIND_SALE, DEAL_PAYMENT, NEXT_ANSWER},
        {KIND_BALANCE, DEAL_INQUIRY, NEXT_ANSWER},
        {KIND_VOID, DEAL_REFUND, NEXT_ANSWER},
        {KIND_REFUND, DEAL_REFUND, NEXT_DELIVERY},
        {KIND_PREAUTH, DEAL_HOLD, NEXT_ANSWER},
        {KIND_PREAUTH_VOID, DEAL_RELEASE, NEXT_ANSWER},
        {KIND_COMPLETION_ADVICE, DEAL_PAYMENT, NEXT_DELIVERY},
        {KIND_OFFLINE_SALE, DEAL_PAYMENT, NEXT_DELIVERY},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct payment_row row = sent_sale();
        struct explain_facts facts;

        row.kind = (uint8_t)rows[i].kind;
        reason_facts(&row, 0, &facts);
        assert_int_equal(facts.deal, rows[i].deal);
        assert_int_equal(facts.next, rows[i].next);
        assert_null(explanation_fault(&facts));
    }
}

static void test_what_followed_a_payment_is_told_with_it(void **state)
{
    struct payment_row row = sent_sale();

    (void)state;
    row.stage = STAGE_ANSWERED;
    row.money = MONEY_MOVED;
    row.outcome = OUTCOME_APPROVED;
    memcpy(row.code, "00", 2);
    assert_non_null(strstr(text_of(&row, READER_CARDHOLDER), "Your account was charged"));
    row.follow = FOLLOW_VOIDED;
    assert_non_null(strstr(text_of(&row, READER_CARDHOLDER), "no money is taken"));
    row = sent_sale();
    row.kind = KIND_OFFLINE_SALE;
    row.stage = STAGE_STORED;
    row.money = MONEY_NOT_MOVED;
    row.outcome = OUTCOME_APPROVED;
    assert_string_equal(text_of(&row, READER_CASHIER), "Approved\nDo not charge again; wait\n");
}

static void test_an_operator_knows_what_a_hosts_code_means(void **state)
{
    static struct overlay overlay;
    struct payment_row row = sent_sale();
    struct reason_for whom = {.reader = READER_OPERATOR, .lang = LANG_EN, .overlay = &overlay};
    struct text t = text_over(room, sizeof room);

    (void)state;
    row.stage = STAGE_ANSWERED;
    row.money = MONEY_NOT_MOVED;
    row.outcome = OUTCOME_DECLINED_UNSPECIFIED;
    memcpy(row.code, "Z1", 2);
    reason_add_text(&row, &whom, &t);
    assert_non_null(strstr(text_z(&t), "declined.unspecified"));
    overlay.codes[0] = (struct codes_row){.dialect = CODES_CUP_POS,
                                          .code = "Z1",
                                          .source = SOURCE_OPERATOR,
                                          .class = CLASS_DECLINED,
                                          .money = MONEY_NOT_MOVED,
                                          .causes = {OUTCOME_LIMIT_PER_PAYMENT}};
    overlay.code_count = 1;
    t = text_over(room, sizeof room);
    reason_add_text(&row, &whom, &t);
    assert_non_null(strstr(text_z(&t), "limit.per-payment  Z1"));
    row.outcome = OUTCOME_PIN_WRONG; /* a cause that is known stays */
    t = text_over(room, sizeof room);
    reason_add_json(&row, &whom, &t);
    assert_non_null(strstr(text_z(&t), "pin.wrong"));
}

/* A settled state that rests on no answer is told as unknown, whatever the cause would allow. */
static void test_a_row_whose_money_has_no_evidence_is_not_believed(void **state)
{
    struct payment_row row = sent_sale();

    (void)state;
    row.outcome = OUTCOME_PIN_WRONG; /* alone it would lead to a retry */
    row.money = MONEY_NOT_MOVED;
    assert_non_null(strstr(text_of(&row, READER_CASHIER), "Do not charge again; wait"));
    row.stage = STAGE_NONE;
    row.outcome = OUTCOME_NONE;
    assert_non_null(strstr(text_of(&row, READER_CASHIER), "Do not charge again; wait"));
}

static void test_the_code_and_decider_are_the_rows(void **state)
{
    struct payment_row row = sent_sale();

    (void)state;
    row.stage = STAGE_ANSWERED;
    row.money = MONEY_NOT_MOVED;
    row.outcome = OUTCOME_CVV_WRONG;
    memcpy(row.code, "05", 2); /* as a profile has it, not as the table */
    row.decided_by = PARTY_NETWORK;
    assert_non_null(strstr(text_of(&row, READER_OPERATOR), "cvv.wrong  05  C"));
    assert_non_null(strstr(text_of(&row, READER_OPERATOR), "decided by: the network"));
}

static void test_a_damaged_row_claims_nothing(void **state)
{
    struct payment_row row;
    struct reason_for whom = {.reader = READER_OPERATOR, .lang = LANG_ZH};
    struct explain_facts facts;

    (void)state;
    memset(&row, 0xFF, sizeof row);
    reason_facts(&row, 0, &facts);
    assert_int_equal(facts.money, MONEY_UNKNOWN);
    assert_int_equal(facts.outcome, OUTCOME_NONE);
    assert_int_equal(facts.deal, DEAL_PAYMENT);
    row.stage = STAGE_SENT;
    row.deadline.us = INT64_MAX;
    struct text t = text_over(room, sizeof room);
    reason_add_json(&row, &whom, &t);
    assert_false(t.cut);
    assert_non_null(strstr(text_z(&t), "\"retry\": \"wait\""));
    row = sent_sale();
    row.evidence[0].name = EVIDENCE_LIMIT;
    memset(row.evidence[0].text, 'x', sizeof row.evidence[0].text); /* without an end */
    assert_null(strstr(text_of(&row, READER_OPERATOR), "xx"));
}

static void test_an_inquiry_hands_over_no_goods(void **state)
{
    struct payment_row row = {.kind = KIND_BALANCE,
                              .stage = STAGE_ANSWERED,
                              .outcome = OUTCOME_APPROVED,
                              .money = MONEY_NOT_MOVED};

    (void)state;
    assert_string_equal(text_of(&row, READER_CASHIER), "Approved\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_payment_is_told_through_its_stages),
        cmocka_unit_test(test_each_stage_says_how_its_money_is_known),
        cmocka_unit_test(test_each_kind_is_told_as_what_it_does),
        cmocka_unit_test(test_what_followed_a_payment_is_told_with_it),
        cmocka_unit_test(test_an_operator_knows_what_a_hosts_code_means),
        cmocka_unit_test(test_a_row_whose_money_has_no_evidence_is_not_believed),
        cmocka_unit_test(test_the_code_and_decider_are_the_rows),
        cmocka_unit_test(test_a_damaged_row_claims_nothing),
        cmocka_unit_test(test_an_inquiry_hands_over_no_goods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

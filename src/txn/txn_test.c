#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "txn/message.h"
#include "txn/outcome.h"

#include <string.h>

static void test_every_outcome_is_complete_and_unique(void **state)
{
    int rows = 1; /* OUTCOME_NONE */

    (void)state;
    for (enum outcome i = outcome_next(OUTCOME_NONE); i < OUTCOME_COUNT; i = outcome_next(i)) {
        const struct outcome_row *row = outcome_row(i);
        assert_true(strlen(row->name) > 0);
        assert_true(row->number > 0);
        assert_true(row->decides > PARTY_NOBODY && row->decides <= PARTY_ISSUER);
        assert_true(row->acts < PARTY_COUNT);
        assert_true(row->money < MONEY_STATE_COUNT);
        assert_true(row->retry < RETRY_COUNT);
        assert_non_null(strchr("ABCDE", (int)row->class));
        assert_true(strlen(row->code) == 0 || strlen(row->code) == RESPONSE_CODE_LEN);
        assert_int_equal(outcome_by_name(row->name), i);
        assert_int_equal(row->number, i);
        rows++;
    }
    assert_int_equal(rows, OUTCOME_ROWS);
    assert_false(outcome_is_known(3));
    assert_false(outcome_is_known(OUTCOME_COUNT));
    assert_int_equal(outcome_by_name("no.such-cause"), OUTCOME_COUNT);
}

static void test_an_outcomes_number_says_who_decides(void **state)
{
    (void)state;
    for (enum outcome i = outcome_next(OUTCOME_NONE); i < OUTCOME_COUNT; i = outcome_next(i)) {
        const struct outcome_row *row = outcome_row(i);
        if (!outcome_is_approved(i))
            assert_int_equal(row->number / 100, row->decides);
        /* What a terminal decides never travels; what hosts decide always does. */
        assert_int_equal(strlen(row->code) == 0, row->decides == PARTY_TERMINAL);
    }
}

static void test_only_an_approval_moves_money(void **state)
{
    (void)state;
    for (enum outcome i = outcome_next(OUTCOME_NONE); i < OUTCOME_COUNT; i = outcome_next(i)) {
        const struct outcome_row *row = outcome_row(i);
        assert_int_equal(outcome_is_approved(i),
                         i == OUTCOME_APPROVED || i == OUTCOME_APPROVED_PARTIAL);
        assert_int_equal(row->money == MONEY_MOVED,
                         outcome_is_approved(i) || i == OUTCOME_TERMINAL_OUT_OF_PAPER);
        assert_int_equal(memcmp(row->code, "00", 3) == 0, i == OUTCOME_APPROVED);
    }
}

static void test_every_code_finds_a_cause_of_that_code(void **state)
{
    (void)state;
    for (enum outcome i = outcome_next(OUTCOME_NONE); i < OUTCOME_COUNT; i = outcome_next(i)) {
        const struct outcome_row *row = outcome_row(i);
        if (row->code[0] == 0 || i == OUTCOME_MERCHANT_FUNDS_SHORT ||
            i == OUTCOME_ORIGINAL_BATCH_CLOSED || i == OUTCOME_HOLD_LAPSED ||
            i == OUTCOME_TIP_TOO_LARGE || i == OUTCOME_QR_UNKNOWN || i == OUTCOME_QR_USED ||
            i == OUTCOME_QR_EXPIRED || i == OUTCOME_VOICE_CODE_WRONG ||
            i == OUTCOME_ORIGINAL_ARCHIVED)
            continue;
        const struct outcome_row *own = outcome_row(outcome_by_code(row->code, row->decides));
        const struct outcome_row *any = outcome_row(outcome_by_code(row->code, PARTY_TERMINAL));
        assert_string_equal(own->code, row->code);
        assert_string_equal(any->code, row->code);
        if (own->number != 399)
            assert_int_equal(own->decides, row->decides);
    }
}

static void test_a_code_means_what_its_payment_makes_it(void **state)
{
    (void)state;
    assert_int_equal(outcome_by_answer("22", PARTY_ISSUER, KIND_SALE, true), OUTCOME_QR_USED);
    assert_int_equal(outcome_by_answer("22", PARTY_ISSUER, KIND_SALE, false),
                     outcome_by_code("22", PARTY_ISSUER));
    assert_int_equal(outcome_by_answer("22", PARTY_ISSUER, KIND_COMPLETION, false),
                     OUTCOME_HOLD_LAPSED);
    assert_int_equal(outcome_by_answer("51", PARTY_ISSUER, KIND_COMPLETION, false),
                     OUTCOME_ACCOUNT_FUNDS_SHORT);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (int code = 0; code < 100; code++) {
            char digits[3] = "";
            bytes_from_number((uint64_t)code, digits, 2);
            enum outcome outcome =
                outcome_by_answer(digits, PARTY_ISSUER, (enum txn_kind)kind, code % 2 == 0);
            assert_true(outcome == OUTCOME_DECLINED_UNSPECIFIED ||
                        memcmp(outcome_row(outcome)->code, digits, 2) == 0 || code == 75);
        }
    }
}

static void test_a_bare_code_names_its_likeliest_cause(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *code;
        enum party decider;
        enum outcome outcome;
    } rows[] = {
        {"00", PARTY_ACQUIRER, OUTCOME_APPROVED},
        {"00", PARTY_ISSUER,   OUTCOME_APPROVED},
        {"05", PARTY_ISSUER,   OUTCOME_DECLINED_UNSPECIFIED},
        {"05", PARTY_ACQUIRER, OUTCOME_DECLINED_UNSPECIFIED},
        {"14", PARTY_ISSUER,   OUTCOME_CARD_UNKNOWN},
        {"51", PARTY_ACQUIRER, OUTCOME_ACCOUNT_FUNDS_SHORT},
        {"51", PARTY_ISSUER,   OUTCOME_ACCOUNT_FUNDS_SHORT},
        {"12", PARTY_ACQUIRER, OUTCOME_DECLINED_UNSPECIFIED},
        {"75", PARTY_ISSUER,   OUTCOME_PIN_TRIES_EXCEEDED},
        {"75", PARTY_ACQUIRER, OUTCOME_CARD_PIN_COOLDOWN},
        {"54", PARTY_ISSUER,   OUTCOME_CARD_EXPIRED},
        {"55", PARTY_ACQUIRER, OUTCOME_PIN_WRONG},
        {"55", PARTY_ISSUER,   OUTCOME_PIN_WRONG},
        {"57", PARTY_ACQUIRER, OUTCOME_TRANSACTION_NOT_FOR_CARD},
        {"58", PARTY_ACQUIRER, OUTCOME_TERMINAL_DISABLED},
        {"61", PARTY_ACQUIRER, OUTCOME_AMOUNT_ABOVE_MAXIMUM},
        {"61", PARTY_ISSUER,   OUTCOME_LIMIT_PER_PAYMENT},
        {"96", PARTY_ACQUIRER, OUTCOME_SWITCH_FAULT},
        {"96", PARTY_ISSUER,   OUTCOME_ISSUER_FAULT},
        {"98", PARTY_ACQUIRER, OUTCOME_ISSUER_NO_ANSWER},
        {"A0", PARTY_ACQUIRER, OUTCOME_MESSAGE_MAC_WRONG},
        {"A0", PARTY_ISSUER,   OUTCOME_ZONE_MAC_WRONG},
        {"ZZ", PARTY_ISSUER,   OUTCOME_DECLINED_UNSPECIFIED},
    };
    /* clang-format on */

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(outcome_by_code(rows[i].code, rows[i].decider), rows[i].outcome);
}

static void test_parties_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < PARTY_COUNT; i++)
        assert_true(strlen(party_name((enum party)i)) > 0);
    assert_string_equal(party_name(PARTY_ACQUIRER), "acquirer");
}

static void test_every_evidence_has_words_and_readers(void **state)
{
    (void)state;
    for (int i = 1; i < EVIDENCE_COUNT; i++) {
        enum evidence_name name = (enum evidence_name)i;
        assert_true(strlen(evidence_label(name)) > 0);
        assert_true(strlen(evidence_zh(name)) > 0);
        assert_true(strlen(evidence_en(name)) > 0);
        assert_true((evidence_readers(name) & SEEN_BY_OPERATOR) != 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(evidence_label((enum evidence_name)j), evidence_label(name));
    }
}

static void test_balances_and_pin_tries_are_for_operators_only(void **state)
{
    (void)state;
    assert_int_equal(evidence_readers(EVIDENCE_TRIES_LEFT), SEEN_BY_OPERATOR);
    assert_int_equal(evidence_readers(EVIDENCE_SHORT_BY), SEEN_BY_OPERATOR);
    assert_int_equal(evidence_readers(EVIDENCE_USED), SEEN_BY_OPERATOR);
    assert_int_equal(evidence_readers(EVIDENCE_SERVICE_CODE), SEEN_BY_OPERATOR);
}

static void test_evidence_keeps_the_first_facts_and_never_overruns(void **state)
{
    (void)state;
    struct evidence list[EVIDENCE_MAX] = {0};

    evidence_add(list, EVIDENCE_FIELD, "a text that is far too long for its room");
    evidence_add_number(list, EVIDENCE_LIMIT, -12);
    for (int i = 2; i < EVIDENCE_MAX; i++)
        evidence_add(list, EVIDENCE_CHECK, "x");
    evidence_add(list, EVIDENCE_TRACE, "dropped");
    assert_int_equal(list[0].name, EVIDENCE_FIELD);
    assert_int_equal(strlen(list[0].text), sizeof list[0].text - 1);
    assert_string_equal(list[1].text, "-12");
    for (int i = 0; i < EVIDENCE_MAX; i++)
        assert_int_not_equal(list[i].name, EVIDENCE_TRACE);
}

static void test_remarks_of_hosts_come_back_whole_and_harmless(void **state)
{
    (void)state;
    static const char longest[] = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十";
    struct evidence list[EVIDENCE_MAX] = {0};
    char room[128];
    struct text t = text_over(room, sizeof room);

    evidence_add_remark(list, longest);
    evidence_remark(list, &t);
    assert_string_equal(text_z(&t), longest);
    memset(list, 0, sizeof list);
    t = text_over(room, sizeof room);
    evidence_add_remark(list, "card 6200000000000000\n12345678901");
    evidence_remark(list, &t);
    assert_string_equal(text_z(&t), "card ************0000 12345678901");
    memset(list, 0, sizeof list);
    t = text_over(room, sizeof room);
    evidence_add_remark(list, "card 6200 0000 1234-1231, call 95588");
    evidence_remark(list, &t);
    assert_string_equal(text_z(&t), "card **** **** ****-****, call *****");
    memset(list, 0, sizeof list);
    t = text_over(room, sizeof room);
    evidence_add_remark(list, "T1/000001/000042 in-progress");
    evidence_remark(list, &t);
    assert_string_equal(text_z(&t), "T1/000001/000042 in-progress");
    memset(list, 0, sizeof list);
    evidence_add_remark(list, "");
    assert_int_equal(list[0].name, EVIDENCE_NONE);
}

static void test_money_moves_only_as_the_table_says(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const may[MONEY_STATE_COUNT] = {
        /*                    not held moved returning returned unknown */
        [MONEY_NOT_MOVED] = "yyyyyy",
        [MONEY_HELD]      = "-yyyy-",
        [MONEY_MOVED]     = "--yyy-",
        [MONEY_RETURNING] = "-yyyy-",
        [MONEY_RETURNED]  = "----y-",
        [MONEY_UNKNOWN]   = "yyyyyy",
    };
    /* clang-format on */

    for (int from = 0; from < MONEY_STATE_COUNT; from++) {
        for (int to = 0; to < MONEY_STATE_COUNT; to++)
            assert_int_equal(money_state_may_follow((enum money_state)from, (enum money_state)to),
                             may[from][to] == 'y');
    }
}

static void test_money_is_final_when_nothing_more_happens(void **state)
{
    (void)state;
    static const enum money_state final[] = {MONEY_NOT_MOVED, MONEY_MOVED, MONEY_RETURNED};
    unsigned bits = 0;

    for (size_t i = 0; i < ARRAY_COUNT(final); i++)
        bits |= 1U << final[i];
    for (int i = 0; i < MONEY_STATE_COUNT; i++) {
        assert_int_equal(money_state_is_final((enum money_state)i), (bits >> i) & 1);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(money_state_name((enum money_state)j),
                                    money_state_name((enum money_state)i));
    }
}

static void test_every_kind_is_consistent(void **state)
{
    (void)state;
    for (int i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *row = kind_row((enum txn_kind)i);
        assert_true(strlen(row->name) > 0 && strlen(row->zh) > 0 && strlen(row->en) > 0);
        assert_true(i == KIND_NONE || row->cup_mti != 0);
        assert_true(row->processing == NULL || strlen(row->processing) == 6);
        assert_true(row->condition == NULL || strlen(row->condition) == 2);
        assert_int_equal(row->has_mac,
                         row->processing != NULL || i == KIND_QUERY || i == KIND_SIGNATURE);
        assert_int_equal(row->shape == SHAPE_NETWORK, row->processing == NULL);
        assert_int_equal(row->is_advice, row->cup_mti == 0x0220);
        assert_true(!row->is_advice || !row->is_reversible);
        assert_true(row->sign == 0 || row->moves_money);
        assert_int_equal(kind_by_name(row->name), i);
        assert_true(!row->is_reversible || row->moves_money);
        assert_true(row->type_code < 100);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(kind_row((enum txn_kind)j)->name, row->name);
    }
}

static void test_a_follow_up_has_an_original(void **state)
{
    (void)state;
    for (int i = 0; i < KIND_COUNT; i++) {
        bool has_original = false;
        for (int j = 0; j < KIND_COUNT; j++)
            has_original |= kind_may_follow((enum txn_kind)i, (enum txn_kind)j);
        assert_int_equal(has_original, kind_row((enum txn_kind)i)->shape == SHAPE_FOLLOW_UP);
    }
    assert_true(kind_may_follow(KIND_VOID, KIND_SALE));
    assert_false(kind_may_follow(KIND_VOID, KIND_VOID));
    assert_int_equal(kind_by_name("no such kind"), KIND_NONE);
}

static struct identity sample_identity(void)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = 1, .trace = 42};

    assert_int_equal(identity_id_from_text("48020000", 0, identity.acquirer, ACQUIRER_ID_LEN), OK);
    assert_int_equal(identity_id_from_text("T1", ' ', identity.terminal, TERMINAL_ID_LEN), OK);
    return identity;
}

static void test_an_identity_differs_in_each_member(void **state)
{
    (void)state;
    struct identity a = sample_identity();
    struct identity others[5] = {a, a, a, a, identity_as(&a, IDENTITY_REVERSAL)};

    others[0].acquirer[10] = '1';
    others[1].terminal[7] = 'x';
    others[2].batch++;
    others[3].trace++;
    assert_true(identity_equal(&a, &a));
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        assert_false(identity_equal(&a, &others[i]));
    others[4] = identity_as(&others[4], IDENTITY_PAYMENT);
    assert_true(identity_equal(&a, &others[4]));
}

static void test_an_identitys_key_comes_back_and_grows_with_time(void **state)
{
    (void)state;
    struct identity a = sample_identity();
    struct identity later = a;
    struct identity back;
    uint8_t key[IDENTITY_KEY_LEN];
    uint8_t later_key[IDENTITY_KEY_LEN];

    identity_to_key(&a, key);
    identity_from_key(key, &back);
    assert_true(identity_equal(&a, &back));
    later.trace = 256;
    identity_to_key(&later, later_key);
    assert_true(memcmp(key, later_key, sizeof key) < 0);
    later.batch++;
    later.trace = 1;
    memcpy(key, later_key, sizeof key);
    identity_to_key(&later, later_key);
    assert_true(memcmp(key, later_key, sizeof key) < 0);
}

static void test_an_identity_reads_as_people_write_it(void **state)
{
    (void)state;
    struct identity a = sample_identity();
    char room[40];
    struct text t = text_over(room, sizeof room);
    char id[4];

    identity_add_text(&t, &a);
    assert_string_equal(text_z(&t), "T1/000001/000042");
    assert_int_equal(identity_id_from_text("abcd", ' ', id, sizeof id), OK);
    assert_memory_equal(id, "abcd", 4);
    assert_int_equal(identity_id_from_text("abcde", ' ', id, sizeof id), ERR_BAD_LENGTH);
    assert_int_equal(identity_id_from_text("", ' ', id, sizeof id), ERR_BAD_LENGTH);
}

static void test_an_answer_repeats_facts_and_no_secrets(void **state)
{
    (void)state;
    static struct txn_message request;
    static struct txn_message answer;
    static const struct txn_message zero;

    request = (struct txn_message){
        .kind = KIND_SALE,
        .function = FUNCTION_REQUEST,
        .identity = sample_identity(),
        .track2_len = 20,
        .pin_block_len = 8,
        .icc_len = 3,
        .sequence = 1,
        .cvv2 = {'1', '2', '3'},
        .amount = {1000, CURRENCY_CNY},
        .has_mac = true,
        .pin_entered = true,
        .tpdu = {0x60, 0, 3, 0, 0},
    };
    txn_message_answer(&request, &answer);
    assert_int_equal(answer.function, FUNCTION_RESPONSE);
    assert_int_equal(answer.kind, KIND_SALE);
    assert_true(identity_equal(&answer.identity, &request.identity));
    assert_true(money_equal(answer.amount, request.amount));
    assert_memory_equal(answer.tpdu, request.tpdu, TPDU_LEN);
    assert_int_equal(answer.sequence, 1);
    assert_int_equal(answer.track2_len + answer.pin_block_len + answer.icc_len, 0);
    assert_memory_equal(answer.cvv2, zero.cvv2, sizeof zero.cvv2);
    assert_false(answer.has_mac);
    request.function = FUNCTION_REVERSAL;
    txn_message_answer(&request, &answer);
    assert_int_equal(answer.function, FUNCTION_REVERSAL_RESPONSE);
    txn_message_wipe(&answer);
    assert_memory_equal(&answer, &zero, sizeof zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_outcome_is_complete_and_unique),
        cmocka_unit_test(test_an_outcomes_number_says_who_decides),
        cmocka_unit_test(test_only_an_approval_moves_money),
        cmocka_unit_test(test_every_code_finds_a_cause_of_that_code),
        cmocka_unit_test(test_a_code_means_what_its_payment_makes_it),
        cmocka_unit_test(test_a_bare_code_names_its_likeliest_cause),
        cmocka_unit_test(test_parties_have_names),
        cmocka_unit_test(test_every_evidence_has_words_and_readers),
        cmocka_unit_test(test_balances_and_pin_tries_are_for_operators_only),
        cmocka_unit_test(test_evidence_keeps_the_first_facts_and_never_overruns),
        cmocka_unit_test(test_remarks_of_hosts_come_back_whole_and_harmless),
        cmocka_unit_test(test_money_moves_only_as_the_table_says),
        cmocka_unit_test(test_money_is_final_when_nothing_more_happens),
        cmocka_unit_test(test_every_kind_is_consistent),
        cmocka_unit_test(test_a_follow_up_has_an_original),
        cmocka_unit_test(test_an_identity_differs_in_each_member),
        cmocka_unit_test(test_an_identitys_key_comes_back_and_grows_with_time),
        cmocka_unit_test(test_an_identity_reads_as_people_write_it),
        cmocka_unit_test(test_an_answer_repeats_facts_and_no_secrets),
    };

    return cmocka_run_group_tests_name("txn", tests, NULL, NULL);
}

/* A peek at what is in doubt here makes the switch ask the issuer, and the next one tells its word;
 * the payment and the money stay as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CHECK(condition) assert_true(condition)
#include "acquirer/issuer_word.h"
#include "test/lib/switch_world.h"

#define SALE 42

static struct txn_message peek(uint32_t trace)
{
    struct txn_message message = world_request(KIND_QUERY, trace, 0);

    message.pan.len = 0;
    message.expiry = 0;
    message.entry = ENTRY_NONE;
    message.amount = (struct money){0};
    message.network_code = NETWORK_PEEK;
    message.original = (struct original){.batch = 1, .trace = trace};
    message.identity.trace = 99;
    return message;
}

/* The code in 60.3 of the answer. */
static unsigned peeked(void)
{
    struct txn_message ask = peek(SALE);

    world_terminal_says(&ask);
    assert_non_null(world_sent(TILL_LINK));
    assert_true(world_sent(TILL_LINK)->seal.make_mac);
    return world_sent(TILL_LINK)->message.network_code;
}

static void sell(void)
{
    struct txn_message sale = world_sale(SALE, 12850);

    world_open();
    world_terminal_says(&sale);
    assert_int_equal(world_payment(SALE)->stage, STAGE_SENT);
}

/* Sells, peeks, and returns what the issuer is asked. */
static struct txn_message asked(void)
{
    sell();
    assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_IN_PROGRESS);
    assert_non_null(world_sent(ISSUER_LINK));
    return world_sent(ISSUER_LINK)->message;
}

static struct txn_message word(const struct txn_message *question, enum payment_state state)
{
    struct txn_message answer = world_answer(question, "00");

    answer.network_code = (uint16_t)(NETWORK_STATE + state);
    return answer;
}

static void test_the_issuer_is_asked_and_its_word_told(void **state)
{
    (void)state;
    for (enum payment_state said = PAYMENT_NEVER_SEEN; said < PAYMENT_STATE_COUNT; said++) {
        struct txn_message question = asked();
        struct payment_row before = *world_payment(SALE);
        size_t entries = world.entry_count;
        assert_int_equal(question.kind, KIND_QUERY);
        assert_int_equal(question.network_code, NETWORK_PEEK);
        assert_int_equal(question.pan.len, 0);
        assert_true(identity_equal(&question.identity, &before.identity));
        assert_true(world_sent(ISSUER_LINK)->seal.make_mac);
        assert_false(world_sent(ISSUER_LINK)->seal.open_pan);
        assert_int_equal(world_record()->what, WHAT_ASKED);
        struct txn_message answer = word(&question, said);
        world_issuer_says(&answer);
        assert_int_equal(world.sent_count, 0);
        for (int i = 0; i < 3; i++)
            assert_int_equal(peeked(), NETWORK_HEARD + said);
        assert_null(world_sent(ISSUER_LINK));
        assert_memory_equal(world_payment(SALE), &before, sizeof before);
        assert_int_equal(world.entry_count, entries);
    }
}

/* Its answer to the payment itself decides, whatever its word was. */
static void test_the_payment_goes_its_way(void **state)
{
    (void)state;
    struct txn_message sale = world_sale(SALE, 12850);

    world_open();
    world_terminal_says(&sale);
    struct txn_message forwarded = world_sent(ISSUER_LINK)->message;
    assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_IN_PROGRESS);
    struct txn_message answer = word(&world_sent(ISSUER_LINK)->message, PAYMENT_NEVER_SEEN);
    world_issuer_says(&answer);
    answer = world_answer(&forwarded, "00");
    world_issuer_says(&answer);
    assert_int_equal(world_payment(SALE)->money, MONEY_MOVED);
    assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_APPROVED);
    assert_null(world_sent(ISSUER_LINK));
    assert_null(world_record());
}

static void test_it_is_not_asked_more_often_than_that(void **state)
{
    (void)state;
    (void)asked();
    size_t records = world.record_count;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_IN_PROGRESS);
        assert_null(world_sent(ISSUER_LINK));
    }
    assert_int_equal(world.record_count, records);
    world.wall.us += WORD_REST_MS * INT64_C(1000);
    assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_IN_PROGRESS);
    assert_non_null(world_sent(ISSUER_LINK));
}

static void test_a_word_grows_old(void **state)
{
    (void)state;
    struct txn_message question = asked();
    struct txn_message answer = word(&question, PAYMENT_APPROVED);
    world_issuer_says(&answer);
    assert_int_equal(peeked(), NETWORK_HEARD + PAYMENT_APPROVED);
    world.wall.us += WORD_KEPT_MS * INT64_C(1000);
    assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_IN_PROGRESS);
    assert_non_null(world_sent(ISSUER_LINK));
    world_issuer_says(&answer); /* late, and the state may be another by now: but it fits */
    assert_int_equal(peeked(), NETWORK_HEARD + PAYMENT_APPROVED);
}

static void test_an_issuer_that_is_away_is_not_asked(void **state)
{
    (void)state;
    sell();
    world_link(EVENT_LINK_DOWN, ISSUER_LINK, ISSUER);
    assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_IN_PROGRESS);
    assert_null(world_sent(ISSUER_LINK));
    assert_null(world_record());
}

static void expect_no_word(const struct txn_message *answer, const struct keyblock *zak)
{
    size_t records = world.record_count;

    world_issuer_says_with(answer, zak);
    assert_int_equal(world.record_count, records);
    assert_int_equal(peeked(), NETWORK_STATE + PAYMENT_IN_PROGRESS);
}

static void test_what_does_not_fit_says_nothing(void **state)
{
    struct keyblock none = {{0}};
    struct keyblock other;

    (void)state;
    struct txn_message question = asked();
    struct keyblock zak = world_issuer()->zone_mac;
    struct txn_message answer = word(&question, PAYMENT_APPROVED);
    expect_no_word(&answer, &none);
    other = fake_key(KEY_ZAK, 77, ISSUER);
    expect_no_word(&answer, &other);
    answer = word(&question, PAYMENT_STATE_COUNT);
    expect_no_word(&answer, &zak);
    answer = world_answer(&question, "30"); /* an issuer that does not know the question */
    expect_no_word(&answer, &zak);
    answer = word(&question, PAYMENT_APPROVED);
    answer.identity.trace++;
    expect_no_word(&answer, &zak);
    answer = word(&question, PAYMENT_APPROVED);
    world_issuer_says(&answer);
    answer = word(&question, PAYMENT_TAKEN_BACK); /* the first answer counts */
    world_issuer_says(&answer);
    assert_int_equal(peeked(), NETWORK_HEARD + PAYMENT_APPROVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_issuer_is_asked_and_its_word_told),
        cmocka_unit_test(test_the_payment_goes_its_way),
        cmocka_unit_test(test_it_is_not_asked_more_often_than_that),
        cmocka_unit_test(test_a_word_grows_old),
        cmocka_unit_test(test_an_issuer_that_is_away_is_not_asked),
        cmocka_unit_test(test_what_does_not_fit_says_nothing),
    };

    return cmocka_run_group_tests_name("issuer_word", tests, NULL, NULL);
}

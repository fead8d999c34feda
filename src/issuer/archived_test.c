/* The same at the issuer: an archived payment's number is not taken, undone or followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RIG_CHECK(condition) assert_true(condition)
#include "books/archive_rows.h"
#include "books/aside_rows.h"
#include "test/lib/issuer_rig.h"

#define OPENING 100000
#define GONE 42
#define NEXT 60

static struct rig rig;

static void build_archived(void)
{
    struct archive_mark_row mark = {
        .layout = ARCHIVE_ROW_LAYOUT, .batch = 1, .trace = 50, .date = 20251001, .count = 50};

    rig_build(&rig);
    struct identity identity = rig_event(&rig, KIND_SALE, FUNCTION_REQUEST, GONE).message.identity;
    struct row_key key = archive_mark_key(&identity);
    struct node_row *row = rig_row(&rig, &key);
    row->found = true;
    row->len = sizeof mark;
    memcpy(row->value, &mark, sizeof mark);
}

static const struct rig_result *expect(struct node_event *event, const char *code, bool has_mac)
{
    const struct rig_result *result = rig_send(&rig, event);

    assert_true(result->has_answer);
    assert_memory_equal(result->answer.message.code, code, RESPONSE_CODE_LEN);
    assert_int_equal(result->answer.seal.make_mac, has_mac);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING);
    assert_null(rig_payment(&rig, GONE));
    return result;
}

static void test_its_request_is_not_decided(void **state)
{
    (void)state;
    build_archived();
    struct node_event sale = rig_request(&rig, ENTRY_CHIP, GONE, 5000);
    const struct rig_result *result = expect(&sale, "22", false);
    assert_int_equal(result->what, WHAT_DECLINED);
    assert_true(result->is_alarm);
    uint64_t sequence = rig.sequence;
    (void)expect(&sale, "22", false);
    assert_int_equal(rig.sequence, sequence);
}

static void test_its_reversal_is_not_done(void **state)
{
    (void)state;
    build_archived();
    struct node_event reversal = rig_reversal(&rig, GONE, 5000);
    const struct rig_result *result = expect(&reversal, "22", true);
    assert_int_equal(result->what, WHAT_REVERSAL_REFUSED);
    assert_true(result->is_alarm);
}

static void test_what_follows_it_is_refused(void **state)
{
    (void)state;
    build_archived();
    struct node_event refund = rig_follow(&rig, KIND_REFUND, NEXT, GONE, 5000);
    (void)expect(&refund, "12", true);
    assert_int_equal(rig_payment(&rig, NEXT)->outcome, OUTCOME_ORIGINAL_ARCHIVED);
    assert_int_equal(rig_payment(&rig, NEXT)->money, MONEY_NOT_MOVED);
    assert_string_equal(rig_payment(&rig, NEXT)->evidence[1].text, "20251001");
}

static void test_what_comes_after_is_decided(void **state)
{
    (void)state;
    build_archived();
    struct node_event sale = rig_request(&rig, ENTRY_CHIP, NEXT, 5000);
    const struct rig_result *result = rig_send(&rig, &sale);
    assert_memory_equal(result->answer.message.code, "00", RESPONSE_CODE_LEN);
    assert_int_equal(rig_account(&rig)->balance_minor, OPENING - 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_its_request_is_not_decided),
        cmocka_unit_test(test_its_reversal_is_not_done),
        cmocka_unit_test(test_what_follows_it_is_refused),
        cmocka_unit_test(test_what_comes_after_is_decided),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

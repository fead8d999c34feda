#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view/reply_match.h"
#include "wire/builtin.h"

#include <string.h>

static const uint8_t tpdus[2][FRAME_TPDU_LEN] = {{0x60, 0x00, 0x03, 0x00, 0x07},
                                                 {0x60, 0x00, 0x07, 0x00, 0x03}};

/* A request and its reply, to be changed before they are compared. */
struct pair {
    struct dialect dialect;
    struct iso_message messages[2];
    uint8_t bytes[2][256];
    struct iso_view views[2];
    struct message_dump dumps[2];
    struct reply_check checks[REPLY_CHECKS_MAX];
    size_t count;
};

static struct pair pair;

static void begin(void)
{
    memset(&pair, 0, sizeof pair);
    assert_int_equal(builtin_compile("cup-pos", NULL, &pair.dialect), OK);
    for (int i = 0; i < 2; i++) {
        iso_message_init(&pair.messages[i], &pair.dialect, i == 0 ? 0x0200 : 0x0210);
        iso_set_z(&pair.messages[i], 2, "6222800000000000003");
        iso_set_z(&pair.messages[i], 3, "000000");
        iso_set_z(&pair.messages[i], 4, "000000001000");
        iso_set_z(&pair.messages[i], 11, "000007");
        iso_set_z(&pair.messages[i], 41, "T1      ");
        iso_set_z(&pair.messages[i], 60, "22000001");
    }
    iso_set_z(&pair.messages[1], 39, "00");
}

/* Compares, and returns the first mismatch. */
static const struct reply_check *compare(void)
{
    for (int i = 0; i < 2; i++) {
        struct iso_built built;
        struct iso_fault fault;
        assert_int_equal(
            iso_build(&pair.messages[i], pair.bytes[i], sizeof pair.bytes[i], &built, &fault), OK);
        struct bytes whole = bytes_over(pair.bytes[i], built.len);
        assert_int_equal(iso_parse(&pair.dialect, whole, &pair.views[i], &fault), OK);
        pair.dumps[i] = (struct message_dump){
            .input = whole,
            .view = &pair.views[i],
            .frame = {.framing = FRAMING_TPDU, .tpdu = bytes_over(tpdus[i], FRAME_TPDU_LEN)}};
    }
    pair.count = reply_match(&pair.dumps[0], &pair.dumps[1], pair.checks);
    return reply_mismatch(pair.checks, pair.count);
}

static void test_a_reply_to_its_request_matches(void **state)
{
    (void)state;
    begin();
    assert_null(compare());
    assert_int_equal(pair.count, 10);
    for (size_t i = 0; i < pair.count; i++)
        assert_null(pair.checks[i].hint);
    /* what one of them does not carry is no difference, but for what it is found by */
    iso_unset(&pair.messages[1], 2);
    iso_set_z(&pair.messages[1], 37, "000000000001");
    assert_null(compare());
}

static void assert_mismatch(const char *name, const char *request, const char *reply)
{
    const struct reply_check *mismatch = compare();
    assert_non_null(mismatch);
    assert_string_equal(mismatch->name, name);
    assert_string_equal(mismatch->request, request);
    assert_string_equal(mismatch->reply, reply);
    assert_non_null(mismatch->hint);
}

static void test_each_field_that_differs_is_named(void **state)
{
    (void)state;
    static const struct {
        unsigned field;
        const char *name;
        const char *value;
        const char *request;
        const char *reply;
    } rows[] = {
        {2, "2", "6222800000000000011", "622280*********0003", "622280*********0011"},
        {3, "3", "310000", "000000", "310000"},
        {4, "4", "000000001001", "000000001000", "000000001001"},
        {11, "11", "000008", "000007", "000008"},
        {41, "41", "T2      ", "T1      ", "T2      "},
        {60, "60.2", "22000002", "000001", "000002"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        begin();
        iso_set_z(&pair.messages[1], rows[i].field, rows[i].value);
        assert_mismatch(rows[i].name, rows[i].request, rows[i].reply);
    }
}

static void test_a_reply_without_its_key_matches_nothing(void **state)
{
    (void)state;
    begin();
    iso_unset(&pair.messages[1], 11);
    const struct reply_check *mismatch = compare();
    assert_non_null(mismatch);
    assert_string_equal(mismatch->name, "11");
    assert_int_equal(mismatch->verdict, REPLY_LACKS);
}

static void test_less_is_a_part_only_with_code_10(void **state)
{
    (void)state;
    begin();
    iso_set_z(&pair.messages[1], 4, "000000000999");
    assert_mismatch("4", "000000001000", "000000000999");
    iso_set_z(&pair.messages[1], 39, "10");
    assert_null(compare());
    iso_set_z(&pair.messages[1], 4, "000000001001");
    assert_mismatch("4", "000000001000", "000000001001");
}

static void test_the_type_must_be_the_requests_reply(void **state)
{
    (void)state;
    static const struct {
        uint16_t request;
        uint16_t reply;
        bool fits;
    } rows[] = {{0x0200, 0x0210, true},  {0x0201, 0x0210, true},  {0x0400, 0x0410, true},
                {0x0200, 0x0410, false}, {0x0200, 0x0200, false}, {0x0210, 0x0210, false},
                {0x0820, 0x0830, true},  {0x0820, 0x0810, false}};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        begin();
        pair.messages[0].mti = rows[i].request;
        pair.messages[1].mti = rows[i].reply;
        const struct reply_check *mismatch = compare();
        assert_int_equal(mismatch == NULL, rows[i].fits);
        assert_true(mismatch == NULL || strcmp(mismatch->name, "message type") == 0);
    }
}

static void test_what_stands_around_the_message(void **state)
{
    (void)state;
    begin();
    assert_null(compare());
    pair.dumps[1].frame.tpdu = pair.dumps[0].frame.tpdu; /* not swapped */
    pair.count = reply_match(&pair.dumps[0], &pair.dumps[1], pair.checks);
    assert_string_equal(reply_mismatch(pair.checks, pair.count)->name, "TPDU");
    pair.dumps[1].frame = (struct frame){.framing = FRAMING_LENGTH};
    pair.count = reply_match(&pair.dumps[0], &pair.dumps[1], pair.checks);
    assert_string_equal(reply_mismatch(pair.checks, pair.count)->name, "framing");
    pair.dumps[1].fault = "length at byte 0: it says 9 bytes, and 8 follow";
    pair.count = reply_match(&pair.dumps[0], &pair.dumps[1], pair.checks);
    assert_int_equal(pair.count, 1); /* nothing else can be compared */
    assert_string_equal(pair.checks[0].name, "reading");
    assert_string_equal(pair.checks[0].reply, pair.dumps[1].fault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reply_to_its_request_matches),
        cmocka_unit_test(test_each_field_that_differs_is_named),
        cmocka_unit_test(test_a_reply_without_its_key_matches_nothing),
        cmocka_unit_test(test_less_is_a_part_only_with_code_10),
        cmocka_unit_test(test_the_type_must_be_the_requests_reply),
        cmocka_unit_test(test_what_stands_around_the_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

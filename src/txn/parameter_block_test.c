/* Parameters and status: what is written is read, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "txn/parameter_block.h"

#include <string.h>

static void test_parameters_come_back(void **state)
{
    (void)state;
    uint8_t room[PARAMETER_BLOCK_MAX];
    struct parameter_writer w = {room, sizeof room, 0};

    parameter_put_number(&w, PARAMETER_TIMEOUT, 45);
    parameter_put_number(&w, PARAMETER_TIPS, 1);
    parameter_put_number(&w, PARAMETER_TIP_PERCENT, 250); /* two digits: the most they hold */
    parameter_put_name(&w, "街角小店");
    parameter_put_number(&w, PARAMETER_KINDS, 0xFFFFFF01);
    struct bytes block = bytes_over(room, w.len);
    assert_memory_equal(room, "1245181199922\xBD\xD6", 15 - 2);
    assert_int_equal(parameter_check(block), OK);
    assert_int_equal(parameter_number(block, PARAMETER_TIMEOUT, 1), 45);
    assert_int_equal(parameter_number(block, PARAMETER_TIPS, 0), 1);
    assert_int_equal(parameter_number(block, PARAMETER_TIP_PERCENT, 1), 99);
    assert_int_equal(parameter_number(block, PARAMETER_KINDS, 1), 0xFFFFFF01);
    assert_int_equal(parameter_number(block, PARAMETER_OFFLINE_MAX, 7), 7);
}

static void test_a_name_is_cut_between_characters(void **state)
{
    (void)state;
    uint8_t room[PARAMETER_BLOCK_MAX];
    struct parameter_writer w = {room, sizeof room, 0};
    struct parameter parameter;
    size_t offset = 0;

    parameter_put_name(&w, "a店店店店店店店店店店店店店店店店店店店店店");
    assert_int_equal(parameter_next(bytes_over(room, w.len), &offset, &parameter), OK);
    assert_int_equal(parameter.value.len, PARAMETER_NAME_LEN);
    assert_int_equal(parameter.value.at[38], 0xEA); /* the last half of a character fits not */
    assert_int_equal(parameter.value.at[39], ' ');
}

static void test_what_is_no_parameter_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "1", "12", "124", "12x5", "1045", "2801", "1245x", "18a"};

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        assert_int_equal(parameter_check(bytes_of_z(bad[i])), ERR_BAD_FORMAT);
    assert_int_equal(parameter_check(bytes_of_z("1245")), OK);
}

static void test_a_status_tells_what_is_in_use(void **state)
{
    (void)state;
    uint8_t status[STATUS_BLOCK_LEN];

    parameter_status((struct bytes){0}, status);
    assert_memory_equal(status, "01102103104105111601200130", 26);
    parameter_status(bytes_of_z("12451819"), status);
    assert_memory_equal(status + STATUS_DEVICES_LEN, "116012451300014", 8);
    assert_memory_equal(status + STATUS_BLOCK_LEN - 14, "51000000000000", 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_come_back),
        cmocka_unit_test(test_a_name_is_cut_between_characters),
        cmocka_unit_test(test_what_is_no_parameter_is_refused),
        cmocka_unit_test(test_a_status_tells_what_is_in_use),
    };

    return cmocka_run_group_tests_name("parameter_block", tests, NULL, NULL);
}

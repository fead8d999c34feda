#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/files/qr_encode.h"

#include <string.h>

#define SIDE_MAX 177

static uint8_t modules[SIDE_MAX * SIDE_MAX];

/* A finder pattern (ISO/IEC 18004, 6.3.3) with its corner there. */
static void check_finder(unsigned side, unsigned x, unsigned y)
{
    static const char *const rows[] = {"1111111", "1000001", "1011101", "1011101",
                                       "1011101", "1000001", "1111111"};

    for (unsigned i = 0; i < 7; i++) {
        for (unsigned j = 0; j < 7; j++)
            assert_int_equal(modules[(y + i) * side + x + j], rows[i][j] - '0');
    }
}

static void test_a_code_has_its_three_finders(void **state)
{
    (void)state;
    unsigned side = 0;

    assert_int_equal(qr_encode("0002010102", SIDE_MAX, modules, &side), OK);
    assert_int_equal(side, 21); /* version 1 */
    check_finder(side, 0, 0);
    check_finder(side, side - 7, 0);
    check_finder(side, 0, side - 7);
}

static void test_too_much_text_is_refused(void **state)
{
    (void)state;
    static char text[3000];
    unsigned side = 7;

    memset(text, 'x', 2331); /* version 40, level M, bytes */
    assert_int_equal(qr_encode(text, SIDE_MAX, modules, &side), OK);
    assert_int_equal(side, SIDE_MAX);
    side = 7;
    assert_int_equal(qr_encode(text, SIDE_MAX - 1, modules, &side), ERR_FULL);
    memset(text, 'x', 2332);
    assert_int_equal(qr_encode(text, SIDE_MAX, modules, &side), ERR_FULL);
    assert_int_equal(side, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_code_has_its_three_finders),
        cmocka_unit_test(test_too_much_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"
#include "drivers/files/signature_image.h"

#include <string.h>

static struct signature_image image;
static struct signature_image back;
static uint8_t data[SIGNATURE_DATA_MAX];

/* A hand's loops over the whole pad. */
static void sign(uint16_t width, uint16_t height)
{
    struct signature_point at = {4, 4};

    assert_int_equal(signature_image_begin(width, height, &image), OK);
    for (int i = 1; i < 24; i++) {
        struct signature_point to = {(int16_t)(4 + i * (width - 8) / 24),
                                     (int16_t)(4 + (i * 37) % (height - 8))};
        signature_image_draw(&image, at, to);
        at = to;
    }
}

static void test_a_signature_survives_and_fits_the_field(void **state)
{
    (void)state;
    static const uint16_t sizes[][2] = {{240, 80}, {384, 160}, {8, 9}};

    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        size_t len = 0;
        sign(sizes[i][0], sizes[i][1]);
        assert_int_equal(signature_image_encode(&image, data, &len), OK);
        assert_in_range(len, 21, SIGNATURE_DATA_MAX);
        assert_int_equal(signature_image_decode(bytes_over(data, len), &back), OK);
        assert_memory_equal(&back, &image, sizeof image);
    }
}

static void test_lines_are_drawn_from_end_to_end(void **state)
{
    (void)state;
    assert_int_equal(signature_image_begin(16, 8, &image), OK);
    signature_image_draw(&image, (struct signature_point){1, 1}, (struct signature_point){9, 5});
    assert_true(signature_image_is_ink(&image, 1, 1));
    assert_true(signature_image_is_ink(&image, 9, 5));
    assert_true(signature_image_is_ink(&image, 10, 6));
    assert_false(signature_image_is_ink(&image, 9, 1));
    assert_false(signature_image_is_ink(&image, -1, 0));
    assert_false(signature_image_is_ink(&image, 16, 0));
    signature_image_draw(&image, (struct signature_point){-100, -100},
                         (struct signature_point){200, 200});
    signature_image_draw(&image, (struct signature_point){0, 7}, (struct signature_point){0, 7});
    assert_true(signature_image_is_ink(&image, 0, 7));
}

static void test_sizes_of_pads(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { uint16_t width; uint16_t height; enum err err; } rows[] = {
        {8, 1, OK}, {384, 160, OK}, {0, 8, ERR_BAD_VALUE}, {8, 0, ERR_BAD_VALUE},
        {12, 8, ERR_BAD_VALUE}, {392, 8, ERR_BAD_VALUE}, {8, 161, ERR_BAD_VALUE},
    };
    /* clang-format on */

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(signature_image_begin(rows[i].width, rows[i].height, &image), rows[i].err);
}

static void test_too_much_ink_is_refused(void **state)
{
    (void)state;
    struct prng prng;
    size_t len = 5;

    prng_seed(&prng, 7);
    assert_int_equal(signature_image_begin(384, 160, &image), OK);
    prng_fill(&prng, image.bits, sizeof image.bits);
    assert_int_equal(signature_image_encode(&image, data, &len), ERR_FULL);
    assert_int_equal(len, 5);
}

static void test_what_is_no_signature_is_refused(void **state)
{
    (void)state;
    size_t len = 0;

    sign(240, 80);
    assert_int_equal(signature_image_encode(&image, data, &len), OK);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(signature_image_decode(bytes_over(data, cut), &back), ERR_BAD_FORMAT);
    for (size_t at = 0; at < 20; at++) { /* each byte of the header counts or is harmless */
        uint8_t other[SIGNATURE_DATA_MAX];
        memcpy(other, data, len);
        other[at] = 0xFF;
        if (at < 3 || (at >= 4 && at < 12) || at == 19)
            assert_int_equal(signature_image_decode(bytes_over(other, len), &back), ERR_BAD_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_signature_survives_and_fits_the_field),
        cmocka_unit_test(test_lines_are_drawn_from_end_to_end),
        cmocka_unit_test(test_sizes_of_pads),
        cmocka_unit_test(test_too_much_ink_is_refused),
        cmocka_unit_test(test_what_is_no_signature_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

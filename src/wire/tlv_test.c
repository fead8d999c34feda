#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wire/tlv.h"

#include <string.h>

static size_t from_hex(const char *hex, uint8_t *out, size_t cap)
{
    size_t len = 0;

    assert_int_equal(bytes_from_hex(hex, strlen(hex), out, cap, &len), OK);
    return len;
}

static void test_elements_of_field_55(void **state)
{
    (void)state;
    uint8_t data[64];
    size_t len = from_hex("9F26089C0A057796D091E39F270180009A03180209DF0100", data, sizeof data);
    struct tlv_iterator it = tlv_over(bytes_over(data, len));
    struct tlv e;
    static const uint32_t tags[] = {0x9F26, 0x9F27, 0x9A, 0xDF01};
    static const size_t lens[] = {8, 1, 3, 0};

    for (size_t i = 0; i < ARRAY_COUNT(tags); i++) {
        assert_int_equal(tlv_next(&it, &e), OK);
        assert_int_equal(e.tag, tags[i]);
        assert_int_equal(e.value.len, lens[i]);
    }
    assert_int_equal(tlv_next(&it, &e), ERR_NOT_FOUND);
    assert_int_equal(tlv_find(bytes_over(data, len), 0x9A, &e.value), OK);
    assert_memory_equal(e.value.at, "\x18\x02\x09", 3);
    assert_int_equal(tlv_find(bytes_over(data, len), 0x95, &e.value), ERR_NOT_FOUND);
}

static void test_walk_goes_into_templates(void **state)
{
    (void)state;
    uint8_t data[64];
    size_t len = from_hex("720F9F180400000001860684240000029F91015A", data, sizeof data);
    struct tlv_iterator it = tlv_over(bytes_over(data, len));
    struct tlv e;

    assert_int_equal(tlv_walk(&it, &e), OK);
    assert_true(e.constructed);
    assert_int_equal(e.depth, 0);
    assert_int_equal(tlv_walk(&it, &e), OK);
    assert_int_equal(e.tag, 0x9F18);
    assert_int_equal(e.depth, 1);
    assert_int_equal(tlv_walk(&it, &e), OK);
    assert_int_equal(e.tag, 0x86);
    assert_int_equal(tlv_walk(&it, &e), OK);
    assert_int_equal(e.tag, 0x91);
    assert_int_equal(e.depth, 0);
    assert_int_equal(tlv_walk(&it, &e), ERR_NOT_FOUND);
}

static void test_private_tags_with_text_are_not_opened(void **state)
{
    (void)state;
    uint8_t data[64];
    size_t len = from_hex("FF0004BAD3C4CFFF020101", data, sizeof data);
    struct tlv_iterator it = tlv_over(bytes_over(data, len));
    struct tlv e;

    assert_int_equal(tlv_walk(&it, &e), OK);
    assert_int_equal(e.tag, 0xFF00);
    assert_false(e.constructed);
    assert_int_equal(tlv_walk(&it, &e), OK);
    assert_int_equal(e.tag, 0xFF02);
    assert_int_equal(tlv_walk(&it, &e), ERR_NOT_FOUND);
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    uint8_t data[32];
    struct tlv_iterator it;
    struct tlv e;
    size_t deepest = 0;
    enum err err;

    for (size_t i = 0; i < 8; i++) {
        data[2 * i] = 0xE0;
        data[2 * i + 1] = (uint8_t)(14 - 2 * i);
    }
    it = tlv_over(bytes_over(data, 16));
    while ((err = tlv_walk(&it, &e)) == OK)
        deepest = e.depth > deepest ? e.depth : deepest;
    assert_int_equal(err, ERR_NOT_FOUND);
    assert_int_equal(deepest, TLV_DEPTH_MAX);
}

static void test_broken_elements_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum err err;
        size_t offset;
    } rows[] = {
        {"9F", ERR_TRUNCATED, 0},    {"9A", ERR_TRUNCATED, 1},
        {"9A03", ERR_TRUNCATED, 0},  {"9A0318", ERR_TRUNCATED, 0},
        {"9A80", ERR_BAD_FORMAT, 1}, {"9A83000001", ERR_BAD_FORMAT, 1},
        {"9A81", ERR_TRUNCATED, 1},  {"9F8F8F8F0101", ERR_BAD_FORMAT, 0},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        uint8_t data[16];
        size_t len = from_hex(rows[i].hex, data, sizeof data);
        struct tlv_iterator it = tlv_over(bytes_over(data, len));
        struct tlv e;
        assert_int_equal(tlv_next(&it, &e), rows[i].err);
        assert_int_equal(it.fault_offset, rows[i].offset);
        assert_non_null(it.fault);
    }
}

static void test_written_lengths_are_the_shortest(void **state)
{
    (void)state;
    static uint8_t room[80000];
    static uint8_t value[65536];
    static const size_t lens[] = {0, 1, 127, 128, 255, 256, 65535};

    for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
        struct tlv_writer w = tlv_into(room, sizeof room);
        size_t head = lens[i] < 128 ? 3 : lens[i] < 256 ? 4 : 5;
        struct bytes found;
        assert_int_equal(tlv_put(&w, 0x9F10, bytes_over(value, lens[i])), OK);
        assert_int_equal(w.len, head + lens[i]);
        assert_int_equal(tlv_find(bytes_over(room, w.len), 0x9F10, &found), OK);
        assert_int_equal(found.len, lens[i]);
        w = tlv_into(room, head + lens[i] - 1);
        assert_int_equal(tlv_put(&w, 0x9F10, bytes_over(value, lens[i])), ERR_FULL);
        assert_int_equal(w.len, 0);
    }
    struct tlv_writer w = tlv_into(room, sizeof room);
    assert_int_equal(tlv_put(&w, 0x9A, bytes_over(value, 65536)), ERR_BAD_LENGTH);
}

static void test_text_form_of_field_59(void **state)
{
    (void)state;
    uint8_t room[64];
    struct tlv_writer w = tlv_into(room, sizeof room);
    struct tlv_iterator it;
    struct tlv e;

    assert_int_equal(tlv_text_put(&w, "A4", bytes_of_z("58210526789789570802")), OK);
    assert_int_equal(tlv_text_put(&w, "A5", bytes_of_z("")), OK);
    assert_memory_equal(room, "A402058210526789789570802A5000", 30);
    it = tlv_over(bytes_over(room, w.len));
    assert_int_equal(tlv_text_next(&it, &e), OK);
    assert_int_equal(e.tag, 0x4134);
    assert_int_equal(e.value.len, 20);
    assert_int_equal(tlv_text_next(&it, &e), OK);
    assert_int_equal(tlv_text_next(&it, &e), ERR_NOT_FOUND);
    it = tlv_over(bytes_of_z("A40x1z"));
    assert_int_equal(tlv_text_next(&it, &e), ERR_BAD_FORMAT);
    it = tlv_over(bytes_of_z("A4002z"));
    assert_int_equal(tlv_text_next(&it, &e), ERR_TRUNCATED);
    it = tlv_over(bytes_of_z("A400"));
    assert_int_equal(tlv_text_next(&it, &e), ERR_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_of_field_55),
        cmocka_unit_test(test_walk_goes_into_templates),
        cmocka_unit_test(test_private_tags_with_text_are_not_opened),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_broken_elements_are_named),
        cmocka_unit_test(test_written_lengths_are_the_shortest),
        cmocka_unit_test(test_text_form_of_field_59),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

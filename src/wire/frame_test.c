#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wire/frame.h"

#include <string.h>

#define ALL (FRAMING_LENGTH | FRAMING_TPDU | FRAMING_HEADER)

static const uint8_t tpdu[] = {0x60, 0x06, 0x01, 0x00, 0x00};
static const uint8_t header[] = {0x60, 0x32, 0x00, 0x43, 0x00, 0x01};
static const uint8_t lri[] = {0xFD, 0x00, 0x02, 0x01, 0x00};

static void test_frames_come_in_pieces(void **state)
{
    (void)state;
    static const uint8_t stream[] = {0, 3, 'a', 'b', 'c', 0, 1, 'd'};
    struct bytes body;
    size_t take = 0;

    for (size_t have = 0; have < 5; have++) {
        assert_int_equal(frame_next(bytes_over(stream, have), &take, &body), ERR_MORE);
        assert_int_equal(take, have < 2 ? 2 : 5);
    }
    assert_int_equal(frame_next(bytes_over(stream, 8), &take, &body), OK);
    assert_int_equal(take, 5);
    assert_memory_equal(body.at, "abc", 3);
    assert_int_equal(frame_next(bytes_over(stream + take, 3), &take, &body), OK);
    assert_int_equal(body.len, 1);
}

static void test_length_limits(void **state)
{
    (void)state;
    static uint8_t stream[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX];
    struct bytes body;
    size_t take;

    frame_put_length(stream, FRAME_BODY_LEN_MAX);
    assert_int_equal(frame_next(bytes_over(stream, sizeof stream), &take, &body), OK);
    assert_int_equal(body.len, FRAME_BODY_LEN_MAX);
    bytes_put_u16(stream, FRAME_BODY_LEN_MAX + 1);
    assert_int_equal(frame_next(bytes_over(stream, 2), &take, &body), ERR_BAD_LENGTH);
    bytes_put_u16(stream, 0);
    assert_int_equal(frame_next(bytes_over(stream, 2), &take, &body), ERR_BAD_LENGTH);
}

static void test_head_goes_both_ways(void **state)
{
    (void)state;
    struct frame frame = {
        .framing = ALL, .tpdu = bytes_over(tpdu, 5), .header = bytes_over(header, 6)};
    struct frame opened;
    struct frame_fault fault;
    uint8_t out[64];
    size_t len;
    size_t take;
    struct bytes body;

    for (int with_lri = 0; with_lri < 2; with_lri++) {
        frame.lri = with_lri ? bytes_over(lri, 5) : bytes_over(NULL, 0);
        assert_int_equal(frame_put_head(&frame, 4, out, sizeof out, &len), OK);
        memcpy(out + len, "\x02\x00zz", 4);
        assert_int_equal(frame_guess(bytes_over(out, len + 4)), ALL);
        assert_int_equal(frame_next(bytes_over(out, len + 4), &take, &body), OK);
        assert_int_equal(frame_open(body, ALL, &opened, &fault), OK);
        assert_true(bytes_equal(opened.tpdu, frame.tpdu));
        assert_true(bytes_equal(opened.lri, frame.lri));
        assert_true(bytes_equal(opened.header, frame.header));
        assert_memory_equal(opened.message.at, "\x02\x00zz", 4);
        assert_int_equal(frame_put_head(&frame, 4, out, len - 1, &len), ERR_FULL);
        assert_int_equal(frame_put_head(&frame, FRAME_BODY_LEN_MAX, out, sizeof out, &len),
                         ERR_BAD_LENGTH);
    }
}

static void test_broken_heads_say_where(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        enum err err;
        size_t offset;
    } rows[] = {
        {"\x60\x00\x03\x00", 4, ERR_TRUNCATED, 0},
        {"\x61\x00\x03\x00\x00\x60", 6, ERR_BAD_FORMAT, 0},
        {"\x60\x00\x03\x00\x00\x60\x31", 7, ERR_TRUNCATED, 5},
        {"\x60\x00\x03\x00\x00\x64\x31\x00\x00\x00\x00", 11, ERR_BAD_FORMAT, 5},
        {"\x60\x00\x03\x00\x00\xFD\x00", 7, ERR_TRUNCATED, 5},
        {"\x60\x00\x03\x00\x00\xFD\x00\x09\x01", 9, ERR_TRUNCATED, 5},
        {"\x60\x00\x03\x00\x00\xFD\x00\x01\x01\x60", 10, ERR_TRUNCATED, 9},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct frame frame;
        struct frame_fault fault;
        assert_int_equal(frame_open(bytes_over(rows[i].bytes, rows[i].len), ALL, &frame, &fault),
                         rows[i].err);
        assert_int_equal(fault.offset, rows[i].offset);
        assert_non_null(fault.what);
    }
}

static void test_reply_swaps_the_addresses(void **state)
{
    (void)state;
    uint8_t out[FRAME_TPDU_LEN];

    frame_reply_tpdu(tpdu, out);
    assert_memory_equal(out, "\x60\x00\x00\x06\x01", 5);
    frame_reply_tpdu(out, out);
    assert_memory_equal(out, tpdu, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_come_in_pieces),
        cmocka_unit_test(test_length_limits),
        cmocka_unit_test(test_head_goes_both_ways),
        cmocka_unit_test(test_broken_heads_say_where),
        cmocka_unit_test(test_reply_swaps_the_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

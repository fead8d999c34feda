#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wire/iso8583.h"

#include <string.h>

/* clang-format off */
static const struct dialect_row small_rows[] = {
    {2,  CLASS_N, 2, 19, ENCODING_BCD, ENCODING_BCD, ALIGN_LEFT, 0, .show = SHOW_PAN},
    {3,  CLASS_N, 0, 6,  0, ENCODING_BCD},
    {4,  CLASS_N, 0, 12, 0, ENCODING_BCD},
    {22, CLASS_N, 0, 3,  0, ENCODING_BCD, ALIGN_LEFT},
    {23, CLASS_N, 0, 3,  0, ENCODING_BCD, ALIGN_RIGHT},
    {28, CLASS_X, 0, 9,  0, ENCODING_BCD},
    {35, CLASS_Z, 2, 37, ENCODING_BCD, ENCODING_BCD, ALIGN_LEFT},
    {39, CLASS_TEXT, 0, 2, 0, ENCODING_ASCII},
    {43, CLASS_TEXT, 0, 8, 0, ENCODING_ASCII, .chars = CHARS_GBK},
    {52, CLASS_B, 0, 8, 0, ENCODING_BINARY},
    {53, CLASS_B, 0, 4, 0, ENCODING_ASCII},
    {60, CLASS_N, 3, 17, ENCODING_BCD, ENCODING_BCD, ALIGN_LEFT},
    {62, CLASS_B, 3, 999, ENCODING_BCD, ENCODING_BINARY},
    {64, CLASS_B, 0, 8, 0, ENCODING_BINARY, .mac = true},
    {70, CLASS_N, 0, 3, 0, ENCODING_BCD, ALIGN_RIGHT},
};
/* clang-format on */

static const struct dialect_source small = {
    .name = "small",
    .clause = "small table",
    .bitmap_encoding = ENCODING_BINARY,
    .secondary = true,
    .rows = small_rows,
    .row_count = ARRAY_COUNT(small_rows),
};

static struct dialect dialect;

static int compile_small(void **state)
{
    struct dialect_fault fault;
    (void)state;
    return dialect_compile(&small, NULL, &dialect, &fault) == OK ? 0 : -1;
}

static void fill(struct iso_message *m)
{
    iso_message_init(m, &dialect, 0x0200);
    iso_set_z(m, 2, "6222801234567890123");
    iso_set_z(m, 3, "0");
    iso_set_number(m, 4, 12850, 12);
    iso_set_z(m, 22, "051");
    iso_set_z(m, 23, "001");
    iso_set_z(m, 28, "C00000150");
    iso_set_z(m, 35, "6222801234567890123=2512201");
    iso_set_z(m, 39, "00");
    iso_set_z(m, 43, "AB");
    iso_set(m, 52, bytes_over("\x01\x02\x03\x04\x05\x06\x07\x08", 8));
    iso_set(m, 53, bytes_over("\xCA\xFE\xBA\xBE", 4));
    iso_set_z(m, 60, "22000001000");
    iso_set(m, 62, bytes_over("", 0));
    iso_set_blank(m, 64);
}

static size_t build(struct iso_message *m, uint8_t *out, size_t cap, struct iso_built *built)
{
    struct iso_fault fault;

    assert_int_equal(iso_build(m, out, cap, built, &fault), OK);
    return built->len;
}

static void assert_value(const struct iso_view *view, unsigned field, const char *expected)
{
    char value[64];

    assert_int_equal(iso_get_z(view, field, value, sizeof value), OK);
    assert_string_equal(value, expected);
    assert_true(iso_is(view, field, expected));
}

static void test_built_message_parses_to_the_same_values(void **state)
{
    (void)state;
    struct iso_message m;
    struct iso_view view;
    struct iso_fault fault;
    struct iso_built built;
    uint8_t out[256];
    struct money money;

    fill(&m);
    size_t len = build(&m, out, sizeof out, &built);
    assert_int_equal(iso_parse(&dialect, bytes_over(out, len), &view, &fault), OK);
    assert_int_equal(view.mti, 0x0200);
    assert_value(&view, 2, "6222801234567890123");
    assert_value(&view, 3, "000000");
    assert_value(&view, 22, "051");
    assert_value(&view, 23, "001");
    assert_value(&view, 28, "C00000150");
    assert_value(&view, 35, "6222801234567890123=2512201");
    assert_value(&view, 43, "AB      ");
    assert_value(&view, 53, "\xCA\xFE\xBA\xBE");
    assert_value(&view, 62, "");
    assert_int_equal(iso_get_money(&view, 4, CURRENCY_CNY, &money), OK);
    assert_int_equal(money.minor, 12850);
    assert_false(iso_has(&view, 70));
    assert_int_equal(iso_mac_field(&view), 64);
    assert_int_equal(iso_mac_range(&view).len, built.mac_covered);
}

static void test_nibbles_stand_where_the_dialect_says(void **state)
{
    (void)state;
    struct iso_message m;
    struct iso_built built;
    uint8_t out[64];

    iso_message_init(&m, &dialect, 0x0200);
    iso_set_z(&m, 22, "021");
    iso_set_z(&m, 23, "021");
    iso_set_z(&m, 60, "123");
    size_t len = build(&m, out, sizeof out, &built);
    assert_int_equal(len, 2 + 8 + 2 + 2 + 4);
    assert_memory_equal(out + 10, "\x02\x10\x00\x21\x00\x03\x12\x30", 8);
}

static void test_seal_fills_the_room_left_for_it(void **state)
{
    (void)state;
    struct iso_message m;
    struct iso_view view;
    struct iso_fault fault;
    struct iso_built built;
    uint8_t out[256];

    fill(&m);
    size_t len = build(&m, out, sizeof out, &built);
    iso_seal(&dialect, out, &built, bytes_over("8A3B5C7D", 8));
    assert_int_equal(iso_parse(&dialect, bytes_over(out, len), &view, &fault), OK);
    assert_value(&view, 64, "8A3B5C7D");
}

static void test_secondary_bitmap_comes_and_goes(void **state)
{
    (void)state;
    struct iso_message m;
    struct iso_view view;
    struct iso_fault fault;
    struct iso_built built;
    uint8_t out[64];

    iso_message_init(&m, &dialect, 0x0800);
    iso_set_z(&m, 70, "301");
    size_t len = build(&m, out, sizeof out, &built);
    assert_int_equal(len, 2 + 16 + 2);
    assert_int_equal(iso_parse(&dialect, bytes_over(out, len), &view, &fault), OK);
    assert_int_equal(iso_next(&view, 0), 70);
    assert_int_equal(iso_next(&view, 70), 0);
    assert_value(&view, 70, "301");
}

static void test_every_cut_is_a_fault(void **state)
{
    (void)state;
    struct iso_message m;
    struct iso_view view;
    struct iso_fault fault;
    struct iso_built built;
    uint8_t out[256];

    fill(&m);
    size_t len = build(&m, out, sizeof out, &built);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(iso_parse(&dialect, bytes_over(out, cut), &view, &fault), ERR_TRUNCATED);
        assert_true(fault.offset <= cut);
    }
    for (size_t cap = 0; cap < len; cap++)
        assert_int_equal(iso_build(&m, out, cap, &built, &fault), ERR_FULL);
}

static void test_repacked_bytes_are_the_same_bytes(void **state)
{
    (void)state;
    struct iso_message m;
    struct iso_message again;
    struct iso_view view;
    struct iso_fault fault;
    struct iso_built built;
    uint8_t out[256];
    uint8_t copy[256];

    fill(&m);
    size_t len = build(&m, out, sizeof out, &built);
    assert_int_equal(iso_parse(&dialect, bytes_over(out, len), &view, &fault), OK);
    iso_message_init(&again, &dialect, view.mti);
    iso_copy_rest(&again, &view);
    assert_int_equal(build(&again, copy, sizeof copy, &built), len);
    assert_memory_equal(out, copy, len);
}

static void assert_fault(const char *hex, enum iso_fault_kind kind, unsigned field, unsigned offset,
                         const char *words)
{
    uint8_t bytes[256];
    size_t len;
    struct iso_view view;
    struct iso_fault fault;
    char room[200];
    struct text t = text_over(room, sizeof room);

    assert_int_equal(bytes_from_hex(hex, strlen(hex), bytes, sizeof bytes, &len), OK);
    assert_int_not_equal(iso_parse(&dialect, bytes_over(bytes, len), &view, &fault), OK);
    assert_int_equal(fault.kind, kind);
    assert_int_equal(fault.field, field);
    assert_int_equal(fault.offset, offset);
    iso_fault_add_text(&t, &fault);
    assert_string_equal(text_z(&t), words);
}

static void test_faults_name_field_offset_and_reason(void **state)
{
    (void)state;
    assert_fault("02A0", ISO_FAULT_MTI, 0, 1,
                 "message type at byte 1: the message type is not four digits: found byte A0 "
                 "(small table)");
    assert_fault("02000800000000000000", ISO_FAULT_NO_FIELD, 5, 10,
                 "field 5 at byte 10: the dialect has no such field (small table)");
    assert_fault("0200200000000000000012A456", ISO_FAULT_DIGIT, 3, 11,
                 "field 3 at byte 11: not a decimal digit: found byte A4 (small table)");
    assert_fault("0200400000000000000020", ISO_FAULT_LENGTH_OVER, 2, 10,
                 "field 2 at byte 10: the length is over the field's limit: expected at most 19, "
                 "found 20 (small table)");
    assert_fault("020040000000000000000A", ISO_FAULT_LENGTH_FORM, 2, 10,
                 "field 2 at byte 10: the length is not written in digits: found byte 0A (small "
                 "table)");
    assert_fault("02004000000000000000031235", ISO_FAULT_PAD, 2, 12,
                 "field 2 at byte 12: the filler nibble is neither 0 nor F: found byte 35 (small "
                 "table)");
    assert_fault("0200000000000200000030", ISO_FAULT_TRUNCATED, 39, 10,
                 "field 39 at byte 10: the message ends inside the field: expected 2, found 1 "
                 "(small table)");
    assert_fault("020000000000020000003007", ISO_FAULT_TEXT, 39, 11,
                 "field 39 at byte 11: not a printable character: found byte 07 (small table)");
    assert_fault("0200200000000000000012345699", ISO_FAULT_TRAILING, 0, 13,
                 "message at byte 13: bytes are left after the last field: expected 0, found 1 "
                 "(small table)");
}

static void test_build_refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        unsigned field;
        const char *value;
        enum iso_fault_kind kind;
    } rows[] = {
        {2, "12345678901234567890", ISO_FAULT_VALUE_LONG},
        {3, "12A456", ISO_FAULT_DIGIT},
        {39, "\x01\x02", ISO_FAULT_TEXT},
        {52, "1234", ISO_FAULT_VALUE_SHORT},
        {5, "1", ISO_FAULT_NO_FIELD},
        {35, "12G", ISO_FAULT_DIGIT},
        {28, "X00000150", ISO_FAULT_SIGN},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct iso_message m;
        struct iso_built built;
        struct iso_fault fault;
        uint8_t out[128];

        iso_message_init(&m, &dialect, 0x0200);
        iso_set_z(&m, rows[i].field, rows[i].value);
        assert_int_not_equal(iso_build(&m, out, sizeof out, &built, &fault), OK);
        assert_int_equal(fault.kind, rows[i].kind);
        assert_int_equal(fault.field, rows[i].field);
    }
}

static void test_encrypted_tracks_keep_their_letters(void **state)
{
    (void)state;
    struct iso_message m;
    struct iso_view view;
    struct iso_fault fault;
    struct iso_built built;
    uint8_t out[64];

    iso_message_init(&m, &dialect, 0x0200);
    iso_set_z(&m, 35, "6221268888888888563A0491F85118428");
    size_t len = build(&m, out, sizeof out, &built);
    assert_int_equal(iso_parse(&dialect, bytes_over(out, len), &view, &fault), OK);
    assert_value(&view, 35, "6221268888888888563A0491F85118428");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_message_parses_to_the_same_values),
        cmocka_unit_test(test_nibbles_stand_where_the_dialect_says),
        cmocka_unit_test(test_seal_fills_the_room_left_for_it),
        cmocka_unit_test(test_secondary_bitmap_comes_and_goes),
        cmocka_unit_test(test_every_cut_is_a_fault),
        cmocka_unit_test(test_repacked_bytes_are_the_same_bytes),
        cmocka_unit_test(test_faults_name_field_offset_and_reason),
        cmocka_unit_test(test_build_refuses_what_does_not_fit),
        cmocka_unit_test(test_encrypted_tracks_keep_their_letters),
    };

    return cmocka_run_group_tests(tests, compile_small, NULL);
}

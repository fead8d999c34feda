#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "card/emv_qr.h"

#include <stdio.h>
#include <string.h>

/* EMV QRCPS-MPM 1.1, annex with examples; its checksum was made by its authors. */
#define EMV_EXAMPLE                                                                                \
    "00020101021229300012D156000000000510A93FO3230Q31280012D156000000"                             \
    "01030812345678520441115802CN5914BEST TRANSPORT6007BEIJING6420000"                             \
    "2ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A6"                 \
    "0086670902ME91320016A0112233449988770708123456786304A13A"

/* An example in UnionPay International's layout (account under 15), with a right checksum and a
 * city that is one character too long. */
#define UNIONPAY_EXAMPLE                                                                           \
    "00020101021252044131153137210116372101160123456789ABCDE6016Banteay Meanchey5913Kuntheas "     \
    "Shop5802KH540510.005303840621201081234567863041FF2"

#define PLAIN                                                                                      \
    "0002010102122620001"                                                                          \
    "6A0000003330101015204541153031565802CN5904SHOP6008SHANGHAI"

static char room[4 * EMV_QR_ROOM];

/* A payload with its checksum put behind it. */
static struct bytes sealed(const char *payload)
{
    struct text t = text_over(room, sizeof room);
    uint8_t crc[2];

    text_add(&t, payload);
    text_add(&t, "6304");
    bytes_put_u16(crc, emv_qr_crc(bytes_over(t.at, t.len)));
    text_add_hex(&t, crc, sizeof crc);
    return bytes_over(t.at, t.len);
}

static void test_the_checksum_is_the_published_one(void **state)
{
    (void)state;
    assert_int_equal(emv_qr_crc(bytes_of_z("123456789")), 0x29B1); /* CRC-16/CCITT-FALSE */
    assert_int_equal(emv_qr_crc(bytes_of_z("")), 0xFFFF);
}

static void test_published_examples(void **state)
{
    (void)state;
    struct emv_qr_fault fault;

    assert_int_equal(emv_qr_check(bytes_of_z(EMV_EXAMPLE), &fault), OK);
    assert_null(fault.what);
    assert_int_equal(emv_qr_check(bytes_of_z(UNIONPAY_EXAMPLE), &fault), ERR_BAD_FORMAT);
    assert_int_equal(fault.id, EMV_QR_CITY);
    assert_int_equal(emv_qr_crc(bytes_over(UNIONPAY_EXAMPLE, strlen(UNIONPAY_EXAMPLE) - 4)),
                     0x1FF2);
}

static struct bytes inside_of(struct bytes payload, uint8_t template, uint8_t id)
{
    struct emv_qr_iterator it = emv_qr_over(payload);
    struct emv_qr_fault fault;
    struct emv_qr_item item;

    while (emv_qr_next(&it, &item, &fault) == OK) {
        if (item.id != template)
            continue;
        struct emv_qr_iterator inner = emv_qr_inside(&it, &item);
        while (emv_qr_next(&inner, &item, &fault) == OK) {
            if (item.id == id)
                return item.value;
        }
    }
    return bytes_of_z("");
}

static void test_lengths_count_characters(void **state)
{
    (void)state;
    struct bytes name = inside_of(bytes_of_z(EMV_EXAMPLE), EMV_QR_LANGUAGE, 1);

    assert_int_equal(name.len, strlen("最佳运输"));
    assert_memory_equal(name.at, "最佳运输", name.len);
    name = inside_of(bytes_of_z(EMV_EXAMPLE), EMV_QR_ADDITIONAL, 9);
    assert_memory_equal(name.at, "ME", name.len);
}

static void test_what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *payload; uint8_t parent; uint8_t id; size_t offset; const char *what; } rows[] = {
        {"",                                  100, 0,   0,  "begin with the payload format"},
        {"520454110002015303156",             100, 0,   0,  "begin with the payload format"},
        {"000202",                            100, 0,   0,  "only payload format"},
        {PLAIN "54051x.50",                   100, 54,  77, "a number over zero"},
        {PLAIN "54050.000",                   100, 54,  77, "a number over zero"},
        {PLAIN "54051.2.3",                   100, 54,  77, "a number over zero"},
        {PLAIN "54041..5",                    100, 54,  77, "a number over zero"},
        {PLAIN "5403.50",                     100, 54,  77, "a number over zero"},
        {PLAIN "541410000000001.00",          100, 54,  77, "too long"},
        {PLAIN "5400",                        100, 54,  77, "too short"},
        {PLAIN "5299541",                     100, 52,  77, "shorter than its length"},
        {PLAIN "5x041234",                    100, 100, 77, "identifier is two digits"},
        {PLAIN "54x4",                        100, 54,  77, "length is two digits"},
        {PLAIN "52045411",                    100, 52,  77, "twice"},
        {PLAIN "5502" "04",                   100, 55,  77, "expected 01"},
        {PLAIN "560510.00",                   100, 55,  94, "without its kind"},
        {PLAIN "62080104A\x01" "BC",          62,  1,   81, "printable ASCII"},
        {PLAIN "62040001",                    62,  0,   81, "shorter than its length"},
        {PLAIN "6205" "00011",                62,  0,   81, "no such identifier"},
        {PLAIN "64120102最佳0002ZH",          64,  0,   0,  NULL},
        {PLAIN "64060102最佳",                64,  0,   91, "missing"},
        {PLAIN "1530123456789012345678901234567890", 100, 15, 77, "31 characters"},
        {"000201010213" "26200016A000000333010101", 100, 1, 6, "expected 11"},
        {"0002015204541153031565802CN5904SHOP6008SHANGHAI", 100, 26, 55, "no merchant account"},
        {"00020126200016A000000333010101520454115802CN5904SHOP6008SHANGHAI", 100, 53, 72, "missing"},
        {"000201261201081234567852045411530315658" "02CN5904SHOP6008SHANGHAI", 26, 0, 22, "missing"},
    };
    /* clang-format on */
    struct emv_qr_fault fault;

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        enum err err = emv_qr_check(sealed(rows[i].payload), &fault);

        if (rows[i].what == NULL) {
            assert_int_equal(err, OK);
            continue;
        }
        assert_int_not_equal(err, OK);
        if (strstr(fault.what, rows[i].what) == NULL)
            print_message("%s: %s\n", rows[i].payload, fault.what);
        assert_non_null(strstr(fault.what, rows[i].what));
        assert_int_equal(fault.parent, rows[i].parent);
        assert_int_equal(fault.id, rows[i].id);
        assert_int_equal(fault.offset, rows[i].offset);
    }
}

static void test_payloads_that_end_early(void **state)
{
    (void)state;
    struct bytes payload = sealed(PLAIN "62080104ABCD");
    struct emv_qr_fault fault;

    for (size_t len = 0; len < payload.len; len++) {
        assert_int_not_equal(emv_qr_check(bytes_over(payload.at, len), &fault), OK);
        assert_in_range(fault.offset, 0, len);
    }
    assert_int_equal(emv_qr_check(bytes_of_z("0002015"), &fault), ERR_TRUNCATED);
    assert_int_equal(fault.offset, 6);
    assert_string_equal(fault.what, "it ends inside an identifier or a length");
}

static void test_the_checksum_stands_last_and_is_right(void **state)
{
    (void)state;
    struct bytes payload = sealed(PLAIN);
    struct emv_qr_fault fault;
    char other[4 * EMV_QR_ROOM + 16];

    assert_int_equal(emv_qr_check(payload, &fault), OK);
    for (size_t i = 0; i < payload.len; i++) { /* no single changed character gets through */
        memcpy(other, payload.at, payload.len);
        other[i] = other[i] == '1' ? '2' : '1';
        assert_int_not_equal(emv_qr_check(bytes_over(other, payload.len), &fault), OK);
    }
    snprintf(other, sizeof other, "%s6105ABCDE", room);
    assert_int_not_equal(emv_qr_check(bytes_of_z(other), &fault), OK);
    assert_string_equal(fault.what, "the checksum is not at the end");
    assert_int_equal(emv_qr_check(bytes_of_z(PLAIN), &fault), ERR_BAD_FORMAT);
    assert_int_equal(fault.id, EMV_QR_CRC);
    memcpy(other, payload.at, payload.len);
    other[payload.len - 1] = (char)(other[payload.len - 1] | 0x20);
    if (other[payload.len - 1] > '9')
        assert_int_not_equal(emv_qr_check(bytes_over(other, payload.len), &fault), OK);
}

static struct emv_qr_wish wish_of_a_shop(void)
{
    return (struct emv_qr_wish){.acquirer = "10000001",
                                .merchant = "102581083986056",
                                .terminal = "T0000001",
                                .reference = "000042",
                                .name = "PEACE ROAD STORE",
                                .city = "SHANGHAI",
                                .local_name = "和平路百货商店",
                                .local_letters = "ZH",
                                .country = "CN",
                                .category = 5411,
                                .amount = money_of(1250, CURRENCY_CNY)};
}

static void test_a_shops_code(void **state)
{
    (void)state;
    struct emv_qr_wish wish = wish_of_a_shop();
    struct text out = text_over(room, sizeof room);

    assert_int_equal(emv_qr_build(&wish, &out), OK);
    assert_memory_equal(text_z(&out),
                        "000201010212"
                        "2651"
                        "0016A000000333010101"
                        "010810000001"
                        "0215102581083986056"
                        "52045411"
                        "5303156"
                        "540512.50"
                        "5802CN"
                        "5916PEACE ROAD STORE"
                        "6008SHANGHAI"
                        "6222"
                        "0506000042"
                        "0708T0000001"
                        "6417"
                        "0002ZH"
                        "0107和平路百货商店"
                        "6304",
                        out.len - 4);
    out = text_over(room, sizeof room);
    wish.amount.minor = 0;
    assert_int_equal(emv_qr_build(&wish, &out), OK);
    assert_memory_equal(text_z(&out), "000201010211", 12);
    assert_null(strstr(text_z(&out), "5405"));
}

static void test_long_names_are_cut_between_characters(void **state)
{
    (void)state;
    struct emv_qr_wish wish = wish_of_a_shop();
    struct text out = text_over(room, sizeof room);

    wish.name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    wish.local_name = "一二三四五六七八九十一二三四五六七八九十一二三四五六";
    assert_int_equal(emv_qr_build(&wish, &out), OK);
    assert_non_null(strstr(room, "5925ABCDEFGHIJKLMNOPQRSTUVWXY60"));
    assert_non_null(strstr(room, "0125一二三四五六七八九十一二三四五六七八九十一二三四五63"));
}

static void test_wishes_that_make_no_code(void **state)
{
    (void)state;
    struct emv_qr_wish wishes[8];

    for (size_t i = 0; i < ARRAY_COUNT(wishes); i++)
        wishes[i] = wish_of_a_shop();
    wishes[0].name = "和平路";
    wishes[1].city = "";
    wishes[2].country = "CHN";
    wishes[3].category = 10000;
    wishes[4].reference = "12345678901234567890123456";
    wishes[5].merchant = NULL;
    wishes[6].amount = money_of(-1, CURRENCY_CNY);
    wishes[7].merchant = "a merchant's number that leaves no room for the others in a template";
    for (size_t i = 0; i < ARRAY_COUNT(wishes); i++) {
        struct text out = text_over(room, sizeof room);
        assert_int_equal(emv_qr_build(&wishes[i], &out), ERR_BAD_VALUE);
        assert_int_equal(out.len, 0);
    }
}

static void test_rows_ascend_and_are_found(void **state)
{
    (void)state;
    size_t count;
    const struct emv_qr_row *rows = emv_qr_rows(&count);

    for (size_t i = 0; i < count; i++) {
        assert_true(rows[i].first <= rows[i].last && rows[i].len_min <= rows[i].len_max);
        assert_ptr_equal(emv_qr_find(rows[i].parent, rows[i].first), &rows[i]);
        assert_ptr_equal(emv_qr_find(rows[i].parent, rows[i].last), &rows[i]);
        if (i > 0 && rows[i].parent == rows[i - 1].parent)
            assert_int_equal(rows[i].first, rows[i - 1].last + 1);
    }
    for (unsigned id = 0; id < 100; id++)
        assert_non_null(emv_qr_find(EMV_QR_NO_PARENT, (uint8_t)id));
    assert_ptr_equal(emv_qr_find(51, 0), emv_qr_find(26, 0));
    assert_ptr_equal(emv_qr_find(91, 7), emv_qr_find(26, 7));
    assert_null(emv_qr_find(EMV_QR_ADDITIONAL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_checksum_is_the_published_one),
        cmocka_unit_test(test_published_examples),
        cmocka_unit_test(test_lengths_count_characters),
        cmocka_unit_test(test_what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(test_payloads_that_end_early),
        cmocka_unit_test(test_the_checksum_stands_last_and_is_right),
        cmocka_unit_test(test_a_shops_code),
        cmocka_unit_test(test_long_names_are_cut_between_characters),
        cmocka_unit_test(test_wishes_that_make_no_code),
        cmocka_unit_test(test_rows_ascend_and_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

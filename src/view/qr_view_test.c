#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view/qr_picture.h"
#include "view/qr_view.h"

#include <string.h>

/* EMV QRCPS-MPM 1.1, annex with examples. */
#define EMV_EXAMPLE                                                                                \
    "00020101021229300012D156000000000510A93FO3230Q31280012D156000000"                             \
    "01030812345678520441115802CN5914BEST TRANSPORT6007BEIJING6420000"                             \
    "2ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A6"                 \
    "0086670902ME91320016A0112233449988770708123456786304A13A"

/* EMV QR Code Specification, Consumer-Presented Mode 1.1, the example of its annex. */
#define CUSTOMER_EXAMPLE                                                                           \
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRI" \
    "T0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbVjvEw=="

static char room[QR_PICTURE_ROOM];

static const char *text_of(const char *payload, bool is_good)
{
    struct text t = text_over(room, QR_VIEW_ROOM);

    assert_int_equal(qr_view_add_text(&t, bytes_of_z(payload)), is_good);
    assert_false(t.cut);
    return text_z(&t);
}

static void test_a_merchants_code_in_words(void **state)
{
    (void)state;
    assert_string_equal(
        text_of(EMV_EXAMPLE, true),
        "商户出示的码 (主扫) code of a merchant (EMVCo, merchant-presented)\n"
        "00  载荷格式 payload format             01\n"
        "01  码的类型 point of initiation        12  (动态 for one payment)\n"
        "29  商户账户 merchant account\n"
        "  00  唯一标识 unique identifier        D15600000000\n"
        "  05  该标识自定 as its owner says      A93FO3230Q\n"
        "31  商户账户 merchant account\n"
        "  00  唯一标识 unique identifier        D15600000001\n"
        "  03  该标识自定 as its owner says      12345678\n"
        "52  商户类别 merchant category          4111\n"
        "58  国家 country                        CN\n"
        "59  商户名称 merchant name              BEST TRANSPORT\n"
        "60  城市 city                           BEIJING\n"
        "64  本地语言信息 in the merchant's language\n"
        "  00  语言 language                     ZH\n"
        "  01  商户名称 merchant name            最佳运输\n"
        "  02  城市 city                         北京\n"
        "54  金额 amount                         23.72\n"
        "53  货币 currency                       156  (CNY)\n"
        "55  小费方式 tip or fee                 01  (提示输入小费 asks for a tip)\n"
        "62  附加数据 additional data\n"
        "  03  门店 store label                  1234\n"
        "  06  客户标识 customer label           ***\n"
        "  07  终端号 terminal label             A6008667\n"
        "  09  需客户提供 asks of the customer   ME\n"
        "91  自定义 private\n"
        "  00  唯一标识 unique identifier        A011223344998877\n"
        "  07  该标识自定 as its owner says      12345678\n"
        "63  校验码 checksum                     A13A\n");
}

static void test_faults_are_named_behind_what_can_be_read(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct { const char *payload; const char *fault; } rows[] = {
        {"00020101021363040000",  "fault: at byte 6, 01: expected 11 (for many payments) or 12 (for one)\n"},
        {"000201620400016304",    "fault: at byte 14, 63: the value is shorter than its length says\n"},
        {"0002",                  "fault: at byte 0, 00: the value is shorter than its length says\n"},
        {"621234",                "fault: at byte 6: too few digits for this wallet\n"},
        {"hQVDUFYwM!",            "fault: at byte 9: this is no character of base64\n"},
        {"https://example.org",   "fault: at byte 0: no payment code begins so\n"},
        {"",                      "fault: at byte 0: no payment code begins so\n"},
    };
    /* clang-format on */

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_non_null(strstr(text_of(rows[i].payload, false), rows[i].fault));
    assert_non_null(strstr(text_of("0002\x1B[2J", false), "fault: at byte 0"));
    assert_null(strchr(room, 0x1B));
}

static void test_a_customers_card_is_masked(void **state)
{
    (void)state;
    const char *text = text_of(CUSTOMER_EXAMPLE, true);

    assert_non_null(strstr(text, "123456******3458"));
    assert_null(strstr(text, "1234567890123458"));
    assert_non_null(strstr(text, "A0000000555555"));
    text = text_of("6212345678901234567", true);
    assert_non_null(strstr(text, "621234*********4567  (银联 UnionPay)"));
    assert_null(strstr(text, "6212345678901234567"));
}

static void test_json_of_codes(void **state)
{
    (void)state;
    struct text t = text_over(room, QR_VIEW_ROOM);

    assert_false(qr_view_add_json(&t, bytes_of_z("0002010202\xFF\"630400")));
    assert_string_equal(
        text_z(&t),
        "{\"sort\": \"merchant\", \"items\": [{\"offset\": 0, \"id\": \"00\", \"in\": \"\", "
        "\"zh\": "
        "\"载荷格式\", \"en\": \"payload format\", \"value\": \"01\", \"means\": \"\"}, "
        "{\"offset\": 6, \"id\": \"02\", \"in\": \"\", \"zh\": \"商户账户 Visa\", \"en\": "
        "\"merchant account, Visa\", \"value\": \"\\uFFFD\\\"\", \"means\": \"\"}], \"good\": "
        "false, \"fault\": {\"offset\": 6, \"what\": \"only printable ASCII may stand here\", "
        "\"id\": \"02\", \"in\": \"\"}}\n");
    t = text_over(room, QR_VIEW_ROOM);
    assert_true(qr_view_add_json(&t, bytes_of_z(EMV_EXAMPLE)));
    assert_non_null(strstr(room, "\"good\": true}\n"));
}

static void test_the_longest_payload_fits(void **state)
{
    (void)state;
    static char payload[QR_PAYLOAD_MAX + 1];
    struct text t = text_over(payload, sizeof payload);

    while (t.len + 4 <= QR_PAYLOAD_MAX)
        text_add(&t, "0100");
    memcpy(payload, "0000", 4);
    struct text out = text_over(room, QR_VIEW_ROOM);
    assert_false(qr_view_add_json(&out, bytes_over(payload, t.len)));
    assert_false(out.cut);
    out = text_over(room, QR_VIEW_ROOM);
    assert_false(qr_view_add_text(&out, bytes_over(payload, t.len)));
    assert_false(out.cut);
}

static void test_pictures(void **state)
{
    (void)state;
    static struct qr_picture picture = {.side = 3, .is_dark = {1, 0, 1, 1, 1, 0, 0, 0, 1}};
    struct text t = text_over(room, sizeof room);

    qr_picture_add_text(&picture, &t);
    assert_string_equal(text_z(&t), "███████████\n"
                                    "███████████\n"
                                    "████ ▀▄████\n"
                                    "██████▄████\n"
                                    "███████████\n"
                                    "▀▀▀▀▀▀▀▀▀▀▀\n");
    t = text_over(room, sizeof room);
    qr_picture_add_svg(&picture, &t);
    assert_non_null(strstr(room, "viewBox=\"0 0 11 11\""));
    assert_non_null(strstr(room, "d=\"M4 4h1v1h-1zM6 4h1v1h-1zM4 5h2v1h-2zM6 6h1v1h-1z\""));
}

static void test_the_largest_picture_fits(void **state)
{
    (void)state;
    static struct qr_picture picture = {.side = QR_SIDE_MAX};
    struct text t = text_over(room, sizeof room);

    for (size_t i = 0; i < sizeof picture.is_dark; i += 2)
        picture.is_dark[i] = 1;
    qr_picture_add_svg(&picture, &t);
    assert_false(t.cut);
    t = text_over(room, sizeof room);
    qr_picture_add_text(&picture, &t);
    assert_false(t.cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_merchants_code_in_words),
        cmocka_unit_test(test_faults_are_named_behind_what_can_be_read),
        cmocka_unit_test(test_a_customers_card_is_masked),
        cmocka_unit_test(test_json_of_codes),
        cmocka_unit_test(test_the_longest_payload_fits),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_the_largest_picture_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

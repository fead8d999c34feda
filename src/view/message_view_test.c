#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view/field_content.h"
#include "view/message_view.h"
#include "view/message_words.h"
#include "wire/builtin.h"

#include <string.h>

static struct dialect dialect;
static struct iso_view view;
static char room[MESSAGE_VIEW_ROOM];

static struct message_dump dump_of(struct iso_message *m, uint8_t *out, size_t cap)
{
    struct iso_built built;
    struct iso_fault fault;

    assert_int_equal(iso_build(m, out, cap, &built, &fault), OK);
    assert_int_equal(iso_parse(&dialect, bytes_over(out, built.len), &view, &fault), OK);
    return (struct message_dump){.input = bytes_over(out, built.len), .view = &view};
}

static void begin(struct iso_message *m)
{
    assert_int_equal(builtin_compile("cup-pos", NULL, &dialect), OK);
    iso_message_init(m, &dialect, 0x0210);
}

static void test_json_masks_by_the_table(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    iso_set_z(&m, 2, "6222800000000000003");
    iso_set_z(&m, 14, "2912");
    iso_set_z(&m, 35, "6222800000000000003=2912");
    iso_set_z(&m, 39, "00");
    iso_set(&m, 55, bytes_over("\x5A\x08\x62\x22\x80\x00\x00\x00\x00\x03\x95\x01\x80", 13));
    iso_set_z(&m, 60, "22000001");
    struct message_dump dump = dump_of(&m, out, sizeof out);
    message_view_add_json(&t, &dump);
    assert_string_equal(
        text_z(&t),
        "{\"mti\": \"0210\", \"bitmap\": \"4004000022000210\", \"fields\": {\"2\": "
        "\"622280*********0003\", \"14\": \"****\", \"35\": \"************************\", \"39\": "
        "\"00\", \"55\": \"*************\", \"60\": \"22000001\"}, \"subfields\": {\"55\": "
        "{\"5A\": "
        "\"622280******0003\", \"95\": \"80\"}, \"60\": {\"60.1\": \"22\", \"60.2\": \"000001\"}}, "
        "\"dialect\": \"cup-pos\"}\n");
    t = text_over(room, sizeof room);
    dump.reveal = true;
    message_view_add_json(&t, &dump);
    assert_non_null(strstr(text_z(&t), "\"35\": \"6222800000000000003D2912\""));
}

static void test_chinese_is_shown_as_utf8_and_bytes_as_hex(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    iso_set(&m, 43, bytes_over("\xB3\xC9\xB9\xA6", 4));
    iso_set(&m, 63, bytes_over("CUP\x01\xFF", 5));
    struct message_dump dump = dump_of(&m, out, sizeof out);
    message_view_add_json(&t, &dump);
    assert_non_null(strstr(text_z(&t), "\"43\": \"成功    "));
    assert_non_null(strstr(text_z(&t), "\"63\": \"43555001FF\""));
    assert_non_null(strstr(text_z(&t), "\"63.1\": \"CUP\""));
}

static void test_repeated_tags_have_keys_of_their_own(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    iso_set(&m, 55, bytes_over("\x72\x06\x86\x01\xAA\x86\x01\xBB", 8));
    struct message_dump dump = dump_of(&m, out, sizeof out);
    dump.reveal = true;
    message_view_add_json(&t, &dump);
    assert_non_null(
        strstr(text_z(&t), "{\"72\": \"8601AA8601BB\", \"86\": \"AA\", \"86#2\": \"BB\"}"));
}

static void test_annotation_covers_every_byte_once(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    iso_set_z(&m, 2, "6222800000000000003");
    iso_set_z(&m, 41, "T0000001");
    iso_set(&m, 55, bytes_over("\x95\x05\x00\x00\x04\x80\x00", 7));
    struct message_dump dump = dump_of(&m, out, sizeof out);
    message_view_add_annotated(&t, &dump);
    assert_string_equal(
        text_z(&t),
        "0000  02 10                                            message type: 金融应答 financial "
        "response\n"
        "0002  40 00 00 00 00 80 02 00                          bitmap: fields 2 41 55\n"
        "0010  19                                               field 2 主账号 primary account "
        "number, length: 19\n"
        "0011  62 22 80 ** ** ** ** ** 00 30                    field 2 主账号 primary account "
        "number: 622280*********0003\n"
        "0021  54 30 30 30 30 30 30 31                          field 41 受卡机终端标识码 "
        "terminal: "
        "T0000001\n"
        "0029  00 07                                            field 55 IC卡数据域 chip data, "
        "length: 7\n"
        "                                                       field 55 IC卡数据域 chip data: "
        "*******\n"
        "0031  95 05 00 00 04 80 00                               95 终端验证结果 terminal "
        "verification results: 0000048000\n"
        "                                                           byte 3, mask 04: 输入了联机PIN "
        "online PIN entered\n"
        "                                                           byte 4, mask 80: "
        "交易金额超过最低限额 transaction exceeds floor limit\n");
}

static void test_short_or_odd_values_stay_hidden(void **state)
{
    (void)state;
    struct text t = text_over(room, sizeof room);
    struct shown_value pan = {.bytes = bytes_of_z("1234567890"), .show = SHOW_PAN};
    struct shown_value long_secret = {.bytes = bytes_over(room, 41), .form = SHOWN_BYTES};

    shown_value_add(&t, &pan, false);
    assert_string_equal(text_z(&t), "**********");
    pan.bytes = bytes_of_z("12345678901");
    t = text_over(room, sizeof room);
    shown_value_add(&t, &pan, false);
    assert_string_equal(text_z(&t), "123456*8901");
    t = text_over(room, sizeof room);
    shown_value_add(&t, &long_secret, false);
    assert_string_equal(text_z(&t), "********(41)");
}

static void test_words_of_types_and_headers(void **state)
{
    (void)state;
    struct text t = text_over(room, sizeof room);

    message_words_add_mti(&t, 0x0421);
    assert_string_equal(text_z(&t), "冲正通知(重发) reversal advice repeat");
    t = text_over(room, sizeof room);
    message_words_add_mti(&t, 0x1200);
    message_words_add_mti(&t, 0x0A00);
    assert_string_equal(text_z(&t), "");
    message_words_add_header(&t, bytes_over("\x61\x31\x03\x10\x01\x00", 6));
    assert_string_equal(text_z(&t), "版本 version 31.100100, IC卡金融支付类 chip, financial, "
                                    "正常交易状态 normal, 重新签到 sign in again");
}

static void test_a_follow_up_says_its_kind_and_its_original(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    m.mti = 0x0200;
    iso_set_z(&m, 3, "200000");
    iso_set_z(&m, 25, "00");
    iso_set_z(&m, 60, "23000007000");
    iso_set_z(&m, 61, "000007000041");
    iso_set_z(&m, 62, "OTT2      ");
    struct message_dump dump = dump_of(&m, out, sizeof out);
    message_view_add_json(&t, &dump);
    assert_non_null(strstr(text_z(&t), "\"kind\": \"void\""));
    assert_non_null(strstr(text_z(&t), "\"61.2\": \"000041\""));
    assert_non_null(strstr(text_z(&t), "\"62.2\": \"T2      \""));
    t = text_over(room, sizeof room);
    message_view_add_table(&t, &dump);
    assert_non_null(strstr(text_z(&t), "0200  金融请求 financial request: 消费撤销 sale void  ["));
    iso_set_z(&m, 60, "99000007000");
    dump = dump_of(&m, out, sizeof out);
    t = text_over(room, sizeof room);
    message_view_add_json(&t, &dump);
    assert_null(strstr(text_z(&t), "kind"));
}

static void test_totals_have_names(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    m.mti = 0x0510;
    iso_set_z(&m, 48, "00000001285000200000000010000110000000000009990000000000000002");
    iso_set_z(&m, 60, "00000007201");
    struct message_dump dump = dump_of(&m, out, sizeof out);
    message_view_add_json(&t, &dump);
    assert_non_null(strstr(text_z(&t), "\"kind\": \"settle\""));
    assert_non_null(strstr(text_z(&t), "\"48.1\": \"000000012850\", \"48.2\": \"002\""));
    assert_non_null(strstr(text_z(&t), "\"48.10\": \"2\""));
}

/* Elements have names and rules of their own, in any order; the others show nothing. */
static void test_elements_are_named_by_their_tags(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    iso_set_z(&m, 59, "A4003123A3003456ZZ003789");
    struct message_dump dump = dump_of(&m, out, sizeof out);
    message_view_add_json(&t, &dump);
    assert_non_null(strstr(text_z(&t), "{\"A4\": \"123\", \"A3\": \"***\", \"ZZ\": \"***\"}"));
    t = text_over(room, sizeof room);
    message_view_add_table(&t, &dump);
    assert_non_null(strstr(text_z(&t), "payment voucher"));
    iso_set_z(&m, 59, "A400"); /* no elements: nothing inside is named */
    dump = dump_of(&m, out, sizeof out);
    t = text_over(room, sizeof room);
    message_view_add_table(&t, &dump);
    assert_null(strstr(text_z(&t), "payment voucher"));
}

static void test_a_download_shows_its_elements(void **state)
{
    (void)state;
    struct iso_message m;
    struct text t = text_over(room, sizeof room);
    uint8_t out[256];

    begin(&m);
    m.mti = 0x0810;
    iso_set_z(&m, 60, "00000007370");
    iso_set(&m, 62, bytes_over("2\x9F\x22\x01\x09\xDF\x04\x01\x03", 9));
    struct message_dump dump = dump_of(&m, out, sizeof out);
    message_view_add_json(&t, &dump);
    assert_non_null(strstr(text_z(&t), "\"62\": {\"62.1\": \"2\", \"9F22\": \"09\", \"DF04\": "
                                       "\"03\"}"));
    assert_non_null(strstr(text_z(&t), "\"62\": \"*********\""));
    iso_set(&m, 62, bytes_over("\x9F\x22\x01\x09", 4)); /* a request has no digit */
    dump = dump_of(&m, out, sizeof out);
    t = text_over(room, sizeof room);
    message_view_add_json(&t, &dump);
    assert_non_null(strstr(text_z(&t), "\"62\": {\"9F22\": \"09\"}"));
    iso_set_z(&m, 60, "00000007360"); /* parameters are no elements, even if they look so */
    dump = dump_of(&m, out, sizeof out);
    t = text_over(room, sizeof room);
    message_view_add_json(&t, &dump);
    assert_null(strstr(text_z(&t), "9F22"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_masks_by_the_table),
        cmocka_unit_test(test_chinese_is_shown_as_utf8_and_bytes_as_hex),
        cmocka_unit_test(test_repeated_tags_have_keys_of_their_own),
        cmocka_unit_test(test_annotation_covers_every_byte_once),
        cmocka_unit_test(test_short_or_odd_values_stay_hidden),
        cmocka_unit_test(test_words_of_types_and_headers),
        cmocka_unit_test(test_a_follow_up_says_its_kind_and_its_original),
        cmocka_unit_test(test_totals_have_names),
        cmocka_unit_test(test_elements_are_named_by_their_tags),
        cmocka_unit_test(test_a_download_shows_its_elements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hsm/matrix.h"
#include "hsm/verify.h"

#include <string.h>

static struct secret pin_of(const char *digits)
{
    struct secret pin;

    assert_int_equal(secret_from(bytes_of_z(digits), &pin), OK);
    return pin;
}

static struct pan pan_of(const char *digits)
{
    struct pan pan = {.len = (uint8_t)strlen(digits)};

    memcpy(pan.digits, digits, pan.len);
    return pan;
}

static void test_format_0_goes_both_ways_for_every_length(void **state)
{
    (void)state;
    const struct pan pan = pan_of("5555555551234567");

    for (size_t len = PIN_DIGITS_MIN; len <= PIN_DIGITS_MAX; len++) {
        struct secret pin = pin_of("123456789012");
        struct secret back;
        uint8_t block[PINBLOCK_0_LEN];

        pin.len = (uint8_t)len;
        memset(pin.at + len, 0, SECRET_LEN_MAX - len);
        pinblock_0_build(&pin, &pan, block);
        assert_int_equal(pinblock_0_parse(block, &pan, &back), OK);
        assert_true(secret_equal_ct(&pin, &back));
    }
}

static void test_format_0_refuses_every_bad_nibble_with_one_word(void **state)
{
    (void)state;
    const struct pan pan = pan_of("5555555551234567");
    const struct secret pin = pin_of("1234");
    struct secret back = pin_of("9");
    uint8_t block[PINBLOCK_0_LEN];

    for (size_t i = 0; i < 16; i++) {
        if (i >= 2 && i < 6)
            continue; /* a digit may become another digit */
        pinblock_0_build(&pin, &pan, block);
        block[i / 2] = (uint8_t)(block[i / 2] ^ (i % 2 == 0 ? 0x80 : 0x08));
        assert_int_equal(pinblock_0_parse(block, &pan, &back), ERR_CRYPTO);
    }
    for (size_t i = 2; i < 6; i++) {
        pinblock_0_build(&pin, &pan, block);
        block[i / 2] = (uint8_t)(block[i / 2] ^ (i % 2 == 0 ? 0xF0 : 0x0F));
        assert_int_equal(pinblock_0_parse(block, &pan, &back), ERR_CRYPTO);
    }
    assert_int_equal(back.len, 1);
}

static void test_format_4_fields(void **state)
{
    (void)state;
    const struct secret pin = pin_of("123456");
    const uint8_t random[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const struct pan pan = pan_of("1234567890123456789");
    const struct pan shortest = pan_of("1");
    uint8_t field[PINBLOCK_4_LEN];
    uint8_t account[PINBLOCK_4_LEN];
    struct secret back;

    pinblock_4_build(&pin, random, field);
    assert_memory_equal(field, "\x46\x12\x34\x56\xAA\xAA\xAA\xAA\1\2\3\4\5\6\7\10", 16);
    assert_int_equal(pinblock_4_parse(field, &back), OK);
    assert_true(secret_equal_ct(&pin, &back));
    field[0] = 0x06;
    assert_int_equal(pinblock_4_parse(field, &back), ERR_CRYPTO);
    pinblock_4_account(&pan, account);
    assert_memory_equal(account, "\x71\x23\x45\x67\x89\x01\x23\x45\x67\x89\0\0\0\0\0\0", 16);
    pinblock_4_account(&shortest, account);
    assert_memory_equal(account, "\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0", 16);
}

static void test_weak_and_equal_keys_are_refused(void **state)
{
    (void)state;
    uint8_t key[24] = "\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32\x10";

    assert_true(key_material_is_good(KEY_TDES_2, key, 16));
    assert_false(key_material_is_good(KEY_TDES_2, key, 15));
    assert_false(key_material_is_good(KEY_ALGORITHM_NONE, key, 0));
    memcpy(key + 8, key, 8);
    key[8] ^= 1; /* parity does not make two halves different */
    assert_false(key_material_is_good(KEY_TDES_2, key, 16));
    memset(key + 8, 0, 8); /* 01 01 .. without parity */
    assert_false(key_material_is_good(KEY_TDES_2, key, 16));
    assert_true(key_material_is_good(KEY_SM4, key, 16));
    memcpy(key, "\x1F\xFE\x1F\xFE\x0E\xFE\x0E\xFE", 8);
    assert_false(key_material_is_good(KEY_DES, key, 8));
    memcpy(key, "\x1F\xFE\x1F\xFE\x0E\xFE\x0E\xFC", 8);
    assert_true(key_material_is_good(KEY_DES, key, 8));
    memcpy(key,
           "\x11\x23\x45\x67\x89\xAB\xCD\xEF\x21\x23\x45\x67\x89\xAB\xCD\xEF"
           "\x11\x23\x45\x67\x89\xAB\xCD\xEF",
           24);
    assert_false(key_material_is_good(KEY_TDES_3, key, 24));
}

static void test_parity_is_odd(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;

        key_set_odd_parity(&byte, 1);
        assert_int_equal(__builtin_popcount(byte) % 2, 1);
        assert_int_equal(byte & 0xFE, i & 0xFE);
    }
}

static struct key_header header_of(enum key_usage usage, enum key_algorithm algorithm,
                                   enum key_mode mode)
{
    struct key_header header = {.usage = usage, .algorithm = algorithm, .mode = mode, .version = 7};

    assert_int_equal(key_owner_from("T0000001", &header.owner), OK);
    return header;
}

static void test_key_header_goes_both_ways_and_refuses_the_rest(void **state)
{
    (void)state;
    struct key_header header = header_of(KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0);
    struct key_header back;
    struct keyblock block = {{0}};
    struct keyblock broken;

    header.travel = KEY_TRAVELS;
    header.realm = KEY_LIVE;
    header.master = 3;
    keyblock_put_header(&header, &block);
    assert_int_equal(keyblock_header(&block, &back), OK);
    assert_int_equal(back.usage, KEY_PIK);
    assert_int_equal(back.travel, KEY_TRAVELS);
    assert_int_equal(back.realm, KEY_LIVE);
    assert_int_equal(back.master, 3);
    assert_int_equal(back.version, 7);
    assert_true(key_owner_equal(&back.owner, &header.owner));
    for (size_t i = 0; i < 8; i++) {
        broken = block;
        broken.at[i] = 0x77;
        enum err err = keyblock_header(&broken, &back);
        assert_int_equal(err, i == 0 ? ERR_VERSION : i == 6 ? OK : ERR_KEY);
    }
    broken = block;
    broken.at[12] = 0x1F;
    assert_int_equal(keyblock_header(&broken, &back), ERR_KEY);
    assert_int_equal(keyblock_from(bytes_over(block.at, KEYBLOCK_LEN - 1), &broken),
                     ERR_BAD_LENGTH);
}

static void test_owner_names(void **state)
{
    (void)state;
    struct key_owner owner;

    assert_int_equal(key_owner_from("", &owner), ERR_BAD_LENGTH);
    assert_int_equal(key_owner_from("1234567890123456", &owner), OK);
    assert_int_equal(key_owner_from("12345678901234567", &owner), ERR_BAD_LENGTH);
    assert_int_equal(key_owner_from("tab\t", &owner), ERR_BAD_FORMAT);
    assert_int_equal(key_owner_from(" space", &owner), ERR_BAD_FORMAT);
}

static void test_mac_fold(void **state)
{
    (void)state;
    uint8_t out[32];

    mac_fold(bytes_over("\x01\x02\x03\x04\x05\x06\x07\x08\xFF", 9), 8, out);
    assert_memory_equal(out, "FE02030405060708", 16);
    mac_fold(bytes_over("\x01\x02\x03\x04\x05\x06\x07\x08\xFF", 9), 16, out);
    assert_memory_equal(out, "0102030405060708FF00000000000000", 32);
}

static void test_every_mac_mode_has_a_rule(void **state)
{
    (void)state;
    for (int mode = 0; mode < KEY_MODE_COUNT; mode++) {
        bool is_mac = mode >= KEY_MAC_CUP_ECB && mode <= KEY_MAC_CMAC;

        assert_int_equal(mac_rule_of((enum key_mode)mode).shape != MAC_SHAPE_NONE, is_mac);
        assert_true(strlen(key_mode_text((enum key_mode)mode)) > 0);
    }
}

static void test_downloads_are_recognised_by_their_length(void **state)
{
    (void)state;
    for (int i = 0; i < DOWNLOAD_LAYOUT_COUNT; i++) {
        enum download_layout layout = (enum download_layout)i;
        uint8_t bytes[DOWNLOAD_LEN_MAX];
        enum download_layout found = DOWNLOAD_LAYOUT_COUNT;
        struct download_key mac = download_key_at(layout, KEY_TMK, 1);
        enum key_algorithm master = mac.algorithm == KEY_SM4 ? KEY_SM4 : KEY_TDES_2;

        memset(bytes, 0xAB, sizeof bytes);
        if (mac.algorithm == KEY_DES && mac.slot_len == 16)
            memset(bytes + mac.offset + 8, 0, 8);
        assert_int_equal(
            download_recognise(bytes_over(bytes, download_len(layout)), master, &found), OK);
        assert_int_equal(found, layout);
        assert_int_equal(
            download_recognise(bytes_over(bytes, download_len(layout) - 1), master, &found),
            ERR_BAD_LENGTH);
        assert_true(strlen(download_layout_text(layout)) > 0);
    }
}

static void test_chip_rules(void **state)
{
    (void)state;
    const struct chip_rule *rule = NULL;
    struct bytes cvr;

    assert_int_equal(chip_iad_rule(bytes_over("\x07\x01\x01\x03\xA0\x00\x00\x01", 8), &rule), OK);
    assert_int_equal(rule->cvn, CHIP_CVN_PBOC_01);
    assert_int_equal(chip_iad_cvr(bytes_over("\x07\x01\x01\x03\xA0\x00\x00\x01", 8), &cvr), OK);
    assert_int_equal(cvr.len, 4);
    assert_int_equal(chip_iad_rule(bytes_over("\x07\x01\x02\x03\xA0\x00\x00\x01", 8), &rule),
                     ERR_UNSUPPORTED);
    assert_int_equal(chip_iad_rule(bytes_over("\x07\x01\x01\x05\xA0\x00\x00\x01", 8), &rule),
                     ERR_BAD_FORMAT);
    assert_int_equal(chip_iad_rule(bytes_over("\x07\x01\x01", 3), &rule), ERR_BAD_FORMAT);
}

static void test_longest_chip_data_fits(void **state)
{
    (void)state;
    struct chip_values values = {.iad_len = CHIP_IAD_LEN_MAX,
                                 .iad = {0x1F, 0x00, CHIP_CVN_18, 0x03}};
    uint8_t data[CHIP_AC_DATA_MAX];
    size_t len = 0;

    assert_int_equal(chip_ac_data(chip_rule_of(CHIP_CVN_18), &values, data, &len), OK);
    assert_int_equal(len, CHIP_AC_DATA_MAX);
    assert_int_equal(data[33 + CHIP_IAD_LEN_MAX], 0x80);
}

/* A command of the kind whose keys are blocks with these headers. */
static void put_keys(struct hsm_command *command, const struct key_header *first,
                     const struct key_header *second)
{
    const struct hsm_key *keys[HSM_KEYS_MAX];
    const struct key_header *headers[HSM_KEYS_MAX] = {first, second};
    size_t count = hsm_command_keys(command, keys);

    for (size_t i = 0; i < count; i++) {
        struct hsm_key *key = (struct hsm_key *)(uintptr_t)keys[i];

        keyblock_put_header(headers[i], &key->block);
        key->owner = headers[i]->owner;
    }
}

/* A header of the usage with the first algorithm and mode that it may have. */
static struct key_header any_header_of(enum key_usage usage)
{
    for (int a = KEY_TDES_2; a < KEY_ALGORITHM_COUNT; a++) {
        for (int m = 0; m < KEY_MODE_COUNT; m++) {
            if (key_usage_allows(usage, (enum key_algorithm)a, (enum key_mode)m))
                return header_of(usage, (enum key_algorithm)a, (enum key_mode)m);
        }
    }
    fail_msg("usage %d can have no key", (int)usage);
    return header_of(KEY_NONE, KEY_ALGORITHM_NONE, KEY_MODE_NONE);
}

static struct hsm_command command_of(enum hsm_kind kind)
{
    struct hsm_command command = {.kind = kind};

    if (kind == HSM_WORK_KEYS_MAKE) {
        command.of.work_keys_make.layout = DOWNLOAD_40;
        command.of.work_keys_make.pin_mode = KEY_PIN_ISO_0;
        command.of.work_keys_make.mac_mode = KEY_MAC_CUP_ECB;
    }
    return command;
}

/* The rules again, written down a second time and in another shape. */
static const struct {
    enum hsm_kind kind;
    const char *first;
    const char *second;
} allowed[] = {
    {HSM_MAC_MAKE, "MAK ZAK", ""},
    {HSM_MAC_VERIFY, "MAK ZAK", ""},
    {HSM_PIN_ENCRYPT, "PIK", ""},
    {HSM_PIN_TRANSLATE, "PIK ZPK", "ZPK"},
    {HSM_PIN_VERIFY, "PIK ZPK", "PVK"},
    {HSM_PVV_MAKE, "PVK", ""},
    {HSM_CVV_MAKE, "CVK", ""},
    {HSM_CVV_VERIFY, "CVK", ""},
    {HSM_ARQC_VERIFY, "IMK-AC", ""},
    {HSM_ARPC_MAKE, "IMK-AC", ""},
    {HSM_ICC_KEY_MAKE, "IMK-AC", ""},
    {HSM_AC_MAKE, "ICC-AC", ""},
    {HSM_ARPC_VERIFY, "ICC-AC", ""},
    {HSM_WORK_KEYS_MAKE, "TMK ZMK", ""},
    {HSM_WORK_KEYS_TAKE, "TMK ZMK", ""},
    {HSM_TRACK_ENCRYPT, "TDK", ""},
    {HSM_TRACK_DECRYPT, "TDK", ""},
    {HSM_PAN_INDEX, "PAN-INDEX", ""},
    {HSM_PAN_PROTECT, "PAN-STORE", "PAN-INDEX"},
    {HSM_PAN_OPEN, "PAN-STORE", ""},
};

static bool names_usage(const char *list, enum key_usage usage)
{
    const char *letters = key_usage_letters(usage);
    const char *found = strstr(list, letters);

    return found != NULL && (found == list || found[-1] == ' ') &&
           (found[strlen(letters)] == ' ' || found[strlen(letters)] == 0);
}

static void test_matrix_allows_the_named_usages_and_no_others(void **state)
{
    (void)state;
    for (size_t row = 0; row < ARRAY_COUNT(allowed); row++) {
        for (int first = 1; first < KEY_USAGE_COUNT; first++) {
            for (int second = 1; second < KEY_USAGE_COUNT; second++) {
                struct hsm_command command = command_of(allowed[row].kind);
                struct key_header a = any_header_of((enum key_usage)first);
                struct key_header b = any_header_of((enum key_usage)second);
                bool two = allowed[row].second[0] != 0;
                uint8_t key_index = 9;
                bool good = names_usage(allowed[row].first, (enum key_usage)first) &&
                            (!two || names_usage(allowed[row].second, (enum key_usage)second));

                put_keys(&command, &a, &b);
                assert_int_equal(hsm_admit(&command, KEY_TEST, &key_index),
                                 good ? HSM_OK : HSM_NOT_ALLOWED);
            }
        }
    }
}

static void test_matrix_has_a_row_for_every_kind(void **state)
{
    (void)state;
    for (int kind = 0; kind < HSM_KIND_COUNT; kind++) {
        struct hsm_command command = {.kind = (enum hsm_kind)kind};
        const struct hsm_key *keys[HSM_KEYS_MAX];

        assert_int_equal(matrix_row_of((enum hsm_kind)kind)->kind, kind);
        assert_int_equal(matrix_row_of((enum hsm_kind)kind)->key_count,
                         hsm_command_keys(&command, keys));
        assert_true(strlen(hsm_kind_name((enum hsm_kind)kind)) > 0);
        assert_true(strlen(hsm_kind_text((enum hsm_kind)kind)) > 0);
    }
}

static void test_pin_formats_never_go_back(void **state)
{
    (void)state;
    static const struct {
        enum key_algorithm from, to;
        enum key_mode from_mode, to_mode;
        enum hsm_result result;
    } rows[] = {
        {KEY_TDES_2, KEY_TDES_2, KEY_PIN_ISO_0, KEY_PIN_ISO_0, HSM_OK},
        {KEY_TDES_2, KEY_AES_128, KEY_PIN_ISO_0, KEY_PIN_ISO_4, HSM_OK},
        {KEY_AES_128, KEY_AES_128, KEY_PIN_ISO_4, KEY_PIN_ISO_4, HSM_OK},
        {KEY_AES_128, KEY_TDES_2, KEY_PIN_ISO_4, KEY_PIN_ISO_0, HSM_NOT_ALLOWED},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct hsm_command command = {.kind = HSM_PIN_TRANSLATE};
        struct key_header from = header_of(KEY_PIK, rows[i].from, rows[i].from_mode);
        struct key_header to = header_of(KEY_ZPK, rows[i].to, rows[i].to_mode);
        uint8_t key_index = 9;

        put_keys(&command, &from, &to);
        assert_int_equal(hsm_admit(&command, KEY_TEST, &key_index), rows[i].result);
        if (rows[i].result != HSM_OK)
            assert_int_equal(key_index, 1);
    }
}

static void test_owner_and_realm_must_fit(void **state)
{
    (void)state;
    struct hsm_command command = {.kind = HSM_PIN_TRANSLATE};
    struct key_header from = header_of(KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0);
    struct key_header to = header_of(KEY_ZPK, KEY_TDES_2, KEY_PIN_ISO_0);
    uint8_t key_index = 9;

    put_keys(&command, &from, &to);
    assert_int_equal(hsm_admit(&command, KEY_TEST, &key_index), HSM_OK);
    assert_int_equal(hsm_admit(&command, KEY_LIVE, &key_index), HSM_NOT_ALLOWED);
    assert_int_equal(key_index, 0);
    to.realm = KEY_LIVE;
    put_keys(&command, &from, &to);
    assert_int_equal(hsm_admit(&command, KEY_TEST, &key_index), HSM_NOT_ALLOWED);
    assert_int_equal(key_index, 1);
    to.realm = KEY_TEST;
    put_keys(&command, &from, &to);
    command.of.pin_translate.to.owner.at[0] = 'X';
    assert_int_equal(hsm_admit(&command, KEY_TEST, &key_index), HSM_KEY);
    assert_int_equal(key_index, 1);
}

static void test_only_stronger_masters_wrap_and_only_what_travels(void **state)
{
    (void)state;
    static const struct {
        enum key_usage master;
        enum key_algorithm master_algorithm;
        enum key_usage usage;
        enum key_algorithm algorithm;
        enum key_mode mode;
        enum key_travel travel;
        enum hsm_result result;
    } rows[] = {
        {KEY_TMK, KEY_TDES_2, KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0, KEY_TRAVELS, HSM_OK},
        {KEY_TMK, KEY_TDES_2, KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0, KEY_STAYS, HSM_NOT_ALLOWED},
        {KEY_TMK, KEY_TDES_2, KEY_PIK, KEY_AES_128, KEY_PIN_ISO_4, KEY_TRAVELS, HSM_NOT_ALLOWED},
        {KEY_TMK, KEY_AES_128, KEY_PIK, KEY_AES_128, KEY_PIN_ISO_4, KEY_TRAVELS, HSM_OK},
        {KEY_TMK, KEY_TDES_2, KEY_ZPK, KEY_TDES_2, KEY_PIN_ISO_0, KEY_TRAVELS, HSM_NOT_ALLOWED},
        {KEY_ZMK, KEY_TDES_2, KEY_ZPK, KEY_TDES_2, KEY_PIN_ISO_0, KEY_TRAVELS, HSM_OK},
        {KEY_ZMK, KEY_TDES_2, KEY_ZMK, KEY_TDES_2, KEY_MODE_NONE, KEY_TRAVELS, HSM_NOT_ALLOWED},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct hsm_command command = {.kind = HSM_KEY_WRAP};
        struct key_header key = header_of(rows[i].usage, rows[i].algorithm, rows[i].mode);
        struct key_header master =
            header_of(rows[i].master, rows[i].master_algorithm, KEY_MODE_NONE);
        uint8_t key_index;

        key.travel = rows[i].travel;
        put_keys(&command, &key, &master);
        assert_int_equal(hsm_admit(&command, KEY_TEST, &key_index), rows[i].result);
    }
}

static void test_components_combine_and_secrets_wipe(void **state)
{
    (void)state;
    struct secret a = pin_of("\x13\x8C");
    struct secret b = pin_of("\x1F\xD3");
    struct secret c = pin_of("\x01");

    assert_int_equal(secret_xor(&a, &b), OK);
    assert_memory_equal(a.at, "\x0C\x5F", 2);
    assert_int_equal(secret_xor(&a, &c), ERR_BAD_LENGTH);
    secret_wipe(&a);
    assert_int_equal(a.len, 0);
    assert_int_equal(a.at[0], 0);
    uint8_t long_bytes[SECRET_LEN_MAX + 1] = {0};
    assert_int_equal(secret_from(bytes_over(long_bytes, sizeof long_bytes), &a), ERR_BAD_LENGTH);
    assert_int_equal(secret_from(bytes_over(long_bytes, SECRET_LEN_MAX), &a), OK);
}

static void test_the_rest_of_a_pin_is_a_block_of_its_own(void **state)
{
    (void)state;
    struct secret pin = pin_of("1234");
    uint8_t rest[8];

    assert_false(pvv_rest(&pin, rest));
    pin = pin_of("123456");
    assert_true(pvv_rest(&pin, rest));
    assert_memory_equal(rest, "\x25\x6F\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    pin = pin_of("123456789012");
    assert_true(pvv_rest(&pin, rest));
    assert_memory_equal(rest, "\x85\x67\x89\x01\x2F\xFF\xFF\xFF", 8);
}

static void test_decimals_come_before_letters(void **state)
{
    (void)state;
    char out[4];

    decimalise((const uint8_t *)"\xAB\xC1\xDE\xF2\xAA\xAA\xAA\xAA", out, 4);
    assert_memory_equal(out, "1201", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_0_goes_both_ways_for_every_length),
        cmocka_unit_test(test_format_0_refuses_every_bad_nibble_with_one_word),
        cmocka_unit_test(test_format_4_fields),
        cmocka_unit_test(test_weak_and_equal_keys_are_refused),
        cmocka_unit_test(test_parity_is_odd),
        cmocka_unit_test(test_key_header_goes_both_ways_and_refuses_the_rest),
        cmocka_unit_test(test_owner_names),
        cmocka_unit_test(test_mac_fold),
        cmocka_unit_test(test_every_mac_mode_has_a_rule),
        cmocka_unit_test(test_downloads_are_recognised_by_their_length),
        cmocka_unit_test(test_chip_rules),
        cmocka_unit_test(test_longest_chip_data_fits),
        cmocka_unit_test(test_matrix_allows_the_named_usages_and_no_others),
        cmocka_unit_test(test_matrix_has_a_row_for_every_kind),
        cmocka_unit_test(test_pin_formats_never_go_back),
        cmocka_unit_test(test_owner_and_realm_must_fit),
        cmocka_unit_test(test_only_stronger_masters_wrap_and_only_what_travels),
        cmocka_unit_test(test_components_combine_and_secrets_wipe),
        cmocka_unit_test(test_the_rest_of_a_pin_is_a_block_of_its_own),
        cmocka_unit_test(test_decimals_come_before_letters),
    };

    return cmocka_run_group_tests_name("hsm", tests, NULL, NULL);
}

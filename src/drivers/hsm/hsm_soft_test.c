/* What the soft HSM refuses, keeps, forgets and survives; known answers are in the vectors test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/prng.h"
#include "drivers/hsm/hsm_soft.h"
#include "drivers/hsm/hsm_soft_library.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL's memory goes through here, so that the n-th request can fail. */
static size_t allowed = SIZE_MAX;

static bool fails_once; /* the request that is not allowed is the only one */

static bool may_allocate(void)
{
    if (allowed == 0) {
        allowed = fails_once ? SIZE_MAX : 0;
        return false;
    }
    if (allowed != SIZE_MAX)
        allowed--;
    return true;
}

static void *counted_malloc(size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return may_allocate() ? malloc(len) : NULL;
}

static void *counted_realloc(void *at, size_t len, const char *file, int line)
{
    (void)file;
    (void)line;
    return may_allocate() ? realloc(at, len) : NULL;
}

static void counted_free(void *at, const char *file, int line)
{
    (void)file;
    (void)line;
    free(at);
}

static struct key_owner owner;
static struct prng prng;
static size_t random_allowed = SIZE_MAX;

static bool seeded_fill(void *self, uint8_t *out, size_t len)
{
    if (random_allowed == 0)
        return false;
    if (random_allowed != SIZE_MAX)
        random_allowed--;
    prng_fill(self, out, len);
    return true;
}

static struct hsm_soft_config config_of(uint64_t seed)
{
    prng_seed(&prng, seed);
    return (struct hsm_soft_config){
        .master = {32, "a master key made for this test!"},
        .random = {.self = &prng, .fill = seeded_fill},
        .cache_len = 16,
    };
}

static struct hsm_soft *open_soft(const struct hsm_soft_config *config)
{
    struct hsm_soft *soft = NULL;

    assert_int_equal(hsm_soft_open(config, &soft), OK);
    return soft;
}

static struct hsm_soft *shared;
static struct hsm hsm;

static int set_up(void **state)
{
    (void)state;
    struct hsm_soft_config config = config_of(1);

    shared = open_soft(&config);
    hsm = hsm_soft_contract(shared);
    return key_owner_from("T0000001", &owner) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    hsm_soft_close(shared);
    return 0;
}

static struct hsm_answer make(const struct hsm *by, enum key_usage usage,
                              enum key_algorithm algorithm, enum key_mode mode)
{
    struct hsm_command command = {.kind = HSM_KEY_MAKE};

    command.of.key_make = (struct key_wish){.usage = usage,
                                            .algorithm = algorithm,
                                            .mode = mode,
                                            .travel = KEY_TRAVELS,
                                            .version = 1,
                                            .owner = owner};
    return hsm_ask(by, &command);
}

static struct hsm_key key_of(enum key_usage usage, enum key_algorithm algorithm, enum key_mode mode)
{
    struct hsm_answer answer = make(&hsm, usage, algorithm, mode);

    assert_int_equal(answer.result, HSM_OK);
    return hsm_key_of(&answer.of.key, &owner);
}

static const struct pan test_pan = {16, "6228480012341234"};

static struct hsm_answer encrypt_pin(const struct hsm_key *key, const char *pin)
{
    struct hsm_command command = {.kind = HSM_PIN_ENCRYPT};

    command.of.pin_encrypt.key = *key;
    command.of.pin_encrypt.pan = test_pan;
    assert_int_equal(secret_from(bytes_of_z(pin), &command.of.pin_encrypt.pin), OK);
    return hsm_ask(&hsm, &command);
}

static struct hsm_answer translate(const struct hsm_key *from, const struct hsm_key *to,
                                   const struct pin_block *block)
{
    struct hsm_command command = {.kind = HSM_PIN_TRANSLATE};

    command.of.pin_translate.from = *from;
    command.of.pin_translate.to = *to;
    command.of.pin_translate.pan = test_pan;
    command.of.pin_translate.block = *block;
    return hsm_ask(&hsm, &command);
}

static struct pvv pvv_of(const struct hsm_key *pvk, const char *pin)
{
    struct hsm_command command = {.kind = HSM_PVV_MAKE};

    command.of.pvv_make.pvk = *pvk;
    command.of.pvv_make.pan = test_pan;
    assert_int_equal(secret_from(bytes_of_z(pin), &command.of.pvv_make.pin), OK);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    return answer.of.pvv;
}

static enum hsm_result verify(const struct hsm_key *key, const struct hsm_key *pvk,
                              const struct pin_block *block, struct pvv pvv)
{
    struct hsm_command command = {.kind = HSM_PIN_VERIFY};

    command.of.pin_verify.pin_key = *key;
    command.of.pin_verify.pvk = *pvk;
    command.of.pin_verify.pan = test_pan;
    command.of.pin_verify.block = *block;
    command.of.pin_verify.pvv = pvv;
    return hsm_ask(&hsm, &command).result;
}

static void test_a_pin_reaches_its_issuer_in_every_allowed_format(void **state)
{
    (void)state;
    static const struct {
        enum key_algorithm from, to;
        enum key_mode from_mode, to_mode;
    } rows[] = {
        {KEY_DES, KEY_TDES_2, KEY_PIN_ISO_0, KEY_PIN_ISO_0},
        {KEY_TDES_2, KEY_TDES_2, KEY_PIN_ISO_0, KEY_PIN_ISO_0},
        {KEY_TDES_2, KEY_AES_128, KEY_PIN_ISO_0, KEY_PIN_ISO_4},
        {KEY_AES_128, KEY_AES_128, KEY_PIN_ISO_4, KEY_PIN_ISO_4},
        {KEY_SM4, KEY_SM4, KEY_PIN_ISO_4, KEY_PIN_ISO_4},
    };
    struct hsm_key pvk = key_of(KEY_PVK, KEY_TDES_2, KEY_PVKI_1);
    struct pvv pvv = pvv_of(&pvk, "123456");

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct hsm_key from = key_of(KEY_PIK, rows[i].from, rows[i].from_mode);
        struct hsm_key to = key_of(KEY_ZPK, rows[i].to, rows[i].to_mode);
        struct hsm_answer entered = encrypt_pin(&from, "123456");
        assert_int_equal(entered.result, HSM_OK);
        struct hsm_answer moved = translate(&from, &to, &entered.of.block);
        assert_int_equal(moved.result, HSM_OK);
        assert_int_equal(moved.of.block.len, rows[i].to_mode == KEY_PIN_ISO_4 ? 16 : 8);
        assert_int_equal(verify(&to, &pvk, &moved.of.block, pvv), HSM_OK);
        struct hsm_answer wrong = encrypt_pin(&from, "923456");
        assert_int_equal(verify(&from, &pvk, &wrong.of.block, pvv), HSM_WRONG);
    }
}

static void test_every_digit_of_a_pin_counts(void **state)
{
    (void)state;
    struct hsm_key pik = key_of(KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0);
    struct hsm_key pvk = key_of(KEY_PVK, KEY_TDES_2, KEY_PVKI_1);
    struct pvv pvv = pvv_of(&pvk, "123456");
    size_t taken = 0;

    for (size_t at = 0; at < 6; at++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char pin[] = "123456";

            pin[at] = digit;
            struct hsm_answer entered = encrypt_pin(&pik, pin);
            taken += verify(&pik, &pvk, &entered.of.block, pvv) == HSM_OK;
        }
    }
    assert_int_equal(taken, 6); /* the right digit at each place, none besides */
}

static void test_pin_problems_are_one_word(void **state)
{
    (void)state;
    struct hsm_key pik = key_of(KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0);
    struct hsm_key zpk = key_of(KEY_ZPK, KEY_TDES_2, KEY_PIN_ISO_0);
    struct hsm_key pvk = key_of(KEY_PVK, KEY_TDES_2, KEY_PVKI_1);
    struct pin_block block = encrypt_pin(&pik, "1234").of.block;
    struct pvv pvv = pvv_of(&pvk, "1234");
    struct pin_block other = block;

    other.at[3] ^= 4; /* garbage when decrypted */
    assert_int_equal(verify(&pik, &pvk, &other, pvv), HSM_WRONG);
    assert_int_equal(translate(&pik, &zpk, &other).result, HSM_WRONG);
    other.len = 16;
    assert_int_equal(verify(&pik, &pvk, &other, pvv), HSM_WRONG);
    assert_int_equal(translate(&pik, &zpk, &other).result, HSM_WRONG);
    other.len = 255;
    assert_int_equal(translate(&pik, &zpk, &other).result, HSM_WRONG);
    assert_int_equal(verify(&zpk, &pvk, &block, pvv), HSM_WRONG); /* the wrong key */
    pvv.digits[3] = pvv.digits[3] == '9' ? '0' : (char)(pvv.digits[3] + 1);
    assert_int_equal(verify(&pik, &pvk, &block, pvv), HSM_WRONG);
    assert_int_equal(encrypt_pin(&pik, "123").result, HSM_FORMAT);
    assert_int_equal(encrypt_pin(&pik, "12x4").result, HSM_FORMAT);
}

static void test_a_pin_that_does_not_decode_never_verifies(void **state)
{
    (void)state;
    struct hsm_key pik = key_of(KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0);
    struct hsm_key pvk = key_of(KEY_PVK, KEY_TDES_2, KEY_PVKI_1);
    struct pvv of_zeros = pvv_of(&pvk, "0000"); /* what stands in when nothing decodes */
    struct pin_block block = {.len = 8, .at = {1, 2, 3, 4, 5, 6, 7, 8}};

    assert_int_equal(verify(&pik, &pvk, &block, of_zeros), HSM_WRONG);
}

static void test_any_changed_bit_of_a_key_block_is_refused(void **state)
{
    (void)state;
    struct hsm_command command = {.kind = HSM_KEY_CHECK};
    struct hsm_key key = key_of(KEY_MAK, KEY_TDES_2, KEY_MAC_CUP_ECB);

    command.of.key_check.key = key;
    struct hsm_answer good = hsm_ask(&hsm, &command);
    assert_int_equal(good.result, HSM_OK);
    assert_memory_equal(good.of.check.at, key.block.at + 28, CHECK_VALUE_LEN);
    for (size_t bit = 0; bit < KEYBLOCK_LEN * 8; bit++) {
        command.of.key_check.key = key;
        command.of.key_check.key.block.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        enum hsm_result result = hsm_ask(&hsm, &command).result;
        assert_true(result == HSM_KEY || result == HSM_NOT_ALLOWED);
    }
}

static void test_keys_of_another_master_realm_or_generation_are_refused(void **state)
{
    (void)state;
    struct hsm_command command = {.kind = HSM_KEY_CHECK};
    struct hsm_soft_config configs[3] = {config_of(2), config_of(2), config_of(2)};
    const enum hsm_result results[3] = {HSM_KEY, HSM_NOT_ALLOWED, HSM_KEY};

    command.of.key_check.key = key_of(KEY_MAK, KEY_TDES_2, KEY_MAC_CUP_ECB);
    configs[0].master.at[0] ^= 1;
    configs[1].realm = KEY_LIVE;
    configs[2].master_generation = 1;
    for (size_t i = 0; i < 3; i++) {
        struct hsm_soft *other = open_soft(&configs[i]);
        struct hsm contract = hsm_soft_contract(other);

        assert_int_equal(hsm_ask(&contract, &command).result, results[i]);
        hsm_soft_close(other);
    }
    configs[0].master.len = 31;
    struct hsm_soft *none = NULL;
    assert_int_equal(hsm_soft_open(&configs[0], &none), ERR_BAD_LENGTH);
}

static void test_more_keys_than_the_cache_holds(void **state)
{
    (void)state;
    struct hsm_key keys[50];
    uint8_t macs[50][MAC_LEN];
    struct hsm_command command = {.kind = HSM_MAC_MAKE};

    command.of.mac.data = bytes_of_z("message");
    for (size_t i = 0; i < 50; i++) {
        keys[i] = key_of(KEY_MAK, KEY_TDES_2, KEY_MAC_X9_19);
        command.of.mac.key = keys[i];
        struct hsm_answer answer = hsm_ask(&hsm, &command);
        assert_int_equal(answer.result, HSM_OK);
        memcpy(macs[i], answer.of.mac, MAC_LEN);
    }
    command.kind = HSM_MAC_VERIFY;
    for (size_t i = 0; i < 500; i++) {
        size_t which = i * 7 % 50;

        command.of.mac.key = keys[which];
        memcpy(command.of.mac.mac, macs[which], MAC_LEN);
        assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
        memcpy(command.of.mac.mac, macs[(which + 1) % 50], MAC_LEN);
        assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
    }
}

static void test_macs_of_every_length_depend_on_every_byte(void **state)
{
    (void)state;
    static const struct {
        enum key_algorithm algorithm;
        enum key_mode mode;
    } rows[] = {
        {KEY_DES, KEY_MAC_CUP_ECB},  {KEY_TDES_2, KEY_MAC_CUP_ECB},    {KEY_SM4, KEY_MAC_CUP_SM4},
        {KEY_DES, KEY_MAC_X9_9},     {KEY_TDES_2, KEY_MAC_X9_9_PAD_2}, {KEY_TDES_2, KEY_MAC_X9_19},
        {KEY_AES_128, KEY_MAC_CMAC}, {KEY_AES_256, KEY_MAC_CMAC},
    };
    static const size_t lens[] = {1, 7, 8, 9, 15, 16, 17, 260, 511, 512, 513, 520, 1100};
    uint8_t message[1100];

    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 31);
    for (size_t row = 0; row < ARRAY_COUNT(rows); row++) {
        struct hsm_command command = {.kind = HSM_MAC_MAKE};

        command.of.mac.key = key_of(KEY_MAK, rows[row].algorithm, rows[row].mode);
        for (size_t i = 0; i < ARRAY_COUNT(lens); i++) {
            command.kind = HSM_MAC_MAKE;
            command.of.mac.data = bytes_over(message, lens[i]);
            struct hsm_answer answer = hsm_ask(&hsm, &command);
            assert_int_equal(answer.result, HSM_OK);
            memcpy(command.of.mac.mac, answer.of.mac, MAC_LEN);
            command.kind = HSM_MAC_VERIFY;
            assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
            size_t at = lens[i] - 1 - lens[i] / 3;
            message[at] ^= 0x10;
            assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
            message[at] ^= 0x10;
        }
        command.of.mac.data = bytes_over(message, 0);
        assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
    }
}

static void test_work_keys_go_down_in_every_layout(void **state)
{
    (void)state;
    for (int i = 0; i < DOWNLOAD_LAYOUT_COUNT; i++) {
        bool sm4 = i >= DOWNLOAD_SM4_40;
        struct hsm_command up = {.kind = HSM_WORK_KEYS_MAKE};
        struct hsm_command down = {.kind = HSM_WORK_KEYS_TAKE};
        struct hsm_command check = {.kind = HSM_KEY_CHECK};

        up.of.work_keys_make.master = key_of(KEY_TMK, sm4 ? KEY_SM4 : KEY_TDES_2, KEY_MODE_NONE);
        up.of.work_keys_make.layout = (enum download_layout)i;
        up.of.work_keys_make.pin_mode = sm4 ? KEY_PIN_ISO_4 : KEY_PIN_ISO_0;
        up.of.work_keys_make.mac_mode = sm4 ? KEY_MAC_CUP_SM4 : KEY_MAC_CUP_ECB;
        up.of.work_keys_make.version = 7;
        struct hsm_answer made = hsm_ask(&hsm, &up);
        assert_int_equal(made.result, HSM_OK);
        down.of.work_keys_take.master = up.of.work_keys_make.master;
        down.of.work_keys_take.pin_mode = up.of.work_keys_make.pin_mode;
        down.of.work_keys_take.mac_mode = up.of.work_keys_make.mac_mode;
        down.of.work_keys_take.version = 7;
        down.of.work_keys_take.len = made.of.work_keys.len;
        memcpy(down.of.work_keys_take.download, made.of.work_keys.download, DOWNLOAD_LEN_MAX);
        struct hsm_answer taken = hsm_ask(&hsm, &down);
        assert_int_equal(taken.result, HSM_OK);
        assert_int_equal(taken.of.work_keys.count, made.of.work_keys.count);
        for (size_t key = 0; key < made.of.work_keys.count; key++) {
            /* the same header with the same check value; the nonce is another */
            assert_memory_equal(made.of.work_keys.keys[key].at, taken.of.work_keys.keys[key].at,
                                KEYBLOCK_HEADER_LEN);
            check.of.key_check.key = hsm_key_of(&taken.of.work_keys.keys[key], &owner);
            assert_int_equal(hsm_ask(&hsm, &check).result, HSM_OK);
        }
        down.of.work_keys_take.len--;
        assert_int_equal(hsm_ask(&hsm, &down).result, HSM_FORMAT);
        down.of.work_keys_take.len = 255;
        assert_int_equal(hsm_ask(&hsm, &down).result, HSM_FORMAT);
    }
}

static void test_a_spoilt_download_names_the_key(void **state)
{
    (void)state;
    struct hsm_command up = {.kind = HSM_WORK_KEYS_MAKE};
    struct hsm_command down = {.kind = HSM_WORK_KEYS_TAKE};

    up.of.work_keys_make.master = key_of(KEY_TMK, KEY_TDES_2, KEY_MODE_NONE);
    up.of.work_keys_make.layout = DOWNLOAD_60;
    up.of.work_keys_make.pin_mode = KEY_PIN_ISO_0;
    up.of.work_keys_make.mac_mode = KEY_MAC_X9_19;
    struct hsm_answer made = hsm_ask(&hsm, &up);
    assert_int_equal(made.result, HSM_OK);
    down.of.work_keys_take.master = up.of.work_keys_make.master;
    down.of.work_keys_take.pin_mode = KEY_PIN_ISO_0;
    down.of.work_keys_take.mac_mode = KEY_MAC_X9_19;
    down.of.work_keys_take.len = made.of.work_keys.len;
    for (size_t at = 0; at < 60; at++) {
        memcpy(down.of.work_keys_take.download, made.of.work_keys.download, DOWNLOAD_LEN_MAX);
        down.of.work_keys_take.download[at] ^= 0x20;
        struct hsm_answer taken = hsm_ask(&hsm, &down);
        assert_int_equal(taken.result, HSM_WRONG);
        assert_int_equal(taken.key_index, at / 20);
        assert_memory_not_equal(taken.expected.at, taken.found.at, CHECK_VALUE_LEN);
    }
}

static struct hsm_command combine(size_t count)
{
    struct hsm_command command = {.kind = HSM_KEY_COMBINE};
    static const char *const components[] = {
        "\x13\x8C\xE5\xB3\x2C\x0E\x91\x26\xC2\x91\xE9\x70\xEA\x98\x76\x4C",
        "\x1F\xD3\xC2\x43\x7F\x6E\xE6\xDC\xD9\x38\x3E\x1A\x49\xE9\x67\x4D",
        "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
    };

    command.of.key_combine.wish =
        (struct key_wish){.usage = KEY_TMK, .algorithm = KEY_TDES_2, .version = 1, .owner = owner};
    command.of.key_combine.count = (uint8_t)count;
    for (size_t i = 0; i < ARRAY_COUNT(components); i++)
        assert_int_equal(
            secret_from(bytes_over(components[i], 16), &command.of.key_combine.components[i]), OK);
    return command;
}

static void test_components_need_two_people_and_the_right_check_value(void **state)
{
    (void)state;
    struct hsm_command command = combine(2);

    /* e-com-net 1297576: 0C5F27F0536077FA1BA9D76AA3711101 without parity, check value 9BAE3E */
    command.of.key_combine.check = (struct key_check){{0x9B, 0xAE, 0x3E}};
    command.of.key_combine.check_len = 3;
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_memory_equal(answer.of.key.at + 28, "\x9B\xAE\x3E", 3);
    command.of.key_combine.check.at[2] = 0x3F;
    answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_WRONG);
    assert_int_equal(answer.expected.at[2], 0x3F);
    assert_int_equal(answer.found.at[2], 0x3E);
    command = combine(1);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
    command = combine(4);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
    command = combine(2);
    command.of.key_combine.components[1] = command.of.key_combine.components[0];
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT); /* all zeros: weak */
    command = combine(2);
    command.of.key_combine.components[1].len = 8;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
    command = combine(3);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
}

static void test_a_travelling_key_arrives_whole_or_not_at_all(void **state)
{
    (void)state;
    struct hsm_key zmk = key_of(KEY_ZMK, KEY_TDES_2, KEY_MODE_NONE);
    struct hsm_key pvk = key_of(KEY_PVK, KEY_TDES_2, KEY_PVKI_2);
    struct hsm_command wrap = {.kind = HSM_KEY_WRAP};
    struct hsm_command unwrap = {.kind = HSM_KEY_UNWRAP};

    wrap.of.key_wrap.key = pvk;
    wrap.of.key_wrap.master = zmk;
    struct hsm_answer wrapped = hsm_ask(&hsm, &wrap);
    assert_int_equal(wrapped.result, HSM_OK);
    unwrap.of.key_unwrap.master = zmk;
    unwrap.of.key_unwrap.wish = (struct key_wish){
        .usage = KEY_PVK, .algorithm = KEY_TDES_2, .mode = KEY_PVKI_2, .owner = owner};
    unwrap.of.key_unwrap.len = wrapped.of.wrapped.len;
    memcpy(unwrap.of.key_unwrap.wrapped, wrapped.of.wrapped.at, wrapped.of.wrapped.len);
    unwrap.of.key_unwrap.check = wrapped.of.wrapped.check;
    struct hsm_answer back = hsm_ask(&hsm, &unwrap);
    assert_int_equal(back.result, HSM_OK);
    struct hsm_key other = hsm_key_of(&back.of.key, &owner);
    assert_memory_equal(pvv_of(&pvk, "1234").digits, pvv_of(&other, "1234").digits, PVV_LEN);
    wrap.of.key_wrap.key = other; /* it came to stay */
    assert_int_equal(hsm_ask(&hsm, &wrap).result, HSM_NOT_ALLOWED);
    unwrap.of.key_unwrap.wrapped[9] ^= 2;
    assert_int_equal(hsm_ask(&hsm, &unwrap).result, HSM_WRONG);
    unwrap.of.key_unwrap.len = 8;
    assert_int_equal(hsm_ask(&hsm, &unwrap).result, HSM_FORMAT);
    unwrap.of.key_unwrap.len = 255;
    assert_int_equal(hsm_ask(&hsm, &unwrap).result, HSM_FORMAT);
}

static void test_a_stored_pan_opens_only_beside_its_hash(void **state)
{
    (void)state;
    struct hsm_key store = key_of(KEY_PAN_STORE, KEY_AES_256, KEY_MODE_NONE);
    struct hsm_key index = key_of(KEY_PAN_INDEX, KEY_HMAC_256, KEY_MODE_NONE);
    struct hsm_command protect = {.kind = HSM_PAN_PROTECT};
    struct hsm_command open = {.kind = HSM_PAN_OPEN};
    struct hsm_command look = {.kind = HSM_PAN_INDEX};

    for (uint8_t len = PAN_DIGITS_MIN; len <= PAN_DIGITS_MAX; len++) {
        struct pan pan = {len, {0}};

        memcpy(pan.digits, "6228480012341234567", len);
        protect.of.pan_protect.store = store;
        protect.of.pan_protect.index = index;
        protect.of.pan_protect.pan = pan;
        struct hsm_answer kept = hsm_ask(&hsm, &protect);
        assert_int_equal(kept.result, HSM_OK);
        look.of.pan_index.key = index;
        look.of.pan_index.pan = pan;
        assert_memory_equal(hsm_ask(&hsm, &look).of.hash.at, kept.of.protected_pan.hash.at,
                            PAN_HASH_LEN);
        open.of.pan_open.store = store;
        open.of.pan_open.hash = kept.of.protected_pan.hash;
        open.of.pan_open.sealed = kept.of.protected_pan.sealed;
        struct hsm_answer clear = hsm_ask(&hsm, &open);
        assert_int_equal(clear.result, HSM_OK);
        assert_true(pan_equal(&clear.of.pan, &pan));
        open.of.pan_open.hash.at[15] ^= 1;
        assert_int_equal(hsm_ask(&hsm, &open).result, HSM_WRONG);
    }
    for (size_t at = 0; at < PAN_SEALED_LEN; at++) {
        struct hsm_answer kept = hsm_ask(&hsm, &protect);

        open.of.pan_open.hash = kept.of.protected_pan.hash;
        open.of.pan_open.sealed = kept.of.protected_pan.sealed;
        open.of.pan_open.sealed.at[at] ^= 1;
        assert_int_equal(hsm_ask(&hsm, &open).result, at == 0 ? HSM_FORMAT : HSM_WRONG);
    }
    protect.of.pan_protect.pan.len = PAN_DIGITS_MAX + 1;
    assert_int_equal(hsm_ask(&hsm, &protect).result, HSM_FORMAT);
}

/* The hash as Python 3.11's hashlib.pbkdf2_hmac makes it. */
static void test_a_password_is_known_by_its_hash(void **state)
{
    (void)state;
    static const uint8_t expected[PASSWORD_HASH_LEN] = {
        0x6e, 0x38, 0x49, 0x11, 0x1b, 0xe8, 0xd3, 0x07, 0x06, 0x34, 0x22,
        0x06, 0x66, 0xe9, 0x3c, 0x55, 0xdb, 0xfd, 0x75, 0xe9, 0x23, 0xf3,
        0x4d, 0x35, 0x71, 0x68, 0x05, 0x46, 0x4c, 0x0a, 0x7e, 0xaf};
    struct hsm_command command = {.kind = HSM_PASSWORD_MAKE};

    for (uint8_t i = 0; i < PASSWORD_SALT_LEN; i++)
        command.of.password.salt[i] = i;
    command.of.password.cost = PASSWORD_COST_MIN;
    assert_int_equal(secret_from(bytes_of_z("123456"), &command.of.password.password), OK);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_memory_equal(answer.of.password, expected, sizeof expected);
    command.kind = HSM_PASSWORD_CHECK;
    memcpy(command.of.password.hash, expected, sizeof expected);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
    for (size_t at = 0; at < PASSWORD_HASH_LEN; at++) {
        command.of.password.hash[at] ^= 1;
        assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
        command.of.password.hash[at] ^= 1;
    }
    command.of.password.salt[3] ^= 1;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
    command.of.password.cost = PASSWORD_COST_MIN - 1;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
    command.of.password.cost = PASSWORD_COST_MAX + 1;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
    command.of.password.cost = PASSWORD_COST_MIN;
    command.of.password.password.len = 0;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
}

static void test_a_track_block_goes_both_ways(void **state)
{
    (void)state;
    struct hsm_command command = {.kind = HSM_TRACK_ENCRYPT};

    command.of.track.key = key_of(KEY_TDK, KEY_TDES_2, KEY_MODE_NONE);
    command.of.track.len = 8;
    memcpy(command.of.track.at, "12345678", 8);
    struct hsm_answer sealed = hsm_ask(&hsm, &command);
    assert_int_equal(sealed.result, HSM_OK);
    command.kind = HSM_TRACK_DECRYPT;
    memcpy(command.of.track.at, sealed.of.track.at, 8);
    assert_memory_equal(hsm_ask(&hsm, &command).of.track.at, "12345678", 8);
    command.of.track.len = 16;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
}

static void test_the_same_seed_makes_the_same_keys(void **state)
{
    (void)state;
    struct hsm_answer first = {.result = HSM_DOWN};

    for (uint64_t seed = 5; seed < 8; seed++) {
        struct hsm_soft_config config = config_of(seed == 7 ? 6 : 5);
        struct hsm_soft *soft = open_soft(&config);
        struct hsm contract = hsm_soft_contract(soft);
        struct hsm_answer made = make(&contract, KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0);

        assert_int_equal(made.result, HSM_OK);
        if (seed == 5)
            first = made;
        assert_int_equal(memcmp(&made.of.key, &first.of.key, sizeof made.of.key) == 0, seed < 7);
        hsm_soft_close(soft);
    }
}

/* One command of each kind that draws random bytes, with the n-th draw failing. */
static void test_a_failing_random_source_makes_no_key(void **state)
{
    (void)state;
    struct hsm_command down = {.kind = HSM_WORK_KEYS_MAKE};

    down.of.work_keys_make.master = key_of(KEY_TMK, KEY_TDES_2, KEY_MODE_NONE);
    down.of.work_keys_make.layout = DOWNLOAD_60;
    down.of.work_keys_make.pin_mode = KEY_PIN_ISO_0;
    down.of.work_keys_make.mac_mode = KEY_MAC_CUP_ECB;
    size_t n = 0;
    enum hsm_result result = HSM_DOWN;
    while (result == HSM_DOWN) {
        random_allowed = n++;
        result = hsm_ask(&hsm, &down).result;
        assert_true(result == HSM_DOWN || result == HSM_OK);
        assert_true(n < 50);
    }
    random_allowed = SIZE_MAX;
    assert_int_equal(n, 7); /* three keys, each material and nonce */
}

/* Requests for memory that OpenSSL makes to load its providers. When one of those fails, OpenSSL
 * 3.0 itself falls over (OSSL_LIB_CTX_new_child), so the n-th that fails is counted behind them;
 * and it fails once, because OpenSSL needs memory to free what a library context holds. */
static size_t requests_of_library(void)
{
    struct soft_library library;

    allowed = SIZE_MAX - 1;
    assert_int_equal(soft_library_open(&library), OK);
    size_t count = SIZE_MAX - 1 - allowed;
    allowed = SIZE_MAX;
    soft_library_close(&library);
    return count;
}

static void test_opening_fails_whole_when_memory_ends(void **state)
{
    (void)state;
    struct hsm_soft_config config = config_of(3);
    size_t behind = requests_of_library() + 1;
    struct hsm_soft *soft = NULL;
    enum err err;
    size_t n = 0;

    fails_once = true;
    allowed = 0;
    err = hsm_soft_open(&config, &soft);
    assert_int_equal(err, ERR_FULL);
    while (err != OK && n < 1000) {
        allowed = behind + n++;
        err = hsm_soft_open(&config, &soft);
        allowed = SIZE_MAX;
        assert_true(err == OK || err == ERR_FULL);
        assert_true((err == OK) == (soft != NULL));
    }
    fails_once = false;
    hsm_soft_close(soft);
    assert_true(n > 3);
}

/* Every request for memory of a first use fails once; the next try works. */
static void test_commands_survive_the_end_of_memory(void **state)
{
    (void)state;
    struct hsm_command command = {.kind = HSM_MAC_MAKE};
    struct hsm_answer answer = {.result = HSM_DOWN};
    size_t n = 0;

    command.of.mac.data = bytes_of_z("a message of twenty-one");
    command.of.mac.key = key_of(KEY_MAK, KEY_TDES_2, KEY_MAC_X9_19);
    while (answer.result != HSM_OK && n < 1000) {
        allowed = n++;
        answer = hsm_ask(&hsm, &command);
        allowed = SIZE_MAX;
        assert_true(answer.result == HSM_DOWN || answer.result == HSM_OK);
    }
    assert_int_equal(answer.result, HSM_OK);
    assert_true(n > 1);
    command.kind = HSM_MAC_VERIFY;
    memcpy(command.of.mac.mac, answer.of.mac, MAC_LEN);
    allowed = 0; /* a kept key needs no memory */
    answer = hsm_ask(&hsm, &command);
    allowed = SIZE_MAX;
    assert_int_equal(answer.result, HSM_OK);
}

/* RFC 8032, 7.1, test 2: one byte signed. */
static void test_a_signature_holds_for_its_bytes_alone(void **state)
{
    (void)state;
    static const uint8_t byte = 0x72;
    static const uint8_t other = 0x73;
    struct hsm_command command = {.kind = HSM_SIGNATURE_VERIFY};
    size_t len;

    assert_int_equal(
        bytes_from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", 64,
                       command.of.signature.public_key, SIGNATURE_PUBLIC_LEN, &len),
        OK);
    assert_int_equal(
        bytes_from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
                       128, command.of.signature.signature, SIGNATURE_LEN, &len),
        OK);
    command.of.signature.data = bytes_over(&byte, 1);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
    command.of.signature.data = bytes_over(&other, 1);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
    command.of.signature.data = bytes_over(&byte, 1);
    command.of.signature.signature[63] ^= 1;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
    command.of.signature.data = bytes_over(&byte, 0);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_FORMAT);
}

#define HSM_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HSM_TEST(test_a_pin_reaches_its_issuer_in_every_allowed_format),
        HSM_TEST(test_every_digit_of_a_pin_counts),
        HSM_TEST(test_pin_problems_are_one_word),
        HSM_TEST(test_a_pin_that_does_not_decode_never_verifies),
        HSM_TEST(test_any_changed_bit_of_a_key_block_is_refused),
        HSM_TEST(test_keys_of_another_master_realm_or_generation_are_refused),
        HSM_TEST(test_more_keys_than_the_cache_holds),
        HSM_TEST(test_macs_of_every_length_depend_on_every_byte),
        HSM_TEST(test_work_keys_go_down_in_every_layout),
        HSM_TEST(test_a_spoilt_download_names_the_key),
        HSM_TEST(test_components_need_two_people_and_the_right_check_value),
        HSM_TEST(test_a_travelling_key_arrives_whole_or_not_at_all),
        HSM_TEST(test_a_stored_pan_opens_only_beside_its_hash),
        HSM_TEST(test_a_password_is_known_by_its_hash),
        HSM_TEST(test_a_track_block_goes_both_ways),
        HSM_TEST(test_a_signature_holds_for_its_bytes_alone),
        HSM_TEST(test_the_same_seed_makes_the_same_keys),
        HSM_TEST(test_a_failing_random_source_makes_no_key),
        HSM_TEST(test_opening_fails_whole_when_memory_ends),
        HSM_TEST(test_commands_survive_the_end_of_memory),
    };

    if (CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free) != 1)
        return 1;
    return cmocka_run_group_tests_name("hsm_soft", tests, NULL, NULL);
}

/*
 * Published known answers (test/vectors/crypto.json, each with its source) against the soft HSM.
 * Keys are brought in as a block where the command takes any key; values that no command gives out
 * (session keys) are asked of the driver's own parts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/hsm/hsm_soft_chip.h"
#include "drivers/hsm/hsm_soft_pin.h"

#include <jansson.h>
#include <string.h>

static struct hsm_soft *soft;
static struct hsm hsm;
static json_t *vectors;
static struct key_owner owner;

static int open_all(void **state)
{
    (void)state;
    struct hsm_soft_config config = {
        .master = {.len = 32, .at = "a master key made for this test!"}};
    json_error_t error;

    vectors = json_load_file(TEST_VECTORS_DIR "/crypto.json", 0, &error);
    if (vectors == NULL || hsm_soft_open(&config, &soft) != OK)
        return -1;
    hsm = hsm_soft_contract(soft);
    return key_owner_from("TEST", &owner) == OK ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    hsm_soft_close(soft);
    json_decref(vectors);
    return 0;
}

static const char *text_in(const json_t *row, const char *part, const char *name)
{
    const char *text = json_string_value(json_object_get(json_object_get(row, part), name));

    if (text == NULL)
        fail_msg("%s has no %s", json_string_value(json_object_get(row, "id")), name);
    return text;
}

static const char *input(const json_t *row, const char *name)
{
    return text_in(row, "inputs", name);
}

/* The expected value: a string, or a member of an object. */
static const char *expected(const json_t *row, const char *name)
{
    if (name == NULL)
        return json_string_value(json_object_get(row, "expected"));
    return text_in(row, "expected", name);
}

static bool has(const json_t *row, const char *part, const char *name)
{
    return json_object_get(json_object_get(row, part), name) != NULL;
}

static size_t hex(const char *digits, uint8_t *out, size_t cap)
{
    size_t len = 0;

    assert_int_equal(bytes_from_hex(digits, strlen(digits), out, cap, &len), OK);
    return len;
}

static void assert_hex(const uint8_t *at, const char *digits)
{
    char found[128] = {0};

    assert_true(strlen(digits) < sizeof found);
    bytes_to_hex(at, strlen(digits) / 2, found);
    assert_string_equal(found, digits);
}

static struct secret secret_of(const char *digits)
{
    struct secret secret = {.len = 0};

    secret.len = (uint8_t)hex(digits, secret.at, sizeof secret.at);
    return secret;
}

static struct pan pan_of(const char *digits)
{
    struct pan pan = {.len = (uint8_t)strlen(digits)};

    assert_true(pan.len <= PAN_DIGITS_MAX);
    memcpy(pan.digits, digits, pan.len);
    return pan;
}

static struct hsm_key key_of(enum key_usage usage, enum key_algorithm algorithm, enum key_mode mode,
                             const char *digits)
{
    struct key_wish wish = {.usage = usage, .algorithm = algorithm, .mode = mode, .owner = owner};
    struct secret material = secret_of(digits);
    struct keyblock block;

    assert_int_equal(soft_key_new(soft, &wish, &material, &block), HSM_OK);
    return hsm_key_of(&block, &owner);
}

static struct soft_key *opened(const struct hsm_key *key)
{
    struct soft_key *found = NULL;

    assert_int_equal(soft_cache_get(&soft->cache, &key->block, &found), OK);
    return found;
}

/* Runs check on all rows of a category, of which there must be `count`. */
static void each(const char *category, size_t count, void (*check)(const json_t *row))
{
    size_t found = 0;
    size_t index;
    json_t *row;

    json_array_foreach(vectors, index, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "category")), category) != 0)
            continue;
        check(row);
        found++;
    }
    assert_int_equal(found, count);
}

static void check_mac(const struct hsm_key *key, const char *data, const char *mac)
{
    uint8_t bytes[256];
    size_t len = hex(data, bytes, sizeof bytes);
    struct hsm_command command = {.kind = HSM_MAC_MAKE};
    struct hsm_answer answer;

    command.of.mac.key = *key;
    command.of.mac.data = bytes_over(bytes, len);
    answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_hex(answer.of.mac, mac);
    command.kind = HSM_MAC_VERIFY;
    memcpy(command.of.mac.mac, answer.of.mac, MAC_LEN);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
    command.of.mac.mac[7] ^= 1;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
}

static void check_cmac(const json_t *row)
{
    struct hsm_key key = key_of(KEY_MAK, KEY_AES_128, KEY_MAC_CMAC, input(row, "key"));
    char mac[17] = {0};
    uint8_t whole[16];

    if (strlen(input(row, "message")) > 0) {
        memcpy(mac, expected(row, NULL), 16);
        check_mac(&key, input(row, "message"), mac);
        return;
    }
    assert_true(soft_mac_run(soft_key_mac(&soft->library, opened(&key)), bytes_over(NULL, 0), whole,
                             sizeof whole));
    assert_hex(whole, expected(row, NULL));
}

static void test_aes_cmac(void **state)
{
    (void)state;
    each("aes-cmac", 3, check_cmac);
}

/* A MAC whose source writes it as the characters of field 64, not as their bytes. */
static void check_text_mac(const struct hsm_key *key, const json_t *row, const char *name)
{
    char mac[2 * MAC_LEN + 1] = {0};

    bytes_to_hex((const uint8_t *)expected(row, name), MAC_LEN, mac);
    check_mac(key, input(row, "mab"), mac);
}

/* One source gives the folded message only; a message that is its own fold has the same MAC. */
static void check_cup_ecb(const json_t *row)
{
    struct hsm_key key = key_of(KEY_MAK, KEY_TDES_2, KEY_MAC_CUP_ECB, input(row, "mak"));

    if (has(row, "inputs", "xor8"))
        check_mac(&key, input(row, "xor8"), expected(row, NULL));
    else
        check_text_mac(&key, row, "field64_ascii");
}

static void test_cup_ecb_mac(void **state)
{
    (void)state;
    each("cup-ecb-mac", 2, check_cup_ecb);
}

static void check_cup_sm4(const json_t *row)
{
    struct hsm_key key = key_of(KEY_MAK, KEY_SM4, KEY_MAC_CUP_SM4, input(row, "mak"));

    check_text_mac(&key, row, "first8_hexchars");
}

static void test_cup_sm4_mac(void **state)
{
    (void)state;
    each("cup-sm4-mac", 1, check_cup_sm4);
}

static void check_translate(const json_t *row)
{
    struct hsm_command command = {.kind = HSM_PIN_TRANSLATE};

    command.of.pin_translate.from =
        key_of(KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0, input(row, "pik_in"));
    command.of.pin_translate.to = key_of(KEY_ZPK, KEY_TDES_2, KEY_PIN_ISO_0, input(row, "pik_out"));
    command.of.pin_translate.pan = pan_of(input(row, "pan"));
    command.of.pin_translate.block.len =
        (uint8_t)hex(input(row, "block_in"), command.of.pin_translate.block.at, PINBLOCK_LEN_MAX);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_hex(answer.of.block.at, expected(row, NULL));
}

static void test_pin_translate(void **state)
{
    (void)state;
    each("pin-translate", 1, check_translate);
}

static void check_x9_19(const json_t *row)
{
    char digits[33] = {0};
    bool pad_2 =
        json_integer_value(json_object_get(json_object_get(row, "inputs"), "padding")) == 2;

    memcpy(digits, input(row, "key1"), 16);
    memcpy(digits + 16, input(row, "key2"), 16);
    struct hsm_key key =
        key_of(KEY_MAK, KEY_TDES_2, pad_2 ? KEY_MAC_X9_19_PAD_2 : KEY_MAC_X9_19, digits);
    check_mac(&key, input(row, "data"), expected(row, NULL));
}

static void test_x9_19_mac(void **state)
{
    (void)state;
    each("x9.19-retail-mac", 2, check_x9_19);
}

static void check_alg_1(const json_t *row)
{
    bool pad_2 =
        json_integer_value(json_object_get(json_object_get(row, "inputs"), "padding")) == 2;
    struct hsm_key key =
        key_of(KEY_MAK, KEY_TDES_2, pad_2 ? KEY_MAC_X9_9_PAD_2 : KEY_MAC_X9_9, input(row, "key"));

    check_mac(&key, input(row, "data"), expected(row, NULL));
}

static void test_cbc_mac(void **state)
{
    (void)state;
    each("iso9797-alg1", 2, check_alg_1);
}

static void check_sm4(const json_t *row)
{
    struct secret key = secret_of(input(row, "key"));
    const char *iv = json_string_value(json_object_get(json_object_get(row, "inputs"), "iv"));
    json_int_t rounds =
        json_integer_value(json_object_get(json_object_get(row, "inputs"), "iterations"));
    uint8_t data[64];
    size_t len = hex(input(row, "plain"), data, sizeof data);
    EVP_CIPHER_CTX *context = soft_context(soft->library.ecb[KEY_SM4], key.at, true);

    if (iv == NULL) {
        for (json_int_t i = 0; i < (rounds == 0 ? 1 : rounds); i++)
            assert_true(soft_blocks(context, data, len, data));
    } else {
        uint8_t chain[16];

        hex(iv, chain, sizeof chain);
        for (size_t at = 0; at < len; at += 16) {
            for (size_t i = 0; i < 16; i++)
                chain[i] ^= data[at + i];
            assert_true(soft_blocks(context, chain, 16, chain));
            memcpy(data + at, chain, 16);
        }
    }
    assert_hex(data, expected(row, NULL));
    EVP_CIPHER_CTX_free(context);
}

static void test_sm4(void **state)
{
    (void)state;
    each("sm4", 3, check_sm4);
}

static void check_pin_0(const json_t *row)
{
    struct secret pin;
    struct pan pan = pan_of(input(row, "pan"));
    uint8_t block[PINBLOCK_0_LEN];
    struct secret back;

    assert_int_equal(secret_from(bytes_of_z(input(row, "pin")), &pin), OK);
    pinblock_0_build(&pin, &pan, block);
    assert_hex(block, expected(row, NULL));
    assert_int_equal(pinblock_0_parse(block, &pan, &back), OK);
    assert_true(secret_equal_ct(&pin, &back));
}

static void test_pin_block_0(void **state)
{
    (void)state;
    each("pinblock-iso0", 5, check_pin_0);
}

static void check_pin_4(const json_t *row)
{
    struct hsm_key key = key_of(KEY_ZPK, KEY_AES_128, KEY_PIN_ISO_4, input(row, "key"));
    struct pan pan = pan_of(input(row, "pan"));
    struct pin_block block = {.len = PINBLOCK_4_LEN};
    struct secret pin;

    hex(input(row, "block"), block.at, sizeof block.at);
    assert_int_equal(soft_pin_open(soft, opened(&key), &pan, &block, &pin), HSM_OK);
    assert_int_equal(pin.len, strlen(expected(row, NULL)));
    assert_memory_equal(pin.at, expected(row, NULL), pin.len);
}

static void test_pin_block_4(void **state)
{
    (void)state;
    each("pinblock-iso4", 2, check_pin_4);
}

static void check_pvv(const json_t *row)
{
    struct hsm_command command = {.kind = HSM_PVV_MAKE};
    enum key_mode mode = (enum key_mode)(KEY_PVKI_1 + (input(row, "pvki")[0] - '1'));

    command.of.pvv_make.pvk = key_of(KEY_PVK, KEY_TDES_2, mode, input(row, "pvk"));
    command.of.pvv_make.pan = pan_of(input(row, "pan"));
    assert_int_equal(secret_from(bytes_of_z(input(row, "pin")), &command.of.pvv_make.pin), OK);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_memory_equal(answer.of.pvv.digits, expected(row, NULL), PVV_LEN);
}

static void test_pvv(void **state)
{
    (void)state;
    each("visa-pvv", 3, check_pvv);
}

static void check_cvv(const json_t *row)
{
    struct hsm_command command = {.kind = HSM_CVV_MAKE};
    const char *kind = input(row, "kind");

    command.of.cvv.cvk = key_of(KEY_CVK, KEY_TDES_2, KEY_MODE_NONE, input(row, "cvk"));
    command.of.cvv.kind = strcmp(kind, "CVV") == 0    ? CVV_STRIPE
                          : strcmp(kind, "CVV2") == 0 ? CVV_PRINTED
                                                      : CVV_CHIP;
    command.of.cvv.pan = pan_of(input(row, "pan"));
    assert_int_equal(expiry_from_digits(input(row, "expiry"), &command.of.cvv.expiry), OK);
    memcpy(command.of.cvv.service_code.digits, input(row, "service_code"), SERVICE_CODE_LEN);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_memory_equal(answer.of.cvv.digits, expected(row, NULL), CVV_LEN);
    command.kind = HSM_CVV_VERIFY;
    command.of.cvv.cvv = answer.of.cvv;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
    command.of.cvv.expiry.year++;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);
}

static void test_cvv(void **state)
{
    (void)state;
    each("cvv", 3, check_cvv);
}

static void check_kcv(const json_t *row)
{
    bool components = has(row, "inputs", "component1");
    const char *kcv = components ? expected(row, "kcv") : expected(row, NULL);
    bool aes = !components && strncmp(input(row, "algorithm"), "AES", 3) == 0;
    struct secret key = secret_of(input(row, components ? "component1" : "key"));
    enum key_algorithm algorithm = !aes ? KEY_TDES_2 : key.len == 32 ? KEY_AES_256 : KEY_AES_128;
    uint8_t found[4];

    if (components) {
        struct secret second = secret_of(input(row, "component2"));

        assert_int_equal(secret_xor(&key, &second), OK);
        assert_hex(key.at, expected(row, "combined"));
        assert_true(soft_check_value(&soft->library, algorithm, &second, found));
        assert_hex(found, expected(row, "kcv2"));
    }
    assert_true(soft_check_value(&soft->library, algorithm, &key, found));
    assert_hex(found, kcv);
}

static void test_check_values(void **state)
{
    (void)state;
    each("kcv", 10, check_kcv);
}

/* What a session key's check value is, for answers that name only that. */
static void assert_check(const struct secret *key, const char *digits)
{
    uint8_t found[4];

    assert_true(soft_check_value(&soft->library, KEY_TDES_2, key, found));
    assert_hex(found, digits);
}

static void icc_of(const json_t *row, enum key_mode option, struct secret *out)
{
    struct hsm_key imk = key_of(KEY_IMK_AC, KEY_TDES_2, option, input(row, "imk"));
    struct pan pan = pan_of(input(row, "pan"));
    uint64_t psn = 0;

    assert_int_equal(bytes_to_number(input(row, "psn"), 2, &psn), OK);
    assert_true(soft_icc_key(soft, opened(&imk), &pan, (uint8_t)psn, out));
    assert_check(out, expected(row, "icc_mk_kcv2"));
}

/* EMV 4.3 Book 2, A1.3.1: the third byte of R becomes F0 in one input and 0F in the other. */
static void session_of(const json_t *row, const struct secret *icc, struct secret *out)
{
    uint8_t inputs[16];

    hex(input(row, "r"), inputs, 8);
    memcpy(inputs + 8, inputs, 8);
    inputs[2] = 0xF0;
    inputs[10] = 0x0F;
    assert_true(soft_session_key(soft, icc, inputs, out));
    assert_check(out, expected(row, "sk_kcv2"));
}

/* The cryptogram over given data with the padding 80. */
static void check_arqc_over(const json_t *row, const struct secret *key)
{
    struct hsm_key mak;
    char digits[33] = {0};

    if (!has(row, "inputs", "data"))
        return;
    bytes_to_hex(key->at, key->len, digits);
    mak = key_of(KEY_MAK, KEY_TDES_2, KEY_MAC_X9_19_PAD_2, digits);
    check_mac(&mak, input(row, "data"), expected(row, "arqc"));
}

static void check_derivation(const json_t *row)
{
    bool by_b = strncmp(json_string_value(json_object_get(row, "id")), "option-b", 8) == 0;
    struct secret icc;
    struct secret session;

    icc_of(row, by_b ? KEY_ICC_OPTION_B : KEY_ICC_OPTION_A, &icc);
    session_of(row, &icc, &session);
    check_arqc_over(row, &session);
}

static void test_emv_derivation(void **state)
{
    (void)state;
    each("emv-key-derivation", 3, check_derivation);
}

static void take(const char **at, uint8_t *out, size_t len)
{
    size_t taken = 0;

    assert_int_equal(bytes_from_hex(*at, 2 * len, out, len, &taken), OK);
    *at += 2 * len;
}

/* Cuts the data of a Visa cryptogram back into the values that it was made of. */
static void values_of(const char *data, bool whole_iad, const char *iad_head,
                      struct chip_values *out)
{
    take(&data, out->amount, 6);
    take(&data, out->other, 6);
    take(&data, out->country, 2);
    take(&data, out->tvr, 5);
    take(&data, out->currency, 2);
    take(&data, out->date, 3);
    take(&data, &out->type, 1);
    take(&data, out->unpredictable, 4);
    take(&data, out->aip, 2);
    take(&data, out->atc, 2);
    out->iad_len = whole_iad ? 0 : (uint8_t)hex(iad_head, out->iad, sizeof out->iad);
    out->iad_len = (uint8_t)(out->iad_len +
                             hex(data, out->iad + out->iad_len, sizeof out->iad - out->iad_len));
}

static void check_visa(const json_t *row, bool is_18)
{
    struct hsm_command command = {.kind = HSM_ARQC_VERIFY};
    struct hsm_key imk = key_of(KEY_IMK_AC, KEY_TDES_2, KEY_ICC_OPTION_A, input(row, "imk"));

    command.of.arqc_verify.imk = imk;
    command.of.arqc_verify.pan = pan_of(input(row, "pan"));
    values_of(input(row, "data"), is_18, "06010A", &command.of.arqc_verify.values);
    hex(expected(row, "arqc"), command.of.arqc_verify.ac, CHIP_AC_LEN);
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_OK);
    command.of.arqc_verify.values.amount[5] ^= 1;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_WRONG);

    struct hsm_command arpc = {.kind = HSM_ARPC_MAKE};
    arpc.of.arpc.key = imk;
    arpc.of.arpc.pan = pan_of(input(row, "pan"));
    arpc.of.arpc.cvn = is_18 ? CHIP_CVN_18 : CHIP_CVN_10;
    memcpy(arpc.of.arpc.atc, command.of.arqc_verify.values.atc, 2);
    memcpy(arpc.of.arpc.ac, command.of.arqc_verify.ac, CHIP_AC_LEN);
    if (!is_18)
        hex(input(row, "arpc_rc"), (uint8_t *)arpc.of.arpc.arc, 2);
    struct hsm_answer answer = hsm_ask(&hsm, &arpc);
    assert_int_equal(answer.result, HSM_OK);
    assert_hex(answer.of.auth.at, expected(row, "arpc"));
    assert_int_equal(answer.of.auth.len, is_18 ? 8 : 10);
}

static void check_arpc_2(const json_t *row)
{
    struct secret key = secret_of(input(row, "sk_ac"));
    uint8_t arqc[CHIP_AC_LEN];
    uint8_t update[12];
    uint8_t arpc[4];
    size_t len = hex(input(row, "csu"), update, sizeof update);

    hex(input(row, "arqc"), arqc, sizeof arqc);
    if (has(row, "inputs", "prop_auth_data"))
        len += hex(input(row, "prop_auth_data"), update + len, sizeof update - len);
    assert_true(soft_arpc_2(soft, &key, arqc, bytes_over(update, len), arpc));
    assert_hex(arpc, expected(row, NULL));
}

static void check_common_session(const json_t *row)
{
    struct secret icc;
    struct secret session;
    uint8_t arqc[CHIP_AC_LEN];
    uint8_t arc[2];
    uint8_t arpc[8];

    icc_of(row, KEY_ICC_OPTION_A, &icc);
    session_of(row, &icc, &session);
    check_arqc_over(row, &session);
    hex(expected(row, "arqc"), arqc, sizeof arqc);
    hex(input(row, "arpc_rc"), arc, sizeof arc);
    assert_true(soft_arpc_1(soft, &icc, arqc, arc, arpc));
    assert_hex(arpc, expected(row, "arpc_method1_icc_mk"));
}

static void check_pboc(const json_t *row)
{
    struct hsm_command command = {.kind = HSM_AC_MAKE};
    struct chip_values *values = &command.of.ac_make.values;
    struct secret icc = secret_of(input(row, "icc_mk"));
    struct secret session;
    uint8_t inputs[16];

    command.of.ac_make.key = key_of(KEY_ICC_AC, KEY_TDES_2, KEY_MODE_NONE, input(row, "icc_mk"));
    hex(input(row, "amount"), values->amount, 6);
    hex(input(row, "other"), values->other, 6);
    hex(input(row, "country"), values->country, 2);
    hex(input(row, "tvr"), values->tvr, 5);
    hex(input(row, "currency"), values->currency, 2);
    hex(input(row, "date"), values->date, 3);
    hex(input(row, "type"), &values->type, 1);
    hex(input(row, "unpredictable"), values->unpredictable, 4);
    hex(input(row, "aip"), values->aip, 2);
    hex(input(row, "atc"), values->atc, 2);
    values->iad_len = (uint8_t)hex(input(row, "iad"), values->iad, sizeof values->iad);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_hex(answer.of.ac, expected(row, "arqc"));
    chip_session_input(CHIP_SESSION_PBOC, values->atc, inputs);
    assert_true(soft_session_key(soft, &icc, inputs, &session));
    struct secret want = secret_of(expected(row, "sk"));
    key_set_odd_parity(want.at, want.len);
    assert_true(secret_equal_ct(&session, &want));
}

static void check_ac(const json_t *row)
{
    const char *id = json_string_value(json_object_get(row, "id"));

    if (strncmp(id, "visa-cvn", 8) == 0)
        check_visa(row, strcmp(id, "visa-cvn18") == 0);
    else if (strncmp(id, "emv-arpc2", 9) == 0)
        check_arpc_2(row);
    else if (strncmp(id, "pboc", 4) == 0)
        check_pboc(row);
    else
        check_common_session(row);
}

static void test_emv_cryptograms(void **state)
{
    (void)state;
    each("emv-ac", 6, check_ac);
}

static void check_download(const json_t *row)
{
    struct hsm_command command = {.kind = HSM_WORK_KEYS_TAKE};
    struct secret pik = secret_of(expected(row, "pik"));
    struct secret mak = secret_of(expected(row, "mak"));
    struct hsm_key key;

    command.of.work_keys_take.master =
        key_of(KEY_TMK, KEY_TDES_2, KEY_MODE_NONE, input(row, "tmk"));
    command.of.work_keys_take.pin_mode = KEY_PIN_ISO_0;
    command.of.work_keys_take.mac_mode = KEY_MAC_CUP_ECB;
    command.of.work_keys_take.len =
        (uint8_t)hex(input(row, "field62"), command.of.work_keys_take.download, DOWNLOAD_LEN_MAX);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    assert_int_equal(answer.of.work_keys.count, 2);
    key = hsm_key_of(&answer.of.work_keys.keys[0], &owner);
    assert_true(secret_equal_ct(&opened(&key)->material, &pik));
    assert_hex(opened(&key)->header.check.at, expected(row, "pik_kcv"));
    key = hsm_key_of(&answer.of.work_keys.keys[1], &owner);
    assert_true(secret_equal_ct(&opened(&key)->material, &mak));
    assert_int_equal(opened(&key)->header.algorithm, KEY_DES);
    assert_hex(opened(&key)->header.check.at, expected(row, "mak_kcv"));

    command.of.work_keys_take.download[39] ^= 1;
    answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_WRONG);
    assert_int_equal(answer.key_index, 1);
    assert_hex(answer.found.at, expected(row, "mak_kcv"));
    assert_int_equal(answer.expected.at[3], answer.found.at[3] ^ 1);
}

static void test_key_download(void **state)
{
    (void)state;
    each("key-download", 2, check_download);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes_cmac),
        cmocka_unit_test(test_cup_ecb_mac),
        cmocka_unit_test(test_cup_sm4_mac),
        cmocka_unit_test(test_pin_translate),
        cmocka_unit_test(test_x9_19_mac),
        cmocka_unit_test(test_cbc_mac),
        cmocka_unit_test(test_sm4),
        cmocka_unit_test(test_pin_block_0),
        cmocka_unit_test(test_pin_block_4),
        cmocka_unit_test(test_pvv),
        cmocka_unit_test(test_cvv),
        cmocka_unit_test(test_check_values),
        cmocka_unit_test(test_emv_derivation),
        cmocka_unit_test(test_emv_cryptograms),
        cmocka_unit_test(test_key_download),
    };

    return cmocka_run_group_tests_name("hsm_soft_vectors", tests, open_all, close_all);
}

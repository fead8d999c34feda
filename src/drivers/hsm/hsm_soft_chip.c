#include "drivers/hsm/hsm_soft_chip.h"

#include "base/assert.h"
#include "drivers/hsm/hsm_soft_mac.h"
#include "hsm/verify.h"

#include <string.h>

#define CSU_LEN 4
#define ARC_LEN 2
#define ARPC_1_LEN 8
#define ARPC_2_LEN 4
#define UPDATE_LEN_MAX 12 /* card status update and 8 bytes of proprietary data */

/* E(K1, first) XOR second, through the whole key. The kept chain is CBC under K1 from whatever
 * went before, so it is started anew. */
static bool cvv_block(struct hsm_soft *soft, struct soft_key *cvk, const uint8_t input[static 16],
                      uint8_t out[static 8])
{
    static const uint8_t zeros[8];
    EVP_CIPHER_CTX *left = soft_key_chain(&soft->library, cvk);
    EVP_CIPHER_CTX *whole = soft_key_encrypt(&soft->library, cvk);

    if (left == NULL || whole == NULL || EVP_EncryptInit_ex2(left, NULL, NULL, zeros, NULL) != 1 ||
        !soft_blocks(left, input, 8, out))
        return false;
    for (size_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(out[i] ^ input[8 + i]);
    return soft_blocks(whole, out, 8, out);
}

static enum hsm_result cvv_of(const struct soft_call *call, struct cvv *out)
{
    const struct pan *pan = &call->command->of.cvv.pan;
    struct expiry expiry = call->command->of.cvv.expiry;
    struct service_code code =
        cvv_service_code(call->command->of.cvv.kind, call->command->of.cvv.service_code);
    uint8_t input[16];
    uint8_t block[8];

    if (!soft_pan_is_good(pan) || expiry.year > 99 || expiry.month > 12 ||
        !bytes_are_digits(code.digits, SERVICE_CODE_LEN))
        return HSM_FORMAT;
    cvv_input(pan, expiry, code, input);
    bool good = cvv_block(call->soft, call->keys[0], input, block);
    if (good)
        decimalise(block, out->digits, CVV_LEN);
    bytes_wipe(input, sizeof input);
    bytes_wipe(block, sizeof block);
    return good ? HSM_OK : HSM_DOWN;
}

enum hsm_result soft_cvv_make(const struct soft_call *call)
{
    return cvv_of(call, &call->answer->of.cvv);
}

enum hsm_result soft_cvv_verify(const struct soft_call *call)
{
    struct cvv cvv;
    enum hsm_result result = cvv_of(call, &cvv);

    if (result != HSM_OK)
        return result;
    return bytes_equal_ct((const uint8_t *)cvv.digits,
                          (const uint8_t *)call->command->of.cvv.cvv.digits, CVV_LEN)
               ? HSM_OK
               : HSM_WRONG;
}

/* Option B hashes PAN and sequence number, as BCD with a leading zero where odd, with SHA-1. */
static bool icc_input_b(struct hsm_soft *soft, const struct pan *pan, uint8_t psn,
                        uint8_t out[static 8])
{
    char digits[PAN_DIGITS_MAX + 3];
    uint8_t packed[sizeof digits / 2];
    uint8_t sha1[20];
    size_t odd = pan->len % 2;
    size_t len = odd + pan->len;
    size_t packed_len = 0;

    digits[0] = '0';
    memcpy(digits + odd, pan->digits, pan->len);
    bytes_from_number(psn, digits + len, 2);
    enum err err = bytes_from_hex(digits, len + 2, packed, sizeof packed, &packed_len);
    assert(err == OK);
    const struct bytes parts[2] = {bytes_over(packed, packed_len)};
    bool good = soft_digest(&soft->library, soft->library.sha1, parts, sha1);
    if (good)
        chip_icc_input_b(sha1, out);
    bytes_wipe(digits, sizeof digits);
    bytes_wipe(packed, sizeof packed);
    return good;
}

bool soft_icc_key(struct hsm_soft *soft, struct soft_key *imk, const struct pan *pan, uint8_t psn,
                  struct secret *out)
{
    EVP_CIPHER_CTX *context = soft_key_encrypt(&soft->library, imk);
    uint8_t input[16];
    bool by_b = imk->header.mode == KEY_ICC_OPTION_B && pan->len > 16;

    if (context == NULL || (by_b && !icc_input_b(soft, pan, psn, input)))
        return false;
    if (!by_b)
        chip_icc_input_a(bytes_over(pan->digits, pan->len), psn, input);
    for (size_t i = 0; i < 8; i++)
        input[8 + i] = (uint8_t)~input[i];
    *out = (struct secret){.len = 16};
    bool good = soft_blocks(context, input, sizeof input, out->at);
    key_set_odd_parity(out->at, out->len);
    bytes_wipe(input, sizeof input);
    return good;
}

bool soft_session_key(struct hsm_soft *soft, const struct secret *icc,
                      const uint8_t input[static 16], struct secret *out)
{
    *out = (struct secret){.len = 16};
    bool good = soft_tdes_once(&soft->library, icc, bytes_over(input, 16), out->at);
    key_set_odd_parity(out->at, out->len);
    return good;
}

/* The key that a rule's cryptograms are made with, out of the card's master key. */
static bool ac_key(struct hsm_soft *soft, const struct chip_rule *rule, const struct secret *icc,
                   const uint8_t atc[static 2], struct secret *out)
{
    uint8_t input[16];

    if (rule->session == CHIP_SESSION_NONE) {
        *out = *icc;
        return true;
    }
    chip_session_input(rule->session, atc, input);
    return soft_session_key(soft, icc, input, out);
}

/* The cryptogram over the values, with the card's master key. */
static enum hsm_result ac_of(struct hsm_soft *soft, const struct secret *icc,
                             const struct chip_values *values, uint8_t out[static CHIP_AC_LEN])
{
    const struct chip_rule *rule = NULL;
    struct secret key SECRET_WIPED = {.len = 0};
    uint8_t data[CHIP_AC_DATA_MAX];
    size_t len = 0;

    if (values->iad_len > CHIP_IAD_LEN_MAX)
        return HSM_FORMAT;
    if (chip_iad_rule(bytes_over(values->iad, values->iad_len), &rule) != OK)
        return HSM_FORMAT;
    if (chip_ac_data(rule, values, data, &len) != OK)
        return HSM_FORMAT;
    if (!ac_key(soft, rule, icc, values->atc, &key) ||
        !soft_retail_once(&soft->library, &key, bytes_over(data, len), out))
        return HSM_DOWN;
    return HSM_OK;
}

enum hsm_result soft_arqc_verify(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.arqc_verify.pan;
    struct secret icc SECRET_WIPED = {.len = 0};
    uint8_t ac[CHIP_AC_LEN];

    if (!soft_pan_is_good(pan) || call->command->of.arqc_verify.psn > 99)
        return HSM_FORMAT;
    if (!soft_icc_key(call->soft, call->keys[0], pan, call->command->of.arqc_verify.psn, &icc))
        return HSM_DOWN;
    enum hsm_result result = ac_of(call->soft, &icc, &call->command->of.arqc_verify.values, ac);
    if (result != HSM_OK)
        return result;
    return bytes_equal_ct(ac, call->command->of.arqc_verify.ac, CHIP_AC_LEN) ? HSM_OK : HSM_WRONG;
}

enum hsm_result soft_ac_make(const struct soft_call *call)
{
    return ac_of(call->soft, &call->keys[0]->material, &call->command->of.ac_make.values,
                 call->answer->of.ac);
}

enum hsm_result soft_icc_key_make(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.icc_key.pan;
    struct secret icc SECRET_WIPED = {.len = 0};
    const struct key_wish wish = {
        .usage = KEY_ICC_AC,
        .algorithm = KEY_TDES_2,
        .travel = KEY_TRAVELS,
        .version = call->keys[0]->header.version,
        .owner = call->command->of.icc_key.owner,
    };

    if (!soft_pan_is_good(pan) || call->command->of.icc_key.psn > 99)
        return HSM_FORMAT;
    if (!soft_icc_key(call->soft, call->keys[0], pan, call->command->of.icc_key.psn, &icc))
        return HSM_DOWN;
    return soft_key_new(call->soft, &wish, &icc, &call->answer->of.key);
}

bool soft_arpc_1(struct hsm_soft *soft, const struct secret *key,
                 const uint8_t arqc[static CHIP_AC_LEN], const uint8_t arc[static 2],
                 uint8_t out[static 8])
{
    uint8_t block[8];

    memcpy(block, arqc, sizeof block);
    block[0] = (uint8_t)(block[0] ^ arc[0]);
    block[1] = (uint8_t)(block[1] ^ arc[1]);
    return soft_tdes_once(&soft->library, key, bytes_over(block, sizeof block), out);
}

bool soft_arpc_2(struct hsm_soft *soft, const struct secret *key,
                 const uint8_t arqc[static CHIP_AC_LEN], struct bytes update, uint8_t out[static 4])
{
    uint8_t data[(CHIP_AC_LEN + UPDATE_LEN_MAX + 8) / 8 * 8] = {0};
    uint8_t mac[MAC_LEN];
    size_t len = CHIP_AC_LEN + update.len;

    assert(update.len <= UPDATE_LEN_MAX);
    memcpy(data, arqc, CHIP_AC_LEN);
    memcpy(data + CHIP_AC_LEN, update.at, update.len);
    data[len] = 0x80;
    if (!soft_retail_once(&soft->library, key, bytes_over(data, len / 8 * 8 + 8), mac))
        return false;
    memcpy(out, mac, ARPC_2_LEN);
    return true;
}

/* Tag 91 as the rule has it, with the card's master key. */
static enum hsm_result issuer_auth(const struct soft_call *call, const struct secret *icc,
                                   const uint8_t arc[static ARC_LEN],
                                   const uint8_t csu[static CSU_LEN], struct chip_issuer_auth *out)
{
    const struct chip_rule *rule = chip_rule_of(call->command->of.arpc.cvn);
    const uint8_t *arqc = call->command->of.arpc.ac;
    struct secret key SECRET_WIPED = {.len = 0};
    bool good;

    if (rule == NULL)
        return HSM_FORMAT;
    if (!ac_key(call->soft, rule, icc, call->command->of.arpc.atc, &key))
        return HSM_DOWN;
    *out = (struct chip_issuer_auth){.len = 0};
    if (rule->arpc == CHIP_ARPC_1) {
        good = soft_arpc_1(call->soft, &key, arqc, arc, out->at);
        memcpy(out->at + ARPC_1_LEN, arc, ARC_LEN);
        out->len = ARPC_1_LEN + ARC_LEN;
    } else {
        good = soft_arpc_2(call->soft, &key, arqc, bytes_over(csu, CSU_LEN), out->at);
        memcpy(out->at + ARPC_2_LEN, csu, CSU_LEN);
        out->len = ARPC_2_LEN + CSU_LEN;
    }
    return good ? HSM_OK : HSM_DOWN;
}

enum hsm_result soft_arpc_make(const struct soft_call *call)
{
    const struct pan *pan = &call->command->of.arpc.pan;
    struct secret icc SECRET_WIPED = {.len = 0};

    if (!soft_pan_is_good(pan) || call->command->of.arpc.psn > 99)
        return HSM_FORMAT;
    if (!soft_icc_key(call->soft, call->keys[0], pan, call->command->of.arpc.psn, &icc))
        return HSM_DOWN;
    return issuer_auth(call, &icc, (const uint8_t *)call->command->of.arpc.arc,
                       call->command->of.arpc.csu, &call->answer->of.auth);
}

/* The response code or status update to verify with stands behind the ARPC. */
enum hsm_result soft_arpc_verify(const struct soft_call *call)
{
    const struct chip_issuer_auth *given = &call->command->of.arpc.auth;
    struct chip_issuer_auth auth;

    if (given->len > CHIP_ISSUER_AUTH_MAX)
        return HSM_FORMAT;
    enum hsm_result result = issuer_auth(call, &call->keys[0]->material, given->at + ARPC_1_LEN,
                                         given->at + ARPC_2_LEN, &auth);
    if (result != HSM_OK)
        return result;
    if (given->len != auth.len)
        return HSM_WRONG;
    return bytes_equal_ct(given->at, auth.at, auth.len) ? HSM_OK : HSM_WRONG;
}

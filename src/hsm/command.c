#include "hsm/command.h"

#include "base/assert.h"

struct hsm_answer hsm_ask(const struct hsm *hsm, const struct hsm_command *command)
{
    struct hsm_answer answer = {.result = HSM_DOWN};

    assert(hsm->execute != NULL);
    hsm->execute(hsm->self, command, &answer, 1);
    return answer;
}

static size_t keys_are(const struct hsm_key *first, const struct hsm_key *second,
                       const struct hsm_key *out[static HSM_KEYS_MAX])
{
    out[0] = first;
    out[1] = second;
    return second == NULL ? 1 : 2;
}

size_t hsm_command_keys(const struct hsm_command *command,
                        const struct hsm_key *out[static HSM_KEYS_MAX])
{
    switch (command->kind) {
    case HSM_MAC_MAKE:
    case HSM_MAC_VERIFY:
        return keys_are(&command->of.mac.key, NULL, out);
    case HSM_PIN_ENCRYPT:
        return keys_are(&command->of.pin_encrypt.key, NULL, out);
    case HSM_PIN_TRANSLATE:
        return keys_are(&command->of.pin_translate.from, &command->of.pin_translate.to, out);
    case HSM_PIN_VERIFY:
        return keys_are(&command->of.pin_verify.pin_key, &command->of.pin_verify.pvk, out);
    case HSM_PVV_MAKE:
        return keys_are(&command->of.pvv_make.pvk, NULL, out);
    case HSM_CVV_MAKE:
    case HSM_CVV_VERIFY:
        return keys_are(&command->of.cvv.cvk, NULL, out);
    case HSM_ARQC_VERIFY:
        return keys_are(&command->of.arqc_verify.imk, NULL, out);
    case HSM_ARPC_MAKE:
    case HSM_ARPC_VERIFY:
        return keys_are(&command->of.arpc.key, NULL, out);
    case HSM_ICC_KEY_MAKE:
        return keys_are(&command->of.icc_key.imk, NULL, out);
    case HSM_AC_MAKE:
        return keys_are(&command->of.ac_make.key, NULL, out);
    case HSM_WORK_KEYS_MAKE:
        return keys_are(&command->of.work_keys_make.master, NULL, out);
    case HSM_WORK_KEYS_TAKE:
        return keys_are(&command->of.work_keys_take.master, NULL, out);
    case HSM_KEY_CHECK:
        return keys_are(&command->of.key_check.key, NULL, out);
    case HSM_KEY_WRAP:
        return keys_are(&command->of.key_wrap.key, &command->of.key_wrap.master, out);
    case HSM_KEY_UNWRAP:
        return keys_are(&command->of.key_unwrap.master, NULL, out);
    case HSM_TRACK_ENCRYPT:
    case HSM_TRACK_DECRYPT:
        return keys_are(&command->of.track.key, NULL, out);
    case HSM_PAN_INDEX:
        return keys_are(&command->of.pan_index.key, NULL, out);
    case HSM_PAN_PROTECT:
        return keys_are(&command->of.pan_protect.store, &command->of.pan_protect.index, out);
    case HSM_PAN_OPEN:
        return keys_are(&command->of.pan_open.store, NULL, out);
    case HSM_DIGEST:
    case HSM_SIGNATURE_VERIFY:
    case HSM_KEY_MAKE:
    case HSM_KEY_COMBINE:
    case HSM_PASSWORD_MAKE:
    case HSM_PASSWORD_CHECK:
    case HSM_CARD_STRIPE:
    case HSM_CARD_CHIP:
    case HSM_CARD_FIRST_AC:
    case HSM_CARD_SECOND_AC:
    case HSM_KIND_COUNT:
        break;
    }
    return 0;
}

struct hsm_key hsm_key_of(const struct keyblock *block, const struct key_owner *owner)
{
    return (struct hsm_key){.block = *block, .owner = *owner};
}

void hsm_command_wipe(struct hsm_command *command)
{
    bytes_wipe(command, sizeof *command);
}

void hsm_answer_wipe(struct hsm_answer *answer)
{
    bytes_wipe(answer, sizeof *answer);
}

const char *hsm_kind_name(enum hsm_kind kind)
{
#define ROW_NAME(kind, name, text) [kind] = name,
    static const char *const names[] = {HSM_KIND_TABLE(ROW_NAME)};
#undef ROW_NAME

    assert(kind < HSM_KIND_COUNT);
    return names[kind];
}

const char *hsm_kind_text(enum hsm_kind kind)
{
#define ROW_TEXT(kind, name, text) [kind] = text,
    static const char *const texts[] = {HSM_KIND_TABLE(ROW_TEXT)};
#undef ROW_TEXT

    assert(kind < HSM_KIND_COUNT);
    return texts[kind];
}

const char *hsm_result_text(enum hsm_result result)
{
    static const char *const texts[HSM_RESULT_COUNT] = {
        [HSM_OK] = "good",
        [HSM_WRONG] = "does not verify",
        [HSM_FORMAT] = "the data cannot be worked with",
        [HSM_KEY] = "a key is damaged, unknown here or somebody else's",
        [HSM_NOT_ALLOWED] = "these keys may not be used for this",
        [HSM_DOWN] = "the device does not answer",
    };

    assert(result < HSM_RESULT_COUNT);
    return texts[result];
}

/*
 * The HSM of the switch's world: MACs, tokens and passwords are hashes, key blocks say whose they
 * are. Part of switch_world.h, which includes it behind its struct world.
 */
#ifndef TEST_LIB_SWITCH_HSM_H
#define TEST_LIB_SWITCH_HSM_H

static uint64_t fold(uint64_t hash, const void *at, size_t len)
{
    const uint8_t *bytes = at;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001B3U;
    return hash;
}

static struct keyblock fake_key(enum key_usage usage, uint32_t number, const char *owner)
{
    struct key_header header = {.usage = usage, .version = number, .algorithm = KEY_TDES_2};
    struct keyblock block;

    header.mode = usage == KEY_PIK || usage == KEY_ZPK   ? KEY_PIN_ISO_0
                  : usage == KEY_MAK || usage == KEY_ZAK ? KEY_MAC_CUP_ECB
                                                         : KEY_MODE_NONE;
    if (usage == KEY_PAN_STORE)
        header.algorithm = KEY_AES_256;
    if (usage == KEY_PAN_INDEX)
        header.algorithm = KEY_HMAC_256;
    memset(&block, 0, sizeof block);
    CHECK(key_owner_from(owner, &header.owner) == OK);
    bytes_put_u32(header.check.at, 0xC0DE0000U + number);
    keyblock_put_header(&header, &block);
    block.at[KEYBLOCK_LEN - 1] = (uint8_t)number;
    return block;
}

static void fake_mac(const struct hsm_key *key, struct bytes data, uint8_t out[static MAC_LEN])
{
    uint64_t hash = fold(0xCBF29CE484222325U, key->block.at, sizeof key->block.at);

    hash = fold(hash, key->owner.at, sizeof key->owner.at);
    bytes_put_u64(out, fold(hash, data.at, data.len));
}

static bool owns(const struct hsm_key *key)
{
    struct key_header header;

    return keyblock_header(&key->block, &header) == OK &&
           key_owner_equal(&header.owner, &key->owner);
}

static void fake_hash(const struct pan *pan, struct pan_hash *out)
{
    memset(out, 0, sizeof *out);
    bytes_put_u64(out->at, fold(0x9E3779B97F4A7C15U, pan->digits, pan->len));
    bytes_put_u64(out->at + 8, fold(0xC2B2AE3D27D4EB4FU, pan->digits, pan->len));
}

static void fake_seal(const struct pan *pan, struct pan_sealed *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < pan->len; i++)
        out->at[i] = (uint8_t)(pan->digits[i] ^ 0x5A);
}

/* A download is its number in every byte; 0xBD is one whose check values are wrong. */
static void fake_keys(struct hsm_answer *answer, uint8_t number, bool is_zone,
                      const struct hsm_key *master)
{
    char owner[KEYBLOCK_OWNER_LEN + 1] = {0};
    size_t len = KEYBLOCK_OWNER_LEN;

    memcpy(owner, master->owner.at, len);
    while (len > 0 && owner[len - 1] == ' ')
        owner[--len] = 0;
    answer->of.work_keys.count = 2;
    answer->of.work_keys.keys[0] = fake_key(is_zone ? KEY_ZPK : KEY_PIK, number, owner);
    answer->of.work_keys.keys[1] = fake_key(is_zone ? KEY_ZAK : KEY_MAK, number + 100U, owner);
    answer->of.work_keys.len = 40;
    memset(answer->of.work_keys.download, number, 40);
}

static void fake_mac_verify(const struct hsm_command *command, struct hsm_answer *answer)
{
    uint8_t mac[MAC_LEN];

    if (!owns(&command->of.mac.key)) {
        answer->result = HSM_KEY;
        return;
    }
    fake_mac(&command->of.mac.key, command->of.mac.data, mac);
    if (memcmp(mac, command->of.mac.mac, sizeof mac) != 0)
        answer->result = HSM_WRONG;
}

static void fake_translate(const struct hsm_command *command, struct hsm_answer *answer)
{
    if (!owns(&command->of.pin_translate.from) || !owns(&command->of.pin_translate.to)) {
        answer->result = HSM_KEY;
        answer->key_index = owns(&command->of.pin_translate.from);
        return;
    }
    if (command->of.pin_translate.block.at[0] == 0xEE) {
        answer->result = HSM_WRONG;
        return;
    }
    answer->of.block = command->of.pin_translate.block;
    answer->of.block.at[0] ^= 0x55;
}

static void fake_password(const struct hsm_command *command, uint8_t out[static PASSWORD_HASH_LEN])
{
    const struct secret *password = &command->of.password.password;

    memset(out, 0, PASSWORD_HASH_LEN);
    bytes_put_u64(out, fold(fold(0xCBF29CE484222325U, command->of.password.salt,
                                 sizeof command->of.password.salt),
                            password->at, password->len));
}

static struct hsm_answer fake_answer(const struct hsm_command *command)
{
    struct hsm_answer answer = {.result = HSM_OK};

    if (world.hsm_is_down || (world.hsm_failure != HSM_OK && world.hsm_fails == command->kind)) {
        answer.result = world.hsm_is_down ? HSM_DOWN : world.hsm_failure;
        return answer;
    }
    if (command->kind == HSM_MAC_VERIFY) {
        fake_mac_verify(command, &answer);
    } else if (command->kind == HSM_PIN_TRANSLATE) {
        fake_translate(command, &answer);
    } else if (command->kind == HSM_PAN_INDEX) {
        fake_hash(&command->of.pan_index.pan, &answer.of.hash);
    } else if (command->kind == HSM_PAN_PROTECT) {
        answer.result = owns(&command->of.pan_protect.store) ? HSM_OK : HSM_KEY;
        fake_hash(&command->of.pan_protect.pan, &answer.of.protected_pan.hash);
        fake_seal(&command->of.pan_protect.pan, &answer.of.protected_pan.sealed);
    } else if (command->kind == HSM_WORK_KEYS_MAKE) {
        answer.result = owns(&command->of.work_keys_make.master) ? HSM_OK : HSM_KEY;
        fake_keys(&answer, (uint8_t)(10 + ++world.keys_made), false,
                  &command->of.work_keys_make.master);
    } else if (command->kind == HSM_WORK_KEYS_TAKE) {
        answer.result = command->of.work_keys_take.download[0] == 0xBD ? HSM_WRONG : HSM_OK;
        fake_keys(&answer, command->of.work_keys_take.download[0], true,
                  &command->of.work_keys_take.master);
    } else if (command->kind == HSM_PASSWORD_MAKE) {
        fake_password(command, answer.of.password);
    } else if (command->kind == HSM_PASSWORD_CHECK) {
        uint8_t hash[PASSWORD_HASH_LEN];

        fake_password(command, hash);
        if (memcmp(hash, command->of.password.hash, sizeof hash) != 0)
            answer.result = HSM_WRONG;
    } else {
        answer.result = HSM_NOT_ALLOWED;
    }
    return answer;
}

#endif

#include "lab/lab_keys.h"

#include "base/assert.h"
#include "base/text.h"

#include <openssl/evp.h>
#include <string.h>

static void digest(struct bytes first, const char *second, const char *third,
                   uint8_t out[static 32])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned len = 0;
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
                EVP_DigestUpdate(context, first.at, first.len) &&
                EVP_DigestUpdate(context, second, strlen(second) + 1) &&
                EVP_DigestUpdate(context, third, strlen(third) + 1) &&
                EVP_DigestFinal_ex(context, out, &len);
    EVP_MD_CTX_free(context);
    assert(good);
}

static void derive(const struct lab_seed *seed, const char *purpose, const char *label,
                   struct secret *out)
{
    out->len = SECRET_LEN_MAX;
    digest(bytes_over(seed->at, sizeof seed->at), purpose, label, out->at);
}

struct lab_seed lab_seed_of(uint64_t number)
{
    uint8_t bytes[8];
    struct lab_seed seed;
    bytes_put_u64(bytes, number);
    digest(bytes_over(bytes, sizeof bytes), "acquit lab", "seed", seed.at);
    return seed;
}

void lab_material(const struct lab_seed *seed, const char *label, struct secret *out)
{
    derive(seed, "key", label, out);
}

void lab_update_key(const struct lab_seed *seed, struct secret *out)
{
    lab_material(seed, "UPDATE", out);
}

void lab_master(const struct lab_seed *seed, const char *party, struct secret *out)
{
    derive(seed, "master", party, out);
}

void lab_key_label(enum key_usage usage, const char *owner, char out[static LAB_KEY_LABEL_LEN])
{
    struct text t = text_over(out, LAB_KEY_LABEL_LEN);
    text_add(&t, key_usage_letters(usage));
    text_add_char(&t, '/');
    text_add(&t, owner);
    assert(!t.cut);
}

enum err lab_key_make(const struct lab_seed *seed, const struct hsm *hsm, const char *label,
                      const struct key_wish *wish, struct keyblock *out)
{
    size_t len = key_algorithm_len(wish->algorithm);
    struct hsm_command command = {.kind = HSM_KEY_COMBINE};
    struct secret *components = command.of.key_combine.components;
    command.of.key_combine.wish = *wish;
    command.of.key_combine.count = 2;
    derive(seed, "component", label, &components[0]);
    lab_material(seed, label, &components[1]);
    enum err err = secret_xor(&components[1], &components[0]);
    assert(err == OK);
    for (int i = 0; i < 2; i++) {
        components[i].len = (uint8_t)len;
        bytes_wipe(components[i].at + len, SECRET_LEN_MAX - len);
    }
    struct hsm_answer answer = hsm_ask(hsm, &command);
    hsm_command_wipe(&command);
    if (answer.result != HSM_OK)
        return ERR_KEY;
    *out = answer.of.key;
    return OK;
}

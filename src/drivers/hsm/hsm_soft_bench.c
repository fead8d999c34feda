/*
 * What the soft HSM costs, each beside the bare cipher work that it cannot do without, measured in
 * the same run: blocks through a kept EVP context.
 */
#include "drivers/hsm/hsm_soft.h"
#include "drivers/hsm/hsm_soft_library.h"
#include "test/lib/bench.h"

#include <stdio.h>
#include <string.h>

#define MESSAGE_LEN 260
#define BATCH_LEN 64 /* commands in one call, as the engine asks */

/* Blocks of one cipher for a limit: `calls` calls of `len` bytes each. */
struct bare {
    EVP_CIPHER_CTX *context;
    size_t calls;
    size_t len;
    uint8_t data[512];
};

static uint64_t run_bare(void *with)
{
    struct bare *bare = with;

    for (size_t i = 0; i < bare->calls; i++) {
        if (!soft_blocks(bare->context, bare->data, bare->len, bare->data))
            return 0;
    }
    return bare->data[0];
}

struct batch {
    struct hsm hsm;
    struct hsm_command commands[BATCH_LEN];
    struct hsm_answer answers[BATCH_LEN];
    size_t failures;
};

static uint64_t run_batch(void *with)
{
    struct batch *batch = with;

    batch->hsm.execute(batch->hsm.self, batch->commands, batch->answers, BATCH_LEN);
    for (size_t i = 0; i < BATCH_LEN; i++)
        batch->failures += batch->answers[i].result != HSM_OK;
    return batch->answers[0].of.mac[0];
}

static struct key_owner owner;
static uint8_t message[MESSAGE_LEN];

static struct hsm_key make_key(const struct hsm *hsm, enum key_usage usage,
                               enum key_algorithm algorithm, enum key_mode mode)
{
    struct hsm_command command = {.kind = HSM_KEY_MAKE};

    command.of.key_make =
        (struct key_wish){.usage = usage, .algorithm = algorithm, .mode = mode, .owner = owner};
    struct hsm_answer answer = hsm_ask(hsm, &command);
    return hsm_key_of(&answer.of.key, &owner);
}

/* Measures one command, asked in batches, against the time of its bare cipher work. */
static size_t measure(const char *name, struct batch *batch, const struct hsm_command *command,
                      double limit, bool quick)
{
    for (size_t i = 0; i < BATCH_LEN; i++)
        batch->commands[i] = *command;
    batch->failures = 0;
    bench_print(name, bench_ns(run_batch, batch, quick) / BATCH_LEN, "ns", limit);
    return batch->failures;
}

static double bare_ns(const EVP_CIPHER *cipher, size_t calls, size_t len, bool quick)
{
    static const uint8_t key[32] = "\x01\x23\x45\x67\x89\xAB\xCD\xEF\xFE\xDC\xBA\x98\x76\x54\x32";
    static struct bare bare;

    bare = (struct bare){.context = soft_context(cipher, key, true), .calls = calls, .len = len};
    double ns = bare.context == NULL ? 0 : bench_ns(run_bare, &bare, quick);
    EVP_CIPHER_CTX_free(bare.context);
    return ns;
}

static size_t measure_pins(struct batch *batch, const struct soft_library *library, bool quick)
{
    struct hsm_command enc = {.kind = HSM_PIN_ENCRYPT};
    struct hsm_command translate = {.kind = HSM_PIN_TRANSLATE};
    struct hsm_key pik = make_key(&batch->hsm, KEY_PIK, KEY_TDES_2, KEY_PIN_ISO_0);

    enc.of.pin_encrypt.key = pik;
    enc.of.pin_encrypt.pan = (struct pan){16, "6228480012341234"};
    enc.of.pin_encrypt.pin = (struct secret){4, "1234"};
    translate.of.pin_translate.from = pik;
    translate.of.pin_translate.to = make_key(&batch->hsm, KEY_ZPK, KEY_TDES_2, KEY_PIN_ISO_0);
    translate.of.pin_translate.pan = enc.of.pin_encrypt.pan;
    translate.of.pin_translate.block = hsm_ask(&batch->hsm, &enc).of.block;
    return measure("hsm.pin-translate", batch, &translate,
                   bare_ns(library->ecb[KEY_TDES_2], 2, 8, quick), quick);
}

static size_t measure_mac(const char *name, struct batch *batch, const struct hsm_key *key,
                          double limit, bool quick)
{
    struct hsm_command command = {.kind = HSM_MAC_MAKE};

    command.of.mac.key = *key;
    command.of.mac.data = bytes_over(message, sizeof message);
    return measure(name, batch, &command, limit, quick);
}

static size_t measure_macs(struct batch *batch, const struct soft_library *library, bool quick)
{
    const struct hsm *hsm = &batch->hsm;
    struct hsm_key cup = make_key(hsm, KEY_MAK, KEY_TDES_2, KEY_MAC_CUP_ECB);
    struct hsm_key x919 = make_key(hsm, KEY_MAK, KEY_TDES_2, KEY_MAC_X9_19);
    struct hsm_key cmac = make_key(hsm, KEY_ZAK, KEY_AES_128, KEY_MAC_CMAC);
    struct hsm_key sm4 = make_key(hsm, KEY_MAK, KEY_SM4, KEY_MAC_CUP_SM4);
    double triple = bare_ns(library->ecb[KEY_TDES_2], 2, 8, quick);
    double single = bare_ns(library->cbc[KEY_DES], 1, 256, quick) +
                    bare_ns(library->ecb[KEY_TDES_2], 1, 8, quick);
    double aes = bare_ns(library->ecb[KEY_AES_128], 17, 16, quick);
    double chinese = bare_ns(library->ecb[KEY_SM4], 2, 16, quick);

    return measure_mac("hsm.mac-cup-ecb-260", batch, &cup, triple, quick) +
           measure_mac("hsm.mac-x9.19-260", batch, &x919, single, quick) +
           measure_mac("hsm.mac-cmac-260", batch, &cmac, aes, quick) +
           measure_mac("hsm.mac-cup-sm4-260", batch, &sm4, chinese, quick);
}

static size_t measure_pan(struct batch *batch, bool quick)
{
    struct hsm_command command = {.kind = HSM_PAN_INDEX};

    command.of.pan_index.key = make_key(&batch->hsm, KEY_PAN_INDEX, KEY_HMAC_256, KEY_MODE_NONE);
    command.of.pan_index.pan = (struct pan){16, "6228480012341234"};
    return measure("hsm.pan-index", batch, &command, 0, quick);
}

int main(int argc, char **argv)
{
    static struct batch batch;
    bool quick = bench_is_quick(argc, argv);
    struct hsm_soft_config config = {.master = {32, "a master key made for this bench"}};
    struct soft_library library;
    struct hsm_soft *soft = NULL;
    size_t failures;

    if (soft_library_open(&library) != OK || hsm_soft_open(&config, &soft) != OK ||
        key_owner_from("BENCH", &owner) != OK)
        return 1;
    batch.hsm = hsm_soft_contract(soft);
    failures = measure_pins(&batch, &library, quick) + measure_macs(&batch, &library, quick) +
               measure_pan(&batch, quick);
    hsm_soft_close(soft);
    soft_library_close(&library);
    if (failures > 0)
        fprintf(stderr, "%zu commands failed\n", failures);
    return failures == 0 ? 0 : 1;
}

/*
 * Any body, read as each mapping: no crash, and what can be written again reads as the same and
 * writes the same bytes.
 */
#include "test/lib/fuzz.h"

#include "txn/profile.h"
#include "wire/builtin.h"

#include <string.h>

#define WALL_US INT64_C(1795341600000000) /* 2026-11-22 */
#define EVIDENCE_TEXT_LEN_MAX 22

static const struct {
    const char *dialect;
    enum txn_mapping mapping;
} links[] = {
    {"cup-pos", MAPPING_CUP_POS},
    {"iso87-ascii", MAPPING_ISO87},
    {"iso87-binary", MAPPING_ISO87},
};

static struct dialect dialects[ARRAY_COUNT(links)];
static struct txn_profile profiles[ARRAY_COUNT(links)];

static void compile(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(links) && profiles[i].dialect == NULL; i++) {
        FUZZ_CHECK(builtin_compile(links[i].dialect, NULL, &dialects[i]) == OK);
        profiles[i] = (struct txn_profile){.mapping = links[i].mapping,
                                           .dialect = &dialects[i],
                                           .acquirer = "48020000",
                                           .tpdu = {0x60, 0, 3, 0, 0},
                                           .header_version = 31,
                                           .currency = CURRENCY_CNY};
    }
}

static void check_fault(const struct txn_fault *fault)
{
    FUZZ_CHECK(fault->expected != NULL && strlen(fault->expected) <= EVIDENCE_TEXT_LEN_MAX);
    FUZZ_CHECK(fault->found != NULL && strlen(fault->found) <= EVIDENCE_TEXT_LEN_MAX);
}

static void check(const struct txn_profile *profile, struct bytes body)
{
    static struct txn_message message;
    static struct txn_message again;
    static uint8_t first[FRAME_BODY_LEN_MAX];
    static uint8_t second[FRAME_BODY_LEN_MAX];
    struct instant wall = {WALL_US};
    struct txn_encoded one;
    struct txn_encoded two;
    struct txn_decoded decoded;

    if (txn_decode(profile, body, wall, &message, &decoded) != OK) {
        check_fault(&decoded.fault);
        return;
    }
    struct bytes mab = decoded.mab;
    FUZZ_CHECK(mab.len == 0 || (mab.at >= body.at && mab.at + mab.len <= body.at + body.len));
    FUZZ_CHECK((mab.len != 0) == message.has_mac);
    if (txn_encode(profile, &message, first, sizeof first, &one) != OK) {
        check_fault(&one.fault);
        return;
    }
    if (message.kind == KIND_NONE)
        return; /* an answer does not repeat all that made the kind unknown */
    FUZZ_CHECK(txn_decode(profile, bytes_over(first, one.len), wall, &again, &decoded) == OK);
    FUZZ_CHECK(again.kind == message.kind && again.function == message.function);
    FUZZ_CHECK(identity_equal(&again.identity, &message.identity));
    FUZZ_CHECK(money_equal(again.amount, message.amount));
    FUZZ_CHECK(again.partial_ok == message.partial_ok && again.is_training == message.is_training);
    FUZZ_CHECK(again.original.batch == message.original.batch);
    FUZZ_CHECK(again.original.trace == message.original.trace);
    FUZZ_CHECK(memcmp(again.original.terminal, message.original.terminal, TERMINAL_ID_LEN) == 0);
    FUZZ_CHECK(memcmp(again.qr_code, message.qr_code, QR_CODE_LEN) == 0);
    FUZZ_CHECK(again.domestic.debit_minor == message.domestic.debit_minor);
    FUZZ_CHECK(again.foreign.credit_count == message.foreign.credit_count);
    FUZZ_CHECK(again.block.len == message.block.len);
    if (profile->mapping == MAPPING_CUP_POS) /* an answer exchanged the addresses */
        memcpy(again.tpdu, message.tpdu, TPDU_LEN);
    FUZZ_CHECK(txn_encode(profile, &again, second, sizeof second, &two) == OK);
    FUZZ_CHECK(one.len == two.len && memcmp(first, second, one.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    compile();
    if (len == 0)
        return 0;
    check(&profiles[data[0] % ARRAY_COUNT(links)], bytes_over(data + 1, len - 1));
    return 0;
}

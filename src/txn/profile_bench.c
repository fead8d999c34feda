/* A chip sale of 19 fields, from the normal form to bytes and back, in both mappings, beside memcpy
 * of the same bytes. */
#include "test/lib/bench.h"

#include "txn/profile.h"
#include "wire/builtin.h"

#include <stdlib.h>
#include <string.h>

#define WALL_US INT64_C(1795341600000000) /* 2026-11-22 */
#define ICC_LEN 120

struct run {
    struct dialect dialect;
    struct txn_profile profile;
    struct txn_message message;
    struct txn_message back;
    struct txn_encoded encoded;
    uint8_t body[FRAME_BODY_LEN_MAX];
    uint8_t copy[FRAME_BODY_LEN_MAX];
};

static void fill(struct txn_message *m)
{
    m->kind = KIND_SALE;
    m->function = FUNCTION_REQUEST;
    m->identity.class = IDENTITY_PAYMENT;
    memcpy(m->identity.acquirer, "48020000", 8);
    memcpy(m->identity.terminal, "T1      ", TERMINAL_ID_LEN);
    m->identity.batch = 7;
    m->identity.trace = 42;
    memcpy(m->merchant, "898440153113507", MERCHANT_ID_LEN);
    memcpy(m->issuer, "03080000", 8);
    m->pan.len = 19;
    memset(m->pan.digits, '6', 19);
    memcpy(m->track2, "6666666666666666666=2712201000000000", 36);
    m->track2_len = 36;
    m->expiry = 2712;
    m->entry = ENTRY_CHIP;
    m->pin_entered = true;
    m->sequence = 1;
    m->pin_block_len = 8;
    memset(m->icc, 0x5F, ICC_LEN);
    m->icc_len = ICC_LEN;
    m->amount = money_of(12850, CURRENCY_CNY);
    m->sent.us = WALL_US;
    m->has_mac = true;
}

static uint64_t run_memcpy(void *with)
{
    struct run *run = with;

    memcpy(run->copy, run->body, run->encoded.len);
    __asm__ volatile("" : : "r"(run->copy) : "memory"); /* the copy is looked at */
    return run->copy[0];
}

static uint64_t run_encode(void *with)
{
    struct run *run = with;

    if (txn_encode(&run->profile, &run->message, run->body, sizeof run->body, &run->encoded) != OK)
        abort();
    return run->encoded.len;
}

static uint64_t run_decode(void *with)
{
    struct run *run = with;
    struct txn_decoded decoded;

    if (txn_decode(&run->profile, bytes_over(run->body, run->encoded.len),
                   (struct instant){WALL_US}, &run->back, &decoded) != OK)
        abort();
    return decoded.mab.len;
}

static void measure(const char *dialect, enum txn_mapping mapping, const char *const names[2],
                    bool quick)
{
    static struct run run;

    memset(&run, 0, sizeof run);
    if (builtin_compile(dialect, NULL, &run.dialect) != OK)
        abort();
    run.profile = (struct txn_profile){.mapping = mapping,
                                       .dialect = &run.dialect,
                                       .tpdu = {0x60, 0, 3, 0, 0},
                                       .header_version = 31,
                                       .currency = CURRENCY_CNY};
    fill(&run.message);
    double encode_ns = bench_ns(run_encode, &run, quick);
    double copy_ns = bench_ns(run_memcpy, &run, quick);
    bench_print(names[0], encode_ns, "ns", copy_ns);
    bench_print(names[1], bench_ns(run_decode, &run, quick), "ns", copy_ns);
}

int main(int argc, char **argv)
{
    static const char *const cup[2] = {"txn: cup-pos sale to bytes",
                                       "txn: cup-pos sale from bytes"};
    static const char *const iso[2] = {"txn: iso87 sale to bytes", "txn: iso87 sale from bytes"};
    bool quick = bench_is_quick(argc, argv);

    measure("cup-pos", MAPPING_CUP_POS, cup, quick);
    measure("iso87-ascii", MAPPING_ISO87, iso, quick);
    return 0;
}

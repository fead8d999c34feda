/*
 * The codec on a sale of 22 fields (UnionPay POS, chip and PIN), beside memcpy of the same bytes.
 * Parsing checks every length, digit and character.
 */
#include "test/lib/bench.h"

#include "wire/builtin.h"
#include "wire/iso8583.h"

#include <stdlib.h>
#include <string.h>

struct sale {
    struct dialect dialect;
    struct iso_message message;
    struct iso_view view;
    struct iso_fault fault;
    struct iso_built built;
    uint8_t at[512];
    uint8_t copy[512];
    uint8_t icc[120];
};

static void fill(struct sale *sale)
{
    static const struct {
        unsigned field;
        struct bytes value;
    } values[] = {
        {2, {(const uint8_t *)"6222800000000000003", sizeof "6222800000000000003" - 1}},
        {3, {(const uint8_t *)"000000", sizeof "000000" - 1}},
        {4, {(const uint8_t *)"000000012850", sizeof "000000012850" - 1}},
        {7, {(const uint8_t *)"1122093228", sizeof "1122093228" - 1}},
        {11, {(const uint8_t *)"000123", sizeof "000123" - 1}},
        {12, {(const uint8_t *)"093228", sizeof "093228" - 1}},
        {13, {(const uint8_t *)"1122", sizeof "1122" - 1}},
        {14, {(const uint8_t *)"2912", sizeof "2912" - 1}},
        {18, {(const uint8_t *)"5411", sizeof "5411" - 1}},
        {22, {(const uint8_t *)"051", sizeof "051" - 1}},
        {23, {(const uint8_t *)"001", sizeof "001" - 1}},
        {25, {(const uint8_t *)"00", sizeof "00" - 1}},
        {35,
         {(const uint8_t *)"6222800000000000003=29122010000000",
          sizeof "6222800000000000003=29122010000000" - 1}},
        {37, {(const uint8_t *)"093228000123", sizeof "093228000123" - 1}},
        {41, {(const uint8_t *)"T0000001", sizeof "T0000001" - 1}},
        {42, {(const uint8_t *)"102581083986056", sizeof "102581083986056" - 1}},
        {49, {(const uint8_t *)"156", sizeof "156" - 1}},
        {53, {(const uint8_t *)"2600000000000000", sizeof "2600000000000000" - 1}},
        {60, {(const uint8_t *)"2200000100050", sizeof "2200000100050" - 1}},
    };

    iso_message_init(&sale->message, &sale->dialect, 0x0200);
    for (size_t i = 0; i < ARRAY_COUNT(values); i++)
        iso_set(&sale->message, values[i].field, values[i].value);
    iso_set(&sale->message, 52, bytes_over("\x7D\x6A\x74\x08\xDF\xE2\xE9\xE5", 8));
    iso_set(&sale->message, 55, bytes_over(sale->icc, sizeof sale->icc));
    iso_set_blank(&sale->message, 64);
}

static uint64_t run_memcpy(void *with)
{
    struct sale *sale = with;

    memcpy(sale->copy, sale->at, sale->built.len);
    __asm__ volatile("" : : "r"(sale->copy) : "memory");
    return sale->copy[0];
}

static uint64_t run_parse(void *with)
{
    struct sale *sale = with;
    struct bytes bytes = bytes_over(sale->at, sale->built.len);

    if (iso_parse(&sale->dialect, bytes, &sale->view, &sale->fault) != OK)
        abort();
    return sale->view.spans[64].offset;
}

static uint64_t run_build(void *with)
{
    struct sale *sale = with;

    if (iso_build(&sale->message, sale->at, sizeof sale->at, &sale->built, &sale->fault) != OK)
        abort();
    return sale->built.len;
}

/* As a party does it: the values are set anew each time. */
static uint64_t run_set_and_build(void *with)
{
    fill(with);
    return run_build(with);
}

int main(int argc, char **argv)
{
    static struct sale sale;
    bool quick = bench_is_quick(argc, argv);

    if (builtin_compile("cup-pos", NULL, &sale.dialect) != OK)
        return 1;
    fill(&sale);
    run_build(&sale);
    double copy_ns = bench_ns(run_memcpy, &sale, quick);
    bench_print("wire: parse a sale of 22 fields", bench_ns(run_parse, &sale, quick), "ns",
                copy_ns);
    bench_print("wire: build a sale of 22 fields", bench_ns(run_build, &sale, quick), "ns",
                copy_ns);
    bench_print("wire: set and build a sale", bench_ns(run_set_and_build, &sale, quick), "ns",
                copy_ns);
    return 0;
}

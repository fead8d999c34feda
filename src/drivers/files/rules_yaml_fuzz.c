/* Rules files: refused with a place and words, or good enough to be packed, taken by the switch and
 * judged by. */
#include "test/lib/fuzz.h"

#include "drivers/files/rules_yaml.h"
#include "risk/judge.h"

#include <string.h>

static void judge(const struct rule_set *set)
{
    struct merchant_row merchant;
    struct card_activity_row card;
    struct risk_payment payment = {.at = {1795341600000000},
                                   .date = 20261122,
                                   .utc_offset_s = 8 * 3600,
                                   .amount = money_of(1, set->head->currency),
                                   .bin_len = RISK_BIN_DIGITS,
                                   .merchant = &merchant};
    struct risk_known known = {.card = &card};

    memset(&merchant, 0, sizeof merchant);
    memset(&card, 0, sizeof card);
    memcpy(payment.bin, "62000001", sizeof payment.bin);
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        payment.kind = (enum txn_kind)kind;
        struct risk_finding finding = judge_payment(set, &payment, &known);
        FUZZ_CHECK(outcome_is_known(finding.outcome));
        FUZZ_CHECK((finding.rule != NULL) == (finding.outcome != OUTCOME_NONE));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct rule_part_row parts[RULE_PARTS_MAX];
    static struct rules_file file;
    struct yaml_fault fault;
    struct rules_row head = {0};
    struct rule_set set = {.head = &head};
    enum err err = rules_yaml_parse(bytes_over(data, len), 8 * 3600, &file, &fault);

    if (err == ERR_CONFIG)
        FUZZ_CHECK(fault.line > 0 && fault.column > 0 && fault.what[0] != 0);
    if (err != OK)
        return 0;
    head.threshold = file.threshold;
    head.currency = file.currency;
    rules_pack(file.rules, file.count, NULL, &head, parts);
    FUZZ_CHECK(rules_head_fault(&head) == NULL);
    for (size_t i = 0; i < head.part_count; i++) {
        FUZZ_CHECK(rules_part_fault(&parts[i]) == NULL);
        set.parts[i] = &parts[i];
    }
    FUZZ_CHECK(rules_are_whole(&set));
    judge(&set);
    return 0;
}

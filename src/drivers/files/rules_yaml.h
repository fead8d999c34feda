/*
 * A rules file: limits and risk at the acquirer as people write them, read into packed rules.
 *
 *     threshold: 100
 *     rules:
 *       - {name: twice-a-day, check: count-most, per: card-at-merchant, each: day, count: 2,
 *          merchant: [M3, M4]}
 *
 * docs/rules.md lists every key. The first mistake ends the reading and is told with line, column
 * and what was expected; nothing of such a file is used. A rule that lists several merchants,
 * terminals, categories or ranges becomes one packed rule for each, under the same name.
 */
#ifndef DRIVERS_RULES_YAML_H
#define DRIVERS_RULES_YAML_H

#include "drivers/files/yaml_tree.h"
#include "risk/rules.h"

struct rules_file {
    uint16_t currency;
    uint16_t threshold;
    uint16_t named; /* rules as written */
    uint16_t count; /* packed */
    struct rule rules[RULES_MAX];
    size_t lines[RULES_MAX]; /* where each was written */
};

/* Dates and times in the file are local, at the offset. ERR_CONFIG with a place in *fault, ERR_FULL
 * for a file that is too long; out is whatever then. */
MUST_USE enum err rules_yaml_parse(struct bytes text, int32_t utc_offset_s, struct rules_file *out,
                                   struct yaml_fault *fault);

#endif

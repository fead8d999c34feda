/* Rules of limits and risk as JSON for people and scripts: one rule, all in force, a refusal, and
 * what a dry run found. */
#ifndef APP_RULES_JSON_H
#define APP_RULES_JSON_H

#include "app/desk/rules_replay.h"

#include <jansson.h>

/* {"name", "check", "what_zh", "what_en", "limits", "scope", "score", "cause"}: limits and scope
 * are as the file says them, "per card, each day, count 2". */
json_t *rule_json(const struct rule *rule, uint16_t currency, int32_t utc_offset_s);

/* {"version", "loaded", "threshold", "count", "rules": [...]}; version 0 without rules. */
json_t *rules_json(const struct rule_set *set, int32_t utc_offset_s);

/* [{"name", "zh", "en", "value"}] of a refusal. */
json_t *rules_evidence_json(const struct evidence list[static EVIDENCE_MAX]);

/* {"day", "payments", "now-refused", "now-passes", "other-cause", "changes": [...], "six_digits"};
 * six_digits: some rule's range is longer than what is known of cards. */
json_t *rules_replay_json(const struct replay *replay);

/* The business date that "today", "yesterday" or "20261122" names; 0 when it names none. */
uint32_t rules_day(const char *text, struct instant now, int32_t utc_offset_s);

#endif

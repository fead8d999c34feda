/*
 * From what the processes of a data folder say of themselves (verbs checkup and keys) to facts, and
 * these to office/diagnosis. Nothing here asks anybody.
 */
#ifndef APP_DOCTOR_FACTS_H
#define APP_DOCTOR_FACTS_H

#include "app/world/config.h"
#include "office/diagnosis.h"

#include <jansson.h>

struct doctor_facts {
    const struct config *config;
    /* Of all processes: what checkup says, and beside it "clock_us", how far the process's clock is
     * ahead of ours, and "keys", what the verb keys lists. */
    const json_t *parties;
    const struct diagnosis_limits *limits;
    struct instant now; /* the wall clock of the parties, for days and ages */
};

/* The party's object by name, or NULL when no process that answers has it. */
const json_t *doctor_party(const json_t *parties, const char *name);

/* Keys only: they may change between two questions, so they can be asked for again. */
void doctor_judge_keys(const struct doctor_facts *facts, struct diagnosis *out);

/* Everything else that the processes say. */
void doctor_judge(const struct doctor_facts *facts, struct diagnosis *out);

#endif

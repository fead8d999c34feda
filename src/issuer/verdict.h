/*
 * What a rule says of a message, and the values that explain a refusal, as all rules put them.
 */
#ifndef ISSUER_VERDICT_H
#define ISSUER_VERDICT_H

#include "issuer/issue.h"

enum verdict {
    PASS,
    REFUSE,
    BROKEN, /* cannot be judged: evidence names the component */
};

/* BROKEN, with the component as evidence. */
enum verdict verdict_broken(struct evidence *out, const char *component);

void verdict_add_money(struct evidence *out, enum evidence_name name, int64_t minor,
                       uint16_t currency);

/* A time at the issuer's offset. Nothing is added for time 0. */
void verdict_add_time(struct evidence *out, const struct issue *issue, enum evidence_name name,
                      struct instant at);

/* When the issuer's next day begins: EVIDENCE_RESETS. */
void verdict_add_midnight(struct evidence *out, const struct issue *issue);

#endif

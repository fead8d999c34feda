/*
 * What an audit found in the books of one party: made inside a job of a running party, or by
 * whoever has opened an idle store; as JSON between the two and for scripts.
 */
#ifndef APP_AUDIT_REPORT_H
#define APP_AUDIT_REPORT_H

#include "app/world/party_store.h"
#include "books/audit.h"
#include "drivers/hsm/hsm_soft.h"

#include <jansson.h>

#define AUDIT_SUMS_MAX 64 /* settlement accounts: one for each issuer or acquirer */

/* The sum of a settlement account's entries: issuer's receivable or acquirer's settlement. */
struct audit_sum {
    uint64_t account;
    int64_t minor;
};

struct audit_report {
    char name[PARTY_NAME_LEN];
    enum party party;
    uint16_t currency;
    uint64_t account; /* the party's own number in the books of others (account_of_text) */
    uint64_t head;    /* records in the journals of all nodes when the audit ended */
    uint64_t pending; /* payments that the party still works on */
    struct audit_result result;
    int64_t totals[ACCOUNT_KIND_COUNT]; /* of all entries by kind; together zero */
    struct audit_sum sums[AUDIT_SUMS_MAX];
    size_t sum_count;
    enum err err; /* not OK: the store could not be read */
};

/* Audits a store whose party's name stands in *report. quick: only head and pending. */
void audit_report_make(const struct store *store, const struct hsm *hsm, bool quick,
                       struct audit_report *report);

bool audit_report_is_good(const struct audit_report *report);

json_t *audit_report_json(const struct audit_report *report);

/* What is wrong, in words, with the record and the row that it is about. */
void audit_report_add_fault(const struct audit_report *report, struct text *t);

/* An HSM that only hashes, for auditing idle stores: no key is ever made under it. */
MUST_USE enum err audit_hashing_open(struct hsm_soft **out);

#endif

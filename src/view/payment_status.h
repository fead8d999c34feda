/*
 * The answer to "what became of this payment": the state that books/payment_state.h takes from a
 * party's row, where the money is, who decided, whether the cashier may charge again, and what
 * happens by itself and when. One struct for every party and every face: command, control socket,
 * later HTTP.
 *
 * While a basket may not be charged again the status says since when and what comes next. There is
 * no time at which doubt ends by waiting, so none is promised.
 */
#ifndef VIEW_PAYMENT_STATUS_H
#define VIEW_PAYMENT_STATUS_H

#include "books/party_rows.h"
#include "books/payment_state.h"
#include "explain/explanation.h"

struct payment_status {
    enum payment_state state;
    struct identity identity;
    enum txn_kind kind; /* KIND_NONE when never seen or damaged: what follows is then zero */
    struct money amount;
    enum money_state money; /* with what followed it: a voided sale's is returned */
    enum follow_state follow;
    int64_t returned_minor; /* of it, by refunds */
    char rrn[RRN_LEN];
    char auth_id[AUTH_ID_LEN];
    char code[RESPONSE_CODE_LEN];
    enum outcome cause;
    enum party decided_by;
    struct instant created;
    bool is_final;         /* nothing more happens by itself */
    bool is_safe_to_retry; /* the same basket may be charged anew */
    enum explain_next next;
    struct instant next_at; /* 0: not known */
    uint32_t tries;         /* made so far, of what is repeated */
};

/* row NULL: the party has none under that identity. pending NULL: nothing waits. A row that cannot
 * be read is told as damaged, and nothing may be charged again on it. */
void payment_status_of(const struct identity *identity, const struct payment_row *row,
                       const struct pending_row *pending, struct payment_status *out);

/* There is no row, but its number is of days that were archived: it is not told as never seen. */
void payment_status_archived(struct payment_status *status);

/* There is no row, in books that went back in time: what they lack may have had it. */
void payment_status_lost(struct payment_status *status);

/* At a host: what it has never seen may still come. Only the payment's own terminal can say that it
 * was never asked for. */
void payment_status_at_host(struct payment_status *status);

const char *payment_status_text(enum payment_state state, enum explain_lang lang);

/* May it be charged again, and if not, what comes first. */
const char *payment_status_advice(const struct payment_status *status, enum explain_lang lang);

#endif

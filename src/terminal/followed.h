/*
 * The payment that a follow-up is about: a void's sale, a completion's pre-authorisation. It is
 * found among the terminal's own rows. A follow-up changes of it only what later payments did to
 * it (follow, returned, tip, and what is held), never its own stage or money.
 */
#ifndef TERMINAL_FOLLOWED_H
#define TERMINAL_FOLLOWED_H

#include "terminal/till.h"

struct followed {
    struct row_key key;
    bool is_loaded;
    bool is_known;              /* the row is here and makes sense */
    struct payment_row payment; /* a copy; followed_put makes changes count */
};

/* The identity that a till's words name: this terminal and its present batch where they name no
 * other. Trace 0: none. */
struct identity followed_identity(const struct till *till, const struct original *original);

/* Asks for the row, unless the trace is 0. */
void followed_need(struct node_work *work, const struct identity *identity);
void followed_open(const struct node_work *work, const struct identity *identity,
                   struct followed *out);

/* It was approved, so that it can be followed at all. */
bool followed_is_approved(const struct followed *followed);

/* A follow-up leaves; it is approved; it is refused or its reversal is done. Each is done at most
 * once for a follow-up, and release undoes what was done. */
void followed_reserve(struct followed *followed, const struct payment_row *follow_up);
void followed_grant(struct followed *followed, const struct payment_row *follow_up);
void followed_release(struct followed *followed, const struct payment_row *follow_up);

/* A completion that is voided gives its hold back: the pre-authorisation may be followed again.
 * followed is the completion. The row is asked for once the completion is known. */
void followed_need_hold(struct node_work *work, const struct followed *followed);
void followed_free_hold(struct node_work *work, const struct followed *followed);

/* Puts the row, if there is one; the follow-up's record tells of it. */
void followed_put(struct node_work *work, struct followed *followed);

#endif

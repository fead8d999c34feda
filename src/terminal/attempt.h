/*
 * A payment that a till asks for, and all that is known of it while it is judged: the card as
 * presented, the original that it follows, and the row that it would become.
 */
#ifndef TERMINAL_ATTEMPT_H
#define TERMINAL_ATTEMPT_H

#include "terminal/deal.h"
#include "terminal/entry.h"
#include "terminal/followed.h"

struct attempt {
    struct node_work *work;
    const struct node_command *command;
    enum txn_kind kind;
    struct till till;
    struct entry entry;          /* secrets: attempt_close wipes it */
    struct deal deal;            /* under the identity that it would get */
    struct payment_row *payment; /* &deal.payment */
    struct followed original;
    const struct range_row *range; /* of the card, NULL: none, or not looked up */
};

/* Asks for the rows. */
void attempt_needs(struct node_work *work);

/* False when the terminal's set-up is not here; else close it when done. */
bool attempt_open(struct node_work *work, struct attempt *out);
void attempt_close(struct attempt *attempt);

/* Fills the row as far as the command, the card and the original tell it. */
void attempt_draw_up(struct attempt *attempt);

/* A follow-up may go by the stored card; everything else, and a refund of a payment that this
 * terminal does not know, needs one, or a customer's code. */
bool attempt_reads_card(const struct attempt *attempt);

/* Up to here a tap needs no PIN: what the card's range says, or else the terminal. */
int64_t attempt_tap_limit(const struct attempt *attempt);

/* A PIN was keyed and is sent: not with follow-ups and advices, and not with a tap at or under the
 * limit (UnionPay POS, 6.7). */
bool attempt_has_pin(const struct attempt *attempt);

/* The chip makes a cryptogram: for what is asked of the issuer by itself. */
bool attempt_has_cryptogram(const struct attempt *attempt);

/* The cashier keyed an amount; without one a void is of the whole, a completion or a refund of all
 * that is left. */
bool attempt_names_amount(const struct attempt *attempt);
bool attempt_has_default(const struct attempt *attempt);

/* What the original leaves: of a refund, what is not refunded yet; of others, what stands. */
int64_t attempt_left_minor(const struct attempt *attempt);

#endif

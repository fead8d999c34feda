/*
 * What became of a payment, in the few words that every party, cash register and program is told:
 * the same words at the terminal, the switch and the issuer, out of whichever row that party has.
 */
#ifndef BOOKS_PAYMENT_STATE_H
#define BOOKS_PAYMENT_STATE_H

#include "books/payment_row.h"

enum payment_state {
    PAYMENT_NEVER_SEEN,  /* this party has no record of it */
    PAYMENT_IN_PROGRESS, /* asked for, not answered: nobody here knows yet */
    PAYMENT_ACCEPTED,    /* decided here, to be delivered: it will be charged */
    PAYMENT_APPROVED,
    PAYMENT_REFUSED,
    PAYMENT_BEING_TAKEN_BACK,
    PAYMENT_TAKEN_BACK,
    PAYMENT_DAMAGED,  /* there is a record that cannot be read */
    PAYMENT_ARCHIVED, /* of a day that was archived: its row is in a file, not here */
    PAYMENT_LOST,     /* no record of it, in books that went back in time: it may have been there */
    PAYMENT_STATE_COUNT
};

const char *payment_state_name(enum payment_state state); /* "being-taken-back": stable */

/* row NULL: the party has none. */
enum payment_state payment_state_of(const struct payment_row *row);

/* Nothing more happens by itself. */
bool payment_state_is_final(enum payment_state state);

/* Whether the same basket may be charged anew: only when this payment has not moved the money and
 * never will. It was refused, taken back, voided, lapsed, or never seen. What is in doubt, or on
 * its way back, may not: there is no time at which doubt ends by waiting, only an answer or a
 * confirmed reversal. row NULL: the party has none. */
bool payment_state_is_safe(const struct payment_row *row);

#endif

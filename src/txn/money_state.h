/*
 * Where the money of a payment is, at every party, in every row, with evidence. While it is
 * MONEY_UNKNOWN nobody is told to try again; it leaves that state only by proof or by a confirmed
 * reversal, never by waiting.
 */
#ifndef TXN_MONEY_STATE_H
#define TXN_MONEY_STATE_H

#include <stdbool.h>

enum money_state {
    MONEY_NOT_MOVED, /* no party has posted it */
    MONEY_HELD,      /* reserved at the issuer, not taken */
    MONEY_MOVED,     /* posted once */
    MONEY_RETURNING, /* a durable reversal is on its way; its lane owns it */
    MONEY_RETURNED,  /* posted and taken back, or proven never posted after a reversal */
    MONEY_UNKNOWN,   /* asked for, not answered */
    MONEY_STATE_COUNT
};

/* "not_moved": the stable name, in JSON and rows. */
const char *money_state_name(enum money_state state);

/* Nothing further happens by itself. */
bool money_state_is_final(enum money_state state);

/* May a payment's money go from one state to another? Returned money does not move again, and
 * unknown never becomes not_moved without a party's answer (which the caller must hold). */
bool money_state_may_follow(enum money_state from, enum money_state to);

#endif

/*
 * The people at the tills: customers with cards and PINs, cashiers who sign in, sell, hold and
 * complete, void, refund, add tips, ask for balances, press twice and give up waiting. What they
 * asked for and what they were shown is kept as tickets for the oracles.
 */
#ifndef SIM_SHOPPER_H
#define SIM_SHOPPER_H

#include "node/node.h"

struct universe;

struct ticket {
    uint32_t till;
    enum command_kind kind;
    enum txn_kind transaction; /* COMMAND_PAY */
    uint32_t card;
    enum entry_mode entry;
    struct money amount;
    bool pin_given;
    bool pin_right;
    bool number_right; /* a keyed number as on the card */
    struct moment asked;
    bool is_lost; /* the terminal crashed before it could show anything */
    bool is_shown;
    enum outcome outcome;
    bool has_payment;
    struct payment_row payment; /* as shown */
};

/* All tickets of a run; a ticket's number is its index + 1. */
struct counter {
    struct ticket *tickets;
    size_t count;
    size_t room;
    uint32_t payments_left;
};

struct shopper {
    struct universe *universe;
    uint32_t terminal;
    size_t ticket; /* number of the one that waits for its display; 0: none */
    bool is_signed_in;
    bool has_sold; /* the last sale, after healing, was approved */
};

void shopper_open(struct shopper *till, struct universe *universe, uint32_t terminal);
void counter_close(struct counter *counter);

/* Something happens at the till; notes when the next thing does. */
void shopper_shop(struct shopper *till);

/* A terminal of the station shows something. */
void shopper_show(struct universe *universe, const struct node_display *display);

/* The station crashed: who waited at its tills learns nothing any more. */
void shopper_lose(struct universe *universe, uint32_t station);

#endif

/*
 * The people at the tills: customers with cards and PINs, cashiers who sign in, sell, hold, ask for
 * balances, do something about an earlier payment (aftersale.h), settle, press twice and give up
 * waiting. What they asked for and what they were shown is kept as tickets for the oracles.
 */
#ifndef SIM_SHOPPER_H
#define SIM_SHOPPER_H

#include "node/node.h"

struct universe;

struct ticket {
    uint32_t till;
    uint32_t station; /* that shows the answer */
    enum command_kind kind;
    enum txn_kind transaction; /* COMMAND_PAY */
    size_t follows;            /* the ticket of the payment that it is about; 0: none */
    uint32_t card;
    enum entry_mode entry;
    struct money amount;
    size_t order;   /* a register's: the ticket by which it is named; 0: it has no name */
    bool asks_host; /* COMMAND_QUERY: a peek at what the switch has */
    uint8_t told_state;
    bool is_repeat; /* nothing was done: its order stands already */
    bool pin_given;
    bool pin_right;
    bool number_right; /* a keyed number as on the card, a code as it was given */
    struct moment asked;
    bool is_lost; /* the terminal crashed before it could show anything */
    bool is_shown;
    enum outcome outcome;
    bool has_payment;
    struct payment_row payment; /* as shown */
};

/* A request that left a terminal for an order. */
struct charge {
    size_t order;
    struct identity identity;
};

/* All tickets of a run; a ticket's number is its index + 1. */
struct counter {
    struct ticket *tickets;
    size_t count;
    size_t room;
    uint32_t payments_left;
    struct charge *charges;
    size_t charge_count;
    size_t charge_room;
};

struct shopper {
    struct universe *universe;
    uint32_t terminal;
    uint64_t turn;  /* the newest thing noted to happen at it: earlier ones do not */
    size_t ticket;  /* number of the one that waits for its display; 0: none */
    size_t pressed; /* number of the ticket that paid last; 0: none */
    size_t order;   /* number of the last ticket of the order that its register is at; 0: none */
    size_t code;    /* number of the ticket whose code its customer holds; 0: none */
    size_t dispute; /* number of the ticket that a customer brings from another till; 0: none */
    struct identity sent; /* of the sale that it asks for; trace 0: none has left it */
    bool is_signed_in;
    bool is_logged_in; /* its cashier */
    bool must_settle;  /* the terminal or its host said so */
    bool has_differed; /* the last settlement's totals did: the next one is forced */
    bool has_settled;  /* after healing */
    bool has_sold;     /* after that; the last sale was approved */
};

void shopper_open(struct shopper *till, struct universe *universe, uint32_t terminal);
void counter_close(struct counter *counter);

/* ---- for those who do something at a till ---- */

/* A new ticket of this till's; its number. */
size_t shopper_ticket(struct shopper *till, enum command_kind kind);

/* The command that a ticket is for, with nothing but its terminal. */
void shopper_command(const struct shopper *till, enum command_kind kind, struct node_command *out);

/* Gives the command to the ticket's station; the till waits for what it shows. */
void shopper_give(struct shopper *till, size_t ticket, const struct node_command *command);

/* Any card of those that come by day. */
uint32_t shopper_any_card(struct universe *universe);

/* Notes that something happens at the till then, and nothing before. */
void shopper_note(struct shopper *till, struct moment due);

/* Something happens at the till; notes when the next thing does. */
void shopper_shop(struct shopper *till);

/* A script's person asks: gives the command and keeps a ticket as *asked. Returns its number; it is
 * lost when the terminal is down or has no room. */
size_t shopper_ask(struct shopper *till, const struct ticket *asked,
                   const struct node_command *command);

/* A terminal of the station shows something. */
void shopper_show(struct universe *universe, const struct node_display *display);

/* The station crashed: who waited at its tills learns nothing any more. */
void shopper_lose(struct universe *universe, uint32_t station);

#endif

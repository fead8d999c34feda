/*
 * What people at a till do besides paying: they log in and off, sign off, ask what became of a
 * payment, print its slip again, fetch downloads; and customers have their bank give them a code,
 * by phone as a QR code or by voice, and pay with it, now and then late, twice or misread.
 */
#ifndef SIM_ERRAND_H
#define SIM_ERRAND_H

#include "sim/people/shopper.h"

/* One of the things that need no customer; less than 100 is drawn. */
void errand_run(struct shopper *till, uint64_t chance);

/* Asks, or prints again, one of this till's newest payments. */
void errand_ask_about(struct shopper *till, enum command_kind kind);

/* A cashier logs in. */
void errand_log_in(struct shopper *till);

/* The customer at this till asks his bank for a code. */
void errand_ask_code(struct shopper *till);

/* Fills in a payment by the code that the till's customer was given. */
void errand_take_code(struct shopper *till, struct ticket *ticket, struct node_command *command);

#endif

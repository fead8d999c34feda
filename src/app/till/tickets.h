/*
 * Who waits for the display of a command: numbers that travel with commands into a party and come
 * back with what is to be shown. A number is used once; one that nobody waits for any more shows
 * nothing.
 */
#ifndef APP_TICKETS_H
#define APP_TICKETS_H

#include "node/node.h"

#define TICKETS_MAX 4096 /* commands waiting at once; a power of two */

typedef void ticket_show(void *context, const struct node_display *display);

struct ticket {
    uint64_t number; /* 0: free */
    ticket_show *show;
    void *context;
};

struct tickets {
    uint64_t last;
    uint64_t waiting;
    struct ticket at[TICKETS_MAX];
};

/* A new number; 0 when TICKETS_MAX are waiting. */
uint64_t tickets_new(struct tickets *tickets, ticket_show *show, void *context);

/* Shows to whoever waits; the ticket is used up. */
void tickets_show(struct tickets *tickets, const struct node_display *display);

/* How many wait. */
uint64_t tickets_waiting(const struct tickets *tickets);

/* Waits no longer. */
void tickets_drop(struct tickets *tickets, uint64_t number);

#endif

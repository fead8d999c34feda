/*
 * Orders: a cash register's own references for what it wants to be paid. The same order again is
 * never a second charge: while its payment is in doubt the register is told so, once it is paid it
 * is given that answer again, and only what was refused or taken back is paid anew. A register that
 * lost an answer sends the order again, or asks for it.
 *
 * The newest ORDERS_MAX orders of a terminal are kept. An order whose record, or whose payment's,
 * cannot be read counts as in doubt.
 */
#ifndef TERMINAL_ORDER_H
#define TERMINAL_ORDER_H

#include "terminal/attempt.h"

#define ORDERS_MAX 5000

enum order_state {
    ORDER_NEW,  /* to be paid; also when the command names none */
    ORDER_OPEN, /* its payment is not settled */
    ORDER_PAID,
};

struct row_key order_key(const char terminal[static TERMINAL_ID_LEN],
                         const char order[static ORDER_LEN]);

/* Asks for the rows. */
void order_need(struct node_work *work);

/* How the command's order stands. *first is its payment, NULL when there is none to show. */
enum order_state order_look(const struct attempt *attempt, const struct payment_row **first);

/* The order leads to the attempt's payment from this record on. */
void order_put(const struct attempt *attempt);

#endif

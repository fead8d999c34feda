/*
 * Orders across the tills of a shop. A request may carry the cash register's own reference (field
 * 62, "OR"). While a payment that the switch sent on for an order has not failed for sure (refused,
 * taken back, voided, lapsed), the switch sends on no other of the same merchant and order, from
 * whichever terminal: order.taken, with the first payment and its state as evidence. What a single
 * till does about its own orders stands in terminal/order.h; this holds when a basket is tried at
 * another till, or at one that has lost its memory.
 *
 * Kept are the newest SHOP_ORDERS_KEPT orders of each of SHOP_ORDER_PLACES places of a merchant. An
 * order whose payment cannot be read counts as not failed. A voided payment stays with its order
 * when another is sent on: it stands again if its void is taken back.
 */
#ifndef ACQUIRER_SHOP_ORDER_H
#define ACQUIRER_SHOP_ORDER_H

#include "acquirer/admit.h"

/* Asks for the rows of the request on the desk. */
void shop_order_need(const struct desk *desk);

/* Whether another payment stands in the way; the evidence names it. */
bool shop_order_is_taken(const struct desk *desk, struct verdict *verdict);

/* From this record on the order is that payment's. */
void shop_order_put(const struct desk *desk, const struct payment_row *row);

#endif

/*
 * Which issuer a card belongs to: by the first eight digits of its number, and if the table has no
 * such row, by the first six (ISO/IEC 7812-1:2017 allows both). The table is rows, so a new range
 * works with the next payment.
 */
#ifndef ACQUIRER_ROUTE_H
#define ACQUIRER_ROUTE_H

#include "acquirer/desk.h"

#define BIN_LEN_LONG 8
#define BIN_LEN_SHORT 6

/* The key of a range: its digits as text, 6 or 8 of them. */
struct row_key route_key(const char *digits, size_t len);

/* Asks for the rows that could route the message's card, and once they are there, for the row of
 * the issuer that they name. */
void route_need(const struct desk *desk);

/* The same from a later round of needs on. */
void route_need_late(const struct desk *desk);

/* The row that routes the message's card; NULL while none is loaded. */
const struct route_row *route_find(const struct desk *desk);

#endif

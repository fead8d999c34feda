/*
 * What a cashier keys, as JSON from the control socket, read into a command for a terminal.
 *
 *     {"verb": "sale", "terminal": "T1", "amount": "10.00", "card": "C1", "pin": "1234"}
 *     {"verb": "refund", "amount": "4.00", "trace": "42", "supervisor": "123456"}
 *
 * The verbs are the names of kinds with a payment row (txn/kind_table.h), and signin, signoff,
 * echo, settle, query, login, logoff, operator; fetch, parameters, ca-keys, aids, status-upload:
 * updates and downloads; signature with image (hex of its JBIG). Members: terminal; amount; card
 * with entry, pin, fallback, or number and expiry; code (a customer's QR code); the original's
 * trace, batch, of (terminal), date (MMDD) and rrn; auth (an authorisation code given by voice);
 * supervisor (his password); cashier and password; administrator (his password) and remove, of
 * operator; force; faulty (a list of paper, reader, pin-pad, printer). Everything that is typed
 * comes as text, so that what is wrong with it can be told.
 */
#ifndef APP_TILL_REQUEST_H
#define APP_TILL_REQUEST_H

#include "app/world/config.h"
#include "node/node.h"

#include <jansson.h>

/* Whether there is such a verb. */
bool till_request_is_verb(const char *verb);

/* Fills a zeroed command. NULL, or what is wrong: static text for people. The command holds
 * secrets: the caller wipes it. */
const char *till_request_read(const struct config *config, const json_t *request,
                              struct node_command *out);

/* A cash register's reference for what it wants to be paid, zero-padded. False when it is none. */
bool order_from_text(const char *text, char out[static ORDER_LEN]);

#endif

/*
 * The terminal: reads the card, asks its acquirer's switch, shows the till what came of it, and
 * takes back by itself whatever it cannot be sure of. One engine may serve many terminals; each
 * has its own rows, keyed by its number.
 *
 * Rows: CONFIG, TERMINAL, TERMINAL_KEYS, PAYMENT, PENDING. Commands: sign in, sign off, echo,
 * sale, balance, cancel, put a row of the set-up. Every command is answered by one display, at
 * once or when the host's answer or the silence after it comes.
 *
 * What holds at all times:
 *   - a payment's reversal is owed, durably, before its request leaves, and only a reply whose MAC
 *     verifies strikes it out;
 *   - while one is owed nothing else is sold, and the money of its payment is unknown or returning;
 *   - no trace number is used twice within a batch.
 */
#ifndef TERMINAL_TERMINAL_H
#define TERMINAL_TERMINAL_H

#include "node/node.h"

extern const struct node_party terminal_party;

#endif

/*
 * The mapping between terminal and switch: UnionPay direct-connect POS. One table, in cup_pos.c,
 * says which field is carried by which message (UnionPay POS terminal specification, 3.2 to 3.4)
 * and what it means. What the fields do not say by themselves:
 *
 *   kind       of payments: DE 3, 25 and 60.1 together; of network messages: 60.3. A way of reading
 *              the card that we do not know (mobile chip, a QR code without A3 in 59), or an
 *              encrypted track (53, position 3), makes the kind KIND_NONE.
 *   identity   DE 41, 60.2 and 11; the acquirer is the link's (profile); a 0400 is of class R and
 *              reuses the payment's trace and batch number. A signature has the payment's own.
 *   2 and 14   are left out of a request by stripe: the track says them, and reading takes them
 *              from there.
 *   22         00x where nobody read a card: a follow-up by what is stored.
 *   37         in voids and refunds the original's, zeros when it is not known.
 *   48         of a settlement 62 digits: domestic, then foreign cards, each 31: debit amount 12
 * and count 3, credit amount 12 and count 3, result 1. 59         A3 the customer's payment code,
 * in what asks for an original or takes it back; A4 the voucher of its payment, in answers and
 * follow-ups. Other elements are ignored. 60         eleven digits in network messages, thirteen in
 * others (with 60.4 and 60.5), fourteen where a part of the amount may be approved (60.6). 61 of
 * the original: 12 digits in voids and queries (batch, trace), 29 in offline sales and tip
 * adjustments (date, mode, institution), 16 in others (date); zeros when none is named. Increments
 * of other terminals have zeros; ours name the hold. In a reversal of a follow-up the payment that
 * is reversed, and read from 60.2 and 11. 62         keys; blocks of downloads and uploads; in
 * follow-ups of an original at another terminal our own "OT" and that terminal's 8 characters,
 * in sales and pre-authorisations our own "OR" and the cash register's order, 1 to 24. 63
 * at sign-in and settlement the operator's number; the scheme in refunds; in answers three texts of
 * 20 bytes of GBK. query      0820 with 60.3 = 901, our own: 61 names the payment; the answer's 39,
 * 37, 38 and 4 are that payment's. With 902 its 60.3 says the state, 910 to 919, or 920 to 929: in
 * doubt at the switch, and what the issuer says. TPDU       a request has the link's own; an answer
 * the request's, destination and source exchanged. header     position 5 is 1 in training, position
 * 6 carries the host's demand in answers.
 */
#ifndef TXN_CUP_POS_H
#define TXN_CUP_POS_H

#include "txn/field.h"

#define CUP_POS_REVERSAL_MTI 0x0400

#endif

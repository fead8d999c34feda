/*
 * The mapping between terminal and switch: UnionPay direct-connect POS. One table, in cup_pos.c,
 * says which field is carried by which message (UnionPay POS terminal specification, 3.2 to 3.4)
 * and what it means. What the fields do not say by themselves:
 *
 *   kind       of payments: DE 3, 25 and 60.1 together; of network messages: 60.3. A way of reading
 *              the card that we do not know (QR code, mobile chip), or an encrypted track (53,
 *              position 3), makes the kind KIND_NONE.
 *   identity   DE 41, 60.2 and 11; the acquirer is the link's (profile); a 0400 is of class R and
 *              reuses the payment's trace and batch number.
 *   2 and 14   are left out of a request by stripe: the track says them, and reading takes them
 *              from there.
 *   60         eleven digits in network messages, thirteen in others (with 60.4 and 60.5).
 *   61         is due only in reversals of voids and completions: not among our kinds.
 *   63         at sign-in the operator's number; in answers three texts of 20 bytes of GBK.
 *   TPDU       a request has the link's own; an answer the request's, destination and source
 *              exchanged.
 *   header     position 6 carries the host's demand in answers.
 */
#ifndef TXN_CUP_POS_H
#define TXN_CUP_POS_H

#include "txn/field.h"

#define CUP_POS_REVERSAL_MTI 0x0400

#endif

/*
 * The mapping between switch and issuer: ISO 8583:1987 (dialect iso87-ascii or iso87-binary).
 * 0200/0210 for payments and inquiries, 0420/0421/0430 for reversals, 0800/0810 for sign-on,
 * sign-off and echo. One table, in iso87.c, says which field is carried by which message. What the
 * dialect leaves open, and we use so:
 *
 *   2    the PAN, always; 35 besides it when a track was read
 *   7    MMDDhhmmss UTC when this message was sent; the year is the one nearest to the receiver's
 *   11   the terminal's trace number, in reversals that of the payment
 *   22   as at the terminal; 80 in positions 1 and 2: a stripe, because the chip failed
 *   32   the acquirer, 100 the issuer
 *   37   the switch's reference number
 *   42   the merchant
 *   48   elements of two characters of tag, three digits of length, and a value:
 *          01  the terminal's identity for the payment, 21 characters by position:
 *                class 1 ('P' payment, 'R' reversal), terminal 8 (as DE 41; spaces in network
 *                messages), batch 6 digits (field 60.2 at the terminal), trace 6 digits (as DE 11)
 *          K1  zone keys in the answer to a sign-on: the download block in hex (ZPK and its check
 *              value, ZAK and its check value)
 *        Example: 01021PT1      000001000042
 *   54   one balance: 00, 02 (available), currency, C or D, 12 digits
 *   61   elements as in 48: C2, the card verification value of a keyed number, 3 digits. Dialects
 *        show nothing of this field in dumps.
 *   70   1 sign-on, 2 sign-off, 301 echo
 *   90   in reversals: 0200, DE 11, DE 7 of the payment (zeros: not kept), the acquirer
 *        right-aligned, zeros
 *   128  the authentication code of payments, inquiries and reversals
 *
 * A switch of others that sends no element 01 is understood, too: then the batch is the month and
 * day of DE 7 (in reversals of DE 90), and a reversal must repeat the payment's trace number in
 * DE 11.
 */
#ifndef TXN_ISO87_H
#define TXN_ISO87_H

#include "txn/field.h"

#define ISO87_REVERSAL_MTI 0x0420
#define ISO87_IDENTITY_TAG 0x3031 /* "01" */
#define ISO87_IDENTITY_LEN 21
#define ISO87_KEYS_TAG 0x4B31 /* "K1" */
#define ISO87_CVV2_TAG 0x4332 /* "C2" */

#endif

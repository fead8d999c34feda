/*
 * The mapping between switch and issuer: ISO 8583:1987 (dialect iso87-ascii or iso87-binary).
 * 0200/0210 for payments and inquiries, 0100/0110 for holds, 0220/0221/0230 for advices,
 * 0420/0421/0430 for reversals of 0100 and 0200, 0800/0810 for sign-on, sign-off and echo,
 * 0820/0830 of our own for status queries. One table, in iso87.c, says which field is carried by
 * which message. What the dialect leaves open,
 * and we use so:
 *
 *   2    the PAN, in what stands for itself and was not made by QR code; 35 besides it when a track
 * was read 7    MMDDhhmmss UTC when this message was sent; the year is the one nearest to the
 * receiver's 11   the terminal's trace number, in reversals that of the payment 22   as at the
 * terminal (00x: no card was read); 80 in positions 1 and 2: a stripe, because the chip failed 32
 * the acquirer, 100 the issuer 37   the switch's reference number 42   the merchant 48   elements
 * of two characters of tag, three digits of length, and a value: 01  the terminal's identity for
 * the payment, 21 characters by position: class 1 ('P' payment, 'R' reversal), terminal 8 (as DE
 * 41; spaces in network messages), batch 6 digits (field 60.2 at the terminal), trace 6 digits (as
 * DE 11) 02  the identity of the original that this one follows, laid out alike, class P 03
 * field 60.1 at the terminal, 2 digits: in follow-ups and advices, and their reversals, because DE
 * 3 and 25 do not tell all kinds apart 04  1: a part of the amount may be approved (answer 10 with
 * the part in DE 4) 05  how the code of an offline sale was given (61.4), 2 digits, and by which
 *                institution (61.5): 0, 8 or 11 digits
 *          06  1: training
 *          07  in network messages how far the sender's journal is, 56 digits: node 2, epoch 10,
 *                sequence 18, the time in ms that it was restored to 15 (zeros: never), 1 when
 *                the other one is behind what it said before, and a check of all that and of DE 7,
 *                FNV-1a, 10
 *          K1  zone keys in the answer to a sign-on: the download block in hex (ZPK and its check
 *              value, ZAK and its check value)
 *        Example: 01021PT1      000001000042, and a refund of it 01021PT1      000002000007
 *        02021PT1      0000010000420300225
 *   54   one balance: 00, 02 (available), currency, C or D, 12 digits
 *   61   elements as in 48, of which dialects show nothing in dumps:
 *          C2  the card verification value of a keyed number, 3 digits, in requests
 *          QR  of a payment by QR code the customer's payment code, in answers and follow-ups the
 *                voucher; at most 20 digits
 *   70   1 sign-on, 2 sign-off, 301 echo; in 0820, which asks what became of the payment of element
 *        01, 902, and in its answer 910 and the state (enum payment_state)
 *   90   in reversals: message type of the payment (0100, 0200), DE 11, DE 7 of the payment
 *        (zeros: not kept), the acquirer right-aligned, zeros. Read in follow-ups that have no
 *        element 02, never written there.
 *   128  the authentication code of payments, inquiries and reversals
 *
 * A switch of others that sends no element 01 is understood, too: then the batch is the month and
 * day of DE 7 (in reversals of DE 90), and a reversal must repeat the payment's trace number in
 * DE 11. Where DE 90 names an original, its batch is the month and day there.
 */
#ifndef TXN_ISO87_H
#define TXN_ISO87_H

#include "txn/field.h"

#define ISO87_REVERSAL_MTI 0x0420
#define ISO87_QUERY_MTI 0x0820
#define ISO87_IDENTITY_TAG 0x3031 /* "01" */
#define ISO87_IDENTITY_LEN 21
#define ISO87_ORIGINAL_TAG 0x3032 /* "02" */
#define ISO87_TYPE_TAG 0x3033     /* "03" */
#define ISO87_PARTIAL_TAG 0x3034  /* "04" */
#define ISO87_VOICE_TAG 0x3035    /* "05" */
#define ISO87_QR_TAG 0x5152       /* "QR" */
#define ISO87_TRAINING_TAG 0x3036 /* "06" */
#define ISO87_MARK_TAG 0x3037     /* "07" */
#define ISO87_MARK_LEN 56
#define ISO87_KEYS_TAG 0x4B31     /* "K1" */
#define ISO87_CVV2_TAG 0x4332     /* "C2" */

#endif

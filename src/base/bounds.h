/*
 * Every limit of the system, with its reason. Static asserts below tie together what must fit
 * into one another, so a changed limit cannot silently break its neighbour.
 */
#ifndef BASE_BOUNDS_H
#define BASE_BOUNDS_H

/* wire */
#define FRAME_BODY_LEN_MAX 4096 /* e-signature uploads near 1 KB are the longest CUP messages */
#define ISO_FIELD_COUNT 129     /* index 0 is unused; primary and secondary bitmap */
#define ICC_LEN_MAX 255         /* DE 55 is b...255 (UnionPay POS, field 55) */

/* card */
#define PAN_DIGITS_MIN 12 /* ISO/IEC 7812-1 */
#define PAN_DIGITS_MAX 19 /* ISO/IEC 7812-1 */
#define TRACK2_LEN_MAX 37 /* ISO/IEC 7813 */
#define PIN_DIGITS_MIN 4  /* ISO 9564-1, 8.1 */
#define PIN_DIGITS_MAX 12

/* engine */
#define BATCH_EVENTS_MAX 256 /* past about 256 a larger group gains nothing on SQLite */
#define ROUNDS_MAX 4         /* load and check repeat: track, BIN, route key, translate */
#define NEEDS_MAX 38         /* rows for one event: rules, their parts and six counters, an order */
#define CHECKS_MAX 8         /* cryptographic questions for one event */
#define SENDS_MAX 4          /* messages from one event: an answer, a forward, two reversals */
#define DEADLINES_MAX 4
#define POSTINGS_MAX 8 /* legs of one event's double entry */
#define EVIDENCE_MAX 5 /* values that explain one outcome: rule, whose, used, limit, resets */

/* books */
#define ROW_KEY_LEN_MAX 32     /* an identity is 26 bytes */
#define ROW_VALUE_LEN_MAX 640  /* the payment row of the acquirer is the largest */
#define PAYMENT_HISTORY_MAX 12 /* journal sequence numbers kept in a payment row */

_Static_assert(SENDS_MAX < NEEDS_MAX, "each message sent is about at least one row");

#endif

/*
 * The switch's answers. An answer to a payment is made from the payment's row, so the first answer
 * and every repeat of it are the same but for the MAC; other answers are made from the message they
 * answer.
 */
#ifndef ACQUIRER_RESPOND_H
#define ACQUIRER_RESPOND_H

#include "acquirer/admit.h"

/* Whether an answer gets a MAC under the terminal's key of now. */
enum respond_seal { RESPOND_PLAIN, RESPOND_SEALED };

/* The recorded answer of a payment to whoever waits for it: the event's own link when the terminal
 * is asking, else the link that the row remembers. */
void respond_payment(const struct desk *desk, const struct payment_row *row);

/* That a payment is still under way (98), to whom respond_payment would answer. */
void respond_under_way(const struct desk *desk, const struct payment_row *row);

/* "Taken back" (00) or a refusal, to the reversal that this event brought; row is NULL when there
 * is none. */
void respond_reversal(const struct desk *desk, enum outcome outcome, const struct payment_row *row,
                      enum respond_seal seal);

/* A refusal of this event's message that no row holds. What the message's sender may compare by
 * itself (the field, the check value) goes along as text. What is no request gets no answer. */
void respond_refusal(const struct desk *desk, const struct verdict *verdict,
                     enum respond_seal seal);

/* The answer to a peek: the state of the payment, NULL for one that was never seen, in the words of
 * books/payment_state.h. The caller may fill in more. */
struct txn_message *respond_peek(const struct desk *desk, const struct payment_row *row,
                                 const char code[static RESPONSE_CODE_LEN]);
/* The answer to this event's query, about the payment in `row`. */
void respond_query(const struct desk *desk, const struct payment_row *row,
                   const char code[static RESPONSE_CODE_LEN]);

/* The answer to a query about what our books may lack: 96, and the remark that says why. It leaves
 * the asker's doubt as it is. */
void respond_lost(const struct desk *desk);

/* "Kept" (00), under a MAC, to this event's signature of the payment on the desk. */
void respond_signature(const struct desk *desk);

/* A good answer to this event's network message, for the caller to fill further. */
struct txn_message *respond_network(const struct desk *desk);

/* Puts an outcome's response code, or 00, into a message. */
void respond_set_code(struct txn_message *message, enum outcome outcome);

/* The retrieval reference number of this event: the node's digit and the number of its journal
 * record, so that the record is found without an index. */
void respond_put_rrn(const struct desk *desk, char out[static RRN_LEN]);

/* The switch's own date and time into a message. */
void respond_set_time(const struct desk *desk, struct txn_message *message);

#endif

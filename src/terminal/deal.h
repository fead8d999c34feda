/*
 * One payment with what it waits for: its PAYMENT row and its PENDING row, both under its
 * identity. A stored row that contradicts itself counts as not there: nothing is decided on it.
 */
#ifndef TERMINAL_DEAL_H
#define TERMINAL_DEAL_H

#include "node/node.h"

struct deal {
    struct row_key payment_key;
    struct row_key pending_key;
    bool is_loaded;             /* both rows have been asked for and are here */
    bool is_known;              /* the payment exists */
    bool is_waited;             /* something is pending */
    struct payment_row payment; /* copies; deal_put and deal_wait make changes count */
    struct pending_row pending;
};

/* The key of the PENDING row of an identity, and of its timer. */
struct row_key deal_pending_key(const struct identity *identity);

/* Asks for both rows. */
void deal_need(struct node_work *work, const struct identity *identity);

void deal_open(const struct node_work *work, const struct identity *identity, struct deal *out);

/* Whether an answer is to this payment: the same kind (or to a query, while one is under way), the
 * same books (training or not), the same amount and card where it carries them. A smaller amount
 * goes with code 10 only, a partial approval. */
bool deal_fits(const struct deal *deal, const struct txn_message *answer);

/* Puts the payment without a record of its own: for one that an event touches beside another. */
void deal_put(struct node_work *work, struct deal *deal);

/* Puts down what the deal waits for, and until when: the engine's timer and the row. */
void deal_wait(struct node_work *work, struct deal *deal, enum pending_kind kind, uint32_t wait_ms);

/* Hands a debt that has waited or been refused for too long to a person: once, in the record of
 * this event, which has been made. The caller has put the deal's rows with deal_wait. */
void deal_hand_over(struct node_work *work, struct deal *deal);

/* The answer of this event does not end what the deal waits for: notes its code in the row. */
void deal_note_code(struct node_work *work, struct deal *deal);

/* Nothing is waited for any more. */
void deal_settle(struct node_work *work, struct deal *deal);

/* In which way an answer does not fit: bits of enum aside_difference; 0: deal_fits. */
unsigned deal_misfit(const struct deal *deal, const struct txn_message *answer);

/* The answer of this event fits nothing that we asked: kept in a row for a person to see, with what
 * differs, and never guessed onto a payment. needs: asks for that row as soon as the deal's are
 * here and it does not fit. */
void deal_need_aside(struct node_work *work, const struct deal *deal);
void deal_keep_aside(struct node_work *work, const struct deal *deal);

/* Rows that contradict each other, and messages of no kind that we know: recorded for a person. */
void deal_set_aside(struct node_work *work);

/* An answer to what is decided already: a record and nothing else. */
void deal_note_late(struct node_work *work, const struct deal *deal);

#endif

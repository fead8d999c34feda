/*
 * COMMAND_TESTIFY at every party: two persons end a doubt. Who says it, whether the debt was handed
 * over, whether the word answers it, and what became of what was said before is judged here, once;
 * what the word does to a payment is its party's business.
 *
 * Of what the next party says afterwards nothing is believed any more: it agrees, which is noted
 * quietly, or it contradicts, which is an alarm and changes nothing.
 */
#ifndef NODE_TESTIFY_H
#define NODE_TESTIFY_H

#include "books/testimony.h"
#include "node/node.h"

/* Whose debt the command is about: the identity in its key, class PAYMENT. False when the command
 * is none of ours. */
bool testify_identity(const struct node_command *command, struct identity *out);

/* Needs and checks beside those of the party, which needs the payment and its PENDING row. */
void testify_needs(struct node_work *work);
void testify_checks(struct node_work *work);

/* A debt as its party has it; NULL for what is not there or cannot be read. */
struct testify_debt {
    const struct payment_row *payment;
    const struct pending_row *pending;
    bool is_terminal;
};

/* Judges the command, puts what is said, records and shows it. Only when it returns
 * TESTIMONY_IS_SETTLED the caller is to go on: to carry out the word of *out, to make the record
 * WHAT_PERSON_SETTLED of the payment, and to show it (persons_show). A contradiction that was
 * looked into and confirmed anew has been carried out before, and returns something else. */
enum testimony_result testify_step(struct node_work *work, const struct testify_debt *debt,
                                   struct testimony_row *out);

/* A message about a payment that may have been settled by persons: needs. */
void testify_need_heard(struct node_work *work, const struct identity *identity);

/* What it says of the payment, as testimony_echo_of takes it. */
enum testify_heard {
    HEARD_NOTHING,     /* it was not settled by persons: the message is dealt with as ever */
    HEARD_AGAIN,       /* nothing new */
    HEARD_AGREES,      /* to be recorded quietly */
    HEARD_CONTRADICTS, /* to be recorded and alarmed, with OUTCOME_DOUBT_CONTRADICTED */
};

enum testify_heard testify_hear(struct node_work *work, const struct identity *identity,
                                enum payment_state told);

/* The testimony about a payment, if it was needed and can be read; else NULL. */
const struct testimony_row *testify_row(const struct node_work *work,
                                        const struct identity *identity);

#endif

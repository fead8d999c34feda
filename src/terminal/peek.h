/*
 * Asking the switch, over the line, what it knows of a payment of this terminal: of any kind, at
 * any time (0820, 60.3 = 902). The answer is shown and not believed further: it ends no doubt.
 * What is in doubt is taken back all the same, because "never seen" may only mean "not yet".
 *
 * One thing it ends: a payment that the switch refused and took upon itself to undo (98, 96 ...) is
 * "returning" here until the switch says, under its MAC, that it has been taken back, or was
 * refused without money having moved.
 */
#ifndef TERMINAL_PEEK_H
#define TERMINAL_PEEK_H

#include "node/node.h"

/* COMMAND_QUERY that asks the host. */
void peek_command_needs(struct node_work *work);
void peek_command(struct node_work *work);

/* Whether a message answers a peek. */
bool peek_is_answer(const struct txn_message *message);

/* EVENT_MESSAGE: it is shown to who asked, if its MAC is good. */
void peek_answer_needs(struct node_work *work);
void peek_answer_checks(struct node_work *work);
void peek_answer(struct node_work *work);

#endif

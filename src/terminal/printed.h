/*
 * Paper. A payment's slip is printed when the payment ends; a copy when somebody asks for one. The
 * till tells the terminal of each copy that left the printer, or that there was no paper. A
 * payment never waits for its paper, and stands without it.
 */
#ifndef TERMINAL_PRINTED_H
#define TERMINAL_PRINTED_H

#include "node/node.h"

/* How many copies a payment begins with: its slip, unless the printer cannot. */
uint8_t printed_at_first(const struct node_command *command);

/* COMMAND_PRINTED: counts a copy of command.original's slip; with the printer at fault, shows
 * terminal.out-of-paper and counts nothing. */
void printed_needs(struct node_work *work);
void printed(struct node_work *work);

#endif

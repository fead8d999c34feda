/*
 * Setting a terminal up: an operator's change of its rows while it runs. What a terminal has
 * counted itself (trace numbers, batch, what it owes) no operator can set back.
 */
#ifndef TERMINAL_OUTFIT_H
#define TERMINAL_OUTFIT_H

#include "node/node.h"

/* COMMAND_PUT_ROW: CONFIG, TERMINAL, OPERATOR and RANGE rows only. */
void outfit_put_needs(struct node_work *work);
void outfit_put(struct node_work *work);

#endif

/*
 * What the terminal has in its drawer: the totals of a batch, counted from approved payments.
 * Debit and credit are as field 48 of a settlement wants them (UnionPay POS, 3.5): a voided sale
 * stays in the debit and its void goes to the credit; a tip adds its difference and no count.
 */
#ifndef TERMINAL_DRAWER_H
#define TERMINAL_DRAWER_H

#include "terminal/till.h"

struct row_key drawer_batch_key(const struct till *till, uint32_t batch);
void drawer_need(struct node_work *work, const struct till *till, uint32_t batch);

/* The batch's row; an empty open one when there is none yet. The row must have been needed. */
struct batch_row drawer_batch(const struct node_work *work, const struct till *till,
                              uint32_t batch);
void drawer_put_batch(struct node_work *work, const struct till *till,
                      const struct batch_row *batch);

/* An approved payment joins the totals of its batch, once. */
void drawer_count(struct node_work *work, const struct till *till,
                  const struct payment_row *payment);

#endif

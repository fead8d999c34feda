/*
 * What an approval adds and its reversal takes away, in the record that says so: the entries, the
 * totals of the terminal's batch, and what the merchant has to refund from.
 *
 * The entries of a payment are its kind's sign times what it posted: the issuer owes us and we owe
 * the merchant for a sale, the other way round for a void. They belong to the business day on which
 * the payment came. A batch counts what is forwarded and not answered as open, and cannot be closed
 * meanwhile. A merchant whose refunds must be covered keeps a row of funds; a refund is taken out
 * of it when it is forwarded, so that two of them cannot spend the same.
 *
 * Counts that a stored row cannot have are left alone, with an alarm.
 */
#ifndef ACQUIRER_LEDGER_H
#define ACQUIRER_LEDGER_H

#include "acquirer/desk.h"

/* Asks for the rows below, as far as the payment is known. */
void ledger_need(const struct desk *desk);

/* The payment is forwarded; row.nets_funds is set here. */
void ledger_open(const struct desk *desk, struct payment_row *row);
/* It is not under way any more, and nothing moved: refused, or given up before an answer. */
void ledger_drop(const struct desk *desk, const struct payment_row *row);
/* It is approved: money is moved or held, posted_minor is how much. */
void ledger_post(const struct desk *desk, const struct payment_row *row);
/* It was approved and its reversal begins. */
void ledger_unpost(const struct desk *desk, const struct payment_row *row);

/* Payments that never came, and were reversed or asked about all the same: each makes a tombstone,
 * so that it never will. No honest terminal loses so many in a batch; past that the whole batch
 * takes no payment that is not known, which says the same of every identity in it, and no more rows
 * are made. */
#define LEDGER_BURIED_MAX 1000

bool ledger_may_bury(const struct desk *desk);
/* Whether a payment that never came is to be buried: there is room, and its batch is one that the
 * terminal was given. Any other takes no payment, so nothing needs to be remembered. The desk has
 * its terminal. */
bool ledger_takes_tombstone(const struct desk *desk);
/* One more tombstone; alarmed when it is the last. */
void ledger_bury(const struct desk *desk);

/* Whether the batch on the desk is one that can be added to and judged. */
bool ledger_batch_is_sound(const struct batch_row *row);
/* A batch as its first payment finds it. */
struct batch_row ledger_new_batch(const struct desk *desk);

/* The merchant's funds; 0 while nothing was counted. */
int64_t ledger_funds_minor(const struct desk *desk);

#endif

/*
 * The people at a terminal (UnionPay POS, 6.8): cashiers 01 to 98 sell, the supervisor 00 confirms
 * voids and refunds and does not sell, the administrator 99 sets the others up. Passwords are kept
 * as salted hashes; after TRIES_MAX wrong ones in a row an operator is locked until he is set anew.
 */
#ifndef TERMINAL_CASHIERS_H
#define TERMINAL_CASHIERS_H

#include "terminal/till.h"

#define OPERATOR_SUPERVISOR 0
#define OPERATOR_ADMINISTRATOR 99

/* Whether a kind wants the supervisor's word: what gives money back. */
bool cashiers_wants_supervisor(enum txn_kind kind);

/* For needs, checks and step: the rows and the question about an operator who gave a password.
 * Nothing is asked when none is given. */
void cashiers_need(struct node_work *work, const struct till *till,
                   const struct till_operator *person);
void cashiers_ask(struct node_work *work, const struct till *till,
                  const struct till_operator *person);

/* Whether it is not him, with evidence why. */
bool cashiers_refuse(const struct node_work *work, const struct till *till,
                     const struct till_operator *person,
                     struct evidence evidence[static EVIDENCE_MAX]);

/* Counts a wrong password, or forgets those before a right one; the event needs a record. */
void cashiers_note(struct node_work *work, const struct till *till,
                   const struct till_operator *person);

/* COMMAND_LOG_IN, COMMAND_LOG_OFF. */
void cashiers_log_needs(struct node_work *work);
void cashiers_log_checks(struct node_work *work);
void cashiers_log_in(struct node_work *work);
void cashiers_log_off(struct node_work *work);

/* COMMAND_PUT_ROW of an operator by a person: command.cashier is who and his new password (empty:
 * he goes), confirmed by the supervisor or the administrator in command.supervisor. */
void cashiers_put_needs(struct node_work *work);
void cashiers_put_checks(struct node_work *work);
void cashiers_put(struct node_work *work);

#endif

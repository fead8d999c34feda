/*
 * The persons who may end doubts at a party, by name and password: rows of TABLE_OPERATOR whose key
 * is the name. A new one is set by whoever may give the party commands, recorded and alarmed; one
 * who is there is changed or taken away by his own password, or by that of another who vouches.
 * After PERSONS_TRIES_MAX wrong passwords in a row a person is locked until he is set anew.
 */
#ifndef NODE_PERSONS_H
#define NODE_PERSONS_H

#include "books/testimony.h"
#include "node/node.h"

#define PERSONS_TRIES_MAX 5
#define PERSONS_PASSWORD_LEN_MIN 8

/* node_command.value of COMMAND_PERSON. */
struct persons_put {
    char person[PERSON_NAME_LEN];
    char voucher[PERSON_NAME_LEN]; /* whose password is given; zeros: nobody's */
};

/* For needs, checks and step: the row of a person, and whether the command's supervisor.password is
 * his. */
void persons_need(struct node_work *work, const char person[static PERSON_NAME_LEN]);
void persons_ask(struct node_work *work, const char person[static PERSON_NAME_LEN]);
/* TESTIMONY_IS_SAME: it is he; else why not. */
enum testimony_result persons_look(const struct node_work *work,
                                   const char person[static PERSON_NAME_LEN]);
/* Counts a wrong password, or forgets those before a right one. True when the row changed: the
 * event needs a record. */
bool persons_note(struct node_work *work, const char person[static PERSON_NAME_LEN]);

/* Shows what came of a COMMAND_TESTIFY or COMMAND_PERSON. */
void persons_show(struct node_work *work, enum testimony_result result,
                  const struct payment_row *payment);

/* COMMAND_PERSON. */
void persons_put_needs(struct node_work *work);
void persons_put_checks(struct node_work *work);
void persons_put_step(struct node_work *work);

#endif

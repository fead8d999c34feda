/*
 * Archiving of business days at a host: what an operator's program asks for when it has written a
 * day's payments into a file and read it back.
 *
 * COMMAND_ARCHIVE puts the proof of the file, or says that all of it that might go has gone: key is
 * that of the proof (books/archive_rows.h), value the row. COMMAND_PURGE removes payments of the
 * file: key as before, value their keys, at most ARCHIVE_PURGE_MAX of one terminal's batch. Whether
 * a payment may go is judged here and now, whatever the program thought before: one that may not
 * stays. Nothing leaves before its proof is there, and both are records of the journal.
 */
#ifndef NODE_ARCHIVE_H
#define NODE_ARCHIVE_H

#include "books/archive_rows.h"
#include "node/node.h"

/* Payments of one event: each with what is pending on it and the parts of its signature. */
#define ARCHIVE_PURGE_MAX 7

bool archive_is_command(const struct node_command *command);

void archive_needs(struct node_work *work);

/* Shows OUTCOME_APPROVED when it is done (also when there was nothing left to do), else why not:
 * OUTCOME_MESSAGE_MALFORMED, or OUTCOME_ORIGINAL_NOT_FOUND without a proof. */
void archive_step(struct node_work *work);

#endif

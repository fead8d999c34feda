/*
 * Archiving of business days at a host: what an operator's program asks for when it has written a
 * day's payments into a file and read it back.
 *
 * COMMAND_ARCHIVE puts the proof of the file, or says that all of it that might go has gone: key is
 * that of the proof (books/archive_rows.h), value the row. COMMAND_PURGE removes payments of the
 * file: key as before, value their keys, at most ARCHIVE_PURGE_MAX of one terminal's batch. Whether
 * a payment may go is judged here and now, whatever the program thought before: one that may not
 * stays. Nothing leaves before its proof is there, and both are records of the journal.
 *
 * The journal itself leaves so, too, but for what the payments that are left are about.
 * COMMAND_CARRY brings forward what stands in a part of it that is archived, so that it stands in
 * what is left: key TABLE_ARCHIVE_JOURNAL, value a list of row keys (table, length, bytes), rows
 * that are not there are passed over; key TABLE_FORWARD, value a struct forward_step, sums of
 * entries. Then COMMAND_ARCHIVE with key TABLE_ARCHIVE_JOURNAL puts the part's proof, value the
 * row. A closed batch of long ago need not be brought forward: COMMAND_PURGE with its key, value
 * its acquirer's id, removes it, or brings it forward when it may not go.
 */
#ifndef NODE_ARCHIVE_H
#define NODE_ARCHIVE_H

#include "books/archive_rows.h"
#include "node/node.h"

/* Payments of one event: each with what is pending on it and the parts of its signature. */
#define ARCHIVE_PURGE_MAX 7

#define ARCHIVE_CARRY_MAX 28 /* rows of one event */

/* What entries from one record up to another come to; the row's key is the command's. */
struct forward_step {
    uint16_t node;
    uint16_t currency;
    uint8_t kind; /* enum account_kind */
    uint8_t pad[3];
    uint64_t account;
    uint64_t from; /* the journal began after it */
    uint64_t to;   /* the last of them: the journal is to begin after it */
    int64_t minor;
};

/* Takes a key off the front of a list; false: there is none, or it is damaged. */
bool archive_take_key(struct bytes *list, struct row_key *out);

/* Adds one; returns how long the list is then. */
size_t archive_add_key(uint8_t *list, size_t len, const struct row_key *key);

bool archive_is_command(const struct node_command *command);

void archive_needs(struct node_work *work);

/* Shows OUTCOME_APPROVED when it is done (also when there was nothing left to do), else why not:
 * OUTCOME_MESSAGE_MALFORMED, or OUTCOME_ORIGINAL_NOT_FOUND without a proof. */
void archive_step(struct node_work *work);

#endif

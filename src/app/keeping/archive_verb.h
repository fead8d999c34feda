/*
 * What a running host does of an archive (docs/retention.md): small pieces of work between two
 * batches of its lane, asked for by `acquit archive`, which writes the files. Whether a payment may
 * leave is judged by the host's own step (node/archive.h).
 */
#ifndef APP_ARCHIVE_VERB_H
#define APP_ARCHIVE_VERB_H

#include "host/control.h"

struct server;

/* {"verb": "archive", "do": "hosts"}: the hosts of this process.
 *
 * The others name one of them, {"party": NAME}:
 *   "look"                    its policy, how much is archived, and the files whose payments have
 *                             not all left
 *   "survey", "from": KEY     some payments from a key on, counted by day and by why they stay;
 *                             which older payments others rest on; the next key
 *   "rows", "from", "dates"   some payments of these days, with all that a file holds of them
 *   "part", "date"            the number that the day's next file gets
 *   "proof", "date", "part", "count", "bytes", "digest", "done"
 *   "purge", "date", "part", "payments": [{"key", "digest"}]    removes some; says how many of the
 *                             list were dealt with
 *   "proofs", "from": KEY     the files of all days
 *   "keep", "days"            sets how long payments are kept
 *   "journals"                of each node: where its journal begins and ends, the newest part of
 *                             it in a file, what archived entries come to
 *   "records", "node", "first"  some records that may leave the journal, and why the next may not
 *   "carry", "keys"           brings rows forward, and removes closed batches of long ago; says how
 *                             many of the list were dealt with
 *   "forward", "node", "after", "to", "sums": [{"kind", "currency", "account", "minor"}]    brings
 *                             sums of entries forward, as many as 16
 *   "journal_part", "node", "first", "sequence", "hash", "bytes", "digest"    puts the proof
 *   "cut", "node"             lets the journal begin after that part; whether more of it is left
 *                             to be removed */
void archive_verb(struct server *server, struct control_call *call, const json_t *request);

#endif

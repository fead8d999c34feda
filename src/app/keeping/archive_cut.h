/*
 * What is left of a journal when its days are archived leaves, too: records go into a file that is
 * read back, every row that stands in them and is still there is brought forward, the file's proof
 * is recorded, and only then does the host's journal begin after it. Every step may be broken off
 * anywhere; the next run goes on.
 */
#ifndef APP_ARCHIVE_CUT_H
#define APP_ARCHIVE_CUT_H

#include "app/keeping/archive_client.h"

/* Cuts the journals of all nodes of the host as far as may be. *out: how many records left. */
MUST_USE enum err archive_cut(struct archive_host *host, uint64_t *out);

struct archive_cut_checked {
    uint32_t files;
    uint64_t records;
};

/* Reads all parts of the host's journals: archive and live journal must be one chain, and what the
 * host says that archived entries come to must be what they come to. */
MUST_USE enum err archive_cut_check(struct archive_host *host, struct archive_cut_checked *out);

#endif

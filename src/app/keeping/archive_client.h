/*
 * Archiving the business days of one running host: surveys what may go, writes the days' files,
 * reads them back, has their proofs recorded, and then has the payments removed. Every step may be
 * broken off anywhere; the next run goes on.
 */
#ifndef APP_ARCHIVE_CLIENT_H
#define APP_ARCHIVE_CLIENT_H

#include "app/keeping/archive_errand.h"
#include "app/world/client.h"
#include "drivers/journal/archive_file.h"

#define ARCHIVE_PATH_ROOM 512

struct archive_host {
    const char *socket;
    char name[ARCHIVE_HOST_LEN];
    char folder[ARCHIVE_PATH_ROOM]; /* DIR/NAME; empty when nothing is to be written */
    struct text *why;
    json_t *look;      /* what the host says of itself */
    json_t *days;      /* of the survey: {"20251122": {"due": 5, "held": 1}} */
    json_t *rests;     /* keys of payments that must stay because others rest on them */
    uint32_t files;    /* of this run */
    uint64_t archived; /* payments in them */
};

/* Asks the host for a piece of work; takes over request. */
MUST_USE enum err archive_ask(struct archive_host *host, json_t *request, json_t **answer);

/* Fills look. */
MUST_USE enum err archive_look(struct archive_host *host);

/* Fills days and rests. */
MUST_USE enum err archive_survey(struct archive_host *host);

/* Whether all payments of a day may go. */
bool archive_day_is_due(const json_t *day);

/* Goes on with files whose payments have not all left. */
MUST_USE enum err archive_resume(struct archive_host *host);

/* Archives all days that are due. */
MUST_USE enum err archive_write(struct archive_host *host);

/* Reads all files of the host and compares them with their proofs; *out: how many. */
MUST_USE enum err archive_check(struct archive_host *host, uint32_t *out);

void archive_host_release(struct archive_host *host);

/* DIR/NAME/DATE-PART.day */
MUST_USE enum err archive_path(const char *folder, uint32_t date, uint16_t part,
                               char out[static ARCHIVE_PATH_ROOM], struct text *why);

#endif

/*
 * The story of a payment that was archived, out of the files of an archive folder alone.
 */
#ifndef APP_ARCHIVE_STORY_H
#define APP_ARCHIVE_STORY_H

#include "app/world/client.h"

struct archive_question {
    const char *dir;
    const char *reader; /* cashier, cardholder, merchant, operator */
    const char *lang;   /* zh, en */
    /* As for the verb "find": {"which": "rrn", "rrn"} or {"which": "payment", "terminal", "trace",
     * "date"}. Borrowed. */
    const json_t *find;
};

/* Which payment is meant, as JSON (released by the caller), of several the newest; NULL, with
 * nothing said, when none of them fits. */
json_t *archive_story_find(const struct archive_question *question);

/* What each host's files say of a payment: an array as story_gather gives it, released by the
 * caller. A file that is damaged is named on standard error, and read as far as it goes. */
json_t *archive_story_gather(const struct archive_question *question, const json_t *identity);

#endif

/*
 * Why a reply matches a request, or does not: what a peer compares, point by point, with the values
 * of both. For people who saw only a time-out although a reply came: the key that it is found by,
 * the framing or the dialect was another.
 *
 * Values are shown as message_view shows them: masked where the dialect says so.
 */
#ifndef VIEW_REPLY_MATCH_H
#define VIEW_REPLY_MATCH_H

#include "view/message_view.h"

#define REPLY_CHECKS_MAX 24
#define REPLY_VALUE_LEN 160

enum reply_verdict {
    REPLY_SAME,
    REPLY_DIFFERS,
    REPLY_LACKS, /* the reply does not carry what it is found by */
};

struct reply_check {
    char name[24]; /* "11", "60.2", "TPDU", "message type", "framing" */
    const char *zh;
    const char *en;
    enum reply_verdict verdict;
    char request[REPLY_VALUE_LEN];
    char reply[REPLY_VALUE_LEN];
    const char *hint; /* what it mostly means; NULL when it matches */
};

/* Compares; returns how many checks there are, in the order in which a peer would stumble. Fields
 * that only one of the two carries are compared only when a reply is found by them. */
size_t reply_match(const struct message_dump *request, const struct message_dump *reply,
                   struct reply_check out[static REPLY_CHECKS_MAX]);

/* The first check that does not match; NULL when the reply is this request's. */
const struct reply_check *reply_mismatch(const struct reply_check *checks, size_t count);

#endif

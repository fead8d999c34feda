/*
 * What a party knows of its payments, boiled down and written to a file for comparing: verb summary
 * writes DATA/NAME.summary. For load tests and drills, at their end.
 */
#ifndef APP_SUMMARY_H
#define APP_SUMMARY_H

#include "host/control.h"
#include "office/agree.h"

struct server;
struct lane;

/* {"verb": "summary"}: answers {"files": [{"name", "path", "count", "pending"}]}. */
void summary_verb(struct server *server, struct control_call *call, const json_t *request);

/* Entries in memory, sorted by identity. */
struct summary_list {
    struct agree_entry *at; /* malloc'd */
    size_t count;
    size_t cap;
    size_t pending; /* rows of TABLE_PENDING but holds: what the party still works on */
};

/* Reads a lane's store; inside a job. False without memory. */
bool summary_collect(struct lane *lane, struct summary_list *out);

/* Reads a file that the verb wrote. */
MUST_USE enum err summary_read(const char *path, struct summary_list *out);

void summary_sort(struct summary_list *list);
void summary_free(struct summary_list *list);

#endif

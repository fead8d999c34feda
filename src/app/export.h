/*
 * What a party knows of its payments, boiled down and written to a file for comparing: verb export
 * writes DATA/NAME.export. For load tests and drills, at their end.
 */
#ifndef APP_EXPORT_H
#define APP_EXPORT_H

#include "host/control.h"
#include "office/agree.h"

struct server;
struct lane;

/* {"verb": "export"}: answers {"files": [{"name", "path", "count", "pending"}]}. */
void export_verb(struct server *server, struct control_call *call, const json_t *request);

/* Entries in memory, sorted by identity. */
struct export_list {
    struct agree_entry *at; /* malloc'd */
    size_t count;
    size_t cap;
    size_t pending; /* rows of TABLE_PENDING: what the party still works on */
};

/* Reads a lane's store; inside a job. False without memory. */
bool export_collect(struct lane *lane, struct export_list *out);

/* Reads a file that the verb wrote. */
MUST_USE enum err export_read(const char *path, struct export_list *out);

void export_sort(struct export_list *list);
void export_free(struct export_list *list);

#endif

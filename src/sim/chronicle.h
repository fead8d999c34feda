/*
 * The trace of a run: one line for each thing that happens, readable to payment people.
 *
 *      12.031 acquirer     recv 0200 T0000002/000001/000007 128.50
 *
 * Its hash tells whether two runs had the same history; the last lines are kept for a failure.
 * Lines hold no card data: cards go by their label.
 */
#ifndef SIM_CHRONICLE_H
#define SIM_CHRONICLE_H

#include "base/instant.h"
#include "base/text.h"
#include "txn/message.h"

#define CHRONICLE_LINE_LEN 160
#define CHRONICLE_KEPT 80

/* Gets each line as it is written, without line end. */
typedef void chronicle_print(void *context, const char *line);

struct chronicle {
    uint64_t hash;
    uint64_t lines;
    char kept[CHRONICLE_KEPT][CHRONICLE_LINE_LEN];
    chronicle_print *print; /* NULL: nobody listens */
    void *context;
    char room[CHRONICLE_LINE_LEN];
    struct text line; /* being written */
};

void chronicle_open(struct chronicle *chronicle, chronicle_print *print, void *context);

/* Starts a line: time and who; the caller adds to the text and ends it. */
struct text *chronicle_line(struct chronicle *chronicle, struct moment now, const char *who);
void chronicle_end(struct chronicle *chronicle);

/* A whole line at once. */
void chronicle_say(struct chronicle *chronicle, struct moment now, const char *who,
                   const char *what);

/* "sale request T0000002/000001/000007 128.50": what a message says, without card data. */
void chronicle_add_message(struct text *line, const struct txn_message *message);

/* Takes bytes into the hash only: what happened is then the same to the byte. */
void chronicle_mix(struct chronicle *chronicle, struct bytes bytes);

/* The kept lines, oldest first, into text, each with a line end. */
void chronicle_tail(const struct chronicle *chronicle, struct text *out);

#endif

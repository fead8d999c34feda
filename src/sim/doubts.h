/*
 * How long tills do not know where the money is, once they have given up on an answer: from that
 * record, or from the start after which they took it up again, to the record that settles it. Those
 * during which nothing else went wrong anywhere are counted apart: they tell what one lost answer
 * costs.
 */
#ifndef SIM_DOUBTS_H
#define SIM_DOUBTS_H

#include "base/instant.h"
#include "books/journal.h"

#define DOUBTS_MAX 256 /* at the same time, of all tills */

struct universe;

struct doubts {
    size_t count;
    struct {
        struct identity identity;
        struct moment since;
        bool is_calm;    /* all was well then, but for the answer */
        uint64_t faults; /* that had struck anywhere until then */
    } open[DOUBTS_MAX];
};

/* A terminal's record became durable now. */
void doubts_see(struct universe *universe, const struct journal_record *record);

#endif

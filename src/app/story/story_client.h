/* The story of a payment put together from all processes of a data folder. */
#ifndef APP_STORY_CLIENT_H
#define APP_STORY_CLIENT_H

#include "app/world/client.h"

struct story_question {
    const char *data;
    const char *reader; /* cashier, cardholder, merchant, operator */
    const char *lang;   /* zh, en */
    json_t *identity;   /* borrowed */
};

/* What each party that can be reached knows: an array, released by the caller. */
json_t *story_gather(const struct story_question *question);

/* Adds what the parties of one process say to what others said; of nodes that share a store one is
 * enough. */
void story_add(json_t *parties, const json_t *answer);

/* Who can explain it best: the party that decided, else the one nearest to the shop. Borrowed. */
json_t *story_best(const json_t *parties);

#endif

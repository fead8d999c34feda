/*
 * The counters of a world's simulated chips, in a file beside its stores: real chips keep
 * theirs for life, and an issuer refuses one that went back. Two bytes for each card in the order
 * of the world, in the machine's byte order; mapped, so that they outlive a kill.
 */
#ifndef APP_CARD_COUNTERS_H
#define APP_CARD_COUNTERS_H

#include "base/text.h"

struct card_counters {
    uint16_t *at; /* NULL: not open */
    size_t count;
};

/* Makes or lengthens the file where needed. On failure *error names it and the reason. */
MUST_USE enum err card_counters_open(const char *path, size_t count, struct card_counters *out,
                                     struct text *error);
void card_counters_close(struct card_counters *counters);

#endif

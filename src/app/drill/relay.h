/*
 * Proxies between the parties of a drill: each listens for one link's clients and passes their
 * bytes on to its server, until it is told to disturb them. All run on one thread of their own.
 */
#ifndef APP_RELAY_H
#define APP_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_LINES_MAX 20
#define RELAY_PAIRS_MAX 1024 /* connections at one time, over all lines */

enum relay_mode {
    RELAY_PASS,
    RELAY_CUT,   /* connections are broken, and new ones refused */
    RELAY_STALL, /* connections stay, and nothing gets through: what came is kept */
    RELAY_SLOW,  /* each piece is late by the line's delay */
};

struct relay;

/* Nothing listens yet. NULL without memory or a thread. */
struct relay *relay_start(void);

/* A line from a free port of 127.0.0.1 to another; returns the free port, 0 when there is none. At
 * most RELAY_LINES_MAX; *line is its number. */
uint16_t relay_open(struct relay *relay, uint16_t server_port, size_t *line);

/* delay_ms: of RELAY_SLOW, each way. */
void relay_set(struct relay *relay, size_t line, enum relay_mode mode, uint32_t delay_ms);

/* Breaks every connection and ends the thread. */
void relay_stop(struct relay *relay);

#endif

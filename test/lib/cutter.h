/*
 * A proxy in front of a server's Unix socket that loses messages on purpose: the request, the
 * answer, or the connection while the request is still under way. It runs on a thread of its own
 * and forwards everything until it is told what to cut.
 */
#ifndef TEST_LIB_CUTTER_H
#define TEST_LIB_CUTTER_H

#include <stdbool.h>

enum cut {
    CUT_NOTHING,
    CUT_REQUEST, /* the next request is lost, and its connection */
    CUT_ANSWER,  /* the next request is served; its answer is lost, and its connection */
    CUT_LATE,    /* as CUT_REQUEST for the client, but the server gets the request later */
    CUT_ALL,     /* refuses everything, until told otherwise */
};

struct cutter;

/* Listens at `path` and connects to `server` for each client. NULL when it cannot. */
struct cutter *cutter_start(const char *path, const char *server);

/* Arms it; it disarms itself after one cut (but CUT_ALL). */
void cutter_arm(struct cutter *cutter, enum cut cut);

/* Arms it for the request after so many others. */
void cutter_arm_after(struct cutter *cutter, unsigned requests, enum cut cut);

/* Delivers what CUT_LATE has kept and waits until the server has closed or answered it. False when
 * nothing was kept. */
bool cutter_deliver(struct cutter *cutter);

unsigned cutter_cuts(struct cutter *cutter);

void cutter_stop(struct cutter *cutter);

#endif

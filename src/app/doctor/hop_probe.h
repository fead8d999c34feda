/*
 * Goes the way to a party as its peer would: resolves the name, looks for a route, connects, shakes
 * hands where the link has TLS, and sends test messages (network code 301), which change nothing at
 * the other side. Blocks while the way is bad: at most 13 s and six waits for an echo.
 */
#ifndef APP_HOP_PROBE_H
#define APP_HOP_PROBE_H

#include "app/world/config.h"
#include "office/diagnosis.h"
#include "txn/profile.h"

#define PROBE_WHY_LEN 64
#define PROBE_ECHOES 20

struct hop_probe {
    const char *to;
    const char *address; /* host:port */
    bool is_host;
    const struct config_tls *tls;
    const struct txn_profile *profile;
    struct txn_message echo; /* the trace number is the probe's own */
    int echo_wait_ms;        /* without an answer for so long it is lost */
    char why[PROBE_WHY_LEN]; /* of a failure; fact.why points here */
    struct hop_fact fact;    /* what was found */
};

/* Fills probe->fact and ->why; the probe must not move afterwards. */
void hop_probe_run(struct hop_probe *probe);

#endif

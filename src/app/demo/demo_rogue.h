/*
 * What comes over a line that no terminal of ours would send: an unknown terminal, a message with
 * a wrong MAC, one without its amount, a kind of transaction that nobody knows. Each is sent for
 * real to the switch's port.
 */
#ifndef APP_DEMO_ROGUE_H
#define APP_DEMO_ROGUE_H

#include <jansson.h>

enum demo_rogue {
    ROGUE_NONE,
    ROGUE_UNKNOWN_TERMINAL,
    ROGUE_MAC_WRONG,
    ROGUE_MALFORMED,
    ROGUE_UNSUPPORTED
};

/* Sends it and reads the switch's answer: {"outcome", "code", "took_us"}; NULL when none came. */
json_t *demo_rogue_play(const char *data, enum demo_rogue rogue);

#endif

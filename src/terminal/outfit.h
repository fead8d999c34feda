/*
 * Setting a terminal up: the rows of a new one, and an operator's change of them while it runs.
 * What a terminal has counted itself (trace numbers, batch, what it owes) no operator can set back.
 */
#ifndef TERMINAL_OUTFIT_H
#define TERMINAL_OUTFIT_H

#include "node/node.h"

/* A terminal's config row with our default waits: acquirer is the acquirer's id, the keys protect
 * stored card numbers and belong to it. ERR_BAD_LENGTH when the id is empty or too long. */
MUST_USE enum err outfit_config(const char *acquirer, int32_t utc_offset_s, uint16_t currency,
                                const struct keyblock *pan_keys[static 2], struct config_row *out);

/* A new terminal's row, active and not signed in; master is its TMK. ERR_BAD_LENGTH as above. */
MUST_USE enum err outfit_terminal(const char *terminal, const char *merchant,
                                  const struct keyblock *master, uint32_t tap_limit_minor,
                                  struct terminal_row *out);

/* COMMAND_PUT_ROW: CONFIG and TERMINAL rows only. */
void outfit_put_needs(struct node_work *work);
void outfit_put(struct node_work *work);

#endif

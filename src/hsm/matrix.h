/*
 * The key-usage matrix: which usages each command takes for each of its keys, and what must hold
 * between two keys. All that is not in the table is refused. Drivers ask hsm_admit before they
 * open any key.
 */
#ifndef HSM_MATRIX_H
#define HSM_MATRIX_H

#include "hsm/command.h"

struct matrix_row {
    enum hsm_kind kind;
    uint8_t key_count;
    uint32_t usages[HSM_KEYS_MAX]; /* bit n allows enum key_usage n */
};

/* The row of a command; every kind has one. */
const struct matrix_row *matrix_row_of(enum hsm_kind kind);

/* Whether an HSM of this realm may carry the command out: usages, owners, realms, PIN formats (a
 * block is never put into an older format), strength of wrapping keys, travel. HSM_OK, HSM_KEY or
 * HSM_NOT_ALLOWED; *key_index then says which key. */
enum hsm_result hsm_admit(const struct hsm_command *command, enum key_realm realm,
                          uint8_t *key_index);

/* Whether a PIN block of one format may be sealed again in the other (PCI PIN, requirement 3). */
bool matrix_format_allowed(enum key_mode from, enum key_mode to);

/* Whether a master key may wrap a key of this usage: a TMK terminal keys, a ZMK zone keys. */
bool matrix_wraps(enum key_usage master, enum key_usage usage);

#endif

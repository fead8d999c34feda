/*
 * The store of one party of a configuration: where it lies and how it is opened. A running process
 * opens the stores of its parties; `acquit audit` opens those that nobody owns.
 */
#ifndef APP_PARTY_STORE_H
#define APP_PARTY_STORE_H

#include "app/world/config.h"
#include "books/store.h"
#include "lab/provision.h"

#define PARTY_NAME_LEN 24

/* "terminal", "acquirer", "issuer-20000001": names files, sockets and threads. */
void party_store_name(const struct config *config, const struct lab_target *target,
                      char out[static PARTY_NAME_LEN]);

/* Opens or makes the store of a party, as one of its nodes where it is shared, with its standby
 * when the configuration names one; config and name must outlive it. On failure *error says what
 * and where. */
MUST_USE enum err party_store_open(const struct config *config, const char *name, uint16_t node,
                                   struct store *out, struct text *error);

/* Opens a store that is there, to read it; a shared one beside those that work on it. ERR_NOT_FOUND
 * when it was never made, ERR_UNSUPPORTED for one in memory, whose owner must be asked. */
MUST_USE enum err party_store_open_idle(const struct config *config, const char *name,
                                        struct store *out, struct text *error);

#endif

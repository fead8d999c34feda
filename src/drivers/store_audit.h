/*
 * Reads a whole store and proves its books (books/audit.h). It needs about 130 bytes of memory for
 * each row that the journal ever named.
 */
#ifndef DRIVERS_STORE_AUDIT_H
#define DRIVERS_STORE_AUDIT_H

#include "books/audit.h"
#include "hsm/command.h"

/* *out says what was found: a fault is no failure of the audit. ERR_IO when the store cannot be
 * read, ERR_FULL when memory runs out, ERR_CRYPTO when hsm does not hash. key is random. */
MUST_USE enum err store_audit(const struct store *store, const struct hsm *hsm,
                              const uint8_t key[static AUDIT_KEY_LEN], struct audit_result *out);

#endif

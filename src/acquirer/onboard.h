/*
 * Who and what the switch knows: rows of merchants, terminals, card ranges and issuers, made from
 * plain values, and checked before they are stored. Used by programs and by the simulator; the
 * switch itself takes such rows by COMMAND_PUT_ROW (operate.h) and checks them by onboard_check.
 *
 * A maker fails with ERR_BAD_LENGTH or ERR_BAD_VALUE when an identifier or name does not fit; out
 * is untouched then. Rows come zeroed but for what is given.
 */
#ifndef ACQUIRER_ONBOARD_H
#define ACQUIRER_ONBOARD_H

#include "books/party_rows.h"

/* The key under which a row is stored. */
struct row_key onboard_merchant_key(const struct merchant_row *row);
struct row_key onboard_terminal_key(const struct terminal_row *row);
struct row_key onboard_route_key(const struct route_row *row);
struct row_key onboard_issuer_key(const struct issuer_row *row);

/* An active merchant. The id is up to 15 characters, the name up to 40 bytes of UTF-8. */
MUST_USE enum err onboard_merchant(const char *id, const char *name, uint16_t category,
                                   struct merchant_row *out);

/* An active terminal of a merchant, for all kinds of payment, in batch 1. `master` is its TMK,
 * whose owner is the terminal's id. */
MUST_USE enum err onboard_terminal(const char *id, const char *merchant,
                                   const struct keyblock *master, struct terminal_row *out);

/* Cards whose numbers start with the digits (6 or 8) belong to the issuer. */
MUST_USE enum err onboard_route(const char *bin, const char *issuer, struct route_row *out);

/* An issuer, not connected yet. `master` is the ZMK, whose owner is the issuer's id. */
MUST_USE enum err onboard_issuer(const char *id, const char *name, const struct keyblock *master,
                                 struct issuer_row *out);

/* Whether value is a row that may stand under key: size, layout, its own id, states, limits.
 * ERR_UNSUPPORTED for a table that operators do not write, ERR_BAD_LENGTH, ERR_VERSION,
 * ERR_BAD_VALUE, each with what is wrong in *fault (static words). */
MUST_USE enum err onboard_check(const struct row_key *key, struct bytes value, const char **fault);

#endif

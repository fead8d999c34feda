/*
 * Rows for a new issuer, with defaults that hold for a usual debit card: for the program that
 * provisions one and for the simulated world. Callers change what differs and send each row with
 * COMMAND_PUT_ROW, or write them into an empty store.
 */
#ifndef ISSUER_ISSUER_SETUP_H
#define ISSUER_ISSUER_SETUP_H

#include "books/party_rows.h"

/* What to ask the hsm for (HSM_KEY_MAKE) to get the issuer's key of a usage: KEY_PAN_STORE,
 * KEY_PAN_INDEX, KEY_CVK, KEY_PVK (PVKI 1), KEY_IMK_AC (option A), or KEY_ZMK. */
struct key_wish issuer_setup_wish(enum key_usage usage, const struct key_owner *owner);

/* The configuration with usual waits, Chinese time and yuan; the key blocks are the caller's to
 * fill. ERR_BAD_LENGTH when the id is empty or longer than ISSUER_ID_LEN. */
MUST_USE enum err issuer_setup_config(const char *id, struct config_row *out);

/* An acquirer without zone keys yet: its first sign-on brings them. */
MUST_USE enum err issuer_setup_acquirer(const char *id, const struct keyblock *zone_master,
                                        struct acquirer_row *out);

/* An account with nothing in it; COMMAND_FUND pays in. */
void issuer_setup_account(uint64_t number, uint16_t currency, struct account_row *out);

/* An active chip card that may pay and ask for its balance, needs a PIN except for taps up to
 * 1000.00, locks after three wrong ones, and has no limits. The caller sets the PVV. */
void issuer_setup_card(const struct pan_token *pan, uint64_t account, uint16_t expiry,
                       struct card_row *out);

/* Whether value is a row that an operator may put under key: one of the four tables, its size and
 * layout, its own id in the key, and figures that the rules can work with. ERR_UNSUPPORTED for
 * another table, ERR_BAD_LENGTH, ERR_VERSION, ERR_BAD_VALUE. value must be aligned as its struct.
 */
MUST_USE enum err issuer_setup_check(const struct row_key *key, const void *value, size_t len);

struct row_key issuer_setup_acquirer_key(const struct acquirer_row *acquirer);
struct row_key issuer_setup_account_key(const struct account_row *account);
struct row_key issuer_setup_card_key(const struct card_row *card);

#endif

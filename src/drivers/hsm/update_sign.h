/*
 * Ed25519 on the publisher's side (RFC 8032): the key that signs updates for terminals. The
 * private key is 32 bytes that the caller keeps and wipes.
 */
#ifndef DRIVERS_UPDATE_SIGN_H
#define DRIVERS_UPDATE_SIGN_H

#include "hsm/command.h"

/* ERR_KEY when the library refuses. */
MUST_USE enum err update_sign_public(const struct secret *private,
                                     uint8_t out[static SIGNATURE_PUBLIC_LEN]);
MUST_USE enum err update_sign(const struct secret *private, struct bytes data,
                              uint8_t out[static SIGNATURE_LEN]);

#endif

/* MACs with opened keys (hsm/mac.h says which). */
#ifndef DRIVERS_HSM_SOFT_MAC_H
#define DRIVERS_HSM_SOFT_MAC_H

#include "drivers/hsm/hsm_soft_cache.h"
#include "hsm/mac.h"

/* The MAC of data in the key's mode. False when OpenSSL fails. */
MUST_USE bool soft_mac(struct soft_library *library, struct soft_key *key, struct bytes data,
                       uint8_t out[static MAC_LEN]);

/* ISO/IEC 9797-1 algorithm 3 over whole blocks, with a double-length key that lives for this call
 * only: for chip cryptograms. */
MUST_USE bool soft_retail_once(struct soft_library *library, const struct secret *key,
                               struct bytes blocks, uint8_t out[static MAC_LEN]);

#endif

/*
 * What keys there are: one purpose for each key, and for each purpose the algorithms and modes
 * that go with it (`key_usage_table`, `key_mode_table`). Whatever a table does not list cannot
 * be put into a key block, so no command ever meets it.
 */
#ifndef HSM_KEY_USAGE_H
#define HSM_KEY_USAGE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name, letters, what it is. The order is stored in key blocks: only append. */
#define KEY_USAGE_TABLE(ROW)                                                                       \
    ROW(KEY_NONE, "NONE", "no key")                                                                \
    ROW(KEY_TMK, "TMK", "terminal master key: wraps a terminal's work keys")                       \
    ROW(KEY_PIK, "PIK", "terminal PIN key: seals PINs between terminal and switch")                \
    ROW(KEY_MAK, "MAK", "terminal MAC key")                                                        \
    ROW(KEY_TDK, "TDK", "terminal track key: seals track data")                                    \
    ROW(KEY_ZMK, "ZMK", "zone master key: wraps the keys between switch and issuer")               \
    ROW(KEY_ZPK, "ZPK", "zone PIN key")                                                            \
    ROW(KEY_ZAK, "ZAK", "zone MAC key")                                                            \
    ROW(KEY_PVK, "PVK", "PIN verification key, with its index")                                    \
    ROW(KEY_CVK, "CVK", "card verification key: CVV, CVV2, iCVV")                                  \
    ROW(KEY_IMK_AC, "IMK-AC", "issuer's master key for application cryptograms")                   \
    ROW(KEY_ICC_AC, "ICC-AC", "one card's master key for application cryptograms")                 \
    ROW(KEY_PAN_STORE, "PAN-STORE", "seals stored card numbers")                                   \
    ROW(KEY_PAN_INDEX, "PAN-INDEX", "keyed hash of card numbers, for look-up")

#define KEY_USAGE_NAME(name, letters, text) name,
enum key_usage { KEY_USAGE_TABLE(KEY_USAGE_NAME) KEY_USAGE_COUNT };
#undef KEY_USAGE_NAME

enum key_algorithm {
    KEY_ALGORITHM_NONE,
    KEY_DES,    /* 8 bytes; only where a terminal's profile still has single-length work keys */
    KEY_TDES_2, /* 16 bytes */
    KEY_TDES_3, /* 24 bytes */
    KEY_SM4,    /* 16 bytes */
    KEY_AES_128,
    KEY_AES_256,
    KEY_HMAC_256, /* 32 bytes, HMAC-SHA-256 */
    KEY_ALGORITHM_COUNT
};

/* What a key may be used *as*, beside its purpose; bound into the block, so no caller chooses. */
enum key_mode {
    KEY_MODE_NONE,
    /* PIN keys: the one PIN block format (ISO 9564-1) */
    KEY_PIN_ISO_0,
    KEY_PIN_ISO_4,
    /* MAC keys: the one MAC (hsm/mac.h) */
    KEY_MAC_CUP_ECB,
    KEY_MAC_CUP_SM4,
    KEY_MAC_X9_9,
    KEY_MAC_X9_9_PAD_2,
    KEY_MAC_X9_19,
    KEY_MAC_X9_19_PAD_2,
    KEY_MAC_CMAC,
    /* PIN verification keys: the index that stands with the PVV */
    KEY_PVKI_1,
    KEY_PVKI_2,
    KEY_PVKI_3,
    KEY_PVKI_4,
    KEY_PVKI_5,
    KEY_PVKI_6,
    /* issuer's chip master keys: how a card's key is derived (EMV 4.3 Book 2, A1.4) */
    KEY_ICC_OPTION_A,
    KEY_ICC_OPTION_B,
    KEY_MODE_COUNT
};

/* Test keys and live keys never meet: an HSM is one or the other, and refuses the other's. */
enum key_realm { KEY_TEST, KEY_LIVE };

/* Whether a key may leave once more, wrapped under a master key (HSM_KEY_WRAP). */
enum key_travel { KEY_STAYS, KEY_TRAVELS };

/* Bytes of key material: 8, 16, 24 or 32; 0 for no algorithm. */
size_t key_algorithm_len(enum key_algorithm algorithm);

/* Bytes of one cipher block: 8 or 16; 0 where the algorithm is no cipher. */
size_t key_algorithm_block_len(enum key_algorithm algorithm);

/* How strong, for comparing: a key is never wrapped under a weaker one (PCI DSS 3.6.1.2). */
unsigned key_algorithm_strength(enum key_algorithm algorithm);

/* Whether a key of this purpose, algorithm and mode may exist. */
bool key_usage_allows(enum key_usage usage, enum key_algorithm algorithm, enum key_mode mode);

/* Whether the bytes are a usable key: the right length, and for DES no weak or semi-weak part
 * (NIST SP 800-67, 3.4.2) and no two parts equal. Parity does not count. */
bool key_material_is_good(enum key_algorithm algorithm, const uint8_t *material, size_t len);

/* Sets odd parity in each byte, as DES keys are written down. */
void key_set_odd_parity(uint8_t *material, size_t len);

/* "PIK" / "terminal PIN key: ..." / "TDES-2" / "X9.19" */
const char *key_usage_letters(enum key_usage usage);
const char *key_usage_text(enum key_usage usage);
const char *key_algorithm_text(enum key_algorithm algorithm);
const char *key_mode_text(enum key_mode mode);

#endif

/*
 * MACs as data: which construction, padding and block each mode has, and the folding that the
 * UnionPay MAC starts with. The ciphers are in the drivers.
 */
#ifndef HSM_MAC_H
#define HSM_MAC_H

#include "base/bytes.h"
#include "hsm/key_usage.h"

#define MAC_LEN 8

enum mac_shape {
    MAC_SHAPE_NONE,
    MAC_SHAPE_FOLD,   /* UnionPay: XOR of all blocks, as hex, through two encryptions */
    MAC_SHAPE_CBC,    /* ISO/IEC 9797-1 algorithm 1 (X9.9 with single DES) */
    MAC_SHAPE_RETAIL, /* ISO/IEC 9797-1 algorithm 3 (X9.19): single DES, one triple at the end */
    MAC_SHAPE_CMAC    /* ISO/IEC 9797-1 algorithm 5, RFC 4493 */
};

struct mac_rule {
    enum mac_shape shape;
    bool pad_80; /* padding method 2: 80 and zeros; else zeros when needed */
};

/* MAC_SHAPE_NONE for a mode that is no MAC. */
struct mac_rule mac_rule_of(enum key_mode mode);

/* XORs all blocks of block_len (8 or 16) bytes, the last filled with zeros, and writes the result
 * as 2 * block_len upper-case hex characters (UnionPay POS, MAC, steps 1 and 2). */
void mac_fold(struct bytes data, size_t block_len, uint8_t *out);

#endif

/*
 * Our key block: a key as it is stored in rows and carried in commands. The header is in the
 * clear and says all about the key but the key; the material is sealed under the master key with
 * AES-256-GCM, the header as its authenticated data, so that header, halves or purposes cannot be
 * exchanged between blocks (PCI PIN 18-3). Only a driver opens one.
 *
 *      0  version          1   1
 *      1  usage            1   enum key_usage
 *      2  algorithm        1   enum key_algorithm
 *      3  mode             1   enum key_mode
 *      4  travel           1   enum key_travel
 *      5  realm            1   enum key_realm
 *      6  master           1   generation of the master key
 *      7  zero             1
 *      8  key version      4   big-endian
 *     12  owner           16   printable ASCII, filled with spaces
 *     28  check value      4   first bytes of the algorithm's check value
 *     32  nonce           12
 *     44  sealed          32   material, filled with zeros
 *     76  tag             16
 */
#ifndef HSM_KEYBLOCK_H
#define HSM_KEYBLOCK_H

#include "base/bytes.h"
#include "hsm/key_usage.h"

#define KEYBLOCK_VERSION 1
#define KEYBLOCK_OWNER_LEN 16
#define KEYBLOCK_HEADER_LEN 32
#define KEYBLOCK_NONCE_LEN 12
#define KEYBLOCK_SEALED_LEN 32
#define KEYBLOCK_TAG_LEN 16
#define KEYBLOCK_LEN                                                                               \
    (KEYBLOCK_HEADER_LEN + KEYBLOCK_NONCE_LEN + KEYBLOCK_SEALED_LEN + KEYBLOCK_TAG_LEN)
#define CHECK_VALUE_LEN 4

struct keyblock {
    uint8_t at[KEYBLOCK_LEN];
};

/* Who the key belongs to: a terminal's or a party's name. A command says for whom it acts, and a
 * key of somebody else is refused. */
struct key_owner {
    char at[KEYBLOCK_OWNER_LEN]; /* filled with spaces */
};

struct key_check {
    uint8_t at[CHECK_VALUE_LEN];
};

/* What the header of a block says. */
struct key_header {
    enum key_usage usage;
    enum key_algorithm algorithm;
    enum key_mode mode;
    enum key_travel travel;
    enum key_realm realm;
    uint8_t master;   /* generation of the master key that seals it */
    uint32_t version; /* counted by the owner: which of his keys of this usage */
    struct key_owner owner;
    struct key_check check;
};

/* ERR_BAD_LENGTH when empty or too long, ERR_BAD_FORMAT at anything but printable ASCII. */
MUST_USE enum err key_owner_from(const char *name, struct key_owner *out);

bool key_owner_equal(const struct key_owner *a, const struct key_owner *b);

/* Takes stored bytes as a block. ERR_BAD_LENGTH when they are not KEYBLOCK_LEN bytes. */
MUST_USE enum err keyblock_from(struct bytes bytes, struct keyblock *out);

/* Reads the header. ERR_VERSION for a block of another layout, ERR_KEY for one whose header says
 * what no header may say. That nobody changed it is known only when a driver opens it. */
MUST_USE enum err keyblock_header(const struct keyblock *block, struct key_header *out);

/* Writes the header's bytes; the rest of the block is left alone. */
void keyblock_put_header(const struct key_header *header, struct keyblock *block);

#endif

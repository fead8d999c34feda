/*
 * The master key of a soft HSM, made from a passphrase with Argon2id (RFC 9106). Two files: the
 * passphrase, which an operator keeps elsewhere and only its owner may read, and the lock beside
 * the keys, which holds salt, cost and a check that tells a wrong passphrase from a right one. The
 * key itself is in neither.
 *
 *     acquit master key 1
 *     argon2id 19456 2 1          KiB, passes, lanes
 *     generation 1
 *     salt 00112233445566778899AABBCCDDEEFF
 *     check 0011223344556677
 */
#ifndef DRIVERS_MASTER_KEY_H
#define DRIVERS_MASTER_KEY_H

#include "drivers/hsm/hsm_soft.h"

#define MASTER_KEY_LEN 32
#define PASSPHRASE_LEN_MIN 8
#define PASSPHRASE_LEN_MAX 1024

struct master_key_files {
    const char *passphrase; /* path; one line, mode 0600 or stricter */
    const char *lock;       /* path */
};

struct master_key {
    struct secret key; /* 32 bytes; wipe it once the HSM is open */
    uint8_t generation;
};

/* What went wrong, where: "the passphrase is wrong", path borrowed from the files. */
struct master_key_fault {
    const char *path;
    const char *text;
};

/* Makes a lock with a fresh salt, and the key. The lock appears whole or not at all. ERR_EXISTS
 * when there is one already; else as master_key_open. */
MUST_USE enum err master_key_make(const struct master_key_files *files, struct random_source random,
                                  struct master_key *out, struct master_key_fault *fault);

/* Makes the key again. ERR_NOT_FOUND, ERR_IO; ERR_NOT_ALLOWED for a passphrase that others may
 * read; ERR_BAD_LENGTH for one too short or too long; ERR_CORRUPT for a lock that is none; ERR_KEY
 * for the wrong passphrase; ERR_FULL without memory for Argon2. */
MUST_USE enum err master_key_open(const struct master_key_files *files, struct master_key *out,
                                  struct master_key_fault *fault);

#endif

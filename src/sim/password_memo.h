/*
 * An HSM in front of another that remembers what a password comes to under a salt: deriving it is
 * meant to be slow, every simulated world has the same operators, and the answer is the same each
 * time. Everything else is passed on.
 */
#ifndef SIM_PASSWORD_MEMO_H
#define SIM_PASSWORD_MEMO_H

#include "hsm/command.h"

#define PASSWORD_MEMO_LEN 64

struct password_memo_entry {
    struct secret password;
    uint8_t salt[PASSWORD_SALT_LEN];
    uint32_t cost;
    uint8_t hash[PASSWORD_HASH_LEN];
};

struct password_memo {
    const struct hsm *real;
    struct hsm contract; /* what stands in front */
    size_t count;
    struct password_memo_entry entries[PASSWORD_MEMO_LEN]; /* when full, nothing more is added */
};

/* Neither may move while the contract is in use. */
void password_memo_open(struct password_memo *memo, const struct hsm *real);
/* Wipes what it remembers. */
void password_memo_close(struct password_memo *memo);

#endif

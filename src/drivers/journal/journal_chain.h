/*
 * Follows a journal record by record: each must carry the next number and the hash of the one
 * before. Whoever copies a journal (backup, restore, standby) checks it so, and keeps where it is.
 */
#ifndef DRIVERS_JOURNAL_CHAIN_H
#define DRIVERS_JOURNAL_CHAIN_H

#include "books/journal.h"

struct journal_chain {
    uint64_t sequence;              /* of the last record followed; 0: none */
    uint8_t hash[JOURNAL_HASH_LEN]; /* its SHA-256; zeros: none */
};

/* Takes the next record; *out is it decoded, its values point into bytes. ERR_CORRUPT when it is
 * damaged, is not the next one, or does not carry the hash; ERR_VERSION, ERR_CRYPTO. On failure the
 * chain stays where it was. */
MUST_USE enum err journal_chain_follow(struct journal_chain *chain, struct bytes bytes,
                                       struct journal_record *out);

/* SHA-256. */
MUST_USE enum err journal_hash(struct bytes bytes, uint8_t out[static JOURNAL_HASH_LEN]);

#endif

#include "drivers/journal/journal_chain.h"

#include <openssl/evp.h>
#include <string.h>

enum err journal_hash(struct bytes bytes, uint8_t out[static JOURNAL_HASH_LEN])
{
    unsigned len = 0;

    if (EVP_Digest(bytes.at, bytes.len, out, &len, EVP_sha256(), NULL) != 1 ||
        len != JOURNAL_HASH_LEN)
        return ERR_CRYPTO;
    return OK;
}

enum err journal_chain_follow(struct journal_chain *chain, struct bytes bytes,
                              struct journal_record *out)
{
    uint8_t hash[JOURNAL_HASH_LEN];

    TRY(journal_decode(bytes, out));
    if (out->sequence != chain->sequence + 1 ||
        memcmp(out->previous, chain->hash, sizeof chain->hash) != 0)
        return ERR_CORRUPT;
    TRY(journal_hash(bytes, hash));
    chain->sequence = out->sequence;
    memcpy(chain->hash, hash, sizeof chain->hash);
    return OK;
}

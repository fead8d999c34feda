#include "hsm/secret.h"

#include "base/assert.h"

#include <string.h>

enum err secret_from(struct bytes bytes, struct secret *out)
{
    if (bytes.len > SECRET_LEN_MAX)
        return ERR_BAD_LENGTH;
    *out = (struct secret){.len = (uint8_t)bytes.len};
    if (bytes.len > 0)
        memcpy(out->at, bytes.at, bytes.len);
    return OK;
}

bool secret_equal_ct(const struct secret *a, const struct secret *b)
{
    return a->len == b->len && bytes_equal_ct(a->at, b->at, SECRET_LEN_MAX);
}

enum err secret_xor(struct secret *a, const struct secret *b)
{
    assert(a->len <= SECRET_LEN_MAX);
    if (a->len != b->len)
        return ERR_BAD_LENGTH;
    for (size_t i = 0; i < a->len; i++)
        a->at[i] = (uint8_t)(a->at[i] ^ b->at[i]);
    return OK;
}

void secret_wipe(struct secret *secret)
{
    bytes_wipe(secret, sizeof *secret);
}

#include "hsm/keyblock.h"

#include "base/assert.h"

#include <string.h>

_Static_assert(KEYBLOCK_LEN == 92, "the layout in the header");

enum {
    AT_VERSION = 0,
    AT_USAGE = 1,
    AT_ALGORITHM = 2,
    AT_MODE = 3,
    AT_TRAVEL = 4,
    AT_REALM = 5,
    AT_MASTER = 6,
    AT_ZERO = 7,
    AT_KEY_VERSION = 8,
    AT_OWNER = 12,
    AT_CHECK = 28,
};

static bool owner_is_good(const struct key_owner *owner)
{
    bool good = owner->at[0] != ' ';

    for (size_t i = 0; i < KEYBLOCK_OWNER_LEN; i++)
        good &= owner->at[i] >= ' ' && owner->at[i] <= '~';
    return good;
}

enum err key_owner_from(const char *name, struct key_owner *out)
{
    struct key_owner owner;
    size_t len = strlen(name);

    if (len == 0 || len > KEYBLOCK_OWNER_LEN)
        return ERR_BAD_LENGTH;
    memset(owner.at, ' ', sizeof owner.at);
    memcpy(owner.at, name, len);
    if (!owner_is_good(&owner))
        return ERR_BAD_FORMAT;
    *out = owner;
    return OK;
}

bool key_owner_equal(const struct key_owner *a, const struct key_owner *b)
{
    return memcmp(a->at, b->at, KEYBLOCK_OWNER_LEN) == 0;
}

enum err keyblock_from(struct bytes bytes, struct keyblock *out)
{
    if (bytes.len != KEYBLOCK_LEN)
        return ERR_BAD_LENGTH;
    memcpy(out->at, bytes.at, KEYBLOCK_LEN);
    return OK;
}

enum err keyblock_header(const struct keyblock *block, struct key_header *out)
{
    const uint8_t *at = block->at;
    struct key_header header = {
        .usage = (enum key_usage)at[AT_USAGE],
        .algorithm = (enum key_algorithm)at[AT_ALGORITHM],
        .mode = (enum key_mode)at[AT_MODE],
        .travel = (enum key_travel)at[AT_TRAVEL],
        .realm = (enum key_realm)at[AT_REALM],
        .master = at[AT_MASTER],
        .version = bytes_get_u32(at + AT_KEY_VERSION),
    };

    memcpy(header.owner.at, at + AT_OWNER, KEYBLOCK_OWNER_LEN);
    memcpy(header.check.at, at + AT_CHECK, CHECK_VALUE_LEN);
    if (at[AT_VERSION] != KEYBLOCK_VERSION)
        return ERR_VERSION;
    if (at[AT_TRAVEL] > KEY_TRAVELS || at[AT_REALM] > KEY_LIVE || at[AT_ZERO] != 0)
        return ERR_KEY;
    if (!key_usage_allows(header.usage, header.algorithm, header.mode))
        return ERR_KEY;
    if (!owner_is_good(&header.owner))
        return ERR_KEY;
    *out = header;
    return OK;
}

void keyblock_put_header(const struct key_header *header, struct keyblock *block)
{
    uint8_t *at = block->at;

    assert(key_usage_allows(header->usage, header->algorithm, header->mode));
    assert(owner_is_good(&header->owner));
    at[AT_VERSION] = KEYBLOCK_VERSION;
    at[AT_USAGE] = (uint8_t)header->usage;
    at[AT_ALGORITHM] = (uint8_t)header->algorithm;
    at[AT_MODE] = (uint8_t)header->mode;
    at[AT_TRAVEL] = (uint8_t)header->travel;
    at[AT_REALM] = (uint8_t)header->realm;
    at[AT_MASTER] = header->master;
    at[AT_ZERO] = 0;
    bytes_put_u32(at + AT_KEY_VERSION, header->version);
    memcpy(at + AT_OWNER, header->owner.at, KEYBLOCK_OWNER_LEN);
    memcpy(at + AT_CHECK, header->check.at, CHECK_VALUE_LEN);
}

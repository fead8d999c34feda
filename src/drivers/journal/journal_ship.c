#include "drivers/journal/journal_ship.h"

#include <string.h>

#define MAGIC "ACQSHIP2"
#define MAGIC_ANCHOR "ACQSHIP3"
#define MAGIC_LEN 8

size_t ship_hello_put(const struct ship_hello *hello,
                      uint8_t out[static SHIP_HELLO_LEN + SHIP_ANCHOR_LEN])
{
    const struct store_anchor *anchor = &hello->head.anchor;
    uint8_t *at = out + MAGIC_LEN;

    memcpy(out, anchor->sequence > 0 ? MAGIC_ANCHOR : MAGIC, MAGIC_LEN);
    memcpy(at, hello->party, SHIP_PARTY_LEN);
    at += SHIP_PARTY_LEN;
    bytes_put_u16(at, hello->head.node);
    bytes_put_u32(at + 2, hello->head.epoch);
    bytes_put_u64(at + 6, hello->head.sequence);
    memcpy(at + 14, hello->head.hash, sizeof hello->head.hash);
    bytes_put_u64(out + SHIP_HELLO_LEN, anchor->sequence);
    memcpy(out + SHIP_HELLO_LEN + 8, anchor->hash, sizeof anchor->hash);
    return anchor->sequence > 0 ? SHIP_HELLO_LEN + SHIP_ANCHOR_LEN : SHIP_HELLO_LEN;
}

enum err ship_hello_get(const uint8_t at[static SHIP_HELLO_LEN], struct ship_hello *out,
                        bool *has_anchor)
{
    const uint8_t *next = at + MAGIC_LEN;

    *has_anchor = memcmp(at, MAGIC_ANCHOR, MAGIC_LEN) == 0;
    if ((!*has_anchor && memcmp(at, MAGIC, MAGIC_LEN) != 0) || next[SHIP_PARTY_LEN - 1] != 0)
        return ERR_BAD_FORMAT;
    memcpy(out->party, next, SHIP_PARTY_LEN);
    next += SHIP_PARTY_LEN;
    out->head.node = bytes_get_u16(next);
    out->head.epoch = bytes_get_u32(next + 2);
    out->head.sequence = bytes_get_u64(next + 6);
    memcpy(out->head.hash, next + 14, sizeof out->head.hash);
    return OK;
}

void ship_anchor_get(const uint8_t at[static SHIP_ANCHOR_LEN], struct ship_hello *out)
{
    out->head.anchor.sequence = bytes_get_u64(at);
    memcpy(out->head.anchor.hash, at + 8, sizeof out->head.anchor.hash);
}

void ship_reply_put(const struct ship_reply *reply, uint8_t out[static SHIP_REPLY_LEN])
{
    bytes_put_u32(out, (uint32_t)reply->answer);
    bytes_put_u64(out + 4, reply->sequence);
    memcpy(out + 12, reply->hash, sizeof reply->hash);
}

enum err ship_reply_get(const uint8_t at[static SHIP_REPLY_LEN], struct ship_reply *out)
{
    uint32_t answer = bytes_get_u32(at);

    if (answer > SHIP_REFUSED)
        return ERR_BAD_FORMAT;
    out->answer = (enum ship_answer)answer;
    out->sequence = bytes_get_u64(at + 4);
    memcpy(out->hash, at + 12, sizeof out->hash);
    return OK;
}

/*
 * How a primary and its standby speak: frames over a ship_link, numbers big-endian.
 *
 *   primary   "ACQSHIP2", 24 bytes party, u16 node, u32 epoch, u64 sequence, 32 bytes hash; or
 *             "ACQSHIP3", the same, u64 sequence and 32 bytes hash of what its journal begins after
 *   standby   u32 answer (enum ship_answer), u64 sequence, 32 bytes hash of its last record
 *   primary   u32 length of a frame, the records of it: u32 length and bytes each, 32 bytes hash of
 *             the last
 *   standby   u64 sequence of its last record, when that is durable
 *
 * The last two repeat. What lies between the two journals is sent first; the standby follows the
 * chain of hashes, so records of another journal are never taken.
 */
#ifndef DRIVERS_JOURNAL_SHIP_H
#define DRIVERS_JOURNAL_SHIP_H

#include "base/text.h"
#include "books/store.h"

#define SHIP_PARTY_LEN 24
#define SHIP_HELLO_LEN (8 + SHIP_PARTY_LEN + 2 + 4 + 8 + 32)
#define SHIP_ANCHOR_LEN (8 + 32)
#define SHIP_REPLY_LEN (4 + 8 + 32)
#define SHIP_HASH_LEN 32
#define SHIP_FRAME_LEN_MAX (8U << 20)

enum ship_answer {
    SHIP_TAKEN,
    SHIP_PROMOTED, /* it was promoted: whoever ships to it is a former primary */
    SHIP_AHEAD,    /* it has records that the primary does not have */
    SHIP_REFUSED   /* it has no such party, or its store cannot be opened */
};

struct ship_hello {
    char party[SHIP_PARTY_LEN];
    struct store_head head;
};

struct ship_reply {
    enum ship_answer answer;
    uint64_t sequence;
    uint8_t hash[32];
};

/* Returns how long it is: with the anchor, if there is one. */
size_t ship_hello_put(const struct ship_hello *hello,
                      uint8_t out[static SHIP_HELLO_LEN + SHIP_ANCHOR_LEN]);
/* With *has_anchor, SHIP_ANCHOR_LEN bytes follow, for ship_anchor_get. */
MUST_USE enum err ship_hello_get(const uint8_t at[static SHIP_HELLO_LEN], struct ship_hello *out,
                                 bool *has_anchor);
void ship_anchor_get(const uint8_t at[static SHIP_ANCHOR_LEN], struct ship_hello *out);
void ship_reply_put(const struct ship_reply *reply, uint8_t out[static SHIP_REPLY_LEN]);
MUST_USE enum err ship_reply_get(const uint8_t at[static SHIP_REPLY_LEN], struct ship_reply *out);

#endif

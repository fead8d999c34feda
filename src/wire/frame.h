/*
 * What stands around a message on a link:
 *
 *     length 2 bytes | TPDU 5 bytes | LRI block | header 6 bytes | message
 *
 * The length is big-endian and counts all that follows it. The TPDU (UnionPay POS, 1.2) is an id
 * (60), a destination and a source, which a reply swaps. Access networks may insert an LRI block
 * with the caller's identity: FD, a two-byte length, TLV data. The header (1.3) is twelve digits,
 * the first two 60 to 63. None of this is covered by the authentication code.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "wire/dialect.h"

#define FRAME_LENGTH_LEN 2
#define FRAME_TPDU_LEN 5
#define FRAME_HEADER_LEN 6

/* Looks for one whole frame at the start of what has arrived. OK: body is what the length counts,
 * and *take the bytes to drop, the length included. ERR_MORE: wait until *take bytes are there.
 * ERR_BAD_LENGTH: the length is 0 or over FRAME_BODY_LEN_MAX; the link cannot be read any further.
 */
MUST_USE enum err frame_next(struct bytes arrived, size_t *take, struct bytes *body);

/* A body taken apart. What is absent is empty. All borrowed from the body. */
struct frame {
    unsigned framing;    /* enum dialect_framing, or-ed: FRAMING_LENGTH asks for a length */
    struct bytes tpdu;   /* 5 bytes or none */
    struct bytes lri;    /* the block with its FD and length, or none */
    struct bytes header; /* 6 bytes or none */
    struct bytes message;
};

/* What is wrong with a frame and where. */
struct frame_fault {
    const char *what; /* static words */
    uint32_t offset;  /* in the body */
    uint32_t expected;
    uint32_t found;
};

/* Takes a body apart as the framing says (enum dialect_framing, or-ed; the length is gone already).
 * An LRI block is taken where it stands. ERR_TRUNCATED, ERR_BAD_FORMAT: see the fault. */
MUST_USE enum err frame_open(struct bytes body, unsigned framing, struct frame *out,
                             struct frame_fault *fault);

/* Guesses what stands before the message type: length, TPDU, header, or-ed. Meant for people's
 * dumps, not for links. */
unsigned frame_guess(struct bytes bytes);

/* Bytes that stand before the message. */
size_t frame_head_len(const struct frame *frame);

/* Writes what precedes a message of message_len bytes; returns its length, where the message
 * belongs, so that a message can be built in place. ERR_FULL, ERR_BAD_LENGTH past the limit. */
MUST_USE enum err frame_put_head(const struct frame *frame, size_t message_len, uint8_t *out,
                                 size_t out_cap, size_t *out_len);

/* Corrects the length once the message is known: body_len counts all that follows the length. */
void frame_put_length(uint8_t out[static FRAME_LENGTH_LEN], size_t body_len);

/* The TPDU of the reply: source and destination change places. */
void frame_reply_tpdu(const uint8_t tpdu[static FRAME_TPDU_LEN],
                      uint8_t out[static FRAME_TPDU_LEN]);

#endif

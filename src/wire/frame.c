#include "wire/frame.h"

#include "base/assert.h"

#include <string.h>

#define TPDU_ID 0x60
#define LRI_ID 0xFD
#define LRI_HEAD_LEN 3

enum err frame_next(struct bytes arrived, size_t *take, struct bytes *body)
{
    size_t len;

    *take = FRAME_LENGTH_LEN;
    if (arrived.len < FRAME_LENGTH_LEN)
        return ERR_MORE;
    len = bytes_get_u16(arrived.at);
    if (len == 0 || len > FRAME_BODY_LEN_MAX)
        return ERR_BAD_LENGTH;
    *take = FRAME_LENGTH_LEN + len;
    if (arrived.len < *take)
        return ERR_MORE;
    *body = bytes_over(arrived.at + FRAME_LENGTH_LEN, len);
    return OK;
}

static enum err cut_off(struct frame_fault *fault, const char *what, size_t offset, size_t expected,
                        size_t found)
{
    *fault = (struct frame_fault){what, (uint32_t)offset, (uint32_t)expected, (uint32_t)found};
    return ERR_TRUNCATED;
}

static enum err not_begins(struct frame_fault *fault, const char *what, size_t offset,
                           uint8_t expected, uint8_t found)
{
    *fault = (struct frame_fault){what, (uint32_t)offset, expected, found};
    return ERR_BAD_FORMAT;
}

/* Takes len bytes off the front of what is left. */
static struct bytes cut(struct bytes *left, size_t len)
{
    struct bytes head = bytes_over(left->at, len);

    assert(len <= left->len);
    *left = bytes_over(left->at + len, left->len - len);
    return head;
}

static enum err open_lri(struct bytes *left, size_t offset, struct frame *out,
                         struct frame_fault *fault)
{
    size_t len;

    if (left->len < LRI_HEAD_LEN)
        return cut_off(fault, "the LRI block is cut off", offset, LRI_HEAD_LEN, left->len);
    len = LRI_HEAD_LEN + (size_t)bytes_get_u16(left->at + 1);
    if (left->len < len)
        return cut_off(fault, "the LRI block is cut off", offset, len, left->len);
    out->lri = cut(left, len);
    return OK;
}

static bool is_header_class(uint8_t first)
{
    return first >= 0x60 && first <= 0x63;
}

static enum err open_header(struct bytes *left, size_t offset, struct frame *out,
                            struct frame_fault *fault)
{
    if (left->len < FRAME_HEADER_LEN)
        return cut_off(fault, "the header is cut off", offset, FRAME_HEADER_LEN, left->len);
    if (!is_header_class(left->at[0]))
        return not_begins(fault, "the header does not begin with 60 to 63", offset, 0x60,
                          left->at[0]);
    out->header = cut(left, FRAME_HEADER_LEN);
    return OK;
}

enum err frame_open(struct bytes body, unsigned framing, struct frame *out,
                    struct frame_fault *fault)
{
    struct bytes left = body;

    *out = (struct frame){.framing = framing};
    *fault = (struct frame_fault){0};
    if (framing & FRAMING_TPDU) {
        if (left.len < FRAME_TPDU_LEN)
            return cut_off(fault, "the TPDU is cut off", 0, FRAME_TPDU_LEN, left.len);
        if (left.at[0] != TPDU_ID)
            return not_begins(fault, "the TPDU does not begin with 60", 0, TPDU_ID, left.at[0]);
        out->tpdu = cut(&left, FRAME_TPDU_LEN);
    }
    if ((framing & FRAMING_HEADER) && left.len > 0 && left.at[0] == LRI_ID)
        TRY(open_lri(&left, body.len - left.len, out, fault));
    if (framing & FRAMING_HEADER)
        TRY(open_header(&left, body.len - left.len, out, fault));
    out->message = left;
    return OK;
}

unsigned frame_guess(struct bytes bytes)
{
    unsigned framing = FRAMING_NONE;
    struct bytes left = bytes;

    if (left.len >= FRAME_LENGTH_LEN && bytes_get_u16(left.at) == left.len - FRAME_LENGTH_LEN) {
        framing |= FRAMING_LENGTH;
        cut(&left, FRAME_LENGTH_LEN);
    }
    if (left.len < FRAME_TPDU_LEN + 1 || left.at[0] != TPDU_ID)
        return framing;
    framing |= FRAMING_TPDU;
    cut(&left, FRAME_TPDU_LEN);
    if (is_header_class(left.at[0]) || left.at[0] == LRI_ID)
        framing |= FRAMING_HEADER;
    return framing;
}

size_t frame_head_len(const struct frame *frame)
{
    size_t len = frame->framing & FRAMING_LENGTH ? FRAME_LENGTH_LEN : 0;
    return len + frame->tpdu.len + frame->lri.len + frame->header.len;
}

static size_t put(uint8_t *out, size_t len, struct bytes bytes)
{
    if (bytes.len > 0)
        memcpy(out + len, bytes.at, bytes.len);
    return len + bytes.len;
}

enum err frame_put_head(const struct frame *frame, size_t message_len, uint8_t *out, size_t out_cap,
                        size_t *out_len)
{
    size_t head = frame_head_len(frame);
    size_t len = frame->framing & FRAMING_LENGTH ? FRAME_LENGTH_LEN : 0;
    size_t body_len = head - len + message_len;

    if (body_len > FRAME_BODY_LEN_MAX)
        return ERR_BAD_LENGTH;
    if (head > out_cap)
        return ERR_FULL;
    if (frame->framing & FRAMING_LENGTH)
        frame_put_length(out, body_len);
    len = put(out, len, frame->tpdu);
    len = put(out, len, frame->lri);
    len = put(out, len, frame->header);
    assert(len == head);
    *out_len = len;
    return OK;
}

void frame_put_length(uint8_t out[static FRAME_LENGTH_LEN], size_t body_len)
{
    assert(body_len <= FRAME_BODY_LEN_MAX);
    bytes_put_u16(out, (uint16_t)body_len);
}

void frame_reply_tpdu(const uint8_t tpdu[static FRAME_TPDU_LEN], uint8_t out[static FRAME_TPDU_LEN])
{
    uint8_t swapped[FRAME_TPDU_LEN] = {tpdu[0], tpdu[3], tpdu[4], tpdu[1], tpdu[2]};

    memcpy(out, swapped, sizeof swapped);
}

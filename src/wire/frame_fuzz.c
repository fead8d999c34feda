/* Streams of frames: cut the same whether they come whole or byte by byte, and put back the same.
 */
#include "test/lib/fuzz.h"

#include "wire/frame.h"

#include <string.h>

static void check_body(struct bytes body)
{
    static uint8_t out[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX];
    struct frame frame;
    struct frame_fault fault;
    size_t len = 0;

    for (unsigned framing = 0; framing < 8; framing++) {
        if (frame_open(body, framing, &frame, &fault) != OK) {
            FUZZ_CHECK(fault.what != NULL && fault.offset <= body.len);
            continue;
        }
        FUZZ_CHECK(frame_put_head(&frame, frame.message.len, out, sizeof out, &len) == OK);
        FUZZ_CHECK(len == frame_head_len(&frame));
        memcpy(out + len, frame.message.at, frame.message.len);
        size_t skip = framing & FRAMING_LENGTH ? FRAME_LENGTH_LEN : 0;
        FUZZ_CHECK(len + frame.message.len - skip == body.len);
        FUZZ_CHECK(memcmp(out + skip, body.at, body.len) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t offset = 0;
    size_t take = 0;
    struct bytes body;

    (void)frame_guess(bytes_over(data, len));
    while (frame_next(bytes_over(data + offset, len - offset), &take, &body) == OK) {
        size_t again = 0;
        struct bytes unused;
        for (size_t have = 0; have < take; have += 1 + have / 8)
            FUZZ_CHECK(frame_next(bytes_over(data + offset, have), &again, &unused) == ERR_MORE);
        check_body(body);
        offset += take;
    }
    FUZZ_CHECK(offset <= len);
    return 0;
}

/*
 * BER-TLV and text TLV: iterators end, stay inside, and what one level gives is written back to
 * elements with the same tags and values.
 */
#include "test/lib/fuzz.h"

#include "wire/gbk.h"
#include "wire/tlv.h"

#include <string.h>

#define INPUT_LEN_MAX 4096

static void check_inside(struct bytes all, struct bytes part)
{
    FUZZ_CHECK(part.len == 0 || (part.at >= all.at && part.at + part.len <= all.at + all.len));
}

static void check_level(struct bytes all)
{
    static uint8_t room[4 * INPUT_LEN_MAX];
    struct tlv_writer writer = tlv_into(room, sizeof room);
    struct tlv_iterator it = tlv_over(all);
    struct tlv_iterator back;
    struct tlv element;
    struct tlv again;

    while (tlv_next(&it, &element) == OK) {
        check_inside(all, element.whole);
        check_inside(element.whole, element.value);
        FUZZ_CHECK(tlv_put(&writer, element.tag, element.value) == OK);
    }
    it = tlv_over(all);
    back = tlv_over(bytes_over(room, writer.len));
    while (tlv_next(&it, &element) == OK) {
        FUZZ_CHECK(tlv_next(&back, &again) == OK);
        FUZZ_CHECK(again.tag == element.tag && bytes_equal(again.value, element.value));
    }
    FUZZ_CHECK(tlv_next(&back, &again) == ERR_NOT_FOUND);
}

static void check_walk(struct bytes all)
{
    struct tlv_iterator it = tlv_over(all);
    struct tlv element;
    size_t count = 0;

    while (tlv_walk(&it, &element) == OK) {
        check_inside(all, element.whole);
        FUZZ_CHECK(element.depth <= TLV_DEPTH_MAX);
        FUZZ_CHECK(++count <= all.len);
    }
}

static void check_text(struct bytes all)
{
    struct tlv_iterator it = tlv_over(all);
    struct tlv element;
    size_t sum = 0;

    while (tlv_text_next(&it, &element) == OK)
        sum += element.whole.len;
    FUZZ_CHECK(sum <= all.len);
}

static void check_gbk(struct bytes all)
{
    static char room[4 * INPUT_LEN_MAX];
    static uint8_t back[4 * INPUT_LEN_MAX];
    struct text utf8 = text_over(room, sizeof room);
    size_t len = 0;

    gbk_add_utf8(&utf8, all);
    FUZZ_CHECK(!utf8.cut);
    if (!gbk_is_text(all))
        return;
    FUZZ_CHECK(gbk_from_utf8(bytes_over(room, utf8.len), back, sizeof back, &len) == OK);
    FUZZ_CHECK(len == all.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len > INPUT_LEN_MAX)
        return 0;
    check_level(bytes_over(data, len));
    check_walk(bytes_over(data, len));
    check_text(bytes_over(data, len));
    check_gbk(bytes_over(data, len));
    return 0;
}

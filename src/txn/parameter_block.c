#include "txn/parameter_block.h"

#include "base/assert.h"
#include "wire/gbk.h"

#include <string.h>

#define TAG_LEN 2
#define TAG_FIRST 11
#define TAG_LAST 27
#define COUNTERS "51000000000000" /* a terminal on a network dials nobody */

static const uint8_t lens[] = {2, 2, 1, 14, 14, 14, 14, 1, 2, 1, 1, 40, 1, 1, 1, 4, 2};

_Static_assert(ARRAY_COUNT(lens) == TAG_LAST - TAG_FIRST + 1, "a length for each tag");

static bool is_text(unsigned tag)
{
    return tag == PARAMETER_NAME || (tag >= 14 && tag <= 17);
}

static bool is_value(unsigned tag, const uint8_t *at)
{
    return tag == PARAMETER_KINDS || is_text(tag) ||
           bytes_are_digits((const char *)at, lens[tag - TAG_FIRST]);
}

enum err parameter_next(struct bytes block, size_t *offset, struct parameter *out)
{
    uint64_t tag;

    if (*offset >= block.len)
        return ERR_NOT_FOUND;
    const uint8_t *at = block.at + *offset;
    size_t left = block.len - *offset;
    if (left < TAG_LEN || bytes_to_number((const char *)at, TAG_LEN, &tag) != OK ||
        tag < TAG_FIRST || tag > TAG_LAST)
        return ERR_BAD_FORMAT;
    size_t len = lens[tag - TAG_FIRST];
    if (left < TAG_LEN + len || !is_value((unsigned)tag, at + TAG_LEN))
        return ERR_BAD_FORMAT;
    *out = (struct parameter){(unsigned)tag, bytes_over(at + TAG_LEN, len)};
    *offset += TAG_LEN + len;
    return OK;
}

enum err parameter_check(struct bytes block)
{
    struct parameter parameter;
    size_t offset = 0;
    enum err err;

    do
        err = parameter_next(block, &offset, &parameter);
    while (err == OK);
    return err == ERR_NOT_FOUND && block.len > 0 && block.len <= PARAMETER_BLOCK_MAX
               ? OK
               : ERR_BAD_FORMAT;
}

static bool find(struct bytes block, unsigned tag, struct bytes *out)
{
    struct parameter parameter;
    size_t offset = 0;

    while (parameter_next(block, &offset, &parameter) == OK) {
        if (parameter.tag == tag) {
            *out = parameter.value;
            return true;
        }
    }
    return false;
}

uint32_t parameter_number(struct bytes block, unsigned tag, uint32_t otherwise)
{
    struct bytes value;
    uint64_t number;

    if (!find(block, tag, &value))
        return otherwise;
    if (tag == PARAMETER_KINDS)
        return bytes_get_u32(value.at);
    return bytes_to_number((const char *)value.at, value.len, &number) == OK ? (uint32_t)number
                                                                             : otherwise;
}

/* Where the value goes, filled with spaces. */
static uint8_t *put_tag(struct parameter_writer *w, unsigned tag)
{
    assert(tag >= TAG_FIRST && tag <= TAG_LAST);
    size_t len = lens[tag - TAG_FIRST];
    assert(w->len + TAG_LEN + len <= w->cap);
    uint8_t *at = w->at + w->len;

    bytes_from_number(tag, (char *)at, TAG_LEN);
    memset(at + TAG_LEN, ' ', len);
    w->len += TAG_LEN + len;
    return at + TAG_LEN;
}

void parameter_put_number(struct parameter_writer *w, unsigned tag, uint32_t value)
{
    uint8_t *at = put_tag(w, tag);
    size_t len = lens[tag - TAG_FIRST];
    uint32_t most = 9;

    if (tag == PARAMETER_KINDS) {
        bytes_put_u32(at, value);
        return;
    }
    for (size_t i = 1; i < len && most < 999999999; i++)
        most = most * 10 + 9;
    bytes_from_number(value < most ? value : most, (char *)at, len);
}

void parameter_put_name(struct parameter_writer *w, const char *name_z)
{
    uint8_t *to = put_tag(w, PARAMETER_NAME);
    size_t used = 0;

    for (size_t at = 0; name_z[at] != 0;) {
        size_t len = 1;
        size_t gbk_len;
        while ((name_z[at + len] & 0xC0) == 0x80)
            len++;
        if (gbk_from_utf8(bytes_over(name_z + at, len), to + used, PARAMETER_NAME_LEN - used,
                          &gbk_len) != OK)
            return;
        used += gbk_len;
        at += len;
    }
}

void parameter_status(struct bytes block, uint8_t out[static STATUS_BLOCK_LEN])
{
    static const uint8_t told[] = {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 26, 27};
    struct parameter_writer w = {out, STATUS_BLOCK_LEN, STATUS_DEVICES_LEN};
    struct bytes value;

    memcpy(out, STATUS_DEVICES, STATUS_DEVICES_LEN);
    parameter_put_number(&w, PARAMETER_APPLICATION, 60);
    for (size_t i = 0; i < ARRAY_COUNT(told); i++) {
        uint8_t *at = put_tag(&w, told[i]);
        if (find(block, told[i], &value))
            memcpy(at, value.at, value.len);
        else if (!is_text(told[i]))
            memset(at, '0', lens[told[i] - TAG_FIRST]);
    }
    assert(w.len + sizeof COUNTERS - 1 == STATUS_BLOCK_LEN);
    memcpy(out + w.len, COUNTERS, sizeof COUNTERS - 1);
}

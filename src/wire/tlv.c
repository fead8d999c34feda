#include "wire/tlv.h"

#include "base/assert.h"

#include <string.h>

#define TAG_LEN_MAX 3

struct tlv_iterator tlv_over(struct bytes elements)
{
    return (struct tlv_iterator){.all = elements};
}

static enum err fail(struct tlv_iterator *it, enum err err, size_t offset, const char *what)
{
    it->fault = what;
    it->fault_offset = offset;
    return err;
}

static enum err take_tag(struct tlv_iterator *it, size_t end, size_t *offset, uint32_t *tag)
{
    const uint8_t *at = it->all.at;
    size_t start = *offset;
    size_t i = start;

    *tag = at[i++];
    if ((*tag & 0x1F) == 0x1F) {
        do {
            if (i == end)
                return fail(it, ERR_TRUNCATED, start, "the tag is cut off");
            if (i - start == TAG_LEN_MAX)
                return fail(it, ERR_BAD_FORMAT, start, "the tag is longer than three bytes");
            *tag = *tag << 8 | at[i];
        } while (at[i++] & 0x80);
    }
    *offset = i;
    return OK;
}

static enum err take_len(struct tlv_iterator *it, size_t end, size_t *offset, size_t *len)
{
    size_t i = *offset;
    size_t bytes;

    if (i == end)
        return fail(it, ERR_TRUNCATED, i, "the length is missing");
    *len = it->all.at[i++];
    if (*len >= 0x80) {
        bytes = *len & 0x7F;
        if (bytes == 0 || bytes > 2)
            return fail(it, ERR_BAD_FORMAT, *offset, "the length is not of one to three bytes");
        if (end - i < bytes)
            return fail(it, ERR_TRUNCATED, *offset, "the length is cut off");
        *len = bytes == 1 ? it->all.at[i] : bytes_get_u16(it->all.at + i);
        i += bytes;
    }
    *offset = i;
    return OK;
}

/* The element at it->offset, inside `end`; the iterator itself stays. */
static enum err element_at(struct tlv_iterator *it, size_t end, struct tlv *out)
{
    size_t start = it->offset;
    size_t i = start;
    size_t len;

    TRY(take_tag(it, end, &i, &out->tag));
    TRY(take_len(it, end, &i, &len));
    if (end - i < len)
        return fail(it, ERR_TRUNCATED, start, "the value is cut off");
    out->constructed = (it->all.at[start] & 0x20) != 0;
    out->value = bytes_over(it->all.at + i, len);
    out->whole = bytes_over(it->all.at + start, i - start + len);
    out->depth = it->depth;
    return OK;
}

static void skip_zeros(struct tlv_iterator *it, size_t end)
{
    while (it->offset < end && it->all.at[it->offset] == 0)
        it->offset++;
}

enum err tlv_next(struct tlv_iterator *it, struct tlv *out)
{
    skip_zeros(it, it->all.len);
    if (it->offset == it->all.len)
        return ERR_NOT_FOUND;
    TRY(element_at(it, it->all.len, out));
    it->offset += out->whole.len;
    return OK;
}

/* Whether a value is a row of whole elements. */
static bool is_elements(struct bytes value)
{
    struct tlv_iterator it = tlv_over(value);
    struct tlv element;
    enum err err;

    do
        err = tlv_next(&it, &element);
    while (err == OK);
    return err == ERR_NOT_FOUND;
}

enum err tlv_walk(struct tlv_iterator *it, struct tlv *out)
{
    size_t end;

    for (;;) {
        end = it->depth == 0 ? it->all.len : it->ends[it->depth - 1];
        skip_zeros(it, end);
        if (it->offset < end)
            break;
        if (it->depth == 0)
            return ERR_NOT_FOUND;
        it->depth--;
    }
    TRY(element_at(it, end, out));
    out->constructed = out->constructed && it->depth < TLV_DEPTH_MAX && out->value.len > 0 &&
                       is_elements(out->value);
    if (out->constructed) {
        it->ends[it->depth++] = it->offset + out->whole.len;
        it->offset += out->whole.len - out->value.len;
    } else {
        it->offset += out->whole.len;
    }
    return OK;
}

enum err tlv_find(struct bytes elements, uint32_t tag, struct bytes *out)
{
    struct tlv_iterator it = tlv_over(elements);
    struct tlv element;

    do
        TRY(tlv_next(&it, &element));
    while (element.tag != tag);
    *out = element.value;
    return OK;
}

#define TEXT_TAG_LEN 2
#define TEXT_LEN_LEN 3

enum err tlv_text_next(struct tlv_iterator *it, struct tlv *out)
{
    size_t start = it->offset;
    size_t left = it->all.len - start;
    const uint8_t *at = it->all.at + start;
    uint64_t len;

    if (left == 0)
        return ERR_NOT_FOUND;
    if (left < TEXT_TAG_LEN + TEXT_LEN_LEN)
        return fail(it, ERR_TRUNCATED, start, "the tag or its length is cut off");
    if (bytes_to_number((const char *)at + TEXT_TAG_LEN, TEXT_LEN_LEN, &len) != OK)
        return fail(it, ERR_BAD_FORMAT, start + TEXT_TAG_LEN, "the length is not three digits");
    if (left - TEXT_TAG_LEN - TEXT_LEN_LEN < len)
        return fail(it, ERR_TRUNCATED, start, "the value is cut off");
    out->tag = bytes_get_u16(at);
    out->value = bytes_over(at + TEXT_TAG_LEN + TEXT_LEN_LEN, (size_t)len);
    out->whole = bytes_over(at, TEXT_TAG_LEN + TEXT_LEN_LEN + (size_t)len);
    out->depth = 0;
    out->constructed = false;
    it->offset += out->whole.len;
    return OK;
}

struct tlv_writer tlv_into(uint8_t *room, size_t cap)
{
    return (struct tlv_writer){.at = room, .cap = cap};
}

static size_t tag_len(uint32_t tag)
{
    return tag > 0xFFFF ? 3 : tag > 0xFF ? 2 : 1;
}

enum err tlv_put(struct tlv_writer *w, uint32_t tag, struct bytes value)
{
    size_t tag_bytes = tag_len(tag);
    size_t len_bytes = value.len < 0x80 ? 1 : value.len < 0x100 ? 2 : 3;
    uint8_t *out = w->at + w->len;

    assert(tag != 0 && tag <= 0xFFFFFF);
    if (value.len > UINT16_MAX)
        return ERR_BAD_LENGTH;
    if (w->cap - w->len < tag_bytes + len_bytes + value.len)
        return ERR_FULL;
    for (size_t i = 0; i < tag_bytes; i++)
        *out++ = (uint8_t)(tag >> (8 * (tag_bytes - 1 - i)));
    if (len_bytes > 1)
        *out++ = (uint8_t)(0x80 + len_bytes - 1);
    if (len_bytes == 3)
        *out++ = (uint8_t)(value.len >> 8);
    *out++ = (uint8_t)value.len;
    if (value.len > 0)
        memcpy(out, value.at, value.len);
    w->len += tag_bytes + len_bytes + value.len;
    return OK;
}

enum err tlv_text_put(struct tlv_writer *w, const char *tag_z, struct bytes value)
{
    uint8_t *out = w->at + w->len;

    assert(strlen(tag_z) == TEXT_TAG_LEN);
    if (value.len > 999)
        return ERR_BAD_LENGTH;
    if (w->cap - w->len < TEXT_TAG_LEN + TEXT_LEN_LEN + value.len)
        return ERR_FULL;
    memcpy(out, tag_z, TEXT_TAG_LEN);
    bytes_from_number(value.len, (char *)out + TEXT_TAG_LEN, TEXT_LEN_LEN);
    if (value.len > 0)
        memcpy(out + TEXT_TAG_LEN + TEXT_LEN_LEN, value.at, value.len);
    w->len += TEXT_TAG_LEN + TEXT_LEN_LEN + value.len;
    return OK;
}

#include "wire/subfield.h"

#include "base/assert.h"

#include <string.h>

struct subfield_iterator subfield_over(const struct dialect *dialect, unsigned field, uint16_t mti,
                                       struct bytes value)
{
    struct subfield_iterator it = {.left = value};
    const struct dialect_row *row = dialect_row(dialect, field);

    it.layout = dialect_layout(dialect, field, mti, value.len);
    it.digits = row != NULL && row->class == CLASS_N;
    it.bytes = row != NULL && row->class == CLASS_B;
    if (it.layout != NULL)
        it.parts = dialect->source->parts + it.layout->part_first;
    return it;
}

bool subfield_next(struct subfield_iterator *it, struct subfield *out)
{
    size_t len;

    if (it->layout == NULL || it->left.len == 0)
        return false;
    if (it->index == it->layout->part_count) {
        if (!it->layout->repeats)
            return false;
        it->index = 0;
        it->repeat++;
    }
    out->part = &it->parts[it->index++];
    len = out->part->len == 0 || out->part->len > it->left.len ? it->left.len : out->part->len;
    out->value = bytes_over(it->left.at, len);
    out->repeat = it->repeat;
    out->cut = len < out->part->len;
    it->left = bytes_over(it->left.at + len, it->left.len - len);
    return true;
}

enum err subfield_find(struct subfield_iterator it, const char *name, struct bytes *out)
{
    struct subfield part;

    while (subfield_next(&it, &part)) {
        if (strcmp(part.part->name, name) != 0)
            continue;
        *out = part.value;
        return OK;
    }
    return ERR_NOT_FOUND;
}

enum err subfield_get_z(const struct iso_view *view, unsigned field, const char *name, char *out,
                        size_t out_cap)
{
    char value[1024];
    size_t len;
    struct bytes part;

    assert(out_cap > 0);
    TRY(iso_get(view, field, value, sizeof value, &len));
    TRY(subfield_find(subfield_over(view->dialect, field, view->mti, bytes_over(value, len)), name,
                      &part));
    if (part.len >= out_cap)
        return ERR_FULL;
    memcpy(out, part.at, part.len);
    out[part.len] = 0;
    return OK;
}

enum err subfield_set(struct subfield_iterator it, const char *name, struct bytes value,
                      char *field_value)
{
    const uint8_t *first = it.left.at;
    struct bytes part;
    char *at;

    assert((const uint8_t *)field_value == first);
    TRY(subfield_find(it, name, &part));
    if (value.len > part.len)
        return ERR_BAD_LENGTH;
    at = field_value + (part.at - first);
    memset(at, it.digits ? '0' : ' ', part.len);
    if (value.len > 0)
        memcpy(at + (it.digits ? part.len - value.len : 0), value.at, value.len);
    return OK;
}

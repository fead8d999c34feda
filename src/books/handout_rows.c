#include "books/handout_rows.h"

#include "base/assert.h"
#include "wire/tlv.h"

#include <string.h>

#define TAG_AID 0x9F06 /* of a key: its RID */
#define TAG_KEY_INDEX 0x9F22
#define TAG_KEY_EXPIRY 0xDF05
#define TAG_PARTIAL 0xDF01
#define RID_LEN 5
#define COMING 0xFF

struct handout_name handout_whole(void)
{
    return (struct handout_name){0};
}

struct handout_name handout_coming(void)
{
    return (struct handout_name){.len = 1, .at = {COMING}};
}

struct row_key handout_row_key(const char terminal[static TERMINAL_ID_LEN], enum txn_kind kind,
                               const struct handout_name *name)
{
    uint8_t at[TERMINAL_ID_LEN + 1 + HANDOUT_NAME_LEN];

    assert(name->len <= HANDOUT_NAME_LEN);
    memcpy(at, terminal, TERMINAL_ID_LEN);
    at[TERMINAL_ID_LEN] = (uint8_t)kind;
    memcpy(at + TERMINAL_ID_LEN + 1, name->at, name->len);
    return row_key_of(TABLE_HANDOUT, at, (size_t)TERMINAL_ID_LEN + 1 + name->len);
}

struct row_key signature_row_key(const struct identity *payment, uint8_t part)
{
    uint8_t at[IDENTITY_KEY_LEN + 1];

    assert(part < SIGNATURE_PARTS);
    identity_to_key(payment, at);
    at[IDENTITY_KEY_LEN] = part;
    return row_key_of(TABLE_SIGNATURE, at, sizeof at);
}

struct bytes handout_block(const struct handout_row *row)
{
    return bytes_over(row->at, row->len <= sizeof row->at ? row->len : 0);
}

/* ---- entries ---- */

/* The value of a tag when it has so many bytes. */
static bool element(struct bytes block, uint32_t tag, size_t least, size_t most, struct bytes *out)
{
    return tlv_find(block, tag, out) == OK && out->len >= least && out->len <= most;
}

enum err handout_name_read(enum txn_kind kind, struct bytes block, struct handout_name *out)
{
    bool is_key = kind == KIND_CA_KEYS;
    struct bytes aid;
    struct bytes index = {0};

    if (!element(block, TAG_AID, RID_LEN, is_key ? RID_LEN : HANDOUT_NAME_LEN, &aid) ||
        (is_key && !element(block, TAG_KEY_INDEX, 1, 1, &index)))
        return ERR_BAD_FORMAT;
    memset(out, 0, sizeof *out);
    memcpy(out->at, aid.at, aid.len);
    out->len = (uint8_t)aid.len;
    if (is_key)
        out->at[out->len++] = index.at[0];
    return OK;
}

static void put(struct tlv_writer *w, uint32_t tag, struct bytes value)
{
    enum err err = tlv_put(w, tag, value);

    assert(err == OK);
}

size_t handout_name_write(enum txn_kind kind, const struct handout_name *name,
                          uint8_t out[static HANDOUT_REQUEST_LEN])
{
    struct tlv_writer w = tlv_into(out, HANDOUT_REQUEST_LEN);
    bool is_key = kind == KIND_CA_KEYS;

    assert(name->len >= RID_LEN && name->len <= HANDOUT_NAME_LEN);
    put(&w, TAG_AID, bytes_over(name->at, is_key ? RID_LEN : name->len));
    if (is_key)
        put(&w, TAG_KEY_INDEX, bytes_over(name->at + RID_LEN, 1));
    return w.len;
}

enum err handout_entry_check(enum txn_kind kind, struct bytes entry, const char **fault)
{
    /* clang-format off */
    static const struct {
        enum txn_kind kind;
        uint32_t tag;
        uint16_t least;
        uint16_t most;
        const char *name;
    } wanted[] = {
        { KIND_CA_KEYS, TAG_AID,        5, 5,   "9F06, the RID" },
        { KIND_CA_KEYS, TAG_KEY_INDEX,  1, 1,   "9F22, the index" },
        { KIND_CA_KEYS, TAG_KEY_EXPIRY, 4, 8,   "DF05, the expiry" },
        { KIND_CA_KEYS, 0xDF06,         1, 1,   "DF06, hash algorithm" },
        { KIND_CA_KEYS, 0xDF07,         1, 1,   "DF07, sign algorithm" },
        { KIND_CA_KEYS, 0xDF02,         64, 248, "DF02, the modulus" },
        { KIND_CA_KEYS, 0xDF04,         1, 3,   "DF04, the exponent" },
        { KIND_CA_KEYS, 0xDF03,         20, 20, "DF03, the check value" },
        { KIND_AIDS,    TAG_AID,        5, 16,  "9F06, the AID" },
        { KIND_AIDS,    TAG_PARTIAL,    1, 1,   "DF01, partial match" },
    };
    /* clang-format on */
    struct bytes value;

    if (entry.len > HANDOUT_BLOCK_LEN) {
        *fault = "at most 560 bytes";
        return ERR_BAD_FORMAT;
    }
    for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
        if (wanted[i].kind == kind &&
            !element(entry, wanted[i].tag, wanted[i].least, wanted[i].most, &value)) {
            *fault = wanted[i].name;
            return ERR_BAD_FORMAT;
        }
    }
    return OK;
}

/* ---- lists ---- */

enum err handout_list_add(enum txn_kind kind, struct bytes entry, struct handout_row *list)
{
    struct tlv_writer w = tlv_into(list->at, sizeof list->at);
    uint32_t last = kind == KIND_CA_KEYS ? TAG_KEY_EXPIRY : TAG_PARTIAL;
    struct handout_name name;
    struct bytes value;
    size_t count;

    TRY(handout_list_count(kind, handout_block(list), &count));
    TRY(handout_name_read(kind, entry, &name));
    TRY(tlv_find(entry, last, &value));
    if (count == HANDOUT_ENTRIES_MAX)
        return ERR_FULL;
    w.len = list->len;
    if (w.len + HANDOUT_REQUEST_LEN + 4 + value.len > sizeof list->at)
        return ERR_FULL;
    w.len += handout_name_write(kind, &name, list->at + w.len);
    TRY(tlv_put(&w, last, value));
    list->len = (uint16_t)w.len;
    return OK;
}

/* An element more of the line; false when it does not belong there. */
static bool add_element(const struct tlv *element, struct handout_line *line)
{
    struct handout_name *name = &line->name;

    if (element->tag == TAG_KEY_INDEX && element->value.len == 1 && name->len == RID_LEN)
        name->at[name->len++] = element->value.at[0];
    else if (element->tag == TAG_PARTIAL && element->value.len == 1)
        line->is_partial = element->value.at[0] == 0;
    else
        return element->tag == TAG_KEY_EXPIRY;
    return true;
}

/* Reads the line at the iterator's element `first` and leaves the next line's there. */
static enum err read_line(struct tlv_iterator *it, struct tlv *first, struct handout_line *out)
{
    enum err err;

    if (first->tag != TAG_AID || first->value.len < RID_LEN || first->value.len > HANDOUT_NAME_LEN)
        return ERR_BAD_FORMAT;
    memset(out, 0, sizeof *out);
    memcpy(out->name.at, first->value.at, first->value.len);
    out->name.len = (uint8_t)first->value.len;
    while ((err = tlv_next(it, first)) == OK && first->tag != TAG_AID) {
        if (!add_element(first, out))
            return ERR_BAD_FORMAT;
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err handout_list_line(enum txn_kind kind, struct bytes list, size_t n,
                           struct handout_line *out)
{
    struct tlv_iterator it = tlv_over(list);
    struct tlv element = {0};
    enum err err = tlv_next(&it, &element);

    for (size_t i = 0; err == OK; i++) {
        struct tlv before = element;
        TRY(read_line(&it, &element, out));
        if (kind == KIND_CA_KEYS && out->name.len != RID_LEN + 1)
            return ERR_BAD_FORMAT;
        if (i == n)
            return OK;
        if (element.whole.at == before.whole.at || element.tag != TAG_AID)
            return ERR_NOT_FOUND;
    }
    return err;
}

enum err handout_list_count(enum txn_kind kind, struct bytes list, size_t *out)
{
    struct handout_line line;
    size_t count = 0;
    enum err err;

    while ((err = handout_list_line(kind, list, count, &line)) == OK &&
           count <= HANDOUT_ENTRIES_MAX)
        count++;
    if (err != ERR_NOT_FOUND)
        return ERR_BAD_FORMAT;
    *out = count;
    return OK;
}

bool handout_list_takes(struct bytes list, struct bytes aid)
{
    struct handout_line line;

    for (size_t i = 0; handout_list_line(KIND_AIDS, list, i, &line) == OK; i++) {
        if (aid.len < line.name.len || memcmp(aid.at, line.name.at, line.name.len) != 0)
            continue;
        if (line.is_partial || aid.len == line.name.len)
            return true;
    }
    return false;
}

#include "explain/values.h"

#include "base/assert.h"
#include "txn/kind.h"

#define VALUE_ROW(en, zh) {en, zh},
static const struct value_row {
    const char *en;
    const char *zh;
} value_table[] = {
#include "explain/value_table.h"
};
#undef VALUE_ROW

#define EVIDENCE_ROOM sizeof(((struct evidence *)0)->text)

/* The whole word, or as much of it as evidence has room for. */
static bool is_word(struct bytes value, const char *word)
{
    size_t len = strlen(word);

    if (value.len == EVIDENCE_ROOM - 1 && len > value.len)
        len = value.len;
    return value.len == len && memcmp(value.at, word, len) == 0;
}

/* What stands in the place of the pattern's '%'. */
static bool fits(struct bytes value, const char *pattern, struct bytes *middle)
{
    size_t before = strcspn(pattern, "%");
    size_t after = pattern[before] == '%' ? strlen(pattern + before + 1) : 0;

    if (pattern[before] != '%' || value.len <= before + after ||
        memcmp(value.at, pattern, before) != 0 ||
        memcmp(value.at + value.len - after, pattern + before + 1, after) != 0)
        return false;
    *middle = bytes_over(value.at + before, value.len - before - after);
    return true;
}

static const char *kind_word(struct bytes value)
{
    for (unsigned kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
        if (is_word(value, kind_row((enum txn_kind)kind)->name))
            return kind_row((enum txn_kind)kind)->zh;
    }
    return NULL;
}

static const char *whole_word(struct bytes value)
{
    for (size_t i = 0; i < ARRAY_COUNT(value_table); i++) {
        if (is_word(value, value_table[i].en))
            return value_table[i].zh;
    }
    return kind_word(value);
}

/* Names in capitals (MAK, CVV2) are the same in Chinese. */
static bool has_words(struct bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] >= 'a' && value.at[i] <= 'z')
            return true;
    }
    return false;
}

/* One word or pattern; false when it had to stay as it is. */
static bool add_piece(struct text *t, struct bytes piece)
{
    const char *zh = whole_word(piece);
    struct bytes middle;

    if (zh != NULL) {
        text_add(t, zh);
        return true;
    }
    for (size_t i = 0; i < ARRAY_COUNT(value_table); i++) {
        if (!fits(piece, value_table[i].en, &middle))
            continue;
        const char *inner = whole_word(middle);
        size_t before = strcspn(value_table[i].zh, "%");
        text_add_bytes(t, bytes_over(value_table[i].zh, before));
        text_add_bytes(t, inner != NULL ? bytes_of_z(inner) : middle);
        text_add(t, value_table[i].zh + before + 1);
        return true;
    }
    text_add_bytes(t, piece);
    return !has_words(piece);
}

static bool are_kinds(struct bytes value)
{
    while (value.len > 0) {
        const uint8_t *gap = memchr(value.at, ' ', value.len);
        size_t len = gap != NULL ? (size_t)(gap - value.at) : value.len;

        if (kind_word(bytes_over(value.at, len)) == NULL)
            return false;
        value = bytes_over(value.at + len, value.len - len);
        value = value.len > 0 ? bytes_over(value.at + 1, value.len - 1) : value;
    }
    return true;
}

static bool add_pieces(struct text *t, struct bytes value, const char *gap)
{
    size_t gap_len = strlen(gap);
    bool is_known = true;

    for (;;) {
        const uint8_t *at = memmem(value.at, value.len, gap, gap_len);
        size_t len = at != NULL ? (size_t)(at - value.at) : value.len;

        is_known &= add_piece(t, bytes_over(value.at, len));
        if (at == NULL)
            return is_known;
        text_add(t, "、");
        value = bytes_over(value.at + len + gap_len, value.len - len - gap_len);
    }
}

static bool add_chinese(struct text *t, const char *value)
{
    struct bytes bytes = bytes_of_z(value);

    if (whole_word(bytes) != NULL)
        return add_piece(t, bytes);
    return add_pieces(t, bytes, are_kinds(bytes) ? " " : ", ");
}

void value_add_text(struct text *t, const char *value, enum explain_lang lang)
{
    assert(lang < LANG_COUNT);
    if (lang == LANG_ZH)
        (void)add_chinese(t, value);
    else
        text_add(t, value);
}

bool value_is_known(const char *value)
{
    char room[128];
    struct text t = text_over(room, sizeof room);

    return add_chinese(&t, value);
}

#include "explain/query.h"

#include "base/assert.h"

#include <string.h>

#define FOLD_ROW(from, to) {from, to},
static const struct {
    uint16_t from;
    uint16_t to;
} fold_table[] = {
#include "explain/fold_table.h"
};
#undef FOLD_ROW

/* What may stand behind a number that is no code. */
static const char *const unit_words[] = {
    "元", "块", "角", "分", "次", "笔", "个", "天", "月",   "年",  "号",  "点",     "折",
    "万", "千", "百", "岁", "人", "张", "度", "家", "yuan", "rmb", "cny", "minute", "percent"};

uint16_t query_fold(uint16_t character)
{
    size_t low = 0;
    size_t high = ARRAY_COUNT(fold_table);

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (fold_table[middle].from < character)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ARRAY_COUNT(fold_table) && fold_table[low].from == character ? fold_table[low].to
                                                                              : character;
}

static bool is_tail(struct bytes text, size_t at)
{
    return at < text.len && (text.at[at] & 0xC0) == 0x80;
}

/* The character at *at, which moves on; 0 for what is no UTF-8 or lies past the first plane. */
static uint16_t next_character(struct bytes text, size_t *at)
{
    uint8_t first = text.at[(*at)++];

    if (first < 0x80)
        return first;
    if (first >= 0xE0 && first < 0xF0 && is_tail(text, *at) && is_tail(text, *at + 1)) {
        unsigned value =
            (first & 0x0FU) << 12 | (text.at[*at] & 0x3FU) << 6 | (text.at[*at + 1] & 0x3FU);
        *at += 2;
        return (uint16_t)value;
    }
    while (is_tail(text, *at))
        (*at)++;
    return 0;
}

static bool is_latin(uint16_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_chinese(uint16_t c)
{
    return c >= 0x3400 && c <= 0x9FFF;
}

/* Of a text in the simplified script; 0: a gap. */
static uint16_t plain_simplified(uint16_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E)
        c = (uint16_t)(c - 0xFEE0);
    if (c >= 'A' && c <= 'Z')
        c = (uint16_t)(c - 'A' + 'a');
    return is_latin(c) || is_chinese(c) ? c : 0;
}

static uint16_t plain(uint16_t c)
{
    c = plain_simplified(c);
    return is_chinese(c) ? query_fold(c) : c;
}

static unsigned pair_bit(uint16_t a, uint16_t b)
{
    uint32_t mixed = (a * 0x9E3779B1U) ^ (b * 0x85EBCA6BU);

    return (mixed ^ mixed >> 15) % QUERY_PAIR_BITS;
}

static void add_pair(struct query *out, uint16_t a, uint16_t b)
{
    unsigned bit = pair_bit(a, b);

    out->pairs[bit / 64] |= 1ULL << bit % 64;
    out->pair_count++;
}

/* As UTF-8; returns how many bytes. */
static size_t write_character(uint16_t c, char out[static 3])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

/* A Latin character begins a word behind a gap and behind Chinese. */
static void add_to_word(struct query *out, bool is_first)
{
    struct query_word *word = &out->words[out->word_count - (is_first ? 0 : 1)];
    char letter = out->compact[out->len - 1];

    if (is_first) {
        *word = (struct query_word){.at = out->compact + out->len - 1};
        out->word_count++;
        if (letter >= 'a')
            out->letters |= 1U << (letter - 'a');
    }
    if (word->len < UINT8_MAX)
        word->len++;
}

static void mark_units(struct query *out)
{
    for (size_t i = 0; i < out->word_count; i++) {
        const char *behind = out->words[i].at + out->words[i].len;
        for (size_t u = 0; u < ARRAY_COUNT(unit_words); u++)
            out->words[i].is_before_unit |=
                strncmp(behind, unit_words[u], strlen(unit_words[u])) == 0;
    }
}

/* Of the first character, and of a letter the one behind it. */
static unsigned head_bit(const char *at)
{
    const uint8_t *bytes = (const uint8_t *)at;
    uint32_t mixed = bytes[0] | (uint32_t)bytes[1] << 8;

    if (bytes[0] >= 0xE0)
        mixed |= (uint32_t)bytes[2] << 16;
    return mixed * 0x9E3779B1U >> 22;
}

_Static_assert(QUERY_HEAD_BITS == 1U << (32 - 22), "as many as head_bit makes");

static void mark_heads(struct query *out)
{
    for (size_t i = 0; i + 1 < out->len; i++) {
        unsigned bit = head_bit(out->compact + i);
        out->heads[bit / 64] |= 1ULL << bit % 64;
    }
}

bool query_has(const struct query *query, const char *text)
{
    unsigned bit = head_bit(text);

    return (query->heads[bit / 64] >> bit % 64 & 1) != 0 && strstr(query->compact, text) != NULL;
}

/* Appends what is read to what the query has. */
static void read_on(struct bytes text, struct query *out)
{
    uint16_t before = 0;
    size_t at = 0;

    for (size_t count = 0; at < text.len && count < QUERY_CHARS_MAX; count++) {
        uint16_t c = plain(next_character(text, &at));
        bool is_new_word = is_latin(c) && !is_latin(before);

        if ((is_new_word && out->word_count == QUERY_WORDS_MAX) ||
            out->len + 4 > sizeof out->compact)
            break;
        if (c != 0)
            out->len += write_character(c, out->compact + out->len);
        if (is_latin(c))
            add_to_word(out, is_new_word);
        if (is_chinese(c) && is_chinese(before))
            add_pair(out, before, c);
        before = c;
    }
    out->compact[out->len] = 0;
}

void query_read(struct bytes text, struct query *out)
{
    memset(out, 0, sizeof *out);
    read_on(text, out);
    mark_units(out);
    mark_heads(out);
}

void query_add(struct query *query, const char *text)
{
    size_t pair_count = query->pair_count;

    read_on(bytes_of_z(text), query);
    query->pair_count = pair_count; /* of what was said, to which messages are compared */
    mark_heads(query);
}

/* By the first character alone, which tells nearly all texts from a query. */
static bool may_equal(const struct query *query, const char *text)
{
    uint8_t first = (uint8_t)text[0];

    if (first >= 'a' && first <= 'z')
        return query->compact[0] == text[0];
    if (first >= 0xE4 && first <= 0xE9) /* Chinese, as most of it is */
        return memcmp(query->compact, text, 3) == 0;
    return true;
}

bool query_equals(const struct query *query, const char *text)
{
    struct bytes bytes;
    size_t same = 0;

    if (!may_equal(query, text))
        return false;
    bytes = bytes_of_z(text);
    for (size_t at = 0; at < bytes.len;) {
        uint16_t c = plain_simplified(next_character(bytes, &at));
        char utf8[3];
        size_t len = c == 0 ? 0 : write_character(c, utf8);

        if (len > query->len - same || memcmp(query->compact + same, utf8, len) != 0)
            return false;
        same += len;
    }
    return same == query->len && same > 0;
}

struct query_share query_pairs(const struct query *query, const char *text, size_t misses_max)
{
    struct bytes bytes = bytes_of_z(text);
    struct query_share share = {0};
    uint16_t before = 0;

    for (size_t at = 0; at < bytes.len;) {
        uint16_t c = next_character(bytes, &at);
        if (is_chinese(c) && is_chinese(before)) {
            unsigned bit = pair_bit(before, c);
            share.found += query->pairs[bit / 64] >> bit % 64 & 1;
            share.count++;
            if (share.count - share.found > misses_max)
                return (struct query_share){0};
        }
        before = c;
    }
    return share;
}

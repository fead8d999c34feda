/*
 * A query as words.c compares it: characters of the simplified script, small Latin letters, full
 * width made half, everything else a gap. One buffer without gaps, for terms that are looked for as
 * they stand; the Latin words apart, and the set of all pairs of neighbouring characters.
 */
#ifndef EXPLAIN_QUERY_H
#define EXPLAIN_QUERY_H

#include "base/bytes.h"

#define QUERY_CHARS_MAX 160
#define QUERY_WORDS_MAX 40
#define QUERY_ADDED_MAX 120 /* bytes of what is heard besides */
#define QUERY_PAIR_BITS 1024
#define QUERY_HEAD_BITS 1024

struct query_word {
    const char *at; /* in query.compact, not terminated */
    uint8_t len;
    bool is_before_unit; /* "20块", "20 yuan": a number of something, no code */
};

struct query {
    char compact[QUERY_CHARS_MAX * 3 + QUERY_ADDED_MAX + 1]; /* UTF-8, terminated */
    size_t len;
    struct query_word words[QUERY_WORDS_MAX];
    size_t word_count;
    size_t pair_count;
    uint32_t letters;                     /* bit n: a word begins with the n-th letter */
    uint64_t heads[QUERY_HEAD_BITS / 64]; /* of all that compact has at any place, the beginning */
    uint64_t pairs[QUERY_PAIR_BITS / 64];
};

void query_read(struct bytes text, struct query *out);

/* Hears a text too, as if it stood behind the query; what finds no room is not heard. */
void query_add(struct query *query, const char *text);

/* Whether a text in the simplified script says the same, gaps aside. */
bool query_equals(const struct query *query, const char *text);

/* Whether the text stands in the query; it is as query_read would leave it, two bytes at least. */
bool query_has(const struct query *query, const char *text);

/* How many of the text's pairs of Chinese characters the query has, of how many; none of none when
 * more than misses_max are missing. The text is as query_read would leave it. */
struct query_share {
    unsigned found;
    unsigned count;
};
struct query_share query_pairs(const struct query *query, const char *text, size_t misses_max);

/* The simplified form of a character of the traditional script; itself if it has none. */
uint16_t query_fold(uint16_t character);

#endif

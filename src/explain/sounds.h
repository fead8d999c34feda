/*
 * Words by their sound, for what was typed with the wrong character of the right sound (密马 for
 * 密码), as input methods make it, or in pinyin (mi ma). A sound is a number; characters and words
 * that are none, English ones mostly, are a gap. Tones are not heard, nor the difference of zh and
 * z, ch and c, sh and s, -ing and -in, -eng and -en.
 *
 * Making the table takes some microseconds, so this is for queries of which nothing else is known.
 */
#ifndef EXPLAIN_SOUNDS_H
#define EXPLAIN_SOUNDS_H

#include "explain/query.h"

#define SOUNDS_FIRST 0x4E00
#define SOUNDS_COUNT (0x9FB0 - SOUNDS_FIRST)
#define SOUNDS_GAP 0

struct sounds {
    uint16_t of[SOUNDS_COUNT]; /* by character; SOUNDS_GAP: not known */
};

struct sounds_text {
    uint16_t at[QUERY_CHARS_MAX];
    size_t count;
};

void sounds_init(struct sounds *sounds);

/* What a query sounds like, Latin words as pinyin if they can be read so. */
void sounds_of_query(const struct sounds *sounds, const struct query *query,
                     struct sounds_text *out);

/* Whether the query has all of a term's characters by sound, one after another. A term with
 * anything but known characters, or of one alone, is not found. */
bool sounds_have(const struct sounds *sounds, const struct sounds_text *query, const char *term);

#endif

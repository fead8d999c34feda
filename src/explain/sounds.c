#include "explain/sounds.h"

#include "base/assert.h"

#include <string.h>

#define SYLLABLE_LEN_MAX 6 /* "zhuang" */
#define TERM_SOUNDS_MAX 12

#define SOUND_ROW(syllable, characters) {syllable, characters},
static const struct {
    const char *syllable;
    const char *characters;
} sound_table[] = {
#include "explain/sound_table.h"
};
#undef SOUND_ROW

/* The character at *at, which moves on; all of the table and of terms are of three bytes. 0 at the
 * end and for others. */
static uint16_t next(const char **at)
{
    const uint8_t *bytes = (const uint8_t *)*at;
    unsigned value;

    if (bytes[0] < 0xE0) {
        *at += bytes[0] != 0;
        return 0;
    }
    value = (bytes[0] & 0x0FU) << 12 | (bytes[1] & 0x3FU) << 6 | (bytes[2] & 0x3FU);
    *at += 3;
    return (uint16_t)value;
}

/* Rows of one syllable follow each other; the first of them is its number. */
static uint16_t number_of(size_t row)
{
    while (row > 0 && strcmp(sound_table[row - 1].syllable, sound_table[row].syllable) == 0)
        row--;
    return (uint16_t)(row + 1);
}

void sounds_init(struct sounds *sounds)
{
    memset(sounds, 0, sizeof *sounds);
    for (size_t row = 0; row < ARRAY_COUNT(sound_table); row++) {
        uint16_t number = number_of(row);
        const char *at = sound_table[row].characters;

        while (*at != 0) {
            unsigned index = next(&at) - SOUNDS_FIRST;
            assert(index < SOUNDS_COUNT);
            sounds->of[index] = number;
        }
    }
}

static uint16_t sound_of(const struct sounds *sounds, uint16_t character)
{
    unsigned index = character - (unsigned)SOUNDS_FIRST;

    return character >= SOUNDS_FIRST && index < SOUNDS_COUNT ? sounds->of[index] : SOUNDS_GAP;
}

/* ---- pinyin ---- */

/* As the table has it: no h behind z, c, s, and no g behind in and en. */
static size_t plain_syllable(const char *at, size_t len, char out[static SYLLABLE_LEN_MAX + 1])
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        if (i == 1 && at[1] == 'h' && strchr("zcs", at[0]) != NULL)
            continue;
        out[count++] = at[i];
    }
    if (count > 3 &&
        (memcmp(out + count - 3, "ing", 3) == 0 || memcmp(out + count - 3, "eng", 3) == 0))
        count--;
    out[count] = 0;
    return count;
}

static uint16_t syllable_number(const char *at, size_t len)
{
    char plain[SYLLABLE_LEN_MAX + 1];

    plain_syllable(at, len, plain);
    for (size_t row = 0; row < ARRAY_COUNT(sound_table); row++) {
        if (strcmp(sound_table[row].syllable, plain) == 0)
            return (uint16_t)(row + 1);
    }
    return SOUNDS_GAP;
}

static void put(struct sounds_text *out, uint16_t sound)
{
    if (out->count < QUERY_CHARS_MAX)
        out->at[out->count++] = sound;
}

/* A word that is all syllables, the longest first; any other is a gap. */
static void add_word(struct sounds_text *out, const struct query_word *word)
{
    size_t before = out->count;
    size_t at = 0;

    while (at < word->len) {
        size_t len = word->len - at < SYLLABLE_LEN_MAX ? word->len - at : SYLLABLE_LEN_MAX;
        uint16_t sound = SOUNDS_GAP;

        while (len > 0 && (sound = syllable_number(word->at + at, len)) == SOUNDS_GAP)
            len--;
        if (len == 0) {
            out->count = before;
            put(out, SOUNDS_GAP);
            return;
        }
        put(out, sound);
        at += len;
    }
}

void sounds_of_query(const struct sounds *sounds, const struct query *query,
                     struct sounds_text *out)
{
    const char *at = query->compact;
    size_t word = 0;

    out->count = 0;
    while (*at != 0) {
        if (word < query->word_count && at == query->words[word].at) {
            add_word(out, &query->words[word]);
            at += query->words[word].len;
            word++;
            continue;
        }
        put(out, sound_of(sounds, next(&at)));
    }
}

bool sounds_have(const struct sounds *sounds, const struct sounds_text *query, const char *term)
{
    uint16_t wanted[TERM_SOUNDS_MAX];
    size_t count = 0;

    while (*term != 0) {
        uint16_t sound = sound_of(sounds, next(&term));
        if (sound == SOUNDS_GAP || count == TERM_SOUNDS_MAX)
            return false;
        wanted[count++] = sound;
    }
    for (size_t i = 0; count >= 2 && i + count <= query->count; i++) {
        if (memcmp(query->at + i, wanted, count * sizeof *wanted) == 0)
            return true;
    }
    return false;
}

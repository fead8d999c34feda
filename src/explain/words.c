#include "explain/words.h"

#include "base/assert.h"
#include "explain/sounds.h"

#include <string.h>

#define TERM_CAUSES_MAX 5
#define TERM_WORDS_MAX 4
#define WHOLE 16    /* a match without a flaw; others are sixteenths of it */
#define ZH_LONG 12  /* bytes of four characters */
#define APART_MAX 4 /* words of one term */

#define TEXT_WORD_LEN_MIN 5

#define MESSAGE_ALIKE 6 /* a message that is nearly the same, times sixteenths */
#define MESSAGE_SAME (40 * WHOLE)

struct term {
    const char *text;
    struct {
        uint16_t outcome;
        uint8_t weight;
    } causes[TERM_CAUSES_MAX];
};

#define TERM_ROW(text, ...) {text, {__VA_ARGS__}},
static const struct term zh_terms[] = {
#include "explain/term_zh_more_table.h"
#include "explain/term_zh_table.h"
};
static const struct term en_terms[] = {
#include "explain/term_en_table.h"
};
#undef TERM_ROW

#define ALIAS_ROW(said, means) {said, means},
static const struct {
    const char *said;
    const char *means;
} aliases[] = {
#include "explain/alias_table.h"
};
#undef ALIAS_ROW

_Static_assert(WORDS_QUERY_MAX == QUERY_CHARS_MAX, "one limit");

/* Weights times sixteenths. */
struct tally {
    struct query query;
    unsigned scores[OUTCOME_COUNT];
};

static void add_score(struct tally *tally, enum outcome outcome, unsigned weight)
{
    tally->scores[outcome] += weight;
}

static void add_term(struct tally *tally, const struct term *term, unsigned quality)
{
    for (size_t i = 0; i < TERM_CAUSES_MAX && term->causes[i].weight != 0; i++)
        add_score(tally, (enum outcome)term->causes[i].outcome, term->causes[i].weight * quality);
}

/* ---- Chinese ---- */

/* As many pairs of Chinese characters as a text can have at most. */
static size_t pairs_of(const char *text)
{
    size_t len = strlen(text);

    return len < 6 ? 0 : len / 3 - 1;
}

/* As it stands; or, of a term of four characters or more, most of its pairs. */
static unsigned zh_quality(const struct query *query, const char *text)
{
    struct query_share share;

    if (query_has(query, text))
        return WHOLE;
    if (query->pair_count == 0 || strlen(text) < ZH_LONG)
        return 0;
    share = query_pairs(query, text, pairs_of(text) * 2 / 5);
    if (share.count < 3 || share.found * 5 < share.count * 3)
        return 0;
    return WHOLE * share.found * 5 / (share.count * 8);
}

static void add_zh_terms(struct tally *tally)
{
    for (size_t i = 0; i < ARRAY_COUNT(zh_terms); i++)
        add_term(tally, &zh_terms[i], zh_quality(&tally->query, zh_terms[i].text));
}

/* ---- English ---- */

static bool is_swap(struct bytes a, struct bytes b, size_t i, size_t j)
{
    return i + 1 < a.len && j + 1 < b.len && a.at[i] == b.at[j + 1] && a.at[i + 1] == b.at[j];
}

/* How many letters were left out, added, changed or swapped with the next. */
static size_t edits(struct bytes a, struct bytes b)
{
    size_t edits = 0;
    size_t i = 0;
    size_t j = 0;

    while (i < a.len && j < b.len) {
        size_t left_a = a.len - i;
        size_t left_b = b.len - j;
        size_t step = 1;

        if (a.at[i] != b.at[j]) {
            edits++;
            step = is_swap(a, b, i, j) ? 2 : 1;
            if (step == 1 && left_a != left_b) {
                i += left_a > left_b;
                j += left_b > left_a;
                continue;
            }
        }
        i += step;
        j += step;
    }
    return edits + (a.len - i) + (b.len - j);
}

/* The longer is the shorter with a usual ending. */
static bool is_inflected(struct bytes a, struct bytes b)
{
    static const char *const endings[] = {"s", "d", "ed", "es", "ing", "ly"};
    struct bytes longer = a.len > b.len ? a : b;
    struct bytes shorter = a.len > b.len ? b : a;
    struct bytes ending = bytes_over(longer.at + shorter.len, longer.len - shorter.len);

    if (shorter.len < 3 || memcmp(longer.at, shorter.at, shorter.len) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(endings); i++) {
        if (bytes_equal(ending, bytes_of_z(endings[i])))
            return true;
    }
    return false;
}

static unsigned word_quality(struct bytes said, struct bytes meant)
{
    size_t count;

    if (said.at[0] != meant.at[0])
        return 0;
    if (bytes_equal(said, meant))
        return WHOLE;
    if (is_inflected(said, meant))
        return WHOLE - 1;
    if (meant.len < 4 || said.len + 2 < meant.len || meant.len + 2 < said.len)
        return 0;
    count = edits(said, meant);
    if (count == 1)
        return WHOLE - 4;
    return count == 2 && meant.len >= 7 ? WHOLE - 7 : 0;
}

/* The best place of a word not further from `near` than the words of one term may be. */
static unsigned find_word(const struct query *query, struct bytes meant, size_t *near)
{
    size_t from = *near<query->word_count && * near> APART_MAX ? *near - APART_MAX : 0;
    size_t place = *near;
    unsigned best = 0;

    for (size_t i = from; i < query->word_count; i++) {
        if (*near < query->word_count && i > *near + APART_MAX)
            break;
        unsigned quality = word_quality(bytes_over(query->words[i].at, query->words[i].len), meant);
        if (quality <= best)
            continue;
        best = quality;
        place = i;
    }
    *near = place;
    return best;
}

/* As good as its worst word. */
static unsigned en_quality(const struct query *query, const char *text)
{
    unsigned worst = WHOLE;
    size_t near = SIZE_MAX;

    while (*text != 0 && worst > 0) {
        size_t len = strcspn(text, " ");
        bool may_be = (*text < 'a') || (query->letters >> (*text - 'a') & 1) != 0;
        unsigned quality = may_be ? find_word(query, bytes_over(text, len), &near) : 0;

        worst = quality < worst ? quality : worst;
        text += len + (text[len] == ' ');
    }
    return worst;
}

static void add_en_terms(struct tally *tally)
{
    if (tally->query.letters == 0)
        return;
    for (size_t i = 0; i < ARRAY_COUNT(en_terms); i++)
        add_term(tally, &en_terms[i], en_quality(&tally->query, en_terms[i].text));
}

/* ---- response codes ---- */

/* Of the causes of a code, how much the first, the second and so on may have, in sixteenths. */
static const unsigned rank_sixteenths[CODES_CAUSES_MAX] = {16, 11, 8, 6, 5, 4};

static void add_meaning(struct tally *tally, const enum outcome *causes, unsigned weight)
{
    for (size_t i = 0; i < CODES_CAUSES_MAX && causes[i] != OUTCOME_NONE; i++)
        add_score(tally, causes[i], weight * rank_sixteenths[i]);
}

static bool speaks_of_codes(const struct query *query)
{
    static const char *const signs[] = {"码", "错误", "故障",  "报错", "显示",     "提示",
                                        "报", "code", "error", "err",  "response", "39域"};

    for (size_t i = 0; i < ARRAY_COUNT(signs); i++) {
        if (strstr(query->compact, signs[i]) != NULL)
            return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 0: no code. A word of two that has a digit may be one, and a single digit behind "code". */
static unsigned code_weight(const struct query *query, const struct query_word *word)
{
    bool has_sign = speaks_of_codes(query);
    bool is_all = word->len == query->len;

    if (word->is_before_unit || word->len > 2)
        return 0;
    if (word->len == 1)
        return is_digit(word->at[0]) && has_sign ? 12 : 0;
    if (!is_digit(word->at[0]) && !is_digit(word->at[1]))
        return is_all ? 20 : 0;
    return is_all ? 20 : has_sign ? 14 : 7;
}

static void add_codes(struct tally *tally, struct words_answer *out)
{
    const struct query *query = &tally->query;

    for (size_t i = 0; i < query->word_count; i++) {
        const struct query_word *word = &query->words[i];
        unsigned weight = code_weight(query, word);
        char code[3] = {word->len == 1 ? '0' : word->at[0], word->at[word->len - 1], 0};
        struct codes_meaning meaning;

        if (weight == 0)
            continue;
        codes_look_up(CODES_CUP_POS, bytes_over(code, 2), &meaning);
        if (meaning.row == NULL)
            continue;
        add_meaning(tally, meaning.causes, weight);
        memcpy(out->code, meaning.row->code, sizeof out->code);
    }
}

/* ---- whole messages ---- */

/* How alike a message and the query are: twice what they share, of both together, in sixteenths;
 * 0 when a third of the message is missing. */
static unsigned zh_likeness(const struct query *query, const char *message)
{
    struct query_share share = query_pairs(query, message, pairs_of(message) / 3);

    if (share.count == 0 || share.found * 3 < share.count * 2)
        return 0;
    return WHOLE * 2 * share.found / (share.count + (unsigned)query->pair_count);
}

/* What a screen or a receipt said of a cause, word by word or nearly. */
static unsigned message_weight(const struct query *query, enum outcome outcome)
{
    const struct catalogue_text *cashier = &catalogue_entry(outcome, READER_CASHIER)->what;
    const struct catalogue_text *holder = &catalogue_entry(outcome, READER_CARDHOLDER)->what;

    for (unsigned lang = 0; lang < LANG_COUNT; lang++) {
        if (query_equals(query, cashier->in[lang]))
            return MESSAGE_SAME;
        if (query_equals(query, holder->in[lang]))
            return MESSAGE_SAME / 2;
    }
    return query->pair_count > 0 ? MESSAGE_ALIKE * zh_likeness(query, cashier->in[LANG_ZH]) : 0;
}

static unsigned code_text_weight(const struct query *query, const struct codes_row *row)
{
    if (query_equals(query, row->means.in[LANG_ZH]) || query_equals(query, row->means.in[LANG_EN]))
        return MESSAGE_ALIKE * 2;
    return query->pair_count > 0
               ? MESSAGE_ALIKE * zh_likeness(query, row->means.in[LANG_ZH]) / WHOLE
               : 0;
}

static void add_messages(struct tally *tally)
{
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o))
        add_score(tally, o, message_weight(&tally->query, o));
    for (size_t i = 0; codes_at(i) != NULL && codes_at(i)->dialect == CODES_CUP_POS; i++)
        add_meaning(tally, codes_at(i)->causes, code_text_weight(&tally->query, codes_at(i)));
}

/* ---- when no term is found, or only a weak one ---- */

#define WEAK (4 * WHOLE) /* less than one good term */
#define BY_TEXTS 8
#define BY_EAR 9 /* sixteenths of what the term says when it stands there */

static void add_sounds(struct tally *tally)
{
    struct sounds sounds;
    struct sounds_text heard;

    sounds_init(&sounds);
    sounds_of_query(&sounds, &tally->query, &heard);
    for (size_t i = 0; i < ARRAY_COUNT(zh_terms); i++) {
        if (sounds_have(&sounds, &heard, zh_terms[i].text))
            add_term(tally, &zh_terms[i], BY_EAR);
    }
}

/* Pairs of characters, and longer words, that a text of the catalogue has too. */
static unsigned shared(const struct query *query, const struct catalogue_text *text)
{
    unsigned count = query_pairs(query, text->in[LANG_ZH], SIZE_MAX).found;

    for (size_t i = 0; i < query->word_count; i++) {
        const struct query_word *word = &query->words[i];
        if (word->len >= TEXT_WORD_LEN_MIN)
            count +=
                memmem(text->in[LANG_EN], strlen(text->in[LANG_EN]), word->at, word->len) != NULL;
    }
    return count;
}

/* Two at least: one is chance. */
static void add_texts(struct tally *tally, unsigned weight)
{
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o)) {
        unsigned best = 0;
        for (unsigned reader = 0; reader < READER_COUNT; reader++) {
            const struct catalogue_entry *entry = catalogue_entry(o, (enum explain_reader)reader);
            unsigned count = shared(&tally->query, &entry->what);
            best = count > best ? count : best;
        }
        add_score(tally, o, best >= 2 ? best * weight : 0);
    }
}

/* ---- the answer ---- */

static unsigned strongest(const struct tally *tally)
{
    unsigned best = 0;

    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o))
        best = tally->scores[o] > best ? tally->scores[o] : best;
    return best;
}

static void insert(struct words_answer *out, enum outcome outcome, unsigned score)
{
    size_t at = out->count < WORDS_HITS_MAX ? out->count++ : WORDS_HITS_MAX;

    while (at > 0 && out->hits[at - 1].share < score) {
        if (at < WORDS_HITS_MAX)
            out->hits[at] = out->hits[at - 1];
        at--;
    }
    if (at < WORDS_HITS_MAX)
        out->hits[at] = (struct words_hit){outcome, score};
}

/* The best, without those that have less than a fifth of what the first has. */
static void choose(const struct tally *tally, struct words_answer *out)
{
    unsigned sum = 0;

    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o)) {
        sum += tally->scores[o];
        if (tally->scores[o] > 0)
            insert(out, o, tally->scores[o]);
    }
    if (sum == 0)
        return;
    while (out->count > 1 && out->hits[out->count - 1].share * 5 < out->hits[0].share)
        out->count--;
    for (size_t i = 0; i < out->count; i++)
        out->hits[i].share = (unsigned)(out->hits[i].share * 1000ULL / sum);
}

/* All of it as it stands; or its two pieces, one somewhere behind the other. */
static bool is_said(const struct query *query, const char *said)
{
    size_t len = strcspn(said, "*");
    char first[32];
    const char *at;

    if (said[len] == 0)
        return query_has(query, said);
    assert(len >= 2 && len < sizeof first);
    memcpy(first, said, len);
    first[len] = 0;
    if (!query_has(query, first) || !query_has(query, said + len + 1))
        return false;
    at = strstr(query->compact, first);
    return strstr(at + len, said + len + 1) != NULL;
}

static void add_aliases(struct query *query)
{
    for (size_t i = 0; i < ARRAY_COUNT(aliases); i++) {
        if (is_said(query, aliases[i].said))
            query_add(query, aliases[i].means);
    }
}

void words_find(struct bytes query, struct words_answer *out)
{
    struct tally tally = {0};

    memset(out, 0, sizeof *out);
    query_read(query, &tally.query);
    add_messages(&tally);
    add_codes(&tally, out);
    add_aliases(&tally.query);
    add_zh_terms(&tally);
    add_en_terms(&tally);
    if (strongest(&tally) == 0)
        add_sounds(&tally);
    if (strongest(&tally) < WEAK)
        add_texts(&tally, BY_TEXTS);
    choose(&tally, out);
}

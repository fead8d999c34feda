#include "books/aside_rows.h"

#include "base/assert.h"

#include <string.h>

struct row_key aside_row_key(const char source[static ASIDE_SOURCE_LEN], uint32_t trace)
{
    uint8_t at[ASIDE_SOURCE_LEN + 1];

    memcpy(at, source, ASIDE_SOURCE_LEN);
    at[ASIDE_SOURCE_LEN] = (uint8_t)(trace % ASIDE_PLACES);
    return row_key_of(TABLE_ASIDE, at, sizeof at);
}

static bool is_same(const struct aside_entry *a, const struct aside_entry *b)
{
    return identity_equal(&a->identity, &b->identity) && a->differs == b->differs &&
           a->kind == b->kind && a->function == b->function && a->currency == b->currency &&
           a->amount_minor == b->amount_minor && memcmp(a->code, b->code, sizeof a->code) == 0 &&
           memcmp(a->card_tail, b->card_tail, sizeof a->card_tail) == 0;
}

/* Noted again when the time since it was first seen has doubled. A clock that went back is quiet.
 */
static bool note_again(struct aside_entry *entry, struct instant now)
{
    int64_t seen_us = entry->last.us - entry->first.us;

    if (now.us - entry->last.us < ASIDE_QUIET_US || now.us - entry->first.us < 2 * seen_us)
        return false;
    entry->last = now;
    entry->count++;
    return true;
}

/* The place of the entry that was noted longest ago. */
static size_t oldest(const struct aside_row *row)
{
    size_t found = 0;

    for (size_t i = 1; i < ASIDE_ENTRIES_MAX; i++) {
        if (row->entries[i].last.us < row->entries[found].last.us)
            found = i;
    }
    return found;
}

bool aside_row_note(struct aside_row *row, const struct aside_entry *entry)
{
    assert(entry->count == 1);
    if (row->count > ASIDE_ENTRIES_MAX) { /* damage: begun anew */
        memset(row, 0, sizeof *row);
        row->dropped = 1;
    }
    for (size_t i = 0; i < row->count; i++) {
        if (is_same(&row->entries[i], entry))
            return note_again(&row->entries[i], entry->last);
    }
    if (row->count < ASIDE_ENTRIES_MAX) {
        row->entries[row->count++] = *entry;
    } else {
        row->entries[oldest(row)] = *entry;
        row->dropped++;
    }
    return true;
}

const char *aside_difference_name(enum aside_difference difference)
{
    /* clang-format off */
    static const struct {
        enum aside_difference difference;
        const char *name;
    } names[] = {
        { ASIDE_UNKNOWN,   "unknown" },
        { ASIDE_SENDER,    "sender" },
        { ASIDE_KIND,      "kind" },
        { ASIDE_AMOUNT,    "amount" },
        { ASIDE_CARD,      "card" },
        { ASIDE_REFERENCE, "reference" },
        { ASIDE_STATE,     "state" },
        { ASIDE_CONTENT,   "content" },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].difference == difference)
            return names[i].name;
    }
    return NULL;
}

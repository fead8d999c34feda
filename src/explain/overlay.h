/*
 * An operator's own words, codes and secrecy over the catalogue: texts of causes, meanings of
 * codes, and what a reader is not to be told beyond what nobody is. It can never weaken two rules:
 *
 * - While the money is not known to be back where it was, the catalogue's own texts are used, and a
 *   code that leaves the money open keeps it open, whatever the overlay says. So no words of an
 *   operator lead to paying twice.
 * - It can hide values and names from readers; it cannot show what the catalogue hides, and to
 *   readers who are not told a cause's name its words stay the catalogue's.
 *
 * The overlay and all it points to belong to the caller and outlive every explanation made with it.
 * The program reads one from a file (app/overlay_file.h).
 */
#ifndef EXPLAIN_OVERLAY_H
#define EXPLAIN_OVERLAY_H

#include "explain/codes.h"

#define OVERLAY_CODES_MAX 256

/* NULL: the catalogue's. Steps as in catalogue_entry: one on each line. */
struct overlay_words {
    const char *what;
    const char *steps;
};

struct overlay {
    struct overlay_words words[OUTCOME_COUNT][READER_COUNT][LANG_COUNT];
    uint64_t hidden_values[READER_COUNT]; /* bits (1 << enum evidence_name) */
    bool hides_name[OUTCOME_COUNT][READER_COUNT];
    struct codes_row codes[OVERLAY_CODES_MAX];
    size_t code_count;
};

/* All of these take NULL for "no overlay". */
struct overlay_words overlay_words_of(const struct overlay *overlay, enum outcome outcome,
                                      enum explain_reader reader, enum explain_lang lang);
bool overlay_hides(const struct overlay *overlay, enum explain_reader reader,
                   enum evidence_name name);
bool overlay_hides_name(const struct overlay *overlay, enum explain_reader reader,
                        enum outcome outcome);

/* As codes_look_up, the overlay's rows first. A row with a fault is as if it were not there. */
void overlay_look_up(const struct overlay *overlay, enum codes_dialect dialect, struct bytes code,
                     struct codes_meaning *out);

/* Why a row for a code must not be taken: it makes an approval of what is none, or settles money
 * that the code leaves open. NULL: it may be. */
const char *overlay_code_fault(const struct codes_row *row);

#endif

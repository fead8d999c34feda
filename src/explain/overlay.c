#include "explain/overlay.h"

#include "base/assert.h"

_Static_assert(EVIDENCE_COUNT <= 64, "names of evidence are bits");

struct overlay_words overlay_words_of(const struct overlay *overlay, enum outcome outcome,
                                      enum explain_reader reader, enum explain_lang lang)
{
    assert(outcome < OUTCOME_COUNT);
    assert(reader < READER_COUNT);
    assert(lang < LANG_COUNT);
    return overlay != NULL && catalogue_names(outcome, reader)
               ? overlay->words[outcome][reader][lang]
               : (struct overlay_words){0};
}

bool overlay_hides(const struct overlay *overlay, enum explain_reader reader,
                   enum evidence_name name)
{
    assert(reader < READER_COUNT);
    assert(name < EVIDENCE_COUNT);
    return overlay != NULL && (overlay->hidden_values[reader] >> name & 1) != 0;
}

bool overlay_hides_name(const struct overlay *overlay, enum explain_reader reader,
                        enum outcome outcome)
{
    assert(reader < READER_COUNT);
    assert(outcome < OUTCOME_COUNT);
    return overlay != NULL && overlay->hides_name[outcome][reader];
}

const char *overlay_code_fault(const struct codes_row *row)
{
    struct codes_meaning plain;

    codes_look_up(row->dialect, bytes_of_z(row->code), &plain);
    if ((row->class == CLASS_APPROVED) != (plain.class == CLASS_APPROVED))
        return "what is an approval is not for a table to say";
    if (!money_state_is_final(plain.money) && money_state_is_final(row->money))
        return "this code leaves the money open: money must be unknown or returning";
    if (row->money == MONEY_MOVED && plain.money != MONEY_MOVED)
        return "only an approval says that money has moved";
    for (size_t i = 0; i < CODES_CAUSES_MAX && row->causes[i] != OUTCOME_NONE; i++) {
        if (outcome_is_approved(row->causes[i]) != (row->class == CLASS_APPROVED))
            return "a refusal has causes, an approval has none";
    }
    return NULL;
}

void overlay_look_up(const struct overlay *overlay, enum codes_dialect dialect, struct bytes code,
                     struct codes_meaning *out)
{
    for (size_t i = 0; overlay != NULL && i < overlay->code_count; i++) {
        const struct codes_row *row = &overlay->codes[i];
        if (row->dialect == dialect && codes_is(row, code) && overlay_code_fault(row) == NULL) {
            codes_meaning_of(row, out);
            return;
        }
    }
    codes_look_up(dialect, code, out);
}

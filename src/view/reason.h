/*
 * Why a payment ended as it did and where its money is, out of the row of whichever party kept it,
 * in the words of explain/. Rows are taken as they come: what a newer program or damage left in
 * one is told as not known, and then the money, too, is not.
 */
#ifndef VIEW_REASON_H
#define VIEW_REASON_H

#include "books/payment_row.h"
#include "explain/explanation.h"

/* row must outlive *out, which borrows its evidence. */
void reason_facts(const struct payment_row *row, int32_t utc_offset_s, struct explain_facts *out);

/* Whom the reason is for, and the offset of the times in it. */
struct reason_for {
    enum explain_reader reader;
    enum explain_lang lang;
    int32_t utc_offset_s;
    const struct overlay *overlay; /* an operator's own words; NULL: none */
};

void reason_add_text(const struct payment_row *row, const struct reason_for *whom, struct text *t);
void reason_add_json(const struct payment_row *row, const struct reason_for *whom, struct text *t);

#endif

/*
 * Columns that UTF-8 text takes on paper and on a screen of fixed pitch: two for a Chinese
 * character, none for a combining mark, one for the rest (Unicode Standard Annex 11, East Asian
 * Width; ambiguous ones count one). A byte that is no UTF-8 counts one column.
 */
#ifndef VIEW_COLUMN_H
#define VIEW_COLUMN_H

#include "base/bytes.h"

/* The character at the front: its length in bytes (at least 1), and its columns. text is not
 * empty. */
size_t column_next(struct bytes text, unsigned *columns);

size_t column_count(struct bytes text);

/* The bytes of the longest front part of text that takes at most so many columns and ends between
 * words or beside a Chinese character; inside a word only when it fills the line alone. At least
 * one character, unless text is empty. Where spaces were dropped at the break, *skip is how many
 * bytes the next line begins later. */
size_t column_break(struct bytes text, unsigned columns, size_t *skip);

#endif

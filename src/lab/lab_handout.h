/*
 * What the laboratory's acquirer hands out to its terminals: one key of a certification authority
 * and the applications of its cards, as delivered (time 0: no terminal is sent for them by itself).
 */
#ifndef LAB_LAB_HANDOUT_H
#define LAB_LAB_HANDOUT_H

#include "books/handout_rows.h"
#include "lab/provision.h"

/* Puts the lists and their entries into an acquirer that is being set up. */
MUST_USE enum err lab_handout(const struct lab_sink *sink);

/* Puts one row of the acquirer's own. */
MUST_USE enum err lab_handout_put(const struct handout_row *row, const struct lab_sink *sink);

#endif

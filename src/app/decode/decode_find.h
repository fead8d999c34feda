/*
 * Finds out what a dump is: which dialect, which acquirer's profile, and what stands before the
 * message type. Whatever is given is kept to; the rest is tried, in a fixed order, until one
 * reading has no fault. When all have one, the reading that got furthest is the answer.
 */
#ifndef APP_DECODE_FIND_H
#define APP_DECODE_FIND_H

#include "view/message_view.h"

/* Where a dump begins. */
enum decode_start {
    START_AUTO,
    START_LENGTH,
    START_TPDU,
    START_HEADER,
    START_MESSAGE,
};

/* One reading of the bytes. Large: keep it in static storage. */
struct decode_reading {
    struct iso_view view;
    struct message_dump dump; /* points at view and words */
    char words[256];
};

/* The dialects to try, each compiled with the profiles to try, in order. */
struct decode_dialects {
    struct dialect *at; /* owned by the caller */
    size_t count;
};

/* Reads the bytes in the best way. Always gives a reading; its dump.fault says whether it is whole.
 * `dump.reveal` is left false. */
void decode_find(const struct decode_dialects *dialects, enum decode_start start,
                 struct bytes input, struct decode_reading *out);

#endif

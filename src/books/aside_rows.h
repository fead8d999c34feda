/*
 * What was set aside: messages that fit nothing, or contradict what is recorded. They change no
 * payment; they are kept so that a person can see who sent what, and in which field it differs.
 *
 * TABLE_ASIDE, key: who sent it and a place of ASIDE_PLACES by the trace number. A row holds the
 * newest few; the journal has a record of each. The same message again is one entry: it is noted
 * again when it has been seen for twice as long as before, so a thousand times cost ten records.
 */
#ifndef BOOKS_ASIDE_ROWS_H
#define BOOKS_ASIDE_ROWS_H

#include "books/row.h"
#include "txn/message.h"

#define ASIDE_SOURCE_LEN ACQUIRER_ID_LEN
#define ASIDE_PLACES 16
#define ASIDE_ENTRIES_MAX 7
#define ASIDE_QUIET_US INT64_C(60000000) /* within it the same again is no news */
#define ASIDE_CARD_TAIL_LEN 4

/* In which way a message fits nothing. */
enum aside_difference {
    ASIDE_UNKNOWN = 1,    /* it names no payment of ours */
    ASIDE_SENDER = 2,     /* another party's payment, or not proved to be the sender */
    ASIDE_KIND = 4,       /* another kind of transaction */
    ASIDE_AMOUNT = 8,     /* or currency */
    ASIDE_CARD = 16,      /* another card */
    ASIDE_REFERENCE = 32, /* another retrieval reference number */
    ASIDE_STATE = 64,     /* nothing of the sort was asked, or may be done any more */
    ASIDE_CONTENT = 128,  /* it says something else, or cannot be read */
};

struct aside_entry {
    struct identity identity; /* as the message gave it */
    uint16_t differs;         /* bits of enum aside_difference */
    uint8_t kind;             /* enum txn_kind */
    uint8_t function;         /* enum txn_function */
    char code[RESPONSE_CODE_LEN];
    char card_tail[ASIDE_CARD_TAIL_LEN]; /* the last digits; zeros: it brought no number */
    uint16_t currency;
    int64_t amount_minor;
    int64_t expected_minor; /* of the payment that it names, if there is one */
    struct instant first;
    struct instant last; /* noted */
    uint64_t sequence;   /* journal record of the first */
    uint32_t count;      /* how often it was noted */
    uint32_t pad;
};

struct aside_row {
    uint16_t layout;
    uint8_t count;
    uint8_t pad[5];
    uint64_t dropped; /* older entries that made room; the journal has them */
    struct aside_entry entries[ASIDE_ENTRIES_MAX];
};

_Static_assert(sizeof(struct aside_row) <= ROW_VALUE_LEN_MAX, "aside");

struct row_key aside_row_key(const char source[static ASIDE_SOURCE_LEN], uint32_t trace);

/* Puts an entry, which has first, last and count 1 of now, into the row: a new one, or one more of
 * the same. False: the same was noted a short while ago, and nothing changed. */
bool aside_row_note(struct aside_row *row, const struct aside_entry *entry);

/* "amount", "card" ...: the stable name of one difference. */
const char *aside_difference_name(enum aside_difference difference);

#endif

/*
 * What an acquirer hands out to its terminals over the line, and what terminals send up: rows of
 * TABLE_HANDOUT, the same at both ends. Parameters are one block (txn/parameter_block.h). Keys of
 * certification authorities and applications (AIDs) are a list of names and an entry for each name,
 * both as BER-TLV (UnionPay POS, 3.6):
 *
 *     kind          list, for each entry    entry                                        name
 *     KIND_CA_KEYS  9F06 9F22 DF05          9F06 9F22 DF05 DF06 DF07 DF02 DF04 DF03      RID, index
 *     KIND_AIDS     9F06 DF01               9F06 DF01 and the terminal's limits          AID
 *
 *     whose         name      what
 *     acquirer's    empty     the list; changed: its newest entry's time, 0: as delivered
 *     acquirer's    entry's   the entry
 *     a terminal's  empty     terminal: in use. Acquirer: the parameters or status it has now;
 *                             of a list when the list that it was given had changed
 *     a terminal's  0xFF      terminal: the list or parameters on their way
 *     a terminal's  entry's   terminal: the entry
 */
#ifndef BOOKS_HANDOUT_ROWS_H
#define BOOKS_HANDOUT_ROWS_H

#include "books/party_rows.h"

#define HANDOUT_NAME_LEN 16
#define HANDOUT_BLOCK_LEN 560 /* a key of 1984 bits with all that belongs to it is 315 */
#define HANDOUT_ENTRIES_MAX 16

struct handout_row {
    uint16_t layout;
    uint8_t kind; /* enum txn_kind */
    uint8_t name_len;
    uint16_t len;
    /* terminal: of what is on its way, what to ask for next: 0 the list or parameters, then each
     * entry, then the end. acquirer: 1 while the terminal has not said that it has all. */
    uint16_t next;
    struct instant changed;
    uint8_t name[HANDOUT_NAME_LEN];
    uint8_t at[HANDOUT_BLOCK_LEN];
};

struct handout_name {
    uint8_t len; /* 0: the list, or the whole */
    uint8_t at[HANDOUT_NAME_LEN];
};

/* The image of a cardholder's signature, in two rows: TABLE_SIGNATURE, key: identity of the
 * payment, part. */
#define SIGNATURE_PARTS 2
#define SIGNATURE_PART_LEN 500

enum signature_state {
    SIGNATURE_KEPT,      /* terminal: on its way; acquirer: here */
    SIGNATURE_DELIVERED, /* terminal: the acquirer has it */
    SIGNATURE_REFUSED,   /* terminal: the acquirer does not take it */
};

struct signature_row {
    uint16_t layout;
    uint16_t total; /* bytes of both parts */
    uint16_t len;
    uint8_t state; /* enum signature_state; that of part 0 counts */
    uint8_t pad;
    struct instant since;
    uint8_t at[SIGNATURE_PART_LEN];
    uint32_t pad2;
};

_Static_assert(sizeof(struct handout_row) <= ROW_VALUE_LEN_MAX, "handout");
_Static_assert(sizeof(struct signature_row) <= ROW_VALUE_LEN_MAX, "signature");
_Static_assert(SIGNATURE_PARTS *SIGNATURE_PART_LEN >= BLOCK_LEN_MAX, "an image is two parts");

/* Of the acquirer's own when terminal is eight zeros. */
struct row_key handout_row_key(const char terminal[static TERMINAL_ID_LEN], enum txn_kind kind,
                               const struct handout_name *name);
struct handout_name handout_whole(void);
struct handout_name handout_coming(void);
struct row_key signature_row_key(const struct identity *payment, uint8_t part);

struct bytes handout_block(const struct handout_row *row);

/* The name out of an entry, or out of a request for one. ERR_BAD_FORMAT when it has none. */
MUST_USE enum err handout_name_read(enum txn_kind kind, struct bytes block,
                                    struct handout_name *out);
/* A request for an entry; out holds HANDOUT_REQUEST_LEN at least. Gives the length. */
#define HANDOUT_REQUEST_LEN 24
size_t handout_name_write(enum txn_kind kind, const struct handout_name *name,
                          uint8_t out[static HANDOUT_REQUEST_LEN]);

/* Whether an entry has what its kind needs, in lengths that can be. ERR_BAD_FORMAT with a static
 * text of at most 22 bytes that names the element. */
MUST_USE enum err handout_entry_check(enum txn_kind kind, struct bytes entry, const char **fault);

/* Appends an entry's line to the list. ERR_FULL past HANDOUT_ENTRIES_MAX, ERR_BAD_FORMAT. */
MUST_USE enum err handout_list_add(enum txn_kind kind, struct bytes entry,
                                   struct handout_row *list);

struct handout_line {
    struct handout_name name;
    bool is_partial; /* KIND_AIDS: longer names that begin so count as well */
};

/* The n-th line of a list, from 0. ERR_NOT_FOUND past the end, ERR_BAD_FORMAT. */
MUST_USE enum err handout_list_line(enum txn_kind kind, struct bytes list, size_t n,
                                    struct handout_line *out);
/* How many there are; ERR_BAD_FORMAT also for more than HANDOUT_ENTRIES_MAX. */
MUST_USE enum err handout_list_count(enum txn_kind kind, struct bytes list, size_t *out);

/* Whether a list of applications has one for this AID. */
bool handout_list_takes(struct bytes list, struct bytes aid);

#endif

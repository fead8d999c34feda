/*
 * What a host keeps of business days that were archived, and which payments may go.
 *
 * A day's payments are written into a file, read back, and only then removed, some at a time. The
 * proof is a row for each file, put before the first payment leaves: how many, when, and the
 * SHA-256 of the file. Beside it stands, for each terminal, up to which of its numbers payments
 * were archived, so that one that is not there any more is never told as one that never came.
 */
#ifndef BOOKS_ARCHIVE_ROWS_H
#define BOOKS_ARCHIVE_ROWS_H

#include "books/party_rows.h"
#include "books/payment_row.h"
#include "books/posting.h"
#include "books/store.h"

#define ARCHIVE_ROW_LAYOUT 1
#define ARCHIVE_KEEP_DAYS 400     /* config_row.keep_days, when it says nothing */
#define ARCHIVE_KEEP_DAYS_MIN 30  /* but in a laboratory */
#define ARCHIVE_HOLD_DAYS_MAX 365 /* no issuer holds for longer (config_row.hold_days) */
#define ARCHIVE_DIGEST_LEN 32

/* Up to where a terminal's payments were archived: TABLE_ARCHIVE_MARK, key: acquirer id and
 * terminal id. A terminal's batches follow one another, and so do the numbers in a batch. */
struct archive_mark_row {
    uint16_t layout;
    uint16_t pad;
    uint32_t batch; /* payments of batches before it, ... */
    uint32_t trace; /* ... and of it those up to this number */
    uint32_t date;  /* the newest business day of them */
    uint64_t count; /* of them all */
    struct instant since;
};

enum archive_state {
    ARCHIVE_LEAVING, /* the file is proved; its payments are being removed */
    ARCHIVE_DONE     /* those that might go have gone */
};

/* A file of a business day: TABLE_ARCHIVE_DAY, key: date and part, big-endian. What could not go
 * with the first part goes with the next. */
struct archive_day_row {
    uint16_t layout;
    uint16_t part; /* from 1 */
    uint32_t date;
    uint8_t state; /* enum archive_state */
    uint8_t pad[3];
    uint32_t count;  /* payments in the file */
    uint32_t purged; /* of those, removed */
    uint32_t pad2;
    uint64_t bytes;                     /* of the file */
    uint8_t digest[ARCHIVE_DIGEST_LEN]; /* SHA-256 of the file */
    struct instant archived;
};

/* Up to where a node's journal stands in files: TABLE_ARCHIVE_JOURNAL, key: node, big-endian. Put
 * when the newest of the files was read back and every row of it that is still there was brought
 * forward; only then may the journal be cut there. */
struct archive_journal_row {
    uint16_t layout;
    uint16_t node;
    uint32_t parts;                   /* files, so far */
    uint64_t first;                   /* record of the newest file */
    uint64_t sequence;                /* its last record, and ... */
    uint8_t hash[ARCHIVE_DIGEST_LEN]; /* ... the SHA-256 of that */
    uint64_t bytes;                   /* of the file */
    uint8_t digest[ARCHIVE_DIGEST_LEN];
    struct instant archived;
};

/* What the archived entries of an account without a row come to: TABLE_FORWARD. As of two records
 * of a node's journal, because it is put before the journal is cut and counts from then on. */
struct forward_row {
    uint16_t layout;
    uint16_t node;
    uint16_t currency;
    uint8_t kind; /* enum account_kind */
    uint8_t pad;
    uint64_t account;
    uint64_t before; /* the record up to which before_minor counts */
    int64_t before_minor;
    uint64_t after;
    int64_t after_minor;
};

/* Whether a store of one node has all rows although its journal begins late: what says so was put
 * after the last of them had been brought forward. */
bool archive_is_whole(const struct store *store);

struct row_key archive_journal_key(uint16_t node);
struct row_key forward_key(uint16_t node, const struct posting *account);

/* What it comes to for a journal that begins after a record. */
int64_t forward_minor(const struct forward_row *row, uint64_t anchor);

struct row_key archive_mark_key(const struct identity *identity);
struct row_key archive_day_key(uint32_t date, uint16_t part);

/* Whether a payment that is not there may be one that was archived; mark NULL: none was. */
bool archive_mark_covers(const struct archive_mark_row *mark, const struct identity *identity);

/* Takes a payment that leaves into the mark. */
void archive_mark_move(struct archive_mark_row *mark, const struct payment_row *payment);

/* What an operator allows: config_row.keep_days, or what stands for it. */
unsigned archive_keep_days(const struct config_row *config);

/* The dates that count at a moment: the newest business day that may go, and the newest on which a
 * hold may have begun that stands for ever at a party that is not told its end. */
struct archive_limits {
    uint32_t date;
    uint32_t hold_date;
    int32_t utc_offset_s;
};

struct archive_limits archive_limits_of(const struct config_row *config, struct instant now);

/* Whether a batch may leave: closed as long ago, and all that was ever in it is covered, since
 * later batches of its terminal were archived. What names it then is told so. */
bool archive_batch_is_due(const struct batch_row *batch, const struct archive_mark_row *mark,
                          const struct archive_limits *limits);

/* Why a payment stays; ARCHIVE_DUE: it may go. */
enum archive_keep {
    ARCHIVE_DUE,
    ARCHIVE_KEEP_YOUNG,   /* its day, or the day of its last change, is not old enough */
    ARCHIVE_KEEP_DAMAGED, /* its row cannot be read: a person must look first */
    ARCHIVE_KEEP_DOUBT,   /* not in a final state, or what follows it is not */
    ARCHIVE_KEEP_HELD,    /* a pre-authorisation that stands */
    ARCHIVE_KEEP_PENDING, /* something is still to be done about it */
    ARCHIVE_KEEP_BATCH,   /* its terminal's batch is open */
    ARCHIVE_KEEP_RESTED,  /* a payment that is not due itself rests on it, or a message that fits
                             nothing names it */
    ARCHIVE_KEEP_COUNT
};

/* What the rows beside a payment say of it. */
struct archive_beside {
    bool has_pending;
    bool is_batch_open;
};

enum archive_keep archive_why_kept(const struct payment_row *row,
                                   const struct archive_beside *beside,
                                   const struct archive_limits *limits);

const char *archive_keep_name(enum archive_keep keep); /* "held": stable */
const char *archive_keep_text(enum archive_keep keep); /* for people */

_Static_assert(sizeof(struct archive_mark_row) == 32, "archive mark");
_Static_assert(sizeof(struct archive_day_row) == 72, "archive day");
_Static_assert(sizeof(struct archive_journal_row) == 104, "archive journal");
_Static_assert(sizeof(struct forward_row) == 48, "forward");
_Static_assert(ACQUIRER_ID_LEN + TERMINAL_ID_LEN <= ROW_KEY_LEN_MAX, "a mark's key");

#endif

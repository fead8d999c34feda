/*
 * The journal: one record for each event that changed anything, in one chain for each node.
 *
 * A record says when, what happened, to which payment, which entries were posted, and what every
 * row became. So the rows can be rebuilt from the journal, and a store may write the journal at
 * once and the rows behind it. Each record carries the hash of the one before.
 *
 * Records hold no PAN in clear, no PIN block, no track, no CVV: rows do not, and nothing else goes
 * in. On the wire form: little-endian, see journal.c; it is versioned.
 */
#ifndef BOOKS_JOURNAL_H
#define BOOKS_JOURNAL_H

#include "base/instant.h"
#include "books/posting.h"
#include "books/row.h"
#include "txn/identity.h"

#define JOURNAL_VERSION 1
#define JOURNAL_HASH_LEN 32
#define JOURNAL_HEAD_LEN 128
/* A record of the largest event: every row of it changed. */
#define JOURNAL_RECORD_LEN_MAX                                                                     \
    (JOURNAL_HEAD_LEN + POSTINGS_MAX * 32 + NEEDS_MAX * (40 + ROW_VALUE_LEN_MAX))

/* What happened. Names and words for people are in journal_what_table of journal.c. */
enum journal_what {
    WHAT_NONE,
    WHAT_CONFIGURED, /* an operator changed a row */
    WHAT_FUNDED,     /* an account was opened or paid into */
    WHAT_SIGNED_IN,
    WHAT_SIGNED_OFF,
    WHAT_KEYS_CHANGED,
    WHAT_SALE_SENT, /* terminal: a reversal is owed from here on; switch: forwarded */
    WHAT_INQUIRY_SENT,
    WHAT_APPROVED,
    WHAT_DECLINED,
    WHAT_NO_ANSWER,     /* gave up waiting; a reversal is owed */
    WHAT_REVERSAL_OWED, /* asked to take it back */
    WHAT_REVERSAL_SENT, /* tried (again) */
    WHAT_REVERSED,
    WHAT_REVERSAL_REFUSED,
    WHAT_TOMBSTONE,   /* reversed before it was seen */
    WHAT_LATE_ANSWER, /* an answer after giving up: changes nothing */
    WHAT_QUARANTINED, /* an answer that fits nothing */
    WHAT_RECOVERED,   /* taken up again after a restart */
    WHAT_LINK_CHANGED,
    WHAT_NETWORK_SENT,  /* terminal: a sign-in, sign-off or echo left; the answer is due */
    WHAT_RULES_CHANGED, /* other rules are in force from here on */
    WHAT_ADVICE_STORED, /* terminal: accepted offline; to be delivered */
    WHAT_ADVICE_SENT,   /* tried (again) */
    WHAT_HOLD_LAPSED,
    WHAT_BATCH_CLOSED,
    WHAT_TOTALS_DIFFER,
    WHAT_LOGGED_IN,
    WHAT_LOGGED_OFF,
    WHAT_PRINTED,        /* a receipt, or that there was no paper for it */
    WHAT_DOWNLOADED,     /* parameters, keys, an update: taken into use, or a piece of it */
    WHAT_UPLOADED,       /* status, signature */
    WHAT_ADVICE_REFUSED, /* the next party would not take it now; it is sent again */
    WHAT_HANDED_OVER,    /* what is owed does not end by itself: a person is told */
    WHAT_RESTORED,       /* the store was made of a backup, or its standby became the primary */
    WHAT_PEER_HEARD,     /* another host said how far its journal is */
    WHAT_BOOKS_APART,    /* its books, or ours, are older than what was said before */
    WHAT_TESTIFIED,      /* a person said how a payment in doubt stands; a second must confirm it */
    WHAT_TESTIMONY_WITHDRAWN,
    WHAT_PERSON_SETTLED, /* a second person confirmed it: the debt is ended */
    WHAT_CONTRADICTED,   /* the next party says otherwise than was settled; nothing changed */
    WHAT_PERSON_REFUSED, /* somebody gave another password than the person's */
    WHAT_ARCHIVED,       /* a business day stands in a file that was proved; or all of it is gone */
    WHAT_PURGED,         /* payments of such a day were removed */
    WHAT_ASKED,          /* the next host is asked what became of a payment, or has said */
    WHAT_CARRIED, /* rows as they are, because the records that made them leave the journal */
    WHAT_COUNT
};

struct journal_change {
    struct row_key key;
    bool is_removal;
    struct bytes value; /* borrowed; empty for a removal */
};

struct journal_record {
    uint16_t node;
    uint32_t epoch;
    uint64_t sequence;                  /* 1, 2, 3 ... without gaps within a node */
    uint8_t previous[JOURNAL_HASH_LEN]; /* SHA-256 of the record before, zeros for the first */
    struct instant wall;
    uint32_t business_date;
    uint32_t settlement_date;
    uint32_t tables_version;
    uint8_t what;  /* enum journal_what */
    uint8_t money; /* enum money_state after it */
    uint16_t outcome;
    struct identity identity; /* zero when no payment is concerned */
    struct postings postings;
    uint8_t change_count;
    struct journal_change changes[NEEDS_MAX];
};

/* Writes the record; *out_len is at most JOURNAL_RECORD_LEN_MAX. ERR_FULL when cap is less than
 * the record takes. */
MUST_USE enum err journal_encode(const struct journal_record *record, uint8_t *out, size_t cap,
                                 size_t *out_len);

/* Reads a record; the changes' values point into bytes. ERR_CORRUPT says it is damaged,
 * ERR_VERSION that a newer program wrote it. */
MUST_USE enum err journal_decode(struct bytes bytes, struct journal_record *out);

const char *journal_what_name(enum journal_what what); /* "sale_sent" */
const char *journal_what_zh(enum journal_what what);
const char *journal_what_en(enum journal_what what);

#endif

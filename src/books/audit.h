/*
 * Proves a store's books against its own journal: each node's chain is whole, numbers have no gaps,
 * each record's postings sum to zero (a record where they do not is damaged), each account's
 * balance is the sum of its entries, what it holds is the sum of its holds that stand, and each row
 * is what the newest record that changed it says it became.
 *
 * It is fed with what each node's journal begins after, with all records in order, then with the
 * end of each node's journal, then with all rows of all tables; the first fault ends it and is
 * named. Where journals were cut, every row was brought forward: it stands in a record that is
 * left, and an account's balance as it stood there is what its later entries are added to. Rows are
 * compared by a keyed hash (SipHash-2-4, 64 bits), under a key that nobody knows beforehand. The
 * caller gives the room; audit_store of drivers/store_audit.h reads and grows it.
 */
#ifndef BOOKS_AUDIT_H
#define BOOKS_AUDIT_H

#include "books/journal.h"
#include "books/store.h"

#define AUDIT_KEY_LEN 16

enum audit_fault {
    AUDIT_GOOD,
    AUDIT_GAP,             /* a record is missing before sequence */
    AUDIT_DAMAGED,         /* record sequence cannot be read, or its postings do not sum to zero */
    AUDIT_CHAIN_BROKEN,    /* record sequence does not carry the hash of the one before */
    AUDIT_HEAD_WRONG,      /* the store's own end of the journal is not its last record */
    AUDIT_ROW_UNRECORDED,  /* a row that no record made */
    AUDIT_ROW_DIFFERS,     /* a row is not what record sequence says it became */
    AUDIT_ROW_MISSING,     /* record sequence made a row that is not there */
    AUDIT_BALANCE_DIFFERS, /* an account's balance is not the sum of its entries */
    AUDIT_HELD_DIFFERS,    /* what an account holds is not the sum of its holds that stand */
    AUDIT_CUT_UNPROVED, /* nothing says that all was brought forward before the journal was cut */
    AUDIT_FAULT_COUNT
};

struct audit_result {
    enum audit_fault fault;
    uint64_t sequence;      /* the record that the fault is about; 0: none */
    struct row_key key;     /* the row that the fault is about */
    int64_t expected_minor; /* AUDIT_BALANCE_DIFFERS, AUDIT_HELD_DIFFERS */
    int64_t found_minor;
    uint64_t records;
    uint64_t postings;
    uint64_t rows;
    uint64_t accounts;
};

/* What the journal says of one row. */
struct audit_row {
    struct row_key key; /* table TABLE_NONE: a free place */
    bool exists;
    bool is_seen;
    uint64_t hash;     /* of its value */
    uint64_t sequence; /* of the newest record that changed it */
};

/* The sum of one account's entries in one currency, and of the holds on it. */
struct audit_account {
    uint64_t number;
    int64_t minor;
    int64_t held_minor;     /* as its row says */
    int64_t standing_minor; /* as its payments say */
    uint16_t currency;
    bool has_row;
    bool is_forward; /* minor was taken from the row that was brought forward */
    bool is_taken;   /* false: a free place */
};

/* What is known of one node's chain. */
struct audit_chain {
    uint16_t node;
    bool is_ended;     /* the store's own end of it was compared */
    uint64_t anchor;   /* what it begins after; 0: nothing was cut off */
    uint64_t archived; /* up to where the proof says that it stands in files */
    uint64_t sequence;
    uint8_t hash[JOURNAL_HASH_LEN];
};

/* Zeroed places, powers of two; half of them get used. */
struct audit_room {
    struct audit_row *rows;
    size_t row_places;
    struct audit_account *accounts;
    size_t account_places;
};

struct audit {
    struct audit_room room;
    size_t rows_used;
    size_t accounts_used;
    bool is_short; /* the room was too small: start again with more */
    uint8_t key[AUDIT_KEY_LEN];
    struct audit_chain chains[STORE_NODES_MAX];
    size_t chain_count;
    bool is_cut; /* a journal does not begin with its first record */
    struct journal_record record;
    struct audit_result result;
};

void audit_init(struct audit *audit, const struct audit_room *room,
                const uint8_t key[static AUDIT_KEY_LEN]);

/* Before the first record, for each node: what its journal begins after. */
void audit_begin(struct audit *audit, const struct store_head *head);

/* The next record, with the SHA-256 of its bytes; where several nodes have written, each node's in
 * its order, and of two that changed the same row the earlier first. False when there is nothing
 * more to do: a fault was found, or the room is short. */
bool audit_record(struct audit *audit, uint64_t sequence, struct bytes record,
                  const uint8_t hash[static JOURNAL_HASH_LEN]);

/* After the last record, for each node: is this the store's end of its journal? */
bool audit_head(struct audit *audit, const struct store_head *head);

/* A row of the store; tables come in their order, so that accounts come before their payments.
 * False as for audit_record. */
bool audit_row(struct audit *audit, const struct row_key *key, struct bytes value);

/* After the last row. */
void audit_end(struct audit *audit);

/* SipHash-2-4 of bytes (Aumasson, Bernstein 2012). */
uint64_t audit_hash(const uint8_t key[static AUDIT_KEY_LEN], struct bytes bytes);

/* "row_differs" and, for people, what it means. */
const char *audit_fault_name(enum audit_fault fault);
const char *audit_fault_text(enum audit_fault fault);

#endif

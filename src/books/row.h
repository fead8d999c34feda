/*
 * A row as stores see it: a key of a few ordered bytes and a value of opaque bytes.
 *
 * The value is one of the fixed structs of payment_row.h, terminal_rows.h, acquirer_rows.h,
 * issuer_rows.h, as it lies in memory (little-endian, naturally aligned, padding zeroed). Each
 * starts with its layout number, so that a newer program knows an older row.
 */
#ifndef BOOKS_ROW_H
#define BOOKS_ROW_H

#include "base/bounds.h"
#include "base/bytes.h"

/* One number space for all parties; a store holds the tables of one party. */
enum row_table {
    TABLE_NONE,
    TABLE_CONFIG,        /* one row: who this party is */
    TABLE_TERMINAL,      /* by terminal id */
    TABLE_TERMINAL_KEYS, /* by terminal id */
    TABLE_MERCHANT,      /* by merchant id */
    TABLE_ROUTE,         /* by BIN, 6 or 8 digits */
    TABLE_ISSUER,        /* at the acquirer: by issuer id */
    TABLE_ACQUIRER,      /* at the issuer: by acquirer id */
    TABLE_CARD,          /* by keyed hash of the PAN */
    TABLE_ACCOUNT,       /* by account number, big-endian */
    TABLE_PAYMENT,       /* by identity */
    TABLE_PENDING,       /* by identity: what is in doubt or owed; scanned at start */
    TABLE_RULES,         /* at the acquirer, one row: which rules are in force */
    TABLE_RULE_PART,     /* by slot and place: the rules, some to a row */
    TABLE_TALLY,         /* by subject: what was counted of a shop, a terminal ... */
    TABLE_CARD_ACTIVITY, /* at the acquirer: by keyed hash of the PAN */
    TABLE_LISTED_CARD,   /* at the acquirer: by keyed hash of the PAN */
    TABLE_BATCH,         /* by terminal id and batch number: totals */
    TABLE_FUNDS,         /* at the acquirer: by merchant id */
    TABLE_DRAWER,        /* at the terminal: by terminal id */
    TABLE_OPERATOR,      /* at the terminal: by terminal id and number */
    TABLE_RANGE,         /* at the terminal: by BIN, 6 or 8 digits */
    TABLE_GIVEN_CODE,    /* at the issuer: by what it is for, and its digits */
    TABLE_UPDATE,        /* at the acquirer: by kind and version */
    TABLE_PIECE,         /* by terminal id, kind, version and place */
    TABLE_OFFER,         /* at the acquirer: by kind and group of terminals */
    TABLE_FETCH,         /* by terminal id and kind */
    TABLE_HANDOUT,       /* by terminal id, kind and name: books/handout_rows.h */
    TABLE_SIGNATURE,     /* by identity and part */
    TABLE_ISSUER_LINK,   /* at the acquirer: by issuer id and node */
    TABLE_ASIDE,         /* by who sent it, and place: what fits nothing */
    TABLE_ORDER,         /* at the terminal: by terminal id and the cash register's reference */
    TABLE_ORDER_BOOK,    /* at the terminal: by terminal id; which orders are kept */
    TABLE_PEER,          /* by the other host's id: how far its journal was; empty: our own */
    TABLE_TESTIMONY,     /* by identity: what a person says of a doubt */
    TABLE_ARCHIVE_MARK,  /* at a host: by acquirer id and terminal id; up to where it is archived */
    TABLE_ARCHIVE_DAY,   /* at a host: by date and part: the proof of an archived day */
    TABLE_INQUIRY,       /* at the acquirer: by terminal id: what an issuer is asked for it */
    TABLE_SHOP_ORDER,    /* at the acquirer: by merchant id and place: cash registers' references */
    TABLE_ARCHIVE_JOURNAL, /* at a host: by node: up to where its journal is archived */
    TABLE_FORWARD, /* at a host: by node, kind, currency and account: what archived entries come to
                    */
    TABLE_COUNT
};

struct row_key {
    uint8_t table; /* enum row_table */
    uint8_t len;
    uint8_t at[ROW_KEY_LEN_MAX]; /* bytes past len are zero */
};

/* In line, as row_key_equal: a step makes and compares some hundred keys. */
static inline struct row_key row_key_of(enum row_table table, const void *at, size_t len)
{
    struct row_key key = {.table = (uint8_t)table, .len = (uint8_t)len};

    assert(table > TABLE_NONE && table < TABLE_COUNT);
    assert(len <= ROW_KEY_LEN_MAX);
    bytes_copy(key.at, at, len);
    return key;
}

struct row_key row_key_number(enum row_table table, uint64_t number);

static inline bool row_key_equal(const struct row_key *a, const struct row_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Order by table, then bytes, then length: <0, 0, >0. */
int row_key_compare(const struct row_key *a, const struct row_key *b);
uint64_t row_key_hash(const struct row_key *key);

/* "config", "payment" ...: the stable name of a table. */
const char *row_table_name(enum row_table table);

#endif

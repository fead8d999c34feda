/*
 * Packages for terminals, and where a terminal is with one: parameters and programs that are
 * published at the acquirer and fetched over the line in pieces.
 *
 * A package is signed as a whole: the signature is over its manifest (txn/update_block.h), which
 * holds the chained digest of its pieces: d(0) = 32 zero bytes, d(i) = SHA-256(d(i-1), piece i).
 */
#ifndef BOOKS_UPDATE_ROWS_H
#define BOOKS_UPDATE_ROWS_H

#include "books/party_rows.h"

#define UPDATE_PIECE_LEN_MAX 512
#define UPDATE_PIECES_MAX 9999
#define UPDATE_VERSION_MAX 999999

enum update_kind { UPDATE_PARAMETERS = 'P', UPDATE_SOFTWARE = 'S' };

/* What a package says of itself; the same at both ends. */
struct update_manifest {
    uint8_t kind; /* enum update_kind */
    uint8_t pad;
    uint16_t pieces;
    uint32_t version; /* 1..UPDATE_VERSION_MAX */
    uint32_t size;    /* bytes of all pieces */
    uint8_t digest[DIGEST_LEN];
    uint8_t signature[SIGNATURE_LEN];
};

struct update_row { /* acquirer, TABLE_UPDATE, key: kind, version */
    uint16_t layout;
    uint16_t pad;
    struct update_manifest manifest;
    struct instant published;
};

struct piece_row { /* TABLE_PIECE, key: terminal id (acquirer: zeros), kind, version, place */
    uint16_t layout;
    uint16_t len;
    uint8_t at[UPDATE_PIECE_LEN_MAX];
};

/* Which version a group of terminals shall have: acquirer, TABLE_OFFER, key: kind, group. */
struct offer_row {
    uint16_t layout;
    uint8_t kind;
    uint8_t pad;
    uint32_t version;
    char group[UPDATE_GROUP_LEN]; /* padded with spaces */
    struct instant since;
};

/* TABLE_FETCH, key: terminal id, kind. The terminal's own; at the acquirer only active, next and
 * changed: what it has heard. */
enum fetch_state {
    FETCH_NONE,
    FETCH_COMING,   /* the pieces before next are here */
    FETCH_COMPLETE, /* all are here and fit; taken into use between payments */
    FETCH_ACTIVE,   /* in use */
    FETCH_REJECTED, /* signature, digest or self test failed: the version before stays in use */
    FETCH_STATE_COUNT
};

struct fetch_row {
    uint16_t layout;
    uint8_t state;    /* enum fetch_state */
    uint8_t attempts; /* silent ones in a row */
    uint16_t next;    /* the piece to ask for, from 1 */
    uint16_t pad;
    uint32_t active;   /* version in use; 0: as delivered */
    uint32_t rejected; /* version that is not to be tried again; 0: none */
    struct instant changed;
    struct update_manifest manifest; /* of what is coming */
    uint8_t digest[DIGEST_LEN];      /* chained, of the pieces that are here */
};

_Static_assert(sizeof(struct piece_row) <= ROW_VALUE_LEN_MAX, "piece");

struct row_key update_row_key(enum update_kind kind, uint32_t version);
struct row_key piece_row_key(const char terminal[static TERMINAL_ID_LEN], enum update_kind kind,
                             uint32_t version, uint16_t place);
struct row_key offer_row_key(enum update_kind kind, const char group[static UPDATE_GROUP_LEN]);
struct row_key fetch_row_key(const char terminal[static TERMINAL_ID_LEN], enum update_kind kind);

#endif

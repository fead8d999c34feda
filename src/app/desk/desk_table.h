/*
 * The records that operators look at and change: merchants, terminals, cards, accounts, and what
 * issuers want of payments. Which row
 * each is, which columns people see, which of them they may set, and at which party. Values travel
 * as text: what `show` prints, `set` takes.
 */
#ifndef APP_DESK_TABLE_H
#define APP_DESK_TABLE_H

#include "books/party_rows.h"

#include <jansson.h>

#define DESK_CHANGES_MAX 16
#define DESK_TEXT_LEN 64

enum desk_kind {
    DESK_TEXT,    /* zero-padded text */
    DESK_PROSE,   /* the same, in people's words: no card number */
    DESK_ID,      /* space-padded text */
    DESK_STATE,   /* enum record_state in a byte */
    DESK_MONEY,   /* int64_t minor units; a limit of 0 is none */
    DESK_MONEY32, /* uint32_t minor units */
    DESK_BYTE,
    DESK_BOOL, /* in a byte */
    DESK_U16,
    DESK_U32,
    DESK_U64,
    DESK_CLOCK,   /* uint16_t minutes of the day: "08:30" */
    DESK_DEGREES, /* int32_t hundred-thousandths of a degree: "31.23040" */
    DESK_TIME,    /* struct instant */
    DESK_MASK,    /* struct pan_masked */
    DESK_HASH,    /* the first four bytes, to tell cards of one mask apart */
    DESK_TRACE    /* struct identity: its trace number, 0: none */
};

#define DESK_AT(party) (1U << (party))

struct desk_column {
    const char *name;
    enum desk_kind kind;
    uint16_t offset;
    uint16_t len;
    uint64_t most;       /* numbers: the largest that may be set */
    unsigned may_set_at; /* bits DESK_AT of the parties whose row `set` changes; 0: only shown */
};

struct desk_table {
    const char *what;
    enum row_table table;
    uint16_t row_len;
    uint16_t since;     /* offset of struct instant state_since; 0: none */
    unsigned kept_at;   /* parties that have such rows */
    unsigned listed_at; /* whose rows a list shows */
    const struct desk_column *columns;
    size_t column_count;
};

/* One column's new value, read and checked. */
struct desk_change {
    const struct desk_column *column;
    uint64_t number;
    char text[DESK_TEXT_LEN];
};

/* The table of "merchant", "terminal", "card", "account", "issuer" or "peer"; NULL: none. */
const struct desk_table *desk_table_find(const char *what);

/* What somebody asks for: "state", "frozen". */
struct desk_wish {
    const char *name;
    const char *value;
    uint16_t currency; /* of amounts */
};

/* Reads the new value of a column; on failure *fault says which values are allowed. */
MUST_USE enum err desk_change_read(const struct desk_table *table, const struct desk_wish *wish,
                                   struct desk_change *out, struct text *fault);

/* Puts a value into a row of the table. */
void desk_change_apply(const struct desk_change *change, void *row);

/* A row as JSON, every value a string but booleans and counts. */
json_t *desk_row_json(const struct desk_table *table, const void *row, uint16_t currency,
                      int32_t utc_offset_s);

#endif

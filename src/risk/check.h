/*
 * The kinds of check that a rule of limits or risk can make, as data: what the rules file may say
 * of each, what of it is compared, and what it does in words. A new kind is a row in check_table.h
 * and a function in judge.c.
 */
#ifndef RISK_CHECK_H
#define RISK_CHECK_H

#include "books/risk_rows.h"

enum rule_check {
    RULE_NONE,
#define CHECK_ROW(id, ...) id,
#include "risk/check_table.h"
#undef CHECK_ROW
    RULE_CHECK_COUNT
};

/* Kept in rows: only append. */
enum rule_period { PERIOD_NONE, PERIOD_DAY, PERIOD_MONTH, PERIOD_COUNT };

/* Whose tally a check looks at, besides enum tally_subject. */
enum { SUBJECT_NONE = TALLY_SUBJECT_COUNT, SUBJECT_PER };

/* What a rule says, besides its name: bits. */
enum rule_column {
    COLUMN_AMOUNT = 1 << 0,
    COLUMN_COUNT = 1 << 1,
    COLUMN_MINUTES = 1 << 2,
    COLUMN_PERCENT = 1 << 3, /* kept in `count`, or beside COLUMN_COUNT in `span` */
    COLUMN_SPEED = 1 << 4,   /* km/h, kept in `count` */
    COLUMN_NEAR = 1 << 5,    /* km, kept in `span` */
    COLUMN_VERSION = 1 << 6, /* kept in `count` */
    COLUMN_PER = 1 << 7,
    COLUMN_EACH = 1 << 8,
    COLUMN_ISSUER = 1 << 9,
    COLUMN_FROM = 1 << 10,
    COLUMN_UNTIL = 1 << 11,
    COLUMN_BIN = 1 << 12,
    COLUMN_CATEGORY = 1 << 13,
    COLUMN_MERCHANT = 1 << 14,
    COLUMN_TERMINAL = 1 << 15,
    COLUMN_ENTRY = 1 << 16,
    COLUMN_KIND = 1 << 17,
    COLUMN_SCORE = 1 << 18,
};

/* To which payments a rule applies, and what it adds: every check may have them, but for the
 * issuer, which only MAINTENANCE names (and so no merchant). */
#define COLUMNS_OF_ALL                                                                             \
    (COLUMN_FROM | COLUMN_UNTIL | COLUMN_BIN | COLUMN_CATEGORY | COLUMN_MERCHANT |                 \
     COLUMN_TERMINAL | COLUMN_ENTRY | COLUMN_KIND | COLUMN_SCORE)

struct check_row {
    const char *name;    /* stable, as in rules files: "count-most" */
    unsigned subject;    /* enum tally_subject, SUBJECT_NONE or SUBJECT_PER */
    unsigned must;       /* bits of enum rule_column */
    unsigned may;        /* besides COLUMNS_OF_ALL */
    bool is_of_any_kind; /* without a kind: inquiries too; else only what charges */
    const char *zh;      /* what it does */
    const char *en;
};

const struct check_row *check_row(enum rule_check check);

/* By its name; RULE_CHECK_COUNT when there is none. */
enum rule_check check_by_name(const char *name);

/* The columns that a rule of this check may have. */
unsigned check_columns(enum rule_check check);

/* "card", "card-at-merchant", "terminal" ...; "day", "month". */
const char *check_subject_name(enum tally_subject subject);
const char *check_period_name(enum rule_period period);

/* The cause that a rule of this check gives when it refuses by itself. */
enum outcome check_cause(enum rule_check check, enum tally_subject per);

#endif

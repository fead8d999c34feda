/*
 * Rules of limits and risk, and what they count, as the acquirer's rows.
 *
 * Rules lie packed in parts, written into the slot that is not in force; then the one row of
 * TABLE_RULES is changed, which puts all of them in force at once. Parts of a version that is not
 * the one row's are nobody's rules.
 *
 * Tallies count payments that moved money or still may (a payment is counted in the record that
 * sends it on, and given back in the record that refuses or takes it back). So when nothing is on
 * its way a tally equals what was approved. Times are wall clock; dates are business dates,
 * 20261122. As all rows: fixed layout, padding zeroed.
 */
#ifndef BOOKS_RISK_ROWS_H
#define BOOKS_RISK_ROWS_H

#include "books/party_rows.h"
#include "books/payment_row.h"

#define RISK_ROW_LAYOUT 1
#define RULE_NAME_LEN 15 /* with " v" and a version it fits into one value of evidence */
#define RULE_PART_RULES 7
#define RULE_PARTS_MAX 10
#define RULES_MAX (RULE_PARTS_MAX * RULE_PART_RULES)
#define RULE_SLOTS 2
#define TALLY_REFUSALS                                                                             \
    16                /* newest refusals whose times are kept: the most that a rule may allow      \
                       */
#define CARD_VISITS 4 /* newest shops of a card: the present one and the one before count */

/* Of what a tally is. Kept in rows as bits (1 << subject): only append. */
enum tally_subject {
    TALLY_CARD,         /* in the card's activity row */
    TALLY_CARD_AT_SHOP, /* one card at one merchant */
    TALLY_TERMINAL,
    TALLY_MERCHANT,
    TALLY_CATEGORY,
    TALLY_BIN, /* the first six digits */
    TALLY_SUBJECT_COUNT
};

/* One rule. Which columns a check uses says risk/check_table.h; what is not said is zero. */
struct rule {
    char name[RULE_NAME_LEN]; /* zero-padded */
    uint8_t check;            /* enum rule_check */
    uint8_t per;              /* enum tally_subject */
    uint8_t each;             /* enum rule_period */
    uint8_t entries;          /* bits (1 << enum entry_mode); 0: any */
    uint8_t bin_len;          /* digits that bin_from and bin_to have, 6 to 8; 0: any card */
    uint16_t score;           /* what it adds when it fires; 0: it refuses by itself */
    uint16_t category_from;   /* 0: any */
    uint16_t category_to;
    char party[MERCHANT_ID_LEN];    /* a merchant's id, or of check MAINTENANCE the issuer's;
                                       zeros: any */
    char terminal[TERMINAL_ID_LEN]; /* zeros: any */
    uint8_t pad[3];
    uint32_t bin_from;
    uint32_t bin_to;
    uint32_t kinds; /* bits (1 << enum txn_kind); 0: those that charge */
    int64_t amount_minor;
    uint32_t count; /* payments, PINs, refusals, per cent, km/h, software version */
    uint32_t span;  /* minutes; TRAVEL: km that are never too far */
    uint32_t from;  /* minutes since 1970 UTC; 0: always */
    uint32_t until;
};

/* TABLE_RULES, key empty. */
struct rules_row {
    uint16_t layout;
    uint8_t slot; /* whose parts are in force */
    uint8_t part_count;
    uint16_t rule_count;
    uint16_t threshold; /* a score from here on refuses */
    uint32_t version;   /* counts loads; 0: never any */
    uint16_t currency;
    uint8_t always;    /* rows that every payment's judgement needs, RULES_WANT bits of risk/ */
    uint8_t sometimes; /* and those that the rules must be asked for */
    struct instant loaded;
    uint64_t digest; /* of the parts, as rules_digest says */
};

/* TABLE_RULE_PART, key: slot, place; one byte each. */
struct rule_part_row {
    uint16_t layout;
    uint8_t slot;
    uint8_t place;
    uint32_t version;
    uint16_t rule_count;
    uint16_t pad[3];
    struct rule rules[RULE_PART_RULES];
};

/* TABLE_TALLY, key: the subject's letter and who it is (risk/activity.h). */
struct tally_row {
    uint16_t layout;
    uint8_t subject; /* enum tally_subject */
    uint8_t refusal_next;
    uint32_t date; /* of the day's counters; its month is that of the month's */
    uint32_t day_count;
    uint32_t month_count;
    uint32_t day_refunds;
    uint32_t month_refunds;
    int64_t day_minor;
    int64_t month_minor;
    uint32_t refusals[TALLY_REFUSALS]; /* seconds since 1970 UTC, a ring; 0: none yet */
};

/* A card at a shop. */
struct card_visit {
    char merchant[MERCHANT_ID_LEN]; /* zeros: no visit */
    uint8_t pad;
    struct instant at; /* the payment's `created` */
    int32_t latitude_e5;
    int32_t longitude_e5;
};

/* TABLE_CARD_ACTIVITY, key: hash of the PAN. */
struct card_activity_row {
    struct tally_row tally; /* subject TALLY_CARD */
    uint32_t pin_date;      /* of pin_wrong */
    uint32_t pin_wrong;     /* answers that said so on that day, since the last right one */
    struct card_visit visits[CARD_VISITS]; /* each another merchant */
};

/* TABLE_LISTED_CARD, key: hash of the PAN: the black list. */
struct listed_card_row {
    uint16_t layout;
    uint8_t is_listed;
    uint8_t pad[5];
    struct pan_hash card;
    char list[REASON_LEN]; /* "stolen", "police" ...: whose list, or why */
    struct pan_masked masked;
    struct instant since;
};

_Static_assert(1U << (TALLY_SUBJECT_COUNT - 1) < COUNTED_PINS, "a payment has bits for all");
_Static_assert(sizeof(struct rule) == 88, "a rule has no padding that nobody zeroes");
_Static_assert(sizeof(struct rules_row) % 8 == 0, "rules");
_Static_assert(sizeof(struct rule_part_row) <= ROW_VALUE_LEN_MAX, "rule part");
_Static_assert(sizeof(struct tally_row) == 104, "tally");
_Static_assert(sizeof(struct card_activity_row) <= ROW_VALUE_LEN_MAX, "card activity");
_Static_assert(sizeof(struct listed_card_row) == 72, "listed card");

#endif

/*
 * One payment as one party knows it. Terminal, switch and issuer keep the same struct, so that
 * agreement, receipts, stories and statements need no translation between them.
 *
 * It never holds a PAN in clear, a track, a PIN block or a CVV: the PAN is sealed (to be opened
 * when a reversal must carry it), hashed (to compare) and masked (for people).
 */
#ifndef BOOKS_PAYMENT_ROW_H
#define BOOKS_PAYMENT_ROW_H

#include "books/row.h"
#include "hsm/pan_token.h"
#include "txn/message.h"
#include "txn/outcome.h"

#define PAYMENT_ROW_LAYOUT 2
#define ICC_ANSWER_LEN_MAX 24 /* tag 91 is at most 16 bytes */
#define PAYMENT_AID_LEN 8     /* UnionPay's are of 8 bytes (JR/T 0025.5); of others the first 8 */

/* In payment_row.counted: it does not stand in the tallies, or not any more; its card has wrong
 * PINs of the day, which a right one forgives. */
#define COUNTED_OFF 0x80U
#define COUNTED_PINS 0x40U

/* Where a payment stands at one party. */
enum payment_stage {
    STAGE_NONE,
    STAGE_SENT,      /* forwarded or sent, not answered */
    STAGE_ANSWERED,  /* decided; outcome says how */
    STAGE_REVERSING, /* its reversal is owed or on its way */
    STAGE_REVERSED,  /* its reversal is done */
    STAGE_TOMBSTONE, /* reversed before it was seen: it will never be accepted */
    STAGE_STORED,    /* terminal: accepted offline, to be delivered as an advice */
    STAGE_COUNT
};

/* What later payments did to this one. It never changes the row's own money: a voided sale has
 * moved, and its void has moved it back; payment_row_money tells both together. */
enum follow_state {
    FOLLOW_NONE,
    FOLLOW_VOIDING, /* its void is under way; nothing else may follow */
    FOLLOW_VOIDED,
    FOLLOW_COMPLETING, /* a pre-authorisation's completion is under way */
    FOLLOW_COMPLETED,
    FOLLOW_LAPSED, /* issuer: the hold ended by itself at its date */
    FOLLOW_COUNT
};

struct payment_row {
    uint16_t layout;    /* PAYMENT_ROW_LAYOUT */
    uint8_t kind;       /* enum txn_kind */
    uint8_t stage;      /* enum payment_stage */
    uint8_t money;      /* enum money_state */
    uint8_t decided_by; /* enum party */
    uint16_t outcome;   /* enum outcome */
    struct identity identity;
    int16_t sequence; /* DE 23, -1: none */
    uint16_t expiry;  /* YYMM, 0: none */
    struct money amount;
    struct money balance; /* the recorded answer of a balance inquiry */
    struct pan_token pan; /* sealed, hashed, masked */
    char merchant[MERCHANT_ID_LEN];
    uint8_t entry; /* enum entry_mode */
    char issuer[ISSUER_ID_LEN];
    uint8_t pin_entered;
    char rrn[RRN_LEN];
    char auth_id[AUTH_ID_LEN];
    char code[RESPONSE_CODE_LEN]; /* as answered or received */
    uint32_t business_date;       /* 20261122, this party's */
    uint32_t local_time;          /* as txn_message.local_time */
    uint16_t local_date;
    uint16_t settlement_date;
    uint8_t reversal_attempts;
    uint8_t history_len;
    char reversal_reason[RESPONSE_CODE_LEN]; /* why it is taken back; of an answered one: why it was
                                                to be, too late */
    uint8_t aid[PAYMENT_AID_LEN];            /* terminal: the chip's application, 84; zero: none */
    uint8_t tpdu[TPDU_LEN];
    uint8_t icc_answer_len;
    uint8_t arqc[8];                        /* to know a repeat by, and to make its ARPC; the
                                               switch, by code: the code's last 16 digits */
    uint8_t unpredictable[4];               /* 9F37 */
    uint16_t atc;                           /* 9F36 */
    uint8_t icc_answer[ICC_ANSWER_LEN_MAX]; /* hosts: field 55 of the recorded answer;
                                               terminal: the chip's 9F10, for a reversal */
    uint64_t link; /* who waits for the answer: the switch's link, the till's ticket;
                      means something in this run of the process only */
    struct instant created;
    struct instant changed;
    struct instant deadline; /* of the next automatic step; 0: none */
    uint64_t account; /* issuer: the account posted to; terminal: number of the card in the reader,
                         of this run only */
    uint64_t history[PAYMENT_HISTORY_MAX]; /* journal sequence numbers, oldest first */
    uint32_t rules_version;                /* switch: the rules it was judged by; 0: none */
    uint16_t category;                     /* switch: the merchant's, as it was counted */
    uint8_t counted;     /* switch: whose tallies it concerns, bits (1 << enum tally_subject),
                            COUNTED_OFF, COUNTED_PINS */
    uint8_t is_fallback; /* a chip card that came by its stripe */
    struct evidence evidence[EVIDENCE_MAX];

    struct identity original; /* of a follow-up: what it follows; trace 0: nothing */
    int64_t posted_minor;     /* what it moved or holds once approved: the amount; less after a
                                 partial approval; a tip's difference; with its increments */
    int64_t returned_minor;   /* refunds of it, granted or under way */
    int64_t tip_minor;        /* its tip, granted or under way: what stands is posted and this */
    struct instant lapses;    /* issuer: when the hold of a pre-authorisation ends by itself */
    uint32_t follow_batch;    /* the payment that follow is about; of none: a tip under way */
    uint32_t follow_trace;
    uint8_t follow; /* enum follow_state */
    uint8_t operator_number;
    uint8_t is_training; /* played for practice: never posted outside the training books */
    uint8_t copies;      /* terminal: receipts printed, the first one included */
    uint8_t auth_mode;
    char auth_institution[11];
    char qr_code[QR_CODE_LEN];
    uint8_t partial_ok; /* the terminal takes a part of the amount */
    uint8_t nets_funds; /* switch: it counts in its merchant's funds row */
    uint8_t aip[2];     /* terminal: what the chip can do, 82 */
};

_Static_assert(sizeof(struct payment_row) <= ROW_VALUE_LEN_MAX, "a payment is one row");

/* Whether every number in a stored row is one that this program knows, so that it can be told:
 * anything else is damage, or of a newer program. */
bool payment_row_is_readable(const struct payment_row *row);

/* Where the money of a payment is now, with what followed it: a voided sale's is returned, a
 * completed hold's is moved, a lapsed one's is returned. */
enum money_state payment_row_money(const struct payment_row *row);

/* Where an approval of that kind puts the money of its own row: held for a pre-authorisation and
 * its increments, not moved for an inquiry, else moved (the void of a pre-authorisation, too, has
 * done what it is for). */
enum money_state payment_row_approved_money(enum txn_kind kind);

/* What a payment stands for with its tip: what a void gives back, and refunds may share. */
int64_t payment_row_standing(const struct payment_row *row);

/* Its tip has not been granted yet: the next party may still refuse it. */
bool payment_row_has_tip_under_way(const struct payment_row *row);
void payment_row_begin_tip(struct payment_row *row, const struct payment_row *tip);
void payment_row_end_tip(struct payment_row *row, const struct payment_row *tip);

/* What refunds may still give back of it: not a tip that may never be paid. */
int64_t payment_row_refundable(const struct payment_row *row);

/* What the row has done to its holder's money: posted_minor with the sign of its kind while it has
 * moved, else 0. The sum over an account's payments is what its entries say. */
int64_t payment_row_net(const struct payment_row *row);

/* Whether the row is a pre-authorisation whose hold stands: posted_minor is held. */
bool payment_row_is_holding(const struct payment_row *row);

struct row_key payment_row_key(const struct identity *identity);

/* Moves the payment to a stage; what the table of stages forbids is a bug. */
void payment_row_move(struct payment_row *row, enum payment_stage stage);

/* Sets the money state; what money_state_may_follow forbids is a bug. */
void payment_row_set_money(struct payment_row *row, enum money_state money);

/* Remembers the journal record that changed the row; beyond PAYMENT_HISTORY_MAX the middle is
 * dropped: the first half and the newest stay. */
void payment_row_note(struct payment_row *row, uint64_t journal_sequence);

bool payment_stage_may_follow(enum payment_stage from, enum payment_stage to);
const char *payment_stage_name(enum payment_stage stage); /* "sent" */
const char *follow_state_name(enum follow_state state);   /* "voided" */

#endif

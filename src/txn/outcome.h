/*
 * What came of a payment: approved, or one stable cause of refusal with its number, who decided,
 * who must act, the response code it travels as, and what it says about the money. Order in the
 * table is precedence: when several apply, the first is given.
 *
 * A new cause is a row in outcome_table.h and a rule in the party that decides it. Texts for
 * people stand in explain/.
 */
#ifndef TXN_OUTCOME_H
#define TXN_OUTCOME_H

#include "base/bounds.h"
#include "base/text.h"
#include "txn/kind.h"
#include "txn/money_state.h"

/* The value of an outcome is its stable number, because rows and journals keep it: a new cause may
 * stand anywhere in the table without changing what older records say. So there are gaps:
 * outcome_is_known says which numbers are outcomes, outcome_next walks them. */
enum outcome {
#define OUTCOME_ROW(id, name, number, ...) id = number,
#include "txn/outcome_table.h"
#undef OUTCOME_ROW
    OUTCOME_COUNT = 400 /* all numbers are below */
};

/* How many rows the table has. */
#define OUTCOME_ROW(...) +1
enum {
    OUTCOME_ROWS = 0
#include "txn/outcome_table.h"
};
#undef OUTCOME_ROW

bool outcome_is_known(unsigned number);

/* The next outcome by number; OUTCOME_COUNT after the last. Begin with OUTCOME_NONE. */
enum outcome outcome_next(enum outcome outcome);

enum party {
    PARTY_NOBODY,
    PARTY_TERMINAL,
    PARTY_ACQUIRER,
    PARTY_ISSUER,
    PARTY_CARDHOLDER,
    PARTY_MERCHANT,
    PARTY_NETWORK,
    PARTY_COUNT
};

/* What UnionPay terminals are told to do about a response (categories of the field 39 list). */
enum outcome_class {
    CLASS_APPROVED = 'A',
    CLASS_RETRY = 'B',
    CLASS_DECLINED = 'C',
    CLASS_ATTENDED = 'D',
    CLASS_FAULT = 'E'
};

enum retry {
    RETRY_NEVER,      /* it will be refused again */
    RETRY_NOW,        /* at once */
    RETRY_AFTER_FIX,  /* when the party that must act has acted */
    RETRY_LATER,      /* after a wait; the evidence says how long where it is known */
    RETRY_OTHER_CARD, /* with another card, entry mode or amount */
    RETRY_COUNT
};

struct outcome_row {
    const char *name; /* stable: "card.expired"; NULL: no outcome has this number */
    uint16_t number;  /* stable, shown to people and kept in rows: 304 */
    enum party decides;
    enum party acts; /* who must act */
    char code[3];    /* field 39; "" when it never travels */
    enum outcome_class class;
    enum money_state money; /* what the outcome by itself says about the money */
    enum retry retry;       /* while the money is unknown, callers say nothing of retrying */
};

const struct outcome_row *outcome_row(enum outcome outcome);

/* The cause by its stable name; OUTCOME_COUNT when there is none. */
enum outcome outcome_by_name(const char *name);

/* The most likely cause behind a bare response code from a party that explains no more;
 * OUTCOME_DECLINED_UNSPECIFIED for one that no row has. decider narrows the choice. */
enum outcome outcome_by_code(const char code[static 2], enum party decider);

/* The same for the answer to a payment of a kind, whose code may mean what it means nowhere else;
 * by_qr: it was paid by the customer's payment code. */
enum outcome outcome_by_answer(const char code[static 2], enum party decider, enum txn_kind kind,
                               bool by_qr);

/* Its place in the table: of several causes that apply, the one of the least rank is given. */
unsigned outcome_rank(enum outcome outcome);

bool outcome_is_approved(enum outcome outcome);

const char *party_name(enum party party); /* "acquirer" */

/* One compared value that explains an outcome. */
enum evidence_name {
    EVIDENCE_NONE,
#define EVIDENCE_ROW(id, name, zh, en, who) id,
#include "txn/evidence_table.h"
#undef EVIDENCE_ROW
    EVIDENCE_COUNT
};

/* Who may see a value: bits. */
enum evidence_reader {
    SEEN_BY_CASHIER = 1,
    SEEN_BY_CARDHOLDER = 2,
    SEEN_BY_MERCHANT = 4,
    SEEN_BY_OPERATOR = 8
};

struct evidence {
    uint8_t name;  /* enum evidence_name; EVIDENCE_NONE ends a list */
    char text[23]; /* the value for people, zero-terminated; never card data in clear */
};

const char *evidence_label(enum evidence_name name); /* stable: "limit" */
const char *evidence_zh(enum evidence_name name);
const char *evidence_en(enum evidence_name name);
unsigned evidence_readers(enum evidence_name name); /* bits of enum evidence_reader */

/* Appends to a list of EVIDENCE_MAX; what finds no place is dropped (the first facts weigh most).
 */
void evidence_add(struct evidence list[static EVIDENCE_MAX], enum evidence_name name,
                  const char *text);
void evidence_add_number(struct evidence list[static EVIDENCE_MAX], enum evidence_name name,
                         int64_t value);

/* The texts of the hosts for the receipt (field 63.2), of up to 92 bytes of UTF-8, in as many rows
 * of EVIDENCE_REMARK as it takes: an approval has no other evidence. And put together again. */
void evidence_add_remark(struct evidence list[static EVIDENCE_MAX], const char *text);
void evidence_remark(const struct evidence list[static EVIDENCE_MAX], struct text *out);

#endif

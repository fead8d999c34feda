/*
 * What a person says of a payment in doubt, and a second person confirms: with that the debt ends
 * as if the next party had answered. TABLE_TESTIMONY, key: identity, one row for a payment.
 *
 *     (none) --propose--> PROPOSED --confirm, by another--> SETTLED
 *                           |  ^                              |
 *                  withdraw |  | propose                      | the next party's late word differs:
 *                           v  |                              | is_contradicted; proposed and
 *                        WITHDRAWN                            | confirmed anew, the same word
 *                                                             | stands (PROPOSED, is_settled)
 *
 * A row is about one debt, known by its kind and when it began: what was proposed of an earlier one
 * says nothing of the next. is_settled never goes back, nor does the word of a settled row change.
 */
#ifndef BOOKS_TESTIMONY_H
#define BOOKS_TESTIMONY_H

#include "books/party_rows.h"
#include "books/payment_state.h"

#define PERSON_NAME_LEN 16         /* zero-padded */
#define TESTIMONY_EVIDENCE_LEN 241 /* UTF-8, zero-terminated: some 80 characters of Chinese */

enum testimony_stage {
    TESTIMONY_NONE,
    TESTIMONY_PROPOSED,
    TESTIMONY_SETTLED,
    TESTIMONY_WITHDRAWN,
    TESTIMONY_STAGE_COUNT
};

struct testimony_row {
    uint16_t layout; /* PARTY_ROW_LAYOUT */
    uint8_t stage;   /* enum testimony_stage */
    uint8_t word;    /* enum payment_state: what is true of the payment at the next party */
    uint8_t owed;    /* enum pending_kind of the debt */
    uint8_t is_settled;
    uint8_t is_contradicted; /* by late_code, and nobody has looked into it since */
    uint8_t is_agreed;       /* the next party has said the same since */
    struct identity identity;
    uint32_t attempts; /* of the debt until then */
    char last_code[RESPONSE_CODE_LEN];
    char late_code[RESPONSE_CODE_LEN]; /* DE 39 of what came after it was settled */
    struct instant since;              /* the debt's */
    struct instant proposed;
    struct instant settled;
    struct instant late;
    char proposer[PERSON_NAME_LEN];
    char confirmer[PERSON_NAME_LEN];
    char evidence[TESTIMONY_EVIDENCE_LEN];
    char rrn[RRN_LEN]; /* of what is approved: the next party's reference number; zeros: not said */
    uint8_t pad[3];
};

_Static_assert(sizeof(struct testimony_row) <= ROW_VALUE_LEN_MAX, "testimony");

/* What a person asks for: node_command.value of COMMAND_TESTIFY. */
enum testimony_act {
    TESTIMONY_PROPOSE,
    TESTIMONY_CONFIRM,
    TESTIMONY_WITHDRAW,
    TESTIMONY_ACT_COUNT
};

struct testimony_act_value {
    uint8_t act;  /* enum testimony_act */
    uint8_t word; /* enum payment_state; of a withdrawal nothing */
    char person[PERSON_NAME_LEN];
    char evidence[TESTIMONY_EVIDENCE_LEN]; /* of a proposal */
    char rrn[RRN_LEN];                     /* likewise: digits, or zeros: not known */
};

/* What came of it. Told to who asked, never stored. */
enum testimony_result {
    TESTIMONY_IS_PROPOSED,
    TESTIMONY_IS_SETTLED,
    TESTIMONY_IS_WITHDRAWN,
    TESTIMONY_IS_SAME,   /* nothing changed: it was said before */
    TESTIMONY_NO_PERSON, /* of that name, or another password: from here on refusals */
    TESTIMONY_LOCKED,
    TESTIMONY_NO_KEY_MODULE,
    TESTIMONY_NOT_OWED,      /* nothing is in doubt */
    TESTIMONY_NOT_SENT,      /* it is still stored here: nobody else can know of it */
    TESTIMONY_TOO_YOUNG,     /* it may well end by itself */
    TESTIMONY_UNFIT,         /* the word does not answer this debt */
    TESTIMONY_ONE_PERSON,    /* who proposed cannot confirm */
    TESTIMONY_OTHER_WORD,    /* another has proposed something; withdraw it first */
    TESTIMONY_OTHER_SETTLED, /* it was settled as something else, and stays so */
    TESTIMONY_NOT_PROPOSED,  /* there is nothing to confirm or withdraw */
    TESTIMONY_DAMAGED,       /* the payment's row cannot be read */
    TESTIMONY_RESULT_COUNT
};

bool testimony_is_refused(enum testimony_result result);
const char *testimony_result_name(enum testimony_result result); /* "too-young" */

/* Whether a row is whole: every number is one that this program knows, texts end. */
bool testimony_row_is_readable(const struct testimony_row *row);

struct row_key testimony_row_key(const struct identity *identity);

/* Whether a word answers a debt of that kind: a reversal is done (taken-back), or there is nothing
 * to take back (never-seen), or, at a terminal only, came too late (approved); an advice was taken
 * (approved) or will not be (refused); a query's refund was either, or is not known (never-seen).
 *
 * A switch's reversal never ends as approved: the shop has been told that the money comes back. */
bool testimony_word_fits(enum payment_state word, enum pending_kind owed, bool is_terminal);

/* The state with that name; PAYMENT_STATE_COUNT when there is none. */
enum payment_state testimony_word_by_name(const char *name);

/* How what the next party says afterwards stands to the word. `told`: what it says of the payment;
 * PAYMENT_ACCEPTED of an approval that may be from before it was taken back, PAYMENT_IN_PROGRESS of
 * what says nothing. */
enum testimony_echo { ECHO_SAYS_NOTHING, ECHO_AGREES, ECHO_CONTRADICTS };

enum testimony_echo testimony_echo_of(enum payment_state word, enum payment_state told);

/* What is wrong with a person's free text, in words; NULL: nothing. It is UTF-8 without control
 * characters, not empty, shorter than len, and holds nothing that could be a card number: 13 or
 * more digits with at most one space, hyphen, dot, stroke or underscore between two of them. */
const char *testimony_text_fault(struct bytes text, size_t len);

/* The same for a person's name: letters, digits, dot, hyphen, underscore. */
const char *testimony_person_fault(struct bytes name);

#endif

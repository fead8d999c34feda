/*
 * The language of scenarios (scenario.h): a sentence is a line, or a part of one up to a semicolon;
 * its words stand apart by spaces, commas and colons are words of their own, text in double quotes
 * is one word, and # starts a remark.
 *
 * A pattern is a sentence with slots in capitals and, in brackets, what may be left out:
 *
 *     till TILL sells AMOUNT with CARD ENTRY [pin PIN]
 *
 * A complaint names the first word that fits none of the patterns, and all that would have fitted
 * there.
 */
#ifndef SIM_SCENARIO_WORDS_H
#define SIM_SCENARIO_WORDS_H

#include "books/payment_state.h"
#include "lab/world.h"
#include "node/node.h"
#include "sim/tally.h"

#define SENTENCE_WORDS_MAX 32
#define SENTENCE_WORD_LEN 64
#define SENTENCE_AMOUNTS_MAX 12

struct sentence {
    uint32_t line; /* of the file, from 1 */
    size_t count;
    char words[SENTENCE_WORDS_MAX][SENTENCE_WORD_LEN];
};

/* Which messages a line of a scenario means. */
enum said_message {
    SAID_REQUEST,
    SAID_ANSWER,
    SAID_REVERSAL,
    SAID_REVERSAL_ANSWER,
    SAID_SIGN_IN,
    SAID_SIGN_IN_ANSWER,
    SAID_QUERY,
    SAID_QUERY_ANSWER,
    SAID_COMMAND, /* none: what a till was told */
    SAID_COUNT
};

enum said_line { SAID_LINE, SAID_BANK_LINE };

enum said_fault { SAID_LOSES, SAID_DOUBLES, SAID_CUTS_SHORT };

enum said_plug { SAID_UNPLUGGED, SAID_PLUGGED_IN, SAID_CUT, SAID_MENDED, SAID_BROKEN };

/* Where a party dies: between two stages of its engine, or in its commit. */
enum said_point {
    SAID_BEFORE_LOADING,
    SAID_BEFORE_DECIDING,
    SAID_BEFORE_RECORDING,
    SAID_WHILE_RECORDING_KEPT,
    SAID_WHILE_RECORDING_LOST,
    SAID_BEFORE_SENDING,
    SAID_AFTER_SENDING,
};

enum said_card { SAID_PULLED_OUT, SAID_SAYS_NO };

enum said_verdict {
    SAID_STANDS,
    SAID_TAKEN_BACK,
    SAID_REFUSED,
    SAID_VOIDED,
    SAID_NEVER_HAPPENED,
};

/* The parts of a sentence that a pattern leaves open. */
enum slot {
    SLOT_TILL,    /* T1 */
    SLOT_CARD,    /* C1 */
    SLOT_AMOUNT,  /* 10.00 */
    SLOT_AMOUNTS, /* -10.00 +10.00 */
    SLOT_ENTRY,   /* chip */
    SLOT_PIN,
    SLOT_PAYMENT, /* T1/2: the second payment of that till in this scenario */
    SLOT_OTHER,   /* another payment */
    SLOT_FOLLOW,  /* voids */
    SLOT_DEVICE,  /* paper */
    SLOT_LINE,    /* the line */
    SLOT_FAULT,   /* loses */
    SLOT_MESSAGE, /* reversal answer */
    SLOT_TIMES,   /* once, 3 times */
    SLOT_NUMBER,
    SLOT_TIME, /* 20 s */
    SLOT_ISSUER,
    SLOT_PLUG,
    SLOT_PARTY, /* the switch */
    SLOT_POINT, /* before recording */
    SLOT_CARD_FAULT,
    SLOT_CAUSE, /* line.no-answer */
    SLOT_MONEY, /* not moved */
    SLOT_STAGE, /* reversing */
    SLOT_VERDICT,
    SLOT_ADVICE,
    SLOT_TEXT,  /* "words" */
    SLOT_STATE, /* taken back */
    SLOT_WAY,   /* the backup line */
    SLOT_COUNT
};

struct named_payment {
    uint32_t till;
    uint32_t nth; /* from 1 */
};

struct said {
    uint32_t given; /* bits 1 << slot */
    uint32_t till;
    uint32_t card;
    struct money amount;
    size_t amount_count;
    int64_t amounts[SENTENCE_AMOUNTS_MAX];
    enum entry_mode entry;
    char pin[PIN_DIGITS_MAX + 1];
    struct named_payment payment;
    struct named_payment other;
    enum txn_kind follow;
    int device; /* enum till_device */
    enum said_line line;
    enum said_fault fault;
    enum said_message message;
    uint32_t times;
    uint32_t number;
    int64_t time_ms;
    uint32_t issuer;
    enum said_plug plug;
    enum sim_party party;
    uint32_t party_of; /* AT_TERMINAL: till; AT_ISSUER: issuer */
    enum said_point point;
    enum said_card card_fault;
    enum outcome cause;
    enum money_state money;
    enum payment_stage stage;
    enum said_verdict verdict;
    int advice; /* enum explain_advice */
    char text[SENTENCE_WORD_LEN];
    enum payment_state state; /* what persons say is true */
    enum line_way way;
};

bool said_has(const struct said *said, enum slot slot);

/* How far sentences were understood, for a complaint. */
struct misfit {
    size_t furthest;       /* the first word that fitted nothing */
    struct text *expected; /* what would have */
};

/* Cuts the next sentence off *rest, counting lines; false at the end. A word that is too long is
 * cut, and words past SENTENCE_WORDS_MAX are dropped, which no pattern fits. */
bool sentence_next(struct bytes *rest, uint32_t *line, struct sentence *out);

/* Whether the whole sentence fits the pattern; the world has the names of tills, cards and banks.
 * If not, misfit learns. */
bool sentence_fits(const struct sentence *sentence, const char *pattern,
                   const struct lab_world *world, struct said *out, struct misfit *misfit);

#endif

/*
 * The contract that every party keeps, and the working set in which it keeps it.
 *
 * A party is three pure functions over one event: which rows it needs, which cryptographic
 * questions it asks, and the step that decides. Needs and questions are asked again, seeing what
 * is known so far, until nothing new is asked (at most ROUNDS_MAX times); then the step runs once.
 * A step has no clock, no socket, no store, no randomness but the event's, and cannot fail. It
 * changes rows, posts entries, and lists effects. The engine makes the changes durable in one
 * commit and only then carries the effects out.
 *
 * A party keeps nothing outside rows, so a batch whose commit says RETRY runs again from its
 * events, and a crash before the commit is as if the event never came.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "books/journal.h"
#include "books/party_rows.h"
#include "books/payment_row.h"
#include "hsm/command.h"
#include "txn/message.h"
#include "txn/outcome.h"

enum event_kind {
    EVENT_START,     /* once, before anything else of this run */
    EVENT_RECOVER,   /* once for each row of TABLE_PENDING found at start; key says which */
    EVENT_MESSAGE,   /* a message arrived on link */
    EVENT_GARBLED,   /* a frame arrived on link that could not be understood; fault says why */
    EVENT_TIMER,     /* a deadline set earlier is due; key says which */
    EVENT_LINK_UP,   /* peer is connected on link */
    EVENT_LINK_DOWN, /* terminal: the connection that carried a request of message.identity.terminal
                        is gone, and with it the answer */
    EVENT_COMMAND,   /* from the till or an operator; ticket gets the answer */
    EVENT_KIND_COUNT
};

/* Which of the ways to a peer a link goes. Kept in rows: only append. */
enum line_way { WAY_NONE, WAY_PRIMARY, WAY_BACKUP, WAY_COUNT };

const char *line_way_name(enum line_way way); /* "down", "primary", "backup" */

enum command_kind {
    COMMAND_NONE,
    COMMAND_SIGN_IN,
    COMMAND_SIGN_OFF,
    COMMAND_ECHO,
    COMMAND_CANCEL,  /* the cashier gives up waiting */
    COMMAND_PUT_ROW, /* an operator's change of set-up: key, value */
    COMMAND_FUND,    /* issuer: pay amount into account */
    COMMAND_PAY,     /* the transaction, of any kind with a payment row */
    COMMAND_SETTLE,
    COMMAND_QUERY,  /* terminal: what became of command.original */
    COMMAND_LOG_IN, /* terminal: a cashier */
    COMMAND_LOG_OFF,
    COMMAND_PRINTED, /* terminal: the receipt of command.original was printed, or paper is out */
    COMMAND_FETCH,   /* terminal: the management transaction of kind: downloads, uploads, update */
    COMMAND_GIVE_CODE, /* issuer: a one-time code for the card under key, up to amount: transaction
                          KIND_SALE a payment code, KIND_OFFLINE_SALE one by voice; the display's
                          payment holds it (qr_code, auth_id) */
    COMMAND_PERSON,    /* sets a person who may end doubts, or takes him away: value is a struct
                          persons_put; cashier.password the new password, empty: away;
                          supervisor.password that of who vouches */
    COMMAND_TESTIFY, /* what a person says of a payment in doubt: key is its PENDING row's, value a
                        struct testimony_act_value, supervisor.password the person's */
    COMMAND_ARCHIVE, /* a host: node/archive.h */
    COMMAND_PURGE,
    COMMAND_CARRY,
    COMMAND_COUNT
};

/* How the card is presented at the till. Stripe and chip are read by asking the card (HSM_CARD_*
 * commands); a keyed number comes with the command. */
struct presented_card {
    enum entry_mode entry;
    bool is_fallback;  /* the chip was tried and failed */
    uint32_t card;     /* the card driver's number of the card in the reader; not for ENTRY_KEYED */
    char keyed[32];    /* ENTRY_KEYED: the number as typed, zero-terminated, spaces and all */
    uint16_t expiry;   /* ENTRY_KEYED: YYMM */
    struct secret pin; /* as keyed by the holder; empty: none */
};

/* Who stands at the till. Numbers: 1..98 cashiers, 0 the supervisor (00), 99 the system's
 * administrator. */
struct till_operator {
    bool is_given;
    uint8_t number;
    struct secret password; /* digits */
};

/* What the till knows of its devices as a command is given. */
enum till_device {
    DEVICE_PAPER_OUT = 1,
    DEVICE_READER = 2,
    DEVICE_PIN_PAD = 4,
    DEVICE_PRINTER = 8
};

#define COMMAND_VALUE_LEN_MAX 1000

_Static_assert(COMMAND_VALUE_LEN_MAX >= ROW_VALUE_LEN_MAX, "a row");
_Static_assert(COMMAND_VALUE_LEN_MAX >= BLOCK_LEN_MAX, "an image");

struct node_command {
    enum command_kind kind;
    enum txn_kind transaction; /* COMMAND_PAY, COMMAND_FETCH */
    struct original original;  /* follow-ups, COMMAND_QUERY, COMMAND_PRINTED, a signature */
    char rrn[RRN_LEN];         /* a refund: as on the original's receipt; zeros: not given */
    char auth_id[AUTH_ID_LEN]; /* an offline sale's, given by voice; or an original's */
    uint8_t auth_mode;
    char auth_institution[11];
    char qr_code[QR_CODE_LEN]; /* ENTRY_QR: the customer's payment code */
    bool is_forced;            /* COMMAND_SETTLE: close although totals differ, by the supervisor */
    struct till_operator cashier;    /* COMMAND_LOG_IN */
    struct till_operator supervisor; /* confirms what needs it: voids and refunds */
    bool asks_host;                  /* COMMAND_QUERY: over the line, not out of the own rows */
    char order[ORDER_LEN];           /* the cash register's own reference; zeros: none */
    uint8_t faulty_devices;          /* bits of enum till_device */
    char terminal[TERMINAL_ID_LEN];  /* whom a till command is for */
    struct money amount;             /* COMMAND_PUT_ROW: what an account opens with, if it is new */
    struct presented_card card;
    struct row_key key; /* COMMAND_PUT_ROW */
    uint16_t value_len;
    _Alignas(8) uint8_t value[COMMAND_VALUE_LEN_MAX]; /* COMMAND_PUT_ROW the row; COMMAND_FETCH of
                                                         KIND_SIGNATURE the image */
    uint64_t account;                                 /* COMMAND_FUND */
};

struct node_event {
    enum event_kind kind;
    struct instant wall;
    struct moment now;
    uint8_t entropy[32];        /* from the host's generator; in simulation from the seed */
    uint64_t link;              /* where from; 0: nowhere */
    bool line_is_up;            /* terminal, EVENT_COMMAND: a host answers a connect */
    uint8_t way;                /* ... and which way its messages go now: enum line_way */
    char peer[ACQUIRER_ID_LEN]; /* of link: the host at its other end, an issuer's id at the switch;
                                   zeros: a terminal, or unknown */
    uint64_t ticket;            /* EVENT_COMMAND: who waits for the display; 0: nobody */
    uint64_t sequence;          /* number of the journal record this event would make */
    uint16_t node;              /* whose journal that is: the first digit of a switch's RRNs */
    uint32_t epoch;             /* of its journal: raised by each opening, node/standing.h */
    struct row_key key;         /* EVENT_RECOVER, EVENT_TIMER */
    struct txn_message message; /* EVENT_MESSAGE; EVENT_GARBLED as far as understood */
    struct txn_fault fault;     /* EVENT_GARBLED */
    struct bytes mab;           /* EVENT_MESSAGE: the bytes that the MAC covers; borrowed */
    const struct node_command *command; /* EVENT_COMMAND; borrowed */
};

/* A row in the working set. value is the struct of its table. */
struct node_row {
    struct row_key key;
    bool found;       /* exists, counting the changes of this batch */
    bool is_changed;  /* set by node_put and node_remove */
    uint32_t version; /* counts changes within the batch; facts remember it */
    uint16_t len;
    _Alignas(8) uint8_t value[ROW_VALUE_LEN_MAX];
};

/* How the engine finishes a message before it leaves. */
struct node_seal {
    bool make_mac;
    struct hsm_key mac; /* MAK or ZAK */
    bool open_pan;      /* put the stored PAN into the message */
    struct hsm_key pan_store;
    struct pan_hash pan_hash;
    struct pan_sealed pan_sealed;
    bool make_arpc;          /* put tag 91 into field 55; arpc.of.arpc is ready */
    struct hsm_command arpc; /* HSM_ARPC_MAKE */
};

/* A message to send. What cannot be delivered (the link is gone, the seal fails) is a lost message,
 * which every protocol here survives. */
struct node_send {
    uint64_t link; /* 0: the terminal's own line to its host */
    struct txn_message message;
    struct node_seal seal;
};

/* EVENT_TIMER with this key comes at due; setting it again for a key moves it. */
struct node_deadline {
    struct row_key key;
    struct moment due;
};

#define NODE_LINE 0

/* What the till or operator who gave a command is shown, once for each command. */
struct node_display {
    uint64_t ticket;
    enum outcome outcome;
    uint8_t told_state;  /* of a query over the line: enum payment_state, as the host said */
    uint8_t heard_state; /* ... in doubt there, and 1 + what the next host says of it; 0: nothing */
    uint8_t testimony;   /* of COMMAND_TESTIFY, COMMAND_PERSON: enum testimony_result */
    bool is_repeat;      /* nothing was done: payment is an earlier one, of the same order */
    bool has_payment;
    struct payment_row payment; /* the terminal's row as it stands */
};

struct node_effects {
    uint8_t send_count;
    struct node_send sends[SENDS_MAX];
    uint8_t deadline_count;
    struct node_deadline deadlines[DEADLINES_MAX];
    bool has_display;
    struct node_display display;
    bool is_alarm; /* a person should look at the record */
};

/* A question asked and, once the hsm has spoken, its answer. */
struct node_fact {
    uint8_t slot; /* the party's own number for the question */
    bool is_answered;
    uint8_t row; /* index of the row whose version the answer rests on; 0xFF: none */
    uint32_t row_version;
    struct hsm_command command;
    struct hsm_answer answer;
};

/* One event's working set. The engine owns it; parties use the functions below. */
struct node_work {
    const struct node_event *event;
    uint8_t row_count;
    struct node_row *rows[NEEDS_MAX]; /* shared by the events of a batch */
    uint8_t need_count;
    struct row_key needs[NEEDS_MAX]; /* all that was asked for, in order */
    uint8_t fact_count;
    struct node_fact facts[CHECKS_MAX];
    /* What the step says of its event; WHAT_NONE: nothing durable happened. */
    enum journal_what what;
    struct identity about;
    enum outcome outcome;
    enum money_state money;
    uint32_t settlement_date;
    struct postings postings;
    struct node_effects effects;
    /* What the block of a message to send borrows; node_block. Not zeroed between events. */
    uint16_t block_len;
    uint8_t block[BLOCK_LEN_MAX];
};

/* A party. All three functions must be pure functions of the work they are given. */
struct node_party {
    enum party party;
    void (*needs)(struct node_work *work);
    void (*checks)(struct node_work *work);
    void (*step)(struct node_work *work);
};

/* ---- for needs ---- */

/* Asks for a row; asking again changes nothing. */
void node_need(struct node_work *work, struct row_key key);

/* ---- for needs, checks, step ---- */

/* The row, or NULL while it is not loaded. found says whether it exists. */
struct node_row *node_row(const struct node_work *work, const struct row_key *key);

/* The value of a row that is loaded, exists, and has the size and layout of its struct; else NULL.
 * A stored row of another size is treated as not there and counted as damaged by the engine. */
const void *node_value(const struct node_work *work, const struct row_key *key, size_t size);

/* The party's config row, or NULL. */
const struct config_row *node_config(const struct node_work *work);

/* ---- for checks ---- */

/* Asks the hsm a question under the party's own slot number; asking again changes nothing. The
 * answer rests on the row under key (its version is remembered); NULL when on none. */
void node_ask(struct node_work *work, uint8_t slot, const struct hsm_command *command,
              const struct row_key *rests_on);

/* The answer under a slot, or NULL while there is none. */
const struct hsm_answer *node_answer(const struct node_work *work, uint8_t slot);

/* ---- for step ---- */

/* Sets a row's value; the row must have been needed. */
void node_put(struct node_work *work, const struct row_key *key, const void *value, size_t len);
void node_remove(struct node_work *work, const struct row_key *key);

/* Says what the journal record of this event is. Called at most once by a step, together with
 * every put, so that nothing changes without a record. */
void node_record(struct node_work *work, enum journal_what what, const struct payment_row *payment);

/* Puts a payment row and notes this event's record in its history, then records it. */
void node_put_payment(struct node_work *work, struct payment_row *payment, enum journal_what what);

/* Adds a message to send; returns it zeroed for the caller to fill. */
struct node_send *node_send_new(struct node_work *work, uint64_t link);
/* Copies what field 62 of a message of this event shall hold (at most BLOCK_LEN_MAX bytes, once for
 * each event) to where the message may borrow it until it has left. */
struct bytes node_block(struct node_work *work, struct bytes content);
void node_set_deadline(struct node_work *work, const struct row_key *key, struct moment due);
/* Shows the outcome to whoever gave this event's command. */
void node_show(struct node_work *work, enum outcome outcome, const struct payment_row *payment);
/* As node_show, of an earlier payment that stands for what was asked. */
void node_show_again(struct node_work *work, enum outcome outcome,
                     const struct payment_row *payment);
/* As node_show for an earlier command's ticket: the till that waits for a payment. */
void node_show_to(struct node_work *work, uint64_t ticket, enum outcome outcome,
                  const struct payment_row *payment);

#endif

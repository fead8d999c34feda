/*
 * One terminal as an event finds it: its set-up, its own row and its work keys, and the small
 * rules that every part of the machine shares: trace numbers, keys, waits, whose MAC counts.
 */
#ifndef TERMINAL_TILL_H
#define TERMINAL_TILL_H

#include "node/node.h"

#define TRACE_MAX 999999
#define TILL_CAPABILITY 6 /* 60.4: the best of its readers is contactless */

/* The terminal's numbers for its questions to the HSM. */
enum till_check {
    CHECK_MASTER,     /* does the master key open */
    CHECK_WORK_KEYS,  /* the download of a sign-in */
    CHECK_READ,       /* stripe or chip */
    CHECK_PAN,        /* the card number for the row */
    CHECK_PIN,        /* the PIN block */
    CHECK_FIRST_AC,   /* the chip's request */
    CHECK_MAC,        /* is the answer's MAC right */
    CHECK_MAC_BEFORE, /* ... with the key before this sign-in */
    CHECK_SECOND_AC,  /* the chip's word on the answer */
    CHECK_PASSWORD,   /* is it the operator */
    CHECK_PASSWORD_MAKE,
    CHECK_SIGNATURE, /* is a package from whom it should be */
    CHECK_DIGEST,    /* of a package's pieces so far */
};

struct till {
    const struct config_row *config;
    struct terminal_row terminal;         /* a copy; till_put makes changes count */
    const struct terminal_keys_row *keys; /* NULL before the first sign-in */
    struct drawer_row drawer;             /* a copy, as well; an empty one when there is no row */
    struct row_key terminal_key;
    struct row_key keys_key;
    struct row_key drawer_key;
};

/* Asks for the rows of a terminal. */
void till_need(struct node_work *work, const char terminal[static TERMINAL_ID_LEN]);

/* Whether config and terminal are loaded and make sense; *out is filled only then. */
bool till_open(const struct node_work *work, const char terminal[static TERMINAL_ID_LEN],
               struct till *out);

void till_put(struct node_work *work, const struct till *till);
void till_put_drawer(struct node_work *work, const struct till *till);

/* Signed in, and the work keys to show for it. */
bool till_is_signed_in(const struct till *till);

/* A key of this terminal, for a command or a seal. */
struct hsm_key till_key(const struct till *till, const struct keyblock *block);

/* A key of the terminal's owner, who keeps the card numbers. */
struct hsm_key till_store_key(const struct till *till, const struct keyblock *block);

/* The identity that a payment would get now. */
struct identity till_next(const struct till *till);

/* The name under which a network message waits: batch 0, so that the batch number which a sign-in's
 * answer brings does not hide it. An echo has trace 0 (cup-pos: echo carries no DE 11). */
struct identity till_exchange(const struct till *till, uint32_t trace);

/* What the till may be waiting for: the payment in doubt, or an inquiry. */
const struct identity *till_waits_for(const struct till *till);

/* Takes the next trace number for good: 000001 follows 999999 (UnionPay POS, 6.1). */
void till_use_trace(struct till *till);

/* How long an answer may take, and how long a reversal rests after so many attempts. Milliseconds,
 * at least 1; zeros in the set-up mean our defaults. */
uint32_t till_wait_ms(const struct till *till);
uint32_t till_rest_ms(const struct till *till, uint32_t attempts);

/* The business date at an event, 20261122. */
uint32_t till_date(const struct till *till, const struct node_event *event);

/* For checks: asks whether the message's MAC is right, and when it is not, whether it is with the
 * key before this sign-in, for what was sent (at `sent`) before the keys changed. */
void till_ask_mac(struct node_work *work, const struct till *till, struct instant sent);
/* For checks and step: it is right. False, too, when the message has none or the HSM is down. */
bool till_mac_is_good(const struct node_work *work);

/* What a bare response code tells: the cause most likely meant. */
enum outcome till_outcome_of_code(const char code[static RESPONSE_CODE_LEN], bool pin_entered);

/* The host says beside its code that its books went back in time. */
bool till_books_are_lost(const struct txn_message *answer);

/* Codes after which the host wants a new sign-in before anything else. */
bool till_code_wants_sign_in(const char code[static RESPONSE_CODE_LEN]);

#endif

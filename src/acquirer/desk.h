/*
 * What lies on the switch's desk while it deals with one event: the event, and the rows it concerns
 * as typed pointers. All pointers are borrowed from the working set and hold what was loaded; a
 * change is made on a copy and put back with node_put. NULL means not loaded, not there, or
 * damaged.
 *
 * Damaged rows are never acted upon: a payment row whose stage, money and counters contradict each
 * other (desk_payment_is_sound) counts as not there, with payment_is_damaged or
 * original_is_damaged set.
 */
#ifndef ACQUIRER_DESK_H
#define ACQUIRER_DESK_H

#include "books/archive_rows.h"
#include "node/node.h"

/* The questions that the switch asks the HSM, by slot. */
enum question {
    ASK_MAC = 1,    /* does the sender's MAC verify under the key of now */
    ASK_MAC_BEFORE, /* or under the key before, for what was in flight when it changed */
    ASK_PAN,        /* the card number's token, or only its hash */
    ASK_PIN,        /* the PIN block under the issuer's zone key */
    ASK_KEYS,       /* new work keys for a terminal; zone keys out of an issuer's answer */
};

/* What is known of who sent a message. */
enum proof {
    PROOF_NONE,     /* no MAC came, or there is no key to check it with */
    PROOF_WRONG,    /* it does not verify */
    PROOF_DOWN,     /* the HSM could not say */
    PROOF_PREVIOUS, /* it verifies under the key before: in flight while the key changed */
    PROOF_GOOD
};

struct desk {
    struct node_work *work;
    const struct node_event *event;
    const struct txn_message *message;
    const struct config_row *config; /* never NULL: without a row, defaults without keys */
    struct identity identity;        /* of the payment, class PAYMENT */
    const struct terminal_row *terminal;
    const struct terminal_keys_row *keys;
    const struct merchant_row *merchant;
    const struct route_row *route;
    const struct issuer_row *issuer;    /* of the link, the payment, its original or the route */
    struct row_key issuer_key;          /* table NONE while nothing names an issuer */
    const struct issuer_link_row *link; /* this node's own link to it; NULL: it never had one */
    const struct payment_row *payment;
    const struct pending_row *pending;
    bool payment_is_damaged;
    /* What the payment follows: as its row says, else as the terminal's request or query says;
     * trace 0: it follows nothing. */
    struct identity original_identity;
    const struct payment_row *original;
    bool original_is_damaged;
    /* Of a completion's void: the pre-authorisation that the completion had used up. */
    const struct payment_row *hold;
    const struct batch_row *batch; /* the batch of identity */
    /* Up to where payments of the terminals of identity and original_identity were archived. */
    const struct archive_mark_row *mark;
    const struct archive_mark_row *original_mark;
};

/* The event and the rows that are loaded so far. */
struct desk desk_of(struct node_work *work);

/* Row keys. Identifiers are keys in their full, padded length. */
struct row_key desk_config_key(void);
struct row_key desk_terminal_key(const struct identity *identity);
struct row_key desk_keys_key(const struct identity *identity);
struct row_key desk_merchant_key(const char merchant[static MERCHANT_ID_LEN]);
struct row_key desk_issuer_key(const char issuer[static ISSUER_ID_LEN]);
struct row_key desk_link_key(const char issuer[static ISSUER_ID_LEN], uint16_t node);
struct row_key desk_pending_key(const struct identity *identity);
struct row_key desk_batch_key(const struct identity *identity);
struct row_key desk_funds_key(const char merchant[static MERCHANT_ID_LEN]);

/* Asks for a payment's row and for what is still owed on it. */
void desk_need_payment(const struct desk *desk);
/* Asks for an issuer's row and for this node's link to it. */
void desk_need_issuer(struct node_work *work, const char issuer[static ISSUER_ID_LEN]);
/* The payment that the terminal's own message names as the one it follows; trace 0: none. */
struct identity desk_said_original(const struct desk *desk);
/* Asks for the payment that it follows, as soon as that is known, and then for the hold. */
void desk_need_original(const struct desk *desk);

/* Asks up to where the payments of the terminal, and of the original's, were archived. */
void desk_need_marks(const struct desk *desk);
/* There is no row of the payment, or of what it follows, but one may have been archived: nothing is
 * known of it here. */
bool desk_payment_is_archived(const struct desk *desk);
bool desk_original_is_archived(const struct desk *desk);
/* The original is named and not there, and our books, which went back in time, may lack it. Its
 * rows, and standing_need_own, were asked for. */
bool desk_original_is_lost(const struct desk *desk);

/* Whether an identifier (DE 32, 100) names nobody. */
bool desk_id_is_empty(const char id[static ISSUER_ID_LEN]);
bool desk_id_equal(const char a[static ISSUER_ID_LEN], const char b[static ISSUER_ID_LEN]);

/* The event came over the link of an issuer. */
bool desk_is_from_issuer(const struct desk *desk);

/* The owner that stands in key blocks for an identifier: padding becomes spaces. */
struct key_owner desk_owner(const char *id, size_t len);
bool desk_has_key(const struct keyblock *block);

/* Asks whether the message's MAC verifies under a key; `before`, when there is one, only counts
 * within twice the answer wait after `changed`. rests_on is the key's row. */
struct zone {
    const struct keyblock *mac;
    const struct keyblock *before;
    struct instant changed;
    struct key_owner owner;
    struct row_key rests_on;
};
void desk_ask_mac(const struct desk *desk, const struct zone *zone);
/* The terminal's and the issuer's keys as such; false while their row is not there. */
bool desk_terminal_zone(const struct desk *desk, struct zone *out);
bool desk_issuer_zone(const struct desk *desk, struct zone *out);

/* What the HSM said of the message's MAC. */
enum proof desk_proof(const struct desk *desk);

/* The message's card number, out of DE 2 or the track. ERR_NOT_FOUND when it carries none,
 * ERR_BAD_FORMAT when it carries one that is none, ERR_BAD_VALUE when the two differ. */
MUST_USE enum err desk_pan(const struct txn_message *message, struct pan *out);

/* Asks for the card number's token (HSM_PAN_PROTECT) or hash (HSM_PAN_INDEX), if one is carried. */
void desk_ask_pan(const struct desk *desk, enum hsm_kind kind);
/* Whether the HSM answered, or there is no card number to ask about. */
bool desk_pan_is_known(const struct desk *desk);
/* Whether the message carries a card number that is none. */
bool desk_pan_is_bad(const struct desk *desk);
/* The hash of the card number that the message carries; NULL when it carries none. */
const struct pan_hash *desk_pan_hash(const struct desk *desk);

/* Stage, money, outcome, amount and counters of a stored row belong together. */
bool desk_payment_is_sound(const struct payment_row *row, const struct identity *identity);

/* Pauses and dates. */
struct instant desk_wall_after(const struct desk *desk, uint32_t ms);
/* How long ago by the wall clock; -1 for what is not in the past (the clock went back). */
int64_t desk_age_ms(const struct desk *desk, struct instant since);
/* Wakes the party about a row after a pause. */
void desk_wake(const struct desk *desk, const struct row_key *key, uint32_t ms);
/* The pause before the next try after `attempts` tries: retry_first_ms doubled each time up to
 * retry_max_ms, spread. */
uint32_t desk_backoff_ms(const struct desk *desk, uint32_t attempts);
/* A pause less up to a half by the event's entropy: thousands that began to wait in one moment, as
 * at a start, do not come to a bank in one moment. */
uint32_t desk_spread_ms(const struct desk *desk, uint32_t ms);

/* Says which journal record this event makes when it changes no payment row. */
void desk_record(const struct desk *desk, enum journal_what what, enum outcome outcome);
/* A person should look at this event's record. */
void desk_alarm(const struct desk *desk);

#endif

/*
 * The rows of the three parties besides payments: who they are, whom they know, what they owe.
 * Each struct is one row's value as it lies in memory, padding zeroed; see books/row.h.
 *
 * Text is fixed in length and padded as on the wire. Keys are key blocks, sealed under the party's
 * master key. Times are wall clock.
 */
#ifndef BOOKS_PARTY_ROWS_H
#define BOOKS_PARTY_ROWS_H

#include "books/row.h"
#include "hsm/pan_token.h"
#include "txn/message.h"

#define UPDATE_GROUP_LEN 8
#define NAME_LEN 40 /* DE 43, UTF-8 here, zero-padded */
#define LICENCE_LEN 20
#define REASON_LEN 20 /* what fits into one value of evidence */
#define PARTY_ROW_LAYOUT 2

/* Zone keys, as the issuer makes them and the acquirer takes them: HSM_WORK_KEYS_MAKE and _TAKE. */
#define ZONE_KEY_LAYOUT DOWNLOAD_40
#define ZONE_PIN_MODE KEY_PIN_ISO_0
#define ZONE_MAC_MODE KEY_MAC_X9_19

/* What may be done with a terminal, merchant or card. */
enum record_state {
    RECORD_ACTIVE,
    RECORD_NOT_ACTIVATED,
    RECORD_FROZEN,
    RECORD_CANCELLED,
    RECORD_LOST,
    RECORD_STOLEN,
    RECORD_CAPTURE,
    RECORD_DORMANT,
    RECORD_STATE_COUNT
};

/* "active", "frozen" ...; RECORD_STATE_COUNT's index when the word is unknown. */
const char *record_state_name(enum record_state state);
enum record_state record_state_by_name(const char *name);

/* The first node's row is under the host's id alone, as when a host had only one. */
struct row_key peer_row_key(const char peer[static ACQUIRER_ID_LEN], uint16_t node);

/* ---- every party: TABLE_CONFIG, key empty ---- */

/* What an issuer wants besides the rules that are always there. Zero: that rule is off. */
struct issuer_policy {
    uint16_t open_from;      /* service hours of new payments, minutes of the local day, ... */
    uint16_t open_until;     /* ... up to this one; the same as open_from: always open */
    uint16_t cutoff_from;    /* day change: nothing new is decided from here ... */
    uint16_t cutoff_until;   /* ... up to this minute; the same as cutoff_from: never */
    uint16_t dormant_days;   /* a card unused for longer is stopped */
    uint8_t pin_opens_daily; /* a card locked by wrong PINs opens the next day by itself */
    uint8_t refusals_max;    /* so many refusals of a card in a row, and then ... */
    uint8_t pad[4];
    int64_t suspicious_minor; /* ... this much or more, is refused as suspicious */
    int64_t referral_minor;   /* this much or more wants a call to the bank */
    char code_prefix[8];      /* payment codes begin with it: a BIN that switches route; zeros: none
                                 are given */
};

struct config_row {
    uint16_t layout;
    uint8_t party;  /* enum party */
    uint8_t is_lab; /* test keys; the clock may be moved */
    int32_t utc_offset_s;
    char id[ACQUIRER_ID_LEN]; /* acquirer id or issuer id; the terminal's acquirer id */
    uint8_t is_training;      /* plays for practice: own keys and books, marked everywhere */
    uint16_t currency;
    uint16_t hand_over_s;        /* open for so long, a debt is a person's, too; 0: 14400 */
    uint32_t tables_version;     /* counts changes of the card ranges */
    uint32_t answer_wait_ms;     /* how long this party waits for the next one */
    uint32_t request_age_max_ms; /* issuer: older requests are dropped unposted */
    uint32_t retry_first_ms;     /* reversals: first pause, doubled up to retry_max_ms */
    uint32_t retry_max_ms;
    struct instant tables_since; /* of tables_version; 0: as set up */
    uint16_t hold_days;          /* issuer: how long a pre-authorisation holds; 0: 30 */
    uint16_t completion_percent; /* the most that a completion may be of its hold; 0: 115 */
    uint16_t tip_percent;        /* the most that a tip may be of its sale; 0: 10 */
    uint16_t keep_days;          /* hosts: how long payments are kept before they may be archived
                                    (books/archive_rows.h); 0: 400 */
    uint8_t
        update_key[SIGNATURE_PUBLIC_LEN]; /* terminal: whose updates it takes; zeros: nobody's */
    struct issuer_policy policy;          /* issuer only */
    struct keyblock pan_store;            /* seals PANs */
    struct keyblock pan_index;            /* hashes PANs for look-up */
    /* issuer only: */
    struct keyblock card_verify; /* CVK */
    struct keyblock pin_verify;  /* PVK */
    struct keyblock chip;        /* IMK-AC */
};

/* ---- TABLE_TERMINAL, key: terminal id ---- */

/* At the terminal and at the acquirer alike; columns that one of them does not use are zero. */
struct terminal_row {
    uint16_t layout;
    uint8_t state; /* enum record_state; acquirer */
    uint8_t is_signed_in;
    char terminal[TERMINAL_ID_LEN];
    char merchant[MERCHANT_ID_LEN];
    uint8_t is_training;
    uint32_t batch;
    uint32_t trace_next;      /* terminal: the next trace number */
    uint32_t software;        /* terminal: its version; acquirer: as last seen */
    uint32_t software_min;    /* acquirer: the least accepted */
    uint32_t tap_limit_minor; /* no PIN at or under this amount by contactless */
    uint32_t kinds;           /* acquirer: bits (1 << enum txn_kind) that it may do */
    struct instant signed_in;
    struct instant state_since;
    struct identity last;   /* terminal: the newest payment; acquirer: the newest sign-in */
    struct identity owed;   /* terminal: the payment whose reversal is owed; trace 0: none */
    struct keyblock master; /* TMK */
    /* terminal only, from here on; a number that is 0 means our default: */
    uint8_t needs_cashier; /* nothing is sold until one has logged in */
    uint8_t partial_ok;    /* takes a part of the amount when the funds are short */
    uint8_t no_keying;     /* card numbers are not keyed */
    uint8_t no_fallback;   /* no stripe of a chip card, even when its chip has failed */
    uint8_t has_ranges;    /* rows of TABLE_RANGE are looked up ... */
    uint8_t listed_only;   /* ... and cards of no listed range are not taken */
    uint16_t offline_max;  /* payments stored for later delivery */
    uint32_t batch_max;    /* payments in a batch */
    uint32_t batch_age_max_s;
    uint32_t clock_skew_max_s; /* between the host's clock and ours */
    uint32_t refund_max_minor; /* of one refund */
    /* acquirer: which terminals get an update at the same time; zeros: "all" */
    char group[UPDATE_GROUP_LEN];
    /* terminal, as downloaded: */
    uint8_t no_tips;
    uint8_t tip_percent;   /* of a sale at most; 0: as the config row says */
    uint8_t answer_wait_s; /* how long an answer may take; 0: as the config row says */
    /* terminal: by the answer to its sign-in; it delivers what it owes, and sells nothing */
    uint8_t is_clock_wrong;
};

/* ---- TABLE_TERMINAL_KEYS, key: terminal id ---- */

/* The work keys of this sign-in, and the MAC key before it, which only verifies answers that were
 * in flight when the keys changed. A block of zeros is no key. */
struct terminal_keys_row {
    uint16_t layout;
    uint16_t pad;
    uint32_t version; /* counts sign-ins */
    struct instant changed;
    struct keyblock pin;
    struct keyblock mac;
    struct keyblock mac_before;
    uint8_t pin_check[4]; /* check values, for people who compare */
    uint8_t mac_check[4];
};

/* ---- acquirer ---- */

struct merchant_row { /* TABLE_MERCHANT, key: merchant id */
    uint16_t layout;
    uint8_t state;        /* enum record_state */
    uint8_t checks_funds; /* refunds only out of what it sold: keeps a funds row */
    uint16_t category;    /* MCC */
    char merchant[MERCHANT_ID_LEN];
    char name[NAME_LEN];
    char licence[LICENCE_LEN]; /* its number, zero-padded; empty: none */
    char reason[REASON_LEN];   /* why the state is what it is, zero-padded */
    uint8_t takes_no_tips;
    uint8_t pad[2];
    uint32_t licence_until;      /* the last day it holds, 20271231; 0: without end */
    int32_t latitude_e5;         /* where the shop is, in 0.00001 degree, north positive ... */
    int32_t longitude_e5;        /* ... and east positive; both 0: not known */
    int64_t amount_max_minor;    /* per payment; 0: none */
    uint16_t completion_percent; /* of a pre-authorisation at most; 0: 115 */
    uint16_t tip_percent;        /* of a sale at most; 0: 10 */
    uint32_t pad2;
    struct instant state_since;
};

struct route_row { /* TABLE_ROUTE, key: BIN as text, 6 or 8 digits */
    uint16_t layout;
    uint8_t is_barred;
    uint8_t bin_len;
    char bin[8];
    char issuer[ISSUER_ID_LEN];
    uint8_t pad;
    struct instant since;
};

struct issuer_row { /* TABLE_ISSUER, key: issuer id */
    uint16_t layout;
    uint16_t pad; /* this and the next two held what a row of TABLE_ISSUER_LINK holds now */
    char issuer[ISSUER_ID_LEN];
    char name[NAME_LEN];
    uint8_t pad2;
    uint64_t pad3;
    struct instant since; /* of the zone's keys, which all nodes share */
    uint32_t pad4;
    uint32_t key_version;
    struct keyblock zone_master; /* ZMK */
    struct keyblock zone_pin;    /* ZPK */
    struct keyblock zone_mac;    /* ZAK */
    struct keyblock zone_mac_before;
};

/* A node's own link to an issuer: TABLE_ISSUER_LINK, key: issuer id and node, big-endian. */
struct issuer_link_row {
    uint16_t layout;
    uint8_t is_up;    /* signed on */
    uint8_t standing; /* enum standing: not good, and so not signed on */
    uint16_t node;
    uint16_t pad2;
    char issuer[ISSUER_ID_LEN];
    uint8_t pad3[5];
    uint64_t link; /* handle of this run of this node; 0: none */
    struct instant since;
    uint32_t sign_on_trace; /* of the last network message */
    uint32_t asked_version; /* key_version + 1 of the zone as the last sign-on left; 0: not known */
};

/* How far the journal of another host's node was when it last said so: TABLE_PEER, peer_row_key.
 * Under the empty key stands what a restore or a promotion says of our own: heard is the point in
 * time it went back to, sent when that was; what came between the two may be missing. */
struct peer_row {
    uint16_t layout;
    uint8_t is_behind; /* it said less than before: refused until an operator clears this */
    uint8_t says_we_are_behind; /* it refuses us for the same reason */
    uint16_t node;
    uint8_t pad[2];
    char peer[ACQUIRER_ID_LEN];
    uint8_t pad2;
    uint32_t epoch;
    uint64_t sequence; /* of its journal's last record */
    struct instant heard;
    struct instant sent;       /* of the newest message that counted, by its own DE 7 */
    uint64_t refused_sequence; /* what it said while it is behind, or before an operator took it */
    struct instant refused_point;
    uint32_t refused_epoch;
    uint32_t pad3;
};

/* What an acquirer's or terminal's payment waits for: TABLE_PENDING, key: identity. */
enum pending_kind {
    PENDING_NONE,
    PENDING_ANSWER,   /* sent on; the answer is due by the deadline */
    PENDING_REVERSAL, /* taken back here; the next party has not confirmed yet */
    PENDING_EXCHANGE, /* terminal: a network message was sent; there is no payment row */
    PENDING_ADVICE,   /* decided; it is sent (again) until the next party answers */
    PENDING_QUERY,    /* terminal: a refund's answer is lost; asks what became of it */
    PENDING_HOLD,     /* issuer: a hold that lapses at due */
};

struct pending_row {
    uint16_t layout;
    uint8_t kind; /* enum pending_kind */
    union {
        uint8_t exchange;  /* PENDING_EXCHANGE: enum txn_kind; PENDING_ANSWER of a terminal: which
                              way its request went, enum line_way */
        uint8_t is_handed; /* a debt (node/doubt.h): a person has it; it goes on all the same */
    };
    uint32_t attempts;
    struct identity identity; /* class PAYMENT */
    uint16_t node;            /* who has armed its deadline; 0: not said */
    /* DE 39 of the newest answer that did not end it; zeros: nothing came back */
    char last_code[RESPONSE_CODE_LEN];
    struct instant since;
    struct instant due;
    uint64_t ticket; /* PENDING_EXCHANGE: who is shown the answer; of this run only */
};

/* A terminal's batch: TABLE_BATCH, key: terminal id and batch number big-endian. Terminal and
 * acquirer count alike: an approved payment when its answer is recorded, and back when its reversal
 * begins. Debit: sales, completions, offline sales, tips (their difference counts, the sale's count
 * stays). Credit: voids, refunds, completion voids. */
enum batch_state { BATCH_OPEN, BATCH_CLOSING, BATCH_CLOSED, BATCH_STATE_COUNT };

struct batch_row {
    uint16_t layout;
    uint8_t state;        /* enum batch_state */
    uint8_t is_differing; /* totals did not agree when it was closed */
    uint32_t batch;
    char terminal[TERMINAL_ID_LEN];
    uint32_t open_count; /* acquirer: payments of it that are forwarded and not answered */
    uint32_t buried;     /* acquirer: tombstones that its terminal's reversals have made */
    struct totals domestic;
    struct totals foreign;
    struct totals claimed; /* acquirer: what the terminal said, domestic; terminal: the host's */
    struct instant opened; /* by its first payment */
    struct instant closed;
};

/* What a merchant's approved payments come to, as far as they moved under its flag checks_funds,
 * less the refunds under way: TABLE_FUNDS, key: merchant id. Acquirer. */
struct funds_row {
    uint16_t layout;
    uint16_t currency;
    uint32_t pad;
    int64_t net_minor;
    struct instant since;
};

/* The payment in doubt that a terminal asked about last, and what its issuer says of it:
 * TABLE_INQUIRY, key: terminal id. Acquirer. */
struct inquiry_row {
    uint16_t layout;
    uint8_t state; /* enum payment_state at the issuer; nothing while heard is before asked */
    uint8_t pad[5];
    struct identity about;
    struct instant asked;
    struct instant heard;
};

/* The orders of a shop's cash registers, whichever of its tills they are paid at: TABLE_SHOP_ORDER,
 * key: merchant id and a place by the order's hash, big-endian. A place holds the newest few, so
 * that a shop takes a bounded room. Acquirer. */
#define SHOP_ORDER_PLACES 1024
#define SHOP_ORDERS_KEPT 12     /* in each */
#define SHOP_ORDER_VOIDED_MAX 1 /* of one order, besides its newest payment */

struct shop_order_row {
    uint16_t layout;
    uint8_t count; /* of entries, newest last */
    uint8_t pad[5];
    struct {
        char order[ORDER_LEN];
        struct identity payment; /* the newest that was sent on for it, or one that was voided */
    } entries[SHOP_ORDERS_KEPT];
};

/* ---- terminal ---- */

#define DRAWER_WAITING_MAX 32

/* The most that terminal_row.batch_max may be set to: field 48 counts in three digits, and what is
 * waiting when that many are counted is counted too. */
#define BATCH_PAYMENTS_MAX 900

/* What a terminal keeps of the hour: TABLE_DRAWER, key: terminal id. */
struct drawer_row {
    uint16_t layout;
    uint8_t is_cashier_in;
    uint8_t cashier;       /* who is logged in */
    uint8_t basket_kind;   /* enum txn_kind of the payment that was last refused for its card ... */
    uint8_t unread_tries;  /* ... how often the card was not read ... */
    uint8_t chip_failed;   /* ... and whether its chip was one of them */
    uint8_t waiting_count; /* of waiting */
    uint32_t settling;     /* trace number of a settlement that was asked for; 0: none ... */
    uint8_t is_forced;     /* ... and whether it closes although the totals differ */
    uint8_t sign_in[3]; /* trace number of the sign-in whose answer counts, big-endian; 0: none */
    int64_t basket_minor;
    struct instant cashier_since;
    /* Advices to be delivered, and refunds to be answered or asked about; oldest first. */
    struct {
        uint32_t batch;
        uint32_t trace;
        uint32_t kind; /* enum txn_kind */
    } waiting[DRAWER_WAITING_MAX];
};

#define OPERATOR_KEY_LEN (TERMINAL_ID_LEN + 1)

/* A person at a terminal: TABLE_OPERATOR, key: terminal id and number. */
struct operator_row {
    uint16_t layout;
    uint8_t number; /* 1..98 cashiers, 0 the supervisor, 99 the administrator */
    uint8_t tries;  /* wrong passwords in a row */
    uint32_t cost;  /* of the hash: rounds */
    uint8_t salt[PASSWORD_SALT_LEN];
    uint8_t hash[PASSWORD_HASH_LEN]; /* HSM_PASSWORD_MAKE */
    struct instant since;            /* of the password */
};

/* Cards that a terminal knows: TABLE_RANGE, key: BIN as text, 6 or 8 digits; the longer counts. */
struct range_row {
    uint16_t layout;
    uint8_t is_refused;
    uint8_t has_tap_limit; /* tap_limit_minor holds for these cards; else the terminal's */
    uint32_t tap_limit_minor;
};

/* ---- issuer ---- */

struct acquirer_row { /* TABLE_ACQUIRER, key: acquirer id */
    uint16_t layout;
    uint16_t region; /* where its shops are, ISO 3166 numeric; 0: not said */
    uint32_t key_version;
    char acquirer[ACQUIRER_ID_LEN];
    uint8_t is_behind; /* its books are older than what it told us: nothing of it is taken */
    struct instant since;
    struct keyblock zone_master;
    struct keyblock zone_pin;
    struct keyblock zone_mac;
    struct keyblock zone_mac_before;
    struct keyblock zone_pin_before; /* a PIN goes with the MAC that it came with */
};

struct card_row { /* TABLE_CARD, key: keyed hash of the PAN */
    uint16_t layout;
    uint8_t state;     /* enum record_state */
    uint8_t pin_tries; /* wrong ones in a row */
    uint8_t pin_tries_max;
    uint8_t has_chip;
    uint8_t allows_fallback;
    uint8_t needs_pin; /* for every payment but taps under the limit */
    uint16_t expiry;   /* YYMM */
    int16_t sequence;  /* PAN sequence number */
    char service_code[3];
    uint8_t pvki;
    char pvv[4];
    uint16_t atc_last;
    uint16_t region; /* it may be used at acquirers of this region only; 0: anywhere */
    struct pan_token pan;
    uint64_t account;
    int64_t limit_minor;       /* per payment; 0: none */
    int64_t daily_limit_minor; /* 0: none */
    int64_t daily_used_minor;
    uint32_t daily_count_max; /* 0: none */
    uint32_t daily_count;
    uint32_t daily_date;      /* business date of the two counters */
    uint32_t tap_limit_minor; /* contactless without PIN at or under this */
    uint32_t kinds;           /* bits of enum txn_kind the card may do */
    uint32_t refusals;        /* in a row, up to now */
    struct instant state_since;
    struct instant last_used;  /* its newest approval */
    struct instant pin_locked; /* when wrong PINs locked it; 0: they have not */
    char name[NAME_LEN];       /* lab label such as "C1" */
};

struct account_row { /* TABLE_ACCOUNT, key: number, big-endian */
    uint16_t layout;
    uint16_t currency;
    uint8_t allows_partial; /* a part of a sale may be approved when funds are short */
    uint8_t pad[3];
    uint64_t number;
    int64_t balance_minor;      /* what the holder has; = -(sum of the account's entries) */
    int64_t credit_limit_minor; /* how far below zero it may go */
    int64_t held_minor;         /* sum of the holds that stand: payment_row_is_holding */
    uint32_t overdue_since;     /* a date, 20261101: stopped for overdue repayment, until a person
                                   has reviewed it; 0: not */
    uint32_t pad2;
    char name[NAME_LEN];
};

/* A code that the issuer gave out for one payment: TABLE_GIVEN_CODE. A payment code (KIND_SALE,
 * shown as a QR code by the holder's phone) has the key {kind, its digits}; an authorisation by
 * voice (KIND_OFFLINE_SALE) has six digits of its own for each card: {kind, keyed hash of the PAN,
 * its digits}. It serves once, whatever becomes of the payment. */
struct given_code_row {
    uint16_t layout;
    uint8_t kind; /* enum txn_kind: what it is for */
    uint8_t is_used;
    uint16_t currency;
    uint16_t pad;
    char digits[QR_CODE_LEN]; /* zero-padded */
    uint32_t pad2;
    struct pan_token pan;
    uint64_t account;
    int64_t amount_max_minor;
    struct instant given;
    struct instant expires;
    struct instant used;
    struct identity used_by;
    uint32_t pad3;
};

/* ---- terminal: orders of the cash register ---- */

/* Which payment an order led to last: TABLE_ORDER, key: terminal id and reference. */
struct order_row {
    uint16_t layout;
    uint8_t was_paid_anew; /* since it came to its place in the book */
    uint8_t pad;
    struct identity payment;
    struct instant changed;
    char newer[ORDER_LEN]; /* the order after it in the book; zeros: it is the newest */
};

/* A terminal's orders, oldest first, as a list: TABLE_ORDER_BOOK, key: terminal id. */
struct order_book_row {
    uint16_t layout;
    uint16_t pad;
    uint32_t count;
    char oldest[ORDER_LEN]; /* zeros: there are none */
    char newest[ORDER_LEN];
};

_Static_assert(TERMINAL_ID_LEN + ORDER_LEN <= ROW_KEY_LEN_MAX, "an order's key");

/* Every row must fit. */
_Static_assert(sizeof(struct config_row) <= ROW_VALUE_LEN_MAX, "config");
_Static_assert(sizeof(struct terminal_row) <= ROW_VALUE_LEN_MAX, "terminal");
_Static_assert(sizeof(struct terminal_keys_row) <= ROW_VALUE_LEN_MAX, "terminal keys");
_Static_assert(sizeof(struct issuer_row) <= ROW_VALUE_LEN_MAX, "issuer");
_Static_assert(sizeof(struct issuer_link_row) <= ROW_VALUE_LEN_MAX, "issuer link");
_Static_assert(sizeof(struct pending_row) == 64, "as it was before it named a node");
_Static_assert(sizeof(struct acquirer_row) <= ROW_VALUE_LEN_MAX, "acquirer");
_Static_assert(sizeof(struct card_row) <= ROW_VALUE_LEN_MAX, "card");
_Static_assert(sizeof(struct given_code_row) <= ROW_VALUE_LEN_MAX, "given code");
_Static_assert(sizeof(struct batch_row) <= ROW_VALUE_LEN_MAX, "batch");
_Static_assert(sizeof(struct inquiry_row) <= ROW_VALUE_LEN_MAX, "inquiry");
_Static_assert(sizeof(struct shop_order_row) <= ROW_VALUE_LEN_MAX, "shop order");
_Static_assert(sizeof(struct drawer_row) <= ROW_VALUE_LEN_MAX, "drawer");

#endif

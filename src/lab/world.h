/*
 * A made-up world of one acquirer and its issuers, merchants, terminals and cards, all with test
 * keys and test BINs: for the simulator, the load generator, the demo and `acquit up`.
 *
 * A world is a description, nothing more: lab_provision turns it into each party's rows. It owns
 * its four arrays (allocated once each, whatever the number of cards) and is freed with
 * lab_world_free. Text is zero-terminated. Numbers of cards start with 620000, which no issuer has.
 */
#ifndef LAB_WORLD_H
#define LAB_WORLD_H

#include "books/party_rows.h"
#include "card/pan.h"

#define LAB_BIN_LEN 8
#define LAB_CARDS_PER_ISSUER_MAX 10000000U /* 16 digits less BIN and check digit */
#define LAB_LABEL_LEN 12
#define LAB_NO_ISSUER 0xFFFF

/* How long each party waits. They nest: terminal, then switch, then issuer. */
struct lab_timings {
    uint32_t terminal_wait_ms;
    uint32_t acquirer_wait_ms;
    uint32_t request_age_max_ms; /* issuer: older requests are dropped unposted */
    uint32_t retry_first_ms;     /* reversals: first pause, doubled up to retry_max_ms */
    uint32_t retry_max_ms;
    uint16_t hand_over_s; /* a debt that is open for so long is handed to a person */
};

struct lab_acquirer {
    char id[ACQUIRER_ID_LEN + 1];
    char name[NAME_LEN];
};

struct lab_issuer {
    char id[ISSUER_ID_LEN + 1];
    char name[NAME_LEN];
    char bin[LAB_BIN_LEN + 1];
    bool is_absent; /* routed to, but never connected */
};

struct lab_merchant {
    char id[MERCHANT_ID_LEN + 1];
    char name[NAME_LEN];
    uint16_t category; /* MCC */
    enum record_state state;
    int64_t amount_max_minor; /* 0: none */
};

struct lab_terminal {
    char id[TERMINAL_ID_LEN + 1]; /* also its label: "T1" */
    uint32_t merchant;            /* index */
    uint32_t tap_limit_minor;     /* no PIN at or under this by contactless */
    uint32_t trace_next;          /* where its trace numbers start; 0: 1 */
    uint32_t batch_max;           /* payments in a batch; 0: as the terminal has it */
    bool has_operators;           /* with their passwords as from the factory */
};

/* What a card can be read by: bits. */
enum lab_media { LAB_STRIPE = 1, LAB_CHIP = 2, LAB_CONTACTLESS = 4 };

struct lab_card {
    char label[LAB_LABEL_LEN]; /* "C1" */
    char pan[PAN_DIGITS_MAX + 1];
    char pin[PIN_DIGITS_MAX + 1];
    char service_code[4];
    uint64_t account; /* behind the card at its issuer, from 1 */
    uint16_t issuer;  /* index; LAB_NO_ISSUER: its BIN is nobody's */
    uint16_t expiry;  /* YYMM */
    uint8_t media;    /* bits of enum lab_media */
    uint8_t psn;
    uint8_t state;         /* enum record_state */
    uint8_t is_forged;     /* made by somebody who does not have the issuer's keys */
    uint8_t needs_pin;     /* for every payment but taps under the limit */
    uint8_t pin_tries_max; /* 0: none, as cards in real life never have */
    uint32_t tap_limit_minor;
    uint32_t daily_count_max;  /* 0: none */
    int64_t limit_minor;       /* per payment; 0: none */
    int64_t daily_limit_minor; /* 0: none */
    int64_t balance_minor;     /* paid in at the start */
    int64_t credit_limit_minor;
};

struct lab_world {
    struct lab_acquirer acquirer;
    struct lab_timings timings;
    uint16_t currency;
    bool is_training; /* for practice: all its parties and terminals say so */
    int32_t utc_offset_s;
    uint32_t issuer_count;
    uint32_t merchant_count;
    uint32_t terminal_count;
    uint32_t card_count;
    struct lab_issuer *issuers;
    struct lab_merchant *merchants;
    struct lab_terminal *terminals;
    struct lab_card *cards;
};

struct lab_spec {
    uint32_t issuers;
    uint32_t merchants;
    uint32_t terminals;
    uint32_t cards;             /* at most LAB_CARDS_PER_ISSUER_MAX */
    bool has_operators;         /* at the terminals */
    uint32_t trouble_per_mille; /* cards that are poor, frozen, lost, limited, foreign ...; when
                                   there are any, one issuer more is absent */
};

/* The world of `acquit up`: issuers I1, I2 and one that is never there, merchants M1..M3,
 * terminals T1..T4, cards C1..C12, each card of another kind. ERR_FULL without memory. */
MUST_USE enum err lab_world_default(struct lab_world *out);

/* A world of given size: terminals "T0000001" spread over the merchants, cards "C1" spread over
 * the issuers, each with plenty of money but those in trouble. The same spec makes the same
 * world. ERR_BAD_VALUE for no issuer, merchant, terminal or card, or too many cards. */
MUST_USE enum err lab_world_generate(const struct lab_spec *spec, struct lab_world *out);

void lab_world_free(struct lab_world *world);

/* The index of a card or terminal by its label; the count of them when there is none. */
uint32_t lab_world_card(const struct lab_world *world, const char *label);
uint32_t lab_world_terminal(const struct lab_world *world, const char *id);

/* The account behind a card of a world that was not configured otherwise. */
uint64_t lab_card_account(uint32_t card);

/* The serial-th card number under a BIN of LAB_BIN_LEN digits, with its check digit; out has room
 * for PAN_DIGITS_MAX + 1. Numbers of one BIN are scattered and never repeat. */
void lab_pan_make(const char *bin, uint32_t serial, char *out);

struct pan lab_card_pan(const struct lab_card *card);

#endif

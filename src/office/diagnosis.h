/*
 * From facts about a system of terminals, switch and issuers to what is wrong with it. Each
 * function judges one fact that somebody has looked up, counts that it was looked at, and adds a
 * finding for each thing that is wrong: which of our causes it leads to, whose it is, and the
 * values compared.
 *
 * Pure: whoever asks brings the facts (`acquit doctor`: app/doctor.c). Text is zero-terminated and
 * borrowed for the call. What to do about a finding stands in the catalogue, under its cause.
 */
#ifndef OFFICE_DIAGNOSIS_H
#define OFFICE_DIAGNOSIS_H

#include "books/party_rows.h"
#include "txn/outcome.h"

#define FINDINGS_MAX 64
#define FINDING_SUBJECT_LEN 24

/* What is looked at, in the order in which it is told. */
enum look {
    LOOK_NAMES,   /* host names have addresses */
    LOOK_ROUTES,  /* there is a way to them */
    LOOK_CONNECT, /* somebody accepts, soon enough */
    LOOK_TLS,     /* certificates are good, and will be */
    LOOK_ECHO,    /* test messages come back */
    LOOK_LINE,    /* what the line says of itself: subscription, service */
    LOOK_CLOCKS,
    LOOK_KEYS,     /* the same key on both sides */
    LOOK_VERSIONS, /* software that the acquirer accepts */
    LOOK_RECORDS,  /* terminals and merchants, in all systems alike, and in use */
    LOOK_BINS,     /* card ranges lead to issuers that are there */
    LOOK_STORES,   /* they write, have room and a whole journal, and their standbys are there */
    LOOK_DEVICES,
    LOOK_OWED, /* reversals and advices that should have been delivered by now */
    LOOK_COUNT
};

const char *look_name(enum look look); /* stable: "keys" */

struct finding {
    enum look look;
    enum outcome cause;
    char subject[FINDING_SUBJECT_LEN]; /* "T1", "issuer-20000001" */
    struct evidence evidence[EVIDENCE_MAX];
};

struct diagnosis {
    uint16_t looked[LOOK_COUNT]; /* 0: nothing to look at, or nobody could */
    uint16_t wrong[LOOK_COUNT];
    uint16_t finding_count; /* of findings; wrong counts also those that found no place */
    struct finding findings[FINDINGS_MAX];
    struct finding overflow; /* the last that found no place */
};

/* From where on something is wrong. */
struct diagnosis_limits {
    uint32_t connect_ms;
    uint32_t loss_percent; /* of test messages */
    uint32_t p50_ms;       /* their round trip */
    uint32_t p95_ms;
    uint32_t clock_ms; /* between two clocks, either way */
    uint32_t certificate_days;
    uint64_t space_bytes; /* left for a store */
    uint32_t owed_tries;  /* that did not deliver a reversal */
    uint32_t owed_s;      /* its age, however often it was tried */
};

extern const struct diagnosis_limits diagnosis_limits_usual;

/* ---- the way to another party ---- */

enum hop_failure { HOP_GOOD, HOP_NO_NAME, HOP_NO_ROUTE, HOP_NO_CONNECTION, HOP_NO_TLS };

struct hop_fact {
    const char *to;      /* "acquirer", "issuer-20000001" */
    const char *address; /* "127.0.0.1:8583" */
    bool is_host;        /* between switch and issuer, not a terminal's line */
    enum hop_failure failure;
    const char *why; /* of a failure: "connection refused" */
    uint32_t connect_us;
    bool has_tls;
    struct instant certificate_until; /* the peer's; has_tls and no failure */
    struct instant now;
    uint16_t echoes; /* sent; 0: the way was not tested further */
    uint16_t lost;
    uint32_t p50_us; /* of those that came back */
    uint32_t p95_us;
};

void diagnose_hop(const struct hop_fact *hop, const struct diagnosis_limits *limits,
                  struct diagnosis *out);

/* ---- between two parties ---- */

struct clock_fact {
    const char *whose; /* "terminal", "issuer-20000001" */
    bool is_terminal;
    int64_t ahead_ms; /* of the switch's clock */
};

void diagnose_clock(const struct clock_fact *fact, const struct diagnosis_limits *limits,
                    struct diagnosis *out);

/* One key as two parties have it; a check value of "" is no key. */
struct key_fact {
    enum key_usage usage;
    const char *owner; /* the terminal or issuer that the key is for */
    const char *here;  /* check value at the terminal, or at the switch towards an issuer */
    const char *there; /* at the other side */
    bool is_here_good; /* the key block opens under that party's master key */
    bool is_there_good;
};

void diagnose_key(const struct key_fact *key, struct diagnosis *out);

/* One side's view of a terminal; absent: that system has no record of it. */
struct terminal_record {
    bool is_there;
    const char *merchant;
    enum record_state state; /* the acquirer's */
    bool is_training;
    uint32_t software;
    uint32_t software_min; /* the acquirer's */
};

struct terminal_fact {
    const char *terminal;
    struct terminal_record at_terminal;
    struct terminal_record at_acquirer;
};

void diagnose_terminal(const struct terminal_fact *terminal, struct diagnosis *out);

struct merchant_record {
    bool is_there;
    const char *name;
    uint16_t category;
};

struct merchant_fact {
    const char *merchant;
    struct merchant_record applied;     /* as it was entered: the configuration */
    struct merchant_record at_acquirer; /* as the switch has it */
    enum record_state state;
    const char *reason;     /* of the state */
    uint32_t licence_until; /* 20271231; 0: without end */
    uint32_t today;
};

void diagnose_merchant(const struct merchant_fact *merchant, struct diagnosis *out);

/* A card range in the switch's table, or one that an issuer has and the table has not. */
struct route_fact {
    const char *bin;
    const char *issuer;
    bool is_listed;       /* in the table */
    bool is_issuer_known; /* the switch has a record of it */
    bool is_issuer_up;    /* signed on */
    bool is_issuer_apart; /* the books of the two hosts do not fit: a person has to look */
    bool is_away;         /* known not to be connected: no fault */
};

void diagnose_route(const struct route_fact *route, struct diagnosis *out);

/* ---- one party ---- */

struct store_fact {
    const char *name; /* "acquirer" */
    enum party party;
    uint64_t free_bytes;
    bool is_writable;
    const char *why;        /* it is not */
    const char *tail_fault; /* what is wrong with the journal's last records; "": nothing */
};

void diagnose_store(const struct store_fact *store, const struct diagnosis_limits *limits,
                    struct diagnosis *out);

/* The second machine that has a store's journal, too. */
struct standby_fact {
    const char *name; /* of the party: "acquirer" */
    bool is_away;
    bool is_required; /* without it nothing new is taken */
    const char *why;  /* it is away */
    uint32_t away_s;
    uint64_t behind; /* records that it lacks */
};

void diagnose_standby(const struct standby_fact *standby, struct diagnosis *out);

/* What a terminal's self test says. */
struct device_fact {
    const char *terminal;
    const char *device; /* "reader", "PIN pad", "printer" */
    bool is_good;
    bool is_out_of_paper;
};

void diagnose_device(const struct device_fact *device, struct diagnosis *out);

/* What a terminal's line says of its subscription. */
struct line_fact {
    const char *terminal;
    bool has_service;
    const char *state; /* in the line's own words: "no carrier" */
    uint32_t until;    /* the last day that is paid for, 20261231; 0: without end */
    uint32_t today;
};

void diagnose_line(const struct line_fact *line, struct diagnosis *out);

/* The oldest thing that a party must still deliver to the next one. */
struct owed_fact {
    const char *name; /* of the party */
    bool is_terminal;
    uint32_t trace;
    uint32_t count; /* of such things; 0: none */
    uint32_t tries;
    uint32_t age_s;
};

void diagnose_owed(const struct owed_fact *owed, const struct diagnosis_limits *limits,
                   struct diagnosis *out);

#endif

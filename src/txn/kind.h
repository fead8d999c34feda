/*
 * What a message is about: one row for each kind of transaction, with everything that the dialects
 * and the parties must know of it. A new kind is a row in kind_table.h.
 */
#ifndef TXN_KIND_H
#define TXN_KIND_H

#include "base/attribute.h"

#include <stdbool.h>
#include <stdint.h>

/* Kept in rows: only append. */
enum txn_kind {
    KIND_NONE,
    KIND_SIGN_IN,
    KIND_SIGN_OFF,
    KIND_ECHO,
    KIND_SALE,
    KIND_BALANCE,
    KIND_VOID, /* of a sale: same terminal, same batch, whole amount */
    KIND_REFUND,
    KIND_PREAUTH,
    KIND_PREAUTH_VOID,
    KIND_INCREMENT, /* adds to a pre-authorisation */
    KIND_COMPLETION,
    KIND_COMPLETION_ADVICE,
    KIND_COMPLETION_VOID,
    KIND_OFFLINE_SALE, /* with the authorisation code that the issuer gave by voice */
    KIND_TIP_ADJUST,   /* amount: the sale's and the tip's together */
    KIND_SETTLE,       /* batch close with totals */
    KIND_QUERY,        /* what became of a payment: private to our profile */
    KIND_PARAMETERS,   /* terminal parameter download */
    KIND_CA_KEYS,      /* list and download of certification authority keys */
    KIND_AIDS,         /* list and download of application parameters */
    KIND_STATUS,       /* terminal status upload */
    KIND_SIGNATURE,    /* electronic signature upload */
    KIND_UPDATE,       /* a piece of a parameter or software package */
    KIND_COUNT
};

/* The direction and role of a message; the kind says what it is about. */
enum txn_function {
    FUNCTION_REQUEST,
    FUNCTION_RESPONSE,
    FUNCTION_REVERSAL,          /* 0400 from a terminal, 0420 between hosts */
    FUNCTION_REVERSAL_RESPONSE, /* 0410, 0430 */
    FUNCTION_COUNT
};

/* What a kind's request is to the parties. */
enum kind_shape {
    SHAPE_NETWORK,   /* sign-in, sign-off, echo, downloads, uploads: no payment row */
    SHAPE_INQUIRY,   /* a payment row, and money never moves */
    SHAPE_ORIGINAL,  /* stands for itself */
    SHAPE_FOLLOW_UP, /* names an original payment */
};

struct kind_row {
    const char *name; /* stable: "sale" */
    const char *zh;   /* simplified Chinese, UTF-8 */
    const char *en;
    uint16_t cup_mti;       /* request, UnionPay POS, in hex digits: 0x0200 */
    uint16_t iso_mti;       /* request between hosts; 0 when it never leaves the switch */
    const char *processing; /* DE 3, six digits; NULL when absent */
    const char *condition;  /* DE 25; NULL when absent */
    uint8_t type_code;      /* field 60.1 */
    bool is_reversible;     /* a lost answer is followed by a reversal (cup-pos 6.3) */
    bool has_mac;
    bool moves_money; /* or holds it */
    bool is_advice;   /* decided when it is sent: repeated until it is answered, never reversed */
    int8_t sign;      /* of the holder's money when approved: 1 taken, -1 given back, 0 neither */
    enum kind_shape shape;
};

const struct kind_row *kind_row(enum txn_kind kind);

/* KIND_NONE when no kind has that name. */
enum txn_kind kind_by_name(const char *name);

/* May a follow-up of that kind name an original of this one? */
bool kind_may_follow(enum txn_kind follow_up, enum txn_kind original);

#endif

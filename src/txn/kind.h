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
    bool moves_money;
};

const struct kind_row *kind_row(enum txn_kind kind);

#endif

/*
 * Codes that customers get from their banks before they pay: a payment code for the phone, or an
 * authorisation by voice for a sale that is made offline. Banks are asked over their control
 * sockets, beside the load's own thread: one that is stopped answers late, or never.
 */
#ifndef APP_LOAD_CODE_H
#define APP_LOAD_CODE_H

#include "txn/kind.h"

#include <stdbool.h>
#include <stdint.h>

#define LOAD_CODE_LEN 20 /* the longer kind's */

struct load;
struct load_shop;

struct load_code {
    enum txn_kind kind; /* KIND_SALE: a payment code; KIND_OFFLINE_SALE: by voice */
    uint32_t card;
    int64_t minor;
    char digits[LOAD_CODE_LEN + 1]; /* empty: none */
    bool is_asked;                  /* the answer is awaited */
};

/* Asks for a code for the card; shop->code holds it later, if the bank gives one. Nothing happens
 * while it still waits, or too many do. */
void load_code_ask(struct load *load, struct load_shop *shop, const struct load_code *wanted);

#endif

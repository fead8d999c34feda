/*
 * What the people at a load's tills do when it is a shop's whole day (acquit load --shop): sales by
 * stripe, chip, tap, payment code and word of mouth, holds and what becomes of them, voids,
 * refunds, tips, balances, questions about earlier payments, day end; and customers that bring what
 * they bought at one till back at another. All is drawn from the load's seed and from what its
 * tills were shown.
 */
#ifndef APP_LOAD_DEED_H
#define APP_LOAD_DEED_H

#include "app/drill/load_code.h"
#include "node/node.h"

#define LOAD_BILLS_MAX 8 /* that a shop remembers */

/* An approved payment that something may still be done about. */
struct load_bill {
    struct identity identity;
    enum txn_kind kind;
    uint32_t card;
    int64_t minor;
};

/* The command of a sale with the shop's next card: kind, amount, card. */
void load_deed_sell(struct load *load, struct load_shop *shop, struct node_command *command);

/* The command of whatever comes next at this till. */
void load_deed_next(struct load *load, struct load_shop *shop, struct node_command *command);

/* What the till was shown of it. */
void load_deed_learn(struct load_shop *shop, const struct node_display *display);

/* Remembers the newest payments of an earlier run that the terminals' store has. */
void load_deed_recall(struct load *load);

/* Whether the cashier gives up waiting now. */
bool load_deed_gives_up(const struct load_shop *shop);

#endif

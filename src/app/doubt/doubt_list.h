/*
 * What one party's store holds in doubt or owes: TABLE_PENDING with its payments, counted for each
 * destination, and the oldest of them one by one. Memory is bounded whatever the store holds.
 */
#ifndef APP_DOUBT_LIST_H
#define APP_DOUBT_LIST_H

#include "app/doubt/doubt_verb.h"
#include "books/aside_rows.h"
#include "books/party_rows.h"
#include "books/payment_row.h"
#include "books/store.h"
#include "books/testimony.h"

struct doubt_item {
    struct pending_row pending;
    bool is_known; /* the payment can be read */
    struct payment_row payment;
};

struct doubt_lane {
    char destination[ACQUIRER_ID_LEN]; /* zero-padded */
    uint8_t kind;                      /* enum pending_kind */
    uint32_t count;
    uint32_t tries_max;
    uint32_t handed;
    struct instant oldest;
};

/* A message that was set aside. */
struct doubt_aside {
    char source[ASIDE_SOURCE_LEN]; /* who sent it: an issuer's, acquirer's or terminal's id */
    struct aside_entry entry;
};

struct doubt_list {
    size_t lane_count;
    struct doubt_lane lanes[DOUBT_LANES_MAX];
    size_t item_count;
    struct doubt_item items[DOUBT_ITEMS_MAX]; /* oldest first when it is read */
    uint64_t more;
    size_t aside_count;
    struct doubt_aside aside[DOUBT_ASIDE_MAX]; /* newest first */
    uint64_t aside_more; /* not here, or made room for newer ones in their row */
    size_t testimony_count;
    /* what is said and not confirmed, or settled and contradicted: a person has it */
    struct testimony_row testimonies[DOUBT_TESTIMONIES_MAX];
    uint64_t testimony_more;
    uint64_t contradicted; /* of all */
};

/* "reversal", "advice", "query", "answer": what is waited for; NULL for what is no doubt. */
const char *doubt_kind_name(const struct pending_row *pending);

/* Reads a party's store. STORE_OK, or why it cannot be read. */
enum store_result doubt_list_read(struct store *store, bool is_terminal, struct doubt_list *out);

#endif

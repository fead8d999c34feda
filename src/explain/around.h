/*
 * What our own records say around a refusal that came without a cause: from answered payments of
 * the same card, the same issuer, the same shop and the rest, to the facts that rank.h weighs.
 *
 * Payments may be added in any order; those that are too far off are left out. A fact is known only
 * if there is enough to say it: three other payments for a share, two approved ones for what a card
 * usually pays.
 */
#ifndef EXPLAIN_AROUND_H
#define EXPLAIN_AROUND_H

#include "base/instant.h"
#include "explain/rank.h"

/* One answered payment. Cards, issuers and merchants are numbers that only have to be the same for
 * the same one. */
struct around_sight {
    struct instant at;
    uint64_t card;
    uint64_t issuer;
    uint64_t merchant;
    int64_t amount_minor;
    bool is_approved;
    bool is_wrong_pin; /* refused for its PIN */
};

struct around_subject {
    struct around_sight sight; /* the refusal itself */
    bool is_fallback;
    bool is_keyed;
    struct instant merchant_since; /* set up or changed last; 0: not known */
    struct instant tables_since;   /* of the table of BINs; 0: not known */
    int32_t utc_offset_s;          /* where the shop is */
};

struct around_share {
    unsigned count;
    unsigned refused;
};

struct around {
    struct around_subject subject;
    struct instant oldest; /* of what was added */
    unsigned wrong_pins;
    unsigned approved_elsewhere;
    unsigned payments_today;
    unsigned card_refused;
    unsigned repeats;
    bool was_approved; /* once at least, before or after */
    bool smaller_approved;
    bool same_approved;
    bool tells_wrong_pins;      /* the issuer says so when it is the PIN */
    int64_t approved_sum_minor; /* of this card, before */
    unsigned approved_count;
    struct around_share issuer;
    struct around_share others;
    struct around_share shop;
};

void around_begin(struct around *around, const struct around_subject *subject);

/* The subject itself may be among them: a payment of the same card at the same instant is left
 * out. */
void around_add(struct around *around, const struct around_sight *sight);

void around_finish(const struct around *around, struct rank_evidence *out);

#endif

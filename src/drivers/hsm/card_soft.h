/*
 * Simulated cards: a stripe with a real CVV, a chip that makes and checks real cryptograms with a
 * key of its own, derived from the issuer's at personalisation. It answers the HSM_CARD commands.
 * Which PIN belongs to a card is known to its holder (and as a PVV to its issuer), not to the card.
 *
 * A chip is between its two GENERATE AC only for one terminal at a time. A second GENERATE AC that
 * is asked for again is answered as before, until the next first one: an engine that runs a batch
 * again asks its questions again. Its counter starts where
 * the wish says and lives in memory: who keeps cards over a restart keeps the counters, too
 * (card_soft_keep), or the issuer will see a replay.
 */
#ifndef DRIVERS_CARD_SOFT_H
#define DRIVERS_CARD_SOFT_H

#include "hsm/command.h"

struct card_soft;

/* What a card shall be. */
struct card_wish {
    struct hsm_key imk; /* the issuer's, used once to derive the card's key */
    struct hsm_key cvk; /* the issuer's, used once for CVV, iCVV and CVN2 */
    struct pan pan;
    uint8_t psn; /* 0..99 */
    struct expiry expiry;
    struct service_code service_code; /* on the stripe */
    bool stripe;
    bool chip; /* false with service code 2xx or 6xx: a chip that does not answer */
    bool contactless;
    bool credit;  /* AID A000000333010102, else debit ...01 */
    uint8_t cvn;  /* enum chip_cvn */
    uint16_t atc; /* transactions made so far */
};

/* What is printed on a card, for keyed entry. Sensitive: wipe it. */
struct card_face {
    struct pan pan;
    struct expiry expiry;
    struct cvv cvn2;
};

/* Room for card_max cards, personalised and computing through hsm (copied; its driver must outlive
 * the cards). ERR_FULL without memory. Free with card_soft_close. */
MUST_USE enum err card_soft_open(const struct hsm *hsm, size_t card_max, struct card_soft **out);

/* Wipes all cards. NULL is allowed. */
void card_soft_close(struct card_soft *cards);

/* Makes a card; *index is what commands call it by. ERR_FULL past card_max, ERR_BAD_VALUE for a
 * wish that no card can fulfil, ERR_KEY when the issuer's keys do not do their part. */
MUST_USE enum err card_soft_add(struct card_soft *cards, const struct card_wish *wish,
                                uint32_t *index);

/* ERR_NOT_FOUND for an index that no card has. */
MUST_USE enum err card_soft_face(const struct card_soft *cards, uint32_t index,
                                 struct card_face *out);
MUST_USE enum err card_soft_atc(const struct card_soft *cards, uint32_t index, uint16_t *out);

/* Keeps the counters in memory of the caller's that outlives the process, such as a mapped file:
 * card first + i goes on from counters[i] when that is further, and counts there from now on.
 * Cards before first, and past count from there, are not kept. Call it once all cards are there. */
void card_soft_keep(struct card_soft *cards, size_t first, uint16_t *counters, size_t count);

/* Sets all cards back to how they were made: counters as their wishes said, no chip asked. */
void card_soft_renew(struct card_soft *cards);

/* Makes all cards as good as new: their counters stand where the wishes said, no chip is asked. */
void card_soft_renew(struct card_soft *cards);

/* The contract for card commands; every other kind, and an index without a card, answers
 * HSM_DOWN. HSM_FORMAT for a second GENERATE AC without a first. */
struct hsm card_soft_contract(struct card_soft *cards);

#endif

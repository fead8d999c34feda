/* What all parties have stored of each payment, side by side, for the oracles. */
#ifndef SIM_ORACLE_FACTS_H
#define SIM_ORACLE_FACTS_H

#include "books/journal.h"
#include "books/payment_row.h"
#include "sim/key_index.h"
#include "sim/tally.h"

struct universe;
struct station;

struct payment_fact {
    struct identity identity;
    bool at[SIM_PARTIES]; /* it has a row there */
    struct payment_row rows[SIM_PARTIES];
    uint32_t issuer; /* whose row it is there: the station */
    /* by the journals: how often posted and taken back, and what is left */
    uint32_t posted[SIM_PARTIES];
    uint32_t returned[SIM_PARTIES];
    int64_t net_minor[SIM_PARTIES]; /* issuer: taken from the card; switch: owed to the merchant;
                                       below 0 for what gives back */
    uint32_t asked; /* by the terminals' journals: how often its request was begun */
};

struct facts {
    struct payment_fact *payments;
    size_t count;
    size_t room;
    struct key_index index; /* by payment_row_key */
};

/* Takes in what one station has stored. */
void facts_add_station(struct facts *facts, struct universe *universe, struct station *station);

/* All stations' facts, and those of terminals that were replaced. */
void facts_open(struct facts *facts, struct universe *universe);
void facts_close(struct facts *facts);

/* Whether a payment stands at a party, in the end: approved, and not taken back. */
bool facts_stands(const struct payment_fact *fact, enum sim_party party);

/* The fact of a payment, or NULL. */
const struct payment_fact *facts_find(const struct facts *facts, const struct identity *identity);

/* Visits the journal of a station from the record after `after`; bytes are the encoded record. A
 * record that cannot be read is a finding. */
struct fact_visitor {
    void *self;
    void (*visit)(void *self, const struct journal_record *record, struct bytes bytes);
};
void facts_visit_journal(struct universe *universe, struct station *station, uint64_t after,
                         const struct fact_visitor *visitor);
/* The journals of all nodes that share the station's store, in the order in which they wrote. */
void facts_visit_books(struct universe *universe, struct station *station,
                       const struct fact_visitor *visitor);

#endif

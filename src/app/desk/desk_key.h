/*
 * What people call a record, as the key of its row: "M1", "T1", account 1, issuer 20000001, card
 * "C1" or "#A1B2C3D4". The key of a card is a keyed hash of its number, so it is found in two
 * steps: the name on the link thread, the hash in a job, where the party's HSM may be asked.
 */
#ifndef APP_DESK_KEY_H
#define APP_DESK_KEY_H

#include "app/desk/desk_table.h"
#include "app/world/party_server.h"

struct desk_name {
    const struct desk_table *table;
    struct row_key key;  /* all but cards */
    bool is_card_number; /* a card by its number: the world knows the label's */
    struct pan pan;      /* sensitive; wiped with desk_name_wipe */
    bool is_of_issuer;   /* a card by its number, an issuer: one party alone may have it */
    uint16_t issuer;     /* that party, an index in the world */
    uint8_t hash_len;    /* a card by the first bytes of its hash */
    uint8_t hash[PAN_HASH_LEN];
};

enum desk_found { DESK_FOUND, DESK_NOT_FOUND, DESK_AMBIGUOUS, DESK_STORE_FAILED };

/* Understands a name. On failure *fault says what was expected. */
MUST_USE enum err desk_name_read(const struct desk_table *table, const struct lab_world *world,
                                 const char *id, struct desk_name *out, struct text *fault);

/* The name of the index-th card or terminal of a world. */
void desk_name_of_card(const struct lab_world *world, uint32_t index, struct desk_name *out);
void desk_name_of_terminal(const struct lab_world *world, uint32_t index, struct desk_name *out);

void desk_name_wipe(struct desk_name *name);

/* Whether a party may have the record. */
bool desk_name_may_be_at(const struct desk_name *name, const struct lab_target *target);

/* Inside a job of the party's lane: the hash under which the party keeps a card that is named by
 * its number. */
enum desk_found desk_name_hash(const struct desk_name *name, const struct hsm *hsm,
                               struct store *store, struct pan_hash *out);

/* Inside a job of the party's lane: loads the row. */
enum desk_found desk_name_load(const struct desk_name *name, const struct hsm *hsm,
                               struct store *store, struct store_row *out);

#endif

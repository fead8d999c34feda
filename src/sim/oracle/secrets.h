/*
 * Bytes that must never be stored: card numbers, tracks, PIN blocks and keys of this world. The set
 * grows with what goes over the wires, and then everything stored is searched for any of them.
 */
#ifndef SIM_SECRETS_H
#define SIM_SECRETS_H

#include "lab/lab_keys.h"
#include "lab/world.h"
#include "txn/message.h"

#define SECRET_LEN_MIN 7 /* then four bytes of it stand at a multiple of four, wherever it lies */
#define SECRET_BYTES_MAX 40

enum secret_kind {
    SECRET_PAN_TEXT,
    SECRET_PAN_BCD,
    SECRET_TRACK,
    SECRET_PIN_BLOCK,
    SECRET_KEY,
};

struct secret_bytes {
    enum secret_kind kind;
    uint8_t len;
    uint8_t at[SECRET_BYTES_MAX];
};

struct secrets {
    struct secret_bytes *items;
    size_t count;
    size_t room;
    uint32_t *heads; /* by hash of the first SECRET_LEN_MIN bytes: index + 1 */
    uint64_t *marks; /* a bit for each hash of four bytes by which a secret gives itself away */
    bool has_zeros;  /* some secret begins with so many zeros that they tell nothing */
};

void secrets_open(struct secrets *secrets);
void secrets_close(struct secrets *secrets);

/* All card numbers of the world, as digits and as BCD at either nibble, and all shared keys. */
void secrets_add_world(struct secrets *secrets, const struct lab_world *world,
                       const struct lab_seed *seed);

/* The track and PIN block of a message, if it has them. */
void secrets_add_message(struct secrets *secrets, const struct txn_message *message);

/* The first secret inside bytes, or NULL. */
const struct secret_bytes *secrets_find(const struct secrets *secrets, struct bytes bytes);

/* "card number as text" */
const char *secret_kind_text(enum secret_kind kind);

#endif

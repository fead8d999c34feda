/*
 * How the messages of one link stand on the wire: which dialect, in which of our two mappings, and
 * what its acquirer does in its own way. The parties see only struct txn_message.
 *
 * A frame's body here is what follows the two length bytes: TPDU, header and message in the
 * UnionPay POS dialect, the bare message between hosts.
 */
#ifndef TXN_PROFILE_H
#define TXN_PROFILE_H

#include "txn/message.h"
#include "wire/dialect.h"
#include "wire/iso8583.h"

enum txn_mapping {
    MAPPING_CUP_POS, /* terminal and switch: txn/cup_pos.c */
    MAPPING_ISO87,   /* switch and issuer: txn/iso87.c, DE 48 layout in its header */
};

struct txn_profile {
    enum txn_mapping mapping;
    const struct dialect *dialect;
    char acquirer[ACQUIRER_ID_LEN]; /* whose identity this link's messages carry */
    uint8_t tpdu[TPDU_LEN];         /* of our requests */
    uint32_t header_version;        /* CUP header: 22, 31 or 32 */
    uint16_t currency;              /* of amounts without DE 49 */
    int32_t utc_offset_s;           /* of local times */
};

/* What reading told besides the message. */
struct txn_decoded {
    struct bytes mab;       /* what the MAC covers, inside the body; empty when there is none */
    struct txn_fault fault; /* of a body that was not understood */
};

/* Where the authentication code stands in an encoded message. */
struct txn_encoded {
    size_t len;        /* bytes of the body */
    size_t mab_offset; /* what the code covers: [mab_offset, mab_offset + mab_len) */
    size_t mab_len;
    bool has_mac;           /* room for the code was left; txn_seal fills it */
    size_t message_offset;  /* of the message type in the body */
    size_t mac_offset;      /* of the code's first byte in the body */
    size_t mac_len;         /* bytes of the code on the wire: 8, or 16 hex characters */
    struct txn_fault fault; /* of a message that could not be written */
};

/* Reads a body. wall resolves dates without a year. On failure the fault names field, offset,
 * expected and found, and out holds what was understood (identity and terminal at least, where they
 * could be read), so that a format error can be answered. */
MUST_USE enum err txn_decode(const struct txn_profile *profile, struct bytes body,
                             struct instant wall, struct txn_message *out,
                             struct txn_decoded *decoded);

/* What an indexed message is about, without reading the rest of it; KIND_NONE when it is none of
 * our kinds. For showing: of messages of others DE 3 may be all that tells. */
enum txn_kind txn_kind_of(enum txn_mapping mapping, const struct iso_view *view);

/* Writes the body of a message; the MAC's room is zeros when message->has_mac asks for one.
 * ERR_FULL, ERR_BAD_VALUE when a value does not fit its field: the fault says which. */
MUST_USE enum err txn_encode(const struct txn_profile *profile, const struct txn_message *message,
                             uint8_t *out, size_t cap, struct txn_encoded *encoded);

/* Puts the authentication code into an encoded body. */
void txn_seal(const struct txn_profile *profile, uint8_t *body, const struct txn_encoded *encoded,
              const uint8_t mac[static TXN_MAC_LEN]);

#endif

/*
 * The normal form of a message: what the parties read and write, whatever dialect a link speaks.
 * txn/cup_pos.c and txn/iso87.c turn it into wire messages and back.
 *
 * A message holds sensitive authentication data (PAN, track, PIN block) and lives only in the
 * event or effect that carries it; it is never stored and is wiped when its batch ends. Absent
 * values are zero unless said otherwise.
 */
#ifndef TXN_MESSAGE_H
#define TXN_MESSAGE_H

#include "base/bounds.h"
#include "base/instant.h"
#include "base/money.h"
#include "card/pan.h"
#include "txn/identity.h"
#include "txn/kind.h"

#define RRN_LEN 12
#define AUTH_ID_LEN 6
#define RESPONSE_CODE_LEN 2
#define PIN_BLOCK_LEN_MAX 16
#define KEYS_LEN_MAX 128 /* field 62 of a sign-on answer is at most 104 bytes */
#define TPDU_LEN 5
#define TXN_MAC_LEN 8
#define TXN_TEXT_LEN 92   /* 60 bytes of GBK are at most 90 of UTF-8 */
#define QR_CODE_LEN 20    /* a customer's payment code and the voucher of its payment: digits */
#define ORDER_LEN 24      /* a cash register's own reference, zero-padded */
#define BLOCK_LEN_MAX 999 /* field 62 of downloads, uploads and signatures */

/* How the card was read: positions 1 and 2 of DE 22. */
enum entry_mode {
    ENTRY_NONE = 0,
    ENTRY_KEYED = 1,
    ENTRY_STRIPE = 2,
    ENTRY_QR = 3,
    ENTRY_CHIP = 5,
    ENTRY_CONTACTLESS = 7,
};

/* What a network message wants: 60.3 of UnionPay POS, and NETWORK_QUERY of our own. */
enum network_code {
    NETWORK_SIGN_OFF = 2,
    NETWORK_SIGN_IN = 3, /* double-length keys */
    NETWORK_SETTLE = 201,
    NETWORK_SETTLE_FORCED = 202, /* close although the totals differ */
    NETWORK_ECHO = 301,
    NETWORK_PARAMETERS = 360,
    NETWORK_PARAMETERS_END = 361,
    NETWORK_STATUS = 362,
    NETWORK_UPDATE = 364,
    NETWORK_UPDATE_END = 365,
    NETWORK_CA_KEYS = 370,
    NETWORK_CA_KEYS_END = 371,
    NETWORK_CA_KEYS_LIST = 372,
    NETWORK_AIDS = 380,
    NETWORK_AIDS_END = 381,
    NETWORK_AIDS_LIST = 382,
    NETWORK_SIGNATURE = 800, /* up to 809: delivered later, or at settlement */
    NETWORK_QUERY = 901,
    NETWORK_PEEK = 902,  /* the same, and nothing is done about what was never seen */
    NETWORK_STATE = 910, /* up to 919, the answer to a peek: and enum payment_state */
    NETWORK_HEARD = 920, /* up to 929, it is in doubt there: and what the next host said of it */
};

/* How a remark begins by which a host says that its books went back in time: beside 77, that the
 * terminal is in a later batch than they know; beside 96 of a query, that they may lack it. */
#define TXN_REMARK_BOOKS "books lost"

/* How it begins beside the 22 of a void whose original has a tip that is not answered yet. */
#define TXN_REMARK_TIP "tip under way"

/* Which payment a follow-up or a query is about: field 61; DE 90 and DE 48 between hosts. */
struct original {
    char terminal[TERMINAL_ID_LEN]; /* zeros: the message's own */
    uint32_t batch;
    uint32_t trace; /* 0: it names no original */
    uint16_t date;  /* MMDD, 0: absent */
};

/* One half of field 48 of a settlement: domestic cards, or foreign ones. */
struct totals {
    int64_t debit_minor;
    int64_t credit_minor;
    uint16_t debit_count;
    uint16_t credit_count;
    uint8_t result; /* in an answer: 1 they agree, 2 they differ, 3 error */
};

/* How far a host's journal is, in network messages between hosts. */
struct store_mark {
    uint16_t node;
    uint32_t epoch; /* 0: nothing is said */
    uint64_t sequence;
    struct instant point; /* what it was restored to; 0: it never was */
    bool is_apart;        /* in an answer: the one who asked is behind what it said before */
};

struct txn_message {
    enum txn_kind kind;
    enum txn_function function;
    bool is_repeat; /* 0401, 0421 */

    struct identity identity; /* class REVERSAL in reversals; the payment's otherwise */
    char merchant[MERCHANT_ID_LEN];
    char issuer[ISSUER_ID_LEN]; /* DE 44.1 towards the terminal, DE 100 between hosts */

    struct pan pan;              /* len 0: absent */
    char track2[TRACK2_LEN_MAX]; /* digits with '=' */
    uint8_t track2_len;
    uint16_t expiry; /* YYMM; 0: absent */
    enum entry_mode entry;
    bool pin_entered;   /* position 3 of DE 22 is 1 */
    bool is_fallback;   /* a stripe because the chip failed: 60.5 = 2; 80 in DE 22 between hosts */
    uint8_t capability; /* 60.4, the terminal's best reader: 2 stripe, 5 chip, 6 tap, 0 unsaid */
    int16_t sequence;   /* DE 23, -1: absent */
    uint8_t pin_block[PIN_BLOCK_LEN_MAX];
    uint8_t pin_block_len;    /* 0, 8, or 16 */
    uint8_t icc[ICC_LEN_MAX]; /* DE 55, BER-TLV */
    uint8_t icc_len;
    char cvv2[3]; /* keyed entry between hosts, DE 61; zero: absent */

    struct original original;
    uint8_t auth_mode;         /* 61.4 of an offline sale: how its code was given */
    char auth_institution[11]; /* 61.5: by whom; 8 or 11 digits, zero-padded */
    bool partial_ok;           /* 60.6: a part of the amount may be approved */
    bool is_training;          /* terminal state of the header is 1: test */
    uint8_t operator_number;   /* 63.1 at sign-in and settlement; 0: absent */
    char qr_code[QR_CODE_LEN]; /* ENTRY_QR: 59 A3, in the answer A4; digits, zero-padded */
    char order[ORDER_LEN];     /* the cash register's own reference, to the switch; zeros: none */
    struct totals domestic;    /* KIND_SETTLE */
    struct totals foreign;

    struct money amount;  /* currency 0: absent */
    struct money balance; /* DE 54, answers of a balance inquiry; currency 0: absent */
    char rrn[RRN_LEN];
    char auth_id[AUTH_ID_LEN];
    char code[RESPONSE_CODE_LEN]; /* DE 39: the answer, or the reason in a reversal */

    uint32_t local_time;      /* DE 12 hhmmss + 1000000, so that 0 is absent */
    uint16_t local_date;      /* DE 13 MMDD */
    uint16_t settlement_date; /* DE 15 MMDD */
    struct instant sent; /* DE 7 between hosts (MMDDhhmmss UTC), resolved to the event's year */
    struct instant original_sent; /* reversals between hosts: DE 7 of the payment, in DE 90 */

    uint16_t network_code;      /* 60.3 or DE 70: what a network message wants */
    uint8_t keys[KEYS_LEN_MAX]; /* field 62 of a sign-on answer; zone keys between hosts */
    uint8_t keys_len;
    uint32_t software; /* version from the header, 6 digits; 0: absent */
    uint8_t demand;    /* header's processing requirement in an answer */
    struct store_mark mark;

    uint8_t tpdu[TPDU_LEN]; /* as received: an answer swaps it; zero: the link's default */
    uint8_t mac[TXN_MAC_LEN];
    bool has_mac;
    char text[TXN_TEXT_LEN]; /* 63.2, remarks for the receipt, UTF-8, zero-terminated */
    /* Field 62 of downloads, uploads and signatures; at most BLOCK_LEN_MAX. Borrowed: from the
     * frame that the event keeps, or from node_block of the work that sends it. */
    struct bytes block;

    /* Of KIND_NONE only: what the message says of itself, which its answer repeats. */
    uint16_t mti;       /* as received: 0x0220; 0 when even that could not be read */
    uint8_t type_code;  /* field 60.1 */
    char processing[6]; /* DE 3; zero: absent */
};

/* Why a message could not be understood: becomes evidence of message.malformed. The texts are at
 * most 22 bytes long. */
struct txn_fault {
    uint16_t field;       /* 0: the message as a whole */
    uint32_t offset;      /* in bytes from the start of the frame's body */
    const char *expected; /* static text */
    const char *found;    /* static text */
};

/* Zeroes everything, secrets included. */
void txn_message_wipe(struct txn_message *message);

/* Starts the answer to a request: copies what answers repeat (identity, merchant, amount, dates,
 * network code, TPDU) and none of the sensitive data. */
void txn_message_answer(const struct txn_message *request, struct txn_message *out);

#endif

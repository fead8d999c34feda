/*
 * What can be asked of an HSM, and what it answers: plain data, no slots, no sessions. Keys come
 * as key blocks out of rows, each with the owner it must belong to. Every command names the only
 * usages that it takes (hsm/matrix.h); formats, MAC modes, PVKI and derivations are bound inside
 * the key blocks, so that no caller chooses them.
 *
 * Answers about PINs are one word: HSM_WRONG says neither whether a block decoded nor how the PIN
 * differs. A command with clear PAN or PIN is wiped by who made it (hsm_command_wipe).
 */
#ifndef HSM_COMMAND_H
#define HSM_COMMAND_H

#include "card/track2.h"
#include "hsm/chip.h"
#include "hsm/download.h"
#include "hsm/keyblock.h"
#include "hsm/mac.h"
#include "hsm/pinblock.h"
#include "hsm/secret.h"

#define DIGEST_LEN 32
#define SIGNATURE_LEN 64        /* Ed25519, RFC 8032 */
#define SIGNATURE_PUBLIC_LEN 32 /* its public key, which is no secret */
#define PVV_LEN 4
#define CVV_LEN 3
#define PAN_HASH_LEN 16
#define PAN_SEALED_LEN 40 /* version 1, nonce 12, length and BCD 11, tag 16 */
#define HSM_KEYS_MAX 2    /* keys that one command carries */
#define HSM_COMPONENTS_MAX 3
#define HSM_WRAPPED_MAX 32
#define CARD_AID_LEN_MAX 16
#define PASSWORD_SALT_LEN 16
#define PASSWORD_HASH_LEN 32
#define PASSWORD_COST_MIN 1000 /* rounds of PBKDF2 (NIST SP 800-132, 5.2) */
#define PASSWORD_COST_MAX 1000000

/* kind, name, what it asks */
#define HSM_KIND_TABLE(ROW)                                                                        \
    ROW(HSM_DIGEST, "digest", "SHA-256 of two parts")                                              \
    ROW(HSM_SIGNATURE_VERIFY, "signature-verify", "is this Ed25519 signature right")               \
    ROW(HSM_MAC_MAKE, "mac-make", "the MAC of a message")                                          \
    ROW(HSM_MAC_VERIFY, "mac-verify", "is this MAC right")                                         \
    ROW(HSM_PIN_ENCRYPT, "pin-encrypt", "seal an entered PIN")                                     \
    ROW(HSM_PIN_TRANSLATE, "pin-translate", "seal a PIN block under another key")                  \
    ROW(HSM_PIN_VERIFY, "pin-verify", "is this PIN right, by its PVV")                             \
    ROW(HSM_PVV_MAKE, "pvv-make", "the PVV of a new card's PIN")                                   \
    ROW(HSM_CVV_MAKE, "cvv-make", "a card verification value")                                     \
    ROW(HSM_CVV_VERIFY, "cvv-verify", "is this card verification value right")                     \
    ROW(HSM_ARQC_VERIFY, "arqc-verify", "is this chip's cryptogram right")                         \
    ROW(HSM_ARPC_MAKE, "arpc-make", "issuer authentication data for a chip")                       \
    ROW(HSM_ICC_KEY_MAKE, "icc-key-make", "the key of one card")                                   \
    ROW(HSM_AC_MAKE, "ac-make", "a cryptogram, on the card's side")                                \
    ROW(HSM_ARPC_VERIFY, "arpc-verify", "is the issuer's answer right, on the card's side")        \
    ROW(HSM_WORK_KEYS_MAKE, "work-keys-make", "new work keys and their download")                  \
    ROW(HSM_WORK_KEYS_TAKE, "work-keys-take", "work keys out of a download")                       \
    ROW(HSM_KEY_MAKE, "key-make", "a new random key")                                              \
    ROW(HSM_KEY_COMBINE, "key-combine", "a key from its components")                               \
    ROW(HSM_KEY_CHECK, "key-check", "does this block open; its check value")                       \
    ROW(HSM_KEY_WRAP, "key-wrap", "a key that travels, under a master key")                        \
    ROW(HSM_KEY_UNWRAP, "key-unwrap", "a key that came under a master key")                        \
    ROW(HSM_TRACK_ENCRYPT, "track-encrypt", "seal the block of a track")                           \
    ROW(HSM_TRACK_DECRYPT, "track-decrypt", "open the block of a track")                           \
    ROW(HSM_PAN_INDEX, "pan-index", "the look-up hash of a PAN")                                   \
    ROW(HSM_PAN_PROTECT, "pan-protect", "seal a PAN for a row, with its look-up hash")             \
    ROW(HSM_PAN_OPEN, "pan-open", "open a stored PAN")                                             \
    ROW(HSM_PASSWORD_MAKE, "password-make", "the salted hash of an operator's password")           \
    ROW(HSM_PASSWORD_CHECK, "password-check", "is this operator's password right")                 \
    ROW(HSM_CARD_STRIPE, "card-stripe", "read the stripe of a simulated card")                     \
    ROW(HSM_CARD_CHIP, "card-chip", "select and read the chip of a simulated card")                \
    ROW(HSM_CARD_FIRST_AC, "card-first-ac", "first GENERATE AC of a simulated card")               \
    ROW(HSM_CARD_SECOND_AC, "card-second-ac", "second GENERATE AC of a simulated card")

#define HSM_KIND_NAME(kind, name, text) kind,
enum hsm_kind { HSM_KIND_TABLE(HSM_KIND_NAME) HSM_KIND_COUNT };
#undef HSM_KIND_NAME

enum hsm_result {
    HSM_OK,
    HSM_WRONG,       /* the MAC, PIN, CVV, cryptogram or check value does not verify */
    HSM_FORMAT,      /* the command's data cannot be worked with: lengths, digits, unknown CVN */
    HSM_KEY,         /* a key block is damaged, of another master key, or not the owner's */
    HSM_NOT_ALLOWED, /* the matrix forbids this command with these keys */
    HSM_DOWN,        /* the device did not answer */
    HSM_RESULT_COUNT
};

/* A key in a command: the block, and whose it must be. */
struct hsm_key {
    struct keyblock block;
    struct key_owner owner;
};

enum cvv_kind {
    CVV_STRIPE,  /* with the card's service code */
    CVV_PRINTED, /* CVV2, CVN2: service code 000 */
    CVV_CHIP     /* iCVV: service code 999 */
};

struct cvv {
    char digits[CVV_LEN];
};

struct pvv {
    char digits[PVV_LEN];
};

struct pan_hash {
    uint8_t at[PAN_HASH_LEN];
};

struct pan_sealed {
    uint8_t at[PAN_SEALED_LEN];
};

/* What a new key shall be; the owner, too, stands in the block. */
struct key_wish {
    enum key_usage usage;
    enum key_algorithm algorithm;
    enum key_mode mode;
    enum key_travel travel;
    uint32_t version;
    struct key_owner owner;
};

enum card_ac_kind { CARD_AAC = 0x00, CARD_TC = 0x40, CARD_ARQC = 0x80 }; /* 9F27, bits 8-7 */

struct hsm_command {
    enum hsm_kind kind;
    union {
        struct {
            struct bytes parts[2]; /* borrowed; either may be empty */
        } digest;
        struct {
            uint8_t public_key[SIGNATURE_PUBLIC_LEN];
            struct bytes data; /* borrowed; at least 1 byte */
            uint8_t signature[SIGNATURE_LEN];
        } signature;
        struct {
            struct hsm_key key;   /* MAK or ZAK */
            struct bytes data;    /* borrowed; at least 1 byte */
            uint8_t mac[MAC_LEN]; /* to verify; unused to make */
        } mac;
        struct {
            struct hsm_key key; /* PIK */
            struct pan pan;
            struct secret pin; /* 4..12 ASCII digits */
        } pin_encrypt;
        struct {
            struct hsm_key from; /* PIK or ZPK */
            struct hsm_key to;   /* ZPK */
            struct pan pan;      /* one for both sides */
            struct pin_block block;
        } pin_translate;
        struct {
            struct hsm_key pin_key; /* PIK or ZPK */
            struct hsm_key pvk;
            struct pan pan;
            struct pin_block block;
            struct pvv pvv; /* stored for the card */
        } pin_verify;
        struct {
            struct hsm_key pvk;
            struct pan pan;
            struct secret pin;
        } pvv_make;
        struct {
            struct hsm_key cvk;
            enum cvv_kind kind;
            struct pan pan;
            struct expiry expiry;
            struct service_code service_code; /* used by CVV_STRIPE */
            struct cvv cvv;                   /* to verify; unused to make */
        } cvv;
        struct {
            struct hsm_key imk;
            struct pan pan;
            uint8_t psn; /* 0..99 */
            struct chip_values values;
            uint8_t ac[CHIP_AC_LEN];
        } arqc_verify;
        struct {
            struct hsm_key key; /* IMK-AC to make; ICC-AC to verify */
            struct pan pan;     /* with the IMK-AC */
            uint8_t psn;
            uint8_t cvn;
            uint8_t atc[2];
            uint8_t ac[CHIP_AC_LEN];      /* the ARQC answered */
            char arc[2];                  /* method 1: authorisation response code */
            uint8_t csu[4];               /* method 2: card status update */
            struct chip_issuer_auth auth; /* tag 91, to verify; unused to make */
        } arpc;
        struct {
            struct hsm_key imk;
            struct pan pan;
            uint8_t psn;
            struct key_owner owner; /* of the new key: the card's name */
        } icc_key;
        struct {
            struct hsm_key key; /* ICC-AC */
            struct chip_values values;
        } ac_make;
        struct {
            struct hsm_key master; /* TMK or ZMK; the new keys have its owner */
            enum download_layout layout;
            enum key_mode pin_mode;
            enum key_mode mac_mode;
            uint32_t version; /* of the new keys */
        } work_keys_make;
        struct {
            struct hsm_key master;
            enum key_mode pin_mode;
            enum key_mode mac_mode;
            uint32_t version;
            uint8_t len;
            uint8_t download[DOWNLOAD_LEN_MAX];
        } work_keys_take;
        struct key_wish key_make;
        struct {
            struct key_wish wish;
            uint8_t count; /* 2 or 3 components, of the key's length each */
            struct secret components[HSM_COMPONENTS_MAX];
            struct key_check check; /* on paper beside them; must fit when check_len > 0 */
            uint8_t check_len;      /* 0, 3 or 4 */
        } key_combine;
        struct {
            struct hsm_key key; /* any */
        } key_check;
        struct {
            struct hsm_key key;    /* of KEY_TRAVELS */
            struct hsm_key master; /* TMK or ZMK */
        } key_wrap;
        struct {
            struct hsm_key master;
            struct key_wish wish;
            uint8_t len;
            uint8_t wrapped[HSM_WRAPPED_MAX];
            struct key_check check; /* must fit */
        } key_unwrap;
        struct {
            struct hsm_key key; /* TDK */
            uint8_t len;        /* 8, or 16 with SM4 */
            uint8_t at[PINBLOCK_LEN_MAX];
        } track;
        struct {
            struct hsm_key key; /* PAN-INDEX */
            struct pan pan;
        } pan_index;
        struct {
            struct hsm_key store; /* PAN-STORE */
            struct hsm_key index; /* PAN-INDEX */
            struct pan pan;
        } pan_protect;
        struct {
            struct hsm_key store;
            struct pan_hash hash; /* that was made with it: binds the two together */
            struct pan_sealed sealed;
        } pan_open;
        struct {
            struct secret password; /* at least 1 byte */
            uint8_t salt[PASSWORD_SALT_LEN];
            uint32_t cost;                   /* PASSWORD_COST_MIN to PASSWORD_COST_MAX */
            uint8_t hash[PASSWORD_HASH_LEN]; /* to check; unused to make */
        } password;
        struct {
            uint32_t card; /* index in the card driver */
        } card;
        struct {
            uint32_t card;
            enum card_ac_kind asked;   /* ARQC or AAC; TC offline is not for online-only cards */
            struct chip_values values; /* the terminal's; AIP, ATC and IAD are the card's own */
        } card_first_ac;
        struct {
            uint32_t card;
            bool approved; /* the host's answer, or none came: false */
            char arc[2];
            struct chip_issuer_auth auth; /* tag 91; len 0 when none came */
            struct chip_values values;
        } card_second_ac;
    } of;
};

struct hsm_answer {
    enum hsm_result result;
    uint8_t key_index; /* of HSM_KEY, HSM_NOT_ALLOWED: which key of the command; of a wrong check
                          value: which key of the download */
    struct key_check expected; /* of a wrong check value */
    struct key_check found;
    union {
        uint8_t digest[DIGEST_LEN];
        uint8_t mac[MAC_LEN];
        struct pin_block block; /* PIN_ENCRYPT, PIN_TRANSLATE */
        struct pvv pvv;
        struct cvv cvv;
        struct chip_issuer_auth auth; /* ARPC_MAKE */
        uint8_t ac[CHIP_AC_LEN];      /* AC_MAKE */
        struct {
            uint8_t count;
            struct keyblock keys[DOWNLOAD_KEYS_MAX]; /* PIK, MAK, TDK or ZPK, ZAK */
            uint8_t len;
            uint8_t download[DOWNLOAD_LEN_MAX]; /* of WORK_KEYS_MAKE */
        } work_keys;
        struct keyblock key;    /* KEY_MAKE, KEY_COMBINE, KEY_UNWRAP, ICC_KEY_MAKE */
        struct key_check check; /* KEY_CHECK */
        struct {
            uint8_t len;
            uint8_t at[HSM_WRAPPED_MAX];
            struct key_check check;
        } wrapped;
        struct {
            uint8_t len;
            uint8_t at[PINBLOCK_LEN_MAX];
        } track;
        struct pan_hash hash; /* PAN_INDEX */
        struct {
            struct pan_sealed sealed;
            struct pan_hash hash;
        } protected_pan;
        struct pan pan;                      /* PAN_OPEN; wipe it */
        uint8_t password[PASSWORD_HASH_LEN]; /* PASSWORD_MAKE: its hash */
        struct {
            bool readable; /* a card without stripe, or a worn one, is not */
            struct track2 track2;
        } card_stripe;
        struct {
            bool present; /* the card has a chip */
            bool contactless;
            uint8_t aid_len;
            uint8_t aid[CARD_AID_LEN_MAX];
            uint8_t aip[2];
            uint8_t psn;
            struct track2 track2; /* tag 57, with the iCVV */
        } card_chip;
        struct {
            enum card_ac_kind kind;  /* 9F27 */
            bool issuer_wrong;       /* second only: tag 91 did not verify */
            uint8_t ac[CHIP_AC_LEN]; /* 9F26 */
            uint8_t aip[2];
            uint8_t atc[2];
            uint8_t iad_len;
            uint8_t iad[CHIP_IAD_LEN_MAX];
        } card_ac;
    } of;
};

/*
 * The contract of a driver: answers count commands, in order, each by itself; it returns when all
 * are answered and never fails as a whole (a dead device answers HSM_DOWN).
 */
struct hsm {
    void *self;
    void (*execute)(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count);
};

/* Asks one question. */
struct hsm_answer hsm_ask(const struct hsm *hsm, const struct hsm_command *command);

/* The keys of a command, in the order that key_index counts; returns how many (0..2). */
size_t hsm_command_keys(const struct hsm_command *command,
                        const struct hsm_key *out[static HSM_KEYS_MAX]);

/* A key in a row as a key in a command. */
struct hsm_key hsm_key_of(const struct keyblock *block, const struct key_owner *owner);

void hsm_command_wipe(struct hsm_command *command);
void hsm_answer_wipe(struct hsm_answer *answer);

/* "pin-translate" / "seal a PIN block under another key" / "not allowed" */
const char *hsm_kind_name(enum hsm_kind kind);
const char *hsm_kind_text(enum hsm_kind kind);
const char *hsm_result_text(enum hsm_result result);

#endif

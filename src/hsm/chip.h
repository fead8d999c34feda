/*
 * The application cryptogram of a chip card as data: which values go into it, how they are padded
 * and which session key and which answer go with it, by cryptogram version number (CVN).
 *
 *     CVN   scheme   values                                    session key   padding  ARPC
 *     01    PBOC     amounts .. ATC, CVR                       PBOC          80       method 1
 *     10    Visa     amounts .. ATC, CVR                       none          zeros    method 1
 *     17    PBOC     amount, UN, ATC, first byte of the CVR    PBOC          80       method 1
 *     18    Visa     amounts .. ATC, issuer application data   EMV common    80       method 2
 *
 * CVN numbers as in the issuer application data: 0x01, 0x0A, 0x11, 0x12 (CVN 10 is 0x0A).
 */
#ifndef HSM_CHIP_H
#define HSM_CHIP_H

#include "base/bytes.h"

#define CHIP_AC_LEN 8
#define CHIP_IAD_LEN_MAX 32
#define CHIP_AC_DATA_MAX 72 /* 33 bytes of values and an IAD, padded */
#define CHIP_ISSUER_AUTH_MAX 16

enum chip_cvn {
    CHIP_CVN_PBOC_01 = 0x01,
    CHIP_CVN_10 = 0x0A,
    CHIP_CVN_PBOC_17 = 0x11,
    CHIP_CVN_18 = 0x12
};

enum chip_session { CHIP_SESSION_NONE, CHIP_SESSION_EMV, CHIP_SESSION_PBOC };
enum chip_arpc { CHIP_ARPC_1, CHIP_ARPC_2 };

struct chip_rule {
    enum chip_cvn cvn;
    enum chip_session session;
    enum chip_arpc arpc;
    bool pad_80;     /* else zeros, and only when needed */
    bool short_data; /* amount, UN, ATC and one byte of the CVR only */
    bool whole_iad;  /* the whole 9F10 goes in, not its CVR */
};

/* What a cryptogram is made over: the terminal's and the card's values, as they stand in DE 55. */
struct chip_values {
    uint8_t amount[6];        /* 9F02, BCD */
    uint8_t other[6];         /* 9F03 */
    uint8_t country[2];       /* 9F1A */
    uint8_t tvr[5];           /* 95 */
    uint8_t currency[2];      /* 5F2A */
    uint8_t date[3];          /* 9A */
    uint8_t type;             /* 9C */
    uint8_t unpredictable[4]; /* 9F37, unpredictable number */
    uint8_t aip[2];           /* 82 */
    uint8_t atc[2];           /* 9F36 */
    uint8_t iad_len;
    uint8_t iad[CHIP_IAD_LEN_MAX]; /* 9F10 */
};

/* Issuer authentication data, tag 91: method 1 ARPC 8 + ARC 2, method 2 ARPC 4 + CSU 4. */
struct chip_issuer_auth {
    uint8_t len;
    uint8_t at[CHIP_ISSUER_AUTH_MAX];
};

/* The rule of a CVN; NULL for one that we do not know. */
const struct chip_rule *chip_rule_of(uint8_t cvn);

/* The CVN that stands in issuer application data: byte 3 of the format 07 DKI CVN CVR and 06 DKI
 * CVN CVR. ERR_BAD_FORMAT when it is too short for its CVR, ERR_UNSUPPORTED for an unknown CVN. */
MUST_USE enum err chip_iad_rule(struct bytes iad, const struct chip_rule **out);

/* The CVR inside issuer application data: its length byte and what it counts. */
MUST_USE enum err chip_iad_cvr(struct bytes iad, struct bytes *out);

/* The padded input of a cryptogram; *out_len is a multiple of 8. */
MUST_USE enum err chip_ac_data(const struct chip_rule *rule, const struct chip_values *values,
                               uint8_t out[static CHIP_AC_DATA_MAX], size_t *out_len);

/* The 8-byte input Y of a card's key by option A: the rightmost 16 digits of PAN and sequence
 * number (EMV 4.3 Book 2, A1.4.1). `digits` are those of the PAN. */
void chip_icc_input_a(struct bytes digits, uint8_t psn, uint8_t out[static 8]);

/* The 8-byte input of option B for a PAN over 16 digits, from SHA-1 over its BCD and PSN
 * (A1.4.2). */
void chip_icc_input_b(const uint8_t sha1[static 20], uint8_t out[static 8]);

/* The two 8-byte inputs of the session key: R with F0 and 0F (EMV, A1.3.1) or ATC and its
 * complement (PBOC, JR/T 0025.7). */
void chip_session_input(enum chip_session session, const uint8_t atc[static 2],
                        uint8_t out[static 16]);

#endif

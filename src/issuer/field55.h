/*
 * DE 55 of a payment request: the chip's cryptogram and the values that it was made over, exactly
 * as sent (UnionPay POS, field 55; EMV 4.3 Book 3, Annex A).
 */
#ifndef ISSUER_FIELD55_H
#define ISSUER_FIELD55_H

#include "hsm/chip.h"

#define FIELD55_CID_ARQC 0x80 /* 9F27: online authorisation asked for */

struct field55 {
    struct chip_values values;
    uint8_t ac[CHIP_AC_LEN]; /* 9F26 */
    uint8_t cid;             /* 9F27 */
    uint8_t cvn;             /* from 9F10, byte 3 */
    uint16_t atc;            /* 9F36 as a number */
    int64_t amount_minor;    /* 9F02 as a number; -1 when it is not decimal */
    uint16_t currency;       /* 5F2A as a number; 0 when it is not decimal */
};

/* Reads the elements. On failure *fault is static text that names what is wrong: a tag that is
 * missing ("no 9F26"), given twice or has the wrong length ("bad 9F26"), or "not TLV", "CVN". */
MUST_USE enum err field55_read(struct bytes icc, struct field55 *out, const char **fault);

#endif

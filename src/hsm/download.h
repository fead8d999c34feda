/*
 * Work keys as they come down at sign-in, in field 62 of the reply (UnionPay POS): for each key
 * its cryptogram under the master key (ECB), then the first bytes of its check value.
 *
 *     layout              60.3   length
 *     DOWNLOAD_24         001    24       PIK 8  + 4, MAK 8  + 4                      single DES
 *     DOWNLOAD_40_SHORT   003    40       PIK 16 + 4, MAK 8 and 8 zero bytes + 4      usual
 *     DOWNLOAD_40         003    40       PIK 16 + 4, MAK 16 + 4
 *     DOWNLOAD_60_SHORT   004    60       as 40_SHORT, TDK 16 + 4
 *     DOWNLOAD_60         004    60       PIK 16 + 4, MAK 16 + 4, TDK 16 + 4
 *     DOWNLOAD_SM4_40     005    40       PIK 16 + 4, MAK 16 + 4                      SM4
 *     DOWNLOAD_SM4_60     006    60       PIK 16 + 4, MAK 16 + 4, TDK 16 + 4          SM4
 *     DOWNLOAD_SM4_57     011    57       PIK 16 + 3, MAK 16 + 3, TDK 16 + 3          SM4
 *
 * Between switch and issuer the same layouts carry ZPK and ZAK under the ZMK.
 */
#ifndef HSM_DOWNLOAD_H
#define HSM_DOWNLOAD_H

#include "base/bytes.h"
#include "hsm/key_usage.h"

#define DOWNLOAD_LEN_MAX 60
#define DOWNLOAD_KEYS_MAX 3
#define DOWNLOAD_SLOT_MAX 16

enum download_layout {
    DOWNLOAD_24,
    DOWNLOAD_40_SHORT,
    DOWNLOAD_40,
    DOWNLOAD_60_SHORT,
    DOWNLOAD_60,
    DOWNLOAD_SM4_40,
    DOWNLOAD_SM4_60,
    DOWNLOAD_SM4_57,
    DOWNLOAD_LAYOUT_COUNT
};

/* The n-th key of a layout. */
struct download_key {
    enum key_usage usage; /* KEY_PIK, KEY_MAK, KEY_TDK; under a ZMK KEY_ZPK, KEY_ZAK */
    enum key_algorithm algorithm;
    uint8_t offset;    /* of the cryptogram */
    uint8_t slot_len;  /* bytes of cryptogram and zero fill */
    uint8_t check_len; /* bytes of check value behind it */
};

/* "003 (40, single-length MAK)" */
const char *download_layout_text(enum download_layout layout);

size_t download_len(enum download_layout layout);
size_t download_key_count(enum download_layout layout);

/* The index-th key when the layout is wrapped under `master` (KEY_TMK or KEY_ZMK). */
struct download_key download_key_at(enum download_layout layout, enum key_usage master,
                                    size_t index);

/* Which layout the bytes have, by the master key's algorithm, their length and the zero fill of a
 * single-length MAK. ERR_BAD_LENGTH when none fits. */
MUST_USE enum err download_recognise(struct bytes download, enum key_algorithm master,
                                     enum download_layout *out);

#endif

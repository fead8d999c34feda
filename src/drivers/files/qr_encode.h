/* Text as a QR code (ISO/IEC 18004), by libqrencode. */
#ifndef DRIVERS_QR_ENCODE_H
#define DRIVERS_QR_ENCODE_H

#include "base/err.h"

#include <stdint.h>

/* Writes side * side modules by row, 1 dark, 0 light, with correction level M (15 % may be lost).
 * ERR_FULL for more text than a code holds or than side_max modules do. */
MUST_USE enum err qr_encode(const char *text, unsigned side_max, uint8_t *is_dark, unsigned *side);

#endif

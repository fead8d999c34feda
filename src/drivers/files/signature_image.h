/*
 * The image of an electronic signature (UnionPay POS, 3.7): ink on a small pad, and its JBIG form
 * (ITU-T T.82, by libjbig) as field 62 carries it, at most BLOCK_LEN_MAX bytes.
 *
 * What is read comes from peers: only one plane, one layer and a size that fits are taken.
 */
#ifndef DRIVERS_SIGNATURE_IMAGE_H
#define DRIVERS_SIGNATURE_IMAGE_H

#include "base/bytes.h"

#define SIGNATURE_WIDTH_MAX 384 /* pixels: as wide as paper of 58 mm */
#define SIGNATURE_HEIGHT_MAX 160
#define SIGNATURE_DATA_MAX 999 /* field 62 */

struct signature_image {
    uint16_t width; /* a multiple of 8 */
    uint16_t height;
    uint8_t bits[SIGNATURE_WIDTH_MAX / 8 * SIGNATURE_HEIGHT_MAX]; /* by row, left in the high bit */
};

/* An empty pad. ERR_BAD_VALUE for a width that is no multiple of 8, and for a size of nothing or
 * past the maximum. */
MUST_USE enum err signature_image_begin(uint16_t width, uint16_t height,
                                        struct signature_image *out);

struct signature_point {
    int16_t x;
    int16_t y;
};

/* Draws a line two pixels thick, ends included. What lies off the pad is not drawn. */
void signature_image_draw(struct signature_image *image, struct signature_point from,
                          struct signature_point to);

bool signature_image_is_ink(const struct signature_image *image, int x, int y);

/* ERR_FULL when it takes more than SIGNATURE_DATA_MAX bytes: a smaller pad, or less ink. */
MUST_USE enum err signature_image_encode(const struct signature_image *image,
                                         uint8_t out[static SIGNATURE_DATA_MAX], size_t *out_len);

/* ERR_BAD_FORMAT for what is no image of that sort, or not whole. */
MUST_USE enum err signature_image_decode(struct bytes data, struct signature_image *out);

#endif

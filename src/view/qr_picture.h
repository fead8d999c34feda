/*
 * A QR code's modules as characters for a screen and as SVG, with the quiet zone of four modules
 * that scanners need (ISO/IEC 18004, 9.1).
 */
#ifndef VIEW_QR_PICTURE_H
#define VIEW_QR_PICTURE_H

#include "base/text.h"

#define QR_SIDE_MAX 177 /* version 40 */
#define QR_QUIET 4
#define QR_PICTURE_ROOM (512 * 1024) /* holds any picture */

struct qr_picture {
    unsigned side;                              /* modules */
    uint8_t is_dark[QR_SIDE_MAX * QR_SIDE_MAX]; /* by row */
};

/* Two rows of modules a line, in half blocks, light ones drawn: as a dark screen needs it. */
void qr_picture_add_text(const struct qr_picture *picture, struct text *t);

/* A whole SVG file, black on white, a module being one unit wide. */
void qr_picture_add_svg(const struct qr_picture *picture, struct text *t);

#endif

#include "drivers/files/qr_encode.h"

#include <qrencode.h>
#include <stddef.h>

enum err qr_encode(const char *text, unsigned side_max, uint8_t *is_dark, unsigned *side)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (code == NULL)
        return ERR_FULL;
    unsigned width = (unsigned)code->width;
    for (unsigned i = 0; width <= side_max && i < width * width; i++)
        is_dark[i] = code->data[i] & 1;
    QRcode_free(code);
    if (width > side_max)
        return ERR_FULL;
    *side = width;
    return OK;
}

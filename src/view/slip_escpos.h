/*
 * A slip as bytes for a receipt printer that understands ESC/POS, with Chinese in GBK as printers
 * sold in China take it: initialised, aligned, emphasised, fed and cut. A character that GBK does
 * not have is printed as a question mark.
 *
 *     1B 40 initialise       1C 26 Chinese on          1B 45 n bold       1D 21 n size
 *     1D 42 n white on black 1B 64 n feed n lines      1D 56 42 00 feed to the knife and cut
 */
#ifndef VIEW_SLIP_ESCPOS_H
#define VIEW_SLIP_ESCPOS_H

#include "view/slip.h"

/* width: columns of the paper, SLIP_WIDTH_58 or SLIP_WIDTH_80. *out takes bytes, zeros included. */
void slip_add_escpos(const struct slip *slip, unsigned width, struct text *out);

#endif

/*
 * GBK, the encoding of Chinese text in UnionPay messages, to UTF-8 and back. The tables are made
 * from iconv when the program is built (tools/gbk_table.c).
 */
#ifndef WIRE_GBK_H
#define WIRE_GBK_H

#include "base/text.h"

/* Whether all of it is GBK: printable ASCII and whole, assigned two-byte characters. */
bool gbk_is_text(struct bytes gbk);

/* Appends GBK as UTF-8. Bytes that are no GBK character become U+FFFD, one for each byte. */
void gbk_add_utf8(struct text *t, struct bytes gbk);

/* Writes UTF-8 as GBK. ERR_FULL, ERR_BAD_FORMAT for broken UTF-8, ERR_UNSUPPORTED for a character
 * that GBK does not have. */
MUST_USE enum err gbk_from_utf8(struct bytes utf8, uint8_t *out, size_t out_cap, size_t *out_len);

#endif

/* Text in UTF-8 (RFC 3629), one character after the other. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/bytes.h"

#define UTF8_WRONG UINT32_MAX

/* The character at the start of `at`, which is not empty, and in *out_len how many bytes it takes.
 * UTF8_WRONG, and 1, for what is none: cut off, longer than it need be, a surrogate, past
 * U+10FFFF. */
uint32_t utf8_first(struct bytes at, size_t *out_len);

#endif

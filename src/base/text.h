/*
 * Text that grows inside the caller's room and never past it. What does not fit is dropped and
 * remembered in `cut`, so a caller that must not lose anything checks it once at the end.
 *
 * Invariant: len < room_len, and at[len] is 0 after every call.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

struct text {
    char *at;        /* the caller's room */
    size_t room_len; /* bytes of room, the terminator included */
    size_t len;      /* bytes written, the terminator excluded */
    bool cut;        /* something did not fit */
};

/* Starts an empty text in room; room_len is at least 1. */
struct text text_over(char *room, size_t room_len);

void text_add_bytes(struct text *t, struct bytes bytes);

/* In line: the length of a literal is then known. */
static inline void text_add(struct text *t, const char *z)
{
    text_add_bytes(t, bytes_of_z(z));
}

void text_add_char(struct text *t, char c);
void text_add_u64(struct text *t, uint64_t value);
void text_add_i64(struct text *t, int64_t value);
/* Decimal with at least width digits, zero-filled. */
void text_add_u64_wide(struct text *t, uint64_t value, size_t width);
/* Upper-case hex, two digits for each byte. */
void text_add_hex(struct text *t, const uint8_t *at, size_t len);
/* Spaces until the text is column bytes long. */
void text_pad_to(struct text *t, size_t column);
/* As the inside of a JSON string, without the quotes. Bytes over 0x7F pass (UTF-8). */
void text_add_json(struct text *t, struct bytes bytes);

/* The text as a terminated string. */
const char *text_z(const struct text *t);

#endif

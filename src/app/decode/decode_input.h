/*
 * Messages as people have them: hex on the command line, a file or standard input with one message
 * a line in hex, or binary. Spaces, tabs and colons inside hex are skipped; so are empty lines and
 * those that begin with '#'.
 */
#ifndef APP_DECODE_INPUT_H
#define APP_DECODE_INPUT_H

#include "base/bytes.h"

#include <stdio.h>

#define DECODE_INPUT_LEN_MAX (64 * 1024 * 1024)

/* All bytes of the input, and how far it has been read. */
struct decode_input {
    uint8_t *at;  /* owned */
    uint8_t *raw; /* owned: the bytes of a line of hex */
    size_t len;
    size_t offset;
    bool binary; /* raw bytes, not lines of hex */
    bool framed; /* a row of length-framed messages */
    size_t line; /* of the last message; 1 for the first */
};

/* Takes the argument: "-" for standard input, hex, a file's name, or, when there is no such file
 * and it begins with four digits, a message in characters. ERR_IO (errno says why), ERR_FULL past
 * DECODE_INPUT_LEN_MAX. */
MUST_USE enum err decode_input_open(const char *argument, struct decode_input *out);

/* One message of the input, borrowed until the next call. */
struct decode_item {
    struct bytes bytes; /* the message; empty when the line is no hex */
    struct bytes text;  /* the line as it stands; empty when the input is binary */
    size_t bad_at;      /* where the line stops being hex; its length when digits are odd */
};

/* The next message. ERR_NOT_FOUND at the end; ERR_BAD_FORMAT for a line that is not hex. */
MUST_USE enum err decode_input_next(struct decode_input *input, struct decode_item *out);

void decode_input_close(struct decode_input *input);

#endif

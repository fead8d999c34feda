#include "app/decode/decode_input.h"

#include "base/assert.h"
#include "wire/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_LEN (64 * 1024)

static bool is_hex_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '\t' || c == ':' || c == '\r';
}

/* Whether a text is hex with separators, at least one byte of it. */
static bool is_hex_text(const uint8_t *at, size_t len)
{
    size_t digits = 0;

    for (size_t i = 0; i < len; i++) {
        if (is_hex_digit(at[i]))
            digits++;
        else if (!is_separator(at[i]) && at[i] != '\n')
            return false;
    }
    return digits >= 2;
}

/* Text and nothing else: then it is lines, and a line that is no hex is a mistake to point out. */
static bool is_printable(const struct decode_input *input)
{
    for (size_t i = 0; i < input->len; i++) {
        if ((input->at[i] < 0x20 && input->at[i] != '\n' && !is_separator(input->at[i])) ||
            input->at[i] > 0x7E)
            return false;
    }
    return true;
}

/* Whether the bytes are length-framed messages to the last one, two at least. */
static bool is_frames(const struct decode_input *input)
{
    size_t offset = 0;
    size_t count = 0;

    while (offset < input->len) {
        struct bytes body;
        size_t take;
        if (frame_next(bytes_over(input->at + offset, input->len - offset), &take, &body) != OK)
            return false;
        offset += take;
        count++;
    }
    return count >= 2;
}

static enum err grow(struct decode_input *input, size_t *cap)
{
    size_t bigger = *cap == 0 ? CHUNK_LEN : *cap * 2;
    uint8_t *at;

    if (bigger > DECODE_INPUT_LEN_MAX)
        return ERR_FULL;
    at = realloc(input->at, bigger);
    if (at == NULL)
        return ERR_FULL;
    input->at = at;
    *cap = bigger;
    return OK;
}

static enum err read_all(FILE *file, struct decode_input *input)
{
    size_t cap = 0;

    while (!feof(file)) {
        if (input->len == cap)
            TRY(grow(input, &cap));
        input->len += fread(input->at + input->len, 1, cap - input->len, file);
        if (ferror(file))
            return ERR_IO;
    }
    return OK;
}

static enum err read_file(const char *name, struct decode_input *out)
{
    FILE *file = fopen(name, "rb");
    enum err err;

    if (file == NULL)
        return ERR_IO;
    err = read_all(file, out);
    fclose(file);
    return err;
}

static enum err copy_argument(const char *argument, struct decode_input *out)
{
    out->len = strlen(argument);
    out->at = malloc(out->len + 1);
    if (out->at == NULL)
        return ERR_FULL;
    memcpy(out->at, argument, out->len);
    return OK;
}

/* Whether an argument that names no file may be a message in characters. */
static bool is_characters(const char *argument)
{
    return strlen(argument) >= 20 && bytes_are_digits(argument, 4);
}

enum err decode_input_open(const char *argument, struct decode_input *out)
{
    enum err err;

    *out = (struct decode_input){0};
    if (strcmp(argument, "-") == 0)
        err = read_all(stdin, out);
    else if (is_hex_text((const uint8_t *)argument, strlen(argument)))
        err = copy_argument(argument, out);
    else
        err = read_file(argument, out);
    if (err == ERR_IO && is_characters(argument))
        err = copy_argument(argument, out);
    if (err == OK) {
        out->raw = malloc(out->len + 1);
        err = out->raw == NULL ? ERR_FULL : OK;
    }
    if (err != OK) {
        decode_input_close(out);
        return err;
    }
    out->binary = !is_printable(out);
    out->framed = out->binary && is_frames(out);
    return OK;
}

static enum err next_binary(struct decode_input *input, struct decode_item *out)
{
    size_t left = input->len - input->offset;
    size_t take = left;
    struct bytes body;

    if (left == 0)
        return ERR_NOT_FOUND;
    if (input->framed)
        TRY(frame_next(bytes_over(input->at + input->offset, left), &take, &body));
    out->bytes = bytes_over(input->at + input->offset, take);
    input->offset += take;
    input->line++;
    return OK;
}

static enum err unhex_line(struct decode_input *input, struct decode_item *out)
{
    char *digits = (char *)input->raw; /* the bytes then take the place of their digits */
    size_t count = 0;
    size_t len;

    for (size_t i = 0; i < out->text.len; i++) {
        uint8_t c = out->text.at[i];
        if (is_separator(c))
            continue;
        out->bad_at = i;
        if (!is_hex_digit(c))
            return ERR_BAD_FORMAT;
        digits[count++] = (char)c;
    }
    out->bad_at = out->text.len;
    if (count % 2 != 0)
        return ERR_BAD_FORMAT;
    TRY(bytes_from_hex(digits, count, input->raw, count, &len));
    out->bytes = bytes_over(input->raw, len);
    return OK;
}

/* The next line that is neither empty nor a comment, without the separators around it. */
static enum err next_line(struct decode_input *input, struct bytes *out)
{
    while (input->offset < input->len) {
        const uint8_t *line = input->at + input->offset;
        size_t left = input->len - input->offset;
        const uint8_t *end = memchr(line, '\n', left);
        size_t len = end == NULL ? left : (size_t)(end - line);
        input->offset += len + (end == NULL ? 0 : 1);
        input->line++;
        while (len > 0 && is_separator(line[len - 1]))
            len--;
        while (len > 0 && is_separator(line[0])) {
            line++;
            len--;
        }
        *out = bytes_over(line, len);
        if (len > 0 && line[0] != '#')
            return OK;
    }
    return ERR_NOT_FOUND;
}

enum err decode_input_next(struct decode_input *input, struct decode_item *out)
{
    *out = (struct decode_item){0};
    if (input->binary)
        return next_binary(input, out);
    TRY(next_line(input, &out->text));
    return unhex_line(input, out);
}

void decode_input_close(struct decode_input *input)
{
    free(input->at);
    free(input->raw);
    *input = (struct decode_input){0};
}

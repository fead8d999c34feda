#include "terminal/package.h"

#include "books/party_rows.h"

#include <stddef.h>
#include <string.h>

#define PROGRAM_WORD "acquit-terminal "
#define VERSION_DIGITS 6

/* A parameter: a member of the terminal's row of 1, 2 or 4 bytes. */
struct parameter {
    const char *name;
    uint16_t offset;
    uint8_t size;
    uint32_t most;
};

#define MEMBER(member, most_)                                                                      \
    {                                                                                              \
        .name = #member, .offset = offsetof(struct terminal_row, member),                          \
        .size = sizeof((struct terminal_row *)0)->member, .most = most_                            \
    }

/* clang-format off */
static const struct parameter parameters[] = {
    MEMBER(tap_limit_minor,  100000000),
    MEMBER(needs_cashier,    1),
    MEMBER(partial_ok,       1),
    MEMBER(no_keying,        1),
    MEMBER(no_fallback,      1),
    MEMBER(listed_only,      1),
    MEMBER(offline_max,      500),
    MEMBER(batch_max,        BATCH_PAYMENTS_MAX),
    MEMBER(batch_age_max_s,  31 * 86400),
    MEMBER(clock_skew_max_s, 86400),
    MEMBER(refund_max_minor, 1000000000),
};
/* clang-format on */

static enum err failed(struct package_fault *fault, unsigned line, const char *what)
{
    *fault = (struct package_fault){what, line};
    return ERR_BAD_VALUE;
}

static const struct parameter *find_parameter(struct bytes name)
{
    for (size_t i = 0; i < ARRAY_COUNT(parameters); i++) {
        if (strlen(parameters[i].name) == name.len &&
            memcmp(parameters[i].name, name.at, name.len) == 0)
            return &parameters[i];
    }
    return NULL;
}

static void set_member(struct terminal_row *row, const struct parameter *parameter, uint64_t value)
{
    uint8_t *at = (uint8_t *)row + parameter->offset;
    uint8_t one = (uint8_t)value;
    uint16_t two = (uint16_t)value;
    uint32_t four = (uint32_t)value;

    memcpy(at,
           parameter->size == 1   ? (const void *)&one
           : parameter->size == 2 ? (const void *)&two
                                  : (const void *)&four,
           parameter->size);
}

/* "name: number" */
static const char *apply_line(struct bytes line, struct terminal_row *row)
{
    const uint8_t *colon = line.len == 0 ? NULL : memchr(line.at, ':', line.len);
    uint64_t value;

    if (line.len == 0 || line.at[0] == '#')
        return NULL;
    if (colon == NULL || colon + 2 > line.at + line.len || colon[1] != ' ')
        return "no name: number";
    size_t name_len = (size_t)(colon - line.at);
    const struct parameter *parameter = find_parameter(bytes_over(line.at, name_len));
    if (parameter == NULL)
        return "unknown name";
    if (bytes_to_number((const char *)colon + 2, line.len - name_len - 2, &value) != OK)
        return "no number";
    if (value > parameter->most)
        return "number too large";
    set_member(row, parameter, value);
    return NULL;
}

static enum err apply_parameters(struct bytes text, struct terminal_row *row,
                                 struct package_fault *fault)
{
    unsigned number = 1;

    while (text.len > 0) {
        const uint8_t *end = memchr(text.at, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.at);
        const char *what = apply_line(bytes_over(text.at, len), row);
        size_t taken = end == NULL ? len : len + 1;

        if (what != NULL)
            return failed(fault, number, what);
        text = bytes_over(text.at + taken, text.len - taken);
        number++;
    }
    return OK;
}

static enum err apply_program(uint32_t version, struct bytes text, struct terminal_row *row,
                              struct package_fault *fault)
{
    size_t word_len = sizeof PROGRAM_WORD - 1;
    uint64_t found;

    if (text.len < word_len + VERSION_DIGITS + 1 || memcmp(text.at, PROGRAM_WORD, word_len) != 0 ||
        text.at[word_len + VERSION_DIGITS] != '\n' ||
        bytes_to_number((const char *)text.at + word_len, VERSION_DIGITS, &found) != OK)
        return failed(fault, 1, "not a program of ours");
    if (found != version)
        return failed(fault, 1, "another version inside");
    row->software = version;
    return OK;
}

enum err package_apply(const struct update_manifest *manifest, struct bytes first,
                       struct terminal_row *row, struct package_fault *fault)
{
    struct terminal_row next = *row;

    if (manifest->kind == UPDATE_SOFTWARE) {
        TRY(apply_program(manifest->version, first, &next, fault));
    } else {
        if (manifest->pieces != 1)
            return failed(fault, 0, "more than one piece");
        TRY(apply_parameters(first, &next, fault));
    }
    *row = next;
    return OK;
}

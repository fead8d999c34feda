#include "card/track2.h"

#include "base/assert.h"

#include <string.h>

static enum err track2_fail(struct track2_fault *fault, enum track2_check check, size_t position,
                            enum err err)
{
    *fault =
        (struct track2_fault){.check = check, .position = position > 255 ? 255 : (uint8_t)position};
    return err;
}

static size_t separator_position(struct bytes text)
{
    size_t at = 0;

    while (at < text.len && text.at[at] != '=' && text.at[at] != 'D')
        at++;
    return at;
}

/* Reads what stands behind the separator, which is at text.at[at - 1]. */
static enum err take_tail(struct bytes text, size_t at, struct track2 *out,
                          struct track2_fault *fault)
{
    const char *tail = (const char *)text.at + at;
    size_t left = text.len - at;
    enum err err = left < EXPIRY_LEN ? ERR_BAD_LENGTH : expiry_from_digits(tail, &out->expiry);

    if (err != OK)
        return track2_fail(fault, TRACK2_BAD_EXPIRY, at, err);
    tail += EXPIRY_LEN;
    left -= EXPIRY_LEN;
    err = left < SERVICE_CODE_LEN ? ERR_BAD_LENGTH
                                  : service_code_from_digits(tail, &out->service_code);
    if (err != OK)
        return track2_fail(fault, TRACK2_BAD_SERVICE_CODE, text.len - left, err);
    tail += SERVICE_CODE_LEN;
    left -= SERVICE_CODE_LEN;
    for (size_t i = 0; i < left; i++) {
        if (tail[i] < '0' || tail[i] > '9')
            return track2_fail(fault, TRACK2_BAD_DISCRETIONARY, text.len - left + i,
                               ERR_BAD_FORMAT);
    }
    assert(left <= TRACK2_DISCRETIONARY_MAX);
    out->discretionary_len = (uint8_t)left;
    memcpy(out->discretionary, tail, left);
    return OK;
}

enum err track2_from_text(struct bytes text, struct track2 *out, struct track2_fault *fault)
{
    struct track2 track2 = {.discretionary_len = 0};
    struct pan_fault pan_fault;
    enum err err;

    if (text.len > 0 && text.at[text.len - 1] == 'F')
        text.len--;
    if (text.len > TRACK2_LEN_MAX)
        return track2_fail(fault, TRACK2_TOO_LONG, text.len, ERR_BAD_LENGTH);
    size_t separator = separator_position(text);
    if (separator == text.len)
        return track2_fail(fault, TRACK2_NO_SEPARATOR, text.len, ERR_BAD_FORMAT);
    err = pan_from_digits(bytes_over(text.at, separator), &track2.pan, &pan_fault);
    if (err != OK)
        return track2_fail(fault, TRACK2_BAD_PAN, pan_fault.position, err);
    err = take_tail(text, separator + 1, &track2, fault);
    if (err == OK) {
        *out = track2;
        *fault = (struct track2_fault){.check = TRACK2_GOOD};
    }
    track2_wipe(&track2);
    return err;
}

size_t track2_to_text(const struct track2 *track2, char separator, char out[static TRACK2_LEN_MAX])
{
    size_t len = track2->pan.len;

    assert(separator == '=' || separator == 'D');
    assert(len + 1 + EXPIRY_LEN + SERVICE_CODE_LEN + track2->discretionary_len <= TRACK2_LEN_MAX);
    memcpy(out, track2->pan.digits, len);
    out[len++] = separator;
    expiry_to_digits(track2->expiry, out + len);
    len += EXPIRY_LEN;
    memcpy(out + len, track2->service_code.digits, SERVICE_CODE_LEN);
    len += SERVICE_CODE_LEN;
    memcpy(out + len, track2->discretionary, track2->discretionary_len);
    return len + track2->discretionary_len;
}

enum err track2_cvv(const struct track2 *track2, char out[static TRACK2_CVV_LEN])
{
    if (track2->discretionary_len < TRACK2_CVV_AT + TRACK2_CVV_LEN)
        return ERR_NOT_FOUND;
    memcpy(out, track2->discretionary + TRACK2_CVV_AT, TRACK2_CVV_LEN);
    return OK;
}

void track2_wipe(struct track2 *track2)
{
    bytes_wipe(track2, sizeof *track2);
}

const char *track2_check_text(enum track2_check check)
{
    static const char *const texts[] = {
        [TRACK2_GOOD] = "good",
        [TRACK2_TOO_LONG] = "too long",
        [TRACK2_NO_SEPARATOR] = "no separator",
        [TRACK2_BAD_PAN] = "the card number is wrong",
        [TRACK2_BAD_EXPIRY] = "the expiry date is wrong",
        [TRACK2_BAD_SERVICE_CODE] = "the service code is wrong",
        [TRACK2_BAD_DISCRETIONARY] = "not a digit behind the service code",
    };

    assert((size_t)check < ARRAY_COUNT(texts));
    return texts[check];
}

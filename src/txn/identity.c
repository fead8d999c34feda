#include "txn/identity.h"

#include "base/assert.h"

#include <string.h>

void identity_to_key(const struct identity *identity, uint8_t out[static IDENTITY_KEY_LEN])
{
    uint8_t *at = out;

    memcpy(at, identity->acquirer, ACQUIRER_ID_LEN);
    at += ACQUIRER_ID_LEN;
    memcpy(at, identity->terminal, TERMINAL_ID_LEN);
    at += TERMINAL_ID_LEN;
    bytes_put_u32(at, identity->batch);
    bytes_put_u32(at + 4, identity->trace);
    at[8] = identity->class;
    assert(at + 9 == out + IDENTITY_KEY_LEN);
}

void identity_from_key(const uint8_t key[static IDENTITY_KEY_LEN], struct identity *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->acquirer, key, ACQUIRER_ID_LEN);
    memcpy(out->terminal, key + ACQUIRER_ID_LEN, TERMINAL_ID_LEN);
    key += ACQUIRER_ID_LEN + TERMINAL_ID_LEN;
    out->batch = bytes_get_u32(key);
    out->trace = bytes_get_u32(key + 4);
    out->class = key[8];
}

void identity_add_text(struct text *t, const struct identity *identity)
{
    size_t len = TERMINAL_ID_LEN;

    while (len > 0 && identity->terminal[len - 1] == ' ')
        len--;
    text_add_bytes(t, bytes_over(identity->terminal, len));
    text_add_char(t, '/');
    text_add_u64_wide(t, identity->batch, 6);
    text_add_char(t, '/');
    text_add_u64_wide(t, identity->trace, 6);
}

enum err identity_id_from_text(const char *text, char pad, char *out, size_t out_len)
{
    size_t len = strlen(text);

    if (len == 0 || len > out_len)
        return ERR_BAD_LENGTH;
    memset(out, pad, out_len);
    memcpy(out, text, len);
    return OK;
}

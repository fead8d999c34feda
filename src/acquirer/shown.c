#include "acquirer/shown.h"

#include "base/assert.h"
#include "books/aside_rows.h"
#include "wire/tlv.h"

#include <string.h>

#define TAG_CRYPTOGRAM 0x9F26 /* EMV 4.4 Book 3, annex A */
#define WORD_LEN sizeof(((struct payment_row *)NULL)->arqc)

/* The last digits of a payment code as numbers, two to a byte: the first name the bank only. */
static bool word_of_code(const struct txn_message *message, uint8_t out[static WORD_LEN])
{
    const char *code = message->qr_code;
    size_t len = 0;

    while (len < QR_CODE_LEN && code[len] >= '0' && code[len] <= '9')
        len++;
    if (len < 2 * WORD_LEN)
        return false;
    code += len - 2 * WORD_LEN;
    for (size_t i = 0; i < WORD_LEN; i++)
        out[i] = (uint8_t)((code[2 * i] - '0') << 4 | (code[2 * i + 1] - '0'));
    return true;
}

/* False when the message shows nothing that another could not. */
static bool word_of(const struct txn_message *message, uint8_t out[static WORD_LEN])
{
    struct bytes icc = bytes_over(message->icc, message->icc_len);
    struct bytes cryptogram;

    if (message->entry == ENTRY_QR)
        return word_of_code(message, out);
    if (icc.len == 0 || tlv_find(icc, TAG_CRYPTOGRAM, &cryptogram) != OK ||
        cryptogram.len != WORD_LEN)
        return false;
    memcpy(out, cryptogram.at, WORD_LEN);
    return true;
}

void shown_take(const struct desk *desk, struct payment_row *row)
{
    if (!word_of(desk->message, row->arqc))
        memset(row->arqc, 0, sizeof row->arqc);
}

static bool is_other_word(const struct desk *desk)
{
    static const uint8_t none[WORD_LEN];
    const struct payment_row *payment = desk->payment;
    uint8_t word[WORD_LEN] = {0};

    if (kind_row((enum txn_kind)payment->kind)->is_advice ||
        memcmp(payment->arqc, none, sizeof none) == 0)
        return false;
    return !word_of(desk->message, word) || memcmp(word, payment->arqc, sizeof word) != 0;
}

/* The word of a bank comes with an offline sale, and its record never gets another. */
static bool is_other_promise(const struct desk *desk)
{
    return desk->payment->kind == KIND_OFFLINE_SALE &&
           memcmp(desk->message->auth_id, desk->payment->auth_id, AUTH_ID_LEN) != 0;
}

unsigned shown_misfit(const struct desk *desk)
{
    const struct txn_message *message = desk->message;
    const struct payment_row *payment = desk->payment;

    assert(payment != NULL);
    if (message->function != FUNCTION_REQUEST || message->kind != payment->kind ||
        payment->stage == STAGE_TOMBSTONE)
        return 0;
    struct identity original = desk_said_original(desk);
    if (!identity_equal(&original, &payment->original) || message->entry != payment->entry ||
        is_other_promise(desk))
        return ASIDE_CONTENT;
    if (is_other_word(desk))
        return message->entry == ENTRY_QR ? ASIDE_CARD : ASIDE_CONTENT;
    return 0;
}

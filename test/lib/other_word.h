/*
 * One word of a message changed: what makes a repeat another message under the same identity. Each
 * change says whether the message has such a word at all, so that a test can walk every kind of the
 * kinds' table with every change.
 */
#ifndef TEST_LIB_OTHER_WORD_H
#define TEST_LIB_OTHER_WORD_H

#include "base/attribute.h"
#include "books/aside_rows.h"
#include "txn/message.h"
#include "wire/tlv.h"

#include <string.h>

struct other_word {
    const char *name;
    bool (*change)(struct txn_message *message); /* false: the message has no such word */
    unsigned differs;                            /* bits of enum aside_difference */
    bool is_of_payment; /* only the payment itself says it: its reversal does not repeat it */
};

UNUSED static bool other_amount(struct txn_message *message)
{
    message->amount.minor++;
    return kind_row(message->kind)->moves_money;
}

UNUSED static bool other_currency(struct txn_message *message)
{
    message->amount.currency = 840;
    return kind_row(message->kind)->moves_money;
}

/* Two digits: the sum of the whole number stays right. */
UNUSED static bool other_card(struct txn_message *message)
{
    struct pan_fault fault;

    if (message->pan.len == 0 || message->track2_len > 0)
        return false;
    return pan_from_digits(bytes_of_z("6200000100000029"), &message->pan, &fault) == OK;
}

/* Another kind that comes under the same message type, and follows or stands for itself alike. */
UNUSED static bool other_kind(struct txn_message *message)
{
    const struct kind_row *now = kind_row(message->kind);

    for (int i = 0; i < KIND_COUNT; i++) {
        const struct kind_row *other = kind_row((enum txn_kind)i);
        if (other == now || other->shape != now->shape || other->is_advice != now->is_advice ||
            other->moves_money != now->moves_money)
            continue;
        message->kind = (enum txn_kind)i;
        return true;
    }
    return false;
}

UNUSED static bool other_original(struct txn_message *message)
{
    message->original.trace++;
    return kind_row(message->kind)->shape == SHAPE_FOLLOW_UP;
}

UNUSED static bool other_entry(struct txn_message *message)
{
    if (message->entry != ENTRY_STRIPE && message->entry != ENTRY_CHIP)
        return false;
    message->entry = message->entry == ENTRY_STRIPE ? ENTRY_CHIP : ENTRY_STRIPE;
    return true;
}

/* A card says another cryptogram each time that it is used. */
UNUSED static bool other_cryptogram(struct txn_message *message)
{
    struct bytes icc = bytes_over(message->icc, message->icc_len);
    struct bytes cryptogram;

    if (icc.len == 0 || kind_row(message->kind)->is_advice ||
        tlv_find(icc, 0x9F26, &cryptogram) != OK)
        return false;
    message->icc[cryptogram.at - message->icc] ^= 0x10;
    return true;
}

UNUSED static bool other_word_of_issuer(struct txn_message *message)
{
    message->auth_id[0] = message->auth_id[0] == 'Z' ? 'Y' : 'Z';
    return message->kind == KIND_OFFLINE_SALE;
}

UNUSED static bool other_code(struct txn_message *message)
{
    if (message->entry != ENTRY_QR || message->qr_code[0] == 0)
        return false;
    message->qr_code[17] = message->qr_code[17] == '9' ? '8' : '9';
    return true;
}

/* clang-format off */
UNUSED static const struct other_word other_words[] = {
    { "amount",            other_amount,         ASIDE_AMOUNT,  false },
    { "currency",          other_currency,       ASIDE_AMOUNT,  false },
    { "card",              other_card,           ASIDE_CARD,    false },
    { "kind",              other_kind,           ASIDE_KIND,    false },
    { "original",          other_original,       ASIDE_CONTENT, true },
    { "entry",             other_entry,          ASIDE_CONTENT, true },
    { "cryptogram",        other_cryptogram,     ASIDE_CONTENT, true },
    { "the issuer's word", other_word_of_issuer, ASIDE_CONTENT, true },
    { "payment code",      other_code,           ASIDE_CARD,    true },
};
/* clang-format on */

#endif

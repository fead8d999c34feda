#include "terminal/icc_field.h"

#include "base/assert.h"
#include "wire/tlv.h"

#include <string.h>

#define COUNTRY_CHINA 156
#define TVR_NO_DATA_AUTHENTICATION 0x80 /* byte 1: every payment is asked online instead */
#define TVR_PIN_ONLINE 0x04             /* byte 3 */
#define TVR_OVER_FLOOR_LIMIT 0x80       /* byte 4: the floor limit is nothing */
#define TSI_HOLDER_VERIFIED 0x40        /* EMV 4.3 Book 3, C6 */
#define TSI_CARD_RISK 0x20
#define TSI_ISSUER_AUTHENTICATED 0x10
#define TSI_TERMINAL_RISK 0x08
#define ISSUER_AUTH_LEN_MIN 8 /* EMV 4.3 Book 3, tag 91 */

/* Reads keyed, stripe and chip; knows PIN online, signature and no CVM (EMV 4.3 Book 4, A2). */
static const uint8_t capabilities[] = {0xE0, 0x68, 0x00};

/* CVM results (EMV 4.3 Book 4, A4): how the holder was verified, when, and what came of it. */
static const uint8_t cvm_pin_online[] = {0x02, 0x03, 0x00};
static const uint8_t cvm_signature[] = {0x1E, 0x03, 0x00};
static const uint8_t cvm_none[] = {0x1F, 0x03, 0x02};

/* Writes a number as len bytes of BCD; digits that do not fit are dropped. */
static void put_bcd(uint64_t value, uint8_t *out, size_t len)
{
    for (size_t i = len; i-- > 0; value /= 100)
        out[i] = (uint8_t)((value / 10 % 10) << 4 | value % 10);
}

/* 9C: the first two digits of the processing code; 00 of a story without one, such as a sign-in. */
static uint8_t type_of(enum txn_kind kind)
{
    const char *processing = kind_row(kind)->processing;

    if (processing == NULL)
        return 0;
    return (uint8_t)((processing[0] - '0') << 4 | (processing[1] - '0'));
}

void icc_field_values(const struct payment_row *payment, struct chip_values *out)
{
    memset(out, 0, sizeof *out);
    if (payment->amount.minor > 0)
        put_bcd((uint64_t)payment->amount.minor, out->amount, sizeof out->amount);
    put_bcd(COUNTRY_CHINA, out->country, sizeof out->country);
    put_bcd(payment->amount.currency, out->currency, sizeof out->currency);
    put_bcd(payment->business_date % 1000000, out->date, sizeof out->date);
    out->tvr[0] = TVR_NO_DATA_AUTHENTICATION;
    out->tvr[2] = payment->pin_entered ? TVR_PIN_ONLINE : 0;
    out->tvr[3] = TVR_OVER_FLOOR_LIMIT;
    out->type = type_of((enum txn_kind)payment->kind);
    memcpy(out->unpredictable, payment->unpredictable, sizeof out->unpredictable);
}

static const uint8_t *cvm_of(const struct payment_row *payment)
{
    if (payment->pin_entered)
        return cvm_pin_online;
    return payment->entry == ENTRY_CONTACTLESS ? cvm_none : cvm_signature;
}

/* The room is a whole field 55, which these tags cannot fill. */
static void put(struct tlv_writer *w, uint32_t tag, const void *at, size_t len)
{
    enum err err = tlv_put(w, tag, bytes_over(at, len));

    assert(err == OK);
}

void icc_field_request(const struct payment_row *payment, const struct hsm_answer *read,
                       const struct hsm_answer *ac, struct txn_message *out)
{
    struct tlv_writer w = tlv_into(out->icc, sizeof out->icc);
    struct chip_values values;
    uint8_t kind = (uint8_t)ac->of.card_ac.kind;
    size_t iad_len = ac->of.card_ac.iad_len;
    size_t aid_len = read->of.card_chip.aid_len;

    assert(iad_len <= CHIP_IAD_LEN_MAX);
    assert(aid_len <= CARD_AID_LEN_MAX);
    icc_field_values(payment, &values);
    put(&w, 0x9F26, ac->of.card_ac.ac, sizeof ac->of.card_ac.ac);
    put(&w, 0x9F27, &kind, sizeof kind);
    put(&w, 0x9F10, ac->of.card_ac.iad, iad_len);
    put(&w, 0x9F37, values.unpredictable, sizeof values.unpredictable);
    put(&w, 0x9F36, ac->of.card_ac.atc, sizeof ac->of.card_ac.atc);
    put(&w, 0x95, values.tvr, sizeof values.tvr);
    put(&w, 0x9A, values.date, sizeof values.date);
    put(&w, 0x9C, &values.type, sizeof values.type);
    put(&w, 0x9F02, values.amount, sizeof values.amount);
    put(&w, 0x5F2A, values.currency, sizeof values.currency);
    put(&w, 0x82, ac->of.card_ac.aip, sizeof ac->of.card_ac.aip);
    put(&w, 0x9F1A, values.country, sizeof values.country);
    put(&w, 0x9F03, values.other, sizeof values.other);
    put(&w, 0x9F33, capabilities, sizeof capabilities);
    put(&w, 0x9F34, cvm_of(payment), sizeof cvm_none);
    put(&w, 0x84, read->of.card_chip.aid, aid_len);
    out->icc_len = (uint8_t)w.len;
}

void icc_field_reversal(const struct payment_row *payment, struct txn_message *out)
{
    struct tlv_writer w = tlv_into(out->icc, sizeof out->icc);
    struct chip_values values;
    uint8_t atc[2];

    icc_field_values(payment, &values);
    bytes_put_u16(atc, payment->atc);
    put(&w, 0x95, values.tvr, sizeof values.tvr);
    put(&w, 0x9F1E, payment->identity.terminal, sizeof payment->identity.terminal);
    if (payment->icc_answer_len > 0)
        put(&w, 0x9F10, payment->icc_answer, payment->icc_answer_len);
    put(&w, 0x9F36, atc, sizeof atc);
    out->icc_len = (uint8_t)w.len;
}

struct icc_status icc_field_status(const struct payment_row *payment)
{
    bool is_approved = outcome_is_approved((enum outcome)payment->outcome);
    struct icc_status out = {.tsi = {TSI_CARD_RISK | TSI_TERMINAL_RISK, 0}};

    if (cvm_of(payment) != cvm_none)
        out.tsi[0] |= TSI_HOLDER_VERIFIED;
    if (payment->entry == ENTRY_CHIP && is_approved)
        out.tsi[0] |= TSI_ISSUER_AUTHENTICATED;
    memcpy(out.capabilities, capabilities, sizeof out.capabilities);
    return out;
}

struct chip_issuer_auth icc_field_issuer_auth(const struct txn_message *answer)
{
    struct chip_issuer_auth auth = {.len = 0};
    struct bytes value;

    if (tlv_find(bytes_over(answer->icc, answer->icc_len), 0x91, &value) != OK ||
        value.len < ISSUER_AUTH_LEN_MIN || value.len > sizeof auth.at)
        return auth;
    auth.len = (uint8_t)value.len;
    memcpy(auth.at, value.at, value.len);
    return auth;
}

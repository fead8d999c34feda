#include "books/signature.h"

#include "base/assert.h"
#include "wire/gbk.h"
#include "wire/tlv.h"

#define NAME_LEN_MAX 40 /* FF00, bytes of GBK */
#define TEXT_LEN_MAX 40
#define SCHEME "CUP" /* FF09 */
#define TVR_LEN 5
#define TSI_LEN 2

/* ---- elements ---- */

/* One that finds no more room is left out. */
static void put(struct tlv_writer *w, uint32_t tag, const void *at, size_t len)
{
    enum err err = tlv_put(w, tag, bytes_over(at, len));

    assert(err == OK || err == ERR_FULL);
}

/* Digits as BCD in so many bytes, zeros in front. */
static void put_bcd(struct tlv_writer *w, uint32_t tag, uint64_t number, size_t len)
{
    uint8_t bcd[8];

    assert(len <= sizeof bcd);
    for (size_t i = len; i-- > 0; number /= 100)
        bcd[i] = (uint8_t)((number / 10 % 10) << 4 | number % 10);
    put(w, tag, bcd, len);
}

/* The front part of UTF-8 that is at most len_max bytes of GBK; nothing from where GBK has no
 * character. */
static void put_gbk(struct tlv_writer *w, uint32_t tag, const char *text, size_t len_max)
{
    uint8_t gbk[TEXT_LEN_MAX];
    size_t used = 0;

    assert(len_max <= sizeof gbk);
    for (size_t at = 0; text[at] != 0;) {
        size_t len = 1;
        size_t gbk_len;
        while ((text[at + len] & 0xC0) == 0x80)
            len++;
        if (gbk_from_utf8(bytes_over(text + at, len), gbk + used, len_max - used, &gbk_len) != OK)
            break;
        used += gbk_len;
        at += len;
    }
    if (used > 0)
        put(w, tag, gbk, used);
}

/* Fixed text without its padding. */
static void put_fixed(struct tlv_writer *w, uint32_t tag, const char *at, size_t len)
{
    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == 0))
        len--;
    if (len > 0)
        put(w, tag, at, len);
}

/* ---- what the elements say ---- */

static void put_time(struct tlv_writer *w, const struct signature_facts *facts)
{
    struct civil civil = instant_civil(facts->at, facts->utc_offset_s);
    uint64_t date = (uint64_t)civil.year * 10000U + civil.month * 100U + civil.day;

    put_bcd(w, 0xFF06, date * 1000000U + civil.hour * 10000U + civil.minute * 100U + civil.second,
            7);
}

/* What every upload says. */
static void put_payment(struct tlv_writer *w, const struct signature_facts *facts)
{
    const struct payment_row *payment = facts->payment;
    char currency[3];

    if (facts->merchant_name != NULL)
        put_gbk(w, 0xFF00, facts->merchant_name, NAME_LEN_MAX);
    put_gbk(w, 0xFF01, kind_row((enum txn_kind)payment->kind)->zh, TEXT_LEN_MAX);
    put_bcd(w, 0xFF02, payment->operator_number, 1);
    put_fixed(w, 0xFF03, payment->identity.acquirer, ACQUIRER_ID_LEN);
    put_fixed(w, 0xFF04, payment->issuer, ISSUER_ID_LEN);
    if (payment->expiry != 0)
        put_bcd(w, 0xFF05, payment->expiry, 2);
    put_time(w, facts);
    put_fixed(w, 0xFF07, payment->auth_id, AUTH_ID_LEN);
    if (payment->tip_minor > 0)
        put_bcd(w, 0xFF08, (uint64_t)payment->tip_minor, 6);
    put(w, 0xFF09, SCHEME, sizeof SCHEME - 1);
    bytes_from_number(payment->amount.currency % 1000U, currency, sizeof currency);
    put(w, 0xFF0A, currency, sizeof currency);
}

static bool has_cryptogram(const struct payment_row *payment)
{
    return (payment->entry == ENTRY_CHIP || payment->entry == ENTRY_CONTACTLESS) &&
           payment->aid[0] != 0;
}

static void put_chip(struct tlv_writer *w, const struct signature_facts *facts)
{
    const struct payment_row *payment = facts->payment;
    size_t aid_len = sizeof payment->aid;
    uint8_t atc[2];

    while (aid_len > 0 && payment->aid[aid_len - 1] == 0)
        aid_len--;
    bytes_put_u16(atc, payment->atc);
    put(w, 0xFF22, payment->aid, aid_len);
    put(w, 0xFF23, payment->arqc, sizeof payment->arqc);
    put(w, 0xFF26, payment->unpredictable, sizeof payment->unpredictable);
    put(w, 0xFF27, payment->aip, sizeof payment->aip);
    if (facts->tvr != NULL)
        put(w, 0xFF28, facts->tvr, TVR_LEN);
    if (facts->tsi != NULL)
        put(w, 0xFF29, facts->tsi, TSI_LEN);
    put(w, 0xFF2A, atc, sizeof atc);
    if (payment->icc_answer_len > 0)
        put(w, 0xFF2B, payment->icc_answer, payment->icc_answer_len);
}

static void put_original(struct tlv_writer *w, const struct signature_facts *facts)
{
    const struct identity *identity = &facts->payment->original;
    const struct payment_row *original = facts->original;

    put_bcd(w, 0xFF60, identity->trace, 3);
    put_bcd(w, 0xFF61, identity->batch, 3);
    if (original != NULL) {
        uint32_t date = instant_date(original->created, facts->utc_offset_s);
        put_fixed(w, 0xFF62, original->rrn, RRN_LEN);
        put_bcd(w, 0xFF63, date % 10000, 2);
        put_fixed(w, 0xFF64, original->auth_id, AUTH_ID_LEN);
    }
    put_fixed(w, 0xFF65, identity->terminal, TERMINAL_ID_LEN);
}

void signature_block(const struct signature_facts *facts, uint8_t out[static ICC_LEN_MAX],
                     uint8_t *out_len)
{
    const struct payment_row *payment = facts->payment;
    struct tlv_writer w = tlv_into(out, ICC_LEN_MAX);

    put_payment(&w, facts);
    if (has_cryptogram(payment))
        put_chip(&w, facts);
    if (payment->original.trace != 0)
        put_original(&w, facts);
    if (payment->outcome == OUTCOME_APPROVED_PARTIAL)
        put_bcd(&w, 0xFF49, (uint64_t)payment->posted_minor, 6);
    put_bcd(&w, 0xFF70, payment->copies, 1);
    assert(w.len <= ICC_LEN_MAX);
    *out_len = (uint8_t)w.len;
}

enum err signature_code(uint16_t settlement_date, const char rrn[static RRN_LEN],
                        char out[static SIGNATURE_CODE_LEN + 1])
{
    char digits[2 * SIGNATURE_CODE_LEN];
    struct text t = text_over(out, SIGNATURE_CODE_LEN + 1);

    if (!bytes_are_digits(rrn, RRN_LEN) || settlement_date > 9999)
        return ERR_BAD_FORMAT;
    bytes_from_number(settlement_date, digits, 4);
    memcpy(digits + 4, rrn, RRN_LEN);
    for (size_t i = 0; i < SIGNATURE_CODE_LEN; i++) {
        unsigned nibble = (unsigned)(digits[i] ^ digits[i + SIGNATURE_CODE_LEN]) & 0xFU;
        text_add_char(&t, "0123456789ABCDEF"[nibble]);
    }
    return OK;
}

/*
 * A chip's turn with a terminal:
 *
 *     READY --first AC, ARQC--> ASKED --second AC, TC or AAC--> READY
 *       \--first AC, AAC--> READY          (first_ac, second_ac)
 *
 * ASKED: arqc, atc and cvn are those of the request that the issuer answers.
 */
#include "drivers/hsm/card_soft.h"

#include <stdlib.h>
#include <string.h>

#define IAD_KEY_INDEX 0x01
#define IAD_DES 0x01 /* last byte of a PBOC IAD: algorithm */
#define DISCRETIONARY_LEN (TRACK2_CVV_AT + TRACK2_CVV_LEN)

/* The first byte of the card verification results (JR/T 0025.5, annex; Visa): which cryptogram was
 * made first and second, and whether the issuer's answer was wrong. */
enum {
    CVR_SECOND_NONE = 0x80,
    CVR_SECOND_TC = 0x40,
    CVR_SECOND_AAC = 0x00,
    CVR_FIRST_ARQC = 0x20,
    CVR_FIRST_AAC = 0x00,
    CVR_ISSUER_WRONG = 0x08,
};

struct card {
    struct hsm_key key; /* ICC-AC */
    struct pan pan;
    uint8_t psn;
    struct expiry expiry;
    struct service_code service_code;
    bool stripe;
    bool chip;
    bool contactless;
    bool credit;
    uint8_t cvn;
    uint16_t atc;
    uint16_t atc_first; /* as it was made */
    struct cvv cvvs[3]; /* by enum cvv_kind */
    bool asked;
    int decided; /* what the second cryptogram said, as CVR; 0: there was none */
    uint8_t arqc[CHIP_AC_LEN];
};

struct card_soft {
    struct hsm hsm;
    size_t count;
    size_t max;
    uint16_t *kept;    /* counters that outlive the process; NULL: none */
    size_t kept_first; /* card of the first */
    size_t kept_count;
    struct card cards[];
};

/* SDA, DDA, cardholder verification, risk management, issuer authentication (JR/T 0025.5). */
static const uint8_t card_aip[2] = {0x7C, 0x00};

enum err card_soft_open(const struct hsm *hsm, size_t card_max, struct card_soft **out)
{
    struct card_soft *cards = calloc(1, sizeof *cards + card_max * sizeof cards->cards[0]);

    if (cards == NULL)
        return ERR_FULL;
    cards->hsm = *hsm;
    cards->max = card_max;
    *out = cards;
    return OK;
}

void card_soft_close(struct card_soft *cards)
{
    if (cards == NULL)
        return;
    bytes_wipe(cards->cards, cards->max * sizeof cards->cards[0]);
    free(cards);
}

/* The card's own key, under the issuer's master key's owner. */
static enum err personalise_key(const struct card_soft *cards, const struct card_wish *wish,
                                struct card *card)
{
    struct hsm_command command = {.kind = HSM_ICC_KEY_MAKE};

    command.of.icc_key.imk = wish->imk;
    command.of.icc_key.pan = wish->pan;
    command.of.icc_key.psn = wish->psn;
    command.of.icc_key.owner = wish->imk.owner;
    struct hsm_answer answer = hsm_ask(&cards->hsm, &command);
    hsm_command_wipe(&command);
    if (answer.result != HSM_OK)
        return ERR_KEY;
    card->key = hsm_key_of(&answer.of.key, &wish->imk.owner);
    return OK;
}

static enum err personalise_cvvs(const struct card_soft *cards, const struct card_wish *wish,
                                 struct card *card)
{
    struct hsm_command command = {.kind = HSM_CVV_MAKE};
    enum err err = OK;

    command.of.cvv.cvk = wish->cvk;
    command.of.cvv.pan = wish->pan;
    command.of.cvv.expiry = wish->expiry;
    command.of.cvv.service_code = wish->service_code;
    for (size_t i = 0; i < ARRAY_COUNT(card->cvvs) && err == OK; i++) {
        command.of.cvv.kind = (enum cvv_kind)i;
        struct hsm_answer answer = hsm_ask(&cards->hsm, &command);
        if (answer.result == HSM_OK)
            card->cvvs[i] = answer.of.cvv;
        else
            err = ERR_KEY;
    }
    hsm_command_wipe(&command);
    return err;
}

static bool wish_is_good(const struct card_wish *wish)
{
    return wish->pan.len >= PAN_DIGITS_MIN && wish->pan.len <= PAN_DIGITS_MAX &&
           bytes_are_digits(wish->pan.digits, wish->pan.len) && wish->psn <= 99 &&
           wish->expiry.month >= 1 && wish->expiry.month <= 12 && wish->expiry.year <= 99 &&
           bytes_are_digits(wish->service_code.digits, SERVICE_CODE_LEN) &&
           chip_rule_of(wish->cvn) != NULL;
}

enum err card_soft_add(struct card_soft *cards, const struct card_wish *wish, uint32_t *index)
{
    struct card card = {
        .pan = wish->pan,
        .psn = wish->psn,
        .expiry = wish->expiry,
        .service_code = wish->service_code,
        .stripe = wish->stripe,
        .chip = wish->chip,
        .contactless = wish->contactless,
        .credit = wish->credit,
        .cvn = wish->cvn,
        .atc = wish->atc,
        .atc_first = wish->atc,
    };

    if (!wish_is_good(wish))
        return ERR_BAD_VALUE;
    if (cards->count == cards->max)
        return ERR_FULL;
    TRY(personalise_key(cards, wish, &card));
    TRY(personalise_cvvs(cards, wish, &card));
    cards->cards[cards->count] = card;
    *index = (uint32_t)cards->count++;
    bytes_wipe(&card, sizeof card);
    return OK;
}

enum err card_soft_face(const struct card_soft *cards, uint32_t index, struct card_face *out)
{
    if (index >= cards->count)
        return ERR_NOT_FOUND;
    const struct card *card = &cards->cards[index];
    *out = (struct card_face){card->pan, card->expiry, card->cvvs[CVV_PRINTED]};
    return OK;
}

enum err card_soft_atc(const struct card_soft *cards, uint32_t index, uint16_t *out)
{
    if (index >= cards->count)
        return ERR_NOT_FOUND;
    *out = cards->cards[index].atc;
    return OK;
}

void card_soft_keep(struct card_soft *cards, size_t first, uint16_t *counters, size_t count)
{
    size_t behind = first < cards->count ? cards->count - first : 0;

    cards->kept = counters;
    cards->kept_first = first;
    cards->kept_count = count < behind ? count : behind;
    for (size_t i = 0; i < cards->kept_count; i++) {
        if (counters[i] > cards->cards[first + i].atc)
            cards->cards[first + i].atc = counters[i];
    }
}

void card_soft_renew(struct card_soft *cards)
{
    for (size_t i = 0; i < cards->count; i++) {
        cards->cards[i].atc = cards->cards[i].atc_first;
        cards->cards[i].asked = false;
        cards->cards[i].decided = 0;
        memset(cards->cards[i].arqc, 0, sizeof cards->cards[i].arqc);
    }
}

/* A chip counts before it answers, so that no counter is ever used twice. */
static void count_on(const struct card_soft *cards, struct card *card)
{
    size_t index = (size_t)(card - cards->cards);

    card->atc++;
    if (index >= cards->kept_first && index - cards->kept_first < cards->kept_count)
        cards->kept[index - cards->kept_first] = card->atc;
}

/* The track with the value of the kind in its place. The PIN verification value is not on the
 * card: our issuers keep it in their rows. */
static void put_track2(const struct card *card, enum cvv_kind kind, struct track2 *out)
{
    *out = (struct track2){
        .pan = card->pan,
        .expiry = card->expiry,
        .service_code = card->service_code,
        .discretionary_len = DISCRETIONARY_LEN,
    };
    memset(out->discretionary, '0', DISCRETIONARY_LEN);
    memcpy(out->discretionary + TRACK2_CVV_AT, card->cvvs[kind].digits, TRACK2_CVV_LEN);
}

static enum hsm_result read_stripe(const struct card *card, struct hsm_answer *answer)
{
    answer->of.card_stripe.readable = card->stripe;
    if (card->stripe)
        put_track2(card, CVV_STRIPE, &answer->of.card_stripe.track2);
    return HSM_OK;
}

static enum hsm_result read_chip(const struct card *card, struct hsm_answer *answer)
{
    static const uint8_t debit[] = {0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x01};

    answer->of.card_chip.present = card->chip;
    if (!card->chip)
        return HSM_OK;
    answer->of.card_chip.contactless = card->contactless;
    answer->of.card_chip.aid_len = sizeof debit;
    memcpy(answer->of.card_chip.aid, debit, sizeof debit);
    answer->of.card_chip.aid[sizeof debit - 1] = card->credit ? 0x02 : 0x01;
    memcpy(answer->of.card_chip.aip, card_aip, sizeof card_aip);
    answer->of.card_chip.psn = card->psn;
    put_track2(card, CVV_CHIP, &answer->of.card_chip.track2);
    return HSM_OK;
}

/* Issuer application data: length, key index, CVN, CVR; PBOC adds the algorithm. */
static void put_iad(const struct card *card, uint8_t cvr, struct chip_values *values)
{
    bool pboc = card->cvn == CHIP_CVN_PBOC_01 || card->cvn == CHIP_CVN_PBOC_17;
    const uint8_t iad[] = {pboc ? 0x07 : 0x06, IAD_KEY_INDEX, card->cvn, 0x03, cvr, 0, 0, IAD_DES};

    values->iad_len = pboc ? sizeof iad : sizeof iad - 1;
    memset(values->iad, 0, sizeof values->iad);
    memcpy(values->iad, iad, values->iad_len);
}

/* Makes a cryptogram over the terminal's values and the card's own, and answers with both. */
static enum hsm_result make_ac(const struct card_soft *cards, const struct card *card,
                               const struct chip_values *terminal, uint8_t cvr,
                               struct hsm_answer *answer)
{
    struct hsm_command command = {.kind = HSM_AC_MAKE};
    struct chip_values *values = &command.of.ac_make.values;

    command.of.ac_make.key = card->key;
    *values = *terminal;
    memcpy(values->aip, card_aip, sizeof card_aip);
    bytes_put_u16(values->atc, card->atc);
    put_iad(card, cvr, values);
    struct hsm_answer made = hsm_ask(&cards->hsm, &command);
    if (made.result != HSM_OK)
        return HSM_DOWN;
    memcpy(answer->of.card_ac.ac, made.of.ac, CHIP_AC_LEN);
    memcpy(answer->of.card_ac.aip, values->aip, sizeof values->aip);
    memcpy(answer->of.card_ac.atc, values->atc, sizeof values->atc);
    answer->of.card_ac.iad_len = values->iad_len;
    memcpy(answer->of.card_ac.iad, values->iad, sizeof values->iad);
    return HSM_OK;
}

/* A terminal that asks for a TC offline gets an ARQC: these cards decide nothing alone. */
static enum hsm_result first_ac(const struct card_soft *cards, struct card *card,
                                const struct hsm_command *command, struct hsm_answer *answer)
{
    bool declines = command->of.card_first_ac.asked == CARD_AAC;
    int cvr = CVR_SECOND_NONE | (declines ? CVR_FIRST_AAC : CVR_FIRST_ARQC);

    if (!card->chip || card->atc == UINT16_MAX)
        return HSM_DOWN;
    count_on(cards, card);
    card->asked = false;
    card->decided = 0;
    answer->of.card_ac.kind = declines ? CARD_AAC : CARD_ARQC;
    enum hsm_result result =
        make_ac(cards, card, &command->of.card_first_ac.values, (uint8_t)cvr, answer);
    if (result != HSM_OK)
        return result;
    card->asked = !declines;
    memcpy(card->arqc, answer->of.card_ac.ac, CHIP_AC_LEN);
    return HSM_OK;
}

/* Whether the issuer's answer to this request verifies, and its response code is the one that the
 * terminal says it got. An answer without tag 91 is not checked. */
static enum hsm_result check_issuer(const struct card_soft *cards, const struct card *card,
                                    const struct hsm_command *command)
{
    const struct chip_issuer_auth *auth = &command->of.card_second_ac.auth;
    const struct chip_rule *rule = chip_rule_of(card->cvn);
    struct hsm_command check = {.kind = HSM_ARPC_VERIFY};

    if (auth->len == 0)
        return HSM_OK;
    check.of.arpc.key = card->key;
    check.of.arpc.cvn = card->cvn;
    check.of.arpc.auth = *auth;
    bytes_put_u16(check.of.arpc.atc, card->atc);
    memcpy(check.of.arpc.ac, card->arqc, CHIP_AC_LEN);
    enum hsm_result result = hsm_ask(&cards->hsm, &check).result;
    if (result == HSM_OK && rule->arpc == CHIP_ARPC_1 &&
        memcmp(auth->at + CHIP_AC_LEN, command->of.card_second_ac.arc, 2) != 0)
        return HSM_WRONG;
    return result == HSM_FORMAT ? HSM_WRONG : result;
}

/* Decides once; the same question again, of a batch that the store sent back or of an answer that
 * came twice, gets the same word again. */
static enum hsm_result second_ac(const struct card_soft *cards, struct card *card,
                                 const struct hsm_command *command, struct hsm_answer *answer)
{
    int cvr = CVR_FIRST_ARQC;

    if (!card->asked && card->decided == 0)
        return HSM_FORMAT;
    enum hsm_result issuer = check_issuer(cards, card, command);
    if (issuer != HSM_OK && issuer != HSM_WRONG)
        return HSM_DOWN;
    bool good = command->of.card_second_ac.approved && issuer == HSM_OK;
    cvr |= good ? CVR_SECOND_TC : CVR_SECOND_AAC;
    cvr |= issuer == HSM_WRONG ? CVR_ISSUER_WRONG : 0;
    if (!card->asked && cvr != card->decided)
        return HSM_FORMAT;
    answer->of.card_ac.kind = good ? CARD_TC : CARD_AAC;
    answer->of.card_ac.issuer_wrong = issuer == HSM_WRONG;
    card->asked = false;
    card->decided = cvr;
    return make_ac(cards, card, &command->of.card_second_ac.values, (uint8_t)cvr, answer);
}

static enum hsm_result answer_one(struct card_soft *cards, const struct hsm_command *command,
                                  struct hsm_answer *answer)
{
    uint32_t index = command->kind == HSM_CARD_FIRST_AC    ? command->of.card_first_ac.card
                     : command->kind == HSM_CARD_SECOND_AC ? command->of.card_second_ac.card
                                                           : command->of.card.card;
    struct card *card = index < cards->count ? &cards->cards[index] : NULL;

    if (card == NULL)
        return HSM_DOWN;
    if (command->kind == HSM_CARD_STRIPE)
        return read_stripe(card, answer);
    if (command->kind == HSM_CARD_CHIP)
        return read_chip(card, answer);
    if (command->kind == HSM_CARD_FIRST_AC)
        return first_ac(cards, card, command, answer);
    if (command->kind == HSM_CARD_SECOND_AC)
        return second_ac(cards, card, command, answer);
    return HSM_DOWN;
}

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        answers[i] = (struct hsm_answer){.result = HSM_DOWN};
        answers[i].result = answer_one(self, &commands[i], &answers[i]);
    }
}

struct hsm card_soft_contract(struct card_soft *cards)
{
    return (struct hsm){.self = cards, .execute = execute};
}

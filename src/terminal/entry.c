#include "terminal/entry.h"

#include "base/assert.h"
#include "terminal/till.h"

#include <string.h>

bool entry_has_cryptogram(const struct presented_card *card)
{
    return card->entry == ENTRY_CHIP || card->entry == ENTRY_CONTACTLESS;
}

void entry_ask(struct node_work *work, const struct row_key *terminal_key)
{
    const struct presented_card *card = &work->event->command->card;
    struct hsm_command command = {.kind = HSM_CARD_STRIPE};

    if (card->entry != ENTRY_STRIPE && !entry_has_cryptogram(card))
        return;
    if (card->entry != ENTRY_STRIPE)
        command.kind = HSM_CARD_CHIP;
    command.of.card.card = card->card;
    node_ask(work, CHECK_READ, &command, terminal_key);
}

static void refuse(struct entry *entry, enum outcome outcome, const char *check)
{
    assert(entry->refusal == OUTCOME_NONE);
    entry->refusal = outcome;
    evidence_add(entry->evidence, EVIDENCE_CHECK, check);
}

static void add_entry_mode(struct entry *entry, enum entry_mode mode)
{
    evidence_add(entry->evidence, EVIDENCE_ENTRY_MODE,
                 mode == ENTRY_STRIPE        ? "stripe"
                 : mode == ENTRY_CHIP        ? "chip"
                 : mode == ENTRY_CONTACTLESS ? "contactless"
                 : mode == ENTRY_KEYED       ? "keyed"
                 : mode == ENTRY_QR          ? "code"
                                             : "none");
}

/* ---- a keyed number ---- */

/* Names what stands at a position without showing it: it may be part of a card number. */
static const char *character_word(char c)
{
    if (c == ' ')
        return "space";
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return "letter";
    return "not a digit";
}

static void refuse_number(struct entry *entry, const char *keyed, const struct pan_fault *fault)
{
    char room[24];
    struct text found = text_over(room, sizeof room);
    bool is_length = fault->check == PAN_TOO_SHORT || fault->check == PAN_TOO_LONG;

    refuse(entry, OUTCOME_CARD_NUMBER_INVALID,
           fault->check == PAN_NOT_A_DIGIT ? character_word(keyed[fault->position])
                                           : pan_check_text(fault->check));
    text_add(&found, is_length ? "digits " : "position ");
    text_add_u64(&found, is_length ? fault->position : fault->position + 1U);
    evidence_add(entry->evidence, EVIDENCE_FOUND, text_z(&found));
}

/* A stray character is named before a wrong length, since it is often the cause of one. */
static bool stray_position(const char *keyed, size_t len, struct pan_fault *out)
{
    for (size_t i = 0; i < len; i++) {
        if (keyed[i] < '0' || keyed[i] > '9') {
            *out = (struct pan_fault){.check = PAN_NOT_A_DIGIT, .position = (uint8_t)i};
            return true;
        }
    }
    return false;
}

static void take_keyed(const struct presented_card *card, struct entry *out)
{
    struct pan_fault fault = {.check = PAN_GOOD};
    const char *end = memchr(card->keyed, 0, sizeof card->keyed);
    size_t len = end == NULL ? sizeof card->keyed : (size_t)(end - card->keyed);
    unsigned month = card->expiry % 100U;

    if (stray_position(card->keyed, len, &fault) ||
        pan_from_digits(bytes_over(card->keyed, len), &out->pan, &fault) != OK) {
        refuse_number(out, card->keyed, &fault);
        return;
    }
    if (pan_check_luhn(&out->pan, &fault) != OK) {
        refuse_number(out, card->keyed, &fault);
        return;
    }
    out->expiry = card->expiry;
    if (month < 1 || month > 12 || card->expiry > 9912)
        refuse(out, OUTCOME_CARD_NUMBER_INVALID, "expiry is not YYMM");
}

/* ---- a customer's code ---- */

/* Stands for a card that its issuer knows: there is no number to read. */
static void take_code(const char code[static QR_CODE_LEN], struct entry *out)
{
    size_t len = 0;

    while (len < QR_CODE_LEN && code[len] >= '0' && code[len] <= '9')
        len++;
    if (len == 0 || (len < QR_CODE_LEN && code[len] != 0))
        refuse(out, OUTCOME_CARD_UNREADABLE, "code is not digits");
}

/* ---- stripe and chip ---- */

static void take_track(const struct track2 *track, struct entry *out)
{
    out->pan = track->pan;
    out->expiry = (uint16_t)(track->expiry.year * 100 + track->expiry.month);
    out->track2_len = (uint8_t)track2_to_text(track, '=', out->track2);
}

/* A chip card goes into the reader; only when that failed may its stripe be used (6.6). */
static void take_stripe(const struct presented_card *card, const struct hsm_answer *answer,
                        struct entry *out)
{
    const struct track2 *track = &answer->of.card_stripe.track2;
    bool has_chip = service_code_has_chip(track->service_code);
    char code[SERVICE_CODE_LEN + 1] = {0};

    if (!answer->of.card_stripe.readable) {
        refuse(out, OUTCOME_CARD_UNREADABLE, "track 2");
        return;
    }
    take_track(track, out);
    out->is_fallback = has_chip && card->is_fallback;
    if (!has_chip || card->is_fallback)
        return;
    refuse(out, OUTCOME_CARD_CHIP_REQUIRED, "the chip was not tried");
    memcpy(code, track->service_code.digits, SERVICE_CODE_LEN);
    evidence_add(out->evidence, EVIDENCE_SERVICE_CODE, code);
}

static void take_chip(const struct presented_card *card, const struct hsm_answer *answer,
                      struct entry *out)
{
    bool is_tap = card->entry == ENTRY_CONTACTLESS;

    if (!answer->of.card_chip.present || (is_tap && !answer->of.card_chip.contactless)) {
        refuse(out, OUTCOME_CARD_UNREADABLE, is_tap ? "no contactless chip" : "no chip");
        return;
    }
    take_track(&answer->of.card_chip.track2, out);
    out->sequence = (int16_t)answer->of.card_chip.psn;
    if (answer->of.card_chip.aid_len == 0)
        refuse(out, OUTCOME_CARD_TYPE_UNSUPPORTED, "no application in common");
}

static void take_reading(const struct presented_card *card, const struct hsm_answer *answer,
                         struct entry *out)
{
    if (answer->result == HSM_DOWN)
        refuse(out, OUTCOME_TERMINAL_DEVICE_FAULT, "card reader");
    else if (answer->result != HSM_OK)
        refuse(out, OUTCOME_CARD_UNREADABLE, "no card data");
    else if (card->entry == ENTRY_STRIPE)
        take_stripe(card, answer, out);
    else
        take_chip(card, answer, out);
}

/* ---- all entries ---- */

/* Past its date comes before what the chip offers, as in the outcome table. */
static void check_date(struct entry *entry, uint32_t date)
{
    struct expiry expiry = {.year = (uint8_t)(entry->expiry / 100),
                            .month = (uint8_t)(entry->expiry % 100)};
    char digits[EXPIRY_LEN + 1] = {0};

    if (entry->pan.len == 0 || !expiry_is_past(expiry, date))
        return;
    if (entry->refusal != OUTCOME_NONE && entry->refusal < OUTCOME_CARD_EXPIRED_LOCAL)
        return;
    entry->refusal = OUTCOME_CARD_EXPIRED_LOCAL;
    memset(entry->evidence, 0, sizeof entry->evidence);
    expiry_to_digits(expiry, digits);
    evidence_add(entry->evidence, EVIDENCE_FOUND, digits);
    evidence_add_number(entry->evidence, EVIDENCE_EXPECTED, date);
}

void entry_take(const struct node_work *work, uint32_t date, struct entry *out)
{
    const struct presented_card *card = &work->event->command->card;
    const struct hsm_answer *answer = node_answer(work, CHECK_READ);

    memset(out, 0, sizeof *out);
    out->sequence = -1;
    out->refusal = OUTCOME_NONE;
    if (card->entry == ENTRY_KEYED)
        take_keyed(card, out);
    else if (card->entry == ENTRY_QR)
        take_code(work->event->command->qr_code, out);
    else if (card->entry != ENTRY_STRIPE && !entry_has_cryptogram(card))
        refuse(out, OUTCOME_CARD_UNREADABLE, "no card was presented");
    else if (answer != NULL)
        take_reading(card, answer, out);
    else
        return;
    out->is_read = true;
    check_date(out, date);
    if (out->refusal != OUTCOME_NONE && out->refusal != OUTCOME_CARD_NUMBER_INVALID)
        add_entry_mode(out, card->entry);
}

void entry_wipe(struct entry *entry)
{
    bytes_wipe(entry, sizeof *entry);
}

const char *entry_pin_fault(const struct presented_card *card)
{
    if (card->pin.len == 0 || pin_is_good(&card->pin))
        return NULL;
    if (card->pin.len < PIN_DIGITS_MIN)
        return "too few digits";
    return card->pin.len > PIN_DIGITS_MAX ? "too many digits" : "not all digits";
}

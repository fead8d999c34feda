#include "issuer/issue.h"

#include "base/assert.h"

/* The party's numbers for its questions (node_ask); zone.c has those of network messages. */
enum slot {
    SLOT_SENDER,
    SLOT_SENDER_BEFORE, /* under the zone MAC key before the last change */
    SLOT_PAN,
    SLOT_CVV,
    SLOT_CRYPTOGRAM,
    SLOT_PIN,
};

void issue_wipe(struct issue *issue)
{
    bytes_wipe(issue, sizeof *issue);
}

enum issue_row issue_row_state(const struct node_work *work, const struct row_key *key, size_t size)
{
    const struct node_row *row = node_row(work, key);

    if (row == NULL)
        return ISSUE_ROW_UNREAD;
    if (!row->found)
        return ISSUE_ROW_ABSENT;
    return row->len == size ? ISSUE_ROW_GOOD : ISSUE_ROW_DAMAGED;
}

enum issue_row issue_payment_state(const struct issue *issue)
{
    enum issue_row state =
        issue_row_state(issue->work, &issue->payment_key, sizeof *issue->payment);

    return state == ISSUE_ROW_GOOD && issue->payment == NULL ? ISSUE_ROW_DAMAGED : state;
}

static void read_track(struct issue *issue)
{
    const struct txn_message *message = issue->message;
    struct track2_fault fault;

    if (message->track2_len == 0 || message->track2_len > TRACK2_LEN_MAX)
        return;
    struct bytes text = bytes_over(message->track2, message->track2_len);
    if (track2_from_text(text, &issue->track, &fault) == OK)
        issue->has_track = true;
    else
        issue->track_fault = track2_check_text(fault.check);
}

static void read_card(struct issue *issue)
{
    const struct txn_message *message = issue->message;

    read_track(issue);
    issue->pan = message->pan;
    if (issue->pan.len == 0 && issue->has_track)
        issue->pan = issue->track.pan;
    issue->has_chip_data = message->icc_len > 0;
    if (!issue_is_chip(issue))
        return;
    if (field55_read(bytes_over(message->icc, message->icc_len), &issue->chip,
                     &issue->chip_fault) != OK)
        assert(issue->chip_fault != NULL);
}

/* Whether a stored payment can be what we wrote: of this identity, its history within bounds, its
 * money where its stage says. */
static bool is_sound(const struct payment_row *row, const struct identity *identity)
{
    struct identity own = identity_as(identity, IDENTITY_PAYMENT);

    if (row->kind >= KIND_COUNT || row->stage >= STAGE_COUNT || row->money >= MONEY_STATE_COUNT ||
        row->history_len > PAYMENT_HISTORY_MAX || !identity_equal(&row->identity, &own))
        return false;
    if (row->stage == STAGE_ANSWERED)
        return row->money == MONEY_MOVED || row->money == MONEY_NOT_MOVED;
    return row->money == MONEY_RETURNED;
}

static void find_payment(struct issue *issue)
{
    const struct payment_row *row = node_value(issue->work, &issue->payment_key, sizeof *row);

    if (row != NULL && is_sound(row, &issue->message->identity))
        issue->payment = row;
}

static void find_account(struct issue *issue, uint64_t number)
{
    issue->account_key = row_key_number(TABLE_ACCOUNT, number);
    const struct account_row *row = node_value(issue->work, &issue->account_key, sizeof *row);
    if (row != NULL && row->number == number)
        issue->account = row;
}

static void find_rows(struct issue *issue)
{
    struct node_work *work = issue->work;

    issue->acquirer = node_value(work, &issue->acquirer_key, sizeof *issue->acquirer);
    find_payment(issue);
    if (issue->message->function == FUNCTION_REVERSAL && issue->payment != NULL)
        issue->card_key = row_key_of(TABLE_CARD, issue->payment->pan.hash.at, PAN_HASH_LEN);
    else if (issue->message->function == FUNCTION_REQUEST && issue_pan(issue) == ISSUE_RIGHT) {
        struct pan_token token = issue_pan_token(issue);
        issue->card_key = row_key_of(TABLE_CARD, token.hash.at, PAN_HASH_LEN);
    }
    if (issue->card_key.table != TABLE_NONE)
        issue->card = node_value(work, &issue->card_key, sizeof *issue->card);
    if (issue->message->function == FUNCTION_REVERSAL && issue->payment != NULL)
        find_account(issue, issue->payment->account);
    else if (issue->card != NULL)
        find_account(issue, issue->card->account);
}

/* The issuer's id as the owner of keys; spaces, which own nothing, when the id is not fit. */
static struct key_owner owner_of(const struct config_row *config)
{
    char name[sizeof config->id + 1] = {0};
    struct key_owner owner;

    memset(owner.at, ' ', sizeof owner.at);
    memcpy(name, config->id, sizeof config->id);
    if (key_owner_from(name, &owner) != OK)
        memset(owner.at, ' ', sizeof owner.at);
    return owner;
}

void issue_open(struct node_work *work, struct issue *out)
{
    const struct txn_message *message = &work->event->message;

    memset(out, 0, sizeof *out);
    out->work = work;
    out->event = work->event;
    out->message = message;
    out->acquirer_key = row_key_of(TABLE_ACQUIRER, message->identity.acquirer, ACQUIRER_ID_LEN);
    out->payment_key = payment_row_key(&message->identity);
    out->config = node_config(work);
    if (out->config != NULL)
        out->owner = owner_of(out->config);
    if (message->kind == KIND_SALE || message->kind == KIND_BALANCE)
        read_card(out);
    find_rows(out);
}

void issue_needs(const struct issue *issue)
{
    node_need(issue->work, row_key_of(TABLE_CONFIG, NULL, 0));
    node_need(issue->work, issue->acquirer_key);
    node_need(issue->work, issue->payment_key);
    if (issue->card_key.table != TABLE_NONE)
        node_need(issue->work, issue->card_key);
    if (issue->account_key.table != TABLE_NONE)
        node_need(issue->work, issue->account_key);
}

/* A request that was on its way when the zone keys changed carries a MAC of the key before. */
static bool before_key_counts(const struct issue *issue)
{
    int64_t age_us = issue->event->wall.us - issue->acquirer->since.us;

    return issue->acquirer->key_version > 1 &&
           age_us <= (int64_t)issue->config->request_age_max_ms * 2000;
}

/* The answer rests on the row whose key it used. For a reversal it rests on the payment instead:
 * when its request stands before it in the same batch, the reversal must come again to ask for the
 * account that this request posted to; that a key may have changed meanwhile does no harm. */
static void ask_sender(const struct issue *issue)
{
    struct hsm_command command = {.kind = HSM_MAC_VERIFY};
    const struct row_key *rests_on =
        issue->message->function == FUNCTION_REVERSAL ? &issue->payment_key : &issue->acquirer_key;

    if (!issue->message->has_mac || issue->event->mab.len == 0)
        return;
    command.of.mac.key = hsm_key_of(&issue->acquirer->zone_mac, &issue->owner);
    command.of.mac.data = issue->event->mab;
    memcpy(command.of.mac.mac, issue->message->mac, sizeof command.of.mac.mac);
    node_ask(issue->work, SLOT_SENDER, &command, rests_on);
    const struct hsm_answer *answer = node_answer(issue->work, SLOT_SENDER);
    if (answer == NULL || answer->result != HSM_WRONG || !before_key_counts(issue))
        return;
    command.of.mac.key = hsm_key_of(&issue->acquirer->zone_mac_before, &issue->owner);
    node_ask(issue->work, SLOT_SENDER_BEFORE, &command, rests_on);
}

static void ask_pan(const struct issue *issue)
{
    struct row_key config_key = row_key_of(TABLE_CONFIG, NULL, 0);
    struct hsm_command command = {.kind = HSM_PAN_PROTECT};

    if (issue->pan.len == 0)
        return;
    command.of.pan_protect.store = hsm_key_of(&issue->config->pan_store, &issue->owner);
    command.of.pan_protect.index = hsm_key_of(&issue->config->pan_index, &issue->owner);
    command.of.pan_protect.pan = issue->pan;
    node_ask(issue->work, SLOT_PAN, &command, &config_key);
    hsm_command_wipe(&command);
}

enum cvv_kind issue_cvv_kind(const struct issue *issue)
{
    if (issue_is_chip(issue))
        return CVV_CHIP;
    return issue->message->entry == ENTRY_KEYED ? CVV_PRINTED : CVV_STRIPE;
}

/* The value that the message brings; false when it brings none. */
static bool given_cvv(const struct issue *issue, struct cvv *out)
{
    if (issue_cvv_kind(issue) != CVV_PRINTED)
        return issue->has_track && track2_cvv(&issue->track, out->digits) == OK;
    if (!bytes_are_digits(issue->message->cvv2, CVV_LEN))
        return false;
    memcpy(out->digits, issue->message->cvv2, CVV_LEN);
    return true;
}

bool issue_has_cvv(const struct issue *issue)
{
    struct cvv cvv;
    bool has = given_cvv(issue, &cvv);

    bytes_wipe(&cvv, sizeof cvv);
    return has;
}

/* The date that the value was made over: of the track, or as keyed. */
static bool cvv_expiry(const struct issue *issue, struct expiry *out)
{
    char digits[EXPIRY_LEN];

    if (issue_cvv_kind(issue) != CVV_PRINTED) {
        *out = issue->track.expiry;
        return true;
    }
    if (issue->message->expiry > 9999)
        return false;
    bytes_from_number(issue->message->expiry, digits, sizeof digits);
    return expiry_from_digits(digits, out) == OK;
}

static void ask_cvv(const struct issue *issue)
{
    struct row_key config_key = row_key_of(TABLE_CONFIG, NULL, 0);
    struct hsm_command command = {.kind = HSM_CVV_VERIFY};

    if (!given_cvv(issue, &command.of.cvv.cvv) || !cvv_expiry(issue, &command.of.cvv.expiry))
        return;
    command.of.cvv.cvk = hsm_key_of(&issue->config->card_verify, &issue->owner);
    command.of.cvv.kind = issue_cvv_kind(issue);
    command.of.cvv.pan = issue->pan;
    command.of.cvv.service_code = issue->track.service_code;
    node_ask(issue->work, SLOT_CVV, &command, &config_key);
    hsm_command_wipe(&command);
}

uint8_t issue_card_sequence(const struct card_row *card)
{
    return card->sequence >= 0 && card->sequence <= 99 ? (uint8_t)card->sequence : 0;
}

static void ask_cryptogram(const struct issue *issue)
{
    struct row_key config_key = row_key_of(TABLE_CONFIG, NULL, 0);
    struct hsm_command command = {.kind = HSM_ARQC_VERIFY};

    if (!issue_is_chip(issue) || issue->chip_fault != NULL)
        return;
    command.of.arqc_verify.imk = hsm_key_of(&issue->config->chip, &issue->owner);
    command.of.arqc_verify.pan = issue->pan;
    command.of.arqc_verify.psn = issue_card_sequence(issue->card);
    command.of.arqc_verify.values = issue->chip.values;
    memcpy(command.of.arqc_verify.ac, issue->chip.ac, CHIP_AC_LEN);
    node_ask(issue->work, SLOT_CRYPTOGRAM, &command, &config_key);
    hsm_command_wipe(&command);
}

/* The PIN key of the set whose MAC key proved the sender. When a sign-on and its repeat each make
 * keys, the switch may hold the older set: its PINs are right, and must not count as wrong ones. */
static const struct keyblock *pin_key(const struct issue *issue)
{
    const struct hsm_answer *now = node_answer(issue->work, SLOT_SENDER);
    bool is_now = now != NULL && now->result == HSM_OK;

    return is_now ? &issue->acquirer->zone_pin : &issue->acquirer->zone_pin_before;
}

/* A locked card's PIN is not even looked at. The answer rests on the card row: whoever changes it
 * first (a wrong PIN does) sends the others of the batch back to ask anew, so that tries are
 * evaluated one after the other. */
static void ask_pin(const struct issue *issue)
{
    struct hsm_command command = {.kind = HSM_PIN_VERIFY};
    const struct txn_message *message = issue->message;

    if (message->pin_block_len == 0 || message->pin_block_len > PINBLOCK_LEN_MAX ||
        issue->card->pin_tries >= issue->card->pin_tries_max)
        return;
    command.of.pin_verify.pin_key = hsm_key_of(pin_key(issue), &issue->owner);
    command.of.pin_verify.pvk = hsm_key_of(&issue->config->pin_verify, &issue->owner);
    command.of.pin_verify.pan = issue->pan;
    command.of.pin_verify.block.len = message->pin_block_len;
    memcpy(command.of.pin_verify.block.at, message->pin_block, message->pin_block_len);
    memcpy(command.of.pin_verify.pvv.digits, issue->card->pvv, PVV_LEN);
    node_ask(issue->work, SLOT_PIN, &command, &issue->card_key);
    hsm_command_wipe(&command);
}

void issue_checks(const struct issue *issue)
{
    if (issue->config == NULL || issue->acquirer == NULL)
        return;
    ask_sender(issue);
    ask_pan(issue);
    if (issue->message->function != FUNCTION_REQUEST || issue->card == NULL ||
        issue_sender(issue) != ISSUE_RIGHT)
        return;
    if (issue_payment_state(issue) != ISSUE_ROW_ABSENT)
        return;
    ask_cvv(issue);
    ask_cryptogram(issue);
    ask_pin(issue);
}

static enum issue_proof proof_of(const struct hsm_answer *answer)
{
    if (answer == NULL)
        return ISSUE_UNPROVED;
    switch (answer->result) {
    case HSM_OK:
        return ISSUE_RIGHT;
    case HSM_WRONG:
    case HSM_FORMAT: /* what the sender made cannot be worked with: as wrong as wrong digits */
        return ISSUE_WRONG;
    case HSM_KEY:
    case HSM_NOT_ALLOWED:
    case HSM_DOWN:
    case HSM_RESULT_COUNT:
        break;
    }
    return ISSUE_BROKEN;
}

enum issue_proof issue_sender(const struct issue *issue)
{
    const struct hsm_answer *now = node_answer(issue->work, SLOT_SENDER);

    if (now == NULL)
        return ISSUE_WRONG;
    if (now->result == HSM_OK || now->result == HSM_DOWN)
        return proof_of(now);
    return proof_of(node_answer(issue->work, SLOT_SENDER_BEFORE)) == ISSUE_RIGHT ? ISSUE_RIGHT
                                                                                 : ISSUE_WRONG;
}

enum issue_proof issue_pan(const struct issue *issue)
{
    enum issue_proof proof = proof_of(node_answer(issue->work, SLOT_PAN));

    return proof == ISSUE_WRONG ? ISSUE_BROKEN : proof;
}

enum issue_proof issue_cvv(const struct issue *issue)
{
    return proof_of(node_answer(issue->work, SLOT_CVV));
}

enum issue_proof issue_cryptogram(const struct issue *issue)
{
    return proof_of(node_answer(issue->work, SLOT_CRYPTOGRAM));
}

enum issue_proof issue_pin(const struct issue *issue)
{
    return proof_of(node_answer(issue->work, SLOT_PIN));
}

struct pan_token issue_pan_token(const struct issue *issue)
{
    struct pan_token none = {0};

    if (issue_pan(issue) != ISSUE_RIGHT)
        return none;
    return pan_token_of(node_answer(issue->work, SLOT_PAN), &issue->pan);
}

bool issue_is_chip(const struct issue *issue)
{
    return issue->message->entry == ENTRY_CHIP || issue->message->entry == ENTRY_CONTACTLESS;
}

uint32_t issue_date(const struct issue *issue)
{
    return instant_date(issue->event->wall, issue->config->utc_offset_s);
}

struct money issue_amount(const struct issue *issue)
{
    if (issue->message->amount.currency != 0)
        return issue->message->amount;
    return money_of(0, issue->config->currency);
}

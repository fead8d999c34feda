#include "issuer/issue.h"

#include "base/assert.h"
#include "issuer/account.h"
#include "issuer/given_code.h"
#include "node/standing.h"

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
    if (message->entry == ENTRY_QR)
        return; /* the code alone says which card it is */
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

static bool is_figure(int64_t minor)
{
    return minor >= 0 && minor <= ACCOUNT_MINOR_MAX;
}

/* Whether a stored payment can be what we wrote: its numbers known, its history and figures within
 * bounds, its money where its stage says. */
static bool is_sound(const struct payment_row *row, const struct identity *identity)
{
    struct identity own = identity_as(identity, IDENTITY_PAYMENT);

    if (!payment_row_is_readable(row) || !identity_equal(&row->identity, &own) ||
        !is_figure(row->amount.minor) || !is_figure(row->posted_minor) ||
        !is_figure(row->returned_minor) || !is_figure(row->tip_minor))
        return false;
    if (row->stage != STAGE_ANSWERED)
        return row->money == MONEY_RETURNED;
    return row->money == MONEY_NOT_MOVED ||
           row->money == payment_row_approved_money((enum txn_kind)row->kind);
}

static const struct payment_row *find_payment(const struct issue *issue, const struct row_key *key,
                                              const struct identity *identity)
{
    const struct payment_row *row = node_value(issue->work, key, sizeof *row);

    return row != NULL && is_sound(row, identity) ? row : NULL;
}

bool issue_is_follow_up(const struct issue *issue)
{
    return kind_row(issue->message->kind)->shape == SHAPE_FOLLOW_UP;
}

/* A reversal's original is the one that its payment followed, whatever the message says. */
struct identity issue_original_identity(const struct issue *issue)
{
    const struct original *named = &issue->message->original;
    struct identity identity = issue->message->identity;

    if (issue->message->function == FUNCTION_REVERSAL)
        return issue->payment == NULL ? (struct identity){0} : issue->payment->original;
    if (named->terminal[0] != 0)
        memcpy(identity.terminal, named->terminal, sizeof identity.terminal);
    identity.class = IDENTITY_PAYMENT;
    identity.batch = named->batch;
    identity.trace = named->trace;
    return identity;
}

/* The kind that counts: a reversal is about what is recorded, whatever kind it is sent as. */
static enum txn_kind kind_in_hand(const struct issue *issue)
{
    if (issue->message->function == FUNCTION_REVERSAL && issue->payment != NULL)
        return (enum txn_kind)issue->payment->kind;
    return issue->message->kind;
}

static void find_original(struct issue *issue)
{
    struct identity identity = issue_original_identity(issue);

    if (kind_row(kind_in_hand(issue))->shape != SHAPE_FOLLOW_UP || identity.trace == 0)
        return;
    issue->original_key = payment_row_key(&identity);
    issue->original = find_payment(issue, &issue->original_key, &identity);
}

static void find_hold(struct issue *issue)
{
    switch ((int)kind_in_hand(issue)) {
    case KIND_PREAUTH:
        issue->hold_key = issue->payment_key;
        issue->hold = issue->payment;
        break;
    case KIND_INCREMENT:
    case KIND_PREAUTH_VOID:
    case KIND_COMPLETION:
    case KIND_COMPLETION_ADVICE:
        issue->hold_key = issue->original_key;
        issue->hold = issue->original;
        break;
    case KIND_COMPLETION_VOID:
        if (issue->original == NULL)
            return;
        issue->hold_key = payment_row_key(&issue->original->original);
        issue->hold = find_payment(issue, &issue->hold_key, &issue->original->original);
        break;
    default:
        return;
    }
    if (issue->hold != NULL && issue->hold->kind != KIND_PREAUTH)
        issue->hold = NULL;
    if (issue->hold_key.table == TABLE_PAYMENT)
        issue->pending_key = row_key_of(TABLE_PENDING, issue->hold_key.at, issue->hold_key.len);
}

bool issue_original_is_refused(const struct payment_row *original)
{
    return original->stage == STAGE_TOMBSTONE || original->money == MONEY_NOT_MOVED;
}

/* A completion that took money ended a hold; one that was refused may have named none. */
static bool lacks_hold(const struct issue *issue)
{
    const struct payment_row *original = issue->original;

    return issue->message->kind == KIND_COMPLETION_VOID &&
           kind_may_follow(issue->message->kind, (enum txn_kind)original->kind) &&
           !issue_original_is_refused(original) && issue->hold == NULL;
}

enum issue_row issue_original_state(const struct issue *issue)
{
    enum issue_row state;

    if (issue->original_key.table == TABLE_NONE)
        return ISSUE_ROW_ABSENT;
    state = issue_row_state(issue->work, &issue->original_key, sizeof *issue->original);
    if (state != ISSUE_ROW_GOOD)
        return state;
    if (issue->original == NULL || lacks_hold(issue))
        return ISSUE_ROW_DAMAGED;
    return ISSUE_ROW_GOOD;
}

bool issue_hold_was_ended_by(const struct issue *issue, const struct payment_row *ended_by)
{
    const struct payment_row *hold = issue->hold;

    return (hold->follow == FOLLOW_COMPLETED || hold->follow == FOLLOW_VOIDED) &&
           hold->follow_batch == ended_by->identity.batch &&
           hold->follow_trace == ended_by->identity.trace;
}

bool issue_hold_comes_back(const struct issue *issue, const struct payment_row *ended_by)
{
    return issue_hold_was_ended_by(issue, ended_by) &&
           issue->event->wall.us < issue->hold->lapses.us;
}

static const struct archive_mark_row *find_mark(const struct issue *issue,
                                                const struct identity *identity)
{
    struct row_key key = archive_mark_key(identity);

    return node_value(issue->work, &key, sizeof(struct archive_mark_row));
}

static void find_marks(struct issue *issue)
{
    struct identity original = issue_original_identity(issue);

    issue->mark = find_mark(issue, &issue->message->identity);
    if (issue->original_key.table != TABLE_NONE)
        issue->original_mark = find_mark(issue, &original);
}

bool issue_payment_is_archived(const struct issue *issue)
{
    return issue_payment_state(issue) == ISSUE_ROW_ABSENT &&
           archive_mark_covers(issue->mark, &issue->message->identity);
}

bool issue_original_is_archived(const struct issue *issue)
{
    struct identity original = issue_original_identity(issue);

    return issue->original_key.table != TABLE_NONE &&
           issue_original_state(issue) == ISSUE_ROW_ABSENT &&
           archive_mark_covers(issue->original_mark, &original);
}

static void find_account(struct issue *issue, uint64_t number)
{
    issue->account_key = row_key_number(TABLE_ACCOUNT, number);
    const struct account_row *row = node_value(issue->work, &issue->account_key, sizeof *row);
    if (row != NULL && row->number == number)
        issue->account = row;
}

static void find_code(struct issue *issue)
{
    issue->code_key = given_code_key(issue);
    if (issue->code_key.table != TABLE_NONE)
        issue->code = node_value(issue->work, &issue->code_key, sizeof *issue->code);
}

static void find_card(struct issue *issue, const struct payment_row *from)
{
    struct pan_token token = issue_pan_token(issue);

    if (from != NULL)
        issue->card_key = row_key_of(TABLE_CARD, from->pan.hash.at, PAN_HASH_LEN);
    else if (issue->code != NULL)
        issue->card_key = row_key_of(TABLE_CARD, issue->code->pan.hash.at, PAN_HASH_LEN);
    else if (issue->message->function == FUNCTION_REQUEST && issue_pan(issue) == ISSUE_RIGHT)
        issue->card_key = row_key_of(TABLE_CARD, token.hash.at, PAN_HASH_LEN);
    if (issue->card_key.table != TABLE_NONE)
        issue->card = node_value(issue->work, &issue->card_key, sizeof *issue->card);
}

/* A reversal is about the card and account of its payment, a follow-up about its original's, all
 * else about those of the number that it brings. */
static void find_rows(struct issue *issue)
{
    const struct payment_row *from;

    issue->acquirer = node_value(issue->work, &issue->acquirer_key, sizeof *issue->acquirer);
    issue->payment = find_payment(issue, &issue->payment_key, &issue->message->identity);
    find_original(issue);
    find_marks(issue);
    find_hold(issue);
    find_code(issue);
    from = issue->message->function == FUNCTION_REVERSAL ? issue->payment : issue->original;
    find_card(issue, from);
    if (from != NULL)
        find_account(issue, from->account);
    else if (issue->message->function == FUNCTION_REQUEST && issue->card != NULL)
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
    if (kind_row(message->kind)->shape != SHAPE_NETWORK)
        read_card(out);
    find_rows(out);
}

static void need_known(const struct issue *issue, const struct row_key *key)
{
    if (key->table != TABLE_NONE)
        node_need(issue->work, *key);
}

static void need_original(const struct issue *issue)
{
    struct identity original = issue_original_identity(issue);

    if (issue->original_key.table == TABLE_NONE)
        return;
    node_need(issue->work, issue->original_key);
    node_need(issue->work, archive_mark_key(&original));
}

void issue_needs(const struct issue *issue)
{
    node_need(issue->work, row_key_of(TABLE_CONFIG, NULL, 0));
    node_need(issue->work, issue->acquirer_key);
    node_need(issue->work, issue->payment_key);
    node_need(issue->work, archive_mark_key(&issue->message->identity));
    need_original(issue);
    if (issue->message->function == FUNCTION_REVERSAL || issue->message->kind == KIND_QUERY ||
        kind_row(issue->message->kind)->shape == SHAPE_FOLLOW_UP)
        standing_need_own(issue->work);
    need_known(issue, &issue->hold_key);
    need_known(issue, &issue->pending_key);
    need_known(issue, &issue->code_key);
    need_known(issue, &issue->card_key);
    need_known(issue, &issue->account_key);
    /* A reversal, and what comes under an identity that is known, may be set aside. */
    if (issue_sender(issue) == ISSUE_RIGHT &&
        (issue->message->function == FUNCTION_REVERSAL || issue->payment != NULL ||
         issue_payment_is_archived(issue)))
        aside_need(issue->work, issue->message->identity.acquirer, ACQUIRER_ID_LEN);
}

bool issue_keep_aside(const struct issue *issue, unsigned differs)
{
    return aside_keep(issue->work, issue->message->identity.acquirer, ACQUIRER_ID_LEN, differs,
                      issue->payment);
}

/* A request that was on its way when the zone keys changed carries a MAC of the key before. */
static bool before_key_counts(const struct issue *issue)
{
    int64_t age_us = issue->event->wall.us - issue->acquirer->since.us;

    return issue->acquirer->key_version > 1 &&
           age_us <= (int64_t)issue->config->request_age_max_ms * 2000;
}

/* The answer rests on the row whose key it used. For a reversal it rests on the payment instead,
 * and for a follow-up on its original: when that stands before it in the same batch, the message
 * must come again to ask for the account that it posted to; that a key may have changed meanwhile
 * does no harm. */
static const struct row_key *sender_rests_on(const struct issue *issue)
{
    if (issue->message->function == FUNCTION_REVERSAL)
        return &issue->payment_key;
    return issue->original_key.table != TABLE_NONE ? &issue->original_key : &issue->acquirer_key;
}

static void ask_sender(const struct issue *issue)
{
    struct hsm_command command = {.kind = HSM_MAC_VERIFY};
    const struct row_key *rests_on = sender_rests_on(issue);

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

const struct keyblock *issue_mac_key(const struct issue *issue)
{
    const struct hsm_answer *before = node_answer(issue->work, SLOT_SENDER_BEFORE);
    bool is_before = before != NULL && before->result == HSM_OK;

    return is_before ? &issue->acquirer->zone_mac_before : &issue->acquirer->zone_mac;
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
        issue_pin_tries(issue) >= issue->card->pin_tries_max)
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
    if (issue_payment_state(issue) != ISSUE_ROW_ABSENT || !issue_is_proved(issue))
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

bool issue_is_proved(const struct issue *issue)
{
    const struct txn_message *message = issue->message;
    const struct kind_row *kind = kind_row(message->kind);

    if (kind->is_advice || kind->shape == SHAPE_NETWORK || message->entry == ENTRY_QR)
        return false;
    if (kind->shape != SHAPE_FOLLOW_UP)
        return true;
    return issue->card != NULL &&
           (message->kind == KIND_INCREMENT || message->kind == KIND_COMPLETION) &&
           (message->track2_len > 0 || message->icc_len > 0 || message->pin_block_len > 0);
}

bool issue_is_chip(const struct issue *issue)
{
    return issue->message->entry == ENTRY_CHIP || issue->message->entry == ENTRY_CONTACTLESS;
}

uint8_t issue_pin_tries(const struct issue *issue)
{
    const struct card_row *card = issue->card;
    bool is_over = issue->config->policy.pin_opens_daily && card->pin_locked.us != 0 &&
                   instant_date(card->pin_locked, issue->config->utc_offset_s) < issue_date(issue);

    return is_over && card->pin_tries >= card->pin_tries_max ? 0 : card->pin_tries;
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

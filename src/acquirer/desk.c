#include "acquirer/desk.h"

#include "acquirer/route.h"
#include "base/assert.h"
#include "node/standing.h"
#include "node/testify.h"

#include <string.h>

#define ATTEMPT_SHIFT_MAX 16

/* Without its config row the switch can refuse, retry and wait, but has no key to do more. */
static const struct config_row no_config = {
    .layout = PARTY_ROW_LAYOUT,
    .party = PARTY_ACQUIRER,
    .currency = CURRENCY_CNY,
    .answer_wait_ms = 20000,
    .retry_first_ms = 2000,
    .retry_max_ms = 60000,
};

#define BIT(n) (1U << (n))

/* What is true of the money in each stage of a payment at the switch. */
/* clang-format off */
static const unsigned money_by_stage[] = {
    [STAGE_NONE]      = 0,
    [STAGE_SENT]      = BIT(MONEY_UNKNOWN) | BIT(MONEY_NOT_MOVED),
    [STAGE_ANSWERED]  = BIT(MONEY_MOVED) | BIT(MONEY_HELD) | BIT(MONEY_NOT_MOVED),
    [STAGE_REVERSING] = BIT(MONEY_RETURNING),
    [STAGE_REVERSED]  = BIT(MONEY_RETURNED),
    [STAGE_TOMBSTONE] = BIT(MONEY_RETURNED),
    [STAGE_STORED]    = 0,
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(money_by_stage) == STAGE_COUNT, "a row for each stage");

struct row_key desk_config_key(void)
{
    return row_key_of(TABLE_CONFIG, NULL, 0);
}

struct row_key desk_terminal_key(const struct identity *identity)
{
    return row_key_of(TABLE_TERMINAL, identity->terminal, TERMINAL_ID_LEN);
}

struct row_key desk_keys_key(const struct identity *identity)
{
    return row_key_of(TABLE_TERMINAL_KEYS, identity->terminal, TERMINAL_ID_LEN);
}

struct row_key desk_merchant_key(const char merchant[static MERCHANT_ID_LEN])
{
    return row_key_of(TABLE_MERCHANT, merchant, MERCHANT_ID_LEN);
}

struct row_key desk_issuer_key(const char issuer[static ISSUER_ID_LEN])
{
    return row_key_of(TABLE_ISSUER, issuer, ISSUER_ID_LEN);
}

struct row_key desk_link_key(const char issuer[static ISSUER_ID_LEN], uint16_t node)
{
    uint8_t key[ISSUER_ID_LEN + sizeof node];

    memcpy(key, issuer, ISSUER_ID_LEN);
    bytes_put_u16(key + ISSUER_ID_LEN, node);
    return row_key_of(TABLE_ISSUER_LINK, key, sizeof key);
}

struct row_key desk_pending_key(const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);

    key.table = TABLE_PENDING;
    return key;
}

struct row_key desk_batch_key(const struct identity *identity)
{
    uint8_t key[TERMINAL_ID_LEN + sizeof identity->batch];

    memcpy(key, identity->terminal, TERMINAL_ID_LEN);
    bytes_put_u32(key + TERMINAL_ID_LEN, identity->batch);
    return row_key_of(TABLE_BATCH, key, sizeof key);
}

struct row_key desk_funds_key(const char merchant[static MERCHANT_ID_LEN])
{
    return row_key_of(TABLE_FUNDS, merchant, MERCHANT_ID_LEN);
}

void desk_need_payment(const struct desk *desk)
{
    node_need(desk->work, payment_row_key(&desk->identity));
    node_need(desk->work, desk_pending_key(&desk->identity));
}

void desk_need_issuer(struct node_work *work, const char issuer[static ISSUER_ID_LEN])
{
    node_need(work, desk_issuer_key(issuer));
    node_need(work, desk_link_key(issuer, work->event->node));
}

static bool has_hold(const struct desk *desk)
{
    return desk->payment != NULL && desk->payment->kind == KIND_COMPLETION_VOID &&
           desk->original != NULL && desk->original->original.trace != 0;
}

void desk_need_original(const struct desk *desk)
{
    if (desk->original_identity.trace != 0)
        node_need(desk->work, payment_row_key(&desk->original_identity));
    if (has_hold(desk))
        node_need(desk->work, payment_row_key(&desk->original->original));
}

void desk_need_marks(const struct desk *desk)
{
    node_need(desk->work, archive_mark_key(&desk->identity));
    if (desk->original_identity.trace != 0)
        node_need(desk->work, archive_mark_key(&desk->original_identity));
}

static bool is_archived(const struct desk *desk, const struct archive_mark_row *mark,
                        const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);
    const struct node_row *row = node_row(desk->work, &key);

    return row != NULL && !row->found && archive_mark_covers(mark, identity);
}

bool desk_payment_is_archived(const struct desk *desk)
{
    return is_archived(desk, desk->mark, &desk->identity);
}

bool desk_original_is_archived(const struct desk *desk)
{
    return desk->original_identity.trace != 0 &&
           is_archived(desk, desk->original_mark, &desk->original_identity);
}

bool desk_original_is_lost(const struct desk *desk)
{
    return desk->original == NULL && desk->original_identity.trace != 0 &&
           standing_lacks_day(desk->work, desk->message->original.date, desk->config->utc_offset_s);
}

bool desk_id_is_empty(const char id[static ISSUER_ID_LEN])
{
    return id[0] == 0 || id[0] == ' ';
}

bool desk_id_equal(const char a[static ISSUER_ID_LEN], const char b[static ISSUER_ID_LEN])
{
    return memcmp(a, b, ISSUER_ID_LEN) == 0;
}

bool desk_is_from_issuer(const struct desk *desk)
{
    return !desk_id_is_empty(desk->event->peer);
}

static bool is_about_pending(const struct node_event *event)
{
    return (event->kind == EVENT_TIMER || event->kind == EVENT_RECOVER) &&
           event->key.len == IDENTITY_KEY_LEN;
}

static struct identity identity_of(const struct node_event *event)
{
    struct identity identity = event->message.identity;

    if (is_about_pending(event))
        identity_from_key(event->key.at, &identity);
    else if (event->kind == EVENT_COMMAND && event->command != NULL &&
             event->command->kind == COMMAND_TESTIFY)
        (void)testify_identity(event->command, &identity);
    return identity_as(&identity, IDENTITY_PAYMENT);
}

static bool is_amount(int64_t minor)
{
    return minor >= 0 && minor <= MONEY_MINOR_MAX;
}

/* A hold is a pre-authorisation's; what moved with a sign moved an amount, but for a tip of
 * nothing. */
static bool is_posting_sound(const struct payment_row *row)
{
    const struct kind_row *kind = kind_row((enum txn_kind)row->kind);
    bool is_hold = row->kind == KIND_PREAUTH || row->kind == KIND_INCREMENT;

    if (!is_amount(row->posted_minor) || !is_amount(row->returned_minor) ||
        !is_amount(row->tip_minor))
        return false;
    if ((row->money == MONEY_HELD && !is_hold) || (row->money == MONEY_MOVED && is_hold))
        return false;
    return row->money != MONEY_MOVED || kind->sign == 0 || row->kind == KIND_TIP_ADJUST ||
           row->posted_minor > 0;
}

/* What the money of a payment may be says its kind and stage; a tombstone may know no kind. */
static bool is_money_sound(const struct payment_row *row)
{
    bool moves_money = kind_row((enum txn_kind)row->kind)->moves_money;
    bool needs_amount = row->money == MONEY_MOVED || row->money == MONEY_UNKNOWN;

    if ((money_by_stage[row->stage] & BIT(row->money)) == 0)
        return false;
    if (!moves_money && row->stage != STAGE_TOMBSTONE && row->money != MONEY_NOT_MOVED)
        return false;
    if (moves_money && row->stage == STAGE_SENT && row->money != MONEY_UNKNOWN)
        return false;
    return !needs_amount || (row->amount.minor > 0 && !desk_id_is_empty(row->issuer));
}

bool desk_payment_is_sound(const struct payment_row *row, const struct identity *identity)
{
    if (row->stage >= STAGE_COUNT || row->money >= MONEY_STATE_COUNT ||
        !outcome_is_known(row->outcome) || row->kind >= KIND_COUNT)
        return false;
    if (row->history_len > PAYMENT_HISTORY_MAX || row->icc_answer_len > ICC_ANSWER_LEN_MAX)
        return false;
    if (!is_amount(row->amount.minor) || row->follow >= FOLLOW_COUNT || !is_posting_sound(row))
        return false;
    if ((row->outcome == OUTCOME_NONE) != (row->code[0] == 0) ||
        (row->stage == STAGE_ANSWERED && row->outcome == OUTCOME_NONE))
        return false;
    return is_money_sound(row) && identity_equal(&row->identity, identity);
}

static const struct payment_row *sound_payment(const struct desk *desk,
                                               const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);
    const struct payment_row *row = node_value(desk->work, &key, sizeof *row);

    return row != NULL && desk_payment_is_sound(row, identity) ? row : NULL;
}

/* The payment and what is pending on it: their keys differ in the table only. */
static void find_payment(struct desk *desk)
{
    struct row_key key = payment_row_key(&desk->identity);
    const struct node_row *row = node_row(desk->work, &key);
    struct row_key pending = key;

    pending.table = TABLE_PENDING;
    desk->pending = node_value(desk->work, &pending, sizeof *desk->pending);
    if (row == NULL || !row->found)
        return;
    desk->payment = sound_payment(desk, &desk->identity);
    desk->payment_is_damaged = desk->payment == NULL;
}

/* Only a terminal's own words name an original; a reversal's payment does, once it is known. */
static bool says_original(const struct desk *desk)
{
    const struct txn_message *message = desk->message;

    return desk->event->kind == EVENT_MESSAGE && !desk_is_from_issuer(desk) &&
           message->function == FUNCTION_REQUEST && message->original.trace != 0 &&
           (kind_row(message->kind)->shape == SHAPE_FOLLOW_UP || message->kind == KIND_QUERY);
}

struct identity desk_said_original(const struct desk *desk)
{
    const struct original *said = &desk->message->original;
    struct identity identity = desk->identity;

    if (!says_original(desk))
        return (struct identity){.trace = 0};
    if (said->terminal[0] != 0)
        memcpy(identity.terminal, said->terminal, TERMINAL_ID_LEN);
    identity.batch = said->batch;
    identity.trace = said->trace;
    return identity;
}

static struct identity original_of(const struct desk *desk)
{
    bool is_query = desk->message->kind == KIND_QUERY; /* often under the payment's own number */

    return desk->payment != NULL && !is_query ? desk->payment->original : desk_said_original(desk);
}

static void find_original(struct desk *desk)
{
    desk->original_identity = original_of(desk);
    if (desk->original_identity.trace == 0)
        return;
    struct row_key key = payment_row_key(&desk->original_identity);
    const struct node_row *row = node_row(desk->work, &key);
    if (row == NULL || !row->found)
        return;
    desk->original = sound_payment(desk, &desk->original_identity);
    desk->original_is_damaged = desk->original == NULL;
    if (has_hold(desk))
        desk->hold = sound_payment(desk, &desk->original->original);
}

static void find_marks(struct desk *desk)
{
    struct row_key key = archive_mark_key(&desk->identity);

    desk->mark = node_value(desk->work, &key, sizeof *desk->mark);
    if (desk->original_identity.trace == 0)
        return;
    key = archive_mark_key(&desk->original_identity);
    desk->original_mark = node_value(desk->work, &key, sizeof *desk->original_mark);
}

static void find_issuer(struct desk *desk)
{
    const struct node_event *event = desk->event;

    if (event->kind == EVENT_TIMER && event->key.table == TABLE_ISSUER)
        desk->issuer_key = event->key;
    else if (desk_is_from_issuer(desk))
        desk->issuer_key = desk_issuer_key(event->peer);
    else if (desk->payment != NULL)
        desk->issuer_key = desk_issuer_key(desk->payment->issuer);
    else if (desk->original != NULL)
        desk->issuer_key = desk_issuer_key(desk->original->issuer);
    else if (desk->route != NULL)
        desk->issuer_key = desk_issuer_key(desk->route->issuer);
    else
        return;
    desk->issuer = node_value(desk->work, &desk->issuer_key, sizeof *desk->issuer);
    struct row_key key = desk_link_key((const char *)desk->issuer_key.at, desk->event->node);
    desk->link = node_value(desk->work, &key, sizeof *desk->link);
}

struct desk desk_of(struct node_work *work)
{
    struct desk desk = {
        .work = work,
        .event = work->event,
        .message = &work->event->message,
        .config = node_config(work),
        .identity = identity_of(work->event),
    };
    struct row_key key = desk_terminal_key(&desk.identity);

    if (desk.config == NULL)
        desk.config = &no_config;
    if (work->row_count == 0) {
        desk.original_identity = original_of(&desk);
        return desk; /* the first needs: there is nothing to look for yet */
    }
    desk.terminal = node_value(work, &key, sizeof *desk.terminal);
    key = desk_keys_key(&desk.identity);
    desk.keys = node_value(work, &key, sizeof *desk.keys);
    key = desk_merchant_key(desk.message->merchant);
    desk.merchant = node_value(work, &key, sizeof *desk.merchant);
    key = desk_batch_key(&desk.identity);
    desk.batch = node_value(work, &key, sizeof *desk.batch);
    find_payment(&desk);
    find_original(&desk);
    find_marks(&desk);
    desk.route = route_find(&desk);
    find_issuer(&desk);
    return desk;
}

struct key_owner desk_owner(const char *id, size_t len)
{
    struct key_owner owner;

    assert(len <= sizeof owner.at);
    memset(owner.at, ' ', sizeof owner.at);
    for (size_t i = 0; i < len && id[i] != 0; i++)
        owner.at[i] = id[i];
    return owner;
}

bool desk_has_key(const struct keyblock *block)
{
    return block->at[0] != 0;
}

/* A key that changed a moment ago may still stand on a message in flight; a clock that went back
 * gives it no credit. */
static bool is_in_flight(const struct desk *desk, struct instant changed)
{
    int64_t age_ms = desk_age_ms(desk, changed);

    return age_ms >= 0 && age_ms <= 2 * (int64_t)desk->config->answer_wait_ms;
}

static void ask_mac_under(const struct desk *desk, uint8_t slot, const struct keyblock *block,
                          const struct zone *zone)
{
    struct hsm_command command = {.kind = HSM_MAC_VERIFY};

    command.of.mac.key = hsm_key_of(block, &zone->owner);
    command.of.mac.data = desk->event->mab;
    memcpy(command.of.mac.mac, desk->message->mac, sizeof command.of.mac.mac);
    node_ask(desk->work, slot, &command, &zone->rests_on);
}

void desk_ask_mac(const struct desk *desk, const struct zone *zone)
{
    if (!desk->message->has_mac || desk->event->mab.len == 0)
        return;
    const struct hsm_answer *now = node_answer(desk->work, ASK_MAC);
    if (now == NULL && desk_has_key(zone->mac))
        ask_mac_under(desk, ASK_MAC, zone->mac, zone);
    bool failed = now != NULL && now->result != HSM_OK && now->result != HSM_DOWN;
    if (failed && desk_has_key(zone->before) && is_in_flight(desk, zone->changed))
        ask_mac_under(desk, ASK_MAC_BEFORE, zone->before, zone);
}

bool desk_terminal_zone(const struct desk *desk, struct zone *out)
{
    if (desk->keys == NULL)
        return false;
    *out = (struct zone){
        .mac = &desk->keys->mac,
        .before = &desk->keys->mac_before,
        .changed = desk->keys->changed,
        .owner = desk_owner(desk->identity.terminal, TERMINAL_ID_LEN),
        .rests_on = desk_keys_key(&desk->identity),
    };
    return true;
}

bool desk_issuer_zone(const struct desk *desk, struct zone *out)
{
    if (desk->issuer == NULL)
        return false;
    *out = (struct zone){
        .mac = &desk->issuer->zone_mac,
        .before = &desk->issuer->zone_mac_before,
        .changed = desk->issuer->since,
        .owner = desk_owner(desk->issuer->issuer, ISSUER_ID_LEN),
        .rests_on = desk->issuer_key,
    };
    return true;
}

enum proof desk_proof(const struct desk *desk)
{
    const struct hsm_answer *now = node_answer(desk->work, ASK_MAC);
    const struct hsm_answer *before = node_answer(desk->work, ASK_MAC_BEFORE);

    if (now == NULL)
        return PROOF_NONE;
    if (now->result == HSM_OK)
        return PROOF_GOOD;
    if (before != NULL && before->result == HSM_OK)
        return PROOF_PREVIOUS;
    if (now->result == HSM_DOWN || (before != NULL && before->result == HSM_DOWN))
        return PROOF_DOWN;
    return PROOF_WRONG;
}

static enum err pan_of_track(const struct txn_message *message, struct pan *out)
{
    struct track2 track;
    struct track2_fault fault;

    if (message->track2_len > TRACK2_LEN_MAX)
        return ERR_BAD_FORMAT;
    enum err err =
        track2_from_text(bytes_over(message->track2, message->track2_len), &track, &fault);
    if (err == OK)
        *out = track.pan;
    track2_wipe(&track);
    return err == OK ? OK : ERR_BAD_FORMAT;
}

enum err desk_pan(const struct txn_message *message, struct pan *out)
{
    struct pan_fault fault;
    struct pan stripe;

    if (message->pan.len == 0 && message->track2_len == 0)
        return ERR_NOT_FOUND;
    if (message->track2_len > 0)
        TRY(pan_of_track(message, &stripe));
    if (message->pan.len == 0) {
        *out = stripe;
        return OK;
    }
    if (message->pan.len > PAN_DIGITS_MAX ||
        pan_from_digits(bytes_over(message->pan.digits, message->pan.len), out, &fault) != OK)
        return ERR_BAD_FORMAT;
    return message->track2_len > 0 && !pan_equal(out, &stripe) ? ERR_BAD_VALUE : OK;
}

void desk_ask_pan(const struct desk *desk, enum hsm_kind kind)
{
    struct hsm_command command = {.kind = kind};
    struct key_owner owner = desk_owner(desk->config->id, ACQUIRER_ID_LEN);
    struct row_key rests_on = desk_config_key();
    struct pan pan;

    assert(kind == HSM_PAN_PROTECT || kind == HSM_PAN_INDEX);
    if (node_answer(desk->work, ASK_PAN) != NULL)
        return;
    if (desk_pan(desk->message, &pan) != OK || node_config(desk->work) == NULL)
        return;
    if (kind == HSM_PAN_PROTECT) {
        command.of.pan_protect.store = hsm_key_of(&desk->config->pan_store, &owner);
        command.of.pan_protect.index = hsm_key_of(&desk->config->pan_index, &owner);
        command.of.pan_protect.pan = pan;
    } else {
        command.of.pan_index.key = hsm_key_of(&desk->config->pan_index, &owner);
        command.of.pan_index.pan = pan;
    }
    node_ask(desk->work, ASK_PAN, &command, &rests_on);
    hsm_command_wipe(&command);
    pan_wipe(&pan);
}

bool desk_pan_is_known(const struct desk *desk)
{
    const struct hsm_answer *answer = node_answer(desk->work, ASK_PAN);
    struct pan pan;

    if (desk_pan(desk->message, &pan) != OK)
        return true;
    pan_wipe(&pan);
    return answer != NULL && answer->result == HSM_OK;
}

bool desk_pan_is_bad(const struct desk *desk)
{
    struct pan pan;
    enum err err = desk_pan(desk->message, &pan);

    pan_wipe(&pan);
    return err != OK && err != ERR_NOT_FOUND;
}

const struct pan_hash *desk_pan_hash(const struct desk *desk)
{
    for (size_t i = 0; i < desk->work->fact_count; i++) {
        const struct node_fact *fact = &desk->work->facts[i];
        if (fact->slot != ASK_PAN || !fact->is_answered || fact->answer.result != HSM_OK)
            continue;
        return fact->command.kind == HSM_PAN_INDEX ? &fact->answer.of.hash
                                                   : &fact->answer.of.protected_pan.hash;
    }
    return NULL;
}

struct instant desk_wall_after(const struct desk *desk, uint32_t ms)
{
    return instant_add_ms(desk->event->wall, ms);
}

int64_t desk_age_ms(const struct desk *desk, struct instant since)
{
    if (since.us < 0 || since.us > desk->event->wall.us)
        return -1;
    return (desk->event->wall.us - since.us) / 1000;
}

void desk_wake(const struct desk *desk, const struct row_key *key, uint32_t ms)
{
    node_set_deadline(desk->work, key, moment_add_ms(desk->event->now, ms));
}

uint32_t desk_backoff_ms(const struct desk *desk, uint32_t attempts)
{
    uint32_t shift = attempts == 0 ? 0 : attempts - 1;
    uint64_t ms = desk->config->retry_first_ms;

    ms <<= shift > ATTEMPT_SHIFT_MAX ? ATTEMPT_SHIFT_MAX : shift;
    if (ms > desk->config->retry_max_ms)
        ms = desk->config->retry_max_ms;
    return desk_spread_ms(desk, (uint32_t)ms);
}

uint32_t desk_spread_ms(const struct desk *desk, uint32_t ms)
{
    uint64_t part = bytes_get_u16(desk->event->entropy);

    return (uint32_t)(ms - ms * part / (2 * (UINT64_C(1) << 16)));
}

void desk_record(const struct desk *desk, enum journal_what what, enum outcome outcome)
{
    assert(outcome_is_known(outcome));
    node_record(desk->work, what, desk->payment);
    desk->work->about = desk->identity;
    desk->work->outcome = outcome;
}

void desk_alarm(const struct desk *desk)
{
    desk->work->effects.is_alarm = true;
}

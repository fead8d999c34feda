/*
 * Random events against the real issuer: signed and unsigned, batched, spoiled, with rows damaged
 * under it and the hsm gone silent. No input trips an assertion, and what rig_check proves holds
 * after every step. Each action is three bytes: what, which payment, how spoiled.
 */
#include "test/lib/fuzz.h"

#define RIG_CHECK(condition) FUZZ_CHECK(condition)
#include "test/lib/issuer_rig.h"

#define ACTIONS_MAX 200
#define BATCH_MAX 6

static struct rig rig;
static struct node_event events[BATCH_MAX];
static uint8_t mabs[BATCH_MAX][64];

/* A follow-up, or the reversal of one, of one of the first payments. */
static struct node_event draw_follow_up(uint8_t what, uint8_t which, bool is_reversal)
{
    static const enum txn_kind kinds[] = {
        KIND_VOID,
        KIND_REFUND,
        KIND_PREAUTH_VOID,
        KIND_INCREMENT,
        KIND_COMPLETION,
        KIND_COMPLETION_ADVICE,
        KIND_COMPLETION_VOID,
        KIND_TIP_ADJUST,
    };
    uint32_t original = which >> 5;
    int64_t minor = (int64_t)(which % 16) * 1500;
    struct node_event event =
        rig_follow(&rig, kinds[what / 8 % 8], which % 16 + 8U, original + 1, minor);

    return is_reversal ? rig_reversal_of(&rig, &event) : event;
}

/* Time goes on by days, and the timer of a hold comes, due or not. */
static struct node_event draw_timer(uint8_t what, uint8_t which)
{
    struct node_event event = rig_event(&rig, KIND_PREAUTH, FUNCTION_REQUEST, which % 16U + 1);

    rig.wall = instant_add_ms(rig.wall, (int64_t)(which >> 4) * 86400000);
    event.wall = rig.wall;
    event.kind = (what & 8) != 0 ? EVENT_TIMER : EVENT_RECOVER;
    event.key = payment_row_key(&event.message.identity);
    event.key.table = TABLE_PENDING;
    return event;
}

static struct node_event draw_event(uint8_t what, uint8_t which)
{
    static const enum entry_mode entries[] = {ENTRY_CHIP, ENTRY_CONTACTLESS, ENTRY_STRIPE,
                                              ENTRY_KEYED};
    uint32_t trace = which % 16U + 1;
    int64_t minor = (which >> 4) * 3000;
    struct node_event event;

    switch (what % 8) {
    case 0:
        return rig_reversal(&rig, trace, minor);
    case 1:
        return draw_timer(what, which);
    case 2:
        return rig_event(&rig, (enum txn_kind)(which % KIND_COUNT),
                         (enum txn_function)(which / KIND_COUNT % FUNCTION_COUNT), trace);
    case 3:
    case 4:
        return draw_follow_up(what, which, false);
    case 5:
        return draw_follow_up(what, which, true);
    case 6:
        event = rig_request(&rig, entries[what / 8 % 4], trace, minor);
        event.message.kind = minor == 0 ? KIND_BALANCE : KIND_PREAUTH;
        return event;
    default:
        return rig_request(&rig, entries[what / 8 % 4], trace, minor);
    }
}

static void spoil_message(struct node_event *event, uint8_t how)
{
    struct txn_message *message = &event->message;

    switch (how % 16) {
    case 1:
        message->pin_block[how >> 6] ^= how;
        return;
    case 2:
        message->pin_block_len = how >> 4;
        return;
    case 3:
        message->icc[(how >> 4) * 7] ^= 0x41;
        return;
    case 4:
        message->icc_len = (uint8_t)(message->icc_len * (how >> 4) / 16);
        return;
    case 5:
        message->track2_len = (uint8_t)(message->track2_len * (how >> 4) / 16);
        return;
    case 6:
        message->track2[how >> 4] = 'x';
        return;
    case 7:
        message->pan.digits[how >> 4] = '9';
        return;
    case 8:
        message->amount.minor += how;
        return;
    case 9:
        message->amount.currency = how;
        return;
    case 10:
        message->sent.us = (int64_t)how * 1000000;
        return;
    case 11:
        message->identity.acquirer[0] ^= (char)(how >> 4 & 1);
        return;
    case 12:
        event->kind = (enum event_kind)((how >> 4) % EVENT_COMMAND);
        return;
    case 13:
        message->pan.len = 0;
        return;
    case 15:
        message->partial_ok = true;
        return;
    default:
        return;
    }
}

/* Rows as another program, a bad disk or an operator may leave them. Balances stay: the rig
 * proves them against the entries. */
static void spoil_rows(uint8_t which, uint8_t how)
{
    struct node_row *row = &rig.rows[which % rig.row_count];
    struct card_row *card = rig_card(&rig);
    struct account_row *account = rig_account(&rig);

    if (how % 8 == 0) {
        row->len ^= 1;
        rig.is_spoiled = true;
    }
    if (card != NULL && how % 8 == 1)
        card->state = which;
    if (card != NULL && how % 8 == 2)
        card->pin_tries = which % 4;
    if (card != NULL && how % 8 == 3)
        card->expiry = (uint16_t)(which * 37);
    if (card != NULL && how % 8 == 4)
        card->daily_limit_minor = (int64_t)which * 1000;
    if (account != NULL && how % 8 == 5 && (how & 0x80) != 0) {
        account->held_minor = which % 2 == 0 ? INT64_MIN : which * 100;
        rig.is_spoiled = true;
    }
    if (account != NULL && how % 8 == 6)
        account->credit_limit_minor = which % 2 == 0 ? INT64_MAX : which * 100;
    if (how % 8 == 7)
        rig.silent = (enum hsm_kind)(which % (HSM_KIND_COUNT + 1));
}

static void run(size_t *count)
{
    rig_run(&rig, events, *count);
    *count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t count = 0;

    rig_build(&rig);
    for (size_t i = 0; i + 3 <= len && i < ACTIONS_MAX * 3; i += 3) {
        const uint8_t *at = data + i;
        if (rig_acquirer(&rig) == NULL)
            return 0;
        if (at[0] >= 0xE0) {
            run(&count);
            spoil_rows(at[1], at[2]);
            continue;
        }
        events[count] = draw_event(at[0], at[1]);
        spoil_message(&events[count], at[2]);
        rig_sign(&rig, &events[count], mabs[count]);
        if (at[2] % 16 == 14)
            events[count].message.mac[0] ^= 1;
        count++;
        if (count == BATCH_MAX || (at[0] & 0x20) != 0)
            run(&count);
    }
    run(&count);
    return 0;
}

/*
 * Random events against the real issuer: signed and unsigned, batched, spoiled, with rows damaged
 * under it and the hsm gone silent. No input trips an assertion, and what rig_check proves holds
 * after every step: entries and holds are what the payments say. Each action is three bytes: what,
 * which payment, how spoiled.
 */
#include "test/lib/fuzz.h"

#define RIG_CHECK(condition) FUZZ_CHECK(condition)
#include "test/lib/issuer_rig.h"

#define ACTIONS_MAX 200
#define BATCH_MAX 6

static struct rig rig;
static struct node_event events[BATCH_MAX];
static struct payment_row last_code;
static uint32_t next_trace;
static uint8_t mabs[BATCH_MAX][64];

/* Mostly the next number, so that more than refusals of a second meaning is met. */
static uint32_t draw_trace(uint8_t which)
{
    return (which & 7) == 7 || next_trace > 400 ? which / 8U % 16 + 1 : next_trace++;
}

/* One of the newest payments. */
static uint32_t recent_trace(uint8_t which)
{
    uint32_t back = which % 6U + 1;

    return next_trace > back ? next_trace - back : 1;
}

/* An amount that a follow-up of that payment may well have. */
static int64_t fitting(enum txn_kind kind, const struct payment_row *original, uint8_t which)
{
    int64_t standing = original == NULL ? 3000 : payment_row_standing(original);

    switch ((int)kind) {
    case KIND_REFUND:
        return standing / (which % 3 + 1);
    case KIND_TIP_ADJUST:
        return standing + standing / 20;
    case KIND_COMPLETION:
    case KIND_COMPLETION_ADVICE:
        return standing * (which % 3 + 9) / 10;
    default:
        return standing;
    }
}

static enum txn_kind kind_after(const struct payment_row *original, uint8_t what)
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
    size_t at = what / 8 % ARRAY_COUNT(kinds);

    for (size_t i = 0; original != NULL && i < ARRAY_COUNT(kinds); i++) {
        if (kind_may_follow(kinds[at], (enum txn_kind)original->kind))
            break;
        at = (at + 1) % ARRAY_COUNT(kinds);
    }
    return kinds[at];
}

static struct node_event draw_follow_up(uint8_t what, uint8_t which)
{
    uint32_t trace = recent_trace(which);
    const struct payment_row *original = rig_payment(&rig, trace);
    enum txn_kind kind = kind_after(original, what);

    return rig_follow(&rig, kind, draw_trace(which), trace, fitting(kind, original, which));
}

/* The reversal of what is recorded, or of nothing. */
static struct node_event draw_reversal(uint8_t which)
{
    uint32_t trace = recent_trace(which);
    const struct payment_row *payment = rig_payment(&rig, trace);
    struct node_event event = rig_reversal(&rig, trace, 3000);

    if (payment == NULL)
        return event;
    event.message.kind = (enum txn_kind)(payment->kind % KIND_COUNT);
    event.message.amount = payment->amount;
    return event;
}

/* Time goes on by days, and the timer of a hold comes, due or not. */
static struct node_event draw_timer(uint8_t what, uint8_t which)
{
    struct node_event event = rig_event(&rig, KIND_PREAUTH, FUNCTION_REQUEST, recent_trace(which));

    rig.wall = instant_add_ms(rig.wall, (int64_t)(which >> 4) * 86400000);
    event.wall = rig.wall;
    event.kind = (what & 8) != 0 ? EVENT_TIMER : EVENT_RECOVER;
    event.key = payment_row_key(&event.message.identity);
    event.key.table = TABLE_PENDING;
    return event;
}

/* Payments by code and offline sales; codes are given by draw_code. */
static struct node_event draw_by_code(uint8_t what, uint8_t which)
{
    struct node_event event = rig_event(&rig, (what & 8) != 0 ? KIND_SALE : KIND_OFFLINE_SALE,
                                        FUNCTION_REQUEST, which % 16U + 1);

    event.message.amount = money_of((which >> 4) * 1000 + 1, CURRENCY_CNY);
    event.message.entry = event.message.kind == KIND_SALE ? ENTRY_QR : ENTRY_KEYED;
    if (event.message.kind == KIND_OFFLINE_SALE)
        event.message.pan = rig.pan;
    memcpy(event.message.qr_code, last_code.qr_code, sizeof last_code.qr_code);
    memcpy(event.message.auth_id, last_code.auth_id, sizeof last_code.auth_id);
    return event;
}

static void give_code(uint8_t which)
{
    struct node_command command = {.kind = COMMAND_GIVE_CODE,
                                   .transaction = (which & 1) != 0 ? KIND_SALE : KIND_OFFLINE_SALE,
                                   .amount = money_of(which * 100, CURRENCY_CNY)};
    struct node_event event = {
        .kind = EVENT_COMMAND, .wall = rig.wall, .ticket = 1, .command = &command};
    struct pan_hash hash = rig_pan_hash(&rig.pan);

    command.key = row_key_of(TABLE_CARD, hash.at, sizeof hash.at);
    event.entropy[7] = which;
    rig_run(&rig, &event, 1);
    if (rig_works[0].effects.display.has_payment)
        last_code = rig_works[0].effects.display.payment;
}

static struct node_event draw_event(uint8_t what, uint8_t which)
{
    static const enum entry_mode entries[] = {ENTRY_CHIP, ENTRY_CONTACTLESS, ENTRY_STRIPE,
                                              ENTRY_KEYED};
    int64_t minor = (which >> 4) * 3000;
    struct node_event event;

    switch (what % 8) {
    case 0:
    case 5:
        return draw_reversal(which);
    case 1:
        return draw_timer(what, which);
    case 2:
        return rig_event(&rig, (enum txn_kind)(which % KIND_COUNT),
                         (enum txn_function)(which / KIND_COUNT % FUNCTION_COUNT),
                         draw_trace(which));
    case 3:
    case 4:
        return draw_follow_up(what, which);
    case 6:
        event = rig_request(&rig, entries[what / 8 % 4], draw_trace(which), minor);
        event.message.kind = minor == 0 ? KIND_BALANCE : KIND_PREAUTH;
        return event;
    default:
        if ((what & 0x10) != 0)
            return draw_by_code(what, which);
        return rig_request(&rig, entries[what / 8 % 4], draw_trace(which), minor);
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
    memcpy(rig_config(&rig)->policy.code_prefix, "62000012", 8);
    rig_account(&rig)->allows_partial = true;
    last_code = (struct payment_row){0};
    next_trace = 2;
    for (size_t i = 0; i + 3 <= len && i < ACTIONS_MAX * 3; i += 3) {
        const uint8_t *at = data + i;
        if (rig_acquirer(&rig) == NULL)
            return 0;
        if (at[0] >= 0xE0) {
            run(&count);
            if (at[0] >= 0xF0)
                give_code(at[1]);
            else
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

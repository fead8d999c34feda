#include "terminal/attempt.h"

#include "base/assert.h"
#include "terminal/cashiers.h"
#include "terminal/drawer.h"
#include "terminal/intake.h"
#include "terminal/order.h"
#include "terminal/outbox.h"
#include "terminal/owed.h"
#include "terminal/printed.h"

#include <string.h>

static bool is_follow_up(enum txn_kind kind)
{
    return kind_row(kind)->shape == SHAPE_FOLLOW_UP;
}

/* ---- the card's range ---- */

static const uint8_t bin_lens[] = {8, 6}; /* the longer counts */

static void need_range(struct node_work *work, const struct till *till)
{
    struct entry entry;

    if (till->terminal.has_ranges == 0)
        return;
    entry_take(work, till_date(till, work->event), &entry);
    for (size_t i = 0; entry.pan.len > 0 && i < ARRAY_COUNT(bin_lens); i++)
        node_need(work, row_key_of(TABLE_RANGE, entry.pan.digits, bin_lens[i]));
    entry_wipe(&entry);
}

static const struct range_row *range_of(const struct node_work *work, const struct pan *pan)
{
    for (size_t i = 0; pan->len > 0 && i < ARRAY_COUNT(bin_lens); i++) {
        struct row_key key = row_key_of(TABLE_RANGE, pan->digits, bin_lens[i]);
        const struct range_row *row = node_value(work, &key, sizeof *row);
        if (row != NULL && row->layout == PARTY_ROW_LAYOUT)
            return row;
    }
    return NULL;
}

int64_t attempt_tap_limit(const struct attempt *attempt)
{
    if (attempt->range != NULL && attempt->range->has_tap_limit)
        return attempt->range->tap_limit_minor;
    return attempt->till.terminal.tap_limit_minor;
}

/* ---- rows ---- */

void attempt_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    order_need(work);
    if (!till_open(work, command->terminal, &till))
        return;
    struct identity identity = till_next(&till);
    deal_need(work, &identity);
    intake_need_aids(work, &till);
    drawer_need(work, &till, till.terminal.batch);
    owed_need(work, &till);
    outbox_need(work, &till);
    need_range(work, &till);
    if (cashiers_wants_supervisor(command->transaction))
        cashiers_need(work, &till, &command->supervisor);
    if (is_follow_up(command->transaction)) {
        identity = followed_identity(&till, &command->original);
        followed_need(work, &identity);
    }
}

bool attempt_open(struct node_work *work, struct attempt *out)
{
    memset(out, 0, sizeof *out);
    out->work = work;
    out->command = work->event->command;
    out->kind = out->command->transaction;
    out->payment = &out->deal.payment;
    if (!till_open(work, out->command->terminal, &out->till))
        return false;
    struct identity identity = till_next(&out->till);
    deal_open(work, &identity, &out->deal);
    if (is_follow_up(out->kind)) {
        identity = followed_identity(&out->till, &out->command->original);
        followed_open(work, &identity, &out->original);
    }
    if (attempt_reads_card(out))
        entry_take(work, till_date(&out->till, work->event), &out->entry);
    if (out->till.terminal.has_ranges != 0)
        out->range = range_of(work, &out->entry.pan);
    return true;
}

void attempt_close(struct attempt *attempt)
{
    entry_wipe(&attempt->entry);
}

bool attempt_reads_card(const struct attempt *attempt)
{
    if (!is_follow_up(attempt->kind) || attempt->command->card.entry != ENTRY_NONE)
        return true;
    return attempt->kind == KIND_REFUND && !attempt->original.is_known;
}

/* Asks the issuer of a card by itself, at once. */
static bool asks_issuer(enum txn_kind kind)
{
    return !is_follow_up(kind) && !kind_row(kind)->is_advice;
}

bool attempt_has_pin(const struct attempt *attempt)
{
    const struct presented_card *card = &attempt->command->card;

    if (!asks_issuer(attempt->kind))
        return false;
    if (card->entry == ENTRY_CONTACTLESS && attempt->kind == KIND_SALE &&
        attempt->command->amount.minor <= attempt_tap_limit(attempt))
        return false;
    return card->pin.len > 0;
}

bool attempt_has_cryptogram(const struct attempt *attempt)
{
    return asks_issuer(attempt->kind) && entry_has_cryptogram(&attempt->command->card);
}

/* ---- the amount ---- */

bool attempt_names_amount(const struct attempt *attempt)
{
    return attempt->command->amount.currency != 0 || attempt->command->amount.minor != 0;
}

int64_t attempt_left_minor(const struct attempt *attempt)
{
    const struct payment_row *original = &attempt->original.payment;

    if (!attempt->original.is_known)
        return 0;
    return attempt->kind == KIND_REFUND ? payment_row_refundable(original)
                                        : payment_row_standing(original);
}

bool attempt_has_default(const struct attempt *attempt)
{
    if (attempt->kind == KIND_REFUND)
        return attempt->original.is_known;
    return is_follow_up(attempt->kind) && attempt->kind != KIND_INCREMENT &&
           attempt->kind != KIND_TIP_ADJUST;
}

static struct money amount_of(const struct attempt *attempt)
{
    struct money amount = money_of(0, attempt->till.config->currency);

    if (!kind_row(attempt->kind)->moves_money)
        return amount;
    if (attempt_names_amount(attempt))
        amount = attempt->command->amount;
    else if (attempt_has_default(attempt))
        amount.minor = attempt_left_minor(attempt);
    if (amount.minor < 0 || amount.minor > MONEY_MINOR_MAX)
        amount = money_of(0, attempt->till.config->currency);
    return amount;
}

/* ---- the row ---- */

/* 1000000 + hhmmss, as in a message. */
static uint32_t local_time(const struct civil *civil)
{
    return 1000000U + civil->hour * 10000U + civil->minute * 100U + civil->second;
}

static void draw_card(struct attempt *attempt)
{
    const struct payment_row *original = &attempt->original.payment;
    struct payment_row *payment = attempt->payment;

    payment->entry = (uint8_t)attempt->command->card.entry;
    payment->sequence = attempt->entry.sequence;
    payment->expiry = attempt->entry.expiry;
    payment->pin_entered = attempt_has_pin(attempt);
    if (attempt->entry.pan.len > 0)
        payment->pan.masked = pan_mask(&attempt->entry.pan);
    if (payment->entry == ENTRY_QR)
        memcpy(payment->qr_code, attempt->command->qr_code, sizeof payment->qr_code);
    if (attempt_reads_card(attempt))
        return;
    payment->sequence = -1;
    if (!attempt->original.is_known)
        return;
    payment->pan = original->pan;
    payment->expiry = original->expiry;
    memcpy(payment->qr_code, original->qr_code, sizeof payment->qr_code); /* its voucher */
}

static void draw_original(struct attempt *attempt)
{
    const struct node_command *command = attempt->command;
    struct payment_row *payment = attempt->payment;

    if (is_follow_up(attempt->kind) && command->original.trace != 0)
        payment->original = followed_identity(&attempt->till, &command->original);
    if (attempt->kind != KIND_OFFLINE_SALE)
        return;
    payment->auth_mode = command->auth_mode;
    memcpy(payment->auth_id, command->auth_id, sizeof payment->auth_id);
    memcpy(payment->auth_institution, command->auth_institution, sizeof payment->auth_institution);
}

void attempt_draw_up(struct attempt *attempt)
{
    const struct node_event *event = attempt->work->event;
    struct payment_row *payment = attempt->payment;
    struct civil civil = instant_civil(event->wall, attempt->till.config->utc_offset_s);

    memset(payment, 0, sizeof *payment);
    payment->layout = PAYMENT_ROW_LAYOUT;
    payment->kind = (uint8_t)attempt->kind;
    payment->identity = till_next(&attempt->till);
    payment->amount = amount_of(attempt);
    memcpy(payment->merchant, attempt->till.terminal.merchant, sizeof payment->merchant);
    payment->is_training = attempt->till.terminal.is_training;
    payment->operator_number =
        attempt->till.drawer.is_cashier_in ? attempt->till.drawer.cashier : 0;
    payment->partial_ok = attempt->kind == KIND_SALE && attempt->till.terminal.partial_ok != 0;
    payment->copies = printed_at_first(attempt->command);
    draw_card(attempt);
    draw_original(attempt);
    payment->business_date = till_date(&attempt->till, event);
    payment->local_time = local_time(&civil);
    payment->local_date = (uint16_t)(civil.month * 100 + civil.day);
    payment->created = event->wall;
    payment->changed = event->wall;
    payment->link = event->ticket;
    memcpy(payment->unpredictable, event->entropy, sizeof payment->unpredictable);
}

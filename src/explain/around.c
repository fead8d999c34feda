#include "explain/around.h"

#include "base/assert.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)
#define NEAR_US (600 * SECOND_US)
#define HOUR_US (3600 * SECOND_US)
#define DAY_US (24 * HOUR_US)

#define SHARE_COUNT_MIN 3 /* other payments, or a share says nothing */
#define USUAL_COUNT_MIN 2
#define PERCENT_MAX 100000

void around_begin(struct around *around, const struct around_subject *subject)
{
    memset(around, 0, sizeof *around);
    around->subject = *subject;
    around->oldest = subject->sight.at;
}

static void count(struct around_share *share, const struct around_sight *sight)
{
    share->count++;
    share->refused += !sight->is_approved;
}

static int64_t local_day(const struct around *around, struct instant at)
{
    return (at.us + around->subject.utc_offset_s * SECOND_US) / DAY_US;
}

/* before_us: how long before the refusal; negative when it came after. */
static void add_approval(struct around *around, const struct around_sight *sight, int64_t before_us)
{
    const struct around_sight *self = &around->subject.sight;
    int64_t more_minor = sight->amount_minor - self->amount_minor;

    around->was_approved = true;
    around->smaller_approved |= more_minor < 0 && before_us < HOUR_US && before_us > -HOUR_US;
    around->same_approved |= more_minor == 0 && before_us < 0 && before_us > -NEAR_US &&
                             sight->merchant == self->merchant;
    if (before_us <= 0)
        return;
    around->approved_elsewhere += sight->merchant != self->merchant && before_us < DAY_US;
    around->approved_count++;
    around->approved_sum_minor += sight->amount_minor;
}

static void add_of_card(struct around *around, const struct around_sight *sight, int64_t before_us)
{
    const struct around_sight *self = &around->subject.sight;

    around->payments_today +=
        before_us > 0 && local_day(around, sight->at) == local_day(around, self->at);
    if (sight->is_approved) {
        add_approval(around, sight, before_us);
        return;
    }
    around->card_refused++;
    around->wrong_pins += sight->is_wrong_pin && before_us > 0 && before_us < HOUR_US;
    around->repeats += before_us > 0 && before_us < NEAR_US && sight->merchant == self->merchant &&
                       sight->amount_minor == self->amount_minor;
}

static void add_of_others(struct around *around, const struct around_sight *sight,
                          int64_t distance_us)
{
    const struct around_sight *self = &around->subject.sight;

    if (distance_us < NEAR_US)
        count(sight->issuer == self->issuer ? &around->issuer : &around->others, sight);
    /* a fault of the issuer says nothing about the shop */
    if (distance_us < HOUR_US && sight->merchant == self->merchant)
        count(&around->shop, sight);
}

void around_add(struct around *around, const struct around_sight *sight)
{
    const struct around_sight *self = &around->subject.sight;
    int64_t before_us = self->at.us - sight->at.us;

    if (sight->at.us < around->oldest.us)
        around->oldest = sight->at;
    around->tells_wrong_pins |= sight->is_wrong_pin && sight->issuer == self->issuer;
    if (sight->card != self->card)
        add_of_others(around, sight, before_us < 0 ? -before_us : before_us);
    else if (before_us != 0)
        add_of_card(around, sight, before_us);
}

/* ---- facts ---- */

static void know(struct rank_evidence *out, enum rank_fact fact, uint64_t value)
{
    out->is_known[fact] = true;
    out->values[fact] = value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void know_share(struct rank_evidence *out, enum rank_fact fact,
                       const struct around_share *share)
{
    if (share->count >= SHARE_COUNT_MIN)
        know(out, fact, share->refused * 100U / share->count);
}

static void know_days(struct rank_evidence *out, enum rank_fact fact, struct instant since,
                      struct instant at)
{
    if (since.us > 0 && since.us <= at.us)
        know(out, fact, (uint64_t)((at.us - since.us) / DAY_US));
}

static void know_amount(const struct around *around, struct rank_evidence *out)
{
    int64_t asked = around->subject.sight.amount_minor;
    int64_t usual;

    if (around->approved_count < USUAL_COUNT_MIN)
        return;
    usual = around->approved_sum_minor / around->approved_count;
    if (usual <= 0 || asked < 0)
        return;
    know(out, RANK_AMOUNT,
         asked > usual * (PERCENT_MAX / 100) ? PERCENT_MAX : (uint64_t)(asked * 100 / usual));
}

static void know_card(const struct around *around, struct rank_evidence *out)
{
    const struct around_sight *self = &around->subject.sight;

    if (around->wrong_pins > 0 ||
        (around->tells_wrong_pins && around->oldest.us <= self->at.us - HOUR_US))
        know(out, RANK_WRONG_PINS, around->wrong_pins);
    if (around->approved_elsewhere > 0)
        know(out, RANK_CARD_APPROVED, around->approved_elsewhere);
    if (around->smaller_approved)
        know(out, RANK_SMALLER_APPROVED, 1);
    if (around->same_approved)
        know(out, RANK_SAME_APPROVED, 1);
    if (around->repeats > 0)
        know(out, RANK_REPEATS, around->repeats);
    if (!around->was_approved && around->card_refused > 0)
        know(out, RANK_NEVER_APPROVED, around->card_refused + 1);
    if (around->payments_today > 0 ||
        local_day(around, around->oldest) < local_day(around, self->at))
        know(out, RANK_PAYMENTS_TODAY, around->payments_today);
    know_amount(around, out);
}

void around_finish(const struct around *around, struct rank_evidence *out)
{
    const struct around_subject *subject = &around->subject;
    struct instant at = subject->sight.at;
    int64_t local_us = at.us + subject->utc_offset_s * SECOND_US;

    memset(out, 0, sizeof *out);
    know_card(around, out);
    know_share(out, RANK_ISSUER_REFUSED, &around->issuer);
    know_share(out, RANK_OTHERS_REFUSED, &around->others);
    know_share(out, RANK_SHOP_REFUSED, &around->shop);
    know(out, RANK_FALLBACK, subject->is_fallback);
    know(out, RANK_KEYED, subject->is_keyed);
    know_days(out, RANK_MERCHANT_DAYS, subject->merchant_since, at);
    know_days(out, RANK_TABLE_DAYS, subject->tables_since, at);
    know(out, RANK_HOUR, (uint64_t)(local_us % DAY_US / HOUR_US));
}

#include "issuer/account.h"

#include "base/assert.h"

static bool in_range(int64_t minor)
{
    return minor >= -ACCOUNT_MINOR_MAX && minor <= ACCOUNT_MINOR_MAX;
}

bool account_is_sane(const struct account_row *account)
{
    return in_range(account->balance_minor) && in_range(account->credit_limit_minor) &&
           in_range(account->held_minor);
}

bool account_card_is_sane(const struct card_row *card)
{
    return in_range(card->limit_minor) && in_range(card->daily_limit_minor) &&
           in_range(card->daily_used_minor);
}

int64_t account_available(const struct account_row *account)
{
    assert(account_is_sane(account));
    return account->balance_minor + account->credit_limit_minor - account->held_minor;
}

struct card_day card_day_of(const struct card_row *card, uint32_t date)
{
    if (card->daily_date < date)
        return (struct card_day){.date = date};
    return (struct card_day){
        .used_minor = card->daily_used_minor,
        .count = card->daily_count,
        .date = card->daily_date,
    };
}

static struct account_ref holder_of(const struct account_row *account)
{
    return (struct account_ref){.kind = ACCOUNT_CARDHOLDER, .number = account->number};
}

static struct account_ref acquirer_of(const struct identity *identity)
{
    return (struct account_ref){
        .kind = ACCOUNT_ACQUIRER_SETTLEMENT,
        .number = account_of_text(identity->acquirer, ACQUIRER_ID_LEN),
    };
}

bool account_can(const struct account_row *account, const struct effect *effect)
{
    return account_is_sane(account) && in_range(effect->taken_minor) &&
           in_range(effect->held_minor) && in_range(account->balance_minor - effect->taken_minor) &&
           in_range(account->held_minor + effect->held_minor) &&
           account->held_minor + effect->held_minor >= 0;
}

static void count(struct card_row *card, const struct effect *effect)
{
    struct card_day day = card_day_of(card, effect->date);

    if (!account_card_is_sane(card) || (effect->used_minor == 0 && effect->count == 0) ||
        (!effect->is_today && card->daily_date != effect->date))
        return;
    int64_t used_minor = day.used_minor + effect->used_minor;
    int64_t payments = (int64_t)day.count + effect->count;
    card->daily_used_minor = used_minor > 0 ? used_minor : 0;
    card->daily_count = payments < 0 ? 0 : payments > UINT32_MAX ? UINT32_MAX : (uint32_t)payments;
    card->daily_date = day.date;
}

enum err account_apply(struct account_row *account, struct card_row *card,
                       const struct effect *effect, const struct identity *payment,
                       struct postings *postings)
{
    struct account_ref holder = holder_of(account);
    struct account_ref acquirer = acquirer_of(payment);
    int64_t taken = effect->taken_minor;

    if (!account_can(account, effect))
        return ERR_OVERFLOW;
    account->balance_minor -= taken;
    account->held_minor += effect->held_minor;
    if (taken > 0)
        postings_add_pair(postings, holder, acquirer, money_of(taken, account->currency));
    if (taken < 0)
        postings_add_pair(postings, acquirer, holder, money_of(-taken, account->currency));
    if (card != NULL)
        count(card, effect);
    return OK;
}

enum err account_fund(struct account_row *account, struct money amount, struct postings *postings)
{
    if (amount.minor <= 0 || amount.currency != account->currency)
        return ERR_BAD_VALUE;
    if (!account_is_sane(account) || amount.minor > MONEY_MINOR_MAX ||
        account->balance_minor > ACCOUNT_MINOR_MAX - amount.minor)
        return ERR_OVERFLOW;
    account->balance_minor += amount.minor;
    struct account_ref funding = {.kind = ACCOUNT_FUNDING};
    postings_add_pair(postings, funding, holder_of(account), amount);
    return OK;
}

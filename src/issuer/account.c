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

void account_post(struct account_row *account, struct card_row *card,
                  const struct payment_row *payment, struct postings *postings)
{
    struct card_day day = card_day_of(card, payment->business_date);
    struct money amount = payment->amount;

    assert(amount.minor > 0);
    assert(amount.currency == account->currency);
    assert(amount.minor <= account_available(account));
    account->balance_minor -= amount.minor;
    postings_add_pair(postings, holder_of(account), acquirer_of(&payment->identity), amount);
    card->daily_used_minor = day.used_minor + amount.minor;
    card->daily_count = day.count == UINT32_MAX ? day.count : day.count + 1;
    card->daily_date = day.date;
}

static void give_back_counters(struct card_row *card, const struct payment_row *payment)
{
    if (card->daily_date != payment->business_date)
        return;
    int64_t used_minor = card->daily_used_minor;
    card->daily_used_minor =
        used_minor > payment->amount.minor ? used_minor - payment->amount.minor : 0;
    if (card->daily_count > 0)
        card->daily_count--;
}

enum err account_give_back(struct account_row *account, struct card_row *card,
                           const struct payment_row *payment, struct postings *postings)
{
    struct money amount = payment->amount;

    if (amount.minor <= 0 || amount.currency != account->currency)
        return ERR_BAD_VALUE;
    if (!account_is_sane(account) || account->balance_minor > ACCOUNT_MINOR_MAX - amount.minor)
        return ERR_OVERFLOW;
    account->balance_minor += amount.minor;
    postings_add_pair(postings, acquirer_of(&payment->identity), holder_of(account), amount);
    if (card != NULL && account_card_is_sane(card))
        give_back_counters(card, payment);
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

#include "terminal/basket.h"

#include "base/assert.h"

static bool is_same(const struct attempt *attempt)
{
    const struct drawer_row *drawer = &attempt->till.drawer;

    return drawer->basket_kind == attempt->kind &&
           drawer->basket_minor == attempt->command->amount.minor;
}

bool basket_chip_failed(const struct attempt *attempt)
{
    return is_same(attempt) && attempt->till.drawer.chip_failed != 0;
}

/* The card was there, and gave nothing to work with. */
static bool is_about_reading(const struct attempt *attempt, enum outcome outcome)
{
    return outcome == OUTCOME_CARD_UNREADABLE || ((outcome == OUTCOME_TERMINAL_DEVICE_FAULT ||
                                                   outcome == OUTCOME_CARD_TYPE_UNSUPPORTED) &&
                                                  attempt->command->card.entry == ENTRY_CHIP);
}

void basket_refused(struct attempt *attempt, enum outcome outcome)
{
    struct drawer_row *drawer = &attempt->till.drawer;

    if (!is_about_reading(attempt, outcome))
        return;
    if (!is_same(attempt)) {
        drawer->basket_kind = (uint8_t)attempt->kind;
        drawer->basket_minor = attempt->command->amount.minor;
        drawer->unread_tries = 0;
        drawer->chip_failed = 0;
    }
    if (drawer->unread_tries < UINT8_MAX)
        drawer->unread_tries++;
    if (attempt->command->card.entry == ENTRY_CHIP)
        drawer->chip_failed = 1;
    evidence_add_number(attempt->payment->evidence, EVIDENCE_USED, drawer->unread_tries);
    till_put_drawer(attempt->work, &attempt->till);
}

void basket_done(struct attempt *attempt)
{
    struct drawer_row *drawer = &attempt->till.drawer;

    if (drawer->basket_kind == KIND_NONE)
        return;
    drawer->basket_kind = KIND_NONE;
    drawer->basket_minor = 0;
    drawer->unread_tries = 0;
    drawer->chip_failed = 0;
    till_put_drawer(attempt->work, &attempt->till);
}

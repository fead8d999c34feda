#include "risk/count.h"

#include "base/assert.h"

#include <string.h>

bool count_stands(enum txn_kind kind)
{
    return rules_kind_charges(kind) || kind == KIND_REFUND;
}

static bool code_is(const struct payment_row *row, const char *codes)
{
    for (; codes[0] != 0; codes += 3) {
        if (memcmp(row->code, codes, RESPONSE_CODE_LEN) == 0)
            return true;
    }
    return false;
}

/* No such card or issuer, wrong date, PIN or check value, stolen, suspected, or no reason given: of
 * the issuer, or the switch's own "no such range". */
bool count_is_guess(const struct payment_row *row)
{
    return row->outcome == OUTCOME_CARD_BIN_UNKNOWN ||
           (row->decided_by == PARTY_ISSUER && code_is(row, "05 14 34 41 43 54 55 59 "));
}

/* 38 and 75: the issuer itself has closed the card for its wrong PINs. */
bool count_is_wrong_pin(const struct payment_row *row)
{
    return row->decided_by == PARTY_ISSUER && code_is(row, "38 55 75 ");
}

bool count_makes(enum count_change change)
{
    return change != COUNT_BACK && change != COUNT_PART;
}

/* What of the amount stands: less after a partial approval. */
static int64_t standing(const struct payment_row *row)
{
    bool is_partial = row->posted_minor > 0 && row->posted_minor < row->amount.minor;

    return is_partial ? row->posted_minor : row->amount.minor;
}

static void add(const struct payment_row *row, struct tally_row *tally)
{
    if (row->kind == KIND_REFUND)
        activity_add_refund(tally, row->business_date);
    else
        activity_add(tally, row->business_date, standing(row));
}

static void take(const struct payment_row *row, struct tally_row *tally)
{
    if (row->kind == KIND_REFUND)
        activity_take_refund(tally, row->business_date);
    else
        activity_take(tally, row->business_date, standing(row));
}

void count_tally(enum count_change change, const struct payment_row *row, struct tally_row *tally)
{
    switch (change) {
    case COUNT_SENT:
        add(row, tally);
        break;
    case COUNT_AGAIN:
        assert(row->kind != KIND_REFUND); /* a refund is never taken back */
        activity_restore(tally, row->business_date, standing(row));
        break;
    case COUNT_BACK:
        take(row, tally);
        break;
    case COUNT_PART:
        activity_trim(tally, row->business_date, row->amount.minor - standing(row));
        break;
    case COUNT_REFUSED:
        activity_refuse(tally, row->created);
        break;
    case COUNT_PIN:
        break;
    }
}

static void note_pin(const struct payment_row *row, struct card_activity_row *card)
{
    if (count_is_wrong_pin(row))
        activity_pin_wrong(card, row->business_date);
    else if (code_is(row, "00 "))
        activity_pin_right(card);
}

void count_card(enum count_change change, const struct payment_row *row,
                const struct merchant_row *shop, struct card_activity_row *card)
{
    count_tally(change, row, &card->tally);
    if (change == COUNT_SENT && row->kind != KIND_REFUND && shop != NULL)
        activity_visit(card, shop, row->created);
    else if (change == COUNT_BACK)
        activity_unvisit(card, row->merchant, row->created);
    else if (change == COUNT_PIN)
        note_pin(row, card);
}

struct card_activity_row count_new_card(uint32_t date)
{
    struct card_activity_row card;

    memset(&card, 0, sizeof card);
    card.tally = activity_new(TALLY_CARD, date);
    return card;
}

#include "office/agree.h"

#include "base/assert.h"

#include <string.h>

void agree_entry_of(const struct payment_row *row, struct agree_entry *out)
{
    struct identity payment = identity_as(&row->identity, IDENTITY_PAYMENT);

    memset(out, 0, sizeof *out);
    identity_to_key(&payment, out->key);
    out->kind = row->kind;
    out->stage = row->stage;
    out->money = row->money;
    out->is_approved = outcome_is_known(row->outcome) &&
                       outcome_is_approved((enum outcome)row->outcome) &&
                       row->stage == STAGE_ANSWERED;
    out->minor = row->posted_minor;
    out->created_us = row->created.us;
}

int agree_entry_order(const struct agree_entry *a, const struct agree_entry *b)
{
    return memcmp(a->key, b->key, sizeof a->key);
}

/* Of an inquiry whose answer never came nobody needs to know more. */
static bool is_inquiry(const struct agree_entry *entry)
{
    return entry->kind < KIND_COUNT && kind_row((enum txn_kind)entry->kind)->shape == SHAPE_INQUIRY;
}

static bool is_open(const struct agree_entry *entry)
{
    return entry != NULL && !is_inquiry(entry) &&
           (entry->money == MONEY_UNKNOWN || entry->money == MONEY_RETURNING ||
            entry->stage == STAGE_SENT || entry->stage == STAGE_REVERSING ||
            entry->stage == STAGE_STORED);
}

/* A terminal that was told by the switch that it is taking the money back leaves it there: the
 * switch's row says how that ended. */
static bool is_waiting(const struct agree_entry *terminal)
{
    return is_open(terminal) &&
           !(terminal->stage == STAGE_ANSWERED && terminal->money == MONEY_RETURNING);
}

static bool is_taken(const struct agree_entry *entry)
{
    return entry != NULL && (entry->money == MONEY_MOVED || entry->money == MONEY_HELD);
}

enum agreement agree_on(const struct agree_entry *terminal, const struct agree_entry *acquirer,
                        const struct agree_entry *issuer)
{
    bool wanted = is_taken(terminal);
    bool held = is_taken(acquirer) || is_taken(issuer);

    assert(terminal != NULL || acquirer != NULL || issuer != NULL);
    if (is_waiting(terminal) || is_open(acquirer) || is_open(issuer))
        return AGREE_OPEN;
    if (terminal == NULL && held)
        return AGREE_UNKNOWN_HERE;
    if (wanted && !(is_taken(acquirer) && is_taken(issuer)))
        return AGREE_LOST;
    if (!wanted && held)
        return AGREE_UNASKED;
    if (!wanted)
        return AGREE_NOT_TAKEN;
    return terminal->minor == acquirer->minor && terminal->minor == issuer->minor ? AGREE_TAKEN
                                                                                  : AGREE_AMOUNT;
}

bool agreement_is_good(enum agreement agreement)
{
    return agreement == AGREE_TAKEN || agreement == AGREE_NOT_TAKEN;
}

const char *agreement_text(enum agreement agreement)
{
    static const char *const texts[] = {
        [AGREE_TAKEN] = "taken once, everywhere",
        [AGREE_NOT_TAKEN] = "not taken, everywhere",
        [AGREE_OPEN] = "still being worked on",
        [AGREE_LOST] = "approved at the terminal, not held elsewhere",
        [AGREE_UNASKED] = "taken, though the terminal has not approved it",
        [AGREE_AMOUNT] = "taken with different amounts",
        [AGREE_UNKNOWN_HERE] = "taken for a payment that the terminal never made",
    };

    _Static_assert(ARRAY_COUNT(texts) == AGREEMENT_COUNT, "words for each verdict");
    assert(agreement < AGREEMENT_COUNT);
    return texts[agreement];
}

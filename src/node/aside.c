#include "node/aside.h"

#include "base/assert.h"

#include <string.h>

static struct row_key key_of(const struct node_work *work, const char *source, size_t source_len)
{
    char padded[ASIDE_SOURCE_LEN] = {0};

    assert(source_len <= sizeof padded);
    memcpy(padded, source, source_len);
    return aside_row_key(padded, work->event->message.identity.trace);
}

void aside_need(struct node_work *work, const char *source, size_t source_len)
{
    node_need(work, key_of(work, source, source_len));
}

static void put_card_tail(const struct txn_message *message, char out[static ASIDE_CARD_TAIL_LEN])
{
    if (message->pan.len >= PAN_DIGITS_MIN && message->pan.len <= PAN_DIGITS_MAX)
        memcpy(out, message->pan.digits + message->pan.len - ASIDE_CARD_TAIL_LEN,
               ASIDE_CARD_TAIL_LEN);
}

static struct aside_entry entry_of(const struct node_work *work, unsigned differs,
                                   const struct payment_row *payment)
{
    const struct txn_message *message = &work->event->message;
    struct aside_entry entry;

    memset(&entry, 0, sizeof entry);
    entry.identity = message->identity;
    entry.differs = (uint16_t)differs;
    entry.kind = (uint8_t)message->kind;
    entry.function = (uint8_t)message->function;
    memcpy(entry.code, message->code, sizeof entry.code);
    put_card_tail(message, entry.card_tail);
    entry.currency = message->amount.currency;
    entry.amount_minor = message->amount.minor;
    entry.expected_minor = payment == NULL ? 0 : payment->amount.minor;
    entry.first = entry.last = work->event->wall;
    entry.sequence = work->event->sequence;
    entry.count = 1;
    return entry;
}

bool aside_keep(struct node_work *work, const char *source, size_t source_len, unsigned differs,
                const struct payment_row *payment)
{
    struct row_key key = key_of(work, source, source_len);
    struct aside_entry entry = entry_of(work, differs, payment);
    const struct aside_row *stored = node_value(work, &key, sizeof *stored);
    struct aside_row row;

    if (node_row(work, &key) == NULL)
        return true; /* its row could not be asked for any more: the record has it */
    memset(&row, 0, sizeof row);
    if (stored != NULL)
        row = *stored;
    row.layout = PARTY_ROW_LAYOUT;
    if (!aside_row_note(&row, &entry))
        return false;
    node_put(work, &key, &row, sizeof row);
    return true;
}

#include "acquirer/shop_order.h"

#include "books/archive_rows.h"
#include "books/payment_state.h"

#include <string.h>

#define EVIDENCE_TEXT_LEN sizeof(((struct evidence *)NULL)->text)

static bool has_order(const struct desk *desk)
{
    return desk->message->order[0] != 0 && kind_row(desk->message->kind)->shape == SHAPE_ORIGINAL;
}

/* FNV-1a (Fowler, Noll, Vo): only spreads the orders over the places. */
static uint16_t place_of(const char order[static ORDER_LEN])
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < ORDER_LEN; i++)
        hash = (hash ^ (uint8_t)order[i]) * 16777619U;
    return (uint16_t)(hash % SHOP_ORDER_PLACES);
}

static struct row_key place_key(const struct desk *desk)
{
    uint8_t key[MERCHANT_ID_LEN + sizeof(uint16_t)];

    memcpy(key, desk->message->merchant, MERCHANT_ID_LEN);
    bytes_put_u16(key + MERCHANT_ID_LEN, place_of(desk->message->order));
    return row_key_of(TABLE_SHOP_ORDER, key, sizeof key);
}

/* An empty one when there is none yet, or none that can be read. */
static struct shop_order_row row_of(const struct desk *desk)
{
    struct row_key key = place_key(desk);
    const struct shop_order_row *kept = node_value(desk->work, &key, sizeof *kept);
    struct shop_order_row row;

    if (kept != NULL && kept->layout == PARTY_ROW_LAYOUT && kept->count <= SHOP_ORDERS_KEPT)
        return *kept;
    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    return row;
}

/* The order's entry, or count. */
static size_t entry_of(const struct shop_order_row *row, const char order[static ORDER_LEN])
{
    size_t at = 0;

    while (at < row->count && memcmp(row->entries[at].order, order, ORDER_LEN) != 0)
        at++;
    return at;
}

void shop_order_need(const struct desk *desk)
{
    if (!has_order(desk))
        return;
    node_need(desk->work, place_key(desk));
    struct shop_order_row row = row_of(desk);
    size_t at = entry_of(&row, desk->message->order);
    if (at == row.count)
        return;
    node_need(desk->work, payment_row_key(&row.entries[at].payment));
    node_need(desk->work, archive_mark_key(&row.entries[at].payment));
}

/* Its row is in a file, so nobody here can say that it was refused. */
static bool is_archived(const struct desk *desk, const struct identity *payment)
{
    struct row_key key = archive_mark_key(payment);

    return archive_mark_covers(node_value(desk->work, &key, sizeof(struct archive_mark_row)),
                               payment);
}

/* A payment that came in the same batch of events is not at hand, and has only been sent. */
static enum payment_state state_of(const struct desk *desk, const struct identity *identity,
                                   bool *is_safe)
{
    struct row_key key = payment_row_key(identity);
    const struct node_row *stored = node_row(desk->work, &key);
    const struct payment_row *row = node_value(desk->work, &key, sizeof *row);

    *is_safe = false;
    if (stored == NULL)
        return PAYMENT_IN_PROGRESS;
    if (stored->found && (row == NULL || !desk_payment_is_sound(row, identity)))
        return PAYMENT_DAMAGED;
    if (!stored->found && is_archived(desk, identity))
        return PAYMENT_ARCHIVED;
    *is_safe = payment_state_is_safe(row);
    return payment_state_of(row);
}

bool shop_order_is_taken(const struct desk *desk, struct verdict *verdict)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);
    bool is_safe;

    if (!has_order(desk))
        return false;
    struct shop_order_row row = row_of(desk);
    size_t at = entry_of(&row, desk->message->order);
    if (at == row.count || identity_equal(&row.entries[at].payment, &desk->identity))
        return false;
    enum payment_state state = state_of(desk, &row.entries[at].payment, &is_safe);
    if (is_safe)
        return false;
    identity_add_text(&t, &row.entries[at].payment);
    evidence_add(verdict->evidence, EVIDENCE_ORIGINAL, text_z(&t));
    evidence_add(verdict->evidence, EVIDENCE_STATE, payment_state_name(state));
    return true;
}

void shop_order_put(const struct desk *desk, const struct payment_row *row)
{
    struct row_key key = place_key(desk);

    if (!has_order(desk))
        return;
    struct shop_order_row kept = row_of(desk);
    size_t at = entry_of(&kept, desk->message->order);
    if (at == kept.count && kept.count == SHOP_ORDERS_KEPT)
        at = 0; /* the oldest goes */
    if (at < kept.count) {
        memmove(&kept.entries[at], &kept.entries[at + 1],
                (kept.count - at - 1U) * sizeof kept.entries[0]);
        kept.count--;
    }
    memcpy(kept.entries[kept.count].order, desk->message->order, ORDER_LEN);
    kept.entries[kept.count].payment = row->identity;
    kept.count++;
    node_put(desk->work, &key, &kept, sizeof kept);
}

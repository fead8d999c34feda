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

/* The order's entry at or after `from`, or count. */
static size_t entry_of(const struct shop_order_row *row, size_t from,
                       const char order[static ORDER_LEN])
{
    size_t at = from;

    while (at < row->count && memcmp(row->entries[at].order, order, ORDER_LEN) != 0)
        at++;
    return at;
}

void shop_order_need(const struct desk *desk)
{
    const char *order = desk->message->order;

    if (!has_order(desk))
        return;
    node_need(desk->work, place_key(desk));
    struct shop_order_row row = row_of(desk);
    for (size_t at = entry_of(&row, 0, order); at < row.count; at = entry_of(&row, at + 1, order)) {
        node_need(desk->work, payment_row_key(&row.entries[at].payment));
        node_need(desk->work, archive_mark_key(&row.entries[at].payment));
    }
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

static bool stands_in_the_way(const struct desk *desk, const struct identity *payment,
                              struct verdict *verdict)
{
    char room[EVIDENCE_TEXT_LEN];
    struct text t = text_over(room, sizeof room);
    bool is_safe;
    enum payment_state state = state_of(desk, payment, &is_safe);

    if (is_safe)
        return false;
    identity_add_text(&t, payment);
    evidence_add(verdict->evidence, EVIDENCE_ORIGINAL, text_z(&t));
    evidence_add(verdict->evidence, EVIDENCE_STATE, payment_state_name(state));
    return true;
}

bool shop_order_is_taken(const struct desk *desk, struct verdict *verdict)
{
    const char *order = desk->message->order;

    if (!has_order(desk))
        return false;
    struct shop_order_row row = row_of(desk);
    for (size_t at = entry_of(&row, 0, order); at < row.count; at = entry_of(&row, at + 1, order)) {
        const struct identity *payment = &row.entries[at].payment;
        if (!identity_equal(payment, &desk->identity) && stands_in_the_way(desk, payment, verdict))
            return true;
    }
    return false;
}

/* Voided: it stands again when the void is taken back. */
static bool may_stand_again(const struct desk *desk, const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);
    const struct payment_row *row = node_value(desk->work, &key, sizeof *row);

    return row != NULL && row->stage == STAGE_ANSWERED &&
           outcome_is_approved((enum outcome)row->outcome);
}

static void drop(struct shop_order_row *row, size_t at)
{
    memmove(&row->entries[at], &row->entries[at + 1],
            (row->count - at - 1U) * sizeof row->entries[0]);
    row->count--;
}

/* Drops of the order's payments those that can never stand again, and of the others the oldest when
 * there are as many as are kept. */
static void make_way(const struct desk *desk, struct shop_order_row *row)
{
    const char *order = desk->message->order;
    size_t voided = 0;
    size_t at = entry_of(row, 0, order);

    while (at < row->count) {
        bool is_kept = may_stand_again(desk, &row->entries[at].payment);
        voided += is_kept;
        if (!is_kept)
            drop(row, at);
        at = entry_of(row, at + is_kept, order);
    }
    if (voided > SHOP_ORDER_VOIDED_MAX)
        drop(row, entry_of(row, 0, order));
    if (row->count == SHOP_ORDERS_KEPT)
        drop(row, 0);
}

void shop_order_put(const struct desk *desk, const struct payment_row *row)
{
    struct row_key key = place_key(desk);

    if (!has_order(desk))
        return;
    struct shop_order_row kept = row_of(desk);
    make_way(desk, &kept);
    memcpy(kept.entries[kept.count].order, desk->message->order, ORDER_LEN);
    kept.entries[kept.count].payment = row->identity;
    kept.count++;
    node_put(desk->work, &key, &kept, sizeof kept);
}

#include "app/doubt/doubt_list.h"

#include "app/story/story.h"
#include "base/text.h"
#include "node/doubt.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct store *store;
    bool is_terminal;
    struct doubt_list *list;
    struct doubt_item item; /* the one in hand */
};

const char *doubt_kind_name(const struct pending_row *pending)
{
    switch (pending->kind) {
    case PENDING_ANSWER:
        return "answer";
    case PENDING_REVERSAL:
        return "reversal";
    case PENDING_ADVICE:
        return "advice";
    case PENDING_QUERY:
        return "query";
    default:
        return NULL;
    }
}

/* A terminal's next party is the acquirer; the switch's the payment's issuer. A payment that cannot
 * be read has none, and a lane of its own. */
static const char *destination_of(const struct reading *reading)
{
    const struct doubt_item *item = &reading->item;

    if (reading->is_terminal)
        return item->pending.identity.acquirer;
    return item->is_known ? item->payment.issuer : "";
}

static struct doubt_lane *lane_of(struct reading *reading)
{
    struct doubt_list *list = reading->list;
    uint8_t kind = reading->item.pending.kind;
    char destination[ACQUIRER_ID_LEN] = {0};

    memcpy(destination, destination_of(reading),
           strnlen(destination_of(reading), sizeof destination));
    for (size_t i = 0; i < list->lane_count; i++) {
        struct doubt_lane *lane = &list->lanes[i];
        if (lane->kind == kind && memcmp(lane->destination, destination, sizeof destination) == 0)
            return lane;
    }
    if (list->lane_count == DOUBT_LANES_MAX)
        return &list->lanes[DOUBT_LANES_MAX - 1]; /* counted, if under another's name */
    struct doubt_lane *lane = &list->lanes[list->lane_count++];
    memset(lane, 0, sizeof *lane);
    memcpy(lane->destination, destination, sizeof destination);
    lane->kind = kind;
    lane->oldest = reading->item.pending.since;
    return lane;
}

static void count(struct reading *reading)
{
    const struct pending_row *pending = &reading->item.pending;
    struct doubt_lane *lane = lane_of(reading);

    lane->count++;
    lane->handed += doubt_is_handed(pending) ? 1 : 0;
    if (pending->attempts > lane->tries_max)
        lane->tries_max = pending->attempts;
    if (pending->since.us < lane->oldest.us)
        lane->oldest = pending->since;
}

/* Keeps the oldest, those that a person has before the others. */
static bool goes_before(const struct doubt_item *a, const struct doubt_item *b)
{
    bool is_handed = doubt_is_handed(&a->pending);

    if (is_handed != doubt_is_handed(&b->pending))
        return is_handed;
    return a->pending.since.us < b->pending.since.us;
}

static void list_item(struct reading *reading)
{
    struct doubt_list *list = reading->list;
    size_t at = list->item_count;

    if (list->item_count == DOUBT_ITEMS_MAX) {
        list->more++;
        if (!goes_before(&reading->item, &list->items[DOUBT_ITEMS_MAX - 1]))
            return;
        at = DOUBT_ITEMS_MAX - 1;
    } else {
        list->item_count++;
    }
    while (at > 0 && goes_before(&reading->item, &list->items[at - 1])) {
        list->items[at] = list->items[at - 1];
        at--;
    }
    list->items[at] = reading->item;
}

static bool visit(void *context, const struct row_key *key, struct bytes value)
{
    struct reading *reading = context;
    struct doubt_item *item = &reading->item;

    if (key->table != TABLE_PENDING)
        return false;
    if (value.len != sizeof item->pending)
        return true; /* of damaged rows the audit speaks */
    memcpy(&item->pending, value.at, sizeof item->pending);
    if (doubt_kind_name(&item->pending) == NULL)
        return true;
    item->is_known = story_load_payment(reading->store, &item->pending.identity, &item->payment);
    count(reading);
    list_item(reading);
    return true;
}

/* ---- what was set aside ---- */

static void list_aside(struct doubt_list *list, const struct row_key *key,
                       const struct aside_entry *entry)
{
    size_t at = list->aside_count;

    if (at == DOUBT_ASIDE_MAX) {
        list->aside_more++;
        at--;
        if (list->aside[at].entry.last.us >= entry->last.us)
            return;
    } else {
        list->aside_count++;
    }
    for (; at > 0 && list->aside[at - 1].entry.last.us < entry->last.us; at--)
        list->aside[at] = list->aside[at - 1];
    memcpy(list->aside[at].source, key->at, sizeof list->aside[at].source);
    list->aside[at].entry = *entry;
}

static bool visit_aside(void *context, const struct row_key *key, struct bytes value)
{
    struct doubt_list *list = context;
    struct aside_row row;

    if (key->table != TABLE_ASIDE)
        return false;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    list->aside_more += row.dropped;
    for (size_t i = 0; i < row.count && i < ASIDE_ENTRIES_MAX; i++)
        list_aside(list, key, &row.entries[i]);
    return true;
}

/* ---- what persons said ---- */

static bool visit_testimony(void *context, const struct row_key *key, struct bytes value)
{
    struct doubt_list *list = context;
    struct testimony_row row;

    if (key->table != TABLE_TESTIMONY)
        return false;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    if (!testimony_row_is_readable(&row) ||
        (row.stage != TESTIMONY_PROPOSED && !row.is_contradicted))
        return true;
    list->contradicted += row.is_contradicted ? 1 : 0;
    if (list->testimony_count == DOUBT_TESTIMONIES_MAX)
        list->testimony_more++;
    else
        list->testimonies[list->testimony_count++] = row;
    return true;
}

enum store_result doubt_list_read(struct store *store, bool is_terminal, struct doubt_list *out)
{
    struct row_key from = row_key_of(TABLE_PENDING, NULL, 0);
    struct reading reading = {.store = store, .is_terminal = is_terminal, .list = out};

    memset(out, 0, sizeof *out);
    enum store_result result = store->scan(store->self, &from, visit, &reading);
    from = row_key_of(TABLE_ASIDE, NULL, 0);
    if (result == STORE_OK)
        result = store->scan(store->self, &from, visit_aside, out);
    from = row_key_of(TABLE_TESTIMONY, NULL, 0);
    return result != STORE_OK ? result : store->scan(store->self, &from, visit_testimony, out);
}

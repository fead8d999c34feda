#include "engine/row_map.h"

#include "base/assert.h"
#include "books/archive_rows.h"
#include "books/aside_rows.h"
#include "books/handout_rows.h"
#include "books/risk_rows.h"
#include "books/testimony.h"
#include "books/update_rows.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((ROW_MAP_PLACES & (ROW_MAP_PLACES - 1)) == 0, "places are found by masking");
_Static_assert(10 * ROW_MAP_ROWS_MAX <= 6 * ROW_MAP_PLACES, "free places end a search");

enum err row_map_init(struct row_map *map)
{
    *map = (struct row_map){.filling = 1};
    map->rows = calloc(ROW_MAP_ROWS_MAX, sizeof *map->rows);
    map->places = calloc(ROW_MAP_PLACES, sizeof *map->places);
    if (map->rows != NULL && map->places != NULL)
        return OK;
    row_map_close(map);
    return ERR_FULL;
}

void row_map_close(struct row_map *map)
{
    free(map->rows);
    free(map->places);
    *map = (struct row_map){0};
}

void row_map_clear(struct row_map *map)
{
    map->count = 0;
    map->filling++;
    if (map->filling != 0)
        return;
    memset(map->places, 0, ROW_MAP_PLACES * sizeof *map->places);
    map->filling = 1;
}

static struct node_row *add(struct row_map *map, const struct row_key *key)
{
    assert(map->count < ROW_MAP_ROWS_MAX);
    struct node_row *row = &map->rows[map->count++];
    row->key = *key;
    row->found = false;
    row->is_changed = false;
    row->version = 0;
    row->len = 0;
    return row;
}

struct node_row *row_map_take(struct row_map *map, const struct row_key *key)
{
    size_t at = row_key_hash(key) & (ROW_MAP_PLACES - 1);

    while (map->places[at].filling == map->filling) {
        struct node_row *row = &map->rows[map->places[at].row];
        if (row_key_equal(&row->key, key))
            return row;
        at = (at + 1) & (ROW_MAP_PLACES - 1);
    }
    map->places[at] = (struct row_map_place){.filling = map->filling, .row = (uint32_t)map->count};
    return add(map, key);
}

size_t row_map_value_len(uint8_t table)
{
    static const size_t lens[] = {
        [TABLE_CONFIG] = sizeof(struct config_row),
        [TABLE_TERMINAL] = sizeof(struct terminal_row),
        [TABLE_TERMINAL_KEYS] = sizeof(struct terminal_keys_row),
        [TABLE_MERCHANT] = sizeof(struct merchant_row),
        [TABLE_ROUTE] = sizeof(struct route_row),
        [TABLE_ISSUER] = sizeof(struct issuer_row),
        [TABLE_ACQUIRER] = sizeof(struct acquirer_row),
        [TABLE_CARD] = sizeof(struct card_row),
        [TABLE_ACCOUNT] = sizeof(struct account_row),
        [TABLE_PAYMENT] = sizeof(struct payment_row),
        [TABLE_PENDING] = sizeof(struct pending_row),
        [TABLE_RULES] = sizeof(struct rules_row),
        [TABLE_RULE_PART] = sizeof(struct rule_part_row),
        [TABLE_TALLY] = sizeof(struct tally_row),
        [TABLE_CARD_ACTIVITY] = sizeof(struct card_activity_row),
        [TABLE_LISTED_CARD] = sizeof(struct listed_card_row),
        [TABLE_BATCH] = sizeof(struct batch_row),
        [TABLE_DRAWER] = sizeof(struct drawer_row),
        [TABLE_OPERATOR] = sizeof(struct operator_row),
        [TABLE_RANGE] = sizeof(struct range_row),
        [TABLE_GIVEN_CODE] = sizeof(struct given_code_row),
        [TABLE_FUNDS] = sizeof(struct funds_row),
        [TABLE_UPDATE] = sizeof(struct update_row),
        [TABLE_PIECE] = sizeof(struct piece_row),
        [TABLE_OFFER] = sizeof(struct offer_row),
        [TABLE_FETCH] = sizeof(struct fetch_row),
        [TABLE_HANDOUT] = sizeof(struct handout_row),
        [TABLE_SIGNATURE] = sizeof(struct signature_row),
        [TABLE_ISSUER_LINK] = sizeof(struct issuer_link_row),
        [TABLE_ASIDE] = sizeof(struct aside_row),
        [TABLE_ORDER] = sizeof(struct order_row),
        [TABLE_ORDER_BOOK] = sizeof(struct order_book_row),
        [TABLE_PEER] = sizeof(struct peer_row),
        [TABLE_TESTIMONY] = sizeof(struct testimony_row),
        [TABLE_ARCHIVE_MARK] = sizeof(struct archive_mark_row),
        [TABLE_ARCHIVE_DAY] = sizeof(struct archive_day_row),
        [TABLE_INQUIRY] = sizeof(struct inquiry_row),
        [TABLE_SHOP_ORDER] = sizeof(struct shop_order_row),
        [TABLE_ARCHIVE_JOURNAL] = sizeof(struct archive_journal_row),
        [TABLE_FORWARD] = sizeof(struct forward_row),
    };

    _Static_assert(ARRAY_COUNT(lens) == TABLE_COUNT, "a length for each table");
    assert(table < TABLE_COUNT);
    return lens[table];
}

#include "books/row.h"

#include "base/assert.h"

#include <string.h>

struct row_key row_key_number(enum row_table table, uint64_t number)
{
    uint8_t bytes[8];

    bytes_put_u64(bytes, number);
    return row_key_of(table, bytes, sizeof bytes);
}

int row_key_compare(const struct row_key *a, const struct row_key *b)
{
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    int order = memcmp(a->at, b->at, ROW_KEY_LEN_MAX);
    return order != 0 ? order : (int)a->len - (int)b->len;
}

/* In the words in which keys are written, so that the processor need not put them together. */
uint64_t row_key_hash(const struct row_key *key)
{
    uint64_t words[ROW_KEY_LEN_MAX / 8];
    uint64_t hash = 0x9E3779B97F4A7C15U ^ (uint64_t)(key->table << 8 | key->len);

    memcpy(words, key->at, sizeof words);
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        hash = (hash ^ words[i]) * 0xD6E8FEB86659FD93U;
        hash ^= hash >> 32;
    }
    return hash ^ hash >> 29;
}

const char *row_table_name(enum row_table table)
{
    static const char *const names[] = {
        [TABLE_NONE] = "none",
        [TABLE_CONFIG] = "config",
        [TABLE_TERMINAL] = "terminal",
        [TABLE_TERMINAL_KEYS] = "terminal_keys",
        [TABLE_MERCHANT] = "merchant",
        [TABLE_ROUTE] = "route",
        [TABLE_ISSUER] = "issuer",
        [TABLE_ACQUIRER] = "acquirer",
        [TABLE_CARD] = "card",
        [TABLE_ACCOUNT] = "account",
        [TABLE_PAYMENT] = "payment",
        [TABLE_PENDING] = "pending",
        [TABLE_RULES] = "rules",
        [TABLE_RULE_PART] = "rule_part",
        [TABLE_TALLY] = "tally",
        [TABLE_CARD_ACTIVITY] = "card_activity",
        [TABLE_LISTED_CARD] = "listed_card",
        [TABLE_BATCH] = "batch",
        [TABLE_FUNDS] = "funds",
        [TABLE_DRAWER] = "drawer",
        [TABLE_OPERATOR] = "operator",
        [TABLE_RANGE] = "range",
        [TABLE_GIVEN_CODE] = "given_code",
        [TABLE_UPDATE] = "update",
        [TABLE_PIECE] = "piece",
        [TABLE_OFFER] = "offer",
        [TABLE_FETCH] = "fetch",
        [TABLE_HANDOUT] = "handout",
        [TABLE_SIGNATURE] = "signature",
        [TABLE_ISSUER_LINK] = "issuer-link",
        [TABLE_ASIDE] = "aside",
        [TABLE_ORDER] = "order",
        [TABLE_ORDER_BOOK] = "order-book",
        [TABLE_PEER] = "peer",
        [TABLE_TESTIMONY] = "testimony",
        [TABLE_ARCHIVE_MARK] = "archive-mark",
        [TABLE_ARCHIVE_DAY] = "archive-day",
        [TABLE_INQUIRY] = "inquiry",
        [TABLE_SHOP_ORDER] = "shop-order",
        [TABLE_ARCHIVE_JOURNAL] = "archive-journal",
        [TABLE_FORWARD] = "forward",
    };

    _Static_assert(ARRAY_COUNT(names) == TABLE_COUNT, "a name for each table");
    assert(table < TABLE_COUNT);
    return names[table];
}

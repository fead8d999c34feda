#include "sim/oracle/oracle.h"

#include "base/assert.h"

struct search {
    struct universe *universe;
    struct station *station;
};

static bool see(const struct search *search, struct bytes bytes, const char *where)
{
    const struct secret_bytes *found = secrets_find(&search->universe->secrets, bytes);
    if (!found)
        return true;
    struct text *finding = universe_find(search->universe, "secret: stored in clear: ");
    text_add(finding, secret_kind_text(found->kind));
    text_add(finding, " at ");
    text_add(finding, search->station->name);
    text_add(finding, " in ");
    text_add(finding, where);
    return false;
}

static bool see_row(void *context, const struct row_key *key, struct bytes value)
{
    const char *table = row_table_name((enum row_table)key->table);
    return see(context, bytes_over(key->at, key->len), table) && see(context, value, table);
}

static bool see_record(void *context, uint64_t sequence, struct bytes record)
{
    (void)sequence;
    return see(context, record, "the journal");
}

static void search_trace(struct universe *universe)
{
    const struct chronicle *chronicle = &universe->chronicle;
    for (uint64_t i = 0; i < CHRONICLE_KEPT && i < chronicle->lines; i++)
        if (secrets_find(&universe->secrets, bytes_of_z(chronicle->kept[i])))
            universe_find(universe, "secret: in the trace");
}

void oracle_secret(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->station_count; i++) {
        struct search search = {universe, &universe->stations[i]};
        struct store *disk = &universe->stations[i].disk;
        for (int table = TABLE_CONFIG; table < TABLE_COUNT; table++) {
            struct row_key from = row_key_of((enum row_table)table, NULL, 0);
            enum store_result result = disk->scan(disk->self, &from, see_row, &search);
            assert(result == STORE_OK);
        }
        enum store_result result = disk->read(disk->self, 1, see_record, &search);
        assert(result == STORE_OK);
    }
    search_trace(universe);
}

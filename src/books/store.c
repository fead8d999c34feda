#include "books/store.h"

#include "base/assert.h"

static enum store_result scan_all(const struct store *store, const struct store_survey *survey)
{
    int first = survey->table == TABLE_NONE ? TABLE_NONE + 1 : (int)survey->table;
    int last = survey->table == TABLE_NONE ? TABLE_COUNT - 1 : (int)survey->table;
    enum store_result result = STORE_OK;

    for (int table = first; table <= last && result == STORE_OK; table++) {
        struct row_key from = row_key_of((enum row_table)table, NULL, 0);
        result = store->scan(store->self, &from, survey->row, survey->context);
    }
    return result;
}

enum store_result store_survey(const struct store *store, const struct store_survey *survey)
{
    enum store_result result = STORE_OK;
    struct store_head head;

    assert(survey->table < TABLE_COUNT);
    if (store->survey != NULL)
        return store->survey(store->self, survey);
    store->head(store->self, &head);
    if (survey->head != NULL)
        survey->head(survey->context, &head);
    if (survey->record != NULL)
        result = store->read(store->self, 1, survey->record, survey->context);
    if (survey->row != NULL && result == STORE_OK)
        result = scan_all(store, survey);
    return result;
}

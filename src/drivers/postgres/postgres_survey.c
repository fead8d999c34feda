#include "drivers/postgres/postgres_survey.h"

#include "base/assert.h"

#include <string.h>

struct surveying {
    struct postgres_link link;
    const struct store_survey *survey;
    enum store_result (*stay_alive)(void *context);
    void *context;
};

/* clang-format off */
static const struct {
    const char *name;
    const char *sql;
} statements[] = {
    {"heads",        "SELECT node, epoch, sequence, hash, anchor, anchor_hash FROM node ORDER BY node"},
    {"open_records", "DECLARE records NO SCROLL CURSOR FOR SELECT j.sequence, record FROM journal j "
                     "JOIN node n ON n.node = j.node WHERE j.sequence > n.anchor "
                     "ORDER BY place, j.node, j.sequence"},
    {"records",      "FETCH 512 FROM records"},
    {"open_rows",    "DECLARE rows NO SCROLL CURSOR FOR SELECT tbl, key, value FROM row_value "
                     "WHERE $1::int2 = 0 OR tbl = $1::int2 ORDER BY tbl, key"},
    {"rows",         "FETCH 512 FROM rows"},
};
/* clang-format on */

static uint64_t number_at(PGresult *result, int tuple, int column)
{
    const uint8_t *at = (const uint8_t *)PQgetvalue(result, tuple, column);

    return PQgetlength(result, tuple, column) == 2 ? bytes_get_u16(at) : bytes_get_u64(at);
}

static struct bytes bytes_at(PGresult *result, int tuple, int column)
{
    return bytes_over(PQgetvalue(result, tuple, column),
                      (size_t)PQgetlength(result, tuple, column));
}

static enum err begin(const struct postgres_session *session, struct surveying *surveying)
{
    char sqlstate[6];

    TRY(postgres_session_beside(session, &surveying->link));
    for (size_t i = 0; i < ARRAY_COUNT(statements); i++)
        TRY(postgres_link_prepare(&surveying->link, statements[i].name, statements[i].sql));
    return postgres_link_run(&surveying->link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                             sqlstate);
}

static enum err ask(struct surveying *surveying, const char *statement,
                    const struct postgres_parameters *parameters, PGresult **result)
{
    char sqlstate[6];

    return postgres_link_query(&surveying->link, statement, parameters, result, sqlstate);
}

static enum err tell_heads(struct surveying *surveying)
{
    const struct postgres_parameters none = {0};
    PGresult *result = NULL;

    if (surveying->survey->head == NULL)
        return OK;
    TRY(ask(surveying, "heads", &none, &result));
    for (int i = 0; i < PQntuples(result); i++) {
        struct bytes hash = bytes_at(result, i, 3);
        struct store_head head = {.node = (uint16_t)number_at(result, i, 0),
                                  .epoch = (uint32_t)number_at(result, i, 1),
                                  .sequence = number_at(result, i, 2)};
        struct bytes anchor = bytes_at(result, i, 5);
        if (hash.len == sizeof head.hash)
            memcpy(head.hash, hash.at, sizeof head.hash);
        head.anchor.sequence = number_at(result, i, 4);
        if (anchor.len == sizeof head.anchor.hash)
            memcpy(head.anchor.hash, anchor.at, sizeof head.anchor.hash);
        surveying->survey->head(surveying->survey->context, &head);
    }
    PQclear(result);
    return OK;
}

static bool tell_record(const struct store_survey *survey, PGresult *result, int tuple)
{
    return survey->record(survey->context, number_at(result, tuple, 0), bytes_at(result, tuple, 1));
}

static bool tell_row(const struct store_survey *survey, PGresult *result, int tuple)
{
    struct bytes key = bytes_at(result, tuple, 1);
    uint64_t table = number_at(result, tuple, 0);

    if (table <= TABLE_NONE || table >= TABLE_COUNT || key.len > ROW_KEY_LEN_MAX)
        return true; /* of a newer program */
    struct row_key at = row_key_of((enum row_table)table, key.at, key.len);
    return survey->row(survey->context, &at, bytes_at(result, tuple, 2));
}

/* Page by page to the end, or until the visitor has seen enough. */
static enum store_result read_pages(struct surveying *surveying, const char *statement,
                                    bool (*tell)(const struct store_survey *survey,
                                                 PGresult *result, int tuple))
{
    const struct postgres_parameters none = {0};
    enum store_result alive = STORE_OK;
    bool goes_on = true;

    while (goes_on && alive == STORE_OK) {
        PGresult *result = NULL;
        if (ask(surveying, statement, &none, &result) != OK)
            return STORE_RETRY;
        int count = PQntuples(result);
        for (int i = 0; i < count && goes_on; i++)
            goes_on = tell(surveying->survey, result, i);
        goes_on = goes_on && count > 0;
        PQclear(result);
        alive = surveying->stay_alive(surveying->context);
    }
    return alive;
}

static enum store_result read_records(struct surveying *surveying)
{
    const struct postgres_parameters none = {0};
    PGresult *result = NULL;

    if (surveying->survey->record == NULL)
        return STORE_OK;
    enum err err = ask(surveying, "open_records", &none, &result);
    PQclear(result);
    return err == OK ? read_pages(surveying, "records", tell_record) : STORE_RETRY;
}

static enum store_result read_rows(struct surveying *surveying)
{
    struct postgres_parameters parameters = {0};
    PGresult *result = NULL;
    uint8_t table[2];

    if (surveying->survey->row == NULL)
        return STORE_OK;
    bytes_put_u16(table, (uint16_t)surveying->survey->table);
    postgres_parameter_add(&parameters, bytes_over(table, sizeof table));
    enum err err = ask(surveying, "open_rows", &parameters, &result);
    PQclear(result);
    return err == OK ? read_pages(surveying, "rows", tell_row) : STORE_RETRY;
}

enum store_result postgres_survey(const struct postgres_session *session,
                                  const struct store_survey *survey,
                                  enum store_result (*stay_alive)(void *context), void *context)
{
    struct surveying surveying = {.survey = survey, .stay_alive = stay_alive, .context = context};
    enum store_result result = STORE_RETRY;

    assert(survey->table < TABLE_COUNT);
    if (begin(session, &surveying) == OK && tell_heads(&surveying) == OK)
        result = read_records(&surveying);
    if (result == STORE_OK)
        result = read_rows(&surveying);
    postgres_link_close(&surveying.link);
    return result;
}

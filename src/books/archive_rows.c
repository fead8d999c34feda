#include "books/archive_rows.h"

#include "base/assert.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)

struct row_key archive_mark_key(const struct identity *identity)
{
    uint8_t at[ACQUIRER_ID_LEN + TERMINAL_ID_LEN];

    memcpy(at, identity->acquirer, ACQUIRER_ID_LEN);
    memcpy(at + ACQUIRER_ID_LEN, identity->terminal, TERMINAL_ID_LEN);
    return row_key_of(TABLE_ARCHIVE_MARK, at, sizeof at);
}

struct row_key archive_day_key(uint32_t date, uint16_t part)
{
    uint8_t at[sizeof date + sizeof part];

    bytes_put_u32(at, date);
    bytes_put_u16(at + sizeof date, part);
    return row_key_of(TABLE_ARCHIVE_DAY, at, sizeof at);
}

struct row_key archive_journal_key(uint16_t node)
{
    uint8_t at[sizeof node];

    bytes_put_u16(at, node);
    return row_key_of(TABLE_ARCHIVE_JOURNAL, at, sizeof at);
}

bool archive_is_whole(const struct store *store)
{
    struct archive_journal_row part;
    struct store_head head;

    store->head(store->self, &head);
    struct store_row row = {.key = archive_journal_key(head.node)};
    struct store_row *rows[] = {&row};
    if (head.anchor.sequence == 0)
        return true;
    if (store->load(store->self, rows, 1) != STORE_OK || !row.found || row.len != sizeof part)
        return false;
    memcpy(&part, row.value, sizeof part);
    return part.sequence >= head.anchor.sequence;
}

struct row_key forward_key(uint16_t node, const struct posting *account)
{
    uint8_t at[sizeof node + 1 + sizeof account->currency + sizeof account->account];

    bytes_put_u16(at, node);
    at[2] = account->kind;
    bytes_put_u16(at + 3, account->currency);
    bytes_put_u64(at + 5, account->account);
    return row_key_of(TABLE_FORWARD, at, sizeof at);
}

int64_t forward_minor(const struct forward_row *row, uint64_t anchor)
{
    if (anchor >= row->after)
        return row->after_minor;
    return anchor >= row->before ? row->before_minor : 0;
}

bool archive_mark_covers(const struct archive_mark_row *mark, const struct identity *identity)
{
    if (mark == NULL || mark->count == 0)
        return false;
    return identity->batch < mark->batch ||
           (identity->batch == mark->batch && identity->trace <= mark->trace);
}

void archive_mark_move(struct archive_mark_row *mark, const struct payment_row *payment)
{
    const struct identity *identity = &payment->identity;

    if (!archive_mark_covers(mark, identity)) {
        mark->batch = identity->batch;
        mark->trace = identity->trace;
    }
    if (payment->business_date > mark->date)
        mark->date = payment->business_date;
    mark->layout = ARCHIVE_ROW_LAYOUT;
    mark->count++;
    assert(archive_mark_covers(mark, identity));
}

unsigned archive_keep_days(const struct config_row *config)
{
    unsigned days = config->keep_days == 0 ? ARCHIVE_KEEP_DAYS : config->keep_days;

    return days < ARCHIVE_KEEP_DAYS_MIN && !config->is_lab ? ARCHIVE_KEEP_DAYS_MIN : days;
}

/* The day before the one that began so many days ago. */
static uint32_t date_before(struct instant now, unsigned days, int32_t utc_offset_s)
{
    struct instant then = {.us = now.us - ((int64_t)days + 1) * DAY_US};

    return then.us <= 0 ? 0 : instant_date(then, utc_offset_s);
}

struct archive_limits archive_limits_of(const struct config_row *config, struct instant now)
{
    unsigned days = archive_keep_days(config);
    unsigned hold_days = days > ARCHIVE_HOLD_DAYS_MAX ? days : ARCHIVE_HOLD_DAYS_MAX;

    return (struct archive_limits){
        .date = date_before(now, days, config->utc_offset_s),
        .hold_date = date_before(now, hold_days, config->utc_offset_s),
        .utc_offset_s = config->utc_offset_s,
    };
}

static bool is_young(const struct payment_row *row, const struct archive_limits *limits)
{
    return row->business_date > limits->date || row->business_date == 0 ||
           instant_date(row->changed, limits->utc_offset_s) > limits->date;
}

/* Money is where it stays, and nothing that follows it is under way. */
static bool is_final(const struct payment_row *row)
{
    bool is_told = row->stage == STAGE_ANSWERED || row->stage == STAGE_REVERSED ||
                   row->stage == STAGE_TOMBSTONE;

    return is_told && row->money != MONEY_UNKNOWN && row->money != MONEY_RETURNING &&
           row->follow != FOLLOW_VOIDING && row->follow != FOLLOW_COMPLETING;
}

bool archive_batch_is_due(const struct batch_row *batch, const struct archive_mark_row *mark,
                          const struct archive_limits *limits)
{
    return batch->state == BATCH_CLOSED && mark != NULL && mark->count > 0 &&
           batch->batch < mark->batch && batch->closed.us > 0 &&
           instant_date(batch->closed, limits->utc_offset_s) <= limits->date;
}

/* An issuer's row says when its hold ends, and that it has ended; the switch is told neither. */
static bool is_held(const struct payment_row *row, const struct archive_limits *limits)
{
    return payment_row_is_holding(row) &&
           (row->lapses.us != 0 || row->business_date > limits->hold_date);
}

enum archive_keep archive_why_kept(const struct payment_row *row,
                                   const struct archive_beside *beside,
                                   const struct archive_limits *limits)
{
    if (!payment_row_is_readable(row))
        return ARCHIVE_KEEP_DAMAGED;
    if (is_young(row, limits))
        return ARCHIVE_KEEP_YOUNG;
    if (!is_final(row))
        return ARCHIVE_KEEP_DOUBT;
    if (is_held(row, limits))
        return ARCHIVE_KEEP_HELD;
    if (beside->has_pending)
        return ARCHIVE_KEEP_PENDING;
    return beside->is_batch_open ? ARCHIVE_KEEP_BATCH : ARCHIVE_DUE;
}

static const struct {
    const char *name;
    const char *text;
} keep_table[] = {
    [ARCHIVE_DUE] = {"due", "it may go"},
    [ARCHIVE_KEEP_YOUNG] = {"young", "it was changed within the days that are kept"},
    [ARCHIVE_KEEP_DAMAGED] = {"damaged", "its record cannot be read"},
    [ARCHIVE_KEEP_DOUBT] = {"doubt", "its end is not known yet, or it is being taken back"},
    [ARCHIVE_KEEP_HELD] = {"held", "its pre-authorisation stands"},
    [ARCHIVE_KEEP_PENDING] = {"pending", "something is still to be done about it"},
    [ARCHIVE_KEEP_BATCH] = {"batch", "its terminal's batch is not closed"},
    [ARCHIVE_KEEP_RESTED] = {"rested", "a later payment rests on it, or an open case names it"},
};

_Static_assert(ARRAY_COUNT(keep_table) == ARCHIVE_KEEP_COUNT, "words for each");

const char *archive_keep_name(enum archive_keep keep)
{
    assert(keep < ARCHIVE_KEEP_COUNT);
    return keep_table[keep].name;
}

const char *archive_keep_text(enum archive_keep keep)
{
    assert(keep < ARCHIVE_KEEP_COUNT);
    return keep_table[keep].text;
}

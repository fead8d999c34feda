#include "app/keeping/archive_errand.h"

#include "app/story/journals.h"
#include "base/assert.h"
#include "books/aside_rows.h"
#include "books/handout_rows.h"
#include "drivers/journal/journal_chain.h"
#include "host/clock.h"
#include "node/archive.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_ROWS 2000   /* looked at in one job: some milliseconds */
#define ROWS_PAYMENTS 40 /* handed out in one answer */
#define RESTS_MAX 3000   /* older payments named in one answer */
#define PROOFS_MAX 400
#define HEX_LEN_MAX (2 * JOURNAL_RECORD_LEN_MAX)

/* ---- small pieces ---- */

json_t *archive_hex(const void *at, size_t len)
{
    char room[HEX_LEN_MAX];

    assert(2 * len <= sizeof room);
    bytes_to_hex(at, len, room);
    return json_stringn(room, 2 * len);
}

bool archive_from_hex(const json_t *json, void *out, size_t len)
{
    const char *hex = json_string_value(json);
    size_t got = 0;

    return hex != NULL && strlen(hex) == 2 * len &&
           bytes_from_hex(hex, 2 * len, out, len, &got) == OK && got == len;
}

json_t *archive_day_json(const struct archive_day_row *day)
{
    return json_pack("{s:I, s:i, s:I, s:I, s:I, s:o, s:b}", "date", (json_int_t)day->date, "part",
                     (int)day->part, "count", (json_int_t)day->count, "purged",
                     (json_int_t)day->purged, "bytes", (json_int_t)day->bytes, "digest",
                     archive_hex(day->digest, sizeof day->digest), "done",
                     day->state == ARCHIVE_DONE);
}

bool archive_load(struct archive_errand *errand, struct store *store, const struct row_key *key,
                  void *out, size_t len)
{
    struct store_row row = {.key = *key};
    struct store_row *rows[] = {&row};

    if (store->load(store->self, rows, 1) != STORE_OK) {
        errand->fault = "the store cannot be read";
        return false;
    }
    if (!row.found || row.len != len)
        return false;
    memcpy(out, row.value, len);
    return true;
}

bool archive_load_config(struct archive_errand *errand, struct store *store, struct config_row *out)
{
    struct row_key key = row_key_of(TABLE_CONFIG, NULL, 0);

    if (archive_load(errand, store, &key, out, sizeof *out))
        return true;
    errand->fault = "the host has no configuration";
    return false;
}

/* ---- a page of payments ---- */

struct page {
    struct row_key keys[PAGE_ROWS];
    struct payment_row rows[PAGE_ROWS];
    size_t count;
    bool has_more;
    struct row_key next;
};

static bool take_payment(void *context, const struct row_key *key, struct bytes value)
{
    struct page *page = context;

    if (page->count == PAGE_ROWS) {
        page->has_more = true;
        page->next = *key;
        return false;
    }
    if (value.len != sizeof page->rows[0])
        return true; /* damaged: nobody may remove it */
    page->keys[page->count] = *key;
    memcpy(&page->rows[page->count++], value.at, value.len);
    return true;
}

static struct page *read_page(struct archive_errand *errand, struct store *store)
{
    struct page *page = calloc(1, sizeof *page);

    if (page == NULL) {
        errand->fault = "no memory";
        return NULL;
    }
    errand->from.table = TABLE_PAYMENT;
    if (store->scan(store->self, &errand->from, take_payment, page) == STORE_OK)
        return page;
    errand->fault = "the store cannot be read";
    free(page);
    return NULL;
}

static void answer_next(struct archive_errand *errand, const struct page *page)
{
    json_object_set_new(errand->answer, "next",
                        page->has_more ? archive_hex(page->next.at, page->next.len) : json_null());
}

/* Looks at what stands beside a payment only when nothing of itself keeps it. */
static enum archive_keep why_kept(struct archive_errand *errand, struct store *store,
                                  const struct payment_row *row,
                                  const struct archive_limits *limits)
{
    struct archive_beside beside = {.has_pending = false};
    enum archive_keep keep = archive_why_kept(row, &beside, limits);
    uint8_t at[TERMINAL_ID_LEN + sizeof row->identity.batch];
    struct row_key key = payment_row_key(&row->identity);
    struct pending_row pending;
    struct batch_row batch;

    if (keep != ARCHIVE_DUE)
        return keep;
    key.table = TABLE_PENDING;
    beside.has_pending = archive_load(errand, store, &key, &pending, sizeof pending);
    memcpy(at, row->identity.terminal, TERMINAL_ID_LEN);
    bytes_put_u32(at + TERMINAL_ID_LEN, row->identity.batch);
    key = row_key_of(TABLE_BATCH, at, sizeof at);
    if (errand->is_acquirer && archive_load(errand, store, &key, &batch, sizeof batch))
        beside.is_batch_open = batch.state != BATCH_CLOSED;
    return archive_why_kept(row, &beside, limits);
}

/* ---- look ---- */

struct looked {
    json_t *leaving;
    uint64_t payments;
    uint32_t files;
    uint32_t newest;
};

static bool look_at_day(void *context, const struct row_key *key, struct bytes value)
{
    struct looked *looked = context;
    struct archive_day_row day;

    (void)key;
    if (value.len != sizeof day)
        return true;
    memcpy(&day, value.at, sizeof day);
    looked->files++;
    looked->payments += day.purged;
    if (day.date > looked->newest)
        looked->newest = day.date;
    if (day.state != ARCHIVE_DONE && json_array_size(looked->leaving) < PROOFS_MAX)
        json_array_append_new(looked->leaving, archive_day_json(&day));
    return true;
}

void archive_run_look(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(TABLE_ARCHIVE_DAY, NULL, 0);
    struct looked looked = {.leaving = json_array()};
    struct config_row config;
    uint8_t fingerprint[JOURNAL_HASH_LEN] = {0};

    if (!archive_load_config(errand, store, &config)) {
        json_decref(looked.leaving);
        return;
    }
    if (store->scan(store->self, &from, look_at_day, &looked) != STORE_OK ||
        journal_hash(bytes_over(config.pan_store.at, sizeof config.pan_store.at), fingerprint) !=
            OK)
        errand->fault = "the store cannot be read";
    struct archive_limits limits = archive_limits_of(&config, clock_wall());
    json_object_update_new(
        errand->answer,
        json_pack("{s:i, s:I, s:i, s:o, s:I, s:I, s:I, s:I, s:o}", "keep_days",
                  (int)archive_keep_days(&config), "limit", (json_int_t)limits.date, "utc_offset_s",
                  (int)config.utc_offset_s, "pan_key", archive_hex(fingerprint, sizeof fingerprint),
                  "files", (json_int_t)looked.files, "payments", (json_int_t)looked.payments,
                  "newest", (json_int_t)looked.newest, "now_us", (json_int_t)clock_wall().us,
                  "leaving", looked.leaving));
}

struct listed {
    json_t *days;
    struct row_key next;
    bool has_more;
};

static bool list_day(void *context, const struct row_key *key, struct bytes value)
{
    struct listed *listed = context;
    struct archive_day_row day;

    if (json_array_size(listed->days) == PROOFS_MAX) {
        listed->has_more = true;
        listed->next = *key;
        return false;
    }
    if (value.len != sizeof day)
        return true;
    memcpy(&day, value.at, sizeof day);
    json_array_append_new(listed->days, archive_day_json(&day));
    return true;
}

void archive_run_proofs(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    struct listed listed = {.days = json_array()};

    errand->from.table = TABLE_ARCHIVE_DAY;
    if (store->scan(store->self, &errand->from, list_day, &listed) != STORE_OK)
        errand->fault = "the store cannot be read";
    json_object_set_new(errand->answer, "days", listed.days);
    json_object_set_new(errand->answer, "next",
                        listed.has_more ? archive_hex(listed.next.at, listed.next.len)
                                        : json_null());
}

/* ---- survey ---- */

static void count(json_t *days, uint32_t date, enum archive_keep keep)
{
    char room[16];
    struct text t = text_over(room, sizeof room);

    text_add_u64(&t, date);
    json_t *day = json_object_get(days, text_z(&t));
    if (day == NULL) {
        day = json_object();
        json_object_set_new(days, text_z(&t), day);
    }
    const char *name = archive_keep_name(keep);
    json_int_t so_far = json_integer_value(json_object_get(day, name));
    json_object_set_new(day, name, json_integer(so_far + 1));
}

static void add_rest(json_t *rests, const struct identity *identity)
{
    uint8_t key[IDENTITY_KEY_LEN];
    struct identity payment = identity_as(identity, IDENTITY_PAYMENT);

    identity_to_key(&payment, key);
    json_array_append_new(rests, archive_hex(key, sizeof key));
}

struct open_cases {
    json_t *rests;
    const struct archive_limits *limits;
    bool are_too_many;
};

static bool take_case(void *context, const struct row_key *key, struct bytes value)
{
    struct open_cases *cases = context;
    struct aside_row row;

    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    for (size_t i = 0; i < row.count && i < ASIDE_ENTRIES_MAX; i++) {
        struct instant last = row.entries[i].last;
        if (instant_date(last, cases->limits->utc_offset_s) > cases->limits->date)
            add_rest(cases->rests, &row.entries[i].identity);
    }
    cases->are_too_many = json_array_size(cases->rests) > RESTS_MAX / 2;
    return !cases->are_too_many;
}

/* What fits nothing names payments that a person may still have to look at. */
static void add_cases(struct archive_errand *errand, struct store *store,
                      const struct archive_limits *limits, json_t *rests)
{
    struct row_key from = row_key_of(TABLE_ASIDE, NULL, 0);
    struct open_cases cases = {.rests = rests, .limits = limits};

    if (store->scan(store->self, &from, take_case, &cases) != STORE_OK)
        errand->fault = "the store cannot be read";
    else if (cases.are_too_many)
        errand->fault = "too many messages that fit nothing are open: see acquit doubt";
}

void archive_run_survey(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    json_t *days = json_object();
    json_t *rests = json_array();
    struct config_row config;
    bool is_first = errand->from.len == 0;

    json_object_set_new(errand->answer, "days", days);
    json_object_set_new(errand->answer, "rests", rests);
    if (!archive_load_config(errand, store, &config))
        return;
    struct archive_limits limits = archive_limits_of(&config, clock_wall());
    struct page *page = read_page(errand, store);
    if (page == NULL)
        return;
    for (size_t i = 0; i < page->count && errand->fault == NULL; i++) {
        const struct payment_row *row = &page->rows[i];
        enum archive_keep keep = why_kept(errand, store, row, &limits);
        if (row->business_date <= limits.date)
            count(days, row->business_date, keep);
        if (keep != ARCHIVE_DUE && row->original.trace != 0)
            add_rest(rests, &row->original);
    }
    if (is_first)
        add_cases(errand, store, &limits, rests);
    answer_next(errand, page);
    free(page);
}

/* ---- rows ---- */

static bool is_wanted(const struct archive_errand *errand, uint32_t date)
{
    for (size_t i = 0; i < errand->date_count; i++) {
        if (errand->dates[i] == date)
            return true;
    }
    return false;
}

static json_t *signatures_json(struct archive_errand *errand, struct store *store,
                               const struct identity *identity)
{
    json_t *list = json_array();

    for (uint8_t part = 0; errand->is_acquirer && part < SIGNATURE_PARTS; part++) {
        uint8_t item[1 + sizeof(struct signature_row)] = {part};
        struct row_key key = signature_row_key(identity, part);
        if (archive_load(errand, store, &key, item + 1, sizeof item - 1))
            json_array_append_new(list, archive_hex(item, sizeof item));
    }
    return list;
}

/* What the journals of all nodes say of a payment, without the rows of their records. */
static json_t *records_json(struct lane *lane, const struct payment_row *payment)
{
    static _Thread_local uint8_t bytes[JOURNAL_RECORD_LEN_MAX];
    json_t *records = json_array();
    struct journals journals;
    size_t len;

    journals_open(lane, &journals);
    for (size_t i = 0; i < payment->history_len; i++) {
        struct journal_record found[STORE_NODES_MAX];
        size_t count = journals_about(&journals, &payment->identity, payment->history[i], found);
        for (size_t at = 0; at < count; at++) {
            found[at].change_count = 0;
            if (journal_encode(&found[at], bytes, sizeof bytes, &len) == OK)
                json_array_append_new(records, archive_hex(bytes, len));
        }
    }
    return records;
}

static json_t *payment_item(struct archive_errand *errand, struct lane *lane,
                            const struct payment_row *row)
{
    return json_pack("{s:I, s:o, s:o, s:o}", "date", (json_int_t)row->business_date, "row",
                     archive_hex(row, sizeof *row), "signatures",
                     signatures_json(errand, lane_store(lane), &row->identity), "records",
                     records_json(lane, row));
}

static void add_items(struct archive_errand *errand, struct lane *lane, struct page *page,
                      const struct archive_limits *limits)
{
    json_t *items = json_array();
    json_t *kept = json_array();

    for (size_t i = 0; i < page->count && errand->fault == NULL; i++) {
        const struct payment_row *row = &page->rows[i];
        if (!is_wanted(errand, row->business_date))
            continue;
        if (json_array_size(items) == ROWS_PAYMENTS) {
            page->has_more = true;
            page->next = page->keys[i];
            break;
        }
        if (why_kept(errand, lane_store(lane), row, limits) == ARCHIVE_DUE)
            json_array_append_new(items, payment_item(errand, lane, row));
        else
            json_array_append_new(kept, json_integer((json_int_t)row->business_date));
    }
    json_object_set_new(errand->answer, "items", items);
    json_object_set_new(errand->answer, "kept", kept);
}

void archive_run_rows(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    struct config_row config;

    if (!archive_load_config(errand, store, &config))
        return;
    struct archive_limits limits = archive_limits_of(&config, clock_wall());
    struct page *page = read_page(errand, store);
    if (page == NULL)
        return;
    add_items(errand, lane, page, &limits);
    answer_next(errand, page);
    free(page);
}

/* ---- proof ---- */

void archive_run_part(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    struct archive_day_row day;
    uint16_t part = 1;
    struct row_key key = archive_day_key(errand->day.date, part);

    while (part < UINT16_MAX && archive_load(errand, store, &key, &day, sizeof day))
        key = archive_day_key(errand->day.date, ++part);
    json_object_set_new(errand->answer, "part", json_integer(part));
}

bool archive_submit(struct lane *lane, struct archive_errand *errand,
                    const struct node_command *command)
{
    if (errand->submitted == ARCHIVE_COMMANDS_MAX ||
        !lane_submit(lane, errand->tickets[errand->submitted], command))
        return false;
    errand->submitted++;
    return true;
}

void archive_run_proof(struct lane *lane, struct archive_errand *errand)
{
    struct node_command command = {.kind = COMMAND_ARCHIVE,
                                   .key = archive_day_key(errand->day.date, errand->day.part),
                                   .value_len = sizeof errand->day};

    errand->day.layout = ARCHIVE_ROW_LAYOUT;
    memcpy(command.value, &errand->day, sizeof errand->day);
    if (!archive_submit(lane, errand, &command))
        errand->fault = "too busy; try again";
}

void archive_run_keep(struct lane *lane, struct archive_errand *errand)
{
    struct node_command command = {.kind = COMMAND_PUT_ROW,
                                   .key = row_key_of(TABLE_CONFIG, NULL, 0),
                                   .value_len = sizeof(struct config_row)};
    struct config_row config;

    if (!archive_load_config(errand, lane_store(lane), &config))
        return;
    if (!config.is_lab && errand->keep_days < ARCHIVE_KEEP_DAYS_MIN) {
        errand->fault = "payments are kept for 30 days at least";
        return;
    }
    config.keep_days = errand->keep_days;
    memcpy(command.value, &config, sizeof config);
    if (!archive_submit(lane, errand, &command))
        errand->fault = "too busy; try again";
}

/* ---- purge ---- */

/* The payments of one batch of a terminal that go with one command. */
struct group {
    struct node_command command;
    size_t count;
};

static bool fits_group(const struct group *group, const uint8_t key[static IDENTITY_KEY_LEN])
{
    size_t same = IDENTITY_KEY_LEN - 1 - sizeof(uint32_t); /* up to the batch */

    return group->count == 0 ||
           (group->count < ARCHIVE_PURGE_MAX && memcmp(group->command.value, key, same) == 0);
}

static bool is_as_archived(struct archive_errand *errand, struct store *store,
                           const struct archive_payment *payment)
{
    struct row_key key = payment_row_key(&payment->identity);
    uint8_t digest[JOURNAL_HASH_LEN];
    struct payment_row row;

    return archive_load(errand, store, &key, &row, sizeof row) &&
           journal_hash(bytes_over(&row, sizeof row), digest) == OK &&
           memcmp(digest, payment->digest, sizeof digest) == 0;
}

static bool send_group(struct lane *lane, struct archive_errand *errand, struct group *group)
{
    if (group->count == 0)
        return true;
    group->command.value_len = (uint16_t)(group->count * IDENTITY_KEY_LEN);
    if (!archive_submit(lane, errand, &group->command))
        return false;
    group->count = 0;
    return true;
}

void archive_run_purge(struct lane *lane, struct archive_errand *errand)
{
    struct store *store = lane_store(lane);
    struct group group = {.command = {.kind = COMMAND_PURGE}};
    size_t sent = 0; /* of the list: all before it are dealt with */
    bool has_room = true;

    group.command.key = archive_day_key(errand->day.date, errand->day.part);
    for (size_t i = 0; i < errand->payment_count && errand->fault == NULL && has_room; i++) {
        uint8_t key[IDENTITY_KEY_LEN];

        identity_to_key(&errand->payments[i].identity, key);
        if (!is_as_archived(errand, store, &errand->payments[i]))
            continue;
        if (!fits_group(&group, key)) {
            has_room = send_group(lane, errand, &group);
            if (!has_room)
                break;
            sent = i;
        }
        memcpy(group.command.value + group.count++ * IDENTITY_KEY_LEN, key, sizeof key);
    }
    if (has_room && errand->fault == NULL && send_group(lane, errand, &group))
        sent = errand->payment_count;
    json_object_set_new(errand->answer, "dealt_with", json_integer((json_int_t)sent));
}

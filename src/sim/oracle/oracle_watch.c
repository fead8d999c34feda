#include "sim/oracle/oracle.h"
#include "sim/switch_nodes.h"

#include <string.h>

#define JUMP_MARGIN_MS 30000 /* longer than it waits for anything */
#define AGE_MARGIN_MS 2000   /* messages tell whole seconds */

/* ---- nothing is sent before it is durable ---- */

static bool stored(struct station *station, struct row_key key, struct payment_row *out)
{
    struct store_row row = {.key = key};
    struct store_row *rows[] = {&row};
    const struct store *books = switch_node_books(station);
    if (books->load(books->self, rows, 1) != STORE_OK || !row.found)
        return false;
    if (row.len == sizeof *out)
        memcpy(out, row.value, sizeof *out);
    return true;
}

static bool has_decided(const struct payment_row *row)
{
    return row->stage != STAGE_NONE && row->stage != STAGE_SENT;
}

/* A switch need not remember a reversal of a batch that it never gave: it takes no payment of one.
 * A flipped bit of a sign-in's answer, which has no MAC, leads a terminal into such a batch. */
static bool was_never_given(struct station *station, const struct identity *identity)
{
    struct store_row row = {
        .key = row_key_of(TABLE_TERMINAL, identity->terminal, sizeof identity->terminal)};
    struct store_row *rows[] = {&row};
    struct terminal_row terminal;
    const struct store *books = switch_node_books(station);
    if (station->role != AT_ACQUIRER || books->load(books->self, rows, 1) != STORE_OK ||
        !row.found || row.len != sizeof terminal)
        return false;
    memcpy(&terminal, row.value, sizeof terminal);
    return identity->batch > terminal.batch;
}

/* What must be on the disk for a message to leave. */
static bool may_leave(struct station *station, const struct txn_message *message)
{
    struct identity identity = identity_as(&message->identity, IDENTITY_PAYMENT);
    struct row_key key = payment_row_key(&identity);
    struct row_key pending = key;
    struct payment_row row = {0};
    struct payment_row other = {0};
    bool is_stored = stored(station, key, &row);
    pending.table = TABLE_PENDING;
    bool may_be_over = kind_row(message->kind)->is_advice || station->universe->has_nodes;
    switch (message->function) {
    case FUNCTION_REQUEST: /* of a repeated advice, too; or the other node has ended it since */
        return is_stored && (station->is_shut_out || stored(station, pending, &other) ||
                             (may_be_over && has_decided(&row)));
    case FUNCTION_REVERSAL: /* by now its answer may be there, too */
        return is_stored && has_decided(&row);
    case FUNCTION_RESPONSE:
        return memcmp(message->code, "00", 2) != 0 || (is_stored && has_decided(&row));
    case FUNCTION_REVERSAL_RESPONSE:
        return memcmp(message->code, "00", 2) != 0 || (is_stored && has_decided(&row)) ||
               (!is_stored && was_never_given(station, &identity));
    case FUNCTION_COUNT:
        break;
    }
    return false;
}

/* ---- nothing is decided that its sender has given up ---- */

static struct request_age *age_of(struct universe *universe, const struct identity *identity)
{
    struct identity payment = identity_as(identity, IDENTITY_PAYMENT);
    struct request_age *age =
        &universe->ages[(payment.trace ^ (uint32_t)payment.terminal[TERMINAL_ID_LEN - 1] << 5) %
                        REQUEST_AGES];
    if (!identity_equal(&age->identity, &payment))
        *age = (struct request_age){.identity = payment, .youngest_us = INT64_MAX};
    return age;
}

static bool has_age(const struct station *station, const struct txn_message *message)
{
    return message->function == FUNCTION_REQUEST && kind_row(message->kind)->is_reversible &&
           station->role != AT_TERMINAL;
}

void oracle_arrived(struct universe *universe, struct station *station,
                    const struct txn_message *message)
{
    if (station->role != AT_ISSUER || !has_age(station, message))
        return;
    struct request_age *age = age_of(universe, &message->identity);
    int64_t now_us = universe->now.ns / 1000 + station->skew_us;
    int64_t passed_us = now_us - age->sent_us;
    if (age->sent_us != 0 && passed_us < age->youngest_us)
        age->youngest_us = passed_us;
}

static void check_age(struct universe *universe, const struct journal_record *record)
{
    int64_t max_us = (universe->world.timings.request_age_max_ms + AGE_MARGIN_MS) * INT64_C(1000);
    const struct request_age *age = age_of(universe, &record->identity);
    if (record->what != WHAT_APPROVED || age->sent_us == 0 || age->youngest_us == INT64_MAX ||
        age->youngest_us <= max_us)
        return;
    struct text *finding =
        universe_find(universe, "watch: approved when its switch had given up: ");
    identity_add_text(finding, &record->identity);
}

/* What it sends now it may have received, and dated, before its clock jumped. */
static bool has_just_jumped(const struct universe *universe, const struct station *station)
{
    return station->jumped.ns != 0 &&
           universe->now.ns - station->jumped.ns < JUMP_MARGIN_MS * INT64_C(1000000);
}

void oracle_sent(struct universe *universe, struct station *station,
                 const struct txn_message *message)
{
    if (station->role == AT_ACQUIRER && has_age(station, message) &&
        !has_just_jumped(universe, station))
        age_of(universe, &message->identity)->sent_us = universe->now.ns / 1000 + station->skew_us;
    oracle_peek_sent(universe, station, message);
    if (!kind_row(message->kind)->moves_money || may_leave(station, message))
        return;
    struct text *finding = universe_find(universe, "watch: sent before it was durable: ");
    text_add(finding, station->name);
    text_add_char(finding, ' ');
    chronicle_add_message(finding, message);
}

/* ---- what was recorded stays ---- */

void oracle_kept(struct universe *universe, struct station *station)
{
    struct store_head head;
    station->disk.head(station->disk.self, &head);
    if (head.sequence >= station->records)
        return;
    struct text *finding = universe_find(universe, "disk: what was committed is gone: ");
    text_add(finding, station->name);
    text_add(finding, " has journal ");
    text_add_u64(finding, head.sequence);
    text_add(finding, " of ");
    text_add_u64(finding, station->records);
}

/* ---- the journal as it grows ---- */

struct scribe {
    struct universe *universe;
    struct station *station;
};

static void write_record(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct scribe *scribe = self;
    (void)bytes;
    struct chronicle *chronicle = &scribe->universe->chronicle;
    struct text *line = chronicle_line(chronicle, scribe->universe->now, scribe->station->name);
    text_add(line, "journal ");
    text_add_u64(line, record->sequence);
    text_add_char(line, ' ');
    text_add(line, journal_what_name((enum journal_what)record->what));
    if (record->identity.trace != 0) {
        text_add_char(line, ' ');
        identity_add_text(line, &record->identity);
        text_add(line, ", money ");
        text_add(line, money_state_name((enum money_state)record->money));
        text_add(line, ", ");
        text_add(line, outcome_row((enum outcome)record->outcome)->name);
    }
    chronicle_end(chronicle);
    if (scribe->station->role == AT_ISSUER)
        check_age(scribe->universe, record);
    if (scribe->station->role == AT_TERMINAL)
        doubts_see(scribe->universe, record);
    scribe->station->records = record->sequence;
}

/* The head's hash is that of the chain: with it each byte of each record is in the history. */
void oracle_recorded(struct universe *universe, struct station *station)
{
    struct scribe scribe = {universe, station};
    struct fact_visitor visitor = {&scribe, write_record};
    struct store_head head;
    facts_visit_journal(universe, station, station->records, &visitor);
    station->disk.head(station->disk.self, &head);
    chronicle_mix(&universe->chronicle, bytes_over(head.hash, sizeof head.hash));
}

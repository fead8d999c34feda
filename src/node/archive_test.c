/* What leaves a host's books and what stays, whatever a program asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/handout_rows.h"
#include "node/archive.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
#define NOW_US (20454 * DAY_US + DAY_US / 2) /* noon of 2026-01-01 UTC */
#define DATE 20240101
#define ROWS_MAX 64

static struct node_row rows[ROWS_MAX];
static size_t row_count;
static struct node_command command;
static struct node_event event;
static struct node_work work;

static struct node_row *row_of(const struct row_key *key)
{
    for (size_t i = 0; i < row_count; i++) {
        if (row_key_equal(&rows[i].key, key))
            return &rows[i];
    }
    assert_true(row_count < ROWS_MAX);
    rows[row_count].key = *key;
    return &rows[row_count++];
}

static void put(struct row_key key, const void *value, size_t len)
{
    struct node_row *row = row_of(&key);

    row->found = true;
    row->len = (uint16_t)len;
    memcpy(row->value, value, len);
}

static struct identity identity_of(uint32_t batch, uint32_t trace)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = batch, .trace = trace};

    memcpy(identity.acquirer, "10000001", 8);
    memcpy(identity.terminal, "T1      ", TERMINAL_ID_LEN);
    return identity;
}

static struct payment_row sale(uint32_t batch, uint32_t trace)
{
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT,
                              .kind = KIND_SALE,
                              .stage = STAGE_ANSWERED,
                              .money = MONEY_MOVED,
                              .outcome = OUTCOME_APPROVED,
                              .identity = identity_of(batch, trace),
                              .amount = {100, 156},
                              .posted_minor = 100,
                              .business_date = DATE};
    struct civil civil = {.year = 2024, .month = 1, .day = 1, .hour = 9};

    row.changed = row.created = instant_from_civil(&civil, 0);
    return row;
}

static void store(const struct payment_row *row)
{
    put(payment_row_key(&row->identity), row, sizeof *row);
}

static void begin(void)
{
    struct config_row config = {.layout = PARTY_ROW_LAYOUT};

    memset(rows, 0, sizeof rows);
    row_count = 0;
    put(row_key_of(TABLE_CONFIG, NULL, 0), &config, sizeof config);
}

static enum outcome run(void)
{
    memset(&work, 0, sizeof work);
    event = (struct node_event){.kind = EVENT_COMMAND, .wall = {NOW_US}, .ticket = 1};
    event.command = &command;
    work.event = &event;
    assert_true(archive_is_command(&command));
    archive_needs(&work);
    for (size_t i = 0; i < work.need_count; i++) {
        work.rows[work.row_count] = row_of(&work.needs[i]);
        work.rows[work.row_count++]->is_changed = false;
    }
    archive_step(&work);
    assert_true(work.effects.has_display);
    for (size_t i = 0; i < work.row_count; i++)
        assert_true(!work.rows[i]->is_changed || work.what != WHAT_NONE);
    return work.effects.display.outcome;
}

static struct archive_day_row proof(void)
{
    return (struct archive_day_row){.layout = ARCHIVE_ROW_LAYOUT,
                                    .part = 1,
                                    .date = DATE,
                                    .count = 3,
                                    .bytes = 1000,
                                    .digest = {1, 2, 3}};
}

static enum outcome put_proof(const struct archive_day_row *day)
{
    memset(&command, 0, sizeof command);
    command.kind = COMMAND_ARCHIVE;
    command.key = archive_day_key(DATE, 1);
    command.value_len = sizeof *day;
    memcpy(command.value, day, sizeof *day);
    return run();
}

static enum outcome purge(const struct identity *identities, size_t count)
{
    memset(&command, 0, sizeof command);
    command.kind = COMMAND_PURGE;
    command.key = archive_day_key(DATE, 1);
    command.value_len = (uint16_t)(count * IDENTITY_KEY_LEN);
    for (size_t i = 0; i < count; i++)
        identity_to_key(&identities[i], command.value + i * IDENTITY_KEY_LEN);
    return run();
}

static bool is_there(const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);

    return row_of(&key)->found;
}

static const struct archive_day_row *day(void)
{
    struct row_key key = archive_day_key(DATE, 1);

    return (const void *)row_of(&key)->value;
}

static void test_nothing_leaves_without_a_proof(void **state)
{
    struct payment_row row = sale(1, 1);

    (void)state;
    begin();
    store(&row);
    assert_int_equal(purge(&row.identity, 1), OUTCOME_ORIGINAL_NOT_FOUND);
    assert_int_equal(work.what, WHAT_NONE);
    assert_true(is_there(&row.identity));
}

static void test_what_is_due_leaves_and_is_counted(void **state)
{
    struct payment_row row[3] = {sale(1, 1), sale(1, 2), sale(1, 3)};
    struct identity identities[3] = {row[0].identity, row[1].identity, row[2].identity};
    struct archive_day_row good = proof();
    struct signature_row signature = {.len = 1};
    struct row_key signed_for = signature_row_key(&identities[0], 1);
    struct row_key mark_key = archive_mark_key(&identities[0]);

    (void)state;
    begin();
    row[1].money = MONEY_UNKNOWN;
    for (size_t i = 0; i < 3; i++)
        store(&row[i]);
    put(signed_for, &signature, sizeof signature);
    assert_int_equal(put_proof(&good), OUTCOME_APPROVED);
    assert_int_equal(work.what, WHAT_ARCHIVED);
    assert_int_equal(day()->archived.us, NOW_US);
    assert_int_equal(purge(identities, 3), OUTCOME_APPROVED);
    assert_int_equal(work.what, WHAT_PURGED);
    assert_false(is_there(&identities[0]));
    assert_true(is_there(&identities[1]));
    assert_false(is_there(&identities[2]));
    assert_false(row_of(&signed_for)->found);
    assert_int_equal(day()->purged, 2);
    const struct archive_mark_row *mark = (const void *)row_of(&mark_key)->value;
    assert_int_equal(mark->count, 2);
    assert_true(archive_mark_covers(mark, &identities[2]));
    assert_int_equal(mark->date, DATE);

    assert_int_equal(purge(identities, 3), OUTCOME_APPROVED); /* again: nothing is left to do */
    assert_int_equal(work.what, WHAT_NONE);
    assert_int_equal(day()->purged, 2);
}

static enum outcome carry(const struct row_key *keys, size_t count)
{
    memset(&command, 0, sizeof command);
    command.kind = COMMAND_CARRY;
    command.key = archive_journal_key(0);
    for (size_t i = 0; i < count; i++)
        command.value_len = (uint16_t)archive_add_key(command.value, command.value_len, &keys[i]);
    return run();
}

static void test_rows_are_said_again_as_they_are(void **state)
{
    struct account_row account = {.layout = PARTY_ROW_LAYOUT, .number = 7, .balance_minor = 123};
    struct row_key keys[2] = {row_key_number(TABLE_ACCOUNT, 7), row_key_number(TABLE_ACCOUNT, 8)};

    (void)state;
    begin();
    put(keys[0], &account, sizeof account);
    assert_int_equal(carry(keys, 2), OUTCOME_APPROVED);
    assert_int_equal(work.what, WHAT_CARRIED);
    assert_true(row_of(&keys[0])->is_changed);
    assert_memory_equal(row_of(&keys[0])->value, &account, sizeof account);
    assert_false(row_of(&keys[1])->is_changed);
    assert_int_equal(carry(&keys[1], 1), OUTCOME_APPROVED); /* nothing is there: no record */
    assert_int_equal(work.what, WHAT_NONE);
    command.value[command.value_len++] = TABLE_ACCOUNT;
    assert_int_equal(run(), OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(work.what, WHAT_NONE);
}

static enum outcome carry_sum(uint64_t from, uint64_t to, int64_t minor)
{
    struct forward_step step = {.node = 1,
                                .currency = CURRENCY_CNY,
                                .kind = ACCOUNT_ISSUER_RECEIVABLE,
                                .account = 9,
                                .from = from,
                                .to = to,
                                .minor = minor};
    struct posting account = {.kind = step.kind, .currency = step.currency, .account = 9};

    memset(&command, 0, sizeof command);
    command.kind = COMMAND_CARRY;
    command.key = forward_key(1, &account);
    command.value_len = sizeof step;
    memcpy(command.value, &step, sizeof step);
    return run();
}

/* A journal begins after a record: what counts is what entries up to there come to, whether the
 * step for the next part was put already or not, once or twice. */
static void test_sums_count_from_where_the_journal_begins(void **state)
{
    (void)state;
    begin();
    assert_int_equal(carry_sum(0, 100, 500), OUTCOME_APPROVED);
    const struct forward_row *row = (const void *)row_of(&command.key)->value;
    assert_int_equal(forward_minor(row, 0), 0);
    assert_int_equal(forward_minor(row, 100), 500);
    assert_int_equal(carry_sum(0, 120, 510), OUTCOME_APPROVED); /* begun again, and went further */
    assert_int_equal(forward_minor(row, 0), 0);
    assert_int_equal(forward_minor(row, 120), 510);
    for (int times = 0; times < 2; times++) {
        assert_int_equal(carry_sum(120, 300, -40), OUTCOME_APPROVED);
        assert_int_equal(forward_minor(row, 120), 510);
        assert_int_equal(forward_minor(row, 300), 470);
    }
    assert_int_equal(carry_sum(900, 1000, 30), OUTCOME_APPROVED); /* nothing between 300 and 900 */
    assert_int_equal(forward_minor(row, 900), 470);
    assert_int_equal(forward_minor(row, 1000), 500);
    assert_int_equal(carry_sum(1000, 1000, 1), OUTCOME_MESSAGE_MALFORMED);
}

static enum outcome put_part(uint64_t first, uint64_t sequence)
{
    struct archive_journal_row part = {.node = 1, .first = first, .sequence = sequence};

    memset(&command, 0, sizeof command);
    command.kind = COMMAND_ARCHIVE;
    command.key = archive_journal_key(1);
    command.value_len = sizeof part;
    memcpy(command.value, &part, sizeof part);
    return run();
}

static void test_parts_of_the_journal_follow_on_one_another(void **state)
{
    (void)state;
    begin();
    assert_int_equal(put_part(2, 10), OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(put_part(1, 10), OUTCOME_APPROVED);
    assert_int_equal(work.what, WHAT_ARCHIVED);
    assert_int_equal(put_part(1, 12), OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(put_part(12, 20), OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(put_part(11, 20), OUTCOME_APPROVED);
    const struct archive_journal_row *part = (const void *)row_of(&command.key)->value;
    assert_int_equal(part->parts, 2);
    assert_int_equal(part->sequence, 20);
    assert_int_equal(part->archived.us, NOW_US);
}

static struct row_key key_of_batch(const struct identity *identity)
{
    uint8_t at[TERMINAL_ID_LEN + sizeof identity->batch];

    memcpy(at, identity->terminal, TERMINAL_ID_LEN);
    bytes_put_u32(at + TERMINAL_ID_LEN, identity->batch);
    return row_key_of(TABLE_BATCH, at, sizeof at);
}

/* Closed when the payment was changed; its terminal is archived up to another batch. */
static bool is_batch_dropped(uint8_t state, const struct payment_row *about, uint32_t archived)
{
    struct batch_row batch = {.state = state, .batch = 3, .closed = about->changed};
    struct identity identity = identity_of(3, 1);
    struct row_key key = key_of_batch(&identity);
    struct archive_mark_row mark = {.batch = archived, .trace = 1, .count = 1};

    begin();
    put(key, &batch, sizeof batch);
    put(archive_mark_key(&identity), &mark, sizeof mark);
    memset(&command, 0, sizeof command);
    command.kind = COMMAND_PURGE;
    command.key = key;
    command.value_len = sizeof identity.acquirer;
    memcpy(command.value, identity.acquirer, sizeof identity.acquirer);
    assert_int_equal(run(), OUTCOME_APPROVED);
    assert_int_equal(work.what, row_of(&key)->found ? WHAT_CARRIED : WHAT_PURGED);
    return !row_of(&key)->found;
}

static void test_a_closed_batch_of_long_ago_leaves(void **state)
{
    struct payment_row old = sale(3, 1);
    struct payment_row young = old;

    (void)state;
    young.changed.us = NOW_US;
    assert_true(is_batch_dropped(BATCH_CLOSED, &old, 4));
    assert_false(is_batch_dropped(BATCH_OPEN, &old, 4));
    assert_false(is_batch_dropped(BATCH_CLOSED, &young, 4));
    assert_false(is_batch_dropped(BATCH_CLOSED, &old, 3)); /* more of it may be named */
}

static void test_what_stands_beside_keeps_it(void **state)
{
    struct payment_row row = sale(1, 1);
    struct pending_row pending = {.kind = PENDING_ADVICE};
    struct batch_row batch = {.state = BATCH_OPEN};
    struct row_key pending_key = payment_row_key(&row.identity);
    struct row_key batch_key = row_key_of(TABLE_BATCH, "T1      \0\0\0\1", 12);
    struct archive_day_row good = proof();

    (void)state;
    pending_key.table = TABLE_PENDING;
    begin();
    store(&row);
    assert_int_equal(put_proof(&good), OUTCOME_APPROVED);
    put(pending_key, &pending, sizeof pending);
    assert_int_equal(purge(&row.identity, 1), OUTCOME_APPROVED);
    assert_true(is_there(&row.identity));
    row_of(&pending_key)->found = false;
    put(batch_key, &batch, sizeof batch);
    assert_int_equal(purge(&row.identity, 1), OUTCOME_APPROVED);
    assert_true(is_there(&row.identity));
    row.business_date = DATE + 1; /* it would leave with the wrong file */
    store(&row);
    batch.state = BATCH_CLOSED;
    put(batch_key, &batch, sizeof batch);
    assert_int_equal(purge(&row.identity, 1), OUTCOME_APPROVED);
    assert_true(is_there(&row.identity));
    row.business_date = DATE;
    store(&row);
    assert_int_equal(purge(&row.identity, 1), OUTCOME_APPROVED);
    assert_false(is_there(&row.identity));
}

static void test_a_proof_is_put_once_and_ended(void **state)
{
    struct archive_day_row good = proof();
    struct archive_day_row wrong = good;

    (void)state;
    begin();
    wrong.date = 20251231; /* kept for 400 days */
    assert_int_equal(put_proof(&wrong), OUTCOME_MESSAGE_MALFORMED);
    wrong = good;
    wrong.state = ARCHIVE_DONE;
    assert_int_equal(put_proof(&wrong), OUTCOME_MESSAGE_MALFORMED);
    wrong = good;
    wrong.count = 0;
    assert_int_equal(put_proof(&wrong), OUTCOME_MESSAGE_MALFORMED);
    wrong = good;
    wrong.part = 2;
    assert_int_equal(put_proof(&wrong), OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(put_proof(&good), OUTCOME_APPROVED);
    assert_int_equal(put_proof(&good), OUTCOME_APPROVED);
    assert_int_equal(work.what, WHAT_NONE);
    wrong = good;
    wrong.digest[31] = 9;
    assert_int_equal(put_proof(&wrong), OUTCOME_MESSAGE_MALFORMED);
    good.state = ARCHIVE_DONE;
    assert_int_equal(put_proof(&good), OUTCOME_APPROVED);
    assert_int_equal(work.what, WHAT_ARCHIVED);
    assert_int_equal(day()->state, ARCHIVE_DONE);
    good.state = ARCHIVE_LEAVING;
    assert_int_equal(put_proof(&good), OUTCOME_APPROVED);
    assert_int_equal(day()->state, ARCHIVE_DONE);
}

static void test_keys_must_be_of_one_batch(void **state)
{
    struct identity identities[ARCHIVE_PURGE_MAX + 1];
    struct archive_day_row good = proof();
    struct payment_row row = sale(1, 1);

    (void)state;
    begin();
    store(&row);
    assert_int_equal(put_proof(&good), OUTCOME_APPROVED);
    for (uint32_t i = 0; i <= ARCHIVE_PURGE_MAX; i++)
        identities[i] = identity_of(1, i + 1);
    assert_int_equal(purge(identities, 0), OUTCOME_MESSAGE_MALFORMED);
    assert_int_equal(purge(identities, ARCHIVE_PURGE_MAX + 1), OUTCOME_MESSAGE_MALFORMED);
    identities[1].batch = 2;
    assert_int_equal(purge(identities, 2), OUTCOME_MESSAGE_MALFORMED);
    identities[0].class = IDENTITY_REVERSAL;
    assert_int_equal(purge(identities, 1), OUTCOME_MESSAGE_MALFORMED);
    assert_true(is_there(&row.identity));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_leaves_without_a_proof),
        cmocka_unit_test(test_what_is_due_leaves_and_is_counted),
        cmocka_unit_test(test_rows_are_said_again_as_they_are),
        cmocka_unit_test(test_sums_count_from_where_the_journal_begins),
        cmocka_unit_test(test_parts_of_the_journal_follow_on_one_another),
        cmocka_unit_test(test_a_closed_batch_of_long_ago_leaves),
        cmocka_unit_test(test_what_stands_beside_keeps_it),
        cmocka_unit_test(test_a_proof_is_put_once_and_ended),
        cmocka_unit_test(test_keys_must_be_of_one_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* An audit of whole stores, good and tampered with, in memory and in a SQLite file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/archive_rows.h"
#include "books/party_rows.h"
#include "drivers/sqlite/store_sqlite.h"
#include "drivers/store_audit.h"
#include "drivers/store_memory.h"

#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NODE 1
#define ACCOUNTS 9000 /* more than the first room holds */

static struct store store;
static struct store_memory *memory;
static char folder[128];
static char path[160];
static struct journal_record record;
static uint8_t bytes[JOURNAL_RECORD_LEN_MAX];
static bool hsm_is_down;

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    (void)self;
    for (size_t i = 0; i < count; i++) {
        struct bytes part = commands[i].of.digest.parts[0];
        assert_int_equal(commands[i].kind, HSM_DIGEST);
        assert_int_equal(commands[i].of.digest.parts[1].len, 0);
        memset(&answers[i], 0, sizeof answers[i]);
        answers[i].result = hsm_is_down ? HSM_DOWN : HSM_OK;
        SHA256(part.at, part.len, answers[i].of.digest);
    }
}

static const struct hsm hsm = {NULL, execute};

/* One record: account number is opened with 100 of funds. */
static void open_account(uint64_t number)
{
    struct account_row account = {.layout = PARTY_ROW_LAYOUT,
                                  .currency = CURRENCY_CNY,
                                  .number = number,
                                  .balance_minor = 100};
    struct store_change change = {.key = row_key_number(TABLE_ACCOUNT, number),
                                  .value = bytes_over(&account, sizeof account)};
    uint8_t hash[JOURNAL_HASH_LEN];
    size_t len = 0;

    record.sequence++;
    record.node = NODE;
    record.what = WHAT_FUNDED;
    record.postings.count = 0;
    postings_add_pair(&record.postings, (struct account_ref){ACCOUNT_FUNDING, 1},
                      (struct account_ref){ACCOUNT_CARDHOLDER, number},
                      money_of(100, CURRENCY_CNY));
    record.change_count = 1;
    record.changes[0] = (struct journal_change){.key = change.key, .value = change.value};
    assert_int_equal(journal_encode(&record, bytes, sizeof bytes, &len), OK);
    SHA256(bytes, len, hash);
    memcpy(record.previous, hash, sizeof hash);
    struct store_record written = {.sequence = record.sequence, .bytes = bytes_over(bytes, len)};
    struct store_batch batch = {&change, 1, &written, 1, hash};
    assert_int_equal(store.commit(store.self, &batch), STORE_OK);
}

static struct audit_result audit(void)
{
    static const uint8_t key[AUDIT_KEY_LEN] = "not for real use";
    struct audit_result result;

    assert_int_equal(store_audit(&store, &hsm, key, &result), OK);
    return result;
}

static int set_up_memory(void **state)
{
    struct store_memory_options options = {.node = NODE};

    (void)state;
    memset(&record, 0, sizeof record);
    hsm_is_down = false;
    assert_int_equal(store_memory_new(&options, &memory), OK);
    assert_int_equal(store_memory_attach(memory, &store), OK);
    return 0;
}

static int tear_down_memory(void **state)
{
    (void)state;
    store_memory_free(memory);
    return 0;
}

static void open_file(void)
{
    char words[256];
    struct text why = text_over(words, sizeof words);

    assert_int_equal(store_sqlite_open(path, NODE, NULL, &store, &why), OK);
}

static int set_up_file(void **state)
{
    (void)state;
    memset(&record, 0, sizeof record);
    hsm_is_down = false;
    snprintf(folder, sizeof folder, "%s/audit-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/party.db", folder);
    open_file();
    for (uint64_t i = 0; i < 20; i++)
        open_account(i);
    return 0;
}

static int tear_down_file(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[192];

    (void)state;
    store.close(store.self);
    for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    rmdir(folder);
    return 0;
}

static void tamper(const char *sql)
{
    sqlite3 *db = NULL;

    store.close(store.self);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    open_file();
}

static void test_an_empty_store_is_good(void **state)
{
    (void)state;
    assert_int_equal(audit().fault, AUDIT_GOOD);
}

static void test_a_large_store_is_good(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < ACCOUNTS; i++)
        open_account(i);
    struct audit_result result = audit();
    assert_int_equal(result.fault, AUDIT_GOOD);
    assert_int_equal(result.records, ACCOUNTS);
    assert_int_equal(result.rows, ACCOUNTS);
    assert_int_equal(result.accounts, ACCOUNTS);
    assert_int_equal(result.postings, 2 * ACCOUNTS);
}

static void test_what_cannot_be_read_or_hashed_is_a_failure(void **state)
{
    (void)state;
    static const uint8_t key[AUDIT_KEY_LEN];
    struct store_memory_fault fault = {.nth = 1, .result = STORE_RETRY};
    struct audit_result result;

    open_account(1);
    fault.call = STORE_CALL_SCAN;
    store_memory_fail(memory, &fault);
    assert_int_equal(store_audit(&store, &hsm, key, &result), ERR_IO);
    fault.call = STORE_CALL_READ;
    store_memory_fail(memory, &fault);
    assert_int_equal(store_audit(&store, &hsm, key, &result), ERR_IO);
    hsm_is_down = true;
    assert_int_equal(store_audit(&store, &hsm, key, &result), ERR_CRYPTO);
}

static void test_a_file_is_good_with_rows_on_their_way(void **state)
{
    (void)state;
    assert_int_equal(audit().rows, 20);
    store.close(store.self);
    open_file();
    assert_int_equal(audit().fault, AUDIT_GOOD);
}

static void test_a_file_that_was_tampered_with(void **state)
{
    (void)state;
    tamper("UPDATE row SET value=zeroblob(length(value)) WHERE id="
           "(SELECT id FROM row_key WHERE key=x'090000000000000005')");
    struct audit_result result = audit();
    assert_int_equal(result.fault, AUDIT_ROW_DIFFERS);
    assert_int_equal(result.sequence, 6);
    tamper("DELETE FROM row_key WHERE key=x'090000000000000005'");
    assert_int_equal(audit().fault, AUDIT_ROW_MISSING);
    tamper("INSERT INTO row VALUES(100000,x'00');INSERT INTO row_key VALUES(x'0955',100000)");
    assert_int_equal(audit().fault, AUDIT_ROW_UNRECORDED);
    tamper("UPDATE journal SET record=(SELECT record FROM journal WHERE seq=4) WHERE seq=3");
    result = audit();
    assert_int_equal(result.fault, AUDIT_DAMAGED);
    assert_int_equal(result.sequence, 3);
    tamper("DELETE FROM journal WHERE seq=3");
    assert_int_equal(audit().fault, AUDIT_GAP);
}

/* A record that says again what all accounts are, and with that the records before it may go. */
static void carry_and_cut(void)
{
    static struct account_row rows[20];
    static struct store_change changes[21];
    struct archive_journal_row proof = {.node = NODE, .sequence = 20};
    struct store_cut cut = {.node = NODE, .to = {.sequence = 20}, .count_max = 6};
    uint8_t hash[JOURNAL_HASH_LEN];
    size_t len = 0;
    bool left = true;

    memcpy(cut.to.hash, record.previous, sizeof cut.to.hash);
    record.sequence++;
    record.what = WHAT_CARRIED;
    record.postings.count = 0;
    record.change_count = 21;
    changes[20] = (struct store_change){.key = archive_journal_key(NODE),
                                        .value = bytes_over(&proof, sizeof proof)};
    record.changes[20] =
        (struct journal_change){.key = changes[20].key, .value = changes[20].value};
    for (uint64_t i = 0; i < 20; i++) {
        rows[i] = (struct account_row){.layout = PARTY_ROW_LAYOUT,
                                       .currency = CURRENCY_CNY,
                                       .number = i,
                                       .balance_minor = 100};
        changes[i] = (struct store_change){.key = row_key_number(TABLE_ACCOUNT, i),
                                           .value = bytes_over(&rows[i], sizeof rows[i])};
        record.changes[i] =
            (struct journal_change){.key = changes[i].key, .value = changes[i].value};
    }
    assert_int_equal(journal_encode(&record, bytes, sizeof bytes, &len), OK);
    SHA256(bytes, len, hash);
    struct store_record written = {.sequence = record.sequence, .bytes = bytes_over(bytes, len)};
    struct store_batch batch = {changes, 21, &written, 1, hash};
    assert_int_equal(store.commit(store.self, &batch), STORE_OK);
    while (left)
        assert_int_equal(store.cut(store.self, &cut, &left), STORE_OK);
}

static void test_a_journal_that_was_cut_is_good_from_its_anchor_on(void **state)
{
    (void)state;
    carry_and_cut();
    struct audit_result result = audit();
    assert_int_equal(result.fault, AUDIT_GOOD);
    assert_int_equal(result.records, 1);
    assert_int_equal(result.accounts, 20);
    tamper("UPDATE row SET value=zeroblob(length(value)) WHERE id="
           "(SELECT id FROM row_key WHERE key=x'090000000000000005')");
    assert_int_equal(audit().fault, AUDIT_ROW_DIFFERS);
    tamper("UPDATE anchor SET hash=zeroblob(32)");
    assert_int_equal(audit().fault, AUDIT_CHAIN_BROKEN);
    tamper("DELETE FROM anchor");
    assert_int_equal(audit().fault, AUDIT_GAP);
}

#define TEST_MEMORY(name) cmocka_unit_test_setup_teardown(name, set_up_memory, tear_down_memory)
#define TEST_FILE(name) cmocka_unit_test_setup_teardown(name, set_up_file, tear_down_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_MEMORY(test_an_empty_store_is_good),
        TEST_MEMORY(test_a_large_store_is_good),
        TEST_MEMORY(test_what_cannot_be_read_or_hashed_is_a_failure),
        TEST_FILE(test_a_file_is_good_with_rows_on_their_way),
        TEST_FILE(test_a_file_that_was_tampered_with),
        TEST_FILE(test_a_journal_that_was_cut_is_good_from_its_anchor_on),
    };

    return cmocka_run_group_tests_name("store_audit", tests, NULL, NULL);
}

/* The fold of an audit, over a journal of three records and the rows that they made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/archive_rows.h"
#include "books/audit.h"
#include "books/party_rows.h"
#include "books/payment_row.h"

#include <string.h>

enum { RECORDS = 3, PLACES = 128 };

struct books {
    struct account_row accounts[2];
    struct archive_journal_row proof;
    struct store_head head;
    uint8_t bytes[RECORDS + 1][2048];
    size_t len[RECORDS + 1];
    uint8_t hash[RECORDS + 1][JOURNAL_HASH_LEN];
};

static struct books books;
static struct audit_row rows[PLACES];
static struct audit_account accounts[PLACES];
static struct audit audit;
static struct journal_record record;

/* Any function of the bytes will do here. */
static void hash_of(struct bytes bytes, uint8_t out[static JOURNAL_HASH_LEN])
{
    static const uint8_t key[AUDIT_KEY_LEN] = {7};

    memset(out, 0, JOURNAL_HASH_LEN);
    bytes_put_u64(out, audit_hash(key, bytes));
}

static void add_record(size_t i)
{
    assert_int_equal(journal_encode(&record, books.bytes[i], sizeof books.bytes[i], &books.len[i]),
                     OK);
    hash_of(bytes_over(books.bytes[i], books.len[i]), books.hash[i]);
}

static void start_record(size_t i)
{
    memset(&record, 0, sizeof record);
    record.sequence = i + 1;
    record.what = WHAT_FUNDED;
    if (i > 0)
        memcpy(record.previous, books.hash[i - 1], sizeof record.previous);
}

static void change(size_t account)
{
    record.changes[record.change_count++] = (struct journal_change){
        .key = row_key_number(TABLE_ACCOUNT, account),
        .value = bytes_over(&books.accounts[account], sizeof books.accounts[account])};
}

static void post(size_t debit, size_t credit, int64_t minor)
{
    postings_add_pair(&record.postings, (struct account_ref){ACCOUNT_CARDHOLDER, debit},
                      (struct account_ref){ACCOUNT_CARDHOLDER, credit},
                      money_of(minor, CURRENCY_CNY));
    books.accounts[debit].balance_minor -= minor;
    books.accounts[credit].balance_minor += minor;
}

/* 1: both accounts; 2: 300 from account 0 to account 1; 3: 100 back. */
static int set_up(void **state)
{
    (void)state;
    memset(&books, 0, sizeof books);
    for (size_t i = 0; i < 2; i++)
        books.accounts[i] =
            (struct account_row){.layout = PARTY_ROW_LAYOUT, .currency = CURRENCY_CNY, .number = i};
    start_record(0);
    change(0);
    change(1);
    add_record(0);
    start_record(1);
    post(0, 1, 300);
    change(0);
    change(1);
    add_record(1);
    start_record(2);
    post(1, 0, 100);
    change(0);
    change(1);
    add_record(2);
    books.head.sequence = RECORDS;
    memcpy(books.head.hash, books.hash[RECORDS - 1], sizeof books.head.hash);
    return 0;
}

static void init(size_t places)
{
    static const uint8_t key[AUDIT_KEY_LEN] = {1, 2, 3};
    struct audit_room room = {rows, places, accounts, places};

    memset(rows, 0, sizeof rows);
    memset(accounts, 0, sizeof accounts);
    audit_init(&audit, &room, key);
}

static void feed_record(size_t i)
{
    audit_record(&audit, i + 1, bytes_over(books.bytes[i], books.len[i]), books.hash[i]);
}

static void feed_records(void)
{
    init(PLACES);
    for (size_t i = 0; i < RECORDS; i++)
        feed_record(i);
    audit_head(&audit, &books.head);
}

static void feed_row(size_t i)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, i);

    audit_row(&audit, &key, bytes_over(&books.accounts[i], sizeof books.accounts[i]));
}

static void feed_all(void)
{
    feed_records();
    feed_row(0);
    feed_row(1);
    audit_end(&audit);
}

static void assert_fault(enum audit_fault fault, uint64_t sequence)
{
    assert_int_equal(audit.result.fault, fault);
    assert_int_equal(audit.result.sequence, sequence);
}

static void test_good_books_are_good(void **state)
{
    (void)state;
    feed_all();
    assert_fault(AUDIT_GOOD, 0);
    assert_false(audit.is_short);
    assert_int_equal(audit.result.records, 3);
    assert_int_equal(audit.result.postings, 4);
    assert_int_equal(audit.result.rows, 2);
    assert_int_equal(audit.result.accounts, 2);
    assert_int_equal(books.accounts[1].balance_minor, 200);
}

/* The second record is another node's, the first of a chain of its own; what a row became last is
 * told by the order in which they come. */
static void make_second_node(void)
{
    struct account_row was[2] = {books.accounts[0], books.accounts[1]};

    was[0].balance_minor = was[1].balance_minor = 0;
    memcpy(books.accounts, was, sizeof was);
    start_record(1);
    memset(record.previous, 0, sizeof record.previous);
    record.node = 2;
    record.sequence = 1;
    post(0, 1, 300);
    change(0);
    change(1);
    add_record(1);
    start_record(2);
    memcpy(record.previous, books.hash[0], sizeof record.previous);
    record.sequence = 2;
    post(1, 0, 100);
    change(0);
    change(1);
    add_record(2);
    books.head.sequence = 2;
    memcpy(books.head.hash, books.hash[2], sizeof books.head.hash);
}

static void feed_two_nodes(void)
{
    init(PLACES);
    audit_record(&audit, 1, bytes_over(books.bytes[0], books.len[0]), books.hash[0]);
    audit_record(&audit, 1, bytes_over(books.bytes[1], books.len[1]), books.hash[1]);
    audit_record(&audit, 2, bytes_over(books.bytes[2], books.len[2]), books.hash[2]);
    audit_head(&audit, &books.head);
}

static void test_each_node_has_a_chain_of_its_own(void **state)
{
    (void)state;
    make_second_node();
    struct store_head other = {.node = 2, .sequence = 1};
    memcpy(other.hash, books.hash[1], sizeof other.hash);
    feed_two_nodes();
    audit_head(&audit, &other);
    feed_row(0);
    feed_row(1);
    audit_end(&audit);
    assert_fault(AUDIT_GOOD, 0);
    assert_int_equal(audit.result.records, 3);
    feed_two_nodes();
    other.sequence = 2; /* its last record is missing */
    audit_head(&audit, &other);
    assert_fault(AUDIT_HEAD_WRONG, 2);
    feed_two_nodes();
    feed_row(0);
    feed_row(1);
    audit_end(&audit); /* a chain that the store does not know of */
    assert_fault(AUDIT_HEAD_WRONG, 1);
    init(PLACES);
    audit_record(&audit, 1, bytes_over(books.bytes[0], books.len[0]), books.hash[0]);
    audit_record(&audit, 2, bytes_over(books.bytes[2], books.len[2]), books.hash[1]);
    audit_record(&audit, 1, bytes_over(books.bytes[1], books.len[1]), books.hash[1]);
    assert_int_equal(audit.result.records, 3); /* the chains do not mind each other's order */
}

static void test_a_missing_record_is_a_gap(void **state)
{
    (void)state;
    init(PLACES);
    feed_record(0);
    feed_record(2);
    assert_fault(AUDIT_GAP, 3);
    assert_false(audit_head(&audit, &books.head));
    assert_fault(AUDIT_GAP, 3); /* the first fault stays */
}

static void test_a_changed_byte_is_found_wherever_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < books.len[1]; i++) {
        books.bytes[1][i] ^= 1;
        hash_of(bytes_over(books.bytes[1], books.len[1]), books.hash[1]);
        feed_all();
        assert_int_not_equal(audit.result.fault, AUDIT_GOOD);
        assert_true(audit.result.sequence == 2 || audit.result.sequence == 3);
        books.bytes[1][i] ^= 1;
    }
}

static void test_a_record_whose_postings_do_not_sum_to_zero_is_damaged(void **state)
{
    (void)state;
    uint8_t *minor = NULL;

    for (size_t i = 0; i + 8 < books.len[1] && minor == NULL; i++) {
        if (memcmp(books.bytes[1] + i, "\x2C\x01\0\0\0\0\0\0", 8) == 0)
            minor = books.bytes[1] + i; /* 300, little-endian */
    }
    assert_non_null(minor);
    minor[0]++;
    feed_all();
    assert_fault(AUDIT_DAMAGED, 2);
}

static void test_a_record_put_in_place_of_another_breaks_the_chain(void **state)
{
    (void)state;
    start_record(1);
    record.wall.us = 1;
    change(0);
    add_record(1);
    feed_all();
    assert_fault(AUDIT_CHAIN_BROKEN, 3);
}

static void test_a_cut_journal_shows_at_the_head(void **state)
{
    (void)state;
    init(PLACES);
    feed_record(0);
    feed_record(1);
    assert_false(audit_head(&audit, &books.head));
    assert_fault(AUDIT_HEAD_WRONG, 3);
    books.head.hash[0] ^= 1;
    feed_records();
    assert_fault(AUDIT_HEAD_WRONG, 3);
}

/* A fourth record: both accounts as they are, and that so many records stand in files. */
static void carry(uint64_t archived)
{
    start_record(RECORDS);
    record.what = WHAT_CARRIED;
    change(0);
    change(1);
    books.proof.sequence = archived;
    if (archived > 0)
        record.changes[record.change_count++] = (struct journal_change){
            .key = archive_journal_key(0), .value = bytes_over(&books.proof, sizeof books.proof)};
    add_record(RECORDS);
    books.head.sequence = RECORDS + 1;
    memcpy(books.head.hash, books.hash[RECORDS], sizeof books.head.hash);
}

/* The journal of which the first so many records were cut off. */
static void feed_cut(size_t count)
{
    init(PLACES);
    books.head.anchor.sequence = count;
    if (count > 0)
        memcpy(books.head.anchor.hash, books.hash[count - 1], sizeof books.head.anchor.hash);
    audit_begin(&audit, &books.head);
    for (size_t i = count; i < books.head.sequence; i++)
        feed_record(i);
    audit_head(&audit, &books.head);
    feed_row(0);
    feed_row(1);
    struct row_key key = archive_journal_key(0);
    if (count > 0)
        audit_row(&audit, &key, bytes_over(&books.proof, sizeof books.proof));
    audit_end(&audit);
}

static void test_a_journal_is_right_from_its_anchor_on(void **state)
{
    (void)state;
    carry(RECORDS);
    for (size_t count = 1; count <= RECORDS; count++) {
        feed_cut(count);
        assert_fault(AUDIT_GOOD, 0);
        assert_int_equal(audit.result.records, RECORDS + 1 - count);
    }
    books.hash[1][0] ^= 1;
    feed_cut(2);
    assert_fault(AUDIT_CHAIN_BROKEN, 3);
}

static void test_what_is_brought_forward_is_what_entries_came_to(void **state)
{
    (void)state;
    books.accounts[1].balance_minor++;
    carry(0);
    feed_cut(0);
    assert_fault(AUDIT_BALANCE_DIFFERS, 4);
    assert_int_equal(audit.result.found_minor, audit.result.expected_minor + 1);
}

static void test_without_being_brought_forward_a_balance_is_not_known(void **state)
{
    (void)state;
    feed_cut(2);
    assert_fault(AUDIT_BALANCE_DIFFERS, 3);
}

static void test_a_cut_without_a_proof_is_a_fault(void **state)
{
    (void)state;
    carry(1);
    feed_cut(1);
    assert_fault(AUDIT_GOOD, 0);
    feed_cut(2);
    assert_fault(AUDIT_CUT_UNPROVED, 2);
}

static void test_a_row_that_differs_names_its_newest_record(void **state)
{
    (void)state;
    books.accounts[1].credit_limit_minor++;
    feed_all();
    assert_fault(AUDIT_ROW_DIFFERS, 3);
    assert_int_equal(bytes_get_u64(audit.result.key.at), 1);
}

static void test_a_row_nobody_made(void **state)
{
    (void)state;
    struct row_key key = row_key_of(TABLE_CARD, "x", 1);

    feed_records();
    assert_false(audit_row(&audit, &key, bytes_of_z("y")));
    assert_fault(AUDIT_ROW_UNRECORDED, 0);
    assert_true(row_key_equal(&audit.result.key, &key));
}

static void test_a_row_that_is_not_there(void **state)
{
    (void)state;
    feed_records();
    feed_row(0);
    audit_end(&audit);
    assert_fault(AUDIT_ROW_MISSING, 3);
    assert_int_equal(bytes_get_u64(audit.result.key.at), 1);
}

static void remove_account_1(void)
{
    start_record(2);
    record.changes[record.change_count++] =
        (struct journal_change){.key = row_key_number(TABLE_ACCOUNT, 1), .is_removal = true};
    add_record(2);
    memcpy(books.head.hash, books.hash[2], sizeof books.head.hash);
}

static void test_a_removed_row_must_not_be_there(void **state)
{
    (void)state;
    remove_account_1();
    feed_records();
    feed_row(1);
    assert_fault(AUDIT_ROW_DIFFERS, 3);
}

static void test_entries_without_their_account(void **state)
{
    (void)state;
    remove_account_1();
    books.accounts[0].balance_minor = -300;
    feed_records();
    feed_row(0);
    audit_end(&audit);
    assert_fault(AUDIT_BALANCE_DIFFERS, 0);
    assert_int_equal(audit.result.expected_minor, 300);
}

static void test_a_balance_that_is_not_the_sum_of_entries(void **state)
{
    (void)state;
    /* Row and record agree, but no posting moved the 5. */
    books.accounts[1].balance_minor += 5;
    start_record(2);
    postings_add_pair(&record.postings, (struct account_ref){ACCOUNT_CARDHOLDER, 1},
                      (struct account_ref){ACCOUNT_CARDHOLDER, 0}, money_of(100, CURRENCY_CNY));
    change(0);
    change(1);
    add_record(2);
    memcpy(books.head.hash, books.hash[2], sizeof books.head.hash);
    feed_all();
    assert_fault(AUDIT_BALANCE_DIFFERS, 3);
    assert_int_equal(audit.result.found_minor, 205);
    assert_int_equal(audit.result.expected_minor, 200);
}

/* A third record holds 150 of account 0, in the account's row and in a payment's. */
static void hold(int64_t in_account, const struct payment_row *payment)
{
    struct row_key key = payment_row_key(&payment->identity);

    start_record(2);
    post(1, 0, 100);
    books.accounts[0].balance_minor = -200;
    books.accounts[1].balance_minor = 200;
    books.accounts[0].held_minor = in_account;
    change(0);
    change(1);
    record.changes[record.change_count++] =
        (struct journal_change){.key = key, .value = bytes_over(payment, sizeof *payment)};
    add_record(2);
    memcpy(books.head.hash, books.hash[2], sizeof books.head.hash);
    feed_records();
    feed_row(0);
    feed_row(1);
    audit_row(&audit, &key, bytes_over(payment, sizeof *payment));
    audit_end(&audit);
}

static void test_what_is_held_is_what_holds_say(void **state)
{
    struct payment_row payment = {.layout = PAYMENT_ROW_LAYOUT,
                                  .kind = KIND_PREAUTH,
                                  .stage = STAGE_ANSWERED,
                                  .money = MONEY_HELD,
                                  .outcome = OUTCOME_APPROVED,
                                  .amount = money_of(150, CURRENCY_CNY),
                                  .posted_minor = 150};

    (void)state;
    hold(150, &payment);
    assert_fault(AUDIT_GOOD, 0);
    hold(149, &payment);
    assert_fault(AUDIT_HELD_DIFFERS, 0);
    assert_int_equal(audit.result.expected_minor, 150);
    assert_int_equal(audit.result.found_minor, 149);
    payment.follow = FOLLOW_LAPSED;
    hold(150, &payment);
    assert_fault(AUDIT_HELD_DIFFERS, 0);
    hold(0, &payment);
    assert_fault(AUDIT_GOOD, 0);
}

static void test_short_room_is_no_fault(void **state)
{
    (void)state;
    init(32);
    feed_record(0);
    feed_record(1);
    assert_true(audit.is_short);
    assert_false(audit_head(&audit, &books.head));
    audit_end(&audit);
    assert_fault(AUDIT_GOOD, 0);
}

static void test_the_hash_is_siphash(void **state)
{
    (void)state;
    /* Aumasson and Bernstein, "SipHash: a fast short-input PRF", appendix A. */
    uint8_t key[AUDIT_KEY_LEN];
    uint8_t input[15];

    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = i;
    memcpy(input, key, sizeof input);
    assert_true(audit_hash(key, bytes_over(input, sizeof input)) == 0xA129CA6149BE45E5U);
}

static void test_faults_have_words(void **state)
{
    (void)state;
    for (int i = 0; i < AUDIT_FAULT_COUNT; i++) {
        assert_true(strlen(audit_fault_name((enum audit_fault)i)) > 0);
        assert_true(strlen(audit_fault_text((enum audit_fault)i)) > 0);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_books_are_good),
        TEST(test_each_node_has_a_chain_of_its_own),
        TEST(test_a_missing_record_is_a_gap),
        TEST(test_a_changed_byte_is_found_wherever_it_is),
        TEST(test_a_record_whose_postings_do_not_sum_to_zero_is_damaged),
        TEST(test_a_record_put_in_place_of_another_breaks_the_chain),
        TEST(test_a_cut_journal_shows_at_the_head),
        TEST(test_a_journal_is_right_from_its_anchor_on),
        TEST(test_what_is_brought_forward_is_what_entries_came_to),
        TEST(test_a_cut_without_a_proof_is_a_fault),
        TEST(test_without_being_brought_forward_a_balance_is_not_known),
        TEST(test_a_row_that_differs_names_its_newest_record),
        TEST(test_a_row_nobody_made),
        TEST(test_a_row_that_is_not_there),
        TEST(test_a_removed_row_must_not_be_there),
        TEST(test_entries_without_their_account),
        TEST(test_a_balance_that_is_not_the_sum_of_entries),
        TEST(test_what_is_held_is_what_holds_say),
        TEST(test_short_room_is_no_fault),
        TEST(test_the_hash_is_siphash),
        TEST(test_faults_have_words),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}

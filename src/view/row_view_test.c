#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/party_rows.h"
#include "books/payment_row.h"
#include "view/row_view.h"

#include <string.h>

static struct identity identity_here(void)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = 1, .trace = 42};

    memcpy(identity.acquirer, "10000001", 8);
    memcpy(identity.terminal, "T1      ", TERMINAL_ID_LEN);
    return identity;
}

static const char *row_text(const struct row_key *key, const void *row, size_t len)
{
    static char room[ROW_VIEW_ROW_MAX];
    struct text t = text_over(room, sizeof room);

    row_view_add_row(&t, key, bytes_over(row, len));
    assert_false(t.cut);
    return text_z(&t);
}

static void test_a_payment_is_told_without_its_secrets(void **state)
{
    struct identity identity = identity_here();
    struct row_key key = payment_row_key(&identity);
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT,
                              .kind = KIND_SALE,
                              .stage = STAGE_ANSWERED,
                              .money = MONEY_MOVED,
                              .amount = {12850, CURRENCY_CNY},
                              .posted_minor = 12850,
                              .original = identity};

    (void)state;
    memcpy(row.pan.masked.at, "620000******0013", 17);
    memset(row.pan.sealed.at, 'S', sizeof row.pan.sealed.at);
    memset(row.pan.hash.at, 'H', sizeof row.pan.hash.at);
    memcpy(row.auth_id, "123456", AUTH_ID_LEN);
    const char *text = row_text(&key, &row, sizeof row);
    assert_non_null(strstr(text, "\"table\":\"payment\",\"key\":\"10000001/T1/000001/000042\""));
    assert_non_null(strstr(text, "\"kind\":\"sale\",\"stage\":\"answered\",\"money\":\"moved\""));
    assert_non_null(strstr(text, "\"amount\":12850,\"currency\":156,\"posted\":12850"));
    assert_non_null(strstr(text, "\"original\":\"10000001/T1/000001/000042\""));
    assert_non_null(strstr(text, "\"card\":\"620000******0013\""));
    assert_non_null(strstr(text, "\"auth_id\":\"123456\""));
    assert_null(strstr(text, "SSSS"));
    assert_null(strstr(text, "HHHH"));
    assert_null(strstr(text, "4848"));
    assert_null(strstr(text, "returned\":")); /* zero is left out */
}

static void test_names_of_states_are_never_left_out(void **state)
{
    struct identity identity = identity_here();
    struct row_key key = payment_row_key(&identity);
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT};
    const char *text = row_text(&key, &row, sizeof row);

    (void)state;
    assert_non_null(strstr(text, "\"stage\":\"none\",\"money\":\"not_moved\""));
    row.stage = STAGE_COUNT; /* damage is told as the number it is */
    assert_non_null(strstr(row_text(&key, &row, sizeof row), "\"stage\":7"));
}

static void test_a_negative_balance_keeps_its_sign(void **state)
{
    struct account_row row = {.number = 7, .balance_minor = -250, .credit_limit_minor = 500};
    struct row_key key = row_key_number(TABLE_ACCOUNT, 7);
    const char *text = row_text(&key, &row, sizeof row);

    (void)state;
    assert_string_equal(text, "\"table\":\"account\",\"key\":\"7\",\"row\":{\"balance\":-250,"
                              "\"credit_limit\":500}");
}

static void test_what_is_no_text_is_still_json(void **state)
{
    struct account_row row = {.number = 7};
    struct row_key key = row_key_number(TABLE_ACCOUNT, 7);

    (void)state;
    memcpy(row.name, "\xE9\x93\xB6\xE8\xA1\x8C", 6);
    assert_non_null(
        strstr(row_text(&key, &row, sizeof row), "\"name\":\"\xE9\x93\xB6\xE8\xA1\x8C\""));
    memcpy(row.name, "2000\xB1\"5", 8);
    assert_non_null(strstr(row_text(&key, &row, sizeof row), "\"name\":\"2000\\u00B1\\\"5\""));
    memcpy(row.name, "20\xE9\x93\0\0\0", 8); /* cut off */
    assert_non_null(strstr(row_text(&key, &row, sizeof row), "\"name\":\"20\\u00E9\\u0093\""));
    memcpy(row.name, "\xC0\xAF\0\0\0\0\0", 8); /* longer than it must be */
    assert_non_null(strstr(row_text(&key, &row, sizeof row), "\"name\":\"\\u00C0\\u00AF\""));
}

static void test_keys(void **state)
{
    static const uint8_t hash[PAN_HASH_LEN] = {0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6, 7, 8, 0xEE};
    struct row_key card = row_key_of(TABLE_CARD, hash, sizeof hash);
    struct row_key batch = row_key_of(TABLE_BATCH, "T1      \0\0\0\x11", 12);
    struct row_key category = row_key_of(TABLE_TALLY, "C\x15\x23", 3);
    struct row_key code = row_key_of(TABLE_GIVEN_CODE, "secret-digits", 13);
    struct row_key keys = row_key_of(TABLE_TERMINAL_KEYS, "T1      ", 8);

    (void)state;
    assert_string_equal(row_text(&card, "?", 1),
                        "\"table\":\"card\",\"key\":\"A1B2C3D4E5F60708\",\"bytes\":1");
    assert_non_null(strstr(row_text(&batch, "?", 1), "\"key\":\"T1/000017\""));
    assert_non_null(strstr(row_text(&category, "?", 1), "\"key\":\"C/5411\""));
    assert_string_equal(row_text(&code, "code", 4), "\"table\":\"given_code\",\"key\":\"\"");
    assert_string_equal(row_text(&keys, "block", 5), "\"table\":\"terminal_keys\",\"key\":\"T1\"");
}

static void test_a_record_is_told_with_postings_and_changes(void **state)
{
    struct account_row account = {.number = 3, .balance_minor = 100};
    struct journal_record record = {.node = 1,
                                    .epoch = 2,
                                    .sequence = 17,
                                    .wall = {1000000},
                                    .business_date = 20261122,
                                    .what = WHAT_APPROVED,
                                    .money = MONEY_MOVED,
                                    .outcome = OUTCOME_APPROVED,
                                    .identity = identity_here(),
                                    .change_count = 2};
    char room[ROW_VIEW_ROW_MAX];
    struct text t = text_over(room, sizeof room);
    struct account_ref debit = {ACCOUNT_CARDHOLDER, 3};
    struct account_ref credit = {ACCOUNT_ACQUIRER_SETTLEMENT, 9};

    (void)state;
    postings_add_pair(&record.postings, debit, credit, money_of(100, CURRENCY_CNY));
    record.changes[0].key = row_key_number(TABLE_ACCOUNT, 3);
    record.changes[0].value = bytes_over((const uint8_t *)&account, sizeof account);
    record.changes[1].key = row_key_of(TABLE_MERCHANT, "M1", 2);
    record.changes[1].is_removal = true;
    row_view_add_record(&t, &record);
    assert_string_equal(
        text_z(&t),
        "\"record\":17,\"node\":1,\"epoch\":2,\"at\":1000000,\"business_date\":20261122,"
        "\"what\":\"approved\",\"payment\":\"10000001/T1/000001/000042\",\"money\":\"moved\","
        "\"outcome\":\"approved\",\"postings\":["
        "{\"kind\":\"cardholder\",\"account\":\"3\",\"currency\":156,\"minor\":100},"
        "{\"kind\":\"acquirer_settlement\",\"account\":\"9\",\"currency\":156,\"minor\":-100}],"
        "\"changes\":[{\"table\":\"account\",\"key\":\"3\",\"row\":{\"balance\":100}},"
        "{\"table\":\"merchant\",\"key\":\"M1\",\"removed\":true}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_payment_is_told_without_its_secrets),
        cmocka_unit_test(test_names_of_states_are_never_left_out),
        cmocka_unit_test(test_a_negative_balance_keeps_its_sign),
        cmocka_unit_test(test_what_is_no_text_is_still_json),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_a_record_is_told_with_postings_and_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

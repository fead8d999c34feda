#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "acquirer/onboard.h"
#include "txn/outcome.h"

#include <string.h>

static const struct keyblock master = {{1}};

static void test_rows_are_made_padded_as_on_the_wire(void **state)
{
    struct merchant_row merchant;
    struct terminal_row terminal;
    struct route_row route;
    struct issuer_row issuer;

    (void)state;
    assert_int_equal(onboard_merchant("M1", "小店", 5411, &merchant), OK);
    assert_memory_equal(merchant.merchant, "M1             ", MERCHANT_ID_LEN);
    assert_string_equal(merchant.name, "小店");
    assert_int_equal(merchant.state, RECORD_ACTIVE);
    assert_int_equal(onboard_terminal("T1", "M1", &master, &terminal), OK);
    assert_memory_equal(terminal.terminal, "T1      ", TERMINAL_ID_LEN);
    assert_memory_equal(terminal.merchant, merchant.merchant, MERCHANT_ID_LEN);
    for (unsigned kind = KIND_NONE; kind < KIND_COUNT; kind++)
        assert_int_equal((terminal.kinds >> kind) & 1U,
                         kind_row((enum txn_kind)kind)->shape != SHAPE_NETWORK);
    assert_int_equal(terminal.batch, 1);
    assert_int_equal(onboard_route("62000001", "62000001", &route), OK);
    assert_int_equal(onboard_route_key(&route).len, 8);
    assert_int_equal(onboard_route("620000", "62000001", &route), OK);
    assert_int_equal(onboard_route_key(&route).len, 6);
    assert_int_equal(onboard_issuer("62000001", "First bank", &master, &issuer), OK);
    assert_memory_equal(issuer.issuer, "62000001\0\0\0", ISSUER_ID_LEN);
}

static void test_what_does_not_fit_makes_no_row(void **state)
{
    struct merchant_row merchant;
    struct terminal_row terminal;
    struct route_row route;
    struct issuer_row issuer;

    (void)state;
    assert_int_equal(onboard_merchant("", "name", 0, &merchant), ERR_BAD_LENGTH);
    assert_int_equal(onboard_merchant("1234567890123456", "name", 0, &merchant), ERR_BAD_LENGTH);
    assert_int_equal(
        onboard_merchant("M1", "01234567890123456789012345678901234567890", 0, &merchant),
        ERR_BAD_LENGTH);
    assert_int_equal(onboard_terminal("123456789", "M1", &master, &terminal), ERR_BAD_LENGTH);
    assert_int_equal(onboard_terminal("T1", "", &master, &terminal), ERR_BAD_LENGTH);
    assert_int_equal(onboard_route("6200000", "62000001", &route), ERR_BAD_LENGTH);
    assert_int_equal(onboard_route("62000x", "62000001", &route), ERR_BAD_VALUE);
    assert_int_equal(onboard_route("620000", "bank", &route), ERR_BAD_VALUE);
    assert_int_equal(onboard_issuer("123456789012", "name", &master, &issuer), ERR_BAD_LENGTH);
    assert_int_equal(onboard_issuer("1x", "name", &master, &issuer), ERR_BAD_VALUE);
}

struct known {
    struct config_row config;
    struct merchant_row merchant;
    struct terminal_row terminal;
    struct route_row route;
    struct issuer_row issuer;
};

static void open_known(struct known *out)
{
    memset(out, 0, sizeof *out);
    out->config.layout = PARTY_ROW_LAYOUT;
    out->config.party = PARTY_ACQUIRER;
    out->config.currency = CURRENCY_CNY;
    out->config.answer_wait_ms = 20000;
    out->config.retry_first_ms = 2000;
    out->config.retry_max_ms = 60000;
    memcpy(out->config.id, "99900001", 8);
    assert_int_equal(onboard_merchant("M1", "Shop", 5411, &out->merchant), OK);
    assert_int_equal(onboard_terminal("T1", "M1", &master, &out->terminal), OK);
    assert_int_equal(onboard_route("62000001", "62000001", &out->route), OK);
    assert_int_equal(onboard_issuer("62000001", "Bank", &master, &out->issuer), OK);
}

static enum err check_of(struct row_key key, const void *value, size_t len)
{
    const char *fault = NULL;
    enum err err = onboard_check(&key, bytes_over(value, len), &fault);

    assert_int_equal(err != OK, fault != NULL);
    return err;
}

static enum err check_all(const struct known *k)
{
    struct row_key config = row_key_of(TABLE_CONFIG, NULL, 0);
    enum err first = check_of(config, &k->config, sizeof k->config);
    enum err all[] = {
        first,
        check_of(onboard_merchant_key(&k->merchant), &k->merchant, sizeof k->merchant),
        check_of(onboard_terminal_key(&k->terminal), &k->terminal, sizeof k->terminal),
        check_of(onboard_route_key(&k->route), &k->route, sizeof k->route),
        check_of(onboard_issuer_key(&k->issuer), &k->issuer, sizeof k->issuer),
    };

    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        if (all[i] != OK)
            return all[i];
    }
    return OK;
}

static void test_rows_that_were_made_may_be_stored(void **state)
{
    struct known known;

    (void)state;
    open_known(&known);
    assert_int_equal(check_all(&known), OK);
}

static void test_each_wrong_column_is_found(void **state)
{
    (void)state;
#define WRONG(change)                                                                              \
    do {                                                                                           \
        struct known k;                                                                            \
        open_known(&k);                                                                            \
        change;                                                                                    \
        assert_int_equal(check_all(&k), ERR_BAD_VALUE);                                            \
    } while (0)
    WRONG(k.config.party = PARTY_ISSUER);
    WRONG(k.config.id[0] = 0);
    WRONG(k.config.currency = 1);
    WRONG(k.config.answer_wait_ms = 0);
    WRONG(k.config.answer_wait_ms = 600001);
    WRONG(k.config.retry_first_ms = 0);
    WRONG(k.config.retry_max_ms = 1999);
    WRONG(k.merchant.state = RECORD_STATE_COUNT);
    WRONG(k.merchant.amount_max_minor = -1);
    WRONG(k.merchant.amount_max_minor = MONEY_MINOR_MAX + 1);
    WRONG(k.terminal.state = RECORD_STATE_COUNT);
    WRONG(k.terminal.batch = 1000000);
    WRONG(k.route.bin_len = 7);
    WRONG(k.route.bin_len = 200);
    WRONG(k.route.bin[3] = 'x');
    WRONG(k.route.issuer[0] = 0);
    WRONG(k.issuer.issuer[0] = 0);
    WRONG(k.issuer.zone_master.at[0] = 0);
#undef WRONG
}

static void test_size_layout_and_key_must_be_right(void **state)
{
    struct known known;
    const char *fault;

    (void)state;
    open_known(&known);
    struct row_key key = onboard_merchant_key(&known.merchant);
    struct row_key other = row_key_of(TABLE_MERCHANT, "M2             ", MERCHANT_ID_LEN);
    struct bytes value = bytes_over(&known.merchant, sizeof known.merchant);
    struct bytes cut = bytes_over(&known.merchant, sizeof known.merchant - 1);
    assert_int_equal(onboard_check(&key, cut, &fault), ERR_BAD_LENGTH);
    assert_int_equal(onboard_check(&other, value, &fault), ERR_BAD_VALUE);
    known.merchant.layout = PARTY_ROW_LAYOUT + 1;
    assert_int_equal(onboard_check(&key, value, &fault), ERR_VERSION);
    key = row_key_of(TABLE_PENDING, "x", 1);
    assert_int_equal(onboard_check(&key, value, &fault), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_made_padded_as_on_the_wire),
        cmocka_unit_test(test_what_does_not_fit_makes_no_row),
        cmocka_unit_test(test_rows_that_were_made_may_be_stored),
        cmocka_unit_test(test_each_wrong_column_is_found),
        cmocka_unit_test(test_size_layout_and_key_must_be_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

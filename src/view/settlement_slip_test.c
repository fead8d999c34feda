/* Settlement slips against test/vectors/slips; see receipt_test.c for how to write them anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/kept_slip.h"
#include "view/settlement_slip.h"
#include "view/slip_text.h"

static struct batch_row batch;
static struct settlement_sums sums;
static struct settlement_facts facts;
static struct slip slip;
static char room[SLIP_PRINTED_MAX];

static void begin(enum batch_state state)
{
    static const struct civil opened = {.year = 2026, .month = 11, .day = 22, .hour = 9};
    static const struct civil closed = {.year = 2026, .month = 11, .day = 22, .hour = 21};

    batch = (struct batch_row){.state = (uint8_t)state, .batch = 17};
    memcpy(batch.terminal, "T0000001", TERMINAL_ID_LEN);
    batch.opened = instant_from_civil(&opened, 28800);
    if (state == BATCH_CLOSED)
        batch.closed = instant_from_civil(&closed, 28800);
    sums = (struct settlement_sums){0};
    facts = (struct settlement_facts){.batch = &batch,
                                      .sums = &sums,
                                      .merchant_name = "和平路百货商店",
                                      .merchant = "102581083986056",
                                      .currency = CURRENCY_CNY,
                                      .utc_offset_s = 28800};
}

static struct payment_row row_of(enum txn_kind kind, int64_t minor)
{
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT,
                              .kind = (uint8_t)kind,
                              .stage = STAGE_ANSWERED,
                              .money = MONEY_MOVED,
                              .outcome = OUTCOME_APPROVED,
                              .posted_minor = minor};

    row.amount = money_of(minor, CURRENCY_CNY);
    row.identity.batch = 17;
    row.identity.trace = 42;
    memcpy(row.identity.terminal, "T0000001", TERMINAL_ID_LEN);
    return row;
}

static void add(enum txn_kind kind, int64_t minor)
{
    struct payment_row row = row_of(kind, minor);

    settlement_sums_add(&sums, &batch, &row);
}

static void a_day(void)
{
    add(KIND_SALE, 12850);
    add(KIND_SALE, 25600);
    add(KIND_VOID, 12850);
    add(KIND_REFUND, 5000);
    add(KIND_COMPLETION, 43000);
    add(KIND_BALANCE, 0);
    batch.domestic = (struct totals){
        .debit_minor = 81450, .debit_count = 3, .credit_minor = 17850, .credit_count = 2};
}

static void refuse_offline(uint32_t trace)
{
    struct payment_row row = row_of(KIND_OFFLINE_SALE, 8800);

    row.identity.trace = trace;
    row.outcome = OUTCOME_CARD_EXPIRED;
    row.money = MONEY_NOT_MOVED;
    settlement_sums_add(&sums, &batch, &row);
}

static struct text print(void)
{
    struct text t = text_over(room, sizeof room);

    settlement_slip(&facts, &slip);
    slip_add_text(&slip, SLIP_WIDTH, &t);
    assert_false(t.cut);
    return t;
}

static void test_slips_are_as_they_were_read(void **state)
{
    (void)state;
    begin(BATCH_CLOSED);
    a_day();
    struct text t = print();
    kept_slip_check("settlement", "txt", &t);
    batch.is_differing = 1;
    batch.claimed = batch.domestic;
    batch.claimed.debit_count = 2;
    batch.claimed.debit_minor -= 43000;
    refuse_offline(51);
    refuse_offline(52);
    facts.is_training = true;
    t = print();
    kept_slip_check("settlement-differs", "txt", &t);
}

static void test_open_batches_say_so(void **state)
{
    (void)state;
    begin(BATCH_OPEN);
    struct text t = print();
    assert_non_null(strstr(text_z(&t), "BATCH IS OPEN"));
    begin(BATCH_CLOSING);
    t = print();
    assert_non_null(strstr(text_z(&t), "SETTLEMENT IS NOT COMPLETE"));
    assert_null(strstr(text_z(&t), "TOTALS AGREE"));
}

static void test_what_is_open_or_foreign_is_not_summed(void **state)
{
    (void)state;
    struct payment_row row;

    begin(BATCH_OPEN);
    row = row_of(KIND_SALE, 100);
    row.stage = STAGE_SENT;
    settlement_sums_add(&sums, &batch, &row);
    row.stage = STAGE_REVERSING;
    settlement_sums_add(&sums, &batch, &row);
    row.stage = STAGE_REVERSED;
    settlement_sums_add(&sums, &batch, &row);
    assert_int_equal(sums.in_doubt, 2);
    row = row_of(KIND_OFFLINE_SALE, 100);
    row.stage = STAGE_STORED;
    settlement_sums_add(&sums, &batch, &row);
    row.stage = STAGE_SENT;
    settlement_sums_add(&sums, &batch, &row);
    assert_int_equal(sums.waiting, 2);
    row = row_of(KIND_SALE, 100);
    row.identity.batch = 16;
    settlement_sums_add(&sums, &batch, &row);
    row = row_of(KIND_SALE, 100);
    row.identity.terminal[7] = '2';
    settlement_sums_add(&sums, &batch, &row);
    row = row_of(KIND_SALE, 100);
    row.kind = KIND_COUNT;
    settlement_sums_add(&sums, &batch, &row);
    row = row_of(KIND_SALE, 100);
    row.outcome = OUTCOME_CARD_EXPIRED;
    settlement_sums_add(&sums, &batch, &row);
    assert_int_equal(sums.count[KIND_SALE], 0);
    assert_int_equal(sums.failed_count, 0);
}

static void test_more_refused_ones_than_are_named(void **state)
{
    (void)state;
    begin(BATCH_CLOSED);
    for (unsigned kind = KIND_SALE; kind <= KIND_TIP_ADJUST; kind++)
        add((enum txn_kind)kind, MONEY_MINOR_MAX);
    batch.is_differing = 1;
    sums.waiting = 3;
    sums.in_doubt = 4;
    for (uint32_t i = 1; i <= SETTLEMENT_FAILED_MAX + 5; i++)
        refuse_offline(i);
    facts.is_lab = true;
    facts.is_duplicate = true;
    struct text t = print();
    assert_non_null(strstr(text_z(&t), "笔数 COUNT                            17\n"));
    assert_non_null(strstr(text_z(&t), "000012 CNY"));
    assert_null(strstr(text_z(&t), "000013 CNY"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips_are_as_they_were_read),
        cmocka_unit_test(test_open_batches_say_so),
        cmocka_unit_test(test_what_is_open_or_foreign_is_not_summed),
        cmocka_unit_test(test_more_refused_ones_than_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

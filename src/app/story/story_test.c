#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/story/story.h"

#include <string.h>

static const struct identity identity = {
    .acquirer = "48020000", .terminal = "T1      ", .batch = 1, .trace = 7};

/* A store that gives every row the same answer. */
struct shelf {
    enum store_result result;
    bool has_row;
    uint16_t len;
    struct payment_row row;
};

static enum store_result shelf_load(void *self, struct store_row *rows[], size_t count)
{
    const struct shelf *shelf = self;

    for (size_t i = 0; i < count && shelf->result == STORE_OK; i++) {
        rows[i]->found = shelf->has_row && rows[i]->key.table == TABLE_PAYMENT;
        rows[i]->len = shelf->len;
        memcpy(rows[i]->value, &shelf->row, sizeof shelf->row);
    }
    return shelf->result;
}

static struct payment_status told(struct shelf *shelf)
{
    struct store store = {.self = shelf, .load = shelf_load};
    struct payment_status status;

    story_load_status(&store, &identity, &status);
    return status;
}

static void test_only_what_is_not_there_was_never_seen(void **state)
{
    (void)state;
    struct shelf shelf = {.result = STORE_OK, .len = sizeof shelf.row};

    assert_int_equal(told(&shelf).state, PAYMENT_NEVER_SEEN);
    shelf.has_row = true;
    shelf.row = (struct payment_row){.layout = PAYMENT_ROW_LAYOUT,
                                     .kind = KIND_SALE,
                                     .stage = STAGE_ANSWERED,
                                     .money = MONEY_MOVED,
                                     .outcome = OUTCOME_APPROVED,
                                     .identity = identity};
    assert_int_equal(told(&shelf).state, PAYMENT_APPROVED);
}

/* A store that is away, and a row of another program, must not let the basket be charged again. */
static void test_what_cannot_be_read_is_in_doubt(void **state)
{
    (void)state;
    struct shelf shelf = {.result = STORE_OK, .has_row = true, .len = sizeof shelf.row - 1};

    assert_int_equal(told(&shelf).state, PAYMENT_DAMAGED);
    assert_false(told(&shelf).is_safe_to_retry);
    shelf.result = STORE_RETRY;
    assert_int_equal(told(&shelf).state, PAYMENT_DAMAGED);
    assert_false(told(&shelf).is_safe_to_retry);
    assert_int_equal(told(&shelf).money, MONEY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_not_there_was_never_seen),
        cmocka_unit_test(test_what_cannot_be_read_is_in_doubt),
    };

    return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}

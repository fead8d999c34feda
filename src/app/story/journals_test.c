/* Two nodes with a journal each, one of which reads both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/story/journal_merge.h"
#include "base/attribute.h"
#include "books/party_rows.h"
#include "drivers/store_memory.h"

#include <string.h>

#define NODES 2

static struct store stores[NODES];
static uint64_t written[NODES];
static uint8_t bytes[JOURNAL_RECORD_LEN_MAX];

static enum store_result read_of(void *self, uint16_t node, uint64_t from_sequence,
                                 store_record_visit *visit, void *context)
{
    struct store *store = &stores[node - 1];

    (void)self;
    return node >= 1 && node <= NODES ? store->read(store->self, from_sequence, visit, context)
                                      : STORE_OK;
}

static struct identity payment(uint32_t trace)
{
    return (struct identity){.terminal = "T1      ", .class = IDENTITY_PAYMENT, .trace = trace};
}

static void write_record(uint16_t node, uint32_t trace, int64_t at_us)
{
    struct store *store = &stores[node - 1];
    struct journal_record record = {.node = node, .epoch = 1, .what = WHAT_APPROVED};
    struct row_key key = row_key_number(TABLE_ACCOUNT, trace);
    struct store_change change = {.key = key, .value = bytes_of_z("row")};
    uint8_t hash[JOURNAL_HASH_LEN] = {0};
    size_t len = 0;

    record.sequence = ++written[node - 1];
    record.wall.us = at_us;
    record.identity = payment(trace);
    record.change_count = 1;
    record.changes[0] = (struct journal_change){.key = key, .value = change.value};
    assert_int_equal(journal_encode(&record, bytes, sizeof bytes, &len), OK);
    struct store_record one = {.sequence = record.sequence, .bytes = bytes_over(bytes, len)};
    struct store_batch batch = {&change, 1, &one, 1, hash};
    assert_int_equal(store->commit(store->self, &batch), STORE_OK);
}

static int open_stores(size_t journal_keep)
{
    memset(written, 0, sizeof written);
    for (uint16_t i = 0; i < NODES; i++) {
        struct store_memory_options options = {.node = (uint16_t)(i + 1),
                                               .journal_keep = journal_keep};
        assert_int_equal(store_memory_open(&options, &stores[i]), OK);
        stores[i].read_of = read_of;
    }
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return open_stores(3);
}

static int set_up_whole(void **state)
{
    (void)state;
    return open_stores(0);
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < NODES; i++)
        stores[i].close(stores[i].self);
    return 0;
}

/* As node 2 sees both. */
static struct journals open_both(void)
{
    struct store_node nodes[NODES] = {{{0}, 0, 0}};
    struct journals journals;

    for (int i = 0; i < NODES; i++)
        stores[i].head(stores[i].self, &nodes[i].head);
    journals_over(&stores[1], nodes, NODES, &journals);
    return journals;
}

static void test_our_own_is_the_first(void **state)
{
    (void)state;
    struct journals journals = open_both();

    assert_int_equal(journals.count, 2);
    assert_int_equal(journals.heads[0].node, 2);
    assert_int_equal(journals.heads[1].node, 1);
    journals_over(&stores[0], NULL, 0, &journals);
    assert_int_equal(journals.count, 1);
    assert_int_equal(journals.heads[0].node, 1);
}

static void test_a_record_is_of_its_node(void **state)
{
    (void)state;
    struct journal_record record;

    write_record(1, 10, 100);
    write_record(2, 20, 200);
    struct journals journals = open_both();
    assert_true(journals_record(&journals, 1, 1, &record));
    assert_int_equal(record.identity.trace, 10);
    assert_true(journals_record(&journals, 2, 1, &record));
    assert_int_equal(record.identity.trace, 20);
    assert_false(journals_record(&journals, 2, 2, &record));
    assert_false(journals_record(&journals, 3, 1, &record));
}

/* The same number at both nodes: of two payments, and of one and the same. */
static void test_a_number_is_told_by_its_payment(void **state)
{
    (void)state;
    struct journal_record found[STORE_NODES_MAX];
    struct identity about = payment(10);

    write_record(1, 10, 100);
    write_record(2, 20, 200);
    write_record(1, 10, 400);
    write_record(2, 10, 300);
    struct journals journals = open_both();
    assert_int_equal(journals_about(&journals, &about, 1, found), 1);
    assert_int_equal(found[0].node, 1);
    assert_int_equal(journals_about(&journals, &about, 2, found), 2);
    assert_int_equal(found[0].node, 2); /* the older one */
    assert_int_equal(found[1].node, 1);
    assert_int_equal(journals_about(&journals, &about, 3, found), 0);
}

static void test_a_moment_is_found_where_the_beginning_is_gone(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 64; i++)
        write_record(1, i, 10 * i);
    struct journals journals = open_both();
    assert_int_equal(journals_since(&journals, 1, (struct instant){640}), 64);
    assert_int_equal(journals_since(&journals, 1, (struct instant){631}), 64);
    assert_int_equal(journals_since(&journals, 1, (struct instant){641}), 65);
    assert_true(journals_since(&journals, 1, (struct instant){0}) <= 62);
    assert_int_equal(journals_since(&journals, 0, (struct instant){0}), 1); /* an empty one */
}

struct visited {
    size_t count;
    int64_t newest_us;
    uint64_t of_node[NODES + 1]; /* the newest number of each */
    bool is_in_order;
};

static void visit(void *context, struct bytes record_bytes)
{
    static struct journal_record record;
    struct visited *visited = context;

    assert_int_equal(journal_decode(record_bytes, &record), OK);
    visited->is_in_order = visited->is_in_order && record.wall.us >= visited->newest_us &&
                           record.sequence == visited->of_node[record.node] + 1;
    visited->newest_us = record.wall.us;
    visited->of_node[record.node] = record.sequence;
    visited->count++;
}

static struct visited visit_all(struct journals journals, size_t *calls)
{
    struct visited visited = {.is_in_order = true};
    struct journal_merge merge;

    journal_merge_begin(&merge, &journals);
    for (*calls = 0; !merge.is_done; (*calls)++)
        assert_int_equal(journal_merge_read(&merge, visit, &visited), STORE_OK);
    journal_merge_end(&merge);
    return visited;
}

/* More than fits into a piece at the one, and a few between at the other. */
static void test_two_journals_are_read_as_one(void **state)
{
    (void)state;
    uint32_t many = 2 * MERGE_PIECE + 7;
    size_t calls;

    for (uint32_t i = 1; i <= many; i++)
        write_record(1, i, 10 * i);
    for (uint32_t i = 1; i <= 3; i++)
        write_record(2, 100000 + i, 5005 * i);
    struct journals journals = open_both();
    write_record(1, 7, 1); /* after the beginning */
    struct visited visited = visit_all(journals, &calls);
    assert_int_equal(visited.count, many + 3);
    assert_true(visited.is_in_order);
    assert_in_range(calls, 3, 4);
}

static void test_a_journal_whose_beginning_is_gone_is_read_from_there(void **state)
{
    (void)state;
    size_t calls;

    for (uint32_t i = 1; i <= 64; i++)
        write_record(1, i, 10 * i);
    struct visited visited = visit_all(open_both(), &calls);
    assert_in_range(visited.count, 3, 63);
    assert_int_equal(visited.of_node[1], 64);
    assert_int_equal(visited.newest_us, 640);
    assert_int_equal(visit_all((struct journals){.store = &stores[1], .count = 1}, &calls).count,
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_our_own_is_the_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_record_is_of_its_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_number_is_told_by_its_payment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_moment_is_found_where_the_beginning_is_gone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_two_journals_are_read_as_one, set_up_whole, tear_down),
        cmocka_unit_test_setup_teardown(test_a_journal_whose_beginning_is_gone_is_read_from_there,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests_name("journals", tests, NULL, NULL);
}

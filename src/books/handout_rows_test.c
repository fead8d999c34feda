/* Lists and entries of what is handed out: what is put is found, and nothing else is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/handout_rows.h"

#include <string.h>

static const uint8_t debit[] = {0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x01};

static size_t aid_entry(uint8_t last, uint8_t exact, uint8_t *out)
{
    const uint8_t entry[] = {0x9F, 0x06, 0x08, 0xA0, 0x00, 0x00, 0x03, 0x33,
                             0x01, 0x01, last, 0xDF, 0x01, 0x01, exact};

    memcpy(out, entry, sizeof entry);
    return sizeof entry;
}

static void test_a_list_is_made_of_entries(void **state)
{
    (void)state;
    struct handout_row list = {.layout = PARTY_ROW_LAYOUT};
    struct handout_line line;
    uint8_t entry[32];
    size_t count;

    for (uint8_t i = 0; i < HANDOUT_ENTRIES_MAX; i++) {
        size_t len = aid_entry(i, i != 3, entry);
        assert_int_equal(handout_list_add(KIND_AIDS, bytes_over(entry, len), &list), OK);
    }
    size_t len = aid_entry(99, 1, entry);
    assert_int_equal(handout_list_add(KIND_AIDS, bytes_over(entry, len), &list), ERR_FULL);
    assert_int_equal(handout_list_count(KIND_AIDS, handout_block(&list), &count), OK);
    assert_int_equal(count, HANDOUT_ENTRIES_MAX);
    assert_int_equal(handout_list_line(KIND_AIDS, handout_block(&list), 3, &line), OK);
    assert_int_equal(line.name.len, 8);
    assert_int_equal(line.name.at[7], 3);
    assert_true(line.is_partial);
    assert_int_equal(handout_list_line(KIND_AIDS, handout_block(&list), 16, &line), ERR_NOT_FOUND);
}

static void test_a_list_takes_its_aids(void **state)
{
    (void)state;
    struct handout_row list = {.layout = PARTY_ROW_LAYOUT};
    uint8_t entry[32];
    uint8_t longer[9] = {0};

    size_t len = aid_entry(1, 1, entry);
    assert_int_equal(handout_list_add(KIND_AIDS, bytes_over(entry, len), &list), OK);
    memcpy(longer, debit, sizeof debit);
    assert_true(handout_list_takes(handout_block(&list), bytes_over(debit, sizeof debit)));
    assert_false(handout_list_takes(handout_block(&list), bytes_over(debit, 7)));
    assert_false(handout_list_takes(handout_block(&list), bytes_over(longer, sizeof longer)));
    len = aid_entry(1, 0, entry);
    assert_int_equal(handout_list_add(KIND_AIDS, bytes_over(entry, len), &list), OK);
    assert_true(handout_list_takes(handout_block(&list), bytes_over(longer, sizeof longer)));
}

static void test_names_go_into_requests_and_back(void **state)
{
    (void)state;
    static const uint8_t request[] = {0x9F, 0x06, 0x05, 0xA0, 0,    0,
                                      0x03, 0x33, 0x9F, 0x22, 0x01, 0x09};
    struct handout_name name;
    uint8_t out[HANDOUT_REQUEST_LEN];

    assert_int_equal(handout_name_read(KIND_CA_KEYS, bytes_over(request, sizeof request), &name),
                     OK);
    assert_int_equal(name.len, 6);
    assert_int_equal(handout_name_write(KIND_CA_KEYS, &name, out), sizeof request);
    assert_memory_equal(out, request, sizeof request);
    for (size_t len = 0; len < sizeof request; len++)
        assert_int_equal(handout_name_read(KIND_CA_KEYS, bytes_over(request, len), &name),
                         ERR_BAD_FORMAT);
}

static void test_what_is_no_list_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x9F", "\x9F\x06\x08xx", "\x9F\x22\x01x", "\x9F\x06\x04xxxx",
                                      "\x9F\x06\x05xxxxx\xDF\x02\x01x"};
    const char *fault = NULL;
    size_t count;

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        assert_int_equal(handout_list_count(KIND_AIDS, bytes_of_z(bad[i]), &count), ERR_BAD_FORMAT);
    /* A key's line has an index. */
    assert_int_equal(handout_list_count(KIND_CA_KEYS, bytes_of_z("\x9F\x06\x05xxxxx"), &count),
                     ERR_BAD_FORMAT);
    assert_int_equal(handout_entry_check(KIND_AIDS, bytes_of_z("\x9F\x06\x05xxxxx"), &fault),
                     ERR_BAD_FORMAT);
    assert_string_equal(fault, "DF01, partial match");
    assert_int_equal(handout_entry_check(KIND_CA_KEYS, bytes_of_z(""), &fault), ERR_BAD_FORMAT);
    assert_string_equal(fault, "9F06, the RID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_is_made_of_entries),
        cmocka_unit_test(test_a_list_takes_its_aids),
        cmocka_unit_test(test_names_go_into_requests_and_back),
        cmocka_unit_test(test_what_is_no_list_is_refused),
    };

    return cmocka_run_group_tests_name("handout_rows", tests, NULL, NULL);
}

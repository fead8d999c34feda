#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wire/builtin.h"
#include "wire/iso8583.h"
#include "wire/subfield.h"

#include <string.h>

static struct dialect dialect;

static void test_every_dialect_compiles_with_every_profile(void **state)
{
    (void)state;
    assert_int_equal(builtin_count, 3);
    for (size_t i = 0; i < builtin_count; i++) {
        const struct dialect_source *s = &builtin_table[i];
        assert_int_equal(builtin_compile(s->name, NULL, &dialect), OK);
        for (size_t p = 0; p < s->profile_count; p++)
            assert_int_equal(builtin_compile(s->name, s->profiles[p].name, &dialect), OK);
        assert_int_equal(builtin_compile(s->name, "no-such", &dialect), ERR_NOT_FOUND);
    }
    assert_int_equal(builtin_compile("no-such", NULL, &dialect), ERR_NOT_FOUND);
}

static void test_every_field_of_the_standard_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < builtin_count; i++) {
        assert_int_equal(builtin_compile(builtin_table[i].name, NULL, &dialect), OK);
        for (unsigned f = 2; f <= (dialect.source->secondary ? 128u : 64u); f++) {
            const struct dialect_row *row = dialect_row(&dialect, f);
            if (f == 65)
                continue;
            assert_non_null(row);
            assert_true(row->zh[0] != 0 && row->en[0] != 0);
            assert_int_equal(row->mac, f == 64 || f == 128);
        }
    }
}

/* Cardholder data and secrets: PCI DSS v4.0, 3.3 and 3.4. */
static void test_secrets_are_not_shown(void **state)
{
    (void)state;
    static const uint8_t hidden[] = {14, 35, 36, 45, 52, 55, 62};

    for (size_t i = 0; i < builtin_count; i++) {
        assert_int_equal(builtin_compile(builtin_table[i].name, NULL, &dialect), OK);
        assert_int_equal(dialect_row(&dialect, 2)->show, SHOW_PAN);
        for (size_t h = 0; h < ARRAY_COUNT(hidden); h++)
            assert_int_equal(dialect_row(&dialect, hidden[h])->show, SHOW_NOTHING);
    }
}

/* For each field a value of its full length: built, parsed and read back the same. */
static void test_every_field_goes_both_ways(void **state)
{
    (void)state;
    static uint8_t out[FRAME_BODY_LEN_MAX];
    static char value[1000];
    static char again[1000];

    for (size_t i = 0; i < builtin_count; i++) {
        assert_int_equal(builtin_compile(builtin_table[i].name, NULL, &dialect), OK);
        for (unsigned f = 2; f < ISO_FIELD_COUNT; f++) {
            const struct dialect_row *row = dialect_row(&dialect, f);
            struct iso_message m;
            struct iso_built built;
            struct iso_view view;
            struct iso_fault fault;
            size_t len = 0;
            if (row == NULL)
                continue;
            memset(value, '7', row->len_max);
            iso_message_init(&m, &dialect, 0x0100);
            iso_set(&m, f, bytes_over(value, row->len_max));
            assert_int_equal(iso_build(&m, out, sizeof out, &built, &fault), OK);
            assert_int_equal(iso_parse(&dialect, bytes_over(out, built.len), &view, &fault), OK);
            assert_int_equal(iso_get(&view, f, again, sizeof again, &len), OK);
            assert_int_equal(len, row->len_max);
            assert_memory_equal(value, again, len);
            if (row->len_max + 1u < sizeof value) {
                iso_set(&m, f, bytes_over(value, row->len_max + 1u));
                assert_int_equal(iso_build(&m, out, sizeof out, &built, &fault), ERR_BAD_LENGTH);
            }
        }
    }
}

static void test_parts_of_field_60(void **state)
{
    (void)state;
    char field[] = "2200000100060";
    struct subfield_iterator it;
    struct bytes part;

    assert_int_equal(builtin_compile("cup-pos", NULL, &dialect), OK);
    it = subfield_over(&dialect, 60, 0x0200, bytes_of_z(field));
    assert_int_equal(subfield_find(it, "60.2", &part), OK);
    assert_true(bytes_equal(part, bytes_of_z("000001")));
    assert_int_equal(subfield_find(it, "60.5", &part), OK);
    assert_true(bytes_equal(part, bytes_of_z("0")));
    assert_int_equal(subfield_find(it, "60.6", &part), ERR_NOT_FOUND);
    assert_int_equal(subfield_set(it, "60.2", bytes_of_z("42"), field), OK);
    assert_string_equal(field, "2200004200060");
    assert_int_equal(subfield_set(it, "60.2", bytes_of_z("1234567"), field), ERR_BAD_LENGTH);
}

static void test_layouts_by_type_and_length(void **state)
{
    (void)state;
    assert_int_equal(builtin_compile("cup-pos", NULL, &dialect), OK);
    assert_int_equal(dialect_layout(&dialect, 62, 0x0810, 24)->part_count, 4);
    assert_int_equal(dialect_layout(&dialect, 62, 0x0810, 60)->part_count, 6);
    assert_null(dialect_layout(&dialect, 62, 0x0800, 24));
    assert_null(dialect_layout(&dialect, 62, 0x0810, 25));
}

static void test_repeating_parts(void **state)
{
    (void)state;
    struct bytes value = bytes_of_z("3002156D9000001000000102156C000000000500");
    struct subfield_iterator it;
    struct subfield part;
    unsigned count = 0;

    assert_int_equal(builtin_compile("cup-pos", NULL, &dialect), OK);
    it = subfield_over(&dialect, 54, 0x0210, value);
    while (subfield_next(&it, &part)) {
        assert_int_equal(part.repeat, count / 5);
        assert_false(part.cut);
        count++;
    }
    assert_int_equal(count, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_dialect_compiles_with_every_profile),
        cmocka_unit_test(test_every_field_of_the_standard_is_there),
        cmocka_unit_test(test_secrets_are_not_shown),
        cmocka_unit_test(test_every_field_goes_both_ways),
        cmocka_unit_test(test_parts_of_field_60),
        cmocka_unit_test(test_layouts_by_type_and_length),
        cmocka_unit_test(test_repeating_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* BIN tables: what they say, overlaps by name, mistakes with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/files/routes_yaml.h"

#include <string.h>

static struct routes_file file;
static struct yaml_fault fault;

static enum err parse(const char *text)
{
    memset(&fault, 0, sizeof fault);
    return routes_yaml_parse(bytes_of_z(text), &file, &fault);
}

static void test_a_table_is_read(void **state)
{
    (void)state;
    assert_int_equal(parse("routes:\n- {bin: 620000, issuer: \"20000001\"}\n"
                           "- {bin: 62000012, issuer: \"20000002\", inside: 620000}\n"
                           "- {bin: 62000013, issuer: \"20000001\", barred: true}\n"),
                     OK);
    assert_int_equal(file.count, 3);
    assert_int_equal(file.entries[0].row.bin_len, 6);
    assert_memory_equal(file.entries[1].row.bin, "62000012", 8);
    assert_memory_equal(file.entries[1].row.issuer, "20000002\0\0", 10);
    assert_int_equal(file.entries[2].row.is_barred, 1);
    assert_int_equal(parse("routes:\n- {bin: 62000012, issuer: \"2\", inside: 620000}\n"
                           "- {bin: 620000, issuer: \"1\"}\n"),
                     OK);
}

static const struct {
    const char *text;
    size_t line;
    size_t column;
    const char *what;
} mistakes[] = {
    {"routes:\n- {bin: 620000, issuer: \"1\"}\n- {bin: 62000012, issuer: \"2\"}\n", 3, 9,
     "62000012 lies inside 620000 of issuer 1 in line 2"},
    {"routes:\n- {bin: 62000012, issuer: \"2\"}\n- {bin: 620000, issuer: \"1\"}\n", 3, 9,
     "620000 holds 62000012 of issuer 2 in line 2"},
    {"routes:\n- {bin: 620000, issuer: \"1\"}\n- {bin: 620000, issuer: \"2\"}\n", 3, 9,
     "620000 is 620000 of issuer 1 in line 2"},
    {"routes:\n- {bin: 620000, issuer: \"1\"}\n- {bin: 620000, issuer: \"1\"}\n", 3, 9,
     "620000 is 620000 of issuer 1 in line 2"},
    {"routes:\n- {bin: 6200, issuer: \"1\"}\n", 2, 9, "expected six or eight digits"},
    {"routes:\n- {bin: 620000, issuer: bank}\n", 2, 25, "expected an issuer's id"},
    {"routes:\n- {bin: 62000012, issuer: 1, inside: 620001}\n", 2, 38, "the first six digits"},
    {"routes:\n- {bin: 620000, issuer: 1, barred: maybe}\n", 2, 36, "true or false"},
    {"routes:\n- {bin: 620000}\n", 2, 3, "a key is missing: issuer"},
    {"bins: []\n", 1, 1, "the key is not known here"},
};

static void test_overlaps_and_mistakes_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(mistakes); i++) {
        assert_int_equal(parse(mistakes[i].text), ERR_CONFIG);
        if (strstr(fault.what, mistakes[i].what) == NULL)
            print_message("%zu: %s\n", i, fault.what);
        assert_non_null(strstr(fault.what, mistakes[i].what));
        assert_int_equal(fault.line, mistakes[i].line);
        assert_int_equal(fault.column, mistakes[i].column);
    }
}

static void test_what_clashes(void **state)
{
    struct route_entry six;
    struct route_entry eight;

    (void)state;
    assert_int_equal(routes_entry("620000", "1", &six), OK);
    assert_int_equal(routes_entry("62000012", "2", &eight), OK);
    assert_true(routes_clash(&eight, &six.row));
    assert_true(routes_clash(&six, &eight.row));
    memcpy(eight.inside, "620000", 6);
    assert_false(routes_clash(&eight, &six.row));
    assert_false(routes_clash(&six, &six.row));
    assert_int_equal(routes_entry("62000013", "1", &six), OK);
    assert_false(routes_clash(&eight, &six.row));
    assert_int_equal(routes_entry("62000", "1", &six), ERR_BAD_VALUE);
    assert_int_equal(routes_entry("620000", "123456789012", &six), ERR_BAD_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_is_read),
        cmocka_unit_test(test_overlaps_and_mistakes_are_named),
        cmocka_unit_test(test_what_clashes),
    };

    return cmocka_run_group_tests_name("routes_yaml", tests, NULL, NULL);
}

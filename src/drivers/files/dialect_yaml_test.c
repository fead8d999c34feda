#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/files/dialect_yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seven lines; the fields begin in line 8, column 1. */
#define HEAD                                                                                       \
    "dialect: mine\nzh: 我的\nen: mine\nmti: bcd\nbitmap: binary\nlengths: bcd\n"                \
    "digits: bcd\nbytes: binary\n"
#define ROW3 "  3: {zh: 三, en: three, format: n6}\n"

static enum err parse(const char *text, struct dialect_yaml **out, struct yaml_fault *fault)
{
    return dialect_yaml_parse(bytes_of_z(text), out, fault);
}

static void test_a_small_dialect(void **state)
{
    (void)state;
    struct dialect_yaml *yaml;
    struct yaml_fault fault;
    const struct dialect_source *source;

    assert_int_equal(
        parse(HEAD "secondary: true\nclause: my document\nframe: [length, tpdu]\nseparator: D\n"
                   "fields:\n" ROW3
                   "  22: {zh: 二, en: two, format: n3, align: left, pad: F, show: all}\n"
                   "  28: {zh: 费, en: fee, format: x+n8}\n"
                   "  52: {zh: 密, en: pin, format: b8, value: hex}\n"
                   "  60: {zh: 域, en: own, format: n...11, parts: [\n"
                   "    {name: \"60.1\", len: 2, zh: 甲, en: first, show: all},\n"
                   "    {name: \"60.2\", len: 0, zh: 乙, en: rest}]}\n"
                   "  128: {zh: 码, en: mac, format: b8, mac: true}\n"
                   "profiles:\n  other:\n    zh: 别\n    en: other\n    fields:\n"
                   "      3: {zh: 三, en: three, format: an4}\n",
              &yaml, &fault),
        OK);
    source = dialect_yaml_source(yaml);
    assert_string_equal(source->name, "mine");
    assert_int_equal(source->framing, FRAMING_LENGTH | FRAMING_TPDU);
    assert_int_equal(source->row_count, 6);
    assert_int_equal(source->rows[1].align, ALIGN_LEFT);
    assert_int_equal(source->rows[1].pad, 15);
    assert_int_equal(source->rows[2].class, CLASS_X);
    assert_int_equal(source->rows[2].len_max, 9);
    assert_int_equal(source->rows[3].value_encoding, ENCODING_ASCII);
    assert_int_equal(source->layout_count, 1);
    assert_string_equal(source->parts[1].name, "60.2");
    assert_int_equal(source->profile_count, 1);
    assert_int_equal(source->profiles[0].rows[0].class, CLASS_TEXT);
    dialect_yaml_free(yaml);
}

#define ROWS(text) HEAD "fields:\n" text

static const struct {
    const char *text;
    const char *fault;
} wrong[] = {
    {"", "f:1:1: the file is empty"},
    {"[[[[[[[[[[[[[[[[[[", "f:1:17: nested too deeply"},
    {"a: 1\n---\nb: 2\n", "f:2:1: expected one document, found another"},
    {"a: [", "f:2:1: this is not YAML: did not find expected node content"},
    {"- a", "f:1:1: a mapping (key: value) is expected here"},
    {"dialec: mine", "f:1:1: the key is not known here: dialec"},
    {"zh: a\nzh: b", "f:2:1: the key stands here twice: zh"},
    {"dialect: mine", "f:1:1: a key is missing: zh"},
    {HEAD, "f:1:1: a key is missing: fields"},
    {HEAD "frame: length\nfields: {}", "f:9:8: a list is expected here: length"},
    {HEAD "frame: [longth]\nfields: {}", "f:9:9: the word is not known here: longth"},
    {HEAD "separator: x\nfields: {}", "f:9:12: a track's separator is = or D: x"},
    {ROWS("  3: n6\n"), "f:10:6: a mapping (key: value) is expected here: n6"},
    {ROWS("  1: {zh: a, en: b, format: n6}\n"), "f:10:3: the number is out of range: 1"},
    {ROWS("  65: {zh: a, en: b, format: n6}\n"), "f:10:3: the number is out of range: 65"},
    {ROWS("  x: {zh: a, en: b, format: n6}\n"), "f:10:3: a number is expected here: x"},
    {ROWS(ROW3 ROW3), "f:11:3: the field stands here twice: 3"},
    {ROWS("  3: {zh: a, en: b}\n"), "f:10:6: a key is missing: format"},
    {ROWS("  3: {zh: a, en: b, formt: n6}\n"), "f:10:21: the key is not known here: formt"},
    {ROWS("  3: {zh: a, en: b, format: q6}\n"),
     "f:10:29: the format does not begin with n, a, an, ans, z, b or x+n: q6"},
    {ROWS("  3: {zh: a, en: b, format: n}\n"), "f:10:29: the format's length is missing: n"},
    {ROWS("  3: {zh: a, en: b, format: n.6}\n"),
     "f:10:29: a format has no dots, two or three: n.6"},
    {ROWS("  3: {zh: a, en: b, format: n0}\n"),
     "f:10:29: the format's length is not a number from 1 to 9999: n0"},
    {ROWS("  3: {zh: a, en: b, format: n..100}\n"), "f:10:29: the length does not fit its digits"},
    {ROWS("  3: {zh: a, en: b, format: x+n7}\n"),
     "f:10:29: a signed amount is fixed, one sign and an even count of digits"},
    {ROWS("  3: {zh: a, en: b, format: n6, show: some}\n"),
     "f:10:39: the word is not known here: some"},
    {ROWS("  3: {zh: a, en: b, format: n6, value: hex}\n"),
     "f:10:40: the word is not known here: hex"},
    {ROWS("  3: {zh: a, en: b, format: n6, value: binary}\n"),
     "f:10:40: digits are bcd or ascii: binary"},
    {ROWS("  3: {zh: a, en: b, format: an6, value: ascii}\n"),
     "f:10:41: text has no other encoding: ascii"},
    {ROWS("  3: {zh: a, en: b, format: n5, pad: 7}\n"), "f:10:38: a filler is 0 or F: 7"},
    {ROWS("  3: {zh: a, en: b, format: n6, mac: true}\n"),
     "f:10:29: an authentication code is binary and of fixed length"},
    {ROWS("  3: {zh: a, en: b, format: n6, mac: yes}\n"),
     "f:10:38: true or false is expected here: yes"},
    {ROWS("  3: {zh: a, en: b, format: n6, repeats: true}\n"), "f:10:6: repeats needs parts"},
    {ROWS("  3: {zh: a, en: b, format: n6, parts: []}\n"),
     "f:10:40: the list of sub-fields is empty"},
    {ROWS("  3: {zh: a, en: b, format: n6, parts: [{name: x, len: 7, zh: a, en: b}]}\n"),
     "f:10:41: the sub-fields are longer than the field: x"},
    {ROWS("  3: {zh: a, en: b, format: n6, content: tlv, parts: [{name: x}]}\n"),
     "f:10:6: a field has either sub-fields or content"},
    {ROWS(
         "  3: {zh: a, en: b, format: n6, content: text-tlv, repeats: true, parts: [{name: x}]}\n"),
     "f:10:6: a field has either sub-fields or content"},
    {ROWS("  3: {zh: a, en: b, format: n6, parts: [{name: x, len: 1, zh: a, en: b, text: 1}]}\n"),
     "f:10:79: true or false is expected here: 1"},
    {ROWS("  3: {zh: a, en: b, format: n6, parts: [{name: x, len: 1, zh: a, en: b}, {name: x, "
          "len: 1, zh: a, en: b}]}\n"),
     "f:10:74: the sub-field stands here twice: x"},
    {ROWS("  3: {zh: a, en: b, format: n6, parts: [{name: x, len: 0, zh: a, en: b}, {name: y, "
          "len: 1, zh: a, en: b}]}\n"),
     "f:10:74: nothing can follow a sub-field of len 0: y"},
    {ROWS("  3: {zh: a, en: b, format: n6, layouts: [{mti: 200, parts: []}]}\n"),
     "f:10:49: a message type has four digits: 200"},
    {ROWS("  3: {zh: a, en: b, format: n6, layouts: [{len: 7, parts: []}]}\n"),
     "f:10:49: the number is out of range: 7"},
    {ROWS(ROW3 "profiles: {p: {zh: a, en: b, fields: {3: {zh: a, en: b, format: n6, "
               "parts: [{name: x, len: 1, zh: a, en: b}]}}}}\n"),
     "f:11:42: a profile's row cannot have sub-fields of its own"},
};

static void test_faults_have_line_and_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct dialect_yaml *yaml;
        struct yaml_fault fault;
        char room[256];
        struct text t = text_over(room, sizeof room);
        assert_int_equal(parse(wrong[i].text, &yaml, &fault), ERR_CONFIG);
        assert_null(yaml);
        yaml_fault_add_text(&t, "f", &fault);
        assert_string_equal(text_z(&t), wrong[i].fault);
    }
}

static void test_hostile_files(void **state)
{
    (void)state;
    struct dialect_yaml *yaml;
    struct yaml_fault fault;
    char *large = malloc(YAML_TREE_LEN_MAX + 2);

    assert_non_null(large);
    memset(large, '[', YAML_TREE_LEN_MAX + 1);
    large[YAML_TREE_LEN_MAX + 1] = 0;
    assert_int_equal(parse(large, &yaml, &fault), ERR_FULL);
    large[5000] = 0;
    assert_int_equal(parse(large, &yaml, &fault), ERR_CONFIG);
    free(large);
    assert_int_equal(parse("a: &a [*a]\n", &yaml, &fault), ERR_CONFIG);
    assert_int_equal(parse("&a a: *a\n", &yaml, &fault), ERR_CONFIG);
    assert_int_equal(parse("dialect: \"a\\0b\"\nzh: a\nen: a\nmti: bcd\nbitmap: binary\n"
                           "lengths: bcd\ndigits: bcd\nbytes: binary\nfields: {}\n",
                           &yaml, &fault),
                     ERR_CONFIG);
    assert_string_equal(fault.what, "a value holds a zero byte");
    assert_int_equal(parse("\xFF\xFE\x00", &yaml, &fault), ERR_CONFIG);
}

static void test_files_that_cannot_be_read(void **state)
{
    (void)state;
    struct dialect_yaml *yaml;
    struct yaml_fault fault;

    assert_int_equal(dialect_yaml_read("/nonexistent/d.yaml", &yaml, &fault), ERR_IO);
    assert_int_equal(fault.line, 0);
    assert_string_equal(fault.what, "No such file or directory");
    assert_int_equal(dialect_yaml_read("/", &yaml, &fault), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_small_dialect),
        cmocka_unit_test(test_faults_have_line_and_column),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_files_that_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/subcommand.h"
#include "app/decode/decode_find.h"
#include "base/bytes.h"
#include "base/prng.h"
#include "wire/builtin.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_MAX (1024 * 1024)

static char output[OUTPUT_MAX];

/* Runs the sub-command with standard output in `output`; returns its exit code. */
static int run(int argc, const char *const *arguments)
{
    char path[] = "/tmp/acquit-decode-XXXXXX";
    char *argv[8] = {0};
    int saved = dup(STDOUT_FILENO);
    int file = mkstemp(path);
    ssize_t len;
    int code;

    assert_true(saved >= 0 && file >= 0);
    for (int i = 0; i < argc; i++)
        argv[i] = strdup(arguments[i]);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    code = decode_main(argc, argv);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    len = pread(file, output, sizeof output - 1, 0);
    assert_true(len >= 0);
    output[len] = 0;
    close(saved);
    close(file);
    unlink(path);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return code;
}

#define RUN(...)                                                                                   \
    run((int)ARRAY_COUNT(((const char *const[]){__VA_ARGS__})), (const char *const[]){__VA_ARGS__})

static json_t *load(const char *name)
{
    char path[512];
    json_error_t error;
    json_t *rows;

    snprintf(path, sizeof path, "%s/%s", TEST_VECTORS_DIR, name);
    rows = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (rows == NULL)
        fail_msg("%s: %s", path, error.text);
    return rows;
}

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text == NULL ? "" : text;
}

static void assert_same(const char *id, const char *key, const json_t *expected, const json_t *got)
{
    if (!json_equal(expected, got))
        fail_msg("%s: %s: expected %s, found %s", id, key, json_string_value(expected),
                 got == NULL ? "nothing" : json_string_value(got));
}

/* All that the vector says of the message is in the output, and no other field is. */
static void assert_decoded(const json_t *row, const json_t *decoded, const json_t *skipped)
{
    static const char *const keys[] = {"mti", "bitmap", "tpdu", "header"};
    const json_t *expected = json_object_get(row, "decoded");
    const json_t *fields = json_object_get(decoded, "fields");
    const char *id = text_of(row, "id");
    const char *key;
    json_t *value;
    size_t i;

    for (i = 0; i < ARRAY_COUNT(keys); i++) {
        if (json_object_get(expected, keys[i]) != NULL)
            assert_same(id, keys[i], json_object_get(expected, keys[i]),
                        json_object_get(decoded, keys[i]));
    }
    assert_int_equal(json_object_size(json_object_get(expected, "fields")),
                     json_object_size(fields));
    json_object_foreach(json_object_get(expected, "fields"), key, value)
    {
        bool skip = false;
        json_t *name;
        json_array_foreach(skipped, i, name) skip |= strcmp(json_string_value(name), key) == 0;
        if (!skip)
            assert_same(id, key, value, json_object_get(fields, key));
    }
}

/* Every output is one JSON object on one line whose values are strings at every level. */
static json_t *parse_output(void)
{
    json_error_t error;
    json_t *decoded = json_loads(output, JSON_ALLOW_NUL, &error);
    const char *field;
    const char *part;
    json_t *parts;
    json_t *value;

    if (decoded == NULL)
        fail_msg("%s in: %s", error.text, output);
    assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
    json_object_foreach(json_object_get(decoded, "fields"), field, value)
        assert_true(json_is_string(value));
    json_object_foreach(json_object_get(decoded, "subfields"), field, parts)
    {
        json_object_foreach(parts, part, value) assert_true(json_is_string(value));
    }
    return decoded;
}

static void test_unionpay_vectors(void **state)
{
    (void)state;
    json_t *rows = load("cup-pos-messages.json");
    json_t *row;
    size_t i;
    size_t whole = 0;

    json_array_foreach(rows, i, row)
    {
        bool good = json_is_true(json_object_get(row, "parse_ok"));
        int code = RUN("decode", "--dialect", "cup-pos", "--json", "--reveal", text_of(row, "hex"));
        json_t *decoded = parse_output();
        assert_int_equal(code, good ? EXIT_DONE : EXIT_BAD);
        assert_int_equal(json_object_get(decoded, "error") == NULL, good);
        if (good) {
            assert_decoded(row, decoded, NULL);
            whole++;
        }
        json_decref(decoded);
    }
    assert_int_equal(whole, 31);
    json_decref(rows);
}

static void test_iso87_vectors(void **state)
{
    (void)state;
    json_t *rows = load("iso87-messages.json");
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        bool good = json_object_get(row, "broken") == NULL;
        int code = RUN("decode", "--dialect", text_of(row, "reads_as"), "--json", "--reveal",
                       text_of(row, "hex"));
        json_t *decoded = parse_output();
        assert_int_equal(code, good ? EXIT_DONE : EXIT_BAD);
        if (good)
            assert_decoded(row, decoded, json_object_get(row, "fields_not_given_by_source"));
        else
            assert_same(text_of(row, "id"), "error", json_object_get(row, "broken"),
                        json_object_get(decoded, "error"));
        json_decref(decoded);
    }
    json_decref(rows);
}

/* What parsed is built again from the index, byte for byte, whatever we know of its fields. */
static void test_vectors_survive_a_repack(void **state)
{
    (void)state;
    static struct decode_reading reading;
    static struct dialect dialect;
    static struct iso_message message;
    json_t *rows = load("cup-pos-messages.json");
    json_t *row;
    size_t i;

    assert_int_equal(builtin_compile("cup-pos", NULL, &dialect), OK);
    json_array_foreach(rows, i, row)
    {
        const struct decode_dialects dialects = {&dialect, 1};
        const char *hex = text_of(row, "hex");
        uint8_t bytes[1024];
        uint8_t again[1024];
        struct iso_built built;
        struct iso_fault fault;
        size_t len;
        if (bytes_from_hex(hex, strlen(hex), bytes, sizeof bytes, &len) != OK)
            continue;
        decode_find(&dialects, START_AUTO, bytes_over(bytes, len), &reading);
        if (reading.dump.fault != NULL)
            continue;
        iso_message_init(&message, &dialect, reading.view.mti);
        iso_copy_rest(&message, &reading.view);
        assert_int_equal(iso_build(&message, again, sizeof again, &built, &fault), OK);
        assert_int_equal(built.len, reading.view.message.len);
        assert_memory_equal(again, reading.view.message.at, built.len);
    }
    json_decref(rows);
}

static void assert_no_digits_of(const json_t *decoded, const char *field)
{
    const char *secret =
        json_string_value(json_object_get(json_object_get(decoded, "fields"), field));

    if (secret != NULL && strlen(secret) >= 12 && strspn(secret, "0") != strlen(secret))
        assert_null(strstr(output, secret));
}

/* PAN, tracks, PIN block: in no form, masked, do they appear. */
static void test_nothing_secret_without_reveal(void **state)
{
    (void)state;
    static const char *const forms[] = {"--json", "--annotate", "--frame=auto"};
    json_t *rows = load("cup-pos-messages.json");
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const json_t *decoded = json_object_get(row, "decoded");
        for (size_t f = 0; f < ARRAY_COUNT(forms); f++) {
            RUN("decode", "--dialect", "cup-pos", forms[f], text_of(row, "hex"));
            assert_no_digits_of(decoded, "2");
            assert_no_digits_of(decoded, "35");
            assert_no_digits_of(decoded, "52");
        }
    }
    json_decref(rows);
}

#define ECHO_HEX                                                                                   \
    "600006000060320099000208200000000000C0001031313030303238343538353239303034383134303030310011" \
    "000000013010"

static void test_frames_are_found_or_given(void **state)
{
    (void)state;
    assert_int_equal(RUN("decode", "--frame", "tpdu", ECHO_HEX), EXIT_DONE);
    assert_int_equal(RUN("decode", ECHO_HEX), EXIT_DONE);
    assert_int_equal(RUN("decode", "0034" ECHO_HEX), EXIT_DONE);
    assert_int_equal(RUN("decode", "--frame", "len", "0034" ECHO_HEX), EXIT_DONE);
    assert_int_equal(RUN("decode", "--frame", "hdr", &ECHO_HEX[10]), EXIT_DONE);
    assert_int_equal(RUN("decode", "--frame", "none", &ECHO_HEX[22]), EXIT_DONE);
    assert_int_equal(RUN("decode", &ECHO_HEX[10]), EXIT_DONE);
    assert_int_equal(RUN("decode", &ECHO_HEX[22]), EXIT_DONE);
    assert_int_equal(RUN("decode", "--frame", "none", ECHO_HEX), EXIT_BAD);
    assert_int_equal(RUN("decode", "--dialect", "cup-pos", "0035" ECHO_HEX), EXIT_BAD);
    assert_non_null(strstr(output, "length at byte 0: it says 53 bytes, and 52 follow"));
}

static void test_faults_point_at_the_byte(void **state)
{
    (void)state;
    assert_int_equal(RUN("decode", "--dialect", "cup-pos", "0800002000000000000012A456"), EXIT_BAD);
    assert_non_null(strstr(output, "field 11 at byte 11: not a decimal digit: found byte A4"));
    assert_non_null(strstr(output, ".. A4 .."));
    assert_non_null(strstr(output, "^^ byte 11"));
    assert_int_equal(RUN("decode", "--json", "--dialect", "cup-pos", "0800002000000000000012A456"),
                     EXIT_BAD);
    json_t *decoded = parse_output();
    assert_string_equal(text_of(decoded, "error_field"), "11");
    assert_string_equal(text_of(decoded, "error_offset"), "11");
    json_decref(decoded);
}

static void test_broken_elements_of_field_55(void **state)
{
    (void)state;
    assert_int_equal(RUN("decode", "--dialect", "cup-pos", "0200000000000000020000049F260801"),
                     EXIT_BAD);
    assert_non_null(strstr(output, "field 55 at byte 12: the value is cut off"));
    assert_non_null(strstr(output, "^^ byte 12"));
}

static void write_file(char *path, const void *at, size_t len)
{
    int file = mkstemp(path);

    assert_true(file >= 0);
    assert_int_equal(write(file, at, len), (ssize_t)len);
    close(file);
}

static size_t count_lines(void)
{
    size_t lines = 0;

    for (const char *at = output; *at != 0; at++)
        lines += *at == '\n';
    return lines;
}

static void test_files_of_lines_and_of_frames(void **state)
{
    (void)state;
    char path[] = "/tmp/acquit-decode-XXXXXX";
    char text[] = "# two messages\n" ECHO_HEX "\n\n60 00 06 00 00 60 32 00 99 00 02 0820"
                  "0000000000C0001031313030303238343538353239303034383134303030310011000000013010\n"
                  "zz\n";
    uint8_t frames[256];
    size_t len;

    write_file(path, text, sizeof text - 1);
    assert_int_equal(RUN("decode", "--json", path), EXIT_BAD);
    assert_int_equal(count_lines(), 3);
    assert_non_null(strstr(output, "\"error_line\": \"5\", \"error_column\": \"1\""));
    unlink(path);

    assert_int_equal(
        bytes_from_hex("0034" ECHO_HEX "0034" ECHO_HEX, 4 * 54, frames, sizeof frames, &len), OK);
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    write_file(path, frames, len);
    assert_int_equal(RUN("decode", "--json", path), EXIT_DONE);
    assert_int_equal(count_lines(), 2);
    unlink(path);
}

static void test_messages_in_characters_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(RUN("decode", "--json", "--dialect", "iso87-ascii",
                         "0800822000000000000004000000000000000420090613900001001"),
                     EXIT_DONE);
    json_t *decoded = parse_output();
    assert_string_equal(text_of(json_object_get(decoded, "fields"), "70"), "001");
    json_decref(decoded);
    assert_int_equal(RUN("decode", "--json", "08008000000000000000040000000000000000X"), EXIT_BAD);
    assert_non_null(strstr(output, "field 70 at byte 38: not a decimal digit"));
    assert_int_equal(RUN("decode", "--json", "02100000000002000000Z1"), EXIT_DONE);
}

static void test_own_dialect_files(void **state)
{
    (void)state;
    char path[] = "/tmp/acquit-decode.XXXXXX";
    static const char good[] = "dialect: mine\nzh: 我的\nen: mine\nmti: bcd\nbitmap: binary\n"
                               "lengths: bcd\ndigits: bcd\nbytes: binary\nfields:\n"
                               "  3: {zh: 三, en: three, format: n6, show: all}\n";

    write_file(path, good, sizeof good - 1);
    assert_int_equal(RUN("decode", "--dialect", path, "02002000000000000000123456"), EXIT_DONE);
    assert_non_null(strstr(output, "三 three"));
    unlink(path);
    assert_int_equal(RUN("decode", "--dialect", path, "0200"), EXIT_USAGE);
}

static void test_wrong_arguments(void **state)
{
    (void)state;
    assert_int_equal(RUN("decode"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "0200", "0200"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "--dialect", "nothing", "0200"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "--dialect", "cup-pos", "--profile", "x", "0200"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "--frame", "x", "0200"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "--nothing", "0200"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "--json", "--annotate", "0200"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "/nonexistent"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "/dev/null"), EXIT_USAGE);
    assert_int_equal(RUN("decode", "--help"), EXIT_DONE);
}

/* Whatever the bytes: an answer, no crash, and output that is whole. */
static void test_mutated_vectors(void **state)
{
    (void)state;
    static struct decode_reading reading;
    static struct dialect dialects[2];
    static char room[MESSAGE_VIEW_ROOM];
    json_t *rows = load("cup-pos-messages.json");
    struct prng prng;

    prng_seed(&prng, 8583);
    assert_int_equal(builtin_compile("cup-pos", NULL, &dialects[0]), OK);
    assert_int_equal(builtin_compile("iso87-ascii", NULL, &dialects[1]), OK);
    for (unsigned n = 0; n < 10000; n++) {
        const struct decode_dialects tried = {dialects, 2};
        const char *hex =
            text_of(json_array_get(rows, prng_below(&prng, json_array_size(rows))), "hex");
        struct text t = text_over(room, sizeof room);
        uint8_t bytes[1024];
        size_t len;
        if (bytes_from_hex(hex, strlen(hex), bytes, sizeof bytes, &len) != OK)
            continue;
        for (uint64_t changes = prng_below(&prng, 4); changes > 0; changes--)
            bytes[prng_below(&prng, len)] = (uint8_t)prng_next(&prng);
        len = prng_chance(&prng, 300) ? (size_t)prng_below(&prng, len) : len;
        decode_find(&tried, START_AUTO, bytes_over(bytes, len), &reading);
        reading.dump.reveal = prng_chance(&prng, 500);
        message_view_add_json(&t, &reading.dump);
        message_view_add_annotated(&t, &reading.dump);
        message_view_add_table(&t, &reading.dump);
        assert_false(t.cut);
        assert_true(reading.dump.fault == NULL || reading.dump.fault_at <= len);
    }
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unionpay_vectors),
        cmocka_unit_test(test_iso87_vectors),
        cmocka_unit_test(test_vectors_survive_a_repack),
        cmocka_unit_test(test_nothing_secret_without_reveal),
        cmocka_unit_test(test_frames_are_found_or_given),
        cmocka_unit_test(test_faults_point_at_the_byte),
        cmocka_unit_test(test_broken_elements_of_field_55),
        cmocka_unit_test(test_files_of_lines_and_of_frames),
        cmocka_unit_test(test_messages_in_characters_as_they_are),
        cmocka_unit_test(test_own_dialect_files),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_mutated_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

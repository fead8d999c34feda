#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/world/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static char path[96];
static char said[512];

static int set_up(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/acquit-config-XXXXXX", sizeof "/tmp/acquit-config-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/acquit.yaml", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_bytes(const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static enum err read_it(struct config *config)
{
    struct text error = text_over(said, sizeof said);

    return config_read(path, config, &error);
}

/* The default file with its first `before` as `after`; at[0..1] are line and column of `after`. */
static void write_edited(const char *before, const char *after, size_t at[static 2])
{
    static char text[32 * 1024];
    static char edited[32 * 1024];
    struct text error = text_over(said, sizeof said);

    unlink(path);
    assert_int_equal(config_write_default(path, false, &error), OK);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[len] = 0;
    const char *found = strstr(text, before);
    assert_non_null(found);
    at[0] = 1;
    at[1] = 1;
    for (const char *c = text; c < found; c++) {
        at[1] = *c == '\n' ? 1 : at[1] + 1;
        at[0] += *c == '\n' ? 1 : 0;
    }
    int made = snprintf(edited, sizeof edited, "%.*s%s%s", (int)(found - text), text, after,
                        found + strlen(before));
    assert_in_range(made, 1, sizeof edited - 1);
    write_bytes(edited, (size_t)made);
}

static void test_default_file_is_a_whole_world(void **state)
{
    (void)state;
    struct text error = text_over(said, sizeof said);
    struct config config;

    assert_int_equal(config_write_default(path, false, &error), OK);
    assert_int_equal(config_write_default(path, false, &error), ERR_EXISTS);
    assert_int_equal(read_it(&config), OK);
    assert_string_equal(config.data, folder);
    assert_int_equal(config.world.issuer_count, 3);
    assert_int_equal(config.world.merchant_count, 3);
    assert_int_equal(config.listed_terminals, 4);
    assert_true(config.listed_cards >= 12);
    assert_true(config.world.terminal_count > config.listed_terminals);
    assert_int_equal(config.world.cards[lab_world_card(&config.world, "C3")].balance_minor, 500);
    assert_int_equal(config.world.cards[lab_world_card(&config.world, "C4")].state, RECORD_FROZEN);
    config_free(&config);
}

#define SOMEWHERE (-9) /* about a mapping as a whole: only the words are compared */

/* What is wrong, and how far into the change it is found. */
/* clang-format off */
static const struct wrong_row {
    const char *before;
    const char *after;
    int line;   /* after the change's own; 0: the same; or SOMEWHERE */
    int column; /* from the change's own */
    const char *what;
} wrong_table[] = {
    {"node: 1", "nod: 1", 0, 0, "this key is not known here: nod"},
    {"node: 1", "node: 10", 0, 6, "expected a number from 1 to 9"},
    {"node: 1", "node: -1", 0, 6, "expected a number from 1 to 9"},
    {"node: 1", "node: one", 0, 6, "expected a number from 1 to 9"},
    {"node: 1", "node: [1]", 0, 6, "expected a single value"},
    {"node: 1", "node: 1\nnode: 1", 1, 0, "this key stands here twice: node"},
    {"# nodes: [{node: 2, listen: ADDRESS}]", "nodes: [{node: 2, listen: X}]", 0, 7, "several nodes share a store: expected store: postgres"},
    {"# nodes: [{node: 2, listen: ADDRESS}]", "nodes: [{node: 1, listen: X}]", SOMEWHERE, 0, "several nodes share a store"},
    {"# nodes: [{node: 2, listen: ADDRESS}]", "nodes: [{node: 10, listen: X}]", 0, 7, "several nodes share a store"},
    {"# lease_ms: 10000", "lease_ms: 999", 0, 10, "expected a number from 1000 to 3600000"},
    {"lab: true", "lab: yes", 0, 5, "expected true or false"},
    {"lab: true", "lab: false", 0, 5, "expected true: the keys of this file are test keys"},
    {"lab: true", "lib: true", SOMEWHERE, 0, "missing here: lab"},
    {"store: sqlite", "store: cobol", 0, 7, "expected sqlite, memory or postgres"},
    {"store: sqlite", "store: postgres", SOMEWHERE, 0, "missing here: postgres"},
    {"acquirer_wait_ms: 10000", "acquirer_wait_ms: 15000", SOMEWHERE, 0, "waits must nest"},
    {"request_age_max_ms: 8000", "request_age_max_ms: 10000", SOMEWHERE, 0, "waits must nest"},
    {"retry_max_ms: 8000", "retry_max_ms: 999", SOMEWHERE, 0, "pauses must grow"},
    {"  name: \"Lab Acquirer\"\n", "", SOMEWHERE, 0, "missing here: name"},
    {"\"10000001\"", "\"1000000x\"", 0, -4, "id: expected up to 11 digits"},
    {"\"10000001\"", "\"123456789012\"", 0, 0, "this text is too long"},
    {"\"62000001\"", "\"6200001\"", SOMEWHERE, 0, "bin: expected 8 digits"},
    {"bin: \"62000002\"", "bin: \"62000001\"", 0, 5, "this name is taken already"},
    {"id: M2", "id: M1", 0, 4, "this name is taken already"},
    {"id: T2, merchant: M1", "id: T1, merchant: M1", 0, 4, "this name is taken already"},
    {"id: T2, merchant: M1", "id: T2, merchant: M7", 0, 18, "there is no merchant of this id above"},
    {"id: T2, ", "id: T23456789, ", 0, 4, "this text is too long"},
    {"label: C2, ", "label: C1, ", 0, 7, "this name is taken already"},
    {"label: C2, ", "label: C2, serial: 0, ", SOMEWHERE, 0, "another card has this bin and serial"},
    {"label: C2, issuer: \"20000001\"", "label: C2, issuer: \"29\"", 0, 19, "expected the id of an issuer above, or nobody"},
    {"state: frozen", "state: froze", 0, 7, "expected active, not-activated, frozen"},
    {"expiry: 2310", "expiry: 2313", 0, 8, "expected year and month"},
    {"service_code: \"120\"", "service_code: \"12\"", 0, 14, "expected three digits"},
    {"media: [stripe]", "media: [stripe, quill]", 0, 16, "expected stripe, chip or contactless"},
    {"media: [stripe]", "media: stripe", 0, 7, "expected a list (- item)"},
    {"balance: \"5.00\"", "balance: \"5.001\"", 0, 9, "expected an amount such as 128.50"},
    {"pin: \"1234\"", "pin: \"123\"", 0, 5, "expected 4 to 12 digits"},
    {"load: {", "load: {trmls: 1, ", 0, 7, "this key is not known here: trmls"},
};
/* clang-format on */

static void test_what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(wrong_table); i++) {
        const struct wrong_row *row = &wrong_table[i];
        struct config config;
        char place[160];
        size_t at[2];

        write_edited(row->before, row->after, at);
        assert_int_equal(read_it(&config), ERR_CONFIG);
        if (strstr(said, row->what) == NULL)
            fail_msg("%s: said %s", row->after, said);
        if (row->line == SOMEWHERE)
            continue;
        snprintf(place, sizeof place, "%s:%d:%d: ", path, (int)at[0] + row->line,
                 (int)at[1] + row->column);
        if (strncmp(said, place, strlen(place)) != 0)
            fail_msg("%s: expected at %s, said %s", row->after, place, said);
    }
}

static void assert_refused(const char *what)
{
    struct config config;

    assert_int_not_equal(read_it(&config), OK);
    assert_memory_equal(said, path, strlen(path));
    if (strstr(said, what) == NULL)
        fail_msg("expected %s, said %s", what, said);
}

static void test_hostile_files(void **state)
{
    (void)state;
    static char big[300 * 1024];

    write_bytes("", 0);
    assert_refused("the file is empty");
    write_bytes("- a\n- b\n", 8);
    assert_refused(":1:1: expected a mapping");
    write_bytes("lab: [\n", 7);
    assert_refused(":2:1: this is not YAML");
    write_bytes("lab: tr\xFF\xFEue\n", 12);
    assert_refused("this is not YAML: invalid leading UTF-8 octet");
    write_bytes("\x01\x02\x03\x04", 4);
    assert_refused("this is not YAML: control characters are not allowed");
    write_bytes("lab: \"tr\\0ue\"\n", 14);
    assert_refused(":1:6: a value holds a zero byte");
    write_bytes("lab: &a [*a]\n", 13);
    assert_refused(":1:6: expected a single value");
    memset(big, '[', 200 * 1024);
    write_bytes(big, 200 * 1024);
    assert_refused("nested too deeply");
    memset(big, 'a', sizeof big);
    write_bytes(big, sizeof big);
    assert_refused("the file is larger than 256 KiB");
    unlink(path);
    assert_refused("No such file or directory");
    write_bytes("", 0);
}

static void test_aliases_do_not_grow(void **state)
{
    (void)state;
    static char text[4096] = "a: &a [x, x, x, x, x, x, x, x, x]\n";

    for (char c = 'b'; c <= 'z'; c++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len,
                 "%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c - 1, c - 1, c - 1,
                 c - 1, c - 1, c - 1, c - 1, c - 1);
    }
    write_bytes(text, strlen(text));
    assert_refused("missing here: lab");
}

#define CONFIG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(test_default_file_is_a_whole_world),
        CONFIG_TEST(test_what_is_wrong_is_named_with_its_place),
        CONFIG_TEST(test_hostile_files),
        CONFIG_TEST(test_aliases_do_not_grow),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

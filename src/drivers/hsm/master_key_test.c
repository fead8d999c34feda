#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/hsm/master_key.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char passphrase_path[96];
static char lock_path[96];
static const struct master_key_files files = {passphrase_path, lock_path};

static void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void read_text(const char *path, char *out, size_t cap)
{
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    out[fread(out, 1, cap - 1, file)] = 0;
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/master-key-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(passphrase_path, sizeof passphrase_path, "%s/passphrase", folder);
    snprintf(lock_path, sizeof lock_path, "%s/lock", folder);
    write_text(passphrase_path, "correct horse battery\n", 0600);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(passphrase_path);
    unlink(lock_path);
    return rmdir(folder); /* fails if a draft was left behind */
}

static void test_the_same_passphrase_makes_the_same_key(void **state)
{
    (void)state;
    struct master_key made;
    struct master_key opened;
    struct master_key_fault fault;

    assert_int_equal(master_key_make(&files, random_source_kernel(), &made, &fault), OK);
    assert_int_equal(master_key_open(&files, &opened, &fault), OK);
    assert_int_equal(made.key.len, MASTER_KEY_LEN);
    assert_true(secret_equal_ct(&made.key, &opened.key));
    assert_int_equal(opened.generation, 1);
    assert_int_equal(master_key_make(&files, random_source_kernel(), &made, &fault), ERR_EXISTS);
    assert_string_equal(fault.path, lock_path);
}

static void test_the_wrong_passphrase_is_named(void **state)
{
    (void)state;
    struct master_key key;
    struct master_key_fault fault;

    assert_int_equal(master_key_make(&files, random_source_kernel(), &key, &fault), OK);
    write_text(passphrase_path, "correct horse batterz\n", 0600);
    assert_int_equal(master_key_open(&files, &key, &fault), ERR_KEY);
    assert_string_equal(fault.path, passphrase_path);
    assert_string_equal(fault.text, "the passphrase is wrong");
    assert_int_equal(unlink(passphrase_path), 0);
    assert_int_equal(master_key_open(&files, &key, &fault), ERR_NOT_FOUND);
}

static void test_bad_passphrase_files_are_refused(void **state)
{
    (void)state;
    struct master_key key;
    struct master_key_fault fault;
    char longest[PASSPHRASE_LEN_MAX + 3] = {0};

    write_text(passphrase_path, "1234567\n", 0600);
    assert_int_equal(master_key_make(&files, random_source_kernel(), &key, &fault), ERR_BAD_LENGTH);
    write_text(passphrase_path, "12345678\n", 0640);
    assert_int_equal(master_key_make(&files, random_source_kernel(), &key, &fault),
                     ERR_NOT_ALLOWED);
    memset(longest, 'x', PASSPHRASE_LEN_MAX + 1);
    write_text(passphrase_path, longest, 0600);
    assert_int_equal(master_key_make(&files, random_source_kernel(), &key, &fault), ERR_BAD_LENGTH);
    longest[PASSPHRASE_LEN_MAX] = '\n';
    write_text(passphrase_path, longest, 0600);
    assert_int_equal(master_key_make(&files, random_source_kernel(), &key, &fault), OK);
}

static void test_every_damaged_lock_is_refused(void **state)
{
    (void)state;
    struct master_key key;
    struct master_key_fault fault;
    char text[512];

    assert_int_equal(master_key_open(&files, &key, &fault), ERR_NOT_FOUND);
    assert_string_equal(fault.path, lock_path);
    assert_int_equal(master_key_make(&files, random_source_kernel(), &key, &fault), OK);
    read_text(lock_path, text, sizeof text);
    for (size_t cut = 0; cut + 1 < strlen(text); cut++) {
        char damaged[512];

        memcpy(damaged, text, cut);
        damaged[cut] = 0;
        write_text(lock_path, damaged, 0600);
        assert_int_equal(master_key_open(&files, &key, &fault), ERR_CORRUPT);
    }
    memcpy(text + strlen(text), "more\n", sizeof "more\n");
    write_text(lock_path, text, 0600);
    assert_int_equal(master_key_open(&files, &key, &fault), ERR_CORRUPT);
    write_text(lock_path,
               "acquit master key 1\nargon2id 99999999 2 1\ngeneration 1\n"
               "salt 00112233445566778899AABBCCDDEEFF\ncheck 0011223344556677\n",
               0600);
    assert_int_equal(master_key_open(&files, &key, &fault), ERR_CORRUPT);
}

static void test_a_lock_that_cannot_be_written_leaves_nothing(void **state)
{
    (void)state;
    struct master_key key;
    struct master_key_fault fault;
    const struct master_key_files nowhere = {passphrase_path, "/nonexistent/lock"};

    assert_int_equal(master_key_make(&nowhere, random_source_kernel(), &key, &fault), ERR_IO);
    assert_string_equal(fault.path, "/nonexistent/lock");
}

static bool no_random(void *self, uint8_t *out, size_t len)
{
    (void)self;
    (void)out;
    (void)len;
    return false;
}

static void test_no_key_without_random_bytes(void **state)
{
    (void)state;
    struct master_key key;
    struct master_key_fault fault;
    const struct random_source none = {.fill = no_random};

    assert_int_equal(master_key_make(&files, none, &key, &fault), ERR_IO);
    assert_int_equal(access(lock_path, F_OK), -1);
}

#define KEY_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEY_TEST(test_the_same_passphrase_makes_the_same_key),
        KEY_TEST(test_the_wrong_passphrase_is_named),
        KEY_TEST(test_bad_passphrase_files_are_refused),
        KEY_TEST(test_every_damaged_lock_is_refused),
        KEY_TEST(test_a_lock_that_cannot_be_written_leaves_nothing),
        KEY_TEST(test_no_key_without_random_bytes),
    };

    return cmocka_run_group_tests_name("master_key", tests, NULL, NULL);
}

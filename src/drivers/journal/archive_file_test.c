/* A day's file is read back as it was written, and every damage shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/handout_rows.h"
#include "drivers/journal/archive_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/acquit-archive-XXXXXX";
static char path[64];
static char room[512];

static struct archive_head head(void)
{
    struct archive_head head = {
        .date = 20251122, .part = 1, .made = {1795341600000000}, .utc_offset_s = 28800};

    memcpy(head.host, "issuer-20000001", 16);
    memset(head.pan_key, 7, sizeof head.pan_key);
    return head;
}

static struct payment_row payment(uint32_t trace)
{
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT};

    row.identity.trace = trace;
    return row;
}

static struct journal_file_sum write_day(uint32_t count)
{
    struct archive_head about = head();
    struct archive_file *file;
    struct journal_file_sum sum;
    struct text why = text_over(room, sizeof room);

    assert_int_equal(archive_file_make(path, &about, &file, &why), OK);
    for (uint32_t i = 1; i <= count; i++) {
        struct payment_row row = payment(i);
        assert_int_equal(archive_file_add(file, ARCHIVE_PAYMENT, bytes_over(&row, sizeof row)), OK);
        assert_int_equal(archive_file_add(file, ARCHIVE_RECORD, bytes_of_z("a record")), OK);
    }
    assert_int_equal(archive_file_count(file), count);
    assert_int_equal(access(path, F_OK), -1); /* it has no name before it is whole */
    assert_int_equal(archive_file_end(file, &sum), OK);
    return sum;
}

static bool visit(void *context, const struct archive_head *about, enum archive_item kind,
                  struct bytes bytes)
{
    uint32_t *traces = context;
    struct payment_row row;

    assert_string_equal(about->host, "issuer-20000001");
    if (kind == ARCHIVE_PAYMENT) {
        memcpy(&row, bytes.at, sizeof row);
        *traces = *traces * 10 + row.identity.trace;
    } else {
        assert_int_equal(kind, ARCHIVE_RECORD);
        assert_int_equal(bytes.len, 8);
    }
    return true;
}

static enum err read_day(uint32_t *traces, struct archive_file_facts *facts)
{
    struct text why = text_over(room, sizeof room);

    return archive_file_read(path, visit, traces, facts, &why);
}

static void test_it_is_read_as_it_was_written(void **state)
{
    struct archive_file_facts facts;
    struct archive_head about = head();
    uint32_t traces = 0;

    (void)state;
    struct journal_file_sum sum = write_day(3);
    assert_int_equal(read_day(&traces, &facts), OK);
    assert_int_equal(traces, 123);
    assert_int_equal(facts.count, 3);
    assert_int_equal(facts.sum.bytes, sum.bytes);
    assert_memory_equal(facts.sum.sha256, sum.sha256, sizeof sum.sha256);
    assert_int_equal(facts.head.date, about.date);
    assert_int_equal(facts.head.made.us, about.made.us);
    assert_int_equal(facts.head.utc_offset_s, 28800);
    assert_memory_equal(facts.head.pan_key, about.pan_key, sizeof about.pan_key);
    unlink(path);
}

static void test_one_that_is_given_up_leaves_nothing(void **state)
{
    struct archive_head about = head();
    struct archive_file *file;
    struct archive_file_facts facts;
    uint32_t traces = 0;
    struct text why = text_over(room, sizeof room);

    (void)state;
    assert_int_equal(archive_file_make(path, &about, &file, &why), OK);
    archive_file_abandon(file);
    assert_int_equal(read_day(&traces, &facts), ERR_NOT_FOUND);
    snprintf(room, sizeof room, "%s.part", path);
    assert_int_equal(access(room, F_OK), -1);
}

static long size_of(void)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    return size;
}

static void flip(long at)
{
    FILE *file = fopen(path, "r+b");

    assert_non_null(file);
    fseek(file, at, SEEK_SET);
    int c = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(c ^ 1, file);
    fclose(file);
}

static void test_every_damage_shows(void **state)
{
    struct archive_file_facts facts;
    uint32_t traces = 0;

    (void)state;
    struct journal_file_sum sum = write_day(2);
    long size = size_of();
    assert_int_equal(size, sum.bytes);
    for (long at = 0; at < size; at++) {
        flip(at);
        struct text why = text_over(room, sizeof room);
        enum err err = archive_file_read(path, NULL, NULL, &facts, &why);
        assert_true(err != OK || memcmp(facts.sum.sha256, sum.sha256, sizeof sum.sha256) != 0);
        flip(at);
    }
    for (long len = size - 1; len >= 0; len -= 7) {
        assert_int_equal(truncate(path, len), 0);
        assert_int_equal(read_day(&traces, &facts), ERR_TRUNCATED);
        assert_non_null(strstr(room, path));
    }
    unlink(path);
}

static void test_more_after_its_end_shows(void **state)
{
    struct archive_file_facts facts;
    uint32_t traces = 0;

    (void)state;
    (void)write_day(1);
    FILE *file = fopen(path, "ab");
    fputc(0, file);
    fclose(file);
    assert_int_equal(read_day(&traces, &facts), ERR_CORRUPT);
    unlink(path);
}

static int begin(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/20251122-1.day", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_read_as_it_was_written),
        cmocka_unit_test(test_one_that_is_given_up_leaves_nothing),
        cmocka_unit_test(test_every_damage_shows),
        cmocka_unit_test(test_more_after_its_end_shows),
    };

    return cmocka_run_group_tests(tests, begin, end);
}

/* Blocks of updates: what is written comes back, and nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "txn/update_block.h"

#include <string.h>

static void test_requests_come_back(void **state)
{
    (void)state;
    struct update_request request = {'S', 9999, 999999, 3, 12};
    struct update_request back;
    char text[UPDATE_REQUEST_LEN];

    update_request_write(&request, text);
    assert_memory_equal(text, "S9999999999000003000012", UPDATE_REQUEST_LEN);
    assert_int_equal(update_request_read(bytes_over(text, sizeof text), &back), OK);
    assert_int_equal(back.kind, 'S');
    assert_int_equal(back.version, 999999);
    assert_int_equal(back.place, 9999);
    assert_int_equal(back.software, 3);
    assert_int_equal(back.parameters, 12);
}

static void test_only_requests_are_requests(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "S",
                                      "X0000000000000000000000",
                                      "S00000000000000000000x0",
                                      "S000000000000000000000",
                                      "S00000000000000000000000"};
    struct update_request back;

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        assert_int_equal(update_request_read(bytes_of_z(bad[i]), &back), ERR_BAD_FORMAT);
}

static void test_manifests_and_pieces_come_back(void **state)
{
    (void)state;
    struct update_block manifest = {
        .is_manifest = true, .kind = 'P', .pieces = 1, .version = 7, .size = 36};
    struct update_block back;
    char text[UPDATE_MANIFEST_LEN];
    char piece[UPDATE_PIECE_HEAD_LEN + 3];

    memset(manifest.digest, 0xD1, sizeof manifest.digest);
    memset(manifest.signature, 0x51, sizeof manifest.signature);
    update_manifest_write(&manifest, text);
    assert_int_equal(update_block_read(bytes_over(text, sizeof text), &back), OK);
    assert_true(back.is_manifest);
    assert_int_equal(back.version, 7);
    assert_int_equal(back.pieces, 1);
    assert_int_equal(back.size, 36);
    assert_memory_equal(back.digest, manifest.digest, sizeof back.digest);
    assert_memory_equal(back.signature, manifest.signature, sizeof back.signature);
    assert_int_equal(back.content.len, UPDATE_SIGNED_LEN);
    for (size_t len = 0; len < sizeof text; len++)
        assert_int_equal(update_block_read(bytes_over(text, len), &back), ERR_BAD_FORMAT);

    update_piece_head_write(&(struct update_block){.kind = 'P', .version = 7, .place = 2}, piece);
    memcpy(piece + UPDATE_PIECE_HEAD_LEN, "abc", 3);
    assert_int_equal(update_block_read(bytes_over(piece, sizeof piece), &back), OK);
    assert_false(back.is_manifest);
    assert_int_equal(back.place, 2);
    assert_int_equal(back.content.len, 3);
    assert_int_equal(update_block_read(bytes_over(piece, UPDATE_PIECE_HEAD_LEN), &back),
                     ERR_BAD_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_come_back),
        cmocka_unit_test(test_only_requests_are_requests),
        cmocka_unit_test(test_manifests_and_pieces_come_back),
    };

    return cmocka_run_group_tests_name("update_block", tests, NULL, NULL);
}

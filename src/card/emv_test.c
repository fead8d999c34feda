#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "card/emv.h"

#include <string.h>

static void test_tags_ascend_and_are_found(void **state)
{
    (void)state;
    size_t count;
    const struct emv_tag *tags = emv_tags(&count);

    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || tags[i - 1].tag < tags[i].tag);
        assert_ptr_equal(emv_find(tags[i].tag), &tags[i]);
        assert_true(tags[i].zh[0] != 0 && tags[i].en[0] != 0);
    }
    assert_null(emv_find(0x41));
    assert_null(emv_find(0xFFFFFF));
}

/* No two rows of a byte may overlap unless they are choices of one code. */
static void test_bits_do_not_overlap(void **state)
{
    (void)state;
    size_t count;
    const struct emv_bit *bits = emv_bits(&count);

    for (size_t i = 0; i < count; i++) {
        assert_non_null(emv_find(bits[i].tag));
        assert_int_equal(bits[i].bits & ~bits[i].mask, 0);
        for (size_t k = 0; k < i; k++) {
            if (bits[k].tag != bits[i].tag || bits[k].byte != bits[i].byte)
                continue;
            assert_true((bits[k].mask & bits[i].mask) == 0 ||
                        (bits[k].mask == bits[i].mask && bits[k].bits != bits[i].bits));
        }
    }
}

static void assert_meanings(uint32_t tag, const char *hex, const char *const *expected)
{
    uint8_t value[32];
    size_t len;
    size_t position = 0;
    const struct emv_bit *bit;

    assert_int_equal(bytes_from_hex(hex, strlen(hex), value, sizeof value, &len), OK);
    while ((bit = emv_next_meaning(tag, bytes_over(value, len), &position)) != NULL) {
        assert_non_null(*expected);
        assert_string_equal(bit->en, *expected);
        expected++;
    }
    assert_null(*expected);
}

static void test_values_in_words(void **state)
{
    (void)state;
    static const char *const tvr[] = {"offline data authentication was not performed",
                                      "online PIN entered", "transaction exceeds floor limit",
                                      NULL};
    static const char *const cvm[] = {"enciphered PIN verified online",
                                      "condition: terminal supports the CVM", "result: unknown",
                                      NULL};
    static const char *const iad[] = {"cryptogram version 17", "second GENERATE AC not requested",
                                      "first GENERATE AC: ARQC", "algorithm: TDES", NULL};
    static const char *const none[] = {NULL};

    assert_meanings(0x95, "8000048000", tvr);
    assert_meanings(0x95, "0000000000", none);
    assert_meanings(0x95, "", none);
    assert_meanings(0x9F34, "020300", cvm);
    assert_meanings(0x9F10, "07011703A00000010A010000050000", iad);
    assert_meanings(0x9F10, "0A1003A00000010A", none);
    assert_meanings(0x9F37, "FFFFFFFF", none);
}

/* PCI DSS v4.0, 3.3: never stored, so never shown. */
static void test_card_secrets_are_hidden(void **state)
{
    (void)state;
    static const uint32_t hidden[] = {0x56, 0x57, 0x99, 0x5F20, 0x5F24, 0x5F30, 0x9F1F, 0x9F20};

    for (size_t i = 0; i < ARRAY_COUNT(hidden); i++)
        assert_int_equal(emv_find(hidden[i])->show, EMV_SHOW_NOTHING);
    assert_int_equal(emv_find(0x5A)->show, EMV_SHOW_PAN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_ascend_and_are_found),
        cmocka_unit_test(test_bits_do_not_overlap),
        cmocka_unit_test(test_values_in_words),
        cmocka_unit_test(test_card_secrets_are_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A track that reads is written again and reads the same; one that does not names a place in it. */
#include "test/lib/fuzz.h"

#include "card/track2.h"

#include <string.h>

static void check_again(const struct track2 *track2, char separator)
{
    char text[TRACK2_LEN_MAX];
    struct track2 again;
    struct track2_fault fault;
    size_t len = track2_to_text(track2, separator, text);

    FUZZ_CHECK(len <= TRACK2_LEN_MAX);
    FUZZ_CHECK(track2_from_text(bytes_over(text, len), &again, &fault) == OK);
    FUZZ_CHECK(pan_equal(&track2->pan, &again.pan));
    FUZZ_CHECK(expiry_equal(track2->expiry, again.expiry));
    FUZZ_CHECK(memcmp(track2->service_code.digits, again.service_code.digits, 3) == 0);
    FUZZ_CHECK(track2->discretionary_len == again.discretionary_len);
    FUZZ_CHECK(memcmp(track2->discretionary, again.discretionary, again.discretionary_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct track2 track2;
    struct track2_fault fault;
    char cvv[TRACK2_CVV_LEN];

    if (track2_from_text(bytes_over(data, len), &track2, &fault) != OK) {
        FUZZ_CHECK(fault.check != TRACK2_GOOD);
        FUZZ_CHECK(fault.position <= len);
        return 0;
    }
    FUZZ_CHECK(fault.check == TRACK2_GOOD);
    check_again(&track2, '=');
    check_again(&track2, 'D');
    if (track2_cvv(&track2, cvv) == OK)
        FUZZ_CHECK(bytes_are_digits(cvv, sizeof cvv));
    return 0;
}

/* An image that is taken is encoded again, if it fits, and is the same image then. */
#include "test/lib/fuzz.h"

#include "drivers/files/signature_image.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct signature_image image;
    static struct signature_image again;
    uint8_t out[SIGNATURE_DATA_MAX];
    size_t out_len = 0;

    if (signature_image_decode(bytes_over(data, len), &image) != OK)
        return 0;
    if (signature_image_encode(&image, out, &out_len) != OK)
        return 0;
    FUZZ_CHECK(signature_image_decode(bytes_over(out, out_len), &again) == OK);
    FUZZ_CHECK(memcmp(&image, &again, sizeof image) == 0);
    return 0;
}

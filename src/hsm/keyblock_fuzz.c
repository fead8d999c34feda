/* A header that reads is written again as the same bytes, and says only what a key may be. */
#include "test/lib/fuzz.h"

#include "hsm/keyblock.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct keyblock block;
    struct keyblock again = {{0}};
    struct key_header header;

    if (keyblock_from(bytes_over(data, len), &block) != OK) {
        FUZZ_CHECK(len != KEYBLOCK_LEN);
        return 0;
    }
    if (keyblock_header(&block, &header) != OK)
        return 0;
    FUZZ_CHECK(key_usage_allows(header.usage, header.algorithm, header.mode));
    keyblock_put_header(&header, &again);
    FUZZ_CHECK(memcmp(block.at, again.at, KEYBLOCK_HEADER_LEN) == 0);
    return 0;
}

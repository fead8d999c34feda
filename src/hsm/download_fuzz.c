/* Field 62 of a sign-in reply: every layout that is recognised lies inside its bytes; a chip's
 * issuer application data is either refused or makes a cryptogram input of whole blocks. */
#include "test/lib/fuzz.h"

#include "hsm/chip.h"
#include "hsm/download.h"

#include <string.h>

static void check_download(struct bytes download, enum key_algorithm master)
{
    enum download_layout layout;

    if (download_recognise(download, master, &layout) != OK)
        return;
    FUZZ_CHECK(download_len(layout) == download.len);
    for (size_t i = 0; i < download_key_count(layout); i++) {
        struct download_key key = download_key_at(layout, KEY_TMK, i);

        FUZZ_CHECK((size_t)(key.offset + key.slot_len + key.check_len) <= download.len);
        FUZZ_CHECK(key_algorithm_len(key.algorithm) <= key.slot_len);
    }
}

static void check_iad(struct bytes iad)
{
    struct chip_values values = {.iad_len = 0};
    const struct chip_rule *rule = NULL;
    uint8_t data[CHIP_AC_DATA_MAX];
    size_t len = 0;

    if (chip_iad_rule(iad, &rule) != OK)
        return;
    FUZZ_CHECK(iad.len <= CHIP_IAD_LEN_MAX);
    values.iad_len = (uint8_t)iad.len;
    memcpy(values.iad, iad.at, iad.len);
    FUZZ_CHECK(chip_ac_data(rule, &values, data, &len) == OK);
    FUZZ_CHECK(len % 8 == 0 && len <= CHIP_AC_DATA_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes bytes = bytes_over(data, len);

    check_download(bytes, KEY_TDES_2);
    check_download(bytes, KEY_SM4);
    check_iad(bytes);
    return 0;
}

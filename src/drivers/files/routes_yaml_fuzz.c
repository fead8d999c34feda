/* BIN tables: refused with a place and words, or free of clashes. */
#include "test/lib/fuzz.h"

#include "drivers/files/routes_yaml.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct routes_file file;
    struct yaml_fault fault;
    enum err err = routes_yaml_parse(bytes_over(data, len), &file, &fault);

    if (err == ERR_CONFIG)
        FUZZ_CHECK(fault.line > 0 && fault.what[0] != 0);
    if (err != OK)
        return 0;
    FUZZ_CHECK(file.count <= ROUTES_MAX);
    for (size_t i = 0; i < file.count; i++) {
        for (size_t j = 0; j < i; j++)
            FUZZ_CHECK(memcmp(file.entries[i].row.bin, file.entries[j].row.bin, 8) != 0);
    }
    return 0;
}

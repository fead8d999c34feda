/* Dialect files: refused with a place and words, or good enough to compile with all profiles. */
#include "test/lib/fuzz.h"

#include "drivers/files/dialect_yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct dialect dialect;
    struct dialect_yaml *yaml;
    struct yaml_fault fault;
    struct dialect_fault unused;
    enum err err = dialect_yaml_parse(bytes_over(data, len), &yaml, &fault);

    if (err == ERR_CONFIG)
        FUZZ_CHECK(fault.line > 0 && fault.what[0] != 0);
    if (err != OK)
        return 0;
    const struct dialect_source *source = dialect_yaml_source(yaml);
    FUZZ_CHECK(dialect_compile(source, NULL, &dialect, &unused) == OK);
    for (size_t i = 0; i < source->profile_count; i++)
        FUZZ_CHECK(dialect_compile(source, source->profiles[i].name, &dialect, &unused) == OK);
    dialect_yaml_free(yaml);
    return 0;
}

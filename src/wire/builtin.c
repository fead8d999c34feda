#include "wire/builtin.h"

#include "base/assert.h"

#include <string.h>

const struct dialect_source *builtin_find(const char *name)
{
    for (size_t i = 0; i < builtin_count; i++) {
        if (strcmp(builtin_table[i].name, name) == 0)
            return &builtin_table[i];
    }
    return NULL;
}

enum err builtin_compile(const char *name, const char *profile, struct dialect *out)
{
    const struct dialect_source *source = builtin_find(name);
    struct dialect_fault fault;

    if (source == NULL)
        return ERR_NOT_FOUND;
    enum err err = dialect_compile(source, profile, out, &fault);
    assert(err != ERR_CONFIG); /* the build has compiled them all */
    return err;
}

#include "base/err.h"

#include "base/assert.h"

#define ERR_ROW(name, text) [name] = {#name, text},
static const struct {
    const char *name;
    const char *text;
} err_table[] = {ERR_TABLE(ERR_ROW)};
#undef ERR_ROW

_Static_assert(ARRAY_COUNT(err_table) == ERR_COUNT, "a row for each failure");

const char *err_text(enum err err)
{
    assert(err < ERR_COUNT);
    return err_table[err].text;
}

const char *err_name(enum err err)
{
    assert(err < ERR_COUNT);
    return err_table[err].name;
}

#include "txn/kind.h"

#include "base/assert.h"
#include "txn/kind_table.h"

const struct kind_row *kind_row(enum txn_kind kind)
{
    assert(kind < KIND_COUNT);
    return &kind_table[kind];
}

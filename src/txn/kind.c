#include "txn/kind.h"

#include "base/assert.h"
#include "txn/kind_table.h"

#include <string.h>

const struct kind_row *kind_row(enum txn_kind kind)
{
    assert(kind < KIND_COUNT);
    return &kind_table[kind];
}

enum txn_kind kind_by_name(const char *name)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kind_table[i].name, name) == 0)
            return (enum txn_kind)i;
    }
    return KIND_NONE;
}

/* clang-format off */
static const struct {
    enum txn_kind follow_up;
    enum txn_kind original;
} follow_table[] = {
    { KIND_VOID,              KIND_SALE },
    { KIND_VOID,              KIND_OFFLINE_SALE },
    { KIND_REFUND,            KIND_SALE },
    { KIND_REFUND,            KIND_OFFLINE_SALE },
    { KIND_REFUND,            KIND_COMPLETION },
    { KIND_REFUND,            KIND_COMPLETION_ADVICE },
    { KIND_TIP_ADJUST,        KIND_SALE },
    { KIND_TIP_ADJUST,        KIND_OFFLINE_SALE },
    { KIND_PREAUTH_VOID,      KIND_PREAUTH },
    { KIND_INCREMENT,         KIND_PREAUTH },
    { KIND_COMPLETION,        KIND_PREAUTH },
    { KIND_COMPLETION_ADVICE, KIND_PREAUTH },
    { KIND_COMPLETION_VOID,   KIND_COMPLETION },
    { KIND_COMPLETION_VOID,   KIND_COMPLETION_ADVICE },
};
/* clang-format on */

bool kind_may_follow(enum txn_kind follow_up, enum txn_kind original)
{
    for (size_t i = 0; i < ARRAY_COUNT(follow_table); i++) {
        if (follow_table[i].follow_up == follow_up && follow_table[i].original == original)
            return true;
    }
    return false;
}

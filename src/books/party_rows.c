#include "books/party_rows.h"

#include "base/assert.h"

#include <string.h>

static const char *const record_state_names[] = {
    [RECORD_ACTIVE] = "active",   [RECORD_NOT_ACTIVATED] = "not-activated",
    [RECORD_FROZEN] = "frozen",   [RECORD_CANCELLED] = "cancelled",
    [RECORD_LOST] = "lost",       [RECORD_STOLEN] = "stolen",
    [RECORD_CAPTURE] = "capture", [RECORD_DORMANT] = "dormant",
};

_Static_assert(ARRAY_COUNT(record_state_names) == RECORD_STATE_COUNT, "a name for each state");

const char *record_state_name(enum record_state state)
{
    assert(state < RECORD_STATE_COUNT);
    return record_state_names[state];
}

enum record_state record_state_by_name(const char *name)
{
    size_t i = 0;

    while (i < RECORD_STATE_COUNT && strcmp(record_state_names[i], name) != 0)
        i++;
    return (enum record_state)i;
}

struct row_key peer_row_key(const char peer[static ACQUIRER_ID_LEN], uint16_t node)
{
    uint8_t name[ACQUIRER_ID_LEN + 2];

    memcpy(name, peer, ACQUIRER_ID_LEN);
    bytes_put_u16(name + ACQUIRER_ID_LEN, node);
    return row_key_of(TABLE_PEER, name, node <= 1 ? ACQUIRER_ID_LEN : sizeof name);
}

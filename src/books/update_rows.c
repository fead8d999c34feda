#include "books/update_rows.h"

#include "base/assert.h"

#include <string.h>

struct row_key update_row_key(enum update_kind kind, uint32_t version)
{
    uint8_t at[1 + 4];

    at[0] = (uint8_t)kind;
    bytes_put_u32(at + 1, version);
    return row_key_of(TABLE_UPDATE, at, sizeof at);
}

struct row_key piece_row_key(const char terminal[static TERMINAL_ID_LEN], enum update_kind kind,
                             uint32_t version, uint16_t place)
{
    uint8_t at[TERMINAL_ID_LEN + 1 + 4 + 2];

    memcpy(at, terminal, TERMINAL_ID_LEN);
    at[TERMINAL_ID_LEN] = (uint8_t)kind;
    bytes_put_u32(at + TERMINAL_ID_LEN + 1, version);
    bytes_put_u16(at + TERMINAL_ID_LEN + 5, place);
    return row_key_of(TABLE_PIECE, at, sizeof at);
}

struct row_key offer_row_key(enum update_kind kind, const char group[static UPDATE_GROUP_LEN])
{
    uint8_t at[1 + UPDATE_GROUP_LEN];

    at[0] = (uint8_t)kind;
    memcpy(at + 1, group, UPDATE_GROUP_LEN);
    return row_key_of(TABLE_OFFER, at, sizeof at);
}

struct row_key fetch_row_key(const char terminal[static TERMINAL_ID_LEN], enum update_kind kind)
{
    uint8_t at[TERMINAL_ID_LEN + 1];

    memcpy(at, terminal, TERMINAL_ID_LEN);
    at[TERMINAL_ID_LEN] = (uint8_t)kind;
    return row_key_of(TABLE_FETCH, at, sizeof at);
}

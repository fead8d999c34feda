#include "acquirer/route.h"

#include "base/assert.h"

struct row_key route_key(const char *digits, size_t len)
{
    assert(len == BIN_LEN_LONG || len == BIN_LEN_SHORT);
    return row_key_of(TABLE_ROUTE, digits, len);
}

void route_need(const struct desk *desk)
{
    struct pan pan;

    if (desk->work->row_count > 0) {
        if (desk->route != NULL && desk->payment == NULL)
            node_need(desk->work, desk_issuer_key(desk->route->issuer));
        return;
    }
    if (desk_pan(desk->message, &pan) != OK)
        return;
    node_need(desk->work, route_key(pan.digits, BIN_LEN_LONG));
    node_need(desk->work, route_key(pan.digits, BIN_LEN_SHORT));
    pan_wipe(&pan);
}

const struct route_row *route_find(const struct desk *desk)
{
    struct pan pan;

    if (desk_pan(desk->message, &pan) != OK)
        return NULL;
    struct row_key key = route_key(pan.digits, BIN_LEN_LONG);
    const struct route_row *route = node_value(desk->work, &key, sizeof *route);
    if (route == NULL) {
        key = route_key(pan.digits, BIN_LEN_SHORT);
        route = node_value(desk->work, &key, sizeof *route);
    }
    pan_wipe(&pan);
    return route;
}

#include "acquirer/route.h"

#include "base/assert.h"

#include <string.h>

struct row_key route_key(const char *digits, size_t len)
{
    assert(len == BIN_LEN_LONG || len == BIN_LEN_SHORT);
    return row_key_of(TABLE_ROUTE, digits, len);
}

/* The digits that route the message: its card's, or the payment code's, whose first ones say just
 * as well who issued it. False when it carries neither. */
static bool digits_of(const struct txn_message *message, char out[static BIN_LEN_LONG])
{
    struct pan pan;

    if (desk_pan(message, &pan) == OK) {
        memcpy(out, pan.digits, BIN_LEN_LONG);
        pan_wipe(&pan);
        return true;
    }
    if (message->entry != ENTRY_QR || !bytes_are_digits(message->qr_code, BIN_LEN_LONG))
        return false;
    memcpy(out, message->qr_code, BIN_LEN_LONG);
    return true;
}

static void need_ranges(const struct desk *desk)
{
    char digits[BIN_LEN_LONG];

    if (!digits_of(desk->message, digits))
        return;
    node_need(desk->work, route_key(digits, BIN_LEN_LONG));
    node_need(desk->work, route_key(digits, BIN_LEN_SHORT));
}

static void need_issuer(const struct desk *desk)
{
    if (desk->route != NULL && desk->payment == NULL)
        desk_need_issuer(desk->work, desk->route->issuer);
}

void route_need(const struct desk *desk)
{
    if (desk->work->row_count == 0)
        need_ranges(desk);
    else
        need_issuer(desk);
}

void route_need_late(const struct desk *desk)
{
    need_ranges(desk);
    need_issuer(desk);
}

const struct route_row *route_find(const struct desk *desk)
{
    char digits[BIN_LEN_LONG];

    if (!digits_of(desk->message, digits))
        return NULL;
    struct row_key key = route_key(digits, BIN_LEN_LONG);
    const struct route_row *route = node_value(desk->work, &key, sizeof *route);
    if (route != NULL)
        return route;
    key = route_key(digits, BIN_LEN_SHORT);
    return node_value(desk->work, &key, sizeof *route);
}

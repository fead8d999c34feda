/* Kinds of transaction, one row each. Sources: UnionPay POS terminal specification, message set. */
#ifndef TXN_KIND_TABLE_H
#define TXN_KIND_TABLE_H

#include "txn/kind.h"

#include <stddef.h>

/* clang-format off */
static const struct kind_row kind_table[] = {
    /*                  name        zh          en                 cup     iso     DE3       DE25  60.1 rev    mac    money */
    [KIND_NONE]     = { "none",     "无",       "none",            0,      0,      NULL,     NULL,  0,  false, false, false },
    [KIND_SIGN_IN]  = { "sign-in",  "签到",     "sign-in",         0x0800, 0x0800, NULL,     NULL,  0,  false, false, false },
    [KIND_SIGN_OFF] = { "sign-off", "签退",     "sign-off",        0x0820, 0x0800, NULL,     NULL,  0,  false, false, false },
    [KIND_ECHO]     = { "echo",     "回响测试", "echo test",       0x0820, 0x0800, NULL,     NULL,  0,  false, false, false },
    [KIND_SALE]     = { "sale",     "消费",     "sale",            0x0200, 0x0200, "000000", "00", 22,  true,  true,  true  },
    [KIND_BALANCE]  = { "balance",  "余额查询", "balance inquiry", 0x0200, 0x0200, "310000", "00",  1,  false, true,  false },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(kind_table) == KIND_COUNT, "a row for each kind");

#endif

/* Kinds of transaction, one row each. Sources: UnionPay POS terminal specification, message set. */
#ifndef TXN_KIND_TABLE_H
#define TXN_KIND_TABLE_H

#include "txn/kind.h"

#include <stddef.h>

/* clang-format off */
static const struct kind_row kind_table[] = {
    /*                         name                 zh                  en                       cup     iso     DE3       DE25  60.1 rev    mac    money  advice sign shape */
    [KIND_NONE]              = { "none",              "无",               "none",                  0,      0,      NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_SIGN_IN]           = { "sign-in",           "签到",             "sign-in",               0x0800, 0x0800, NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_SIGN_OFF]          = { "sign-off",          "签退",             "sign-off",              0x0820, 0x0800, NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_ECHO]              = { "echo",              "回响测试",         "echo test",             0x0820, 0x0800, NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_SALE]              = { "sale",              "消费",             "sale",                  0x0200, 0x0200, "000000", "00", 22,  true,  true,  true,  false,  1, SHAPE_ORIGINAL },
    [KIND_BALANCE]           = { "balance",           "余额查询",         "balance inquiry",       0x0200, 0x0200, "310000", "00",  1,  false, true,  false, false,  0, SHAPE_INQUIRY },
    [KIND_VOID]              = { "void",              "消费撤销",         "sale void",             0x0200, 0x0200, "200000", "00", 23,  true,  true,  true,  false, -1, SHAPE_FOLLOW_UP },
    [KIND_REFUND]            = { "refund",            "退货",             "refund",                0x0220, 0x0220, "200000", "00", 25,  false, true,  true,  true,  -1, SHAPE_FOLLOW_UP },
    [KIND_PREAUTH]           = { "preauth",           "预授权",           "pre-authorisation",     0x0100, 0x0100, "030000", "06", 10,  true,  true,  true,  false,  0, SHAPE_ORIGINAL },
    [KIND_PREAUTH_VOID]      = { "preauth-void",      "预授权撤销",       "pre-authorisation void", 0x0100, 0x0100, "200000", "06", 11, true,  true,  true,  false,  0, SHAPE_FOLLOW_UP },
    [KIND_INCREMENT]         = { "increment",         "追加预授权",       "incremental pre-authorisation", 0x0100, 0x0100, "030000", "60", 10, true, true, true, false, 0, SHAPE_FOLLOW_UP },
    [KIND_COMPLETION]        = { "completion",        "预授权完成(请求)", "completion",            0x0200, 0x0200, "000000", "06", 20,  true,  true,  true,  false,  1, SHAPE_FOLLOW_UP },
    [KIND_COMPLETION_ADVICE] = { "completion-advice", "预授权完成(通知)", "completion advice",     0x0220, 0x0220, "000000", "06", 24,  false, true,  true,  true,   1, SHAPE_FOLLOW_UP },
    [KIND_COMPLETION_VOID]   = { "completion-void",   "预授权完成撤销",   "completion void",       0x0200, 0x0200, "200000", "06", 21,  true,  true,  true,  false, -1, SHAPE_FOLLOW_UP },
    [KIND_OFFLINE_SALE]      = { "offline-sale",      "离线结算",         "offline sale",          0x0220, 0x0220, "000000", "00", 30,  false, true,  true,  true,   1, SHAPE_ORIGINAL },
    [KIND_TIP_ADJUST]        = { "tip-adjust",        "小费调整",         "tip adjustment",        0x0220, 0x0220, "000000", "00", 34,  false, true,  true,  true,   1, SHAPE_FOLLOW_UP },
    [KIND_SETTLE]            = { "settle",            "批结算",           "settlement",            0x0500, 0,      NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_QUERY]             = { "query",             "交易状态查询",     "status query",          0x0820, 0x0820, NULL,     NULL,  0,  false, true,  false, false,  0, SHAPE_NETWORK },
    [KIND_PARAMETERS]        = { "parameters",        "参数下载",         "parameter download",    0x0800, 0,      NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_CA_KEYS]           = { "ca-keys",           "公钥下载",         "CA key download",       0x0800, 0,      NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_AIDS]              = { "aids",              "IC卡参数下载",     "AID download",          0x0800, 0,      NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_STATUS]            = { "status",            "终端状态上送",     "terminal status upload", 0x0820, 0,     NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
    [KIND_SIGNATURE]         = { "signature",         "电子签名上送",     "electronic signature upload", 0x0820, 0, NULL,    NULL,  7,  false, true,  false, false,  0, SHAPE_NETWORK },
    [KIND_UPDATE]            = { "update",            "程序更新",         "update download",       0x0800, 0,      NULL,     NULL,  0,  false, false, false, false,  0, SHAPE_NETWORK },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(kind_table) == KIND_COUNT, "a row for each kind");

#endif

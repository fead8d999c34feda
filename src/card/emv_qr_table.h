/* Data objects of merchant-presented codes (EMV QRCPS-MPM 1.1, tables 3.1 to 3.8), in the order of
 * parent and identifier. */
#ifndef CARD_EMV_QR_TABLE_H
#define CARD_EMV_QR_TABLE_H

#include "card/emv_qr.h"

#define ROOT EMV_QR_NO_PARENT

/* clang-format off */
static const struct emv_qr_row emv_qr_table[] = {
    /*          parent first last form             min max required zh                   en */
    {           ROOT,   0,    0, EMV_QR_DIGITS,    2,  2,  true,  "载荷格式",          "payload format" },
    {           ROOT,   1,    1, EMV_QR_DIGITS,    2,  2,  false, "码的类型",          "point of initiation" },
    {           ROOT,   2,    3, EMV_QR_PRINTED,   1,  99, false, "商户账户 Visa",     "merchant account, Visa" },
    {           ROOT,   4,    5, EMV_QR_PRINTED,   1,  99, false, "商户账户 Mastercard", "merchant account, Mastercard" },
    {           ROOT,   6,    8, EMV_QR_PRINTED,   1,  99, false, "商户账户(保留)",    "merchant account, reserved" },
    {           ROOT,   9,   10, EMV_QR_PRINTED,   1,  99, false, "商户账户 Discover", "merchant account, Discover" },
    {           ROOT,  11,   12, EMV_QR_PRINTED,   1,  99, false, "商户账户 Amex",     "merchant account, Amex" },
    {           ROOT,  13,   14, EMV_QR_PRINTED,   1,  99, false, "商户账户 JCB",      "merchant account, JCB" },
    {           ROOT,  15,   16, EMV_QR_PRINTED,   1,  99, false, "商户账户 银联",     "merchant account, UnionPay" },
    {           ROOT,  17,   25, EMV_QR_PRINTED,   1,  99, false, "商户账户(保留)",    "merchant account, reserved" },
    {           ROOT,  26,   51, EMV_QR_TEMPLATE,  1,  99, false, "商户账户",          "merchant account" },
    {           ROOT,  52,   52, EMV_QR_DIGITS,    4,  4,  true,  "商户类别",          "merchant category" },
    {           ROOT,  53,   53, EMV_QR_DIGITS,    3,  3,  true,  "货币",              "currency" },
    {           ROOT,  54,   54, EMV_QR_DECIMAL,   1,  13, false, "金额",              "amount" },
    {           ROOT,  55,   55, EMV_QR_DIGITS,    2,  2,  false, "小费方式",          "tip or fee" },
    {           ROOT,  56,   56, EMV_QR_DECIMAL,   1,  13, false, "固定附加费",        "fixed fee" },
    {           ROOT,  57,   57, EMV_QR_DECIMAL,   1,  5,  false, "附加费百分比",      "fee in percent" },
    {           ROOT,  58,   58, EMV_QR_PRINTED,   2,  2,  true,  "国家",              "country" },
    {           ROOT,  59,   59, EMV_QR_PRINTED,   1,  25, true,  "商户名称",          "merchant name" },
    {           ROOT,  60,   60, EMV_QR_PRINTED,   1,  15, true,  "城市",              "city" },
    {           ROOT,  61,   61, EMV_QR_PRINTED,   1,  10, false, "邮编",              "postcode" },
    {           ROOT,  62,   62, EMV_QR_TEMPLATE,  1,  99, false, "附加数据",          "additional data" },
    {           ROOT,  63,   63, EMV_QR_HEX,       4,  4,  true,  "校验码",            "checksum" },
    {           ROOT,  64,   64, EMV_QR_TEMPLATE,  1,  99, false, "本地语言信息",      "in the merchant's language" },
    {           ROOT,  65,   79, EMV_QR_ANY_TEXT,  1,  99, false, "保留",              "reserved" },
    {           ROOT,  80,   99, EMV_QR_TEMPLATE,  1,  99, false, "自定义",            "private" },
    { EMV_QR_ACCOUNT_FIRST, 0, 0, EMV_QR_PRINTED,  1,  32, true,  "唯一标识",          "unique identifier" },
    { EMV_QR_ACCOUNT_FIRST, 1, 99, EMV_QR_ANY_TEXT, 1, 99, false, "该标识自定",        "as its owner says" },
    { EMV_QR_ADDITIONAL,  1,  1, EMV_QR_PRINTED,   1,  25, false, "账单号",            "bill number" },
    { EMV_QR_ADDITIONAL,  2,  2, EMV_QR_PRINTED,   1,  25, false, "手机号",            "mobile number" },
    { EMV_QR_ADDITIONAL,  3,  3, EMV_QR_PRINTED,   1,  25, false, "门店",              "store label" },
    { EMV_QR_ADDITIONAL,  4,  4, EMV_QR_PRINTED,   1,  25, false, "会员号",            "loyalty number" },
    { EMV_QR_ADDITIONAL,  5,  5, EMV_QR_PRINTED,   1,  25, false, "参考号",            "reference label" },
    { EMV_QR_ADDITIONAL,  6,  6, EMV_QR_PRINTED,   1,  25, false, "客户标识",          "customer label" },
    { EMV_QR_ADDITIONAL,  7,  7, EMV_QR_PRINTED,   1,  25, false, "终端号",            "terminal label" },
    { EMV_QR_ADDITIONAL,  8,  8, EMV_QR_PRINTED,   1,  25, false, "用途",              "purpose" },
    { EMV_QR_ADDITIONAL,  9,  9, EMV_QR_PRINTED,   1,  3,  false, "需客户提供",        "asks of the customer" },
    { EMV_QR_ADDITIONAL, 10, 10, EMV_QR_PRINTED,   1,  20, false, "税号",              "merchant's tax number" },
    { EMV_QR_ADDITIONAL, 11, 11, EMV_QR_PRINTED,   3,  3,  false, "渠道",              "channel" },
    { EMV_QR_ADDITIONAL, 12, 49, EMV_QR_ANY_TEXT,  1,  99, false, "保留",              "reserved" },
    { EMV_QR_ADDITIONAL, 50, 99, EMV_QR_TEMPLATE,  1,  99, false, "支付机构自定义",    "payment system's own" },
    { EMV_QR_LANGUAGE,    0,  0, EMV_QR_PRINTED,   2,  2,  true,  "语言",              "language" },
    { EMV_QR_LANGUAGE,    1,  1, EMV_QR_ANY_TEXT,  1,  25, true,  "商户名称",          "merchant name" },
    { EMV_QR_LANGUAGE,    2,  2, EMV_QR_ANY_TEXT,  1,  15, false, "城市",              "city" },
    { EMV_QR_LANGUAGE,    3, 99, EMV_QR_ANY_TEXT,  1,  99, false, "保留",              "reserved" },
};
/* clang-format on */

#undef ROOT

#endif

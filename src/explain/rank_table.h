/* Causes behind a bare refusal, and what speaks for them. No guard: included to make tables. */
/* clang-format off */
#ifdef PRIOR_ROW
/* cause, how frequent it is among bare refusals, in per mille; the step that settles it */
PRIOR_ROW(OUTCOME_ACCOUNT_FUNDS_SHORT,      360, "请持卡人在银行应用中查看可用额度。", "The holder looks at what is available in the bank's app.")
PRIOR_ROW(OUTCOME_RISK_ISSUER_SUSPICIOUS,   170, "请持卡人致电发卡行，确认是否被风险规则拦下。", "The holder calls the bank and asks whether its risk rules stopped it.")
PRIOR_ROW(OUTCOME_PIN_WRONG,                120, "问持卡人是否记得密码。", "Ask the holder whether the PIN is remembered.")
PRIOR_ROW(OUTCOME_LIMIT_DAILY_AMOUNT,       110, "请持卡人在银行应用中查看今日限额。", "The holder looks at today's limit in the bank's app.")
PRIOR_ROW(OUTCOME_TRANSACTION_NOT_FOR_CARD,  80, "看此卡是否在别处做过同类交易。", "See whether this card ever made this kind of payment elsewhere.")
PRIOR_ROW(OUTCOME_ISSUER_FAULT,              60, "看同一发卡行的其他卡是否恢复获准。", "See whether other cards of this issuer are approved again.")
PRIOR_ROW(OUTCOME_CVV_WRONG,                 40, "比对卡面与输入的数据。", "Compare what was keyed with the card.")
PRIOR_ROW(OUTCOME_CHIP_FALLBACK_REFUSED,     30, "看芯片是否能读出。", "See whether the chip can be read.")
PRIOR_ROW(OUTCOME_MERCHANT_UNKNOWN,          30, "请收单机构核对商户在网络中的登记。", "The acquirer compares the merchant's record with the network's.")
#endif
#ifdef RANK_ROW
/* fact, from, to, cause, eighths (8 changes nothing); zh, en */
RANK_ROW(WRONG_PINS,     1, UINT32_MAX, OUTCOME_PIN_WRONG,                64, "此卡刚才输错过密码", "a wrong PIN with this card just before")
RANK_ROW(WRONG_PINS,     0, 0,          OUTCOME_PIN_WRONG,                 3, "此卡刚才没有输错密码", "no wrong PIN with this card before")
RANK_ROW(ISSUER_REFUSED, 60, 100,       OUTCOME_ISSUER_FAULT,            400, "这家发卡行的多数卡都被拒绝", "most cards of this issuer are refused")
RANK_ROW(ISSUER_REFUSED, 0, 30,         OUTCOME_ISSUER_FAULT,              1, "这家发卡行的其他卡正常", "other cards of this issuer are approved")
RANK_ROW(CARD_APPROVED,  1, UINT32_MAX, OUTCOME_MERCHANT_UNKNOWN,         20, "此卡在别处获准", "this card was approved elsewhere")
RANK_ROW(CARD_APPROVED,  1, UINT32_MAX, OUTCOME_TRANSACTION_NOT_FOR_CARD,  4, "此卡在别处获准", "this card was approved elsewhere")
RANK_ROW(CARD_APPROVED,  1, UINT32_MAX, OUTCOME_LIMIT_DAILY_AMOUNT,       12, "此卡今天已有获准的交易", "this card was approved today, which uses up its limit")
RANK_ROW(CARD_APPROVED,  0, 0,          OUTCOME_TRANSACTION_NOT_FOR_CARD, 12, "此卡没有在别处获准", "this card was approved nowhere else")
RANK_ROW(AMOUNT,       300, UINT32_MAX, OUTCOME_ACCOUNT_FUNDS_SHORT,      14, "金额远高于此卡平常", "the amount is far above what this card usually pays")
RANK_ROW(AMOUNT,       300, UINT32_MAX, OUTCOME_RISK_ISSUER_SUSPICIOUS,   20, "金额远高于此卡平常", "the amount is far above what this card usually pays")
RANK_ROW(AMOUNT,       300, UINT32_MAX, OUTCOME_LIMIT_DAILY_AMOUNT,       18, "金额远高于此卡平常", "the amount is far above what this card usually pays")
RANK_ROW(AMOUNT,         0, 120,        OUTCOME_RISK_ISSUER_SUSPICIOUS,    5, "金额与平常相当", "the amount is as usual")
RANK_ROW(AMOUNT,         0, 120,        OUTCOME_LIMIT_DAILY_AMOUNT,        4, "金额与平常相当", "the amount is as usual")
RANK_ROW(PAYMENTS_TODAY, 5, UINT32_MAX, OUTCOME_LIMIT_DAILY_AMOUNT,       32, "此卡今天已用多次", "this card was used often today")
RANK_ROW(PAYMENTS_TODAY, 5, UINT32_MAX, OUTCOME_RISK_ISSUER_SUSPICIOUS,   14, "此卡今天已用多次", "this card was used often today")
RANK_ROW(PAYMENTS_TODAY, 0, 1,          OUTCOME_LIMIT_DAILY_AMOUNT,        3, "此卡今天很少使用", "this card was hardly used today")
RANK_ROW(FALLBACK,       1, 1,          OUTCOME_CHIP_FALLBACK_REFUSED,   200, "芯片卡刷了磁条", "a chip card came by its stripe")
RANK_ROW(FALLBACK,       1, 1,          OUTCOME_RISK_ISSUER_SUSPICIOUS,   14, "芯片卡刷了磁条", "a chip card came by its stripe")
RANK_ROW(FALLBACK,       0, 0,          OUTCOME_CHIP_FALLBACK_REFUSED,     0, "不是降级交易", "it was no fallback")
RANK_ROW(KEYED,          1, 1,          OUTCOME_CVV_WRONG,                80, "卡号是手输的", "the number was keyed")
RANK_ROW(KEYED,          0, 0,          OUTCOME_CVV_WRONG,                 3, "卡号不是手输的", "the number was not keyed")
RANK_ROW(MERCHANT_DAYS,  0, 3,          OUTCOME_MERCHANT_UNKNOWN,        100, "商户刚刚登记或变更", "the merchant was set up or changed just now")
RANK_ROW(MERCHANT_DAYS, 30, UINT32_MAX, OUTCOME_MERCHANT_UNKNOWN,          1, "商户早已登记", "the merchant was set up long ago")
RANK_ROW(HOUR,           0, 5,          OUTCOME_RISK_ISSUER_SUSPICIOUS,   16, "在深夜", "it was late at night")
RANK_ROW(HOUR,           6, 22,         OUTCOME_RISK_ISSUER_SUSPICIOUS,    7, "在白天", "it was by day")
#endif
/* clang-format on */

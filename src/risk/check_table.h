/*
 * What a rule can check. No guard: included to make an enum and a table. Rows keep the place in
 * this list: only append.
 *
 * Columns: id, name, whose tally (SUBJECT_NONE; SUBJECT_PER: as the rule says; or one subject), the
 * columns that it must have and those that it may have besides scope and score (bits), kinds when
 * the rule names none (true: inquiries too, false: what charges), what it does (zh, en).
 */
/* clang-format off */
#ifdef CHECK_ROW
CHECK_ROW(RULE_AMOUNT_LEAST,   "amount-least",   SUBJECT_NONE,      COLUMN_AMOUNT, 0, false, "单笔金额低于下限的不受理", "refuses an amount below the least")
CHECK_ROW(RULE_AMOUNT_MOST,    "amount-most",    SUBJECT_NONE,      COLUMN_AMOUNT, 0, false, "单笔金额高于上限的不受理", "refuses an amount above the most")
CHECK_ROW(RULE_SUM_MOST,       "sum-most",       SUBJECT_PER,       COLUMN_AMOUNT | COLUMN_PER | COLUMN_EACH, 0, false, "每日或每月累计金额超过上限的不受理", "refuses what would bring a day's or month's sum above the most")
CHECK_ROW(RULE_COUNT_MOST,     "count-most",     SUBJECT_PER,       COLUMN_COUNT | COLUMN_PER | COLUMN_EACH, 0, false, "每日或每月笔数超过上限的不受理", "refuses more than so many payments a day or month")
CHECK_ROW(RULE_APART,          "apart",          TALLY_CARD,        COLUMN_MINUTES, 0, false, "同一张卡在间隔内于另一商户使用的不受理", "refuses a card that was at another shop within the interval")
CHECK_ROW(RULE_PIN_WRONG,      "wrong-pins",     TALLY_CARD,        COLUMN_COUNT, 0, true,  "当日密码错误达到次数的卡次日再用", "refuses a card until tomorrow after so many wrong PINs today")
CHECK_ROW(RULE_BARRED,         "barred",         SUBJECT_NONE,      COLUMN_BIN, 0, true,  "不受理该卡号段", "refuses a range of cards")
CHECK_ROW(RULE_LISTED,         "listed",         SUBJECT_NONE,      0, 0, true,  "不受理黑名单中的卡", "refuses cards on the black list")
CHECK_ROW(RULE_TRAVEL,         "travel",         TALLY_CARD,        COLUMN_SPEED, COLUMN_NEAR, false, "两店之间的速度快于可能的不受理", "refuses a card that would have travelled faster than that")
CHECK_ROW(RULE_LICENCE,        "licence",        SUBJECT_NONE,      COLUMN_CATEGORY, 0, true,  "该类别的商户须有有效许可证", "refuses shops of a category without a valid licence")
CHECK_ROW(RULE_SOFTWARE,       "software-least", SUBJECT_NONE,      COLUMN_VERSION, 0, true,  "终端软件低于最低版本的不受理", "refuses terminals with software older than that")
CHECK_ROW(RULE_MAINTENANCE,    "maintenance",    SUBJECT_NONE,      COLUMN_ISSUER | COLUMN_FROM | COLUMN_UNTIL, 0, true,  "发卡机构维护期间不受理其卡", "refuses an issuer's cards while it is in its announced window")
CHECK_ROW(RULE_REFUSALS,       "refusals",       SUBJECT_PER,       COLUMN_COUNT | COLUMN_MINUTES | COLUMN_PER, 0, true,  "短时间内多次被拒（试卡、试号）", "fires after so many refusals in so many minutes: somebody may be guessing")
CHECK_ROW(RULE_REFUNDS,        "refund-ratio",   SUBJECT_PER,       COLUMN_PERCENT | COLUMN_PER | COLUMN_EACH, COLUMN_COUNT, true,  "退货与消费之比过高", "fires when refunds are more than that share of payments")
CHECK_ROW(RULE_JUST_UNDER,     "just-under",     SUBJECT_NONE,      COLUMN_AMOUNT | COLUMN_PERCENT, 0, false, "金额略低于限额", "fires on an amount at most so many per cent under a limit")
#endif
/* clang-format on */

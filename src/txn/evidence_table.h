/* Values that explain outcomes: id, stable name, zh, en, who may see it. No guard: included to make
 * an enum and a table. Rows keep the place in this list: only append. */
/* clang-format off */
#ifdef EVIDENCE_ROW
EVIDENCE_ROW(EVIDENCE_FIELD,         "field",         "域",           "field",                SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_EXPECTED,      "expected",      "应为",         "expected",             SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_FOUND,         "found",         "实为",         "found",                SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_SINCE,         "since",         "起始时间",     "since",                SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_STATE,         "state",         "状态",         "state",                SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_LIMIT,         "limit",         "限额",         "limit",                SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_USED,          "used",          "已用",         "used",                 SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_ASKED,         "asked",         "请求",         "asked for",            SEEN_BY_CASHIER | SEEN_BY_CARDHOLDER | SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_SHORT_BY,      "short_by",      "差额",         "short by",             SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_TRIES_LEFT,    "tries_left",    "剩余次数",     "tries left",           SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_CHECK_VALUE,   "check_value",   "密钥校验值",   "key check value",      SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_WAITED_S,      "waited_s",      "已等待秒数",   "seconds waited",       SEEN_BY_CASHIER | SEEN_BY_CARDHOLDER | SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_REVERSAL,      "reversal",      "冲正状态",     "state of the reversal", SEEN_BY_CASHIER | SEEN_BY_CARDHOLDER | SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_BIN,           "bin",           "卡BIN",        "BIN",                  SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_TABLE_VERSION, "table_version", "表版本",       "table version",        SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_ENTRY_MODE,    "entry_mode",    "输入方式",     "entry mode",           SEEN_BY_CASHIER | SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_SERVICE_CODE,  "service_code",  "服务代码",     "service code",         SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_CHECK,         "check",         "检查项",       "which check",          SEEN_BY_CASHIER | SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_COUNTER,       "counter",       "计数器",       "counter",              SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_TRACE,         "trace",         "流水号",       "trace number",         SEEN_BY_CASHIER | SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_COMPONENT,     "component",     "部件",         "component",            SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_LOAD,          "load",          "负载",         "load",                 SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_CODE,          "code",          "应答码",       "response code",        SEEN_BY_CASHIER | SEEN_BY_CARDHOLDER | SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
EVIDENCE_ROW(EVIDENCE_RESETS,        "resets",        "恢复时间",     "opens again",          SEEN_BY_MERCHANT | SEEN_BY_OPERATOR)
#endif
/* clang-format on */

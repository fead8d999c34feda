/* tag, format, show, zh, en. Ascending by tag, so that a look-up can halve the table. */
/* clang-format off */
#define EMV_TAG_TABLE(ROW)                                                                         \
    ROW(0x42,   EMV_DIGITS,   EMV_SHOW_ALL,     "发卡行标识代码",         "issuer identification number")            \
    ROW(0x4F,   EMV_BYTES,    EMV_SHOW_ALL,     "应用标识符(卡片)",       "application identifier (card)")           \
    ROW(0x50,   EMV_TEXT,     EMV_SHOW_ALL,     "应用标签",               "application label")                       \
    ROW(0x56,   EMV_BYTES,    EMV_SHOW_NOTHING, "第一磁道数据",           "track 1 data")                            \
    ROW(0x57,   EMV_DIGITS,   EMV_SHOW_NOTHING, "二磁道等价数据",         "track 2 equivalent data")                 \
    ROW(0x5A,   EMV_DIGITS,   EMV_SHOW_PAN,     "应用主账号",             "application primary account number")      \
    ROW(0x61,   EMV_TEMPLATE, EMV_SHOW_ALL,     "应用模板",               "application template")                    \
    ROW(0x6F,   EMV_TEMPLATE, EMV_SHOW_ALL,     "文件控制信息模板",       "file control information template")       \
    ROW(0x70,   EMV_TEMPLATE, EMV_SHOW_ALL,     "记录模板",               "record template")                         \
    ROW(0x71,   EMV_TEMPLATE, EMV_SHOW_ALL,     "发卡行脚本模板1",        "issuer script template 1")                \
    ROW(0x72,   EMV_TEMPLATE, EMV_SHOW_ALL,     "发卡行脚本模板2",        "issuer script template 2")                \
    ROW(0x77,   EMV_TEMPLATE, EMV_SHOW_ALL,     "响应报文模板2",          "response message template format 2")      \
    ROW(0x80,   EMV_BYTES,    EMV_SHOW_NOTHING, "响应报文模板1",          "response message template format 1")      \
    ROW(0x81,   EMV_BYTES,    EMV_SHOW_ALL,     "授权金额(二进制)",       "amount, authorised (binary)")             \
    ROW(0x82,   EMV_BYTES,    EMV_SHOW_ALL,     "应用交互特征",           "application interchange profile")         \
    ROW(0x83,   EMV_BYTES,    EMV_SHOW_NOTHING, "命令模板",               "command template")                        \
    ROW(0x84,   EMV_BYTES,    EMV_SHOW_ALL,     "专用文件名称",           "dedicated file name")                     \
    ROW(0x86,   EMV_BYTES,    EMV_SHOW_NOTHING, "发卡行脚本命令",         "issuer script command")                   \
    ROW(0x87,   EMV_BYTES,    EMV_SHOW_ALL,     "应用优先指示器",         "application priority indicator")          \
    ROW(0x88,   EMV_BYTES,    EMV_SHOW_ALL,     "短文件标识符",           "short file identifier")                   \
    ROW(0x89,   EMV_TEXT,     EMV_SHOW_ALL,     "授权码",                 "authorisation code")                      \
    ROW(0x8A,   EMV_TEXT,     EMV_SHOW_ALL,     "授权响应码",             "authorisation response code")             \
    ROW(0x8C,   EMV_BYTES,    EMV_SHOW_ALL,     "卡片风险管理数据对象列表1", "card risk management data object list 1") \
    ROW(0x8D,   EMV_BYTES,    EMV_SHOW_ALL,     "卡片风险管理数据对象列表2", "card risk management data object list 2") \
    ROW(0x8E,   EMV_BYTES,    EMV_SHOW_ALL,     "持卡人验证方法列表",     "cardholder verification method list")     \
    ROW(0x8F,   EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥索引(卡片)",       "certification authority public key index (card)") \
    ROW(0x90,   EMV_BYTES,    EMV_SHOW_NOTHING, "发卡行公钥证书",         "issuer public key certificate")           \
    ROW(0x91,   EMV_BYTES,    EMV_SHOW_ALL,     "发卡行认证数据",         "issuer authentication data")              \
    ROW(0x92,   EMV_BYTES,    EMV_SHOW_NOTHING, "发卡行公钥余项",         "issuer public key remainder")             \
    ROW(0x93,   EMV_BYTES,    EMV_SHOW_NOTHING, "签名的静态应用数据",     "signed static application data")          \
    ROW(0x94,   EMV_BYTES,    EMV_SHOW_ALL,     "应用文件定位器",         "application file locator")                \
    ROW(0x95,   EMV_BYTES,    EMV_SHOW_ALL,     "终端验证结果",           "terminal verification results")           \
    ROW(0x97,   EMV_BYTES,    EMV_SHOW_ALL,     "交易证书数据对象列表",   "transaction certificate data object list") \
    ROW(0x98,   EMV_BYTES,    EMV_SHOW_ALL,     "交易证书哈希值",         "transaction certificate hash value")      \
    ROW(0x99,   EMV_BYTES,    EMV_SHOW_NOTHING, "交易PIN数据",            "transaction PIN data")                    \
    ROW(0x9A,   EMV_DIGITS,   EMV_SHOW_ALL,     "交易日期",               "transaction date")                        \
    ROW(0x9B,   EMV_BYTES,    EMV_SHOW_ALL,     "交易状态信息",           "transaction status information")          \
    ROW(0x9C,   EMV_DIGITS,   EMV_SHOW_ALL,     "交易类型",               "transaction type")                        \
    ROW(0x9D,   EMV_BYTES,    EMV_SHOW_ALL,     "目录数据文件名称",       "directory definition file name")          \
    ROW(0xA5,   EMV_TEMPLATE, EMV_SHOW_ALL,     "文件控制信息专用模板",   "file control information proprietary template") \
    ROW(0x5F20, EMV_TEXT,     EMV_SHOW_NOTHING, "持卡人姓名",             "cardholder name")                         \
    ROW(0x5F24, EMV_DIGITS,   EMV_SHOW_NOTHING, "应用失效日期",           "application expiration date")             \
    ROW(0x5F25, EMV_DIGITS,   EMV_SHOW_ALL,     "应用生效日期",           "application effective date")              \
    ROW(0x5F28, EMV_DIGITS,   EMV_SHOW_ALL,     "发卡行国家代码",         "issuer country code")                     \
    ROW(0x5F2A, EMV_DIGITS,   EMV_SHOW_ALL,     "交易货币代码",           "transaction currency code")               \
    ROW(0x5F2D, EMV_TEXT,     EMV_SHOW_ALL,     "首选语言",               "language preference")                     \
    ROW(0x5F30, EMV_DIGITS,   EMV_SHOW_NOTHING, "服务码",                 "service code")                            \
    ROW(0x5F34, EMV_DIGITS,   EMV_SHOW_ALL,     "应用主账号序列号",       "application PAN sequence number")         \
    ROW(0x5F36, EMV_DIGITS,   EMV_SHOW_ALL,     "交易货币指数",           "transaction currency exponent")           \
    ROW(0x9F01, EMV_DIGITS,   EMV_SHOW_ALL,     "收单行标识",             "acquirer identifier")                     \
    ROW(0x9F02, EMV_DIGITS,   EMV_SHOW_ALL,     "授权金额",               "amount, authorised")                      \
    ROW(0x9F03, EMV_DIGITS,   EMV_SHOW_ALL,     "其它金额",               "amount, other")                           \
    ROW(0x9F04, EMV_BYTES,    EMV_SHOW_ALL,     "其它金额(二进制)",       "amount, other (binary)")                  \
    ROW(0x9F05, EMV_BYTES,    EMV_SHOW_NOTHING, "应用自定义数据",         "application discretionary data")          \
    ROW(0x9F06, EMV_BYTES,    EMV_SHOW_ALL,     "应用标识符(终端)",       "application identifier (terminal)")       \
    ROW(0x9F07, EMV_BYTES,    EMV_SHOW_ALL,     "应用用途控制",           "application usage control")               \
    ROW(0x9F08, EMV_BYTES,    EMV_SHOW_ALL,     "应用版本号(卡片)",       "application version number (card)")       \
    ROW(0x9F09, EMV_BYTES,    EMV_SHOW_ALL,     "应用版本号(终端)",       "application version number (terminal)")   \
    ROW(0x9F0B, EMV_TEXT,     EMV_SHOW_NOTHING, "持卡人姓名扩展",         "cardholder name extended")                \
    ROW(0x9F0D, EMV_BYTES,    EMV_SHOW_ALL,     "发卡行行为代码-缺省",    "issuer action code, default")             \
    ROW(0x9F0E, EMV_BYTES,    EMV_SHOW_ALL,     "发卡行行为代码-拒绝",    "issuer action code, denial")              \
    ROW(0x9F0F, EMV_BYTES,    EMV_SHOW_ALL,     "发卡行行为代码-联机",    "issuer action code, online")              \
    ROW(0x9F10, EMV_BYTES,    EMV_SHOW_ALL,     "发卡行应用数据",         "issuer application data")                 \
    ROW(0x9F11, EMV_DIGITS,   EMV_SHOW_ALL,     "发卡行代码表索引",       "issuer code table index")                 \
    ROW(0x9F12, EMV_TEXT,     EMV_SHOW_ALL,     "应用首选名称",           "application preferred name")              \
    ROW(0x9F13, EMV_BYTES,    EMV_SHOW_ALL,     "上次联机ATC寄存器",      "last online application transaction counter") \
    ROW(0x9F14, EMV_BYTES,    EMV_SHOW_ALL,     "连续脱机交易下限",       "lower consecutive offline limit")         \
    ROW(0x9F15, EMV_DIGITS,   EMV_SHOW_ALL,     "商户类别码",             "merchant category code")                  \
    ROW(0x9F16, EMV_TEXT,     EMV_SHOW_ALL,     "商户标识",               "merchant identifier")                     \
    ROW(0x9F17, EMV_BYTES,    EMV_SHOW_ALL,     "PIN尝试计数器",          "PIN try counter")                         \
    ROW(0x9F18, EMV_BYTES,    EMV_SHOW_ALL,     "发卡行脚本标识符",       "issuer script identifier")                \
    ROW(0x9F1A, EMV_DIGITS,   EMV_SHOW_ALL,     "终端国家代码",           "terminal country code")                   \
    ROW(0x9F1B, EMV_BYTES,    EMV_SHOW_ALL,     "终端最低限额",           "terminal floor limit")                    \
    ROW(0x9F1C, EMV_TEXT,     EMV_SHOW_ALL,     "终端标识",               "terminal identification")                 \
    ROW(0x9F1D, EMV_BYTES,    EMV_SHOW_ALL,     "终端风险管理数据",       "terminal risk management data")           \
    ROW(0x9F1E, EMV_TEXT,     EMV_SHOW_ALL,     "接口设备序列号",         "interface device serial number")          \
    ROW(0x9F1F, EMV_BYTES,    EMV_SHOW_NOTHING, "第一磁道自定义数据",     "track 1 discretionary data")              \
    ROW(0x9F20, EMV_BYTES,    EMV_SHOW_NOTHING, "第二磁道自定义数据",     "track 2 discretionary data")              \
    ROW(0x9F21, EMV_DIGITS,   EMV_SHOW_ALL,     "交易时间",               "transaction time")                        \
    ROW(0x9F22, EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥索引(终端)",       "certification authority public key index (terminal)") \
    ROW(0x9F23, EMV_BYTES,    EMV_SHOW_ALL,     "连续脱机交易上限",       "upper consecutive offline limit")         \
    ROW(0x9F26, EMV_BYTES,    EMV_SHOW_ALL,     "应用密文",               "application cryptogram")                  \
    ROW(0x9F27, EMV_BYTES,    EMV_SHOW_ALL,     "密文信息数据",           "cryptogram information data")             \
    ROW(0x9F2D, EMV_BYTES,    EMV_SHOW_NOTHING, "IC卡PIN加密公钥证书",    "ICC PIN encipherment public key certificate") \
    ROW(0x9F32, EMV_BYTES,    EMV_SHOW_ALL,     "发卡行公钥指数",         "issuer public key exponent")              \
    ROW(0x9F33, EMV_BYTES,    EMV_SHOW_ALL,     "终端性能",               "terminal capabilities")                   \
    ROW(0x9F34, EMV_BYTES,    EMV_SHOW_ALL,     "持卡人验证方法结果",     "cardholder verification method results")  \
    ROW(0x9F35, EMV_DIGITS,   EMV_SHOW_ALL,     "终端类型",               "terminal type")                           \
    ROW(0x9F36, EMV_BYTES,    EMV_SHOW_ALL,     "应用交易计数器",         "application transaction counter")         \
    ROW(0x9F37, EMV_BYTES,    EMV_SHOW_ALL,     "不可预知数",             "unpredictable number")                    \
    ROW(0x9F38, EMV_BYTES,    EMV_SHOW_ALL,     "处理选项数据对象列表",   "processing options data object list")     \
    ROW(0x9F39, EMV_DIGITS,   EMV_SHOW_ALL,     "POS输入方式",            "point-of-service entry mode")             \
    ROW(0x9F40, EMV_BYTES,    EMV_SHOW_ALL,     "终端附加性能",           "additional terminal capabilities")        \
    ROW(0x9F41, EMV_DIGITS,   EMV_SHOW_ALL,     "交易序列计数器",         "transaction sequence counter")            \
    ROW(0x9F42, EMV_DIGITS,   EMV_SHOW_ALL,     "应用货币代码",           "application currency code")               \
    ROW(0x9F44, EMV_DIGITS,   EMV_SHOW_ALL,     "应用货币指数",           "application currency exponent")           \
    ROW(0x9F45, EMV_BYTES,    EMV_SHOW_ALL,     "数据认证码",             "data authentication code")                \
    ROW(0x9F46, EMV_BYTES,    EMV_SHOW_NOTHING, "IC卡公钥证书",           "ICC public key certificate")              \
    ROW(0x9F47, EMV_BYTES,    EMV_SHOW_ALL,     "IC卡公钥指数",           "ICC public key exponent")                 \
    ROW(0x9F48, EMV_BYTES,    EMV_SHOW_NOTHING, "IC卡公钥余项",           "ICC public key remainder")                \
    ROW(0x9F49, EMV_BYTES,    EMV_SHOW_ALL,     "动态数据认证数据对象列表", "dynamic data authentication data object list") \
    ROW(0x9F4A, EMV_BYTES,    EMV_SHOW_ALL,     "静态数据认证标签列表",   "static data authentication tag list")     \
    ROW(0x9F4B, EMV_BYTES,    EMV_SHOW_NOTHING, "签名的动态应用数据",     "signed dynamic application data")         \
    ROW(0x9F4C, EMV_BYTES,    EMV_SHOW_ALL,     "IC卡动态数",             "ICC dynamic number")                      \
    ROW(0x9F4D, EMV_BYTES,    EMV_SHOW_ALL,     "日志入口",               "log entry")                               \
    ROW(0x9F4E, EMV_TEXT,     EMV_SHOW_ALL,     "商户名称和位置",         "merchant name and location")              \
    ROW(0x9F4F, EMV_BYTES,    EMV_SHOW_ALL,     "日志格式",               "log format")                              \
    ROW(0x9F51, EMV_DIGITS,   EMV_SHOW_ALL,     "应用货币代码(PBOC)",     "application currency code (PBOC)")        \
    ROW(0x9F53, EMV_BYTES,    EMV_SHOW_ALL,     "连续脱机交易限制数(国际)", "consecutive offline limit, international") \
    ROW(0x9F54, EMV_DIGITS,   EMV_SHOW_ALL,     "累计脱机交易金额限制数", "cumulative offline amount limit")         \
    ROW(0x9F5D, EMV_DIGITS,   EMV_SHOW_NOTHING, "可用脱机消费金额",       "available offline spending amount")       \
    ROW(0x9F61, EMV_TEXT,     EMV_SHOW_NOTHING, "持卡人证件号",           "cardholder identity number")              \
    ROW(0x9F62, EMV_BYTES,    EMV_SHOW_ALL,     "持卡人证件类型",         "cardholder identity document type")       \
    ROW(0x9F63, EMV_BYTES,    EMV_SHOW_ALL,     "卡产品标识信息",         "card product identification")             \
    ROW(0x9F66, EMV_BYTES,    EMV_SHOW_ALL,     "终端交易属性",           "terminal transaction qualifiers")         \
    ROW(0x9F6C, EMV_BYTES,    EMV_SHOW_ALL,     "卡片交易属性",           "card transaction qualifiers")             \
    ROW(0x9F6D, EMV_DIGITS,   EMV_SHOW_NOTHING, "电子现金重置阈值",       "electronic cash reset threshold")         \
    ROW(0x9F74, EMV_TEXT,     EMV_SHOW_ALL,     "电子现金发卡行授权码",   "electronic cash issuer authorisation code") \
    ROW(0x9F77, EMV_DIGITS,   EMV_SHOW_NOTHING, "电子现金余额上限",       "electronic cash balance limit")           \
    ROW(0x9F78, EMV_DIGITS,   EMV_SHOW_NOTHING, "电子现金单笔交易限额",   "electronic cash single transaction limit") \
    ROW(0x9F79, EMV_DIGITS,   EMV_SHOW_NOTHING, "电子现金余额",           "electronic cash balance")                 \
    ROW(0x9F7A, EMV_BYTES,    EMV_SHOW_ALL,     "电子现金终端支持指示器", "electronic cash terminal support indicator") \
    ROW(0x9F7B, EMV_DIGITS,   EMV_SHOW_ALL,     "电子现金终端交易限额",   "electronic cash terminal transaction limit") \
    ROW(0xBF0C, EMV_TEMPLATE, EMV_SHOW_ALL,     "发卡行自定义数据",       "file control information issuer discretionary data") \
    ROW(0xDF01, EMV_BYTES,    EMV_SHOW_ALL,     "应用选择指示符", "application selection indicator") \
    ROW(0xDF02, EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥模", "CA public key modulus") \
    ROW(0xDF03, EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥校验值", "CA public key check sum") \
    ROW(0xDF04, EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥指数", "CA public key exponent") \
    ROW(0xDF05, EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥有效期", "CA public key expiry date") \
    ROW(0xDF06, EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥哈希算法标识", "CA public key hash algorithm") \
    ROW(0xDF07, EMV_BYTES,    EMV_SHOW_ALL,     "CA公钥算法标识", "CA public key algorithm") \
    ROW(0xDF11, EMV_BYTES,    EMV_SHOW_ALL,     "TAC-缺省", "terminal action code, default") \
    ROW(0xDF12, EMV_BYTES,    EMV_SHOW_ALL,     "TAC-联机", "terminal action code, online") \
    ROW(0xDF13, EMV_BYTES,    EMV_SHOW_ALL,     "TAC-拒绝", "terminal action code, denial") \
    ROW(0xDF14, EMV_BYTES,    EMV_SHOW_ALL,     "缺省DDOL", "default DDOL") \
    ROW(0xDF15, EMV_BYTES,    EMV_SHOW_ALL,     "偏置随机选择的阈值", "threshold for biased random selection") \
    ROW(0xDF16, EMV_DIGITS,   EMV_SHOW_ALL,     "偏置随机选择的最大目标百分数", "maximum target percentage") \
    ROW(0xDF17, EMV_DIGITS,   EMV_SHOW_ALL,     "随机选择的目标百分数", "target percentage") \
    ROW(0xDF18, EMV_BYTES,    EMV_SHOW_ALL,     "终端联机PIN支持能力", "online PIN supported") \
    ROW(0xDF19, EMV_DIGITS,   EMV_SHOW_ALL,     "非接触脱机最低限额", "contactless floor limit") \
    ROW(0xDF20, EMV_DIGITS,   EMV_SHOW_ALL,     "非接触交易限额", "contactless transaction limit") \
    ROW(0xDF21, EMV_DIGITS,   EMV_SHOW_ALL,     "非接触CVM限额", "contactless CVM limit") \
    ROW(0xDF31, EMV_BYTES,    EMV_SHOW_ALL,     "发卡行脚本结果",         "issuer script results")                   \
    ROW(0xDF32, EMV_BYTES,    EMV_SHOW_ALL,     "芯片序列号",             "chip serial number")                      \
    ROW(0xDF33, EMV_BYTES,    EMV_SHOW_NOTHING, "过程密钥数据",           "session key data")                        \
    ROW(0xDF34, EMV_BYTES,    EMV_SHOW_ALL,     "终端读取时间",           "terminal reading time")                   \
    ROW(0xFF00, EMV_TEXT,     EMV_SHOW_ALL,     "商户名称",               "merchant name")                           \
    ROW(0xFF01, EMV_TEXT,     EMV_SHOW_ALL,     "交易类型",               "transaction type")                        \
    ROW(0xFF02, EMV_DIGITS,   EMV_SHOW_ALL,     "操作员号",               "operator")                                \
    ROW(0xFF03, EMV_TEXT,     EMV_SHOW_ALL,     "收单机构",               "acquirer")                                \
    ROW(0xFF04, EMV_TEXT,     EMV_SHOW_ALL,     "发卡机构",               "issuer")                                  \
    ROW(0xFF05, EMV_DIGITS,   EMV_SHOW_NOTHING, "有效期",                 "expiry date")                             \
    ROW(0xFF06, EMV_DIGITS,   EMV_SHOW_ALL,     "日期时间",               "date and time")                           \
    ROW(0xFF07, EMV_DIGITS,   EMV_SHOW_ALL,     "授权码",                 "authorisation code") \
    ROW(0xFF08, EMV_DIGITS,   EMV_SHOW_ALL,     "小费金额", "tip amount") \
    ROW(0xFF09, EMV_TEXT,     EMV_SHOW_ALL,     "卡组织", "card scheme") \
    ROW(0xFF0A, EMV_TEXT,     EMV_SHOW_ALL,     "交易币种", "currency") \
    ROW(0xFF0B, EMV_DIGITS,   EMV_SHOW_NOTHING, "持卡人手机号", "cardholder phone number") \
    ROW(0xFF22, EMV_BYTES,    EMV_SHOW_ALL,     "应用标识", "application identifier") \
    ROW(0xFF23, EMV_BYTES,    EMV_SHOW_ALL,     "应用密文", "application cryptogram or certificate") \
    ROW(0xFF24, EMV_DIGITS,   EMV_SHOW_NOTHING, "充值后卡片余额", "balance after top-up") \
    ROW(0xFF25, EMV_DIGITS,   EMV_SHOW_PAN,     "转入卡卡号", "number of the card to be topped up") \
    ROW(0xFF26, EMV_BYTES,    EMV_SHOW_ALL,     "不可预知数", "unpredictable number") \
    ROW(0xFF27, EMV_BYTES,    EMV_SHOW_ALL,     "应用交互特征", "application interchange profile") \
    ROW(0xFF28, EMV_BYTES,    EMV_SHOW_ALL,     "终端验证结果", "terminal verification results") \
    ROW(0xFF29, EMV_BYTES,    EMV_SHOW_ALL,     "交易状态信息", "transaction status information") \
    ROW(0xFF2A, EMV_BYTES,    EMV_SHOW_ALL,     "应用交易计数器", "application transaction counter") \
    ROW(0xFF2B, EMV_BYTES,    EMV_SHOW_ALL,     "发卡应用数据", "issuer application data") \
    ROW(0xFF30, EMV_TEXT,     EMV_SHOW_ALL,     "应用标签", "application label") \
    ROW(0xFF31, EMV_TEXT,     EMV_SHOW_ALL,     "应用首选名称", "application preferred name") \
    ROW(0xFF40, EMV_TEXT,     EMV_SHOW_ALL,     "备注信息", "remarks") \
    ROW(0xFF49, EMV_DIGITS,   EMV_SHOW_ALL,     "承兑金额", "approved amount") \
    ROW(0xFF4A, EMV_DIGITS,   EMV_SHOW_NOTHING, "可用余额", "available balance") \
    ROW(0xFF4B, EMV_TEXT,     EMV_SHOW_NOTHING, "手机号码", "phone number") \
    ROW(0xFF60, EMV_DIGITS,   EMV_SHOW_ALL,     "原凭证号", "original voucher number") \
    ROW(0xFF61, EMV_DIGITS,   EMV_SHOW_ALL,     "原批次号", "original batch number") \
    ROW(0xFF62, EMV_TEXT,     EMV_SHOW_ALL,     "原参考号", "original reference number") \
    ROW(0xFF63, EMV_DIGITS,   EMV_SHOW_ALL,     "原交易日期", "original date") \
    ROW(0xFF64, EMV_TEXT,     EMV_SHOW_ALL,     "原授权码", "original authorisation code") \
    ROW(0xFF65, EMV_TEXT,     EMV_SHOW_ALL,     "原终端号", "original terminal") \
    ROW(0xFF70, EMV_DIGITS,   EMV_SHOW_ALL,     "打印张数", "copies printed")
/* clang-format on */

/*
 * tag, byte (from 0), mask, bits, zh, en. Rows of a tag stand together; zero flags carry no row.
 * EMV 4.3 Book 3, Annex C1 (AIP), C2 (AUC), C3 (CVM), C5 (TVR), C6 (TSI); Book 4, Annex A1 to A4
 * (terminal type, capabilities, CVM results). JR/T 0025.5 (9F10, 9F66, 9F6C of UnionPay cards).
 */
/* clang-format off */
#define EMV_BIT_TABLE(ROW)                                                                         \
    ROW(0x82,   0, 0x40, 0x40, "支持静态数据认证(SDA)",            "SDA supported")                                   \
    ROW(0x82,   0, 0x20, 0x20, "支持动态数据认证(DDA)",            "DDA supported")                                   \
    ROW(0x82,   0, 0x10, 0x10, "支持持卡人验证",                   "cardholder verification is supported")            \
    ROW(0x82,   0, 0x08, 0x08, "执行终端风险管理",                 "terminal risk management is to be performed")     \
    ROW(0x82,   0, 0x04, 0x04, "支持发卡行认证",                   "issuer authentication is supported")              \
    ROW(0x82,   0, 0x01, 0x01, "支持复合动态数据认证(CDA)",        "CDA supported")                                   \
    ROW(0x95,   0, 0x80, 0x80, "未进行脱机数据认证",               "offline data authentication was not performed")   \
    ROW(0x95,   0, 0x40, 0x40, "脱机静态数据认证失败",             "SDA failed")                                      \
    ROW(0x95,   0, 0x20, 0x20, "IC卡数据缺失",                     "ICC data missing")                                \
    ROW(0x95,   0, 0x10, 0x10, "卡片出现在终端异常文件中",         "card appears on terminal exception file")         \
    ROW(0x95,   0, 0x08, 0x08, "脱机动态数据认证失败",             "DDA failed")                                      \
    ROW(0x95,   0, 0x04, 0x04, "复合动态数据认证失败",             "CDA failed")                                      \
    ROW(0x95,   0, 0x02, 0x02, "选择了静态数据认证",               "SDA selected")                                    \
    ROW(0x95,   1, 0x80, 0x80, "IC卡和终端应用版本不一致",         "ICC and terminal have different application versions") \
    ROW(0x95,   1, 0x40, 0x40, "应用已过期",                       "expired application")                             \
    ROW(0x95,   1, 0x20, 0x20, "应用尚未生效",                     "application not yet effective")                   \
    ROW(0x95,   1, 0x10, 0x10, "卡片不允许所请求的服务",           "requested service not allowed for card product")  \
    ROW(0x95,   1, 0x08, 0x08, "新卡",                             "new card")                                        \
    ROW(0x95,   2, 0x80, 0x80, "持卡人验证未成功",                 "cardholder verification was not successful")      \
    ROW(0x95,   2, 0x40, 0x40, "未知的持卡人验证方法",             "unrecognised CVM")                                \
    ROW(0x95,   2, 0x20, 0x20, "PIN重试次数超限",                  "PIN try limit exceeded")                          \
    ROW(0x95,   2, 0x10, 0x10, "要求输入PIN但密码键盘不存在或故障", "PIN entry required and PIN pad not present or not working") \
    ROW(0x95,   2, 0x08, 0x08, "要求输入PIN但未输入",              "PIN entry required, PIN pad present, but PIN was not entered") \
    ROW(0x95,   2, 0x04, 0x04, "输入了联机PIN",                    "online PIN entered")                              \
    ROW(0x95,   3, 0x80, 0x80, "交易金额超过最低限额",             "transaction exceeds floor limit")                 \
    ROW(0x95,   3, 0x40, 0x40, "超过连续脱机交易下限",             "lower consecutive offline limit exceeded")        \
    ROW(0x95,   3, 0x20, 0x20, "超过连续脱机交易上限",             "upper consecutive offline limit exceeded")        \
    ROW(0x95,   3, 0x10, 0x10, "被随机选择联机处理",               "transaction selected randomly for online processing") \
    ROW(0x95,   3, 0x08, 0x08, "商户要求联机交易",                 "merchant forced transaction online")              \
    ROW(0x95,   4, 0x80, 0x80, "使用缺省TDOL",                     "default TDOL used")                               \
    ROW(0x95,   4, 0x40, 0x40, "发卡行认证失败",                   "issuer authentication failed")                    \
    ROW(0x95,   4, 0x20, 0x20, "最后一次生成应用密文前脚本失败",   "script processing failed before final GENERATE AC") \
    ROW(0x95,   4, 0x10, 0x10, "最后一次生成应用密文后脚本失败",   "script processing failed after final GENERATE AC") \
    ROW(0x9B,   0, 0x80, 0x80, "已进行脱机数据认证",               "offline data authentication was performed")       \
    ROW(0x9B,   0, 0x40, 0x40, "已进行持卡人验证",                 "cardholder verification was performed")           \
    ROW(0x9B,   0, 0x20, 0x20, "已进行卡片风险管理",               "card risk management was performed")              \
    ROW(0x9B,   0, 0x10, 0x10, "已进行发卡行认证",                 "issuer authentication was performed")             \
    ROW(0x9B,   0, 0x08, 0x08, "已进行终端风险管理",               "terminal risk management was performed")          \
    ROW(0x9B,   0, 0x04, 0x04, "已进行脚本处理",                   "script processing was performed")                 \
    ROW(0x9C,   0, 0xFF, 0x00, "消费",                             "purchase")                                        \
    ROW(0x9C,   0, 0xFF, 0x01, "取现",                             "cash")                                            \
    ROW(0x9C,   0, 0xFF, 0x09, "带返现消费",                       "purchase with cashback")                          \
    ROW(0x9C,   0, 0xFF, 0x20, "退货",                             "refund")                                          \
    ROW(0x9C,   0, 0xFF, 0x31, "余额查询",                         "balance inquiry")                                 \
    ROW(0x9F07, 0, 0x80, 0x80, "国内现金交易有效",                 "valid for domestic cash transactions")            \
    ROW(0x9F07, 0, 0x40, 0x40, "国际现金交易有效",                 "valid for international cash transactions")       \
    ROW(0x9F07, 0, 0x20, 0x20, "国内商品有效",                     "valid for domestic goods")                        \
    ROW(0x9F07, 0, 0x10, 0x10, "国际商品有效",                     "valid for international goods")                   \
    ROW(0x9F07, 0, 0x08, 0x08, "国内服务有效",                     "valid for domestic services")                     \
    ROW(0x9F07, 0, 0x04, 0x04, "国际服务有效",                     "valid for international services")                \
    ROW(0x9F07, 0, 0x02, 0x02, "ATM有效",                          "valid at ATMs")                                   \
    ROW(0x9F07, 0, 0x01, 0x01, "除ATM外的终端有效",                "valid at terminals other than ATMs")              \
    ROW(0x9F07, 1, 0x80, 0x80, "允许国内返现",                     "domestic cashback allowed")                       \
    ROW(0x9F07, 1, 0x40, 0x40, "允许国际返现",                     "international cashback allowed")                  \
    ROW(0x9F27, 0, 0xC0, 0x00, "应用认证密文(拒绝)",               "AAC: declined")                                   \
    ROW(0x9F27, 0, 0xC0, 0x40, "交易证书(脱机批准)",               "TC: approved")                                    \
    ROW(0x9F27, 0, 0xC0, 0x80, "授权请求密文(请求联机)",           "ARQC: online authorisation requested")            \
    ROW(0x9F27, 0, 0x08, 0x08, "需要通知",                         "advice required")                                 \
    ROW(0x9F27, 0, 0x07, 0x01, "不允许服务",                       "service not allowed")                             \
    ROW(0x9F27, 0, 0x07, 0x02, "PIN重试次数超限",                  "PIN try limit exceeded")                          \
    ROW(0x9F27, 0, 0x07, 0x03, "发卡行认证失败",                   "issuer authentication failed")                    \
    ROW(0x9F33, 0, 0x80, 0x80, "手工键盘输入",                     "manual key entry")                                \
    ROW(0x9F33, 0, 0x40, 0x40, "磁条",                             "magnetic stripe")                                 \
    ROW(0x9F33, 0, 0x20, 0x20, "接触式IC卡",                       "IC with contacts")                                \
    ROW(0x9F33, 1, 0x80, 0x80, "IC卡明文PIN验证",                  "plaintext PIN for ICC verification")              \
    ROW(0x9F33, 1, 0x40, 0x40, "加密PIN联机验证",                  "enciphered PIN for online verification")          \
    ROW(0x9F33, 1, 0x20, 0x20, "签名(纸)",                         "signature (paper)")                               \
    ROW(0x9F33, 1, 0x10, 0x10, "加密PIN脱机验证",                  "enciphered PIN for offline verification")         \
    ROW(0x9F33, 1, 0x08, 0x08, "无需CVM",                          "no CVM required")                                 \
    ROW(0x9F33, 1, 0x01, 0x01, "持卡人证件验证",                   "cardholder identity document check (PBOC)")       \
    ROW(0x9F33, 2, 0x80, 0x80, "静态数据认证(SDA)",                "SDA")                                             \
    ROW(0x9F33, 2, 0x40, 0x40, "动态数据认证(DDA)",                "DDA")                                             \
    ROW(0x9F33, 2, 0x20, 0x20, "吞卡",                             "card capture")                                    \
    ROW(0x9F33, 2, 0x08, 0x08, "复合动态数据认证(CDA)",            "CDA")                                             \
    ROW(0x9F34, 0, 0x3F, 0x00, "CVM失败",                          "fail CVM processing")                             \
    ROW(0x9F34, 0, 0x3F, 0x01, "卡片执行明文PIN核对",              "plaintext PIN verification performed by ICC")     \
    ROW(0x9F34, 0, 0x3F, 0x02, "联机加密PIN验证",                  "enciphered PIN verified online")                  \
    ROW(0x9F34, 0, 0x3F, 0x03, "卡片执行明文PIN核对和签名",        "plaintext PIN verification by ICC and signature") \
    ROW(0x9F34, 0, 0x3F, 0x04, "卡片执行加密PIN核对",              "enciphered PIN verification performed by ICC")    \
    ROW(0x9F34, 0, 0x3F, 0x05, "卡片执行加密PIN核对和签名",        "enciphered PIN verification by ICC and signature") \
    ROW(0x9F34, 0, 0x3F, 0x1E, "签名",                             "signature")                                       \
    ROW(0x9F34, 0, 0x3F, 0x1F, "无需CVM",                          "no CVM required")                                 \
    ROW(0x9F34, 0, 0x3F, 0x20, "持卡人证件出示",                   "cardholder identity document presented (PBOC)")   \
    ROW(0x9F34, 0, 0x3F, 0x3F, "未执行CVM",                        "no CVM performed")                                \
    ROW(0x9F34, 0, 0x40, 0x40, "失败则应用后续CVM",                "apply succeeding CVM if this one is unsuccessful") \
    ROW(0x9F34, 1, 0xFF, 0x00, "条件: 总是",                       "condition: always")                               \
    ROW(0x9F34, 1, 0xFF, 0x01, "条件: 无人值守现金",               "condition: unattended cash")                      \
    ROW(0x9F34, 1, 0xFF, 0x02, "条件: 非现金、非返现",             "condition: not cash and not cashback")            \
    ROW(0x9F34, 1, 0xFF, 0x03, "条件: 终端支持该CVM",              "condition: terminal supports the CVM")            \
    ROW(0x9F34, 1, 0xFF, 0x04, "条件: 人工现金",                   "condition: manual cash")                          \
    ROW(0x9F34, 1, 0xFF, 0x05, "条件: 返现消费",                   "condition: purchase with cashback")               \
    ROW(0x9F34, 1, 0xFF, 0x06, "条件: 应用货币且低于X",            "condition: application currency and under X")     \
    ROW(0x9F34, 1, 0xFF, 0x07, "条件: 应用货币且高于X",            "condition: application currency and over X")      \
    ROW(0x9F34, 1, 0xFF, 0x08, "条件: 应用货币且低于Y",            "condition: application currency and under Y")     \
    ROW(0x9F34, 1, 0xFF, 0x09, "条件: 应用货币且高于Y",            "condition: application currency and over Y")      \
    ROW(0x9F34, 2, 0xFF, 0x00, "结果: 未知",                       "result: unknown")                                 \
    ROW(0x9F34, 2, 0xFF, 0x01, "结果: 失败",                       "result: failed")                                  \
    ROW(0x9F34, 2, 0xFF, 0x02, "结果: 成功",                       "result: successful")                              \
    ROW(0x9F35, 0, 0xFF, 0x11, "金融机构，有人值守，仅联机",       "financial institution, attended, online only")    \
    ROW(0x9F35, 0, 0xFF, 0x12, "金融机构，有人值守，可脱机联机",   "financial institution, attended, offline with online capability") \
    ROW(0x9F35, 0, 0xFF, 0x13, "金融机构，有人值守，仅脱机",       "financial institution, attended, offline only")   \
    ROW(0x9F35, 0, 0xFF, 0x14, "金融机构，无人值守，仅联机",       "financial institution, unattended, online only")  \
    ROW(0x9F35, 0, 0xFF, 0x15, "金融机构，无人值守，可脱机联机",   "financial institution, unattended, offline with online capability") \
    ROW(0x9F35, 0, 0xFF, 0x16, "金融机构，无人值守，仅脱机",       "financial institution, unattended, offline only") \
    ROW(0x9F35, 0, 0xFF, 0x21, "商户，有人值守，仅联机",           "merchant, attended, online only")                 \
    ROW(0x9F35, 0, 0xFF, 0x22, "商户，有人值守，可脱机联机",       "merchant, attended, offline with online capability") \
    ROW(0x9F35, 0, 0xFF, 0x23, "商户，有人值守，仅脱机",           "merchant, attended, offline only")                \
    ROW(0x9F35, 0, 0xFF, 0x24, "商户，无人值守，仅联机",           "merchant, unattended, online only")               \
    ROW(0x9F35, 0, 0xFF, 0x25, "商户，无人值守，可脱机联机",       "merchant, unattended, offline with online capability") \
    ROW(0x9F35, 0, 0xFF, 0x26, "商户，无人值守，仅脱机",           "merchant, unattended, offline only")              \
    ROW(0x9F40, 0, 0x80, 0x80, "现金",                             "cash")                                            \
    ROW(0x9F40, 0, 0x40, 0x40, "商品",                             "goods")                                           \
    ROW(0x9F40, 0, 0x20, 0x20, "服务",                             "services")                                        \
    ROW(0x9F40, 0, 0x10, 0x10, "返现",                             "cashback")                                        \
    ROW(0x9F40, 0, 0x08, 0x08, "查询",                             "inquiry")                                         \
    ROW(0x9F40, 0, 0x04, 0x04, "转账",                             "transfer")                                        \
    ROW(0x9F40, 0, 0x02, 0x02, "付款",                             "payment")                                         \
    ROW(0x9F40, 0, 0x01, 0x01, "管理",                             "administrative")                                  \
    ROW(0x9F40, 1, 0x80, 0x80, "存款",                             "cash deposit")                                    \
    ROW(0x9F40, 2, 0x80, 0x80, "数字键",                           "numeric keys")                                    \
    ROW(0x9F40, 2, 0x40, 0x40, "字母和特殊字符键",                 "alphabetic and special character keys")           \
    ROW(0x9F40, 2, 0x20, 0x20, "命令键",                           "command keys")                                    \
    ROW(0x9F40, 2, 0x10, 0x10, "功能键",                           "function keys")                                   \
    ROW(0x9F40, 3, 0x80, 0x80, "打印，服务员",                     "print, attendant")                                \
    ROW(0x9F40, 3, 0x40, 0x40, "打印，持卡人",                     "print, cardholder")                               \
    ROW(0x9F40, 3, 0x20, 0x20, "显示，服务员",                     "display, attendant")                              \
    ROW(0x9F40, 3, 0x10, 0x10, "显示，持卡人",                     "display, cardholder")                             \
    ROW(0x9F40, 3, 0x02, 0x02, "代码表10",                         "code table 10")                                   \
    ROW(0x9F40, 3, 0x01, 0x01, "代码表9",                          "code table 9")                                    \
    ROW(0x9F40, 4, 0x80, 0x80, "代码表8",                          "code table 8")                                    \
    ROW(0x9F40, 4, 0x40, 0x40, "代码表7",                          "code table 7")                                    \
    ROW(0x9F40, 4, 0x20, 0x20, "代码表6",                          "code table 6")                                    \
    ROW(0x9F40, 4, 0x10, 0x10, "代码表5",                          "code table 5")                                    \
    ROW(0x9F40, 4, 0x08, 0x08, "代码表4",                          "code table 4")                                    \
    ROW(0x9F40, 4, 0x04, 0x04, "代码表3",                          "code table 3")                                    \
    ROW(0x9F40, 4, 0x02, 0x02, "代码表2",                          "code table 2")                                    \
    ROW(0x9F40, 4, 0x01, 0x01, "代码表1",                          "code table 1")                                    \
    ROW(0x9F66, 0, 0x80, 0x80, "支持非接触磁条模式",               "contactless magnetic stripe supported")           \
    ROW(0x9F66, 0, 0x40, 0x40, "支持非接触借记/贷记",              "contactless PBOC debit/credit supported")         \
    ROW(0x9F66, 0, 0x20, 0x20, "支持qPBOC",                        "qPBOC supported")                                 \
    ROW(0x9F66, 0, 0x10, 0x10, "支持接触式借记/贷记",              "contact PBOC debit/credit supported")             \
    ROW(0x9F66, 0, 0x08, 0x08, "终端仅支持脱机",                   "offline-only reader")                             \
    ROW(0x9F66, 0, 0x04, 0x04, "支持联机PIN",                      "online PIN supported")                            \
    ROW(0x9F66, 0, 0x02, 0x02, "支持签名",                         "signature supported")                             \
    ROW(0x9F66, 1, 0x80, 0x80, "需要联机密文",                     "online cryptogram required")                      \
    ROW(0x9F66, 1, 0x40, 0x40, "需要CVM",                          "CVM required")                                    \
    ROW(0x9F6C, 0, 0x80, 0x80, "需要联机PIN",                      "online PIN required")                             \
    ROW(0x9F6C, 0, 0x40, 0x40, "需要签名",                         "signature required")                              \
    ROW(0x9F6C, 0, 0x20, 0x20, "脱机数据认证失败且终端可联机时联机", "go online if offline data authentication fails") \
    ROW(0x9F6C, 0, 0x10, 0x10, "脱机数据认证失败且支持接触时终止", "switch interface if offline data authentication fails") \
    ROW(0x9F6C, 0, 0x08, 0x08, "应用过期时联机",                   "go online if application expired")                \
    ROW(0x9F6C, 1, 0x80, 0x80, "已执行消费设备持卡人验证",         "consumer device CVM performed")                   \
    ROW(0x9F10, 2, 0xFF, 0x01, "密文版本01(3DES)",                 "cryptogram version 01 (TDES)")                    \
    ROW(0x9F10, 2, 0xFF, 0x17, "密文版本17",                       "cryptogram version 17")                           \
    ROW(0x9F10, 4, 0xC0, 0x00, "第二次生成应用密文: AAC",          "second GENERATE AC: AAC")                         \
    ROW(0x9F10, 4, 0xC0, 0x40, "第二次生成应用密文: TC",           "second GENERATE AC: TC")                          \
    ROW(0x9F10, 4, 0xC0, 0x80, "未请求第二次生成应用密文",         "second GENERATE AC not requested")                \
    ROW(0x9F10, 4, 0x30, 0x00, "第一次生成应用密文: AAC",          "first GENERATE AC: AAC")                          \
    ROW(0x9F10, 4, 0x30, 0x10, "第一次生成应用密文: TC",           "first GENERATE AC: TC")                           \
    ROW(0x9F10, 4, 0x30, 0x20, "第一次生成应用密文: ARQC",         "first GENERATE AC: ARQC")                         \
    ROW(0x9F10, 4, 0x08, 0x08, "发卡行认证执行且失败",             "issuer authentication performed and failed")      \
    ROW(0x9F10, 4, 0x04, 0x04, "执行了脱机PIN验证",                "offline PIN verification performed")              \
    ROW(0x9F10, 4, 0x02, 0x02, "脱机PIN验证失败",                  "offline PIN verification failed")                 \
    ROW(0x9F10, 4, 0x01, 0x01, "不能联机",                         "unable to go online")                             \
    ROW(0x9F10, 5, 0x80, 0x80, "上次联机交易未完成",               "last online transaction not completed")           \
    ROW(0x9F10, 5, 0x40, 0x40, "PIN锁定",                          "PIN try limit exceeded")                          \
    ROW(0x9F10, 5, 0x20, 0x20, "超过频度检查次数",                 "exceeded velocity checking counters")             \
    ROW(0x9F10, 5, 0x10, 0x10, "新卡",                             "new card")                                        \
    ROW(0x9F10, 5, 0x08, 0x08, "上次联机交易发卡行认证失败",       "issuer authentication failure on last online transaction") \
    ROW(0x9F10, 5, 0x04, 0x04, "联机授权后未执行发卡行认证",       "issuer authentication not performed after online authorisation") \
    ROW(0x9F10, 5, 0x02, 0x02, "因PIN锁定而应用被锁",              "application blocked because PIN try limit exceeded") \
    ROW(0x9F10, 5, 0x01, 0x01, "上次交易静态数据认证失败",         "SDA failed on last transaction")                  \
    ROW(0x9F10, 6, 0x08, 0x08, "发卡行脚本处理失败",               "issuer script processing failed")                 \
    ROW(0x9F10, 6, 0x04, 0x04, "上次交易动态数据认证失败",         "DDA failed on last transaction")                  \
    ROW(0x9F10, 6, 0x02, 0x02, "执行了动态数据认证",               "DDA performed")                                   \
    ROW(0x9F10, 7, 0xFF, 0x01, "算法: 3DES",                       "algorithm: TDES")                                 \
    ROW(0x9F10, 7, 0xFF, 0x04, "算法: SM4",                        "algorithm: SM4")
/* clang-format on */

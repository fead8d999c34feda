/*
 * What is said of each cause, to four readers in two languages. No guard: included to make a table.
 *
 * Columns: outcome, who is told its name, then for cashier, cardholder, merchant and operator what
 * happened (zh, en) and what to do (zh, en), steps on lines of their own, the cheapest first.
 *
 * A step that leads to paying anew begins with '>': it is kept back until the money is settled. No
 * other text says so (explain_test.c looks). A cashier's line is at most 16 Chinese or 32 Latin
 * characters. NAMED_PRIVATELY keeps the name from the cardholder: it is the shop's matter, or of a
 * kind that no counter should speak out. NAMED_TO_STAFF keeps it from the cashier too (rules of
 * risk), NAMED_TO_HOLDER from the shop altogether: how the holder stands with the bank.
 */
/* clang-format off */
#ifdef TEXT_ROW
TEXT_ROW(OUTCOME_NONE, NAMED_TO_ALL,
    "处理中", "in progress", "请等待结果", "Wait for the result",
    "交易正在处理。", "The payment is being processed.", "请等待收银员告知结果。", "Please wait for the cashier to tell you the result.",
    "交易已发出，尚无结果。", "The payment was sent and has no result yet.", "等待终端显示结果。", "Wait until the terminal shows the result.",
    "尚无结论：请求在途。", "No outcome yet: the request is on its way.", "查看时间线中最后一条记录。", "Look at the last record of the time line.")

/* decided by the terminal */
TEXT_ROW(OUTCOME_TERMINAL_OPERATOR_UNKNOWN, NAMED_PRIVATELY,
    "工号或密码错误", "Wrong operator or password", ">核对工号后重试", ">Check it, then retry",
    "商户终端尚未就绪。", "The shop's terminal is not ready yet.", "请稍候。", "Please wait a moment.",
    "收银员号不存在，或其密码不对。", "The operator number is unknown, or its password is wrong.", "核对收银员号与密码。\n>重新登录后收款。\n忘记密码时由主管重置。", "Check operator number and password.\n>Log in, then take the payment again.\nThe supervisor resets a forgotten password.",
    "收银员登录失败，证据写明次数。", "Operator log-in failed; the evidence gives the tries.", "由商户主管重置；次数异常时查是否有人试密码。", "The shop's supervisor resets it; many tries mean guessing.")
TEXT_ROW(OUTCOME_TERMINAL_KEY_MISSING, NAMED_PRIVATELY,
    "终端无密钥", "Terminal has no key", "请致电收单机构", "Call the acquirer",
    "商户终端暂不能受理银行卡。", "The shop's terminal cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "终端没有主密钥，或密钥校验值不符，无法加密密码。", "The terminal has no master key, or its check value differs, so it cannot protect a PIN.", "记下屏幕上的校验值。\n致电收单机构，核对该终端的主密钥并重新灌装。\n灌装后签到。\n>签到成功后重新收款。", "Write down the check values on the screen.\nCall the acquirer to compare this terminal's master key and load it anew.\nSign in after loading.\n>Take the payment again after a good sign-in.",
    "主密钥缺失，或签到下发密钥的校验值与计算值不同。", "Master key missing, or the check value of a downloaded key is not the computed one.", "比对终端与平台两侧的主密钥校验值。\n重新下发或灌装主密钥，终端签到。", "Compare the master key's check value on both sides.\nLoad the master key anew and let the terminal sign in.")
TEXT_ROW(OUTCOME_TERMINAL_CLOCK_WRONG, NAMED_PRIVATELY,
    "终端时间不对", "Terminal's clock is wrong", ">校准时间、签到后重试", ">Set it, sign in, then retry",
    "商户终端尚未就绪。", "The shop's terminal is not ready yet.", ">请稍候，收银员签到后重试。", ">Please wait; the cashier signs in and tries again.",
    "终端与主机的时间相差过大，不受理新交易；欠下的冲正、通知和结算照常送出。", "The terminal's time and the host's differ too much. It sells nothing new; reversals, advices and settlement go on.", "校准终端的时间，再签到。\n>签到成功后重新收款。\n断电后又走错时更换时钟电池。", "Put the terminal's clock right, then sign in.\n>Take the payment again after the sign-in.\nHave the clock's battery changed if it goes wrong after each power-off.",
    "终端时间与平台时间之差超出上限，证据写明两个时间。", "Terminal and switch time differ beyond the limit; the evidence gives both.", "确认平台时钟无误。\n同一终端反复出现时换时钟电池。", "Make sure that the switch's clock is right.\nChange the battery of a terminal that repeats.")
TEXT_ROW(OUTCOME_TERMINAL_NOT_SIGNED_IN, NAMED_PRIVATELY,
    "终端未签到", "Terminal is not signed in", ">签到后重试", ">Sign in, then retry",
    "商户终端尚未就绪。", "The shop's terminal is not ready yet.", ">请稍候，收银员签到后重试。", ">Please wait; the cashier signs in and tries again.",
    "终端本批次没有有效的工作密钥。", "The terminal has no valid work keys for this batch.", "在终端上执行签到。\n签到不成功时检查网络。\n>签到成功后重新收款。", "Sign in at the terminal.\nCheck the network if that fails.\n>Take the payment again after the sign-in.",
    "无有效工作密钥：未签到、已签退，或平台要求重新签到。", "No valid work keys: never signed in, signed off, or told to sign in anew.", "查最近一次签到记录及其应答码。", "Look at the last sign-in and its response code.")
TEXT_ROW(OUTCOME_TERMINAL_MUST_SETTLE, NAMED_PRIVATELY,
    "请先结算", "Settle the batch first", ">结算后重新收款", ">Settle it, then retry",
    "商户终端须先结算当日账目。", "The shop's terminal must close its batch first.", "请稍候。", "Please wait a moment.",
    "本批次笔数已满或已过期限，须先结算。", "The batch is full or too old; it must be settled first.", "在终端上执行结算，一两分钟即可。\n>结算并签到后重新收款。", "Run the settlement at the terminal; it takes a minute or two.\n>Take the payment again after settling and signing in.",
    "批次笔数或时长达到上限，证据写明。", "The batch reached its limit of items or age; the evidence says which.", "看该终端上次结算的时间，结算失败则查其原因。", "See when it last settled; if settling fails, look why.")
TEXT_ROW(OUTCOME_TERMINAL_OFFLINE_FULL, NAMED_PRIVATELY,
    "离线交易已满", "Offline store is full", ">联网上送后再离线收款", ">Go online, then retry",
    "商户终端暂不能离线受理。", "The shop's terminal cannot take offline payments now.", ">请稍候，或改用联机付款。", ">Please wait, or pay online.",
    "终端存放的离线交易已达上限，须先上送。", "The terminal holds as many offline payments as it may; they must be delivered first.", "连接网络，终端会自动上送。\n>上送后重新操作。", "Connect the line; the terminal delivers them by itself.\n>Do it again after that.",
    "离线笔数达到上限，证据写明上限与已存笔数。", "The number of stored payments reached its limit; the evidence gives both.", "查终端为何长时间未能上送。", "See why the terminal could not deliver for so long.")
TEXT_ROW(OUTCOME_UPDATE_REJECTED, NAMED_PRIVATELY,
    "更新未通过检查", "The update was not accepted", "终端照旧使用", "The terminal works as before",
    "商户终端正在维护。", "The shop's terminal is being looked after.", "请稍候。", "Please wait a moment.",
    "终端收到的更新没有通过签名、完整性或自检，仍使用原来的版本。", "The update that came failed its signature, its digest or the self test; the version before stays in use.", "终端照常使用。\n告知收单机构，由其重新发布更新。", "Go on as before.\nTell the acquirer, who publishes it anew.",
    "证据写明哪项检查失败与版本号；终端不再取这个版本。", "The evidence names the check and the version; the terminal will not fetch that version again.", "改正后以更高的版本号重新发布。", "Correct it and publish it under a higher version.")
TEXT_ROW(OUTCOME_TERMINAL_REVERSAL_PENDING, NAMED_PRIVATELY,
    "上笔交易冲正中", "Earlier payment is in doubt", "请稍候，勿收新款", "Wait, take no payment yet",
    "商户终端正在处理上一笔交易。", "The shop's terminal is still settling an earlier payment.", "请稍候。", "Please wait a moment.",
    "上一笔交易没有确定结果，终端须先完成它的冲正，才能收新的款。", "An earlier payment has no certain result; the terminal must finish its reversal before it takes a new one.", "等待终端自动冲正，通常在一分钟内。\n检查网络连接。\n仍不成功时签到一次。\n>冲正完成后收新的款。", "Wait for the automatic reversal, usually within a minute.\nCheck the network.\nSign in once if it does not get through.\n>Take the new payment when the reversal is done.",
    "终端欠一笔冲正未获确认，故拒绝新交易。", "The terminal owes a reversal that is not confirmed, so it takes nothing new.", "按流水号查该笔及其冲正的往来。\n检查线路与 MAC 密钥。", "Find that payment and its reversals by trace number.\nCheck the line and the MAC key.")
TEXT_ROW(OUTCOME_TERMINAL_AMOUNT_INVALID, NAMED_PRIVATELY,
    "金额有误", "The amount is wrong", ">核对金额后重试", ">Check the amount and retry",
    "输入的金额有误，交易未发出。", "The amount was entered wrongly; nothing was sent.", ">请收银员核对金额后重试。", ">The cashier corrects the amount and tries again.",
    "金额为零、位数过多或超出终端上限。", "The amount is zero, has too many digits or is above the terminal's ceiling.", "核对账单金额。\n>重新输入正确的金额。", "Check the bill.\n>Enter the right amount and try again.",
    "金额未通过终端本地检查。", "The amount did not pass the terminal's own check.", "比对金额与终端上限。", "Compare the amount with the terminal's ceiling.")
TEXT_ROW(OUTCOME_TERMINAL_DEVICE_FAULT, NAMED_PRIVATELY,
    "终端设备故障", "Terminal device fault", "请报修", "Ask for repair",
    "商户终端出现故障。", "The shop's terminal has a fault.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "终端的密码键盘、读卡器、打印机或存储自检失败。", "The terminal's PIN pad, reader, printer or storage failed its self test.", "重启终端。\n检查打印纸与连接线。\n仍有故障时致电收单机构报修。\n>自检通过后重新收款。", "Restart the terminal.\nCheck paper and cables.\nCall the acquirer for repair if it stays.\n>Take the payment again once the self test passes.",
    "部件自检失败。", "A component failed its self test.", "看部件名称与最近一次正常的时间。", "See the component and when it last worked.")
TEXT_ROW(OUTCOME_TERMINAL_OUT_OF_PAPER, NAMED_TO_ALL,
    "缺纸，交易有效", "No paper; payment stands", "装纸后重打印", "Load paper and reprint",
    "付款已经完成，只是凭证没有打印出来。", "Your payment is done; only the slip was not printed.", "不必再付款，请收银员重打印凭证。", "Do not pay once more; the cashier reprints the slip.",
    "打印机缺纸，凭证未打印；这笔付款有效。", "The printer has no paper and the slip is missing; the payment stands.", "切勿再收一次款。\n装纸，按凭证号重打印。\n仍打不出时抄录参考号交给客人。", "Do not charge once more.\nLoad paper and reprint by the receipt number.\nIf it does not print, write the reference number down for the customer.",
    "凭证未能打印，交易不受影响。", "The slip could not be printed; the payment is not affected.", "按凭证号确认该笔结果并协助重打印。", "Confirm the payment by its receipt number and help to reprint it.")
TEXT_ROW(OUTCOME_TERMINAL_CANCELLED, NAMED_TO_ALL,
    "交易已取消", "Cancelled", ">需要时重新收款", ">Start again if wanted",
    "交易在发出前被取消。", "The payment was cancelled before it was sent.", ">如仍要付款，请收银员重新操作。", ">If you still want to pay, the cashier starts again.",
    "收银员或持卡人按了取消，或密码输入超时。", "Cashier or cardholder pressed cancel, or the PIN was not entered in time.", ">需要时重新收款。", ">Start the payment again if it is wanted.",
    "发出前取消；平台没有这笔交易。", "Cancelled before sending; the switch knows nothing of it.", "无需处理。", "Nothing to do.")
TEXT_ROW(OUTCOME_CARD_UNREADABLE, NAMED_TO_ALL,
    "卡片无法读取", "Card cannot be read", ">擦净重试或换卡", ">Clean it or use another card",
    "您的卡未能读出。", "Your card could not be read.", ">请擦净芯片重试，或换一张卡。\n经常如此时请到发卡银行更换。", ">Please clean the chip and try again, or use another card.\nIf it happens often, ask your bank for a new card.",
    "芯片或磁条没有可用的数据：脏污、磨损、消磁或插反。", "Chip or stripe gave no usable data: dirty, worn, demagnetised or inserted wrongly.", "确认卡的方向，擦净触点。\n>再读一次；仍不行换一张卡。\n多张卡都不行时清洁读卡器。", "Check which way round the card is and wipe its contacts.\n>Read it again; if it stays, take another card.\nClean the reader if many cards fail.",
    "读卡无有效数据。", "The reader gave no valid data.", "看失败的是哪一项检查；同一终端多发则换读卡器。", "See which check failed; if one terminal stands out, change its reader.")
TEXT_ROW(OUTCOME_CARD_NUMBER_INVALID, NAMED_TO_ALL,
    "卡号输入有误", "Card number is wrong", ">核对卡号重新输入", ">Check it and enter it again",
    "输入的卡号有误，交易未发出。", "The card number was entered wrongly; nothing was sent.", ">请收银员核对卡号后重试。", ">The cashier corrects the number and tries again.",
    "手输卡号未通过长度、数字或校验位检查。", "The keyed number failed the check of length, digits or check digit.", "从卡面逐位核对卡号，不要输入空格。\n>重新输入，或改为插卡。", "Compare the number digit by digit; leave out spaces.\n>Enter it again, or insert the card.",
    "卡号未通过本地检查，证据写明哪一项、第几位。", "The number failed a local check; the evidence says which and where.", "无需处理。", "Nothing to do.")
TEXT_ROW(OUTCOME_CARD_CHIP_REQUIRED, NAMED_TO_ALL,
    "此卡有芯片", "This card has a chip", ">请插卡", ">Insert the chip and retry",
    "您的卡带芯片，不能只刷磁条。", "Your card has a chip and cannot be swiped.", ">请插入芯片或挥卡。", ">Please insert the chip or tap, and try again.",
    "磁条的服务代码表明此卡有芯片，终端能读芯片。", "The stripe's service code says the card has a chip, and the terminal reads chips.", ">请客人插卡或挥卡。\n芯片确实读不出时，按终端提示降级。", ">Have the card inserted or tapped and try again.\nIf the chip truly fails, follow the terminal's fallback prompt.",
    "服务代码首位为 2 或 6，且非降级。", "Service code begins with 2 or 6, and it is no fallback.", "同一终端多发则检查其芯片读卡器。", "If one terminal stands out, check its chip reader.")
TEXT_ROW(OUTCOME_CARD_EXPIRED_LOCAL, NAMED_TO_ALL,
    "卡片已过有效期", "Card is past its date", ">请客人换卡", ">Ask for another card",
    "您的卡已过有效期。", "Your card is past its date.", ">请使用另一张卡。\n向发卡银行领取新卡。", ">Please use another card.\nAsk your bank for the new one.",
    "卡上的有效期早于终端日期。", "The date on the card lies before the terminal's date.", "核对终端日期是否正确，必要时签到校时。\n>请客人换一张卡。", "Check the terminal's date; a sign-in sets it.\n>Ask for another card.",
    "终端本地判定过期。", "Expired by the terminal's own date.", "比对卡有效期与终端日期。", "Compare the card's date with the terminal's.")
TEXT_ROW(OUTCOME_CARD_TYPE_UNSUPPORTED, NAMED_TO_ALL,
    "不受理此种卡", "Card type is not accepted", ">请客人换卡", ">Ask for another card",
    "此终端不受理您的这种卡。", "This terminal does not take cards of this kind.", ">请使用另一张卡。", ">Please use another card.",
    "卡与终端没有共同的应用，或卡号段不在受理范围。", "Card and terminal have no application in common, or the number range is not accepted.", ">请客人换一张卡。\n应当受理时致电收单机构更新终端参数。", ">Ask for another card.\nIf it should be accepted, ask the acquirer to update the terminal's parameters.",
    "无共同应用，或卡 BIN 不在终端受理表中。", "No common application, or the BIN is not in the terminal's list.", "查终端参数版本与 BIN 表版本。", "Check the versions of parameters and BIN table.")
TEXT_ROW(OUTCOME_CARD_DECLINED_OFFLINE, NAMED_TO_ALL,
    "卡片拒绝交易", "The card refused", ">请客人换卡", ">Ask for another card",
    "您的卡的芯片拒绝了这笔交易。", "The chip of your card refused the payment.", "如有疑问请联系发卡银行。\n>可换一张卡。", "Ask your bank if you wonder why.\n>You may use another card.",
    "卡片的芯片作出拒绝。", "The card's chip refused.", ">请客人换一张卡。", ">Ask for another card.",
    "卡片返回 AAC：首次生成时即拒绝，或未认可发卡行应答。", "The card gave an AAC: at the first cryptogram, or not accepting the issuer's answer.", "看是第一次还是第二次 GENERATE AC。\n第二次则核对发卡行认证数据（标签 91）。", "See whether it was the first or the second GENERATE AC.\nIf the second, check the issuer's authentication data (tag 91).")
TEXT_ROW(OUTCOME_LINE_ACCOUNT_EXPIRED, NAMED_PRIVATELY,
    "流量卡欠费或到期", "SIM has no service", "换网络或联系运营商", "Use Wi-Fi or call the carrier",
    "商户终端的网络已停用，交易未发出。", "The shop's line has no service; nothing was sent.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "线路本身报告无服务：流量用完、套餐到期或没有信号注册。", "The line itself reports no service: out of data, past its date, or no carrier.", "改连店内无线或有线网络。\n查流量卡余量与到期日，续费。\n重启终端使其重新注册网络。\n>连通后重新收款。", "Switch to the shop's Wi-Fi or cable.\nCheck the SIM's data and date, and renew it.\nRestart the terminal so that it registers anew.\n>Take the payment again once connected.",
    "线路状态为无服务，请求未离开终端。", "The line's state is no service; no request has left the terminal.", "查该终端流量卡的套餐与到期日，批量到期时统一续费。", "Look up the SIM's plan and date; renew all of one order together.")
TEXT_ROW(OUTCOME_LINE_UNREACHABLE, NAMED_PRIVATELY,
    "网络不通", "No connection", ">检查网络后重试", ">Check network, then retry",
    "商户终端连不上网络，交易未发出。", "The shop's terminal has no connection; nothing was sent.", ">请稍后重试；您的卡没有问题。", ">Please try again a little later; nothing is wrong with your card.",
    "主、备两个地址都连接不上。", "Neither the primary nor the backup host answers.", "检查网线、无线信号或流量卡。\n重启路由器与终端。\n仍不通时致电收单机构。\n>连通后重新收款。", "Check cable, wireless signal or SIM card.\nRestart router and terminal.\nCall the acquirer if it stays.\n>Take the payment again once connected.",
    "终端无法建立到平台的连接；请求未离开终端。", "The terminal could not connect; no request has left it.", "查该终端最近的连接记录与同区域其他终端。", "Look at its last connections and at other terminals nearby.")
TEXT_ROW(OUTCOME_LINE_WEAK, NAMED_PRIVATELY,
    "网络信号差", "The connection is poor", ">换位置后重试", ">Move closer, then retry",
    "商户终端的网络不稳定，交易未发出。", "The shop's connection is poor; nothing was sent.", ">请稍后重试；您的卡没有问题。", ">Please try again a little later; nothing is wrong with your card.",
    "能连上，但测试报文丢失或延迟超过上限。", "It connects, but test messages are lost or too slow.", "把终端移到信号好的位置，靠近窗口或路由器。\n换成有线或另一种网络。\n>信号恢复后重新收款。\n持续如此时致电收单机构更换线路。", "Move the terminal to a window or near the router.\nUse a cable or the other network.\n>Take the payment again when the signal is good.\nAsk the acquirer for another line if it stays.",
    "回响测试的丢失率或往返时间超过上限，证据写明数值。", "Loss or round trip of echo tests is above the limit; the evidence gives them.", "比较同区域、同运营商的终端。", "Compare terminals nearby and of the same carrier.")
TEXT_ROW(OUTCOME_LINE_NO_ANSWER, NAMED_TO_ALL,
    "没有收到应答", "No answer came", ">需要时重新收款", ">Start again if wanted",
    "没有按时收到银行的答复。", "No answer came from the bank in time.", "请保留凭证；如账户有扣款，会自动退回。\n>如仍要付款，请收银员重新操作。", "Keep the slip; should your account show the payment, it comes back by itself.\n>If you still want to pay, the cashier starts again.",
    "请求已发出，但没有按时收到应答。", "The request was sent, but no answer came in time.", "不要关闭终端。\n检查网络。\n>需要时重新收款。", "Do not switch the terminal off.\nCheck the network.\n>Take the payment again if it is wanted.",
    "终端等待应答超时。", "The terminal waited in vain.", "按流水号看平台与发卡行是否收到原交易和冲正。", "See by trace number whether switch and issuer had the payment and its reversal.")
TEXT_ROW(OUTCOME_LINE_CORRUPT, NAMED_PRIVATELY,
    "应答校验失败", "The answer was damaged", ">签到后重新收款", ">Sign in, then retry",
    "银行的应答在传输中损坏。", "The bank's answer was damaged on its way.", "请保留凭证；如账户有扣款，会自动退回。\n>如仍要付款，请收银员重新操作。", "Keep the slip; should your account show the payment, it comes back by itself.\n>If you still want to pay, the cashier starts again.",
    "收到的应答格式或 MAC 不对，终端不能采信。", "The answer's format or MAC was wrong, and the terminal cannot believe it.", "签到一次以更换工作密钥。\n反复出现时告知收单机构。\n>需要时重新收款。", "Sign in once to change the work keys.\nTell the acquirer if it keeps happening.\n>Take the payment again if it is wanted.",
    "应答未通过帧、格式或 MAC 检查。", "The answer failed framing, format or MAC.", "比对两侧 MAC 密钥校验值。\n检查线路上是否有改写报文的设备。", "Compare the MAC keys' check values on both sides.\nLook for equipment on the line that alters messages.")
TEXT_ROW(OUTCOME_MESSAGE_MALFORMED, NAMED_PRIVATELY,
    "报文格式错", "Message format error", "请致电收单机构", "Call the acquirer",
    "商户终端发出的数据有误，交易未成功。", "The shop's terminal sent wrong data; the payment did not go through.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "报文缺少某个域，或类型、长度不对。", "A field of the message is missing or has a wrong type or length.", "致电收单机构，报出域号与流水号。\n更新终端程序。", "Call the acquirer with the field number and the trace number.\nUpdate the terminal's software.",
    "解码失败：证据写明域号、应为、实为。", "Decoding failed: the evidence gives field, expected and found.", "用 acquit decode 查看该报文。\n核对终端程序版本与链路方言。", "Look at the message with acquit decode.\nCheck the software version and the link's dialect.")
TEXT_ROW(OUTCOME_TERMINAL_UNKNOWN, NAMED_PRIVATELY,
    "终端未登记", "Terminal is not registered", "请致电收单机构", "Call the acquirer",
    "商户终端暂不能受理银行卡。", "The shop's terminal cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "终端号没有登记，或登记在另一商户名下。", "The terminal number is not registered, or is another merchant's.", "核对终端上的商户号与终端号。\n致电收单机构更正登记。\n>更正后签到并重新收款。", "Compare merchant and terminal number on the terminal.\nAsk the acquirer to correct the record.\n>Sign in after that and try again.",
    "无此终端，或终端与商户不对应。", "No such terminal, or it does not belong to this merchant.", "查终端与商户的登记，补登或更正。", "Look the pair up and register or correct it.")
TEXT_ROW(OUTCOME_MESSAGE_MAC_WRONG, NAMED_PRIVATELY,
    "校验错，需签到", "Check code wrong: sign in", ">签到后重试", ">Sign in, then retry",
    "商户终端与银行的密钥不同步，交易未成功。", "The shop's terminal and the bank were out of step; the payment did not go through.", ">请稍候，收银员签到后重试。", ">Please wait; the cashier signs in and tries again.",
    "报文校验码不对：工作密钥不同步，或数据被改动。", "The message's check code was wrong: work keys out of step, or data altered.", "在终端上签到。\n反复出现时致电收单机构核对主密钥。\n>签到成功后重新收款。", "Sign in at the terminal.\nIf it keeps happening, ask the acquirer to compare the master key.\n>Take the payment again after the sign-in.",
    "终端 MAC 未通过；不记账，不占用交易标识。", "The terminal's MAC failed; nothing posted, no identity used.", "比对 MAC 密钥校验值与签到时间。\n多次出现时检查线路是否被改写。", "Compare check values and time of sign-in.\nIf it repeats, see whether something alters the line.")
TEXT_ROW(OUTCOME_MESSAGE_REPLAYED, NAMED_PRIVATELY,
    "重复的流水号", "Duplicate trace number", "先查原交易", "Look up the first payment",
    "这笔交易与已有的交易重号，未成功。", "This payment had the number of an earlier one and did not go through.", "请保留凭证，由商户核对。", "Keep your slip; the shop will look it up.",
    "同一终端、批次、流水号已有内容不同的交易。", "The same terminal, batch and trace number was used for another payment.", "在终端上按流水号查原交易的结果。\n签到以取得新批次号。\n终端更换或清空过时，告知收单机构。", "Look up the first payment by its trace number.\nSign in to get a new batch number.\nTell the acquirer if the terminal was replaced or reset.",
    "同一标识再次出现而内容不同，已告警。", "The same identity came with other content; an alarm was raised.", "比对两次的时间、金额和来源链路。\n排除终端复位与重放攻击。", "Compare times, amounts and links of both.\nRule out a reset terminal and a replay attack.")
TEXT_ROW(OUTCOME_PAYMENT_REVERSED, NAMED_TO_ALL,
    "此笔已冲正", "This payment was reversed", ">需要时重新收款", ">Start a new payment",
    "这笔交易已被取消。", "This payment was cancelled.", ">如仍要付款，请收银员重新操作。", ">If you still want to pay, the cashier starts a new payment.",
    "这笔交易已被冲正。", "This payment was reversed.", ">需要时以新的流水号重新收款。", ">Start a new payment if it is wanted.",
    "冲正先于请求到达，或请求在冲正后重发：永不入账。", "The reversal overtook the request, or the request came again after it: it never posts.", "看线路延迟；无需处理账务。", "Look at the line's delay; the books need nothing.")
TEXT_ROW(OUTCOME_PAYMENT_ARCHIVED, NAMED_TO_ALL,
    "该笔号码已归档", "That number is archived", "请致电收单机构", "Call the acquirer",
    "这笔交易的号码属于早已归档的日期，需由银行查证。", "The number of this payment is of days archived long ago; the bank has to look it up.", "请保留凭证；有疑问请联系发卡银行。", "Please keep your slip; ask your bank if in doubt.",
    "这笔交易或冲正的号码在主机已归档的范围内，主机不能确认其结果，也没有入账。", "The number of this payment or reversal is in the range that the host has archived: it cannot say what became of it, and booked nothing.", "保留凭证，致电收单机构查档。\n终端由旧数据恢复时，先签到。", "Keep the slip and have the acquirer look into the archive.\nIf the terminal was restored from old data, sign in first.",
    "号码在该终端已归档的范围内，库中已无其记录：不按从未收到处理，不入账，不结束疑问。", "The number is within what was archived of this terminal, and there is no row any more: it is not told as one that never came, nothing is booked, and no doubt ends.", "用 acquit why --archive DIR 查其结果。\n同一终端反复出现时，查其是否恢复了旧数据或重置了流水号。", "See what became of it with acquit why --archive DIR.\nIf a terminal repeats this, see whether it was restored from old data or began its numbers again.")
TEXT_ROW(OUTCOME_TERMINAL_DISABLED, NAMED_PRIVATELY,
    "终端已停用", "Terminal is disabled", "请致电收单机构", "Call the acquirer",
    "商户终端暂不能受理银行卡。", "The shop's terminal cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "该终端尚未开通，或已被停用。", "This terminal is not activated yet, or was stopped.", "致电收单机构询问原因并申请开通。\n>开通后签到并重新收款。", "Ask the acquirer why, and to activate it.\n>Sign in after that and try again.",
    "终端状态不是正常。", "The terminal's state is not active.", "看状态、起始时间与操作人；确认后改回。", "See state, since when and by whom; set it back when cleared.")
TEXT_ROW(OUTCOME_TERMINAL_SOFTWARE_OUTDATED, NAMED_PRIVATELY,
    "终端程序过旧", "Terminal software is too old", ">更新后签到重试", ">Update, sign in, then retry",
    "商户终端需要更新，交易未成功。", "The shop's terminal needs an update; the payment did not go through.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "终端程序版本低于收单机构的最低要求。", "The terminal's software is below the least version the acquirer takes.", "在终端上执行程序更新。\n更新后签到。\n>签到成功后重新收款。\n更新失败时致电收单机构，其他门店的终端也要更新。", "Run the software update at the terminal.\nSign in after it.\n>Take the payment again after the sign-in.\nCall the acquirer if it fails; terminals of other branches need it too.",
    "程序版本低于下限，证据写明版本与下限。", "Version below the least; the evidence gives both.", "推送更新；同类拒绝集中出现时核对下限的生效时间。", "Push the update; if such refusals cluster, check when the limit took effect.")
TEXT_ROW(OUTCOME_MERCHANT_UNKNOWN, NAMED_PRIVATELY,
    "商户未登记", "Merchant is not registered", "请致电收单机构", "Call the acquirer",
    "这家商户暂不能受理银行卡。", "This shop cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "商户号没有登记。", "The merchant number is not registered.", "核对终端上的商户号。\n致电收单机构更正登记。\n>更正后签到并重新收款。", "Compare the merchant number on the terminal.\nAsk the acquirer to correct the record.\n>Sign in after that and try again.",
    "无此商户，终端记录指向了它。", "No such merchant, though a terminal's record names it.", "补登商户，或更正终端所属。", "Register the merchant, or correct whose the terminal is.")
TEXT_ROW(OUTCOME_MERCHANT_RECORD_MISMATCH, NAMED_PRIVATELY,
    "商户资料不一致", "Merchant records disagree", "请致电收单机构", "Call the acquirer",
    "这家商户暂不能受理银行卡。", "This shop cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "您的名称、账户或类别在两个系统中的登记不一致。", "Your name, account or category differs between two systems of record.", "把证据中的域与两个值告知收单机构，由其更正。\n>更正后签到并重新收款。", "Give the acquirer the field and both values of the evidence; they correct it.\n>Sign in after that and try again.",
    "两个登记系统的同一域值不同，证据写明域与两个值。", "One field differs between two systems; the evidence gives it and both values.", "以商户协议为准更正，同步两个系统。", "Correct it by the contract and bring both systems in step.")
TEXT_ROW(OUTCOME_MERCHANT_FROZEN, NAMED_PRIVATELY,
    "商户暂停受理", "Merchant is suspended", "请致电收单机构", "Call the acquirer",
    "这家商户暂不能受理银行卡。", "This shop cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "收单机构已暂停您的受理资格。", "The acquirer has suspended your acceptance.", "查看收单机构的通知。\n致电客户经理，按要求补交材料或更正结算账户。\n>恢复后重新收款。", "Look for a notice from the acquirer.\nCall your contact and hand in what is missing, or mend the settlement account.\n>Take payments again after release.",
    "商户状态不是正常。", "The merchant's state is not active.", "看原因与起始时间；结案后解冻。", "See the reason and since when; release it when the case is closed.")
TEXT_ROW(OUTCOME_MERCHANT_UNQUALIFIED, NAMED_PRIVATELY,
    "商户资质不全", "A licence is missing", "请致电收单机构", "Call the acquirer",
    "这家商户暂不能受理银行卡。", "This shop cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "您的经营类别所需的许可缺失或已过期。", "Your category needs a licence that is missing or has lapsed.", "查许可证的有效期。\n把新许可交收单机构登记。\n>登记后重新收款。", "Look at the licence's date.\nHand the new one to the acquirer.\n>Take payments again once it is registered.",
    "类别所需许可缺失或过期，证据写明类别与日期。", "The licence that the category needs is missing or lapsed; the evidence gives category and date.", "催收许可并登记；类别有误时更正类别。", "Ask for the licence and register it, or correct a wrong category.")
TEXT_ROW(OUTCOME_SETTLEMENT_IN_PROGRESS, NAMED_TO_ALL,
    "日切处理中", "Day change is running", ">几分钟后重试", ">Retry in a few minutes",
    "银行正在日终处理，交易未成功。", "The bank is closing its day; the payment did not go through.", ">请几分钟后重试。", ">Please try again in a few minutes.",
    "收单平台正在日切。", "The acquirer's switch is changing its day.", ">几分钟后重试，通常很快结束。", ">Try again in a few minutes; it is usually short.",
    "日切进行中，证据写明开始与预计结束时间。", "Cut-off running; the evidence gives its start and expected end.", "超出预计时间时查日切作业。", "Look at the job if it runs past its time.")
TEXT_ROW(OUTCOME_SETTLEMENT_TOTALS_DIFFER, NAMED_PRIVATELY,
    "对账不平", "Totals differ", "请等待自动上送明细", "Wait: details are uploaded",
    "商户正在与银行对账，您的付款不受影响。", "The shop is comparing its books; your payment is not affected.", "请保留签购单。", "Please keep the slip.",
    "终端与平台的合计不一致，终端随后上送逐笔明细。", "The totals of terminal and switch differ; the terminal uploads each item next.", "不要关机，等待明细上送完成。\n打印对账单，看哪一笔不同。\n有差异的单笔由收单机构逐笔查明。", "Leave the terminal on until the upload is done.\nPrint the list and see which item differs.\nThe acquirer clears each one that differs.",
    "0500 合计不符，应答 95，等待批上送。", "0500 totals differ, answered 95; the batch upload follows.", "按批次比对明细，差异逐笔归因。", "Compare the batch item by item and give each difference its cause.")
TEXT_ROW(OUTCOME_TRANSACTION_UNSUPPORTED, NAMED_TO_ALL,
    "不支持此交易", "Not supported", ">改用其他交易", ">Use another function",
    "不支持这种交易。", "This kind of transaction is not supported.", ">请与收银员商量其他办法。", ">Please ask the cashier for another way.",
    "平台或发卡行不支持这种交易类型。", "The switch or the issuer does not support this kind of transaction.", ">改用终端上其他功能。\n需要此功能时联系收单机构开通。", ">Use another function of the terminal.\nAsk the acquirer if you need this one.",
    "报文类型与处理码的组合不支持。", "This message type and processing code are not supported.", "查链路的方言设置与交易开关。", "Check the link's dialect and the list of transactions.")
TEXT_ROW(OUTCOME_TRAINING_MIXED, NAMED_PRIVATELY,
    "培训与正式交易混用", "Training and real are mixed", "请检查培训模式", "Check the training mode",
    "商户终端设置有误。", "The shop's terminal is set up wrongly.", ">请商户改正后重试。", ">Try again when the shop has corrected it.",
    "培训终端连到了正式系统，或正式终端连到了培训系统。", "A training terminal called the real system, or a real one the training system.", "退出或进入培训模式，使终端与系统一致。\n>改正后重试。", "Leave or enter training mode so that both agree.\n>Try again after that.",
    "报文头的终端状态与本系统不符。", "The terminal state in the header is not this system's.", "核对终端的地址与模式设置。", "Check the terminal's address and mode.")
TEXT_ROW(OUTCOME_TERMINAL_AHEAD, NAMED_PRIVATELY,
    "主机批次落后，请签到", "Host is behind: sign in", ">重新签到后重试", ">Sign in again, then retry",
    "商户终端须重新签到。", "The shop's terminal must sign in again.", ">请稍候重试。", ">Please try again in a moment.",
    "平台账本曾恢复，终端的批次比平台所记的新；平台从终端的一笔交易起按终端的批次更正。", "The switch's books were restored and know an older batch than the terminal's; with a payment of the terminal's it takes that batch.", "重新签到。\n>签到后重试。\n结算也被拒绝时先做一笔余额查询或交易，再结算。\n保留恢复前后的签购单，供人工核对。", "Sign in again.\n>Try again after signing in.\nIf a settlement is refused, ask for a balance first or sell something, then settle.\nKeep the slips of that time for the acquirer to compare.",
    "终端的批次比本账本所记的新，而本账本曾恢复：其间的交易与结算缺失。带MAC的交易使批次更正，结算报文无MAC，不更正。", "The terminal is in a later batch than these books know, and they went back in time: payments and settlements in between are missing. A payment, which has a MAC, makes them take the terminal's batch; a settlement, which has none, does not.", "与终端凭证或其导出数据核对所缺批次；按证据所注的两个批次查。", "Compare the missing batches with the terminal's slips or export; the evidence gives both numbers.")
TEXT_ROW(OUTCOME_TERMINAL_BATCH_UNKNOWN, NAMED_PRIVATELY,
    "批次号不一致", "Batch number differs", ">重新签到后重试", ">Sign in again, then retry",
    "商户终端须重新签到。", "The shop's terminal must sign in again.", ">请稍候重试。", ">Please try again in a moment.",
    "终端的批次号与主机不一致。", "The terminal's batch is not the one the host has open.", "重新签到，取得新批次号。\n>签到后重试。", "Sign in again to get the batch number.\n>Try again after signing in.",
    "报文的批次不是该终端的当前批次，证据写明两者。", "The message's batch is not the terminal's open one; the evidence gives both.", "查该终端上次结算与签到。", "See when it last settled and signed in.")
TEXT_ROW(OUTCOME_TERMINAL_REVERSAL_FLOOD, NAMED_PRIVATELY,
    "请先结算，再致电收单机构", "Settle, call the acquirer", ">结算签到后重试", ">Settle, sign in, then retry",
    "商户终端暂不能受理银行卡。", "The shop's terminal cannot take cards at the moment.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "本批次中终端冲正了过多并不存在的交易，平台不再受理新交易。", "In this batch the terminal reversed too many payments that never were; the switch takes no new ones.", "结算本批次并重新签到。\n>结算后重新收款。\n再次出现时致电收单机构检查终端。", "Settle the batch and sign in again.\n>Take the payment again afterwards.\nIf it happens again, have the acquirer look at the terminal.",
    "该批次的墓碑记录达到上限，证据写明数目；已知交易不受影响。", "The batch has as many tombstones as it may; the evidence gives the number. Known payments are not touched.", "查该终端是否故障、被克隆或被滥用。\n必要时冻结终端；新批次自动恢复受理。", "See whether the terminal is broken, copied or abused.\nFreeze it if need be; a new batch takes payments again."
    )
TEXT_ROW(OUTCOME_ORDER_TAKEN, NAMED_PRIVATELY,
    "此单已在他机收款", "Order is at another till", "先查第一笔，勿重复收款", "Look up the first one",
    "这笔订单在另一台收银机上已有一笔交易。", "This order already has a payment at another till.", ">请稍候，收银员先查明第一笔。", ">Please wait while the cashier looks into the first payment.",
    "同一商户订单号已有一笔未失败的交易，平台拒绝再次扣款。", "A payment of this shop's order has not failed; the switch refuses to charge it a second time.", "查询第一笔交易的结果。\n已批准则按已付款处理。\n>第一笔被拒绝或已冲正后重新收款。", "Ask what became of the first payment.\nIf it is approved, the order is paid.\n>Charge again once the first is refused or taken back.",
    "该订单号的前一笔交易仍有效或未决，证据写明其标识与状态。", "The order's earlier payment stands or is in doubt; the evidence names it and its state.", "按证据核对前一笔交易。\n未决则等待其结束。", "Look at the earlier payment that the evidence names.\nIf it is in doubt, wait for its end.")
TEXT_ROW(OUTCOME_TERMINAL_NOT_PERMITTED, NAMED_PRIVATELY,
    "终端未开通此交易", "Not enabled here", "请致电收单机构", "Call the acquirer",
    "这台终端没有开通这种交易。", "This terminal may not do this kind of transaction.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "该终端没有开通这种交易。", "This kind of transaction is not enabled for the terminal.", "致电收单机构申请开通。\n>开通后重新操作。", "Ask the acquirer to enable it.\n>Do it again after that.",
    "终端的交易开关未含此类交易。", "The terminal's list of transactions lacks this kind.", "按协议核对并开通。", "Check the contract and enable it.")
TEXT_ROW(OUTCOME_PIN_FORMAT_WRONG, NAMED_PRIVATELY,
    "密码密钥错，需签到", "PIN key wrong: sign in", ">签到后重试", ">Sign in, then retry",
    "商户终端与银行的密钥不同步，密码未能核对。", "The shop's terminal was out of step, so your PIN could not be checked.", ">请稍候，收银员签到后重试。", ">Please wait; the cashier signs in and tries again.",
    "密码密文用当前工作密钥解不开。", "The PIN block cannot be opened under the present work key.", "在终端上签到。\n反复出现时致电收单机构核对主密钥。\n>签到成功后重新收款。", "Sign in at the terminal.\nIf it keeps happening, ask the acquirer to compare the master key.\n>Take the payment again after the sign-in.",
    "PIN 转加密失败；密码未送发卡行，不计次数。", "PIN translation failed; the PIN did not reach the issuer and does not count.", "比对 PIK 校验值与签到时间。", "Compare the PIN key's check value and the time of sign-in.")
TEXT_ROW(OUTCOME_CARD_BLACKLISTED, NAMED_PRIVATELY,
    "没收卡，联系银行", "Keep the card, call the bank", "安全时保留此卡", "Keep it only if it is safe",
    "这张卡不能在此付款。", "This card cannot be used here.", "请联系发卡银行。", "Please contact your bank.",
    "此卡在收单机构的止付名单上。", "The card is on the acquirer's stop list.", "不交付商品。\n在安全的情况下保留卡，不要与人争执。\n致电收单机构。", "Hand over no goods.\nKeep the card only if it is safe; do not argue.\nCall the acquirer.",
    "命中黑名单，证据写明名单与条目。", "Found on the black list; the evidence gives list and entry.", "核对名单来源；误列则移除。", "Check where the entry came from; take it off if wrong.")
TEXT_ROW(OUTCOME_CARD_BIN_UNKNOWN, NAMED_TO_ALL,
    "无此发卡行", "No issuer for this card", ">请客人换卡", ">Ask for another card",
    "找不到您的卡的发卡银行。", "The bank of your card could not be found.", ">请使用另一张卡。", ">Please use another card.",
    "卡号段不在路由表中；表可能过旧。", "The number range is not in the routing table, which may be old.", ">请客人换一张卡。\n多张同银行的卡都如此时告知收单机构。", ">Ask for another card.\nTell the acquirer if several cards of one bank fail.",
    "BIN 无路由。", "No route for this BIN.", "看 BIN 与表版本；更新路由表。", "See the BIN and the table's version; update the table.")
TEXT_ROW(OUTCOME_CARD_RESTRICTED_BIN, NAMED_TO_ALL,
    "此卡暂不受理", "This card is not accepted", ">请客人换卡", ">Ask for another card",
    "此处暂不受理您的这种卡。", "Cards of this kind are not accepted here at present.", ">请使用另一张卡。", ">Please use another card.",
    "收单机构暂停受理这一号段的卡。", "The acquirer does not accept this number range at present.", ">请客人换一张卡。\n如有疑问致电收单机构。", ">Ask for another card.\nCall the acquirer if in doubt.",
    "号段被收单侧禁用。", "The range is barred by the acquirer.", "看起始时间与原因；到期解除。", "See since when and why; lift it when over.")
TEXT_ROW(OUTCOME_CARD_PIN_COOLDOWN, NAMED_TO_ALL,
    "密码错误次数超限", "Too many wrong PINs", ">请客人换卡", ">Ask for another card",
    "今天这张卡的密码错误次数过多，明天恢复。", "The PIN was wrong too often today; the card opens again tomorrow.", "忘记密码时请联系发卡银行。\n>可换一张卡，或明天重试。", "Ask your bank if you forgot the PIN.\n>Use another card, or try again tomorrow.",
    "此卡今天密码错误过多，收单机构暂停至次日。", "Too many wrong PINs with this card today; the acquirer stops it until tomorrow.", ">请客人换一张卡。", ">Ask for another card.",
    "收单侧密码冷却，证据写明次数与恢复时间。", "The acquirer's PIN cool-down; the evidence gives count and when it opens.", "次日自动恢复；集中出现时警惕试密。", "It opens by itself tomorrow; if they cluster, suspect PIN guessing.")
TEXT_ROW(OUTCOME_AMOUNT_BELOW_MINIMUM, NAMED_TO_ALL,
    "低于最低金额", "Below the least amount", ">改用其他方式", ">Use another way to pay",
    "金额低于这家商户刷卡的最低金额。", "The amount is below the least this shop takes by card.", ">请与商户商量其他办法，或多笔合并付款。", ">Please ask the shop for another way, or pay several items together.",
    "金额低于收单机构的单笔下限。", "The amount is below the acquirer's least per payment.", "核对输入的金额，有无少输一位。\n>合并付款，或改用其他方式。", "Check the amount; a digit may be missing.\n>Charge several items together, or use another way.",
    "金额小于单笔下限，证据写明两者。", "Amount below the least; the evidence gives both.", "核对下限；商户确需小额时调整。", "Check the limit; change it if the shop needs small amounts.")
TEXT_ROW(OUTCOME_AMOUNT_ABOVE_MAXIMUM, NAMED_TO_ALL,
    "超出单笔上限", "Above the payment limit", ">减少金额或换方式", ">Retry with a smaller amount",
    "金额超出这家商户单笔可受理的上限。", "The amount is above what this shop may take in one payment.", ">请与商户商量分次付款或其他方式，重新操作。", ">Ask the shop to try again in parts, or for another way to pay.",
    "金额超出商户或终端的单笔上限。", "The amount is above the limit per payment of merchant or terminal.", ">与客人商量分次付款。\n经常需要时向收单机构申请提高限额。", ">Agree on several payments and try again.\nAsk the acquirer for a higher limit if you need it often.",
    "金额大于单笔上限，证据写明是谁的上限。", "Amount above the limit; the evidence says whose.", "核对限额与商户类别，按申请调整。", "Check limit and category; change it on application.")
TEXT_ROW(OUTCOME_MERCHANT_DAILY_LIMIT, NAMED_PRIVATELY,
    "本店今日限额已满", "Shop's daily limit is used up", "请致电收单机构", "Call the acquirer",
    "这家商户今天暂不能再受理这笔金额。", "This shop cannot take this amount by card any more today.", ">请与商户商量其他办法；您的卡没有问题。", ">Please ask the shop for another way; nothing is wrong with your card.",
    "商户或终端的当日限额已用完。", "The daily limit of the shop or terminal is used up.", "看证据中的限额与恢复时间。\n致电收单机构申请临时提高。\n>恢复后重新收款。", "See the limit and when it opens again.\nAsk the acquirer to raise it for today.\n>Take the payment again after that.",
    "当日累计超限，证据写明已用、限额与恢复时间。", "Above the daily amount; the evidence gives used, limit and reset.", "核实经营情况后调整限额。", "Change the limit after looking at the business.")
TEXT_ROW(OUTCOME_CARD_MERCHANT_COUNT, NAMED_TO_ALL,
    "此卡今日次数已满", "Card used too often here", ">请客人换卡", ">Ask for another card",
    "这张卡今天在这家商户的付款次数已满。", "This card was used as often as it may be in this shop today.", ">请使用另一张卡，或明天重试。", ">Please use another card, or try again tomorrow.",
    "同一张卡当天在同一商户的次数达到上限。", "The same card was used in the same shop up to the daily limit.", ">请客人换一张卡。\n需要分笔收款时，先合并为一笔。\n经常需要时向收单机构申请提高次数。", ">Ask for another card.\nTake one payment where you would take several.\nAsk the acquirer for a higher count if you need it often.",
    "同卡同商户当日次数超限，证据写明次数与上限。", "Same card, same merchant, over the daily count; the evidence gives both.", "核对规则与商户类别；多发时警惕套现。", "Check the rule against the category; if it repeats, suspect cash-outs.")
TEXT_ROW(OUTCOME_CARD_AMOUNT_LIMIT, NAMED_TO_ALL,
    "此卡收单限额已满", "Card's limit here used up", ">请客人换卡", ">Ask for another card",
    "这张卡在本收单机构的累计限额已满。", "This card's limit with the shop's acquirer is used up.", ">请使用另一张卡，或等限额恢复后重试。\n限额不是发卡银行设的。", ">Please use another card, or try again when the limit opens.\nIt is not your bank's limit.",
    "此卡当日或当月的累计金额达到收单机构的上限。", "The card's sum of the day or month reached the acquirer's limit.", "看证据中的限额与恢复时间。\n>请客人换一张卡。\n经常遇到时请收单机构调整。", "See the limit and when it opens again.\n>Ask for another card.\nAsk the acquirer to change it if it happens often.",
    "同一张卡累计金额超限，证据写明规则、已用、限额与恢复时间。", "The card's sum is above the limit; the evidence gives rule, used, limit and reset.", "核对规则与该卡近期交易。\n误伤多时调整，先用昨日数据试跑。", "Look at the rule and the card's recent payments.\nChange it if it hits good customers; try it on yesterday's payments first.")
TEXT_ROW(OUTCOME_CARD_COUNT_LIMIT, NAMED_TO_ALL,
    "此卡收单次数已满", "Card used too often", ">请客人换卡", ">Ask for another card",
    "这张卡的付款次数已满。", "This card was used as often as it may be for now.", ">请使用另一张卡，或等次数恢复后重试。\n次数不是发卡银行设的。", ">Please use another card, or try again when the count opens.\nIt is not your bank's limit.",
    "此卡当日或当月在各商户的总次数达到收单机构的上限。", "The card was used in all shops together up to the acquirer's count.", "看证据中的次数与恢复时间。\n>请客人换一张卡。", "See the count and when it opens again.\n>Ask for another card.",
    "同一张卡总次数超限，证据写明规则、次数、上限与恢复时间。", "The card's count is above the limit; the evidence gives rule, count, limit and reset.", "核对规则与该卡近期交易；集中在某类商户时警惕套现。", "Look at the rule and the card's recent payments; one kind of shop only means cash-outs.")
TEXT_ROW(OUTCOME_CARD_TOO_SOON, NAMED_TO_ALL,
    "此卡刚在别处用过", "Card was just used elsewhere", ">稍后重试或换卡", ">Retry later or another card",
    "这张卡刚在另一处付过款，间隔太短。", "This card was used at another place only a short while ago.", ">请过一会儿重试，或换一张卡。", ">Please try again a little later, or use another card.",
    "同一张卡在规定间隔内于另一处用过。", "The same card was used at another place inside the interval.", ">请客人换一张卡，或等间隔过后重试。", ">Ask for another card, or try again when the interval is over.",
    "间隔规则：证据写明前一处、时间与间隔。", "Interval rule: the evidence gives the earlier place, time and interval.", "核对间隔设置；误伤多时调整。", "Check the interval; change it if it hits good customers.")
TEXT_ROW(OUTCOME_RISK_IMPOSSIBLE_TRAVEL, NAMED_TO_STAFF,
    "不予承兑", "Not approved", ">请客人换卡", ">Ask for another card",
    "这笔交易没有获准。", "This payment was not approved.", ">请使用另一张卡。\n如有疑问请联系发卡银行。", ">Please use another card.\nAsk your bank if in doubt.",
    "此卡短时间内在相距过远的两地使用，收单机构未受理。", "The card was used in two places too far apart for the time between.", "核对持卡人与卡面。\n>请客人换一张卡。\n确认无误的老客户可请收单机构复核。", "Look at holder and card.\n>Ask for another card.\nThe acquirer can review it for a customer you know.",
    "不可能的移动：证据写明两地与速度。", "Impossible travel: the evidence gives both places and the speed.", "疑为复制卡：通知发卡行。", "Suspect a copied card: tell the issuer.")
TEXT_ROW(OUTCOME_RISK_SUSPICIOUS, NAMED_TO_STAFF,
    "不予承兑", "Not approved", ">请客人换卡", ">Ask for another card",
    "这笔交易没有获准。", "This payment was not approved.", ">请使用另一张卡。\n如有疑问请联系发卡银行。", ">Please use another card.\nAsk your bank if in doubt.",
    "收单机构的风险规则未放行这笔交易。", "The acquirer's risk rules did not let this payment pass.", "核对持卡人、卡面与金额。\n>请客人换一张卡。\n正常经营屡被拦截时请收单机构复核规则。", "Look at holder, card and amount.\n>Ask for another card.\nAsk the acquirer to review the rules if they hit your normal business.",
    "风险分超过阈值，证据写明触发的规则、分值与阈值。", "The risk score is above its threshold; the evidence gives rules, score and threshold.", "逐条看触发的规则；误报则调整后用昨日数据试跑。", "Go through the rules that fired; adjust a false alarm and try it on yesterday's payments.")
TEXT_ROW(OUTCOME_ISSUER_MAINTENANCE, NAMED_TO_ALL,
    "发卡行维护中", "Card's bank is in maintenance", ">稍后重试或换卡", ">Retry later or another card",
    "您的发卡银行正在系统维护。", "Your bank is doing announced maintenance.", ">请在维护结束后重试，或换一张卡。", ">Please try again after it, or use another card.",
    "发卡行在公告的维护时段内。", "The issuer is in an announced maintenance window.", ">请客人换一家银行的卡，或待维护结束后重试。", ">Ask for a card of another bank, or try again after the window.",
    "维护窗口内，证据写明时段；请求没有发出。", "Inside the announced window, which the evidence gives; nothing was passed on.", "超出时段仍不通时联系发卡行。", "Call the issuer if it stays away after the window.")
TEXT_ROW(OUTCOME_ISSUER_BOOKS_APART, NAMED_PRIVATELY,
    "发卡行暂不可用", "The card's bank is away", ">稍后重试或换卡", ">Retry later or another card",
    "您的发卡银行暂时不能受理。", "Your bank cannot take payments at the moment.", ">请稍后重试，或换一张卡。", ">Please try again later, or use another card.",
    "到发卡行的业务暂停，正在核对双方账本，请求没有发出。", "Payments to this issuer are stopped while the books of both sides are compared; the request was not passed on.", ">请客人换一家银行的卡，或稍后重试。", ">Ask for a card of another bank, or try again later.",
    "一方账本早于其已告知对方的进度（恢复了旧备份，或旧主机回来）；证据写明是哪一方。", "The books of one side are older than what it had told the other: an old backup was restored, or a former primary came back. The evidence says which side.", "看 acquit peer list：双方各到哪条记录。\n旧主机回来：停掉它，用接管的那台。\n恢复的备份确是最新的：核对其后的交易，再执行 acquit peer set ID is_behind=false。", "See acquit peer list: how far each side is.\nA former primary came back: stop it, use the one that took over.\nThe backup is the newest there is: settle what came after it, then acquit peer set ID is_behind=false.")
TEXT_ROW(OUTCOME_ISSUER_UNREACHABLE, NAMED_TO_ALL,
    "发卡行暂不可用", "The card's bank is away", ">稍后重试或换卡", ">Retry later or another card",
    "您的发卡银行暂时联系不上。", "Your bank cannot be reached at the moment.", ">请稍后重试，或换一张卡。", ">Please try again later, or use another card.",
    "到发卡行的线路中断，请求没有发出。", "The line to the issuer is down; the request was not passed on.", ">几分钟后重试，或请客人换一家银行的卡。", ">Try again in a few minutes, or ask for a card of another bank.",
    "到发卡行的链路未签到；拒绝，不代授权。", "The issuer's link is not signed on; refused, no stand-in.", "看链路状态与中断时间。\n联系发卡行或网络。", "See the link's state and since when.\nCall the issuer or the network.")
TEXT_ROW(OUTCOME_ISSUER_NO_ANSWER, NAMED_TO_ALL,
    "发卡行无应答", "The card's bank is silent", ">稍后重试或换卡", ">Retry later or another card",
    "您的发卡银行没有按时答复。", "Your bank did not answer in time.", "如账户有扣款，会自动退回；次日仍未退回时请联系发卡银行。\n>如仍要付款，请稍后重试，或换一张卡。", "Should your account show the payment, it comes back by itself; if it has not by tomorrow, ask your bank.\n>If you still want to pay, try again later, or use another card.",
    "发卡行没有按时应答。", "The issuer did not answer in time.", "向客人说明：若账户有扣款会自动退回。\n>稍后重试，或请客人换一家银行的卡。", "Tell the customer that money taken comes back by itself.\n>Try again later, or ask for a card of another bank.",
    "等待发卡行超时；冲正在持久队列中，重发至确认。", "The issuer's answer did not come; the reversal is durable and repeats until confirmed.", "看冲正次数与发卡行链路。\n长时间未确认时联系发卡行。", "See how often the reversal went out, and the issuer's link.\nCall the issuer if it stays unconfirmed.")
TEXT_ROW(OUTCOME_ISSUER_ANSWER_CORRUPT, NAMED_PRIVATELY,
    "应答有误", "The bank's answer was damaged", ">稍后重试", ">Retry later",
    "银行的应答在传输中损坏。", "The bank's answer was damaged on its way.", "如账户有扣款，会自动退回。\n>如仍要付款，请稍后重试，或换一张卡。", "Should your account show the payment, it comes back by itself.\n>If you still want to pay, try again later, or use another card.",
    "发卡行的应答不能采信。", "The issuer's answer could not be believed.", "向客人说明：若账户有扣款会自动退回。\n>稍后重试。", "Tell the customer that money taken comes back by itself.\n>Try again later.",
    "发卡行应答的 MAC 或内容不符，视同未应答。", "The issuer's answer failed its MAC or did not fit; treated as none.", "比对区域密钥校验值，必要时重新签到。\n检查线路是否被改写。", "Compare the zone keys' check values; sign on anew if needed.\nSee whether something alters the line.")
TEXT_ROW(OUTCOME_REVERSAL_TOO_LATE, NAMED_TO_ALL,
    "来不及冲正，原交易有效", "Too late: the payment stands", "原交易有效，查后打印", "It stands: look, then print",
    "这笔付款已经生效，不能再自动退回。", "This payment stands and cannot be taken back by itself any more.", "如需退款，请商户办理退货。", "If it should not stand, ask the shop for a refund.",
    "冲正到达时，该笔已结算，或已有撤销、退货、完成等后续交易，因此原交易有效。", "When its reversal came, the payment was settled already, or refunded, voided or completed: so it stands.", "终端会自行查询并按成功入账，补打签购单。\n不应收款时做退货。", "The terminal asks by itself and books it as approved; print its slip.\nRefund it if it should not stand.",
    "终端冲正的交易所在批次已结算，或已有后续交易，拒绝冲正；终端随后查询，按生效了结。", "The terminal's reversal is of a payment whose batch is closed or that others follow: refused; the terminal asks and ends it as standing.", "核对三方状态均为已入账。\n同一终端反复出现时，查其是否恢复了旧数据。", "See that all parties have it as moved.\nIf a terminal repeats this, see whether it was restored from old data.")
TEXT_ROW(OUTCOME_DOUBT_UNANSWERED, NAMED_TO_ALL,
    "对方久无应答", "No answer for hours", "已自动跟进，请等待", "Followed up; please wait",
    "这笔交易的结果还在向银行确认，系统一直在自动重发。", "The bank has not confirmed this payment yet; it is asked again and again by itself.", "无需操作；若账户有扣款，确认后会自动退回。", "There is nothing to do; money that was taken comes back by itself once confirmed.",
    "对方主机数小时没有应答，冲正或通知仍在自动重发，已有专人跟进。", "The next host has been silent for hours; the reversal or advice is still sent by itself, and a person has been told.", "向客人说明款项会自动退回。\n超过一天仍未了结时致电收单机构。", "Tell the customer that the money comes back by itself.\nCall the acquirer if it stays open for more than a day.",
    "冲正、通知或查询长时间无应答，已转人工；自动重发不停。", "A reversal, advice or query has been unanswered for long: handed to a person, and sent on all the same.", "用 acquit doubt 查看对象、次数与下一次时间。\n检查到该机构的线路与签到，或致电其值班。\n线路恢复后自行了结，无需补单；不能恢复时由两人用 acquit doubt settle 了结。", "See with acquit doubt whom it is for, how often it was tried and when next.\nMend the link or sign-on to that host, or call its people on duty.\nIt ends by itself when the link is back; if that cannot be, two persons end it with acquit doubt settle.")
TEXT_ROW(OUTCOME_DOUBT_REFUSED, NAMED_TO_ALL,
    "对方反复拒绝冲正", "Refused again and again", "已转人工，请等待", "A person has it; please wait",
    "这笔交易的退回尚未被银行确认，已有专人跟进。", "Your bank has not confirmed that this payment was taken back; a person follows it up.", "请保留凭证；有疑问请联系发卡银行。", "Please keep your slip; ask your bank if in doubt.",
    "对方主机反复拒绝这笔冲正或通知，已有专人跟进。", "The next host refuses this reversal or advice again and again; a person has been told.", "保留凭证。\n致电收单机构，报流水号。", "Keep the slip.\nCall the acquirer and give the trace number.",
    "冲正或通知被反复拒绝，自身不会了结，已转人工；自动重发不停。", "A reversal or advice is refused again and again and will not end by itself: handed to a person, and sent on all the same.", "用 acquit doubt 查看应答码。\n与对方核对这笔交易在其账上的状态。\n请对方处理后，下一次重发即自行了结；否则由两人用 acquit doubt settle 了结。", "See the response code with acquit doubt.\nFind out with that host how the payment stands in its books, and why it refuses.\nOnce they have mended it the next try ends it by itself; else two persons end it with acquit doubt settle.")
TEXT_ROW(OUTCOME_DOUBT_CONTRADICTED, NAMED_TO_ALL,
    "与人工了结不符", "Differs from what was settled", "请联系收单机构", "Call the acquirer",
    "这笔交易曾由工作人员与银行核实了结，现银行应答与之不符，正在查实。", "This payment was settled by hand after your bank was asked; now its answer says otherwise. It is being looked into.", "请保留凭证；核实后会通知商户处理。", "Please keep your slip; the shop is told once it is clear.",
    "这笔交易由人工了结后，对方主机的应答与之不符，账务未作任何更改。", "After this payment was settled by hand, the next host's answer says otherwise; nothing was changed.", "暂不发货，也不退货。\n等收单机构核实。", "Hand out nothing for it yet.\nWait until the acquirer has looked into it.",
    "人工了结后，对方迟到的应答与两人确认的实情相反；账务未变，已报警。", "Two persons had settled it; a late answer of the next party says the opposite: alarmed, and nothing was changed.", "用 acquit doubt 查看了结的人、依据与应答码。\n与对方对账，查实款项在何处。\n如原结论成立，由两人重新确认；否则与对方调账，本笔不再更改。", "See with acquit doubt who settled it, on what evidence, and the code of the late answer.\nReconcile with that party: find where the money is.\nIf the word stands, two persons confirm it again; else adjust it with that party: this row is changed no more.")
TEXT_ROW(OUTCOME_DOUBT_SETTLED, NAMED_TO_ALL,
    "经核实未受理", "The bank did not take it", "人工了结，重办", "Settled; do it anew",
    "经与银行核实，这笔交易未被受理。", "Your bank was asked: it has not accepted this.", "请商户重新办理。", "Ask the shop to do it anew.",
    "对方一直没有应答，经两人与银行核实并确认：这笔通知不予受理。", "The next host never answered; two persons asked the bank and confirmed that it does not accept this advice.", "核实原因后重新办理。\n保留凭证备查。", "Do it anew once the reason is clear.\nKeep the slip.",
    "通知久未送达，两人核实后按“不受理”了结；限额与批次已退还。", "An advice could not be delivered; two persons settled it as refused: given back to batch, limits and its original.", "用 acquit why 查看是谁、何时、依据什么了结。\n对方若日后应答已受理，会报警。", "See with acquit why who settled it, when, and on what evidence.\nShould the other party answer later that it has it, there is an alarm.")
TEXT_ROW(OUTCOME_SWITCH_OVERLOADED, NAMED_PRIVATELY,
    "系统繁忙", "System busy", ">稍后重试", ">Retry in a moment",
    "银行系统繁忙，交易未成功。", "The bank's system is busy; the payment did not go through.", ">请稍后重试。", ">Please try again in a moment.",
    "平台繁忙，不处理即拒绝。", "The switch is busy and refused before doing anything.", ">一分钟后重试。", ">Try again in a minute.",
    "达到接纳上限，未做任何工作即拒绝。", "The admission limit was reached; refused before any work.", "看负载与上限；查慢发卡行与突发来源。", "See load and limit; look for a slow issuer or a burst.")
TEXT_ROW(OUTCOME_SWITCH_STANDBY_AWAY, NAMED_PRIVATELY,
    "系统暂停", "System paused", ">稍后重试", ">Retry later",
    "银行系统暂停服务，交易未成功。", "The bank's system is paused; the payment did not go through.", ">请稍后重试，或与商户商量其他办法。", ">Please try again later, or ask the shop for another way.",
    "平台的备机不在，暂不受理新交易。", "The switch's second machine is away, so it takes nothing new.", ">几分钟后重试。\n仍不行时致电收单机构。", ">Try again in a few minutes.\nCall the acquirer if it stays.",
    "备机不在；策略为 required 时，新交易一概不记、不答。", "The standby is away; while its policy is required, nothing new is recorded or answered.", "按证据查备机进程、网络与证书；备机回来即自动补齐并恢复。\n修不好时把 policy 改为 preferred 后重启，此后主机若坏，未送达的会丢。", "Check the standby's process, network and certificate as the evidence says; it catches up and things go on by themselves.\nIf it cannot be mended, set policy: preferred and restart: what is not shipped is lost with the primary.")
TEXT_ROW(OUTCOME_SWITCH_FAULT, NAMED_PRIVATELY,
    "系统故障", "System fault", ">稍后重试", ">Retry later",
    "银行系统暂时故障，交易未成功。", "The bank's system has a fault; the payment did not go through.", ">请稍后重试，或与商户商量其他办法。", ">Please try again later, or ask the shop for another way.",
    "收单平台自身的存储或密钥模块故障。", "The acquirer's own store or key module has a fault.", ">几分钟后重试。\n仍不行时致电收单机构。", ">Try again in a few minutes.\nCall the acquirer if it stays.",
    "平台部件故障，证据写明部件。", "A component of the switch failed; the evidence names it.", "按部件检查：存储、密钥模块、路由数据。", "Check the component: store, key module, routing data.")
TEXT_ROW(OUTCOME_ORIGINAL_ARCHIVED, NAMED_TO_ALL,
    "原交易已归档", "The original is archived", "请致电收单机构", "Call the acquirer",
    "原来的付款时间已久，记录已归档，不能在这里退款或撤销。", "The original payment is so old that its record was archived; it cannot be refunded or voided here.", "请保留凭证，由商户与银行另行办理。", "Keep your slip; the shop and the bank settle it by other means.",
    "原交易所在的营业日已超过保留期限并归档，本次没有处理。", "The original is of a business day that is past what is kept here, and was archived: nothing was done.", "把凭证号与日期告诉收单机构，由其按归档查证后另行退款。", "Tell the acquirer the slip's numbers and date: they look into the archive and pay it back by hand.",
    "原交易的号码在已归档的范围内，库中已无其记录；不按无此交易处理，本次没有入账。", "The original's number is in the range that was archived, and its row is gone: it is not told as one that never came, and nothing was booked.", "用 acquit why --archive DIR 查看原交易的全过程。\n确应退款时走账务调整，不经交易系统。", "See the whole of it with acquit why --archive DIR.\nIf a refund is due, make it by hand in the accounts, not as a payment.")
TEXT_ROW(OUTCOME_ORIGINAL_LOST, NAMED_PRIVATELY,
    "原交易记录缺失", "Original is missing", "致电收单机构", "Call the acquirer",
    "银行系统缺少这笔原交易的记录，本次未办理。", "The bank's system lacks its record of the original payment; nothing was done now.", "请保留原签购单，由商户联系银行核对。", "Please keep the original slip; the shop asks the bank to look.",
    "收单或发卡账本从备份恢复，恢复点之后的记录缺失，原交易可能在其中。", "The books were restored from a backup or a standby; the original may be among what is missing since then.", "保留原签购单，致电收单机构人工核对。", "Keep the original slip and call the acquirer, who looks by hand.",
    "原交易无记录，而本账本曾恢复：所注时间之后的记录缺失。", "No record of the original, and these books went back in time: what came after the time given may be missing.", "向对方（商户、平台或发卡行）要回原交易，与导出数据核对后人工处理。", "Get the original from the other side (shop, switch or issuer), compare exports, and settle it by hand.")
TEXT_ROW(OUTCOME_ORIGINAL_NOT_FOUND, NAMED_TO_ALL,
    "找不到原交易", "Original not found", ">核对原凭证号重输", ">Check the slip and retry",
    "没有找到要处理的原交易。", "The original payment was not found.", "请出示原签购单，由收银员核对。", "Please show the original slip to the cashier.",
    "按所给的号码找不到原交易。", "No payment is known under the numbers given.", "核对原签购单上的流水号、日期与参考号。\n>重新输入。\n仍找不到时致电收单机构。", "Compare trace number, date and reference with the slip.\n>Enter them again.\nCall the acquirer if it is still not found.",
    "原交易标识无记录。", "No record under the original's identity.", "按其他号码检索；确认是否属本机构。", "Search by other numbers; see whether it is ours.")
TEXT_ROW(OUTCOME_ORIGINAL_ALREADY_VOIDED, NAMED_TO_ALL,
    "原交易已撤销", "Already voided or refunded", "查原交易，勿再操作", "Look it up; do not repeat it",
    "原来的付款此前已经撤销或退货。", "The original payment was already voided or refunded.", "请保留凭证，在账户中查看退回的款项。", "Keep your slip and look for the return in your account.",
    "原交易已被撤销、冲正或全额退货，不能再做一次。", "The original was already voided, reversed or refunded in full; it cannot be undone twice.", "按证据中的流水号查是哪一笔撤销了它。\n把那张凭证交给客人。", "See by the trace number in the evidence what undid it.\nGive the customer that slip.",
    "原交易状态已终结，证据写明由哪一笔、何时。", "The original has ended; the evidence says by which payment and when.", "核对款项是否已退回持卡人。", "Check that the holder got the money.")
TEXT_ROW(OUTCOME_ORIGINAL_TIP_UNDER_WAY, NAMED_TO_ALL,
    "小费未定，稍后撤销", "Its tip has no answer yet", ">等小费有结果再撤销", ">Void it when the tip is done",
    "原来付款的小费银行尚未答复，暂时不能撤销。", "The bank has not answered for the tip on that payment yet, so it cannot be voided now.", "请保留凭证，由收银员稍后再办。", "Please keep your slip; the cashier does it a little later.",
    "原交易的小费还没有得到银行的答复，此时撤销的金额未定。", "The tip on the original has no answer from the bank yet, so what a void gives back is not certain.", "等待小费送达，系统自动上送。\n>小费有结果后重新撤销。", "Wait until the tip is delivered, which happens by itself.\n>Void it again when the tip has its answer.",
    "小费调整未决，证据写明是哪一笔、自何时；撤销未受理。", "A tip adjustment is under way, by the payment and since the time in the evidence; the void was refused.", "按流水号查这笔小费为何未获答复。", "See by its trace number why that tip has no answer.")
TEXT_ROW(OUTCOME_ORIGINAL_MISMATCH, NAMED_PRIVATELY,
    "与原交易不符", "Differs from the original", "请致电收单机构", "Call the acquirer",
    "这笔操作与原交易不符，未受理。", "This does not fit the original payment and was not done.", "请保留凭证，由商户核对。", "Keep your slip; the shop will look it up.",
    "金额或卡与原交易不同，故未处理。", "Amount or card differs from the original, so nothing was done.", "按流水号核对原交易的金额与卡。\n致电收单机构。", "Compare amount and card of the original by its trace number.\nCall the acquirer.",
    "冲正的金额或卡与原交易不符，已记录并告警。", "The reversal's amount or card differs from the payment's; recorded with an alarm.", "比对两条报文；人工判定该笔的款项。", "Compare both messages; a person must judge this money.")
TEXT_ROW(OUTCOME_ORIGINAL_BATCH_CLOSED, NAMED_TO_ALL,
    "已结算，不能撤销", "Settled: no void any more", "改做退货", "Do a refund instead",
    "原来的付款已经结算，只能退货。", "The original payment was settled; it can only be refunded.", "请收银员做退货，款项几天内退回。", "The cashier makes a refund; it takes some days.",
    "原交易所在批次已结算，撤销不再可行。", "The original's batch is settled, so it cannot be voided.", "在终端上做退货，输入原参考号与日期。\n退货到账需要几个工作日，请告知客人。", "Make a refund with the original's reference number and date.\nTell the customer that it takes some working days.",
    "撤销晚于批结算，证据写明批次与结算时间。", "A void after the batch was closed; the evidence gives batch and time.", "引导终端菜单改做退货。", "Lead them to the refund.")
TEXT_ROW(OUTCOME_REFUND_TOO_LARGE, NAMED_TO_ALL,
    "退货超出可退金额", "More than is left to refund", ">核对金额后重试", ">Check the amount and retry",
    "要退的金额超出原付款的剩余金额。", "The refund is more than is left of the original payment.", "请出示原签购单与此前的退货凭证，由收银员核对。", "Please show the original slip and earlier refund slips to the cashier.",
    "退货金额超过原交易尚可退的金额。", "The refund is more than what is left of the original payment.", "核对此前已退的金额。\n>按剩余金额重试。", "Add up what was refunded before.\n>Try again with what is left.",
    "累计退货超过原交易，证据写明剩余与请求。", "Refunds would exceed the original; the evidence gives what is left and what was asked for.", "查该原交易的全部退货。", "List all refunds of that original.")
TEXT_ROW(OUTCOME_COMPLETION_TOO_LARGE, NAMED_TO_ALL,
    "完成金额超限", "More than the hold allows", ">核对金额后重试", ">Check the amount and retry",
    "要扣的金额超出预授权允许的范围。", "The charge is more than the pre-authorisation allows.", "请与商户核对金额。", "Please check the amount with the shop.",
    "完成金额超过预授权金额允许的上限（通常为115%）。", "The completion is above what the pre-authorisation allows (usually 115 %).", "核对金额。\n先做追加预授权，或另收差额。\n>改正后重试。", "Check the amount.\nAdd to the pre-authorisation first, or take the rest as a sale.\n>Try again after that.",
    "完成金额大于预授权金额乘以上限比例，证据写明两者。", "The completion exceeds the hold times the allowed share; the evidence gives both.", "查该预授权及其追加记录。", "See the pre-authorisation and its increments.")
TEXT_ROW(OUTCOME_TIP_TOO_LARGE, NAMED_TO_ALL,
    "小费超限", "Tip is above the limit", ">核对小费后重试", ">Check the tip and retry",
    "小费超出允许的比例。", "The tip is above the allowed share.", "请与商户核对。", "Please check with the shop.",
    "小费超过原金额允许的比例。", "The tip is above the allowed share of the original.", "核对小费金额。\n>按允许的比例重试。", "Check the tip.\n>Try again within the allowed share.",
    "调整后的金额超过原金额加允许的小费，证据写明两者。", "The adjusted amount exceeds the original and the allowed tip; the evidence gives both.", "查该商户的小费比例参数。", "See the merchant's tip parameter.")
TEXT_ROW(OUTCOME_MERCHANT_FUNDS_SHORT, NAMED_PRIVATELY,
    "商户账户余额不足", "Shop's account is short", "请告知店主", "Tell the shop's owner",
    "退货暂时没有办成，原因在商户一方。", "The refund could not be made; the reason lies with the shop.", "请保留原签购单，与商户约定退款时间。", "Keep the original slip and agree with the shop when it will be made.",
    "您的待结算款与备付余额不够支付这笔退货。", "Your unsettled takings and balance do not cover this refund.", "待当日有足够入账后再做退货。\n向结算账户补足款项，或致电收单机构垫付。\n>补足后重新操作。", "Make the refund when today's takings cover it.\nPay in, or ask the acquirer to advance it.\n>Do it again after that.",
    "退货大于商户可用余额；与持卡人余额无关。", "The refund is above the merchant's available balance; not the cardholder's.", "看需要的金额与余额种类；必要时批准垫付。", "See the amount needed and which balance; allow an advance if right.")

/* decided by the issuer */
TEXT_ROW(OUTCOME_MESSAGE_TOO_OLD, NAMED_TO_ALL,
    "请求到达过晚", "The request came too late", ">重新收款", ">Retry",
    "请求到达银行时已过时限。", "The request reached your bank too late.", ">请收银员重新操作。", ">The cashier may try again.",
    "请求在途时间过长，发卡行不再受理。", "The request was on its way too long for the issuer to take it.", ">重新收款。\n反复出现时检查网络。", ">Try again.\nCheck the network if it keeps happening.",
    "发送时间超出发卡行的时限，或两侧时钟相差过大。", "Sent outside the issuer's time limit, or the two clocks differ too much.", "比对两侧时钟。\n看链路延迟与积压。", "Compare the clocks of both sides.\nLook at the link's delay and queues.")
TEXT_ROW(OUTCOME_ZONE_MAC_WRONG, NAMED_PRIVATELY,
    "系统密钥不同步", "Bank keys out of step", ">稍后重试", ">Retry later",
    "银行之间的线路暂时故障，交易未成功。", "The line between the banks has a fault; the payment did not go through.", ">请稍后重试，或换一张卡。", ">Please try again later, or use another card.",
    "平台与发卡行之间的密钥不同步；非商户原因。", "The keys between switch and issuer are out of step; not your doing.", "告知收单机构。\n>几分钟后重试。", "Tell the acquirer.\n>Try again in a few minutes.",
    "区域 MAC 未通过，发卡行未入账。", "The zone MAC failed; the issuer posted nothing.", "向发卡行重新签到以更换区域密钥。\n比对区域主密钥校验值。", "Sign on to the issuer to change the zone keys.\nCompare the zone master key's check value.")
TEXT_ROW(OUTCOME_ZONE_BOOKS_APART, NAMED_PRIVATELY,
    "系统暂停", "System stopped", ">稍后重试或换卡", ">Retry later or another card",
    "银行系统暂时不能受理。", "The bank's system cannot take payments at the moment.", ">请稍后重试，或与商户商量其他办法。", ">Please try again later, or ask the shop for another way.",
    "收单平台的账本需要人工核对，发卡行暂不受理。", "The acquirer's books have to be looked at; the issuer takes nothing from it until then.", ">请客人换一家银行的卡，或稍后重试。", ">Ask for a card of another bank, or try again later.",
    "收单方账本早于其已告知发卡行的进度；在发卡行执行 acquit peer set 之前一律拒绝。", "The acquirer's books are older than what it had told this issuer; all of it is refused until acquit peer set is given here.", "在双方执行 acquit peer list 比对进度。\n旧主机回来：停掉它。\n确认收单方恢复的是最新备份后，在发卡行执行 acquit peer set ID is_behind=false。", "Compare acquit peer list on both sides.\nA former primary came back: stop it.\nOnce it is sure that the acquirer restored its newest backup, give acquit peer set ID is_behind=false at the issuer.")
TEXT_ROW(OUTCOME_ISSUER_CUTOFF, NAMED_TO_ALL,
    "发卡行日切中", "The card's bank changes its day", ">几分钟后重试", ">Retry in a few minutes",
    "您的发卡银行正在日终处理。", "Your bank is closing its day.", ">请几分钟后重试，或换一张卡。", ">Please try again in a few minutes, or use another card.",
    "发卡行正在日切。", "The issuer is changing its day.", ">几分钟后重试，或请客人换一家银行的卡。", ">Try again in a few minutes, or ask for a card of another bank.",
    "发卡行日切进行中。", "The issuer's cut-off is running.", "持续超过半小时则联系发卡行。", "Call the issuer if it lasts over half an hour.")
TEXT_ROW(OUTCOME_QR_UNKNOWN, NAMED_TO_ALL,
    "付款码无效", "Payment code is not valid", ">请客人刷新付款码再扫", ">Scan a fresh code",
    "发卡银行没有发出过这个付款码。", "Your bank did not give out this payment code.", ">请在手机上刷新付款码后重新出示。", ">Refresh the payment code on your phone and show it again.",
    "发卡行没有发出过这个付款码，可能扫错或码图不全。", "The issuer never gave out this code; it may have been read wrong or only in part.", "擦净扫码窗，看清是付款码而不是收款码。\n>请客人刷新付款码，重新扫码。", "Clean the scanner; see that it is a code for paying, not for being paid.\n>Ask the customer to refresh the code and scan it again.",
    "查无此付款码。", "No such payment code on record.", "同一商户多次出现时查扫码设备或猜码。", "Many at one shop mean a bad scanner, or guessing.")
TEXT_ROW(OUTCOME_QR_USED, NAMED_TO_ALL,
    "付款码已用过", "Payment code was used before", ">请客人刷新付款码再扫", ">Scan a fresh code",
    "这个付款码已经付过一次款，只能用一次。", "This payment code has paid once already and serves only once.", "先看手机上是否已有付款记录。\n>没有付款记录时刷新付款码，重新出示。", "See first whether your phone shows a payment.\n>If it shows none, refresh the code and show it again.",
    "付款码只能用一次，证据写明是哪一笔用的。", "A payment code serves once; the evidence says which payment used it.", "先查上一笔是否已成功，避免重复收款。\n>确未付款时请客人刷新付款码，重新扫码。", "See first whether that payment succeeded, so as not to charge twice.\n>If it did not, ask for a fresh code and scan it.",
    "付款码已使用，证据写明交易与时间；冲正不使其恢复。", "The code is used; the evidence gives payment and time. A reversal does not free it.", "多家商户用同一码：疑为截图盗用。", "The same code at several shops suggests a stolen picture of it.")
TEXT_ROW(OUTCOME_QR_EXPIRED, NAMED_TO_ALL,
    "付款码已过期", "Payment code has expired", ">请客人刷新付款码再扫", ">Scan a fresh code",
    "这个付款码已过有效时间。", "This payment code is past its time.", ">请在手机上刷新付款码后重新出示。", ">Refresh the payment code on your phone and show it again.",
    "付款码已过有效时间，通常是截图或停留太久。", "The code is past its time: a picture of it, or shown too long.", ">请客人打开付款页刷新，当面出示后重新扫码。", ">Ask the customer to refresh the code, show it at the counter, and scan it again.",
    "付款码已过期，证据写明到期时间。", "The code has expired; the evidence says when.", "普遍发生时核对各系统时钟。", "If it happens to many, compare the systems' clocks.")
TEXT_ROW(OUTCOME_CARD_UNKNOWN, NAMED_TO_ALL,
    "无此卡号", "No such card", ">核对卡号或换卡", ">Check it or use another card",
    "发卡银行没有这个卡号。", "Your bank does not know this card number.", ">请使用另一张卡。\n如有疑问请联系发卡银行。", ">Please use another card.\nAsk your bank if in doubt.",
    "发卡行查无此卡号。", "The issuer has no such card number.", "手输时核对卡号。\n>请客人换一张卡。", "Compare the number if it was keyed.\n>Ask for another card.",
    "卡号无记录。", "No card under this number.", "同一终端多发时警惕试卡。", "If one terminal stands out, suspect number guessing.")
TEXT_ROW(OUTCOME_CARD_STOLEN, NAMED_PRIVATELY,
    "没收卡，联系银行", "Keep the card, call the bank", "安全时保留此卡", "Keep it only if it is safe",
    "发卡银行没有同意这笔交易。", "Your bank did not agree to this payment.", "请联系发卡银行。", "Please contact your bank.",
    "发卡行要求保留此卡。", "The issuer wants the card kept.", "不交付商品。\n在安全的情况下保留卡，不要与人争执。\n致电收单机构交回。", "Hand over no goods.\nKeep the card only if it is safe; do not argue.\nCall the acquirer and hand it in.",
    "卡状态：被窃。", "Card state: stolen.", "看挂失时间；登记收回的卡。", "See since when; register a recovered card.")
TEXT_ROW(OUTCOME_CARD_LOST, NAMED_PRIVATELY,
    "没收卡，联系银行", "Keep the card, call the bank", "安全时保留此卡", "Keep it only if it is safe",
    "发卡银行没有同意这笔交易。", "Your bank did not agree to this payment.", "请联系发卡银行。", "Please contact your bank.",
    "发卡行要求保留此卡。", "The issuer wants the card kept.", "不交付商品。\n在安全的情况下保留卡，不要与人争执。\n致电收单机构交回。", "Hand over no goods.\nKeep the card only if it is safe; do not argue.\nCall the acquirer and hand it in.",
    "卡状态：挂失。", "Card state: lost.", "看挂失时间；登记收回的卡。", "See since when; register a recovered card.")
TEXT_ROW(OUTCOME_CARD_CAPTURE, NAMED_PRIVATELY,
    "没收卡，联系银行", "Keep the card, call the bank", "安全时保留此卡", "Keep it only if it is safe",
    "发卡银行没有同意这笔交易。", "Your bank did not agree to this payment.", "请联系发卡银行。", "Please contact your bank.",
    "发卡行要求保留此卡。", "The issuer wants the card kept.", "不交付商品。\n在安全的情况下保留卡，不要与人争执。\n致电收单机构交回。", "Hand over no goods.\nKeep the card only if it is safe; do not argue.\nCall the acquirer and hand it in.",
    "卡状态：没收。", "Card state: capture.", "登记收回的卡。", "Register a recovered card.")
TEXT_ROW(OUTCOME_CARD_CANCELLED, NAMED_TO_ALL,
    "此卡已注销", "This card was closed", ">请客人换卡", ">Ask for another card",
    "您的这张卡已注销。", "This card has been closed.", ">请使用另一张卡。\n如有疑问请联系发卡银行。", ">Please use another card.\nAsk your bank if in doubt.",
    "发卡行已注销此卡。", "The issuer has closed this card.", ">请客人换一张卡。", ">Ask for another card.",
    "卡状态：已注销。", "Card state: cancelled.", "看注销时间。", "See since when.")
TEXT_ROW(OUTCOME_CARD_NOT_ACTIVATED, NAMED_TO_ALL,
    "此卡未激活", "Card is not activated", ">请客人换卡", ">Ask for another card",
    "您的卡还没有激活。", "Your card is not activated yet.", "通过发卡银行的应用、电话或柜台激活。\n>激活后重试，或换一张卡。", "Activate it in your bank's app, by telephone or at a branch.\n>Try again after that, or use another card.",
    "卡尚未激活。", "The card is not activated.", ">请客人激活后重试，或换一张卡。", ">Ask the holder to activate it, or for another card.",
    "卡状态：未激活。", "Card state: not activated.", "由持卡人激活。", "The holder activates it.")
TEXT_ROW(OUTCOME_CARD_FROZEN, NAMED_TO_ALL,
    "此卡受限制", "Card is restricted", ">请客人换卡", ">Ask for another card",
    "您的卡已被冻结，可能是您自己或发卡银行所为。", "Your card is frozen, by you or by your bank.", "在发卡银行的应用中查看，或致电银行解冻。\n>解冻后重试，或换一张卡。", "Look in your bank's app or call your bank to release it.\n>Try again after that, or use another card.",
    "发卡行限制使用此卡。", "The issuer restricts the use of this card.", ">请客人联系发卡银行，或换一张卡。", ">Ask the holder to contact the bank, or for another card.",
    "卡状态：冻结。", "Card state: frozen.", "看起始时间与冻结方；核实后解冻。", "See since when and by whom; release it after checking.")
TEXT_ROW(OUTCOME_ACCOUNT_OVERDUE, NAMED_TO_HOLDER,
    "此卡不能使用", "Card cannot be used", ">请客人换卡", ">Ask for another card",
    "您的账户因逾期未还已停用，还款后须经审核才恢复。", "Your account is stopped for overdue repayment; after you repay, it opens once reviewed.", "还清欠款后致电发卡银行，申请复核。\n>现在可换一张卡。", "Repay, then ask your bank to review it.\n>For now, use another card.",
    "发卡行因持卡人账户方面的原因停用此卡，请客人询问银行。", "The issuer stopped the card for a matter of the holder's account; the holder should ask the bank.", ">请客人换一张卡。", ">Ask for another card.",
    "逾期停用，还款后仍停用至复核，证据写明天数。", "Stopped for overdue repayment, also after paying until reviewed; the evidence gives the days.", "确认还款后复核并恢复。", "Review and open it after the repayment.")
TEXT_ROW(OUTCOME_CARD_DORMANT, NAMED_TO_HOLDER,
    "此卡不能使用", "Card cannot be used", ">请客人换卡", ">Ask for another card",
    "您的卡久未使用，已停用。", "Your card was not used for long and has been stopped.", "请到发卡银行恢复使用。\n>恢复后重试，或换一张卡。", "Ask your bank to open it again.\n>Try again after that, or use another card.",
    "发卡行因持卡人账户方面的原因停用此卡，请客人询问银行。", "The issuer stopped the card for a matter of the holder's account; the holder should ask the bank.", ">请客人换一张卡。", ">Ask for another card.",
    "卡状态：睡眠。", "Card state: dormant.", "核实身份后恢复。", "Open it again after checking who asks.")
TEXT_ROW(OUTCOME_CARD_EXPIRED, NAMED_TO_ALL,
    "卡片已过有效期", "Card is past its date", ">请客人换卡", ">Ask for another card",
    "您的卡已过有效期。", "Your card is past its date.", ">请使用另一张卡。\n向发卡银行领取新卡。", ">Please use another card.\nAsk your bank for the new one.",
    "卡已过有效期。", "The card is past its date.", ">请客人换一张卡。", ">Ask for another card.",
    "发卡行记录的有效期已过。", "The date on the issuer's record has passed.", "看新卡是否已寄出。", "See whether the new card was sent.")
TEXT_ROW(OUTCOME_CARD_EXPIRY_MISMATCH, NAMED_TO_ALL,
    "有效期不符", "Card date does not fit", ">核对有效期或插卡", ">Retry with the chip",
    "输入或读出的有效期与银行记录不同。", "The date entered or read is not the one your bank has.", ">请收银员核对有效期，或插卡重试。\n换过卡时请使用新卡。", ">The cashier corrects the date, or try again with the chip.\nUse the new card if you were sent one.",
    "有效期与发卡行的记录不同。", "The date differs from the issuer's record.", "核对卡面有效期。\n>重新输入，或改为插卡。", "Compare the date on the card.\n>Enter it again, or insert the card.",
    "有效期与记录不同，证据写明来自哪个域。", "The date differs from the record; the evidence says which field gave it.", "看是否为换发前的旧卡。", "See whether it is the card before renewal.")
TEXT_ROW(OUTCOME_TRANSACTION_NOT_FOR_CARD, NAMED_TO_ALL,
    "此卡不能做此交易", "Not allowed for this card", ">请客人换卡", ">Ask for another card",
    "您的卡不能做这种交易。", "Your card may not do this kind of transaction.", ">请使用另一张卡。\n向发卡银行询问能否开通。", ">Please use another card.\nAsk your bank whether it can be enabled.",
    "发卡行不允许此卡做这种交易或使用这种货币。", "The issuer does not allow this transaction or currency for the card.", ">请客人换一张卡。", ">Ask for another card.",
    "卡的交易开关不含此类，或币种不同。", "The card's list lacks this kind, or the currency is another.", "核对卡产品的参数。", "Check the card product's parameters.")
TEXT_ROW(OUTCOME_REGION_REFUSED, NAMED_TO_ALL,
    "此卡未开通本地区", "Card is not open here", ">请客人换卡", ">Ask for another card",
    "您的卡没有开通在这个地区使用。", "Your card is not open for use in this region.", "在发卡银行的应用中开通境外或异地使用。\n>开通后重试，或换一张卡。", "Open it for this region in your bank's app.\n>Try again after that, or use another card.",
    "发卡行没有为此卡开通这个地区。", "The issuer has not opened the card for this region.", ">请客人在银行应用中开通后重试，或换一张卡。", ">Ask the holder to open it in the bank's app, or for another card.",
    "地区开关关闭，证据写明地区。", "The card's region switch is off; the evidence gives the region.", "由持卡人开通。", "The holder opens it.")
TEXT_ROW(OUTCOME_HOURS_CLOSED, NAMED_TO_ALL,
    "发卡行非服务时间", "Outside the bank's hours", ">稍后重试或换卡", ">Retry later or another card",
    "现在不在您的发卡银行对这种交易的服务时间内。", "Your bank does not serve this kind of payment at this hour.", ">请在服务时间内重试，或换一张卡。", ">Please try again in its hours, or use another card.",
    "现在不在发卡行的服务时间内。", "It is outside the issuer's service hours.", ">请客人换一家银行的卡，或在服务时间内重试。", ">Ask for a card of another bank, or try again in its hours.",
    "服务时间之外，证据写明时段。", "Outside the service hours that the evidence gives.", "核对时段设置与节假日表。", "Check the hours and the table of holidays.")
TEXT_ROW(OUTCOME_CHIP_FALLBACK_REFUSED, NAMED_TO_ALL,
    "芯片卡刷了磁条", "A chip card was swiped", ">请插卡重试", ">Insert the chip and retry",
    "您的卡带芯片，发卡银行不接受刷磁条。", "Your card has a chip, and your bank does not accept its stripe.", ">请插入芯片或挥卡重试。\n芯片已坏时请到发卡银行更换。", ">Please insert the chip or tap, and try again.\nAsk your bank for a new card if the chip is broken.",
    "芯片卡刷了磁条，发卡行拒绝降级交易。", "A chip card was swiped, and the issuer refuses fallback.", ">请客人插卡或挥卡重试。\n读卡器读不出芯片时报修。", ">Have the card inserted or tapped and try again.\nAsk for repair if the reader fails on chips.",
    "芯片卡以磁条方式发来，卡不允许降级。", "A chip card came by stripe, and it allows no fallback.", "同一终端多发时查其读卡器，并警惕伪卡。", "If one terminal stands out, check its reader and suspect copied cards.")
TEXT_ROW(OUTCOME_CVV_WRONG, NAMED_TO_ALL,
    "卡片校验失败", "Card check failed", ">请客人换卡", ">Ask for another card",
    "发卡银行未能确认您的卡。", "Your bank could not verify your card.", ">请使用另一张卡。\n请联系发卡银行。", ">Please use another card.\nPlease contact your bank.",
    "卡上的校验值未通过发卡行核对。", "A check value of the card failed at the issuer.", "核对持卡人与卡面。\n>改为插卡，或换一张卡。", "Look at holder and card.\n>Insert the chip, or ask for another card.",
    "CVV、CVV2 或 iCVV 不符，证据写明哪一种。", "CVV, CVV2 or iCVV is wrong; the evidence says which.", "疑为复制卡：看该卡近期的交易地点。", "Suspect a copy: look where the card was used lately.")
TEXT_ROW(OUTCOME_CHIP_REPLAYED, NAMED_TO_ALL,
    "不予承兑", "Not approved", ">请重新插卡", ">Retry: insert it anew",
    "发卡银行没有同意这笔交易。", "Your bank did not agree to this payment.", ">请重新插卡重试，或联系发卡银行。", ">Please try again by inserting the card anew, or contact your bank.",
    "发卡行未同意：芯片数据已用过一次。", "The issuer did not agree: the chip's data had been used before.", ">请客人重新插卡重试。", ">Have the card inserted anew and try again.",
    "ATC 不大于上次：重复提交或重放。", "The transaction counter is not above the last: sent twice or replayed.", "比对计数器；多发时查终端是否重复组包。", "Compare the counters; if it repeats, see whether the terminal resends old data.")
TEXT_ROW(OUTCOME_CHIP_CRYPTOGRAM_WRONG, NAMED_TO_ALL,
    "不予承兑", "Not approved", ">请客人换卡", ">Ask for another card",
    "发卡银行未能确认您的卡。", "Your bank could not verify your card.", ">请使用另一张卡。\n请联系发卡银行。", ">Please use another card.\nPlease contact your bank.",
    "芯片的数据未通过发卡行核对。", "The chip's data failed at the issuer.", ">请客人换一张卡。\n多张卡都如此时告知收单机构。", ">Ask for another card.\nTell the acquirer if several cards fail.",
    "ARQC 未通过，或 55 域与报文不一致，证据写明哪一项。", "The ARQC failed, or field 55 does not fit the message; the evidence says what.", "单卡：疑为伪卡。\n多卡：查终端组包或发卡行密钥。", "One card: suspect a forgery.\nMany cards: check the terminal's field 55 or the issuer's key.")
TEXT_ROW(OUTCOME_PIN_TRIES_EXCEEDED, NAMED_TO_ALL,
    "密码错误次数超限", "Too many wrong PINs", ">请客人换卡", ">Ask for another card",
    "密码错误次数过多，此卡已锁定。", "The PIN was wrong too often; the card is locked.", "请联系发卡银行解锁或重置密码。\n>可换一张卡。", "Ask your bank to unlock it or set a new PIN.\n>You may use another card.",
    "卡因密码错误次数过多被发卡行锁定。", "The issuer locked the card after too many wrong PINs.", ">请客人换一张卡。", ">Ask for another card.",
    "密码错误达到上限；此后正确的密码也拒绝。", "Wrong PINs reached the limit; from then on the right one is refused too.", "核实身份后清零。", "Clear the count after checking who asks.")
TEXT_ROW(OUTCOME_PIN_MISSING, NAMED_TO_ALL,
    "需要输入密码", "A PIN is needed", ">输入密码重试", ">Retry with the PIN",
    "这笔交易需要输入密码。", "This payment needs your PIN.", ">请收银员重新操作，并输入密码。", ">The cashier tries again, and you enter your PIN.",
    "这笔交易须验密码，而请求中没有。", "This payment needs a PIN, and the request had none.", ">重新操作，请客人输入密码。\n终端从不提示密码时告知收单机构。", ">Try again and have the PIN entered.\nTell the acquirer if the terminal never asks for it.",
    "应有密码而无；挥卡免密须不超限额。", "A PIN is required and absent; taps go without only up to the limit.", "看输入方式与免密限额。", "See the entry mode and the tap limit.")
TEXT_ROW(OUTCOME_PIN_WRONG, NAMED_TO_ALL,
    "密码错误", "Wrong PIN", ">请客人重新输入", ">Retry with the right PIN",
    "密码不正确。", "The PIN was not right.", ">请核对密码后重试；多次错误会锁卡。\n忘记密码时请联系发卡银行。", ">Try again with the right PIN; repeated mistakes lock the card.\nAsk your bank if you forgot it.",
    "密码未通过发卡行核对。", "The PIN failed at the issuer.", ">请客人重新输入密码，或换一张卡。", ">Have the PIN entered again, or ask for another card.",
    "密码不符，已在同一记录中计数。", "The PIN is wrong, and was counted in the same record.", "看剩余次数；集中出现时警惕试密。", "See the tries left; if they cluster, suspect PIN guessing.")
TEXT_ROW(OUTCOME_LIMIT_PER_PAYMENT, NAMED_TO_ALL,
    "超出卡片限额", "Above the card's limit", ">减少金额或换卡", ">Smaller amount, another card",
    "金额超出您的卡的单笔限额。", "The amount is above your card's limit per payment.", "可在发卡银行的应用中调整限额。\n>减少金额重试，或换一张卡。", "You may change the limit in your bank's app.\n>Try again with less, or use another card.",
    "金额超出发卡行给此卡的限额。", "The amount is above a limit that the issuer set for the card.", ">与客人商量减少金额，或换一张卡。", ">Agree on a smaller amount, or ask for another card.",
    "超单笔限额。", "Above the limit per payment.", "比对限额与请求金额。", "Compare the limit with the amount asked for.")
TEXT_ROW(OUTCOME_LIMIT_DAILY_AMOUNT, NAMED_TO_ALL,
    "超出卡片限额", "Above the card's limit", ">减少金额或换卡", ">Smaller amount, another card",
    "您的卡今天的消费限额已用完。", "Your card's limit for today is used up.", "可在发卡银行的应用中调整限额。\n>减少金额、明天重试，或换一张卡。", "You may change the limit in your bank's app.\n>Try again with less or tomorrow, or use another card.",
    "金额超出发卡行给此卡的限额。", "The amount is above a limit that the issuer set for the card.", ">与客人商量减少金额，或换一张卡。", ">Agree on a smaller amount, or ask for another card.",
    "超当日累计金额。", "Above the daily amount.", "比对限额、已用与请求金额。", "Compare limit, used and asked for.")
TEXT_ROW(OUTCOME_LIMIT_DAILY_COUNT, NAMED_TO_ALL,
    "超出卡片次数", "Card was used too often", ">请客人换卡", ">Ask for another card",
    "您的卡今天的消费次数已用完。", "Your card has been used as often as it may today.", "可在发卡银行的应用中调整。\n>明天重试，或换一张卡。", "You may change this in your bank's app.\n>Try again tomorrow, or use another card.",
    "超出发卡行给此卡的次数。", "Over the number of payments that the issuer allows the card.", ">请客人换一张卡。", ">Ask for another card.",
    "超当日次数。", "Over the daily count.", "比对上限与已用。", "Compare the limit with what is used.")
TEXT_ROW(OUTCOME_ACCOUNT_FUNDS_SHORT, NAMED_TO_ALL,
    "余额不足", "Not enough funds", ">减少金额或换卡", ">Smaller amount, another card",
    "可用余额或额度不够支付这笔金额。", "Your balance or credit line does not cover the amount.", "在发卡银行的应用中查看可用额度。\n>减少金额重试，或换一张卡。", "Look at what is available in your bank's app.\n>Try again with less, or use another card.",
    "持卡人账户不够支付。", "The holder's account does not cover the amount.", ">与客人商量减少金额，或换一张卡。", ">Agree on a smaller amount, or ask for another card.",
    "可用余额小于金额，证据写明差额。", "Available is less than the amount; the evidence gives the gap.", "核对余额、信用额与冻结额。", "Check balance, credit limit and holds.")
TEXT_ROW(OUTCOME_RISK_ISSUER_SUSPICIOUS, NAMED_TO_STAFF,
    "不予承兑", "Not approved", ">请客人换卡", ">Ask for another card",
    "发卡银行没有同意这笔交易。", "Your bank did not agree to this payment.", "请联系发卡银行，由其核实是您本人。\n>可换一张卡。", "Please contact your bank, which can confirm that it is you.\n>You may use another card.",
    "发卡行出于安全考虑未同意。", "The issuer did not agree, for reasons of security.", ">请客人联系发卡银行，或换一张卡。", ">Ask the holder to contact the bank, or for another card.",
    "发卡行风险规则未放行，证据写明规则。", "The issuer's risk rules refused; the evidence gives the rules.", "联系持卡人核实；属实则放行。", "Call the holder; let it pass if it is genuine.")
TEXT_ROW(OUTCOME_VOICE_CODE_WRONG, NAMED_TO_ALL,
    "授权码无效", "The voice code is not valid", "核对授权码，致电发卡行", "Check the code; call the bank",
    "商户输入的电话授权码未被您的银行认可。", "Your bank does not recognise the authorisation code that the shop keyed.", ">请商户致电银行取得授权码，或换一张卡。", ">Ask the shop to call the bank for a code, or use another card.",
    "离线结算的电话授权码不对，证据写明原因：查无、金额超出、过期或已用。", "The code of this offline sale is wrong; the evidence says why: unknown, amount, expired or used.", "核对抄录的授权码、卡号与金额。\n致电发卡行重新取得授权码。\n>用新的授权码重新做离线结算。", "Compare code, card and amount with what was noted.\nCall the issuer for a new code.\n>Make the offline sale again with the new code.",
    "电话授权码与发出的记录不符，证据写明哪一项。", "The code does not fit what was given by voice; the evidence says in what.", "查该卡发出的授权码；金额按发出时的上限。", "See the codes given for this card; the amount is bounded by the code.")
TEXT_ROW(OUTCOME_HOLD_LAPSED, NAMED_TO_ALL,
    "预授权已到期", "The hold has lapsed", ">须付款则重新收款", ">Take a new payment if due",
    "这笔预授权已到期，冻结已解除。", "The pre-authorisation has lapsed; its hold is over.", ">需要付款时请重新刷卡。", ">Pay by card anew if it is still due.",
    "预授权已过期，冻结已自动解除。", "The pre-authorisation has lapsed; its hold ended by itself.", ">请持卡人重新付款或重新预授权。", ">Ask the cardholder to pay or pre-authorise anew.",
    "完成或撤销到达时，预授权已超过有效期。", "The completion or void came after the hold's last day.", "证据写明到期时间；核对商户完成的时限。", "The evidence gives when it lapsed; see how late the merchant completes.")
TEXT_ROW(OUTCOME_ISSUER_FAULT, NAMED_TO_ALL,
    "发卡行系统异常", "The card's bank has a fault", ">稍后重试或换卡", ">Retry later or another card",
    "您的发卡银行系统暂时异常。", "Your bank's system has a fault.", ">请稍后重试，或换一张卡。", ">Please try again later, or use another card.",
    "发卡行自身的系统异常。", "The issuer's own system has a fault.", ">几分钟后重试，或请客人换一家银行的卡。", ">Try again in a few minutes, or ask for a card of another bank.",
    "发卡行部件故障，证据写明部件；未判断的规则不透露。", "A component of the issuer failed; the evidence names it.", "按部件检查：密钥模块、卡或账户的记录。", "Check the component: key module, card or account record.")
TEXT_ROW(OUTCOME_ISSUER_REFERRAL, NAMED_TO_ALL,
    "请客人联系发卡行", "Holder must call the bank", ">请客人换卡", ">Ask for another card",
    "发卡银行要先与您联系，才能同意这笔交易。", "Your bank wants to speak with you before it agrees.", "请致电卡背面的银行电话。\n>电话确认后重试，或换一张卡。", "Please call the number on the back of the card.\n>Try again after the call, or use another card.",
    "发卡行要求持卡人先与银行联系。", "The issuer asks the holder to call the bank first.", "不交付商品。\n>请客人致电银行后重试，或换一张卡。", "Hand over no goods.\n>Let the holder call the bank and try again, or ask for another card.",
    "应答 01 或 02：查询发卡行；没有更多原因。", "Answered 01 or 02, refer to issuer; no further cause.", "向发卡行查询。", "Ask the issuer.")
TEXT_ROW(OUTCOME_DECLINED_UNSPECIFIED, NAMED_TO_ALL,
    "不予承兑", "Not approved", ">请客人换卡", ">Ask for another card",
    "发卡银行没有同意，也没有说明原因。", "Your bank did not agree and gave no reason.", "请联系发卡银行询问原因。\n>可换一张卡。", "Please ask your bank for the reason.\n>You may use another card.",
    "发卡行拒绝，未说明原因。", "The issuer declined without a reason.", ">请客人联系发卡银行，或换一张卡。", ">Ask the holder to contact the bank, or for another card.",
    "只有应答码，没有原因。", "A bare response code, no reason.", "看此卡与该发卡行前后的交易；向发卡行查询。", "Look at this card's and this issuer's other payments; ask the issuer.")

TEXT_ROW(OUTCOME_APPROVED_PARTIAL, NAMED_TO_ALL,
    "部分金额成功", "Part of it approved", "按批准金额交易，余款另收", "Collect the rest otherwise",
    "银行只同意了部分金额，余款请用其他方式支付。", "Your bank approved a part; please pay the rest otherwise.", "请核对签购单上的金额。", "Please check the amount on the slip.",
    "发卡行只批准了部分金额。", "The issuer approved a part of the amount.", "向顾客收取余款。\n顾客不愿意时，撤销这笔交易。", "Collect the rest from the customer.\nVoid this payment if the customer does not want it.",
    "账户可用金额不足，发卡方按终端能力部分批准。", "Funds were short and the terminal can take a part.", "无需处理。", "Nothing to do.")
TEXT_ROW(OUTCOME_APPROVED, NAMED_TO_ALL,
    "交易成功", "Approved", "打印凭证，交付商品", "Print the slip, hand over",
    "银行已同意这笔交易。", "Your bank approved.", "请保留签购单。", "Please keep the slip.",
    "发卡行已同意。", "The issuer approved.", "打印签购单，交付商品。", "Print the slip and hand over the goods.",
    "发卡行已同意。", "Approved by the issuer.", "无需处理。", "Nothing to do.")
#endif
/* clang-format on */

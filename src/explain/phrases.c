#include "explain/phrases.h"

#include "base/assert.h"

/* clang-format off */
struct money_words {
    struct catalogue_text holder; /* to the cardholder */
    struct catalogue_text staff;  /* to the others */
};

/* An inquiry has the words of a payment. */
static const struct money_words money_table[DEAL_COUNT][MONEY_STATE_COUNT] = {
    [DEAL_PAYMENT] = {
        [MONEY_NOT_MOVED] = { {{ "没有扣款。", "No money was taken." }},
                              {{ "没有扣款。", "No money was taken." }} },
        [MONEY_HELD]      = { {{ "金额已冻结，尚未扣款%。", "The amount is held, not taken%." }},
                              {{ "金额已冻结，尚未扣款%。", "The amount is held, not taken%." }} },
        [MONEY_MOVED]     = { {{ "已从您的账户扣款%。", "Your account was charged%." }},
                              {{ "已扣款%。", "The payment was taken%." }} },
        [MONEY_RETURNING] = { {{ "这笔款项正在撤回%。", "The money is on its way back%." }},
                              {{ "这笔款项正在撤回%。", "The money is on its way back%." }} },
        [MONEY_RETURNED]  = { {{ "已冲正，没有扣款。", "It was reversed: no money is taken." }},
                              {{ "已冲正，没有扣款。", "It was reversed: no money is taken." }} },
        [MONEY_UNKNOWN]   = { {{ "是否扣款尚不确定，请勿重复付款。", "It is not certain yet whether money was taken; please do not pay twice." }},
                              {{ "是否扣款尚不确定，请勿重复收款。", "It is not certain yet whether money was taken; do not charge twice." }} },
    },
    [DEAL_REFUND] = {
        [MONEY_NOT_MOVED] = { {{ "没有退款。", "Nothing was paid back." }},
                              {{ "没有退款。", "Nothing was paid back." }} },
        [MONEY_HELD]      = { {{ "退款尚未入账%。", "It is not paid back yet%." }},
                              {{ "退款尚未入账%。", "It is not paid back yet%." }} },
        [MONEY_MOVED]     = { {{ "已退回您的账户%。", "It was paid back to your account%." }},
                              {{ "已退款%。", "It was paid back%." }} },
        [MONEY_RETURNING] = { {{ "这笔退款正在撤销%。", "This repayment is being undone%." }},
                              {{ "这笔退款正在撤销%。", "This repayment is being undone%." }} },
        [MONEY_RETURNED]  = { {{ "这笔退款已撤销，原交易仍有效。", "This repayment was undone: the first payment stands." }},
                              {{ "这笔退款已撤销，原交易仍有效。", "This repayment was undone: the first payment stands." }} },
        [MONEY_UNKNOWN]   = { {{ "是否已退款尚不确定，请等待确认。", "It is not certain yet whether money was paid back; please wait." }},
                              {{ "是否已退款尚不确定，请勿重复退款。", "It is not certain yet whether money was paid back; do not repeat it." }} },
    },
    [DEAL_HOLD] = {
        [MONEY_NOT_MOVED] = { {{ "没有冻结金额。", "Nothing is held." }},
                              {{ "没有冻结金额。", "Nothing is held." }} },
        [MONEY_HELD]      = { {{ "金额已冻结，尚未扣款%。", "The amount is held, not taken%." }},
                              {{ "金额已冻结，尚未扣款%。", "The amount is held, not taken%." }} },
        [MONEY_MOVED]     = { {{ "冻结的金额已扣款。", "What was held has been taken." }},
                              {{ "冻结的金额已扣款。", "What was held has been taken." }} },
        [MONEY_RETURNING] = { {{ "冻结正在解除%。", "The hold is being released%." }},
                              {{ "冻结正在解除%。", "The hold is being released%." }} },
        [MONEY_RETURNED]  = { {{ "冻结已解除，没有扣款。", "The hold is released: no money is taken." }},
                              {{ "冻结已解除，没有扣款。", "The hold is released: no money is taken." }} },
        [MONEY_UNKNOWN]   = { {{ "是否已冻结尚不确定，请等待确认。", "It is not certain yet whether the amount is held; please wait." }},
                              {{ "是否已冻结尚不确定，请勿重复操作。", "It is not certain yet whether the amount is held; do not repeat it." }} },
    },
    [DEAL_RELEASE] = {
        [MONEY_NOT_MOVED] = { {{ "冻结没有解除。", "The hold is not released." }},
                              {{ "冻结没有解除。", "The hold is not released." }} },
        [MONEY_HELD]      = { {{ "金额仍在冻结%。", "The amount is still held%." }},
                              {{ "金额仍在冻结%。", "The amount is still held%." }} },
        [MONEY_MOVED]     = { {{ "冻结已解除%。", "The hold is released%." }},
                              {{ "冻结已解除%。", "The hold is released%." }} },
        [MONEY_RETURNING] = { {{ "解除冻结正在撤销%。", "The release is being undone%." }},
                              {{ "解除冻结正在撤销%。", "The release is being undone%." }} },
        [MONEY_RETURNED]  = { {{ "解除冻结已撤销，金额仍在冻结。", "The release was undone: the amount is still held." }},
                              {{ "解除冻结已撤销，金额仍在冻结。", "The release was undone: the amount is still held." }} },
        [MONEY_UNKNOWN]   = { {{ "冻结是否已解除尚不确定，请等待确认。", "It is not certain yet whether the hold is released; please wait." }},
                              {{ "冻结是否已解除尚不确定，请勿重复操作。", "It is not certain yet whether the hold is released; do not repeat it." }} },
    },
};

#define BIT(n) (1U << (n))
#define ANY_MONEY (BIT(MONEY_STATE_COUNT) - 1)
#define OPEN_MONEY (BIT(MONEY_UNKNOWN) | BIT(MONEY_RETURNING) | BIT(MONEY_HELD))

static const struct {
    const char *name;
    unsigned carries; /* bits of enum money_state */
    struct catalogue_text words;
} proof_table[] = {
    [PROOF_NONE]          = { "none",          0,                                          {{ "没有依据", "nothing" }} },
    [PROOF_CATALOGUE]     = { "catalogue",     ANY_MONEY,                                  {{ "原因目录，不针对某一笔交易", "the catalogue of causes, of no payment in particular" }} },
    [PROOF_NOT_SENT]      = { "not_sent",      BIT(MONEY_NOT_MOVED),                       {{ "请求发出之前已被拒绝", "it was refused before anything was sent on" }} },
    [PROOF_ANSWER]        = { "answer",        ANY_MONEY,                                  {{ "记录中的应答", "the answer on record" }} },
    [PROOF_NO_ANSWER]     = { "no_answer",     OPEN_MONEY,                                 {{ "请求已发出，记录中没有应答", "the request was sent, no answer is on record" }} },
    [PROOF_REVERSAL_OWED] = { "reversal_owed", OPEN_MONEY | BIT(MONEY_MOVED),              {{ "冲正已记录，尚未确认", "the reversal on record, not confirmed yet" }} },
    [PROOF_REVERSAL_DONE] = { "reversal_done", BIT(MONEY_RETURNED) | BIT(MONEY_NOT_MOVED), {{ "记录中的冲正确认", "the confirmed reversal on record" }} },
    [PROOF_STORED]        = { "stored",        BIT(MONEY_UNKNOWN),                         {{ "已离线受理并记录，尚未送达", "it was accepted offline and is on record, not delivered yet" }} },
    [PROOF_DAMAGED]       = { "damaged",       BIT(MONEY_UNKNOWN),                         {{ "记录无法读出", "a record that cannot be read" }} },
};

static const struct {
    const char *name;
    struct catalogue_text words;
    struct catalogue_text words_at; /* with the time */
} next_table[] = {
    [NEXT_NONE]     = { "none",
                        {{ "由收单机构的人员查明结果。", "Staff of the acquirer find out what became of it." }},
                        {{ "由收单机构的人员在 % 前查明结果。", "Staff of the acquirer find out what became of it by %." }} },
    [NEXT_ANSWER]   = { "answer",
                        {{ "系统正在等待应答，等不到时自动冲正。", "The answer is awaited; if none comes, it is reversed automatically." }},
                        {{ "系统正在等待应答，到 % 仍没有时自动冲正。", "The answer is awaited until %; if none comes, it is reversed automatically." }} },
    [NEXT_REVERSAL] = { "reversal",
                        {{ "系统正在自动冲正，重发直至确认。", "It is being reversed automatically, repeated until confirmed." }},
                        {{ "系统正在自动冲正，下一次在 %，重发直至确认。", "It is being reversed automatically, next at %, repeated until confirmed." }} },
    [NEXT_DELIVERY] = { "delivery",
                        {{ "系统会自动送达，重发直至收到应答。", "It is delivered automatically, repeated until it is answered." }},
                        {{ "系统会自动送达，下一次在 %，重发直至收到应答。", "It is delivered automatically, next at %, repeated until it is answered." }} },
};

static const struct {
    const char *name;
    struct catalogue_text words;
} advice_table[] = {
    [ADVICE_DONE]       = { "done",       {{ "已完成，无需再做。", "It is done; nothing more is needed." }} },
    [ADVICE_WAIT]       = { "wait",       {{ "请等待，确定之前不要再收款。", "Wait: nothing more may be charged until this is settled." }} },
    [ADVICE_NEVER]      = { "never",      {{ "不要重试，结果不会改变。", "Do not retry: the result stays the same." }} },
    [ADVICE_NOW]        = { "now",        {{ "可以立即重试。", "It may be tried again at once." }} },
    [ADVICE_AFTER_FIX]  = { "after_fix",  {{ "处理好之后再试。", "Try again after it is mended." }} },
    [ADVICE_LATER]      = { "later",      {{ "过一段时间再试。", "Try again after a while." }} },
    [ADVICE_OTHER_CARD] = { "other_card", {{ "换一张卡、换一种方式或金额再试。", "Try another card, another way or another amount." }} },
};

/* While it is open whether money was taken; and of what takes none. */
static const struct catalogue_text wait_table[] = {
    [READER_CASHIER]    = {{ "勿再收款，等待确认", "Do not charge again; wait" }},
    [READER_CARDHOLDER] = {{ "请等待确认，在此之前不要为同一笔消费再次付款。", "Please wait until this is settled, and do not pay for the same purchase twice." }},
    [READER_MERCHANT]   = {{ "等待确认，在此之前不要为同一笔消费再次收款。", "Wait until this is settled, and do not charge the same purchase twice." }},
    [READER_OPERATOR]   = {{ "在确定之前，不得请任何人再次支付。", "Until this is settled nobody may be asked to pay twice." }},
};
static const struct catalogue_text pause_table[] = {
    [READER_CASHIER]    = {{ "勿重复操作，等待确认", "Do not repeat it; wait" }},
    [READER_CARDHOLDER] = {{ "请等待确认。", "Please wait until this is settled." }},
    [READER_MERCHANT]   = {{ "等待确认，在此之前不要重复操作。", "Wait until this is settled, and do not repeat it." }},
    [READER_OPERATOR]   = {{ "在确定之前，不得重复操作。", "Until this is settled it may not be repeated." }},
};

static const struct catalogue_text slip_table[] = {
    [READER_CASHIER]    = {{ "打印凭条", "Print the slip" }},
    [READER_CARDHOLDER] = {{ "请保管好凭条。", "Please keep the slip." }},
    [READER_MERCHANT]   = {{ "打印凭条，一联交持卡人。", "Print the slip, one copy for the cardholder." }},
    [READER_OPERATOR]   = {{ "无需处理。", "Nothing to do." }},
};

static const struct catalogue_text party_table[] = {
    [PARTY_NOBODY]     = {{ "无人", "nobody" }},
    [PARTY_TERMINAL]   = {{ "终端", "the terminal" }},
    [PARTY_ACQUIRER]   = {{ "收单机构", "the acquirer" }},
    [PARTY_ISSUER]     = {{ "发卡行", "the issuer" }},
    [PARTY_CARDHOLDER] = {{ "持卡人", "the cardholder" }},
    [PARTY_MERCHANT]   = {{ "商户", "the merchant" }},
    [PARTY_NETWORK]    = {{ "网络", "the network" }},
};

static const struct {
    enum outcome_class class;
    struct catalogue_text words;
} class_table[] = {
    { CLASS_APPROVED, {{ "A 承兑",       "A approved" }} },
    { CLASS_RETRY,    {{ "B 处理后可再送", "B may be resubmitted" }} },
    { CLASS_DECLINED, {{ "C 拒绝",       "C declined" }} },
    { CLASS_ATTENDED, {{ "D 需人工处理", "D needs attention" }} },
    { CLASS_FAULT,    {{ "E 系统故障",   "E system fault" }} },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(proof_table) == PROOF_COUNT, "words for each proof");
_Static_assert(ARRAY_COUNT(next_table) == NEXT_COUNT, "words for each next step");
_Static_assert(ARRAY_COUNT(advice_table) == ADVICE_COUNT, "words for each advice");
_Static_assert(ARRAY_COUNT(wait_table) == READER_COUNT, "words for each reader");
_Static_assert(ARRAY_COUNT(slip_table) == READER_COUNT, "words for each reader");
_Static_assert(ARRAY_COUNT(pause_table) == READER_COUNT, "words for each reader");
_Static_assert(ARRAY_COUNT(party_table) == PARTY_COUNT, "words for each party");

bool deal_is_done(enum explain_deal deal, enum money_state money)
{
    static const unsigned done[] = {
        [DEAL_PAYMENT] = BIT(MONEY_MOVED),
        [DEAL_INQUIRY] = ANY_MONEY,
        [DEAL_REFUND] = BIT(MONEY_MOVED),
        [DEAL_HOLD] = BIT(MONEY_HELD) | BIT(MONEY_MOVED), /* completed */
        [DEAL_RELEASE] = BIT(MONEY_MOVED) | BIT(MONEY_NOT_MOVED),
    };

    _Static_assert(ARRAY_COUNT(done) == DEAL_COUNT, "an end for each deal");
    assert(deal < DEAL_COUNT);
    assert(money < MONEY_STATE_COUNT);
    return (done[deal] & BIT(money)) != 0;
}

const char *phrase_money(enum explain_deal deal, enum money_state money, enum explain_reader reader,
                         enum explain_lang lang)
{
    assert(deal < DEAL_COUNT);
    assert(money < MONEY_STATE_COUNT);
    assert(lang < LANG_COUNT);
    const struct money_words *words =
        &money_table[deal == DEAL_INQUIRY ? DEAL_PAYMENT : deal][money];

    return reader == READER_CARDHOLDER ? words->holder.in[lang] : words->staff.in[lang];
}

const char *phrase_proof(enum explain_proof proof, enum explain_lang lang)
{
    assert(proof < PROOF_COUNT);
    assert(lang < LANG_COUNT);
    return proof_table[proof].words.in[lang];
}

bool proof_carries(enum explain_proof proof, enum money_state money)
{
    assert(proof < PROOF_COUNT);
    assert(money < MONEY_STATE_COUNT);
    return (proof_table[proof].carries & BIT(money)) != 0;
}

const char *phrase_next(enum explain_next next, bool with_time, enum explain_lang lang)
{
    assert(next < NEXT_COUNT);
    assert(lang < LANG_COUNT);
    return with_time ? next_table[next].words_at.in[lang] : next_table[next].words.in[lang];
}

const char *phrase_advice(enum explain_advice advice, enum explain_lang lang)
{
    assert(advice < ADVICE_COUNT);
    assert(lang < LANG_COUNT);
    return advice_table[advice].words.in[lang];
}

const char *phrase_wait(enum explain_deal deal, enum explain_reader reader, enum explain_lang lang)
{
    assert(deal < DEAL_COUNT);
    assert(reader < READER_COUNT);
    assert(lang < LANG_COUNT);
    return deal == DEAL_PAYMENT || deal == DEAL_INQUIRY ? wait_table[reader].in[lang]
                                                        : pause_table[reader].in[lang];
}

const char *phrase_slip(enum explain_reader reader, enum explain_lang lang)
{
    assert(reader < READER_COUNT);
    assert(lang < LANG_COUNT);
    return slip_table[reader].in[lang];
}

const char *phrase_party(enum party party, enum explain_lang lang)
{
    assert(party < PARTY_COUNT);
    assert(lang < LANG_COUNT);
    return party_table[party].in[lang];
}

const char *phrase_class(enum outcome_class class, enum explain_lang lang)
{
    size_t i = 0;

    assert(lang < LANG_COUNT);
    while (class_table[i].class != class) {
        i++;
        assert(i < ARRAY_COUNT(class_table));
    }
    return class_table[i].words.in[lang];
}

const char *explain_proof_name(enum explain_proof proof)
{
    assert(proof < PROOF_COUNT);
    return proof_table[proof].name;
}

const char *explain_next_name(enum explain_next next)
{
    assert(next < NEXT_COUNT);
    return next_table[next].name;
}

const char *explain_advice_name(enum explain_advice advice)
{
    assert(advice < ADVICE_COUNT);
    return advice_table[advice].name;
}

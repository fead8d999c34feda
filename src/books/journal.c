/*
 * A record on the wire (little-endian):
 *
 *   u16 version, u16 node, u32 epoch, u64 sequence, 32 bytes previous hash, i64 wall us,
 *   u32 business date, u32 settlement date, u32 tables version, u8 what, u8 money, u16 outcome,
 *   28 bytes identity, u8 posting count, u8 change count,
 *   postings: u8 kind, u16 currency, u64 account, i64 minor;
 *   changes: u8 table, u8 key length, u16 value length (0xFFFF: removal), key, value.
 */
#include "books/journal.h"

#include "base/assert.h"
#include "txn/outcome.h"

#include <string.h>

#define REMOVAL_LEN 0xFFFF

struct writer {
    uint8_t *at;
    size_t len;
    size_t cap;
};

struct reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

static inline void put(struct writer *w, const void *from, size_t len)
{
    if (w->len + len <= w->cap && len > 0)
        memcpy(w->at + w->len, from, len);
    w->len += len;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as in books/row.h");

/* The low bytes of a number, which come first here and there. */
static inline void put_number(struct writer *w, uint64_t value, size_t len)
{
    put(w, &value, len);
}

static inline const uint8_t *take(struct reader *r, size_t len)
{
    static const uint8_t nothing[IDENTITY_KEY_LEN + JOURNAL_HASH_LEN];
    const uint8_t *at = r->at;

    if (r->failed || len > r->left) {
        r->failed = true;
        return nothing;
    }
    r->at += len;
    r->left -= len;
    return at;
}

static inline uint64_t take_number(struct reader *r, size_t len)
{
    uint64_t value = 0;

    memcpy(&value, take(r, len), len);
    return value;
}

static void put_head(struct writer *w, const struct journal_record *record)
{
    uint8_t identity[IDENTITY_KEY_LEN];

    identity_to_key(&record->identity, identity);
    put_number(w, JOURNAL_VERSION, 2);
    put_number(w, record->node, 2);
    put_number(w, record->epoch, 4);
    put_number(w, record->sequence, 8);
    put(w, record->previous, sizeof record->previous);
    put_number(w, (uint64_t)record->wall.us, 8);
    put_number(w, record->business_date, 4);
    put_number(w, record->settlement_date, 4);
    put_number(w, record->tables_version, 4);
    put_number(w, record->what, 1);
    put_number(w, record->money, 1);
    put_number(w, record->outcome, 2);
    put(w, identity, sizeof identity);
    put_number(w, record->postings.count, 1);
    put_number(w, record->change_count, 1);
}

static void put_change(struct writer *w, const struct journal_change *change)
{
    assert(change->value.len < REMOVAL_LEN);
    put_number(w, change->key.table, 1);
    put_number(w, change->key.len, 1);
    put_number(w, change->is_removal ? REMOVAL_LEN : change->value.len, 2);
    put(w, change->key.at, change->key.len);
    if (!change->is_removal)
        put(w, change->value.at, change->value.len);
}

enum err journal_encode(const struct journal_record *record, uint8_t *out, size_t cap,
                        size_t *out_len)
{
    struct writer w = {.at = out, .cap = cap};

    assert(record->what < WHAT_COUNT);
    assert(record->change_count <= NEEDS_MAX);
    assert(postings_balance(&record->postings));
    put_head(&w, record);
    for (size_t i = 0; i < record->postings.count; i++) {
        const struct posting *posting = &record->postings.rows[i];
        put_number(&w, posting->kind, 1);
        put_number(&w, posting->currency, 2);
        put_number(&w, posting->account, 8);
        put_number(&w, (uint64_t)posting->minor, 8);
    }
    for (size_t i = 0; i < record->change_count; i++)
        put_change(&w, &record->changes[i]);
    if (w.len > cap)
        return ERR_FULL;
    *out_len = w.len;
    return OK;
}

static void take_head(struct reader *r, struct journal_record *out)
{
    out->node = (uint16_t)take_number(r, 2);
    out->epoch = (uint32_t)take_number(r, 4);
    out->sequence = take_number(r, 8);
    memcpy(out->previous, take(r, sizeof out->previous), sizeof out->previous);
    out->wall.us = (int64_t)take_number(r, 8);
    out->business_date = (uint32_t)take_number(r, 4);
    out->settlement_date = (uint32_t)take_number(r, 4);
    out->tables_version = (uint32_t)take_number(r, 4);
    out->what = (uint8_t)take_number(r, 1);
    out->money = (uint8_t)take_number(r, 1);
    out->outcome = (uint16_t)take_number(r, 2);
    identity_from_key(take(r, IDENTITY_KEY_LEN), &out->identity);
    out->postings.count = (uint8_t)take_number(r, 1);
    out->change_count = (uint8_t)take_number(r, 1);
}

static void take_posting(struct reader *r, struct posting *out)
{
    out->kind = (uint8_t)take_number(r, 1);
    out->currency = (uint16_t)take_number(r, 2);
    out->account = take_number(r, 8);
    out->minor = (int64_t)take_number(r, 8);
    if (out->kind >= ACCOUNT_KIND_COUNT || out->minor > MONEY_MINOR_MAX ||
        out->minor < -MONEY_MINOR_MAX)
        r->failed = true;
}

static void take_change(struct reader *r, struct journal_change *out)
{
    uint8_t table = (uint8_t)take_number(r, 1);
    uint8_t key_len = (uint8_t)take_number(r, 1);
    size_t value_len = (size_t)take_number(r, 2);

    out->is_removal = value_len == REMOVAL_LEN;
    if (out->is_removal)
        value_len = 0;
    if (table == TABLE_NONE || table >= TABLE_COUNT || key_len > ROW_KEY_LEN_MAX ||
        value_len > ROW_VALUE_LEN_MAX) {
        r->failed = true;
        return;
    }
    out->key = row_key_of((enum row_table)table, take(r, key_len), key_len);
    const uint8_t *value = r->at;
    if (value_len > r->left) {
        r->failed = true;
        return;
    }
    r->at += value_len;
    r->left -= value_len;
    out->value = bytes_over(value, value_len);
}

enum err journal_decode(struct bytes bytes, struct journal_record *out)
{
    struct reader r = {.at = bytes.at, .left = bytes.len};
    uint64_t version = take_number(&r, 2);

    if (!r.failed && version != JOURNAL_VERSION)
        return ERR_VERSION;
    take_head(&r, out);
    if (out->postings.count > POSTINGS_MAX || out->change_count > NEEDS_MAX ||
        out->what >= WHAT_COUNT || out->money >= MONEY_STATE_COUNT ||
        !outcome_is_known(out->outcome))
        return ERR_CORRUPT;
    for (size_t i = 0; i < out->postings.count; i++)
        take_posting(&r, &out->postings.rows[i]);
    for (size_t i = 0; i < out->change_count && !r.failed; i++)
        take_change(&r, &out->changes[i]);
    return r.failed || r.left != 0 || !postings_balance(&out->postings) ? ERR_CORRUPT : OK;
}

/* clang-format off */
static const struct {
    const char *name;
    const char *zh;
    const char *en;
} journal_what_table[] = {
    [WHAT_NONE]             = { "none",             "无",                     "nothing" },
    [WHAT_CONFIGURED]       = { "configured",       "操作员修改了设置",       "an operator changed the set-up" },
    [WHAT_FUNDED]           = { "funded",           "账户入账",               "money was paid into the account" },
    [WHAT_SIGNED_IN]        = { "signed_in",        "终端签到",               "the terminal signed in" },
    [WHAT_SIGNED_OFF]       = { "signed_off",       "终端签退",               "the terminal signed off" },
    [WHAT_KEYS_CHANGED]     = { "keys_changed",     "工作密钥已更换",         "working keys were changed" },
    [WHAT_SALE_SENT]        = { "sale_sent",        "交易请求已发出",         "the payment was sent on" },
    [WHAT_INQUIRY_SENT]     = { "inquiry_sent",     "查询请求已发出",         "the inquiry was sent on" },
    [WHAT_APPROVED]         = { "approved",         "批准",                   "approved" },
    [WHAT_DECLINED]         = { "declined",         "拒绝",                   "declined" },
    [WHAT_NO_ANSWER]        = { "no_answer",        "超时未收到应答",         "no answer came in time" },
    [WHAT_REVERSAL_OWED]    = { "reversal_owed",    "需要冲正",               "it has to be taken back" },
    [WHAT_REVERSAL_SENT]    = { "reversal_sent",    "冲正已发出",             "the reversal was sent" },
    [WHAT_REVERSED]         = { "reversed",         "冲正完成,款项已退回",   "taken back: the reversal is done" },
    [WHAT_REVERSAL_REFUSED] = { "reversal_refused", "冲正被拒绝,将继续尝试", "the reversal was refused and will be tried again" },
    [WHAT_TOMBSTONE]        = { "tombstone",        "先收到冲正,此交易作废", "reversed before it arrived: it can never be posted" },
    [WHAT_LATE_ANSWER]      = { "late_answer",      "迟到的应答,未作更改",   "an answer came too late and changed nothing" },
    [WHAT_QUARANTINED]      = { "quarantined",      "应答与请求不符,已隔离", "an answer that fits no request was set aside" },
    [WHAT_RECOVERED]        = { "recovered",        "重启后继续处理",         "taken up again after a restart" },
    [WHAT_LINK_CHANGED]     = { "link_changed",     "线路状态变化",           "a line went up or down" },
    [WHAT_NETWORK_SENT]     = { "network_sent",     "管理请求已发出",         "a network message was sent" },
    [WHAT_RULES_CHANGED]    = { "rules_changed",    "限额与风控规则已更换",   "other rules of limits and risk are in force" },
    [WHAT_ADVICE_STORED]    = { "advice_stored",    "离线受理，待上送",       "accepted offline, to be delivered" },
    [WHAT_ADVICE_SENT]      = { "advice_sent",      "通知已发出",             "the advice was sent" },
    [WHAT_HOLD_LAPSED]      = { "hold_lapsed",      "预授权到期自动解冻",     "the hold lapsed and was freed" },
    [WHAT_BATCH_CLOSED]     = { "batch_closed",     "批次已结算",             "the batch was closed" },
    [WHAT_TOTALS_DIFFER]    = { "totals_differ",    "结算总额不符",           "the totals of the batch differ" },
    [WHAT_LOGGED_IN]        = { "logged_in",        "收银员登录",             "a cashier logged in" },
    [WHAT_LOGGED_OFF]       = { "logged_off",       "收银员退出",             "a cashier logged off" },
    [WHAT_PRINTED]          = { "printed",          "打印签购单",             "a receipt was printed, or could not be" },
    [WHAT_DOWNLOADED]       = { "downloaded",       "下载参数或程序",         "parameters or a package came down" },
    [WHAT_UPLOADED]         = { "uploaded",         "上送状态或签名",         "a status or signature went up" },
    [WHAT_ADVICE_REFUSED]   = { "advice_refused",   "通知暂未被接受",         "an advice was not taken; it is sent again" },
    [WHAT_HANDED_OVER]      = { "handed_over",      "久未了结，转人工跟进",   "open for too long; handed to a person" },
    [WHAT_RESTORED]         = { "restored",         "由备份恢复或由备机接管", "the store was restored, or a standby took over" },
    [WHAT_PEER_HEARD]       = { "peer_heard",       "对方报告账本进度",       "the other host said how far its books are" },
    [WHAT_BOOKS_APART]      = { "books_apart",      "双方账本进度不一致",     "the books of the two hosts do not stand at the same point" },
    [WHAT_TESTIFIED]        = { "testified",        "有人陈述实情，待第二人确认", "a person said how it stands; a second has to confirm" },
    [WHAT_TESTIMONY_WITHDRAWN] = { "testimony_withdrawn", "陈述已撤回",       "what a person had said was withdrawn" },
    [WHAT_PERSON_SETTLED]   = { "person_settled",   "经两人确认，人工了结",   "two persons said how it stands: settled by hand" },
    [WHAT_CONTRADICTED]     = { "contradicted",     "对方应答与人工了结不符", "an answer contradicts what was settled by hand, and changed nothing" },
    [WHAT_PERSON_REFUSED]   = { "person_refused",   "口令不符",               "another password than the person's was given" },
    [WHAT_ARCHIVED]         = { "archived",         "营业日已归档",           "a business day was archived" },
    [WHAT_PURGED]           = { "purged",           "已归档的交易已清除",     "archived payments were removed" },
    [WHAT_CARRIED]          = { "carried",          "余额及资料结转",         "rows were brought forward: their older records leave the journal" },
    [WHAT_ASKED]            = { "asked",            "向下一方查询交易状态",   "the next host was asked what became of it, or told" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(journal_what_table) == WHAT_COUNT, "a row for each happening");

const char *journal_what_name(enum journal_what what)
{
    assert(what < WHAT_COUNT);
    return journal_what_table[what].name;
}

const char *journal_what_zh(enum journal_what what)
{
    assert(what < WHAT_COUNT);
    return journal_what_table[what].zh;
}

const char *journal_what_en(enum journal_what what)
{
    assert(what < WHAT_COUNT);
    return journal_what_table[what].en;
}

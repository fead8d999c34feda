#include "explain/codes.h"

#include "base/assert.h"

#define CODE_ROW(d, c, s, cl, m, zh, en, ...)                                                      \
    {.dialect = CODES_##d,                                                                         \
     .code = c,                                                                                    \
     .source = SOURCE_##s,                                                                         \
     .class = CLASS_##cl,                                                                          \
     .money = MONEY_##m,                                                                           \
     .means = {{zh, en}},                                                                          \
     .causes = {__VA_ARGS__}},
static const struct codes_row code_table[] = {
#include "explain/code_table.h"
};
#undef CODE_ROW

/* What tells the causes of a code of CODES_CUP_POS apart, in one step each. */
/* clang-format off */
static const struct {
    const char *code;
    struct catalogue_text step;
} step_table[] = {
    {"03", {{ "请收单机构看商户记录的状态一项：无记录、停用、缺许可或两处不一致。", "Have the acquirer read the state in the merchant's record: none, suspended, licence missing, or differing." }}},
    {"04", {{ "问收单机构此卡是否在其名单上；不在则是发卡行的意思。", "Ask the acquirer whether the card is on its own list; if not, the issuer wants it kept." }}},
    {"05", {{ "看同一发卡行的其他卡这几分钟是否获准：都被拒是发卡行的问题，只此一张则由持卡人问银行。", "See whether other cards of this issuer were approved in these minutes: if none, it is the issuer; if only this card fails, the holder asks the bank." }}},
    {"12", {{ "看做的是什么交易：撤销查批次是否已结算，其他查终端是否开通。", "Look at what was done: for a void, whether the batch is settled; else, whether the terminal may do it." }}},
    {"13", {{ "看金额：为零或位数不对是输入错误，很小则低于下限。", "Look at the amount: zero or too long was mistyped; very small is below the least." }}},
    {"14", {{ "看输入方式：手输先核对卡号，插卡则此卡已注销或不存在。", "Look at the entry mode: compare a keyed number; an inserted card is closed or unknown." }}},
    {"21", {{ "问持卡人这张卡是否用过：从未用过是未激活，久未用是睡眠。", "Ask the holder whether the card was ever used: never means not activated, long ago means dormant." }}},
    {"22", {{ "查原交易的状态：已撤销、已冲正、已结算或没有。", "Look up the original's state: voided, reversed, settled, or none." }}},
    {"45", {{ "看终端能否读芯片：能读则插卡，读不出则修读卡器。", "See whether the terminal reads the chip: if it does, insert the card; if not, mend the reader." }}},
    {"51", {{ "看交易种类：退货被拒是商户余额，消费被拒是持卡人余额。", "Look at the kind: a refused refund is the merchant's balance, a refused sale the cardholder's." }}},
    {"54", {{ "比对卡面有效期：已过是过期，未过则是输入与记录不符。", "Look at the date on the card: past means expired; not past means that it differs from the record." }}},
    {"55", {{ "看请求中有无密码：没有是未输密码，有则是密码错误。", "See whether the request had a PIN: none means missing, one means wrong." }}},
    {"57", {{ "请持卡人问银行：只有发卡行知道是哪一种限制。", "The holder asks the bank: only the issuer knows which restriction it is." }}},
    {"58", {{ "在同一终端做一笔消费：消费可以则是此交易未开通，都不行则是终端停用或程序过旧。", "Do a sale at the same terminal: if it works, this kind is not enabled; if not, the terminal is stopped or too old." }}},
    {"59", {{ "看谁作出的判定：收单机构的规则有记录，没有记录则是发卡行。", "See who decided: the acquirer's rules leave a record; without one it was the issuer." }}},
    {"61", {{ "换一张卡：仍被拒是商户的限额，通过则是原卡的限额。", "Take another card: if it fails too, the limit is the merchant's; if it passes, it was the card's." }}},
    {"62", {{ "换一张同一银行的卡：仍被拒是号段受限，通过则是原卡受限。", "Take another card of the same bank: if it fails too, the range is barred; if it passes, it was the card." }}},
    {"64", {{ "看做的是什么交易：退货比剩余金额，预授权完成比冻结金额，撤销比原金额。", "Look at what was done: compare a refund with what is left, a completion with the hold, a void with the original's amount." }}},
    {"65", {{ "看本店今天此卡的笔数：达到上限是本店规则，没有则是发卡行的次数限制。", "Count this card's payments here today: at the limit it is the shop's rule; else the issuer's count." }}},
    {"68", {{ "看冲正的状态：冲正确认之前款项不明。", "See the state of the reversal: until it is confirmed the money is not known." }}},
    {"75", {{ "明天再看：次日自动恢复是收单侧冷却，仍锁定则由发卡行解锁。", "Look tomorrow: if it opens by itself it was the acquirer's cool-down; else the issuer must unlock it." }}},
    {"91", {{ "看是否在公告的维护时段内。", "See whether it is inside an announced maintenance window." }}},
    {"96", {{ "看其他银行的卡这几分钟是否获准：都不行是平台，只有这家不行是发卡行。", "See whether cards of several banks failed in these minutes: if all did, it is the switch; if one bank's, the issuer." }}},
    {"98", {{ "用 acquit doubt 看冲正等了多久、对方答了什么码：没有应答查线路，有应答码与对方核对。", "See with acquit doubt how long the reversal has waited and what was answered: if nothing, look at the line; if a code, ask that host." }}},
};
/* clang-format on */

static const struct {
    const char *name;
    const char *date;
} source_table[] = {
    [SOURCE_CUP_NEW] = {"UnionPay POS response codes, newer public list", "2026-11-22"},
    [SOURCE_CUP_OLD] = {"UnionPay POS response codes, older public list", "2026-11-22"},
    [SOURCE_EMV] = {"EMV 4.3 Book 3, annex C5 and C6", "2026-11-22"},
    [SOURCE_NEXO] = {"nexo Sale to POI, ErrorCondition", "2026-11-22"},
    [SOURCE_MASTERCARD] = {"merchant advice codes, as providers publish them", "2026-11-22"},
    [SOURCE_VISA] = {"decline categories of 2022, as providers publish them", "2026-11-22"},
    [SOURCE_VISA_CODES] = {"field 39 by decline category; providers' lists differ", "2026-11-22"},
    [SOURCE_ISO87] = {"ISO 8583:1987, response codes, as public lists have them", "2026-11-22"},
    [SOURCE_OWN] = {"acquit", "2026-11-22"},
    [SOURCE_OPERATOR] = {"the operator's own table", ""},
};
_Static_assert(ARRAY_COUNT(source_table) == SOURCE_COUNT, "a name for each source");

/* What holds when a dialect's own rows have no such code: CODES_DIALECT_COUNT for nothing more. */
static const struct {
    const char *name;
    const char *older_name;
    enum codes_dialect otherwise;
} dialect_table[] = {
    [CODES_CUP_POS] = {"cup-pos", "cup", CODES_DIALECT_COUNT},
    [CODES_ISO87] = {"iso87", "iso87-ascii", CODES_CUP_POS},
    [CODES_TVR] = {"tvr", "emv-tvr", CODES_DIALECT_COUNT},
    [CODES_TSI] = {"tsi", "emv-tsi", CODES_DIALECT_COUNT},
    [CODES_NEXO] = {"nexo", "nexo-retailer", CODES_DIALECT_COUNT},
    [CODES_MASTERCARD] = {"mastercard", "mastercard-advice", CODES_DIALECT_COUNT},
    [CODES_VISA] = {"visa", "visa-category", CODES_ISO87},
    [CODES_LINE] = {"line", "link", CODES_DIALECT_COUNT},
};
_Static_assert(ARRAY_COUNT(dialect_table) == CODES_DIALECT_COUNT, "a row for each dialect");

/* In no table: a refusal of an unknown kind. The terminal shows it with its code and treats it as
 * a decline (UnionPay POS); nothing follows from it but to pay otherwise or to ask. */
static const struct codes_row unmapped = {
    .class = CLASS_DECLINED,
    .money = MONEY_NOT_MOVED,
    .means = {{"未知的应答码：交易失败，请以此码询问收单机构",
               "an unknown code: not approved; ask the acquirer with this code"}},
    .causes = {OUTCOME_DECLINED_UNSPECIFIED},
};

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool codes_is(const struct codes_row *row, struct bytes code)
{
    size_t i = 0;

    while (i < code.len && row->code[i] != 0 && lower((uint8_t)row->code[i]) == lower(code.at[i]))
        i++;
    return i == code.len && row->code[i] == 0;
}

static const struct codes_row *find(enum codes_dialect dialect, struct bytes code)
{
    for (; dialect < CODES_DIALECT_COUNT; dialect = dialect_table[dialect].otherwise) {
        for (size_t i = 0; i < ARRAY_COUNT(code_table); i++) {
            if (code_table[i].dialect == dialect && codes_is(&code_table[i], code))
                return &code_table[i];
        }
    }
    return NULL;
}

void codes_meaning_of(const struct codes_row *row, struct codes_meaning *out)
{
    *out = (struct codes_meaning){.row = row,
                                  .class = row->class,
                                  .money = row->money,
                                  .means = row->means,
                                  .causes = row->causes};
    while (out->cause_count < CODES_CAUSES_MAX && row->causes[out->cause_count] != OUTCOME_NONE)
        out->cause_count++;
}

void codes_look_up(enum codes_dialect dialect, struct bytes code, struct codes_meaning *out)
{
    assert(dialect < CODES_DIALECT_COUNT);
    const struct codes_row *row = find(dialect, code);

    codes_meaning_of(row != NULL ? row : &unmapped, out);
    out->row = row;
}

static const struct codes_row *bit_row(enum codes_dialect dialect, size_t byte, unsigned bit)
{
    char name[] = {(char)('1' + byte), '.', (char)('1' + bit), 0};

    return find(dialect, bytes_of_z(name));
}

int codes_bits(enum codes_dialect dialect, struct bytes hex,
               const struct codes_row *out[static CODES_BITS_MAX])
{
    uint8_t value[CODES_BITS_MAX / 8];
    size_t len = dialect == CODES_TVR ? 5 : 2;
    size_t written = 0;
    int count = 0;

    if ((dialect != CODES_TVR && dialect != CODES_TSI) || hex.len != len * 2 ||
        bytes_from_hex((const char *)hex.at, hex.len, value, sizeof value, &written) != OK)
        return -1;
    for (size_t byte = 0; byte < len; byte++) {
        for (unsigned bit = 8; bit-- > 0;) {
            if ((value[byte] >> bit & 1) == 0)
                continue;
            out[count] = bit_row(dialect, byte, bit);
            assert(out[count] != NULL); /* the table has every bit */
            count++;
        }
    }
    return count;
}

const struct catalogue_text *codes_telling_step(const struct codes_row *row)
{
    if (row == NULL || row->dialect != CODES_CUP_POS)
        return NULL;
    for (size_t i = 0; i < ARRAY_COUNT(step_table); i++) {
        if (strcmp(step_table[i].code, row->code) == 0)
            return &step_table[i].step;
    }
    return NULL;
}

const struct codes_row *codes_at(size_t index)
{
    return index < ARRAY_COUNT(code_table) ? &code_table[index] : NULL;
}

const char *codes_dialect_name(enum codes_dialect dialect)
{
    assert(dialect < CODES_DIALECT_COUNT);
    return dialect_table[dialect].name;
}

enum codes_dialect codes_dialect_by_name(const char *name)
{
    size_t i = 0;

    while (i < CODES_DIALECT_COUNT && strcmp(dialect_table[i].name, name) != 0 &&
           strcmp(dialect_table[i].older_name, name) != 0)
        i++;
    return (enum codes_dialect)i;
}

const char *codes_row_date(const struct codes_row *row)
{
    return row->date != NULL ? row->date : codes_source_date(row->source);
}

const char *codes_source_name(enum codes_source source)
{
    assert(source < SOURCE_COUNT);
    return source_table[source].name;
}

const char *codes_source_date(enum codes_source source)
{
    assert(source < SOURCE_COUNT);
    return source_table[source].date;
}

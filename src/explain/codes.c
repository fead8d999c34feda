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
    [SOURCE_OWN] = {"acquit", "2026-11-22"},
};
_Static_assert(ARRAY_COUNT(source_table) == SOURCE_COUNT, "a name for each source");

static const char *const dialect_names[] = {
    [CODES_CUP_POS] = "cup-pos",
    [CODES_EMV_TVR] = "emv-tvr",
    [CODES_EMV_TSI] = "emv-tsi",
    [CODES_NEXO] = "nexo",
    [CODES_MASTERCARD_ADVICE] = "mastercard-advice",
    [CODES_VISA_CATEGORY] = "visa-category",
    [CODES_LINE] = "line",
};
_Static_assert(ARRAY_COUNT(dialect_names) == CODES_DIALECT_COUNT, "a name for each dialect");

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

static bool is_code(const struct codes_row *row, struct bytes code)
{
    size_t i = 0;

    while (i < code.len && row->code[i] != 0 && lower((uint8_t)row->code[i]) == lower(code.at[i]))
        i++;
    return i == code.len && row->code[i] == 0;
}

static const struct codes_row *find(enum codes_dialect dialect, struct bytes code)
{
    for (size_t i = 0; i < ARRAY_COUNT(code_table); i++) {
        if (code_table[i].dialect == dialect && is_code(&code_table[i], code))
            return &code_table[i];
    }
    return NULL;
}

void codes_look_up(enum codes_dialect dialect, struct bytes code, struct codes_meaning *out)
{
    assert(dialect < CODES_DIALECT_COUNT);
    const struct codes_row *row = find(dialect, code);
    const struct codes_row *told = row != NULL ? row : &unmapped;

    *out = (struct codes_meaning){.row = row,
                                  .class = told->class,
                                  .money = told->money,
                                  .means = told->means,
                                  .causes = told->causes};
    while (out->cause_count < CODES_CAUSES_MAX && told->causes[out->cause_count] != OUTCOME_NONE)
        out->cause_count++;
}

const struct codes_row *codes_at(size_t index)
{
    return index < ARRAY_COUNT(code_table) ? &code_table[index] : NULL;
}

const char *codes_dialect_name(enum codes_dialect dialect)
{
    assert(dialect < CODES_DIALECT_COUNT);
    return dialect_names[dialect];
}

enum codes_dialect codes_dialect_by_name(const char *name)
{
    size_t i = 0;

    while (i < CODES_DIALECT_COUNT && strcmp(dialect_names[i], name) != 0)
        i++;
    return (enum codes_dialect)i;
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

#include "explain/catalogue.h"

#include "base/assert.h"

#define BIT(n) (UINT64_C(1) << (n))

/* Who is told the name of a cause. */
#define NAMED_TO_ALL                                                                               \
    (BIT(READER_CASHIER) | BIT(READER_CARDHOLDER) | BIT(READER_MERCHANT) | BIT(READER_OPERATOR))
#define NAMED_PRIVATELY (NAMED_TO_ALL & ~BIT(READER_CARDHOLDER))
#define NAMED_TO_STAFF (BIT(READER_MERCHANT) | BIT(READER_OPERATOR))
#define NAMED_TO_HOLDER (BIT(READER_CARDHOLDER) | BIT(READER_OPERATOR))

struct catalogue_row {
    unsigned named_to; /* bits of enum explain_reader */
    struct catalogue_entry entries[READER_COUNT];
};

#define ENTRY(what_zh, what_en, steps_zh, steps_en)                                                \
    {                                                                                              \
        .what = {{what_zh, what_en}}, .steps = { {steps_zh, steps_en} }                            \
    }
#define TEXT_ROW(outcome, named, c1, c2, c3, c4, h1, h2, h3, h4, m1, m2, m3, m4, o1, o2, o3, o4)   \
    [outcome] = {named,                                                                            \
                 {[READER_CASHIER] = ENTRY(c1, c2, c3, c4),                                        \
                  [READER_CARDHOLDER] = ENTRY(h1, h2, h3, h4),                                     \
                  [READER_MERCHANT] = ENTRY(m1, m2, m3, m4),                                       \
                  [READER_OPERATOR] = ENTRY(o1, o2, o3, o4)}},
static const struct catalogue_row catalogue_table[] = {
#include "explain/text_table.h"
};
#undef TEXT_ROW

/* Two rows of one outcome do not compile (-Woverride-init), so as many rows as outcomes are all. */
#define TEXT_ROW(outcome, ...) +1
enum {
    CATALOGUE_ROW_COUNT = 0
#include "explain/text_table.h"
};
#undef TEXT_ROW

_Static_assert(CATALOGUE_ROW_COUNT == (int)OUTCOME_ROWS, "texts for each outcome");

/* What nobody but the decider's own staff is told, beside the rule of each value: the issuer's
 * limits, counters and records are no business of the shop, and none of the shop's and the
 * acquirer's are the cardholder's. */
#define ISSUER_MATTERS                                                                             \
    (BIT(EVIDENCE_LIMIT) | BIT(EVIDENCE_USED) | BIT(EVIDENCE_SHORT_BY) |                           \
     BIT(EVIDENCE_TRIES_LEFT) | BIT(EVIDENCE_RESETS) | BIT(EVIDENCE_STATE) | BIT(EVIDENCE_SINCE) | \
     BIT(EVIDENCE_EXPECTED) | BIT(EVIDENCE_FOUND) | BIT(EVIDENCE_COUNTER) |                        \
     BIT(EVIDENCE_SERVICE_CODE) | BIT(EVIDENCE_REASON))
#define SHOP_MATTERS                                                                               \
    (BIT(EVIDENCE_FIELD) | BIT(EVIDENCE_EXPECTED) | BIT(EVIDENCE_FOUND) | BIT(EVIDENCE_STATE) |    \
     BIT(EVIDENCE_SINCE) | BIT(EVIDENCE_LIMIT) | BIT(EVIDENCE_CHECK_VALUE) |                       \
     BIT(EVIDENCE_COMPONENT) | BIT(EVIDENCE_LOAD) | BIT(EVIDENCE_TRACE))

_Static_assert(EVIDENCE_COUNT <= 64, "names of evidence are bits");

/* clang-format off */
static const uint64_t withheld_table[PARTY_COUNT][READER_COUNT] = {
    /*                  cashier                  cardholder                     merchant        operator */
    [PARTY_TERMINAL] = { 0,                      SHOP_MATTERS,                  0,              0 },
    [PARTY_ACQUIRER] = { 0,                      SHOP_MATTERS,                  0,              0 },
    [PARTY_ISSUER]   = { ISSUER_MATTERS,         ISSUER_MATTERS | SHOP_MATTERS, ISSUER_MATTERS, 0 },
};
/* clang-format on */

const struct catalogue_entry *catalogue_entry(enum outcome outcome, enum explain_reader reader)
{
    assert(outcome_is_known(outcome));
    assert(reader < READER_COUNT);
    return &catalogue_table[outcome].entries[reader];
}

bool catalogue_names(enum outcome outcome, enum explain_reader reader)
{
    assert(outcome_is_known(outcome));
    assert(reader < READER_COUNT);
    return (catalogue_table[outcome].named_to & BIT(reader)) != 0;
}

bool catalogue_shows(enum outcome outcome, enum explain_reader reader, enum evidence_name name)
{
    static const unsigned seen_by[READER_COUNT] = {
        [READER_CASHIER] = SEEN_BY_CASHIER,
        [READER_CARDHOLDER] = SEEN_BY_CARDHOLDER,
        [READER_MERCHANT] = SEEN_BY_MERCHANT,
        [READER_OPERATOR] = SEEN_BY_OPERATOR,
    };

    assert(reader < READER_COUNT);
    assert(name < EVIDENCE_COUNT);
    return (evidence_readers(name) & seen_by[reader]) != 0 &&
           (withheld_table[outcome_row(outcome)->decides][reader] & BIT(name)) == 0;
}

static const char *const reader_names[] = {
    [READER_CASHIER] = "cashier",
    [READER_CARDHOLDER] = "cardholder",
    [READER_MERCHANT] = "merchant",
    [READER_OPERATOR] = "operator",
};
static const char *const lang_names[] = {[LANG_ZH] = "zh", [LANG_EN] = "en"};

_Static_assert(ARRAY_COUNT(reader_names) == READER_COUNT, "a name for each reader");
_Static_assert(ARRAY_COUNT(lang_names) == LANG_COUNT, "a name for each language");

static size_t index_of(const char *const *names, size_t count, const char *name)
{
    size_t i = 0;

    while (i < count && strcmp(names[i], name) != 0)
        i++;
    return i;
}

const char *explain_reader_name(enum explain_reader reader)
{
    assert(reader < READER_COUNT);
    return reader_names[reader];
}

enum explain_reader explain_reader_by_name(const char *name)
{
    return (enum explain_reader)index_of(reader_names, READER_COUNT, name);
}

const char *explain_lang_name(enum explain_lang lang)
{
    assert(lang < LANG_COUNT);
    return lang_names[lang];
}

enum explain_lang explain_lang_by_name(const char *name)
{
    return (enum explain_lang)index_of(lang_names, LANG_COUNT, name);
}

#include "drivers/files/rules_yaml.h"

#include "base/assert.h"

#include <string.h>

#define SCORE_MAX 10000
#define THRESHOLD_USUAL 100
#define COUNT_MAX 1000000
#define MINUTES_MAX (31 * 1440)
#define SPEED_MAX 100000
#define VERSION_MAX 999999
#define NEAR_MAX 20000
#define CATEGORY_MAX 9999
#define LIST_MAX 32 /* values of one key of one rule */
#define MINUTE_US 60000000

struct reader {
    struct yaml_tree tree;
    struct rules_file *out;
    int32_t utc_offset_s;
    struct rule rule; /* that is being read */
    bool from_is_daily;
};

enum { KEY_NAME, KEY_CHECK, KEY_FIRST };

/* The keys of a rule; those after the first two by their column. */
struct column_key {
    const char *name;
    unsigned column;
    enum err (*take)(struct reader *r, const yaml_node_t *node);
};

/* ---- what a value should have been ---- */

static enum err expected(struct reader *r, const yaml_node_t *node, const char *what)
{
    char room[120];
    struct text t = text_over(room, sizeof room);

    text_add(&t, "expected ");
    text_add(&t, what);
    text_add(&t, "; found");
    return yaml_fail(&r->tree, node, text_z(&t));
}

/* "expected card, terminal or merchant" */
static void add_words(struct text *t, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(t, i == 0 ? "" : i + 1 == count ? " or " : ", ");
        text_add(t, words[i]);
    }
}

static enum err take_word(struct reader *r, const yaml_node_t *node, const struct yaml_words *words,
                          unsigned *out)
{
    char room[100];
    struct text t = text_over(room, sizeof room);
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->at[i], z) == 0) {
            *out = (unsigned)i;
            return OK;
        }
    }
    add_words(&t, words->at, words->count);
    return expected(r, node, text_z(&t));
}

static enum err take_number(struct reader *r, const yaml_node_t *node, uint64_t most, uint32_t *out)
{
    char room[48];
    struct text t = text_over(room, sizeof room);
    uint64_t number = 0;
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (z[0] != 0 && strlen(z) < 12 && bytes_to_number(z, strlen(z), &number) == OK &&
        number >= 1 && number <= most) {
        *out = (uint32_t)number;
        return OK;
    }
    text_add(&t, "a number from 1 to ");
    text_add_u64(&t, most);
    return expected(r, node, text_z(&t));
}

/* ---- the columns ---- */

static enum err take_amount(struct reader *r, const yaml_node_t *node)
{
    struct money money;
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (money_from_text(z, r->out->currency, &money) != OK || money.minor <= 0)
        return expected(r, node, "an amount such as \"10.00\"");
    r->rule.amount_minor = money.minor;
    return OK;
}

/* Of a share, the least number that it is looked at from. */
static enum err take_count(struct reader *r, const yaml_node_t *node)
{
    uint64_t most = r->rule.check == RULE_REFUSALS ? TALLY_REFUSALS : COUNT_MAX;

    if (r->rule.check == RULE_REFUNDS)
        return take_number(r, node, COUNT_MAX, &r->rule.span);
    return take_number(r, node, most, &r->rule.count);
}

static enum err take_minutes(struct reader *r, const yaml_node_t *node)
{
    return take_number(r, node, MINUTES_MAX, &r->rule.span);
}

static enum err take_percent(struct reader *r, const yaml_node_t *node)
{
    return take_number(r, node, 100, &r->rule.count);
}

static enum err take_speed(struct reader *r, const yaml_node_t *node)
{
    return take_number(r, node, SPEED_MAX, &r->rule.count);
}

static enum err take_near(struct reader *r, const yaml_node_t *node)
{
    return take_number(r, node, NEAR_MAX, &r->rule.span);
}

static enum err take_version(struct reader *r, const yaml_node_t *node)
{
    return take_number(r, node, VERSION_MAX, &r->rule.count);
}

static enum err take_per(struct reader *r, const yaml_node_t *node)
{
    const char *names[TALLY_SUBJECT_COUNT];
    struct yaml_words words = {.at = names, .count = TALLY_SUBJECT_COUNT};
    unsigned per = 0;

    for (unsigned i = 0; i < TALLY_SUBJECT_COUNT; i++)
        names[i] = check_subject_name((enum tally_subject)i);
    TRY(take_word(r, node, &words, &per));
    r->rule.per = (uint8_t)per;
    return OK;
}

static enum err take_each(struct reader *r, const yaml_node_t *node)
{
    static const char *const names[] = {"day", "month"};
    static const struct yaml_words words = {.at = names, .count = ARRAY_COUNT(names)};
    unsigned each = 0;

    TRY(take_word(r, node, &words, &each));
    r->rule.each = (uint8_t)(PERIOD_DAY + each);
    return OK;
}

static enum err take_issuer(struct reader *r, const yaml_node_t *node)
{
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (strlen(z) > ISSUER_ID_LEN || !bytes_are_digits(z, strlen(z)) ||
        identity_id_from_text(z, 0, r->rule.party, sizeof r->rule.party) != OK)
        return expected(r, node, "an issuer's id of 1 to 11 digits");
    return OK;
}

static enum err take_score(struct reader *r, const yaml_node_t *node)
{
    uint32_t score = 0;

    TRY(take_number(r, node, SCORE_MAX, &score));
    r->rule.score = (uint16_t)score;
    return OK;
}

/* ---- times ---- */

/* Two digits at a place, up to a number. */
static bool two_digits(const char *at, unsigned least, unsigned most, unsigned *out)
{
    uint64_t number = 0;

    if (!bytes_are_digits(at, 2) || bytes_to_number(at, 2, &number) != OK)
        return false;
    *out = (unsigned)number;
    return number >= least && number <= most;
}

/* "02:30" */
static bool time_of_day(const char *z, uint32_t *minutes)
{
    unsigned hour;
    unsigned minute;

    if (strlen(z) != 5 || z[2] != ':' || !two_digits(z, 0, 23, &hour) ||
        !two_digits(z + 3, 0, 59, &minute))
        return false;
    *minutes = hour * 60 + minute;
    return true;
}

/* "2026-11-22", "2026-11-22 02:30" */
static bool date_and_time(const struct reader *r, const char *z, uint32_t *minutes)
{
    size_t len = strlen(z);
    struct civil civil = {0};
    uint64_t year = 0;
    unsigned month;
    unsigned day;
    uint32_t of_day = 0;

    if ((len != 10 && len != 16) || z[4] != '-' || z[7] != '-' || !bytes_are_digits(z, 4) ||
        bytes_to_number(z, 4, &year) != OK || year < 1971 || year > 2100 ||
        !two_digits(z + 5, 1, 12, &month) || !two_digits(z + 8, 1, 31, &day))
        return false;
    if (len == 16 && (z[10] != ' ' || !time_of_day(z + 11, &of_day)))
        return false;
    civil.year = (int32_t)year;
    civil.month = (uint8_t)month;
    civil.day = (uint8_t)day;
    struct instant instant = instant_from_civil(&civil, r->utc_offset_s);
    uint32_t date = (uint32_t)(year * 10000 + month * 100 + day);
    if (instant_date(instant, r->utc_offset_s) != date)
        return false; /* 31 June */
    *minutes = (uint32_t)(instant.us / MINUTE_US) + of_day;
    return true;
}

/* A time alone is one of every day, which only a maintenance window can have. */
static enum err take_time(struct reader *r, const yaml_node_t *node, uint32_t *out, bool *is_daily)
{
    bool may_be_daily = r->rule.check == RULE_MAINTENANCE;
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    *is_daily = may_be_daily && time_of_day(z, out);
    if (*is_daily || date_and_time(r, z, out))
        return OK;
    return expected(r, node,
                    may_be_daily ? "a time such as \"02:30\" or \"2026-11-22 02:30\""
                                 : "a date such as 2026-11-22 or \"2026-11-22 02:30\"");
}

static enum err take_from(struct reader *r, const yaml_node_t *node)
{
    return take_time(r, node, &r->rule.from, &r->from_is_daily);
}

static enum err take_until(struct reader *r, const yaml_node_t *node)
{
    bool is_daily;

    TRY(take_time(r, node, &r->rule.until, &is_daily));
    if (is_daily != r->from_is_daily)
        return expected(r, node, "a time of the same kind as `from`");
    if (is_daily)
        r->rule.each = PERIOD_DAY;
    else if (r->rule.until <= r->rule.from)
        return expected(r, node, "a time after `from`");
    return OK;
}

/* ---- scope: one value, or a list of them ---- */

struct values {
    size_t count;
    const yaml_node_t *at[LIST_MAX];
};

static enum err values_of(struct reader *r, const yaml_node_t *node, struct values *out)
{
    struct yaml_entries entries;
    const yaml_node_t *unused;
    const yaml_node_t *value;

    out->count = 1;
    out->at[0] = node;
    if (node == NULL || node->type != YAML_SEQUENCE_NODE)
        return OK;
    out->count = 0;
    TRY(yaml_entries_over(&r->tree, node, YAML_SEQUENCE_NODE, &entries));
    while (yaml_entries_next(&entries, &unused, &value)) {
        if (out->count == LIST_MAX)
            return yaml_fail_at(&r->tree, value->start_mark, "expected at most 32 values", NULL);
        out->at[out->count++] = value;
    }
    if (out->count == 0)
        return yaml_fail_at(&r->tree, node->start_mark, "expected at least one value", NULL);
    return OK;
}

static enum err take_merchant(struct reader *r, const yaml_node_t *node)
{
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (identity_id_from_text(z, ' ', r->rule.party, sizeof r->rule.party) != OK)
        return expected(r, node, "a merchant's id of 1 to 15 characters");
    return OK;
}

static enum err take_terminal(struct reader *r, const yaml_node_t *node)
{
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (identity_id_from_text(z, ' ', r->rule.terminal, sizeof r->rule.terminal) != OK)
        return expected(r, node, "a terminal's id of 1 to 8 characters");
    return OK;
}

/* "5411" or "5000-5999": two numbers of so many digits. */
static bool range_of(const char *z, size_t least, size_t most, uint32_t out[static 2])
{
    const char *dash = strchr(z, '-');
    size_t len = dash == NULL ? strlen(z) : (size_t)(dash - z);
    uint64_t numbers[2] = {0};

    if (len < least || len > most || bytes_to_number(z, len, &numbers[0]) != OK)
        return false;
    numbers[1] = numbers[0];
    if (dash != NULL &&
        (strlen(dash + 1) != len || bytes_to_number(dash + 1, len, &numbers[1]) != OK))
        return false;
    out[0] = (uint32_t)numbers[0];
    out[1] = (uint32_t)numbers[1];
    return out[0] <= out[1];
}

static enum err take_category(struct reader *r, const yaml_node_t *node)
{
    uint32_t range[2];
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (!range_of(z, 4, 4, range) || range[0] == 0)
        return expected(r, node, "a category such as 5411, or 5000-5999");
    r->rule.category_from = (uint16_t)range[0];
    r->rule.category_to = (uint16_t)range[1];
    return OK;
}

static enum err take_bin(struct reader *r, const yaml_node_t *node)
{
    uint32_t range[2];
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (!range_of(z, 6, 8, range))
        return expected(r, node, "6 to 8 digits, or from-to such as 62000001-62000009");
    const char *dash = strchr(z, '-');
    r->rule.bin_len = (uint8_t)(dash == NULL ? strlen(z) : (size_t)(dash - z));
    r->rule.bin_from = range[0];
    r->rule.bin_to = range[1];
    return OK;
}

static enum err take_entry(struct reader *r, const yaml_node_t *node)
{
    static const char *const names[] = {"keyed", "stripe", "chip", "contactless", "qr"};
    static const enum entry_mode modes[] = {ENTRY_KEYED, ENTRY_STRIPE, ENTRY_CHIP,
                                            ENTRY_CONTACTLESS, ENTRY_QR};
    static const struct yaml_words words = {.at = names, .count = ARRAY_COUNT(names)};
    struct values values;
    unsigned entry = 0;

    TRY(values_of(r, node, &values));
    for (size_t i = 0; i < values.count; i++) {
        TRY(take_word(r, values.at[i], &words, &entry));
        r->rule.entries |= (uint8_t)(1U << modes[entry]);
    }
    return OK;
}

static enum err take_kind(struct reader *r, const yaml_node_t *node)
{
    struct values values;
    const char *z;

    TRY(values_of(r, node, &values));
    for (size_t i = 0; i < values.count; i++) {
        TRY(yaml_take_z(&r->tree, values.at[i], &z));
        enum txn_kind kind = kind_by_name(z);
        if (kind == KIND_NONE || !rules_kind_is_judged(kind))
            return expected(r, values.at[i], "sale, preauth, increment, balance or refund");
        r->rule.kinds |= 1U << kind;
    }
    return OK;
}

/* clang-format off */
static const struct column_key column_keys[] = {
    { "amount",   COLUMN_AMOUNT,   take_amount },
    { "count",    COLUMN_COUNT,    take_count },
    { "minutes",  COLUMN_MINUTES,  take_minutes },
    { "percent",  COLUMN_PERCENT,  take_percent },
    { "km_h",     COLUMN_SPEED,    take_speed },
    { "near_km",  COLUMN_NEAR,     take_near },
    { "version",  COLUMN_VERSION,  take_version },
    { "per",      COLUMN_PER,      take_per },
    { "each",     COLUMN_EACH,     take_each },
    { "issuer",   COLUMN_ISSUER,   take_issuer },
    { "from",     COLUMN_FROM,     take_from },
    { "until",    COLUMN_UNTIL,    take_until },
    { "score",    COLUMN_SCORE,    take_score },
    { "entry",    COLUMN_ENTRY,    take_entry },
    { "kind",     COLUMN_KIND,     take_kind },
    { "merchant", COLUMN_MERCHANT, take_merchant },
    { "terminal", COLUMN_TERMINAL, take_terminal },
    { "category", COLUMN_CATEGORY, take_category },
    { "bin",      COLUMN_BIN,      take_bin },
};
/* clang-format on */

#define COLUMN_KEYS ARRAY_COUNT(column_keys)
#define LISTED_KEYS 4 /* the last ones: each value of a list makes a rule of its own */
#define LISTED_FIRST (COLUMN_KEYS - LISTED_KEYS)

/* ---- a rule ---- */

static enum err check_columns_of(struct reader *r, const struct yaml_key *keys,
                                 const yaml_node_t *map)
{
    enum rule_check check = (enum rule_check)r->rule.check;
    char room[80];

    for (size_t i = 0; i < COLUMN_KEYS; i++) {
        struct text t = text_over(room, sizeof room);
        const yaml_node_t *node = keys[KEY_FIRST + i].node;
        bool must = (check_row(check)->must & column_keys[i].column) != 0;
        bool may = (check_columns(check) & column_keys[i].column) != 0;
        if (node == NULL ? !must : may)
            continue;
        text_add(&t, "the check ");
        text_add(&t, check_row(check)->name);
        text_add(&t, node == NULL ? " also needs" : " has no such key");
        return yaml_fail_at(&r->tree, node == NULL ? map->start_mark : node->start_mark, text_z(&t),
                            column_keys[i].name);
    }
    return OK;
}

static enum err take_check(struct reader *r, const yaml_node_t *node)
{
    const char *names[RULE_CHECK_COUNT - 1];
    char room[240];
    struct text t = text_over(room, sizeof room);
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    enum rule_check check = check_by_name(z);
    if (check != RULE_CHECK_COUNT) {
        r->rule.check = (uint8_t)check;
        return OK;
    }
    for (unsigned i = 1; i < RULE_CHECK_COUNT; i++)
        names[i - 1] = check_row((enum rule_check)i)->name;
    text_add(&t, "expected ");
    add_words(&t, names, ARRAY_COUNT(names));
    return yaml_fail_at(&r->tree, node->start_mark, text_z(&t), NULL);
}

static enum err take_name(struct reader *r, const yaml_node_t *node)
{
    const char *z;
    bool is_good;

    TRY(yaml_take_z(&r->tree, node, &z));
    size_t len = strlen(z);
    is_good = len >= 1 && len <= RULE_NAME_LEN;
    for (size_t i = 0; i < len; i++)
        is_good = is_good &&
                  ((z[i] >= 'a' && z[i] <= 'z') || (z[i] >= '0' && z[i] <= '9') || z[i] == '-');
    if (!is_good)
        return expected(r, node, "a name of 1 to 15 of a-z, 0-9 and -");
    memset(r->rule.name, 0, sizeof r->rule.name);
    memcpy(r->rule.name, z, len);
    for (size_t i = 0; i < r->out->count; i++) {
        if (memcmp(r->out->rules[i].name, r->rule.name, sizeof r->rule.name) == 0)
            return expected(r, node, "another name: a rule above has it");
    }
    return OK;
}

/* Two rules that bar the same cards are one mistake: which of them would be given as the reason? */
static enum err check_overlap(struct reader *r, const yaml_node_t *node)
{
    char room[80];
    struct text t = text_over(room, sizeof room);
    uint32_t from;
    uint32_t to;

    rules_range(&r->rule, &from, &to);
    for (size_t i = 0; i < r->out->count; i++) {
        const struct rule *other = &r->out->rules[i];
        uint32_t other_from;
        uint32_t other_to;

        rules_range(other, &other_from, &other_to);
        if (other->check != RULE_BARRED || from > other_to || to < other_from)
            continue;
        text_add(&t, "the range overlaps that of ");
        text_add_bytes(&t, bytes_over(other->name, strnlen(other->name, sizeof other->name)));
        text_add(&t, " in line ");
        text_add_u64(&t, r->out->lines[i]);
        return yaml_fail(&r->tree, node, text_z(&t));
    }
    return OK;
}

static enum err put_rule(struct reader *r, const yaml_node_t *map, const yaml_node_t *bin)
{
    struct rules_file *out = r->out;

    if (out->count == RULES_MAX)
        return yaml_fail_at(&r->tree, map->start_mark,
                            "more than 70 rules, counting each value of a list", NULL);
    if (r->rule.check == RULE_BARRED)
        TRY(check_overlap(r, bin));
    const char *fault = rules_rule_fault(&r->rule);
    if (fault != NULL)
        return yaml_fail_at(&r->tree, map->start_mark, fault, NULL);
    out->lines[out->count] = map->start_mark.line + 1;
    out->rules[out->count++] = r->rule;
    return OK;
}

/* One packed rule for each combination of the lists: counted like the digits of a number. */
static enum err put_all(struct reader *r, const struct yaml_key *keys, const yaml_node_t *map)
{
    struct values values[LISTED_KEYS];
    struct rule model = r->rule;
    size_t total = 1;

    for (size_t i = 0; i < LISTED_KEYS; i++) {
        TRY(values_of(r, keys[KEY_FIRST + LISTED_FIRST + i].node, &values[i]));
        total *= values[i].count;
    }
    for (size_t n = 0; n < total; n++) {
        const yaml_node_t *node = NULL;
        size_t rest = n;

        r->rule = model;
        for (size_t i = 0; i < LISTED_KEYS; i++) {
            node = values[i].at[rest % values[i].count];
            rest /= values[i].count;
            if (node != NULL)
                TRY(column_keys[LISTED_FIRST + i].take(r, node));
        }
        TRY(put_rule(r, map, node));
    }
    return OK;
}

static enum err take_rule(struct reader *r, const yaml_node_t *map)
{
    struct yaml_key keys[KEY_FIRST + COLUMN_KEYS] = {{"name", true, NULL}, {"check", true, NULL}};

    for (size_t i = 0; i < COLUMN_KEYS; i++)
        keys[KEY_FIRST + i].name = column_keys[i].name;
    memset(&r->rule, 0, sizeof r->rule);
    r->from_is_daily = false;
    TRY(yaml_take_keys(&r->tree, map, keys, ARRAY_COUNT(keys)));
    TRY(take_name(r, keys[KEY_NAME].node));
    TRY(take_check(r, keys[KEY_CHECK].node));
    TRY(check_columns_of(r, keys, map));
    for (size_t i = 0; i < LISTED_FIRST; i++) {
        if (keys[KEY_FIRST + i].node != NULL)
            TRY(column_keys[i].take(r, keys[KEY_FIRST + i].node));
    }
    r->out->named++;
    return put_all(r, keys, map);
}

/* ---- the file ---- */

static enum err take_currency(struct reader *r, const yaml_node_t *node)
{
    const char *z;

    r->out->currency = CURRENCY_CNY;
    if (node == NULL)
        return OK;
    TRY(yaml_take_z(&r->tree, node, &z));
    for (uint16_t number = 1; number < 1000; number++) {
        if (strcmp(money_letters(number), z) == 0 && z[0] != '?') {
            r->out->currency = number;
            return OK;
        }
    }
    return expected(r, node, "a currency such as CNY");
}

static enum err take_file(struct reader *r)
{
    enum { CURRENCY, THRESHOLD, RULES, COUNT };
    struct yaml_key keys[COUNT] = {
        [CURRENCY] = {.name = "currency"},
        [THRESHOLD] = {.name = "threshold"},
        [RULES] = {.name = "rules", .required = true},
    };
    struct yaml_entries entries;
    const yaml_node_t *unused;
    const yaml_node_t *node;
    uint32_t threshold = THRESHOLD_USUAL;

    TRY(yaml_take_keys(&r->tree, r->tree.root, keys, COUNT));
    TRY(take_currency(r, keys[CURRENCY].node));
    if (keys[THRESHOLD].node != NULL)
        TRY(take_number(r, keys[THRESHOLD].node, SCORE_MAX, &threshold));
    r->out->threshold = (uint16_t)threshold;
    TRY(yaml_entries_over(&r->tree, keys[RULES].node, YAML_SEQUENCE_NODE, &entries));
    while (yaml_entries_next(&entries, &unused, &node))
        TRY(take_rule(r, node));
    return OK;
}

enum err rules_yaml_parse(struct bytes text, int32_t utc_offset_s, struct rules_file *out,
                          struct yaml_fault *fault)
{
    struct reader r = {.out = out, .utc_offset_s = utc_offset_s};

    memset(out, 0, sizeof *out);
    TRY(yaml_tree_open(&r.tree, text, fault));
    enum err err = take_file(&r);
    yaml_tree_close(&r.tree);
    return err;
}

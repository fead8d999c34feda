#include "app/desk/rules_json.h"

#include "app/story/payment_json.h"
#include "base/assert.h"

#include <string.h>

#define MINUTE_US 60000000
#define DAY_US (24 * 60 * (int64_t)MINUTE_US)

/* ---- a rule ---- */

static void add_item(struct text *t, const char *name, const char *value)
{
    text_add(t, t->len > 0 ? ", " : "");
    text_add(t, name);
    text_add(t, " ");
    text_add(t, value);
}

static void add_number(struct text *t, const char *name, uint64_t number)
{
    char room[24];
    struct text value = text_over(room, sizeof room);

    text_add_u64(&value, number);
    add_item(t, name, text_z(&value));
}

static void add_fixed(struct text *t, const char *name, const char *at, size_t len)
{
    char room[RULE_NAME_LEN + 1];
    struct text value = text_over(room, sizeof room);

    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == 0))
        len--;
    text_add_bytes(&value, bytes_over(at, len));
    add_item(t, name, text_z(&value));
}

static void add_amount(struct text *t, int64_t minor, uint16_t currency)
{
    char room[32];
    struct text value = text_over(room, sizeof room);

    money_add_text(&value, money_of(minor, currency));
    add_item(t, "amount", text_z(&value));
}

static void add_time(struct text *t, const char *name, const struct rule *rule, uint32_t minutes,
                     int32_t utc_offset_s)
{
    char room[32];
    struct text value = text_over(room, sizeof room);
    bool is_daily = rule->check == RULE_MAINTENANCE && rule->each == PERIOD_DAY;

    if (is_daily) {
        text_add_u64_wide(&value, minutes / 60, 2);
        text_add(&value, ":");
        text_add_u64_wide(&value, minutes % 60, 2);
    } else {
        instant_add_text(&value, (struct instant){(int64_t)minutes * MINUTE_US}, utc_offset_s);
    }
    add_item(t, name, text_z(&value));
}

static void add_limits(struct text *t, const struct rule *rule, uint16_t currency)
{
    enum rule_check check = (enum rule_check)rule->check;
    unsigned columns = check_row(check)->must | check_row(check)->may;

    if ((columns & COLUMN_PER) != 0)
        add_item(t, "per", check_subject_name((enum tally_subject)rule->per));
    if ((columns & COLUMN_EACH) != 0)
        add_item(t, "each", check_period_name((enum rule_period)rule->each));
    if ((columns & COLUMN_AMOUNT) != 0)
        add_amount(t, rule->amount_minor, currency);
    if ((columns & COLUMN_PERCENT) != 0)
        add_number(t, "percent", rule->count);
    else if ((columns & COLUMN_COUNT) != 0)
        add_number(t, "count", rule->count);
    if (check == RULE_REFUNDS && rule->span > 0)
        add_number(t, "count", rule->span);
    if ((columns & COLUMN_MINUTES) != 0)
        add_number(t, "minutes", rule->span);
    if ((columns & COLUMN_SPEED) != 0)
        add_number(t, "km_h", rule->count);
    if ((columns & COLUMN_NEAR) != 0 && rule->span > 0)
        add_number(t, "near_km", rule->span);
    if ((columns & COLUMN_VERSION) != 0)
        add_number(t, "version", rule->count);
}

/* "5411", "5000-5999" */
static void add_range(struct text *t, const char *name, const uint32_t range[static 2],
                      size_t digits)
{
    char room[24];
    struct text value = text_over(room, sizeof room);

    text_add_u64_wide(&value, range[0], digits);
    if (range[1] != range[0]) {
        text_add(&value, "-");
        text_add_u64_wide(&value, range[1], digits);
    }
    add_item(t, name, text_z(&value));
}

static void add_kinds(struct text *t, const struct rule *rule)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if ((rule->kinds & 1U << kind) != 0)
            add_item(t, "kind", kind_row((enum txn_kind)kind)->name);
    }
}

static void add_entries(struct text *t, const struct rule *rule)
{
    static const struct {
        enum entry_mode mode;
        const char *name;
    } entries[] = {{ENTRY_KEYED, "keyed"},
                   {ENTRY_STRIPE, "stripe"},
                   {ENTRY_CHIP, "chip"},
                   {ENTRY_CONTACTLESS, "contactless"},
                   {ENTRY_QR, "qr"}};

    for (size_t i = 0; i < ARRAY_COUNT(entries); i++) {
        if ((rule->entries & 1U << entries[i].mode) != 0)
            add_item(t, "entry", entries[i].name);
    }
}

static void add_scope(struct text *t, const struct rule *rule, int32_t utc_offset_s)
{
    uint32_t categories[2] = {rule->category_from, rule->category_to};
    uint32_t cards[2] = {rule->bin_from, rule->bin_to};

    if (rule->party[0] != 0)
        add_fixed(t, rule->check == RULE_MAINTENANCE ? "issuer" : "merchant", rule->party,
                  sizeof rule->party);
    if (rule->terminal[0] != 0)
        add_fixed(t, "terminal", rule->terminal, sizeof rule->terminal);
    if (rule->category_to != 0)
        add_range(t, "category", categories, 4);
    if (rule->bin_len != 0)
        add_range(t, "bin", cards, rule->bin_len);
    add_entries(t, rule);
    add_kinds(t, rule);
    if (rule->from != 0 || rule->check == RULE_MAINTENANCE)
        add_time(t, "from", rule, rule->from, utc_offset_s);
    if (rule->until != 0 || rule->check == RULE_MAINTENANCE)
        add_time(t, "until", rule, rule->until, utc_offset_s);
}

json_t *rule_json(const struct rule *rule, uint16_t currency, int32_t utc_offset_s)
{
    const struct check_row *check = check_row((enum rule_check)rule->check);
    enum outcome cause =
        rule->score > 0 ? OUTCOME_RISK_SUSPICIOUS
                        : check_cause((enum rule_check)rule->check, (enum tally_subject)rule->per);
    char limits_room[160];
    char scope_room[320];
    struct text limits = text_over(limits_room, sizeof limits_room);
    struct text scope = text_over(scope_room, sizeof scope_room);

    add_limits(&limits, rule, currency);
    add_scope(&scope, rule, utc_offset_s);
    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "name",
                     json_fixed(rule->name, strnlen(rule->name, sizeof rule->name)), "check",
                     check->name, "what_zh", check->zh, "what_en", check->en, "limits",
                     text_z(&limits), "scope", text_z(&scope), "score", (int)rule->score, "cause",
                     outcome_row(cause)->name);
}

json_t *rules_json(const struct rule_set *set, int32_t utc_offset_s)
{
    json_t *rules = json_array();

    if (set->head == NULL)
        return json_pack("{s:i, s:i, s:o}", "version", 0, "count", 0, "rules", rules);
    for (size_t i = 0; i < rules_count(set); i++)
        json_array_append_new(rules,
                              rule_json(rules_at(set, i), set->head->currency, utc_offset_s));
    return json_pack("{s:I, s:o, s:i, s:i, s:o}", "version", (json_int_t)set->head->version,
                     "loaded", json_instant(set->head->loaded, utc_offset_s), "threshold",
                     (int)set->head->threshold, "count", (int)set->head->rule_count, "rules",
                     rules);
}

json_t *rules_evidence_json(const struct evidence list[static EVIDENCE_MAX])
{
    json_t *json = json_array();

    for (size_t i = 0; i < EVIDENCE_MAX && list[i].name != EVIDENCE_NONE; i++) {
        enum evidence_name name = (enum evidence_name)list[i].name;
        json_array_append_new(json, json_pack("{s:s, s:s, s:s, s:s}", "name", evidence_label(name),
                                              "zh", evidence_zh(name), "en", evidence_en(name),
                                              "value", list[i].text));
    }
    return json;
}

/* ---- a dry run ---- */

static json_t *change_json(const struct replay *replay, const struct replay_finding *found)
{
    const struct payment_row *row = &found->payment;
    bool was_refused = found->change != REPLAY_NOW_REFUSED;

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o}", "change",
        replay_change_name(found->change), "rrn", json_fixed(row->rrn, sizeof row->rrn), "time",
        json_instant(row->created, replay->utc_offset_s), "terminal",
        json_fixed(row->identity.terminal, TERMINAL_ID_LEN), "merchant",
        json_fixed(row->merchant, sizeof row->merchant), "card",
        json_fixed(row->pan.masked.at, strnlen(row->pan.masked.at, sizeof row->pan.masked.at)),
        "amount", json_money(row->amount), "was",
        was_refused ? outcome_row((enum outcome)row->outcome)->name : "sent on", "would",
        found->change == REPLAY_NOW_PASSES ? "sent on" : outcome_row(found->finding.outcome)->name,
        "was_because", rules_evidence_json(row->evidence), "because",
        rules_evidence_json(found->finding.evidence));
}

static bool has_long_ranges(const struct rule_set *set)
{
    for (size_t i = 0; i < rules_count(set); i++) {
        if (rules_at(set, i)->bin_len > 6)
            return true;
    }
    return false;
}

json_t *rules_replay_json(const struct replay *replay)
{
    json_t *changes = json_array();

    for (size_t i = 0; i < replay->finding_count; i++)
        json_array_append_new(changes, change_json(replay, &replay->findings[i]));
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:b, s:o}", "day", (json_int_t)replay->day, "payments",
        (json_int_t)replay->payments, replay_change_name(REPLAY_NOW_REFUSED),
        (json_int_t)replay->counts[REPLAY_NOW_REFUSED], replay_change_name(REPLAY_NOW_PASSES),
        (json_int_t)replay->counts[REPLAY_NOW_PASSES], replay_change_name(REPLAY_OTHER_CAUSE),
        (json_int_t)replay->counts[REPLAY_OTHER_CAUSE], "six_digits", has_long_ranges(&replay->set),
        "changes", changes);
}

uint32_t rules_day(const char *text, struct instant now, int32_t utc_offset_s)
{
    uint64_t day = 0;

    if (strcmp(text, "today") == 0)
        return instant_date(now, utc_offset_s);
    if (strcmp(text, "yesterday") == 0)
        return instant_date((struct instant){now.us - DAY_US}, utc_offset_s);
    if (strlen(text) != 8 || bytes_to_number(text, 8, &day) != OK)
        return 0;
    struct civil civil = {.year = (int32_t)(day / 10000),
                          .month = (uint8_t)(day / 100 % 100),
                          .day = (uint8_t)(day % 100)};
    if (civil.year < 1971 || civil.month < 1 || civil.month > 12 || civil.day < 1)
        return 0;
    return instant_date(instant_from_civil(&civil, 0), 0) == day ? (uint32_t)day : 0;
}

#include "office/diagnosis.h"

#include "base/assert.h"

#include <string.h>

#define US_PER_MS 1000
#define MS_PER_DAY INT64_C(86400000)

const struct diagnosis_limits diagnosis_limits_usual = {
    .connect_ms = 1500,
    .loss_percent = 10,
    .p50_ms = 800,
    .p95_ms = 2000,
    .clock_ms = 60000,
    .certificate_days = 14,
    .space_bytes = UINT64_C(64) << 20,
    .owed_tries = 4,
    .owed_s = 300,
};

const char *look_name(enum look look)
{
    static const char *const names[] = {
        [LOOK_NAMES] = "names",     [LOOK_ROUTES] = "routes", [LOOK_CONNECT] = "connect",
        [LOOK_TLS] = "tls",         [LOOK_ECHO] = "echo",     [LOOK_LINE] = "line",
        [LOOK_CLOCKS] = "clocks",   [LOOK_KEYS] = "keys",     [LOOK_VERSIONS] = "versions",
        [LOOK_RECORDS] = "records", [LOOK_BINS] = "bins",     [LOOK_STORES] = "stores",
        [LOOK_DEVICES] = "devices", [LOOK_OWED] = "owed",
    };

    _Static_assert(ARRAY_COUNT(names) == LOOK_COUNT, "a name for each look");
    assert(look < LOOK_COUNT);
    return names[look];
}

/* ---- findings ---- */

/* A new finding, whose evidence is filled in next. */
static struct evidence *add(struct diagnosis *out, enum look look, enum outcome cause,
                            const char *subject)
{
    struct finding *finding = &out->overflow;

    out->wrong[look]++;
    if (out->finding_count < FINDINGS_MAX)
        finding = &out->findings[out->finding_count++];
    memset(finding, 0, sizeof *finding);
    struct text t = text_over(finding->subject, sizeof finding->subject);
    finding->look = look;
    finding->cause = cause;
    text_add(&t, subject);
    return finding->evidence;
}

/* "1500 ms" */
static void add_measure(struct evidence *evidence, enum evidence_name name, uint64_t value,
                        const char *unit)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    text_add_u64(&t, value);
    text_add(&t, unit);
    evidence_add(evidence, name, text_z(&t));
}

/* 20261231 as 2026-12-31. */
static void add_day(struct evidence *evidence, enum evidence_name name, uint32_t day)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    text_add_u64_wide(&t, day / 10000, 4);
    text_add_char(&t, '-');
    text_add_u64_wide(&t, day / 100 % 100, 2);
    text_add_char(&t, '-');
    text_add_u64_wide(&t, day % 100, 2);
    evidence_add(evidence, name, text_z(&t));
}

/* ---- the way to another party ---- */

static void judge_failure(const struct hop_fact *hop, enum look look, const char *check,
                          struct diagnosis *out)
{
    enum outcome cause = hop->is_host ? OUTCOME_ISSUER_UNREACHABLE : OUTCOME_LINE_UNREACHABLE;
    struct evidence *evidence = add(out, look, cause, hop->to);

    evidence_add(evidence, EVIDENCE_CHECK, check);
    evidence_add(evidence, EVIDENCE_EXPECTED, hop->address);
    evidence_add(evidence, EVIDENCE_FOUND, hop->failure == HOP_GOOD ? "no answer" : hop->why);
}

/* A time that was measured, and how long it may be. */
struct pace {
    enum look look;
    const char *check;
    uint32_t limit_ms;
    uint32_t found_us;
};

static void judge_pace(const struct hop_fact *hop, struct pace pace, struct diagnosis *out)
{
    struct evidence *evidence;

    if (pace.found_us / US_PER_MS <= pace.limit_ms)
        return;
    evidence = add(out, pace.look, OUTCOME_LINE_WEAK, hop->to);
    evidence_add(evidence, EVIDENCE_CHECK, pace.check);
    add_measure(evidence, EVIDENCE_LIMIT, pace.limit_ms, " ms");
    add_measure(evidence, EVIDENCE_FOUND, pace.found_us / US_PER_MS, " ms");
}

static void judge_certificate(const struct hop_fact *hop, const struct diagnosis_limits *limits,
                              struct diagnosis *out)
{
    int64_t left_days = (hop->certificate_until.us - hop->now.us) / (MS_PER_DAY * US_PER_MS);
    struct evidence *evidence;

    if (left_days >= (int64_t)limits->certificate_days)
        return;
    evidence = add(out, LOOK_TLS,
                   hop->is_host ? OUTCOME_ISSUER_UNREACHABLE : OUTCOME_LINE_UNREACHABLE, hop->to);
    evidence_add(evidence, EVIDENCE_CHECK, "certificate ends soon");
    add_measure(evidence, EVIDENCE_LIMIT, limits->certificate_days, " days");
    add_measure(evidence, EVIDENCE_FOUND, (uint64_t)(left_days < 0 ? 0 : left_days), " days");
}

static void judge_echoes(const struct hop_fact *hop, const struct diagnosis_limits *limits,
                         struct diagnosis *out)
{
    unsigned loss = 100U * hop->lost / hop->echoes;
    struct evidence *evidence;

    assert(hop->lost <= hop->echoes);
    if (hop->lost == hop->echoes) {
        judge_failure(hop, LOOK_ECHO, "test messages", out);
        return;
    }
    if (loss > limits->loss_percent) {
        evidence = add(out, LOOK_ECHO, OUTCOME_LINE_WEAK, hop->to);
        evidence_add(evidence, EVIDENCE_CHECK, "test messages lost");
        add_measure(evidence, EVIDENCE_LIMIT, limits->loss_percent, " %");
        add_measure(evidence, EVIDENCE_FOUND, loss, " %");
    }
    judge_pace(hop, (struct pace){LOOK_ECHO, "round trip p50", limits->p50_ms, hop->p50_us}, out);
    judge_pace(hop, (struct pace){LOOK_ECHO, "round trip p95", limits->p95_ms, hop->p95_us}, out);
}

/* Where each kind of failure shows. */
static const struct {
    enum look look;
    const char *check;
} failures[] = {
    [HOP_NO_NAME] = {LOOK_NAMES, "name"},
    [HOP_NO_ROUTE] = {LOOK_ROUTES, "route"},
    [HOP_NO_CONNECTION] = {LOOK_CONNECT, "connection"},
    [HOP_NO_TLS] = {LOOK_TLS, "secure connection"},
};

void diagnose_hop(const struct hop_fact *hop, const struct diagnosis_limits *limits,
                  struct diagnosis *out)
{
    enum look last = hop->has_tls ? LOOK_TLS : LOOK_CONNECT;

    if (hop->failure != HOP_GOOD)
        last = failures[hop->failure].look;
    for (int look = LOOK_NAMES; look <= (int)last; look++)
        out->looked[look]++;
    if (hop->failure != HOP_GOOD) {
        judge_failure(hop, last, failures[hop->failure].check, out);
        return;
    }
    judge_pace(hop,
               (struct pace){LOOK_CONNECT, "time to connect", limits->connect_ms, hop->connect_us},
               out);
    if (hop->has_tls)
        judge_certificate(hop, limits, out);
    if (hop->echoes == 0)
        return;
    out->looked[LOOK_ECHO]++;
    judge_echoes(hop, limits, out);
}

/* ---- between two parties ---- */

/* An issuer whose clock is off drops good requests as too old. */
void diagnose_clock(const struct clock_fact *fact, const struct diagnosis_limits *limits,
                    struct diagnosis *out)
{
    int64_t off_ms = fact->ahead_ms < 0 ? -fact->ahead_ms : fact->ahead_ms;
    struct evidence *evidence;

    out->looked[LOOK_CLOCKS]++;
    if (off_ms <= (int64_t)limits->clock_ms)
        return;
    evidence = add(out, LOOK_CLOCKS,
                   fact->is_terminal ? OUTCOME_TERMINAL_CLOCK_WRONG : OUTCOME_MESSAGE_TOO_OLD,
                   fact->whose);
    evidence_add(evidence, EVIDENCE_CHECK,
                 fact->ahead_ms < 0 ? "clock is behind" : "clock is fast");
    add_measure(evidence, EVIDENCE_LIMIT, limits->clock_ms / 1000, " s");
    add_measure(evidence, EVIDENCE_FOUND, (uint64_t)off_ms / 1000, " s");
}

/* What payments are refused with while the two sides have not the same key. */
static enum outcome cause_of_key(enum key_usage usage)
{
    if (usage == KEY_TMK)
        return OUTCOME_TERMINAL_KEY_MISSING;
    if (usage == KEY_PIK)
        return OUTCOME_PIN_FORMAT_WRONG;
    return usage == KEY_MAK ? OUTCOME_MESSAGE_MAC_WRONG : OUTCOME_ZONE_MAC_WRONG;
}

static bool is_of_terminal(enum key_usage usage)
{
    return usage == KEY_TMK || usage == KEY_PIK || usage == KEY_MAK || usage == KEY_TDK;
}

static void judge_damaged(const struct key_fact *key, enum outcome cause, struct diagnosis *out)
{
    struct evidence *evidence = add(out, LOOK_KEYS, cause, key->owner);

    evidence_add(evidence, EVIDENCE_COMPONENT, key_usage_letters(key->usage));
    evidence_add(evidence, EVIDENCE_CHECK, "key block damaged");
}

void diagnose_key(const struct key_fact *key, struct diagnosis *out)
{
    bool is_terminals = is_of_terminal(key->usage);
    struct evidence *evidence;

    out->looked[LOOK_KEYS]++;
    if (*key->here != 0 && !key->is_here_good)
        judge_damaged(key, is_terminals ? OUTCOME_TERMINAL_KEY_MISSING : OUTCOME_SWITCH_FAULT, out);
    if (*key->there != 0 && !key->is_there_good)
        judge_damaged(key, is_terminals ? OUTCOME_SWITCH_FAULT : OUTCOME_ISSUER_FAULT, out);
    if (strcmp(key->here, key->there) == 0)
        return;
    evidence = add(out, LOOK_KEYS, cause_of_key(key->usage), key->owner);
    evidence_add(evidence, EVIDENCE_COMPONENT, key_usage_letters(key->usage));
    evidence_add(evidence, EVIDENCE_EXPECTED, *key->there != 0 ? key->there : "none");
    evidence_add(evidence, EVIDENCE_FOUND, *key->here != 0 ? key->here : "none");
}

static void add_compared(struct diagnosis *out, enum outcome cause, const char *subject,
                         const char *field, const char *const values[static 2])
{
    struct evidence *evidence = add(out, LOOK_RECORDS, cause, subject);

    evidence_add(evidence, EVIDENCE_FIELD, field);
    evidence_add(evidence, EVIDENCE_EXPECTED, values[0]);
    evidence_add(evidence, EVIDENCE_FOUND, values[1]);
}

static void judge_state(enum record_state state, enum outcome cause, const char *subject,
                        const char *reason, struct diagnosis *out)
{
    struct evidence *evidence;

    if (state == RECORD_ACTIVE)
        return;
    evidence = add(out, LOOK_RECORDS, cause, subject);
    evidence_add(evidence, EVIDENCE_STATE, record_state_name(state));
    if (*reason != 0)
        evidence_add(evidence, EVIDENCE_REASON, reason);
}

static void judge_software(const struct terminal_fact *terminal, struct diagnosis *out)
{
    struct evidence *evidence;

    if (terminal->at_terminal.software == 0)
        return; /* it does not say which: the switch lets it pass, too */
    out->looked[LOOK_VERSIONS]++;
    if (terminal->at_terminal.software >= terminal->at_acquirer.software_min)
        return;
    evidence = add(out, LOOK_VERSIONS, OUTCOME_TERMINAL_SOFTWARE_OUTDATED, terminal->terminal);
    evidence_add_number(evidence, EVIDENCE_LIMIT, terminal->at_acquirer.software_min);
    evidence_add_number(evidence, EVIDENCE_FOUND, terminal->at_terminal.software);
}

void diagnose_terminal(const struct terminal_fact *terminal, struct diagnosis *out)
{
    const struct terminal_record *here = &terminal->at_terminal;
    const struct terminal_record *there = &terminal->at_acquirer;

    out->looked[LOOK_RECORDS]++;
    if (!there->is_there) {
        add_compared(out, OUTCOME_TERMINAL_UNKNOWN, terminal->terminal, "terminal",
                     (const char *const[]){"on record", "unknown to the switch"});
        return;
    }
    judge_state(there->state, OUTCOME_TERMINAL_DISABLED, terminal->terminal, "", out);
    if (!here->is_there)
        return; /* not in use yet */
    if (strcmp(here->merchant, there->merchant) != 0)
        add_compared(out, OUTCOME_MERCHANT_RECORD_MISMATCH, terminal->terminal, "merchant",
                     (const char *const[]){there->merchant, here->merchant});
    if (here->is_training != there->is_training)
        add_compared(out, OUTCOME_TRAINING_MIXED, terminal->terminal, "training",
                     (const char *const[]){there->is_training ? "yes" : "no",
                                           here->is_training ? "yes" : "no"});
    judge_software(terminal, out);
}

static void judge_merchant_fields(const struct merchant_fact *merchant, struct diagnosis *out)
{
    const struct merchant_record *applied = &merchant->applied;
    const struct merchant_record *found = &merchant->at_acquirer;
    char rooms[2][8];
    struct text expected = text_over(rooms[0], sizeof rooms[0]);
    struct text actual = text_over(rooms[1], sizeof rooms[1]);

    if (!applied->is_there)
        return;
    if (strcmp(applied->name, found->name) != 0)
        add_compared(out, OUTCOME_MERCHANT_RECORD_MISMATCH, merchant->merchant, "name",
                     (const char *const[]){applied->name, found->name});
    if (applied->category == found->category)
        return;
    text_add_u64(&expected, applied->category);
    text_add_u64(&actual, found->category);
    add_compared(out, OUTCOME_MERCHANT_RECORD_MISMATCH, merchant->merchant, "category",
                 (const char *const[]){text_z(&expected), text_z(&actual)});
}

void diagnose_merchant(const struct merchant_fact *merchant, struct diagnosis *out)
{
    struct evidence *evidence;

    out->looked[LOOK_RECORDS]++;
    if (!merchant->at_acquirer.is_there) {
        add_compared(out, OUTCOME_MERCHANT_UNKNOWN, merchant->merchant, "merchant",
                     (const char *const[]){"on record", "unknown to the switch"});
        return;
    }
    judge_state(merchant->state, OUTCOME_MERCHANT_FROZEN, merchant->merchant, merchant->reason,
                out);
    judge_merchant_fields(merchant, out);
    if (merchant->licence_until == 0 || merchant->today <= merchant->licence_until)
        return;
    evidence = add(out, LOOK_RECORDS, OUTCOME_MERCHANT_UNQUALIFIED, merchant->merchant);
    evidence_add_number(evidence, EVIDENCE_CATEGORY, merchant->at_acquirer.category);
    add_day(evidence, EVIDENCE_LICENCE, merchant->licence_until);
}

static void judge_missing_route(const struct route_fact *route, const char *found,
                                struct diagnosis *out)
{
    struct evidence *evidence = add(out, LOOK_BINS, OUTCOME_CARD_BIN_UNKNOWN, route->issuer);

    evidence_add(evidence, EVIDENCE_BIN, route->bin);
    evidence_add(evidence, EVIDENCE_FOUND, found);
}

void diagnose_route(const struct route_fact *route, struct diagnosis *out)
{
    struct evidence *evidence;

    out->looked[LOOK_BINS]++;
    if (!route->is_listed) {
        judge_missing_route(route, "not in the table", out);
    } else if (!route->is_issuer_known) {
        judge_missing_route(route, "no such issuer", out);
    } else if (route->is_issuer_apart) {
        evidence = add(out, LOOK_BINS, OUTCOME_ISSUER_BOOKS_APART, route->issuer);
        evidence_add(evidence, EVIDENCE_BIN, route->bin);
    } else if (!route->is_issuer_up && !route->is_away) {
        evidence = add(out, LOOK_BINS, OUTCOME_ISSUER_UNREACHABLE, route->issuer);
        evidence_add(evidence, EVIDENCE_BIN, route->bin);
        evidence_add(evidence, EVIDENCE_STATE, "not signed on");
    }
}

/* ---- one party ---- */

static enum outcome cause_of_store(enum party party)
{
    if (party == PARTY_TERMINAL)
        return OUTCOME_TERMINAL_DEVICE_FAULT;
    return party == PARTY_ISSUER ? OUTCOME_ISSUER_FAULT : OUTCOME_SWITCH_FAULT;
}

static struct evidence *add_store(const struct store_fact *store, const char *check,
                                  struct diagnosis *out)
{
    struct evidence *evidence = add(out, LOOK_STORES, cause_of_store(store->party), store->name);

    evidence_add(evidence, EVIDENCE_COMPONENT, "store");
    evidence_add(evidence, EVIDENCE_CHECK, check);
    return evidence;
}

void diagnose_store(const struct store_fact *store, const struct diagnosis_limits *limits,
                    struct diagnosis *out)
{
    struct evidence *evidence;

    out->looked[LOOK_STORES]++;
    if (!store->is_writable)
        evidence_add(add_store(store, "writing", out), EVIDENCE_FOUND, store->why);
    else if (store->free_bytes < limits->space_bytes) {
        evidence = add_store(store, "space left", out);
        add_measure(evidence, EVIDENCE_LIMIT, limits->space_bytes >> 20, " MB");
        add_measure(evidence, EVIDENCE_FOUND, store->free_bytes >> 20, " MB");
    }
    if (*store->tail_fault != 0)
        evidence_add(add_store(store, "journal", out), EVIDENCE_FOUND, store->tail_fault);
}

void diagnose_standby(const struct standby_fact *standby, struct diagnosis *out)
{
    struct evidence *evidence;

    out->looked[LOOK_STORES]++;
    if (!standby->is_away)
        return;
    evidence = add(out, LOOK_STORES, OUTCOME_SWITCH_STANDBY_AWAY, standby->name);
    evidence_add(evidence, EVIDENCE_COMPONENT, "standby");
    evidence_add(evidence, EVIDENCE_STATE,
                 standby->is_required ? "nothing new is taken" : "goes on alone");
    evidence_add(evidence, EVIDENCE_FOUND, standby->why);
    evidence_add_number(evidence, EVIDENCE_WAITED_S, standby->away_s);
    if (standby->behind > 0)
        add_measure(evidence, EVIDENCE_COUNTER, standby->behind, " records behind");
}

void diagnose_device(const struct device_fact *device, struct diagnosis *out)
{
    struct evidence *evidence;

    out->looked[LOOK_DEVICES]++;
    if (device->is_good && !device->is_out_of_paper)
        return;
    evidence = add(out, LOOK_DEVICES,
                   device->is_good ? OUTCOME_TERMINAL_OUT_OF_PAPER : OUTCOME_TERMINAL_DEVICE_FAULT,
                   device->terminal);
    evidence_add(evidence, EVIDENCE_COMPONENT, device->device);
    evidence_add(evidence, EVIDENCE_STATE, device->is_good ? "out of paper" : "faulty");
}

void diagnose_line(const struct line_fact *line, struct diagnosis *out)
{
    bool is_over = line->until != 0 && line->today > line->until;
    struct evidence *evidence;

    out->looked[LOOK_LINE]++;
    if (line->has_service && !is_over)
        return;
    evidence = add(out, LOOK_LINE, OUTCOME_LINE_ACCOUNT_EXPIRED, line->terminal);
    if (!line->has_service)
        evidence_add(evidence, EVIDENCE_STATE, line->state);
    if (is_over)
        add_day(evidence, EVIDENCE_LIMIT, line->until);
}

/* At the switch it is an issuer that does not take it. */
void diagnose_owed(const struct owed_fact *owed, const struct diagnosis_limits *limits,
                   struct diagnosis *out)
{
    struct evidence *evidence;

    out->looked[LOOK_OWED]++;
    if (owed->count == 0 || (owed->tries < limits->owed_tries && owed->age_s <= limits->owed_s))
        return;
    evidence = add(out, LOOK_OWED,
                   owed->is_terminal ? OUTCOME_TERMINAL_REVERSAL_PENDING : OUTCOME_ISSUER_NO_ANSWER,
                   owed->name);
    evidence_add_number(evidence, EVIDENCE_TRACE, owed->trace);
    evidence_add_number(evidence, EVIDENCE_WAITED_S, owed->age_s);
    add_measure(evidence, EVIDENCE_REVERSAL, owed->tries, " tries");
    evidence_add_number(evidence, EVIDENCE_COUNTER, owed->count);
}

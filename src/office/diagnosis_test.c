#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/attribute.h"
#include "office/diagnosis.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)

static struct diagnosis d;
static const struct diagnosis_limits *limits = &diagnosis_limits_usual;

static int set_up(void **state)
{
    (void)state;
    memset(&d, 0, sizeof d);
    return 0;
}

static const char *value_of(const struct finding *finding, enum evidence_name name)
{
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (finding->evidence[i].name == name)
            return finding->evidence[i].text;
    }
    return "";
}

/* The one finding since the last look, and starts anew. */
static struct finding only(enum look look, enum outcome cause)
{
    struct finding found = d.findings[0];

    assert_int_equal(d.finding_count, 1);
    assert_int_equal(d.wrong[look], 1);
    assert_true(d.looked[look] >= 1);
    assert_int_equal(found.look, look);
    assert_string_equal(outcome_row(found.cause)->name, outcome_row(cause)->name);
    assert_true(found.subject[0] != 0);
    memset(&d, 0, sizeof d);
    return found;
}

static void nothing(enum look look)
{
    assert_int_equal(d.finding_count, 0);
    assert_int_equal(d.looked[look], 1);
    memset(&d, 0, sizeof d);
}

/* ---- hops ---- */

static struct hop_fact good_hop(void)
{
    return (struct hop_fact){.to = "acquirer",
                             .address = "127.0.0.1:8583",
                             .why = "",
                             .connect_us = 300,
                             .has_tls = true,
                             .certificate_until = {100 * DAY_US},
                             .now = {10 * DAY_US},
                             .echoes = 20,
                             .p50_us = 400,
                             .p95_us = 900};
}

static void test_a_good_way_is_counted_and_not_told(void **state)
{
    (void)state;
    struct hop_fact hop = good_hop();

    diagnose_hop(&hop, limits, &d);
    assert_int_equal(d.finding_count, 0);
    for (int look = LOOK_NAMES; look <= LOOK_ECHO; look++)
        assert_int_equal(d.looked[look], 1);
    memset(&d, 0, sizeof d);
    hop.has_tls = false;
    hop.echoes = 0;
    diagnose_hop(&hop, limits, &d);
    assert_int_equal(d.looked[LOOK_TLS] + d.looked[LOOK_ECHO], 0);
}

static void test_a_broken_way_is_told_where_it_breaks(void **state)
{
    (void)state;
    static const struct {
        enum hop_failure failure;
        enum look look;
    } rows[] = {{HOP_NO_NAME, LOOK_NAMES},
                {HOP_NO_ROUTE, LOOK_ROUTES},
                {HOP_NO_CONNECTION, LOOK_CONNECT},
                {HOP_NO_TLS, LOOK_TLS}};

    for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
        struct hop_fact hop = good_hop();
        hop.failure = rows[i / 2].failure;
        hop.is_host = i % 2 == 1;
        hop.why = "it is so";
        diagnose_hop(&hop, limits, &d);
        assert_int_equal(d.looked[rows[i / 2].look], 1);
        assert_int_equal(d.looked[rows[i / 2].look + 1], 0); /* not reached */
        struct finding f = only(rows[i / 2].look, hop.is_host ? OUTCOME_ISSUER_UNREACHABLE
                                                              : OUTCOME_LINE_UNREACHABLE);
        assert_string_equal(value_of(&f, EVIDENCE_FOUND), "it is so");
        assert_string_equal(value_of(&f, EVIDENCE_EXPECTED), "127.0.0.1:8583");
    }
}

static void test_a_weak_way_is_told_by_its_measure(void **state)
{
    (void)state;
    struct hop_fact hop = good_hop();

    hop.connect_us = limits->connect_ms * 1000 + 999;
    hop.lost = 2;
    hop.p50_us = limits->p50_ms * 1000 + 999;
    hop.p95_us = limits->p95_ms * 1000 + 999;
    diagnose_hop(&hop, limits, &d);
    nothing(LOOK_ECHO); /* all at their limits */

    hop = good_hop();
    hop.connect_us = (limits->connect_ms + 1) * 1000;
    diagnose_hop(&hop, limits, &d);
    only(LOOK_CONNECT, OUTCOME_LINE_WEAK);
    hop = good_hop();
    hop.lost = 3;
    diagnose_hop(&hop, limits, &d);
    struct finding f = only(LOOK_ECHO, OUTCOME_LINE_WEAK);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "15 %");
    hop = good_hop();
    hop.p50_us = (limits->p50_ms + 1) * 1000;
    diagnose_hop(&hop, limits, &d);
    only(LOOK_ECHO, OUTCOME_LINE_WEAK);
    hop = good_hop();
    hop.p95_us = (limits->p95_ms + 1) * 1000;
    diagnose_hop(&hop, limits, &d);
    f = only(LOOK_ECHO, OUTCOME_LINE_WEAK);
    assert_string_equal(value_of(&f, EVIDENCE_CHECK), "round trip p95");
    hop = good_hop();
    hop.lost = hop.echoes; /* no round trip to speak of */
    hop.p50_us = UINT32_MAX;
    diagnose_hop(&hop, limits, &d);
    f = only(LOOK_ECHO, OUTCOME_LINE_UNREACHABLE);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "no answer");
}

static void test_a_certificate_is_told_before_it_ends(void **state)
{
    (void)state;
    struct hop_fact hop = good_hop();

    hop.certificate_until.us = hop.now.us + limits->certificate_days * DAY_US;
    diagnose_hop(&hop, limits, &d);
    nothing(LOOK_TLS);
    hop.certificate_until.us--;
    diagnose_hop(&hop, limits, &d);
    struct finding f = only(LOOK_TLS, OUTCOME_LINE_UNREACHABLE);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "13 days");
}

/* ---- between two parties ---- */

static void test_clocks_may_differ_a_little(void **state)
{
    (void)state;
    int64_t most = limits->clock_ms;
    struct clock_fact fact = {"terminal", true, most};

    diagnose_clock(&fact, limits, &d);
    nothing(LOOK_CLOCKS);
    fact.ahead_ms = -most - 1;
    diagnose_clock(&fact, limits, &d);
    struct finding f = only(LOOK_CLOCKS, OUTCOME_TERMINAL_CLOCK_WRONG);
    assert_string_equal(value_of(&f, EVIDENCE_CHECK), "clock is behind");
    fact = (struct clock_fact){"issuer-20000001", false, most + 1};
    diagnose_clock(&fact, limits, &d);
    f = only(LOOK_CLOCKS, OUTCOME_MESSAGE_TOO_OLD);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "60 s");
}

static void test_keys_are_compared_by_check_value(void **state)
{
    (void)state;
    static const struct {
        enum key_usage usage;
        enum outcome cause;
        enum outcome damaged_here;
    } rows[] = {{KEY_TMK, OUTCOME_TERMINAL_KEY_MISSING, OUTCOME_TERMINAL_KEY_MISSING},
                {KEY_PIK, OUTCOME_PIN_FORMAT_WRONG, OUTCOME_TERMINAL_KEY_MISSING},
                {KEY_MAK, OUTCOME_MESSAGE_MAC_WRONG, OUTCOME_TERMINAL_KEY_MISSING},
                {KEY_ZMK, OUTCOME_ZONE_MAC_WRONG, OUTCOME_SWITCH_FAULT},
                {KEY_ZAK, OUTCOME_ZONE_MAC_WRONG, OUTCOME_SWITCH_FAULT}};

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct key_fact key = {rows[i].usage, "T1", "AABBCC", "AABBCC", true, true};
        diagnose_key(&key, &d);
        nothing(LOOK_KEYS);
        key.here = "";
        key.is_here_good = false; /* what is not there is not damaged */
        diagnose_key(&key, &d);
        struct finding f = only(LOOK_KEYS, rows[i].cause);
        assert_string_equal(value_of(&f, EVIDENCE_EXPECTED), "AABBCC");
        assert_string_equal(value_of(&f, EVIDENCE_FOUND), "none");
        key.here = "AABBCC";
        diagnose_key(&key, &d);
        only(LOOK_KEYS, rows[i].damaged_here);
    }
    struct key_fact there = {KEY_ZPK, "20000001", "AABBCC", "AABBCC", true, false};
    diagnose_key(&there, &d);
    only(LOOK_KEYS, OUTCOME_ISSUER_FAULT);
}

static struct terminal_fact good_terminal(void)
{
    struct terminal_record record = {
        .is_there = true, .merchant = "M1", .software = 3, .software_min = 3};

    return (struct terminal_fact){"T1", record, record};
}

static void test_a_terminal_is_the_same_in_both_systems(void **state)
{
    (void)state;
    struct terminal_fact t = good_terminal();

    diagnose_terminal(&t, &d);
    nothing(LOOK_RECORDS);
    t.at_acquirer.is_there = false;
    diagnose_terminal(&t, &d);
    only(LOOK_RECORDS, OUTCOME_TERMINAL_UNKNOWN);
    t = good_terminal();
    t.at_terminal.is_there = false;
    t.at_terminal.software = 0;
    diagnose_terminal(&t, &d);
    nothing(LOOK_RECORDS); /* still in its box */
    t = good_terminal();
    t.at_terminal.merchant = "M2";
    diagnose_terminal(&t, &d);
    struct finding f = only(LOOK_RECORDS, OUTCOME_MERCHANT_RECORD_MISMATCH);
    assert_string_equal(value_of(&f, EVIDENCE_EXPECTED), "M1");
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "M2");
    t = good_terminal();
    t.at_acquirer.state = RECORD_FROZEN;
    diagnose_terminal(&t, &d);
    f = only(LOOK_RECORDS, OUTCOME_TERMINAL_DISABLED);
    assert_string_equal(value_of(&f, EVIDENCE_STATE), "frozen");
    t = good_terminal();
    t.at_terminal.is_training = true;
    diagnose_terminal(&t, &d);
    only(LOOK_RECORDS, OUTCOME_TRAINING_MIXED);
    t = good_terminal();
    t.at_acquirer.software_min = 4;
    diagnose_terminal(&t, &d);
    f = only(LOOK_VERSIONS, OUTCOME_TERMINAL_SOFTWARE_OUTDATED);
    assert_string_equal(value_of(&f, EVIDENCE_LIMIT), "4");
    t.at_terminal.software = 0;
    diagnose_terminal(&t, &d);
    nothing(LOOK_RECORDS);
}

static struct merchant_fact good_merchant(void)
{
    struct merchant_record record = {true, "Lab Supermarket", 5411};

    return (struct merchant_fact){"M1", record, record, RECORD_ACTIVE, "", 20261122, 20261122};
}

static void test_a_merchant_is_the_same_in_all_systems(void **state)
{
    (void)state;
    struct merchant_fact m = good_merchant();

    diagnose_merchant(&m, &d);
    nothing(LOOK_RECORDS); /* on the last day of its licence */
    m.today++;
    diagnose_merchant(&m, &d);
    struct finding f = only(LOOK_RECORDS, OUTCOME_MERCHANT_UNQUALIFIED);
    assert_string_equal(value_of(&f, EVIDENCE_LICENCE), "2026-11-22");
    m.licence_until = 0;
    diagnose_merchant(&m, &d);
    nothing(LOOK_RECORDS);
    m = good_merchant();
    m.at_acquirer.category = 5999;
    diagnose_merchant(&m, &d);
    f = only(LOOK_RECORDS, OUTCOME_MERCHANT_RECORD_MISMATCH);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "5999");
    m = good_merchant();
    m.at_acquirer.name = "Lab Superb Market";
    diagnose_merchant(&m, &d);
    only(LOOK_RECORDS, OUTCOME_MERCHANT_RECORD_MISMATCH);
    m.applied.is_there = false; /* nothing to compare it with */
    diagnose_merchant(&m, &d);
    nothing(LOOK_RECORDS);
    m = good_merchant();
    m.state = RECORD_FROZEN;
    m.reason = "fees";
    diagnose_merchant(&m, &d);
    f = only(LOOK_RECORDS, OUTCOME_MERCHANT_FROZEN);
    assert_string_equal(value_of(&f, EVIDENCE_REASON), "fees");
    m = good_merchant();
    m.at_acquirer.is_there = false;
    diagnose_merchant(&m, &d);
    only(LOOK_RECORDS, OUTCOME_MERCHANT_UNKNOWN);
}

static void test_card_ranges_lead_to_issuers(void **state)
{
    (void)state;
    struct route_fact route = {"62000001", "20000001", true, true, true, false};

    diagnose_route(&route, &d);
    nothing(LOOK_BINS);
    route.is_issuer_up = false;
    diagnose_route(&route, &d);
    only(LOOK_BINS, OUTCOME_ISSUER_UNREACHABLE);
    route.is_issuer_apart = true;
    diagnose_route(&route, &d);
    only(LOOK_BINS, OUTCOME_ISSUER_BOOKS_APART);
    route.is_issuer_apart = false;
    route.is_away = true;
    diagnose_route(&route, &d);
    nothing(LOOK_BINS);
    route.is_issuer_known = false;
    diagnose_route(&route, &d);
    struct finding f = only(LOOK_BINS, OUTCOME_CARD_BIN_UNKNOWN);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "no such issuer");
    route.is_listed = false;
    diagnose_route(&route, &d);
    f = only(LOOK_BINS, OUTCOME_CARD_BIN_UNKNOWN);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "not in the table");
}

/* ---- one party ---- */

static void test_stores_write_have_room_and_a_whole_journal(void **state)
{
    (void)state;
    struct store_fact store = {"acquirer", PARTY_ACQUIRER, limits->space_bytes, true, "", ""};

    diagnose_store(&store, limits, &d);
    nothing(LOOK_STORES);
    store.free_bytes--;
    diagnose_store(&store, limits, &d);
    struct finding f = only(LOOK_STORES, OUTCOME_SWITCH_FAULT);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "63 MB");
    store.is_writable = false; /* says it all: the space is not told again */
    store.why = "read-only";
    store.party = PARTY_TERMINAL;
    diagnose_store(&store, limits, &d);
    f = only(LOOK_STORES, OUTCOME_TERMINAL_DEVICE_FAULT);
    assert_string_equal(value_of(&f, EVIDENCE_FOUND), "read-only");
    store = (struct store_fact){"issuer", PARTY_ISSUER, UINT64_MAX, true, "", "a gap"};
    diagnose_store(&store, limits, &d);
    f = only(LOOK_STORES, OUTCOME_ISSUER_FAULT);
    assert_string_equal(value_of(&f, EVIDENCE_CHECK), "journal");
}

static void test_a_standby_that_is_away(void **state)
{
    (void)state;
    struct standby_fact standby = {"issuer", false, true, "TLS: certificate has expired", 77, 5};

    diagnose_standby(&standby, &d);
    nothing(LOOK_STORES);
    standby.is_away = true;
    diagnose_standby(&standby, &d);
    struct finding f = only(LOOK_STORES, OUTCOME_SWITCH_STANDBY_AWAY);
    assert_string_equal(f.subject, "issuer");
    assert_string_equal(value_of(&f, EVIDENCE_STATE), "nothing new is taken");
    assert_string_equal(value_of(&f, EVIDENCE_WAITED_S), "77");
    standby.is_required = false;
    diagnose_standby(&standby, &d);
    f = only(LOOK_STORES, OUTCOME_SWITCH_STANDBY_AWAY);
    assert_string_equal(value_of(&f, EVIDENCE_STATE), "goes on alone");
    assert_string_equal(value_of(&f, EVIDENCE_COUNTER), "5 records behind");
}

static void test_devices_and_lines_speak_for_themselves(void **state)
{
    (void)state;
    struct device_fact device = {"T1", "printer", true, false};
    struct line_fact line = {"T1", true, "", 20261231, 20261231};

    diagnose_device(&device, &d);
    nothing(LOOK_DEVICES);
    device.is_out_of_paper = true;
    diagnose_device(&device, &d);
    only(LOOK_DEVICES, OUTCOME_TERMINAL_OUT_OF_PAPER);
    device.is_good = false;
    diagnose_device(&device, &d);
    only(LOOK_DEVICES, OUTCOME_TERMINAL_DEVICE_FAULT);
    diagnose_line(&line, &d);
    nothing(LOOK_LINE);
    line.today = 20270101;
    diagnose_line(&line, &d);
    struct finding f = only(LOOK_LINE, OUTCOME_LINE_ACCOUNT_EXPIRED);
    assert_string_equal(value_of(&f, EVIDENCE_LIMIT), "2026-12-31");
    line = (struct line_fact){"T1", false, "no carrier", 0, 20270101};
    diagnose_line(&line, &d);
    f = only(LOOK_LINE, OUTCOME_LINE_ACCOUNT_EXPIRED);
    assert_string_equal(value_of(&f, EVIDENCE_STATE), "no carrier");
}

static void test_what_is_owed_too_long_is_told(void **state)
{
    (void)state;
    struct owed_fact owed = {"terminal", true, 7, 0, 99, 99999};

    diagnose_owed(&owed, limits, &d);
    nothing(LOOK_OWED);
    owed.count = 2;
    owed.tries = limits->owed_tries - 1;
    owed.age_s = limits->owed_s;
    diagnose_owed(&owed, limits, &d);
    nothing(LOOK_OWED);
    owed.age_s++;
    diagnose_owed(&owed, limits, &d);
    struct finding f = only(LOOK_OWED, OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_string_equal(value_of(&f, EVIDENCE_TRACE), "7");
    owed.age_s = 0;
    owed.tries++;
    owed.is_terminal = false;
    diagnose_owed(&owed, limits, &d);
    only(LOOK_OWED, OUTCOME_ISSUER_NO_ANSWER);
}

static void test_more_findings_than_there_is_room_for(void **state)
{
    (void)state;
    struct device_fact device = {"T1", "reader", false, false};

    for (size_t i = 0; i < FINDINGS_MAX + 1; i++)
        diagnose_device(&device, &d);
    assert_int_equal(d.finding_count, FINDINGS_MAX);
    assert_int_equal(d.wrong[LOOK_DEVICES], FINDINGS_MAX + 1);
    for (int look = 0; look < LOOK_COUNT; look++)
        assert_true(strlen(look_name((enum look)look)) > 2);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_good_way_is_counted_and_not_told),
        TEST(test_a_broken_way_is_told_where_it_breaks),
        TEST(test_a_weak_way_is_told_by_its_measure),
        TEST(test_a_certificate_is_told_before_it_ends),
        TEST(test_clocks_may_differ_a_little),
        TEST(test_keys_are_compared_by_check_value),
        TEST(test_a_terminal_is_the_same_in_both_systems),
        TEST(test_a_merchant_is_the_same_in_all_systems),
        TEST(test_card_ranges_lead_to_issuers),
        TEST(test_stores_write_have_room_and_a_whole_journal),
        TEST(test_a_standby_that_is_away),
        TEST(test_devices_and_lines_speak_for_themselves),
        TEST(test_what_is_owed_too_long_is_told),
        TEST(test_more_findings_than_there_is_room_for),
    };

    return cmocka_run_group_tests_name("diagnosis", tests, NULL, NULL);
}

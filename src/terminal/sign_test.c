/* Sign-in with the key download, sign-off, echo; what answers and silence make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "terminal/play.h"

static struct play play;

static const struct evidence *shown_evidence(void)
{
    return play.work.effects.display.payment.evidence;
}

static void test_sign_in_takes_keys_and_batch(void **state)
{
    (void)state;
    play_init(&play);
    play_command(&play, COMMAND_SIGN_IN);
    const struct txn_message *request = &play_sent(&play)->message;
    assert_int_equal(request->kind, KIND_SIGN_IN);
    assert_int_equal(request->network_code, 3);
    assert_in_range(request->identity.trace, 1, 999999);
    assert_false(request->has_mac);
    assert_int_equal(play.work.what, WHAT_NETWORK_SENT);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    play_init(&play);
    play_sign_in(&play);
    assert_int_equal(play.work.what, WHAT_SIGNED_IN);
    assert_int_equal(play.work.effects.display.ticket, PLAY_TICKET);
    assert_int_equal(play_terminal(&play)->is_signed_in, 1);
    assert_int_equal(play_terminal(&play)->batch, 17);
    assert_int_equal(play_terminal(&play)->trace_next, 2);
    assert_int_equal(play_keys(&play)->version, 1);
    for (size_t i = 0; i < play.row_count; i++)
        assert_false(play.rows[i].found && play.rows[i].key.table == TABLE_PENDING);
}

/* A terminal whose store was lost signs in again: what tells the switch that it is not the first
 * sign-in doubled by the line is its trace number. */
static void test_without_memory_each_sign_in_has_a_number_of_its_own(void **state)
{
    (void)state;
    uint32_t traces[2];

    for (uint8_t i = 0; i < 2; i++) {
        play_init(&play);
        play_start_event(&play, EVENT_COMMAND);
        memset(play.event.entropy, 1 + i, sizeof play.event.entropy);
        play.event.ticket = PLAY_TICKET;
        play.command.kind = COMMAND_SIGN_IN;
        play.event.command = &play.command;
        play_run(&play);
        traces[i] = play_sent(&play)->message.identity.trace;
    }
    assert_int_not_equal(traces[0], traces[1]);
    play_init(&play);
    play_sign_in(&play);
    play_command(&play, COMMAND_SIGN_IN); /* one that remembers counts on */
    assert_int_equal(play_sent(&play)->message.identity.trace, 2);
}

static void test_a_sign_in_says_that_it_is_training(void **state)
{
    (void)state;
    for (int training = 0; training <= 1; training++) {
        play_init(&play);
        play_terminal(&play)->is_training = (uint8_t)training;
        play_command(&play, COMMAND_SIGN_IN);
        assert_int_equal(play_sent(&play)->message.is_training, training);
    }
}

static void test_a_second_sign_in_keeps_the_key_before(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    uint8_t first = play_keys(&play)->mac.at[0];
    play_sign_in(&play);
    assert_int_equal(play_keys(&play)->version, 2);
    assert_int_equal(play_keys(&play)->mac_before.at[0], first);
    assert_int_not_equal(play_keys(&play)->mac.at[0], first);
}

static struct txn_message sign_in_answer(const char *code)
{
    play_init(&play);
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, code);
    answer.has_mac = false;
    answer.identity.batch = 17;
    answer.keys_len = 40;
    return answer;
}

static void settle_batch(uint32_t number, enum batch_state how)
{
    uint8_t key[TERMINAL_ID_LEN + 4];
    struct batch_row batch = {.layout = PARTY_ROW_LAYOUT, .batch = number, .state = (uint8_t)how};

    memcpy(key, PLAY_TERMINAL, TERMINAL_ID_LEN);
    bytes_put_u32(key + TERMINAL_ID_LEN, number);
    play_put(&play, row_key_of(TABLE_BATCH, key, sizeof key), &batch, sizeof batch);
}

/* A restored host names a batch of the past. */
static void test_no_batch_that_is_settled_is_used_again(void **state)
{
    static const struct {
        uint32_t named;
        enum batch_state state;
        uint32_t taken;
    } rows[] = {{12, BATCH_CLOSED, 17}, {12, BATCH_OPEN, 12}, {18, BATCH_OPEN, 18}};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        play_init(&play);
        play_sign_in(&play);
        assert_int_equal(play_terminal(&play)->batch, 17);
        settle_batch(rows[i].named, rows[i].state);
        play_command(&play, COMMAND_SIGN_IN);
        struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
        answer.has_mac = false;
        answer.identity.batch = rows[i].named;
        answer.keys_len = 40;
        play_answer(&play, &answer);
        assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
        assert_int_equal(play_terminal(&play)->batch, rows[i].taken);
    }
}

static void test_wrong_downloads_leave_it_signed_out(void **state)
{
    (void)state;
    static const struct {
        enum hsm_result result;
        enum outcome outcome;
        const char *component;
    } rows[] = {
        {HSM_WRONG, OUTCOME_TERMINAL_KEY_MISSING, "MAK"},
        {HSM_FORMAT, OUTCOME_TERMINAL_KEY_MISSING, "key download"},
        {HSM_KEY, OUTCOME_TERMINAL_KEY_MISSING, "master key"},
        {HSM_NOT_ALLOWED, OUTCOME_TERMINAL_KEY_MISSING, "master key"},
        {HSM_DOWN, OUTCOME_TERMINAL_DEVICE_FAULT, "key module"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct txn_message answer = sign_in_answer("00");
        play.hsm.work_keys = rows[i].result;
        play_answer(&play, &answer);
        assert_int_equal(play_shown(&play), rows[i].outcome);
        assert_int_equal(shown_evidence()[0].name, EVIDENCE_COMPONENT);
        assert_string_equal(shown_evidence()[0].text, rows[i].component);
        assert_int_equal(play_terminal(&play)->is_signed_in, 0);
        assert_null(play_keys(&play));
        assert_int_equal(play.work.what, WHAT_DECLINED);
    }
}

static void test_a_wrong_check_value_is_shown_beside_the_right_one(void **state)
{
    (void)state;
    struct txn_message answer = sign_in_answer("00");

    play.hsm.work_keys = HSM_WRONG;
    play_answer(&play, &answer);
    assert_int_equal(shown_evidence()[1].name, EVIDENCE_EXPECTED);
    assert_string_equal(shown_evidence()[1].text, "11111111");
    assert_int_equal(shown_evidence()[2].name, EVIDENCE_FOUND);
    assert_string_equal(shown_evidence()[2].text, "22222222");
}

static void test_too_long_a_download_is_refused(void **state)
{
    (void)state;
    struct txn_message answer = sign_in_answer("00");

    answer.keys_len = DOWNLOAD_LEN_MAX + 1;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_KEY_MISSING);
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
}

/* What the host's clock shows in its answer to a sign-in; date 0: nothing. */
static enum outcome signed_in_at(uint16_t date, uint32_t time)
{
    struct txn_message answer = sign_in_answer("00");

    answer.local_date = date;
    answer.local_time = date == 0 ? 0 : 1000000 + time;
    play_answer(&play, &answer);
    assert_int_equal(play_terminal(&play)->is_clock_wrong, play_shown(&play) != OUTCOME_APPROVED);
    assert_int_equal(play_terminal(&play)->is_signed_in, 1);
    return play_shown(&play);
}

/* The other side of the year, whatever day the tests think it is. */
static uint16_t far_date(void)
{
    struct instant ours = {PLAY_NOW_US};

    return instant_civil(ours, play_new_config().utc_offset_s).month > 6 ? 401 : 1001;
}

/* Doubt about money does not wait until somebody has put a clock right. */
static void test_what_is_owed_goes_out_by_a_wrong_clock(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    play_due(&play, EVENT_TIMER, &request.identity);
    struct txn_message refusal = play_reply_to(&play, &play_sent(&play)->message, "A0");
    refusal.function = FUNCTION_REVERSAL_RESPONSE;
    refusal.has_mac = false;
    play_answer(&play, &refusal);
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    answer.has_mac = false;
    answer.identity.batch = 17;
    answer.keys_len = 40;
    answer.local_date = far_date();
    answer.local_time = 1120000;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_CLOCK_WRONG);
    assert_int_equal(play.work.what, WHAT_SIGNED_IN);
    assert_int_equal(play_keys(&play)->version, 2);
    assert_int_equal(play_sent(&play)->message.function, FUNCTION_REVERSAL);
    answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    play_answer(&play, &answer);
    assert_int_equal(play_payment(&play, &request.identity)->stage, STAGE_REVERSED);
    assert_int_equal(play_terminal(&play)->owed.trace, 0);
}

static void test_a_wrong_clock_sells_nothing_until_it_is_right(void **state)
{
    (void)state;
    (void)signed_in_at(far_date(), 120000);
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_CLOCK_WRONG);
    assert_string_equal(shown_evidence()[0].text, "wrong at the sign-in");
    assert_null(play_sent(&play));
    play_sign_in(&play);
    assert_int_equal(play_terminal(&play)->is_clock_wrong, 0);
    play_sale(&play);
}

/* An operator's new set-up is no word on the clock. */
static void test_set_up_does_not_put_a_clock_right(void **state)
{
    (void)state;
    (void)signed_in_at(far_date(), 120000);
    struct terminal_row row = play_new_terminal();
    play.command.key = row_key_of(TABLE_TERMINAL, PLAY_TERMINAL, TERMINAL_ID_LEN);
    play.command.value_len = sizeof row;
    memcpy(play.command.value, &row, sizeof row);
    play_command(&play, COMMAND_PUT_ROW);
    assert_int_equal(play_terminal(&play)->is_clock_wrong, 1);
}

static void test_a_wrong_clock_is_shown_beside_the_right_one(void **state)
{
    int32_t offset_s = play_new_config().utc_offset_s;
    struct instant ours = {PLAY_NOW_US + 2000000}; /* each event is a second */
    struct civil civil = instant_civil(ours, offset_s);
    uint16_t today = (uint16_t)(civil.month * 100 + civil.day);
    struct civil near;

    (void)state;
    assert_int_equal(signed_in_at(0, 0), OUTCOME_APPROVED);
    for (int seconds = -600; seconds <= 600; seconds += 1200) {
        near = instant_civil(instant_add_ms(ours, seconds * 1000), offset_s);
        uint16_t date = (uint16_t)(near.month * 100 + near.day);
        uint32_t time = near.hour * 10000U + near.minute * 100U + near.second;
        assert_int_equal(signed_in_at(date, time), OUTCOME_TERMINAL_CLOCK_WRONG);
        near = instant_civil(instant_add_ms(ours, seconds * 1000 - seconds / 600 * 1000), offset_s);
        time = near.hour * 10000U + near.minute * 100U + near.second;
        assert_int_equal(signed_in_at(date, time), OUTCOME_APPROVED);
    }
    assert_int_equal(signed_in_at(today == 101 ? 1231 : 101, 0), OUTCOME_TERMINAL_CLOCK_WRONG);
    assert_int_equal(shown_evidence()[0].name, EVIDENCE_EXPECTED);
    assert_int_equal(shown_evidence()[1].name, EVIDENCE_FOUND);
    assert_int_equal(signed_in_at(1340, 0), OUTCOME_APPROVED); /* no time at all */
    assert_int_equal(signed_in_at(today, 250000), OUTCOME_APPROVED);
}

static void test_a_refused_sign_in_says_why(void **state)
{
    (void)state;
    struct txn_message answer = sign_in_answer("97");

    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_UNKNOWN);
    assert_string_equal(shown_evidence()[0].text, "97");
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
}

static void test_silence_ends_an_exchange(void **state)
{
    (void)state;
    struct txn_message answer = sign_in_answer("00");
    struct identity exchange = play_identity(0, answer.identity.trace);

    play_due(&play, EVENT_TIMER, &exchange);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    assert_int_equal(play.work.effects.display.ticket, PLAY_TICKET);
    assert_null(play_pending(&play, &exchange));
    play_due(&play, EVENT_TIMER, &exchange);
    assert_int_equal(play.work.what, WHAT_NONE);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
}

static void test_a_restart_forgets_an_exchange_quietly(void **state)
{
    (void)state;
    struct txn_message answer = sign_in_answer("00");
    struct identity exchange = play_identity(0, answer.identity.trace);

    play_due(&play, EVENT_RECOVER, &exchange);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    assert_null(play_pending(&play, &exchange));
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
}

static void test_an_answer_counts_once(void **state)
{
    (void)state;
    struct txn_message answer = sign_in_answer("00");

    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_SIGNED_IN);
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_int_equal(play_keys(&play)->version, 1);
}

/* The line delivers the answers to two sign-ins in any order: the older one's keys are not the
 * host's any more, and its batch may be closed by now: sales in it would be refused. */
static void test_of_two_sign_ins_the_newer_counts(void **state)
{
    (void)state;
    for (int is_older_first = 0; is_older_first < 2; is_older_first++) {
        struct txn_message answers[2];
        play_init(&play);
        play_sign_in(&play);
        for (uint32_t i = 0; i < 2; i++) {
            play_command(&play, COMMAND_SIGN_IN);
            answers[i] = play_reply_to(&play, &play_sent(&play)->message, "00");
            answers[i].has_mac = false;
            answers[i].identity.batch = 17 + i;
            answers[i].keys_len = 40;
        }
        play_answer(&play, &answers[!is_older_first]);
        assert_int_equal(play.work.what, is_older_first ? WHAT_LATE_ANSWER : WHAT_SIGNED_IN);
        play_answer(&play, &answers[is_older_first]);
        assert_int_equal(play.work.what, is_older_first ? WHAT_SIGNED_IN : WHAT_LATE_ANSWER);
        assert_int_equal(play_terminal(&play)->batch, 18);
        assert_int_equal(play_keys(&play)->version, 2);
    }
}

static void test_an_answer_of_another_kind_is_not_taken(void **state)
{
    (void)state;
    struct txn_message answer = sign_in_answer("00");

    answer.kind = KIND_SIGN_OFF;
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_LATE_ANSWER);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    answer.kind = KIND_NONE;
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
    answer.kind = KIND_SIGN_IN;
    answer.identity.terminal[0] = 'X';
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_QUARANTINED);
}

static void test_commands_that_cannot_go_say_why(void **state)
{
    (void)state;
    static const struct {
        enum command_kind kind;
        enum hsm_result master;
        bool line_is_up;
        enum outcome outcome;
    } rows[] = {
        {COMMAND_SIGN_IN, HSM_KEY, true, OUTCOME_TERMINAL_KEY_MISSING},
        {COMMAND_SIGN_IN, HSM_NOT_ALLOWED, false, OUTCOME_TERMINAL_KEY_MISSING},
        {COMMAND_SIGN_IN, HSM_DOWN, true, OUTCOME_TERMINAL_DEVICE_FAULT},
        {COMMAND_SIGN_IN, HSM_OK, false, OUTCOME_LINE_UNREACHABLE},
        {COMMAND_ECHO, HSM_OK, false, OUTCOME_LINE_UNREACHABLE},
        {COMMAND_SIGN_OFF, HSM_OK, true, OUTCOME_TERMINAL_NOT_SIGNED_IN},
        {COMMAND_SIGN_OFF, HSM_DOWN, false, OUTCOME_TERMINAL_NOT_SIGNED_IN},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        play_init(&play);
        play.hsm.master = rows[i].master;
        play.event.line_is_up = rows[i].line_is_up;
        play_command(&play, rows[i].kind);
        assert_int_equal(play_shown(&play), rows[i].outcome);
        assert_null(play_sent(&play));
        assert_int_equal(play.work.what, WHAT_NONE);
        assert_int_equal(shown_evidence()[0].name, EVIDENCE_STATE);
    }
}

static void test_a_strange_terminal_is_not_set_up(void **state)
{
    (void)state;
    play_init(&play);
    memcpy(play.command.terminal, "T9      ", TERMINAL_ID_LEN);
    play_command(&play, COMMAND_SIGN_IN);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_KEY_MISSING);
    assert_string_equal(shown_evidence()[0].text, "terminal not set up");
}

static void test_sign_off_ends_the_session(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    play_command(&play, COMMAND_SIGN_OFF);
    assert_int_equal(play_sent(&play)->message.network_code, 2);
    assert_int_equal(play_sent(&play)->message.identity.batch, 17);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    play_answer(&play, &answer);
    assert_int_equal(play.work.what, WHAT_SIGNED_OFF);
    assert_int_equal(play_terminal(&play)->is_signed_in, 0);
}

static void test_sign_off_waits_for_what_is_owed(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    play_command(&play, COMMAND_SIGN_OFF);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_null(play_sent(&play));
    play_due(&play, EVENT_TIMER, &request.identity);
    play_command(&play, COMMAND_SIGN_OFF);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_REVERSAL_PENDING);
    assert_int_equal(play_sent(&play)->message.function, FUNCTION_REVERSAL);
    assert_int_equal(play.work.what, WHAT_REVERSAL_SENT);
}

static void test_echo_takes_no_trace_number(void **state)
{
    (void)state;
    play_init(&play);
    play_command(&play, COMMAND_ECHO);
    assert_int_equal(play_sent(&play)->message.network_code, 301);
    assert_int_equal(play_sent(&play)->message.identity.trace, 0);
    assert_int_equal(play_terminal(&play)->trace_next, 1);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    play_command(&play, COMMAND_ECHO);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_DEVICE_FAULT);
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    play_command(&play, COMMAND_ECHO);
    assert_non_null(play_sent(&play));
}

static void test_set_up_keeps_what_was_counted(void **state)
{
    (void)state;
    play_init(&play);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    struct terminal_row row = play_new_terminal();
    row.tap_limit_minor = 500;
    row.is_signed_in = 0;
    play.command.key = row_key_of(TABLE_TERMINAL, PLAY_TERMINAL, TERMINAL_ID_LEN);
    play.command.value_len = sizeof row;
    memcpy(play.command.value, &row, sizeof row);
    play_command(&play, COMMAND_PUT_ROW);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play.work.what, WHAT_CONFIGURED);
    assert_int_equal(play_terminal(&play)->tap_limit_minor, 500);
    assert_int_equal(play_terminal(&play)->trace_next, 3);
    assert_int_equal(play_terminal(&play)->batch, 17);
    assert_true(identity_equal(&play_terminal(&play)->owed, &request.identity));
}

static void test_set_up_takes_a_new_config(void **state)
{
    (void)state;
    play_init(&play);
    struct config_row row = play_new_config();
    row.answer_wait_ms = 0;
    row.retry_first_ms = 0;
    row.retry_max_ms = 0;
    play.command.key = row_key_of(TABLE_CONFIG, NULL, 0);
    play.command.value_len = sizeof row;
    memcpy(play.command.value, &row, sizeof row);
    play_command(&play, COMMAND_PUT_ROW);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play_config(&play)->answer_wait_ms, 0);
    play_sign_in(&play);
    struct txn_message request = play_sale(&play);
    const struct node_deadline *deadline = &play.work.effects.deadlines[0];
    assert_int_equal((deadline->due.ns - play.event.now.ns) / 1000000, 45000);
    play_due(&play, EVENT_TIMER, &request.identity);
    assert_int_equal((deadline->due.ns - play.event.now.ns) / 1000000, 2000);
}

static void test_bad_rows_are_refused(void **state)
{
    (void)state;
    static const struct {
        enum row_table table;
        uint16_t len;
        uint8_t layout;
        const char *check;
    } rows[] = {
        {TABLE_PAYMENT, sizeof(struct payment_row), PARTY_ROW_LAYOUT, "table is not set-up"},
        {TABLE_TERMINAL, sizeof(struct terminal_row) - 1, PARTY_ROW_LAYOUT, "length"},
        {TABLE_CONFIG, sizeof(struct config_row), PARTY_ROW_LAYOUT, "length"},
        {TABLE_TERMINAL, sizeof(struct terminal_row), PARTY_ROW_LAYOUT + 1, "layout"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        play_init(&play);
        play.command.key = row_key_of(rows[i].table, PLAY_TERMINAL, TERMINAL_ID_LEN);
        play.command.value_len = rows[i].len;
        play.command.value[0] = rows[i].layout;
        play_command(&play, COMMAND_PUT_ROW);
        assert_int_equal(play_shown(&play), OUTCOME_MESSAGE_MALFORMED);
        assert_string_equal(shown_evidence()[0].text, rows[i].check);
        assert_int_equal(play.work.what, WHAT_NONE);
    }
}

static void test_commands_of_other_parties_are_strange(void **state)
{
    (void)state;
    play_init(&play);
    play_command(&play, COMMAND_FUND);
    assert_int_equal(play_shown(&play), OUTCOME_TRANSACTION_UNSUPPORTED);
    play_command(&play, COMMAND_NONE);
    assert_int_equal(play_shown(&play), OUTCOME_TRANSACTION_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_in_takes_keys_and_batch),
        cmocka_unit_test(test_no_batch_that_is_settled_is_used_again),
        cmocka_unit_test(test_without_memory_each_sign_in_has_a_number_of_its_own),
        cmocka_unit_test(test_a_sign_in_says_that_it_is_training),
        cmocka_unit_test(test_a_second_sign_in_keeps_the_key_before),
        cmocka_unit_test(test_wrong_downloads_leave_it_signed_out),
        cmocka_unit_test(test_a_wrong_check_value_is_shown_beside_the_right_one),
        cmocka_unit_test(test_too_long_a_download_is_refused),
        cmocka_unit_test(test_what_is_owed_goes_out_by_a_wrong_clock),
        cmocka_unit_test(test_a_wrong_clock_sells_nothing_until_it_is_right),
        cmocka_unit_test(test_set_up_does_not_put_a_clock_right),
        cmocka_unit_test(test_a_wrong_clock_is_shown_beside_the_right_one),
        cmocka_unit_test(test_a_refused_sign_in_says_why),
        cmocka_unit_test(test_silence_ends_an_exchange),
        cmocka_unit_test(test_a_restart_forgets_an_exchange_quietly),
        cmocka_unit_test(test_an_answer_counts_once),
        cmocka_unit_test(test_of_two_sign_ins_the_newer_counts),
        cmocka_unit_test(test_an_answer_of_another_kind_is_not_taken),
        cmocka_unit_test(test_commands_that_cannot_go_say_why),
        cmocka_unit_test(test_a_strange_terminal_is_not_set_up),
        cmocka_unit_test(test_sign_off_ends_the_session),
        cmocka_unit_test(test_sign_off_waits_for_what_is_owed),
        cmocka_unit_test(test_echo_takes_no_trace_number),
        cmocka_unit_test(test_set_up_keeps_what_was_counted),
        cmocka_unit_test(test_set_up_takes_a_new_config),
        cmocka_unit_test(test_bad_rows_are_refused),
        cmocka_unit_test(test_commands_of_other_parties_are_strange),
    };

    return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}

/* Downloads at a terminal: lists, entries, ends; cut lines, restarts, what cannot be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/handout_rows.h"
#include "terminal/play.h"
#include "txn/parameter_block.h"

static struct play play;
static uint8_t block_room[BLOCK_LEN_MAX];

/* AIDs of the lab's debit and credit cards; all bytes A3 is the chip of struct play. */
static const uint8_t entries[2][15] = {
    {0x9F, 0x06, 0x08, 0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x01, 0xDF, 0x01, 0x01, 0x01},
    {0x9F, 0x06, 0x08, 0xA3, 0xA3, 0xA3, 0xA3, 0xA3, 0xA3, 0xA3, 0xA3, 0xDF, 0x01, 0x01, 0x01},
};

static void begin(enum txn_kind kind)
{
    play_init(&play);
    play_sign_in(&play);
    play.command.transaction = kind;
    play_command(&play, COMMAND_FETCH);
}

static const struct txn_message *asked(uint16_t code)
{
    const struct txn_message *message = &play_sent(&play)->message;

    assert_int_equal(message->network_code, code);
    return message;
}

static void answer_with(char control, const uint8_t *content, size_t len)
{
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");

    block_room[0] = (uint8_t)control;
    if (len > 0)
        memcpy(block_room + 1, content, len);
    answer.has_mac = false;
    answer.block = bytes_over(block_room, 1 + len);
    play_answer(&play, &answer);
}

static void answer_text(const char *text, uint8_t demand)
{
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");

    answer.has_mac = false;
    answer.demand = demand;
    answer.block = bytes_of_z(text);
    play_answer(&play, &answer);
}

static void come_due(enum event_kind event, enum txn_kind kind)
{
    struct identity identity = play_identity((uint32_t)kind, 0);

    play_due(&play, event, &identity);
}

static const struct handout_row *row(enum txn_kind kind, struct handout_name name)
{
    struct row_key key = handout_row_key(PLAY_TERMINAL, kind, &name);
    const struct node_row *found = play_row(&play, &key);

    return found != NULL && found->found ? (const void *)found->value : NULL;
}

/* All of a list of AIDs with so many entries. */
static void download_aids(size_t count)
{
    begin(KIND_AIDS);
    assert_memory_equal(asked(NETWORK_AIDS_LIST)->block.at, "100", 3);
    answer_with('1', entries[0], count * sizeof entries[0]);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(asked(NETWORK_AIDS)->block.len, 11);
        answer_with('1', entries[i], sizeof entries[i]);
    }
    asked(NETWORK_AIDS_END);
    answer_text("", 0);
}

static void test_parameters_are_used_from_the_end_on(void **state)
{
    (void)state;
    begin(KIND_PARAMETERS);
    assert_int_equal(asked(NETWORK_PARAMETERS)->block.len, 0);
    answer_text("1233180190520027"
                "07",
                0);
    asked(NETWORK_PARAMETERS_END);
    assert_int_equal(play_terminal(&play)->answer_wait_s, 0);
    answer_text("", 0);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(play_terminal(&play)->answer_wait_s, 33);
    assert_int_equal(play_terminal(&play)->tip_percent, 5);
    assert_int_equal(play_terminal(&play)->no_keying, 1);
    assert_int_equal(play_terminal(&play)->no_tips, 1);
    assert_int_equal(play_terminal(&play)->offline_max, 7);
    assert_null(row(KIND_PARAMETERS, handout_coming()));
    assert_int_equal(row(KIND_PARAMETERS, handout_whole())->len, 18);
}

static void test_bad_parameters_change_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "12", "123x", "9901",
                                      "1233"
                                      "18"};

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        begin(KIND_PARAMETERS);
        answer_text(bad[i], 0);
        assert_int_equal(play_shown(&play), OUTCOME_UPDATE_REJECTED);
        assert_int_equal(play_terminal(&play)->answer_wait_s, 0);
        assert_null(row(KIND_PARAMETERS, handout_whole()));
    }
}

static void test_a_list_comes_entry_by_entry(void **state)
{
    (void)state;
    download_aids(2);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "2");
    assert_int_equal(row(KIND_AIDS, handout_whole())->len, 30);
    struct handout_name name;
    assert_int_equal(handout_name_read(KIND_AIDS, bytes_over(entries[1], 15), &name), OK);
    assert_memory_equal(row(KIND_AIDS, name)->at, entries[1], 15);
}

static void test_a_list_may_come_in_parts(void **state)
{
    (void)state;
    begin(KIND_AIDS);
    answer_with('2', entries[0], sizeof entries[0]);
    assert_memory_equal(asked(NETWORK_AIDS_LIST)->block.at, "101", 3);
    answer_with('3', entries[1], sizeof entries[1]);
    asked(NETWORK_AIDS);
    assert_int_equal(row(KIND_AIDS, handout_coming())->len, 30);
}

static void test_only_listed_applications_are_taken(void **state)
{
    (void)state;
    download_aids(1);
    play_present(&play, ENTRY_CHIP, "");
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_shown(&play), OUTCOME_CARD_TYPE_UNSUPPORTED);
    download_aids(2);
    play_present(&play, ENTRY_CHIP, "");
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_sent(&play)->message.kind, KIND_SALE);
}

static void test_an_empty_list_takes_all(void **state)
{
    (void)state;
    begin(KIND_AIDS);
    answer_with('0', NULL, 0);
    asked(NETWORK_AIDS_END);
    answer_text("", 0);
    play_present(&play, ENTRY_CHIP, "");
    play_pay(&play, KIND_SALE);
    assert_int_equal(play_sent(&play)->message.kind, KIND_SALE);
}

static void test_a_cut_line_and_a_restart_ask_again(void **state)
{
    (void)state;
    begin(KIND_AIDS);
    answer_with('1', entries[0], 2 * sizeof entries[0]);
    answer_with('1', entries[0], sizeof entries[0]);
    come_due(EVENT_RECOVER, KIND_AIDS);
    assert_memory_equal(asked(NETWORK_AIDS)->block.at, entries[1], 11);
    answer_with('1', entries[0], sizeof entries[0]); /* doubled by the line: not wanted */
    assert_int_equal(row(KIND_AIDS, handout_coming())->next, 2);
    come_due(EVENT_TIMER, KIND_AIDS);
    assert_int_equal(play_shown(&play), OUTCOME_COUNT);
    answer_with('1', entries[1], sizeof entries[1]);
    asked(NETWORK_AIDS_END);
    for (int i = 0; i < 3; i++) {
        assert_null(row(KIND_AIDS, handout_whole()));
        come_due(EVENT_TIMER, KIND_AIDS);
    }
    play_command(&play, COMMAND_FETCH); /* goes on where it was */
    asked(NETWORK_AIDS_END);
    answer_text("", 0);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
}

static void test_silence_is_told(void **state)
{
    (void)state;
    begin(KIND_STATUS);
    assert_int_equal(asked(NETWORK_STATUS)->block.len, STATUS_BLOCK_LEN);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(play_shown(&play), OUTCOME_COUNT);
        come_due(EVENT_TIMER, KIND_STATUS);
    }
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
}

static void test_a_list_that_is_none_is_rejected(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        size_t len;
    } bad[] = {{"", 0}, {"\x9F\x06", 2}, {"\x9F\x22\x01\x01", 4}};

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        begin(KIND_CA_KEYS);
        answer_with('1', (const uint8_t *)bad[i].content, bad[i].len);
        assert_int_equal(play_shown(&play), OUTCOME_UPDATE_REJECTED);
        assert_null(row(KIND_CA_KEYS, handout_coming()));
    }
    begin(KIND_AIDS);
    answer_with('1', entries[0], sizeof entries[0]);
    answer_with('0', NULL, 0); /* withdrawn meanwhile */
    assert_int_equal(play_shown(&play), OUTCOME_UPDATE_REJECTED);
}

static void test_a_demand_is_met_and_the_next_one(void **state)
{
    (void)state;
    play_init(&play);
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    answer.has_mac = false;
    answer.identity.batch = 17;
    answer.keys_len = 40;
    answer.demand = 1;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    asked(NETWORK_PARAMETERS);
    answer_text("1233", 0);
    asked(NETWORK_PARAMETERS_END);
    answer_text("", 2);
    assert_memory_equal(asked(NETWORK_STATUS)->block.at + 15, "11601233", 8);
    answer_text("", 6);
    assert_int_equal(play_sent(&play)->message.kind, KIND_UPDATE);
}

static void test_a_demand_for_what_is_under_way_asks_again(void **state)
{
    (void)state;
    begin(KIND_PARAMETERS);
    come_due(EVENT_RECOVER, KIND_PARAMETERS);
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    answer.has_mac = false;
    answer.identity.batch = 17;
    answer.keys_len = 40;
    answer.demand = 1;
    play_answer(&play, &answer);
    asked(NETWORK_PARAMETERS);
}

static void test_a_refusal_is_told(void **state)
{
    (void)state;
    begin(KIND_PARAMETERS);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "97");
    answer.has_mac = false;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_TERMINAL_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_are_used_from_the_end_on),
        cmocka_unit_test(test_bad_parameters_change_nothing),
        cmocka_unit_test(test_a_list_comes_entry_by_entry),
        cmocka_unit_test(test_a_list_may_come_in_parts),
        cmocka_unit_test(test_only_listed_applications_are_taken),
        cmocka_unit_test(test_an_empty_list_takes_all),
        cmocka_unit_test(test_a_cut_line_and_a_restart_ask_again),
        cmocka_unit_test(test_silence_is_told),
        cmocka_unit_test(test_a_list_that_is_none_is_rejected),
        cmocka_unit_test(test_a_demand_is_met_and_the_next_one),
        cmocka_unit_test(test_a_demand_for_what_is_under_way_asks_again),
        cmocka_unit_test(test_a_refusal_is_told),
    };

    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}

/* Updates at a terminal: fetched in pieces, checked, taken into use between payments; cut lines,
 * restarts, forged and unfit packages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/update_rows.h"
#include "terminal/package.h"
#include "terminal/play.h"
#include "txn/update_block.h"

static struct play play;
static char block_room[BLOCK_LEN_MAX];

/* A package of two pieces, as an acquirer would publish it. */
static const char pieces[2][UPDATE_PIECE_LEN_MAX] = {"acquit-terminal 000003\n", "its tail"};
#define TAIL_LEN 8

static struct update_block manifest_of(uint32_t version, char signature)
{
    struct update_block manifest = {.is_manifest = true,
                                    .kind = 'S',
                                    .pieces = 2,
                                    .version = version,
                                    .size = UPDATE_PIECE_LEN_MAX + TAIL_LEN};
    struct hsm_command command = {.kind = HSM_DIGEST};
    struct hsm_answer answer;

    memset(&answer, 0, sizeof answer);
    for (size_t i = 0; i < 2; i++) {
        struct hsm_answer next;
        memset(&next, 0, sizeof next);
        command.of.digest.parts[0] = bytes_over(answer.of.digest, DIGEST_LEN);
        command.of.digest.parts[1] =
            bytes_over(pieces[i], i == 0 ? UPDATE_PIECE_LEN_MAX : TAIL_LEN);
        play_digest(&command, &next);
        answer = next;
    }
    memcpy(manifest.digest, answer.of.digest, sizeof manifest.digest);
    memset(manifest.signature, signature, sizeof manifest.signature);
    return manifest;
}

static struct update_request asked(void)
{
    struct update_request request;
    const struct txn_message *message = &play_sent(&play)->message;

    assert_int_equal(message->kind, KIND_UPDATE);
    assert_int_equal(update_request_read(message->block, &request), OK);
    return request;
}

static void answer_block(size_t len)
{
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");

    answer.has_mac = false;
    answer.block = bytes_over(block_room, len);
    play_answer(&play, &answer);
}

static void answer_manifest(uint32_t version, char signature)
{
    struct update_block manifest = manifest_of(version, signature);

    update_manifest_write(&manifest, block_room);
    answer_block(UPDATE_MANIFEST_LEN);
}

static void answer_piece(uint32_t version, uint16_t place, const char *content, size_t len)
{
    update_piece_head_write(&(struct update_block){.kind = 'S', .version = version, .place = place},
                            block_room);
    memcpy(block_room + UPDATE_PIECE_HEAD_LEN, content, len);
    answer_block(UPDATE_PIECE_HEAD_LEN + len);
}

static void begin(void)
{
    play_init(&play);
    play_sign_in(&play);
    play_terminal(&play)->software = 1;
    play_command(&play, COMMAND_FETCH);
    assert_int_equal(asked().version, 0);
    assert_int_equal(asked().kind, 'S');
}

static const struct fetch_row *fetched(void)
{
    struct row_key key = fetch_row_key(PLAY_TERMINAL, UPDATE_SOFTWARE);

    return (const struct fetch_row *)(const void *)play_row(&play, &key)->value;
}

static struct identity exchange(void)
{
    struct identity identity = play_identity(KIND_UPDATE, 0);

    return identity;
}

static void come_due(enum event_kind kind)
{
    struct identity identity = exchange();

    play_due(&play, kind, &identity);
}

static void test_a_package_comes_and_is_used(void **state)
{
    (void)state;
    begin();
    answer_manifest(3, 'S');
    assert_int_equal(asked().place, 1);
    answer_piece(3, 1, pieces[0], UPDATE_PIECE_LEN_MAX);
    assert_int_equal(asked().place, 2);
    answer_piece(3, 2, pieces[1], TAIL_LEN);
    assert_int_equal(fetched()->state, FETCH_COMPLETE);
    assert_int_equal(play_terminal(&play)->software, 1);
    come_due(EVENT_TIMER);
    assert_int_equal(fetched()->state, FETCH_ACTIVE);
    assert_int_equal(play_terminal(&play)->software, 3);
    assert_int_equal(asked().software, 3); /* the acquirer hears of it */
    answer_block(0);
    assert_int_equal(asked().kind, 'P');
    answer_block(0);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
}

static void test_a_cut_line_costs_one_piece(void **state)
{
    (void)state;
    begin();
    answer_manifest(3, 'S');
    answer_piece(3, 1, pieces[0], UPDATE_PIECE_LEN_MAX);
    for (int i = 0; i < 3; i++) {
        come_due(EVENT_RECOVER);
        assert_int_equal(asked().place, 2);
        assert_int_equal(asked().version, 3);
    }
    answer_piece(3, 1, pieces[0], UPDATE_PIECE_LEN_MAX); /* doubled by the line: not wanted */
    assert_int_equal(fetched()->next, 2);
    come_due(EVENT_TIMER);
    answer_piece(3, 2, pieces[1], TAIL_LEN);
    assert_int_equal(fetched()->state, FETCH_COMPLETE);
}

static void test_it_rests_after_long_silence_and_goes_on(void **state)
{
    (void)state;
    begin();
    answer_manifest(3, 'S');
    for (int i = 0; i < 20 && play_shown(&play) == OUTCOME_COUNT; i++)
        come_due(EVENT_TIMER);
    assert_int_equal(play_shown(&play), OUTCOME_LINE_NO_ANSWER);
    assert_int_equal(fetched()->state, FETCH_COMING);
    play_command(&play, COMMAND_FETCH);
    assert_int_equal(asked().place, 1);
}

static void test_what_is_not_right_is_not_used(void **state)
{
    (void)state;
    begin();
    answer_manifest(3, 'X'); /* not signed by whom it should be */
    assert_int_equal(play_shown(&play), OUTCOME_UPDATE_REJECTED);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "signature");
    play_command(&play, COMMAND_FETCH);
    answer_manifest(3, 'S'); /* rejected once: not tried again */
    assert_int_equal(asked().kind, 'P');

    begin();
    answer_manifest(3, 'S');
    answer_piece(3, 1, pieces[0], UPDATE_PIECE_LEN_MAX);
    answer_piece(3, 2, "its tale", TAIL_LEN);
    assert_int_equal(play_shown(&play), OUTCOME_UPDATE_REJECTED);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text, "digest");
    assert_int_equal(play_terminal(&play)->software, 1);

    begin();
    answer_manifest(1, 'S'); /* a version never goes back */
    assert_int_equal(asked().kind, 'P');
}

static void test_the_self_test_keeps_the_version_before(void **state)
{
    (void)state;
    begin();
    answer_manifest(4, 'S'); /* inside it says 3 */
    answer_piece(4, 1, pieces[0], UPDATE_PIECE_LEN_MAX);
    answer_piece(4, 2, pieces[1], TAIL_LEN);
    come_due(EVENT_TIMER);
    assert_int_equal(play_shown(&play), OUTCOME_UPDATE_REJECTED);
    assert_string_equal(play.work.effects.display.payment.evidence[0].text,
                        "another version inside");
    assert_int_equal(play_terminal(&play)->software, 1);
    assert_int_equal(fetched()->state, FETCH_REJECTED);
}

static void test_it_waits_for_the_payment_in_doubt(void **state)
{
    (void)state;
    begin();
    answer_manifest(3, 'S');
    answer_piece(3, 1, pieces[0], UPDATE_PIECE_LEN_MAX);
    const struct node_send last = *play_sent(&play);
    struct txn_message answer = play_reply_to(&play, &last.message, "00");
    (void)play_sale(&play); /* under way: the rest of the package comes beside it */
    update_piece_head_write(&(struct update_block){.kind = 'S', .version = 3, .place = 2},
                            block_room);
    memcpy(block_room + UPDATE_PIECE_HEAD_LEN, pieces[1], TAIL_LEN);
    answer.has_mac = false;
    answer.block = bytes_over(block_room, UPDATE_PIECE_HEAD_LEN + TAIL_LEN);
    play_answer(&play, &answer);
    come_due(EVENT_TIMER);
    assert_int_equal(fetched()->state, FETCH_COMPLETE);
    assert_int_equal(play_terminal(&play)->software, 1);
}

static void test_a_sign_in_that_demands_it_begins_it(void **state)
{
    (void)state;
    play_init(&play);
    play_command(&play, COMMAND_SIGN_IN);
    struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
    answer.has_mac = false;
    answer.identity.batch = 17;
    answer.keys_len = 40;
    answer.demand = 6;
    play_answer(&play, &answer);
    assert_int_equal(play_shown(&play), OUTCOME_APPROVED);
    assert_int_equal(asked().kind, 'S');
}

/* After a restart the piece is asked for before the line is up; the sign-in tells that it is. */
static void test_a_sign_in_asks_again_at_once(void **state)
{
    (void)state;
    begin();
    answer_manifest(3, 'S');
    answer_piece(3, 1, pieces[0], UPDATE_PIECE_LEN_MAX);
    come_due(EVENT_RECOVER);
    for (int i = 0; i < 2; i++) {
        play_command(&play, COMMAND_SIGN_IN);
        struct txn_message answer = play_reply_to(&play, &play_sent(&play)->message, "00");
        answer.has_mac = false;
        answer.identity.batch = 17;
        answer.keys_len = 40;
        answer.demand = 6;
        play_answer(&play, &answer);
        if (i == 0) {
            assert_int_equal(asked().place, 2);
            answer_piece(3, 2, pieces[1], TAIL_LEN);
            assert_int_equal(fetched()->state, FETCH_COMPLETE);
        }
    }
    assert_null(play_sent(&play)); /* all is here: only its use is waited for */
    come_due(EVENT_TIMER);
    assert_int_equal(fetched()->state, FETCH_ACTIVE);
}

static void test_parameters_name_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *what;
        unsigned line;
    } rows[] = {
        {"# a note\n\npartial_ok: 1\noffline_max: 20", NULL, 0},
        {"partial_ok: 2\n", "number too large", 1},
        {"partial_ok: 1\nwhat: 1\n", "unknown name", 2},
        {"partial_ok 1\n", "no name: number", 1},
        {"partial_ok: x\n", "no number", 1},
        {"partial_ok:1\n", "no name: number", 1},
    };
    struct update_manifest manifest = {.kind = UPDATE_PARAMETERS, .pieces = 1, .version = 1};

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct terminal_row row = {.layout = PARTY_ROW_LAYOUT};
        struct package_fault fault = {0};
        enum err err = package_apply(&manifest, bytes_of_z(rows[i].text), &row, &fault);
        assert_int_equal(err, rows[i].what == NULL ? OK : ERR_BAD_VALUE);
        assert_int_equal(row.partial_ok, rows[i].what == NULL);
        assert_int_equal(row.offline_max, rows[i].what == NULL ? 20 : 0);
        if (rows[i].what != NULL) {
            assert_string_equal(fault.what, rows[i].what);
            assert_int_equal(fault.line, rows[i].line);
        }
    }
    manifest.pieces = 2;
    struct terminal_row row = {.layout = PARTY_ROW_LAYOUT};
    struct package_fault fault = {0};
    assert_int_equal(package_apply(&manifest, bytes_of_z(""), &row, &fault), ERR_BAD_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_package_comes_and_is_used),
        cmocka_unit_test(test_a_cut_line_costs_one_piece),
        cmocka_unit_test(test_it_rests_after_long_silence_and_goes_on),
        cmocka_unit_test(test_what_is_not_right_is_not_used),
        cmocka_unit_test(test_the_self_test_keeps_the_version_before),
        cmocka_unit_test(test_it_waits_for_the_payment_in_doubt),
        cmocka_unit_test(test_a_sign_in_that_demands_it_begins_it),
        cmocka_unit_test(test_a_sign_in_asks_again_at_once),
        cmocka_unit_test(test_parameters_name_what_is_wrong),
    };

    return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}

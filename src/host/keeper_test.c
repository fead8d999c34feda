#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/link_rig.h"

#include <stdlib.h>

#define TERMINAL "T1      "
#define SILENCE_MS 400
#define HOLD_MS 300
#define PART_MS 600

static struct rig_end primary;
static struct rig_end backup;
static struct rig_inbox at_primary;
static struct rig_inbox at_backup;
static uint8_t room[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX];

static int set_up(void **state)
{
    (void)state;
    rig_start((struct links_setup){
        .open_max = 16, .retry_first_ms = 20, .retry_max_ms = 100, .hold_ms = HOLD_MS});
    primary = rig_end_listen(0);
    backup = rig_end_listen(0);
    at_primary.fd = at_backup.fd = -1;
    return 0;
}

static void end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int tear_down(void **state)
{
    (void)state;
    end(&at_primary.fd);
    end(&at_backup.fd);
    end(&primary.listener);
    end(&backup.listener);
    rig_stop();
    return 0;
}

/* ---- the line under test ---- */

static uint32_t answer_wait_ms; /* 0: the usual */

static void keep(bool has_backup, uint32_t silence_ms)
{
    struct txn_message test = {.kind = KIND_ECHO,
                               .function = FUNCTION_REQUEST,
                               .network_code = 301,
                               .sequence = -1,
                               .sent = clock_wall(),
                               .identity = {.acquirer = "48020000", .terminal = TERMINAL}};
    struct link_ways ways = {.primary = primary.address,
                             .backup = has_backup ? backup.address : NULL,
                             .silence_ms = silence_ms,
                             .answer_wait_ms = answer_wait_ms,
                             .test = &test};
    struct link_kind kind = rig_kind(&rig_iso, NULL);
    char words[200];
    struct text error = text_over(words, sizeof words);

    test.identity.trace = 7; /* what tells a test from the terminal's own echo, which has 1 */
    assert_int_equal(links_keep_line(rig.links, &kind, &ways, NULL, &error), OK);
}

static bool take(const struct rig_end *end, struct rig_inbox *inbox)
{
    int fd = rig_end_accept(end);

    if (fd < 0)
        return false;
    *inbox = (struct rig_inbox){.fd = fd};
    return true;
}

static enum line_way way(void)
{
    return links_line_way(rig.links, TERMINAL);
}

/* Answers one request with 00, as the switch would. */
static void answer(struct rig_inbox *inbox, const struct txn_message *request)
{
    struct txn_message out;

    txn_message_answer(request, &out);
    memcpy(out.code, "00", 2);
    rig_send(inbox->fd, room, rig_frame(&rig_iso, &out, room));
}

static void arrives(struct rig_inbox *inbox, uint32_t trace, struct txn_message *out)
{
    rig_until(rig_next(inbox, &rig_iso, out));
    assert_int_equal(out->kind, KIND_ECHO);
    assert_int_equal(out->identity.trace, trace);
}

static void sends_over(struct rig_inbox *inbox)
{
    struct txn_message request;
    uint64_t before = links_counters(rig.links)->frames_in;

    rig_command(COMMAND_ECHO, TERMINAL);
    arrives(inbox, 1, &request);
    answer(inbox, &request);
    rig_until(links_counters(rig.links)->frames_in == before + 1);
}

static void goes_home(void)
{
    struct txn_message test;

    rig_until(take(&primary, &at_primary));
    arrives(&at_primary, 7, &test);
    assert_int_equal(way(), WAY_BACKUP);
    answer(&at_primary, &test);
    rig_until(way() == WAY_PRIMARY);
}

/* ---- tests ---- */

static void test_a_refused_primary_sends_over_the_backup(void **state)
{
    (void)state;
    end(&primary.listener);
    keep(true, SILENCE_MS);
    rig_until(take(&backup, &at_backup));
    rig_until(way() == WAY_BACKUP);
    sends_over(&at_backup);
}

static void test_a_closed_primary_sends_over_the_backup_and_back(void **state)
{
    (void)state;
    keep(true, 0);
    rig_until(take(&primary, &at_primary));
    rig_until(way() == WAY_PRIMARY);
    sends_over(&at_primary);
    rig_turn_ms(200); /* it has held */
    end(&at_primary.fd);
    rig_until(take(&backup, &at_backup));
    rig_until(way() == WAY_BACKUP);
    sends_over(&at_backup);
    goes_home();
    sends_over(&at_primary);
    assert_false(rig_is_closed(at_backup.fd));               /* answers may still come over it */
    assert_int_equal(links_counters(rig.links)->changed, 1); /* once: home, beside the link */
}

static void test_a_half_open_primary_is_noticed_and_its_late_answer_counts(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message test;

    keep(true, SILENCE_MS);
    rig_until(take(&primary, &at_primary));
    rig_until(way() == WAY_PRIMARY);
    rig_command(COMMAND_ECHO, TERMINAL);
    arrives(&at_primary, 1, &request);
    arrives(&at_primary, 7, &test); /* asked once more, and silent again */
    rig_until(take(&backup, &at_backup));
    arrives(&at_backup, 7, &test);
    assert_int_equal(way(), WAY_NONE); /* nothing has a chance to be answered yet */
    answer(&at_backup, &test);
    rig_until(way() == WAY_BACKUP);
    sends_over(&at_backup);
    answer(&at_primary, &request);
    answer(&at_primary, &test);
    rig_until(links_counters(rig.links)->frames_in == 2); /* of two echoes one was ours */
}

/* What was asked over it has been given up, or its deadline will tell; what the terminal waits for
 * by now was asked over the other way. */
static void test_the_end_of_a_line_that_was_left_cuts_nobody_off(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message test;

    keep(true, SILENCE_MS);
    rig_until(take(&primary, &at_primary));
    rig_until(way() == WAY_PRIMARY);
    rig_command(COMMAND_ECHO, TERMINAL);
    arrives(&at_primary, 1, &request);
    rig_until(take(&backup, &at_backup));
    arrives(&at_backup, 7, &test);
    answer(&at_backup, &test);
    rig_until(way() == WAY_BACKUP);
    rig_command(COMMAND_ECHO, TERMINAL);
    arrives(&at_backup, 1, &request);
    uint64_t open = links_counters(rig.links)->open;
    end(&at_primary.fd);
    rig_until(links_counters(rig.links)->open == open - 1);
    rig_turn_ms(50);
    assert_int_equal(rig_voids, 0);
    end(&at_backup.fd);
    rig_until(rig_voids == 1);
}

/* Nobody waits for an answer that long: a half-open connection is not kept for nothing. */
static void test_a_line_that_was_left_is_closed_when_nobody_waits(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message test;

    answer_wait_ms = PART_MS;
    keep(true, SILENCE_MS);
    answer_wait_ms = 0;
    rig_until(take(&primary, &at_primary));
    rig_until(way() == WAY_PRIMARY);
    rig_command(COMMAND_ECHO, TERMINAL);
    arrives(&at_primary, 1, &request);
    arrives(&at_primary, 7, &test);
    rig_until(take(&backup, &at_backup));
    arrives(&at_backup, 7, &test);
    answer(&at_backup, &test);
    rig_until(way() == WAY_BACKUP);
    struct moment left = clock_now();
    rig_until(rig_is_closed(at_primary.fd));
    assert_true(clock_now().ns - left.ns >= (PART_MS - 200) * INT64_C(1000000));
    sends_over(&at_backup);
}

static void test_a_frozen_primary_is_not_gone_back_to(void **state)
{
    (void)state;
    struct txn_message test;

    end(&primary.listener);
    keep(true, SILENCE_MS);
    rig_until(take(&backup, &at_backup));
    rig_until(way() == WAY_BACKUP);
    uint16_t port = (uint16_t)strtoul(strchr(primary.address, ':') + 1, NULL, 10);
    primary = rig_end_listen(port);
    rig_until(take(&primary, &at_primary));
    arrives(&at_primary, 7, &test);
    rig_until(rig_receive(&at_primary)); /* given up: it takes connections, and answers nothing */
    assert_int_equal(way(), WAY_BACKUP);
    end(&at_primary.fd);
    goes_home();
}

static void test_without_a_backup_a_half_open_line_is_connected_anew(void **state)
{
    (void)state;
    struct txn_message request;

    keep(false, SILENCE_MS);
    rig_until(take(&primary, &at_primary));
    rig_until(way() == WAY_PRIMARY);
    rig_command(COMMAND_ECHO, TERMINAL);
    arrives(&at_primary, 1, &request);
    rig_until(take(&primary, &at_backup));
    arrives(&at_backup, 7, &request);
    answer(&at_backup, &request);
    rig_until(way() == WAY_PRIMARY);
    sends_over(&at_backup);
    assert_int_equal(links_counters(rig.links)->changed, 0);
}

static void test_a_slow_answer_is_no_silence(void **state)
{
    (void)state;
    struct txn_message request;
    struct txn_message test;

    keep(true, SILENCE_MS);
    rig_until(take(&primary, &at_primary));
    rig_until(way() == WAY_PRIMARY);
    rig_command(COMMAND_ECHO, TERMINAL);
    arrives(&at_primary, 1, &request);
    arrives(&at_primary, 7, &test);
    answer(&at_primary, &test); /* the switch is there, its issuer is slow */
    rig_turn_ms(2 * SILENCE_MS);
    assert_int_equal(way(), WAY_PRIMARY);
    assert_int_equal(links_counters(rig.links)->frames_in,
                     0); /* the test's answer went no further */
    answer(&at_primary, &request);
    rig_until(links_counters(rig.links)->frames_in == 1);
    assert_int_equal(links_counters(rig.links)->changed, 0);
}

static void test_with_both_ways_gone_the_line_is_down(void **state)
{
    (void)state;
    keep(true, SILENCE_MS);
    rig_until(take(&primary, &at_primary));
    rig_until(way() == WAY_PRIMARY);
    end(&backup.listener);
    end(&primary.listener);
    end(&at_primary.fd);
    rig_until(way() == WAY_NONE);
    rig_command(COMMAND_ECHO, TERMINAL);
    rig_until(links_counters(rig.links)->lost == 1);
    uint16_t port = (uint16_t)strtoul(strchr(backup.address, ':') + 1, NULL, 10);
    backup = rig_end_listen(port);
    rig_until(take(&backup, &at_backup));
    rig_until(way() == WAY_BACKUP);
    sends_over(&at_backup);
}

/* A peer has no test: by its other way it is told as a link that goes and one that comes. */
static void test_a_silent_peer_is_tried_by_its_other_way(void **state)
{
    (void)state;
    struct link_ways ways = {
        .primary = primary.address, .backup = backup.address, .silence_ms = SILENCE_MS};
    struct link_kind kind = rig_kind(&rig_iso, NULL);
    char words[200];
    struct text error = text_over(words, sizeof words);

    assert_int_equal(links_keep_peer(rig.links, &kind, &ways, RIG_PEER, &error), OK);
    rig_until(take(&primary, &at_primary));
    rig_until(rig_ups == 1);
    assert_int_equal(links_peer_way(rig.links, RIG_PEER), WAY_PRIMARY);
    rig_turn_ms(200);
    end(&at_primary.fd);
    rig_until(take(&backup, &at_backup));
    rig_until(rig_ups == 2);
    assert_int_equal(rig_downs, 1);
    assert_int_equal(links_peer_way(rig.links, RIG_PEER), WAY_BACKUP);
    rig_check(at_backup.fd, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_refused_primary_sends_over_the_backup),
        TEST(test_a_closed_primary_sends_over_the_backup_and_back),
        TEST(test_a_half_open_primary_is_noticed_and_its_late_answer_counts),
        TEST(test_the_end_of_a_line_that_was_left_cuts_nobody_off),
        TEST(test_a_line_that_was_left_is_closed_when_nobody_waits),
        TEST(test_a_frozen_primary_is_not_gone_back_to),
        TEST(test_without_a_backup_a_half_open_line_is_connected_anew),
        TEST(test_a_slow_answer_is_no_silence),
        TEST(test_with_both_ways_gone_the_line_is_down),
        TEST(test_a_silent_peer_is_tried_by_its_other_way),
    };

    return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}

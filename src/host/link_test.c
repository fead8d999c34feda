#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/link_rig.h"

#include <malloc.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/resource.h>

#define HASTY_FRAME_WAIT_MS 150

static uint8_t room[1 << 20];
static struct rig_inbox inbox;
static struct rig_inbox other;

static void start(uint32_t frame_wait_ms)
{
    rig_start((struct links_setup){.open_max = 16,
                                   .frame_wait_ms = frame_wait_ms,
                                   .connect_wait_ms = 60000,
                                   .retry_first_ms = 20,
                                   .retry_max_ms = 100,
                                   .out_len_max = 65536});
    rig_listen(&rig_iso, NULL);
}

/* A machine that stands still for seconds must not look like a peer that dawdles. */
static int set_up(void **state)
{
    (void)state;
    start(60000);
    return 0;
}

static int set_up_hasty(void **state)
{
    (void)state;
    start(HASTY_FRAME_WAIT_MS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)pthread_mutex_trylock(&rig_gate); /* a test that failed may have left it closed */
    pthread_mutex_unlock(&rig_gate);
    rig_stop();
    return 0;
}

/* ---- frames ---- */

static void test_a_frame_may_come_in_any_two_pieces(void **state)
{
    (void)state;
    struct txn_message answer;
    size_t len = rig_echo(1, room);

    inbox = (struct rig_inbox){.fd = rig_connect()};
    for (size_t cut = 1; cut < len; cut++) {
        len = rig_echo((uint32_t)cut, room);
        rig_send(inbox.fd, room, cut);
        for (int i = 0; i < 4; i++)
            rig_turn();
        rig_send(inbox.fd, room + cut, len - cut);
        rig_until(rig_next(&inbox, &rig_iso, &answer));
        assert_int_equal(answer.identity.trace, cut);
    }
    close(inbox.fd);
}

static void test_many_frames_may_come_in_one_piece(void **state)
{
    (void)state;
    struct txn_message answer;
    size_t len = 0;

    inbox = (struct rig_inbox){.fd = rig_connect()};
    for (uint32_t i = 1; i <= 200; i++)
        len += rig_echo(i, room + len);
    rig_send(inbox.fd, room, len);
    for (uint32_t i = 1; i <= 200; i++) {
        rig_until(rig_next(&inbox, &rig_iso, &answer));
        assert_int_equal(answer.identity.trace, i);
    }
    close(inbox.fd);
}

static void test_a_peer_that_dawdles_inside_a_frame_is_closed(void **state)
{
    (void)state;
    int good = rig_connect();
    int half = rig_connect();
    int slow = rig_connect();
    size_t len = rig_echo(1, room);

    rig_check(good, 1);
    rig_send(half, room, len / 2);
    for (size_t i = 0; i < len; i++) {
        if (rig_is_closed(slow))
            break;
        rig_send(slow, room + i, 1); /* each byte soon after the one before */
        rig_turn_ms(30);
    }
    rig_until(rig_is_closed(slow));
    rig_until(rig_is_closed(half));
    assert_int_equal(links_counters(rig.links)->closed_bad, 2);
    assert_non_null(strstr(rig.noted, "127.0.0.1:"));
    rig_check(good, 2); /* idle as long, but not inside a frame */
    close(good);
    close(half);
    close(slow);
}

static void test_an_impossible_length_ends_the_link(void **state)
{
    (void)state;
    static const uint8_t lengths[][2] = {{0, 0}, {0xFF, 0xFF}, {0x10, 0x01}};
    int good = rig_connect();

    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        int bad = rig_connect();
        rig_send(bad, lengths[i], 2);
        rig_until(rig_is_closed(bad));
        close(bad);
    }
    assert_int_equal(links_counters(rig.links)->closed_bad, ARRAY_COUNT(lengths));
    rig_check(good, 1);
    close(good);
}

static void test_garbage_in_a_frame_is_told_and_the_link_lives(void **state)
{
    (void)state;
    int fd = rig_connect();

    memset(room, 0xA5, 4098);
    frame_put_length(room, 4096);
    for (unsigned i = 1; i <= 20; i++)
        rig_send(fd, room, 4098);
    rig_until(rig_garbled == 20);
    assert_int_equal(links_counters(rig.links)->garbled, 20);
    rig_check(fd, 1);
    close(fd);
}

static void test_a_wrong_tpdu_is_garbled(void **state)
{
    (void)state;
    struct txn_message message = {
        .kind = KIND_SIGN_OFF,
        .function = FUNCTION_REQUEST,
        .sequence = -1,
        .network_code = 2,
        .merchant = "M1             ",
        .identity = {.acquirer = "48020000", .terminal = "T1      ", .batch = 1, .trace = 5}};
    struct txn_message answer;
    size_t len;

    rig_listen(&rig_cup, NULL);
    inbox = (struct rig_inbox){.fd = rig_connect()};
    len = rig_frame(&rig_cup, &message, room);
    room[2] = 0x61;
    rig_send(inbox.fd, room, len);
    rig_until(rig_garbled == 1);
    room[2] = 0x60;
    rig_send(inbox.fd, room, len);
    rig_until(rig_next(&inbox, &rig_cup, &answer));
    assert_memory_equal(answer.code, "00", 2);
    close(inbox.fd);
}

/* What a message borrows must outlive its frame: the block of each comes back as it was. */
static void test_blocks_wait_with_their_messages(void **state)
{
    (void)state;
    static uint8_t block[BLOCK_LEN_MAX];
    struct txn_message message = {
        .kind = KIND_UPDATE,
        .function = FUNCTION_REQUEST,
        .sequence = -1,
        .network_code = NETWORK_UPDATE,
        .merchant = "M1             ",
        .identity = {.acquirer = "48020000", .terminal = "T1      ", .batch = 1}};
    struct txn_message answer;

    rig_listen(&rig_cup, NULL);
    inbox = (struct rig_inbox){.fd = rig_connect()};
    message.block = bytes_over(block, sizeof block);
    pthread_mutex_lock(&rig_gate);
    for (uint8_t i = 0; i < 40; i++) {
        memset(block, i, sizeof block);
        rig_send(inbox.fd, room, rig_frame(&rig_cup, &message, room));
    }
    rig_turn_ms(50);
    pthread_mutex_unlock(&rig_gate);
    for (uint8_t i = 0; i < 40; i++) {
        memset(block, i, sizeof block);
        rig_until(rig_next(&inbox, &rig_cup, &answer));
        assert_int_equal(answer.block.len, sizeof block);
        assert_memory_equal(answer.block.at, block, sizeof block);
    }
    close(inbox.fd);
}

/* The store's room for waiting messages is for usual ones: the longest must not stop the lane. */
static void test_many_messages_of_the_longest_kind(void **state)
{
    (void)state;
    int fd = rig_connect();

    memset(room, '0', 4098);
    frame_put_length(room, 4096);
    pthread_mutex_lock(&rig_gate);
    for (unsigned i = 0; i < 600; i++)
        rig_send(fd, room, 4098);
    rig_turn_ms(50);
    pthread_mutex_unlock(&rig_gate);
    rig_until(rig_garbled == 600);
    rig_check(fd, 1);
    close(fd);
}

/* ---- too much ---- */

static void test_connections_past_the_limit_are_refused(void **state)
{
    (void)state;
    int fds[40];
    size_t refused = 0;

    for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
        fds[i] = rig_connect();
        rig_turn();
    }
    rig_until(links_counters(rig.links)->refused == ARRAY_COUNT(fds) - 16);
    for (size_t i = 0; i < 16; i++)
        rig_check(fds[i], (uint32_t)i + 1);
    for (size_t i = 16; i < ARRAY_COUNT(fds); i++)
        refused += rig_is_closed(fds[i]);
    assert_int_equal(refused, ARRAY_COUNT(fds) - 16);
    close(fds[3]);
    rig_until(links_counters(rig.links)->open == 15);
    int again = rig_connect();
    rig_check(again, 99);
    close(again);
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
        if (i != 3)
            close(fds[i]);
    }
    rig_until(links_counters(rig.links)->open == 0);
}

/* Sends the message in room again and again, as much as goes now; true: the link has ended. */
static bool send_on(int fd, size_t len, size_t *at)
{
    for (int i = 0; i < 50; i++) {
        ssize_t sent = send(fd, room + *at, len - *at, MSG_NOSIGNAL);
        if (sent < 0)
            return errno != EAGAIN;
        *at = (*at + (size_t)sent) % len;
    }
    return false;
}

static void test_a_peer_that_never_reads_is_closed(void **state)
{
    (void)state;
    int good = rig_connect();
    int bad = rig_connect_narrow(4096);
    size_t len = rig_echo(1, room);
    size_t at = 0;

    rig_until(send_on(bad, len, &at) || links_counters(rig.links)->closed_bad == 1);
    rig_until(links_counters(rig.links)->closed_bad == 1);
    rig_check(good, 7);
    close(good);
    close(bad);
}

/* Counts the answers that came, by code. */
static void count_answers(struct rig_inbox *from, unsigned *good, unsigned *shed)
{
    struct txn_message answer;

    while (rig_next(from, &rig_iso, &answer)) {
        bool is_shed = memcmp(answer.code, "96", 2) == 0;
        assert_true(is_shed || memcmp(answer.code, "00", 2) == 0);
        assert_true(!is_shed || answer.function == FUNCTION_RESPONSE);
        assert_true(!is_shed || !answer.has_mac);
        *shed += is_shed;
        *good += !is_shed;
    }
}

#define SHED_REQUESTS 2000
#define SHED_REVERSALS 300

static void test_a_full_lane_sheds_requests_and_holds_reversals(void **state)
{
    (void)state;
    unsigned good = 0;
    unsigned shed = 0;
    unsigned reversals = 0;
    unsigned none = 0;
    const struct link_counters *counters = links_counters(rig.links);

    inbox = (struct rig_inbox){.fd = rig_connect()};
    other = (struct rig_inbox){.fd = rig_connect()};
    pthread_mutex_lock(&rig_gate);
    for (uint32_t i = 1; i <= SHED_REQUESTS; i++) {
        rig_send(inbox.fd, room, rig_echo(i, room));
        if (i % 20 == 0)
            count_answers(&inbox, &good, &shed);
    }
    rig_until(counters->frames_in + counters->shed == SHED_REQUESTS);
    rig_until((count_answers(&inbox, &good, &shed), shed == counters->shed));
    for (uint32_t i = 1; i <= SHED_REVERSALS; i++)
        rig_send(other.fd, room, rig_reversal(i, room));
    rig_until(lane_room(rig.lane) == 0);
    count_answers(&other, &reversals, &none);
    assert_int_equal(good, 0);
    assert_in_range(shed, 500, SHED_REQUESTS - 500);
    assert_int_equal(reversals, 0);
    assert_int_equal(counters->closed_bad, 0);
    pthread_mutex_unlock(&rig_gate);
    rig_until((count_answers(&inbox, &good, &shed), good + shed == SHED_REQUESTS));
    rig_until((count_answers(&other, &reversals, &none), reversals == SHED_REVERSALS));
    assert_int_equal(none, 0);
    close(inbox.fd);
    close(other.fd);
}

/* Each frame alone, so that none is ever half read: what waits for the lane is not late. */
static void test_what_is_held_for_a_full_lane_is_not_late(void **state)
{
    (void)state;
    unsigned good = 0;
    unsigned none = 0;
    uint32_t sent = 0;

    inbox = (struct rig_inbox){.fd = rig_connect()};
    pthread_mutex_lock(&rig_gate);
    while (lane_room(rig.lane) > 0) {
        rig_send(inbox.fd, room, rig_reversal(++sent, room));
        rig_turn();
    }
    for (int i = 0; i < 20; i++)
        rig_send(inbox.fd, room, rig_reversal(++sent, room));
    rig_turn_ms(3 * HASTY_FRAME_WAIT_MS);
    pthread_mutex_unlock(&rig_gate);
    rig_until((count_answers(&inbox, &good, &none), good == sent));
    assert_int_equal(links_counters(rig.links)->closed_bad, 0);
    close(inbox.fd);
}

/* ---- links that we keep up ---- */

static void keep_peer(const struct rig_end *far)
{
    char words[200];
    struct text error = text_over(words, sizeof words);
    struct link_kind kind = rig_kind(&rig_iso, NULL);

    struct link_ways ways = {.primary = far->address};

    assert_int_equal(links_keep_peer(rig.links, &kind, &ways, RIG_PEER, &error), OK);
}

static void test_a_peer_is_told_up_and_down_once_each(void **state)
{
    (void)state;
    struct rig_end far = rig_end_listen(0);
    int fd = -1;

    keep_peer(&far);
    for (unsigned turn = 1; turn <= 4; turn++) {
        rig_until((fd = rig_end_accept(&far)) >= 0);
        rig_until(rig_ups == turn);
        assert_int_equal(rig_downs, turn - 1);
        assert_int_equal(rig_voids, 1);
        rig_check(fd, turn); /* requests of the peer are answered on the same link */
        close(fd);
        rig_until(rig_downs == turn);
        assert_int_equal(rig_ups, turn);
    }
    close(far.listener);
}

static void test_a_full_lane_hears_of_a_peer_later(void **state)
{
    (void)state;
    struct rig_end far = rig_end_listen(0);
    int fd = -1;
    int flood = rig_connect();

    pthread_mutex_lock(&rig_gate);
    for (uint32_t i = 1; lane_room(rig.lane) > 0; i++)
        rig_send(flood, room, rig_reversal(i, room)), rig_turn();
    keep_peer(&far);
    for (int turn = 0; turn < 3; turn++) { /* comes and goes unheard */
        rig_until((fd = rig_end_accept(&far)) >= 0);
        rig_turn_ms(20);
        if (turn < 2)
            close(fd);
    }
    pthread_mutex_unlock(&rig_gate);
    rig_until(rig_ups == 1);
    rig_turn_ms(300);
    assert_int_equal(rig_voids, 1);
    assert_int_equal(rig_ups, 1);
    assert_int_equal(rig_downs, 0);
    close(fd);
    rig_until(rig_downs == 1);
    close(far.listener);
    close(flood);
}

static void test_a_peer_that_hangs_up_is_not_hammered(void **state)
{
    (void)state;
    struct rig_end far = rig_end_listen(0);
    struct moment begin = clock_now();

    rig_turn(); /* timers count from the loop's last turn */
    keep_peer(&far);
    for (unsigned tries = 0; tries < 8; tries++) {
        int tried = -1;
        rig_until((tried = rig_end_accept(&far)) >= 0);
        close(tried);
    }
    /* Seven pauses of at least 10, 20, 40 and then 50 ms; a slow machine only makes them longer. */
    assert_true(clock_now().ns - begin.ns >= (10 + 20 + 40 + 4 * 50 - 10) * INT64_C(1000000));
    close(far.listener);
    rig_turn_ms(300);
    far = rig_end_listen((uint16_t)strtoul(strchr(far.address, ':') + 1, NULL, 10));
    int fd = -1;
    rig_until((fd = rig_end_accept(&far)) >= 0); /* and found again when it is back */
    rig_check(fd, 1);
    close(fd);
    close(far.listener);
}

static enum err keep_line(const struct rig_end *far, const char *terminal)
{
    char words[200];
    struct text error = text_over(words, sizeof words);
    struct link_kind kind = rig_kind(&rig_iso, NULL);

    struct link_ways ways = {.primary = far->address};

    return links_keep_line(rig.links, &kind, &ways, terminal, &error);
}

static void test_terminals_have_their_own_line_or_share_one(void **state)
{
    (void)state;
    struct rig_end own = rig_end_listen(0);
    struct rig_end shared = rig_end_listen(0);
    struct txn_message message;

    assert_false(links_line_is_up(rig.links, "T1      "));
    assert_int_equal(keep_line(&own, "T1"), OK);
    assert_int_equal(keep_line(&own, "T1"), ERR_EXISTS);
    assert_int_equal(keep_line(&shared, NULL), OK);
    assert_int_equal(keep_line(&shared, NULL), ERR_EXISTS);
    rig_until((inbox = (struct rig_inbox){.fd = rig_end_accept(&own)}).fd >= 0);
    rig_until((other = (struct rig_inbox){.fd = rig_end_accept(&shared)}).fd >= 0);
    rig_until(links_line_is_up(rig.links, "T1      ") && links_line_is_up(rig.links, "T2      "));
    rig_command(COMMAND_ECHO, "T2      ");
    rig_command(COMMAND_ECHO, "T3      ");
    rig_command(COMMAND_ECHO, "T1      ");
    rig_until(rig_next(&inbox, &rig_iso, &message));
    rig_until(rig_next(&other, &rig_iso, &message));
    rig_until(rig_next(&other, &rig_iso, &message));
    assert_int_equal(inbox.len, 0);
    assert_int_equal(rig_ups, 0); /* lines are no peers */
    close(inbox.fd);
    close(own.listener);
    rig_until(!links_line_is_up(rig.links, "T1      "));
    rig_command(COMMAND_ECHO, "T1      ");
    rig_until(links_counters(rig.links)->lost == 1);
    close(other.fd);
    close(shared.listener);
}

/* ---- addresses, stopping, memory ---- */

static void test_a_port_in_use_is_named(void **state)
{
    (void)state;
    char words[200];
    struct text error = text_over(words, sizeof words);
    struct link_kind kind = rig_kind(&rig_iso, NULL);
    uint16_t port;

    assert_int_equal(links_listen(rig.links, &kind, rig.address, &port, &error), ERR_BUSY);
    assert_non_null(strstr(text_z(&error), rig.address));
    assert_non_null(strstr(text_z(&error), "in use"));
    static const char *const bad[] = {
        "", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "localhost:1", "127.0.0.1:x"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        error = text_over(words, sizeof words);
        assert_int_equal(links_listen(rig.links, &kind, bad[i], &port, &error), ERR_CONFIG);
        assert_non_null(strstr(text_z(&error), bad[i]));
    }
}

static void test_a_graceful_stop_answers_what_was_taken_in(void **state)
{
    size_t len = 0;
    unsigned good = 0;
    unsigned shed = 0;

    inbox = (struct rig_inbox){.fd = rig_connect()};
    for (uint32_t i = 1; i <= 500; i++)
        len += rig_echo(i, room + len);
    pthread_mutex_lock(&rig_gate);
    rig_send(inbox.fd, room, len);
    rig_until(links_counters(rig.links)->frames_in == 500);
    rig_send(inbox.fd, room, len / 2); /* never read */
    pthread_mutex_unlock(&rig_gate);
    rig_stop();
    for (int i = 0; i < RIG_WAIT_MS && !rig_receive(&inbox); i++)
        usleep(1000);
    count_answers(&inbox, &good, &shed);
    assert_int_equal(good, 500);
    assert_true(inbox.is_closed);
    close(inbox.fd);
    set_up(state);
}

static void plant_fault(struct lane *lane, void *context)
{
    struct store_memory_fault fault = {
        .call = STORE_CALL_LOAD, .nth = 1, .always = true, .result = STORE_FATAL};

    (void)lane;
    store_memory_fail(context, &fault);
}

static void planted(void *context)
{
    (void)context;
}

static void test_a_lost_store_stops_the_lane(void **state)
{
    (void)state;
    struct lane_job job = {.run = plant_fault, .done = planted, .context = rig.memory};

    assert_true(lane_run(rig.lane, &job));
    rig_command(COMMAND_PUT_ROW, "T1      ");
    rig_until(rig.is_stopped);
    rig_until(lane_is_finished(rig.lane));
    while (lane_room(rig.lane) > 0) /* also full of what it will never take it can be ended */
        rig_command(COMMAND_ECHO, "T1      ");
}

#define IDLE_LINKS 2000

static void test_an_idle_link_takes_little_memory(void **state)
{
    (void)state;
    static int fds[IDLE_LINKS];
    struct rlimit files;
    struct mallinfo2 before;
    struct mallinfo2 after;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 16384 ? files.rlim_max : 16384;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 2 * IDLE_LINKS + 64)
        skip();
    rig_stop();
    rig_start((struct links_setup){.open_max = IDLE_LINKS + 8});
    rig_listen(&rig_iso, NULL);
    int first = rig_connect();
    rig_check(first, 1);
    before = mallinfo2();
    for (size_t i = 0; i < IDLE_LINKS; i++) {
        fds[i] = rig_connect();
        rig_turn();
    }
    rig_until(links_counters(rig.links)->open == IDLE_LINKS + 1);
    for (size_t i = 0; i < IDLE_LINKS; i += 10)
        rig_check(fds[i], (uint32_t)i + 1);
    after = mallinfo2();
    size_t each = (after.uordblks - before.uordblks) / IDLE_LINKS;
    print_message("# memory per idle plain link: %zu bytes\n", each);
    assert_true(each <= 2048);
    for (size_t i = 0; i < IDLE_LINKS; i++)
        close(fds[i]);
    close(first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define HASTY(name) cmocka_unit_test_setup_teardown(name, set_up_hasty, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_frame_may_come_in_any_two_pieces),
        TEST(test_many_frames_may_come_in_one_piece),
        HASTY(test_a_peer_that_dawdles_inside_a_frame_is_closed),
        TEST(test_an_impossible_length_ends_the_link),
        TEST(test_garbage_in_a_frame_is_told_and_the_link_lives),
        TEST(test_a_wrong_tpdu_is_garbled),
        TEST(test_blocks_wait_with_their_messages),
        TEST(test_many_messages_of_the_longest_kind),
        TEST(test_connections_past_the_limit_are_refused),
        TEST(test_a_peer_that_never_reads_is_closed),
        TEST(test_a_full_lane_sheds_requests_and_holds_reversals),
        HASTY(test_what_is_held_for_a_full_lane_is_not_late),
        TEST(test_a_peer_is_told_up_and_down_once_each),
        TEST(test_a_full_lane_hears_of_a_peer_later),
        TEST(test_a_peer_that_hangs_up_is_not_hammered),
        TEST(test_terminals_have_their_own_line_or_share_one),
        TEST(test_a_port_in_use_is_named),
        TEST(test_a_graceful_stop_answers_what_was_taken_in),
        TEST(test_a_lost_store_stops_the_lane),
        TEST(test_an_idle_link_takes_little_memory),
    };

    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/drill/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LONG_MS 60000 /* a machine may stand still for seconds */
#define SHORT_MS 300

struct rig {
    struct relay *relay;
    int listener;
    uint16_t door;
    size_t line;
};

static struct sockaddr_in local(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int rig_open(void **state)
{
    static struct rig rig;
    struct sockaddr_in address = local(0);
    socklen_t len = sizeof address;

    rig.listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(rig.listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(rig.listener, 4), 0);
    assert_int_equal(getsockname(rig.listener, (struct sockaddr *)&address, &len), 0);
    rig.relay = relay_start();
    assert_non_null(rig.relay);
    rig.door = relay_open(rig.relay, ntohs(address.sin_port), &rig.line);
    assert_int_not_equal(rig.door, 0);
    *state = &rig;
    return 0;
}

static int rig_close(void **state)
{
    struct rig *rig = *state;

    relay_stop(rig->relay);
    close(rig->listener);
    return 0;
}

static bool can_read(int fd, int wait_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, wait_ms) == 1;
}

static int client_open(const struct rig *rig)
{
    struct sockaddr_in address = local(rig->door);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int server_open(const struct rig *rig)
{
    assert_true(can_read(rig->listener, LONG_MS));
    return accept(rig->listener, NULL, NULL);
}

static void assert_gets(int fd, const char *text)
{
    char room[64] = "";
    size_t len = 0;

    while (len < strlen(text)) {
        assert_true(can_read(fd, LONG_MS));
        ssize_t got = recv(fd, room + len, sizeof room - 1 - len, 0);
        assert_true(got > 0);
        len += (size_t)got;
    }
    assert_string_equal(room, text);
}

static void assert_ends(int fd)
{
    char byte;

    assert_true(can_read(fd, LONG_MS));
    assert_true(recv(fd, &byte, 1, 0) <= 0);
}

static void assert_sends(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void test_bytes_pass_both_ways(void **state)
{
    struct rig *rig = *state;
    int client = client_open(rig);
    int server = server_open(rig);

    assert_sends(client, "question");
    assert_gets(server, "question");
    assert_sends(server, "answer");
    assert_gets(client, "answer");
    close(server);
    assert_ends(client);
    close(client);
}

static void test_cut_breaks_and_refuses_until_it_is_mended(void **state)
{
    struct rig *rig = *state;
    int client = client_open(rig);
    int server = server_open(rig);

    relay_set(rig->relay, rig->line, RELAY_CUT, 0);
    assert_ends(client);
    assert_ends(server);
    close(client);
    close(server);
    client = client_open(rig);
    assert_ends(client);
    close(client);
    assert_false(can_read(rig->listener, SHORT_MS));
    relay_set(rig->relay, rig->line, RELAY_PASS, 0);
    test_bytes_pass_both_ways(state);
}

static void test_stalled_bytes_come_when_it_is_mended(void **state)
{
    struct rig *rig = *state;
    int client = client_open(rig);
    int server = server_open(rig);

    relay_set(rig->relay, rig->line, RELAY_STALL, 0);
    usleep(SHORT_MS * 1000); /* a turn that was under way has ended */
    assert_sends(client, "late");
    assert_false(can_read(server, SHORT_MS));
    relay_set(rig->relay, rig->line, RELAY_PASS, 0);
    assert_gets(server, "late");
    close(client);
    close(server);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_slow_bytes_take_their_time(void **state)
{
    struct rig *rig = *state;
    int client = client_open(rig);
    int server = server_open(rig);

    relay_set(rig->relay, rig->line, RELAY_SLOW, SHORT_MS);
    int64_t begun_ms = now_ms();
    assert_sends(client, "slow");
    assert_gets(server, "slow");
    assert_true(now_ms() - begun_ms >= SHORT_MS);
    close(client);
    close(server);
}

static void test_a_server_that_is_away_ends_the_connection(void **state)
{
    struct rig *rig = *state;

    close(rig->listener);
    int client = client_open(rig);
    assert_ends(client);
    close(client);
    rig->listener = socket(AF_INET, SOCK_STREAM, 0);
}

static void test_there_are_so_many_lines_and_no_more(void **state)
{
    struct rig *rig = *state;
    size_t line;

    for (size_t i = 1; i < RELAY_LINES_MAX; i++)
        assert_int_not_equal(relay_open(rig->relay, 1, &line), 0);
    assert_int_equal(relay_open(rig->relay, 1, &line), 0);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_open, rig_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_bytes_pass_both_ways),
        WITH_RIG(test_cut_breaks_and_refuses_until_it_is_mended),
        WITH_RIG(test_stalled_bytes_come_when_it_is_mended),
        WITH_RIG(test_slow_bytes_take_their_time),
        WITH_RIG(test_a_server_that_is_away_ends_the_connection),
        WITH_RIG(test_there_are_so_many_lines_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/attribute.h"
#include "host/control.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[32];
static char path[64];
static uv_loop_t loop;
static struct control *control;
static struct control_call *kept; /* a request that is answered later */
static unsigned handled;

static void handle(void *context, struct control_call *call, const json_t *request)
{
    const char *verb = json_string_value(json_object_get(request, "verb"));

    assert_ptr_equal(context, &handled);
    handled++;
    if (verb != NULL && strcmp(verb, "later") == 0)
        kept = call;
    else
        control_answer(call,
                       json_pack("{s:b, s:O}", "ok", 1, "you", json_object_get(request, "n")));
}

static enum err listen_here(struct control **out, struct text *error)
{
    struct control_setup setup = {
        .loop = &loop, .path = path, .handler = handle, .context = &handled};

    return control_listen(&setup, out, error);
}

static void must_listen(void)
{
    char room[200];
    struct text error = text_over(room, sizeof room);

    if (listen_here(&control, &error) != OK)
        fail_msg("%s", text_z(&error));
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/acquit-control-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x.sock", folder);
    assert_int_equal(uv_loop_init(&loop), 0);
    kept = NULL;
    handled = 0;
    must_listen();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (control != NULL)
        control_close(control);
    control = NULL;
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(access(path, F_OK), -1); /* the socket is removed with its owner */
    return rmdir(folder);
}

/* ---- a client on the same thread ---- */

static int client(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void turn(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
    usleep(100);
}

static void put(int fd, const char *at, size_t len)
{
    for (int i = 0; i < 20000 && len > 0; i++) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
        assert_true(sent >= 0 || errno == EAGAIN);
        at += sent > 0 ? sent : 0;
        len -= sent > 0 ? (size_t)sent : 0;
        turn();
    }
    assert_int_equal(len, 0);
}

static void say(int fd, const char *text)
{
    put(fd, text, strlen(text));
}

/* The next answer line; NULL when none comes. Released by the caller. */
static json_t *hear(int fd)
{
    static char line[4096];
    size_t len = 0;

    for (int i = 0; i < 3000 && (len == 0 || line[len - 1] != '\n'); i++) {
        turn();
        if (recv(fd, line + len, 1, 0) == 1) {
            len++;
            i = 0;
        }
    }
    return len == 0 ? NULL : json_loadb(line, len, 0, NULL);
}

static void expect_number(int fd, json_int_t number)
{
    json_t *answer = hear(fd);

    assert_non_null(answer);
    assert_true(json_is_true(json_object_get(answer, "ok")));
    assert_int_equal(json_integer_value(json_object_get(answer, "you")), number);
    json_decref(answer);
}

static void expect_refusal(int fd, const char *words)
{
    json_t *answer = hear(fd);

    assert_non_null(answer);
    assert_true(json_is_false(json_object_get(answer, "ok")));
    assert_non_null(strstr(json_string_value(json_object_get(answer, "error")), words));
    json_decref(answer);
}

static void wait_for_kept(void)
{
    for (int i = 0; i < 5000 && kept == NULL; i++)
        turn();
    assert_non_null(kept);
}

/* ---- tests ---- */

static void test_several_requests_on_one_connection(void **state)
{
    (void)state;
    int fd = client();

    say(fd, "{\"n\": 1}\n{\"n\": 2}\n{\"n\"");
    expect_number(fd, 1);
    expect_number(fd, 2);
    say(fd, ": 3}\n");
    expect_number(fd, 3);
    assert_int_equal(handled, 3);
    close(fd);
}

/* The second waits until the first is answered, so answers come in order. */
static void test_requests_are_taken_one_at_a_time(void **state)
{
    (void)state;
    int fd = client();
    int other = client();

    say(fd, "{\"verb\": \"later\"}\n{\"n\": 2}\n");
    say(other, "{\"n\": 7}\n");
    expect_number(other, 7);
    assert_int_equal(handled, 2);
    wait_for_kept();
    control_answer(kept, json_pack("{s:b, s:i}", "ok", 1, "you", 1));
    expect_number(fd, 1);
    expect_number(fd, 2);
    close(fd);
    close(other);
}

static void test_what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "hello", "[1]", "{\"n\": 1", "{\"n\": 1, \"n\": 2}", "{} {}", "\xFF\xFE"};
    int fd = client();

    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        say(fd, bad[i]);
        say(fd, "\n");
        expect_refusal(fd, "not a JSON object");
    }
    say(fd, "{\"n\": 4}\n");
    expect_number(fd, 4);
    assert_int_equal(handled, 1);
    close(fd);
}

static void test_a_line_that_is_too_long_is_refused_whole(void **state)
{
    (void)state;
    static char line[CONTROL_LINE_LEN_MAX * 3];
    int fd = client();

    memset(line, 'x', sizeof line);
    put(fd, line, sizeof line);
    say(fd, "\n{\"n\": 5}\n");
    expect_refusal(fd, "longer than 262144");
    expect_number(fd, 5);
    /* The longest that is allowed. */
    memset(line, ' ', CONTROL_LINE_LEN_MAX - 1);
    memcpy(line, "{\"n\": 6}", 8);
    line[CONTROL_LINE_LEN_MAX - 1] = '\n';
    put(fd, line, CONTROL_LINE_LEN_MAX);
    expect_number(fd, 6);
    close(fd);
}

static void test_a_client_may_go_before_its_answer(void **state)
{
    (void)state;
    int fd = client();

    say(fd, "{\"verb\": \"later\"}\n{\"n\": 2}\n");
    wait_for_kept();
    close(fd);
    for (int i = 0; i < 50; i++)
        turn();
    control_answer(kept, json_pack("{s:b}", "ok", 1));
    assert_int_equal(handled, 1);
    fd = client();
    say(fd, "{\"n\": 3}\n");
    expect_number(fd, 3);
    close(fd);
}

static void test_a_call_may_outlive_the_server(void **state)
{
    (void)state;
    int fd = client();

    say(fd, "{\"verb\": \"later\"}\n");
    wait_for_kept();
    control_close(control);
    control = NULL;
    uv_run(&loop, UV_RUN_DEFAULT);
    control_refuse(kept, "the process ends");
    close(fd);
}

/* A client that asks and asks and never reads is not answered without end. */
static void test_a_client_that_does_not_read_is_held(void **state)
{
    (void)state;
    int fd = client();
    int other = client();
    unsigned last = 0;

    for (int i = 0; i < 200000; i++) {
        if (send(fd, "{\"n\": 1}\n", 9, MSG_NOSIGNAL) < 0)
            assert_int_equal(errno, EAGAIN);
        if (i % 100 != 0)
            continue;
        uv_run(&loop, UV_RUN_NOWAIT);
        if (i > 100000 && handled == last)
            break;
        last = handled;
    }
    assert_int_equal(handled, last);
    say(other, "{\"n\": 8}\n");
    expect_number(other, 8);
    close(fd);
    close(other);
}

static void test_too_many_clients_are_turned_away(void **state)
{
    (void)state;
    int fds[CONTROL_CLIENTS_MAX + 1];
    char byte;

    for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
        fds[i] = client();
        turn();
        turn();
    }
    say(fds[0], "{\"n\": 1}\n");
    expect_number(fds[0], 1);
    assert_int_equal(recv(fds[CONTROL_CLIENTS_MAX], &byte, 1, 0), 0);
    for (size_t i = 0; i < ARRAY_COUNT(fds); i++)
        close(fds[i]);
}

static void test_only_one_process_has_the_socket(void **state)
{
    (void)state;
    char room[200];
    struct text error = text_over(room, sizeof room);
    struct control *second = NULL;
    struct stat what;

    assert_int_equal(listen_here(&second, &error), ERR_BUSY);
    assert_non_null(strstr(text_z(&error), path));
    assert_int_equal(stat(path, &what), 0);
    assert_int_equal(what.st_mode & 0777, 0600);
    int fd = client(); /* the first is unharmed */
    turn();
    say(fd, "{\"n\": 1}\n");
    expect_number(fd, 1);
    close(fd);
}

static void test_a_socket_left_by_a_crash_is_replaced(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    control_close(control);
    uv_run(&loop, UV_RUN_DEFAULT);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    must_listen();
    fd = client();
    say(fd, "{\"n\": 1}\n");
    expect_number(fd, 1);
    close(fd);
}

static void test_a_file_in_the_way_is_left_alone(void **state)
{
    (void)state;
    char room[200];
    struct text error = text_over(room, sizeof room);
    struct control *second = NULL;

    control_close(control);
    control = NULL;
    uv_run(&loop, UV_RUN_DEFAULT);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    assert_int_equal(listen_here(&second, &error), ERR_IO);
    assert_non_null(strstr(text_z(&error), "not a socket"));
    assert_int_equal(unlink(path), 0); /* it was still there */
}

/* ---- the blocking client ---- */

static atomic_bool is_serving;

static void *serve(void *context)
{
    while (is_serving)
        turn();
    return context;
}

static void test_the_client_asks_and_gives_up_in_time(void **state)
{
    (void)state;
    char room[200];
    struct text error = text_over(room, sizeof room);
    json_t *request = json_pack("{s:i}", "n", 9);
    json_t *late = json_pack("{s:s}", "verb", "later");
    json_t *answer = NULL;
    pthread_t thread;

    is_serving = true;
    assert_int_equal(pthread_create(&thread, NULL, serve, NULL), 0);
    assert_int_equal(control_ask(path, request, 5000, &answer, &error), OK);
    assert_int_equal(json_integer_value(json_object_get(answer, "you")), 9);
    json_decref(answer);
    assert_int_equal(control_ask(path, late, 200, &answer, &error), ERR_TIMEOUT);
    is_serving = false;
    pthread_join(thread, NULL);
    control_refuse(kept, "too late");
    error = text_over(room, sizeof room);
    assert_int_equal(control_ask("/nowhere/x.sock", request, 200, &answer, &error), ERR_NOT_FOUND);
    assert_non_null(strstr(text_z(&error), "/nowhere/x.sock"));
    json_decref(request);
    json_decref(late);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_several_requests_on_one_connection),
        TEST(test_requests_are_taken_one_at_a_time),
        TEST(test_what_is_not_json_is_refused),
        TEST(test_a_line_that_is_too_long_is_refused_whole),
        TEST(test_a_client_may_go_before_its_answer),
        TEST(test_a_call_may_outlive_the_server),
        TEST(test_a_client_that_does_not_read_is_held),
        TEST(test_too_many_clients_are_turned_away),
        TEST(test_only_one_process_has_the_socket),
        TEST(test_a_socket_left_by_a_crash_is_replaced),
        TEST(test_a_file_in_the_way_is_left_alone),
        TEST(test_the_client_asks_and_gives_up_in_time),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}

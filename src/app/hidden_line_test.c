#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/hidden_line.h"
#include "base/bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* a machine may stand still for seconds */
#define ROOM 64

/* What is typed stands nowhere in this program as it is. */
static const uint8_t typed_coded[] = {'p' ^ 0x5A, 'a' ^ 0x5A, 's' ^ 0x5A, 's' ^ 0x5A, '-' ^ 0x5A,
                                      '4' ^ 0x5A, '7' ^ 0x5A, '1' ^ 0x5A, '1' ^ 0x5A, '-' ^ 0x5A,
                                      'n' ^ 0x5A, 'i' ^ 0x5A, 'g' ^ 0x5A, 'h' ^ 0x5A, 't' ^ 0x5A};
#define TYPED_LEN sizeof typed_coded

enum told { TOLD_STOPPED = 's', TOLD_OVER = 'o' };

/* How the reader ended. */
enum came_to {
    CAME_RIGHT = 10,
    CAME_NO_LINE,
    CAME_OTHER_LINE,
    CAME_STAYS_IN_MEMORY,
    CAME_NOT_SEEN
};

/* A person at a terminal: the master side of a pty, whose other side has a shell of two lines and
 * the reader in a process group of its own, as a shell has it. */
struct rig {
    int master;
    pid_t shell;
    int told[2]; /* what became of the reader: enum told, its process id, its wait status */
    char shown[4096];
    size_t shown_len;
};

struct news {
    enum told told;
    pid_t reader;
    int status;
};

/* ---- the reader ---- */

static size_t count_in(const uint8_t *at, size_t len)
{
    size_t found = 0;

    for (size_t i = 0; i + TYPED_LEN <= len; i++) {
        size_t same = 0;
        while (same < TYPED_LEN && (at[i + same] ^ 0x5A) == typed_coded[same])
            same++;
        found += same == TYPED_LEN ? 1 : 0;
    }
    return found;
}

/* How often it stands in memory that we can write to; maps of the size of a sanitizer's shadow are
 * left out. */
static size_t count_in_memory(void)
{
    static uint8_t page[65536];
    char line[256];
    size_t found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);

    while (maps != NULL && memory >= 0 && fgets(line, sizeof line, maps) != NULL) {
        char *end = NULL;
        unsigned long from = strtoul(line, &end, 16);
        unsigned long to = strtoul(end + 1, &end, 16);
        if (end[2] != 'w' || to - from > 64u << 20)
            continue;
        for (; from < to; from += sizeof page - TYPED_LEN) {
            size_t want = to - from < sizeof page ? to - from : sizeof page;
            ssize_t got = pread(memory, page, want, (off_t)from);
            found += got > 0 ? count_in(page, (size_t)got) : 0;
        }
        bytes_wipe(page, sizeof page);
    }
    close(memory);
    fclose(maps);
    return found;
}

static int read_once(void)
{
    char *line = calloc(1, ROOM);

    if (!hidden_line_take(NULL, "say it", line, ROOM))
        return CAME_NO_LINE;
    if (strlen(line) != TYPED_LEN || count_in((const uint8_t *)line, TYPED_LEN) != 1)
        return CAME_OTHER_LINE;
    if (count_in_memory() == 0)
        return CAME_NOT_SEEN;
    bytes_wipe(line, ROOM);
    return count_in_memory() == 0 ? CAME_RIGHT : CAME_STAYS_IN_MEMORY;
}

/* ---- the shell ---- */

static void run_shell(int told)
{
    pid_t reader = fork();
    struct news news = {.reader = reader};

    if (reader == 0) {
        setpgid(0, 0);
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(STDIN_FILENO, getpid());
        signal(SIGTTOU, SIG_DFL);
        _exit(read_once());
    }
    do {
        if (waitpid(reader, &news.status, WUNTRACED) != reader)
            _exit(1);
        news.told = WIFSTOPPED(news.status) ? TOLD_STOPPED : TOLD_OVER;
        if (write(told, &news, sizeof news) != (ssize_t)sizeof news)
            _exit(1);
    } while (news.told != TOLD_OVER);
    for (;;)
        pause(); /* the terminal lives until the test has looked */
}

static int rig_open(void **state)
{
    static struct rig rig;

    rig = (struct rig){0};
    assert_int_equal(pipe(rig.told), 0);
    rig.shell = forkpty(&rig.master, NULL, NULL, NULL);
    assert_true(rig.shell >= 0);
    if (rig.shell == 0) {
        close(rig.told[0]);
        run_shell(rig.told[1]);
    }
    close(rig.told[1]);
    *state = &rig;
    return 0;
}

static int rig_close(void **state)
{
    struct rig *rig = *state;

    kill(rig->shell, SIGKILL);
    waitpid(rig->shell, NULL, 0);
    close(rig->master);
    close(rig->told[0]);
    return 0;
}

/* ---- the person ---- */

static void wait_readable(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
}

static bool echoes(const struct rig *rig)
{
    struct termios settings;

    assert_int_equal(tcgetattr(rig->master, &settings), 0);
    return (settings.c_lflag & ECHO) != 0;
}

/* Until the terminal has shown the words so many times. */
static void see(struct rig *rig, const char *words, size_t times)
{
    size_t seen = 0;

    while (seen < times) {
        wait_readable(rig->master);
        ssize_t got =
            read(rig->master, rig->shown + rig->shown_len, sizeof rig->shown - rig->shown_len - 1);
        assert_true(got > 0);
        rig->shown_len += (size_t)got;
        seen = 0;
        for (const char *at = rig->shown; (at = strstr(at, words)) != NULL; at++)
            seen++;
    }
}

static void type(const struct rig *rig, const char *keys)
{
    assert_int_equal(write(rig->master, keys, strlen(keys)), strlen(keys));
}

static void type_it(const struct rig *rig)
{
    for (size_t i = 0; i < TYPED_LEN; i++)
        type(rig, (const char[]){(char)(typed_coded[i] ^ 0x5A), 0});
}

static struct news hear(const struct rig *rig)
{
    struct news news = {0};

    wait_readable(rig->told[0]);
    assert_int_equal(read(rig->told[0], &news, sizeof news), sizeof news);
    return news;
}

static void ended_by_exit(const struct rig *rig, int code)
{
    struct news news = hear(rig);

    assert_int_equal(news.told, TOLD_OVER);
    assert_true(WIFEXITED(news.status));
    assert_int_equal(WEXITSTATUS(news.status), code);
    assert_true(echoes(rig));
}

static void ended_by_signal(const struct rig *rig, int number)
{
    struct news news = hear(rig);

    assert_int_equal(news.told, TOLD_OVER);
    assert_true(WIFSIGNALED(news.status));
    assert_int_equal(WTERMSIG(news.status), number);
    assert_true(echoes(rig));
}

static void see_prompt(struct rig *rig, size_t times)
{
    see(rig, "say it: ", times);
    assert_false(echoes(rig));
}

/* ---- tests ---- */

static void test_it_is_read_unseen_and_stays_nowhere(void **state)
{
    struct rig *rig = *state;

    assert_true(echoes(rig));
    see_prompt(rig, 1);
    type_it(rig);
    type(rig, "\n");
    ended_by_exit(rig, CAME_RIGHT);
    see(rig, "\n", 1);
    assert_int_equal(count_in((const uint8_t *)rig->shown, rig->shown_len), 0);
}

static void test_interrupt_quit_and_end(void **state)
{
    static const struct {
        const char *key;
        int number;
    } keys[] = {{"\x03", SIGINT}, {"\x1c", SIGQUIT}};
    struct rig *rig = *state;

    for (size_t i = 0; i < 2; i++) {
        see_prompt(rig, 1);
        type_it(rig);
        type(rig, keys[i].key);
        ended_by_signal(rig, keys[i].number);
        assert_int_equal(rig_close(state), 0);
        assert_int_equal(rig_open(state), 0);
    }
    see_prompt(rig, 1);
    type(rig, "\x04");
    ended_by_exit(rig, CAME_NO_LINE);
}

static void test_signals_of_others(void **state)
{
    static const int numbers[] = {SIGTERM, SIGHUP, SIGALRM, SIGUSR1};
    struct rig *rig = *state;

    for (size_t i = 0; i < 4; i++) {
        see_prompt(rig, 1);
        type_it(rig);
        assert_int_equal(kill(tcgetpgrp(rig->master), numbers[i]), 0);
        ended_by_signal(rig, numbers[i]);
        assert_int_equal(rig_close(state), 0);
        assert_int_equal(rig_open(state), 0);
    }
}

static void test_stopped_and_asked_anew(void **state)
{
    struct rig *rig = *state;

    for (size_t i = 1; i <= 2; i++) {
        see_prompt(rig, i);
        type_it(rig);
        type(rig, "\x1a");
        struct news news = hear(rig);
        assert_int_equal(news.told, TOLD_STOPPED);
        assert_true(echoes(rig));
        assert_int_equal(kill(-news.reader, SIGCONT), 0);
    }
    see_prompt(rig, 3);
    type_it(rig);
    type(rig, "\n");
    ended_by_exit(rig, CAME_RIGHT);
}

static void test_longer_than_there_is_room(void **state)
{
    struct rig *rig = *state;

    see_prompt(rig, 1);
    for (size_t i = 0; i < ROOM; i++)
        type(rig, "x");
    type(rig, "\n");
    ended_by_exit(rig, CAME_NO_LINE);
    see(rig, "too long", 1);
}

/* Two lines on a pipe are two answers; the first must not swallow the second. */
static void test_lines_on_a_pipe(void **state)
{
    char first[8];
    char second[8];
    char third[8] = "old";
    int ends[2];
    int stdin_before = dup(STDIN_FILENO);

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "123456\r\nb", 9), 9);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    bool is_first = hidden_line_take(NULL, "first", first, sizeof first);
    bool is_second = hidden_line_take(NULL, "second", second, sizeof second);
    bool is_third = hidden_line_take(NULL, "third", third, sizeof third);
    dup2(stdin_before, STDIN_FILENO);
    close(stdin_before);
    close(ends[0]);
    assert_true(is_first && is_second);
    assert_string_equal(first, "123456");
    assert_string_equal(second, "b");
    assert_false(is_third);
    assert_memory_equal(third, "\0\0\0", 3);
}

static void test_files(void **state)
{
    char path[] = "/tmp/hidden-line-XXXXXX";
    char line[8];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_false(hidden_line_take(path, "it", line, sizeof line));
    assert_int_equal(write(fd, "1234567\nmore\n", 13), 13);
    assert_true(hidden_line_take(path, "it", line, sizeof line));
    assert_string_equal(line, "1234567");
    assert_int_equal(pwrite(fd, "12345678\n", 9, 0), 9);
    assert_false(hidden_line_take(path, "it", line, sizeof line));
    close(fd);
    unlink(path);
    assert_false(hidden_line_take(path, "it", line, sizeof line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_is_read_unseen_and_stays_nowhere, rig_open,
                                        rig_close),
        cmocka_unit_test_setup_teardown(test_interrupt_quit_and_end, rig_open, rig_close),
        cmocka_unit_test_setup_teardown(test_signals_of_others, rig_open, rig_close),
        cmocka_unit_test_setup_teardown(test_stopped_and_asked_anew, rig_open, rig_close),
        cmocka_unit_test_setup_teardown(test_longer_than_there_is_room, rig_open, rig_close),
        cmocka_unit_test(test_lines_on_a_pipe),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "app/hidden_line.h"

#include "base/attribute.h"
#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

enum line { LINE_READ, LINE_NONE, LINE_TOO_LONG, LINE_NOT_THERE, LINE_INTERRUPTED };

struct typing {
    struct termios before;
    sigset_t unblocked; /* as the caller has it */
    int signals;        /* readable when one is due that would end or stop us; -1: not watched */
    bool is_terminal;
};

/* ---- reading ---- */

/* Signals are blocked while we read: one that is due is seen here, between two bytes, and has its
 * effect later. */
static bool is_interrupted(const struct typing *typing)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = typing->signals, .events = POLLIN}};

    while (poll(fds, ARRAY_COUNT(fds), -1) < 0 && errno == EINTR)
        continue;
    return fds[1].revents != 0;
}

static enum line read_line(int fd, const struct typing *typing, char *out, size_t room)
{
    size_t len = 0;
    char byte = 0;
    bool is_over = false;

    while (!is_over) {
        if (typing != NULL && is_interrupted(typing))
            return LINE_INTERRUPTED;
        ssize_t got = read(fd, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        is_over = got <= 0 || byte == '\n';
        if (!is_over && len < room)
            out[len++] = byte;
    }
    if (len == room)
        return LINE_TOO_LONG;
    len -= len > 0 && out[len - 1] == '\r' ? 1 : 0;
    out[len] = 0;
    return len > 0 ? LINE_READ : LINE_NONE;
}

/* ---- the terminal ---- */

/* Who is in the background sees the settings of whoever is at the terminal now, and must not take
 * those for what to give back: he is stopped here until he is called to the front. */
static void come_to_front(void)
{
    pid_t front = tcgetpgrp(STDIN_FILENO);

    if (front > 0 && front != getpgrp())
        raise(SIGTTIN);
}

static void set(const struct termios *settings)
{
    while (tcsetattr(STDIN_FILENO, TCSAFLUSH, settings) != 0 && errno == EINTR)
        continue;
}

static int watch_signals(struct typing *typing)
{
    static const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM,
                                  SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
    sigset_t watched;

    sigemptyset(&watched);
    sigprocmask(SIG_BLOCK, NULL, &typing->unblocked);
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        if (sigismember(&typing->unblocked, numbers[i]) == 0)
            sigaddset(&watched, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &watched, NULL);
    return signalfd(-1, &watched, SFD_CLOEXEC);
}

static void hide(struct typing *typing)
{
    come_to_front();
    typing->signals = watch_signals(typing);
    typing->is_terminal = tcgetattr(STDIN_FILENO, &typing->before) == 0;
    if (!typing->is_terminal)
        return;
    struct termios hidden = typing->before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    set(&hidden);
}

/* What is due takes effect in here: the process ends, or stops and goes on. */
static void show(struct typing *typing)
{
    if (typing->is_terminal)
        set(&typing->before);
    fputc('\n', stderr);
    close(typing->signals);
    sigprocmask(SIG_SETMASK, &typing->unblocked, NULL);
}

static enum line read_typed(const char *words, char *out, size_t room)
{
    enum line line = LINE_INTERRUPTED;

    while (line == LINE_INTERRUPTED) {
        struct typing typing;

        hide(&typing);
        fprintf(stderr, "%s: ", words);
        line = read_line(STDIN_FILENO, &typing, out, room);
        if (line == LINE_INTERRUPTED)
            bytes_wipe(out, room);
        show(&typing);
    }
    return line;
}

static enum line read_file(const char *path, char *out, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return LINE_NOT_THERE;
    enum line line = read_line(fd, NULL, out, room);
    close(fd);
    return line;
}

bool hidden_line_take(const char *path, const char *words, char *out, size_t room)
{
    enum line line = path == NULL ? read_typed(words, out, room) : read_file(path, out, room);

    if (line == LINE_READ)
        return true;
    const char *why = line == LINE_NOT_THERE ? strerror(errno)
                      : line == LINE_NONE    ? "nothing was given"
                                             : "the line is too long";
    fprintf(stderr, "acquit: %s: %s\n", path == NULL ? words : path, why);
    bytes_wipe(out, room);
    return false;
}

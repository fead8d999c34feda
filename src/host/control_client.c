/* The blocking client of the control socket. */
#include "host/clock.h"
#include "host/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_LEN_MAX (64 * 1024 * 1024)

struct answer_line {
    char *at;
    size_t len;
    size_t cap;
};

static enum err failed(struct text *error, enum err err, const char *path, const char *why)
{
    text_add(error, path);
    text_add(error, ": ");
    text_add(error, why);
    return err;
}

static enum err open_socket(const char *path, int *out, struct text *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct text name = text_over(address.sun_path, sizeof address.sun_path);
    int fd;

    text_add(&name, path);
    if (name.cut)
        return failed(error, ERR_CONFIG, path, "the path is too long for a socket");
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(error, ERR_IO, path, strerror(errno));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int why = errno;
        close(fd);
        if (why != ENOENT && why != ECONNREFUSED)
            return failed(error, ERR_IO, path, strerror(why));
        return failed(error, ERR_NOT_FOUND, path,
                      "no acquit process is running on this data folder");
    }
    *out = fd;
    return OK;
}

static bool write_all(int fd, const char *at, size_t len)
{
    while (len > 0) {
        ssize_t written = send(fd, at, len, MSG_NOSIGNAL);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        len -= (size_t)written;
    }
    return true;
}

static int64_t now_ms(void)
{
    return clock_now().ns / 1000000;
}

/* Reads what there is, waiting until deadline_ms for it. */
static enum err read_some(int fd, int64_t deadline_ms, struct answer_line *line)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int64_t left = deadline_ms - now_ms();
    int ready = poll(&poll_fd, 1, left > 0 ? (int)left : 0);

    if (ready == 0)
        return ERR_TIMEOUT;
    ssize_t got = ready < 0 ? -1 : recv(fd, line->at + line->len, line->cap - line->len, 0);
    if (got < 0 && errno == EINTR)
        return OK;
    if (got <= 0)
        return ERR_CLOSED;
    line->len += (size_t)got;
    return OK;
}

static enum err make_room(struct answer_line *line)
{
    if (line->len < line->cap)
        return OK;
    size_t cap = line->cap == 0 ? 65536 : 2 * line->cap;
    char *at = cap > ANSWER_LEN_MAX ? NULL : realloc(line->at, cap);
    if (at == NULL)
        return ERR_FULL;
    line->at = at;
    line->cap = cap;
    return OK;
}

/* Reads up to the end of the first line. The caller frees line->at, also after a failure. */
static enum err read_line(int fd, int wait_ms, struct answer_line *line)
{
    int64_t deadline_ms = now_ms() + wait_ms;

    while (line->len == 0 || memchr(line->at, '\n', line->len) == NULL) {
        TRY(make_room(line));
        TRY(read_some(fd, deadline_ms, line));
    }
    return OK;
}

static enum err exchange(int fd, const json_t *request, int wait_ms, json_t **answer)
{
    char *text = json_dumps(request, JSON_COMPACT);
    struct answer_line line = {0};

    if (text == NULL)
        return ERR_FULL;
    bool sent = write_all(fd, text, strlen(text)) && write_all(fd, "\n", 1);
    bytes_wipe(text, strlen(text));
    free(text);
    if (!sent)
        return ERR_CLOSED;
    enum err err = read_line(fd, wait_ms, &line);
    if (err == OK &&
        (*answer = json_loadb(line.at, line.len, JSON_DISABLE_EOF_CHECK, NULL)) == NULL)
        err = ERR_BAD_FORMAT;
    free(line.at);
    return err;
}

enum err control_ask(const char *path, const json_t *request, int wait_ms, json_t **answer,
                     struct text *error)
{
    int fd = -1;

    TRY(open_socket(path, &fd, error));
    enum err err = exchange(fd, request, wait_ms, answer);
    close(fd);
    return err == OK ? OK : failed(error, err, path, err_text(err));
}

/* The blocking client of the control socket. */
#include "base/assert.h"
#include "host/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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
        close(fd);
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

        if (written <= 0)
            return false;
        at += written;
        len -= (size_t)written;
    }
    return true;
}

/* Reads up to the end of the first line. */
static enum err read_line(int fd, int wait_ms, char **out, size_t *out_len)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    size_t cap = 65536;
    size_t len = 0;
    char *line = malloc(cap);

    while (line != NULL && memchr(line, '\n', len) == NULL) {
        if (len == cap) {
            char *more = cap >= 64 * 1024 * 1024 ? NULL : realloc(line, cap *= 2);
            if (more == NULL)
                break;
            line = more;
        }
        int ready = poll(&poll_fd, 1, wait_ms);
        ssize_t got = ready > 0 ? recv(fd, line + len, cap - len, 0) : 0;
        if (got <= 0) {
            free(line);
            return ready == 0 ? ERR_TIMEOUT : ERR_CLOSED;
        }
        len += (size_t)got;
    }
    *out = line;
    *out_len = len;
    return line == NULL ? ERR_FULL : OK;
}

static enum err exchange(int fd, const json_t *request, int wait_ms, json_t **answer)
{
    char *text = json_dumps(request, JSON_COMPACT);
    char *line = NULL;
    size_t len = 0;

    if (text == NULL)
        return ERR_FULL;
    bool sent = write_all(fd, text, strlen(text)) && write_all(fd, "\n", 1);
    bytes_wipe(text, strlen(text));
    free(text);
    if (!sent)
        return ERR_CLOSED;
    TRY(read_line(fd, wait_ms, &line, &len));
    *answer = json_loadb(line, len, JSON_DISABLE_EOF_CHECK, NULL);
    free(line);
    return *answer == NULL ? ERR_BAD_FORMAT : OK;
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

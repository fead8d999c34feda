#include "host/control.h"

#include "base/assert.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct control {
    uv_pipe_t pipe;
    control_handler *handler;
    void *context;
    struct client *clients;
    size_t client_count;
    bool is_closed;
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
};

/* Lives until it is closed and no call refers to it any more. */
struct client {
    uv_pipe_t pipe;
    struct control *control;
    char *line;
    size_t len;
    size_t cap;
    size_t open_calls; /* 0 or 1 */
    bool is_closed;
    bool is_taking;   /* inside take_lines */
    bool is_writing;  /* an answer is on its way */
    bool is_skipping; /* the rest of a line that is too long */
    struct client *next;
    struct client **previous; /* what points to this one */
};

struct control_call {
    struct client *client;
};

struct client_write {
    uv_write_t request;
    struct client *client;
    char *text;
};

static void control_free_if_done(struct control *control)
{
    if (control->is_closed && control->client_count == 0)
        free(control);
}

static void client_free_if_done(struct client *client)
{
    if (!client->is_closed || client->open_calls > 0)
        return;
    if (client->line != NULL)
        bytes_wipe(client->line, client->cap);
    free(client->line);
    free(client);
}

static void client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;

    client->is_closed = true;
    *client->previous = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    client->control->client_count--;
    control_free_if_done(client->control);
    client_free_if_done(client);
}

static void client_close(struct client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->pipe))
        uv_close((uv_handle_t *)&client->pipe, client_closed);
}

/* ---- answers ---- */

static void take_lines(struct client *client);

static void write_done(uv_write_t *request, int status)
{
    struct client_write *write = request->data;
    struct client *client = write->client;

    free(write->text);
    free(write);
    client->is_writing = false;
    if (status != 0)
        client_close(client);
    else
        take_lines(client);
}

static void client_write_line(struct client *client, const json_t *answer)
{
    struct client_write *write = calloc(1, sizeof *write);
    char *text = json_dumps(answer, JSON_COMPACT);
    size_t len = text == NULL ? 0 : strlen(text);

    if (write == NULL || text == NULL) {
        free(write);
        free(text);
        client_close(client);
        return;
    }
    text[len] = '\n'; /* json_dumps allocates its terminator */
    *write = (struct client_write){.client = client, .text = text};
    write->request.data = write;
    uv_buf_t buf = uv_buf_init(text, (unsigned)len + 1);
    if (uv_write(&write->request, (uv_stream_t *)&client->pipe, &buf, 1, write_done) != 0) {
        free(text);
        free(write);
        client_close(client);
        return;
    }
    client->is_writing = true;
}

void control_answer(struct control_call *call, json_t *answer)
{
    struct client *client = call->client;

    assert(answer != NULL);
    client->open_calls--;
    if (!client->is_closed && !uv_is_closing((uv_handle_t *)&client->pipe))
        client_write_line(client, answer);
    json_decref(answer);
    free(call);
    if (client->is_closed)
        client_free_if_done(client);
    else
        take_lines(client);
}

void control_refuse(struct control_call *call, const char *words)
{
    control_answer(call, json_pack("{s:b, s:s}", "ok", 0, "error", words));
}

/* ---- requests ---- */

static void take_line(struct client *client, const char *line, size_t len)
{
    struct control *control = client->control;
    json_error_t fault;
    json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &fault);
    struct control_call *call = calloc(1, sizeof *call);

    if (call == NULL) {
        json_decref(request);
        client_close(client);
        return;
    }
    call->client = client;
    client->open_calls++;
    if (!json_is_object(request))
        control_refuse(call, "the request is not a JSON object on one line");
    else
        control->handler(control->context, call, request);
    json_decref(request);
}

static void go_on_reading(struct client *client);

static void drop_front(struct client *client, size_t len)
{
    bytes_wipe(client->line, len); /* requests may hold a PIN */
    memmove(client->line, client->line + len, client->len - len);
    client->len -= len;
}

/* No end of line within all the room that there is: forgets what came, up to the line's end. */
static void skip_long_line(struct client *client)
{
    client->is_skipping = true;
    drop_front(client, client->len);
}

static void end_skipping(struct client *client)
{
    struct control_call *call = calloc(1, sizeof *call);

    client->is_skipping = false;
    if (call == NULL) {
        client_close(client);
        return;
    }
    call->client = client;
    client->open_calls++;
    control_refuse(call, "the request is longer than 262144 bytes");
}

static void take_first_line(struct client *client, size_t len)
{
    if (client->is_skipping)
        end_skipping(client);
    else
        take_line(client, client->line, len);
    drop_front(client, len + 1);
}

static void take_lines(struct client *client)
{
    const char *end;

    if (client->is_taking)
        return;
    client->is_taking = true;
    while (client->open_calls == 0 && !client->is_writing && client->len > 0 &&
           !uv_is_closing((uv_handle_t *)&client->pipe)) {
        end = memchr(client->line, '\n', client->len);
        if (end == NULL) {
            if (client->is_skipping || client->len >= CONTROL_LINE_LEN_MAX)
                skip_long_line(client);
            break;
        }
        take_first_line(client, (size_t)(end - client->line));
    }
    client->is_taking = false;
    go_on_reading(client);
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct client *client = handle->data;

    (void)suggested;
    if (client->len == client->cap && client->cap < CONTROL_LINE_LEN_MAX) {
        size_t cap = client->cap == 0 ? 4096 : 2 * client->cap;
        char *line = calloc(1, cap);
        if (line != NULL && client->len > 0)
            memcpy(line, client->line, client->len);
        if (line != NULL) {
            if (client->line != NULL)
                bytes_wipe(client->line, client->cap);
            free(client->line);
            client->line = line;
            client->cap = cap;
        }
    }
    *buf = uv_buf_init(client->line + client->len, (unsigned)(client->cap - client->len));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct client *client = stream->data;

    (void)buf;
    if (got < 0) { /* the end, or no memory for more of the line (UV_ENOBUFS) */
        client_close(client);
        return;
    }
    client->len += (size_t)got;
    take_lines(client);
}

/* While a request is open its client may fill the room, and no more. */
static void go_on_reading(struct client *client)
{
    if (uv_is_closing((uv_handle_t *)&client->pipe))
        return;
    if (client->len >= CONTROL_LINE_LEN_MAX)
        uv_read_stop((uv_stream_t *)&client->pipe);
    else
        (void)uv_read_start((uv_stream_t *)&client->pipe, give_buffer, on_read);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct control *control = stream->data;
    struct client *client = status == 0 ? calloc(1, sizeof *client) : NULL;

    if (client == NULL)
        return;
    client->control = control;
    client->next = control->clients;
    client->previous = &control->clients;
    if (control->clients != NULL)
        control->clients->previous = &client->next;
    control->clients = client;
    control->client_count++;
    uv_pipe_init(stream->loop, &client->pipe, 0);
    client->pipe.data = client;
    if (uv_accept(stream, (uv_stream_t *)&client->pipe) != 0 ||
        control->client_count > CONTROL_CLIENTS_MAX ||
        uv_read_start((uv_stream_t *)&client->pipe, give_buffer, on_read) != 0)
        client_close(client);
}

/* ---- listening ---- */

static enum err control_failed(struct text *error, const char *path, const char *why)
{
    text_add(error, path);
    text_add(error, ": ");
    text_add(error, why);
    return ERR_IO;
}

static void pipe_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;

    control->is_closed = true;
    control_free_if_done(control);
}

/* What stands at the path. */
static enum err look_at(const char *path, struct text *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat what;

    if (lstat(path, &what) != 0)
        return OK;
    if (!S_ISSOCK(what.st_mode))
        return control_failed(error, path, "something that is not a socket is here");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return control_failed(error, path, strerror(errno));
    memcpy(address.sun_path, path, strlen(path) + 1);
    /* EAGAIN: somebody listens, and has no room for more callers. */
    bool is_answered =
        connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
    close(fd);
    if (!is_answered)
        return OK;
    (void)control_failed(error, path, "another acquit process answers here");
    return ERR_BUSY;
}

static int bind_private(struct control *control)
{
    mode_t mask = umask(0177);
    int status = uv_pipe_bind(&control->pipe, control->path);

    umask(mask);
    return status == 0 ? uv_listen((uv_stream_t *)&control->pipe, 16, on_connection) : status;
}

enum err control_listen(const struct control_setup *setup, struct control **out, struct text *error)
{
    if (strlen(setup->path) >= sizeof((struct control *)0)->path)
        return control_failed(error, setup->path, "the path is too long for a socket");
    TRY(look_at(setup->path, error));
    signal(SIGPIPE, SIG_IGN);
    struct control *control = calloc(1, sizeof *control);
    if (control == NULL)
        return ERR_FULL;
    memcpy(control->path, setup->path, strlen(setup->path) + 1);
    control->handler = setup->handler;
    control->context = setup->context;
    unlink(control->path);
    uv_pipe_init(setup->loop, &control->pipe, 0);
    control->pipe.data = control;
    int status = bind_private(control);
    if (status != 0) {
        uv_close((uv_handle_t *)&control->pipe, pipe_closed);
        return control_failed(error, setup->path, uv_strerror(status));
    }
    *out = control;
    return OK;
}

void control_close(struct control *control)
{
    unlink(control->path);
    for (struct client *client = control->clients; client != NULL; client = client->next)
        client_close(client);
    uv_close((uv_handle_t *)&control->pipe, pipe_closed);
}

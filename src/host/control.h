/*
 * The control socket: a Unix socket (mode 0600) in the data folder, one JSON object a line each
 * way. A request names its verb: {"verb": "sale", ...}. Every request gets one answer, in order:
 * {"ok": true, ...} or {"ok": false, "error": "words"}.
 *
 * The server runs on the link thread; the client blocks and is for command-line programs.
 */
#ifndef HOST_CONTROL_H
#define HOST_CONTROL_H

#include "base/text.h"

#include <jansson.h>
#include <uv.h>

#define CONTROL_LINE_LEN_MAX (256 * 1024)
#define CONTROL_CLIENTS_MAX 64

struct control;
struct control_call; /* a request that waits for its answer */

/* Called for each request; the object is borrowed. The call must be answered exactly once, now or
 * later, by control_answer. */
typedef void control_handler(void *context, struct control_call *call, const json_t *request);

struct control_setup {
    uv_loop_t *loop;
    const char *path;
    control_handler *handler;
    void *context; /* given to the handler */
};

/* Listens. ERR_BUSY when another process answers on the socket; a socket that nobody answers on is
 * left over from a crash and replaced. Anything but a socket at that path is left alone: ERR_IO.
 * The process ignores SIGPIPE from here on. */
MUST_USE enum err control_listen(const struct control_setup *setup, struct control **out,
                                 struct text *error);

/* Takes over the answer object. An answer to a client that has gone is dropped. */
void control_answer(struct control_call *call, json_t *answer);

/* {"ok": false, "error": words} */
void control_refuse(struct control_call *call, const char *words);

/* Stops listening, removes the socket, closes all clients; the loop must run once more. Calls that
 * wait may still be answered; their answers are dropped. */
void control_close(struct control *control);

/* Client: sends a request (borrowed) and waits for the answer, which the caller releases. On
 * failure *error says why: ERR_NOT_FOUND when nothing listens there. */
MUST_USE enum err control_ask(const char *path, const json_t *request, int wait_ms, json_t **answer,
                              struct text *error);

#endif

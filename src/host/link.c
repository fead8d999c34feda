#include "host/link.h"

#include "base/assert.h"
#include "host/clock.h"
#include "host/link_state.h"
#include "wire/frame.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of one read and the rest of a frame before it, while the lane is full. */
#define LINK_IN_LEN_MAX (2 * 65536 + FRAME_BODY_LEN_MAX)

/* ---- handles and slots ---- */

static uint64_t handle_of(const struct link *link)
{
    return link_handle_of(link->kind.profile_number, link->links->run, link->generation,
                          link->slot);
}

static struct link *link_at(struct links *links, uint64_t handle)
{
    size_t slot = link_handle_slot(handle);

    if (slot >= links->slot_count || links->slots[slot] == NULL)
        return NULL;
    return handle_of(links->slots[slot]) == handle ? links->slots[slot] : NULL;
}

struct link *link_new(struct links *links, const struct link_kind *kind)
{
    if (links->free_count == 0 || links->counters.open >= links->setup.open_max)
        return NULL;
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return NULL;
    link->links = links;
    link->kind = *kind;
    link->slot = links->free_slots[--links->free_count];
    link->generation = links->generation_next++;
    links->slots[link->slot] = link;
    links->counters.open++;
    if (uv_tcp_init(links->setup.loop, &link->tcp) != 0)
        bug_found(__FILE__, __LINE__, "uv_tcp_init");
    link->tcp.data = link;
    return link;
}

/* What waited may hold card data. */
static void buffer_free(struct link_buffer *buffer)
{
    if (buffer->at != NULL)
        bytes_wipe(buffer->at, buffer->cap);
    free(buffer->at);
    *buffer = (struct link_buffer){0};
}

static void link_closed(uv_handle_t *handle)
{
    struct link *link = handle->data;
    struct links *links = link->links;

    links->slots[link->slot] = NULL;
    links->free_slots[links->free_count++] = link->slot;
    links->counters.open--;
    buffer_free(&link->in);
    buffer_free(&link->out);
    free(link);
}

void link_close(struct link *link)
{
    if (uv_is_closing((uv_handle_t *)&link->tcp))
        return;
    if (link->keeper != NULL)
        keeper_link_closed(link->keeper, link);
    link->keeper = NULL;
    if (!link->links->is_quiet)
        line_cut(link);
    free(link->askers);
    link->askers = NULL;
    if (link->tls != NULL)
        tls_free(link->tls);
    link->tls = NULL;
    link->is_ready = false;
    link->links->paused_count -= link->is_paused;
    link->is_paused = false;
    uv_close((uv_handle_t *)&link->tcp, link_closed);
}

static void link_close_bad(struct link *link)
{
    link->links->counters.closed_bad++;
    link_close(link);
}

/* ---- buffers that exist only while they hold something ---- */

bool buffer_add(struct link_buffer *buffer, struct bytes bytes)
{
    if (buffer->len + bytes.len > buffer->cap) {
        size_t cap = buffer->cap == 0 ? 512 : buffer->cap;
        while (cap < buffer->len + bytes.len)
            cap *= 2;
        uint8_t *at = malloc(cap); /* not realloc: what is left behind must be wiped */
        if (at == NULL)
            return false;
        size_t len = buffer->len;
        if (len > 0)
            memcpy(at, buffer->at, len);
        buffer_free(buffer);
        *buffer = (struct link_buffer){.at = at, .len = len, .cap = cap};
    }
    if (bytes.len > 0)
        memcpy(buffer->at + buffer->len, bytes.at, bytes.len);
    buffer->len += bytes.len;
    return true;
}

static void buffer_drop(struct link_buffer *buffer, size_t len)
{
    assert(len <= buffer->len);
    if (len == buffer->len) {
        buffer_free(buffer);
        return;
    }
    memmove(buffer->at, buffer->at + len, buffer->len - len);
    buffer->len -= len;
}

/* ---- writing ---- */

struct link_write {
    uv_write_t request;
    struct link *link;
    struct link_buffer buffer;
};

static void write_out(struct link *link);

static void write_done(uv_write_t *request, int status)
{
    struct link_write *write = request->data;
    struct link *link = write->link;

    link->out_in_flight = 0;
    buffer_free(&write->buffer);
    free(write);
    if (status != 0)
        link_close(link);
    else
        write_out(link);
}

static void write_rest(struct link *link)
{
    struct link_write *write = malloc(sizeof *write);

    if (write == NULL) {
        link_close(link);
        return;
    }
    *write = (struct link_write){.link = link, .buffer = link->out};
    write->request.data = write;
    uv_buf_t buf = uv_buf_init((char *)link->out.at, (unsigned)link->out.len);
    link->out_in_flight = link->out.len;
    link->out = (struct link_buffer){0};
    if (uv_write(&write->request, (uv_stream_t *)&link->tcp, &buf, 1, write_done) != 0) {
        buffer_free(&write->buffer);
        free(write);
        link_close(link);
    }
}

static void write_out(struct link *link)
{
    if (link->out.len == 0 || link->out_in_flight > 0 || uv_is_closing((uv_handle_t *)&link->tcp))
        return;
    uv_buf_t buf = uv_buf_init((char *)link->out.at, (unsigned)link->out.len);
    int written = uv_try_write((uv_stream_t *)&link->tcp, &buf, 1);
    if (written < 0 && written != UV_EAGAIN) {
        link_close(link);
        return;
    }
    if (written > 0)
        buffer_drop(&link->out, (size_t)written);
    if (link->out.len > 0)
        write_rest(link);
}

/* Called as the link leaves the list of links to flush, and only then. */
void link_flush(struct link *link)
{
    link->is_dirty = false;
    write_out(link);
}

static bool has_room(const struct link *link, size_t len)
{
    return link->out.len + link->out_in_flight + len <= link->links->setup.out_len_max;
}

bool link_put_raw(struct link *link, struct bytes bytes)
{
    if (!has_room(link, bytes.len))
        write_out(link); /* much came at once: the peer has had no chance to read it */
    if (uv_is_closing((uv_handle_t *)&link->tcp))
        return false;
    if (!has_room(link, bytes.len)) {
        link_note(link, "it does not read what it is sent");
        link_close_bad(link);
        return false;
    }
    if (!buffer_add(&link->out, bytes)) {
        link_close_bad(link);
        return false;
    }
    if (!link->is_dirty) {
        link->is_dirty = true;
        link->next_dirty = link->links->dirty;
        link->links->dirty = handle_of(link);
    }
    return true;
}

void link_put(struct link *link, struct bytes body)
{
    uint8_t frame[FRAME_LENGTH_LEN + FRAME_BODY_LEN_MAX]; /* whole: one TLS record */

    if (!link->is_ready) {
        link->links->counters.lost++;
        return;
    }
    link->links->counters.frames_out++;
    frame_put_length(frame, body.len);
    memcpy(frame + FRAME_LENGTH_LEN, body.at, body.len);
    struct bytes bytes = bytes_over(frame, FRAME_LENGTH_LEN + body.len);
    bool is_put = link->tls != NULL ? tls_put(link->tls, link, bytes) : link_put_raw(link, bytes);
    bytes_wipe(frame, bytes.len);
    if (!is_put)
        link_close(link);
}

void links_flush(struct links *links)
{
    while (links->dirty != 0) {
        struct link *link = link_at(links, links->dirty);

        if (link == NULL) {
            links->dirty = 0; /* closed meanwhile; the others flush by their own next write */
            links_flush_all(links);
            return;
        }
        links->dirty = link->next_dirty;
        link_flush(link);
    }
}

void links_flush_all(struct links *links)
{
    for (size_t i = 0; i < links->slot_count; i++) {
        if (links->slots[i] != NULL && links->slots[i]->is_dirty)
            link_flush(links->slots[i]);
    }
}

/* ---- reading ---- */

/* Refuses a request without the lane: it is full. No MAC: the sender's key is the lane's to use,
 * so a terminal will show the refusal and still owe its reversal. */
static void shed(struct link *link, const struct txn_message *request)
{
    struct txn_message answer;
    struct txn_encoded encoded;
    uint8_t body[FRAME_BODY_LEN_MAX];

    link->links->counters.shed++;
    txn_message_answer(request, &answer);
    memcpy(answer.code, outcome_row(OUTCOME_SWITCH_OVERLOADED)->code, RESPONSE_CODE_LEN);
    if (txn_encode(link->kind.profile, &answer, body, sizeof body, &encoded) == OK)
        link_put(link, bytes_over(body, encoded.len));
    txn_message_wipe(&answer);
    bytes_wipe(body, sizeof body);
}

static void fill_event(struct link *link, struct lane_item *item, struct bytes body)
{
    struct node_event *event = &item->event;
    struct txn_decoded decoded;
    enum err err = txn_decode(link->kind.profile, body, event->wall, &event->message, &decoded);

    event->fault = decoded.fault;
    event->kind = err == OK ? EVENT_MESSAGE : EVENT_GARBLED;
    event->link = handle_of(link);
    memcpy(event->peer, link->peer, sizeof event->peer);
    if (err != OK)
        link->links->counters.garbled++;
    assert(decoded.mab.len <= sizeof item->mab);
    item->mab_len = (uint16_t)decoded.mab.len;
    if (decoded.mab.len > 0)
        memcpy(item->mab, decoded.mab.at, decoded.mab.len);
    struct bytes *block = &event->message.block;
    assert(block->len <= sizeof item->block);
    if (block->len == 0)
        return;
    memcpy(item->block, block->at, block->len);
    block->at = item->block;
}

/* Answers come back in order over one connection, or not at all: so many echoes are ours. */
static bool is_test_answer(struct link *link, const struct node_event *event)
{
    if (link->tests_out == 0 || event->kind != EVENT_MESSAGE || event->message.kind != KIND_ECHO ||
        event->message.function != FUNCTION_RESPONSE)
        return false;
    link->tests_out--;
    return true;
}

/* false: the lane is full and this frame must wait where it is. */
static bool take_frame(struct link *link, struct bytes body)
{
    struct lane_item *item = lane_item_new(link->kind.lane);

    if (item == NULL)
        return false;
    fill_event(link, item, body);
    if (item->event.message.function != FUNCTION_REQUEST)
        line_cut_answered(link, item->event.message.identity.terminal);
    if (item->event.message.function == FUNCTION_REQUEST &&
        lane_room(link->kind.lane) <= LANE_RESERVE) {
        shed(link, &item->event.message);
        lane_item_wipe(item);
        return true;
    }
    if (is_test_answer(link, &item->event)) {
        lane_item_wipe(item);
        return true;
    }
    link->links->counters.frames_in++;
    lane_push(link->kind.lane);
    return true;
}

/* Takes whole frames from what has arrived; *used is what they took. False: the link is gone. */
static bool take_frames(struct link *link, struct bytes arrived, size_t *used)
{
    size_t at = 0;

    while (!link->is_paused) {
        struct bytes rest = {.at = arrived.at + at, .len = arrived.len - at};
        struct bytes body;
        size_t take = 0;
        enum err err = frame_next(rest, &take, &body);

        if (err == ERR_MORE)
            break;
        if (err != OK) {
            link_note(link, "the length of a frame is 0 or over the limit");
            link_close_bad(link);
            return false;
        }
        if (!take_frame(link, body)) {
            link->is_paused = true;
            link->links->paused_count++;
            uv_read_stop((uv_stream_t *)&link->tcp);
            break;
        }
        at += take;
        if (uv_is_closing((uv_handle_t *)&link->tcp))
            return false;
    }
    *used = at;
    return true;
}

static void take_buffered(struct link *link)
{
    size_t used = 0;

    if (!take_frames(link, bytes_over(link->in.at, link->in.len), &used))
        return;
    if (used > 0)
        buffer_drop(&link->in, used);
    if (link->in.len == 0 || link->is_paused)
        link->partial_since = (struct moment){0};
    else if (used > 0 || link->partial_since.ns == 0) /* else the same frame is still on its way */
        link->partial_since = clock_now();
}

bool link_received(struct link *link, struct bytes bytes)
{
    size_t used = 0;

    if (link->in.len > 0 || link->is_paused) {
        if (link->in.len + bytes.len > LINK_IN_LEN_MAX || !buffer_add(&link->in, bytes)) {
            link_close_bad(link);
            return false;
        }
        take_buffered(link);
        return !uv_is_closing((uv_handle_t *)&link->tcp);
    }
    if (!take_frames(link, bytes, &used))
        return false;
    if (used < bytes.len) {
        if (!buffer_add(&link->in, bytes_over(bytes.at + used, bytes.len - used))) {
            link_close_bad(link);
            return false;
        }
        if (!link->is_paused)
            link->partial_since = clock_now();
    }
    return true;
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct link *link = handle->data;

    (void)suggested;
    *buf = uv_buf_init((char *)link->links->read_room, sizeof link->links->read_room);
}

static void take_records(struct link *link, struct bytes bytes)
{
    char room[160];
    struct text why = text_over(room, sizeof room);
    enum tls_result result = tls_received(link->tls, link, bytes, &why);

    if (result == TLS_GOES_ON || uv_is_closing((uv_handle_t *)&link->tcp))
        return;
    if (result == TLS_FAILED) {
        link_note(link, text_z(&why));
        write_out(link); /* the alert */
        link_close_bad(link);
    } else {
        link_close(link);
    }
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct link *link = stream->data;

    if (got == 0)
        return;
    if (got < 0) {
        link_close(link);
        return;
    }
    struct bytes bytes = bytes_over(buf->base, (size_t)got);
    if (link->keeper != NULL && link->is_ready)
        keeper_link_heard(link->keeper, link);
    if (link->tls != NULL)
        take_records(link, bytes);
    else
        (void)link_received(link, bytes);
    bytes_wipe(buf->base, (size_t)got);
    links_flush(link->links);
}

void link_note(struct link *link, const char *why)
{
    struct links *links = link->links;
    char room[256];
    char address[64] = "?";
    struct sockaddr_in in;
    int len = sizeof in;
    struct text words = text_over(room, sizeof room);

    if (links->setup.note == NULL)
        return;
    if (uv_tcp_getpeername(&link->tcp, (struct sockaddr *)&in, &len) == 0)
        uv_ip4_name(&in, address, sizeof address);
    text_add(&words, address);
    if (address[0] != '?') {
        text_add(&words, ":");
        text_add_u64(&words, ntohs(in.sin_port));
    }
    text_add(&words, ": ");
    text_add(&words, why);
    links->setup.note(links->setup.context, text_z(&words));
}

void link_ready(struct link *link)
{
    link->is_ready = true;
    link->partial_since = (struct moment){0};
    if (link->keeper != NULL)
        keeper_link_ready(link->keeper, link);
}

void link_start(struct link *link)
{
    int fd = -1;
    unsigned user_timeout_ms = 20000;

    uv_tcp_nodelay(&link->tcp, 1);
    uv_tcp_keepalive(&link->tcp, 1, 30);
    if (uv_fileno((uv_handle_t *)&link->tcp, &fd) == 0)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
    if (uv_read_start((uv_stream_t *)&link->tcp, give_buffer, on_read) != 0)
        link_close(link);
    else if (link->tls == NULL)
        link_ready(link);
    else
        link->partial_since = clock_now();
}

void link_resume(struct link *link)
{
    if (!link->is_paused || lane_room(link->kind.lane) <= LANE_RESERVE)
        return;
    link->is_paused = false;
    link->links->paused_count--;
    take_buffered(link);
    if (!link->is_paused && !link->links->is_quiet && !uv_is_closing((uv_handle_t *)&link->tcp))
        uv_read_start((uv_stream_t *)&link->tcp, give_buffer, on_read);
}

/* ---- what lanes put out ---- */

static struct link *link_for(struct links *links, const struct lane_out *out)
{
    return out->link == NODE_LINE ? keeper_line_of(links, out->terminal)
                                  : link_at(links, out->link);
}

static void note_asked(struct link *link, const struct lane_out *out)
{
    if (link->keeper == NULL)
        return;
    keeper_link_asked(link->keeper);
    if (out->link == NODE_LINE)
        line_cut_asked(link, out->terminal);
}

static void put_message(struct links *links, struct lane *lane, const struct lane_out *out)
{
    struct link *link = link_for(links, out);

    if (link == NULL) {
        links->counters.lost++;
        if (out->is_request && out->link == NODE_LINE && !links->is_quiet)
            line_cut_tell(lane, out->terminal);
        return;
    }
    if (out->is_request)
        note_asked(link, out);
    link_put(link, bytes_over(out->body, out->body_len));
}

static void links_resume(struct links *links)
{
    for (size_t i = 0; i < links->slot_count; i++) {
        struct link *link = links->slots[i];

        if (link != NULL && link->is_paused)
            link_resume(link);
    }
}

void links_drain(struct links *links, struct lane *lane)
{
    struct lane_out *out;

    while ((out = lane_out_front(lane)) != NULL) {
        struct lane_job job = out->job;
        enum lane_out_kind kind = out->kind;

        if (kind == LANE_OUT_MESSAGE) {
            put_message(links, lane, out);
            bytes_wipe(out->body, out->body_len);
        } else if (kind == LANE_OUT_DISPLAY) {
            links->setup.show(links->setup.context, &out->display);
        }
        lane_out_pop(lane);
        if (kind == LANE_OUT_DONE)
            job.done(job.context);
        else if (kind == LANE_OUT_STOPPED)
            links->setup.stopped(links->setup.context, lane);
    }
    if (links->paused_count > 0)
        links_resume(links);
    links_flush(links);
}

static void stop_reading(struct links *links, const struct lane *lane)
{
    for (size_t i = 0; i < links->slot_count; i++) {
        struct link *link = links->slots[i];

        if (link != NULL && link->kind.lane == lane && !uv_is_closing((uv_handle_t *)&link->tcp))
            uv_read_stop((uv_stream_t *)&link->tcp);
    }
}

void links_finish(struct links *links, struct lane *lane)
{
    struct moment end = moment_add_ms(clock_now(), LINK_FINISH_MS);
    bool is_told = false;

    links_quiesce(links);
    stop_reading(links, lane);
    while (!lane_is_finished(lane) && clock_now().ns < end.ns) {
        is_told = is_told || lane_finish(lane);
        links_drain(links, lane);
        usleep(200);
    }
    links_drain(links, lane);
}

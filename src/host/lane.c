#include "host/lane.h"

#include "base/assert.h"
#include "host/clock.h"
#include "host/deadlines.h"
#include "host/link_handle.h"
#include "host/ring.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define OUT_SLOTS 2048
/* How long a full outbound queue holds the lane before a message counts as lost, and then all
 * that follow until there is room again. */
#define OUT_WAIT_US 50
#define OUT_WAITS_MAX 10000
#define WAITING_MAX (2 * BATCH_EVENTS_MAX) /* deadlines are let in when messages fill a batch */
#define ALARMS_A_SECOND 5

struct lane {
    struct lane_setup setup;
    struct engine *engine;
    struct deadlines *deadlines;
    struct ring in;
    struct ring out;
    pthread_t thread;
    int wake_fd;
    _Atomic bool is_asleep;
    _Atomic bool is_finished;
    bool is_stopping;
    bool has_out;     /* something was put out since the last wake */
    bool is_out_full; /* a message was lost and there has been no room since */
    uint64_t out_lost;
    struct moment tended; /* the store was asked about the other nodes */
    pthread_mutex_t nodes_lock;
    struct store_tidings nodes; /* under nodes_lock, with nodes_seen */
    struct moment nodes_seen;
    int64_t alarm_second;
    uint32_t alarms_said; /* in that second */
};

/* ---- outbound, on the lane's thread ---- */

static void wake_links(struct lane *lane)
{
    if (lane->has_out)
        lane->setup.wake(lane->setup.wake_context);
    lane->has_out = false;
}

static struct lane_out *wait_for_room(struct lane *lane, int waits_max)
{
    struct lane_out *out = ring_slot(&lane->out);

    for (int waits = 0; out == NULL && waits < waits_max; waits++) {
        lane->has_out = true;
        wake_links(lane);
        usleep(OUT_WAIT_US);
        out = ring_slot(&lane->out);
    }
    return out;
}

static struct lane_out *out_new(struct lane *lane, enum lane_out_kind kind)
{
    struct lane_out *out = wait_for_room(lane, lane->is_out_full ? 0 : OUT_WAITS_MAX);

    lane->is_out_full = out == NULL;
    if (out == NULL) {
        lane->out_lost++;
        return NULL;
    }
    out->kind = kind;
    lane->has_out = true;
    return out;
}

static const struct txn_profile *net_profile(void *self, uint64_t link,
                                             const struct txn_message *message)
{
    struct lane *lane = self;
    size_t number = link_handle_profile(link);

    (void)message;
    return number < lane->setup.profile_count ? lane->setup.profiles[number] : NULL;
}

static void net_send(void *self, uint64_t link, const struct txn_message *message,
                     struct bytes body)
{
    struct lane *lane = self;
    struct lane_out *out = out_new(lane, LANE_OUT_MESSAGE);

    assert(body.len <= FRAME_BODY_LEN_MAX);
    if (out == NULL)
        return;
    out->link = link;
    memcpy(out->terminal, message->identity.terminal, sizeof out->terminal);
    out->is_request =
        message->function == FUNCTION_REQUEST || message->function == FUNCTION_REVERSAL;
    out->body_len = (uint16_t)body.len;
    memcpy(out->body, body.at, body.len);
    ring_push(&lane->out);
}

static void net_arm(void *self, const struct row_key *key, struct moment due)
{
    struct lane *lane = self;

    if (due.ns == ENGINE_NEVER_NS)
        deadlines_clear(lane->deadlines, key);
    else if (deadlines_set(lane->deadlines, key, due) != OK)
        bug_found(__FILE__, __LINE__, "no memory for a deadline");
}

static bool net_is_armed(void *self, const struct row_key *key)
{
    const struct lane *lane = self;

    return deadlines_has(lane->deadlines, key);
}

static void net_show(void *self, const struct node_display *display)
{
    struct lane *lane = self;

    if (display->ticket == 0)
        return;
    struct lane_out *out = out_new(lane, LANE_OUT_DISPLAY);
    if (out == NULL)
        return;
    out->display = *display;
    ring_push(&lane->out);
}

/* Every alarm is a record; only so many a second are also said aloud. */
static bool may_say(struct lane *lane)
{
    int64_t second = clock_now().ns / 1000000000;

    if (second != lane->alarm_second)
        lane->alarms_said = 0;
    lane->alarm_second = second;
    return lane->alarms_said++ < ALARMS_A_SECOND;
}

static void net_alarm(void *self, uint64_t sequence, enum journal_what what, enum outcome outcome)
{
    struct lane *lane = self;
    char room[160];
    struct text t = text_over(room, sizeof room);

    if (!may_say(lane))
        return;
    text_add(&t, lane->setup.name);
    text_add(&t, what == WHAT_NONE ? ": alarm: not recorded, times " : ": alarm: record ");
    text_add_u64(&t, sequence);
    text_add(&t, " ");
    if (what != WHAT_NONE) {
        text_add(&t, journal_what_name(what));
        text_add(&t, " ");
    }
    text_add(&t, outcome_row(outcome)->name);
    text_add(&t, "\n");
    ssize_t written = write(STDERR_FILENO, text_z(&t), t.len);
    (void)written;
}

void lane_item_wipe(struct lane_item *item)
{
    bytes_wipe(item->block, item->event.message.block.len);
    txn_message_wipe(&item->event.message);
    bytes_wipe(item->mab, item->mab_len);
}

/* ---- inbound, on the lane's thread ---- */

/* False: what waiting events keep takes all room; the next batch makes some. */
static bool take_event(struct lane *lane, struct lane_item *item)
{
    struct node_event *event = engine_event_new(lane->engine);

    if (event == NULL) {
        assert(engine_waiting(lane->engine) > 0);
        return false;
    }
    *event = item->event;
    if (item->mab_len > 0)
        engine_event_mab(lane->engine, event, bytes_over(item->mab, item->mab_len));
    engine_event_block(lane->engine, event);
    if (item->has_command) {
        engine_event_command(lane->engine, event, &item->command);
        bytes_wipe(&item->command, sizeof item->command); /* a PIN, passwords, codes */
    }
    lane_item_wipe(item);
    return true;
}

static void run_job(struct lane *lane, const struct lane_job *job)
{
    struct lane_out *out;

    job->run(lane, job->context);
    do /* somebody waits for it */
        out = out_new(lane, LANE_OUT_DONE);
    while (out == NULL);
    out->job = *job;
    ring_push(&lane->out);
}

/* Takes in what has arrived, up to what fits a few batches; a job ends the intake, because it must
 * see what came before it and nothing after. */
static void take_in(struct lane *lane)
{
    struct lane_item *item;

    while (engine_waiting(lane->engine) < BATCH_EVENTS_MAX &&
           (item = ring_front(&lane->in)) != NULL) {
        enum lane_item_kind kind = item->kind;

        if (kind == LANE_JOB && engine_waiting(lane->engine) > 0)
            return;
        if (kind == LANE_EVENT && !take_event(lane, item))
            return;
        if (kind == LANE_JOB)
            run_job(lane, &item->job);
        else if (kind == LANE_STOP)
            lane->is_stopping = true;
        ring_pop(&lane->in);
    }
}

static void fire_deadlines(struct lane *lane)
{
    struct moment now = clock_now();
    struct moment due;
    struct row_key key;

    while (deadlines_first(lane->deadlines, &due) && due.ns <= now.ns) {
        struct node_event *event = engine_event_new(lane->engine);

        if (event == NULL || !deadlines_take_due(lane->deadlines, now, &key))
            return;
        event->kind = EVENT_TIMER;
        event->wall = clock_wall();
        event->now = now;
        clock_entropy(event->entropy, sizeof event->entropy);
        event->key = key;
    }
}

static void set_now(struct node_event *event)
{
    event->wall = clock_wall();
    event->now = clock_now();
    clock_entropy(event->entropy, sizeof event->entropy);
}

/* ---- the other nodes of a shared store, on the lane's thread ---- */

static struct moment tend_due(const struct lane *lane)
{
    return moment_add_ms(lane->tended, STORE_TEND_MS);
}

static void say_taken(const struct lane *lane, size_t count)
{
    char room[160];
    struct text t = text_over(room, sizeof room);

    text_add(&t, lane->setup.name);
    text_add(&t, ": another node has gone silent; this one goes on with what it left: ");
    text_add_u64(&t, count);
    text_add(&t, " in doubt or owed\n");
    ssize_t written = write(STDERR_FILENO, text_z(&t), t.len);
    (void)written;
}

/* False: the rows that were taken over could not be read. They are ours; a restart finds them. */
static bool take_over(struct lane *lane)
{
    struct node_event model = {.kind = EVENT_RECOVER};
    size_t count = 0;

    set_now(&model);
    if (engine_take_over(lane->engine, &model, &count) != OK)
        return false;
    if (count > 0)
        say_taken(lane, count);
    return true;
}

/* False when the store is lost: taken over by another node, for one. */
static bool tend(struct lane *lane)
{
    const struct store *store = lane->setup.store;
    struct store_tidings tidings;

    if (store->tend == NULL || clock_now().ns < tend_due(lane).ns)
        return true;
    enum store_result result = store->tend(store->self, &tidings);
    lane->tended = clock_now();
    if (result != STORE_OK)
        return result == STORE_RETRY;
    pthread_mutex_lock(&lane->nodes_lock);
    lane->nodes = tidings;
    lane->nodes_seen = lane->tended;
    pthread_mutex_unlock(&lane->nodes_lock);
    return !tidings.has_swept || take_over(lane);
}

static int sleep_ms(const struct lane *lane)
{
    bool is_shared = lane->setup.store->tend != NULL;
    struct moment due;

    if (!deadlines_first(lane->deadlines, &due)) {
        if (!is_shared)
            return -1;
        due = tend_due(lane);
    } else if (is_shared && tend_due(lane).ns < due.ns) {
        due = tend_due(lane);
    }
    int64_t ms = (due.ns - clock_now().ns + 999999) / 1000000;
    if (ms < 0)
        return 0;
    return ms > 60000 ? 60000 : (int)ms;
}

static void sleep_until_work(struct lane *lane)
{
    struct pollfd poll_fd = {.fd = lane->wake_fd, .events = POLLIN};
    uint64_t count;

    atomic_store(&lane->is_asleep, true);
    if (ring_front(&lane->in) == NULL && poll(&poll_fd, 1, sleep_ms(lane)) > 0) {
        ssize_t got = read(lane->wake_fd, &count, sizeof count);
        (void)got;
    }
    atomic_store(&lane->is_asleep, false);
}

/* The store is lost or in doubt: nothing more may be answered by this process. */
static void tell_stopped(struct lane *lane)
{
    struct lane_out *out;

    do /* the process must hear it */
        out = out_new(lane, LANE_OUT_STOPPED);
    while (out == NULL);
    ring_push(&lane->out);
    lane->has_out = true;
    wake_links(lane);
}

/* Everything that was taken in is done; what still waits may go on elsewhere. */
static void leave(struct lane *lane)
{
    struct store *store = lane->setup.store;

    if (store->leave != NULL)
        store->leave(store->self);
}

static void work(struct lane *lane)
{
    for (;;) {
        take_in(lane);
        bool is_lost = !tend(lane); /* a take-over knows by the deadlines what is at work here */
        fire_deadlines(lane);
        if (is_lost || engine_run(lane->engine) == ENGINE_STOPPED) {
            tell_stopped(lane);
            return;
        }
        wake_links(lane);
        if (ring_front(&lane->in) != NULL)
            continue;
        if (lane->is_stopping) {
            leave(lane);
            return;
        }
        sleep_until_work(lane);
    }
}

static void *lane_main(void *context)
{
    struct lane *lane = context;

    work(lane);
    atomic_store(&lane->is_finished, true);
    return NULL;
}

/* ---- starting ---- */

static enum err open_engine(struct lane *lane)
{
    struct engine_setup setup = {
        .party = lane->setup.party,
        .store = lane->setup.store,
        .hsm = lane->setup.hsm,
        .net = {.self = lane,
                .profile = net_profile,
                .send = net_send,
                .arm = net_arm,
                .show = net_show,
                .alarm = net_alarm,
                .is_armed = net_is_armed},
        .waiting_max = WAITING_MAX,
    };
    struct node_event model = {.kind = EVENT_START};

    TRY(engine_open(&setup, &lane->engine));
    set_now(&model);
    return engine_recover(lane->engine, &model);
}

static void lane_free(struct lane *lane)
{
    if (lane->engine != NULL)
        engine_close(lane->engine);
    deadlines_free(lane->deadlines);
    ring_release(&lane->in);
    ring_release(&lane->out);
    if (lane->wake_fd >= 0)
        close(lane->wake_fd);
    free(lane);
}

static enum err lane_prepare(struct lane *lane)
{
    TRY(ring_init(&lane->in, sizeof(struct lane_item), LANE_QUEUE_SLOTS));
    TRY(ring_init(&lane->out, sizeof(struct lane_out), OUT_SLOTS));
    lane->deadlines = deadlines_new();
    lane->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pthread_mutex_init(&lane->nodes_lock, NULL) != 0)
        return ERR_IO;
    if (lane->deadlines == NULL || lane->wake_fd < 0)
        return ERR_IO;
    TRY(open_engine(lane));
    return pthread_create(&lane->thread, NULL, lane_main, lane) == 0 ? OK : ERR_IO;
}

enum err lane_start(const struct lane_setup *setup, struct lane **out)
{
    struct lane *lane = aligned_alloc(_Alignof(struct lane), sizeof *lane); /* the rings' lines */

    if (lane == NULL)
        return ERR_FULL;
    memset(lane, 0, sizeof *lane);
    lane->setup = *setup;
    lane->wake_fd = -1;
    enum err err = lane_prepare(lane);
    if (err != OK) {
        lane_free(lane);
        return err;
    }
    *out = lane;
    return OK;
}

/* ---- link thread ---- */

struct lane_item *lane_item_new(struct lane *lane)
{
    struct lane_item *item = ring_slot(&lane->in);

    if (item == NULL)
        return NULL;
    item->kind = LANE_EVENT;
    item->mab_len = 0;
    item->has_command = false;
    memset(&item->event, 0, sizeof item->event);
    set_now(&item->event);
    return item;
}

void lane_push(struct lane *lane)
{
    uint64_t one = 1;

    ring_push(&lane->in);
    if (atomic_exchange(&lane->is_asleep, false)) {
        ssize_t written = write(lane->wake_fd, &one, sizeof one);
        (void)written;
    }
}

struct lane_out *lane_out_front(struct lane *lane)
{
    return ring_front(&lane->out);
}

void lane_out_pop(struct lane *lane)
{
    ring_pop(&lane->out);
}

bool lane_run(struct lane *lane, const struct lane_job *job)
{
    struct lane_item *item = lane_item_new(lane);

    if (item == NULL)
        return false;
    item->kind = LANE_JOB;
    item->job = *job;
    lane_push(lane);
    return true;
}

size_t lane_nodes(struct lane *lane, struct store_node out[static STORE_NODES_MAX],
                  struct moment *as_of)
{
    pthread_mutex_lock(&lane->nodes_lock);
    size_t count = lane->nodes.node_count;
    memcpy(out, lane->nodes.nodes, sizeof lane->nodes.nodes);
    *as_of = lane->nodes_seen;
    pthread_mutex_unlock(&lane->nodes_lock);
    return count;
}

size_t lane_room(struct lane *lane)
{
    return ring_room(&lane->in);
}

bool lane_finish(struct lane *lane)
{
    struct lane_item *item = lane_item_new(lane);

    if (item == NULL)
        return false;
    item->kind = LANE_STOP;
    lane_push(lane);
    return true;
}

bool lane_is_finished(struct lane *lane)
{
    return atomic_load(&lane->is_finished);
}

void lane_stop(struct lane *lane)
{
    bool is_told = false;

    while (!lane_is_finished(lane)) {
        is_told = is_told || lane_finish(lane);
        while (lane_out_front(lane) != NULL)
            lane_out_pop(lane);
        usleep(OUT_WAIT_US);
    }
    pthread_join(lane->thread, NULL);
    lane->setup.store->close(lane->setup.store->self);
    lane_free(lane);
}

bool lane_submit(struct lane *lane, uint64_t ticket, const struct node_command *command)
{
    struct node_event *event = engine_event_new(lane->engine);

    if (event == NULL)
        return false;
    event->kind = EVENT_COMMAND;
    event->ticket = ticket;
    set_now(event);
    engine_event_command(lane->engine, event, command);
    return true;
}

struct store *lane_store(struct lane *lane)
{
    return lane->setup.store;
}

const char *lane_name(const struct lane *lane)
{
    return lane->setup.name;
}

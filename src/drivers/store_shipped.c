#include "drivers/store_shipped.h"

#include "drivers/journal_ship.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONFIRM_USUAL_MS 5000
#define CONNECT_MS 300
#define RETRY_PAUSE_MS 1000
#define RETRY_PAUSE_MAX_MS 30000
#define RETRY_PAUSE_TIMES 20 /* as long as the failure took, which payments waited for */
#define FRAME_LEN (1U << 20) /* of catching up */
#define ROUND_RECORDS 4000   /* sent in one commit while a preferred standby catches up */

struct shipped {
    struct store inner;
    struct store_shipping how;
    int fd;               /* -1: no standby */
    uint64_t sent;        /* the standby has confirmed up to here */
    int64_t retry_at_ms;  /* when to try to connect again */
    int64_t since_ms;     /* since when the standby keeps a commit waiting */
    int64_t greet_end_ms; /* until when its greeting is awaited; 0: it has come */
    bool is_told;         /* that it is away */
    bool is_fenced;       /* it was promoted, or is another journal's */
    struct store_head at; /* of the inner store */
    uint8_t *frame;
    size_t len;
    size_t room;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell(struct shipped *shipped, const char *what)
{
    char room[256];
    struct text t = text_over(room, sizeof room);

    text_add(&t, shipped->how.party);
    text_add(&t, ": standby ");
    text_add(&t, shipped->how.address);
    text_add(&t, " ");
    text_add(&t, what);
    if (shipped->how.note != NULL)
        shipped->how.note(shipped->how.context, text_z(&t));
}

/* A preferred standby that costs much time is tried less often. */
static int64_t retry_pause_ms(const struct shipped *shipped)
{
    int64_t pause = RETRY_PAUSE_TIMES * (now_ms() - shipped->since_ms);

    if (shipped->how.is_required || pause < RETRY_PAUSE_MS)
        return RETRY_PAUSE_MS;
    return pause < RETRY_PAUSE_MAX_MS ? pause : RETRY_PAUSE_MAX_MS;
}

static void lose(struct shipped *shipped)
{
    if (shipped->fd >= 0)
        close(shipped->fd);
    shipped->fd = -1;
    shipped->greet_end_ms = 0;
    shipped->retry_at_ms = now_ms() + retry_pause_ms(shipped);
    if (!shipped->is_told)
        tell(shipped, shipped->how.is_required ? "is away: nothing new is taken until it is back"
                                               : "is away: going on without it");
    shipped->is_told = true;
}

/* ---- frames ---- */

static bool frame_start(struct shipped *shipped)
{
    if (shipped->frame == NULL) {
        shipped->frame = malloc(FRAME_LEN);
        shipped->room = shipped->frame == NULL ? 0 : FRAME_LEN;
    }
    shipped->len = 4;
    return shipped->frame != NULL;
}

static bool frame_add(struct shipped *shipped, struct bytes record)
{
    size_t need = shipped->len + 4 + record.len;

    if (need > SHIP_FRAME_LEN_MAX)
        return false;
    if (need > shipped->room) {
        uint8_t *frame = realloc(shipped->frame, 2 * need);
        if (frame == NULL)
            return false;
        shipped->frame = frame;
        shipped->room = 2 * need;
    }
    bytes_put_u32(shipped->frame + shipped->len, (uint32_t)record.len);
    memcpy(shipped->frame + shipped->len + 4, record.at, record.len);
    shipped->len = need;
    return true;
}

/* Sends the frame and waits until the standby says that it has all up to last. */
static enum err frame_ship(struct shipped *shipped, uint64_t last)
{
    uint8_t confirmed[8];

    bytes_put_u32(shipped->frame, (uint32_t)(shipped->len - 4));
    TRY(ship_write(shipped->fd, shipped->frame, shipped->len, shipped->how.confirm_ms));
    TRY(ship_read(shipped->fd, confirmed, sizeof confirmed, shipped->how.confirm_ms));
    if (bytes_get_u64(confirmed) != last)
        return ERR_CORRUPT;
    shipped->sent = last;
    return OK;
}

/* ---- catching up ---- */

struct gathering {
    struct shipped *shipped;
    uint64_t last;
    uint64_t count_left;
    bool is_failed;
};

static bool gather(void *context, uint64_t sequence, struct bytes record)
{
    struct gathering *gathering = context;

    if (gathering->count_left == 0 || gathering->shipped->len > FRAME_LEN / 2)
        return false;
    gathering->is_failed = !frame_add(gathering->shipped, record);
    gathering->last = sequence;
    gathering->count_left--;
    return !gathering->is_failed;
}

/* Sends what the standby lacks, at most so many records. */
static enum err catch_up(struct shipped *shipped, uint64_t count)
{
    struct gathering gathering = {.shipped = shipped, .count_left = count};
    struct store *inner = &shipped->inner;

    while (shipped->sent < shipped->at.sequence && gathering.count_left > 0) {
        if (!frame_start(shipped) ||
            inner->read(inner->self, shipped->sent + 1, gather, &gathering) != STORE_OK ||
            gathering.is_failed || gathering.last <= shipped->sent)
            return ERR_IO;
        TRY(frame_ship(shipped, gathering.last));
    }
    return OK;
}

/* ---- connecting ---- */

static enum err greet(struct shipped *shipped)
{
    struct ship_hello hello = {.head = shipped->at};
    struct text t = text_over(hello.party, sizeof hello.party);
    uint8_t bytes[SHIP_HELLO_LEN];

    text_add(&t, shipped->how.party);
    ship_hello_put(&hello, bytes);
    TRY(ship_connect(shipped->how.address, CONNECT_MS, &shipped->fd));
    shipped->greet_end_ms = now_ms() + shipped->how.confirm_ms;
    return ship_write(shipped->fd, bytes, sizeof bytes, shipped->how.confirm_ms);
}

/* What the standby says of itself. A machine that hangs takes connections and says nothing: nobody
 * waits for a preferred one, whose answer is looked for again at the next commit (ERR_TIMEOUT). */
static enum err take_greeting(struct shipped *shipped, int wait_ms, struct ship_reply *out)
{
    uint8_t answer[SHIP_REPLY_LEN];
    enum err err = ship_read(shipped->fd, answer, sizeof answer, wait_ms);

    if (err == ERR_TIMEOUT && now_ms() >= shipped->greet_end_ms)
        return ERR_CLOSED;
    TRY(err);
    shipped->greet_end_ms = 0;
    return ship_reply_get(answer, out);
}

static bool is_fence(const struct shipped *shipped, const struct ship_reply *reply)
{
    if (reply->answer == SHIP_PROMOTED || reply->answer == SHIP_AHEAD ||
        reply->sequence > shipped->at.sequence)
        return true;
    return reply->sequence == shipped->at.sequence && reply->sequence > 0 &&
           memcmp(reply->hash, shipped->at.hash, sizeof reply->hash) != 0;
}

/* It is there; it may have to catch up. False when it is not for this store. */
static bool is_ours(struct shipped *shipped, const struct ship_reply *reply)
{
    if (is_fence(shipped, reply)) {
        shipped->is_fenced = true;
        tell(shipped, reply->answer == SHIP_PROMOTED
                          ? "was promoted: this is a former primary and must not go on"
                          : "has another journal than this store");
        return false;
    }
    shipped->sent = reply->sequence;
    return true;
}

/* True when a standby is there. */
static bool connect_standby(struct shipped *shipped, int wait_ms)
{
    struct ship_reply reply = {0};
    enum err err = OK;

    if (shipped->fd >= 0 && shipped->greet_end_ms == 0)
        return true;
    if (shipped->fd < 0 && now_ms() < shipped->retry_at_ms)
        return false;
    if (shipped->fd < 0)
        err = greet(shipped);
    if (err == OK)
        err = take_greeting(shipped, wait_ms, &reply);
    if (err == ERR_TIMEOUT && shipped->fd >= 0)
        return false;
    if (err != OK || reply.answer == SHIP_REFUSED) {
        lose(shipped);
        return false;
    }
    return is_ours(shipped, &reply);
}

/* A required standby has all before anything new is taken. */
static bool is_ready(struct shipped *shipped, int wait_ms)
{
    shipped->since_ms = now_ms();
    if (!connect_standby(shipped, wait_ms))
        return false;
    if (catch_up(shipped, shipped->how.is_required ? UINT64_MAX : ROUND_RECORDS) != OK) {
        lose(shipped);
        return false;
    }
    if (shipped->is_told && shipped->sent == shipped->at.sequence) {
        tell(shipped, "is back and has caught up");
        shipped->is_told = false;
    }
    return true;
}

/* ---- the contract ---- */

static enum store_result ship_batch(struct shipped *shipped, const struct store_batch *batch)
{
    bool is_whole = frame_start(shipped);

    shipped->since_ms = now_ms();
    for (size_t i = 0; i < batch->record_count && is_whole; i++)
        is_whole = frame_add(shipped, batch->records[i].bytes);
    if (is_whole && frame_ship(shipped, shipped->at.sequence) == OK)
        return STORE_OK;
    lose(shipped);
    return shipped->how.is_required ? STORE_IN_DOUBT : STORE_OK;
}

static enum store_result shipped_commit(void *self, const struct store_batch *batch)
{
    struct shipped *shipped = self;
    struct store *inner = &shipped->inner;
    bool has_standby = is_ready(shipped, shipped->how.is_required ? shipped->how.confirm_ms : 0);

    if (shipped->is_fenced)
        return STORE_FATAL;
    if (!has_standby && shipped->how.is_required)
        return STORE_FULL;
    bool is_level = has_standby && shipped->sent == shipped->at.sequence;
    enum store_result result = inner->commit(inner->self, batch);
    if (result != STORE_OK)
        return result;
    inner->head(inner->self, &shipped->at);
    return is_level && batch->record_count > 0 ? ship_batch(shipped, batch) : STORE_OK;
}

static void shipped_head(void *self, struct store_head *out)
{
    struct shipped *shipped = self;

    shipped->inner.head(shipped->inner.self, out);
}

static enum store_result shipped_load(void *self, struct store_row *rows[], size_t count)
{
    struct shipped *shipped = self;

    return shipped->inner.load(shipped->inner.self, rows, count);
}

static enum store_result shipped_scan(void *self, const struct row_key *from,
                                      store_row_visit *visit, void *context)
{
    struct shipped *shipped = self;

    return shipped->inner.scan(shipped->inner.self, from, visit, context);
}

static enum store_result shipped_read(void *self, uint64_t from_sequence, store_record_visit *visit,
                                      void *context)
{
    struct shipped *shipped = self;

    return shipped->inner.read(shipped->inner.self, from_sequence, visit, context);
}

static void shipped_close(void *self)
{
    struct shipped *shipped = self;

    if (shipped->fd >= 0)
        close(shipped->fd);
    shipped->inner.close(shipped->inner.self);
    free(shipped->frame);
    free(shipped);
}

enum err store_shipped_open(const struct store *inner, const struct store_shipping *how,
                            struct store *out, struct text *why)
{
    struct shipped *shipped = calloc(1, sizeof *shipped);

    if (shipped == NULL) {
        inner->close(inner->self);
        return ERR_FULL;
    }
    shipped->inner = *inner;
    shipped->how = *how;
    shipped->fd = -1;
    if (how->confirm_ms == 0)
        shipped->how.confirm_ms = CONFIRM_USUAL_MS;
    inner->head(inner->self, &shipped->at);
    bool has_standby = is_ready(shipped, shipped->how.confirm_ms);
    if (shipped->is_fenced || (!has_standby && how->is_required)) {
        enum err err = shipped->is_fenced ? ERR_NOT_ALLOWED : ERR_TIMEOUT;
        text_add(why, how->address);
        text_add(why, shipped->is_fenced ? ": the standby was promoted, or has another journal"
                                         : ": the standby is required and does not answer");
        shipped_close(shipped);
        return err;
    }
    *out = (struct store){.self = shipped,
                          .head = shipped_head,
                          .load = shipped_load,
                          .commit = shipped_commit,
                          .scan = shipped_scan,
                          .read = shipped_read,
                          .close = shipped_close};
    return OK;
}

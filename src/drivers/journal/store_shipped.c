#include "drivers/journal/store_shipped.h"

#include "drivers/journal/journal_chain.h"
#include "drivers/journal/ship_attempt.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONFIRM_USUAL_MS 5000
#define RETRY_USUAL_MS 1000
#define RETRY_PAUSE_MAX_MS 30000
#define RETRY_PAUSE_TIMES 20 /* as long as the failure took, which payments waited for */
#define FRAME_LEN (1U << 20) /* of catching up */
#define ROUND_RECORDS 4000   /* sent in one commit while a preferred standby catches up */

struct shipped {
    struct store inner;
    struct store_shipping how;
    struct ship_security *security; /* NULL: in clear */
    struct ship_link *link;         /* NULL: no standby */
    struct ship_attempt *attempt;   /* to reach it; NULL: none is being made */
    int64_t attempt_end_ms;         /* until when the first one is waited for */
    uint64_t sent;                  /* the standby has confirmed up to here */
    int64_t retry_at_ms;            /* when to try to connect again */
    int64_t since_ms;               /* since when the standby keeps a commit waiting */
    bool is_told;                   /* that it is away */
    bool is_fenced;                 /* it was promoted, or is another journal's */
    struct store_head at;           /* of the inner store */
    uint8_t *frame;
    size_t len;
    size_t last; /* where the last record of the frame begins */
    size_t room;
    char why[SHIP_WHY_LEN]; /* the standby is not to be had */
    pthread_mutex_t lock;
    struct ship_state state; /* under lock, for others to see; for_ms: since when */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what others see ---- */

static void tell(struct shipped *shipped, const char *what, const char *why)
{
    char room[512];
    struct text t = text_over(room, sizeof room);

    text_add(&t, shipped->how.party);
    text_add(&t, ": standby ");
    text_add(&t, shipped->how.address);
    text_add(&t, " ");
    text_add(&t, what);
    if (why[0] != 0) {
        text_add(&t, " (");
        text_add(&t, why);
        text_add(&t, ")");
    }
    if (shipped->how.note != NULL)
        shipped->how.note(shipped->how.context, text_z(&t));
}

static enum ship_stand stand_of(const struct shipped *shipped)
{
    if (shipped->is_fenced)
        return SHIP_STAND_FENCED;
    if (shipped->link == NULL)
        return SHIP_STAND_AWAY;
    return shipped->sent == shipped->at.sequence ? SHIP_STAND_LEVEL : SHIP_STAND_CATCHING_UP;
}

static void publish(struct shipped *shipped)
{
    struct ship_state *state = &shipped->state;
    enum ship_stand stand = stand_of(shipped);

    pthread_mutex_lock(&shipped->lock);
    if (state->stand != stand)
        state->for_ms = now_ms();
    state->stand = stand;
    state->behind = shipped->at.sequence - shipped->sent;
    if (stand == SHIP_STAND_LEVEL)
        state->why[0] = 0;
    else
        memcpy(state->why, shipped->why, sizeof state->why);
    pthread_mutex_unlock(&shipped->lock);
}

/* ---- losing it ---- */

static void set_why(struct shipped *shipped, const char *why)
{
    struct text t = text_over(shipped->why, sizeof shipped->why);

    text_add(&t, why);
}

/* A preferred standby that costs much time is tried less often. */
static int64_t retry_pause_ms(const struct shipped *shipped)
{
    int64_t pause = RETRY_PAUSE_TIMES * (now_ms() - shipped->since_ms);

    if (shipped->how.is_required || pause < shipped->how.retry_ms)
        return shipped->how.retry_ms;
    return pause < RETRY_PAUSE_MAX_MS ? pause : RETRY_PAUSE_MAX_MS;
}

static void tell_away(struct shipped *shipped)
{
    if (!shipped->is_told)
        tell(shipped,
             shipped->how.is_required ? "is away: nothing new is taken until it is back"
                                      : "is away: going on without it",
             shipped->why);
    shipped->is_told = true;
}

static void lose(struct shipped *shipped, const char *why)
{
    set_why(shipped, why);
    ship_close(shipped->link);
    shipped->link = NULL;
    shipped->retry_at_ms = now_ms() + retry_pause_ms(shipped);
    tell_away(shipped);
}

/* The link says more of a failure than its number. */
static void lose_link(struct shipped *shipped, enum err err)
{
    char why[SHIP_WHY_LEN];
    struct text t = text_over(why, sizeof why);

    text_add(&t, ship_fault(shipped->link)[0] != 0 ? ship_fault(shipped->link) : err_text(err));
    lose(shipped, why);
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

    if (need + SHIP_HASH_LEN > SHIP_FRAME_LEN_MAX)
        return false;
    if (need + SHIP_HASH_LEN > shipped->room) {
        uint8_t *frame = realloc(shipped->frame, 2 * need);
        if (frame == NULL)
            return false;
        shipped->frame = frame;
        shipped->room = 2 * need;
    }
    bytes_put_u32(shipped->frame + shipped->len, (uint32_t)record.len);
    memcpy(shipped->frame + shipped->len + 4, record.at, record.len);
    shipped->last = shipped->len + 4;
    shipped->len = need;
    return true;
}

/* Sends the frame and waits until the standby says that it has all up to last. No record after it
 * vouches for the last one yet: its own hash goes with it. */
static enum err frame_ship(struct shipped *shipped, uint64_t last)
{
    uint8_t *frame = shipped->frame;
    uint8_t confirmed[8];

    TRY(journal_hash(bytes_over(frame + shipped->last, shipped->len - shipped->last),
                     frame + shipped->len));
    shipped->len += SHIP_HASH_LEN;
    bytes_put_u32(shipped->frame, (uint32_t)(shipped->len - 4));
    TRY(ship_write(shipped->link, shipped->frame, shipped->len, shipped->how.confirm_ms));
    TRY(ship_read(shipped->link, confirmed, sizeof confirmed, shipped->how.confirm_ms));
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
    gathering->is_failed =
        sequence != gathering->last + 1 || !frame_add(gathering->shipped, record);
    if (gathering->is_failed)
        return false;
    gathering->last = sequence;
    gathering->count_left--;
    return true;
}

/* Sends what the standby lacks, at most so many records. */
static enum err catch_up(struct shipped *shipped, uint64_t count)
{
    struct gathering gathering = {.shipped = shipped, .last = shipped->sent, .count_left = count};
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

struct looking {
    uint64_t sequence;
    const uint8_t *hash;
    bool is_other;
};

static bool compare(void *context, uint64_t sequence, struct bytes record)
{
    struct looking *looking = context;
    uint8_t hash[JOURNAL_HASH_LEN];

    if (sequence == looking->sequence)
        looking->is_other =
            journal_hash(record, hash) != OK || memcmp(hash, looking->hash, sizeof hash) != 0;
    return false;
}

/* Whether the standby's last record is another one than ours of that number. One that we do not
 * have any more is compared there, by the chain. */
static bool is_fork(const struct shipped *shipped, const struct ship_reply *reply)
{
    struct looking looking = {.sequence = reply->sequence, .hash = reply->hash};
    const struct store *inner = &shipped->inner;

    if (reply->sequence == 0)
        return false;
    if (reply->sequence == shipped->at.sequence)
        return memcmp(reply->hash, shipped->at.hash, sizeof reply->hash) != 0;
    return inner->read(inner->self, reply->sequence, compare, &looking) == STORE_OK &&
           looking.is_other;
}

static bool is_fence(const struct shipped *shipped, const struct ship_reply *reply)
{
    return reply->answer == SHIP_PROMOTED || reply->answer == SHIP_AHEAD ||
           reply->sequence > shipped->at.sequence || is_fork(shipped, reply);
}

/* It is there; it may have to catch up. False when it is not for this store. */
static bool is_ours(struct shipped *shipped, const struct ship_reply *reply)
{
    if (is_fence(shipped, reply)) {
        shipped->is_fenced = true;
        set_why(shipped, reply->answer == SHIP_PROMOTED
                             ? "was promoted: this is a former primary and must not go on"
                             : "has another journal than this store");
        tell(shipped, shipped->why, "");
        return false;
    }
    shipped->sent = reply->sequence;
    return true;
}

static bool start_attempt(struct shipped *shipped)
{
    struct ship_call call = {.address = shipped->how.address,
                             .security = shipped->security,
                             .hello = {.head = shipped->at},
                             .wait_ms = shipped->how.confirm_ms};
    struct text t = text_over(call.hello.party, sizeof call.hello.party);

    text_add(&t, shipped->how.party);
    shipped->attempt = ship_attempt_start(&call);
    shipped->attempt_end_ms = now_ms() + shipped->how.confirm_ms;
    if (shipped->attempt == NULL)
        lose(shipped, "no thread to look for it");
    return shipped->attempt != NULL;
}

/* True when a standby is there. Who may wait does so as long as a commit waits, once: while it
 * stays away nobody waits. */
static bool connect_standby(struct shipped *shipped, bool may_wait)
{
    struct ship_outcome outcome = {0};

    if (shipped->link != NULL)
        return true;
    if (shipped->attempt == NULL && (now_ms() < shipped->retry_at_ms || !start_attempt(shipped)))
        return false;
    int64_t left = shipped->attempt_end_ms - now_ms();
    enum err err = ship_attempt_take(
        shipped->attempt, may_wait && !shipped->is_told && left > 0 ? (int)left : 0, &outcome);
    if (err == ERR_TIMEOUT) {
        if (now_ms() >= shipped->attempt_end_ms) {
            set_why(shipped, "no answer in time");
            tell_away(shipped);
        }
        return false;
    }
    shipped->attempt = NULL;
    shipped->link = outcome.link;
    if (err == OK && outcome.reply.answer != SHIP_REFUSED)
        return is_ours(shipped, &outcome.reply);
    lose(shipped, err == OK ? "it refuses: its own messages say why" : outcome.why);
    return false;
}

/* A required standby has all before anything new is taken. */
static bool is_ready(struct shipped *shipped, bool may_wait)
{
    shipped->since_ms = now_ms();
    if (!connect_standby(shipped, may_wait))
        return false;
    enum err err = catch_up(shipped, shipped->how.is_required ? UINT64_MAX : ROUND_RECORDS);
    if (err != OK) {
        lose_link(shipped, err);
        return false;
    }
    if (shipped->is_told && shipped->sent == shipped->at.sequence) {
        tell(shipped, "is back and has caught up", "");
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
    enum err err = is_whole ? frame_ship(shipped, shipped->at.sequence) : ERR_FULL;
    if (err == OK)
        return STORE_OK;
    lose_link(shipped, err);
    return shipped->how.is_required ? STORE_IN_DOUBT : STORE_OK;
}

static enum store_result commit_both(struct shipped *shipped, const struct store_batch *batch)
{
    struct store *inner = &shipped->inner;
    bool has_standby = is_ready(shipped, shipped->how.is_required);

    if (shipped->is_fenced)
        return STORE_FATAL;
    if (!has_standby && shipped->how.is_required)
        return STORE_ALONE;
    bool is_level = has_standby && shipped->sent == shipped->at.sequence;
    enum store_result result = inner->commit(inner->self, batch);
    if (result != STORE_OK)
        return result;
    inner->head(inner->self, &shipped->at);
    return is_level && batch->record_count > 0 ? ship_batch(shipped, batch) : STORE_OK;
}

static enum store_result shipped_commit(void *self, const struct store_batch *batch)
{
    enum store_result result = commit_both(self, batch);

    publish(self);
    return result;
}

/* Looks for a standby that is away, and brings one up that lacks something, when nobody pays. */
static enum store_result shipped_tend(void *self, struct store_tidings *out)
{
    struct shipped *shipped = self;

    *out = (struct store_tidings){0};
    shipped->since_ms = now_ms();
    if (shipped->link != NULL && !ship_is_silent(shipped->link))
        lose_link(shipped, ERR_CLOSED);
    (void)is_ready(shipped, false);
    publish(shipped);
    return shipped->is_fenced ? STORE_FATAL : STORE_OK;
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

/* What the standby lacks stays: it could not be sent any more. */
static enum store_result shipped_cut(void *self, const struct store_cut *cut, bool *left)
{
    struct shipped *shipped = self;
    struct store *inner = &shipped->inner;

    *left = false;
    if (shipped->is_fenced)
        return STORE_FATAL;
    if (shipped->link == NULL || shipped->sent < cut->to.sequence)
        return STORE_ALONE;
    enum store_result result = inner->cut(inner->self, cut, left);
    inner->head(inner->self, &shipped->at);
    return result;
}

static void shipped_close(void *self)
{
    struct shipped *shipped = self;

    ship_attempt_drop(shipped->attempt);
    ship_close(shipped->link);
    ship_security_close(shipped->security);
    shipped->inner.close(shipped->inner.self);
    pthread_mutex_destroy(&shipped->lock);
    free(shipped->frame);
    free(shipped);
}

bool store_shipped_state(const struct store *store, struct ship_state *out)
{
    struct shipped *shipped = store->self;

    if (store->commit != shipped_commit)
        return false;
    pthread_mutex_lock(&shipped->lock);
    *out = shipped->state;
    pthread_mutex_unlock(&shipped->lock);
    out->for_ms = now_ms() - out->for_ms;
    return true;
}

/* ---- opening ---- */

static enum err secure(struct shipped *shipped, struct text *why)
{
    if (shipped->how.tls != NULL)
        return ship_security_open(shipped->how.tls, false, &shipped->security, why);
    if (ship_is_local(shipped->how.address))
        return OK;
    text_add(why, shipped->how.address);
    text_add(why, ": in clear only to a standby on this machine (127.0.0.1 or [::1])");
    return ERR_CONFIG;
}

static enum err begin(struct shipped *shipped, struct text *why)
{
    bool is_required = shipped->how.is_required;

    TRY(secure(shipped, why));
    bool has_standby = is_ready(shipped, true);
    publish(shipped);
    if (!shipped->is_fenced && (has_standby || !is_required))
        return OK;
    text_add(why, shipped->how.address);
    text_add(why, shipped->is_fenced ? ": the standby " : ": the standby is required: ");
    text_add(why, shipped->why);
    return shipped->is_fenced ? ERR_NOT_ALLOWED : ERR_TIMEOUT;
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
    if (how->confirm_ms == 0)
        shipped->how.confirm_ms = CONFIRM_USUAL_MS;
    if (how->retry_ms == 0)
        shipped->how.retry_ms = RETRY_USUAL_MS;
    pthread_mutex_init(&shipped->lock, NULL);
    shipped->state = (struct ship_state){
        .stand = SHIP_STAND_AWAY, .is_required = how->is_required, .for_ms = now_ms()};
    inner->head(inner->self, &shipped->at);
    enum err err = begin(shipped, why);
    if (err != OK) {
        shipped_close(shipped);
        return err;
    }
    *out = (struct store){.self = shipped,
                          .head = shipped_head,
                          .load = shipped_load,
                          .commit = shipped_commit,
                          .scan = shipped_scan,
                          .read = shipped_read,
                          .cut = shipped_cut,
                          .tend = shipped_tend,
                          .close = shipped_close};
    return OK;
}

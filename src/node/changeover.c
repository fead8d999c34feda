#include "node/changeover.h"

#include "base/assert.h"
#include "base/prng.h"

#define CLOSED_FIRST_MS 1 /* the other way is tried when what was lost is gone */

static const struct moment never = {CHANGEOVER_NEVER_NS};

static bool is_due(struct moment due, struct moment now)
{
    return due.ns <= now.ns;
}

static struct moment earlier(struct moment a, struct moment b)
{
    return a.ns < b.ns ? a : b;
}

static struct moment later(struct moment a, struct moment b)
{
    return a.ns > b.ns ? a : b;
}

/* What waits for nothing is never over. */
static struct moment after(struct moment since, uint32_t wait_ms)
{
    return since.ns == CHANGEOVER_NEVER_NS ? never : moment_add_ms(since, wait_ms);
}

static struct changeover_end end_of(enum changeover_state state, uint8_t way, struct moment now)
{
    return (struct changeover_end){
        .state = state, .way = way, .since = now, .asked = never, .tested = never};
}

void changeover_init(struct changeover *changeover, const struct changeover_rules *rules,
                     struct moment now)
{
    assert(rules->way_count >= 1);
    assert(rules->way_count <= 2);
    *changeover = (struct changeover){.rules = *rules,
                                      .pause_end = now,
                                      .trial_next = now,
                                      .turned = now,
                                      .pause_ms = rules->retry_first_ms};
    for (int side = 0; side < CHANGEOVER_SIDES; side++)
        changeover->ends[side] = end_of(CHANGEOVER_NONE, 0, now);
}

bool changeover_is_up(const struct changeover *changeover)
{
    return changeover->ends[CHANGEOVER_LINK].state == CHANGEOVER_READY;
}

/* ---- when what is due ---- */

/* The link is suspect from then on. */
static struct moment suspect_at(const struct changeover *changeover)
{
    const struct changeover_rules *rules = &changeover->rules;
    const struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];

    if (rules->silence_ms == 0 || link->state != CHANGEOVER_READY)
        return never;
    return rules->has_test ? after(link->tested, rules->silence_ms / 2)
                           : after(link->asked, rules->silence_ms);
}

static struct moment test_due(const struct changeover *changeover)
{
    const struct changeover_rules *rules = &changeover->rules;
    const struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];
    bool may = rules->has_test && rules->silence_ms != 0 && link->state == CHANGEOVER_READY &&
               link->tested.ns == CHANGEOVER_NEVER_NS;

    return may ? after(link->asked, rules->silence_ms / 2) : never;
}

/* The link is tried, or has been tried for too long. */
static struct moment link_due(const struct changeover *changeover)
{
    const struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];

    if (link->state == CHANGEOVER_NONE)
        return changeover->pause_end;
    return link->state == CHANGEOVER_CONNECTING
               ? after(link->since, changeover->rules.connect_wait_ms)
               : never;
}

static bool is_going_home(const struct changeover *changeover)
{
    const struct changeover_end *trial = &changeover->ends[CHANGEOVER_TRIAL];

    return changeover->ends[CHANGEOVER_LINK].way == 1 &&
           (trial->state == CHANGEOVER_NONE || trial->way == 0);
}

static struct moment trial_due(const struct changeover *changeover)
{
    struct moment wanted =
        is_going_home(changeover) ? changeover->trial_next : suspect_at(changeover);

    return changeover_is_up(changeover) ? later(wanted, changeover->trial_next) : never;
}

static bool is_proven(const struct changeover *changeover)
{
    const struct changeover_end *trial = &changeover->ends[CHANGEOVER_TRIAL];

    return trial->state == CHANGEOVER_READY && (!changeover->rules.has_test || trial->is_heard);
}

static struct moment promotion_due(const struct changeover *changeover)
{
    const struct changeover_end *trial = &changeover->ends[CHANGEOVER_TRIAL];
    struct moment home =
        is_going_home(changeover) ? after(trial->since, changeover->rules.hold_ms) : never;

    return is_proven(changeover) ? earlier(home, suspect_at(changeover)) : never;
}

/* A trial that has proved nothing is given up. */
static struct moment trial_end_due(const struct changeover *changeover)
{
    const struct changeover_rules *rules = &changeover->rules;
    const struct changeover_end *trial = &changeover->ends[CHANGEOVER_TRIAL];
    uint32_t patience_ms = rules->connect_wait_ms;

    if (trial->state == CHANGEOVER_READY && rules->silence_ms > patience_ms)
        patience_ms = rules->silence_ms;
    return is_proven(changeover) ? never : after(trial->since, patience_ms);
}

struct moment changeover_wake(const struct changeover *changeover)
{
    struct moment link = earlier(link_due(changeover), test_due(changeover));
    struct moment trial = changeover->ends[CHANGEOVER_TRIAL].state == CHANGEOVER_NONE
                              ? trial_due(changeover)
                              : earlier(promotion_due(changeover), trial_end_due(changeover));

    return earlier(link, trial);
}

/* ---- orders ---- */

static void promote(struct changeover *changeover, struct moment now)
{
    struct changeover_end *trial = &changeover->ends[CHANGEOVER_TRIAL];

    changeover->ends[CHANGEOVER_LINK] = *trial;
    changeover->ends[CHANGEOVER_LINK].since = now;
    changeover->turned = now;
    *trial = end_of(CHANGEOVER_NONE, 0, now);
    changeover->trial_next = after(now, changeover->rules.retry_max_ms);
}

static bool link_next(struct changeover *changeover, struct moment now,
                      struct changeover_order *out)
{
    struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];

    *out = (struct changeover_order){.side = CHANGEOVER_LINK, .way = link->way};
    if (is_due(link_due(changeover), now)) {
        out->act = link->state == CHANGEOVER_NONE ? CHANGEOVER_CONNECT : CHANGEOVER_CLOSE;
        if (out->act == CHANGEOVER_CONNECT)
            *link = end_of(CHANGEOVER_CONNECTING, link->way, now);
        return true;
    }
    if (!is_due(test_due(changeover), now))
        return false;
    out->act = CHANGEOVER_TEST;
    link->tested = now;
    return true;
}

static bool begin_next(struct changeover *changeover, struct moment now,
                       struct changeover_order *out)
{
    const struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];
    uint8_t way = changeover->rules.way_count > 1 && link->way == 0 ? 1 : 0;

    if (!is_due(trial_due(changeover), now))
        return false;
    changeover->ends[CHANGEOVER_TRIAL] = end_of(CHANGEOVER_CONNECTING, way, now);
    *out = (struct changeover_order){CHANGEOVER_CONNECT, CHANGEOVER_TRIAL, way};
    return true;
}

static bool judge_next(struct changeover *changeover, struct moment now,
                       struct changeover_order *out)
{
    struct changeover_end *trial = &changeover->ends[CHANGEOVER_TRIAL];
    bool is_wanted = is_going_home(changeover) || changeover_is_suspect(changeover, now);

    *out = (struct changeover_order){.side = CHANGEOVER_TRIAL, .way = trial->way};
    if (!is_wanted || is_due(trial_end_due(changeover), now)) {
        out->act = CHANGEOVER_CLOSE;
        return true;
    }
    if (is_due(promotion_due(changeover), now)) {
        out->act = CHANGEOVER_PROMOTE;
        promote(changeover, now);
        return true;
    }
    if (!changeover->rules.has_test || trial->state != CHANGEOVER_READY || trial->is_heard ||
        trial->tested.ns != CHANGEOVER_NEVER_NS)
        return false;
    out->act = CHANGEOVER_TEST;
    trial->tested = now;
    return true;
}

/* The link is gone, and the trial is there: better than nothing, proven or not. */
static bool inherit_next(struct changeover *changeover, struct moment now,
                         struct changeover_order *out)
{
    const struct changeover_end *trial = &changeover->ends[CHANGEOVER_TRIAL];

    if (changeover->ends[CHANGEOVER_LINK].state != CHANGEOVER_NONE ||
        trial->state != CHANGEOVER_READY)
        return false;
    *out = (struct changeover_order){CHANGEOVER_PROMOTE, CHANGEOVER_TRIAL, trial->way};
    promote(changeover, now);
    return true;
}

bool changeover_next(struct changeover *changeover, struct moment now, struct changeover_order *out)
{
    bool has_trial = changeover->ends[CHANGEOVER_TRIAL].state != CHANGEOVER_NONE;

    if (inherit_next(changeover, now, out))
        return true;
    if (has_trial && judge_next(changeover, now, out))
        return true;
    if (!has_trial && begin_next(changeover, now, out))
        return true;
    return link_next(changeover, now, out);
}

/* ---- what happens ---- */

void changeover_connected(struct changeover *changeover, enum changeover_side side,
                          struct moment now)
{
    struct changeover_end *end = &changeover->ends[side];

    assert(end->state == CHANGEOVER_CONNECTING);
    *end = end_of(CHANGEOVER_READY, end->way, now);
    if (side == CHANGEOVER_LINK)
        changeover->turned = now;
}

/* A link that held is forgiven its end: the first try after it comes soon. */
static void forgive(struct changeover *changeover, struct moment now)
{
    const struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];

    if (link->state != CHANGEOVER_READY ||
        !is_due(after(link->since, changeover->rules.retry_max_ms), now))
        return;
    changeover->pause_ms = changeover->rules.retry_first_ms;
    changeover->misses = 0;
}

static void begin_pause(struct changeover *changeover, struct moment now, uint64_t chance)
{
    const struct changeover_rules *rules = &changeover->rules;
    struct prng prng;

    if (changeover->misses < rules->way_count) { /* the other way, at once */
        changeover->pause_end = after(now, CLOSED_FIRST_MS);
        return;
    }
    prng_seed(&prng, chance);
    uint32_t half = changeover->pause_ms / 2;
    changeover->pause_end = after(now, half + (uint32_t)prng_below(&prng, half + 1));
    changeover->pause_ms = changeover->pause_ms > rules->retry_max_ms / 2
                               ? rules->retry_max_ms
                               : 2 * changeover->pause_ms;
}

static void link_lost(struct changeover *changeover, struct moment now, uint64_t chance)
{
    struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];

    forgive(changeover, now);
    if (link->state == CHANGEOVER_READY)
        changeover->turned = now;
    *link = end_of(CHANGEOVER_NONE, link->way, now);
    if (changeover->ends[CHANGEOVER_TRIAL].state == CHANGEOVER_READY)
        return;
    if (changeover->misses < UINT32_MAX)
        changeover->misses++;
    if (changeover->rules.way_count > 1)
        link->way = link->way == 0 ? 1 : 0;
    begin_pause(changeover, now, chance);
}

void changeover_lost(struct changeover *changeover, enum changeover_side side, struct moment now,
                     uint64_t chance)
{
    assert(changeover->ends[side].state != CHANGEOVER_NONE);
    if (side == CHANGEOVER_LINK) {
        link_lost(changeover, now, chance);
        return;
    }
    changeover->ends[CHANGEOVER_TRIAL] = end_of(CHANGEOVER_NONE, 0, now);
    changeover->trial_next = after(now, changeover->rules.retry_max_ms);
}

bool changeover_asked(struct changeover *changeover, struct moment now)
{
    struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];

    if (link->asked.ns != CHANGEOVER_NEVER_NS)
        return false;
    link->asked = now;
    return true;
}

void changeover_heard(struct changeover *changeover, enum changeover_side side)
{
    struct changeover_end *end = &changeover->ends[side];

    end->asked = never;
    end->tested = never;
    end->is_heard = true;
}

/* ---- what is so ---- */

bool changeover_is_suspect(const struct changeover *changeover, struct moment now)
{
    return is_due(suspect_at(changeover), now);
}

enum line_way changeover_way(const struct changeover *changeover, struct moment now)
{
    if (!changeover_is_up(changeover) || changeover_is_suspect(changeover, now))
        return WAY_NONE;
    return changeover->ends[CHANGEOVER_LINK].way == 0 ? WAY_PRIMARY : WAY_BACKUP;
}

/* One that is suspect has been down since what it owes an answer to. */
struct moment changeover_since(const struct changeover *changeover, struct moment now)
{
    const struct changeover_end *link = &changeover->ends[CHANGEOVER_LINK];

    if (!changeover_is_suspect(changeover, now))
        return changeover->turned;
    return changeover->rules.has_test ? link->tested : link->asked;
}

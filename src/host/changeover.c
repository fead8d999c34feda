/*
 * From one way of a kept link to another while it is up: when requests stay unanswered, and back
 * to the primary when that holds. A second connection, the trial, is made beside the link and takes
 * its place only when it has proven to work, so a change for the worse is never made.
 *
 *     no trial --silent, or on the backup: begin--> connecting --> ready --heard, held: promote--+
 *        ^                                              |              |                         |
 *        +---- refused, too slow, no answer, or the reason is gone ----+      the link parts <---+
 *
 * A link that parts is written to no more, but read: answers may still come over it.
 */
#include "base/assert.h"
#include "host/clock.h"
#include "host/link_state.h"

static bool is_past(struct moment since, uint32_t wait_ms, struct moment now)
{
    return now.ns - since.ns > (int64_t)wait_ms * 1000000;
}

/* It has been waited for since then, and for so long. */
static bool is_awaited(struct moment since, uint32_t wait_ms, struct moment now)
{
    return since.ns != 0 && is_past(since, wait_ms, now);
}

bool keeper_is_suspect(const struct keeper *keeper, struct moment now)
{
    const struct link *link = keeper->link;

    if (keeper->silence_ms == 0 || !keeper->is_up)
        return false;
    return keeper->test_len > 0 ? is_awaited(link->tested_since, keeper->silence_ms / 2, now)
                                : is_awaited(link->asked_since, keeper->silence_ms, now);
}

/* ---- tests ---- */

static void send_test(struct keeper *keeper, struct link *link)
{
    if (keeper->test_len == 0)
        return;
    link->tested_since = clock_now();
    link->tests_out++;
    link_put(link, bytes_over(keeper->test, keeper->test_len));
}

static void test_if_silent(struct keeper *keeper, struct moment now)
{
    struct link *link = keeper->link;

    if (keeper->silence_ms != 0 && link->tested_since.ns == 0 &&
        is_awaited(link->asked_since, keeper->silence_ms / 2, now))
        send_test(keeper, link);
}

/* ---- trials ---- */

void keeper_trial_ready(struct keeper *keeper)
{
    keeper->trial_since = clock_now();
    send_test(keeper, keeper->trial);
}

void keeper_trial_ended(struct keeper *keeper)
{
    keeper->trial = NULL;
    keeper->trial_next = moment_add_ms(clock_now(), keeper->links->setup.retry_max_ms);
}

static void part_with(struct keeper *keeper)
{
    struct link *link = keeper->link;

    link->keeper = NULL;
    link->parting_end = moment_add_ms(clock_now(), keeper->answer_wait_ms);
    if (!keeper->is_up)
        link_close(link);
}

void keeper_promote(struct keeper *keeper)
{
    assert(keeper->trial != NULL);
    assert(keeper->trial->is_ready);
    uv_timer_stop(&keeper->timer);
    if (keeper->link != NULL)
        part_with(keeper);
    keeper->links->counters.changed += keeper->way != keeper->trial_way;
    keeper->turned = clock_now();
    keeper->link = keeper->trial;
    keeper->way = keeper->trial_way;
    keeper->is_up = true;
    keeper->up_since = clock_now();
    keeper_trial_ended(keeper);
    keeper_tell(keeper);
}

static bool is_going_home(const struct keeper *keeper)
{
    return keeper->way == 1 && (keeper->trial == NULL || keeper->trial_way == 0);
}

static void begin(struct keeper *keeper, bool is_suspect, struct moment now)
{
    if (now.ns < keeper->trial_next.ns || !(is_suspect || is_going_home(keeper)))
        return;
    keeper->trial_way = keeper->way_count > 1 && keeper->way == 0 ? 1 : 0;
    keeper->trial_since = now;
    if (!keeper_connect(keeper, &keeper->trial, keeper->trial_way))
        keeper_trial_ended(keeper);
}

static void judge(struct keeper *keeper, bool is_suspect, struct moment now)
{
    const struct links_setup *setup = &keeper->links->setup;
    struct link *trial = keeper->trial;
    bool is_proven = trial->is_ready && (keeper->test_len == 0 || trial->is_heard);
    uint32_t patience_ms = setup->connect_wait_ms;

    if (trial->is_ready && keeper->silence_ms > patience_ms)
        patience_ms = keeper->silence_ms;
    if (!is_suspect && !is_going_home(keeper))
        link_close(trial);
    else if (is_proven && (is_suspect || is_past(keeper->trial_since, setup->hold_ms, now)))
        keeper_promote(keeper);
    else if (!is_proven && is_past(keeper->trial_since, patience_ms, now))
        link_close(trial);
}

static void watch(struct keeper *keeper, struct moment now)
{
    bool is_suspect = keeper_is_suspect(keeper, now);

    if (keeper->trial != NULL)
        judge(keeper, is_suspect, now);
    else if (keeper->is_up)
        begin(keeper, is_suspect, now);
    if (keeper->is_up)
        test_if_silent(keeper, now);
}

void keepers_watch(struct links *links, struct moment now)
{
    for (struct keeper *keeper = links->keepers; keeper != NULL && !links->is_quiet;
         keeper = keeper->next)
        watch(keeper, now);
}

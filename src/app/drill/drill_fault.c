#include "app/drill/drill.h"

#include "host/clock.h"

#include <signal.h>

/* How long things last, drawn evenly up to these. */
#define PAUSE_MS_MAX 1200 /* between two faults */
#define DOWN_MS_MAX 1500
#define STOP_MS_MAX 5000
#define LINK_MS_MAX 3500
#define SLOW_MS_MAX 1200

static const char *const link_names[DRILL_LINKS] = {
    [DRILL_ZONE_1] = "link to issuer-20000001",
    [DRILL_ZONE_2] = "link to issuer-20000002",
    [DRILL_LINE] = "link to the terminals",
    [DRILL_LINE_2] = "link to the terminals, node 2",
};

static struct moment soon(struct drill *drill, uint32_t ms_max)
{
    return moment_add_ms(clock_now(), 50 + (int64_t)prng_below(&drill->chance, ms_max));
}

static bool is_due(struct moment at)
{
    return at.ns != 0 && clock_now().ns >= at.ns;
}

/* ---- processes ---- */

static void kill_one(struct drill *drill, enum drill_member member)
{
    struct drill_process *process = &drill->processes[member];

    if (process->pid == 0)
        return;
    drill_end(drill, member, SIGKILL);
    process->next = soon(drill, DOWN_MS_MAX);
    drill_tell(drill, drill_member_name(member), "killed with -9", process->next);
    drill->faults.kills++;
}

static void stop_one(struct drill *drill, enum drill_member member)
{
    struct drill_process *process = &drill->processes[member];

    if (process->pid == 0 || process->is_stopped || kill(process->pid, SIGSTOP) != 0)
        return;
    process->is_stopped = true;
    process->next = soon(drill, STOP_MS_MAX);
    drill_tell(drill, drill_member_name(member), "stopped", process->next);
    drill->faults.stops++;
}

static void go_on(struct drill_process *process)
{
    if (process->pid != 0 && process->is_stopped)
        kill(process->pid, SIGCONT);
    process->is_stopped = false;
}

static void take_up(struct drill *drill, enum drill_member member)
{
    struct drill_process *process = &drill->processes[member];
    char room[512] = "";
    struct text error = text_over(room, sizeof room);

    process->next = (struct moment){0};
    if (process->pid != 0)
        go_on(process);
    else if (drill_start(drill, member, &error) != OK)
        fprintf(stderr, "acquit drill: %s: %s\n", drill_member_name(member), room);
}

/* ---- the database ---- */

static void kill_database(struct drill *drill)
{
    if (drill->server.pid == 0)
        return;
    postgres_server_kill(&drill->server);
    drill->database = (struct drill_process){.next = soon(drill, DOWN_MS_MAX)};
    drill_tell(drill, "PostgreSQL", "killed with -9", drill->database.next);
    drill->faults.database_kills++;
}

static void stop_database(struct drill *drill)
{
    if (drill->server.pid == 0 || drill->database.is_stopped)
        return;
    postgres_server_freeze(&drill->server);
    drill->database = (struct drill_process){.is_stopped = true, .next = soon(drill, STOP_MS_MAX)};
    drill_tell(drill, "PostgreSQL", "stopped", drill->database.next);
    drill->faults.database_stops++;
}

static void take_up_database(struct drill *drill)
{
    bool is_up = drill->server.pid != 0;

    if (is_up && drill->database.is_stopped)
        postgres_server_thaw(&drill->server);
    drill->database = (struct drill_process){0};
    if (!is_up && !postgres_server_start(&drill->server))
        drill->database.next = soon(drill, DOWN_MS_MAX); /* and once more */
}

/* ---- links ---- */

static void disturb_link(struct drill *drill, enum drill_link link, enum relay_mode mode,
                         uint64_t *counter)
{
    static const char *const words[] = {
        [RELAY_CUT] = "cut", [RELAY_STALL] = "held up", [RELAY_SLOW] = "slowed"};

    if (drill->mended[link].ns != 0)
        return;
    relay_set(drill->relay, drill->lines[link], mode,
              20 + (uint32_t)prng_below(&drill->chance, SLOW_MS_MAX));
    drill->mended[link] = soon(drill, LINK_MS_MAX);
    drill_tell(drill, link_names[link], words[mode], drill->mended[link]);
    (*counter)++;
}

static void mend_link(struct drill *drill, enum drill_link link)
{
    relay_set(drill->relay, drill->lines[link], RELAY_PASS, 0);
    drill->mended[link] = (struct moment){0};
}

/* ---- chance ---- */

static bool strike_database(struct drill *drill)
{
    bool is_struck = drill->has_server && prng_chance(&drill->chance, 150);

    if (is_struck && prng_chance(&drill->chance, 500))
        kill_database(drill);
    else if (is_struck)
        stop_database(drill);
    return is_struck;
}

/* What the second node would meet, the only one does. */
static enum drill_member member_of(const struct drill *drill, uint64_t drawn)
{
    enum drill_member member = (enum drill_member)drawn;

    return drill_has(drill, member) ? member : DRILL_SWITCH;
}

static enum drill_link link_of(const struct drill *drill, uint64_t drawn)
{
    enum drill_link link = (enum drill_link)drawn;

    return link == DRILL_LINE_2 && drill->options.nodes == 1 ? DRILL_LINE : link;
}

static void strike(struct drill *drill)
{
    uint64_t kind = prng_below(&drill->chance, 100);
    enum drill_member member = member_of(drill, prng_below(&drill->chance, DRILL_MEMBERS));
    enum drill_link link = link_of(drill, prng_below(&drill->chance, DRILL_LINKS));

    if (strike_database(drill))
        return;
    if (kind < 28)
        kill_one(drill, member);
    else if (kind < 32)
        for (int i = 0; i < DRILL_MEMBERS; i++) /* the power goes */
            kill_one(drill, (enum drill_member)i);
    else if (kind < 55)
        stop_one(drill, member);
    else if (kind < 73)
        disturb_link(drill, link, RELAY_CUT, &drill->faults.cuts);
    else if (kind < 85)
        disturb_link(drill, link, RELAY_STALL, &drill->faults.stalls);
    else
        disturb_link(drill, link, RELAY_SLOW, &drill->faults.slows);
}

void drill_disturb(struct drill *drill)
{
    drill_reap(drill);
    if (is_due(drill->database.next))
        take_up_database(drill);
    for (int i = 0; i < DRILL_MEMBERS; i++)
        if (is_due(drill->processes[i].next))
            take_up(drill, (enum drill_member)i);
    for (int i = 0; i < DRILL_LINKS; i++)
        if (is_due(drill->mended[i]))
            mend_link(drill, (enum drill_link)i);
    if (drill->is_healing || clock_now().ns < drill->fault_next.ns)
        return;
    strike(drill);
    drill->fault_next = soon(drill, PAUSE_MS_MAX);
}

void drill_heal(struct drill *drill)
{
    drill->is_healing = true;
    for (int i = 0; i < DRILL_LINKS; i++)
        mend_link(drill, (enum drill_link)i);
    if (drill->has_server)
        take_up_database(drill);
    for (int i = 0; i < DRILL_MEMBERS; i++) {
        struct drill_process *process = &drill->processes[i];
        go_on(process);
        if (process->pid == 0 && drill_has(drill, (enum drill_member)i))
            process->next = clock_now();
    }
}

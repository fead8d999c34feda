/*
 * The inside of acquit drill: a world of real processes that is disturbed while it is used.
 * drill.c plays it, drill_world.c has the processes and the links between them, drill_fault.c what
 * goes wrong, drill_report.c what all parties know at the end.
 *
 *     load (terminals) --relay-- switch, one node or two --relay-- issuer, issuer
 */
#ifndef APP_DRILL_H
#define APP_DRILL_H

#include "app/drill/postgres_server.h"
#include "app/drill/relay.h"
#include "app/world/config.h"
#include "base/instant.h"
#include "base/prng.h"

#include <stdio.h>
#include <sys/types.h>

#define DRILL_ISSUERS 2
#define DRILL_PATH_LEN 300

enum drill_member {
    DRILL_ISSUER_1,
    DRILL_ISSUER_2,
    DRILL_SWITCH,
    DRILL_SWITCH_2, /* only with two nodes */
    DRILL_LOAD,
    DRILL_MEMBERS
};
enum drill_link { DRILL_ZONE_1, DRILL_ZONE_2, DRILL_LINE, DRILL_LINE_2, DRILL_LINKS };

struct drill_options {
    double minutes;
    const char *data; /* NULL: a temporary folder, gone when all is well */
    enum config_store store;
    const char *postgres; /* conninfo; NULL: a server of the drill's own, disturbed as well */
    uint64_t seed;
    uint32_t terminals;
    uint32_t rate;
    uint32_t nodes; /* of the switch, on one PostgreSQL: 1 or 2 */
    bool as_json;
};

/* A process of the world. */
struct drill_process {
    pid_t pid;          /* 0: it does not run */
    bool is_stopped;    /* by us, with SIGSTOP */
    struct moment next; /* it is started, or goes on, then; ns 0: nothing is due */
};

struct drill_faults {
    uint64_t kills;
    uint64_t stops;
    uint64_t database_kills;
    uint64_t database_stops;
    uint64_t cuts;
    uint64_t stalls;
    uint64_t slows;
};

struct drill {
    struct drill_options options;
    char data[DRILL_PATH_LEN];
    char export[DRILL_PATH_LEN];
    bool is_temporary;
    struct prng chance;
    struct relay *relay;
    struct drill_process processes[DRILL_MEMBERS];
    bool has_server;               /* its own */
    struct postgres_server server; /* pid 0: it does not run */
    struct drill_process database; /* pid is not used */
    uint16_t ports[DRILL_LINKS];   /* of the servers: issuers, switch */
    uint16_t doors[DRILL_LINKS];   /* of the relay before each */
    size_t lines[DRILL_LINKS];
    struct moment mended[DRILL_LINKS]; /* when a disturbed link is whole again; ns 0: it is */
    struct moment fault_next;
    struct moment end; /* of disturbing */
    bool is_healing;
    struct drill_faults faults;
    uint64_t restarts;    /* of processes that ended by themselves */
    uint64_t loads;       /* that were started; each has a seed of its own */
    uint64_t sold_before; /* payments of loads that have ended */
    off_t load_from;      /* where in its output the present one began */
    FILE *talk;           /* where people read; standard error with --json */
    bool has_progress;    /* a line there that is written over */
    FILE *log;            /* DATA/drill.log: what was done to whom, and when */
};

/* ---- drill_world.c ---- */

/* Makes the folder, its files and the relay. On failure *error says why. */
MUST_USE enum err drill_world_make(struct drill *drill, struct text *error);

/* Starts a party, or the load for what is left of the time. */
MUST_USE enum err drill_start(struct drill *drill, enum drill_member member, struct text *error);

/* Waits until each host says that it is ready; false when one is not within a minute or ended. */
bool drill_wait_ready(struct drill *drill);

/* Notices processes that have ended by themselves; the hosts among them are due again at once. */
void drill_reap(struct drill *drill);

/* Ends a process by its number and waits for it; none when it does not run. */
void drill_end(struct drill *drill, enum drill_member member, int signal);

/* The loads' payments so far, told by their own progress. */
uint64_t drill_sold(const struct drill *drill);

/* What the hosts still work on; -1 when one does not answer. */
int64_t drill_pending(const struct drill *drill);

/* Ends everything; the folder goes too when it is temporary and keep is false. */
void drill_world_end(struct drill *drill, bool keep);

/* Whether there is such a process in this drill. */
bool drill_has(const struct drill *drill, enum drill_member member);

const char *drill_member_name(enum drill_member member); /* "issuer-20000001" */

/* Says and logs what is done to whom; until: how long it lasts, ns 0: nobody knows. */
void drill_tell(const struct drill *drill, const char *who, const char *what, struct moment until);

/* ---- drill_fault.c ---- */

/* Does what is due: mends, starts again, disturbs. */
void drill_disturb(struct drill *drill);

/* Everything runs and passes from now on. */
void drill_heal(struct drill *drill);

/* ---- drill_report.c ---- */

/* Reads the export, judges and prints; EXIT_DONE when nothing is lost, doubled or in doubt.
 * is_settled: load and hosts came to rest in time. */
int drill_report(struct drill *drill, bool is_settled, double took_s);

#endif

/*
 * One seed's world while it runs: the stations (parties with their disks), the wires between them,
 * the tills with their customers, virtual time, and all that is written down of it.
 *
 * Everything happens in one thread, in the order of the agenda, by chances drawn from one seeded
 * generator; nothing depends on clocks or addresses.
 */
#ifndef SIM_UNIVERSE_H
#define SIM_UNIVERSE_H

#include "sim/agenda.h"
#include "sim/chronicle.h"
#include "sim/doubts.h"
#include "sim/knobs.h"
#include "sim/lines.h"
#include "sim/oracle/oracle_facts.h"
#include "sim/scenario/script.h"
#include "sim/oracle/secrets.h"
#include "sim/sim.h"
#include "sim/station.h"
#include "sim/people/shopper.h"
#include "sim/people/town.h"
#include "sim/disk/vault.h"
#include "sim/wire_line.h"

#define UNIVERSE_SHOPS 2     /* terminal engines */
#define UNIVERSE_TERMINALS 4 /* spread over them */
#define UNIVERSE_CARDS 30
#define UNIVERSE_SWITCH UNIVERSE_SHOPS /* index of the switch among the stations */
#define UNIVERSE_SECOND                                                                            \
    (UNIVERSE_SHOPS + 1 + VAULT_ISSUERS) /* of its other node, if it has one                       \
                                          */
#define UNIVERSE_STATIONS (UNIVERSE_SECOND + 1)
#define UNIVERSE_LINES (UNIVERSE_TERMINALS + 2 * VAULT_ISSUERS)
#define UNIVERSE_WIRES (UNIVERSE_LINES * LINE_WIRES) /* a wire each, or with backups */
_Static_assert(UNIVERSE_STATIONS <= VAULT_ENGINES, "the engine of each station can be kept");

/* When a request left the switch by its own clock, and how old it was by the issuer's when it
 * came, at the least. The newest of each place are kept. */
#define REQUEST_AGES 256

struct request_age {
    struct identity identity;
    int64_t sent_us;
    int64_t youngest_us;
};

_Static_assert(UNIVERSE_TERMINALS == SIM_TILLS, "tills");

struct universe {
    const struct sim_options *options;
    const struct script *script; /* NULL: all is drawn from the seed */
    uint32_t acting;             /* the station whose engine moves */
    uint64_t seed;
    struct knobs knobs;
    enum drive_kind drives; /* of all stations */
    struct town town;
    bool is_healing;
    bool is_setting_up; /* nothing goes wrong while a station gets its rows */
    struct prng chance;
    struct agenda agenda;
    struct chronicle chronicle;
    struct tally tally;
    struct moment now;      /* virtual, from 0 */
    struct moment healed;   /* when */
    struct moment attested; /* when persons look next: attestor.h */
    struct moment dawn;     /* when the shops open again; past: they are open */
    bool is_zone_resting;   /* the banks close their lines until dawn */
    struct doubts doubts;
    struct request_age ages[REQUEST_AGES];
    struct instant wall_start; /* what the right clock said then */
    struct lab_world world;
    struct vault *vault;
    uint32_t station_count;                     /* that there are */
    struct station stations[UNIVERSE_STATIONS]; /* shops, switch, issuers, its other node */
    bool has_nodes;                             /* the switch has two nodes; lines have backups */
    struct store_shared *switch_rows;           /* then: what they share */
    uint32_t wire_count;                        /* that there are */
    struct wire_line wires[UNIVERSE_WIRES];     /* of the terminals, then of the issuers; backups */
    bool has_backups;                           /* each line goes by two ways */
    uint32_t line_count;                        /* of either kind */
    struct line lines[UNIVERSE_LINES];          /* then: as the wires */
    struct shopper tills[UNIVERSE_TERMINALS];
    struct replayer replayer;
    struct facts replaced;  /* what terminals knew that were replaced since */
    struct counter counter; /* tickets given out at the tills */
    struct secrets secrets; /* what must never be stored */
    char finding_room[SIM_FINDING_LEN];
    struct text finding; /* empty: nothing wrong so far */
};

/* The world that all seeds play in. */
struct lab_spec universe_spec(void);

/* Runs one seed to its end: phase one, phase two, oracles. What is wrong stands in finding. To be
 * closed with universe_close, whatever it returns. */
MUST_USE enum err universe_run(struct universe *universe, struct vault *vault,
                               const struct sim_options *options, uint64_t seed);
void universe_close(struct universe *universe);

/* The parts of it, for a script. Opens an empty one, whose world and wall_start are then set;
 * builds what the world describes; starts all; lets time go by until end or a finding. */
void universe_open(struct universe *universe, struct vault *vault,
                   const struct sim_options *options, uint64_t seed);
MUST_USE enum err universe_build(struct universe *universe);
MUST_USE enum err universe_start(struct universe *universe);
MUST_USE enum err universe_run_until(struct universe *universe, struct moment end);

struct station *universe_issuer(struct universe *universe, uint32_t issuer);
/* The station whose engine serves a terminal. */
struct station *universe_shop(struct universe *universe, uint32_t terminal);

bool universe_may_strike(struct universe *universe, enum sim_fault fault);

/* A fault of this kind happens now? Counts it when it does. Most kinds are wholly off in a seed. */
static inline bool universe_strikes(struct universe *universe, enum sim_fault fault)
{
    bool is_off = universe->knobs.per_mille[fault] == 0 && !universe->script;
    return !is_off && universe_may_strike(universe, fault);
}

/* A number under below, for what a fault leaves open. */
uint64_t universe_draw(struct universe *universe, uint64_t below);

/* Evenly between least and most milliseconds from now; with a script always most. */
struct moment universe_soon(struct universe *universe, uint64_t least_ms, uint64_t most_ms);

/* Tells who listens what a station has stored; is_replaced: another takes its place. */
void universe_tell_stored(struct universe *universe, const struct station *station,
                          bool is_replaced);

/* The finding's text when it is the first, else one that leads nowhere. Starts it with `what`. */
struct text *universe_find(struct universe *universe, const char *what);

#endif

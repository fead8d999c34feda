/*
 * The simulated world: terminals, switch and issuers, all real code, in one thread under virtual
 * time, with everything drawn from one seed. What goes through it is what goes through the real
 * host: the engine stage by stage, bytes on the wire, MACs and PIN blocks from the soft HSM. Made
 * up are only the wires, the clocks, the disks (the memory store) and the people.
 *
 * Phase one tries to break it: loss, delay, duplicates, reordering, flipped bits, cut and broken
 * links, crashes at every stage, stores that refuse or leave a commit in doubt, slow issuers,
 * clocks that differ. Each seed has some of these wholly off. Phase two heals all of it and demands
 * that everything settles within SIM_HEAL_MAX_MS of virtual time. Then the oracles look at what is
 * stored (oracle.h). Each seed runs twice and must have the same history to the byte.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/text.h"
#include "books/store.h"
#include "sim/tally.h"

#define SIM_HEAL_MAX_MS (5 * 60 * 1000)
#define SIM_PAYMENTS_DEFAULT 600
#define SIM_TILLS 4
#define SIM_FINDING_LEN 400
#define SIM_TAIL_LEN (16 * 1024)

/* Bugs that can be planted, to show that they are found. */
enum sim_canary {
    CANARY_NONE,
    CANARY_FORGET_COMMIT,   /* a store says OK and now and then keeps nothing */
    CANARY_REPLY_EARLY,     /* a store says OK and writes only with the next commit */
    CANARY_TRUST_ALL_MACS,  /* an HSM that finds every MAC right */
    CANARY_TRUST_ALL_PINS,  /* an HSM that finds every PIN right */
    CANARY_DROP_PENDING,    /* the switch forgets what it owes */
    CANARY_DROP_TOMBSTONE,  /* the issuer forgets reversals that come before their payment */
    CANARY_POST_TWICE,      /* the issuer does not see that it knows a payment */
    CANARY_RETURN_TWICE,    /* the issuer does not see that it returned a payment */
    CANARY_SELL_WHILE_OWED, /* a terminal forgets that it owes a reversal */
    CANARY_FORGIVE_PINS,    /* the issuer does not count wrong PINs */
    CANARY_REUSE_TRACE,     /* a terminal's trace number goes back */
    CANARY_KEEP_TRACK,      /* a terminal writes the card's track into a row */
    CANARY_EDIT_JOURNAL,    /* somebody changes a record afterwards */
    CANARY_KEEP_VOIDING,    /* the switch does not set a payment free when its void is taken back */
    CANARY_REFUND_TWICE,    /* the issuer does not see that it knows a refund */
    CANARY_KEEP_HELD,       /* the issuer's completion frees only what it takes of a hold */
    CANARY_FORGET_RETURNED, /* nobody remembers what was refunded already */
    CANARY_MISCOUNT,        /* a terminal leaves what it gave back out of its batch */
    CANARY_DROP_ADVICE,     /* a terminal gives an advice up after a few tries */
    CANARY_WALL_TIMER,      /* deadlines follow the wall clock */
    CANARY_MAC_PART,        /* MACs cover the end of a message only */
    CANARY_ASYNC_REPLICA,   /* answers leave when the last commits are not on the second disk yet */
    CANARY_ACCEPT_OLD,      /* the issuer decides requests that its switch has given up */
    CANARY_BELIEVE_LATE,    /* a terminal believes an approval that comes after it has given up */
    CANARY_SKIP_RECOVERY,   /* the switch does not look at start for what was open */
    CANARY_DROP_AT_RESTART, /* a terminal forgets at start the advices that it has to deliver */
    CANARY_KEEP_TALLY,    /* the switch does not give back what a refused payment used of a limit */
    CANARY_FORWARD_TWICE, /* the switch does not see that it knows a payment */
    CANARY_MATCH_TRACE, /* the switch knows an answer again by the end of its trace number alone */
    CANARY_RELEASE_TWICE, /* the issuer lets go twice of a voided hold */
    CANARY_SWAP_ADVICES,  /* a terminal delivers its second advice first */
    CANARY_POST_NOTHING,  /* the issuer grants a void and posts nothing */
    CANARY_CLAIM_UNMOVED, /* a terminal without an answer says that the money has not moved */
    CANARY_DROP_EVIDENCE, /* a terminal refuses and does not say by what */
    CANARY_FORGET_LIMITS, /* the issuer forgets what a card has used today */
    CANARY_FORGET_ORDERS, /* neither terminal nor switch knows an order again */
    CANARY_LIE_TO_PEEKS,  /* the switch says that it never saw what it is asked about */
    CANARY_FORGET_22,     /* the switch forgets that it called a reversal too late, and why */
    CANARY_LOSE_UPDATES,  /* of two nodes that change a row at once both are told that they did */
    CANARY_LEAVE_SWEPT,   /* a node makes what a dead one left its own, and does nothing about it */
    CANARY_COUNT
};

/* What a station has stored at a run's end, or a broken terminal when another takes its place. */
struct sim_stored {
    uint64_t seed;
    const char *station; /* "shop 1" */
    uint64_t replaced; /* 0: it is the one that the run ends with; else which start was its last */
    enum party party;
    struct instant at; /* the right clock's time */
    const struct store *store;
};

/* What the stations store on: the memory store, or SQLite over a disk that fails (platter.h). */
enum sim_store {
    SIM_STORE_DRAWN, /* one seed in twenty on SQLite */
    SIM_STORE_MEMORY,
    SIM_STORE_SQLITE,
    SIM_STORE_COUNT
};

struct sim_options {
    uint64_t seed_first;
    uint64_t seed_count;
    uint32_t payments; /* of all kinds, and inquiries, in a seed; 0: SIM_PAYMENTS_DEFAULT */
    enum sim_canary canary;
    enum sim_store store;
    uint64_t seed_step;  /* every so many-th seed only; 0: each */
    uint64_t faults_off; /* bits (1 << enum sim_fault): drawn, and not carried out */
    uint32_t tills;      /* where customers come before healing; 0: all */
    uint32_t cards;      /* that come, besides those of the sales after healing; 0: all */
    /* Asked before each seed whether to play it; NULL: always. */
    bool (*goes_on)(void *context, uint64_t seed);
    /* Gets each line of the trace; NULL: nobody listens. Only the first of the two runs is told. */
    void (*print)(void *context, const char *line);
    /* Told after each seed; NULL: nobody. */
    void (*progress)(void *context, uint64_t seeds_done);
    /* Told what is stored, before it is judged; NULL: nobody. Only of the first of the two runs. */
    void (*stored)(void *context, const struct sim_stored *stored);
    void *context;
};

/* What the first runs of the seeds over one store took. */
struct sim_speed {
    uint64_t seeds;
    uint64_t payments;
    uint64_t cpu_ns; /* of processor time */
};

struct sim_report {
    uint64_t seeds; /* that ran */
    bool failed;
    uint64_t failed_seed;
    char finding[SIM_FINDING_LEN]; /* what the oracle says */
    char tail[SIM_TAIL_LEN];       /* the end of the trace of the failed seed */
    struct tally tally;
    struct sim_speed speeds[SIM_STORE_COUNT];
};

/* Runs the seeds in order, up to the first that fails. ERR_FULL without memory, ERR_UNSUPPORTED
 * or ERR_KEY when the soft HSM cannot be opened or refuses the laboratory's keys. */
MUST_USE enum err sim_run(const struct sim_options *options, struct sim_report *report);

/* "mixed", "memory", "sqlite"; NULL past the last. */
const char *sim_store_name(enum sim_store store);

/* "forget-commit"; NULL past the last. */
const char *sim_canary_name(enum sim_canary canary);

#endif

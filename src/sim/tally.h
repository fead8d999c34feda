/* What a simulation did: counted over all seeds, to show that it went where faults can hurt. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "books/payment_row.h"
#include "engine/engine.h"
#include "sim/disk/platter.h"

enum sim_fault {
    FAULT_LOSS,
    FAULT_DUPLICATE,
    FAULT_DELAY,
    FAULT_REORDER,
    FAULT_REPLAY,
    FAULT_FORGE,
    FAULT_CORRUPT,
    FAULT_TRUNCATE,
    FAULT_CUT,
    FAULT_BREAK,
    FAULT_CRASH,
    FAULT_SLOW,
    FAULT_SKEW,
    FAULT_STORE_RETRY,
    FAULT_STORE_FULL,
    FAULT_STORE_IN_DOUBT,
    FAULT_STORE_LOAD,
    FAULT_HSM_DOWN,
    FAULT_CARD,
    FAULT_OPERATOR,
    FAULT_REPLACE,
    FAULT_PARTITION,  /* a station is cut off, and nobody is told */
    FAULT_POWER_CUT,  /* at a till that waits for its payment */
    FAULT_CLOCK_JUMP, /* of a running station, an hour or back */
    FAULT_DAY_CHANGE, /* a midnight passes: counted, not drawn */
    FAULT_NIGHT,      /* the shops close for a night or longer */
    FAULT_KEY_CHANGE, /* a sign-in while a payment is on its way */
    FAULT_OVERLOAD,   /* a host sheds what it is asked for, for a while */
    FAULT_HSM_SLOW,
    FAULT_STORE_SLOW,
    FAULT_DISK,      /* under SQLite: an error, or the process dies, at any call of a commit */
    FAULT_DISK_OPEN, /* under SQLite: the same, at any call of an opening */
    FAULT_LINE,      /* lines have backups, and one way of a line fails */
    FAULT_NODE,      /* the switch has two nodes on one store, and one stays away for long */
    FAULT_COUNT
};

/* The parties of a payment, as indexes. */
enum sim_party { AT_TERMINAL, AT_ACQUIRER, AT_ISSUER, SIM_PARTIES };

/* What a crash label is about: the transaction. */
enum sim_op {
    OP_SIGN_IN, /* at an issuer: the key exchange of its zone */
    OP_SALE,
    OP_BALANCE,
    OP_VOID,
    OP_REFUND,
    OP_PREAUTH,
    OP_PREAUTH_VOID,
    OP_INCREMENT,
    OP_COMPLETION,
    OP_COMPLETION_ADVICE,
    OP_COMPLETION_VOID,
    OP_OFFLINE_SALE,
    OP_TIP,
    OP_SETTLE,
    OP_QUERY,
    OP_REVERSAL, /* of any */
    OP_COUNT
};

/* Where a party crashes. */
enum crash_place {
    AFTER_RECEIVE,
    AFTER_LOAD,
    AFTER_CHECK,
    AFTER_DECIDE,
    IN_COMMIT_LOST, /* nobody knows then; the disk has nothing of it */
    IN_COMMIT_KEPT, /* or all */
    AFTER_RECORD,
    AFTER_SEND,
    CRASH_PLACE_COUNT
};

/* Times are counted in steps of a tenth, from 1 ms: the last is about 50 hours. */
#define DOUBT_STEPS 200

/* The longest time that a till did not know, and whose. */
struct longest_doubt {
    uint64_t ns;
    uint64_t seed;
    struct identity identity;
};

struct tally {
    uint64_t virtual_ns;
    uint64_t payments; /* of all kinds, and inquiries, asked for at the tills */
    uint64_t approved;
    uint64_t messages;
    uint64_t records;
    uint64_t batches;
    uint64_t restarts;
    uint64_t faults[FAULT_COUNT];
    uint64_t changeovers;     /* lines that went over to their other way */
    uint64_t changed_waiting; /* of them, beside a connection that still owed an answer */
    uint64_t sweeps;          /* of nodes that were silent for too long, by the other */
    uint64_t swept;           /* what was in doubt or owed there */
    uint64_t answers_parting; /* that came over a connection whose place was taken */
    uint64_t crashes[SIM_PARTIES][OP_COUNT][CRASH_PLACE_COUNT];
    uint64_t doubts[DOUBT_STEPS]; /* from giving up on an answer to a known state, in a calm */
    uint64_t storms[DOUBT_STEPS]; /* the same while other things go wrong */
    uint64_t disk_deaths[SIM_PARTIES][PLATTER_PLACE_COUNT]; /* inside the SQLite store */
    uint64_t moves[SIM_PARTIES][STAGE_COUNT][STAGE_COUNT];
    uint64_t outcomes[OUTCOME_COUNT]; /* shown at the tills */
    struct longest_doubt longest;     /* the last: all before it are sums */
};

const char *sim_fault_name(enum sim_fault fault);
const char *sim_party_name(enum sim_party party);

void tally_add(struct tally *sum, const struct tally *one);

/* Counts a time, and what share of them (per mille) is at most how long; 0 of none. */
void tally_time(uint64_t steps[static DOUBT_STEPS], int64_t ns);
double tally_seconds(const uint64_t steps[static DOUBT_STEPS], uint32_t per_mille);
uint64_t tally_sum(const uint64_t steps[static DOUBT_STEPS]);
/* Places inside the store where a process died (party x place), and how many there are. */
uint32_t tally_disk_places(const struct tally *tally, uint32_t *all);
/* Different outcomes shown. */
uint32_t tally_outcomes(const struct tally *tally);

#endif

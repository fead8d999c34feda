/* What a simulation did: counted over all seeds, to show that it went where faults can hurt. */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "books/payment_row.h"
#include "engine/engine.h"

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
    FAULT_NIGHT,      /* a shop closes for a night or longer */
    FAULT_KEY_CHANGE, /* a sign-in while a payment is on its way */
    FAULT_OVERLOAD,   /* a host sheds what it is asked for, for a while */
    FAULT_HSM_SLOW,
    FAULT_STORE_SLOW,
    FAULT_COUNT
};

/* The parties of a payment, as indexes. */
enum sim_party { AT_TERMINAL, AT_ACQUIRER, AT_ISSUER, SIM_PARTIES };

struct tally {
    uint64_t virtual_ns;
    uint64_t payments; /* of all kinds, and inquiries, asked for at the tills */
    uint64_t approved;
    uint64_t messages;
    uint64_t records;
    uint64_t batches;
    uint64_t restarts;
    uint64_t faults[FAULT_COUNT];
    uint64_t crashes[SIM_PARTIES][ENGINE_STAGE_COUNT]; /* after the stage was reached */
    uint64_t moves[SIM_PARTIES][STAGE_COUNT][STAGE_COUNT];
    uint64_t outcomes[OUTCOME_COUNT]; /* shown at the tills */
};

const char *sim_fault_name(enum sim_fault fault);
const char *sim_party_name(enum sim_party party);
const char *sim_stage_name(enum engine_stage stage);

void tally_add(struct tally *sum, const struct tally *one);

/* Crash points (party x stage) hit, and how many there are. */
uint32_t tally_crash_points(const struct tally *tally, uint32_t *all);
/* Moves of a payment's stage seen at some party, and how many could be. */
uint32_t tally_moves(const struct tally *tally, uint32_t *all);
/* Different outcomes shown. */
uint32_t tally_outcomes(const struct tally *tally);

#endif

#include "sim/sim.h"

#include "sim/universe.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const canary_names[] = {
    [CANARY_NONE] = "none",
    [CANARY_FORGET_COMMIT] = "forget-commit",
    [CANARY_REPLY_EARLY] = "reply-before-commit",
    [CANARY_TRUST_ALL_MACS] = "trust-all-macs",
    [CANARY_TRUST_ALL_PINS] = "trust-all-pins",
    [CANARY_DROP_PENDING] = "drop-pending",
    [CANARY_DROP_TOMBSTONE] = "drop-tombstone",
    [CANARY_POST_TWICE] = "post-twice",
    [CANARY_RETURN_TWICE] = "return-twice",
    [CANARY_SELL_WHILE_OWED] = "sell-while-owed",
    [CANARY_FORGIVE_PINS] = "forgive-pins",
    [CANARY_REUSE_TRACE] = "reuse-trace",
    [CANARY_KEEP_TRACK] = "keep-track",
    [CANARY_EDIT_JOURNAL] = "edit-journal",
    [CANARY_KEEP_VOIDING] = "keep-voiding",
    [CANARY_REFUND_TWICE] = "refund-twice",
    [CANARY_KEEP_HELD] = "keep-held",
    [CANARY_FORGET_RETURNED] = "forget-returned",
    [CANARY_MISCOUNT] = "miscount",
    [CANARY_DROP_ADVICE] = "drop-advice",
    [CANARY_WALL_TIMER] = "wall-clock-timer",
    [CANARY_MAC_PART] = "mac-over-a-part",
    [CANARY_ASYNC_REPLICA] = "async-replica",
    [CANARY_ACCEPT_OLD] = "accept-old",
    [CANARY_BELIEVE_LATE] = "believe-late",
    [CANARY_SKIP_RECOVERY] = "skip-recovery",
    [CANARY_DROP_AT_RESTART] = "drop-at-restart",
    [CANARY_KEEP_TALLY] = "keep-tally",
    [CANARY_FORWARD_TWICE] = "forward-twice",
    [CANARY_MATCH_TRACE] = "match-trace",
    [CANARY_RELEASE_TWICE] = "release-twice",
    [CANARY_SWAP_ADVICES] = "swap-advices",
    [CANARY_POST_NOTHING] = "post-nothing",
    [CANARY_CLAIM_UNMOVED] = "claim-unmoved",
    [CANARY_DROP_EVIDENCE] = "drop-evidence",
    [CANARY_FORGET_LIMITS] = "forget-limits",
    [CANARY_FORGET_ORDERS] = "forget-orders",
    [CANARY_LIE_TO_PEEKS] = "lie-to-peeks",
    [CANARY_FORGET_22] = "forget-22",
    [CANARY_LOSE_UPDATES] = "lose-updates",
    [CANARY_LEAVE_SWEPT] = "leave-swept",
};
_Static_assert(ARRAY_COUNT(canary_names) == CANARY_COUNT, "a name each");

const char *sim_canary_name(enum sim_canary canary)
{
    return canary < CANARY_COUNT ? canary_names[canary] : NULL;
}

/* What one run of a seed comes to. */
struct outcome_of_run {
    uint64_t hash;
    uint64_t lines;
};

static enum err run_once(struct universe *universe, struct vault *vault,
                         const struct sim_options *options, uint64_t seed,
                         struct outcome_of_run *out)
{
    enum err err = universe_run(universe, vault, options, seed);
    *out = (struct outcome_of_run){universe->chronicle.hash, universe->chronicle.lines};
    return err;
}

static uint64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

const char *sim_store_name(enum sim_store store)
{
    static const char *const names[] = {
        [SIM_STORE_DRAWN] = "mixed",
        [SIM_STORE_MEMORY] = "memory",
        [SIM_STORE_SQLITE] = "sqlite",
    };
    _Static_assert(ARRAY_COUNT(names) == SIM_STORE_COUNT, "a name each");
    return store < SIM_STORE_COUNT ? names[store] : NULL;
}

static void count_speed(struct sim_report *report, const struct universe *universe, uint64_t ns)
{
    enum sim_store store = universe->drives == DRIVE_SQLITE ? SIM_STORE_SQLITE : SIM_STORE_MEMORY;
    struct sim_speed *speed = &report->speeds[store];
    speed->seeds++;
    speed->payments += universe->tally.payments;
    speed->cpu_ns += ns;
}

static void report_failure(const struct universe *universe, uint64_t seed, const char *finding,
                           struct sim_report *report)
{
    struct text text = text_over(report->finding, sizeof report->finding);
    struct text tail = text_over(report->tail, sizeof report->tail);
    report->failed = true;
    report->failed_seed = seed;
    text_add(&text, finding);
    chronicle_tail(&universe->chronicle, &tail);
}

/* Runs a seed twice, the second time unheard, and compares. */
static enum err run_seed(struct universe *universe, struct vault *vault,
                         const struct sim_options *options, uint64_t seed,
                         struct sim_report *report)
{
    struct sim_options quiet = *options;
    struct outcome_of_run first = {0};
    struct outcome_of_run second = {0};
    quiet.print = NULL;
    uint64_t begun_ns = cpu_ns();
    quiet.stored = NULL;
    enum err err = run_once(universe, vault, options, seed, &first);
    if (err == OK) {
        tally_add(&report->tally, &universe->tally);
        report->seeds++;
        if (universe->finding.len > 0)
            report_failure(universe, seed, text_z(&universe->finding), report);
    }
    universe_close(universe);
    count_speed(report, universe, cpu_ns() - begun_ns);
    if (err != OK || report->failed)
        return err;
    err = run_once(universe, vault, &quiet, seed, &second);
    if (err == OK && (first.hash != second.hash || first.lines != second.lines))
        report_failure(universe, seed, "sim: the same seed had two histories", report);
    universe_close(universe);
    return err;
}

static enum err run_all(struct vault *vault, const struct sim_options *options,
                        struct sim_report *report)
{
    struct universe *universe = calloc(1, sizeof *universe);
    enum err err = universe ? OK : ERR_FULL;
    uint64_t step = options->seed_step == 0 ? 1 : options->seed_step;
    for (uint64_t i = 0; err == OK && i < options->seed_count && !report->failed; i++) {
        uint64_t seed = options->seed_first + i * step;
        if (options->goes_on && !options->goes_on(options->context, seed))
            break;
        err = run_seed(universe, vault, options, seed, report);
        if (options->progress)
            options->progress(options->context, i + 1);
    }
    free(universe);
    return err;
}

enum err sim_run(const struct sim_options *options, struct sim_report *report)
{
    struct sim_options used = *options;
    struct lab_spec spec = universe_spec();
    struct lab_world world;
    if (used.payments == 0)
        used.payments = SIM_PAYMENTS_DEFAULT;
    memset(report, 0, sizeof *report);
    TRY(lab_world_generate(&spec, &world));
    struct vault *vault = calloc(1, sizeof *vault);
    enum err err = vault ? vault_open(&world, vault) : ERR_FULL;
    lab_world_free(&world);
    if (err == OK) {
        err = run_all(vault, &used, report);
        vault_close(vault);
    }
    free(vault);
    return err;
}

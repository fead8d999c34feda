/* `acquit sim`: runs simulated worlds, one for each seed, and says what they came to. */
#include "app/simulate/scenario_run.h"
#include "app/simulate/sim_export.h"
#include "app/simulate/sim_failure.h"
#include "app/simulate/sim_jobs.h"
#include "app/simulate/sim_prose.h"
#include "app/subcommand.h"

#include "base/bytes.h"
#include "sim/reach.h"
#include "sim/sim.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEEDS_DEFAULT 200
#define NUMBER_DIGITS_MAX 18

static void print_help(FILE *out)
{
    fputs(
        "usage: acquit sim [OPTIONS]\n\n"
        "Runs terminals, switch and issuers in one thread under virtual time, with faults drawn\n"
        "from a seed: lost, late, doubled, overtaken and spoiled messages, cut and broken links,\n"
        "crashes between any two stages, stores that refuse or leave a commit in doubt, clocks\n"
        "that differ. Then all is healed, and money, agreement, truth, journal and secrets are\n"
        "checked. Each seed runs twice and must have the same history. Exit code 1 when one\n"
        "fails: its seed, what is wrong, and the end of its trace are shown. The speed is that\n"
        "of the first runs, from making a world to its last oracle, by the processor time that\n"
        "they took, whatever else the machine does; each kind of store by itself.\n\n"
        "  --seeds N       how many seeds, from 1 or --seed on; default 200\n"
        "  --seed S        the first seed; alone: this one only\n"
        "  --payments P    sales and inquiries in each; default 600\n"
        "  --scenario FILE play the story of that file instead; see below\n"
        "  --trace         print the whole trace\n"
        "  --export DIR    write what each party stored (acquit export) into DIR/SEED, for "
        "tools/prove\n"
        "  --store STORE   memory, sqlite (over a disk that fails), or mixed, which is usual\n"
        "  --jobs N        processes that play seeds; default: as many as processors\n"
        "  --tills N       customers come to so many tills only, of 4\n"
        "  --cards N       so many cards only\n"
        "  --without FAULTS  faults that do not happen: loss,crash ... as the report names them,\n"
        "                  or all\n"
        "  --shrink        look for a smaller world in which a failing seed fails: the default, "
        "but\n"
        "                  for planted bugs; --no-shrink: do not\n"
        "  --coverage      which outcomes, moves and crash labels came up, and how often\n"
        "  --canary BUG    plant a bug, to see it found: ",
        out);
    for (int i = CANARY_NONE + 1; i < CANARY_COUNT; i++)
        fprintf(out, "%s%s", i == 1 ? "" : ", ", sim_canary_name((enum sim_canary)i));
    fputs("\n\n  acquit sim --seeds 1000\n  acquit sim --seed 17 --trace\n"
          "  acquit sim --scenario test/scenario/01-answer-lost.txt --trace\n\n"
          "A story is told in sentences, a line or a part of one up to a semicolon; # starts a\n"
          "remark. In capitals is what differs, in brackets what may be left out:\n\n",
          out);
    scenario_print_forms();
}

static int usage(const char *what, const char *value)
{
    fprintf(stderr, "acquit sim: %s%s%s; acquit sim --help says more\n", what, value ? " " : "",
            value ? value : "");
    return EXIT_USAGE;
}

static bool number_from(const char *text, uint64_t *out)
{
    size_t len = strlen(text);
    return len > 0 && len <= NUMBER_DIGITS_MAX && bytes_to_number(text, len, out) == OK;
}

static bool canary_from(const char *name, enum sim_canary *out)
{
    for (int i = 0; i < CANARY_COUNT; i++) {
        if (strcmp(sim_canary_name((enum sim_canary)i), name) == 0) {
            *out = (enum sim_canary)i;
            return true;
        }
    }
    return false;
}

static bool store_from(const char *name, enum sim_store *out)
{
    for (int i = 0; i < SIM_STORE_COUNT; i++) {
        if (strcmp(sim_store_name((enum sim_store)i), name) == 0) {
            *out = (enum sim_store)i;
            return true;
        }
    }
    return false;
}

/* ---- what is heard while it runs ---- */

struct listener {
    bool shows_progress;
    uint64_t seeds;
    struct sim_export export;
};

static void take_stored(void *context, const struct sim_stored *stored)
{
    struct listener *listener = context;
    sim_export_take(&listener->export, stored);
}

static void print_line(void *context, const char *line)
{
    (void)context;
    sim_prose_print(line);
}

static void print_progress(void *context, uint64_t done)
{
    const struct listener *listener = context;
    if (!listener->shows_progress)
        return;
    fprintf(stderr, "\rseed %" PRIu64 " of %" PRIu64 "%s", done, listener->seeds,
            done == listener->seeds ? "\n" : "");
}

/* ---- what it came to ---- */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_faults(const struct tally *tally)
{
    fputs("faults          ", stdout);
    for (int i = 0; i < FAULT_COUNT; i++)
        printf("%s%s %" PRIu64,
               i == 0       ? ""
               : i % 5 == 0 ? ",\n                "
                            : ", ",
               sim_fault_name((enum sim_fault)i), tally->faults[i]);
    putchar('\n');
}

static void print_crashes(const struct tally *tally)
{
    uint32_t all;
    uint32_t hit = reach_labels(tally, &all);
    printf("crash labels    %" PRIu32 " of %" PRIu32 " hit (party x transaction x place)\n", hit,
           all);
    for (int party = 0; party < SIM_PARTIES; party++) {
        printf("  %-14s", sim_party_name((enum sim_party)party));
        for (int place = 0; place < CRASH_PLACE_COUNT; place++) {
            uint64_t sum = 0;
            for (int op = 0; op < OP_COUNT; op++)
                sum += tally->crashes[party][op][place];
            printf("%s%s %" PRIu64, place == 0 ? "" : ", ",
                   reach_place_name((enum crash_place)place), sum);
        }
        putchar('\n');
    }
}

static void print_doubts(const char *when, const uint64_t steps[static DOUBT_STEPS])
{
    printf("%-16sp50 %.2f s, p99 %.2f s, max %.2f s, of %" PRIu64 "\n", when,
           tally_seconds(steps, 500), tally_seconds(steps, 990), tally_seconds(steps, 1000),
           tally_sum(steps));
}

static void print_longest(const struct longest_doubt *longest)
{
    char room[64];
    struct text name = text_over(room, sizeof room);
    if (longest->ns == 0)
        return;
    identity_add_text(&name, &longest->identity);
    printf("  the longest   %.2f s: seed %" PRIu64 ", %s\n", (double)longest->ns / 1e9,
           longest->seed, text_z(&name));
}

/* Reversals that a terminal or the switch came to owe, and those of them that never ended: done, or
 * too late for what others did meanwhile. */
static void print_reversals(const struct tally *tally)
{
    uint64_t owed = 0;
    uint64_t done = 0;
    for (int party = AT_TERMINAL; party <= AT_ACQUIRER; party++) {
        for (int from = 0; from < STAGE_COUNT; from++)
            owed += from == STAGE_REVERSING ? 0 : tally->moves[party][from][STAGE_REVERSING];
        done += tally->moves[party][STAGE_REVERSING][STAGE_REVERSED] +
                tally->moves[party][STAGE_REVERSING][STAGE_ANSWERED];
    }
    printf("reversals       lost %" PRIu64 " of %" PRIu64 "\n", owed - done, owed);
}

static void print_moves(const struct tally *tally)
{
    uint32_t all;
    uint32_t made = reach_moves(tally, &all);
    uint32_t missed = reach_moves_missed(tally);
    printf("stage moves     %" PRIu32 " of %" PRIu32 " made (party x from x to)", made, all);
    printf("; %" PRIu32 " no party can make (--coverage says why)", all - made - missed);
    if (missed > 0)
        printf("; %" PRIu32 " MISSED", missed);
    putchar('\n');
}

static void print_move(const struct tally *tally, int at)
{
    enum sim_party party = (enum sim_party)(at / (STAGE_COUNT * STAGE_COUNT));
    enum payment_stage from = (enum payment_stage)(at / STAGE_COUNT % STAGE_COUNT);
    enum payment_stage to = (enum payment_stage)(at % STAGE_COUNT);
    const char *why = reach_why_no_move(party, from, to);
    if (from == to || !payment_stage_may_follow(from, to))
        return;
    printf("  %8" PRIu64 "  moved  %s from %s to %s%s%s\n", tally->moves[party][from][to],
           sim_party_name(party), payment_stage_name(from), payment_stage_name(to), why ? ": " : "",
           why ? why : "");
}

static void print_label(const struct tally *tally, int at)
{
    enum sim_party party = (enum sim_party)(at / (OP_COUNT * CRASH_PLACE_COUNT));
    enum sim_op op = (enum sim_op)(at / CRASH_PLACE_COUNT % OP_COUNT);
    enum crash_place place = (enum crash_place)(at % CRASH_PLACE_COUNT);
    if (!reach_has_label(party, op))
        return;
    printf("  %8" PRIu64 "  crash  %s, %s, %s%s\n", tally->crashes[party][op][place],
           sim_party_name(party), reach_op_name(op), reach_place_name(place),
           tally->crashes[party][op][place] == 0 ? "  NOT HIT" : "");
}

static void print_disk_place(const struct tally *tally, int at)
{
    enum sim_party party = (enum sim_party)(at / PLACE_ROLLBACK);
    enum platter_place place = (enum platter_place)(at % PLACE_ROLLBACK);
    printf("  %8" PRIu64 "  died   %s, %s\n", tally->disk_deaths[party][place],
           sim_party_name(party), platter_place_name(place));
}

/* Where the simulation came, and where it did not. */
static void print_coverage(const struct tally *tally)
{
    enum outcome outcome = OUTCOME_NONE;
    while ((outcome = outcome_next(outcome)) != OUTCOME_COUNT)
        printf("  %8" PRIu64 "  shown  %s\n", tally->outcomes[outcome], outcome_row(outcome)->name);
    for (int at = 0; at < SIM_PARTIES * STAGE_COUNT * STAGE_COUNT; at++)
        print_move(tally, at);
    for (int at = 0; at < SIM_PARTIES * OP_COUNT * CRASH_PLACE_COUNT; at++)
        print_label(tally, at);
    for (int at = 0; at < SIM_PARTIES * PLACE_ROLLBACK; at++)
        print_disk_place(tally, at);
}

/* Of processor time, so that what else runs on the machine counts little. */
static void print_speeds(const struct sim_report *report)
{
    for (int store = SIM_STORE_MEMORY; store < SIM_STORE_COUNT; store++) {
        const struct sim_speed *speed = &report->speeds[store];
        if (speed->seeds == 0)
            continue;
        printf("speed on %-6s %.0f payments/s of one core's time with all oracles, of %" PRIu64
               " seeds\n",
               sim_store_name((enum sim_store)store),
               (double)speed->payments * 1e9 / (double)speed->cpu_ns, speed->seeds);
    }
}

static void print_disk_places(const struct tally *tally)
{
    uint32_t all;
    uint32_t hit = tally_disk_places(tally, &all);
    printf("deaths in store %" PRIu32 " of %" PRIu32 " (party x place in a commit, on sqlite)\n",
           hit, all);
}

static void print_changeovers(const struct tally *tally)
{
    printf("change-overs    %" PRIu64 " taken, %" PRIu64 " while an answer was owed; %" PRIu64
           " answers came by the way that was left\n",
           tally->changeovers, tally->changed_waiting, tally->answers_parting);
    printf("nodes           %" PRIu64 " swept by the other, %" PRIu64
           " in doubt or owed taken over\n",
           tally->sweeps, tally->swept);
}

static void print_report(const struct sim_report *report, double seconds)
{
    const struct tally *tally = &report->tally;
    double hours = (double)tally->virtual_ns / 3.6e12;
    printf("seeds           %" PRIu64 ", each twice, %.1f seeds/s\n", report->seeds,
           (double)report->seeds / seconds);
    printf("virtual time    %.1f h, %.0f times real time\n", hours, hours * 7200 / seconds);
    printf("payments        %" PRIu64 " asked, %" PRIu64 " approved, %" PRIu64 " messages, %" PRIu64
           " journal records\n",
           tally->payments, tally->approved, tally->messages, tally->records);
    print_speeds(report);
    printf("outcomes        %" PRIu32 " kinds shown, of %d\n", tally_outcomes(tally),
           (int)OUTCOME_ROWS);
    print_faults(tally);
    print_changeovers(tally);
    print_crashes(tally);
    print_disk_places(tally);
    print_moves(tally);
    print_reversals(tally);
    print_doubts("time to known", tally->doubts);
    print_doubts("  in the storm", tally->storms);
    print_longest(&tally->longest);
}

/* ---- arguments ---- */

struct arguments {
    struct sim_options options;
    bool shows_coverage;
    bool shrinks;     /* a failing seed, ... */
    bool shrinks_bug; /* ... and one of a planted bug */
    uint32_t jobs;
    const char *scenario; /* a file, played instead of seeds; NULL: none */
    const char *export;   /* folder; NULL: nowhere */
};

static int take_option(int id, struct arguments *arguments)
{
    struct sim_options *options = &arguments->options;
    uint64_t number = 0;
    if (strchr("nspjlk", id) && !number_from(optarg, &number))
        return usage("a number is expected, not", optarg);
    switch (id) {
    case 'n':
        options->seed_count = number;
        return EXIT_DONE;
    case 's':
        options->seed_first = number;
        return EXIT_DONE;
    case 'p':
        options->payments = (uint32_t)(number > 100000 ? 100000 : number);
        return EXIT_DONE;
    case 'j':
        arguments->jobs = (uint32_t)(number > SIM_JOBS_MAX ? SIM_JOBS_MAX : number);
        return EXIT_DONE;
    case 'l':
        options->tills = (uint32_t)(number > SIM_TILLS ? SIM_TILLS : number);
        return EXIT_DONE;
    case 'k':
        options->cards = (uint32_t)(number > UINT32_MAX ? UINT32_MAX : number);
        return EXIT_DONE;
    case 'w':
        return sim_faults_from(optarg, &options->faults_off)
                   ? EXIT_DONE
                   : usage("there is no such fault among", optarg);
    case 'x':
        arguments->shrinks = false;
        return EXIT_DONE;
    case 'y':
        arguments->shrinks_bug = true;
        return EXIT_DONE;
    case 't':
        options->print = print_line;
        return EXIT_DONE;
    case 'v':
        arguments->shows_coverage = true;
        return EXIT_DONE;
    case 'f':
        arguments->scenario = optarg;
        return EXIT_DONE;
    case 'e':
        arguments->export = optarg;
        return EXIT_DONE;
    case 'd':
        return store_from(optarg, &options->store) ? EXIT_DONE : usage("there is no store", optarg);
    case 'c':
        return canary_from(optarg, &options->canary) ? EXIT_DONE
                                                     : usage("there is no canary", optarg);
    default:
        return usage("an option is wrong", NULL);
    }
}

static int parse(int argc, char **argv, struct arguments *out)
{
    struct sim_options *options = &out->options;
    static const struct option long_options[] = {
        {"seeds", required_argument, NULL, 'n'},    {"seed", required_argument, NULL, 's'},
        {"payments", required_argument, NULL, 'p'}, {"scenario", required_argument, NULL, 'f'},
        {"store", required_argument, NULL, 'd'},    {"trace", no_argument, NULL, 't'},
        {"canary", required_argument, NULL, 'c'},   {"coverage", no_argument, NULL, 'v'},
        {"jobs", required_argument, NULL, 'j'},     {"tills", required_argument, NULL, 'l'},
        {"cards", required_argument, NULL, 'k'},    {"without", required_argument, NULL, 'w'},
        {"no-shrink", no_argument, NULL, 'x'},      {"shrink", no_argument, NULL, 'y'},
        {"export", required_argument, NULL, 'e'},   {0},
    };
    int id;
    bool has_seed = false;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *out = (struct arguments){.options = {.seed_first = 1}, .shrinks = true};
    out->jobs = processors < 1              ? 1
                : processors > SIM_JOBS_MAX ? SIM_JOBS_MAX
                                            : (uint32_t)processors;
    while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        int code = take_option(id, out);
        if (code != EXIT_DONE)
            return code;
        has_seed = has_seed || id == 's';
    }
    if (optind != argc)
        return usage("not understood:", argv[optind]);
    if (options->seed_count == 0)
        options->seed_count = has_seed ? 1 : SEEDS_DEFAULT;
    if (options->print || out->export || out->jobs == 0)
        out->jobs = 1; /* what is told comes in one order */
    return EXIT_DONE;
}

int simulate_main(int argc, char **argv)
{
    struct arguments arguments;
    struct sim_options *options = &arguments.options;
    static struct sim_report report;
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return EXIT_DONE;
    }
    int code = parse(argc, argv, &arguments);
    if (code != EXIT_DONE)
        return code;
    struct listener listener = {.shows_progress = isatty(STDERR_FILENO) && !options->print,
                                .seeds = options->seed_count,
                                .export = {.folder = arguments.export}};
    options->context = &listener;
    options->progress = print_progress;
    options->stored = arguments.export ? take_stored : NULL;
    if (arguments.scenario)
        return scenario_run(arguments.scenario, options);
    double start = seconds_now();
    enum err err = sim_jobs_run(options, arguments.jobs, &report);
    if (err != OK) {
        fprintf(stderr, "acquit sim: %s\n", err_text(err));
        return EXIT_BAD;
    }
    print_report(&report, seconds_now() - start);
    if (arguments.shows_coverage)
        print_coverage(&report.tally);
    if (listener.export.error[0] != 0) {
        fprintf(stderr, "acquit sim: %s\n", listener.export.error);
        return EXIT_BAD;
    }
    if (!report.failed)
        return EXIT_DONE;
    /* what a planted bug does is known already */
    sim_failure_print(options, &report,
                      arguments.shrinks &&
                          (options->canary == CANARY_NONE || arguments.shrinks_bug));
    return EXIT_BAD;
}

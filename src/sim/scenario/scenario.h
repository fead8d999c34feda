/*
 * Scenarios: one story each, told line by line and played in the simulated world, where nothing
 * goes wrong but what a line says and where all takes as long as it may.
 *
 *     till T1 sells 10.00 with C1 chip pin 1234
 *     the line loses the answer to T1 once
 *     45 s pass
 *     T1 shows line.no-answer, money unknown, wait
 *     all agree: T1/1 taken back; C1 has paid 0.00
 *
 * The parties, the wires and the oracles are those of the seeds. Every till is signed in when the
 * story begins; after its last line all must come to rest, and then the oracles judge. What a line
 * asks for happens at once; time goes by only where a line waits: "... pass", what a till shows,
 * and agreement. test/scenario/README.md tells the language; scenario_words.h how it is read.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "base/text.h"
#include "sim/sim.h"

#define SCENARIO_COMPLAINT_LEN 1200
#define SCENARIO_TAIL_LEN (16 * 1024)

enum scenario_end {
    SCENARIO_PASSED,
    SCENARIO_FAILED,    /* it came out otherwise than its lines say, or an oracle objects */
    SCENARIO_UNREADABLE /* a line is no sentence */
};

struct scenario_story {
    const char *name; /* of the file, for complaints */
    struct bytes text;
    /* Who hears the trace, a bug that is planted, what the parties store on (memory unless SQLite
     * is asked for), and who is told what they have stored; the rest is of no account. */
    const struct sim_options *options;
};

struct scenario_report {
    enum scenario_end end;
    char complaint[SCENARIO_COMPLAINT_LEN]; /* "02-lost.txt:7: T1 shows ..." */
    char tail[SCENARIO_TAIL_LEN];           /* of a failed one: the end of the trace */
    uint32_t sentences;
    int64_t virtual_ms;
};

/* Plays a story from its first line. Errors as sim_run. */
MUST_USE enum err scenario_play(const struct scenario_story *story, struct scenario_report *report);

/* The nth form of sentence, from 0, with its meaning; NULL past the last. */
const char *scenario_form(size_t nth, const char **meaning);

#endif

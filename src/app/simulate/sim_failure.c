#include "app/simulate/sim_failure.h"

#include "app/commit.h"
#include "app/simulate/sim_prose.h"
#include "sim/shrink.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TRIES_MAX 120
#define IDENTITY_TEXT_LEN 22 /* T0000001/000001/000001 */

static void print_faults(uint64_t faults)
{
    const char *before = "";
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        if ((faults >> fault & 1) == 0)
            continue;
        printf("%s%s", before, sim_fault_name((enum sim_fault)fault));
        before = ",";
    }
}

bool sim_faults_from(const char *names, uint64_t *out)
{
    *out = 0;
    if (strcmp(names, "all") == 0) {
        *out = (UINT64_C(1) << FAULT_COUNT) - 1;
        return true;
    }
    while (names[0] != '\0') {
        size_t len = strcspn(names, ",");
        int fault = 0;
        while (fault < FAULT_COUNT &&
               (strlen(sim_fault_name((enum sim_fault)fault)) != len ||
                strncmp(sim_fault_name((enum sim_fault)fault), names, len) != 0))
            fault++;
        if (fault == FAULT_COUNT)
            return false;
        *out |= UINT64_C(1) << fault;
        names += len + (names[len] == ',');
    }
    return true;
}

static void print_command(const char *what, const struct sim_options *options, uint64_t seed)
{
    printf("%s: acquit sim --seed %" PRIu64, what, seed);
    if (options->payments != 0)
        printf(" --payments %" PRIu32, options->payments);
    if (options->tills != 0)
        printf(" --tills %" PRIu32, options->tills);
    if (options->cards != 0)
        printf(" --cards %" PRIu32, options->cards);
    if (options->faults_off != 0) {
        fputs(" --without ", stdout);
        print_faults(options->faults_off);
    }
    if (options->canary != CANARY_NONE)
        printf(" --canary %s", sim_canary_name(options->canary));
    if (options->store != SIM_STORE_DRAWN)
        printf(" --store %s", sim_store_name(options->store));
    puts(" --trace");
}

/* ---- the story ---- */

/* Where an identity stands in a text, or NULL. */
static const char *find_identity(const char *text)
{
    static const char shape[] = "T0000000/000000/000000";
    for (; strlen(text) >= IDENTITY_TEXT_LEN; text++) {
        int at = 0;
        while (at < IDENTITY_TEXT_LEN &&
               (shape[at] == '0' ? isdigit((unsigned char)text[at]) : text[at] == shape[at]))
            at++;
        if (at == IDENTITY_TEXT_LEN)
            return text;
    }
    return NULL;
}

static bool is_event_of_all(const char *line)
{
    static const char *const words[] = {"CRASHES", "starts",       "replaced", "jumps",
                                        "cut off", "clock is set", "is healed"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(line, words[i]))
            return true;
    return false;
}

struct story {
    char identity[IDENTITY_TEXT_LEN + 1];
    bool has_begun;
};

static void hear(void *context, const char *line)
{
    struct story *story = context;
    bool is_about = strstr(line, story->identity) != NULL;
    story->has_begun = story->has_begun || is_about;
    if (story->has_begun && (is_about || is_event_of_all(line)))
        sim_prose_print(line);
}

static void tell_story(const struct sim_options *options, const char *finding)
{
    static struct sim_report report;
    struct story story = {0};
    struct sim_options told = *options;
    const char *identity = find_identity(finding);
    if (!identity)
        return;
    memcpy(story.identity, identity, IDENTITY_TEXT_LEN);
    told.print = hear;
    told.context = &story;
    printf("\nWhat happened to %s:\n", story.identity);
    if (sim_run(&told, &report) != OK)
        puts("  (it could not be played again)");
}

static void print_shrunk(const struct sim_options *options, const struct sim_report *report)
{
    static struct sim_report smallest;
    struct sim_options alone = *options;
    struct sim_options best;
    alone.seed_first = report->failed_seed;
    if (sim_shrink(&alone, report->finding, TRIES_MAX, &best, &smallest) != OK ||
        !smallest.failed) {
        puts("It does not fail by itself: compare the two runs.");
        return;
    }
    uint64_t left = 0;
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        left |= (uint64_t)(smallest.tally.faults[fault] > 0) << fault;
    printf("\nSmaller: %" PRIu32 " payments", best.payments);
    if (best.tills != 0)
        printf(", %" PRIu32 " tills", best.tills);
    if (best.cards != 0)
        printf(", %" PRIu32 " cards", best.cards);
    fputs(left != 0 ? ", with " : ", no faults", stdout);
    print_faults(left);
    printf("\n  %s\n", smallest.finding);
    tell_story(&best, smallest.finding);
    print_command("\nthe smaller one", &best, report->failed_seed);
}

void sim_failure_print(const struct sim_options *options, const struct sim_report *report,
                       bool shrinks)
{
    printf("%s\nFAILED: seed %" PRIu64 ": %s\n", report->tail, report->failed_seed,
           report->finding);
    printf("of commit %s\n", ACQUIT_COMMIT);
    fflush(stdout);
    /* What ends a process, or differs between two runs, is no oracle's to find again. */
    if (shrinks && strncmp(report->finding, "sim:", 4) != 0)
        print_shrunk(options, report);
    print_command("repeat with", options, report->failed_seed);
}

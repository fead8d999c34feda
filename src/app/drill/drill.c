/* acquit drill: real processes are killed, stopped and cut off while they sell; then everything is
 * healed, and what all of them have stored must agree on every payment. */
#include "app/drill/drill.h"

#include "app/keeping/export.h"
#include "app/subcommand.h"
#include "host/clock.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURN_US 20000
#define SETTLE_MS 240000 /* for the load to end and prove itself, and then for the hosts */
#define FIRST_FAULT_MS 2000

static const char drill_help[] =
    "usage: acquit drill [--minutes M] [--data DIR] [--seed N] [--terminals N] [--rate R]\n"
    "                    [--store sqlite|postgres] [--postgres CONNINFO] [--nodes 1|2] [--json]\n\n"
    "Starts two issuers, a switch and terminals as processes of their own, with a relay in each\n"
    "link. The terminals do what a shop does in a day: sales, voids, refunds, tips, holds and "
    "what\n"
    "becomes of them, balances, payment codes, offline sales, day end. Meanwhile processes are\n"
    "killed with -9 and stopped, and links cut, held up and slowed, all at random, and said as it\n"
    "happens (and in DIR/drill.log). Then everything is healed, comes to rest, is exported, and\n"
    "must agree on every payment: exit code 0 when nothing is lost, taken twice or in doubt.\n\n"
    "  --minutes M      how long it is disturbed; default 2, parts are allowed: 0.3\n"
    "  --data DIR       a new folder that is kept, with DIR/export for tools/prove\n"
    "  --seed N         what goes wrong is drawn from it; default: drawn\n"
    "  --terminals N    that sell; default 32\n"
    "  --rate R         payments a second, all together; default 50\n"
    "  --store postgres the hosts keep their books in PostgreSQL: in a server of the drill's own,\n"
    "                   which is killed and stopped as well, or in the empty database of "
    "--postgres\n"
    "  --nodes 2        of the switch, on that PostgreSQL; each is killed and stopped on its own\n"
    "  --json           the result as JSON on standard output\n\n"
    "example: acquit drill --minutes 2 --data /tmp/drill && tools/prove /tmp/drill/export\n";

static volatile sig_atomic_t is_interrupted;

static void interrupt(int number)
{
    (void)number;
    is_interrupted = 1;
}

/* ---- playing ---- */

static void progress(struct drill *drill, struct moment started, int64_t *second)
{
    const struct drill_faults *faults = &drill->faults;
    int64_t now = (clock_now().ns - started.ns) / 1000000000;

    if (now == *second || !drill->has_progress)
        return;
    *second = now;
    fprintf(drill->talk,
            "\r%4lld s  %llu payments, killed %llu, stopped %llu, cut %llu, held up %llu, "
            "slowed %llu  ",
            (long long)now, (unsigned long long)drill_sold(drill),
            (unsigned long long)faults->kills, (unsigned long long)faults->stops,
            (unsigned long long)faults->cuts, (unsigned long long)faults->stalls,
            (unsigned long long)faults->slows);
    fflush(drill->talk);
}

static bool start_all(struct drill *drill)
{
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    bool is_good =
        drill_start(drill, DRILL_ISSUER_1, &error) == OK &&
        drill_start(drill, DRILL_ISSUER_2, &error) == OK &&
        drill_start(drill, DRILL_SWITCH, &error) == OK &&
        (drill->options.nodes == 1 || drill_start(drill, DRILL_SWITCH_2, &error) == OK) &&
        drill_wait_ready(drill);

    drill->end =
        moment_add_ms(clock_now(), (int64_t)(drill->options.minutes * 60000) + FIRST_FAULT_MS);
    is_good = is_good && drill_start(drill, DRILL_LOAD, &error) == OK;
    if (!is_good)
        fprintf(stderr, "acquit drill: the world does not start: %s (see %s)\n", room, drill->data);
    return is_good;
}

static void disturb(struct drill *drill)
{
    struct moment started = clock_now();
    int64_t second = -1;

    drill->fault_next = moment_add_ms(started, FIRST_FAULT_MS);
    while (clock_now().ns < drill->end.ns && !is_interrupted) {
        drill_disturb(drill);
        progress(drill, started, &second);
        usleep(TURN_US);
    }
    if (drill->has_progress)
        fputc('\n', drill->talk);
}

/* The load ends by proving that all agree. One that was killed last, or that found a party away, is
 * started again for a second: its terminals still owe what they owed. */
static bool settle_load(struct drill *drill, struct moment limit)
{
    struct drill_process *load = &drill->processes[DRILL_LOAD];

    while (clock_now().ns < limit.ns && !is_interrupted) {
        int status = 0;

        drill_disturb(drill);
        if (load->pid != 0 && waitpid(load->pid, &status, WNOHANG) > 0) {
            *load = (struct drill_process){0};
            if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE)
                return true;
            load->next = clock_now();
        }
        usleep(TURN_US);
    }
    return false;
}

static bool settle(struct drill *drill)
{
    struct moment limit = moment_add_ms(clock_now(), SETTLE_MS);

    drill_tell(drill, "everything", "is healed; waiting until nothing is in doubt",
               (struct moment){0});
    drill_heal(drill);
    bool is_settled = settle_load(drill, limit);
    while (is_settled && drill_pending(drill) != 0) {
        is_settled = clock_now().ns < limit.ns && !is_interrupted;
        drill_disturb(drill);
        usleep(10 * TURN_US);
    }
    return is_settled;
}

static int play(struct drill *drill)
{
    struct export_order order = {
        .data = drill->data, .to = drill->export, .has_bytes = true, .is_quiet = true};
    char room[512] = "";
    struct text error = text_over(room, sizeof room);

    if (!start_all(drill))
        return EXIT_BAD;
    struct moment started = clock_now();
    disturb(drill);
    bool is_settled = settle(drill);
    double took_s = (double)(clock_now().ns - started.ns) / 1e9;
    if (is_interrupted)
        return EXIT_BAD;
    drill_end(drill, DRILL_LOAD, SIGKILL); /* its store must be free, also when it did not end */
    if (export_folder(&order, &error) != OK) {
        fprintf(stderr, "acquit drill: the export fails: %s\n", room);
        return EXIT_BAD;
    }
    return drill_report(drill, is_settled, took_s);
}

static int run(const struct drill_options *options)
{
    struct drill *drill = calloc(1, sizeof *drill);
    struct sigaction action = {.sa_handler = interrupt};
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    int result = EXIT_BAD;

    if (drill == NULL)
        return EXIT_BAD;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    drill->options = *options;
    drill->talk = options->as_json ? stderr : stdout;
    drill->has_progress = isatty(fileno(drill->talk)) != 0;
    fprintf(drill->talk, "seed %llu\n", (unsigned long long)options->seed);
    prng_seed(&drill->chance, options->seed);
    if (drill_world_make(drill, &error) == OK)
        result = play(drill);
    else
        fprintf(stderr, "acquit drill: %s\n", room);
    bool keep = result != EXIT_DONE && !is_interrupted;
    drill_world_end(drill, keep);
    if (keep && drill->data[0] != 0)
        fprintf(stderr,
                "acquit drill: seed %llu; what there is lies in %s, what was done in its "
                "drill.log\n",
                (unsigned long long)options->seed, drill->data);
    free(drill);
    return result;
}

/* ---- arguments ---- */

static bool take_number(const char *text, uint64_t most, uint64_t *out)
{
    return *text != 0 && strlen(text) <= 18 && bytes_to_number(text, strlen(text), out) == OK &&
           *out > 0 && *out <= most;
}

static bool take_minutes(const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    return *text != 0 && *end == 0 && *out >= 0.01 && *out <= 100000;
}

static bool take_option(struct drill_options *out, int option)
{
    uint64_t number = 0;

    switch (option) {
    case 'm':
        return take_minutes(optarg, &out->minutes);
    case 'd':
        out->data = optarg;
        return true;
    case 's':
        return take_number(optarg, UINT32_MAX, &out->seed);
    case 't':
        if (!take_number(optarg, 256, &number))
            return false;
        out->terminals = (uint32_t)number;
        return true;
    case 'r':
        if (!take_number(optarg, 5000, &number))
            return false;
        out->rate = (uint32_t)number;
        return true;
    case 'o':
        out->store = strcmp(optarg, "postgres") == 0 ? CONFIG_POSTGRES : CONFIG_SQLITE;
        return out->store == CONFIG_POSTGRES || strcmp(optarg, "sqlite") == 0;
    case 'p':
        out->postgres = optarg;
        return true;
    case 'n':
        if (!take_number(optarg, 2, &number))
            return false;
        out->nodes = (uint32_t)number;
        return true;
    case 'j':
        out->as_json = true;
        return true;
    default:
        return false;
    }
}

int drill_main(int argc, char **argv)
{
    static const struct option options[] = {{"minutes", required_argument, NULL, 'm'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"terminals", required_argument, NULL, 't'},
                                            {"rate", required_argument, NULL, 'r'},
                                            {"store", required_argument, NULL, 'o'},
                                            {"postgres", required_argument, NULL, 'p'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"nodes", required_argument, NULL, 'n'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct drill_options out = {.minutes = 2, .terminals = 32, .rate = 50, .nodes = 1};
    uint32_t drawn;
    int option;

    clock_entropy((uint8_t *)&drawn, sizeof drawn);
    out.seed = drawn;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h')
            return fputs(drill_help, stdout), EXIT_DONE;
        if (!take_option(&out, option))
            return fputs(drill_help, stderr), EXIT_USAGE;
    }
    bool is_shared = out.postgres != NULL || out.nodes > 1;
    if (optind != argc || (is_shared && out.store != CONFIG_POSTGRES))
        return fputs(drill_help, stderr), EXIT_USAGE;
    return run(&out);
}

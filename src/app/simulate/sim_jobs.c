#include "app/simulate/sim_jobs.h"

#include "base/assert.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_US 50000

/* What one process tells the others, in memory that all share. */
struct job {
    struct sim_report report;
    enum err err;
    uint64_t seed; /* that it plays */
    pid_t pid;
};

struct board {
    _Atomic uint64_t done;
    _Atomic uint64_t first_bad; /* the lowest seed that failed; UINT64_MAX: none */
    struct job jobs[SIM_JOBS_MAX];
};

struct worker {
    struct board *board;
    struct job *job;
};

static bool goes_on(void *context, uint64_t seed)
{
    struct worker *worker = context;
    worker->job->seed = seed;
    return seed < atomic_load(&worker->board->first_bad);
}

static void count_done(void *context, uint64_t seeds_done)
{
    struct worker *worker = context;
    (void)seeds_done;
    atomic_fetch_add(&worker->board->done, 1);
}

static void note_bad(struct board *board, uint64_t seed)
{
    uint64_t first = atomic_load(&board->first_bad);
    while (seed < first && !atomic_compare_exchange_weak(&board->first_bad, &first, seed))
        continue;
}

/* In the new process: plays every jobs-th seed. */
static void work(const struct sim_options *options, struct board *board, uint32_t index,
                 uint32_t jobs)
{
    struct worker worker = {board, &board->jobs[index]};
    struct sim_options own = *options;
    own.seed_first += index;
    own.seed_step = jobs;
    own.seed_count = (options->seed_count + jobs - 1 - index) / jobs;
    own.goes_on = goes_on;
    own.progress = count_done;
    own.context = &worker;
    worker.job->err = sim_run(&own, &worker.job->report);
    if (worker.job->report.failed)
        note_bad(board, worker.job->report.failed_seed);
}

static bool start(const struct sim_options *options, struct board *board, uint32_t jobs)
{
    for (uint32_t i = 0; i < jobs; i++) {
        pid_t pid = fork();
        if (pid < 0)
            return false;
        if (pid == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would hear of what it finds */
            work(options, board, i, jobs);
            _exit(0);
        }
        board->jobs[i].pid = pid;
    }
    return true;
}

/* A process that a signal ended has found something, too: a bug that asserts. */
static void take_end(struct board *board, struct job *job, int status)
{
    struct sim_report *report = &job->report;
    job->pid = 0;
    if (!WIFSIGNALED(status))
        return;
    struct text text = text_over(report->finding, sizeof report->finding);
    text_add(&text, "sim: the process was ended by signal ");
    text_add_u64(&text, (uint64_t)WTERMSIG(status));
    report->failed = true;
    report->failed_seed = job->seed;
    note_bad(board, job->seed);
}

static void wait_all(const struct sim_options *options, struct board *board, uint32_t jobs)
{
    uint32_t running = jobs;
    while (running > 0) {
        running = 0;
        for (uint32_t i = 0; i < jobs; i++) {
            struct job *job = &board->jobs[i];
            int status = 0;
            if (job->pid > 0 && waitpid(job->pid, &status, WNOHANG) == job->pid)
                take_end(board, job, status);
            running += job->pid > 0;
        }
        if (options->progress)
            options->progress(options->context, atomic_load(&board->done));
        if (running > 0)
            usleep(LOOK_US);
    }
}

static enum err merge(const struct board *board, uint32_t jobs, struct sim_report *report)
{
    enum err err = OK;
    memset(report, 0, sizeof *report);
    for (uint32_t i = 0; i < jobs; i++) {
        const struct sim_report *one = &board->jobs[i].report;
        if (one->failed && (!report->failed || one->failed_seed < report->failed_seed)) {
            report->failed = true;
            report->failed_seed = one->failed_seed;
            memcpy(report->finding, one->finding, sizeof report->finding);
            memcpy(report->tail, one->tail, sizeof report->tail);
        }
        report->seeds += one->seeds;
        for (int store = 0; store < SIM_STORE_COUNT; store++) {
            report->speeds[store].seeds += one->speeds[store].seeds;
            report->speeds[store].payments += one->speeds[store].payments;
            report->speeds[store].cpu_ns += one->speeds[store].cpu_ns;
        }
        tally_add(&report->tally, &one->tally);
        err = err == OK ? board->jobs[i].err : err;
    }
    return err;
}

enum err sim_jobs_run(const struct sim_options *options, uint32_t jobs, struct sim_report *report)
{
    if (jobs > options->seed_count)
        jobs = (uint32_t)options->seed_count;
    if (jobs <= 1)
        return sim_run(options, report);
    assert(jobs <= SIM_JOBS_MAX);
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED)
        return ERR_IO;
    atomic_store(&board->first_bad, UINT64_MAX);
    bool has_started = start(options, board, jobs);
    wait_all(options, board, jobs);
    enum err err = merge(board, jobs, report);
    munmap(board, sizeof *board);
    return has_started ? err : ERR_IO;
}

#include "app/demo_disaster.h"

#include "app/backup_manifest.h"
#include "app/client.h"
#include "app/folder.h"
#include "app/server.h"
#include "app/subcommand.h"
#include "drivers/sqlite_journal.h"
#include "host/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEFORE_BACKUP_US 700000 /* of payments */
#define GONE_TRIES 1500
#define GONE_PAUSE_US 20000

struct disaster {
    const char *data;
    char saved[FOLDER_PATH_ROOM];
    char elsewhere[FOLDER_PATH_ROOM];
    pid_t load; /* 0: none */
    bool is_good;
};

static bool tell(struct disaster *disaster, const char *what, bool good)
{
    printf("%-78s%s\n", what, good ? "ok" : "WRONG");
    fflush(stdout);
    disaster->is_good = disaster->is_good && good;
    return good;
}

static bool run_quiet(const char *const argv[])
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int result = client_run(argv, nowhere);

    close(nowhere);
    return result == EXIT_DONE;
}

/* ---- payments ---- */

static pid_t start_load(const char *data)
{
    const char *const argv[] = {"acquit", "load",      "--data", data, "--terminals",
                                "8",      "--seconds", "60",     NULL};
    pid_t child = fork();

    if (child != 0)
        return child < 0 ? 0 : child;
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execv("/proc/self/exe", (char *const *)argv);
    _exit(127);
}

static void end_load(struct disaster *disaster)
{
    if (disaster->load == 0)
        return;
    kill(disaster->load, SIGKILL);
    waitpid(disaster->load, NULL, 0);
    disaster->load = 0;
}

/* ---- death ---- */

static pid_t process_of(const char *data)
{
    char path[320];
    json_t *request = json_pack("{s:s}", "verb", "status");

    server_socket_path(data, "control", path, sizeof path);
    json_t *answer = client_ask(path, request);
    pid_t pid = (pid_t)json_integer_value(json_object_get(answer, "pid"));
    json_decref(request);
    json_decref(answer);
    return pid;
}

/* The processes end at once and together: terminals, switch and issuers alike. */
static bool kill_all(struct disaster *disaster)
{
    pid_t pid = process_of(disaster->data);

    if (pid <= 1 || kill(pid, SIGKILL) != 0)
        return false;
    end_load(disaster);
    for (int tries = 0; tries < GONE_TRIES; tries++) {
        if (kill(pid, 0) != 0)
            return true;
        usleep(GONE_PAUSE_US);
    }
    return false;
}

/* ---- what the dead machine knew ---- */

struct counting {
    int64_t point_us;
    struct journal_chain chain; /* the last record before the point */
    struct journal_record record;
};

static bool count_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct counting *counting = context;

    if (journal_decode(bytes, &counting->record) != OK ||
        counting->record.wall.us > counting->point_us)
        return false;
    counting->chain.sequence = sequence;
    return journal_hash(bytes, counting->chain.hash) == OK;
}

/* Every record that was made before the point is in the backup, to the last byte. */
static bool is_all_there(const struct disaster *disaster, const struct backup_manifest *manifest,
                         const struct backup_party *party)
{
    struct counting *counting = calloc(1, sizeof *counting);
    struct sqlite_range range = {.first = 1, .last = INT64_MAX, .count_max = INT64_MAX};
    struct sqlite_journal *journal = NULL;
    char file[PARTY_NAME_LEN + 4];
    char path[FOLDER_PATH_ROOM];
    char room[FOLDER_PATH_ROOM];
    struct text why = text_over(room, sizeof room);
    struct text t = text_over(file, sizeof file);

    text_add(&t, party->name);
    text_add(&t, ".db");
    bool is_good = counting != NULL && folder_path(disaster->data, file, path, &why) == OK &&
                   sqlite_journal_open(path, &journal, &why) == OK;
    if (is_good) {
        counting->point_us = manifest->point_us;
        is_good = sqlite_journal_read(journal, &range, count_record, counting) == OK &&
                  counting->chain.sequence == party->chain.sequence &&
                  memcmp(counting->chain.hash, party->chain.hash, JOURNAL_HASH_LEN) == 0;
    }
    sqlite_journal_close(journal);
    free(counting);
    return is_good;
}

static void compare(struct disaster *disaster)
{
    struct backup_manifest manifest;
    char room[FOLDER_PATH_ROOM];
    struct text why = text_over(room, sizeof room);
    unsigned long long records = 0;
    bool is_good = backup_manifest_read(disaster->saved, &manifest, &why) == OK;

    for (size_t i = 0; is_good && i < manifest.party_count; i++) {
        is_good = is_all_there(disaster, &manifest, &manifest.parties[i]);
        records += manifest.parties[i].chain.sequence;
    }
    snprintf(room, sizeof room, "of %llu records made before the stated point none is missing",
             records);
    tell(disaster, room, is_good);
    backup_manifest_free(&manifest);
}

/* ---- the scene ---- */

static void go_on(struct disaster *disaster)
{
    const char *const up[] = {"acquit", "up", "--data", disaster->elsewhere, "--detach", NULL};
    const char *const sale[] = {
        "acquit", "sale", "9.00", "--card", "C1", "--pin", "1234", "--data", disaster->elsewhere,
        NULL};
    const char *const audit[] = {"acquit", "audit", "--data", disaster->elsewhere, NULL};
    const char *const down[] = {"acquit", "down", "--data", disaster->elsewhere, NULL};

    if (!tell(disaster, "the world starts there, and takes up what was under way", run_quiet(up)))
        return;
    tell(disaster, "the customer comes back: 9.00", run_quiet(sale));
    tell(disaster, "acquit audit: the books are right", run_quiet(audit));
    (void)run_quiet(down);
}

static void play(struct disaster *disaster)
{
    const char *const backup[] = {"acquit", "backup",       disaster->saved,
                                  "--data", disaster->data, NULL};
    const char *const restore[] = {"acquit", "restore",           disaster->saved,
                                   "--data", disaster->elsewhere, NULL};

    const char *const down[] = {"acquit", "down", "--data", disaster->data, NULL};

    disaster->load = start_load(disaster->data);
    usleep(BEFORE_BACKUP_US);
    tell(disaster, "eight tills sell; acquit backup meanwhile", run_quiet(backup));
    if (!tell(disaster, "the machine dies: kill -9 of everything", kill_all(disaster)))
        (void)run_quiet(down);
    if (tell(disaster, "acquit restore, elsewhere", run_quiet(restore))) {
        compare(disaster);
        go_on(disaster);
    }
}

bool demo_disaster_play(const char *data)
{
    struct disaster disaster = {.data = data, .is_good = true};

    snprintf(disaster.saved, sizeof disaster.saved, "%s.saved", data);
    snprintf(disaster.elsewhere, sizeof disaster.elsewhere, "%s.elsewhere", data);
    printf("\n-- The machine dies\n");
    play(&disaster);
    end_load(&disaster);
    folder_remove(disaster.saved);
    folder_remove(disaster.elsewhere);
    return disaster.is_good;
}

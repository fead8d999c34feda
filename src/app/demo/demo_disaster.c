#include "app/demo/demo_disaster.h"

#include "app/keeping/backup_manifest.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/folder.h"
#include "app/world/server.h"
#include "drivers/sqlite/sqlite_journal.h"
#include "host/clock.h"

#include <dirent.h>
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

/* How far a party's journal was before the backup began. */
struct durable {
    char party[PARTY_NAME_LEN];
    uint64_t sequence;
};

struct disaster {
    const char *data;
    char saved[FOLDER_PATH_ROOM];
    char elsewhere[FOLDER_PATH_ROOM];
    pid_t load; /* 0: none */
    bool is_good;
    struct durable durable[BACKUP_PARTIES_MAX];
    size_t durable_count;
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

/* The store's journal, as another connection sees it. */
static bool open_journal(const char *data, const char *party, struct sqlite_journal **out)
{
    char file[PARTY_NAME_LEN + 4];
    char path[FOLDER_PATH_ROOM];
    char room[FOLDER_PATH_ROOM];
    struct text why = text_over(room, sizeof room);
    struct text t = text_over(file, sizeof file);

    text_add(&t, party);
    text_add(&t, ".db");
    return folder_path(data, file, path, &why) == OK && sqlite_journal_open(path, out, &why) == OK;
}

/* How far a party's journal is: whatever it has answered is in there. 0: it cannot be read. */
static uint64_t durable_now(const char *data, const char *party)
{
    struct sqlite_journal *journal = NULL;
    struct store_head head = {0};
    char room[FOLDER_PATH_ROOM];
    struct text why = text_over(room, sizeof room);

    if (open_journal(data, party, &journal) && sqlite_journal_head(journal, &head, &why) != OK)
        head.sequence = 0;
    sqlite_journal_close(journal);
    return head.sequence;
}

static void note_durable(struct disaster *disaster)
{
    static const char end[] = ".db";
    DIR *dir = opendir(disaster->data);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL &&
           disaster->durable_count < BACKUP_PARTIES_MAX) {
        struct durable *durable = &disaster->durable[disaster->durable_count];
        size_t len = strlen(entry->d_name);
        if (len <= strlen(end) || len - strlen(end) >= sizeof durable->party ||
            strcmp(entry->d_name + len - strlen(end), end) != 0)
            continue;
        memcpy(durable->party, entry->d_name, len - strlen(end));
        durable->sequence = durable_now(disaster->data, durable->party);
        disaster->durable_count++;
    }
    if (dir != NULL)
        closedir(dir);
}

static bool hash_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct journal_chain *chain = context;

    chain->sequence = sequence;
    return journal_hash(bytes, chain->hash) == OK;
}

/* The backup's last record is the dead machine's with that number; each record names the hash of
 * the one before, so all up to there are the same to the last byte. */
static bool is_same_journal(const char *data, const struct backup_party *party)
{
    uint64_t last = party->chain.sequence;
    struct sqlite_range range = {.first = last, .last = last, .count_max = 1};
    struct sqlite_journal *journal = NULL;
    struct journal_chain chain = {0};
    bool is_same = open_journal(data, party->name, &journal) &&
                   sqlite_journal_read(journal, &range, hash_record, &chain) == OK &&
                   chain.sequence == last &&
                   memcmp(chain.hash, party->chain.hash, JOURNAL_HASH_LEN) == 0;

    sqlite_journal_close(journal);
    return is_same;
}

/* A record's own time does not tell: it is when its message came in, and under load that is well
 * before it is durable, let alone answered. */
static void compare(struct disaster *disaster)
{
    struct backup_manifest manifest = {0};
    char room[FOLDER_PATH_ROOM];
    struct text why = text_over(room, sizeof room);
    unsigned long long records = 0;
    bool is_good =
        backup_manifest_read(disaster->saved, &manifest, &why) == OK && disaster->durable_count > 0;

    for (size_t i = 0; is_good && i < disaster->durable_count; i++) {
        const struct durable *durable = &disaster->durable[i];
        const struct backup_party *party = backup_manifest_party(&manifest, durable->party);
        is_good = party != NULL && durable->sequence > 0 &&
                  party->chain.sequence >= durable->sequence &&
                  is_same_journal(disaster->data, party);
        records += durable->sequence;
    }
    snprintf(room, sizeof room, "of %llu records durable when the backup began none is missing",
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
    note_durable(disaster);
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

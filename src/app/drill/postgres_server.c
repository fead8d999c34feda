#include "app/drill/postgres_server.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_STEP_US 20000
#define START_STEPS 6000 /* 120 s */
#define STOP_STEPS 500

/* ---- processes ---- */

/* The folder of the newest server's programs, with a slash at its end. */
static bool find_programs(char *out, size_t out_len)
{
    glob_t found = {0};
    bool ok = glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0;

    if (ok) {
        const char *last = found.gl_pathv[found.gl_pathc - 1];
        snprintf(out, out_len, "%.*s", (int)(strlen(last) - strlen("initdb")), last);
    } else {
        fprintf(stderr, "no PostgreSQL server in /usr/lib/postgresql: install postgresql\n");
    }
    globfree(&found);
    return ok;
}

static const struct passwd *server_user(void)
{
    return geteuid() == 0 ? getpwnam("postgres") : NULL;
}

/* In the child: another user, quiet, not ended by a Ctrl-C that is for its owner, and ended when
 * the owner is. */
static void become_server(const char *folder, const char *const arguments[])
{
    const struct passwd *user = server_user();
    char log[96];

    if (geteuid() == 0 && (user == NULL || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    setpgid(0, 0);
    snprintf(log, sizeof log, "%s/log", folder);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
    }
    if (chdir(folder) != 0)
        _exit(126);
    execv(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static pid_t spawn(const char *folder, const char *const arguments[])
{
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0)
        become_server(folder, arguments);
    return pid;
}

static bool wait_for_end(pid_t pid, int steps, int *status)
{
    for (int i = 0; i < steps; i++) {
        if (waitpid(pid, status, WNOHANG) == pid)
            return true;
        usleep(WAIT_STEP_US);
    }
    return false;
}

static void show_log(const struct postgres_server *server)
{
    char path[96];
    char line[512];

    snprintf(path, sizeof path, "%s/log", server->folder);
    FILE *log = fopen(path, "r");
    while (log != NULL && fgets(line, sizeof line, log) != NULL)
        fprintf(stderr, "# %s", line);
    if (log != NULL)
        fclose(log);
}

/* ---- starting ---- */

static bool make_cluster(struct postgres_server *server)
{
    char program[160];
    char data[96];
    const char *const arguments[] = {program, "-D",         data,        "-A",
                                     "trust", "-U",         "postgres",  "-E",
                                     "UTF8",  "--locale=C", "--no-sync", "--no-instructions",
                                     NULL};
    int status = -1;

    if (!find_programs(program, sizeof program - strlen("initdb")))
        return false;
    memcpy(program + strlen(program), "initdb", sizeof "initdb");
    snprintf(data, sizeof data, "%s/data", server->folder);
    pid_t pid = spawn(server->folder, arguments);
    return pid > 0 && wait_for_end(pid, START_STEPS, &status) && status == 0;
}

bool postgres_server_make(struct postgres_server *server)
{
    const struct passwd *user = server_user();

    *server = (struct postgres_server){.folder = "/tmp/acquit-postgres-XXXXXX"};
    if (mkdtemp(server->folder) == NULL)
        return false;
    if (user != NULL && chown(server->folder, user->pw_uid, user->pw_gid) != 0)
        return false;
    snprintf(server->conninfo, sizeof server->conninfo, "host=%s user=postgres dbname=postgres",
             server->folder);
    if (make_cluster(server) && postgres_server_start(server))
        return true;
    show_log(server);
    return false;
}

static bool is_ready(const struct postgres_server *server)
{
    return PQping(server->conninfo) == PQPING_OK;
}

bool postgres_server_start(struct postgres_server *server)
{
    char program[160];
    char data[96];
    const char *const arguments[] = {program,
                                     "-D",
                                     data,
                                     "-k",
                                     server->folder,
                                     "-c",
                                     "listen_addresses=",
                                     "-c",
                                     "shared_buffers=32MB",
                                     "-c",
                                     "max_connections=40",
                                     "-c",
                                     "fsync=on",
                                     NULL};
    int status;

    if (!find_programs(program, sizeof program - strlen("postgres")))
        return false;
    memcpy(program + strlen(program), "postgres", sizeof "postgres");
    snprintf(data, sizeof data, "%s/data", server->folder);
    for (int i = 0; i < START_STEPS; i++) {
        if (server->pid == 0)
            server->pid = spawn(server->folder, arguments);
        if (server->pid < 0)
            break;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid)
            server->pid = 0; /* processes of the killed one are not gone yet: try again */
        else if (is_ready(server))
            return true;
        usleep(WAIT_STEP_US);
    }
    return false;
}

/* ---- harm ---- */

static pid_t parent_of(const char *process)
{
    char path[300];
    char text[512];
    int parent = -1;

    snprintf(path, sizeof path, "/proc/%s/stat", process);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return -1;
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = 0;
    const char *end = strrchr(text, ')'); /* pid (name) state parent */
    if (end != NULL && strlen(end) > 4)
        parent = (int)strtol(end + 4, NULL, 10);
    return parent;
}

/* Children first: without their parent they could not be found. */
static void signal_all(const struct postgres_server *server, int number)
{
    DIR *all = opendir("/proc");
    const struct dirent *entry;

    while (all != NULL && (entry = readdir(all)) != NULL) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            parent_of(entry->d_name) == server->pid)
            kill((pid_t)strtol(entry->d_name, NULL, 10), number);
    }
    if (all != NULL)
        closedir(all);
    kill(server->pid, number);
}

void postgres_server_kill(struct postgres_server *server)
{
    signal_all(server, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

void postgres_server_freeze(const struct postgres_server *server)
{
    signal_all(server, SIGSTOP);
}

void postgres_server_thaw(const struct postgres_server *server)
{
    signal_all(server, SIGCONT);
}

/* ---- ending ---- */

static int remove_one(const char *path, const struct stat *what, int kind, struct FTW *where)
{
    (void)what;
    (void)kind;
    (void)where;
    return remove(path);
}

void postgres_server_remove(struct postgres_server *server)
{
    int status;

    if (server->pid > 0) {
        postgres_server_thaw(server);
        kill(server->pid, SIGQUIT);
        if (!wait_for_end(server->pid, STOP_STEPS, &status))
            postgres_server_kill(server);
    }
    server->pid = 0;
    nftw(server->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/*
 * What this machine gives for the parts of an authorisation, bare: round trips of frames through
 * an epoll server, synced writes, SQLite rows. Prints one number.
 *
 *     limits echo CONNECTIONS SECONDS      round trips a second; server and clients are two
 * processes limits sync FOLDER GROUP SECONDS     records a second, a group to each fdatasync limits
 * sqlite FOLDER GROUP SECONDS   rows a second, a group to each transaction (WAL, FULL)
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAME_LEN 300  /* a sale */
#define RECORD_LEN 800 /* a journal record of a sale */
#define EVENTS_MAX 256
#define FILE_LEN (16 << 20)

static uint8_t bytes[1 << 16];

static double now_s(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void need(bool is_good, const char *what)
{
    if (is_good)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

/* ---- echo ---- */

static void watch(int poll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    need(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void serve(int listener)
{
    struct epoll_event events[EVENTS_MAX];
    int poll = epoll_create1(0);

    watch(poll, listener);
    for (;;) {
        int count = epoll_wait(poll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                watch(poll, accept(listener, NULL, NULL));
                continue;
            }
            ssize_t got = read(fd, bytes, sizeof bytes);
            if (got <= 0)
                _exit(EXIT_SUCCESS);
            need(write(fd, bytes, (size_t)got) == got, "write");
        }
    }
}

static int listen_somewhere(struct sockaddr_in *address)
{
    socklen_t len = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    need(bind(listener, (struct sockaddr *)address, len) == 0, "bind");
    need(listen(listener, 1024) == 0, "listen");
    need(getsockname(listener, (struct sockaddr *)address, &len) == 0, "getsockname");
    return listener;
}

static int connect_all(const struct sockaddr_in *address, int connections)
{
    int poll = epoll_create1(0);

    for (int i = 0; i < connections; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        need(connect(fd, (const struct sockaddr *)address, sizeof *address) == 0, "connect");
        watch(poll, fd);
        need(write(fd, bytes, FRAME_LEN) == FRAME_LEN, "write");
    }
    return poll;
}

static double echo(int connections, double seconds)
{
    struct epoll_event events[EVENTS_MAX];
    struct sockaddr_in address;
    int listener = listen_somewhere(&address);
    pid_t server = fork();
    uint64_t done = 0;

    need(server >= 0, "fork");
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener);
    }
    int poll = connect_all(&address, connections);
    double start = now_s();
    while (now_s() - start < seconds) {
        int count = epoll_wait(poll, events, EVENTS_MAX, 1000);
        for (int i = 0; i < count; i++) {
            ssize_t got = read(events[i].data.fd, bytes, sizeof bytes);
            need(got > 0, "read"); /* 300 bytes on the loopback come whole */
            need(write(events[i].data.fd, bytes, FRAME_LEN) == FRAME_LEN, "write");
            done++;
        }
    }
    double spent = now_s() - start;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return (double)done / spent;
}

/* ---- disk ---- */

static void path_in(const char *folder, const char *name, char path[static 4096])
{
    need(snprintf(path, 4096, "%s/%s", folder, name) < 4096, folder);
}

static double sync_groups(const char *folder, int group, double seconds)
{
    char path[4096];
    size_t len = (size_t)group * RECORD_LEN;
    off_t at = 0;
    uint64_t done = 0;

    path_in(folder, "limit.log", path);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(fd >= 0 && len <= sizeof bytes, path);
    for (off_t filled = 0; filled < FILE_LEN; filled += (off_t)sizeof bytes)
        need(pwrite(fd, bytes, sizeof bytes, filled) == sizeof bytes, path);
    need(fsync(fd) == 0, path);
    double start = now_s();
    while (now_s() - start < seconds) {
        need(pwrite(fd, bytes, len, at) == (ssize_t)len, path);
        need(fdatasync(fd) == 0, path);
        at = at + 2 * (off_t)len <= FILE_LEN ? at + (off_t)len : 0;
        done += (uint64_t)group;
    }
    double spent = now_s() - start;
    close(fd);
    unlink(path);
    return (double)done / spent;
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return;
    fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    exit(EXIT_FAILURE);
}

static double sqlite_groups(const char *folder, int group, double seconds)
{
    char path[4096];
    sqlite3 *db;
    sqlite3_stmt *insert;
    uint64_t done = 0;

    path_in(folder, "limit.db", path);
    need(sqlite3_open(path, &db) == SQLITE_OK, path);
    run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE journal(seq INTEGER PRIMARY KEY, record BLOB NOT NULL)");
    sqlite3_prepare_v2(db, "INSERT INTO journal(record) VALUES(?1)", -1, &insert, NULL);
    sqlite3_bind_blob(insert, 1, bytes, RECORD_LEN, SQLITE_STATIC);
    double start = now_s();
    while (now_s() - start < seconds) {
        run(db, "BEGIN IMMEDIATE");
        for (int i = 0; i < group; i++) {
            need(sqlite3_step(insert) == SQLITE_DONE, path);
            sqlite3_reset(insert);
        }
        run(db, "COMMIT");
        done += (uint64_t)group;
    }
    double spent = now_s() - start;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    unlink(path);
    return (double)done / spent;
}

int main(int argc, char **argv)
{
    double seconds = argc > 3 ? strtod(argv[argc - 1], NULL) : 0;
    int count = argc > 3 ? (int)strtol(argv[argc - 2], NULL, 10) : 0;

    if (argc == 4 && strcmp(argv[1], "echo") == 0)
        printf("%.1f\n", echo(count, seconds));
    else if (argc == 5 && strcmp(argv[1], "sync") == 0)
        printf("%.1f\n", sync_groups(argv[2], count, seconds));
    else if (argc == 5 && strcmp(argv[1], "sqlite") == 0)
        printf("%.1f\n", sqlite_groups(argv[2], count, seconds));
    else
        return fputs("usage: limits echo N S | sync FOLDER GROUP S | sqlite FOLDER GROUP S\n",
                     stderr),
               EXIT_FAILURE;
    return EXIT_SUCCESS;
}

/*
 * A PostgreSQL server of its own for drills and tests: a fresh cluster in a temporary folder, on a
 * Unix socket there, durable as in production (fsync on). Run as root it is started as user
 * postgres, which the Debian package makes. It ends with the program, even when that crashes. Every
 * wait is bounded; why a server does not start is said on standard error.
 */
#ifndef APP_POSTGRES_SERVER_H
#define APP_POSTGRES_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

struct postgres_server {
    char folder[64]; /* holds data/ and the socket */
    char conninfo[160];
    pid_t pid; /* 0: not running */
};

/* Makes the cluster and starts the server. False: *server need only be removed. Like
 * postgres_server_start to be called on a thread that lives as long as the server: it ends with the
 * thread that started it. */
bool postgres_server_make(struct postgres_server *server);

/* Starts it again after a kill; recovery included. */
bool postgres_server_start(struct postgres_server *server);

/* kill -9 of all its processes. */
void postgres_server_kill(struct postgres_server *server);

/* Stops all its processes where they stand (SIGSTOP), or lets them go on. */
void postgres_server_freeze(const struct postgres_server *server);
void postgres_server_thaw(const struct postgres_server *server);

/* Ends the server and removes the folder. */
void postgres_server_remove(struct postgres_server *server);

#endif

/*
 * What command-line programs share: the data folder, and asking the processes that run on it over
 * their control sockets.
 */
#ifndef APP_CLIENT_H
#define APP_CLIENT_H

#include "base/text.h"

#include <jansson.h>

#define CLIENT_DATA_DEFAULT "acquit-data"
#define CLIENT_WAIT_MS 120000
#define CLIENT_LOOK_WAIT_MS 30000 /* for status, find, story, doubt and query */
#define CLIENT_SOCKETS_MAX 32
/* The data folder goes in twice. */
#define CLIENT_NOTHING_RUNS                                                                        \
    "acquit: nothing runs on the data folder %s; start it with: acquit up --data %s\n"

/* The folder of a world, or of the world for practice inside it. */
void client_folder(const char *data, bool is_training, char *out, size_t out_len);

/* Runs an acquit command as a child; its exit code. out: its standard output; -1: ours. */
int client_run(const char *const argv[], int out);

/* The sockets of the processes that may be running on a data folder. */
struct client_sockets {
    size_t count;
    char paths[CLIENT_SOCKETS_MAX][320];
};

/* Those where terminals are first, then by name. */
void client_sockets_find(const char *data, struct client_sockets *out);

/* Asks one process. NULL, with a complaint on standard error, when it does not answer or refuses.
 * The caller releases the answer. */
json_t *client_ask(const char *path, const json_t *request);

/* Asks the processes of a data folder in turn until one says ok; complains when none does. */
json_t *client_ask_any(const char *data, const json_t *request);

/* As client_ask, but silent: *error says why not. */
json_t *client_try(const char *path, const json_t *request, struct text *error);

/* Prints a string member, nothing when it is not there. */
const char *client_text(const json_t *json, const char *key);

#endif

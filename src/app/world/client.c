#include "app/world/client.h"

#include "base/attribute.h"
#include "host/control.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void socket_add(struct client_sockets *sockets, const char *data, const char *name)
{
    if (sockets->count == CLIENT_SOCKETS_MAX)
        return;
    char *path = sockets->paths[sockets->count];
    struct text t = text_over(path, sizeof sockets->paths[0]);

    text_add(&t, data);
    text_add_char(&t, '/');
    text_add(&t, name);
    if (!t.cut)
        sockets->count++;
}

void client_folder(const char *data, bool is_training, char *out, size_t out_len)
{
    struct text t = text_over(out, out_len);

    text_add(&t, data);
    if (is_training)
        text_add(&t, "/training");
}

int client_run(const char *const argv[], int out)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        if (out >= 0)
            dup2(out, STDOUT_FILENO);
        execv("/proc/self/exe", (char *const *)argv);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
        return EXIT_FAILURE;
    return WEXITSTATUS(status);
}

static bool is_socket(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && strcmp(name + len - 5, ".sock") == 0;
}

/* Cashiers are served where the terminals are, so those are asked first: a party that is stuck must
 * not keep them waiting. The rest by name. */
static int socket_order(const void *a, const void *b)
{
    static const char *const first[] = {"/terminal.sock", "/control.sock"};
    const char *paths[2] = {a, b};
    int rank[2] = {0, 0};

    for (int i = 0; i < 2; i++) {
        const char *name = strrchr(paths[i], '/');
        for (int at = 0; at < (int)ARRAY_COUNT(first); at++)
            rank[i] = strcmp(name, first[at]) == 0 ? at + 1 : rank[i];
    }
    return rank[0] != rank[1] ? rank[1] - rank[0] : strcmp(paths[0], paths[1]);
}

void client_sockets_find(const char *data, struct client_sockets *out)
{
    DIR *dir = opendir(data);
    const struct dirent *entry;

    out->count = 0;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (is_socket(entry->d_name))
            socket_add(out, data, entry->d_name);
    }
    if (dir != NULL)
        closedir(dir);
    qsort(out->paths, out->count, sizeof out->paths[0], socket_order);
}

const char *client_text(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text == NULL ? "" : text;
}

/* A terminal may wait for its switch; what only looks something up is quick, or its process is
 * stuck. */
static int wait_of(const json_t *request)
{
    static const char *const quick[] = {"status", "find", "story", "doubt", "query"};
    const char *verb = client_text(request, "verb");

    for (size_t i = 0; i < ARRAY_COUNT(quick); i++) {
        if (strcmp(verb, quick[i]) == 0)
            return CLIENT_LOOK_WAIT_MS;
    }
    return CLIENT_WAIT_MS;
}

json_t *client_try(const char *path, const json_t *request, struct text *error)
{
    json_t *answer = NULL;

    if (control_ask(path, request, wait_of(request), &answer, error) != OK)
        return NULL;
    if (json_is_true(json_object_get(answer, "ok")))
        return answer;
    text_add(error, client_text(answer, "error"));
    json_decref(answer);
    return NULL;
}

json_t *client_ask(const char *path, const json_t *request)
{
    char room[512];
    struct text error = text_over(room, sizeof room);
    json_t *answer = client_try(path, request, &error);

    if (answer == NULL)
        fprintf(stderr, "acquit: %s\n", room);
    return answer;
}

json_t *client_ask_any(const char *data, const json_t *request)
{
    struct client_sockets sockets;
    char room[512] = "";

    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        struct text error = text_over(room, sizeof room);
        json_t *answer = client_try(sockets.paths[i], request, &error);

        if (answer != NULL)
            return answer;
    }
    if (sockets.count == 0)
        fprintf(stderr, CLIENT_NOTHING_RUNS, data, data);
    else
        fprintf(stderr, "acquit: %s\n", room);
    return NULL;
}

#include "app/client.h"

#include "host/control.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_socket(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && strcmp(name + len - 5, ".sock") == 0;
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
}

const char *client_text(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text == NULL ? "" : text;
}

json_t *client_try(const char *path, const json_t *request, struct text *error)
{
    json_t *answer = NULL;

    if (control_ask(path, request, CLIENT_WAIT_MS, &answer, error) != OK)
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

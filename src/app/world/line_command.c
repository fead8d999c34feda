/* acquit line: which way the terminals' line goes; in a lab, pulling a way and mending it. */
#include "app/subcommand.h"
#include "app/world/client.h"
#include "host/clock.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEEN_WAIT_MS 60000
#define OTHER_WAIT_MS 1000 /* for the other way, when this one is pulled */
#define SEEN_STEP_US 20000

static const char line_help[] =
    "usage: acquit line [--data DIR]\n"
    "       acquit line pull|mend primary|backup [--data DIR]\n\n"
    "Says which way the terminals' line goes: primary, backup or down. pull takes a way away, as "
    "a\n"
    "digger does to a cable: nothing listens there, and what was connected is cut. mend brings it\n"
    "back. Both wait until the terminals have noticed.\n\n"
    "example: acquit line pull primary --data /tmp/shop && acquit line --data /tmp/shop\n";

/* The way of the line; "" when no terminals run. */
static void read_way(const char *data, char out[static 16])
{
    json_t *request = json_pack("{s:s}", "verb", "status");
    struct client_sockets sockets;
    struct text t = text_over(out, 16);

    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count && t.len == 0; i++) {
        char room[256];
        struct text error = text_over(room, sizeof room);
        json_t *answer = client_try(sockets.paths[i], request, &error);
        text_add(&t, client_text(json_object_get(answer, "ways"), "line"));
        json_decref(answer);
    }
    (void)text_z(&t);
    json_decref(request);
}

/* A way that is pulled is not used any more; one that is mended ends a line that was down. */
static bool is_noticed(const char *verb, const char *way, const char *now)
{
    return strcmp(verb, "pull") == 0 ? strcmp(now, way) != 0 : strcmp(now, "down") != 0;
}

/* Between two ways the line is down for a moment. */
static bool is_settled(const char *verb, const char *way, const char *now, struct moment other_by)
{
    return is_noticed(verb, way, now) && (strcmp(now, "down") != 0 || clock_now().ns > other_by.ns);
}

static int change(const char *data, const char *verb, const char *way)
{
    json_t *request = json_pack("{s:s, s:s}", "verb", "line", verb, way);
    struct moment end = moment_add_ms(clock_now(), SEEN_WAIT_MS);
    struct moment other_by = moment_add_ms(clock_now(), OTHER_WAIT_MS);
    json_t *answer = client_ask_any(data, request);
    bool is_done = answer != NULL;
    char now[16];

    json_decref(answer);
    json_decref(request);
    if (!is_done)
        return EXIT_BAD;
    for (read_way(data, now); !is_settled(verb, way, now, other_by) && clock_now().ns < end.ns;
         read_way(data, now))
        usleep(SEEN_STEP_US);
    printf("line: %s\n", now);
    return is_noticed(verb, way, now) ? EXIT_DONE : EXIT_BAD;
}

static int usage(int code)
{
    fputs(line_help, code == EXIT_DONE ? stdout : stderr);
    return code;
}

int line_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *data = CLIENT_DATA_DEFAULT;
    char now[16];
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'd')
            return usage(option == 'h' ? EXIT_DONE : EXIT_USAGE);
        data = optarg;
    }
    if (argc - optind == 2 &&
        (strcmp(argv[optind], "pull") == 0 || strcmp(argv[optind], "mend") == 0))
        return change(data, argv[optind], argv[optind + 1]);
    if (argc != optind)
        return usage(EXIT_USAGE);
    read_way(data, now);
    printf("line: %s\n", now[0] == 0 ? "no terminals run" : now);
    return now[0] != 0 && strcmp(now, "down") != 0 ? EXIT_DONE : EXIT_BAD;
}

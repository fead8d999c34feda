/*
 * acquit clock: what time it is in a lab, and moving it on, so that holds lapse, limits open again
 * and days end while somebody watches.
 */
#include "app/world/client.h"
#include "app/world/clock_file.h"
#include "app/subcommand.h"
#include "host/control.h"
#include "base/instant.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MAX_S (400 * INT64_C(86400))
#define AHEAD_MAX_US (INT64_C(10) * 366 * 86400 * 1000000)

static const char clock_help[] =
    "usage: acquit clock advance TIME [--data DIR]\n"
    "       acquit clock show [--data DIR]\n\n"
    "Moves all clocks of a lab on by TIME: 30s, 31m, 2h, 1d. Holds lapse, deadlines come and days\n"
    "end as if the time had passed. It never goes back; a restart keeps it. The machine's own\n"
    "clock is not touched.\n\n"
    "example: acquit clock advance 31m --data /tmp/shop\n";

/* Seconds, or -1. */
static int64_t duration_s(const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end;

    errno = 0;
    long long count = strtoll(text, &end, 10);
    if (errno != 0 || end == text || count <= 0 || count > STEP_MAX_S || strlen(end) != 1)
        return -1;
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        if (units[i].unit == *end && count <= STEP_MAX_S / units[i].seconds)
            return count * units[i].seconds;
    }
    return -1;
}

static void print_time(const json_t *answer)
{
    time_t wall = (time_t)(json_integer_value(json_object_get(answer, "wall_us")) / 1000000);
    int64_t ahead = json_integer_value(json_object_get(answer, "ahead_us")) / 1000000;
    char text[32];
    struct tm tm;

    gmtime_r(&wall, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &tm);
    printf("%s, %" PRId64 "d %02" PRId64 ":%02" PRId64 ":%02" PRId64 " ahead of the machine\n",
           text, ahead / 86400, ahead / 3600 % 24, ahead / 60 % 60, ahead % 60);
}

/* NULL when a process does not answer, which *result then says. A socket that nobody listens on was
 * left by a crash: what starts there anew reads the file. */
static json_t *ask_one(const char *path, const json_t *request, int *result)
{
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    json_t *answer = NULL;
    enum err err = control_ask(path, request, CLIENT_WAIT_MS, &answer, &error);

    if (err == ERR_NOT_FOUND)
        return NULL;
    if (err == OK && json_is_true(json_object_get(answer, "ok")))
        return answer;
    fprintf(stderr, "acquit: %s\n", err == OK ? client_text(answer, "error") : room);
    json_decref(answer);
    *result = EXIT_BAD;
    return NULL;
}

/* Asks every process of the folder; prints what the first one says. */
static int ask_all(const char *data, const json_t *request)
{
    struct client_sockets sockets;
    bool is_said = false;
    int result = EXIT_DONE;

    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        json_t *answer = ask_one(sockets.paths[i], request, &result);

        if (answer == NULL)
            continue;
        if (!is_said)
            print_time(answer);
        is_said = true;
        json_decref(answer);
    }
    if (!is_said && result == EXIT_DONE) {
        fprintf(stderr, CLIENT_NOTHING_RUNS, data, data);
        result = EXIT_BAD;
    }
    return result;
}

/* The file first: a process that starts in between must not be behind the others. */
static int advance(const char *data, int64_t step_s)
{
    char room[512] = "";
    struct text error = text_over(room, sizeof room);
    struct client_sockets sockets;
    int64_t ahead_us;

    client_sockets_find(data, &sockets);
    if (sockets.count == 0) {
        fprintf(stderr, CLIENT_NOTHING_RUNS, data, data);
        return EXIT_BAD;
    }
    enum err err = clock_file_read(data, &ahead_us, &error);
    if (err == OK && ahead_us > AHEAD_MAX_US - step_s * 1000000) {
        fprintf(stderr, "acquit: a lab's clock can be ten years ahead, not more\n");
        return EXIT_BAD;
    }
    ahead_us += step_s * 1000000;
    if (err == OK)
        err = clock_file_write(data, ahead_us, &error);
    if (err != OK) {
        fprintf(stderr, "acquit: %s\n", room);
        return EXIT_BAD;
    }
    json_t *request = json_pack("{s:s, s:I}", "verb", "clock", "ahead_us", (json_int_t)ahead_us);
    int result = ask_all(data, request);
    json_decref(request);
    return result;
}

static int show(const char *data)
{
    json_t *request = json_pack("{s:s}", "verb", "clock");
    int result = ask_all(data, request);

    json_decref(request);
    return result;
}

static int run(int count, char **words, const char *data)
{
    if (count == 1 && strcmp(words[0], "show") == 0)
        return show(data);
    if (count != 2 || strcmp(words[0], "advance") != 0) {
        fputs(clock_help, stderr);
        return EXIT_USAGE;
    }
    int64_t step_s = duration_s(words[1]);
    if (step_s < 0) {
        fprintf(stderr,
                "acquit: '%s' is no time to advance: expected a number with s, m, h or d, at most "
                "400d\n",
                words[1]);
        return EXIT_USAGE;
    }
    return advance(data, step_s);
}

int clock_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *data = CLIENT_DATA_DEFAULT;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(clock_help, stdout);
            return EXIT_DONE;
        }
        if (option != 'd') {
            fputs(clock_help, stderr);
            return EXIT_USAGE;
        }
        data = optarg;
    }
    return run(argc - optind, argv + optind, data);
}

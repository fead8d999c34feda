/* acquit up, run, down, status: starting and stopping processes. */
#include "app/world/client.h"
#include "app/doubt/doubt_client.h"
#include "app/desk/rules_first.h"
#include "app/subcommand.h"
#include "app/world/server.h"
#include "app/world/way_json.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOWN_WAIT_MS 60000

static const char up_help[] =
    "usage: acquit up [--data DIR] [--detach] [--training]\n\n"
    "Runs the whole world of DIR/acquit.yaml in one process: issuers, the acquirer's switch and\n"
    "the terminals. Writes the file with working defaults when it is not there.\n\n"
    "  --data DIR   folder of everything (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --detach     return when it is ready; acquit down ends it\n"
    "  --training   the world for practice in DIR/training, with keys and books of its own;\n"
    "               a sale with --training starts it by itself\n\n"
    "example: acquit up --data /tmp/shop --detach && acquit sale 10.00 --data /tmp/shop\n";

static const char run_help[] =
    "usage: acquit run acquirer|issuer|terminal --config FILE [--issuer ID] [--node N] "
    "[--detach]\n\n"
    "Runs one party alone, as in production. All parties read the same file; those that run\n"
    "apart need fixed ports in it.\n\n"
    "  --node N     of the switch's nodes on one PostgreSQL the one of this number; without it "
    "the\n"
    "               first\n\n"
    "example: acquit run issuer --issuer 20000001 --config acquit.yaml\n";

/* ---- detaching ---- */

/* In the parent: waits until the child is ready or has ended. */
static int wait_ready(pid_t child, int fd)
{
    char line[16];
    int status = 0;
    ssize_t got = read(fd, line, sizeof line);

    if (got > 0) {
        printf("acquit: ready, process %ld\n", (long)child);
        return EXIT_DONE;
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EXIT_BAD;
}

/* The log takes what a detached process would say on the terminal; it holds no card data. */
static void become_quiet(const char *data)
{
    char path[CONFIG_PATH_LEN + 16];
    struct text t = text_over(path, sizeof path);
    int null_fd = open("/dev/null", O_RDONLY);

    text_add(&t, data);
    text_add(&t, "/acquit.log");
    int log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (null_fd >= 0)
        dup2(null_fd, STDIN_FILENO);
    if (log_fd >= 0)
        dup2(log_fd, STDOUT_FILENO);
}

static int run_detached(struct server_setup *setup, const char *data)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) != 0)
        return EXIT_BAD;
    fflush(stdout);
    pid_t child = fork();
    if (child < 0)
        return EXIT_BAD;
    if (child > 0) {
        close(fds[1]);
        return wait_ready(child, fds[0]);
    }
    close(fds[0]);
    setsid();
    become_quiet(data);
    setup->ready_fd = fds[1];
    exit(server_run(setup));
}

static void say_ready(void)
{
    printf("acquit: starting; Ctrl-C ends it\n");
    fflush(stdout);
}

/* ---- up ---- */

static int make_world(const char *data, const char *path, bool is_training)
{
    char room[512];
    struct text error = text_over(room, sizeof room);

    if (mkdir(data, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "acquit: %s: %s\n", data, strerror(errno));
        return EXIT_BAD;
    }
    enum err err = config_write_default(path, is_training, &error);
    if (err == OK && !is_training)
        err = rules_first_write(data, &error);
    if (err == OK || err == ERR_EXISTS)
        return EXIT_DONE;
    fprintf(stderr, "acquit: %s\n", room);
    return EXIT_BAD;
}

struct up_arguments {
    const char *data;
    bool is_detached;
    bool is_training;
};

/* EXIT_DONE, or what to exit with; help_asked when only help was wanted. */
static int take_up(int argc, char **argv, struct up_arguments *out, bool *help_asked)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"detach", no_argument, NULL, 'b'},
                                            {"training", no_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            out->data = optarg;
        else if (option == 'b')
            out->is_detached = true;
        else if (option == 't')
            out->is_training = true;
        else
            *help_asked = true;
        if (*help_asked)
            return fputs(up_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    return EXIT_DONE;
}

int up_main(int argc, char **argv)
{
    struct up_arguments arguments = {.data = CLIENT_DATA_DEFAULT};
    char folder[CONFIG_PATH_LEN];
    char path[CONFIG_PATH_LEN];
    bool help_asked = false;
    int result = take_up(argc, argv, &arguments, &help_asked);

    if (help_asked)
        return result;
    client_folder(arguments.data, arguments.is_training, folder, sizeof folder);
    struct text t = text_over(path, sizeof path);
    text_add(&t, folder);
    text_add(&t, "/acquit.yaml");
    if (t.cut || make_world(folder, path, arguments.is_training) != EXIT_DONE)
        return EXIT_BAD;
    struct server_setup setup = {.config_path = path, .ready_fd = -1};
    if (arguments.is_detached)
        return run_detached(&setup, folder);
    say_ready();
    return server_run(&setup);
}

/* ---- run ---- */

#define NODE_MAX 9

static bool take_party(const char *name, enum party *out)
{
    static const enum party parties[] = {PARTY_ACQUIRER, PARTY_ISSUER, PARTY_TERMINAL};

    for (size_t i = 0; i < ARRAY_COUNT(parties); i++) {
        if (strcmp(party_name(parties[i]), name) == 0) {
            *out = parties[i];
            return true;
        }
    }
    return false;
}

/* NODE_MAX + 1: it is none. */
static uint16_t take_node(const char *text)
{
    return text[0] >= '1' && text[0] <= '0' + NODE_MAX && text[1] == 0 ? (uint16_t)(text[0] - '0')
                                                                       : NODE_MAX + 1;
}

int run_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'}, {"issuer", required_argument, NULL, 'i'},
        {"node", required_argument, NULL, 'n'},   {"detach", no_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},         {0}};
    struct server_setup setup = {.ready_fd = -1};
    bool is_detached = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c')
            setup.config_path = optarg;
        else if (option == 'i')
            setup.issuer = optarg;
        else if (option == 'n')
            setup.node = take_node(optarg);
        else if (option == 'b')
            is_detached = true;
        else
            return fputs(run_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (setup.config_path == NULL || optind + 1 != argc || !take_party(argv[optind], &setup.only) ||
        (setup.node != 0 && (setup.only != PARTY_ACQUIRER || setup.node > NODE_MAX)))
        return fputs(run_help, stderr), EXIT_USAGE;
    if (!is_detached) {
        say_ready();
        return server_run(&setup);
    }
    char data[CONFIG_PATH_LEN];
    const char *slash = strrchr(setup.config_path, '/');
    struct text t = text_over(data, sizeof data);
    text_add_bytes(&t, slash == NULL
                           ? bytes_of_z(".")
                           : bytes_over(setup.config_path, (size_t)(slash - setup.config_path)));
    return run_detached(&setup, data);
}

/* ---- down, status ---- */

static int take_data(int argc, char **argv, const char *help, const char **data)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    int option;
    int json = 0;

    *data = CLIENT_DATA_DEFAULT;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            *data = optarg;
        else if (option == 'j')
            json = 1;
        else
            return fputs(help, option == 'h' ? stdout : stderr),
                   option == 'h' ? -1 - EXIT_DONE : -1 - EXIT_USAGE;
    }
    return json;
}

/* Ended, though its parent may not have taken notice yet: nothing of it is held any more. */
static bool is_zombie(long pid)
{
    char path[64];
    char stat[256] = "";
    struct text t = text_over(path, sizeof path);

    text_add(&t, "/proc/");
    text_add_i64(&t, pid);
    text_add(&t, "/stat");
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return false;
    const char *line = fgets(stat, sizeof stat, in);
    fclose(in);
    const char *name_end = line == NULL ? NULL : strrchr(line, ')');
    return name_end != NULL && strncmp(name_end, ") Z", 3) == 0;
}

/* Waits until the process behind a socket has gone, so that its stores are free. */
static bool wait_gone(long pid)
{
    for (int waited = 0; waited < DOWN_WAIT_MS; waited += 20) {
        if ((kill((pid_t)pid, 0) != 0 && errno == ESRCH) || is_zombie(pid))
            return true;
        usleep(20000);
    }
    return false;
}

static int stop_one(const char *path)
{
    json_t *status_request = json_pack("{s:s}", "verb", "status");
    json_t *down_request = json_pack("{s:s}", "verb", "down");
    json_t *status = client_ask(path, status_request);
    long pid = (long)json_integer_value(json_object_get(status, "pid"));
    json_t *answer = status == NULL ? NULL : client_ask(path, down_request);
    bool is_gone = answer != NULL && wait_gone(pid);

    json_decref(status_request);
    json_decref(down_request);
    json_decref(status);
    json_decref(answer);
    return is_gone ? EXIT_DONE : EXIT_BAD;
}

static int stop_all(const char *data, bool *runs)
{
    struct client_sockets sockets;
    int result = EXIT_DONE;

    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        if (stop_one(sockets.paths[i]) != EXIT_DONE)
            result = EXIT_BAD;
        *runs = true;
    }
    return result;
}

int down_main(int argc, char **argv)
{
    static const char help[] =
        "usage: acquit down [--data DIR]\n\nEnds what runs on DIR and on its "
        "training world: what was taken in is finished first.\n";
    char training[CONFIG_PATH_LEN];
    const char *data;
    bool runs = false;
    int result = take_data(argc, argv, help, &data);

    if (result < 0)
        return -1 - result;
    client_folder(data, true, training, sizeof training);
    result = stop_all(data, &runs);
    if (stop_all(training, &runs) != EXIT_DONE)
        result = EXIT_BAD;
    if (!runs)
        printf("acquit: nothing runs on %s\n", data);
    return result;
}

/* What each party owes and has in doubt, into "parties". */
static void set_lanes(json_t *answer, const json_t *doubts)
{
    size_t i;
    size_t j;
    json_t *party;
    json_t *doubt;

    json_array_foreach(json_object_get(answer, "parties"), i, party)
    {
        json_array_foreach(doubts, j, doubt)
        {
            if (strcmp(client_text(party, "name"), client_text(doubt, "name")) == 0)
                json_object_set(party, "lanes", json_object_get(doubt, "lanes"));
        }
    }
}

/* "node 2: heard of 0.4 s ago, 1234 records" or who has taken over what it left. */
static void print_nodes(const json_t *party)
{
    const json_t *nodes = json_object_get(party, "nodes");
    size_t i;
    json_t *node;

    json_array_foreach(nodes, i, node)
    {
        json_int_t swept_by = json_integer_value(json_object_get(node, "swept_by"));

        printf("    node %d: epoch %lld, %lld records, heard of %.1f s ago",
               (int)json_integer_value(json_object_get(node, "node")),
               (long long)json_integer_value(json_object_get(node, "epoch")),
               (long long)json_integer_value(json_object_get(node, "records")),
               (double)json_integer_value(json_object_get(node, "silent_ms")) / 1000);
        if (swept_by != 0)
            printf("; node %lld goes on with what it left", (long long)swept_by);
        putchar('\n');
    }
}

/* What a party's standby lacks or why it is away, since when, and what to do. */
static void print_standby(const json_t *party)
{
    const json_t *standby = json_object_get(party, "standby");
    const char *stand = client_text(standby, "stand");
    bool is_required = strcmp(client_text(standby, "policy"), "required") == 0;

    if (!json_is_object(standby))
        return;
    printf("    standby %s: %s for %.0f s", client_text(standby, "address"), stand,
           (double)json_integer_value(json_object_get(standby, "for_ms")) / 1000);
    if (strcmp(stand, "level") != 0)
        printf(", %lld records behind",
               (long long)json_integer_value(json_object_get(standby, "behind")));
    if (*client_text(standby, "why") != 0)
        printf(" (%s)", client_text(standby, "why"));
    putchar('\n');
    if (strcmp(stand, "away") == 0)
        printf("      %s: acquit why switch.standby-away\n",
               is_required ? "nothing new is taken until it is back"
                           : "what it lacks is lost if this machine is");
}

static void print_status(const json_t *answer, const json_t *doubts)
{
    size_t i;
    json_t *party;

    printf("process %ld, configuration %s\n",
           (long)json_integer_value(json_object_get(answer, "pid")), client_text(answer, "config"));
    json_array_foreach(json_object_get(answer, "parties"), i, party)
    {
        printf("  %-18s %-9s %s %s\n", client_text(party, "name"), client_text(party, "party"),
               client_text(party, "address"), client_text(party, "backup"));
        print_nodes(party);
        print_standby(party);
    }
    way_json_print(answer);
    doubt_client_print_lanes(doubts);
}

int status_main(int argc, char **argv)
{
    static const char help[] =
        "usage: acquit status [--data DIR] [--json]\n\nWhat runs on DIR, "
        "where it listens, which\nway its links go (primary, "
        "backup or down) and since when, and what each party owes or is not sure of:\n"
        "how much for which destination, and for how long. Nodes that share a store are listed\n"
        "with how long ago each was heard of; a standby with what it lacks, or why it is away.\n";
    struct client_sockets sockets;
    json_t *request = json_pack("{s:s}", "verb", "status");
    json_t *doubts;
    const char *data;
    int json = take_data(argc, argv, help, &data);
    int result = EXIT_BAD;

    if (json < 0) {
        json_decref(request);
        return -1 - json;
    }
    client_sockets_find(data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        json_t *answer = client_ask(sockets.paths[i], request);

        if (answer == NULL)
            continue;
        result = EXIT_DONE;
        doubts = doubt_client_ask(sockets.paths[i], "en");
        if (json)
            set_lanes(answer, doubts);
        if (json)
            json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
        else
            print_status(answer, doubts);
        json_decref(answer);
        json_decref(doubts);
    }
    if (sockets.count == 0)
        fprintf(stderr, "acquit: nothing runs on %s\n", data);
    json_decref(request);
    return result;
}

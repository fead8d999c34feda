#include "app/drill/drill.h"

#include "app/world/client.h"
#include "host/clock.h"
#include "host/control.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_WAIT_MS 90000
#define END_WAIT_MS 30000
#define ASK_WAIT_MS 2000
#define FILE_LEN 4096
#define TAIL_LEN 400
#define UTC_OFFSET_S (8 * 3600) /* as in the world's file */
#define RESTART_MS 100          /* after a process that ended by itself */

static const char *const names[DRILL_MEMBERS] = {
    [DRILL_ISSUER_1] = "issuer-20000001",
    [DRILL_ISSUER_2] = "issuer-20000002",
    [DRILL_SWITCH] = "acquirer",
    [DRILL_SWITCH_2] = "acquirer-2",
    [DRILL_LOAD] = "load",
};

const char *drill_member_name(enum drill_member member)
{
    return names[member];
}

bool drill_has(const struct drill *drill, enum drill_member member)
{
    return member != DRILL_SWITCH_2 || drill->options.nodes > 1;
}

static enum err failed(const char *what, struct text *error)
{
    text_add(error, what);
    text_add(error, ": ");
    text_add(error, strerror(errno));
    return ERR_IO;
}

/* ---- files ---- */

static struct text path_in(const struct drill *drill, const char *name, char *room, size_t len)
{
    struct text t = text_over(room, len);

    text_add(&t, drill->data);
    text_add_char(&t, '/');
    text_add(&t, name);
    return t;
}

static void add_port(struct text *t, uint16_t port)
{
    text_add(t, "127.0.0.1:");
    text_add_u64(t, port);
}

static void add_head(const struct drill *drill, struct text *t)
{
    text_add(t, "lab: true\nutc_offset_h: 8\nstore: ");
    text_add(t, drill->options.store == CONFIG_POSTGRES ? "postgres\npostgres: \"" : "sqlite\n");
    if (drill->options.store == CONFIG_POSTGRES) {
        text_add(t, drill->has_server ? drill->server.conninfo : drill->options.postgres);
        text_add(t, "\"\nlease_ms: 2000\n"); /* so that who is stopped is sometimes swept */
    }
    text_add(t, "timings: {terminal_wait_ms: 3000, acquirer_wait_ms: 2000, request_age_max_ms: "
                "1500, retry_first_ms: 200, retry_max_ms: 1000}\n");
}

/* A party's world: where it listens itself, and where it finds the next. */
static void add_world(const struct drill *drill, const uint16_t issuers[static DRILL_ISSUERS],
                      struct text *t)
{
    add_head(drill, t);
    text_add(t, "acquirer: {id: \"10000001\", name: \"Drill Acquirer\", listen: ");
    add_port(t, drill->ports[DRILL_LINE]);
    if (drill->options.nodes > 1) {
        text_add(t, ", nodes: [{node: 2, listen: \"");
        add_port(t, drill->ports[DRILL_LINE_2]);
        text_add(t, "\"}]");
    }
    text_add(t, "}\nissuers:\n");
    for (unsigned i = 0; i < DRILL_ISSUERS; i++) {
        text_add(t, "  - {id: \"2000000");
        text_add_u64(t, i + 1);
        text_add(t, "\", name: \"Drill Bank\", bin: \"6200000");
        text_add_u64(t, i + 1);
        text_add(t, "\", listen: \"");
        add_port(t, issuers[i]);
        text_add(t, "\"}\n");
    }
    text_add(t, "merchants:\n  - {id: M1, name: \"Drill Shop\", category: 5411}\n"
                "terminals:\n  - {id: T1, merchant: M1}\n"
                "cards:\n  - {label: C1, issuer: \"20000001\", expiry: 3012, service_code: \"220\","
                " media: [stripe, chip], pin: \"1234\", balance: \"10000.00\"}\n"
                "load: {operators: true, terminals: ");
    text_add_u64(t, drill->options.terminals);
    text_add(t, ", cards: ");
    text_add_u64(t, 2 * drill->options.terminals);
    text_add(t, "}\n");
}

static enum err write_world(const struct drill *drill, const char *name,
                            const uint16_t issuers[static DRILL_ISSUERS], struct text *error)
{
    char path[DRILL_PATH_LEN + 32];
    char room[FILE_LEN];
    struct text t = text_over(room, sizeof room);

    path_in(drill, name, path, sizeof path);
    add_world(drill, issuers, &t);
    FILE *out = fopen(path, "wx");
    if (out == NULL)
        return failed(path, error);
    bool is_written = !t.cut && fwrite(t.at, t.len, 1, out) == 1;
    return fclose(out) == 0 && is_written ? OK : failed(path, error);
}

/* ---- ports ---- */

/* A server that is killed and started again must be found again: it gets a number beforehand. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint16_t port = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &len) == 0)
        port = ntohs(address.sin_port);
    if (fd >= 0)
        close(fd);
    return port;
}

static enum err open_links(struct drill *drill, struct text *error)
{
    drill->relay = relay_start();
    for (int i = 0; i < DRILL_LINKS && drill->relay != NULL; i++) {
        drill->ports[i] = free_port();
        drill->doors[i] = relay_open(drill->relay, drill->ports[i], &drill->lines[i]);
        if (drill->ports[i] == 0 || drill->doors[i] == 0)
            return failed("no free port", error);
    }
    return drill->relay == NULL ? failed("no relay", error) : OK;
}

static enum err make_folder(struct drill *drill, struct text *error)
{
    const char *parent = getenv("TMPDIR");
    struct text t = text_over(drill->data, sizeof drill->data);

    if (drill->options.data != NULL) {
        char *full = NULL;
        if (mkdir(drill->options.data, 0700) == 0 || errno == EEXIST)
            full = realpath(drill->options.data, NULL);
        if (full == NULL)
            return failed(drill->options.data, error);
        text_add(&t, full);
        free(full);
    } else {
        text_add(&t, parent != NULL && *parent == '/' ? parent : "/tmp");
        text_add(&t, "/acquit-drill-XXXXXX");
        if (t.cut || mkdtemp(drill->data) == NULL)
            return failed(drill->data, error);
        drill->is_temporary = true;
    }
    path_in(drill, "export", drill->export, sizeof drill->export);
    return OK;
}

/* ---- what was done ---- */

static enum err open_log(struct drill *drill, struct text *error)
{
    char path[DRILL_PATH_LEN + 32];

    path_in(drill, "drill.log", path, sizeof path);
    drill->log = fopen(path, "wx");
    if (drill->log == NULL)
        return failed(path, error);
    fprintf(drill->log, "seed %llu\n", (unsigned long long)drill->options.seed);
    return OK;
}

/* On a line of its own above the progress, if there is one. */
void drill_tell(const struct drill *drill, const char *who, const char *what, struct moment until)
{
    struct instant wall = clock_wall();
    struct moment now = clock_now();
    char room[160];
    struct text t = text_over(room, sizeof room);

    instant_add_text(&t, wall, UTC_OFFSET_S);
    text_add_char(&t, '.');
    text_add_u64_wide(&t, (uint64_t)(wall.us / 1000 % 1000), 3);
    text_add(&t, "  ");
    text_add(&t, who);
    text_add_char(&t, ' ');
    text_add(&t, what);
    if (until.ns > now.ns) {
        text_add(&t, ", for ");
        text_add_u64(&t, (uint64_t)(until.ns - now.ns) / 1000000);
        text_add(&t, " ms");
    }
    fprintf(drill->log, "%s\n", text_z(&t));
    fflush(drill->log);
    fprintf(drill->talk, drill->has_progress ? "\r\033[K%s\n" : "%s\n", text_z(&t));
    fflush(drill->talk);
}

enum err drill_world_make(struct drill *drill, struct text *error)
{
    TRY(make_folder(drill, error));
    drill->has_server = drill->options.store == CONFIG_POSTGRES && drill->options.postgres == NULL;
    if (drill->has_server && !postgres_server_make(&drill->server)) {
        text_add(error, "no PostgreSQL server can be started");
        return ERR_IO;
    }
    TRY(open_links(drill, error));
    TRY(write_world(drill, "acquit.yaml", drill->ports, error)); /* issuers, load, export */
    TRY(write_world(drill, "switch.yaml", drill->doors, error));
    return open_log(drill, error);
}

/* ---- processes ---- */

static void add_left(const struct drill *drill, struct text *t)
{
    int64_t left_ms = (drill->end.ns - clock_now().ns) / 1000000;

    text_add_u64(t, left_ms > 1000 ? (uint64_t)left_ms / 1000 : 1);
}

/* In the child. It ends with us, however we end. */
static void become(const char *const argv[], const char *output)
{
    int out = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); /* Ctrl-C is for us: we end them */
    if (in >= 0)
        dup2(in, STDIN_FILENO);
    if (out >= 0) {
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
    execv("/proc/self/exe", (char *const *)argv);
    _exit(127);
}

static enum err start_with(struct drill *drill, enum drill_member member, const char *const argv[],
                           struct text *error)
{
    struct drill_process *process = &drill->processes[member];
    char name[32];
    char path[DRILL_PATH_LEN + 32];
    struct text t = text_over(name, sizeof name);

    text_add(&t, names[member]);
    text_add(&t, ".out");
    path_in(drill, name, path, sizeof path);
    pid_t child = fork();
    if (child == 0)
        become(argv, path);
    if (child < 0)
        return failed("fork", error);
    *process = (struct drill_process){.pid = child};
    drill_tell(drill, names[member], "starts", (struct moment){0});
    return OK;
}

/* How much the loads have said so far. */
static off_t load_said(const struct drill *drill)
{
    char path[DRILL_PATH_LEN + 32];
    struct stat stat_now;

    path_in(drill, "load.out", path, sizeof path);
    return stat(path, &stat_now) == 0 ? stat_now.st_size : 0;
}

/* The load says "12 s  340 payments ..." over and over; its last word counts. */
uint64_t drill_sold(const struct drill *drill)
{
    char path[DRILL_PATH_LEN + 32];
    char tail[TAIL_LEN + 1] = "";
    uint64_t sold = 0;
    off_t from = load_said(drill) - TAIL_LEN;

    path_in(drill, "load.out", path, sizeof path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = pread(fd, tail, TAIL_LEN, from > drill->load_from ? from : drill->load_from);
    close(fd);
    char *last = got > 0 ? strrchr(tail, '\r') : NULL;
    char *word = last == NULL ? NULL : strstr(last, " payments");
    char *digits = word;
    while (word != NULL && digits > last && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    if (word == NULL || bytes_to_number(digits, (size_t)(word - digits), &sold) != OK)
        sold = 0;
    return drill->sold_before + sold;
}

static enum err start_load(struct drill *drill, const char *config, struct text *error)
{
    char door[64];
    char terminals[16];
    char rate[16];
    char left[16];
    char seed[24];
    struct text texts[5] = {text_over(door, sizeof door), text_over(terminals, sizeof terminals),
                            text_over(rate, sizeof rate), text_over(left, sizeof left),
                            text_over(seed, sizeof seed)};

    add_port(&texts[0], drill->doors[DRILL_LINE]);
    if (drill->options.nodes > 1) {
        text_add_char(&texts[0], ',');
        add_port(&texts[0], drill->doors[DRILL_LINE_2]);
    }
    text_add_u64(&texts[1], drill->options.terminals);
    text_add_u64(&texts[2], drill->options.rate);
    add_left(drill, &texts[3]);
    text_add_u64(&texts[4], drill->options.seed + drill->loads++);
    const char *argv[] = {"acquit",  "load",   "--config", config,     "--journal", drill->data,
                          "--entry", "mixed",  "--shop",   "--switch", door,        "--terminals",
                          terminals, "--rate", rate,       "--eager",  "--seconds", left,
                          "--seed",  seed,     NULL};
    drill->sold_before = drill_sold(drill);
    drill->load_from = load_said(drill);
    return start_with(drill, DRILL_LOAD, argv, error);
}

enum err drill_start(struct drill *drill, enum drill_member member, struct text *error)
{
    char path[DRILL_PATH_LEN + 32];

    bool is_switch = member == DRILL_SWITCH || member == DRILL_SWITCH_2;
    path_in(drill, is_switch ? "switch.yaml" : "acquit.yaml", path, sizeof path);
    if (member == DRILL_LOAD)
        return start_load(drill, path, error);
    const char *hosts[] = {"acquit", "run", "acquirer", "--config", path, NULL, NULL, NULL};
    if (member == DRILL_SWITCH_2) {
        hosts[5] = "--node";
        hosts[6] = "2";
    }
    if (!is_switch) {
        hosts[2] = "issuer";
        hosts[5] = "--issuer";
        hosts[6] = strchr(names[member], '-') + 1;
    }
    return start_with(drill, member, hosts, error);
}

void drill_end(struct drill *drill, enum drill_member member, int signal)
{
    struct drill_process *process = &drill->processes[member];
    struct moment end = moment_add_ms(clock_now(), END_WAIT_MS);
    int status;

    if (process->pid == 0)
        return;
    kill(process->pid, SIGCONT);
    kill(process->pid, signal);
    while (signal != SIGKILL && waitpid(process->pid, &status, WNOHANG) == 0) {
        if (clock_now().ns > end.ns) {
            kill(process->pid, SIGKILL);
            break;
        }
        usleep(10000);
    }
    waitpid(process->pid, &status, 0);
    *process = (struct drill_process){0};
}

void drill_reap(struct drill *drill)
{
    for (int i = 0; i < DRILL_MEMBERS; i++) {
        struct drill_process *process = &drill->processes[i];
        int status;
        bool may_end = i == DRILL_LOAD && clock_now().ns >= drill->end.ns;

        if (process->pid == 0 || may_end || waitpid(process->pid, &status, WNOHANG) <= 0)
            continue;
        *process = (struct drill_process){.next = moment_add_ms(clock_now(), RESTART_MS)};
        drill_tell(drill, names[i], "ended by itself", process->next);
        drill->restarts++;
    }
}

/* ---- asking ---- */

/* The answer of a host to a verb; NULL when there is none. */
static json_t *ask(const struct drill *drill, enum drill_member member, json_t *request)
{
    char socket[32];
    char path[DRILL_PATH_LEN + 32];
    char room[256];
    struct text name = text_over(socket, sizeof socket);
    struct text error = text_over(room, sizeof room);
    json_t *answer = NULL;

    text_add(&name, names[member]);
    text_add(&name, ".sock");
    path_in(drill, socket, path, sizeof path);
    if (control_ask(path, request, ASK_WAIT_MS, &answer, &error) != OK)
        answer = NULL;
    json_decref(request);
    return answer;
}

static bool is_ready(const struct drill *drill, enum drill_member member)
{
    json_t *answer = ask(drill, member, json_pack("{s:s}", "verb", "status"));
    bool ready = json_is_true(json_object_get(answer, "ready"));

    json_decref(answer);
    return ready;
}

int64_t drill_pending(const struct drill *drill)
{
    int64_t pending = 0;

    for (int i = DRILL_ISSUER_1; i < DRILL_LOAD; i++) {
        if (!drill_has(drill, (enum drill_member)i))
            continue;
        json_t *answer =
            ask(drill, (enum drill_member)i, json_pack("{s:s, s:b}", "verb", "audit", "quick", 1));
        const json_t *party = json_array_get(json_object_get(answer, "parties"), 0);
        int64_t waiting =
            party == NULL ? -1 : (int64_t)json_integer_value(json_object_get(party, "pending"));

        json_decref(answer);
        if (waiting < 0)
            return -1;
        pending += waiting;
    }
    return pending;
}

bool drill_wait_ready(struct drill *drill)
{
    struct moment end = moment_add_ms(clock_now(), READY_WAIT_MS);

    for (int i = DRILL_ISSUER_1; i < DRILL_LOAD; i++) {
        while (drill_has(drill, (enum drill_member)i) && !is_ready(drill, (enum drill_member)i)) {
            int status;
            if (waitpid(drill->processes[i].pid, &status, WNOHANG) > 0)
                drill->processes[i].pid = 0;
            if (drill->processes[i].pid == 0 || clock_now().ns > end.ns)
                return false;
            usleep(20000);
        }
    }
    return true;
}

/* ---- the end ---- */

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void drill_world_end(struct drill *drill, bool keep)
{
    for (int i = DRILL_LOAD; i >= 0; i--)
        drill_end(drill, (enum drill_member)i, i == DRILL_LOAD ? SIGKILL : SIGTERM);
    if (drill->log != NULL)
        fclose(drill->log);
    drill->log = NULL;
    if (drill->relay != NULL)
        relay_stop(drill->relay);
    drill->relay = NULL;
    if (drill->has_server)
        postgres_server_remove(&drill->server);
    if (drill->is_temporary && !keep)
        nftw(drill->data, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

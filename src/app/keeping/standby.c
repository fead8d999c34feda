/*
 * acquit standby: receives the journals of a primary's parties and keeps stores of them, record by
 * record, so that what was answered is here too. acquit promote: makes those stores the ones in
 * use, of a new generation, so that the former primary is told apart when it comes back.
 */
#include "app/keeping/backup_mark.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/clock_file.h"
#include "app/world/folder.h"
#include "app/world/party_store.h"
#include "books/archive_rows.h"
#include "drivers/journal/ship_receive.h"
#include "drivers/sqlite/store_sqlite.h"
#include "host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#define GONE_TRIES 600
#define GONE_PAUSE_US 50000
#define BUSY_PAUSE_US 100000
#define HELLO_WAIT_MS 5000

static const char standby_help[] =
    "usage: acquit standby --listen HOST:PORT --data DIR\n"
    "                      --certificate FILE --key FILE --authority FILE --primary NAME\n"
    "       acquit standby --listen 127.0.0.1:PORT --data DIR --plain\n\n"
    "Receives the journals of the parties whose acquit.yaml names this address, checks each\n"
    "record against the chain of hashes, and confirms it when it is durable here. DIR needs the\n"
    "primary's acquit.yaml, its NAME.key files and, in a laboratory, lab.seed, before it is\n"
    "promoted; the stores are made here.\n\n"
    "  --listen ADDR       where the primary connects; port 0: any free one, which is printed\n"
    "  --data DIR          folder of the stores\n"
    "  --certificate FILE  TLS 1.3: what this side proves itself with (chain, PEM)\n"
    "  --key FILE          the certificate's key\n"
    "  --authority FILE    who must have signed the primary's certificate\n"
    "  --primary NAME      the name in the primary's certificate; no other may ship\n"
    "  --plain             in clear and without proof, for a primary on this machine\n\n"
    "In the primary's acquit.yaml:\n"
    "  standby: {address: \"standby.example:7700\", policy: required, certificate: primary.pem,\n"
    "            key: primary.key, authority: pair-ca.pem}\n\n"
    "example: acquit standby --listen 10.0.0.2:7700 --data /srv/standby --certificate standby.pem\n"
    "           --key standby.key --authority pair-ca.pem --primary primary.example\n";

static const char promote_help[] =
    "usage: acquit promote --data DIR\n\n"
    "Makes a standby's stores the ones in use: ends acquit standby on DIR, begins a new "
    "generation\n"
    "in each store's journal, and takes the standby setting out of DIR/acquit.yaml. The former\n"
    "primary is refused by its peers from then on, and may not ship here any more.\n\n"
    "example: acquit promote --data /srv/standby && acquit up --data /srv/standby --detach\n";

/* ---- one party's journal ---- */

#define RECEIVERS_MAX 64 /* a primary has one connection for each of its parties */

struct standby {
    const char *data;
    int listening;
    struct ship_security *security; /* NULL: in clear */
    atomic_int receivers;
};

struct connection {
    struct standby *standby;
    int fd;
    char party[SHIP_PARTY_LEN]; /* "": not known yet */
};

static bool is_party_name(const char *name)
{
    return name[0] != 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static enum err open_store(void *context, const struct ship_hello *hello, struct store *out,
                           struct text *why)
{
    struct connection *connection = context;
    char path[FOLDER_PATH_ROOM];
    char file[SHIP_PARTY_LEN + 4];
    struct text t = text_over(file, sizeof file);

    if (!is_party_name(hello->party)) {
        text_add(why, "what calls itself a primary names no party");
        return ERR_BAD_VALUE;
    }
    memcpy(connection->party, hello->party, sizeof connection->party);
    text_add(&t, hello->party);
    text_add(&t, ".db");
    TRY(folder_path(connection->standby->data, file, path, why));
    return store_sqlite_open(path, hello->head.node, NULL, out, why);
}

static void say_taken(void *context, const struct ship_hello *hello, uint64_t from)
{
    (void)context;
    printf("acquit: standby of %s from record %llu on\n", hello->party, (unsigned long long)from);
    fflush(stdout);
}

static void receive(struct connection *connection)
{
    const struct ship_receiver receiver = {
        .open = open_store, .taken = say_taken, .context = connection};
    struct ship_link *link = NULL;
    char room[512] = "";
    struct text why = text_over(room, sizeof room);
    enum err err =
        ship_accept(connection->fd, connection->standby->security, HELLO_WAIT_MS, &link, &why);

    if (err == OK)
        err = ship_receive(link, &receiver, &why);
    ship_close(link);
    if (err == ERR_CLOSED)
        return;
    fprintf(stderr, "acquit: standby%s%s ends: %s\n", connection->party[0] != 0 ? " of " : "",
            connection->party, room[0] != 0 ? room : err_text(err));
}

static void *serve(void *context)
{
    struct connection *connection = context;

    receive(connection);
    atomic_fetch_sub(&connection->standby->receivers, 1);
    free(connection);
    return NULL;
}

/* ---- acquit standby ---- */

/* One standby for a folder; its process number is for acquit promote. Held until the end. */
static enum err take_folder(const char *data, struct text *why)
{
    char path[FOLDER_PATH_ROOM];
    char pid[24];

    TRY(folder_path(data, "standby.lock", path, why));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int len = snprintf(pid, sizeof pid, "%ld", (long)getpid());
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0 &&
        pwrite(fd, pid, (size_t)len, 0) == len)
        return OK;
    text_add(why, path);
    text_add(why, errno == EWOULDBLOCK ? ": another standby runs on this folder"
                                       : ": cannot be written");
    return ERR_BUSY;
}

/* False: it cannot be served now. */
static bool take_connection(struct standby *standby, int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    pthread_t thread;

    if (connection == NULL)
        return false;
    *connection = (struct connection){.standby = standby, .fd = fd};
    atomic_fetch_add(&standby->receivers, 1);
    if (atomic_load(&standby->receivers) <= RECEIVERS_MAX &&
        pthread_create(&thread, NULL, serve, connection) == 0) {
        pthread_detach(thread);
        return true;
    }
    atomic_fetch_sub(&standby->receivers, 1);
    free(connection);
    return false;
}

/* A primary that is not served now comes again by itself. Without descriptors or memory there is
 * nothing to be done but to wait for some: the connection stays where it is, and accept would say
 * so again at once. */
static void accept_one(struct standby *standby)
{
    int fd = accept4(standby->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0 && take_connection(standby, fd))
        return;
    if (fd >= 0)
        close(fd);
    else if (errno == EINTR || errno == ECONNABORTED)
        return;
    usleep(BUSY_PAUSE_US);
}

static enum err open_standby(struct standby *standby, const char *address, uint16_t *port,
                             struct text *why)
{
    enum err err = folder_make(standby->data, why);

    if (err == ERR_EXISTS)
        *why = text_over(why->at, why->room_len);
    else
        TRY(err);
    TRY(take_folder(standby->data, why));
    err = ship_listen(address, &standby->listening, port);
    if (err != OK) {
        text_add(why, address);
        text_add(why, ": ");
        text_add(why, err_text(err));
    }
    return err;
}

static int run_standby(struct standby *standby, const char *address)
{
    char room[512] = "";
    struct text why = text_over(room, sizeof room);
    uint16_t port = 0;

    if (open_standby(standby, address, &port, &why) != OK) {
        fprintf(stderr, "acquit: %s\n", room);
        return EXIT_BAD;
    }
    printf("acquit: standby listens on port %u\n", port);
    fflush(stdout);
    signal(SIGPIPE, SIG_IGN);
    for (;;)
        accept_one(standby);
}

struct standby_arguments {
    const char *address;
    const char *data;
    struct tls_files tls;
    bool is_plain;
};

/* Who may ship: whoever proves the primary's name; in clear, whoever is on this machine. */
static enum err secure(const struct standby_arguments *arguments, struct standby *standby,
                       struct text *why)
{
    if (!arguments->is_plain)
        return ship_security_open(&arguments->tls, true, &standby->security, why);
    if (ship_is_local(arguments->address))
        return OK;
    text_add(why, arguments->address);
    text_add(why, ": --plain listens on this machine only (127.0.0.1 or [::1]); a primary "
                  "elsewhere has to prove who it is");
    return ERR_CONFIG;
}

static bool take_option(int option, struct standby_arguments *out)
{
    switch (option) {
    case 'l':
        out->address = optarg;
        return true;
    case 'd':
        out->data = optarg;
        return true;
    case 'c':
        out->tls.certificate = optarg;
        return true;
    case 'k':
        out->tls.key = optarg;
        return true;
    case 'a':
        out->tls.authority = optarg;
        return true;
    case 'n':
        out->tls.peer_name = optarg;
        return true;
    case 'p':
        out->is_plain = true;
        return true;
    default:
        return false;
    }
}

int standby_main(int argc, char **argv)
{
    static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"certificate", required_argument, NULL, 'c'},
                                            {"key", required_argument, NULL, 'k'},
                                            {"authority", required_argument, NULL, 'a'},
                                            {"primary", required_argument, NULL, 'n'},
                                            {"plain", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct standby_arguments arguments = {0};
    static struct standby standby;
    char room[512] = "";
    struct text why = text_over(room, sizeof room);
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!take_option(option, &arguments))
            return fputs(standby_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (optind != argc || arguments.address == NULL || arguments.data == NULL)
        return fputs(standby_help, stderr), EXIT_USAGE;
    standby.data = arguments.data;
    if (secure(&arguments, &standby, &why) != OK) {
        fprintf(stderr, "acquit: %s\n", room);
        return EXIT_BAD;
    }
    return run_standby(&standby, arguments.address);
}

/* ---- acquit promote ---- */

/* A line of the standby setting: its first one, or what stands under it, gaps and notes too. */
static bool is_setting(const char *line, bool is_under)
{
    return strncmp(line, "standby:", 8) == 0 || (is_under && strchr(" \n#", line[0]) != NULL);
}

static bool copy_lines(FILE *in, FILE *out)
{
    char *line = NULL;
    size_t room = 0;
    bool is_under = false;
    bool is_good = true;

    while (is_good && getline(&line, &room, in) >= 0) {
        is_under = is_setting(line, is_under);
        is_good = (!is_under || fputs("# promoted: ", out) >= 0) && fputs(line, out) >= 0;
    }
    free(line);
    return is_good && feof(in) && fflush(out) == 0 && fsync(fileno(out)) == 0;
}

static bool write_lines(const char *from, const char *to)
{
    FILE *in = fopen(from, "re");
    FILE *out = in == NULL ? NULL : fopen(to, "we");
    bool is_good = out != NULL && copy_lines(in, out);

    if (out != NULL)
        fclose(out);
    if (in != NULL)
        fclose(in);
    return is_good;
}

/* What was the standby has none. */
static enum err drop_setting(const char *data, const char *path, struct text *why)
{
    char next[FOLDER_PATH_ROOM];

    TRY(folder_path(data, "acquit.yaml.new", next, why));
    if (write_lines(path, next) && rename(next, path) == 0 && folder_sync(data))
        return OK;
    text_add(why, path);
    text_add(why, ": the standby setting cannot be taken out");
    return ERR_IO;
}

/* Ends the standby of the folder; what it has confirmed is durable. */
static enum err end_standby(const char *data, struct text *why)
{
    char path[FOLDER_PATH_ROOM];
    char pid[24] = "";
    uint64_t number = 0;

    TRY(folder_path(data, "standby.lock", path, why));
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        text_add(why, data);
        text_add(why, ": no standby was ever here");
        return ERR_NOT_FOUND;
    }
    bool is_mine = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!is_mine && pread(fd, pid, sizeof pid - 1, 0) > 0 &&
        bytes_to_number(pid, strlen(pid), &number) == OK && number > 1 && number < INT32_MAX)
        kill((pid_t)number, SIGTERM);
    for (int tries = 0; !is_mine && tries < GONE_TRIES; tries++) {
        usleep(GONE_PAUSE_US);
        is_mine = flock(fd, LOCK_EX | LOCK_NB) == 0;
    }
    close(fd);
    if (is_mine)
        return OK;
    text_add(why, "the standby does not end; process ");
    text_add(why, pid);
    return ERR_BUSY;
}

/* Under policy preferred the primary may have answered what never came here. */
static enum err promote_party(const struct config *config, const struct lab_target *target,
                              struct text *why)
{
    char name[PARTY_NAME_LEN];
    struct store store = {0};
    struct store_head head;

    party_store_name(config, target, name);
    enum err err = party_store_open_idle(config, name, &store, why);
    if (err == ERR_NOT_FOUND) { /* it runs elsewhere */
        *why = text_over(why->at, why->room_len);
        return OK;
    }
    if (err != OK)
        return err;
    store.head(store.self, &head);
    struct ship_last last = ship_last_of(&store);
    struct instant now = clock_wall();
    struct backup_mark mark = {
        .wall = now, .point = config->standby_is_required ? now : last.wall, .epoch = last.epoch};
    if (!archive_is_whole(&store)) {
        text_add(why, name);
        text_add(why, ": it has not caught up: rows that are older than its journal are missing");
        err = ERR_NOT_FOUND;
    } else if (head.sequence > 0) {
        err = backup_mark_write(&store, &mark);
    }
    store.close(store.self);
    if (err == OK && head.sequence > 0)
        printf("%-18s goes on after record %llu\n", name, (unsigned long long)head.sequence);
    return err;
}

static enum err promote_parties(const struct config *config, struct text *why)
{
    struct lab_target target = {.party = PARTY_ISSUER};

    for (uint32_t i = 0; i < config->world.issuer_count; i++) {
        target.issuer = i;
        if (!config->world.issuers[i].is_absent)
            TRY(promote_party(config, &target, why));
    }
    TRY(promote_party(config, &(struct lab_target){.party = PARTY_ACQUIRER}, why));
    return promote_party(config, &(struct lab_target){.party = PARTY_TERMINAL}, why);
}

static enum err promote(const char *data, struct text *why)
{
    static struct config config;
    char path[FOLDER_PATH_ROOM];
    int64_t ahead_us = 0;

    TRY(folder_path(data, "acquit.yaml", path, why));
    TRY(config_read(path, &config, why));
    enum err err = clock_file_read(data, &ahead_us, why);
    if (err == OK)
        err = clock_set_offset(ahead_us);
    if (err == OK)
        err = end_standby(data, why);
    if (err == OK)
        err = promote_parties(&config, why);
    config_free(&config);
    return err == OK ? drop_setting(data, path, why) : err;
}

int promote_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *data = NULL;
    char room[512] = "";
    struct text why = text_over(room, sizeof room);
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            data = optarg;
        else
            return fputs(promote_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (optind != argc || data == NULL)
        return fputs(promote_help, stderr), EXIT_USAGE;
    enum err err = promote(data, &why);
    if (err != OK) {
        fprintf(stderr, "acquit: not promoted: %s\n", room[0] != 0 ? room : err_text(err));
        return EXIT_BAD;
    }
    printf("promoted; start it with: acquit up --data %s\n", data);
    return EXIT_DONE;
}

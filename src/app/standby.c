/*
 * acquit standby: receives the journals of a primary's parties and keeps stores of them, record by
 * record, so that what was answered is here too. acquit promote: makes those stores the ones in
 * use, of a new generation, so that the former primary is told apart when it comes back.
 */
#include "app/backup_mark.h"
#include "app/client.h"
#include "app/clock_file.h"
#include "app/folder.h"
#include "app/party_store.h"
#include "app/subcommand.h"
#include "drivers/journal_apply.h"
#include "drivers/journal_chain.h"
#include "drivers/journal_ship.h"
#include "drivers/store_sqlite.h"
#include "host/clock.h"
#include "node/standing.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#define GONE_TRIES 600
#define GONE_PAUSE_US 50000
#define HELLO_WAIT_MS 5000

static const char standby_help[] =
    "usage: acquit standby --listen HOST:PORT --data DIR\n\n"
    "Receives the journals of the parties whose acquit.yaml names this address, checks each\n"
    "record against the chain of hashes, and confirms it when it is durable here. DIR needs the\n"
    "primary's acquit.yaml, its NAME.key files and, in a laboratory, lab.seed, before it is\n"
    "promoted; the stores are made here. The network between the two must be their own.\n\n"
    "  --listen ADDR  where the primary connects; port 0: any free one, which is printed\n"
    "  --data DIR     folder of the stores\n\n"
    "In the primary's acquit.yaml: standby: {address: \"10.0.0.2:7700\", policy: required}\n\n"
    "example: acquit standby --listen 10.0.0.2:7700 --data /srv/standby\n";

static const char promote_help[] =
    "usage: acquit promote --data DIR\n\n"
    "Makes a standby's stores the ones in use: ends acquit standby on DIR, begins a new "
    "generation\n"
    "in each store's journal, and takes the standby setting out of DIR/acquit.yaml. The former\n"
    "primary is refused by its peers from then on, and may not ship here any more.\n\n"
    "example: acquit promote --data /srv/standby && acquit up --data /srv/standby --detach\n";

/* ---- one party's journal ---- */

struct receiver {
    const char *data;
    int fd;
    struct ship_hello hello;
    struct store store;
    struct journal_apply *apply;
    struct journal_chain chain;
    struct journal_record record;
    uint8_t *frame;
    char room[512];
    struct text why;
};

static bool is_party_name(const char *name)
{
    return name[0] != 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

static enum err open_store(struct receiver *receiver)
{
    char path[FOLDER_PATH_ROOM];
    char file[SHIP_PARTY_LEN + 4];
    struct text t = text_over(file, sizeof file);
    struct store_head head;

    if (!is_party_name(receiver->hello.party))
        return ERR_BAD_VALUE;
    text_add(&t, receiver->hello.party);
    text_add(&t, ".db");
    TRY(folder_path(receiver->data, file, path, &receiver->why));
    TRY(store_sqlite_open(path, receiver->hello.head.node, NULL, &receiver->store, &receiver->why));
    receiver->store.head(receiver->store.self, &head);
    receiver->chain.sequence = head.sequence;
    memcpy(receiver->chain.hash, head.hash, sizeof head.hash);
    return journal_apply_open(&receiver->store, &receiver->apply);
}

struct epoch_of_last {
    uint32_t epoch;
    struct journal_record record;
};

static bool take_epoch(void *context, uint64_t sequence, struct bytes bytes)
{
    struct epoch_of_last *last = context;

    (void)sequence;
    if (journal_decode(bytes, &last->record) == OK)
        last->epoch = last->record.epoch;
    return true;
}

/* Of the newest record: the store's own epoch counts our openings, too. */
static uint32_t journal_epoch(struct store *store, uint64_t sequence)
{
    struct epoch_of_last *last = calloc(1, sizeof *last);
    uint32_t epoch = 0;

    if (last != NULL && sequence > 0 &&
        store->read(store->self, sequence, take_epoch, last) == STORE_OK)
        epoch = last->epoch;
    free(last);
    return epoch;
}

static enum ship_answer judge(struct receiver *receiver)
{
    uint32_t own = journal_epoch(&receiver->store, receiver->chain.sequence);
    uint32_t theirs = receiver->hello.head.epoch;

    if (own >> EPOCH_GENERATION_BITS > theirs >> EPOCH_GENERATION_BITS)
        return SHIP_PROMOTED;
    return receiver->chain.sequence > receiver->hello.head.sequence ? SHIP_AHEAD : SHIP_TAKEN;
}

static enum err greet(struct receiver *receiver)
{
    uint8_t bytes[SHIP_HELLO_LEN];
    uint8_t answer[SHIP_REPLY_LEN];
    struct ship_reply reply = {.answer = SHIP_REFUSED};

    TRY(ship_read(receiver->fd, bytes, sizeof bytes, HELLO_WAIT_MS));
    TRY(ship_hello_get(bytes, &receiver->hello));
    if (open_store(receiver) == OK)
        reply.answer = judge(receiver);
    reply.sequence = receiver->chain.sequence;
    memcpy(reply.hash, receiver->chain.hash, sizeof reply.hash);
    ship_reply_put(&reply, answer);
    TRY(ship_write(receiver->fd, answer, sizeof answer, HELLO_WAIT_MS));
    return reply.answer == SHIP_TAKEN ? OK : ERR_NOT_ALLOWED;
}

/* The records of a frame, each checked, all durable together. */
static enum err take_frame(struct receiver *receiver, size_t len)
{
    const uint8_t *at = receiver->frame;

    while (len >= 4) {
        size_t record_len = bytes_get_u32(at);
        if (record_len > len - 4 || record_len > JOURNAL_RECORD_LEN_MAX)
            return ERR_BAD_LENGTH;
        struct bytes bytes = bytes_over(at + 4, record_len);
        TRY(journal_chain_follow(&receiver->chain, bytes, &receiver->record));
        TRY(journal_apply_add(receiver->apply, bytes, &receiver->record));
        at += 4 + record_len;
        len -= 4 + record_len;
    }
    return len == 0 ? journal_apply_commit(receiver->apply) : ERR_BAD_LENGTH;
}

static enum err receive(struct receiver *receiver)
{
    uint8_t number[8];

    TRY(greet(receiver));
    printf("acquit: standby of %s from record %llu on\n", receiver->hello.party,
           (unsigned long long)receiver->chain.sequence + 1);
    fflush(stdout);
    for (;;) {
        TRY(ship_read(receiver->fd, number, 4, -1));
        size_t len = bytes_get_u32(number);
        if (len > SHIP_FRAME_LEN_MAX)
            return ERR_BAD_LENGTH;
        TRY(ship_read(receiver->fd, receiver->frame, len, HELLO_WAIT_MS));
        TRY(take_frame(receiver, len));
        bytes_put_u64(number, receiver->chain.sequence);
        TRY(ship_write(receiver->fd, number, sizeof number, HELLO_WAIT_MS));
    }
}

static void *serve(void *context)
{
    struct receiver *receiver = context;

    receiver->frame = malloc(SHIP_FRAME_LEN_MAX);
    enum err err = receiver->frame == NULL ? ERR_FULL : receive(receiver);
    if (err != ERR_CLOSED)
        fprintf(stderr, "acquit: standby of %s ends: %s\n", receiver->hello.party,
                receiver->why.len > 0 ? receiver->room : err_text(err));
    if (receiver->apply != NULL)
        journal_apply_close(receiver->apply);
    if (receiver->store.self != NULL)
        receiver->store.close(receiver->store.self);
    close(receiver->fd);
    free(receiver->frame);
    free(receiver);
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

/* A primary whose machine or line died says nothing more; while its store here stays open, it
 * could not come back. */
static void notice_death(int fd)
{
    static const struct {
        int level;
        int name;
        int value;
    } options[] = {{SOL_SOCKET, SO_KEEPALIVE, 1},
                   {IPPROTO_TCP, TCP_KEEPIDLE, 5},
                   {IPPROTO_TCP, TCP_KEEPINTVL, 2},
                   {IPPROTO_TCP, TCP_KEEPCNT, 5}};

    for (size_t i = 0; i < ARRAY_COUNT(options); i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                   sizeof options[i].value);
}

static void accept_one(int listening, const char *data)
{
    int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct receiver *receiver = fd < 0 ? NULL : calloc(1, sizeof *receiver);
    pthread_t thread;

    if (receiver == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    notice_death(fd);
    receiver->data = data;
    receiver->fd = fd;
    receiver->why = text_over(receiver->room, sizeof receiver->room);
    if (pthread_create(&thread, NULL, serve, receiver) == 0) {
        pthread_detach(thread);
        return;
    }
    close(fd);
    free(receiver);
}

static int run_standby(const char *address, const char *data)
{
    char room[512] = "";
    struct text why = text_over(room, sizeof room);
    uint16_t port = 0;
    int listening = -1;
    enum err err = folder_make(data, &why);

    if (err == ERR_EXISTS) {
        why = text_over(room, sizeof room);
        err = OK;
    }
    if (err == OK)
        err = take_folder(data, &why);
    if (err == OK)
        err = ship_listen(address, &listening, &port);
    if (err != OK) {
        fprintf(stderr, "acquit: %s: %s\n", address, room[0] != 0 ? room : err_text(err));
        return EXIT_BAD;
    }
    printf("acquit: standby listens on port %u\n", port);
    fflush(stdout);
    signal(SIGPIPE, SIG_IGN);
    for (;;)
        accept_one(listening, data);
}

int standby_main(int argc, char **argv)
{
    static const struct option options[] = {{"listen", required_argument, NULL, 'l'},
                                            {"data", required_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    const char *address = NULL;
    const char *data = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'l')
            address = optarg;
        else if (option == 'd')
            data = optarg;
        else
            return fputs(standby_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (optind != argc || address == NULL || data == NULL)
        return fputs(standby_help, stderr), EXIT_USAGE;
    return run_standby(address, data);
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
    struct backup_mark mark = {
        .wall = clock_wall(), .point = clock_wall(), .epoch = journal_epoch(&store, head.sequence)};
    if (head.sequence > 0)
        err = backup_mark_write(&store, &mark);
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

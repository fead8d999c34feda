/*
 * acquit backup: copies what is new in the journals of a data folder's parties into a folder,
 * beside the running processes; reads it back, proves it, and only then says so in the manifest.
 */
#include "app/keeping/backup_replay.h"
#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/clock_file.h"
#include "app/world/folder.h"
#include "drivers/sqlite/sqlite_journal.h"
#include "host/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_RECORDS 512 /* in one transaction: some milliseconds */

static const char backup_help[] =
    "usage: acquit backup DIR [--data DATA] [--chain-only] [--json]\n\n"
    "Saves every party of DATA into DIR while payments go on. The first time everything, then "
    "what\n"
    "is new. Its stated point is when it began: what was answered before is in it. The copy is\n"
    "read back, its chain of records and its books are proved, and only then DIR/manifest.json\n"
    "names it; one that is broken off leaves the one before.\n\n"
    "In it: the journals, acquit.yaml and the other files of DATA, the locked master keys, the\n"
    "seed of a laboratory's test keys. Not in it: the passphrase and TLS keys, which are named.\n"
    "Stores on PostgreSQL are saved by PostgreSQL's own tools.\n\n"
    "  --data DATA    data folder (default: " CLIENT_DATA_DEFAULT ")\n"
    "  --chain-only   prove the chain of what is new only; without it all is restored on trial\n"
    "  --json         for scripts\n\n"
    "Exit code 0: saved and proved; 1: not, and why; 2: the arguments are wrong.\n\n"
    "example: acquit backup /mnt/backup/shop --data /tmp/shop\n";

struct backup_arguments {
    const char *dir;
    const char *data;
    bool chain_only;
    bool as_json;
};

/* A party that has a store here. */
struct source {
    char name[PARTY_NAME_LEN];
    struct sqlite_journal *journal;
    struct store_head head;
    uint64_t fresh; /* records that this backup adds */
};

struct backup {
    const struct backup_arguments *arguments;
    struct config config;
    struct backup_manifest manifest;
    struct source sources[BACKUP_PARTIES_MAX];
    size_t source_count;
    int64_t heads_us; /* when the heads had been read */
    int lock;
    char room[768];
    struct text why;
};

static enum err fail(struct backup *backup, const char *path, enum err err, const char *what)
{
    text_add(&backup->why, path);
    text_add(&backup->why, ": ");
    text_add(&backup->why, what);
    return err;
}

/* ---- opening ---- */

static enum err open_folder(struct backup *backup)
{
    const char *dir = backup->arguments->dir;
    char path[FOLDER_PATH_ROOM];

    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return fail(backup, dir, ERR_IO, strerror(errno));
    TRY(folder_path(dir, "lock", path, &backup->why));
    backup->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (backup->lock < 0)
        return fail(backup, path, ERR_IO, strerror(errno));
    if (flock(backup->lock, LOCK_EX | LOCK_NB) != 0)
        return fail(backup, dir, ERR_BUSY, "another backup into it is under way");
    enum err err = backup_manifest_read(dir, &backup->manifest, &backup->why);
    if (err != ERR_NOT_FOUND)
        return err;
    backup->why = text_over(backup->room, sizeof backup->room); /* the first one */
    return OK;
}

static enum err open_world(struct backup *backup)
{
    char path[FOLDER_PATH_ROOM];
    int64_t ahead_us = 0;

    TRY(folder_path(backup->arguments->data, "acquit.yaml", path, &backup->why));
    TRY(config_read(path, &backup->config, &backup->why));
    if (backup->config.store != CONFIG_SQLITE)
        return fail(backup, path, ERR_UNSUPPORTED,
                    backup->config.store == CONFIG_MEMORY
                        ? "its stores are in memory; there is nothing to save"
                        : "its stores are on PostgreSQL: save them with pg_basebackup");
    TRY(clock_file_read(backup->config.data, &ahead_us, &backup->why));
    return clock_set_offset(ahead_us);
}

/* Parties of other machines have no store here; one that was saved before must have. */
static enum err open_source(struct backup *backup, const struct lab_target *target)
{
    struct source *source = &backup->sources[backup->source_count];
    char path[FOLDER_PATH_ROOM];
    char file[PARTY_NAME_LEN + 4];
    struct text t = text_over(file, sizeof file);

    party_store_name(&backup->config, target, source->name);
    text_add(&t, source->name);
    text_add(&t, ".db");
    TRY(folder_path(backup->config.data, file, path, &backup->why));
    if (access(path, F_OK) != 0 && backup_manifest_party(&backup->manifest, source->name) == NULL)
        return OK;
    TRY(sqlite_journal_open(path, &source->journal, &backup->why));
    backup->source_count++;
    TRY(sqlite_journal_head(source->journal, &source->head, &backup->why));
    return source->head.sequence > 0 ? OK
                                     : fail(backup, path, ERR_NOT_FOUND, "nothing is in it yet");
}

static enum err open_sources(struct backup *backup)
{
    const struct lab_world *world = &backup->config.world;
    struct lab_target target = {.party = PARTY_ISSUER};

    backup->manifest.point_us = clock_wall().us;
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        target.issuer = i;
        if (!world->issuers[i].is_absent)
            TRY(open_source(backup, &target));
    }
    TRY(open_source(backup, &(struct lab_target){.party = PARTY_ACQUIRER}));
    TRY(open_source(backup, &(struct lab_target){.party = PARTY_TERMINAL}));
    backup->heads_us = clock_wall().us;
    if (backup->source_count > 0)
        return OK;
    return fail(backup, backup->config.data, ERR_NOT_FOUND, "there is no store");
}

/* ---- the journals ---- */

struct copying {
    struct backup *backup;
    struct source *source;
    struct journal_file_writer *writer;
    struct backup_party *party;
    struct journal_record record;
    struct backup_part part;
    bool is_over; /* at the stated point */
    enum err err;
};

/* All parties end at the same time, so that together they are as if they had all been stopped
 * then: what one party made after it is left for the next backup. A clock that was once ahead has
 * left records with a time to come; they are older than the heads and stay in. */
static bool is_past_point(const struct copying *copying, const struct journal_record *record)
{
    const struct backup *backup = copying->backup;

    return record->wall.us > backup->manifest.point_us && record->wall.us <= backup->heads_us;
}

static bool copy_record(void *context, uint64_t sequence, struct bytes bytes)
{
    struct copying *copying = context;
    struct journal_record *record = &copying->record;

    (void)sequence;
    if (journal_decode(bytes, record) == OK && is_past_point(copying, record)) {
        copying->is_over = true;
        return false;
    }
    copying->err = journal_file_add(copying->writer, bytes, record);
    if (copying->err == OK)
        copying->party->wall_us = record->wall.us;
    return copying->err == OK;
}

static enum err fail_record(struct copying *copying)
{
    struct text *why = &copying->backup->why;

    text_add(why, copying->source->name);
    text_add(why, ": record ");
    text_add_u64(why, journal_file_chain(copying->writer)->sequence + 1);
    text_add(why, ": ");
    text_add(why, copying->err == ERR_CORRUPT
                      ? "it does not follow on what was saved before: another store, or damaged"
                      : err_text(copying->err));
    return copying->err;
}

static enum err copy_all(struct copying *copying)
{
    const struct store_head *head = &copying->source->head;
    struct sqlite_range range = {.last = head->sequence, .count_max = READ_RECORDS};

    for (range.first = copying->part.first; range.first <= range.last && !copying->is_over;) {
        TRY(sqlite_journal_read(copying->source->journal, &range, copy_record, copying));
        if (copying->err != OK)
            return fail_record(copying);
        uint64_t next = journal_file_chain(copying->writer)->sequence + 1;
        if (next == range.first && !copying->is_over) {
            copying->err = ERR_CORRUPT;
            return fail_record(copying);
        }
        range.first = next;
    }
    return OK;
}

static enum err copy_part(struct copying *copying)
{
    struct backup *backup = copying->backup;
    struct backup_part *part = &copying->part;
    char path[FOLDER_PATH_ROOM];

    snprintf(part->file, sizeof part->file, "%s.%06zu.journal", copying->source->name,
             copying->party->part_count + 1);
    TRY(folder_path(backup->arguments->dir, part->file, path, &backup->why));
    TRY(journal_file_make(path, &copying->party->chain, &copying->writer, &backup->why));
    enum err err = copy_all(copying);
    struct journal_chain chain = *journal_file_chain(copying->writer);
    if (err != OK || chain.sequence < part->first) {
        journal_file_abandon(copying->writer);
        unlink(path);
        return err;
    }
    err = journal_file_end(copying->writer, &part->sum);
    if (err != OK)
        return fail(backup, path, err, err_text(err));
    part->last = chain.sequence;
    copying->source->fresh = part->last - part->first + 1;
    copying->party->chain = chain;
    return backup_party_add_part(copying->party, part) ? OK : ERR_FULL;
}

/* NULL when there are too many, of other names. */
static struct backup_party *backup_party_of(struct backup *backup, const struct source *source)
{
    struct backup_party *party = backup_manifest_party(&backup->manifest, source->name);

    if (party != NULL || backup->manifest.party_count == BACKUP_PARTIES_MAX)
        return party;
    party = &backup->manifest.parties[backup->manifest.party_count++];
    memcpy(party->name, source->name, sizeof party->name);
    party->node = source->head.node;
    return party;
}

static enum err copy_journal(struct backup *backup, struct source *source)
{
    struct backup_party *party = backup_party_of(backup, source);
    const struct store_head *head = &source->head;
    enum err err = OK;

    if (party == NULL)
        return fail(backup, source->name, ERR_FULL,
                    "the backup is full of parties of other names; use another folder");
    struct copying *copying = calloc(1, sizeof *copying);
    const struct journal_chain *chain = &party->chain;
    if (copying == NULL)
        return ERR_FULL;
    *copying = (struct copying){.backup = backup, .source = source, .party = party};
    if (chain->sequence == 0) { /* what was archived before is not in a backup */
        party->chain.sequence = head->anchor.sequence;
        memcpy(party->chain.hash, head->anchor.hash, sizeof party->chain.hash);
    }
    copying->part.first = chain->sequence + 1;
    if (chain->sequence < head->anchor.sequence)
        err = fail(backup, source->name, ERR_NOT_FOUND,
                   "records that follow on what was saved were archived meanwhile; use another "
                   "folder");
    else if (head->sequence < chain->sequence ||
             (head->sequence == chain->sequence &&
              memcmp(head->hash, chain->hash, sizeof head->hash) != 0))
        err = fail(backup, source->name, ERR_CORRUPT,
                   "its store is older than this backup, or another one; use another folder");
    else if (head->sequence > chain->sequence)
        err = copy_part(copying);
    if (err == OK)
        party->epoch = head->epoch;
    free(copying);
    return err;
}

/* ---- the other files ---- */

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name);
    size_t end_len = strlen(end);

    return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

/* Stores are saved as journals; logs and what belongs to running processes is not saved. */
static bool is_wanted(int dir, const char *name)
{
    static const char *const not_wanted[] = {".db",   ".db-wal", ".db-shm", ".lock",
                                             ".sock", ".log",    ".new"};
    struct stat about;

    if (name[0] == '.' || fstatat(dir, name, &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(about.st_mode))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(not_wanted); i++) {
        if (ends_with(name, not_wanted[i]))
            return false;
    }
    return strlen(name) < BACKUP_FILE_LEN;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat left;
    struct stat right;

    return a[0] != 0 && b[0] != 0 && stat(a, &left) == 0 && stat(b, &right) == 0 &&
           left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/* Secrets that open what is in the backup, or speak for a party, are kept apart from it. */
static bool is_left_out(const struct config *config, const char *path)
{
    return is_same_file(path, config->passphrase) || is_same_file(path, config->terminal_tls.key) ||
           is_same_file(path, config->issuer_tls.key);
}

/* Under a name of this backup's own: the one before stays whole until the manifest is replaced. */
static enum err copy_file(struct backup *backup, const char *name)
{
    struct backup_file file = {0};
    char from[FOLDER_PATH_ROOM];
    char to[FOLDER_PATH_ROOM];
    struct text t = text_over(file.name, sizeof file.name);
    struct text kept = text_over(file.kept, sizeof file.kept);

    text_add(&t, name);
    text_add_i64(&kept, backup->manifest.point_us);
    text_add_char(&kept, '.');
    text_add(&kept, name);
    TRY(folder_path(backup->config.data, name, from, &backup->why));
    if (is_left_out(&backup->config, from))
        return OK;
    if (t.cut || kept.cut)
        return fail(backup, from, ERR_BAD_LENGTH, "its name is too long to be saved");
    TRY(folder_path(backup->arguments->dir, file.kept, to, &backup->why));
    TRY(folder_copy_file(from, to, &file.sum, &backup->why));
    return backup_manifest_add_file(&backup->manifest, &file) ? OK : ERR_FULL;
}

static void note_left_out(struct backup *backup, const char *path)
{
    struct backup_manifest *manifest = &backup->manifest;

    if (path[0] == 0 || manifest->left_out_count == BACKUP_LEFT_OUT_MAX)
        return;
    struct text t = text_over(manifest->left_out[manifest->left_out_count++], CONFIG_PATH_LEN);
    text_add(&t, path);
}

/* Files that the configuration names and that are nowhere in the folder belong to the machine. */
static void note_all_left_out(struct backup *backup)
{
    const struct config *config = &backup->config;

    backup->manifest.left_out_count = 0;
    note_left_out(backup, config->passphrase);
    note_left_out(backup, config->terminal_tls.key);
    note_left_out(backup, config->issuer_tls.key);
}

/* After the journals: what a card's chip has counted is never behind what its terminal recorded. */
static enum err copy_files(struct backup *backup)
{
    DIR *dir = opendir(backup->config.data);
    struct dirent *entry;
    enum err err = OK;

    if (dir == NULL)
        return fail(backup, backup->config.data, ERR_IO, strerror(errno));
    free(backup->manifest.files);
    backup->manifest.files = NULL;
    backup->manifest.file_count = 0;
    while (err == OK && (entry = readdir(dir)) != NULL) {
        if (is_wanted(dirfd(dir), entry->d_name))
            err = copy_file(backup, entry->d_name);
    }
    closedir(dir);
    note_all_left_out(backup);
    return err;
}

/* ---- proving ---- */

static enum err restore_on_trial(struct backup *backup, const struct backup_party *party)
{
    char path[FOLDER_PATH_ROOM];
    struct backup_replayed *replayed = calloc(1, sizeof *replayed);
    struct backup_replay how = {.backup = backup->arguments->dir,
                                .party = party,
                                .until = {.wall_us = INT64_MAX, .sequence = UINT64_MAX},
                                .path = path};

    if (replayed == NULL)
        return ERR_FULL;
    enum err err = folder_path(backup->arguments->dir, "trial", path, &backup->why);
    if (err == OK)
        err = folder_make(path, &backup->why);
    if (err == OK)
        err = folder_path(backup->arguments->dir, "trial/store.db", path, &backup->why);
    if (err == OK)
        err = backup_replay(&how, replayed, &backup->why);
    free(replayed);
    return err;
}

static bool keep_going(void *context, struct bytes bytes, const struct journal_record *record)
{
    (void)context;
    (void)bytes;
    (void)record;
    return true;
}

/* Only what is new, from the record before it on. */
static enum err follow_fresh(struct backup *backup, const struct backup_party *party)
{
    const struct backup_part *part = &party->parts[party->part_count - 1];
    char path[FOLDER_PATH_ROOM];
    struct journal_file_source source = {.path = path, .sum = part->sum};
    struct journal_chain chain;

    TRY(folder_path(backup->arguments->dir, part->file, path, &backup->why));
    TRY(journal_file_start(path, &chain, &backup->why));
    return journal_file_read(&source, &chain, keep_going, NULL, &backup->why);
}

static enum err prove(struct backup *backup)
{
    char trial[FOLDER_PATH_ROOM];
    enum err err = folder_path(backup->arguments->dir, "trial", trial, &backup->why);

    for (size_t i = 0; i < backup->manifest.party_count && err == OK; i++) {
        const struct backup_party *party = &backup->manifest.parties[i];
        folder_remove(trial);
        err = backup->arguments->chain_only ? follow_fresh(backup, party)
                                            : restore_on_trial(backup, party);
    }
    folder_remove(trial);
    return err;
}

/* ---- the whole ---- */

static bool is_kept(const struct backup_manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (strcmp(manifest->files[i].kept, name) == 0)
            return true;
    }
    return false;
}

/* Copies of files that only older manifests named: their names begin with a point in time. */
static void drop_older_files(const struct backup *backup)
{
    DIR *dir = opendir(backup->arguments->dir);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *end;
        long long point = strtoll(entry->d_name, &end, 10);
        if (point > 0 && *end == '.' && !is_kept(&backup->manifest, entry->d_name))
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL)
        closedir(dir);
}

static enum err save(struct backup *backup)
{
    TRY(open_world(backup));
    TRY(open_folder(backup));
    TRY(open_sources(backup));
    for (size_t i = 0; i < backup->source_count; i++)
        TRY(copy_journal(backup, &backup->sources[i]));
    TRY(copy_files(backup));
    TRY(prove(backup));
    TRY(backup_manifest_write(backup->arguments->dir, &backup->manifest, &backup->why));
    drop_older_files(backup);
    return OK;
}

static void tell_json(struct backup *backup)
{
    json_t *parties = json_array();

    for (size_t i = 0; i < backup->source_count; i++) {
        const struct source *source = &backup->sources[i];
        const struct backup_party *party = backup_manifest_party(&backup->manifest, source->name);
        json_array_append_new(parties, json_pack("{s:s, s:I, s:I, s:I}", "name", source->name,
                                                 "epoch", (json_int_t)party->epoch, "sequence",
                                                 (json_int_t)party->chain.sequence, "new",
                                                 (json_int_t)source->fresh));
    }
    json_t *json = json_pack("{s:b, s:I, s:o}", "ok", 1, "point_us",
                             (json_int_t)backup->manifest.point_us, "parties", parties);
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

static void tell(struct backup *backup)
{
    char room[32];
    struct text t = text_over(room, sizeof room);

    printf("%-18s%12s%12s%8s\n", "party", "records", "new", "epoch");
    for (size_t i = 0; i < backup->source_count; i++) {
        const struct source *source = &backup->sources[i];
        const struct backup_party *party = backup_manifest_party(&backup->manifest, source->name);
        printf("%-18s%12llu%12llu%8u\n", source->name, (unsigned long long)party->chain.sequence,
               (unsigned long long)source->fresh, party->epoch);
    }
    instant_add_text(&t, (struct instant){backup->manifest.point_us},
                     backup->config.world.utc_offset_s);
    printf("saved and proved: what was answered before %s is in %s\n", room,
           backup->arguments->dir);
    for (size_t i = 0; i < backup->manifest.left_out_count; i++)
        printf("not in it, keep it elsewhere: %s\n", backup->manifest.left_out[i]);
}

static void close_all(struct backup *backup)
{
    for (size_t i = 0; i < backup->source_count; i++)
        sqlite_journal_close(backup->sources[i].journal);
    if (backup->lock >= 0)
        close(backup->lock);
    backup_manifest_free(&backup->manifest);
    config_free(&backup->config);
}

static int run(const struct backup_arguments *arguments)
{
    struct backup *backup = calloc(1, sizeof *backup);

    if (backup == NULL)
        return EXIT_BAD;
    backup->arguments = arguments;
    backup->lock = -1;
    backup->why = text_over(backup->room, sizeof backup->room);
    enum err err = save(backup);
    if (err != OK)
        fprintf(stderr, "acquit: nothing was saved: %s\n",
                backup->why.len > 0 ? backup->room : err_text(err));
    else if (arguments->as_json)
        tell_json(backup);
    else
        tell(backup);
    close_all(backup);
    free(backup);
    return err == OK ? EXIT_DONE : EXIT_BAD;
}

int backup_main(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"chain-only", no_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct backup_arguments arguments = {.data = CLIENT_DATA_DEFAULT};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            arguments.data = optarg;
        else if (option == 'c')
            arguments.chain_only = true;
        else if (option == 'j')
            arguments.as_json = true;
        else
            return fputs(backup_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (optind != argc - 1)
        return fputs(backup_help, stderr), EXIT_USAGE;
    arguments.dir = argv[optind];
    return run(&arguments);
}

/*
 * acquit restore: makes a data folder of a backup, as it was at a point in time. Everything is
 * written beside it and proved; only then it gets its name.
 */
#include "app/keeping/backup_replay.h"
#include "app/world/client.h"
#include "app/world/folder.h"
#include "app/world/clock_file.h"
#include "app/subcommand.h"
#include "host/clock.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char restore_help[] =
    "usage: acquit restore BACKUP --data NEW [--until WHEN] [--party NAME] [--json]\n\n"
    "Makes the data folder NEW, which must not exist, of a backup: the configuration, the locked\n"
    "master keys, and the store of each party, written anew from its journal and proved. A part\n"
    "that is damaged or missing is named with its record, and nothing is made.\n\n"
    "  --data NEW     the folder to make\n"
    "  --until WHEN   go back to a time of the shop's clock, '2026-11-22 09:30:00', or with\n"
    "                 --party to the number of a record\n"
    "  --party NAME   this store only: acquirer, terminal, issuer-20000001\n"
    "  --json         for scripts\n\n"
    "Bring the passphrase and the TLS keys yourself: they are in no backup.\n"
    "Exit code 0: made and proved; 1: not, and why; 2: the arguments are wrong.\n\n"
    "example: acquit restore /mnt/backup/shop --data /srv/shop\n";

struct restore_arguments {
    const char *backup;
    const char *data;
    const char *until;
    const char *party;
    bool as_json;
};

struct restored {
    char name[PARTY_NAME_LEN];
    struct backup_replayed replayed;
};

struct restore {
    const struct restore_arguments *arguments;
    struct backup_manifest manifest;
    struct config config;
    struct backup_until until;
    struct restored *parties;
    size_t party_count;
    char made[FOLDER_PATH_ROOM]; /* what becomes NEW */
    char room[768];
    struct text why;
};

static enum err fail(struct restore *restore, const char *path, enum err err, const char *what)
{
    text_add(&restore->why, path);
    text_add(&restore->why, ": ");
    text_add(&restore->why, what);
    return err;
}

/* ---- what is wanted ---- */

/* "2026-11-22 09:30:00" at the shop. */
static bool take_time(const char *text, int32_t utc_offset_s, int64_t *out)
{
    static const char pattern[] = "0000-00-00 00:00:00";
    static const uint8_t places[] = {0, 5, 8, 11, 14, 17};
    uint64_t fields[ARRAY_COUNT(places)];
    size_t at = 0;

    while (text[at] != 0 &&
           (pattern[at] == '0' ? bytes_are_digits(text + at, 1) : text[at] == pattern[at]))
        at++;
    if (text[at] != 0 || pattern[at] != 0)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        if (bytes_to_number(text + places[i], i == 0 ? 4 : 2, &fields[i]) != OK)
            return false;
    }
    struct civil civil = {.year = (int32_t)fields[0],
                          .month = (uint8_t)fields[1],
                          .day = (uint8_t)fields[2],
                          .hour = (uint8_t)fields[3],
                          .minute = (uint8_t)fields[4],
                          .second = (uint8_t)fields[5]};
    *out = instant_from_civil(&civil, utc_offset_s).us;
    return civil.month >= 1 && civil.month <= 12 && civil.day >= 1 && civil.day <= 31 &&
           civil.hour <= 23 && civil.minute <= 59 && civil.second <= 59;
}

static enum err take_until(struct restore *restore)
{
    const struct restore_arguments *arguments = restore->arguments;
    const char *until = arguments->until;

    restore->until = (struct backup_until){.wall_us = INT64_MAX, .sequence = UINT64_MAX};
    if (until == NULL)
        return OK;
    if (take_time(until, restore->config.world.utc_offset_s, &restore->until.wall_us)) {
        if (restore->until.wall_us <= restore->manifest.point_us)
            return OK;
        return fail(restore, until, ERR_BAD_VALUE, "this backup does not reach so far");
    }
    if (arguments->party == NULL ||
        bytes_to_number(until, strlen(until), &restore->until.sequence) != OK)
        return fail(restore, until, ERR_BAD_VALUE,
                    "expected a time such as '2026-11-22 09:30:00', or with --party a number");
    const struct backup_party *party = backup_manifest_party(&restore->manifest, arguments->party);
    if (party == NULL || restore->until.sequence <= party->chain.sequence)
        return OK;
    return fail(restore, until, ERR_BAD_VALUE, "this backup does not reach so far");
}

static bool is_wanted(const struct restore *restore, const struct backup_party *party)
{
    const char *name = restore->arguments->party;

    return name == NULL || strcmp(name, party->name) == 0;
}

/* ---- making ---- */

static enum err restore_file(struct restore *restore, const struct backup_file *file)
{
    char from[FOLDER_PATH_ROOM];
    char to[FOLDER_PATH_ROOM];
    struct journal_file_sum sum;

    TRY(folder_path(restore->arguments->backup, file->kept, from, &restore->why));
    TRY(folder_path(restore->made, file->name, to, &restore->why));
    TRY(folder_copy_file(from, to, &sum, &restore->why));
    if (sum.bytes == file->sum.bytes &&
        memcmp(sum.sha256, file->sum.sha256, sizeof sum.sha256) == 0)
        return OK;
    return fail(restore, from, ERR_CORRUPT, "its checksum is wrong");
}

static enum err restore_party(struct restore *restore, const struct backup_party *party)
{
    struct restored *restored = &restore->parties[restore->party_count];
    char path[FOLDER_PATH_ROOM];
    char file[PARTY_NAME_LEN + 4];
    struct text t = text_over(file, sizeof file);
    struct backup_replay how = {.backup = restore->arguments->backup,
                                .party = party,
                                .until = restore->until,
                                .path = path,
                                .is_for_use = true,
                                .point = {restore->manifest.point_us},
                                .wall = clock_wall()};

    if (restore->until.wall_us < how.point.us)
        how.point.us = restore->until.wall_us;
    if (restore->until.sequence != UINT64_MAX)
        how.point.us = 0; /* no time is known of which nothing is missing */
    text_add(&t, party->name);
    text_add(&t, ".db");
    TRY(folder_path(restore->made, file, path, &restore->why));
    TRY(backup_replay(&how, &restored->replayed, &restore->why));
    memcpy(restored->name, party->name, sizeof restored->name);
    restore->party_count++;
    return OK;
}

static enum err restore_parties(struct restore *restore)
{
    restore->parties = calloc(restore->manifest.party_count + 1, sizeof *restore->parties);
    if (restore->parties == NULL)
        return ERR_FULL;
    for (size_t i = 0; i < restore->manifest.party_count; i++) {
        if (is_wanted(restore, &restore->manifest.parties[i]))
            TRY(restore_party(restore, &restore->manifest.parties[i]));
    }
    if (restore->party_count > 0)
        return OK;
    return fail(restore, restore->arguments->party, ERR_NOT_FOUND, "it is not in this backup");
}

/* The configuration is read where the data will be used from, so it must not lead back. */
static enum err read_config(struct restore *restore)
{
    char path[FOLDER_PATH_ROOM];

    TRY(folder_path(restore->made, "acquit.yaml", path, &restore->why));
    TRY(config_read(path, &restore->config, &restore->why));
    if (strcmp(restore->config.data, restore->made) == 0)
        return OK;
    return fail(restore, path, ERR_CONFIG,
                "it names a data folder of its own; this backup cannot be put elsewhere");
}

static enum err set_clock(struct restore *restore)
{
    int64_t ahead_us = 0;

    TRY(clock_file_read(restore->made, &ahead_us, &restore->why));
    return clock_set_offset(ahead_us);
}

static enum err make_all(struct restore *restore)
{
    for (size_t i = 0; i < restore->manifest.file_count; i++)
        TRY(restore_file(restore, &restore->manifest.files[i]));
    TRY(read_config(restore));
    TRY(set_clock(restore));
    TRY(take_until(restore));
    return restore_parties(restore);
}

static enum err make(struct restore *restore)
{
    const char *data = restore->arguments->data;
    struct text t = text_over(restore->made, sizeof restore->made);

    text_add(&t, data);
    text_add(&t, ".unfinished");
    if (t.cut)
        return fail(restore, data, ERR_BAD_LENGTH, "its path is too long");
    TRY(folder_make(restore->made, &restore->why));
    enum err err = make_all(restore);
    if (err == OK && (!folder_sync(restore->made) || rename(restore->made, data) != 0))
        err = fail(restore, data, ERR_IO, "cannot be given its name");
    if (err != OK)
        folder_remove(restore->made);
    return err;
}

static enum err restore_all(struct restore *restore)
{
    const struct restore_arguments *arguments = restore->arguments;

    if (access(arguments->data, F_OK) == 0)
        return fail(restore, arguments->data, ERR_EXISTS, "it is there already");
    TRY(backup_manifest_read(arguments->backup, &restore->manifest, &restore->why));
    return make(restore);
}

/* ---- telling ---- */

static void tell_json(const struct restore *restore)
{
    json_t *parties = json_array();

    for (size_t i = 0; i < restore->party_count; i++) {
        const struct restored *restored = &restore->parties[i];
        json_array_append_new(parties,
                              json_pack("{s:s, s:I, s:I}", "name", restored->name, "sequence",
                                        (json_int_t)restored->replayed.chain.sequence, "time_us",
                                        (json_int_t)restored->replayed.wall_us));
    }
    json_t *json = json_pack("{s:b, s:I, s:o}", "ok", 1, "point_us",
                             (json_int_t)restore->manifest.point_us, "parties", parties);
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

static void tell(const struct restore *restore)
{
    printf("%-18s%12s%12s  %s\n", "party", "records", "rows", "last record made");
    for (size_t i = 0; i < restore->party_count; i++) {
        const struct restored *restored = &restore->parties[i];
        char room[32];
        struct text t = text_over(room, sizeof room);
        instant_add_text(&t, (struct instant){restored->replayed.wall_us},
                         restore->config.world.utc_offset_s);
        printf("%-18s%12llu%12llu  %s\n", restored->name,
               (unsigned long long)restored->replayed.chain.sequence,
               (unsigned long long)restored->replayed.report.result.rows, room);
    }
    printf("restored into %s; its books are right\n", restore->arguments->data);
    for (size_t i = 0; i < restore->manifest.left_out_count; i++)
        printf("it was not in the backup, bring it: %s\n", restore->manifest.left_out[i]);
}

static int run(const struct restore_arguments *arguments)
{
    struct restore *restore = calloc(1, sizeof *restore);

    if (restore == NULL)
        return EXIT_BAD;
    restore->arguments = arguments;
    restore->why = text_over(restore->room, sizeof restore->room);
    enum err err = restore_all(restore);
    if (err != OK)
        fprintf(stderr, "acquit: nothing was restored: %s\n",
                restore->why.len > 0 ? restore->room : err_text(err));
    else if (arguments->as_json)
        tell_json(restore);
    else
        tell(restore);
    backup_manifest_free(&restore->manifest);
    config_free(&restore->config);
    free(restore->parties);
    free(restore);
    return err == OK ? EXIT_DONE : EXIT_BAD;
}

int restore_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},  {"until", required_argument, NULL, 'u'},
        {"party", required_argument, NULL, 'p'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},        {0}};
    struct restore_arguments arguments = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'd')
            arguments.data = optarg;
        else if (option == 'u')
            arguments.until = optarg;
        else if (option == 'p')
            arguments.party = optarg;
        else if (option == 'j')
            arguments.as_json = true;
        else
            return fputs(restore_help, option == 'h' ? stdout : stderr),
                   option == 'h' ? EXIT_DONE : EXIT_USAGE;
    }
    if (optind != argc - 1 || arguments.data == NULL)
        return fputs(restore_help, stderr), EXIT_USAGE;
    arguments.backup = argv[optind];
    return run(&arguments);
}

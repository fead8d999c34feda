/*
 * What a backup says of itself: BACKUP/manifest.json. Its stated point, for each party the parts of
 * its journal, and the other files of the data folder, each with length and SHA-256; and a sum of
 * the manifest itself. It is replaced as a whole, so a backup that was broken off is the one
 * before.
 */
#ifndef APP_BACKUP_MANIFEST_H
#define APP_BACKUP_MANIFEST_H

#include "app/world/party_store.h"
#include "drivers/journal/journal_file.h"

#define BACKUP_PARTIES_MAX (CONFIG_ISSUERS_MAX + 2)
#define BACKUP_FILE_LEN 96
#define BACKUP_LEFT_OUT_MAX 16

/* Records first to last, in a file of their own. The first part begins with record 1, or after what
 * the party's journal had been cut off behind. */
struct backup_part {
    char file[BACKUP_FILE_LEN];
    uint64_t first;
    uint64_t last;
    struct journal_file_sum sum;
};

struct backup_party {
    char name[PARTY_NAME_LEN];
    uint16_t node;
    uint32_t epoch;             /* of the party's process when it was read */
    struct journal_chain chain; /* the last record */
    int64_t wall_us;            /* when that was made */
    struct backup_part *parts;
    size_t part_count;
};

struct backup_file {
    char name[BACKUP_FILE_LEN]; /* in the data folder */
    char kept[BACKUP_FILE_LEN]; /* in the backup */
    struct journal_file_sum sum;
};

struct backup_manifest {
    int64_t point_us; /* what was answered before is in it; 0: nothing was saved yet */
    struct backup_party parties[BACKUP_PARTIES_MAX];
    size_t party_count;
    struct backup_file *files;
    size_t file_count;
    char left_out[BACKUP_LEFT_OUT_MAX][CONFIG_PATH_LEN]; /* secrets in the clear */
    size_t left_out_count;
};

/* Reads BACKUP/manifest.json. ERR_NOT_FOUND when there is none, ERR_CORRUPT, ERR_VERSION, ERR_IO;
 * *why names the file and what is wrong. Free with backup_manifest_free. */
MUST_USE enum err backup_manifest_read(const char *backup, struct backup_manifest *out,
                                       struct text *why);

/* Replaces it, durably. */
MUST_USE enum err backup_manifest_write(const char *backup, const struct backup_manifest *manifest,
                                        struct text *why);
void backup_manifest_free(struct backup_manifest *manifest);

/* The party of that name, or NULL. */
struct backup_party *backup_manifest_party(struct backup_manifest *manifest, const char *name);

/* Both false when memory runs out. */
bool backup_party_add_part(struct backup_party *party, const struct backup_part *part);
bool backup_manifest_add_file(struct backup_manifest *manifest, const struct backup_file *file);

#endif

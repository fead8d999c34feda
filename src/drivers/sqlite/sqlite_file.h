/*
 * A party's SQLite file: who owns it, how it is opened, its schema and versions.
 *
 * The file and all beside it (PATH-wal, PATH-shm, PATH.lock) have mode 0600. One process owns a
 * file: it holds a lock on PATH.lock, where its process number stands for others to read.
 *
 * Tables: meta (name, value), journal (seq, record, hash of the last record of each commit),
 * row (id, value), row_key (key: table number and key bytes; id of its row). user_version is the
 * schema's version. Ids grow, so that new rows lie at the end, whatever their keys.
 */
#ifndef DRIVERS_SQLITE_FILE_H
#define DRIVERS_SQLITE_FILE_H

#include "base/text.h"
#include "drivers/sqlite/sqlite_mark.h"

#include <sqlite3.h>

struct sqlite_file {
    sqlite3 *db;
    int lock;                /* descriptor; -1: none */
    struct sqlite_mark mark; /* how far it was durable; none without a lock */
};

/* Locks the file, opens it, creates or migrates its tables. why says what is wrong: ERR_BUSY names
 * the owner's process, ERR_VERSION the file's version, ERR_CORRUPT what SQLite found, or how much
 * of the file is there. vfs is where files lie, NULL for the system's; one that is not the system's
 * has a file to itself, unlocked. */
MUST_USE enum err sqlite_file_open(const char *path, const char *vfs, struct sqlite_file *out,
                                   struct text *why);
/* Lengthens the WAL of an open file with zeros until it holds so many pages, so that a commit only
 * overwrites blocks that the file system has given: its fdatasync then takes two thirds of the
 * time. What follows the last frame means nothing to SQLite. Without room the WAL stays as it is.
 */
void sqlite_file_fill_wal(const char *path, uint32_t pages);

void sqlite_file_close(struct sqlite_file *file);

/* Another connection to an open file, with the same settings. */
MUST_USE enum err sqlite_file_connect(const char *path, const char *vfs, sqlite3 **out,
                                      struct text *why);

/* Brings a file to version count by the steps that it has not had yet, each a script of SQL, all in
 * one transaction. ERR_VERSION when it is newer. */
MUST_USE enum err sqlite_file_migrate(sqlite3 *db, const char *const steps[], size_t count,
                                      struct text *why);

/* What a failing SQLite call says of the file. */
enum err sqlite_file_err(int rc);

#endif

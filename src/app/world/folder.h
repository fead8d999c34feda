/*
 * Small work on folders and their files: paths, copies with a checksum, making durable, removing.
 */
#ifndef APP_FOLDER_H
#define APP_FOLDER_H

#include "drivers/journal/journal_file.h"

#define FOLDER_PATH_ROOM 512

/* DIR/NAME; *why says so when it is too long. */
MUST_USE enum err folder_path(const char *dir, const char *name, char out[static FOLDER_PATH_ROOM],
                              struct text *why);

/* Makes a folder with mode 0700; ERR_EXISTS when there is something. */
MUST_USE enum err folder_make(const char *path, struct text *why);

/* Copies a file, durably, mode 0600; *out is what was copied. */
MUST_USE enum err folder_copy_file(const char *from, const char *to, struct journal_file_sum *out,
                                   struct text *why);

/* Makes the names in a folder durable. */
bool folder_sync(const char *path);

/* Removes a folder with the files in it. False when something stays. */
bool folder_remove(const char *path);

#endif

#include "app/clock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_ROOM 400
#define LINE_ROOM 64

static enum err complain(struct text *error, const char *path, const char *why)
{
    text_add(error, path);
    text_add(error, ": ");
    text_add(error, why);
    return ERR_IO;
}

enum err clock_file_read(const char *data, int64_t *ahead_us, struct text *error)
{
    char path[PATH_ROOM];
    char end;

    *ahead_us = 0;
    snprintf(path, sizeof path, "%s/clock", data);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT ? OK : complain(error, path, strerror(errno));
    int found = fscanf(file, "ahead_us %" SCNd64 "%c", ahead_us, &end);
    fclose(file);
    if (found == 2 && end == '\n' && *ahead_us >= 0)
        return OK;
    complain(error, path, "expected one line: ahead_us and a number");
    return ERR_CORRUPT;
}

static bool write_line(const char *path, int64_t ahead_us)
{
    char line[LINE_ROOM];
    int len = snprintf(line, sizeof line, "ahead_us %" PRId64 "\n", ahead_us);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return false;
    bool is_written = write(fd, line, (size_t)len) == len && fsync(fd) == 0;
    return close(fd) == 0 && is_written;
}

enum err clock_file_write(const char *data, int64_t ahead_us, struct text *error)
{
    char path[PATH_ROOM];
    char next[PATH_ROOM];

    snprintf(path, sizeof path, "%s/clock", data);
    snprintf(next, sizeof next, "%s/clock.next", data);
    if (!write_line(next, ahead_us) || rename(next, path) != 0)
        return complain(error, path, strerror(errno));
    int folder = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_durable = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0)
        close(folder);
    return is_durable ? OK : complain(error, data, strerror(errno));
}

#include "app/world/clock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

/* False for any line but "ahead_us N", N from 0 to what 64 bits hold. */
static bool read_line(const char *line, int64_t *ahead_us)
{
    static const char name[] = "ahead_us ";
    const char *digits = line + strlen(name);
    char *end;

    if (strncmp(line, name, strlen(name)) != 0)
        return false;
    errno = 0;
    long long number = strtoll(digits, &end, 10);
    if (errno != 0 || end == digits || strcmp(end, "\n") != 0 || number < 0)
        return false;
    *ahead_us = number;
    return true;
}

enum err clock_file_read(const char *data, int64_t *ahead_us, struct text *error)
{
    char path[PATH_ROOM];
    char line[LINE_ROOM] = "";

    *ahead_us = 0;
    snprintf(path, sizeof path, "%s/clock", data);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT ? OK : complain(error, path, strerror(errno));
    bool is_read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    if (is_read && read_line(line, ahead_us))
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

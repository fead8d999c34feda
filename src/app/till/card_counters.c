#include "app/till/card_counters.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* posix_fallocate, not ftruncate: on a full disk a hole would end the process at its first use. */
static bool map(int fd, size_t count, struct card_counters *out)
{
    size_t len = count * sizeof *out->at;
    struct stat about;

    if (fstat(fd, &about) != 0)
        return false;
    if (about.st_size < (off_t)len) {
        errno = posix_fallocate(fd, 0, (off_t)len);
        if (errno != 0)
            return false;
    }
    void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return false;
    *out = (struct card_counters){.at = at, .count = count};
    return true;
}

enum err card_counters_open(const char *path, size_t count, struct card_counters *out,
                            struct text *error)
{
    if (count == 0)
        return OK;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool is_mapped = fd >= 0 && map(fd, count, out);
    if (!is_mapped) {
        text_add(error, path);
        text_add(error, ": ");
        text_add(error, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return is_mapped ? OK : ERR_IO;
}

void card_counters_close(struct card_counters *counters)
{
    if (counters->at != NULL)
        munmap(counters->at, counters->count * sizeof *counters->at);
    *counters = (struct card_counters){0};
}

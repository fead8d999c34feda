/* Loaded before the C library (LD_PRELOAD), counts fdatasync and fsync of a process in the first
 * eight bytes of the file that SYNC_COUNT names, for test/bench/authorisations.py to read. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int fdatasync(int fd);
int fsync(int fd);

static _Atomic uint64_t *count;

__attribute__((constructor)) static void open_count(void)
{
    const char *path = getenv("SYNC_COUNT");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || ftruncate(fd, sizeof *count) != 0)
        return;
    void *at = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    count = at == MAP_FAILED ? NULL : at;
    close(fd);
}

static int call(const char *name, int fd)
{
    int (*real)(int) = (int (*)(int))(uintptr_t)dlsym(RTLD_NEXT, name);

    if (count != NULL)
        atomic_fetch_add(count, 1);
    return real(fd);
}

int fdatasync(int fd)
{
    return call("fdatasync", fd);
}

int fsync(int fd)
{
    return call("fsync", fd);
}

#include "drivers/sqlite/sqlite_mark.h"

#include "base/assert.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC UINT64_C(0x6B72616D74716361) /* "acqtmark" */

/* The whole of a lock file, of which the mark has the end. */
struct sqlite_mark_page {
    char owner[64]; /* its process number as text, zero-padded */
    uint64_t magic;
    _Atomic uint64_t sequence;
};

static enum err fail(struct text *why)
{
    text_add(why, "its lock cannot be read: ");
    text_add(why, strerror(errno));
    return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
}

/* Written, not left as a hole: a mapped hole is no room on a full disk. */
static bool make_room(int lock)
{
    static const struct sqlite_mark_page nothing;
    struct stat about;

    if (fstat(lock, &about) != 0)
        return false;
    off_t len = about.st_size;
    if (len >= (off_t)sizeof nothing)
        return true;
    size_t missing = sizeof nothing - (size_t)len;
    return pwrite(lock, &nothing, missing, len) == (ssize_t)missing;
}

enum err sqlite_mark_open(int lock, struct sqlite_mark *out, struct text *why)
{
    if (!make_room(lock))
        return fail(why);
    struct sqlite_mark_page *page =
        mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, lock, 0);
    if (page == MAP_FAILED)
        return fail(why);
    if (page->magic != MAGIC) {
        atomic_store(&page->sequence, 0);
        page->magic = MAGIC;
    }
    out->page = page;
    return OK;
}

void sqlite_mark_close(struct sqlite_mark *mark)
{
    if (mark->page != NULL)
        munmap(mark->page, sizeof *mark->page);
    mark->page = NULL;
}

uint64_t sqlite_mark_sequence(const struct sqlite_mark *mark)
{
    return mark->page == NULL ? 0 : atomic_load(&mark->page->sequence);
}

void sqlite_mark_raise(struct sqlite_mark *mark, uint64_t sequence)
{
    if (mark->page == NULL)
        return;
    assert(sequence >= atomic_load(&mark->page->sequence));
    atomic_store(&mark->page->sequence, sequence);
}

enum err sqlite_mark_check(const struct sqlite_mark *mark, uint64_t sequence, struct text *why)
{
    uint64_t durable = sqlite_mark_sequence(mark);

    if (sequence >= durable)
        return OK;
    text_add(why, "its journal ends at record ");
    text_add_u64(why, sequence);
    text_add(why, ", and record ");
    text_add_u64(why, durable);
    text_add(why, " was durable: the file or its -wal was cut off, left behind or put back from a "
                  "copy; if that is meant, remove its .lock");
    return ERR_CORRUPT;
}

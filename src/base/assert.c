#include "base/assert.h"

#include "base/text.h"

#include <unistd.h>

NO_RETURN void bug_found(const char *file, int line, const char *text)
{
    char room[256];
    struct text out = text_over(room, sizeof room);

    text_add(&out, "bug: ");
    text_add(&out, file);
    text_add(&out, ":");
    text_add_u64(&out, (uint64_t)line);
    text_add(&out, ": ");
    text_add(&out, text);
    text_add(&out, "\n");
    ssize_t written = write(STDERR_FILENO, text_z(&out), out.len);
    (void)written;
    __builtin_abort();
}

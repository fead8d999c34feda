/*
 * Runs a fuzzer without libFuzzer: over the empty input, every file of its corpus, and every file
 * cut short at each length. So each find that joined the corpus is a unit test on every compiler.
 *
 * Usage: LAYER-x_fuzz CORPUS_DIR. A folder that does not exist is an empty corpus. Speaks TAP.
 */
#include "test/lib/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_LEN_MAX 65536
#define CUTS_MAX 512 /* beyond this an input is cut at every 64th byte only */

/* A block of exactly len bytes, so that the sanitizer sees a read one past the end. */
static void run_copy(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    if (len)
        memcpy(copy, data, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void run_cuts(const uint8_t *data, size_t len)
{
    size_t step = len > CUTS_MAX ? 64 : 1;
    for (size_t cut = 0; cut < len; cut += step)
        run_copy(data, cut);
    run_copy(data, len);
}

static int run_file(const char *dir, const char *name)
{
    static uint8_t data[INPUT_LEN_MAX];
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        printf("# %s: %s\n", path, strerror(errno));
        return -1;
    }
    size_t len = fread(data, 1, sizeof data, file);
    fclose(file);
    run_cuts(data, len);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
        return 2;
    }
    puts("1..1");
    fflush(stdout);
    run_copy(NULL, 0);

    int files = 0;
    int unread = 0;
    DIR *dir = opendir(argv[1]);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        files++;
        unread += run_file(argv[1], entry->d_name) != 0;
    }
    if (dir)
        closedir(dir);
    printf("%s 1 - replayed %d inputs\n", unread ? "not ok" : "ok", files);
    return unread ? 1 : 0;
}

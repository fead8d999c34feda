#include "app/world/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_LEN 65536

static enum err fail(struct text *why, const char *path, enum err err, const char *what)
{
    text_add(why, path);
    text_add(why, ": ");
    text_add(why, what);
    return err;
}

static enum err fail_errno(struct text *why, const char *path)
{
    enum err err = errno == ENOSPC ? ERR_DISK_FULL : errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;

    return fail(why, path, err, strerror(errno));
}

enum err folder_path(const char *dir, const char *name, char out[static FOLDER_PATH_ROOM],
                     struct text *why)
{
    struct text t = text_over(out, FOLDER_PATH_ROOM);

    text_add(&t, dir);
    text_add_char(&t, '/');
    text_add(&t, name);
    return t.cut ? fail(why, dir, ERR_BAD_LENGTH, "its path is too long") : OK;
}

enum err folder_make(const char *path, struct text *why)
{
    if (mkdir(path, 0700) == 0)
        return OK;
    return errno == EEXIST ? fail(why, path, ERR_EXISTS, "it is there already")
                           : fail_errno(why, path);
}

static enum err copy_bytes(int from, int to, EVP_MD_CTX *digest, struct journal_file_sum *out)
{
    uint8_t room[COPY_LEN];
    ssize_t got;

    if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
        return ERR_CRYPTO;
    out->bytes = 0;
    while ((got = read(from, room, sizeof room)) > 0) {
        if (EVP_DigestUpdate(digest, room, (size_t)got) != 1)
            return ERR_CRYPTO;
        if (write(to, room, (size_t)got) != got)
            return ERR_IO;
        out->bytes += (uint64_t)got;
    }
    if (EVP_DigestFinal_ex(digest, out->sha256, NULL) != 1)
        return ERR_CRYPTO;
    return got == 0 && fsync(to) == 0 ? OK : ERR_IO;
}

enum err folder_copy_file(const char *from, const char *to, struct journal_file_sum *out,
                          struct text *why)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);

    if (source < 0)
        return fail_errno(why, from);
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (target < 0) {
        close(source);
        return fail_errno(why, to);
    }
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    errno = EIO;
    enum err err = copy_bytes(source, target, digest, out);
    EVP_MD_CTX_free(digest);
    close(source);
    close(target);
    return err == OK ? OK : fail(why, to, err, strerror(errno));
}

bool folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return false;
    bool is_synced = fsync(fd) == 0;
    close(fd);
    return is_synced;
}

bool folder_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (dir == NULL)
        return errno == ENOENT;
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    return rmdir(path) == 0;
}

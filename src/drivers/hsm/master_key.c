#include "drivers/hsm/master_key.h"

#include <argon2.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SALT_LEN 16
#define CHECK_LEN 8
#define LOCK_LEN_MAX 512
#define PATH_ROOM 4096

/* OWASP's recommendation of 2023 for Argon2id; about 30 ms. */
#define COST_KIB 19456
#define COST_PASSES 2
#define COST_LANES 1
#define COST_KIB_MAX (1024 * 1024) /* a lock may not ask for more than 1 GiB */
#define COST_PASSES_MAX 100
#define COST_LANES_MAX 64

struct lock {
    unsigned kib;
    unsigned passes;
    unsigned lanes;
    unsigned generation;
    uint8_t salt[SALT_LEN];
    uint8_t check[CHECK_LEN];
};

static enum err fail(struct master_key_fault *fault, const char *path, const char *text,
                     enum err err)
{
    *fault = (struct master_key_fault){.path = path, .text = text};
    return err;
}

/* Reads a whole file of at most cap bytes; one byte more tells that it is longer. */
static enum err read_file(const char *path, char *out, size_t cap, struct stat *status,
                          size_t *out_len)
{
    size_t len = 0;
    ssize_t got = 1;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    if (fstat(file, status) != 0)
        got = -1;
    while (got > 0 && len < cap) {
        got = read(file, out + len, cap - len);
        len += got > 0 ? (size_t)got : 0;
    }
    (void)close(file);
    *out_len = len;
    return got < 0 ? ERR_IO : OK;
}

static enum err read_fault(struct master_key_fault *fault, const char *path, enum err err)
{
    return fail(fault, path, err == ERR_NOT_FOUND ? "there is no such file" : "it cannot be read",
                err);
}

/* The passphrase without the end of its line. */
static enum err read_passphrase(const char *path, char *out, size_t *out_len,
                                struct master_key_fault *fault)
{
    struct stat status;
    size_t len = 0;
    enum err err = read_file(path, out, PASSPHRASE_LEN_MAX + 2, &status, &len);

    if (err != OK)
        return read_fault(fault, path, err);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(fault, path, "others may read it: make its mode 0600", ERR_NOT_ALLOWED);
    if (len > 0 && out[len - 1] == '\n')
        len--;
    if (len < PASSPHRASE_LEN_MIN)
        return fail(fault, path, "the passphrase has fewer than 8 bytes", ERR_BAD_LENGTH);
    if (len > PASSPHRASE_LEN_MAX)
        return fail(fault, path, "the passphrase has more than 1024 bytes", ERR_BAD_LENGTH);
    *out_len = len;
    return OK;
}

/* What is left of a lock's text; each step takes its piece or fails for good. */
struct cursor {
    const char *at;
    bool good;
};

static void take_word(struct cursor *cursor, const char *word)
{
    size_t len = strlen(word);

    cursor->good = cursor->good && strncmp(cursor->at, word, len) == 0;
    cursor->at += cursor->good ? len : 0;
}

static unsigned take_number(struct cursor *cursor, unsigned max)
{
    size_t len = strspn(cursor->at, "0123456789");
    uint64_t value = 0;

    cursor->good =
        cursor->good && len > 0 && bytes_to_number(cursor->at, len, &value) == OK && value <= max;
    cursor->at += cursor->good ? len : 0;
    return cursor->good ? (unsigned)value : 0;
}

static void take_hex(struct cursor *cursor, uint8_t *out, size_t len)
{
    size_t found = strspn(cursor->at, "0123456789ABCDEF");

    cursor->good = cursor->good && found == 2 * len &&
                   bytes_from_hex(cursor->at, found, out, len, &found) == OK;
    cursor->at += cursor->good ? 2 * len : 0;
}

static bool parse_lock(const char *text, struct lock *out)
{
    struct cursor cursor = {.at = text, .good = true};

    take_word(&cursor, "acquit master key 1\nargon2id ");
    out->kib = take_number(&cursor, COST_KIB_MAX);
    take_word(&cursor, " ");
    out->passes = take_number(&cursor, COST_PASSES_MAX);
    take_word(&cursor, " ");
    out->lanes = take_number(&cursor, COST_LANES_MAX);
    take_word(&cursor, "\ngeneration ");
    out->generation = take_number(&cursor, UINT8_MAX);
    take_word(&cursor, "\nsalt ");
    take_hex(&cursor, out->salt, SALT_LEN);
    take_word(&cursor, "\ncheck ");
    take_hex(&cursor, out->check, CHECK_LEN);
    take_word(&cursor, "\n");
    return cursor.good && *cursor.at == 0 && out->passes >= 1 && out->lanes >= 1 &&
           out->kib >= 8 * out->lanes;
}

static enum err read_lock(const char *path, struct lock *out, struct master_key_fault *fault)
{
    char text[LOCK_LEN_MAX + 1] = {0};
    struct stat status;
    size_t len = 0;
    enum err err = read_file(path, text, LOCK_LEN_MAX, &status, &len);

    if (err != OK)
        return read_fault(fault, path, err);
    if (!parse_lock(text, out))
        return fail(fault, path, "it is no lock of a master key", ERR_CORRUPT);
    return OK;
}

/* Key and check value out of passphrase and salt: two parts of one Argon2id output. */
static enum err derive(const struct lock *lock, struct bytes passphrase, struct secret *key,
                       uint8_t check[static CHECK_LEN])
{
    uint8_t both[MASTER_KEY_LEN + CHECK_LEN];

    if (argon2id_hash_raw(lock->passes, lock->kib, lock->lanes, passphrase.at, passphrase.len,
                          lock->salt, SALT_LEN, both, sizeof both) != ARGON2_OK)
        return ERR_FULL;
    *key = (struct secret){.len = MASTER_KEY_LEN};
    memcpy(key->at, both, MASTER_KEY_LEN);
    memcpy(check, both + MASTER_KEY_LEN, CHECK_LEN);
    bytes_wipe(both, sizeof both);
    return OK;
}

/* The passphrase, and what it makes with the lock. */
static enum err derive_from(const char *path, const struct lock *lock, struct secret *key,
                            uint8_t check[static CHECK_LEN], struct master_key_fault *fault)
{
    char passphrase[PASSPHRASE_LEN_MAX + 2];
    size_t len = 0;
    enum err err = read_passphrase(path, passphrase, &len, fault);

    if (err == OK) {
        err = derive(lock, bytes_over(passphrase, len), key, check);
        if (err != OK)
            *fault = (struct master_key_fault){path, "Argon2 found no memory"};
    }
    bytes_wipe(passphrase, sizeof passphrase);
    return err;
}

enum err master_key_open(const struct master_key_files *files, struct master_key *out,
                         struct master_key_fault *fault)
{
    struct lock lock;
    struct secret key SECRET_WIPED = {.len = 0};
    uint8_t check[CHECK_LEN];

    TRY(read_lock(files->lock, &lock, fault));
    TRY(derive_from(files->passphrase, &lock, &key, check, fault));
    if (!bytes_equal_ct(check, lock.check, CHECK_LEN))
        return fail(fault, files->passphrase, "the passphrase is wrong", ERR_KEY);
    *out = (struct master_key){.key = key, .generation = (uint8_t)lock.generation};
    return OK;
}

static bool write_all(int file, const char *text)
{
    size_t len = strlen(text);
    size_t at = 0;

    while (at < len) {
        ssize_t put = write(file, text + at, len - at);

        if (put < 0 && errno != EINTR)
            return false;
        at += put > 0 ? (size_t)put : 0;
    }
    return fsync(file) == 0;
}

/* Writes beside the path, then gives the file its name, so that no half of it is ever seen. */
static enum err write_lock(const char *path, const char *text, struct master_key_fault *fault)
{
    char draft[PATH_ROOM];
    int len = snprintf(draft, sizeof draft, "%s.new", path);
    int file;

    if (len < 0 || (size_t)len >= sizeof draft)
        return fail(fault, path, "the path is too long", ERR_BAD_LENGTH);
    file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(fault, path, "it cannot be written", ERR_IO);
    bool good = write_all(file, text);
    good = close(file) == 0 && good;
    if (good && renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return OK;
    bool exists = good && errno == EEXIST;
    (void)unlink(draft);
    return exists ? fail(fault, path, "there is a lock already", ERR_EXISTS)
                  : fail(fault, path, "it cannot be written", ERR_IO);
}

static void lock_text(const struct lock *lock, char *out, size_t out_len)
{
    char salt[2 * SALT_LEN + 1] = {0};
    char check[2 * CHECK_LEN + 1] = {0};

    bytes_to_hex(lock->salt, SALT_LEN, salt);
    bytes_to_hex(lock->check, CHECK_LEN, check);
    (void)snprintf(out, out_len,
                   "acquit master key 1\nargon2id %u %u %u\ngeneration %u\nsalt %s\ncheck %s\n",
                   lock->kib, lock->passes, lock->lanes, lock->generation, salt, check);
}

enum err master_key_make(const struct master_key_files *files, struct random_source random,
                         struct master_key *out, struct master_key_fault *fault)
{
    struct lock lock = {
        .kib = COST_KIB, .passes = COST_PASSES, .lanes = COST_LANES, .generation = 1};
    struct secret key SECRET_WIPED = {.len = 0};
    char text[LOCK_LEN_MAX];

    if (!random.fill(random.self, lock.salt, SALT_LEN))
        return fail(fault, files->lock, "there are no random bytes", ERR_IO);
    TRY(derive_from(files->passphrase, &lock, &key, lock.check, fault));
    lock_text(&lock, text, sizeof text);
    TRY(write_lock(files->lock, text, fault));
    *out = (struct master_key){.key = key, .generation = (uint8_t)lock.generation};
    return OK;
}

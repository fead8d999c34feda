#include "sim/oracle/secrets.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define HEADS 4096 /* a power of two, far more than there are secrets */
#define MARKS 65536
#define HASH_FACTOR 0x9E3779B97F4A7C15U

void secrets_open(struct secrets *secrets)
{
    *secrets = (struct secrets){.heads = calloc(HEADS, sizeof *secrets->heads),
                                .marks = calloc(MARKS / 64, sizeof *secrets->marks)};
    assert(secrets->heads);
    assert(secrets->marks);
}

void secrets_close(struct secrets *secrets)
{
    if (secrets->items)
        bytes_wipe(secrets->items, secrets->room * sizeof *secrets->items);
    free(secrets->items);
    free(secrets->heads);
    free(secrets->marks);
    *secrets = (struct secrets){0};
}

static uint32_t word_at(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static size_t head_of(const uint8_t *at)
{
    _Static_assert(SECRET_LEN_MIN == 7, "what is hashed: two words, which share a byte");
    uint64_t both = (uint64_t)word_at(at) << 32 | word_at(at + 3);
    return (size_t)(both * HASH_FACTOR >> 52) % HEADS;
}

static size_t mark_of(uint32_t word)
{
    return (size_t)(word * HASH_FACTOR >> 48) % MARKS;
}

static bool is_marked(const struct secrets *secrets, uint32_t word)
{
    size_t mark = mark_of(word);
    return (secrets->marks[mark / 64] >> mark % 64 & 1) != 0;
}

/* One of its first words stands at a multiple of four, wherever the secret lies. */
static void note_marks(struct secrets *secrets, const uint8_t *secret)
{
    static const uint8_t zeros[SECRET_LEN_MIN];
    for (size_t i = 0; i + sizeof(uint32_t) <= SECRET_LEN_MIN; i++) {
        size_t bit = mark_of(word_at(secret + i));
        secrets->marks[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    secrets->has_zeros = secrets->has_zeros || memcmp(secret, zeros, sizeof(uint32_t)) == 0;
}

/* The first of the secrets that bytes at this place begin with, or NULL. */
static const struct secret_bytes *match(const struct secrets *secrets, struct bytes bytes)
{
    for (size_t slot = head_of(bytes.at); secrets->heads[slot] != 0; slot = (slot + 1) % HEADS) {
        const struct secret_bytes *item = &secrets->items[secrets->heads[slot] - 1];
        if (item->len <= bytes.len && memcmp(item->at, bytes.at, item->len) == 0)
            return item;
    }
    return NULL;
}

static void add(struct secrets *secrets, enum secret_kind kind, struct bytes bytes)
{
    if (bytes.len < SECRET_LEN_MIN || match(secrets, bytes) != NULL)
        return;
    assert(bytes.len <= SECRET_BYTES_MAX && secrets->count < HEADS / 2);
    if (secrets->count == secrets->room) {
        secrets->room = secrets->room == 0 ? 128 : 2 * secrets->room;
        secrets->items = realloc(secrets->items, secrets->room * sizeof *secrets->items);
        assert(secrets->items);
    }
    struct secret_bytes *item = &secrets->items[secrets->count++];
    *item = (struct secret_bytes){.kind = kind, .len = (uint8_t)bytes.len};
    memcpy(item->at, bytes.at, bytes.len);
    size_t slot = head_of(item->at);
    while (secrets->heads[slot] != 0)
        slot = (slot + 1) % HEADS;
    secrets->heads[slot] = (uint32_t)secrets->count;
    note_marks(secrets, item->at);
}

/* The digits from `first` on, two to a byte, whole bytes only. */
static void add_bcd(struct secrets *secrets, const char *digits, size_t first)
{
    uint8_t packed[PAN_DIGITS_MAX / 2];
    size_t len = 0;
    for (size_t i = first; digits[i] && digits[i + 1]; i += 2)
        packed[len++] = (uint8_t)((digits[i] - '0') << 4 | (digits[i + 1] - '0'));
    add(secrets, SECRET_PAN_BCD, bytes_over(packed, len));
}

static void add_key(struct secrets *secrets, const struct lab_seed *seed, enum key_usage usage,
                    const char *owner)
{
    char label[LAB_KEY_LABEL_LEN];
    struct secret material SECRET_WIPED = {0};
    lab_key_label(usage, owner, label);
    lab_material(seed, label, &material);
    add(secrets, SECRET_KEY, bytes_over(material.at, 16));
}

void secrets_add_world(struct secrets *secrets, const struct lab_world *world,
                       const struct lab_seed *seed)
{
    static const enum key_usage issuer_keys[] = {KEY_ZMK,    KEY_CVK,       KEY_PVK,
                                                 KEY_IMK_AC, KEY_PAN_STORE, KEY_PAN_INDEX};
    for (uint32_t i = 0; i < world->card_count; i++) {
        add(secrets, SECRET_PAN_TEXT, bytes_of_z(world->cards[i].pan));
        add_bcd(secrets, world->cards[i].pan, 0);
        add_bcd(secrets, world->cards[i].pan, 1);
    }
    for (uint32_t i = 0; i < world->terminal_count; i++)
        add_key(secrets, seed, KEY_TMK, world->terminals[i].id);
    for (uint32_t i = 0; i < world->issuer_count; i++)
        for (size_t k = 0; k < ARRAY_COUNT(issuer_keys); k++)
            add_key(secrets, seed, issuer_keys[k], world->issuers[i].id);
    for (int k = KEY_PAN_STORE; k <= KEY_PAN_INDEX; k++) {
        add_key(secrets, seed, (enum key_usage)k, "acquirer");
        add_key(secrets, seed, (enum key_usage)k, "terminal");
    }
}

void secrets_add_message(struct secrets *secrets, const struct txn_message *message)
{
    add(secrets, SECRET_TRACK, bytes_over(message->track2, message->track2_len));
    add(secrets, SECRET_PIN_BLOCK, bytes_over(message->pin_block, message->pin_block_len));
}

/* The first secret of which the word at this place is one of the first. */
static const struct secret_bytes *match_around(const struct secrets *secrets, struct bytes bytes,
                                               size_t at)
{
    const size_t reach = SECRET_LEN_MIN - sizeof(uint32_t);
    for (size_t from = at < reach ? 0 : at - reach; from <= at; from++) {
        if (from + SECRET_LEN_MIN > bytes.len)
            break;
        const struct secret_bytes *found =
            match(secrets, bytes_over(bytes.at + from, bytes.len - from));
        if (found)
            return found;
    }
    return NULL;
}

/* The first place from here on where a word is not zero; rows are half zeros. */
static size_t past_zeros(struct bytes bytes, size_t at)
{
    uint64_t words = 0;
    while (at + sizeof words <= bytes.len) {
        memcpy(&words, bytes.at + at, sizeof words);
        if (words != 0)
            break;
        at += sizeof words;
    }
    return at;
}

/* Looks at each fourth place only, and there most often at one bit. Card numbers have zeros inside:
 * of a run of them only the first word can belong to a secret's beginning, but for a secret that
 * begins with them. */
const struct secret_bytes *secrets_find(const struct secrets *secrets, struct bytes bytes)
{
    uint32_t before = 0;
    for (size_t at = 0; at + sizeof before <= bytes.len; at += sizeof before) {
        if (before == 0 && !secrets->has_zeros)
            at = past_zeros(bytes, at);
        if (at + sizeof before > bytes.len)
            break;
        uint32_t word = word_at(bytes.at + at);
        before = word;
        if (!is_marked(secrets, word))
            continue;
        const struct secret_bytes *found = match_around(secrets, bytes, at);
        if (found)
            return found;
    }
    return NULL;
}

const char *secret_kind_text(enum secret_kind kind)
{
    static const char *const texts[] = {
        [SECRET_PAN_TEXT] = "card number as text",
        [SECRET_PAN_BCD] = "card number as BCD",
        [SECRET_TRACK] = "track",
        [SECRET_PIN_BLOCK] = "PIN block",
        [SECRET_KEY] = "key",
    };
    assert(kind < ARRAY_COUNT(texts));
    return texts[kind];
}

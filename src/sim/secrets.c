#include "sim/secrets.h"

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

static uint64_t hash_of(const uint8_t *at)
{
    uint32_t first;
    uint16_t rest;
    _Static_assert(SECRET_PROBE_LEN == sizeof first + sizeof rest, "what is hashed");
    memcpy(&first, at, sizeof first);
    memcpy(&rest, at + sizeof first, sizeof rest);
    return ((uint64_t)rest << 32 | first) * HASH_FACTOR;
}

static size_t head_of(const uint8_t *at)
{
    return (size_t)(hash_of(at) >> 52) % HEADS;
}

/* Most places in what is stored begin no secret: this says so without a look at any. */
static bool is_marked(const struct secrets *secrets, const uint8_t *at)
{
    uint64_t mark = hash_of(at) >> 48;
    return (secrets->marks[mark / 64] >> mark % 64 & 1) != 0;
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
    if (bytes.len < SECRET_PROBE_LEN || match(secrets, bytes) != NULL)
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
    uint64_t mark = hash_of(item->at) >> 48;
    secrets->marks[mark / 64] |= UINT64_C(1) << mark % 64;
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

const struct secret_bytes *secrets_find(const struct secrets *secrets, struct bytes bytes)
{
    for (size_t at = 0; at + SECRET_PROBE_LEN <= bytes.len; at++) {
        if (!is_marked(secrets, bytes.at + at))
            continue;
        const struct secret_bytes *found =
            match(secrets, bytes_over(bytes.at + at, bytes.len - at));
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

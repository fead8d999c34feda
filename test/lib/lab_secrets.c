/*
 * Prints what must never be found outside an HSM's memory: lab_secrets CONFIG PIN... says, for the
 * world of a configuration, one line each of what it is and its bytes in hex: master keys, keys,
 * card numbers in characters and in BCD, and the clear PIN blocks of the PINs for each card.
 */
#include "app/world/config.h"
#include "app/world/party_server.h"
#include "base/assert.h"
#include "hsm/pinblock.h"
#include "lab/lab_keys.h"

#include <stdio.h>
#include <string.h>

#define GENERATED 8 /* cards of acquit load, besides the listed ones */

static void print(const char *what, const char *whose, const uint8_t *at, size_t len)
{
    printf("%s/%s ", what, whose);
    for (size_t i = 0; i < len; i++)
        printf("%02X", at[i]);
    putchar('\n');
}

static uint8_t odd(uint8_t byte)
{
    return (uint8_t)(byte ^ ((__builtin_popcount(byte) & 1) == 0));
}

/* As it was made, and with the parity that DES keys may be given. */
static void print_key(const struct lab_seed *seed, enum key_usage usage, const char *owner)
{
    char label[LAB_KEY_LABEL_LEN];
    struct secret key;

    lab_key_label(usage, owner, label);
    lab_material(seed, label, &key);
    print("key", label, key.at, 16);
    for (size_t i = 0; i < 16; i++)
        key.at[i] = odd(key.at[i]);
    print("odd-key", label, key.at, 16);
}

static void print_party(const struct lab_seed *seed, const char *name)
{
    struct secret master;

    lab_master(seed, name, &master);
    print("master", name, master.at, master.len);
    print_key(seed, KEY_PAN_STORE, name);
    print_key(seed, KEY_PAN_INDEX, name);
}

static void print_keys(const struct config *config, const struct lab_seed *seed)
{
    print_party(seed, "acquirer");
    print_party(seed, "terminal");
    for (uint32_t i = 0; i < config->world.issuer_count; i++) {
        const char *id = config->world.issuers[i].id;

        print_party(seed, id);
        print_key(seed, KEY_ZMK, id);
        print_key(seed, KEY_CVK, id);
        print_key(seed, KEY_PVK, id);
        print_key(seed, KEY_IMK_AC, id);
    }
    for (uint32_t i = 0; i < config->listed_terminals; i++)
        print_key(seed, KEY_TMK, config->world.terminals[i].id);
}

static void print_card(const struct lab_card *card, char **pins, int pin_count)
{
    struct pan pan = lab_card_pan(card);
    uint8_t bcd[PAN_DIGITS_MAX / 2 + 1] = {0};
    uint8_t block[PINBLOCK_0_LEN];
    struct secret pin;

    print("pan", card->label, (const uint8_t *)card->pan, strlen(card->pan));
    for (size_t i = 0; i + 1 < pan.len; i += 2)
        bcd[i / 2] = (uint8_t)((pan.digits[i] - '0') << 4 | (pan.digits[i + 1] - '0'));
    print("pan-bcd", card->label, bcd, pan.len / 2);
    for (int i = 0; i < pin_count; i++) {
        enum err err = secret_from(bytes_of_z(pins[i]), &pin);
        assert(err == OK);
        pinblock_0_build(&pin, &pan, block);
        print("pin-block", card->label, block, sizeof block);
    }
}

int main(int argc, char **argv)
{
    struct config config;
    struct lab_seed seed;
    char room[512];
    struct text error = text_over(room, sizeof room);

    if (argc < 2 || config_read(argv[1], &config, &error) != OK ||
        lab_seed_open(config.data, &seed, &error) != OK) {
        fprintf(stderr, "lab_secrets: %s\n", argc < 2 ? "CONFIG PIN..." : room);
        return 2;
    }
    print_keys(&config, &seed);
    for (uint32_t i = 0; i < config.listed_cards + GENERATED && i < config.world.card_count; i++)
        print_card(&config.world.cards[i], argv + 2, argc - 2);
    config_free(&config);
    return 0;
}

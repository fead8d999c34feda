#include "lab/world.h"

#include "base/assert.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CURRENCY_CNY 156
#define CHINA_OFFSET_S (8 * 3600)
#define EXPIRY_GOOD 3012
#define EXPIRY_PAST 2310
#define SERIAL_STEP 7654321U /* coprime with 10^7, so serials never repeat */
#define SERIAL_FIRST 4711093U
#define NOBODYS_BIN "62000099"

static const struct lab_timings usual_timings = {
    .terminal_wait_ms = 15000,
    .acquirer_wait_ms = 10000,
    .request_age_max_ms = 8000,
    .retry_first_ms = 1000,
    .retry_max_ms = 8000,
    .hand_over_s = 14400,
};

#define ALL_MEDIA (LAB_STRIPE | LAB_CHIP | LAB_CONTACTLESS)

/* What a card of each kind differs in. */
struct card_kind {
    const char *service_code;
    uint16_t issuer;
    uint16_t expiry;
    uint8_t media;
    uint8_t state;
    uint32_t daily_count_max;
    int64_t limit_minor;
    int64_t daily_limit_minor;
    int64_t balance_minor;
    int64_t credit_limit_minor;
};

enum { FIRST, SECOND, ABSENT, NOBODY = LAB_NO_ISSUER };

/* clang-format off */
static const struct card_kind default_kinds[] = {
    /* C1  plenty of money    */ {"220", FIRST,  EXPIRY_GOOD, ALL_MEDIA,  RECORD_ACTIVE,        0, 0,    0,     1000000, 0},
    /* C2  stripe only        */ {"120", FIRST,  EXPIRY_GOOD, LAB_STRIPE, RECORD_ACTIVE,        0, 0,    0,     1000000, 0},
    /* C3  little money       */ {"220", FIRST,  EXPIRY_GOOD, ALL_MEDIA,  RECORD_ACTIVE,        0, 0,    0,     500,     0},
    /* C4  frozen             */ {"220", FIRST,  EXPIRY_GOOD, ALL_MEDIA,  RECORD_FROZEN,        0, 0,    0,     1000000, 0},
    /* C5  stolen             */ {"220", FIRST,  EXPIRY_GOOD, ALL_MEDIA,  RECORD_STOLEN,        0, 0,    0,     1000000, 0},
    /* C6  lost               */ {"220", FIRST,  EXPIRY_GOOD, ALL_MEDIA,  RECORD_LOST,          0, 0,    0,     1000000, 0},
    /* C7  expired            */ {"220", FIRST,  EXPIRY_PAST, ALL_MEDIA,  RECORD_ACTIVE,        0, 0,    0,     1000000, 0},
    /* C8  not activated      */ {"220", SECOND, EXPIRY_GOOD, ALL_MEDIA,  RECORD_NOT_ACTIVATED, 0, 0,    0,     1000000, 0},
    /* C9  low limits         */ {"220", SECOND, EXPIRY_GOOD, ALL_MEDIA,  RECORD_ACTIVE,        3, 5000, 10000, 1000000, 0},
    /* C10 credit             */ {"220", SECOND, EXPIRY_GOOD, ALL_MEDIA,  RECORD_ACTIVE,        0, 0,    0,     0,       500000},
    /* C11 nobody's BIN       */ {"220", NOBODY, EXPIRY_GOOD, ALL_MEDIA,  RECORD_ACTIVE,        0, 0,    0,     1000000, 0},
    /* C12 issuer is not there*/ {"220", ABSENT, EXPIRY_GOOD, ALL_MEDIA,  RECORD_ACTIVE,        0, 0,    0,     1000000, 0},
};

static const struct lab_issuer default_issuers[] = {
    [FIRST]  = {"20000001", "First Lab Bank",  "62000001", false},
    [SECOND] = {"20000002", "Second Lab Bank", "62000002", false},
    [ABSENT] = {"20000003", "Absent Lab Bank", "62000003", true},
};

static const struct lab_merchant default_merchants[] = {
    {"M1", "Lab Supermarket", 5411, RECORD_ACTIVE, 0},
    {"M2", "Lab Noodle Bar",  5812, RECORD_ACTIVE, 200000},
    {"M3", "Lab Bookshop",    5942, RECORD_ACTIVE, 0},
};

static const struct lab_terminal default_terminals[] = {
    {"T1", 0, 100000, 0, 0, true},
    {"T2", 0, 100000, 0, 0, true},
    {"T3", 1, 30000,  0, 0, true},
    {"T4", 2, 0,      0, 0, true},
};
/* clang-format on */

#define GENERATED_BATCH_MAX 999999 /* load tests settle nothing */
#define GOOD_BALANCE 100000000     /* a million yuan: no load test empties it */

/* The kinds of trouble that generated cards are in, in turn. */
static const uint8_t trouble_kinds[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

void lab_pan_make(const char *bin, uint32_t serial, char *out)
{
    assert(strlen(bin) == LAB_BIN_LEN);
    assert(serial < LAB_CARDS_PER_ISSUER_MAX);
    uint64_t scattered = ((uint64_t)serial * SERIAL_STEP + SERIAL_FIRST) % LAB_CARDS_PER_ISSUER_MAX;
    memcpy(out, bin, LAB_BIN_LEN);
    bytes_from_number(scattered, out + LAB_BIN_LEN, 7);
    out[15] = pan_luhn_digit(bytes_over(out, 15));
    out[16] = '\0';
}

struct pan lab_card_pan(const struct lab_card *card)
{
    struct pan pan = {.len = (uint8_t)strlen(card->pan)};
    memcpy(pan.digits, card->pan, pan.len);
    return pan;
}

uint64_t lab_card_account(uint32_t card)
{
    return (uint64_t)card + 1;
}

static void label_make(char letter, uint64_t number, size_t width, char *out, size_t out_len)
{
    struct text t = text_over(out, out_len);
    text_add_char(&t, letter);
    text_add_u64_wide(&t, number, width);
    assert(!t.cut);
}

static void card_fill(const struct card_kind *kind, uint32_t index, const char *bin,
                      uint32_t serial, struct lab_card *out)
{
    *out = (struct lab_card){
        .pin = "1234",
        .account = lab_card_account(index),
        .issuer = kind->issuer,
        .expiry = kind->expiry,
        .media = kind->media,
        .psn = 1,
        .state = kind->state,
        .needs_pin = 1,
        .pin_tries_max = 3,
        .tap_limit_minor = 100000,
        .daily_count_max = kind->daily_count_max,
        .limit_minor = kind->limit_minor,
        .daily_limit_minor = kind->daily_limit_minor,
        .balance_minor = kind->balance_minor,
        .credit_limit_minor = kind->credit_limit_minor,
    };
    memcpy(out->service_code, kind->service_code, 3);
    label_make('C', (uint64_t)index + 1, 1, out->label, sizeof out->label);
    lab_pan_make(bin, serial, out->pan);
}

static enum err world_allocate(struct lab_world *world)
{
    world->issuers = calloc(world->issuer_count, sizeof *world->issuers);
    world->merchants = calloc(world->merchant_count, sizeof *world->merchants);
    world->terminals = calloc(world->terminal_count, sizeof *world->terminals);
    world->cards = calloc(world->card_count, sizeof *world->cards);
    if (world->issuers && world->merchants && world->terminals && world->cards)
        return OK;
    lab_world_free(world);
    return ERR_FULL;
}

static struct lab_world world_empty(void)
{
    return (struct lab_world){
        .acquirer = {.id = "10000001", .name = "Lab Acquirer"},
        .timings = usual_timings,
        .currency = CURRENCY_CNY,
        .utc_offset_s = CHINA_OFFSET_S,
    };
}

enum err lab_world_default(struct lab_world *out)
{
    struct lab_world world = world_empty();
    world.issuer_count = ARRAY_COUNT(default_issuers);
    world.merchant_count = ARRAY_COUNT(default_merchants);
    world.terminal_count = ARRAY_COUNT(default_terminals);
    world.card_count = ARRAY_COUNT(default_kinds);
    TRY(world_allocate(&world));
    memcpy(world.issuers, default_issuers, sizeof default_issuers);
    memcpy(world.merchants, default_merchants, sizeof default_merchants);
    memcpy(world.terminals, default_terminals, sizeof default_terminals);
    for (uint32_t i = 0; i < world.card_count; i++) {
        const struct card_kind *kind = &default_kinds[i];
        const char *bin = kind->issuer == NOBODY ? NOBODYS_BIN : world.issuers[kind->issuer].bin;
        card_fill(kind, i, bin, i, &world.cards[i]);
    }
    *out = world;
    return OK;
}

static void issuers_generate(struct lab_world *world)
{
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        struct lab_issuer *issuer = &world->issuers[i];
        struct text id = text_over(issuer->id, sizeof issuer->id);
        text_add_u64(&id, 20000001U + i);
        struct text bin = text_over(issuer->bin, sizeof issuer->bin);
        text_add_u64(&bin, 62000001U + i);
        struct text name = text_over(issuer->name, sizeof issuer->name);
        text_add(&name, "Lab Bank ");
        text_add_u64(&name, (uint64_t)i + 1);
    }
}

static void shops_generate(struct lab_world *world, bool has_operators)
{
    for (uint32_t i = 0; i < world->merchant_count; i++) {
        struct lab_merchant *merchant = &world->merchants[i];
        label_make('M', (uint64_t)i + 1, 1, merchant->id, sizeof merchant->id);
        label_make('M', (uint64_t)i + 1, 1, merchant->name, sizeof merchant->name);
        merchant->category = 5411;
    }
    for (uint32_t i = 0; i < world->terminal_count; i++) {
        struct lab_terminal *terminal = &world->terminals[i];
        label_make('T', (uint64_t)i + 1, 7, terminal->id, sizeof terminal->id);
        terminal->merchant = i % world->merchant_count;
        terminal->tap_limit_minor = 30000;
        terminal->batch_max = GENERATED_BATCH_MAX;
        terminal->has_operators = has_operators;
    }
}

/* Whether the index-th card is in trouble: evenly spread. */
static bool in_trouble(uint32_t index, uint32_t per_mille)
{
    return (uint64_t)(index + 1) * per_mille / 1000 != (uint64_t)index * per_mille / 1000;
}

static void cards_generate(struct lab_world *world, uint32_t live_issuers,
                           uint32_t trouble_per_mille)
{
    uint32_t troubles = 0;
    for (uint32_t i = 0; i < world->card_count; i++) {
        struct card_kind kind = default_kinds[i % 5 == 4 ? 1 : 0];
        kind.balance_minor = GOOD_BALANCE;
        if (in_trouble(i, trouble_per_mille))
            kind = default_kinds[trouble_kinds[troubles++ % ARRAY_COUNT(trouble_kinds)]];
        if (kind.issuer == ABSENT)
            kind.issuer = (uint16_t)live_issuers;
        else if (kind.issuer != NOBODY)
            kind.issuer = (uint16_t)(i % live_issuers);
        const char *bin = kind.issuer == NOBODY ? NOBODYS_BIN : world->issuers[kind.issuer].bin;
        card_fill(&kind, i, bin, i, &world->cards[i]);
    }
}

enum err lab_world_generate(const struct lab_spec *spec, struct lab_world *out)
{
    if (spec->issuers == 0 || spec->issuers >= LAB_NO_ISSUER || spec->merchants == 0 ||
        spec->terminals == 0 || spec->terminals > 9999999 || spec->cards == 0)
        return ERR_BAD_VALUE;
    if (spec->cards > LAB_CARDS_PER_ISSUER_MAX)
        return ERR_BAD_VALUE;
    struct lab_world world = world_empty();
    bool has_absent = spec->trouble_per_mille > 0;
    world.issuer_count = spec->issuers + has_absent;
    world.merchant_count = spec->merchants;
    world.terminal_count = spec->terminals;
    world.card_count = spec->cards;
    TRY(world_allocate(&world));
    issuers_generate(&world);
    world.issuers[world.issuer_count - 1].is_absent = has_absent;
    shops_generate(&world, spec->has_operators);
    cards_generate(&world, spec->issuers, spec->trouble_per_mille);
    *out = world;
    return OK;
}

void lab_world_free(struct lab_world *world)
{
    free(world->issuers);
    free(world->merchants);
    free(world->terminals);
    free(world->cards);
    *world = (struct lab_world){0};
}

uint32_t lab_world_card(const struct lab_world *world, const char *label)
{
    uint32_t index = 0;
    while (index < world->card_count && strcmp(world->cards[index].label, label) != 0)
        index++;
    return index;
}

uint32_t lab_world_terminal(const struct lab_world *world, const char *id)
{
    uint32_t index = 0;
    while (index < world->terminal_count && strcmp(world->terminals[index].id, id) != 0)
        index++;
    return index;
}

/*
 * A small world around the acquirer's switch, for its tests: rows in an array, an HSM whose MACs
 * are hashes, one terminal, one issuer, and a loop that does for one event what the engine does for
 * a batch. After each event it proves what must always hold (world_prove).
 *
 * Included once, by a *_test.c after cmocka.h or by a *_fuzz.c; CHECK says how a broken rule is
 * reported.
 */
#ifndef TEST_LIB_SWITCH_WORLD_H
#define TEST_LIB_SWITCH_WORLD_H

#include "acquirer/acquirer.h"
#include "acquirer/desk.h"
#include "acquirer/onboard.h"
#include "base/attribute.h"
#include "txn/profile.h"
#include "wire/builtin.h"

#include <string.h>

#ifndef WORLD_ROWS_MAX /* who tests a storm has more of all of them */
#define WORLD_ROWS_MAX 512
#define WORLD_RECORDS_MAX 1024
#define WORLD_ENTRIES_MAX 1024
#endif
#define WORLD_SENT_MAX 16

#define TILL_LINK 7
#define ISSUER_LINK 900
#define CARD "6200000100000003"
#define CARD_OTHER "6200000100000011"
#define TERMINAL "T1"
#define MERCHANT "M1"
#define ISSUER "62000001"
#define ISSUER_AWAY "62000002"
#define ACQUIRER_ID "99900001"
#define WALL_START 1795341600000000 /* 2026-11-22 18:00:00 at +8 h */

struct world_sent {
    uint64_t link;
    struct txn_message message;
    struct node_seal seal;
};

struct world_record {
    uint64_t sequence;
    enum journal_what what;
    enum outcome outcome;
    enum money_state money;
    struct identity about;
    uint32_t settlement_date;
    bool is_alarm;
};

struct world_entry {
    struct identity about;
    struct posting posting;
};

/* What a test may ask of one event. */
enum world_crash { CRASH_NONE, CRASH_BEFORE_RECORD, CRASH_AFTER_RECORD };

struct world {
    size_t row_count;
    struct node_row rows[WORLD_ROWS_MAX];
    uint32_t places[2 * WORLD_ROWS_MAX]; /* in rows, from 1, by the keys' hashes; 0: none */
    size_t sent_count;                   /* of the newest event */
    struct world_sent sent[WORLD_SENT_MAX];
    size_t deadline_count; /* of the newest event */
    struct node_deadline deadlines[DEADLINES_MAX];
    bool was_shown;
    enum outcome shown;
    uint8_t told; /* enum testimony_result, of what was shown */
    size_t record_count;
    struct world_record records[WORLD_RECORDS_MAX];
    size_t entry_count;
    struct world_entry entries[WORLD_ENTRIES_MAX];
    bool recorded; /* the newest event made a record */
    struct instant wall;
    uint64_t sequence;
    uint16_t node; /* of the node that the newest event is at */
    bool hsm_is_down;
    enum hsm_kind hsm_fails;     /* this kind answers hsm_failure ... */
    enum hsm_result hsm_failure; /* ... unless HSM_OK */
    uint32_t keys_made;
    enum world_crash crash;
    bool writes;      /* what is sent is written in its dialect, too */
    bool is_unproved; /* rows were damaged: what must hold for sound ones does not */
    struct node_work work;
    struct node_event event;
    uint8_t mab[sizeof(struct txn_message)];
    size_t node_rounds;
};

static struct world world;

#include "test/lib/switch_hsm.h"

/* ---- rows ---- */

static struct node_row *world_find(const struct row_key *key)
{
    size_t at = row_key_hash(key) % ARRAY_COUNT(world.places);

    while (world.places[at] != 0) {
        struct node_row *row = &world.rows[world.places[at] - 1];
        if (row_key_equal(&row->key, key))
            return row;
        at = (at + 1) % ARRAY_COUNT(world.places);
    }
    CHECK(world.row_count < WORLD_ROWS_MAX);
    struct node_row *row = &world.rows[world.row_count++];
    world.places[at] = (uint32_t)world.row_count;
    memset(row, 0, sizeof *row);
    row->key = *key;
    return row;
}

static void world_put(struct row_key key, const void *value, size_t len)
{
    struct node_row *row = world_find(&key);

    memcpy(row->value, value, len);
    row->len = (uint16_t)len;
    row->found = true;
}

/* The switch's books were restored: what came in the hours before now is missing. */
UNUSED static void world_lose(int64_t hours)
{
    struct peer_row own = {.layout = PARTY_ROW_LAYOUT,
                           .heard = instant_add_ms(world.wall, -hours * 3600000),
                           .sent = world.wall};

    world_put(row_key_of(TABLE_PEER, NULL, 0), &own, sizeof own);
}

UNUSED static void world_remove(struct row_key key)
{
    world_find(&key)->found = false;
}

static void *world_value(struct row_key key)
{
    struct node_row *row = world_find(&key);

    return row->found ? row->value : NULL;
}

static struct identity world_identity(uint32_t trace)
{
    struct identity identity = {.class = IDENTITY_PAYMENT, .batch = 1, .trace = trace};

    CHECK(identity_id_from_text(ACQUIRER_ID, 0, identity.acquirer, ACQUIRER_ID_LEN) == OK);
    CHECK(identity_id_from_text(TERMINAL, ' ', identity.terminal, TERMINAL_ID_LEN) == OK);
    return identity;
}

UNUSED static struct payment_row *world_payment(uint32_t trace)
{
    struct identity identity = world_identity(trace);

    return world_value(payment_row_key(&identity));
}

static struct row_key world_pending_key(uint32_t trace)
{
    struct identity identity = world_identity(trace);
    struct row_key key = payment_row_key(&identity);

    key.table = TABLE_PENDING;
    return key;
}

UNUSED static struct pending_row *world_pending(uint32_t trace)
{
    return world_value(world_pending_key(trace));
}

UNUSED static struct config_row *world_config(void)
{
    return world_value(row_key_of(TABLE_CONFIG, NULL, 0));
}

static struct row_key world_terminal_key(enum row_table table)
{
    char id[TERMINAL_ID_LEN];

    CHECK(identity_id_from_text(TERMINAL, ' ', id, sizeof id) == OK);
    return row_key_of(table, id, sizeof id);
}

UNUSED static struct terminal_row *world_terminal(void)
{
    return world_value(world_terminal_key(TABLE_TERMINAL));
}

UNUSED static struct terminal_keys_row *world_keys(void)
{
    return world_value(world_terminal_key(TABLE_TERMINAL_KEYS));
}

UNUSED static struct merchant_row *world_merchant(void)
{
    char id[MERCHANT_ID_LEN];

    CHECK(identity_id_from_text(MERCHANT, ' ', id, sizeof id) == OK);
    return world_value(row_key_of(TABLE_MERCHANT, id, sizeof id));
}

static struct row_key world_issuer_key(const char *issuer)
{
    char id[ISSUER_ID_LEN];

    CHECK(identity_id_from_text(issuer, 0, id, sizeof id) == OK);
    return row_key_of(TABLE_ISSUER, id, sizeof id);
}

static struct issuer_row *world_issuer(void)
{
    return world_value(world_issuer_key(ISSUER));
}

static struct row_key world_link_key(const char *issuer, uint16_t node)
{
    struct row_key key = world_issuer_key(issuer);

    return desk_link_key((const char *)key.at, node);
}

UNUSED static struct issuer_link_row *world_issuer_link(void)
{
    return world_value(world_link_key(ISSUER, world.node));
}

static void world_put_link(uint16_t node, uint64_t link)
{
    struct issuer_link_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.is_up = true;
    row.node = node;
    memcpy(row.issuer, ISSUER, strlen(ISSUER));
    row.link = link;
    row.since = instant_add_ms(world.wall, -3600000);
    row.sign_on_trace = 17;
    world_put(world_link_key(ISSUER, node), &row, sizeof row);
}

static void open_config(void)
{
    struct config_row config;

    memset(&config, 0, sizeof config);
    config.layout = PARTY_ROW_LAYOUT;
    config.party = PARTY_ACQUIRER;
    config.utc_offset_s = 8 * 3600;
    CHECK(identity_id_from_text(ACQUIRER_ID, 0, config.id, sizeof config.id) == OK);
    config.currency = CURRENCY_CNY;
    config.tables_version = 12;
    config.answer_wait_ms = 20000;
    config.retry_first_ms = 2000;
    config.retry_max_ms = 60000;
    config.pan_store = fake_key(KEY_PAN_STORE, 1, ACQUIRER_ID);
    config.pan_index = fake_key(KEY_PAN_INDEX, 2, ACQUIRER_ID);
    world_put(row_key_of(TABLE_CONFIG, NULL, 0), &config, sizeof config);
}

static void open_terminal(void)
{
    struct keyblock master = fake_key(KEY_TMK, 3, TERMINAL);
    struct merchant_row merchant;
    struct terminal_row terminal;
    struct terminal_keys_row keys;

    CHECK(onboard_merchant(MERCHANT, "Corner shop", 5411, &merchant) == OK);
    CHECK(onboard_terminal(TERMINAL, MERCHANT, &master, &terminal) == OK);
    memset(&keys, 0, sizeof keys);
    keys.layout = PARTY_ROW_LAYOUT;
    keys.version = 1;
    keys.changed = instant_add_ms(world.wall, -3600000);
    keys.pin = fake_key(KEY_PIK, 4, TERMINAL);
    keys.mac = fake_key(KEY_MAK, 5, TERMINAL);
    terminal.is_signed_in = 1;
    world_put(onboard_merchant_key(&merchant), &merchant, sizeof merchant);
    world_put(onboard_terminal_key(&terminal), &terminal, sizeof terminal);
    world_put(world_terminal_key(TABLE_TERMINAL_KEYS), &keys, sizeof keys);
}

static void open_route(const char *bin, const char *issuer, bool is_barred)
{
    struct route_row route;

    CHECK(onboard_route(bin, issuer, &route) == OK);
    route.is_barred = is_barred;
    route.since = world.wall;
    world_put(onboard_route_key(&route), &route, sizeof route);
}

static void open_issuers(void)
{
    struct keyblock master = fake_key(KEY_ZMK, 6, ISSUER);
    struct issuer_row issuer;

    CHECK(onboard_issuer(ISSUER, "First bank", &master, &issuer) == OK);
    issuer.since = instant_add_ms(world.wall, -3600000);
    issuer.key_version = 1;
    issuer.zone_pin = fake_key(KEY_ZPK, 7, ISSUER);
    issuer.zone_mac = fake_key(KEY_ZAK, 8, ISSUER);
    world_put(onboard_issuer_key(&issuer), &issuer, sizeof issuer);
    world_put_link(world.node, ISSUER_LINK);
    open_route("62000001", ISSUER, false);
    open_route("620000", ISSUER_AWAY, false);
    open_route("62000009", ISSUER, true);
}

static void world_open(void)
{
    memset(&world, 0, sizeof world);
    world.wall.us = WALL_START;
    world.node = 1;
    world.writes = true;
    open_config();
    open_terminal();
    open_issuers();
}

#include "test/lib/switch_proof.h"

/* ---- the loop ---- */

static bool load(struct node_work *work, struct node_row *room)
{
    bool is_new = work->row_count < work->need_count;

    while (work->row_count < work->need_count) {
        struct node_row *row = &room[work->row_count];
        *row = *world_find(&work->needs[work->row_count]);
        row->is_changed = false;
        row->version = 0;
        work->rows[work->row_count++] = row;
    }
    return is_new;
}

static bool check(struct node_work *work)
{
    bool is_new = false;

    for (size_t i = 0; i < work->fact_count; i++) {
        if (work->facts[i].is_answered)
            continue;
        work->facts[i].answer = fake_answer(&work->facts[i].command);
        work->facts[i].is_answered = true;
        is_new = true;
    }
    return is_new;
}

static bool record(const struct node_work *work)
{
    bool is_changed = false;

    CHECK(postings_balance(&work->postings));
    for (size_t i = 0; i < work->row_count; i++) {
        if (!work->rows[i]->is_changed)
            continue;
        is_changed = true;
        *world_find(&work->rows[i]->key) = *work->rows[i];
    }
    CHECK(!is_changed || work->what != WHAT_NONE);
    CHECK(work->postings.count == 0 || work->what != WHAT_NONE);
    if (work->what == WHAT_NONE)
        return false;
    CHECK(world.record_count < WORLD_RECORDS_MAX);
    world.records[world.record_count++] =
        (struct world_record){.sequence = ++world.sequence,
                              .what = work->what,
                              .outcome = work->outcome,
                              .money = work->money,
                              .about = work->about,
                              .settlement_date = work->settlement_date,
                              .is_alarm = work->effects.is_alarm};
    for (size_t i = 0; i < work->postings.count; i++) {
        CHECK(world.entry_count < WORLD_ENTRIES_MAX);
        world.entries[world.entry_count++] =
            (struct world_entry){.about = work->about, .posting = work->postings.rows[i]};
    }
    return true;
}

static struct dialect dialects[2];

static const struct dialect *world_dialect(bool is_terminals)
{
    struct dialect *dialect = &dialects[is_terminals];

    if (dialect->source == NULL)
        CHECK(builtin_compile(is_terminals ? "cup-pos" : "iso87-ascii", NULL, dialect) == OK);
    return dialect;
}

static struct pan world_pan(const char *digits)
{
    struct pan_fault fault;
    struct pan pan;

    CHECK(pan_from_digits(bytes_of_z(digits), &pan, &fault) == OK);
    return pan;
}

/* Whatever the switch sends can be written in the dialect of its link; a PAN to be opened counts as
 * there. A fuzzer's spoiled messages need not. */
static void prove_writable(const struct node_send *out)
{
    bool is_terminals = out->link < ISSUER_LINK;
    struct txn_profile profile = {.mapping = is_terminals ? MAPPING_CUP_POS : MAPPING_ISO87,
                                  .dialect = world_dialect(is_terminals),
                                  .header_version = 31,
                                  .currency = CURRENCY_CNY,
                                  .utc_offset_s = 8 * 3600};
    struct txn_message message = out->message;
    uint8_t body[FRAME_BODY_LEN_MAX];
    struct txn_encoded encoded;

    if (out->seal.open_pan)
        message.pan = world_pan(CARD);
    memcpy(profile.acquirer, ACQUIRER_ID, 8);
    CHECK(txn_encode(&profile, &message, body, sizeof body, &encoded) == OK);
}

static void send(const struct node_work *work)
{
    const struct node_effects *effects = &work->effects;

    for (size_t i = 0; i < effects->send_count && world.writes; i++)
        prove_writable(&effects->sends[i]);
    for (size_t i = 0; i < effects->send_count; i++)
        world.sent[world.sent_count++] = (struct world_sent){
            effects->sends[i].link, effects->sends[i].message, effects->sends[i].seal};
    world.deadline_count = effects->deadline_count;
    memcpy(world.deadlines, effects->deadlines, sizeof world.deadlines);
    world.was_shown = effects->has_display;
    world.shown = effects->display.outcome;
    world.told = effects->display.testimony;
}

/* Takes world.event through the stages. */
static void world_run(void)
{
    static struct node_row room[NEEDS_MAX];
    struct node_work *work = &world.work;
    bool is_new = true;

    memset(work, 0, sizeof *work);
    world.event.wall = world.wall;
    world.event.now.ns = world.wall.us * 1000;
    world.event.sequence = world.sequence + 1;
    world.event.node = world.node;
    world.sent_count = 0;
    world.deadline_count = 0;
    world.was_shown = false;
    work->event = &world.event;
    for (world.node_rounds = 0; is_new; world.node_rounds++) {
        CHECK(world.node_rounds <= ROUNDS_MAX);
        acquirer_party.needs(work);
        is_new = load(work, room);
        acquirer_party.checks(work);
        is_new = check(work) || is_new;
    }
    acquirer_party.step(work);
    world.recorded = world.crash != CRASH_BEFORE_RECORD && record(work);
    if (world.crash == CRASH_NONE)
        send(work);
    world_prove();
}

/* ---- events ---- */

UNUSED static void world_wait_ms(int64_t ms)
{
    world.wall = instant_add_ms(world.wall, ms);
}

static struct node_event *world_event(enum event_kind kind)
{
    memset(&world.event, 0, sizeof world.event);
    world.event.kind = kind;
    world.event.message.sequence = -1;
    return &world.event;
}

/* The bytes that the MAC covers are the message without it. */
static void cover(struct txn_message *message)
{
    struct txn_message bare;

    memcpy(&bare, message, sizeof bare);
    memset(bare.mac, 0, sizeof bare.mac);
    memcpy(world.mab, &bare, sizeof bare);
    world.event.mab = bytes_over(world.mab, sizeof world.mab);
}

static void sign_with(struct txn_message *message, const struct keyblock *block, const char *owner)
{
    struct key_owner whose;

    CHECK(key_owner_from(owner, &whose) == OK);
    struct hsm_key key = hsm_key_of(block, &whose);
    message->has_mac = true;
    cover(message);
    fake_mac(&key, world.event.mab, message->mac);
}

/* A message comes from the terminal, sealed with its MAC key unless `mak` says another; a block of
 * zeros: without a MAC. */
static void world_terminal_says_with(const struct txn_message *message, const struct keyblock *mak)
{
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = TILL_LINK;
    event->message = *message;
    if (mak->at[0] != 0)
        sign_with(&event->message, mak, TERMINAL);
    world_run();
}

UNUSED static void world_terminal_says(const struct txn_message *message)
{
    struct keyblock mak = world_keys()->mac;

    world_terminal_says_with(message, &mak);
}

UNUSED static void world_issuer_says_with(const struct txn_message *message,
                                          const struct keyblock *zak)
{
    struct node_event *event = world_event(EVENT_MESSAGE);

    event->link = ISSUER_LINK;
    CHECK(identity_id_from_text(ISSUER, 0, event->peer, sizeof event->peer) == OK);
    event->message = *message;
    if (zak->at[0] != 0)
        sign_with(&event->message, zak, ISSUER);
    world_run();
}

UNUSED static void world_issuer_says(const struct txn_message *message)
{
    struct keyblock zak = world_issuer()->zone_mac;

    world_issuer_says_with(message, &zak);
}

/* The deadline of what is pending on a payment. */
UNUSED static void world_timer(struct row_key key)
{
    world_event(EVENT_TIMER)->key = key;
    world_run();
}

UNUSED static void world_recover(struct row_key key)
{
    world_event(EVENT_RECOVER)->key = key;
    world_run();
}

UNUSED static void world_link(enum event_kind kind, uint64_t link, const char *peer)
{
    struct node_event *event = world_event(kind);

    event->link = link;
    if (peer[0] != 0)
        CHECK(identity_id_from_text(peer, 0, event->peer, sizeof event->peer) == OK);
    world_run();
}

/* ---- messages ---- */

UNUSED static struct txn_message world_request(enum txn_kind kind, uint32_t trace, int64_t minor)
{
    struct txn_message message;

    memset(&message, 0, sizeof message);
    message.kind = kind;
    message.function = FUNCTION_REQUEST;
    message.identity = world_identity(trace);
    CHECK(identity_id_from_text(MERCHANT, ' ', message.merchant, MERCHANT_ID_LEN) == OK);
    message.pan = world_pan(CARD);
    message.expiry = 2812;
    message.entry = ENTRY_STRIPE;
    message.sequence = -1;
    message.amount = money_of(minor, CURRENCY_CNY);
    memcpy(message.tpdu, "\x60\x00\x03\x12\x34", TPDU_LEN);
    return message;
}

UNUSED static struct txn_message world_sale(uint32_t trace, int64_t minor)
{
    struct txn_message message = world_request(KIND_SALE, trace, minor);

    message.pin_block_len = 8;
    memset(message.pin_block, 0x11, 8);
    message.pin_entered = true;
    return message;
}

UNUSED static struct txn_message world_reversal(uint32_t trace, int64_t minor)
{
    struct txn_message message = world_request(KIND_SALE, trace, minor);

    message.function = FUNCTION_REVERSAL;
    message.identity.class = IDENTITY_REVERSAL;
    memcpy(message.code, "98", 2);
    return message;
}

/* A payment that follows another of this terminal and batch. */
UNUSED static struct txn_message world_follow(enum txn_kind kind, uint32_t trace, int64_t minor,
                                              uint32_t original)
{
    struct txn_message message = world_request(kind, trace, minor);

    message.original.batch = 1;
    message.original.trace = original;
    message.original.date = 1122;
    memcpy(message.auth_id, "A12345", AUTH_ID_LEN);
    return message;
}

/* The reversal that the terminal owes for a request. */
UNUSED static struct txn_message world_reversal_of(const struct txn_message *request)
{
    struct txn_message message = *request;

    message.function = FUNCTION_REVERSAL;
    message.identity.class = IDENTITY_REVERSAL;
    message.pin_block_len = 0;
    memcpy(message.code, "98", 2);
    return message;
}

UNUSED static struct batch_row *world_batch(uint32_t batch)
{
    uint8_t key[TERMINAL_ID_LEN + sizeof batch];

    CHECK(identity_id_from_text(TERMINAL, ' ', (char *)key, TERMINAL_ID_LEN) == OK);
    bytes_put_u32(key + TERMINAL_ID_LEN, batch);
    return world_value(row_key_of(TABLE_BATCH, key, sizeof key));
}

/* What the issuer answers to the request that the switch sent last, or would have. */
UNUSED static struct txn_message world_answer(const struct txn_message *request, const char *code)
{
    struct txn_message answer;

    txn_message_answer(request, &answer);
    memcpy(answer.code, code, RESPONSE_CODE_LEN);
    if (memcmp(code, "00", 2) == 0)
        memcpy(answer.auth_id, "A12345", AUTH_ID_LEN);
    return answer;
}

/* The first message of the newest event that went over a link; NULL when none did. */
UNUSED static const struct world_sent *world_sent(uint64_t link)
{
    for (size_t i = 0; i < world.sent_count; i++) {
        if (world.sent[i].link == link)
            return &world.sent[i];
    }
    return NULL;
}

UNUSED static const struct world_record *world_record(void)
{
    return world.recorded ? &world.records[world.record_count - 1] : NULL;
}

#endif

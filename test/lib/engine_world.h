/*
 * A small world around an engine, for its tests: a party of its own over the memory store. The
 * party keeps accounts: each command is one event, and its answer carries the account's number and
 * new balance, so that order and sharing can be seen from what left.
 *
 * The wire is a fake, too: txn_encode and txn_seal of this file stand in for the real ones, so that
 * a message can be made to fail. Included once, by a *_test.c after cmocka.h.
 */
#ifndef TEST_LIB_ENGINE_WORLD_H
#define TEST_LIB_ENGINE_WORLD_H

#include "drivers/store_memory.h"
#include "engine/batch.h"

#include <string.h>

#define NOTES_MAX 2048
#define LINK_GONE 99
#define TRACE_BAD 666666 /* of a message that cannot be encoded */
#define POISON 666       /* account whose commit always says RETRY */
#define SLOT_KEY_CHECK 1
#define CARDS_OF_SIGN_IN 12
#define BODY_LEN 64

/* ---- what the world saw ---- */

struct note {
    enum { NOTE_SEND, NOTE_ARM, NOTE_SHOW, NOTE_ALARM } kind;
    uint64_t link;
    uint64_t number; /* trace, ticket or sequence */
    int64_t minor;
    uint64_t durable; /* journal's end when it was noted */
    size_t body_len;
    uint8_t body[BODY_LEN];
};

struct world {
    struct store_memory *memory;
    struct store inner; /* memory's */
    struct store store; /* with the counting below */
    struct hsm hsm;
    struct engine *engine;
    struct note notes[NOTES_MAX];
    struct row_key armed; /* of the one deadline that is wanted */
    size_t note_count;
    size_t executes;
    size_t rows_loaded;
    size_t commits;
    size_t changes; /* of the last commit */
    size_t steps;
    bool hsm_is_down;
};

static struct world world;

static struct note *note_new(void)
{
    struct store_head head;

    assert_true(world.note_count < NOTES_MAX);
    world.inner.head(world.inner.self, &head);
    struct note *note = &world.notes[world.note_count++];
    memset(note, 0, sizeof *note);
    note->durable = head.sequence;
    return note;
}

/* ---- the wire ---- */

static struct txn_profile fake_profile;

enum err txn_encode(const struct txn_profile *profile, const struct txn_message *message,
                    uint8_t *out, size_t cap, struct txn_encoded *encoded)
{
    (void)profile;
    if (message->identity.trace == TRACE_BAD)
        return ERR_BAD_VALUE;
    assert_true(cap >= BODY_LEN);
    memset(out, 0, BODY_LEN);
    bytes_put_u32(out, message->identity.trace);
    memcpy(out + 4, message->pan.digits, message->pan.len);
    memcpy(out + 24, message->icc, message->icc_len);
    *encoded = (struct txn_encoded){.len = BODY_LEN,
                                    .mab_offset = 0,
                                    .mab_len = BODY_LEN - 8,
                                    .has_mac = message->has_mac,
                                    .mac_offset = BODY_LEN - 8,
                                    .mac_len = 8};
    return OK;
}

void txn_seal(const struct txn_profile *profile, uint8_t *body, const struct txn_encoded *encoded,
              const uint8_t mac[static TXN_MAC_LEN])
{
    (void)profile;
    memcpy(body + encoded->mac_offset, mac, TXN_MAC_LEN);
}

/* ---- the HSM ---- */

static uint64_t fold(uint64_t hash, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.at[i]) * 0x100000001B3U;
    return hash;
}

static void fake_digest(struct bytes bytes, uint8_t out[static 32])
{
    for (size_t i = 0; i < 4; i++)
        bytes_put_u64(out + 8 * i, fold(0xCBF29CE484222325U + i, bytes));
}

static void fake_mac(struct bytes bytes, uint8_t out[static 8])
{
    bytes_put_u64(out, fold(17, bytes));
}

static void answer(const struct hsm_command *command, struct hsm_answer *out)
{
    memset(out, 0, sizeof *out);
    if (command->kind == HSM_DIGEST) {
        fake_digest(command->of.digest.parts[0], out->of.digest);
    } else if (command->kind == HSM_MAC_MAKE) {
        fake_mac(command->of.mac.data, out->of.mac);
    } else if (command->kind == HSM_PAN_OPEN) {
        memcpy(out->of.pan.digits, "6200000000000005", 16);
        out->of.pan.len = 16;
    } else if (command->kind == HSM_ARPC_MAKE) {
        out->of.auth.len = 10;
        memset(out->of.auth.at, 0xAA, 10);
    } else {
        assert_int_equal(command->kind, HSM_KEY_CHECK);
        memcpy(out->of.check.at, &command->of.key_check.key.block, sizeof out->of.check.at);
    }
}

static void fake_execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                         size_t count)
{
    (void)self;
    assert_true(count > 0);
    world.executes += commands[0].kind != HSM_DIGEST;
    for (size_t i = 0; i < count; i++) {
        answer(&commands[i], &answers[i]);
        if (world.hsm_is_down && commands[i].kind != HSM_DIGEST)
            answers[i].result = HSM_DOWN;
    }
}

/* ---- the store, counted, and poisoned for one account ---- */

static enum store_result counted_load(void *self, struct store_row *rows[], size_t count)
{
    world.rows_loaded += count;
    return world.inner.load(self, rows, count);
}

static enum store_result counted_commit(void *self, const struct store_batch *batch)
{
    struct row_key poison = row_key_number(TABLE_ACCOUNT, POISON);

    for (size_t i = 0; i < batch->change_count; i++) {
        if (row_key_equal(&batch->changes[i].key, &poison))
            return STORE_RETRY;
        for (size_t j = 0; j < i; j++)
            assert_false(row_key_equal(&batch->changes[i].key, &batch->changes[j].key));
    }
    world.commits++;
    world.changes = batch->change_count;
    return world.inner.commit(self, batch);
}

/* ---- the network ---- */

static const struct txn_profile *fake_net_profile(void *self, uint64_t link,
                                                  const struct txn_message *message)
{
    (void)self;
    (void)message;
    return link == LINK_GONE ? NULL : &fake_profile;
}

static void fake_send(void *self, uint64_t link, const struct txn_message *message,
                      struct bytes body)
{
    (void)self;
    struct note *note = note_new();
    note->kind = NOTE_SEND;
    note->link = link;
    note->number = message->identity.trace;
    note->minor = message->amount.minor;
    note->body_len = body.len;
    memcpy(note->body, body.at, body.len);
}

static void fake_arm(void *self, const struct row_key *key, struct moment due)
{
    (void)self;
    (void)key;
    struct note *note = note_new();
    note->kind = NOTE_ARM;
    note->minor = due.ns;
}

static bool fake_is_armed(void *self, const struct row_key *key)
{
    (void)self;
    return row_key_equal(key, &world.armed);
}

static void fake_show(void *self, const struct node_display *display)
{
    (void)self;
    struct note *note = note_new();
    note->kind = NOTE_SHOW;
    note->number = display->ticket;
}

static void fake_alarm(void *self, uint64_t sequence, enum journal_what what, enum outcome outcome)
{
    (void)self;
    (void)what;
    struct note *note = note_new();
    note->kind = NOTE_ALARM;
    note->number = sequence;
    note->minor = outcome;
}

/* ---- the party ---- */

static struct row_key card_key(const struct node_work *work, uint64_t i)
{
    return row_key_number(TABLE_CARD, work->event->command->account * CARDS_OF_SIGN_IN + i);
}

/* FUND changes the account; PAY answers a question that rests on the key row of the command's
 * terminal; QUERY only answers; PUT_ROW puts the row; CANCEL removes it; ECHO needs the account
 * that the row under key names; SIGN_IN fills many rows of the largest size. */
static void needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;

    if (work->event->kind != EVENT_COMMAND) {
        node_need(work, row_key_of(TABLE_PENDING, work->event->key.at, work->event->key.len));
        return;
    }
    if (command->kind == COMMAND_PUT_ROW || command->kind == COMMAND_CANCEL) {
        node_need(work, command->key);
        return;
    }
    for (uint64_t i = 0; command->kind == COMMAND_SIGN_IN && i < CARDS_OF_SIGN_IN; i++)
        node_need(work, card_key(work, i));
    if (command->kind == COMMAND_PAY)
        node_need(work, row_key_of(TABLE_TERMINAL_KEYS, command->terminal, TERMINAL_ID_LEN));
    if (command->kind != COMMAND_ECHO) {
        node_need(work, row_key_number(TABLE_ACCOUNT, command->account));
        return;
    }
    node_need(work, command->key);
    const struct account_row *named = node_value(work, &command->key, sizeof *named);
    if (named != NULL)
        node_need(work, row_key_number(TABLE_ACCOUNT, named->number));
}

static void checks(struct node_work *work)
{
    const struct node_command *command = work->event->command;

    if (command == NULL || command->kind != COMMAND_PAY)
        return;
    struct row_key key = row_key_of(TABLE_TERMINAL_KEYS, command->terminal, TERMINAL_ID_LEN);
    const struct terminal_keys_row *keys = node_value(work, &key, sizeof *keys);
    if (keys == NULL)
        return;
    struct hsm_command ask = {.kind = HSM_KEY_CHECK, .of.key_check.key.block = keys->pin};
    node_ask(work, SLOT_KEY_CHECK, &ask, &key);
}

static int64_t change_account(struct node_work *work, uint64_t number, int64_t minor)
{
    struct row_key key = row_key_number(TABLE_ACCOUNT, number);
    const struct account_row *old = node_value(work, &key, sizeof *old);
    struct account_row row = {.layout = PARTY_ROW_LAYOUT, .number = number};

    assert_non_null(node_row(work, &key));
    if (old != NULL)
        row = *old;
    row.balance_minor += minor;
    node_put(work, &key, &row, sizeof row);
    postings_add_pair(&work->postings, (struct account_ref){ACCOUNT_FUNDING, 1},
                      (struct account_ref){ACCOUNT_CARDHOLDER, number},
                      money_of(minor, CURRENCY_CNY));
    return row.balance_minor;
}

static void answer_with(struct node_work *work, int64_t minor)
{
    struct node_send *send = node_send_new(work, work->event->link);

    send->message.identity.trace = (uint32_t)work->event->command->account;
    send->message.amount = money_of(minor, CURRENCY_CNY);
    send->seal.make_mac = true;
    send->seal.open_pan = work->event->command->card.card == 1;
    if (work->event->command->card.card == 2) {
        send->seal.make_arpc = true;
        send->seal.arpc.kind = HSM_ARPC_MAKE;
    }
    if (work->event->ticket != 0)
        node_show(work, OUTCOME_APPROVED, NULL);
}

static int64_t named_balance(struct node_work *work)
{
    const struct account_row *named = node_value(work, &work->event->command->key, sizeof *named);
    if (named == NULL)
        return -1;
    struct row_key key = row_key_number(TABLE_ACCOUNT, named->number);
    assert_non_null(node_row(work, &key));
    const struct account_row *account = node_value(work, &key, sizeof *account);
    return account == NULL ? 0 : account->balance_minor;
}

static void fill_cards(struct node_work *work)
{
    static const uint8_t value[ROW_VALUE_LEN_MAX] = {1};

    for (uint64_t i = 0; i < CARDS_OF_SIGN_IN; i++) {
        struct row_key key = card_key(work, i);
        node_put(work, &key, value, sizeof value);
    }
    answer_with(work, 0);
    node_record(work, WHAT_CONFIGURED, NULL);
}

static void step_command(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    const struct hsm_answer *check = node_answer(work, SLOT_KEY_CHECK);

    switch ((int)command->kind) {
    case COMMAND_PUT_ROW:
        node_put(work, &command->key, command->value, command->value_len);
        node_record(work, WHAT_CONFIGURED, NULL);
        break;
    case COMMAND_CANCEL:
        node_remove(work, &command->key);
        node_record(work, WHAT_CONFIGURED, NULL);
        break;
    case COMMAND_SIGN_IN:
        fill_cards(work);
        break;
    case COMMAND_ECHO:
        answer_with(work, named_balance(work));
        break;
    case COMMAND_QUERY:
        answer_with(work, 0);
        break;
    case COMMAND_PAY:
        answer_with(work, check == NULL ? -1 : check->of.check.at[0]);
        break;
    default:
        answer_with(work, change_account(work, command->account, command->amount.minor));
        node_record(work, WHAT_FUNDED, NULL);
    }
}

static void step(struct node_work *work)
{
    world.steps++;
    if (work->event->kind == EVENT_COMMAND) {
        step_command(work);
        return;
    }
    node_set_deadline(work, &work->event->key, (struct moment){(int64_t)work->event->kind});
    work->effects.is_alarm = work->event->kind == EVENT_LINK_DOWN;
}

static const struct node_party party = {PARTY_ISSUER, needs, checks, step};

/* ---- building up and asking ---- */

static void open_engine(void)
{
    struct engine_setup setup = {
        .party = &party,
        .store = &world.store,
        .hsm = &world.hsm,
        .net = {NULL, fake_net_profile, fake_send, fake_arm, fake_show, fake_alarm, fake_is_armed},
        .waiting_max = 600,
    };

    assert_int_equal(store_memory_attach(world.memory, &world.inner), OK);
    world.store = world.inner;
    world.store.load = counted_load;
    world.store.commit = counted_commit;
    world.hsm = (struct hsm){NULL, fake_execute};
    assert_int_equal(engine_open(&setup, &world.engine), OK);
}

static int set_up(void **state)
{
    struct store_memory_options options = {.node = 3};

    (void)state;
    memset(&world, 0, sizeof world);
    assert_int_equal(store_memory_new(&options, &world.memory), OK);
    open_engine();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    engine_close(world.engine);
    store_memory_free(world.memory);
    return 0;
}

/* A new process over what the store holds. */
static void crash(void)
{
    engine_close(world.engine);
    open_engine();
}

static void give(const struct node_command *command)
{
    struct node_event *event = engine_event_new(world.engine);

    assert_non_null(event);
    event->kind = EVENT_COMMAND;
    event->wall = (struct instant){1795341600000000};
    event->link = 1;
    engine_event_command(world.engine, event, command);
}

static void give_kind(enum command_kind kind, uint64_t account, int64_t minor)
{
    struct node_command command = {
        .kind = kind, .account = account, .amount = money_of(minor, CURRENCY_CNY)};

    memcpy(command.terminal, "T1      ", TERMINAL_ID_LEN);
    command.key = row_key_of(TABLE_TERMINAL, "NAMED", 5);
    give(&command);
}

static void fund(uint64_t account, int64_t minor)
{
    give_kind(COMMAND_FUND, account, minor);
}

static void put_row(struct row_key key, const void *value, size_t len)
{
    static struct node_command command;

    memset(&command, 0, sizeof command);
    command.kind = COMMAND_PUT_ROW;
    command.key = key;
    command.value_len = (uint16_t)len;
    memcpy(command.value, value, len);
    give(&command);
}

static void put_pending(uint64_t number, uint16_t node)
{
    struct pending_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.node = node;
    put_row(row_key_number(TABLE_PENDING, number), &row, sizeof row);
}

static void put_keys(uint8_t check)
{
    struct terminal_keys_row keys;

    memset(&keys, check, sizeof keys);
    put_row(row_key_of(TABLE_TERMINAL_KEYS, "T1      ", TERMINAL_ID_LEN), &keys, sizeof keys);
}

static void put_named(uint64_t number)
{
    struct account_row named = {.number = number};

    put_row(row_key_of(TABLE_TERMINAL, "NAMED", 5), &named, sizeof named);
}

static int64_t balance(uint64_t account)
{
    struct store_row row = {.key = row_key_number(TABLE_ACCOUNT, account)};
    struct store_row *rows[] = {&row};
    struct account_row value;

    assert_int_equal(world.inner.load(world.inner.self, rows, 1), STORE_OK);
    if (!row.found)
        return 0;
    assert_int_equal(row.len, sizeof value);
    memcpy(&value, row.value, sizeof value);
    return value.balance_minor;
}

static void run(void)
{
    assert_int_equal(engine_run(world.engine), ENGINE_IDLE);
}

static void plan_fault(enum store_call call, enum store_result result, uint64_t nth, bool applies)
{
    struct store_memory_fault fault = {
        .call = call, .nth = nth, .result = result, .applies = applies};

    store_memory_fail(world.memory, &fault);
}

static void assert_sent(size_t index, uint64_t number, int64_t minor)
{
    assert_true(index < world.note_count);
    assert_int_equal(world.notes[index].kind, NOTE_SEND);
    assert_int_equal(world.notes[index].number, number);
    assert_int_equal(world.notes[index].minor, minor);
}

#endif

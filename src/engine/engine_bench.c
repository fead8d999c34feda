/*
 * What the engine itself costs for one event: a sale at a switch as to its shape (six rows, three
 * questions, two rows changed, one record, one message with a MAC), with a party, store, HSM, wire
 * and network that do next to nothing. Beside it, the bytes that such an event touches, copied.
 */
#include "test/lib/bench.h"

#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_LEN_ABOUT 1000
#define MAB_LEN 280 /* a sale */

/* ---- a world that does next to nothing ---- */

static struct txn_profile profile;
static uint64_t sent;
static struct account_row account_template;
static struct config_row config_template;

enum err txn_encode(const struct txn_profile *with, const struct txn_message *message, uint8_t *out,
                    size_t cap, struct txn_encoded *encoded)
{
    (void)with;
    (void)cap;
    out[0] = (uint8_t)message->identity.trace;
    *encoded = (struct txn_encoded){.len = MAB_LEN, .mab_len = MAB_LEN - 8, .has_mac = true};
    return OK;
}

void txn_seal(const struct txn_profile *with, uint8_t *body, const struct txn_encoded *encoded,
              const uint8_t mac[static TXN_MAC_LEN])
{
    (void)with;
    memcpy(body + encoded->mab_len, mac, TXN_MAC_LEN);
}

static void execute(void *self, const struct hsm_command *commands, struct hsm_answer *answers,
                    size_t count)
{
    (void)self;
    (void)commands;
    for (size_t i = 0; i < count; i++)
        answers[i].result = HSM_OK;
}

static void head(void *self, struct store_head *out)
{
    (void)self;
    *out = (struct store_head){.node = 1, .epoch = 1};
}

static enum store_result load(void *self, struct store_row *rows[], size_t count)
{
    (void)self;
    for (size_t i = 0; i < count; i++) {
        bool is_config = rows[i]->key.table == TABLE_CONFIG;
        rows[i]->found = rows[i]->key.table != TABLE_PAYMENT && rows[i]->key.table != TABLE_PENDING;
        rows[i]->len = is_config ? sizeof config_template : sizeof account_template;
        memcpy(rows[i]->value, is_config ? (void *)&config_template : (void *)&account_template,
               rows[i]->len);
    }
    return STORE_OK;
}

static enum store_result commit(void *self, const struct store_batch *batch)
{
    (void)self;
    (void)batch;
    return STORE_OK;
}

static const struct txn_profile *net_profile(void *self, uint64_t link,
                                             const struct txn_message *message)
{
    (void)self;
    (void)link;
    (void)message;
    return &profile;
}

static void net_send(void *self, uint64_t link, const struct txn_message *message,
                     struct bytes body)
{
    (void)self;
    (void)link;
    (void)message;
    sent += body.len;
}

static void net_arm(void *self, const struct row_key *key, struct moment due)
{
    (void)self;
    (void)key;
    (void)due;
}

static void net_show(void *self, const struct node_display *display)
{
    (void)self;
    (void)display;
}

static void net_alarm(void *self, uint64_t sequence, enum journal_what what, enum outcome outcome)
{
    (void)self;
    (void)sequence;
    (void)what;
    (void)outcome;
}

/* ---- a party of the shape of a switch ---- */

static struct row_key pending_key(const struct node_work *work)
{
    struct row_key key = payment_row_key(&work->event->message.identity);

    key.table = TABLE_PENDING;
    return key;
}

static void needs(struct node_work *work)
{
    uint64_t trace = work->event->message.identity.trace;

    node_need(work, row_key_number(TABLE_ACCOUNT, trace));
    node_need(work, row_key_number(TABLE_ACCOUNT, 1u << 20 | trace));
    node_need(work, row_key_number(TABLE_ACCOUNT, 1u << 24));
    node_need(work, payment_row_key(&work->event->message.identity));
    node_need(work, pending_key(work));
}

static void checks(struct node_work *work)
{
    struct hsm_command command;
    struct row_key key = row_key_number(TABLE_ACCOUNT, 1u << 24);

    command.kind = HSM_MAC_VERIFY;
    for (uint8_t slot = 0; slot < 3; slot++)
        node_ask(work, slot, &command, &key);
}

static void step(struct node_work *work)
{
    struct payment_row payment = {.identity = work->event->message.identity, .stage = STAGE_SENT};
    struct pending_row pending = {.identity = work->event->message.identity};
    struct row_key key = pending_key(work);

    node_put(work, &key, &pending, sizeof pending);
    node_put_payment(work, &payment, WHAT_SALE_SENT);
    struct node_send *send = node_send_new(work, 1);
    send->message.identity = work->event->message.identity;
    send->seal.make_mac = true;
    node_set_deadline(work, &key, work->event->now);
}

static const struct node_party party = {PARTY_ACQUIRER, needs, checks, step};

/* ---- measuring ---- */

struct run {
    struct engine *engine;
    uint32_t group;
    uint32_t trace;
};

static uint64_t run_group(void *with)
{
    struct run *run = with;
    static const uint8_t mab[MAB_LEN];

    for (uint32_t i = 0; i < run->group; i++) {
        struct node_event *event = engine_event_new(run->engine);
        event->kind = EVENT_MESSAGE;
        event->link = 1;
        event->message.identity.trace = ++run->trace % 999999 + 1;
        event->message.identity.class = IDENTITY_PAYMENT;
        engine_event_mab(run->engine, event, bytes_over(mab, sizeof mab));
    }
    engine_run(run->engine);
    return sent;
}

/* Event, rows as loaded and as kept, questions and answers both ways, the record, the message. */
#define TOUCHED                                                                                    \
    (sizeof(struct node_event) + 2 * 6 * sizeof(struct account_row) +                              \
     6 * (sizeof(struct hsm_command) + sizeof(struct hsm_answer)) + RECORD_LEN_ABOUT +             \
     sizeof(struct node_send))

static uint64_t run_copy(void *with)
{
    static uint8_t from[256 * TOUCHED];
    static uint8_t to[256 * TOUCHED];
    static size_t at;
    (void)with;
    at = (at + 1) % 256;
    memcpy(to + at * TOUCHED, from + at * TOUCHED, TOUCHED);
    __asm__ volatile("" : : "r"(to) : "memory");
    return to[0];
}

static void measure(uint32_t group, double copy_ns, bool quick)
{
    struct hsm hsm = {NULL, execute};
    struct store store = {.head = head, .load = load, .commit = commit};
    struct engine_setup setup = {.party = &party,
                                 .store = &store,
                                 .hsm = &hsm,
                                 .net = {NULL, net_profile, net_send, net_arm, net_show, net_alarm},
                                 .waiting_max = 1024};
    struct run run = {.group = group};
    char name[96];

    if (engine_open(&setup, &run.engine) != OK)
        exit(1);
    snprintf(name, sizeof name, "engine: an event in batches of %u, beside copying its bytes",
             group);
    bench_print(name, bench_ns(run_group, &run, quick) / group, "ns", copy_ns);
    engine_close(run.engine);
}

int main(int argc, char **argv)
{
    bool quick = bench_is_quick(argc, argv);
    double copy_ns = bench_ns(run_copy, NULL, quick);

    account_template.layout = PARTY_ROW_LAYOUT;
    measure(1, copy_ns, quick);
    measure(64, copy_ns, quick);
    measure(256, copy_ns, quick);
    return 0;
}

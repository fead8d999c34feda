/*
 * Send: messages are sealed in groups, with one execute for opened PANs and ARPCs and one for MACs,
 * and leave in the order of their events. What cannot be built or sealed is a lost message.
 */
#include "engine/batch.h"

#include "base/assert.h"

#include <string.h>

#define GIVEN_UP_PAUSE_MS 1000 /* before a deadline that could not be recorded comes again */
#define TAG_ISSUER_AUTH 0x91   /* EMV 4.3 Book 3, annex A: Issuer Authentication Data */

static void lose(struct engine *engine, struct sealing *sealing)
{
    if (!sealing->is_lost)
        engine->counters.seals_failed++;
    sealing->is_lost = true;
}

static void execute(struct engine *engine)
{
    struct questions *questions = &engine->questions;
    const struct hsm *hsm = engine->setup.hsm;

    if (questions->count > 0)
        hsm->execute(hsm->self, questions->commands, questions->answers, questions->count);
}

static void forget(struct questions *questions)
{
    bytes_wipe(questions->commands, questions->count * sizeof *questions->commands);
    bytes_wipe(questions->answers, questions->count * sizeof *questions->answers);
    questions->count = 0;
}

static struct hsm_command *question_new(struct questions *questions)
{
    assert(questions->count < BATCH_CHECKS_MAX);
    return &questions->commands[questions->count++];
}

static void ask_contents(struct questions *questions, const struct sealing *sealing)
{
    const struct node_seal *seal = &sealing->send->seal;

    if (sealing->is_lost)
        return;
    if (seal->open_pan) {
        struct hsm_command *command = question_new(questions);
        command->kind = HSM_PAN_OPEN;
        command->of.pan_open.store = seal->pan_store;
        command->of.pan_open.hash = seal->pan_hash;
        command->of.pan_open.sealed = seal->pan_sealed;
    }
    if (seal->make_arpc)
        *question_new(questions) = seal->arpc;
}

/* Tag 91 behind what field 55 holds; false when there is no room. */
static bool add_issuer_auth(struct txn_message *message, const struct chip_issuer_auth *auth)
{
    uint8_t *at = message->icc + message->icc_len;

    if (auth->len == 0 || message->icc_len + 2u + auth->len > ICC_LEN_MAX)
        return false;
    at[0] = TAG_ISSUER_AUTH;
    at[1] = auth->len;
    memcpy(at + 2, auth->at, auth->len);
    message->icc_len = (uint8_t)(message->icc_len + 2u + auth->len);
    return true;
}

/* The answers come in the order of the questions: ask_contents' twin. Returns how many it used. */
static size_t take_contents(struct engine *engine, struct sealing *sealing,
                            const struct hsm_answer *answers)
{
    struct node_send *send = sealing->send;
    size_t used = 0;

    if (sealing->is_lost)
        return 0;
    if (send->seal.open_pan) {
        const struct hsm_answer *answer = &answers[used++];
        if (answer->result == HSM_OK)
            send->message.pan = answer->of.pan;
        else
            lose(engine, sealing);
    }
    if (send->seal.make_arpc) {
        const struct hsm_answer *answer = &answers[used++];
        if (answer->result != HSM_OK || !add_issuer_auth(&send->message, &answer->of.auth))
            lose(engine, sealing);
    }
    return used;
}

static void fill_contents(struct engine *engine, size_t count)
{
    struct questions *questions = &engine->questions;
    size_t used = 0;

    questions->count = 0;
    for (size_t i = 0; i < count; i++)
        ask_contents(questions, &engine->sealings[i]);
    execute(engine);
    for (size_t i = 0; i < count; i++)
        used += take_contents(engine, &engine->sealings[i], questions->answers + used);
    assert(used == questions->count);
    forget(questions);
}

static void encode(struct engine *engine, struct sealing *sealing, size_t *room_used)
{
    struct txn_message *message = &sealing->send->message;

    if (sealing->is_lost)
        return;
    message->has_mac = sealing->send->seal.make_mac;
    sealing->offset = *room_used;
    if (txn_encode(sealing->profile, message, engine->bodies + *room_used, FRAME_BODY_LEN_MAX,
                   &sealing->encoded) != OK)
        lose(engine, sealing);
    else
        *room_used += sealing->encoded.len;
}

static void ask_mac(struct engine *engine, const struct sealing *sealing)
{
    if (sealing->is_lost || !sealing->encoded.has_mac)
        return;
    struct hsm_command *command = question_new(&engine->questions);
    command->kind = HSM_MAC_MAKE;
    command->of.mac.key = sealing->send->seal.mac;
    command->of.mac.data = bytes_over(
        engine->bodies + sealing->offset + sealing->encoded.mab_offset, sealing->encoded.mab_len);
}

static size_t take_mac(struct engine *engine, struct sealing *sealing,
                       const struct hsm_answer *answer)
{
    if (sealing->is_lost || !sealing->encoded.has_mac)
        return 0;
    if (answer->result == HSM_OK)
        txn_seal(sealing->profile, engine->bodies + sealing->offset, &sealing->encoded,
                 answer->of.mac);
    else
        lose(engine, sealing);
    return 1;
}

static void fill_macs(struct engine *engine, size_t count)
{
    struct questions *questions = &engine->questions;
    size_t used = 0;

    questions->count = 0;
    for (size_t i = 0; i < count; i++)
        ask_mac(engine, &engine->sealings[i]);
    execute(engine);
    for (size_t i = 0; i < count; i++)
        used += take_mac(engine, &engine->sealings[i], questions->answers + used);
    assert(used == questions->count);
    forget(questions);
}

/* What waits for nothing any more needs no timer: without this, each payment's time-out would come
 * as an event of its own, long after the payment. */
static void disarm_done(const struct engine_net *net, const struct node_work *work)
{
    for (size_t i = 0; i < work->row_count; i++) {
        const struct node_row *row = work->rows[i];
        if (row->key.table == TABLE_PENDING && row->is_changed && !row->found)
            net->arm(net->self, &row->key, (struct moment){ENGINE_NEVER_NS});
    }
}

static void emit(struct engine *engine, const struct batch_event *event,
                 const struct sealing *sealings)
{
    const struct engine_net *net = &engine->setup.net;
    const struct node_work *work = &event->work;
    const struct node_effects *effects = &work->effects;

    for (size_t i = 0; i < effects->send_count; i++) {
        const struct sealing *sealing = &sealings[i];
        if (!sealing->is_lost)
            net->send(net->self, sealing->send->link, &sealing->send->message,
                      bytes_over(engine->bodies + sealing->offset, sealing->encoded.len));
    }
    for (size_t i = 0; i < effects->deadline_count; i++)
        net->arm(net->self, &effects->deadlines[i].key, effects->deadlines[i].due);
    disarm_done(net, work);
    if (effects->has_display)
        net->show(net->self, &effects->display);
    if (effects->is_alarm)
        net->alarm(net->self, event->sequence, work->what, work->outcome);
}

static void prepare(struct engine *engine, struct node_send *send, struct sealing *sealing)
{
    const struct engine_net *net = &engine->setup.net;

    sealing->send = send;
    sealing->profile = net->profile(net->self, send->link, &send->message);
    sealing->is_lost = sealing->profile == NULL;
}

/* Seals and sends for the events from first on, as many as fit; returns the first left. */
static size_t send_group(struct engine *engine, size_t first)
{
    struct batch *batch = &engine->batch;
    size_t count = 0;
    size_t last = first;
    size_t room_used = 0;

    for (; last < batch->count && count + SENDS_MAX <= SEAL_SENDS_MAX; last++) {
        struct node_effects *effects = &batch->events[last].work.effects;
        for (size_t i = 0; i < effects->send_count; i++)
            prepare(engine, &effects->sends[i], &engine->sealings[count++]);
    }
    fill_contents(engine, count);
    for (size_t i = 0; i < count; i++)
        encode(engine, &engine->sealings[i], &room_used);
    fill_macs(engine, count);
    const struct sealing *next = engine->sealings;
    for (size_t i = first; i < last; i++) {
        emit(engine, &batch->events[i], next);
        next += batch->events[i].work.effects.send_count;
    }
    bytes_wipe(engine->bodies, room_used);
    return last;
}

/* What the till is told of a command that could not be recorded: nothing was sent. */
static enum outcome given_up_outcome(const struct engine *engine)
{
    if (engine->setup.party->party == PARTY_TERMINAL)
        return OUTCOME_TERMINAL_DEVICE_FAULT;
    return engine->setup.party->party == PARTY_ISSUER ? OUTCOME_ISSUER_FAULT : engine->batch.why;
}

/* A message is lost, and its sender repeats it; a deadline comes again; a till learns of it. */
static void give_up_event(const struct engine *engine, const struct node_event *event)
{
    const struct engine_net *net = &engine->setup.net;

    if (event->kind == EVENT_TIMER || event->kind == EVENT_RECOVER)
        net->arm(net->self, &event->key, moment_add_ms(event->now, GIVEN_UP_PAUSE_MS));
    if (event->kind == EVENT_COMMAND && event->ticket != 0) {
        struct node_display display = {.ticket = event->ticket,
                                       .outcome = given_up_outcome(engine)};
        net->show(net->self, &display);
    }
}

static struct outage *outage_of(struct engine *engine)
{
    if (engine->batch.why == OUTCOME_SWITCH_FAULT)
        return &engine->poisoned;
    return engine->batch.why == OUTCOME_SWITCH_OVERLOADED ? &engine->full : &engine->alone;
}

static void give_up_all(struct engine *engine)
{
    const struct batch *batch = &engine->batch;
    const struct engine_net *net = &engine->setup.net;
    uint32_t times = outage_note(outage_of(engine), batch->events[0].work.event->now);

    if (times != 0)
        net->alarm(net->self, times, WHAT_NONE, batch->why);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_event *event = &batch->events[i];
        if (!event->is_deferred || batch_must_keep(event->work.event))
            give_up_event(engine, event->work.event);
    }
}

void send_all(struct engine *engine)
{
    const struct batch *batch = &engine->batch;
    size_t next = 0;

    if (batch->is_given_up) {
        give_up_all(engine);
        return;
    }
    while (next < batch->count)
        next = send_group(engine, next);
}

#include "node/node.h"

#include "base/assert.h"

#include <string.h>

#define NO_ROW 0xFF

const char *line_way_name(enum line_way way)
{
    static const char *const names[] = {
        [WAY_NONE] = "down", [WAY_PRIMARY] = "primary", [WAY_BACKUP] = "backup"};

    assert(way < WAY_COUNT);
    return names[way];
}

void node_need(struct node_work *work, struct row_key key)
{
    for (size_t i = 0; i < work->need_count; i++) {
        if (work->needs[i].table == key.table && row_key_equal(&work->needs[i], &key))
            return;
    }
    assert(work->need_count < NEEDS_MAX);
    work->needs[work->need_count++] = key;
}

static size_t row_index(const struct node_work *work, const struct row_key *key)
{
    for (size_t i = 0; i < work->row_count; i++) {
        if (work->rows[i]->key.table == key->table && row_key_equal(&work->rows[i]->key, key))
            return i;
    }
    return NO_ROW;
}

struct node_row *node_row(const struct node_work *work, const struct row_key *key)
{
    size_t index = row_index(work, key);

    return index == NO_ROW ? NULL : work->rows[index];
}

static const void *value_of(const struct node_row *row, size_t size)
{
    return row == NULL || !row->found || row->len != size ? NULL : row->value;
}

const void *node_value(const struct node_work *work, const struct row_key *key, size_t size)
{
    return value_of(node_row(work, key), size);
}

const struct config_row *node_config(const struct node_work *work)
{
    struct row_key key = row_key_of(TABLE_CONFIG, NULL, 0);

    /* the engine asks for it first */
    if (work->row_count > 0 && work->rows[0]->key.table == TABLE_CONFIG)
        return value_of(work->rows[0], sizeof(struct config_row));
    return node_value(work, &key, sizeof(struct config_row));
}

void node_ask(struct node_work *work, uint8_t slot, const struct hsm_command *command,
              const struct row_key *rests_on)
{
    for (size_t i = 0; i < work->fact_count; i++) {
        if (work->facts[i].slot == slot)
            return;
    }
    assert(work->fact_count < CHECKS_MAX);
    struct node_fact *fact = &work->facts[work->fact_count++];
    size_t index = rests_on == NULL ? NO_ROW : row_index(work, rests_on);
    assert(rests_on == NULL || index != NO_ROW);
    fact->slot = slot;
    fact->is_answered = false;
    fact->row = (uint8_t)index;
    fact->row_version = index == NO_ROW ? 0 : work->rows[index]->version;
    fact->command = *command;
}

const struct hsm_answer *node_answer(const struct node_work *work, uint8_t slot)
{
    for (size_t i = 0; i < work->fact_count; i++) {
        if (work->facts[i].slot == slot)
            return work->facts[i].is_answered ? &work->facts[i].answer : NULL;
    }
    return NULL;
}

void node_put(struct node_work *work, const struct row_key *key, const void *value, size_t len)
{
    struct node_row *row = node_row(work, key);

    assert(row != NULL);
    assert(len > 0);
    assert(len <= ROW_VALUE_LEN_MAX);
    memcpy(row->value, value, len);
    row->len = (uint16_t)len;
    row->found = true;
    row->is_changed = true;
    row->version++;
}

void node_remove(struct node_work *work, const struct row_key *key)
{
    struct node_row *row = node_row(work, key);

    assert(row != NULL);
    if (!row->found)
        return;
    row->found = false;
    row->len = 0;
    row->is_changed = true;
    row->version++;
}

void node_record(struct node_work *work, enum journal_what what, const struct payment_row *payment)
{
    assert(what != WHAT_NONE);
    assert(work->what == WHAT_NONE);
    work->what = what;
    if (payment == NULL)
        return;
    work->about = payment->identity;
    work->outcome = (enum outcome)payment->outcome;
    work->money = (enum money_state)payment->money;
}

void node_put_payment(struct node_work *work, struct payment_row *payment, enum journal_what what)
{
    struct row_key key = payment_row_key(&payment->identity);

    assert(payment->stage != STAGE_NONE);
    payment->layout = PAYMENT_ROW_LAYOUT;
    payment->changed = work->event->wall;
    payment_row_note(payment, work->event->sequence);
    node_put(work, &key, payment, sizeof *payment);
    node_record(work, what, payment);
}

struct node_send *node_send_new(struct node_work *work, uint64_t link)
{
    struct node_effects *effects = &work->effects;

    assert(effects->send_count < SENDS_MAX);
    struct node_send *send = &effects->sends[effects->send_count++];
    memset(send, 0, sizeof *send);
    send->link = link;
    send->message.sequence = -1;
    return send;
}

struct bytes node_block(struct node_work *work, struct bytes content)
{
    assert(content.len <= sizeof work->block);
    memcpy(work->block, content.at, content.len);
    work->block_len = (uint16_t)content.len;
    return bytes_over(work->block, work->block_len);
}

void node_set_deadline(struct node_work *work, const struct row_key *key, struct moment due)
{
    struct node_effects *effects = &work->effects;

    assert(effects->deadline_count < DEADLINES_MAX);
    effects->deadlines[effects->deadline_count++] = (struct node_deadline){.key = *key, .due = due};
}

void node_show_to(struct node_work *work, uint64_t ticket, enum outcome outcome,
                  const struct payment_row *payment)
{
    struct node_display *display = &work->effects.display;

    assert(!work->effects.has_display);
    work->effects.has_display = true;
    display->ticket = ticket;
    display->outcome = outcome;
    display->is_repeat = false;
    display->told_state = 0;
    display->testimony = 0;
    display->has_payment = payment != NULL;
    if (payment != NULL)
        display->payment = *payment;
}

void node_show(struct node_work *work, enum outcome outcome, const struct payment_row *payment)
{
    node_show_to(work, work->event->ticket, outcome, payment);
}

void node_show_again(struct node_work *work, enum outcome outcome,
                     const struct payment_row *payment)
{
    node_show(work, outcome, payment);
    work->effects.display.is_repeat = true;
}

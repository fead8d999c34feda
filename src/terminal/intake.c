#include "terminal/intake.h"

#include "base/assert.h"
#include "base/text.h"
#include "books/handout_rows.h"
#include "terminal/fetch.h"
#include "txn/parameter_block.h"
#include "wire/gbk.h"

#include <string.h>

#define SILENCES_MAX 3 /* then it rests until it is asked for again */
#define LIST_FROM "100"
#define CONTROL_NONE '0'
#define CONTROL_MORE '2'
#define TIP_PERCENT_MOST 99

/* clang-format off */
static const struct intake_row {
    enum txn_kind kind;
    uint8_t demand;
    uint16_t first; /* 60.3 of what begins it ... */
    uint16_t entry; /* ... of each entry, 0: it has none ... */
    uint16_t end;   /* ... and of what ends it; 0: its first answer does */
} downloads[] = {
    { KIND_PARAMETERS, 1, NETWORK_PARAMETERS,   0,               NETWORK_PARAMETERS_END },
    { KIND_CA_KEYS,    4, NETWORK_CA_KEYS_LIST, NETWORK_CA_KEYS, NETWORK_CA_KEYS_END },
    { KIND_AIDS,       5, NETWORK_AIDS_LIST,    NETWORK_AIDS,    NETWORK_AIDS_END },
    { KIND_STATUS,     2, NETWORK_STATUS,       0,               0 },
};
/* clang-format on */

/* A download as an event finds it. */
struct intake {
    const struct intake_row *row;
    struct till till;
    struct deal deal;
    struct handout_row coming; /* a copy; what is on its way, an empty one when nothing is */
    size_t count;              /* entries of the list that is coming */
};

static const struct intake_row *row_of(enum txn_kind kind)
{
    for (size_t i = 0; i < ARRAY_COUNT(downloads); i++) {
        if (downloads[i].kind == kind)
            return &downloads[i];
    }
    return NULL;
}

bool intake_is_for(enum txn_kind kind)
{
    return row_of(kind) != NULL;
}

static struct row_key key_of(const struct till *till, enum txn_kind kind, struct handout_name name)
{
    return handout_row_key(till->terminal.terminal, kind, &name);
}

/* Batch 0 is sign-ins', and no batch is ever this number and trace 0. */
static struct identity exchange_of(const struct till *till, enum txn_kind kind)
{
    struct identity identity = till_exchange(till, 0);

    identity.batch = (uint32_t)kind;
    return identity;
}

static void need(struct node_work *work, const struct till *till, enum txn_kind kind)
{
    struct identity identity = exchange_of(till, kind);

    deal_need(work, &identity);
    node_need(work, key_of(till, kind, handout_coming()));
    node_need(work, key_of(till, kind, handout_whole()));
    intake_need_name(work, till); /* a status tells the parameters */
}

static const struct handout_row *row_under(const struct node_work *work, const struct till *till,
                                           enum txn_kind kind, struct handout_name name)
{
    struct row_key key = key_of(till, kind, name);
    const struct handout_row *row = node_value(work, &key, sizeof *row);

    return row != NULL && row->len <= sizeof row->at ? row : NULL;
}

/* A stored list that cannot be read counts as not there. */
static bool intake_open(struct node_work *work, const struct till *till, enum txn_kind kind,
                        struct intake *out)
{
    struct identity identity = exchange_of(till, kind);
    const struct handout_row *coming = row_under(work, till, kind, handout_coming());

    memset(out, 0, sizeof *out);
    out->row = row_of(kind);
    assert(out->row != NULL);
    out->till = *till;
    deal_open(work, &identity, &out->deal);
    if (coming != NULL)
        out->coming = *coming;
    if (out->row->entry != 0 &&
        handout_list_count(kind, handout_block(&out->coming), &out->count) != OK)
        memset(&out->coming, 0, sizeof out->coming);
    return out->deal.is_loaded;
}

static void put_coming(struct node_work *work, struct intake *d)
{
    struct row_key key = key_of(&d->till, d->row->kind, handout_coming());

    d->coming.layout = PARTY_ROW_LAYOUT;
    d->coming.kind = (uint8_t)d->row->kind;
    d->coming.changed = work->event->wall;
    node_put(work, &key, &d->coming, sizeof d->coming);
}

static void drop_coming(struct node_work *work, const struct intake *d)
{
    struct row_key key = key_of(&d->till, d->row->kind, handout_coming());
    const struct node_row *row = node_row(work, &key);

    if (row != NULL && row->found)
        node_remove(work, &key);
}

/* ---- asking ---- */

static bool is_at_end(const struct intake *d)
{
    return d->coming.next > d->count;
}

/* The name of the entry that is next; its line was counted. */
static struct handout_name next_name(const struct intake *d)
{
    struct handout_line line = {0};
    enum err err = handout_list_line(d->row->kind, handout_block(&d->coming),
                                     (size_t)d->coming.next - 1, &line);

    assert(err == OK);
    return line.name;
}

static uint16_t code_of(const struct intake *d)
{
    if (d->coming.next == 0)
        return d->row->first;
    return is_at_end(d) ? d->row->end : d->row->entry;
}

static struct bytes block_of(struct node_work *work, const struct intake *d)
{
    const struct handout_row *used = row_under(work, &d->till, KIND_PARAMETERS, handout_whole());
    uint8_t room[STATUS_BLOCK_LEN] = LIST_FROM;
    size_t len = 0;

    if (d->row->kind == KIND_STATUS) {
        parameter_status(used == NULL ? (struct bytes){0} : handout_block(used), room);
        len = STATUS_BLOCK_LEN;
    } else if (d->row->entry != 0 && d->coming.next == 0) {
        len = sizeof LIST_FROM - 1;
        bytes_from_number(d->count, (char *)room + 1, len - 1);
    } else if (d->row->entry != 0 && !is_at_end(d)) {
        struct handout_name name = next_name(d);
        len = handout_name_write(d->row->kind, &name, room);
    }
    return len == 0 ? (struct bytes){0} : node_block(work, bytes_over(room, len));
}

static void ask(struct node_work *work, struct intake *d)
{
    struct node_send *send = node_send_new(work, NODE_LINE);
    struct txn_message *message = &send->message;

    message->kind = d->row->kind;
    message->function = FUNCTION_REQUEST;
    message->network_code = code_of(d);
    message->identity = exchange_of(&d->till, d->row->kind);
    message->identity.batch = d->till.terminal.batch;
    memcpy(message->merchant, d->till.terminal.merchant, sizeof message->merchant);
    message->software = d->till.terminal.software;
    message->is_training = d->till.terminal.is_training;
    message->block = block_of(work, d);
    d->deal.pending.exchange = (uint8_t)d->row->kind;
    deal_wait(work, &d->deal, PENDING_EXCHANGE, till_wait_ms(&d->till));
}

/* What is shown and recorded: an exchange in the form of a payment, never stored. */
static struct payment_row story_of(const struct node_work *work, const struct intake *d,
                                   enum outcome outcome)
{
    struct payment_row story;

    memset(&story, 0, sizeof story);
    story.layout = PAYMENT_ROW_LAYOUT;
    story.kind = (uint8_t)d->row->kind;
    story.stage = STAGE_ANSWERED;
    story.money = MONEY_NOT_MOVED;
    story.outcome = (uint16_t)outcome;
    story.decided_by = PARTY_TERMINAL;
    story.sequence = -1;
    story.created = work->event->wall;
    story.changed = work->event->wall;
    story.identity = exchange_of(&d->till, d->row->kind);
    return story;
}

static void record(struct node_work *work, const struct intake *d, enum journal_what what)
{
    struct payment_row story = story_of(work, d, OUTCOME_NONE);

    node_record(work, what, &story);
}

/* The exchange is over; whoever asked for it is told. */
static void finish(struct node_work *work, struct intake *d, enum journal_what what,
                   const struct payment_row *story)
{
    uint64_t ticket = d->deal.pending.ticket;

    deal_settle(work, &d->deal);
    node_record(work, what, story);
    if (ticket != 0)
        node_show_to(work, ticket, (enum outcome)story->outcome, story);
}

/* ---- beginning ---- */

static enum txn_kind demanded(uint8_t demand)
{
    for (size_t i = 0; i < ARRAY_COUNT(downloads); i++) {
        if (downloads[i].demand == demand)
            return downloads[i].kind;
    }
    return KIND_NONE;
}

void intake_need(struct node_work *work, const struct till *till, uint8_t demand)
{
    enum txn_kind kind = demanded(demand);

    if (demand == FETCH_DEMAND)
        fetch_need(work, till);
    else if (kind != KIND_NONE)
        need(work, till, kind);
}

void intake_begin(struct node_work *work, const struct till *till, uint8_t demand)
{
    enum txn_kind kind = demanded(demand);
    struct intake d;

    if (demand == FETCH_DEMAND)
        fetch_begin(work, till);
    if (kind == KIND_NONE || !intake_open(work, till, kind, &d))
        return;
    if (!d.deal.is_waited) {
        d.deal.pending.ticket = 0;
        d.deal.pending.attempts = 0;
    }
    ask(work, &d);
}

void intake_command_needs(struct node_work *work)
{
    struct till till;

    till_need(work, work->event->command->terminal);
    if (till_open(work, work->event->command->terminal, &till))
        need(work, &till, work->event->command->transaction);
}

static void refuse_command(struct node_work *work, const struct intake *d, enum outcome outcome,
                           const char *fact)
{
    struct payment_row story = story_of(work, d, outcome);

    evidence_add(story.evidence, EVIDENCE_STATE, fact);
    node_show(work, outcome, &story);
}

void intake_command(struct node_work *work)
{
    struct till till;
    struct intake d;

    if (!till_open(work, work->event->command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    if (!intake_open(work, &till, work->event->command->transaction, &d) || d.deal.is_waited) {
        refuse_command(work, &d, OUTCOME_TERMINAL_DEVICE_FAULT, "one is under way");
        return;
    }
    if (!work->event->line_is_up) {
        refuse_command(work, &d, OUTCOME_LINE_UNREACHABLE, "nothing was sent");
        return;
    }
    d.deal.pending.ticket = work->event->ticket;
    d.deal.pending.attempts = 0;
    ask(work, &d);
    record(work, &d, WHAT_NETWORK_SENT);
}

/* ---- answers ---- */

/* What follows the control character. */
static struct bytes content_of(const struct txn_message *answer)
{
    return answer->block.len < 2 ? (struct bytes){0}
                                 : bytes_over(answer->block.at + 1, answer->block.len - 1);
}

void intake_answer_needs(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct handout_name name;
    struct till till;

    till_need(work, answer->identity.terminal);
    if (!till_open(work, answer->identity.terminal, &till))
        return;
    need(work, &till, answer->kind);
    intake_need(work, &till, answer->demand);
    if (row_of(answer->kind)->entry == answer->network_code &&
        handout_name_read(answer->kind, content_of(answer), &name) == OK)
        node_need(work, key_of(&till, answer->kind, name));
}

/* What came cannot be used: all stays as it was. */
static void reject(struct node_work *work, struct intake *d, const char *check)
{
    struct payment_row story = story_of(work, d, OUTCOME_UPDATE_REJECTED);

    drop_coming(work, d);
    evidence_add(story.evidence, EVIDENCE_CHECK, check);
    finish(work, d, WHAT_DECLINED, &story);
    work->effects.is_alarm = true;
}

static void refused(struct node_work *work, struct intake *d)
{
    const struct txn_message *answer = &work->event->message;
    char code[RESPONSE_CODE_LEN + 1] = {answer->code[0], answer->code[1], 0};
    struct payment_row story = story_of(work, d, till_outcome_of_code(answer->code, false));

    story.decided_by = PARTY_ACQUIRER;
    memcpy(story.code, answer->code, sizeof story.code);
    evidence_add(story.evidence, EVIDENCE_CODE, code);
    finish(work, d, WHAT_DECLINED, &story);
}

static void go_on(struct node_work *work, struct intake *d)
{
    d->deal.pending.attempts = 0;
    put_coming(work, d);
    ask(work, d);
    record(work, d, WHAT_DOWNLOADED);
}

/* Appends what came to the list; the end of it is known by its control character. */
static void take_list(struct node_work *work, struct intake *d)
{
    const struct txn_message *answer = &work->event->message;
    struct bytes content = content_of(answer);
    struct handout_row *list = &d->coming;

    if (answer->block.len == 0 || list->len + content.len > sizeof list->at) {
        reject(work, d, "the list");
        return;
    }
    if (content.len > 0)
        memcpy(list->at + list->len, content.at, content.len);
    list->len = (uint16_t)(list->len + content.len);
    if (handout_list_count(d->row->kind, handout_block(list), &d->count) != OK ||
        (answer->block.at[0] == CONTROL_NONE) != (content.len == 0)) {
        reject(work, d, "the list");
        return;
    }
    if (answer->block.at[0] != CONTROL_MORE)
        list->next = 1;
    go_on(work, d);
}

static void take_parameters(struct node_work *work, struct intake *d)
{
    struct bytes block = work->event->message.block;

    if (parameter_check(block) != OK) {
        reject(work, d, "the parameters");
        return;
    }
    memcpy(d->coming.at, block.at, block.len);
    d->coming.len = (uint16_t)block.len;
    d->coming.next = 1;
    go_on(work, d);
}

static void take_entry(struct node_work *work, struct intake *d)
{
    struct bytes content = content_of(&work->event->message);
    struct handout_name wanted = next_name(d);
    struct handout_row row = {.layout = PARTY_ROW_LAYOUT, .kind = (uint8_t)d->row->kind};
    struct handout_name name;
    const char *fault;

    if (content.len == 0) {
        reject(work, d, "withdrawn");
        return;
    }
    if (handout_name_read(d->row->kind, content, &name) == OK &&
        (name.len != wanted.len || memcmp(name.at, wanted.at, name.len) != 0))
        return; /* late, or doubled by the line */
    if (handout_entry_check(d->row->kind, content, &fault) != OK) {
        reject(work, d, fault);
        return;
    }
    struct row_key key = key_of(&d->till, d->row->kind, wanted);
    row.name_len = wanted.len;
    memcpy(row.name, wanted.at, wanted.len);
    row.len = (uint16_t)content.len;
    memcpy(row.at, content.at, content.len);
    row.changed = work->event->wall;
    node_put(work, &key, &row, sizeof row);
    d->coming.next++;
    go_on(work, d);
}

static void apply_parameters(struct node_work *work, struct intake *d)
{
    struct bytes block = handout_block(&d->coming);
    struct terminal_row *row = &d->till.terminal;
    uint32_t tip = parameter_number(block, PARAMETER_TIP_PERCENT, row->tip_percent);

    row->answer_wait_s = (uint8_t)parameter_number(block, PARAMETER_TIMEOUT, row->answer_wait_s);
    row->tip_percent = (uint8_t)(tip < TIP_PERCENT_MOST ? tip : TIP_PERCENT_MOST);
    row->offline_max = (uint16_t)parameter_number(block, PARAMETER_OFFLINE_MAX, row->offline_max);
    row->kinds = parameter_number(block, PARAMETER_KINDS, row->kinds);
    row->no_keying = parameter_number(block, PARAMETER_MANUAL, row->no_keying == 0) == 0;
    row->no_tips = parameter_number(block, PARAMETER_TIPS, row->no_tips == 0) == 0;
    till_put(work, &d->till);
}

/* All is here, and the acquirer knows it: it is in use from now on. */
static void take_end(struct node_work *work, struct intake *d)
{
    const struct txn_message *answer = &work->event->message;
    struct row_key key = key_of(&d->till, d->row->kind, handout_whole());
    struct payment_row story = story_of(work, d, OUTCOME_APPROVED);

    if (d->row->end != 0) {
        d->coming.next = 0;
        d->coming.changed = work->event->wall;
        if (d->row->kind == KIND_PARAMETERS)
            apply_parameters(work, d);
        node_put(work, &key, &d->coming, sizeof d->coming);
        drop_coming(work, d);
        evidence_add_number(story.evidence, EVIDENCE_FOUND,
                            d->row->entry == 0 ? d->coming.len : (int64_t)d->count);
    }
    finish(work, d, d->row->end != 0 ? WHAT_DOWNLOADED : WHAT_UPLOADED, &story);
    intake_begin(work, &d->till, answer->demand);
}

/* The answer to what was asked, and not to an earlier request. */
static bool is_awaited(const struct intake *d, const struct txn_message *answer)
{
    return d->deal.is_waited && d->deal.pending.kind == PENDING_EXCHANGE &&
           d->deal.pending.exchange == answer->kind && answer->network_code == code_of(d);
}

void intake_answer(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct intake d;

    if (!till_open(work, answer->identity.terminal, &till) ||
        !intake_open(work, &till, answer->kind, &d) || !is_awaited(&d, answer))
        return; /* late: what it brought is asked for again when it is wanted */
    if (memcmp(answer->code, "00", RESPONSE_CODE_LEN) != 0)
        refused(work, &d);
    else if (d.row->end == 0 || (d.coming.next > 0 && is_at_end(&d)))
        take_end(work, &d);
    else if (d.coming.next > 0)
        take_entry(work, &d);
    else if (d.row->entry != 0)
        take_list(work, &d);
    else
        take_parameters(work, &d);
}

/* ---- silence ---- */

void intake_due_needs(struct node_work *work, const struct till *till, enum txn_kind kind)
{
    need(work, till, kind);
}

void intake_due(struct node_work *work, const struct till *till, enum txn_kind kind)
{
    bool is_recovery = work->event->kind == EVENT_RECOVER;
    struct intake d;

    if (!intake_open(work, till, kind, &d))
        return;
    if (is_recovery)
        d.deal.pending.ticket = 0;
    if (++d.deal.pending.attempts < SILENCES_MAX) {
        ask(work, &d);
        record(work, &d, is_recovery ? WHAT_RECOVERED : WHAT_NETWORK_SENT);
        return;
    }
    struct payment_row story = story_of(work, &d, OUTCOME_LINE_NO_ANSWER);
    evidence_add_number(story.evidence, EVIDENCE_WAITED_S, till_wait_ms(till) / 1000);
    finish(work, &d, WHAT_NO_ANSWER, &story);
}

/* ---- what is in use ---- */

void intake_need_aids(struct node_work *work, const struct till *till)
{
    node_need(work, key_of(till, KIND_AIDS, handout_whole()));
}

bool intake_takes_aid(const struct node_work *work, const struct till *till, struct bytes aid)
{
    const struct handout_row *list = row_under(work, till, KIND_AIDS, handout_whole());

    return list == NULL || list->len == 0 || handout_list_takes(handout_block(list), aid);
}

void intake_need_name(struct node_work *work, const struct till *till)
{
    node_need(work, key_of(till, KIND_PARAMETERS, handout_whole()));
}

void intake_name(const struct node_work *work, const struct till *till,
                 char out[static INTAKE_NAME_LEN])
{
    const struct handout_row *used = row_under(work, till, KIND_PARAMETERS, handout_whole());
    struct text t = text_over(out, INTAKE_NAME_LEN);
    struct parameter parameter;
    size_t offset = 0;

    while (used != NULL && parameter_next(handout_block(used), &offset, &parameter) == OK) {
        while (parameter.value.len > 0 && parameter.value.at[parameter.value.len - 1] == ' ')
            parameter.value.len--;
        if (parameter.tag == PARAMETER_NAME)
            gbk_add_utf8(&t, parameter.value);
    }
    (void)text_z(&t);
}

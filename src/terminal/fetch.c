#include "terminal/fetch.h"

#include "base/assert.h"
#include "books/update_rows.h"
#include "terminal/package.h"
#include "txn/update_block.h"

#include <string.h>

#define SILENCES_MAX 8       /* then it rests until the next sign-in */
#define ACTIVATE_REST_MS 500 /* a payment is under way: look again */

/* An update as an event finds it: both kinds' rows, and the exchange under which it waits. */
struct fetching {
    struct till till;
    struct deal deal;
    struct fetch_row rows[2]; /* of kinds[] */
};

static const enum update_kind kinds[2] = {UPDATE_SOFTWARE, UPDATE_PARAMETERS};

_Static_assert(UPDATE_DIGEST_LEN == DIGEST_LEN && UPDATE_SIGNATURE_LEN == SIGNATURE_LEN,
               "a manifest is a row and a block");

/* Batch 0 is sign-ins', and no batch is ever this number and trace 0. */
static struct identity exchange_of(const struct till *till)
{
    struct identity identity = till_exchange(till, 0);

    identity.batch = KIND_UPDATE;
    return identity;
}

void fetch_need(struct node_work *work, const struct till *till)
{
    struct identity identity = exchange_of(till);

    deal_need(work, &identity);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        node_need(work, fetch_row_key(till->terminal.terminal, kinds[i]));
}

static bool fetching_open(struct node_work *work, const struct till *till, struct fetching *out)
{
    struct identity identity = exchange_of(till);

    memset(out, 0, sizeof *out);
    out->till = *till;
    deal_open(work, &identity, &out->deal);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct row_key key = fetch_row_key(till->terminal.terminal, kinds[i]);
        const struct fetch_row *row = node_value(work, &key, sizeof *row);
        out->rows[i].layout = PARTY_ROW_LAYOUT;
        if (row != NULL)
            out->rows[i] = *row;
    }
    return out->deal.is_loaded;
}

static size_t index_of(char kind)
{
    return kind == UPDATE_SOFTWARE ? 0 : 1;
}

/* Which kind is on its way; -1: none. */
static int coming(const struct fetching *f)
{
    for (int i = 0; i < (int)ARRAY_COUNT(kinds); i++) {
        if (f->rows[i].state == FETCH_COMING || f->rows[i].state == FETCH_COMPLETE)
            return i;
    }
    return -1;
}

static void put_row(struct node_work *work, struct fetching *f, size_t index)
{
    struct row_key key = fetch_row_key(f->till.terminal.terminal, kinds[index]);

    f->rows[index].changed = work->event->wall;
    node_put(work, &key, &f->rows[index], sizeof f->rows[index]);
}

/* Asks for the next piece of what is coming, or for the manifest of what there is of a kind. */
static void ask(struct node_work *work, struct fetching *f, size_t index)
{
    const struct fetch_row *row = &f->rows[index];
    bool is_coming = row->state == FETCH_COMING;
    struct update_request request = {
        .kind = (char)kinds[index],
        .version = is_coming ? row->manifest.version : 0,
        .place = is_coming ? row->next : 0,
        .software = f->till.terminal.software,
        .parameters = f->rows[1].active,
    };
    char block[UPDATE_REQUEST_LEN];
    struct node_send *send = node_send_new(work, NODE_LINE);

    update_request_write(&request, block);
    send->message.kind = KIND_UPDATE;
    send->message.function = FUNCTION_REQUEST;
    send->message.identity = exchange_of(&f->till);
    send->message.identity.batch = f->till.terminal.batch;
    memcpy(send->message.merchant, f->till.terminal.merchant, sizeof send->message.merchant);
    send->message.software = f->till.terminal.software;
    send->message.is_training = f->till.terminal.is_training;
    send->message.block = node_block(work, bytes_over(block, sizeof block));
    f->deal.pending.exchange = KIND_UPDATE;
    f->deal.pending.attempts = (uint32_t)index; /* whose manifest, when it is one */
    deal_wait(work, &f->deal, PENDING_EXCHANGE, till_wait_ms(&f->till));
}

/* What is shown and recorded: an exchange in the form of a payment, never stored. */
static struct payment_row story_of(const struct node_work *work, const struct fetching *f,
                                   enum outcome outcome)
{
    struct payment_row story;

    memset(&story, 0, sizeof story);
    story.layout = PAYMENT_ROW_LAYOUT;
    story.kind = KIND_UPDATE;
    story.stage = STAGE_ANSWERED;
    story.money = MONEY_NOT_MOVED;
    story.outcome = (uint16_t)outcome;
    story.decided_by = PARTY_TERMINAL;
    story.sequence = -1;
    story.created = work->event->wall;
    story.changed = work->event->wall;
    story.identity = exchange_of(&f->till);
    return story;
}

static void record(struct node_work *work, const struct fetching *f, enum journal_what what,
                   enum outcome outcome)
{
    struct payment_row story = story_of(work, f, outcome);

    node_record(work, what, &story);
}

/* The exchange is over; whoever asked for it is told. */
static void finish(struct node_work *work, struct fetching *f, enum journal_what what,
                   const struct payment_row *story)
{
    uint64_t ticket = f->deal.pending.ticket;

    deal_settle(work, &f->deal);
    node_record(work, what, story);
    if (ticket != 0)
        node_show_to(work, ticket, (enum outcome)story->outcome, story);
}

/* ---- beginning ---- */

void fetch_begin(struct node_work *work, const struct till *till)
{
    struct fetching f;

    if (!fetching_open(work, till, &f))
        return;
    int index = coming(&f);
    if (f.deal.is_waited && index >= 0 && f.rows[index].state == FETCH_COMPLETE)
        return;
    if (!f.deal.is_waited) {
        f.deal.pending.ticket = 0;
        f.deal.pending.attempts = 0;
    }
    ask(work, &f, index < 0 ? (size_t)f.deal.pending.attempts % ARRAY_COUNT(kinds) : (size_t)index);
}

void fetch_command_needs(struct node_work *work)
{
    struct till till;

    till_need(work, work->event->command->terminal);
    if (till_open(work, work->event->command->terminal, &till))
        fetch_need(work, &till);
}

static void refuse_command(struct node_work *work, const struct fetching *f, enum outcome outcome,
                           const char *fact)
{
    struct payment_row story = story_of(work, f, outcome);

    evidence_add(story.evidence, EVIDENCE_STATE, fact);
    node_show(work, outcome, &story);
}

void fetch_command(struct node_work *work)
{
    struct till till;
    struct fetching f;

    if (!till_open(work, work->event->command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    if (!fetching_open(work, &till, &f) || f.deal.is_waited) {
        refuse_command(work, &f, OUTCOME_TERMINAL_DEVICE_FAULT, "one is under way");
        return;
    }
    if (!work->event->line_is_up) {
        refuse_command(work, &f, OUTCOME_LINE_UNREACHABLE, "nothing was sent");
        return;
    }
    int index = coming(&f);
    f.deal.pending.ticket = work->event->ticket;
    ask(work, &f, index < 0 ? 0 : (size_t)index);
    record(work, &f, WHAT_NETWORK_SENT, OUTCOME_NONE);
}

/* ---- answers ---- */

void fetch_answer_needs(struct node_work *work)
{
    struct till till;

    till_need(work, work->event->message.identity.terminal);
    if (till_open(work, work->event->message.identity.terminal, &till))
        fetch_need(work, &till);
    struct fetching f;
    struct update_block block;
    if (!till_open(work, work->event->message.identity.terminal, &till) ||
        !fetching_open(work, &till, &f) ||
        update_block_read(work->event->message.block, &block) != OK || block.is_manifest)
        return;
    node_need(work, piece_row_key(till.terminal.terminal, (enum update_kind)block.kind,
                                  block.version, block.place));
}

/* The piece that was asked for. */
static bool is_next(const struct fetching *f, const struct update_block *block)
{
    const struct fetch_row *row = &f->rows[index_of(block->kind)];

    return !block->is_manifest && row->state == FETCH_COMING &&
           row->manifest.version == block->version && row->next == block->place &&
           block->content.len <= UPDATE_PIECE_LEN_MAX;
}

void fetch_answer_checks(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct hsm_command command = {.kind = HSM_SIGNATURE_VERIFY};
    struct till till;
    struct fetching f;
    struct update_block block;

    if (!till_open(work, answer->identity.terminal, &till) || !fetching_open(work, &till, &f) ||
        !f.deal.is_waited || update_block_read(answer->block, &block) != OK)
        return;
    if (block.is_manifest) {
        memcpy(command.of.signature.public_key, till.config->update_key, SIGNATURE_PUBLIC_LEN);
        memcpy(command.of.signature.signature, block.signature, SIGNATURE_LEN);
        command.of.signature.data = block.content;
        node_ask(work, CHECK_SIGNATURE, &command, NULL);
    } else if (is_next(&f, &block)) {
        struct row_key key = fetch_row_key(till.terminal.terminal, (enum update_kind)block.kind);
        const struct fetch_row *row = node_value(work, &key, sizeof *row);
        command.kind = HSM_DIGEST;
        command.of.digest.parts[0] = bytes_over(row->digest, DIGEST_LEN); /* outlives this call */
        command.of.digest.parts[1] = block.content;
        node_ask(work, CHECK_DIGEST, &command, &key);
    }
}

static void reject(struct node_work *work, struct fetching *f, size_t index, const char *check)
{
    struct payment_row story = story_of(work, f, OUTCOME_UPDATE_REJECTED);
    struct fetch_row *row = &f->rows[index];

    row->state = FETCH_REJECTED;
    row->rejected = row->manifest.version;
    put_row(work, f, index);
    evidence_add(story.evidence, EVIDENCE_CHECK, check);
    evidence_add_number(story.evidence, EVIDENCE_FOUND, row->manifest.version);
    finish(work, f, WHAT_DECLINED, &story);
    work->effects.is_alarm = true;
}

static bool is_good(const struct node_work *work, enum till_check slot)
{
    const struct hsm_answer *answer = node_answer(work, (uint8_t)slot);

    return answer != NULL && answer->result == HSM_OK;
}

static uint32_t in_use(const struct fetching *f, size_t index)
{
    uint32_t active = f->rows[index].active;

    return index == 0 && f->till.terminal.software > active ? f->till.terminal.software : active;
}

/* A version never goes back, and what failed once is not tried again. */
static bool is_wanted(const struct fetching *f, size_t index, const struct update_block *block)
{
    return block->version > in_use(f, index) && block->version != f->rows[index].rejected;
}

static void take_manifest(struct node_work *work, struct fetching *f,
                          const struct update_block *block)
{
    size_t index = index_of(block->kind);
    struct fetch_row *row = &f->rows[index];

    row->manifest = (struct update_manifest){.kind = (uint8_t)block->kind,
                                             .pieces = block->pieces,
                                             .version = block->version,
                                             .size = block->size};
    memcpy(row->manifest.digest, block->digest, sizeof row->manifest.digest);
    memcpy(row->manifest.signature, block->signature, sizeof row->manifest.signature);
    if (!is_good(work, CHECK_SIGNATURE)) {
        reject(work, f, index, "signature");
        return;
    }
    row->state = FETCH_COMING;
    row->attempts = 0;
    row->next = 1;
    memset(row->digest, 0, sizeof row->digest);
    put_row(work, f, index);
    ask(work, f, index);
    record(work, f, WHAT_DOWNLOADED, OUTCOME_NONE);
}

/* All pieces are here: do they make up what was signed? */
static bool is_whole(const struct fetch_row *row, size_t last_len)
{
    return memcmp(row->digest, row->manifest.digest, DIGEST_LEN) == 0 &&
           row->manifest.size ==
               (row->manifest.pieces - 1U) * (uint32_t)UPDATE_PIECE_LEN_MAX + last_len;
}

static void take_piece(struct node_work *work, struct fetching *f, const struct update_block *block)
{
    size_t index = index_of(block->kind);
    struct fetch_row *row = &f->rows[index];
    struct row_key key =
        piece_row_key(f->till.terminal.terminal, kinds[index], block->version, block->place);
    struct piece_row piece = {.layout = PARTY_ROW_LAYOUT, .len = (uint16_t)block->content.len};

    memcpy(piece.at, block->content.at, block->content.len);
    node_put(work, &key, &piece, sizeof piece);
    memcpy(row->digest, node_answer(work, CHECK_DIGEST)->of.digest, sizeof row->digest);
    row->attempts = 0;
    row->next++;
    if (row->next <= row->manifest.pieces) {
        put_row(work, f, index);
        ask(work, f, index);
    } else if (!is_whole(row, block->content.len)) {
        reject(work, f, index, "digest");
        return;
    } else {
        row->state = FETCH_COMPLETE;
        put_row(work, f, index);
        deal_wait(work, &f->deal, PENDING_EXCHANGE, 1);
    }
    record(work, f, WHAT_DOWNLOADED, OUTCOME_NONE);
}

/* Nothing new of the kind that was asked about: then of the other; or it is done. */
static void take_nothing(struct node_work *work, struct fetching *f)
{
    struct payment_row story = story_of(work, f, OUTCOME_APPROVED);

    if (f->deal.pending.attempts == 0) {
        ask(work, f, 1);
        record(work, f, WHAT_NETWORK_SENT, OUTCOME_NONE);
        return;
    }
    evidence_add_number(story.evidence, EVIDENCE_FOUND, in_use(f, 0));
    finish(work, f, WHAT_DOWNLOADED, &story);
}

static void take_refusal(struct node_work *work, struct fetching *f)
{
    const struct txn_message *answer = &work->event->message;
    char code[RESPONSE_CODE_LEN + 1] = {answer->code[0], answer->code[1], 0};
    struct payment_row story = story_of(work, f, till_outcome_of_code(answer->code, false));

    story.decided_by = PARTY_ACQUIRER;
    memcpy(story.code, answer->code, sizeof story.code);
    evidence_add(story.evidence, EVIDENCE_CODE, code);
    finish(work, f, WHAT_DECLINED, &story);
}

void fetch_answer(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct fetching f;
    struct update_block block;

    if (!till_open(work, answer->identity.terminal, &till) || !fetching_open(work, &till, &f) ||
        !f.deal.is_waited || f.deal.pending.kind != PENDING_EXCHANGE)
        return; /* late: what it brought is asked for again when it is wanted */
    int index = coming(&f);
    bool is_block = update_block_read(answer->block, &block) == OK;
    if (memcmp(answer->code, "00", RESPONSE_CODE_LEN) != 0)
        take_refusal(work, &f);
    else if (index >= 0 && !is_block)
        reject(work, &f, (size_t)index, "withdrawn");
    else if (!is_block || (block.is_manifest && !is_wanted(&f, index_of(block.kind), &block)))
        take_nothing(work, &f);
    else if (block.is_manifest && index < 0)
        take_manifest(work, &f, &block);
    else if (is_next(&f, &block) && is_good(work, CHECK_DIGEST))
        take_piece(work, &f, &block);
}

/* ---- taking into use ---- */

void fetch_due_needs(struct node_work *work, const struct till *till)
{
    struct fetching f;

    fetch_need(work, till);
    if (!fetching_open(work, till, &f))
        return;
    int index = coming(&f);
    if (index >= 0 && f.rows[index].state == FETCH_COMPLETE)
        node_need(work, piece_row_key(till->terminal.terminal, kinds[index],
                                      f.rows[index].manifest.version, 1));
}

/* The self test: a package that does not pass leaves everything as it was. */
static void activate(struct node_work *work, struct fetching *f, size_t index)
{
    struct fetch_row *row = &f->rows[index];
    struct row_key key =
        piece_row_key(f->till.terminal.terminal, kinds[index], row->manifest.version, 1);
    const struct piece_row *piece = node_value(work, &key, sizeof *piece);
    struct terminal_row next = f->till.terminal;
    struct package_fault fault = {0};

    if (piece == NULL || piece->len > sizeof piece->at ||
        package_apply(&row->manifest, bytes_over(piece->at, piece->len), &next, &fault) != OK) {
        reject(work, f, index, fault.what != NULL ? fault.what : "self test");
        return;
    }
    row->state = FETCH_ACTIVE;
    row->active = row->manifest.version;
    put_row(work, f, index);
    f->till.terminal = next;
    till_put(work, &f->till);
    ask(work, f, 0); /* which tells the acquirer what is in use now, and whether there is more */
    record(work, f, WHAT_DOWNLOADED, OUTCOME_APPROVED);
}

static void wait_on(struct node_work *work, struct fetching *f, size_t index)
{
    struct fetch_row *row = &f->rows[index];
    struct payment_row story = story_of(work, f, OUTCOME_LINE_NO_ANSWER);

    if (row->attempts < SILENCES_MAX) {
        row->attempts++;
        put_row(work, f, index);
        ask(work, f, index);
        record(work, f, WHAT_NETWORK_SENT, OUTCOME_NONE);
        return;
    }
    row->attempts = 0;
    put_row(work, f, index);
    story.money = MONEY_NOT_MOVED;
    evidence_add_number(story.evidence, EVIDENCE_WAITED_S, till_wait_ms(&f->till) / 1000);
    finish(work, f, WHAT_NO_ANSWER, &story);
}

void fetch_due(struct node_work *work, struct till *till, struct deal *deal)
{
    struct fetching f;

    (void)deal;
    if (!fetching_open(work, till, &f))
        return;
    int index = coming(&f);
    if (index < 0 || f.rows[index].state != FETCH_COMPLETE) {
        wait_on(work, &f, index < 0 ? 0 : (size_t)index);
    } else if (till->terminal.owed.trace != 0) {
        deal_wait(work, &f.deal, PENDING_EXCHANGE, ACTIVATE_REST_MS);
        record(work, &f, WHAT_RECOVERED, OUTCOME_NONE);
    } else {
        activate(work, &f, (size_t)index);
    }
}

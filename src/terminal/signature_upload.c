#include "terminal/signature_upload.h"

#include "base/assert.h"
#include "books/handout_rows.h"
#include "books/signature.h"
#include "terminal/intake.h"
#include "terminal/outgoing.h"
#include "terminal/sign.h"

#include <string.h>

/* A signature as an event finds it. */
struct upload {
    struct till till;
    struct deal deal; /* of the payment */
    struct followed original;
    struct signature_row parts[SIGNATURE_PARTS]; /* copies */
    bool is_kept;                                /* the parts are here and are one image */
};

static void need_parts(struct node_work *work, const struct identity *identity)
{
    for (uint8_t i = 0; i < SIGNATURE_PARTS; i++)
        node_need(work, signature_row_key(identity, i));
}

static void need(struct node_work *work, const struct till *till, const struct identity *identity)
{
    struct deal deal;

    deal_need(work, identity);
    need_parts(work, identity);
    intake_need_name(work, till);
    deal_open(work, identity, &deal);
    if (deal.is_known)
        followed_need(work, &deal.payment.original);
    if (!till_is_signed_in(till))
        sign_need(work, till);
}

static void upload_open(struct node_work *work, const struct till *till,
                        const struct identity *identity, struct upload *out)
{
    size_t total = 0;

    memset(out, 0, sizeof *out);
    out->till = *till;
    deal_open(work, identity, &out->deal);
    followed_open(work, &out->deal.payment.original, &out->original);
    for (uint8_t i = 0; i < SIGNATURE_PARTS; i++) {
        struct row_key key = signature_row_key(identity, i);
        const struct signature_row *row = node_value(work, &key, sizeof *row);
        if (row != NULL && row->len <= sizeof row->at)
            out->parts[i] = *row;
        total += out->parts[i].len;
    }
    out->is_kept = total > 0 && total == out->parts[0].total;
}

static void put_parts(struct node_work *work, const struct upload *upload)
{
    for (uint8_t i = 0; i < SIGNATURE_PARTS; i++) {
        struct row_key key = signature_row_key(&upload->deal.payment.identity, i);
        if (i == 0 || upload->parts[i].len > 0)
            node_put(work, &key, &upload->parts[i], sizeof upload->parts[i]);
        else
            node_remove(work, &key);
    }
}

/* What is shown and recorded: the upload, with the payment's money, which it does not move. */
static struct payment_row story_of(const struct node_work *work, const struct upload *upload,
                                   enum outcome outcome)
{
    struct payment_row story = upload->deal.payment;

    memset(story.evidence, 0, sizeof story.evidence);
    memset(story.code, 0, sizeof story.code);
    story.layout = PAYMENT_ROW_LAYOUT;
    story.kind = KIND_SIGNATURE;
    story.outcome = (uint16_t)outcome;
    story.decided_by = PARTY_TERMINAL;
    story.changed = work->event->wall;
    story.identity = upload->deal.pending.identity;
    return story;
}

static void show_to(struct node_work *work, struct upload *upload, const struct payment_row *story)
{
    uint64_t ticket = upload->deal.pending.ticket;

    upload->deal.pending.ticket = 0;
    if (ticket != 0 && work->event->kind != EVENT_RECOVER)
        node_show_to(work, ticket, (enum outcome)story->outcome, story);
}

/* ---- sending ---- */

static void put_image(struct node_work *work, const struct upload *upload,
                      struct txn_message *message)
{
    uint8_t image[SIGNATURE_PARTS * SIGNATURE_PART_LEN];
    size_t len = 0;

    for (size_t i = 0; i < SIGNATURE_PARTS; i++) {
        memcpy(image + len, upload->parts[i].at, upload->parts[i].len);
        len += upload->parts[i].len;
    }
    message->block = node_block(work, bytes_over(image, len));
}

static void put_facts(const struct node_work *work, const struct upload *upload,
                      struct txn_message *message)
{
    char name[INTAKE_NAME_LEN];
    struct signature_facts facts = {
        .payment = &upload->deal.payment,
        .original = upload->original.is_known ? &upload->original.payment : NULL,
        .at = upload->deal.payment.created,
        .utc_offset_s = upload->till.config->utc_offset_s,
    };

    intake_name(work, &upload->till, name);
    facts.merchant_name = name[0] == 0 ? NULL : name;
    signature_block(&facts, message->icc, &message->icc_len);
}

static void send(struct node_work *work, const struct upload *upload)
{
    const struct payment_row *payment = &upload->deal.payment;
    struct node_send *sent = outgoing_new(work, &upload->till, payment, FUNCTION_REQUEST);
    struct txn_message *message = &sent->message;

    message->kind = KIND_SIGNATURE;
    message->network_code = NETWORK_SIGNATURE;
    message->entry = ENTRY_NONE;
    message->pin_entered = false;
    message->original = (struct original){0};
    message->amount = payment->amount;
    message->settlement_date = payment->settlement_date;
    memcpy(message->rrn, payment->rrn, sizeof message->rrn);
    outgoing_open_card(&upload->till, payment, sent);
    put_facts(work, upload, message);
    put_image(work, upload, message);
}

/* Sends when there are keys to send it under; else the timer signs in first. */
static void try_now(struct node_work *work, struct upload *upload)
{
    struct pending_row *pending = &upload->deal.pending;
    uint32_t wait = till_wait_ms(&upload->till);
    uint32_t rest = till_rest_ms(&upload->till, pending->attempts);

    if (till_is_signed_in(&upload->till))
        send(work, upload);
    if (pending->attempts < UINT32_MAX)
        pending->attempts++;
    pending->exchange = KIND_SIGNATURE;
    deal_wait(work, &upload->deal, PENDING_EXCHANGE, wait > rest ? wait : rest);
}

/* ---- the command ---- */

void signature_command_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (!till_open(work, command->terminal, &till))
        return;
    struct identity identity = followed_identity(&till, &command->original);
    need(work, &till, &identity);
}

static bool is_signed_for(const struct deal *deal)
{
    const struct payment_row *payment = &deal->payment;

    return deal->is_known && payment->stage == STAGE_ANSWERED &&
           outcome_is_approved((enum outcome)payment->outcome) &&
           (payment->money == MONEY_MOVED || payment->money == MONEY_HELD);
}

/* Why the command cannot be done, with its fact; OUTCOME_NONE when it can. */
static enum outcome command_refusal(const struct node_work *work, const struct upload *upload,
                                    const char **fact)
{
    const struct node_command *command = work->event->command;

    *fact = "approved, of here";
    if (!upload->deal.is_loaded || !is_signed_for(&upload->deal))
        return OUTCOME_ORIGINAL_NOT_FOUND;
    *fact = "1 to 999 bytes";
    if (command->value_len == 0 || command->value_len > BLOCK_LEN_MAX)
        return OUTCOME_MESSAGE_MALFORMED;
    *fact = "one is under way";
    if (upload->deal.is_waited)
        return OUTCOME_TERMINAL_DEVICE_FAULT;
    *fact = "sign in first";
    return till_is_signed_in(&upload->till) ? OUTCOME_NONE : OUTCOME_TERMINAL_NOT_SIGNED_IN;
}

static void keep(const struct node_work *work, struct upload *upload)
{
    const struct node_command *command = work->event->command;
    size_t at = 0;

    memset(upload->parts, 0, sizeof upload->parts);
    for (size_t i = 0; i < SIGNATURE_PARTS; i++) {
        struct signature_row *part = &upload->parts[i];
        size_t left = command->value_len - at;
        size_t len = left < sizeof part->at ? left : sizeof part->at;
        part->layout = PARTY_ROW_LAYOUT;
        part->state = SIGNATURE_KEPT;
        part->total = command->value_len;
        part->len = (uint16_t)len;
        part->since = work->event->wall;
        memcpy(part->at, command->value + at, len);
        at += len;
    }
    upload->is_kept = true;
}

static void show_now(struct node_work *work, const struct upload *upload, enum outcome outcome,
                     const char *fact)
{
    struct payment_row story = story_of(work, upload, outcome);

    evidence_add(story.evidence, EVIDENCE_STATE, fact);
    node_show(work, outcome, &story);
}

void signature_command(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;
    struct upload upload;
    const char *fact;

    if (!till_open(work, command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    struct identity identity = followed_identity(&till, &command->original);
    upload_open(work, &till, &identity, &upload);
    enum outcome refusal = command_refusal(work, &upload, &fact);
    if (refusal != OUTCOME_NONE) {
        show_now(work, &upload, refusal, fact);
        return;
    }
    if (upload.parts[0].state == SIGNATURE_DELIVERED) {
        show_now(work, &upload, OUTCOME_APPROVED, "delivered before");
        return;
    }
    keep(work, &upload);
    put_parts(work, &upload);
    upload.deal.pending.attempts = 0;
    upload.deal.pending.ticket = work->event->ticket;
    try_now(work, &upload);
    struct payment_row story = story_of(work, &upload, OUTCOME_NONE);
    node_record(work, WHAT_NETWORK_SENT, &story);
}

/* ---- the answer ---- */

void signature_answer_needs(struct node_work *work)
{
    const struct identity *identity = &work->event->message.identity;
    struct till till;

    till_need(work, identity->terminal);
    deal_need(work, identity);
    need_parts(work, identity);
    if (till_open(work, identity->terminal, &till))
        need(work, &till, identity);
}

static bool is_awaited(const struct upload *upload)
{
    return upload->deal.is_loaded && upload->deal.is_known && upload->deal.is_waited &&
           upload->deal.pending.kind == PENDING_EXCHANGE &&
           upload->deal.pending.exchange == KIND_SIGNATURE;
}

void signature_answer_checks(struct node_work *work)
{
    const struct identity *identity = &work->event->message.identity;
    struct till till;
    struct upload upload;

    if (!till_open(work, identity->terminal, &till))
        return;
    upload_open(work, &till, identity, &upload);
    if (is_awaited(&upload))
        till_ask_mac(work, &till, upload.parts[0].since);
}

/* Codes by which the host only says that it cannot now. */
static bool says_later(const char code[static RESPONSE_CODE_LEN])
{
    static const char codes[][RESPONSE_CODE_LEN + 1] = {"98", "68", "96", "92", "91", "09", "06"};

    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (memcmp(codes[i], code, RESPONSE_CODE_LEN) == 0)
            return true;
    }
    return till_code_wants_sign_in(code);
}

/* The image goes; that there was one, and what became of it, stays. */
static void settle(struct node_work *work, struct upload *upload, enum signature_state state)
{
    for (size_t i = 0; i < SIGNATURE_PARTS; i++) {
        memset(upload->parts[i].at, 0, sizeof upload->parts[i].at);
        upload->parts[i].len = 0;
        upload->parts[i].state = (uint8_t)state;
    }
    put_parts(work, upload);
    deal_settle(work, &upload->deal);
}

static void take_answer(struct node_work *work, struct upload *upload)
{
    const struct txn_message *answer = &work->event->message;
    char code[RESPONSE_CODE_LEN + 1] = {answer->code[0], answer->code[1], 0};
    bool is_taken = memcmp(code, "00", RESPONSE_CODE_LEN) == 0;
    struct payment_row story = story_of(
        work, upload, is_taken ? OUTCOME_APPROVED : till_outcome_of_code(answer->code, false));

    memcpy(story.code, answer->code, sizeof story.code);
    if (is_taken) {
        evidence_add_number(story.evidence, EVIDENCE_FOUND, upload->parts[0].total);
    } else {
        story.decided_by = PARTY_ACQUIRER;
        evidence_add(story.evidence, EVIDENCE_CODE, code);
    }
    settle(work, upload, is_taken ? SIGNATURE_DELIVERED : SIGNATURE_REFUSED);
    node_record(work, is_taken ? WHAT_UPLOADED : WHAT_DECLINED, &story);
    show_to(work, upload, &story);
}

void signature_answer(struct node_work *work)
{
    const struct txn_message *answer = &work->event->message;
    struct till till;
    struct upload upload;

    if (!till_open(work, answer->identity.terminal, &till)) {
        deal_set_aside(work);
        return;
    }
    upload_open(work, &till, &answer->identity, &upload);
    if (!is_awaited(&upload)) {
        deal_note_late(work, &upload.deal);
        return;
    }
    if (till_mac_is_good(work) && !says_later(answer->code)) {
        take_answer(work, &upload);
        return;
    }
    if (!till_code_wants_sign_in(answer->code))
        return; /* sent again when its rest is over */
    till.terminal.is_signed_in = 0;
    till_put(work, &till);
    struct payment_row story = story_of(work, &upload, OUTCOME_NONE);
    node_record(work, WHAT_LATE_ANSWER, &story);
}

/* ---- silence ---- */

void signature_due_needs(struct node_work *work, const struct till *till, const struct deal *deal)
{
    need(work, till, &deal->pending.identity);
}

void signature_due(struct node_work *work, struct till *till, struct deal *deal)
{
    bool was_signed_in = till_is_signed_in(till);
    bool is_recovery = work->event->kind == EVENT_RECOVER;
    struct upload upload;

    upload_open(work, till, &deal->pending.identity, &upload);
    if (!is_awaited(&upload) || !upload.is_kept) {
        /* Damaged rows: nothing can be sent, and nothing may be forgotten. */
        deal_set_aside(work);
        work->about = deal->pending.identity;
        return;
    }
    struct payment_row story = story_of(work, &upload, OUTCOME_LINE_NO_ANSWER);
    evidence_add_number(story.evidence, EVIDENCE_WAITED_S, till_wait_ms(till) / 1000);
    evidence_add(story.evidence, EVIDENCE_STATE, "kept; sent again");
    show_to(work, &upload, &story);
    try_now(work, &upload);
    if (!was_signed_in && sign_request(work, till, KIND_SIGN_IN, 0)) {
        till_put(work, till);
        return;
    }
    node_record(work, is_recovery ? WHAT_RECOVERED : WHAT_NETWORK_SENT, &story);
}

/*
 * A payment at the switch: the stages of its row, and the functions that move it.
 *
 *                    0100, 0200, 0220               0400, or 0820 (query), nothing recorded
 *       +----------------- (none) ------------------------------------+
 *       |                    |                                        |
 *       | forward            | decline                                | bury
 *       v                    v                                        v
 *     SENT --accept------> ANSWERED                                TOMBSTONE
 *       |    pass_refusal    |
 *       |    give_up (*)     | begin_for_terminal (0400 of what was approved)
 *       |                    | contradict (approved after it was refused)
 *       | give_up            |
 *       | take_back          |
 *       | begin_for_terminal |
 *       +-----> REVERSING <--+     all by reversal_begin; reversal_retry stays
 *                   |
 *                   | reversal_answer_step (0430: 00 or 25, good MAC), or
 *                   | attest_step (two persons: taken-back, never-seen)
 *                   v
 *                REVERSED                                          (*) a balance inquiry
 *
 *     stage      money                what is true
 *     SENT       unknown, not_moved   forwarded, or (an advice) to be; PENDING_ANSWER or
 *                                     PENDING_ADVICE and its deadline wait; open in its batch
 *     ANSWERED   moved, held,         code is the answer; moved: entries posted, counted in its
 *                not_moved            batch; held: a pre-authorisation; nothing pending
 *     REVERSING  returning            entries undone; PENDING_REVERSAL tries until confirmed
 *     REVERSED   returned             the issuer confirmed under its MAC, or two persons did;
 *                                     nothing pending
 *     TOMBSTONE  returned             never forwarded, never will be
 *
 * not_moved in SENT is a balance inquiry, which has no money to move. An advice never leaves SENT
 * but by accept or pass_refusal: deliver_due stays, for ever if need be; or two persons end it as
 * one of the two (attest_step). Other events leave the
 * stage: a repeated request (repeat), a late answer and one that fits nothing (forward_answer_step,
 * quarantine_fitting), a repeated reversal (reversal_request_step).
 *
 * What a payment does to the one that it follows stands in follow.h.
 */
#include "acquirer/acquirer.h"

#include "acquirer/attest.h"
#include "acquirer/closing.h"
#include "acquirer/forward.h"
#include "acquirer/handout.h"
#include "acquirer/inquire.h"
#include "acquirer/issuer_word.h"
#include "acquirer/network.h"
#include "acquirer/offer.h"
#include "acquirer/operate.h"
#include "acquirer/quarantine.h"
#include "acquirer/recover.h"
#include "acquirer/respond.h"
#include "acquirer/reversal.h"
#include "acquirer/signature_keep.h"
#include "base/assert.h"
#include "node/persons.h"

/* What an event is to the switch. */
enum business {
    BUSINESS_NONE, /* nothing to do: a start, an answer from a terminal, a link without a name */
    BUSINESS_PAYMENT,
    BUSINESS_REVERSAL,
    BUSINESS_CLOSING,
    BUSINESS_QUERY,
    BUSINESS_TERMINAL_NETWORK,
    BUSINESS_UPDATE,
    BUSINESS_HANDOUT,
    BUSINESS_SIGNATURE,
    BUSINESS_ANSWER,
    BUSINESS_WORD,
    BUSINESS_REVERSAL_ANSWER,
    BUSINESS_ISSUER_REQUEST,
    BUSINESS_ISSUER_ANSWER,
    BUSINESS_GARBLED,
    BUSINESS_LINK,
    BUSINESS_TICK,
    BUSINESS_OVERDUE,
    BUSINESS_COMMAND,
    BUSINESS_PERSON,
    BUSINESS_TESTIMONY,
    BUSINESS_COUNT
};

static enum business of_terminal(const struct txn_message *message)
{
    if (message->function == FUNCTION_REVERSAL)
        return BUSINESS_REVERSAL;
    if (message->function != FUNCTION_REQUEST)
        return BUSINESS_NONE;
    if (message->kind == KIND_SETTLE)
        return BUSINESS_CLOSING;
    if (message->kind == KIND_QUERY)
        return BUSINESS_QUERY;
    if (message->kind == KIND_UPDATE)
        return BUSINESS_UPDATE;
    if (handout_is_for(message->kind))
        return BUSINESS_HANDOUT;
    if (message->kind == KIND_SIGNATURE)
        return BUSINESS_SIGNATURE;
    return kind_row(message->kind)->processing != NULL ? BUSINESS_PAYMENT
                                                       : BUSINESS_TERMINAL_NETWORK;
}

static enum business of_issuer(const struct txn_message *message)
{
    if (message->function == FUNCTION_REVERSAL_RESPONSE)
        return BUSINESS_REVERSAL_ANSWER;
    if (message->function != FUNCTION_RESPONSE)
        return BUSINESS_ISSUER_REQUEST;
    if (message->kind == KIND_QUERY)
        return BUSINESS_WORD;
    return kind_row(message->kind)->has_mac ? BUSINESS_ANSWER : BUSINESS_ISSUER_ANSWER;
}

static enum business of_key(const struct row_key *key)
{
    if (key->table == TABLE_ISSUER)
        return BUSINESS_TICK;
    return key->table == TABLE_PENDING && key->len == IDENTITY_KEY_LEN ? BUSINESS_OVERDUE
                                                                       : BUSINESS_NONE;
}

static enum business of_command(const struct node_command *command)
{
    if (command != NULL && command->kind == COMMAND_PERSON)
        return BUSINESS_PERSON;
    return command != NULL && command->kind == COMMAND_TESTIFY ? BUSINESS_TESTIMONY
                                                               : BUSINESS_COMMAND;
}

static enum business business_of(const struct node_event *event)
{
    bool is_issuers = !desk_id_is_empty(event->peer);

    switch (event->kind) {
    case EVENT_MESSAGE:
        return is_issuers ? of_issuer(&event->message) : of_terminal(&event->message);
    case EVENT_GARBLED:
        return BUSINESS_GARBLED;
    case EVENT_TIMER:
        return of_key(&event->key);
    case EVENT_RECOVER:
        return event->key.table == TABLE_ISSUER ? BUSINESS_NONE : of_key(&event->key);
    case EVENT_LINK_UP:
    case EVENT_LINK_DOWN:
        return is_issuers ? BUSINESS_LINK : BUSINESS_NONE;
    case EVENT_COMMAND:
        return of_command(event->command);
    case EVENT_START:
    case EVENT_KIND_COUNT:
        break;
    }
    return BUSINESS_NONE;
}

static void garbled_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    if (desk_is_from_issuer(&desk))
        desk_need_issuer(work, work->event->peer);
    else if (desk.identity.terminal[0] != 0) {
        node_need(work, desk_terminal_key(&desk.identity));
    }
}

/* What cannot be read proves nothing, so no answer to it has a MAC. From a terminal that we know,
 * it is answered with the field that is wrong; from anybody else there is nothing to say. */
static void garbled_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    const struct txn_fault *fault = &work->event->fault;
    struct verdict verdict = {.outcome = OUTCOME_MESSAGE_MALFORMED};

    if (desk_is_from_issuer(&desk)) {
        if (desk.issuer != NULL)
            quarantine_answer(&desk, ASIDE_CONTENT);
        return;
    }
    if (desk.terminal == NULL)
        return;
    evidence_add_number(verdict.evidence, EVIDENCE_FIELD, fault->field);
    evidence_add(verdict.evidence, EVIDENCE_EXPECTED,
                 fault->expected != NULL ? fault->expected : "");
    evidence_add(verdict.evidence, EVIDENCE_FOUND, fault->found != NULL ? fault->found : "");
    desk_record(&desk, WHAT_DECLINED, verdict.outcome);
    respond_refusal(&desk, &verdict, RESPOND_PLAIN);
}

static void nothing(struct node_work *work)
{
    (void)work;
}

/* clang-format off */
static const struct {
    void (*needs)(struct node_work *work);
    void (*checks)(struct node_work *work);
    void (*step)(struct node_work *work);
} business_table[] = {
    [BUSINESS_NONE]             = { nothing,                nothing,                 nothing },
    [BUSINESS_PAYMENT]          = { forward_request_needs,  forward_request_checks,  forward_request_step },
    [BUSINESS_REVERSAL]         = { reversal_request_needs, reversal_request_checks, reversal_request_step },
    [BUSINESS_CLOSING]          = { closing_needs,          nothing,                 closing_step },
    [BUSINESS_QUERY]            = { inquire_needs,          inquire_checks,          inquire_step },
    [BUSINESS_TERMINAL_NETWORK] = { network_terminal_needs, network_terminal_checks, network_terminal_step },
    [BUSINESS_UPDATE]           = { offer_request_needs,    nothing,                 offer_request_step },
    [BUSINESS_HANDOUT]          = { handout_needs,          nothing,                 handout_step },
    [BUSINESS_SIGNATURE]        = { signature_keep_needs,   signature_keep_checks,   signature_keep_step },
    [BUSINESS_ANSWER]           = { forward_answer_needs,   forward_answer_checks,   forward_answer_step },
    [BUSINESS_WORD]             = { issuer_word_answer_needs, issuer_word_answer_checks, issuer_word_answer_step },
    [BUSINESS_REVERSAL_ANSWER]  = { forward_answer_needs,   forward_answer_checks,   reversal_answer_step },
    [BUSINESS_ISSUER_REQUEST]   = { network_zone_needs,     nothing,                 network_request_step },
    [BUSINESS_ISSUER_ANSWER]    = { network_zone_needs,     network_answer_checks,   network_answer_step },
    [BUSINESS_GARBLED]          = { garbled_needs,          nothing,                 garbled_step },
    [BUSINESS_LINK]             = { network_zone_needs,     nothing,                 network_link_step },
    [BUSINESS_TICK]             = { network_zone_needs,     nothing,                 network_tick_step },
    [BUSINESS_OVERDUE]          = { recover_needs,          nothing,                 recover_step },
    [BUSINESS_COMMAND]          = { operate_needs,          nothing,                 operate_step },
    [BUSINESS_PERSON]           = { persons_put_needs,      persons_put_checks,      persons_put_step },
    [BUSINESS_TESTIMONY]        = { attest_needs,           attest_checks,           attest_step },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(business_table) == BUSINESS_COUNT, "a row for each business");

static void acquirer_needs(struct node_work *work)
{
    business_table[business_of(work->event)].needs(work);
}

static void acquirer_checks(struct node_work *work)
{
    business_table[business_of(work->event)].checks(work);
}

static void acquirer_step(struct node_work *work)
{
    assert(work->what == WHAT_NONE);
    business_table[business_of(work->event)].step(work);
}

const struct node_party acquirer_party = {
    .party = PARTY_ACQUIRER,
    .needs = acquirer_needs,
    .checks = acquirer_checks,
    .step = acquirer_step,
};

#include "acquirer/respond.h"

#include "base/assert.h"
#include "books/payment_state.h"

#include <string.h>

#define LOCAL_TIME_PRESENT 1000000
#define RRN_DIGITS 11 /* of the journal sequence; the node's digit stands before them */
#define RRN_SEQUENCES 100000000000U

void respond_set_code(struct txn_message *message, enum outcome outcome)
{
    const char *code = outcome_row(outcome)->code;

    assert(code[0] != 0);
    memcpy(message->code, code, sizeof message->code);
}

void respond_put_rrn(const struct desk *desk, char out[static RRN_LEN])
{
    bytes_from_number(desk->event->node % 10, out, 1);
    bytes_from_number(desk->event->sequence % RRN_SEQUENCES, out + 1, RRN_DIGITS);
}

void respond_set_time(const struct desk *desk, struct txn_message *message)
{
    struct civil civil = instant_civil(desk->event->wall, desk->config->utc_offset_s);

    message->local_time =
        LOCAL_TIME_PRESENT + civil.hour * 10000U + civil.minute * 100U + civil.second;
    message->local_date = (uint16_t)(civil.month * 100U + civil.day);
}

static void seal(const struct desk *desk, struct node_send *send)
{
    struct zone zone;

    if (!desk_terminal_zone(desk, &zone) || !desk_has_key(zone.mac))
        return;
    send->message.has_mac = true;
    send->seal.make_mac = true;
    send->seal.mac = hsm_key_of(zone.mac, &zone.owner);
}

/* The card number that the event's message carries, else the stored one, opened as the answer
 * leaves. */
static void put_pan(const struct desk *desk, const struct payment_row *row, struct node_send *send)
{
    static const struct pan_hash none;
    struct key_owner owner = desk_owner(desk->config->id, ACQUIRER_ID_LEN);

    if (desk_pan(desk->message, &send->message.pan) == OK)
        return;
    send->message.pan = (struct pan){0};
    if (memcmp(&row->pan.hash, &none, sizeof none) == 0)
        return;
    send->seal.open_pan = true;
    send->seal.pan_store = hsm_key_of(&desk->config->pan_store, &owner);
    send->seal.pan_hash = row->pan.hash;
    send->seal.pan_sealed = row->pan.sealed;
}

static void copy_row(const struct payment_row *row, struct txn_message *out)
{
    memcpy(out->merchant, row->merchant, sizeof out->merchant);
    memcpy(out->issuer, row->issuer, sizeof out->issuer);
    memcpy(out->rrn, row->rrn, sizeof out->rrn);
    memcpy(out->auth_id, row->auth_id, sizeof out->auth_id);
    out->amount = row->amount;
    if (row->outcome == OUTCOME_APPROVED_PARTIAL)
        out->amount.minor = row->posted_minor;
    memcpy(out->qr_code, row->qr_code, sizeof out->qr_code);
    out->sequence = row->sequence;
    out->expiry = row->expiry;
    out->local_time = row->local_time;
    out->local_date = row->local_date;
    out->settlement_date = row->settlement_date;
}

/* Which payment stands in the way of an order, and how: its till may be another one. Or that our
 * books went back in time, which the code for batches does not say; or that only a tip is in the
 * way, where the code alone says that the original was voided. */
static void put_remark(const struct payment_row *row, struct txn_message *out)
{
    struct text t = text_over(out->text, sizeof out->text);

    if (row->outcome == OUTCOME_TERMINAL_AHEAD)
        text_add(&t, TXN_REMARK_BOOKS);
    if (row->outcome == OUTCOME_ORIGINAL_TIP_UNDER_WAY)
        text_add(&t, TXN_REMARK_TIP);
    if (row->outcome != OUTCOME_ORDER_TAKEN)
        return;
    text_add(&t, "order ");
    text_add(&t, row->evidence[0].text);
    text_add(&t, " ");
    text_add(&t, row->evidence[1].text);
}

static void respond_as(const struct desk *desk, const struct payment_row *row,
                       const char code[static RESPONSE_CODE_LEN])
{
    bool is_asking = desk->event->kind == EVENT_MESSAGE && !desk_is_from_issuer(desk);
    struct node_send *send = node_send_new(desk->work, is_asking ? desk->event->link : row->link);
    struct txn_message *out = &send->message;

    out->kind = (enum txn_kind)row->kind;
    out->function = FUNCTION_RESPONSE;
    out->identity = row->identity;
    copy_row(row, out);
    /* No MAC covers that mark: it is as in the message that is answered, which may not be the first
     * one about the payment, and its sender believes no other. */
    out->is_training = is_asking ? desk->message->is_training : row->is_training;
    memcpy(out->code, code, sizeof out->code);
    memcpy(out->tpdu, is_asking ? desk->message->tpdu : row->tpdu, sizeof out->tpdu);
    out->balance = row->balance;
    memcpy(out->icc, row->icc_answer, row->icc_answer_len);
    out->icc_len = row->icc_answer_len;
    put_pan(desk, row, send);
    put_remark(row, out);
    seal(desk, send);
}

void respond_payment(const struct desk *desk, const struct payment_row *row)
{
    assert(row->code[0] != 0);
    respond_as(desk, row, row->code);
}

void respond_under_way(const struct desk *desk, const struct payment_row *row)
{
    respond_as(desk, row, outcome_row(OUTCOME_ISSUER_NO_ANSWER)->code);
}

void respond_reversal(const struct desk *desk, enum outcome outcome, const struct payment_row *row,
                      enum respond_seal how)
{
    struct node_send *send = node_send_new(desk->work, desk->event->link);
    struct txn_message *out = &send->message;

    txn_message_answer(desk->message, out);
    if (row != NULL) {
        copy_row(row, out);
        put_pan(desk, row, send);
    }
    out->amount = desk->message->amount;
    if (out->local_time == 0)
        respond_set_time(desk, out);
    respond_set_code(out, outcome);
    if (how == RESPOND_SEALED)
        seal(desk, send);
}

/* "field 49: CNY, not 840" / "MAK 1A2B3C4D": nothing that the sender does not know or may not. */
static void add_remark(const struct verdict *verdict, struct txn_message *out)
{
    struct text t = text_over(out->text, sizeof out->text);
    const struct evidence *evidence = verdict->evidence;

    if (verdict->outcome == OUTCOME_MESSAGE_MALFORMED && evidence[2].name == EVIDENCE_FOUND) {
        text_add(&t, "field ");
        text_add(&t, evidence[0].text);
        text_add(&t, ": ");
        text_add(&t, evidence[1].text);
        text_add(&t, ", not ");
        text_add(&t, evidence[2].text);
    } else if (verdict->outcome == OUTCOME_MESSAGE_MAC_WRONG &&
               evidence[0].name == EVIDENCE_CHECK_VALUE) {
        text_add(&t, "MAK ");
        text_add(&t, evidence[0].text);
    } else if (verdict->outcome == OUTCOME_TERMINAL_AHEAD) {
        text_add(&t, TXN_REMARK_BOOKS);
    }
}

void respond_refusal(const struct desk *desk, const struct verdict *verdict, enum respond_seal how)
{
    if (desk->message->function != FUNCTION_REQUEST && desk->message->function != FUNCTION_REVERSAL)
        return;
    struct node_send *send = node_send_new(desk->work, desk->event->link);
    txn_message_answer(desk->message, &send->message);
    respond_set_time(desk, &send->message);
    respond_set_code(&send->message, verdict->outcome);
    add_remark(verdict, &send->message);
    if (how == RESPOND_SEALED)
        seal(desk, send);
}

static struct txn_message *answer_query(const struct desk *desk, const struct payment_row *row,
                                        const char code[static RESPONSE_CODE_LEN])
{
    struct node_send *send = node_send_new(desk->work, desk->event->link);
    struct txn_message *out = &send->message;

    txn_message_answer(desk->message, out);
    out->original = desk->message->original;
    memcpy(out->rrn, row->rrn, sizeof out->rrn);
    memcpy(out->auth_id, row->auth_id, sizeof out->auth_id);
    memcpy(out->code, code, sizeof out->code);
    out->amount = row->amount;
    if (row->outcome == OUTCOME_APPROVED_PARTIAL)
        out->amount.minor = row->posted_minor;
    respond_set_time(desk, out);
    seal(desk, send);
    return out;
}

void respond_query(const struct desk *desk, const struct payment_row *row,
                   const char code[static RESPONSE_CODE_LEN])
{
    put_remark(row, answer_query(desk, row, code));
}

void respond_lost(const struct desk *desk)
{
    static const struct payment_row none;
    struct txn_message *out = answer_query(desk, &none, outcome_row(OUTCOME_SWITCH_FAULT)->code);
    struct text t = text_over(out->text, sizeof out->text);

    text_add(&t, TXN_REMARK_BOOKS);
}

static enum payment_state state_of_none(const struct desk *desk)
{
    if (desk_original_is_archived(desk))
        return PAYMENT_ARCHIVED;
    return desk_original_is_lost(desk) ? PAYMENT_LOST : PAYMENT_NEVER_SEEN;
}

struct txn_message *respond_peek(const struct desk *desk, const struct payment_row *row,
                                 const char code[static RESPONSE_CODE_LEN])
{
    static const struct payment_row none;
    struct txn_message *out = answer_query(desk, row == NULL ? &none : row, code);

    enum payment_state state = row == NULL ? state_of_none(desk) : payment_state_of(row);

    out->network_code = (uint16_t)(NETWORK_STATE + state);
    return out;
}

void respond_signature(const struct desk *desk)
{
    struct node_send *send = node_send_new(desk->work, desk->event->link);

    assert(desk->payment != NULL);
    txn_message_answer(desk->message, &send->message);
    send->message.is_training = desk->config->is_training;
    memcpy(send->message.rrn, desk->payment->rrn, sizeof send->message.rrn);
    respond_set_time(desk, &send->message);
    respond_set_code(&send->message, OUTCOME_APPROVED);
    seal(desk, send);
}

struct txn_message *respond_network(const struct desk *desk)
{
    struct node_send *send = node_send_new(desk->work, desk->event->link);

    txn_message_answer(desk->message, &send->message);
    respond_set_time(desk, &send->message);
    respond_set_code(&send->message, OUTCOME_APPROVED);
    respond_put_rrn(desk, send->message.rrn);
    return &send->message;
}

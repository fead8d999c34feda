#include "terminal/outgoing.h"

#include "base/assert.h"

#include <string.h>

static struct original original_of(const struct payment_row *payment)
{
    struct original original = {.batch = payment->original.batch, .trace = payment->original.trace};

    if (original.trace != 0 && memcmp(payment->original.terminal, payment->identity.terminal,
                                      sizeof original.terminal) != 0)
        memcpy(original.terminal, payment->original.terminal, sizeof original.terminal);
    return original;
}

struct node_send *outgoing_new(struct node_work *work, const struct till *till,
                               const struct payment_row *payment, enum txn_function function)
{
    struct node_send *send = node_send_new(work, NODE_LINE);
    struct txn_message *message = &send->message;
    bool is_reversal = function == FUNCTION_REVERSAL;

    assert(till_is_signed_in(till));
    message->kind = (enum txn_kind)payment->kind;
    message->function = function;
    message->identity =
        identity_as(&payment->identity, is_reversal ? IDENTITY_REVERSAL : IDENTITY_PAYMENT);
    memcpy(message->merchant, payment->merchant, sizeof message->merchant);
    message->entry = (enum entry_mode)payment->entry;
    message->pin_entered = payment->pin_entered != 0;
    message->sequence = payment->sequence;
    if (kind_row(message->kind)->moves_money)
        message->amount = payment->amount;
    message->software = till->terminal.software;
    message->capability = TILL_CAPABILITY;
    message->partial_ok = payment->partial_ok != 0;
    message->is_training = payment->is_training != 0;
    message->original = original_of(payment);
    memcpy(message->auth_id, payment->auth_id, sizeof message->auth_id);
    message->auth_mode = payment->auth_mode;
    memcpy(message->auth_institution, payment->auth_institution, sizeof message->auth_institution);
    memcpy(message->qr_code, payment->qr_code, sizeof message->qr_code);
    message->has_mac = true;
    send->seal.make_mac = true;
    send->seal.mac = till_key(till, &till->keys->mac);
    return send;
}

void outgoing_open_card(const struct till *till, const struct payment_row *payment,
                        struct node_send *send)
{
    static const struct pan_sealed none;

    if (memcmp(&payment->pan.sealed, &none, sizeof none) == 0)
        return;
    send->seal.open_pan = true;
    send->seal.pan_store = till_store_key(till, &till->config->pan_store);
    send->seal.pan_hash = payment->pan.hash;
    send->seal.pan_sealed = payment->pan.sealed;
}

void outgoing_name_original(const struct followed *original, struct txn_message *message)
{
    if (!original->is_known)
        return;
    message->original.date = original->payment.local_date;
    memcpy(message->rrn, original->payment.rrn, sizeof message->rrn);
    memcpy(message->auth_id, original->payment.auth_id, sizeof message->auth_id);
}

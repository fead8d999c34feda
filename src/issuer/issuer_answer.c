#include "issuer/issuer_answer.h"

#include "base/assert.h"
#include "issuer/given_code.h"

/* EMV 4.4 (CSU, byte 2): the issuer approves the online transaction. */
#define CSU_APPROVED 0x80

struct node_send *issuer_answer(const struct issue *issue, enum outcome outcome, bool has_mac)
{
    struct node_send *send = node_send_new(issue->work, issue->event->link);

    txn_message_answer(issue->message, &send->message);
    memcpy(send->message.code, outcome_row(outcome)->code, RESPONSE_CODE_LEN);
    send->message.local_time = issue->message->local_time;
    send->message.local_date = issue->message->local_date;
    send->message.settlement_date = issue->message->settlement_date;
    send->message.sent = issue->message->sent;
    send->message.is_training = issue->message->is_training;
    if (!has_mac)
        return send;
    assert(issue->acquirer != NULL);
    send->message.has_mac = true;
    send->seal.make_mac = true;
    send->seal.mac = hsm_key_of(issue_mac_key(issue), &issue->owner);
    return send;
}

/* Field 91 for the card: it proves to the chip that its issuer said yes. The values are those of
 * the request at hand; a repeat with another cryptogram is no repeat and does not come here. */
static void add_chip_answer(const struct issue *issue, const struct payment_row *payment,
                            struct node_send *send)
{
    struct hsm_command *arpc = &send->seal.arpc;

    if (!issue_is_chip(issue) || issue->chip_fault != NULL || issue->card == NULL ||
        !issue_is_proved(issue))
        return;
    assert(memcmp(payment->arqc, issue->chip.ac, sizeof payment->arqc) == 0);
    send->seal.make_arpc = true;
    arpc->kind = HSM_ARPC_MAKE;
    arpc->of.arpc.key = hsm_key_of(&issue->config->chip, &issue->owner);
    arpc->of.arpc.pan = issue->pan;
    arpc->of.arpc.psn = issue_card_sequence(issue->card);
    arpc->of.arpc.cvn = issue->chip.cvn;
    memcpy(arpc->of.arpc.atc, issue->chip.values.atc, sizeof arpc->of.arpc.atc);
    memcpy(arpc->of.arpc.ac, issue->chip.ac, CHIP_AC_LEN);
    memcpy(arpc->of.arpc.arc, payment->code, RESPONSE_CODE_LEN);
    arpc->of.arpc.csu[1] = CSU_APPROVED;
}

void issuer_answer_recorded(const struct issue *issue, const struct payment_row *payment)
{
    enum outcome outcome =
        outcome_is_known(payment->outcome) ? (enum outcome)payment->outcome : OUTCOME_ISSUER_FAULT;
    struct node_send *send = issuer_answer(issue, outcome, true);

    memcpy(send->message.code, payment->code, RESPONSE_CODE_LEN);
    memcpy(send->message.auth_id, payment->auth_id, AUTH_ID_LEN);
    send->message.balance = payment->balance;
    if (outcome == OUTCOME_APPROVED_PARTIAL)
        send->message.amount.minor = payment->posted_minor;
    if (outcome_is_approved(outcome) && payment->entry == ENTRY_QR)
        given_code_voucher(payment, send->message.qr_code);
    if (outcome_is_approved(outcome))
        add_chip_answer(issue, payment, send);
}

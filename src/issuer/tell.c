#include "issuer/tell.h"

#include "books/payment_state.h"
#include "issuer/issuer_answer.h"
#include "node/standing.h"

bool tell_is_for(const struct txn_message *message)
{
    return message->kind == KIND_QUERY;
}

static enum payment_state state_of(const struct issue *issue)
{
    if (issue_payment_state(issue) == ISSUE_ROW_ABSENT)
        return standing_lacks_day(issue->work, 0, issue->config->utc_offset_s) ? PAYMENT_LOST
                                                                               : PAYMENT_NEVER_SEEN;
    return issue->payment != NULL ? payment_state_of(issue->payment) : PAYMENT_DAMAGED;
}

void tell_step(const struct issue *issue)
{
    enum issue_proof sender = issue_sender(issue);

    if (issue->config == NULL || sender == ISSUE_BROKEN) {
        issuer_answer(issue, OUTCOME_ISSUER_FAULT, false);
    } else if (sender != ISSUE_RIGHT) {
        issuer_answer(issue, OUTCOME_ZONE_MAC_WRONG, false);
    } else if (issue->acquirer->is_behind) {
        issuer_answer(issue, OUTCOME_ZONE_BOOKS_APART, false);
    } else {
        struct node_send *send = issuer_answer(issue, OUTCOME_APPROVED, true);
        send->message.network_code = (uint16_t)(NETWORK_STATE + state_of(issue));
    }
}

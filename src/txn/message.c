#include "txn/message.h"

#include "base/assert.h"

#include <string.h>

void txn_message_wipe(struct txn_message *message)
{
    bytes_wipe(message, sizeof *message);
}

void txn_message_answer(const struct txn_message *request, struct txn_message *out)
{
    assert(request->function == FUNCTION_REQUEST || request->function == FUNCTION_REVERSAL);
    memset(out, 0, sizeof *out);
    out->kind = request->kind;
    out->function =
        request->function == FUNCTION_REQUEST ? FUNCTION_RESPONSE : FUNCTION_REVERSAL_RESPONSE;
    out->identity = request->identity;
    memcpy(out->merchant, request->merchant, sizeof out->merchant);
    memcpy(out->issuer, request->issuer, sizeof out->issuer);
    memcpy(out->rrn, request->rrn, sizeof out->rrn);
    out->pan = request->pan;
    out->expiry = request->expiry;
    out->sequence = request->sequence;
    out->amount = request->amount;
    out->network_code = request->network_code;
    out->software = request->software;
    out->capability = request->capability;
    out->is_fallback = request->is_fallback;
    out->partial_ok = request->partial_ok;
    out->is_training = request->is_training;
    out->original = request->original;
    out->mti = request->mti;
    out->type_code = request->type_code;
    memcpy(out->processing, request->processing, sizeof out->processing);
    memcpy(out->tpdu, request->tpdu, sizeof out->tpdu);
}

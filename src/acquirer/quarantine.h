/*
 * What fits nothing, or contradicts the record: an issuer's answers, and terminals' requests and
 * reversals. They change no payment; each is kept in a row that says who sent it and in which field
 * it differs (node/aside.h), in a record with an alarm. The same again a short while later makes
 * neither: an answer, if one is due, is all that it costs.
 */
#ifndef ACQUIRER_QUARANTINE_H
#define ACQUIRER_QUARANTINE_H

#include "acquirer/admit.h"

/* The payment that an issuer's authenticated answer is about and fits: identity, amount and card,
 * reference number and issuer. NULL when it fits none, after setting it aside. An answer whose MAC
 * is wrong is set aside too, and the zone's keys are made anew. */
const struct payment_row *quarantine_fitting(const struct desk *desk);

/* Asks for the row that quarantine_fitting or quarantine_answer may write. */
void quarantine_need_answered(const struct desk *desk);

/* Sets an issuer's message aside for another reason. */
void quarantine_answer(const struct desk *desk, enum aside_difference difference);

/* As quarantine_answer, beside a record of the caller's own. */
void quarantine_note(const struct desk *desk, enum aside_difference difference);

/* The same for what an authenticated terminal sent; outcome is what it is answered. */
void quarantine_need_request(const struct desk *desk);
void quarantine_request(const struct desk *desk, unsigned differs, enum outcome outcome);

/* Asks for the row of an issuer's message that could not be read. */
void quarantine_need_garbled(const struct desk *desk);

#endif

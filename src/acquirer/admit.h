/*
 * Who is calling, and may they: the rules by which the switch refuses a payment before it goes to
 * anybody, in the order of the outcome table, so that of several causes the first is given. Each
 * refusal carries the values that were compared.
 *
 * A caller is authentic when the MAC of its message verifies under its own terminal's key. Only an
 * authentic caller's refusal becomes a payment row and an answer with a MAC: an answer with a MAC
 * ends the terminal's doubt about a payment, so it is given only for a message that is beyond doubt
 * the terminal's. A wrong MAC (A0), an unknown terminal (97) and a message that could not be read
 * (30) are answered without one: another copy of the same request may have arrived unharmed.
 */
#ifndef ACQUIRER_ADMIT_H
#define ACQUIRER_ADMIT_H

#include "acquirer/desk.h"
#include "node/aside.h"

struct verdict {
    enum outcome outcome; /* OUTCOME_NONE: nothing against it */
    struct evidence evidence[EVIDENCE_MAX];
};

/* What fields 11 and 60.2 hold (n6). */
#define ADMIT_TRACE_MAX 999999
#define ADMIT_BATCH_MAX 999999

/* A cause, and the rule that says whether it is one here, and why. */
struct admit_row {
    enum outcome outcome;
    bool (*refuses)(const struct desk *desk, struct verdict *verdict);
};

/* The first of the rules, which stand in the order of the outcome table, that refuses. */
struct verdict admit_judge(const struct desk *desk, const struct admit_row *rules, size_t count);

/* The caller's message itself: well formed, from a terminal that we know, with its MAC. For
 * payments, and for reversals, which are taken from any terminal that has a row: its state, its
 * merchant and its permissions must not keep money from going back. */
struct verdict admit_caller(const struct desk *desk);

/* What the recorded payment of the same identity has against this request: other content (94), or
 * that it was taken back (22). OUTCOME_NONE also when there is no such payment. */
struct verdict admit_identity(const struct desk *desk);

/* A new payment: terminal, merchant, batch, kind, PIN, card range, amount, issuer, and what it
 * follows. */
struct verdict admit_payment(const struct desk *desk);

/* A sign-in, sign-off or echo of a terminal, on which there is no MAC, and what is of no kind that
 * we know. */
struct verdict admit_network(const struct desk *desk);

/* The close of a batch, on which there is no MAC: whose, and of a batch that is or was its own. */
struct verdict admit_closing(const struct desk *desk);

/* Whether the message is beyond doubt the terminal's: what may be recorded and answered by MAC. */
bool admit_is_authentic(const struct desk *desk);

/* Whether the trace and batch numbers are such as a terminal can have: only then there may be a row
 * under the identity. */
bool admit_identity_is_sound(const struct desk *desk);

/* Whether amount, card and kind of the message are those of the recorded payment. What a message
 * does not carry is not compared; the amount of a payment always is, but that an answer of "10"
 * carries the part that is approved. */
bool admit_content_fits(const struct desk *desk);

/* In which of them it differs: bits of enum aside_difference; 0: it fits. */
unsigned admit_misfit(const struct desk *desk);

#endif

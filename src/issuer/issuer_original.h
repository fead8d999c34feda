/*
 * The rules about a follow-up's original: there, standing, of this card, for this amount, with
 * enough left. The switch has judged the same before; the issuer trusts its own rows alone.
 */
#ifndef ISSUER_ISSUER_ORIGINAL_H
#define ISSUER_ISSUER_ORIGINAL_H

#include "issuer/verdict.h"

#define HOLD_DAYS 30 /* config_row.hold_days and so on, when they say nothing */
#define COMPLETION_PERCENT 115
#define TIP_PERCENT 10

/* original.archived: its number is of days that were archived. */
enum verdict issuer_original_judge_kept(const struct issue *issue, struct evidence *out,
                                        int argument);
/* original.books-lost: it is not there, and may have come in a time that our books lack since they
 * were restored. */
enum verdict issuer_original_judge_lost(const struct issue *issue, struct evidence *out,
                                        int argument);
/* original.not-found: none is named or known, or it was not approved, or nothing of this kind may
 * follow it. Every rule below may take the original for granted. */
enum verdict issuer_original_judge_found(const struct issue *issue, struct evidence *out,
                                         int argument);
/* original.already-voided: by what, and when. */
enum verdict issuer_original_judge_standing(const struct issue *issue, struct evidence *out,
                                            int argument);
/* original.amount-mismatch: another card, currency, or for what must be whole another amount. */
enum verdict issuer_original_judge_same(const struct issue *issue, struct evidence *out,
                                        int argument);
enum verdict issuer_original_judge_refund(const struct issue *issue, struct evidence *out,
                                          int argument);
enum verdict issuer_original_judge_completion(const struct issue *issue, struct evidence *out,
                                              int argument);
enum verdict issuer_original_judge_tip(const struct issue *issue, struct evidence *out,
                                       int argument);
/* hold.lapsed: its date has passed, whether the timer has come or not. */
enum verdict issuer_original_judge_hold(const struct issue *issue, struct evidence *out,
                                        int argument);

/* Whether later payments have built on this one, so that it cannot be taken back any more. A hold
 * that has lapsed is not built upon: it has only ended. */
bool issuer_original_is_built_upon(const struct payment_row *row);

#endif

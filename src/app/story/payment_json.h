/* Payments as JSON, for people and scripts: nothing sensitive, names that are stable. */
#ifndef APP_PAYMENT_JSON_H
#define APP_PAYMENT_JSON_H

#include "app/world/config.h"
#include "books/journal.h"
#include "node/node.h"
#include "view/payment_status.h"

#include <jansson.h>

/* A fixed field without its padding. */
json_t *json_fixed(const char *at, size_t len);

/* "128.50" */
json_t *json_money(struct money money);

/* "2026-11-22 09:32:28" where the parties are. */
json_t *json_instant(struct instant instant, int32_t utc_offset_s);

/* A party's payment row. */
json_t *payment_row_json(const struct payment_row *payment, int32_t utc_offset_s);

/* The answer of a till's verb: outcome, payment, its status, receipt; "repeated" when it is an
 * earlier payment's, of the same order; "paper" instead of the receipt when the
 * printer could not. original: of a follow-up, for its receipt; NULL when it is not known. */
json_t *payment_json(const struct config *config, const struct node_display *display,
                     const struct payment_row *original, int64_t took_us);

/* An identity, and back from a request. ERR_BAD_FORMAT when it is not one. */
json_t *identity_json(const struct identity *identity);
MUST_USE enum err identity_from_json(const json_t *json, struct identity *out);

/* "T1/000001/000042" of an acquirer, as identity_add_text writes it. ERR_BAD_FORMAT when it is not
 * one. */
MUST_USE enum err identity_from_text(const char *text, const char *acquirer, struct identity *out);

/* What became of a payment at a party: the answer to every query. */
json_t *payment_status_json(const struct payment_status *status, int32_t utc_offset_s);

/* One line of a payment's story. */
json_t *journal_record_json(const struct journal_record *record, int32_t utc_offset_s);

#endif

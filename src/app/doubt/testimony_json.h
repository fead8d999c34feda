/* What persons said of a payment in doubt, as JSON and in words, zh and en. */
#ifndef APP_TESTIMONY_JSON_H
#define APP_TESTIMONY_JSON_H

#include "base/text.h"
#include "books/store.h"
#include "books/testimony.h"

#include <jansson.h>

/* Inside a lane's job. False when there is none, or none that can be read. */
bool testimony_load(struct store *store, const struct identity *identity,
                    struct testimony_row *out);

/* {"stage", "as", "settled", "contradicted", "agreed", "proposer", "confirmer", "evidence",
 * "proposed_at", "settled_at", "late_at", "late_code", "tries", "text": {"zh", "en"}} */
json_t *testimony_json(const struct testimony_row *row, int32_t utc_offset_s);

/* Adds it to a party's JSON as "testimony", if anything was said. NULL: nothing was. */
void testimony_set(json_t *json, const struct testimony_row *row, int32_t utc_offset_s);

#endif

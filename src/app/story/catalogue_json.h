/*
 * The catalogue of causes as JSON, made of the tables that explanations are made of: causes.json
 * and pieces of it.
 */
#ifndef APP_CATALOGUE_JSON_H
#define APP_CATALOGUE_JSON_H

#include "explain/codes.h"

#include <jansson.h>

/* {"zh", "en"} */
json_t *catalogue_texts_json(const struct catalogue_text *texts);
/* A row of the codes of others, with its source and date. */
json_t *catalogue_code_json(const struct codes_row *row);

/* Everything as one object on standard output: causes with texts for four readers in two languages,
 * the codes of others, what tells the causes of a code apart, values and who may see them, sources.
 * Returns an exit code. */
int catalogue_json_print(void);

#endif

/* What acquit doctor says: a line for each thing looked at, then each finding with what to do. */
#ifndef APP_DOCTOR_PRINT_H
#define APP_DOCTOR_PRINT_H

#include "explain/catalogue.h"
#include "office/diagnosis.h"

#include <jansson.h>

struct doctor_reader {
    enum explain_reader reader;
    enum explain_lang lang;
    bool as_json;
};

/* On standard output. ways: of each process what it says of its links (way_json.h). As JSON: {"ok",
 * "looked": [{"look", "looked", "wrong"}], "findings": [{"look", "cause", "number", "subject",
 * "acts", "what", "steps", "evidence"}], "ways": [{"ways", "ways_since"}]}. */
void doctor_print(const struct diagnosis *diagnosis, const json_t *ways,
                  const struct doctor_reader *reader);

#endif

/* What acquit doctor says: a line for each thing looked at, then each finding with what to do. */
#ifndef APP_DOCTOR_PRINT_H
#define APP_DOCTOR_PRINT_H

#include "explain/catalogue.h"
#include "office/diagnosis.h"

struct doctor_reader {
    enum explain_reader reader;
    enum explain_lang lang;
    bool as_json;
};

/* On standard output. As JSON: {"ok", "looked": [{"look", "looked", "wrong"}], "findings":
 * [{"look", "cause", "number", "subject", "acts", "what", "steps", "evidence"}]}. */
void doctor_print(const struct diagnosis *diagnosis, const struct doctor_reader *reader);

#endif

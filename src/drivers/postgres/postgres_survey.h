/*
 * All that the nodes of a party wrote, as it is at one moment: one transaction on a connection of
 * its own, read page by page, so that nothing else of the store is disturbed by how long it takes
 * or how it ends.
 */
#ifndef DRIVERS_POSTGRES_SURVEY_H
#define DRIVERS_POSTGRES_SURVEY_H

#include "drivers/postgres/postgres_session.h"

/* Calls stay_alive between pages, so that whoever looks for long is not taken for dead meanwhile;
 * what it returns but STORE_OK ends the survey with that. STORE_RETRY: the connection failed. */
MUST_USE enum store_result postgres_survey(const struct postgres_session *session,
                                           const struct store_survey *survey,
                                           enum store_result (*stay_alive)(void *context),
                                           void *context);

#endif

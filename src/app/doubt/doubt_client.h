/* What is in doubt or owed, put together from all processes of a data folder (verb doubt). */
#ifndef APP_DOUBT_CLIENT_H
#define APP_DOUBT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doubt_total {
    int64_t count;
    int64_t with_person;
    int64_t oldest_age_s;
    int64_t contradicted; /* settled by persons, and the other party says otherwise */
};

/* The parties of one process; complains when it does not answer. Released by the caller. */
json_t *doubt_client_ask(const char *path, const char *lang);

/* The parties that answer, as verb doubt tells them; released by the caller. */
json_t *doubt_client_gather(const char *data, const char *lang);

struct doubt_total doubt_client_total(const json_t *parties);

/* Whether a person must look into something. */
bool doubt_client_needs_person(const json_t *parties);

/* A line for each lane that holds something. */
void doubt_client_print_lanes(const json_t *parties);

/* "3 d 4 h", "4 h 12 min", "2 min", "9 s". */
void doubt_client_age(int64_t seconds, char *out, size_t out_len);

#endif

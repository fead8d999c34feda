#include "drivers/store_audit.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_MIN 4096 /* a power of two, as every number of places */

struct reading {
    struct audit audit;
    const struct hsm *hsm;
    struct store_head heads[STORE_NODES_MAX];
    size_t head_count;
    size_t heads_compared;
    enum err err;
};

static void read_head(void *context, const struct store_head *head)
{
    struct reading *reading = context;

    audit_begin(&reading->audit, head);
    if (reading->head_count < STORE_NODES_MAX)
        reading->heads[reading->head_count++] = *head;
    else
        reading->err = ERR_FULL;
}

/* After the last record. */
static void compare_heads(struct reading *reading)
{
    while (reading->heads_compared < reading->head_count)
        (void)audit_head(&reading->audit, &reading->heads[reading->heads_compared++]);
}

static bool read_record(void *context, uint64_t sequence, struct bytes record)
{
    struct reading *reading = context;
    struct hsm_command command = {.kind = HSM_DIGEST, .of.digest.parts = {record}};
    struct hsm_answer answer = hsm_ask(reading->hsm, &command);

    if (answer.result != HSM_OK) {
        reading->err = ERR_CRYPTO;
        return false;
    }
    return audit_record(&reading->audit, sequence, record, answer.of.digest);
}

static bool read_row(void *context, const struct row_key *key, struct bytes value)
{
    struct reading *reading = context;

    compare_heads(reading);
    return audit_row(&reading->audit, key, value);
}

static enum err read_all(const struct store *store, struct reading *reading)
{
    struct store_survey survey = {
        .context = reading, .head = read_head, .record = read_record, .row = read_row};

    reading->head_count = reading->heads_compared = 0;
    enum store_result result = store_survey(store, &survey);
    if (reading->err != OK || result != STORE_OK)
        return reading->err != OK ? reading->err : ERR_IO;
    compare_heads(reading);
    audit_end(&reading->audit);
    return OK;
}

/* Audits with so many places for rows, and half as many for accounts. */
static enum err audit_within(const struct store *store, struct reading *reading, size_t places,
                             const uint8_t key[static AUDIT_KEY_LEN])
{
    struct audit_room room = {.row_places = places, .account_places = places / 2};
    enum err err = ERR_FULL;

    room.rows = calloc(room.row_places, sizeof *room.rows);
    room.accounts = calloc(room.account_places, sizeof *room.accounts);
    if (room.rows != NULL && room.accounts != NULL) {
        audit_init(&reading->audit, &room, key);
        err = read_all(store, reading);
    }
    free(room.rows);
    free(room.accounts);
    return err;
}

enum err store_audit(const struct store *store, const struct hsm *hsm,
                     const uint8_t key[static AUDIT_KEY_LEN], struct audit_result *out)
{
    struct reading *reading = calloc(1, sizeof *reading);
    size_t places = PLACES_MIN;
    enum err err = ERR_FULL;

    if (reading == NULL)
        return ERR_FULL;
    reading->hsm = hsm;
    do {
        err = audit_within(store, reading, places, key);
        places *= 4;
    } while (err == OK && reading->audit.is_short);
    if (err == OK)
        *out = reading->audit.result;
    free(reading);
    return err;
}

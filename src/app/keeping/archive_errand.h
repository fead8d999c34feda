/*
 * One piece of work for an archive at one host, as its lane does it: see archive_verb.h. A run
 * fills the errand's answer; commands that it submits are shown later.
 */
#ifndef APP_ARCHIVE_ERRAND_H
#define APP_ARCHIVE_ERRAND_H

#include "books/archive_rows.h"
#include "host/lane.h"

#include <jansson.h>

#define ARCHIVE_DATES_MAX 16    /* days that are written at the same time */
#define ARCHIVE_COMMANDS_MAX 16 /* removals in one commit: some hundred payments */
#define ARCHIVE_PAYMENTS_MAX 112

struct archive_payment {
    struct identity identity;
    uint8_t digest[ARCHIVE_DIGEST_LEN]; /* of its row, as the file has it */
};

struct archive_errand {
    const char *host; /* its name */
    bool is_acquirer;
    struct row_key from; /* where to go on; len 0: from the beginning */
    uint32_t dates[ARCHIVE_DATES_MAX];
    size_t date_count;
    struct archive_day_row day; /* proof, purge, part */
    struct archive_payment payments[ARCHIVE_PAYMENTS_MAX];
    size_t payment_count;
    uint16_t keep_days;
    json_t *request; /* what was asked for, for the pieces of archive_journal.c */
    /* One for each command that may be submitted; those of the first so many were. */
    uint64_t tickets[ARCHIVE_COMMANDS_MAX];
    size_t submitted;
    json_t *answer;    /* to be filled */
    const char *fault; /* NULL: none */
};

/* Inside a job of the host's lane. */
typedef void archive_run(struct lane *lane, struct archive_errand *errand);

archive_run archive_run_look;
archive_run archive_run_survey;
archive_run archive_run_rows;
archive_run archive_run_part;
archive_run archive_run_proof;
archive_run archive_run_proofs;
archive_run archive_run_purge;
archive_run archive_run_keep;

/* Of archive_journal.c. */
archive_run archive_run_journals;
archive_run archive_run_records;
archive_run archive_run_carry;
archive_run archive_run_forward;
archive_run archive_run_journal_part;
archive_run archive_run_cut;

/* Submits a command for which there is a ticket; false: there is none, or no room. */
bool archive_submit(struct lane *lane, struct archive_errand *errand,
                    const struct node_command *command);

/* Loads a row of a fixed size; false when it is not there, or not so. */
bool archive_load(struct archive_errand *errand, struct store *store, const struct row_key *key,
                  void *out, size_t len);
bool archive_load_config(struct archive_errand *errand, struct store *store,
                         struct config_row *out);

/* {"date", "part", "count", "purged", "bytes", "digest", "done"} */
json_t *archive_day_json(const struct archive_day_row *day);

/* Hex of some bytes, and back: false when it is not so much of it. */
json_t *archive_hex(const void *at, size_t len);
bool archive_from_hex(const json_t *json, void *out, size_t len);

#endif

#include "app/keeping/archive_verb.h"

#include "app/keeping/archive_errand.h"
#include "app/world/server.h"
#include "txn/outcome.h"

#include <stdlib.h>
#include <string.h>

struct asked {
    struct server *server;
    struct control_call *call;
    struct archive_errand errand;
    archive_run *run;
    size_t waiting; /* commands that were not shown yet */
};

/* ---- ending, on the link thread ---- */

static void answer(struct asked *asked)
{
    json_t *json = asked->errand.answer;

    if (asked->errand.fault != NULL) {
        control_refuse(asked->call, asked->errand.fault);
        json_decref(json);
    } else {
        json_object_set_new(json, "ok", json_true());
        control_answer(asked->call, json);
    }
    json_decref(asked->errand.request);
    free(asked);
}

static void show(void *context, const struct node_display *display)
{
    struct asked *asked = context;

    if (!outcome_is_approved(display->outcome))
        asked->errand.fault = "the host does not allow it: see its policy, and what is archived";
    if (--asked->waiting == 0)
        answer(asked);
}

/* What was queued is shown after this. */
static void done(void *context)
{
    struct asked *asked = context;

    for (size_t i = asked->errand.submitted; i < ARCHIVE_COMMANDS_MAX; i++) {
        if (asked->errand.tickets[i] != 0)
            tickets_drop(&asked->server->tickets, asked->errand.tickets[i]);
    }
    asked->waiting = asked->errand.submitted;
    if (asked->waiting == 0)
        answer(asked);
}

static void run(struct lane *lane, void *context)
{
    struct asked *asked = context;

    asked->run(lane, &asked->errand);
}

/* ---- reading requests ---- */

static bool read_from(struct archive_errand *errand, const json_t *request)
{
    const json_t *from = json_object_get(request, "from");
    const char *hex = json_string_value(from);
    size_t len = 0;

    if (hex == NULL)
        return from == NULL || json_is_null(from);
    if (bytes_from_hex(hex, strlen(hex), errand->from.at, sizeof errand->from.at, &len) != OK)
        return false;
    errand->from.len = (uint8_t)len;
    return true;
}

static bool read_dates(struct archive_errand *errand, const json_t *request)
{
    const json_t *dates = json_object_get(request, "dates");
    const json_t *date;
    size_t i;

    if (json_array_size(dates) > ARCHIVE_DATES_MAX)
        return false;
    json_array_foreach(dates, i, date) errand->dates[errand->date_count++] =
        (uint32_t)json_integer_value(date);
    return true;
}

static bool read_day(struct archive_errand *errand, const json_t *request)
{
    const json_t *digest = json_object_get(request, "digest");
    struct archive_day_row *day = &errand->day;

    day->date = (uint32_t)json_integer_value(json_object_get(request, "date"));
    day->part = (uint16_t)json_integer_value(json_object_get(request, "part"));
    day->count = (uint32_t)json_integer_value(json_object_get(request, "count"));
    day->bytes = (uint64_t)json_integer_value(json_object_get(request, "bytes"));
    day->state = json_is_true(json_object_get(request, "done")) ? ARCHIVE_DONE : ARCHIVE_LEAVING;
    return digest == NULL || archive_from_hex(digest, day->digest, sizeof day->digest);
}

static bool read_payments(struct archive_errand *errand, const json_t *request)
{
    const json_t *payments = json_object_get(request, "payments");
    const json_t *payment;
    size_t i;

    if (json_array_size(payments) > ARCHIVE_PAYMENTS_MAX)
        return false;
    json_array_foreach(payments, i, payment)
    {
        struct archive_payment *out = &errand->payments[errand->payment_count++];
        uint8_t key[IDENTITY_KEY_LEN];

        if (!archive_from_hex(json_object_get(payment, "key"), key, sizeof key) ||
            !archive_from_hex(json_object_get(payment, "digest"), out->digest, sizeof out->digest))
            return false;
        identity_from_key(key, &out->identity);
    }
    return true;
}

static bool read_keep(struct archive_errand *errand, const json_t *request)
{
    json_int_t days = json_integer_value(json_object_get(request, "days"));

    errand->keep_days = (uint16_t)days;
    return days >= 1 && days <= UINT16_MAX;
}

static const struct {
    const char *name;
    archive_run *run;
    size_t commands; /* it may submit */
} pieces[] = {
    {"look", archive_run_look, 0},
    {"survey", archive_run_survey, 0},
    {"rows", archive_run_rows, 0},
    {"part", archive_run_part, 0},
    {"proofs", archive_run_proofs, 0},
    {"proof", archive_run_proof, 1},
    {"purge", archive_run_purge, ARCHIVE_COMMANDS_MAX},
    {"keep", archive_run_keep, 1},
    {"journals", archive_run_journals, 0},
    {"records", archive_run_records, 0},
    {"carry", archive_run_carry, ARCHIVE_COMMANDS_MAX},
    {"forward", archive_run_forward, ARCHIVE_COMMANDS_MAX},
    {"journal_part", archive_run_journal_part, 1},
    {"cut", archive_run_cut, 0},
};

/* ---- starting ---- */

static bool is_host(const struct party_server *party)
{
    return party->target.party == PARTY_ACQUIRER || party->target.party == PARTY_ISSUER;
}

static bool take_tickets(struct asked *asked, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        asked->errand.tickets[i] = tickets_new(&asked->server->tickets, show, asked);
        if (asked->errand.tickets[i] == 0)
            return false;
    }
    return true;
}

static void refuse(struct asked *asked, const char *fault)
{
    asked->errand.fault = fault;
    asked->errand.submitted = 0;
    done(asked);
}

static void start(struct asked *asked, const struct party_server *party, size_t commands)
{
    struct lane_job job = {.run = run, .done = done, .context = asked};

    asked->errand.host = party->name;
    asked->errand.is_acquirer = party->target.party == PARTY_ACQUIRER;
    if (!take_tickets(asked, commands) || !lane_run(party->lane, &job))
        refuse(asked, "too busy; try again");
}

/* Which hosts there are: a list, which no lane is asked for. */
static void list_hosts(struct server *server, struct control_call *call)
{
    json_t *hosts = json_array();

    for (size_t i = 0; i < server->party_count; i++) {
        const struct party_server *party = &server->parties[i];
        if (is_host(party))
            json_array_append_new(
                hosts, json_pack("{s:s, s:s}", "name", party->name, "store", party->store_name));
    }
    control_answer(call, json_pack("{s:b, s:o}", "ok", 1, "hosts", hosts));
}

static const struct party_server *find_host(const struct server *server, const char *name)
{
    for (size_t i = 0; name != NULL && i < server->party_count; i++) {
        if (is_host(&server->parties[i]) && strcmp(server->parties[i].name, name) == 0)
            return &server->parties[i];
    }
    return NULL;
}

static bool read_request(struct archive_errand *errand, const json_t *request)
{
    bool is_keep = json_object_get(request, "days") != NULL;

    return read_from(errand, request) && read_dates(errand, request) && read_day(errand, request) &&
           read_payments(errand, request) && (!is_keep || read_keep(errand, request));
}

void archive_verb(struct server *server, struct control_call *call, const json_t *request)
{
    const char *what = json_string_value(json_object_get(request, "do"));
    const char *name = json_string_value(json_object_get(request, "party"));
    const struct party_server *party = find_host(server, name);
    size_t at = 0;

    if (what != NULL && strcmp(what, "hosts") == 0) {
        list_hosts(server, call);
        return;
    }
    while (at < ARRAY_COUNT(pieces) && (what == NULL || strcmp(what, pieces[at].name) != 0))
        at++;
    if (at == ARRAY_COUNT(pieces) || party == NULL) {
        control_refuse(call, at == ARRAY_COUNT(pieces) ? "do: there is no such piece of work"
                                                       : "party: there is no such host here");
        return;
    }
    struct asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL || !read_request(&asked->errand, request)) {
        control_refuse(call, asked == NULL ? "no memory" : "the request cannot be read");
        free(asked);
        return;
    }
    asked->server = server;
    asked->call = call;
    asked->run = pieces[at].run;
    asked->errand.answer = json_object();
    asked->errand.request = json_deep_copy(request);
    start(asked, party, pieces[at].commands);
}

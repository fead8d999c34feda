#include "app/story/story.h"

#include "app/doubt/testimony_json.h"
#include "app/story/journals.h"
#include "app/story/overlay_file.h"
#include "app/story/payment_json.h"
#include "app/till/till_request.h"
#include "app/world/server.h"
#include "base/assert.h"
#include "books/archive_rows.h"
#include "host/clock.h"
#include "node/standing.h"
#include "terminal/order.h"
#include "view/reason.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading a lane's store, inside jobs ---- */

enum loaded {
    LOADED_NONE,
    LOADED_ROW,
    LOADED_NOTHING_SURE, /* the store did not answer, or has what is no payment */
};

static enum loaded load_row(struct store *store, const struct identity *identity,
                            struct payment_row *out)
{
    struct store_row *row = calloc(1, sizeof *row);
    enum loaded loaded = LOADED_NOTHING_SURE;

    if (row == NULL)
        return loaded;
    row->key = payment_row_key(identity);
    if (store->load(store->self, &row, 1) == STORE_OK) {
        if (!row->found)
            loaded = LOADED_NONE;
        else if (row->len == sizeof *out)
            loaded = LOADED_ROW;
    }
    if (loaded == LOADED_ROW)
        memcpy(out, row->value, sizeof *out);
    free(row);
    return loaded;
}

bool story_load_payment(struct store *store, const struct identity *identity,
                        struct payment_row *out)
{
    return load_row(store, identity, out) == LOADED_ROW && payment_row_is_readable(out);
}

static bool load_pending(struct store *store, const struct identity *identity,
                         struct pending_row *out)
{
    struct store_row *row = calloc(1, sizeof *row);
    bool is_there = false;

    if (row == NULL)
        return false;
    row->key = payment_row_key(identity);
    row->key.table = TABLE_PENDING;
    is_there =
        store->load(store->self, &row, 1) == STORE_OK && row->found && row->len == sizeof *out;
    if (is_there)
        memcpy(out, row->value, sizeof *out);
    free(row);
    return is_there;
}

/* Without an answer from the store it may be. */
static bool is_archived(struct store *store, const struct identity *identity)
{
    struct store_row *row = calloc(1, sizeof *row);
    struct archive_mark_row mark;
    bool is_archived = true;

    if (row == NULL)
        return true;
    row->key = archive_mark_key(identity);
    if (store->load(store->self, &row, 1) == STORE_OK) {
        memcpy(&mark, row->value, sizeof mark);
        is_archived = row->found && row->len == sizeof mark && archive_mark_covers(&mark, identity);
    }
    free(row);
    return is_archived;
}

/* Whether the books went back in time so lately that what they lack may be it. */
static bool may_be_lost(struct store *store)
{
    struct store_row *row = calloc(1, sizeof *row);
    struct peer_row own;
    bool may_be = true;

    if (row == NULL)
        return true;
    row->key = row_key_of(TABLE_PEER, NULL, 0);
    if (store->load(store->self, &row, 1) == STORE_OK) {
        memcpy(&own, row->value, sizeof own);
        may_be = row->found && row->len == sizeof own && standing_row_lacks(&own, clock_wall());
    }
    free(row);
    return may_be;
}

void story_load_status(struct store *store, const struct identity *identity,
                       struct payment_status *out)
{
    struct payment_row row = {.layout = 0}; /* no payment's: told as one that cannot be read */
    struct pending_row pending;
    bool is_absent = load_row(store, identity, &row) == LOADED_NONE;
    bool is_waited = load_pending(store, identity, &pending);

    payment_status_of(identity, is_absent ? NULL : &row, is_waited ? &pending : NULL, out);
    if (is_absent && is_archived(store, identity))
        payment_status_archived(out);
    if (is_absent && may_be_lost(store))
        payment_status_lost(out);
}

/* ---- finding ---- */

enum find_by { FIND_LAST, FIND_RRN, FIND_TRACE, FIND_ORDER };

struct finding {
    struct control_call *call;
    enum find_by by;
    uint64_t sequence; /* FIND_RRN: of the record that gave it */
    char rrn[RRN_LEN];
    char terminal[TERMINAL_ID_LEN]; /* FIND_TRACE; FIND_LAST: zeros for any */
    uint32_t trace;
    uint32_t date;         /* 0: any */
    char order[ORDER_LEN]; /* FIND_ORDER */
    bool is_new;           /* FIND_ORDER: the terminal has never had it */
    bool is_found;
    struct instant newest;
    struct identity identity;
};

static void consider(struct finding *finding, const struct payment_row *payment)
{
    if (finding->is_found && payment->created.us <= finding->newest.us)
        return;
    finding->is_found = true;
    finding->newest = payment->created;
    finding->identity = payment->identity;
}

static bool visit_payment(void *context, const struct row_key *key, struct bytes value)
{
    struct finding *finding = context;
    struct payment_row payment;

    (void)key;
    if (value.len != sizeof payment)
        return true;
    memcpy(&payment, value.at, sizeof payment);
    if (finding->by == FIND_TRACE &&
        (payment.identity.trace != finding->trace ||
         memcmp(payment.identity.terminal, finding->terminal, TERMINAL_ID_LEN) != 0 ||
         (finding->date != 0 && payment.business_date != finding->date)))
        return true;
    if (finding->by == FIND_RRN && memcmp(payment.rrn, finding->rrn, RRN_LEN) != 0)
        return true;
    consider(finding, &payment);
    return true;
}

struct last_search {
    struct finding *finding;
    struct store *store;
};

static bool visit_terminal(void *context, const struct row_key *key, struct bytes value)
{
    struct last_search *search = context;
    struct terminal_row terminal;
    struct payment_row payment;

    (void)key;
    if (value.len != sizeof terminal)
        return true;
    memcpy(&terminal, value.at, sizeof terminal);
    if (search->finding->terminal[0] != 0 &&
        memcmp(terminal.terminal, search->finding->terminal, TERMINAL_ID_LEN) != 0)
        return true;
    if (story_load_payment(search->store, &terminal.last, &payment))
        consider(search->finding, &payment);
    return true;
}

/* An order is a terminal's own: which payment it led to last. */
static void find_order(struct store *store, struct finding *finding)
{
    struct store_row *row = calloc(1, sizeof *row);
    struct order_row order;

    if (row == NULL)
        return;
    row->key = order_key(finding->terminal, finding->order);
    bool is_read = store->load(store->self, &row, 1) == STORE_OK;
    finding->is_new = is_read && !row->found;
    finding->is_found = is_read && row->found && row->len == sizeof order;
    if (finding->is_found) {
        memcpy(&order, row->value, sizeof order);
        finding->identity = order.payment;
    }
    free(row);
}

/* A reference holds the number of the record that gave it, in the journal of the node that is its
 * first digit. Another system's reference may mean anything. */
static bool find_by_record(struct lane *lane, struct finding *finding)
{
    struct journals journals;
    struct journal_record record;
    struct payment_row payment;
    uint16_t node = (uint16_t)(finding->rrn[0] - '0');

    journals_open(lane, &journals);
    if (!journals_record(&journals, node, finding->sequence, &record) ||
        !story_load_payment(lane_store(lane), &record.identity, &payment) ||
        memcmp(payment.rrn, finding->rrn, RRN_LEN) != 0)
        return false;
    consider(finding, &payment);
    return true;
}

static void find_run(struct lane *lane, void *context)
{
    struct finding *finding = context;
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(TABLE_PAYMENT, NULL, 0);
    struct row_key terminals = row_key_of(TABLE_TERMINAL, NULL, 0);
    struct last_search search = {.finding = finding, .store = store};

    if (finding->by == FIND_ORDER) {
        find_order(store, finding);
    } else if (finding->by == FIND_LAST) {
        (void)store->scan(store->self, &terminals, visit_terminal, &search);
    } else if (finding->by != FIND_RRN || !find_by_record(lane, finding)) {
        (void)store->scan(store->self, &from, visit_payment, finding);
    }
}

static void find_done(void *context)
{
    struct finding *finding = context;

    if (finding->is_found && finding->identity.trace != 0)
        control_answer(finding->call, json_pack("{s:b, s:o}", "ok", 1, "identity",
                                                identity_json(&finding->identity)));
    else if (finding->is_new)
        control_answer(finding->call, json_pack("{s:b, s:b}", "ok", 1, "never_seen", 1));
    else
        control_refuse(finding->call, "no payment fits that");
    free(finding);
}

static const char *read_finding(struct finding *finding, const json_t *request)
{
    const char *which = json_string_value(json_object_get(request, "which"));
    const char *rrn = json_string_value(json_object_get(request, "rrn"));
    const char *terminal = json_string_value(json_object_get(request, "terminal"));
    const char *order = json_string_value(json_object_get(request, "order"));

    if (which == NULL)
        return "which: expected last, rrn, order or payment";
    if (terminal != NULL &&
        identity_id_from_text(terminal, ' ', finding->terminal, TERMINAL_ID_LEN) != OK)
        return "terminal: expected up to 8 characters";
    finding->trace = (uint32_t)json_integer_value(json_object_get(request, "trace"));
    finding->date = (uint32_t)json_integer_value(json_object_get(request, "date"));
    if (strcmp(which, "last") == 0) {
        finding->by = FIND_LAST;
        return NULL;
    }
    if (strcmp(which, "rrn") == 0) {
        finding->by = FIND_RRN;
        if (rrn == NULL || strlen(rrn) != RRN_LEN ||
            bytes_to_number(rrn + 1, RRN_LEN - 1, &finding->sequence) != OK)
            return "rrn: expected twelve digits";
        memcpy(finding->rrn, rrn, RRN_LEN);
        return NULL;
    }
    if (strcmp(which, "order") == 0) {
        finding->by = FIND_ORDER;
        return terminal != NULL && order != NULL && order_from_text(order, finding->order)
                   ? NULL
                   : "expected a terminal and an order";
    }
    finding->by = FIND_TRACE;
    return terminal != NULL && finding->trace > 0 ? NULL : "expected a terminal and a trace";
}

/* A terminal's own store knows its last payment; the switch knows all terminals'. */
static struct party_server *who_knows(struct server *server, enum find_by by)
{
    struct party_server *acquirer = server_party(server, PARTY_ACQUIRER);
    struct party_server *terminal = server_party(server, PARTY_TERMINAL);

    if (by == FIND_RRN)
        return acquirer;
    return terminal != NULL ? terminal : by == FIND_TRACE ? acquirer : NULL;
}

void story_find_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct finding *finding = calloc(1, sizeof *finding);
    const char *fault = finding == NULL ? "no memory" : read_finding(finding, request);
    struct party_server *party = fault == NULL ? who_knows(server, finding->by) : NULL;

    if (fault == NULL && party == NULL)
        fault = "no party here can find a payment that way";
    if (fault == NULL) {
        struct lane_job job = {.run = find_run, .done = find_done, .context = finding};
        finding->call = call;
        if (lane_run(party->lane, &job))
            return;
        fault = "too busy; try again";
    }
    control_refuse(call, fault);
    free(finding);
}

/* ---- telling ---- */

struct telling {
    struct control_call *call;
    struct identity identity;
    struct reason_for whom;
    size_t waiting; /* parties that have not told yet */
    json_t *parties;
};

/* For whom and in which language: {"for", "lang"}; an operator's English by default. */
static struct reason_for whom_of(const json_t *request, const struct server *server)
{
    const char *reader = json_string_value(json_object_get(request, "for"));
    const char *lang = json_string_value(json_object_get(request, "lang"));
    struct reason_for whom = {
        .reader = reader == NULL ? READER_COUNT : explain_reader_by_name(reader),
        .lang = lang == NULL ? LANG_COUNT : explain_lang_by_name(lang),
        .utc_offset_s = server->config.world.utc_offset_s,
        .overlay = overlay_file_overlay(server->overlay),
    };

    if (whom.reader == READER_COUNT)
        whom.reader = READER_OPERATOR;
    if (whom.lang == LANG_COUNT)
        whom.lang = LANG_EN;
    return whom;
}

/* A number of the history may stand for a record of the payment at more than one node. */
#define TOLD_RECORDS_MAX (2 * PAYMENT_HISTORY_MAX)

struct teller {
    struct telling *telling;
    const struct party_server *party;
    bool is_found;
    struct payment_row payment;
    struct payment_status status;
    bool has_testimony;
    struct testimony_row testimony;
    size_t record_count;
    struct journal_record records[TOLD_RECORDS_MAX];
};

static void tell_records(struct lane *lane, struct teller *teller)
{
    const struct payment_row *payment = &teller->payment;
    struct journals journals;

    journals_open(lane, &journals);
    for (size_t i = 0; i < payment->history_len && i < PAYMENT_HISTORY_MAX; i++) {
        struct journal_record found[STORE_NODES_MAX];
        size_t count = journals_about(&journals, &payment->identity, payment->history[i], found);

        for (size_t at = 0; at < count && teller->record_count < TOLD_RECORDS_MAX; at++)
            teller->records[teller->record_count++] = found[at];
    }
}

static void tell_run(struct lane *lane, void *context)
{
    struct teller *teller = context;
    struct store *store = lane_store(lane);

    teller->is_found = story_load_payment(store, &teller->telling->identity, &teller->payment);
    if (teller->is_found)
        story_load_status(store, &teller->telling->identity, &teller->status);
    if (teller->is_found)
        tell_records(lane, teller);
    teller->has_testimony = testimony_load(store, &teller->telling->identity, &teller->testimony);
}

static void set_explanation(const struct teller *teller, json_t *json)
{
    char room[EXPLAIN_TEXT_MAX];
    struct text t = text_over(room, sizeof room);

    reason_add_text(&teller->payment, &teller->telling->whom, &t);
    json_object_set_new(json, "explanation", json_string(text_z(&t)));
    t = text_over(room, sizeof room);
    reason_add_json(&teller->payment, &teller->telling->whom, &t);
    json_object_set_new(json, "reason", json_loads(text_z(&t), 0, NULL));
}

static json_t *teller_json(const struct teller *teller)
{
    int32_t offset = teller->telling->whom.utc_offset_s;
    json_t *records = json_array();

    for (size_t i = 0; i < teller->record_count; i++) {
        json_t *record = journal_record_json(&teller->records[i], offset);
        char name[PARTY_NAME_LEN];

        party_server_node_name(teller->party, teller->records[i].node, name);
        json_object_set_new(record, "name", json_string(name));
        json_array_append_new(records, record);
    }
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:o, s:o}", "party", party_name(teller->party->target.party),
                  "name", teller->party->name, "store", teller->party->store_name, "payment",
                  payment_row_json(&teller->payment, offset), "records", records);
    json_object_set_new(json, "status", payment_status_json(&teller->status, offset));
    set_explanation(teller, json);
    if (teller->has_testimony && teller->telling->whom.reader == READER_OPERATOR)
        testimony_set(json, &teller->testimony, offset);
    return json;
}

static void tell_done(void *context)
{
    struct teller *teller = context;
    struct telling *telling = teller->telling;

    if (teller->is_found)
        json_array_append_new(telling->parties, teller_json(teller));
    free(teller);
    if (--telling->waiting > 0)
        return;
    control_answer(telling->call,
                   json_pack("{s:b, s:o, s:o}", "ok", 1, "identity",
                             identity_json(&telling->identity), "parties", telling->parties));
    free(telling);
}

static void ask_party(struct telling *telling, struct party_server *party)
{
    struct teller *teller = calloc(1, sizeof *teller);
    struct lane_job job = {.run = tell_run, .done = tell_done, .context = teller};

    if (teller == NULL)
        return;
    teller->telling = telling;
    teller->party = party;
    telling->waiting++;
    if (lane_run(party->lane, &job))
        return;
    telling->waiting--;
    free(teller);
}

void story_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct telling *telling = calloc(1, sizeof *telling);

    if (telling == NULL ||
        identity_from_json(json_object_get(request, "identity"), &telling->identity) != OK) {
        free(telling);
        control_refuse(call, "identity: expected acquirer, terminal, batch and trace");
        return;
    }
    telling->call = call;
    telling->whom = whom_of(request, server);
    telling->parties = json_array();
    for (size_t i = 0; i < server->party_count; i++)
        ask_party(telling, &server->parties[i]);
    if (telling->waiting > 0)
        return;
    json_decref(telling->parties);
    free(telling);
    control_refuse(call, "too busy; try again");
}

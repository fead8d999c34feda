#include "app/desk/help_desk.h"

#include "app/desk/desk_key.h"
#include "app/world/server.h"
#include "base/assert.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

#define LIST_LIMIT 200
#define LIST_LIMIT_MAX 400

enum desk_verb { DESK_LIST, DESK_SHOW, DESK_SET, DESK_FUND, DESK_CODE, DESK_VOICE };

/* One request, and what has come of it so far. */
struct desk_errand {
    struct server *server;
    struct control_call *call;
    enum desk_verb verb;
    const struct desk_table *table;
    size_t first; /* list */
    size_t limit;
    bool all;
    struct money amount;      /* fund, code, voice */
    struct payment_row given; /* code, voice: what it holds */
    struct desk_change changes[DESK_CHANGES_MAX];
    size_t change_count;
    unsigned changes_at; /* bits DESK_AT of the parties that some change concerns */
    size_t waiting;      /* tasks that have not ended */
    json_t *rows;
    json_t *parties; /* that took the change */
    bool more;
    enum outcome outcome;
    enum desk_found found; /* the best of all parties */
    bool is_busy;          /* a lane had no room */
    char id[64];           /* as asked for, for complaints */
};

/* One party's part of an errand. */
struct desk_task {
    struct desk_errand *errand;
    struct party_server *party;
    struct desk_name *names; /* NULL: the table is scanned */
    size_t name_count;
    size_t skip; /* scan: rows before the first one wanted */
    struct store_row *rows;
    size_t row_count;
    size_t row_cap;
    bool more;
    enum desk_found found;
    uint64_t ticket; /* change: who is shown the outcome */
    bool is_submitted;
};

static bool is_change(enum desk_verb verb)
{
    return verb != DESK_LIST && verb != DESK_SHOW;
}

static bool is_giving(enum desk_verb verb)
{
    return verb == DESK_CODE || verb == DESK_VOICE;
}

/* ---- inside jobs, on the lane's thread ---- */

static bool visit_row(void *context, const struct row_key *key, struct bytes value)
{
    struct desk_task *task = context;
    const struct desk_table *table = task->errand->table;

    if (key->table != table->table)
        return false;
    if (value.len != table->row_len)
        return true;
    if (task->skip > 0) {
        task->skip--;
        return true;
    }
    if (task->row_count == task->row_cap) {
        task->more = true;
        return false;
    }
    struct store_row *row = &task->rows[task->row_count++];
    row->key = *key;
    row->found = true;
    row->len = (uint16_t)value.len;
    memcpy(row->value, value.at, value.len);
    return true;
}

static void read_run(struct lane *lane, void *context)
{
    struct desk_task *task = context;
    struct store *store = lane_store(lane);
    struct row_key from = row_key_of(task->errand->table->table, NULL, 0);

    if (task->names == NULL) {
        enum store_result result = store->scan(store->self, &from, visit_row, task);
        task->found = result == STORE_OK ? DESK_FOUND : DESK_STORE_FAILED;
        return;
    }
    for (size_t i = 0; i < task->name_count; i++) {
        assert(task->row_count < task->row_cap);
        task->found =
            desk_name_load(&task->names[i], &task->party->hsm, store, &task->rows[task->row_count]);
        if (task->found == DESK_FOUND)
            task->row_count++;
    }
}

static void apply_changes(const struct desk_task *task, struct store_row *row)
{
    const struct desk_errand *errand = task->errand;
    struct instant now = clock_wall();

    for (size_t i = 0; i < errand->change_count; i++) {
        const struct desk_change *change = &errand->changes[i];

        if ((change->column->may_set_at & DESK_AT(task->party->target.party)) == 0)
            continue;
        desk_change_apply(change, row->value);
        if (change->column->kind == DESK_STATE)
            memcpy(row->value + errand->table->since, &now, sizeof now);
    }
}

static void change_run(struct lane *lane, void *context)
{
    struct desk_task *task = context;
    struct desk_errand *errand = task->errand;
    struct store_row *row = &task->rows[0];
    struct node_command command = {0};

    task->found = desk_name_load(&task->names[0], &task->party->hsm, lane_store(lane), row);
    if (task->found != DESK_FOUND)
        return;
    if (errand->verb == DESK_FUND) {
        command.kind = COMMAND_FUND;
        command.amount = errand->amount;
        command.account = bytes_get_u64(row->key.at);
    } else if (is_giving(errand->verb)) {
        command.kind = COMMAND_GIVE_CODE;
        command.transaction = errand->verb == DESK_CODE ? KIND_SALE : KIND_OFFLINE_SALE;
        command.amount = errand->amount;
        command.key = row->key;
    } else {
        apply_changes(task, row);
        command.kind = COMMAND_PUT_ROW;
        command.key = row->key;
        command.value_len = row->len;
        memcpy(command.value, row->value, row->len);
    }
    task->is_submitted = lane_submit(lane, task->ticket, &command);
}

/* ---- ending, on the link thread ---- */

static void complain(struct desk_errand *errand)
{
    char room[256];
    struct text t = text_over(room, sizeof room);

    if (errand->is_busy) {
        control_refuse(errand->call, "too busy; try again");
        return;
    }
    text_add(&t, errand->id);
    text_add(&t, ": ");
    if (errand->found == DESK_AMBIGUOUS) {
        text_add(&t, "more than one fits that; give more digits");
    } else if (errand->found == DESK_STORE_FAILED) {
        text_add(&t, "the store cannot be read");
    } else {
        text_add(&t, "there is no ");
        text_add(&t, errand->table->what);
        text_add(&t, " of this name here; acquit ");
        text_add(&t, errand->table->what);
        text_add(&t, " list shows them");
    }
    control_refuse(errand->call, text_z(&t));
}

static json_t *change_json(const struct desk_errand *errand)
{
    json_t *json =
        json_pack("{s:b, s:s, s:b, s:O}", "ok", 1, "outcome", outcome_row(errand->outcome)->name,
                  "approved", outcome_is_approved(errand->outcome), "parties", errand->parties);
    const char *code = errand->verb == DESK_CODE ? errand->given.qr_code : errand->given.auth_id;
    size_t len = errand->verb == DESK_CODE ? sizeof errand->given.qr_code : AUTH_ID_LEN;
    char room[32];
    struct text expires = text_over(room, sizeof room);

    if (!is_giving(errand->verb) || !outcome_is_approved(errand->outcome))
        return json;
    instant_add_text(&expires, errand->given.deadline, errand->server->config.world.utc_offset_s);
    json_object_set_new(json, "code", json_stringn(code, strnlen(code, len)));
    json_object_set_new(json, "expires", json_string(text_z(&expires)));
    return json;
}

static void errand_answer(struct desk_errand *errand)
{
    if (errand->found != DESK_FOUND && errand->verb != DESK_LIST)
        complain(errand);
    else if (errand->is_busy)
        control_refuse(errand->call, "too busy; try again");
    else if (is_change(errand->verb))
        control_answer(errand->call, change_json(errand));
    else
        control_answer(errand->call,
                       json_pack("{s:b, s:s, s:O, s:b}", "ok", 1, "what", errand->table->what,
                                 "rows", errand->rows, "more", errand->more));
}

static void errand_leave(struct desk_errand *errand)
{
    assert(errand->waiting > 0);
    if (--errand->waiting > 0)
        return;
    errand_answer(errand);
    json_decref(errand->rows);
    json_decref(errand->parties);
    free(errand);
}

static void task_free(struct desk_task *task)
{
    for (size_t i = 0; i < task->name_count; i++)
        desk_name_wipe(&task->names[i]);
    free(task->names);
    free(task->rows);
    free(task);
}

static void note_found(struct desk_errand *errand, enum desk_found found)
{
    if (found == DESK_FOUND || errand->found == DESK_NOT_FOUND)
        errand->found = found;
}

static void task_end(struct desk_task *task)
{
    struct desk_errand *errand = task->errand;

    note_found(errand, task->found);
    errand->more = errand->more || task->more;
    task_free(task);
    errand_leave(errand);
}

static void read_done(void *context)
{
    struct desk_task *task = context;
    const struct lab_world *world = &task->errand->server->config.world;

    for (size_t i = 0; i < task->row_count; i++) {
        json_t *json = desk_row_json(task->errand->table, task->rows[i].value, world->currency,
                                     world->utc_offset_s);

        json_object_set_new(json, "party", json_string(task->party->name));
        json_array_append_new(task->errand->rows, json);
    }
    task_end(task);
}

static void change_show(void *context, const struct node_display *display)
{
    struct desk_task *task = context;
    struct desk_errand *errand = task->errand;

    if (outcome_is_approved(display->outcome))
        json_array_append_new(errand->parties, json_string(task->party->name));
    else
        errand->outcome = display->outcome;
    if (display->has_payment)
        errand->given = display->payment;
    task_end(task);
}

/* The outcome of what was queued comes as a display. */
static void change_done(void *context)
{
    struct desk_task *task = context;

    if (task->is_submitted)
        return;
    tickets_drop(&task->errand->server->tickets, task->ticket);
    task->errand->is_busy = task->errand->is_busy || task->found == DESK_FOUND;
    task_end(task);
}

/* ---- starting ---- */

static struct desk_task *task_new(struct desk_errand *errand, struct party_server *party,
                                  size_t row_cap, size_t name_count)
{
    struct desk_task *task = calloc(1, sizeof *task);

    if (task == NULL)
        return NULL;
    task->errand = errand;
    task->party = party;
    task->found = DESK_NOT_FOUND;
    task->row_cap = row_cap;
    task->rows = calloc(row_cap, sizeof *task->rows);
    task->names = name_count == 0 ? NULL : calloc(name_count, sizeof *task->names);
    if (task->rows != NULL && (name_count == 0 || task->names != NULL))
        return task;
    task_free(task);
    return NULL;
}

static bool task_start(struct desk_task *task)
{
    struct desk_errand *errand = task->errand;
    bool changes = is_change(errand->verb);
    struct lane_job job = {.run = changes ? change_run : read_run,
                           .done = changes ? change_done : read_done,
                           .context = task};

    if (changes)
        task->ticket = tickets_new(&errand->server->tickets, change_show, task);
    if ((!changes || task->ticket != 0) && lane_run(task->party->lane, &job)) {
        errand->waiting++;
        return true;
    }
    if (task->ticket != 0)
        tickets_drop(&errand->server->tickets, task->ticket);
    task_free(task);
    return false;
}

static void start_or_note(struct desk_errand *errand, struct desk_task *task)
{
    if (task == NULL || !task_start(task))
        errand->is_busy = true;
}

/* The names of a page of the world's cards or terminals that a party has. */
static void take_names(struct desk_task *task, size_t end)
{
    const struct desk_errand *errand = task->errand;
    const struct lab_world *world = &errand->server->config.world;
    bool is_card = errand->table->table == TABLE_CARD;

    for (size_t i = errand->first; i < end; i++) {
        struct desk_name *name = &task->names[task->name_count];

        if (is_card)
            desk_name_of_card(world, (uint32_t)i, name);
        else
            desk_name_of_terminal(world, (uint32_t)i, name);
        if (desk_name_may_be_at(name, &task->party->target))
            task->name_count++;
        else
            desk_name_wipe(name);
    }
}

static void list_names(struct desk_errand *errand, struct party_server *party)
{
    const struct config *config = &errand->server->config;
    bool is_card = errand->table->table == TABLE_CARD;
    size_t total = is_card ? config->listed_cards : config->listed_terminals;

    if (errand->all)
        total = is_card ? config->world.card_count : config->world.terminal_count;
    size_t end = errand->first + errand->limit < total ? errand->first + errand->limit : total;
    errand->more = end < total;
    if (errand->first >= end)
        return;
    struct desk_task *task = task_new(errand, party, end - errand->first, end - errand->first);
    if (task != NULL)
        take_names(task, end);
    start_or_note(errand, task);
}

static void list_scan(struct desk_errand *errand, struct party_server *party)
{
    struct desk_task *task = task_new(errand, party, errand->limit, 0);

    if (task != NULL)
        task->skip = errand->first;
    start_or_note(errand, task);
}

static void list_start(struct desk_errand *errand)
{
    bool is_named = errand->table->table == TABLE_CARD || errand->table->table == TABLE_TERMINAL;

    for (size_t i = 0; i < errand->server->party_count; i++) {
        struct party_server *party = &errand->server->parties[i];

        if ((errand->table->listed_at & DESK_AT(party->target.party)) == 0)
            continue;
        if (is_named)
            list_names(errand, party);
        else
            list_scan(errand, party);
    }
}

static void one_start(struct desk_errand *errand, const struct desk_name *name)
{
    for (size_t i = 0; i < errand->server->party_count; i++) {
        struct party_server *party = &errand->server->parties[i];
        bool is_concerned =
            errand->verb != DESK_SET || (errand->changes_at & DESK_AT(party->target.party)) != 0;

        if (!is_concerned || !desk_name_may_be_at(name, &party->target))
            continue;
        struct desk_task *task = task_new(errand, party, 1, 1);
        if (task != NULL) {
            task->names[0] = *name;
            task->name_count = 1;
        }
        start_or_note(errand, task);
    }
}

/* ---- reading requests ---- */

static const char *text_of(const json_t *request, const char *key)
{
    const char *text = json_string_value(json_object_get(request, key));

    return text == NULL ? "" : text;
}

static enum err read_changes(struct desk_errand *errand, const json_t *request, struct text *fault)
{
    uint16_t currency = errand->server->config.world.currency;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)request, name, value)
    {
        struct desk_change *change = &errand->changes[errand->change_count];

        if (strcmp(name, "verb") == 0 || strcmp(name, "what") == 0 || strcmp(name, "id") == 0)
            continue;
        if (errand->change_count == DESK_CHANGES_MAX || !json_is_string(value)) {
            text_add(fault, "expected columns and their values as text");
            return ERR_BAD_FORMAT;
        }
        struct desk_wish wish = {
            .name = name, .value = json_string_value(value), .currency = currency};
        TRY(desk_change_read(errand->table, &wish, change, fault));
        errand->changes_at |= change->column->may_set_at;
        errand->change_count++;
    }
    if (errand->change_count > 0)
        return OK;
    text_add(fault, "nothing to set: expected a column and its value, such as state=frozen");
    return ERR_BAD_VALUE;
}

/* A terminal may only be given to a merchant that there is. */
static enum err check_merchant(const struct desk_errand *errand, struct text *fault)
{
    const struct lab_world *world = &errand->server->config.world;

    for (size_t i = 0; i < errand->change_count; i++) {
        const struct desk_change *change = &errand->changes[i];
        uint32_t at = 0;

        if (errand->table->table != TABLE_TERMINAL || strcmp(change->column->name, "merchant") != 0)
            continue;
        while (at < world->merchant_count && strcmp(world->merchants[at].id, change->text) != 0)
            at++;
        if (at == world->merchant_count) {
            text_add(fault, change->text);
            text_add(fault, ": there is no such merchant; acquit merchant list shows them");
            return ERR_NOT_FOUND;
        }
    }
    return OK;
}

/* An amount to pay into an account, or up to which a code of a card is good. */
static enum err read_amount(struct desk_errand *errand, const json_t *request, struct text *fault)
{
    uint16_t currency = errand->server->config.world.currency;
    const char *amount = text_of(request, "amount");
    bool is_fund = errand->verb == DESK_FUND;
    bool is_right = errand->table->table == (is_fund ? TABLE_ACCOUNT : TABLE_CARD);

    if (is_right && money_from_text(amount, currency, &errand->amount) == OK &&
        errand->amount.minor > 0)
        return OK;
    if (is_right) {
        text_add(fault, amount);
        text_add(fault, ": expected an amount such as 10.00");
    } else {
        text_add(fault,
                 is_fund ? "money is paid into accounts only" : "codes are given for cards only");
    }
    return ERR_BAD_VALUE;
}

static enum err read_page(struct desk_errand *errand, const json_t *request, struct text *fault)
{
    const json_t *limit = json_object_get(request, "limit");
    json_int_t first = json_integer_value(json_object_get(request, "first"));
    json_int_t count = limit == NULL ? LIST_LIMIT : json_integer_value(limit);

    if (first < 0 || count < 1 || count > LIST_LIMIT_MAX) {
        text_add(fault, "first: from 0; limit: 1 to 400");
        return ERR_BAD_VALUE;
    }
    errand->first = (size_t)first;
    errand->limit = (size_t)count;
    errand->all = json_is_true(json_object_get(request, "all"));
    return OK;
}

static enum err read_request(struct desk_errand *errand, const json_t *request,
                             struct desk_name *name, struct text *fault)
{
    const char *id = text_of(request, "id");
    struct text kept = text_over(errand->id, sizeof errand->id);

    errand->table = desk_table_find(text_of(request, "what"));
    if (errand->table == NULL) {
        text_add(fault, "what: expected merchant, terminal, card, account or issuer");
        return ERR_BAD_VALUE;
    }
    if (errand->verb == DESK_LIST)
        return read_page(errand, request, fault);
    text_add(&kept, id);
    TRY(desk_name_read(errand->table, &errand->server->config.world, id, name, fault));
    if (errand->verb == DESK_FUND || is_giving(errand->verb))
        return read_amount(errand, request, fault);
    if (errand->verb == DESK_SHOW)
        return OK;
    TRY(read_changes(errand, request, fault));
    return check_merchant(errand, fault);
}

static void desk_start(struct server *server, struct control_call *call, const json_t *request,
                       enum desk_verb verb)
{
    struct desk_errand *errand = calloc(1, sizeof *errand);
    struct desk_name name = {0};
    char room[256];
    struct text fault = text_over(room, sizeof room);

    if (errand == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    *errand = (struct desk_errand){.server = server,
                                   .call = call,
                                   .verb = verb,
                                   .waiting = 1, /* this function's own */
                                   .outcome = OUTCOME_APPROVED,
                                   .found = DESK_NOT_FOUND};
    if (read_request(errand, request, &name, &fault) != OK) {
        control_refuse(call, text_z(&fault));
        free(errand);
        return;
    }
    errand->rows = json_array();
    errand->parties = json_array();
    if (verb == DESK_LIST)
        list_start(errand);
    else
        one_start(errand, &name);
    desk_name_wipe(&name);
    errand_leave(errand);
}

void desk_list_verb(struct server *server, struct control_call *call, const json_t *request)
{
    desk_start(server, call, request, DESK_LIST);
}

void desk_show_verb(struct server *server, struct control_call *call, const json_t *request)
{
    desk_start(server, call, request, DESK_SHOW);
}

void desk_set_verb(struct server *server, struct control_call *call, const json_t *request)
{
    desk_start(server, call, request, DESK_SET);
}

void desk_fund_verb(struct server *server, struct control_call *call, const json_t *request)
{
    desk_start(server, call, request, DESK_FUND);
}

void desk_code_verb(struct server *server, struct control_call *call, const json_t *request)
{
    desk_start(server, call, request, DESK_CODE);
}

void desk_voice_verb(struct server *server, struct control_call *call, const json_t *request)
{
    desk_start(server, call, request, DESK_VOICE);
}

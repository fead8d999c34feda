#include "app/desk/rules_verb.h"

#include "app/desk/desk_key.h"
#include "app/desk/rules_json.h"
#include "app/story/journal_merge.h"
#include "app/story/payment_json.h"
#include "base/assert.h"
#include "books/journal.h"
#include "card/pan.h"
#include "drivers/files/rules_yaml.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

/* One request. Its parts that are read of the store are filled in a job. */
struct rules_errand {
    struct server *server;
    struct party_server *party;
    struct control_call *call;
    const struct rules_deed *deed;
    struct rules_file file; /* load, dry-run */
    char which[32];         /* explain: a rule's name or an RRN; cards: the list */
    struct desk_name card;
    uint64_t ticket; /* of a change: who is shown its outcome; 0 once shown or dropped */
    bool is_submitted;
    enum outcome outcome;
    const char *fault; /* why not; static */
    struct rules_row head;
    struct rule_part_row parts[RULE_PARTS_MAX];
    struct rule_set set;
    bool has_payment;
    struct payment_row payment;
    struct replay replay;
    struct journal_merge merge; /* dry-run: of all nodes' journals */
    bool is_merging;
    bool is_read;
};

/* What may be asked for. `run` is its job on the lane's thread; `answer` makes the answer; again:
 * the job runs until is_read. A change is answered by what its ticket is shown. */
struct rules_deed {
    const char *name;
    const char *(*read)(struct rules_errand *errand, const json_t *request, struct text *fault);
    void (*run)(struct lane *lane, void *context);
    json_t *(*answer)(struct rules_errand *errand);
    bool is_change;
};

static const char *text_of(const json_t *request, const char *key)
{
    const char *text = json_string_value(json_object_get(request, key));

    return text == NULL ? "" : text;
}

static int32_t offset_of(const struct rules_errand *errand)
{
    return errand->server->config.world.utc_offset_s;
}

/* ---- rows, inside jobs ---- */

static bool load_row(struct store *store, const struct row_key *key, void *out, size_t len)
{
    struct store_row *row = calloc(1, sizeof *row);
    bool is_there;

    if (row == NULL)
        return false;
    row->key = *key;
    is_there = store->load(store->self, &row, 1) == STORE_OK && row->found && row->len == len;
    if (is_there)
        memcpy(out, row->value, len);
    free(row);
    return is_there;
}

static bool load_head(struct rules_errand *errand, struct store *store)
{
    struct row_key key = rules_key();

    return load_row(store, &key, &errand->head, sizeof errand->head);
}

/* The rules in force into errand->set. */
static void load_rules(struct rules_errand *errand, struct store *store)
{
    if (!load_head(errand, store) || rules_head_fault(&errand->head) != NULL)
        return;
    errand->set.head = &errand->head;
    for (uint8_t i = 0; i < errand->head.part_count; i++) {
        struct row_key key = rules_part_key(errand->head.slot, i);
        if (load_row(store, &key, &errand->parts[i], sizeof errand->parts[i]))
            errand->set.parts[i] = &errand->parts[i];
    }
    if (rules_are_whole(&errand->set))
        return;
    errand->set = (struct rule_set){0};
    errand->fault = "the stored rules are damaged; load them again";
}

static bool submit(struct lane *lane, uint64_t ticket, struct row_key key, struct bytes value)
{
    struct node_command command = {.kind = COMMAND_PUT_ROW, .key = key};

    assert(value.len <= sizeof command.value);
    command.value_len = (uint16_t)value.len;
    memcpy(command.value, value.at, value.len);
    return lane_submit(lane, ticket, &command);
}

/* ---- load ---- */

static const char *read_file(struct rules_errand *errand, const json_t *request, struct text *fault)
{
    const char *text = text_of(request, "text");
    const struct config *config = &errand->server->config;
    struct yaml_fault where;

    if (rules_yaml_parse(bytes_of_z(text), config->world.utc_offset_s, &errand->file, &where) !=
        OK) {
        yaml_fault_add_text(fault, text_of(request, "name"), &where);
        return text_z(fault);
    }
    if (errand->file.currency != config->world.currency)
        return "the amounts are in another currency than the switch's";
    return NULL;
}

/* Parts first, then the head that puts them in force: all of one job, so in order. */
static void load_run(struct lane *lane, void *context)
{
    struct rules_errand *errand = context;
    bool has_rules = load_head(errand, lane_store(lane));
    struct rules_row now = errand->head;
    bool is_queued = true;

    memset(&errand->head, 0, sizeof errand->head);
    errand->head.threshold = errand->file.threshold;
    errand->head.currency = errand->file.currency;
    errand->head.loaded = clock_wall();
    rules_pack(errand->file.rules, errand->file.count, has_rules ? &now : NULL, &errand->head,
               errand->parts);
    for (uint8_t i = 0; i < errand->head.part_count && is_queued; i++)
        is_queued = submit(lane, 0, rules_part_key(errand->head.slot, i),
                           bytes_over(&errand->parts[i], sizeof errand->parts[i]));
    errand->is_submitted = is_queued && submit(lane, errand->ticket, rules_key(),
                                               bytes_over(&errand->head, sizeof errand->head));
}

static json_t *load_answer(struct rules_errand *errand)
{
    return json_pack("{s:b, s:I, s:i, s:i}", "ok", 1, "version", (json_int_t)errand->head.version,
                     "rules", (int)errand->file.named, "rows", (int)errand->file.count);
}

/* ---- show, explain ---- */

static const char *read_nothing(struct rules_errand *errand, const json_t *request,
                                struct text *fault)
{
    (void)errand;
    (void)request;
    (void)fault;
    return NULL;
}

static void show_run(struct lane *lane, void *context)
{
    load_rules(context, lane_store(lane));
}

static json_t *show_answer(struct rules_errand *errand)
{
    json_t *json = rules_json(&errand->set, offset_of(errand));

    json_object_set_new(json, "ok", json_true());
    return json;
}

static const char *read_which(struct rules_errand *errand, const json_t *request,
                              struct text *fault)
{
    const char *which = text_of(request, "which");
    struct text kept = text_over(errand->which, sizeof errand->which);

    (void)fault;
    text_add(&kept, which);
    return which[0] == 0 || kept.cut ? "which: expected a rule's name, or an RRN of twelve digits"
                                     : NULL;
}

static bool is_rrn(const char *which)
{
    return strlen(which) == RRN_LEN && bytes_are_digits(which, RRN_LEN);
}

/* The payment of an RRN: its first digit is the node, the rest the journal record in which it was
 * made. */
static void find_payment(struct rules_errand *errand, struct lane *lane)
{
    struct journals journals;
    struct journal_record record;
    uint64_t sequence;

    if (!is_rrn(errand->which) || bytes_to_number(errand->which + 1, RRN_LEN - 1, &sequence) != OK)
        return;
    journals_open(lane, &journals);
    if (!journals_record(&journals, (uint16_t)(errand->which[0] - '0'), sequence, &record) ||
        record.identity.trace == 0)
        return;
    struct identity identity = identity_as(&record.identity, IDENTITY_PAYMENT);
    struct row_key key = payment_row_key(&identity);
    errand->has_payment =
        load_row(lane_store(lane), &key, &errand->payment, sizeof errand->payment) &&
        payment_row_is_readable(&errand->payment);
}

static void explain_run(struct lane *lane, void *context)
{
    struct rules_errand *errand = context;

    load_rules(errand, lane_store(lane));
    find_payment(errand, lane);
}

/* The rules that the evidence of a payment names, as they are now. */
static json_t *rules_of_payment(const struct rules_errand *errand)
{
    json_t *json = json_array();

    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        const struct evidence *evidence = &errand->payment.evidence[i];
        if (evidence->name != EVIDENCE_RULE)
            continue;
        const struct rule *rule =
            rules_find(&errand->set, evidence->text, strcspn(evidence->text, " "));
        if (rule != NULL)
            json_array_append_new(json,
                                  rule_json(rule, errand->set.head->currency, offset_of(errand)));
    }
    return json;
}

static json_t *explain_payment(const struct rules_errand *errand)
{
    const struct payment_row *row = &errand->payment;

    return json_pack("{s:b, s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "ok", 1, "rrn", errand->which,
                     "outcome", outcome_row((enum outcome)row->outcome)->name, "rules_version",
                     (json_int_t)row->rules_version, "time",
                     json_instant(row->created, offset_of(errand)), "amount",
                     json_money(row->amount), "evidence", rules_evidence_json(row->evidence),
                     "rules", rules_of_payment(errand));
}

static json_t *explain_answer(struct rules_errand *errand)
{
    size_t len = strlen(errand->which);
    json_t *rules;

    if (errand->has_payment)
        return explain_payment(errand);
    if (is_rrn(errand->which)) {
        errand->fault = "no payment has this RRN";
        return NULL;
    }
    rules = json_array();
    for (size_t i = 0; i < rules_count(&errand->set); i++) {
        const struct rule *rule = rules_at(&errand->set, i);
        if (strnlen(rule->name, sizeof rule->name) == len &&
            memcmp(rule->name, errand->which, len) == 0)
            json_array_append_new(rules,
                                  rule_json(rule, errand->set.head->currency, offset_of(errand)));
    }
    if (json_array_size(rules) > 0)
        return json_pack("{s:b, s:o}", "ok", 1, "rules", rules);
    json_decref(rules);
    errand->fault = "no rule in force has this name; acquit rules show lists them";
    return NULL;
}

/* ---- dry run ---- */

static const char *read_replay(struct rules_errand *errand, const json_t *request,
                               struct text *fault)
{
    struct rules_row now = {0};
    const char *wrong = read_file(errand, request, fault);

    if (wrong != NULL)
        return wrong;
    errand->replay.day = rules_day(text_of(request, "day"), clock_wall(), offset_of(errand));
    if (errand->replay.day == 0)
        return "day: expected today, yesterday or a date such as 20261122";
    errand->head.threshold = errand->file.threshold;
    errand->head.currency = errand->file.currency;
    errand->head.loaded = clock_wall();
    rules_pack(errand->file.rules, errand->file.count, &now, &errand->head, errand->parts);
    errand->replay.set.head = &errand->head;
    for (size_t i = 0; i < errand->head.part_count; i++)
        errand->replay.set.parts[i] = &errand->parts[i];
    errand->replay.utc_offset_s = offset_of(errand);
    return NULL;
}

static void visit_replay(void *context, struct bytes record)
{
    struct rules_errand *errand = context;

    replay_record(&errand->replay, record);
}

static void replay_run(struct lane *lane, void *context)
{
    struct rules_errand *errand = context;
    struct journals journals;

    if (!errand->is_merging) {
        journals_open(lane, &journals);
        journal_merge_begin(&errand->merge, &journals);
        errand->is_merging = true;
    }
    if (journal_merge_read(&errand->merge, visit_replay, errand) != STORE_OK)
        errand->fault = "the journal cannot be read";
    errand->is_read = errand->merge.is_done || errand->fault != NULL;
}

static json_t *replay_answer(struct rules_errand *errand)
{
    json_t *json;

    if (errand->replay.is_short) {
        errand->fault = "no memory for that many payments";
        return NULL;
    }
    json = rules_replay_json(&errand->replay);
    json_object_set_new(json, "ok", json_true());
    return json;
}

/* ---- the black list ---- */

static const char *read_card(struct rules_errand *errand, const json_t *request, struct text *fault)
{
    const char *list = text_of(request, "list");
    struct text kept = text_over(errand->which, REASON_LEN);

    text_add(&kept, list[0] == 0 ? "acquirer" : list);
    if (kept.cut || pan_is_in_text(bytes_of_z(list)))
        return "list: expected a name of up to 19 characters that is no card number";
    return desk_name_read(desk_table_find("card"), &errand->server->config.world,
                          text_of(request, "card"), &errand->card, fault) == OK
               ? NULL
               : text_z(fault);
}

static void card_put(struct lane *lane, struct rules_errand *errand, bool is_listed)
{
    struct listed_card_row row;

    memset(&row, 0, sizeof row);
    row.layout = RISK_ROW_LAYOUT;
    row.is_listed = is_listed;
    row.since = clock_wall();
    memcpy(row.list, errand->which, strlen(errand->which));
    if (!errand->card.is_card_number || desk_name_hash(&errand->card, &errand->party->hsm,
                                                       lane_store(lane), &row.card) != DESK_FOUND) {
        errand->fault = "only cards that this world knows by a label can be listed";
        return;
    }
    row.masked = pan_mask(&errand->card.pan);
    errand->is_submitted =
        submit(lane, errand->ticket, rules_listed_key(&row.card), bytes_over(&row, sizeof row));
}

static void list_run(struct lane *lane, void *context)
{
    card_put(lane, context, true);
}

static void unlist_run(struct lane *lane, void *context)
{
    card_put(lane, context, false);
}

static json_t *card_answer(struct rules_errand *errand)
{
    return json_pack("{s:b, s:s}", "ok", 1, "list", errand->which);
}

/* ---- the errand ---- */

/* clang-format off */
static const struct rules_deed deeds[] = {
    {"load",        read_file,    load_run,    load_answer,    true},
    {"show",        read_nothing, show_run,    show_answer,    false},
    {"explain",     read_which,   explain_run, explain_answer, false},
    {"dry-run",     read_replay,  replay_run,  replay_answer,  false},
    {"list-card",   read_card,    list_run,    card_answer,    true},
    {"unlist-card", read_card,    unlist_run,  card_answer,    true},
};
/* clang-format on */

static void errand_free(struct rules_errand *errand)
{
    desk_name_wipe(&errand->card);
    replay_free(&errand->replay);
    journal_merge_end(&errand->merge);
    free(errand);
}

static void errand_end(struct rules_errand *errand)
{
    json_t *answer = errand->fault == NULL ? errand->deed->answer(errand) : NULL;

    if (answer != NULL)
        control_answer(errand->call, answer);
    else
        control_refuse(errand->call, errand->fault);
    errand_free(errand);
}

static void change_show(void *context, const struct node_display *display)
{
    struct rules_errand *errand = context;

    if (!outcome_is_approved(display->outcome))
        errand->fault = "the switch did not take it: somebody else loads rules; try again";
    errand_end(errand);
}

static void run_done(void *context);

static bool run_again(struct rules_errand *errand)
{
    struct lane_job job = {.run = errand->deed->run, .done = run_done, .context = errand};

    return lane_run(errand->party->lane, &job);
}

/* The outcome of what was queued comes as a display. */
static void run_done(void *context)
{
    struct rules_errand *errand = context;
    bool is_reading = errand->deed->run == replay_run && !errand->is_read && errand->fault == NULL;

    if (errand->deed->is_change && errand->is_submitted)
        return;
    if (errand->deed->is_change) {
        tickets_drop(&errand->server->tickets, errand->ticket);
        if (errand->fault == NULL)
            errand->fault = "too busy; try again";
    }
    if (is_reading && run_again(errand))
        return;
    if (is_reading)
        errand->fault = "too busy; try again";
    errand_end(errand);
}

static const struct rules_deed *deed_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(deeds); i++) {
        if (strcmp(deeds[i].name, name) == 0)
            return &deeds[i];
    }
    return NULL;
}

static const char *errand_start(struct rules_errand *errand, const json_t *request,
                                struct text *fault)
{
    errand->deed = deed_find(text_of(request, "do"));
    errand->party = server_party(errand->server, PARTY_ACQUIRER);
    if (errand->deed == NULL)
        return "do: expected load, show, explain, dry-run, list-card or unlist-card";
    if (errand->party == NULL)
        return "the switch does not run in this process";
    const char *wrong = errand->deed->read(errand, request, fault);
    if (wrong != NULL)
        return wrong;
    if (errand->deed->is_change)
        errand->ticket = tickets_new(&errand->server->tickets, change_show, errand);
    if ((!errand->deed->is_change || errand->ticket != 0) && run_again(errand))
        return NULL;
    if (errand->ticket != 0)
        tickets_drop(&errand->server->tickets, errand->ticket);
    return "too busy; try again";
}

void rules_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct rules_errand *errand = calloc(1, sizeof *errand);
    char room[512];
    struct text fault = text_over(room, sizeof room);

    if (errand == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    errand->server = server;
    errand->call = call;
    const char *wrong = errand_start(errand, request, &fault);
    if (wrong == NULL)
        return;
    control_refuse(call, wrong);
    errand_free(errand);
}

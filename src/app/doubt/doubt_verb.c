#include "app/doubt/doubt_verb.h"

#include "app/doubt/doubt_list.h"
#include "app/doubt/testimony_json.h"
#include "app/story/overlay_file.h"
#include "app/story/payment_json.h"
#include "app/world/server.h"
#include "explain/explanation.h"
#include "host/clock.h"
#include "node/doubt.h"

#include <stdlib.h>
#include <string.h>

#define HELD_UP_US 1000000 /* a step that is due is done within */

struct asking {
    struct control_call *call;
    enum explain_reader reader;
    enum explain_lang lang;
    const struct overlay *overlay;
    int32_t utc_offset_s;
    struct doubt_limits limits;
    size_t waiting;
    json_t *parties;
};

/* One party's part, read on its lane's thread. */
struct asked {
    struct asking *asking;
    const struct party_server *party;
    enum store_result result;
    struct doubt_list list;
};

static void ask_run(struct lane *lane, void *context)
{
    struct asked *asked = context;

    asked->result = doubt_list_read(lane_store(lane), asked->party->target.party == PARTY_TERMINAL,
                                    &asked->list);
}

/* ---- telling, on the link thread ---- */

static int64_t age_s(struct instant since)
{
    int64_t age_us = clock_wall().us - since.us;

    return age_us < 0 ? 0 : age_us / 1000000;
}

static json_t *lane_json(const struct doubt_lane *lane)
{
    const struct pending_row kind = {.kind = lane->kind};

    return json_pack("{s:o, s:s, s:I, s:I, s:I, s:I}", "destination",
                     json_fixed(lane->destination, sizeof lane->destination), "kind",
                     doubt_kind_name(&kind), "owed_count", (json_int_t)lane->count,
                     "owed_oldest_age_seconds", (json_int_t)age_s(lane->oldest), "owed_tries_max",
                     (json_int_t)lane->tries_max, "owed_with_person", (json_int_t)lane->handed);
}

/* What comes by itself, without anybody's doing. */
static const char *next_step(const struct pending_row *pending)
{
    switch (pending->kind) {
    case PENDING_ANSWER:
        return "give up waiting and take it back";
    case PENDING_REVERSAL:
        return "send the reversal again";
    case PENDING_ADVICE:
        return "send the advice again";
    default:
        return "ask again";
    }
}

static void set_explanation(const struct explanation *explanation, json_t *json)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < explanation->step_count; i++)
        json_array_append_new(
            steps, json_stringn((const char *)explanation->steps[i].at, explanation->steps[i].len));
    json_object_set_new(json, "cause", json_string(explanation->row->name));
    json_object_set_new(json, "cause_number", json_integer(explanation->row->number));
    json_object_set_new(json, "who_acts", json_string(party_name(explanation->row->acts)));
    json_object_set_new(json, "what", json_string(explanation->what));
    json_object_set_new(json, "steps", steps);
}

static void set_cause(const struct asking *asking, const struct pending_row *pending, json_t *json)
{
    enum outcome cause = doubt_cause(pending, asking->limits, clock_wall());
    struct explain_facts facts;
    struct explanation explanation;

    if (cause == OUTCOME_NONE && doubt_is_handed(pending))
        cause = OUTCOME_DOUBT_UNANSWERED; /* the clock was put back since */
    if (cause == OUTCOME_NONE)
        return;
    facts = explain_facts_of(cause);
    facts.overlay = asking->overlay;
    explain(&facts, asking->reader, asking->lang, &explanation);
    set_explanation(&explanation, json);
}

static json_t *item_json(const struct asked *asked, const struct doubt_item *item)
{
    const struct pending_row *pending = &item->pending;
    int32_t offset = asked->asking->utc_offset_s;
    bool at_terminal = asked->party->target.party == PARTY_TERMINAL;
    /* While the next party is away nothing is sent, and nothing is written down. */
    bool is_held_up = pending->due.us + HELD_UP_US < clock_wall().us;
    json_t *json = item->is_known ? payment_row_json(&item->payment, offset)
                                  : identity_json(&pending->identity);

    json_object_set_new(json, "is_damaged", json_boolean(!item->is_known));
    json_object_set_new(json, "owes", json_string(doubt_kind_name(pending)));
    json_object_set_new(json, "owner", json_string(asked->party->name));
    json_object_set_new(json, "destination",
                        at_terminal      ? json_fixed(pending->identity.acquirer, ACQUIRER_ID_LEN)
                        : item->is_known ? json_fixed(item->payment.issuer, ISSUER_ID_LEN)
                                         : json_string(""));
    json_object_set_new(json, "since", json_instant(pending->since, offset));
    json_object_set_new(json, "age_seconds", json_integer(age_s(pending->since)));
    json_object_set_new(json, "tries", json_integer(pending->attempts));
    json_object_set_new(json, "last_code", json_fixed(pending->last_code, RESPONSE_CODE_LEN));
    json_object_set_new(json, "next_step", json_string(next_step(pending)));
    json_object_set_new(json, "next_at",
                        is_held_up ? json_null() : json_instant(pending->due, offset));
    json_object_set_new(json, "is_held_up", json_boolean(is_held_up));
    json_object_set_new(json, "with_person", json_boolean(doubt_is_handed(pending)));
    set_cause(asked->asking, pending, json);
    return json;
}

static json_t *differences_json(unsigned differs)
{
    json_t *list = json_array();

    for (unsigned bit = 1; bit <= ASIDE_CONTENT; bit <<= 1) {
        if ((differs & bit) != 0)
            json_array_append_new(list,
                                  json_string(aside_difference_name((enum aside_difference)bit)));
    }
    return list;
}

static const char *function_name(uint8_t function)
{
    switch (function) {
    case FUNCTION_REQUEST:
        return "request";
    case FUNCTION_RESPONSE:
        return "answer";
    case FUNCTION_REVERSAL:
        return "reversal";
    case FUNCTION_REVERSAL_RESPONSE:
        return "answer to a reversal";
    default:
        return "message";
    }
}

static json_t *aside_json(const struct doubt_aside *aside, int32_t offset)
{
    const struct aside_entry *entry = &aside->entry;
    const char *kind = entry->kind < KIND_COUNT ? kind_row((enum txn_kind)entry->kind)->name : "";
    json_t *json = identity_json(&entry->identity);

    json_object_set_new(json, "from", json_fixed(aside->source, sizeof aside->source));
    json_object_set_new(json, "what", json_string(function_name(entry->function)));
    json_object_set_new(json, "kind", json_string(kind));
    json_object_set_new(json, "differs", differences_json(entry->differs));
    json_object_set_new(json, "code", json_fixed(entry->code, sizeof entry->code));
    json_object_set_new(json, "card_tail", json_fixed(entry->card_tail, sizeof entry->card_tail));
    json_object_set_new(json, "amount", json_money(money_of(entry->amount_minor, entry->currency)));
    json_object_set_new(json, "expected",
                        json_money(money_of(entry->expected_minor, entry->currency)));
    json_object_set_new(json, "first", json_instant(entry->first, offset));
    json_object_set_new(json, "last", json_instant(entry->last, offset));
    json_object_set_new(json, "noted", json_integer(entry->count));
    json_object_set_new(json, "record", json_integer((json_int_t)entry->sequence));
    return json;
}

static json_t *said_json(const struct asked *asked, const struct testimony_row *row)
{
    struct asking *asking = asked->asking;
    struct explain_facts facts = explain_facts_of(OUTCOME_DOUBT_CONTRADICTED);
    json_t *json = identity_json(&row->identity);
    struct explanation explanation;

    json_object_update_missing_new(json, testimony_json(row, asking->utc_offset_s));
    if (!row->is_contradicted)
        return json;
    facts.overlay = asking->overlay;
    explain(&facts, asking->reader, asking->lang, &explanation);
    set_explanation(&explanation, json);
    return json;
}

static void set_testimonies(const struct asked *asked, json_t *json)
{
    const struct doubt_list *list = &asked->list;
    json_t *said = json_array();

    for (size_t i = 0; i < list->testimony_count; i++)
        json_array_append_new(said, said_json(asked, &list->testimonies[i]));
    json_object_set_new(json, "testimonies", said);
    json_object_set_new(json, "testimonies_more", json_integer((json_int_t)list->testimony_more));
    json_object_set_new(json, "contradicted", json_integer((json_int_t)list->contradicted));
}

static json_t *party_json(const struct asked *asked)
{
    json_t *lanes = json_array();
    json_t *items = json_array();
    json_t *aside = json_array();

    for (size_t i = 0; i < asked->list.lane_count; i++)
        json_array_append_new(lanes, lane_json(&asked->list.lanes[i]));
    for (size_t i = 0; i < asked->list.item_count; i++)
        json_array_append_new(items, item_json(asked, &asked->list.items[i]));
    for (size_t i = 0; i < asked->list.aside_count; i++)
        json_array_append_new(aside,
                              aside_json(&asked->list.aside[i], asked->asking->utc_offset_s));
    json_t *json =
        json_pack("{s:s, s:s, s:b, s:o, s:o, s:I, s:o, s:I}", "name", asked->party->name, "party",
                  party_name(asked->party->target.party), "is_read", asked->result == STORE_OK,
                  "lanes", lanes, "items", items, "more", (json_int_t)asked->list.more, "aside",
                  aside, "aside_more", (json_int_t)asked->list.aside_more);
    set_testimonies(asked, json);
    return json;
}

/* ---- starting and ending ---- */

static void leave(struct asking *asking)
{
    if (--asking->waiting > 0)
        return;
    if (json_array_size(asking->parties) > 0)
        control_answer(asking->call,
                       json_pack("{s:b, s:I, s:O}", "ok", 1, "wall_us", (json_int_t)clock_wall().us,
                                 "parties", asking->parties));
    else
        control_refuse(asking->call, "too busy; try again");
    json_decref(asking->parties);
    free(asking);
}

static void ask_done(void *context)
{
    struct asked *asked = context;
    struct asking *asking = asked->asking;

    json_array_append_new(asking->parties, party_json(asked));
    free(asked);
    leave(asking);
}

static void start(struct asking *asking, const struct party_server *party)
{
    struct asked *asked = calloc(1, sizeof *asked);
    struct lane_job job = {.run = ask_run, .done = ask_done, .context = asked};

    if (asked == NULL)
        return;
    asked->asking = asking;
    asked->party = party;
    if (lane_run(party->lane, &job))
        asking->waiting++;
    else
        free(asked);
}

static void read_whom(struct asking *asking, const json_t *request)
{
    const char *reader = json_string_value(json_object_get(request, "for"));
    const char *lang = json_string_value(json_object_get(request, "lang"));

    asking->reader = reader == NULL ? READER_COUNT : explain_reader_by_name(reader);
    asking->lang = lang == NULL ? LANG_COUNT : explain_lang_by_name(lang);
    if (asking->reader == READER_COUNT)
        asking->reader = READER_OPERATOR;
    if (asking->lang == LANG_COUNT)
        asking->lang = LANG_EN;
}

void doubt_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct asking *asking = calloc(1, sizeof *asking);

    if (asking == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    asking->call = call;
    read_whom(asking, request);
    asking->overlay = overlay_file_overlay(server->overlay);
    asking->utc_offset_s = server->config.world.utc_offset_s;
    asking->limits = doubt_limits_of(server->config.world.timings.hand_over_s);
    asking->parties = json_array();
    asking->waiting = 1; /* this function's own */
    for (size_t i = 0; i < server->party_count; i++)
        start(asking, &server->parties[i]);
    leave(asking);
}

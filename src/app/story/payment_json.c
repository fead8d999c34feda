#include "app/story/payment_json.h"

#include "app/till/paper.h"
#include "explain/explanation.h"

#include <string.h>

json_t *json_fixed(const char *at, size_t len)
{
    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == 0))
        len--;
    json_t *json = json_stringn(at, len);
    return json != NULL ? json : json_string("");
}

json_t *json_money(struct money money)
{
    char room[32];
    struct text t = text_over(room, sizeof room);

    money_add_text(&t, money);
    return json_string(text_z(&t));
}

json_t *json_instant(struct instant instant, int32_t utc_offset_s)
{
    char room[32];
    struct text t = text_over(room, sizeof room);

    if (instant.us == 0)
        return json_null();
    instant_add_text(&t, instant, utc_offset_s);
    return json_string(text_z(&t));
}

json_t *identity_json(const struct identity *identity)
{
    return json_pack("{s:o, s:o, s:I, s:I}", "acquirer",
                     json_fixed(identity->acquirer, ACQUIRER_ID_LEN), "terminal",
                     json_fixed(identity->terminal, TERMINAL_ID_LEN), "batch",
                     (json_int_t)identity->batch, "trace", (json_int_t)identity->trace);
}

enum err identity_from_json(const json_t *json, struct identity *out)
{
    const char *acquirer = json_string_value(json_object_get(json, "acquirer"));
    const char *terminal = json_string_value(json_object_get(json, "terminal"));
    json_int_t batch = json_integer_value(json_object_get(json, "batch"));
    json_int_t trace = json_integer_value(json_object_get(json, "trace"));
    struct identity identity = {.class = IDENTITY_PAYMENT};

    if (acquirer == NULL || terminal == NULL || batch < 0 || batch > 999999 || trace < 0 ||
        trace > 999999)
        return ERR_BAD_FORMAT;
    TRY(identity_id_from_text(acquirer, 0, identity.acquirer, ACQUIRER_ID_LEN));
    TRY(identity_id_from_text(terminal, ' ', identity.terminal, TERMINAL_ID_LEN));
    identity.batch = (uint32_t)batch;
    identity.trace = (uint32_t)trace;
    *out = identity;
    return OK;
}

/* Digits up to a stroke or the end; moves on behind it. */
static bool take_part(const char **text, uint32_t max, uint32_t *out)
{
    size_t len = strcspn(*text, "/");
    uint64_t number = 0;

    if (len == 0 || len > 6 || bytes_to_number(*text, len, &number) != OK || number > max)
        return false;
    *out = (uint32_t)number;
    *text += len + ((*text)[len] == '/');
    return true;
}

enum err identity_from_text(const char *text, const char *acquirer, struct identity *out)
{
    struct identity identity = {.class = IDENTITY_PAYMENT};
    char terminal[TERMINAL_ID_LEN + 1] = "";
    size_t len = strcspn(text, "/");

    if (len == 0 || len > TERMINAL_ID_LEN || text[len] != '/')
        return ERR_BAD_FORMAT;
    memcpy(terminal, text, len);
    text += len + 1;
    TRY(identity_id_from_text(acquirer, 0, identity.acquirer, ACQUIRER_ID_LEN));
    TRY(identity_id_from_text(terminal, ' ', identity.terminal, TERMINAL_ID_LEN));
    if (!take_part(&text, 999999, &identity.batch) || !take_part(&text, 999999, &identity.trace) ||
        *text != 0 || identity.trace == 0)
        return ERR_BAD_FORMAT;
    *out = identity;
    return OK;
}

static json_t *evidence_json(const struct payment_row *payment)
{
    json_t *list = json_array();

    for (size_t i = 0; i < EVIDENCE_MAX && payment->evidence[i].name != EVIDENCE_NONE; i++) {
        enum evidence_name name = (enum evidence_name)payment->evidence[i].name;

        if (name >= EVIDENCE_COUNT)
            break;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", evidence_label(name),
                                              "zh", evidence_zh(name), "en", evidence_en(name),
                                              "value", payment->evidence[i].text));
    }
    return list;
}

json_t *payment_row_json(const struct payment_row *payment, int32_t utc_offset_s)
{
    const struct outcome_row *outcome = outcome_row((enum outcome)payment->outcome);
    json_t *json = identity_json(&payment->identity);

    json_object_set_new(json, "kind", json_string(kind_row((enum txn_kind)payment->kind)->name));
    json_object_set_new(json, "stage",
                        json_string(payment_stage_name((enum payment_stage)payment->stage)));
    json_object_set_new(json, "money",
                        json_string(money_state_name((enum money_state)payment->money)));
    json_object_set_new(json, "outcome", json_string(outcome->name));
    json_object_set_new(json, "number", json_integer(outcome->number));
    json_object_set_new(json, "code", json_fixed(payment->code, RESPONSE_CODE_LEN));
    json_object_set_new(json, "decided_by",
                        json_string(party_name((enum party)payment->decided_by)));
    json_object_set_new(json, "acts", json_string(party_name(outcome->acts)));
    json_object_set_new(json, "amount", json_money(payment->amount));
    json_object_set_new(json, "currency", json_string(money_letters(payment->amount.currency)));
    if (payment->balance.currency != 0)
        json_object_set_new(json, "balance", json_money(payment->balance));
    json_object_set_new(json, "card", json_string(payment->pan.masked.at));
    json_object_set_new(json, "merchant", json_fixed(payment->merchant, MERCHANT_ID_LEN));
    json_object_set_new(json, "issuer", json_fixed(payment->issuer, ISSUER_ID_LEN));
    json_object_set_new(json, "rrn", json_fixed(payment->rrn, RRN_LEN));
    json_object_set_new(json, "auth_id", json_fixed(payment->auth_id, AUTH_ID_LEN));
    json_object_set_new(json, "created", json_instant(payment->created, utc_offset_s));
    json_object_set_new(json, "changed", json_instant(payment->changed, utc_offset_s));
    json_object_set_new(json, "deadline", json_instant(payment->deadline, utc_offset_s));
    json_object_set_new(json, "copies", json_integer(payment->copies));
    json_object_set_new(json, "evidence", evidence_json(payment));
    return json;
}

static json_t *advice_json(const struct payment_status *status)
{
    return json_pack("{s:s, s:s}", "zh", payment_status_advice(status, LANG_ZH), "en",
                     payment_status_advice(status, LANG_EN));
}

static void add_seen(json_t *json, const struct payment_status *status, int32_t utc_offset_s)
{
    const struct outcome_row *cause = outcome_row(status->cause);

    json_object_set_new(json, "kind", json_string(kind_row(status->kind)->name));
    json_object_set_new(json, "amount", json_money(status->amount));
    json_object_set_new(json, "currency", json_string(money_letters(status->amount.currency)));
    json_object_set_new(json, "followed", json_string(follow_state_name(status->follow)));
    json_object_set_new(json, "returned",
                        json_money(money_of(status->returned_minor, status->amount.currency)));
    json_object_set_new(json, "rrn", json_fixed(status->rrn, RRN_LEN));
    json_object_set_new(json, "auth_id", json_fixed(status->auth_id, AUTH_ID_LEN));
    json_object_set_new(json, "code", json_fixed(status->code, RESPONSE_CODE_LEN));
    json_object_set_new(json, "cause", json_string(cause->name));
    json_object_set_new(json, "number", json_integer(cause->number));
    json_object_set_new(json, "decided_by", json_string(party_name(status->decided_by)));
    json_object_set_new(json, "created", json_instant(status->created, utc_offset_s));
}

json_t *payment_status_json(const struct payment_status *status, int32_t utc_offset_s)
{
    char room[64];
    struct text t = text_over(room, sizeof room);

    identity_add_text(&t, &status->identity);
    json_t *json = json_pack(
        "{s:s, s:o, s:s, s:s, s:s, s:b, s:b, s:o, s:s, s:o, s:i}", "payment", text_z(&t),
        "identity", identity_json(&status->identity), "state", payment_state_name(status->state),
        "state_text", payment_status_text(status->state, LANG_EN), "money",
        money_state_name(status->money), "final", (int)status->is_final, "safe_to_retry",
        (int)status->is_safe_to_retry, "retry_text", advice_json(status), "next",
        explain_next_name(status->next), "next_at", json_instant(status->next_at, utc_offset_s),
        "tries", (int)status->tries);

    if (status->kind != KIND_NONE)
        add_seen(json, status, utc_offset_s);
    return json;
}

static json_t *receipt_json(const struct config *config, const struct payment_row *payment,
                            const struct payment_row *original)
{
    const struct paper_order plain = {.width = SLIP_WIDTH, .original = original};
    char room[SLIP_PRINTED_MAX];
    struct text t = text_over(room, sizeof room);

    if (kind_row((enum txn_kind)payment->kind)->shape != SHAPE_NETWORK)
        paper_add_receipt(config, payment, &plain, &t);
    return json_string(text_z(&t));
}

/* What the cashier is told of the printer: the payment stands. */
static json_t *paper_out_json(void)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_TERMINAL_OUT_OF_PAPER);
    json_t *json = json_pack("{s:s}", "outcome", outcome_row(facts.outcome)->name);

    for (unsigned lang = 0; lang < LANG_COUNT; lang++) {
        char room[EXPLAIN_TEXT_MAX];
        struct text t = text_over(room, sizeof room);
        struct explanation explanation;

        facts.money = MONEY_MOVED;
        facts.proof = PROOF_ANSWER;
        explain(&facts, READER_CASHIER, (enum explain_lang)lang, &explanation);
        explanation_add_text(&explanation, &t);
        json_object_set_new(json, explain_lang_name((enum explain_lang)lang),
                            json_string(text_z(&t)));
    }
    return json;
}

/* Paid, and no slip came out. A refusal's slip is for the screen as well. */
static bool has_no_paper(const struct node_display *display)
{
    enum receipt_sort sort = receipt_sort(&display->payment);
    bool stands = sort == RECEIPT_GOOD || sort == RECEIPT_STORED;

    return display->outcome == OUTCOME_TERMINAL_OUT_OF_PAPER ||
           (stands && display->payment.copies == 0);
}

static json_t *status_json(const struct payment_row *payment, const struct config *config)
{
    struct payment_status status;

    payment_status_of(&payment->identity, payment, NULL, &status);
    return payment_status_json(&status, config->world.utc_offset_s);
}

/* What the host said, over the line. It ends no doubt: what it has never seen may still come. */
static json_t *told_json(const struct node_display *display)
{
    const struct payment_row *story = &display->payment;
    enum payment_state state = (enum payment_state)display->told_state;
    char room[64];
    struct text t = text_over(room, sizeof room);

    identity_add_text(&t, &story->identity);
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:b, s:b}", "payment", text_z(&t), "state",
                  payment_state_name(state), "state_text", payment_status_text(state, LANG_EN),
                  "final", (int)(payment_state_is_final(state) && state != PAYMENT_NEVER_SEEN),
                  "safe_to_retry", (int)(state == PAYMENT_REFUSED || state == PAYMENT_TAKEN_BACK));
    json_object_set_new(json, "amount", json_money(story->amount));
    json_object_set_new(json, "rrn", json_fixed(story->rrn, RRN_LEN));
    json_object_set_new(json, "auth_id", json_fixed(story->auth_id, AUTH_ID_LEN));
    json_object_set_new(json, "code", json_fixed(story->code, RESPONSE_CODE_LEN));
    if (display->heard_state != 0) {
        enum payment_state heard = (enum payment_state)(display->heard_state - 1);
        json_object_set_new(json, "issuer_state", json_string(payment_state_name(heard)));
    }
    return json;
}

json_t *payment_json(const struct config *config, const struct node_display *display,
                     const struct payment_row *original, int64_t took_us)
{
    const struct outcome_row *outcome = outcome_row(display->outcome);
    json_t *json =
        json_pack("{s:b, s:b, s:s, s:i, s:s, s:I}", "ok", 1, "approved",
                  (int)outcome_is_approved(display->outcome), "outcome", outcome->name, "number",
                  (int)outcome->number, "code", outcome->code, "took_us", (json_int_t)took_us);

    json_object_set_new(json, "repeated", json_boolean(display->is_repeat));
    if (!display->has_payment) {
        json_object_set_new(json, "money", json_string(money_state_name(outcome->money)));
        return json;
    }
    json_object_set_new(json, "money",
                        json_string(money_state_name((enum money_state)display->payment.money)));
    json_object_set_new(json, "payment",
                        payment_row_json(&display->payment, config->world.utc_offset_s));
    if (display->payment.kind == KIND_QUERY && outcome_is_approved(display->outcome))
        json_object_set_new(json, "told", told_json(display));
    if (kind_row((enum txn_kind)display->payment.kind)->shape == SHAPE_NETWORK)
        return json; /* a sign-in, a settlement: told as a payment is, but it is none */
    json_object_set_new(json, "status", status_json(&display->payment, config));
    if (has_no_paper(display))
        json_object_set_new(json, "paper", paper_out_json());
    else
        json_object_set_new(json, "receipt", receipt_json(config, &display->payment, original));
    return json;
}

json_t *journal_record_json(const struct journal_record *record, int32_t utc_offset_s)
{
    enum journal_what what = (enum journal_what)record->what;
    json_t *json = json_pack(
        "{s:I, s:I, s:o, s:s, s:s, s:s, s:s}", "sequence", (json_int_t)record->sequence, "at_us",
        (json_int_t)record->wall.us, "at", json_instant(record->wall, utc_offset_s), "what",
        journal_what_name(what), "zh", journal_what_zh(what), "en", journal_what_en(what), "money",
        money_state_name(record->money < MONEY_STATE_COUNT ? (enum money_state)record->money
                                                           : MONEY_UNKNOWN));

    if (record->outcome != OUTCOME_NONE && outcome_is_known(record->outcome))
        json_object_set_new(json, "outcome",
                            json_string(outcome_row((enum outcome)record->outcome)->name));
    return json;
}

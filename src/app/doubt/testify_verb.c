#include "app/doubt/testify_verb.h"

#include "app/doubt/testimony_json.h"
#include "app/story/payment_json.h"
#include "app/world/server.h"
#include "explain/catalogue.h"
#include "node/doubt.h"
#include "node/persons.h"

#include <stdlib.h>
#include <string.h>

struct errand {
    struct server *server;
    struct control_call *call;
    struct party_server *party;
    struct node_command command;
    struct identity identity; /* of a testimony */
    enum testimony_result result;
    bool has_testimony;
    struct testimony_row testimony; /* as it stands when the command is done */
    bool is_owed;
    struct pending_row pending;
};

/* ---- the answer ---- */

/* What came of it, for people; the rest of "too young" is said with its times. */
static const struct {
    const char *zh;
    const char *en;
} texts[] = {
    [TESTIMONY_IS_PROPOSED] = {"已记录，待另一人确认",
                               "recorded; another person has to confirm it"},
    [TESTIMONY_IS_SETTLED] = {"已了结", "settled: the debt is ended"},
    [TESTIMONY_IS_WITHDRAWN] = {"已撤回", "withdrawn"},
    [TESTIMONY_IS_SAME] = {"照此，无新变化", "so it stands"},
    [TESTIMONY_NO_PERSON] = {"没有此人，或口令不符",
                             "there is no such person here, or it is another "
                             "password (acquit doubt person sets one)"},
    [TESTIMONY_LOCKED] = {"口令错误过多，已锁定，须由他人重设",
                          "locked after too many wrong passwords; another person sets it anew"},
    [TESTIMONY_NO_KEY_MODULE] = {"密钥模块没有答复，或口令不足八位",
                                 "the key module did not answer, or a new password is shorter "
                                 "than 8"},
    [TESTIMONY_NOT_OWED] = {"此处对这笔交易没有未了之事",
                            "nothing is owed on that payment here, so there is nothing to settle"},
    [TESTIMONY_NOT_SENT] = {"尚未从终端送出，对方不可能知道：请先签到送出",
                            "it has not left the terminal, so nobody else can know of it: let the "
                            "terminal sign in and send it"},
    [TESTIMONY_TOO_YOUNG] = {"尚未转人工，可能自行了结",
                             "it was not handed to a person yet and may well end by itself"},
    [TESTIMONY_UNFIT] = {"此说法不能了结这笔债：冲正须为 taken-back 或 never-seen（终端还可为 "
                         "approved），通知须为 approved 或 refused，查询另可为 never-seen",
                         "that word does not answer this debt: a reversal ends as taken-back or "
                         "never-seen (a terminal's also as approved), an advice as approved or "
                         "refused, a query also as never-seen; what the shop was told is taken "
                         "back is never approved after all: have the bank give it back, then say "
                         "taken-back"},
    [TESTIMONY_ONE_PERSON] = {"须由另一人确认",
                              "who said it cannot confirm it: a second person must"},
    [TESTIMONY_OTHER_WORD] = {"另有陈述在先：请确认或撤回它",
                              "something else was said, or by another: confirm that, or withdraw "
                              "it first"},
    [TESTIMONY_OTHER_SETTLED] = {"已按另一结论了结，不再更改",
                                 "it was settled as something else, and stays so"},
    [TESTIMONY_NOT_PROPOSED] = {"没有待确认的陈述", "nothing was said that could be confirmed or "
                                                    "withdrawn"},
    [TESTIMONY_DAMAGED] = {"请求或记录无法辨认",
                           "the request, or the payment's row, cannot be read"},
};

_Static_assert(ARRAY_COUNT(texts) == TESTIMONY_RESULT_COUNT, "words for each result");

/* When a younger debt may be settled. */
static void add_when(const struct errand *errand, enum explain_lang lang, struct text *t)
{
    const struct lab_timings *timings = &errand->server->config.world.timings;
    struct doubt_limits limits = doubt_limits_of(timings->hand_over_s);
    struct instant at = instant_add_ms(errand->pending.since, limits.silence_ms);

    text_add(t, lang == LANG_ZH ? "；满" : "; it may be settled once it was refused ");
    text_add_u64(t, limits.refusals);
    text_add(t, lang == LANG_ZH ? "次尝试且被拒，或到" : " times, or from ");
    instant_add_text(t, at, errand->server->config.world.utc_offset_s);
    text_add(t, lang == LANG_ZH ? "起可了结，已试" : ", after ");
    text_add_u64(t, errand->pending.attempts);
    text_add(t, lang == LANG_ZH ? "次" : " tries so far");
}

static json_t *text_json(const struct errand *errand, enum explain_lang lang)
{
    char room[600];
    struct text t = text_over(room, sizeof room);

    text_add(&t, lang == LANG_ZH ? texts[errand->result].zh : texts[errand->result].en);
    if (errand->result == TESTIMONY_TOO_YOUNG && errand->is_owed)
        add_when(errand, lang, &t);
    return json_string(text_z(&t));
}

static void errand_free(struct errand *errand)
{
    bytes_wipe(&errand->command, sizeof errand->command);
    free(errand);
}

static void answer(void *context)
{
    struct errand *errand = context;
    json_t *json =
        json_pack("{s:b, s:s, s:b, s:s, s:{s:o, s:o}}", "ok", 1, "result",
                  testimony_result_name(errand->result), "refused",
                  (int)testimony_is_refused(errand->result), "party", errand->party->name, "text",
                  "zh", text_json(errand, LANG_ZH), "en", text_json(errand, LANG_EN));

    testimony_set(json, errand->has_testimony ? &errand->testimony : NULL,
                  errand->server->config.world.utc_offset_s);
    control_answer(errand->call, json);
    errand_free(errand);
}

static void look(struct lane *lane, void *context)
{
    struct errand *errand = context;
    struct store *store = lane_store(lane);
    struct store_row *row = calloc(1, sizeof *row);

    errand->has_testimony = testimony_load(store, &errand->identity, &errand->testimony);
    if (row == NULL)
        return;
    row->key = errand->command.key;
    errand->is_owed = store->load(store->self, &row, 1) == STORE_OK && row->found &&
                      row->len == sizeof errand->pending;
    if (errand->is_owed)
        memcpy(&errand->pending, row->value, sizeof errand->pending);
    free(row);
}

/* ---- the command ---- */

static void shown(void *context, const struct node_display *display)
{
    struct errand *errand = context;
    struct lane_job job = {.run = look, .done = answer, .context = errand};

    errand->result = display->testimony < TESTIMONY_RESULT_COUNT
                         ? (enum testimony_result)display->testimony
                         : TESTIMONY_DAMAGED;
    if (errand->command.kind == COMMAND_PERSON || !lane_run(errand->party->lane, &job))
        answer(errand);
}

static const char *order(struct errand *errand)
{
    struct lane_item *item = lane_item_new(errand->party->lane);
    uint64_t ticket = item == NULL ? 0 : tickets_new(&errand->server->tickets, shown, errand);

    if (ticket == 0)
        return "too busy; try again";
    item->event.kind = EVENT_COMMAND;
    item->event.ticket = ticket;
    item->command = errand->command;
    item->has_command = true;
    lane_push(errand->party->lane);
    return NULL;
}

/* ---- the request ---- */

static const char *text_of(const json_t *request, const char *key)
{
    const char *text = json_string_value(json_object_get(request, key));

    return text == NULL ? "" : text;
}

static const char *take_party(struct errand *errand, const json_t *request)
{
    const char *at = text_of(request, "at");
    bool is_switch = *at == 0 || strcmp(at, "switch") == 0 || strcmp(at, "acquirer") == 0;

    if (!is_switch && strcmp(at, "terminal") != 0)
        return "at: expected switch or terminal: an issuer owes nothing";
    errand->party = server_party(errand->server, is_switch ? PARTY_ACQUIRER : PARTY_TERMINAL);
    return errand->party == NULL ? "the party that is asked for is not here" : NULL;
}

static const char *take_person(const json_t *request, const char *key,
                               char out[static PERSON_NAME_LEN])
{
    const char *name = text_of(request, key);
    const char *fault = testimony_person_fault(bytes_of_z(name));

    if (fault == NULL)
        memcpy(out, name, strlen(name));
    return fault;
}

static const char *take_password(const json_t *request, const char *key, struct secret *out)
{
    const char *password = text_of(request, key);

    return secret_from(bytes_of_z(password), out) == OK ? NULL : "a password has at most 32 bytes";
}

static const char *take_word(const json_t *request, struct testimony_act_value *value)
{
    enum payment_state word = testimony_word_by_name(text_of(request, "as"));

    value->word = (uint8_t)(word < PAYMENT_STATE_COUNT ? word : PAYMENT_NEVER_SEEN);
    return word < PAYMENT_STATE_COUNT ? NULL
                                      : "as: expected taken-back, never-seen, approved or refused";
}

static const char *take_evidence(const json_t *request, struct testimony_act_value *value)
{
    static char words[256]; /* of the link thread, the only one that takes requests */
    const char *evidence = text_of(request, "evidence");
    const char *fault = testimony_text_fault(bytes_of_z(evidence), TESTIMONY_EVIDENCE_LEN);
    struct text t = text_over(words, sizeof words);

    if (fault == NULL) {
        memcpy(value->evidence, evidence, strlen(evidence));
        return NULL;
    }
    text_add(&t, "evidence: it ");
    text_add(&t, fault);
    return text_z(&t);
}

static const char *take_rrn(const json_t *request, struct testimony_act_value *value)
{
    const char *rrn = text_of(request, "rrn");

    if (*rrn == 0)
        return NULL;
    if (strlen(rrn) != RRN_LEN || !bytes_are_digits(rrn, RRN_LEN))
        return "rrn: expected twelve digits";
    memcpy(value->rrn, rrn, RRN_LEN);
    return NULL;
}

static const char *take_act(const json_t *request, struct testimony_act_value *value)
{
    const char *act = text_of(request, "act");
    const char *fault;

    if (strcmp(act, "withdraw") == 0) {
        value->act = TESTIMONY_WITHDRAW;
        return NULL;
    }
    if (strcmp(act, "propose") != 0 && strcmp(act, "confirm") != 0)
        return "act: expected propose, confirm or withdraw";
    value->act = act[0] == 'p' ? TESTIMONY_PROPOSE : TESTIMONY_CONFIRM;
    fault = take_word(request, value);
    if (fault == NULL)
        fault = take_rrn(request, value);
    return fault != NULL || value->act == TESTIMONY_CONFIRM ? fault : take_evidence(request, value);
}

static const char *read_testimony(struct errand *errand, const json_t *request)
{
    struct testimony_act_value value;
    struct node_command *command = &errand->command;
    const char *acquirer = errand->server->config.world.acquirer.id;
    const char *fault;

    memset(&value, 0, sizeof value);
    if (identity_from_text(text_of(request, "payment"), acquirer, &errand->identity) != OK)
        return "payment: expected terminal/batch/trace, such as T1/000001/000042";
    fault = take_person(request, "by", value.person);
    if (fault != NULL)
        return "by: a person's name has 1 to 15 letters, digits, dots and hyphens";
    fault = take_act(request, &value);
    if (fault == NULL)
        fault = take_password(request, "password", &command->supervisor.password);
    command->kind = COMMAND_TESTIFY;
    command->key = payment_row_key(&errand->identity);
    command->key.table = TABLE_PENDING;
    command->value_len = sizeof value;
    memcpy(command->value, &value, sizeof value);
    return fault;
}

static const char *read_person(struct errand *errand, const json_t *request)
{
    struct persons_put put;
    struct node_command *command = &errand->command;
    const char *fault;

    memset(&put, 0, sizeof put);
    if (take_person(request, "person", put.person) != NULL ||
        (*text_of(request, "voucher") != 0 && take_person(request, "voucher", put.voucher) != NULL))
        return "a person's name has 1 to 15 letters, digits, dots and hyphens";
    fault = take_password(request, "new_password", &command->cashier.password);
    if (fault == NULL)
        fault = take_password(request, "password", &command->supervisor.password);
    command->kind = COMMAND_PERSON;
    command->value_len = sizeof put;
    memcpy(command->value, &put, sizeof put);
    return fault;
}

/* Said by the party that is asked, so that nobody asks the next process. */
static void answer_fault(struct control_call *call, const char *party, const char *fault)
{
    control_answer(call, json_pack("{s:b, s:s, s:b, s:s, s:{s:s, s:s}}", "ok", 1, "result", "wrong",
                                   "refused", 1, "party", party, "text", "zh", fault, "en", fault));
}

static void run(struct server *server, struct control_call *call, const json_t *request,
                const char *(*read)(struct errand *errand, const json_t *request))
{
    struct errand *errand = calloc(1, sizeof *errand);

    if (errand == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    errand->server = server;
    errand->call = call;
    const char *fault = take_party(errand, request);
    if (fault != NULL) {
        control_refuse(call, fault);
        errand_free(errand);
        return;
    }
    fault = read(errand, request);
    if (fault == NULL)
        fault = order(errand);
    if (fault == NULL)
        return;
    answer_fault(call, errand->party->name, fault);
    errand_free(errand);
}

void testify_verb(struct server *server, struct control_call *call, const json_t *request)
{
    run(server, call, request, read_testimony);
}

void person_verb(struct server *server, struct control_call *call, const json_t *request)
{
    run(server, call, request, read_person);
}

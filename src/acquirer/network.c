#include "acquirer/network.h"

#include "acquirer/handout.h"
#include "acquirer/respond.h"
#include "base/assert.h"
#include "node/standing.h"

#include <string.h>

#define BATCH_MAX 999999 /* 60.2 is n6 */
#define TRACE_MAX 999999
#define SIGN_ON_ATTEMPTS 4 /* after the first sign-on, the pause of a fourth try: no flood */
#define SIGN_ON_LATE_MAX 8 /* sign-ons since the one whose answer comes at last */
#define ZONE_KEYS 2        /* ZPK, ZAK; for a terminal PIK, MAK */

/* clang-format off */
static const struct {
    uint16_t code; /* 60.3 */
    enum download_layout layout;
} download_table[] = {
    { 1, DOWNLOAD_24 },
    { 3, DOWNLOAD_40 },
};
/* clang-format on */

static size_t download_index(const struct txn_message *message)
{
    size_t i = 0;

    while (i < ARRAY_COUNT(download_table) && download_table[i].code != message->network_code)
        i++;
    return i;
}

bool network_download_is_known(const struct txn_message *message)
{
    return download_index(message) < ARRAY_COUNT(download_table);
}

/* ---- terminals ---- */

void network_terminal_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_keys_key(&desk.identity));
    node_need(work, desk_merchant_key(desk.message->merchant));
    if (desk.message->kind == KIND_SIGN_IN)
        handout_need_signed_in(&desk);
}

/* The same sign-in again, doubled by the line: the answer that is on its way must stay the one that
 * counts, so new keys are not made. A terminal that tries again takes a new trace number. */
static bool is_doubled(const struct desk *desk)
{
    int64_t age_ms = desk_age_ms(desk, desk->terminal->signed_in);

    return identity_equal(&desk->terminal->last, &desk->identity) && age_ms >= 0 &&
           age_ms < (int64_t)desk->config->answer_wait_ms;
}

void network_terminal_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct hsm_command command = {.kind = HSM_WORK_KEYS_MAKE};
    struct key_owner owner = desk_owner(desk.identity.terminal, TERMINAL_ID_LEN);
    struct row_key rests_on = desk_terminal_key(&desk.identity);

    if (desk.message->kind != KIND_SIGN_IN || admit_network(&desk).outcome != OUTCOME_NONE ||
        is_doubled(&desk))
        return;
    command.of.work_keys_make.master = hsm_key_of(&desk.terminal->master, &owner);
    command.of.work_keys_make.layout = download_table[download_index(desk.message)].layout;
    command.of.work_keys_make.pin_mode = KEY_PIN_ISO_0;
    command.of.work_keys_make.mac_mode = KEY_MAC_CUP_ECB;
    command.of.work_keys_make.version = desk.keys != NULL ? desk.keys->version + 1 : 1;
    node_ask(work, ASK_KEYS, &command, &rests_on);
}

static void put_check(const struct keyblock *block, uint8_t out[static CHECK_VALUE_LEN])
{
    struct key_header header;

    if (keyblock_header(block, &header) == OK)
        memcpy(out, header.check.at, CHECK_VALUE_LEN);
}

static void put_keys(const struct desk *desk, const struct hsm_answer *answer)
{
    struct row_key key = desk_keys_key(&desk->identity);
    struct terminal_keys_row row;

    memset(&row, 0, sizeof row);
    if (desk->keys != NULL)
        row = *desk->keys;
    row.layout = PARTY_ROW_LAYOUT;
    row.version++;
    row.changed = desk->event->wall;
    row.mac_before = row.mac;
    row.pin = answer->of.work_keys.keys[0];
    row.mac = answer->of.work_keys.keys[1];
    put_check(&row.pin, row.pin_check);
    put_check(&row.mac, row.mac_check);
    node_put(desk->work, &key, &row, sizeof row);
}

/* A terminal that names no batch remembers nothing: a new one, or one whose store was lost. It will
 * count its trace numbers from 1, so it gets a batch that was never used, and no identity of an
 * older payment comes again. */
static struct terminal_row put_signed_in(const struct desk *desk)
{
    struct row_key key = desk_terminal_key(&desk->identity);
    struct terminal_row row = *desk->terminal;

    assert(row.batch < BATCH_MAX || desk->message->identity.batch != 0);
    row.is_signed_in = true;
    row.signed_in = desk->event->wall;
    row.last = desk->identity;
    if (row.batch == 0 || desk->message->identity.batch == 0)
        row.batch++;
    if (desk->message->software != 0)
        row.software = desk->message->software;
    node_put(desk->work, &key, &row, sizeof row);
    return row;
}

static void turn_away(const struct desk *desk, const struct verdict *verdict)
{
    if (desk->terminal != NULL || desk->message->kind == KIND_SIGN_IN)
        desk_record(desk, WHAT_DECLINED, verdict->outcome);
    respond_refusal(desk, verdict, RESPOND_PLAIN);
}

static void sign_in(const struct desk *desk)
{
    const struct hsm_answer *answer = node_answer(desk->work, ASK_KEYS);
    struct verdict fault = {.outcome = OUTCOME_SWITCH_FAULT};

    if (is_doubled(desk))
        return;
    if (answer == NULL || answer->result != HSM_OK || answer->of.work_keys.count < ZONE_KEYS ||
        answer->of.work_keys.len > DOWNLOAD_LEN_MAX) {
        evidence_add(fault.evidence, EVIDENCE_COMPONENT, "terminal master key");
        turn_away(desk, &fault);
        return;
    }
    put_keys(desk, answer);
    struct terminal_row row = put_signed_in(desk);
    desk_record(desk, WHAT_SIGNED_IN, OUTCOME_APPROVED);
    struct txn_message *out = respond_network(desk);
    out->identity.batch = row.batch;
    out->demand = handout_demand(desk);
    memcpy(out->keys, answer->of.work_keys.download, answer->of.work_keys.len);
    out->keys_len = answer->of.work_keys.len;
}

static void sign_off(const struct desk *desk)
{
    struct row_key key = desk_terminal_key(&desk->identity);
    struct terminal_row row = *desk->terminal;

    if (row.is_signed_in) {
        row.is_signed_in = false;
        node_put(desk->work, &key, &row, sizeof row);
        desk_record(desk, WHAT_SIGNED_OFF, OUTCOME_APPROVED);
    }
    (void)respond_network(desk);
}

void network_terminal_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_network(&desk);

    if (verdict.outcome != OUTCOME_NONE)
        turn_away(&desk, &verdict);
    else if (desk.message->kind == KIND_SIGN_IN)
        sign_in(&desk);
    else if (desk.message->kind == KIND_SIGN_OFF)
        sign_off(&desk);
    else
        (void)respond_network(&desk);
}

/* ---- issuers ---- */

void network_zone_needs(struct node_work *work)
{
    const char *issuer =
        work->event->kind == EVENT_TIMER ? (const char *)work->event->key.at : work->event->peer;

    node_need(work, desk_config_key());
    desk_need_issuer(work, issuer);
    standing_need(work, issuer);
}

/* This node's link as it stands; one that it never had is empty. */
static struct issuer_link_row link_of(const struct desk *desk)
{
    struct issuer_link_row row;

    assert(desk->issuer != NULL);
    if (desk->link != NULL)
        return *desk->link;
    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.node = desk->event->node;
    memcpy(row.issuer, desk->issuer->issuer, sizeof row.issuer);
    return row;
}

static void put_link(const struct desk *desk, const struct issuer_link_row *row)
{
    struct row_key key = desk_link_key(row->issuer, desk->event->node);

    node_put(desk->work, &key, row, sizeof *row);
}

/* Network messages have no terminal; their identity is the switch and a trace number. */
static void send_network(const struct desk *desk, const struct issuer_link_row *row,
                         enum txn_kind kind, uint16_t code)
{
    struct node_send *send = node_send_new(desk->work, row->link);
    struct txn_message *out = &send->message;

    out->kind = kind;
    out->function = FUNCTION_REQUEST;
    memcpy(out->identity.acquirer, desk->config->id, ACQUIRER_ID_LEN);
    memset(out->identity.terminal, ' ', TERMINAL_ID_LEN);
    out->identity.class = IDENTITY_PAYMENT;
    out->identity.trace = row->sign_on_trace;
    memcpy(out->issuer, row->issuer, sizeof out->issuer);
    out->network_code = code;
    out->sent = desk->event->wall;
    standing_tell(desk->work, false, &out->mark);
    respond_set_time(desk, out);
}

/* Another node has taken keys since the last sign-on left. Of two nodes that sign on at the same
 * time the issuer knows whose keys are the newer ones, and we do not: its answers may be taken here
 * in another order. Were the older keys kept, the issuer would soon refuse whatever comes under
 * them. So keys count only when no other node has taken any since they were asked for, and are
 * asked for again otherwise. */
static bool is_overtaken(const struct desk *desk, const struct issuer_link_row *row)
{
    return row->asked_version != 0 && row->asked_version != desk->issuer->key_version + 1;
}

/* Answers to what was asked for before the keys changed are too old, also for an issuer that is not
 * up. */
static void sign_on(const struct desk *desk, struct issuer_link_row *row, uint32_t attempts)
{
    uint32_t step = is_overtaken(desk, row) ? SIGN_ON_LATE_MAX + 1 : 1;

    row->since = desk->event->wall;
    row->sign_on_trace = row->sign_on_trace + step > TRACE_MAX ? step : row->sign_on_trace + step;
    row->asked_version = desk->issuer->key_version + 1;
    put_link(desk, row);
    send_network(desk, row, KIND_SIGN_IN, NETWORK_SIGN_ON);
    desk_wake(desk, &desk->issuer_key, desk_backoff_ms(desk, attempts));
}

bool network_renew_zone(const struct desk *desk)
{
    struct issuer_link_row row = link_of(desk);
    int64_t age_ms = desk_age_ms(desk, row.since);

    if (row.link != desk->event->link ||
        (age_ms >= 0 && age_ms < (int64_t)desk->config->retry_first_ms))
        return false;
    sign_on(desk, &row, 1);
    return true;
}

static void link_up(const struct desk *desk)
{
    struct issuer_link_row row = link_of(desk);

    row.is_up = false;
    row.link = desk->event->link;
    sign_on(desk, &row, 1);
    desk_record(desk, WHAT_LINK_CHANGED, OUTCOME_NONE);
}

/* The news of an older link's end may come after the newer link; link 0 means all of them. */
static void link_down(const struct desk *desk)
{
    struct issuer_link_row row = link_of(desk);

    if ((row.link == 0 && !row.is_up) || (desk->event->link != 0 && desk->event->link != row.link))
        return;
    row.is_up = false;
    row.link = 0;
    row.since = desk->event->wall;
    put_link(desk, &row);
    desk_record(desk, WHAT_LINK_CHANGED, OUTCOME_ISSUER_UNREACHABLE);
}

void network_link_step(struct node_work *work)
{
    struct desk desk = desk_of(work);

    if (desk.issuer == NULL)
        return;
    if (work->event->kind == EVENT_LINK_UP)
        link_up(&desk);
    else
        link_down(&desk);
}

void network_tick_step(struct node_work *work)
{
    struct desk desk = desk_of(work);

    if (desk.issuer == NULL || desk.link == NULL || desk.link->link == 0)
        return;
    struct issuer_link_row row = *desk.link;
    if (!row.is_up) {
        sign_on(&desk, &row, SIGN_ON_ATTEMPTS);
        desk_record(&desk, WHAT_LINK_CHANGED, OUTCOME_NONE);
        return;
    }
    send_network(&desk, &row, KIND_ECHO, NETWORK_ECHO);
    desk_wake(&desk, &desk.issuer_key, NETWORK_ECHO_MS);
}

/* An issuer tests the link, or says that it goes; the switch then knocks until it is back. Payments
 * do not come over an issuer's link: they are answered "not supported". */
void network_request_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict refusal = {.outcome = OUTCOME_TRANSACTION_UNSUPPORTED};

    if (desk.issuer == NULL)
        return;
    if (desk.message->kind == KIND_ECHO) {
        (void)respond_network(&desk);
    } else if (desk.message->kind == KIND_SIGN_OFF && link_of(&desk).link == work->event->link) {
        struct issuer_link_row row = link_of(&desk);
        row.is_up = false;
        row.since = work->event->wall;
        put_link(&desk, &row);
        desk_record(&desk, WHAT_LINK_CHANGED, OUTCOME_ISSUER_UNREACHABLE);
        (void)respond_network(&desk);
        desk_wake(&desk, &desk.issuer_key, desk.config->retry_max_ms);
    } else {
        respond_refusal(&desk, &refusal, RESPOND_PLAIN);
    }
}

/* The answer to our newest sign-on, over the link that it was sent on. While the issuer is not up
 * an older one will do: it came late because one side was slow, and its keys serve until the next.
 */
static bool is_awaited(const struct desk *desk)
{
    const struct issuer_link_row *link = desk->link;

    if (desk->issuer == NULL || link == NULL || desk->message->kind != KIND_SIGN_IN ||
        link->link != desk->event->link)
        return false;
    uint32_t behind = link->sign_on_trace - desk->message->identity.trace;
    return behind == 0 || (!link->is_up && behind <= SIGN_ON_LATE_MAX);
}

static bool is_approved(const struct txn_message *message)
{
    return memcmp(message->code, "00", RESPONSE_CODE_LEN) == 0;
}

void network_answer_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct hsm_command command = {.kind = HSM_WORK_KEYS_TAKE};
    uint8_t len = desk.message->keys_len;

    if (!is_awaited(&desk) || !is_approved(desk.message) || len == 0 || len > DOWNLOAD_LEN_MAX ||
        standing_judge(work, desk.issuer->issuer) != STANDING_GOOD)
        return;
    struct key_owner owner = desk_owner(desk.issuer->issuer, ISSUER_ID_LEN);
    command.of.work_keys_take.master = hsm_key_of(&desk.issuer->zone_master, &owner);
    command.of.work_keys_take.pin_mode = ZONE_PIN_MODE;
    command.of.work_keys_take.mac_mode = ZONE_MAC_MODE;
    command.of.work_keys_take.version = desk.issuer->key_version + 1;
    command.of.work_keys_take.len = len;
    memcpy(command.of.work_keys_take.download, desk.message->keys, len);
    node_ask(work, ASK_KEYS, &command, &desk.issuer_key);
}

/* The zone's keys are the party's: whichever node signs on takes them for all. The key before stays
 * for a while, since other nodes have messages in flight on it. */
static void take_zone_keys(const struct desk *desk, const struct hsm_answer *answer)
{
    struct issuer_row row = *desk->issuer;

    row.zone_mac_before = row.zone_mac;
    row.zone_pin = answer->of.work_keys.keys[0];
    row.zone_mac = answer->of.work_keys.keys[1];
    row.key_version++;
    row.since = desk->event->wall;
    node_put(desk->work, &desk->issuer_key, &row, sizeof row);
}

/* The books of one of the two are older than what it told the other: until a person has looked,
 * the issuer stays signed off. A person is called once. */
static void stay_apart(const struct desk *desk, enum standing standing)
{
    struct issuer_link_row row = *desk->link;
    bool is_news = standing_note(desk->work, desk->issuer->issuer, standing);

    if (row.standing == standing && !is_news)
        return;
    row.standing = (uint8_t)standing;
    row.is_up = false;
    row.since = desk->event->wall;
    put_link(desk, &row);
    desk_record(desk, WHAT_BOOKS_APART, OUTCOME_ISSUER_BOOKS_APART);
    desk_alarm(desk);
}

/* What an echo's answer says of the issuer's journal. */
static void hear(const struct desk *desk)
{
    if (desk->issuer != NULL && desk->link != NULL && desk->link->is_up &&
        desk->message->kind == KIND_ECHO &&
        standing_judge(desk->work, desk->issuer->issuer) == STANDING_GOOD &&
        standing_note(desk->work, desk->issuer->issuer, STANDING_GOOD))
        desk_record(desk, WHAT_PEER_HEARD, OUTCOME_NONE);
}

void network_answer_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    const struct hsm_answer *answer = node_answer(work, ASK_KEYS);

    if (!is_awaited(&desk)) {
        hear(&desk); /* an echo's answer; one that came too late tells nothing */
        return;
    }
    struct issuer_link_row row = *desk.link;
    if (is_overtaken(&desk, &row)) { /* nor is its journal behind for having been asked before */
        sign_on(&desk, &row, 1);
        desk_record(&desk, WHAT_LINK_CHANGED, OUTCOME_NONE);
        return;
    }
    enum standing standing = standing_judge(work, desk.issuer->issuer);
    if (standing != STANDING_GOOD) {
        stay_apart(&desk, standing);
        return;
    }
    if (answer == NULL || answer->result != HSM_OK || answer->of.work_keys.count < ZONE_KEYS) {
        desk_record(&desk, WHAT_QUARANTINED, OUTCOME_ISSUER_ANSWER_CORRUPT);
        desk_alarm(&desk);
        return;
    }
    row.asked_version = desk.issuer->key_version + 2;
    take_zone_keys(&desk, answer);
    row.is_up = true;
    row.standing = STANDING_GOOD;
    row.since = work->event->wall;
    put_link(&desk, &row);
    (void)standing_note(work, desk.issuer->issuer, STANDING_GOOD);
    desk_record(&desk, WHAT_KEYS_CHANGED, OUTCOME_APPROVED);
    desk_wake(&desk, &desk.issuer_key, NETWORK_ECHO_MS);
}

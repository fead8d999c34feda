#include "acquirer/issuer_word.h"

#include "acquirer/admit.h"
#include "acquirer/backlog.h"
#include "acquirer/forward.h"

#include <string.h>

static struct row_key inquiry_key(const struct identity *about)
{
    return row_key_of(TABLE_INQUIRY, about->terminal, TERMINAL_ID_LEN);
}

static const struct inquiry_row *inquiry_of(const struct desk *desk, const struct identity *about)
{
    struct row_key key = inquiry_key(about);
    const struct inquiry_row *row = node_value(desk->work, &key, sizeof *row);

    return row != NULL && row->layout == PARTY_ROW_LAYOUT ? row : NULL;
}

/* A clock that went back makes everything old. */
static bool is_younger(const struct desk *desk, struct instant since, int64_t ms)
{
    int64_t age_ms = desk_age_ms(desk, since);

    return age_ms >= 0 && age_ms < ms;
}

/* ---- asking ---- */

void issuer_word_need(const struct desk *desk)
{
    if (desk->original == NULL || payment_state_of(desk->original) != PAYMENT_IN_PROGRESS)
        return;
    node_need(desk->work, inquiry_key(&desk->original->identity));
    desk_need_issuer(desk->work, desk->original->issuer);
}

static bool is_heard(const struct desk *desk, const struct inquiry_row *row)
{
    return row != NULL && identity_equal(&row->about, &desk->original->identity) &&
           row->heard.us >= row->asked.us && is_younger(desk, row->heard, WORD_KEPT_MS) &&
           row->state < PAYMENT_STATE_COUNT;
}

static void ask(const struct desk *desk)
{
    const struct payment_row *payment = desk->original;
    struct row_key key = inquiry_key(&payment->identity);
    struct inquiry_row row;

    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.about = payment->identity;
    row.asked = desk->event->wall;
    node_put(desk->work, &key, &row, sizeof row);
    node_record(desk->work, WHAT_ASKED, payment);
    struct node_send *send = node_send_new(desk->work, desk->link->link);
    send->message.kind = KIND_QUERY;
    send->message.function = FUNCTION_REQUEST;
    send->message.identity = payment->identity;
    send->message.network_code = NETWORK_PEEK;
    send->message.is_training = payment->is_training;
    send->message.sent = desk->event->wall;
    memcpy(send->message.issuer, payment->issuer, sizeof send->message.issuer);
    forward_seal_for_issuer(desk, send);
}

bool issuer_word_hear(const struct desk *desk, enum payment_state *out)
{
    struct row_key key = inquiry_key(&desk->original->identity);
    const struct inquiry_row *row = inquiry_of(desk, &desk->original->identity);

    if (node_row(desk->work, &key) == NULL) /* the payment came in the same batch of events */
        return false;
    if (is_heard(desk, row)) {
        *out = (enum payment_state)row->state;
        return true;
    }
    if (backlog_can_send(desk) && (row == NULL || !is_younger(desk, row->asked, WORD_REST_MS)))
        ask(desk);
    return false;
}

/* ---- the answer ---- */

void issuer_word_answer_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);

    node_need(work, desk_config_key());
    desk_need_issuer(work, desk.event->peer);
    node_need(work, payment_row_key(&desk.identity));
    node_need(work, inquiry_key(&desk.identity));
}

void issuer_word_answer_checks(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct zone zone;

    if (desk_issuer_zone(&desk, &zone))
        desk_ask_mac(&desk, &zone);
}

static bool says_state(const struct txn_message *message)
{
    return memcmp(message->code, outcome_row(OUTCOME_APPROVED)->code, RESPONSE_CODE_LEN) == 0 &&
           message->network_code >= NETWORK_STATE &&
           message->network_code < NETWORK_STATE + PAYMENT_STATE_COUNT;
}

/* Whatever is not the first answer to the newest question, from who was asked and under its MAC,
 * says nothing. */
void issuer_word_answer_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct row_key key = inquiry_key(&desk.identity);
    const struct inquiry_row *asked = inquiry_of(&desk, &desk.identity);

    if (desk.issuer == NULL || desk.payment == NULL || asked == NULL ||
        !admit_is_authentic(&desk) || !says_state(desk.message) ||
        !desk_id_equal(desk.payment->issuer, desk.event->peer) ||
        !identity_equal(&asked->about, &desk.identity) || asked->heard.us >= asked->asked.us)
        return;
    struct inquiry_row row = *asked;
    row.heard = work->event->wall.us > asked->asked.us ? work->event->wall : asked->asked;
    row.state = (uint8_t)(desk.message->network_code - NETWORK_STATE);
    node_put(work, &key, &row, sizeof row);
    node_record(work, WHAT_ASKED, desk.payment);
}

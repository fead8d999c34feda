#include "acquirer/handout.h"

#include "acquirer/admit.h"
#include "acquirer/offer.h"
#include "acquirer/respond.h"
#include "base/assert.h"
#include "books/handout_rows.h"
#include "txn/parameter_block.h"

#include <string.h>

#define CONTROL_NONE "0" /* the first character of an answer (UnionPay POS, 3.6) */
#define CONTROL_WHOLE "1"
#define WAIT_OVER_S 5     /* the terminal's wait is twice the switch's, and this */
#define WAIT_LONGEST_S 99 /* tag 12 has two digits */
#define TIP_PERCENT_DEFAULT 10
#define OFFLINE_MAX_DEFAULT 10
#define RETRIES 3

static const char everybody[TERMINAL_ID_LEN];

/* clang-format off */
static const struct {
    enum txn_kind kind;
    uint8_t demand;
} demands[] = {
    { KIND_PARAMETERS, 1 },
    { KIND_CA_KEYS,    4 },
    { KIND_AIDS,       5 },
    { KIND_STATUS,     2 },
};
/* clang-format on */

bool handout_is_for(enum txn_kind kind)
{
    for (size_t i = 0; i < ARRAY_COUNT(demands); i++) {
        if (demands[i].kind == kind)
            return true;
    }
    return false;
}

static struct row_key own_key(enum txn_kind kind)
{
    struct handout_name whole = handout_whole();

    return handout_row_key(everybody, kind, &whole);
}

static struct row_key given_key(const struct desk *desk, enum txn_kind kind)
{
    struct handout_name whole = handout_whole();

    return handout_row_key(desk->identity.terminal, kind, &whole);
}

static const struct handout_row *row_under(const struct desk *desk, struct row_key key)
{
    const struct handout_row *row = node_value(desk->work, &key, sizeof *row);

    return row != NULL && row->len <= sizeof row->at ? row : NULL;
}

/* ---- what a terminal's parameters are now ---- */

static uint32_t wait_s(const struct desk *desk)
{
    uint32_t wait = desk->config->answer_wait_ms / 1000 * 2 + WAIT_OVER_S;

    return wait < WAIT_LONGEST_S ? wait : WAIT_LONGEST_S;
}

static void put_shop(const struct desk *desk, struct parameter_writer *w)
{
    const struct merchant_row *merchant = desk->merchant;
    char name[NAME_LEN + 1] = {0};

    if (merchant != NULL)
        memcpy(name, merchant->name, sizeof merchant->name);
    parameter_put_number(w, PARAMETER_TIPS, merchant == NULL || merchant->takes_no_tips == 0);
    parameter_put_number(w, PARAMETER_TIP_PERCENT,
                         merchant != NULL && merchant->tip_percent != 0 ? merchant->tip_percent
                                                                        : TIP_PERCENT_DEFAULT);
    parameter_put_number(w, PARAMETER_MANUAL, desk->terminal->no_keying == 0);
    parameter_put_name(w, name);
}

static size_t write_parameters(const struct desk *desk, uint8_t *at, size_t cap)
{
    struct parameter_writer w = {at, cap, 0};
    uint16_t offline_max = desk->terminal->offline_max;

    parameter_put_number(&w, PARAMETER_APPLICATION, 60);
    parameter_put_number(&w, PARAMETER_TIMEOUT, wait_s(desk));
    parameter_put_number(&w, PARAMETER_TIMEOUT + 1, RETRIES);
    put_shop(desk, &w);
    parameter_put_number(&w, PARAMETER_KINDS, desk->terminal->kinds);
    parameter_put_number(&w, PARAMETER_OFFLINE_MAX,
                         offline_max == 0 ? OFFLINE_MAX_DEFAULT : offline_max);
    return w.len;
}

/* ---- demands ---- */

void handout_need_signed_in(const struct desk *desk)
{
    for (size_t i = 0; i < ARRAY_COUNT(demands); i++) {
        node_need(desk->work, own_key(demands[i].kind));
        node_need(desk->work, given_key(desk, demands[i].kind));
    }
    offer_need_signed_in(desk);
}

static bool parameters_differ(const struct desk *desk)
{
    const struct handout_row *given = row_under(desk, given_key(desk, KIND_PARAMETERS));
    uint8_t now[PARAMETER_BLOCK_MAX];

    if (given == NULL || desk->terminal == NULL)
        return false;
    size_t len = write_parameters(desk, now, sizeof now);
    return given->next != 0 || given->len != len || memcmp(given->at, now, len) != 0;
}

static bool list_is_newer(const struct desk *desk, enum txn_kind kind)
{
    const struct handout_row *own = row_under(desk, own_key(kind));
    const struct handout_row *given = row_under(desk, given_key(desk, kind));

    if (own == NULL)
        return false;
    if (given == NULL)
        return own->changed.us > 0;
    return given->next != 0 || given->changed.us < own->changed.us;
}

static bool status_is_old(const struct desk *desk)
{
    const struct handout_row *given = row_under(desk, given_key(desk, KIND_PARAMETERS));
    const struct handout_row *status = row_under(desk, given_key(desk, KIND_STATUS));

    return given != NULL && given->next == 0 &&
           (status == NULL || status->changed.us < given->changed.us);
}

static bool is_demanded(const struct desk *desk, enum txn_kind kind)
{
    if (kind == KIND_PARAMETERS)
        return parameters_differ(desk);
    return kind == KIND_STATUS ? status_is_old(desk) : list_is_newer(desk, kind);
}

uint8_t handout_demand(const struct desk *desk)
{
    for (size_t i = 0; i < ARRAY_COUNT(demands); i++) {
        if (is_demanded(desk, demands[i].kind))
            return demands[i].demand;
    }
    return offer_demand(desk);
}

/* ---- requests ---- */

static bool is_list(uint16_t code)
{
    return code == NETWORK_CA_KEYS_LIST || code == NETWORK_AIDS_LIST;
}

static bool is_end(uint16_t code)
{
    return code == NETWORK_PARAMETERS_END || code == NETWORK_CA_KEYS_END ||
           code == NETWORK_AIDS_END;
}

static bool is_entry(uint16_t code)
{
    return code == NETWORK_CA_KEYS || code == NETWORK_AIDS;
}

void handout_needs(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct handout_name name;

    node_need(work, desk_config_key());
    node_need(work, desk_terminal_key(&desk.identity));
    node_need(work, desk_keys_key(&desk.identity));
    node_need(work, desk_merchant_key(desk.message->merchant));
    handout_need_signed_in(&desk);
    if (is_entry(desk.message->network_code) &&
        handout_name_read(desk.message->kind, desk.message->block, &name) == OK)
        node_need(work, handout_row_key(everybody, desk.message->kind, &name));
}

/* What a terminal was given; its own word for a status. */
static void put_given(const struct desk *desk, struct handout_row *row)
{
    struct row_key key = given_key(desk, desk->message->kind);

    row->layout = PARTY_ROW_LAYOUT;
    row->kind = (uint8_t)desk->message->kind;
    node_put(desk->work, &key, row, sizeof *row);
    desk_record(desk, desk->message->kind == KIND_STATUS ? WHAT_UPLOADED : WHAT_DOWNLOADED,
                OUTCOME_APPROVED);
}

static struct bytes controlled(const struct desk *desk, const char *control, struct bytes content)
{
    uint8_t out[1 + HANDOUT_BLOCK_LEN];

    out[0] = (uint8_t)control[0];
    if (content.len > 0)
        memcpy(out + 1, content.at, content.len);
    return node_block(desk->work, bytes_over(out, 1 + content.len));
}

static struct bytes give_parameters(const struct desk *desk)
{
    struct handout_row row;

    memset(&row, 0, sizeof row);
    row.len = (uint16_t)write_parameters(desk, row.at, PARAMETER_BLOCK_MAX);
    row.next = 1;
    row.changed = desk->event->wall;
    put_given(desk, &row);
    return node_block(desk->work, handout_block(&row));
}

static struct bytes give_list(const struct desk *desk)
{
    const struct handout_row *own = row_under(desk, own_key(desk->message->kind));
    struct handout_row row;

    memset(&row, 0, sizeof row);
    row.next = 1;
    if (own != NULL)
        row.changed = own->changed;
    put_given(desk, &row);
    if (own == NULL || own->len == 0)
        return controlled(desk, CONTROL_NONE, (struct bytes){0});
    return controlled(desk, CONTROL_WHOLE, handout_block(own));
}

static struct bytes give_entry(const struct desk *desk)
{
    struct handout_name name;

    if (handout_name_read(desk->message->kind, desk->message->block, &name) != OK)
        return controlled(desk, CONTROL_NONE, (struct bytes){0});
    const struct handout_row *row =
        row_under(desk, handout_row_key(everybody, desk->message->kind, &name));
    return row == NULL ? controlled(desk, CONTROL_NONE, (struct bytes){0})
                       : controlled(desk, CONTROL_WHOLE, handout_block(row));
}

/* Now, but later than what was given before: a clock that was set right must not make what comes
 * next look older, for the terminal would bring it again and again until the time is caught up. */
static struct instant later_than(const struct desk *desk, enum txn_kind kind)
{
    const struct handout_row *before = row_under(desk, given_key(desk, kind));
    struct instant wall = desk->event->wall;

    if (before == NULL || before->changed.us < wall.us)
        return wall;
    return (struct instant){before->changed.us + 1};
}

/* The terminal has it all, and uses it. An end without a beginning tells nothing. */
static void take_end(const struct desk *desk)
{
    const struct handout_row *given = row_under(desk, given_key(desk, desk->message->kind));

    if (given == NULL || given->next == 0)
        return;
    struct handout_row row = *given;
    row.next = 0;
    if (desk->message->kind == KIND_PARAMETERS)
        row.changed = later_than(desk, KIND_STATUS);
    put_given(desk, &row);
}

static void take_status(const struct desk *desk)
{
    struct handout_row row;

    memset(&row, 0, sizeof row);
    row.len = STATUS_BLOCK_LEN;
    row.changed = later_than(desk, KIND_PARAMETERS);
    memcpy(row.at, desk->message->block.at, STATUS_BLOCK_LEN);
    put_given(desk, &row);
}

/* What in field 62 is not as it must be; NULL when it is. */
static const char *block_fault(const struct txn_message *message)
{
    struct handout_name name;

    if (message->kind == KIND_STATUS &&
        (message->block.len != STATUS_BLOCK_LEN ||
         !bytes_are_digits((const char *)message->block.at, STATUS_DEVICES_LEN)))
        return "127 characters";
    if (is_entry(message->network_code) &&
        handout_name_read(message->kind, message->block, &name) != OK)
        return "the name of an entry";
    return NULL;
}

static void answer(const struct desk *desk)
{
    uint16_t code = desk->message->network_code;
    struct bytes block = {0};

    if (desk->message->kind == KIND_STATUS)
        take_status(desk);
    else if (is_end(code))
        take_end(desk);
    else if (is_list(code))
        block = give_list(desk);
    else if (is_entry(code))
        block = give_entry(desk);
    else
        block = give_parameters(desk);
    struct txn_message *out = respond_network(desk);
    out->block = block;
    if (is_end(code) || desk->message->kind == KIND_STATUS)
        out->demand = handout_demand(desk);
}

void handout_step(struct node_work *work)
{
    struct desk desk = desk_of(work);
    struct verdict verdict = admit_network(&desk);
    const char *fault = block_fault(desk.message);

    if (verdict.outcome == OUTCOME_NONE && fault != NULL) {
        verdict.outcome = OUTCOME_MESSAGE_MALFORMED;
        evidence_add_number(verdict.evidence, EVIDENCE_FIELD, 62);
        evidence_add(verdict.evidence, EVIDENCE_EXPECTED, fault);
        evidence_add(verdict.evidence, EVIDENCE_FOUND, "another block");
    }
    if (verdict.outcome == OUTCOME_NONE) {
        answer(&desk);
        return;
    }
    if (desk.terminal != NULL)
        desk_record(&desk, WHAT_DECLINED, verdict.outcome);
    respond_refusal(&desk, &verdict, RESPOND_PLAIN);
}

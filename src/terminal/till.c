#include "terminal/till.h"

#include "base/assert.h"

#include <string.h>

#define WAIT_MS_DEFAULT 45000 /* over the switch's own wait, so that deadlines nest */
#define REST_FIRST_MS_DEFAULT 2000
#define REST_MAX_MS_DEFAULT 60000
#define UTC_OFFSET_MAX_S (14 * 3600)

void till_need(struct node_work *work, const char terminal[static TERMINAL_ID_LEN])
{
    node_need(work, row_key_of(TABLE_CONFIG, NULL, 0));
    node_need(work, row_key_of(TABLE_TERMINAL, terminal, TERMINAL_ID_LEN));
    node_need(work, row_key_of(TABLE_TERMINAL_KEYS, terminal, TERMINAL_ID_LEN));
    node_need(work, row_key_of(TABLE_DRAWER, terminal, TERMINAL_ID_LEN));
}

static bool is_config(const struct config_row *config)
{
    return config != NULL && config->layout == PARTY_ROW_LAYOUT &&
           config->utc_offset_s >= -UTC_OFFSET_MAX_S && config->utc_offset_s <= UTC_OFFSET_MAX_S;
}

static void open_drawer(const struct node_work *work, struct till *till)
{
    const struct drawer_row *row = node_value(work, &till->drawer_key, sizeof *row);

    memset(&till->drawer, 0, sizeof till->drawer);
    till->drawer.layout = PARTY_ROW_LAYOUT;
    if (row != NULL && row->layout == PARTY_ROW_LAYOUT && row->waiting_count <= DRAWER_WAITING_MAX)
        till->drawer = *row;
}

bool till_open(const struct node_work *work, const char terminal[static TERMINAL_ID_LEN],
               struct till *out)
{
    struct row_key key = row_key_of(TABLE_TERMINAL, terminal, TERMINAL_ID_LEN);
    struct row_key keys_key = row_key_of(TABLE_TERMINAL_KEYS, terminal, TERMINAL_ID_LEN);
    const struct config_row *config = node_config(work);
    const struct terminal_row *row = node_value(work, &key, sizeof *row);
    const struct terminal_keys_row *keys = node_value(work, &keys_key, sizeof *keys);

    if (!is_config(config) || row == NULL || row->layout != PARTY_ROW_LAYOUT ||
        memcmp(row->terminal, terminal, TERMINAL_ID_LEN) != 0)
        return false;
    out->config = config;
    out->terminal = *row;
    out->keys = keys != NULL && keys->layout == PARTY_ROW_LAYOUT ? keys : NULL;
    out->terminal_key = key;
    out->keys_key = keys_key;
    out->drawer_key = row_key_of(TABLE_DRAWER, terminal, TERMINAL_ID_LEN);
    open_drawer(work, out);
    if (row->trace_next < 1 || row->trace_next > TRACE_MAX)
        out->terminal.trace_next = 1;
    return true;
}

void till_put(struct node_work *work, const struct till *till)
{
    node_put(work, &till->terminal_key, &till->terminal, sizeof till->terminal);
}

void till_put_drawer(struct node_work *work, const struct till *till)
{
    node_put(work, &till->drawer_key, &till->drawer, sizeof till->drawer);
}

bool till_is_signed_in(const struct till *till)
{
    return till->terminal.is_signed_in != 0 && till->keys != NULL;
}

static struct hsm_key key_of(const struct keyblock *block, const char *name, size_t len)
{
    struct key_owner owner;

    memset(&owner, ' ', sizeof owner);
    for (size_t i = 0; i < len && name[i] != 0; i++)
        owner.at[i] = name[i];
    return hsm_key_of(block, &owner);
}

struct hsm_key till_key(const struct till *till, const struct keyblock *block)
{
    return key_of(block, till->terminal.terminal, TERMINAL_ID_LEN);
}

struct hsm_key till_store_key(const struct till *till, const struct keyblock *block)
{
    _Static_assert(ACQUIRER_ID_LEN <= KEYBLOCK_OWNER_LEN, "a party's id names an owner");
    return key_of(block, till->config->id, ACQUIRER_ID_LEN);
}

static struct identity identity_of(const struct till *till, uint32_t batch, uint32_t trace)
{
    struct identity identity = {
        .class = IDENTITY_PAYMENT,
        .batch = batch,
        .trace = trace,
    };

    memcpy(identity.acquirer, till->config->id, ACQUIRER_ID_LEN);
    memcpy(identity.terminal, till->terminal.terminal, TERMINAL_ID_LEN);
    return identity;
}

struct identity till_next(const struct till *till)
{
    return identity_of(till, till->terminal.batch, till->terminal.trace_next);
}

struct identity till_exchange(const struct till *till, uint32_t trace)
{
    return identity_of(till, 0, trace);
}

const struct identity *till_waits_for(const struct till *till)
{
    return till->terminal.owed.trace != 0 ? &till->terminal.owed : &till->terminal.last;
}

void till_use_trace(struct till *till)
{
    uint32_t trace = till->terminal.trace_next;

    assert(trace >= 1);
    assert(trace <= TRACE_MAX);
    till->terminal.trace_next = trace == TRACE_MAX ? 1 : trace + 1;
}

uint32_t till_wait_ms(const struct till *till)
{
    uint32_t wait = till->terminal.answer_wait_s != 0 ? till->terminal.answer_wait_s * 1000U
                                                      : till->config->answer_wait_ms;

    return wait == 0 ? WAIT_MS_DEFAULT : wait;
}

uint32_t till_rest_ms(const struct till *till, uint32_t attempts)
{
    uint32_t first = till->config->retry_first_ms;
    uint32_t max = till->config->retry_max_ms;
    uint64_t rest = first == 0 ? REST_FIRST_MS_DEFAULT : first;

    if (max == 0)
        max = REST_MAX_MS_DEFAULT;
    for (uint32_t i = 1; i < attempts && rest < max; i++)
        rest *= 2;
    return rest < max ? (uint32_t)rest : max;
}

uint32_t till_date(const struct till *till, const struct node_event *event)
{
    return instant_date(event->wall, till->config->utc_offset_s);
}

static struct hsm_command mac_question(const struct node_work *work, const struct till *till,
                                       const struct keyblock *block)
{
    struct hsm_command command = {.kind = HSM_MAC_VERIFY};

    command.of.mac.key = till_key(till, block);
    command.of.mac.data = work->event->mab;
    memcpy(command.of.mac.mac, work->event->message.mac, sizeof command.of.mac.mac);
    return command;
}

static bool is_key(const struct keyblock *block)
{
    static const struct keyblock none;

    return memcmp(block, &none, sizeof none) != 0;
}

void till_ask_mac(struct node_work *work, const struct till *till, struct instant sent)
{
    const struct node_event *event = work->event;
    const struct hsm_answer *answer = node_answer(work, CHECK_MAC);

    if (!event->message.has_mac || event->mab.len == 0 || till->keys == NULL)
        return;
    struct hsm_command command = mac_question(work, till, &till->keys->mac);
    node_ask(work, CHECK_MAC, &command, &till->keys_key);
    if (answer == NULL || answer->result != HSM_WRONG || !is_key(&till->keys->mac_before) ||
        sent.us > till->keys->changed.us)
        return;
    command = mac_question(work, till, &till->keys->mac_before);
    node_ask(work, CHECK_MAC_BEFORE, &command, &till->keys_key);
}

static bool is_right(const struct node_work *work, enum till_check slot)
{
    const struct hsm_answer *answer = node_answer(work, (uint8_t)slot);

    return answer != NULL && answer->result == HSM_OK;
}

bool till_mac_is_good(const struct node_work *work)
{
    return is_right(work, CHECK_MAC) || is_right(work, CHECK_MAC_BEFORE);
}

/* A code that only the switch gives, or one of class B or E, is the switch's; of the refusals that
 * both give, the issuer's are by far the more frequent. */
enum outcome till_outcome_of_code(const char code[static RESPONSE_CODE_LEN], bool pin_entered)
{
    enum outcome outcome = outcome_by_code(code, PARTY_ACQUIRER);
    enum outcome issuers = outcome_by_code(code, PARTY_ISSUER);
    const struct outcome_row *row = outcome_row(outcome);

    if (outcome_row(issuers)->decides == PARTY_ISSUER &&
        (row->class == CLASS_DECLINED || row->class == CLASS_ATTENDED))
        outcome = issuers;
    if (outcome == OUTCOME_PIN_MISSING || outcome == OUTCOME_PIN_WRONG)
        return pin_entered ? OUTCOME_PIN_WRONG : OUTCOME_PIN_MISSING;
    return outcome;
}

bool till_books_are_lost(const struct txn_message *answer)
{
    return memcmp(answer->text, TXN_REMARK_BOOKS, sizeof TXN_REMARK_BOOKS - 1) == 0;
}

/* A0: MAC, 99: PIN format, 77: batch, A7: security (UnionPay POS, response codes, category B and
 * those whose cure is to sign on). */
bool till_code_wants_sign_in(const char code[static RESPONSE_CODE_LEN])
{
    static const char codes[][RESPONSE_CODE_LEN + 1] = {"A0", "99", "77", "A7"};

    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        if (memcmp(codes[i], code, RESPONSE_CODE_LEN) == 0)
            return true;
    }
    return false;
}

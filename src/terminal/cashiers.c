#include "terminal/cashiers.h"

#include "base/assert.h"

#include <string.h>

#define TRIES_MAX 5
#define PASSWORD_LEN_MIN 4
#define PASSWORD_COST 10000 /* some 5 ms on a till */

static struct row_key key_of(const struct till *till, uint8_t number)
{
    uint8_t key[OPERATOR_KEY_LEN];

    memcpy(key, till->terminal.terminal, TERMINAL_ID_LEN);
    key[TERMINAL_ID_LEN] = number;
    return row_key_of(TABLE_OPERATOR, key, sizeof key);
}

static const struct operator_row *row_of(const struct node_work *work, const struct till *till,
                                         uint8_t number)
{
    struct row_key key = key_of(till, number);
    const struct operator_row *row = node_value(work, &key, sizeof *row);

    return row != NULL && row->layout == PARTY_ROW_LAYOUT && row->number == number ? row : NULL;
}

bool cashiers_wants_supervisor(enum txn_kind kind)
{
    return kind == KIND_VOID || kind == KIND_REFUND || kind == KIND_PREAUTH_VOID ||
           kind == KIND_COMPLETION_VOID;
}

void cashiers_need(struct node_work *work, const struct till *till,
                   const struct till_operator *person)
{
    if (person->is_given)
        node_need(work, key_of(till, person->number));
}

void cashiers_ask(struct node_work *work, const struct till *till,
                  const struct till_operator *person)
{
    struct row_key key = key_of(till, person->number);
    const struct operator_row *row = row_of(work, till, person->number);
    struct hsm_command command = {.kind = HSM_PASSWORD_CHECK};

    if (!person->is_given || row == NULL || row->tries >= TRIES_MAX)
        return;
    command.of.password.password = person->password;
    command.of.password.cost = row->cost;
    memcpy(command.of.password.salt, row->salt, sizeof row->salt);
    memcpy(command.of.password.hash, row->hash, sizeof row->hash);
    node_ask(work, CHECK_PASSWORD, &command, &key);
    hsm_command_wipe(&command);
}

static enum hsm_result answer_of(const struct node_work *work)
{
    const struct hsm_answer *answer = node_answer(work, CHECK_PASSWORD);

    return answer == NULL ? HSM_DOWN : answer->result;
}

bool cashiers_refuse(const struct node_work *work, const struct till *till,
                     const struct till_operator *person,
                     struct evidence evidence[static EVIDENCE_MAX])
{
    const struct operator_row *row = row_of(work, till, person->number);
    enum hsm_result result = answer_of(work);

    if (!person->is_given) {
        evidence_add(evidence, EVIDENCE_STATE, "nobody has confirmed");
        return true;
    }
    if (row != NULL && result == HSM_OK && row->tries < TRIES_MAX)
        return false;
    evidence_add_number(evidence, EVIDENCE_BY, person->number);
    if (row == NULL)
        evidence_add(evidence, EVIDENCE_STATE, "no such operator");
    else if (row->tries >= TRIES_MAX)
        evidence_add(evidence, EVIDENCE_STATE, "locked");
    else if (result == HSM_DOWN)
        evidence_add(evidence, EVIDENCE_COMPONENT, "key module");
    else
        evidence_add(evidence, EVIDENCE_CHECK, "password");
    if (row != NULL)
        evidence_add_number(evidence, EVIDENCE_TRIES_LEFT,
                            row->tries >= TRIES_MAX ? 0 : TRIES_MAX - row->tries - 1);
    return true;
}

void cashiers_note(struct node_work *work, const struct till *till,
                   const struct till_operator *person)
{
    const struct operator_row *row = row_of(work, till, person->number);
    enum hsm_result result = answer_of(work);
    struct row_key key = key_of(till, person->number);

    if (!person->is_given || row == NULL || row->tries >= TRIES_MAX || result == HSM_DOWN)
        return;
    struct operator_row changed = *row;
    changed.tries = result == HSM_OK ? 0 : (uint8_t)(row->tries + 1);
    if (changed.tries != row->tries)
        node_put(work, &key, &changed, sizeof changed);
}

/* ---- log-in and log-off ---- */

void cashiers_log_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (till_open(work, command->terminal, &till))
        cashiers_need(work, &till, &command->cashier);
}

void cashiers_log_checks(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    if (till_open(work, command->terminal, &till))
        cashiers_ask(work, &till, &command->cashier);
}

/* In the form of a payment, never stored. */
static struct payment_row story_of(const struct node_work *work, enum outcome outcome)
{
    struct payment_row story;

    memset(&story, 0, sizeof story);
    story.layout = PAYMENT_ROW_LAYOUT;
    story.stage = STAGE_ANSWERED;
    story.outcome = (uint16_t)outcome;
    story.decided_by = PARTY_TERMINAL;
    story.sequence = -1;
    story.created = work->event->wall;
    story.changed = work->event->wall;
    return story;
}

static void refuse(struct node_work *work, struct payment_row *story)
{
    node_record(work, WHAT_DECLINED, story);
    node_show(work, (enum outcome)story->outcome, story);
}

/* The supervisor and the administrator do not sell. */
static bool is_no_cashier(const struct till_operator *person, struct payment_row *story)
{
    bool is_cashier =
        person->number != OPERATOR_SUPERVISOR && person->number < OPERATOR_ADMINISTRATOR;

    if (!is_cashier)
        evidence_add(story->evidence, EVIDENCE_STATE, "does not sell");
    return !is_cashier;
}

void cashiers_log_in(struct node_work *work)
{
    const struct till_operator *person = &work->event->command->cashier;
    struct payment_row story = story_of(work, OUTCOME_TERMINAL_OPERATOR_UNKNOWN);
    struct till till;

    if (!till_open(work, work->event->command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    bool is_refused = cashiers_refuse(work, &till, person, story.evidence);
    cashiers_note(work, &till, person);
    if (is_refused || is_no_cashier(person, &story)) {
        refuse(work, &story);
        return;
    }
    till.drawer.is_cashier_in = 1;
    till.drawer.cashier = person->number;
    till.drawer.cashier_since = work->event->wall;
    till_put_drawer(work, &till);
    node_record(work, WHAT_LOGGED_IN, NULL);
    node_show(work, OUTCOME_APPROVED, NULL);
}

void cashiers_log_off(struct node_work *work)
{
    struct till till;

    if (!till_open(work, work->event->command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    till.drawer.is_cashier_in = 0;
    till.drawer.cashier = 0;
    till_put_drawer(work, &till);
    node_record(work, WHAT_LOGGED_OFF, NULL);
    node_show(work, OUTCOME_APPROVED, NULL);
}

/* ---- setting operators up ---- */

void cashiers_put_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct till till;

    till_need(work, command->terminal);
    if (!till_open(work, command->terminal, &till))
        return;
    cashiers_need(work, &till, &command->cashier);
    cashiers_need(work, &till, &command->supervisor);
}

/* The salt is the event's own randomness. */
void cashiers_put_checks(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct hsm_command make = {.kind = HSM_PASSWORD_MAKE};
    struct till till;

    if (!till_open(work, command->terminal, &till))
        return;
    cashiers_ask(work, &till, &command->supervisor);
    if (command->cashier.password.len < PASSWORD_LEN_MIN)
        return;
    make.of.password.password = command->cashier.password;
    make.of.password.cost = PASSWORD_COST;
    memcpy(make.of.password.salt, work->event->entropy, sizeof make.of.password.salt);
    node_ask(work, CHECK_PASSWORD_MAKE, &make, &till.terminal_key);
    hsm_command_wipe(&make);
}

/* The administrator sets anybody; the supervisor sets cashiers, and himself. */
static bool may_not_set(const struct node_command *command, struct payment_row *story)
{
    bool may = command->supervisor.number == OPERATOR_ADMINISTRATOR ||
               (command->supervisor.number == OPERATOR_SUPERVISOR &&
                command->cashier.number < OPERATOR_ADMINISTRATOR);

    if (!may)
        evidence_add(story->evidence, EVIDENCE_STATE, "may not set this");
    return !may;
}

static bool password_is_bad(const struct node_work *work, struct payment_row *story)
{
    const struct hsm_answer *made = node_answer(work, CHECK_PASSWORD_MAKE);
    size_t len = work->event->command->cashier.password.len;

    if (len == 0 || (made != NULL && made->result == HSM_OK))
        return false;
    evidence_add(story->evidence, EVIDENCE_CHECK,
                 len < PASSWORD_LEN_MIN ? "password is too short" : "key module");
    return true;
}

static void put_operator(struct node_work *work, const struct till *till)
{
    const struct till_operator *person = &work->event->command->cashier;
    const struct hsm_answer *made = node_answer(work, CHECK_PASSWORD_MAKE);
    struct row_key key = key_of(till, person->number);
    struct operator_row row;

    if (person->password.len == 0) {
        node_remove(work, &key);
        return;
    }
    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.number = person->number;
    row.cost = PASSWORD_COST;
    memcpy(row.salt, work->event->entropy, sizeof row.salt);
    memcpy(row.hash, made->of.password, sizeof row.hash);
    row.since = work->event->wall;
    node_put(work, &key, &row, sizeof row);
}

void cashiers_put(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct payment_row story = story_of(work, OUTCOME_TERMINAL_OPERATOR_UNKNOWN);
    struct till till;

    if (!till_open(work, command->terminal, &till)) {
        node_show(work, OUTCOME_TERMINAL_KEY_MISSING, NULL);
        return;
    }
    bool is_refused = cashiers_refuse(work, &till, &command->supervisor, story.evidence);
    cashiers_note(work, &till, &command->supervisor);
    if (is_refused || may_not_set(command, &story) || password_is_bad(work, &story)) {
        refuse(work, &story);
        return;
    }
    put_operator(work, &till);
    node_record(work, WHAT_CONFIGURED, NULL);
    node_show(work, OUTCOME_APPROVED, NULL);
}

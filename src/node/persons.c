#include "node/persons.h"

#include "base/assert.h"

#include <string.h>

#define PASSWORD_COST 10000 /* some 5 ms */

/* These events ask nothing else. */
enum question { ASK_PASSWORD = 1, ASK_NEW_PASSWORD };

static struct row_key key_of(const char person[static PERSON_NAME_LEN])
{
    return row_key_of(TABLE_OPERATOR, person, PERSON_NAME_LEN);
}

/* A row that cannot be read is somebody's all the same. */
static bool is_taken(const struct node_work *work, const char person[static PERSON_NAME_LEN])
{
    struct row_key key = key_of(person);
    const struct node_row *row = node_row(work, &key);

    return row != NULL && row->found;
}

static const struct operator_row *row_of(const struct node_work *work,
                                         const char person[static PERSON_NAME_LEN])
{
    struct row_key key = key_of(person);
    const struct operator_row *row = node_value(work, &key, sizeof *row);

    return row != NULL && row->layout == PARTY_ROW_LAYOUT ? row : NULL;
}

void persons_need(struct node_work *work, const char person[static PERSON_NAME_LEN])
{
    if (person[0] != 0)
        node_need(work, key_of(person));
}

void persons_ask(struct node_work *work, const char person[static PERSON_NAME_LEN])
{
    struct row_key key = key_of(person);
    const struct operator_row *row = row_of(work, person);
    struct hsm_command command = {.kind = HSM_PASSWORD_CHECK};
    const struct secret *given = &work->event->command->supervisor.password;

    if (row == NULL || row->tries >= PERSONS_TRIES_MAX || given->len == 0)
        return;
    command.of.password.password = *given;
    command.of.password.cost = row->cost;
    memcpy(command.of.password.salt, row->salt, sizeof row->salt);
    memcpy(command.of.password.hash, row->hash, sizeof row->hash);
    node_ask(work, ASK_PASSWORD, &command, &key);
    hsm_command_wipe(&command);
}

enum testimony_result persons_look(const struct node_work *work,
                                   const char person[static PERSON_NAME_LEN])
{
    const struct operator_row *row = row_of(work, person);
    const struct hsm_answer *answer = node_answer(work, ASK_PASSWORD);

    if (row == NULL)
        return TESTIMONY_NO_PERSON;
    if (row->tries >= PERSONS_TRIES_MAX)
        return TESTIMONY_LOCKED;
    if (answer != NULL && answer->result == HSM_DOWN)
        return TESTIMONY_NO_KEY_MODULE;
    return answer != NULL && answer->result == HSM_OK ? TESTIMONY_IS_SAME : TESTIMONY_NO_PERSON;
}

bool persons_note(struct node_work *work, const char person[static PERSON_NAME_LEN])
{
    struct row_key key = key_of(person);
    const struct operator_row *row = row_of(work, person);
    enum testimony_result result = persons_look(work, person);

    if (row == NULL || (result != TESTIMONY_IS_SAME && result != TESTIMONY_NO_PERSON))
        return false;
    struct operator_row changed = *row;
    changed.tries = result == TESTIMONY_IS_SAME ? 0 : (uint8_t)(row->tries + 1);
    if (changed.tries == row->tries)
        return false;
    node_put(work, &key, &changed, sizeof changed);
    return true;
}

void persons_show(struct node_work *work, enum testimony_result result,
                  const struct payment_row *payment)
{
    node_show(work,
              testimony_is_refused(result) ? OUTCOME_TRANSACTION_UNSUPPORTED : OUTCOME_APPROVED,
              payment);
    work->effects.display.testimony = (uint8_t)result;
}

/* ---- setting a person ---- */

/* False when the command is none of ours. */
static bool read_put(const struct node_work *work, struct persons_put *out)
{
    const struct node_command *command = work->event->command;

    if (command->value_len != sizeof *out)
        return false;
    memcpy(out, command->value, sizeof *out);
    return testimony_person_fault(bytes_over(out->person, strnlen(out->person, PERSON_NAME_LEN))) ==
               NULL &&
           (out->voucher[0] == 0 ||
            testimony_person_fault(
                bytes_over(out->voucher, strnlen(out->voucher, PERSON_NAME_LEN))) == NULL);
}

void persons_put_needs(struct node_work *work)
{
    struct persons_put put;

    if (!read_put(work, &put))
        return;
    persons_need(work, put.person);
    persons_need(work, put.voucher);
}

void persons_put_checks(struct node_work *work)
{
    const struct secret *password = &work->event->command->cashier.password;
    struct hsm_command make = {.kind = HSM_PASSWORD_MAKE};
    struct persons_put put;

    if (!read_put(work, &put))
        return;
    if (put.voucher[0] != 0)
        persons_ask(work, put.voucher);
    if (password->len < PERSONS_PASSWORD_LEN_MIN)
        return;
    struct row_key key = key_of(put.person);
    make.of.password.password = *password;
    make.of.password.cost = PASSWORD_COST;
    memcpy(make.of.password.salt, work->event->entropy, sizeof make.of.password.salt);
    node_ask(work, ASK_NEW_PASSWORD, &make, &key);
    hsm_command_wipe(&make);
}

static enum testimony_result put_person(struct node_work *work, const struct persons_put *put)
{
    const struct hsm_answer *made = node_answer(work, ASK_NEW_PASSWORD);
    struct row_key key = key_of(put->person);
    struct operator_row row;

    if (work->event->command->cashier.password.len == 0) {
        node_remove(work, &key);
        return TESTIMONY_IS_WITHDRAWN;
    }
    if (made == NULL || made->result != HSM_OK)
        return TESTIMONY_NO_KEY_MODULE;
    memset(&row, 0, sizeof row);
    row.layout = PARTY_ROW_LAYOUT;
    row.cost = PASSWORD_COST;
    memcpy(row.salt, work->event->entropy, sizeof row.salt);
    memcpy(row.hash, made->of.password, sizeof row.hash);
    row.since = work->event->wall;
    node_put(work, &key, &row, sizeof row);
    return TESTIMONY_IS_SAME;
}

void persons_put_step(struct node_work *work)
{
    enum testimony_result result = TESTIMONY_IS_SAME;
    struct persons_put put;
    bool is_noted = false;

    if (!read_put(work, &put)) {
        persons_show(work, TESTIMONY_DAMAGED, NULL);
        return;
    }
    bool is_there = is_taken(work, put.person);
    bool goes = work->event->command->cashier.password.len == 0;
    if (is_there || goes || put.voucher[0] != 0) {
        result = persons_look(work, put.voucher);
        is_noted = put.voucher[0] != 0 && persons_note(work, put.voucher);
    }
    if (goes && !is_there)
        result = TESTIMONY_NO_PERSON;
    if (!testimony_is_refused(result))
        result = put_person(work, &put);
    if (!testimony_is_refused(result)) {
        node_record(work, WHAT_CONFIGURED, NULL);
        work->effects.is_alarm = true;
    } else if (is_noted) {
        node_record(work, WHAT_PERSON_REFUSED, NULL);
        work->effects.is_alarm = true;
    }
    persons_show(work, result, NULL);
}

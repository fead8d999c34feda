#include "issuer/issuer_desk.h"

#include "base/assert.h"
#include "issuer/account.h"
#include "issuer/given_code.h"
#include "issuer/issuer_setup.h"
#include "node/archive.h"

static bool may_put(const struct node_command *command)
{
    return issuer_setup_check(&command->key, command->value, command->value_len) == OK;
}

static struct row_key key_of(const struct node_command *command)
{
    return command->kind == COMMAND_FUND ? row_key_number(TABLE_ACCOUNT, command->account)
                                         : command->key;
}

void issuer_desk_needs(struct node_work *work)
{
    const struct node_command *command = work->event->command;

    if (command->kind == COMMAND_FUND || (command->kind == COMMAND_PUT_ROW && may_put(command)))
        node_need(work, key_of(command));
    if (command->kind == COMMAND_GIVE_CODE)
        given_code_needs(work);
    if (archive_is_command(command))
        archive_needs(work);
}

/* What runs by itself is kept from the stored row: the counters of the chip and of the day, and
 * when it was last used. The tries of the PIN and the refusals are the operator's to clear. */
static void keep_counters(const struct card_row *stored, struct card_row *card)
{
    if (card->atc_last < stored->atc_last)
        card->atc_last = stored->atc_last;
    card->daily_used_minor = stored->daily_used_minor;
    card->daily_count = stored->daily_count;
    card->daily_date = stored->daily_date;
    card->last_used = stored->last_used;
    card->pin_locked = stored->pin_locked;
}

/* A balance and what is held change by postings alone; a new account starts with nothing. */
static bool merge_account(const struct account_row *stored, struct account_row *account)
{
    static const struct account_row nothing;

    if (stored == NULL)
        stored = &nothing;
    else if (stored->number != account->number || stored->currency != account->currency)
        return false;
    account->balance_minor = stored->balance_minor;
    account->held_minor = stored->held_minor;
    return account_is_sane(account);
}

/* What a new account opens with is paid in by the record that makes it: nothing comes between. */
static bool pay_in_opening(struct node_work *work, struct account_row *account)
{
    const struct node_command *command = work->event->command;
    const struct node_row *row = node_row(work, &command->key);

    if (command->amount.minor == 0 || row == NULL || row->found)
        return true;
    return account_fund(account, command->amount, &work->postings) == OK;
}

static enum outcome put_row(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    union {
        struct card_row card;
        struct account_row account;
        uint8_t at[ROW_VALUE_LEN_MAX];
    } value = {0};
    const void *stored;

    if (!may_put(command))
        return OUTCOME_MESSAGE_MALFORMED;
    memcpy(value.at, command->value, command->value_len);
    stored = node_value(work, &command->key, command->value_len);
    if (command->key.table == TABLE_CARD && stored != NULL)
        keep_counters(stored, &value.card);
    if (command->key.table == TABLE_ACCOUNT &&
        (!merge_account(stored, &value.account) || !pay_in_opening(work, &value.account)))
        return OUTCOME_MESSAGE_MALFORMED;
    node_put(work, &command->key, value.at, command->value_len);
    node_record(work, work->postings.count > 0 ? WHAT_FUNDED : WHAT_CONFIGURED, NULL);
    return OUTCOME_APPROVED;
}

static enum outcome fund(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    struct row_key key = key_of(command);
    const struct account_row *stored = node_value(work, &key, sizeof *stored);
    struct account_row account;

    if (stored == NULL)
        return OUTCOME_ORIGINAL_NOT_FOUND;
    account = *stored;
    if (account_fund(&account, command->amount, &work->postings) != OK)
        return OUTCOME_TERMINAL_AMOUNT_INVALID;
    node_put(work, &key, &account, sizeof account);
    node_record(work, WHAT_FUNDED, NULL);
    return OUTCOME_APPROVED;
}

void issuer_desk_step(struct node_work *work)
{
    enum outcome outcome = OUTCOME_TRANSACTION_UNSUPPORTED;

    if (work->event->command->kind == COMMAND_GIVE_CODE) {
        given_code_step(work);
        return;
    }
    if (archive_is_command(work->event->command)) {
        archive_step(work);
        return;
    }
    if (work->event->command->kind == COMMAND_PUT_ROW)
        outcome = put_row(work);
    else if (work->event->command->kind == COMMAND_FUND)
        outcome = fund(work);
    if (work->what != WHAT_NONE) {
        work->outcome = outcome;
        work->money = outcome_row(outcome)->money;
    }
    node_show(work, outcome, NULL);
}

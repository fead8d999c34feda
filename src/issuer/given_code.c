#include "issuer/given_code.h"

#include "base/assert.h"
#include "issuer/account.h"

#define TEXT_ROOM 24

static struct row_key key_of_payment(const char digits[static QR_CODE_LEN])
{
    uint8_t at[1 + QR_CODE_LEN] = {KIND_SALE};

    memcpy(at + 1, digits, QR_CODE_LEN);
    return row_key_of(TABLE_GIVEN_CODE, at, sizeof at);
}

static struct row_key key_by_voice(const struct pan_hash *card,
                                   const char digits[static AUTH_ID_LEN])
{
    uint8_t at[1 + PAN_HASH_LEN + AUTH_ID_LEN] = {KIND_OFFLINE_SALE};

    memcpy(at + 1, card->at, PAN_HASH_LEN);
    memcpy(at + 1 + PAN_HASH_LEN, digits, AUTH_ID_LEN);
    return row_key_of(TABLE_GIVEN_CODE, at, sizeof at);
}

struct row_key given_code_key(const struct issue *issue)
{
    const struct txn_message *message = issue->message;
    struct pan_token token = issue_pan_token(issue);

    if (message->function != FUNCTION_REQUEST)
        return (struct row_key){0};
    if (message->entry == ENTRY_QR)
        return key_of_payment(message->qr_code);
    if (message->kind == KIND_OFFLINE_SALE && issue_pan(issue) == ISSUE_RIGHT)
        return key_by_voice(&token.hash, message->auth_id);
    return (struct row_key){0};
}

/* ---- rules ---- */

enum verdict given_code_judge_known(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if (issue->message->entry != ENTRY_QR || issue->code != NULL)
        return PASS;
    if (issue_row_state(issue->work, &issue->code_key, sizeof *issue->code) != ISSUE_ROW_ABSENT)
        return verdict_broken(out, "code row");
    evidence_add(out, EVIDENCE_FOUND, "no such code");
    return REFUSE;
}

static void add_use(const struct issue *issue, struct evidence *out)
{
    char room[TEXT_ROOM];
    struct text t = text_over(room, sizeof room);

    identity_add_text(&t, &issue->code->used_by);
    evidence_add(out, EVIDENCE_BY, text_z(&t));
    verdict_add_time(out, issue, EVIDENCE_SINCE, issue->code->used);
}

enum verdict given_code_judge_unused(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if (issue->message->entry != ENTRY_QR || !issue->code->is_used)
        return PASS;
    add_use(issue, out);
    return REFUSE;
}

static bool is_over(const struct issue *issue)
{
    return issue->event->wall.us >= issue->code->expires.us;
}

enum verdict given_code_judge_fresh(const struct issue *issue, struct evidence *out, int argument)
{
    (void)argument;
    if (issue->message->entry != ENTRY_QR || !is_over(issue))
        return PASS;
    verdict_add_time(out, issue, EVIDENCE_SINCE, issue->code->expires);
    return REFUSE;
}

/* The shop may send it late; what counts is that it was not over when the sale was made, and only
 * the time of sending is known. */
enum verdict given_code_judge_voice(const struct issue *issue, struct evidence *out, int argument)
{
    struct money amount = issue->message->amount;
    enum issue_row state = issue_row_state(issue->work, &issue->code_key, sizeof *issue->code);

    (void)argument;
    if (issue->code == NULL && state != ISSUE_ROW_ABSENT)
        return verdict_broken(out, "code row");
    if (issue->code == NULL) {
        evidence_add(out, EVIDENCE_CHECK, "no such code");
        return REFUSE;
    }
    if (issue->code->is_used) {
        evidence_add(out, EVIDENCE_CHECK, "code was used");
        add_use(issue, out);
        return REFUSE;
    }
    if (is_over(issue)) {
        evidence_add(out, EVIDENCE_CHECK, "code has expired");
        verdict_add_time(out, issue, EVIDENCE_SINCE, issue->code->expires);
        return REFUSE;
    }
    if (amount.minor <= issue->code->amount_max_minor && amount.currency == issue->code->currency)
        return PASS;
    evidence_add(out, EVIDENCE_CHECK, "amount of the code");
    verdict_add_money(out, EVIDENCE_LIMIT, issue->code->amount_max_minor, issue->code->currency);
    verdict_add_money(out, EVIDENCE_ASKED, amount.minor, amount.currency);
    return REFUSE;
}

void given_code_use(const struct issue *issue, const struct payment_row *payment)
{
    struct given_code_row code;

    if (issue->code == NULL)
        return;
    code = *issue->code;
    code.is_used = true;
    code.used = issue->event->wall;
    code.used_by = payment->identity;
    node_put(issue->work, &issue->code_key, &code, sizeof code);
}

void given_code_voucher(const struct payment_row *payment, char out[static QR_CODE_LEN])
{
    bytes_from_number(payment->business_date, out, 8);
    bytes_from_number(payment->history[0] % 1000000000000, out + 8, QR_CODE_LEN - 8);
}

/* ---- giving ---- */

/* The code that this event draws, and its key. False when the command is none or the issuer gives
 * no such codes. */
static bool draw(const struct node_work *work, struct row_key *key, char digits[static QR_CODE_LEN])
{
    const struct node_command *command = work->event->command;
    const struct config_row *config = node_config(work);
    uint64_t number = bytes_get_u64(work->event->entropy);
    struct pan_hash card;
    size_t prefix = sizeof config->policy.code_prefix;

    memset(digits, 0, QR_CODE_LEN);
    if (command->key.table != TABLE_CARD || command->key.len != sizeof card.at || config == NULL)
        return false;
    if (command->transaction == KIND_OFFLINE_SALE) {
        memcpy(card.at, command->key.at, sizeof card.at);
        bytes_from_number(number % 1000000, digits, AUTH_ID_LEN);
        *key = key_by_voice(&card, digits);
        return true;
    }
    if (command->transaction != KIND_SALE || !bytes_are_digits(config->policy.code_prefix, prefix))
        return false;
    memcpy(digits, config->policy.code_prefix, prefix);
    bytes_from_number(number % 100000000000, digits + prefix, PAYMENT_CODE_LEN - prefix);
    *key = key_of_payment(digits);
    return true;
}

static const struct card_row *card_of(const struct node_work *work)
{
    const struct card_row *card = node_value(work, &work->event->command->key, sizeof *card);

    return card;
}

void given_code_needs(struct node_work *work)
{
    char digits[QR_CODE_LEN];
    struct row_key key;

    node_need(work, row_key_of(TABLE_CONFIG, NULL, 0));
    if (work->event->command->key.table != TABLE_CARD)
        return;
    node_need(work, work->event->command->key);
    if (!draw(work, &key, digits))
        return;
    node_need(work, key);
    if (card_of(work) != NULL)
        node_need(work, row_key_number(TABLE_ACCOUNT, card_of(work)->account));
}

static enum outcome refusal_of(const struct node_work *work, const struct card_row *card,
                               const struct account_row *account)
{
    const struct node_command *command = work->event->command;
    bool by_voice = command->transaction == KIND_OFFLINE_SALE;

    if (card == NULL)
        return OUTCOME_CARD_UNKNOWN;
    if (account == NULL || !account_is_sane(account))
        return OUTCOME_ISSUER_FAULT;
    if (card->state != RECORD_ACTIVE)
        return OUTCOME_TRANSACTION_NOT_FOR_CARD;
    if (command->amount.minor <= 0 || command->amount.minor > MONEY_MINOR_MAX ||
        command->amount.currency != account->currency)
        return OUTCOME_TERMINAL_AMOUNT_INVALID;
    return by_voice && command->amount.minor > account_available(account)
               ? OUTCOME_ACCOUNT_FUNDS_SHORT
               : OUTCOME_APPROVED;
}

static void show_code(struct node_work *work, const struct given_code_row *code)
{
    struct payment_row shown = {.layout = PAYMENT_ROW_LAYOUT,
                                .kind = code->kind,
                                .outcome = OUTCOME_APPROVED,
                                .money = MONEY_NOT_MOVED,
                                .amount = money_of(code->amount_max_minor, code->currency),
                                .account = code->account,
                                .deadline = code->expires};

    shown.pan.masked = code->pan.masked;
    if (code->kind == KIND_SALE)
        memcpy(shown.qr_code, code->digits, sizeof shown.qr_code);
    else
        memcpy(shown.auth_id, code->digits, sizeof shown.auth_id);
    node_show(work, OUTCOME_APPROVED, &shown);
}

static void give(struct node_work *work, const struct row_key *key, const struct card_row *card,
                 const char digits[static QR_CODE_LEN])
{
    const struct node_command *command = work->event->command;
    int64_t life_ms = command->transaction == KIND_SALE ? PAYMENT_CODE_LIFE_MS : VOICE_CODE_LIFE_MS;
    struct given_code_row code = {
        .layout = PARTY_ROW_LAYOUT,
        .kind = (uint8_t)command->transaction,
        .currency = command->amount.currency,
        .pan = card->pan,
        .account = card->account,
        .amount_max_minor = command->amount.minor,
        .given = work->event->wall,
        .expires = instant_add_ms(work->event->wall, life_ms),
    };

    memcpy(code.digits, digits, sizeof code.digits);
    node_put(work, key, &code, sizeof code);
    node_record(work, WHAT_CONFIGURED, NULL);
    work->outcome = OUTCOME_APPROVED;
    show_code(work, &code);
}

void given_code_step(struct node_work *work)
{
    const struct card_row *card = card_of(work);
    const struct account_row *account = NULL;
    char digits[QR_CODE_LEN];
    struct row_key key;
    enum outcome outcome;

    if (!draw(work, &key, digits)) {
        node_show(work, OUTCOME_TRANSACTION_UNSUPPORTED, NULL);
        return;
    }
    if (card != NULL) {
        struct row_key account_key = row_key_number(TABLE_ACCOUNT, card->account);
        account = node_value(work, &account_key, sizeof *account);
    }
    outcome = refusal_of(work, card, account);
    if (outcome_is_approved(outcome) && node_row(work, &key)->found)
        outcome = OUTCOME_ISSUER_FAULT;
    if (outcome_is_approved(outcome))
        give(work, &key, card, digits);
    else
        node_show(work, outcome, NULL);
}

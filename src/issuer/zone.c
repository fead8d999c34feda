#include "issuer/zone.h"

#include "base/assert.h"
#include "issuer/issuer_answer.h"
#include "node/standing.h"

#define SLOT_KEYS 0      /* network messages have one question only */
#define ZONE_KEY_COUNT 2 /* ZPK, ZAK */

bool zone_is_network(const struct txn_message *message)
{
    return message->kind == KIND_SIGN_IN || message->kind == KIND_SIGN_OFF ||
           message->kind == KIND_ECHO;
}

void zone_needs(const struct issue *issue)
{
    node_need(issue->work, row_key_of(TABLE_CONFIG, NULL, 0));
    node_need(issue->work, issue->acquirer_key);
    standing_need(issue->work, issue->message->identity.acquirer);
}

void zone_checks(const struct issue *issue)
{
    struct hsm_command command = {.kind = HSM_WORK_KEYS_MAKE};

    if (issue->message->kind != KIND_SIGN_IN || issue->config == NULL || issue->acquirer == NULL)
        return;
    command.of.work_keys_make.master = hsm_key_of(&issue->acquirer->zone_master, &issue->owner);
    command.of.work_keys_make.layout = ZONE_KEY_LAYOUT;
    command.of.work_keys_make.pin_mode = ZONE_PIN_MODE;
    command.of.work_keys_make.mac_mode = ZONE_MAC_MODE;
    command.of.work_keys_make.version = issue->acquirer->key_version + 1;
    node_ask(issue->work, SLOT_KEYS, &command, &issue->acquirer_key);
}

static void change_keys(const struct issue *issue, const struct hsm_answer *answer)
{
    struct acquirer_row acquirer = *issue->acquirer;
    struct node_send *send;

    assert(answer->of.work_keys.count == ZONE_KEY_COUNT);
    assert(answer->of.work_keys.len <= KEYS_LEN_MAX);
    acquirer.zone_mac_before = acquirer.zone_mac;
    acquirer.zone_pin_before = acquirer.zone_pin;
    acquirer.zone_pin = answer->of.work_keys.keys[0];
    acquirer.zone_mac = answer->of.work_keys.keys[1];
    acquirer.key_version++;
    acquirer.since = issue->event->wall;
    acquirer.is_behind = false;
    send = issuer_answer(issue, OUTCOME_APPROVED, false);
    standing_tell(issue->work, false, &send->message.mark);
    (void)standing_note(issue->work, issue->message->identity.acquirer, STANDING_GOOD);
    send->message.keys_len = answer->of.work_keys.len;
    memcpy(send->message.keys, answer->of.work_keys.download, answer->of.work_keys.len);
    node_put(issue->work, &issue->acquirer_key, &acquirer, sizeof acquirer);
    node_record(issue->work, WHAT_KEYS_CHANGED, NULL);
    issue->work->outcome = OUTCOME_APPROVED;
    issue->work->money = MONEY_NOT_MOVED;
}

/* The switch's books are older than what it told us: nothing of it is taken until a person has
 * looked. A person is called once. */
static void stay_apart(const struct issue *issue)
{
    const char *peer = issue->message->identity.acquirer;
    struct acquirer_row acquirer = *issue->acquirer;
    struct node_send *send = issuer_answer(issue, OUTCOME_ZONE_BOOKS_APART, false);
    bool is_news = standing_note(issue->work, peer, STANDING_HE_IS_BEHIND);

    standing_tell(issue->work, true, &send->message.mark);
    if (acquirer.is_behind && !is_news)
        return;
    acquirer.is_behind = true;
    node_put(issue->work, &issue->acquirer_key, &acquirer, sizeof acquirer);
    node_record(issue->work, WHAT_BOOKS_APART, NULL);
    issue->work->outcome = OUTCOME_ZONE_BOOKS_APART;
    issue->work->effects.is_alarm = true;
}

/* The switch finds us behind: it has signed off from us, and we only note that it says so. */
static void answer_echo(const struct issue *issue)
{
    const char *peer = issue->message->identity.acquirer;
    enum standing standing = standing_judge(issue->work, peer);
    struct node_send *send = issuer_answer(issue, OUTCOME_APPROVED, false);

    standing_tell(issue->work, standing == STANDING_HE_IS_BEHIND, &send->message.mark);
    if (standing != STANDING_GOOD)
        return;
    struct acquirer_row acquirer = *issue->acquirer;
    bool was_behind = acquirer.is_behind; /* an old message had come late: it never was */
    bool is_news = standing_note(issue->work, peer, standing);
    acquirer.is_behind = false;
    if (was_behind)
        node_put(issue->work, &issue->acquirer_key, &acquirer, sizeof acquirer);
    if (is_news || was_behind)
        node_record(issue->work, WHAT_PEER_HEARD, NULL);
}

void zone_step(struct issue *issue)
{
    const struct hsm_answer *answer = node_answer(issue->work, SLOT_KEYS);
    enum issue_row acquirer =
        issue_row_state(issue->work, &issue->acquirer_key, sizeof *issue->acquirer);

    if (acquirer == ISSUE_ROW_ABSENT)
        issuer_answer(issue, OUTCOME_ZONE_MAC_WRONG, false);
    else if (acquirer != ISSUE_ROW_GOOD || issue->config == NULL)
        issuer_answer(issue, OUTCOME_ISSUER_FAULT, false);
    else if (issue->message->kind == KIND_SIGN_OFF)
        issuer_answer(issue, OUTCOME_APPROVED, false);
    else if (issue->message->kind == KIND_ECHO)
        answer_echo(issue);
    else if (standing_judge(issue->work, issue->message->identity.acquirer) ==
             STANDING_HE_IS_BEHIND)
        stay_apart(issue);
    else if (answer == NULL || answer->result != HSM_OK)
        issuer_answer(issue, OUTCOME_ISSUER_FAULT, false);
    else
        change_keys(issue, answer);
}

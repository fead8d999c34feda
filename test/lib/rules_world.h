/*
 * Rules of limits and risk in the small world around the switch (test/lib/switch_world.h, included
 * before): loading them as an operator does, paying, and looking at refusals and tallies.
 */
#ifndef TEST_LIB_RULES_WORLD_H
#define TEST_LIB_RULES_WORLD_H

#include "risk/rules.h"

static struct rules_row head;
static struct rule_part_row parts[RULE_PARTS_MAX];

/* ---- loading rules ---- */

UNUSED static enum outcome put_row(struct row_key key, const void *value, size_t len)
{
    static struct node_command command;

    memset(&command, 0, sizeof command);
    command.kind = COMMAND_PUT_ROW;
    command.key = key;
    memcpy(command.value, value, len);
    command.value_len = (uint16_t)len;
    world_event(EVENT_COMMAND)->command = &command;
    world.event.ticket = 3;
    world_run();
    assert_true(world.was_shown);
    return world.shown;
}

UNUSED static void rules_begin(void)
{
    const struct rules_row *now = world_value(rules_key());

    memset(&head, 0, sizeof head);
    memset(parts, 0, sizeof parts);
    head.layout = RISK_ROW_LAYOUT;
    head.version = now == NULL ? 1 : now->version + 1;
    head.slot = now == NULL ? 0 : (uint8_t)(1 - now->slot);
    head.threshold = 100;
    head.currency = CURRENCY_CNY;
    head.loaded = world.wall;
}

UNUSED static struct rule *rule_add(const char *name, enum rule_check check)
{
    size_t at = head.rule_count++;
    struct rule_part_row *part = &parts[at / RULE_PART_RULES];
    struct rule *rule = &part->rules[at % RULE_PART_RULES];

    part->layout = RISK_ROW_LAYOUT;
    part->slot = head.slot;
    part->place = (uint8_t)(at / RULE_PART_RULES);
    part->version = head.version;
    part->rule_count = (uint16_t)(at % RULE_PART_RULES + 1);
    head.part_count = (uint8_t)(part->place + 1);
    memcpy(rule->name, name, strlen(name));
    rule->check = (uint8_t)check;
    return rule;
}

UNUSED static void digest(void)
{
    struct rule_set set = {.head = &head};

    for (size_t i = 0; i < head.part_count; i++)
        set.parts[i] = &parts[i];
    head.digest = rules_digest(&set);
    rules_sum_up(&set, &head);
}

UNUSED static enum outcome rules_end(void)
{
    digest();
    for (uint8_t i = 0; i < head.part_count; i++)
        assert_int_equal(put_row(rules_part_key(head.slot, i), &parts[i], sizeof parts[i]),
                         OUTCOME_APPROVED);
    return put_row(rules_key(), &head, sizeof head);
}

UNUSED static void rules_load(void)
{
    assert_int_equal(rules_end(), OUTCOME_APPROVED);
    assert_int_equal(world_record()->what, WHAT_RULES_CHANGED);
}

UNUSED static struct rule *one_rule(const char *name, enum rule_check check)
{
    world_open();
    rules_begin();
    return rule_add(name, check);
}

/* ---- paying ---- */

UNUSED static enum outcome pay(uint32_t trace, int64_t minor)
{
    struct txn_message sale = world_sale(trace, minor);

    world_terminal_says(&sale);
    return world_payment(trace)->outcome;
}

UNUSED static void answer(uint32_t trace, const char *code)
{
    struct txn_message request =
        world_request(KIND_SALE, trace, world_payment(trace)->amount.minor);
    struct txn_message reply = world_answer(&request, code);

    world_issuer_says(&reply);
}

UNUSED static void pay_well(uint32_t trace, int64_t minor)
{
    assert_int_equal(pay(trace, minor), OUTCOME_NONE);
    answer(trace, "00");
    assert_int_equal(world_payment(trace)->outcome, OUTCOME_APPROVED);
}

UNUSED static void refused(uint32_t trace, int64_t minor, enum outcome outcome)
{
    assert_int_equal(pay(trace, minor), outcome);
    assert_memory_equal(world_sent(TILL_LINK)->message.code, outcome_row(outcome)->code, 2);
    assert_null(world_sent(ISSUER_LINK));
    assert_int_equal(world_payment(trace)->rules_version, head.version);
    assert_int_equal(world_payment(trace)->money, MONEY_NOT_MOVED);
}

UNUSED static const char *evidence(uint32_t trace, enum evidence_name name)
{
    const struct payment_row *row = world_payment(trace);

    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (row->evidence[i].name == name)
            return row->evidence[i].text;
    }
    return "";
}

/* The terminal moves to another shop. */
UNUSED static void move_to(const char *merchant, int32_t latitude, int32_t longitude)
{
    struct merchant_row row;

    assert_int_equal(onboard_merchant(merchant, "Another shop", 5812, &row), OK);
    row.latitude_e5 = latitude;
    row.longitude_e5 = longitude;
    assert_int_equal(put_row(onboard_merchant_key(&row), &row, sizeof row), OUTCOME_APPROVED);
    struct terminal_row *terminal = world_terminal();
    assert_true(terminal != NULL);
    if (terminal != NULL)
        memcpy(terminal->merchant, row.merchant, sizeof row.merchant);
}

UNUSED static enum outcome pay_at(const char *merchant, uint32_t trace, int64_t minor)
{
    struct txn_message sale = world_sale(trace, minor);

    assert_int_equal(identity_id_from_text(merchant, ' ', sale.merchant, MERCHANT_ID_LEN), OK);
    world_terminal_says(&sale);
    return world_payment(trace)->outcome;
}

UNUSED static struct activity_owner owner_of(uint32_t trace)
{
    return activity_owner_of(world_payment(trace));
}

UNUSED static const struct tally_row *tally_of(enum tally_subject subject, uint32_t trace)
{
    struct activity_owner owner = owner_of(trace);

    return world_value(activity_key(subject, &owner));
}

#endif

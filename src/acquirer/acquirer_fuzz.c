/*
 * Random events against the real switch: payments, reversals, answers, deadlines, restarts, links,
 * operators, spoiled in many ways, with crashes, a silent HSM and (in half of the inputs) stored
 * rows damaged under it. No input trips an assertion; while no row was damaged, all that
 * world_prove demands holds after every event.
 *
 * The first byte says whether rows get damaged, and whether there are rules of limits and risk.
 * Then each action is three bytes: what, which payment, how spoiled.
 */
#include "test/lib/fuzz.h"

#define CHECK(condition) FUZZ_CHECK(condition)
#include "test/lib/rules_of_all.h"
#include "test/lib/switch_world.h"

#define ACTIONS_MAX 150
#define TRACES 6
#define PAYMENT_KINDS (KIND_TIP_ADJUST - KIND_SALE + 1)

static const char *const codes[] = {"00", "51", "98", "96", "10", "25", "A0", "\0\0"};

static void spoil(struct txn_message *message, uint8_t how)
{
    switch (how % 24) {
    case 1:
        message->amount.minor += how;
        return;
    case 2:
        message->amount.minor = INT64_MIN + how;
        return;
    case 3:
        message->amount.currency = how;
        return;
    case 4:
        message->pan = world_pan(CARD_OTHER);
        return;
    case 5:
        message->pan.len = how;
        return;
    case 6:
        message->track2_len = how;
        return;
    case 7:
        message->pin_block_len = how;
        return;
    case 8:
        message->pin_block[0] = 0xEE;
        return;
    case 9:
        message->identity.trace = how == 9 ? 0 : UINT32_MAX;
        return;
    case 10:
        message->identity.batch = how * 100000U;
        return;
    case 11:
        message->merchant[0] = (char)how;
        return;
    case 12:
        message->icc_len = how;
        memset(message->icc, how, sizeof message->icc);
        return;
    case 13:
        message->keys_len = how;
        return;
    case 14:
        message->kind = (enum txn_kind)(how / 24 % KIND_COUNT);
        return;
    case 15:
        message->function = (enum txn_function)(how / 24 % FUNCTION_COUNT);
        return;
    case 16:
        message->identity.terminal[0] ^= 1;
        return;
    default:
        return;
    }
}

/* One in eight is not sealed, one in eight by a wrong key. */
static struct keyblock seal_of(const struct keyblock *right, enum key_usage usage, uint8_t how)
{
    struct keyblock none = {{0}};

    if (how >> 5 == 6)
        return none;
    if (how >> 5 == 7)
        return fake_key(usage, 201, usage == KEY_MAK ? TERMINAL : ISSUER);
    return *right;
}

static void terminal_says(struct txn_message message, uint8_t how)
{
    const struct terminal_keys_row *keys = world_keys();
    struct keyblock none = {{0}};
    struct keyblock seal = seal_of(keys != NULL ? &keys->mac : &none, KEY_MAK, how);

    spoil(&message, how);
    world_terminal_says_with(&message, &seal);
}

static void issuer_says(struct txn_message message, uint8_t how)
{
    const struct issuer_row *issuer = world_issuer();
    struct keyblock none = {{0}};
    struct keyblock seal = seal_of(issuer != NULL ? &issuer->zone_mac : &none, KEY_ZAK, how);

    spoil(&message, how);
    world_issuer_says_with(&message, &seal);
}

static struct txn_message network(uint32_t trace, uint8_t which, enum txn_function function)
{
    static const uint16_t network_codes[] = {3, 1, 4, 2, 301};
    struct txn_message message = world_request(KIND_SIGN_IN, trace, 0);

    message.amount = (struct money){0};
    message.function = function;
    message.kind = (enum txn_kind)(KIND_SIGN_IN + which / TRACES % 3);
    message.network_code = network_codes[which % ARRAY_COUNT(network_codes)];
    memcpy(message.code, "00", 2);
    message.keys_len = 40;
    memset(message.keys, which % 8 == 7 ? 0xBD : 200 + which % 8, 40);
    if (function == FUNCTION_RESPONSE && world_issuer() != NULL)
        message.identity.trace = world_issuer_link()->sign_on_trace;
    return message;
}

static void operate(uint8_t which, uint8_t how)
{
    static struct node_command command;
    struct node_row *row = &world.rows[which % world.row_count];

    memset(&command, 0, sizeof command);
    command.kind = (enum command_kind)(how % COMMAND_COUNT);
    command.key = row->key;
    command.value_len = how > 200 ? how : row->len;
    memcpy(command.value, row->value, row->len);
    command.value[how] ^= how > 128;
    world_event(EVENT_COMMAND)->command = &command;
    world_run();
}

static void garble(uint32_t trace, uint8_t how)
{
    struct node_event *event = world_event(EVENT_GARBLED);

    event->message = world_sale(trace, 100);
    spoil(&event->message, how);
    event->fault.field = how;
    if (how > 128)
        memcpy(event->peer, ISSUER, 8);
    world_run();
}

static void damage(uint8_t which, uint8_t how)
{
    struct node_row *row = &world.rows[which % world.row_count];

    if (row->len == 0)
        return;
    row->value[(how * 7U) % row->len] ^= (uint8_t)(1 + which);
}

static void trouble(uint8_t which, uint8_t how, bool may_damage)
{
    world.hsm_is_down = how % 16 == 1;
    world.hsm_failure = how % 16 == 2 ? (enum hsm_result)(which % HSM_RESULT_COUNT) : HSM_OK;
    world.hsm_fails = (enum hsm_kind)(which % HSM_KIND_COUNT);
    world.crash = how % 16 == 3 ? (enum world_crash)(which % 3) : CRASH_NONE;
    if (how % 16 == 4)
        world_wait_ms(which * 1000);
    if (how % 16 == 5)
        world_wait_ms(which * -1000);
    if (how % 16 >= 6 && may_damage)
        damage(which, how);
}

/* Any kind of payment: what follows names another of the few, and asks for about its amount. */
static struct txn_message any_request(uint32_t trace, uint8_t kind, uint8_t which)
{
    static const int64_t minors[] = {100, 200, 110, 50};
    struct txn_message message =
        world_follow((enum txn_kind)(KIND_SALE + kind % PAYMENT_KINDS), trace,
                     minors[which / TRACES % ARRAY_COUNT(minors)], which / 24 % TRACES + 1);

    if (kind_row(message.kind)->shape != SHAPE_FOLLOW_UP)
        memset(&message.original, 0, sizeof message.original);
    message.partial_ok = which % 2;
    return message;
}

static struct txn_message any_query(uint32_t trace)
{
    struct txn_message message = world_request(KIND_QUERY, trace, 0);

    message.pan.len = 0;
    message.amount = (struct money){0};
    message.original.batch = 1;
    message.original.trace = trace;
    return message;
}

/* Totals as the switch has them, or others. */
static struct txn_message any_closing(uint32_t trace, uint8_t which)
{
    struct txn_message message = any_query(trace);
    const struct batch_row *batch = world_batch(1);

    message.kind = KIND_SETTLE;
    message.network_code = which % 4 == 1 ? NETWORK_SETTLE_FORCED : NETWORK_SETTLE;
    if (which % 2 == 0 && batch != NULL)
        message.domestic = batch->domestic;
    return message;
}

/* The request that is recorded under a trace number, as far as it matters; else a sale. */
static struct txn_message recorded_request(uint32_t trace, uint8_t which)
{
    const struct payment_row *row = world_payment(trace);
    struct txn_message message = world_sale(trace, 100 * (1 + which / TRACES % 2));

    if (row == NULL || row->kind >= KIND_COUNT)
        return message;
    message.kind = (enum txn_kind)row->kind;
    message.amount = row->amount;
    return message;
}

/* Every check for every tally, with numbers that a few small payments reach. */
static void put_rules(void)
{
    static struct rule_part_row parts[RULE_PARTS_MAX];
    struct rule rules[RULES_MAX];
    struct rules_row head = {.threshold = 3, .currency = CURRENCY_CNY, .loaded = world.wall};
    size_t count = rules_of_all(rules);

    rules_pack(rules, count, NULL, &head, parts);
    for (uint8_t i = 0; i < head.part_count; i++)
        world_put(rules_part_key(head.slot, i), &parts[i], sizeof parts[i]);
    world_put(rules_key(), &head, sizeof head);
}

static void act(const uint8_t at[static 3], bool may_damage)
{
    uint32_t trace = at[1] % TRACES + 1;
    struct txn_message request = recorded_request(trace, at[1]);
    struct txn_message reversal = world_reversal_of(&request);
    struct txn_message answer;

    switch (at[0] % 16) {
    case 0:
        terminal_says(request, at[2]);
        return;
    case 1:
        terminal_says(any_request(trace, at[0] / 16, at[1]), at[2]);
        return;
    case 2:
        if (at[0] / 16 % 4 == 0)
            terminal_says(any_closing(trace, at[1] / TRACES), at[2]);
        else
            terminal_says(any_query(trace), at[2]);
        return;
    case 3:
        terminal_says(reversal, at[2]);
        return;
    case 4:
        terminal_says(network(trace, at[1], FUNCTION_REQUEST), at[2]);
        return;
    case 5:
    case 6:
        answer = world_answer(&request, codes[at[0] / 16 % ARRAY_COUNT(codes)]);
        issuer_says(answer, at[2]);
        return;
    case 7:
        answer = world_answer(&reversal, codes[at[0] / 16 % ARRAY_COUNT(codes)]);
        issuer_says(answer, at[2]);
        return;
    case 8:
        issuer_says(network(trace, at[1], (enum txn_function)(at[2] % 2)), at[2]);
        return;
    case 9:
        world_timer(world_pending_key(trace));
        return;
    case 10:
        world_recover(world_pending_key(trace));
        return;
    case 11:
        world_timer(world_issuer_key(at[1] % 2 == 0 ? ISSUER : ISSUER_AWAY));
        return;
    case 12:
        world_link(at[2] % 2 == 0 ? EVENT_LINK_UP : EVENT_LINK_DOWN, at[2] / 2 % 3 + ISSUER_LINK,
                   at[1] % 4 == 0 ? "" : ISSUER);
        return;
    case 13:
        operate(at[1], at[2]);
        return;
    case 14:
        garble(trace, at[2]);
        return;
    default:
        trouble(at[1], at[2], may_damage);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    world_open();
    world.writes = false; /* a spoiled message's answer need not fit a dialect */
    if (len == 0)
        return 0;
    world.is_unproved = data[0] % 2 == 1;
    if (data[0] / 2 % 2 == 1)
        put_rules();
    for (size_t i = 0; i < ACTIONS_MAX && 1 + 3 * (i + 1) <= len; i++)
        act(data + 1 + 3 * i, world.is_unproved);
    return 0;
}

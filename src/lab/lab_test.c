#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/store_memory.h"
#include "lab/lab_hsm.h"
#include "lab/lab_party.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 128

/* What a provisioning gave. */
struct taken {
    struct node_command commands[ROWS_MAX];
    size_t count;
    size_t room;
};

static enum err take(void *self, const struct node_command *command)
{
    struct taken *taken = self;
    if (taken->count == taken->room)
        return ERR_FULL;
    taken->commands[taken->count++] = *command;
    return OK;
}

static struct taken *provision(const struct lab_world *world, struct lab_target target)
{
    struct lab_seed seed = lab_seed_of(7);
    struct taken *taken = calloc(1, sizeof *taken);
    struct lab_hsm hsm;
    taken->room = ROWS_MAX;
    assert_int_equal(lab_hsm_open(world, &seed, &target, (struct random_source){0}, &hsm), OK);
    struct hsm contract = lab_hsm_contract(&hsm);
    assert_int_equal(
        lab_provision(world, &seed, &contract, &target, &(struct lab_sink){taken, take}), OK);
    lab_hsm_close(&hsm);
    return taken;
}

static const void *value_of(const struct taken *taken, struct row_key key)
{
    for (size_t i = 0; i < taken->count; i++)
        if (taken->commands[i].kind == COMMAND_PUT_ROW &&
            row_key_equal(&taken->commands[i].key, &key))
            return taken->commands[i].value;
    fail_msg("no such row in %s", row_table_name(key.table));
    return NULL;
}

static size_t count_of(const struct taken *taken, enum row_table table)
{
    size_t count = 0;
    for (size_t i = 0; i < taken->count; i++)
        count +=
            taken->commands[i].kind == COMMAND_PUT_ROW && taken->commands[i].key.table == table;
    return count;
}

static struct key_check check_of(const struct keyblock *block)
{
    struct key_header header;
    assert_int_equal(keyblock_header(block, &header), OK);
    return header.check;
}

/* Rows of what terminals download: two lists, a key, two applications. */
#define HANDED_OUT 5

static const struct lab_target acquirer = {.party = PARTY_ACQUIRER};
static const struct lab_target terminal = {.party = PARTY_TERMINAL, .terminal_count = 4};
static const struct lab_target issuer_2 = {.party = PARTY_ISSUER, .issuer = 1};

static void test_default_world_has_a_card_of_each_kind(void **state)
{
    (void)state;
    struct lab_world world;
    struct pan_fault fault;

    assert_int_equal(lab_world_default(&world), OK);
    assert_int_equal(world.card_count, 12);
    for (uint32_t i = 0; i < world.card_count; i++) {
        struct pan pan = lab_card_pan(&world.cards[i]);
        assert_int_equal(pan_check_luhn(&pan, &fault), OK);
        assert_memory_equal(world.cards[i].pan, "620000", 6);
    }
    assert_int_equal(world.cards[lab_world_card(&world, "C4")].state, RECORD_FROZEN);
    assert_int_equal(world.cards[lab_world_card(&world, "C11")].issuer, LAB_NO_ISSUER);
    assert_true(world.issuers[world.cards[lab_world_card(&world, "C12")].issuer].is_absent);
    assert_int_equal(lab_world_card(&world, "C13"), 12);
    assert_int_equal(lab_world_terminal(&world, "T4"), 3);
    assert_int_equal(lab_world_terminal(&world, "T5"), 4);
    lab_world_free(&world);
}

static void test_generated_cards_are_all_different(void **state)
{
    (void)state;
    struct lab_spec spec = {
        .issuers = 2, .merchants = 3, .terminals = 5, .cards = 1000, .trouble_per_mille = 100};
    struct lab_world world;
    size_t in_trouble = 0;

    assert_int_equal(lab_world_generate(&spec, &world), OK);
    assert_int_equal(world.issuer_count, 3);
    assert_true(world.issuers[2].is_absent);
    for (uint32_t i = 0; i < world.card_count; i++) {
        in_trouble += world.cards[i].balance_minor < 100000000;
        for (uint32_t j = 0; j < i; j++)
            assert_string_not_equal(world.cards[i].pan, world.cards[j].pan);
    }
    assert_int_equal(in_trouble, 100);
    lab_world_free(&world);
}

static void test_generated_world_has_limits(void **state)
{
    (void)state;
    struct lab_spec good = {.issuers = 1, .merchants = 1, .terminals = 1, .cards = 1};
    struct lab_world world;
    struct lab_spec spec;

    assert_int_equal(lab_world_generate(&good, &world), OK);
    assert_false(world.issuers[0].is_absent);
    lab_world_free(&world);
    spec = good, spec.issuers = 0;
    assert_int_equal(lab_world_generate(&spec, &world), ERR_BAD_VALUE);
    spec = good, spec.cards = LAB_CARDS_PER_ISSUER_MAX + 1;
    assert_int_equal(lab_world_generate(&spec, &world), ERR_BAD_VALUE);
    spec = good, spec.terminals = 0;
    assert_int_equal(lab_world_generate(&spec, &world), ERR_BAD_VALUE);
    spec = good, spec.merchants = 0;
    assert_int_equal(lab_world_generate(&spec, &world), ERR_BAD_VALUE);
}

static void test_both_ends_of_a_key_have_the_same_key(void **state)
{
    (void)state;
    struct lab_world world;
    assert_int_equal(lab_world_default(&world), OK);
    struct taken *at_acquirer = provision(&world, acquirer);
    struct taken *at_terminal = provision(&world, terminal);
    struct taken *at_issuer = provision(&world, issuer_2);

    struct row_key key = row_key_of(TABLE_TERMINAL, "T3      ", TERMINAL_ID_LEN);
    const struct terminal_row *here = value_of(at_terminal, key);
    const struct terminal_row *there = value_of(at_acquirer, key);
    struct key_check a = check_of(&here->master);
    struct key_check b = check_of(&there->master);
    assert_memory_equal(a.at, b.at, sizeof a.at);
    assert_memory_not_equal(here->master.at, there->master.at, KEYBLOCK_LEN);

    const struct issuer_row *issuer =
        value_of(at_acquirer, row_key_of(TABLE_ISSUER, "20000002\0\0\0", ISSUER_ID_LEN));
    const struct acquirer_row *switch_row =
        value_of(at_issuer, row_key_of(TABLE_ACQUIRER, "10000001\0\0\0", ACQUIRER_ID_LEN));
    a = check_of(&issuer->zone_master);
    b = check_of(&switch_row->zone_master);
    assert_memory_equal(a.at, b.at, sizeof a.at);
    free(at_acquirer);
    free(at_terminal);
    free(at_issuer);
    lab_world_free(&world);
}

/* What an account opens with comes with its row, so that no crash can come between them. */
static int64_t opening_total(const struct taken *taken, const struct lab_world *world)
{
    int64_t total = 0;

    for (uint32_t i = 0; i < world->card_count; i++) {
        struct row_key key = row_key_number(TABLE_ACCOUNT, lab_card_account(i));
        for (size_t j = 0; j < taken->count; j++) {
            const struct node_command *command = &taken->commands[j];
            assert_int_equal(command->kind, COMMAND_PUT_ROW);
            if (!row_key_equal(&command->key, &key))
                continue;
            assert_int_equal(command->amount.minor, world->cards[i].balance_minor);
            total += command->amount.minor;
        }
    }
    return total;
}

static void test_parties_get_the_rows_of_their_world(void **state)
{
    (void)state;
    struct lab_world world;
    assert_int_equal(lab_world_default(&world), OK);
    struct taken *at_acquirer = provision(&world, acquirer);
    struct taken *at_issuer = provision(&world, issuer_2);

    assert_int_equal(count_of(at_acquirer, TABLE_MERCHANT), 3);
    assert_int_equal(count_of(at_acquirer, TABLE_ROUTE), 3);
    assert_int_equal(count_of(at_acquirer, TABLE_TERMINAL), 4);
    assert_int_equal(count_of(at_issuer, TABLE_CARD), 3);
    assert_int_equal(count_of(at_issuer, TABLE_ACCOUNT), 3);
    const struct account_row *account =
        value_of(at_issuer, row_key_number(TABLE_ACCOUNT, lab_card_account(9)));
    assert_int_equal(account->credit_limit_minor, 500000);
    assert_int_equal(account->balance_minor, 0);
    assert_true(opening_total(at_issuer, &world) > 0);
    free(at_acquirer);
    free(at_issuer);
    lab_world_free(&world);
}

static void test_put_that_refuses_stops_it(void **state)
{
    (void)state;
    struct lab_world world;
    struct lab_seed seed = lab_seed_of(7);
    struct lab_hsm hsm;
    assert_int_equal(lab_world_default(&world), OK);
    assert_int_equal(lab_hsm_open(&world, &seed, &issuer_2, (struct random_source){0}, &hsm), OK);
    struct hsm contract = lab_hsm_contract(&hsm);
    struct taken *taken = provision(&world, issuer_2);
    size_t all = taken->count;

    for (taken->room = 0; taken->room < all; taken->room++) {
        taken->count = 0;
        assert_int_equal(
            lab_provision(&world, &seed, &contract, &issuer_2, &(struct lab_sink){taken, take}),
            ERR_FULL);
    }
    free(taken);
    lab_hsm_close(&hsm);
    lab_world_free(&world);
}

static void test_terminal_reads_the_cards_by_their_index(void **state)
{
    (void)state;
    struct lab_world world;
    struct lab_seed seed = lab_seed_of(7);
    struct lab_hsm hsm;
    assert_int_equal(lab_world_default(&world), OK);
    assert_int_equal(lab_hsm_open(&world, &seed, &terminal, (struct random_source){0}, &hsm), OK);
    assert_int_equal(lab_hsm_deal(&hsm, &world, &seed, world.card_count), OK);
    struct hsm contract = lab_hsm_contract(&hsm);

    for (uint32_t i = 0; i < world.card_count; i++) {
        struct hsm_command read = {.kind = HSM_CARD_STRIPE, .of.card.card = i};
        struct hsm_answer answer = hsm_ask(&contract, &read);
        struct pan pan = lab_card_pan(&world.cards[i]);
        assert_int_equal(answer.result, HSM_OK);
        assert_true(pan_equal(&answer.of.card_stripe.track2.pan, &pan));
    }
    lab_hsm_close(&hsm);
    lab_world_free(&world);
}

/* A party that only takes rows. */
static void row_needs(struct node_work *work)
{
    node_need(work, work->event->command->key);
}

static void no_checks(struct node_work *work)
{
    (void)work;
}

static void row_step(struct node_work *work)
{
    const struct node_command *command = work->event->command;
    if (command->kind != COMMAND_PUT_ROW)
        return;
    node_put(work, &command->key, command->value, command->value_len);
    node_record(work, WHAT_CONFIGURED, NULL);
}

static void test_party_takes_its_world_through_its_engine(void **state)
{
    (void)state;
    static const struct node_party party = {PARTY_ACQUIRER, row_needs, no_checks, row_step};
    struct lab_spec spec = {.issuers = 2, .merchants = 10, .terminals = 600, .cards = 1};
    struct lab_world world;
    struct lab_seed seed = lab_seed_of(7);
    struct lab_hsm hsm;
    struct store_memory_options options = {.node = 1};
    struct store_memory *memory;
    struct store store;
    struct lab_party at;
    struct node_event model = {.wall = {1}};

    assert_int_equal(lab_world_generate(&spec, &world), OK);
    assert_int_equal(lab_hsm_open(&world, &seed, &acquirer, (struct random_source){0}, &hsm), OK);
    assert_int_equal(store_memory_new(&options, &memory), OK);
    assert_int_equal(store_memory_attach(memory, &store), OK);
    struct hsm contract = lab_hsm_contract(&hsm);
    struct lab_party_setup setup = {
        .world = &world, .target = acquirer, .party = &party, .store = &store, .hsm = &contract};
    assert_int_equal(lab_party_open(&setup, &at), OK);
    assert_int_equal(lab_party_provision(&at, &seed, &model), OK);
    assert_int_equal(engine_sequence(at.engine), 1 + 10 + 2 * 2 + HANDED_OUT + 600);
    assert_int_equal(store_memory_row_count(memory), 1 + 10 + 2 * 2 + HANDED_OUT + 600);
    lab_party_close(&at);
    store_memory_free(memory);
    lab_hsm_close(&hsm);
    lab_world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_world_has_a_card_of_each_kind),
        cmocka_unit_test(test_generated_cards_are_all_different),
        cmocka_unit_test(test_generated_world_has_limits),
        cmocka_unit_test(test_both_ends_of_a_key_have_the_same_key),
        cmocka_unit_test(test_parties_get_the_rows_of_their_world),
        cmocka_unit_test(test_put_that_refuses_stops_it),
        cmocka_unit_test(test_terminal_reads_the_cards_by_their_index),
        cmocka_unit_test(test_party_takes_its_world_through_its_engine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

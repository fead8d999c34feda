#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/hsm/card_soft.h"
#include "drivers/hsm/hsm_route.h"
#include "drivers/hsm/hsm_soft.h"

#include <string.h>

static struct hsm_soft *soft;
static struct card_soft *cards;
static struct hsm_route route;
static struct hsm hsm;
static struct hsm_key imk;
static struct hsm_key cvk;

static struct hsm_key make_key(enum key_usage usage, enum key_mode mode)
{
    struct hsm_command command = {.kind = HSM_KEY_MAKE};

    command.of.key_make = (struct key_wish){.usage = usage, .algorithm = KEY_TDES_2, .mode = mode};
    assert_int_equal(key_owner_from("ISSUER-A", &command.of.key_make.owner), OK);
    struct hsm_answer answer = hsm_ask(&route.keys, &command);
    assert_int_equal(answer.result, HSM_OK);
    return hsm_key_of(&answer.of.key, &command.of.key_make.owner);
}

static int set_up(void **state)
{
    (void)state;
    struct hsm_soft_config config = {.master = {32, "a master key made for this test!"}};

    if (hsm_soft_open(&config, &soft) != OK)
        return -1;
    route.keys = hsm_soft_contract(soft);
    if (card_soft_open(&route.keys, 8, &cards) != OK)
        return -1;
    route.cards = card_soft_contract(cards);
    hsm = hsm_route_contract(&route);
    imk = make_key(KEY_IMK_AC, KEY_ICC_OPTION_A);
    cvk = make_key(KEY_CVK, KEY_MODE_NONE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    card_soft_close(cards);
    hsm_soft_close(soft);
    return 0;
}

static struct card_wish wish_of(uint8_t cvn)
{
    return (struct card_wish){
        .imk = imk,
        .cvk = cvk,
        .pan = {16, "6228480012341234"},
        .psn = 1,
        .expiry = {28, 12},
        .service_code = {"220"},
        .stripe = true,
        .chip = true,
        .contactless = true,
        .cvn = cvn,
        .atc = 41,
    };
}

static uint32_t add(const struct card_wish *wish)
{
    uint32_t index = UINT32_MAX;

    assert_int_equal(card_soft_add(cards, wish, &index), OK);
    return index;
}

static enum hsm_result verify_cvv(const struct track2 *track2, enum cvv_kind kind)
{
    struct hsm_command command = {.kind = HSM_CVV_VERIFY};

    command.of.cvv.cvk = cvk;
    command.of.cvv.kind = kind;
    command.of.cvv.pan = track2->pan;
    command.of.cvv.expiry = track2->expiry;
    command.of.cvv.service_code = track2->service_code;
    assert_int_equal(track2_cvv(track2, command.of.cvv.cvv.digits), OK);
    return hsm_ask(&hsm, &command).result;
}

static void test_stripe_and_chip_carry_their_own_cvv(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_PBOC_01);
    struct hsm_command command = {.kind = HSM_CARD_STRIPE};

    command.of.card.card = add(&wish);
    struct hsm_answer stripe = hsm_ask(&hsm, &command);
    assert_int_equal(stripe.result, HSM_OK);
    assert_true(stripe.of.card_stripe.readable);
    assert_int_equal(verify_cvv(&stripe.of.card_stripe.track2, CVV_STRIPE), HSM_OK);
    assert_int_equal(verify_cvv(&stripe.of.card_stripe.track2, CVV_CHIP), HSM_WRONG);
    command.kind = HSM_CARD_CHIP;
    struct hsm_answer chip = hsm_ask(&hsm, &command);
    assert_int_equal(chip.result, HSM_OK);
    assert_true(chip.of.card_chip.present);
    assert_int_equal(chip.of.card_chip.psn, 1);
    assert_memory_equal(chip.of.card_chip.aid, "\xA0\x00\x00\x03\x33\x01\x01\x01", 8);
    assert_int_equal(verify_cvv(&chip.of.card_chip.track2, CVV_CHIP), HSM_OK);
    assert_int_equal(verify_cvv(&chip.of.card_chip.track2, CVV_STRIPE), HSM_WRONG);
}

static void test_what_a_card_lacks_is_not_read(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_PBOC_01);
    struct hsm_command command = {.kind = HSM_CARD_STRIPE};

    wish.stripe = false;
    wish.chip = false;
    command.of.card.card = add(&wish);
    assert_false(hsm_ask(&hsm, &command).of.card_stripe.readable);
    command.kind = HSM_CARD_CHIP;
    assert_false(hsm_ask(&hsm, &command).of.card_chip.present);
    command.kind = HSM_CARD_FIRST_AC;
    assert_int_equal(hsm_ask(&hsm, &command).result, HSM_DOWN);
}

static struct chip_values terminal_values(void)
{
    return (struct chip_values){
        .amount = {0, 0, 0, 0, 0x10, 0},
        .country = {0x01, 0x56},
        .tvr = {0, 0x80, 0, 0, 0},
        .currency = {0x01, 0x56},
        .date = {0x26, 0x11, 0x22},
        .unpredictable = {1, 2, 3, 4},
    };
}

static struct hsm_answer first_ac(uint32_t card, enum card_ac_kind asked)
{
    struct hsm_command command = {.kind = HSM_CARD_FIRST_AC};

    command.of.card_first_ac.card = card;
    command.of.card_first_ac.asked = asked;
    command.of.card_first_ac.values = terminal_values();
    return hsm_ask(&hsm, &command);
}

/* What the issuer sees in DE 55. */
static struct chip_values issuer_values(const struct hsm_answer *ac)
{
    struct chip_values values = terminal_values();

    memcpy(values.aip, ac->of.card_ac.aip, sizeof values.aip);
    memcpy(values.atc, ac->of.card_ac.atc, sizeof values.atc);
    values.iad_len = ac->of.card_ac.iad_len;
    memcpy(values.iad, ac->of.card_ac.iad, sizeof values.iad);
    return values;
}

static enum hsm_result verify_ac(const struct hsm_answer *ac, uint8_t psn)
{
    struct hsm_command command = {.kind = HSM_ARQC_VERIFY};

    command.of.arqc_verify.imk = imk;
    command.of.arqc_verify.pan = (struct pan){16, "6228480012341234"};
    command.of.arqc_verify.psn = psn;
    command.of.arqc_verify.values = issuer_values(ac);
    memcpy(command.of.arqc_verify.ac, ac->of.card_ac.ac, CHIP_AC_LEN);
    return hsm_ask(&hsm, &command).result;
}

static struct chip_issuer_auth make_arpc(const struct hsm_answer *ac, uint8_t cvn)
{
    struct hsm_command command = {.kind = HSM_ARPC_MAKE};

    command.of.arpc.key = imk;
    command.of.arpc.pan = (struct pan){16, "6228480012341234"};
    command.of.arpc.psn = 1;
    command.of.arpc.cvn = cvn;
    memcpy(command.of.arpc.atc, ac->of.card_ac.atc, 2);
    memcpy(command.of.arpc.ac, ac->of.card_ac.ac, CHIP_AC_LEN);
    memcpy(command.of.arpc.arc, "00", 2);
    struct hsm_answer answer = hsm_ask(&hsm, &command);
    assert_int_equal(answer.result, HSM_OK);
    return answer.of.auth;
}

static struct hsm_answer second_ac(uint32_t card, const char *arc,
                                   const struct chip_issuer_auth *auth)
{
    struct hsm_command command = {.kind = HSM_CARD_SECOND_AC};

    command.of.card_second_ac.card = card;
    command.of.card_second_ac.approved = strcmp(arc, "00") == 0;
    memcpy(command.of.card_second_ac.arc, arc, 2);
    command.of.card_second_ac.auth = *auth;
    command.of.card_second_ac.values = terminal_values();
    return hsm_ask(&hsm, &command);
}

static void test_issuer_and_card_believe_each_other_by_every_rule(void **state)
{
    (void)state;
    static const uint8_t cvns[] = {CHIP_CVN_PBOC_01, CHIP_CVN_10, CHIP_CVN_PBOC_17, CHIP_CVN_18};

    for (size_t i = 0; i < ARRAY_COUNT(cvns); i++) {
        struct card_wish wish = wish_of(cvns[i]);
        uint32_t card = add(&wish);
        struct hsm_answer ac = first_ac(card, CARD_ARQC);

        assert_int_equal(ac.result, HSM_OK);
        assert_int_equal(ac.of.card_ac.kind, CARD_ARQC);
        assert_int_equal(bytes_get_u16(ac.of.card_ac.atc), 42);
        assert_int_equal(verify_ac(&ac, 1), HSM_OK);
        assert_int_equal(verify_ac(&ac, 2), HSM_WRONG);
        struct chip_issuer_auth auth = make_arpc(&ac, cvns[i]);
        struct hsm_answer tc = second_ac(card, "00", &auth);
        assert_int_equal(tc.result, HSM_OK);
        assert_int_equal(tc.of.card_ac.kind, CARD_TC);
        assert_false(tc.of.card_ac.issuer_wrong);
        assert_int_equal(verify_ac(&tc, 1), HSM_OK);
        assert_int_equal(second_ac(card, "51", &auth).result, HSM_FORMAT); /* it has decided */
    }
}

/* A batch that the store sends back asks all its questions again. */
static void test_the_last_word_may_be_asked_for_again(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_PBOC_01);
    uint32_t card = add(&wish);
    struct hsm_answer ac = first_ac(card, CARD_ARQC);
    struct chip_issuer_auth auth = make_arpc(&ac, CHIP_CVN_PBOC_01);
    struct hsm_answer tc = second_ac(card, "00", &auth);
    struct hsm_answer again = second_ac(card, "00", &auth);

    assert_int_equal(again.result, HSM_OK);
    assert_int_equal(again.of.card_ac.kind, CARD_TC);
    assert_memory_equal(again.of.card_ac.ac, tc.of.card_ac.ac, CHIP_AC_LEN);
    first_ac(card, CARD_ARQC);
    assert_int_equal(second_ac(card, "00", &auth).of.card_ac.kind, CARD_AAC); /* of another */
    assert_int_equal(second_ac(card, "00", &auth).of.card_ac.kind, CARD_AAC);
    first_ac(card, CARD_AAC);
    assert_int_equal(second_ac(card, "00", &auth).result, HSM_FORMAT);
}

static void test_card_refuses_what_its_issuer_did_not_say(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_PBOC_01);
    struct chip_issuer_auth none = {0};
    uint32_t card = add(&wish);

    for (size_t i = 0; i < 10; i++) { /* any byte of tag 91 changed */
        struct hsm_answer ac = first_ac(card, CARD_ARQC);
        struct chip_issuer_auth auth = make_arpc(&ac, CHIP_CVN_PBOC_01);

        auth.at[i] ^= 1;
        struct hsm_answer aac = second_ac(card, "00", &auth);
        assert_int_equal(aac.of.card_ac.kind, CARD_AAC);
        assert_true(aac.of.card_ac.issuer_wrong);
        assert_int_equal(aac.of.card_ac.iad[4], 0x28);
    }
    struct hsm_answer ac = first_ac(card, CARD_ARQC);
    struct chip_issuer_auth yes = make_arpc(&ac, CHIP_CVN_PBOC_01);
    assert_int_equal(second_ac(card, "51", &yes).of.card_ac.kind, CARD_AAC);
    yes.len = 9;
    first_ac(card, CARD_ARQC);
    assert_int_equal(second_ac(card, "00", &yes).of.card_ac.kind, CARD_AAC);
    first_ac(card, CARD_ARQC);
    struct hsm_answer unchecked = second_ac(card, "00", &none);
    assert_int_equal(unchecked.of.card_ac.kind, CARD_TC);
}

static void test_counter_goes_up_and_ends(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_10);
    uint16_t atc = 0;

    wish.atc = UINT16_MAX - 1;
    uint32_t card = add(&wish);
    struct hsm_answer last = first_ac(card, CARD_AAC);
    assert_int_equal(last.of.card_ac.kind, CARD_AAC);
    assert_int_equal(bytes_get_u16(last.of.card_ac.atc), UINT16_MAX);
    assert_int_equal(first_ac(card, CARD_ARQC).result, HSM_DOWN);
    assert_int_equal(card_soft_atc(cards, card, &atc), OK);
    assert_int_equal(atc, UINT16_MAX);
    assert_int_equal(card_soft_atc(cards, card + 1, &atc), ERR_NOT_FOUND);
}

static void test_renewed_cards_count_from_the_start(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_10);
    struct chip_issuer_auth none = {0};
    uint32_t card = add(&wish);
    struct hsm_answer first = first_ac(card, CARD_ARQC);

    card_soft_renew(cards);
    assert_int_equal(second_ac(card, "00", &none).result, HSM_FORMAT); /* nothing was asked */
    struct hsm_answer again = first_ac(card, CARD_ARQC);
    assert_memory_equal(&again, &first, sizeof first);
}

static void test_kept_counters_outlive_the_cards(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_10);
    uint16_t kept[2] = {900, 7};
    uint32_t cards_at[3];
    static const uint16_t expected[3] = {901, 42, 42};

    for (size_t i = 0; i < 3; i++)
        cards_at[i] = add(&wish);
    card_soft_keep(cards, 0, kept, 2);
    for (size_t i = 0; i < 3; i++) {
        struct hsm_answer ac = first_ac(cards_at[i], CARD_ARQC);
        assert_int_equal(bytes_get_u16(ac.of.card_ac.atc), expected[i]);
    }
    assert_int_equal(kept[0], 901);
    assert_int_equal(kept[1], 42);
}

static void test_declined_by_the_terminal_has_no_second_turn(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_10);
    struct chip_issuer_auth none = {0};
    uint32_t card = add(&wish);

    first_ac(card, CARD_ARQC);
    assert_int_equal(first_ac(card, CARD_AAC).of.card_ac.kind, CARD_AAC);
    assert_int_equal(second_ac(card, "00", &none).result, HSM_FORMAT);
    assert_int_equal(first_ac(card, CARD_TC).of.card_ac.kind, CARD_ARQC);
}

static void test_impossible_wishes_are_refused(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(0x33);
    struct card_face face;
    uint32_t index;

    assert_int_equal(card_soft_add(cards, &wish, &index), ERR_BAD_VALUE);
    wish = wish_of(CHIP_CVN_10);
    wish.expiry.month = 13;
    assert_int_equal(card_soft_add(cards, &wish, &index), ERR_BAD_VALUE);
    wish = wish_of(CHIP_CVN_10);
    wish.imk = cvk;
    assert_int_equal(card_soft_add(cards, &wish, &index), ERR_KEY);
    wish = wish_of(CHIP_CVN_10);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(card_soft_add(cards, &wish, &index), OK);
    assert_int_equal(card_soft_add(cards, &wish, &index), ERR_FULL);
    assert_int_equal(card_soft_face(cards, 8, &face), ERR_NOT_FOUND);
    assert_int_equal(card_soft_face(cards, 7, &face), OK);
    assert_int_equal(face.expiry.year, 28);
}

static void test_batches_go_to_both_devices_in_order(void **state)
{
    (void)state;
    struct card_wish wish = wish_of(CHIP_CVN_10);
    struct hsm_command commands[5] = {
        {.kind = HSM_DIGEST}, {.kind = HSM_CARD_STRIPE}, {.kind = HSM_CARD_CHIP},
        {.kind = HSM_DIGEST}, {.kind = HSM_CARD_CHIP},
    };
    struct hsm_answer answers[5];

    commands[1].of.card.card = add(&wish);
    commands[4].of.card.card = 7; /* no such card */
    hsm.execute(hsm.self, commands, answers, 5);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(answers[i].result, HSM_OK);
    assert_int_equal(answers[4].result, HSM_DOWN);
    assert_true(answers[1].of.card_stripe.readable);
    assert_true(answers[2].of.card_chip.present);
    assert_memory_equal(answers[0].of.digest, "\xE3\xB0\xC4\x42", 4); /* SHA-256 of nothing */
}

#define CARD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CARD_TEST(test_stripe_and_chip_carry_their_own_cvv),
        CARD_TEST(test_what_a_card_lacks_is_not_read),
        CARD_TEST(test_issuer_and_card_believe_each_other_by_every_rule),
        CARD_TEST(test_the_last_word_may_be_asked_for_again),
        CARD_TEST(test_card_refuses_what_its_issuer_did_not_say),
        CARD_TEST(test_counter_goes_up_and_ends),
        CARD_TEST(test_renewed_cards_count_from_the_start),
        CARD_TEST(test_kept_counters_outlive_the_cards),
        CARD_TEST(test_declined_by_the_terminal_has_no_second_turn),
        CARD_TEST(test_impossible_wishes_are_refused),
        CARD_TEST(test_batches_go_to_both_devices_in_order),
    };

    return cmocka_run_group_tests_name("card_soft", tests, NULL, NULL);
}

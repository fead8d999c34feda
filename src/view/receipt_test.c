/*
 * Whole receipts against test/vectors/slips, which people have read. After a wanted change:
 *
 *     ACQUIT_WRITE_SLIPS=1 build/src/view-receipt_test && git diff test/vectors/slips
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test/lib/kept_slip.h"
#include "view/receipt.h"
#include "view/slip_escpos.h"
#include "view/slip_html.h"
#include "view/slip_text.h"

#include <string.h>

#define SHANGHAI_S (8 * 3600)
#define MIDDLE "234567" /* of the card number, which is nowhere to be seen */

static struct payment_row payment;
static struct payment_row original;
static struct receipt_facts facts;
static struct receipt_chip chip = {{0x80, 0, 0x04, 0x80, 0}, {0x78, 0}, {0xE0, 0x68, 0x00}};

/* 2026-11-22 09:32:28 in Shanghai, and seconds after it. */
static struct instant at(int64_t s)
{
    struct civil civil = {
        .year = 2026, .month = 11, .day = 22, .hour = 9, .minute = 32, .second = 28};

    return instant_add_ms(instant_from_civil(&civil, SHANGHAI_S), 1000 * s);
}

static struct payment_row row_of(enum txn_kind kind, int64_t minor, uint32_t trace)
{
    struct payment_row row = {.layout = PAYMENT_ROW_LAYOUT,
                              .kind = (uint8_t)kind,
                              .stage = STAGE_ANSWERED,
                              .money = MONEY_MOVED,
                              .outcome = OUTCOME_APPROVED,
                              .decided_by = PARTY_ISSUER,
                              .sequence = -1,
                              .expiry = 3012,
                              .operator_number = 1};

    row.amount = money_of(minor, CURRENCY_CNY);
    row.posted_minor = minor;
    row.identity.batch = 17;
    row.identity.trace = trace;
    row.identity.class = IDENTITY_PAYMENT;
    memcpy(row.identity.acquirer, "10000001", 8);
    memcpy(row.identity.terminal, "T0000001", TERMINAL_ID_LEN);
    memcpy(row.merchant, "102581083986056", MERCHANT_ID_LEN);
    memcpy(row.issuer, "20000001", 8);
    memcpy(row.rrn, "632600001023", RRN_LEN);
    memcpy(row.auth_id, "004711", AUTH_ID_LEN);
    memcpy(row.code, "00", RESPONSE_CODE_LEN);
    memcpy(row.pan.masked.at, "622848******1234", 17);
    row.created = at(trace);
    return row;
}

static void begin(enum txn_kind kind, int64_t minor)
{
    payment = row_of(kind, minor, 42);
    facts = (struct receipt_facts){.payment = &payment,
                                   .merchant_name = "和平路百货商店",
                                   .merchant_name_en = "PEACE ROAD STORE",
                                   .acquirer_name = "示范收单行",
                                   .issuer_name = "第一银行",
                                   .utc_offset_s = SHANGHAI_S};
}

static void by_chip(void)
{
    payment.entry = ENTRY_CHIP;
    payment.sequence = 1;
    payment.atc = 26;
    memcpy(payment.aid, "\xA0\x00\x00\x03\x33\x01\x01\x01", 8);
    memcpy(payment.aip, "\x7C\x00", 2);
    memcpy(payment.arqc, "\x1A\xC4\xBA\x54\x01\x19\x22\x21", 8);
    memcpy(payment.unpredictable, "\xD4\x7F\x70\xD0", 4);
    memcpy(payment.icc_answer, "\x07\x01\x01\x03\xA0\x00\x00\x01", 8);
    payment.icc_answer_len = 8;
    facts.chip = &chip;
}

static void follows(enum txn_kind kind, int64_t minor)
{
    original = row_of(kind, minor, 7);
    original.created = at(-86400);
    payment.original = original.identity;
    facts.original = &original;
}

/* ---- the slips ---- */

static void sale_by_chip_and_pin(void)
{
    begin(KIND_SALE, 12850);
    by_chip();
    payment.pin_entered = 1;
}

static void sale_to_be_signed(void)
{
    begin(KIND_SALE, 25600);
    by_chip();
    facts.takes_tips = true;
    evidence_add_remark(payment.evidence, "第一银行 周末消费双倍积分");
}

static void sale_by_tap_for_the_cardholder(void)
{
    begin(KIND_SALE, 990);
    by_chip();
    payment.entry = ENTRY_CONTACTLESS;
    facts.copy = COPY_CARDHOLDER;
}

static void sale_approved_in_part(void)
{
    begin(KIND_SALE, 10000);
    payment.entry = ENTRY_STRIPE;
    payment.pin_entered = 1;
    payment.outcome = OUTCOME_APPROVED_PARTIAL;
    payment.posted_minor = 6000;
    memcpy(payment.code, "10", 2);
}

static void sale_with_its_tip(void)
{
    begin(KIND_SALE, 20000);
    payment.entry = ENTRY_STRIPE;
    payment.tip_minor = 1500;
    payment.copies = 2;
    facts.is_duplicate = true;
}

static void sale_by_code(void)
{
    begin(KIND_SALE, 3300);
    payment.entry = ENTRY_QR;
    payment.pan.masked.at[0] = 0;
    payment.expiry = 0;
    memcpy(payment.qr_code, "20261122093228000042", QR_CODE_LEN);
}

static void sale_signed_electronically(void)
{
    begin(KIND_SALE, 25600);
    by_chip();
    facts.signature_code = "C73B3D7A";
}

static void sale_voided_and_printed_again(void)
{
    begin(KIND_SALE, 50000);
    payment.entry = ENTRY_STRIPE;
    payment.follow = FOLLOW_VOIDED;
    payment.follow_trace = 43;
    facts.is_duplicate = true;
}

static void sale_refunded_in_part(void)
{
    begin(KIND_SALE, 50000);
    payment.entry = ENTRY_STRIPE;
    payment.returned_minor = 20000;
    facts.is_duplicate = true;
}

static void sale_in_training(void)
{
    sale_by_chip_and_pin();
    payment.is_training = 1;
}

static void void_of_a_sale(void)
{
    begin(KIND_VOID, 50000);
    payment.entry = ENTRY_NONE;
    follows(KIND_SALE, 50000);
}

static void refund_of_another_tills_sale(void)
{
    begin(KIND_REFUND, 45000);
    payment.entry = ENTRY_STRIPE;
    follows(KIND_SALE, 50000);
    facts.original = NULL;
    memcpy(payment.original.terminal, "T0000009", TERMINAL_ID_LEN);
}

static void preauth(void)
{
    begin(KIND_PREAUTH, 50000);
    by_chip();
    payment.money = MONEY_HELD;
}

static void preauth_void(void)
{
    begin(KIND_PREAUTH_VOID, 50000);
    payment.money = MONEY_NOT_MOVED;
    follows(KIND_PREAUTH, 50000);
}

static void increment(void)
{
    begin(KIND_INCREMENT, 20000);
    payment.money = MONEY_HELD;
    follows(KIND_PREAUTH, 50000);
}

static void completion(void)
{
    begin(KIND_COMPLETION, 43000);
    follows(KIND_PREAUTH, 50000);
}

static void completion_advice_to_be_sent(void)
{
    begin(KIND_COMPLETION_ADVICE, 43000);
    payment.stage = STAGE_STORED;
    payment.money = MONEY_NOT_MOVED;
    follows(KIND_PREAUTH, 50000);
}

static void completion_void(void)
{
    begin(KIND_COMPLETION_VOID, 43000);
    follows(KIND_COMPLETION, 43000);
}

static void offline_sale_on_its_way(void)
{
    begin(KIND_OFFLINE_SALE, 8800);
    payment.entry = ENTRY_KEYED;
    payment.stage = STAGE_SENT;
    payment.money = MONEY_UNKNOWN;
    memset(payment.rrn, 0, RRN_LEN);
}

static void tip_adjustment(void)
{
    begin(KIND_TIP_ADJUST, 21500);
    payment.posted_minor = 1500;
    follows(KIND_SALE, 20000);
}

static void balance(void)
{
    begin(KIND_BALANCE, 0);
    payment.entry = ENTRY_STRIPE;
    payment.pin_entered = 1;
    payment.money = MONEY_NOT_MOVED;
    payment.balance = money_of(123456, CURRENCY_CNY);
    facts.copy = COPY_CARDHOLDER;
}

static void in_doubt(void)
{
    begin(KIND_SALE, 12850);
    by_chip();
    payment.stage = STAGE_REVERSING;
    payment.money = MONEY_UNKNOWN;
    payment.outcome = OUTCOME_LINE_NO_ANSWER;
    payment.decided_by = PARTY_TERMINAL;
    memset(payment.rrn, 0, RRN_LEN);
    memset(payment.auth_id, 0, AUTH_ID_LEN);
    evidence_add_number(payment.evidence, EVIDENCE_WAITED_S, 45);
}

static void reversed(void)
{
    in_doubt();
    payment.stage = STAGE_REVERSED;
    payment.money = MONEY_RETURNED;
    facts.copy = COPY_CARDHOLDER;
}

static void refused_because_stolen(void)
{
    begin(KIND_SALE, 12850);
    payment.entry = ENTRY_STRIPE;
    payment.money = MONEY_NOT_MOVED;
    payment.outcome = OUTCOME_CARD_STOLEN;
    memcpy(payment.code, "43", 2);
    facts.copy = COPY_CARDHOLDER;
}

static void refused_for_want_of_funds(void)
{
    begin(KIND_SALE, 12850);
    payment.entry = ENTRY_STRIPE;
    payment.money = MONEY_NOT_MOVED;
    payment.outcome = OUTCOME_ACCOUNT_FUNDS_SHORT;
    memcpy(payment.code, "51", 2);
}

/* clang-format off */
static const struct {
    const char *name;
    void (*set)(void);
    enum receipt_sort sort;
    bool in_all_formats;
} slips[] = {
    {"sale-chip-pin",          sale_by_chip_and_pin,           RECEIPT_GOOD,     true},
    {"sale-chip-signed",       sale_to_be_signed,              RECEIPT_GOOD,     false},
    {"sale-tap-cardholder",    sale_by_tap_for_the_cardholder, RECEIPT_GOOD,     false},
    {"sale-partial",           sale_approved_in_part,          RECEIPT_GOOD,     false},
    {"sale-tip",               sale_with_its_tip,              RECEIPT_GOOD,     false},
    {"sale-qr",                sale_by_code,                   RECEIPT_GOOD,     false},
    {"sale-signature",         sale_signed_electronically,     RECEIPT_GOOD,     false},
    {"sale-voided",            sale_voided_and_printed_again,  RECEIPT_GOOD,     false},
    {"sale-refunded",          sale_refunded_in_part,          RECEIPT_GOOD,     false},
    {"sale-training",          sale_in_training,               RECEIPT_GOOD,     false},
    {"void",                   void_of_a_sale,                 RECEIPT_GOOD,     false},
    {"refund",                 refund_of_another_tills_sale,   RECEIPT_GOOD,     false},
    {"preauth",                preauth,                        RECEIPT_GOOD,     false},
    {"preauth-void",           preauth_void,                   RECEIPT_GOOD,     false},
    {"increment",              increment,                      RECEIPT_GOOD,     false},
    {"completion",             completion,                     RECEIPT_GOOD,     false},
    {"completion-advice",      completion_advice_to_be_sent,   RECEIPT_STORED,   false},
    {"completion-void",        completion_void,                RECEIPT_GOOD,     false},
    {"offline-sale",           offline_sale_on_its_way,        RECEIPT_STORED,   false},
    {"tip-adjust",             tip_adjustment,                 RECEIPT_GOOD,     false},
    {"balance",                balance,                        RECEIPT_GOOD,     false},
    {"in-doubt",               in_doubt,                       RECEIPT_IN_DOUBT, true},
    {"reversed",               reversed,                       RECEIPT_REVERSED, false},
    {"refused-stolen",         refused_because_stolen,         RECEIPT_REFUSED,  false},
    {"refused-funds",          refused_for_want_of_funds,      RECEIPT_REFUSED,  false},
};
/* clang-format on */

static struct slip slip;
static char room[SLIP_PRINTED_MAX];

/* 32 bytes a line. */
static void to_hex_lines(const struct text *bytes, struct text *out)
{
    for (size_t i = 0; i < bytes->len; i += 32) {
        size_t len = bytes->len - i < 32 ? bytes->len - i : 32;
        text_add_hex(out, (const uint8_t *)bytes->at + i, len);
        text_add_char(out, '\n');
    }
}

static void test_slips_are_as_they_were_read(void **state)
{
    static char hex[3 * SLIP_PRINTED_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(slips); i++) {
        slips[i].set();
        assert_true(payment_row_is_readable(&payment));
        assert_int_equal(receipt_sort(&payment), slips[i].sort);
        receipt_slip(&facts, &slip);
        struct text t = text_over(room, sizeof room);
        slip_add_text(&slip, SLIP_WIDTH, &t);
        kept_slip_check(slips[i].name, "txt", &t);
        if (!slips[i].in_all_formats)
            continue;
        t = text_over(room, sizeof room);
        slip_add_html(&slip, "acquit", &t);
        kept_slip_check(slips[i].name, "html", &t);
        t = text_over(room, sizeof room);
        slip_add_escpos(&slip, SLIP_WIDTH_58, &t);
        struct text lines = text_over(hex, sizeof hex);
        to_hex_lines(&t, &lines);
        kept_slip_check(slips[i].name, "hex", &lines);
    }
}

static const char *text_of_slip(void)
{
    struct text t = text_over(room, sizeof room);

    receipt_slip(&facts, &slip);
    slip_add_text(&slip, SLIP_WIDTH, &t);
    assert_false(t.cut);
    return text_z(&t);
}

/* Whatever kind a payment is of and wherever it stands. */
static void each_state(void (*check)(void))
{
    for (unsigned kind = KIND_SALE; kind <= KIND_TIP_ADJUST; kind++) {
        for (unsigned state = 0; state < STAGE_COUNT * MONEY_STATE_COUNT * 2; state++) {
            begin((enum txn_kind)kind, 10000);
            by_chip();
            payment.stage = (uint8_t)(state % STAGE_COUNT);
            payment.money = (uint8_t)(state / STAGE_COUNT % MONEY_STATE_COUNT);
            payment.outcome = state / STAGE_COUNT / MONEY_STATE_COUNT == 0 ? OUTCOME_APPROVED
                                                                           : OUTCOME_LINE_NO_ANSWER;
            check();
        }
    }
}

static void looks_like_what_it_is(void)
{
    enum receipt_sort sort = receipt_sort(&payment);
    const char *text = text_of_slip();
    bool is_receipt = sort == RECEIPT_GOOD || sort == RECEIPT_STORED;

    assert_int_equal(strstr(text, "THIS IS NOT A RECEIPT") == NULL, is_receipt);
    assert_int_equal(strstr(text, "签购单 SALES SLIP") != NULL || strstr(text, "BALANCE") != NULL,
                     is_receipt);
    assert_int_equal(strstr(text, "DO NOT CHARGE AGAIN") != NULL, sort == RECEIPT_IN_DOUBT);
    if (!is_receipt)
        assert_null(strstr(text, "SIGNATURE"));
    if (payment.stage == STAGE_ANSWERED &&
        (payment.money == MONEY_UNKNOWN || payment.money == MONEY_RETURNING))
        assert_false(is_receipt);
}

static void test_only_what_stands_looks_like_a_receipt(void **state)
{
    (void)state;
    each_state(looks_like_what_it_is);
}

static void is_marked(void)
{
    payment.is_training = 1;
    assert_non_null(strstr(text_of_slip(), "培训"));
    assert_non_null(strstr(text_of_slip(), "TRAINING"));
    facts.is_duplicate = true;
    assert_non_null(strstr(text_of_slip(), "重印 DUPLICATED"));
}

static void test_training_and_copies_are_marked_on_every_slip(void **state)
{
    (void)state;
    each_state(is_marked);
    sale_by_chip_and_pin();
    assert_null(strstr(text_of_slip(), "TRAINING"));
    assert_null(strstr(text_of_slip(), "DUPLICATED"));
}

/* A row holds a card number sealed, hashed, and where a hostile peer or a hasty till may have put
 * it; none of it comes out. */
static void hides_the_number(void)
{
    memcpy(payment.qr_code, "6228481" MIDDLE "123456", 19);
    evidence_add_remark(payment.evidence, "6228481" MIDDLE "1234");
    for (unsigned copy = 0; copy < COPY_COUNT; copy++) {
        for (unsigned entry = ENTRY_NONE; entry <= ENTRY_CONTACTLESS; entry++) {
            facts.copy = (enum receipt_copy)copy;
            payment.entry = (uint8_t)entry;
            assert_null(strstr(text_of_slip(), MIDDLE));
        }
    }
    facts.copy = COPY_CARDHOLDER;
    assert_null(strstr(text_of_slip(), "2030/12"));
}

static void test_no_slip_shows_a_card_number(void **state)
{
    (void)state;
    each_state(hides_the_number);
}

static void test_a_stolen_card_gives_nothing_away(void **state)
{
    (void)state;
    refused_because_stolen();
    for (unsigned copy = 0; copy < COPY_COUNT; copy++) {
        facts.copy = (enum receipt_copy)copy;
        assert_null(strstr(text_of_slip(), "stolen"));
        assert_null(strstr(text_of_slip(), "43"));
    }
}

static void test_what_a_peer_sends_commands_no_printer(void **state)
{
    (void)state;
    begin(KIND_SALE, 100);
    memcpy(payment.rrn, "\x1B[2J\x1D\x56\x00<b>", 10);
    memcpy(payment.auth_id, "\xFF\xC0\x80&\"'", 6);
    facts.merchant_name = "<script>";
    assert_null(strchr(text_of_slip(), 0x1B));
    assert_non_null(strstr(text_of_slip(), "?[2J?V"));
    assert_non_null(strstr(text_of_slip(), "???&\"'"));
    struct text t = text_over(room, sizeof room);
    slip_add_html(&slip, "</title>", &t);
    assert_null(strstr(text_z(&t), "<script>"));
    assert_non_null(strstr(text_z(&t), "&lt;script&gt;"));
    assert_non_null(strstr(text_z(&t), "&amp;&quot;&#39;"));
    assert_non_null(strstr(text_z(&t), "<title>&lt;/title&gt;</title>"));
}

static void test_words_of_copies_and_suffixes(void **state)
{
    (void)state;
    assert_int_equal(receipt_copy_by_name("merchant"), COPY_MERCHANT);
    assert_int_equal(receipt_copy_by_name("cardholder"), COPY_CARDHOLDER);
    assert_int_equal(receipt_copy_by_name("bank"), COPY_COUNT);
    assert_string_equal(receipt_entry_suffix(ENTRY_KEYED), "/M");
    assert_string_equal(receipt_entry_suffix(ENTRY_NONE), "");
    assert_string_equal(receipt_sort_name(RECEIPT_IN_DOUBT), "in-doubt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips_are_as_they_were_read),
        cmocka_unit_test(test_only_what_stands_looks_like_a_receipt),
        cmocka_unit_test(test_training_and_copies_are_marked_on_every_slip),
        cmocka_unit_test(test_no_slip_shows_a_card_number),
        cmocka_unit_test(test_a_stolen_card_gives_nothing_away),
        cmocka_unit_test(test_what_a_peer_sends_commands_no_printer),
        cmocka_unit_test(test_words_of_copies_and_suffixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

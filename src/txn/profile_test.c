#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "txn/profile_sorts.h"
#include "wire/builtin.h"

#include <string.h>

#define MESSAGE_SIZE 944 /* bytes of a txn_message whose members are all tested here */

static struct dialect cup_dialect;
static struct dialect iso_dialect;
static struct dialect binary_dialect;
static struct txn_profile binary;

static uint8_t body[FRAME_BODY_LEN_MAX];
static struct txn_encoded encoded;
static struct txn_message back;
static struct txn_decoded decoded;

static int compile(void **state)
{
    (void)state;
    assert_int_equal(builtin_compile("cup-pos", NULL, &cup_dialect), OK);
    assert_int_equal(builtin_compile("iso87-ascii", NULL, &iso_dialect), OK);
    assert_int_equal(builtin_compile("iso87-binary", NULL, &binary_dialect), OK);
    cup = (struct txn_profile){.mapping = MAPPING_CUP_POS,
                               .dialect = &cup_dialect,
                               .acquirer = "48020000",
                               .tpdu = {0x60, 0x00, 0x03, 0x00, 0x00},
                               .header_version = 31,
                               .currency = CURRENCY_CNY};
    iso = (struct txn_profile){
        .mapping = MAPPING_ISO87, .dialect = &iso_dialect, .currency = CURRENCY_CNY};
    binary = iso;
    binary.dialect = &binary_dialect;
    return 0;
}

/* ---- a message with everything in it, and what each sort of message carries of it ---- */

static void encode(const struct txn_profile *profile, const struct txn_message *message)
{
    enum err err = txn_encode(profile, message, body, sizeof body, &encoded);

    if (err != OK)
        print_error("field %d: expected %s, found %s\n", encoded.fault.field,
                    encoded.fault.expected, encoded.fault.found);
    assert_int_equal(err, OK);
}

static enum err decode(const struct txn_profile *profile, const uint8_t *at, size_t len)
{
    enum err err =
        txn_decode(profile, bytes_over(at, len), (struct instant){WALL_US}, &back, &decoded);

    assert_int_equal(err == OK, decoded.fault.expected == NULL);
    if (err != OK) {
        assert_in_range(strlen(decoded.fault.expected), 1, 22);
        assert_in_range(strlen(decoded.fault.found), 1, 22);
        assert_in_range(decoded.fault.offset, 0, len);
    }
    return err;
}

static void parse(const struct txn_profile *profile, struct iso_view *view)
{
    struct iso_fault iso_fault;

    assert_int_equal(
        iso_parse(profile->dialect,
                  bytes_over(body + encoded.message_offset, encoded.len - encoded.message_offset),
                  view, &iso_fault),
        OK);
}

static void test_each_sort_carries_the_fields_of_the_documents(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++) {
        char room[200];
        struct text t = text_over(room, sizeof room);
        struct iso_view view;

        encode(sorts[i].profile, full(&sorts[i]));
        parse(sorts[i].profile, &view);
        assert_int_equal(view.mti, sorts[i].mti);
        for (unsigned field = iso_next(&view, 0); field != 0; field = iso_next(&view, field)) {
            if (t.len > 0)
                text_add_char(&t, ' ');
            text_add_u64(&t, field);
        }
        assert_string_equal(text_z(&t), sorts[i].fields);
    }
}

/* Empties the members whose field is another member's in this sort of message. */
static void strip_shared(struct txn_message *m, const struct iso_view *view,
                         const struct sort *sort)
{
    enum txn_kind kind = m->kind;
    bool is_request = sort->function == FUNCTION_REQUEST;
    bool is_loaded = kind == KIND_PARAMETERS || kind == KIND_CA_KEYS || kind == KIND_AIDS ||
                     kind == KIND_STATUS || kind == KIND_UPDATE || kind == KIND_SIGNATURE;

    if (is_request)
        memset(m->text, 0, sizeof m->text);
    if (!is_request || (kind != KIND_SIGN_IN && kind != KIND_SETTLE))
        m->operator_number = 0;
    if (kind != KIND_SIGN_IN || is_request) {
        memset(m->keys, 0, sizeof m->keys);
        m->keys_len = 0;
    }
    if (kind != KIND_SALE && kind != KIND_PREAUTH)
        memset(m->order, 0, sizeof m->order);
    if (!is_loaded || !iso_has(view, 62))
        m->block = bytes_over(NULL, 0);
    if (is_reversal(sort))
        memset(&m->original, 0, sizeof m->original); /* 61 is the reversed payment there */
    if (iso_len(view, 61) != 29) {
        m->auth_mode = 0;
        memset(m->auth_institution, 0, sizeof m->auth_institution);
    }
    if (iso_len(view, 61) == 12)
        m->original.date = 0;
    if (kind_row(kind)->processing == NULL)
        m->partial_ok = false;
}

/* Empties the members whose field the message does not have. */
static void strip(struct txn_message *m, const struct iso_view *view, const struct sort *sort)
{
    static const struct txn_message zero;
    bool is_cup = sort->profile->mapping == MAPPING_CUP_POS;
    /* clang-format off */
#define MEMBER(field, member) {field, offsetof(struct txn_message, member), sizeof zero.member}
    const struct { unsigned field; size_t offset; size_t len; } members[] = {
        MEMBER(4, amount), MEMBER(11, identity.trace), MEMBER(12, local_time),
        MEMBER(13, local_date), MEMBER(15, settlement_date), MEMBER(22, entry),
        MEMBER(22, pin_entered), MEMBER(35, track2), MEMBER(35, track2_len), MEMBER(37, rrn),
        MEMBER(38, auth_id), MEMBER(39, code), MEMBER(41, identity.terminal), MEMBER(42, merchant),
        MEMBER(52, pin_block), MEMBER(52, pin_block_len), MEMBER(54, balance), MEMBER(55, icc),
        MEMBER(55, icc_len),
    };
    const struct { unsigned field; size_t offset; size_t len; } of_cup[] = {
        MEMBER(44, issuer), MEMBER(62, keys), MEMBER(62, keys_len), MEMBER(63, text),
        MEMBER(64, has_mac), MEMBER(2, pan), MEMBER(14, expiry),
        {128, offsetof(struct txn_message, sent), sizeof zero.sent},
        {128, offsetof(struct txn_message, original_sent), sizeof zero.original_sent},
        {128, offsetof(struct txn_message, cvv2), sizeof zero.cvv2},
        MEMBER(48, domestic), MEMBER(48, foreign), MEMBER(59, qr_code), MEMBER(61, original),
        MEMBER(61, auth_mode), MEMBER(61, auth_institution), MEMBER(62, original.terminal),
        MEMBER(62, order),
    };
    const struct { unsigned field; size_t offset; size_t len; } of_iso[] = {
        MEMBER(100, issuer), MEMBER(128, has_mac), MEMBER(61, cvv2), MEMBER(61, qr_code), MEMBER(7, sent),
        MEMBER(90, original_sent), MEMBER(2, pan), MEMBER(14, expiry), MEMBER(64, text),
        MEMBER(64, software), MEMBER(64, demand), MEMBER(64, capability), MEMBER(64, tpdu),
        MEMBER(64, operator_number), MEMBER(64, domestic), MEMBER(64, foreign), MEMBER(64, block),
        MEMBER(64, order),
        MEMBER(64, original.date),
    };
    /* clang-format on */
    char *at = (char *)m;

    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        if (!iso_has(view, members[i].field))
            memset(at + members[i].offset, 0, members[i].len);
    }
    for (size_t i = 0; is_cup && i < ARRAY_COUNT(of_cup); i++) {
        if (!iso_has(view, of_cup[i].field))
            memset(at + of_cup[i].offset, 0, of_cup[i].len);
    }
    for (size_t i = 0; !is_cup && i < ARRAY_COUNT(of_iso); i++) {
        if (!iso_has(view, of_iso[i].field))
            memset(at + of_iso[i].offset, 0, of_iso[i].len);
    }
    if (!iso_has(view, 23))
        m->sequence = -1;
    if (sort->function != FUNCTION_REQUEST)
        memset(m->cvv2, 0, sizeof m->cvv2);
    if (is_cup)
        strip_shared(m, view, sort);
}

static void assert_same_payment(const struct txn_message *a, const struct txn_message *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->function, b->function);
    assert_int_equal(a->is_repeat, b->is_repeat);
    assert_memory_equal(a->identity.acquirer, b->identity.acquirer, ACQUIRER_ID_LEN);
    assert_memory_equal(a->identity.terminal, b->identity.terminal, TERMINAL_ID_LEN);
    assert_true(identity_equal(&a->identity, &b->identity));
    assert_memory_equal(a->merchant, b->merchant, MERCHANT_ID_LEN);
    assert_memory_equal(a->issuer, b->issuer, ISSUER_ID_LEN);
    assert_true(pan_equal(&a->pan, &b->pan));
    assert_memory_equal(a->track2, b->track2, TRACK2_LEN_MAX);
    assert_int_equal(a->track2_len, b->track2_len);
    assert_int_equal(a->expiry, b->expiry);
    assert_int_equal(a->entry, b->entry);
    assert_int_equal(a->pin_entered, b->pin_entered);
    assert_int_equal(a->is_fallback, b->is_fallback);
    assert_int_equal(a->capability, b->capability);
    assert_int_equal(a->sequence, b->sequence);
    assert_memory_equal(a->pin_block, b->pin_block, PIN_BLOCK_LEN_MAX);
    assert_int_equal(a->pin_block_len, b->pin_block_len);
    assert_memory_equal(a->icc, b->icc, ICC_LEN_MAX);
    assert_int_equal(a->icc_len, b->icc_len);
    assert_memory_equal(a->cvv2, b->cvv2, sizeof a->cvv2);
}

static void assert_same_totals(const struct totals *a, const struct totals *b)
{
    assert_int_equal(a->debit_minor, b->debit_minor);
    assert_int_equal(a->debit_count, b->debit_count);
    assert_int_equal(a->credit_minor, b->credit_minor);
    assert_int_equal(a->credit_count, b->credit_count);
    assert_int_equal(a->result, b->result);
}

static void assert_same_around(const struct txn_message *a, const struct txn_message *b)
{
    assert_memory_equal(a->original.terminal, b->original.terminal, TERMINAL_ID_LEN);
    assert_int_equal(a->original.batch, b->original.batch);
    assert_int_equal(a->original.trace, b->original.trace);
    assert_int_equal(a->original.date, b->original.date);
    assert_int_equal(a->auth_mode, b->auth_mode);
    assert_memory_equal(a->auth_institution, b->auth_institution, sizeof a->auth_institution);
    assert_memory_equal(a->qr_code, b->qr_code, QR_CODE_LEN);
    assert_memory_equal(a->order, b->order, ORDER_LEN);
    assert_int_equal(a->partial_ok, b->partial_ok);
    assert_int_equal(a->is_training, b->is_training);
    assert_int_equal(a->operator_number, b->operator_number);
    assert_int_equal(a->mark.node, b->mark.node);
    assert_int_equal(a->mark.epoch, b->mark.epoch);
    assert_int_equal(a->mark.sequence, b->mark.sequence);
    assert_int_equal(a->mark.point.us, b->mark.point.us);
    assert_int_equal(a->mark.is_apart, b->mark.is_apart);
    assert_same_totals(&a->domestic, &b->domestic);
    assert_same_totals(&a->foreign, &b->foreign);
    assert_int_equal(a->block.len, b->block.len);
    if (a->block.len > 0)
        assert_memory_equal(a->block.at, b->block.at, a->block.len);
}

static void assert_same(const struct txn_message *a, const struct txn_message *b)
{
    assert_same_payment(a, b);
    assert_same_around(a, b);
    assert_int_equal(a->amount.minor, b->amount.minor);
    assert_int_equal(a->amount.currency, b->amount.currency);
    assert_int_equal(a->balance.minor, b->balance.minor);
    assert_int_equal(a->balance.currency, b->balance.currency);
    assert_memory_equal(a->rrn, b->rrn, RRN_LEN);
    assert_memory_equal(a->auth_id, b->auth_id, AUTH_ID_LEN);
    assert_memory_equal(a->code, b->code, RESPONSE_CODE_LEN);
    assert_int_equal(a->local_time, b->local_time);
    assert_int_equal(a->local_date, b->local_date);
    assert_int_equal(a->settlement_date, b->settlement_date);
    assert_int_equal(a->sent.us, b->sent.us);
    assert_int_equal(a->original_sent.us, b->original_sent.us);
    assert_int_equal(a->network_code, b->network_code);
    assert_memory_equal(a->keys, b->keys, KEYS_LEN_MAX);
    assert_int_equal(a->keys_len, b->keys_len);
    assert_int_equal(a->software, b->software);
    assert_int_equal(a->demand, b->demand);
    assert_memory_equal(a->tpdu, b->tpdu, TPDU_LEN);
    assert_memory_equal(a->mac, b->mac, TXN_MAC_LEN);
    assert_int_equal(a->has_mac, b->has_mac);
    assert_string_equal(a->text, b->text);
    assert_int_equal(a->mti, b->mti);
    assert_int_equal(a->type_code, b->type_code);
    assert_memory_equal(a->processing, b->processing, sizeof a->processing);
}

/* What is expected back of a full message that was written and sealed. */
static void expect(struct txn_message *m, const struct sort *sort, const uint8_t *mac)
{
    struct iso_view view;
    bool is_answer =
        sort->function == FUNCTION_RESPONSE || sort->function == FUNCTION_REVERSAL_RESPONSE;
    bool is_cup = sort->profile->mapping == MAPPING_CUP_POS;

    parse(sort->profile, &view);
    strip(m, &view, sort);
    if (m->has_mac)
        memcpy(m->mac, mac, TXN_MAC_LEN);
    if (is_cup && is_answer)
        memcpy(m->tpdu, (const uint8_t[]){0x60, 0x12, 0x34, 0x00, 0x06}, TPDU_LEN);
    if (is_cup && !is_answer)
        m->demand = 0;
    if (is_cup && kind_row(m->kind)->processing == NULL)
        m->capability = 0;
    if (!is_cup && kind_row(m->kind)->processing == NULL)
        set_text(m->identity.terminal, TERMINAL_ID_LEN, "T1      ");
}

static void check_round_trip(const struct sort *sort)
{
    static const uint8_t mac[TXN_MAC_LEN] = {'3', '6', '4', 'C', '7', '5', 0x5A, 'A'};
    struct txn_message *m = full(sort);

    encode(sort->profile, m);
    if (encoded.has_mac)
        txn_seal(sort->profile, body, &encoded, mac);
    expect(m, sort, mac);
    assert_int_equal(decode(sort->profile, body, encoded.len), OK);
    assert_same(&back, m);
    assert_int_equal(decoded.mab.len, encoded.has_mac ? encoded.mab_len : 0);
    if (encoded.has_mac)
        assert_ptr_equal(decoded.mab.at, body + encoded.mab_offset);
}

static void test_each_sort_comes_back_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++)
        check_round_trip(&sorts[i]);
    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++) {
        struct sort sort = sorts[i];
        if (sort.profile != &iso)
            continue;
        sort.profile = &binary;
        check_round_trip(&sort);
    }
    /* A member that nobody tests here changes this number: test it, then change it. */
    assert_int_equal(sizeof(struct txn_message), MESSAGE_SIZE);
}

static bool is_listed(const char *list, unsigned field)
{
    char room[8];
    struct text t = text_over(room, sizeof room);
    size_t len;

    text_add_u64(&t, field);
    len = t.len;
    for (const char *at = strstr(list, room); at != NULL; at = strstr(at + 1, room)) {
        if ((at == list || at[-1] == ' ') && (at[len] == 0 || at[len] == ' '))
            return true;
    }
    return false;
}

/* Packs the message again without one field; returns its length in out. */
static size_t repack_without(const struct txn_profile *profile, unsigned field, uint8_t *out)
{
    struct iso_view view;
    struct iso_message message;
    struct iso_built built;
    struct iso_fault iso_fault;

    parse(profile, &view);
    iso_message_init(&message, profile->dialect, view.mti);
    iso_copy_rest(&message, &view);
    iso_unset(&message, field);
    memcpy(out, body, encoded.message_offset);
    assert_int_equal(iso_build(&message, out + encoded.message_offset,
                               FRAME_BODY_LEN_MAX - encoded.message_offset, &built, &iso_fault),
                     OK);
    return encoded.message_offset + built.len;
}

static void test_a_missing_mandatory_field_is_named(void **state)
{
    (void)state;
    static uint8_t cut[FRAME_BODY_LEN_MAX];

    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++) {
        for (unsigned field = 2; field < ISO_FIELD_COUNT; field++) {
            if (!is_listed(sorts[i].fields, field))
                continue;
            encode(sorts[i].profile, full(&sorts[i]));
            size_t len = repack_without(sorts[i].profile, field, cut);
            enum err err = decode(sorts[i].profile, cut, len);
            bool is_mandatory = is_listed(sorts[i].mandatory, field);
            if ((err != OK) != is_mandatory)
                print_error("sort %zu, field %u\n", i, field);
            assert_int_equal(err != OK, is_mandatory);
            assert_int_equal(decoded.fault.field, is_mandatory ? field : 0);
            if (is_mandatory)
                assert_string_equal(decoded.fault.found, "nothing");
            if (field != 41 && (sorts[i].profile == &cup || field != 48))
                assert_memory_equal(back.identity.terminal, "T1      ", TERMINAL_ID_LEN);
        }
    }
}

static void test_a_message_cut_anywhere_is_a_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++) {
        encode(sorts[i].profile, full(&sorts[i]));
        for (size_t len = 0; len < encoded.len; len++)
            assert_int_not_equal(decode(sorts[i].profile, body, len), OK);
    }
}

static const struct sort *sort_of(const struct txn_profile *profile, enum txn_kind kind,
                                  enum txn_function function)
{
    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++) {
        if (sorts[i].profile == profile && sorts[i].kind == kind && sorts[i].function == function)
            return &sorts[i];
    }
    fail();
    return NULL;
}

static void test_a_message_cut_behind_the_terminal_can_be_answered(void **state)
{
    (void)state;
    const struct sort *sort = sort_of(&cup, KIND_SALE, FUNCTION_REQUEST);
    static struct txn_message answer;

    encode(&cup, full(sort));
    assert_int_equal(decode(&cup, body, encoded.len - 3), ERR_TRUNCATED);
    assert_int_equal(decoded.fault.field, 64);
    assert_int_equal(back.kind, KIND_NONE);
    assert_int_equal(back.mti, 0x0200);
    assert_int_equal(back.identity.trace, 42);
    txn_message_answer(&back, &answer);
    set_text(answer.code, RESPONSE_CODE_LEN, "30");
    encode(&cup, &answer);
    assert_int_equal(body[11], 0x02);
    assert_int_equal(body[12], 0x10);
    assert_int_equal(decode(&cup, body, encoded.len), OK);
    assert_int_equal(back.kind, KIND_SALE);
    assert_memory_equal(back.code, "30", RESPONSE_CODE_LEN);
}

/* ---- values that cannot be ---- */

struct wrong {
    const struct txn_profile *profile;
    enum txn_kind kind;
    enum txn_function function;
    unsigned field;
    const char *value;
    const char *expected;
};

static void test_values_that_cannot_be_are_named(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct wrong rows[] = {
        {&cup, KIND_SALE, FUNCTION_REQUEST,  2,  "62228012345",         "12 to 19 digits"},
        {&cup, KIND_SALE, FUNCTION_REQUEST,  11, "000000",              "000001 to 999999"},
        {&cup, KIND_SALE, FUNCTION_REQUEST,  49, "CNY",                 "a currency's 3 digits"},
        {&cup, KIND_SALE, FUNCTION_REQUEST,  49, "000",                 "a currency's 3 digits"},
        {&cup, KIND_SALE, FUNCTION_REQUEST,  60, "2200000",             "at least 8 digits"},
        {&cup, KIND_BALANCE, FUNCTION_RESPONSE, 54, "1002156C",         "balances of 20 each"},
        {&cup, KIND_BALANCE, FUNCTION_RESPONSE, 54, "1002156C00000000123X", "balances of 20 each"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  7,  "1322100000",          "MMDDhhmmss"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  7,  "1122246000",          "MMDDhhmmss"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  48, "01021RT1      000007000042", "the type's class P/R"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  48, "01021PT2      000007000042", "the terminal of 41"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  48, "01021PT1      000007000043", "the trace of 11"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  48, "01020PT1      00000700004",  "an identity of 21"},
        {&iso, KIND_SIGN_IN, FUNCTION_REQUEST, 48, "01021P\xFF       000007000042", "an identity of 21"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  48, "01999P",              "elements TTLLLvalue"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  32, "",                    "1 to 11 digits"},
        {&iso, KIND_SIGN_IN, FUNCTION_RESPONSE, 48, "K1003ABC",         "keys in hex"},
        {&iso, KIND_SALE, FUNCTION_REQUEST,  61, "C2003abc",            "C2 with 3 digits"},
        {&iso, KIND_SALE, FUNCTION_REVERSAL, 90, "020000004311220959590004802000000000000000", "the trace of 11"},
        {&iso, KIND_SALE, FUNCTION_REVERSAL, 90, "020000004213220959590004802000000000000000", "MMDDhhmmss in 90.3"},
    };
    /* clang-format on */
    static uint8_t changed[FRAME_BODY_LEN_MAX];

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct wrong *row = &rows[i];
        struct iso_view view;
        struct iso_message message;
        struct iso_built built;
        struct iso_fault iso_fault;

        encode(row->profile, full(sort_of(row->profile, row->kind, row->function)));
        parse(row->profile, &view);
        iso_message_init(&message, row->profile->dialect, view.mti);
        iso_set_z(&message, row->field, row->value);
        iso_copy_rest(&message, &view);
        memcpy(changed, body, encoded.message_offset);
        assert_int_equal(
            iso_build(&message, changed + encoded.message_offset, 2000, &built, &iso_fault), OK);
        assert_int_equal(decode(row->profile, changed, encoded.message_offset + built.len),
                         ERR_BAD_VALUE);
        assert_int_equal(decoded.fault.field, row->field);
        assert_string_equal(decoded.fault.expected, row->expected);
    }
}

static void refuse(const struct txn_profile *profile, const struct txn_message *m, unsigned field)
{
    assert_int_equal(txn_encode(profile, m, body, sizeof body, &encoded), ERR_BAD_VALUE);
    assert_int_equal(encoded.fault.field, field);
    assert_non_null(encoded.fault.expected);
}

static void test_what_cannot_be_written_is_named(void **state)
{
    (void)state;
    const struct sort *sale = sort_of(&cup, KIND_SALE, FUNCTION_REQUEST);
    const struct sort *balance = sort_of(&cup, KIND_BALANCE, FUNCTION_RESPONSE);

    full(sale)->amount.minor = -1;
    struct txn_message *m = full(sale);
    m->amount.minor = -1;
    refuse(&cup, m, 4);
    full(sale)->amount.minor = MONEY_MINOR_MAX + 1;
    refuse(&cup, m, 4);
    full(sale)->amount.currency = 0;
    refuse(&cup, m, 4);
    full(sale)->identity.trace = 1000000;
    refuse(&cup, m, 11);
    full(sale)->identity.batch = 1000000;
    refuse(&cup, m, 60);
    full(sale)->has_mac = false;
    refuse(&cup, m, 64);
    full(sale)->pin_block_len = 16;
    refuse(&cup, m, 52);
    full(sale)->local_time = 0;
    full(balance)->local_time = 123;
    refuse(&cup, m, 12);
    full(sort_of(&iso, KIND_SALE, FUNCTION_REQUEST))->sent.us = 0;
    refuse(&iso, m, 7);
    full(sale)->kind = KIND_NONE;
    refuse(&cup, m, 0);
}

static void test_a_small_buffer_is_full_at_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sorts); i++) {
        encode(sorts[i].profile, full(&sorts[i]));
        size_t whole = encoded.len;
        for (size_t cap = 0; cap < whole; cap++)
            assert_int_equal(txn_encode(sorts[i].profile, full(&sorts[i]), body, cap, &encoded),
                             ERR_FULL);
    }
}

/* ---- UnionPay POS ---- */

static void test_head_of_request_and_answer(void **state)
{
    (void)state;
    struct txn_message *m = full(sort_of(&cup, KIND_SALE, FUNCTION_REQUEST));

    memset(m->tpdu, 0, TPDU_LEN);
    encode(&cup, m);
    assert_memory_equal(body, "\x60\x00\x03\x00\x00\x61\x31\x10\x31\x01\x00", 11);
    m = full(sort_of(&cup, KIND_SALE, FUNCTION_RESPONSE));
    m->icc_len = 0;
    encode(&cup, m);
    assert_memory_equal(body, "\x60\x12\x34\x00\x06\x60\x31\x13\x31\x01\x00", 11);
}

static void test_a_stripe_says_number_and_expiry_by_itself(void **state)
{
    (void)state;
    struct txn_message *m = full(sort_of(&cup, KIND_SALE, FUNCTION_REQUEST));
    struct iso_view view;

    m->entry = ENTRY_STRIPE;
    m->is_fallback = true;
    encode(&cup, m);
    parse(&cup, &view);
    assert_false(iso_has(&view, 2));
    assert_false(iso_has(&view, 14));
    assert_true(iso_is(&view, 22, "021"));
    assert_true(iso_is(&view, 60, "22000007000621"));
    assert_int_equal(decode(&cup, body, encoded.len), OK);
    assert_true(pan_equal(&back.pan, &m->pan));
    assert_int_equal(back.expiry, 2712);
    assert_true(back.is_fallback);
    encode(&iso, m);
    parse(&iso, &view);
    assert_true(iso_is(&view, 22, "801"));
    assert_int_equal(decode(&iso, body, encoded.len), OK);
    assert_int_equal(back.entry, ENTRY_STRIPE);
    assert_true(back.is_fallback);
}

static void test_a_remark_is_cut_or_left_out_and_keeps_nothing_back(void **state)
{
    (void)state;
    struct txn_message *m = full(sort_of(&cup, KIND_SALE, FUNCTION_RESPONSE));
    struct iso_view view;

    for (size_t i = 0; i < 90; i += 3) /* 30 characters, which fill 60 bytes */
        memcpy(m->text + i, "\xE4\xBD\x99", 3);
    encode(&cup, m);
    assert_int_equal(decode(&cup, body, encoded.len), OK);
    assert_string_equal(back.text, m->text);
    m->text[0] = 'A'; /* one byte and 29 characters, then a broken one */
    memmove(m->text + 1, m->text + 3, 88);
    memcpy(m->text + 88, "\xE4\xBD\x99", 4);
    encode(&cup, m);
    assert_int_equal(decode(&cup, body, encoded.len), OK);
    assert_int_equal(strlen(back.text), 88);
    set_text(m->text, 3, "\xFF\xFF");
    encode(&cup, m);
    parse(&cup, &view);
    assert_false(iso_has(&view, 63));
}

static void test_a_repeat_is_marked(void **state)
{
    (void)state;
    static const struct txn_profile *const profiles[] = {&cup, &iso};

    for (size_t i = 0; i < ARRAY_COUNT(profiles); i++) {
        struct txn_message *m = full(sort_of(profiles[i], KIND_SALE, FUNCTION_REVERSAL));
        m->is_repeat = true;
        encode(profiles[i], m);
        assert_int_equal(decode(profiles[i], body, encoded.len), OK);
        assert_true(back.is_repeat);
        assert_int_equal(back.function, FUNCTION_REVERSAL);
        assert_int_equal(back.kind, KIND_SALE);
    }
}

/* ---- between hosts ---- */

static void test_the_year_is_the_nearest(void **state)
{
    (void)state;
    static const struct {
        struct civil wall;
        struct civil sent;
    } rows[] = {
        {{2026, 12, 31, 23, 59, 59, 0}, {2027, 1, 1, 0, 0, 1, 0}},
        {{2027, 1, 1, 0, 0, 1, 0}, {2026, 12, 31, 23, 59, 59, 0}},
        {{2026, 7, 1, 12, 0, 0, 0}, {2026, 7, 1, 11, 59, 59, 0}},
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct txn_message *m = full(sort_of(&iso, KIND_SALE, FUNCTION_REQUEST));
        struct instant wall = instant_from_civil(&rows[i].wall, 0);

        m->sent = instant_from_civil(&rows[i].sent, 0);
        encode(&iso, m);
        assert_int_equal(txn_decode(&iso, bytes_over(body, encoded.len), wall, &back, &decoded),
                         OK);
        assert_int_equal(back.sent.us, m->sent.us);
    }
}

static void test_a_switch_without_our_identity_is_understood(void **state)
{
    (void)state;
    static uint8_t cut[FRAME_BODY_LEN_MAX];

    encode(&iso, full(sort_of(&iso, KIND_SALE, FUNCTION_REQUEST)));
    size_t len = repack_without(&iso, 48, cut);
    assert_int_equal(decode(&iso, cut, len), OK);
    assert_int_equal(back.identity.batch, 1122);
    assert_int_equal(back.identity.trace, 42);
    assert_int_equal(back.identity.class, IDENTITY_PAYMENT);
    encode(&iso, full(sort_of(&iso, KIND_SALE, FUNCTION_REVERSAL)));
    len = repack_without(&iso, 48, cut);
    assert_int_equal(decode(&iso, cut, len), OK);
    assert_int_equal(back.identity.batch, 1122);
    assert_int_equal(back.identity.class, IDENTITY_REVERSAL);
}

static void test_a_network_message_needs_no_terminal(void **state)
{
    (void)state;
    struct txn_message *m = full(sort_of(&iso, KIND_SIGN_IN, FUNCTION_REQUEST));

    memset(m->identity.terminal, 0, TERMINAL_ID_LEN);
    m->network_code = 0;
    encode(&iso, m);
    assert_int_equal(decode(&iso, body, encoded.len), OK);
    assert_int_equal(back.kind, KIND_SIGN_IN);
    assert_int_equal(back.network_code, 1);
    assert_int_equal(back.identity.terminal[0], 0);
}

static void test_the_code_is_sealed_as_the_dialect_writes_it(void **state)
{
    (void)state;
    static const uint8_t mac[TXN_MAC_LEN] = {0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3, 4};
    static const struct txn_profile *const profiles[] = {&cup, &iso, &binary};
    static const size_t lens[] = {8, 16, 8};

    for (size_t i = 0; i < ARRAY_COUNT(profiles); i++) {
        encode(profiles[i], full(sort_of(i == 0 ? &cup : &iso, KIND_SALE, FUNCTION_REQUEST)));
        assert_int_equal(encoded.mac_len, lens[i]);
        assert_int_equal(encoded.mac_offset, encoded.mab_offset + encoded.mab_len);
        assert_int_equal(encoded.mac_offset + encoded.mac_len, encoded.len);
        txn_seal(profiles[i], body, &encoded, mac);
        assert_int_equal(decode(profiles[i], body, encoded.len), OK);
        assert_memory_equal(back.mac, mac, sizeof mac);
    }
}

/* ---- the tables ---- */

static void test_every_row_of_the_mappings_is_whole(void **state)
{
    (void)state;
    static const struct field_mapping *const mappings[] = {&cup_pos_mapping, &iso87_mapping};

    for (size_t i = 0; i < ARRAY_COUNT(mappings); i++) {
        const struct field_mapping *mapping = mappings[i];
        for (size_t j = 0; j < mapping->row_count; j++) {
            const struct field_row *row = &mapping->rows[j];
            assert_int_equal(strlen(row->presence), 3 * COLUMN_COUNT - 1);
            assert_true(row->take != NULL || row->put != NULL);
            assert_true(j == 0 || row->number >= mapping->rows[j - 1].number);
            for (int c = 0; c < COLUMN_COUNT; c++) {
                struct field_sort sort = {(enum field_column)c, false, false};
                assert_non_null(strchr("MmKC-", field_presence(row, sort)));
                sort.is_answer = true;
                assert_non_null(strchr("MmKC-", field_presence(row, sort)));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_sort_carries_the_fields_of_the_documents),
        cmocka_unit_test(test_each_sort_comes_back_as_it_was),
        cmocka_unit_test(test_a_missing_mandatory_field_is_named),
        cmocka_unit_test(test_a_message_cut_anywhere_is_a_fault),
        cmocka_unit_test(test_a_message_cut_behind_the_terminal_can_be_answered),
        cmocka_unit_test(test_values_that_cannot_be_are_named),
        cmocka_unit_test(test_what_cannot_be_written_is_named),
        cmocka_unit_test(test_a_small_buffer_is_full_at_every_size),
        cmocka_unit_test(test_head_of_request_and_answer),
        cmocka_unit_test(test_a_stripe_says_number_and_expiry_by_itself),
        cmocka_unit_test(test_a_remark_is_cut_or_left_out_and_keeps_nothing_back),
        cmocka_unit_test(test_a_repeat_is_marked),
        cmocka_unit_test(test_the_year_is_the_nearest),
        cmocka_unit_test(test_a_switch_without_our_identity_is_understood),
        cmocka_unit_test(test_a_network_message_needs_no_terminal),
        cmocka_unit_test(test_the_code_is_sealed_as_the_dialect_writes_it),
        cmocka_unit_test(test_every_row_of_the_mappings_is_whole),
    };

    return cmocka_run_group_tests_name("profile", tests, compile, NULL);
}

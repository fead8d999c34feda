#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "explain/explanation.h"

#include <string.h>

#define CASHIER_COLUMNS 32 /* 16 Chinese characters, 32 Latin ones */

/* What would make somebody pay or charge anew. */
static const char *const anew_words[] = {
    "重试",
    "再试",
    "再刷",
    "再读",
    "重新收款",
    "重新操作",
    "换卡",
    "换一张",
    "另一张",
    "其他办法",
    "改用",
    "重新插卡",
    "分次付款",
    "请插卡",
    "try again",
    "retry",
    "Retry",
    "Try again",
    "another card",
    "another way",
    "start again",
    "Start again",
    "starts again",
    "tries again",
    "new payment",
    "Take the payment",
    "take the payment",
    "card of another",
    "smaller amount",
    "可再送",
    "resubmitted",
};

/* What only the money's state may say. */
static const char *const money_words[] = {
    "没有扣款", "未扣款",   "已扣款",      "不扣款",      "nothing was taken",
    "No money", "no money", "was charged", "not charged", "not taken",
};

/* What the holder of a card must not hear at a counter. */
static const char *const counter_words[] = {"挂失", "被窃",   "被盗",    "没收",         "保留此卡",
                                            "lost", "stolen", "capture", "Keep the card"};

static const char *found_in(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(text, words[i]) != NULL)
            return words[i];
    }
    return NULL;
}

#define FOUND_IN(text, words) found_in(text, words, ARRAY_COUNT(words))

static void each_entry(void (*check)(enum outcome outcome, enum explain_reader reader,
                                     enum explain_lang lang, const struct catalogue_entry *entry))
{
    for (enum outcome o = OUTCOME_NONE; o < OUTCOME_COUNT; o = outcome_next(o)) {
        for (unsigned r = 0; r < READER_COUNT; r++) {
            for (unsigned l = 0; l < LANG_COUNT; l++)
                check(o, (enum explain_reader)r, (enum explain_lang)l,
                      catalogue_entry(o, (enum explain_reader)r));
        }
    }
}

static void complain(enum outcome outcome, enum explain_reader reader, const char *what)
{
    print_message("%s for %s: %s\n", outcome_row(outcome)->name, explain_reader_name(reader), what);
}

/* Columns of a line: a byte below 0x80 is one, a character of three bytes two. -1: not UTF-8. */
static int columns(const char *at, size_t len)
{
    int count = 0;

    for (size_t i = 0; i < len;) {
        uint8_t byte = (uint8_t)at[i];
        size_t width = byte < 0x80 ? 1 : byte >= 0xE0 && byte < 0xF0 ? 3 : 0;

        if (width == 0 || i + width > len)
            return -1;
        count += width == 1 ? 1 : 2;
        i += width;
    }
    return count;
}

static void check_language(enum outcome outcome, enum explain_reader reader, enum explain_lang lang,
                           const struct catalogue_entry *entry)
{
    const char *texts[] = {entry->what.in[lang], entry->steps.in[lang]};

    for (size_t i = 0; i < 2; i++) {
        int width = columns(texts[i], strlen(texts[i]));
        bool has_chinese = width != (int)strlen(texts[i]);

        if (width <= 0 || has_chinese != (lang == LANG_ZH))
            complain(outcome, reader, texts[i]);
        assert_true(width > 0);
        assert_int_equal(has_chinese, lang == LANG_ZH);
    }
    assert_null(strchr(entry->what.in[lang], '\n'));
    assert_int_not_equal(entry->what.in[lang][0], CATALOGUE_ANEW);
}

static void test_every_text_is_there_in_its_language(void **state)
{
    unsigned count = 0;

    (void)state;
    each_entry(check_language);
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o))
        count++;
    assert_int_equal(count, OUTCOME_ROWS - 1); /* OUTCOME_NONE is no cause */
    print_message("# coverage: causes with texts for %d readers in zh and en %u / %d\n",
                  (int)READER_COUNT, count, (int)OUTCOME_ROWS - 1);
}

static void check_cashier(enum outcome outcome, enum explain_reader reader, enum explain_lang lang,
                          const struct catalogue_entry *entry)
{
    const char *step = entry->steps.in[lang];

    if (reader != READER_CASHIER)
        return;
    step += step[0] == CATALOGUE_ANEW;
    if (columns(step, strlen(step)) > CASHIER_COLUMNS ||
        columns(entry->what.in[lang], strlen(entry->what.in[lang])) > CASHIER_COLUMNS)
        complain(outcome, reader, step);
    assert_null(strchr(step, '\n'));
    assert_true(columns(step, strlen(step)) <= CASHIER_COLUMNS);
    assert_true(columns(entry->what.in[lang], strlen(entry->what.in[lang])) <= CASHIER_COLUMNS);
    assert_true(columns(phrase_wait(DEAL_PAYMENT, reader, lang),
                        strlen(phrase_wait(DEAL_PAYMENT, reader, lang))) <= CASHIER_COLUMNS);
}

static void test_cashiers_get_two_short_lines(void **state)
{
    (void)state;
    each_entry(check_cashier);
}

static void check_marks(enum outcome outcome, enum explain_reader reader, enum explain_lang lang,
                        const struct catalogue_entry *entry)
{
    const char *step = entry->steps.in[lang];
    size_t count = 0;

    if (FOUND_IN(entry->what.in[lang], anew_words) != NULL)
        complain(outcome, reader, entry->what.in[lang]);
    assert_null(FOUND_IN(entry->what.in[lang], anew_words));
    while (*step != 0) {
        char line[512] = {0};
        size_t len = strcspn(step, "\n");

        assert_true(len > 1 && len < sizeof line);
        memcpy(line, step, len);
        if (line[0] != CATALOGUE_ANEW && FOUND_IN(line, anew_words) != NULL) {
            complain(outcome, reader, line);
            fail();
        }
        count++;
        step += len + (step[len] == '\n');
    }
    assert_true(count < EXPLAIN_STEPS_MAX); /* there is room for the one that says to wait */
}

static void test_only_marked_steps_lead_to_paying(void **state)
{
    (void)state;
    each_entry(check_marks);
}

static void check_money_words(enum outcome outcome, enum explain_reader reader,
                              enum explain_lang lang, const struct catalogue_entry *entry)
{
    if (FOUND_IN(entry->what.in[lang], money_words) != NULL)
        complain(outcome, reader, entry->what.in[lang]);
    assert_null(FOUND_IN(entry->what.in[lang], money_words));
    assert_null(FOUND_IN(entry->steps.in[lang], money_words));
}

static void test_no_text_guesses_where_the_money_is(void **state)
{
    (void)state;
    each_entry(check_money_words);
}

static char room[EXPLAIN_TEXT_MAX];
static struct evidence all_evidence[EVIDENCE_COUNT][EVIDENCE_MAX];

static const char *text_of(const struct explain_facts *facts, enum explain_reader reader,
                           enum explain_lang lang)
{
    struct text t = text_over(room, sizeof room);
    struct explanation explanation;

    explain(facts, reader, lang, &explanation);
    explanation_add_text(&explanation, &t);
    assert_false(t.cut);
    return text_z(&t);
}

static const char *json_of(const struct explain_facts *facts, enum explain_reader reader,
                           enum explain_lang lang)
{
    struct text t = text_over(room, sizeof room);
    struct explanation explanation;

    explain(facts, reader, lang, &explanation);
    explanation_add_json(&explanation, &t);
    assert_false(t.cut);
    return text_z(&t);
}

/* Quotes, brackets and braces in pairs, none open at the end. */
static bool is_balanced(const char *json)
{
    char open[16];
    size_t depth = 0;
    bool in_string = false;

    for (; *json != 0; json++) {
        if (in_string && *json == '\\')
            json++;
        else if (*json == '"')
            in_string = !in_string;
        else if (!in_string && (*json == '{' || *json == '['))
            open[depth++] = *json;
        else if (!in_string && (*json == '}' || *json == ']')) {
            if (depth == 0 || open[--depth] != (*json == '}' ? '{' : '['))
                return false;
        }
    }
    return depth == 0 && !in_string;
}

static void check_open(const struct explain_facts *facts, enum explain_reader reader,
                       enum explain_lang lang)
{
    const char *text = text_of(facts, reader, lang);

    if (FOUND_IN(text, anew_words) != NULL)
        complain(facts->outcome, reader, text);
    assert_null(FOUND_IN(text, anew_words));
    assert_non_null(strstr(text, phrase_wait(DEAL_PAYMENT, reader, lang)));
    assert_null(strstr(text, "打印签购单"));
    assert_null(strstr(text, "Print the slip"));
    text = json_of(facts, reader, lang); /* made of the same pieces */
    assert_non_null(strstr(text, "\"retry\": \"wait\""));
    assert_non_null(strstr(text, "\"next\": "));
    assert_true(is_balanced(text));
}

/* The rule that outranks all texts: every cause, every open state of the money, every reader. */
static void test_nobody_is_told_to_pay_while_money_is_open(void **state)
{
    static const enum money_state open[] = {MONEY_UNKNOWN, MONEY_RETURNING, MONEY_HELD};

    (void)state;
    for (enum outcome o = OUTCOME_NONE; o < OUTCOME_COUNT; o = outcome_next(o)) {
        for (size_t m = 0; m < ARRAY_COUNT(open); m++) {
            struct explain_facts facts = explain_facts_of(o);

            facts.money = open[m];
            facts.next = (enum explain_next)(o % NEXT_COUNT);
            facts.next_at = (struct instant){o % 2 * 1790000000000000};
            facts.amount = money_of(12850, CURRENCY_CNY);
            assert_int_equal(explain_advice(facts.outcome, facts.money, DEAL_PAYMENT), ADVICE_WAIT);
            for (unsigned r = 0; r < READER_COUNT; r++) {
                check_open(&facts, (enum explain_reader)r, LANG_ZH);
                check_open(&facts, (enum explain_reader)r, LANG_EN);
            }
        }
    }
}

/* A record that does not say how its money is known claims nothing and leads to nothing. */
static void test_money_without_evidence_does_not_validate(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_PIN_WRONG);
    struct explanation told;

    (void)state;
    explain(&facts, READER_CASHIER, LANG_EN, &told);
    assert_null(told.fault);
    assert_int_equal(told.advice, ADVICE_NOW);
    facts.proof = PROOF_NONE;
    assert_non_null(explanation_fault(&facts));
    explain(&facts, READER_CASHIER, LANG_EN, &told);
    assert_int_equal(told.money, MONEY_UNKNOWN);
    assert_int_equal(told.advice, ADVICE_WAIT);
    assert_non_null(strstr(json_of(&facts, READER_OPERATOR, LANG_EN),
                           "\"fault\": \"the money has no evidence\""));
    assert_non_null(strstr(text_of(&facts, READER_OPERATOR, LANG_EN), "known from: nothing !"));
    facts.proof = PROOF_COUNT;
    assert_non_null(explanation_fault(&facts));
}

static void test_each_proof_carries_its_states_and_no_other(void **state)
{
    static const struct {
        enum explain_proof proof;
        const char *carries; /* not moved, held, moved, returning, returned, unknown */
    } rows[] = {
        {PROOF_NONE, "......"},          {PROOF_CATALOGUE, "nhmRru"},
        {PROOF_NOT_SENT, "n....."},      {PROOF_ANSWER, "nhmRru"},
        {PROOF_NO_ANSWER, ".h.R.u"},     {PROOF_REVERSAL_OWED, ".hmR.u"},
        {PROOF_REVERSAL_DONE, "n...r."}, {PROOF_STORED, ".....u"},
        {PROOF_DAMAGED, ".....u"},
    };

    (void)state;
    assert_int_equal(ARRAY_COUNT(rows), PROOF_COUNT);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (unsigned m = 0; m < MONEY_STATE_COUNT; m++) {
            struct explain_facts facts = explain_facts_of(OUTCOME_PIN_WRONG);
            struct explanation told;

            facts.proof = rows[i].proof;
            facts.money = (enum money_state)m;
            facts.next = NEXT_REVERSAL;
            assert_int_equal(explanation_fault(&facts) == NULL, rows[i].carries[m] != '.');
            explain(&facts, READER_MERCHANT, LANG_ZH, &told);
            assert_int_equal(told.money, told.fault == NULL ? m : MONEY_UNKNOWN);
            assert_true(told.fault == NULL || told.advice == ADVICE_WAIT);
        }
        assert_true(strlen(explain_proof_name(rows[i].proof)) > 0);
    }
}

static void test_an_owed_reversal_is_sent_by_something(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_LINE_NO_ANSWER);

    (void)state;
    facts.proof = PROOF_REVERSAL_OWED;
    facts.next = NEXT_REVERSAL;
    assert_null(explanation_fault(&facts));
    facts.next = NEXT_NONE;
    assert_non_null(explanation_fault(&facts));
    facts.deal = DEAL_INQUIRY; /* of an inquiry nothing is owed */
    assert_null(explanation_fault(&facts));
}

static void test_settled_money_leads_to_the_causes_own_advice(void **state)
{
    (void)state;
    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o)) {
        enum outcome outcome = o;
        enum explain_advice advice = explain_advice(outcome, MONEY_NOT_MOVED, DEAL_PAYMENT);

        assert_int_equal(advice, explain_advice(outcome, MONEY_RETURNED, DEAL_PAYMENT));
        assert_int_not_equal(advice, ADVICE_WAIT);
        if (!outcome_is_approved(outcome))
            assert_int_equal(explain_advice(outcome, MONEY_MOVED, DEAL_PAYMENT), ADVICE_NEVER);
    }
    assert_int_equal(explain_advice(OUTCOME_NONE, MONEY_NOT_MOVED, DEAL_PAYMENT), ADVICE_WAIT);
    assert_int_equal(explain_advice(OUTCOME_APPROVED, MONEY_MOVED, DEAL_PAYMENT), ADVICE_DONE);
    assert_int_equal(explain_advice(OUTCOME_APPROVED, MONEY_NOT_MOVED, DEAL_INQUIRY), ADVICE_DONE);
    assert_int_equal(explain_advice(OUTCOME_PIN_WRONG, MONEY_NOT_MOVED, DEAL_PAYMENT), ADVICE_NOW);
}

static void test_the_money_is_always_said(void **state)
{
    (void)state;
    for (enum outcome o = OUTCOME_NONE; o < OUTCOME_COUNT; o = outcome_next(o)) {
        struct explain_facts facts = explain_facts_of(o);

        for (unsigned m = 0; m < MONEY_STATE_COUNT; m++) {
            facts.money = (enum money_state)m;
            const char *phrase = phrase_money(facts.deal, facts.money, READER_MERCHANT, LANG_EN);
            char start[128] = {0};
            memcpy(start, phrase, strcspn(phrase, "%"));
            assert_non_null(strstr(text_of(&facts, READER_MERCHANT, LANG_EN), start));
            assert_null(strchr(text_of(&facts, READER_CARDHOLDER, LANG_ZH), '%'));
            assert_non_null(
                strstr(json_of(&facts, READER_OPERATOR, LANG_ZH), money_state_name(facts.money)));
        }
    }
}

static void test_an_approval_taken_back_is_no_success(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_APPROVED);

    (void)state;
    assert_string_equal(text_of(&facts, READER_CASHIER, LANG_EN),
                        "Approved\nPrint the slip, hand over\n");
    facts.money = MONEY_RETURNED;
    assert_string_equal(text_of(&facts, READER_CASHIER, LANG_EN),
                        "This payment was reversed\nStart a new payment\n");
    facts.money = MONEY_RETURNING;
    assert_string_equal(text_of(&facts, READER_CASHIER, LANG_EN),
                        "in progress\nDo not charge again; wait\n");
    facts.money = MONEY_NOT_MOVED;
    facts.deal = DEAL_INQUIRY;
    assert_string_equal(text_of(&facts, READER_CASHIER, LANG_EN), "Approved\n");
    assert_null(strstr(text_of(&facts, READER_MERCHANT, LANG_ZH), "交付商品"));
}

/* Each kind of transaction has an end of its own; only then is it told as done. */
static void test_each_deal_is_done_where_it_should_be(void **state)
{
    static const struct {
        enum explain_deal deal;
        const char *done; /* not moved, held, moved, returning, returned, unknown */
    } rows[] = {
        {DEAL_PAYMENT, "..m..."}, {DEAL_INQUIRY, "nhmRru"}, {DEAL_REFUND, "..m..."},
        {DEAL_HOLD, ".hm..."},    {DEAL_RELEASE, "n.m..."},
    };

    (void)state;
    assert_int_equal(ARRAY_COUNT(rows), DEAL_COUNT);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        for (unsigned m = 0; m < MONEY_STATE_COUNT; m++) {
            struct explain_facts facts = explain_facts_of(OUTCOME_APPROVED);
            bool is_done = rows[i].done[m] != '.';
            struct explanation told;

            facts.deal = rows[i].deal;
            facts.money = (enum money_state)m;
            explain(&facts, READER_CASHIER, LANG_EN, &told);
            assert_int_equal(told.advice == ADVICE_DONE, is_done);
            assert_int_equal(strcmp(told.what, "Approved") == 0, is_done);
            assert_true(is_done || told.advice == ADVICE_WAIT || money_state_is_final(facts.money));
        }
    }
}

static void test_a_refund_and_a_hold_have_their_own_words(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_APPROVED);

    (void)state;
    facts.deal = DEAL_REFUND;
    facts.amount = money_of(12850, CURRENCY_CNY);
    assert_non_null(strstr(text_of(&facts, READER_CARDHOLDER, LANG_EN),
                           "paid back to your account: 128.50 CNY"));
    for (unsigned r = 0; r < READER_COUNT; r++) { /* no goods change hands */
        assert_null(strstr(text_of(&facts, (enum explain_reader)r, LANG_EN), "hand over"));
        assert_null(strstr(text_of(&facts, (enum explain_reader)r, LANG_ZH), "商品"));
    }
    assert_string_equal(text_of(&facts, READER_CASHIER, LANG_EN), "Approved\nPrint the slip\n");
    facts.money = MONEY_UNKNOWN;
    assert_string_equal(text_of(&facts, READER_CASHIER, LANG_ZH), "处理中\n勿重复操作，等待确认\n");
    facts.deal = DEAL_HOLD;
    facts.money = MONEY_HELD;
    assert_non_null(strstr(text_of(&facts, READER_CARDHOLDER, LANG_ZH), "金额已冻结"));
    assert_null(strstr(text_of(&facts, READER_CARDHOLDER, LANG_ZH), "等待"));
}

/* What was accepted without the line is no success yet, and must not be charged again. */
static void test_an_offline_sale_waits_for_its_delivery(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_APPROVED);

    (void)state;
    facts.proof = PROOF_STORED;
    facts.money = MONEY_UNKNOWN;
    facts.next = NEXT_DELIVERY;
    assert_string_equal(text_of(&facts, READER_CASHIER, LANG_EN),
                        "Approved\nDo not charge again; wait\n");
    assert_non_null(strstr(text_of(&facts, READER_MERCHANT, LANG_EN), "delivered automatically"));
}

static void test_the_amount_and_the_next_step_are_in_words(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_ISSUER_NO_ANSWER);
    struct civil at = {.year = 2026, .month = 11, .day = 22, .hour = 12, .minute = 5};
    const char *text;

    (void)state;
    facts.amount = money_of(12850, CURRENCY_CNY);
    facts.utc_offset_s = 28800;
    facts.next_at = instant_from_civil(&at, 28800);
    text = text_of(&facts, READER_CARDHOLDER, LANG_ZH);
    assert_non_null(strstr(text, "这笔款项正在撤回：128.50 元。"));
    assert_non_null(strstr(text, "下一次在 2026-11-22 12:05:00"));
    text = text_of(&facts, READER_MERCHANT, LANG_EN);
    assert_non_null(strstr(text, "The money is on its way back: 128.50 CNY."));
    assert_non_null(strstr(text, "next at 2026-11-22 12:05:00"));
    assert_non_null(strstr(text, "[216] issuer.no-answer  98  E\n"));
}

/* Who may see a value; merchants, and the issuer's own affairs apart. */
static const struct {
    bool cashier;
    bool cardholder;
    bool merchant;
    bool merchant_of_issuer; /* when the issuer decided */
} sight_table[EVIDENCE_COUNT] = {
    [EVIDENCE_FIELD] = {false, false, true, true},
    [EVIDENCE_EXPECTED] = {false, false, true, false},
    [EVIDENCE_FOUND] = {false, false, true, false},
    [EVIDENCE_SINCE] = {false, false, true, false},
    [EVIDENCE_STATE] = {false, false, true, false},
    [EVIDENCE_LIMIT] = {false, false, true, false},
    [EVIDENCE_RESETS] = {false, false, true, false},
    [EVIDENCE_CHECK_VALUE] = {false, false, true, true},
    [EVIDENCE_BIN] = {false, false, true, true},
    [EVIDENCE_TABLE_VERSION] = {false, false, true, true},
    [EVIDENCE_COMPONENT] = {false, false, true, true},
    [EVIDENCE_ENTRY_MODE] = {true, false, true, true},
    [EVIDENCE_CHECK] = {true, false, true, true},
    [EVIDENCE_TRACE] = {true, false, true, true},
    [EVIDENCE_ASKED] = {true, true, true, true},
    [EVIDENCE_WAITED_S] = {true, true, true, true},
    [EVIDENCE_REVERSAL] = {true, true, true, true},
    [EVIDENCE_CODE] = {true, true, true, true},
    [EVIDENCE_CATEGORY] = {false, false, true, true},
    [EVIDENCE_LICENCE] = {false, false, true, true},
    [EVIDENCE_REASON] = {false, false, true, false},
    [EVIDENCE_ORIGINAL] = {true, false, true, true},
    [EVIDENCE_BY] = {true, false, true, true},
    [EVIDENCE_LEFT] = {true, false, true, true},
    [EVIDENCE_REMARK] = {true, true, true, true},
    [EVIDENCE_LINE] = {true, false, true, true},
    [EVIDENCE_NEXT] = {true, false, true, true},
    [EVIDENCE_ARCHIVED] = {false, false, true, true},
    /* used, short by, tries left, counter, service code, load, rule, score, earlier place, speed,
     * list: the operator alone */
};

static bool may_see(enum explain_reader reader, enum outcome outcome, enum evidence_name name)
{
    if (reader == READER_OPERATOR)
        return true;
    if (reader == READER_CASHIER)
        return sight_table[name].cashier;
    if (reader == READER_CARDHOLDER)
        return sight_table[name].cardholder;
    return outcome_row(outcome)->decides == PARTY_ISSUER ? sight_table[name].merchant_of_issuer
                                                         : sight_table[name].merchant;
}

static void check_disclosure(struct explain_facts *facts, enum evidence_name name)
{
    for (unsigned r = 0; r < READER_COUNT; r++) {
        enum explain_reader reader = (enum explain_reader)r;
        bool is_shown = strstr(json_of(facts, reader, LANG_EN), "secret-value") != NULL;

        if (is_shown && !may_see(reader, facts->outcome, name))
            complain(facts->outcome, reader, evidence_label(name));
        assert_false(is_shown && !may_see(reader, facts->outcome, name));
        if (strstr(text_of(facts, reader, LANG_ZH), "secret-value") != NULL)
            assert_true(may_see(reader, facts->outcome, name));
        if (reader == READER_OPERATOR)
            assert_true(is_shown);
    }
}

static void test_nobody_sees_what_is_not_his(void **state)
{
    (void)state;
    for (enum outcome o = OUTCOME_NONE; o < OUTCOME_COUNT; o = outcome_next(o)) {
        for (unsigned n = 1; n < EVIDENCE_COUNT; n++) {
            struct explain_facts facts = explain_facts_of(o);

            memset(all_evidence[n], 0, sizeof all_evidence[n]);
            evidence_add(all_evidence[n], (enum evidence_name)n, "secret-value");
            facts.evidence = all_evidence[n];
            check_disclosure(&facts, (enum evidence_name)n);
        }
    }
}

static void check_holder(enum outcome outcome, enum explain_reader reader, enum explain_lang lang,
                         const struct catalogue_entry *entry)
{
    struct explain_facts facts = explain_facts_of(outcome);
    const char *json;

    if (reader != READER_CARDHOLDER)
        return;
    assert_null(FOUND_IN(entry->what.in[lang], counter_words));
    assert_null(FOUND_IN(entry->steps.in[lang], counter_words));
    json = json_of(&facts, reader, lang);
    assert_int_equal(strstr(json, outcome_row(outcome)->name) != NULL &&
                         strstr(json, "\"name\"") != NULL,
                     catalogue_names(outcome, reader));
    assert_int_equal(strstr(json, "\"code\"") != NULL, catalogue_names(outcome, reader));
}

static void test_a_counter_does_not_speak_of_theft_or_of_the_shop(void **state)
{
    (void)state;
    each_entry(check_holder);
    assert_false(catalogue_names(OUTCOME_CARD_STOLEN, READER_CARDHOLDER));
    assert_false(catalogue_names(OUTCOME_MERCHANT_FROZEN, READER_CARDHOLDER));
    assert_true(catalogue_names(OUTCOME_ACCOUNT_FUNDS_SHORT, READER_CARDHOLDER));
    for (enum outcome o = OUTCOME_NONE; o < OUTCOME_COUNT; o = outcome_next(o)) {
        bool is_holders = o == OUTCOME_ACCOUNT_OVERDUE || o == OUTCOME_CARD_DORMANT;
        bool is_risk = strncmp(outcome_row(o)->name, "risk.", 5) == 0;

        assert_int_equal(catalogue_names(o, READER_MERCHANT), !is_holders);
        assert_int_equal(catalogue_names(o, READER_CASHIER), !is_holders && !is_risk);
        assert_true(catalogue_names(o, READER_OPERATOR));
    }
}

/* How the holder stands with the bank is no matter of the shop: it learns the class of reason. */
static void test_a_shop_is_not_told_of_the_holders_debts(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_ACCOUNT_OVERDUE);

    (void)state;
    assert_null(strstr(text_of(&facts, READER_MERCHANT, LANG_EN), "overdue"));
    assert_non_null(strstr(text_of(&facts, READER_MERCHANT, LANG_EN), "57  C"));
    assert_null(strstr(text_of(&facts, READER_MERCHANT, LANG_ZH), "逾期"));
    assert_null(strstr(json_of(&facts, READER_MERCHANT, LANG_EN), "overdue"));
    assert_null(strstr(text_of(&facts, READER_CASHIER, LANG_ZH), "逾期"));
    assert_non_null(strstr(text_of(&facts, READER_CARDHOLDER, LANG_EN), "overdue"));
}

static void test_names_of_readers_and_languages(void **state)
{
    (void)state;
    for (unsigned r = 0; r < READER_COUNT; r++)
        assert_int_equal(explain_reader_by_name(explain_reader_name((enum explain_reader)r)), r);
    for (unsigned l = 0; l < LANG_COUNT; l++)
        assert_int_equal(explain_lang_by_name(explain_lang_name((enum explain_lang)l)), l);
    assert_int_equal(explain_reader_by_name("bank"), READER_COUNT);
    assert_int_equal(explain_lang_by_name("fr"), LANG_COUNT);
}

static void test_json_escapes_what_comes_from_outside(void **state)
{
    struct explain_facts facts = explain_facts_of(OUTCOME_MESSAGE_MALFORMED);
    struct evidence evidence[EVIDENCE_MAX] = {0};

    (void)state;
    evidence_add(evidence, EVIDENCE_FOUND, "a \"quote\"\\\n\x01");
    evidence[1].name = 200; /* of a newer program, or damage */
    facts.evidence = evidence;
    memcpy(facts.code, "3\"", 2);
    assert_true(is_balanced(json_of(&facts, READER_OPERATOR, LANG_EN)));
    assert_null(strchr(room, '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_text_is_there_in_its_language),
        cmocka_unit_test(test_cashiers_get_two_short_lines),
        cmocka_unit_test(test_only_marked_steps_lead_to_paying),
        cmocka_unit_test(test_no_text_guesses_where_the_money_is),
        cmocka_unit_test(test_nobody_is_told_to_pay_while_money_is_open),
        cmocka_unit_test(test_money_without_evidence_does_not_validate),
        cmocka_unit_test(test_each_proof_carries_its_states_and_no_other),
        cmocka_unit_test(test_an_owed_reversal_is_sent_by_something),
        cmocka_unit_test(test_settled_money_leads_to_the_causes_own_advice),
        cmocka_unit_test(test_the_money_is_always_said),
        cmocka_unit_test(test_an_approval_taken_back_is_no_success),
        cmocka_unit_test(test_each_deal_is_done_where_it_should_be),
        cmocka_unit_test(test_a_refund_and_a_hold_have_their_own_words),
        cmocka_unit_test(test_an_offline_sale_waits_for_its_delivery),
        cmocka_unit_test(test_the_amount_and_the_next_step_are_in_words),
        cmocka_unit_test(test_nobody_sees_what_is_not_his),
        cmocka_unit_test(test_a_counter_does_not_speak_of_theft_or_of_the_shop),
        cmocka_unit_test(test_a_shop_is_not_told_of_the_holders_debts),
        cmocka_unit_test(test_names_of_readers_and_languages),
        cmocka_unit_test(test_json_escapes_what_comes_from_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

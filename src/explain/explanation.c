#include "explain/explanation.h"

#include "base/assert.h"
#include "explain/values.h"

struct explain_facts explain_facts_of(enum outcome outcome)
{
    const struct outcome_row *row = outcome_row(outcome);

    return (struct explain_facts){
        .outcome = outcome,
        .money = row->money,
        .proof = PROOF_CATALOGUE,
        .deal = DEAL_PAYMENT,
        .next = row->money == MONEY_UNKNOWN || row->money == MONEY_RETURNING ? NEXT_REVERSAL
                                                                             : NEXT_NONE,
    };
}

static enum explain_advice advice_of(enum retry retry)
{
    switch (retry) {
    case RETRY_NOW:
        return ADVICE_NOW;
    case RETRY_AFTER_FIX:
        return ADVICE_AFTER_FIX;
    case RETRY_LATER:
        return ADVICE_LATER;
    case RETRY_OTHER_CARD:
        return ADVICE_OTHER_CARD;
    case RETRY_NEVER:
    case RETRY_COUNT:
        break;
    }
    return ADVICE_NEVER;
}

/* Nobody has, holds or expects money for this payment. */
static bool money_is_back(enum money_state money)
{
    return money == MONEY_NOT_MOVED || money == MONEY_RETURNED;
}

enum explain_advice explain_advice(enum outcome outcome, enum money_state money,
                                   enum explain_deal deal)
{
    if (outcome == OUTCOME_NONE)
        return ADVICE_WAIT;
    if (outcome_is_approved(outcome)) {
        if (deal_is_done(deal, money))
            return ADVICE_DONE;
        return money_is_back(money) ? ADVICE_NOW : ADVICE_WAIT;
    }
    if (money == MONEY_MOVED)
        return ADVICE_NEVER;
    return money_is_back(money) ? advice_of(outcome_row(outcome)->retry) : ADVICE_WAIT;
}

const char *explanation_fault(const struct explain_facts *facts)
{
    if (facts->proof == PROOF_NONE || facts->proof >= PROOF_COUNT)
        return "the money has no evidence";
    if (facts->deal == DEAL_INQUIRY)
        return NULL;
    if (!proof_carries(facts->proof, facts->money))
        return "the evidence cannot carry this state of the money";
    if (facts->proof == PROOF_REVERSAL_OWED && !money_state_is_final(facts->money) &&
        facts->next == NEXT_NONE)
        return "a reversal is owed and nothing sends it";
    return NULL;
}

/* Whose words tell it. An approval that was taken back, or may be, is not told as a success. */
static enum outcome told_as(const struct explanation *out)
{
    const struct explain_facts *facts = out->facts;

    if (out->reader == READER_OPERATOR || !outcome_is_approved(facts->outcome) ||
        facts->proof == PROOF_STORED || deal_is_done(facts->deal, out->money))
        return facts->outcome;
    return money_is_back(out->money) ? OUTCOME_PAYMENT_REVERSED : OUTCOME_NONE;
}

static void add_step(struct explanation *out, struct bytes step)
{
    if (step.len == 0 || out->step_count == EXPLAIN_STEPS_MAX) /* only an operator writes so many */
        return;
    out->steps[out->step_count++] = step;
}

static bool leads_to_paying(struct bytes *step)
{
    if (step->len == 0 || step->at[0] != CATALOGUE_ANEW)
        return false;
    *step = bytes_over(step->at + 1, step->len - 1);
    return true;
}

static void add_steps(struct explanation *out, const char *steps)
{
    bool may_pay = out->advice != ADVICE_WAIT && out->advice != ADVICE_NEVER;

    while (*steps != 0) {
        size_t len = strcspn(steps, "\n");
        struct bytes step = bytes_over(steps, len);

        if (!leads_to_paying(&step) || may_pay)
            add_step(out, step);
        steps += len + (steps[len] == '\n');
    }
}

/* The operator's words, where nobody has, holds or expects money; else, and for what the operator
 * left out, the catalogue's. */
static struct overlay_words own_words(const struct explanation *out, enum outcome told)
{
    const struct catalogue_entry *entry = catalogue_entry(told, out->reader);
    struct overlay_words words = {0};

    if (money_is_back(out->money) && out->advice != ADVICE_WAIT)
        words = overlay_words_of(out->facts->overlay, told, out->reader, out->lang);
    if (words.what == NULL)
        words.what = entry->what.in[out->lang];
    if (words.steps == NULL)
        words.steps = entry->steps.in[out->lang];
    return words;
}

static void choose_steps(struct explanation *out, enum outcome told)
{
    const char *steps = own_words(out, told).steps;

    if (out->advice == ADVICE_WAIT)
        add_step(out, bytes_of_z(phrase_wait(out->facts->deal, out->reader, out->lang)));
    if (outcome_is_approved(told) && out->facts->deal == DEAL_INQUIRY)
        return; /* nothing is handed over */
    if (outcome_is_approved(told) && out->facts->deal != DEAL_PAYMENT) {
        add_step(out, bytes_of_z(phrase_slip(out->reader, out->lang)));
        return;
    }
    add_steps(out, steps);
}

static void choose_evidence(struct explanation *out)
{
    const struct evidence *evidence = out->facts->evidence;

    for (size_t i = 0; evidence != NULL && i < EVIDENCE_MAX; i++) {
        if (evidence[i].name == EVIDENCE_NONE || evidence[i].name >= EVIDENCE_COUNT ||
            memchr(evidence[i].text, 0, sizeof evidence[i].text) == NULL)
            break; /* the end, or a damaged row */
        enum evidence_name name = (enum evidence_name)evidence[i].name;
        if (catalogue_shows(out->facts->outcome, out->reader, name) &&
            !overlay_hides(out->facts->overlay, out->reader, name))
            out->evidence[out->evidence_count++] = &evidence[i];
    }
}

void explain(const struct explain_facts *facts, enum explain_reader reader, enum explain_lang lang,
             struct explanation *out)
{
    assert(outcome_is_known(facts->outcome));
    assert(facts->money < MONEY_STATE_COUNT);
    enum outcome told;

    memset(out, 0, sizeof *out);
    out->facts = facts;
    out->row = outcome_row(facts->outcome);
    out->reader = reader;
    out->lang = lang;
    out->is_named = catalogue_names(facts->outcome, reader) &&
                    !overlay_hides_name(facts->overlay, reader, facts->outcome);
    out->fault = explanation_fault(facts);
    out->money = out->fault == NULL ? facts->money : MONEY_UNKNOWN;
    out->is_settled = money_state_is_final(out->money) || (outcome_is_approved(facts->outcome) &&
                                                           deal_is_done(facts->deal, out->money));
    out->advice = explain_advice(facts->outcome, out->money, facts->deal);
    told = told_as(out);
    out->what = own_words(out, told).what;
    choose_steps(out, told);
    choose_evidence(out);
}

/* ---- pieces ---- */

static void add_amount(const struct explanation *explanation, struct text *t)
{
    struct money amount = explanation->facts->amount;

    if (amount.currency == 0)
        return;
    text_add(t, explanation->lang == LANG_ZH ? "：" : ": ");
    money_add_text(t, amount);
    text_add_char(t, ' ');
    text_add(t, explanation->lang == LANG_ZH && amount.currency == CURRENCY_CNY
                    ? "元"
                    : money_letters(amount.currency));
}

/* The phrase with its value in the place of '%'. */
static void add_money_words(const struct explanation *explanation, struct text *t)
{
    const char *phrase = phrase_money(explanation->facts->deal, explanation->money,
                                      explanation->reader, explanation->lang);
    size_t before = strcspn(phrase, "%");

    text_add_bytes(t, bytes_over(phrase, before));
    if (phrase[before] == 0)
        return;
    add_amount(explanation, t);
    text_add(t, phrase + before + 1);
}

static void add_next_words(const struct explanation *explanation, struct text *t)
{
    const struct explain_facts *facts = explanation->facts;
    bool with_time = facts->next_at.us != 0;
    const char *phrase = phrase_next(facts->next, with_time, explanation->lang);
    size_t before = strcspn(phrase, "%");

    text_add_bytes(t, bytes_over(phrase, before));
    if (phrase[before] == 0)
        return;
    instant_add_text(t, facts->next_at, facts->utc_offset_s);
    text_add(t, phrase + before + 1);
}

static const char *code_of(const struct explanation *explanation)
{
    return explanation->facts->code[0] != 0 ? explanation->facts->code : explanation->row->code;
}

static enum party decider_of(const struct explanation *explanation)
{
    return explanation->facts->decided_by != PARTY_NOBODY ? explanation->facts->decided_by
                                                          : explanation->row->decides;
}

/* ---- for people ---- */

static void add_line(struct text *t, const char *words)
{
    text_add(t, words);
    text_add_char(t, '\n');
}

static void add_label(const struct explanation *explanation, struct text *t, const char *zh,
                      const char *en)
{
    text_add(t, explanation->lang == LANG_ZH ? zh : en);
    text_add(t, explanation->lang == LANG_ZH ? "：" : ": ");
}

static void add_numbered_steps(const struct explanation *explanation, struct text *t)
{
    for (size_t i = 0; i < explanation->step_count; i++) {
        if (explanation->reader == READER_MERCHANT || explanation->reader == READER_OPERATOR) {
            text_add_u64(t, i + 1);
            text_add(t, ". ");
        }
        text_add_bytes(t, explanation->steps[i]);
        text_add_char(t, '\n');
    }
}

/* What the state of the money rests on; and why that is not enough. */
static void add_proof_line(const struct explanation *explanation, struct text *t)
{
    add_label(explanation, t, "款项依据", "known from");
    text_add(t, phrase_proof(explanation->facts->proof, explanation->lang));
    text_add(t, explanation->fault == NULL ? "" : " !");
    text_add_char(t, '\n');
}

static void add_evidence_line(const struct explanation *explanation,
                              const struct evidence *evidence, struct text *t)
{
    enum evidence_name name = (enum evidence_name)evidence->name;

    add_label(explanation, t, evidence_zh(name), evidence_en(name));
    value_add_text(t, evidence->text, explanation->lang);
}

static void add_evidence_lines(const struct explanation *explanation, struct text *t)
{
    for (size_t i = 0; i < explanation->evidence_count; i++) {
        add_evidence_line(explanation, explanation->evidence[i], t);
        text_add_char(t, '\n');
    }
}

static void add_name(const struct explanation *explanation, struct text *t)
{
    text_add_char(t, '[');
    text_add_u64(t, explanation->row->number);
    text_add(t, "] ");
    text_add(t, explanation->row->name);
    text_add(t, "  ");
}

/* "[304] card.stolen  43  C declined" and who decided, who must act. A reader who is not told the
 * name is told the code, which the terminal showed anyway, and the class. */
static void add_heading(const struct explanation *explanation, struct text *t)
{
    if (explanation->is_named)
        add_name(explanation, t);
    if (code_of(explanation)[0] != 0) {
        text_add_bytes(t, bytes_over(code_of(explanation), 2));
        text_add(t, "  ");
    }
    if (explanation->advice == ADVICE_WAIT) { /* the words of class B speak of sending it again */
        text_add_char(t, (char)explanation->row->class);
        text_add_char(t, '\n');
    } else {
        add_line(t, phrase_class(explanation->row->class, explanation->lang));
    }
    add_label(explanation, t, "判定", "decided by");
    add_line(t, phrase_party(decider_of(explanation), explanation->lang));
    add_label(explanation, t, "应处理", "must act");
    add_line(t, phrase_party(explanation->row->acts, explanation->lang));
}

static void add_cashier_lines(const struct explanation *explanation, struct text *t)
{
    add_line(t, explanation->what);
    if (explanation->step_count == 0)
        return;
    text_add_bytes(t, explanation->steps[0]);
    text_add_char(t, '\n');
}

void explanation_add_text(const struct explanation *explanation, struct text *t)
{
    bool is_staff =
        explanation->reader == READER_MERCHANT || explanation->reader == READER_OPERATOR;

    if (explanation->reader == READER_CASHIER) {
        add_cashier_lines(explanation, t);
        return;
    }
    if (is_staff)
        add_heading(explanation, t);
    add_line(t, explanation->what);
    add_money_words(explanation, t);
    text_add_char(t, '\n');
    if (!explanation->is_settled) {
        add_next_words(explanation, t);
        text_add_char(t, '\n');
    }
    if (is_staff) {
        add_proof_line(explanation, t);
        add_evidence_lines(explanation, t);
    }
    add_numbered_steps(explanation, t);
    if (is_staff)
        add_line(t, phrase_advice(explanation->advice, explanation->lang));
}

/* ---- for programs ---- */

static void add_key(struct text *t, const char *key)
{
    if (t->len > 0 && t->at[t->len - 1] != '{')
        text_add(t, ", ");
    text_add_char(t, '"');
    text_add(t, key);
    text_add(t, "\": ");
}

static void add_string(struct text *t, struct bytes value)
{
    text_add_char(t, '"');
    text_add_json(t, value);
    text_add_char(t, '"');
}

static void add_pair(struct text *t, const char *key, const char *value)
{
    add_key(t, key);
    add_string(t, bytes_of_z(value));
}

static void add_named_pairs(const struct explanation *explanation, struct text *t)
{
    const char class[2] = {(char)explanation->row->class, 0};

    add_pair(t, "name", explanation->row->name);
    add_key(t, "number");
    text_add_u64(t, explanation->row->number);
    add_pair(t, "decided_by", party_name(decider_of(explanation)));
    add_pair(t, "acts", party_name(explanation->row->acts));
    add_key(t, "code");
    add_string(t, bytes_over(code_of(explanation), code_of(explanation)[0] == 0 ? 0 : 2));
    add_pair(t, "class", class);
}

static void add_words(const struct explanation *explanation, struct text *t, const char *key,
                      void (*add)(const struct explanation *explanation, struct text *t))
{
    char room[256];
    struct text words = text_over(room, sizeof room);

    add(explanation, &words);
    assert(!words.cut);
    add_pair(t, key, text_z(&words));
}

static void add_next_pairs(const struct explanation *explanation, struct text *t)
{
    char room[32];
    struct text at = text_over(room, sizeof room);

    add_pair(t, "next", explain_next_name(explanation->facts->next));
    if (explanation->facts->next_at.us != 0) {
        instant_add_text(&at, explanation->facts->next_at, explanation->facts->utc_offset_s);
        add_pair(t, "next_at", text_z(&at));
    }
    add_words(explanation, t, "next_text", add_next_words);
}

static void add_lists(const struct explanation *explanation, struct text *t)
{
    add_key(t, "steps");
    text_add_char(t, '[');
    for (size_t i = 0; i < explanation->step_count; i++) {
        if (i > 0)
            text_add(t, ", ");
        add_string(t, explanation->steps[i]);
    }
    text_add_char(t, ']');
    add_key(t, "evidence");
    text_add_char(t, '{');
    for (size_t i = 0; i < explanation->evidence_count; i++)
        add_pair(t, evidence_label((enum evidence_name)explanation->evidence[i]->name),
                 explanation->evidence[i]->text);
    text_add_char(t, '}');
}

/* "limit: 100.00" in the reader's language, beside the names and values for programs. */
static void add_evidence_texts(const struct explanation *explanation, struct text *t)
{
    add_key(t, "evidence_text");
    text_add_char(t, '[');
    for (size_t i = 0; i < explanation->evidence_count; i++) {
        char room[128];
        struct text line = text_over(room, sizeof room);

        add_evidence_line(explanation, explanation->evidence[i], &line);
        assert(!line.cut);
        text_add(t, i > 0 ? ", " : "");
        add_string(t, bytes_over(line.at, line.len));
    }
    text_add_char(t, ']');
}

void explanation_add_json(const struct explanation *explanation, struct text *t)
{
    text_add_char(t, '{');
    if (explanation->is_named)
        add_named_pairs(explanation, t);
    add_pair(t, "for", explain_reader_name(explanation->reader));
    add_pair(t, "lang", explain_lang_name(explanation->lang));
    add_pair(t, "what", explanation->what);
    add_pair(t, "money", money_state_name(explanation->money));
    add_words(explanation, t, "money_text", add_money_words);
    add_pair(t, "money_known_from", explain_proof_name(explanation->facts->proof));
    if (explanation->fault != NULL)
        add_pair(t, "fault", explanation->fault);
    if (!explanation->is_settled)
        add_next_pairs(explanation, t);
    add_pair(t, "retry", explain_advice_name(explanation->advice));
    add_pair(t, "retry_text", phrase_advice(explanation->advice, explanation->lang));
    add_lists(explanation, t);
    add_evidence_texts(explanation, t);
    text_add_char(t, '}');
}

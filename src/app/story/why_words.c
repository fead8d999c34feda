#include "app/story/why_words.h"

#include "app/story/catalogue_json.h"
#include "app/story/why_rank.h"
#include "app/subcommand.h"
#include "explain/explanation.h"
#include "explain/words.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One cause that may be behind the query. */
struct candidate {
    enum outcome outcome;
    unsigned share; /* thousandths; 0: by rank alone */
};

struct finding {
    const struct why_words *question;
    bool has_code;
    enum codes_dialect dialect;
    char code[16];
    struct codes_meaning meaning; /* of the code */
    int bit_count;                /* of a whole TVR or TSI: those that are set; else -1 */
    const struct codes_row *bits[CODES_BITS_MAX];
    size_t count;
    struct candidate candidates[WORDS_HITS_MAX];
    struct rank_answer ranked; /* of a refusal without a cause, when something is known around it */
};

_Static_assert((int)CODES_CAUSES_MAX <= (int)WORDS_HITS_MAX, "the causes of a code have room");
_Static_assert((int)RANK_HITS_MAX <= (int)WORDS_HITS_MAX, "ranked causes have room");

static const char *say(const struct finding *finding, const char *zh, const char *en)
{
    return finding->question->lang == LANG_ZH ? zh : en;
}

/* ---- finding ---- */

static void set_code(struct finding *finding, enum codes_dialect dialect, const char *code)
{
    struct text t = text_over(finding->code, sizeof finding->code);

    text_add(&t, code);
    overlay_look_up(finding->question->overlay, dialect, bytes_of_z(code), &finding->meaning);
    finding->dialect = dialect;
    finding->has_code = true;
}

/* A code that does not say which of its causes it was is ranked by what is known around it; for the
 * operator alone, since PINs and risk are nobody else's business. */
static void find_ranked(struct finding *finding)
{
    if (finding->question->reader != READER_OPERATOR)
        return;
    rank_code(&finding->meaning, &finding->question->evidence, &finding->ranked);
    for (size_t i = 0; i < finding->ranked.count; i++)
        finding->candidates[finding->count++] =
            (struct candidate){finding->ranked.hits[i].outcome, finding->ranked.hits[i].share};
}

static void add_candidate(struct finding *finding, enum outcome outcome)
{
    for (size_t i = 0; i < finding->count; i++) {
        if (finding->candidates[i].outcome == outcome)
            return;
    }
    if (finding->count < WORDS_HITS_MAX)
        finding->candidates[finding->count++].outcome = outcome;
}

/* The first cause of each bit, then what else there may be. */
static void find_bits(struct finding *finding)
{
    set_code(finding, finding->question->dialect, finding->question->query);
    for (size_t place = 0; place < CODES_CAUSES_MAX; place++) {
        for (int b = 0; b < finding->bit_count; b++) {
            const enum outcome *causes = finding->bits[b]->causes;
            size_t known = 0;

            while (known < place && causes[known] != OUTCOME_NONE)
                known++;
            if (causes[known] != OUTCOME_NONE)
                add_candidate(finding, causes[known]);
        }
    }
}

static void find_code(struct finding *finding)
{
    struct bytes code = bytes_of_z(finding->question->query);

    finding->bit_count = codes_bits(finding->question->dialect, code, finding->bits);
    if (finding->bit_count >= 0) {
        find_bits(finding);
        return;
    }
    set_code(finding, finding->question->dialect, finding->question->query);
    find_ranked(finding);
    if (finding->count > 0)
        return;
    for (size_t i = 0; i < finding->meaning.cause_count; i++)
        finding->candidates[finding->count++].outcome = finding->meaning.causes[i];
}

static void find_words(struct finding *finding)
{
    enum outcome named = outcome_by_name(finding->question->query);
    struct words_answer answer;

    if (named != OUTCOME_NONE && named != OUTCOME_COUNT) {
        finding->candidates[finding->count++].outcome = named;
        return;
    }

    words_find(bytes_of_z(finding->question->query), &answer);
    if (answer.code[0] != 0)
        set_code(finding, CODES_CUP_POS, answer.code);
    for (size_t i = 0; i < answer.count; i++)
        finding->candidates[finding->count++] =
            (struct candidate){answer.hits[i].outcome, answer.hits[i].share};
}

/* The cause as the table has it. A code after which the money may be anywhere outweighs a cause
 * after which it is known. */
static struct explain_facts facts_of(const struct finding *finding, enum outcome outcome)
{
    struct explain_facts facts = explain_facts_of(outcome);

    facts.overlay = finding->question->overlay;
    if (!finding->has_code)
        return facts;
    if (!money_state_is_final(finding->meaning.money)) {
        facts.money = finding->meaning.money;
        facts.next = NEXT_REVERSAL;
    }
    if (finding->dialect == CODES_CUP_POS && strlen(finding->code) == sizeof facts.code)
        memcpy(facts.code, finding->code, sizeof facts.code);
    return facts;
}

/* Some of the causes leave the money in doubt while the first does not. */
static bool may_be_in_doubt(const struct finding *finding)
{
    bool is_doubtful = false;

    for (size_t i = 0; i < finding->count; i++) {
        struct explain_facts facts = facts_of(finding, finding->candidates[i].outcome);
        if (i == 0 && !money_state_is_final(facts.money))
            return false;
        is_doubtful |= !money_state_is_final(facts.money);
    }
    return is_doubtful;
}

static const char *doubt_words(const struct finding *finding)
{
    return say(
        finding,
        "终端没有明确显示被拒绝时，先用 acquit why last 查清这笔款项，查清之前不要再收款。",
        "Unless the terminal showed a clear refusal, find out with acquit why last where the "
        "money is before anything more is charged.");
}

static const char *evidence_words(const struct finding *finding)
{
    return say(finding,
               "仅凭应答码不能确定原因，没有证据就不猜测；以下为可能的原因。有这笔交易的记录时用 "
               "acquit why RRN。",
               "The code alone does not say which; without evidence this is no more than a list of "
               "what is likely. With a record of the payment use acquit why RRN.");
}

/* ---- as text ---- */

static void print_bits(const struct finding *finding)
{
    for (int b = 0; b < finding->bit_count; b++)
        printf("  %s  %s\n", finding->bits[b]->code,
               finding->bits[b]->means.in[finding->question->lang]);
    if (finding->bit_count == 0)
        printf("  %s\n", say(finding, "没有置位", "no bit is set"));
}

static void print_code(const struct finding *finding)
{
    if (finding->bit_count >= 0) {
        printf("%s  %s\n", finding->code, codes_dialect_name(finding->dialect));
        print_bits(finding);
        return;
    }
    const struct codes_meaning *meaning = &finding->meaning;
    const struct codes_row *row = meaning->row;

    printf("%s  %s  %c", finding->code, meaning->means.in[finding->question->lang],
           (char)meaning->class);
    if (row != NULL)
        printf("  (%s, %s)", codes_source_name(row->source), codes_row_date(row));
    putchar('\n');
}

static void print_first(const struct finding *finding)
{
    static char room[EXPLAIN_TEXT_MAX];
    struct explain_facts facts = facts_of(finding, finding->candidates[0].outcome);
    struct text t = text_over(room, sizeof room);
    struct explanation explanation;

    explain(&facts, finding->question->reader, finding->question->lang, &explanation);
    explanation_add_text(&explanation, &t);
    fputs(text_z(&t), stdout);
}

static bool is_staff(const struct finding *finding)
{
    enum explain_reader reader = finding->question->reader;

    return reader == READER_MERCHANT || reader == READER_OPERATOR;
}

/* At the counter a cause whose name the reader may not have is not listed either. */
static bool is_listed(const struct finding *finding, enum outcome outcome)
{
    enum explain_reader reader = finding->question->reader;

    return is_staff(finding) || (catalogue_names(outcome, reader) &&
                                 !overlay_hides_name(finding->question->overlay, reader, outcome));
}

static void print_others(const struct finding *finding)
{
    size_t place = 0;

    if (finding->count < 2)
        return;
    printf("\n%s\n", say(finding, "可能的原因，最可能的在前：", "Likely causes, the first most:"));
    for (size_t i = 0; i < finding->count; i++) {
        const struct candidate *candidate = &finding->candidates[i];
        const struct catalogue_entry *entry =
            catalogue_entry(candidate->outcome, finding->question->reader);

        if (!is_listed(finding, candidate->outcome))
            continue;
        printf("  %zu. %s [%d]", ++place, outcome_row(candidate->outcome)->name,
               (int)candidate->outcome);
        if (candidate->share > 0)
            printf(" %u %%", (candidate->share + 5) / 10);
        printf("  %s\n", entry->what.in[finding->question->lang]);
    }
}

static const struct catalogue_text *step_of(const struct finding *finding)
{
    if (finding->ranked.step != NULL)
        return finding->ranked.step;
    return finding->has_code ? codes_telling_step(finding->meaning.row) : NULL;
}

static void print_finding(const struct finding *finding)
{
    const struct catalogue_text *step = step_of(finding);

    if (finding->has_code)
        print_code(finding);
    if (finding->count > 0)
        print_first(finding);
    print_others(finding);
    if (finding->ranked.count > 0)
        why_rank_print_reasons(&finding->ranked, finding->question->lang);
    if (finding->has_code && finding->count > 1 && finding->ranked.count == 0)
        printf("\n%s\n", evidence_words(finding));
    if (step != NULL)
        printf("%s%s\n", say(finding, "一步可分清：", "What tells them apart: "),
               step->in[finding->question->lang]);
    if (may_be_in_doubt(finding))
        printf("%s\n", doubt_words(finding));
}

/* ---- as JSON ---- */

static json_t *candidate_json(const struct finding *finding, const struct candidate *candidate)
{
    static char room[EXPLAIN_TEXT_MAX];
    struct explain_facts facts = facts_of(finding, candidate->outcome);
    struct text t = text_over(room, sizeof room);
    struct explanation explanation;
    json_t *json = json_pack("{s:s, s:i}", "name", outcome_row(candidate->outcome)->name, "number",
                             (int)candidate->outcome);

    if (candidate->share > 0)
        json_object_set_new(json, "share", json_real(candidate->share / 1000.0));
    explain(&facts, finding->question->reader, finding->question->lang, &explanation);
    explanation_add_json(&explanation, &t);
    json_t *told = json_loads(text_z(&t), 0, NULL);
    json_object_update_missing(json, told);
    json_decref(told);
    return json;
}

static json_t *bits_json(const struct finding *finding)
{
    json_t *bits = json_array();

    for (int b = 0; b < finding->bit_count; b++)
        json_array_append_new(bits, catalogue_code_json(finding->bits[b]));
    return json_pack("{s:s, s:s, s:o}", "raw", finding->code, "dialect",
                     codes_dialect_name(finding->dialect), "bits", bits);
}

static json_t *code_json(const struct finding *finding)
{
    if (finding->bit_count >= 0)
        return bits_json(finding);
    const struct codes_meaning *meaning = &finding->meaning;
    const char class[2] = {(char)meaning->class, 0};
    json_t *json =
        json_pack("{s:s, s:b, s:s, s:s, s:o}", "raw", finding->code, "is_mapped",
                  meaning->row != NULL, "class", class, "money", money_state_name(meaning->money),
                  "means", catalogue_texts_json(&meaning->means));

    if (meaning->row != NULL) {
        json_object_set_new(json, "dialect",
                            json_string(codes_dialect_name(meaning->row->dialect)));
        json_object_set_new(json, "source", json_string(codes_source_name(meaning->row->source)));
        json_object_set_new(json, "date", json_string(codes_row_date(meaning->row)));
    }
    return json;
}

static void print_json(const struct finding *finding)
{
    const struct catalogue_text *step = step_of(finding);
    json_t *causes = json_array();
    json_t *json = json_pack("{s:s, s:o}", "query", finding->question->query, "causes", causes);

    for (size_t i = 0; i < finding->count; i++)
        json_array_append_new(causes, candidate_json(finding, &finding->candidates[i]));
    if (finding->has_code) {
        json_object_set_new(json, "code", code_json(finding));
        json_object_set_new(json, "needs_evidence",
                            json_boolean(finding->count > 1 && finding->ranked.count == 0));
    }
    if (finding->ranked.count > 0) {
        why_rank_add_reasons(&finding->ranked, finding->question->lang, causes);
        json_object_set_new(
            json, "sureness",
            json_string(
                rank_sureness_words(finding->ranked.sureness)->in[finding->question->lang]));
    }
    if (step != NULL)
        json_object_set_new(json, "tells_apart", json_string(step->in[finding->question->lang]));
    if (may_be_in_doubt(finding))
        json_object_set_new(json, "warning", json_string(doubt_words(finding)));
    json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(3));
    putchar('\n');
    json_decref(json);
}

int why_words_tell(const struct why_words *question)
{
    struct finding finding = {.question = question, .bit_count = -1};

    if (question->is_code)
        find_code(&finding);
    else
        find_words(&finding);
    if (question->as_json)
        print_json(&finding);
    else if (finding.has_code || finding.count > 0)
        print_finding(&finding);
    else
        fputs(say(&finding,
                  "acquit: 没有找到与此有关的原因；请提供凭证上的应答码，或终端显示的原话\n",
                  "acquit: nothing is known of such words; give the response code of the slip, or "
                  "the terminal's message as it stands\n"),
              stderr);
    return finding.has_code || finding.count > 0 ? EXIT_DONE : EXIT_BAD;
}

/* What one explanation costs, from the facts to the text and to JSON. */
#include "test/lib/bench.h"

#include "explain/explanation.h"
#include "explain/words.h"

struct bench {
    struct explain_facts facts;
    struct evidence evidence[EVIDENCE_MAX];
    enum outcome outcome;
    unsigned turn;
    char room[EXPLAIN_TEXT_MAX];
};

static void turn(struct bench *bench, struct explanation *out)
{
    bench->turn++;
    bench->outcome = outcome_next(bench->outcome);
    if (bench->outcome == OUTCOME_COUNT)
        bench->outcome = OUTCOME_NONE;
    bench->facts.outcome = bench->outcome;
    explain(&bench->facts, (enum explain_reader)(bench->turn % READER_COUNT),
            (enum explain_lang)(bench->turn / READER_COUNT % LANG_COUNT), out);
}

static uint64_t run_lookup(void *with)
{
    struct explanation explanation;

    turn(with, &explanation);
    return explanation.step_count;
}

static uint64_t run_text(void *with)
{
    struct bench *bench = with;
    struct text t = text_over(bench->room, sizeof bench->room);
    struct explanation explanation;

    turn(bench, &explanation);
    explanation_add_text(&explanation, &t);
    return t.len;
}

static uint64_t run_json(void *with)
{
    struct bench *bench = with;
    struct text t = text_over(bench->room, sizeof bench->room);
    struct explanation explanation;

    turn(bench, &explanation);
    explanation_add_json(&explanation, &t);
    return t.len;
}

static uint64_t run_code(void *with)
{
    struct bench *bench = with;
    const char code[2] = {(char)('0' + bench->turn / 10 % 10), (char)('0' + bench->turn % 10)};
    struct codes_meaning meaning;

    bench->turn++;
    codes_look_up(CODES_CUP_POS, bytes_over(code, 2), &meaning);
    return meaning.cause_count;
}

static uint64_t run_words(void *with)
{
    static const char *const queries[] = {"同一张卡今天第三次刷不了", "money taken but no slip",
                                          "錯誤代碼40", "customer was charged twice, no recipt"};
    struct bench *bench = with;
    struct words_answer answer;

    words_find(bytes_of_z(queries[bench->turn++ % ARRAY_COUNT(queries)]), &answer);
    return answer.count;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    bool quick = bench_is_quick(argc, argv);

    bench.facts = explain_facts_of(OUTCOME_ISSUER_NO_ANSWER);
    bench.facts.amount = money_of(12850, CURRENCY_CNY);
    evidence_add_number(bench.evidence, EVIDENCE_WAITED_S, 20);
    bench.facts.evidence = bench.evidence;
    bench_print("explain: look up", bench_ns(run_lookup, &bench, quick), "ns", 0);
    bench_print("explain: look up and write text", bench_ns(run_text, &bench, quick), "ns", 0);
    bench_print("explain: look up and write JSON", bench_ns(run_json, &bench, quick), "ns", 0);
    bench_print("explain: look up a response code", bench_ns(run_code, &bench, quick), "ns", 0);
    bench_print("explain: find the causes behind words", bench_ns(run_words, &bench, quick), "ns",
                0);
    return 0;
}

#include "app/story/catalogue_json.h"

#include "app/subcommand.h"
#include "explain/explanation.h"

#include <stdio.h>
#include <string.h>

json_t *catalogue_texts_json(const struct catalogue_text *texts)
{
    return json_pack("{s:s, s:s}", "zh", texts->in[LANG_ZH], "en", texts->in[LANG_EN]);
}

json_t *catalogue_code_json(const struct codes_row *row)
{
    const char class[2] = {(char)row->class, 0};
    json_t *causes = json_array();

    for (size_t i = 0; i < CODES_CAUSES_MAX && row->causes[i] != OUTCOME_NONE; i++)
        json_array_append_new(causes, json_string(outcome_row(row->causes[i])->name));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:o}", "dialect",
                     codes_dialect_name(row->dialect), "code", row->code, "class", class, "money",
                     money_state_name(row->money), "means", catalogue_texts_json(&row->means),
                     "source", codes_source_name(row->source), "date", codes_row_date(row),
                     "causes", causes);
}

static json_t *steps_json(const char *steps)
{
    json_t *list = json_array();

    while (*steps != 0) {
        bool is_anew = *steps == CATALOGUE_ANEW;
        size_t len = strcspn(steps, "\n");

        json_array_append_new(list, json_pack("{s:s%, s:b}", "text", steps + is_anew, len - is_anew,
                                              "only_when_money_is_settled", is_anew));
        steps += len + (steps[len] == '\n');
    }
    return list;
}

static json_t *reader_json(enum outcome outcome, enum explain_reader reader)
{
    const struct catalogue_entry *entry = catalogue_entry(outcome, reader);
    json_t *json = json_pack("{s:b}", "is_told_the_name", catalogue_names(outcome, reader));

    for (unsigned lang = 0; lang < LANG_COUNT; lang++)
        json_object_set_new(json, explain_lang_name((enum explain_lang)lang),
                            json_pack("{s:s, s:o}", "what", entry->what.in[lang], "steps",
                                      steps_json(entry->steps.in[lang])));
    return json;
}

static json_t *cause_json(enum outcome outcome)
{
    const struct outcome_row *row = outcome_row(outcome);
    const char class[2] = {(char)row->class, 0};
    json_t *readers = json_object();

    for (unsigned reader = 0; reader < READER_COUNT; reader++)
        json_object_set_new(readers, explain_reader_name((enum explain_reader)reader),
                            reader_json(outcome, (enum explain_reader)reader));
    return json_pack(
        "{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "name", row->name, "number",
        (int)row->number, "decided_by", party_name(row->decides), "acts", party_name(row->acts),
        "code", row->code, "class", class, "money", money_state_name(row->money), "retry",
        explain_advice_name(explain_advice(outcome, row->money, DEAL_PAYMENT)), "readers", readers);
}

static json_t *sources_json(void)
{
    json_t *sources = json_array();

    for (unsigned s = 0; s < SOURCE_COUNT; s++)
        json_array_append_new(sources, json_pack("{s:s, s:s}", "name",
                                                 codes_source_name((enum codes_source)s), "date",
                                                 codes_source_date((enum codes_source)s)));
    return sources;
}

static json_t *readers_json(enum evidence_name name)
{
    static const unsigned seen_by[READER_COUNT] = {
        [READER_CASHIER] = SEEN_BY_CASHIER,
        [READER_CARDHOLDER] = SEEN_BY_CARDHOLDER,
        [READER_MERCHANT] = SEEN_BY_MERCHANT,
        [READER_OPERATOR] = SEEN_BY_OPERATOR,
    };
    json_t *readers = json_array();

    for (unsigned r = 0; r < READER_COUNT; r++) {
        if ((evidence_readers(name) & seen_by[r]) != 0)
            json_array_append_new(readers,
                                  json_string(explain_reader_name((enum explain_reader)r)));
    }
    return readers;
}

/* The least that is kept from readers; the policy of who decides a cause keeps more. */
static json_t *values_json(void)
{
    json_t *values = json_array();

    for (unsigned n = EVIDENCE_NONE + 1; n < EVIDENCE_COUNT; n++) {
        enum evidence_name name = (enum evidence_name)n;
        json_array_append_new(values,
                              json_pack("{s:s, s:s, s:s, s:o}", "name", evidence_label(name), "zh",
                                        evidence_zh(name), "en", evidence_en(name),
                                        "may_be_seen_by", readers_json(name)));
    }
    return values;
}

/* What tells the causes of a response code apart. */
static json_t *steps_apart_json(void)
{
    json_t *steps = json_object();

    for (size_t i = 0; codes_at(i) != NULL; i++) {
        const struct catalogue_text *step = codes_telling_step(codes_at(i));
        if (step != NULL)
            json_object_set_new(steps, codes_at(i)->code, catalogue_texts_json(step));
    }
    return steps;
}

int catalogue_json_print(void)
{
    json_t *causes = json_array();
    json_t *codes = json_array();

    for (enum outcome o = outcome_next(OUTCOME_NONE); o < OUTCOME_COUNT; o = outcome_next(o))
        json_array_append_new(causes, cause_json(o));
    for (size_t i = 0; codes_at(i) != NULL; i++)
        json_array_append_new(codes, catalogue_code_json(codes_at(i)));
    json_t *json =
        json_pack("{s:o, s:o, s:o, s:o, s:o}", "causes", causes, "codes", codes, "tells_apart",
                  steps_apart_json(), "values", values_json(), "sources", sources_json());
    int result = json_dumpf(json, stdout, JSON_INDENT(1)) == 0 ? EXIT_DONE : EXIT_BAD;
    putchar('\n');
    json_decref(json);
    return result;
}

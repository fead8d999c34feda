#include "app/story/why_rank.h"

#include "app/world/client.h"

#include <stdio.h>
#include <string.h>

/* ---- evidence by hand ---- */

static bool complain_of(const char *piece, size_t len)
{
    fprintf(stderr, "acquit: %.*s is no evidence; these are:", (int)len, piece);
    for (unsigned f = 0; f < RANK_FACT_COUNT; f++)
        fprintf(stderr, " %s=N", rank_fact_name((enum rank_fact)f));
    fputc('\n', stderr);
    return false;
}

bool why_rank_take_evidence(const char *list, struct rank_evidence *out)
{
    while (*list != 0) {
        size_t len = strcspn(list, ",");
        size_t name_len = strcspn(list, "=,");
        enum rank_fact fact = rank_fact_by_name(bytes_over(list, name_len));
        uint64_t value = 0;

        if (fact == RANK_FACT_COUNT || name_len + 1 >= len || len - name_len > 9 ||
            bytes_to_number(list + name_len + 1, len - name_len - 1, &value) != OK)
            return complain_of(list, len);
        out->is_known[fact] = true;
        out->values[fact] = (uint32_t)value;
        list += len + (list[len] == ',');
    }
    return true;
}

/* ---- evidence from the switch ---- */

static void take_facts(const json_t *facts, struct rank_evidence *out)
{
    for (unsigned fact = 0; fact < RANK_FACT_COUNT; fact++) {
        const json_t *value = json_object_get(facts, rank_fact_name((enum rank_fact)fact));

        if (!json_is_integer(value) || json_integer_value(value) < 0)
            continue;
        out->is_known[fact] = true;
        out->values[fact] = (uint32_t)json_integer_value(value);
    }
}

static void add_given(const struct rank_evidence *given, struct rank_evidence *out)
{
    for (unsigned fact = 0; fact < RANK_FACT_COUNT; fact++) {
        if (!given->is_known[fact])
            continue;
        out->is_known[fact] = true;
        out->values[fact] = given->values[fact];
    }
}

/* Decided by somebody who said no more than a code, which has several causes. */
static bool leaves_open(const json_t *best, struct codes_meaning *meaning)
{
    const json_t *payment = json_object_get(best, "payment");
    const char *decided_by = client_text(payment, "decided_by");
    const char *code = client_text(payment, "code");

    if (strcmp(client_text(best, "party"), decided_by) == 0 ||
        (strcmp(decided_by, "issuer") != 0 && strcmp(decided_by, "network") != 0))
        return false;
    codes_look_up(CODES_CUP_POS, bytes_of_z(code), meaning);
    return meaning->class != CLASS_APPROVED &&
           (meaning->cause_count > 1 || meaning->causes[0] == OUTCOME_DECLINED_UNSPECIFIED);
}

/* Any process may have the switch. */
static json_t *ask_switch(const char *data, const json_t *identity)
{
    struct client_sockets sockets;
    json_t *request =
        json_pack("{s:s, s:O}", "verb", "around", "identity", (json_t *)(uintptr_t)identity);
    json_t *answer = NULL;

    client_sockets_find(data, &sockets);
    for (size_t i = 0; answer == NULL && i < sockets.count; i++) {
        char room[512];
        struct text error = text_over(room, sizeof room);
        answer = client_try(sockets.paths[i], request, &error);
    }
    json_decref(request);
    return answer;
}

void why_rank_gather(const struct why_rank_question *question, struct why_rank *out)
{
    struct rank_evidence evidence = {0};

    memset(out, 0, sizeof *out);
    if (!leaves_open(question->best, &out->meaning))
        return;
    out->around = ask_switch(question->data, question->identity);
    if (out->around == NULL)
        return;
    out->is_asked = true;
    take_facts(json_object_get(out->around, "facts"), &evidence);
    add_given(question->given, &evidence);
    rank_code(&out->meaning, &evidence, &out->ranked);
}

void why_rank_release(struct why_rank *rank)
{
    json_decref(rank->around);
    rank->around = NULL;
}

/* ---- telling ---- */

static const char *say(enum explain_lang lang, const char *zh, const char *en)
{
    return lang == LANG_ZH ? zh : en;
}

void why_rank_print_reasons(const struct rank_answer *ranked, enum explain_lang lang)
{
    printf("\n%s: %s\n", outcome_row(ranked->hits[0].outcome)->name,
           rank_sureness_words(ranked->sureness)->in[lang]);
    for (size_t i = 0; i < ranked->count; i++) {
        const struct rank_hit *hit = &ranked->hits[i];
        for (size_t r = 0; r < hit->reason_count; r++)
            printf("  %s %s  %s\n", hit->reasons[r].is_against ? "-" : "+",
                   outcome_row(hit->outcome)->name, hit->reasons[r].words->in[lang]);
    }
}

static const struct catalogue_text *step_of(const struct why_rank *rank)
{
    return rank->ranked.step != NULL ? rank->ranked.step : codes_telling_step(rank->meaning.row);
}

static void print_looked_at(const struct why_rank *rank, enum explain_lang lang)
{
    printf(say(lang, "依据：交换系统自己的 %d 条记录，自 %s 起（最多看此前 %d 条、此后 %d 条）\n",
               "From %d records of the switch's own, since %s (at most %d before and %d after are "
               "looked at)\n"),
           (int)json_integer_value(json_object_get(rank->around, "records")),
           client_text(rank->around, "since"),
           (int)json_integer_value(json_object_get(rank->around, "before")),
           (int)json_integer_value(json_object_get(rank->around, "after")));
}

void why_rank_print(const struct why_rank *rank, enum explain_lang lang)
{
    const struct rank_answer *ranked = &rank->ranked;

    if (!rank->is_asked)
        return;
    printf("\n%s\n",
           ranked->count > 0
               ? say(lang, "应答码没有说明的原因，最可能的在前：",
                     "What the code does not say; likely causes, the first most:")
               : say(lang, "记录中没有能区分原因的依据，不作猜测。",
                     "Nothing in the records tells the causes apart, so none is guessed."));
    for (size_t i = 0; i < ranked->count; i++)
        printf("  %zu. %s [%d] %u %%  %s\n", i + 1, outcome_row(ranked->hits[i].outcome)->name,
               (int)ranked->hits[i].outcome, (ranked->hits[i].share + 5) / 10,
               catalogue_entry(ranked->hits[i].outcome, READER_OPERATOR)->what.in[lang]);
    print_looked_at(rank, lang);
    if (ranked->count > 0)
        why_rank_print_reasons(ranked, lang);
    if (step_of(rank) != NULL)
        printf("%s%s\n", say(lang, "一步可分清：", "What tells them apart: "),
               step_of(rank)->in[lang]);
}

void why_rank_add_reasons(const struct rank_answer *ranked, enum explain_lang lang, json_t *causes)
{
    for (size_t i = 0; i < ranked->count; i++) {
        const struct rank_hit *hit = &ranked->hits[i];
        json_t *speaks_for = json_array();
        json_t *speaks_against = json_array();

        for (size_t r = 0; r < hit->reason_count; r++)
            json_array_append_new(hit->reasons[r].is_against ? speaks_against : speaks_for,
                                  json_string(hit->reasons[r].words->in[lang]));
        json_object_set_new(json_array_get(causes, i), "speaks_for", speaks_for);
        json_object_set_new(json_array_get(causes, i), "speaks_against", speaks_against);
    }
}

json_t *why_rank_json(const struct why_rank *rank, enum explain_lang lang)
{
    const struct rank_answer *ranked = &rank->ranked;
    json_t *causes = json_array();

    if (!rank->is_asked) {
        json_decref(causes);
        return json_null();
    }
    for (size_t i = 0; i < ranked->count; i++)
        json_array_append_new(causes, json_pack("{s:s, s:i, s:f}", "name",
                                                outcome_row(ranked->hits[i].outcome)->name,
                                                "number", (int)ranked->hits[i].outcome, "share",
                                                ranked->hits[i].share / 1000.0));
    why_rank_add_reasons(ranked, lang, causes);
    json_t *json = json_pack("{s:o, s:b, s:O}", "causes", causes, "needs_evidence",
                             ranked->count == 0, "around", rank->around);
    if (ranked->count > 0)
        json_object_set_new(json, "sureness",
                            json_string(rank_sureness_words(ranked->sureness)->in[lang]));
    if (step_of(rank) != NULL)
        json_object_set_new(json, "tells_apart", json_string(step_of(rank)->in[lang]));
    return json;
}

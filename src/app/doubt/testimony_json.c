#include "app/doubt/testimony_json.h"

#include "app/story/payment_json.h"
#include "explain/catalogue.h"

#include <stdlib.h>
#include <string.h>

bool testimony_load(struct store *store, const struct identity *identity, struct testimony_row *out)
{
    struct store_row *row = calloc(1, sizeof *row);
    bool is_there = false;

    if (row == NULL)
        return false;
    row->key = testimony_row_key(identity);
    is_there =
        store->load(store->self, &row, 1) == STORE_OK && row->found && row->len == sizeof *out;
    if (is_there)
        memcpy(out, row->value, sizeof *out);
    free(row);
    return is_there && testimony_row_is_readable(out);
}

/* ---- in words ---- */

struct words {
    const char *settled;
    const char *proposed;
    const char *withdrawn;
    const char *as;
    const char *by;
    const char *and_by;
    const char *at;
    const char *tries;
    const char *tries_end;
    const char *evidence;
    const char *contradicted;
    const char *contradicted_end;
};

static const struct words words[LANG_COUNT] = {
    [LANG_ZH] = {"人工了结", "有人陈述，待第二人确认", "陈述已撤回", "：", "，", "、", "，",
                 "，此前尝试", "次", "；依据：", "；与之不符：对方其后应答 ", "，账务未变"},
    [LANG_EN] = {"settled by hand", "said, to be confirmed by a second person",
                 "said and withdrawn", " as ", ", by ", " and ", ", ", ", after ", " tries",
                 "; evidence: ", "; CONTRADICTED: the other party answered ",
                 " afterwards, and nothing was changed"},
};

static void add_instant(struct text *t, const struct words *w, struct instant at, int32_t offset)
{
    text_add(t, w->at);
    instant_add_text(t, at, offset);
}

static void add_words(struct text *t, const struct testimony_row *row, enum explain_lang lang,
                      int32_t offset)
{
    const struct words *w = &words[lang];
    bool is_settled = row->stage == TESTIMONY_SETTLED;

    text_add(t, is_settled                         ? w->settled
                : row->stage == TESTIMONY_PROPOSED ? w->proposed
                                                   : w->withdrawn);
    text_add(t, w->as);
    text_add(t, payment_state_name((enum payment_state)row->word));
    text_add(t, w->by);
    text_add(t, row->proposer);
    if (is_settled) {
        text_add(t, w->and_by);
        text_add(t, row->confirmer);
    }
    add_instant(t, w, is_settled ? row->settled : row->proposed, offset);
    if (is_settled) {
        text_add(t, w->tries);
        text_add_u64(t, row->attempts);
        text_add(t, w->tries_end);
    }
    text_add(t, w->evidence);
    text_add(t, row->evidence);
    if (row->is_contradicted) {
        text_add(t, w->contradicted);
        text_add_bytes(t, bytes_over(row->late_code, sizeof row->late_code));
        text_add(t, w->contradicted_end);
    }
}

static json_t *words_json(const struct testimony_row *row, enum explain_lang lang, int32_t offset)
{
    char room[1024];
    struct text t = text_over(room, sizeof room);

    add_words(&t, row, lang, offset);
    return json_string(text_z(&t));
}

static const char *stage_name(const struct testimony_row *row)
{
    static const char *const names[] = {
        [TESTIMONY_NONE] = "none",
        [TESTIMONY_PROPOSED] = "proposed",
        [TESTIMONY_SETTLED] = "settled",
        [TESTIMONY_WITHDRAWN] = "withdrawn",
    };

    _Static_assert(ARRAY_COUNT(names) == TESTIMONY_STAGE_COUNT, "a name for each stage");
    return names[row->stage];
}

json_t *testimony_json(const struct testimony_row *row, int32_t utc_offset_s)
{
    json_t *json =
        json_pack("{s:s, s:s, s:b, s:b, s:b, s:s, s:s, s:s, s:i}", "stage", stage_name(row), "as",
                  payment_state_name((enum payment_state)row->word), "settled",
                  (int)row->is_settled, "contradicted", (int)row->is_contradicted, "agreed",
                  (int)row->is_agreed, "proposer", row->proposer, "confirmer", row->confirmer,
                  "evidence", row->evidence, "tries", (int)row->attempts);

    if (json == NULL) /* a stored text that is no UTF-8: not of our making */
        return json_pack("{s:s}", "stage", "damaged");
    json_object_set_new(json, "proposed_at", json_instant(row->proposed, utc_offset_s));
    json_object_set_new(json, "settled_at", json_instant(row->settled, utc_offset_s));
    json_object_set_new(json, "late_at", json_instant(row->late, utc_offset_s));
    json_object_set_new(json, "late_code", json_fixed(row->late_code, sizeof row->late_code));
    json_object_set_new(json, "text",
                        json_pack("{s:o, s:o}", "zh", words_json(row, LANG_ZH, utc_offset_s), "en",
                                  words_json(row, LANG_EN, utc_offset_s)));
    return json;
}

void testimony_set(json_t *json, const struct testimony_row *row, int32_t utc_offset_s)
{
    if (row != NULL)
        json_object_set_new(json, "testimony", testimony_json(row, utc_offset_s));
}

#include "app/story/overlay_file.h"

#include "app/world/yaml_file.h"
#include "explain/explanation.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_LEN_MAX 300
#define STEPS_MAX 5
#define STEPS_ROOM 65536 /* of all joined steps */
#define CASHIER_COLUMNS 32

struct overlay_file {
    struct overlay overlay;
    struct yaml_file *file; /* the overlay's texts live in it */
    const char *date;
    struct text steps;
    char room[STEPS_ROOM];
};

/* ---- names ---- */

static enum outcome take_cause(struct yaml_file *file, struct yaml_node node)
{
    enum outcome outcome = outcome_by_name(yaml_text(file, node));

    if (outcome != OUTCOME_COUNT && outcome != OUTCOME_NONE)
        return outcome;
    yaml_fault(file, node, "expected the name of a cause, as in docs/refusals.md");
    return OUTCOME_NONE;
}

static enum explain_reader take_reader(struct yaml_file *file, struct yaml_node node)
{
    enum explain_reader reader = explain_reader_by_name(yaml_text(file, node));

    if (reader != READER_COUNT)
        return reader;
    yaml_fault(file, node, "expected cashier, cardholder, merchant or operator");
    return READER_OPERATOR;
}

static enum evidence_name take_value(struct yaml_file *file, struct yaml_node node)
{
    for (unsigned name = EVIDENCE_NONE + 1; name < EVIDENCE_COUNT; name++) {
        if (strcmp(evidence_label((enum evidence_name)name), yaml_text(file, node)) == 0)
            return (enum evidence_name)name;
    }
    yaml_fault(file, node, "expected the name of a value, as limit, used or trace");
    return EVIDENCE_NONE;
}

static enum money_state take_money(struct yaml_file *file, struct yaml_node node)
{
    for (unsigned money = 0; money < MONEY_STATE_COUNT; money++) {
        if (strcmp(money_state_name((enum money_state)money), yaml_text(file, node)) == 0)
            return (enum money_state)money;
    }
    yaml_fault(file, node, "expected not_moved, held, moved, returning, returned or unknown");
    return MONEY_UNKNOWN;
}

/* ---- texts ---- */

/* On a terminal: a byte below 0x80 is one column, a longer character two. -1: no plain UTF-8. */
static int columns(const char *text)
{
    int count = 0;

    while (*text != 0) {
        uint8_t first = (uint8_t)*text;
        size_t len = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 0;

        if (len == 0 || first < ' ' || first == 0x7F)
            return -1;
        for (size_t i = 1; i < len; i++) {
            if (((uint8_t)text[i] & 0xC0) != 0x80)
                return -1;
        }
        count += len == 1 ? 1 : 2;
        text += len;
    }
    return count;
}

static const char *take_words(struct yaml_file *file, struct yaml_node node,
                              enum explain_reader reader)
{
    const char *text = yaml_text(file, node);
    int width = columns(text);

    if (width <= 0 || strlen(text) > TEXT_LEN_MAX || text[0] == CATALOGUE_ANEW)
        yaml_fault(file, node,
                   "expected one line of 1 to 300 bytes of UTF-8, not beginning with >");
    else if (reader == READER_CASHIER && width > CASHIER_COLUMNS)
        yaml_fault(file, node, "too long for a terminal: 32 letters or 16 Chinese characters");
    return text;
}

static const char *take_steps(struct overlay_file *it, struct yaml_node list,
                              enum explain_reader reader)
{
    const char *steps = it->room + it->steps.len;
    size_t count = yaml_count(it->file, list);

    if (count > (reader == READER_CASHIER ? 1 : STEPS_MAX))
        yaml_fault(it->file, list, "too many steps: one for a cashier, five for others");
    for (size_t i = 0; i < count; i++) {
        text_add(&it->steps, i > 0 ? "\n" : "");
        text_add(&it->steps, take_words(it->file, yaml_item(it->file, list, i), reader));
    }
    text_add_char(&it->steps, 0);
    if (it->steps.cut)
        yaml_fault(it->file, list, "too many texts for one file");
    return steps;
}

static void read_text(struct overlay_file *it, struct yaml_node map)
{
    struct yaml_file *file = it->file;
    struct yaml_node cause = yaml_need(file, map, "cause");
    struct yaml_node what = yaml_may(file, map, "what");
    struct yaml_node steps = yaml_may(file, map, "steps");
    struct yaml_node lang_node = yaml_need(file, map, "lang");
    enum outcome outcome = take_cause(file, cause);
    enum explain_reader reader = take_reader(file, yaml_need(file, map, "for"));
    enum explain_lang lang = explain_lang_by_name(yaml_text(file, lang_node));

    if (lang == LANG_COUNT) {
        yaml_fault(file, lang_node, "expected zh or en");
        lang = LANG_EN;
    }
    if (outcome != OUTCOME_NONE && outcome_is_approved(outcome))
        yaml_fault(file, cause, "an approval has the catalogue's words");
    if (!catalogue_names(outcome, reader))
        yaml_fault(file, cause, "this reader is not told of this cause: the words stay");
    if (what.index == 0 && steps.index == 0)
        yaml_fault(file, map, "missing here: what or steps");
    if (what.index != 0)
        it->overlay.words[outcome][reader][lang].what = take_words(file, what, reader);
    if (steps.index != 0)
        it->overlay.words[outcome][reader][lang].steps = take_steps(it, steps, reader);
}

/* ---- codes ---- */

static void take_causes(struct overlay_file *it, struct yaml_node list, struct codes_row *row)
{
    size_t count = yaml_count(it->file, list);

    if (count == 0 || count > CODES_CAUSES_MAX)
        yaml_fault(it->file, list, "expected one to six causes, the likeliest first");
    for (size_t i = 0; i < count && i < CODES_CAUSES_MAX; i++)
        row->causes[i] = take_cause(it->file, yaml_item(it->file, list, i));
}

static void read_code(struct overlay_file *it, struct yaml_node map)
{
    struct yaml_file *file = it->file;
    struct yaml_node dialect = yaml_need(file, map, "dialect");
    struct yaml_node code = yaml_need(file, map, "code");
    struct yaml_node class = yaml_need(file, map, "class");
    const char *letter = yaml_text(file, class);
    struct codes_row row = {.dialect = codes_dialect_by_name(yaml_text(file, dialect)),
                            .code = yaml_text(file, code),
                            .source = SOURCE_OPERATOR,
                            .date = it->date};
    const char *fault;

    if (row.dialect == CODES_DIALECT_COUNT)
        yaml_fault(file, dialect,
                   "expected cup-pos, iso87, visa, mastercard, nexo, tvr, tsi or line");
    if (columns(row.code) <= 0 || strlen(row.code) > 20)
        yaml_fault(file, code, "expected a code of 1 to 20 characters");
    if (strlen(letter) != 1 || strchr("ABCDE", *letter) == NULL)
        yaml_fault(file, class, "expected A, B, C, D or E");
    row.class = (enum outcome_class) * letter;
    row.money = take_money(file, yaml_need(file, map, "money"));
    row.means.in[LANG_ZH] = take_words(file, yaml_need(file, map, "zh"), READER_OPERATOR);
    row.means.in[LANG_EN] = take_words(file, yaml_need(file, map, "en"), READER_OPERATOR);
    take_causes(it, yaml_need(file, map, "causes"), &row);
    fault = row.dialect < CODES_DIALECT_COUNT ? overlay_code_fault(&row) : NULL;
    if (fault != NULL)
        yaml_fault(file, map, fault);
    it->overlay.codes[it->overlay.code_count++] = row;
}

/* ---- secrecy ---- */

static void read_hide(struct overlay_file *it, struct yaml_node map)
{
    struct yaml_file *file = it->file;
    struct yaml_node from = yaml_need(file, map, "from");
    struct yaml_node values = yaml_may(file, map, "values");
    struct yaml_node names = yaml_may(file, map, "names");
    enum explain_reader reader = take_reader(file, from);

    if (reader == READER_OPERATOR)
        yaml_fault(file, from, "expected cashier, cardholder or merchant: operators see all");
    for (size_t i = 0; i < yaml_count(file, values); i++)
        it->overlay.hidden_values[reader] |= UINT64_C(1)
                                             << take_value(file, yaml_item(file, values, i));
    for (size_t i = 0; i < yaml_count(file, names); i++)
        it->overlay.hides_name[take_cause(file, yaml_item(file, names, i))][reader] = true;
}

/* ---- the file ---- */

static void read_list(struct overlay_file *it, const char *key, size_t most,
                      void (*read)(struct overlay_file *it, struct yaml_node map))
{
    struct yaml_node list = yaml_may(it->file, yaml_root(it->file), key);
    size_t count = yaml_count(it->file, list);

    if (count > most)
        yaml_fault(it->file, list, "too many entries");
    for (size_t i = 0; i < count && i < most; i++)
        read(it, yaml_item(it->file, list, i));
}

static bool is_date(const char *text)
{
    return strlen(text) == 10 && text[4] == '-' && text[7] == '-' &&
           strspn(text, "0123456789-") == 10;
}

static void read_all(struct overlay_file *it)
{
    struct yaml_node date = yaml_need(it->file, yaml_root(it->file), "date");

    it->date = yaml_text(it->file, date);
    if (!is_date(it->date))
        yaml_fault(it->file, date, "expected the day of this table, as 2026-11-22");
    read_list(it, "texts", OUTCOME_COUNT * READER_COUNT * LANG_COUNT, read_text);
    read_list(it, "codes", OVERLAY_CODES_MAX, read_code);
    read_list(it, "hide", READER_COUNT * 8, read_hide);
}

enum err overlay_file_open(const char *path, struct overlay_file **out, struct text *error)
{
    struct overlay_file *it = calloc(1, sizeof *it);

    if (it == NULL)
        return ERR_FULL;
    it->steps = text_over(it->room, sizeof it->room);
    enum err err = yaml_file_open(path, &it->file, error);
    if (err == OK) {
        read_all(it);
        err = yaml_file_check(it->file, error);
    }
    if (err != OK) {
        overlay_file_close(it);
        return err;
    }
    *out = it;
    return OK;
}

void overlay_file_close(struct overlay_file *file)
{
    if (file == NULL)
        return;
    yaml_file_close(file->file);
    free(file);
}

const struct overlay *overlay_file_overlay(const struct overlay_file *file)
{
    return file != NULL ? &file->overlay : NULL;
}

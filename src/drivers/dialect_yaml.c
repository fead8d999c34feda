#include "drivers/dialect_yaml.h"

#include "base/assert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define ROWS_MAX 512
#define LAYOUTS_MAX 128
#define PARTS_MAX 1024
#define PROFILES_MAX 32
#define LINE_UNKNOWN 0

/* Defaults that rows of a file inherit. */
struct defaults {
    enum dialect_encoding length;
    enum dialect_encoding digits;
    enum dialect_encoding bytes;
    enum dialect_chars chars;
};

struct dialect_yaml {
    struct dialect_source source;
    struct defaults defaults;
    struct dialect_row rows[ROWS_MAX]; /* the dialect's, then each profile's */
    struct dialect_layout layouts[LAYOUTS_MAX];
    struct dialect_part parts[PARTS_MAX];
    struct dialect_profile profiles[PROFILES_MAX];
    size_t row_count;
    yaml_mark_t marks[ISO_FIELD_COUNT]; /* where the field's format stands */
    char *texts;
    size_t texts_len;
    size_t texts_cap;
};

/* One reading: the document, what is made of it, and where the fault goes. */
struct reader {
    yaml_document_t document;
    struct dialect_yaml *out;
    struct dialect_yaml_fault *fault;
    bool in_profile;
};

/* --- faults --- */

static enum err fail_at(struct reader *r, yaml_mark_t mark, const char *what, const char *detail)
{
    struct text t = text_over(r->fault->what, sizeof r->fault->what);

    r->fault->line = mark.line + 1;
    r->fault->column = mark.column + 1;
    text_add(&t, what);
    if (detail != NULL) {
        text_add(&t, ": ");
        for (size_t i = 0; detail[i] != 0 && i < 60; i++)
            text_add_char(&t, (unsigned char)detail[i] < 0x20 ? '?' : detail[i]);
    }
    return ERR_CONFIG;
}

static const char *scalar_z(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static enum err fail(struct reader *r, const yaml_node_t *node, const char *what)
{
    return fail_at(r, node->start_mark, what, scalar_z(node));
}

void dialect_yaml_fault_add_text(struct text *t, const char *file,
                                 const struct dialect_yaml_fault *fault)
{
    text_add(t, file);
    text_add(t, ":");
    if (fault->line != LINE_UNKNOWN) {
        text_add_u64(t, fault->line);
        text_add(t, ":");
        text_add_u64(t, fault->column);
        text_add(t, ":");
    }
    text_add(t, " ");
    text_add(t, fault->what);
}

/* --- nodes --- */

static yaml_node_t *node_at(struct reader *r, int index)
{
    yaml_node_t *node = yaml_document_get_node(&r->document, index);
    assert(node != NULL);
    return node;
}

/* A scalar without zero bytes inside, as a string. */
static enum err take_z(struct reader *r, const yaml_node_t *node, const char **out)
{
    if (node->type != YAML_SCALAR_NODE)
        return fail_at(r, node->start_mark, "a plain value is expected here", NULL);
    if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        return fail_at(r, node->start_mark, "a value holds a zero byte", NULL);
    *out = (const char *)node->data.scalar.value;
    return OK;
}

/* As take_z, copied to where it lives as long as the dialect. */
static enum err keep_z(struct reader *r, const yaml_node_t *node, const char **out)
{
    const char *z;
    size_t len;

    TRY(take_z(r, node, &z));
    len = strlen(z) + 1;
    if (len > r->out->texts_cap - r->out->texts_len)
        return fail_at(r, node->start_mark, "the file has too much text in its aliases", NULL);
    *out = memcpy(r->out->texts + r->out->texts_len, z, len);
    r->out->texts_len += len;
    return OK;
}

static enum err take_number(struct reader *r, const yaml_node_t *node, uint64_t min, uint64_t max,
                            uint64_t *out)
{
    const char *z;

    TRY(take_z(r, node, &z));
    if (z[0] == 0 || bytes_to_number(z, strlen(z), out) != OK)
        return fail(r, node, "a number is expected here");
    if (*out < min || *out > max)
        return fail(r, node, "the number is out of range");
    return OK;
}

static enum err take_bool(struct reader *r, const yaml_node_t *node, bool *out)
{
    const char *z;

    TRY(take_z(r, node, &z));
    *out = strcmp(z, "true") == 0;
    if (!*out && strcmp(z, "false") != 0)
        return fail(r, node, "true or false is expected here");
    return OK;
}

/* A word of a list; its place in the list is its value. */
static enum err take_word(struct reader *r, const yaml_node_t *node, const char *const *words,
                          size_t count, unsigned *out)
{
    const char *z;

    TRY(take_z(r, node, &z));
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL && strcmp(words[i], z) == 0) {
            *out = (unsigned)i;
            return OK;
        }
    }
    return fail(r, node, "the word is not known here");
}

/* The keys that a mapping may have; `seen` is filled in. A missing key's node is NULL. */
struct key {
    const char *name;
    bool required;
    yaml_node_t *node;
};

static struct key *find_key(struct key *keys, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

static enum err take_keys(struct reader *r, const yaml_node_t *map, struct key *keys, size_t count)
{
    if (map->type != YAML_MAPPING_NODE)
        return fail_at(r, map->start_mark, "a mapping (key: value) is expected here", NULL);
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top;
         pair++) {
        yaml_node_t *key_node = node_at(r, pair->key);
        const char *name;
        struct key *key;
        TRY(take_z(r, key_node, &name));
        key = find_key(keys, count, name);
        if (key == NULL)
            return fail(r, key_node, "the key is not known here");
        if (key->node != NULL)
            return fail(r, key_node, "the key stands here twice");
        key->node = node_at(r, pair->value);
    }
    for (size_t i = 0; i < count; i++) {
        if (keys[i].required && keys[i].node == NULL)
            return fail_at(r, map->start_mark, "a key is missing", keys[i].name);
    }
    return OK;
}

/* --- words --- */

static const char *const encoding_words[] = {
    [ENCODING_BCD] = "bcd", [ENCODING_ASCII] = "ascii", [ENCODING_BINARY] = "binary"};
static const char *const byte_words[] = {[ENCODING_ASCII] = "hex", [ENCODING_BINARY] = "binary"};
static const char *const align_words[] = {[ALIGN_LEFT] = "left", [ALIGN_RIGHT] = "right"};
static const char *const chars_words[] = {
    [CHARS_ASCII] = "ascii", [CHARS_GBK] = "gbk", [CHARS_ANY] = "any"};
static const char *const show_words[] = {
    [SHOW_NOTHING] = "nothing", [SHOW_PAN] = "pan", [SHOW_ALL] = "all"};
static const char *const content_words[] = {[CONTENT_BER_TLV] = "tlv",
                                            [CONTENT_MAYBE_BER_TLV] = "maybe-tlv",
                                            [CONTENT_TEXT_TLV] = "text-tlv"};

/* An optional word: what it stands for goes to *(out), which keeps its value when absent. */
#define TAKE_WORD(r, key, words, out)                                                              \
    do {                                                                                           \
        unsigned word_ = (unsigned)*(out);                                                         \
        if ((key).node != NULL)                                                                    \
            TRY(take_word((r), (key).node, (words), ARRAY_COUNT(words), &word_));                  \
        *(out) = word_;                                                                            \
    } while (0)

/* --- formats: n6, n..19, ans...999, x+n8, b8 --- */

static const struct {
    const char *name;
    enum dialect_class class;
    bool ascii; /* no Chinese in it, whatever the dialect's text is */
} classes[] = {
    {"x+n", CLASS_X, false},  {"ans", CLASS_TEXT, false}, {"an", CLASS_TEXT, true},
    {"as", CLASS_TEXT, true}, {"ns", CLASS_TEXT, true},   {"a", CLASS_TEXT, true},
    {"n", CLASS_N, false},    {"z", CLASS_Z, false},      {"b", CLASS_B, false},
};

static enum err take_format(struct reader *r, const yaml_node_t *node, struct dialect_row *row)
{
    const char *z;
    size_t i = 0;
    size_t dots;
    uint64_t len;

    TRY(take_z(r, node, &z));
    while (i < ARRAY_COUNT(classes) && strncmp(z, classes[i].name, strlen(classes[i].name)) != 0)
        i++;
    if (i == ARRAY_COUNT(classes))
        return fail(r, node, "the format does not begin with n, a, an, ans, z, b or x+n");
    z += strlen(classes[i].name);
    dots = strspn(z, ".");
    z += dots;
    if (dots != 0 && dots != 2 && dots != 3)
        return fail(r, node, "a format has no dots, two or three");
    if (z[0] == 0)
        return fail(r, node, "the format's length is missing");
    if (strlen(z) > 4 || bytes_to_number(z, strlen(z), &len) != OK || len == 0)
        return fail(r, node, "the format's length is not a number from 1 to 9999");
    row->class = classes[i].class;
    row->length_digits = (uint8_t)dots;
    row->len_max = (uint16_t)(len + (row->class == CLASS_X ? 1 : 0));
    row->chars = classes[i].ascii && row->chars == CHARS_GBK ? CHARS_ASCII : row->chars;
    return OK;
}

/* --- sub-fields --- */

static enum err take_part(struct reader *r, const yaml_node_t *node, struct dialect_part *part)
{
    enum { NAME, LEN, ZH, EN, SHOW };
    struct key keys[] = {
        [NAME] = {"name", true, NULL}, [LEN] = {"len", true, NULL},    [ZH] = {"zh", true, NULL},
        [EN] = {"en", true, NULL},     [SHOW] = {"show", false, NULL},
    };
    uint64_t len;

    TRY(take_keys(r, node, keys, ARRAY_COUNT(keys)));
    TRY(keep_z(r, keys[NAME].node, &part->name));
    TRY(take_number(r, keys[LEN].node, 0, 9999, &len));
    TRY(keep_z(r, keys[ZH].node, &part->zh));
    TRY(keep_z(r, keys[EN].node, &part->en));
    TAKE_WORD(r, keys[SHOW], show_words, &part->show);
    part->len = (uint16_t)len;
    return OK;
}

static enum err check_part_name(struct reader *r, const yaml_node_t *node,
                                const struct dialect_layout *layout)
{
    const struct dialect_part *parts = r->out->parts + layout->part_first;
    const struct dialect_part *last = &parts[layout->part_count - 1];

    for (const struct dialect_part *part = parts; part < last; part++) {
        if (strcmp(part->name, last->name) == 0)
            return fail_at(r, node->start_mark, "the sub-field stands here twice", last->name);
        if (part->len == 0)
            return fail_at(r, node->start_mark, "nothing can follow a sub-field of len 0",
                           last->name);
    }
    return OK;
}

static enum err take_parts(struct reader *r, const yaml_node_t *node, struct dialect_layout *layout,
                           size_t len_max)
{
    size_t sum = 0;

    if (node->type != YAML_SEQUENCE_NODE)
        return fail_at(r, node->start_mark, "a list of sub-fields is expected here", NULL);
    layout->part_first = (uint16_t)r->out->source.part_count;
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        yaml_node_t *part_node = node_at(r, *item);
        struct dialect_part *part = &r->out->parts[r->out->source.part_count];
        if (r->out->source.part_count == PARTS_MAX)
            return fail_at(r, part_node->start_mark, "there are too many sub-fields", NULL);
        TRY(take_part(r, part_node, part));
        r->out->source.part_count++;
        layout->part_count++;
        TRY(check_part_name(r, part_node, layout));
        sum += part->len;
        if (sum > len_max)
            return fail_at(r, part_node->start_mark, "the sub-fields are longer than the field",
                           part->name);
    }
    if (layout->part_count == 0)
        return fail_at(r, node->start_mark, "the list of sub-fields is empty", NULL);
    return OK;
}

static enum err add_layout(struct reader *r, const yaml_node_t *node, struct dialect_layout layout,
                           const yaml_node_t *parts, size_t len_max)
{
    if (r->in_profile)
        return fail_at(r, node->start_mark, "a profile's row cannot have sub-fields of its own",
                       NULL);
    if (r->out->source.layout_count == LAYOUTS_MAX)
        return fail_at(r, node->start_mark, "there are too many layouts", NULL);
    TRY(take_parts(r, parts, &layout, layout.len != 0 ? layout.len : len_max));
    if (layout.repeats && r->out->parts[layout.part_first + layout.part_count - 1u].len == 0)
        return fail_at(r, node->start_mark, "sub-fields that repeat need lengths", NULL);
    r->out->layouts[r->out->source.layout_count++] = layout;
    return OK;
}

static enum err take_mti(struct reader *r, const yaml_node_t *node, uint16_t *mti)
{
    uint64_t number;
    const char *z;
    unsigned value = 0;

    TRY(take_number(r, node, 0, 9999, &number));
    TRY(take_z(r, node, &z));
    if (strlen(z) != 4)
        return fail(r, node, "a message type has four digits");
    for (size_t i = 0; i < 4; i++)
        value = value << 4 | (unsigned)(z[i] - '0');
    *mti = (uint16_t)value;
    return OK;
}

static enum err take_layout(struct reader *r, const yaml_node_t *node,
                            const struct dialect_row *row)
{
    enum { MTI, LEN, REPEATS, PARTS };
    struct key keys[] = {
        [MTI] = {"mti", false, NULL},
        [LEN] = {"len", false, NULL},
        [REPEATS] = {"repeats", false, NULL},
        [PARTS] = {"parts", true, NULL},
    };
    struct dialect_layout layout = {.number = row->number};
    uint64_t len = 0;

    TRY(take_keys(r, node, keys, ARRAY_COUNT(keys)));
    if (keys[MTI].node != NULL)
        TRY(take_mti(r, keys[MTI].node, &layout.mti));
    if (keys[LEN].node != NULL)
        TRY(take_number(r, keys[LEN].node, 1, row->len_max, &len));
    if (keys[REPEATS].node != NULL)
        TRY(take_bool(r, keys[REPEATS].node, &layout.repeats));
    layout.len = (uint16_t)len;
    return add_layout(r, node, layout, keys[PARTS].node, row->len_max);
}

static enum err take_layouts(struct reader *r, const yaml_node_t *node,
                             const struct dialect_row *row)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return fail_at(r, node->start_mark, "a list of layouts is expected here", NULL);
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++)
        TRY(take_layout(r, node_at(r, *item), row));
    return OK;
}

/* --- rows --- */

enum row_key {
    ROW_ZH,
    ROW_EN,
    ROW_FORMAT,
    ROW_LENGTH,
    ROW_VALUE,
    ROW_ALIGN,
    ROW_PAD,
    ROW_CHARS,
    ROW_SHOW,
    ROW_CONTENT,
    ROW_MAC,
    ROW_PARTS,
    ROW_REPEATS,
    ROW_LAYOUTS,
    ROW_KEYS
};

/* How the value stands on the wire; what the words mean depends on what it holds. */
static enum err take_value_encoding(struct reader *r, const struct key *key,
                                    struct dialect_row *row)
{
    const struct defaults *defaults = &r->out->defaults;

    if (row->class == CLASS_TEXT) {
        row->value_encoding = ENCODING_ASCII;
        if (key->node != NULL)
            return fail(r, key->node, "text has no other encoding");
    } else if (row->class == CLASS_B) {
        row->value_encoding = defaults->bytes;
        TAKE_WORD(r, *key, byte_words, &row->value_encoding);
    } else {
        row->value_encoding = defaults->digits;
        TAKE_WORD(r, *key, encoding_words, &row->value_encoding);
        if (row->value_encoding == ENCODING_BINARY)
            return fail(r, key->node, "digits are bcd or ascii");
    }
    return OK;
}

static enum err take_pad(struct reader *r, const yaml_node_t *node, struct dialect_row *row)
{
    const char *z;

    TRY(take_z(r, node, &z));
    if (strcmp(z, "0") != 0 && strcmp(z, "F") != 0)
        return fail(r, node, "a filler is 0 or F");
    row->pad = z[0] == 'F' ? 15 : 0;
    return OK;
}

static enum err take_row_layouts(struct reader *r, const yaml_node_t *node, const struct key *keys,
                                 struct dialect_row *row)
{
    struct dialect_layout layout = {.number = row->number};

    if (keys[ROW_CONTENT].node != NULL &&
        (keys[ROW_PARTS].node != NULL || keys[ROW_LAYOUTS].node != NULL))
        return fail_at(r, node->start_mark, "a field has either sub-fields or content", NULL);
    if (keys[ROW_REPEATS].node != NULL && keys[ROW_PARTS].node == NULL)
        return fail_at(r, node->start_mark, "repeats needs parts", NULL);
    if (keys[ROW_REPEATS].node != NULL)
        TRY(take_bool(r, keys[ROW_REPEATS].node, &layout.repeats));
    if (keys[ROW_PARTS].node != NULL)
        TRY(add_layout(r, node, layout, keys[ROW_PARTS].node, row->len_max));
    if (keys[ROW_LAYOUTS].node != NULL)
        TRY(take_layouts(r, keys[ROW_LAYOUTS].node, row));
    if (keys[ROW_PARTS].node != NULL || keys[ROW_LAYOUTS].node != NULL)
        row->content = CONTENT_PARTS;
    return OK;
}

static enum err take_row(struct reader *r, const yaml_node_t *node, struct dialect_row *row)
{
    struct key keys[ROW_KEYS] = {
        [ROW_ZH] = {"zh", true, NULL},
        [ROW_EN] = {"en", true, NULL},
        [ROW_FORMAT] = {"format", true, NULL},
        [ROW_LENGTH] = {"length", false, NULL},
        [ROW_VALUE] = {"value", false, NULL},
        [ROW_ALIGN] = {"align", false, NULL},
        [ROW_PAD] = {"pad", false, NULL},
        [ROW_CHARS] = {"chars", false, NULL},
        [ROW_SHOW] = {"show", false, NULL},
        [ROW_CONTENT] = {"content", false, NULL},
        [ROW_MAC] = {"mac", false, NULL},
        [ROW_PARTS] = {"parts", false, NULL},
        [ROW_REPEATS] = {"repeats", false, NULL},
        [ROW_LAYOUTS] = {"layouts", false, NULL},
    };

    TRY(take_keys(r, node, keys, ROW_KEYS));
    TRY(keep_z(r, keys[ROW_ZH].node, &row->zh));
    TRY(keep_z(r, keys[ROW_EN].node, &row->en));
    row->chars = r->out->defaults.chars;
    TRY(take_format(r, keys[ROW_FORMAT].node, row));
    TRY(keep_z(r, keys[ROW_FORMAT].node, &row->format));
    row->length_encoding = r->out->defaults.length;
    row->align = row->length_digits == 0 ? ALIGN_RIGHT : ALIGN_LEFT;
    TAKE_WORD(r, keys[ROW_LENGTH], encoding_words, &row->length_encoding);
    TRY(take_value_encoding(r, &keys[ROW_VALUE], row));
    TAKE_WORD(r, keys[ROW_ALIGN], align_words, &row->align);
    TAKE_WORD(r, keys[ROW_CHARS], chars_words, &row->chars);
    TAKE_WORD(r, keys[ROW_SHOW], show_words, &row->show);
    TAKE_WORD(r, keys[ROW_CONTENT], content_words, &row->content);
    if (keys[ROW_PAD].node != NULL)
        TRY(take_pad(r, keys[ROW_PAD].node, row));
    if (keys[ROW_MAC].node != NULL)
        TRY(take_bool(r, keys[ROW_MAC].node, &row->mac));
    r->out->marks[row->number] = keys[ROW_FORMAT].node->start_mark;
    return take_row_layouts(r, node, keys, row);
}

static bool has_row(const struct dialect_row *rows, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].number == number)
            return true;
    }
    return false;
}

/* Rows of a dialect or a profile, appended to the one array of rows. */
static enum err take_rows(struct reader *r, const yaml_node_t *map, const struct dialect_row **rows,
                          size_t *count)
{
    *rows = r->out->rows + r->out->row_count;
    *count = 0;
    if (map->type != YAML_MAPPING_NODE)
        return fail_at(r, map->start_mark, "rows (number: {...}) are expected here", NULL);
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top;
         pair++) {
        yaml_node_t *key = node_at(r, pair->key);
        struct dialect_row *row = &r->out->rows[r->out->row_count];
        uint64_t number;
        if (r->out->row_count == ROWS_MAX)
            return fail_at(r, key->start_mark, "there are too many rows", NULL);
        TRY(take_number(r, key, 2, r->out->source.secondary ? 128 : 64, &number));
        if (has_row(*rows, *count, number))
            return fail(r, key, "the field stands here twice");
        *row = (struct dialect_row){.number = (uint8_t)number};
        TRY(take_row(r, node_at(r, pair->value), row));
        r->out->row_count++;
        (*count)++;
    }
    return OK;
}

/* --- the file --- */

static enum err take_profile(struct reader *r, const yaml_node_t *key, const yaml_node_t *node)
{
    enum { ZH, EN, FIELDS };
    struct key keys[] = {
        [ZH] = {"zh", true, NULL}, [EN] = {"en", true, NULL}, [FIELDS] = {"fields", true, NULL}};
    struct dialect_profile *profile = &r->out->profiles[r->out->source.profile_count];

    if (r->out->source.profile_count == PROFILES_MAX)
        return fail_at(r, key->start_mark, "there are too many profiles", NULL);
    TRY(keep_z(r, key, &profile->name));
    for (size_t i = 0; i < r->out->source.profile_count; i++) {
        if (strcmp(r->out->profiles[i].name, profile->name) == 0)
            return fail(r, key, "the profile stands here twice");
    }
    TRY(take_keys(r, node, keys, ARRAY_COUNT(keys)));
    TRY(keep_z(r, keys[ZH].node, &profile->zh));
    TRY(keep_z(r, keys[EN].node, &profile->en));
    r->in_profile = true;
    TRY(take_rows(r, keys[FIELDS].node, &profile->rows, &profile->row_count));
    r->out->source.profile_count++;
    return OK;
}

static enum err take_profiles(struct reader *r, const yaml_node_t *map)
{
    if (map->type != YAML_MAPPING_NODE)
        return fail_at(r, map->start_mark, "profiles (name: {...}) are expected here", NULL);
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top;
         pair++)
        TRY(take_profile(r, node_at(r, pair->key), node_at(r, pair->value)));
    return OK;
}

static enum err take_framing(struct reader *r, const yaml_node_t *node, unsigned *out)
{
    static const char *const words[] = {
        [FRAMING_LENGTH] = "length", [FRAMING_TPDU] = "tpdu", [FRAMING_HEADER] = "header"};

    if (node->type != YAML_SEQUENCE_NODE)
        return fail_at(r, node->start_mark, "a list of length, tpdu, header is expected here",
                       NULL);
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        unsigned word = 0;
        TRY(take_word(r, node_at(r, *item), words, ARRAY_COUNT(words), &word));
        *out |= word;
    }
    return OK;
}

enum file_key {
    FILE_DIALECT,
    FILE_ZH,
    FILE_EN,
    FILE_CLAUSE,
    FILE_FRAME,
    FILE_MTI,
    FILE_BITMAP,
    FILE_SECONDARY,
    FILE_LENGTHS,
    FILE_DIGITS,
    FILE_BYTES,
    FILE_CHARS,
    FILE_SEPARATOR,
    FILE_FIELDS,
    FILE_PROFILES,
    FILE_KEYS
};

static enum err take_separator(struct reader *r, const yaml_node_t *node, char *out)
{
    const char *z;

    TRY(take_z(r, node, &z));
    if (strcmp(z, "=") != 0 && strcmp(z, "D") != 0)
        return fail(r, node, "a track's separator is = or D");
    *out = z[0];
    return OK;
}

static enum err take_head(struct reader *r, const struct key *keys)
{
    static const char *const digit_words[] = {[ENCODING_BCD] = "bcd", [ENCODING_ASCII] = "ascii"};
    struct dialect_source *source = &r->out->source;
    struct defaults *defaults = &r->out->defaults;

    TRY(keep_z(r, keys[FILE_DIALECT].node, &source->name));
    TRY(keep_z(r, keys[FILE_ZH].node, &source->zh));
    TRY(keep_z(r, keys[FILE_EN].node, &source->en));
    source->clause = "";
    if (keys[FILE_CLAUSE].node != NULL)
        TRY(keep_z(r, keys[FILE_CLAUSE].node, &source->clause));
    if (keys[FILE_FRAME].node != NULL)
        TRY(take_framing(r, keys[FILE_FRAME].node, &source->framing));
    TAKE_WORD(r, keys[FILE_MTI], digit_words, &source->mti_encoding);
    TAKE_WORD(r, keys[FILE_BITMAP], byte_words, &source->bitmap_encoding);
    if (keys[FILE_SECONDARY].node != NULL)
        TRY(take_bool(r, keys[FILE_SECONDARY].node, &source->secondary));
    TAKE_WORD(r, keys[FILE_LENGTHS], encoding_words, &defaults->length);
    TAKE_WORD(r, keys[FILE_DIGITS], digit_words, &defaults->digits);
    TAKE_WORD(r, keys[FILE_BYTES], byte_words, &defaults->bytes);
    TAKE_WORD(r, keys[FILE_CHARS], chars_words, &defaults->chars);
    source->separator = '=';
    if (keys[FILE_SEPARATOR].node != NULL)
        TRY(take_separator(r, keys[FILE_SEPARATOR].node, &source->separator));
    return OK;
}

static enum err take_file(struct reader *r, const yaml_node_t *root)
{
    struct key keys[FILE_KEYS] = {
        [FILE_DIALECT] = {"dialect", true, NULL},
        [FILE_ZH] = {"zh", true, NULL},
        [FILE_EN] = {"en", true, NULL},
        [FILE_CLAUSE] = {"clause", false, NULL},
        [FILE_FRAME] = {"frame", false, NULL},
        [FILE_MTI] = {"mti", true, NULL},
        [FILE_BITMAP] = {"bitmap", true, NULL},
        [FILE_SECONDARY] = {"secondary", false, NULL},
        [FILE_LENGTHS] = {"lengths", true, NULL},
        [FILE_DIGITS] = {"digits", true, NULL},
        [FILE_BYTES] = {"bytes", true, NULL},
        [FILE_CHARS] = {"chars", false, NULL},
        [FILE_SEPARATOR] = {"separator", false, NULL},
        [FILE_FIELDS] = {"fields", true, NULL},
        [FILE_PROFILES] = {"profiles", false, NULL},
    };
    struct dialect_source *source = &r->out->source;

    TRY(take_keys(r, root, keys, FILE_KEYS));
    TRY(take_head(r, keys));
    TRY(take_rows(r, keys[FILE_FIELDS].node, &source->rows, &source->row_count));
    if (keys[FILE_PROFILES].node != NULL)
        TRY(take_profiles(r, keys[FILE_PROFILES].node));
    source->layouts = r->out->layouts;
    source->parts = r->out->parts;
    source->profiles = r->out->profiles;
    return OK;
}

/* What only shows when the rows are put together. */
static enum err check_compiles(struct reader *r)
{
    const struct dialect_source *source = &r->out->source;
    struct dialect *dialect = malloc(sizeof *dialect);
    struct dialect_fault fault;
    enum err err;

    if (dialect == NULL)
        return ERR_FULL;
    err = dialect_compile(source, NULL, dialect, &fault);
    for (size_t i = 0; err == OK && i < source->profile_count; i++)
        err = dialect_compile(source, source->profiles[i].name, dialect, &fault);
    free(dialect);
    if (err != OK)
        return fail_at(r, r->out->marks[fault.number], fault.what, NULL);
    return OK;
}

static struct dialect_yaml *make_yaml(size_t len)
{
    struct dialect_yaml *yaml = calloc(1, sizeof *yaml);

    if (yaml == NULL)
        return NULL;
    yaml->texts_cap = 4 * len + 64;
    yaml->texts = malloc(yaml->texts_cap);
    if (yaml->texts != NULL)
        return yaml;
    free(yaml);
    return NULL;
}

static enum err fail_syntax(const yaml_parser_t *parser, struct reader *r)
{
    yaml_mark_t mark = parser->problem_mark;

    if (parser->error == YAML_MEMORY_ERROR)
        return ERR_FULL;
    if (parser->error == YAML_READER_ERROR)
        mark = parser->mark;
    return fail_at(r, mark, "this is not YAML", parser->problem);
}

static enum err read_document(struct bytes text, struct reader *r)
{
    yaml_parser_t parser;
    enum err err;
    yaml_node_t *root;

    if (!yaml_parser_initialize(&parser))
        return ERR_FULL;
    yaml_parser_set_input_string(&parser, text.at, text.len);
    if (!yaml_parser_load(&parser, &r->document)) {
        err = fail_syntax(&parser, r);
        yaml_parser_delete(&parser);
        return err;
    }
    root = yaml_document_get_root_node(&r->document);
    if (root == NULL)
        err = fail_at(r, (yaml_mark_t){0}, "the file is empty", NULL);
    else
        err = take_file(r, root);
    if (err == OK)
        err = check_compiles(r);
    yaml_document_delete(&r->document);
    yaml_parser_delete(&parser);
    return err;
}

enum err dialect_yaml_parse(struct bytes yaml, struct dialect_yaml **out,
                            struct dialect_yaml_fault *fault)
{
    struct reader r = {.fault = fault};
    enum err err;

    *fault = (struct dialect_yaml_fault){0};
    *out = NULL;
    if (yaml.len > DIALECT_YAML_LEN_MAX) {
        struct text t = text_over(fault->what, sizeof fault->what);
        text_add(&t, "the file is larger than 256 KiB");
        return ERR_FULL;
    }
    r.out = make_yaml(yaml.len);
    if (r.out == NULL)
        return ERR_FULL;
    err = read_document(yaml, &r);
    if (err != OK)
        dialect_yaml_free(r.out);
    else
        *out = r.out;
    return err;
}

enum err dialect_yaml_read(const char *path, struct dialect_yaml **out,
                           struct dialect_yaml_fault *fault)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(DIALECT_YAML_LEN_MAX + 1);
    enum err err = ERR_IO;
    size_t len;

    *fault = (struct dialect_yaml_fault){0};
    *out = NULL;
    if (file == NULL || text == NULL) {
        struct text t = text_over(fault->what, sizeof fault->what);
        text_add(&t, text == NULL ? "out of memory" : strerror(errno));
        goto done;
    }
    len = fread(text, 1, DIALECT_YAML_LEN_MAX + 1, file);
    if (ferror(file)) {
        struct text t = text_over(fault->what, sizeof fault->what);
        text_add(&t, strerror(errno));
        goto done;
    }
    err = dialect_yaml_parse(bytes_over(text, len), out, fault);
done:
    free(text);
    if (file != NULL)
        fclose(file);
    return err;
}

const struct dialect_source *dialect_yaml_source(const struct dialect_yaml *yaml)
{
    return &yaml->source;
}

void dialect_yaml_free(struct dialect_yaml *yaml)
{
    if (yaml == NULL)
        return;
    free(yaml->texts);
    free(yaml);
}

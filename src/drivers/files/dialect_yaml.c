#include "drivers/files/dialect_yaml.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 512
#define LAYOUTS_MAX 128
#define PARTS_MAX 1024
#define PROFILES_MAX 32

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

/* One reading: the tree, and what is made of it. */
struct reader {
    struct yaml_tree tree;
    struct dialect_yaml *out;
    bool in_profile;
};

/* A scalar, copied to where it lives as long as the dialect. */
static enum err keep_z(struct reader *r, const yaml_node_t *node, const char **out)
{
    const char *z;
    size_t len;

    TRY(yaml_take_z(&r->tree, node, &z));
    len = strlen(z) + 1;
    if (len > r->out->texts_cap - r->out->texts_len)
        return yaml_fail_at(&r->tree, node->start_mark, "the file has too much text in its aliases",
                            NULL);
    *out = memcpy(r->out->texts + r->out->texts_len, z, len);
    r->out->texts_len += len;
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
        const struct yaml_words words_ = {(words), ARRAY_COUNT(words)};                            \
        unsigned word_ = (unsigned)*(out);                                                         \
        if ((key).node != NULL)                                                                    \
            TRY(yaml_take_word(&(r)->tree, (key).node, words_, &word_));                           \
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

    TRY(yaml_take_z(&r->tree, node, &z));
    while (i < ARRAY_COUNT(classes) && strncmp(z, classes[i].name, strlen(classes[i].name)) != 0)
        i++;
    if (i == ARRAY_COUNT(classes))
        return yaml_fail(&r->tree, node,
                         "the format does not begin with n, a, an, ans, z, b or x+n");
    z += strlen(classes[i].name);
    dots = strspn(z, ".");
    z += dots;
    if (dots != 0 && dots != 2 && dots != 3)
        return yaml_fail(&r->tree, node, "a format has no dots, two or three");
    if (z[0] == 0)
        return yaml_fail(&r->tree, node, "the format's length is missing");
    if (strlen(z) > 4 || bytes_to_number(z, strlen(z), &len) != OK || len == 0)
        return yaml_fail(&r->tree, node, "the format's length is not a number from 1 to 9999");
    row->class = classes[i].class;
    row->length_digits = (uint8_t)dots;
    row->len_max = (uint16_t)(len + (row->class == CLASS_X ? 1 : 0));
    row->chars = classes[i].ascii && row->chars == CHARS_GBK ? CHARS_ASCII : row->chars;
    return OK;
}

/* --- sub-fields --- */

static enum err take_part(struct reader *r, const yaml_node_t *node, struct dialect_part *part)
{
    enum { NAME, LEN, ZH, EN, SHOW, TEXT };
    struct yaml_key keys[] = {
        [NAME] = {"name", true, NULL},  [LEN] = {"len", true, NULL},
        [ZH] = {"zh", true, NULL},      [EN] = {"en", true, NULL},
        [SHOW] = {"show", false, NULL}, [TEXT] = {"text", false, NULL},
    };
    uint64_t len;

    TRY(yaml_take_keys(&r->tree, node, keys, ARRAY_COUNT(keys)));
    TRY(keep_z(r, keys[NAME].node, &part->name));
    TRY(yaml_take_number(&r->tree, keys[LEN].node, 9999, &len));
    TRY(keep_z(r, keys[ZH].node, &part->zh));
    TRY(keep_z(r, keys[EN].node, &part->en));
    TAKE_WORD(r, keys[SHOW], show_words, &part->show);
    if (keys[TEXT].node != NULL)
        TRY(yaml_take_bool(&r->tree, keys[TEXT].node, &part->text));
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
            return yaml_fail_at(&r->tree, node->start_mark, "the sub-field stands here twice",
                                last->name);
        if (part->len == 0)
            return yaml_fail_at(&r->tree, node->start_mark,
                                "nothing can follow a sub-field of len 0", last->name);
    }
    return OK;
}

static enum err add_part(struct reader *r, const yaml_node_t *node, struct dialect_layout *layout)
{
    if (r->out->source.part_count == PARTS_MAX)
        return yaml_fail_at(&r->tree, node->start_mark, "there are too many sub-fields", NULL);
    TRY(take_part(r, node, &r->out->parts[r->out->source.part_count]));
    r->out->source.part_count++;
    layout->part_count++;
    return check_part_name(r, node, layout);
}

static enum err take_parts(struct reader *r, const yaml_node_t *node, struct dialect_layout *layout,
                           size_t len_max)
{
    struct yaml_entries entries;
    const yaml_node_t *none;
    const yaml_node_t *item;
    size_t sum = 0;

    TRY(yaml_entries_over(&r->tree, node, YAML_SEQUENCE_NODE, &entries));
    layout->part_first = (uint16_t)r->out->source.part_count;
    while (yaml_entries_next(&entries, &none, &item)) {
        const struct dialect_part *part = &r->out->parts[r->out->source.part_count];
        TRY(add_part(r, item, layout));
        sum += part->len;
        if (sum > len_max)
            return yaml_fail_at(&r->tree, item->start_mark,
                                "the sub-fields are longer than the field", part->name);
    }
    if (layout->part_count == 0)
        return yaml_fail_at(&r->tree, node->start_mark, "the list of sub-fields is empty", NULL);
    return OK;
}

static enum err add_layout(struct reader *r, const yaml_node_t *node, struct dialect_layout layout,
                           const yaml_node_t *parts, size_t len_max)
{
    if (r->in_profile)
        return yaml_fail_at(&r->tree, node->start_mark,
                            "a profile's row cannot have sub-fields of its own", NULL);
    if (r->out->source.layout_count == LAYOUTS_MAX)
        return yaml_fail_at(&r->tree, node->start_mark, "there are too many layouts", NULL);
    TRY(take_parts(r, parts, &layout, layout.len != 0 ? layout.len : len_max));
    if (layout.repeats && r->out->parts[layout.part_first + layout.part_count - 1u].len == 0)
        return yaml_fail_at(&r->tree, node->start_mark, "sub-fields that repeat need lengths",
                            NULL);
    r->out->layouts[r->out->source.layout_count++] = layout;
    return OK;
}

static enum err take_mti(struct reader *r, const yaml_node_t *node, uint16_t *mti)
{
    uint64_t number;
    const char *z;
    unsigned value = 0;

    TRY(yaml_take_number(&r->tree, node, 9999, &number));
    TRY(yaml_take_z(&r->tree, node, &z));
    if (strlen(z) != 4)
        return yaml_fail(&r->tree, node, "a message type has four digits");
    for (size_t i = 0; i < 4; i++)
        value = value << 4 | (unsigned)(z[i] - '0');
    *mti = (uint16_t)value;
    return OK;
}

static enum err take_layout(struct reader *r, const yaml_node_t *node,
                            const struct dialect_row *row)
{
    enum { MTI, LEN, REPEATS, PARTS };
    struct yaml_key keys[] = {
        [MTI] = {"mti", false, NULL},
        [LEN] = {"len", false, NULL},
        [REPEATS] = {"repeats", false, NULL},
        [PARTS] = {"parts", true, NULL},
    };
    struct dialect_layout layout = {.number = row->number};
    uint64_t len = 0;

    TRY(yaml_take_keys(&r->tree, node, keys, ARRAY_COUNT(keys)));
    if (keys[MTI].node != NULL)
        TRY(take_mti(r, keys[MTI].node, &layout.mti));
    if (keys[LEN].node != NULL)
        TRY(yaml_take_number(&r->tree, keys[LEN].node, row->len_max, &len));
    if (keys[LEN].node != NULL && len == 0)
        return yaml_fail(&r->tree, keys[LEN].node, "the number is out of range");
    if (keys[REPEATS].node != NULL)
        TRY(yaml_take_bool(&r->tree, keys[REPEATS].node, &layout.repeats));
    layout.len = (uint16_t)len;
    return add_layout(r, node, layout, keys[PARTS].node, row->len_max);
}

static enum err take_layouts(struct reader *r, const yaml_node_t *node,
                             const struct dialect_row *row)
{
    struct yaml_entries entries;
    const yaml_node_t *none;
    const yaml_node_t *item;

    TRY(yaml_entries_over(&r->tree, node, YAML_SEQUENCE_NODE, &entries));
    while (yaml_entries_next(&entries, &none, &item))
        TRY(take_layout(r, item, row));
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
static enum err take_value_encoding(struct reader *r, const struct yaml_key *key,
                                    struct dialect_row *row)
{
    const struct defaults *defaults = &r->out->defaults;

    if (row->class == CLASS_TEXT) {
        row->value_encoding = ENCODING_ASCII;
        if (key->node != NULL)
            return yaml_fail(&r->tree, key->node, "text has no other encoding");
    } else if (row->class == CLASS_B) {
        row->value_encoding = defaults->bytes;
        TAKE_WORD(r, *key, byte_words, &row->value_encoding);
    } else {
        row->value_encoding = defaults->digits;
        TAKE_WORD(r, *key, encoding_words, &row->value_encoding);
        if (row->value_encoding == ENCODING_BINARY)
            return yaml_fail(&r->tree, key->node, "digits are bcd or ascii");
    }
    return OK;
}

static enum err take_pad(struct reader *r, const yaml_node_t *node, struct dialect_row *row)
{
    const char *z;

    TRY(yaml_take_z(&r->tree, node, &z));
    if (strcmp(z, "0") != 0 && strcmp(z, "F") != 0)
        return yaml_fail(&r->tree, node, "a filler is 0 or F");
    row->pad = z[0] == 'F' ? 15 : 0;
    return OK;
}

static enum err take_row_layouts(struct reader *r, const yaml_node_t *node,
                                 const struct yaml_key *keys, struct dialect_row *row)
{
    struct dialect_layout layout = {.number = row->number,
                                    .tags = row->content == CONTENT_TEXT_TLV};

    if (keys[ROW_CONTENT].node != NULL && (!layout.tags || keys[ROW_REPEATS].node != NULL) &&
        (keys[ROW_PARTS].node != NULL || keys[ROW_LAYOUTS].node != NULL))
        return yaml_fail_at(&r->tree, node->start_mark, "a field has either sub-fields or content",
                            NULL);
    if (keys[ROW_REPEATS].node != NULL && keys[ROW_PARTS].node == NULL)
        return yaml_fail_at(&r->tree, node->start_mark, "repeats needs parts", NULL);
    if (keys[ROW_REPEATS].node != NULL)
        TRY(yaml_take_bool(&r->tree, keys[ROW_REPEATS].node, &layout.repeats));
    if (keys[ROW_PARTS].node != NULL)
        TRY(add_layout(r, node, layout, keys[ROW_PARTS].node, row->len_max));
    if (keys[ROW_LAYOUTS].node != NULL)
        TRY(take_layouts(r, keys[ROW_LAYOUTS].node, row));
    if (!layout.tags && (keys[ROW_PARTS].node != NULL || keys[ROW_LAYOUTS].node != NULL))
        row->content = CONTENT_PARTS;
    return OK;
}

static enum err take_row(struct reader *r, const yaml_node_t *node, struct dialect_row *row)
{
    struct yaml_key keys[ROW_KEYS] = {
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

    TRY(yaml_take_keys(&r->tree, node, keys, ROW_KEYS));
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
        TRY(yaml_take_bool(&r->tree, keys[ROW_MAC].node, &row->mac));
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
    struct yaml_entries entries;
    const yaml_node_t *key;
    const yaml_node_t *value;
    uint64_t number;

    *rows = r->out->rows + r->out->row_count;
    *count = 0;
    TRY(yaml_entries_over(&r->tree, map, YAML_MAPPING_NODE, &entries));
    while (yaml_entries_next(&entries, &key, &value)) {
        struct dialect_row *row = &r->out->rows[r->out->row_count];
        if (r->out->row_count == ROWS_MAX)
            return yaml_fail_at(&r->tree, key->start_mark, "there are too many rows", NULL);
        TRY(yaml_take_number(&r->tree, key, r->out->source.secondary ? 128 : 64, &number));
        if (number < 2)
            return yaml_fail(&r->tree, key, "the number is out of range");
        if (has_row(*rows, *count, number))
            return yaml_fail(&r->tree, key, "the field stands here twice");
        *row = (struct dialect_row){.number = (uint8_t)number};
        TRY(take_row(r, value, row));
        r->out->row_count++;
        (*count)++;
    }
    return OK;
}

/* --- the file --- */

static enum err take_profile(struct reader *r, const yaml_node_t *key, const yaml_node_t *node)
{
    enum { ZH, EN, FIELDS };
    struct yaml_key keys[] = {
        [ZH] = {"zh", true, NULL}, [EN] = {"en", true, NULL}, [FIELDS] = {"fields", true, NULL}};
    struct dialect_profile *profile = &r->out->profiles[r->out->source.profile_count];

    if (r->out->source.profile_count == PROFILES_MAX)
        return yaml_fail_at(&r->tree, key->start_mark, "there are too many profiles", NULL);
    TRY(keep_z(r, key, &profile->name));
    for (size_t i = 0; i < r->out->source.profile_count; i++) {
        if (strcmp(r->out->profiles[i].name, profile->name) == 0)
            return yaml_fail(&r->tree, key, "the profile stands here twice");
    }
    TRY(yaml_take_keys(&r->tree, node, keys, ARRAY_COUNT(keys)));
    TRY(keep_z(r, keys[ZH].node, &profile->zh));
    TRY(keep_z(r, keys[EN].node, &profile->en));
    r->in_profile = true;
    TRY(take_rows(r, keys[FIELDS].node, &profile->rows, &profile->row_count));
    r->out->source.profile_count++;
    return OK;
}

static enum err take_profiles(struct reader *r, const yaml_node_t *map)
{
    struct yaml_entries entries;
    const yaml_node_t *key;
    const yaml_node_t *value;

    TRY(yaml_entries_over(&r->tree, map, YAML_MAPPING_NODE, &entries));
    while (yaml_entries_next(&entries, &key, &value))
        TRY(take_profile(r, key, value));
    return OK;
}

static enum err take_framing(struct reader *r, const yaml_node_t *node, unsigned *out)
{
    static const char *const words[] = {
        [FRAMING_LENGTH] = "length", [FRAMING_TPDU] = "tpdu", [FRAMING_HEADER] = "header"};
    struct yaml_entries entries;
    const yaml_node_t *none;
    const yaml_node_t *item;
    unsigned word = 0;

    TRY(yaml_entries_over(&r->tree, node, YAML_SEQUENCE_NODE, &entries));
    while (yaml_entries_next(&entries, &none, &item)) {
        TRY(yaml_take_word(&r->tree, item, (struct yaml_words){words, ARRAY_COUNT(words)}, &word));
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

    TRY(yaml_take_z(&r->tree, node, &z));
    if (strcmp(z, "=") != 0 && strcmp(z, "D") != 0)
        return yaml_fail(&r->tree, node, "a track's separator is = or D");
    *out = z[0];
    return OK;
}

static enum err take_head(struct reader *r, const struct yaml_key *keys)
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
        TRY(yaml_take_bool(&r->tree, keys[FILE_SECONDARY].node, &source->secondary));
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
    struct yaml_key keys[FILE_KEYS] = {
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

    TRY(yaml_take_keys(&r->tree, root, keys, FILE_KEYS));
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
        return yaml_fail_at(&r->tree, r->out->marks[fault.number], fault.what, NULL);
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

enum err dialect_yaml_parse(struct bytes yaml, struct dialect_yaml **out, struct yaml_fault *fault)
{
    struct reader r = {.out = make_yaml(yaml.len)};
    enum err err;

    *out = NULL;
    if (r.out == NULL)
        return ERR_FULL;
    err = yaml_tree_open(&r.tree, yaml, fault);
    if (err == OK) {
        err = take_file(&r, r.tree.root);
        if (err == OK)
            err = check_compiles(&r);
        yaml_tree_close(&r.tree);
    }
    if (err != OK)
        dialect_yaml_free(r.out);
    else
        *out = r.out;
    return err;
}

enum err dialect_yaml_read(const char *path, struct dialect_yaml **out, struct yaml_fault *fault)
{
    char *text;
    size_t len;
    enum err err;

    *out = NULL;
    TRY(yaml_file_read(path, &text, &len, fault));
    err = dialect_yaml_parse(bytes_over(text, len), out, fault);
    free(text);
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

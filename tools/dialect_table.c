/*
 * dialect_table FILE.yaml...: writes the dialects as C tables to standard output. The build runs
 * it, so that a wrong dialect file fails the build and the program starts with const tables.
 */
#include "drivers/files/dialect_yaml.h"

#include <stdio.h>
#include <stdlib.h>

static void print_z(const char *z)
{
    putchar('"');
    for (; *z != 0; z++) {
        unsigned char c = (unsigned char)*z;
        if (c < 0x20 || c > 0x7E || c == '"' || c == '\\' || c == '?')
            printf("\\%03o", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_names(const char *zh, const char *en)
{
    printf(".zh = ");
    print_z(zh);
    printf(", .en = ");
    print_z(en);
}

static void print_rows(const struct dialect_row *rows, size_t count, const char *kind, size_t n)
{
    printf("static const struct dialect_row %s_%zu[] = {\n", kind, n);
    for (size_t i = 0; i < count; i++) {
        const struct dialect_row *row = &rows[i];
        printf("    {%u, %d, %u, %u, %d, %d, %d, %u, %d, %d, %d, %d, ", row->number,
               (int)row->class, row->length_digits, row->len_max, (int)row->length_encoding,
               (int)row->value_encoding, (int)row->align, row->pad, (int)row->chars, (int)row->show,
               (int)row->content, row->mac);
        printf(".format = ");
        print_z(row->format);
        printf(", ");
        print_names(row->zh, row->en);
        printf("},\n");
    }
    printf("};\n");
}

static void print_layouts(const struct dialect_source *s, size_t n)
{
    printf("static const struct dialect_layout layouts_%zu[] = {\n", n);
    for (size_t i = 0; i < s->layout_count; i++) {
        const struct dialect_layout *layout = &s->layouts[i];
        printf("    {%u, 0x%04X, %u, %d, %d, %u, %u},\n", layout->number, layout->mti, layout->len,
               layout->repeats, layout->tags, layout->part_first, layout->part_count);
    }
    printf("    {0},\n};\nstatic const struct dialect_part parts_%zu[] = {\n", n);
    for (size_t i = 0; i < s->part_count; i++) {
        const struct dialect_part *part = &s->parts[i];
        printf("    {");
        print_z(part->name);
        printf(", %u, %d, %d, ", part->len, (int)part->show, part->text);
        print_names(part->zh, part->en);
        printf("},\n");
    }
    printf("    {0},\n};\n");
}

static void print_profiles(const struct dialect_source *s, size_t n)
{
    char kind[32];

    snprintf(kind, sizeof kind, "profile_%zu", n);
    for (size_t i = 0; i < s->profile_count; i++)
        print_rows(s->profiles[i].rows, s->profiles[i].row_count, kind, i);
    printf("static const struct dialect_profile profiles_%zu[] = {\n", n);
    for (size_t i = 0; i < s->profile_count; i++) {
        printf("    {.name = ");
        print_z(s->profiles[i].name);
        printf(", ");
        print_names(s->profiles[i].zh, s->profiles[i].en);
        printf(", .rows = %s_%zu, .row_count = %zu},\n", kind, i, s->profiles[i].row_count);
    }
    printf("    {0},\n};\n");
}

static void print_source(const struct dialect_source *s, size_t n)
{
    printf("    {.name = ");
    print_z(s->name);
    printf(", ");
    print_names(s->zh, s->en);
    printf(", .clause = ");
    print_z(s->clause);
    printf(",\n     .mti_encoding = %d, .bitmap_encoding = %d, .secondary = %d, .framing = %u,\n"
           "     .separator = '%c',\n",
           (int)s->mti_encoding, (int)s->bitmap_encoding, s->secondary, s->framing, s->separator);
    printf(
        "     .rows = rows_%zu, .row_count = %zu, .layouts = layouts_%zu, .layout_count = %zu,\n",
        n, s->row_count, n, s->layout_count);
    printf("     .parts = parts_%zu, .part_count = %zu, .profiles = profiles_%zu,\n"
           "     .profile_count = %zu},\n",
           n, s->part_count, n, s->profile_count);
}

int main(int argc, char **argv)
{
    struct dialect_yaml *files[16];

    if (argc < 2 || argc > 17)
        return 2;
    for (int i = 1; i < argc; i++) {
        struct yaml_fault fault;
        char room[512];
        struct text t = text_over(room, sizeof room);
        if (dialect_yaml_read(argv[i], &files[i - 1], &fault) != OK) {
            yaml_fault_add_text(&t, argv[i], &fault);
            fprintf(stderr, "%s\n", text_z(&t));
            return 1;
        }
    }
    printf("/* Made by tools/dialect_table.c from dialects/. */\n#include \"wire/builtin.h\"\n\n");
    for (size_t n = 0; n + 1 < (size_t)argc; n++) {
        const struct dialect_source *s = dialect_yaml_source(files[n]);
        print_rows(s->rows, s->row_count, "rows", n);
        print_layouts(s, n);
        print_profiles(s, n);
    }
    printf("\nconst struct dialect_source builtin_table[] = {\n");
    for (size_t n = 0; n + 1 < (size_t)argc; n++) {
        print_source(dialect_yaml_source(files[n]), n);
    }
    printf("};\n\nconst size_t builtin_count = %d;\n", argc - 1);
    for (int i = 1; i < argc; i++)
        dialect_yaml_free(files[i - 1]);
    return 0;
}

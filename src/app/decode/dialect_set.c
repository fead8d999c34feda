#include "app/decode/dialect_set.h"

#include "app/subcommand.h"
#include "base/assert.h"
#include "base/text.h"
#include "wire/builtin.h"

#include <stdio.h>
#include <string.h>

static enum err add_dialect(struct dialect_set *all, const struct dialect_source *source,
                            const char *profile)
{
    struct dialect_fault fault;

    if (all->count == DIALECTS_MAX)
        return ERR_FULL;
    TRY(dialect_compile(source, profile, &all->at[all->count], &fault));
    all->count++;
    return OK;
}

static void add_profiles(struct dialect_set *all, const struct dialect_source *source)
{
    for (size_t i = 0; i < source->profile_count; i++) {
        if (add_dialect(all, source, source->profiles[i].name) == ERR_FULL)
            return;
    }
}

static void add_all(struct dialect_set *all)
{
    for (size_t i = 0; i < builtin_count; i++) {
        enum err err = add_dialect(all, &builtin_table[i], NULL);
        assert(err == OK);
    }
    for (size_t i = 0; i < builtin_count; i++)
        add_profiles(all, &builtin_table[i]);
}

static int usage(const struct dialect_choice *choice, const char *what, const char *detail)
{
    fprintf(stderr, "acquit %s: %s: %s; acquit %s --help says more\n", choice->command, what,
            detail, choice->command);
    return EXIT_USAGE;
}

static int read_file(const struct dialect_choice *choice, struct dialect_set *all)
{
    struct yaml_fault fault;
    char room[512];
    struct text t = text_over(room, sizeof room);

    if (dialect_yaml_read(choice->dialect, &all->file, &fault) == OK)
        return EXIT_DONE;
    yaml_fault_add_text(&t, choice->dialect, &fault);
    fprintf(stderr, "acquit %s: %s\n", choice->command, text_z(&t));
    return EXIT_USAGE;
}

int dialect_set_load(const struct dialect_choice *choice, struct dialect_set *all)
{
    const struct dialect_source *source;

    if (choice->dialect == NULL) {
        add_all(all);
        return EXIT_DONE;
    }
    source = builtin_find(choice->dialect);
    if (source == NULL && strpbrk(choice->dialect, "./") == NULL)
        return usage(choice, "there is no such dialect, and a file's name has a dot or slash",
                     choice->dialect);
    if (source == NULL) {
        int code = read_file(choice, all);
        if (code != EXIT_DONE)
            return code;
        source = dialect_yaml_source(all->file);
    }
    if (add_dialect(all, source, choice->profile) != OK)
        return usage(choice, "the dialect has no such profile", choice->profile);
    if (choice->profile == NULL)
        add_profiles(all, source);
    return EXIT_DONE;
}

void dialect_set_free(struct dialect_set *all)
{
    dialect_yaml_free(all->file);
}

#include "app/simulate/sim_prose.h"

#include "books/journal.h"

#include <stdio.h>
#include <string.h>

/* A journal line in words instead of numbers and names. */
void sim_prose_print(const char *line)
{
    const char *journal = strstr(line, "journal ");
    const char *name = journal ? strchr(journal + strlen("journal "), ' ') : NULL;
    size_t len = name ? strcspn(name + 1, " ") : 0;
    for (int what = 0; name && what < WHAT_COUNT; what++) {
        const char *known = journal_what_name((enum journal_what)what);
        if (strlen(known) != len || strncmp(known, name + 1, len) != 0)
            continue;
        printf("%.*sbooks: %s -%s\n", (int)(journal - line), line,
               journal_what_en((enum journal_what)what), name + 1 + len);
        return;
    }
    puts(line);
}

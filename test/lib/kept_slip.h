/*
 * Slips that people have read, in test/vectors/slips. A test program that includes this checks what
 * it prints against them; with ACQUIT_WRITE_SLIPS=1 it writes them anew, to be read again.
 */
#ifndef TEST_LIB_KEPT_SLIP_H
#define TEST_LIB_KEPT_SLIP_H

#include "base/attribute.h"
#include "base/text.h"
#include "view/slip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

UNUSED static void kept_slip_check(const char *name, const char *ending, const struct text *printed)
{
    static char kept[4 * SLIP_PRINTED_MAX];
    bool is_written = getenv("ACQUIT_WRITE_SLIPS") != NULL;
    char path[300];

    assert_false(printed->cut);
    snprintf(path, sizeof path, "%s/%s.%s", SLIPS_DIR, name, ending);
    FILE *file = fopen(path, is_written ? "w+" : "r");
    assert_non_null(file);
    if (is_written) {
        fwrite(printed->at, 1, printed->len, file);
        rewind(file);
    }
    size_t len = fread(kept, 1, sizeof kept - 1, file);
    kept[len] = 0;
    fclose(file);
    if (strcmp(kept, text_z(printed)) != 0)
        print_message("%s is not as it was:\n%s\n", path, text_z(printed));
    assert_string_equal(kept, text_z(printed));
}

#endif

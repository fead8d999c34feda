/*
 * What is inside a package, and whether it is fit for use: the self test before a terminal goes on
 * with it.
 *
 *     a program      its first line is "acquit-terminal NNNNNN", the version of the manifest
 *     parameters     lines "name: number", at most one piece; names and ranges in package.c;
 *                    empty lines and lines that begin with # count for nothing
 */
#ifndef TERMINAL_PACKAGE_H
#define TERMINAL_PACKAGE_H

#include "books/update_rows.h"

struct package_fault {
    const char *what; /* static, at most 22 bytes: "unknown name" */
    unsigned line;    /* 0: the whole */
};

/* Applies a package, of which first is the first piece, to a terminal's row. ERR_BAD_VALUE, with
 * the row unchanged and the fault named, when it is not fit. */
MUST_USE enum err package_apply(const struct update_manifest *manifest, struct bytes first,
                                struct terminal_row *row, struct package_fault *fault);

#endif

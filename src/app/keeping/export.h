/*
 * Everything that the parties of a data folder have stored, in another folder: acquit export, and
 * the end of a drill.
 */
#ifndef APP_EXPORT_H
#define APP_EXPORT_H

#include "base/err.h"
#include "base/text.h"

struct export_order {
    const char *data;    /* whose folder has acquit.yaml */
    const char *to;      /* made; must be new, or empty */
    const char *archive; /* as in party_export.h */
    bool has_bytes;      /* as there */
    bool is_quiet;       /* says nothing on standard output */
};

/* Asks the processes that run there, and opens the stores that nobody has. On failure *error says
 * what is wrong. */
MUST_USE enum err export_folder(const struct export_order *order, struct text *error);

#endif

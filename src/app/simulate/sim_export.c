#include "app/simulate/sim_export.h"

#include "app/keeping/party_export.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_LEN 384

static bool make_folder(const char *path, struct text *error)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    text_add(error, path);
    text_add(error, ": ");
    text_add(error, strerror(errno));
    return false;
}

/* "shop-1"; one that was replaced is "shop-1-until-3" by the number of its last start. */
static void add_name(struct text *t, const struct sim_stored *stored)
{
    for (const char *at = stored->station; *at != 0; at++)
        text_add_char(t, *at == ' ' ? '-' : *at);
    if (stored->replaced == 0)
        return;
    text_add(t, "-until-");
    text_add_u64(t, stored->replaced);
}

void sim_export_take(struct sim_export *export, const struct sim_stored *stored)
{
    struct party_export_order order = {.party = stored->party, .at = stored->at, .has_bytes = true};
    struct party_export_counts counts;
    char folder[PATH_LEN];
    struct text path = text_over(folder, sizeof folder);
    struct text name = text_over(order.name, sizeof order.name);
    struct text error = text_over(export->error, sizeof export->error);

    if (export->error[0] != 0 || !make_folder(export->folder, &error))
        return;
    text_add(&path, export->folder);
    text_add_char(&path, '/');
    text_add_u64(&path, stored->seed);
    add_name(&name, stored);
    order.folder = folder;
    if (!make_folder(folder, &error))
        return;
    enum err err = party_export_write(stored->store, &order, &counts, &error);
    if (err != OK && error.len == 0)
        text_add(&error, err_text(err));
}

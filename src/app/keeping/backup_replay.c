#include "app/keeping/backup_replay.h"

#include "app/keeping/backup_mark.h"
#include "app/world/folder.h"
#include "books/archive_rows.h"
#include "drivers/journal/journal_apply.h"
#include "drivers/sqlite/store_sqlite.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct replaying {
    const struct backup_replay *how;
    struct journal_apply *apply;
    struct backup_replayed *out;
    uint64_t anchor; /* what the first part begins after */
    bool is_over;    /* as far as was wanted */
    enum err err;    /* of writing */
};

static bool take_record(void *context, struct bytes bytes, const struct journal_record *record)
{
    struct replaying *replaying = context;
    const struct backup_until *until = &replaying->how->until;

    if (record->sequence > until->sequence || record->wall.us > until->wall_us) {
        replaying->is_over = true;
        return false;
    }
    replaying->err = journal_apply_add(replaying->apply, bytes, record);
    replaying->out->wall_us = record->wall.us;
    return replaying->err == OK;
}

static enum err replay_part(struct replaying *replaying, const struct backup_part *part,
                            struct text *why)
{
    char path[FOLDER_PATH_ROOM];
    struct journal_file_source source = {.path = path, .sum = part->sum};
    struct journal_chain *chain = &replaying->out->chain;

    TRY(folder_path(replaying->how->backup, part->file, path, why));
    TRY(journal_file_read(&source, chain, take_record, replaying, why));
    if (replaying->err != OK) {
        text_add(why, replaying->how->path);
        text_add(why, ": ");
        text_add(why, err_text(replaying->err));
        return replaying->err;
    }
    if (replaying->is_over || chain->sequence == part->last)
        return OK;
    text_add(why, path);
    text_add(why, ": does not end where the manifest says");
    return ERR_CORRUPT;
}

static enum err check_end(const struct replaying *replaying, struct text *why)
{
    const struct backup_party *party = replaying->how->party;
    const struct journal_chain *chain = &replaying->out->chain;

    if (chain->sequence == replaying->anchor) {
        text_add(why, party->name);
        text_add(why, ": nothing is kept from so early");
        return ERR_NOT_FOUND;
    }
    if (replaying->is_over || (chain->sequence == party->chain.sequence &&
                               memcmp(chain->hash, party->chain.hash, sizeof chain->hash) == 0))
        return OK;
    text_add(why, party->name);
    text_add(why, ": its parts do not end with the record that the manifest names");
    return ERR_CORRUPT;
}

/* The store begins where the backup does; the first part's own word for its hash is under the
 * manifest's sum. */
static enum err begin(struct store *store, struct replaying *replaying, struct text *why)
{
    const struct backup_party *party = replaying->how->party;
    struct journal_chain *chain = &replaying->out->chain;
    struct store_cut cut = {.node = party->node, .count_max = 1};
    char path[FOLDER_PATH_ROOM];
    bool left;

    if (party->parts[0].first == 1)
        return OK;
    TRY(folder_path(replaying->how->backup, party->parts[0].file, path, why));
    TRY(journal_file_start(path, chain, why));
    cut.to.sequence = replaying->anchor = chain->sequence;
    memcpy(cut.to.hash, chain->hash, sizeof cut.to.hash);
    if (chain->sequence + 1 == party->parts[0].first &&
        store->cut(store->self, &cut, &left) == STORE_OK)
        return OK;
    text_add(why, path);
    text_add(why, ": does not begin where the manifest says");
    return ERR_CORRUPT;
}

/* Rows that were made before the journal begins stand in it from some record on. */
static enum err check_whole(const struct store *store, const struct replaying *replaying,
                            struct text *why)
{
    if (replaying->anchor == 0 || archive_is_whole(store))
        return OK;
    text_add(why, replaying->how->party->name);
    text_add(why, ": this backup begins when older records had been archived; it cannot be put "
                  "back as of so early");
    return ERR_NOT_FOUND;
}

static enum err replay_parts(struct replaying *replaying, struct text *why)
{
    const struct backup_party *party = replaying->how->party;

    for (size_t i = 0; i < party->part_count && !replaying->is_over; i++)
        TRY(replay_part(replaying, &party->parts[i], why));
    TRY(check_end(replaying, why));
    enum err err = journal_apply_commit(replaying->apply);
    if (err != OK)
        text_add(why, err_text(err));
    return err;
}

static enum err prove(const struct store *store, struct backup_replayed *out, struct text *why)
{
    struct hsm_soft *soft = NULL;

    TRY(audit_hashing_open(&soft));
    struct hsm hsm = hsm_soft_contract(soft);
    audit_report_make(store, &hsm, false, &out->report);
    hsm_soft_close(soft);
    if (audit_report_is_good(&out->report))
        return OK;
    text_add(why, "the books are wrong: ");
    audit_report_add_fault(&out->report, why);
    return ERR_CORRUPT;
}

static enum err replay_into(struct store *store, struct replaying *replaying, struct text *why)
{
    const struct backup_replay *how = replaying->how;
    struct backup_mark mark = {
        .is_restored = true, .point = how->point, .wall = how->wall, .epoch = how->party->epoch};

    TRY(begin(store, replaying, why));
    TRY(journal_apply_open(store, &replaying->apply));
    enum err err = replay_parts(replaying, why);
    journal_apply_close(replaying->apply);
    if (err == OK)
        err = check_whole(store, replaying, why);
    if (err == OK && how->is_for_use)
        err = backup_mark_write(store, &mark);
    return err == OK ? prove(store, replaying->out, why) : err;
}

enum err backup_replay(const struct backup_replay *how, struct backup_replayed *out,
                       struct text *why)
{
    struct replaying replaying = {.how = how, .out = out};
    char room[512];
    struct text fault = text_over(room, sizeof room);
    struct store store = {0};

    memset(out, 0, sizeof *out);
    if (access(how->path, F_OK) == 0) {
        text_add(why, how->path);
        text_add(why, ": it is there already");
        return ERR_EXISTS;
    }
    enum err err = store_sqlite_open(how->path, how->party->node, NULL, &store, &fault);
    if (err != OK) {
        text_add(why, text_z(&fault));
        return err;
    }
    err = replay_into(&store, &replaying, why);
    store.close(store.self);
    return err;
}

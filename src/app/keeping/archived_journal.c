#include "app/keeping/archived_journal.h"

#include <string.h>

enum err archived_journal_path(const char *folder, uint16_t node, uint64_t first,
                               char out[static ARCHIVED_PATH_ROOM], struct text *why)
{
    struct text t = text_over(out, ARCHIVED_PATH_ROOM);

    text_add(&t, folder);
    text_add(&t, "/journal-");
    text_add_u64(&t, node);
    text_add(&t, "-");
    text_add_u64(&t, first);
    text_add(&t, ".journal");
    if (!t.cut)
        return OK;
    text_add(why, folder);
    text_add(why, ": its path is too long");
    return ERR_BAD_LENGTH;
}

struct reading {
    struct archived_journal *journal;
    struct journal_chain at; /* up to the anchor, or as far as the parts go */
    bool is_stopped;
};

/* The newest part may go further than the anchor: it is proved, and the cut is still to come. */
static bool take(void *context, struct bytes bytes, const struct journal_record *record)
{
    struct reading *reading = context;
    struct archived_journal *journal = reading->journal;

    if (record->sequence > journal->to.sequence) {
        memcpy(reading->at.hash, record->previous, sizeof reading->at.hash);
        reading->at.sequence = record->sequence - 1;
        return false;
    }
    reading->is_stopped =
        journal->visit != NULL && !journal->visit(journal->context, bytes, record);
    return !reading->is_stopped;
}

static enum err read_part(struct reading *reading, struct text *why)
{
    struct archived_journal *journal = reading->journal;
    char path[ARCHIVED_PATH_ROOM];
    struct journal_file_source source = {.path = path};
    struct journal_chain chain = reading->at;

    TRY(archived_journal_path(journal->folder, journal->node, chain.sequence + 1, path, why));
    TRY(journal_file_read(&source, &chain, take, reading, why));
    journal->files++;
    if (reading->at.sequence == journal->to.sequence || reading->is_stopped)
        return OK;
    if (chain.sequence == reading->at.sequence) {
        text_add(why, path);
        text_add(why, ": nothing is in it");
        return ERR_CORRUPT;
    }
    reading->at = chain;
    return OK;
}

enum err archived_journal_read(struct archived_journal *journal, struct text *why)
{
    struct reading reading = {.journal = journal};

    while (reading.at.sequence < journal->to.sequence && !reading.is_stopped)
        TRY(read_part(&reading, why));
    if (reading.is_stopped ||
        memcmp(reading.at.hash, journal->to.hash, sizeof reading.at.hash) == 0)
        return OK;
    text_add(why, journal->folder);
    text_add(why, ": the host's journal does not follow on what is archived here");
    return ERR_CORRUPT;
}

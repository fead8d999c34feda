#include "app/keeping/backup_mark.h"

#include "drivers/journal/journal_apply.h"
#include "drivers/journal/journal_chain.h"
#include "node/standing.h"

#include <stdlib.h>
#include <string.h>

struct writing {
    struct journal_record record;
    uint8_t bytes[JOURNAL_HEAD_LEN + ROW_KEY_LEN_MAX + ROW_VALUE_LEN_MAX];
};

static enum err write_record(struct store *store, struct writing *writing)
{
    struct journal_apply *apply = NULL;
    size_t len = 0;

    TRY(journal_encode(&writing->record, writing->bytes, sizeof writing->bytes, &len));
    TRY(journal_decode(bytes_over(writing->bytes, len), &writing->record));
    TRY(journal_apply_open(store, &apply));
    enum err err = journal_apply_add(apply, bytes_over(writing->bytes, len), &writing->record);
    if (err == OK)
        err = journal_apply_commit(apply);
    journal_apply_close(apply);
    return err;
}

enum err backup_mark_write(struct store *store, const struct backup_mark *mark)
{
    struct writing *writing = calloc(1, sizeof *writing);
    struct peer_row row = {.layout = PARTY_ROW_LAYOUT, .heard = mark->point, .sent = mark->wall};
    struct store_head head;

    if (writing == NULL)
        return ERR_FULL;
    store->head(store->self, &head);
    row.epoch = epoch_next_generation(mark->epoch, mark->is_restored);
    row.sequence = head.sequence;
    struct journal_record *record = &writing->record;
    record->node = head.node;
    record->epoch = row.epoch;
    record->sequence = head.sequence + 1;
    memcpy(record->previous, head.hash, sizeof record->previous);
    record->wall = mark->wall;
    record->what = WHAT_RESTORED;
    record->change_count = 1;
    record->changes[0] = (struct journal_change){.key = row_key_of(TABLE_PEER, NULL, 0),
                                                 .value = bytes_over(&row, sizeof row)};
    enum err err = write_record(store, writing);
    free(writing);
    return err;
}

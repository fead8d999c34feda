#include "drivers/journal/ship_receive.h"

#include "books/archive_rows.h"
#include "drivers/journal/journal_apply.h"
#include "drivers/journal/journal_chain.h"
#include "node/standing.h"

#include <stdlib.h>
#include <string.h>

#define CUT_RECORDS 2000 /* some milliseconds, while the primary does not wait */
#define WAIT_MS 5000     /* for what the primary has begun to say */

struct receiving {
    struct ship_link *link;
    const struct ship_receiver *receiver;
    struct text *why;
    struct ship_hello hello;
    struct store store;
    struct journal_apply *apply;
    struct journal_chain chain;
    struct store_cut cut; /* what the primary's journal is to begin after; sequence 0: nothing */
    struct journal_record record;
    uint8_t frame[SHIP_FRAME_LEN_MAX];
};

struct reading_last {
    struct ship_last last;
    struct journal_record record;
};

static bool take_last(void *context, uint64_t sequence, struct bytes bytes)
{
    struct reading_last *reading = context;

    (void)sequence;
    if (journal_decode(bytes, &reading->record) == OK)
        reading->last = (struct ship_last){reading->record.epoch, reading->record.wall};
    return true;
}

struct ship_last ship_last_of(struct store *store)
{
    struct reading_last *reading = calloc(1, sizeof *reading);
    struct ship_last last = {0};
    struct store_head head;

    store->head(store->self, &head);
    if (reading != NULL && head.sequence > 0 &&
        store->read(store->self, head.sequence, take_last, reading) == STORE_OK)
        last = reading->last;
    free(reading);
    return last;
}

/* A store that never had a record begins where the primary's journal does. One that lacks records
 * which the primary has not any more cannot catch up. */
static enum err begin_store(struct receiving *receiving)
{
    struct store *store = &receiving->store;
    const struct store_anchor *anchor = &receiving->hello.head.anchor;
    struct store_cut cut = {.node = receiving->hello.head.node, .to = *anchor, .count_max = 1};
    struct store_head head;
    bool left;

    store->head(store->self, &head);
    if (head.sequence >= anchor->sequence)
        return OK;
    if (head.sequence == 0 && store->cut(store->self, &cut, &left) == STORE_OK)
        return OK;
    text_add(receiving->why,
             "it lacks records that the primary has archived: remove its store, and "
             "it begins anew");
    return ERR_NOT_ALLOWED;
}

/* What the primary has archived leaves here, too, some with each frame. */
static void note_cut(struct receiving *receiving, struct bytes value)
{
    struct archive_journal_row part;

    if (value.len != sizeof part)
        return;
    memcpy(&part, value.at, sizeof part);
    receiving->cut = (struct store_cut){
        .node = part.node, .to.sequence = part.sequence, .count_max = CUT_RECORDS};
    memcpy(receiving->cut.to.hash, part.hash, sizeof part.hash);
}

static void load_cut(struct receiving *receiving)
{
    struct store *store = &receiving->store;
    struct store_row row = {.key = archive_journal_key(receiving->hello.head.node)};
    struct store_row *rows[] = {&row};

    if (store->load(store->self, rows, 1) == STORE_OK && row.found)
        note_cut(receiving, bytes_over(row.value, row.len));
}

static void cut_some(struct receiving *receiving)
{
    struct store *store = &receiving->store;
    bool left = false;

    if (receiving->cut.to.sequence == 0)
        return;
    enum store_result result = store->cut(store->self, &receiving->cut, &left);
    if (result != STORE_OK || !left)
        receiving->cut.to.sequence = 0;
}

static enum err open_store(struct receiving *receiving)
{
    const struct ship_receiver *receiver = receiving->receiver;
    struct store *store = &receiving->store;
    struct store_head head;

    TRY(receiver->open(receiver->context, &receiving->hello, store, receiving->why));
    TRY(begin_store(receiving));
    load_cut(receiving);
    store->head(store->self, &head);
    receiving->chain.sequence = head.sequence;
    memcpy(receiving->chain.hash, head.hash, sizeof head.hash);
    return journal_apply_open(store, &receiving->apply);
}

static enum ship_answer judge(struct receiving *receiving)
{
    uint32_t own = ship_last_of(&receiving->store).epoch;
    uint32_t theirs = receiving->hello.head.epoch;

    if (epoch_generation(own) > epoch_generation(theirs))
        return SHIP_PROMOTED;
    return receiving->chain.sequence > receiving->hello.head.sequence ? SHIP_AHEAD : SHIP_TAKEN;
}

static enum err greet(struct receiving *receiving)
{
    uint8_t bytes[SHIP_HELLO_LEN];
    uint8_t anchor[SHIP_ANCHOR_LEN];
    bool has_anchor;
    uint8_t answer[SHIP_REPLY_LEN];
    struct ship_reply reply = {.answer = SHIP_REFUSED};

    TRY(ship_read(receiving->link, bytes, sizeof bytes, WAIT_MS));
    TRY(ship_hello_get(bytes, &receiving->hello, &has_anchor));
    if (has_anchor) {
        TRY(ship_read(receiving->link, anchor, sizeof anchor, WAIT_MS));
        ship_anchor_get(anchor, &receiving->hello);
    }
    if (open_store(receiving) == OK)
        reply.answer = judge(receiving);
    reply.sequence = receiving->chain.sequence;
    memcpy(reply.hash, receiving->chain.hash, sizeof reply.hash);
    ship_reply_put(&reply, answer);
    TRY(ship_write(receiving->link, answer, sizeof answer, WAIT_MS));
    return reply.answer == SHIP_TAKEN ? OK : ERR_NOT_ALLOWED;
}

static void note_changes(struct receiving *receiving)
{
    const struct journal_record *record = &receiving->record;

    for (size_t i = 0; i < record->change_count; i++) {
        if (record->changes[i].key.table == TABLE_ARCHIVE_JOURNAL)
            note_cut(receiving, record->changes[i].value);
    }
}

/* The records of a frame, each checked, all durable together. */
static enum err take_frame(struct receiving *receiving, size_t len)
{
    const uint8_t *at = receiving->frame;

    if (len < SHIP_HASH_LEN)
        return ERR_BAD_LENGTH;
    len -= SHIP_HASH_LEN;
    while (len >= 4) {
        size_t record_len = bytes_get_u32(at);
        if (record_len > len - 4 || record_len > JOURNAL_RECORD_LEN_MAX)
            return ERR_BAD_LENGTH;
        struct bytes bytes = bytes_over(at + 4, record_len);
        TRY(journal_chain_follow(&receiving->chain, bytes, &receiving->record));
        TRY(journal_apply_add(receiving->apply, bytes, &receiving->record));
        note_changes(receiving);
        at += 4 + record_len;
        len -= 4 + record_len;
    }
    if (len != 0)
        return ERR_BAD_LENGTH;
    if (memcmp(at, receiving->chain.hash, SHIP_HASH_LEN) != 0)
        return ERR_CORRUPT;
    return journal_apply_commit(receiving->apply);
}

static enum err receive(struct receiving *receiving)
{
    const struct ship_receiver *receiver = receiving->receiver;
    uint8_t number[8];

    TRY(greet(receiving));
    if (receiver->taken != NULL)
        receiver->taken(receiver->context, &receiving->hello, receiving->chain.sequence + 1);
    for (;;) {
        TRY(ship_read(receiving->link, number, 4, -1));
        size_t len = bytes_get_u32(number);
        if (len > SHIP_FRAME_LEN_MAX)
            return ERR_BAD_LENGTH;
        TRY(ship_read(receiving->link, receiving->frame, len, WAIT_MS));
        TRY(take_frame(receiving, len));
        bytes_put_u64(number, receiving->chain.sequence);
        TRY(ship_write(receiving->link, number, sizeof number, WAIT_MS));
        cut_some(receiving);
    }
}

enum err ship_receive(struct ship_link *link, const struct ship_receiver *receiver,
                      struct text *why)
{
    struct receiving *receiving = calloc(1, sizeof *receiving);

    if (receiving == NULL)
        return ERR_FULL;
    receiving->link = link;
    receiving->receiver = receiver;
    receiving->why = why;
    enum err err = receive(receiving);
    if (receiving->apply != NULL)
        journal_apply_close(receiving->apply);
    if (receiving->store.self != NULL)
        receiving->store.close(receiving->store.self);
    if (err == ERR_CRYPTO && why->len == 0)
        text_add(why, ship_fault(link));
    free(receiving);
    return err;
}

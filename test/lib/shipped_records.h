/* A journal that is made up as it is needed, for tests of those who copy journals. */
#ifndef TEST_LIB_SHIPPED_RECORDS_H
#define TEST_LIB_SHIPPED_RECORDS_H

#include "books/journal.h"
#include "drivers/journal/journal_chain.h"

#include <string.h>

#define SHIPPED_NODE 3
#define SHIPPED_ROWS 7

/* The next record of a journal: one row changes, every fifth goes. */
static struct bytes next_record(struct journal_chain *chain, uint32_t epoch, uint8_t *room)
{
    static struct journal_record kept;
    struct journal_record *record = &kept;
    size_t len = 0;
    uint8_t value[8];

    memset(record, 0, sizeof *record);
    record->node = SHIPPED_NODE;
    record->epoch = epoch;
    record->sequence = chain->sequence + 1;
    memcpy(record->previous, chain->hash, sizeof record->previous);
    record->what = WHAT_CONFIGURED;
    bytes_put_u64(value, record->sequence);
    record->change_count = 1;
    record->changes[0] = (struct journal_change){
        .key = row_key_number(TABLE_ACCOUNT, record->sequence % SHIPPED_ROWS),
        .is_removal = record->sequence % 5 == 0,
        .value = bytes_over(value, record->sequence % 5 == 0 ? 0 : sizeof value)};
    assert_int_equal(journal_encode(record, room, JOURNAL_RECORD_LEN_MAX, &len), OK);
    chain->sequence++;
    assert_int_equal(journal_hash(bytes_over(room, len), chain->hash), OK);
    return bytes_over(room, len);
}

#endif

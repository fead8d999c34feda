/* Any bytes, read as a journal record: no crash, and a record that reads writes the same bytes. */
#include "test/lib/fuzz.h"

#include "books/journal.h"
#include "txn/outcome.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct journal_record record;
    static uint8_t again[JOURNAL_RECORD_LEN_MAX];
    size_t again_len = 0;

    if (journal_decode(bytes_over(data, len), &record) != OK)
        return 0;
    FUZZ_CHECK(outcome_is_known(record.outcome) && record.money < MONEY_STATE_COUNT);
    FUZZ_CHECK(postings_balance(&record.postings));
    FUZZ_CHECK(journal_encode(&record, again, sizeof again, &again_len) == OK);
    FUZZ_CHECK(again_len == len && memcmp(again, data, len) == 0);
    return 0;
}

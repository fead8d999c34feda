/* Any bytes as a question: no crash, a ranked answer, and what was folded once is folded. */
#include "test/lib/fuzz.h"

#include "explain/query.h"
#include "explain/words.h"

#include <string.h>

static void check_query(const uint8_t *data, size_t size)
{
    static struct query once;
    static struct query twice;

    query_read(bytes_over(data, size), &once);
    FUZZ_CHECK(once.len < sizeof once.compact && once.compact[once.len] == 0);
    FUZZ_CHECK(once.word_count <= QUERY_WORDS_MAX);
    query_read(bytes_over(once.compact, once.len), &twice);
    FUZZ_CHECK(twice.len == once.len && memcmp(twice.compact, once.compact, once.len) == 0);
    FUZZ_CHECK(once.len == 0 || query_equals(&once, once.compact));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words_answer answer;
    unsigned sum = 0;

    check_query(data, size);
    words_find(bytes_over(data, size), &answer);
    FUZZ_CHECK(answer.count <= WORDS_HITS_MAX);
    for (size_t i = 0; i < answer.count; i++) {
        FUZZ_CHECK(outcome_is_known(answer.hits[i].outcome));
        FUZZ_CHECK(i == 0 || answer.hits[i].share <= answer.hits[i - 1].share);
        sum += answer.hits[i].share;
    }
    FUZZ_CHECK(sum <= 1000);
    return 0;
}

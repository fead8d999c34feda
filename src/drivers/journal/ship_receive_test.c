/* What comes over a line that tears, repeats, loses and spoils: only the next records of the same
 * journal are ever taken, whole frames, and what is confirmed is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/journal/ship_receive.h"
#include "drivers/store_memory.h"
#include "test/lib/shipped_records.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

#define PATIENT_MS 60000

static struct {
    struct store_memory *disk; /* outlives each receiver */
    int fd;                    /* the receiver's end */
    uint64_t confirmed;        /* the primary knows that so many are there */
} w;

static int set_up(void **state)
{
    struct store_memory_options options = {.node = SHIPPED_NODE};

    (void)state;
    memset(&w, 0, sizeof w);
    assert_int_equal(store_memory_new(&options, &w.disk), OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_memory_free(w.disk);
    return 0;
}

static enum err open_disk(void *context, const struct ship_hello *hello, struct store *out,
                          struct text *why)
{
    (void)context;
    (void)why;
    assert_string_equal(hello->party, "acquirer");
    return store_memory_attach(w.disk, out);
}

struct caller {
    struct ship_link *link;
    pthread_t thread;
    enum err err;
};

static void *take_call(void *context)
{
    struct caller *caller = context;
    const struct ship_receiver receiver = {.open = open_disk};
    char room[256];
    struct text why = text_over(room, sizeof room);
    struct ship_link *link = NULL;

    assert_int_equal(ship_accept(w.fd, NULL, PATIENT_MS, &link, &why), OK);
    caller->err = ship_receive(link, &receiver, &why);
    ship_close(link);
    return NULL;
}

/* Calls the standby by hand. */
static void call_as(struct caller *caller, const struct store_anchor *anchor,
                    enum ship_answer expected)
{
    struct ship_hello hello = {
        .party = "acquirer",
        .head = {.node = SHIPPED_NODE, .epoch = 1, .sequence = 1000, .anchor = *anchor}};
    struct ship_reply reply;
    char room[256];
    struct text why = text_over(room, sizeof room);
    uint8_t bytes[SHIP_HELLO_LEN + SHIP_ANCHOR_LEN];
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    w.fd = pair[1];
    assert_int_equal(pthread_create(&caller->thread, NULL, take_call, caller), 0);
    assert_int_equal(ship_accept(pair[0], NULL, PATIENT_MS, &caller->link, &why), OK);
    size_t len = ship_hello_put(&hello, bytes);
    assert_int_equal(ship_write(caller->link, bytes, len, PATIENT_MS), OK);
    assert_int_equal(ship_read(caller->link, bytes, SHIP_REPLY_LEN, PATIENT_MS), OK);
    assert_int_equal(ship_reply_get(bytes, &reply), OK);
    assert_int_equal(reply.answer, expected);
    assert_int_equal(reply.sequence, expected == SHIP_TAKEN ? w.confirmed : 0);
}

static void call(struct caller *caller)
{
    call_as(caller, &(struct store_anchor){0}, SHIP_TAKEN);
}

static void hang_up(struct caller *caller)
{
    ship_close(caller->link);
    pthread_join(caller->thread, NULL);
    assert_int_not_equal(caller->err, OK);
}

/* The records that a primary has, and a frame of some of them. */
static struct {
    struct journal_chain end;
    struct bytes at[60];
    uint8_t room[60][512];
    uint8_t frame[4 * 512]; /* of three records at most */
} journal;

static void write_journal(void)
{
    static uint8_t room[JOURNAL_RECORD_LEN_MAX];
    struct journal_chain chain = {0};

    for (size_t i = 0; i < ARRAY_COUNT(journal.at); i++) {
        struct bytes record = next_record(&chain, 1, room);
        assert_true(record.len <= sizeof journal.room[i]);
        memcpy(journal.room[i], record.at, record.len);
        journal.at[i] = bytes_over(journal.room[i], record.len);
    }
    journal.end = chain;
}

static size_t frame_of(size_t first, size_t count)
{
    uint8_t *at = journal.frame + 4;

    for (size_t i = first; i < first + count; i++) {
        bytes_put_u32(at, (uint32_t)journal.at[i].len);
        memcpy(at + 4, journal.at[i].at, journal.at[i].len);
        at += 4 + journal.at[i].len;
    }
    assert_int_equal(journal_hash(journal.at[first + count - 1], at), OK);
    size_t len = (size_t)(at - journal.frame) + SHIP_HASH_LEN;
    bytes_put_u32(journal.frame, (uint32_t)(len - 4));
    return len;
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

static bool is_confirmed(struct caller *caller, uint64_t *out)
{
    uint8_t number[8];

    if (ship_read(caller->link, number, sizeof number, PATIENT_MS) != OK)
        return false;
    *out = bytes_get_u64(number);
    return true;
}

/* One thing that a line or a primary may do. False: the link must be over. */
static bool send_something(struct caller *caller, uint32_t *seed)
{
    size_t count = draw(seed, 3) + 1;
    size_t left = ARRAY_COUNT(journal.at) - (size_t)w.confirmed;
    uint32_t how = draw(seed, 8);
    size_t first = (size_t)w.confirmed;
    uint64_t confirmed = 0;

    if (count > left)
        count = left;
    if (how == 1 && first > 0)
        first--; /* again */
    if (how == 2 && left > count)
        first++; /* one was overtaken */
    size_t len = frame_of(first, count);
    size_t sent = how == 3 ? draw(seed, (uint32_t)len) : len;
    if (how == 4)
        journal.frame[4 + draw(seed, (uint32_t)len - 4)] ^= (uint8_t)(1U << draw(seed, 8));
    assert_int_equal(ship_write(caller->link, journal.frame, sent, PATIENT_MS), OK);
    if (sent < len)
        return false;
    if (how == 5) { /* the answer is lost with the link */
        uint64_t ignored;
        (void)is_confirmed(caller, &ignored);
        w.confirmed += count;
        return false;
    }
    bool is_good = is_confirmed(caller, &confirmed);
    bool is_next = first == w.confirmed && how != 4;
    assert_int_equal(is_good, is_next);
    if (is_good) {
        w.confirmed += count;
        assert_int_equal(confirmed, w.confirmed);
    }
    return is_good;
}

static struct store_head head_of_disk(void)
{
    struct store store;
    struct store_head head;

    assert_int_equal(store_memory_attach(w.disk, &store), OK);
    store.head(store.self, &head);
    store.close(store.self);
    return head;
}

static void test_only_the_next_records_are_ever_taken(void **state)
{
    struct caller caller;

    (void)state;
    for (uint32_t round = 1; round <= 40; round++) {
        uint32_t seed = round;
        w.confirmed = 0;
        write_journal();
        while (w.confirmed < ARRAY_COUNT(journal.at)) {
            call(&caller);
            while (w.confirmed < ARRAY_COUNT(journal.at) && send_something(&caller, &seed))
                ;
            hang_up(&caller);
            struct store_head theirs = head_of_disk();
            assert_int_equal(theirs.sequence, w.confirmed); /* neither more nor less */
        }
        assert_memory_equal(head_of_disk().hash, journal.end.hash, JOURNAL_HASH_LEN);
        tear_down(state);
        set_up(state);
    }
}

/* A primary that has archived its first records: a new standby begins where its journal does; one
 * that lacks some of them is refused. */
static void test_a_standby_begins_where_the_primary_does(void **state)
{
    struct store_anchor anchor = {.sequence = 20};
    struct caller caller;
    uint64_t confirmed = 0;

    (void)state;
    write_journal();
    assert_int_equal(journal_hash(journal.at[19], anchor.hash), OK);
    w.confirmed = 20;
    call_as(&caller, &anchor, SHIP_TAKEN);
    size_t len = frame_of(20, 3);
    assert_int_equal(ship_write(caller.link, journal.frame, len, PATIENT_MS), OK);
    assert_true(is_confirmed(&caller, &confirmed));
    assert_int_equal(confirmed, 23);
    hang_up(&caller);
    assert_int_equal(head_of_disk().anchor.sequence, 20);
    assert_int_equal(head_of_disk().sequence, 23);
    anchor.sequence = 30;
    call_as(&caller, &anchor, SHIP_REFUSED);
    hang_up(&caller);
    assert_int_equal(head_of_disk().sequence, 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_the_next_records_are_ever_taken, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_standby_begins_where_the_primary_does, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("ship_receive", tests, NULL, NULL);
}

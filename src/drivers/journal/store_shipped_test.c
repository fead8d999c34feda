/* A primary and its standby in one process: what was answered is on both, however the link, the
 * standby or the way between them dies; and nobody who cannot prove who he is ships anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "books/journal.h"
#include "drivers/journal/journal_chain.h"
#include "drivers/journal/ship_receive.h"
#include "drivers/journal/store_shipped.h"
#include "drivers/store_memory.h"
#include "node/standing.h"
#include "test/lib/certificates.h"
#include "test/lib/shipped_records.h"

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NODE SHIPPED_NODE
#define ROWS SHIPPED_ROWS
#define PATIENT_MS 60000
#define SLOW_NAME "slow.test"

/* ---- a name server that hangs ---- */

static atomic_bool is_name_awaited;
static atomic_bool may_name_end;

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (strcmp(name, SLOW_NAME) != 0)
        return real(name, service, hints, out);
    atomic_store(&is_name_awaited, true);
    while (!atomic_load(&may_name_end))
        usleep(1000);
    return EAI_AGAIN;
}

/* ---- two machines ---- */

enum death { DEATH_NONE, DEATH_BEFORE_WRITE, DEATH_BEFORE_ACK, DEATH_REFUSES };

static struct {
    struct store_memory *ours; /* disks, which outlive all processes */
    struct store_memory *theirs;
    struct store store; /* the primary's, shipped */
    char address[32];
    struct store_shipping how;
    /* the standby */
    pthread_t thread;
    atomic_bool is_over;
    struct ship_security *security;
    int listening;
    int fd;             /* of the primary it serves */
    struct store inner; /* of the connection */
    enum death death;
    unsigned death_at; /* the n-th commit from here; 0: lives */
    /* the primary's journal */
    struct journal_chain made;
    uint8_t bytes[8][JOURNAL_RECORD_LEN_MAX];
    uint64_t answered;
    unsigned notes;
    char note[512];
} w;

static enum store_result mortal_commit(void *self, const struct store_batch *batch)
{
    bool dies = w.death_at > 0 && --w.death_at == 0;

    (void)self;
    if (dies && w.death == DEATH_BEFORE_WRITE) {
        shutdown(w.fd, SHUT_RDWR);
        return STORE_FATAL;
    }
    enum store_result result = w.inner.commit(w.inner.self, batch);
    if (dies)
        shutdown(w.fd, SHUT_RDWR);
    return result;
}

static enum err open_theirs(void *context, const struct ship_hello *hello, struct store *out,
                            struct text *why)
{
    (void)context;
    assert_string_equal(hello->party, "acquirer");
    if (w.death == DEATH_REFUSES) {
        text_add(why, "not me");
        return ERR_BUSY;
    }
    assert_int_equal(store_memory_attach(w.theirs, &w.inner), OK);
    *out = w.inner;
    out->commit = mortal_commit;
    return OK;
}

static void serve(int fd)
{
    const struct ship_receiver receiver = {.open = open_theirs};
    char room[256];
    struct text why = text_over(room, sizeof room);
    struct ship_link *link = NULL;

    w.fd = fd;
    if (ship_accept(fd, w.security, PATIENT_MS, &link, &why) == OK)
        (void)!ship_receive(link, &receiver, &why);
    ship_close(link);
}

static void *run_standby(void *context)
{
    (void)context;
    while (!atomic_load(&w.is_over)) {
        struct pollfd waiting = {.fd = w.listening, .events = POLLIN};
        if (poll(&waiting, 1, 10) > 0)
            serve(accept4(w.listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
    }
    return NULL;
}

static void start_standby(void)
{
    uint16_t port = 0;

    assert_int_equal(ship_listen("127.0.0.1:0", &w.listening, &port), OK);
    snprintf(w.address, sizeof w.address, "127.0.0.1:%u", port);
    atomic_store(&w.is_over, false);
    assert_int_equal(pthread_create(&w.thread, NULL, run_standby, NULL), 0);
}

static void stop_standby(void)
{
    atomic_store(&w.is_over, true);
    shutdown(w.fd, SHUT_RDWR);
    pthread_join(w.thread, NULL);
    close(w.listening);
    w.listening = -1;
}

static void note(void *context, const char *words)
{
    (void)context;
    w.notes++;
    snprintf(w.note, sizeof w.note, "%s", words);
}

static int set_up(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.listening = w.fd = -1;
    atomic_store(&may_name_end, false);
    atomic_store(&is_name_awaited, false);
    struct store_memory_options options = {.node = NODE};
    assert_int_equal(store_memory_new(&options, &w.ours), OK);
    assert_int_equal(store_memory_new(&options, &w.theirs), OK);
    w.how = (struct store_shipping){.address = w.address,
                                    .party = "acquirer",
                                    .is_required = true,
                                    .confirm_ms = PATIENT_MS,
                                    .retry_ms = 20,
                                    .note = note};
    return 0;
}

static void close_primary(void)
{
    if (w.store.self != NULL)
        w.store.close(w.store.self);
    w.store = (struct store){0};
}

static int tear_down(void **state)
{
    (void)state;
    close_primary();
    if (w.listening >= 0)
        stop_standby();
    ship_security_close(w.security);
    store_memory_free(w.ours);
    store_memory_free(w.theirs);
    return 0;
}

static enum err open_primary(char *words, size_t room)
{
    struct text why = text_over(words, room);
    struct store inner;

    assert_int_equal(store_memory_attach(w.ours, &inner), OK);
    return store_shipped_open(&inner, &w.how, &w.store, &why);
}

static void start_primary(void)
{
    char words[512];

    if (open_primary(words, sizeof words) != OK)
        fail_msg("%s", words);
}

/* ---- what is shipped ---- */

static enum store_result commit_to(struct store *store, struct journal_chain *chain, size_t count)
{
    struct journal_chain before = *chain;
    struct store_record records[8];
    struct store_change changes[8];
    uint8_t values[8][8];

    assert_true(count <= ARRAY_COUNT(records));
    for (size_t i = 0; i < count; i++) {
        records[i].bytes = next_record(chain, 1, w.bytes[i]);
        records[i].sequence = chain->sequence;
        bytes_put_u64(values[i], chain->sequence);
        changes[i] =
            (struct store_change){.key = row_key_number(TABLE_ACCOUNT, chain->sequence % ROWS),
                                  .is_removal = chain->sequence % 5 == 0,
                                  .value = bytes_over(values[i], 8)};
    }
    struct store_batch batch = {.changes = changes,
                                .change_count = count,
                                .records = records,
                                .record_count = count,
                                .head_hash = chain->hash};
    enum store_result result = store->commit(store->self, &batch);
    if (result != STORE_OK && result != STORE_IN_DOUBT)
        *chain = before;
    return result;
}

static enum store_result commit(size_t count)
{
    enum store_result result = commit_to(&w.store, &w.made, count);

    if (result == STORE_OK)
        w.answered = w.made.sequence;
    return result;
}

static struct store_head head_of(struct store_memory *memory)
{
    struct store store;
    struct store_head head;

    assert_int_equal(store_memory_attach(memory, &store), OK);
    store.head(store.self, &head);
    store.close(store.self);
    return head;
}

struct copy {
    struct journal_chain chain;
    struct journal_record record;
};

static bool follow(void *context, uint64_t sequence, struct bytes bytes)
{
    struct copy *copy = context;

    (void)sequence;
    assert_int_equal(journal_chain_follow(&copy->chain, bytes, &copy->record), OK);
    return true;
}

/* Theirs is a whole chain, no longer than ours. */
static void assert_prefix(uint64_t at_least)
{
    static struct copy theirs;
    struct store store;

    memset(&theirs, 0, sizeof theirs);
    assert_int_equal(store_memory_attach(w.theirs, &store), OK);
    assert_int_equal(store.read(store.self, 1, follow, &theirs), STORE_OK);
    store.close(store.self);
    assert_true(theirs.chain.sequence >= at_least);
    assert_true(theirs.chain.sequence <= w.made.sequence);
    if (theirs.chain.sequence == w.made.sequence)
        assert_memory_equal(theirs.chain.hash, w.made.hash, sizeof w.made.hash);
}

static void assert_level(void)
{
    struct store_head ours = head_of(w.ours);
    struct store_head theirs = head_of(w.theirs);

    assert_int_equal(theirs.sequence, ours.sequence);
    assert_memory_equal(theirs.hash, ours.hash, sizeof ours.hash);
    assert_int_equal(store_memory_row_count(w.theirs), store_memory_row_count(w.ours));
}

static struct ship_state state_of(void)
{
    struct ship_state state;

    assert_true(store_shipped_state(&w.store, &state));
    return state;
}

/* Tends the store as the host does, until the standby stands so. */
static void tend_until(enum ship_stand stand)
{
    struct store_tidings tidings;

    for (int i = 0; i < 6000 && state_of().stand != stand; i++) {
        (void)w.store.tend(w.store.self, &tidings);
        usleep(10000);
    }
    assert_int_equal(state_of().stand, stand);
}

/* ---- what was answered is there ---- */

static void test_an_answer_means_that_both_have_it(void **state)
{
    (void)state;
    start_standby();
    start_primary();
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(commit(i % 8 + 1), STORE_OK);
        assert_int_equal(state_of().behind, 0);
    }
    assert_int_equal(state_of().stand, SHIP_STAND_LEVEL);
    assert_int_equal(w.notes, 0);
    close_primary();
    stop_standby();
    assert_level();
}

/* Killed at each of some commits, before it has written and after it has but not said so. */
static void die_at(enum death death, unsigned nth, bool is_required)
{
    w.how.is_required = is_required;
    start_standby();
    start_primary();
    w.death = death;
    w.death_at = nth;
    enum store_result result = STORE_OK;
    uint64_t before = 0;
    for (unsigned i = 0; i < nth; i++) {
        assert_int_equal(result, STORE_OK);
        before = w.answered;
        result = commit(i % 3 + 1);
    }
    assert_int_equal(result, is_required ? STORE_IN_DOUBT : STORE_OK);
    assert_int_equal(state_of().stand, SHIP_STAND_AWAY);
    assert_true(strlen(state_of().why) > 0);
    assert_non_null(strstr(w.note, is_required ? "nothing new is taken" : "going on without it"));
    close_primary();
    stop_standby();
    assert_prefix(before);
    start_standby();
    start_primary(); /* which brings it up to date */
    assert_int_equal(commit(2), STORE_OK);
    close_primary();
    stop_standby();
    assert_level();
}

static void test_a_standby_that_dies_loses_nothing_that_was_answered(void **state)
{
    for (unsigned nth = 1; nth <= 5; nth++) {
        for (int required = 0; required <= 1; required++) {
            for (int death = DEATH_BEFORE_WRITE; death <= DEATH_BEFORE_ACK; death++) {
                die_at((enum death)death, nth, required);
                tear_down(state);
                set_up(state);
            }
        }
    }
}

static void test_a_preferred_standby_is_brought_up_while_nobody_pays(void **state)
{
    (void)state;
    w.how.is_required = false;
    start_standby();
    start_primary();
    assert_int_equal(commit(1), STORE_OK);
    stop_standby();
    tend_until(SHIP_STAND_AWAY); /* noticed without a payment */
    assert_int_equal(w.notes, 1);
    for (int i = 0; i < 30; i++)
        assert_int_equal(commit(8), STORE_OK);
    assert_int_equal(state_of().behind, 240);
    start_standby();
    tend_until(SHIP_STAND_LEVEL);
    assert_non_null(strstr(w.note, "is back and has caught up"));
    close_primary();
    stop_standby();
    assert_level();
}

static void test_without_a_required_standby_nothing_is_taken(void **state)
{
    (void)state;
    start_standby();
    start_primary();
    assert_int_equal(commit(1), STORE_OK);
    stop_standby();
    tend_until(SHIP_STAND_AWAY);
    assert_int_equal(commit(1), STORE_ALONE);
    assert_int_equal(commit(1), STORE_ALONE);
    assert_true(state_of().is_required);
    assert_int_equal(head_of(w.theirs).sequence, 1);
    start_standby();
    tend_until(SHIP_STAND_LEVEL);
    assert_int_equal(commit(1), STORE_OK);
    assert_int_equal(w.made.sequence, 2);
}

static void test_a_required_standby_must_be_there_at_the_start(void **state)
{
    char words[512];

    (void)state;
    start_standby();
    w.death = DEATH_REFUSES;
    assert_int_equal(open_primary(words, sizeof words), ERR_TIMEOUT);
    assert_non_null(strstr(words, "it refuses"));
    stop_standby();
    assert_int_equal(open_primary(words, sizeof words), ERR_TIMEOUT);
    assert_non_null(strstr(words, "cannot be reached"));
}

/* ---- nobody waits ---- */

static void test_a_name_that_is_not_found_stalls_nobody(void **state)
{
    (void)state;
    w.how.is_required = false;
    w.how.confirm_ms = 20;
    start_standby();
    start_primary();
    assert_int_equal(commit(1), STORE_OK);
    close_primary();
    stop_standby();
    struct tls_files files = {.certificate = path_of("client.pem"),
                              .key = path_of("client.key"),
                              .authority = path_of("ca.pem"),
                              .peer_name = SERVER_NAME};
    w.how.tls = &files; /* a name is never called in clear */
    snprintf(w.address, sizeof w.address, SLOW_NAME ":1");
    start_primary();
    assert_true(atomic_load(&is_name_awaited));
    for (int i = 0; i < 200; i++)
        assert_int_equal(commit(1), STORE_OK); /* while the name server keeps its silence */
    assert_false(atomic_load(&may_name_end));
    assert_int_equal(state_of().stand, SHIP_STAND_AWAY);
    assert_non_null(strstr(w.note, "no answer in time"));
    close_primary(); /* nor is this kept waiting */
    atomic_store(&may_name_end, true);
}

static void test_a_standby_that_says_nothing_is_left_alone(void **state)
{
    uint16_t port = 0;
    int silent = -1;

    (void)state;
    assert_int_equal(ship_listen("127.0.0.1:0", &silent, &port), OK);
    snprintf(w.address, sizeof w.address, "127.0.0.1:%u", port);
    w.how.is_required = false;
    w.how.confirm_ms = 20;
    start_primary();
    for (int i = 0; i < 100; i++)
        assert_int_equal(commit(1), STORE_OK);
    assert_int_equal(state_of().stand, SHIP_STAND_AWAY);
    close(silent);
}

/* ---- fences ---- */

static void give_theirs(struct journal_chain *chain, uint32_t epoch, size_t count)
{
    struct store store;
    struct store_record record;

    assert_int_equal(store_memory_attach(w.theirs, &store), OK);
    for (size_t i = 0; i < count; i++) {
        record.bytes = next_record(chain, epoch, w.bytes[0]);
        record.sequence = chain->sequence;
        struct store_batch batch = {
            .records = &record, .record_count = 1, .head_hash = chain->hash};
        assert_int_equal(store.commit(store.self, &batch), STORE_OK);
    }
    store.close(store.self);
}

static void give_ours(size_t count)
{
    struct store store;

    assert_int_equal(store_memory_attach(w.ours, &store), OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(commit_to(&store, &w.made, 1), STORE_OK);
    store.close(store.self);
}

static void assert_fenced(const char *why)
{
    char words[512];

    start_standby();
    assert_int_equal(open_primary(words, sizeof words), ERR_NOT_ALLOWED);
    assert_non_null(strstr(words, why));
}

static void test_a_former_primary_may_not_go_on(void **state)
{
    struct journal_chain theirs = {0};

    (void)state;
    give_theirs(&theirs, 1, 4);
    give_ours(9); /* further than the standby ever was */
    give_theirs(&theirs, epoch_next_generation(1, false), 1);
    assert_fenced("was promoted");
}

static void test_a_standby_that_is_ahead_is_another_journals(void **state)
{
    struct journal_chain theirs = {0};

    (void)state;
    give_theirs(&theirs, 1, 5);
    give_ours(4);
    assert_fenced("another journal");
}

/* One record differs; from there on no hash is the same, and the numbers say nothing. */
static void diverge(size_t ours)
{
    struct journal_chain theirs = {0};

    give_theirs(&theirs, 1, 3);
    give_theirs(&theirs, 2, 2); /* ours are of epoch 1 */
    give_ours(ours);
    assert_fenced("another journal");
}

static void test_another_journal_of_the_same_length(void **state)
{
    (void)state;
    diverge(5);
}

static void test_another_journal_that_is_shorter(void **state)
{
    (void)state;
    diverge(30);
}

static void test_a_primary_is_fenced_while_nobody_pays(void **state)
{
    struct journal_chain theirs;

    (void)state;
    w.how.is_required = false;
    start_standby();
    start_primary();
    assert_int_equal(commit(3), STORE_OK);
    theirs = w.made;
    stop_standby();
    tend_until(SHIP_STAND_AWAY);
    give_theirs(&theirs, epoch_next_generation(1, false), 1); /* promoted meanwhile */
    start_standby();
    tend_until(SHIP_STAND_FENCED);
    assert_int_equal(commit(1), STORE_FATAL);
}

/* ---- what the standby says ---- */

/* A standby of bad will, or another program at its port. */
static void answer_badly(const uint8_t *bytes, size_t len)
{
    char words[512];
    struct text why = text_over(words, sizeof words);
    struct ship_link *link = NULL;
    uint8_t hello[SHIP_HELLO_LEN];
    int fd;

    while ((fd = accept4(w.listening, NULL, NULL, SOCK_NONBLOCK)) < 0)
        ;
    assert_int_equal(ship_accept(fd, NULL, PATIENT_MS, &link, &why), OK);
    assert_int_equal(ship_read(link, hello, sizeof hello, PATIENT_MS), OK);
    assert_int_equal(ship_write(link, bytes, len, PATIENT_MS), OK);
    ship_close(link);
}

static void *misbehave(void *context)
{
    uint8_t reply[SHIP_REPLY_LEN] = {0, 0, 0, 99};
    uint8_t taken[SHIP_REPLY_LEN + 8] = {0};

    (void)context;
    answer_badly(reply, sizeof reply); /* no such answer */
    answer_badly(taken, 10);           /* half of one */
    taken[sizeof taken - 1] = 77;      /* confirms what nobody sent */
    answer_badly(taken, sizeof taken);
    return NULL;
}

static void test_a_standby_that_talks_nonsense_confirms_nothing(void **state)
{
    char words[512];
    uint16_t port = 0;
    pthread_t thread;

    (void)state;
    assert_int_equal(ship_listen("127.0.0.1:0", &w.listening, &port), OK);
    snprintf(w.address, sizeof w.address, "127.0.0.1:%u", port);
    assert_int_equal(pthread_create(&thread, NULL, misbehave, NULL), 0);
    assert_int_equal(open_primary(words, sizeof words), ERR_TIMEOUT);
    assert_int_equal(open_primary(words, sizeof words), ERR_TIMEOUT);
    start_primary();
    assert_int_equal(commit(1), STORE_IN_DOUBT);
    pthread_join(thread, NULL);
    close(w.listening);
    w.listening = -1;
}

/* ---- who may ship ---- */

static struct tls_files files_of(const char *name)
{
    char certificate[32];
    char key[32];

    snprintf(certificate, sizeof certificate, "%s.pem", name);
    snprintf(key, sizeof key, "%s.key", name);
    return (struct tls_files){.certificate = path_of(certificate),
                              .key = path_of(key),
                              .authority = path_of("ca.pem"),
                              .peer_name = SERVER_NAME};
}

static void secure_standby(const struct tls_files *files)
{
    char words[300];
    struct text why = text_over(words, sizeof words);

    if (ship_security_open(files, true, &w.security, &why) != OK)
        fail_msg("%s", words);
    start_standby();
}

static void test_both_sides_prove_who_they_are(void **state)
{
    struct tls_files ours = files_of("client");
    struct tls_files theirs = files_of("server");

    (void)state;
    secure_standby(&theirs);
    w.how.tls = &ours;
    start_primary();
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(commit(8), STORE_OK);
    close_primary();
    stop_standby();
    assert_level();
}

/* Nothing is shipped, and the words say what is wrong. */
static void assert_refused(const struct tls_files *ours, const struct tls_files *theirs,
                           const char *why)
{
    char words[512];

    secure_standby(theirs);
    w.how.tls = ours;
    give_ours(3);
    assert_int_equal(open_primary(words, sizeof words), ERR_TIMEOUT);
    if (strstr(words, why) == NULL)
        fail_msg("%s does not say: %s", words, why);
    stop_standby();
    assert_int_equal(head_of(w.theirs).sequence, 0);
}

static void test_a_standby_of_another_authority(void **state)
{
    struct tls_files ours = files_of("client");
    struct tls_files theirs = files_of("foreign");

    (void)state;
    assert_refused(&ours, &theirs, "certificate verify failed: unable to get local issuer");
}

static void test_a_standby_of_another_name(void **state)
{
    struct tls_files ours = files_of("client");
    struct tls_files theirs = files_of("server");

    (void)state;
    ours.peer_name = "other.test";
    assert_refused(&ours, &theirs, "certificate verify failed: hostname mismatch");
}

static void test_a_primary_of_another_authority(void **state)
{
    struct tls_files ours = files_of("foreign");
    struct tls_files theirs = files_of("server");

    (void)state;
    assert_refused(&ours, &theirs, "TLS: the other side says: ");
}

static void test_a_primary_of_another_name(void **state)
{
    struct tls_files ours = files_of("client");
    struct tls_files theirs = files_of("server");

    (void)state;
    theirs.peer_name = "other.test"; /* whoever has a certificate of the same authority */
    assert_refused(&ours, &theirs, "TLS: the other side says: ");
}

static void test_a_primary_in_clear_at_a_standby_that_asks_for_proof(void **state)
{
    struct tls_files theirs = files_of("server");

    (void)state;
    assert_refused(NULL, &theirs, "standby is required");
}

static void test_in_clear_only_on_this_machine(void **state)
{
    static const char *const others[] = {"10.0.0.2:7700",  "0.0.0.0:7700",     "standby.test:7700",
                                         "localhost:7700", "192.168.1.1:7700", "127.0.0.1",
                                         "[::2]:7700",     "8.127.0.1:7700"};
    char words[512];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        snprintf(w.address, sizeof w.address, "%s", others[i]);
        assert_int_equal(open_primary(words, sizeof words), ERR_CONFIG);
        assert_non_null(strstr(words, "on this machine"));
    }
    assert_true(ship_is_local("127.0.0.9:1"));
    assert_true(ship_is_local("[::1]:1"));
}

static void test_half_a_proof_is_none(void **state)
{
    char words[300];
    struct tls_files files = files_of("client");
    const char **part[] = {&files.certificate, &files.key, &files.authority, &files.peer_name};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(part); i++) {
        const char *kept = *part[i];
        *part[i] = NULL;
        struct text why = text_over(words, sizeof words);
        assert_int_equal(ship_security_open(&files, false, &w.security, &why), ERR_CONFIG);
        assert_non_null(strstr(words, "needs certificate, key, authority"));
        *part[i] = kept;
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_answer_means_that_both_have_it),
        TEST(test_a_standby_that_dies_loses_nothing_that_was_answered),
        TEST(test_a_preferred_standby_is_brought_up_while_nobody_pays),
        TEST(test_without_a_required_standby_nothing_is_taken),
        TEST(test_a_required_standby_must_be_there_at_the_start),
        TEST(test_a_name_that_is_not_found_stalls_nobody),
        TEST(test_a_standby_that_says_nothing_is_left_alone),
        TEST(test_a_former_primary_may_not_go_on),
        TEST(test_a_standby_that_is_ahead_is_another_journals),
        TEST(test_another_journal_of_the_same_length),
        TEST(test_another_journal_that_is_shorter),
        TEST(test_a_primary_is_fenced_while_nobody_pays),
        TEST(test_a_standby_that_talks_nonsense_confirms_nothing),
        TEST(test_both_sides_prove_who_they_are),
        TEST(test_a_standby_of_another_authority),
        TEST(test_a_standby_of_another_name),
        TEST(test_a_primary_of_another_authority),
        TEST(test_a_primary_of_another_name),
        TEST(test_a_primary_in_clear_at_a_standby_that_asks_for_proof),
        TEST(test_in_clear_only_on_this_machine),
        TEST(test_half_a_proof_is_none),
    };

    return cmocka_run_group_tests_name("store_shipped", tests, make_certificates,
                                       remove_certificates);
}

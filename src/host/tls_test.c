#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "host/tls.h"
#include "test/lib/certificates.h"
#include "test/lib/link_rig.h"

#include <malloc.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct tls_context *server_context;
static uint8_t room[1 << 20];

/* ---- the server, with the links of a rig ---- */

static struct tls_context *open_context(const struct tls_files *files, bool is_server)
{
    char words[300];
    struct text error = text_over(words, sizeof words);
    struct tls_context *context = NULL;

    if (tls_context_open(files, is_server, &context, &error) != OK)
        fail_msg("%s", text_z(&error));
    return context;
}

/* The waits are long, so that a machine that stands still for seconds does not look like a peer
 * that dawdles, but for tests of what happens when they end. */
#define PATIENT_MS 60000
#define HASTY_MS 300

static void start(bool demand_client, size_t open_max, uint32_t wait_ms)
{
    struct tls_files files = {.certificate = path_of("server.pem"),
                              .key = path_of("server.key"),
                              .authority = demand_client ? path_of("ca.pem") : NULL,
                              .demand_client = demand_client};

    rig_start((struct links_setup){.open_max = open_max,
                                   .frame_wait_ms = wait_ms,
                                   .connect_wait_ms = wait_ms,
                                   .retry_first_ms = 20,
                                   .retry_max_ms = 100});
    server_context = open_context(&files, true);
    rig_listen(&rig_iso, server_context);
}

static int set_up(void **state)
{
    (void)state;
    start(false, 16, PATIENT_MS);
    return 0;
}

static int set_up_hasty(void **state)
{
    (void)state;
    start(false, 16, HASTY_MS);
    return 0;
}

static int set_up_demanding(void **state)
{
    (void)state;
    start(true, 16, PATIENT_MS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rig_stop();
    tls_context_close(server_context);
    return 0;
}

/* ---- a client of another make: OpenSSL on a socket ---- */

struct client {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
};

static struct client client_new(const char *side, int version)
{
    struct client client = {.context = SSL_CTX_new(TLS_client_method()), .fd = rig_connect()};
    char file[32];

    SSL_CTX_set_max_proto_version(client.context, version);
    assert_int_equal(SSL_CTX_load_verify_locations(client.context, path_of("ca.pem"), NULL), 1);
    SSL_CTX_set_verify(client.context, SSL_VERIFY_PEER, NULL);
    if (side != NULL) {
        snprintf(file, sizeof file, "%s.pem", side);
        assert_int_equal(SSL_CTX_use_certificate_chain_file(client.context, path_of(file)), 1);
        snprintf(file, sizeof file, "%s.key", side);
        assert_int_equal(
            SSL_CTX_use_PrivateKey_file(client.context, path_of(file), SSL_FILETYPE_PEM), 1);
    }
    client.ssl = SSL_new(client.context);
    SSL_set1_host(client.ssl, SERVER_NAME);
    SSL_set_fd(client.ssl, client.fd);
    SSL_set_connect_state(client.ssl);
    return client;
}

static void client_close(struct client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    close(client->fd);
}

static bool is_waiting(const struct client *client, int result)
{
    int reason = SSL_get_error(client->ssl, result);

    return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
}

/* Whether the handshake came to its good end on this side. */
static bool client_shakes(struct client *client)
{
    struct moment end = moment_add_ms(clock_now(), RIG_WAIT_MS);
    int result = -1;

    while (clock_now().ns < end.ns) {
        ERR_clear_error();
        result = SSL_do_handshake(client->ssl);
        if (result == 1 || !is_waiting(client, result))
            break;
        rig_turn();
    }
    return result == 1;
}

static void client_send(struct client *client, const uint8_t *at, size_t len)
{
    int sent;

    SSL_set_mode(client->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    while (len > 0) {
        ERR_clear_error();
        sent = SSL_write(client->ssl, at, (int)len);
        if (sent <= 0) {
            assert_true(is_waiting(client, sent));
            rig_turn();
            continue;
        }
        at += sent;
        len -= (size_t)sent;
    }
}

/* Reads len bytes, or until the server ends the connection; returns how many. */
static size_t client_receive(struct client *client, uint8_t *out, size_t len)
{
    struct moment end = moment_add_ms(clock_now(), RIG_WAIT_MS);
    size_t done = 0;

    while (done < len && clock_now().ns < end.ns) {
        ERR_clear_error();
        int got = SSL_read(client->ssl, out + done, (int)(len - done));
        if (got > 0)
            done += (size_t)got;
        else if (is_waiting(client, got))
            rig_turn();
        else
            break;
    }
    return done;
}

static void client_check(struct client *client, uint32_t count)
{
    static uint8_t answers[1 << 20];
    struct txn_message answer;
    struct txn_decoded decoded;
    struct bytes body;
    size_t len = 0;
    size_t at = 0;
    size_t take = 0;

    for (uint32_t i = 1; i <= count; i++)
        len += rig_echo(i, room + len);
    client_send(client, room, len);
    for (uint32_t i = 1; i <= count; i++) {
        assert_int_equal(client_receive(client, answers + at, 2), 2);
        size_t body_len = bytes_get_u16(answers + at);
        assert_int_equal(client_receive(client, answers + at + 2, body_len), body_len);
        assert_int_equal(frame_next(bytes_over(answers + at, 2 + body_len), &take, &body), OK);
        assert_int_equal(txn_decode(&rig_iso, body, clock_wall(), &answer, &decoded), OK);
        assert_int_equal(answer.identity.trace, i);
        assert_memory_equal(answer.code, "00", 2);
        at += take;
    }
}

/* The server ends the connection without a word of answer, and says why. */
static void client_is_refused(struct client *client, const char *why)
{
    uint8_t byte;

    if (client_shakes(client)) /* with TLS 1.3 a client may believe it is in until it reads */
        assert_int_equal(client_receive(client, &byte, 1), 0);
    rig_until(links_counters(rig.links)->open == 0);
    assert_int_equal(links_counters(rig.links)->closed_bad, 1);
    assert_int_equal(rig.notes, 1);
    if (strstr(rig.noted, why) == NULL)
        fail_msg("%s", rig.noted);
}

/* ---- tests ---- */

static void test_a_client_trusts_the_server_and_is_served(void **state)
{
    (void)state;
    struct client client = client_new(NULL, TLS1_3_VERSION);

    assert_true(client_shakes(&client));
    assert_string_equal(SSL_get_version(client.ssl), "TLSv1.3");
    client_check(&client, 1);
    client_check(&client, 20);
    SSL_shutdown(client.ssl); /* a goodbye is no fault */
    rig_until(links_counters(rig.links)->open == 0);
    assert_int_equal(links_counters(rig.links)->closed_bad, 0);
    assert_int_equal(rig.notes, 0);
    client_close(&client);
}

static void test_a_demanded_certificate_is_checked(void **state)
{
    (void)state;
    struct client client = client_new("client", TLS1_3_VERSION);

    assert_true(client_shakes(&client));
    client_check(&client, 3);
    client_close(&client);
}

static void test_a_client_without_a_certificate_is_refused(void **state)
{
    (void)state;
    struct client client = client_new(NULL, TLS1_3_VERSION);

    client_is_refused(&client, "did not return a certificate");
    client_close(&client);
}

static void test_a_client_of_another_authority_is_refused(void **state)
{
    (void)state;
    struct client client = client_new("foreign", TLS1_3_VERSION);

    client_is_refused(&client, "certificate verify failed: unable to get local issuer");
    client_close(&client);
}

static void test_tls_1_2_is_refused(void **state)
{
    (void)state;
    struct client client = client_new(NULL, TLS1_2_VERSION);

    assert_false(client_shakes(&client));
    client_is_refused(&client, "unsupported protocol");
    client_close(&client);
}

static void test_a_handshake_must_be_done_in_time(void **state)
{
    (void)state;
    static const uint8_t hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC};
    struct client good = client_new(NULL, TLS1_3_VERSION);
    unsigned late = 0; /* on a machine that stood still just then */

    for (; !client_shakes(&good) && late < 20; late++) {
        client_close(&good);
        good = client_new(NULL, TLS1_3_VERSION);
    }
    int silent = rig_connect();
    int half = rig_connect();
    rig_send(half, hello, sizeof hello);
    rig_until(rig_is_closed(silent) && rig_is_closed(half));
    assert_int_equal(links_counters(rig.links)->closed_bad, late + 2);
    assert_non_null(strstr(rig.noted, "handshake"));
    client_check(&good, 1);
    client_close(&good);
    close(silent);
    close(half);
}

static void test_clear_bytes_instead_of_a_handshake_end_the_link(void **state)
{
    (void)state;
    struct client good = client_new(NULL, TLS1_3_VERSION);
    int fd = rig_connect();

    rig_send(fd, room, rig_echo(1, room));
    rig_until(links_counters(rig.links)->closed_bad == 1);
    assert_int_equal(links_counters(rig.links)->frames_in, 0);
    assert_true(client_shakes(&good));
    client_check(&good, 1);
    client_close(&good);
    close(fd);
}

static void test_a_damaged_record_ends_the_link(void **state)
{
    (void)state;
    struct client client = client_new(NULL, TLS1_3_VERSION);
    static const uint8_t record[] = {0x17, 0x03, 0x03, 0x00, 0x20, 1,  2,  3,  4,  5,  6,  7,  8,
                                     9,    10,   11,   12,   13,   14, 15, 16, 17, 18, 19, 20, 21,
                                     22,   23,   24,   25,   26,   27, 28, 29, 30, 31, 32};

    assert_true(client_shakes(&client));
    client_check(&client, 1);
    rig_send(client.fd, record, sizeof record);
    rig_until(links_counters(rig.links)->closed_bad == 1);
    client_close(&client);
}

static void test_much_at_once(void **state)
{
    (void)state;
    struct client client = client_new(NULL, TLS1_3_VERSION);

    assert_true(client_shakes(&client));
    for (int turn = 0; turn < 5; turn++)
        client_check(&client, 800);
    client_close(&client);
}

/* ---- our own client ---- */

static enum err keep_peer(const struct tls_context *context)
{
    char words[200];
    struct text error = text_over(words, sizeof words);
    struct link_kind kind = rig_kind(&rig_iso, (struct tls_context *)(uintptr_t)context);

    struct link_ways ways = {.primary = rig.address};

    return links_keep_peer(rig.links, &kind, &ways, RIG_PEER, &error);
}

static void test_our_client_is_up_when_hands_are_shaken(void **state)
{
    struct tls_files files = {.certificate = path_of("client.pem"),
                              .key = path_of("client.key"),
                              .authority = path_of("ca.pem"),
                              .peer_name = SERVER_NAME};
    struct tls_context *context = open_context(&files, false);

    tear_down(state);
    start(true, 16, HASTY_MS);
    assert_int_equal(keep_peer(context), OK);
    rig_until(rig_ups == 1);
    rig_turn_ms(2 * HASTY_MS); /* longer than a handshake may take */
    assert_int_equal(rig_ups, 1);
    assert_int_equal(rig_downs, 0);
    rig_until(links_counters(rig.links)->open == 2);
    tear_down(state);
    tls_context_close(context);
    set_up_demanding(state);
}

static void never_up(const struct tls_files *files, void **state)
{
    struct tls_context *context = open_context(files, false);

    assert_int_equal(keep_peer(context), OK);
    rig_until(links_counters(rig.links)->closed_bad >= 3); /* it was tried, and tried again */
    assert_int_equal(rig_ups, 0);
    assert_int_equal(rig_downs, 0);
    tear_down(state);
    tls_context_close(context);
    set_up(state);
}

static void test_our_client_refuses_a_server_it_cannot_trust(void **state)
{
    struct tls_files foreign = {.authority = path_of("foreign-ca.pem"), .peer_name = SERVER_NAME};
    struct tls_files named = {.authority = path_of("ca.pem"), .peer_name = "bank.test"};

    never_up(&foreign, state);
    never_up(&named, state);
}

/* It gives up after HASTY_MS, and tries again. */
static void test_our_client_does_not_wait_for_a_mute_server(void **state)
{
    struct tls_files files = {.authority = path_of("ca.pem")};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    int mute = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    assert_int_equal(bind(mute, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(mute, 64), 0);
    getsockname(mute, (struct sockaddr *)&in, &len);
    snprintf(rig.address, sizeof rig.address, "127.0.0.1:%u", ntohs(in.sin_port));
    struct tls_context *context = open_context(&files, false);
    struct moment begin = clock_now();
    int tries[3];
    rig_turn(); /* timers count from the loop's last turn */
    assert_int_equal(keep_peer(context), OK);
    for (size_t i = 0; i < ARRAY_COUNT(tries); i++)
        rig_until((tries[i] = accept(mute, NULL, NULL)) >= 0);
    assert_true(clock_now().ns - begin.ns >= (2 * HASTY_MS - 5) * INT64_C(1000000));
    assert_int_equal(rig_ups, 0);
    for (size_t i = 0; i < ARRAY_COUNT(tries); i++)
        close(tries[i]);
    close(mute);
    tear_down(state);
    tls_context_close(context);
    set_up(state);
}

/* ---- set-up ---- */

static void is_refused(const struct tls_files *files, bool is_server, const char *named,
                       const char *why)
{
    char words[400];
    struct text error = text_over(words, sizeof words);
    struct tls_context *context = NULL;

    assert_int_equal(tls_context_open(files, is_server, &context, &error), ERR_CONFIG);
    if (strstr(text_z(&error), named) == NULL || strstr(text_z(&error), why) == NULL)
        fail_msg("%s", text_z(&error));
    assert_null(context);
}

static void test_errors_name_the_file_and_the_reason(void **state)
{
    (void)state;
    struct tls_files good = {.certificate = path_of("server.pem"), .key = path_of("server.key")};
    struct tls_files files = good;
    FILE *junk = fopen(path_of("not.pem"), "w");

    fputs("not a certificate\n", junk);
    fclose(junk);
    files.certificate = "/nowhere/cert.pem";
    is_refused(&files, true, "/nowhere/cert.pem", "No such file");
    files.certificate = path_of("not.pem");
    is_refused(&files, true, "not.pem", "no start line");
    files = good;
    files.key = path_of("client.key");
    is_refused(&files, true, "client.key", "mismatch");
    files.key = path_of("secret.key"); /* and nobody is asked for its passphrase */
    is_refused(&files, true, "secret.key", "passphrase");
    files = good;
    files.key = NULL;
    is_refused(&files, true, "TLS", "key");
    files = good;
    files.demand_client = true;
    is_refused(&files, true, "TLS", "authority");
    files = (struct tls_files){.authority = path_of("not.pem")};
    is_refused(&files, false, "not.pem", "");
    files = (struct tls_files){0};
    is_refused(&files, false, "TLS", "authority");
}

/* ---- memory ---- */

#define IDLE_LINKS 1200

/* The clients, in a process of their own so that their memory is not counted. */
static void be_clients(int told, int until)
{
    static SSL *clients[IDLE_LINKS];
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(rig.port)};
    uint8_t byte = 0;
    int one = 1;

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < IDLE_LINKS; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&in, sizeof in) != 0 ||
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0)
            _exit(1);
        clients[i] = SSL_new(context);
        SSL_set_fd(clients[i], fd);
        size_t len = rig_echo((uint32_t)i + 1, room);
        if (SSL_connect(clients[i]) != 1 || SSL_write(clients[i], room, (int)len) != (int)len ||
            SSL_read(clients[i], room, sizeof room) <= 0)
            _exit(2);
    }
    if (write(told, &byte, 1) != 1 || read(until, &byte, 1) < 0)
        _exit(3);
    _exit(0);
}

static void test_an_idle_link_takes_little_memory(void **state)
{
    (void)state;
    struct rlimit files;
    struct mallinfo2 before;
    struct mallinfo2 after;
    int told[2];
    int until[2];
    uint8_t byte;
    int status = -1;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 16384 ? files.rlim_max : 16384;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < IDLE_LINKS + 64)
        skip();
    tear_down(state);
    start(false, IDLE_LINKS + 8, PATIENT_MS);
    struct client first = client_new(NULL, TLS1_3_VERSION);
    assert_true(client_shakes(&first));
    client_check(&first, 1);
    assert_int_equal(pipe(told) | pipe(until), 0);
    fcntl(told[0], F_SETFL, O_NONBLOCK);
    before = mallinfo2();
    pid_t child = fork();
    if (child == 0)
        be_clients(told[1], until[0]);
    struct moment end = moment_add_ms(clock_now(), RIG_WAIT_MS);
    while (read(told[0], &byte, 1) != 1 && clock_now().ns < end.ns)
        rig_turn();
    after = mallinfo2();
    assert_int_equal(links_counters(rig.links)->open, IDLE_LINKS + 1);
    size_t each = (after.uordblks - before.uordblks) / IDLE_LINKS;
    print_message("# memory per idle TLS link: %zu bytes\n", each);
    assert_true(each <= 20 * 1024);
    assert_int_equal(write(until[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++) {
        close(told[i]);
        close(until[i]);
    }
    client_close(&first);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define HASTY(name) cmocka_unit_test_setup_teardown(name, set_up_hasty, tear_down)
#define DEMANDING(name) cmocka_unit_test_setup_teardown(name, set_up_demanding, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_client_trusts_the_server_and_is_served),
        DEMANDING(test_a_demanded_certificate_is_checked),
        DEMANDING(test_a_client_without_a_certificate_is_refused),
        DEMANDING(test_a_client_of_another_authority_is_refused),
        TEST(test_tls_1_2_is_refused),
        HASTY(test_a_handshake_must_be_done_in_time),
        TEST(test_clear_bytes_instead_of_a_handshake_end_the_link),
        TEST(test_a_damaged_record_ends_the_link),
        TEST(test_much_at_once),
        DEMANDING(test_our_client_is_up_when_hands_are_shaken),
        TEST(test_our_client_refuses_a_server_it_cannot_trust),
        HASTY(test_our_client_does_not_wait_for_a_mute_server),
        cmocka_unit_test(test_errors_name_the_file_and_the_reason),
        TEST(test_an_idle_link_takes_little_memory),
    };

    return cmocka_run_group_tests_name("tls", tests, make_certificates, remove_certificates);
}

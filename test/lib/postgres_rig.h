/*
 * A real PostgreSQL server for the tests of its store: a schema for each test, a proxy that loses
 * messages where a test wants one, and nodes that make small batches.
 *
 * Included once, by a *_test.c after cmocka.h.
 */
#ifndef TEST_LIB_POSTGRES_RIG_H
#define TEST_LIB_POSTGRES_RIG_H

#include "base/attribute.h"
#include "drivers/postgres/store_postgres.h"
#include "test/lib/cutter.h"
#include "test/lib/postgres.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* However slow the machine is: only what is about waiting waits less. */
#define USUAL_WAIT_MS 120000

static struct postgres_server server;
static struct cutter *cutter; /* NULL: straight to the server */
static char proxy_folder[80];
static char schema[32];
static unsigned schema_number;
static uint32_t answer_wait_ms;
static uint32_t return_wait_ms;
static uint32_t lease_ms;

static enum err open_node(uint16_t node, struct store *out, struct text *error)
{
    char proxied[160];
    struct store_postgres_options options = {.conninfo = server.conninfo,
                                             .schema = schema,
                                             .node = node,
                                             .answer_wait_ms = answer_wait_ms,
                                             .return_wait_ms = return_wait_ms,
                                             .lease_ms = lease_ms};

    if (cutter != NULL) {
        snprintf(proxied, sizeof proxied, "host=%s user=postgres dbname=postgres", proxy_folder);
        options.conninfo = proxied;
    }
    return store_postgres_open(&options, out, error);
}

UNUSED static struct store must_open(uint16_t node)
{
    char room[300];
    struct text error = text_over(room, sizeof room);
    struct store store = {0};

    if (open_node(node, &store, &error) != OK)
        fail_msg("%s", text_z(&error));
    return store;
}

/* A schema that nobody has used. */
UNUSED static void rig_begin(void)
{
    snprintf(schema, sizeof schema, "party_%u", ++schema_number);
    answer_wait_ms = USUAL_WAIT_MS;
    return_wait_ms = USUAL_WAIT_MS;
    lease_ms = USUAL_WAIT_MS;
}

UNUSED static int proxy_begin(void)
{
    char here[108];
    char there[108];

    snprintf(proxy_folder, sizeof proxy_folder, "%s-proxy", server.folder);
    if (mkdir(proxy_folder, 0700) != 0)
        return -1;
    snprintf(here, sizeof here, "%s/.s.PGSQL.5432", proxy_folder);
    snprintf(there, sizeof there, "%s/.s.PGSQL.5432", server.folder);
    cutter = cutter_start(here, there);
    return cutter == NULL ? -1 : 0;
}

UNUSED static void proxy_end(void)
{
    char here[108];

    cutter_stop(cutter);
    cutter = NULL;
    snprintf(here, sizeof here, "%s/.s.PGSQL.5432", proxy_folder);
    unlink(here);
    rmdir(proxy_folder);
}

UNUSED static double now_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

UNUSED static long long run(const char *format)
{
    char sql[600];

    snprintf(sql, sizeof sql, format, schema, schema, schema, schema);
    return postgres_server_run(&server, sql);
}

/* ---- small batches of one row and one record ---- */

struct node {
    struct store store;
    struct store_head head;
};

UNUSED static struct node node_open(uint16_t number)
{
    struct node node = {.store = must_open(number)};

    node.store.head(node.store.self, &node.head);
    return node;
}

UNUSED static struct store_row node_load(struct node *node, struct row_key key)
{
    struct store_row row = {.key = key};
    struct store_row *rows[] = {&row};

    assert_int_equal(node->store.load(node->store.self, rows, 1), STORE_OK);
    return row;
}

UNUSED static enum store_result node_put(struct node *node, struct row_key key, const char *value)
{
    struct store_change change = {
        .key = key, .is_removal = value == NULL, .value = bytes_of_z(value == NULL ? "" : value)};
    struct store_record record = {node->head.sequence + 1, bytes_of_z("a record")};
    uint8_t hash[32] = {(uint8_t)node->head.node, (uint8_t)record.sequence};
    struct store_batch batch = {&change, 1, &record, 1, hash};
    enum store_result result = node->store.commit(node->store.self, &batch);

    if (result == STORE_OK)
        node->head.sequence++;
    return result;
}

UNUSED static void node_check(struct node *node, struct row_key key, const char *value)
{
    struct store_row row = node_load(node, key);

    assert_int_equal(row.found, value != NULL);
    if (value != NULL) {
        assert_int_equal(row.len, strlen(value));
        assert_memory_equal(row.value, value, row.len);
    }
}

UNUSED static void node_close(struct node *node)
{
    node->store.close(node->store.self);
}

UNUSED static int start_server(void **state)
{
    (void)state;
    return postgres_server_make(&server) ? 0 : -1;
}

UNUSED static int stop_server(void **state)
{
    (void)state;
    postgres_server_remove(&server);
    return 0;
}

#endif

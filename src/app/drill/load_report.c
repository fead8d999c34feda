#include "app/drill/load.h"

#include "app/subcommand.h"
#include "app/world/client.h"
#include "host/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUIET_WAIT_MS 90000
#define QUIET_PAUSE_US 300000
#define PARTIES_MAX 20

/* ---- where the switch is ---- */

static void take_ports(const json_t *status, struct load *load)
{
    json_t *party;
    size_t i;

    json_array_foreach(json_object_get(status, "parties"), i, party)
    {
        if (strcmp(client_text(party, "party"), "acquirer") != 0 ||
            load->address_count == ARRAY_COUNT(load->addresses))
            continue;
        struct text address = text_over(load->addresses[load->address_count++], CONFIG_ADDRESS_LEN);
        text_add(&address, client_text(party, "address"));
    }
}

/* "HOST:PORT" or "HOST:PORT,HOST:PORT" */
static void take_addresses(struct load *load)
{
    const char *at = load->options.address;

    while (*at != 0 && load->address_count < ARRAY_COUNT(load->addresses)) {
        size_t len = strcspn(at, ",");
        struct text address = text_over(load->addresses[load->address_count++], CONFIG_ADDRESS_LEN);

        text_add_bytes(&address, bytes_over((const uint8_t *)at, len));
        (void)text_z(&address);
        at += len + (at[len] == ',');
    }
}

enum err load_find_switch(struct load *load, struct text *error)
{
    struct client_sockets sockets;
    json_t *request = json_pack("{s:s}", "verb", "status");

    if (load->options.address != NULL) {
        take_addresses(load);
        json_decref(request);
        return OK;
    }
    client_sockets_find(load->data, &sockets);
    for (size_t i = 0; i < sockets.count; i++) {
        char room[256];
        struct text ignored = text_over(room, sizeof room);
        json_t *status = client_try(sockets.paths[i], request, &ignored);

        if (status != NULL)
            take_ports(status, load);
        json_decref(status);
    }
    json_decref(request);
    if (load->address_count > 0)
        return OK;
    text_add(error, "no switch runs on ");
    text_add(error, load->data);
    text_add(error, "; start it with acquit up or acquit run acquirer");
    return ERR_NOT_FOUND;
}

enum err load_open_tls(struct load *load, struct text *error)
{
    const struct config_tls *config = &load->config.terminal_tls;
    struct tls_files files = {
        .certificate = config->certificate[0] != 0 ? config->certificate : NULL,
        .key = config->key[0] != 0 ? config->key : NULL,
        .authority = config->authority[0] != 0 ? config->authority : NULL,
    };

    return config->is_on ? tls_context_open(&files, false, &load->tls, error) : OK;
}

/* ---- how it went ---- */

static double ms_of(const struct load *load, uint32_t per_mille)
{
    return (double)histogram_quantile(&load->latency, per_mille) / 1000;
}

static void print_json(const struct load *load, double per_second)
{
    json_t *outcomes = json_object();

    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        if (load->outcomes[i] > 0)
            json_object_set_new(outcomes, outcome_row((enum outcome)i)->name,
                                json_integer((json_int_t)load->outcomes[i]));
    }
    json_t *json = json_pack("{s:I, s:f, s:f, s:f, s:f, s:o}", "payments", (json_int_t)load->sold,
                             "per_second", per_second, "p50_ms", ms_of(load, 500), "p99_ms",
                             ms_of(load, 990), "p999_ms", ms_of(load, 999), "outcomes", outcomes);
    json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(json);
}

void load_print(const struct load *load)
{
    double per_second = load->took_ns > 0 ? (double)load->sold * 1e9 / (double)load->took_ns : 0;

    if (load->options.as_json) {
        print_json(load, per_second);
        return;
    }
    fprintf(stderr, "\n");
    printf("%u terminals, %.1f s: %llu payments, %.0f/s; p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms\n",
           load->options.terminals, (double)load->took_ns / 1e9, (unsigned long long)load->sold,
           per_second, ms_of(load, 500), ms_of(load, 990), ms_of(load, 999));
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        if (load->outcomes[i] > 0)
            printf("  %-28s %llu\n", outcome_row((enum outcome)i)->name,
                   (unsigned long long)load->outcomes[i]);
    }
}

/* ---- agreement ---- */

struct books {
    struct summary_list acquirer;
    struct summary_list issuers; /* all of them in one list */
    size_t pending;
    bool has_acquirer; /* a node of the switch has told of all nodes' payments */
};

static bool list_append(struct summary_list *list, struct summary_list *more)
{
    struct agree_entry *at = realloc(list->at, (list->count + more->count + 1) * sizeof *list->at);

    if (at == NULL)
        return false;
    if (more->count > 0)
        memcpy(at + list->count, more->at, more->count * sizeof *at);
    list->at = at;
    list->count += more->count;
    list->cap = list->count;
    summary_free(more);
    return true;
}

static bool take_file(struct books *books, const json_t *file)
{
    struct summary_list list;
    const char *name = client_text(file, "name");

    if (strcmp(name, "terminal") == 0)
        return true;
    if (summary_read(client_text(file, "path"), &list) != OK)
        return false;
    unlink(client_text(file, "path"));
    books->pending += (size_t)json_integer_value(json_object_get(file, "pending"));
    bool is_acquirer = strncmp(name, "acquirer", strlen("acquirer")) == 0;
    if (is_acquirer && books->has_acquirer) {
        summary_free(&list);
        return true;
    }
    books->has_acquirer = books->has_acquirer || is_acquirer;
    return list_append(is_acquirer ? &books->acquirer : &books->issuers, &list);
}

static bool read_books(const char *data, struct books *books)
{
    struct client_sockets sockets;
    json_t *request = json_pack("{s:s}", "verb", "summary");
    bool is_good = true;

    memset(books, 0, sizeof *books);
    client_sockets_find(data, &sockets);
    is_good = sockets.count > 0;
    for (size_t i = 0; i < sockets.count && is_good; i++) {
        json_t *answer = client_ask(sockets.paths[i], request);
        json_t *file;
        size_t at;

        is_good = answer != NULL;
        json_array_foreach(json_object_get(answer, "files"), at, file) is_good =
            is_good && take_file(books, file);
        json_decref(answer);
    }
    json_decref(request);
    summary_sort(&books->acquirer);
    summary_sort(&books->issuers);
    return is_good;
}

static void free_books(struct books *books)
{
    summary_free(&books->acquirer);
    summary_free(&books->issuers);
}

/* The entry with this key at the head of a sorted list, taken off; NULL when it is not there. */
static const struct agree_entry *take_if(const struct summary_list *list, size_t *at,
                                         const uint8_t key[static IDENTITY_KEY_LEN])
{
    if (*at >= list->count || memcmp(list->at[*at].key, key, IDENTITY_KEY_LEN) != 0)
        return NULL;
    return &list->at[(*at)++];
}

static const uint8_t *least_key(const struct summary_list *lists[static 3],
                                const size_t at[static 3])
{
    const uint8_t *least = NULL;

    for (size_t i = 0; i < 3; i++) {
        const uint8_t *key = at[i] < lists[i]->count ? lists[i]->at[at[i]].key : NULL;
        if (key != NULL && (least == NULL || memcmp(key, least, IDENTITY_KEY_LEN) < 0))
            least = key;
    }
    return least;
}

/* Payments of other terminals than ours are not ours to judge. */
static bool is_ours(const struct load *load, const uint8_t key[static IDENTITY_KEY_LEN])
{
    const struct lab_terminal *first = &load->config.world.terminals[load->config.listed_terminals];

    return key[ACQUIRER_ID_LEN] == (uint8_t)first->id[0] && first->id[0] == 'L';
}

/* Payments of earlier runs are in the books of switch and issuers, not in our terminals'. */
static bool is_new(const struct load *load, const struct agree_entry *acquirer,
                   const struct agree_entry *issuer)
{
    const struct agree_entry *entry = acquirer != NULL ? acquirer : issuer;

    return entry->created_us >= load->opened.us;
}

static void count_all(const struct load *load, const struct summary_list *terminals,
                      const struct books *books, uint64_t counts[static AGREEMENT_COUNT])
{
    const struct summary_list *lists[3] = {terminals, &books->acquirer, &books->issuers};
    size_t at[3] = {0};
    const uint8_t *least;

    while ((least = least_key(lists, at)) != NULL) {
        uint8_t key[IDENTITY_KEY_LEN];

        memcpy(key, least, sizeof key);
        const struct agree_entry *terminal = take_if(lists[0], &at[0], key);
        const struct agree_entry *acquirer = take_if(lists[1], &at[1], key);
        const struct agree_entry *issuer = take_if(lists[2], &at[2], key);
        if (is_ours(load, key) && (terminal != NULL || is_new(load, acquirer, issuer)))
            counts[agree_on(terminal, acquirer, issuer)]++;
    }
}

static bool print_agreement(const struct load *load, const uint64_t counts[static AGREEMENT_COUNT])
{
    bool is_good = true;

    for (size_t i = 0; i < AGREEMENT_COUNT; i++) {
        if (counts[i] == 0)
            continue;
        is_good = is_good && agreement_is_good((enum agreement)i);
        fprintf(load->options.as_json ? stderr : stdout, "  %9llu %s\n",
                (unsigned long long)counts[i], agreement_text((enum agreement)i));
    }
    fprintf(load->options.as_json ? stderr : stdout, "terminals, switch and issuers %s\n",
            is_good ? "agree on every payment" : "DO NOT AGREE");
    return is_good;
}

int load_agree(struct load *load, struct summary_list *terminals)
{
    struct moment end = moment_add_ms(clock_now(), QUIET_WAIT_MS);
    uint64_t counts[AGREEMENT_COUNT] = {0};
    struct books books;

    summary_sort(terminals);
    for (;;) {
        bool is_read = read_books(load->data, &books);

        if (is_read && (books.pending == 0 || clock_now().ns > end.ns))
            break;
        free_books(&books);
        if (clock_now().ns > end.ns) {
            fprintf(stderr, "acquit: the switch or an issuer does not answer\n");
            return EXIT_BAD;
        }
        usleep(QUIET_PAUSE_US);
    }
    count_all(load, terminals, &books, counts);
    free_books(&books);
    return print_agreement(load, counts) ? EXIT_DONE : EXIT_BAD;
}

/*
 * The inside of acquit load: load.c sells, load_deed.c says what, load_report.c how it went and
 * whether all agree.
 */
#ifndef APP_LOAD_H
#define APP_LOAD_H

#include "app/drill/summary.h"
#include "app/drill/histogram.h"
#include "app/drill/load_deed.h"
#include "app/world/party_server.h"
#include "app/till/tickets.h"
#include "base/prng.h"
#include "host/link.h"
#include "host/tls.h"

struct load;

struct load_options {
    const char *config;
    uint32_t terminals;
    uint32_t rate; /* payments a second; 0: as fast as answers come */
    uint32_t seconds;
    uint32_t cards; /* to choose from; 0: one for each terminal */
    enum entry_mode entry;
    bool is_mixed;       /* each payment draws its entry: stripe or chip */
    const char *address; /* the switch, or what stands before it, with commas between several
                            nodes; NULL: where it says it listens */
    bool is_eager;       /* sells as soon as one terminal has signed in */
    bool is_shop;        /* does all that a shop does in a day */
    uint64_t seed;       /* what is sold, and all that is done besides */
    const char *journal; /* folder for the terminals' stores; NULL: memory */
    bool as_json;
};

/* One terminal and its customer. */
struct load_shop {
    struct load *load;
    char terminal[TERMINAL_ID_LEN];
    uint32_t card; /* next, counted from the first generated one */
    bool is_busy;
    bool is_signed_in;
    enum command_kind doing; /* while it is busy, and what the next display is about */
    struct moment started;
    struct moment gives_up; /* its cashier cancels then; ns 0: he waits */
    bool must_settle;       /* the terminal said so */
    bool has_differed;      /* the last settlement's totals did: the next one is forced */
    struct load_bill bills[LOAD_BILLS_MAX];
    uint32_t bill_count;
    uint32_t bill_next; /* place of the oldest, when all are full */
    struct load_code code;
};

struct load {
    struct load_options options;
    struct config config;
    struct lab_seed seed;
    char data[CONFIG_PATH_LEN];                               /* of the switch and the issuers */
    char addresses[CONFIG_NODES_MAX + 1][CONFIG_ADDRESS_LEN]; /* of the switch's nodes */
    size_t address_count;
    uv_loop_t loop;
    uv_timer_t timer;
    struct links *links;
    struct tls_context *tls;
    struct party_server party;
    struct tickets tickets;
    struct load_shop *shops;
    uint32_t card_count;
    uint32_t signed_in;
    uint32_t next_shop;
    struct prng prng;
    uint32_t errands; /* banks that are asked for codes */
    bool has_recalled;
    bool is_selling;
    bool is_cut;
    uint64_t turns;
    uint64_t asked;
    uint64_t done; /* payments shown */
    uint64_t done_before;
    uint64_t sold; /* of them, while selling */
    int64_t second;
    struct instant opened;
    struct moment started;
    int64_t took_ns;
    struct histogram latency; /* microseconds */
    uint64_t outcomes[OUTCOME_COUNT];
};

/* Finds where the nodes of the switch listen, from the running processes. */
MUST_USE enum err load_find_switch(struct load *load, struct text *error);
MUST_USE enum err load_open_tls(struct load *load, struct text *error);

/* Throughput, latencies, refusals by cause. */
void load_print(const struct load *load);

/* Asks switch and issuers what they know, until they are quiet, and compares with the terminals.
 * EXIT_DONE when all agree. */
int load_agree(struct load *load, struct summary_list *terminals);

#endif

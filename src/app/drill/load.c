/*
 * acquit load: many real terminals, each with its own connection and its own cards, selling to a
 * running switch as fast as they may; then throughput, latencies and refusals, and at the end the
 * proof that terminal, switch and issuers agree on every payment.
 */
#include "app/drill/load.h"

#include "app/subcommand.h"
#include "app/world/client.h"
#include "app/world/clock_file.h"
#include "app/world/server.h"
#include "host/clock.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TURN_MS 5
#define SIGN_IN_WAIT_MS 30000
#define QUIET_WAIT_MS 60000
#define LINKS_A_WAY 3 /* of a line with two: the one in use, and what parted a while ago */

static const char load_help[] =
    "usage: acquit load [--data DIR | --config FILE] [--terminals N] [--rate R|max] [--seconds S]\n"
    "                   [--entry stripe|chip|tap|keyed|mixed] [--cards N] [--journal DIR]\n"
    "                   [--switch HOST:PORT[,HOST:PORT]] [--eager] [--shop] [--seed N] [--json]\n\n"
    "N terminals of the configuration's load section sell for S seconds, R payments a second or\n"
    "as fast as answers come. Their stores are in memory, or files in --journal DIR. They connect\n"
    "to --switch when something stands before it, or before each of its nodes; with --eager\n"
    "selling begins with the first that has signed in. With --shop they do all that a shop does in "
    "a day: voids, refunds and\n"
    "tips, holds and their completion, balances, payment codes, offline sales, day end, all drawn\n"
    "from --seed; what a supervisor confirms needs `operators: true` in the load section. Ends by\n"
    "checking that terminals, switch and issuers agree on every payment; exit code 0 if they "
    "do.\n\n"
    "example: acquit up --detach && acquit load --terminals 64 --seconds 5\n";

/* ---- selling ---- */

static void shop_show(void *context, const struct node_display *display);

static void shop_send(struct load_shop *shop, enum command_kind kind)
{
    struct load *load = shop->load;
    struct lane_item *item = lane_item_new(load->party.lane);
    uint64_t ticket = item == NULL ? 0 : tickets_new(&load->tickets, shop_show, shop);

    if (ticket == 0) {
        shop->is_busy = false;
        return;
    }
    shop->is_busy = true;
    shop->started = clock_now();
    item->event.kind = EVENT_COMMAND;
    item->event.ticket = ticket;
    item->event.line_is_up = links_line_is_up(load->links, shop->terminal);
    memset(&item->command, 0, offsetof(struct node_command, value));
    item->command.kind = kind;
    memcpy(item->command.terminal, shop->terminal, TERMINAL_ID_LEN);
    item->has_command = true;
    if (kind == COMMAND_PAY && load->options.is_shop)
        load_deed_next(load, shop, &item->command);
    else if (kind == COMMAND_PAY)
        load_deed_sell(load, shop, &item->command);
    shop->doing = item->command.kind;
    lane_push(load->party.lane);
}

/* Nobody waits for what a cancel shows: the payment's own ticket does. */
static void shop_cancel(struct load_shop *shop)
{
    struct load *load = shop->load;
    struct lane_item *item = lane_item_new(load->party.lane);

    shop->gives_up = (struct moment){0};
    if (item == NULL)
        return;
    item->event.kind = EVENT_COMMAND;
    item->event.line_is_up = links_line_is_up(load->links, shop->terminal);
    memset(&item->command, 0, offsetof(struct node_command, value));
    item->command.kind = COMMAND_CANCEL;
    memcpy(item->command.terminal, shop->terminal, TERMINAL_ID_LEN);
    item->has_command = true;
    lane_push(load->party.lane);
}

static bool must_sign_in(enum outcome outcome)
{
    return outcome == OUTCOME_TERMINAL_NOT_SIGNED_IN || outcome == OUTCOME_TERMINAL_BATCH_UNKNOWN ||
           outcome == OUTCOME_TERMINAL_KEY_MISSING || outcome == OUTCOME_MESSAGE_MAC_WRONG;
}

static void shop_show(void *context, const struct node_display *display)
{
    struct load_shop *shop = context;
    struct load *load = shop->load;

    shop->is_busy = false;
    load_deed_learn(shop, display);
    if (!shop->is_signed_in) {
        shop->is_signed_in = outcome_is_approved(display->outcome);
        load->signed_in += shop->is_signed_in ? 1 : 0;
        return;
    }
    load->outcomes[display->outcome]++;
    if (shop->doing == COMMAND_PAY && display->has_payment) {
        load->done++;
        histogram_add(&load->latency, (uint64_t)(clock_now().ns - shop->started.ns) / 1000);
    }
    if (must_sign_in(display->outcome)) {
        shop->is_signed_in = false;
        load->signed_in--;
    }
    if (load->options.rate == 0 && load->is_selling && shop->is_signed_in &&
        outcome_is_approved(display->outcome))
        shop_send(shop, COMMAND_PAY);
}

/* Shops that are idle: those that wait for a sign-in, a pause after a refusal, or their turn. */
static void wake_idle(struct load *load)
{
    for (uint32_t i = 0; i < load->options.terminals; i++) {
        struct load_shop *shop = &load->shops[i];

        if (load_deed_gives_up(shop))
            shop_cancel(shop);
        if (shop->is_busy || !links_line_is_up(load->links, shop->terminal))
            continue;
        if (!shop->is_signed_in)
            shop_send(shop, COMMAND_SIGN_IN);
        else if (load->is_selling && load->options.rate == 0)
            shop_send(shop, COMMAND_PAY);
    }
}

static void sell_by_rate(struct load *load)
{
    int64_t elapsed_ns = clock_now().ns - load->started.ns;
    uint64_t due = (uint64_t)((double)elapsed_ns / 1e9 * load->options.rate);

    for (uint32_t tried = 0; load->asked < due && tried < load->options.terminals; tried++) {
        struct load_shop *shop = &load->shops[load->next_shop];

        load->next_shop = (load->next_shop + 1) % load->options.terminals;
        if (shop->is_busy || !shop->is_signed_in || !links_line_is_up(load->links, shop->terminal))
            continue;
        shop_send(shop, COMMAND_PAY);
        load->asked++;
    }
}

/* ---- the loop ---- */

static void on_wake(uv_async_t *wake)
{
    struct load *load = wake->data;

    if (load->party.lane != NULL)
        links_drain(load->links, load->party.lane);
}

static void on_show(void *context, const struct node_display *display)
{
    struct load *load = context;

    tickets_show(&load->tickets, display);
}

static void on_stopped(void *context, struct lane *lane)
{
    (void)context;
    fprintf(stderr, "acquit: %s: the store failed\n", lane_name(lane));
    exit(EXIT_BAD);
}

static void turn(uv_timer_t *timer)
{
    struct load *load = timer->data;

    if (load->is_selling && load->options.rate > 0)
        sell_by_rate(load);
    if (++load->turns % 10 == 0)
        wake_idle(load);
}

static bool is_over(struct load *load, struct moment end)
{
    return clock_now().ns >= end.ns || load->is_cut;
}

static void progress(struct load *load)
{
    int64_t second = (clock_now().ns - load->started.ns) / 1000000000;

    if (second == load->second || !load->is_selling || load->options.as_json)
        return;
    load->second = second;
    fprintf(stderr, "\r%3lld s  %9llu payments  %8llu/s  %llu waiting ", (long long)second,
            (unsigned long long)load->done, (unsigned long long)(load->done - load->done_before),
            (unsigned long long)tickets_waiting(&load->tickets));
    load->done_before = load->done;
}

static void run_for(struct load *load, int64_t ms, bool until_signed_in)
{
    struct moment end = moment_add_ms(clock_now(), ms);
    uint32_t enough = load->options.is_eager ? 1 : load->options.terminals;

    while (!is_over(load, end) && !(until_signed_in && load->signed_in >= enough)) {
        uv_run(&load->loop, UV_RUN_ONCE);
        progress(load);
    }
}

/* Lets what is in the air come down. */
static void run_until_idle(struct load *load)
{
    struct moment end =
        moment_add_ms(clock_now(), load->config.world.timings.terminal_wait_ms + 5000);

    while (!is_over(load, end) && tickets_waiting(&load->tickets) > 0)
        uv_run(&load->loop, UV_RUN_ONCE);
}

/* ---- agreement ---- */

struct quiet {
    struct summary_list list;
    bool is_good;
    bool is_done;
};

static void quiet_run(struct lane *lane, void *context)
{
    struct quiet *quiet = context;

    quiet->is_good = summary_collect(lane, &quiet->list);
}

static void quiet_done(void *context)
{
    struct quiet *quiet = context;

    quiet->is_done = true;
}

/* What the terminals here know, read on their lane. */
static bool collect_terminals(struct load *load, struct summary_list *out)
{
    struct quiet quiet = {0};
    struct lane_job job = {.run = quiet_run, .done = quiet_done, .context = &quiet};

    while (!lane_run(load->party.lane, &job))
        uv_run(&load->loop, UV_RUN_ONCE);
    while (!quiet.is_done)
        uv_run(&load->loop, UV_RUN_ONCE);
    *out = quiet.list;
    return quiet.is_good;
}

/* Waits until the terminals owe nothing: reversals go while the loop runs. */
static bool settle(struct load *load, struct summary_list *terminals)
{
    struct moment end = moment_add_ms(clock_now(), QUIET_WAIT_MS);

    for (;;) {
        if (!collect_terminals(load, terminals))
            return false;
        if (terminals->pending == 0 || is_over(load, end))
            return true;
        summary_free(terminals);
        run_for(load, 200, false);
    }
}

/* ---- opening and closing ---- */

static enum err open_shops(struct load *load, struct text *error)
{
    struct link_kind kind = {.lane = load->party.lane,
                             .profile = &load->party.profiles[PROFILE_LINE],
                             .profile_number = PROFILE_LINE,
                             .tls = load->tls};

    uint32_t wait_ms = load->config.world.timings.terminal_wait_ms;

    load->shops = calloc(load->options.terminals, sizeof *load->shops);
    if (load->shops == NULL)
        return ERR_FULL;
    for (uint32_t i = 0; i < load->options.terminals; i++) {
        struct load_shop *shop = &load->shops[i];
        const char *id = load->config.world.terminals[load->config.listed_terminals + i].id;

        shop->load = load;
        shop->card = i % load->card_count;
        TRY(identity_id_from_text(id, ' ', shop->terminal, TERMINAL_ID_LEN));
        struct link_ways ways = {.primary = load->addresses[i % load->address_count],
                                 .backup = load->address_count > 1
                                               ? load->addresses[(i + 1) % load->address_count]
                                               : NULL,
                                 .silence_ms = load->address_count > 1 ? wait_ms / 5 * 2 : 0,
                                 .answer_wait_ms = wait_ms};
        TRY(links_keep_line(load->links, &kind, &ways, id, error));
    }
    return OK;
}

static enum err open_party(struct load *load, struct text *error)
{
    struct config *config = &load->config;
    struct party_server_setup setup = {
        .config = config,
        .seed = &load->seed,
        .target = {.party = PARTY_TERMINAL,
                   .terminal_first = config->listed_terminals,
                   .terminal_count = load->options.terminals},
        .card_count =
            load->options.entry == ENTRY_KEYED ? 0 : config->listed_cards + 2 * load->card_count,
        .cards_data = load->data,
        .cards_file = "load.atc", /* nobody else sells to these cards, whatever is listed */
        .cards_first = config->listed_cards,
        .loop = &load->loop,
        .on_wake = on_wake,
        .wake_context = load,
    };

    return party_server_open(&setup, &load->party, error);
}

static enum err check_size(struct load *load, struct text *error)
{
    const struct config *config = &load->config;
    uint32_t terminals = config->world.terminal_count - config->listed_terminals;
    uint32_t cards = (config->world.card_count - config->listed_cards) / 2; /* of each kind */

    load->card_count = load->options.cards != 0 ? load->options.cards : load->options.terminals;
    if (load->card_count > cards)
        load->card_count = cards;
    if (load->options.terminals <= terminals && load->card_count > 0)
        return OK;
    text_add(error, config->path);
    text_add(error, ": its load section has ");
    text_add_u64(error, terminals);
    text_add(error, " terminals and ");
    text_add_u64(error, cards);
    text_add(error, " cards of each kind; raise it and start the world again");
    return ERR_CONFIG;
}

static enum err load_open(struct load *load, struct text *error)
{
    struct links_setup links = {.loop = &load->loop,
                                .open_max = load->options.terminals + 16,
                                .show = on_show,
                                .stopped = on_stopped,
                                .context = load};
    int64_t ahead_us;

    TRY(config_read(load->options.config, &load->config, error));
    TRY(clock_file_read(load->config.data, &ahead_us, error));
    TRY(clock_set_offset(ahead_us));
    load->opened = clock_wall();
    TRY(lab_seed_open(load->config.data, &load->seed, error));
    TRY(check_size(load, error));
    memcpy(load->data, load->config.data, sizeof load->data);
    TRY(load_find_switch(load, error));
    load->config.store = load->options.journal != NULL ? CONFIG_SQLITE : CONFIG_MEMORY;
    load->config.standby[0] = 0; /* it is the world's: these terminals are nobody's */
    if (load->options.journal != NULL) {
        struct text data = text_over(load->config.data, sizeof load->config.data);
        text_add(&data, load->options.journal);
    }
    if (load->address_count > 1)
        links.open_max *= load->address_count * LINKS_A_WAY;
    load->links = links_new(&links);
    if (load->links == NULL)
        return ERR_FULL;
    TRY(load_open_tls(load, error));
    TRY(open_party(load, error));
    TRY(open_shops(load, error));
    if (load->options.is_shop)
        load_deed_recall(load);
    return OK;
}

static void load_close(struct load *load)
{
    if (load->links != NULL)
        links_quiesce(load->links);
    if (load->party.lane != NULL)
        party_server_close(&load->party);
    load->party.lane = NULL;
    if (load->links != NULL)
        links_free(load->links);
    if (load->party.is_waking)
        uv_close((uv_handle_t *)&load->party.wake, NULL);
    uv_close((uv_handle_t *)&load->timer, NULL);
    uv_run(&load->loop, UV_RUN_DEFAULT);
    uv_loop_close(&load->loop);
    tls_context_close(load->tls);
    free(load->shops);
    config_free(&load->config);
}

static int load_play(struct load *load)
{
    struct summary_list terminals;

    run_for(load, SIGN_IN_WAIT_MS, true);
    if (load->signed_in == 0) {
        fprintf(stderr, "acquit: no terminal could sign in at %s\n", load->addresses[0]);
        return EXIT_BAD;
    }
    load->started = clock_now();
    load->is_selling = true;
    run_for(load, (int64_t)load->options.seconds * 1000, false);
    load->is_selling = false;
    load->took_ns = clock_now().ns - load->started.ns;
    load->sold = load->done;
    run_until_idle(load);
    load_print(load);
    if (!settle(load, &terminals))
        return EXIT_BAD;
    int result = load_agree(load, &terminals);
    summary_free(&terminals);
    return result;
}

static int load_run(const struct load_options *options)
{
    struct load *load = calloc(1, sizeof *load);
    char room[512];
    struct text error = text_over(room, sizeof room);
    int result = EXIT_BAD;

    if (load == NULL)
        return EXIT_BAD;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    load->options = *options;
    prng_seed(&load->prng, options->seed);
    uv_loop_init(&load->loop);
    uv_timer_init(&load->loop, &load->timer);
    load->timer.data = load;
    uv_timer_start(&load->timer, turn, TURN_MS, TURN_MS);
    if (load_open(load, &error) == OK)
        result = load_play(load);
    else
        fprintf(stderr, "acquit: %s\n", error.len > 0 ? room : "cannot start");
    load_close(load);
    free(load);
    return result;
}

/* ---- arguments ---- */

enum {
    OPT_DATA = 1,
    OPT_CONFIG,
    OPT_TERMINALS,
    OPT_RATE,
    OPT_SECONDS,
    OPT_ENTRY,
    OPT_CARDS,
    OPT_JOURNAL,
    OPT_SWITCH,
    OPT_EAGER,
    OPT_SHOP,
    OPT_SEED,
    OPT_JSON,
    OPT_HELP
};

static bool number_of(const char *text, uint64_t most, uint32_t *out)
{
    uint64_t value = 0;

    if (*text == 0 || bytes_to_number(text, strlen(text), &value) != OK || value > most)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool entry_of(const char *name, enum entry_mode *out)
{
    static const struct {
        const char *name;
        enum entry_mode entry;
    } entries[] = {{"stripe", ENTRY_STRIPE},
                   {"chip", ENTRY_CHIP},
                   {"tap", ENTRY_CONTACTLESS},
                   {"keyed", ENTRY_KEYED}};

    for (size_t i = 0; i < ARRAY_COUNT(entries); i++) {
        if (strcmp(entries[i].name, name) == 0) {
            *out = entries[i].entry;
            return true;
        }
    }
    return false;
}

static bool take_option(struct load_options *out, int option, char path[static CONFIG_PATH_LEN])
{
    struct text t;

    switch (option) {
    case OPT_DATA:
        t = text_over(path, CONFIG_PATH_LEN);
        text_add(&t, optarg);
        text_add(&t, "/acquit.yaml");
        out->config = path;
        return !t.cut;
    case OPT_CONFIG:
        out->config = optarg;
        return true;
    case OPT_TERMINALS:
        return number_of(optarg, 1000000, &out->terminals) && out->terminals > 0;
    case OPT_RATE:
        out->rate = 0;
        return strcmp(optarg, "max") == 0 || number_of(optarg, 10000000, &out->rate);
    case OPT_SECONDS:
        return number_of(optarg, 1000000, &out->seconds);
    case OPT_ENTRY:
        out->is_mixed = strcmp(optarg, "mixed") == 0;
        return out->is_mixed || entry_of(optarg, &out->entry);
    case OPT_CARDS:
        return number_of(optarg, 10000000, &out->cards);
    case OPT_JOURNAL:
        out->journal = optarg;
        return true;
    case OPT_SWITCH:
        out->address = optarg;
        return strcspn(optarg, ",") > 0;
    case OPT_EAGER:
        out->is_eager = true;
        return true;
    case OPT_SHOP:
        out->is_shop = true;
        return true;
    case OPT_SEED:
        return bytes_to_number(optarg, strlen(optarg), &out->seed) == OK && out->seed > 0;
    case OPT_JSON:
        out->as_json = true;
        return true;
    default:
        return false;
    }
}

int load_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, OPT_DATA},
        {"config", required_argument, NULL, OPT_CONFIG},
        {"terminals", required_argument, NULL, OPT_TERMINALS},
        {"rate", required_argument, NULL, OPT_RATE},
        {"seconds", required_argument, NULL, OPT_SECONDS},
        {"entry", required_argument, NULL, OPT_ENTRY},
        {"cards", required_argument, NULL, OPT_CARDS},
        {"journal", required_argument, NULL, OPT_JOURNAL},
        {"switch", required_argument, NULL, OPT_SWITCH},
        {"eager", no_argument, NULL, OPT_EAGER},
        {"shop", no_argument, NULL, OPT_SHOP},
        {"seed", required_argument, NULL, OPT_SEED},
        {"json", no_argument, NULL, OPT_JSON},
        {"help", no_argument, NULL, OPT_HELP},
        {0},
    };
    char path[CONFIG_PATH_LEN];
    struct load_options out = {.config = CLIENT_DATA_DEFAULT "/acquit.yaml",
                               .terminals = 64,
                               .seconds = 5,
                               .entry = ENTRY_STRIPE,
                               .seed = 1};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPT_HELP)
            return fputs(load_help, stdout), EXIT_DONE;
        if (!take_option(&out, option, path))
            return fputs(load_help, stderr), EXIT_USAGE;
    }
    if (optind != argc)
        return fputs(load_help, stderr), EXIT_USAGE;
    return load_run(&out);
}

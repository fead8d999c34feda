#include "app/world/config.h"

#include "app/world/yaml_file.h"
#include "base/assert.h"
#include "drivers/journal/ship_link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GENERATED_MAX 2000000
/* Numbers of their own, so that what is listed may grow without meeting what is generated. */
#define GENERATED_SERIAL 5000000
#define GENERATED_ACCOUNT 5000001
_Static_assert(GENERATED_SERIAL + GENERATED_MAX <= LAB_CARDS_PER_ISSUER_MAX, "serials suffice");

struct reading {
    struct yaml_file *file;
    struct config *config;
    size_t added; /* entries of the file of what was added: room is made for them */
};

/* ---- small pieces ---- */

static void take_text(const struct reading *r, struct yaml_node node, char *out, size_t out_len)
{
    struct text t = text_over(out, out_len);

    text_add(&t, yaml_text(r->file, node));
    if (t.cut)
        yaml_fault(r->file, node, "this text is too long");
}

static void need_text(const struct reading *r, struct yaml_node map, const char *key, char *out,
                      size_t out_len)
{
    struct yaml_node node = yaml_need(r->file, map, key);

    take_text(r, node, out, out_len);
    if (out[0] == 0)
        yaml_fault(r->file, node.index == 0 ? map : node, "this must not be empty");
}

static bool is_digits(const char *text, size_t len)
{
    return strlen(text) == len && bytes_are_digits(text, len);
}

static enum record_state take_state(const struct reading *r, struct yaml_node node)
{
    const char *text = yaml_text(r->file, node);

    if (*text == 0)
        return RECORD_ACTIVE;
    enum record_state state = record_state_by_name(text);
    if (state == RECORD_STATE_COUNT)
        yaml_fault(r->file, node,
                   "expected active, not-activated, frozen, cancelled, lost, stolen, capture or "
                   "dormant");
    return state == RECORD_STATE_COUNT ? RECORD_ACTIVE : state;
}

static void *allocate(const struct reading *r, size_t count, size_t size)
{
    void *at = calloc(count == 0 ? 1 : count, size);

    if (at == NULL)
        yaml_fault(r->file, (struct yaml_node){0}, "not enough memory for this many");
    return at;
}

/* Whoever is named twice could not be told apart. */
static void unique(const struct reading *r, struct yaml_node node, const void *names, size_t stride,
                   size_t count)
{
    const char *name = yaml_text(r->file, node);

    for (size_t i = 0; i < count && *name != 0; i++) {
        if (strcmp((const char *)names + i * stride, name) == 0)
            yaml_fault(r->file, node, "this name is taken already");
    }
}

/* ---- sections ---- */

static void read_timings(const struct reading *r, struct yaml_node root)
{
    struct lab_timings *t = &r->config->world.timings;
    struct yaml_node map = yaml_may(r->file, root, "timings");
    static const uint32_t most = 3600000;

    t->terminal_wait_ms = (uint32_t)yaml_number(r->file, yaml_may(r->file, map, "terminal_wait_ms"),
                                                100, most, t->terminal_wait_ms);
    t->acquirer_wait_ms = (uint32_t)yaml_number(r->file, yaml_may(r->file, map, "acquirer_wait_ms"),
                                                50, most, t->acquirer_wait_ms);
    t->request_age_max_ms = (uint32_t)yaml_number(
        r->file, yaml_may(r->file, map, "request_age_max_ms"), 50, most, t->request_age_max_ms);
    t->retry_first_ms = (uint32_t)yaml_number(r->file, yaml_may(r->file, map, "retry_first_ms"), 10,
                                              most, t->retry_first_ms);
    t->retry_max_ms = (uint32_t)yaml_number(r->file, yaml_may(r->file, map, "retry_max_ms"), 10,
                                            most, t->retry_max_ms);
    t->hand_over_s = (uint16_t)yaml_number(r->file, yaml_may(r->file, map, "hand_over_s"), 1,
                                           UINT16_MAX, t->hand_over_s);
    if (t->terminal_wait_ms <= t->acquirer_wait_ms || t->acquirer_wait_ms <= t->request_age_max_ms)
        yaml_fault(r->file, map,
                   "waits must nest: terminal_wait_ms > acquirer_wait_ms > request_age_max_ms");
    if (t->retry_max_ms < t->retry_first_ms)
        yaml_fault(r->file, map, "pauses must grow: retry_max_ms >= retry_first_ms");
}

static void read_tls(const struct reading *r, struct yaml_node map, struct config_tls *out)
{
    if (map.index == 0)
        return;
    out->is_on = true;
    take_text(r, yaml_may(r->file, map, "certificate"), out->certificate, sizeof out->certificate);
    take_text(r, yaml_may(r->file, map, "key"), out->key, sizeof out->key);
    take_text(r, yaml_may(r->file, map, "authority"), out->authority, sizeof out->authority);
    out->demand_client = yaml_bool(r->file, yaml_may(r->file, map, "demand_client"), false);
}

/* The other nodes of the switch, each with a number of its own. */
static void read_nodes(const struct reading *r, struct yaml_node list)
{
    struct config *config = r->config;
    size_t count = yaml_count(r->file, list);

    if (count > 0 && config->store != CONFIG_POSTGRES)
        yaml_fault(r->file, list, "several nodes share a store: expected store: postgres");
    if (count > CONFIG_NODES_MAX)
        yaml_fault(r->file, list, "expected at most 8 more nodes");
    for (size_t i = 0; i < count && i < CONFIG_NODES_MAX; i++) {
        struct yaml_node map = yaml_item(r->file, list, i);
        struct config_node *node = &config->nodes[config->node_count];

        node->node = (uint16_t)yaml_number(r->file, yaml_need(r->file, map, "node"), 1, 9, 1);
        need_text(r, map, "listen", node->listen, sizeof node->listen);
        for (size_t j = 0; j < config->node_count; j++) {
            if (config->nodes[j].node == node->node)
                yaml_fault(r->file, map, "this number is taken already");
        }
        if (node->node == config->node)
            yaml_fault(r->file, map, "this is the number of the first node");
        config->node_count++;
    }
}

static void read_acquirer(const struct reading *r, struct yaml_node root)
{
    struct yaml_node map = yaml_need(r->file, root, "acquirer");
    struct lab_acquirer *acquirer = &r->config->world.acquirer;

    need_text(r, map, "id", acquirer->id, sizeof acquirer->id);
    need_text(r, map, "name", acquirer->name, sizeof acquirer->name);
    need_text(r, map, "listen", r->config->acquirer_listen, CONFIG_ADDRESS_LEN);
    take_text(r, yaml_may(r->file, map, "backup"), r->config->acquirer_backup, CONFIG_ADDRESS_LEN);
    read_nodes(r, yaml_may(r->file, map, "nodes"));
    if (!bytes_are_digits(acquirer->id, strlen(acquirer->id)))
        yaml_fault(r->file, map, "id: expected up to 11 digits");
}

/* Where terminals connect when something stands between them and the switch. */
static void read_line(const struct reading *r, struct yaml_node root)
{
    struct yaml_node map = yaml_may(r->file, root, "line");

    if (map.index == 0)
        return;
    need_text(r, map, "primary", r->config->line_primary, CONFIG_ADDRESS_LEN);
    take_text(r, yaml_may(r->file, map, "backup"), r->config->line_backup, CONFIG_ADDRESS_LEN);
}

static void read_issuers(const struct reading *r, struct yaml_node root)
{
    struct yaml_node list = yaml_need(r->file, root, "issuers");
    struct lab_world *world = &r->config->world;
    size_t count = yaml_count(r->file, list);

    if (count > CONFIG_ISSUERS_MAX)
        yaml_fault(r->file, list, "expected at most 16 issuers");
    world->issuers = allocate(r, count, sizeof *world->issuers);
    for (size_t i = 0; i < yaml_count(r->file, list); i++) {
        struct yaml_node map = yaml_item(r->file, list, i);
        struct lab_issuer *issuer = &world->issuers[world->issuer_count++];

        need_text(r, map, "id", issuer->id, sizeof issuer->id);
        unique(r, yaml_may(r->file, map, "id"), world->issuers[0].id, sizeof *issuer, i);
        need_text(r, map, "name", issuer->name, sizeof issuer->name);
        need_text(r, map, "bin", issuer->bin, sizeof issuer->bin);
        unique(r, yaml_may(r->file, map, "bin"), world->issuers[0].bin, sizeof *issuer, i);
        issuer->is_absent = yaml_bool(r->file, yaml_may(r->file, map, "absent"), false);
        take_text(r, yaml_may(r->file, map, "listen"), r->config->issuer_listen[i],
                  CONFIG_ADDRESS_LEN);
        take_text(r, yaml_may(r->file, map, "backup"), r->config->issuer_backup[i],
                  CONFIG_ADDRESS_LEN);
        if (!bytes_are_digits(issuer->id, strlen(issuer->id)))
            yaml_fault(r->file, map, "id: expected up to 11 digits");
        if (!is_digits(issuer->bin, LAB_BIN_LEN))
            yaml_fault(r->file, map, "bin: expected 8 digits");
        if (!issuer->is_absent && r->config->issuer_listen[i][0] == 0)
            yaml_fault(r->file, map, "missing here: listen");
    }
}

static void read_merchant(const struct reading *r, struct yaml_node map)
{
    struct lab_world *world = &r->config->world;
    uint32_t index = world->merchant_count++;
    struct lab_merchant *merchant = &world->merchants[index];

    need_text(r, map, "id", merchant->id, sizeof merchant->id);
    unique(r, yaml_may(r->file, map, "id"), world->merchants[0].id, sizeof *merchant, index);
    need_text(r, map, "name", merchant->name, sizeof merchant->name);
    merchant->category =
        (uint16_t)yaml_number(r->file, yaml_may(r->file, map, "category"), 0, 9999, 5999);
    merchant->state = take_state(r, yaml_may(r->file, map, "state"));
    merchant->amount_max_minor =
        yaml_minor(r->file, yaml_may(r->file, map, "amount_max"), world->currency);
}

static void read_merchants(const struct reading *r, struct yaml_node root)
{
    struct yaml_node list = yaml_need(r->file, root, "merchants");
    struct lab_world *world = &r->config->world;

    world->merchants = allocate(r, yaml_count(r->file, list) + r->added, sizeof *world->merchants);
    for (size_t i = 0; i < yaml_count(r->file, list); i++)
        read_merchant(r, yaml_item(r->file, list, i));
}

static uint32_t merchant_index(const struct reading *r, struct yaml_node node)
{
    const struct lab_world *world = &r->config->world;
    const char *id = yaml_text(r->file, node);

    for (uint32_t i = 0; i < world->merchant_count; i++) {
        if (strcmp(world->merchants[i].id, id) == 0)
            return i;
    }
    yaml_fault(r->file, node, "there is no merchant of this id above");
    return 0;
}

static void read_terminal(const struct reading *r, struct yaml_node map)
{
    struct lab_world *world = &r->config->world;
    uint32_t index = world->terminal_count++;
    struct lab_terminal *terminal = &world->terminals[index];

    need_text(r, map, "id", terminal->id, sizeof terminal->id);
    unique(r, yaml_may(r->file, map, "id"), world->terminals[0].id, sizeof *terminal, index);
    terminal->merchant = merchant_index(r, yaml_need(r->file, map, "merchant"));
    terminal->tap_limit_minor =
        (uint32_t)yaml_minor(r->file, yaml_may(r->file, map, "tap_limit"), world->currency);
    terminal->has_operators = true;
}

static void read_terminals(const struct reading *r, struct yaml_node root, size_t generated)
{
    struct yaml_node list = yaml_need(r->file, root, "terminals");
    struct lab_world *world = &r->config->world;

    world->terminals =
        allocate(r, yaml_count(r->file, list) + r->added + generated, sizeof *world->terminals);
    for (size_t i = 0; i < yaml_count(r->file, list); i++)
        read_terminal(r, yaml_item(r->file, list, i));
}

static uint16_t issuer_index(const struct reading *r, struct yaml_node node)
{
    const struct lab_world *world = &r->config->world;
    const char *id = yaml_text(r->file, node);

    if (strcmp(id, "nobody") == 0)
        return LAB_NO_ISSUER;
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        if (strcmp(world->issuers[i].id, id) == 0)
            return (uint16_t)i;
    }
    yaml_fault(r->file, node, "expected the id of an issuer above, or nobody");
    return 0;
}

static uint8_t take_media(const struct reading *r, struct yaml_node list)
{
    static const struct {
        const char *name;
        uint8_t bit;
    } media[] = {{"stripe", LAB_STRIPE}, {"chip", LAB_CHIP}, {"contactless", LAB_CONTACTLESS}};
    uint8_t bits = 0;

    for (size_t i = 0; i < yaml_count(r->file, list); i++) {
        const char *name = yaml_text(r->file, yaml_item(r->file, list, i));
        size_t at = 0;

        while (at < ARRAY_COUNT(media) && strcmp(media[at].name, name) != 0)
            at++;
        if (at == ARRAY_COUNT(media))
            yaml_fault(r->file, yaml_item(r->file, list, i),
                       "expected stripe, chip or contactless");
        else
            bits |= media[at].bit;
    }
    return bits;
}

static void read_card_limits(const struct reading *r, struct yaml_node map, struct lab_card *card)
{
    uint16_t currency = r->config->world.currency;
    struct yaml_file *file = r->file;

    card->balance_minor = yaml_minor(file, yaml_may(file, map, "balance"), currency);
    card->credit_limit_minor = yaml_minor(file, yaml_may(file, map, "credit_limit"), currency);
    card->limit_minor = yaml_minor(file, yaml_may(file, map, "limit"), currency);
    card->daily_limit_minor = yaml_minor(file, yaml_may(file, map, "daily_limit"), currency);
    card->daily_count_max =
        (uint32_t)yaml_number(file, yaml_may(file, map, "daily_count"), 0, 1000000, 0);
    card->tap_limit_minor = (uint32_t)yaml_minor(file, yaml_may(file, map, "tap_limit"), currency);
}

static void read_card_number(const struct reading *r, struct yaml_node map, size_t index,
                             struct lab_card *card)
{
    char bin[LAB_BIN_LEN + 1] = "";
    struct yaml_node own = yaml_may(r->file, map, "bin");
    uint32_t serial = (uint32_t)yaml_number(r->file, yaml_may(r->file, map, "serial"), 0,
                                            LAB_CARDS_PER_ISSUER_MAX - 1, index);

    card->account = yaml_number(r->file, yaml_may(r->file, map, "account"), 1,
                                GENERATED_ACCOUNT - 1, lab_card_account((uint32_t)index));
    card->issuer = issuer_index(r, yaml_need(r->file, map, "issuer"));
    if (own.index != 0)
        take_text(r, own, bin, sizeof bin);
    else if (card->issuer != LAB_NO_ISSUER && r->config->world.issuer_count > 0)
        memcpy(bin, r->config->world.issuers[card->issuer].bin, sizeof bin);
    if (!is_digits(bin, LAB_BIN_LEN)) {
        yaml_fault(r->file, map, "a card of nobody needs a bin of 8 digits");
        return;
    }
    lab_pan_make(bin, serial, card->pan);
    for (size_t i = 0; i < index; i++) {
        if (strcmp(r->config->world.cards[i].pan, card->pan) == 0)
            yaml_fault(r->file, map, "another card has this bin and serial");
    }
}

static void read_card(const struct reading *r, struct yaml_node map, size_t index,
                      struct lab_card *card)
{
    struct yaml_file *file = r->file;
    struct yaml_node pin = yaml_may(file, map, "pin");
    struct yaml_node service = yaml_need(file, map, "service_code");

    need_text(r, map, "label", card->label, sizeof card->label);
    unique(r, yaml_may(file, map, "label"), r->config->world.cards[0].label, sizeof *card, index);
    read_card_number(r, map, index, card);
    take_text(r, pin, card->pin, sizeof card->pin);
    take_text(r, service, card->service_code, sizeof card->service_code);
    if (!is_digits(card->service_code, 3))
        yaml_fault(file, service, "expected three digits");
    size_t pin_len = strlen(card->pin);
    if (pin_len > 0 && (pin_len < PIN_DIGITS_MIN || !bytes_are_digits(card->pin, pin_len)))
        yaml_fault(file, pin, "expected 4 to 12 digits");
    card->expiry = (uint16_t)yaml_number(file, yaml_need(file, map, "expiry"), 1, 9912, 3012);
    if (card->expiry % 100 < 1 || card->expiry % 100 > 12)
        yaml_fault(file, yaml_may(file, map, "expiry"), "expected year and month, such as 3012");
    card->media = take_media(r, yaml_need(file, map, "media"));
    card->psn = (uint8_t)yaml_number(file, yaml_may(file, map, "sequence"), 0, 99, 1);
    card->state = (uint8_t)take_state(r, yaml_may(file, map, "state"));
    card->is_forged = yaml_bool(file, yaml_may(file, map, "forged"), false);
    card->needs_pin = yaml_bool(file, yaml_may(file, map, "needs_pin"), true);
    card->pin_tries_max = (uint8_t)yaml_number(file, yaml_may(file, map, "pin_tries"), 1, 15, 3);
    read_card_limits(r, map, card);
}

static void read_cards(const struct reading *r, struct yaml_node root, size_t generated)
{
    struct yaml_node list = yaml_need(r->file, root, "cards");
    struct lab_world *world = &r->config->world;

    world->cards =
        allocate(r, yaml_count(r->file, list) + r->added + generated, sizeof *world->cards);
    for (size_t i = 0; i < yaml_count(r->file, list); i++)
        read_card(r, yaml_item(r->file, list, i), i, &world->cards[world->card_count++]);
}

/* ---- what was added ---- */

static void read_added_entry(const struct reading *r, struct yaml_node entry)
{
    struct lab_world *world = &r->config->world;
    struct yaml_node merchant = yaml_may(r->file, entry, "merchant");
    struct yaml_node terminal = yaml_may(r->file, entry, "terminal");
    struct yaml_node card = yaml_may(r->file, entry, "card");
    uint32_t index = world->card_count;

    if (merchant.index != 0) {
        read_merchant(r, merchant);
    } else if (terminal.index != 0) {
        read_terminal(r, terminal);
    } else if (card.index != 0) {
        world->card_count++;
        read_card(r, card, index, &world->cards[index]);
    } else {
        yaml_fault(r->file, entry, "expected merchant, terminal or card");
    }
}

static void read_added(const struct reading *r, struct yaml_file *added)
{
    struct reading more = {.file = added, .config = r->config};
    const struct lab_world *world = &r->config->world;
    struct yaml_node list = added == NULL ? (struct yaml_node){0} : yaml_root(added);

    if (world->merchants == NULL || world->terminals == NULL || world->cards == NULL)
        return;
    for (size_t i = 0; i < r->added && i < yaml_count(added, list); i++)
        read_added_entry(&more, yaml_item(added, list, i));
}

/* ---- terminals and cards for load ---- */

/* Generated ones are named L1, L2 ...; the cards have plenty of money and no trouble; by turns one
 * has a stripe only, one a chip. */
static void add_generated(const struct reading *r, const struct lab_world *generated)
{
    struct lab_world *world = &r->config->world;
    uint32_t live = 0;
    uint16_t live_issuers[CONFIG_ISSUERS_MAX];

    for (uint32_t i = 0; i < world->issuer_count; i++) {
        if (!world->issuers[i].is_absent)
            live_issuers[live++] = (uint16_t)i;
    }
    for (uint32_t i = 0; i < generated->terminal_count; i++) {
        struct lab_terminal *terminal = &world->terminals[world->terminal_count++];
        struct text id = text_over(terminal->id, sizeof terminal->id);

        *terminal = generated->terminals[i];
        id = text_over(terminal->id, sizeof terminal->id);
        text_add_char(&id, 'L');
        text_add_u64_wide(&id, i + 1, 7);
        terminal->merchant = 0; /* other shops may have limits that a load runs into */
    }
    for (uint32_t i = 0; i < generated->card_count && live > 0; i++) {
        struct lab_card *card = &world->cards[world->card_count++];
        struct text label;

        *card = generated->cards[i];
        label = text_over(card->label, sizeof card->label);
        text_add_char(&label, 'L');
        text_add_u64(&label, i + 1);
        card->issuer = live_issuers[i % live];
        card->media = i % 2 == 0 ? LAB_STRIPE : LAB_STRIPE | LAB_CHIP | LAB_CONTACTLESS;
        memcpy(card->service_code, i % 2 == 0 ? "120" : "220", 4);
        card->account = GENERATED_ACCOUNT + i;
        lab_pan_make(world->issuers[card->issuer].bin, GENERATED_SERIAL + i, card->pan);
    }
}

static void read_generated(const struct reading *r, struct lab_spec *spec)
{
    struct lab_world generated;

    r->config->listed_terminals = r->config->world.terminal_count;
    r->config->listed_cards = r->config->world.card_count;
    if (spec->terminals == 0 || spec->cards == 0 || r->config->world.merchant_count == 0)
        return;
    if (lab_world_generate(spec, &generated) != OK) {
        yaml_fault(r->file, (struct yaml_node){0}, "load: too many terminals or cards");
        return;
    }
    add_generated(r, &generated);
    lab_world_free(&generated);
}

static void read_store(const struct reading *r, struct yaml_node root)
{
    struct yaml_node node = yaml_may(r->file, root, "store");
    const char *text = yaml_text(r->file, node);

    if (*text == 0 || strcmp(text, "sqlite") == 0) {
        r->config->store = CONFIG_SQLITE;
    } else if (strcmp(text, "memory") == 0) {
        r->config->store = CONFIG_MEMORY;
    } else if (strcmp(text, "postgres") == 0) {
        r->config->store = CONFIG_POSTGRES;
        need_text(r, root, "postgres", r->config->postgres, CONFIG_PATH_LEN);
    } else {
        yaml_fault(r->file, node, "expected sqlite, memory or postgres");
    }
    r->config->node = (uint16_t)yaml_number(r->file, yaml_may(r->file, root, "node"), 1, 9, 1);
    r->config->lease_ms =
        (uint32_t)yaml_number(r->file, yaml_may(r->file, root, "lease_ms"), 1000, 3600000, 0);
}

/* The name that a standby proves is the one it is called by, unless the file says another. */
static void name_standby(struct config *config)
{
    const char *colon = strrchr(config->standby, ':');
    struct text t = text_over(config->standby_peer, sizeof config->standby_peer);
    bool is_bracketed = config->standby[0] == '[' && colon != NULL && colon[-1] == ']';

    if (is_bracketed)
        text_add_bytes(&t, bytes_over(config->standby + 1, (size_t)(colon - config->standby) - 2));
    else if (colon != NULL)
        text_add_bytes(&t, bytes_over(config->standby, (size_t)(colon - config->standby)));
}

static void read_standby_tls(const struct reading *r, struct yaml_node standby)
{
    struct config *config = r->config;
    struct config_tls *tls = &config->standby_tls;

    read_tls(r, standby, tls);
    tls->is_on = !yaml_bool(r->file, yaml_may(r->file, standby, "plain"), false);
    name_standby(config);
    take_text(r, yaml_may(r->file, standby, "peer"), config->standby_peer,
              sizeof config->standby_peer);
    if (!tls->is_on && !ship_is_local(config->standby))
        yaml_fault(r->file, standby,
                   "plain: only for a standby on this machine (127.0.0.1 or [::1])");
    if (tls->is_on && (tls->certificate[0] == 0 || tls->key[0] == 0 || tls->authority[0] == 0))
        yaml_fault(r->file, standby,
                   "expected certificate, key and authority: both sides prove who they are; "
                   "plain: true only for a standby on this machine");
}

static void read_standby(const struct reading *r, struct yaml_node root)
{
    struct yaml_node standby = yaml_may(r->file, root, "standby");
    const char *policy;

    if (standby.index == 0)
        return;
    need_text(r, standby, "address", r->config->standby, CONFIG_ADDRESS_LEN);
    policy = yaml_text(r->file, yaml_need(r->file, standby, "policy"));
    r->config->standby_is_required = strcmp(policy, "required") == 0;
    if (!r->config->standby_is_required && strcmp(policy, "preferred") != 0)
        yaml_fault(r->file, standby, "policy: expected required or preferred");
    read_standby_tls(r, standby);
    if (r->config->store != CONFIG_SQLITE)
        yaml_fault(r->file, standby, "only SQLite stores ship to a standby");
}

static void read_head(const struct reading *r, struct yaml_node root)
{
    struct lab_world *world = &r->config->world;
    struct yaml_node lab = yaml_need(r->file, root, "lab");
    struct yaml_node hours = yaml_may(r->file, root, "utc_offset_h");

    if (!yaml_bool(r->file, lab, false))
        yaml_fault(r->file, lab,
                   "expected true: the keys of this file are test keys, so its world is a lab");
    world->currency = CURRENCY_CNY;
    world->is_training = yaml_bool(r->file, yaml_may(r->file, root, "training"), false);
    world->utc_offset_s = (int32_t)yaml_number(r->file, hours, 0, 14, 8) * 3600;
    take_text(r, yaml_may(r->file, root, "data"), r->config->data, CONFIG_PATH_LEN);
    take_text(r, yaml_may(r->file, root, "catalogue"), r->config->catalogue, CONFIG_PATH_LEN);
    take_text(r, yaml_may(r->file, root, "passphrase"), r->config->passphrase, CONFIG_PATH_LEN);
}

static void read_all(const struct reading *r, struct yaml_file *added)
{
    struct yaml_node root = yaml_root(r->file);
    struct yaml_node load = yaml_may(r->file, root, "load");
    struct lab_spec spec = {.issuers = 1, .merchants = 1};

    spec.terminals =
        (uint32_t)yaml_number(r->file, yaml_may(r->file, load, "terminals"), 0, GENERATED_MAX, 0);
    spec.cards =
        (uint32_t)yaml_number(r->file, yaml_may(r->file, load, "cards"), 0, GENERATED_MAX, 0);
    spec.has_operators = yaml_bool(r->file, yaml_may(r->file, load, "operators"), false);
    read_store(r, root);
    read_standby(r, root);
    read_timings(r, root);
    read_acquirer(r, root);
    read_line(r, root);
    read_issuers(r, root);
    read_merchants(r, root);
    read_terminals(r, root, spec.terminals);
    read_cards(r, root, spec.cards);
    read_tls(r, yaml_may(r->file, root, "terminal_tls"), &r->config->terminal_tls);
    read_tls(r, yaml_may(r->file, root, "issuer_tls"), &r->config->issuer_tls);
    read_added(r, added);
    if (r->config->world.terminals != NULL && r->config->world.cards != NULL)
        read_generated(r, &spec);
}

static void data_beside(struct config *config)
{
    const char *slash = strrchr(config->path, '/');
    struct text data = text_over(config->data, sizeof config->data);

    text_add_bytes(&data, slash == NULL ? bytes_of_z(".")
                                        : bytes_over(config->path, (size_t)(slash - config->path)));
}

/* The file of what was added: the one given, or the data folder's if there is one. */
static enum err open_added(const struct config *config, const char *given, struct yaml_file **out,
                           struct text *error)
{
    char path[CONFIG_PATH_LEN + 16];
    struct text t = text_over(path, sizeof path);

    text_add(&t, config->data);
    text_add(&t, "/" CONFIG_ADDED);
    if (given == NULL && access(path, F_OK) != 0)
        return OK;
    return yaml_file_open(given == NULL ? path : given, out, error);
}

static enum err read_files(struct reading *r, const char *added_path, struct text *error)
{
    struct yaml_file *added = NULL;

    read_head(r, yaml_root(r->file));
    if (r->config->data[0] == 0)
        data_beside(r->config);
    TRY(open_added(r->config, added_path, &added, error));
    r->added = added == NULL ? 0 : yaml_count(added, yaml_root(added));
    read_all(r, added);
    enum err err = yaml_file_check(r->file, error);
    if (err == OK && added != NULL)
        err = yaml_file_check(added, error);
    yaml_file_close(added);
    return err;
}

enum err config_read_with(const char *path, const char *added, struct config *out,
                          struct text *error)
{
    struct reading r = {.config = out};
    struct lab_world usual;

    memset(out, 0, sizeof *out);
    struct text name = text_over(out->path, sizeof out->path);
    text_add(&name, path);
    TRY(yaml_file_open(path, &r.file, error));
    if (lab_world_default(&usual) == OK) {
        out->world.timings = usual.timings;
        lab_world_free(&usual);
    }
    enum err err = read_files(&r, added, error);
    yaml_file_close(r.file);
    if (err != OK)
        config_free(out);
    return err;
}

enum err config_read(const char *path, struct config *out, struct text *error)
{
    return config_read_with(path, NULL, out, error);
}

void config_free(struct config *config)
{
    lab_world_free(&config->world);
}

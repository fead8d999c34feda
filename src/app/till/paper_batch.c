#include "app/till/paper.h"
#include "app/world/server.h"
#include "view/settlement_slip.h"

#include <stdlib.h>
#include <string.h>

struct batch_errand {
    struct server *server;
    struct control_call *call;
    struct paper_order order;
    char terminal[TERMINAL_ID_LEN];
    uint32_t batch_asked; /* 0: the newest with something in it */
    bool is_found;
    struct terminal_row row;
    struct batch_row batch;
    struct settlement_sums sums;
};

/* ---- inside the lane ---- */

static bool load(struct store *store, const struct row_key *key, void *out, size_t len)
{
    struct store_row *row = calloc(1, sizeof *row);
    bool is_there = false;

    if (row == NULL)
        return false;
    row->key = *key;
    is_there = store->load(store->self, &row, 1) == STORE_OK && row->found && row->len == len;
    if (is_there)
        memcpy(out, row->value, len);
    free(row);
    return is_there;
}

static bool load_batch(struct store *store, struct batch_errand *errand, uint32_t batch)
{
    uint8_t at[TERMINAL_ID_LEN + 4];

    memcpy(at, errand->terminal, TERMINAL_ID_LEN);
    bytes_put_u32(at + TERMINAL_ID_LEN, batch);
    struct row_key key = row_key_of(TABLE_BATCH, at, sizeof at);
    return load(store, &key, &errand->batch, sizeof errand->batch) &&
           errand->batch.state < BATCH_STATE_COUNT;
}

static bool visit_payment(void *context, const struct row_key *key, struct bytes value)
{
    struct batch_errand *errand = context;
    struct payment_row payment;

    (void)key;
    if (value.len != sizeof payment)
        return true;
    memcpy(&payment, value.at, sizeof payment);
    settlement_sums_add(&errand->sums, &errand->batch, &payment);
    return true;
}

static void find_batch(struct lane *lane, void *context)
{
    struct batch_errand *errand = context;
    struct store *store = lane_store(lane);
    struct row_key terminal = row_key_of(TABLE_TERMINAL, errand->terminal, TERMINAL_ID_LEN);
    struct row_key payments = row_key_of(TABLE_PAYMENT, NULL, 0);

    if (!load(store, &terminal, &errand->row, sizeof errand->row))
        return;
    uint32_t open = errand->row.batch;
    errand->is_found =
        errand->batch_asked != 0
            ? load_batch(store, errand, errand->batch_asked)
            : load_batch(store, errand, open) || (open > 1 && load_batch(store, errand, open - 1));
    if (errand->is_found)
        (void)store->scan(store->self, &payments, visit_payment, errand);
}

/* ---- the answer ---- */

static json_t *batch_json(const struct batch_errand *errand)
{
    static const char *const states[] = {
        [BATCH_OPEN] = "open", [BATCH_CLOSING] = "closing", [BATCH_CLOSED] = "closed"};
    const struct lab_world *world = &errand->server->config.world;
    char room[SLIP_PRINTED_MAX];
    struct text t = text_over(room, sizeof room);
    struct slip slip;

    settlement_slip(
        &(struct settlement_facts){
            .batch = &errand->batch,
            .sums = &errand->sums,
            .merchant_name = paper_merchant_name(world, errand->row.merchant),
            .merchant = errand->row.merchant,
            .currency = world->currency,
            .utc_offset_s = world->utc_offset_s,
            .is_duplicate = errand->order.is_duplicate,
            .is_training = errand->row.is_training != 0,
            .is_lab = true,
        },
        &slip);
    paper_add_slip(&slip, &errand->order, &t);
    json_t *json =
        json_pack("{s:I, s:s, s:b, s:I}", "batch", (json_int_t)errand->batch.batch, "state",
                  states[errand->batch.state], "differs", (int)errand->batch.is_differing,
                  "refused_offline", (json_int_t)errand->sums.failed_count);
    paper_put(json, errand->order.format, &t);
    return json;
}

static void answer_batch(void *context)
{
    struct batch_errand *errand = context;

    if (errand->is_found)
        control_answer(errand->call, batch_json(errand));
    else
        control_refuse(errand->call, "the terminal has no such batch");
    free(errand);
}

static const char *read_batch(const struct config *config, const json_t *request,
                              struct batch_errand *out)
{
    const char *terminal = json_string_value(json_object_get(request, "terminal"));
    json_int_t batch = json_integer_value(json_object_get(request, "batch"));

    if (terminal == NULL && config->world.terminal_count > 0)
        terminal = config->world.terminals[0].id;
    if (terminal == NULL ||
        identity_id_from_text(terminal, ' ', out->terminal, TERMINAL_ID_LEN) != OK)
        return "terminal: expected up to 8 characters";
    if (batch < 0 || batch > 999999)
        return "batch: expected 1 to 6 digits";
    out->batch_asked = (uint32_t)batch;
    return paper_read_order(request, &out->order);
}

void paper_slip_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct party_server *terminal = server_party(server, PARTY_TERMINAL);
    struct batch_errand *errand = calloc(1, sizeof *errand);
    const char *fault = errand == NULL ? "no memory" : read_batch(&server->config, request, errand);

    if (fault == NULL && terminal == NULL)
        fault = "no terminals run in this process";
    if (fault == NULL) {
        struct lane_job job = {.run = find_batch, .done = answer_batch, .context = errand};
        errand->server = server;
        errand->call = call;
        if (lane_run(terminal->lane, &job))
            return;
        fault = "too busy; try again";
    }
    control_refuse(call, fault);
    free(errand);
}

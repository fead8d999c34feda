#include "app/till/paper.h"

#include "app/story/payment_json.h"
#include "app/story/story.h"
#include "app/world/server.h"
#include "terminal/icc_field.h"
#include "view/slip_escpos.h"
#include "view/slip_html.h"

#include <stdlib.h>
#include <string.h>

/* ---- facts ---- */

/* Whether a fixed field, padded with spaces or zeros, holds exactly that text. */
static bool is_id(const char *fixed, size_t len, const char *text)
{
    size_t used = strlen(text);

    return used > 0 && used <= len && memcmp(fixed, text, used) == 0 &&
           (used == len || fixed[used] == ' ' || fixed[used] == 0);
}

static const char *issuer_name(const struct lab_world *world, const struct payment_row *payment)
{
    for (uint32_t i = 0; i < world->issuer_count; i++) {
        if (is_id(payment->issuer, sizeof payment->issuer, world->issuers[i].id))
            return world->issuers[i].name;
    }
    return NULL;
}

static const char *acquirer_name(const struct lab_world *world, const struct payment_row *payment)
{
    const struct identity *identity = &payment->identity;

    return is_id(identity->acquirer, ACQUIRER_ID_LEN, world->acquirer.id) ? world->acquirer.name
                                                                          : NULL;
}

/* The values that the terminal gave the chip follow from the row. To a sign-in, an echo test and
 * their like no chip is shown. */
static struct receipt_chip chip_of(const struct payment_row *payment)
{
    struct receipt_chip out = {0};
    struct chip_values values;
    struct icc_status status = icc_field_status(payment);

    if (kind_row((enum txn_kind)payment->kind)->processing == NULL)
        return out;
    icc_field_values(payment, &values);
    memcpy(out.tvr, values.tvr, sizeof out.tvr);
    memcpy(out.tsi, status.tsi, sizeof out.tsi);
    memcpy(out.capabilities, status.capabilities, sizeof out.capabilities);
    return out;
}

/* ---- formats ---- */

enum paper_format paper_format_by_name(const char *name)
{
    static const char *const names[] = {
        [PAPER_TEXT] = "text", [PAPER_ESCPOS] = "escpos", [PAPER_HTML] = "html"};
    size_t at = 0;

    while (at < ARRAY_COUNT(names) && strcmp(names[at], name) != 0)
        at++;
    return (enum paper_format)at;
}

void paper_add_slip(const struct slip *slip, const struct paper_order *order, struct text *t)
{
    switch (order->format) {
    case PAPER_TEXT:
        slip_add_text(slip, order->width, t);
        return;
    case PAPER_ESCPOS:
        slip_add_escpos(slip, order->width, t);
        return;
    case PAPER_HTML:
        slip_add_html(slip, "acquit", t);
        return;
    case PAPER_FORMAT_COUNT:
        break;
    }
}

void paper_add_receipt(const struct config *config, const struct payment_row *payment,
                       const struct paper_order *order, struct text *t)
{
    const struct lab_world *world = &config->world;
    struct receipt_chip chip = chip_of(payment);
    struct slip slip;

    receipt_slip(
        &(struct receipt_facts){.payment = payment,
                                .original = order->original,
                                .chip = &chip,
                                .merchant_name = paper_merchant_name(world, payment->merchant),
                                .acquirer_name = acquirer_name(world, payment),
                                .issuer_name = issuer_name(world, payment),
                                .utc_offset_s = world->utc_offset_s,
                                .copy = order->copy,
                                .is_duplicate = order->is_duplicate || payment->copies > 1,
                                .is_lab = true},
        &slip);
    paper_add_slip(&slip, order, t);
}

/* ---- what verbs share ---- */

static const char *text_or(const json_t *request, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(request, key));

    return text == NULL ? otherwise : text;
}

const char *paper_read_order(const json_t *request, struct paper_order *out)
{
    const json_t *width = json_object_get(request, "width");

    out->copy = receipt_copy_by_name(text_or(request, "copy", "merchant"));
    if (out->copy == COPY_COUNT)
        return "copy: expected merchant or cardholder";
    out->format = paper_format_by_name(text_or(request, "format", "text"));
    if (out->format == PAPER_FORMAT_COUNT)
        return "format: expected text, escpos or html";
    out->width = out->format == PAPER_ESCPOS ? SLIP_WIDTH_58 : SLIP_WIDTH;
    if (width != NULL)
        out->width = (unsigned)json_integer_value(width);
    if (out->width < SLIP_WIDTH_MIN || out->width > 2 * SLIP_WIDTH_80)
        return "width: expected 24 to 96 columns";
    out->is_duplicate = json_is_true(json_object_get(request, "duplicate"));
    return NULL;
}

void paper_put(json_t *json, enum paper_format format, const struct text *printed)
{
    char hex[2 * SLIP_PRINTED_MAX + 1];
    struct text t = text_over(hex, sizeof hex);

    json_object_set_new(json, "ok", json_true());
    if (format != PAPER_ESCPOS) {
        json_object_set_new(json, "paper", json_string(text_z(printed)));
        return;
    }
    text_add_hex(&t, (const uint8_t *)printed->at, printed->len);
    json_object_set_new(json, "hex", json_string(text_z(&t)));
}

const char *paper_merchant_name(const struct lab_world *world, const char *merchant)
{
    for (uint32_t i = 0; i < world->merchant_count; i++) {
        if (is_id(merchant, MERCHANT_ID_LEN, world->merchants[i].id))
            return world->merchants[i].name;
    }
    return NULL;
}

/* ---- the verb ---- */

struct paper_errand {
    struct server *server;
    struct control_call *call;
    struct identity identity;
    struct paper_order order;
    bool is_found;
    bool has_original;
    struct payment_row payment;
    struct payment_row original;
};

static void find_rows(struct lane *lane, void *context)
{
    struct paper_errand *errand = context;
    struct store *store = lane_store(lane);

    errand->is_found = story_load_payment(store, &errand->identity, &errand->payment);
    if (errand->is_found && errand->payment.original.trace != 0)
        errand->has_original =
            story_load_payment(store, &errand->payment.original, &errand->original);
}

static json_t *receipt_json(struct paper_errand *errand)
{
    char room[SLIP_PRINTED_MAX];
    struct text t = text_over(room, sizeof room);
    json_t *json = json_pack(
        "{s:s, s:i, s:o}", "sort", receipt_sort_name(receipt_sort(&errand->payment)), "copies",
        (int)errand->payment.copies, "identity", identity_json(&errand->identity));

    paper_add_receipt(&errand->server->config, &errand->payment, &errand->order, &t);
    paper_put(json, errand->order.format, &t);
    return json;
}

static void answer_paper(void *context)
{
    struct paper_errand *errand = context;

    if (!errand->is_found) {
        control_refuse(errand->call, "the terminal knows no such payment");
    } else {
        errand->order.original = errand->has_original ? &errand->original : NULL;
        control_answer(errand->call, receipt_json(errand));
    }
    free(errand);
}

static const char *read_errand(const json_t *request, struct paper_errand *out)
{
    const char *fault = paper_read_order(request, &out->order);

    if (fault == NULL &&
        identity_from_json(json_object_get(request, "identity"), &out->identity) != OK)
        fault = "identity: expected acquirer, terminal, batch and trace";
    return fault;
}

void paper_receipt_verb(struct server *server, struct control_call *call, const json_t *request)
{
    struct party_server *terminal = server_party(server, PARTY_TERMINAL);
    struct paper_errand *errand = calloc(1, sizeof *errand);
    const char *fault = errand == NULL ? "no memory" : read_errand(request, errand);

    if (fault == NULL && terminal == NULL)
        fault = "no terminals run in this process";
    if (fault == NULL) {
        struct lane_job job = {.run = find_rows, .done = answer_paper, .context = errand};
        errand->server = server;
        errand->call = call;
        if (lane_run(terminal->lane, &job))
            return;
        fault = "too busy; try again";
    }
    control_refuse(call, fault);
    free(errand);
}

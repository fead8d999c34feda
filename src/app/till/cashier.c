#include "app/till/cashier.h"

#include "app/story/payment_json.h"
#include "app/story/story.h"
#include "app/till/till_request.h"
#include "app/world/self_test.h"
#include "app/world/server.h"
#include "host/clock.h"

#include <stdlib.h>
#include <string.h>

#define ASK_AGAIN_MAX 3 /* an issuer that has said nothing by then is away */
#define ASK_PAUSE_MS 500

struct cashier {
    struct server *server;
    struct party_server *terminal;
    size_t signing_in;     /* terminals that were asked to at the start */
    struct errand *asking; /* those that ask once more in a moment */
};

/* One thing that a cashier asked for, from the keys to the receipt. */
struct errand {
    struct cashier *cashier;
    struct control_call *call; /* NULL: nobody waits */
    struct node_command command;
    bool is_signing_in; /* first, because the terminal is not signed in */
    bool has_signed_in;
    struct moment started;
    int64_t took_us;
    struct node_display display; /* what came of it */
    bool has_original;
    struct payment_row original;
    unsigned asked_again;  /* times, of a question over the line */
    uv_timer_t asks_again; /* while it is in cashier->asking */
    struct errand *next;
};

/* ---- sending commands ---- */

static void errand_show(void *context, const struct node_display *display);

static void errand_end(struct errand *errand)
{
    bytes_wipe(&errand->command, sizeof errand->command);
    free(errand);
}

static void errand_refuse(struct errand *errand, const char *words)
{
    if (errand->call != NULL)
        control_refuse(errand->call, words);
    errand_end(errand);
}

static void errand_send(struct errand *errand, const struct node_command *command)
{
    struct server *server = errand->cashier->server;
    struct lane *lane = errand->cashier->terminal->lane;
    struct lane_item *item = lane_item_new(lane);
    uint64_t ticket = item == NULL ? 0 : tickets_new(&server->tickets, errand_show, errand);

    if (ticket == 0) {
        errand_refuse(errand, "the terminals are too busy; try again");
        return;
    }
    item->event.kind = EVENT_COMMAND;
    item->event.ticket = ticket;
    item->event.way = links_line_way(server->links, command->terminal);
    item->event.line_is_up = item->event.way != WAY_NONE;
    item->command = *command;
    item->has_command = true;
    lane_push(lane);
}

static void sign_in_first(struct errand *errand)
{
    struct node_command sign_in = {.kind = COMMAND_SIGN_IN};

    errand->is_signing_in = true;
    errand->has_signed_in = true;
    memcpy(sign_in.terminal, errand->command.terminal, sizeof sign_in.terminal);
    errand_send(errand, &sign_in);
}

static void errand_answer(struct errand *errand)
{
    const struct payment_row *original = errand->has_original ? &errand->original : NULL;

    if (errand->call != NULL)
        control_answer(errand->call, payment_json(&errand->cashier->server->config,
                                                  &errand->display, original, errand->took_us));
    errand_end(errand);
}

static void load_original(struct lane *lane, void *context)
{
    struct errand *errand = context;

    errand->has_original =
        story_load_payment(lane_store(lane), &errand->display.payment.original, &errand->original);
}

static void original_loaded(void *context)
{
    errand_answer(context);
}

/* The slip of a follow-up names its original, which the terminal's store may have. */
static void errand_finish(struct errand *errand, const struct node_display *display)
{
    struct lane_job job = {.run = load_original, .done = original_loaded, .context = errand};

    errand->display = *display;
    errand->took_us = (clock_now().ns - errand->started.ns) / 1000;
    if (!display->has_payment || display->payment.original.trace == 0 ||
        !lane_run(errand->cashier->terminal->lane, &job))
        errand_answer(errand);
}

/* ---- asking once more ---- */

/* What is in doubt at the switch makes it ask the issuer, whose word it tells when it is asked
 * again. */
static bool is_to_ask_again(const struct errand *errand, const struct node_display *display)
{
    return errand->command.kind == COMMAND_QUERY && errand->command.asks_host &&
           outcome_is_approved(display->outcome) && display->told_state == PAYMENT_IN_PROGRESS &&
           display->heard_state == 0 && errand->asked_again < ASK_AGAIN_MAX;
}

static void forget_asking(struct errand *errand)
{
    struct errand **link = &errand->cashier->asking;

    while (*link != errand)
        link = &(*link)->next;
    *link = errand->next;
}

static void asks_again_closed(uv_handle_t *handle)
{
    struct errand *errand = handle->data;

    if (errand->cashier == NULL) { /* the process ends */
        errand_end(errand);
        return;
    }
    forget_asking(errand);
    errand_send(errand, &errand->command);
}

static void asks_again_due(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, asks_again_closed);
}

static void ask_again(struct errand *errand)
{
    errand->asked_again++;
    errand->next = errand->cashier->asking;
    errand->cashier->asking = errand;
    uv_timer_init(&errand->cashier->server->loop, &errand->asks_again);
    errand->asks_again.data = errand;
    uv_timer_start(&errand->asks_again, asks_again_due, ASK_PAUSE_MS, 0);
}

static void stop_asking(struct errand *errand)
{
    if (errand->call != NULL)
        control_refuse(errand->call, "the terminals end");
    errand->call = NULL;
    errand->cashier = NULL;
    if (!uv_is_closing((uv_handle_t *)&errand->asks_again))
        uv_close((uv_handle_t *)&errand->asks_again, asks_again_closed);
}

/* The answer to a sign-in on the way is never taken for that to the payment. */
static void errand_show(void *context, const struct node_display *display)
{
    struct errand *errand = context;
    bool is_payment = errand->command.kind == COMMAND_PAY;
    bool was_sign_in = errand->is_signing_in;

    errand->is_signing_in = false;
    if (was_sign_in && outcome_is_approved(display->outcome))
        errand_send(errand, &errand->command);
    else if (is_payment && display->outcome == OUTCOME_TERMINAL_NOT_SIGNED_IN &&
             !errand->has_signed_in)
        sign_in_first(errand);
    else if (is_to_ask_again(errand, display))
        ask_again(errand);
    else
        errand_finish(errand, display);
}

/* ---- requests ---- */

static struct errand *errand_new(struct cashier *cashier, struct control_call *call)
{
    struct errand *errand = calloc(1, sizeof *errand);

    if (errand == NULL)
        return NULL;
    errand->cashier = cashier;
    errand->call = call;
    errand->started = clock_now();
    return errand;
}

void cashier_verb(struct server *server, struct control_call *call, const json_t *request)
{
    if (server->cashier == NULL) {
        control_refuse(call, "no terminals run in this process");
        return;
    }
    struct errand *errand = errand_new(server->cashier, call);
    if (errand == NULL) {
        control_refuse(call, "no memory");
        return;
    }
    const char *fault = till_request_read(&server->config, request, &errand->command);
    errand->command.faulty_devices |=
        self_test_faults(server->config.data, errand->command.terminal);
    if (fault != NULL)
        errand_refuse(errand, fault);
    else
        errand_send(errand, &errand->command);
}

/* ---- starting ---- */

enum err cashier_open(struct server *server, struct party_server *terminal, struct cashier **out)
{
    struct cashier *cashier = calloc(1, sizeof *cashier);

    if (cashier == NULL)
        return ERR_FULL;
    cashier->server = server;
    cashier->terminal = terminal;
    *out = cashier;
    return OK;
}

void cashier_close(struct cashier *cashier)
{
    while (cashier->asking != NULL) {
        struct errand *errand = cashier->asking;
        cashier->asking = errand->next;
        stop_asking(errand);
    }
    free(cashier);
}

static void signed_in(void *context, const struct node_display *display)
{
    struct cashier *cashier = context;

    (void)display;
    cashier->signing_in--;
}

void cashier_sign_in_all(struct cashier *cashier)
{
    const struct config *config = &cashier->server->config;

    for (uint32_t i = 0; i < config->listed_terminals; i++) {
        struct lane_item *item = lane_item_new(cashier->terminal->lane);
        uint64_t ticket =
            item == NULL ? 0 : tickets_new(&cashier->server->tickets, signed_in, cashier);

        if (ticket == 0 || identity_id_from_text(config->world.terminals[i].id, ' ',
                                                 item->command.terminal, TERMINAL_ID_LEN) != OK)
            return;
        item->event.kind = EVENT_COMMAND;
        item->event.ticket = ticket;
        item->event.line_is_up = true;
        item->command.kind = COMMAND_SIGN_IN;
        item->has_command = true;
        lane_push(cashier->terminal->lane);
        cashier->signing_in++;
    }
}

bool cashier_is_signing_in(const struct cashier *cashier)
{
    return cashier->signing_in > 0;
}

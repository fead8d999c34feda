#include "app/drill/load_code.h"

#include "app/drill/load.h"
#include "app/world/client.h"
#include "host/control.h"

#include <stdlib.h>
#include <string.h>

#define ASK_WAIT_MS 2000
#define ERRANDS_MAX 3 /* one less than the threads of the pool */

struct code_errand {
    uv_work_t work;
    struct load *load;
    struct load_shop *shop;
    json_t *request;
    json_t *answer; /* NULL: no bank gave one */
};

static bool is_bank(const char *path)
{
    const char *name = strrchr(path, '/');

    return strncmp(name, "/issuer-", 8) == 0 || strcmp(name, "/control.sock") == 0;
}

/* On a thread of the pool. Only the bank of the card knows it. */
static void ask(uv_work_t *work)
{
    struct code_errand *errand = work->data;
    struct client_sockets sockets;

    client_sockets_find(errand->load->data, &sockets);
    for (size_t i = 0; i < sockets.count && errand->answer == NULL; i++) {
        char room[256];
        struct text ignored = text_over(room, sizeof room);
        json_t *answer = NULL;

        if (!is_bank(sockets.paths[i]) ||
            control_ask(sockets.paths[i], errand->request, ASK_WAIT_MS, &answer, &ignored) != OK)
            continue;
        if (*client_text(answer, "code") != 0)
            errand->answer = answer;
        else
            json_decref(answer);
    }
}

static void asked(uv_work_t *work, int status)
{
    struct code_errand *errand = work->data;
    struct load_code *code = &errand->shop->code;
    struct text digits = text_over(code->digits, sizeof code->digits);

    text_add(&digits, status == 0 ? client_text(errand->answer, "code") : "");
    code->is_asked = false;
    errand->load->errands--;
    json_decref(errand->request);
    json_decref(errand->answer);
    free(errand);
}

static json_t *request_of(const struct load *load, const struct load_code *wanted)
{
    char amount[32];
    struct text t = text_over(amount, sizeof amount);

    money_add_text(&t, money_of(wanted->minor, load->config.world.currency));
    return json_pack("{s:s, s:s, s:s, s:s}", "verb", wanted->kind == KIND_SALE ? "code" : "voice",
                     "what", "card", "id", load->config.world.cards[wanted->card].label, "amount",
                     amount);
}

void load_code_ask(struct load *load, struct load_shop *shop, const struct load_code *wanted)
{
    struct code_errand *errand;

    if (shop->code.is_asked || load->errands >= ERRANDS_MAX)
        return;
    errand = calloc(1, sizeof *errand);
    if (errand == NULL)
        return;
    *errand = (struct code_errand){.load = load, .shop = shop, .request = request_of(load, wanted)};
    errand->work.data = errand;
    shop->code = *wanted;
    shop->code.is_asked = true;
    load->errands++;
    if (uv_queue_work(&load->loop, &errand->work, ask, asked) != 0)
        asked(&errand->work, UV_EINVAL);
}

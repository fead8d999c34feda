#include "app/till/qr_pay.h"

#include "app/subcommand.h"
#include "app/world/client.h"
#include "card/emv_qr.h"

#include <stdio.h>
#include <string.h>

#define ID_AMOUNT 54
#define ID_MORE 62
#define ID_TERMINAL 7 /* inside ID_MORE */
#define VALUE_ROOM 32

static int complain(const char *what, const char *detail)
{
    fprintf(stderr, "acquit qr: %s%s\n", what, detail);
    return EXIT_BAD;
}

static void take(const struct emv_qr_item *item, char out[static VALUE_ROOM])
{
    struct text t = text_over(out, VALUE_ROOM);

    text_add_bytes(&t, item->value);
}

/* What the payer needs of a payload that was checked; empty where it says nothing. */
static void read_payload(struct bytes payload, char amount[static VALUE_ROOM],
                         char terminal[static VALUE_ROOM])
{
    struct emv_qr_iterator it = emv_qr_over(payload);
    struct emv_qr_fault fault;
    struct emv_qr_item item;

    while (emv_qr_next(&it, &item, &fault) == OK) {
        if (item.id == ID_AMOUNT)
            take(&item, amount);
        if (item.id != ID_MORE)
            continue;
        struct emv_qr_iterator inner = emv_qr_inside(&it, &item);
        while (emv_qr_next(&inner, &item, &fault) == OK) {
            if (item.id == ID_TERMINAL)
                take(&item, terminal);
        }
    }
}

static int print_sale(const json_t *answer)
{
    const char *receipt = client_text(answer, "receipt");

    fputs(receipt, stdout);
    if (*receipt == 0)
        printf("sale: %s\n", client_text(answer, "outcome"));
    printf("money: %s\n", client_text(answer, "money"));
    return json_is_true(json_object_get(answer, "approved")) ? EXIT_DONE : EXIT_BAD;
}

static int sell(const struct qr_payer *payer, const char *terminal, const char *amount,
                const json_t *code)
{
    json_t *request = json_pack("{s:s, s:s, s:s, s:O}", "verb", "sale", "terminal", terminal,
                                "amount", amount, "code", code);
    json_t *answer = client_ask_any(payer->data, request);
    int result = answer == NULL ? EXIT_BAD : print_sale(answer);

    json_decref(request);
    json_decref(answer);
    return result;
}

static int pay(const struct qr_payer *payer, const char *terminal, const char *amount)
{
    json_t *request = json_pack("{s:s, s:s, s:s, s:s}", "verb", "code", "what", "card", "id",
                                payer->card, "amount", amount);
    json_t *answer = client_ask_any(payer->data, request);
    const json_t *code = json_object_get(answer, "code");
    int result = code == NULL ? EXIT_BAD : sell(payer, terminal, amount, code);

    if (answer != NULL && code == NULL)
        complain("the bank gives no payment code: ", client_text(answer, "outcome"));
    json_decref(request);
    json_decref(answer);
    return result;
}

int qr_pay(const struct qr_payer *payer, const char *payload)
{
    char amount[VALUE_ROOM] = "";
    char terminal[VALUE_ROOM] = "";
    struct emv_qr_fault fault;

    if (emv_qr_check(bytes_of_z(payload), &fault) != OK)
        return complain("this is no merchant's code: ", fault.what);
    read_payload(bytes_of_z(payload), amount, terminal);
    const char *till = *terminal != 0 ? terminal : payer->terminal;
    const char *sum = *amount != 0 ? amount : payer->amount;
    if (till == NULL)
        return complain("the code names no till; say which with --terminal", "");
    if (sum == NULL)
        return complain("the code has no amount; say how much with --amount", "");
    return pay(payer, till, sum);
}

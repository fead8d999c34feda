#include "app/till/till_request.h"

#include "app/till/signature_file.h"
#include "base/assert.h"
#include "card/pan.h"

#include <string.h>

#define ADMINISTRATOR 99 /* UnionPay POS, 6.8 */

/* Whether a verb goes with an amount or a card. */
enum wanted { NO, MAY, MUST };

/* clang-format off */
static const struct till_verb {
    const char *name;
    enum command_kind command;
    enum txn_kind kind;
    enum wanted amount;
    enum wanted card;
    enum wanted trace; /* of the original */
} verbs[] = {
    {"sale",              COMMAND_PAY,      KIND_SALE,              MUST, MUST, NO},
    {"balance",           COMMAND_PAY,      KIND_BALANCE,           NO,   MUST, NO},
    {"void",              COMMAND_PAY,      KIND_VOID,              MAY,  MAY,  MUST},
    {"refund",            COMMAND_PAY,      KIND_REFUND,            MUST, MAY,  MUST},
    {"preauth",           COMMAND_PAY,      KIND_PREAUTH,           MUST, MUST, NO},
    {"preauth-void",      COMMAND_PAY,      KIND_PREAUTH_VOID,      MAY,  MAY,  MUST},
    {"increment",         COMMAND_PAY,      KIND_INCREMENT,         MUST, MAY,  MUST},
    {"completion",        COMMAND_PAY,      KIND_COMPLETION,        MUST, MAY,  MUST},
    {"completion-advice", COMMAND_PAY,      KIND_COMPLETION_ADVICE, MUST, MAY,  MUST},
    {"completion-void",   COMMAND_PAY,      KIND_COMPLETION_VOID,   MAY,  MAY,  MUST},
    {"offline-sale",      COMMAND_PAY,      KIND_OFFLINE_SALE,      MUST, MUST, NO},
    {"tip-adjust",        COMMAND_PAY,      KIND_TIP_ADJUST,        MUST, MAY,  MUST},
    {"signin",            COMMAND_SIGN_IN,  KIND_NONE,              NO,   NO,   NO},
    {"signoff",           COMMAND_SIGN_OFF, KIND_NONE,              NO,   NO,   NO},
    {"echo",              COMMAND_ECHO,     KIND_NONE,              NO,   NO,   NO},
    {"settle",            COMMAND_SETTLE,   KIND_NONE,              NO,   NO,   NO},
    {"fetch",             COMMAND_FETCH,    KIND_UPDATE,            NO,   NO,   NO},
    {"parameters",        COMMAND_FETCH,    KIND_PARAMETERS,        NO,   NO,   NO},
    {"ca-keys",           COMMAND_FETCH,    KIND_CA_KEYS,           NO,   NO,   NO},
    {"aids",              COMMAND_FETCH,    KIND_AIDS,              NO,   NO,   NO},
    {"status-upload",     COMMAND_FETCH,    KIND_STATUS,            NO,   NO,   NO},
    {"signature",         COMMAND_FETCH,    KIND_SIGNATURE,         NO,   NO,   MUST},
    {"ask",               COMMAND_QUERY,    KIND_NONE,              NO,   NO,   MUST},
    {"printed",           COMMAND_PRINTED,  KIND_NONE,              NO,   NO,   MUST},
    {"login",             COMMAND_LOG_IN,   KIND_NONE,              NO,   NO,   NO},
    {"logoff",            COMMAND_LOG_OFF,  KIND_NONE,              NO,   NO,   NO},
    {"operator",          COMMAND_PUT_ROW,  KIND_NONE,              NO,   NO,   NO},
};

static const struct {
    const char *name;
    enum entry_mode entry;
    const char *fault; /* what is missing without a card */
} entries[] = {
    {"chip",   ENTRY_CHIP,        "this entry needs a card"},
    {"stripe", ENTRY_STRIPE,      "this entry needs a card"},
    {"tap",    ENTRY_CONTACTLESS, "this entry needs a card"},
    {"keyed",  ENTRY_KEYED,       NULL},
    {"qr",     ENTRY_QR,          NULL},
};

static const struct {
    const char *name;
    enum till_device device;
} devices[] = {
    {"paper",   DEVICE_PAPER_OUT},
    {"reader",  DEVICE_READER},
    {"pin-pad", DEVICE_PIN_PAD},
    {"printer", DEVICE_PRINTER},
};
/* clang-format on */

/* A request being read. */
struct reading {
    const struct config *config;
    const json_t *request;
    const struct till_verb *verb;
    struct node_command *out;
};

static const struct till_verb *find_verb(const char *name)
{
    for (size_t i = 0; name != NULL && i < ARRAY_COUNT(verbs); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

bool till_request_is_verb(const char *verb)
{
    return find_verb(verb) != NULL;
}

static const char *text_of(const struct reading *r, const char *key)
{
    const char *text = json_string_value(json_object_get(r->request, key));

    return text != NULL && *text != 0 ? text : NULL;
}

/* A number of so many digits at most; absent counts as 0. */
static bool take_digits(const struct reading *r, const char *key, size_t len_max, uint64_t *out)
{
    const char *text = text_of(r, key);

    *out = 0;
    return text == NULL ||
           (strlen(text) <= len_max && bytes_to_number(text, strlen(text), out) == OK);
}

static bool take_exactly(const struct reading *r, const char *key, char *out, size_t len)
{
    const char *text = text_of(r, key);

    if (text != NULL && strlen(text) == len)
        memcpy(out, text, len);
    return text == NULL || strlen(text) == len;
}

bool order_from_text(const char *text, char out[static ORDER_LEN])
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./#";
    size_t len = strlen(text);

    if (len == 0 || len > ORDER_LEN || strspn(text, allowed) != len ||
        pan_is_in_text(bytes_over(text, len)))
        return false;
    memset(out, 0, ORDER_LEN);
    memcpy(out, text, len);
    return true;
}

/* ---- amount ---- */

static const char *take_amount(struct reading *r)
{
    const char *amount = text_of(r, "amount");

    if (amount == NULL)
        return r->verb->amount == MUST ? "this needs an amount such as 10.00" : NULL;
    if (r->verb->amount == NO)
        return "this takes no amount";
    enum err err = money_from_text(amount, r->config->world.currency, &r->out->amount);
    if (err == ERR_OVERFLOW)
        return "amount: more than 12 digits";
    return err == OK ? NULL : "amount: expected digits and at most two decimals, such as 10.00";
}

/* ---- card ---- */

static const char *take_number(struct reading *r, const struct lab_card *card)
{
    const char *number = text_of(r, "number");
    const char *expiry = text_of(r, "expiry");
    struct presented_card *to = &r->out->card;
    struct text keyed = text_over(to->keyed, sizeof to->keyed);
    uint64_t yymm = card == NULL ? 0 : card->expiry;

    if (number == NULL && card == NULL)
        return "keyed entry needs a card or a number and its expiry (YYMM)";
    text_add(&keyed, number != NULL ? number : card->pan);
    if (expiry != NULL && (strlen(expiry) != 4 || bytes_to_number(expiry, 4, &yymm) != OK))
        return "expiry: expected four digits, year then month";
    to->expiry = (uint16_t)yymm;
    return NULL;
}

static const char *take_code(struct reading *r)
{
    const char *code = text_of(r, "code");

    if (code == NULL || strlen(code) < PAN_DIGITS_MIN || strlen(code) > QR_CODE_LEN ||
        !bytes_are_digits(code, strlen(code)))
        return "code: expected the 12 to 20 digits of the customer's payment code";
    memcpy(r->out->qr_code, code, strlen(code));
    return NULL;
}

static size_t entry_index(const char *name, const struct lab_card *card)
{
    size_t at = 0;

    if (name == NULL)
        name = card == NULL ? "keyed" : (card->media & LAB_CHIP) != 0 ? "chip" : "stripe";
    while (at < ARRAY_COUNT(entries) && strcmp(entries[at].name, name) != 0)
        at++;
    return at;
}

static const char *take_pin(struct reading *r)
{
    const char *pin = text_of(r, "pin");

    if (pin == NULL)
        return NULL;
    size_t len = strlen(pin);
    if (len < PIN_DIGITS_MIN || len > PIN_DIGITS_MAX || !bytes_are_digits(pin, len) ||
        secret_from(bytes_of_z(pin), &r->out->card.pin) != OK)
        return "pin: expected 4 to 12 digits";
    return NULL;
}

static const char *take_card(struct reading *r)
{
    const struct lab_world *world = &r->config->world;
    const char *label = text_of(r, "card");
    const char *name = text_of(r, "entry");
    const struct lab_card *card = NULL;

    if (name == NULL && text_of(r, "code") != NULL)
        name = "qr";
    if (r->verb->card == NO || (r->verb->card == MAY && label == NULL && name == NULL))
        return NULL;
    uint32_t index = label == NULL ? world->card_count : lab_world_card(world, label);
    if (label != NULL && index == world->card_count)
        return "there is no card of this label; acquit card list shows them";
    if (label != NULL)
        card = &world->cards[index];
    size_t entry = entry_index(name, card);
    if (entry == ARRAY_COUNT(entries))
        return "entry: expected chip, stripe, tap, keyed or qr";
    r->out->card.entry = entries[entry].entry;
    r->out->card.is_fallback = json_is_true(json_object_get(r->request, "fallback"));
    if (entries[entry].entry == ENTRY_KEYED)
        return take_number(r, card);
    if (entries[entry].entry == ENTRY_QR)
        return take_code(r);
    if (card == NULL)
        return entries[entry].fault;
    r->out->card.card = index;
    return NULL;
}

/* ---- the original ---- */

static const char *take_original(struct reading *r)
{
    struct original *to = &r->out->original;
    const char *of = text_of(r, "of");
    uint64_t trace;
    uint64_t batch;
    uint64_t date;

    if (r->verb->trace == NO)
        return NULL;
    if (!take_digits(r, "trace", 6, &trace) || trace == 0)
        return "trace: expected the voucher number of the original, 1 to 6 digits";
    if (!take_digits(r, "batch", 6, &batch))
        return "batch: expected 1 to 6 digits, as on the original's receipt";
    if (!take_digits(r, "date", 4, &date))
        return "date: expected MMDD, as on the original's receipt";
    if (of != NULL && identity_id_from_text(of, ' ', to->terminal, TERMINAL_ID_LEN) != OK)
        return "of: expected the original's terminal, up to 8 characters";
    to->trace = (uint32_t)trace;
    to->batch = (uint32_t)batch;
    to->date = (uint16_t)date;
    if (!take_exactly(r, "rrn", r->out->rrn, RRN_LEN))
        return "rrn: expected 12 characters, as on the original's receipt";
    return NULL;
}

/* ---- who stands at the till, and what it knows of itself ---- */

static const char *take_password(const struct reading *r, const char *key,
                                 struct till_operator *out)
{
    const char *password = text_of(r, key);

    if (password == NULL)
        return NULL;
    if (strlen(password) > PIN_DIGITS_MAX || !bytes_are_digits(password, strlen(password)) ||
        secret_from(bytes_of_z(password), &out->password) != OK)
        return "a password has up to 12 digits";
    out->is_given = true;
    return NULL;
}

/* Who is set, and who confirms it: the administrator, or the supervisor. */
static const char *take_set_up(struct reading *r)
{
    bool removes = json_is_true(json_object_get(r->request, "remove"));

    if (r->verb->command != COMMAND_PUT_ROW)
        return NULL;
    if (removes == r->out->cashier.is_given)
        return "an operator is given a new password, or removed";
    r->out->cashier.is_given = true;
    if (text_of(r, "administrator") == NULL)
        return NULL;
    r->out->supervisor.number = ADMINISTRATOR;
    return take_password(r, "administrator", &r->out->supervisor);
}

static const char *take_operators(struct reading *r)
{
    bool needs_number = r->verb->command == COMMAND_LOG_IN || r->verb->command == COMMAND_PUT_ROW;
    uint64_t number;

    if (needs_number && text_of(r, "cashier") == NULL)
        return "this needs an operator's number such as 01";
    if (!take_digits(r, "cashier", 2, &number))
        return "cashier: expected a number of up to two digits";
    r->out->cashier.number = (uint8_t)number;
    const char *fault = take_password(r, "password", &r->out->cashier);
    if (fault == NULL)
        fault = take_password(r, "supervisor", &r->out->supervisor);
    return fault != NULL ? fault : take_set_up(r);
}

static const char *take_devices(struct reading *r)
{
    size_t i;
    json_t *name;

    json_array_foreach(json_object_get(r->request, "faulty"), i, name)
    {
        size_t at = 0;
        while (at < ARRAY_COUNT(devices) && json_is_string(name) &&
               strcmp(devices[at].name, json_string_value(name)) != 0)
            at++;
        if (at == ARRAY_COUNT(devices) || !json_is_string(name))
            return "faulty: expected paper, reader, pin-pad or printer";
        r->out->faulty_devices |= (uint8_t)devices[at].device;
    }
    return NULL;
}

/* A register's reference: printable, without blanks, so that it can be keyed again. */
static const char *take_order(struct reading *r)
{
    const char *order = text_of(r, "order");

    if (order == NULL)
        return NULL;
    if (r->verb->command != COMMAND_PAY || kind_row(r->verb->kind)->shape != SHAPE_ORIGINAL)
        return "order: only what stands for itself has one; a follow-up names its original";
    if (pan_is_in_text(bytes_of_z(order)))
        return "order: this looks like a card number, and an order is kept in clear; "
               "put a letter between its digits";
    if (!order_from_text(order, r->out->order))
        return "order: expected up to 24 letters, digits and -_./#";
    return NULL;
}

static const char *take_image(struct reading *r)
{
    if (r->verb->kind != KIND_SIGNATURE)
        return NULL;
    return signature_hex_read(text_of(r, "image"), r->out->value, &r->out->value_len);
}

static const char *take_terminal(struct reading *r)
{
    const struct lab_world *world = &r->config->world;
    const char *terminal = text_of(r, "terminal");

    if (terminal == NULL)
        terminal = world->terminal_count > 0 ? world->terminals[0].id : "";
    if (lab_world_terminal(world, terminal) >= r->config->listed_terminals)
        return "there is no terminal of this id here; acquit terminal list shows them";
    if (identity_id_from_text(terminal, ' ', r->out->terminal, TERMINAL_ID_LEN) != OK)
        return "terminal: expected up to 8 characters";
    return NULL;
}

const char *till_request_read(const struct config *config, const json_t *request,
                              struct node_command *out)
{
    static const char *(*const parts[])(struct reading *) = {
        take_terminal,  take_amount,  take_card,  take_pin,   take_original,
        take_operators, take_devices, take_image, take_order,
    };
    struct reading r = {config, request, NULL, out};

    r.verb = find_verb(text_of(&r, "verb"));
    assert(r.verb != NULL);
    out->kind = r.verb->command;
    out->transaction = r.verb->kind;
    out->asks_host = r.verb->command == COMMAND_QUERY;
    out->is_forced = json_is_true(json_object_get(request, "force"));
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        const char *fault = parts[i](&r);
        if (fault != NULL)
            return fault;
    }
    if (!take_exactly(&r, "auth", out->auth_id, AUTH_ID_LEN))
        return "auth: expected the six characters that the issuer gave";
    if (r.verb->kind == KIND_OFFLINE_SALE && out->auth_id[0] == 0)
        return "an offline sale needs the authorisation code that the issuer gave by voice (auth)";
    return NULL;
}

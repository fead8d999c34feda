#include "app/drill/load_deed.h"

#include "app/drill/load.h"
#include "base/assert.h"
#include "host/clock.h"

#include <string.h>

#define SUPERVISOR_PASSWORD "123456" /* as from the factory */
#define SALE_MINOR_MAX 10000

/* ---- cards ---- */

static uint32_t card_of(const struct load *load, uint32_t owner, bool by_stripe)
{
    return load->config.listed_cards + 2 * owner + (by_stripe ? 0 : 1);
}

/* Stripes and chips are of different issuers. */
static enum entry_mode entry_next(struct load *load)
{
    if (!load->options.is_mixed)
        return load->options.entry;
    if (load->options.is_shop && prng_chance(&load->prng, 150))
        return ENTRY_CONTACTLESS;
    return prng_chance(&load->prng, 500) ? ENTRY_STRIPE : ENTRY_CHIP;
}

/* A till has customers of its own, so that no card is at two tills; now and then one comes from
 * elsewhere. */
static uint32_t owner_next(struct load *load, struct load_shop *shop)
{
    uint32_t owner = shop->card;

    if (load->options.is_shop && prng_chance(&load->prng, 50))
        return (uint32_t)prng_below(&load->prng, load->card_count);
    shop->card = (shop->card + load->options.terminals) % load->card_count;
    return owner;
}

static void present(struct load *load, struct load_shop *shop, struct presented_card *out)
{
    enum entry_mode entry = entry_next(load);
    bool by_stripe = entry == ENTRY_STRIPE || entry == ENTRY_KEYED;
    uint32_t index = card_of(load, owner_next(load, shop), by_stripe);
    const struct lab_card *card = &load->config.world.cards[index];

    out->entry = entry;
    out->card = index;
    if (entry == ENTRY_KEYED) {
        struct text keyed = text_over(out->keyed, sizeof out->keyed);
        text_add(&keyed, card->pan);
        out->expiry = card->expiry;
    }
    if (entry != ENTRY_CONTACTLESS && secret_from(bytes_of_z(card->pin), &out->pin) != OK)
        out->pin.len = 0;
}

static struct money amount_of(const struct load *load, int64_t minor)
{
    return money_of(minor, load->config.world.currency);
}

static struct money amount_next(struct load *load)
{
    return amount_of(load, 1 + (int64_t)prng_below(&load->prng, SALE_MINOR_MAX));
}

static void confirm(struct node_command *command)
{
    command->supervisor.is_given = true;
    enum err err = secret_from(bytes_of_z(SUPERVISOR_PASSWORD), &command->supervisor.password);
    assert(err == OK);
}

/* ---- what stands for itself ---- */

void load_deed_sell(struct load *load, struct load_shop *shop, struct node_command *command)
{
    command->transaction = KIND_SALE;
    present(load, shop, &command->card);
    command->amount = amount_next(load);
}

static bool hold(struct load *load, struct load_shop *shop, struct node_command *command)
{
    load_deed_sell(load, shop, command);
    command->transaction = KIND_PREAUTH;
    return true;
}

static bool ask_balance(struct load *load, struct load_shop *shop, struct node_command *command)
{
    load_deed_sell(load, shop, command);
    command->transaction = KIND_BALANCE;
    command->amount.minor = 0;
    return true;
}

/* With the code that the till's customer got; else one asks his bank, and this one pays by card. */
static bool pay_by_code(struct load *load, struct load_shop *shop, struct node_command *command)
{
    struct load_code *code = &shop->code;
    bool by_voice = prng_chance(&load->prng, 500);

    if (code->is_asked || code->digits[0] == 0) {
        struct load_code wanted = {.kind = by_voice ? KIND_OFFLINE_SALE : KIND_SALE,
                                   .card = card_of(load, shop->card, false),
                                   .minor = amount_next(load).minor};
        load_code_ask(load, shop, &wanted);
        return false;
    }
    command->transaction = code->kind;
    command->amount = amount_of(load, code->minor);
    command->card.card = code->card;
    command->card.entry = code->kind == KIND_SALE ? ENTRY_QR : ENTRY_CHIP;
    if (code->kind == KIND_SALE)
        memcpy(command->qr_code, code->digits, strlen(code->digits));
    else
        memcpy(command->auth_id, code->digits, AUTH_ID_LEN);
    if (!prng_chance(&load->prng, 100)) /* else he tries the same code once more */
        code->digits[0] = 0;
    return true;
}

static bool end_day(struct load *load, struct load_shop *shop, struct node_command *command)
{
    (void)load;
    command->kind = COMMAND_SETTLE;
    command->is_forced = shop->has_differed;
    if (command->is_forced)
        confirm(command);
    return true;
}

/* ---- what follows ---- */

static struct load_bill *bill_of(struct load *load, struct load_shop *shop)
{
    return shop->bill_count == 0 ? NULL : &shop->bills[prng_below(&load->prng, shop->bill_count)];
}

static void name_original(const struct load_shop *shop, const struct load_bill *bill,
                          struct node_command *command)
{
    command->original.batch = bill->identity.batch;
    command->original.trace = bill->identity.trace;
    command->card.card = bill->card;
    if (memcmp(bill->identity.terminal, shop->terminal, TERMINAL_ID_LEN) != 0)
        memcpy(command->original.terminal, bill->identity.terminal, TERMINAL_ID_LEN);
}

static bool look_up(struct load *load, struct load_shop *shop, struct node_command *command)
{
    const struct load_bill *bill = bill_of(load, shop);

    if (bill == NULL)
        return false;
    command->kind = prng_chance(&load->prng, 700) ? COMMAND_QUERY : COMMAND_PRINTED;
    command->asks_host = prng_chance(&load->prng, 700);
    name_original(shop, bill, command);
    return true;
}

/* What may be done about a payment, how often of 100, and with how much of its amount: least and
 * most per cent, beyond what is allowed now and then; 0: no amount is keyed. */
/* clang-format off */
static const struct follow_up {
    enum txn_kind of;
    enum txn_kind kind;
    uint32_t share;
    uint32_t least;
    uint32_t most;
} follow_ups[] = {
    { KIND_SALE,              KIND_VOID,              40, 0,   0 },
    { KIND_SALE,              KIND_REFUND,            40, 20,  110 },
    { KIND_SALE,              KIND_TIP_ADJUST,        20, 101, 112 },
    { KIND_PREAUTH,           KIND_INCREMENT,         25, 1,   50 },
    { KIND_PREAUTH,           KIND_COMPLETION,        30, 50,  118 },
    { KIND_PREAUTH,           KIND_COMPLETION_ADVICE, 20, 50,  115 },
    { KIND_PREAUTH,           KIND_PREAUTH_VOID,      25, 0,   0 },
    { KIND_COMPLETION,        KIND_COMPLETION_VOID,   60, 0,   0 },
    { KIND_COMPLETION,        KIND_REFUND,            40, 20,  110 },
    { KIND_COMPLETION_ADVICE, KIND_REFUND,            100, 20, 110 },
    { KIND_OFFLINE_SALE,      KIND_REFUND,            100, 20, 110 },
};
/* clang-format on */

static const struct follow_up *follow_up_of(struct load *load, enum txn_kind original)
{
    uint64_t drawn = prng_below(&load->prng, 100);

    for (size_t i = 0; i < ARRAY_COUNT(follow_ups); i++) {
        if (follow_ups[i].of != original)
            continue;
        if (drawn < follow_ups[i].share)
            return &follow_ups[i];
        drawn -= follow_ups[i].share;
    }
    return NULL;
}

static int64_t share_of(struct load *load, int64_t minor, uint32_t least, uint32_t most)
{
    return minor * (int64_t)(least + prng_below(&load->prng, most - least + 1)) / 100 + 1;
}

static bool follow(struct load *load, struct load_shop *shop, struct node_command *command)
{
    struct load_bill *bill = bill_of(load, shop);
    const struct follow_up *what = bill == NULL ? NULL : follow_up_of(load, bill->kind);

    if (what == NULL)
        return false;
    name_original(shop, bill, command);
    command->transaction = what->kind;
    if (what->most > 0)
        command->amount = amount_of(load, share_of(load, bill->minor, what->least, what->most));
    confirm(command);
    return true;
}

/* A customer brings back what he bought at another till. */
static bool take_back(struct load *load, struct load_shop *shop, struct node_command *command)
{
    struct load_shop *other = &load->shops[prng_below(&load->prng, load->options.terminals)];
    const struct load_bill *bill = bill_of(load, other);

    if (bill == NULL || (load->config.world.cards[bill->card].media & LAB_CHIP) == 0)
        return false;
    name_original(shop, bill, command);
    command->transaction = KIND_REFUND;
    command->amount = amount_of(load, share_of(load, bill->minor, 20, 100));
    command->card.entry = ENTRY_CHIP;
    confirm(command);
    return true;
}

/* ---- the day ---- */

/* clang-format off */
static const struct {
    uint32_t share; /* of 100; the rest are plain sales, as is what cannot be done now */
    bool (*fill)(struct load *load, struct load_shop *shop, struct node_command *command);
} deeds[] = {
    { 32, follow },
    { 8,  hold },
    { 8,  take_back },
    { 6,  pay_by_code },
    { 5,  ask_balance },
    { 3,  look_up },
    { 2,  end_day },
};
/* clang-format on */

void load_deed_next(struct load *load, struct load_shop *shop, struct node_command *command)
{
    uint64_t drawn = prng_below(&load->prng, 100);
    size_t at = 0;

    shop->gives_up = (struct moment){0};
    if (prng_chance(&load->prng, 20))
        shop->gives_up = moment_add_ms(clock_now(), (int64_t)prng_below(&load->prng, 3000));
    if (shop->must_settle) {
        end_day(load, shop, command);
        return;
    }
    while (at < ARRAY_COUNT(deeds) && drawn >= deeds[at].share)
        drawn -= deeds[at++].share;
    if (at == ARRAY_COUNT(deeds) || !deeds[at].fill(load, shop, command))
        load_deed_sell(load, shop, command);
}

bool load_deed_gives_up(const struct load_shop *shop)
{
    return shop->is_busy && shop->gives_up.ns != 0 && clock_now().ns >= shop->gives_up.ns;
}

/* ---- what is remembered ---- */

static bool may_be_followed(enum txn_kind kind)
{
    for (size_t i = 0; i < ARRAY_COUNT(follow_ups); i++)
        if (follow_ups[i].of == kind)
            return true;
    return false;
}

static void remember(struct load_shop *shop, const struct payment_row *payment)
{
    struct load_bill *bill = &shop->bills[shop->bill_next];
    enum txn_kind kind = (enum txn_kind)payment->kind;
    const struct load *load = shop->load;

    if (!may_be_followed(kind))
        return;
    *bill = (struct load_bill){.identity = payment->identity,
                               .kind = kind,
                               .card = (uint32_t)payment->account,
                               .minor = payment->amount.minor};
    if (bill->card >= load->config.world.card_count)
        bill->card = card_of(load, shop->card, true);
    shop->bill_next = (shop->bill_next + 1) % LOAD_BILLS_MAX;
    if (shop->bill_count < LOAD_BILLS_MAX)
        shop->bill_count++;
}

void load_deed_learn(struct load_shop *shop, const struct node_display *display)
{
    if (shop->doing == COMMAND_SETTLE) {
        shop->has_differed = display->outcome == OUTCOME_SETTLEMENT_TOTALS_DIFFER;
        shop->must_settle = shop->must_settle && !outcome_is_approved(display->outcome);
    }
    if (display->outcome == OUTCOME_TERMINAL_MUST_SETTLE)
        shop->must_settle = true;
    if (shop->doing == COMMAND_PAY && display->has_payment && outcome_is_approved(display->outcome))
        remember(shop, &display->payment);
}

static bool recall_row(void *context, const struct row_key *key, struct bytes value)
{
    struct load *load = context;
    struct payment_row row;
    uint64_t number = 0;

    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    if (row.stage != STAGE_ANSWERED || !outcome_is_known(row.outcome) ||
        !outcome_is_approved((enum outcome)row.outcome) || row.follow != FOLLOW_NONE)
        return true;
    /* They are called L0000001 and so on. */
    if (bytes_to_number(row.identity.terminal + 1, TERMINAL_ID_LEN - 1, &number) == OK &&
        number > 0 && number <= load->options.terminals)
        remember(&load->shops[number - 1], &row);
    return true;
}

static void recall_run(struct lane *lane, void *context)
{
    struct load *load = context;
    struct store *store = lane_store(lane);
    struct row_key payments = row_key_of(TABLE_PAYMENT, NULL, 0);

    /* Without it there is only less to follow. */
    if (store->scan(store->self, &payments, recall_row, load) != STORE_OK)
        fprintf(stderr, "acquit: earlier payments cannot be read\n");
}

static void recall_done(void *context)
{
    struct load *load = context;

    load->has_recalled = true;
}

void load_deed_recall(struct load *load)
{
    struct lane_job job = {.run = recall_run, .done = recall_done, .context = load};

    while (!lane_run(load->party.lane, &job))
        uv_run(&load->loop, UV_RUN_ONCE);
    while (!load->has_recalled)
        uv_run(&load->loop, UV_RUN_ONCE);
}

/* What may not happen in this order: a sale while another is owed, a fourth wrong PIN, a payment
 * over the day's limit. Told from the journals alone. */
#include "sim/oracle/oracle.h"

#include "base/assert.h"

#include <string.h>

/* ---- terminals: one sale at a time ---- */

/* Advices of one terminal that nobody has answered, in the order in which they were stored. */
struct advice_queue {
    uint32_t count;
    struct identity waiting[DRAWER_WAITING_MAX];
};

struct till_walk {
    struct universe *universe;
    struct identity open[UNIVERSE_TERMINALS]; /* asked for, and its money unknown; trace 0: none */
    struct advice_queue advices[UNIVERSE_TERMINALS];
};

static void advice_ends(struct advice_queue *queue, const struct identity *identity)
{
    uint32_t at = 0;
    while (at < queue->count && !identity_equal(&queue->waiting[at], identity))
        at++;
    if (at == queue->count)
        return;
    queue->count--;
    memmove(&queue->waiting[at], &queue->waiting[at + 1],
            (queue->count - at) * sizeof queue->waiting[0]);
}

/* The oldest is delivered first. */
static void follow_advice(struct universe *universe, struct advice_queue *queue,
                          const struct journal_record *record)
{
    bool is_stored = record->what == WHAT_ADVICE_STORED;
    if (is_stored && queue->count < DRAWER_WAITING_MAX)
        queue->waiting[queue->count++] = record->identity;
    if (record->what == WHAT_APPROVED || record->what == WHAT_DECLINED ||
        record->what == WHAT_PERSON_SETTLED)
        advice_ends(queue, &record->identity);
    if (record->what != WHAT_ADVICE_SENT || queue->count == 0 ||
        identity_equal(&queue->waiting[0], &record->identity))
        return;
    for (uint32_t i = 1; i < queue->count; i++) {
        if (!identity_equal(&queue->waiting[i], &record->identity))
            continue;
        struct text *finding =
            universe_find(universe, "order: an advice went before an older one: ");
        identity_add_text(finding, &record->identity);
    }
}

static void see_sale(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct till_walk *walk = self;
    struct universe *universe = walk->universe;
    (void)bytes;
    uint32_t terminal = 0;
    while (terminal < universe->world.terminal_count &&
           memcmp(universe->world.terminals[terminal].id, record->identity.terminal,
                  TERMINAL_ID_LEN) != 0)
        terminal++;
    if (terminal == universe->world.terminal_count)
        return;
    follow_advice(universe, &walk->advices[terminal], record);
    struct identity *open = &walk->open[terminal];
    if (identity_equal(open, &record->identity) && record->money != MONEY_UNKNOWN)
        *open = (struct identity){0};
    if (record->what != WHAT_SALE_SENT)
        return;
    if (open->trace != 0 && !identity_equal(open, &record->identity)) {
        struct text *finding = universe_find(universe, "order: a sale while another is owed: ");
        identity_add_text(finding, &record->identity);
        text_add(finding, " while ");
        identity_add_text(finding, open);
    }
    *open = record->identity;
}

/* ---- issuers: PINs and limits of each card ---- */

struct card_day {
    uint8_t wrong_pins; /* in a row */
    uint32_t date;
    int64_t used_minor;
    uint32_t count;
};

struct card_walk {
    struct universe *universe;
    struct station *station;
    struct pan_hash hashes[UNIVERSE_CARDS]; /* of the issuer's own cards */
    bool is_known[UNIVERSE_CARDS];
    struct card_day days[UNIVERSE_CARDS];
};

static bool see_card(void *context, const struct row_key *key, struct bytes value)
{
    struct card_walk *walk = context;
    struct card_row row;
    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    uint32_t card = lab_world_card(&walk->universe->world, row.name);
    if (card < walk->universe->world.card_count) {
        walk->hashes[card] = row.pan.hash;
        walk->is_known[card] = true;
    }
    return true;
}

static uint32_t card_of(const struct card_walk *walk, const struct payment_row *row)
{
    uint32_t card = 0;
    while (card < UNIVERSE_CARDS &&
           (!walk->is_known[card] ||
            memcmp(&walk->hashes[card], &row->pan.hash, sizeof row->pan.hash) != 0))
        card++;
    return card;
}

static void find(const struct card_walk *walk, uint32_t card, const char *what,
                 const struct payment_row *row)
{
    struct text *finding = universe_find(walk->universe, "order: ");
    text_add(finding, what);
    text_add_char(finding, ' ');
    text_add(finding, walk->universe->world.cards[card].label);
    text_add_char(finding, ' ');
    identity_add_text(finding, &row->identity);
}

/* Causes that are looked at only when the PIN was right. */
static bool comes_after_pin(enum outcome outcome)
{
    return outcome_is_approved(outcome) ||
           (outcome > OUTCOME_PIN_WRONG && outcome <= OUTCOME_ACCOUNT_FUNDS_SHORT);
}

static void follow_pin(struct card_walk *walk, uint32_t card, const struct payment_row *row)
{
    struct card_day *day = &walk->days[card];
    uint8_t most = walk->universe->world.cards[card].pin_tries_max;
    if (row->outcome == OUTCOME_PIN_WRONG && ++day->wrong_pins > most)
        find(walk, card, "one wrong PIN too many was tried", row);
    if (!row->pin_entered || !comes_after_pin((enum outcome)row->outcome))
        return;
    if (day->wrong_pins >= most)
        find(walk, card, "a locked PIN was taken", row);
    day->wrong_pins = 0;
}

static bool counts_as_one(const struct payment_row *row)
{
    return kind_row((enum txn_kind)row->kind)->shape == SHAPE_ORIGINAL;
}

/* A hold's posted_minor grows with its increments, which count by themselves. */
static int64_t used_minor(const struct payment_row *row)
{
    return row->kind == KIND_PREAUTH ? row->amount.minor : row->posted_minor;
}

static bool uses_limits(enum txn_kind kind)
{
    return kind == KIND_SALE || kind == KIND_PREAUTH || kind == KIND_INCREMENT;
}

/* An offline sale was promised by voice: it counts, and no limit stops it. */
static bool counts(enum txn_kind kind)
{
    return uses_limits(kind) || kind == KIND_OFFLINE_SALE;
}

static void follow_limits(struct card_walk *walk, uint32_t card, uint32_t date,
                          const struct payment_row *row)
{
    struct card_day *day = &walk->days[card];
    const struct lab_card *limits = &walk->universe->world.cards[card];
    if (day->date < date) /* a clock that goes back over midnight begins no day anew */
        *day = (struct card_day){.wrong_pins = day->wrong_pins, .date = date};
    day->used_minor += used_minor(row);
    day->count += counts_as_one(row);
    if (!uses_limits((enum txn_kind)row->kind))
        return;
    if (limits->daily_limit_minor > 0 && day->used_minor > limits->daily_limit_minor)
        find(walk, card, "the day's amount was passed by", row);
    if (limits->daily_count_max > 0 && day->count > limits->daily_count_max)
        find(walk, card, "the day's count was passed by", row);
}

static void give_back(struct card_walk *walk, uint32_t card, const struct payment_row *row)
{
    struct card_day *day = &walk->days[card];
    if (day->date != row->business_date)
        return;
    day->used_minor -= used_minor(row);
    day->count -= counts_as_one(row);
}

/* A void gives back what its original used, and its own undoing uses that again: there is no limit
 * to that. */
static void give_back_original(struct card_walk *walk, uint32_t card,
                               const struct payment_row *original, bool is_undone)
{
    struct card_day *day = &walk->days[card];
    if (day->date != original->business_date)
        return;
    day->used_minor += is_undone ? used_minor(original) : -used_minor(original);
    day->count += is_undone ? 1U : -1U;
}

static void follow(struct card_walk *walk, const struct journal_record *record,
                   const struct payment_row *row)
{
    uint32_t card = card_of(walk, row);
    if (card == UNIVERSE_CARDS)
        return;
    if (record->what == WHAT_APPROVED || record->what == WHAT_DECLINED)
        follow_pin(walk, card, row);
    if (record->what == WHAT_APPROVED && counts((enum txn_kind)row->kind))
        follow_limits(walk, card, record->business_date, row);
    if (record->what == WHAT_REVERSED && row->money == MONEY_RETURNED &&
        counts((enum txn_kind)row->kind))
        give_back(walk, card, row);
}

/* A payment that changes with its void, or with the void's undoing. */
static void follow_original(struct card_walk *walk, const struct journal_record *record,
                            const struct payment_row *original)
{
    uint32_t card = card_of(walk, original);
    bool is_voided = record->what == WHAT_APPROVED && original->follow == FOLLOW_VOIDED;
    bool is_back = record->what == WHAT_REVERSED && original->follow == FOLLOW_NONE;
    if (card == UNIVERSE_CARDS || !counts((enum txn_kind)original->kind))
        return;
    if (is_voided || is_back)
        give_back_original(walk, card, original, is_back);
}

/* The payment row that a change puts; false when it puts none. */
static bool take_payment(const struct journal_change *change, struct payment_row *out)
{
    if (change->key.table != TABLE_PAYMENT || change->value.len != sizeof *out)
        return false;
    memcpy(out, change->value.at, sizeof *out);
    return true;
}

static bool is_of_void(const struct journal_record *record)
{
    struct payment_row row;
    for (uint8_t i = 0; i < record->change_count; i++)
        if (take_payment(&record->changes[i], &row) &&
            identity_equal(&row.identity, &record->identity))
            return row.kind == KIND_VOID || row.kind == KIND_PREAUTH_VOID;
    return false;
}

/* An operator puts a card's row with the tries as he saw them. */
static void follow_operator(struct card_walk *walk, const struct journal_record *record)
{
    struct card_row row;
    for (uint8_t i = 0; i < record->change_count; i++) {
        const struct journal_change *change = &record->changes[i];
        if (change->key.table != TABLE_CARD || change->value.len != sizeof row)
            continue;
        memcpy(&row, change->value.at, sizeof row);
        uint32_t card = lab_world_card(&walk->universe->world, row.name);
        if (card < walk->universe->world.card_count)
            walk->days[card].wrong_pins = row.pin_tries;
    }
}

static void see_decision(void *self, const struct journal_record *record, struct bytes bytes)
{
    struct card_walk *walk = self;
    struct payment_row row;
    (void)bytes;
    bool is_void = is_of_void(record);
    if (record->what == WHAT_CONFIGURED)
        follow_operator(walk, record);
    for (uint8_t i = 0; i < record->change_count; i++) {
        if (!take_payment(&record->changes[i], &row))
            continue;
        if (identity_equal(&row.identity, &record->identity))
            follow(walk, record, &row);
        else if (is_void)
            follow_original(walk, record, &row);
    }
}

/* What the issuer keeps of a card is what its payments come to. */
static bool check_card(void *context, const struct row_key *key, struct bytes value)
{
    struct card_walk *walk = context;
    struct card_row row;
    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    uint32_t card = lab_world_card(&walk->universe->world, row.name);
    if (card >= walk->universe->world.card_count)
        return true;
    const struct card_day *day = &walk->days[card];
    bool is_same_day = row.daily_date == day->date;
    if (row.pin_tries == day->wrong_pins &&
        (!is_same_day ||
         (row.daily_used_minor == day->used_minor && row.daily_count == day->count)))
        return true;
    struct text *finding = universe_find(walk->universe, "order: not what the card has used: ");
    text_add(finding, row.name);
    text_add(finding, " today ");
    text_add_i64(finding, row.daily_used_minor);
    text_add(finding, " not ");
    text_add_i64(finding, day->used_minor);
    text_add(finding, ", payments ");
    text_add_u64(finding, row.daily_count);
    text_add(finding, " not ");
    text_add_u64(finding, day->count);
    text_add(finding, ", wrong PINs ");
    text_add_u64(finding, row.pin_tries);
    text_add(finding, " not ");
    text_add_u64(finding, day->wrong_pins);
    return false;
}

void oracle_order(struct universe *universe)
{
    struct till_walk tills = {.universe = universe};
    struct fact_visitor sales = {&tills, see_sale};
    struct row_key from = row_key_of(TABLE_CARD, NULL, 0);
    for (uint32_t i = 0; i < UNIVERSE_SHOPS; i++)
        facts_visit_journal(universe, &universe->stations[i], 0, &sales);
    for (uint32_t i = 0; i < VAULT_ISSUERS; i++) {
        struct station *station = universe_issuer(universe, i);
        struct card_walk cards = {.universe = universe, .station = station};
        struct fact_visitor decisions = {&cards, see_decision};
        enum store_result result = station->disk.scan(station->disk.self, &from, see_card, &cards);
        assert(result == STORE_OK);
        facts_visit_journal(universe, station, 0, &decisions);
        result = station->disk.scan(station->disk.self, &from, check_card, &cards);
        assert(result == STORE_OK);
    }
}

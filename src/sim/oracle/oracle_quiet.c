#include "sim/oracle/oracle.h"

#include <string.h>

/* The first row that is open: of TABLE_PENDING, or of a terminal that owes something. */
struct open_row {
    bool found;
    struct identity identity;
};

static bool see_pending(void *context, const struct row_key *key, struct bytes value)
{
    struct open_row *open = context;
    struct pending_row row = {0};
    if (value.len == sizeof row)
        memcpy(&row, value.at, sizeof row);
    open->found = row.kind != PENDING_HOLD; /* that one waits for its date */
    if (key->len == IDENTITY_KEY_LEN)
        identity_from_key(key->at, &open->identity);
    return !open->found;
}

static bool see_owed(void *context, const struct row_key *key, struct bytes value)
{
    struct open_row *open = context;
    struct terminal_row row;
    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    open->found = row.owed.trace != 0;
    open->identity = row.owed;
    return !open->found;
}

static bool see_waiting(void *context, const struct row_key *key, struct bytes value)
{
    struct open_row *open = context;
    struct drawer_row row;
    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    open->found = row.waiting_count > 0 || row.settling != 0;
    open->identity.batch = row.waiting[0].batch;
    open->identity.trace = row.waiting[0].trace;
    return !open->found;
}

/* A terminal whose payment the switch takes back (98 with a good MAC) hears no more of it: the
 * money is the switch's to return, and the terminal's row says so for ever. */
static bool is_open(const struct payment_row *row)
{
    bool is_with_the_switch = row->stage == STAGE_ANSWERED && row->money == MONEY_RETURNING;
    bool is_held = row->stage == STAGE_ANSWERED && row->money == MONEY_HELD;
    return !money_state_is_final((enum money_state)row->money) && !is_with_the_switch && !is_held;
}

static bool see_open_payment(void *context, const struct row_key *key, struct bytes value)
{
    struct open_row *open = context;
    struct payment_row row;
    (void)key;
    if (value.len != sizeof row)
        return true;
    memcpy(&row, value.at, sizeof row);
    open->found = is_open(&row);
    open->identity = row.identity;
    return !open->found;
}

static struct open_row look(struct station *station, enum row_table table, store_row_visit *visit)
{
    struct open_row open = {0};
    struct row_key from = row_key_of(table, NULL, 0);
    if (station->disk.scan(station->disk.self, &from, visit, &open) != STORE_OK)
        open.found = true;
    return open;
}

bool oracle_owes_nothing(struct station *station)
{
    return !look(station, TABLE_PENDING, see_pending).found &&
           !look(station, TABLE_TERMINAL, see_owed).found &&
           !look(station, TABLE_DRAWER, see_waiting).found &&
           !look(station, TABLE_PAYMENT, see_open_payment).found;
}

static bool station_is_quiet(struct station *station)
{
    return station->is_up && !station->is_moving && oracle_owes_nothing(station);
}

bool oracle_is_quiet(struct universe *universe)
{
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++)
        if (universe->tills[i].ticket != 0 || !universe->tills[i].has_sold)
            return false;
    for (uint32_t i = 0; i < universe->station_count; i++)
        if (!station_is_quiet(&universe->stations[i]))
            return false;
    return true;
}

static bool tell(struct universe *universe, const struct station *station, const char *what,
                 const struct open_row *open)
{
    if (!open->found)
        return false;
    struct text *finding = universe_find(universe, "quiet: after healing ");
    text_add(finding, station->name);
    text_add_char(finding, ' ');
    text_add(finding, what);
    identity_add_text(finding, &open->identity);
    return true;
}

static bool tell_station(struct universe *universe, struct station *station)
{
    struct open_row pending = look(station, TABLE_PENDING, see_pending);
    struct open_row owed = look(station, TABLE_TERMINAL, see_owed);
    struct open_row waiting = look(station, TABLE_DRAWER, see_waiting);
    struct open_row money = look(station, TABLE_PAYMENT, see_open_payment);
    return tell(universe, station, "still waits for ", &pending) ||
           tell(universe, station, "still owes the reversal of ", &owed) ||
           tell(universe, station, "still has to deliver, or settles ", &waiting) ||
           tell(universe, station, "still does not know where the money is of ", &money);
}

void oracle_unsettled(struct universe *universe)
{
    for (uint32_t i = 0; i < universe->station_count; i++)
        if (tell_station(universe, &universe->stations[i]))
            return;
    for (uint32_t i = 0; i < UNIVERSE_TERMINALS; i++) {
        const struct shopper *till = &universe->tills[i];
        if (till->has_sold && till->ticket == 0)
            continue;
        struct text *finding =
            universe_find(universe, "quiet: after healing this till cannot sell: ");
        text_add(finding, universe->world.terminals[till->terminal].id);
        return;
    }
    universe_find(universe, "quiet: after healing something never stops");
}

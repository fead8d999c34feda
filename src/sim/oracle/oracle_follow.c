/* What later payments did to earlier ones, and what batches come to: told from the rows of the
 * payments alone, and compared with what each party keeps of it. */
#include "sim/oracle/oracle.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define COMPLETION_PERCENT_MAX 115
#define TIP_PERCENT_MAX 10

/* ---- what followed a payment at one party ---- */

struct followers {
    int64_t refunded_minor;
    int64_t tip_minor;
    int64_t grown_minor;
    int64_t voided_minor;
    int64_t completed_minor; /* by completions that were not voided */
    uint32_t tips;
    uint32_t voids;
    uint32_t completions;
};

static bool is_void(enum txn_kind kind)
{
    return kind == KIND_VOID || kind == KIND_PREAUTH_VOID || kind == KIND_COMPLETION_VOID;
}

static bool is_completion(enum txn_kind kind)
{
    return kind == KIND_COMPLETION || kind == KIND_COMPLETION_ADVICE;
}

/* The payments that follow others and stand at a party, in the order of the facts. */
struct standing {
    const struct facts *facts;
    enum sim_party party;
    size_t *places;
    size_t count;
};

static void standing_open(struct standing *standing, const struct facts *facts,
                          enum sim_party party)
{
    *standing = (struct standing){.facts = facts, .party = party};
    standing->places = malloc((facts->count + 1) * sizeof *standing->places);
    assert(standing->places);
    for (size_t i = 0; i < facts->count; i++)
        if (facts->payments[i].rows[party].original.trace != 0 &&
            facts_stands(&facts->payments[i], party))
            standing->places[standing->count++] = i;
}

static void standing_close(struct standing *standing)
{
    free(standing->places);
}

/* One of them, when it follows the original; else NULL. */
static const struct payment_fact *follower(const struct standing *standing, size_t i,
                                           const struct payment_fact *original)
{
    const struct payment_fact *fact = &standing->facts->payments[standing->places[i]];
    const struct payment_row *row = &fact->rows[standing->party];
    return identity_equal(&row->original, &original->identity) ? fact : NULL;
}

static bool was_voided(const struct standing *standing, const struct payment_fact *original)
{
    for (size_t i = 0; i < standing->count; i++) {
        const struct payment_fact *fact = follower(standing, i, original);
        if (fact && is_void((enum txn_kind)fact->rows[standing->party].kind))
            return true;
    }
    return false;
}

static void add_follower(const struct standing *standing, const struct payment_fact *fact,
                         struct followers *sum)
{
    const struct payment_row *row = &fact->rows[standing->party];
    enum txn_kind kind = (enum txn_kind)row->kind;
    if (kind == KIND_REFUND)
        sum->refunded_minor += row->posted_minor;
    if (kind == KIND_INCREMENT)
        sum->grown_minor += row->posted_minor;
    if (kind == KIND_TIP_ADJUST) {
        sum->tip_minor += row->posted_minor;
        sum->tips++;
    }
    if (is_void(kind)) {
        sum->voided_minor += row->posted_minor;
        sum->voids++;
    }
    if (is_completion(kind) && !was_voided(standing, fact)) {
        sum->completed_minor += row->posted_minor;
        sum->completions++;
    }
}

static struct followers followers_of(const struct standing *standing,
                                     const struct payment_fact *original)
{
    struct followers sum = {0};
    for (size_t i = 0; i < standing->count; i++) {
        const struct payment_fact *fact = follower(standing, i, original);
        if (fact)
            add_follower(standing, fact, &sum);
    }
    return sum;
}

/* ---- judging it ---- */

static void find(struct universe *universe, const struct payment_fact *fact, enum sim_party party,
                 const char *what)
{
    const struct payment_row *row = &fact->rows[party];
    struct text *finding = universe_find(universe, "follow: ");
    text_add(finding, what);
    text_add(finding, ": ");
    identity_add_text(finding, &fact->identity);
    text_add_char(finding, ' ');
    text_add(finding, sim_party_name(party));
    text_add_char(finding, ' ');
    text_add(finding, kind_row((enum txn_kind)row->kind)->name);
    text_add_char(finding, ' ');
    text_add(finding, follow_state_name((enum follow_state)row->follow));
    text_add(finding, " posted ");
    text_add_i64(finding, row->posted_minor);
    text_add(finding, " returned ");
    text_add_i64(finding, row->returned_minor);
    text_add(finding, " tip ");
    text_add_i64(finding, row->tip_minor);
}

/* What the original says of itself is what its followers come to. */
static void check_kept(struct universe *universe, const struct payment_fact *fact,
                       enum sim_party party, const struct followers *sum)
{
    const struct payment_row *row = &fact->rows[party];
    enum follow_state follow = sum->voids > 0         ? FOLLOW_VOIDED
                               : sum->completions > 0 ? FOLLOW_COMPLETED
                                                      : FOLLOW_NONE;
    if (row->follow == FOLLOW_LAPSED && follow == FOLLOW_NONE && party == AT_ISSUER &&
        row->kind == KIND_PREAUTH && row->changed.us >= row->lapses.us)
        follow = FOLLOW_LAPSED;
    if (row->follow != follow)
        find(universe, fact, party, "not what has followed it");
    if (row->tip_minor != sum->tip_minor)
        find(universe, fact, party, "not the tip that was given");
    /* a refund at another till changes nothing at this one's */
    if (party != AT_TERMINAL && row->returned_minor != sum->refunded_minor)
        find(universe, fact, party, "not what was refunded of it");
    if (row->kind == KIND_PREAUTH && row->posted_minor != row->amount.minor + sum->grown_minor)
        find(universe, fact, party, "a hold is not what it grew to");
}

/* What may follow at all. */
static void check_allowed(struct universe *universe, const struct payment_fact *fact,
                          enum sim_party party, const struct followers *sum)
{
    const struct payment_row *row = &fact->rows[party];
    int64_t stands = row->posted_minor + sum->tip_minor;
    if (sum->voids > 1 || sum->completions > 1 || (sum->voids > 0 && sum->completions > 0))
        find(universe, fact, party, "it ended twice");
    if (sum->voids > 0 && (sum->refunded_minor > 0 || sum->voided_minor != stands))
        find(universe, fact, party, "a void did not give back what stood");
    if (sum->refunded_minor > stands)
        find(universe, fact, party, "more was refunded than was paid");
    if (sum->tips > 1 || sum->tip_minor * 100 > row->posted_minor * TIP_PERCENT_MAX)
        find(universe, fact, party, "too much of a tip");
    if (sum->completed_minor * 100 > stands * COMPLETION_PERCENT_MAX)
        find(universe, fact, party, "more was taken than the hold allows");
}

static bool has_followers(const struct followers *sum)
{
    return sum->voids + sum->completions + sum->tips > 0 || sum->refunded_minor > 0 ||
           sum->grown_minor > 0;
}

static void check_payment(struct universe *universe, const struct standing *standing,
                          const struct payment_fact *fact)
{
    enum sim_party party = standing->party;
    struct followers sum = followers_of(standing, fact);
    if (!facts_stands(fact, party)) {
        if (has_followers(&sum))
            find(universe, fact, party, "something follows what does not stand");
        return;
    }
    check_kept(universe, fact, party, &sum);
    check_allowed(universe, fact, party, &sum);
}

/* ---- batches ---- */

struct batches_walk {
    struct universe *universe;
    const struct facts *facts;
    struct station *station;
};

static bool counts_in(const struct payment_fact *fact, enum sim_party party,
                      const struct batch_row *batch)
{
    return facts_stands(fact, party) && fact->identity.batch == batch->batch &&
           memcmp(fact->identity.terminal, batch->terminal, TERMINAL_ID_LEN) == 0;
}

static void add_total(struct totals *sum, const struct payment_row *row)
{
    int sign = kind_row((enum txn_kind)row->kind)->sign;
    uint16_t one = row->kind != KIND_TIP_ADJUST; /* it is counted with its sale */
    if (sign > 0) {
        sum->debit_minor += row->posted_minor;
        sum->debit_count = (uint16_t)(sum->debit_count + one);
    } else if (sign < 0) {
        sum->credit_minor += row->posted_minor;
        sum->credit_count = (uint16_t)(sum->credit_count + one);
    }
}

static void check_batch(const struct batches_walk *walk, const struct batch_row *batch)
{
    enum sim_party party = walk->station->role;
    struct totals sum = {0};
    for (size_t i = 0; i < walk->facts->count; i++)
        if (counts_in(&walk->facts->payments[i], party, batch))
            add_total(&sum, &walk->facts->payments[i].rows[party]);
    const struct totals *kept = &batch->domestic;
    if (kept->debit_minor == sum.debit_minor && kept->credit_minor == sum.credit_minor &&
        kept->debit_count == sum.debit_count && kept->credit_count == sum.credit_count &&
        batch->open_count == 0)
        return;
    struct text *finding = universe_find(walk->universe, "batch: totals are not its payments: ");
    text_add(finding, walk->station->name);
    text_add_char(finding, ' ');
    text_add_bytes(finding, bytes_over(batch->terminal, TERMINAL_ID_LEN));
    text_add_char(finding, ' ');
    text_add_u64(finding, batch->batch);
    text_add(finding, " debit ");
    text_add_i64(finding, kept->debit_minor);
    text_add(finding, " not ");
    text_add_i64(finding, sum.debit_minor);
    text_add(finding, ", credit ");
    text_add_i64(finding, kept->credit_minor);
    text_add(finding, " not ");
    text_add_i64(finding, sum.credit_minor);
    text_add(finding, ", open ");
    text_add_u64(finding, batch->open_count);
}

static bool see_batch(void *context, const struct row_key *key, struct bytes value)
{
    struct batches_walk *walk = context;
    struct batch_row row;
    (void)key;
    if (value.len == sizeof row) {
        memcpy(&row, value.at, sizeof row);
        check_batch(walk, &row);
    }
    return true;
}

void oracle_follow(struct universe *universe, const struct facts *facts)
{
    for (int party = 0; party < SIM_PARTIES; party++) {
        struct standing standing;
        standing_open(&standing, facts, (enum sim_party)party);
        for (size_t i = 0; i < facts->count; i++)
            check_payment(universe, &standing, &facts->payments[i]);
        standing_close(&standing);
    }
    for (uint32_t i = 0; i <= UNIVERSE_SHOPS; i++) { /* the shops, and the switch behind them */
        struct batches_walk walk = {universe, facts, &universe->stations[i]};
        struct row_key from = row_key_of(TABLE_BATCH, NULL, 0);
        enum store_result result =
            walk.station->disk.scan(walk.station->disk.self, &from, see_batch, &walk);
        assert(result == STORE_OK);
    }
}

#include "risk/activity.h"

#include "base/assert.h"

#include <string.h>

#define SECOND_US 1000000
#define MONTH_OF(date) ((date) / 100)

struct activity_owner activity_owner_of(const struct payment_row *payment)
{
    struct activity_owner owner = {.card = payment->pan.hash, .category = payment->category};

    memcpy(owner.merchant, payment->merchant, sizeof owner.merchant);
    memcpy(owner.terminal, payment->identity.terminal, sizeof owner.terminal);
    memcpy(owner.bin, payment->pan.masked.at, sizeof owner.bin);
    return owner;
}

static size_t put(uint8_t *out, size_t at, const void *from, size_t len)
{
    memcpy(out + at, from, len);
    return at + len;
}

/* A letter, and who it is. */
struct row_key activity_key(enum tally_subject subject, const struct activity_owner *owner)
{
    static const char letters[] = {
        [TALLY_CARD] = 'P',     [TALLY_CARD_AT_SHOP] = 'S', [TALLY_TERMINAL] = 'T',
        [TALLY_MERCHANT] = 'M', [TALLY_CATEGORY] = 'C',     [TALLY_BIN] = 'B',
    };
    uint8_t at[ROW_KEY_LEN_MAX];
    size_t len = 1;

    _Static_assert(1 + PAN_HASH_LEN + MERCHANT_ID_LEN <= ROW_KEY_LEN_MAX, "the longest key");
    assert(subject < TALLY_SUBJECT_COUNT);
    at[0] = (uint8_t)letters[subject];
    if (subject == TALLY_CARD)
        return row_key_of(TABLE_CARD_ACTIVITY, owner->card.at, sizeof owner->card.at);
    if (subject == TALLY_CARD_AT_SHOP)
        len = put(at, len, owner->card.at, sizeof owner->card.at);
    if (subject == TALLY_CARD_AT_SHOP || subject == TALLY_MERCHANT)
        len = put(at, len, owner->merchant, sizeof owner->merchant);
    else if (subject == TALLY_TERMINAL)
        len = put(at, len, owner->terminal, sizeof owner->terminal);
    else if (subject == TALLY_BIN)
        len = put(at, len, owner->bin, sizeof owner->bin);
    else
        bytes_put_u16(at + len, owner->category), len += 2;
    return row_key_of(TABLE_TALLY, at, len);
}

struct tally_row activity_new(enum tally_subject subject, uint32_t date)
{
    struct tally_row tally;

    memset(&tally, 0, sizeof tally);
    tally.layout = RISK_ROW_LAYOUT;
    tally.subject = (uint8_t)subject;
    tally.date = date;
    return tally;
}

/* A clock that goes back counts on in the newest day: limits do not open by it. */
static void roll(struct tally_row *tally, uint32_t date)
{
    if (date <= tally->date)
        return;
    if (MONTH_OF(date) != MONTH_OF(tally->date)) {
        tally->month_count = 0;
        tally->month_refunds = 0;
        tally->month_minor = 0;
    }
    tally->day_count = 0;
    tally->day_refunds = 0;
    tally->day_minor = 0;
    tally->date = date;
}

static void up(uint32_t *counter)
{
    *counter += *counter < UINT32_MAX;
}

static void down(uint32_t *counter)
{
    *counter -= *counter > 0;
}

static int64_t sum(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t less(int64_t a, int64_t b)
{
    return a > b ? a - b : 0;
}

void activity_add(struct tally_row *tally, uint32_t date, int64_t minor)
{
    assert(minor >= 0);
    roll(tally, date);
    up(&tally->day_count);
    up(&tally->month_count);
    tally->day_minor = sum(tally->day_minor, minor);
    tally->month_minor = sum(tally->month_minor, minor);
}

void activity_restore(struct tally_row *tally, uint32_t date, int64_t minor)
{
    assert(minor >= 0);
    if (date == tally->date) {
        up(&tally->day_count);
        tally->day_minor = sum(tally->day_minor, minor);
    }
    if (MONTH_OF(date) == MONTH_OF(tally->date)) {
        up(&tally->month_count);
        tally->month_minor = sum(tally->month_minor, minor);
    }
}

void activity_trim(struct tally_row *tally, uint32_t date, int64_t minor)
{
    assert(minor >= 0);
    if (date == tally->date)
        tally->day_minor = less(tally->day_minor, minor);
    if (MONTH_OF(date) == MONTH_OF(tally->date))
        tally->month_minor = less(tally->month_minor, minor);
}

void activity_take(struct tally_row *tally, uint32_t date, int64_t minor)
{
    if (date == tally->date)
        down(&tally->day_count);
    if (MONTH_OF(date) == MONTH_OF(tally->date))
        down(&tally->month_count);
    activity_trim(tally, date, minor);
}

void activity_add_refund(struct tally_row *tally, uint32_t date)
{
    roll(tally, date);
    up(&tally->day_refunds);
    up(&tally->month_refunds);
}

void activity_take_refund(struct tally_row *tally, uint32_t date)
{
    if (date == tally->date)
        down(&tally->day_refunds);
    if (MONTH_OF(date) == MONTH_OF(tally->date))
        down(&tally->month_refunds);
}

/* Whether the counters of a period still stand on a date. */
static bool stands(const struct tally_row *tally, uint32_t date, enum rule_period each)
{
    if (each == PERIOD_MONTH)
        return MONTH_OF(date) <= MONTH_OF(tally->date);
    return date <= tally->date;
}

uint32_t activity_count(const struct tally_row *tally, uint32_t date, enum rule_period each)
{
    if (!stands(tally, date, each))
        return 0;
    return each == PERIOD_MONTH ? tally->month_count : tally->day_count;
}

uint32_t activity_refunds(const struct tally_row *tally, uint32_t date, enum rule_period each)
{
    if (!stands(tally, date, each))
        return 0;
    return each == PERIOD_MONTH ? tally->month_refunds : tally->day_refunds;
}

int64_t activity_minor(const struct tally_row *tally, uint32_t date, enum rule_period each)
{
    if (!stands(tally, date, each))
        return 0;
    int64_t minor = each == PERIOD_MONTH ? tally->month_minor : tally->day_minor;
    return minor > 0 ? minor : 0; /* a damaged one */
}

void activity_refuse(struct tally_row *tally, struct instant at)
{
    size_t next = tally->refusal_next % TALLY_REFUSALS;

    tally->refusals[next] = (uint32_t)(at.us / SECOND_US);
    tally->refusal_next = (uint8_t)((next + 1) % TALLY_REFUSALS);
}

uint32_t activity_refused(const struct tally_row *tally, struct instant at, uint32_t minutes)
{
    int64_t now = at.us / SECOND_US;
    uint32_t count = 0;

    for (size_t i = 0; i < TALLY_REFUSALS; i++)
        count += tally->refusals[i] != 0 && now - tally->refusals[i] < (int64_t)minutes * 60;
    return count;
}

struct instant activity_resets(uint32_t date, enum rule_period each, int32_t utc_offset_s)
{
    struct civil civil = {.year = (int32_t)(date / 10000),
                          .month = (uint8_t)(date / 100 % 100),
                          .day = (uint8_t)(date % 100)};

    if (each != PERIOD_MONTH)
        return instant_add_ms(instant_from_civil(&civil, utc_offset_s), 24 * 3600 * 1000);
    civil.year += civil.month == 12;
    civil.month = (uint8_t)(civil.month % 12 + 1);
    civil.day = 1;
    return instant_from_civil(&civil, utc_offset_s);
}

/* The visit to this shop, else a free place, else the oldest. */
static struct card_visit *visit_place(struct card_activity_row *card,
                                      const char merchant[static MERCHANT_ID_LEN])
{
    struct card_visit *place = &card->visits[0];

    for (size_t i = 0; i < CARD_VISITS; i++) {
        struct card_visit *visit = &card->visits[i];
        if (memcmp(visit->merchant, merchant, MERCHANT_ID_LEN) == 0)
            return visit;
        bool is_older = visit->merchant[0] == 0 || visit->at.us < place->at.us;
        if (place->merchant[0] != 0 && is_older)
            place = visit;
    }
    return place;
}

void activity_visit(struct card_activity_row *card, const struct merchant_row *merchant,
                    struct instant at)
{
    struct card_visit *visit = visit_place(card, merchant->merchant);

    memset(visit, 0, sizeof *visit);
    memcpy(visit->merchant, merchant->merchant, sizeof visit->merchant);
    visit->at = at;
    visit->latitude_e5 = merchant->latitude_e5;
    visit->longitude_e5 = merchant->longitude_e5;
}

void activity_unvisit(struct card_activity_row *card, const char merchant[static MERCHANT_ID_LEN],
                      struct instant at)
{
    for (size_t i = 0; i < CARD_VISITS; i++) {
        struct card_visit *visit = &card->visits[i];
        if (memcmp(visit->merchant, merchant, MERCHANT_ID_LEN) == 0 && visit->at.us == at.us)
            memset(visit, 0, sizeof *visit);
    }
}

void activity_pin_wrong(struct card_activity_row *card, uint32_t date)
{
    if (date > card->pin_date) {
        card->pin_date = date;
        card->pin_wrong = 0;
    }
    up(&card->pin_wrong);
}

void activity_pin_right(struct card_activity_row *card)
{
    card->pin_wrong = 0;
}

uint32_t activity_pins(const struct card_activity_row *card, uint32_t date)
{
    return date <= card->pin_date ? card->pin_wrong : 0;
}

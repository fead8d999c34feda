#include "node/standing.h"

#include "base/assert.h"

#include <string.h>

/* An echo that has so little news is not worth a record: else two idle hosts would make one for
 * each other's for ever. */
#define NEWS_MIN 8

#define DAY_US (INT64_C(86400) * 1000000)
#define UNDATED_US (7 * DAY_US)
#define DATED_US (366 * DAY_US) /* after that the same MMDD is of another year */
#define YEAR_IN_DATES 10000     /* 20261122 has 1122 in it */

uint32_t epoch_generation(uint32_t epoch)
{
    return epoch >> EPOCH_GENERATION_BITS;
}

uint32_t epoch_next_generation(uint32_t epoch, bool is_restored)
{
    uint32_t generation = epoch_generation(epoch);

    if (generation < UINT32_MAX >> EPOCH_GENERATION_BITS)
        generation++;
    return generation << EPOCH_GENERATION_BITS | (is_restored ? EPOCH_RESTORED : 0);
}

uint32_t epoch_next_opening(uint32_t epoch)
{
    return (epoch + 1) % EPOCH_RESTORED == 0 ? epoch : epoch + 1;
}

/* Nodes of a host have journals of their own, so each has a mark of its own. */
static struct row_key peer_key(const struct node_work *work,
                               const char peer[static ACQUIRER_ID_LEN])
{
    const struct node_event *event = work->event;

    return peer_row_key(peer, event->kind == EVENT_MESSAGE ? event->message.mark.node : 0);
}

static const struct peer_row *row_of(const struct node_work *work, const struct row_key *key)
{
    return node_value(work, key, sizeof(struct peer_row));
}

void standing_need(struct node_work *work, const char peer[static ACQUIRER_ID_LEN])
{
    node_need(work, peer_key(work, peer));
    node_need(work, row_key_of(TABLE_PEER, NULL, 0));
}

void standing_tell(const struct node_work *work, bool is_apart, struct store_mark *out)
{
    struct row_key own = row_key_of(TABLE_PEER, NULL, 0);
    const struct peer_row *self = row_of(work, &own);

    out->node = work->event->node;
    out->epoch = work->event->epoch;
    out->sequence = work->event->sequence - 1;
    out->point = self == NULL ? (struct instant){0} : self->heard;
    out->is_apart = is_apart;
}

/* The operator has looked at what was refused, and taken it. */
static bool is_accepted(const struct peer_row *row, const struct store_mark *said)
{
    return !row->is_behind && row->refused_epoch != 0 &&
           epoch_generation(row->refused_epoch) == epoch_generation(said->epoch) &&
           said->sequence >= row->refused_sequence;
}

/* A message that was on its way for long, or is said twice, tells of earlier times. DE 7 has whole
 * seconds; of the same second only the word of a later opening is certain to be the newer one. */
static bool is_old_news(const struct node_work *work, const struct peer_row *row)
{
    const struct txn_message *message = &work->event->message;

    if (row->sent.us == 0 || message->sent.us > row->sent.us)
        return false;
    return message->sent.us < row->sent.us || message->mark.epoch <= row->epoch;
}

static bool is_behind(const struct peer_row *row, const struct store_mark *said)
{
    if (row->node != said->node || is_accepted(row, said))
        return false;
    if (epoch_generation(said->epoch) < epoch_generation(row->epoch) ||
        said->sequence < row->sequence)
        return true;
    if (epoch_generation(said->epoch) == epoch_generation(row->epoch))
        return said->epoch < row->epoch;
    return (said->epoch & EPOCH_RESTORED) != 0 && said->point.us < row->heard.us;
}

enum standing standing_judge(const struct node_work *work, const char peer[static ACQUIRER_ID_LEN])
{
    const struct store_mark *said = &work->event->message.mark;
    struct row_key key = peer_key(work, peer);
    const struct peer_row *row = row_of(work, &key);

    if (said->epoch == 0)
        return STANDING_GOOD;
    if (row != NULL && is_old_news(work, row))
        return row->is_behind ? STANDING_HE_IS_BEHIND : STANDING_GOOD;
    if (row != NULL && is_behind(row, said))
        return STANDING_HE_IS_BEHIND;
    return said->is_apart ? STANDING_WE_ARE_BEHIND : STANDING_GOOD;
}

static bool has_news(const struct peer_row *row, const struct store_mark *said)
{
    return row->is_behind || row->refused_epoch != 0 || row->node != said->node ||
           row->epoch != said->epoch || said->sequence >= row->sequence + NEWS_MIN;
}

bool standing_note(struct node_work *work, const char peer[static ACQUIRER_ID_LEN],
                   enum standing standing)
{
    const struct store_mark *said = &work->event->message.mark;
    struct row_key key = peer_key(work, peer);
    const struct peer_row *old = row_of(work, &key);
    struct peer_row row = {.layout = PARTY_ROW_LAYOUT, .node = said->node};

    memcpy(row.peer, peer, sizeof row.peer);
    if (old != NULL)
        row = *old;
    if (said->epoch == 0 || (old != NULL && is_old_news(work, old)) ||
        (old != NULL && standing == STANDING_GOOD && !has_news(old, said)))
        return false;
    if (standing == STANDING_HE_IS_BEHIND) {
        row.is_behind = true;
        row.refused_epoch = said->epoch;
        row.refused_sequence = said->sequence;
        row.refused_point = said->point;
    } else if (standing == STANDING_GOOD) {
        row.is_behind = false;
        row.node = said->node;
        row.epoch = said->epoch;
        row.sequence = said->sequence;
        row.heard = work->event->wall;
        row.refused_epoch = 0;
        row.refused_sequence = 0;
        row.refused_point = (struct instant){0};
    }
    row.says_we_are_behind = standing == STANDING_WE_ARE_BEHIND;
    if (old != NULL && memcmp(&row, old, sizeof row) == 0)
        return false;
    row.sent = work->event->message.sent;
    node_put(work, &key, &row, sizeof row);
    return true;
}

/* ---- what our own books lack ---- */

void standing_need_own(struct node_work *work)
{
    node_need(work, row_key_of(TABLE_PEER, NULL, 0));
}

/* NULL: our books were never restored, or lack nothing by it. */
static const struct peer_row *loss(const struct node_work *work)
{
    struct row_key key = row_key_of(TABLE_PEER, NULL, 0);
    const struct peer_row *own = row_of(work, &key);

    return own != NULL && own->sent.us > own->heard.us ? own : NULL;
}

struct instant standing_lacks_from(const struct node_work *work)
{
    const struct peer_row *own = loss(work);

    return own == NULL ? (struct instant){0} : own->heard;
}

bool standing_lacks(const struct node_work *work, struct instant when)
{
    const struct peer_row *own = loss(work);

    return own != NULL && own->heard.us <= when.us && when.us <= own->sent.us;
}

bool standing_row_lacks(const struct peer_row *own, struct instant now)
{
    return own->layout == PARTY_ROW_LAYOUT && own->sent.us > own->heard.us &&
           now.us - own->sent.us <= UNDATED_US;
}

bool standing_lacks_day(const struct node_work *work, uint16_t date, int32_t utc_offset_s)
{
    const struct peer_row *own = loss(work);

    if (own == NULL)
        return false;
    if (date == 0)
        return standing_row_lacks(own, work->event->wall);
    if (work->event->wall.us - own->sent.us > DATED_US)
        return false;
    uint32_t first = instant_date((struct instant){own->heard.us - DAY_US}, utc_offset_s);
    uint32_t last = instant_date((struct instant){own->sent.us + DAY_US}, utc_offset_s);
    if (last - first >= YEAR_IN_DATES)
        return true;
    bool is_after = date >= first % YEAR_IN_DATES;
    bool is_before = date <= last % YEAR_IN_DATES;
    return first % YEAR_IN_DATES <= last % YEAR_IN_DATES ? is_after && is_before
                                                         : is_after || is_before;
}

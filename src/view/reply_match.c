#include "view/reply_match.h"

#include "base/assert.h"
#include "view/field_content.h"

#include <string.h>

#define MTI_REPLY 0x0010
#define MTI_REPEAT 0x0001
#define TPDU_ADDRESS_LEN 2

/* Points of a message that a reply repeats. */
struct repeated {
    unsigned field;
    const char *part; /* of the field: "60.2"; NULL: all of it */
    bool is_key;      /* a reply is found by it: it may not lack it */
    bool may_be_less; /* with code 10: a part of the amount */
    const char *hint;
};

/* clang-format off */
static const struct repeated repeated_table[] = {
    {.field = 11, .is_key = true, .hint = "a reply to another request, or one that came late: replies are found by this number"},
    {.field = 41, .is_key = true, .hint = "another terminal's reply: one link serves several, and the reply went to the wrong one"},
    {.field = 42, .hint = "another merchant's: the terminal and its shop do not belong together at one of the two"},
    {.field = 60, .part = "60.2", .hint = "a reply from another batch: the trace number came round again"},
    {.field = 3,  .hint = "the reply is about another kind of transaction"},
    {.field = 4,  .may_be_less = true, .hint = "the reply is about another amount; less is right only with code 10 in field 39"},
    {.field = 2,  .hint = "the reply is about another card"},
    {.field = 49, .hint = "the reply is in another currency"},
    {.field = 7,  .hint = "the same trace number at another time: an old reply"},
    {.field = 32, .hint = "the reply is for another acquirer"},
    {.field = 37, .hint = "the reply is about another reference number"},
    {.field = 90, .hint = "the reply is about another original"},
};
/* clang-format on */

/* One side's normal form of the field that is compared. */
struct value_room {
    char at[FRAME_BODY_LEN_MAX * 2];
};

struct comparing {
    const struct message_dump *request;
    const struct message_dump *reply;
    struct reply_check *out;
    size_t count;
};

static struct reply_check *check_new(struct comparing *comparing, const char *name)
{
    assert(comparing->count < REPLY_CHECKS_MAX);
    struct reply_check *check = &comparing->out[comparing->count++];
    struct text t = text_over(check->name, sizeof check->name);
    text_add(&t, name);
    check->zh = "";
    check->en = "";
    check->verdict = REPLY_SAME;
    check->request[0] = check->reply[0] = '\0';
    check->hint = NULL;
    return check;
}

static void differ(struct reply_check *check, const char *hint)
{
    check->verdict = REPLY_DIFFERS;
    check->hint = hint;
}

/* ---- around the message ---- */

static void add_dump(char out[static REPLY_VALUE_LEN], const struct message_dump *dump)
{
    const struct dialect *dialect = dump->view->dialect;
    struct text t = text_over(out, REPLY_VALUE_LEN);
    text_add(&t, dump->fault ? dump->fault : dialect->source->name);
    if (!dump->fault && dialect->profile) {
        text_add_char(&t, ' ');
        text_add(&t, dialect->profile->name);
    }
}

/* False when one of them cannot be read: then nothing else can be compared. */
static bool compare_reading(struct comparing *comparing)
{
    struct reply_check *check = check_new(comparing, "reading");
    const struct message_dump *request = comparing->request;
    const struct message_dump *reply = comparing->reply;
    add_dump(check->request, request);
    add_dump(check->reply, reply);
    if (request->fault || reply->fault)
        differ(check, reply->fault ? "the reply cannot be read: its length, header or packing is "
                                     "not what this end expects"
                                   : "the request itself cannot be read");
    else if (request->view->dialect->source != reply->view->dialect->source)
        differ(check, "the two are packed differently: the ends speak two dialects");
    return check->verdict == REPLY_SAME;
}

static void add_framing(char out[static REPLY_VALUE_LEN], unsigned framing)
{
    struct text t = text_over(out, REPLY_VALUE_LEN);
    text_add(&t, framing & FRAMING_LENGTH ? "length " : "");
    text_add(&t, framing & FRAMING_TPDU ? "TPDU " : "");
    text_add(&t, framing & FRAMING_HEADER ? "header " : "");
    text_add(&t, "message");
}

static void compare_framing(struct comparing *comparing)
{
    unsigned request = comparing->request->frame.framing;
    unsigned reply = comparing->reply->frame.framing;
    struct reply_check *check = check_new(comparing, "framing");
    add_framing(check->request, request);
    add_framing(check->reply, reply);
    if (request != reply)
        differ(check, "one of the two has a length, TPDU or header before it that the other lacks");
}

static void compare_tpdu(struct comparing *comparing)
{
    struct bytes request = comparing->request->frame.tpdu;
    struct bytes reply = comparing->reply->frame.tpdu;
    if (request.len != FRAME_TPDU_LEN || reply.len != FRAME_TPDU_LEN)
        return;
    struct reply_check *check = check_new(comparing, "TPDU");
    struct text t = text_over(check->request, sizeof check->request);
    text_add_hex(&t, request.at, request.len);
    t = text_over(check->reply, sizeof check->reply);
    text_add_hex(&t, reply.at, reply.len);
    const uint8_t *to = reply.at + 1;
    const uint8_t *from = to + TPDU_ADDRESS_LEN;
    bool is_swapped = memcmp(to, request.at + 1 + TPDU_ADDRESS_LEN, TPDU_ADDRESS_LEN) == 0 &&
                      memcmp(from, request.at + 1, TPDU_ADDRESS_LEN) == 0;
    if (!is_swapped)
        differ(check, "a reply swaps destination and source of the request: this one is routed "
                      "elsewhere");
}

static void add_mti(char out[static REPLY_VALUE_LEN], uint16_t mti)
{
    uint8_t bytes[2];
    struct text t = text_over(out, REPLY_VALUE_LEN);
    bytes_put_u16(bytes, mti);
    text_add_hex(&t, bytes, sizeof bytes);
}

static void compare_type(struct comparing *comparing)
{
    uint16_t request = comparing->request->view->mti;
    uint16_t reply = comparing->reply->view->mti;
    struct reply_check *check = check_new(comparing, "message type");
    check->zh = "消息类型";
    add_mti(check->request, request);
    add_mti(check->reply, reply);
    if (request & MTI_REPLY)
        differ(check, "what is called the request is a reply itself");
    else if (reply != ((request & ~MTI_REPEAT) | MTI_REPLY))
        differ(check, "a reply has the request's type with the third digit one higher, a repeat's "
                      "too: 0200 and 0201 are answered by 0210");
}

/* ---- fields ---- */

/* The value that is compared, in normal form; empty when the message does not carry it. */
static struct shown_value value_of(const struct iso_view *view, const struct repeated *repeated,
                                   struct value_room *room)
{
    struct shown_value value = {0};
    if (!iso_has(view, repeated->field))
        return value;
    value = shown_field(view, repeated->field, room->at, sizeof room->at);
    if (!repeated->part)
        return value;
    struct content_iterator it = content_over(view, repeated->field, value.bytes);
    struct content content;
    value = (struct shown_value){0};
    while (content_next(&it, &content) == OK)
        if (strcmp(content.name, repeated->part) == 0 && !content.cut)
            value = content.value;
    return value;
}

static void add_value(char out[static REPLY_VALUE_LEN], const struct shown_value *value)
{
    struct text t = text_over(out, REPLY_VALUE_LEN);
    if (value->bytes.len > 0)
        shown_value_add(&t, value, false);
}

static bool is_less(struct bytes reply, struct bytes request)
{
    return reply.len == request.len && memcmp(reply.at, request.at, reply.len) < 0;
}

static void name_check(struct reply_check *check, const struct iso_view *view,
                       const struct repeated *repeated)
{
    const struct dialect_row *row = dialect_row(view->dialect, repeated->field);
    struct text t = text_over(check->name, sizeof check->name);
    check->zh = row->zh;
    check->en = row->en;
    if (repeated->part)
        text_add(&t, repeated->part);
    else
        text_add_u64(&t, repeated->field);
}

static void compare_field(struct comparing *comparing, const struct repeated *repeated)
{
    struct value_room rooms[2];
    const struct iso_view *reply_view = comparing->reply->view;
    struct shown_value request = value_of(comparing->request->view, repeated, &rooms[0]);
    struct shown_value reply = value_of(reply_view, repeated, &rooms[1]);
    if (request.bytes.len == 0 || (reply.bytes.len == 0 && !repeated->is_key))
        return;
    struct reply_check *check = check_new(comparing, "");
    name_check(check, comparing->request->view, repeated);
    add_value(check->request, &request);
    add_value(check->reply, &reply);
    bool is_part = repeated->may_be_less && iso_is(reply_view, 39, "10") &&
                   is_less(reply.bytes, request.bytes);
    if (reply.bytes.len == 0) {
        check->verdict = REPLY_LACKS;
        check->hint = "the reply lacks what it is found by";
    } else if (!is_part && !bytes_equal(request.bytes, reply.bytes)) {
        differ(check, repeated->hint);
    }
}

size_t reply_match(const struct message_dump *request, const struct message_dump *reply,
                   struct reply_check out[static REPLY_CHECKS_MAX])
{
    struct comparing comparing = {request, reply, out, 0};
    if (!compare_reading(&comparing))
        return comparing.count;
    compare_framing(&comparing);
    compare_tpdu(&comparing);
    compare_type(&comparing);
    for (size_t i = 0; i < ARRAY_COUNT(repeated_table); i++)
        compare_field(&comparing, &repeated_table[i]);
    return comparing.count;
}

const struct reply_check *reply_mismatch(const struct reply_check *checks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (checks[i].verdict != REPLY_SAME)
            return &checks[i];
    return NULL;
}

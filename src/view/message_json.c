#include "view/message_view.h"

#include "base/assert.h"
#include "view/field_content.h"
#include "view/message_words.h"

#include <string.h>

#define VALUE_ROOM (FRAME_BODY_LEN_MAX * 4)

static void add_string(struct text *t, struct bytes value)
{
    text_add_char(t, '"');
    text_add_json(t, value);
    text_add_char(t, '"');
}

static void add_key(struct text *t, const char *key, bool *first)
{
    if (!*first)
        text_add(t, ", ");
    *first = false;
    add_string(t, bytes_of_z(key));
    text_add(t, ": ");
}

static void add_pair_z(struct text *t, const char *key, const char *value, bool *first)
{
    add_key(t, key, first);
    add_string(t, bytes_of_z(value));
}

static void add_pair_hex(struct text *t, const char *key, struct bytes value, bool *first)
{
    if (value.len == 0)
        return;
    add_key(t, key, first);
    text_add_char(t, '"');
    text_add_hex(t, value.at, value.len);
    text_add_char(t, '"');
}

static void add_number_key(struct text *t, unsigned number, bool *first)
{
    char room[8];
    struct text key = text_over(room, sizeof room);

    text_add_u64(&key, number);
    add_key(t, text_z(&key), first);
}

static void add_value(struct text *t, const struct shown_value *value, bool reveal)
{
    char room[VALUE_ROOM];
    struct text shown = text_over(room, sizeof room);

    shown_value_add(&shown, value, reveal);
    add_string(t, bytes_over(shown.at, shown.len));
}

/* How often the item's name has come before it in its field. */
static unsigned count_before(struct content_iterator it, const struct content *item)
{
    struct content earlier;
    unsigned count = 0;

    while (content_next(&it, &earlier) == OK && earlier.whole.at != item->whole.at)
        count += strcmp(earlier.name, item->name) == 0;
    return count;
}

/* "60.2"; from the second of a name on "86#2": keys of an object are unique. */
static void add_content_key(struct text *t, struct content_iterator from,
                            const struct content *item, bool *first)
{
    char room[32];
    struct text key = text_over(room, sizeof room);
    unsigned before = count_before(from, item);

    text_add(&key, item->name);
    if (before > 0) {
        text_add_char(&key, '#');
        text_add_u64(&key, before + 1);
    }
    add_key(t, text_z(&key), first);
}

static void add_content(struct text *t, const struct message_dump *dump, unsigned field,
                        bool *first_field)
{
    char room[FRAME_BODY_LEN_MAX * 2];
    struct shown_value value = shown_field(dump->view, field, room, sizeof room);
    struct content_iterator it = content_over(dump->view, field, value.bytes);
    const struct content_iterator from = it;
    struct content item;
    bool first = true;

    while (content_next(&it, &item) == OK) {
        if (first) {
            add_number_key(t, field, first_field);
            text_add_char(t, '{');
        }
        add_content_key(t, from, &item, &first);
        add_value(t, &item.value, dump->reveal);
    }
    if (!first)
        text_add_char(t, '}');
}

static void add_fields(struct text *t, const struct message_dump *dump, bool *first)
{
    const struct iso_view *view = dump->view;
    bool first_field = true;
    bool first_content = true;

    add_key(t, "fields", first);
    text_add_char(t, '{');
    for (unsigned field = iso_next(view, 0); field != 0; field = iso_next(view, field)) {
        char room[FRAME_BODY_LEN_MAX * 2];
        struct shown_value value = shown_field(view, field, room, sizeof room);
        add_number_key(t, field, &first_field);
        add_value(t, &value, dump->reveal);
    }
    text_add_char(t, '}');
    add_key(t, "subfields", first);
    text_add_char(t, '{');
    for (unsigned field = iso_next(view, 0); field != 0; field = iso_next(view, field))
        add_content(t, dump, field, &first_content);
    text_add_char(t, '}');
}

/* The bitmaps as they stand on the wire, as hex. */
static void add_bitmap(struct text *t, const struct iso_view *view, bool *first)
{
    bool ascii_mti = view->dialect->source->mti_encoding == ENCODING_ASCII;
    size_t mti_len = ascii_mti ? 4 : 2;
    struct bytes bitmap;

    if (view->body_offset == 0)
        return;
    bitmap = bytes_over(view->message.at + mti_len, view->body_offset - mti_len);
    if (view->dialect->source->bitmap_encoding != ENCODING_ASCII) {
        add_pair_hex(t, "bitmap", bitmap, first);
        return;
    }
    add_key(t, "bitmap", first);
    add_string(t, bitmap);
}

static void add_fault(struct text *t, const struct message_dump *dump, bool *first)
{
    if (dump->fault == NULL)
        return;
    add_pair_z(t, "error", dump->fault, first);
    add_key(t, "error_offset", first);
    text_add_char(t, '"');
    text_add_u64(t, dump->fault_at);
    text_add_char(t, '"');
    if (dump->fault_field == 0)
        return;
    add_key(t, "error_field", first);
    text_add_char(t, '"');
    text_add_u64(t, dump->fault_field);
    text_add_char(t, '"');
}

void message_view_add_json(struct text *t, const struct message_dump *dump)
{
    const struct iso_view *view = dump->view;
    enum txn_kind kind = message_words_kind(view);
    bool first = true;
    uint8_t mti[2];

    bytes_put_u16(mti, view->mti);
    text_add_char(t, '{');
    add_pair_hex(t, "mti", bytes_over(mti, view->mti != 0 ? 2 : 0), &first);
    if (kind != KIND_NONE)
        add_pair_z(t, "kind", kind_row(kind)->name, &first);
    add_bitmap(t, view, &first);
    add_fields(t, dump, &first);
    add_pair_z(t, "dialect", view->dialect->source->name, &first);
    if (view->dialect->profile != NULL)
        add_pair_z(t, "profile", view->dialect->profile->name, &first);
    add_pair_hex(t, "tpdu", dump->frame.tpdu, &first);
    if (dump->reveal) /* who called: not for everybody */
        add_pair_hex(t, "lri", dump->frame.lri, &first);
    add_pair_hex(t, "header", dump->frame.header, &first);
    add_fault(t, dump, &first);
    text_add(t, "}\n");
}

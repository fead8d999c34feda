#include "view/message_view.h"

#include "base/assert.h"
#include "card/emv.h"
#include "view/field_content.h"
#include "view/message_words.h"

#include <string.h>

#define LINE_BYTES 16
#define COLUMN_WORDS (6 + 3 * LINE_BYTES + 1)

/* Which bytes of a range are shown. */
struct veil {
    size_t from; /* bytes [from, to) are hidden */
    size_t to;
};

static const struct veil no_veil = {0, 0};

static void pad(struct text *t, size_t start, size_t column)
{
    do
        text_add_char(t, ' ');
    while (t->len - start < column && !t->cut);
}

/* Lines of hex for input[at, at + len); the first ends where the words belong. */
static void add_range(struct text *t, const struct message_dump *dump, size_t at, size_t len,
                      struct veil veil)
{
    size_t words = 0;

    for (size_t line = 0; line == 0 || line < len; line += LINE_BYTES) {
        size_t start = t->len;
        if (line > 0)
            text_add_char(t, '\n');
        start = t->len;
        text_add_u64_wide(t, at + line, 4);
        text_add_char(t, ' ');
        for (size_t i = line; i < len && i < line + LINE_BYTES; i++) {
            text_add_char(t, ' ');
            if (i >= veil.from && i < veil.to)
                text_add(t, "**");
            else
                text_add_hex(t, dump->input.at + at + i, 1);
        }
        words = start;
    }
    pad(t, words, COLUMN_WORDS);
}

static void add_names(struct text *t, const char *zh, const char *en)
{
    text_add(t, zh);
    if (zh[0] != 0 && en[0] != 0)
        text_add_char(t, ' ');
    text_add(t, en);
}

/* Hidden bytes of a value that takes len bytes: of a PAN all but the first and last digits. */
static struct veil veil_of(const struct shown_value *value, size_t len, bool reveal)
{
    bool packed = len < value->bytes.len;

    if (reveal || value->show == SHOW_ALL)
        return no_veil;
    if (value->show == SHOW_PAN && value->bytes.len > 10)
        return packed ? (struct veil){3, len - 2} : (struct veil){6, len - 4};
    return (struct veil){0, len};
}

static void add_frame(struct text *t, const struct message_dump *dump)
{
    const struct frame *frame = &dump->frame;
    size_t at = 0;

    if (frame->framing & FRAMING_LENGTH) {
        add_range(t, dump, at, FRAME_LENGTH_LEN, no_veil);
        text_add(t, "length: ");
        text_add_u64(t, bytes_get_u16(dump->input.at));
        text_add(t, " bytes follow\n");
    }
    if (frame->tpdu.len > 0) {
        at = (size_t)(frame->tpdu.at - dump->input.at);
        add_range(t, dump, at, frame->tpdu.len, no_veil);
        text_add(t, "TPDU: ");
        message_words_add_tpdu(t, frame->tpdu);
        text_add_char(t, '\n');
    }
    if (frame->lri.len > 0) {
        at = (size_t)(frame->lri.at - dump->input.at);
        add_range(t, dump, at, frame->lri.len, dump->reveal ? no_veil : (struct veil){3, SIZE_MAX});
        text_add(t, "LRI: the network's block\n");
    }
    if (frame->header.len > 0) {
        at = (size_t)(frame->header.at - dump->input.at);
        add_range(t, dump, at, frame->header.len, no_veil);
        text_add(t, "header: ");
        message_words_add_header(t, frame->header);
        text_add_char(t, '\n');
    }
}

static void add_head(struct text *t, const struct message_dump *dump)
{
    const struct iso_view *view = dump->view;
    size_t mti_len = view->dialect->source->mti_encoding == ENCODING_ASCII ? 4 : 2;

    if (view->body_offset == 0)
        return;
    add_range(t, dump, dump->message_at, mti_len, no_veil);
    text_add(t, "message type: ");
    message_words_add_mti(t, view->mti);
    enum txn_kind kind = message_words_kind(view);
    if (kind != KIND_NONE)
        text_add(t, ": ");
    message_words_add_kind(t, kind);
    text_add_char(t, '\n');
    add_range(t, dump, dump->message_at + mti_len, view->body_offset - mti_len, no_veil);
    text_add(t, "bitmap: fields");
    for (unsigned field = iso_next(view, 0); field != 0; field = iso_next(view, field)) {
        text_add_char(t, ' ');
        text_add_u64(t, field);
    }
    text_add_char(t, '\n');
}

/* A bit of a tag's value, in words. */
static void add_meanings(struct text *t, const struct content *item)
{
    size_t position = 0;
    const struct emv_bit *bit;

    while ((bit = emv_next_meaning(item->tag, item->value.bytes, &position)) != NULL) {
        pad(t, t->len, COLUMN_WORDS + 4);
        text_add(t, "byte ");
        text_add_u64(t, bit->byte + 1u);
        text_add(t, ", mask ");
        text_add_hex(t, &bit->mask, 1);
        text_add(t, ": ");
        add_names(t, bit->zh, bit->en);
        text_add_char(t, '\n');
    }
}

/* One part or element: with its bytes where it begins and ends on whole ones, else by position. */
static void add_item(struct text *t, const struct message_dump *dump, unsigned field,
                     const struct content *item, size_t offset)
{
    enum dialect_wire wire = (enum dialect_wire)dump->view->dialect->fields[field].wire;
    size_t head = (size_t)(item->value.bytes.at - item->whole.at);
    struct veil veil = {head, item->whole.len};

    if (wire == WIRE_BYTES) {
        if (dump->reveal || item->value.show == SHOW_ALL)
            veil = no_veil;
        add_range(t, dump, dump->message_at + dump->view->spans[field].offset + offset,
                  item->opened ? head : item->whole.len, item->opened ? no_veil : veil);
    } else {
        pad(t, t->len, COLUMN_WORDS);
    }
    text_add(t, "  ");
    text_add(t, item->name);
    text_add_char(t, ' ');
    add_names(t, item->zh, item->en);
    if (wire != WIRE_BYTES) {
        text_add(t, ", from digit ");
        text_add_u64(t, offset + 1);
    }
    text_add(t, ": ");
    if (!item->opened)
        shown_value_add(t, &item->value, dump->reveal);
    text_add_char(t, '\n');
    if (dump->reveal || item->value.show == SHOW_ALL)
        add_meanings(t, item);
}

static void add_field_name(struct text *t, unsigned field, const struct dialect_row *row)
{
    text_add(t, "field ");
    text_add_u64(t, field);
    text_add_char(t, ' ');
    add_names(t, row->zh, row->en);
}

static void add_field(struct text *t, const struct message_dump *dump, unsigned field)
{
    char room[FRAME_BODY_LEN_MAX * 2];
    const struct dialect_row *row = dialect_row(dump->view->dialect, field);
    struct shown_value value = shown_field(dump->view, field, room, sizeof room);
    struct content_iterator it = content_over(dump->view, field, value.bytes);
    struct bytes raw = iso_raw(dump->view, field);
    size_t at = dump->message_at + dump->view->spans[field].offset;
    const struct dialect_field *f = &dump->view->dialect->fields[field];
    size_t prefix = f->prefix_len;
    struct content item;

    if (prefix > 0) {
        add_range(t, dump, at - prefix, prefix, no_veil);
        add_field_name(t, field, row);
        text_add(t, ", length: ");
        text_add_u64(t, value.bytes.len);
        text_add_char(t, '\n');
    }
    if (raw.len > 0) {
        /* Elements have lines of their own, with their bytes. */
        if (f->wire == WIRE_BYTES && it.kind != CONTENT_PLAIN)
            pad(t, t->len, COLUMN_WORDS);
        else
            add_range(t, dump, at, raw.len, veil_of(&value, raw.len, dump->reveal));
        add_field_name(t, field, row);
        text_add(t, ": ");
        shown_value_add(t, &value, dump->reveal);
        text_add_char(t, '\n');
    }
    while (content_next(&it, &item) == OK)
        add_item(t, dump, field, &item, (size_t)(item.whole.at - value.bytes.at));
}

void message_view_add_annotated(struct text *t, const struct message_dump *dump)
{
    const struct iso_view *view = dump->view;

    add_frame(t, dump);
    add_head(t, dump);
    for (unsigned field = iso_next(view, 0); field != 0; field = iso_next(view, field))
        add_field(t, dump, field);
    if (dump->fault != NULL)
        message_view_add_fault(t, dump);
}

#include "view/field_content.h"

#include "base/assert.h"
#include "card/emv.h"
#include "view/message_words.h"
#include "wire/gbk.h"

#include <string.h>

#define STARS_MAX 40
#define PAN_HEAD 6
#define PAN_TAIL 4

/* One star for each unit; the longest tracks still show their length, the rest say it. */
static void add_stars(struct text *t, size_t count)
{
    if (count > STARS_MAX) {
        text_add(t, "********(");
        text_add_u64(t, count);
        text_add(t, ")");
        return;
    }
    for (size_t i = 0; i < count; i++)
        text_add_char(t, '*');
}

static void add_pan(struct text *t, struct bytes digits)
{
    if (digits.len <= PAN_HEAD + PAN_TAIL) {
        add_stars(t, digits.len);
        return;
    }
    text_add_bytes(t, bytes_over(digits.at, PAN_HEAD));
    add_stars(t, digits.len - PAN_HEAD - PAN_TAIL);
    text_add_bytes(t, bytes_over(digits.at + digits.len - PAN_TAIL, PAN_TAIL));
}

/* A PAN as the chip has it: BCD with F at the end. */
static void add_bcd_pan(struct text *t, struct bytes bcd)
{
    char digits[2 * ICC_LEN_MAX];
    size_t len = 2 * bcd.len;

    if (len > sizeof digits) {
        add_stars(t, bcd.len);
        return;
    }
    bytes_to_hex(bcd.at, bcd.len, digits);
    while (len > 0 && digits[len - 1] == 'F')
        len--;
    add_pan(t, bytes_over(digits, len));
}

static void add_clear(struct text *t, const struct shown_value *value)
{
    if (value->form == SHOWN_BYTES || !gbk_is_text(value->bytes)) {
        text_add_hex(t, value->bytes.at, value->bytes.len);
        return;
    }
    if (value->separator == 0) {
        gbk_add_utf8(t, value->bytes);
        return;
    }
    for (size_t i = 0; i < value->bytes.len; i++)
        text_add_char(t, value->bytes.at[i] == '=' ? value->separator : (char)value->bytes.at[i]);
}

void shown_value_add(struct text *t, const struct shown_value *value, bool reveal)
{
    if (reveal || value->show == SHOW_ALL)
        add_clear(t, value);
    else if (value->show == SHOW_NOTHING)
        add_stars(t, value->bytes.len);
    else if (value->form == SHOWN_BYTES)
        add_bcd_pan(t, value->bytes);
    else
        add_pan(t, value->bytes);
}

/* Whether a field that may hold TLV does. */
static bool is_elements(struct bytes value)
{
    struct tlv_iterator it = tlv_over(value);
    struct tlv element;
    enum err err;

    do
        err = tlv_next(&it, &element);
    while (err == OK);
    return err == ERR_NOT_FOUND;
}

struct shown_value shown_field(const struct iso_view *view, unsigned field, char *room, size_t cap)
{
    const struct dialect_row *row = dialect_row(view->dialect, field);
    struct shown_value value = {.show = row->show};
    size_t len = 0;

    if (iso_get(view, field, room, cap, &len) != OK)
        len = 0;
    value.bytes = bytes_over(room, len);
    value.form = row->class == CLASS_B ? SHOWN_BYTES : SHOWN_TEXT;
    if (row->content == CONTENT_MAYBE_BER_TLV && !is_elements(value.bytes))
        value.form = SHOWN_TEXT;
    if (row->class == CLASS_Z)
        value.separator = view->dialect->source->separator;
    return value;
}

/* Whether the bytes are elements to their last one. */
static bool is_whole(struct content_iterator it)
{
    struct content content;
    enum err err;

    do
        err = content_next(&it, &content);
    while (err == OK);
    return err == ERR_NOT_FOUND;
}

/* Field 62 of a download of keys or application parameters: a digit that says whether more follow,
 * in answers, then BER-TLV (UnionPay POS, 3.6). */
static void open_block(const struct iso_view *view, unsigned field, struct content_iterator *it)
{
    const struct dialect_row *row = dialect_row(view->dialect, field);

    if (field != 62 || row->class != CLASS_B || it->all.len == 0)
        return;
    enum txn_kind kind = message_words_kind(view);
    if (kind != KIND_CA_KEYS && kind != KIND_AIDS)
        return;
    size_t lead = it->all.at[0] >= '0' && it->all.at[0] <= '3' ? 1 : 0;
    struct bytes rest = bytes_over(it->all.at + lead, it->all.len - lead);
    if (!is_elements(rest))
        return;
    it->kind = CONTENT_MAYBE_BER_TLV;
    it->lead = bytes_over(it->all.at, lead);
    it->elements = tlv_over(rest);
}

struct content_iterator content_over(const struct iso_view *view, unsigned field,
                                     struct bytes normal)
{
    const struct dialect_row *row = dialect_row(view->dialect, field);
    struct content_iterator it = {.kind = row->content, .all = normal};

    it.parts = subfield_over(view->dialect, field, view->mti, normal);
    it.elements = tlv_over(normal);
    it.must_be = row->content == CONTENT_BER_TLV;
    if (it.parts.layout != NULL && !it.parts.layout->tags)
        it.kind = CONTENT_PARTS;
    if (it.kind == CONTENT_MAYBE_BER_TLV || it.kind == CONTENT_TEXT_TLV) {
        if (!is_whole(it))
            it.kind = CONTENT_PLAIN;
    }
    if (it.parts.layout == NULL)
        open_block(view, field, &it);
    return it;
}

static enum err next_part(struct content_iterator *it, struct content *out)
{
    struct subfield part;
    struct text name = text_over(out->name, sizeof out->name);

    if (!subfield_next(&it->parts, &part))
        return ERR_NOT_FOUND;
    text_add(&name, part.part->name);
    out->repeat = part.repeat;
    out->zh = part.part->zh;
    out->en = part.part->en;
    out->cut = part.cut;
    out->whole = part.value;
    out->value = (struct shown_value){.bytes = part.value, .show = part.part->show};
    out->value.form = it->parts.bytes && !part.part->text ? SHOWN_BYTES : SHOWN_TEXT;
    return OK;
}

static enum dialect_show shown_of(enum emv_show show)
{
    static const enum dialect_show shows[] = {
        [EMV_SHOW_NOTHING] = SHOW_NOTHING, [EMV_SHOW_PAN] = SHOW_PAN, [EMV_SHOW_ALL] = SHOW_ALL};

    return shows[show];
}

static enum err next_element(struct content_iterator *it, struct content *out)
{
    struct tlv element;
    struct text name = text_over(out->name, sizeof out->name);
    const struct emv_tag *row;
    uint8_t tag[4];
    size_t lead = 0;

    TRY(tlv_walk(&it->elements, &element));
    bytes_put_u32(tag, element.tag);
    while (lead < 3 && tag[lead] == 0)
        lead++;
    text_add_hex(&name, tag + lead, 4 - lead);
    row = emv_find(element.tag);
    out->tag = element.tag;
    out->zh = row != NULL ? row->zh : "";
    out->en = row != NULL ? row->en : "";
    out->whole = element.whole;
    out->depth = element.depth;
    out->opened = element.constructed;
    out->value.bytes = element.value;
    out->value.form = SHOWN_BYTES;
    out->value.show = row != NULL ? shown_of(row->show) : SHOW_NOTHING;
    if (element.constructed)
        out->value.show = SHOW_NOTHING; /* the elements inside have their own rules */
    return OK;
}

static const struct dialect_part *name_of(const struct content_iterator *it, const char *tag)
{
    const struct dialect_layout *layout = it->parts.layout;

    for (size_t i = 0; layout != NULL && layout->tags && i < layout->part_count; i++) {
        if (strcmp(it->parts.parts[i].name, tag) == 0)
            return &it->parts.parts[i];
    }
    return NULL;
}

static enum err next_text_element(struct content_iterator *it, struct content *out)
{
    struct tlv element;

    TRY(tlv_text_next(&it->elements, &element));
    if (!gbk_is_text(bytes_over(element.whole.at, 2)))
        return ERR_BAD_FORMAT;
    memcpy(out->name, element.whole.at, 2);
    const struct dialect_part *part = name_of(it, out->name);
    out->zh = part != NULL ? part->zh : "";
    out->en = part != NULL ? part->en : "";
    out->whole = element.whole;
    out->value = (struct shown_value){.bytes = element.value, .form = SHOWN_TEXT};
    if (part != NULL)
        out->value.show = part->show;
    return OK;
}

static enum err next_lead(struct content_iterator *it, struct content *out)
{
    struct text name = text_over(out->name, sizeof out->name);

    text_add(&name, "62.1");
    out->zh = "后续标志";
    out->en = "whether more follow";
    out->whole = it->lead;
    out->value = (struct shown_value){.bytes = it->lead, .form = SHOWN_TEXT, .show = SHOW_ALL};
    it->lead.len = 0;
    return OK;
}

enum err content_next(struct content_iterator *it, struct content *out)
{
    *out = (struct content){0};
    if (it->lead.len > 0)
        return next_lead(it, out);
    switch (it->kind) {
    case CONTENT_PARTS:
        return next_part(it, out);
    case CONTENT_BER_TLV:
    case CONTENT_MAYBE_BER_TLV:
        return next_element(it, out);
    case CONTENT_TEXT_TLV:
        return next_text_element(it, out);
    case CONTENT_PLAIN:
        break;
    }
    return ERR_NOT_FOUND;
}

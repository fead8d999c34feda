#include "view/qr_view.h"

#include "card/customer_code.h"
#include "card/emv_qr.h"
#include "view/column.h"
#include "view/field_content.h"

#define NAME_COLUMN 40 /* where values begin in the table */

/* One line of either form. */
struct line {
    const char *id;
    const char *in; /* the template that it stands in; "" */
    unsigned depth;
    size_t offset;
    const char *zh;
    const char *en;
    struct bytes value;
    const char *means; /* "" when the value says all */
};

struct fault_line {
    const char *what; /* NULL: nothing is wrong */
    size_t offset;
    const char *id; /* "" when there is none */
    const char *in;
};

/* Where lines go. */
struct writer {
    struct text *t;
    bool is_json;
    size_t count;
};

/* ---- the two forms ---- */

static void add_member(struct text *t, const char *key, struct bytes value)
{
    text_add(t, ", \"");
    text_add(t, key);
    text_add(t, "\": \"");
    for (size_t i = 0; i < value.len;) { /* only whole characters may stand in JSON */
        unsigned columns;
        size_t len = column_next(bytes_over(value.at + i, value.len - i), &columns);
        if (len == 1 && value.at[i] >= 0x80)
            text_add(t, "\\uFFFD");
        else
            text_add_json(t, bytes_over(value.at + i, len));
        i += len;
    }
    text_add_char(t, '"');
}

static void add_json_line(struct writer *out, const struct line *line)
{
    text_add(out->t, out->count == 0 ? "{\"offset\": " : ", {\"offset\": ");
    text_add_u64(out->t, line->offset);
    add_member(out->t, "id", bytes_of_z(line->id));
    add_member(out->t, "in", bytes_of_z(line->in));
    add_member(out->t, "zh", bytes_of_z(line->zh));
    add_member(out->t, "en", bytes_of_z(line->en));
    add_member(out->t, "value", line->value);
    add_member(out->t, "means", bytes_of_z(line->means));
    text_add_char(out->t, '}');
}

/* For a screen: a byte that commands it, or that is no character, becomes a mark. */
static void add_safely(struct text *t, struct bytes value)
{
    for (size_t i = 0; i < value.len;) {
        unsigned columns;
        size_t len = column_next(bytes_over(value.at + i, value.len - i), &columns);
        bool is_bad = value.at[i] < ' ' || value.at[i] == 0x7F || (len == 1 && value.at[i] >= 0x80);
        text_add_bytes(t, is_bad ? bytes_of_z("?") : bytes_over(value.at + i, len));
        i += len;
    }
}

static void add_text_line(struct writer *out, const struct line *line)
{
    size_t from = out->t->len;

    for (unsigned i = 0; i < line->depth; i++)
        text_add(out->t, "  ");
    text_add(out->t, line->id);
    text_add(out->t, "  ");
    text_add(out->t, line->zh);
    text_add_char(out->t, ' ');
    text_add(out->t, line->en);
    size_t used = column_count(bytes_over(out->t->at + from, out->t->len - from));
    bool is_empty = line->value.len == 0 && line->means[0] == 0;
    for (bool is_first = true; !is_empty && (is_first || used < NAME_COLUMN); is_first = false) {
        text_add_char(out->t, ' ');
        used++;
    }
    add_safely(out->t, line->value);
    if (line->means[0] != 0) {
        text_add(out->t, line->value.len > 0 ? "  (" : "(");
        text_add(out->t, line->means);
        text_add_char(out->t, ')');
    }
    text_add_char(out->t, '\n');
}

static void add_line(struct writer *out, const struct line *line)
{
    if (out->is_json)
        add_json_line(out, line);
    else
        add_text_line(out, line);
    out->count++;
}

static void add_fault_text(struct text *t, const struct fault_line *fault)
{
    text_add(t, "fault: at byte ");
    text_add_u64(t, fault->offset);
    if (fault->id[0] != 0) {
        text_add(t, ", ");
        text_add(t, fault->id);
        text_add(t, fault->in[0] != 0 ? " in " : "");
        text_add(t, fault->in);
    }
    text_add(t, ": ");
    text_add(t, fault->what);
    text_add_char(t, '\n');
}

static void add_fault_json(struct text *t, const struct fault_line *fault)
{
    text_add(t, ", \"fault\": {\"offset\": ");
    text_add_u64(t, fault->offset);
    add_member(t, "what", bytes_of_z(fault->what));
    add_member(t, "id", bytes_of_z(fault->id));
    add_member(t, "in", bytes_of_z(fault->in));
    text_add_char(t, '}');
}

/* ---- merchants' codes ---- */

struct id_text {
    char at[8];
};

static struct id_text id_text(uint8_t id)
{
    struct id_text out = {""};
    struct text t = text_over(out.at, sizeof out.at);

    if (id != EMV_QR_NO_PARENT)
        text_add_u64_wide(&t, id, 2);
    return out;
}

static bool is_text(struct bytes value, const char *text)
{
    return value.len == strlen(text) && memcmp(value.at, text, value.len) == 0;
}

/* clang-format off */
static const struct {
    uint8_t id;
    const char *value;
    const char *means;
} meaning_table[] = {
    { EMV_QR_METHOD,   "11",  "静态 for many payments" },
    { EMV_QR_METHOD,   "12",  "动态 for one payment" },
    { EMV_QR_TIP,      "01",  "提示输入小费 asks for a tip" },
    { EMV_QR_TIP,      "02",  "固定附加费 fixed fee" },
    { EMV_QR_TIP,      "03",  "按比例附加费 fee in percent" },
};
/* clang-format on */

static const char *merchants_meaning(uint8_t parent, const struct emv_qr_item *item)
{
    uint64_t number = 0;

    if (parent >= EMV_QR_ACCOUNT_FIRST && parent <= EMV_QR_ACCOUNT_LAST && item->id == 0 &&
        is_text(item->value, EMV_QR_UNIONPAY))
        return "银联 UnionPay";
    if (parent != EMV_QR_NO_PARENT)
        return "";
    if (item->id == EMV_QR_CURRENCY && item->value.len == 3 &&
        bytes_to_number((const char *)item->value.at, 3, &number) == OK)
        return money_letters((uint16_t)number);
    for (size_t i = 0; i < ARRAY_COUNT(meaning_table); i++) {
        if (meaning_table[i].id == item->id && is_text(item->value, meaning_table[i].value))
            return meaning_table[i].means;
    }
    return "";
}

static bool is_template(const struct emv_qr_row *row)
{
    return row != NULL && row->form == EMV_QR_TEMPLATE;
}

static void add_item(struct writer *out, uint8_t parent, const struct emv_qr_item *item)
{
    const struct emv_qr_row *row = emv_qr_find(parent, item->id);
    struct id_text id = id_text(item->id);
    struct id_text in = id_text(parent);

    add_line(out, &(struct line){.id = id.at,
                                 .in = in.at,
                                 .depth = parent != EMV_QR_NO_PARENT,
                                 .offset = item->offset,
                                 .zh = row == NULL ? "未知" : row->zh,
                                 .en = row == NULL ? "unknown" : row->en,
                                 .value = is_template(row) ? bytes_of_z("") : item->value,
                                 .means = merchants_meaning(parent, item)});
}

static void add_items(struct writer *out, struct bytes payload)
{
    struct emv_qr_iterator it = emv_qr_over(payload);
    struct emv_qr_fault fault;
    struct emv_qr_item item;

    while (emv_qr_next(&it, &item, &fault) == OK) {
        add_item(out, EMV_QR_NO_PARENT, &item);
        if (!is_template(emv_qr_find(EMV_QR_NO_PARENT, item.id)))
            continue;
        struct emv_qr_iterator inner = emv_qr_inside(&it, &item);
        while (emv_qr_next(&inner, &item, &fault) == OK)
            add_item(out, inner.parent, &item);
    }
}

/* ---- customers' codes ---- */

static void add_wallet(struct writer *out, struct bytes payload, struct customer_code_fault *fault)
{
    char room[64];
    struct text means = text_over(room, sizeof room);
    char masked[QR_PAYLOAD_MAX + 1];
    struct text value = text_over(masked, sizeof masked);
    enum customer_wallet wallet = customer_code_wallet(payload, fault);

    text_add(&means, customer_wallet_zh(wallet));
    text_add_char(&means, ' ');
    text_add(&means, customer_wallet_en(wallet));
    shown_value_add(&value, &(struct shown_value){.bytes = payload, .show = SHOW_PAN}, false);
    add_line(out, &(struct line){.id = "code",
                                 .in = "",
                                 .zh = "付款码",
                                 .en = "payment code",
                                 .value = bytes_over(value.at, value.len),
                                 .means = text_z(&means)});
}

static void add_card_data(struct writer *out, struct bytes data, struct customer_code_fault *fault)
{
    struct content_iterator it = {
        .kind = CONTENT_BER_TLV, .must_be = true, .elements = tlv_over(data), .all = data};
    struct content content;
    enum err err;

    while ((err = content_next(&it, &content)) == OK) {
        char room[2 * CUSTOMER_CODE_DATA_MAX + 1];
        struct text value = text_over(room, sizeof room);

        if (!content.opened)
            shown_value_add(&value, &content.value, false);
        add_line(out, &(struct line){.id = content.name,
                                     .in = "",
                                     .depth = content.depth,
                                     .offset = (size_t)(content.whole.at - data.at),
                                     .zh = content.zh,
                                     .en = content.en,
                                     .value = bytes_over(value.at, value.len),
                                     .means = ""});
    }
    if (err != ERR_NOT_FOUND)
        *fault = (struct customer_code_fault){.what = it.elements.fault,
                                              .position = it.elements.fault_offset};
}

static void add_emv_code(struct writer *out, struct bytes payload,
                         struct customer_code_fault *fault)
{
    uint8_t data[CUSTOMER_CODE_DATA_MAX];
    size_t len = 0;

    if (customer_code_open(payload, data, sizeof data, &len, fault) == OK)
        add_card_data(out, bytes_over(data, len), fault);
    else if (fault->what == NULL)
        *fault = (struct customer_code_fault){.what = "it is too long"};
    bytes_wipe(data, sizeof data);
}

/* ---- whole payloads ---- */

enum qr_payload qr_payload_of(struct bytes payload)
{
    size_t digits = 0;

    while (digits < payload.len && payload.at[digits] >= '0' && payload.at[digits] <= '9')
        digits++;
    if (payload.len >= 2 && memcmp(payload.at, "00", 2) == 0)
        return QR_MERCHANT;
    if (customer_code_is_emv(payload))
        return QR_CUSTOMER_EMV;
    return digits >= 2 ? QR_CUSTOMER_CODE : QR_UNKNOWN;
}

/* clang-format off */
static const struct {
    const char *name;
    const char *zh;
    const char *en;
} payload_table[] = {
    [QR_MERCHANT]      = { "merchant",      "商户出示的码 (主扫)", "code of a merchant (EMVCo, merchant-presented)" },
    [QR_CUSTOMER_EMV]  = { "customer-emv",  "客户出示的码 (被扫)", "code of a customer (EMVCo, consumer-presented)" },
    [QR_CUSTOMER_CODE] = { "customer-code", "客户付款码 (被扫)",   "payment code of a customer" },
    [QR_UNKNOWN]       = { "unknown",       "不是付款码",          "no payment code" },
};
/* clang-format on */

static struct fault_line add_merchant(struct writer *out, struct bytes payload,
                                      struct emv_qr_fault *fault, struct id_text *names)
{
    enum err err = emv_qr_check(payload, fault);

    add_items(out, payload);
    names[0] = id_text(fault->id);
    names[1] = id_text(fault->parent);
    return (struct fault_line){.what = err == OK ? NULL : fault->what,
                               .offset = fault->offset,
                               .id = names[0].at,
                               .in = names[1].at};
}

static struct fault_line add_customer(struct writer *out, struct bytes payload)
{
    struct customer_code_fault fault = {0};
    enum qr_payload sort = qr_payload_of(payload);

    if (sort == QR_CUSTOMER_EMV)
        add_emv_code(out, payload, &fault);
    else if (sort == QR_CUSTOMER_CODE)
        add_wallet(out, payload, &fault);
    else
        fault.what = "no payment code begins so";
    return (struct fault_line){.what = fault.what, .offset = fault.position, .id = "", .in = ""};
}

static bool add_payload(struct writer *out, struct bytes payload)
{
    enum qr_payload sort = qr_payload_of(payload);
    struct emv_qr_fault merchants;
    struct id_text names[2];
    struct fault_line fault;

    if (out->is_json) {
        text_add(out->t, "{\"sort\": \"");
        text_add(out->t, payload_table[sort].name);
        text_add(out->t, "\", \"items\": [");
    } else {
        text_add(out->t, payload_table[sort].zh);
        text_add_char(out->t, ' ');
        text_add(out->t, payload_table[sort].en);
        text_add_char(out->t, '\n');
    }
    fault = sort == QR_MERCHANT ? add_merchant(out, payload, &merchants, names)
                                : add_customer(out, payload);
    if (out->is_json)
        text_add(out->t, fault.what == NULL ? "], \"good\": true" : "], \"good\": false");
    if (fault.what != NULL) {
        if (out->is_json)
            add_fault_json(out->t, &fault);
        else
            add_fault_text(out->t, &fault);
    }
    text_add(out->t, out->is_json ? "}\n" : "");
    return fault.what == NULL;
}

bool qr_view_add_text(struct text *t, struct bytes payload)
{
    struct writer out = {.t = t};

    return add_payload(&out, payload);
}

bool qr_view_add_json(struct text *t, struct bytes payload)
{
    struct writer out = {.t = t, .is_json = true};

    return add_payload(&out, payload);
}

#include "view/row_view.h"

#include "base/assert.h"
#include "view/row_view_table.h"

#include <string.h>

#define CARD_KEY_LEN 8 /* of the keyed hash: tells cards apart, and no more */

static void add_member(struct text *t, const char *name)
{
    if (t->len > 0 && t->at[t->len - 1] != '{' && t->at[t->len - 1] != '[')
        text_add_char(t, ',');
    text_add_char(t, '"');
    text_add(t, name);
    text_add(t, "\":");
}

/* How many bytes follow the first of a character; 4: it begins none. */
static size_t following(uint8_t first)
{
    if (first < 0x80)
        return 0;
    if (first >= 0xC2 && first < 0xE0)
        return 1;
    if (first >= 0xE0 && first < 0xF0)
        return 2;
    return first >= 0xF0 && first < 0xF5 ? 3 : 4;
}

static bool is_utf8(struct bytes bytes)
{
    for (size_t at = 0; at < bytes.len; at++) {
        size_t more = following(bytes.at[at]);
        if (more > 3 || more > bytes.len - 1 - at)
            return false;
        for (; more > 0; more--)
            if ((bytes.at[++at] & 0xC0U) != 0x80)
                return false;
    }
    return true;
}

/* As the inside of a string. What a peer sent may be anything: then its high bytes are escaped. */
static void add_inside(struct text *t, struct bytes bytes)
{
    if (is_utf8(bytes)) {
        text_add_json(t, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] < 0x80) {
            text_add_json(t, bytes_over(bytes.at + i, 1));
            continue;
        }
        text_add(t, "\\u00");
        text_add_hex(t, bytes.at + i, 1);
    }
}

static void add_string(struct text *t, struct bytes value)
{
    text_add_char(t, '"');
    add_inside(t, value);
    text_add_char(t, '"');
}

/* Identifiers are padded with spaces, names with zeros; a text may also just end. */
static struct bytes trimmed(const uint8_t *at, size_t len)
{
    size_t used = 0;

    while (used < len && at[used] != 0)
        used++;
    while (used > 0 && at[used - 1] == ' ')
        used--;
    return bytes_over(at, used);
}

void row_view_add_identity(struct text *t, const struct identity *identity)
{
    add_inside(t, trimmed((const uint8_t *)identity->acquirer, ACQUIRER_ID_LEN));
    text_add_char(t, '/');
    add_inside(t, trimmed((const uint8_t *)identity->terminal, TERMINAL_ID_LEN));
    text_add_char(t, '/');
    text_add_u64_wide(t, identity->batch, 6);
    text_add_char(t, '/');
    text_add_u64_wide(t, identity->trace, 6);
}

/* ---- keys ---- */

static bool is_printable(struct bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i] < ' ' || bytes.at[i] > '~')
            return false;
    return true;
}

static void add_plain_key(struct text *t, struct bytes key)
{
    struct bytes text = trimmed(key.at, key.len);

    if (is_printable(text))
        text_add_json(t, text);
    else
        text_add_hex(t, key.at, key.len);
}

/* A letter and who it is (risk/activity.h): "M/M1", "C/5411", "S/8F02.../M1". */
static void add_tally_key(struct text *t, const struct row_key *key)
{
    size_t at = 1;

    text_add_json(t, bytes_over(key->at, 1));
    text_add_char(t, '/');
    if (key->at[0] == 'C' && key->len == 3) {
        text_add_u64(t, bytes_get_u16(key->at + 1));
        return;
    }
    if (key->at[0] == 'S' && key->len > PAN_HASH_LEN) {
        text_add_hex(t, key->at + at, CARD_KEY_LEN);
        text_add_char(t, '/');
        at += PAN_HASH_LEN;
    }
    add_plain_key(t, bytes_over(key->at + at, key->len - at));
}

static bool is_of_card(unsigned table)
{
    return table == TABLE_CARD || table == TABLE_CARD_ACTIVITY || table == TABLE_LISTED_CARD;
}

static void add_batch_key(struct text *t, const struct row_key *key)
{
    add_inside(t, trimmed(key->at, TERMINAL_ID_LEN));
    text_add_char(t, '/');
    text_add_u64_wide(t, bytes_get_u32(key->at + TERMINAL_ID_LEN), 6);
}

static void add_identity_key(struct text *t, const struct row_key *key)
{
    struct identity identity;

    identity_from_key(key->at, &identity);
    row_view_add_identity(t, &identity);
}

static void add_key_text(struct text *t, const struct row_key *key)
{
    if (key->table == TABLE_GIVEN_CODE) /* its key is the code */
        return;
    if (is_of_card(key->table))
        text_add_hex(t, key->at, key->len < CARD_KEY_LEN ? key->len : CARD_KEY_LEN);
    else if (key->table == TABLE_ACCOUNT && key->len == 8)
        text_add_u64(t, bytes_get_u64(key->at));
    else if (key->table == TABLE_TALLY)
        add_tally_key(t, key);
    else if (key->table == TABLE_BATCH)
        add_batch_key(t, key);
    else if (key->len == IDENTITY_KEY_LEN)
        add_identity_key(t, key);
    else
        add_plain_key(t, bytes_over(key->at, key->len));
}

static void add_key(struct text *t, const struct row_key *key)
{
    add_member(t, "key");
    text_add_char(t, '"');
    add_key_text(t, key);
    text_add_char(t, '"');
}

/* ---- rows ---- */

static uint64_t number_of(const uint8_t *at, size_t len)
{
    uint64_t number = 0;

    for (size_t i = len; i > 0; i--)
        number = number << 8 | at[i - 1];
    return number;
}

static void add_word(struct text *t, const struct row_field *field, uint64_t number)
{
    const char *word = field->word((unsigned)number);

    add_member(t, field->name);
    if (word != NULL)
        add_string(t, bytes_of_z(word));
    else
        text_add_u64(t, number);
}

static void add_number(struct text *t, const struct row_field *field, uint64_t number)
{
    unsigned unused = 64 - 8 * (unsigned)field->len;

    if (number == 0)
        return;
    add_member(t, field->name);
    if (field->sort == ROW_SIGNED)
        text_add_i64(t, (int64_t)(number << unused) >> unused);
    else
        text_add_u64(t, number);
}

static void add_name(struct text *t, const struct row_field *field, const uint8_t *at)
{
    struct identity identity;

    memcpy(&identity, at, sizeof identity);
    if (identity.trace == 0)
        return;
    add_member(t, field->name);
    text_add_char(t, '"');
    row_view_add_identity(t, &identity);
    text_add_char(t, '"');
}

static void add_text(struct text *t, const struct row_field *field, const uint8_t *at)
{
    struct bytes text = trimmed(at, field->len);

    if (text.len == 0)
        return;
    add_member(t, field->name);
    add_string(t, text);
}

static void add_field(struct text *t, const struct row_field *field, const uint8_t *row)
{
    const uint8_t *at = row + field->offset;

    switch (field->sort) {
    case ROW_NUMBER:
    case ROW_SIGNED:
        add_number(t, field, number_of(at, field->len));
        break;
    case ROW_TEXT:
        add_text(t, field, at);
        break;
    case ROW_IDENTITY:
        add_name(t, field, at);
        break;
    case ROW_WORD:
        add_word(t, field, number_of(at, field->len));
        break;
    }
}

void row_view_add_row(struct text *t, const struct row_key *key, struct bytes value)
{
    assert(key->table < TABLE_COUNT);
    add_member(t, "table");
    add_string(t, bytes_of_z(row_table_name((enum row_table)key->table)));
    add_key(t, key);
    if (row_views[key->table].count == 0)
        return;
    if (value.len != row_views[key->table].len) {
        add_member(t, "bytes");
        text_add_u64(t, value.len);
        return;
    }
    add_member(t, "row");
    text_add_char(t, '{');
    for (size_t i = 0; i < row_views[key->table].count; i++)
        add_field(t, &row_views[key->table].fields[i], value.at);
    text_add_char(t, '}');
}

/* ---- records ---- */

static void add_u64(struct text *t, const char *name, uint64_t number)
{
    add_member(t, name);
    text_add_u64(t, number);
}

static void add_word_z(struct text *t, const char *name, const char *word)
{
    add_member(t, name);
    add_string(t, bytes_of_z(word));
}

static void add_posting(struct text *t, const struct posting *posting)
{
    text_add_char(t, '{');
    add_word_z(t, "kind", account_kind_name((enum account_kind)posting->kind));
    add_member(t, "account"); /* 64 bits: more than a number of JSON holds everywhere */
    text_add_char(t, '"');
    text_add_u64(t, posting->account);
    text_add_char(t, '"');
    add_u64(t, "currency", posting->currency);
    add_member(t, "minor");
    text_add_i64(t, posting->minor);
    text_add_char(t, '}');
}

static void add_change(struct text *t, const struct journal_change *change)
{
    text_add_char(t, '{');
    if (!change->is_removal) {
        row_view_add_row(t, &change->key, change->value);
    } else {
        add_word_z(t, "table", row_table_name((enum row_table)change->key.table));
        add_key(t, &change->key);
        text_add(t, ",\"removed\":true");
    }
    text_add_char(t, '}');
}

static void add_head(struct text *t, const struct journal_record *record)
{
    add_u64(t, "record", record->sequence);
    add_u64(t, "node", record->node);
    add_u64(t, "epoch", record->epoch);
    add_u64(t, "at", (uint64_t)record->wall.us);
    add_u64(t, "business_date", record->business_date);
    add_word_z(t, "what", journal_what_name((enum journal_what)record->what));
    if (record->identity.trace == 0)
        return;
    add_member(t, "payment");
    text_add_char(t, '"');
    row_view_add_identity(t, &record->identity);
    text_add_char(t, '"');
    add_word_z(t, "money", money_state_name((enum money_state)record->money));
    add_word_z(t, "outcome", outcome_row((enum outcome)record->outcome)->name);
}

void row_view_add_record(struct text *t, const struct journal_record *record)
{
    add_head(t, record);
    add_member(t, "postings");
    text_add_char(t, '[');
    for (size_t i = 0; i < record->postings.count; i++) {
        text_add(t, i == 0 ? "" : ",");
        add_posting(t, &record->postings.rows[i]);
    }
    text_add_char(t, ']');
    add_member(t, "changes");
    text_add_char(t, '[');
    for (size_t i = 0; i < record->change_count; i++) {
        text_add(t, i == 0 ? "" : ",");
        add_change(t, &record->changes[i]);
    }
    text_add_char(t, ']');
}

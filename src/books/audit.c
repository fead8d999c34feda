#include "books/audit.h"

#include "books/archive_rows.h"
#include "books/party_rows.h"
#include "books/payment_row.h"

#include "base/assert.h"

#include <string.h>

/* ---- SipHash-2-4 ---- */

struct sip {
    uint64_t v[4];
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_round(struct sip *sip)
{
    uint64_t *v = sip->v;

    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void sip_word(struct sip *sip, uint64_t word)
{
    sip->v[3] ^= word;
    sip_round(sip);
    sip_round(sip);
    sip->v[0] ^= word;
}

static uint64_t little_endian(const uint8_t *at, size_t len)
{
    uint64_t word = 0;

    for (size_t i = len; i > 0; i--)
        word = word << 8 | at[i - 1];
    return word;
}

uint64_t audit_hash(const uint8_t key[static AUDIT_KEY_LEN], struct bytes bytes)
{
    uint64_t k0 = little_endian(key, 8);
    uint64_t k1 = little_endian(key + 8, 8);
    struct sip sip = {{k0 ^ 0x736F6D6570736575U, k1 ^ 0x646F72616E646F6DU, k0 ^ 0x6C7967656E657261U,
                       k1 ^ 0x7465646279746573U}};
    size_t at = 0;

    for (; at + 8 <= bytes.len; at += 8)
        sip_word(&sip, little_endian(bytes.at + at, 8));
    sip_word(&sip, (uint64_t)bytes.len << 56 | little_endian(bytes.at + at, bytes.len - at));
    sip.v[2] ^= 0xFF;
    for (int i = 0; i < 4; i++)
        sip_round(&sip);
    return sip.v[0] ^ sip.v[1] ^ sip.v[2] ^ sip.v[3];
}

/* ---- faults ---- */

static bool fail(struct audit *audit, enum audit_fault fault, uint64_t sequence)
{
    audit->result.fault = fault;
    audit->result.sequence = sequence;
    return false;
}

static bool fail_row(struct audit *audit, enum audit_fault fault, uint64_t sequence,
                     const struct row_key *key)
{
    audit->result.key = *key;
    return fail(audit, fault, sequence);
}

static bool is_over(const struct audit *audit)
{
    return audit->is_short || audit->result.fault != AUDIT_GOOD;
}

/* ---- what the journal says ---- */

void audit_init(struct audit *audit, const struct audit_room *room,
                const uint8_t key[static AUDIT_KEY_LEN])
{
    assert((room->row_places & (room->row_places - 1)) == 0);
    assert((room->account_places & (room->account_places - 1)) == 0);
    memset(audit, 0, sizeof *audit);
    audit->room = *room;
    memcpy(audit->key, key, sizeof audit->key);
}

/* The place of a row: taken by it, or free. */
static struct audit_row *row_place(const struct audit *audit, const struct row_key *key)
{
    size_t mask = audit->room.row_places - 1;
    size_t at = row_key_hash(key) & mask;

    while (audit->room.rows[at].key.table != TABLE_NONE &&
           !row_key_equal(&audit->room.rows[at].key, key))
        at = (at + 1) & mask;
    return &audit->room.rows[at];
}

static struct audit_account *account_place(const struct audit *audit, uint64_t number,
                                           uint16_t currency)
{
    size_t mask = audit->room.account_places - 1;
    size_t at = (size_t)((number ^ currency) * 0x9E3779B97F4A7C15U >> 20) & mask;
    struct audit_account *accounts = audit->room.accounts;

    while (accounts[at].is_taken &&
           (accounts[at].number != number || accounts[at].currency != currency))
        at = (at + 1) & mask;
    return &accounts[at];
}

/* The same, taken by the account from now on. */
static struct audit_account *account_take(struct audit *audit, uint64_t number, uint16_t currency)
{
    struct audit_account *account = account_place(audit, number, currency);

    if (!account->is_taken) {
        audit->accounts_used++;
        account->is_taken = true;
        account->number = number;
        account->currency = currency;
    }
    return account;
}

static void note_change(struct audit *audit, const struct journal_change *change)
{
    struct audit_row *row = row_place(audit, &change->key);

    if (row->key.table == TABLE_NONE) {
        audit->rows_used++;
        row->key = change->key;
    }
    row->exists = !change->is_removal;
    row->hash = audit_hash(audit->key, change->value);
    row->sequence = audit->record.sequence;
}

static void note_posting(struct audit *audit, const struct posting *posting)
{
    audit->result.postings++;
    if (!account_kind_has_row((enum account_kind)posting->kind))
        return;
    account_take(audit, posting->account, posting->currency)->minor += posting->minor;
}

/* There must always be a free place, and many, so that searches end soon. */
static bool has_room(struct audit *audit)
{
    if (audit->rows_used + NEEDS_MAX > audit->room.row_places / 2 ||
        audit->accounts_used + POSTINGS_MAX + NEEDS_MAX > audit->room.account_places / 2)
        audit->is_short = true;
    return !audit->is_short;
}

/* The chain of a node, begun by its first record. NULL: there are too many. */
static struct audit_chain *chain_of(struct audit *audit, uint16_t node)
{
    for (size_t i = 0; i < audit->chain_count; i++) {
        if (audit->chains[i].node == node)
            return &audit->chains[i];
    }
    if (audit->chain_count == STORE_NODES_MAX)
        return NULL;
    struct audit_chain *chain = &audit->chains[audit->chain_count++];
    chain->node = node;
    return chain;
}

void audit_begin(struct audit *audit, const struct store_head *head)
{
    struct audit_chain *chain = head->anchor.sequence > 0 ? chain_of(audit, head->node) : NULL;

    if (chain == NULL)
        return;
    chain->sequence = chain->anchor = head->anchor.sequence;
    memcpy(chain->hash, head->anchor.hash, sizeof chain->hash);
    audit->is_cut = true;
}

/* What an account had before the entries that are left is known by its row alone; where all of them
 * are left, and from the second time on, the row must be what they come to. */
static bool note_forward(struct audit *audit, const struct journal_change *change)
{
    struct account_row row;

    if (change->key.table != TABLE_ACCOUNT || change->value.len != sizeof row)
        return true;
    memcpy(&row, change->value.at, sizeof row);
    struct audit_account *account = account_take(audit, row.number, row.currency);
    if (audit->is_cut && !account->is_forward)
        account->minor = -row.balance_minor;
    account->is_forward = true;
    if (account->minor == -row.balance_minor)
        return true;
    audit->result.expected_minor = -account->minor;
    audit->result.found_minor = row.balance_minor;
    return fail_row(audit, AUDIT_BALANCE_DIFFERS, audit->record.sequence, &change->key);
}

bool audit_record(struct audit *audit, uint64_t sequence, struct bytes bytes,
                  const uint8_t hash[static JOURNAL_HASH_LEN])
{
    struct journal_record *record = &audit->record;

    if (is_over(audit) || !has_room(audit))
        return false;
    if (journal_decode(bytes, record) != OK || record->sequence != sequence)
        return fail(audit, AUDIT_DAMAGED, sequence);
    struct audit_chain *chain = chain_of(audit, record->node);
    if (chain == NULL)
        return fail(audit, AUDIT_DAMAGED, sequence);
    if (sequence != chain->sequence + 1)
        return fail(audit, AUDIT_GAP, sequence);
    if (memcmp(record->previous, chain->hash, sizeof chain->hash) != 0)
        return fail(audit, AUDIT_CHAIN_BROKEN, sequence);
    memcpy(chain->hash, hash, sizeof chain->hash);
    chain->sequence = sequence;
    audit->result.records++;
    for (size_t i = 0; i < record->change_count; i++)
        note_change(audit, &record->changes[i]);
    for (size_t i = 0; i < record->postings.count; i++)
        note_posting(audit, &record->postings.rows[i]);
    for (size_t i = 0; i < record->change_count && record->what == WHAT_CARRIED; i++) {
        if (!note_forward(audit, &record->changes[i]))
            return false;
    }
    return true;
}

bool audit_head(struct audit *audit, const struct store_head *head)
{
    if (is_over(audit))
        return false;
    struct audit_chain *chain = chain_of(audit, head->node);
    if (chain == NULL || head->sequence != chain->sequence ||
        memcmp(head->hash, chain->hash, sizeof chain->hash) != 0)
        return fail(audit, AUDIT_HEAD_WRONG, head->sequence);
    chain->is_ended = true;
    return true;
}

/* ---- what the rows are ---- */

/* The entries in the row's currency make up its balance; those in any other make it wrong, which
 * shows at the end because nobody sees them. */
static bool check_balance(struct audit *audit, const struct row_key *key, struct bytes value,
                          uint64_t sequence)
{
    struct account_row row;

    if (value.len != sizeof row)
        return fail_row(audit, AUDIT_ROW_DIFFERS, sequence, key);
    memcpy(&row, value.at, sizeof row);
    if (!has_room(audit))
        return false;
    struct audit_account *account = account_take(audit, row.number, row.currency);
    int64_t expected = -account->minor;
    audit->result.accounts++;
    account->has_row = true;
    account->held_minor = row.held_minor;
    if (row.balance_minor == expected) {
        account->minor = 0;
        return true;
    }
    audit->result.expected_minor = expected;
    audit->result.found_minor = row.balance_minor;
    return fail_row(audit, AUDIT_BALANCE_DIFFERS, sequence, key);
}

/* Only an issuer has account rows: at others' payments there is nothing to compare with. */
static void note_hold(struct audit *audit, struct bytes value)
{
    struct payment_row row;

    if (value.len != sizeof row)
        return;
    memcpy(&row, value.at, sizeof row);
    if (!payment_row_is_readable(&row) || !payment_row_is_holding(&row))
        return;
    struct audit_account *account = account_place(audit, row.account, row.amount.currency);
    if (account->is_taken)
        account->standing_minor += row.posted_minor;
}

static void note_archived(struct audit *audit, struct bytes value)
{
    struct archive_journal_row row;

    if (value.len != sizeof row)
        return;
    memcpy(&row, value.at, sizeof row);
    struct audit_chain *chain = chain_of(audit, row.node);
    if (chain != NULL)
        chain->archived = row.sequence;
}

bool audit_row(struct audit *audit, const struct row_key *key, struct bytes value)
{
    if (is_over(audit))
        return false;
    struct audit_row *row = row_place(audit, key);
    if (row->key.table == TABLE_NONE)
        return fail_row(audit, AUDIT_ROW_UNRECORDED, 0, key);
    if (!row->exists || row->hash != audit_hash(audit->key, value))
        return fail_row(audit, AUDIT_ROW_DIFFERS, row->sequence, key);
    row->is_seen = true;
    audit->result.rows++;
    if (key->table == TABLE_PAYMENT)
        note_hold(audit, value);
    else if (key->table == TABLE_ARCHIVE_JOURNAL)
        note_archived(audit, value);
    return key->table != TABLE_ACCOUNT || check_balance(audit, key, value, row->sequence);
}

void audit_end(struct audit *audit)
{
    for (size_t i = 0; i < audit->chain_count && !is_over(audit); i++) {
        const struct audit_chain *chain = &audit->chains[i];
        if (!chain->is_ended)
            fail(audit, AUDIT_HEAD_WRONG, chain->sequence);
        else if (chain->archived < chain->anchor)
            fail(audit, AUDIT_CUT_UNPROVED, chain->anchor);
    }
    for (size_t i = 0; i < audit->room.row_places && !is_over(audit); i++) {
        const struct audit_row *row = &audit->room.rows[i];
        if (row->exists && !row->is_seen)
            fail_row(audit, AUDIT_ROW_MISSING, row->sequence, &row->key);
    }
    for (size_t i = 0; i < audit->room.account_places && !is_over(audit); i++) {
        const struct audit_account *account = &audit->room.accounts[i];
        struct row_key key = row_key_number(TABLE_ACCOUNT, account->number);
        if (account->minor != 0) {
            audit->result.expected_minor = -account->minor;
            fail_row(audit, AUDIT_BALANCE_DIFFERS, 0, &key);
        } else if (account->has_row && account->held_minor != account->standing_minor) {
            audit->result.expected_minor = account->standing_minor;
            audit->result.found_minor = account->held_minor;
            fail_row(audit, AUDIT_HELD_DIFFERS, 0, &key);
        }
    }
}

/* clang-format off */
static const struct {
    const char *name;
    const char *text;
} fault_table[] = {
    [AUDIT_GOOD]            = { "good",            "the books are right" },
    [AUDIT_GAP]             = { "gap",             "a journal record is missing" },
    [AUDIT_DAMAGED]         = { "damaged",         "a journal record cannot be read, or its postings do not sum to zero" },
    [AUDIT_CHAIN_BROKEN]    = { "chain_broken",    "a journal record does not carry the hash of the one before it" },
    [AUDIT_HEAD_WRONG]      = { "head_wrong",      "the journal does not end where the store says" },
    [AUDIT_ROW_UNRECORDED]  = { "row_unrecorded",  "a row that no journal record made" },
    [AUDIT_ROW_DIFFERS]     = { "row_differs",     "a row is not what its newest journal record says" },
    [AUDIT_ROW_MISSING]     = { "row_missing",     "a row that the journal made is not there" },
    [AUDIT_BALANCE_DIFFERS] = { "balance_differs", "an account's balance is not the sum of its entries" },
    [AUDIT_CUT_UNPROVED]    = { "cut_unproved",    "the journal begins late, and nothing says that all was brought forward" },
    [AUDIT_HELD_DIFFERS]    = { "held_differs",    "what an account holds is not the sum of its holds that stand" },
};
/* clang-format on */

_Static_assert(ARRAY_COUNT(fault_table) == AUDIT_FAULT_COUNT, "words for each fault");

const char *audit_fault_name(enum audit_fault fault)
{
    assert(fault < AUDIT_FAULT_COUNT);
    return fault_table[fault].name;
}

const char *audit_fault_text(enum audit_fault fault)
{
    assert(fault < AUDIT_FAULT_COUNT);
    return fault_table[fault].text;
}

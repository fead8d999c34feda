#include "books/testimony.h"

#include "base/assert.h"
#include "base/utf8.h"

#include <string.h>

#define CARD_DIGITS_MIN 13 /* twelve are a retrieval reference number */
#define BIT(state) (1U << (state))

static bool has_end(const char *at, size_t len)
{
    return at[len - 1] == 0;
}

bool testimony_is_refused(enum testimony_result result)
{
    return result >= TESTIMONY_NO_PERSON;
}

const char *testimony_result_name(enum testimony_result result)
{
    static const char *const names[] = {
        [TESTIMONY_IS_PROPOSED] = "proposed",
        [TESTIMONY_IS_SETTLED] = "settled",
        [TESTIMONY_IS_WITHDRAWN] = "withdrawn",
        [TESTIMONY_IS_SAME] = "same",
        [TESTIMONY_NO_PERSON] = "no-person",
        [TESTIMONY_LOCKED] = "locked",
        [TESTIMONY_NO_KEY_MODULE] = "no-key-module",
        [TESTIMONY_NOT_OWED] = "not-owed",
        [TESTIMONY_NOT_SENT] = "not-sent",
        [TESTIMONY_TOO_YOUNG] = "too-young",
        [TESTIMONY_UNFIT] = "unfit",
        [TESTIMONY_ONE_PERSON] = "one-person",
        [TESTIMONY_OTHER_WORD] = "other-word",
        [TESTIMONY_OTHER_SETTLED] = "other-settled",
        [TESTIMONY_NOT_PROPOSED] = "not-proposed",
        [TESTIMONY_DAMAGED] = "damaged",
    };

    _Static_assert(ARRAY_COUNT(names) == TESTIMONY_RESULT_COUNT, "a name for each result");
    assert(result < TESTIMONY_RESULT_COUNT);
    return names[result];
}

bool testimony_row_is_readable(const struct testimony_row *row)
{
    return row->layout == PARTY_ROW_LAYOUT && row->stage < TESTIMONY_STAGE_COUNT &&
           row->word < PAYMENT_STATE_COUNT && has_end(row->proposer, sizeof row->proposer) &&
           has_end(row->confirmer, sizeof row->confirmer) &&
           has_end(row->evidence, sizeof row->evidence);
}

struct row_key testimony_row_key(const struct identity *identity)
{
    struct row_key key = payment_row_key(identity);

    key.table = TABLE_TESTIMONY;
    return key;
}

bool testimony_word_fits(enum payment_state word, enum pending_kind owed, bool is_terminal)
{
    unsigned words = 0;

    if (owed == PENDING_REVERSAL)
        words = BIT(PAYMENT_TAKEN_BACK) | BIT(PAYMENT_NEVER_SEEN) |
                (is_terminal ? BIT(PAYMENT_APPROVED) : 0);
    else if (owed == PENDING_ADVICE)
        words = BIT(PAYMENT_APPROVED) | BIT(PAYMENT_REFUSED);
    else if (owed == PENDING_QUERY)
        words = BIT(PAYMENT_APPROVED) | BIT(PAYMENT_REFUSED) | BIT(PAYMENT_NEVER_SEEN);
    return word < PAYMENT_STATE_COUNT && (words & BIT(word)) != 0;
}

enum payment_state testimony_word_by_name(const char *name)
{
    enum payment_state state = PAYMENT_NEVER_SEEN;

    while (state < PAYMENT_STATE_COUNT && strcmp(payment_state_name(state), name) != 0)
        state++;
    return state;
}

enum testimony_echo testimony_echo_of(enum payment_state word, enum payment_state told)
{
    bool was_approved = told == PAYMENT_APPROVED || told == PAYMENT_ACCEPTED;

    if (told == PAYMENT_IN_PROGRESS || (word == PAYMENT_TAKEN_BACK && told == PAYMENT_ACCEPTED))
        return ECHO_SAYS_NOTHING;
    return was_approved == (word == PAYMENT_APPROVED) ? ECHO_AGREES : ECHO_CONTRADICTS;
}

/* ---- what people write ---- */

static bool is_digit(uint32_t code)
{
    return (code >= '0' && code <= '9') || (code >= 0xFF10 && code <= 0xFF19); /* full width */
}

static bool is_separator(uint32_t code)
{
    return code == ' ' || code == '-' || code == '.' || code == '/' || code == '_' ||
           code == 0x3000 || code == 0xA0;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E); /* these turn the order of writing about */
}

const char *testimony_text_fault(struct bytes text, size_t len)
{
    size_t digits = 0;
    bool is_apart = false; /* the one before was a separator */
    size_t taken;

    if (text.len == 0)
        return "is empty";
    if (text.len >= len)
        return "is too long";
    for (size_t at = 0; at < text.len; at += taken) {
        uint32_t code = utf8_first(bytes_over(text.at + at, text.len - at), &taken);

        if (code == UTF8_WRONG)
            return "is not UTF-8";
        if (is_control(code))
            return "has a control character";
        if (is_digit(code)) {
            digits++;
            is_apart = false;
        } else if (is_separator(code) && !is_apart) {
            is_apart = true;
        } else {
            digits = 0;
            is_apart = false;
        }
        if (digits >= CARD_DIGITS_MIN)
            return "has 13 digits or more in a row, as a card number has: leave card numbers out, "
                   "and put a comma between other numbers";
    }
    return NULL;
}

const char *testimony_person_fault(struct bytes name)
{
    if (name.len == 0 || name.len >= PERSON_NAME_LEN)
        return "has 1 to 15 characters";
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !is_digit(c) && c != '.' && c != '-' && c != '_')
            return "has letters, digits, dots, hyphens and underscores only";
    }
    return testimony_text_fault(name, PERSON_NAME_LEN);
}

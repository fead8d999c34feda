#include "txn/outcome.h"

#include "base/assert.h"
#include "card/pan.h"

#include <string.h>

#define CARD_DIGITS_MIN 12 /* ISO/IEC 7812-1 */

#define OUTCOME_ROW(id, name, number, decides, acts, code, class, money, retry)                    \
    [id] = {name, number, decides, acts, code, class, money, retry},
static const struct outcome_row outcome_table[OUTCOME_COUNT] = {
#include "txn/outcome_table.h"
};
#undef OUTCOME_ROW

#define OUTCOME_ROW(id, ...) RANK_##id,
enum {
#include "txn/outcome_table.h"
};
#undef OUTCOME_ROW

#define OUTCOME_ROW(id, ...) [id] = RANK_##id,
static const uint16_t rank_table[OUTCOME_COUNT] = {
#include "txn/outcome_table.h"
};
#undef OUTCOME_ROW

#define EVIDENCE_ROW(id, name, zh, en, who) [id] = {name, zh, en, who},
static const struct {
    const char *name;
    const char *zh;
    const char *en;
    unsigned readers;
} evidence_table[] = {
    [EVIDENCE_NONE] = {"", "", "", 0},
#include "txn/evidence_table.h"
};
#undef EVIDENCE_ROW

_Static_assert(ARRAY_COUNT(evidence_table) == EVIDENCE_COUNT, "a row for each evidence name");

bool outcome_is_known(unsigned number)
{
    return number < OUTCOME_COUNT && outcome_table[number].name != NULL;
}

enum outcome outcome_next(enum outcome outcome)
{
    unsigned number = (unsigned)outcome + 1;

    while (number < OUTCOME_COUNT && !outcome_is_known(number))
        number++;
    return (enum outcome)number;
}

const struct outcome_row *outcome_row(enum outcome outcome)
{
    assert(outcome_is_known(outcome));
    return &outcome_table[outcome];
}

enum outcome outcome_by_name(const char *name)
{
    enum outcome outcome = OUTCOME_NONE;

    while (outcome < OUTCOME_COUNT && strcmp(outcome_table[outcome].name, name) != 0)
        outcome = outcome_next(outcome);
    return outcome;
}

/* Too many wrong PINs is 38 of one list and 75 of the other (UnionPay POS, response codes). */
static bool has_code(enum outcome outcome, const char code[static 2])
{
    const char *own = outcome_table[outcome].code;
    bool is_75 = code[0] == '7' && code[1] == '5';

    return (own[0] == code[0] && own[1] == code[1]) ||
           (outcome == OUTCOME_PIN_TRIES_EXCEEDED && is_75);
}

/* Causes that only a refund or a void can have: the code alone does not say that it was one. */
static bool needs_more_than_a_code(enum outcome outcome)
{
    return outcome == OUTCOME_MERCHANT_FUNDS_SHORT || outcome == OUTCOME_ORIGINAL_BATCH_CLOSED ||
           outcome == OUTCOME_HOLD_LAPSED || outcome == OUTCOME_TIP_TOO_LARGE ||
           outcome == OUTCOME_QR_UNKNOWN || outcome == OUTCOME_QR_USED ||
           outcome == OUTCOME_QR_EXPIRED || outcome == OUTCOME_VOICE_CODE_WRONG ||
           outcome == OUTCOME_DOUBT_SETTLED || outcome == OUTCOME_DOUBT_CONTRADICTED ||
           outcome == OUTCOME_ORIGINAL_ARCHIVED || outcome == OUTCOME_ORDER_TAKEN ||
           outcome == OUTCOME_ORIGINAL_TIP_UNDER_WAY;
}

/* Where precedence is not likelihood: of the causes that share a code, the one that a bare code
 * nearly always means. */
static bool is_usual(enum outcome outcome)
{
    return outcome == OUTCOME_DECLINED_UNSPECIFIED || outcome == OUTCOME_PIN_WRONG ||
           outcome == OUTCOME_TRANSACTION_NOT_FOR_CARD || outcome == OUTCOME_SWITCH_FAULT;
}

enum outcome outcome_by_code(const char code[static 2], enum party decider)
{
    enum outcome found = OUTCOME_DECLINED_UNSPECIFIED;
    unsigned found_weight = 0;

    for (enum outcome i = outcome_next(OUTCOME_NONE); i < OUTCOME_COUNT; i = outcome_next(i)) {
        unsigned weight = 1U + is_usual(i) + 2U * (outcome_table[i].decides == decider);
        if (!has_code(i, code) || needs_more_than_a_code(i) || weight <= found_weight)
            continue;
        found = i;
        found_weight = weight;
    }
    return found;
}

/* clang-format off */
static const struct {
    char code[3];
    enum txn_kind kind;
    bool by_qr;
    enum outcome outcome;
} answer_table[] = {
    { "14", KIND_SALE,              true,  OUTCOME_QR_UNKNOWN },
    { "22", KIND_SALE,              true,  OUTCOME_QR_USED },
    { "54", KIND_SALE,              true,  OUTCOME_QR_EXPIRED },
    { "12", KIND_OFFLINE_SALE,      false, OUTCOME_VOICE_CODE_WRONG },
    { "22", KIND_PREAUTH_VOID,      false, OUTCOME_HOLD_LAPSED },
    { "22", KIND_INCREMENT,         false, OUTCOME_HOLD_LAPSED },
    { "22", KIND_COMPLETION,        false, OUTCOME_HOLD_LAPSED },
    { "22", KIND_COMPLETION_ADVICE, false, OUTCOME_HOLD_LAPSED },
    { "22", KIND_VOID,              false, OUTCOME_ORIGINAL_ALREADY_VOIDED },
    { "22", KIND_REFUND,            false, OUTCOME_ORIGINAL_ALREADY_VOIDED },
    { "22", KIND_COMPLETION_VOID,   false, OUTCOME_ORIGINAL_ALREADY_VOIDED },
    { "64", KIND_REFUND,            false, OUTCOME_REFUND_TOO_LARGE },
    { "64", KIND_COMPLETION,        false, OUTCOME_COMPLETION_TOO_LARGE },
    { "64", KIND_COMPLETION_ADVICE, false, OUTCOME_COMPLETION_TOO_LARGE },
    { "13", KIND_TIP_ADJUST,        false, OUTCOME_TIP_TOO_LARGE },
};
/* clang-format on */

enum outcome outcome_by_answer(const char code[static 2], enum party decider, enum txn_kind kind,
                               bool by_qr)
{
    for (size_t i = 0; i < ARRAY_COUNT(answer_table); i++) {
        if (answer_table[i].kind == kind && answer_table[i].by_qr == by_qr &&
            memcmp(answer_table[i].code, code, 2) == 0)
            return answer_table[i].outcome;
    }
    return outcome_by_code(code, decider);
}

unsigned outcome_rank(enum outcome outcome)
{
    assert(outcome_is_known(outcome));
    return rank_table[outcome];
}

bool outcome_is_approved(enum outcome outcome)
{
    return outcome_row(outcome)->class == CLASS_APPROVED;
}

const char *party_name(enum party party)
{
    static const char *const names[] = {
        [PARTY_NOBODY] = "nobody",         [PARTY_TERMINAL] = "terminal",
        [PARTY_ACQUIRER] = "acquirer",     [PARTY_ISSUER] = "issuer",
        [PARTY_CARDHOLDER] = "cardholder", [PARTY_MERCHANT] = "merchant",
        [PARTY_NETWORK] = "network",
    };

    _Static_assert(ARRAY_COUNT(names) == PARTY_COUNT, "a name for each party");
    assert(party < PARTY_COUNT);
    return names[party];
}

const char *evidence_label(enum evidence_name name)
{
    assert(name < EVIDENCE_COUNT);
    return evidence_table[name].name;
}

const char *evidence_zh(enum evidence_name name)
{
    assert(name < EVIDENCE_COUNT);
    return evidence_table[name].zh;
}

const char *evidence_en(enum evidence_name name)
{
    assert(name < EVIDENCE_COUNT);
    return evidence_table[name].en;
}

unsigned evidence_readers(enum evidence_name name)
{
    assert(name < EVIDENCE_COUNT);
    return evidence_table[name].readers;
}

void evidence_add(struct evidence list[static EVIDENCE_MAX], enum evidence_name name,
                  const char *text)
{
    size_t at = 0;

    assert(name != EVIDENCE_NONE);
    while (at < EVIDENCE_MAX && list[at].name != EVIDENCE_NONE)
        at++;
    if (at == EVIDENCE_MAX)
        return;
    struct text out = text_over(list[at].text, sizeof list[at].text);
    text_add(&out, text);
    list[at].name = (uint8_t)name;
}

void evidence_add_number(struct evidence list[static EVIDENCE_MAX], enum evidence_name name,
                         int64_t value)
{
    char room[24];
    struct text t = text_over(room, sizeof room);

    text_add_i64(&t, value);
    evidence_add(list, name, text_z(&t));
}

/* A host's text is free, so it may hold anything: a run of digits that could be a card number keeps
 * its last four, one that is written in groups nothing, and what is no character becomes a space.
 */
static void make_harmless(char *text)
{
    size_t run = 0;

    for (size_t i = 0; i == 0 || text[i - 1] != 0; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (!is_digit && run >= CARD_DIGITS_MIN)
            memset(text + i - run, '*', run - 4);
        run = is_digit ? run + 1 : 0;
        if ((text[i] > 0 && text[i] < ' ') || text[i] == 0x7F)
            text[i] = ' ';
    }
    if (!pan_is_in_text(bytes_of_z(text)))
        return;
    for (size_t i = 0; text[i] != 0; i++)
        text[i] = text[i] >= '0' && text[i] <= '9' ? '*' : text[i];
}

void evidence_add_remark(struct evidence list[static EVIDENCE_MAX], const char *text)
{
    char room[EVIDENCE_MAX * sizeof list->text];
    char part[sizeof list->text];
    struct text all = text_over(room, sizeof room);
    size_t at = 0;

    text_add(&all, text);
    make_harmless(room);
    while (at < all.len) {
        size_t len = all.len - at < sizeof part ? all.len - at : sizeof part - 1;
        while (len > 1 && ((uint8_t)room[at + len] & 0xC0) == 0x80)
            len--; /* not within a character */
        memcpy(part, room + at, len);
        part[len] = 0;
        evidence_add(list, EVIDENCE_REMARK, part);
        at += len;
    }
}

void evidence_remark(const struct evidence list[static EVIDENCE_MAX], struct text *out)
{
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        if (list[i].name == EVIDENCE_REMARK)
            text_add(out, list[i].text);
    }
}

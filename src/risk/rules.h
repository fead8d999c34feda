/*
 * The rules in force, as they lie in rows; to which payments a rule applies; and what rows a
 * payment's judgement needs.
 *
 * A rule applies when all of its scope fits: merchant, terminal, category, card range, entry mode,
 * kind, time. But its tally is that of the whole subject: "per: card, merchant: M3" refuses at M3
 * only, by what the card did anywhere. So a tally is kept for every payment whose subject some rule
 * might ask about, and rows that no rule asks about are not touched at all.
 */
#ifndef RISK_RULES_H
#define RISK_RULES_H

#include "risk/activity.h"
#include "txn/kind.h"

#define RISK_BIN_DIGITS 8

/* A payment as rules see it. Pointers are borrowed. */
struct risk_payment {
    enum txn_kind kind;
    enum entry_mode entry;
    struct money amount;
    struct instant at;
    int32_t utc_offset_s;
    uint32_t date; /* business date of `at` */
    uint32_t software;
    char issuer[ISSUER_ID_LEN]; /* zeros: not known */
    uint8_t bin_len;            /* first digits of the card that are known: 8, or 6 of old rows */
    char bin[RISK_BIN_DIGITS];
    struct activity_owner owner;
    const struct merchant_row *merchant;
};

/* The rules of one version; head NULL or rule_count 0: none. Borrowed rows. */
struct rule_set {
    const struct rules_row *head;
    const struct rule_part_row *parts[RULE_PARTS_MAX];
};

struct row_key rules_key(void);
struct row_key rules_part_key(uint8_t slot, uint8_t place);

/* Key of the black list's row for a card. */
struct row_key rules_listed_key(const struct pan_hash *card);

size_t rules_count(const struct rule_set *set);
const struct rule *rules_at(const struct rule_set *set, size_t index);

/* The rule of a name, or NULL; `len` bytes of it. */
const struct rule *rules_find(const struct rule_set *set, const char *name, size_t len);

/* Whether all parts are there, of the head's version; and whether they are also the very bytes that
 * the head was made for and sums up, which is looked at once, when it is put in force. */
bool rules_are_here(const struct rule_set *set);
bool rules_are_whole(const struct rule_set *set);
uint64_t rules_digest(const struct rule_set *set);

/* What head->always and ->sometimes are for these rules. */
void rules_sum_up(const struct rule_set *set, struct rules_row *head);

/* Packs rules behind the ones in force (NULL: none yet): head says slot, version, parts, digest;
 * its threshold, currency and loaded are the caller's. At most RULES_MAX. */
void rules_pack(const struct rule *rules, size_t count, const struct rules_row *now,
                struct rules_row *head, struct rule_part_row parts[static RULE_PARTS_MAX]);

/* What is wrong with a row, for COMMAND_PUT_ROW: NULL when nothing is. */
const char *rules_head_fault(const struct rules_row *row);
const char *rules_part_fault(const struct rule_part_row *row);

/* What is wrong with one rule: a check, a column or a number that no rules file could have. */
const char *rules_rule_fault(const struct rule *rule);

/* Whether a payment of this kind takes money from a card by itself, or holds it: what amounts and
 * counts are about. A refund, and what follows an earlier payment, does not. */
bool rules_kind_charges(enum txn_kind kind);

/* Whether rules may refuse this kind: what charges and waits for an answer, inquiries, refunds. A
 * refund is judged only by rules that name its kind, and by RULE_REFUNDS. */
bool rules_kind_is_judged(enum txn_kind kind);

bool rules_applies(const struct rule *rule, const struct risk_payment *payment);

/* Which rows the judgement of a payment needs: bits (1 << enum tally_subject), RULES_WANT_LISTED.
 */
#define RULES_WANT_LISTED (1U << TALLY_SUBJECT_COUNT)
unsigned rules_want(const struct rule_set *set, const struct risk_payment *payment);

/* The subject whose tally a rule looks at; TALLY_SUBJECT_COUNT: none. */
unsigned rules_subject(const struct rule *rule);

/* A range of cards: the numbers that begin with its lowest and highest digits. */
void rules_range(const struct rule *rule, uint32_t *from, uint32_t *to);

#endif

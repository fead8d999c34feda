#include "acquirer/limit.h"

#include "base/assert.h"
#include "risk/count.h"
#include "risk/judge.h"

#include <string.h>

#define SUBJECTS ((1U << TALLY_SUBJECT_COUNT) - 1)

/* ---- the rules and the payment ---- */

static bool has_rules(const struct rules_row *head)
{
    return head != NULL && head->slot < RULE_SLOTS && head->part_count > 0 &&
           head->part_count <= RULE_PARTS_MAX;
}

/* What is loaded of the rules; rules_are_here says whether it is all. Goes over the rows once: this
 * is done several times for each payment, and to look for each part would take as long as to judge.
 */
static struct rule_set set_of(const struct desk *desk)
{
    struct row_key key = rules_key();
    struct rule_set set = {.head = node_value(desk->work, &key, sizeof *set.head)};

    if (!has_rules(set.head))
        return (struct rule_set){0};
    for (size_t i = 0; i < desk->work->row_count; i++) {
        const struct node_row *row = desk->work->rows[i];
        bool is_part = row->key.table == TABLE_RULE_PART && row->key.at[0] == set.head->slot &&
                       row->found && row->len == sizeof(struct rule_part_row);
        if (is_part && row->key.at[1] < RULE_PARTS_MAX)
            set.parts[row->key.at[1]] = (const void *)row->value;
    }
    return set;
}

static struct risk_payment payment_of(const struct desk *desk)
{
    const struct txn_message *message = desk->message;
    const struct pan_hash *card = desk_pan_hash(desk);
    struct risk_payment payment = {
        .kind = message->kind,
        .entry = message->entry,
        .amount = message->amount,
        .at = desk->event->wall,
        .utc_offset_s = desk->config->utc_offset_s,
        .date = instant_date(desk->event->wall, desk->config->utc_offset_s),
        .software = message->software != 0 ? message->software : desk->terminal->software,
        .merchant = desk->merchant,
        .owner = {.category = desk->merchant->category},
    };
    struct pan pan;

    memcpy(payment.owner.merchant, desk->merchant->merchant, sizeof payment.owner.merchant);
    memcpy(payment.owner.terminal, desk->identity.terminal, sizeof payment.owner.terminal);
    if (card != NULL)
        payment.owner.card = *card;
    if (desk->issuer_key.table == TABLE_ISSUER)
        memcpy(payment.issuer, desk->issuer_key.at, sizeof payment.issuer);
    if (desk_pan(message, &pan) == OK) {
        payment.bin_len = RISK_BIN_DIGITS;
        memcpy(payment.bin, pan.digits, sizeof payment.bin);
        memcpy(payment.owner.bin, pan.digits, sizeof payment.owner.bin);
    }
    pan_wipe(&pan);
    return payment;
}

/* Only a payment of a merchant and terminal that there are can be judged; and only some kinds are,
 * or count. */
static bool can_judge(const struct desk *desk)
{
    enum txn_kind kind = desk->message->kind;

    if (!rules_kind_is_judged(kind) && !count_stands(kind))
        return false;
    return desk->terminal != NULL && desk->merchant != NULL &&
           memcmp(desk->terminal->merchant, desk->merchant->merchant, MERCHANT_ID_LEN) == 0;
}

static void need_tallies(const struct desk *desk, unsigned subjects,
                         const struct activity_owner *owner)
{
    for (unsigned i = 0; i < TALLY_SUBJECT_COUNT; i++) {
        if ((subjects & 1U << i) != 0)
            node_need(desk->work, activity_key((enum tally_subject)i, owner));
    }
}

/* Whether the tallies were asked for in an earlier round, and what they were chosen by is still
 * what it was: only an earlier event of the batch can change it. */
static bool is_asked(const struct desk *desk)
{
    bool is_asked = false;

    for (size_t i = 0; i < desk->work->row_count; i++) {
        const struct node_row *row = desk->work->rows[i];
        unsigned table = row->key.table;
        bool chooses = table == TABLE_RULES || table == TABLE_MERCHANT || table == TABLE_TERMINAL;
        if (chooses && row->version != 0)
            return false;
        is_asked = is_asked || table == TABLE_TALLY || table == TABLE_CARD_ACTIVITY;
    }
    return is_asked;
}

void limit_need(const struct desk *desk)
{
    if (desk->work->row_count == 0) {
        node_need(desk->work, rules_key());
        return;
    }
    struct rule_set set = set_of(desk);
    if (set.head == NULL || desk->payment != NULL || !can_judge(desk) || is_asked(desk))
        return;
    for (uint8_t i = 0; i < set.head->part_count; i++) {
        if (set.parts[i] == NULL)
            node_need(desk->work, rules_part_key(set.head->slot, i));
    }
    /* The head alone tells what every payment needs, so most come without another round. */
    bool can_ask = set.head->sometimes == 0 || rules_are_here(&set);
    if (!can_ask || !desk_pan_is_known(desk))
        return;
    struct risk_payment payment = payment_of(desk);
    unsigned want = rules_want(&set, &payment);
    need_tallies(desk, want, &payment.owner);
    if ((want & RULES_WANT_LISTED) != 0)
        node_need(desk->work, rules_listed_key(&payment.owner.card));
}

/* ---- other rules ---- */

void limit_need_rules(struct node_work *work, const struct node_command *command)
{
    struct rules_row head;

    node_need(work, rules_key());
    if (command->key.table != TABLE_RULES)
        return;
    memcpy(&head, command->value, sizeof head);
    for (uint8_t i = 0; i < head.part_count; i++)
        node_need(work, rules_part_key(head.slot, i));
}

static bool takes_head(struct node_work *work, const struct node_command *command,
                       const struct rules_row *now)
{
    struct rules_row head;
    struct rule_set set = {.head = &head};

    memcpy(&head, command->value, sizeof head);
    for (uint8_t i = 0; i < head.part_count; i++) {
        struct row_key key = rules_part_key(head.slot, i);
        set.parts[i] = node_value(work, &key, sizeof *set.parts[i]);
    }
    bool is_next = now == NULL ? head.version == 1
                               : head.version == now->version + 1 && head.slot != now->slot;
    return is_next && rules_are_whole(&set);
}

bool limit_takes_rules(struct node_work *work, const struct node_command *command)
{
    struct row_key key = rules_key();
    const struct rules_row *now = node_value(work, &key, sizeof *now);
    struct rule_part_row part;

    if (command->key.table == TABLE_RULES)
        return takes_head(work, command, now);
    if (command->key.table != TABLE_RULE_PART)
        return true;
    memcpy(&part, command->value, sizeof part);
    return now == NULL || part.slot != now->slot;
}

/* ---- judging ---- */

static const struct tally_row *tally_find(const struct desk *desk, enum tally_subject subject,
                                          const struct activity_owner *owner)
{
    struct row_key key = activity_key(subject, owner);

    return node_value(desk->work, &key, sizeof(struct tally_row));
}

static const struct card_activity_row *card_find(const struct desk *desk,
                                                 const struct activity_owner *owner)
{
    struct row_key key = activity_key(TALLY_CARD, owner);

    return node_value(desk->work, &key, sizeof(struct card_activity_row));
}

static struct risk_known known_of(const struct desk *desk, const struct activity_owner *owner)
{
    struct row_key key = rules_listed_key(&owner->card);
    struct risk_known known = {
        .card = card_find(desk, owner),
        .listed = node_value(desk->work, &key, sizeof *known.listed),
    };

    for (unsigned i = TALLY_CARD + 1; i < TALLY_SUBJECT_COUNT; i++)
        known.tally[i] = tally_find(desk, (enum tally_subject)i, owner);
    return known;
}

/* Rules that do not fit together are a fault of ours: no payment passes because of that. */
static struct verdict broken(void)
{
    struct verdict verdict = {.outcome = OUTCOME_SWITCH_FAULT};

    evidence_add(verdict.evidence, EVIDENCE_COMPONENT, "rules");
    return verdict;
}

static struct verdict earlier(const struct verdict *a, const struct verdict *b)
{
    if (a->outcome == OUTCOME_NONE)
        return *b;
    if (b->outcome == OUTCOME_NONE)
        return *a;
    return outcome_rank(b->outcome) < outcome_rank(a->outcome) ? *b : *a;
}

struct verdict limit_judge(const struct desk *desk, const struct verdict *found)
{
    struct rule_set set = set_of(desk);
    struct verdict verdict;

    if (set.head == NULL || !can_judge(desk))
        return *found;
    if (!rules_are_here(&set)) {
        verdict = broken();
        return earlier(found, &verdict);
    }
    struct risk_payment payment = payment_of(desk);
    struct risk_known known = known_of(desk, &payment.owner);
    struct risk_finding finding = judge_payment(&set, &payment, &known);
    verdict.outcome = finding.outcome;
    memcpy(verdict.evidence, finding.evidence, sizeof verdict.evidence);
    return earlier(found, &verdict);
}

/* ---- changing tallies ---- */

static void change_card(const struct desk *desk, const struct payment_row *row,
                        const struct row_key *key, enum count_change change)
{
    const struct card_activity_row *old =
        node_value(desk->work, key, sizeof(struct card_activity_row));
    struct card_activity_row card = old != NULL ? *old : count_new_card(row->business_date);

    count_card(change, row, desk->merchant, &card);
    node_put(desk->work, key, &card, sizeof card);
}

static void change_tally(const struct desk *desk, const struct payment_row *row,
                         enum tally_subject subject, enum count_change change)
{
    struct activity_owner owner = activity_owner_of(row);
    struct row_key key = activity_key(subject, &owner);
    const struct node_row *stored = node_row(desk->work, &key);

    if (stored == NULL || (!stored->found && !count_makes(change)))
        return;
    if (subject == TALLY_CARD) {
        change_card(desk, row, &key, change);
        return;
    }
    const struct tally_row *old = node_value(desk->work, &key, sizeof *old);
    struct tally_row tally = old != NULL ? *old : activity_new(subject, row->business_date);
    count_tally(change, row, &tally);
    node_put(desk->work, &key, &tally, sizeof tally);
}

static void change_all(const struct desk *desk, const struct payment_row *row,
                       enum count_change change)
{
    for (unsigned i = 0; i < TALLY_SUBJECT_COUNT; i++) {
        if ((row->counted & 1U << i) != 0)
            change_tally(desk, row, (enum tally_subject)i, change);
    }
}

static bool has_wrong_pins(const struct desk *desk, const struct payment_row *row)
{
    struct activity_owner owner = activity_owner_of(row);
    const struct card_activity_row *card = card_find(desk, &owner);

    return card != NULL && activity_pins(card, row->business_date) > 0;
}

/* By which rules the payment is judged, and whose tallies it concerns. */
static void mark(const struct desk *desk, struct payment_row *row)
{
    struct rule_set set = set_of(desk);

    if (set.head == NULL || !rules_are_here(&set) || !can_judge(desk))
        return;
    struct risk_payment payment = payment_of(desk);
    row->rules_version = set.head->version;
    row->category = desk->merchant->category;
    row->counted = (uint8_t)((rules_want(&set, &payment) & SUBJECTS) | COUNTED_OFF);
}

void limit_count(const struct desk *desk, struct payment_row *row)
{
    mark(desk, row);
    if ((row->counted & SUBJECTS) == 0)
        return;
    if (row->pin_entered && has_wrong_pins(desk, row))
        row->counted |= COUNTED_PINS;
    if (!count_stands((enum txn_kind)row->kind))
        return;
    row->counted &= (uint8_t)~COUNTED_OFF;
    change_all(desk, row, COUNT_SENT);
}

void limit_declined(const struct desk *desk, struct payment_row *row)
{
    mark(desk, row);
    if (count_is_guess(row))
        change_all(desk, row, COUNT_REFUSED);
}

/* ---- afterwards ---- */

void limit_need_counted(const struct desk *desk, const struct payment_row *row)
{
    struct activity_owner owner = activity_owner_of(row);

    need_tallies(desk, row->counted & SUBJECTS, &owner);
}

void limit_need_answered(const struct desk *desk)
{
    const struct payment_row *row = desk->payment;
    bool is_approval = memcmp(desk->message->code, "00", RESPONSE_CODE_LEN) == 0;

    if (row == NULL || (is_approval && (row->counted & COUNTED_PINS) == 0))
        return;
    limit_need_counted(desk, row);
}

void limit_answered(const struct desk *desk, struct payment_row *row)
{
    bool is_pin = count_is_wrong_pin(row) || (row->counted & COUNTED_PINS) != 0;

    if ((row->counted & 1U << TALLY_CARD) != 0 && is_pin)
        change_tally(desk, row, TALLY_CARD, COUNT_PIN);
    if (count_is_guess(row))
        change_all(desk, row, COUNT_REFUSED);
}

void limit_give_back(const struct desk *desk, struct payment_row *row)
{
    if ((row->counted & COUNTED_OFF) != 0)
        return;
    change_all(desk, row, COUNT_BACK);
    row->counted |= COUNTED_OFF;
}

void limit_restore(const struct desk *desk, struct payment_row *row)
{
    if ((row->counted & COUNTED_OFF) == 0 || (row->counted & SUBJECTS) == 0)
        return;
    change_all(desk, row, COUNT_AGAIN);
    row->counted &= (uint8_t)~COUNTED_OFF;
}

void limit_trim(const struct desk *desk, const struct payment_row *row)
{
    if ((row->counted & COUNTED_OFF) == 0)
        change_all(desk, row, COUNT_PART);
}

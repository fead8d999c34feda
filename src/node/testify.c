#include "node/testify.h"

#include "base/assert.h"
#include "node/doubt.h"
#include "node/persons.h"

#include <string.h>

const struct testimony_row *testify_row(const struct node_work *work,
                                        const struct identity *identity)
{
    struct row_key key = testimony_row_key(identity);
    const struct testimony_row *row = node_value(work, &key, sizeof *row);

    return row != NULL && testimony_row_is_readable(row) ? row : NULL;
}

bool testify_identity(const struct node_command *command, struct identity *out)
{
    if (command == NULL || command->key.table != TABLE_PENDING ||
        command->key.len != IDENTITY_KEY_LEN)
        return false;
    identity_from_key(command->key.at, out);
    *out = identity_as(out, IDENTITY_PAYMENT);
    return true;
}

static bool is_text_sound(const struct testimony_act_value *value)
{
    size_t person_len = strnlen(value->person, sizeof value->person);
    size_t evidence_len = strnlen(value->evidence, sizeof value->evidence);

    if (testimony_person_fault(bytes_over(value->person, person_len)) != NULL)
        return false;
    if (value->rrn[0] != 0 && !bytes_are_digits(value->rrn, sizeof value->rrn))
        return false;
    return value->act != TESTIMONY_PROPOSE ||
           testimony_text_fault(bytes_over(value->evidence, evidence_len),
                                TESTIMONY_EVIDENCE_LEN) == NULL;
}

static bool read_act(const struct node_work *work, struct testimony_act_value *out)
{
    const struct node_command *command = work->event->command;
    struct identity identity;

    if (!testify_identity(command, &identity) || command->value_len != sizeof *out)
        return false;
    memcpy(out, command->value, sizeof *out);
    return out->act < TESTIMONY_ACT_COUNT && out->word < PAYMENT_STATE_COUNT && is_text_sound(out);
}

void testify_needs(struct node_work *work)
{
    struct testimony_act_value value;
    struct identity identity;

    if (!read_act(work, &value) || !testify_identity(work->event->command, &identity))
        return;
    persons_need(work, value.person);
    testify_need_heard(work, &identity);
}

void testify_checks(struct node_work *work)
{
    struct testimony_act_value value;

    if (read_act(work, &value))
        persons_ask(work, value.person);
}

/* ---- judging ---- */

/* What is said, by whom, of which debt, and what was said of it before. */
struct hearing {
    struct testimony_act_value value;
    const struct testify_debt *debt;
    struct testimony_row row; /* zeros when nothing was said of this debt */
};

static bool is_of_debt(const struct testimony_row *row, const struct pending_row *pending)
{
    return pending != NULL && row->owed == pending->kind && row->since.us == pending->since.us;
}

/* What was said counts as long as the debt is the same, or was ended by it. */
static void open_hearing(const struct node_work *work, const struct identity *identity,
                         struct hearing *out)
{
    const struct testimony_row *row = testify_row(work, identity);

    memset(&out->row, 0, sizeof out->row);
    if (row != NULL &&
        (row->is_settled ? out->debt->pending == NULL : is_of_debt(row, out->debt->pending)))
        out->row = *row;
}

static bool is_by(const char name[static PERSON_NAME_LEN], const struct hearing *hearing)
{
    return memcmp(name, hearing->value.person, PERSON_NAME_LEN) == 0;
}

static enum testimony_result debt_fault(const struct hearing *hearing)
{
    const struct testify_debt *debt = hearing->debt;

    if (debt->pending == NULL || !doubt_is_owed(debt->pending))
        return TESTIMONY_NOT_OWED;
    if (debt->payment == NULL)
        return TESTIMONY_DAMAGED;
    if (debt->payment->stage == STAGE_STORED)
        return TESTIMONY_NOT_SENT;
    return doubt_is_handed(debt->pending) ? TESTIMONY_IS_SAME : TESTIMONY_TOO_YOUNG;
}

/* Whether the word may be said at all. Of what was settled only the same word may be said again,
 * and only that has an effect which looks into what contradicted it. */
static enum testimony_result word_fault(const struct hearing *hearing)
{
    enum payment_state word = (enum payment_state)hearing->value.word;

    if (hearing->row.is_settled)
        return word == (enum payment_state)hearing->row.word ? TESTIMONY_IS_SAME
                                                             : TESTIMONY_OTHER_SETTLED;
    enum testimony_result fault = debt_fault(hearing);
    if (testimony_is_refused(fault))
        return fault;
    return testimony_word_fits(word, (enum pending_kind)hearing->debt->pending->kind,
                               hearing->debt->is_terminal)
               ? TESTIMONY_IS_SAME
               : TESTIMONY_UNFIT;
}

static enum testimony_result judge_proposal(const struct hearing *hearing)
{
    const struct testimony_row *row = &hearing->row;

    if (row->stage == TESTIMONY_SETTLED && !row->is_contradicted)
        return TESTIMONY_IS_SAME;
    if (row->stage != TESTIMONY_PROPOSED)
        return TESTIMONY_IS_PROPOSED;
    if (!is_by(row->proposer, hearing))
        return TESTIMONY_OTHER_WORD;
    bool is_same = row->word == hearing->value.word &&
                   strcmp(row->evidence, hearing->value.evidence) == 0 &&
                   memcmp(row->rrn, hearing->value.rrn, sizeof row->rrn) == 0;
    return is_same ? TESTIMONY_IS_SAME : TESTIMONY_IS_PROPOSED; /* he thought better of it */
}

static enum testimony_result judge_confirmation(const struct hearing *hearing)
{
    const struct testimony_row *row = &hearing->row;

    if (row->stage == TESTIMONY_SETTLED)
        return TESTIMONY_IS_SAME;
    if (row->stage != TESTIMONY_PROPOSED)
        return TESTIMONY_NOT_PROPOSED;
    if (row->word != hearing->value.word)
        return TESTIMONY_OTHER_WORD;
    return is_by(row->proposer, hearing) ? TESTIMONY_ONE_PERSON : TESTIMONY_IS_SETTLED;
}

static enum testimony_result judge(const struct hearing *hearing)
{
    if (hearing->value.act == TESTIMONY_WITHDRAW) {
        if (hearing->row.stage == TESTIMONY_WITHDRAWN)
            return TESTIMONY_IS_SAME;
        return hearing->row.stage == TESTIMONY_PROPOSED && !hearing->row.is_settled
                   ? TESTIMONY_IS_WITHDRAWN
                   : TESTIMONY_NOT_PROPOSED;
    }
    enum testimony_result fault = word_fault(hearing);
    if (testimony_is_refused(fault))
        return fault;
    return hearing->value.act == TESTIMONY_PROPOSE ? judge_proposal(hearing)
                                                   : judge_confirmation(hearing);
}

/* ---- what is said ---- */

static void propose(const struct node_work *work, struct hearing *hearing)
{
    struct testimony_row *row = &hearing->row;
    const struct pending_row *pending = hearing->debt->pending;

    if (!row->is_settled) {
        memset(row, 0, sizeof *row);
        row->layout = PARTY_ROW_LAYOUT;
        row->identity = hearing->debt->payment->identity;
        row->word = hearing->value.word;
        row->owed = pending->kind;
        row->since = pending->since;
    }
    row->stage = TESTIMONY_PROPOSED;
    row->proposed = work->event->wall;
    memset(row->confirmer, 0, sizeof row->confirmer);
    memcpy(row->proposer, hearing->value.person, sizeof row->proposer);
    memcpy(row->evidence, hearing->value.evidence, sizeof row->evidence);
    memcpy(row->rrn, hearing->value.rrn, sizeof row->rrn);
}

static void confirm(const struct node_work *work, struct hearing *hearing)
{
    struct testimony_row *row = &hearing->row;
    const struct pending_row *pending = hearing->debt->pending;

    row->stage = TESTIMONY_SETTLED;
    row->settled = work->event->wall;
    row->is_contradicted = 0;
    memcpy(row->confirmer, hearing->value.person, sizeof row->confirmer);
    if (!row->is_settled) {
        row->attempts = pending->attempts;
        memcpy(row->last_code, pending->last_code, sizeof row->last_code);
    }
}

static void record_of(struct node_work *work, const struct testify_debt *debt,
                      enum journal_what what)
{
    struct payment_row row;

    if (debt->payment == NULL) {
        node_record(work, what, NULL);
        (void)testify_identity(work->event->command, &work->about);
        return;
    }
    row = *debt->payment;
    node_put_payment(work, &row, what);
}

static const enum journal_what records[] = {
    [TESTIMONY_IS_PROPOSED] = WHAT_TESTIFIED,
    [TESTIMONY_IS_SETTLED] = WHAT_PERSON_SETTLED,
    [TESTIMONY_IS_WITHDRAWN] = WHAT_TESTIMONY_WITHDRAWN,
};

/* Puts what is said, and makes its record; but for a word that its party carries out now. */
static void take_down(struct node_work *work, struct hearing *hearing, enum testimony_result result)
{
    struct testimony_row *row = &hearing->row;
    bool was_settled = row->is_settled != 0;

    if (result == TESTIMONY_IS_PROPOSED)
        propose(work, hearing);
    else if (result == TESTIMONY_IS_SETTLED)
        confirm(work, hearing);
    else
        row->stage = TESTIMONY_WITHDRAWN;
    row->is_settled = was_settled || result == TESTIMONY_IS_SETTLED;
    struct row_key key = testimony_row_key(&row->identity);
    node_put(work, &key, row, sizeof *row);
    if (result != TESTIMONY_IS_SETTLED || was_settled)
        record_of(work, hearing->debt, records[result]);
}

static void refuse_person(struct node_work *work, const struct hearing *hearing,
                          const struct identity *identity)
{
    if (!persons_note(work, hearing->value.person))
        return;
    node_record(work, WHAT_PERSON_REFUSED, NULL);
    work->about = *identity;
    work->effects.is_alarm = true;
}

enum testimony_result testify_step(struct node_work *work, const struct testify_debt *debt,
                                   struct testimony_row *out)
{
    struct hearing hearing = {.debt = debt};
    struct identity identity;

    if (!read_act(work, &hearing.value) || !testify_identity(work->event->command, &identity)) {
        persons_show(work, TESTIMONY_DAMAGED, NULL);
        return TESTIMONY_DAMAGED;
    }
    open_hearing(work, &identity, &hearing);
    bool was_settled = hearing.row.is_settled != 0;
    enum testimony_result result = persons_look(work, hearing.value.person);
    if (testimony_is_refused(result))
        refuse_person(work, &hearing, &identity);
    else
        result = judge(&hearing);
    if (!testimony_is_refused(result) && result != TESTIMONY_IS_SAME) {
        (void)persons_note(work, hearing.value.person);
        take_down(work, &hearing, result);
    }
    *out = hearing.row;
    if (result == TESTIMONY_IS_SETTLED && !was_settled)
        return result;
    persons_show(work, result, debt->payment);
    return TESTIMONY_IS_SAME;
}

/* ---- what is heard afterwards ---- */

void testify_need_heard(struct node_work *work, const struct identity *identity)
{
    node_need(work, testimony_row_key(identity));
}

enum testify_heard testify_hear(struct node_work *work, const struct identity *identity,
                                enum payment_state told)
{
    struct row_key key = testimony_row_key(identity);
    const struct testimony_row *stored = testify_row(work, identity);
    const char *code = work->event->message.code;

    if (stored == NULL || !stored->is_settled)
        return HEARD_NOTHING;
    enum testimony_echo echo = testimony_echo_of((enum payment_state)stored->word, told);
    bool is_known = echo == ECHO_AGREES ? stored->is_agreed != 0 : stored->is_contradicted != 0;
    if (echo == ECHO_SAYS_NOTHING || is_known)
        return HEARD_AGAIN;
    struct testimony_row row = *stored;
    row.late = work->event->wall;
    memcpy(row.late_code, code, sizeof row.late_code);
    if (echo == ECHO_AGREES)
        row.is_agreed = 1;
    else
        row.is_contradicted = 1;
    node_put(work, &key, &row, sizeof row);
    return echo == ECHO_AGREES ? HEARD_AGREES : HEARD_CONTRADICTS;
}

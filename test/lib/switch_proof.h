/*
 * What must always hold in the small world around the switch (switch_world.h, which includes this):
 * entries are what rows say, originals say what their follow-ups do, batches and funds count what
 * they hold, what is open is waited for, and nothing keeps a card number.
 */
#ifndef TEST_LIB_SWITCH_PROOF_H
#define TEST_LIB_SWITCH_PROOF_H

static int64_t net_of(const struct identity *about, enum account_kind kind)
{
    int64_t sum = 0;

    for (size_t i = 0; i < world.entry_count; i++) {
        if (identity_equal(&world.entries[i].about, about) && world.entries[i].posting.kind == kind)
            sum += world.entries[i].posting.minor;
    }
    return sum;
}

static int64_t signed_minor(const struct payment_row *row)
{
    return kind_row((enum txn_kind)row->kind)->sign * row->posted_minor;
}

/* The payment in a row of the world; NULL when it is none. */
static const struct payment_row *world_payment_at(size_t i)
{
    const struct node_row *row = &world.rows[i];

    return row->found && row->key.table == TABLE_PAYMENT && row->len == sizeof(struct payment_row)
               ? (const struct payment_row *)(const void *)row->value
               : NULL;
}

static bool is_under_way(const struct payment_row *row)
{
    return row->stage == STAGE_SENT || row->stage == STAGE_REVERSING;
}

static bool is_granted(const struct payment_row *row)
{
    return row->money == MONEY_MOVED || row->money == MONEY_HELD;
}

/* What a follow-up makes its original say, by its own row. */
static enum follow_state follow_of(const struct payment_row *row)
{
    bool is_void = row->kind == KIND_VOID || row->kind == KIND_PREAUTH_VOID ||
                   row->kind == KIND_COMPLETION_VOID;
    bool is_completion = row->kind == KIND_COMPLETION || row->kind == KIND_COMPLETION_ADVICE;

    if (is_void && (is_under_way(row) || is_granted(row)))
        return is_granted(row) ? FOLLOW_VOIDED : FOLLOW_VOIDING;
    if (is_completion && (is_under_way(row) || is_granted(row)))
        return is_granted(row) ? FOLLOW_COMPLETED : FOLLOW_COMPLETING;
    return FOLLOW_NONE;
}

/* What the follow-ups of an original add up to. */
struct world_followers {
    int64_t returned;
    int64_t tip;
    int64_t increments;
    bool is_named; /* one of them makes the original say what it says */
};

/* A completion with a void, even one that was taken back, may have lost its hold to another. */
static bool has_void(const struct payment_row *completion)
{
    for (size_t i = 0; i < world.row_count; i++) {
        const struct payment_row *row = world_payment_at(i);
        if (row != NULL && row->kind == KIND_COMPLETION_VOID &&
            identity_equal(&row->original, &completion->identity))
            return true;
    }
    return false;
}

static void prove_follower(const struct payment_row *original, const struct payment_row *row,
                           struct world_followers *sum)
{
    bool stands = row->stage == STAGE_SENT || is_granted(row);
    bool is_loose = follow_of(row) == FOLLOW_COMPLETED && has_void(row);
    bool says = original->follow == follow_of(row) &&
                original->follow_trace == row->identity.trace &&
                original->follow_batch == row->identity.batch;

    CHECK(!stands || is_loose || follow_of(row) == FOLLOW_NONE || says);
    sum->is_named = sum->is_named || says;
    sum->returned += row->kind == KIND_REFUND && stands ? row->amount.minor : 0;
    sum->tip += row->kind == KIND_TIP_ADJUST && stands ? row->posted_minor : 0;
    sum->increments += row->kind == KIND_INCREMENT && is_granted(row) ? row->posted_minor : 0;
}

/* An original says what its follow-ups' rows together say: at most one takes all of it, refunds and
 * tips add up, approved increments are in what it holds. */
static void prove_original(const struct payment_row *original)
{
    struct world_followers sum = {0};

    for (size_t i = 0; i < world.row_count; i++) {
        const struct payment_row *row = world_payment_at(i);
        if (row != NULL && identity_equal(&row->original, &original->identity))
            prove_follower(original, row, &sum);
    }
    CHECK(original->follow == FOLLOW_NONE || sum.is_named);
    CHECK(original->returned_minor == sum.returned);
    CHECK(original->tip_minor == sum.tip);
    CHECK(sum.returned <= original->posted_minor + sum.tip);
    CHECK(original->money != MONEY_HELD ||
          original->posted_minor - sum.increments <= original->amount.minor);
}

/* A batch counts what its payments' rows say. */
static void prove_batch(const struct batch_row *batch)
{
    struct batch_row sum = {.open_count = 0};

    for (size_t i = 0; i < world.row_count; i++) {
        const struct payment_row *row = world_payment_at(i);
        if (row == NULL || row->identity.batch != batch->batch ||
            memcmp(row->identity.terminal, batch->terminal, TERMINAL_ID_LEN) != 0 ||
            !kind_row((enum txn_kind)row->kind)->moves_money)
            continue;
        sum.open_count += row->stage == STAGE_SENT;
        if (row->money != MONEY_MOVED || signed_minor(row) == 0)
            continue;
        bool is_debit = signed_minor(row) > 0;
        if (is_debit)
            sum.domestic.debit_minor += row->posted_minor;
        else
            sum.domestic.credit_minor += row->posted_minor;
        if (is_debit && row->kind != KIND_TIP_ADJUST)
            sum.domestic.debit_count++;
        else if (!is_debit)
            sum.domestic.credit_count++;
    }
    CHECK(batch->open_count == sum.open_count);
    CHECK(batch->domestic.debit_minor == sum.domestic.debit_minor);
    CHECK(batch->domestic.debit_count == sum.domestic.debit_count);
    CHECK(batch->domestic.credit_minor == sum.domestic.credit_minor);
    CHECK(batch->domestic.credit_count == sum.domestic.credit_count);
    CHECK(batch->state != BATCH_CLOSED || batch->open_count == 0);
}

static void prove_payment(const struct payment_row *row)
{
    struct row_key key = payment_row_key(&row->identity);
    int64_t moved = row->money == MONEY_MOVED ? signed_minor(row) : 0;
    bool is_open = row->stage == STAGE_SENT || row->stage == STAGE_REVERSING;

    key.table = TABLE_PENDING;
    CHECK(net_of(&row->identity, ACCOUNT_ISSUER_RECEIVABLE) == moved);
    CHECK(net_of(&row->identity, ACCOUNT_MERCHANT_PAYABLE) == -moved);
    CHECK((world_value(key) != NULL) == is_open);
    CHECK((row->deadline.us != 0) == is_open);
}

static void prove_secrets(const struct node_row *row)
{
    for (size_t i = 0; i + 16 <= row->len; i++)
        CHECK(memcmp(row->value + i, CARD, 16) != 0);
}

static void world_prove(void)
{
    for (size_t i = 0; i < world.row_count && !world.is_unproved; i++) {
        if (!world.rows[i].found)
            continue;
        prove_secrets(&world.rows[i]);
        const struct payment_row *payment = world_payment_at(i);
        if (payment != NULL) {
            prove_payment(payment);
            prove_original(payment);
        }
        if (world.rows[i].key.table == TABLE_BATCH)
            prove_batch((const struct batch_row *)(const void *)world.rows[i].value);
    }
}

#endif

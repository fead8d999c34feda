#include "view/settlement_slip.h"

#include "base/assert.h"
#include "explain/catalogue.h"

/* ---- counting ---- */

static bool is_of(const struct batch_row *batch, const struct payment_row *payment)
{
    return payment_row_is_readable(payment) && payment->identity.batch == batch->batch &&
           memcmp(payment->identity.terminal, batch->terminal, TERMINAL_ID_LEN) == 0;
}

static void add_failed(struct settlement_sums *sums, const struct payment_row *payment)
{
    if (sums->failed_count < SETTLEMENT_FAILED_MAX)
        sums->failed[sums->failed_count] =
            (struct settlement_failed){.trace = payment->identity.trace,
                                       .kind = payment->kind,
                                       .outcome = payment->outcome,
                                       .amount = payment->amount};
    sums->failed_count++;
}

static void add_answered(struct settlement_sums *sums, const struct payment_row *payment)
{
    bool is_advice = kind_row((enum txn_kind)payment->kind)->is_advice;

    if (!outcome_is_approved((enum outcome)payment->outcome)) {
        if (is_advice && payment->kind != KIND_REFUND)
            add_failed(sums, payment);
        return;
    }
    sums->count[payment->kind]++;
    sums->minor[payment->kind] += payment->posted_minor;
}

void settlement_sums_add(struct settlement_sums *sums, const struct batch_row *batch,
                         const struct payment_row *payment)
{
    if (!is_of(batch, payment))
        return;
    switch ((enum payment_stage)payment->stage) {
    case STAGE_ANSWERED:
        add_answered(sums, payment);
        return;
    case STAGE_STORED:
        sums->waiting++;
        return;
    case STAGE_SENT:
        if (kind_row((enum txn_kind)payment->kind)->is_advice)
            sums->waiting++;
        else
            sums->in_doubt++;
        return;
    case STAGE_REVERSING:
        sums->in_doubt++;
        return;
    case STAGE_NONE:
    case STAGE_REVERSED:
    case STAGE_TOMBSTONE:
    case STAGE_COUNT:
        break;
    }
}

/* ---- the slip ---- */

static void add_marks(const struct settlement_facts *facts, struct slip *slip)
{
    if (facts->is_training)
        slip_add(slip, SLIP_NOTICE, "培训 不是真实交易", "TRAINING: NO REAL MONEY");
    else if (facts->is_lab)
        slip_add(slip, SLIP_NOTICE, "测试 不是真实交易", "TEST: NO REAL MONEY");
    if (facts->is_duplicate)
        slip_add(slip, SLIP_NOTICE, "重印", "DUPLICATED");
}

static void add_time(const struct settlement_facts *facts, const char *zh, const char *en,
                     struct instant at, struct slip *slip)
{
    if (at.us > 0)
        instant_add_text(slip_put(slip, SLIP_PAIR, zh, en), at, facts->utc_offset_s);
}

static void add_head(const struct settlement_facts *facts, struct slip *slip)
{
    const struct batch_row *batch = facts->batch;

    slip_add(slip, SLIP_TITLE, "结算单", "SETTLEMENT");
    add_marks(facts, slip);
    slip_add(slip, SLIP_RULE, "", "");
    if (facts->merchant_name != NULL)
        slip_add_fixed(slip, "商户名称", "MERCHANT", bytes_of_z(facts->merchant_name));
    slip_add_fixed(slip, "商户编号", "MERCHANT NO", bytes_over(facts->merchant, MERCHANT_ID_LEN));
    slip_add_fixed(slip, "终端编号", "TERMINAL NO", bytes_over(batch->terminal, TERMINAL_ID_LEN));
    slip_add_number(slip, "批次号", "BATCH NO", batch->batch, 6);
    add_time(facts, "开始", "OPENED", batch->opened, slip);
    add_time(facts, "结束", "CLOSED", batch->closed, slip);
}

/* "3  CNY 385.50" */
static void add_sum(struct text *t, uint64_t count, struct money money)
{
    text_add_u64(t, count);
    text_add(t, "  ");
    text_add(t, money_letters(money.currency));
    text_add_char(t, ' ');
    money_add_text(t, money);
}

static void add_kinds(const struct settlement_facts *facts, struct slip *slip)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = kind_row((enum txn_kind)kind);
        int64_t minor = facts->sums->minor[kind];

        if (facts->sums->count[kind] == 0 || !row->moves_money)
            continue;
        add_sum(slip_put(slip, SLIP_PAIR, row->zh, row->en), facts->sums->count[kind],
                money_of(row->sign < 0 ? -minor : minor, facts->currency));
    }
}

static void add_totals(const struct settlement_facts *facts, const struct totals *totals,
                       struct slip *slip)
{
    add_sum(slip_put(slip, SLIP_PAIR, "借方", "DEBIT"), totals->debit_count,
            money_of(totals->debit_minor, facts->currency));
    add_sum(slip_put(slip, SLIP_PAIR, "贷方", "CREDIT"), totals->credit_count,
            money_of(-totals->credit_minor, facts->currency));
}

static void add_all_totals(const struct settlement_facts *facts, struct slip *slip)
{
    const struct batch_row *batch = facts->batch;
    int64_t net = batch->domestic.debit_minor - batch->domestic.credit_minor +
                  batch->foreign.debit_minor - batch->foreign.credit_minor;

    slip_add(slip, SLIP_CENTRE, "内卡", "DOMESTIC CARDS");
    add_totals(facts, &batch->domestic, slip);
    slip_add(slip, SLIP_CENTRE, "外卡", "FOREIGN CARDS");
    add_totals(facts, &batch->foreign, slip);
    slip_add_money(slip, SLIP_AMOUNT, "净额", "NET", money_of(net, facts->currency));
}

static void add_state(const struct settlement_facts *facts, struct slip *slip)
{
    const struct batch_row *batch = facts->batch;

    if (batch->state == BATCH_OPEN) {
        slip_add(slip, SLIP_NOTICE, "批次未结算", "BATCH IS OPEN: TOTALS SO FAR");
    } else if (batch->state == BATCH_CLOSING) {
        slip_add(slip, SLIP_ALARM, "结算未完成", "SETTLEMENT IS NOT COMPLETE");
    } else if (batch->is_differing) {
        slip_add(slip, SLIP_ALARM, "对账不平", "TOTALS DIFFER");
        slip_add(slip, SLIP_CENTRE, "主机合计", "THE HOST'S TOTALS");
        add_totals(facts, &batch->claimed, slip);
    } else {
        slip_add(slip, SLIP_NOTICE, "对账平", "TOTALS AGREE");
    }
}

static void add_failed_ones(const struct settlement_sums *sums, struct slip *slip)
{
    uint32_t named =
        sums->failed_count < SETTLEMENT_FAILED_MAX ? sums->failed_count : SETTLEMENT_FAILED_MAX;

    if (sums->failed_count > 0) {
        slip_add(slip, SLIP_ALARM, "脱机交易被拒", "OFFLINE PAYMENTS REFUSED");
        slip_add_number(slip, "笔数", "COUNT", sums->failed_count, 1);
    }
    for (uint32_t i = 0; i < named; i++) {
        const struct settlement_failed *failed = &sums->failed[i];
        const struct kind_row *kind = kind_row((enum txn_kind)failed->kind);
        struct text *t = slip_put(slip, SLIP_AMOUNT, kind->zh, "");

        text_add_u64_wide(t, failed->trace, 6);
        text_add_char(t, ' ');
        text_add(t, money_letters(failed->amount.currency));
        text_add_char(t, ' ');
        money_add_text(t, failed->amount);
        const struct catalogue_text *what =
            &catalogue_entry((enum outcome)failed->outcome, READER_CASHIER)->what;
        slip_add(slip, SLIP_TEXT, what->in[LANG_ZH], what->in[LANG_EN]);
    }
}

static void add_open_ones(const struct settlement_sums *sums, struct slip *slip)
{
    if (sums->waiting > 0)
        slip_add_number(slip, "待上送", "TO BE DELIVERED", sums->waiting, 1);
    if (sums->in_doubt > 0)
        slip_add_number(slip, "待查", "IN DOUBT", sums->in_doubt, 1);
}

void settlement_slip(const struct settlement_facts *facts, struct slip *out)
{
    assert(facts->batch->state < BATCH_STATE_COUNT);
    slip_begin(out);
    add_head(facts, out);
    slip_add(out, SLIP_RULE, "", "");
    add_kinds(facts, out);
    slip_add(out, SLIP_RULE, "", "");
    add_all_totals(facts, out);
    slip_add(out, SLIP_RULE, "", "");
    add_state(facts, out);
    add_open_ones(facts->sums, out);
    add_failed_ones(facts->sums, out);
    slip_end(out);
}

#include "view/receipt.h"

const char *receipt_entry_suffix(enum entry_mode entry)
{
    switch (entry) {
    case ENTRY_KEYED:
        return "/M";
    case ENTRY_STRIPE:
        return "/S";
    case ENTRY_CHIP:
        return "/I";
    case ENTRY_CONTACTLESS:
        return "/C";
    case ENTRY_QR:
        return "/Q";
    case ENTRY_NONE:
        break;
    }
    return "";
}

static void add_rule(struct text *t)
{
    for (int i = 0; i < RECEIPT_WIDTH; i++)
        text_add_char(t, '-');
    text_add_char(t, '\n');
}

/* "终端号 TERMINAL: T1" */
static void add_label(struct text *t, const char *zh, const char *en)
{
    text_add(t, zh);
    text_add_char(t, ' ');
    text_add(t, en);
    text_add(t, ": ");
}

static void add_fixed(struct text *t, const char *zh, const char *en, struct bytes value)
{
    while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == 0))
        value.len--;
    if (value.len == 0)
        return;
    add_label(t, zh, en);
    text_add_bytes(t, value);
    text_add_char(t, '\n');
}

static void add_number(struct text *t, const char *zh, const char *en, uint64_t number)
{
    add_label(t, zh, en);
    text_add_u64_wide(t, number, 6);
    text_add_char(t, '\n');
}

static void add_money(struct text *t, const char *zh, const char *en, struct money money)
{
    add_label(t, zh, en);
    text_add(t, money_letters(money.currency));
    text_add_char(t, ' ');
    money_add_text(t, money);
    text_add_char(t, '\n');
}

static void add_head(struct text *t, const struct receipt_facts *facts)
{
    const struct payment_row *payment = facts->payment;

    text_add(t, "          银联 UnionPay 签购单 SALES SLIP\n");
    if (facts->is_training)
        text_add(t, "      *** 测试 TEST: NO REAL MONEY ***\n");
    if (facts->is_duplicate)
        text_add(t, "      *** 重印 DUPLICATED ***\n");
    add_rule(t);
    if (facts->merchant_name != NULL)
        add_fixed(t, "商户名称", "MERCHANT", bytes_of_z(facts->merchant_name));
    if (facts->merchant_name_en != NULL && facts->merchant_name_en[0] != 0)
        add_fixed(t, "        ", "        ", bytes_of_z(facts->merchant_name_en));
    add_fixed(t, "商户号", "MERCHANT NO", bytes_over(payment->merchant, sizeof payment->merchant));
    add_fixed(t, "终端号", "TERMINAL NO", bytes_over(payment->identity.terminal, TERMINAL_ID_LEN));
    add_fixed(t, "收单行", "ACQUIRER", bytes_over(payment->identity.acquirer, ACQUIRER_ID_LEN));
    add_fixed(t, "发卡行", "ISSUER", bytes_over(payment->issuer, sizeof payment->issuer));
}

static void add_card(struct text *t, const struct payment_row *payment)
{
    if (payment->pan.masked.at[0] == 0)
        return;
    add_label(t, "卡号", "CARD");
    text_add(t, payment->pan.masked.at);
    text_add(t, receipt_entry_suffix((enum entry_mode)payment->entry));
    text_add_char(t, '\n');
    if (payment->expiry != 0) {
        add_label(t, "有效期", "EXP");
        text_add_u64_wide(t, payment->expiry, 4);
        text_add_char(t, '\n');
    }
}

static void add_chip(struct text *t, const struct payment_row *payment)
{
    if (payment->entry != ENTRY_CHIP && payment->entry != ENTRY_CONTACTLESS)
        return;
    text_add(t, "ARQC: ");
    text_add_hex(t, payment->arqc, sizeof payment->arqc);
    text_add(t, "  ATC: ");
    text_add_u64(t, payment->atc);
    text_add(t, "\nUNPR NUM: ");
    text_add_hex(t, payment->unpredictable, sizeof payment->unpredictable);
    text_add_char(t, '\n');
}

static void add_body(struct text *t, const struct receipt_facts *facts)
{
    const struct payment_row *payment = facts->payment;
    const struct kind_row *kind = kind_row((enum txn_kind)payment->kind);

    add_card(t, payment);
    add_label(t, "交易类型", "TYPE");
    text_add(t, kind->zh);
    text_add_char(t, ' ');
    text_add(t, kind->en);
    text_add_char(t, '\n');
    add_number(t, "批次号", "BATCH NO", payment->identity.batch);
    add_number(t, "凭证号", "VOUCHER NO", payment->identity.trace);
    add_fixed(t, "授权码", "AUTH NO", bytes_over(payment->auth_id, sizeof payment->auth_id));
    add_fixed(t, "参考号", "REFER NO", bytes_over(payment->rrn, sizeof payment->rrn));
    add_label(t, "日期时间", "DATE/TIME");
    instant_add_text(t, payment->created, facts->utc_offset_s);
    text_add_char(t, '\n');
    if (kind->moves_money)
        add_money(t, "金额", "AMOUNT", payment->amount);
    if (payment->balance.currency != 0)
        add_money(t, "余额", "BALANCE", payment->balance);
    add_chip(t, payment);
}

/* What came of it: the words are the explanation's; the money is the row's. */
static void add_result(struct text *t, const struct receipt_facts *facts)
{
    const struct payment_row *payment = facts->payment;
    enum outcome outcome = (enum outcome)payment->outcome;

    if (outcome_is_approved(outcome) && payment->stage == STAGE_ANSWERED) {
        text_add(t, "交易成功 APPROVED\n");
        return;
    }
    text_add(t, "未完成 NOT COMPLETED: ");
    text_add(t, outcome_row(outcome)->name);
    text_add_char(t, '\n');
    if (facts->cashier_zh != NULL) {
        text_add(t, facts->cashier_zh);
        text_add_char(t, '\n');
    }
    if (facts->cashier_en != NULL) {
        text_add(t, facts->cashier_en);
        text_add_char(t, '\n');
    }
}

static void add_signature(struct text *t, const struct payment_row *payment)
{
    if (!kind_row((enum txn_kind)payment->kind)->moves_money ||
        !outcome_is_approved((enum outcome)payment->outcome) || payment->stage != STAGE_ANSWERED)
        return;
    if (payment->entry == ENTRY_CONTACTLESS && !payment->pin_entered) {
        text_add(t, "免密免签 NO PIN, NO SIGNATURE REQUIRED\n");
        return;
    }
    text_add(t, "持卡人签名 SIGNATURE:\n\n");
    text_add(t, "本人确认以上交易,同意将其记入本卡账户\nI ACKNOWLEDGE SATISFACTORY RECEIPT\n");
}

void receipt_add(struct text *t, const struct receipt_facts *facts)
{
    add_head(t, facts);
    add_rule(t);
    add_body(t, facts);
    add_rule(t);
    add_result(t, facts);
    add_signature(t, facts->payment);
}

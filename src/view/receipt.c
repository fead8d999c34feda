#include "view/receipt.h"

#include "base/assert.h"
#include "view/reason.h"

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

/* clang-format off */
static const struct {
    const char *name;
    const char *zh;
    const char *en;
} sort_table[] = {
    [RECEIPT_GOOD]     = { "receipt",  "签购单",     "SALES SLIP" },
    [RECEIPT_STORED]   = { "stored",   "签购单",     "SALES SLIP" },
    [RECEIPT_IN_DOUBT] = { "in-doubt", "交易待查",   "PAYMENT IN DOUBT" },
    [RECEIPT_REVERSED] = { "reversed", "交易已冲正", "REVERSED" },
    [RECEIPT_REFUSED]  = { "refused",  "交易未成功", "NOT COMPLETED" },
};

static const struct {
    const char *name;
    const char *zh;
    const char *en;
} copy_table[] = {
    [COPY_MERCHANT]   = { "merchant",   "商户存根",   "MERCHANT COPY" },
    [COPY_CARDHOLDER] = { "cardholder", "持卡人存根", "CARDHOLDER COPY" },
};
/* clang-format on */

const char *receipt_sort_name(enum receipt_sort sort)
{
    return sort_table[sort].name;
}

enum receipt_copy receipt_copy_by_name(const char *name)
{
    size_t at = 0;

    while (at < COPY_COUNT && strcmp(copy_table[at].name, name) != 0)
        at++;
    return (enum receipt_copy)at;
}

static const struct kind_row *kind_of(const struct payment_row *payment)
{
    return kind_row((enum txn_kind)payment->kind);
}

/* An advice other than a refund was decided when it was made: that its delivery waits for its
 * answer leaves nothing in doubt for those at the till. */
static enum receipt_sort sort_of_sent(const struct payment_row *payment)
{
    bool is_sure = kind_of(payment)->is_advice && payment->kind != KIND_REFUND;

    return is_sure ? RECEIPT_STORED : RECEIPT_IN_DOUBT;
}

enum receipt_sort receipt_sort(const struct payment_row *payment)
{
    bool is_open = payment->money == MONEY_UNKNOWN || payment->money == MONEY_RETURNING;

    switch ((enum payment_stage)payment->stage) {
    case STAGE_STORED:
        return RECEIPT_STORED;
    case STAGE_SENT:
        return sort_of_sent(payment);
    case STAGE_REVERSING:
        return RECEIPT_IN_DOUBT;
    case STAGE_REVERSED:
    case STAGE_TOMBSTONE:
        return RECEIPT_REVERSED;
    case STAGE_ANSWERED:
        if (is_open)
            return RECEIPT_IN_DOUBT;
        return outcome_is_approved((enum outcome)payment->outcome) ? RECEIPT_GOOD : RECEIPT_REFUSED;
    case STAGE_NONE:
    case STAGE_COUNT:
        break;
    }
    return RECEIPT_REFUSED;
}

static bool stands(const struct payment_row *payment)
{
    enum receipt_sort sort = receipt_sort(payment);

    return sort == RECEIPT_GOOD || sort == RECEIPT_STORED;
}

/* ---- the head: what paper it is, whose ---- */

static void add_title(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    enum receipt_sort sort = receipt_sort(payment);

    if (payment->kind == KIND_BALANCE && sort == RECEIPT_GOOD)
        slip_add(slip, SLIP_TITLE, "余额查询", "BALANCE");
    else
        slip_add(slip, SLIP_TITLE, sort_table[sort].zh, sort_table[sort].en);
    slip_add(slip, SLIP_CENTRE, copy_table[facts->copy].zh, copy_table[facts->copy].en);
    if (!stands(payment))
        slip_add(slip, SLIP_ALARM, "此单不是签购单", "THIS IS NOT A RECEIPT");
}

static void add_marks(const struct receipt_facts *facts, struct slip *slip)
{
    if (facts->payment->is_training)
        slip_add(slip, SLIP_NOTICE, "培训 不是真实交易", "TRAINING: NO REAL MONEY");
    else if (facts->is_lab)
        slip_add(slip, SLIP_NOTICE, "测试 不是真实交易", "TEST: NO REAL MONEY");
    if (facts->is_duplicate)
        slip_add(slip, SLIP_NOTICE, "重印", "DUPLICATED");
}

/* A name and the number it goes by; one is enough. */
static void add_party(struct slip *slip, const struct catalogue_text *label, const char *name,
                      struct bytes id)
{
    size_t len = id.len;

    while (len > 0 && (id.at[len - 1] == ' ' || id.at[len - 1] == 0))
        len--;
    if (len == 0 && name == NULL)
        return;
    struct text *t = slip_put(slip, SLIP_PAIR, label->in[LANG_ZH], label->in[LANG_EN]);
    text_add(t, name != NULL ? name : "");
    text_add(t, name != NULL && len > 0 ? " " : "");
    text_add_bytes(t, bytes_over(id.at, len));
}

static void add_places(const struct receipt_facts *facts, struct slip *slip)
{
    static const struct catalogue_text acquirer = {{"收单行", "ACQUIRER"}};
    static const struct catalogue_text issuer = {{"发卡行", "ISSUER"}};
    const struct payment_row *payment = facts->payment;

    if (facts->merchant_name != NULL)
        slip_add_fixed(slip, "商户名称", "MERCHANT", bytes_of_z(facts->merchant_name));
    if (facts->merchant_name_en != NULL)
        slip_add_fixed(slip, "", "", bytes_of_z(facts->merchant_name_en));
    slip_add_fixed(slip, "商户编号", "MERCHANT NO",
                   bytes_over(payment->merchant, sizeof payment->merchant));
    slip_add_fixed(slip, "终端编号", "TERMINAL NO",
                   bytes_over(payment->identity.terminal, TERMINAL_ID_LEN));
    if (payment->operator_number != 0)
        slip_add_number(slip, "操作员号", "OPERATOR", payment->operator_number, 2);
    add_party(slip, &acquirer, facts->acquirer_name,
              bytes_over(payment->identity.acquirer, ACQUIRER_ID_LEN));
    add_party(slip, &issuer, facts->issuer_name, bytes_over(payment->issuer, ISSUER_ID_LEN));
}

/* ---- the body: card, what was done, numbers ---- */

static void add_card(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    struct text *t;

    if (payment->pan.masked.at[0] == 0)
        return;
    t = slip_put(slip, SLIP_PAIR, "卡号", "CARD NO");
    text_add(t, payment->pan.masked.at);
    text_add(t, receipt_entry_suffix((enum entry_mode)payment->entry));
    if (payment->expiry == 0)
        return;
    t = slip_put(slip, SLIP_PAIR, "有效期", "EXP DATE");
    if (facts->copy == COPY_CARDHOLDER) {
        text_add(t, "**/**");
        return;
    }
    text_add(t, "20");
    text_add_u64_wide(t, payment->expiry / 100U, 2);
    text_add_char(t, '/');
    text_add_u64_wide(t, payment->expiry % 100U, 2);
}

static void add_numbers(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    const struct kind_row *kind = kind_of(payment);
    struct text *t = slip_put(slip, SLIP_PAIR, "交易类型", "TRANS TYPE");

    text_add(t, kind->zh);
    text_add_char(t, ' ');
    text_add(t, kind->en);
    slip_add_number(slip, "批次号", "BATCH NO", payment->identity.batch, 6);
    slip_add_number(slip, "凭证号", "VOUCHER NO", payment->identity.trace, 6);
    slip_add_fixed(slip, "授权码", "AUTH NO",
                   bytes_over(payment->auth_id, sizeof payment->auth_id));
    slip_add_fixed(slip, "参考号", "REFER NO", bytes_over(payment->rrn, sizeof payment->rrn));
    t = slip_put(slip, SLIP_PAIR, "日期时间", "DATE/TIME");
    instant_add_text(t, payment->created, facts->utc_offset_s);
}

/* The voucher of a payment by code is printed whole: a refund needs it. Anything shorter could be
 * the customer's code or a card number. */
static void add_code_voucher(const struct payment_row *payment, struct slip *slip)
{
    bool is_voucher = payment->entry == ENTRY_QR && stands(payment) &&
                      bytes_are_digits(payment->qr_code, QR_CODE_LEN);

    if (is_voucher)
        slip_add_fixed(slip, "付款凭证号", "QR VOUCHER", bytes_over(payment->qr_code, QR_CODE_LEN));
}

static void add_original(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    const struct identity *original = &payment->original;
    const struct payment_row *row = facts->original;

    if (original->trace == 0)
        return;
    slip_add_number(slip, "原凭证号", "ORIG VOUCHER", original->trace, 6);
    slip_add_number(slip, "原批次号", "ORIG BATCH", original->batch, 6);
    if (original->terminal[0] != 0 &&
        memcmp(original->terminal, payment->identity.terminal, TERMINAL_ID_LEN) != 0)
        slip_add_fixed(slip, "原终端号", "ORIG TERMINAL",
                       bytes_over(original->terminal, TERMINAL_ID_LEN));
    if (row == NULL)
        return;
    slip_add_fixed(slip, "原授权码", "ORIG AUTH", bytes_over(row->auth_id, sizeof row->auth_id));
    slip_add_fixed(slip, "原参考号", "ORIG REFER", bytes_over(row->rrn, sizeof row->rrn));
    instant_add_text(slip_put(slip, SLIP_PAIR, "原日期", "ORIG DATE"), row->created,
                     facts->utc_offset_s);
}

/* ---- the money ---- */

static struct money money_like(const struct payment_row *payment, int64_t minor)
{
    return money_of(minor, payment->amount.currency);
}

static void add_approved_part(const struct payment_row *payment, struct slip *slip)
{
    int64_t left = payment->amount.minor - payment->posted_minor;

    slip_add_money(slip, SLIP_PAIR, "申请金额", "REQUESTED", payment->amount);
    slip_add_money(slip, SLIP_AMOUNT, "批准金额", "APPROVED",
                   money_like(payment, payment->posted_minor));
    slip_add(slip, SLIP_NOTICE, "部分批准 余额另付", "PARTLY APPROVED: REST IS STILL DUE");
    slip_add_money(slip, SLIP_PAIR, "尚需支付", "STILL DUE", money_like(payment, left));
}

static void add_with_tip(const struct payment_row *payment, int64_t base, int64_t tip,
                         struct slip *slip)
{
    slip_add_money(slip, SLIP_PAIR, "金额", "AMOUNT", money_like(payment, base));
    slip_add_money(slip, SLIP_PAIR, "小费", "TIP", money_like(payment, tip));
    slip_add_money(slip, SLIP_AMOUNT, "总计", "TOTAL", money_like(payment, base + tip));
}

/* The tip of an adjustment: what it adds to its original. */
static int64_t adjusted_tip(const struct receipt_facts *facts)
{
    const struct payment_row *payment = facts->payment;

    if (facts->original != NULL)
        return payment->amount.minor - facts->original->posted_minor;
    return payment->posted_minor < payment->amount.minor ? payment->posted_minor : 0;
}

static void add_sale_amount(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    int64_t tip = payment->kind == KIND_TIP_ADJUST ? adjusted_tip(facts) : payment->tip_minor;
    int64_t base = payment->amount.minor - (payment->kind == KIND_TIP_ADJUST ? tip : 0);

    if (payment->outcome == OUTCOME_APPROVED_PARTIAL) {
        add_approved_part(payment, slip);
        return;
    }
    if (tip > 0) {
        add_with_tip(payment, base, tip, slip);
        return;
    }
    slip_add_money(slip, SLIP_AMOUNT, "金额", "AMOUNT",
                   money_like(payment, kind_of(payment)->sign < 0 ? -base : base));
    if (facts->takes_tips && payment->kind == KIND_SALE) {
        text_add(slip_put(slip, SLIP_PAIR, "小费", "TIP"), "______________");
        text_add(slip_put(slip, SLIP_PAIR, "总计", "TOTAL"), "______________");
    }
}

static void add_money(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;

    if (payment->balance.currency != 0)
        slip_add_money(slip, SLIP_AMOUNT, "可用余额", "AVAILABLE BALANCE", payment->balance);
    if (!kind_of(payment)->moves_money)
        return;
    if (!stands(payment))
        slip_add_money(slip, SLIP_PAIR, "请求金额", "ASKED FOR", payment->amount);
    else if (payment->kind == KIND_PREAUTH || payment->kind == KIND_INCREMENT)
        slip_add_money(slip, SLIP_AMOUNT, "冻结金额", "AMOUNT HELD", payment->amount);
    else if (payment->kind == KIND_PREAUTH_VOID)
        slip_add_money(slip, SLIP_AMOUNT, "解冻金额", "HOLD RELEASED", payment->amount);
    else
        add_sale_amount(facts, slip);
}

/* What later payments did to this one, on a receipt that is printed again. */
static void add_what_followed(const struct payment_row *payment, struct slip *slip)
{
    if (payment->follow == FOLLOW_VOIDED) {
        slip_add(slip, SLIP_NOTICE, "此交易已撤销", "VOIDED");
        slip_add_number(slip, "撤销凭证号", "VOIDED BY", payment->follow_trace, 6);
    }
    if (payment->follow == FOLLOW_COMPLETED)
        slip_add_number(slip, "完成凭证号", "COMPLETED BY", payment->follow_trace, 6);
    if (payment->returned_minor > 0)
        slip_add_money(slip, SLIP_PAIR, "已退货金额", "REFUNDED SO FAR",
                       money_like(payment, -payment->returned_minor));
}

/* ---- the chip ---- */

static bool has_cryptogram(const struct payment_row *payment)
{
    static const uint8_t none[sizeof payment->arqc];

    return (payment->entry == ENTRY_CHIP || payment->entry == ENTRY_CONTACTLESS) &&
           memcmp(payment->arqc, none, sizeof none) != 0;
}

static size_t aid_len(const struct payment_row *payment)
{
    size_t len = sizeof payment->aid;

    while (len > 0 && payment->aid[len - 1] == 0)
        len--;
    return len;
}

static void add_chip(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    const struct receipt_chip *chip = facts->chip;
    uint8_t atc[2];

    if (!has_cryptogram(payment))
        return;
    bytes_put_u16(atc, payment->atc);
    slip_add_hex(slip, "ARQC", bytes_over(payment->arqc, sizeof payment->arqc));
    if (aid_len(payment) > 0)
        slip_add_hex(slip, "AID", bytes_over(payment->aid, aid_len(payment)));
    if (chip != NULL) {
        slip_add_hex(slip, "TVR", bytes_over(chip->tvr, sizeof chip->tvr));
        slip_add_hex(slip, "TSI", bytes_over(chip->tsi, sizeof chip->tsi));
    }
    slip_add_hex(slip, "ATC", bytes_over(atc, sizeof atc));
    slip_add_hex(slip, "AIP", bytes_over(payment->aip, sizeof payment->aip));
    slip_add_hex(slip, "UNPR NUM",
                 bytes_over(payment->unpredictable, sizeof payment->unpredictable));
    if (payment->icc_answer_len > 0)
        slip_add_hex(slip, "IAD", bytes_over(payment->icc_answer, payment->icc_answer_len));
    if (chip != NULL)
        slip_add_hex(slip, "TERM CAP", bytes_over(chip->capabilities, 3));
    if (payment->sequence >= 0)
        text_add_u64_wide(slip_put(slip, SLIP_DETAIL, "", "PAN SN"), (uint64_t)payment->sequence,
                          3);
}

/* ---- the foot: what came of it, who signs ---- */

static void add_words(const struct receipt_facts *facts, enum explain_lang lang, struct slip *slip)
{
    struct reason_for whom = {.reader =
                                  facts->copy == COPY_MERCHANT ? READER_CASHIER : READER_CARDHOLDER,
                              .lang = lang,
                              .utc_offset_s = facts->utc_offset_s};
    char room[EXPLAIN_TEXT_MAX];
    struct text t = text_over(room, sizeof room);

    reason_add_text(facts->payment, &whom, &t);
    text_add(slip_put(slip, SLIP_TEXT, "", ""), text_z(&t));
}

/* Why there is no receipt. Paper lies about: even the merchant's copy names no cause that the
 * cardholder is not told, such as that the card is stolen. */
static void add_cause(const struct receipt_facts *facts, struct slip *slip)
{
    enum outcome outcome = (enum outcome)facts->payment->outcome;

    if (outcome != OUTCOME_NONE && !outcome_is_approved(outcome) &&
        catalogue_names(outcome, READER_CARDHOLDER)) {
        struct text *t = slip_put(slip, SLIP_PAIR, "原因", "CAUSE");
        text_add_u64(t, outcome_row(outcome)->number);
        text_add_char(t, ' ');
        text_add(t, outcome_row(outcome)->name);
    }
    add_words(facts, LANG_ZH, slip);
    add_words(facts, LANG_EN, slip);
}

static void add_remark(const struct payment_row *payment, struct slip *slip)
{
    char room[EVIDENCE_MAX * sizeof payment->evidence[0].text];
    struct text t = text_over(room, sizeof room);

    evidence_remark(payment->evidence, &t);
    if (t.len > 0)
        text_add(slip_put(slip, SLIP_TEXT, "备注", "REMARKS"), text_z(&t));
}

/* What verified the holder stands instead of the signature where it is enough. */
static bool needs_no_signature(const struct payment_row *payment, struct slip *slip)
{
    if (payment->pin_entered)
        slip_add(slip, SLIP_CENTRE, "已验密 无需签名", "PIN VERIFIED, NO SIGNATURE REQUIRED");
    else if (payment->entry == ENTRY_CONTACTLESS)
        slip_add(slip, SLIP_CENTRE, "免密免签", "NO PIN, NO SIGNATURE REQUIRED");
    else if (payment->entry == ENTRY_QR)
        slip_add(slip, SLIP_CENTRE, "扫码支付 免签", "CODE SCANNED, NO SIGNATURE REQUIRED");
    else if (payment->kind == KIND_TIP_ADJUST)
        slip_add(slip, SLIP_CENTRE, "签名见原签购单", "SIGNED ON THE ORIGINAL SLIP");
    else
        return false;
    return true;
}

static void add_signature(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    bool is_given_back = kind_of(payment)->sign < 0 || payment->kind == KIND_PREAUTH_VOID;

    if (facts->signature_code != NULL) {
        text_add(slip_put(slip, SLIP_PAIR, "电子签名特征码", "E-SIGNATURE"), facts->signature_code);
        return;
    }
    if (is_given_back) {
        if (facts->copy == COPY_MERCHANT)
            slip_add(slip, SLIP_ROOM_TO_WRITE, "主管签名", "SUPERVISOR'S SIGNATURE");
        return;
    }
    if (needs_no_signature(payment, slip) || facts->copy != COPY_MERCHANT)
        return;
    slip_add(slip, SLIP_ROOM_TO_WRITE, "持卡人签名", "CARDHOLDER'S SIGNATURE");
    slip_add(slip, SLIP_SMALL, "本人确认以上交易, 同意将其记入本卡账户",
             "I ACKNOWLEDGE SATISFACTORY RECEIPT OF RELATIVE GOODS/SERVICES");
}

static void add_foot(const struct receipt_facts *facts, struct slip *slip)
{
    const struct payment_row *payment = facts->payment;
    enum receipt_sort sort = receipt_sort(payment);

    if (!stands(payment)) {
        add_cause(facts, slip);
        if (sort == RECEIPT_IN_DOUBT)
            slip_add(slip, SLIP_ALARM, "请勿再次收款", "DO NOT CHARGE AGAIN");
        return;
    }
    if (sort == RECEIPT_STORED)
        slip_add(slip, SLIP_CENTRE, "脱机受理 稍后上送", "ACCEPTED OFFLINE, SENT LATER");
    else
        slip_add(slip, SLIP_CENTRE, "交易成功", "APPROVED");
    add_remark(payment, slip);
    if (kind_of(payment)->moves_money && payment->follow != FOLLOW_VOIDED)
        add_signature(facts, slip);
    slip_add(slip, SLIP_SMALL, "请妥善保管本凭条", "PLEASE KEEP THIS SLIP");
}

void receipt_slip(const struct receipt_facts *facts, struct slip *out)
{
    assert(facts->copy < COPY_COUNT);
    slip_begin(out);
    add_title(facts, out);
    add_marks(facts, out);
    slip_add(out, SLIP_RULE, "", "");
    add_places(facts, out);
    slip_add(out, SLIP_RULE, "", "");
    add_card(facts, out);
    add_numbers(facts, out);
    add_code_voucher(facts->payment, out);
    add_original(facts, out);
    slip_add(out, SLIP_RULE, "", "");
    add_money(facts, out);
    add_what_followed(facts->payment, out);
    if (has_cryptogram(facts->payment))
        slip_add(out, SLIP_RULE, "", "");
    add_chip(facts, out);
    slip_add(out, SLIP_RULE, "", "");
    add_foot(facts, out);
    slip_end(out);
}

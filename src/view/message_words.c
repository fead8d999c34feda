#include "view/message_words.h"

#include "base/assert.h"
#include "txn/profile.h"

#include <string.h>

struct words {
    const char *zh;
    const char *en;
};

/* ISO 8583:1987, 4.1: the second digit is the class, the third what the message is to do. */
static const struct words classes[10] = {
    [1] = {"授权", "authorisation"},
    [2] = {"金融", "financial"},
    [3] = {"文件", "file action"},
    [4] = {"冲正", "reversal"},
    [5] = {"对账", "reconciliation"},
    [6] = {"管理", "administrative"},
    [7] = {"收费", "fee collection"},
    [8] = {"网络管理", "network management"},
    [9] = {"电子签名", "electronic signature"},
};

static const struct words functions[10] = {
    [0] = {"请求", "request"},      [1] = {"应答", "response"},
    [2] = {"通知", "advice"},       [3] = {"通知应答", "advice response"},
    [4] = {"通告", "notification"},
};

static const struct words repeats[2] = {{"", ""}, {"(重发)", " repeat"}};

void message_words_add_mti(struct text *t, uint16_t mti)
{
    const struct words *class = &classes[mti >> 8 & 15];
    const struct words *function = &functions[mti >> 4 & 15];
    const struct words *repeat = &repeats[(mti & 15) % 2];

    if (mti >> 12 != 0 || (mti >> 8 & 15) > 9 || (mti >> 4 & 15) > 9)
        return;
    if (class->zh == NULL || function->zh == NULL)
        return;
    text_add(t, class->zh);
    text_add(t, function->zh);
    text_add(t, repeat->zh);
    text_add_char(t, ' ');
    text_add(t, class->en);
    text_add_char(t, ' ');
    text_add(t, function->en);
    text_add(t, repeat->en);
}

enum txn_kind message_words_kind(const struct iso_view *view)
{
    if (view->mti == 0)
        return KIND_NONE;
    return txn_kind_of(view->dialect->source->secondary ? MAPPING_ISO87 : MAPPING_CUP_POS, view);
}

void message_words_add_kind(struct text *t, enum txn_kind kind)
{
    if (kind == KIND_NONE)
        return;
    text_add(t, kind_row(kind)->zh);
    text_add_char(t, ' ');
    text_add(t, kind_row(kind)->en);
}

void message_words_add_tpdu(struct text *t, struct bytes tpdu)
{
    assert(tpdu.len == 5);
    text_add(t, "目的 destination ");
    text_add_hex(t, tpdu.at + 1, 2);
    text_add(t, ", 源 source ");
    text_add_hex(t, tpdu.at + 3, 2);
}

static const struct words header_classes[4] = {
    {"磁条卡金融支付类", "magnetic stripe, financial"},
    {"IC卡金融支付类", "chip, financial"},
    {"磁条卡增值服务类", "magnetic stripe, value-added"},
    {"IC卡增值服务类", "chip, value-added"},
};

static const struct words states[2] = {{"正常交易状态", "normal"}, {"测试交易状态", "test"}};

static const struct words demands[9] = {
    {"无处理要求", "no demand"},
    {"下传终端磁条卡参数", "download terminal parameters"},
    {"上传终端磁条卡状态信息", "upload terminal state"},
    {"重新签到", "sign in again"},
    {"通知终端更新公钥信息", "update the CA public keys"},
    {"下载终端IC卡参数", "download chip parameters"},
    {"TMS参数下载", "download TMS parameters"},
    {"卡BIN黑名单下载", "download the BIN blacklist"},
    {"币种汇率下载", "download currency rates"},
};

static void add_words(struct text *t, const struct words *table, size_t count, unsigned index)
{
    text_add(t, ", ");
    if (index >= count) {
        text_add(t, "未知 unknown ");
        text_add_u64(t, index);
        return;
    }
    text_add(t, table[index].zh);
    text_add_char(t, ' ');
    text_add(t, table[index].en);
}

void message_words_add_header(struct text *t, struct bytes header)
{
    assert(header.len == 6);
    text_add(t, "版本 version ");
    text_add_hex(t, header.at + 1, 1);
    text_add_char(t, '.');
    text_add_hex(t, header.at + 3, 3);
    add_words(t, header_classes, ARRAY_COUNT(header_classes), header.at[0] & 15u);
    add_words(t, states, ARRAY_COUNT(states), header.at[2] >> 4);
    add_words(t, demands, ARRAY_COUNT(demands), header.at[2] & 15u);
}

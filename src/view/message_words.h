/* The message type and the UnionPay header in words, Chinese and English. */
#ifndef VIEW_MESSAGE_WORDS_H
#define VIEW_MESSAGE_WORDS_H

#include "txn/kind.h"
#include "wire/iso8583.h"

/* "金融请求 financial request" for 0x0200; nothing for a type that has no words. */
void message_words_add_mti(struct text *t, uint16_t mti);

/* The kind of transaction, KIND_NONE when it is none of ours (txn/kind_table.h). Dialects with a
 * secondary bitmap are those between hosts. */
enum txn_kind message_words_kind(const struct iso_view *view);

/* "消费撤销 sale void"; nothing for KIND_NONE. */
void message_words_add_kind(struct text *t, enum txn_kind kind);

/* "目的 destination 0003, 源 source 0000" */
void message_words_add_tpdu(struct text *t, struct bytes tpdu);

/* Application class, versions, terminal state and the demand of the host (UnionPay POS, 1.3). */
void message_words_add_header(struct text *t, struct bytes header);

#endif
